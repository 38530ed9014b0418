/* contract.c - statements as typed JSON. */
#include "runbook/contract.h"

#include "runbook/binding.h"
#include "runbook/command.h"

enum { RRULE_BYTES_MAX = 200, HEADINGS_MAX = 8, MINUTE_MS = 60000, HOUR_MS = 3600000 };
enum { DAY_MS = 86400000, WEEK_MS = 604800000, MONTHS_A_YEAR = 12, DAY_MINUTES = 1440 };

static const char *comparator(enum comparison comparison)
{
    switch (comparison) {
    case CMP_OVER: return ">";
    case CMP_AT_LEAST: return ">=";
    case CMP_UNDER: return "<";
    case CMP_AT_MOST: return "<=";
    case CMP_EQUAL: return "=";
    case CMP_NONE: break;
    }
    return "";
}

static const char *mode_name(enum window_mode mode)
{
    switch (mode) {
    case WINDOW_FOR: return "hold";
    case WINDOW_IN: return "slide";
    case WINDOW_OVER: return "span";
    case WINDOW_NONE: break;
    }
    return "";
}

/* Absent when empty: a slot that the text does not give is not there. */
static void add_str(struct json_writer *w, const char *key, struct str value)
{
    if (value.n)
        json_str(w, key, value);
}

static void add_seconds(struct json_writer *w, const char *key, int64_t ms)
{
    if (ms % 1000 == 0)
        json_int(w, key, ms / 1000);
    else
        json_real(w, key, (double)ms / 1000);
}

static void add_length(struct json_writer *w, const char *key, int64_t ms, int months)
{
    if (months) {
        json_open_object(w, key);
        json_int(w, "months", months);
        json_close_object(w);
    } else {
        add_seconds(w, key, ms);
    }
}

static void write_severity(struct json_writer *w, const struct severity_statement *severity)
{
    json_str(w, "level", severity->id);
    json_int(w, "rank", severity->rank);
    add_str(w, "word", severity->word);
    add_str(w, severity->situation ? "situation" : "definition", severity->when);
}

static const char *calendar_name(enum calendar_time calendar)
{
    static const char *const names[] = {
        "",          "same-day",    "next-business-day", "next-day",
        "next-week", "next-sprint", "business-days",     "business-hours",
        "unsaid",    "best-effort"};
    return names[calendar];
}

static void write_response(struct json_writer *w, const struct response_statement *response)
{
    static const char *const acts[] = {"respond",  "update", "mitigate",    "resolve",
                                       "escalate", "notify", "acknowledge", "page"};
    json_str(w, "act", str_of(acts[response->act]));
    add_str(w, "level", response->level);
    if (response->calendar) {
        json_str(w, "calendar", str_of(calendar_name(response->calendar)));
        if (response->working_days)
            json_int(w, "business_days", response->working_days);
        if (response->calendar == CALENDAR_WORKING_HOURS)
            add_seconds(w, "within", response->after_ms);
    } else {
        bool later =
            !response->within && (response->act == DUTY_ESCALATE || response->act == DUTY_NOTIFY ||
                                  response->act == DUTY_PAGE);
        add_seconds(w,
                    response->recurring ? "every"
                    : later             ? "after"
                                        : "within",
                    response->after_ms);
    }
    if (response->low_ms)
        add_seconds(w, "reminder", response->low_ms);
    if (response->unanswered)
        json_str(w, "if", STR("unacknowledged"));
    add_str(w, "since", response->since);
    add_str(w, "from", response->from);
    add_str(w, "to", response->to);
    add_str(w, "role", response->role);
    add_str(w, "by", response->by);
}

static const char *unit_name(const struct alert_statement *alert)
{
    struct str unit = alert->unit;
    if (unit.n == 0)
        return "";
    if (str_is(unit, "%") || str_is_nocase(unit, "percent"))
        return "ratio";
    char last = byte_lower(unit.p[unit.n - 1]);
    bool bytes = last == 'b' || str_is_nocase(unit, "byte") || str_is_nocase(unit, "bytes");
    if (str_is(unit, "/s"))
        return "per-second";
    if (str_is_nocase(unit, "x") || !byte_is_alpha(unit.p[0]))
        return str_is_nocase(unit, "x") ? "times" : "money";
    return bytes ? "bytes" : "seconds";
}

