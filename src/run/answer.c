/* answer.c - what is known of a condition, what an answer changes, and what people answer. */
#include "run/answer.h"

#include "run/ask.h"

/* Of a rule, from the folded state and the newest reading. */
struct verdict {
    enum truth truth;
    struct str why;
};

static struct verdict judge_rule(const struct run_world *world, struct arena *arena, size_t at)
{
    const struct rule *rule = &world->rules->items[at];
    const struct alert *alert = alert_find(world->alerts, rule->id);
    long long line = rule->line;
    struct str title = str_cut(rule->title, 200);
    if (rule->problem.n > 0)
        return (struct verdict){TRUTH_UNKNOWN,
                                str_printf(arena, "the rule on line %lld is not bound", line)};
    if (alert && alert->state == ALERT_FIRING && !alert->retired)
        return (struct verdict){TRUTH_TRUE, str_printf(arena, "the rule on line %lld fires: %.*s",
                                                       line, STR_ARGS(title))};
    if (!world->evaluations || world->evaluations[at].truth == TRUTH_UNKNOWN ||
        (alert && !instant_is_zero(alert->unknown_since)))
        return (struct verdict){
            TRUTH_UNKNOWN, str_printf(arena, "the rule on line %lld cannot be read now", line)};
    if (world->evaluations[at].truth != TRUTH_FALSE)
        return (struct verdict){
            TRUTH_UNKNOWN, str_printf(arena,
                                      world->evaluations[at].truth == TRUTH_TRUE
                                          ? "the rule on line %lld is true and does not fire yet"
                                          : "the rule on line %lld has too little traffic to say",
                                      line)};
    return (struct verdict){TRUTH_FALSE,
                            str_printf(arena, "the rule on line %lld does not fire", line)};
}

static struct verdict judge_named(const struct run_world *world, struct arena *arena,
                                  const struct step_condition *condition)
{
    for (size_t i = 0; i < world->rules->count; i++)
        if (str_is(world->rules->items[i].id, condition->rule))
            return judge_rule(world, arena, i);
    return (struct verdict){TRUTH_UNKNOWN, STR("its rule is not in the runbook any more")};
}

/* One that fires is enough; that none does is known only when all can be read. */
static struct verdict judge_alerts(const struct run_world *world, struct arena *arena)
{
    struct verdict verdict = {TRUTH_FALSE, STR("no rule fires")};
    size_t bound = 0;
    for (size_t i = 0; i < world->rules->count; i++) {
        struct verdict one = judge_rule(world, arena, i);
        bound += world->rules->items[i].problem.n == 0;
        if (one.truth == TRUTH_TRUE)
            return one;
        if (one.truth == TRUTH_UNKNOWN && verdict.truth == TRUTH_FALSE)
            verdict = one;
    }
    return bound > 0 ? verdict
                     : (struct verdict){TRUTH_UNKNOWN, STR("no rule of the runbook is bound")};
}

static struct verdict judge_failed(const struct run *run, struct arena *arena, int of)
{
    const struct run_step *step = &run->steps[of];
    if (run_step_surely_failed(step))
        return (struct verdict){TRUTH_TRUE, str_printf(arena, "step %d failed", of + 1)};
    if (step->left_out)
        return (struct verdict){
            TRUTH_FALSE, str_printf(arena, "step %d was left out, so it did not fail", of + 1)};
    if (step->finished && strcmp(step->by, "reeve") == 0)
        return (struct verdict){TRUTH_FALSE, str_printf(arena, "step %d did not fail", of + 1)};
    return (struct verdict){
        TRUTH_UNKNOWN,
        str_printf(arena, "a person ended step %d, so Reeve does not know whether it failed",
                   of + 1)};
}

static int before(const struct run *run, int step)
{
    for (int i = step - 1; i >= 0; i--)
        if (run->steps[i].parent == run->steps[step].parent)
            return i;
    return -1;
}

