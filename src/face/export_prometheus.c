/* export_prometheus.c - the rules file. */
#include "alert/burn.h"
#include "base/map.h"
#include "face/export.h"

#include <stdlib.h>

enum { NAME_BYTES_MAX = 200, EXPR_BYTES_MAX = 64 * 1024 };

static const char *const differences =
    "# Where Prometheus decides otherwise than Reeve:\n"
    "# - Counts: increase() extrapolates to the ends of its range; Reeve counts exactly.\n"
    "# - Quantiles: histogram_quantile() guesses inside a bucket; Reeve answers \"unknown\" when\n"
    "#   the limit lies inside one.\n"
    "# - What is not measured: an expression without series is silent here, and a gap begins\n"
    "#   \"for\" anew; Reeve says \"unknown\" and holds the time still. Watch up == 0 as well.\n"
    "# - keep_firing_for needs Prometheus 2.42. Reeve's alerts go on firing for a quiet time of\n"
    "#   15 s to 1 min in any case, which is not exported.\n"
    "# - Objectives: Reeve says \"unknown\" until it has seen a whole window; here the share of\n"
    "#   what was seen counts from the first minutes on.\n"
    "# - A range of 1m needs two samples: the scrape_interval must be 30s or less.\n"
    "# Prometheus before 3.0 refuses a whole file for one name in quotes ({\"kafka.lag\"}): such\n"
    "# rules are left out, unless --quoted asks for them.\n";

void export_add_line(struct text *out, struct str words)
{
    for (size_t i = 0; i < words.n; i++)
        text_byte(out, (char)((unsigned char)words.p[i] < ' ' ? ' ' : words.p[i]));
}

/* Prometheus expands {{ }} in labels and annotations: here it is only text. */
static void add_quoted(struct text *out, struct str words)
{
    struct text plain;
    text_init(&plain, out->arena, 8 * words.n + 16);
    for (size_t i = 0; i < words.n; i++) {
        if (words.p[i] == '{' && i + 1 < words.n && words.p[i + 1] == '{') {
            text_adds(&plain, "{{\"{{\"}}");
            i++;
        } else {
            text_byte(&plain, words.p[i]);
        }
    }
    json_quote(out, text_str(&plain));
}

/* Each word with a capital, everything else left out. */
static void add_camel(struct text *name, struct str words)
{
    bool begin = true;
    for (size_t i = 0; i < words.n; i++) {
        char c = words.p[i];
        if (!byte_is_alnum(c) && (unsigned char)c < 0x80) {
            begin = true;
            continue;
        }
        text_byte(name, (char)(begin && c >= 'a' && c <= 'z' ? c - 32 : c));
        begin = false;
    }
}

static struct str base_name(struct arena *arena, const struct statement *statement,
                            const struct rule *rule)
{
    struct text name;
    text_init(&name, arena, NAME_BYTES_MAX);
    add_camel(&name, statement->alert.metric);
    if (name.n == 0)
        text_adds(&name, "Alert");
    add_camel(&name, rule->level);
    return text_str(&name);
}

struct exported {
    const struct statement *statement;
    const struct rule *rule;
    struct str base, name;
    struct str reason; /* why it is not exported, or "" */
    bool written;
};

struct list {
    struct exported *items;
    size_t count;
    struct map same; /* by base: how many there are so far, as an int */
};

struct str export_quoted_problem(const struct export_source *source, const struct rule *rule)
{
    bool quoted = false;
    if (source->quoted || !rule->signal || rule->signal->alternative_count == 0)
        return STR("");
    const struct alternative *alternative = &rule->signal->alternatives[rule->named];
    for (size_t i = 0; i < alternative->part_count; i++)
        quoted = quoted || selector_is_quoted(&alternative->parts[i]);
    return quoted ? STR("its metric or a label of it has a name in quotes, which Prometheus reads "
                        "since 3.0; --quoted writes the rule")
                  : STR("");
}

