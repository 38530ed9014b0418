/* meaning.c - what a statement was understood as, in plain words. */
#include "runbook/sentence.h"

#include "base/instant.h"
#include "base/text.h"
#include "runbook/command.h"

enum { MEANING_BYTES_MAX = 2048, WEEK_MS = 604800000 };

static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};

static const char *comparison_words(enum comparison comparison)
{
    switch (comparison) {
    case CMP_OVER: return "more than";
    case CMP_AT_LEAST: return "at least";
    case CMP_UNDER: return "less than";
    case CMP_AT_MOST: return "at most";
    case CMP_EQUAL: return "exactly";
    case CMP_NONE: break;
    }
    return "";
}

static void add_length(struct text *text, int64_t ms, int months)
{
    if (months)
        text_printf(text, "%d %s", months, months == 1 ? "month" : "months");
    else
        text_add(text, duration_text(text->arena, ms));
}

static void add_amount(struct text *text, const struct alert_statement *alert)
{
    if (str_is(alert->unit, "%") || str_is_nocase(alert->unit, "percent")) {
        /* Back to the number as written: 0.07 * 100 is not 7. */
        text_add(text, str_printf(text->arena, "%.10g %%", alert->value * 100));
    } else if (alert->unit.n && !byte_is_alpha(alert->unit.p[0]) && !str_is(alert->unit, "/s")) {
        text_add(text, str_printf(text->arena, "%.*s%.10g", STR_ARGS(alert->unit), alert->value));
    } else if (alert->unit.n) {
        char last = byte_lower(alert->unit.p[alert->unit.n - 1]);
        bool bytes = last == 'b' || str_is_nocase(alert->unit, "bytes");
        const char *unit = str_is(alert->unit, "/s")         ? "a second"
                           : str_is_nocase(alert->unit, "x") ? "times"
                           : bytes                           ? "bytes"
                                                             : "s";
        text_add(text, str_printf(text->arena, "%.10g %s", alert->value, unit));
    } else {
        text_real(text, alert->value);
    }
    if (alert->of.n)
        text_printf(text, " of the %.*s", STR_ARGS(alert->of));
}

/* "(excluding …), then: …": what does not count, and what is done. */
static void add_rest(struct text *text, const struct alert_statement *alert)
{
    if (alert->excluding.n)
        text_printf(text, ", %.*s not counted", STR_ARGS(alert->excluding));
    if (alert->action.n)
        text_printf(text, "; then: %.*s", STR_ARGS(alert->action));
}

static bool is_recovery(struct str metric)
{
    return str_is_nocase(metric, "RTO") || str_is_nocase(metric, "RPO") ||
           str_is_nocase(metric, "MTTR") || str_is_nocase(metric, "MTTA");
}

static void add_recovery(struct text *text, const struct alert_statement *objective)
{
    text_printf(text, "wants that the %.*s", STR_ARGS(objective->metric));
    if (objective->of.n)
        text_printf(text, " of %.*s", STR_ARGS(objective->of));
    text_printf(text, " is %s ", comparison_words(objective->cmp));
    text_add(text, duration_text(text->arena, (int64_t)(objective->value * 1000)));
}

static void add_window(struct text *text, const struct alert_statement *alert)
{
    if (alert->consecutive)
        text_adds(text, " in a row");
    if (alert->mode == WINDOW_FOR)
        text_adds(text, " without a break for ");
    else if (alert->mode == WINDOW_IN)
        text_adds(text, ", counted over the last ");
    else if (alert->mode == WINDOW_OVER)
        text_adds(text, ", computed over the last ");
    else if (alert->quantile > 0 || str_is(alert->signal, "error rate"))
        text_adds(text, ", computed over the last minute");
    else
        text_adds(text, " at any sample");
    if (alert->mode != WINDOW_NONE)
        text_add(text, duration_text(text->arena, alert->window_ms));
}

static void add_alert(struct text *text, const struct alert_statement *alert, bool objective)
{
    struct str name = alert->signal.n ? alert->signal : alert->metric;
    if (objective && is_recovery(alert->metric)) {
        add_recovery(text, alert);
        return;
    }
    text_adds(text, objective ? "wants that " : "fires when ");
    if (alert->quantile > 0)
        text_printf(text, "the %g quantile of ", alert->quantile);
    if (alert->mode == WINDOW_IN && alert->unit.n == 0)
        text_adds(text, "the number of ");
    text_add(text, name);
    if (alert->cmp == CMP_NONE) {
        text_adds(text, alert->mode == WINDOW_FOR ? " has been" : " is");
        text_adds(text, " in the state the line names, by the signal bound to it");
        if (alert->mode == WINDOW_FOR)
            text_printf(text, ", for %.*s", STR_ARGS(duration_text(text->arena, alert->window_ms)));
    } else {
        text_adds(text, alert->mode == WINDOW_FOR ? " has been " : " is ");
        text_printf(text, "%s ", comparison_words(alert->cmp));
        add_amount(text, alert);
        add_window(text, alert);
    }
    add_rest(text, alert);
}

