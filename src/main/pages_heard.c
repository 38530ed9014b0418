/* pages_heard.c - the picture of a rule that an engine is asked for: from what its answers came to
 * since this core asks, with the engine's own graph for what was before. */
#include "main/pages_heard.h"

#include "alert/heard.h"

enum { EXPRESSION_BYTES = 64 * 1024 };

/* What stands behind an equals sign in an address. */
static void add_encoded(struct text *text, struct str words)
{
    for (size_t i = 0; i < words.n; i++) {
        char c = words.p[i];
        if (byte_is_alnum(c) || (c != '\0' && strchr("-_.~", c)))
            text_byte(text, c);
        else
            text_printf(text, "%%%02X", (unsigned)(unsigned char)c);
    }
}

/* Prometheus, Thanos and VictoriaMetrics have it there. */
static struct str graph_of(struct arena *arena, const struct rule *rule, struct str url,
                           struct str range)
{
    struct str value = rule_promql_value(arena, rule);
    struct text text;
    text_init(&text, arena, 4 * EXPRESSION_BYTES);
    if (value.n == 0)
        return STR("");
    while (url.n > 0 && url.p[url.n - 1] == '/')
        url.n--;
    text_printf(&text, "%.*s/graph?g0.expr=", STR_ARGS(url));
    add_encoded(&text, value);
    text_printf(&text, "&g0.tab=0&g0.range_input=%.*s", STR_ARGS(range));
    return text_full(&text) ? STR("") : text_str(&text);
}

static void add_slot(struct rule_chart *chart, const struct heard_slot *slot, size_t column)
{
    struct rule_column *into = &chart->columns[column];
    *into = (struct rule_column){.is_known = slot->is_known,
                                 .is_unknown = slot->is_unknown,
                                 .is_firing = slot->is_firing,
                                 .low = (double)slot->low,
                                 .high = (double)slot->high};
    chart->firing_ms += slot->is_firing ? chart->slot_ms : 0;
    chart->unknown_ms += slot->is_unknown ? chart->slot_ms : 0;
}

static bool draw(struct arena *arena, const struct heard *heard, size_t tier,
                 struct rule_chart *chart)
{
    bool any = false;
    chart->columns = arena_array(arena, CHART_COLUMNS, sizeof *chart->columns);
    for (size_t i = 0; heard && tier < HEARD_TIERS && i < HEARD_SLOTS; i++) {
        const struct heard_slot *slot =
            heard_slot_of(heard, tier, (int64_t)(HEARD_SLOTS - 1 - i), chart->to);
        if (slot)
            add_slot(chart, slot, i);
        any = any || (slot && (slot->is_known || slot->is_unknown || slot->is_firing));
    }
    if (!any)
        chart->columns = NULL;
    return any;
}

static struct str basis_of(struct arena *arena, const struct heard *heard,
                           const struct rule_chart *chart, struct str url)
{
    struct text text;
    text_init(&text, arena, 2048);
    text_printf(&text, "From what %.*s answered, in steps of %.*s.", STR_ARGS(url),
                STR_ARGS(duration_text(arena, chart->slot_ms)));
    if (instant_before(chart->from, heard->since))
        text_printf(&text,
                    " This Reeve has asked since %.*s: what was before is to be seen only there.",
                    STR_ARGS(instant_words(arena, heard->since, chart->to)));
    return text_str(&text);
}

void pages_heard_chart(struct arena *arena, const struct heards *heards,
                       const struct rule_asked *asked, struct rule_chart *chart)
{
    _Static_assert((int)HEARD_SLOTS == (int)CHART_COLUMNS, "a stretch is a column");
    const struct rule *rule = asked->rule;
    const struct heard *heard = heards_find(heards, rule->id);
    chart->is_heard = true;
    chart->slot_ms = asked->tier < HEARD_TIERS ? heard_slot_ms(asked->tier) : 0;
    chart->link = graph_of(arena, rule, asked->url, chart->range);
    if (asked->tier >= HEARD_TIERS)
        chart->basis = str_printf(arena,
                                  "It is asked of %.*s, and what was answered is kept here for 30 "
                                  "days at most: the rest is to be seen there.",
                                  STR_ARGS(asked->url));
    else if (draw(arena, heard, asked->tier, chart))
        chart->basis = basis_of(arena, heard, chart, asked->url);
    else
        chart->basis = str_printf(arena,
                                  "It is asked of %.*s, and nothing was heard of it yet: its past "
                                  "is to be seen there, or at one time with \"reeve alert why %d "
                                  "--at TIME\".",
                                  STR_ARGS(asked->url), rule->line);
    if (chart->columns)
        view_chart_frame(arena, rule, chart);
}
