/* table.c - table rows: contacts, severities with their times, recurrences; what a column holds is
 * said by its header. */
#include "runbook/table.h"

#include "runbook/front.h"

enum { LABEL_BYTES_MAX = 60 };

static bool header_has(struct str header, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (str_find_nocase(header, names[i], 0) < header.n)
            return true;
    return false;
}

/* First column at or behind from whose header has one of the names as a whole word, or -1. */
static int find_column(const struct piece *head, int from, const char *const *names)
{
    for (int i = from; i < head->cell_count; i++) {
        uint32_t fronts = front_bits(head->cells[i]);
        for (int k = 0; names[k]; k++)
            if ((fronts & FRONT_BIT(names[k][0])) && table_has_words(head->cells[i], names[k]))
                return i;
    }
    return -1;
}

/* Is somebody to be reached spoken of here, or does the row itself give an address? */
static bool is_about_people(const struct table_row *table)
{
    static const char *const about[] = {"contact", "escalat", "support", "on-call", "oncall",
                                        "on call", "roster",  "team",    "people",  NULL};
    if (header_has(table->place->path, about))
        return true;
    for (int i = 0; i < table->row->cell_count; i++)
        if (text_is_address(table->row->cells[i]))
            return true;
    return false;
}

static const char *const ways[] = {"method",       "phone",  "mobile",       "email",
                                   "e-mail",       "mail",   "slack",        "pager",
                                   "channel",      "handle", "number",       "contact method",
                                   "contact info", "reach",  "how to reach", NULL};

/* "Phone | Email": each further column is a way of its own. */
static void add_ways(struct table_row *table, struct contact_statement contact, int first,
                     int who_at)
{
    for (int at = find_column(table->head, first, ways); at >= 0;
         at = find_column(table->head, at + 1, ways)) {
        struct str way = table_cell(table, at);
        if (table_is_empty(way) || at == who_at || str_equal(way, contact.address) ||
            !(text_is_address(way) || text_is_placeholder(way)))
            continue;
        contact.placeholder = text_is_placeholder(way);
        contact.method = way;
        contact.address = contact.placeholder ? (struct str){"", 0} : way;
        sentence_make(&table->builder->sentence, STATEMENT_CONTACT)->contact = contact;
    }
}

/* The cells of a row that reach somebody: a column of addresses, or "Contact" that holds them. */
static bool read_contact(struct table_row *table)
{
    static const char *const who[] = {"contact", "name",    "primary", "person",
                                      "owner",   "on-call", "lead",    "contacts",
                                      "who",     "team",    NULL};
    static const char *const escalation[] = {"escalation", "escalates to", "escalate to", "sla",
                                             "secondary",  "backup",       NULL};
    static const char *const not_contacts[] = {
        "runbook",   "url",      "threshold", "severity",  "times",  "date", "decision",
        "frequency", "schedule", "condition", "retention", "metric", NULL};
    const struct piece *head = table->head;
    int who_at = find_column(head, 0, who);
    int method_at = find_column(head, 0, ways);
    int escalation_at = find_column(head, 0, escalation);
    static const char *const contact_names[] = {"contact", "contacts", NULL};
    int contact_at = find_column(head, 1, contact_names);
    struct str contact_cell = table_cell(table, contact_at);
    if (method_at < 0 && contact_at > 0 &&
        (text_is_address(contact_cell) || text_is_placeholder(contact_cell)))
        method_at = contact_at;
    bool people = is_about_people(table) || (who_at >= 0 && method_at >= 0 && who_at != method_at);
    bool plain = (table->place->sections & SECTION_CONTACT) && who_at > 0 &&
                 table_has_words(head->cells[who_at], "contact") && head->cell_count <= 4;
    if (plain && method_at < 0)
        method_at = who_at; /* "See the schedule": shown to people, reaches nobody by itself */
    if (!people || find_column(head, 0, not_contacts) >= 0 || head->cell_count < 2 ||
        (method_at < 0 && (who_at < 0 || escalation_at < 0)))
        return false;
    struct contact_statement contact = {.service = table_cell(table, 0),
                                        .who = table_cell(table, who_at),
                                        .method = table_cell(table, method_at),
                                        .escalation = table_cell(table, escalation_at)};
    static const char *const name[] = {"name", "person", "primary", NULL};
    int name_at = find_column(head, 1, name);
    if (name_at > 0 && method_at != name_at)
        contact.who = table_cell(table, name_at);
    bool filled = false;
    for (int i = 1; i < table->row->cell_count; i++)
        filled |=
            !table_is_empty(table->row->cells[i]) && !text_is_placeholder(table->row->cells[i]);
    contact.placeholder = !filled || text_is_placeholder(contact.method);
    if (text_is_address(contact.method))
        contact.address = contact.method;
    for (int i = 1; i < table->row->cell_count && contact.address.n == 0; i++)
        if (text_is_address(table->row->cells[i]))
            contact.address = table->row->cells[i];
    static const char *const hours[] = {"availability", "available", "hours", "coverage",
                                        "when",         "schedule",  NULL};
    contact.hours = table_cell(table, find_column(head, 1, hours));
    table_begin(table, table->place, table->row->text);
    sentence_make(&table->builder->sentence, STATEMENT_CONTACT)->contact = contact;
    if (method_at >= 0)
        add_ways(table, contact, method_at + 1, who_at);
    (void)builder_add_sentence(table->builder);
    return true;
}

