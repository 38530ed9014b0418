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

/* The direct dependencies of each rule, by index. */
struct edges {
    size_t (*on)[DEPEND_CAUSES_MAX];
    size_t *counts;
    size_t *reached; /* room for all */
    size_t *seen;    /* by rule: in which walk it was reached last */
    size_t walk;
};

static bool has_edge(const struct edges *edges, size_t from, size_t to)
{
    for (size_t i = 0; i < edges->counts[from]; i++)
        if (edges->on[from][i] == to)
            return true;
    return false;
}

static bool is_reached(const struct edges *edges, size_t rule)
{
    return edges->seen[rule] == edges->walk;
}

/* Once in a walk. */
static size_t take(struct edges *edges, size_t rule, size_t count)
{
    if (is_reached(edges, rule))
        return count;
    edges->seen[rule] = edges->walk;
    edges->reached[count] = rule;
    return count + 1;
}

/* All that those first in `reached` depend on behind them, nearest first; how many it is then. */
static size_t spread(struct edges *edges, size_t count)
{
    for (size_t at = 0; at < count; at++) {
        size_t here = edges->reached[at];
        for (size_t i = 0; i < edges->counts[here]; i++)
            count = take(edges, edges->on[here][i], count);
    }
    return count;
}

/* What a dependency names on its two sides. */
struct sides {
    size_t *of, *on; /* room for all rules each */
    size_t of_count, on_count;
};

/* What bears a name of the left side is never on the right one. */
static void find_sides(const struct rules *rules, const struct dependency *dependency,
                       struct edges *edges, struct sides *sides)
{
    sides->of_count = sides->on_count = 0;
    edges->walk++;
    for (size_t i = 0; i < rules->count; i++)
        if (depend_names(&rules->items[i], dependency->of)) {
            sides->of[sides->of_count++] = i;
            edges->seen[i] = edges->walk;
        }
    for (size_t k = 0; k < dependency->on_count && sides->of_count > 0; k++)
        for (size_t i = 0; i < rules->count; i++)
            if (!is_reached(edges, i) && depend_names(&rules->items[i], dependency->on[k])) {
                sides->on[sides->on_count++] = i;
                edges->seen[i] = edges->walk;
            }
}

static bool closes_circle(struct edges *edges, const struct sides *sides)
{
    size_t count = 0;
    edges->walk++;
    for (size_t i = 0; i < sides->on_count; i++)
        count = take(edges, sides->on[i], count);
    (void)spread(edges, count);
    for (size_t i = 0; i < sides->of_count; i++)
        if (is_reached(edges, sides->of[i]))
            return true;
    return false;
}

/* A name on the right side that means nothing but what stands on the left one. */
static const struct str *find_itself(const struct rules *rules, const struct dependency *dependency)
{
    for (size_t k = 0; k < dependency->on_count; k++) {
        bool own = str_equal_nocase(dependency->on[k], dependency->of);
        bool other = false;
        for (size_t i = 0; i < rules->count && !other; i++) {
            bool named = depend_names(&rules->items[i], dependency->on[k]);
            bool both = named && depend_names(&rules->items[i], dependency->of);
            own = own || both;
            other = named && !both;
        }
        if (own && !other)
            return &dependency->on[k];
    }
    return NULL;
}

static bool bind_one(struct edges *edges, const struct rules *rules,
                     const struct dependency *dependency, struct sides *sides, struct err *err)
{
    const struct str *itself = find_itself(rules, dependency);
    if (itself)
        return err_set(
            err, ERR_USAGE, NULL,
            "\"%.*s\" cannot depend on \"%.*s\", which is the same; name another rule or "
            "signal, or take it out.",
            STR_ARGS(str_cut(dependency->of, 100)), STR_ARGS(str_cut(*itself, 100)));
    find_sides(rules, dependency, edges, sides);
    if (closes_circle(edges, sides))
        return err_set(err, ERR_USAGE, NULL,
                       "What \"%.*s\" depends on depends on it in turn; one of the two must "
                       "come first.",
                       STR_ARGS(str_cut(dependency->of, 100)));
    for (size_t i = 0; i < sides->of_count; i++) {
        size_t from = sides->of[i];
        for (size_t k = 0; k < sides->on_count && edges->counts[from] < DEPEND_CAUSES_MAX; k++)
            if (!has_edge(edges, from, sides->on[k]))
                edges->on[from][edges->counts[from]++] = sides->on[k];
    }
    return true;
}

/* Rules that depend on the same ones have one list of causes together. */
static void set_causes(struct arena *arena, struct rules *rules, struct edges *edges)
{
    struct map lists; /* by what is depended on: the first rule of it */
    map_init(&lists, rules->count);
    for (size_t i = 0; i < rules->count; i++) {
        struct rule *rule = &rules->items[i];
        struct str direct = {(const char *)edges->on[i], edges->counts[i] * sizeof **edges->on};
        const struct rule *like = map_find(&lists, direct);
        rule->cause_count = like ? like->cause_count : 0;
        rule->causes = like ? like->causes : NULL;
        if (like || edges->counts[i] == 0)
            continue;
        size_t count = 0;
        edges->walk++;
        for (size_t k = 0; k < edges->counts[i]; k++)
            count = take(edges, edges->on[i][k], count);
        count = spread(edges, count);
        struct str *causes = arena_array(arena, count, sizeof *causes);
        for (size_t k = 0; k < count; k++)
            causes[k] = rules->items[edges->reached[k]].id;
        rule->causes = causes;
        rule->cause_count = count;
        if (!map_put(&lists, direct, rule))
            abort(); /* there are no more lists than rules */
    }
    map_done(&lists);
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

/* The least id of the rules that hang together. */
static void set_groups(struct arena *arena, struct rules *rules, const struct edges *edges)
{
    size_t *parents = arena_array(arena, rules->count, sizeof *parents);
    for (size_t i = 0; i < rules->count; i++)
        parents[i] = i;
    for (size_t i = 0; i < rules->count; i++) {
        for (size_t k = 0; k < edges->counts[i]; k++) {
            size_t a = root_of(parents, i);
            size_t b = root_of(parents, edges->on[i][k]);
            bool is_less = str_compare(rules->items[a].id, rules->items[b].id) < 0;
            parents[is_less ? b : a] = is_less ? a : b;
        }
    }
    for (size_t i = 0; i < rules->count; i++) {
        size_t root = root_of(parents, i);
        if (root != i || edges->counts[i] > 0)
            rules->items[i].group = rules->items[root].id;
        if (root != i)
            rules->items[root].group = rules->items[root].id;
    }
}

bool depend_bind(struct arena *arena, struct rules *rules, const struct dependencies *dependencies,
                 size_t *out_bad, struct err *err)
{
    struct edges edges = {.on = arena_array(arena, rules->count, sizeof *edges.on),
                          .counts = arena_array(arena, rules->count, sizeof *edges.counts),
                          .reached = arena_array(arena, rules->count, sizeof *edges.reached),
                          .seen = arena_array(arena, rules->count, sizeof *edges.seen)};
    struct sides sides = {.of = arena_array(arena, rules->count, sizeof *sides.of),
                          .on = arena_array(arena, rules->count, sizeof *sides.on)};
    bool good = true;
    for (size_t i = 0; i < dependencies->count; i++) {
        struct err bad = {0};
        if (bind_one(&edges, rules, &dependencies->items[i], &sides, &bad) || !good)
            continue;
        good = false;
        *out_bad = i;
        if (err)
            *err = bad;
    }
    set_causes(arena, rules, &edges);
    set_groups(arena, rules, &edges);
    return good;
}
