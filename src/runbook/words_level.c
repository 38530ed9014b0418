/* words_level.c - severities as written in a sentence, one or several: "P0", "SEV1-3", "P0/P1". */
#include "runbook/words.h"

static bool is_level_noun(int id)
{
    return id == WD_SEV || id == WD_SEVERITY || id == WD_PRIORITY;
}

/* The index behind the level that begins at i, or i. */
static int level_end(const struct words *words, int i, struct level *out_level)
{
    if (i >= words->count)
        return i;
    if (words->at[i].level != LEVEL_NONE) {
        *out_level = (struct level){words->at[i].text, words->at[i].level};
        return i + 1;
    }
    double digit = words_is_number(words, i + 1) ? words->at[i + 1].number : -1;
    if (digit < 0 || digit > 5 || !is_level_noun(words_at(words, i)) ||
        words->at[i + 1].text.n != 1)
        return i;
    *out_level = (struct level){words_span(words, i, i + 2), (int)digit};
    return i + 2;
}

bool words_level(struct words *words, int *i, struct level *out_level)
{
    int end = level_end(words, *i, out_level);
    if (end == *i)
        return false;
    words_read(words, *i, end);
    *i = end;
    return true;
}

struct level words_level_like(struct arena *arena, struct level level, int rank)
{
    char *text = arena_alloc(arena, level.id.n + 1);
    memcpy(text, level.id.p, level.id.n);
    text[level.id.n - 1] = (char)('0' + rank);
    text[level.id.n] = '\0';
    return (struct level){{text, level.id.n}, rank};
}

struct level_list {
    struct arena *arena;
    struct level *at;
    int count;
};

static void add(struct level_list *list, struct level level)
{
    for (int i = 0; i < list->count; i++)
        if (list->at[i].rank == level.rank)
            return;
    if (list->count < WORDS_LEVELS_MAX)
        list->at[list->count++] = level;
}

/* Behind a level: "/P1", "/1", ", P2", "and P3", "-3". The index behind it, or i. */
static int read_next(const struct words *words, int i, struct level_list *list)
{
    struct level last = list->at[list->count - 1];
    struct level next = last;
    bool range = words_is_a(words, i, LEX_DASH);
    int at = i;
    if (words_is(words, at, WD_M_COMMA))
        at++;
    if (words_is(words, at, WD_M_BAR) || words_is(words, at, WD_AND) ||
        words_is(words, at, WD_OR) || words_is(words, at, WD_M_AMPERSAND) || range)
        at++;
    if (at == i)
        return i;
    int end = level_end(words, at, &next);
    if (end == at) {
        bool digit = words_is_number(words, at) && words->at[at].text.n == 1 &&
                     words->at[at].number <= 5 &&
                     !words_is_a(words, at + 1, LEX_TIME | LEX_BYTES) &&
                     !words_is(words, at + 1, WD_M_PERCENT_MARK);
        if (!digit)
            return i;
        next = words_level_like(list->arena, last, (int)words->at[at].number);
        end = at + 1;
    }
    for (int rank = last.rank + 1; range && rank < next.rank; rank++)
        add(list, words_level_like(list->arena, last, rank));
    add(list, next);
    return end;
}

bool words_levels(struct words *words, struct arena *arena, int *i,
                  struct level out_levels[static WORDS_LEVELS_MAX], int *out_count)
{
    struct level_list list = {arena, out_levels, 0};
    struct level first;
    int at = level_end(words, *i, &first);
    if (at == *i)
        return false;
    add(&list, first);
    for (int next = read_next(words, at, &list); next != at; next = read_next(words, at, &list))
        at = next;
    /* "S2 and above", "P1 or higher": that severity and every worse one. */
    bool above = (words_is(words, at, WD_AND) || words_is(words, at, WD_OR)) &&
                 (words_is(words, at + 1, WD_ABOVE) || words_is(words, at + 1, WD_HIGHER));
    if (above && first.rank >= WORDS_LEVELS_MAX)
        return false;
    if (above) {
        at += 2;
        for (int rank = first.rank - 1; rank >= 0; rank--)
            add(&list, words_level_like(arena, first, rank));
    }
    words_read(words, *i, at);
    *i = at;
    *out_count = list.count;
    return true;
}
