/* sentence_threshold.c - one threshold: metric, comparison, amount, population, window. */
#include "runbook/sentence_amount.h"

enum { METRIC_WORDS_MAX = 12, WHERE_WORDS_MAX = 5 };

static bool spoils_metric(const struct words *words, int i)
{
    switch (words_at(words, i)) {
    case WD_M_COLON:
    case WD_SUSTAINED:
    case WD_NO:
    case WD_ZERO:
    case WD_UNLESS:
    case WD_NEVER:
    case WD_EXCEPT:
    case WD_NOT:
    case WD_IF:
    case WD_WHEN:
    case WD_OR:
    case WD_AND:
    case WD_FOR:
    case WD_WITHIN:
    case WD_EXCEED:
    case WD_EXCEEDS:
    case WD_EXCEEDING:
    case WD_ABOVE:
    case WD_BELOW:
    case WD_THAN:
    case WD_M_COMMA: return true;
    default: return words_is_number(words, i) || words->at[i].level != LEVEL_NONE;
    }
}

/* The quantile said at i, and how many words say it; 0 when none does. */
static int read_quantile(const struct words *words, int i, double *out_quantile)
{
    double quantile = vocabulary_quantile(words->at[i].text);
    if (quantile > 0) {
        *out_quantile = quantile;
        return 1;
    }
    quantile = vocabulary_percentile(words, i);
    if (!(quantile > 0))
        return 0;
    *out_quantile = quantile;
    return 2;
}

/* Do these words mean a signal of the company's own, or one of another name than they would
 * without a configuration? "Low stock" is no low stock then. */
static bool is_own(const struct sentence *sentence, struct str metric)
{
    struct str own = vocabulary_signal(sentence->place->vocabulary, metric);
    return own.n > 0 && !str_equal(own, vocabulary_signal(NULL, metric));
}

/* Reads the metric [from, to): signal and quantile. False when it holds what no metric does. */
static bool read_metric(struct sentence *sentence, int from, int to, struct alert_statement *alert)
{
    struct words *words = &sentence->words;
    int end = to;
    while (end > from && (words_is(words, end - 1, WD_M_COLON) || words_is(words, end - 1, WD_OF) ||
                          words_is(words, end - 1, WD_IS)))
        end--;
    for (int i = from; i < end; i++) {
        double quantile = 0;
        struct str word = words->at[i].text;
        int said = read_quantile(words, i, &quantile);
        bool other = word.n > 1 && byte_lower(word.p[0]) == 'p' && byte_is_digit(word.p[1]);
        if ((said && alert->quantile > 0) || (other && !said) || (!said && spoils_metric(words, i)))
            return false;
        if (!said)
            continue;
        alert->quantile = quantile;
        i += said - 1;
    }
    alert->average = words_is(words, from, WD_AVERAGE) || words_is(words, from, WD_AVG) ||
                     words_is(words, from, WD_MEAN);
    words_read(words, from, to);
    while (from + 1 < end && vocabulary_is_loud(words, from) &&
           !is_own(sentence, words_span(words, from, end)))
        from++;
    alert->metric = words_span(words, from, end);
    if (!alert->average && !str_is(alert->of, "free")) /* which turns the measure round */
        alert->signal = vocabulary_signal(sentence->place->vocabulary, alert->metric);
    return end > from;
}

