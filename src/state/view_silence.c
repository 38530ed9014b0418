/* view_silence.c - what is told beside a rule of silences and causes, and what fires unheard. */
#include "state/world.h"

/* The sentence of the rule whose incident this one joined because it depends on it, or "". */
static struct str followed_title(const struct world *world, const struct rule *rule)
{
    const struct incident_rule *joined = map_find(&world->incidents.rules, rule->id);
    if (!joined || !joined->incident || joined->incident->state == INCIDENT_RESOLVED ||
        joined->follows[0] == '\0')
        return STR("");
    const struct rule *cause = rules_find(&world->rules, str_of(joined->follows));
    return cause ? cause->title : STR("");
}

struct str view_aside(const struct world *world, struct arena *arena, const struct rule *rule,
                      struct str before)
{
    const struct silence *silence = silence_of(&world->alerts.silences, rule);
    struct str cause = followed_title(world, rule);
    struct text text;
    text_init(&text, arena, 8192);
    text_add(&text, before);
    if (cause.n > 0)
        text_printf(&text, "%sfollows from: %.*s", text.n > 0 ? "; " : "", STR_ARGS(cause));
    if (silence)
        text_printf(&text, "%s%.*s", text.n > 0 ? "; " : "",
                    STR_ARGS(silence_words(arena, silence, world->now)));
    return text_str(&text);
}

static bool is_worst(const struct world *world, const struct rule *rule)
{
    return world->plan.level_count > 0 &&
           severity_of_alert(&world->plan, rule->level)->rank <= world->plan.levels[0].rank;
}

struct str *view_muted(const struct world *world, struct arena *arena, size_t *out_count)
{
    struct str *sentences = arena_array(arena, world->rules.count, sizeof *sentences);
    *out_count = 0;
    for (size_t i = 0; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        const struct alert *alert = alert_find(&world->alerts, rule->id);
        const struct silence *silence = silence_of(&world->alerts.silences, rule);
        if (!silence || !alert || alert->state != ALERT_FIRING)
            continue;
        bool worst = is_worst(world, rule);
        if (!worst && !silence->told)
            continue;
        struct str words = silence_words(arena, silence, world->now);
        const struct severity_level *level = severity_of_alert(&world->plan, rule->level);
        sentences[(*out_count)++] =
            str_printf(arena, "%.*s (line %d) fires%s%.*s and nobody is paged: it is %.*s.%s",
                       STR_ARGS(rule->title), rule->line, worst ? " as " : "",
                       (int)(worst ? level->id.n : 0), level->id.p, STR_ARGS(words),
                       silence->told ? " The silence ends soon; its incident opens then." : "");
    }
    return sentences;
}
