/* check_run.c - what must hold of runs: each start once and in its turn, nothing after the end,
 * always somebody's or something's turn. Reads the ledger by itself, without run/. */
#include "seen_run.h"
#include "sim.h"

#include "base/text.h"
#include "run/approval.h"

struct runs_read {
    struct sim *sim;
    struct arena *arena;
    struct seen_run *runs; /* by number, from 1 */
    size_t count, capacity;
    size_t entry;
};

static bool is_person(const struct event *event)
{
    return str_starts(event->actor, "person:");
}

_Noreturn static void fail(const struct runs_read *on, const struct event *event, const char *why)
{
    struct str sentence = event_sentence(on->arena, event);
    sim_fail(on->sim, "entry %zu: %.*s %s", on->entry + 1, STR_ARGS(sentence), why);
}

static struct seen_run *find(struct runs_read *on, const struct event *event)
{
    int64_t number = event_int(event, "number");
    if (number < 1 || number > (int64_t)on->count)
        fail(on, event, "It was never opened.");
    struct seen_run *run = &on->runs[number - 1];
    if (run->ended)
        fail(on, event, "It had ended.");
    return run;
}

/* The first step that is not over; boxes beside it may be done before it. */
static bool is_its_turn(const struct seen_run *run, int step)
{
    int first = 0;
    while (first < run->count && seen_is_passed(run, first))
        first++;
    for (int i = first; first != step && i <= step; i++)
        if (!run->steps[i].box || run->steps[i].depth != run->steps[step].depth)
            return false;
    return first <= step;
}

static void check_opened(struct runs_read *on, const struct event *event)
{
    if (event_int(event, "number") != (int64_t)on->count + 1)
        fail(on, event, "Its number is not the next one.");
    LIST_PUSH(on->arena, on->runs, on->count, on->capacity) =
        (struct seen_run){.opener = str_copy(on->arena, event->actor),
                          .rehearses = event->kind == EVENT_RUN_REHEARSAL_OPENED};
}

static void check_decided(struct runs_read *on, const struct event *event, struct seen_run *run,
                          int at)
{
    struct seen_step *step = &run->steps[at];
    bool yes = str_is(event_str(event, "answer"), "yes");
    if (!seen_is_asked(run, at) || step->over || step->bad || step->running || run->cancelled)
        fail(on, event, "It asks nothing.");
    if (!is_its_turn(run, at))
        fail(on, event, "It was not its turn.");
    if (step->fails && !is_person(event) && yes != seen_is_dealt_with(run, step->of))
        fail(on, event, "It did not look at how that step ended.");
    step->decided = step->form != 't';
    if (step->form != 't' && yes == (step->form == 'n'))
        for (int i = at; i < seen_end_of(run, at); i++)
            run->steps[i].out = run->steps[i].over = true;
    if (step->form != 't' || yes) {
        step->over = step->over || step->form == 't';
        return;
    }
    if (++step->rounds > LIMIT_RUN_ROUNDS)
        fail(on, event, "Its steps have begun again too often.");
    for (int i = step->first; i <= step->last; i++)
        seen_set_back(&run->steps[i]);
}

static void check_planned(struct runs_read *on, const struct event *event, struct seen_run *run)
{
    struct str does = event_str(event, "does");
    if (event_int(event, "step") != run->count + 1 || run->count == STEPS_MAX)
        fail(on, event, "It is not the next step.");
    run->steps[run->count++] =
        (struct seen_step){.command = str_is(does, "command"),
                           .title = str_is(does, "group"),
                           .notice = str_is(does, "notify"),
                           .people = str_copy(on->arena, event_str(event, "people")),
                           .box = event_int(event, "free") != 0,
                           .endless = event_int(event, "endless") != 0,
                           .depth = event_int(event, "depth"),
                           .approvals = event_int(event, "approvals"),
                           .retries = event_int(event, "retries")};
    seen_read_condition(&run->steps[run->count - 1], event_str(event, "condition"));
}

static int count_approvers(const struct seen_step *step, struct instant now)
{
    int count = 0;
    for (int i = 0; i < step->approved; i++)
        count += !step->approvers[i].lost && instant_before(now, step->approvers[i].until);
    return count;
}