static bool applies(const struct run_step *step)
{
    return step->holds != (step->condition.form == CONDITION_UNLESS);
}

/* "If A, … If B, … Otherwise …": that B does not hold is not enough where A did. */
static struct verdict judge_otherwise(const struct run *run, struct arena *arena, int of)
{
    const struct run_step *last = &run->steps[of];
    if (last->decided && applies(last))
        return (struct verdict){TRUTH_FALSE,
                                str_printf(arena, "the condition of step %d held", of + 1)};
    for (int i = of; i >= 0; i = before(run, i)) {
        const struct run_step *one = &run->steps[i];
        if (one->condition.form == CONDITION_NONE)
            break;
        if (!one->decided || applies(one) || one->condition.asks == ASKS_OTHERWISE)
            return (struct verdict){
                TRUTH_UNKNOWN,
                str_printf(arena, "what step %d asked was not answered with no", i + 1)};
    }
    return (struct verdict){TRUTH_TRUE,
                            str_printf(arena, "the condition of step %d did not hold", of + 1)};
}

/* A loop that nothing was done in would begin again and again in one moment. */
static bool has_progress(const struct run *run, const struct step_condition *condition)
{
    for (int i = condition->first; i <= condition->last && i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];
        bool takes_time = step->when != WHEN_HOLDS || step->time_ms > 0 || step->time_months > 0;
        if (step->does != DOES_GROUP && step->condition.form != CONDITION_UNTIL && step->finished &&
            takes_time)
            return true;
    }
    return false;
}

static struct verdict judge(const struct run_world *world, const struct run *run, int step,
                            struct arena *arena)
{
    const struct step_condition *condition = &run->steps[step].condition;
    struct verdict verdict = {TRUTH_UNKNOWN, STR("")};
    bool rules = condition->asks == ASKS_RULE || condition->asks == ASKS_ALERTS;
    if (rules && run->environment.n > 0)
        verdict.why = STR("a rehearsal asks none of production's rules");
    else if (condition->asks == ASKS_RULE)
        verdict = judge_named(world, arena, condition);
    else if (condition->asks == ASKS_ALERTS)
        verdict = judge_alerts(world, arena);
    else if (condition->asks == ASKS_FAILED)
        verdict = judge_failed(run, arena, condition->of);
    else if (condition->asks == ASKS_OTHERWISE)
        verdict = judge_otherwise(run, arena, condition->of);
    if (condition->negated && verdict.truth != TRUTH_UNKNOWN)
        verdict.truth = verdict.truth == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
    if (condition->form == CONDITION_UNTIL && verdict.truth == TRUTH_FALSE &&
        !has_progress(run, condition))
        return (struct verdict){TRUTH_UNKNOWN, STR("none of its steps was done in this round")};
    return verdict;
}

struct str run_step_unanswered(const struct run_world *world, struct arena *arena,
                               const struct run *run, int step)
{
    return run_step_asks(&run->steps[step]) ? judge(world, run, step, arena).why : STR("");
}

struct given_answer {
    struct str actor, why, note;
    bool yes;
};

/* False: with it the run stops at its step. */
static bool add_answer(const struct run_world *world, const struct run *run, int step,
                       const struct given_answer *answer, struct event_list *out)
{
    const struct run_step *of = &run->steps[step];
    struct str subject = str_printf(out->arena, "run:%lld", (long long)run->number);
    struct event *event =
        event_list_add(out, EVENT_RUN_STEP_DECIDED, world->now, answer->actor, subject);
    event_set_int(event, "number", run->number);
    event_set_int(event, "step", step + 1);
    event_set_str(event, "answer", answer->yes ? STR("yes") : STR("no"));
    event_set_str(event, "asked", condition_question(out->arena, &of->condition));
    event_set_str(event, "why", answer->why);
    event_set_str(event, "note", answer->note);
    if (of->condition.form != CONDITION_UNTIL || answer->yes || of->rounds < LIMIT_RUN_ROUNDS)
        return true;
    event = event_list_add(out, EVENT_RUN_STEP_FAILED, world->now, STR("reeve"), subject);
    event_set_int(event, "number", run->number);
    event_set_int(event, "step", step + 1);
    event_set_str(event, "text", of->text);
    event_set_str(event, "reason",
                  str_printf(out->arena,
                             "its steps have begun again %d times, which is the most, and it still "
                             "does not hold",
                             LIMIT_RUN_ROUNDS));
    return false;
}

