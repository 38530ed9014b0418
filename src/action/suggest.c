/* suggest.c - what to say of words that are no command. */
#include "action/action.h"

#include "base/near.h"

enum { TYPED_BYTES_MAX = 60, LIST_BYTES_MAX = 2048 };

static struct str group_of(const char *name)
{
    struct str s = str_of(name);
    return str_slice(s, 0, str_find_byte(s, ' ', 0));
}

typedef int near_by(struct str typed, struct str name);

static const char *find_nearest(struct str typed, near_by *cost)
{
    size_t count = 0;
    int least = NEAR_NOT;
    const char *nearest = NULL;
    const struct action *table = action_table(&count);
    for (size_t i = 0; i < count; i++) {
        int own = cost(typed, str_of(table[i].name));
        if (own >= least)
            continue;
        least = own;
        nearest = table[i].name;
    }
    return nearest;
}

const char *action_nearest(struct str typed)
{
    return find_nearest(typed, near_cost);
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
    int least = NEAR_NOT;
    struct str found = STR("");
    const struct action *table = action_table(&count);
    for (size_t i = 0; i < count; i++) {
        struct str group = group_of(table[i].name);
        int cost = near_slips(word, group);
        if (group.n == strlen(table[i].name) || cost >= least)
            continue;
        least = cost;
        found = group;
    }
    return found;
}

/* A slip goes before words in another order. What a group has is told where its word stands alone,
 * and where nothing of it is near what stands behind; "db:seed" may be a line of the runbook. */
static const char *nearest_of(struct str first, struct str both, struct str group,
                              struct str *out_typed)
{
    bool by_words = str_find_byte(first, ':', 0) == first.n;
    bool alone = first.n == both.n;
    const struct {
        struct str typed;
        near_by *cost;
        bool fits;
    } ways[] = {{both, near_slips, true},
                {first, near_slips, group.n == 0},
                {both, near_words, by_words && !(alone && group.n > 0)},
                {first, near_words, by_words && group.n == 0}};
    const char *nearest = NULL;
    *out_typed = group.n > 0 ? both : first;
    for (size_t i = 0; !nearest && i < sizeof ways / sizeof *ways; i++) {
        nearest = ways[i].fits ? find_nearest(ways[i].typed, ways[i].cost) : NULL;
        if (nearest)
            *out_typed = ways[i].typed;
    }
    return nearest;
}

struct str action_unknown(struct arena *arena, int argc, const char *const *argv)
{
    struct str first = str_lower(arena, str_of(argc > 0 ? argv[0] : ""));
    struct str both =
        argc > 1 ? str_lower(arena, str_printf(arena, "%s %s", argv[0], argv[1])) : first;
    struct str group = find_group(first);
    struct str typed;
    const char *nearest = nearest_of(first, both, group, &typed);
    typed = str_cut(typed, TYPED_BYTES_MAX);
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
