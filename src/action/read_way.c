/* read_way.c - "page ways": who was reached last by which way. */
#include "action/reads.h"

enum { WARNINGS_TOLD = 5 };

static void add_time(struct text *text, const char *before, struct instant at)
{
    char written[INSTANT_TEXT_BYTES];
    instant_write(at, written);
    text_printf(text, "%s%.10s %.8s UTC", before, written, written + 11);
}

static void add_line(struct reply *reply, const struct way_view *way)
{
    text_printf(&reply->text, "%-16.*s  %-10.*s  ", STR_ARGS(way->person), STR_ARGS(way->way));
    if (instant_is_zero(way->sent))
        text_adds(&reply->text, "never reached");
    else
        add_time(&reply->text, "reached ", way->sent);
    if (way->detail.n > 0)
        text_printf(&reply->text, " (%.*s)", STR_ARGS(way->detail));
    if (way->problem.n > 0) {
        add_time(&reply->text, "; given up ", way->failed);
        text_printf(&reply->text, ": %.*s", STR_ARGS(way->problem));
    }
    text_byte(&reply->text, '\n');
}

static void add_json(struct json_writer *w, const struct way_view *way)
{
    json_open_object(w, NULL);
    json_str(w, "person", way->person);
    json_str(w, "way", way->way);
    reply_instant(w, "reached", way->sent);
    json_str(w, "detail", way->detail);
    reply_instant(w, "failed", way->failed);
    json_str(w, "problem", way->problem);
    json_str(w, "warning", way->warning);
    json_close_object(w);
}

bool read_page_ways(const struct call *call, const struct world *world, struct reply *reply,
                    struct err *err)
{
    struct json_writer w = {.text = &reply->json};
    size_t count = 0;
    const struct way_view *ways = view_ways(world, reply->arena, &count);
    (void)call;
    (void)err;
    json_open_array(&w, NULL);
    for (size_t i = 0; i < count; i++) {
        add_line(reply, &ways[i]);
        add_json(&w, &ways[i]);
        if (ways[i].warning.n > 0)
            reply->exit_code = 1;
    }
    json_close_array(&w);
    if (count == 0)
        text_adds(&reply->text, "Nobody under people: in reeve.yaml can be reached.\n");
    return true;
}

static bool is_told(const struct unproved_view *views, size_t count, struct str person)
{
    for (size_t i = 0; i < count; i++)
        if (views[i].by_none && str_equal(views[i].person, person))
            return true;
    return false;
}

static void add_on_call(struct reply *reply, struct json_writer *w,
                        const struct unproved_view *views, size_t count)
{
    json_open_array(w, "on_call_unproved");
    for (size_t i = 0; i < count; i++) {
        const struct unproved_view *view = &views[i];
        if (!view->by_none)
            continue;
        bool now = str_is(view->when, "now");
        text_printf(&reply->text,
                    "on call %.*s%sand not proved: %.*s (%.*s): by none of their ways was a page "
                    "taken in the last 90 days; \"reeve page test %.*s\"\n",
                    STR_ARGS(now ? STR("") : view->when), now ? "" : " ", STR_ARGS(view->person),
                    STR_ARGS(view->party), STR_ARGS(view->person));
        json_str(w, NULL, view->person);
    }
    json_close_array(w);
    json_open_array(w, "on_call_to_prove");
    for (size_t i = 0; i < count; i++) {
        json_open_object(w, NULL);
        json_str(w, "person", views[i].person);
        json_str(w, "rota", views[i].party);
        json_str(w, "sentence", views[i].sentence);
        json_close_object(w);
    }
    json_close_array(w);
}

/* Warnings, and nothing that is wrong now: they change no exit code. */
void read_add_ways(const struct world *world, struct reply *reply, struct json_writer *w)
{
    size_t count = 0;
    size_t told = 0;
    size_t unproved = 0;
    const struct way_view *ways = view_ways(world, reply->arena, &count);
    const struct unproved_view *on_call = view_unproved(world, reply->arena, &unproved);
    add_on_call(reply, w, on_call, unproved);
    json_open_array(w, "to_prove");
    for (size_t i = 0; i < count; i++) {
        if (ways[i].warning.n == 0)
            continue;
        add_json(w, &ways[i]);
        if (is_told(on_call, unproved, ways[i].person))
            continue;
        if (told++ < WARNINGS_TOLD)
            text_printf(&reply->text,
                        "to be proved: %.*s by %.*s: %.*s; \"reeve page test %.*s\"\n",
                        STR_ARGS(ways[i].person), STR_ARGS(ways[i].way), STR_ARGS(ways[i].warning),
                        STR_ARGS(ways[i].person));
    }
    json_close_array(w);
    if (told > WARNINGS_TOLD)
        text_printf(&reply->text, "to be proved: %zu more; see \"reeve page ways\"\n",
                    told - WARNINGS_TOLD);
}
