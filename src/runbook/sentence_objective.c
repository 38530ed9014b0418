/* sentence_objective.c - what is wanted rather than alarmed on: RTO, RPO, availability, targets. */
#include "runbook/sentence_objective.h"

enum { SUBJECT_WORDS_MAX = 6, HEAD_WORDS_MAX = 9, TARGETS_MAX = 6 };

static bool is_recovery_name(int id)
{
    return id == WD_RTO || id == WD_RPO || id == WD_MTTR || id == WD_MTTA || id == WD_MTTD;
}

/* "RTO", "Recovery Time Objective (RTO)" at i; the index behind it, or i. */
static int recovery_end(const struct words *words, int i, struct str *out_name)
{
    if (is_recovery_name(words_at(words, i))) {
        *out_name = words->at[i].text;
        return i + 1;
    }
    bool time = words_is(words, i + 1, WD_TIME);
    if (!words_is(words, i, WD_RECOVERY) || !words_is(words, i + 2, WD_OBJECTIVE) ||
        (!time && !words_is(words, i + 1, WD_POINT)))
        return i;
    *out_name = time ? STR("RTO") : STR("RPO");
    int at = i + 3;
    if (words_is(words, at, WD_M_OPEN) && is_recovery_name(words_at(words, at + 1)) &&
        words_is(words, at + 2, WD_M_CLOSE))
        at += 3;
    return at;
}

/* The one of RTO and RPO that text names, or "". */
static struct str recovery_name_in(struct str text)
{
    struct words WORDS_UNSET words;
    struct str name = {"", 0};
    struct str found = {"", 0};
    words_parse(text, &words);
    for (int i = 0; i < words.count; i++) {
        if (recovery_end(&words, i, &name) == i)
            continue;
        if (found.n && !str_equal_nocase(found, name))
            return (struct str){"", 0}; /* "RPO and RTO": which of them? */
        found = name;
    }
    return found;
}

/* "1 hour", "< 15 min", "~30 minutes", "0", "0 min": a length that is an upper limit. */
static bool read_limit(struct words *words, int *i, struct alert_statement *objective)
{
    int at = *i;
    int64_t ms = 0;
    int months = 0;
    struct when when;
    objective->cmp = CMP_AT_MOST;
    if (words_is(words, at, WD_M_TILDE))
        at++;
    if (words_is(words, at, WD_M_LESS) || words_is(words, at, WD_UNDER))
        objective->cmp = CMP_UNDER;
    bool zero = words_is_number(words, at) && !(words->at[at].number > 0);
    if (zero && word_unit_of_time(words_at(words, at + 1), &ms, &months)) {
        words_read(words, *i, at + 2);
        *i = at + 2;
    } else if (zero && (at + 1 == words->count || words->at[at + 1].type == WORD_MARK)) {
        words_read(words, *i, at + 1);
        *i = at + 1;
    } else if (sentence_when(words, &at, &when) && !when.recurring && !when.calendar &&
               !when.length.months && !(when.length.range && !when.length.low_ms)) {
        words_read(words, *i, at);
        *i = at;
        objective->value = (double)when.length.ms / 1000;
        objective->unit = STR("seconds");
        return true;
    } else {
        return false;
    }
    objective->value = 0;
    objective->unit = STR("seconds");
    return true;
}

/* Between the name and its limit: "target:", "=", "of", "(database):". The index of the limit. */
static int skip_to_limit(const struct words *words, int i)
{
    int at = i;
    if (words_is(words, at, WD_M_OPEN)) { /* "RTO (Recovery Time Objective)" */
        int close = at + 1;
        while (close < words->count && words->at[close].type == WORD_NAME)
            close++;
        if (words_is(words, close, WD_M_CLOSE))
            at = close + 1;
    }
    if (words_is(words, at, WD_TARGET) || words_is(words, at, WD_GOAL) ||
        words_is(words, at, WD_OBJECTIVE))
        at++;
    if (words_is(words, at, WD_M_COLON) || words_is(words, at, WD_M_EQUAL_MARK) ||
        words_is(words, at, WD_OF) || words_is(words, at, WD_IS) || words_is_a(words, at, LEX_DASH))
        at++;
    return at;
}

