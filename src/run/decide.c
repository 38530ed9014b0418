/* decide.c - what comes next in the runs by itself: commands and holds begin, holds end, last dates
 * pass, runs end. Reads state only. */
#include "base/noun.h"
#include "run/answer.h"
#include "run/approval.h"
#include "run/notice.h"
#include "run/rehearsal.h"

enum { UNWATCHED_MOST_MS = 15 * 1000 }; /* as long as a scrape may take to come round */

static struct event *add(const struct run_world *world, struct event_list *out,
                         enum event_kind kind, const struct run *run)
{
    struct event *event =
        event_list_add(out, kind, world->now, STR("reeve"),
                       str_printf(out->arena, "run:%lld", (long long)run->number));
    event_set_int(event, "number", run->number);
    return event;
}

static struct event *add_step(const struct run_world *world, struct event_list *out,
                              enum event_kind kind, const struct run *run, int step)
{
    struct event *event = add(world, out, kind, run);
    event_set_int(event, "step", step + 1);
    if (kind != EVENT_RUN_STEP_RETRIED)
        event_set_str(event, "text", run->steps[step].text);
    return event;
}

static void start(const struct run_world *world, const struct run *run, int step,
                  struct event_list *out)
{
    char digest[HASH_HEX_BYTES] = "";
    struct event *event = add_step(world, out, EVENT_RUN_STEP_STARTED, run, step);
    if (run->steps[step].does == DOES_COMMAND)
        run_step_digest(world, run, step, digest);
    event_set_int(event, "try", run->steps[step].tries + 1);
    event_set_str(event, "digest", str_copy(out->arena, str_of(digest)));
}

/* Begins by itself when its turn has come? */
static bool starts_itself(const struct run_world *world, const struct run *run, int step)
{
    enum step_does does = run->steps[step].does;
    const struct run_settings *settings = run_settings_of(world, run);
    if ((does == DOES_COMMAND && (!settings || !settings->commands)) ||
        (does == DOES_QUERY && !run_settings_can_ask(settings, run->steps[step].command)))
        return false;
    if (does == DOES_NOTIFY && run->environment.n > 0)
        return false; /* a rehearsal tells nobody outside */
    return !run_step_asks(&run->steps[step]) && does != DOES_GROUP && does != DOES_MANUAL &&
           does != DOES_CHOICE && run_step_state(world, run, step) == RUN_STEP_READY;
}

/* A rule that began to fire in the hold, in the order of the runbook; NULL: none. */
static const struct rule *find_fired(const struct run_world *world, const struct run_step *step)
{
    for (size_t i = 0; i < world->rules->count; i++) {
        const struct alert *alert = alert_find(world->alerts, world->rules->items[i].id);
        if (alert && alert->state == ALERT_FIRING && !instant_before(alert->since, step->from))
            return &world->rules->items[i];
    }
    return NULL;
}

/* A rule that is bound and, as was recorded, cannot be read: the hold cannot say that all is well.
 */
static const struct rule *find_unknown(const struct run_world *world)
{
    for (size_t i = 0; i < world->rules->count; i++) {
        const struct alert *alert = alert_find(world->alerts, world->rules->items[i].id);
        if (alert && !instant_is_zero(alert->unknown_since) && !alert->retired)
            return &world->rules->items[i];
    }
    return NULL;
}

/* Is there a bound rule that cannot be read at this moment? Soon it can be, or that it cannot is a
 * fact. */
static bool is_blind(const struct run_world *world)
{
    bool blind = false;
    for (size_t i = 0; world->evaluations && i < world->rules->count; i++)
        blind = blind || (world->rules->items[i].problem.n == 0 &&
                          world->evaluations[i].truth == TRUTH_UNKNOWN);
    return blind;
}

static size_t count_watched(const struct run_world *world)
{
    size_t count = 0;
    for (size_t i = 0; i < world->rules->count; i++)
        count += world->rules->items[i].problem.n == 0;
    return count;
}

static void fail_hold(const struct run_world *world, const struct run *run, int step,
                      const struct rule *rule, struct event_list *out)
{
    struct event *event = add_step(world, out, EVENT_RUN_STEP_FAILED, run, step);
    event_set_str(event, "reason",
                  str_printf(out->arena, "the rule on line %lld began to fire: %.*s",
                             (long long)rule->line, STR_ARGS(rule->title)));
}