static void write_alert(struct json_writer *w, const struct alert_statement *alert)
{
    json_str(w, "metric", alert->metric);
    add_str(w, "signal", alert->signal);
    if (alert->quantile > 0)
        json_real(w, "quantile", alert->quantile);
    if (alert->average)
        json_str(w, "statistic", STR("average"));
    if (alert->cmp == CMP_NONE) {
        json_bool(w, "state", true);
        add_str(w, "is", alert->is);
    } else {
        json_str(w, "comparator", str_of(comparator(alert->cmp)));
        json_real(w, "value", alert->value);
        add_str(w, "unit", str_of(unit_name(alert)));
    }
    add_str(w, "of", alert->of);
    add_str(w, "part", alert->part);
    if (alert->consecutive)
        json_bool(w, "consecutive", true);
    if (alert->mode != WINDOW_NONE) {
        add_seconds(w, "window", alert->window_ms);
        json_str(w, "mode", str_of(mode_name(alert->mode)));
    }
    add_str(w, "excluding", alert->excluding);
    add_str(w, "level", alert->level);
    add_str(w, "action", alert->action);
    add_str(w, "to", alert->to);
}

static void add_frequency(struct text *text, const struct schedule_statement *schedule)
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {{WEEK_MS, "WEEKLY"},
                 {DAY_MS, "DAILY"},
                 {HOUR_MS, "HOURLY"},
                 {MINUTE_MS, "MINUTELY"},
                 {1000, "SECONDLY"}};
    if (schedule->every_months) {
        bool years = schedule->every_months % MONTHS_A_YEAR == 0;
        int interval = years ? schedule->every_months / MONTHS_A_YEAR : schedule->every_months;
        text_printf(text, "FREQ=%s", years ? "YEARLY" : "MONTHLY");
        if (interval > 1)
            text_printf(text, ";INTERVAL=%d", interval);
        return;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (schedule->every_ms % units[i].ms)
            continue;
        text_printf(text, "FREQ=%s", units[i].name);
        if (schedule->every_ms / units[i].ms > 1)
            text_printf(text, ";INTERVAL=%lld", (long long)(schedule->every_ms / units[i].ms));
        return;
    }
}

