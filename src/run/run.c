/* run.c - folding what happened into runs, and reading the state of a step. */
#include "run/answer.h"
#include "run/approval.h"
#include "run/rehearsal.h"

#include <stdlib.h>

static const char *const state_names[RUN_STATES] = {
    [RUN_GOING] = "going",
    [RUN_STOPPED] = "stopped",
    [RUN_CANCELLED] = "cancelled",
    [RUN_DONE] = "done",
};

static const char *const step_names[RUN_STEP_STATES] = {
    [RUN_STEP_PLANNED] = "planned",   [RUN_STEP_WAITING] = "waiting",
    [RUN_STEP_APPROVAL] = "approval", [RUN_STEP_READY] = "ready",
    [RUN_STEP_RUNNING] = "running",   [RUN_STEP_DONE] = "done",
    [RUN_STEP_FAILED] = "failed",     [RUN_STEP_DOUBTED] = "doubted",
    [RUN_STEP_SKIPPED] = "skipped",
};

const char *run_state_name(enum run_state state)
{
    return state_names[state];
}

const char *run_step_state_name(enum run_step_state state)
{
    return step_names[state];
}

void runs_init(struct runs *runs, struct arena *arena)
{
    *runs = (struct runs){.arena = arena};
}

void runs_done(struct runs *runs)
{
    for (size_t i = 0; i < runs->count; i++) {
        struct run *run = runs->items[i];
        arena_done(&run->arena);
    }
    runs->count = 0;
}

bool run_is_open(const struct run *run)
{
    return run->state != RUN_DONE;
}

