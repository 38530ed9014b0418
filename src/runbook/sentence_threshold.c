/* sentence_threshold.c - one threshold: metric, comparison, amount, population, window. */
#include "runbook/sentence.h"

enum { METRIC_WORDS_MAX = 12, OF_WORDS_MAX = 5 };

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

/* The unit at *i, if one stands there: value becomes base units (seconds, bytes, 0..1). */
static bool read_unit(struct words *words, int *i, struct alert_statement *alert)
{
    int64_t ms = 0;
    int months = 0;
    double said = alert->value;
    bool found = false;
    for (size_t k = 0; !found && k < sizeof units / sizeof units[0]; k++) {
        found = words_is(words, *i, units[k].id);
        if (found)
            alert->value = units[k].factor == 0.01 ? said / 100 : said * units[k].factor;
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

static bool begins_window(const struct words *words, int i)
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
           !begins_window(words, to) && !words_is_a(words, to, LEX_RESIDUE | LEX_STATE_LINK))
        to++;
    if (to == from)
        return;
    alert->of = words_span(words, from, to);
    words_read(words, *i, to);
    *i = to;
}

/* In a table's cell the words behind the amount say of what: ">1% login errors". */
static void read_row_noun(struct sentence *sentence, int *i, struct alert_statement *alert)
{
    struct words *words = &sentence->words;
    int to = *i;
    if (sentence->place->metric.n == 0 || alert->of.n)
        return;
    while (to < words->count && to - *i < OF_WORDS_MAX && words->at[to].type == WORD_NAME &&
           !begins_window(words, to) && words->at[to].level == LEVEL_NONE &&
           !words_is_a(words, to, LEX_RESIDUE | LEX_WEEKDAY | LEX_STATE_LINK) &&
           !words_is(words, to, WD_X) && !words_is(words, to, WD_ABOVE) &&
           !words_is(words, to, WD_BELOW) && !words_is(words, to, WD_BASELINE))
        to++;
    if (to == *i)
        return;
    alert->of = words_span(words, *i, to);
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
static void read_window(struct words *words, int *i, struct alert_statement *alert)
{
    enum window_mode mode = mode_of(words_at(words, *i));
    struct length length = {0};
    int at = *i + 1;
    int months = 0;
    if (mode == WINDOW_NONE || (words_is(words, *i, WD_M_BAR) && alert->unit.n))
        return;
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

/* "(5-minute average)", "(5m window)". */
static void read_average(struct words *words, int *i, struct alert_statement *alert)
{
    struct length length = {0};
    int at = *i + 1;
    if (alert->mode != WINDOW_NONE || !words_is(words, *i, WD_M_OPEN) ||
        !words_length(words, &at, &length) || length.ms < 1000 || length.low_ms || length.months)
        return;
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

/* Reads the metric [from, to): signal and quantile. False when it holds what no metric does. */
static bool read_metric(struct words *words, int from, int to, struct alert_statement *alert)
{
    int end = to;
    while (end > from && (words_is(words, end - 1, WD_M_COLON) || words_is(words, end - 1, WD_OF)))
        end--;
    if (words_is(words, from, WD_THE) || words_is(words, from, WD_ANY))
        words_read(words, from, from + 1);
    for (int i = from; i < end; i++) {
        struct str word = words->at[i].text;
        double quantile = vocabulary_quantile(word);
        bool other = word.n > 1 && byte_lower(word.p[0]) == 'p' && byte_is_digit(word.p[1]);
        bool bad = (quantile > 0 && alert->quantile > 0) || (other && !(quantile > 0)) ||
                   words_is_number(words, i) || words->at[i].level != LEVEL_NONE ||
                   words_is(words, i, WD_UNLESS) || words_is(words, i, WD_NEVER) ||
                   words_is(words, i, WD_EXCEPT) || words_is(words, i, WD_NOT) ||
                   words_is(words, i, WD_IF) || words_is(words, i, WD_WHEN) ||
                   words_is(words, i, WD_OR) || words_is(words, i, WD_AND) ||
                   words_is(words, i, WD_M_COMMA);
        if (bad)
            return false;
        if (quantile > 0)
            alert->quantile = quantile;
    }
    words_read(words, from, to);
    if (words_is(words, from, WD_THE) || words_is(words, from, WD_ANY))
        from++;
    alert->metric = words_span(words, from, end);
    alert->signal = vocabulary_signal(alert->metric);
    return end > from;
}

/* Index of the first comparison at or after from that is followed by a number, or -1. */
static int find_threshold(const struct words *words, int from)
{
    for (int i = from; i < words->count && i - from <= METRIC_WORDS_MAX; i++)
        if (words_has_comparison(words, i))
            return i;
    return -1;
}

/* "3 consecutive failures" behind a metric: at least so many. */
static bool read_consecutive(struct words *words, int *i, struct alert_statement *alert)
{
    int at = *i;
    if (!words_is_number(words, at) || !words_is(words, at + 1, WD_CONSECUTIVE))
        return false;
    alert->cmp = CMP_AT_LEAST;
    alert->value = words->at[at].number;
    words_read(words, at, at + 1);
    *i = at + 1;
    return true;
}

/* "… of devices are offline": the state is the metric's, of the population. */
static void read_population(struct words *words, int *i, struct alert_statement *alert)
{
    int at = *i;
    if (!words_is_a(words, at, LEX_STATE_LINK) || alert->of.n == 0)
        return;
    int to = at + 1;
    while (to < words->count && words->at[to].type == WORD_NAME && !begins_window(words, to))
        to++;
    if (to == at + 1)
        return;
    const char *begin = alert->of.p;
    const char *end = words->at[to - 1].text.p + words->at[to - 1].text.n;
    alert->metric = (struct str){begin, (size_t)(end - begin)};
    words_read(words, at, to);
    *i = to;
}

static bool is_share(const struct alert_statement *alert)
{
    return str_is(alert->unit, "%") || str_is_nocase(alert->unit, "percent");
}

/* "90% of the moon": of what a share may be. */
static bool is_whole(struct str of)
{
    struct words words;
    words_parse(of, &words);
    switch (words_at(&words, words.count - 1)) {
    case WD_LIMIT:
    case WD_QUOTA:
    case WD_BUDGET:
    case WD_ALLOWANCE:
    case WD_CAPACITY:
    case WD_POOL:
    case WD_MAXIMUM:
    case WD_MEMORY:
    case WD_DISK:
    case WD_SPACE:
    case WD_REQUESTS:
    case WD_CONNECTIONS:
    case WD_TRAFFIC:
    case WD_TOTAL:
    case WD_USERS:
    case WD_PLAN: return true;
    default: return false;
    }
}

/* Could the limit ever be meant of this signal? An error rate is a share, a response time a time.
 */
static bool fits(const struct sentence *sentence, const struct alert_statement *alert)
{
    enum dimension dimension = vocabulary_dimension(alert->signal);
    if (dimension != DIMENSION_TIME && dimension != DIMENSION_ANY && alert->quantile > 0)
        return false;
    if (dimension != DIMENSION_ANY && alert->of.n && sentence->place->metric.n == 0 &&
        !is_whole(alert->of))
        return false;
    switch (dimension) {
    case DIMENSION_ANY: return true;
    case DIMENSION_SHARE: return is_share(alert) && alert->value >= 0 && alert->value <= 1;
    case DIMENSION_TIME:
        return alert->unit.n > 0 && !is_share(alert) &&
               lexicon_classes(lexicon_find(alert->unit)) & LEX_TIME;
    case DIMENSION_COUNT: return alert->unit.n == 0;
    }
    return true;
}

enum reading sentence_threshold(struct sentence *sentence, int *i,
                                struct alert_statement *out_alert)
{
    struct words *words = &sentence->words;
    struct alert_statement alert = {0};
    int from = *i;
    int threshold = find_threshold(words, from);
    int at = threshold;
    if (threshold >= 0) {
        (void)words_comparison(words, &at, &alert.cmp);
        alert.value = words->at[at].number;
        words_read(words, at, at + 1);
        at++;
    } else {
        for (at = from; at < words->count && at - from <= METRIC_WORDS_MAX; at++)
            if (words_is_number(words, at))
                break;
        threshold = at;
        if (!read_consecutive(words, &at, &alert))
            return READ_NO;
    }
    int amount = at - 1;
    bool relative = words_is(words, at, WD_X); /* "2x baseline": no baseline is known */
    if (relative)
        words_unread(words, at - 1, at);
    bool fixed = read_unit(words, &at, &alert);
    read_of(words, &at, &alert);
    skip_count_noun(words, &at, &alert);
    read_of(words, &at, &alert);
    read_row_noun(sentence, &at, &alert);
    read_population(words, &at, &alert);
    read_window(words, &at, &alert);
    read_average(words, &at, &alert);
    bool metric = alert.metric.n > 0;
    if (threshold > from) {
        metric = read_metric(words, from, threshold, &alert);
    } else if (!metric && sentence->place->metric.n) {
        metric = true;
        alert.metric = sentence->place->metric;
        alert.signal = vocabulary_signal(alert.metric);
    }
    bool fitting = !metric || fits(sentence, &alert);
    if (!fitting)
        words_unread(words, amount, at);
    *i = at;
    *out_alert = alert;
    return metric && fixed && fitting ? READ_YES : READ_HALF;
}
