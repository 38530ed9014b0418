/* table_columns.c - what a column holds, by the words of its header. */
#include "runbook/table.h"

#include "runbook/front.h"

enum { CELL_WORDS_MAX = 12 }; /* what is longer is prose */

/* The first row whose words stand in the header decides; whole words, any case. */
static const struct {
    const char *words;
    enum column_role role;
} headers[] = {
    {"error budget", COLUMN_PROSE}, /* follows from the target */
    {"percentile", COLUMN_QUANTILE},
    {"response sla", COLUMN_DUTY},
    {"response target", COLUMN_DUTY},
    {"response time", COLUMN_DUTY},
    {"respond within", COLUMN_DUTY},
    {"first response", COLUMN_DUTY},
    {"first-touch sla", COLUMN_DUTY},
    {"ack", COLUMN_DUTY},
    {"ack sla", COLUMN_DUTY},
    {"acknowledge", COLUMN_DUTY},
    {"resolution", COLUMN_DUTY},
    {"resolution sla", COLUMN_DUTY},
    {"resolution time", COLUMN_DUTY},
    {"resolve target", COLUMN_DUTY},
    {"time to respond", COLUMN_DUTY},
    {"time to resolve", COLUMN_DUTY},
    {"sla to contain", COLUMN_DUTY},
    {"sla to remediate", COLUMN_DUTY},
    {"update frequency", COLUMN_DUTY},
    {"update cadence", COLUMN_DUTY},
    {"comms cadence", COLUMN_DUTY},
    {"communication frequency", COLUMN_DUTY},
    {"alert threshold", COLUMN_THRESHOLD},
    {"alert at", COLUMN_THRESHOLD},
    {"alert when", COLUMN_THRESHOLD},
    {"alert if", COLUMN_THRESHOLD},
    {"alerting threshold", COLUMN_THRESHOLD},
    {"alert condition", COLUMN_THRESHOLD},
    {"rto", COLUMN_RTO},
    {"rpo", COLUMN_RPO},
    {"recovery time objective", COLUMN_RTO},
    {"recovery point objective", COLUMN_RPO},
    {"warning", COLUMN_WARNING},
    {"warn", COLUMN_WARNING},
    {"critical", COLUMN_CRITICAL},
    {"crit", COLUMN_CRITICAL},
    {"threshold", COLUMN_THRESHOLD},
    {"thresholds", COLUMN_THRESHOLD},
    {"condition", COLUMN_THRESHOLD},
    {"trigger", COLUMN_THRESHOLD},
    {"trigger condition", COLUMN_THRESHOLD},
    {"retention", COLUMN_RETENTION},
    {"retain", COLUMN_RETENTION},
    {"retained", COLUMN_RETENTION},
    {"kept for", COLUMN_RETENTION},
    {"keep for", COLUMN_RETENTION},
    {"frequency", COLUMN_RECURRENCE},
    {"cadence", COLUMN_RECURRENCE},
    {"schedule", COLUMN_RECURRENCE},
    {"interval", COLUMN_RECURRENCE},
    {"how often", COLUMN_RECURRENCE},
    {"every", COLUMN_RECURRENCE},
    {"rotation", COLUMN_RECURRENCE},
    {"rotate", COLUMN_RECURRENCE},
    {"rotation period", COLUMN_RECURRENCE},
    {"measurement window", COLUMN_PERIOD},
    {"time window", COLUMN_PERIOD},
    {"window", COLUMN_PERIOD},
    {"measured over", COLUMN_PERIOD},
    {"period", COLUMN_PERIOD},
    {"duration", COLUMN_HOLD},
    {"for", COLUMN_HOLD},
    {"sustained", COLUMN_HOLD},
    {"target", COLUMN_TARGET},
    {"targets", COLUMN_TARGET},
    {"slo", COLUMN_TARGET},
    {"objective", COLUMN_TARGET},
    {"goal", COLUMN_TARGET},
    {"sla", COLUMN_TARGET},
    {"severity", COLUMN_LEVEL},
    {"sev", COLUMN_LEVEL},
    {"priority", COLUMN_LEVEL},
    {"level", COLUMN_LEVEL},
    {"definition", COLUMN_DEFINITION},
    {"description", COLUMN_DEFINITION},
    {"meaning", COLUMN_DEFINITION},
    {"criteria", COLUMN_DEFINITION},
    {"impact", COLUMN_DEFINITION},
    {"example", COLUMN_DEFINITION},
    {"examples", COLUMN_DEFINITION},
    {"scope", COLUMN_DEFINITION},
    {"action", COLUMN_ACTION},
    {"actions", COLUMN_ACTION},
    {"response", COLUMN_ACTION},
    {"notify", COLUMN_ACTION},
    {"notification", COLUMN_ACTION},
    {"notification channel", COLUMN_ACTION},
    {"channel", COLUMN_ACTION},
    {"route", COLUMN_ACTION},
    {"routing", COLUMN_ACTION},
    {"escalation", COLUMN_ACTION},
    {"metric", COLUMN_NAME},
    {"alert name", COLUMN_NAME},
    {"alert", COLUMN_NAME},
    {"signal", COLUMN_NAME},
    {"check", COLUMN_NAME},
    {"sli", COLUMN_NAME},
    {"indicator", COLUMN_NAME},
    {"kpi", COLUMN_NAME},
    {"measure", COLUMN_NAME},
    {"notes", COLUMN_PROSE},
    {"note", COLUMN_PROSE},
    {"rationale", COLUMN_PROSE},
    {"reason", COLUMN_PROSE},
    {"why", COLUMN_PROSE},
    {"comment", COLUMN_PROSE},
    {"comments", COLUMN_PROSE},
    {"details", COLUMN_PROSE},
    {"measurement", COLUMN_PROSE},
    {"justification", COLUMN_PROSE},
    {"source", COLUMN_PROSE},
    {"owner", COLUMN_PROSE},
    {"responsible", COLUMN_PROSE},
    {"team", COLUMN_PROSE},
    {"who", COLUMN_PROSE},
    {"runbook", COLUMN_PROSE},
    {"location", COLUMN_PROSE},
    {"storage", COLUMN_PROSE},
    {"tool", COLUMN_PROSE},
    {"method", COLUMN_PROSE},
    {"how", COLUMN_PROSE},
    {"query", COLUMN_PROSE},
    {"purpose", COLUMN_PROSE},
    {"last", COLUMN_PROSE},
    {"link", COLUMN_PROSE},
};

