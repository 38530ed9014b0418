/* depend.c - from names to rules: edges, their closure, and groups. */
#include "alert/depend.h"

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
    size_t rules;
};

static bool has_edge(const struct edges *edges, size_t from, size_t to)
{
    for (size_t i = 0; i < edges->counts[from]; i++)
        if (edges->on[from][i] == to)
            return true;
    return false;
}

/* All that `from` depends on, nearest first. */
static size_t reach(const struct edges *edges, size_t from)
{
    size_t *out = edges->reached;
    size_t count = 0;
    for (size_t at = 0; at <= count; at++) {
        size_t here = at == 0 ? from : out[at - 1];
        for (size_t i = 0; i < edges->counts[here]; i++) {
            size_t next = edges->on[here][i];
            bool seen = next == from;
            for (size_t k = 0; k < count; k++)
                seen = seen || out[k] == next;
            if (!seen && count < edges->rules)
                out[count++] = next;
        }
    }
    return count;
}

/* False: it would close a circle. */
static bool add_edge(struct edges *edges, size_t from, size_t to)
{
    size_t count = reach(edges, to);
    for (size_t i = 0; i < count; i++)
        if (edges->reached[i] == from)
            return false;
    if (!has_edge(edges, from, to) && edges->counts[from] < DEPEND_CAUSES_MAX)
        edges->on[from][edges->counts[from]++] = to;
    return true;
}

static bool bind_one(struct edges *edges, const struct rules *rules,
                     const struct dependency *dependency, struct err *err)
{
    bool good = true;
    for (size_t from = 0; from < rules->count; from++) {
        if (!depend_names(&rules->items[from], dependency->of))
            continue;
        for (size_t k = 0; k < dependency->on_count; k++)
            for (size_t to = 0; to < rules->count; to++)
                if (to != from && depend_names(&rules->items[to], dependency->on[k]) &&
                    !depend_names(&rules->items[to], dependency->of) && !add_edge(edges, from, to))
                    good = false;
    }
    return good || err_set(err, ERR_USAGE, NULL,
                           "What \"%.*s\" depends on depends on it in turn; one of the two must "
                           "come first.",
                           STR_ARGS(str_cut(dependency->of, 100)));
}

/* The id of the first rule of those that hang together. */
static void spread_groups(struct rules *rules, const struct edges *edges)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < rules->count; i++) {
            for (size_t k = 0; k < edges->counts[i]; k++) {
                struct rule *a = &rules->items[i];
                struct rule *b = &rules->items[edges->on[i][k]];
                if (a->group.n == 0)
                    a->group = a->id;
                if (b->group.n == 0)
                    b->group = b->id;
                if (str_equal(a->group, b->group))
                    continue;
                struct str *larger = str_compare(a->group, b->group) < 0 ? &b->group : &a->group;
                *larger = larger == &a->group ? b->group : a->group;
                changed = true;
            }
        }
    }
}

bool depend_bind(struct arena *arena, struct rules *rules, const struct dependencies *dependencies,
                 size_t *out_bad, struct err *err)
{
    struct edges edges = {arena_array(arena, rules->count, sizeof *edges.on),
                          arena_array(arena, rules->count, sizeof *edges.counts),
                          arena_array(arena, rules->count, sizeof *edges.reached), rules->count};
    bool good = true;
    for (size_t i = 0; i < dependencies->count; i++) {
        struct err bad = {0};
        if (bind_one(&edges, rules, &dependencies->items[i], &bad) || !good)
            continue;
        good = false;
        *out_bad = i;
        if (err)
            *err = bad;
    }
    for (size_t i = 0; i < rules->count; i++) {
        struct rule *rule = &rules->items[i];
        rule->cause_count = reach(&edges, i);
        struct str *causes = arena_array(arena, rule->cause_count, sizeof *causes);
        for (size_t k = 0; k < rule->cause_count; k++)
            causes[k] = rules->items[edges.reached[k]].id;
        rule->causes = causes;
    }
    spread_groups(rules, &edges);
    return good;
}
