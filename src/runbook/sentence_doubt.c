/* sentence_doubt.c - what a sentence says against the rule that was read in it: words that take it
 * back or narrow it, an example, two zones, a number that cannot be meant.
 *
 * Promises: whatever form read the sentence, none of these is passed over. */
#include "runbook/sentence.h"

enum { HALF_DAY_MINUTES = 12 * 60, LABEL_WORDS_MAX = 6 };

/* Words that narrow a rule or take it back, in a part of the sentence that no form has read. */
static bool is_limiting(const struct words *words, int i)
{
    switch (words_at(words, i)) {
    case WD_ONLY:
    case WD_NOT:
    case WD_NEVER:
    case WD_NOBODY:
    case WD_EXCEPT:
    case WD_UNLESS:
    case WD_EXCLUDING:
    case WD_EXCLUDES:
    case WD_EXCLUDED:
    case WD_SKIP:
    case WD_SKIPPED:
    case WD_IGNORE:
    case WD_IGNORED:
    case WD_SUSPENDED:
    case WD_CANCELLED:
    case WD_CANCELED:
    case WD_DISABLED:
    case WD_DEPRECATED:
    case WD_PAUSED:
    case WD_TBD:
    case WD_APPROVAL:
    case WD_OFF:
    case WD_MUTED:
    case WD_SILENCED:
    case WD_SUPPRESSED:
    case WD_REMOVED:
    case WD_RETIRED:
    case WD_VACANT:
    case WD_DAYTIME:
    case WD_FORMER:
    case WD_BUT:
    case WD_WHERE: return true;
    default: return false;
    }
}

bool words_take_back(const struct words *words)
{
    for (int i = 0; i < words->count; i++)
        if (is_limiting(words, i))
            return true;
    return false;
}

static bool is_narrow(const struct words *words, int i)
{
    return is_limiting(words, i) || words_is_a(words, i, LEX_WEEKDAY | LEX_MONTH | LEX_FREQUENCY);
}

int words_limit(const struct words *words, int from, int to)
{
    for (int i = from; i < to && i < words->count; i++)
        if (!words_is_read(words, i) && is_narrow(words, i))
            return i;
    return -1;
}

bool words_narrow(const struct words *words, int from, int to)
{
    for (int i = from; i < to; i++)
        if (is_narrow(words, i))
            return true;
    return false;
}

/* "We plan to add:", "Resolve the alert when:", "Normal values:", "Peak hours:": what stands below
 * is no rule that is in force, or the other way round. */
static bool is_against(struct str word)
{
    static const char *const against[] = {
        "plan",    "planned", "ideas",     "used", "resolve",  "close",   "closed",   "normal",
        "healthy", "fine",    "positives", "roll", "rollback", "scale",   "optional", "night",
        "staging", "canary",  "peak",      "busy", "future",   "someday", NULL};
    for (int i = 0; against[i]; i++)
        if (str_is_nocase(word, against[i]))
            return true;
    return false;
}

/* "Do not alert on:", "Only on weekdays:", "In staging:", "For EU customers:": what stands above
 * the list holds for each of its items. */
static bool label_limits(struct str label)
{
    struct words WORDS_UNSET words;
    bool all = false;
    words_parse(label, &words);
    for (int i = 0; i < words.count; i++)
        if (words.at[i].level != LEVEL_NONE)
            return false; /* a severity, and what it is */
    for (int i = 0; i < words.count; i++) {
        if (is_limiting(&words, i) || is_against(words.at[i].text) ||
            words_is(&words, i, WD_WEEKENDS) || words_is(&words, i, WD_WEEKDAYS))
            return true;
        all |= words.at[i].level != LEVEL_NONE || words_is(&words, i, WD_ALL) ||
               words_is(&words, i, WD_ANY) || words_is(&words, i, WD_EACH) ||
               words_is(&words, i, WD_EVERY) || words_is(&words, i, WD_INCIDENT) ||
               words_is(&words, i, WD_INCIDENTS) || words_is(&words, i, WD_ALERT) ||
               words_is(&words, i, WD_ALERTS) || words_is(&words, i, WD_CASE);
    }
    for (int i = 0; i + 1 < words.count; i++)
        all |= words.at[i].type == WORD_MARK; /* "In particular, these are:" */
    return !all && words.count <= LABEL_WORDS_MAX && words.count > 2 &&
           (words_is(&words, 0, WD_FOR) || words_is(&words, 0, WD_IN));
}

