/* sentence_when.c - when something is due: "15 minutes", "immediately", "next business day". */
#include "runbook/sentence.h"

static bool is_bound(const struct words *words, int i)
{
    return words_is_a(words, i, LEX_BOUND) || words_is(words, i, WD_M_AT_MOST_MARK);
}

static int skip_bound(const struct words *words, int i)
{
    if (is_bound(words, i))
        return i + 1;
    if (words_are(words, i, WD_UP, WD_TO) || words_are(words, i, WD_AT, WD_MOST))
        return i + 2;
    if (words_are(words, i, WD_NO, WD_LATER) && words_is(words, i + 2, WD_THAN))
        return i + 3;
    return i;
}

/* "immediate", "Immediately (< 5 minutes)". */
static bool read_immediate(struct words *words, int *i, struct when *when)
{
    int at = *i;
    if (!words_is(words, at, WD_IMMEDIATE) && !words_is(words, at, WD_IMMEDIATELY))
        return false;
    at++;
    words_read(words, *i, at);
    *i = at;
    when->length = (struct length){0};
    if (!words_is(words, at, WD_M_OPEN))
        return true;
    int inner = skip_bound(words, at + 1);
    struct length length;
    struct words before = *words;
    if (words_length(words, &inner, &length) && words_is(words, inner, WD_M_CLOSE)) {
        when->length = length;
        words_read(words, at, inner + 1);
        *i = inner + 1;
    } else {
        *words = before;
    }
    return true;
}

/* "next business day", "same day", "1 business day", "next sprint", "best effort". */
static bool read_calendar(struct words *words, int *i, struct when *when)
{
    int at = *i;
    bool same = words_is(words, at, WD_SAME);
    bool next = words_is(words, at, WD_NEXT);
    if (words_are(words, at, WD_BEST, WD_EFFORT)) {
        when->calendar = CALENDAR_BEST_EFFORT;
        at += 2;
    } else if (same || next) {
        at++;
        bool working = words_is(words, at, WD_BUSINESS) || words_is(words, at, WD_WORKING);
        at += working;
        if (words_is(words, at, WD_DAY))
            when->calendar = same      ? CALENDAR_SAME_DAY
                             : working ? CALENDAR_NEXT_DAY
                                       : CALENDAR_TOMORROW;
        else if (next && words_is(words, at, WD_WEEK))
            when->calendar = CALENDAR_NEXT_WEEK;
        else if (next && words_is(words, at, WD_SPRINT))
            when->calendar = CALENDAR_NEXT_SPRINT;
        else
            return false;
        at++;
    } else {
        return false;
    }
    words_read(words, *i, at);
    *i = at;
    return true;
}

/* A length in working days has no fixed length; "hours" of work have none at all. */
static bool set_length(struct when *when, struct length length)
{
    if (length.working_days && length.ms % 86400000)
        return false;
    when->length = length;
    if (!length.working_days)
        return length.months > 0 || length.ms >= 1000;
    when->calendar = CALENDAR_WORKING_DAYS;
    when->working_days = (int)(length.ms / 86400000);
    return true;
}

/* "every 30 minutes", "every hour", "hourly". */
static bool read_recurring(struct words *words, int *i, struct when *when)
{
    int at = *i;
    int64_t ms = 0;
    int months = 0;
    struct length length = {0};
    if (vocabulary_frequency(words, at, &ms, &months)) {
        length = (struct length){.ms = ms, .months = months};
        at++;
    } else if (words_is(words, at, WD_EVERY)) {
        at++;
        if (!words_length(words, &at, &length)) {
            if (!word_unit_of_time(words_at(words, at), &ms, &months))
                return false;
            length = (struct length){.ms = ms, .months = months};
            at++;
        }
    } else if (sentence_count(words, &at, &ms, &months)) {
        length = (struct length){.ms = ms, .months = months};
    } else {
        return false;
    }
    when->recurring = true;
    if (length.working_days || !set_length(when, length))
        return false;
    words_read(words, *i, at);
    *i = at;
    return true;
}

/* "within 2 hours", "< 15 min", "an hour", "15 minutes or less". */
static bool read_length(struct words *words, int *i, struct when *when)
{
    int at = skip_bound(words, *i);
    struct length length = {0};
    int64_t ms = 0;
    int months = 0;
    if (words_is(words, at, WD_M_TILDE))
        return false;
    bool article = at > *i && (words_is(words, at, WD_A) || words_is(words, at, WD_AN)) &&
                   word_unit_of_time(words_at(words, at + 1), &ms, &months);
    if (article) {
        length = (struct length){.ms = ms, .months = months};
        at += 2;
    } else if (!words_length(words, &at, &length)) {
        return false;
    }
    if (!set_length(when, length))
        return false;
    if (words_are(words, at, WD_OR, WD_LESS))
        at += 2;
    words_read(words, *i, at);
    *i = at;
    return true;
}

/* Can the word begin a time? Most that are asked about cannot. */
static bool may_begin(const struct words *words, int i)
{
    if (words_is_a(words, i, LEX_WHEN | LEX_FREQUENCY | LEX_BOUND) || words_is_amount(words, i))
        return true;
    switch (words_at(words, i)) {
    case WD_ONCE:
    case WD_TWICE:
    case WD_UP:
    case WD_NO:
    case WD_M_AT_MOST_MARK: return true;
    default: return false;
    }
}

bool sentence_when(struct words *words, int *i, struct when *out_when)
{
    struct when when = {0};
    if (!may_begin(words, *i))
        return false;
    uint64_t before[sizeof words->read / sizeof words->read[0]];
    memcpy(before, words->read, sizeof before);
    int at = *i;
    if (read_immediate(words, &at, &when) || read_calendar(words, &at, &when) ||
        read_recurring(words, &at, &when) || read_length(words, &at, &when)) {
        *i = at;
        *out_when = when;
        return true;
    }
    memcpy(words->read, before, sizeof before);
    return false;
}