static struct str reason_of(const struct export_source *source, const struct exported *one)
{
    enum window_mode mode = one->statement->alert.mode;
    if (one->rule->problem.n > 0)
        return one->rule->problem;
    if (one->rule->relative)
        return STR("Reeve watches it, but its limit is a multiple of what hours of the past were, "
                   "and no PromQL means the same");
    /* The expression of a gauge looks at its newest reading only. */
    if ((mode == WINDOW_IN || mode == WINDOW_OVER) &&
        (one->rule->signal->kind == SIGNAL_GAUGE || one->rule->signal->kind == SIGNAL_GAUGE_RATIO))
        return STR("the line counts or averages over a time, and the signal is bound to a gauge");
    if (one->statement->alert.consecutive)
        return STR("a number of failures in a row has no PromQL that means the same");
    return one->rule->promql.n > 0 ? export_quoted_problem(source, one->rule)
                                   : STR("there is no PromQL for it");
}

/* Lines of the same name and level are told apart by their order. */
static void set_name(struct arena *arena, struct list *list, struct exported *one)
{
    one->base = base_name(arena, one->statement, one->rule);
    if (one->rule->burn)
        one->base = str_printf(arena, "%.*sBurn", STR_ARGS(one->base));
    int *same = map_find(&list->same, one->base);
    if (!same) {
        same = arena_make(arena, int);
        if (!map_put(&list->same, one->base, same))
            abort(); /* there are no more names than rules */
    }
    ++*same;
    one->name = *same == 1 ? one->base : str_printf(arena, "%.*s%d", STR_ARGS(one->base), *same);
}

/* Its map is to be given back. */
static struct list make_list(struct arena *arena, const struct export_source *source)
{
    struct list list = {.items =
                            arena_array(arena, source->rules->count + 1, sizeof(struct exported))};
    map_init(&list.same, source->rules->count);
    for (int i = 0; i < source->program->count && list.count < source->rules->written; i++) {
        if (source->program->statements[i].kind != STATEMENT_ALERT)
            continue;
        struct exported *one = &list.items[list.count];
        one->statement = &source->program->statements[i];
        one->rule = &source->rules->items[list.count];
        one->reason = reason_of(source, one);
        set_name(arena, &list, one);
        list.count++;
    }
    return list;
}

/* The statement of an objective's rule. */
static const struct statement *statement_of(const struct program *program, const struct rule *rule)
{
    for (int i = 0; i < program->count; i++)
        if (burn_is_of(rule, &program->statements[i]))
            return &program->statements[i];
    return NULL;
}

/* Behind those of alert lines. */
static void add_objectives(struct arena *arena, const struct export_source *source,
                           struct list *list)
{
    for (size_t i = source->rules->written; i < source->rules->count; i++) {
        const struct rule *rule = &source->rules->items[i];
        const struct statement *statement = statement_of(source->program, rule);
        if (!statement)
            continue;
        struct exported *one = &list->items[list->count++];
        *one = (struct exported){.statement = statement, .rule = rule};
        set_name(arena, list, one);
    }
}

struct str *export_rule_names(struct arena *arena, const struct export_source *source)
{
    struct list list = make_list(arena, source);
    struct str *names = arena_array(arena, source->rules->count + 1, sizeof *names);
    add_objectives(arena, source, &list);
    for (size_t i = 0; i < list.count; i++)
        names[i] = list.items[i].name;
    map_done(&list.same);
    return names;
}

/* Too little traffic does not fire: what Reeve demands, said in PromQL. */
static void add_traffic(struct text *expr, const struct rule *rule)
{
    const struct alternative *alternative = &rule->signal->alternatives[rule->named];
    bool ratio = rule->signal->kind == SIGNAL_RATIO;
    if ((!ratio && rule->signal->kind != SIGNAL_QUANTILE) || rule->at_least <= 0)
        return;
    struct str events =
        selector_write(expr->arena, &alternative->parts[ratio ? 1 : 0], ratio ? "" : "_count");
    bool minutes = rule->statistic_ms % 60000 == 0;
    long long length = (rule->statistic_ms + 999) / (minutes ? 60000 : 1000);
    text_printf(expr, " and sum(increase(%.*s[%lld%s])) >= ", STR_ARGS(events), length,
                minutes ? "m" : "s");
    text_real(expr, rule->at_least);
}

