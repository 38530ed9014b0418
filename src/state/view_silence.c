/* view_silence.c - what is told beside a rule, a job or an alert from elsewhere of silences and
 * causes, and what fires unheard. */
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
    const struct silence *silence = silence_of_rule(&world->alerts.silences, rule);
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

static bool is_worst(const struct world *world, struct str level)
{
    return world->plan.level_count > 0 &&
           severity_of_alert(&world->plan, level)->rank <= world->plan.levels[0].rank;
}

/* "Disk usage > 75% (line 12) fires as P0", "Heartbeat backup is late, which is P0,". */
static struct str unheard_words(const struct world *world, struct arena *arena,
                                const struct silence_matter *matter, bool worst)
{
    bool job = matter->kind == SILENCE_OF_HEARTBEAT;
    struct str line = matter->kind == SILENCE_OF_RULE
                          ? str_printf(arena, " (line %lld)", (long long)matter->line)
                          : STR("");
    struct str level = severity_of_alert(&world->plan, matter->level)->id;
    return str_printf(arena, "%.*s%.*s%s%s%.*s%s", STR_ARGS(matter->title), STR_ARGS(line),
                      job ? "" : " fires",
                      !worst ? ""
                      : job  ? ", which is "
                             : " as ",
                      (int)(worst ? level.n : 0), level.p, worst && job ? "," : "");
}

struct str *view_muted(const struct world *world, struct arena *arena, size_t *out_count)
{
    struct str *sentences = arena_array(arena, VIEW_MUTED_MAX, sizeof *sentences);
    const struct silences *silences = &world->alerts.silences;
    struct silence_firing firing = {0};
    size_t count = 0;
    if (silences->count > 0)
        firing = world_firing(world, arena);
    for (size_t i = 0; i < firing.count; i++) {
        const struct silence_matter *matter = &firing.items[i];
        const struct silence *silence = silence_of(silences, matter);
        bool worst = matter->level.n > 0 && is_worst(world, matter->level);
        if (!silence || matter->level.n == 0 || (!worst && !silence->told))
            continue;
        if (count++ >= VIEW_MUTED_MAX - 1)
            continue;
        struct str words = silence_words(arena, silence, world->now);
        sentences[count - 1] =
            str_printf(arena, "%.*s and nobody is paged: it is %.*s.%s",
                       STR_ARGS(unheard_words(world, arena, matter, worst)), STR_ARGS(words),
                       silence->told ? " The silence ends soon; its incident opens then." : "");
    }
    if (count >= VIEW_MUTED_MAX)
        sentences[VIEW_MUTED_MAX - 1] =
            str_printf(arena, "Of %zu more nobody is told either; \"reeve silence list\" has them.",
                       count - (VIEW_MUTED_MAX - 1));
    *out_count = count < VIEW_MUTED_MAX ? count : VIEW_MUTED_MAX;
    return sentences;
}
