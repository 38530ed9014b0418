/* depend.c - from names to rules: edges, their closure, and groups. */
#include "alert/depend.h"

#include "base/map.h"

#include <stdlib.h>

static bool has_alias(struct str aliases, struct str name)
{
    struct str one;
    while (aliases.n > 0 && str_split(&aliases, ',', &one))
        if (str_equal_nocase(one, name))
            return true;
    return false;
}

bool depend_names(const struct rule *rule, struct str name)
{
    struct str signal = rule->signal_name;
    if (name.n == 0)
        return false;
    if (str_equal_nocase(rule->title, name) || str_equal_nocase(signal, name) ||
        (rule->signal && has_alias(rule->signal->aliases, name)))
        return true;
    return signal.n > name.n && signal.p[name.n] == ' ' &&
           str_equal_nocase(str_slice(signal, 0, name.n), name);
}

/* Rules that something depends on, by index; one for all that name the same. */
struct side {
    const size_t *rules;
    size_t count;
    size_t walk; /* in which it was passed last */
};

/* What a rule depends on directly. */
struct direct {
    struct side **sides;
    size_t count, capacity;
};

struct edges {
    struct arena *arena;
    struct direct *of; /* by rule */
    struct map sides;  /* by their rules */
    size_t *reached;   /* room for all */
    size_t *seen;      /* by rule: in which walk it was reached last */
    size_t walk;
};

static bool is_reached(const struct edges *edges, size_t rule)
{
    return edges->seen[rule] == edges->walk;
}

/* Its rules behind those that were reached, each once in a walk. */
static size_t take(struct edges *edges, struct side *side, size_t count)
{
    if (side->walk == edges->walk)
        return count;
    side->walk = edges->walk;
    for (size_t i = 0; i < side->count; i++) {
        size_t rule = side->rules[i];
        if (is_reached(edges, rule))
            continue;
        edges->seen[rule] = edges->walk;
        edges->reached[count++] = rule;
    }
    return count;
}

static size_t take_direct(struct edges *edges, size_t rule, size_t count)
{
    for (size_t i = 0; i < edges->of[rule].count; i++)
        count = take(edges, edges->of[rule].sides[i], count);
    return count;
}

/* All that those first in `reached` depend on behind them, nearest first; how many it is then. */
static size_t spread(struct edges *edges, size_t count)
{
    for (size_t at = 0; at < count; at++)
        count = take_direct(edges, edges->reached[at], count);
    return count;
}

/* What a dependency names on its two sides. */
struct names {
    size_t *of, *on; /* room for all rules each */
    size_t of_count, on_count;
};

/* What bears a name of the left side is never on the right one. */
static void find_names(const struct rules *rules, const struct dependency *dependency,
                       struct edges *edges, struct names *names)
{
    names->of_count = names->on_count = 0;
    edges->walk++;
    for (size_t i = 0; i < rules->count; i++)
        if (depend_names(&rules->items[i], dependency->of)) {
            names->of[names->of_count++] = i;
            edges->seen[i] = edges->walk;
        }
    for (size_t k = 0; k < dependency->on_count && names->of_count > 0; k++)
        for (size_t i = 0; i < rules->count; i++)
            if (!is_reached(edges, i) && depend_names(&rules->items[i], dependency->on[k])) {
                names->on[names->on_count++] = i;
                edges->seen[i] = edges->walk;
            }
}

static struct side *side_of(struct edges *edges, const struct names *names)
{
    struct str key = {(const char *)names->on, names->on_count * sizeof *names->on};
    struct side *side = map_find(&edges->sides, key);
    if (side)
        return side;
    size_t *rules = arena_array(edges->arena, names->on_count, sizeof *rules);
    memcpy(rules, names->on, key.n);
    side = arena_make(edges->arena, struct side);
    *side = (struct side){.rules = rules, .count = names->on_count};
    if (!map_put(&edges->sides, key, side))
        abort(); /* there are no more sides than dependencies */
    return side;
}

static bool closes_circle(struct edges *edges, struct side *side, const struct names *names)
{
    edges->walk++;
    (void)spread(edges, take(edges, side, 0));
    for (size_t i = 0; i < names->of_count; i++)
        if (is_reached(edges, names->of[i]))
            return true;
    return false;
}

static void add_edge(struct edges *edges, size_t rule, struct side *side)
{
    struct direct *direct = &edges->of[rule];
    for (size_t i = 0; i < direct->count; i++)
        if (direct->sides[i] == side)
            return;
    LIST_PUSH(edges->arena, direct->sides, direct->count, direct->capacity) = side;
}

static bool bind_one(struct edges *edges, const struct rules *rules,
                     const struct dependency *dependency, struct names *names, struct err *err)
{
    find_names(rules, dependency, edges, names);
    if (names->on_count == 0)
        return true;
    struct side *side = side_of(edges, names);
    if (closes_circle(edges, side, names))
        return err_set(err, ERR_USAGE, NULL,
                       "What \"%.*s\" depends on depends on it in turn; one of the two must "
                       "come first.",
                       STR_ARGS(str_cut(dependency->of, 100)));
    for (size_t i = 0; i < names->of_count; i++)
        add_edge(edges, names->of[i], side);
    return true;
}