static void add_length(struct text *out, const char *key, int64_t length_ms)
{
    if (length_ms <= 0)
        return;
    if (length_ms % 60000 == 0)
        text_printf(out, "        %s: %lldm\n", key, (long long)(length_ms / 60000));
    else if (length_ms % 1000 == 0)
        text_printf(out, "        %s: %llds\n", key, (long long)(length_ms / 1000));
    else
        text_printf(out, "        %s: %lldms\n", key, (long long)length_ms);
}

struct str export_rule_field(struct arena *arena, const struct export_source *source,
                             const struct rule *rule, struct str name)
{
    if (str_is(name, "severity"))
        return severity_of_alert(source->plan, rule->level)->id;
    if (str_is(name, "level"))
        return rule->level;
    if (str_is(name, "summary"))
        return rule->title;
    if (str_is(name, "description"))
        return rule->meaning;
    if (str_is(name, "runbook"))
        return str_printf(arena, "%.*s:%d", STR_ARGS(source->program->file), rule->line);
    return str_is(name, "statement") ? rule->id : STR("");
}

static void add_field(struct text *out, const struct export_source *source, const struct rule *rule,
                      const char *name)
{
    struct str value = export_rule_field(out->arena, source, rule, str_of(name));
    if (value.n == 0)
        return;
    text_printf(out, "          %s: ", name);
    add_quoted(out, value);
    text_byte(out, '\n');
}

void export_add_fields(struct text *out, const struct export_source *source,
                       const struct rule *rule)
{
    text_adds(out, "        labels:\n");
    add_field(out, source, rule, "severity");
    add_field(out, source, rule, "level");
    text_adds(out, "        annotations:\n");
    add_field(out, source, rule, "summary");
    add_field(out, source, rule, "description");
    add_field(out, source, rule, "runbook");
    add_field(out, source, rule, "statement");
}

void export_add_naming(struct text *out, const struct export_source *source,
                       const struct rule *rule)
{
    static const struct naming unknown = {.count = 0};
    const struct naming *naming =
        source->namings ? &source->namings[rule - source->rules->items] : &unknown;
    struct str note = naming_note(out->arena, naming, rule);
    if (note.n == 0)
        return;
    text_adds(out, "      # ");
    export_add_line(out, note);
    text_byte(out, '\n');
}

static void add_rule(struct text *out, const struct export_source *source,
                     const struct exported *one)
{
    struct text expr;
    const struct rule *rule = one->rule;
    text_init(&expr, out->arena, EXPR_BYTES_MAX);
    text_add(&expr, rule->promql);
    add_traffic(&expr, rule);
    text_printf(out, "      # Line %d: ", rule->line);
    export_add_line(out, rule->title);
    text_byte(out, '\n');
    if (rule->signal->kind == SIGNAL_COUNT)
        text_printf(out, "      # %s() extrapolates: it may be off by one event either way.\n",
                    rule->per_second ? "rate" : "increase");
    export_add_naming(out, source, rule);
    text_adds(out, "      - alert: ");
    json_quote(out, one->name);
    text_adds(out, "\n        expr: ");
    json_quote(out, text_str(&expr));
    text_byte(out, '\n');
    add_length(out, "for", rule->for_ms);
    add_length(out, "keep_firing_for", rule->policy.keeps_firing_ms);
    export_add_fields(out, source, rule);
}

struct str export_file_name(const struct export_source *source)
{
    struct str file = source->program->file;
    size_t name = file.n;
    while (name > 0 && file.p[name - 1] != '/')
        name--;
    return str_from(file, name);
}

