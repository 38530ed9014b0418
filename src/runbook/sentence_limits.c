/* sentence_limits.c - a measure with a limit for each level, and states without a number. */
#include "runbook/sentence_alert.h"

enum { METRIC_WORDS_MAX = 6, LIMITS_MAX = 4, STATE_WORDS_MAX = 10 };

/* "warning", "warn at", "critical:" at *i; false when no level stands there. */
static bool read_level(struct words *words, int *i, struct str *out_level)
{
    int at = *i;
    bool open = words_is(words, at, WD_M_OPEN);
    at += open;
    if (words_is(words, at, WD_WARNING) || words_is(words, at, WD_WARN) ||
        words_is(words, at, WD_WARNS))
        *out_level = STR("warning");
    else if (words_is(words, at, WD_CRITICAL) || words_is(words, at, WD_CRIT))
        *out_level = STR("critical");
    else if (at < words->count && words->at[at].level != LEVEL_NONE)
        *out_level = words->at[at].text;
    else
        return false;
    at++;
    if (open && !words_is(words, at, WD_M_CLOSE))
        return false;
    at += open;
    words_read(words, *i, at);
    *i = at;
    return true;
}

/* "at 80%", "> 80% for 5 minutes", "80%": one limit of the metric. Without a comparison the side is
 * the bad one of the measure, and "at" includes the limit. */
static bool read_limit(struct sentence *sentence, int *i, struct str metric,
                       struct alert_statement *out_alert)
{
    struct words *words = &sentence->words;
    struct sentence_place place = *sentence->place;
    const struct sentence_place *before = sentence->place;
    struct alert_statement alert = {0};
    int at = *i;
    place.metric = metric;
    if (words_has_comparison(words, at)) {
        sentence->place = &place;
        enum reading reading = sentence_threshold(sentence, &at, &alert);
        sentence->place = before;
        if (reading != READ_YES)
            return false;
        *out_alert = alert;
        *i = at;
        return true;
    }
    if (words_is(words, at, WD_AT) || words_is(words, at, WD_M_COLON))
        at++;
    if (!words_is_number(words, at))
        return false;
    enum direction direction = vocabulary_direction(metric);
    if (direction == DIRECTION_UNKNOWN)
        return false;
    words_read(words, *i, at);
    if (!sentence_amount(sentence, &at, metric, &alert))
        return false;
    alert.cmp = direction == DIRECTION_LOWER ? CMP_AT_LEAST : CMP_AT_MOST;
    *out_alert = alert;
    *i = at;
    return true;
}

/* The metric in front: "Disk usage:", "CPU"; its last index, or -1. */
static int metric_end(const struct words *words)
{
    int at = 0;
    while (at < words->count && at < METRIC_WORDS_MAX && words->at[at].type == WORD_NAME &&
           words->at[at].level == LEVEL_NONE && !words_has_comparison(words, at) &&
           !words_is(words, at, WD_WARN) && !words_is(words, at, WD_WARNING) &&
           !words_is(words, at, WD_CRITICAL) && !words_is_a(words, at, LEX_RESIDUE | LEX_TRIGGER))
        at++;
    return at;
}

enum reading alert_read_limits(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    int end = metric_end(words);
    int i = end;
    int levels = 0;
    if (end == 0 || !sentence->place->in_list ||
        (words_is_a(words, 0, LEX_VERB) && !words_is(words, end, WD_M_COLON)))
        return READ_NO;
    struct str metric = words_span(words, 0, end);
    if (words_is(words, i, WD_M_COLON) || words_is_a(words, i, LEX_DASH))
        i++;
    words_read(words, 0, i);
    while (sentence->made_count < LIMITS_MAX) {
        struct str level = {"", 0};
        struct alert_statement alert;
        bool first = read_level(words, &i, &level);
        if (first && words_is(words, i, WD_M_COLON)) {
            words_read(words, i, i + 1);
            i++;
        }
        if (!read_limit(sentence, &i, metric, &alert))
            break;
        if (!first && !read_level(words, &i, &level))
            break;
        levels++;
        alert.level = level;
        sentence_make(sentence, STATEMENT_ALERT)->alert = alert;
        int next = i;
        while (words_is(words, next, WD_M_COMMA) || words_is(words, next, WD_M_SEMICOLON) ||
               words_is(words, next, WD_M_BAR) || words_is(words, next, WD_AND))
            next++;
        if (next == i)
            break;
        words_read(words, i, next);
        i = next;
    }
    return levels >= 2 ? sentence_end_remark(sentence, i) : READ_NO;
}