static void check_started(struct runs_read *on, const struct event *event,
                          const struct seen_run *run, int at)
{
    struct seen_step *step = &on->runs[event_int(event, "number") - 1].steps[at];
    if (step->running || step->over || step->bad)
        fail(on, event, "It runs or has ended already.");
    if (event_int(event, "try") != step->tries + 1 ||
        (step->tries > step->tries_before && !step->retried))
        fail(on, event, "Nobody let it be tried again.");
    if (run->cancelled)
        fail(on, event, "The run was stopped.");
    if (!is_its_turn(run, at))
        fail(on, event, "Those before it are not over.");
    if (!seen_may_begin(run, at))
        fail(on, event, "Whether it is to be done was not decided.");
    if (count_approvers(step, event->at) < step->approvals)
        fail(on, event, "It was not approved.");
    if (step->notice && run->rehearses)
        fail(on, event, "A rehearsal tells nobody.");
    step->tries++;
    step->running = true;
    step->stopper = STR("");
    step->retried = false;
}

static int count_people(const struct seen_step *step)
{
    int count = 0;
    struct str rest = step->people;
    struct str name;
    while (rest.n > 0 && str_split(&rest, ',', &name))
        count++;
    return count;
}

static int count_told(const struct seen_step *step)
{
    int count = 0;
    for (int i = 0; i < TOLD_MAX; i++)
        count += step->mails[i].told;
    return count;
}

/* Each mail of it has its end, and at least one was not taken. */
static void check_untold(struct runs_read *on, const struct event *event,
                         const struct seen_step *step)
{
    if (count_told(step) == count_people(step))
        fail(on, event, "Nobody was left untold.");
    for (int i = 0; i < TOLD_MAX; i++)
        if (step->mails[i].waits || step->mails[i].sent_now)
            fail(on, event, "A mail of it is still under way.");
    if (event->kind == EVENT_RUN_STEP_DOUBTED && !step->doubted_mail)
        fail(on, event, "None of its mails was in doubt.");
}

/* Of "r12.3-ana-smtp-1" the step, when that tells people, and the mail; NULL: of another one. */
static struct seen_step *find_telling(struct runs_read *on, struct str page,
                                      struct seen_mail **out_mail)
{
    size_t dot = str_find_byte(page, '.', 0);
    size_t dash = str_find_byte(page, '-', dot);
    int64_t run = 0;
    int64_t step = 0;
    if (!str_starts(page, "r") || !str_int(str_slice(page, 1, dot), &run) ||
        !str_int(str_slice(page, dot + 1, dash), &step) || run < 1 || run > (int64_t)on->count ||
        step < 1 || step > on->runs[run - 1].count)
        return NULL;
    struct seen_step *found = &on->runs[run - 1].steps[step - 1];
    struct str person = str_slice(page, dash + 1, str_find_byte(page, '-', dash + 1));
    struct str rest = found->people;
    struct str name;
    for (int i = 0; i < TOLD_MAX && rest.n > 0 && str_split(&rest, ',', &name); i++)
        if (str_equal(str_trim(name), person))
            *out_mail = &found->mails[i];
    return found->notice ? found : NULL;
}

/* Of a try each person is told once, while it runs, and nobody who was told before. */
static void check_page_asked(struct runs_read *on, const struct event *event,
                             const struct seen_step *step, struct seen_mail *mail)
{
    if (!step->running || mail->told || mail->waits || mail->sent_now ||
        mail->of_try == step->tries)
        fail(on, event, "Nobody wants it, or it is sent already.");
    if (event_str(event, "digest").n > 0 || event_int(event, "attempt") != step->tries)
        fail(on, event, "It is of another try, or asks for something.");
    mail->of_try = step->tries;
    mail->waits = true;
}