/* One group for the alerts below the same headings. */
static void add_group(struct text *out, const struct export_source *source, struct list *list,
                      size_t first)
{
    struct str path = list->items[first].statement->path;
    text_adds(out, "  - name: ");
    json_quote(out, str_printf(out->arena, "%.*s: %.*s", STR_ARGS(export_file_name(source)),
                               STR_ARGS(path)));
    text_adds(out, "\n    rules:\n");
    for (size_t i = first; i < list->count; i++) {
        struct exported *one = &list->items[i];
        if (one->reason.n > 0 || one->written || !str_equal(one->statement->path, path))
            continue;
        add_rule(out, source, one);
        one->written = true;
    }
}

static void add_left_out(struct text *out, const struct statement *statement, struct str reason)
{
    text_printf(out, "# Line %d: ", statement->line);
    export_add_line(out, statement->text);
    text_adds(out, "\n#   ");
    export_add_line(out, reason);
    text_byte(out, '\n');
}

/* What was found about the statement's lines. */
static struct str finding_of(const struct program *program, const struct statement *statement)
{
    for (int i = 0; i < program->finding_count; i++)
        if (program->findings[i].level == FINDING_ERROR &&
            program->findings[i].line >= statement->line &&
            program->findings[i].line <= statement->last_line)
            return program->findings[i].text;
    return STR("This line is not understood.");
}

/* Of an objective: why it has no rule, or "" when it has. */
static struct str why_no_rule(struct arena *arena, const struct export_source *source,
                              const struct statement *statement)
{
    const struct rules *rules = source->rules;
    for (size_t i = rules->written; i < rules->count; i++)
        if (burn_is_of(&rules->items[i], statement) && rules->items[i].promql.n > 0)
            return export_quoted_problem(source, &rules->items[i]);
    struct objective objective = objective_make(arena, statement, source->signals);
    return objective.problem.n > 0 ? objective.problem
                                   : STR("an objective that no rate of burning is measured of");
}

static void add_objective_left_out(struct text *out, const struct export_source *source,
                                   const struct statement *statement)
{
    struct str why = why_no_rule(out->arena, source, statement);
    if (why.n > 0)
        add_left_out(out, statement, why);
}

static void add_all_left_out(struct text *out, const struct export_source *source,
                             const struct list *list)
{
    const struct program *program = source->program;
    size_t at = 0;
    text_adds(out, "\n# Not exported:\n");
    size_t begin = out->n;
    for (int i = 0; i < program->count; i++) {
        const struct statement *s = &program->statements[i];
        if (s->kind == STATEMENT_ALERT && at == list->count)
            add_left_out(out, s, STR("more alerts than Reeve takes of one runbook"));
        else if (s->kind == STATEMENT_ALERT && list->items[at++].reason.n > 0)
            add_left_out(out, s, list->items[at - 1].reason);
        else if (s->kind == STATEMENT_OBJECTIVE)
            add_objective_left_out(out, source, s);
        else if (s->kind == STATEMENT_UNCLEAR)
            add_left_out(out, s, finding_of(program, s));
    }
    if (out->n == begin)
        text_adds(out, "# nothing\n");
}

void export_write_rules(struct text *out, const struct export_source *source)
{
    struct list list = make_list(out->arena, source);
    bool any = false;
    text_adds(out, "# Prometheus rules of ");
    export_add_line(out, source->program->file);
    text_printf(out, ", written by \"reeve export prometheus\".\n%s", differences);
    for (size_t i = 0; i < list.count; i++)
        any = any || list.items[i].reason.n == 0;
    for (size_t i = source->rules->written; i < source->rules->count; i++)
        any = any || export_quoted_problem(source, &source->rules->items[i]).n == 0;
    text_adds(out, any ? "groups:\n" : "groups: []\n");
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].reason.n == 0 && !list.items[i].written)
            add_group(out, source, &list, i);
    export_write_objectives(out, source, export_rule_names(out->arena, source));
    add_all_left_out(out, source, &list);
    map_done(&list.same);
}