/* A label that names no measure of its own: "Target", "SLO", "Goal". */
static bool is_bare_label(const struct words *words, int to)
{
    if (to < 1 || to > 2)
        return false;
    for (int i = 0; i < to; i++)
        if (!words_is(words, i, WD_TARGET) && !words_is(words, i, WD_TARGETS) &&
            !words_is(words, i, WD_GOAL) && !words_is(words, i, WD_SLO) &&
            !words_is(words, i, WD_OBJECTIVE) && !words_is(words, i, WD_SLA) &&
            !words_is(words, i, WD_THRESHOLD))
            return false;
    return true;
}

/* "RTO: 1 hour", "RPO target: < 15 minutes", "RTO < 1h, RPO < 15m", "RTO of 4 hours and RPO of 1
 * hour". */
static enum reading read_recovery(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct str name = {"", 0};
    int i = 0;
    while (i < words->count && i <= HEAD_WORDS_MAX && recovery_end(words, i, &name) == i &&
           !words_is_number(words, i))
        i++;
    int head = i;
    while (head > 0 && words->at[head - 1].type == WORD_MARK)
        head--;
    if (i > HEAD_WORDS_MAX || words_is_number(words, i) || words_is_a(words, 0, LEX_VERB))
        return READ_NO;
    struct str of =
        head > 0 && !is_bare_label(words, head) ? words_span(words, 0, head) : (struct str){"", 0};
    words_read(words, 0, i);
    for (int end = recovery_end(words, i, &name); end > i && sentence->made_count < TARGETS_MAX;
         end = recovery_end(words, i, &name)) {
        struct alert_statement objective = {.metric = name, .of = of};
        int limit = skip_to_limit(words, end);
        int at = limit;
        if (!read_limit(words, &at, &objective))
            return sentence->made_count ? READ_HALF : READ_NO;
        words_read(words, i, limit);
        sentence_make(sentence, STATEMENT_OBJECTIVE)->alert = objective;
        int next = at;
        while (words_is(words, next, WD_M_COMMA) || words_is(words, next, WD_AND) ||
               words_is(words, next, WD_M_BAR) || words_is(words, next, WD_M_SEMICOLON) ||
               words_is(words, next, WD_M_PIPE) || words_is(words, next, WD_M_BULLET) ||
               words_is(words, next, WD_M_DOT))
            next++;
        if (recovery_end(words, next, &name) == next) {
            i = at;
            break;
        }
        words_read(words, at, next);
        i = next;
    }
    return sentence->made_count ? objective_end(sentence, i) : READ_NO;
}

/* "Database: 1 hour" below a heading of RTO or RPO. */
static enum reading read_recovery_of(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct alert_statement objective = {0};
    int i = 0;
    if (!sentence->place->in_list)
        return READ_NO;
    while (i < words->count && i < SUBJECT_WORDS_MAX && words->at[i].type != WORD_NUMBER &&
           !words_is(words, i, WD_M_COLON))
        i++;
    int end = i;
    if (end == 0 || !words_is(words, i, WD_M_COLON))
        return READ_NO;
    i++;
    while (words_is(words, i, WD_RECOVERY) || words_is(words, i, WD_MAXIMUM) ||
           words_is(words, i, WD_MAX) || words_is(words, i, WD_RESTORE) ||
           words_is(words, i, WD_RESTORED) || words_is(words, i, WD_RECOVERED)) {
        words_read(words, i, i + 1);
        i++;
    }
    if (!read_limit(words, &i, &objective)) /* which few lines have, so that it comes first */
        return READ_NO;
    objective.metric = recovery_name_in(sentence->place->heading);
    if (objective.metric.n == 0)
        objective.metric = recovery_name_in(sentence->place->label);
    if (objective.metric.n == 0)
        return READ_NO;
    if (words_is(words, i, WD_OF) &&
        (words_is(words, i + 1, WD_DATA) || words_is(words, i + 1, WD_DOWNTIME)))
        i += words_is(words, i + 2, WD_LOSS) ? 3 : 2;
    objective.of = words_span(words, 0, end);
    words_read(words, 0, end + 1);
    sentence_make(sentence, STATEMENT_OBJECTIVE)->alert = objective;
    return objective_end(sentence, i);
}

/* "API health: 99.9% 2xx responses": what is counted is the measure, whatever it is called. */
static void signal_of_part(const struct sentence *sentence, struct alert_statement *objective)
{
    if (objective->part.n && objective->signal.n)
        objective->signal = vocabulary_signal(sentence->place->vocabulary, objective->part);
}

static bool is_available(const struct words *words, int i)
{
    return vocabulary_is_about(words, i, TOPIC_AVAILABLE);
}

