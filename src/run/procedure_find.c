/* procedure_find.c - which procedure a person means by a name. */
#include "run/procedure.h"

#include <stdio.h>

enum { LISTED_MAX = 6, LIST_BYTES_MAX = 2048, NEAR_EDITS_MAX = 4 };

/* The heading that stands directly above; its own is not above a heading. */
static struct str heading_above(const struct procedure *procedure)
{
    struct str path = procedure->path;
    struct str last = path;
    for (size_t at = str_find(path, " / ", 0); at < path.n; at = str_find(path, " / ", at + 1)) {
        struct str next = str_from(path, at + 3);
        if (str_equal_nocase(next, procedure->name))
            return str_slice(last, 0, last.n - next.n - 3);
        last = next;
    }
    return str_equal_nocase(last, procedure->name) ? STR("") : last;
}

static bool is_own_name(const struct procedure *procedure, struct str name)
{
    return str_equal_nocase(procedure->name, name) ||
           (procedure->command.n > 0 && str_equal(procedure->command, name));
}

/* "Heading / name". */
static bool is_full_name(const struct procedure *procedure, struct str name)
{
    struct str above = heading_above(procedure);
    return above.n > 0 && name.n == above.n + 3 + procedure->name.n &&
           str_equal_nocase(str_slice(name, 0, above.n), above) &&
           str_is(str_slice(name, above.n, above.n + 3), " / ") &&
           str_equal_nocase(str_from(name, above.n + 3), procedure->name);
}

static bool is_alone(const struct procedures *procedures, const struct procedure *procedure)
{
    int same = 0;
    for (int i = 0; i < procedures->count; i++)
        same += is_own_name(&procedures->items[i], procedure->name);
    return same == 1;
}

struct str procedure_title(const struct procedures *procedures, const struct procedure *procedure,
                           struct arena *arena)
{
    struct str above = heading_above(procedure);
    if (above.n == 0 || is_alone(procedures, procedure))
        return procedure->name;
    return str_printf(arena, "%.*s / %.*s", STR_ARGS(above), STR_ARGS(procedure->name));
}

static const struct procedure *nearest(const struct procedures *procedures, struct str name)
{
    const struct procedure *best = NULL;
    size_t best_edits = NEAR_EDITS_MAX + 1;
    for (int i = 0; i < procedures->count; i++) {
        struct str own = procedures->items[i].name;
        size_t edits = str_distance(own, name, NEAR_EDITS_MAX);
        if (edits >= best_edits || edits * 2 >= own.n)
            continue;
        best = &procedures->items[i];
        best_edits = edits;
    }
    return best;
}

static void refuse_unknown(const struct procedures *procedures, struct str name, struct err *err)
{
    const struct procedure *near = nearest(procedures, name);
    struct str shown = str_cut(name, 100);
    if (procedures->count == 0)
        err_set(err, ERR_USAGE, NULL,
                "The runbook has no procedure: no list of steps and no command in a block.");
    else if (near)
        err_set(err, ERR_USAGE, NULL,
                "The runbook has no procedure \"%.*s\"; do you mean \"%.*s\"?", STR_ARGS(shown),
                STR_ARGS(near->name));
    else
        err_set(err, ERR_USAGE, NULL,
                "The runbook has no procedure \"%.*s\"; \"reeve procedure list\" shows its %d.",
                STR_ARGS(shown), procedures->count);
}

static void refuse_several(const struct procedures *procedures, struct str name, struct err *err)
{
    char list[LIST_BYTES_MAX];
    size_t n = 0;
    int listed = 0;
    for (int i = 0; i < procedures->count; i++) {
        const struct procedure *one = &procedures->items[i];
        struct str above = heading_above(one);
        if (!is_own_name(one, name) || listed == LISTED_MAX ||
            n + above.n + one->name.n + 16 > sizeof list)
            continue;
        n += (size_t)snprintf(list + n, sizeof list - n, "%s\"%.*s%s%.*s\"", listed++ ? ", " : "",
                              STR_ARGS(above), above.n ? " / " : "", STR_ARGS(one->name));
    }
    err_set(err, ERR_USAGE, NULL, "\"%.*s\" stands in the runbook more than once; say which: %s.",
            STR_ARGS(str_cut(name, 100)), list);
}

const struct procedure *procedure_find(const struct procedures *procedures, struct str name,
                                       struct err *err)
{
    const struct procedure *found = NULL;
    int count = 0;
    name = str_trim(name);
    for (int i = 0; i < procedures->count; i++) {
        if (is_full_name(&procedures->items[i], name))
            return &procedures->items[i];
        if (!is_own_name(&procedures->items[i], name))
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
