/* sentence_alert.c - alerts: one or several thresholds, limits for several levels, or a state:
 * "Error rate > 5% for 5 min", "Disk usage: warn at 80%, critical at 90%", "Queue stuck for 5 min".
 */
#include "runbook/sentence_alert.h"
#include "runbook/sentence_response.h"

/* "Trigger an alert when the", "Alert if", "Page on". "If" alone is one where an action follows. */
static bool read_trigger(struct words *words, int *i, bool *out_conditional)
{
    int at = *i;
    *out_conditional = words_is(words, at, WD_IF) || words_is(words, at, WD_WHEN);
    if (*out_conditional) {
        words_read(words, *i, at + 1);
        *i = at + 1;
        return true;
    }
    if (!words_is_a(words, at, LEX_TRIGGER))
        return false;
    at++;
    if ((words_is(words, at, WD_AN) || words_is(words, at, WD_THE)) &&
        words_is(words, at + 1, WD_ALERT))
        at += 2;
    if (!words_is(words, at, WD_WHEN) && !words_is(words, at, WD_IF) && !words_is(words, at, WD_ON))
        return false;
    at++;
    words_read(words, *i, at);
    *i = at;
    return true;
}

/* "critical", "warning", "P1" at i as a level; the index behind it, or i. */
static int level_end(const struct words *words, int i, struct str *out_level)
{
    bool word = words_is(words, i, WD_CRITICAL) || words_is(words, i, WD_WARNING) ||
                words_is(words, i, WD_WARN) || words_is(words, i, WD_CRIT);
    if (word)
        *out_level = words_is(words, i, WD_CRITICAL) || words_is(words, i, WD_CRIT)
                         ? STR("critical")
                         : STR("warning");
    else if (i < words->count && words->at[i].level != LEVEL_NONE)
        *out_level = words->at[i].text;
    else
        return i;
    return i + 1;
}

/* "P1:", "Page (P1/P2):", "Critical:", "Trigger P1 when" before the condition: whose alert it is.
 */
static void read_prefix(struct sentence *sentence, int *i, struct str *out_level)
{
    struct words *words = &sentence->words;
    struct level levels[WORDS_LEVELS_MAX];
    struct str level = {"", 0};
    int count = 0;
    int at = *i;
    bool word = words_is_a(words, at, LEX_TRIGGER | LEX_SEVERITY_WORD);
    if (word && words_is(words, at + 1, WD_M_OPEN)) {
        at += 2;
        if (!words_levels(words, sentence->arena, &at, levels, &count) ||
            !words_is(words, at, WD_M_CLOSE) || !words_is(words, at + 1, WD_M_COLON)) {
            words_unread(words, *i, at);
            return;
        }
        at += 2;
        level = levels[0].id;
    } else if (words_is_a(words, at, LEX_TRIGGER) && words->count > at + 2 &&
               words->at[at + 1].level != LEVEL_NONE &&
               (words_is(words, at + 2, WD_WHEN) || words_is(words, at + 2, WD_IF))) {
        level = words->at[at + 1].text;
        at += 3;
    } else if (words_levels(words, sentence->arena, &at, levels, &count) &&
               words_is(words, at, WD_M_COLON)) {
        at++;
        level = levels[0].id;
    } else {
        words_unread(words, *i, at);
        at = level_end(words, *i, &level);
        if (at == *i || !words_is(words, at, WD_M_COLON))
            return;
        at++;
    }
    *out_level = level;
    words_read(words, *i, at);
    *i = at;
}

/* The first severity in a heading, or "". */
static struct str level_of_heading(struct str heading)
{
    if (!words_may_hold_level(heading))
        return (struct str){"", 0};
    struct words WORDS_UNSET words;
    words_parse(heading, &words);
    for (int i = 0; i < words.count; i++)
        if (words.at[i].level != LEVEL_NONE && words.at[i].text.p[0] != 'S')
            return words.at[i].text;
    return (struct str){"", 0};
}

