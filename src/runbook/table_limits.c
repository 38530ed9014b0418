/* table_limits.c - rows of alerts and objectives: a measure, its limits, how long they have to hold
 * or over what they are taken, and the level. All cells of the row are read, or none is enforced.
 */
#include "runbook/sentence_alert.h"
#include "runbook/sentence_objective.h"
#include "runbook/table.h"

/* Words of a measure stand before the comparison of the cell: it names its own. */
static bool names_measure(struct str text)
{
    struct words words;
    words_parse(text, &words);
    for (int i = 0; i < words.count; i++) {
        if (words_has_comparison(&words, i))
            return false;
        bool quantile = vocabulary_quantile(words.at[i].text) > 0;
        if (words.at[i].type == WORD_NAME && !quantile && !words_is_a(&words, i, LEX_STATE_LINK))
            break;
    }
    for (int i = 1; i < words.count; i++)
        if (words_has_comparison(&words, i))
            return true;
    return false;
}

static bool has_any_window(struct str text)
{
    static const char *const words[] = {" for ", " over ", " in ", " within ", " per ", "/"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_find_nocase(text, words[i], 0) < text.n)
            return true;
    return false;
}

/* The cell with the row's duration or window, which hold for every limit that has none; beside a
 * target the window is the target's. */
static struct str with_window(struct table_row *table, struct str text, bool target)
{
    struct arena *arena = table->builder->arena;
    int hold = table_column(table, COLUMN_HOLD);
    int period = table_column(table, COLUMN_PERIOD);
    struct str held = table_cell(table, hold);
    struct str over = table_cell(table, period);
    if (has_any_window(text))
        return text;
    if (!table_is_empty(held)) {
        bool said = str_starts_nocase(held, "for ");
        return str_printf(arena, said ? "%.*s %.*s" : "%.*s for %.*s", STR_ARGS(text),
                          STR_ARGS(held));
    }
    if (!table_is_empty(over) && (target || table_column(table, COLUMN_TARGET) < 0))
        return str_printf(arena, "%.*s over %.*s", STR_ARGS(text), STR_ARGS(over));
    return text;
}

/* "80%", "500 ms for 5m" below Warning or Critical: a limit without a comparison, on the bad side
 * of the measure. */
static bool read_bare(struct table_row *table, struct str metric, struct str level)
{
    struct sentence *sentence = &table->builder->sentence;
    struct alert_statement alert = {0};
    enum direction direction = vocabulary_direction(metric);
    int i = 0;
    if (direction == DIRECTION_UNKNOWN || !words_is_number(&sentence->words, 0) ||
        !sentence_amount(sentence, &i, metric, &alert))
        return false;
    alert.cmp = direction == DIRECTION_LOWER ? CMP_AT_LEAST : CMP_AT_MOST;
    alert.level = str_lower(table->builder->arena, level);
    sentence_make(sentence, STATEMENT_ALERT)->alert = alert;
    return sentence_end_remark(sentence, i) == READ_YES;
}

/* The quantile that a column of its own gives, or 0. */
static double quantile_of_row(struct table_row *table)
{
    int column = table_column(table, COLUMN_QUANTILE);
    double quantile = vocabulary_quantile(table_cell(table, column));
    if (quantile > 0)
        table->used[column] = true;
    return quantile;
}

static struct str level_of_cell(struct str text)
{
    struct words words;
    words_parse(text, &words);
    for (int i = 0; i < words.count; i++) {
        if (words.at[i].level != LEVEL_NONE)
            return words.at[i].text;
        if (words_is(&words, i, WD_CRITICAL))
            return STR("critical");
        if (words_is(&words, i, WD_WARNING))
            return STR("warning");
        if (words_is_a(&words, i, LEX_SEVERITY_WORD))
            return words.at[i].text;
    }
    return (struct str){"", 0};
}

/* The cell's words as a condition of the metric: a comparison, a bare limit or a state.
 * place.metric is "" where the cell names its own measure. */
static enum reading read_cell(struct table_row *table, const struct sentence_place *place,
                              struct str text, struct str metric, struct str level)
{
    struct sentence *sentence = &table->builder->sentence;
    struct str both =
        str_printf(table->builder->arena, "%.*s %.*s", STR_ARGS(metric), STR_ARGS(text));
    struct words words;
    bool comparison = false;
    words_parse(text, &words);
    for (int i = 0; i < words.count; i++)
        comparison |= words_has_comparison(&words, i);
    if (words_is_number(&words, 0) && !comparison) {
        table_begin(table, place, text);
        if (read_bare(table, metric, level))
            return READ_YES;
        table_begin(table, place, both); /* "5 min downtime" */
        bool state = metric.n > 0 && sentence_alert(sentence) == READ_YES &&
                     sentence->made[0].alert.cmp == CMP_NONE;
        return state ? READ_YES : READ_HALF;
    }
    bool own = place->metric.n == 0;
    table_begin(table, place, own || !comparison ? text : both);
    enum reading reading = sentence_alert(sentence);
    if (reading == READ_NO && !own && !comparison) {
        table_begin(table, place, both);
        reading = sentence_alert(sentence);
    }
    return reading;
}

static void set_action(struct alert_statement *alert, struct str action)
{
    alert->action = action;
    alert->to = alert_party(action);
}

