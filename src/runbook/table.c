/* table.c - table rows: contacts, severities with their times, alerts; what a column holds is said
 * by its header. */
#include "runbook/builder.h"

enum { COLUMNS_MAX = 64 };

static bool header_has(struct str header, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (str_find_nocase(header, names[i], 0) < header.n)
            return true;
    return false;
}

/* First column whose header has one of the names, or -1. */
static int find_column(const struct piece *head, const char *const *names)
{
    for (int i = 0; i < head->cell_count; i++)
        if (header_has(head->cells[i], names))
            return i;
    return -1;
}

static struct str cell(const struct piece *row, int column)
{
    return column >= 0 && column < row->cell_count ? row->cells[column] : (struct str){"", 0};
}

static struct statement statement_of_row(const struct piece *row, enum statement_kind kind)
{
    return (struct statement){.kind = kind,
                              .line = row->line,
                              .last_line = row->last_line,
                              .column = row->column,
                              .text = row->text,
                              .parent = -1};
}

static bool is_empty(struct str text)
{
    return text.n == 0 || str_is(text, "-") || str_is_nocase(text, "n/a") ||
           str_is(text, "\xE2\x80\x94") || str_is_nocase(text, "none");
}

static bool read_contact(struct builder *builder, const struct piece *row, const struct piece *head)
{
    static const char *const who[] = {"contact", "name", "primary", "person", "owner", NULL};
    static const char *const method[] = {"method",  "phone", "mail", "slack",
                                         "channel", "how",   NULL};
    static const char *const escalation[] = {"escalat", "sla", "secondary", "backup", NULL};
    static const char *const not_contacts[] = {"runbook",  "url",  "threshold",
                                               "severity", "time", NULL};
    int who_at = find_column(head, who);
    int method_at = find_column(head, method);
    int escalation_at = find_column(head, escalation);
    if ((who_at < 0 && method_at < 0) || (method_at < 0 && escalation_at < 0) ||
        find_column(head, not_contacts) >= 0)
        return false;
    struct contact_statement contact = {.service = cell(row, 0),
                                        .who = cell(row, who_at),
                                        .method = cell(row, method_at),
                                        .escalation = cell(row, escalation_at)};
    bool filled = false;
    for (int i = 1; i < row->cell_count; i++)
        filled |= !is_empty(row->cells[i]) && !text_is_placeholder(row->cells[i]);
    contact.placeholder = !filled || text_is_placeholder(contact.method);
    if (text_is_address(contact.method))
        contact.address = contact.method;
    struct statement statement = statement_of_row(row, STATEMENT_CONTACT);
    statement.contact = contact;
    (void)builder_add(builder, statement);
    return true;
}

/* "| P1 (High) | Partial outage | 30 minutes |": a severity, and a duty for each column of times.
 */
static bool read_severity(struct builder *builder, const struct piece *row,
                          const struct piece *head, const struct sentence_place *place)
{
    static const char *const level[] = {"sev", "level", "priority", NULL};
    static const char *const definition[] = {"definition", "description", "meaning", "criteria",
                                             "impact",     "example",     NULL};
    static const char *const duty[] = {"response",   "respond", "acknowledge", "escalation",
                                       "resolution", "update",  NULL};
    struct words words;
    if (find_column(head, level) != 0)
        return false;
    words_parse(cell(row, 0), &words);
    if (words.count == 0 || !word_is_level(words.at[0].text))
        return false;
    struct sentence_place inside = *place;
    inside.path_sections |= SECTION_SEVERITY;
    int definition_at = find_column(head, definition);
    bool any = false;
    if (definition_at > 0) {
        struct statement severity = statement_of_row(row, STATEMENT_SEVERITY);
        struct str joined = str_printf(builder->arena, "%.*s: %.*s", STR_ARGS(cell(row, 0)),
                                       STR_ARGS(cell(row, definition_at)));
        any = sentence_severity(&inside, joined, &severity) == READ_YES;
        if (any)
            (void)builder_add(builder, severity);
    }
    inside.level = words.at[0].text;
    for (int i = 1; i < row->cell_count && i < head->cell_count; i++) {
        if (i == definition_at || !header_has(head->cells[i], duty) || row->cells[i].n == 0)
            continue;
        struct statement response = statement_of_row(row, STATEMENT_RESPONSE);
        struct str joined = str_printf(builder->arena, "%.*s: %.*s", STR_ARGS(head->cells[i]),
                                       STR_ARGS(row->cells[i]));
        words_parse(joined, &words);
        enum reading reading = sentence_response(&inside, &words, &response);
        if (reading != READ_YES) {
            response.kind = STATEMENT_UNCLEAR;
            builder_find_unclear(builder, &response, &inside, row->cells[i]);
        }
        (void)builder_add(builder, response);
        any = true;
    }
    return any;
}

static bool read_one_alert(struct builder *builder, const struct piece *row, struct str metric,
                           struct str threshold, const struct sentence_place *place)
{
    struct words words;
    struct statement statement = statement_of_row(row, STATEMENT_ALERT);
    struct sentence_place inside = *place;
    inside.in_list = true;
    inside.ordered = false;
    inside.sections |= SECTION_ALERT;
    words_parse(str_printf(builder->arena, "%.*s %.*s", STR_ARGS(metric), STR_ARGS(threshold)),
                &words);
    enum reading reading = sentence_alert(&inside, &words, &statement);
    if (reading == READ_NO)
        return false;
    if (reading == READ_HALF) {
        statement.kind = STATEMENT_UNCLEAR;
        builder_find_unclear(builder, &statement, &inside, words_leftover(&words));
    }
    (void)builder_add(builder, statement);
    return true;
}

static bool read_alerts(struct builder *builder, const struct piece *row, const struct piece *head,
                        const struct sentence_place *place)
{
    static const char *const metric[] = {"metric", "alert", "signal", "check", NULL};
    static const char *const plain[] = {"threshold", "condition", "trigger", NULL};
    static const char *const warning[] = {"warning", "warn", NULL};
    static const char *const critical[] = {"critical", NULL};
    int metric_at = find_column(head, metric);
    bool any = false;
    if (metric_at < 0)
        return false;
    const struct {
        int column;
        struct str heading;
    } columns[] = {{find_column(head, plain), place->heading},
                   {find_column(head, warning), STR("Warning")},
                   {find_column(head, critical), STR("Critical")}};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        struct sentence_place inside = *place;
        inside.heading = columns[i].heading;
        if (columns[i].column >= 0 && columns[i].column != metric_at)
            any |= read_one_alert(builder, row, cell(row, metric_at), cell(row, columns[i].column),
                                  &inside);
    }
    return any;
}

void table_read_row(struct builder *builder, const struct piece *row,
                    const struct sentence_place *place)
{
    static const struct piece no_head;
    const struct piece *head = row->head >= 0 ? &builder->outline->pieces[row->head] : &no_head;
    if (head->cell_count <= COLUMNS_MAX &&
        (read_severity(builder, row, head, place) || read_alerts(builder, row, head, place) ||
         read_contact(builder, row, head)))
        return;
    struct str leftover = {"", 0};
    struct sentence_place plain = *place;
    plain.in_list = false;
    struct statement statement = statement_of_row(row, STATEMENT_GUIDANCE);
    sentence_net(&plain, row->text, &statement, &leftover);
    if (statement.kind == STATEMENT_UNCLEAR)
        builder_find_unclear(builder, &statement, place, leftover);
    (void)builder_add(builder, statement);
}
