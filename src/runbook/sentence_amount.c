/* sentence_amount.c - a number with its unit, what it is of, and the window it holds in. */
#include "runbook/sentence_amount.h"
#include "runbook/sentence_objective.h"

enum { COUNTED_WORDS_MAX = 12, OF_WORDS_MAX = 5 };

static const struct {
    int id;
    double factor;
} units[] = {
    {WD_M_PERCENT_MARK, 0.01},
    {WD_PERCENT, 0.01},
    {WD_B, 1},
    {WD_BYTE, 1},
    {WD_BYTES, 1},
    {WD_KB, 1e3},
    {WD_MB, 1e6},
    {WD_GB, 1e9},
    {WD_TB, 1e12},
    {WD_PB, 1e15},
    {WD_KIB, 1024},
    {WD_MIB, 1048576},
    {WD_GIB, 1073741824},
    {WD_TIB, 1099511627776.0},
};

/* "$500": the sign of a currency is part of the number's word. */
static struct str currency_of(struct str number)
{
    size_t n = 0;
    while (n < number.n && !byte_is_digit(number.p[n]))
        n++;
    return str_slice(number, 0, n);
}

/* The unit at *i, if one stands there: value becomes base units (seconds, bytes, 0..1). */
static bool read_unit(struct words *words, int *i, struct alert_statement *alert)
{
    int64_t ms = 0;
    int months = 0;
    double said = alert->value;
    bool found = false;
    struct str currency = currency_of(words->at[*i - 1].text);
    if (currency.n) {
        alert->unit = currency;
        return true;
    }
    if (words_is(words, *i, WD_RPS) || words_is(words, *i, WD_QPS)) {
        alert->unit = STR("/s");
        words_read(words, *i, *i + 1);
        (*i)++;
        return true;
    }
    for (size_t k = 0; !found && k < sizeof units / sizeof units[0]; k++) {
        found = words_is(words, *i, units[k].id);
        if (found)
            alert->value = units[k].factor == 0.01 ? objective_share(said) : said * units[k].factor;
    }
    if (!found && word_unit_of_time(words_at(words, *i), &ms, &months)) {
        if (months)
            return false; /* a month has no fixed length */
        found = true;
        alert->value = said * (double)ms / 1000;
    }
    if (!found)
        return true;
    alert->unit = words->at[*i].text;
    words_read(words, *i, *i + 1);
    (*i)++;
    return true;
}

bool amount_begins_window(const struct words *words, int i)
{
    switch (words_at(words, i)) {
    case WD_FOR:
    case WD_OVER:
    case WD_IN:
    case WD_WITHIN:
    case WD_DURING:
    case WD_PER:
    case WD_LASTING:
    case WD_SUSTAINED: return true;
    default: return false;
    }
}

/* "of limit", "of total", "of the pool". */
static void read_of(struct words *words, int *i, struct alert_statement *alert)
{
    if (!words_is(words, *i, WD_OF))
        return;
    int from = words_is(words, *i + 1, WD_THE) ? *i + 2 : *i + 1;
    int to = from;
    while (to < words->count && to - from < OF_WORDS_MAX && words->at[to].type == WORD_NAME &&
           !amount_begins_window(words, to) && !words_is_a(words, to, LEX_RESIDUE | LEX_STATE_LINK))
        to++;
    if (to == from)
        return;
    alert->of = words_span(words, from, to);
    words_read(words, *i, to);
    *i = to;
}

/* "< 10% free": the share is of what is free, so the metric is no longer what it was by itself. */
static void read_free(struct words *words, int *i, struct alert_statement *alert)
{
    bool free = words_is(words, *i, WD_FREE) || words_is(words, *i, WD_REMAINING) ||
                words_is(words, *i, WD_AVAILABLE) || words_is(words, *i, WD_LEFT);
    if (!free || alert->of.n)
        return;
    alert->of = STR("free");
    words_read(words, *i, *i + 1);
    (*i)++;
}