bool table_has_words(struct str header, const char *words)
{
    size_t n = strlen(words);
    for (size_t at = str_find_nocase(header, words, 0); at < header.n;
         at = str_find_nocase(header, words, at + 1)) {
        bool begin = at == 0 || !byte_is_alnum(header.p[at - 1]);
        bool end = at + n >= header.n || !byte_is_alnum(header.p[at + n]);
        if (begin && end)
            return true;
    }
    return false;
}

static enum column_role role_of(struct str header)
{
    uint32_t fronts = front_bits(header);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        if ((fronts & FRONT_BIT(headers[i].words[0])) && table_has_words(header, headers[i].words))
            return headers[i].role;
    struct words words;
    words_parse(header, &words);
    if (words.count == 1 && vocabulary_quantile(words.at[0].text) > 0)
        return COLUMN_TARGET;
    return COLUMN_UNKNOWN;
}

enum column_role *table_roles(struct arena *arena, const struct piece *head)
{
    enum column_role *roles = arena_array(arena, (size_t)head->cell_count + 1, sizeof *roles);
    bool limits = false;
    for (int i = 0; i < head->cell_count; i++) {
        roles[i] = role_of(head->cells[i]);
        /* "Burn-rate alert" behind the measure holds its condition. */
        if (i > 0 && roles[i] == COLUMN_NAME && table_has_words(head->cells[i], "alert") &&
            !table_has_words(head->cells[i], "name"))
            roles[i] = COLUMN_THRESHOLD;
        limits |= i > 0 && (roles[i] == COLUMN_TARGET || roles[i] == COLUMN_THRESHOLD ||
                            roles[i] == COLUMN_WARNING || roles[i] == COLUMN_CRITICAL);
    }
    if (head->cell_count > 0 && roles[0] == COLUMN_TARGET && limits)
        roles[0] = COLUMN_NAME; /* "SLO | Warning | Critical": the first names them */
    return roles;
}

int table_column(const struct table_row *table, enum column_role role)
{
    for (int i = 0; i < table->head->cell_count; i++)
        if (table->roles[i] == role)
            return i;
    return -1;
}

struct str table_cell(const struct table_row *table, int column)
{
    return column >= 0 && column < table->row->cell_count ? table->row->cells[column]
                                                          : (struct str){"", 0};
}

struct str table_header(const struct table_row *table, int column)
{
    return column >= 0 && column < table->head->cell_count ? table->head->cells[column]
                                                           : (struct str){"", 0};
}

