/* pages_run.c - the pages of a run and of a procedure, put together from the state and the ledger.
 */
#include "main/pages.h"

#include "main/attachments.h"
#include "main/run_story.h"
#include "main/step_outputs.h"
#include "os/clock.h"

/* The plan has an entry for each step, and the page shows the steps: they are one line here. */
static void tell_plan(struct arena *arena, const struct run_story *story, struct run_view *view)
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
        .sentence = count == 1
                        ? STR("The plan: one step.")
                        : str_printf(arena, "The plan: %zu steps, an entry each, from this one on.",
                                     count)};
}

static void tell_story(struct arena *arena, const struct run_story *story, struct run_view *view)
{
    bool is_planned = false;
    char hash[HASH_HEX_BYTES];
    if (story->count > 0) {
        view->first_entry = story->entries[story->count - 1].sequence;
        view->last_entry = story->entries[0].sequence;
        hash_hex(&story->entries[0].leaf_hash, hash);
        view->last_hash = str_copy(arena, str_of(hash));
    }
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

/* The run, folded again from its own entries: for its history, and because the state lets go of
 * what ended long ago. Its clocks are those of its time: only what was set at the machine meanwhile
 * is not in them. */
static const struct run *fold_again(const struct world *world, struct arena *arena,
                                    const struct run_story *story, struct runs *runs,
                                    struct run_history *out_history)
{
    const struct event **events = arena_array(arena, story->count, sizeof *events);
    int64_t *sequences = arena_array(arena, story->count, sizeof *sequences);
    struct run_facts facts = {.events = events, .sequences = sequences};
    for (size_t i = story->count; i-- > 0;) {
        if (story->events[i].kind == EVENT_KINDS)
            continue;
        events[facts.count] = &story->events[i];
        sequences[facts.count++] = story->entries[i].sequence;
    }
    return view_run_history(world, arena, &facts, runs, out_history);
}

static void tell_output(struct serve *serve, struct arena *arena, const struct run *run, int step,
                        struct run_step_view *view)
{
    struct step_output_view output;
    struct step_output_ask ask = {run, step, -1};
    if (!step_outputs_read(serve->app, arena, &ask, &output))
        return;
    view->output = output.text;
    view->output_end = output.next;
    view->result = output.result;
}

void pages_show_run(struct serve *serve, struct http_exchange *exchange, struct str number_text,
                    const struct caller *caller)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct world *world = &serve->app->world;
    struct run_story story = {0};
    struct runs folded;
    struct run_history history = {0};
    const struct run *run = NULL;
    struct text text;
    struct err err = {0};
    int64_t number = 0;
    bool read = str_int(number_text, &number) && number > 0 &&
                run_story_read(serve->app, arena, number, &story, &err);
    runs_init(&folded, arena);
    world->now = clock_now();
    if (read) {
        const struct run *again = fold_again(world, arena, &story, &folded, &history);
        run = run_find(&world->runs, number);
        run = run ? run : again;
    }
    if (run) {
        attachments_look(serve->app, arena, run);
        struct run_view view = view_run(world, arena, run);
        view_run_last_lines(world, arena, run, &view);
        attachments_looked(serve->app);
        view.history = history;
        view.checkpoint = serve->note;
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
    runs_done(&folded);
}

/* The incident that the query names, while it goes on; 0: none. */
static int64_t incident_of(const struct world *world, struct arena *arena, struct str query)
{
    struct str value;
    int64_t number = 0;
    if (!http_form_find(arena, query, "incident", &value) || !str_int(value, &number))
        return 0;
    const struct incident *incident = incident_find(&world->incidents, number);
    return incident && incident->state != INCIDENT_RESOLVED ? number : 0;
}

void pages_show_procedure(struct serve *serve, struct http_exchange *exchange,
                          const struct http_request *request)
{
    struct str place = str_from(request->path, strlen("/procedures/"));
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
    view.incident = incident_of(world, arena, request->query);
    text_init(&text, arena, PAGE_BYTES_MAX);
    page_procedure_write(&text, &view, world->now);
    pages_reply(exchange, 200, &text);
}

void pages_show_runs(struct serve *serve, struct http_exchange *exchange)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct world *world = &serve->app->world;
    struct text text;
    size_t count = 0;
    world->now = clock_now();
    const struct run_view *runs = view_runs(world, arena, true, &count);
    text_init(&text, arena, PAGE_BYTES_MAX);
    page_runs_write(&text, runs, count, world->now);
    pages_reply(exchange, 200, &text);
}