struct str contract_rrule(struct arena *arena, const struct schedule_statement *schedule)
{
    static const char *const days[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
    struct text text;
    if (schedule->cron.n || (schedule->every_ms <= 0 && schedule->every_months <= 0))
        return (struct str){"", 0};
    text_init(&text, arena, RRULE_BYTES_MAX);
    add_frequency(&text, schedule);
    const char *separator = ";BYDAY=";
    for (int day = 0; day < 7; day++) {
        if (!(schedule->weekdays >> day & 1))
            continue;
        text_adds(&text, separator);
        if (schedule->ordinal)
            text_printf(&text, "%d", schedule->ordinal);
        text_adds(&text, days[day]);
        separator = ",";
    }
    if (schedule->from_date)
        text_printf(&text, ";BYMONTH=%d;BYMONTHDAY=%d", schedule->from_date / 100,
                    schedule->from_date % 100);
    if (schedule->timed)
        text_printf(&text, ";BYHOUR=%d;BYMINUTE=%d", schedule->from_minute / 60,
                    schedule->from_minute % 60);
    return text_str(&text);
}

/* Days of every year: the recurrence begins on the first, "until" names the last. */
static void write_dates(struct json_writer *w, struct arena *arena,
                        const struct schedule_statement *schedule)
{
    if (!schedule->from_date)
        return;
    json_str(
        w, "from",
        str_printf(arena, "--%02d-%02d", schedule->from_date / 100, schedule->from_date % 100));
    json_str(w, "to",
             str_printf(arena, "--%02d-%02d", schedule->to_date / 100, schedule->to_date % 100));
}

static void write_times(struct json_writer *w, struct arena *arena,
                        const struct schedule_statement *schedule)
{
    if (!schedule->timed)
        return;
    json_str(
        w, "start",
        str_printf(arena, "%02d:%02d", schedule->from_minute / 60, schedule->from_minute % 60));
    if (schedule->form != SCHEDULE_WINDOW)
        return;
    json_str(w, "end",
             str_printf(arena, "%02d:%02d", schedule->to_minute / 60, schedule->to_minute % 60));
    int minutes = (schedule->to_minute - schedule->from_minute + DAY_MINUTES) % DAY_MINUTES;
    json_int(w, "duration", (int64_t)(minutes ? minutes : DAY_MINUTES) * 60);
}

static void write_schedule(struct json_writer *w, const struct schedule_statement *schedule)
{
    static const char *const forms[] = {"recurrence", "window", "notice", "deadline", "retention"};
    static const char *const lengths[] = {"", "", "notice", "within", "retain"};
    struct arena *arena = w->text->arena;
    json_str(w, "form", str_of(forms[schedule->form]));
    add_str(w, "what", schedule->what);
    add_str(w, "rrule", contract_rrule(arena, schedule));
    add_str(w, "cron", schedule->cron);
    write_dates(w, arena, schedule);
    write_times(w, arena, schedule);
    add_str(w, "zone", schedule->zone);
    if (schedule->working_days)
        json_int(w, "business_days", schedule->working_days);
    else if (lengths[schedule->form][0])
        add_length(w, lengths[schedule->form], schedule->length_ms, schedule->length_months);
    if (schedule->forbidden)
        json_bool(w, "forbidden", true);
    add_str(w, schedule->form == SCHEDULE_NOTICE ? "before" : "since", schedule->since);
    add_str(w, "by", schedule->by);
    add_str(w, "done", schedule->done);
}

/* form is that of the commands of a fence; a step's command stands by itself. */
static void write_traits(struct json_writer *w, const struct command_traits *traits)
{
    static const char *const forms[] = {"single", "script", "menu"};
    json_str(w, "form", str_of(forms[traits->form]));
    json_bool(w, "endless", traits->endless);
    add_str(w, "destructive", traits->destroys);
    if (traits->sql)
        json_bool(w, "read_only", traits->sql == SQL_READS);
    json_open_array(w, "placeholders");
    for (int i = 0; i < traits->placeholder_count; i++) {
        json_open_object(w, NULL);
        json_str(w, "name", traits->placeholders[i].name);
        json_str(w, "type", str_of(placeholder_type_name(traits->placeholders[i].type)));
        json_close_object(w);
    }
    json_close_array(w);
}

static void write_step(struct json_writer *w, const struct step_statement *step, bool check)
{
    static const char *const roles[] = {"", "at", "within", "after", "for", "before"};
    json_int(w, "number", step->number);
    if (step->time != TIME_NONE)
        add_length(w, roles[step->time], step->time_ms, step->time_months);
    if (step->conditional)
        json_bool(w, "conditional", true);
    add_str(w, "command", step->command);
    if (step->command.n)
        write_traits(w, &step->traits);
    add_str(w, check ? "check" : "action", step->action);
}

static void write_contact(struct json_writer *w, const struct contact_statement *contact)
{
    add_str(w, "for", contact->service);
    add_str(w, "service", contact->area);
    add_str(w, "who", contact->who);
    add_str(w, "method", contact->method);
    add_str(w, "address", contact->address);
    add_str(w, "escalation", contact->escalation);
    add_str(w, "hours", contact->hours);
    json_bool(w, "placeholder", contact->placeholder);
}

static void write_practice(struct json_writer *w, const struct practice_statement *practice)
{
    add_str(w, "area", practice->area);
    add_str(w, "check", practice->check);
}

static void write_command(struct json_writer *w, const struct command_statement *command)
{
    add_str(w, "language", command->language);
    add_str(w, "title", command->title);
    json_str(w, "command", command->text);
    write_traits(w, &command->traits);
}

static void write_meaning(struct json_writer *w, const struct statement *statement)
{
    switch (statement->kind) {
    case STATEMENT_STRUCTURE:
    case STATEMENT_NOTE:
    case STATEMENT_LITERAL:
    case STATEMENT_GUIDANCE:
    case STATEMENT_UNCLEAR:
    case STATEMENT_KINDS: json_null(w, "meaning"); return;
    case STATEMENT_SEVERITY:
    case STATEMENT_RESPONSE:
    case STATEMENT_ALERT:
    case STATEMENT_OBJECTIVE:
    case STATEMENT_SCHEDULE:
    case STATEMENT_STEP:
    case STATEMENT_CHECK:
    case STATEMENT_CONTACT:
    case STATEMENT_COMMAND:
    case STATEMENT_PRACTICE: break;
    }
    json_open_object(w, "meaning");
    if (statement->kind == STATEMENT_SEVERITY)
        write_severity(w, &statement->severity);
    else if (statement->kind == STATEMENT_RESPONSE)
        write_response(w, &statement->response);
    else if (statement->kind == STATEMENT_ALERT || statement->kind == STATEMENT_OBJECTIVE)
        write_alert(w, &statement->alert);
    else if (statement->kind == STATEMENT_SCHEDULE)
        write_schedule(w, &statement->schedule);
    else if (statement->kind == STATEMENT_STEP || statement->kind == STATEMENT_CHECK)
        write_step(w, &statement->step, statement->kind == STATEMENT_CHECK);
    else if (statement->kind == STATEMENT_CONTACT)
        write_contact(w, &statement->contact);
    else if (statement->kind == STATEMENT_COMMAND)
        write_command(w, &statement->command);
    else
        write_practice(w, &statement->practice);
    add_str(w, "remark", statement->remark);
    json_close_object(w);
}

/* Does it reach what it speaks of: a signal, an action, a check, a role, an address? */
static void write_bound(struct json_writer *w, const struct statement *statement)
{
    if (statement->kind == STATEMENT_ALERT)
        json_bool(w, "bound", statement->alert.signal.n > 0 && statement->alert.cmp != CMP_NONE);
    else if (statement->kind == STATEMENT_CONTACT)
        json_bool(w, "bound", statement->contact.address.n > 0 && !statement->contact.placeholder);
    else if (binding_is_wanted(statement))
        json_bool(w, "bound", binding_of(statement).n > 0);
    else
        json_null(w, "bound");
}

static void write_headings(struct json_writer *w, const struct program *program,
                           const struct statement *statement)
{
    const struct statement *above[HEADINGS_MAX];
    int count = 0;
    for (int at = statement->parent; at >= 0 && count < HEADINGS_MAX;
         at = program->statements[at].parent)
        if (program->statements[at].heading_level)
            above[count++] = &program->statements[at];
    json_open_array(w, "heading");
    while (count > 0)
        json_str(w, NULL, above[--count]->text);
    json_close_array(w);
}

/* The findings of a statement's lines; of several statements of one line, the first has them. */
static void write_findings(struct json_writer *w, const struct program *program, int index)
{
    const struct statement *statement = &program->statements[index];
    bool first = index == 0 || program->statements[index - 1].line != statement->line;
    int low = 0;
    int high = program->finding_count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (program->findings[middle].line < statement->line)
            low = middle + 1;
        else
            high = middle;
    }
    json_open_array(w, "findings");
    for (; first && low < program->finding_count &&
           program->findings[low].line <= statement->last_line;
         low++) {
        const struct finding *finding = &program->findings[low];
        static const char *const levels[] = {"error", "open decision", "hint"};
        json_open_object(w, NULL);
        json_str(w, "code", str_of(finding->code));
        json_str(w, "level", finding->answer.n ? STR("decided") : str_of(levels[finding->level]));
        json_int(w, "column", finding->column);
        json_str(w, "message", finding->text);
        add_str(w, "answer", finding->answer);
        if (finding->suggestion.n)
            json_str(w, "suggestion", finding->suggestion);
        else
            json_null(w, "suggestion");
        json_close_object(w);
    }
    json_close_array(w);
}

