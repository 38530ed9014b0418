/* read_silence.c - "silence list": what is silenced, until when, by whom and why. */
#include "action/reads.h"

static void add_silence(const struct world *world, const struct silence *silence,
                        struct reply *reply, struct json_writer *w)
{
    struct str words = silence_words(reply->arena, silence, world->now);
    text_printf(&reply->text, "%lld  %s: %.*s\n", (long long)silence->number, silence->title,
                STR_ARGS(words));
    json_open_object(w, NULL);
    json_int(w, "number", silence->number);
    json_str(w, "of", str_of(silence->title));
    json_str(w, "by", str_of(silence->by));
    json_str(w, "reason", str_of(silence->reason));
    reply_instant(w, "opened", silence->opened);
    reply_instant(w, "until", silence->until);
    json_open_array(w, "firing");
    for (size_t i = 0; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        const struct alert *alert = alert_find(&world->alerts, rule->id);
        if (!alert || alert->state != ALERT_FIRING || !silence_mutes(silence, rule))
            continue;
        text_printf(&reply->text, "   fires: line %d %.*s, for %.*s\n", rule->line,
                    STR_ARGS(rule->title), STR_ARGS(reply_age(reply, alert->since, world->now)));
        json_str(w, NULL, rule->title);
    }
    json_close_array(w);
    json_close_object(w);
}

bool read_silence_list(const struct call *call, const struct world *world, struct reply *reply,
                       struct err *err)
{
    const struct silences *silences = &world->alerts.silences;
    struct json_writer w = {.text = &reply->json};
    (void)call;
    (void)err;
    json_open_array(&w, NULL);
    for (size_t i = 0; i < silences->count; i++)
        add_silence(world, &silences->items[i], reply, &w);
    json_close_array(&w);
    if (silences->count == 0)
        text_adds(&reply->text, "Nothing is silenced.\n");
    return true;
}