/* The front label of the sentence, "Avoid" in "Avoid: Friday 16:00-18:00 UTC": its end, or 0. */
static int front_label(const struct words *words)
{
    for (int i = 1; i <= LABEL_WORDS_MAX && i + 1 < words->count; i++)
        if (words_is(words, i, WD_M_COLON) && !words_is_number(words, i - 1))
            return i;
    return 0;
}

bool sentence_is_past(const struct words *words)
{
    int end = front_label(words);
    for (int i = 0; i < end && i < 2; i++)
        switch (words_at(words, i)) {
        case WD_EXAMPLE:
        case WD_PREVIOUSLY:
        case WD_FORMERLY:
        case WD_OLD:
        case WD_BAD:
        case WD_DRAFT:
        case WD_PROPOSED:
        case WD_OBSOLETE:
        case WD_DEPRECATED: return true;
        default: break;
        }
    return false;
}

static bool forbids(const struct words *words)
{
    int end = front_label(words);
    for (int i = 0; i < end; i++)
        switch (words_at(words, i)) {
        case WD_AVOID:
        case WD_FORBIDDEN:
        case WD_PROHIBITED:
        case WD_EMBARGO:
        case WD_BLACKOUT:
        case WD_BLACK_OUT:
        case WD_FREEZE: return true;
        case WD_NOT:
        case WD_NO: return words_is(words, i + 1, WD_ALLOWED);
        default: break;
        }
    return false;
}

/* "9-5 UTC": a working day or a night? */
static bool is_ambiguous_span(const struct words *words, const struct schedule_statement *schedule)
{
    if (!schedule->timed || schedule->form != SCHEDULE_WINDOW ||
        schedule->to_minute >= schedule->from_minute || schedule->from_minute > HALF_DAY_MINUTES ||
        schedule->to_minute == 0 || schedule->from_minute == 0)
        return false;
    for (int i = 0; i < words->count; i++)
        if (words_is(words, i, WD_AM) || words_is(words, i, WD_PM) ||
            words_is(words, i, WD_MIDNIGHT) || words_is(words, i, WD_NOON) ||
            (words_is(words, i, WD_M_COLON) && words_is_number(words, i - 1) &&
             words_is_number(words, i + 1)))
            return false;
    return true;
}

/* The second of two zones that differ, or -1. */
static int other_zone(const struct words *words)
{
    int first = -1;
    for (int i = 0; i < words->count; i++) {
        if (!words_is_zone(words, i))
            continue;
        if (first >= 0 && !str_equal(words->at[i].text, words->at[first].text))
            return i;
        first = i;
    }
    return -1;
}

static bool words_are_used_to(const struct words *words, int i)
{
    return str_is_nocase(words->at[i].text, "used") && words_is(words, i + 1, WD_TO);
}

static int schedule_doubt(const struct words *words, struct schedule_statement *schedule)
{
    struct words WORDS_UNSET what;
    if (forbids(words)) {
        if (schedule->form == SCHEDULE_RECUR)
            return 0; /* "Freeze from Friday 4 PM": until when? */
        schedule->forbidden |= schedule->form == SCHEDULE_WINDOW;
    }
    for (int i = 0; i < words->count; i++)
        if (words_is(words, i, WD_DON_T) || words_is(words, i, WD_MAY) ||
            words_is(words, i, WD_COULD) || words_is(words, i, WD_WERE) ||
            words_is(words, i, WD_SKIPPED) || words_are_used_to(words, i))
            return 0; /* "may be rotated every 90 days" */
    words_parse(schedule->what, &what);
    for (int i = 0; i < what.count; i++)
        if (words_is(&what, i, WD_NO) || words_is(&what, i, WD_NOT) ||
            words_is(&what, i, WD_NEVER) || words_is(&what, i, WD_MYTH) ||
            words_is(&what, i, WD_IGNORE) || words_is(&what, i, WD_SKIP))
            return 0;
    return is_ambiguous_span(words, schedule) ? 0 : other_zone(words);
}

/* "Rises more than 5%", "drops by over 10%": how far it moves, which is no limit. */
static int moves_at(const struct words *words)
{
    for (int i = 0; i + 1 < words->count; i++)
        switch (words_at(words, i)) {
        case WD_RISES:
        case WD_INCREASES:
        case WD_INCREASE:
        case WD_DROPS:
        case WD_DROP:
        case WD_FALLS:
            if (words_is(words, i + 1, WD_MORE) || words_is(words, i + 1, WD_BY) ||
                words_is(words, i + 1, WD_OVER))
                return i;
            break;
        default: break;
        }
    return -1;
}