static void check_page(struct runs_read *on, const struct event *event)
{
    struct seen_mail *mail = NULL;
    struct seen_step *step = find_telling(on, event_str(event, "page"), &mail);
    if (!step)
        return;
    if (!mail)
        fail(on, event, "It is to somebody else.");
    if (event->kind == EVENT_PAGE_REQUESTED) {
        check_page_asked(on, event, step, mail);
    } else if (event->kind == EVENT_PAGE_STARTED || event->kind == EVENT_PAGE_STOPPED) {
        if (!step->running || !mail->waits)
            fail(on, event, "Its step does not run, or it was not asked for.");
        mail->waits = false;
        mail->sent_now = event->kind == EVENT_PAGE_STARTED;
    } else if (mail->sent_now) { /* else it is told twice, and has its result */
        bool ends = event->kind == EVENT_PAGE_SENT || event_int(event, "final");
        mail->sent_now = false;
        mail->told = event->kind == EVENT_PAGE_SENT;
        mail->waits = !ends;
        step->doubted_mail = step->doubted_mail || event->kind == EVENT_PAGE_DOUBTED;
    }
}

static void check_done(struct runs_read *on, const struct event *event, const struct seen_run *run,
                       struct seen_step *step)
{
    int at = (int)(step - run->steps);
    if (step->over)
        fail(on, event, "It was over already.");
    if (!is_person(event) && !step->running)
        fail(on, event, "It did not run.");
    if (!is_person(event) && step->notice && count_told(step) != count_people(step))
        fail(on, event, "Not everybody was told.");
    if (is_person(event) && (step->command || step->notice) && step->running &&
        !(step->stopper.n > 0 && str_equal(step->stopper, event->actor)))
        fail(on, event, "It was running.");
    if (is_person(event) && !step->bad && (!is_its_turn(run, at) || !seen_may_begin(run, at)))
        fail(on, event, "It was not its turn.");
    step->running = step->bad = false;
    step->over = true;
}

static void drop_approver(struct seen_step *step, int at)
{
    step->approved--;
    for (int i = at; i < step->approved; i++)
        step->approvers[i] = step->approvers[i + 1];
}

static void check_void(struct runs_read *on, const struct event *event, struct seen_step *step)
{
    int before = step->approved;
    for (int i = step->approved; i-- > 0;)
        if (str_equal(step->approvers[i].actor, event_str(event, "who")))
            drop_approver(step, i);
    if (step->approved == before || step->running || step->over)
        fail(on, event, "There was no such approval.");
}

static void check_approved(struct runs_read *on, const struct event *event,
                           const struct seen_run *run, struct seen_step *step)
{
    struct str digest = event_str(event, "digest");
    if (str_equal(event->actor, run->opener))
        fail(on, event, "Whoever started it approves it.");
    for (int i = step->approved; i-- > 0;) {
        const struct seen_approver *one = &step->approvers[i];
        if (!str_equal(one->actor, event->actor))
            continue;
        if (!one->lost && !one->other && str_equal(one->digest, digest) &&
            instant_before(event->at, one->until))
            fail(on, event, "They had approved it.");
        drop_approver(step, i);
    }
    if (!seen_may_begin(run, (int)(step - run->steps)))
        fail(on, event, "Whether it is to be done was not decided.");
    if (step->approved == APPROVERS_MAX || step->running || step->over)
        fail(on, event, "It waits for no such approval.");
    step->approvers[step->approved++] =
        (struct seen_approver){.actor = str_copy(on->arena, event->actor),
                               .digest = str_copy(on->arena, digest),
                               .until = event_instant(event, "until")};
}

static void check_refused(struct runs_read *on, const struct event *event, struct seen_step *step)
{
    if (step->running || step->over || step->bad || step->approvals == 0)
        fail(on, event, "It waits for no approval.");
    step->bad = true;
    step->doubted = false;
    step->approved = 0;
    step->refused = true;
}

