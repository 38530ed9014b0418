/* sentence_target.c - what stands around a target: its period, its scope, what does not count, and
 * the downtime that follows from it. */
#include "runbook/sentence_objective.h"
#include "runbook/sentence_schedule.h"

enum { DAY_MS = 86400000, MONTH_DAYS = 30 };

double objective_share(double percent)
{
    if (percent >= 1e9)
        return percent / 100;
    return (double)(int64_t)(percent * 1e6 + 0.5) / 1e8;
}

static int64_t period_ms(int64_t ms, int months)
{
    return ms ? ms : (int64_t)months * MONTH_DAYS * DAY_MS;
}

void objective_period(struct words *words, int *i, struct alert_statement *objective)
{
    struct length length = {0};
    int at = *i;
    bool open = words_is(words, at, WD_M_OPEN);
    at += open;
    if (words_is(words, at, WD_M_COMMA))
        at++;
    bool named = words_is(words, at, WD_OVER) || words_is(words, at, WD_PER) ||
                 words_is(words, at, WD_IN) || words_is(words, at, WD_ROLLING) ||
                 words_is(words, at, WD_MEASURED);
    if (words_is(words, at, WD_MEASURED))
        at++;
    if (words_is(words, at, WD_OVER) || words_is(words, at, WD_PER) || words_is(words, at, WD_IN))
        at++;
    while (words_is(words, at, WD_A) || words_is(words, at, WD_ANY) ||
           words_is(words, at, WD_ROLLING) || words_is(words, at, WD_THE) ||
           words_is(words, at, WD_EACH) || words_is(words, at, WD_LAST) ||
           words_is(words, at, WD_CALENDAR))
        at++;
    int begin = at;
    bool found = vocabulary_frequency(words, at, &length.ms, &length.months);
    if (found) {
        at++;
    } else if (named && word_unit_of_time(words_at(words, at), &length.ms, &length.months)) {
        found = true;
        at++;
    } else if (named && words_length(words, &at, &length) && !length.range &&
               !length.working_days) {
        found = true;
        words_unread(words, begin, at);
    }
    if (!found)
        return;
    if (words_is(words, at, WD_WINDOW) || words_is(words, at, WD_ROLLING))
        at++;
    else if (words_is(words, at, WD_M_COMMA) && words_is(words, at + 1, WD_ROLLING))
        at += 2;
    if (words_is(words, at, WD_TARGET) || words_is(words, at, WD_AVERAGE))
        at++;
    if (open && !words_is(words, at, WD_M_CLOSE))
        return;
    at += open;
    objective->mode = WINDOW_OVER;
    objective->window_ms = period_ms(length.ms, length.months);
    words_read(words, *i, at);
    *i = at;
}

void objective_measured(struct words *words, int *i, struct alert_statement *objective)
{
    int to = *i;
    if (objective->of.n || objective->part.n)
        return;
    bool whole = words_is(words, to, WD_OF);
    if (whole)
        to++;
    int from = to;
    bool share = str_is(objective->unit, "%");
    while (to < words->count &&
           (words->at[to].type == WORD_NAME || (words_is(words, to, WD_M_BAR) && share)) &&
           words->at[to].level == LEVEL_NONE &&
           !words_is_a(words, to, LEX_RESIDUE | LEX_FREQUENCY) && !words_is(words, to, WD_FOR) &&
           !words_is(words, to, WD_OVER) && !words_is(words, to, WD_ROLLING) &&
           !words_is(words, to, WD_IN))
        to++;
    if (to == from || (!share && objective->unit.n))
        return;
    if (whole)
        objective->of = words_span(words, from, to);
    else
        objective->part = words_span(words, from, to);
    words_read(words, *i, to);
    *i = to;
}

void objective_scope(struct sentence *sentence, int *i)
{
    struct words *words = &sentence->words;
    int to = *i + 1;
    if ((!words_is(words, *i, WD_FOR) && !words_is(words, *i, WD_AT)) || words_is_number(words, to))
        return;
    if (words_is(words, to, WD_THE))
        to++;
    double quantile = to < words->count ? vocabulary_quantile(words->at[to].text) : 0;
    int said = quantile > 0 ? 1 : 2;
    if (!(quantile > 0))
        quantile = vocabulary_percentile(words, to);
    struct statement *last =
        sentence->made_count ? &sentence->made[sentence->made_count - 1] : NULL;
    if (quantile > 0 && last &&
        !(last->alert.quantile > 0)) { /* "for 99th percentile of requests" */
        last->alert.quantile = quantile;
        words_read(words, *i, to + said);
        *i = to + said;
        objective_measured(words, i, &last->alert);
        return;
    }
    if (words_is(words, *i, WD_AT))
        return;
    to = *i + 1;
    while (to < words->count && words->at[to].type == WORD_NAME &&
           !words_is_a(words, to, LEX_RESIDUE))
        to++;
    for (int k = 0; to > *i + 1 && k < sentence->made_count; k++)
        if (sentence->made[k].alert.of.n == 0)
            sentence->made[k].alert.of = words_span(words, *i + 1, to);
    words_read(words, *i, to);
    *i = to;
}

struct str objective_heading(struct str heading)
{
    struct words WORDS_UNSET words;
    words_parse(heading, &words);
    int from = 0;
    int to = words.count;
    while (from < to && (words_is_number(&words, from) || words.at[from].type == WORD_MARK))
        from++;
    for (int i = from; i < to; i++)
        if (words_is(&words, i, WD_M_OPEN))
            to = i;
    while (to > from + 1 &&
           (words_is(&words, to - 1, WD_SLO) || words_is(&words, to - 1, WD_SLA) ||
            words_is(&words, to - 1, WD_TARGET) || words_is(&words, to - 1, WD_TARGETS) ||
            words_is(&words, to - 1, WD_SLOS) || words_is(&words, to - 1, WD_OBJECTIVE)))
        to--;
    return from < to ? words_span(&words, from, to) : heading;
}