/* "Availability: 99.9% monthly", "Uptime SLA 99.95%", "Monthly uptime target of 99.9%". */
static enum reading read_availability(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct alert_statement objective = {.cmp = CMP_AT_LEAST, .unit = STR("%")};
    bool named = false;
    int i = 0;
    while (i < words->count && i < HEAD_WORDS_MAX && !words_is_number(words, i) &&
           !words_has_comparison(words, i)) {
        named |= is_available(words, i);
        i++;
    }
    int head = i;
    if (words_has_comparison(words, i))
        (void)words_comparison(words, &i, &objective.cmp);
    bool wanted = objective.cmp == CMP_AT_LEAST || objective.cmp == CMP_OVER;
    if (!named || !wanted || words_is_a(words, 0, LEX_VERB) || words_is(words, i - 1, WD_BY) ||
        !words_is_number(words, i) || !words_is(words, i + 1, WD_M_PERCENT_MARK) ||
        words->at[i].number > 100)
        return READ_NO;
    objective.value = objective_share(words->at[i].number);
    int behind = i + 2;
    if (words_is_a(words, 0, LEX_FREQUENCY)) {
        int from = 0;
        objective_period(words, &from, &objective);
    }
    words_read(words, 0, behind);
    while (head > 0 && (words->at[head - 1].type == WORD_MARK || words_is(words, head - 1, WD_OF) ||
                        words_is(words, head - 1, WD_TARGET) || words_is(words, head - 1, WD_SLA) ||
                        words_is(words, head - 1, WD_IS)))
        head--;
    objective.metric = words_span(words, 0, head);
    objective_period(words, &behind, &objective);
    objective_measured(words, &behind, &objective);
    signal_of_part(sentence, &objective);
    return objective_finish(sentence, behind, objective);
}

/* "99.9% availability over 30 days", "99.95% uptime per month". */
static enum reading read_amount_first(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct alert_statement objective = {.cmp = CMP_AT_LEAST, .unit = STR("%")};
    int i = 0;
    while (i < 2 && is_bare_label(words, i + 1))
        i++;
    bool labelled = i > 0 && words_is(words, i, WD_M_COLON);
    i = labelled ? i + 1 : 0;
    if (words_has_comparison(words, i))
        (void)words_comparison(words, &i, &objective.cmp);
    if (!words_is_number(words, i) || !words_is(words, i + 1, WD_M_PERCENT_MARK) ||
        words->at[i].number > 100 || objective.cmp == CMP_UNDER)
        return READ_NO;
    int from = i + 2;
    objective_period(words, &from, &objective); /* "99.5% monthly uptime" */
    int to = from;
    bool named = false;
    while (to < words->count && to - i < SUBJECT_WORDS_MAX && words->at[to].type == WORD_NAME &&
           !words_is_a(words, to, LEX_RESIDUE | LEX_FREQUENCY) && !words_is(words, to, WD_OVER) &&
           !words_is(words, to, WD_IN) && !words_is(words, to, WD_FOR)) {
        named |= is_available(words, to);
        to++;
    }
    if (!named)
        return READ_NO;
    objective.value = objective_share(words->at[i].number);
    objective.metric =
        labelled ? objective_heading(sentence->place->heading) : words_span(words, from, to);
    words_read(words, 0, to);
    return objective_finish(sentence, to, objective);
}

/* "95% of requests complete in under 300ms", "99% of tickets resolved within 4 hours": a quantile.
 */
static enum reading read_share(struct sentence *sentence, int begin)
{
    struct words *words = &sentence->words;
    struct alert_statement objective = {.cmp = CMP_AT_MOST};
    int from = begin;
    if (words_are(words, begin, WD_AT, WD_LEAST))
        from += 2;
    else if (words_is(words, begin, WD_M_AT_LEAST_MARK) ||
             words_is(words, begin, WD_M_MORE_EQUAL) || words_is(words, begin, WD_M_MORE))
        from++;
    if (!words_is_number(words, from) || !words_is(words, from + 1, WD_M_PERCENT_MARK) ||
        !words_is(words, from + 2, WD_OF) || words->at[from].number > 100)
        return READ_NO;
    int to = from + 3;
    while (to < words->count && to - from < HEAD_WORDS_MAX && words->at[to].type == WORD_NAME &&
           !words_is(words, to, WD_WITHIN) && !words_is(words, to, WD_IN) &&
           !words_has_comparison(words, to) && !words_is_a(words, to, LEX_RESIDUE))
        to++;
    int i = to;
    bool within = words_is(words, i, WD_WITHIN);
    if (within || words_is(words, i, WD_IN))
        i++;
    bool compared = words_has_comparison(words, i) && words_comparison(words, &i, &objective.cmp);
    struct length length;
    int amount = i;
    bool upper = objective.cmp == CMP_AT_MOST || objective.cmp == CMP_UNDER;
    if (to == from + 3 || !(within || compared) || !upper ||
        !words_length(words, &amount, &length) || length.range || length.months ||
        length.working_days)
        return READ_NO;
    objective.quantile = objective_share(words->at[from].number);
    objective.metric = words_span(words, from + 3, to);
    objective.value = (double)length.ms / 1000;
    objective.unit = STR("seconds");
    words_read(words, 0, amount);
    return objective_finish(sentence, amount, objective);
}

