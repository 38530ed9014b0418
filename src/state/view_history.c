/* view_history.c - in which state each step of a run was when.
 *
 * The run's own facts are folded again, one after the other, and after each the states are asked
 * for: the picture follows from the same rules as the run itself. What the clock alone changes, the
 * end of a wait, is asked for at its own moment. Promises: nothing but the facts, the procedure's
 * settings and world->now is read; at most SPANS_MAX spans and MARKS_MAX marks. */
#include "state/world.h"

enum { SPANS_MAX = 2000, MARKS_MAX = 1000 };

struct walk {
    struct run_world world;
    const struct run *run;
    struct run_history *history;
    size_t *open; /* of each step its open span and 1 more; 0: none */
};

/* What Reeve or the clock does begins by itself: that it is ready is nobody's turn. */
static bool is_span(const struct walk *walk, int step, enum run_step_state state)
{
    enum step_does does = walk->run->steps[step].does;
    bool by_itself = does == DOES_WAIT || does == DOES_HOLD || does == DOES_NOTIFY ||
                     (does == DOES_COMMAND && walk->world.settings->commands);
    return state != RUN_STEP_PLANNED && state != RUN_STEP_DONE && state != RUN_STEP_SKIPPED &&
           !(state == RUN_STEP_READY && by_itself && !run_step_asks(&walk->run->steps[step]));
}

static void end_span(struct walk *walk, int step, struct instant at)
{
    struct run_span *span = &walk->history->spans[walk->open[step] - 1];
    span->to = instant_before(at, span->from) ? span->from : at; /* the clock was set back */
    span->is_open = false;
    walk->open[step] = 0;
}

static void look_at(struct walk *walk, int step, struct instant at)
{
    struct run_history *history = walk->history;
    if (walk->run->steps[step].does == DOES_GROUP)
        return;
    walk->world.now = at;
    enum run_step_state state = run_step_state(&walk->world, walk->run, step);
    struct str name = str_of(run_step_state_name(state));
    if (walk->open[step] > 0) {
        if (str_equal(history->spans[walk->open[step] - 1].state, name))
            return;
        end_span(walk, step, at);
    }
    if (!is_span(walk, step, state))
        return;
    if (history->span_count == SPANS_MAX) {
        history->is_cut = true;
        return;
    }
    history->spans[history->span_count++] =
        (struct run_span){.step = step + 1, .state = name, .from = at, .to = at, .is_open = true};
    walk->open[step] = history->span_count;
}

/* Waits that ended by the clock alone before this moment. */
static void end_waits(struct walk *walk, struct instant before)
{
    for (int i = 0; i < walk->run->step_count; i++) {
        if (walk->open[i] == 0 || !str_is(walk->history->spans[walk->open[i] - 1].state, "waiting"))
            continue;
        struct instant due = run_step_due(walk->run, i);
        if (!instant_is_zero(due) && instant_before(due, before))
            look_at(walk, i, due);
    }
}

/* The states that a fact can have changed: of its own step, of those that were something, and of
 * those whose turn it is now. */
static void look_around(struct walk *walk, int step, struct instant at)
{
    const struct run *run = walk->run;
    int current = run_current(run);
    for (int i = 0; i < run->step_count; i++)
        if (i == step || walk->open[i] > 0)
            look_at(walk, i, at);
    for (int i = current; i >= 0 && i < run->step_count && run_step_is_next(run, i); i++)
        look_at(walk, i, at);
}

static const char *mark_of(const struct event *event)
{
    switch ((int)event->kind) {
    case EVENT_RUN_STEP_FAILED: return "failed";
    case EVENT_RUN_STEP_DOUBTED: return "doubted";
    case EVENT_RUN_STEP_STARTED: return event_int(event, "try") > 1 ? "retried" : NULL;
    case EVENT_RUN_STEP_APPROVED: return "approved";
    case EVENT_RUN_STEP_OVERDUE: return "overdue";
    case EVENT_RUN_STEP_SKIPPED: return "skipped";
    case EVENT_RUN_CANCELLED: return "cancelled";
    case EVENT_RUN_RESUMED: return "resumed";
    case EVENT_RUN_TAKEN_BACK: return "taken-back";
    default: return NULL;
    }
}

static void add_mark(struct walk *walk, const struct event *event, int step)
{
    struct run_history *history = walk->history;
    const char *kind = mark_of(event);
    if (!kind)
        return;
    if (history->mark_count == MARKS_MAX) {
        history->is_cut = true;
        return;
    }
    history->marks[history->mark_count++] =
        (struct run_mark){.step = step + 1, .kind = str_of(kind), .at = event->at};
}

/* The step that a fact is about; -1: the whole run. */
static int step_of(const struct run *run, const struct event *event)
{
    switch ((int)event->kind) {
    case EVENT_RUN_STEP_APPROVED:
    case EVENT_RUN_STEP_STARTED:
    case EVENT_RUN_STEP_DONE:
    case EVENT_RUN_STEP_FAILED:
    case EVENT_RUN_STEP_DOUBTED:
    case EVENT_RUN_STEP_SKIPPED:
    case EVENT_RUN_STEP_RETRIED:
    case EVENT_RUN_STEP_DECIDED:
    case EVENT_RUN_STEP_OVERDUE: break;
    default: return -1;
    }
    int64_t number = event_int(event, "step");
    return number >= 1 && number <= run->step_count ? (int)number - 1 : -1;
}

static void take(struct walk *walk, const struct event *event)
{
    int step = step_of(walk->run, event);
    add_mark(walk, event, step);
    look_around(walk, step, event->at);
}

/* Facts of the plan come one for each step and change nobody's turn but the last one's. */
static bool is_plan(const struct run *run, const struct event *event)
{
    return event->kind == EVENT_RUN_VALUE_SET ||
           (event->kind == EVENT_RUN_STEP_PLANNED && run->step_count < run->wanted);
}

static void end_all(struct walk *walk, struct instant now)
{
    const struct run *run = walk->run;
    bool is_over = !run_is_open(run);
    if (!is_over)
        end_waits(walk, now);
    for (int i = 0; i < run->step_count; i++) {
        if (walk->open[i] == 0)
            continue;
        struct run_span *span = &walk->history->spans[walk->open[i] - 1];
        struct instant end = is_over ? run->ended : now;
        span->to = instant_before(end, span->from) ? span->from : end;
        span->is_open = !is_over;
    }
}

const struct run *view_run_history(const struct world *world, struct arena *arena,
                                   const struct run_facts *facts, struct runs *runs,
                                   struct run_history *out_history)
{
    struct walk walk = {.world = world_runs(world), .history = out_history};
    struct instant now = walk.world.now;
    *out_history =
        (struct run_history){.spans = arena_array(arena, SPANS_MAX, sizeof *out_history->spans),
                             .marks = arena_array(arena, MARKS_MAX, sizeof *out_history->marks)};
    walk.world.runs = runs;
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *event = facts->events[i];
        if (walk.run)
            end_waits(&walk, event->at);
        run_fold(runs, event, facts->sequences[i]);
        if (!walk.run && runs->count > 0) {
            walk.run = runs->items[0];
            walk.open = arena_array(arena, (size_t)walk.run->step_capacity, sizeof *walk.open);
        }
        if (walk.run && !is_plan(walk.run, event))
            take(&walk, event);
    }
    if (walk.run)
        end_all(&walk, now);
    return walk.run;
}
