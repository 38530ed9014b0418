/* procedure_find.c - which procedure a person means by a name. */
#include "run/procedure.h"

#include "base/near.h"
#include "base/text.h"

#include <stdio.h>

enum { LISTED_MAX = 6, LIST_BYTES_MAX = 600 };

/* The headings above it; its own is not above a heading. */
static struct str headings_above(const struct procedure *procedure)
{
    struct str path = procedure->path;
    size_t from = 0;
    for (size_t at = str_find(path, " / ", 0); at < path.n; at = str_find(path, " / ", at + 1)) {
        if (str_equal_nocase(str_from(path, at + 3), procedure->name))
            return str_slice(path, 0, at);
        from = at + 3;
    }
    return str_equal_nocase(str_from(path, from), procedure->name) ? STR("") : path;
}

/* The last of them, as many as parts; all of them where there are fewer. */
static struct str last_headings(const struct procedure *procedure, int parts)
{
    struct str above = headings_above(procedure);
    for (size_t at = above.n; at > 3; at--)
        if (str_is(str_slice(above, at - 3, at), " / ") && --parts == 0)
            return str_from(above, at);
    return above;
}

static int count_headings(const struct procedure *procedure)
{
    struct str above = headings_above(procedure);
    int count = above.n > 0;
    for (size_t at = str_find(above, " / ", 0); at < above.n; at = str_find(above, " / ", at + 3))
        count++;
    return count;
}

static bool is_own_name(const struct procedure *procedure, struct str name)
{
    return str_equal_nocase(procedure->name, name) ||
           (procedure->command.n > 0 && str_equal(procedure->command, name));
}

/* "Heading / name", with as many of the headings above it. */
static bool is_full_name(const struct procedure *procedure, struct str name)
{
    struct str above = headings_above(procedure);
    if (name.n < procedure->name.n + 3)
        return false;
    size_t at = name.n - procedure->name.n;
    struct str given = str_slice(name, 0, at - 3);
    if (!str_equal_nocase(str_from(name, at), procedure->name) ||
        !str_is(str_slice(name, at - 3, at), " / ") || given.n == 0 || given.n > above.n ||
        !str_equal_nocase(str_from(above, above.n - given.n), given))
        return false;
    return given.n == above.n || str_ends(str_slice(above, 0, above.n - given.n), " / ");
}

/* Takes "(line 120)" off the end of the name; 0: there is none. */
static int64_t take_line(struct str *name)
{
    static const char mark[] = " (line ";
    int64_t line = 0;
    size_t at = 0;
    for (size_t i = str_find(*name, mark, 0); i < name->n; i = str_find(*name, mark, i + 1))
        at = i;
    struct str digits = str_slice(*name, at + sizeof mark - 1, name->n > 0 ? name->n - 1 : 0);
    if (at == 0 || !str_ends(*name, ")") || !str_int(digits, &line) || line < 1)
        return 0;
    *name = str_trim(str_slice(*name, 0, at));
    return line;
}

bool procedure_is_called(const struct procedure *procedure, struct str name)
{
    if (is_own_name(procedure, name) || is_full_name(procedure, name))
        return true;
    int64_t line = take_line(&name);
    return (line == procedure->line || (line > 0 && line == procedure->first_line)) &&
           (is_own_name(procedure, name) || is_full_name(procedure, name));
}

static bool is_alone(const struct procedures *procedures, struct str name)
{
    int same = 0;
    for (int i = 0; i < procedures->count && same < 2; i++)
        same += procedure_is_called(&procedures->items[i], name);
    return same == 1;
}

struct str procedure_title(const struct procedures *procedures, const struct procedure *procedure,
                           struct arena *arena)
{
    int same = 0;
    struct str above = last_headings(procedure, 1);
    for (int i = 0; i < procedures->count; i++)
        same += is_own_name(&procedures->items[i], procedure->name);
    if (above.n == 0 || same == 1)
        return procedure->name;
    return str_printf(arena, "%.*s / %.*s", STR_ARGS(above), STR_ARGS(procedure->name));
}