/* The label of a duty that a header names, in plain words; NULL when it names none. */
static const char *duty_label(struct str header)
{
    static const struct {
        const char *in_header, *label;
    } duties[] = {{"acknowledg", "Acknowledge"},
                  {"ack ", "Acknowledge"},
                  {"time to respond", "Response time"},
                  {"escalate after", "Escalation: after"},
                  {"escalation time", "Escalation: after"},
                  {"escalat", "Escalation"},
                  {"mitigat", "Mitigation"},
                  {"contain", "Mitigation"},
                  {"workaround", "Mitigation"},
                  {"resol", "Resolution time"},
                  {"fix", "Resolution time"},
                  {"remediat", "Resolution time"},
                  {"patch", "Resolution time"},
                  {"update", "Update frequency"},
                  {"communicat", "Update frequency"},
                  {"cadence", "Update frequency"},
                  {"notif", "Notify"},
                  {"page", "Page"},
                  {"respon", "Response time"}};
    if (str_is_nocase(header, "ack"))
        return "Acknowledge";
    for (size_t i = 0; i < sizeof duties / sizeof duties[0]; i++)
        if (str_find_nocase(header, duties[i].in_header, 0) < header.n)
            return duties[i].label;
    return NULL;
}

static bool has_level(struct str text)
{
    struct words words;
    words_parse(text, &words);
    return words_look_like_rule(&words);
}

/* "next business hour", "end of day": a time, though without a number. */
static bool has_time_word(struct str text)
{
    struct words words;
    words_parse(text, &words);
    for (int i = 0; i < words.count; i++)
        if (words_is_a(&words, i, LEX_TIME | LEX_FREQUENCY) && words.count <= 6 &&
            words.at[i].text.n > 1)
            return true;
    return false;
}

static struct str first_word(struct str text)
{
    struct words words;
    words_parse_front(text, 1, &words);
    return words.count ? words.at[0].text : text;
}

/* Is the cell's first word a level? Most cannot be one by their first letter. */
static bool begins_with_level(struct str cell)
{
    return words_may_begin_with_level(cell) && word_is_level(first_word(cell));
}

/* One cell of a duty; what holds no time and no severity is prose. */
static void read_duty(struct table_row *table, const struct sentence_place *place, int column,
                      struct str text)
{
    struct sentence *sentence = &table->builder->sentence;
    struct str said = table_cell(table, column);
    table->used[column] = true;
    table_begin(table, place, text);
    enum reading reading = sentence_response(sentence);
    if (reading == READ_YES)
        table_take(table);
    else if (reading == READ_HALF || has_level(said) || has_time_word(said) ||
             table_has_number(said))
        table_refuse(table, said);
}

/* The cell as a duty, when its header names one: "Response", "Escalation (15 min)". */
static void read_duty_column(struct table_row *table, const struct sentence_place *place,
                             int column)
{
    struct arena *arena = table->builder->arena;
    struct str said = table_cell(table, column);
    struct str header = table_header(table, column);
    const char *label = duty_label(header);
    if (!label && table->roles[column] == COLUMN_TARGET)
        label = duty_label(table->place->heading);
    if (!label && table->roles[column] == COLUMN_DUTY)
        label = "Response time";
    if (!label || table_is_empty(said))
        return;
    size_t open = str_find_byte(header, '(', 0);
    struct str time = str_slice(header, open + 1, str_find_byte(header, ')', open + 1));
    if (str_starts(str_of(label), "Escalation") && open < header.n && table_has_number(time)) {
        read_duty(
            table, place, column,
            str_printf(arena, "Escalation: after %.*s to %.*s", STR_ARGS(time), STR_ARGS(said)));
        return;
    }
    bool labelled = str_find_byte(str_of(label), ':', 0) < strlen(label);
    read_duty(table, place, column,
              str_printf(arena, labelled ? "%s %.*s" : "%s: %.*s", label, STR_ARGS(said)));
}