void table_read_threshold(struct table_row *table, int column, struct str metric, struct str level)
{
    struct sentence *sentence = &table->builder->sentence;
    struct str said = table_cell(table, column);
    struct sentence_place inside = *table->place;
    if (table_is_empty(said))
        return;
    table->used[column] = true;
    bool own = names_measure(said);
    inside.in_list = true;
    inside.ordered = inside.box = false;
    inside.metric = own ? (struct str){"", 0} : metric;
    inside.sections |= SECTION_ALERT;
    if (level.n)
        inside.heading = level;
    enum reading reading =
        read_cell(table, &inside, with_window(table, said, false), metric, level);
    if (reading == READ_NO && !table_has_number(said)) {
        table->used[column] = false;
        return;
    }
    if (reading != READ_YES) {
        table_refuse(table, said);
        return;
    }
    int hold = table_column(table, COLUMN_HOLD);
    int period = table_column(table, COLUMN_PERIOD);
    if (hold >= 0)
        table->used[hold] = true;
    if (period >= 0)
        table->used[period] = true;
    int level_at = table_column(table, COLUMN_LEVEL);
    struct str row_level = level_of_cell(table_cell(table, level_at));
    int action = table_column(table, COLUMN_ACTION);
    double quantile = quantile_of_row(table);
    for (int i = 0; i < sentence->made_count; i++) {
        if (row_level.n && !level.n)
            sentence->made[i].alert.level = row_level;
        else if (level.n && sentence->made[i].alert.level.n == 0)
            sentence->made[i].alert.level = level;
        if (quantile > 0 && !(sentence->made[i].alert.quantile > 0))
            sentence->made[i].alert.quantile = quantile;
        if (action >= 0 && sentence->made[i].alert.action.n == 0 &&
            !table_is_empty(table_cell(table, action)))
            set_action(&sentence->made[i].alert, table_cell(table, action));
    }
    table_take(table);
}

/* A cell below Target, SLO, "p95": what is wanted of the row's measure, or of the header's. */
static void read_target(struct table_row *table, int column, struct str metric)
{
    struct sentence *sentence = &table->builder->sentence;
    struct str said = table_cell(table, column);
    struct str header = objective_heading(table_header(table, column));
    struct sentence_place inside = *table->place;
    struct words words;
    double quantile = quantile_of_row(table);
    bool own = false; /* the header names the measure */
    if (table_is_empty(said))
        return;
    words_parse(table_header(table, column), &words);
    for (int i = 0; i < words.count; i++) {
        double here = vocabulary_quantile(words.at[i].text);
        if (here > 0)
            quantile = here;
        own |= words_is_a(&words, i, LEX_HIGHER_BETTER | LEX_LOWER_BETTER);
    }
    inside.in_list = true;
    inside.ordered = inside.box = false;
    table_begin(table, &inside, with_window(table, said, true));
    enum reading reading = sentence_target(sentence, own ? header : metric);
    if (reading != READ_YES) {
        if (table_has_number(said)) {
            table->used[column] = true;
            table_refuse(table, said);
        }
        return;
    }
    table->used[column] = true;
    int period = table_column(table, COLUMN_PERIOD);
    if (period >= 0)
        table->used[period] = true;
    for (int i = 0; i < sentence->made_count; i++) {
        struct alert_statement *objective = &sentence->made[i].alert;
        if (sentence->made[i].kind != STATEMENT_OBJECTIVE)
            continue;
        if (quantile > 0 && !(objective->quantile > 0))
            objective->quantile = quantile;
        if (own && objective->of.n == 0)
            objective->of = metric;
    }
    table_take(table);
}

/* "| db3 | disk usage |" below Host and Metric: the disks of db3 alone. */
static struct str scoped(struct table_row *table, int name)
{
    static const char *const scopes[] = {"host",     "server", "service",   "environment",
                                         "instance", "region", "component", "database",
                                         "cluster",  "node",   NULL};
    struct str metric = table_cell(table, name);
    struct str scope = table_cell(table, 0);
    bool named = false;
    for (int k = 0; scopes[k]; k++)
        named |= table_has_words(table_header(table, 0), scopes[k]);
    if (name == 0 || !named || table_is_empty(scope) || str_is_nocase(scope, "all") ||
        str_is_nocase(scope, "any"))
        return metric;
    table->used[0] = true;
    return str_printf(table->builder->arena, "%.*s: %.*s", STR_ARGS(scope), STR_ARGS(metric));
}

bool table_read_limits(struct table_row *table)
{
    const struct piece *head = table->head;
    int name = table_column(table, COLUMN_NAME);
    bool alerts = table_column(table, COLUMN_THRESHOLD) >= 0 ||
                  table_column(table, COLUMN_WARNING) >= 0 ||
                  table_column(table, COLUMN_CRITICAL) >= 0;
    bool wanted = table_column(table, COLUMN_TARGET) >= 0 &&
                  ((table->place->path_sections & SECTION_OBJECTIVE) || name >= 0 || alerts);
    if ((!alerts && !wanted) || (name < 0 && table->roles[0] != COLUMN_UNKNOWN))
        return false;
    if (name < 0)
        name = 0;
    table->used[name] = true;
    struct str metric = scoped(table, name);
    for (int i = 0; i < head->cell_count && i < table->row->cell_count; i++) {
        if (i == name)
            continue;
        switch ((unsigned)table->roles[i]) { /* the others say no limit */
        case COLUMN_THRESHOLD: table_read_threshold(table, i, metric, (struct str){"", 0}); break;
        case COLUMN_WARNING: table_read_threshold(table, i, metric, STR("Warning")); break;
        case COLUMN_CRITICAL: table_read_threshold(table, i, metric, STR("Critical")); break;
        case COLUMN_TARGET:
            if (wanted)
                read_target(table, i, metric);
            break;
        default: break;
        }
    }
    if (table->made_count == 0 && !table->half)
        return false;
    int level = table_column(table, COLUMN_LEVEL);
    int action = table_column(table, COLUMN_ACTION);
    if (level >= 0)
        table->used[level] = true;
    if (action >= 0)
        table->used[action] = true;
    return table_commit(table);
}