static void check_step(struct runs_read *on, const struct event *event, struct seen_run *run)
{
    int64_t at = event_int(event, "step") - 1;
    if (at < 0 || at >= run->count ||
        (run->steps[at].title && event->kind != EVENT_RUN_STEP_DECIDED))
        fail(on, event, "There is no such step.");
    struct seen_step *step = &run->steps[at];
    switch ((int)event->kind) {
    case EVENT_RUN_STEP_STARTED: check_started(on, event, run, (int)at); return;
    case EVENT_RUN_STEP_DONE:
        check_done(on, event, run, step);
        seen_forget(run, (int)at);
        return;
    case EVENT_RUN_STEP_DECIDED: check_decided(on, event, run, (int)at); return;
    case EVENT_RUN_STEP_APPROVED: check_approved(on, event, run, step); return;
    case EVENT_RUN_APPROVAL_VOID: check_void(on, event, step); return;
    case EVENT_RUN_STEP_REFUSED: check_refused(on, event, step); return;
    case EVENT_RUN_STEP_FAILED:
    case EVENT_RUN_STEP_DOUBTED:
        if (!step->running)
            fail(on, event, "It did not run.");
        if (step->notice)
            check_untold(on, event, step);
        step->running = false;
        step->bad = true;
        step->doubted = event->kind == EVENT_RUN_STEP_DOUBTED;
        step->cut_off = run->cancelled || step->doubted || event_int(event, "unbegun") != 0;
        return;
    case EVENT_RUN_STEP_SKIPPED:
        if (step->over || (step->running && (step->command || step->notice)) || !is_person(event))
            fail(on, event, "It cannot be skipped.");
        step->running = step->bad = false;
        step->over = true;
        seen_forget(run, (int)at);
        return;
    case EVENT_RUN_STEP_RETRIED:
        if (!step->bad)
            fail(on, event, "There was nothing to try again.");
        if (!is_person(event) &&
            (step->doubted || step->refused || step->tries - step->tries_before > step->retries ||
             run->cancelled))
            fail(on, event, "Nobody let it be tried again.");
        step->bad = step->refused = false;
        step->retried = true;
        step->approved = 0;
        seen_forget(run, (int)at);
        return;
    case EVENT_RUN_STEP_ATTACHED:
        if (step->over && !step->bad)
            fail(on, event, "It is over.");
        return;
    case EVENT_RUN_STEP_STOPPED:
        if (!step->running || !step->endless || step->stopper.n > 0 || run->cancelled ||
            !is_person(event))
            fail(on, event, "There is no watching that could be ended.");
        step->stopper = str_copy(on->arena, event->actor);
        return;
    case EVENT_RUN_STEP_OVERDUE:
        if (step->overdue || step->over)
            fail(on, event, "It was said, or is over.");
        step->overdue = true;
        return;
    default: fail(on, event, "It is of no kind that is known.");
    }
}

static void check_ended(struct runs_read *on, const struct event *event, struct seen_run *run)
{
    for (int i = 0; i < run->count; i++)
        if (!run->steps[i].title && !run->steps[i].over && !seen_is_dealt_with(run, i))
            fail(on, event, "A step of it is not over.");
    run->ended = true;
}

/* The clock was set, or what somebody may do has changed. */
static void lose_approvals(struct runs_read *on, const struct event *event)
{
    bool all = event->kind == EVENT_CLOCK_STEPPED;
    for (size_t i = 0; i < on->count; i++)
        for (int k = 0; k < on->runs[i].count; k++)
            for (int n = 0; n < on->runs[i].steps[k].approved; n++) {
                struct seen_approver *one = &on->runs[i].steps[k].approvers[n];
                bool theirs = !all && str_equal(actor_name(one->actor), event_str(event, "name"));
                one->lost = one->lost || all || (theirs && event->kind == EVENT_ACCOUNT_REMOVED);
                one->other = one->other || theirs;
            }
}

static void check_event(struct runs_read *on, const struct event *event)
{
    struct seen_run *run;
    switch ((int)event->kind) {
    case EVENT_RUN_OPENED:
    case EVENT_RUN_REHEARSAL_OPENED: check_opened(on, event); return;
    case EVENT_RUN_STEP_PLANNED: check_planned(on, event, find(on, event)); return;
    case EVENT_RUN_DATES_COUNTED: /* what was late need not be by the new instant */
        run = find(on, event);
        for (int i = 0; i < run->count; i++)
            run->steps[i].overdue = false;
        return;
    case EVENT_RUN_VALUE_SET: (void)find(on, event); return;
    case EVENT_RUN_ENDED: check_ended(on, event, find(on, event)); return;
    case EVENT_RUN_TAKEN_BACK: find(on, event)->cancelled = false; return;
    case EVENT_RUN_CANCELLED:
    case EVENT_RUN_RESUMED:
        run = find(on, event);
        if (run->cancelled == (event->kind == EVENT_RUN_CANCELLED))
            fail(on, event, "It was so already.");
        run->cancelled = !run->cancelled;
        for (int i = 0; i < run->count && run->cancelled; i++)
            run->steps[i].approved = 0;
        return;
    default: check_step(on, event, find(on, event));
    }
}