/* In a table's cell the words behind the amount say of what: ">1% login errors". */
static void read_row_noun(struct sentence *sentence, int *i, struct alert_statement *alert)
{
    struct words *words = &sentence->words;
    int to = *i;
    if (sentence->place->metric.n == 0 || alert->of.n || alert->part.n)
        return;
    while (to < words->count && to - *i < OF_WORDS_MAX && words->at[to].type == WORD_NAME &&
           !amount_begins_window(words, to) && words->at[to].level == LEVEL_NONE &&
           !words_is_a(words, to, LEX_RESIDUE | LEX_WEEKDAY | LEX_STATE_LINK) &&
           !(vocabulary_quantile(words->at[to].text) > 0) && !words_is(words, to, WD_WARNING) &&
           !words_is(words, to, WD_CRITICAL) && !words_is(words, to, WD_WARN) &&
           !words_is(words, to, WD_CRIT) && !words_is(words, to, WD_X) &&
           !words_is(words, to, WD_ABOVE) && !words_is(words, to, WD_BELOW) &&
           !words_is(words, to, WD_BASELINE))
        to++;
    if (to == *i)
        return;
    alert->part = words_span(words, *i, to);
    words_read(words, *i, to);
    *i = to;
}

/* Words between the amount and the window that only name what is counted. */
static void skip_count_noun(struct words *words, int *i, struct alert_statement *alert)
{
    while (words_is_a(words, *i, LEX_COUNT)) {
        alert->consecutive |= words_is(words, *i, WD_CONSECUTIVE);
        words_read(words, *i, *i + 1);
        (*i)++;
    }
}

static bool is_filler(const struct words *words, int i)
{
    switch (words_at(words, i)) {
    case WD_FOR:
    case WD_ANY:
    case WD_A:
    case WD_AN:
    case WD_THE:
    case WD_LAST:
    case WD_ROLLING:
    case WD_MORE:
    case WD_THAN:
    case WD_AT:
    case WD_LEAST:
    case WD_LONGER:
    case WD_M_MORE:
    case WD_M_MORE_EQUAL: return true;
    default: return false;
    }
}

static enum window_mode mode_of(int id)
{
    switch (id) {
    case WD_FOR:
    case WD_LASTING:
    case WD_SUSTAINED: return WINDOW_FOR;
    case WD_OVER: return WINDOW_OVER;
    case WD_IN:
    case WD_WITHIN:
    case WD_PER:
    case WD_DURING:
    case WD_M_BAR: return WINDOW_IN;
    default: return WINDOW_NONE;
    }
}

/* "for 5 minutes", "in any 10-min window", "over the last hour", "per minute", "/min". */
void amount_window(struct words *words, int *i, struct alert_statement *alert)
{
    enum window_mode mode = mode_of(words_at(words, *i));
    struct length length = {0};
    int at = *i + 1;
    int months = 0;
    if (mode == WINDOW_NONE || (words_is(words, *i, WD_M_BAR) && alert->unit.n))
        return;
    bool per = words_is(words, *i, WD_M_BAR) || words_is(words, *i, WD_PER);
    bool second = words_is(words, *i + 1, WD_S) || words_is(words, *i + 1, WD_SEC) ||
                  words_is(words, *i + 1, WD_SECOND);
    if (per && second && !alert->unit.n) {
        alert->unit = STR("/s");
        words_read(words, *i, *i + 2);
        *i += 2;
        mode = mode_of(words_at(words, *i));
        at = *i + 1;
        if (mode == WINDOW_NONE)
            return;
    }
    while (is_filler(words, at))
        at++;
    int end = at;
    bool one = word_unit_of_time(words_at(words, at), &length.ms, &months);
    if (one)
        end = at + 1;
    else if (!words_length(words, &end, &length))
        return;
    if (length.ms < 1000 || length.low_ms || length.months || months || length.working_days) {
        words_unread(words, at, end);
        return;
    }
    if (words_is(words, end, WD_WINDOW))
        end++;
    words_read(words, *i, end);
    alert->mode = mode;
    alert->window_ms = length.ms;
    *i = end;
}

