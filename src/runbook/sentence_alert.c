/* sentence_alert.c - alerts: one or several thresholds, or a state: "Error rate > 5% for 5 min". */
#include "runbook/sentence.h"

/* "Trigger an alert when the", "Alert if", "Page on". */
static bool read_trigger(struct words *words, int *i)
{
    int at = *i;
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

/* "P1:", "Page (P1/P2):", "Critical:" before the condition: whose alert it is. */
static void read_prefix(struct sentence *sentence, int *i, struct str *out_level)
{
    struct words *words = &sentence->words;
    struct level levels[WORDS_LEVELS_MAX];
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
        *out_level = levels[0].id;
    } else if (words_levels(words, sentence->arena, &at, levels, &count) &&
               words_is(words, at, WD_M_COLON)) {
        at++;
        *out_level = levels[0].id;
    } else if (words_is(words, *i, WD_CRITICAL) && words_is(words, *i + 1, WD_M_COLON)) {
        at = *i + 2;
        *out_level = STR("critical");
    } else if (words_is(words, *i, WD_WARNING) && words_is(words, *i + 1, WD_M_COLON)) {
        at = *i + 2;
        *out_level = STR("warning");
    } else {
        words_unread(words, *i, at);
        return;
    }
    words_read(words, *i, at);
    *i = at;
}

static struct str level_of_place(const struct sentence_place *place)
{
    struct words words;
    if (place->level.n)
        return place->level;
    words_parse(place->heading, &words);
    for (int i = 0; i < words.count; i++)
        if (words.at[i].level != LEVEL_NONE && words.at[i].text.p[0] != 'S')
            return words.at[i].text;
    for (int k = 0; k < 2; k++) {
        struct str where = k ? place->heading : place->label;
        if (str_find_nocase(where, "critical", 0) < where.n)
            return STR("critical");
        if (str_find_nocase(where, "warning", 0) < where.n)
            return STR("warning");
    }
    return (struct str){"", 0};
}

static enum reading read_state(struct sentence *sentence)
{
    const struct sentence_place *place = sentence->place;
    struct words *words = &sentence->words;
    int end = 0;
    if (!(place->sections & SECTION_ALERT) || !place->in_list || place->ordered ||
        place->has_children || !vocabulary_state(words, &end))
        return READ_NO;
    struct alert_statement alert = {.cmp = CMP_NONE, .level = level_of_place(place)};
    alert.metric = words_span(words, 0, end);
    alert.signal = vocabulary_signal(alert.metric);
    for (int i = 0; i < words->count; i++)
        if (words->at[i].type == WORD_NAME && words->at[i].level == LEVEL_NONE &&
            !words_is_a(words, i, LEX_WEEKDAY) && !words_is(words, i, WD_UNLESS) &&
            !words_is(words, i, WD_NOT) && !words_is(words, i, WD_OR) && !words_is(words, i, WD_IF))
            words_read(words, i, i + 1);
    sentence_make(sentence, STATEMENT_ALERT)->alert = alert;
    return words_leftover(words).n ? READ_HALF : READ_YES;
}

static bool is_action_mark(const struct words *words, int i)
{
    return words_is(words, i, WD_M_ARROW) || words_is(words, i, WD_M_ARROW_THIN) ||
           words_is(words, i, WD_M_ARROW_DOUBLE) || words_is(words, i, WD_M_ARROW_THICK);
}

/* "(critical)" behind the condition. */
static void read_level_behind(struct words *words, int *i, struct str *level)
{
    if (!words_is(words, *i, WD_M_OPEN) || !words_is(words, *i + 2, WD_M_CLOSE))
        return;
    if (words_is(words, *i + 1, WD_CRITICAL) || words_is(words, *i + 1, WD_WARNING) ||
        words->at[*i + 1].level != LEVEL_NONE)
        *level = words->at[*i + 1].text;
    else
        return;
    words_read(words, *i, *i + 3);
    *i += 3;
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

/* Every condition of the line, each an alert of its own; one that is half read makes the line so.
 */
static enum reading read_conditions(struct sentence *sentence, int i, struct str level)
{
    struct words *words = &sentence->words;
    int before = i;
    for (;;) {
        struct alert_statement alert;
        enum reading reading = sentence_threshold(sentence, &i, &alert);
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
        if (is_action_mark(words, i)) {
            words_read(words, i, words->count);
            return READ_YES;
        }
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
    while (open < words->count && !words_is(words, open, WD_M_OPEN))
        open++;
    while (close > open && words_is(words, close, WD_M_POINT))
        close--;
    if (!words_is(words, close, WD_M_CLOSE) || !(sentence->place->sections & SECTION_ALERT) ||
        !sentence->place->in_list)
        return READ_NO;
    words_read(words, 0, open + 1);
    struct alert_statement alert;
    int i = open + 1;
    if (sentence_threshold(sentence, &i, &alert) != READ_YES || i != close)
        return READ_NO;
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

enum reading sentence_alert(struct sentence *sentence)
{
    const struct sentence_place *place = sentence->place;
    struct str level = level_of_place(place);
    int i = 0;
    if (sentence->words.cut)
        return READ_NO;
    if (read_bracketed(sentence, level) == READ_YES)
        return READ_YES;
    words_forget(&sentence->words);
    sentence->made_count = 0;
    read_prefix(sentence, &i, &level);
    bool trigger = read_trigger(&sentence->words, &i);
    enum reading reading = read_conditions(sentence, i, level);
    bool section = (place->sections & SECTION_ALERT) && place->in_list;
    if (reading == READ_NO && !trigger)
        return read_state(sentence);
    if (!section && !trigger && !has_window(sentence)) {
        sentence->made_count = 0;
        return READ_NO;
    }
    return reading;
}
