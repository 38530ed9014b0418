/* sentence_alert.c - thresholds, states and objectives: "Error rate > 5% for 5 minutes". */
#include "runbook/sentence.h"

enum { METRIC_WORDS_MAX = 12, OF_WORDS_MAX = 4 };

/* "Trigger an alert when the", "Alert if", "Page on". */
static bool read_trigger(struct words *words, int *i)
{
    static const char *const verbs[] = {"trigger", "alert", "page", "warn", "notify", "fire", NULL};
    static const char *const links[] = {"when", "if", "on", NULL};
    int at = *i;
    if (!words_is_one(words, at, verbs))
        return false;
    at++;
    if ((words_is(words, at, "an") || words_is(words, at, "the")) &&
        words_is(words, at + 1, "alert"))
        at += 2;
    if (!words_is_one(words, at, links))
        return false;
    at++;
    words_read(words, *i, at);
    *i = at;
    return true;
}

static void read_unit(struct words *words, int *i, struct alert_statement *alert)
{
    static const struct {
        const char *unit;
        double factor;
    } units[] = {
        {"%", 0.01},
        {"percent", 0.01},
        {"ms", 0.001},
        {"millisecond", 0.001},
        {"milliseconds", 0.001},
        {"s", 1},
        {"sec", 1},
        {"secs", 1},
        {"second", 1},
        {"seconds", 1},
        {"m", 60},
        {"min", 60},
        {"mins", 60},
        {"minute", 60},
        {"minutes", 60},
        {"h", 3600},
        {"hour", 3600},
        {"hours", 3600},
        {"day", 86400},
        {"days", 86400},
        {"kb", 1e3},
        {"mb", 1e6},
        {"gb", 1e9},
        {"tb", 1e12},
        {"kib", 1024},
        {"mib", 1048576},
        {"gib", 1073741824},
        {"tib", 1099511627776.0},
    };
    for (size_t k = 0; k < sizeof units / sizeof units[0]; k++) {
        if (!words_is(words, *i, units[k].unit))
            continue;
        alert->value =
            units[k].factor == 0.01 ? alert->value / 100 : alert->value * units[k].factor;
        if (units[k].factor == 0.001)
            alert->value = words->at[*i - 1].number / 1000;
        alert->unit = words->at[*i].text;
        words_read(words, *i, *i + 1);
        (*i)++;
        return;
    }
}

static void read_of(struct words *words, int *i, struct alert_statement *alert)
{
    if (!words_is(words, *i, "of"))
        return;
    int from = *i + 1;
    if (words_is(words, from, "the"))
        from++;
    static const char *const ends[] = {"for",    "over", "in",      "within",
                                       "during", "per",  "lasting", NULL};
    int to = from;
    while (to < words->count && to - from < OF_WORDS_MAX && words->at[to].type == WORD_NAME &&
           !words_is_one(words, to, ends))
        to++;
    if (to == from)
        return;
    alert->of = words_span(words, from, to);
    words_read(words, *i, to);
    *i = to;
}

/* Words between the amount and the window that only name what is counted. */
static void skip_count_noun(struct words *words, int *i)
{
    static const char *const nouns[] = {
        "consecutive", "failures", "failure",  "checks",   "errors", "events",      "requests",
        "users",       "messages", "restarts", "attempts", "times",  "connections", NULL};
    while (words_is_one(words, *i, nouns)) {
        words_read(words, *i, *i + 1);
        (*i)++;
    }
}

static void read_window(struct words *words, int *i, struct alert_statement *alert)
{
    static const struct {
        const char *word;
        enum window_mode mode;
    } modes[] = {{"for", WINDOW_FOR},   {"lasting", WINDOW_FOR}, {"sustained", WINDOW_FOR},
                 {"over", WINDOW_OVER}, {"in", WINDOW_IN},       {"within", WINDOW_IN},
                 {"per", WINDOW_IN},    {"during", WINDOW_IN}};
    static const char *const fillers[] = {"for",  "any",  "a",  "an",    "the", "last", "rolling",
                                          "more", "than", "at", "least", ">",   NULL};
    for (size_t k = 0; k < sizeof modes / sizeof modes[0]; k++) {
        if (!words_is(words, *i, modes[k].word))
            continue;
        int at = *i + 1;
        while (words_is_one(words, at, fillers))
            at++;
        struct length length = {0};
        int end = at;
        if (!words_length(words, &end, &length))
            return;
        if (length.ms <= 0 || length.low_ms || length.working_days) {
            words_unread(words, at, end);
            return;
        }
        if (words_is(words, end, "window"))
            end++;
        words_read(words, *i, end);
        alert->mode = modes[k].mode;
        alert->window_ms = length.ms;
        *i = end;
        return;
    }
}

