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

/* Begins reading what a row says; its statements are the row's. */
static void begin_row(struct builder *builder, const struct piece *row,
                      const struct sentence_place *place, struct str text)
{
    sentence_begin(&builder->sentence, builder->arena, place, text);
    builder->sentence.base = statement_of_row(row, STATEMENT_GUIDANCE);
}

static void add_unclear(struct builder *builder, const struct piece *row, struct str leftover)
{
    struct sentence *sentence = &builder->sentence;
    sentence->made_count = 0;
    sentence->leftover = leftover.n ? leftover : row->text;
    (void)sentence_make(sentence, STATEMENT_UNCLEAR);
    (void)builder_add_sentence(builder);
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
    struct sentence *sentence = &builder->sentence;
    if (find_column(head, level) != 0)
        return false;
    struct severity_statement named;
    words_parse(cell(row, 0), &words);
    if (!severity_of_cell(&words, &named))
        return false;
    struct sentence_place inside = *place;
    inside.path_sections |= SECTION_SEVERITY;
    int definition_at = find_column(head, definition);
    bool any = false;
    if (definition_at > 0) {
        begin_row(builder, row, &inside,
                  str_printf(builder->arena, "%.*s: %.*s", STR_ARGS(cell(row, 0)),
                             STR_ARGS(cell(row, definition_at))));
        any = sentence_severity(sentence) == READ_YES;
        if (any)
            (void)builder_add_sentence(builder);
    }
    inside.level = named.id;
    for (int i = 1; i < row->cell_count && i < head->cell_count; i++) {
        if (i == definition_at || !header_has(head->cells[i], duty) || row->cells[i].n == 0)
            continue;
        begin_row(builder, row, &inside,
                  str_printf(builder->arena, "%.*s: %.*s", STR_ARGS(head->cells[i]),
                             STR_ARGS(row->cells[i])));
        if (sentence_response(sentence) != READ_YES)
            add_unclear(builder, row, row->cells[i]);
        else
            (void)builder_add_sentence(builder);
        any = true;
    }
    return any;
}

static bool read_one_alert(struct builder *builder, const struct piece *row, struct str metric,
                           struct str threshold, const struct sentence_place *place)
{
    struct sentence_place inside = *place;
    inside.in_list = true;
    inside.ordered = false;
    inside.metric = metric;
    inside.sections |= SECTION_ALERT;
    begin_row(builder, row, &inside,
              str_printf(builder->arena, "%.*s %.*s", STR_ARGS(metric), STR_ARGS(threshold)));
    enum reading reading = sentence_alert(&builder->sentence);
    if (reading == READ_NO)
        return false;
    if (reading == READ_HALF)
        add_unclear(builder, row, words_leftover(&builder->sentence.words));
    else
        (void)builder_add_sentence(builder);
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

/* "| P1 | On-call | 15 min | Lead |" below "Escalate after" and "Escalate to". */
static bool read_escalation(struct builder *builder, const struct piece *row,
                            const struct piece *head, const struct sentence_place *place)
{
    static const char *const level[] = {"sev", "level", "priority", NULL};
    static const char *const after[] = {"escalate after",  "escalation after", "after",
                                        "escalation time", "timeout",          NULL};
    static const char *const to[] = {"escalate to", "escalation to", "next", NULL};
    int level_at = find_column(head, level);
    int after_at = find_column(head, after);
    int to_at = find_column(head, to);
    struct words words;
    if (level_at < 0 || after_at < 0 || to_at < 0 || to_at == after_at)
        return false;
    words_parse(cell(row, level_at), &words);
    if (words.count == 0 || words.at[0].level == LEVEL_NONE)
        return false;
    struct sentence_place inside = *place;
    inside.level = words.at[0].text;
    begin_row(builder, row, &inside,
              str_printf(builder->arena, "Escalation: after %.*s to %.*s",
                         STR_ARGS(cell(row, after_at)), STR_ARGS(cell(row, to_at))));
    if (sentence_response(&builder->sentence) == READ_YES)
        (void)builder_add_sentence(builder);
    else
        add_unclear(builder, row, cell(row, after_at));
    return true;
}

/* One cell below a header that says how often, how long kept, or how soon restored. */
static bool read_timed_cell(struct builder *builder, const struct piece *row, int column,
                            const char *label)
{
    struct str text = cell(row, column);
    struct sentence_place inside = {.path = builder->path, .heading = builder->heading};
    struct sentence *sentence = &builder->sentence;
    if (is_empty(text))
        return false;
    begin_row(builder, row, &inside, str_printf(builder->arena, "%s: %.*s", label, STR_ARGS(text)));
    enum reading reading = sentence_objective(sentence);
    if (reading == READ_NO)
        reading = sentence_schedule(sentence);
    if (reading == READ_NO) {
        sentence_net(sentence);
        if (sentence->made[0].kind != STATEMENT_UNCLEAR)
            return false;
        reading = READ_HALF;
    }
    if (reading == READ_HALF) {
        add_unclear(builder, row, text);
        return true;
    }
    for (int i = 0; i < sentence->made_count; i++)
        if (sentence->made[i].kind == STATEMENT_SCHEDULE)
            sentence->made[i].schedule.what = cell(row, 0);
        else if (sentence->made[i].kind == STATEMENT_OBJECTIVE)
            sentence->made[i].alert.of = cell(row, 0);
    (void)builder_add_sentence(builder);
    return true;
}

static bool read_times(struct builder *builder, const struct piece *row, const struct piece *head)
{
    static const struct {
        const char *header[4];
        const char *label;
    } columns[] = {{{"frequency", "cadence", "schedule", "interval"}, "Frequency"},
                   {{"retention", "retain", "retained", NULL}, "Retention"},
                   {{"rto", NULL, NULL, NULL}, "RTO"},
                   {{"rpo", NULL, NULL, NULL}, "RPO"}};
    bool any = false;
    for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++) {
        const char *const names[] = {columns[k].header[0], columns[k].header[1],
                                     columns[k].header[2], columns[k].header[3], NULL};
        int at = find_column(head, names);
        if (at > 0)
            any |= read_timed_cell(builder, row, at, columns[k].label);
    }
    return any;
}

void table_read_row(struct builder *builder, const struct piece *row,
                    const struct sentence_place *place)
{
    static const struct piece no_head;
    const struct piece *head = row->head >= 0 ? &builder->outline->pieces[row->head] : &no_head;
    if (head->cell_count <= COLUMNS_MAX &&
        (read_escalation(builder, row, head, place) || read_severity(builder, row, head, place) ||
         read_alerts(builder, row, head, place) || read_contact(builder, row, head) ||
         read_times(builder, row, head)))
        return;
    struct sentence_place plain = *place;
    plain.in_list = false;
    begin_row(builder, row, &plain, row->text);
    sentence_net(&builder->sentence);
    (void)builder_add_sentence(builder);
}
