/* suggest.c - what to say of words that are no command. */
#include "action/action.h"

enum { NEAR_EDITS_MAX = 2, TYPED_BYTES_MAX = 60, LIST_BYTES_MAX = 2048 };

/* Edit distance of two short texts, by one row. */
static size_t distance(struct str a, struct str b)
{
    size_t row[TYPED_BYTES_MAX + 1];
    if (a.n > TYPED_BYTES_MAX || b.n > TYPED_BYTES_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t change = diagonal + (a.p[i - 1] != b.p[j - 1]);
            size_t step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < step ? change : step;
        }
    }
    return row[b.n];
}

/* Two slips at most, and not half of a short word. */
static bool is_near(size_t edits, struct str name)
{
    return edits <= NEAR_EDITS_MAX && edits * 2 < name.n;
}

static struct str group_of(const char *name)
{
    struct str s = str_of(name);
    return str_slice(s, 0, str_find_byte(s, ' ', 0));
}

const char *action_nearest(struct str typed)
{
    size_t count = 0;
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    const struct action *table = action_table(&count);
    for (size_t i = 0; i < count; i++) {
        struct str name = str_of(table[i].name);
        size_t edits = distance(typed, name);
        if (edits >= best || !is_near(edits, name))
            continue;
        best = edits;
        nearest = table[i].name;
    }
    return nearest;
}

/* "list, show, declare": what follows the group; without a group, the groups themselves. */
static struct str list_names(struct arena *arena, struct str group)
{
    size_t count = 0;
    struct str before = STR("");
    struct text text;
    const struct action *table = action_table(&count);
    text_init(&text, arena, LIST_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct str own = group_of(table[i].name);
        struct str name = own;
        if (group.n > 0 && !str_equal(own, group))
            continue;
        if (group.n > 0)
            name = str_from(str_of(table[i].name), own.n + 1);
        else if (str_equal(own, before))
            continue;
        before = own;
        text_printf(&text, "%s%.*s", text.n > 0 ? ", " : "", STR_ARGS(name));
    }
    return text_str(&text);
}

/* The group that the first word is, or nearly is; "" when there is none. */
static struct str find_group(struct str word)
{
    size_t count = 0;
    size_t best = SIZE_MAX;
    struct str found = STR("");
    const struct action *table = action_table(&count);
    for (size_t i = 0; i < count; i++) {
        struct str group = group_of(table[i].name);
        size_t edits = distance(word, group);
        if (group.n == strlen(table[i].name) || edits >= best || !is_near(edits, group))
            continue;
        best = edits;
        found = group;
    }
    return found;
}

struct str action_unknown(struct arena *arena, int argc, const char *const *argv)
{
    struct str first = str_lower(arena, str_of(argc > 0 ? argv[0] : ""));
    struct str both =
        argc > 1 ? str_lower(arena, str_printf(arena, "%s %s", argv[0], argv[1])) : first;
    struct str typed = str_cut(both, TYPED_BYTES_MAX);
    struct str group = find_group(first);
    const char *nearest = action_nearest(both);
    if (!nearest && group.n == 0) {
        nearest = action_nearest(first);
        typed = str_cut(first, TYPED_BYTES_MAX);
    }
    if (nearest)
        return str_printf(arena,
                          "\"%.*s\" is no command; the nearest is \"%s\". See \"reeve --help\".",
                          STR_ARGS(typed), nearest);
    if (group.n > 0)
        return str_printf(arena, "\"%.*s\" is no command; behind \"%.*s\" stands one of: %.*s.",
                          STR_ARGS(typed), STR_ARGS(group), STR_ARGS(list_names(arena, group)));
    if (str_find_byte(first, ':', 0) < first.n)
        return str_printf(arena,
                          "\"%.*s\" is no command of Reeve; where the runbook has a line of that "
                          "name, \"reeve run %.*s\" runs it.",
                          STR_ARGS(typed), STR_ARGS(typed));
    return str_printf(arena, "\"%.*s\" is no command; there are: %.*s. See \"reeve --help\".",
                      STR_ARGS(typed), STR_ARGS(list_names(arena, STR(""))));
}