/* Enough of a run to see what follows from an answer. */
static struct run *copy_of(const struct run *run, struct arena *arena)
{
    struct run *copy = arena_make(arena, struct run);
    *copy = *run;
    copy->steps = arena_array(arena, (size_t)run->step_count, sizeof *copy->steps);
    memcpy(copy->steps, run->steps, (size_t)run->step_count * sizeof *copy->steps);
    return copy;
}

/* A question that is open now and that Reeve knows the answer of; -1: none. */
static int find_known(const struct run_world *world, const struct run *run, struct arena *arena,
                      struct verdict *out)
{
    int from = run_current(run);
    for (int i = from; i >= 0 && i < run->step_count; i++) {
        if (!run_step_asks(&run->steps[i]) || run_step_state(world, run, i) != RUN_STEP_READY)
            continue;
        *out = judge(world, run, i, arena);
        if (out->truth != TRUTH_UNKNOWN)
            return i;
    }
    return -1;
}

void answer_decide(const struct run_world *world, const struct run *run, struct event_list *out)
{
    struct run *then = NULL;
    struct verdict verdict;
    bool goes_on = true;
    for (int n = 0; goes_on && n < run->step_count; n++) {
        int step = find_known(world, then ? then : run, out->arena, &verdict);
        if (step < 0)
            return;
        if (!then)
            then = copy_of(run, out->arena);
        struct given_answer answer = {.actor = STR("reeve"),
                                      .why = verdict.why,
                                      .note = STR(""),
                                      .yes = verdict.truth == TRUTH_TRUE};
        size_t at = out->count;
        goes_on = add_answer(world, then, step, &answer, out);
        answer_fold(then, step, &out->items[at], out->arena);
    }
}

static bool is_below(const struct run *run, int step, int of)
{
    for (int i = step; i >= 0; i = run->steps[i].parent)
        if (i == of)
            return true;
    return false;
}

static void leave_out(struct run *run, int step, const struct event *event, struct str why)
{
    for (int i = step; i < run->step_count && (i == step || is_below(run, i, step)); i++) {
        struct run_step *left = &run->steps[i];
        if (left->finished || left->skipped)
            continue;
        left->skipped = left->left_out = true;
        left->begun = left->failed = left->doubted = false;
        left->ended = left->ended_base = event->at;
        str_keep(left->by, sizeof left->by, event->actor);
        str_keep(left->detail, sizeof left->detail, why);
    }
}

/* As if its turn had never come; what was tried before is only remembered by its number. */
static void set_back(struct run_step *step)
{
    run_step_clear_end(step);
    step->begun = step->decided = step->holds = step->left_out = false;
    step->started = step->from = (struct instant){0};
    step->begun_as[0] = '\0';
    step->approver_count = 0;
    step->tries_before = step->tries;
    step->attachments_before = step->attachment_count;
    step->rounds = 0;
    step->round++;
}

static void fold_until(struct run *run, int step, const struct event *event)
{
    struct run_step *of = &run->steps[step];
    if (of->holds) {
        of->finished = of->begun = true;
        of->ended = of->ended_base = event->at;
        str_keep(of->by, sizeof of->by, event->actor);
        str_keep(of->detail, sizeof of->detail, of->why);
        return;
    }
    of->decided = false;
    if (of->rounds == LIMIT_RUN_ROUNDS)
        return;
    of->rounds++;
    for (int i = of->condition.first; i <= of->condition.last && i < step; i++)
        set_back(&run->steps[i]);
}