struct str procedure_unique_name(const struct procedures *procedures,
                                 const struct procedure *procedure, struct arena *arena)
{
    struct str name = procedure->name;
    int headings = count_headings(procedure);
    for (int parts = 0; parts <= headings; parts++) {
        if (parts > 0)
            name = str_printf(arena, "%.*s / %.*s", STR_ARGS(last_headings(procedure, parts)),
                              STR_ARGS(procedure->name));
        if (is_alone(procedures, name))
            return name;
    }
    name = procedure_title(procedures, procedure, arena);
    struct str at = str_printf(arena, "%.*s (line %d)", STR_ARGS(name), procedure->line);
    if (is_alone(procedures, at))
        return at;
    return str_printf(arena, "%.*s (line %d)", STR_ARGS(name), procedure->first_line);
}

const struct procedure *procedure_nearest(const struct procedures *procedures, struct str name)
{
    const struct procedure *best = NULL;
    int least = NEAR_NOT;
    for (int i = 0; i < procedures->count; i++) {
        const struct procedure *one = &procedures->items[i];
        int cost = near_cost(name, one->name);
        int by_command = one->command.n > 0 ? near_slips(name, one->command) : NEAR_NOT;
        if (by_command < cost)
            cost = by_command;
        if (cost >= least)
            continue;
        best = one;
        least = cost;
    }
    return best;
}

static void refuse_unknown(const struct procedures *procedures, struct str name, struct err *err)
{
    struct arena arena;
    const struct procedure *near = procedure_nearest(procedures, name);
    struct str shown = str_cut(name, 100);
    arena_init(&arena);
    if (procedures->count == 0)
        err_set(err, ERR_USAGE, NULL,
                "The runbook has no procedure: no list of steps and no command in a block.");
    else if (near)
        err_set(err, ERR_USAGE, NULL,
                "The runbook has no procedure \"%.*s\"; do you mean \"%.*s\"?", STR_ARGS(shown),
                STR_ARGS(procedure_unique_name(procedures, near, &arena)));
    else
        err_set(err, ERR_USAGE, NULL,
                "The runbook has no procedure \"%.*s\"; \"reeve procedure list\" shows its %d.",
                STR_ARGS(shown), procedures->count);
    arena_done(&arena);
}

struct str procedure_names(struct arena *arena, const struct procedures *procedures,
                           procedure_called *is_called, struct str name)
{
    struct text text;
    int count = 0;
    int listed = 0;
    text_init(&text, arena, LIST_BYTES_MAX);
    for (int i = 0; i < procedures->count; i++) {
        const struct procedure *one = &procedures->items[i];
        if (!is_called(one, name))
            continue;
        count++;
        struct str own = procedure_unique_name(procedures, one, arena);
        if (listed == LISTED_MAX || text.n + own.n + 40 > LIST_BYTES_MAX)
            continue;
        text_printf(&text, "%s\"%.*s\"", listed++ ? ", " : "", STR_ARGS(own));
    }
    if (count > listed)
        text_printf(&text, " and %d more", count - listed);
    return text_str(&text);
}

static void refuse_several(const struct procedures *procedures, struct str name, struct err *err)
{
    struct arena arena;
    arena_init(&arena);
    err_set(err, ERR_USAGE, NULL, "\"%.*s\" stands in the runbook more than once; say which: %.*s.",
            STR_ARGS(str_cut(name, 100)),
            STR_ARGS(procedure_names(&arena, procedures, procedure_is_called, name)));
    arena_done(&arena);
}

const struct procedure *procedure_find(const struct procedures *procedures, struct str name,
                                       struct err *err)
{
    const struct procedure *found = NULL;
    int count = 0;
    name = str_trim(name);
    for (int i = 0; i < procedures->count; i++) {
        if (!procedure_is_called(&procedures->items[i], name))
            continue;
        found = &procedures->items[i];
        count++;
    }
    if (count == 1)
        return found;
    if (count == 0)
        refuse_unknown(procedures, name, err);
    else
        refuse_several(procedures, name, err);
    return NULL;
}