void contract_write_statement(struct json_writer *w, const struct program *program, int index)
{
    const struct statement *statement = &program->statements[index];
    w->comma = false;
    json_open_object(w, NULL);
    json_str(w, "file", program->file);
    json_int(w, "line", statement->line);
    json_int(w, "end_line", statement->last_line);
    json_int(w, "column", statement->column);
    json_str(w, "kind", str_of(statement_kind_name(statement->kind)));
    json_str(w, "id", str_of(statement->id));
    write_headings(w, program, statement);
    json_str(w, "text", statement->text);
    write_meaning(w, statement);
    write_bound(w, statement);
    write_findings(w, program, index);
    json_close_object(w);
    text_byte(w->text, '\n');
}

void contract_write_summary(struct json_writer *w, const int kind_lines[STATEMENT_KINDS],
                            int findings, int unread)
{
    w->comma = false;
    json_open_object(w, NULL);
    json_open_object(w, "summary");
    for (int kind = 0; kind < STATEMENT_KINDS; kind++)
        if (kind_lines[kind])
            json_int(w, statement_kind_name((enum statement_kind)kind), kind_lines[kind]);
    json_int(w, "findings", findings);
    if (unread)
        json_int(w, "unread", unread);
    json_close_object(w);
    json_close_object(w);
    text_byte(w->text, '\n');
}
