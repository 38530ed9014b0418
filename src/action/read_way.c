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
    json_int(w, "given_up", way->failures);
    reply_instant(w, "failing_since", way->failing);
    reply_instant(w, "hitched", way->hitched);
    json_str(w, "hitch", way->hitch);
    json_str(w, "otherwise", way->otherwise);
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
                    "on call %.*s%sand not proved: %.*s (%.*s): %.*s; \"reeve page test %.*s\"\n",
                    STR_ARGS(now ? STR("") : view->when), now ? "" : " ", STR_ARGS(view->person),
                    STR_ARGS(view->party), STR_ARGS(view->what), STR_ARGS(view->person));
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

static bool fails(const struct way_view *way)
{
    return way->problem.n > 0 || way->hitch.n > 0;
}

/* When it failed, how often, what was said of it, and what to do. */
static void add_failing(struct reply *reply, const struct way_view *way)
{
    struct text *text = &reply->text;
    text_printf(text, "fails: %.*s by %.*s: ", STR_ARGS(way->person), STR_ARGS(way->way));
    if (way->hitch.n > 0 && !instant_before(way->hitched, way->failed)) {
        add_time(text, "the newest page failed ", way->hitched);
        text_printf(text, ": %.*s; it is tried again as long as it is needed",
                    STR_ARGS(way->hitch));
    } else if (way->failures > 1) {
        text_printf(text, "%lld pages in a row were given up", (long long)way->failures);
        add_time(text, ", the first ", way->failing);
        add_time(text, ", the newest ", way->failed);
        text_printf(text, ": %.*s", STR_ARGS(way->problem));
    } else {
        add_time(text, "the newest page was given up ", way->failed);
        text_printf(text, ": %.*s", STR_ARGS(way->problem));
    }
    if (way->otherwise.n > 0)
        text_printf(text, "; until it works they are told by %.*s", STR_ARGS(way->otherwise));
    else
        text_adds(text, "; they have no other way that works");
    text_printf(text, "; mend it, then \"reeve page test %.*s\" proves it\n",
                STR_ARGS(way->person));
}

struct ways_said {
    const struct way_view *ways;
    size_t count;
    const struct unproved_view *on_call; /* who was named already */
    size_t on_call_count;
};

static void add_failing_ways(struct reply *reply, struct json_writer *w,
                             const struct ways_said *said)
{
    size_t told = 0;
    json_open_array(w, "failing");
    for (size_t i = 0; i < said->count; i++) {
        if (!fails(&said->ways[i]))
            continue;
        add_json(w, &said->ways[i]);
        if (told++ < WARNINGS_TOLD)
            add_failing(reply, &said->ways[i]);
    }
    json_close_array(w);
    if (told > WARNINGS_TOLD)
        text_printf(&reply->text, "fails: %zu more; see \"reeve page ways\"\n",
                    told - WARNINGS_TOLD);
}

static void add_unproved_ways(struct reply *reply, struct json_writer *w,
                              const struct ways_said *said)
{
    size_t told = 0;
    json_open_array(w, "to_prove");
    for (size_t i = 0; i < said->count; i++) {
        const struct way_view *way = &said->ways[i];
        if (way->warning.n == 0 || fails(way))
            continue;
        add_json(w, way);
        if (is_told(said->on_call, said->on_call_count, way->person))
            continue;
        if (told++ < WARNINGS_TOLD)
            text_printf(&reply->text,
                        "to be proved: %.*s by %.*s: %.*s; \"reeve page test %.*s\"\n",
                        STR_ARGS(way->person), STR_ARGS(way->way), STR_ARGS(way->warning),
                        STR_ARGS(way->person));
    }
    json_close_array(w);
    if (told > WARNINGS_TOLD)
        text_printf(&reply->text, "to be proved: %zu more; see \"reeve page ways\"\n",
                    told - WARNINGS_TOLD);
}

/* Warnings, and nothing that is wrong now: they change no exit code. */
void read_add_ways(const struct world *world, struct reply *reply, struct json_writer *w)
{
    struct ways_said said = {0};
    said.ways = view_ways(world, reply->arena, &said.count);
    said.on_call = view_unproved(world, reply->arena, &said.on_call_count);
    add_on_call(reply, w, said.on_call, said.on_call_count);
    add_failing_ways(reply, w, &said);
    add_unproved_ways(reply, w, &said);
}