struct str alert_level_of_place(const struct sentence_place *place)
{
    if (place->level.n)
        return place->level;
    struct str level = level_of_heading(place->heading);
    if (level.n)
        return level;
    for (int k = 0; k < 2; k++) {
        struct str where = k ? place->heading : place->label;
        if (str_find_nocase(where, "critical", 0) < where.n)
            return STR("critical");
        if (str_find_nocase(where, "warning", 0) < where.n)
            return STR("warning");
    }
    return (struct str){"", 0};
}

bool alert_action_mark(const struct words *words, int i)
{
    return words_is(words, i, WD_M_ARROW) || words_is(words, i, WD_M_ARROW_THIN) ||
           words_is(words, i, WD_M_ARROW_DOUBLE) || words_is(words, i, WD_M_ARROW_THICK);
}

struct str alert_party(struct str action)
{
    struct words WORDS_UNSET words;
    struct str party = {"", 0};
    words_parse(action, &words);
    int at = words_is(&words, 0, WD_IMMEDIATELY) ? 1 : 0;
    bool told = words_is(&words, at, WD_PAGE) || words_is(&words, at, WD_ALERT) ||
                words_is(&words, at, WD_NOTIFY) || words_is(&words, at, WD_CALL) ||
                words_is(&words, at, WD_EMAIL) || words_is(&words, at, WD_INFORM) ||
                words_is(&words, at, WD_PAGER); /* "Pager secondary" */
    if (words_is(&words, at, WD_ESCALATE) && words_is(&words, at + 1, WD_TO)) {
        at++;
        told = true;
    }
    at++;
    return told && response_party(&words, &at, &party) ? party : (struct str){"", 0};
}

/* "→ page the on-call engineer", ", page on-call", ": notify #ops" behind the conditions. A level
 * in it is the alert's ("→ P1"); a number in it is a rule of its own, which nobody has read. */
static void read_action(struct sentence *sentence, int *i, int first)
{
    struct words *words = &sentence->words;
    int at = *i + 1;
    bool arrow = alert_action_mark(words, *i);
    bool mark = words_is(words, *i, WD_M_COMMA) || words_is(words, *i, WD_M_COLON) ||
                words_is(words, *i, WD_M_SEMICOLON) || words_is_a(words, *i, LEX_DASH);
    bool verb = words_is_a(words, at, LEX_VERB | LEX_VERB_OR_NOUN | LEX_TRIGGER);
    struct str level = {"", 0};
    if (!arrow && !(mark && verb))
        return;
    for (int k = at; k < words->count; k++)
        if (words_is(words, k, WD_IF) || words_is(words, k, WD_WHEN) ||
            words_is(words, k, WD_WEEKDAYS) || words_is(words, k, WD_WEEKENDS) ||
            words_is(words, k, WD_NO))
            return;
    if (words_limit(words, at, words->count) >= 0)
        return; /* "page the CTO unless it is a weekend" */
    for (int k = at; k < words->count; k++) {
        int end = level_end(words, k, &level);
        if (end > k)
            words_read(words, k, end);
        else if (words_is_number(words, k) || words_is_a(words, k, LEX_WEEKDAY))
            return;
    }
    struct str action = words_span(words, at, words->count);
    for (int k = first; k < sentence->made_count; k++) {
        sentence->made[k].alert.action = action;
        sentence->made[k].alert.to = alert_party(action);
        if (level.n && level.p[0] != 'w' && level.p[0] != 'c')
            sentence->made[k].alert.level = level;
    }
    words_read(words, *i, words->count);
    *i = words->count;
}

/* "(critical)" behind the condition. */
static void read_level_behind(struct words *words, int *i, struct str *level)
{
    bool open = words_is(words, *i, WD_M_OPEN);
    struct str found;
    int at = open ? *i + 1 : *i;
    int end = level_end(words, at, &found);
    if (end == at || (open && !words_is(words, end, WD_M_CLOSE)) ||
        (!open && end < words->count && words->at[end].type == WORD_NAME))
        return;
    end += open;
    *level = found;
    words_read(words, *i, end);
    *i = end;
}