static void add_response(struct text *text, const struct response_statement *response)
{
    static const char *const acts[] = {
        "somebody responds", "an update is given",   "it is mitigated",    "it is resolved",
        "it is escalated",   "somebody is notified", "it is acknowledged", "somebody is paged"};
    static const char *const days[] = {"",
                                       " on the same day",
                                       " on the next working day",
                                       " on the next day",
                                       " in the next week",
                                       " in the next sprint",
                                       "",
                                       "",
                                       " (when is not said)",
                                       " when somebody gets to it"};
    if (response->level.n)
        text_printf(text, "for %.*s: ", STR_ARGS(response->level));
    bool told = response->act == DUTY_NOTIFY || response->act == DUTY_PAGE;
    if (told && response->to.n)
        text_printf(text, "%.*s is %s", STR_ARGS(response->to),
                    response->act == DUTY_PAGE ? "paged" : "notified");
    else
        text_adds(text, acts[response->act]);
    if (response->to.n && !told)
        text_printf(text, " to %.*s", STR_ARGS(response->to));
    else if (response->act == DUTY_ESCALATE)
        text_adds(text, " (to whom is not said)");
    if (response->from.n)
        text_printf(text, " from %.*s", STR_ARGS(response->from));
    if (response->by.n)
        text_printf(text, " by %.*s", STR_ARGS(response->by));
    if (response->calendar == CALENDAR_WORKING_DAYS)
        text_printf(text, " within %d working %s", response->working_days,
                    response->working_days == 1 ? "day" : "days");
    else if (response->calendar == CALENDAR_WORKING_HOURS)
        text_printf(text, " within %.*s of working hours",
                    STR_ARGS(duration_text(text->arena, response->after_ms)));
    else if (response->calendar)
        text_adds(text, days[response->calendar]);
    if (response->calendar == CALENDAR_UNSAID)
        return;
    if (response->calendar) {
        text_adds(text, " (no clock counts it)");
        return;
    }
    if (response->after_ms == 0) {
        text_adds(text, " at once");
        return;
    }
    text_adds(text, response->recurring              ? " every "
                    : response->unanswered           ? " when nobody has acknowledged after "
                    : response->act == DUTY_ESCALATE ? " when it is unresolved after "
                    : told && !response->within      ? " after "
                                                     : " within ");
    text_add(text, duration_text(text->arena, response->after_ms));
    if (response->low_ms)
        text_printf(text, ", reminded after %.*s",
                    STR_ARGS(duration_text(text->arena, response->low_ms)));
    if (response->since.n)
        text_printf(text, " of %.*s", STR_ARGS(response->since));
}

static void add_day_names(struct text *text, const struct schedule_statement *schedule)
{
    static const char *const ordinals[] = {"last ", "", "first ", "second ", "third ", "fourth "};
    bool more = false;
    text_adds(text, ordinals[schedule->ordinal + 1]);
    for (int day = 0; day < 7; day++) {
        if (!(schedule->weekdays >> day & 1))
            continue;
        text_printf(text, "%s%s", more ? ", " : "", weekdays[day]);
        more = true;
    }
    if (schedule->ordinal)
        text_adds(text, " of the month");
}

static void add_days(struct text *text, const struct schedule_statement *schedule)
{
    if (schedule->weekdays == 0) {
        text_adds(text, "every day");
        return;
    }
    text_adds(text, "every ");
    add_day_names(text, schedule);
}

static void add_moment(struct text *text, int minute)
{
    text_printf(text, "%02d:%02d", minute / 60, minute % 60);
}

static void add_zone(struct text *text, const struct schedule_statement *schedule)
{
    text_printf(text, " %.*s",
                STR_ARGS(schedule->zone.n ? schedule->zone : STR("(zone not said)")));
}

static void add_recurrence(struct text *text, const struct schedule_statement *schedule)
{
    if (schedule->cron.n) {
        text_printf(text, "due by cron %.*s", STR_ARGS(schedule->cron));
        if (schedule->zone.n)
            add_zone(text, schedule);
        return;
    }
    text_adds(text, "due ");
    if (schedule->weekdays && schedule->every_ms <= WEEK_MS && schedule->every_months <= 1) {
        add_days(text, schedule);
    } else if (schedule->weekdays) {
        text_adds(text, "every ");
        add_length(text, schedule->every_ms, schedule->every_months);
        text_adds(text, " on ");
        add_day_names(text, schedule);
    } else {
        text_adds(text, "every ");
        add_length(text, schedule->every_ms, schedule->every_months);
    }
    if (schedule->timed) {
        text_adds(text, " at ");
        add_moment(text, schedule->from_minute);
        add_zone(text, schedule);
    }
}

static void add_dates(struct text *text, const struct schedule_statement *schedule)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int from = schedule->from_date;
    int to = schedule->to_date;
    text_printf(text, "%severy year from %d %s to %d %s", schedule->forbidden ? "forbidden " : "",
                from % 100, months[from / 100 - 1], to % 100, months[to / 100 - 1]);
}

static void add_deadline(struct text *text, const struct schedule_statement *schedule)
{
    if (schedule->working_days)
        text_printf(text, "%d working %s", schedule->working_days,
                    schedule->working_days == 1 ? "day" : "days");
    else
        add_length(text, schedule->length_ms, schedule->length_months);
}

