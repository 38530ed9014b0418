/* read_silence.c - "silence list": what is silenced, until when, by whom and why. */
#include "action/reads.h"

enum { FIRING_MAX = 50 };

/* "line 12 Disk usage > 75%", "Heartbeat backup is late", "grafana: HighLoad". */
static struct str firing_words(struct reply *reply, const struct silence_matter *matter)
{
    return matter->kind == SILENCE_OF_RULE
               ? str_printf(reply->arena, "line %lld %.*s", (long long)matter->line,
                            STR_ARGS(matter->title))
               : matter->title;
}

static void add_firing(const struct world *world, const struct silence *silence,
                       const struct silence_firing *firing, struct reply *reply,
                       struct json_writer *w)
{
    size_t count = 0;
    json_open_array(w, "firing");
    for (size_t i = 0; i < firing->count; i++) {
        const struct silence_matter *matter = &firing->items[i];
        if (!silence_mutes(silence, matter) || count++ >= FIRING_MAX)
            continue;
        text_printf(&reply->text, "   fires: %.*s, for %.*s\n",
                    STR_ARGS(firing_words(reply, matter)),
                    STR_ARGS(reply_age(reply, matter->since, world->now)));
        json_str(w, NULL, matter->title);
    }
    json_close_array(w);
    json_int(w, "firing_count", (int64_t)count);
    if (count > FIRING_MAX)
        text_printf(&reply->text, "   and %zu more\n", count - FIRING_MAX);
}

static void add_silence(const struct world *world, const struct silence *silence,
                        const struct silence_firing *firing, struct reply *reply,
                        struct json_writer *w)
{
    struct str words = silence_words(reply->arena, silence, world->now);
    text_printf(&reply->text, "%lld  %s: %.*s\n", (long long)silence->number, silence->title,
                STR_ARGS(words));
    json_open_object(w, NULL);
    json_int(w, "number", silence->number);
    json_str(w, "scope", str_of(silence_scope_name(silence->scope)));
    json_str(w, "of", str_of(silence->title));
    json_str(w, "sender", str_of(silence->sender));
    json_str(w, "by", str_of(silence->by));
    json_str(w, "reason", str_of(silence->reason));
    reply_instant(w, "opened", silence->opened);
    reply_instant(w, "until", silence->until);
    add_firing(world, silence, firing, reply, w);
    json_close_object(w);
}

bool read_silence_list(const struct call *call, const struct world *world, struct reply *reply,
                       struct err *err)
{
    const struct silences *silences = &world->alerts.silences;
    struct json_writer w = {.text = &reply->json};
    (void)call;
    (void)err;
    struct silence_firing firing = world_firing(world, reply->arena);
    json_open_array(&w, NULL);
    for (size_t i = 0; i < silences->count; i++)
        add_silence(world, &silences->items[i], &firing, reply, &w);
    json_close_array(&w);
    if (silences->count == 0)
        text_adds(&reply->text, "Nothing is silenced.\n");
    return true;
}