/* The rules are production's: what they say has nothing to do with a rehearsal elsewhere. */
static bool watches_rules(const struct run *run, int step)
{
    return run->steps[step].does == DOES_HOLD && run->environment.n == 0;
}

/* The time is over. Where a rule cannot be read nobody knows whether all is well: a person says. */
static void end_hold(const struct run_world *world, const struct run *run, int step,
                     struct event_list *out)
{
    bool watches = watches_rules(run, step);
    const struct rule *unknown = watches ? find_unknown(world) : NULL;
    if (unknown) {
        struct event *event = add_step(world, out, EVENT_RUN_STEP_DOUBTED, run, step);
        event_set_str(event, "reason",
                      str_printf(out->arena,
                                 "no rule fired, but the rule on line %lld cannot be read: %.*s",
                                 (long long)unknown->line, STR_ARGS(unknown->title)));
        return;
    }
    size_t watched = count_watched(world);
    if (watches && is_blind(world))
        return;
    int64_t unwatched_ms = run->steps[step].unwatched_ms;
    if (watches && watched > 0 && unwatched_ms > UNWATCHED_MOST_MS) {
        struct event *event = add_step(world, out, EVENT_RUN_STEP_DOUBTED, run, step);
        event_set_str(event, "reason",
                      str_printf(out->arena,
                                 "no rule fired while Reeve watched, but it was started anew and "
                                 "did not watch for up to %.*s of the time",
                                 STR_ARGS(duration_text(out->arena, unwatched_ms))));
        return;
    }
    struct str detail = STR("the time has passed");
    if (run->steps[step].does == DOES_HOLD && !watches)
        detail = STR("the time has passed; a rehearsal watches none of production's rules");
    else if (watches && watched == 0)
        detail = STR("the time has passed; no rule is bound that could be watched");
    else if (watches)
        detail = str_printf(out->arena, "none of %zu %s began to fire", watched,
                            noun((int64_t)watched, "rule", "rules"));
    struct event *event = add_step(world, out, EVENT_RUN_STEP_DONE, run, step);
    event_set_str(event, "detail", detail);
}

/* Has it a last date that is still to be kept, and was not said to be past? */
static bool may_be_late(const struct run *run, int step, enum run_step_state state)
{
    return !instant_is_zero(run_step_last_date(run, step)) && !run->steps[step].overdue &&
           state != RUN_STEP_DONE && state != RUN_STEP_SKIPPED && run->state != RUN_CANCELLED;
}

/* What happens to it by itself now. */
static void decide_step(const struct run_world *world, const struct run *run, int step,
                        struct event_list *out)
{
    const struct run_step *of = &run->steps[step];
    enum run_step_state state = run_step_state(world, run, step);
    bool holds = of->does == DOES_HOLD || of->does == DOES_WAIT;
    if (starts_itself(world, run, step)) {
        start(world, run, step, out);
    } else if (state == RUN_STEP_WAITING && of->failed &&
               !instant_before(world->now, run_step_due(run, step))) {
        struct event *event = add_step(world, out, EVENT_RUN_STEP_RETRIED, run, step);
        event_set_str(event, "reason",
                      str_printf(out->arena, "it may be tried %d times", of->retries + 1));
    } else if (state == RUN_STEP_RUNNING && holds && run->cancelled) {
        struct event *event = add_step(world, out, EVENT_RUN_STEP_FAILED, run, step);
        event_set_str(event, "reason", STR("the run was cancelled"));
    } else if (state == RUN_STEP_RUNNING && holds) {
        const struct rule *fired = watches_rules(run, step) ? find_fired(world, of) : NULL;
        if (fired)
            fail_hold(world, run, step, fired, out);
        else if (!instant_before(world->now, run_step_due(run, step)))
            end_hold(world, run, step, out);
    }
    struct instant last = run_step_last_date(run, step);
    if (may_be_late(run, step, state) && !instant_before(world->now, last)) {
        struct event *event = add_step(world, out, EVENT_RUN_STEP_OVERDUE, run, step);
        event_set_instant(event, "due", last);
    }
}

