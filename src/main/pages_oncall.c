/* pages_oncall.c - who is on call: the page, and the calendar that other programs read. */
#include "main/pages.h"

#include "os/clock.h"
#include "people/ics.h"

void pages_show_oncall(struct serve *serve, struct http_exchange *exchange)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct text text;
    serve->app->world.now = clock_now();
    struct oncall_view view = view_oncall(&serve->app->world, arena);
    text_init(&text, arena, PAGE_BYTES_MAX);
    page_oncall_write(&text, &view, clock_now());
    pages_reply(exchange, 200, &text);
}

void pages_show_calendar(struct serve *serve, struct http_exchange *exchange,
                         const struct http_request *request)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct text text;
    struct str person;
    struct ics ics = {.oncall = &serve->app->world.oncall,
                      .person = STR(""),
                      .now = clock_now(),
                      .public_url = serve->app->config.public_url};
    if (http_form_find(arena, request->query, "person", &person))
        ics.person = person;
    if (ics.person.n > 0 && !person_find(&serve->app->world.people, ics.person)) {
        pages_reply_problem(exchange, 404, STR("There is no such person under people:."));
        return;
    }
    text_init(&text, arena, ICS_BYTES_MAX);
    (void)ics_write(&text, arena, &ics);
    if (text_full(&text)) {
        pages_reply_problem(exchange, 500, STR("The calendar is larger than what can be sent."));
        return;
    }
    struct http_reply reply = {.status = 200,
                               .content_type = STR("text/calendar; charset=utf-8"),
                               .body = text_str(&text)};
    http_reply(exchange, &reply);
}
