/* pages_run.c - the pages of a run and of a procedure, put together from the state and the ledger.
 */
#include "main/pages.h"

#include "ledger/codec.h"
#include "main/step_outputs.h"
#include "os/clock.h"

enum { RUN_ENTRIES_MAX = 10000 };

/* What the ledger holds about a run. */
struct story {
    const struct ledger_entry *entries; /* newest first */
    const struct event *events;         /* the same; kind EVENT_KINDS where one cannot be read */
    size_t count;
};

static bool read_story(struct serve *serve, struct arena *arena, int64_t number,
                       struct story *out_story, struct err *err)
{
    struct store *store = &serve->app->ledger.store;
    struct ledger_entry *entries = NULL;
    size_t count = 0;
    struct ledger_range range = {.subject = str_printf(arena, "run:%lld", (long long)number),
                                 .sequence = INT64_MAX,
                                 .max = RUN_ENTRIES_MAX};
    if (!store->port->read_subject(store, arena, range, &entries, &count, err))
        return false;
    struct event *events = arena_array(arena, count, sizeof *events);
    for (size_t i = 0; i < count; i++) {
        struct err unreadable = {0};
        if (!codec_read(arena, &entries[i], &events[i], &unreadable))
            events[i] = (struct event){.kind = EVENT_KINDS};
    }
    *out_story = (struct story){entries, events, count};
    return true;
}

/* The plan has an entry for each step, and the page shows the steps: they are one line here. */
static void tell_plan(struct arena *arena, const struct story *story, struct run_view *view)
{
    size_t oldest = 0;
    size_t count = 0;
    for (size_t i = 0; i < story->count; i++) {
        if (story->events[i].kind != EVENT_RUN_STEP_PLANNED)
            continue;
        oldest = i;
        count++;
    }
    if (count == 0)
        return;
    view->timeline[view->timeline_count++] = (struct timeline_view){
        .sequence = story->entries[oldest].sequence,
        .at = story->events[oldest].at,
        .sentence =
            str_printf(arena, "The plan: %zu steps, an entry each, from this one on.", count)};
}

static void tell_story(struct arena *arena, const struct story *story, struct run_view *view)
{
    bool is_planned = false;
    view->timeline = arena_array(arena, story->count + 1, sizeof *view->timeline);
    for (size_t i = 0; i < story->count; i++) {
        const struct event *event = &story->events[i];
        if (event->kind == EVENT_RUN_STEP_PLANNED && !is_planned)
            tell_plan(arena, story, view);
        is_planned = is_planned || event->kind == EVENT_RUN_STEP_PLANNED;
        if (event->kind == EVENT_RUN_STEP_PLANNED)
            continue;
        struct timeline_view *line = &view->timeline[view->timeline_count++];
        line->sequence = story->entries[i].sequence;
        line->sentence = STR("This entry cannot be read.");
        if (event->kind == EVENT_KINDS)
            continue;
        line->at = event->at;
        line->sentence = event_sentence(arena, event);
    }
}

/* A run that the state has let go of, folded again from its own entries. Its clocks are those of
 * its time: only what was set at the machine meanwhile is not in them. */
static const struct run *fold_again(const struct story *story, int64_t number, struct runs *runs)
{
    for (size_t i = story->count; i-- > 0;)
        if (story->events[i].kind != EVENT_KINDS)
            run_fold(runs, &story->events[i], story->entries[i].sequence);
    return run_find(runs, number);
}

static void tell_output(struct serve *serve, struct arena *arena, const struct run *run, int step,
                        struct run_step_view *view)
{
    struct step_output_view output;
    struct step_output_ask ask = {run, step, -1};
    if (!step_outputs_read(serve->app, arena, &ask, &output))
        return;
    view->output = output.text;
    view->result = output.result;
}

void pages_show_run(struct serve *serve, struct http_exchange *exchange, struct str number_text,
                    const struct caller *caller)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct world *world = &serve->app->world;
    struct story story = {0};
    struct runs ended;
    struct text text;
    struct err err = {0};
    int64_t number = 0;
    bool read = str_int(number_text, &number) && number > 0 &&
                read_story(serve, arena, number, &story, &err);
    runs_init(&ended, arena);
    const struct run *run = read ? run_find(&world->runs, number) : NULL;
    if (read && !run)
        run = fold_again(&story, number, &ended);
    if (run) {
        world->now = clock_now();
        struct run_view view = view_run(world, arena, run);
        tell_story(arena, &story, &view);
        for (int i = 0; i < run->step_count; i++)
            tell_output(serve, arena, run, i, &view.steps[i]);
        text_init(&text, arena, PAGE_BYTES_MAX);
        page_run_write(&text, &view, caller->actor, world->now);
        pages_reply(exchange, 200, &text);
    } else {
        pages_reply_problem(exchange, 404,
                            err.text[0] ? str_of(err.text) : STR("There is no such run."));
    }
    runs_done(&ended);
}

void pages_show_procedure(struct serve *serve, struct http_exchange *exchange, struct str place)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct world *world = &serve->app->world;
    struct procedure_view view;
    struct text text;
    int64_t nth = 1;
    size_t slash = str_find_byte(place, '/', 0);
    bool good = slash == place.n ||
                (str_int(str_from(place, slash + 1), &nth) && nth >= 1 && nth <= INT32_MAX);
    world->now = clock_now();
    if (!good || !view_procedure(world, arena, str_slice(place, 0, slash), (int)nth, &view)) {
        pages_reply_problem(
            exchange, 404,
            STR("The runbook in force has no such procedure; it may have been changed."));
        return;
    }
    text_init(&text, arena, PAGE_BYTES_MAX);
    page_procedure_write(&text, &view, world->now);
    pages_reply(exchange, 200, &text);
}
