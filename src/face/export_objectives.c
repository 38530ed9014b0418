/* export_objectives.c - objectives as recording rules of their shares, and alerts over two windows.
 */
#include "alert/burn.h"
#include "face/export.h"

enum { WINDOWS_MAX = 2 * BURN_RULES_MAX };

/* "reeve:objective_bad_share:60m{objective=…}", as PromQL writes it. */
static struct str share_of(struct arena *arena, const struct rule *rule, int64_t length_ms)
{
    return str_printf(arena, "reeve:objective_bad_share:%lldm{objective=\"%.*s\"}",
                      (long long)(length_ms / 60000), STR_ARGS(str_slice(rule->id, 0, 15)));
}

static void add_record(struct text *out, const struct rule *rule, int64_t length_ms)
{
    text_printf(out, "      - record: \"reeve:objective_bad_share:%lldm\"\n        expr: ",
                (long long)(length_ms / 60000));
    json_quote(out, burn_promql_share(out->arena, rule, length_ms));
    text_adds(out, "\n        labels:\n          objective: ");
    json_quote(out, str_slice(rule->id, 0, 15));
    text_byte(out, '\n');
}

/* Each window once, of all rules of the objective that begins at first. */
static void add_records(struct text *out, const struct rules *rules, size_t first)
{
    int64_t known[WINDOWS_MAX];
    size_t count = 0;
    const struct rule *objective = &rules->items[first];
    for (size_t i = first; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        if (!rule->burn || !str_equal(str_slice(rule->id, 0, 15), str_slice(objective->id, 0, 15)))
            continue;
        const int64_t lengths[] = {rule->burn->short_ms, rule->burn->long_ms};
        for (size_t k = 0; k < 2; k++) {
            bool there = count == WINDOWS_MAX;
            for (size_t n = 0; n < count; n++)
                there = there || known[n] == lengths[k];
            if (there)
                continue;
            known[count++] = lengths[k];
            add_record(out, rule, lengths[k]);
        }
    }
}

/* As few events as Reeve takes for too little traffic do not fire. */
static void add_traffic(struct text *expr, const struct rule *rule)
{
    const struct alternative *alternative = &rule->signal->alternatives[rule->named];
    bool latency = rule->burn->objective.limit > 0;
    struct str events =
        selector_write(expr->arena, &alternative->parts[latency ? 0 : 1], latency ? "_count" : "");
    text_printf(expr, " and on() sum(increase(%.*s[%lldm])) >= ", STR_ARGS(events),
                (long long)(rule->burn->long_ms / 60000));
    text_real(expr, rule->at_least);
}

static void add_alert(struct text *out, const struct export_source *source, const struct rule *rule,
                      struct str name)
{
    struct text expr;
    struct arena *arena = out->arena;
    text_init(&expr, arena, 16 * 1024);
    text_printf(&expr, "%.*s > %.12g and %.*s > %.12g",
                STR_ARGS(share_of(arena, rule, rule->burn->long_ms)), rule->limit,
                STR_ARGS(share_of(arena, rule, rule->burn->short_ms)), rule->limit);
    add_traffic(&expr, rule);
    text_printf(out, "      # Line %d: ", rule->line);
    export_add_line(out, rule->title);
    text_byte(out, '\n');
    export_add_naming(out, source, rule);
    text_adds(out, "      - alert: ");
    json_quote(out, name);
    text_adds(out, "\n        expr: ");
    json_quote(out, text_str(&expr));
    text_byte(out, '\n');
    if (rule->policy.keeps_firing_ms > 0)
        text_printf(out, "        keep_firing_for: %llds\n",
                    (long long)((rule->policy.keeps_firing_ms + 999) / 1000));
    export_add_fields(out, source, rule);
}

void export_write_objectives(struct text *out, const struct export_source *source,
                             const struct str *names)
{
    const struct rules *rules = source->rules;
    struct str before = STR("");
    bool begun = false;
    for (size_t i = rules->written; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        if (!rule->burn || rule->promql.n == 0 || export_quoted_problem(source, rule).n > 0)
            continue;
        if (!begun) {
            text_adds(out, "  - name: ");
            json_quote(out, str_printf(out->arena, "%.*s: objectives",
                                       STR_ARGS(export_file_name(source))));
            text_adds(out, "\n    rules:\n");
            begun = true;
        }
        struct str objective = str_slice(rule->id, 0, 15);
        if (!str_equal(objective, before))
            add_records(out, rules, i);
        before = objective;
        add_alert(out, source, rule, names[i]);
    }
}
