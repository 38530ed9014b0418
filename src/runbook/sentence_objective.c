/* sentence_objective.c - what is wanted rather than alarmed on: RTO, RPO, availability, targets. */
#include "runbook/sentence.h"

enum { SUBJECT_WORDS_MAX = 6, HEAD_WORDS_MAX = 9 };

static bool is_recovery_objective(int id)
{
    return id == WD_RTO || id == WD_RPO || id == WD_MTTR || id == WD_MTTA;
}

/* RTO or RPO as a word of text, or "". */
static struct str recovery_objective_in(struct str text)
{
    struct words words;
    words_parse(text, &words);
    for (int i = 0; i < words.count; i++)
        if (is_recovery_objective(words_at(&words, i)))
            return words.at[i].text;
    return (struct str){"", 0};
}

/* "1 hour", "< 15 min", "~30 minutes", "0": a length that is an upper limit. */
static bool read_limit(struct words *words, int *i, struct alert_statement *objective)
{
    int at = *i;
    struct when when;
    objective->cmp = CMP_AT_MOST;
    if (words_is(words, at, WD_M_TILDE))
        at++;
    if (words_is(words, at, WD_M_LESS))
        objective->cmp = CMP_UNDER;
    if (words_is_number(words, at) && !(words->at[at].number > 0) && at + 1 == words->count) {
        objective->value = 0;
        objective->unit = STR("seconds");
        words_read(words, *i, at + 1);
        *i = at + 1;
        return true;
    }
    if (!sentence_when(words, &at, &when) || when.recurring || when.calendar || when.length.months)
        return false;
    words_read(words, *i, at);
    *i = at;
    objective->value = (double)when.length.ms / 1000;
    objective->unit = STR("seconds");
    return true;
}

/* "RTO: 1 hour", "RPO target: < 15 minutes", "Recovery Time Objective (RTO): 4 hours". */
static enum reading read_recovery(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct alert_statement objective = {0};
    int colon = 0;
    int name = -1;
    while (colon < words->count && colon <= HEAD_WORDS_MAX && !words_is(words, colon, WD_M_COLON) &&
           !words_is(words, colon, WD_M_EQUAL_MARK) && !words_is(words, colon, WD_M_LESS)) {
        if (is_recovery_objective(words_at(words, colon)))
            name = colon;
        colon++;
    }
    if (name < 0 || colon >= words->count || colon > HEAD_WORDS_MAX)
        return READ_NO;
    int i = words_is(words, colon, WD_M_LESS) ? colon : colon + 1;
    if (!read_limit(words, &i, &objective))
        return READ_NO;
    for (int k = 0; k < colon; k++)
        if (words_is_number(words, k))
            return READ_NO;
    words_read(words, 0, colon + 1);
    objective.metric = words->at[name].text;
    sentence_make(sentence, STATEMENT_OBJECTIVE)->alert = objective;
    return sentence_end(sentence, i);
}

/* "Database: 1 hour" below a heading of RTO or RPO. */
static enum reading read_recovery_of(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct alert_statement objective = {.metric = recovery_objective_in(sentence->place->heading)};
    int i = 0;
    if (objective.metric.n == 0)
        objective.metric = recovery_objective_in(sentence->place->label);
    if (objective.metric.n == 0 || !sentence->place->in_list)
        return READ_NO;
    while (i < words->count && i < SUBJECT_WORDS_MAX && words->at[i].type != WORD_NUMBER &&
           !words_is(words, i, WD_M_COLON))
        i++;
    int end = i;
    if (end == 0 || !words_is(words, i, WD_M_COLON))
        return READ_NO;
    i++;
    if (!read_limit(words, &i, &objective))
        return READ_NO;
    objective.of = words_span(words, 0, end);
    words_read(words, 0, end + 1);
    sentence_make(sentence, STATEMENT_OBJECTIVE)->alert = objective;
    return sentence_end(sentence, i);
}

/* "monthly", "per month", "over 30 days" behind a target. */
static void read_period(struct words *words, int *i, struct alert_statement *objective)
{
    struct when when;
    int at = *i;
    if (words_is(words, at, WD_OVER) || words_is(words, at, WD_PER)) {
        at++;
        while (words_is(words, at, WD_A) || words_is(words, at, WD_ROLLING) ||
               words_is(words, at, WD_THE))
            at++;
    }
    int64_t ms = 0;
    int months = 0;
    bool found = vocabulary_frequency(words, at, &ms, &months) ||
                 word_unit_of_time(words_at(words, at), &ms, &months);
    if (found) {
        at++;
    } else if (at > *i && sentence_when(words, &at, &when) && !when.recurring) {
        ms = when.length.ms;
        months = when.length.months;
        found = true;
    }
    if (!found)
        return;
    objective->mode = WINDOW_OVER;
    objective->window_ms = ms ? ms : (int64_t)months * 30 * 86400000;
    words_read(words, *i, at);
    *i = at;
}

/* "Availability: 99.9% monthly", "Uptime SLA 99.95%". */
static enum reading read_availability(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct alert_statement objective = {.cmp = CMP_AT_LEAST, .unit = STR("%")};
    bool named = false;
    int i = 0;
    while (i < words->count && i < HEAD_WORDS_MAX && !words_is_number(words, i) &&
           !words_has_comparison(words, i)) {
        named |= words_is(words, i, WD_AVAILABILITY) || words_is(words, i, WD_UPTIME);
        i++;
    }
    int head = i;
    if (words_has_comparison(words, i))
        (void)words_comparison(words, &i, &objective.cmp);
    bool wanted = objective.cmp == CMP_AT_LEAST || objective.cmp == CMP_OVER;
    if (!named || !wanted || !words_is_number(words, i) ||
        !words_is(words, i + 1, WD_M_PERCENT_MARK))
        return READ_NO;
    objective.value = words->at[i].number / 100;
    words_read(words, 0, i + 2);
    i += 2;
    read_period(words, &i, &objective);
    while (head > 0 && words->at[head - 1].type == WORD_MARK)
        head--;
    objective.metric = words_span(words, 0, head);
    sentence_make(sentence, STATEMENT_OBJECTIVE)->alert = objective;
    return sentence_end(sentence, i);
}