/* Reads the metric [from, to): signal and quantile. False when it names two quantiles. */
static bool read_metric(struct words *words, int from, int to, struct alert_statement *alert)
{
    int end = to;
    if (end > from && words_is(words, end - 1, ":"))
        end--;
    for (int i = from; i < end; i++) {
        double quantile = vocabulary_quantile(words->at[i].text);
        struct str word = words->at[i].text;
        bool other = word.n > 1 && byte_lower(word.p[0]) == 'p' && byte_is_digit(word.p[1]);
        if ((quantile > 0 && alert->quantile > 0) || (other && !(quantile > 0)))
            return false;
        if (quantile > 0)
            alert->quantile = quantile;
        if (words->at[i].type == WORD_NUMBER)
            return false;
    }
    static const char *const conditions[] = {"unless", "except", "not", "if",
                                             "when",   "or",     "and", NULL};
    for (int i = from; i < end; i++)
        if (words_is_one(words, i, conditions))
            return false;
    words_read(words, from, to);
    if (words_is(words, from, "the"))
        from++;
    alert->metric = words_span(words, from, end);
    alert->signal = vocabulary_signal(alert->metric);
    return end > from;
}

static struct str level_of(const struct sentence_place *place)
{
    struct words words;
    if (place->level.n)
        return place->level;
    words_parse(place->heading, &words);
    for (int i = 0; i < words.count; i++)
        if (word_is_level(words.at[i].text) && words.at[i].text.p[0] != 'S')
            return words.at[i].text;
    if (str_find_nocase(place->heading, "critical", 0) < place->heading.n)
        return STR("critical");
    if (str_find_nocase(place->heading, "warning", 0) < place->heading.n)
        return STR("warning");
    return (struct str){"", 0};
}

static enum reading read_state(const struct sentence_place *place, struct words *words,
                               struct statement *out_statement)
{
    int end = 0;
    if (!(place->sections & SECTION_ALERT) || !place->in_list || place->ordered ||
        place->has_children || !vocabulary_state(words, &end))
        return READ_NO;
    struct alert_statement alert = {.cmp = CMP_NONE, .level = level_of(place)};
    alert.metric = words_span(words, 0, end);
    alert.signal = vocabulary_signal(alert.metric);
    for (int i = 0; i < words->count; i++)
        if (words->at[i].type == WORD_NAME)
            words->at[i].read = true;
    out_statement->kind = STATEMENT_ALERT;
    out_statement->alert = alert;
    return words_leftover(words).n ? READ_HALF : READ_YES;
}

/* Index of the first comparison at or after from that is followed by a number, or -1. */
static int find_threshold(const struct words *words, int from)
{
    for (int i = from; i < words->count; i++)
        if (words_has_comparison(words, i))
            return i;
    return -1;
}

static bool is_action_mark(const struct words *words, int i)
{
    return words_is(words, i, "\xE2\x86\x92") || words_is(words, i, "->") ||
           words_is(words, i, "=>");
}

enum reading sentence_alert(const struct sentence_place *place, struct words *words,
                            struct statement *out_statement)
{
    int i = 0;
    struct alert_statement alert = {0};
    if (words->cut)
        return READ_NO;
    bool trigger = read_trigger(words, &i);
    int threshold = find_threshold(words, i);
    if (threshold < 0)
        return trigger ? READ_NO : read_state(place, words, out_statement);
    bool section = (place->sections & (SECTION_ALERT | SECTION_OBJECTIVE)) && place->in_list;
    if (threshold - i > METRIC_WORDS_MAX)
        return READ_NO;
    int from = i;
    i = threshold;
    (void)words_comparison(words, &i, &alert.cmp);
    alert.value = words->at[i].number;
    words_read(words, i, i + 1);
    i++;
    if (words_is(words, i, "x"))
        words->at[i - 1].read = false; /* "2x baseline": no baseline is known */
    read_unit(words, &i, &alert);
    read_of(words, &i, &alert);
    skip_count_noun(words, &i);
    read_window(words, &i, &alert);
    if (!section && !trigger && alert.mode == WINDOW_NONE)
        return READ_NO;
    if (is_action_mark(words, i))
        words_read(words, i, words->count);
    bool metric = read_metric(words, from, threshold, &alert);
    bool objective =
        !trigger && (place->sections & SECTION_OBJECTIVE) && !(place->sections & SECTION_ALERT);
    alert.level = objective ? (struct str){"", 0} : level_of(place);
    out_statement->kind = objective ? STATEMENT_OBJECTIVE : STATEMENT_ALERT;
    out_statement->alert = alert;
    return !metric || words_leftover(words).n ? READ_HALF : READ_YES;
}