/* "(5-minute average)", "(5m window)", "(for 5 minutes)", "(p95)" in brackets behind the limit. */
static void read_bracket(struct words *words, int *i, struct alert_statement *alert)
{
    struct length length = {0};
    int at = *i + 1;
    if (!words_is(words, *i, WD_M_OPEN))
        return;
    double quantile = at < words->count ? vocabulary_quantile(words->at[at].text) : 0;
    int said = 1;
    if (!(quantile > 0)) {
        quantile = vocabulary_percentile(words, at);
        said = 2;
    }
    if (quantile > 0 && words_is(words, at + said, WD_M_CLOSE) && !(alert->quantile > 0)) {
        alert->quantile = quantile;
        words_read(words, *i, at + said + 1);
        *i = at + said + 1;
        return;
    }
    if (alert->mode != WINDOW_NONE)
        return;
    struct alert_statement inner = *alert;
    inner.unit = (struct str){"", 0};
    amount_window(words, &at, &inner);
    if (inner.mode != WINDOW_NONE && words_is(words, at, WD_M_CLOSE)) {
        alert->mode = inner.mode;
        alert->window_ms = inner.window_ms;
        words_read(words, *i, at + 1);
        *i = at + 1;
        return;
    }
    at = *i + 1;
    if (!words_length(words, &at, &length) || length.ms < 1000 || length.low_ms || length.months) {
        words_unread(words, *i, at);
        return;
    }
    bool named = words_is(words, at, WD_AVERAGE) || words_is(words, at, WD_AVG) ||
                 words_is(words, at, WD_MEAN) || words_is(words, at, WD_WINDOW);
    if (!named || !words_is(words, at + 1, WD_M_CLOSE)) {
        words_unread(words, *i, at);
        return;
    }
    words_read(words, *i, at + 2);
    alert->mode = WINDOW_OVER;
    alert->window_ms = length.ms;
    *i = at + 2;
}

/* ", rolling" behind a window: it slides with the time, so it is computed over it. */
static void read_rolling(struct words *words, int *i, struct alert_statement *alert)
{
    int at = words_is(words, *i, WD_M_COMMA) ? *i + 1 : *i;
    if (alert->mode == WINDOW_NONE || !words_is(words, at, WD_ROLLING))
        return;
    words_read(words, *i, at + 1);
    *i = at + 1;
}

/* "… of devices are offline": the state is the metric's, of the population. */
static void read_population(struct words *words, int *i, struct alert_statement *alert)
{
    int at = *i;
    if (!words_is_a(words, at, LEX_STATE_LINK) || alert->of.n == 0)
        return;
    int to = at + 1;
    while (to < words->count && words->at[to].type == WORD_NAME && !amount_begins_window(words, to))
        to++;
    if (to == at + 1)
        return;
    const char *begin = alert->of.p;
    const char *end = words->at[to - 1].text.p + words->at[to - 1].text.n;
    alert->metric = (struct str){begin, (size_t)(end - begin)};
    words_read(words, at, to);
    *i = to;
}

/* "More than 5 failed logins in 10 minutes", "3 consecutive health check failures": the words
 * behind the number are the metric. */
bool amount_counted(struct sentence *sentence, int *i, struct alert_statement *alert)
{
    struct words *words = &sentence->words;
    if (words_is(words, *i, WD_CONSECUTIVE)) {
        alert->consecutive = true;
        words_read(words, *i, *i + 1);
        (*i)++;
    }
    int to = *i;
    while (to < words->count && to - *i < COUNTED_WORDS_MAX && words->at[to].type == WORD_NAME &&
           !amount_begins_window(words, to) && words->at[to].level == LEVEL_NONE &&
           !words_is_a(words, to, LEX_RESIDUE | LEX_WEEKDAY | LEX_STATE_LINK) &&
           !words_is(words, to, WD_X) && !words_is(words, to, WD_BASELINE))
        to++;
    if (to == *i)
        return false;
    alert->metric = words_span(words, *i, to);
    alert->signal = vocabulary_signal(sentence->place->vocabulary, alert->metric);
    words_read(words, *i, to);
    *i = to;
    return true;
}

/* Everything behind the number of which *i is the next word. False when the unit has no fixed size.
 */
bool amount_tail(struct sentence *sentence, int *i, struct alert_statement *alert, bool counted)
{
    struct words *words = &sentence->words;
    bool fixed = read_unit(words, i, alert);
    read_of(words, i, alert);
    read_free(words, i, alert);
    if (counted && alert->unit.n == 0)
        (void)amount_counted(sentence, i, alert);
    skip_count_noun(words, i, alert);
    read_of(words, i, alert);
    read_row_noun(sentence, i, alert);
    read_population(words, i, alert);
    amount_window(words, i, alert);
    read_rolling(words, i, alert);
    read_bracket(words, i, alert);
    read_bracket(words, i, alert);
    return fixed;
}