static bool read_separator(const struct words *words, int *i)
{
    int at = *i;
    if (words_is(words, at, WD_M_SEMICOLON) || words_is(words, at, WD_M_COMMA))
        at++;
    if (words_is(words, at, WD_OR))
        at++;
    if (at == *i || at >= words->count)
        return false;
    *i = at;
    return true;
}

static enum reading read_condition(struct sentence *sentence, int *i, struct alert_statement *out)
{
    int at = *i;
    enum reading reading = sentence_absence(sentence, &at, out);
    if (reading == READ_NO && (sentence->words.has & WORDS_NUMBER)) {
        at = *i;
        reading = sentence_threshold(sentence, &at, out);
    }
    *i = at;
    return reading;
}

/* Every condition of the line, each an alert of its own; one that is half read makes the line so.
 */
static enum reading read_conditions(struct sentence *sentence, int i, struct str level)
{
    struct words *words = &sentence->words;
    int before = i;
    for (;;) {
        struct alert_statement alert;
        enum reading reading = read_condition(sentence, &i, &alert);
        if (reading == READ_NO) {
            words_unread(words, before, i);
            return sentence->made_count ? READ_HALF : READ_NO;
        }
        alert.level = level;
        read_level_behind(words, &i, &alert.level);
        sentence_make(sentence, STATEMENT_ALERT)->alert = alert;
        if (reading == READ_HALF)
            return READ_HALF;
        before = i;
        read_action(sentence, &i, 0);
        if (i == words->count)
            return sentence_end(sentence, i);
        if (!read_separator(words, &i))
            return sentence_end(sentence, i);
        words_read(words, before, i);
    }
}

/* "Target health (unhealthy host count > 0).": the condition in brackets says what is meant. */
static enum reading read_bracketed(struct sentence *sentence, struct str level)
{
    struct words *words = &sentence->words;
    int open = 1;
    int close = words->count - 1;
    if (!(sentence->place->sections & SECTION_ALERT) || !sentence->place->in_list)
        return READ_NO;
    while (open < words->count && !words_is(words, open, WD_M_OPEN))
        open++;
    while (close > open && words_is(words, close, WD_M_POINT))
        close--;
    if (!words_is(words, close, WD_M_CLOSE))
        return READ_NO;
    words_read(words, 0, open + 1);
    struct alert_statement alert;
    int i = open + 1;
    struct sentence_place place = *sentence->place;
    const struct sentence_place *before = sentence->place;
    int loud = words_is(words, 0, WD_HIGH) || words_is(words, 0, WD_LOW) ||
               words_is(words, 0, WD_ELEVATED);
    if (words_has_comparison(words, i)) /* "High error rate (>5%)" */
        place.metric = words_span(words, loud, open);
    sentence->place = &place;
    enum reading reading = sentence_threshold(sentence, &i, &alert);
    sentence->place = before;
    double quantile = i < close ? vocabulary_quantile(words->at[i].text) : 0;
    if (quantile > 0 && !(alert.quantile > 0)) {
        alert.quantile = quantile;
        words_read(words, i, i + 1);
        i++;
    }
    if (reading != READ_YES || i != close)
        return READ_NO;
    if (place.metric.n == 0 && open - loud > 0) { /* of the targets of that name alone */
        struct str name = words_span(words, loud, open);
        alert.metric =
            str_printf(sentence->arena, "%.*s: %.*s", STR_ARGS(name), STR_ARGS(alert.metric));
        alert.signal = (struct str){"", 0};
    }
    for (int k = 0; k < open; k++)
        if (words_is_number(words, k) || words_is_a(words, k, LEX_RESIDUE))
            return READ_NO;
    words_read(words, close, words->count);
    alert.level = level;
    sentence_make(sentence, STATEMENT_ALERT)->alert = alert;
    return sentence_end(sentence, words->count);
}

