/* asked.c - the questions and their newest answers. */
#include "telemetry/asked.h"

void asked_init(struct asked *asked, struct arena *arena)
{
    *asked = (struct asked){.arena = arena};
    map_init(&asked->questions, ASKED_QUESTIONS_MAX);
}

static void clear(struct asked_question *question)
{
    arena_reset(&question->arenas[0]);
    arena_reset(&question->arenas[1]);
    question->newest = (struct asked_answer){.at = {0}};
    question->good = question->newest;
}

void asked_done(struct asked *asked)
{
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&asked->questions, &at))) {
        struct asked_question *question = entry->value;
        arena_done(&question->arenas[0]);
        arena_done(&question->arenas[1]);
    }
    for (size_t i = 0; i < asked->spare_count; i++) {
        arena_done(&asked->spare[i]->arenas[0]);
        arena_done(&asked->spare[i]->arenas[1]);
    }
    map_done(&asked->questions);
}

static struct asked_question *make(struct asked *asked)
{
    if (asked->spare_count > 0)
        return asked->spare[--asked->spare_count];
    struct asked_question *question = arena_make(asked->arena, struct asked_question);
    arena_init(&question->arenas[0]);
    arena_init(&question->arenas[1]);
    return question;
}

static void drop_unwanted(struct asked *asked)
{
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&asked->questions, &at))) {
        struct asked_question *question = entry->value;
        if (question->wanted)
            continue;
        (void)map_remove(&asked->questions, entry->key);
        clear(question);
        LIST_PUSH(asked->arena, asked->spare, asked->spare_count, asked->spare_capacity) = question;
    }
}

void asked_set(struct asked *asked, const struct asked_wanted *wanted, size_t count)
{
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&asked->questions, &at)))
        ((struct asked_question *)entry->value)->wanted = false;
    for (size_t i = 0; i < count; i++) {
        struct asked_question *known = map_find(&asked->questions, wanted[i].words);
        if (!known)
            continue;
        bool sooner = !known->wanted || wanted[i].every_ms < known->every_ms;
        known->every_ms = sooner ? wanted[i].every_ms : known->every_ms;
        known->hourly = wanted[i].hourly;
        known->wanted = true;
    }
    drop_unwanted(asked);
    for (size_t i = 0; i < count; i++) {
        struct asked_question *known = map_find(&asked->questions, wanted[i].words);
        if (known && wanted[i].every_ms < known->every_ms)
            known->every_ms = wanted[i].every_ms;
        if (known || asked->questions.count == ASKED_QUESTIONS_MAX)
            continue;
        struct asked_question *question = make(asked);
        question->every_ms = wanted[i].every_ms;
        question->hourly = wanted[i].hourly;
        question->wanted = map_put(&asked->questions, wanted[i].words, question);
    }
}

const struct asked_question *asked_next(const struct asked *asked, size_t *at,
                                        struct str *out_words)
{
    struct map_entry *entry = map_next(&asked->questions, at);
    if (entry)
        *out_words = entry->key;
    return entry ? entry->value : NULL;
}

static void keep(struct arena *arena, const struct asked_answer *from, struct asked_answer *out_to)
{
    arena_reset(arena);
    *out_to = *from;
    out_to->problem = str_copy(arena, from->problem);
    out_to->warnings = str_copy(arena, from->warnings);
    out_to->series = arena_array(arena, from->count, sizeof *out_to->series);
    for (size_t i = 0; i < from->count; i++) {
        out_to->series[i] = from->series[i];
        out_to->series[i].part = str_copy(arena, from->series[i].part);
        out_to->series[i].le = str_copy(arena, from->series[i].le);
        out_to->series[i].labels = str_copy(arena, from->series[i].labels);
    }
}

static bool is_kept_part(struct str part)
{
    return str_starts(part, ASKED_GONE " ") || str_starts(part, ASKED_LEFT " ");
}

/* What was gone already is what it was. */
static void carry(const struct asked_answer *from, struct asked_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        struct asked_series *series = &answer->series[i];
        for (size_t k = 0; is_kept_part(series->part) && k < from->count; k++)
            if (str_equal(from->series[k].part, series->part) &&
                str_equal(from->series[k].labels, series->labels))
                series->value = from->series[k].value;
    }
}

void asked_take(struct asked *asked, struct str words, const struct asked_answer *answer)
{
    struct asked_question *question = map_find(&asked->questions, words);
    if (!question)
        return;
    keep(&question->arenas[0], answer, &question->newest);
    if (answer->problem.n > 0)
        return;
    carry(&question->good, &question->newest);
    keep(&question->arenas[1], &question->newest, &question->good);
}

const struct asked_question *asked_find(const struct asked *asked, struct str words)
{
    return map_find(&asked->questions, words);
}

void asked_forget(struct asked *asked)
{
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&asked->questions, &at)))
        clear(entry->value);
}
