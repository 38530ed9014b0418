/* facet.c - from typed values to named words. */
#include "runbook/facet.h"

#include "base/instant.h"
#include "base/text.h"

bool facet_is_policy(enum statement_kind kind)
{
    switch (kind) {
    case STATEMENT_SEVERITY:
    case STATEMENT_RESPONSE:
    case STATEMENT_ALERT:
    case STATEMENT_OBJECTIVE:
    case STATEMENT_SCHEDULE:
    case STATEMENT_STEP:
    case STATEMENT_CHECK:
    case STATEMENT_CONTACT:
    case STATEMENT_COMMAND:
    case STATEMENT_PRACTICE:
    case STATEMENT_UNCLEAR: return true;
    case STATEMENT_STRUCTURE:
    case STATEMENT_NOTE:
    case STATEMENT_LITERAL:
    case STATEMENT_GUIDANCE:
    case STATEMENT_KINDS: break;
    }
    return false;
}

static const char *act_name(enum duty_act act)
{
    static const char *const names[] = {"response",        "update",     "mitigation",
                                        "resolution",      "escalation", "notification",
                                        "acknowledgement", "page"};
    return names[act];
}

/* The innermost of the headings above. */
static struct str last_heading(struct str path)
{
    size_t from = 0;
    for (size_t at = str_find(path, " / ", 0); at < path.n; at = str_find(path, " / ", from))
        from = at + 3;
    return str_from(path, from);
}

struct str facet_subject(struct arena *arena, const struct statement *statement)
{
    struct str heading = last_heading(statement->path);
    switch ((unsigned)statement->kind) { /* the rest goes by its heading */
    case STATEMENT_SEVERITY: return statement->severity.id;
    case STATEMENT_RESPONSE:
        if (statement->response.level.n == 0)
            return str_of(act_name(statement->response.act));
        return str_printf(arena, "%.*s: %s", STR_ARGS(statement->response.level),
                          act_name(statement->response.act));
    case STATEMENT_ALERT:
    case STATEMENT_OBJECTIVE: return statement->alert.metric;
    case STATEMENT_SCHEDULE:
        return statement->schedule.what.n > 0 ? statement->schedule.what : heading;
    case STATEMENT_CONTACT:
        return statement->contact.service.n > 0 ? statement->contact.service
                                                : statement->contact.who;
    case STATEMENT_COMMAND:
        return statement->command.title.n > 0 ? statement->command.title : heading;
    default: return heading.n > 0 ? heading : str_of(statement_kind_name(statement->kind));
    }
}

static struct str comparison_words(enum comparison cmp)
{
    static const char *const words[] = {"",          "more than", "at least",
                                        "less than", "at most",   "exactly"};
    return str_of(words[cmp]);
}

static struct str amount_words(struct arena *arena, const struct alert_statement *alert)
{
    struct text text;
    char last = alert->unit.n ? byte_lower(alert->unit.p[alert->unit.n - 1]) : '\0';
    bool bytes = last == 'b' || str_is_nocase(alert->unit, "bytes");
    if (alert->cmp == CMP_NONE)
        return STR("in the state that it names");
    text_init(&text, arena, 1024);
    if (str_is(alert->unit, "%") || str_is_nocase(alert->unit, "percent"))
        text_printf(&text, "%.10g %%", alert->value * 100);
    else
        text_printf(&text, "%.10g%s", alert->value, !alert->unit.n ? "" : bytes ? " bytes" : " s");
    if (alert->of.n > 0)
        text_printf(&text, " of %.*s", STR_ARGS(alert->of));
    if (alert->part.n > 0)
        text_printf(&text, " %.*s", STR_ARGS(alert->part));
    return text_str(&text);
}

static int alert_facets(struct arena *arena, const struct alert_statement *alert, struct facet *out)
{
    static const char *const modes[] = {"", "for", "within", "over"};
    struct str window = STR("");
    if (alert->mode != WINDOW_NONE)
        window = str_printf(arena, "%s %.*s", modes[alert->mode],
                            STR_ARGS(duration_text(arena, alert->window_ms)));
    struct str quantile = STR("");
    if (alert->quantile > 0)
        quantile = str_printf(arena, "p%.10g", alert->quantile * 100);
    struct str name = alert->signal.n > 0 ? alert->signal : str_lower(arena, alert->metric);
    out[0] = (struct facet){"measure", name};
    out[1] = (struct facet){"quantile", quantile};
    out[2] = (struct facet){"comparison", comparison_words(alert->cmp)};
    out[3] = (struct facet){"limit", amount_words(arena, alert)};
    out[4] = (struct facet){"window", window};
    out[5] = (struct facet){"in a row", alert->consecutive ? STR("yes") : STR("")};
    out[6] = (struct facet){"level", alert->level};
    return 7;
}