static void decide_run(const struct run_world *world, const struct run *run, struct event_list *out)
{
    size_t before = out->count;
    answer_decide(world, run, out);
    for (int i = 0; i < run->step_count; i++)
        if (run->steps[i].does != DOES_GROUP)
            decide_step(world, run, i, out);
    if (out->count > before || run->step_count < run->wanted || run_current(run) >= 0)
        return;
    struct event *event = add(world, out, EVENT_RUN_ENDED, run);
    event_set_str(event, "procedure", run->procedure);
    event_set_str(event, "statement", run->statement);
    event_set_int(event, "took_ms", instant_ms_between(run->opened_base, world->now));
}

/* A breach counts from awareness, however late its run began. */
static void decide_dates(const struct run_world *world, const struct incident *incident,
                         struct event_list *out)
{
    for (size_t i = 0; incident->breach && i < incident->run_count; i++) {
        const struct run *run = run_find(world->runs, incident->runs[i].run);
        if (!run || !run_is_open(run) || strcmp(incident->runs[i].purpose, "breach") != 0 ||
            run->dates_base.us == incident->breach->aware.us)
            continue;
        struct event *event = add(world, out, EVENT_RUN_DATES_COUNTED, run);
        event_set_instant(event, "from", incident->breach->aware);
        event_set_int(event, "incident", incident->number);
    }
}

void run_decide(const struct run_world *world, struct event_list *out)
{
    size_t before = out->count;
    for (size_t i = 0; world->incidents && i < world->incidents->count; i++)
        decide_dates(world, world->incidents->items[i], out);
    if (out->count > before)
        return; /* what is late is seen once they count */
    for (size_t i = 0; i < world->runs->count; i++)
        if (run_is_open(world->runs->items[i]))
            decide_run(world, world->runs->items[i], out);
    notice_decide(world, out);
    approval_decide(world, out);
}

static void earlier(struct instant *best, struct instant at)
{
    if (!instant_is_zero(at) && (instant_is_zero(*best) || instant_before(at, *best)))
        *best = at;
}

/* An approval that ends before its step begins is a fact. */
static void approvals_end(const struct run_step *step, struct instant *best)
{
    bool waits = !step->begun && !step->finished && !step->skipped;
    for (int i = 0; i < step->approver_count && waits; i++)
        earlier(best, step->approvers[i].until);
}

struct instant run_next_due(const struct run_world *world)
{
    struct instant best = {0};
    for (size_t i = 0; i < world->runs->count; i++) {
        const struct run *run = world->runs->items[i];
        for (int k = 0; run_is_open(run) && k < run->step_count; k++) {
            const struct run_step *step = &run->steps[k];
            enum run_step_state state = run_step_state(world, run, k);
            if (step->does == DOES_GROUP)
                continue;
            if (may_be_late(run, k, state))
                earlier(&best, run_step_last_date(run, k));
            approvals_end(step, &best);
            if (state == RUN_STEP_WAITING ||
                (state == RUN_STEP_RUNNING && step->when == WHEN_HOLDS))
                earlier(&best, run_step_due(run, k));
        }
    }
    return best;
}

void run_finish(const struct run *run, int step, const struct run_step_end *end, struct instant now,
                struct event_list *out)
{
    static const enum event_kind kinds[] = {[RUN_STEP_WAS_DONE] = EVENT_RUN_STEP_DONE,
                                            [RUN_STEP_DID_FAIL] = EVENT_RUN_STEP_FAILED,
                                            [RUN_STEP_IN_DOUBT] = EVENT_RUN_STEP_DOUBTED};
    const struct run_step *of = &run->steps[step];
    if (!of->begun || of->finished || of->failed || of->doubted || of->skipped)
        return;
    struct run_world world = {.now = now};
    struct event *event = add_step(&world, out, kinds[end->outcome], run, step);
    if (of->stopping && end->outcome == RUN_STEP_WAS_DONE)
        event->actor = str_copy(out->arena, str_of(of->stopped_by));
    event_set_str(event, end->outcome == RUN_STEP_WAS_DONE ? "detail" : "reason",
                  str_copy(out->arena, end->detail));
    if (end->outcome == RUN_STEP_IN_DOUBT)
        return;
    event_set_str(event, "output", str_copy(out->arena, end->output));
    event_set_int(event, "output_bytes", end->output_bytes);
    if (end->outcome == RUN_STEP_DID_FAIL)
        event_set_int(event, "unbegun", end->unbegun);
}