static enum reading read_share_within(struct sentence *sentence)
{
    bool wanted = sentence->place->path_sections & SECTION_OBJECTIVE;
    return wanted && !(sentence->place->sections & SECTION_ALERT) ? read_share(sentence, 0)
                                                                  : READ_NO;
}

/* One target behind the label: a threshold of its own, or an amount of what the label names. */
static bool read_one_target(struct sentence *sentence, int *i, struct str metric, bool label,
                            struct alert_statement *out)
{
    struct words *words = &sentence->words;
    struct str recovery = recovery_name_in(metric);
    if (str_is_nocase(recovery, "RTO") || str_is_nocase(recovery, "RPO"))
        metric = recovery;
    struct alert_statement objective = {0};
    int at = *i;
    if (label && (words_is(words, at, WD_TARGET) || words_is(words, at, WD_GOAL))) {
        words_read(words, at, at + 1);
        at++;
    }
    bool quantile = at < words->count && vocabulary_quantile(words->at[at].text) > 0;
    bool bare = words_is_number(words, at) && label;
    if (bare) {
        enum direction direction = vocabulary_direction(metric);
        if (!sentence_amount(sentence, &at, metric, &objective))
            return false;
        bool share = objective.unit.n && str_is(objective.unit, "%");
        if (share && direction == DIRECTION_UNKNOWN && objective.value >= 0.9)
            direction = DIRECTION_HIGHER; /* nobody wants at most nearly all */
        if (share && direction == DIRECTION_UNKNOWN)
            return false;
        if (direction == DIRECTION_UNKNOWN && !objective.unit.n)
            return false;
        objective.cmp = direction == DIRECTION_HIGHER ? CMP_AT_LEAST : CMP_AT_MOST;
    } else {
        struct sentence_place place = *sentence->place;
        const struct sentence_place *before = sentence->place;
        if (label && !quantile)
            place.metric = metric;
        sentence->place = &place;
        enum reading reading = sentence_threshold(sentence, &at, &objective);
        sentence->place = before;
        if (reading == READ_NO || (reading == READ_HALF && !label))
            return false;
        bool only_quantile =
            objective.metric.n > 0 && vocabulary_quantile(objective.metric) > 0 && label;
        if (label && (objective.metric.n == 0 || only_quantile)) {
            objective.metric = metric;
            objective.signal = vocabulary_signal(sentence->place->vocabulary, metric);
        } else if (reading == READ_HALF) {
            return false;
        }
    }
    objective_measured(words, &at, &objective);
    signal_of_part(sentence, &objective);
    if (objective.mode == WINDOW_NONE)
        objective_period(words, &at, &objective);
    if (objective.mode == WINDOW_NONE)
        objective_metric_period(objective.metric, &objective);
    if (objective.quantile > 0 && (str_starts_nocase(objective.metric, "average ") ||
                                   str_starts_nocase(objective.metric, "mean ")))
        return false; /* an average or a quantile? */
    *out = objective;
    *i = at;
    return true;
}