static bool has_window(const struct sentence *sentence)
{
    for (int i = 0; i < sentence->made_count; i++)
        if (sentence->made[i].alert.mode == WINDOW_NONE)
            return false;
    return sentence->made_count > 0;
}

/* A name before the condition: "HighErrorRate: error rate > 5%". The index of the condition, when
 * words of a metric stand between the colon and the comparison; else i. */
static int skip_name(const struct words *words, int i)
{
    int colon = i;
    while (colon < words->count && colon - i < ALERT_NAME_WORDS_MAX &&
           words->at[colon].type == WORD_NAME)
        colon++;
    if (colon == i || !words_is(words, colon, WD_M_COLON))
        return i;
    for (int at = i; at < colon; at++)
        if (words_has_comparison(words, at))
            return i;
    if (words_has_comparison(words, colon + 1) || words_is_number(words, colon + 1))
        return i;
    for (int at = colon + 1; at < words->count; at++)
        if (words_has_comparison(words, at))
            return colon + 1;
    return i;
}

/* "Alert when latency exceeds the target", "Alert on unexpected drops": an alert that is meant, and
 * whose limit nobody gave. */
static bool lacks_limit(const struct sentence *sentence)
{
    const struct words *words = &sentence->words;
    for (int i = 0; i < words->count; i++)
        switch (words_at(words, i)) {
        case WD_EXCEEDS:
        case WD_EXCEED:
        case WD_ABOVE:
        case WD_BELOW:
        case WD_DROPS:
        case WD_SPIKES:
        case WD_DROP:
        case WD_SPIKE:
        case WD_INCREASES: return true;
        default: break;
        }
    return false;
}

/* Is the word one of the text's? */
static bool words_say(struct str text, struct str word)
{
    struct words WORDS_UNSET words;
    words_parse(text, &words);
    for (int i = 0; i < words.count; i++)
        if (str_equal_nocase(words.at[i].text, word))
            return true;
    return false;
}

/* What a label before the condition is: a name ("HighErrorRate", "High error rate"), where or when
 * it holds ("Staging"), or that it is no alert at all ("Disabled", "Normal"). */
enum label_sense { LABEL_NAME, LABEL_SCOPE, LABEL_AGAINST };

static enum label_sense sense_of_label(const struct words *words, int from, int to)
{
    struct str label = words_span(words, from, to);
    struct str rest = words_span(words, to + 1, words->count);
    bool name = false;
    for (int i = from; i < to; i++) {
        switch (words_at(words, i)) {
        case WD_OFF:
        case WD_MUTED:
        case WD_DISABLED:
        case WD_IGNORE:
        case WD_NOT:
        case WD_NO:
        case WD_WAS:
        case WD_WEEKDAYS:
        case WD_WEEKEND:
        case WD_WEEKENDS:
        case WD_NIGHT:
        case WD_DURING:
        case WD_OUTSIDE:
        case WD_NORMAL:
        case WD_OK:
        case WD_RECOVERY:
        case WD_TARGET:
        case WD_HEALTHY:
        case WD_ROLLBACK:
        case WD_ONLY: return LABEL_AGAINST;
        case WD_CRITICAL:
        case WD_WARNING:
        case WD_HIGH:
        case WD_LOW:
        case WD_ALERT:
        case WD_ALERTS: name = true; break;
        default: break;
        }
        struct str word = words->at[i].text; /* said again in the condition: a name of it */
        name |= word.n > 2 && words_say(rest, word);
    }
    for (size_t i = 1; i < label.n; i++) /* HighErrorRate, high_error_rate */
        name |= label.p[i] == '_' || (label.p[i] >= 'A' && label.p[i] <= 'Z' &&
                                      label.p[i - 1] >= 'a' && label.p[i - 1] <= 'z');
    return name ? LABEL_NAME : LABEL_SCOPE;
}