void answer_fold(struct run *run, int step, const struct event *event, struct arena *arena)
{
    struct run_step *of = &run->steps[step];
    if (of->condition.form == CONDITION_NONE || of->decided || of->finished || of->skipped)
        return;
    of->decided = true;
    of->holds = str_is(event_str(event, "answer"), "yes");
    of->decided_by = str_copy(arena, event->actor);
    of->why = str_copy(arena, event_str(event, "why"));
    if (of->condition.form == CONDITION_UNTIL)
        fold_until(run, step, event);
    else if (!applies(of))
        leave_out(run, step, event,
                  str_printf(arena, "left out: %.*s%s", STR_ARGS(of->why),
                             of->why.n == 0 ? "its condition does not hold" : ""));
}

/* Has anything of it, or below it, begun that was not left out? */
static bool has_begun(const struct run *run, int step)
{
    for (int i = step; i < run->step_count && (i == step || is_below(run, i, step)); i++)
        if (run->steps[i].begun && !run->steps[i].left_out)
            return true;
    return false;
}

static bool speaks_of(const struct run_step *step, int of)
{
    return step->condition.form != CONDITION_NONE && step->condition.of == of;
}

void answer_forget(struct run *run, int step)
{
    for (int i = step + 1; i < run->step_count; i++) {
        if (!speaks_of(&run->steps[i], step) || !run->steps[i].decided || has_begun(run, i))
            continue;
        for (int k = i; k < run->step_count && (k == i || is_below(run, k, i)); k++)
            set_back(&run->steps[k]);
        answer_forget(run, i);
    }
}

int run_step_dealing(const struct run *run, int step)
{
    int handler = run->steps[step].failed ? run_step_handler(run, step) : -1;
    return handler >= 0 && has_begun(run, handler) ? handler : -1;
}

static int find_asking(const struct run_world *world, const struct run *run,
                       const struct run_call *call, struct err *err)
{
    int step = run ? ask_find_step(run, call, err) : -1;
    if (step < 0)
        return -1;
    if (run->cancelled)
        err_set(err, ERR_REFUSED, NULL,
                "Run %lld was cancelled; go on with \"reeve run resume %lld\".",
                (long long)run->number, (long long)run->number);
    else if (!run_step_asks(&run->steps[step]))
        err_set(err, ERR_REFUSED, NULL, "Step %d of run %lld %s.", step + 1, (long long)run->number,
                run->steps[step].decided ? "is answered already; nothing changed"
                                         : "asks nothing that could be answered with yes or no");
    else if (run_step_state(world, run, step) != RUN_STEP_READY)
        err_set(err, ERR_REFUSED, NULL,
                "It is not yet the turn of step %d of run %lld to be answered; step %d is next.",
                step + 1, (long long)run->number, run_current(run) + 1);
    else
        return step;
    return -1;
}

bool run_answer(const struct run_world *world, const struct run_call *call, struct event_list *out,
                struct err *err)
{
    const struct run *run = ask_find_open(world, call, err);
    int step = find_asking(world, run, call, err);
    if (step < 0)
        return false;
    bool yes = str_is_nocase(call->answer, "yes");
    if (!yes && !str_is_nocase(call->answer, "no"))
        return err_set(err, ERR_USAGE, "answer", "Answer with yes or no, not with \"%.*s\".",
                       STR_ARGS(str_cut(call->answer, 40)));
    struct given_answer answer = {.actor = call->actor,
                                  .why = str_printf(out->arena, "%.*s said %s",
                                                    STR_ARGS(actor_name(call->actor)),
                                                    yes ? "yes" : "no"),
                                  .note = call->text,
                                  .yes = yes};
    (void)add_answer(world, run, step, &answer, out);
    return true;
}