static struct str duty_time(struct arena *arena, const struct response_statement *response)
{
    static const char *const days[] = {"",
                                       "on the same day",
                                       "on the next working day",
                                       "on the next day",
                                       "in the next week",
                                       "in the next sprint",
                                       "",
                                       "",
                                       "when is not said",
                                       "when somebody gets to it"};
    if (response->calendar == CALENDAR_WORKING_DAYS)
        return str_printf(arena, "%d working day%s", response->working_days,
                          response->working_days == 1 ? "" : "s");
    if (response->calendar == CALENDAR_WORKING_HOURS)
        return str_printf(arena, "%.*s of working hours",
                          STR_ARGS(duration_text(arena, response->after_ms)));
    if (response->calendar != CALENDAR_NONE)
        return str_of(days[response->calendar]);
    if (response->after_ms == 0)
        return STR("at once");
    return str_printf(arena, "%s%.*s", response->recurring ? "every " : "",
                      STR_ARGS(duration_text(arena, response->after_ms)));
}

static int response_facets(struct arena *arena, const struct response_statement *response,
                           struct facet *out)
{
    struct str reminder = STR("");
    if (response->low_ms > 0)
        reminder =
            str_printf(arena, "after %.*s", STR_ARGS(duration_text(arena, response->low_ms)));
    out[0] = (struct facet){"severity", response->level};
    out[1] = (struct facet){"duty", str_of(act_name(response->act))};
    out[2] = (struct facet){"time", duty_time(arena, response)};
    out[3] = (struct facet){"reminder", reminder};
    out[4] = (struct facet){"to", response->to};
    out[5] = (struct facet){"role", response->role};
    out[6] = (struct facet){"by", response->by};
    out[7] = (struct facet){"counted from", response->since};
    out[8] = (struct facet){"from", response->from};
    return 9;
}

/* The plain words behind "what: ". */
static struct str schedule_words(const struct statement *statement)
{
    struct str what = statement->schedule.what;
    struct str meaning = statement->meaning;
    bool begins = what.n > 0 && meaning.n > what.n + 2 &&
                  str_equal(str_slice(meaning, 0, what.n), what) && meaning.p[what.n] == ':';
    return begins ? str_from(meaning, what.n + 2) : meaning;
}

static int contact_facets(const struct contact_statement *contact, struct facet *out)
{
    out[0] = (struct facet){"for", contact->service};
    out[1] = (struct facet){"who", contact->who};
    out[2] = (struct facet){"method", contact->method};
    out[3] = (struct facet){"address", contact->address};
    out[4] = (struct facet){"escalation", contact->escalation};
    out[5] = (struct facet){"service", contact->area};
    out[6] = (struct facet){"hours", contact->hours};
    return 7;
}

int facets_of(struct arena *arena, const struct statement *statement,
              struct facet out_facets[FACETS_MAX])
{
    switch ((unsigned)statement->kind) { /* the rest is its words */
    case STATEMENT_SEVERITY:
        out_facets[0] = (struct facet){"name", statement->severity.id};
        out_facets[1] = (struct facet){"word", statement->severity.word};
        out_facets[2] = (struct facet){"definition", statement->severity.when};
        return 3;
    case STATEMENT_RESPONSE: return response_facets(arena, &statement->response, out_facets);
    case STATEMENT_ALERT:
    case STATEMENT_OBJECTIVE: return alert_facets(arena, &statement->alert, out_facets);
    case STATEMENT_SCHEDULE:
        out_facets[0] = (struct facet){"what", statement->schedule.what};
        out_facets[1] = (struct facet){"rule", schedule_words(statement)};
        return 2;
    case STATEMENT_CONTACT: return contact_facets(&statement->contact, out_facets);
    case STATEMENT_COMMAND:
        out_facets[0] = (struct facet){"command", statement->command.text};
        return 1;
    case STATEMENT_STEP:
    case STATEMENT_CHECK:
        out_facets[0] = (struct facet){"words", statement->text};
        out_facets[1] = (struct facet){
            "time", statement->step.time == TIME_NONE ? STR("") : statement->meaning};
        out_facets[2] = (struct facet){statement->kind == STATEMENT_CHECK ? "check" : "action",
                                       statement->step.action};
        return 3;
    case STATEMENT_PRACTICE:
        out_facets[0] = (struct facet){"words", statement->text};
        out_facets[1] = (struct facet){"check", statement->practice.check};
        return 2;
    default:
        out_facets[0] = (struct facet){"words", statement->text};
        return facet_is_policy(statement->kind) ? 1 : 0;
    }
}