/* "Latency: P95 < 500ms, P99 < 1200ms": each target behind the label is one. */
static enum reading read_targets(struct sentence *sentence, int label_end)
{
    struct words *words = &sentence->words;
    int i = label_end > 0 ? label_end + 1 : 0;
    struct str metric = words_span(words, 0, label_end);
    for (int k = 0; k < label_end; k++)
        if (words_is_number(words, k) || words_is(words, k, WD_NOTICE) ||
            words_is(words, k, WD_RETENTION) || words_is(words, k, WD_WINDOW))
            return READ_NO; /* "1x burn rate: …" explains a number, "Notice: 48h" is another rule */
    double quantile = label_end == 1 ? vocabulary_quantile(metric) : 0;
    if (quantile > 0)
        metric = objective_heading(sentence->place->heading);
    if (is_bare_label(words, label_end))
        metric = objective_heading(sentence->place->heading);
    for (;;) {
        struct alert_statement objective;
        if (!read_one_target(sentence, &i, metric, label_end > 0, &objective))
            return sentence->made_count ? READ_HALF : READ_NO;
        objective_heading_period(sentence->place->heading, &objective);
        if (quantile > 0)
            objective.quantile = quantile;
        sentence_make(sentence, STATEMENT_OBJECTIVE)->alert = objective;
        if (!words_is(words, i, WD_M_COMMA) && !words_is(words, i, WD_M_SEMICOLON))
            break;
        i++;
    }
    words_read(words, 0, label_end ? label_end + 1 : 0);
    objective_scope(sentence, &i);
    return objective_end(sentence, i);
}

/* "Error rate < 0.1%" below a heading of objectives. */
static enum reading read_target(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    const struct sentence_place *place = sentence->place;
    bool near = place->sections & SECTION_OBJECTIVE;
    if (!(place->path_sections & SECTION_OBJECTIVE) || (place->sections & SECTION_ALERT) ||
        !place->in_list || words_is(words, 0, WD_IF) ||
        (words_is_a(words, 0, LEX_TRIGGER) &&
         (words_is(words, 1, WD_WHEN) || words_is(words, 1, WD_IF) || words_is(words, 1, WD_ON))))
        return READ_NO;
    int colon = 0;
    while (colon < words->count && colon < HEAD_WORDS_MAX && !words_is(words, colon, WD_M_COLON))
        colon++;
    bool labelled =
        words_is(words, colon, WD_M_COLON) &&
        (words_is_number(words, colon + 1) || words_has_comparison(words, colon + 1) ||
         words_is(words, colon + 1, WD_TARGET) ||
         (colon + 1 < words->count && vocabulary_quantile(words->at[colon + 1].text) > 0));
    if (words_is_a(words, 0, LEX_VERB) && (!labelled || colon == 1))
        return READ_NO; /* "Upload success: 99%" is a measure, "Improve by 1%" is told */
    /* Far below such a heading only what is labelled as a measure is a target. */
    bool measure = is_bare_label(words, colon) ||
                   vocabulary_direction_within(words, 0, colon) != DIRECTION_UNKNOWN;
    measure |= labelled &&
               (words_has_comparison(words, colon + 1) ||
                vocabulary_direction_within(words, colon + 1, words->count) != DIRECTION_UNKNOWN);
    if (!near && !(labelled && measure))
        return READ_NO;
    if (labelled && is_bare_label(words, colon) && words_is(words, colon + 3, WD_OF)) {
        enum reading share = read_share(sentence, colon + 1);
        if (share != READ_NO)
            return share;
        words_forget(words);
        sentence->made_count = 0;
    }
    return read_targets(sentence, labelled ? colon : 0);
}

enum reading sentence_target(struct sentence *sentence, struct str metric)
{
    int i = 0;
    if (sentence->words.cut)
        return READ_NO;
    double quantile = vocabulary_quantile(metric);
    if (quantile > 0)
        metric = objective_heading(sentence->place->heading);
    for (;;) {
        struct alert_statement objective;
        if (!read_one_target(sentence, &i, metric, true, &objective))
            return sentence->made_count ? READ_HALF : READ_NO;
        objective_heading_period(sentence->place->heading, &objective);
        if (quantile > 0)
            objective.quantile = quantile;
        sentence_make(sentence, STATEMENT_OBJECTIVE)->alert = objective;
        if (!words_is(&sentence->words, i, WD_M_COMMA) &&
            !words_is(&sentence->words, i, WD_M_SEMICOLON))
            return objective_end(sentence, i);
        i++;
    }
}

enum reading sentence_objective(struct sentence *sentence)
{
    static const struct form forms[] = {
        {read_recovery, TOPIC_RECOVERY},
        {read_recovery_of, TOPIC_COLON},
        {read_availability, TOPIC_AVAILABLE | TOPIC_NUMBER},
        {read_amount_first, TOPIC_AVAILABLE | TOPIC_NUMBER},
        {read_share_within, TOPIC_NUMBER},
        {read_target, TOPIC_NUMBER},
    };
    if (sentence->words.cut)
        return READ_NO;
    return sentence_try_about(sentence, forms, sizeof forms / sizeof forms[0]);
}