bool table_is_empty(struct str text)
{
    static const char *const nothing[] = {
        "-", "--", "\xE2\x80\x94", "\xE2\x80\x93", "n/a", "na", "none", "tbd", "?", "*", "N/A"};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        if (str_is_nocase(text, nothing[i]))
            return true;
    return text.n == 0;
}

void table_begin(struct table_row *table, const struct sentence_place *place, struct str text)
{
    struct sentence *sentence = &table->builder->sentence;
    const struct piece *row = table->row;
    sentence_begin(sentence, table->builder->arena, place, text);
    sentence->in_row = true;
    sentence->base = (struct statement){.kind = STATEMENT_GUIDANCE,
                                        .line = row->line,
                                        .last_line = row->last_line,
                                        .column = row->column,
                                        .text = row->text,
                                        .parent = -1};
}

void table_take(struct table_row *table)
{
    const struct sentence *sentence = &table->builder->sentence;
    for (int i = 0; i < sentence->made_count; i++) {
        if (table->made_count == TABLE_STATEMENTS_MAX) {
            table_refuse(table, table->row->text);
            return;
        }
        table->made[table->made_count++] = sentence->made[i];
    }
}

void table_refuse(struct table_row *table, struct str leftover)
{
    table->half = true;
    if (table->leftover.n == 0)
        table->leftover = leftover;
}

bool table_has_number(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (byte_is_digit(text.p[i]))
            return true;
    return false;
}

/* "disabled" below Status, "staging" below Environment, "only on weekdays" below Notes: a cell that
 * switches the row off or narrows it. */
static bool takes_back(const struct table_row *table, int column)
{
    static const char *const switches[] = {"status",    "enabled",     "active",     "state",
                                           "paging",    "implemented", "in use",     "suppressed",
                                           "muted",     "exception",   "exceptions", "except",
                                           "condition", "applies to",  "applies",    "environment",
                                           "env",       "region",      "scope",      NULL};
    static const char *const fine[] = {
        "on", "yes",  "active", "enabled",   "live",        "all",        "any",  "always", "done",
        "ok", "true", "none",   "always on", "implemented", "production", "prod", NULL};
    struct str said = str_trim(table->row->cells[column]);
    struct str header = table_header(table, column);
    struct words words;
    if (table_is_empty(said) || (table->place->sections & SECTION_PRACTICE))
        return false;
    words_parse(said, &words);
    bool note = table_has_words(header, "notes") || table_has_words(header, "note") ||
                table_has_words(header, "comment") || table_has_words(header, "comments");
    if (note)
        return words_take_back(&words);
    bool named = false;
    for (int k = 0; switches[k]; k++)
        named |= table_has_words(header, switches[k]);
    for (int k = 0; named && fine[k]; k++)
        if (str_is_nocase(said, fine[k]))
            return false;
    return named;
}

/* Something stands in a cell of no known kind that would change a rule, or be one. */
static struct str find_unread(const struct table_row *table)
{
    for (int i = 0; i < table->row->cell_count; i++) {
        enum column_role role = i < table->head->cell_count ? table->roles[i] : COLUMN_UNKNOWN;
        struct words words;
        if (i > 0 && !table->used[i] && takes_back(table, i))
            return table->row->cells[i];
        if (table->used[i] || role == COLUMN_PROSE || role == COLUMN_LEVEL || role == COLUMN_NAME ||
            role == COLUMN_DEFINITION)
            continue;
        words_parse(table->row->cells[i], &words);
        bool share = false;
        for (int k = 0; k + 1 < words.count; k++)
            share |= words_is_number(&words, k) && words_is(&words, k + 1, WD_M_PERCENT_MARK);
        if ((words_look_like_rule(&words) || share) && words.count <= CELL_WORDS_MAX)
            return table->row->cells[i];
    }
    return (struct str){"", 0};
}

bool table_commit(struct table_row *table)
{
    struct builder *builder = table->builder;
    struct sentence *sentence = &builder->sentence;
    if (table->made_count == 0 && !table->half)
        return false;
    if (!table->half && text_is_placeholder(table_cell(table, 0)))
        table_refuse(table, table_cell(table, 0)); /* a row of a form that nobody filled in */
    struct str unread = table->half ? table->leftover : find_unread(table);
    table_begin(table, table->place, table->row->text);
    if (table->half || unread.n) {
        sentence->leftover = unread.n ? unread : table->row->text;
        (void)sentence_make(sentence, STATEMENT_UNCLEAR);
        (void)builder_add_sentence(builder);
        return true;
    }
    for (int i = 0; i < table->made_count; i++)
        (void)builder_add(builder, table->made[i]);
    return true;
}