static bool is_wanted_high(const struct words *words, int to)
{
    for (int i = 0; i < to; i++)
        if (words_is(words, i, WD_SUCCESS) || words_is(words, i, WD_AVAILABILITY) ||
            words_is(words, i, WD_UPTIME) || words_is(words, i, WD_HEALTH))
            return true;
    return false;
}

/* "99.5%" by itself, of something that is wanted high. */
static bool read_share(struct words *words, int *i, struct alert_statement *objective)
{
    if (!words_is_number(words, *i) || !words_is(words, *i + 1, WD_M_PERCENT_MARK))
        return false;
    *objective = (struct alert_statement){
        .cmp = CMP_AT_LEAST, .value = words->at[*i].number / 100, .unit = words->at[*i + 1].text};
    words_read(words, *i, *i + 2);
    *i += 2;
    return true;
}

/* "99.9% 2xx responses on /api (per day)": what the share is of. */
static void read_measured(struct words *words, int *i, struct alert_statement *objective)
{
    int to = *i;
    if (!str_is(objective->unit, "%") || objective->of.n)
        return;
    while (to < words->count &&
           (words->at[to].type == WORD_NAME || words_is(words, to, WD_M_BAR)) &&
           !words_is_a(words, to, LEX_RESIDUE | LEX_FREQUENCY) && !words_is(words, to, WD_FOR) &&
           !words_is(words, to, WD_OVER))
        to++;
    if (to > *i) {
        objective->of = words_span(words, *i, to);
        words_read(words, *i, to);
        *i = to;
    }
    int inner = *i + 1;
    if (!words_is(words, *i, WD_M_OPEN))
        return;
    read_period(words, &inner, objective);
    if (inner == *i + 1 || !words_is(words, inner, WD_M_CLOSE))
        return;
    words_read(words, *i, inner + 1);
    *i = inner + 1;
}

/* "for core APIs" behind the last target. */
static void read_scope(struct sentence *sentence, int *i)
{
    struct words *words = &sentence->words;
    int to = *i + 1;
    if (!words_is(words, *i, WD_FOR) || words_is_number(words, to))
        return;
    while (to < words->count && words->at[to].type == WORD_NAME &&
           !words_is_a(words, to, LEX_RESIDUE))
        to++;
    for (int k = 0; to > *i + 1 && k < sentence->made_count; k++)
        if (sentence->made[k].alert.of.n == 0)
            sentence->made[k].alert.of = words_span(words, *i + 1, to);
    words_read(words, *i, to);
    *i = to;
}

/* "Latency: P95 < 500ms, P99 < 1200ms": each target behind the label is one. */
static enum reading read_targets(struct sentence *sentence, int label_end)
{
    struct words *words = &sentence->words;
    int i = label_end > 0 ? label_end + 1 : 0;
    for (;;) {
        struct alert_statement objective = {0};
        enum reading reading = READ_YES;
        if (label_end == 0 || !is_wanted_high(words, label_end) ||
            !read_share(words, &i, &objective))
            reading = sentence_threshold(sentence, &i, &objective);
        if (reading == READ_NO)
            return sentence->made_count ? READ_HALF : READ_NO;
        bool only_quantile = objective.metric.n > 0 && vocabulary_quantile(objective.metric) > 0;
        if (label_end > 0 && (objective.metric.n == 0 || only_quantile)) {
            objective.metric = words_span(words, 0, label_end);
            objective.signal = vocabulary_signal(objective.metric);
            words_read(words, 0, label_end + 1);
            reading = READ_YES;
        }
        read_measured(words, &i, &objective);
        if (objective.mode == WINDOW_NONE)
            read_period(words, &i, &objective);
        sentence_make(sentence, STATEMENT_OBJECTIVE)->alert = objective;
        if (reading == READ_HALF)
            return READ_HALF;
        if (!words_is(words, i, WD_M_COMMA) && !words_is(words, i, WD_M_SEMICOLON))
            break;
        i++;
    }
    words_read(words, 0, label_end ? label_end + 1 : 0);
    read_scope(sentence, &i);
    return sentence_end(sentence, i);
}

/* "Error rate < 0.1%" below a heading of objectives. */
static enum reading read_target(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    if (!(sentence->place->sections & SECTION_OBJECTIVE) ||
        (sentence->place->sections & SECTION_ALERT) || !sentence->place->in_list ||
        words_is_a(words, 0, LEX_TRIGGER))
        return READ_NO;
    int colon = 0;
    while (colon < words->count && colon < HEAD_WORDS_MAX && !words_is(words, colon, WD_M_COLON))
        colon++;
    bool labelled =
        words_is(words, colon, WD_M_COLON) &&
        (words_is_number(words, colon + 1) || words_has_comparison(words, colon + 1) ||
         (colon + 1 < words->count && vocabulary_quantile(words->at[colon + 1].text) > 0));
    return read_targets(sentence, labelled ? colon : 0);
}

enum reading sentence_objective(struct sentence *sentence)
{
    enum reading (*const forms[])(struct sentence *) = {read_recovery, read_recovery_of,
                                                        read_availability, read_target};
    if (sentence->words.cut)
        return READ_NO;
    return sentence_try(sentence, forms, sizeof forms / sizeof forms[0]);
}