/* "for more than 5 minutes" behind a state: how long it has to hold. */
static void read_hold(struct words *words, int *i, struct alert_statement *alert)
{
    struct length length;
    int at = *i;
    bool hold = words_is(words, at, WD_FOR) || words_is(words, at, WD_LASTING);
    if (!hold)
        return;
    at++;
    while (words_is(words, at, WD_MORE) || words_is(words, at, WD_THAN) ||
           words_is(words, at, WD_LONGER) || words_is(words, at, WD_AT) ||
           words_is(words, at, WD_LEAST) || words_is(words, at, WD_M_MORE) ||
           words_is(words, at, WD_OVER))
        at++;
    if (!words_length(words, &at, &length) || length.ms < 1000 || length.range || length.months ||
        length.working_days)
        return;
    alert->mode = WINDOW_FOR;
    alert->window_ms = length.ms;
    words_read(words, *i, at);
    *i = at;
}

/* "5 min downtime", "15+ minutes of SLO breach": a state with its length in front. */
static bool read_length_first(struct sentence *sentence, struct alert_statement *alert)
{
    struct words *words = &sentence->words;
    struct length length;
    int at = 0;
    while (at < words->count && !words_is_number(words, at))
        at++;
    int number = at;
    if (!words_length(words, &at, &length) || length.ms < 1000 || length.range || length.months ||
        length.working_days)
        return false;
    if (words_is(words, at, WD_OF))
        at++;
    if (!words_is(words, at, WD_DOWNTIME) && !words_is_a(words, words->count - 1, LEX_STATE))
        return false;
    words_read(words, 0, words->count);
    alert->metric = number > 0 ? words_span(words, 0, number) : words_span(words, at, words->count);
    alert->mode = WINDOW_FOR;
    alert->window_ms = length.ms;
    return true;
}

static void read_names(struct words *words, int to)
{
    for (int i = 0; i < to; i++)
        if (words->at[i].type == WORD_NAME && words->at[i].level == LEVEL_NONE &&
            !words_is_a(words, i, LEX_WEEKDAY) && !words_is(words, i, WD_UNLESS) &&
            !words_is(words, i, WD_NOT) && !words_is(words, i, WD_OR) && !words_is(words, i, WD_IF))
            words_read(words, i, i + 1);
}

/* "Failed or stalled migration on deploy", "Multiple pod restarts": the state stands in front. */
static bool has_state_first(const struct words *words, int to)
{
    return to >= 2 && to <= STATE_WORDS_MAX && words_is_a(words, 0, LEX_STATE_FIRST);
}

enum reading alert_read_state(struct sentence *sentence, int from, struct str level)
{
    const struct sentence_place *place = sentence->place;
    struct words *words = &sentence->words;
    struct alert_statement alert = {.cmp = CMP_NONE};
    int end = 0;
    if (!(place->sections & SECTION_ALERT) || !place->in_list || place->ordered ||
        place->has_children || words_is_a(words, from, LEX_VERB) ||
        words_is(words, from, WD_CHECK) ||
        (words_is_a(words, from, LEX_VERB_OR_NOUN) && place->among_verbs &&
         words_is_a(words, from + 1, LEX_FOLLOWER)) ||
        str_find_nocase(place->heading, "escalat", 0) < place->heading.n)
        return READ_NO;
    alert.level = level;
    words_read(words, 0, from);
    int last = words->count;
    for (int i = from + 1; i < words->count && last == words->count; i++) {
        int at = i;
        read_hold(words, &at, &alert);
        if (at > i)
            last = i;
        if (at > i && at < words->count && !words_is(words, at, WD_M_POINT))
            return READ_NO;
    }
    if (from == 0 && last == words->count && read_length_first(sentence, &alert)) {
        sentence_make(sentence, STATEMENT_ALERT)->alert = alert;
        return sentence_end(sentence, words->count);
    }
    int open = from + 1;
    while (open < words->count && !words_is(words, open, WD_M_OPEN))
        open++;
    if (open < words->count && last == words->count)
        last = open; /* a remark in brackets behind the state */
    bool state = vocabulary_state_within(words, last, &end);
    bool first = !state && has_state_first(words, last);
    if (!state && !first)
        return READ_NO;
    alert.metric = words_span(words, from, first ? last : end);
    if (state)
        alert.is = words_span(words, end, last);
    alert.signal =
        first ? (struct str){"", 0} : vocabulary_signal(sentence->place->vocabulary, alert.metric);
    read_names(words, last);
    if (first) {
        for (int i = 0; i < last; i++)
            if (words_is(words, i, WD_OR) || words_is(words, i, WD_AND))
                words_read(words, i, i + 1);
    }
    sentence_make(sentence, STATEMENT_ALERT)->alert = alert;
    if (words_is(words, last, WD_M_OPEN)) {
        int close = words->count;
        while (close > last && words->at[close - 1].type == WORD_MARK)
            close--;
        sentence->made[sentence->made_count - 1].remark = words_span(words, last + 1, close);
        for (int i = last; i < words->count; i++)
            if (words->at[i].type == WORD_NAME && !words_is_a(words, i, LEX_WEEKDAY) &&
                words->at[i].level == LEVEL_NONE)
                words_read(words, i, i + 1);
    }
    return words_leftover(words).n ? READ_HALF : READ_YES;
}