/* "| P1 | On-call | 15 min | Lead |" below "Escalate after" and "Escalate to". */
static bool read_escalation(struct table_row *table, const struct sentence_place *place)
{
    static const char *const after[] = {"escalate after",  "escalation after", "after",
                                        "escalation time", "timeout",          NULL};
    static const char *const from[] = {"first responder", "from",          "escalate from",
                                       "responder",       "current owner", NULL};
    static const char *const to[] = {"escalate to", "escalation to", "escalates to", "next", NULL};
    int after_at = find_column(table->head, 0, after);
    int to_at = find_column(table->head, 0, to);
    if (after_at < 0 || to_at < 0 || to_at == after_at ||
        table_is_empty(table_cell(table, after_at)))
        return false;
    int made = table->made_count;
    read_duty(table, place, after_at,
              str_printf(table->builder->arena, "Escalation: after %.*s to %.*s",
                         STR_ARGS(table_cell(table, after_at)),
                         STR_ARGS(table_cell(table, to_at))));
    table->used[to_at] = true;
    int from_at = find_column(table->head, 0, from);
    for (int i = made; from_at >= 0 && i < table->made_count; i++)
        if (table->made[i].kind == STATEMENT_RESPONSE)
            table->made[i].response.from = table_cell(table, from_at);
    if (from_at >= 0)
        table->used[from_at] = true;
    return true;
}

/* The severity of the row by the column of levels, or false. */
static bool level_of_row(const struct table_row *table, int column,
                         struct severity_statement *out_severity)
{
    struct words words;
    if (column < 0)
        return false;
    words_parse(text_without_picture(table_cell(table, column)), &words);
    return severity_of_cell(&words, out_severity);
}

/* "| P1 (High) | Partial outage | 30 minutes |": a severity, and a duty for each column of times.
 */
static bool read_severity(struct table_row *table)
{
    struct severity_statement named = {0};
    struct sentence *sentence = &table->builder->sentence;
    struct sentence_place inside = *table->place;
    int level_at = table_column(table, COLUMN_LEVEL);
    if (level_at < 0 && begins_with_level(table_cell(table, 0)))
        level_at = 0; /* "Classification", "Incident": the cells say what the column is */
    if (!level_of_row(table, level_at, &named))
        return false;
    inside.path_sections |= SECTION_SEVERITY;
    inside.level = named.id;
    table->used[level_at] = true;
    if (level_at > 0) {
        if (!read_escalation(table, &inside))
            for (int i = 0; i < table->head->cell_count; i++)
                if (table->roles[i] == COLUMN_DUTY)
                    read_duty_column(table, &inside, i);
        return table_commit(table);
    }
    int threshold_at = table_column(table, COLUMN_THRESHOLD);
    if (threshold_at > 0)
        table_read_threshold(table, threshold_at, (struct str){"", 0}, named.id);
    int definition_at = table_column(table, COLUMN_DEFINITION);
    if (definition_at < 0 && threshold_at < 0)
        definition_at = table_column(table, COLUMN_NAME); /* "Signal" */
    if (definition_at < 0 && threshold_at > 0 && !table->used[threshold_at])
        definition_at = threshold_at; /* a condition in words defines the severity */
    if (definition_at > 0) {
        table_begin(table, &inside, table->row->text);
        named.when = table_cell(table, definition_at);
        sentence_make(sentence, STATEMENT_SEVERITY)->severity = named;
        table_take(table);
        table->used[definition_at] = true;
    }
    (void)read_escalation(table, &inside);
    for (int i = 1; i < table->row->cell_count && i < table->head->cell_count; i++) {
        if (!table->used[i] && i != definition_at)
            read_duty_column(table, &inside, i);
    }
    return table_commit(table);
}