static int limit_doubt(const struct words *words, const struct alert_statement *alert)
{
    bool share = str_is(alert->unit, "%");
    char last = alert->metric.n ? alert->metric.p[alert->metric.n - 1] : ' ';
    if (alert->cmp != CMP_NONE && strchr("!=<>~", last))
        return 0;
    for (int i = 0; i < words->count; i++)
        if (words_is_number(words, i) && words_is_negative(words, i))
            return i > 0 ? i - 1 : 0;
    if (share && alert->value > 1 && vocabulary_dimension(alert->signal) == DIMENSION_SHARE)
        return 0;
    return moves_at(words);
}

static bool is_nobody(struct str party)
{
    return str_is_nocase(party, "never") || str_is_nocase(party, "nobody") ||
           str_is_nocase(party, "no one") || str_is_nocase(party, "none");
}

static int response_doubt(const struct words *words, const struct response_statement *response)
{
    int64_t ms = 0;
    int months = 0;
    bool answers = false;
    for (int i = 0; response->act == DUTY_UPDATE && i < words->count; i++)
        if (words_is(words, i, WD_NOT) || words_is(words, i, WD_NO) || words_is(words, i, WD_MOST))
            return i;    /* "no more often than every 30 minutes" */
    bool number = false; /* "1 month" is no length that a clock counts */
    for (int i = 0; i < words->count; i++)
        number |= words_is_number(words, i) && words->at[i].number > 0 &&
                  word_unit_of_time(words_at(words, i + 1), &ms, &months) && months > 0;
    for (int i = 0; i < words->count; i++)
        answers |= words_is(words, i, WD_RESPONSE) || words_is(words, i, WD_RESPOND) ||
                   words_is(words, i, WD_RESPONDS);
    if (response->act == DUTY_RESPOND && response->to.n && !answers)
        return 0; /* "; after 2 hours to CEO" */
    return is_nobody(response->to) || (response->after_ms == 0 && !response->calendar && number)
               ? 0
               : -1;
}

/* "P4: deprecated, use P3", "P2 (Medium): not used". */
static int severity_doubt(const struct severity_statement *severity)
{
    struct words WORDS_UNSET words;
    words_parse_front(severity->when, 2, &words);
    bool back = words_is(&words, 0, WD_DEPRECATED) || words_is(&words, 0, WD_REMOVED) ||
                words_is(&words, 0, WD_RETIRED) || words_is(&words, 0, WD_DISABLED) ||
                (words_is(&words, 0, WD_NOT) && str_starts_nocase(severity->when, "not used"));
    return back ? 0 : -1;
}

static bool label_takes_back(struct str label)
{
    struct words WORDS_UNSET words;
    words_parse(label, &words);
    for (int i = 0; i < words.count; i++)
        if (is_against(words.at[i].text))
            return true;
    return words_take_back(&words) || words_is(&words, 0, WD_NO) || words_is(&words, 0, WD_AVOID);
}

/* The word from which on the statement is in doubt, or -1. */
static int doubt_of(const struct words *words, struct statement *statement, struct str label)
{
    switch ((unsigned)statement->kind) { /* the rest is no rule that is enforced */
    case STATEMENT_ALERT:
        if (is_nobody(statement->alert.to) || label_limits(label))
            return 0;
        return limit_doubt(words, &statement->alert);
    case STATEMENT_OBJECTIVE:
        if (str_is(statement->alert.unit, "%") && statement->alert.value > 1)
            return 0;
        for (int i = 0; i < words->count; i++)
            if (words_is(words, i, WD_CURRENTLY) || words_is(words, i, WD_ACTUAL) ||
                (words_is(words, i, WD_LAST) && words_is_a(words, i + 1, LEX_TIME)))
                return i; /* how it is or was, not what is wanted */
        return limit_doubt(words, &statement->alert);
    case STATEMENT_RESPONSE:
        return label_limits(label) ? 0 : response_doubt(words, &statement->response);
    case STATEMENT_SEVERITY: return severity_doubt(&statement->severity);
    case STATEMENT_SCHEDULE:
        return label_takes_back(label) ? 0 : schedule_doubt(words, &statement->schedule);
    default: return -1;
    }
}

bool sentence_doubt(struct sentence *sentence, struct str *out_said)
{
    const struct words *words = &sentence->words;
    for (int i = 0; i < sentence->made_count; i++) {
        int at = doubt_of(words, &sentence->made[i], sentence->place->label);
        if (at < 0)
            continue;
        *out_said = words_span(words, at, at ? at + 3 : words->count);
        return true;
    }
    return false;
}