/* A scope becomes part of the measure's name, so that the plain signal is not meant. */
static void add_scope(struct sentence *sentence, struct str scope)
{
    for (int i = 0; i < sentence->made_count; i++) {
        struct alert_statement *alert = &sentence->made[i].alert;
        alert->metric =
            str_printf(sentence->arena, "%.*s: %.*s", STR_ARGS(scope), STR_ARGS(alert->metric));
        alert->signal = (struct str){"", 0};
    }
}

/* "CPU > 90% or memory > 80% for 5 minutes": both, as the end of the sentence says. */
static void share_window(struct sentence *sentence)
{
    const struct statement *last = &sentence->made[sentence->made_count - 1];
    for (int i = 0; i < sentence->words.count; i++)
        if (words_is(&sentence->words, i, WD_M_SEMICOLON))
            return; /* two sentences, each with its own */
    for (int i = 0; i + 1 < sentence->made_count; i++) {
        struct alert_statement *alert = &sentence->made[i].alert;
        if (alert->mode == WINDOW_NONE && last->alert.mode != WINDOW_NONE) {
            alert->mode = last->alert.mode;
            alert->window_ms = last->alert.window_ms;
        }
    }
}

/* Stands for the level of the place until an alert was read: most lines are none. */
static const char of_place[] = "";

static enum reading read_alert(struct sentence *sentence)
{
    const struct sentence_place *place = sentence->place;
    struct words *words = &sentence->words;
    struct str level = {of_place, 0};
    int i = 0;
    bool conditional = false;
    bool limits_said = (sentence_topics(sentence) & (TOPIC_LIMITS | TOPIC_LEVEL)) &&
                       (sentence->topics & TOPIC_NUMBER);
    if (read_bracketed(sentence, level) == READ_YES)
        return READ_YES;
    words_forget(words);
    sentence->made_count = 0;
    enum reading limits = limits_said ? alert_read_limits(sentence) : READ_NO;
    if (limits != READ_NO)
        return limits;
    words_forget(words);
    sentence->made_count = 0;
    read_prefix(sentence, &i, &level);
    bool trigger = i >= 3 && words_is_a(words, 0, LEX_TRIGGER) && words->at[1].level != LEVEL_NONE;
    int named = skip_name(words, i);
    struct str scope = {"", 0};
    if (named > i) {
        enum label_sense sense = sense_of_label(words, i, named - 1);
        if (sense == LABEL_AGAINST)
            return place->sections & SECTION_ALERT ? READ_HALF : READ_NO;
        if (sense == LABEL_SCOPE)
            scope = words_span(words, i, named - 1);
    }
    words_read(words, i, named);
    i = named;
    trigger |= read_trigger(words, &i, &conditional);
    int begin = i;
    enum reading reading = read_conditions(sentence, i, level);
    if (scope.n)
        add_scope(sentence, scope);
    if (sentence->made_count > 1)
        share_window(sentence);
    bool section = (place->sections & SECTION_ALERT) && place->in_list;
    if (conditional && (reading != READ_YES || sentence->made[0].alert.action.n == 0)) {
        sentence->made_count = 0;
        return reading == READ_NO || !section ? READ_NO : READ_HALF;
    }
    if (reading == READ_NO && trigger && !conditional)
        return lacks_limit(sentence) ? READ_HALF : READ_NO;
    if (reading == READ_NO) {
        words_forget(words);
        return alert_read_state(sentence, i, level);
    }
    section |= (place->sections & SECTION_ALERT) && !sentence->in_row && reading == READ_YES &&
               words->count <= PARAGRAPH_WORDS_MAX && begin == 0;
    if (!section && !trigger && !has_window(sentence)) {
        sentence->made_count = 0;
        return READ_NO;
    }
    return reading;
}

enum reading sentence_alert(struct sentence *sentence)
{
    if (sentence->words.cut)
        return READ_NO;
    enum reading reading = read_alert(sentence);
    for (int k = 0; k < sentence->made_count; k++)
        if (sentence->made[k].alert.level.p == of_place)
            sentence->made[k].alert.level = alert_level_of_place(sentence->place);
    return reading;
}
