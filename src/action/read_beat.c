/* read_beat.c - "heartbeat list" and "heartbeat show". */
#include "action/reads.h"

static void add_age(const struct world *world, struct reply *reply, const char *what,
                    struct instant at)
{
    char written[INSTANT_TEXT_BYTES];
    instant_write(at, written);
    text_printf(&reply->text, "%s %.10s %.8s UTC", what, written, written + 11);
    if (!instant_before(world->now, at))
        text_printf(&reply->text, " (%.*s ago)",
                    STR_ARGS(duration_text(reply->arena, instant_ms_between(at, world->now))));
    else
        text_printf(&reply->text, " (in %.*s)",
                    STR_ARGS(duration_text(reply->arena, instant_ms_between(world->now, at))));
}

static void add_json(struct json_writer *w, const struct beat_view *beat)
{
    json_open_object(w, NULL);
    json_str(w, "name", beat->name);
    json_str(w, "state", beat->state);
    json_bool(w, "well", beat->well);
    json_str(w, "plan", beat->plan);
    json_int(w, "grace_ms", beat->grace_ms);
    json_int(w, "longest_ms", beat->longest_ms);
    json_str(w, "opens", beat->opens);
    reply_instant(w, "last", beat->last);
    reply_instant(w, "begun", beat->begun);
    reply_instant(w, "due", beat->due);
    reply_instant(w, "since", beat->since);
    json_str(w, "problem", beat->words);
    json_int(w, "incident", beat->incident);
    json_int(w, "silence", beat->silence);
    json_str(w, "muted", beat->muted);
    json_close_object(w);
}

static void add_line(const struct world *world, struct reply *reply, const struct beat_view *beat)
{
    text_printf(&reply->text, "%-16.*s  %-16.*s  %.*s", STR_ARGS(beat->name), STR_ARGS(beat->state),
                STR_ARGS(beat->plan));
    if (!instant_is_zero(beat->last))
        add_age(world, reply, ", ended well", beat->last);
    if (!instant_is_zero(beat->due))
        add_age(world, reply, ", due", beat->due);
    if (beat->incident > 0)
        text_printf(&reply->text, ", incident %lld", (long long)beat->incident);
    text_adds(&reply->text, "\n");
    if (beat->words.n > 0)
        text_printf(&reply->text, "   %.*s\n", STR_ARGS(beat->words));
    if (beat->silence > 0)
        text_printf(&reply->text, "   %.*s\n", STR_ARGS(beat->muted));
}

bool read_heartbeat_list(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err)
{
    struct json_writer w = {.text = &reply->json};
    size_t count = 0;
    const struct beat_view *beats = view_beats(world, reply->arena, &count);
    (void)call;
    (void)err;
    json_open_array(&w, NULL);
    for (size_t i = 0; i < count; i++) {
        add_line(world, reply, &beats[i]);
        add_json(&w, &beats[i]);
        if (!beats[i].well)
            reply->exit_code = 1;
    }
    json_close_array(&w);
    if (count == 0)
        text_adds(&reply->text, "No job has to be heard of; name one under heartbeats: in "
                                "reeve.yaml.\n");
    return true;
}

size_t read_add_heartbeats(const struct world *world, struct reply *reply, struct json_writer *w)
{
    size_t count = 0;
    size_t troubled = 0;
    const struct beat_view *beats = view_beats(world, reply->arena, &count);
    json_open_array(w, "heartbeats");
    for (size_t i = 0; i < count; i++) {
        if (beats[i].well)
            continue;
        troubled++;
        text_adds(&reply->text, "heartbeat ");
        add_line(world, reply, &beats[i]);
        add_json(w, &beats[i]);
    }
    json_close_array(w);
    return troubled;
}

static void add_addresses(struct reply *reply, const struct beat_view *beat)
{
    text_printf(&reply->text,
                "Its job calls, on the address of listen: or public_url: in reeve.yaml:\n"
                "   /beat/%.*s/TOKEN        when it has ended well\n"
                "   /beat/%.*s/TOKEN/start  when it begins\n"
                "   /beat/%.*s/TOKEN/fail   when it has failed\n"
                "   /beat/%.*s/TOKEN/$?     with its exit code, instead of the first and third\n"
                "or without TOKEN there, as Authorization: Bearer TOKEN.\n",
                STR_ARGS(beat->name), STR_ARGS(beat->name), STR_ARGS(beat->name),
                STR_ARGS(beat->name));
}

bool read_heartbeat_show(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err)
{
    struct json_writer w = {.text = &reply->json};
    size_t count = 0;
    const struct beat_view *beats = view_beats(world, reply->arena, &count);
    for (size_t i = 0; i < count; i++) {
        if (!str_equal(beats[i].name, call->values[0]))
            continue;
        add_line(world, reply, &beats[i]);
        text_printf(&reply->text, "   It may be %.*s late; then it opens %.*s.\n",
                    STR_ARGS(duration_text(reply->arena, beats[i].grace_ms)),
                    STR_ARGS(beats[i].opens));
        if (beats[i].longest_ms > 0)
            text_printf(&reply->text, "   It may run %.*s.\n",
                        STR_ARGS(duration_text(reply->arena, beats[i].longest_ms)));
        add_addresses(reply, &beats[i]);
        add_json(&w, &beats[i]);
        return true;
    }
    return err_set(err, ERR_USAGE, "name",
                   "There is no heartbeat \"%.*s\"; \"reeve heartbeat list\" gives their names.",
                   STR_ARGS(str_cut(call->values[0], 80)));
}
