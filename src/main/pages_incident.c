/* pages_incident.c - the page of an incident, over or not, and the draft of its postmortem. */
#include "main/pages.h"

#include "action/postmortem.h"
#include "os/clock.h"

enum { TIMELINE_MAX = 500 };

/* Newest first, at most TIMELINE_MAX of what tells something. */
static void add_timeline(struct arena *arena, const struct story *story, struct incident_view *view)
{
    view->timeline = arena_array(arena, TIMELINE_MAX, sizeof *view->timeline);
    for (size_t i = story->count; i-- > 0 && view->timeline_count < TIMELINE_MAX;)
        view->timeline[view->timeline_count++] =
            (struct timeline_view){.sequence = story->sequences[i],
                                   .at = story->events[i].at,
                                   .sentence = event_sentence(arena, &story->events[i])};
}

static void add_people(const struct world *world, struct arena *arena, struct incident_view *view)
{
    struct str *names = arena_array(arena, world->people.count, sizeof *names);
    for (size_t i = 0; i < world->people.count; i++)
        names[i] = world->people.items[i].id;
    view->people = names;
    view->people_count = world->people.count;
}

static void show(struct serve *serve, struct http_exchange *exchange,
                 const struct postmortem *postmortem)
{
    const struct world *world = &serve->app->world;
    struct arena *arena = http_exchange_arena(exchange);
    const struct incident *incident = incident_find(&world->incidents, postmortem->past.number);
    struct text text, picture;
    struct incident_view view = incident ? view_incident(world, arena, incident)
                                         : view_of_past(world, arena, &postmortem->past);
    text_init(&picture, arena, PAGE_BYTES_MAX);
    postmortem_draw(&picture, postmortem);
    view.picture = text_full(&picture) ? STR("") : text_str(&picture);
    add_timeline(arena, &postmortem->story, &view);
    add_people(world, arena, &view);
    text_init(&text, arena, PAGE_BYTES_MAX);
    page_incident_write(&text, &view, world->now);
    pages_reply(exchange, 200, &text);
}

static void show_draft(struct serve *serve, struct http_exchange *exchange,
                       const struct postmortem *postmortem)
{
    struct text text;
    text_init(&text, http_exchange_arena(exchange), POSTMORTEM_BYTES_MAX);
    postmortem_write(&text, &serve->app->world, postmortem, true);
    if (text_full(&text)) {
        http_reply_text(exchange, 500, STR("The draft is larger than what can be sent."));
        return;
    }
    struct http_reply reply = {.status = 200,
                               .content_type = STR("text/markdown; charset=utf-8"),
                               .body = text_str(&text)};
    http_reply(exchange, &reply);
}

void pages_show_incident(struct serve *serve, struct http_exchange *exchange, struct str place)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct err err = {0};
    struct postmortem postmortem;
    int64_t number = 0;
    size_t slash = str_find_byte(place, '/', 0);
    bool draft = str_is(str_from(place, slash), "/postmortem.md");
    serve->app->world.now = clock_now();
    if ((slash < place.n && !draft) || !str_int(str_slice(place, 0, slash), &number) ||
        !postmortem_read(&serve->app->world, arena, number, &postmortem, &err)) {
        pages_reply_problem(exchange, 404,
                            err.text[0] ? str_of(err.text) : STR("There is no such incident."));
        return;
    }
    if (draft)
        show_draft(serve, exchange, &postmortem);
    else
        show(serve, exchange, &postmortem);
}