static void add_schedule(struct text *text, const struct schedule_statement *schedule)
{
    text_add(text, schedule->what);
    text_adds(text, ": ");
    switch (schedule->form) {
    case SCHEDULE_RECUR: add_recurrence(text, schedule); break;
    case SCHEDULE_WINDOW:
        if (schedule->from_date) {
            add_dates(text, schedule);
            break;
        }
        text_adds(text, schedule->forbidden ? "forbidden " : "allowed ");
        add_days(text, schedule);
        text_adds(text, " from ");
        add_moment(text, schedule->from_minute);
        text_adds(text, " to ");
        add_moment(text, schedule->to_minute);
        add_zone(text, schedule);
        break;
    case SCHEDULE_NOTICE:
        text_adds(text, "announced at least ");
        add_deadline(text, schedule);
        text_adds(text, " before");
        if (schedule->since.n)
            text_printf(text, " %.*s", STR_ARGS(schedule->since));
        if (schedule->by.n)
            text_printf(text, ", %.*s", STR_ARGS(schedule->by));
        break;
    case SCHEDULE_DEADLINE:
        text_adds(text, "done within ");
        add_deadline(text, schedule);
        if (schedule->since.n)
            text_printf(text, " of %.*s", STR_ARGS(schedule->since));
        break;
    case SCHEDULE_RETENTION:
        text_adds(text, "kept for ");
        add_deadline(text, schedule);
        break;
    }
}

static void add_separator(struct text *text)
{
    if (text->n)
        text_adds(text, "; ");
}

/* What is known of a command before it runs. */
static void add_traits(struct text *text, const struct command_traits *traits)
{
    if (traits->form == COMMAND_SCRIPT)
        text_adds(text, "one of several that run in order");
    if (traits->form == COMMAND_MENU)
        text_adds(text, "one of several to choose from, never run as one");
    if (traits->sql) {
        add_separator(text);
        text_adds(text, traits->sql == SQL_READS ? "only reads" : "changes the database");
    }
    if (traits->destroys.n) {
        add_separator(text);
        text_printf(text, "destructive: %.*s", STR_ARGS(traits->destroys));
    }
    if (traits->endless) {
        add_separator(text);
        text_adds(text, "runs until it is stopped");
    }
    for (int i = 0; i < traits->placeholder_count; i++) {
        const struct placeholder *placeholder = &traits->placeholders[i];
        if (i == 0)
            add_separator(text);
        text_printf(text, "%s%.*s (%s)", i ? ", " : "needs ", STR_ARGS(placeholder->name),
                    placeholder_type_name(placeholder->type));
    }
}

static void add_step(struct text *text, const struct step_statement *step)
{
    static const char *const roles[] = {"",          "due ", "to be done within ", "not before ",
                                        "held for ", "done "};
    if (step->time == TIME_DUE_AT && !step->time_ms && !step->time_months) {
        text_adds(text, "due at once when the procedure starts");
    } else if (step->time != TIME_NONE) {
        text_adds(text, roles[step->time]);
        add_length(text, step->time_ms, step->time_months);
        text_adds(text, step->time == TIME_NOT_BEFORE ? " after the step before"
                        : step->time == TIME_HOLD     ? ""
                        : step->time == TIME_BEFORE   ? " before what the line names"
                                                      : " after the procedure starts");
    }
    if (step->command.n)
        text_printf(text, "%sruns %.*s", text->n ? "; " : "", STR_ARGS(step->command));
    add_traits(text, &step->traits);
}

struct str meaning_of(struct arena *arena, const struct statement *statement)
{
    struct text text;
    text_init(&text, arena, MEANING_BYTES_MAX);
    switch (statement->kind) {
    case STATEMENT_SEVERITY:
        text_printf(&text, "severity %.*s, rank %d (0 is worst)", STR_ARGS(statement->severity.id),
                    statement->severity.rank);
        break;
    case STATEMENT_ALERT:
    case STATEMENT_OBJECTIVE:
        add_alert(&text, &statement->alert, statement->kind == STATEMENT_OBJECTIVE);
        break;
    case STATEMENT_RESPONSE: add_response(&text, &statement->response); break;
    case STATEMENT_SCHEDULE: add_schedule(&text, &statement->schedule); break;
    case STATEMENT_STEP: add_step(&text, &statement->step); break;
    case STATEMENT_CHECK: text_adds(&text, "wants evidence that this is so"); break;
    case STATEMENT_CONTACT:
        text_printf(&text, "told by %.*s", STR_ARGS(statement->contact.method));
        break;
    case STATEMENT_PRACTICE: text_adds(&text, "checked against the live systems"); break;
    case STATEMENT_COMMAND: add_traits(&text, &statement->command.traits); break;
    case STATEMENT_STRUCTURE:
    case STATEMENT_NOTE:
    case STATEMENT_LITERAL:
    case STATEMENT_GUIDANCE:
    case STATEMENT_UNCLEAR:
    case STATEMENT_KINDS: break;
    }
    return text_str(&text);
}