/* Rules that depend on the same ones have one list of causes together. False: they are too many,
 * and this rule and those behind it have none. */
static bool set_causes(struct arena *arena, struct rules *rules, struct edges *edges)
{
    struct map lists; /* by what is depended on: the first rule of it */
    size_t listed = 0;
    map_init(&lists, rules->count);
    for (size_t i = 0; i < rules->count; i++) {
        struct rule *rule = &rules->items[i];
        const struct direct *direct = &edges->of[i];
        struct str key = {(const char *)direct->sides, direct->count * sizeof *direct->sides};
        const struct rule *like = map_find(&lists, key);
        rule->cause_count = like ? like->cause_count : 0;
        rule->causes = like ? like->causes : NULL;
        if (like || direct->count == 0 || listed > DEPEND_CAUSES_MAX)
            continue;
        edges->walk++;
        size_t count = spread(edges, take_direct(edges, i, 0));
        listed += count;
        if (listed > DEPEND_CAUSES_MAX)
            continue;
        struct str *causes = arena_array(arena, count, sizeof *causes);
        for (size_t k = 0; k < count; k++)
            causes[k] = rules->items[edges->reached[k]].id;
        rule->causes = causes;
        rule->cause_count = count;
        if (!map_put(&lists, key, rule))
            abort(); /* there are no more lists than rules */
    }
    map_done(&lists);
    return listed <= DEPEND_CAUSES_MAX;
}

/* The one that stands for all that hang together with the rule; parents: by rule, itself at first.
 */
static size_t root_of(size_t *parents, size_t rule)
{
    while (parents[rule] != rule) {
        parents[rule] = parents[parents[rule]];
        rule = parents[rule];
    }
    return rule;
}

static void unite(const struct rules *rules, size_t *parents, size_t one, size_t other)
{
    size_t a = root_of(parents, one);
    size_t b = root_of(parents, other);
    bool is_less = str_compare(rules->items[a].id, rules->items[b].id) < 0;
    parents[is_less ? b : a] = is_less ? a : b;
}

/* The least id of the rules that hang together. */
static void set_groups(struct arena *arena, struct rules *rules, const struct edges *edges)
{
    size_t *parents = arena_array(arena, rules->count, sizeof *parents);
    const struct map_entry *entry;
    size_t at = 0;
    for (size_t i = 0; i < rules->count; i++)
        parents[i] = i;
    for (size_t i = 0; i < rules->count; i++)
        for (size_t k = 0; k < edges->of[i].count; k++) {
            edges->of[i].sides[k]->walk = 0; /* it is in force */
            unite(rules, parents, i, edges->of[i].sides[k]->rules[0]);
        }
    while ((entry = map_next(&edges->sides, &at))) {
        const struct side *side = entry->value;
        for (size_t k = 1; side->walk == 0 && k < side->count; k++)
            unite(rules, parents, side->rules[0], side->rules[k]);
    }
    for (size_t i = 0; i < rules->count; i++) {
        size_t root = root_of(parents, i);
        if (root != i || edges->of[i].count > 0)
            rules->items[i].group = rules->items[root].id;
        if (root != i)
            rules->items[root].group = rules->items[root].id;
    }
}

static bool bind_all(struct edges *edges, const struct rules *rules,
                     const struct dependencies *dependencies, size_t *out_bad, struct err *err)
{
    struct names names = {.of = arena_array(edges->arena, rules->count, sizeof *names.of),
                          .on = arena_array(edges->arena, rules->count, sizeof *names.on)};
    bool good = true;
    for (size_t i = 0; i < dependencies->count; i++) {
        struct err bad = {0};
        if (bind_one(edges, rules, &dependencies->items[i], &names, &bad) || !good)
            continue;
        good = false;
        *out_bad = i;
        if (err)
            *err = bad;
    }
    return good;
}

bool depend_bind(struct arena *arena, struct rules *rules, const struct dependencies *dependencies,
                 size_t *out_bad, struct err *err)
{
    struct edges edges = {.arena = arena,
                          .of = arena_array(arena, rules->count, sizeof *edges.of),
                          .reached = arena_array(arena, rules->count, sizeof *edges.reached),
                          .seen = arena_array(arena, rules->count, sizeof *edges.seen)};
    map_init(&edges.sides, dependencies->count);
    bool good = bind_all(&edges, rules, dependencies, out_bad, err);
    bool fits = set_causes(arena, rules, &edges);
    set_groups(arena, rules, &edges);
    map_done(&edges.sides);
    if (good && !fits) {
        good = err_set(err, ERR_USAGE, NULL,
                       "What rules depend on comes to more than %d causes in all; let fewer rules "
                       "depend on fewer, such as signals on signals.",
                       DEPEND_CAUSES_MAX);
        *out_bad = dependencies->count - 1;
    }
    return good;
}
