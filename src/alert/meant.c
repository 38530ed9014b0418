/* meant.c - rules by their ids, lines, sentences and parts of these. */
#include "alert/meant.h"

enum { CHOICE_BYTES = 60 };

static bool is_sibling(const struct rule *a, const struct rule *b)
{
    return a->line == b->line && str_equal(a->title, b->title);
}

/* Are the levels (or, if not asked for, the signals) of all these rules different? */
static bool differ(const struct rule *rules, size_t count, bool levels)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (levels ? str_equal_nocase(rules[i].level, rules[k].level)
                       : str_equal_nocase(rules[i].signal_name, rules[k].signal_name))
                return false;
    return true;
}

void rules_set_parts(struct arena *arena, struct rules *rules)
{
    for (size_t i = 0, end = 0; i < rules->count; i = end) {
        struct rule *first = &rules->items[i];
        for (end = i + 1; end < rules->count && is_sibling(first, &rules->items[end]);)
            end++;
        bool levels = differ(first, end - i, true);
        bool signals = differ(first, end - i, false);
        for (size_t k = i; k < end && end - i > 1; k++) {
            struct rule *rule = &rules->items[k];
            rule->part = levels    ? rule->level
                         : signals ? rule->signal_name
                                   : str_printf(arena, "%zu of %zu", k - i + 1, end - i);
        }
    }
}

struct str rule_shown(struct arena *arena, const struct rule *rule)
{
    return rule->part.n == 0
               ? rule->title
               : str_printf(arena, "%.*s (%.*s)", STR_ARGS(rule->title), STR_ARGS(rule->part));
}

static bool contains(struct str text, struct str words)
{
    for (size_t i = 0; i + words.n <= text.n; i++)
        if (str_equal_nocase(str_slice(text, i, i + words.n), words))
            return true;
    return false;
}

size_t rules_meant(struct arena *arena, const struct rules *rules, struct str words,
                   bool **out_meant)
{
    bool *whole = arena_array(arena, rules->count + 1, sizeof *whole);
    bool *part = arena_array(arena, rules->count + 1, sizeof *part);
    size_t whole_count = 0;
    size_t part_count = 0;
    int64_t line = 0;
    bool is_line = str_int(words, &line);
    for (size_t i = 0; i < rules->count && words.n > 0; i++) {
        const struct rule *rule = &rules->items[i];
        struct str shown = rule_shown(arena, rule);
        bool is_words = str_equal_nocase(rule->title, words) || str_equal_nocase(shown, words);
        whole[i] = str_equal(rule->id, words) || (!is_line && is_words);
        part[i] = is_line ? rule->line == line : contains(shown, words);
        whole_count += whole[i];
        part_count += part[i];
    }
    *out_meant = whole_count > 0 ? whole : part;
    return whole_count > 0 ? whole_count : part_count;
}

bool rules_are_of_one_line(const struct rules *rules, const bool *meant)
{
    const struct rule *first = NULL;
    for (size_t i = 0; i < rules->count; i++) {
        if (!meant[i])
            continue;
        if (first && first->line != rules->items[i].line)
            return false;
        first = first ? first : &rules->items[i];
    }
    return true;
}

struct str rules_choices(struct arena *arena, const struct rules *rules, const bool *meant,
                         size_t bytes_max)
{
    struct text text;
    text_init(&text, arena, bytes_max);
    for (size_t i = 0; i < rules->count; i++)
        if (meant[i])
            text_printf(&text, "%s\"%.*s\" (line %d)", text.n > 0 ? ", " : "",
                        STR_ARGS(str_cut(rules->items[i].title, CHOICE_BYTES)),
                        rules->items[i].line);
    return text_str(&text);
}
