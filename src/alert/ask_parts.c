/* ask_parts.c - what the questions of rules have in common, and which answer counts. */
#include "alert/ask_parts.h"

#include <math.h>

#define HOUR_MS (INT64_C(60) * 60 * 1000)

int64_t ask_pace_ms(int64_t length_ms, int64_t every_ms)
{
    int64_t pace_ms = length_ms / ASK_SLOTS < HOUR_MS ? length_ms / ASK_SLOTS : HOUR_MS;
    return pace_ms > every_ms ? pace_ms : every_ms;
}

/* The regular expression meets what has no name, too. */
void ask_add_part(struct text *text, const char *part, size_t number, struct str expression)
{
    text_printf(text, "%slabel_replace(%.*s, \"%s\", \"%s %zu\", \"__name__\", \".*\")",
                text->n > 0 ? " or " : "", STR_ARGS(expression), ASKED_PART, part, number);
}

struct str ask_duration(struct arena *arena, int64_t length_ms)
{
    bool minutes = length_ms % 60000 == 0;
    return str_printf(arena, "%lld%s", (long long)((length_ms + 999) / (minutes ? 60000 : 1000)),
                      minutes ? "m" : "s");
}

static bool is_part(struct str label, const char *part, size_t number)
{
    int64_t said = 0;
    size_t n = strlen(part);
    return label.n > n + 1 && str_is(str_slice(label, 0, n), part) && label.p[n] == ' ' &&
           str_int(str_from(label, n + 1), &said) && said == (int64_t)number;
}

const struct asked_series *ask_find_part(const struct asked_answer *answer, const char *part,
                                         size_t number)
{
    for (size_t i = 0; i < answer->count; i++)
        if (is_part(answer->series[i].part, part, number))
            return &answer->series[i];
    return NULL;
}

/* The engine's clock, or an answer from a cache: nobody knows what it is of. */
static bool is_of_its_time(const struct asked_answer *answer, int64_t most_ms)
{
    for (size_t i = 0; i < answer->count; i++) {
        int64_t off_ms = instant_ms_between(answer->series[i].at, answer->at);
        if (off_ms > most_ms || off_ms < -most_ms)
            return false;
    }
    return true;
}

const struct asked_answer *ask_find_answer(struct arena *arena, const struct asked *asked,
                                           struct str words, struct instant now,
                                           struct str *out_problem)
{
    const struct asked_question *question = asked_find(asked, words);
    struct str engine = asked->engine;
    *out_problem = STR("");
    if (!question || instant_is_zero(question->newest.at)) {
        *out_problem = str_printf(arena, "%.*s has not answered yet", STR_ARGS(engine));
        return NULL;
    }
    const struct asked_answer *good = &question->good;
    int64_t age_ms = instant_ms_between(good->at, now);
    int64_t most_ms = question->hourly ? ASK_HOUR_MOST_MS : stale_after_ms(question->every_ms);
    bool counts = !instant_is_zero(good->at) && age_ms <= most_ms;
    if (question->newest.refused || (!counts && question->newest.problem.n > 0))
        *out_problem =
            str_printf(arena, "%.*s: %.*s", STR_ARGS(engine), STR_ARGS(question->newest.problem));
    else if (!counts)
        *out_problem = str_printf(arena, "%.*s has not answered for %.*s", STR_ARGS(engine),
                                  STR_ARGS(duration_text(arena, age_ms)));
    else if (!is_of_its_time(good, asked->stale_ms))
        *out_problem = str_printf(arena, "%.*s answers of another time than it was asked for",
                                  STR_ARGS(engine));
    return out_problem->n == 0 ? good : NULL;
}

struct evaluation ask_unknown(struct str reason, struct instant at)
{
    return (struct evaluation){.truth = TRUTH_UNKNOWN, .value = NAN, .reason = reason, .at = at};
}

struct str ask_nothing_there(struct arena *arena, const struct rule *rule,
                             const struct asked *asked)
{
    struct text text;
    text_init(&text, arena, 2048);
    text_printf(&text, "%.*s has no series of ", STR_ARGS(asked->engine));
    for (size_t i = 0; i < rule->signal->alternative_count; i++) {
        const struct alternative *alternative = &rule->signal->alternatives[i];
        size_t last = rule->signal->kind == SIGNAL_RATIO ? 1 : 0;
        text_printf(&text, "%s%.*s", i == 0 ? "" : " or ",
                    STR_ARGS(selector_write(arena, &alternative->parts[last], "")));
    }
    text_adds(&text, "; bind it under signals: in reeve.yaml");
    return text_str(&text);
}

int ask_weight(enum truth truth)
{
    switch (truth) {
    case TRUTH_TOO_LITTLE: return 0;
    case TRUTH_FALSE: return 1;
    case TRUTH_UNKNOWN: return 2;
    case TRUTH_TRUE: break;
    }
    return 3;
}