void objective_heading_period(struct str heading, struct alert_statement *objective)
{
    struct words WORDS_UNSET words;
    if (objective->mode != WINDOW_NONE)
        return;
    words_parse(heading, &words);
    for (int i = 0; i < words.count; i++)
        if (words_is(&words, i, WD_M_OPEN)) {
            objective_period(&words, &i, objective);
            return;
        }
}

void objective_metric_period(struct str metric, struct alert_statement *objective)
{
    struct words WORDS_UNSET words;
    int64_t ms = 0;
    int months = 0;
    words_parse(metric, &words);
    if (!vocabulary_frequency(&words, 0, &ms, &months))
        return;
    objective->mode = WINDOW_OVER;
    objective->window_ms = period_ms(ms, months);
}

/* "43m 12s", "8.76 hours": one length or several in a row, as milliseconds; -1 when none stands. */
static int64_t read_lengths(struct words *words, int *i)
{
    int64_t ms = -1;
    struct length length;
    while (words_length(words, i, &length) && !length.range && !length.months &&
           !length.working_days)
        ms = (ms < 0 ? 0 : ms) + length.ms;
    return ms;
}

/* "(error budget: 43m 12s/month)", "(43 minutes of downtime per month)" says again what the target
 * says: within what rounding and the length of a month explain. */
static bool read_budget(struct sentence *sentence, int *i)
{
    struct words *words = &sentence->words;
    struct alert_statement *objective = &sentence->made[0].alert;
    int at = *i + 1;
    int64_t unit_ms = 0;
    int months = 0;
    while (at < words->count && !words_is_number(words, at) && words->at[at].type != WORD_MARK)
        at++;
    if (words_is(words, at, WD_M_AT_MOST_MARK) || words_is(words, at, WD_M_LESS_EQUAL) ||
        words_is(words, at, WD_M_ALMOST))
        at++;
    if (words_is(words, at, WD_M_COLON) || words_is(words, at, WD_M_EQUAL_MARK) ||
        words_is(words, at, WD_M_TILDE))
        at++;
    if (words_is(words, at, WD_M_TILDE))
        at++;
    int64_t budget_ms = read_lengths(words, &at);
    if (budget_ms < 0 || !str_is(objective->unit, "%"))
        return false;
    while (words_is(words, at, WD_OF) || words_is(words, at, WD_DOWNTIME) ||
           words_is(words, at, WD_ALLOWED) || words_is(words, at, WD_MAX))
        at++;
    int64_t over_ms = objective->window_ms;
    if (words_is(words, at, WD_M_BAR) || words_is(words, at, WD_PER) || words_is(words, at, WD_A)) {
        if (!word_unit_of_time(words_at(words, at + 1), &unit_ms, &months))
            return false;
        over_ms = period_ms(unit_ms, months);
        at += 2;
    } else if (vocabulary_frequency(words, at, &unit_ms, &months)) {
        over_ms = period_ms(unit_ms, months);
        at++;
    }
    double follows = (1 - objective->value) * (double)over_ms;
    double off =
        (double)budget_ms > follows ? (double)budget_ms / follows : follows / (double)budget_ms;
    if (!words_is(words, at, WD_M_CLOSE) || over_ms <= 0 || budget_ms == 0 || off > 1.06)
        return false;
    if (objective->mode == WINDOW_NONE) {
        objective->mode = WINDOW_OVER;
        objective->window_ms = over_ms;
    }
    words_read(words, *i, at + 1);
    *i = at + 1;
    return true;
}

/* "(excluding planned maintenance with 72h notice)": what does not count; a notice in it is one. */
static bool read_excluded(struct sentence *sentence, int *i)
{
    struct words *words = &sentence->words;
    int at = *i + 1;
    bool excluded = words_is(words, at, WD_EXCLUDING) || words_is(words, at, WD_EXCLUDES) ||
                    words_is(words, at, WD_EXCEPT);
    if (!excluded)
        return false;
    int from = at + 1;
    int to = from;
    while (to < words->count && !words_is(words, to, WD_M_CLOSE))
        to++;
    if (!words_is(words, to, WD_M_CLOSE) || to == from)
        return false;
    int objectives = sentence->made_count;
    for (int k = from; k < to; k++) {
        struct schedule_statement notice = {.weekday = -1};
        struct length length;
        int end = k;
        if (!words_is_number(words, k) || !words_length(words, &end, &length))
            continue;
        if (length.range || schedule_notice_end(words, end, &notice.since) == end)
            return false;
        notice.what = words_span(words, from, words_is(words, k - 1, WD_WITH) ? k - 1 : k);
        schedule_set_length(&notice, SCHEDULE_NOTICE, length);
        sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = notice;
        k = end;
    }
    for (int k = 0; k < objectives; k++)
        sentence->made[k].alert.excluding = words_span(words, from, to);
    words_read(words, *i, to + 1);
    *i = to + 1;
    return true;
}

enum reading objective_end(struct sentence *sentence, int i)
{
    struct words *words = &sentence->words;
    if (words_is(words, i, WD_M_OPEN) && !read_excluded(sentence, &i))
        (void)read_budget(sentence, &i);
    return sentence_end_remark(sentence, i);
}

enum reading objective_finish(struct sentence *sentence, int i, struct alert_statement objective)
{
    objective_period(&sentence->words, &i, &objective);
    objective_heading_period(sentence->place->heading, &objective);
    sentence_make(sentence, STATEMENT_OBJECTIVE)->alert = objective;
    objective_scope(sentence, &i);
    return objective_end(sentence, i);
}