/* Index of the first comparison at or after from that is followed by a number, or -1. */
static int find_threshold(const struct words *words, int from)
{
    int number = from; /* the next one: a comparison stands close before it */
    for (int i = from; i < words->count && i - from <= METRIC_WORDS_MAX; i++) {
        while (number < words->count && (number <= i || words->at[number].type != WORD_NUMBER))
            number++;
        if (number == words->count)
            return -1;
        if (number - i > COMPARISON_WORDS_MAX)
            continue;
        bool window =
            i > 0 && (words_is(words, i - 1, WD_FOR) || words_is(words, i - 1, WD_LASTING));
        if (!window && words_has_comparison(words, i))
            return i;
    }
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

static bool is_share(const struct alert_statement *alert)
{
    return str_is(alert->unit, "%") || str_is_nocase(alert->unit, "percent");
}

/* "90% of the moon": of what a share may be. */
static bool is_whole(struct str of)
{
    struct words WORDS_UNSET words;
    words_parse(of, &words);
    switch (words_at(&words, words.count - 1)) {
    case WD_LIMIT:
    case WD_QUOTA:
    case WD_BUDGET:
    case WD_ALLOWANCE:
    case WD_CAPACITY:
    case WD_POOL:
    case WD_MAXIMUM:
    case WD_MAX:
    case WD_MAX_CONNECTIONS:
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

/* "14.4x" of a burn rate is a number; "2x" of anything else is relative to what nobody named. */
static bool read_times(struct words *words, int from, int *i, struct alert_statement *alert)
{
    if (!words_is(words, *i, WD_X))
        return false;
    for (int k = from; k < *i; k++)
        if (words_is(words, k, WD_BURN)) {
            alert->unit = words->at[*i].text;
            words_read(words, *i, *i + 1);
            (*i)++;
            return false;
        }
    return true;
}

/* "on any host", "across all regions", "in production" behind everything: where it is measured. */
static void read_where(struct words *words, int *i, struct str *out_where)
{
    int to = *i + 1;
    while (to < words->count && words->at[to].type == WORD_NAME && to - *i <= WHERE_WORDS_MAX &&
           words->at[to].level == LEVEL_NONE &&
           !words_is_a(words, to, LEX_RESIDUE | LEX_WEEKDAY | LEX_TIME | LEX_FREQUENCY | LEX_VERB))
        to++;
    bool end = to == words->count || words_is(words, to, WD_M_POINT) ||
               words_is(words, to, WD_M_COMMA) || words_is(words, to, WD_M_ARROW) ||
               words_is(words, to, WD_M_OPEN) || words_is(words, to, WD_M_SEMICOLON);
    if (to == *i + 1 || !end)
        return;
    *out_where = words_span(words, *i, to);
    words_read(words, *i, to);
    *i = to;
}

/* What is free, or measured in one place only, is another measure than the one that its name alone
 * would bind: the words become part of the name. */
static void narrow(struct arena *arena, struct alert_statement *alert, struct str where)
{
    bool free = str_is(alert->of, "free");
    if (free) {
        alert->of = (struct str){"", 0};
        where = STR("free");
    }
    if (where.n == 0 || alert->metric.n == 0)
        return;
    if (!free || str_find_nocase(alert->metric, "free", 0) == alert->metric.n)
        alert->metric = str_printf(arena, "%.*s %.*s", STR_ARGS(alert->metric), STR_ARGS(where));
    alert->signal = (struct str){"", 0};
}

/* "Error rate > 5% of users", "disk usage > 80% of quota": a share of something else than the
 * signal of that name measures. */
static void settle_of(struct sentence *sentence, struct alert_statement *alert)
{
    struct words WORDS_UNSET of;
    if (alert->of.n == 0 || vocabulary_dimension(alert->signal) != DIMENSION_SHARE)
        return;
    words_parse(alert->of, &of);
    switch (words_at(&of, of.count - 1)) {
    case WD_USERS:
    case WD_QUOTA:
    case WD_BUDGET:
    case WD_ALLOWANCE:
    case WD_PLAN: break;
    default: return;
    }
    alert->metric =
        str_printf(sentence->arena, "%.*s of %.*s", STR_ARGS(alert->metric), STR_ARGS(alert->of));
    alert->of = (struct str){"", 0};
    alert->signal = (struct str){"", 0};
}

/* Words behind a cell's amount: "> 80% pool" is a share of it; "> 1% login errors", "> 15m age"
 * and "> 2s avg query time" are a measure of their own; "< 30 days to expiry" says nothing new of
 * the expiry. */
static void settle_part(struct sentence *sentence, struct alert_statement *alert)
{
    struct words WORDS_UNSET part;
    struct str said = alert->part;
    if (said.n == 0)
        return;
    words_parse(said, &part);
    alert->part = (struct str){"", 0};
    if (is_share(alert) && is_whole(said)) {
        alert->of = said;
        return;
    }
    struct str last = part.at[part.count - 1].text;
    bool again =
        words_is(&part, 0, WD_TO) || words_is(&part, 0, WD_UNTIL) || words_is(&part, 0, WD_BEFORE);
    if (again &&
        str_find_nocase(alert->signal, str_copy(sentence->arena, last).p, 0) < alert->signal.n)
        return;
    alert->average =
        words_is(&part, 0, WD_AVERAGE) || words_is(&part, 0, WD_AVG) || words_is(&part, 0, WD_MEAN);
    if (alert->average)
        said = words_span(&part, 1, part.count);
    alert->metric =
        str_printf(sentence->arena, "%.*s: %.*s", STR_ARGS(alert->metric), STR_ARGS(said));
    alert->signal = (struct str){"", 0};
}

/* Could the limit ever be meant of this signal? An error rate is a share, a response time a time.
 */
static bool fits(const struct sentence *sentence, struct alert_statement *alert)
{
    enum dimension dimension = vocabulary_dimension(alert->signal);
    /* "Auth failures > 1%" is a share of log-ins, not the count that "auth failures" else is:
     * another signal. The signal's own name leaves no doubt. */
    if (dimension == DIMENSION_COUNT && is_share(alert) &&
        !str_equal_nocase(alert->metric, alert->signal)) {
        alert->signal = (struct str){"", 0};
        return true;
    }
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

/* "No heartbeat for 5 minutes", "Zero requests in 10 minutes": fewer than one in that time. */
enum reading sentence_absence(struct sentence *sentence, int *i, struct alert_statement *out_alert)
{
    struct words *words = &sentence->words;
    struct alert_statement alert = {.cmp = CMP_UNDER, .value = 1};
    int at = *i + 1;
    if (!words_is(words, *i, WD_NO) && !words_is(words, *i, WD_ZERO))
        return READ_NO;
    if (!amount_counted(sentence, &at, &alert))
        return READ_NO;
    int window = at;
    amount_window(words, &at, &alert);
    if (at == window || alert.mode == WINDOW_OVER) {
        words_unread(words, *i, at);
        return READ_NO;
    }
    alert.mode = WINDOW_IN; /* none for five minutes is none within them */
    words_read(words, *i, *i + 1);
    *i = at;
    *out_alert = alert;
    return READ_YES;
}

/* The quantile that the metric's own words say, when nothing else did. */
static void set_quantile(struct alert_statement *alert)
{
    struct words WORDS_UNSET named;
    words_parse(alert->metric, &named);
    for (int k = 0; k < named.count && !(alert->quantile > 0); k++)
        (void)read_quantile(&named, k, &alert->quantile);
}

bool sentence_amount(struct sentence *sentence, int *i, struct str metric,
                     struct alert_statement *out_alert)
{
    struct words *words = &sentence->words;
    struct alert_statement alert = {
        .metric = metric, .signal = vocabulary_signal(sentence->place->vocabulary, metric)};
    int at = *i;
    if (!words_is_number(words, at))
        return false;
    alert.value = words->at[at].number;
    words_read(words, at, at + 1);
    at++;
    if (words_is(words, at, WD_X))
        return false;
    bool whole = amount_tail(sentence, &at, &alert, false);
    narrow(sentence->arena, &alert, (struct str){"", 0});
    whole = whole && fits(sentence, &alert);
    set_quantile(&alert);
    *out_alert = alert;
    *i = at;
    return whole;
}

enum reading sentence_threshold(struct sentence *sentence, int *i,
                                struct alert_statement *out_alert)
{
    struct words *words = &sentence->words;
    struct alert_statement alert = {0};
    struct str where = {"", 0};
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
    bool relative = read_times(words, from, &at, &alert); /* "2x baseline": none is known */
    bool counted = threshold == from && !sentence->place->metric.n && sentence->made_count == 0;
    bool fixed = amount_tail(sentence, &at, &alert, counted);
    bool metric = alert.metric.n > 0;
    if (!metric && threshold == from && alert.of.n && alert.unit.n && !sentence->place->metric.n) {
        metric = true; /* "> 50% of budget consumed" */
        alert.metric = alert.of;
        alert.of = (struct str){"", 0};
    }
    if (relative)
        words_unread(words, amount, amount + 1);
    if (threshold > from) {
        metric = read_metric(sentence, from, threshold, &alert);
    } else if (!metric && sentence->place->metric.n) {
        metric = true;
        alert.metric = sentence->place->metric;
        if (!str_is(alert.of, "free"))
            alert.signal = vocabulary_signal(sentence->place->vocabulary, alert.metric);
        set_quantile(&alert);
    }
    bool scoped = words_is(words, at, WD_FOR) && (sentence->place->sections & SECTION_ALERT) &&
                  !(sentence->place->sections & SECTION_OBJECTIVE);
    if (words_is(words, at, WD_ON) || words_is(words, at, WD_IN) || scoped ||
        words_is(words, at, WD_ACROSS))
        read_where(words, &at, &where);
    settle_part(sentence, &alert);
    settle_of(sentence, &alert);
    narrow(sentence->arena, &alert, where);
    /* "Till down over 2 minutes": a state and its length, but which comparison is it? */
    bool state = metric && threshold > from && alert.unit.n && byte_is_alpha(alert.unit.p[0]) &&
                 words_is_a(words, threshold - 1, LEX_STATE) &&
                 !words_is_a(words, threshold - 1, LEX_LOWER_BETTER | LEX_COUNT);
    bool twice = alert.average && alert.quantile > 0; /* an average or a quantile? */
    bool fitting = !state && !twice && (!metric || fits(sentence, &alert));
    if (!fitting)
        words_unread(words, amount, at);
    *i = at;
    *out_alert = alert;
    return metric && fixed && fitting ? READ_YES : READ_HALF;
}