struct run *run_find(const struct runs *runs, int64_t number)
{
    size_t low = 0;
    size_t high = runs->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runs->items[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < runs->count && runs->items[low]->number == number ? runs->items[low] : NULL;
}

/* The runs that ended first make room; their story stays in the ledger. */
static void forget_ended(struct runs *runs)
{
    size_t kept = 0;
    for (size_t i = runs->count; i-- > 0;) {
        struct run *run = runs->items[i];
        if (run_is_open(run) || ++kept <= RUNS_ENDED_KEPT)
            continue;
        arena_done(&run->arena);
        memmove(&runs->items[i], &runs->items[i + 1], (runs->count - i - 1) * sizeof *runs->items);
        runs->count--;
        *run = (struct run){.next_free = runs->free_runs};
        runs->free_runs = run;
    }
}

static void fold_opened(struct runs *runs, const struct event *event)
{
    int64_t number = event_int(event, "number");
    if (number <= runs->last_number)
        return; /* a foreign ledger */
    struct run *run = runs->free_runs;
    if (run)
        runs->free_runs = run->next_free;
    else
        run = arena_make(runs->arena, struct run);
    *run = (struct run){.number = number};
    arena_init_chunks(&run->arena, 4096);
    run->procedure = str_copy(&run->arena, event_str(event, "procedure"));
    run->statement = str_copy(&run->arena, event_str(event, "statement"));
    run->digest = str_copy(&run->arena, event_str(event, "digest"));
    run->opened_by = str_copy(&run->arena, event->actor);
    if (event->kind == EVENT_RUN_REHEARSAL_OPENED) {
        run->environment = str_copy(&run->arena, event_str(event, "environment"));
        run->plan = str_copy(&run->arena, event_str(event, "plan"));
        rehearsal_fold_opened(runs, run);
    }
    struct str behind = event_str(event, "behind");
    run->opened_person = behind.n > 0 ? str_copy(&run->arena, behind) : run->opened_by;
    run->line = event_int(event, "line");
    run->opened = run->opened_base = event->at;
    run->wanted = (int)event_int(event, "steps");
    if (run->wanted < 0 || run->wanted > LIMIT_RUN_STEPS)
        run->wanted = LIMIT_RUN_STEPS;
    run->step_capacity = 2 * run->wanted; /* each may be taken back */
    run->steps = arena_array(&run->arena, (size_t)run->step_capacity, sizeof *run->steps);
    run->values.items = arena_array(&run->arena, LIMIT_RUN_VALUES, sizeof(struct run_value));
    LIST_PUSH(runs->arena, runs->items, runs->count, runs->capacity) = run;
    runs->last_number = number;
    runs->open_count++;
}

/* The step that it stands below: the nearest one before it that is less deep. */
static int parent_of(const struct run *run, int depth)
{
    for (int i = run->step_count - 1; i >= 0; i--)
        if (run->steps[i].depth < depth)
            return i;
    return -1;
}

static void fold_planned(struct run *run, const struct event *event)
{
    if (run->step_count == run->step_capacity || event_int(event, "step") != run->step_count + 1)
        return;
    struct run_step *step = &run->steps[run->step_count];
    struct arena *arena = &run->arena;
    *step = (struct run_step){.does = DOES_MANUAL,
                              .depth = (int)event_int(event, "depth"),
                              .line = event_int(event, "line"),
                              .text = str_copy(arena, event_str(event, "text")),
                              .action = str_copy(arena, event_str(event, "action")),
                              .command = str_copy(arena, event_str(event, "command")),
                              .note = str_copy(arena, event_str(event, "note")),
                              .people = str_copy(arena, event_str(event, "people")),
                              .time_ms = event_int(event, "time_ms"),
                              .deadline_ms = event_int(event, "deadline_ms"),
                              .time_months = (int)event_int(event, "time_months"),
                              .approvals = (int)event_int(event, "approvals"),
                              .retries = (int)event_int(event, "retries"),
                              .every_ms = event_int(event, "every_ms"),
                              .free = event_int(event, "free") != 0,
                              .endless = event_int(event, "endless") != 0};
    if (condition_parse(event_str(event, "condition"), &step->condition))
        step->condition.words = str_copy(arena, step->condition.words);
    (void)!step_does_find(event_str(event, "does"), &step->does);
    (void)!step_when_find(event_str(event, "when"), &step->when);
    str_keep(step->statement, sizeof step->statement, event_str(event, "statement"));
    step->parent = parent_of(run, step->depth);
    run->step_count++;
}

static void fold_value(struct run *run, const struct event *event, int64_t sequence)
{
    if (run->values.count == LIMIT_RUN_VALUES)
        return;
    run->values.items[run->values.count++] =
        (struct run_value){str_copy(&run->arena, event_str(event, "name")),
                           str_copy(&run->arena, event_str(event, "value")), sequence};
}

static void take_end(struct run_step *step, const struct event *event, const char *field)
{
    step->begun = true;
    step->ended = step->ended_base = event->at;
    str_keep(step->by, sizeof step->by, event->actor);
    if (field)
        str_keep(step->detail, sizeof step->detail, event_str(event, field));
}

/* What a person writes about it says more than that it was ticked. */
static void take_note(struct run_step *step, const struct event *event, int64_t sequence)
{
    struct str note = event_str(event, "note");
    if (note.n == 0)
        return;
    str_keep(step->detail, sizeof step->detail, note);
    step->detail_entry = sequence;
}

static void take_output(struct run_step *step, const struct event *event)
{
    str_keep(step->output, sizeof step->output, event_str(event, "output"));
    step->output_bytes = event_int(event, "output_bytes");
}

/* Each fact about a step takes back what the one before said of its end. */
void run_step_clear_end(struct run_step *step)
{
    step->finished = step->failed = step->doubted = step->skipped = false;
    step->left_out = step->cut_off = false;
    step->ended = step->ended_base = (struct instant){0};
    step->detail[0] = step->by[0] = step->output[0] = step->stopped_by[0] = '\0';
    step->stopping = false;
    step->output_bytes = step->detail_entry = 0;
    step->refused = false;
}

/* It did not begin: nothing of it is to be taken back. That it was refused stays known: whoever is
 * asked again is told. */
static void fold_refused(struct run *run, struct run_step *step, const struct event *event,
                         int64_t sequence)
{
    if (!step->refusal)
        step->refusal = arena_make(&run->arena, struct run_refusal);
    struct run_refusal *refusal = step->refusal;
    refusal->count++;
    refusal->at = event->at;
    refusal->entry = sequence;
    str_keep(refusal->by, sizeof refusal->by, event->actor);
    str_keep(refusal->why, sizeof refusal->why, event_str(event, "reason"));
    run_step_clear_end(step);
    take_end(step, event, "reason");
    step->begun = false;
    step->failed = step->refused = true;
    step->detail_entry = sequence;
    step->approver_count = 0;
}

static void fold_retried(struct run_step *step, const struct event *event, int64_t sequence)
{
    struct run_refusal *refusal = step->refused ? step->refusal : NULL;
    struct str behind = event_str(event, "behind");
    run_step_clear_end(step);
    step->begun = false;
    step->approver_count = 0;
    step->round++;
    if (!refusal)
        return;
    refusal->again_at = event->at;
    refusal->again_entry = sequence;
    str_keep(refusal->again_by, sizeof refusal->again_by, event->actor);
    str_keep(refusal->again_person, sizeof refusal->again_person,
             behind.n > 0 ? behind : event->actor);
    str_keep(refusal->again_why, sizeof refusal->again_why, event_str(event, "reason"));
}

static void fold_step(struct run *run, struct run_step *step, const struct event *event,
                      int64_t sequence)
{
    switch ((int)event->kind) {
    case EVENT_RUN_STEP_APPROVED:
    case EVENT_RUN_APPROVAL_VOID: approval_fold(run, step, event); return;
    case EVENT_RUN_STEP_REFUSED: fold_refused(run, step, event, sequence); return;
    case EVENT_RUN_STEP_STARTED:
        run_step_clear_end(step);
        step->unwatched_ms = 0;
        step->begun = true;
        step->ending = false;
        step->tries = (int)event_int(event, "try");
        step->started = step->from = event->at;
        str_keep(step->begun_as, sizeof step->begun_as, event_str(event, "digest"));
        return;
    case EVENT_RUN_STEP_DONE:
        run_step_clear_end(step);
        take_end(step, event, "detail");
        take_output(step, event);
        take_note(step, event, sequence);
        step->finished = true;
        return;
    case EVENT_RUN_STEP_FAILED:
        take_end(step, event, "reason");
        take_output(step, event);
        step->failed = true;
        step->cut_off = run->cancelled || step->ending || event_int(event, "unbegun") != 0;
        return;
    case EVENT_RUN_STEP_DOUBTED:
        take_end(step, event, "reason");
        step->doubted = true;
        return;
    case EVENT_RUN_STEP_SKIPPED:
        run_step_clear_end(step);
        take_end(step, event, NULL);
        step->skipped = true; /* why stands in the ledger, where it can be erased */
        return;
    case EVENT_RUN_STEP_RETRIED: fold_retried(step, event, sequence); return;
    case EVENT_RUN_STEP_DECIDED:
        answer_fold(run, (int)(step - run->steps), event, &run->arena);
        return;
    case EVENT_RUN_STEP_OVERDUE: step->overdue = true; return;
    case EVENT_RUN_STEP_STOPPED:
        step->stopping = true;
        str_keep(step->stopped_by, sizeof step->stopped_by, event->actor);
        return;
    default: return;
    }
}

/* Stopped while a step of it failed or is in doubt; the person's word "cancelled" goes before. */
static void settle(struct run *run)
{
    bool bad = false;
    if (run->state == RUN_DONE)
        return;
    for (int i = 0; i < run->step_count; i++)
        bad = bad || run->steps[i].doubted ||
              (run->steps[i].failed && !run_step_tries_again(&run->steps[i]) &&
               !run_step_is_over(run, i));
    run->state = run->cancelled ? RUN_CANCELLED : bad ? RUN_STOPPED : RUN_GOING;
}

static void move(struct instant *at, int64_t by_ms)
{
    if (!instant_is_zero(*at))
        *at = instant_add_ms(*at, by_ms);
}

static void fold_clock(struct runs *runs, int64_t by_ms)
{
    for (size_t i = 0; i < runs->count; i++) {
        struct run *run = runs->items[i];
        if (!run_is_open(run))
            continue;
        move(&run->opened_base, by_ms);
        move(&run->dates_base, by_ms);
        for (int k = 0; k < run->step_count; k++) {
            move(&run->steps[k].from, by_ms);
            move(&run->steps[k].ended_base, by_ms);
        }
    }
}

/* What was agreed to before counts no more, also when it is resumed. */
static void fold_cancelled(struct run *run)
{
    run->cancelled = true;
    for (int i = 0; i < run->step_count; i++) {
        struct run_step *step = &run->steps[i];
        step->approver_count = 0;
        step->round++;
        step->ending = step->begun && instant_is_zero(step->ended);
    }
}

/* Its name is a text beside the ledger; where that was erased, the file is, too. */
static void fold_attached(struct run *run, const struct event *event, int64_t sequence)
{
    int64_t step = event_int(event, "step");
    if (step < 1 || step > run->step_count)
        return;
    struct run_step *of = &run->steps[step - 1];
    struct run_attachment *attachment =
        &LIST_PUSH(&run->arena, of->attachments, of->attachment_count, of->attachment_capacity);
    *attachment = (struct run_attachment){.name = str_copy(&run->arena, event_str(event, "name")),
                                          .bytes = event_int(event, "bytes"),
                                          .entry = sequence,
                                          .at = event->at};
    attachment->erased = attachment->name.n == 0;
    str_keep(attachment->digest, sizeof attachment->digest, event_str(event, "digest"));
    str_keep(attachment->by, sizeof attachment->by, event->actor);
}

static void forget_attachment(struct run_step *step, int64_t entry)
{
    for (size_t i = 0; i < step->attachment_count; i++) {
        if (step->attachments[i].entry != entry)
            continue;
        step->attachments[i].erased = true;
        step->attachments[i].name = STR("");
    }
}

static void forget_refusal(struct run_refusal *refusal, int64_t entry)
{
    if (refusal && refusal->entry == entry)
        str_keep(refusal->why, sizeof refusal->why, STR("(erased)"));
    if (refusal && refusal->again_entry == entry)
        str_keep(refusal->again_why, sizeof refusal->again_why, STR("(erased)"));
}

static void forget_texts(struct runs *runs, int64_t entry)
{
    for (size_t i = 0; i < runs->count; i++)
        for (int k = 0; k < runs->items[i]->step_count; k++) {
            struct run_step *step = &runs->items[i]->steps[k];
            forget_attachment(step, entry);
            forget_refusal(step->refusal, entry);
            if (step->detail_entry == entry)
                str_keep(step->detail, RUN_REASON_BYTES,
                         step->finished ? STR("ticked") : STR("(erased)"));
        }
    for (size_t i = 0; i < runs->count; i++)
        for (int k = 0; k < runs->items[i]->values.count; k++)
            if (runs->items[i]->values.items[k].entry == entry)
                runs->items[i]->values.items[k].value = STR("");
}

static void fold_again(struct run *run, const struct event *event)
{
    struct str behind = event_str(event, "behind");
    run->cancelled = false;
    run->again_at = event->at;
    run->again_by = str_copy(&run->arena, event->actor);
    run->again_person = behind.n > 0 ? str_copy(&run->arena, behind) : run->again_by;
}

/* What would not be late by the new instant is not overdue. */
static void fold_dates(struct run *run, const struct event *event)
{
    run->dates_base = event_instant(event, "from");
    for (int i = 0; i < run->step_count; i++)
        if (instant_before(event->at, run_step_last_date(run, i)))
            run->steps[i].overdue = false;
}

static bool ends_anew(enum event_kind kind)
{
    return kind == EVENT_RUN_STEP_DONE || kind == EVENT_RUN_STEP_SKIPPED ||
           kind == EVENT_RUN_STEP_RETRIED;
}

static void fold_run(struct runs *runs, struct run *run, const struct event *event,
                     int64_t sequence)
{
    if (event->kind == EVENT_RUN_STEP_PLANNED) {
        fold_planned(run, event);
    } else if (event->kind == EVENT_RUN_CANCELLED) {
        fold_cancelled(run);
    } else if (event->kind == EVENT_RUN_TAKEN_BACK) {
        fold_again(run, event);
        run->taken_back = true;
        run->wanted = run->step_count + (int)event_int(event, "steps");
        if (run->wanted > run->step_capacity)
            run->wanted = run->step_capacity;
    } else if (event->kind == EVENT_RUN_RESUMED) {
        fold_again(run, event);
    } else if (event->kind == EVENT_RUN_DATES_COUNTED) {
        fold_dates(run, event);
    } else if (event->kind == EVENT_RUN_ENDED) {
        run->state = RUN_DONE;
        run->ended = event->at;
        if (run->environment.n > 0)
            rehearsal_fold_ended(runs, run, event);
        runs->open_count--;
        forget_ended(runs);
        return;
    } else {
        int64_t step = event_int(event, "step");
        if (step >= 1 && step <= run->step_count)
            fold_step(run, &run->steps[step - 1], event, sequence);
        if (step >= 1 && step <= run->step_count && ends_anew(event->kind))
            answer_forget(run, (int)step - 1);
    }
    settle(run);
}

/* Between the instant it was last seen and the new start nobody watched. */
static void fold_started(struct runs *runs, struct instant before, struct instant now)
{
    int64_t gap_ms = instant_is_zero(before) ? 0 : instant_ms_between(before, now);
    for (size_t i = 0; i < runs->count; i++)
        for (int k = 0; run_is_open(runs->items[i]) && k < runs->items[i]->step_count; k++) {
            struct run_step *step = &runs->items[i]->steps[k];
            if (step->does == DOES_HOLD && step->begun && instant_is_zero(step->ended) &&
                gap_ms > 0)
                step->unwatched_ms += gap_ms;
        }
}

void run_fold(struct runs *runs, const struct event *event, int64_t sequence)
{
    if (event->kind == EVENT_NODE_STARTED)
        fold_started(runs, event_instant(event, "last_seen"), event->at);
    approval_fold_all(runs, event);
    if (event->kind == EVENT_CLOCK_STEPPED) {
        fold_clock(runs, event_int(event, "by_ms"));
        return;
    }
    if (event->kind == EVENT_RUN_OPENED || event->kind == EVENT_RUN_REHEARSAL_OPENED) {
        fold_opened(runs, event);
        return;
    }
    if (event->kind == EVENT_TEXT_ERASED)
        forget_texts(runs, event_int(event, "entry"));
    if (event->kind < EVENT_RUN_OPENED || event->kind > EVENT_RUN_ENDED)
        return;
    struct run *run = run_find(runs, event_int(event, "number"));
    if (!run || !run_is_open(run))
        return;
    if (event->kind == EVENT_RUN_VALUE_SET)
        fold_value(run, event, sequence);
    else if (event->kind == EVENT_RUN_STEP_ATTACHED)
        fold_attached(run, event, sequence);
    else
        fold_run(runs, run, event, sequence);
}