void check_run_ledger(struct sim *sim)
{
    struct arena arena, scratch;
    arena_init(&arena);
    arena_init(&scratch);
    struct runs_read on = {.sim = sim, .arena = &arena};
    for (on.entry = 0; on.entry < sim->core.memory.count; on.entry++) {
        arena_reset(&scratch);
        struct event event = check_event_at(sim, &scratch, on.entry);
        if (event.kind == EVENT_CLOCK_STEPPED || event.kind == EVENT_ACCOUNT_REMOVED ||
            event.kind == EVENT_ACCOUNT_ROLE_CHANGED)
            lose_approvals(&on, &event);
        else if (event.kind >= EVENT_PAGE_REQUESTED && event.kind <= EVENT_PAGE_STOPPED)
            check_page(&on, &event);
        else if (event.kind >= EVENT_RUN_OPENED && event.kind <= EVENT_RUN_ENDED)
            check_event(&on, &event);
    }
    for (size_t i = 0; i < on.count; i++)
        if (!on.runs[i].ended)
            sim_fail(sim, "run %zu never came to its end", i + 1);
    arena_done(&scratch);
    arena_done(&arena);
}

/* Is there something that it waits for, and that can come? */
static bool has_turn(const struct run_world *view, const struct run *run)
{
    for (int i = 0; i < run->step_count; i++)
        if ((run->steps[i].does != DOES_GROUP || run_step_asks(&run->steps[i])) &&
            !run_step_is_over(run, i) && run_step_state(view, run, i) != RUN_STEP_PLANNED &&
            run_step_state(view, run, i) != RUN_STEP_DONE &&
            run_step_state(view, run, i) != RUN_STEP_SKIPPED)
            return true;
    return run->cancelled && run_current(run) >= 0;
}

/* A hold whose time is over waits until each rule can be read, or is known to be unknown. */
static bool is_blind(const struct world *world)
{
    for (size_t i = 0; world->evaluations && i < world->rules.count; i++)
        if (world->evaluations[i].truth == TRUTH_UNKNOWN)
            return true;
    return false;
}

void check_run_state(struct sim *sim)
{
    struct run_world view = world_runs(&sim->core.world);
    view.now = sim_now(sim);
    for (size_t i = 0; i < view.runs->count; i++)
        if (run_is_open(view.runs->items[i]) && !has_turn(&view, view.runs->items[i]))
            sim_fail(sim, "run %lld waits for nothing", (long long)view.runs->items[i]->number);
    struct instant due = run_next_due(&view);
    if (!instant_is_zero(due) && !instant_before(view.now, due) && !is_blind(&sim->core.world))
        sim_fail(sim, "something of a run was due and was not decided");
}

void check_run_digest(struct json_writer *w, const struct world *world)
{
    struct run_world view = world_runs(world);
    json_open_array(w, "runs");
    for (size_t i = 0; i < world->runs.count; i++) {
        const struct run *run = world->runs.items[i];
        json_int(w, NULL, run->number);
        json_str(w, NULL, str_of(run_state_name(run->state)));
        json_instant_us(w, NULL, run->opened_base.us);
        for (int k = 0; k < run->step_count; k++) {
            const struct run_step *step = &run->steps[k];
            json_str(w, NULL, str_of(run_step_state_name(run_step_state(&view, run, k))));
            json_str(w, NULL, str_of(step->detail));
            json_int(w, NULL, step->tries);
            json_int(w, NULL, step->rounds);
            json_bool(w, NULL, step->decided);
            json_int(w, NULL, run_step_approved(&view, run, k));
            json_instant_us(w, NULL, step->ended_base.us);
            json_instant_us(w, NULL, run_step_due(run, k).us);
            json_bool(w, NULL, step->overdue);
        }
    }
    json_close_array(w);
}