/* One cell below a header that says how often, how long kept, or how soon restored. */
static void read_timed_cell(struct table_row *table, int column, const char *label)
{
    struct str text = table_cell(table, column);
    struct sentence_place inside = {.vocabulary = table->builder->vocabulary,
                                    .path = table->builder->path,
                                    .heading = table->builder->heading};
    struct sentence *sentence = &table->builder->sentence;
    bool objective = str_is(str_of(label), "RTO") || str_is(str_of(label), "RPO");
    if (column < 1 || table_is_empty(text))
        return;
    table_begin(table, &inside,
                str_printf(table->builder->arena, "%s: %.*s", label, STR_ARGS(text)));
    enum reading reading = objective ? sentence_objective(sentence) : sentence_schedule(sentence);
    if (reading == READ_NO && !objective && table_has_number(text)) {
        table_begin(table, &inside,
                    str_printf(table->builder->arena, "%s: every %.*s", label, STR_ARGS(text)));
        reading = sentence_schedule(sentence); /* "90 days" below "Rotation" */
    }
    if (reading == READ_YES) {
        for (int i = 0; i < sentence->made_count; i++)
            if (sentence->made[i].kind == STATEMENT_SCHEDULE)
                sentence->made[i].schedule.what = table_cell(table, 0);
            else if (sentence->made[i].kind == STATEMENT_OBJECTIVE)
                sentence->made[i].alert.of = table_cell(table, 0);
        table->used[column] = true;
        table_take(table);
    } else if (reading == READ_HALF || has_level(text)) {
        table->used[column] = true;
        table_refuse(table, text);
    }
}

static bool read_times(struct table_row *table)
{
    static const struct {
        enum column_role role;
        const char *label;
    } columns[] = {{COLUMN_RECURRENCE, "Frequency"},
                   {COLUMN_RETENTION, "Retention"},
                   {COLUMN_RTO, "RTO"},
                   {COLUMN_RPO, "RPO"}};
    for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++)
        read_timed_cell(table, table_column(table, columns[k].role), columns[k].label);
    return table_commit(table);
}

/* "| RTO | 30 min | why |", "| Target | p95 < 800 ms over 7 days |": the first cell is the label.
 */
static bool read_labelled_row(struct table_row *table)
{
    enum reading (*const forms[])(struct sentence *) = {sentence_response, sentence_objective,
                                                        sentence_schedule};
    struct sentence *sentence = &table->builder->sentence;
    struct sentence_place inside = *table->place;
    struct str label = table_cell(table, 0);
    struct str value = table_cell(table, 1);
    if (table->row->cell_count < 2 || table->row->cell_count > 3 || table_is_empty(value) ||
        label.n == 0 || label.n > LABEL_BYTES_MAX || str_find_byte(label, '?', 0) < label.n)
        return false;
    inside.in_list = true;
    inside.ordered = inside.box = false;
    table_begin(table, &inside,
                str_printf(table->builder->arena, "%.*s: %.*s", STR_ARGS(label), STR_ARGS(value)));
    if (sentence->words.cut ||
        sentence_try(sentence, forms, sizeof forms / sizeof forms[0]) != READ_YES)
        return false;
    table->used[0] = table->used[1] = true;
    table_take(table);
    return table_commit(table);
}

void table_read_row(struct builder *builder, const struct piece *piece,
                    const struct sentence_place *place)
{
    static const struct piece no_head;
    const struct piece *head = piece->head >= 0 ? &builder->outline->pieces[piece->head] : &no_head;
    struct table_row table = {.builder = builder, .row = piece, .head = head, .place = place};
    if (head->cell_count > 0 && head->cell_count <= TABLE_COLUMNS_MAX &&
        piece->cell_count <= TABLE_COLUMNS_MAX) {
        if (builder->head != head) {
            builder->head = head;
            builder->roles = table_roles(builder->arena, head);
        }
        table.roles = builder->roles;
        bool (*const readers[])(struct table_row *) = {read_severity, table_read_limits,
                                                       read_contact, read_times, read_labelled_row};
        for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
            memset(table.used, 0, sizeof table.used);
            table.made_count = 0;
            table.half = false;
            table.leftover = (struct str){"", 0};
            if (readers[i](&table))
                return;
        }
    }
    if (command_read_row(builder, piece, head))
        return;
    struct sentence_place plain = *place;
    plain.in_list = false;
    table_begin(&table, &plain, piece->text);
    sentence_net(&builder->sentence);
    (void)builder_add_sentence(builder);
}
