/* read_incident_past.c - incidents of the past, as the ledger tells them.
 *
 * Each is read from its own facts, newest first; HISTORY_LOOKED_MAX of them in one go, so that a
 * long history keeps nobody waiting. */
#include "action/reads.h"

#include "action/when.h"

enum { HISTORY_LOOKED_MAX = 500, HISTORY_SHOWN_MAX = 200, SEARCH_BYTES = 128 };

struct search {
    struct str state, severity;
    char text[SEARCH_BYTES];
    struct instant since;
    const struct world *world;
    struct reply *reply;
    struct json_writer w;
    size_t shown;
};

static bool check_state(struct str state, struct err *err)
{
    static const char *const states[] = {"open",   "acknowledged", "mitigated", "resolved",
                                         "closed", "merged",       "all"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (str_is_nocase(state, states[i]))
            return true;
    return state.n == 0 || err_set(err, ERR_USAGE, "incident list",
                                   "\"%.*s\" is no state of an incident: write open, "
                                   "acknowledged, mitigated, resolved, closed, merged or all.",
                                   STR_ARGS(state));
}

static bool read_search(const struct call *call, const struct world *world, struct search *search,
                        struct err *err)
{
    struct str since = str_trim(call_str(call, "since"));
    *search = (struct search){.state = str_trim(call_str(call, "state")),
                              .severity = str_trim(call_str(call, "severity")),
                              .world = world};
    str_keep(search->text, sizeof search->text, str_trim(call_str(call, "text")));
    if (since.n > 0 && !when_back(since, world->now, &search->since))
        return err_set(err, ERR_USAGE, "incident list",
                       "\"%.*s\" is no time: write 30d, 12h, 2026-11-01 or 2026-11-01T08:00:00Z.",
                       STR_ARGS(since));
    return check_state(search->state, err);
}

static bool speaks_of(const struct story *story, const char *words)
{
    static const char *const fields[] = {"title", "cause", "note", "reason", "text", "where"};
    for (size_t i = 0; i < story->count; i++) {
        const struct event *event = &story->events[i];
        if (event->kind < EVENT_INCIDENT_OPENED || event->kind > EVENT_INCIDENT_UNTICKED)
            continue;
        const struct event_row *row = event_row(event->kind);
        for (size_t k = 0; k < EVENT_FIELDS_MAX && row->fields[k].name; k++)
            for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
                if (strcmp(row->fields[k].name, fields[f]) == 0 &&
                    str_find_nocase(event->values[k].str, words, 0) < event->values[k].str.n)
                    return true;
    }
    return false;
}

static bool fits(const struct search *search, const struct past_view *past,
                 const struct story *story)
{
    bool any = search->state.n == 0 || str_is_nocase(search->state, "all");
    return (any || str_equal_nocase(search->state, past->state)) &&
           (search->severity.n == 0 || str_equal_nocase(search->severity, past->severity)) &&
           !instant_before(past->opened, search->since) &&
           (search->text[0] == '\0' || speaks_of(story, search->text));
}

static void add_day(struct text *text, const char *before, struct instant at)
{
    char written[INSTANT_TEXT_BYTES];
    if (instant_is_zero(at))
        return;
    instant_write(at, written);
    text_printf(text, "%s%.10s %.5s UTC", before, written, written + 11);
}

static void add_line(struct reply *reply, const struct past_view *past)
{
    text_printf(&reply->text, "%lld  %.*s  %-12.*s", (long long)past->number,
                STR_ARGS(past->severity), STR_ARGS(past->state));
    add_day(&reply->text, "  ", past->opened);
    if (!instant_is_zero(past->ended))
        text_printf(&reply->text, ", for %.*s",
                    STR_ARGS(reply_age(reply, past->opened, past->ended)));
    text_printf(&reply->text, "  %.*s", STR_ARGS(past->title));
    if (past->commander.n > 0)
        text_printf(&reply->text, "  (commander: %.*s)", STR_ARGS(past->commander));
    if (past->merged_into > 0)
        text_printf(&reply->text, "  (went on as incident %lld)", (long long)past->merged_into);
    text_byte(&reply->text, '\n');
}

static void write_past(struct json_writer *w, const struct past_view *past)
{
    json_open_object(w, NULL);
    json_int(w, "number", past->number);
    json_str(w, "severity", past->severity);
    json_str(w, "title", past->title);
    json_str(w, "state", past->state);
    json_str(w, "cause", past->cause);
    reply_instant(w, "opened", past->opened);
    reply_instant(w, "acknowledged", past->acknowledged);
    json_str(w, "acknowledged_by", past->acknowledged_by);
    reply_instant(w, "mitigated", past->mitigated);
    reply_instant(w, "resolved", past->resolved);
    json_str(w, "resolved_by", past->resolved_by);
    reply_instant(w, "closed", past->closed);
    json_str(w, "commander", past->commander);
    json_int(w, "merged_into", past->merged_into);
    json_int(w, "reopened", past->reopened);
    json_close_object(w);
}

static bool read_story(const struct world *world, struct arena *arena, int64_t number,
                       struct story *out_story, struct err *err)
{
    struct str subject = str_printf(arena, "incident:%lld", (long long)number);
    if (!world->stories.read)
        return err_set(err, ERR_REFUSED, "incident", "There is no ledger to read.");
    return world->stories.read(world->stories.context, arena, subject, out_story, err);
}

/* False after an error, which is then in err. */
static bool look_at(struct search *search, int64_t number, struct err *err)
{
    struct story story;
    if (!read_story(search->world, search->reply->arena, number, &story, err))
        return false;
    struct past_view past = view_past(number, &story);
    if (!fits(search, &past, &story))
        return true;
    add_line(search->reply, &past);
    write_past(&search->w, &past);
    search->shown++;
    return true;
}

bool read_incident_history(const struct call *call, const struct world *world, struct reply *reply,
                           struct err *err)
{
    struct search search;
    int64_t before = call_int(call, "before");
    int64_t last = world->incidents.last_number;
    int64_t number = before > 0 && before <= last ? before - 1 : last;
    if (!read_search(call, world, &search, err))
        return false;
    search.reply = reply;
    search.w = (struct json_writer){.text = &reply->json};
    json_open_array(&search.w, NULL);
    for (int looked = 0;
         number >= 1 && looked < HISTORY_LOOKED_MAX && search.shown < HISTORY_SHOWN_MAX;
         looked++, number--)
        if (!look_at(&search, number, err))
            return false;
    json_close_array(&search.w);
    if (search.shown == 0)
        text_adds(&reply->text, "No such incident is found.\n");
    if (number >= 1)
        text_printf(&reply->text, "Older ones were not looked at; go on with --before %lld.\n",
                    (long long)number + 1);
    return true;
}

bool read_incident_ended(const struct world *world, int64_t number, struct reply *reply,
                         struct err *err)
{
    struct story story;
    struct json_writer w = {.text = &reply->json};
    size_t count = 0;
    if (!read_story(world, reply->arena, number, &story, err))
        return false;
    struct past_view past = view_past(number, &story);
    if (past.title.n == 0)
        return err_set(err, ERR_USAGE, "incident", "There never was an incident %lld.",
                       (long long)number);
    write_past(&w, &past);
    add_line(reply, &past);
    if (past.resolved_by.n > 0)
        text_printf(&reply->text, "  resolved by %.*s: %.*s\n", STR_ARGS(past.resolved_by),
                    STR_ARGS(past.resolved_note));
    if (past.closed_by.n > 0)
        text_printf(&reply->text, "  closed by %.*s%s: %.*s\n", STR_ARGS(past.closed_by),
                    past.is_waived ? " without a postmortem" : "", STR_ARGS(past.closed_words));
    const struct follow_up_view *views = view_follow_ups(world, reply->arena, number, true, &count);
    for (size_t i = 0; i < count; i++)
        read_add_follow_up(&reply->text, &views[i], false);
    text_printf(&reply->text, "  its story: reeve ledger show --subject incident:%lld\n",
                (long long)number);
    return true;
}
