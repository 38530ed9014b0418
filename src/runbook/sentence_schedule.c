/* sentence_schedule.c - recurrences, windows, notices, deadlines and retention. */
#include "runbook/sentence.h"

static const char *const label_ends[] = {
    "time",         "times",   "window",    "windows",  "frequency", "schedule", "cadence",
    "notification", "notice",  "retention", "rotation", "handoff",   "review",   "drill",
    "hours",        "backups", "backup",    "deadline", "due",       NULL};

static bool is_zone(struct str word)
{
    static const char *const zones[] = {"UTC", "GMT", "CET", "CEST", "BST", "ET",  "EST", "EDT",
                                        "CT",  "CST", "CDT", "PT",   "PST", "PDT", "WIB", NULL};
    for (int i = 0; zones[i]; i++)
        if (str_is(word, zones[i]))
            return true;
    return false;
}

/* An IANA zone is cut into three words by its bar: "Europe", "/", "Dublin". */
static void read_zone(struct words *words, int *i, struct schedule_statement *schedule)
{
    int end = *i;
    if (end < words->count && is_zone(words->at[end].text))
        end++;
    else if (words_is(words, end + 1, "/") && end + 2 < words->count &&
             words->at[end].type == WORD_NAME && words->at[end].text.p[0] >= 'A' &&
             words->at[end].text.p[0] <= 'Z')
        end += 3;
    if (end == *i)
        return;
    schedule->zone = words_span(words, *i, end);
    words_read(words, *i, end);
    *i = end;
}

/* "2-4 AM", "02:00-04:00", "10 PM - 2 AM". Half-days said once, on the right, hold for the left;
 * when that puts the left behind the right, two readings are left and neither is taken. */
static bool read_span(struct words *words, int *i, struct schedule_statement *schedule)
{
    static const char *const dashes[] = {"-", "\xE2\x80\x93", "\xE2\x80\x94", "to", NULL};
    int at = *i;
    int from = 0, to = 0, from_half = 0, to_half = 0;
    struct words before = *words;
    if (!words_clock(words, &at, &from, &from_half) || !words_is_one(words, at, dashes) ||
        (at++, !words_clock(words, &at, &to, &to_half)) || (from_half && !to_half)) {
        *words = before;
        return false;
    }
    bool inherited = !from_half && to_half;
    if (inherited)
        from_half = to_half;
    if (from_half)
        from = from % 720 + (from_half == 2 ? 720 : 0);
    if (to_half)
        to = to % 720 + (to_half == 2 ? 720 : 0);
    if (from == to || (inherited && from > to)) {
        *words = before;
        return false;
    }
    words_read(words, *i, at);
    schedule->from_minute = from;
    schedule->to_minute = to == 0 ? 1440 : to;
    *i = at;
    return true;
}

static bool is_day(const struct words *words, int i)
{
    return i < words->count && (vocabulary_weekday(words->at[i].text) >= 0 ||
                                words_is(words, i, "daily") || words_is(words, i, "nightly"));
}

/* "Sunday 2-4 AM UTC", "daily 01:00-02:00 UTC". */
static bool read_weekly_window(struct words *words, int *i, struct schedule_statement *schedule)
{
    int at = *i;
    if (!is_day(words, at))
        return false;
    int day = vocabulary_weekday(words->at[at].text);
    at++;
    if (words_is(words, at, ","))
        at++;
    int head = at;
    if (!read_span(words, &at, schedule))
        return false;
    read_zone(words, &at, schedule);
    words_read(words, *i, head);
    schedule->form = SCHEDULE_WINDOW;
    schedule->weekday = day;
    if (day < 0)
        schedule->every_ms = 86400000;
    else
        schedule->every_ms = 604800000;
    *i = at;
    return true;
}

/* "every 90 days", "every 3 months", "every week", "monthly". */
static bool read_every(struct words *words, int *i, struct schedule_statement *schedule)
{
    struct length length = {0};
    int at = *i;
    if (at < words->count &&
        vocabulary_frequency(words->at[at].text, &schedule->every_ms, &schedule->every_months)) {
        words_read(words, at, at + 1);
        *i = at + 1;
        schedule->form = SCHEDULE_RECUR;
        return true;
    }
    if (!words_is(words, at, "every"))
        return false;
    at++;
    if (words_length(words, &at, &length)) {
        if (length.low_ms || length.working_days || (length.ms <= 0 && length.months <= 0))
            return false;
    } else {
        static const struct {
            const char *unit;
            int64_t ms;
            int months;
        } units[] = {{"hour", 3600000, 0},   {"day", 86400000, 0}, {"night", 86400000, 0},
                     {"week", 604800000, 0}, {"month", 0, 1},      {"quarter", 0, 3},
                     {"year", 0, 12}};
        for (size_t k = 0; k < sizeof units / sizeof units[0]; k++)
            if (words_is(words, at, units[k].unit))
                length = (struct length){.ms = units[k].ms, .months = units[k].months};
        if (!length.ms && !length.months)
            return false;
        at++;
    }
    words_read(words, *i, at);
    *i = at;
    schedule->form = SCHEDULE_RECUR;
    schedule->every_ms = length.months ? 0 : length.ms;
    schedule->every_months = length.months;
    return true;
}

static void set_length(struct schedule_statement *schedule, enum schedule_form form,
                       struct length length)
{
    schedule->form = form;
    schedule->length_ms = length.ms;
    schedule->length_months = length.months;
}

/* "72 hours advance", "3 days before", "30 days" after a retention label, "within 48 hours". */
static bool read_labelled_length(struct words *words, int *i, struct str label,
                                 struct schedule_statement *schedule)
{
    static const char *const ahead[] = {"advance", "notice", "before", "ahead", NULL};
    struct length length = {0};
    int at = *i;
    bool within = words_is(words, at, "within");
    if (within)
        at++;
    int begin = at;
    if (!words_length(words, &at, &length) || length.low_ms || length.working_days) {
        words_unread(words, begin, at);
        return false;
    }
    if (words_is(words, at, "in") && words_is(words, at + 1, "advance"))
        at++;
    bool notice = words_is_one(words, at, ahead);
    if (notice)
        at++;
    bool keeps = str_find_nocase(label, "retention", 0) < label.n;
    if (!within && !notice && !keeps) {
        words_unread(words, begin, at);
        return false;
    }
    set_length(schedule,
               notice  ? SCHEDULE_NOTICE
               : keeps ? SCHEDULE_RETENTION
                       : SCHEDULE_DEADLINE,
               length);
    words_read(words, *i, at);
    *i = at;
    return true;
}

static enum reading read_labelled(const struct sentence_place *place, struct words *words,
                                  struct statement *out_statement)
{
    struct schedule_statement schedule = {.weekday = -1};
    int colon = 0;
    while (colon < words->count && colon < 6 && !words_is(words, colon, ":"))
        colon++;
    if (colon == 0 || !words_is(words, colon, ":") || !words_is_one(words, colon - 1, label_ends))
        return READ_NO;
    struct str label = words_span(words, 0, colon);
    int i = colon + 1;
    if (!read_weekly_window(words, &i, &schedule) && !read_every(words, &i, &schedule) &&
        !read_labelled_length(words, &i, label, &schedule))
        return is_day(words, i) && i + 1 < words->count ? READ_HALF : READ_NO;
    words_read(words, 0, colon + 1);
    schedule.what = schedule.form == SCHEDULE_RECUR || schedule.form == SCHEDULE_RETENTION
                        ? label
                        : place->heading;
    out_statement->kind = STATEMENT_SCHEDULE;
    out_statement->schedule = schedule;
    return words_leftover(words).n || i < words->count ? READ_HALF : READ_YES;
}

/* "Retain for 90 days", "Keep 30 days". */
static enum reading read_retention(struct words *words, struct statement *out_statement)
{
    struct schedule_statement schedule = {.weekday = -1};
    struct length length = {0};
    int i = 1;
    if (!words_is(words, 0, "retain") && !words_is(words, 0, "keep"))
        return READ_NO;
    while (i < words->count && i < 6 && words->at[i].type == WORD_NAME &&
           !words_is(words, i, "for"))
        i++;
    struct str what = words_span(words, 1, i);
    if (words_is(words, i, "for"))
        i++;
    int head = i;
    if (!words_length(words, &i, &length) || length.low_ms || length.working_days)
        return READ_NO;
    words_read(words, 0, head);
    schedule.what = what;
    set_length(&schedule, SCHEDULE_RETENTION, length);
    out_statement->kind = STATEMENT_SCHEDULE;
    out_statement->schedule = schedule;
    return words_leftover(words).n || i < words->count ? READ_HALF : READ_YES;
}

/* "Daily automated backups", "Restore test monthly". */
static enum reading read_noun_frequency(struct words *words, struct statement *out_statement)
{
    static const char *const nouns[] = {"rotation", "backup",   "backups",   "test",   "tests",
                                        "review",   "reviews",  "drill",     "drills", "audit",
                                        "audits",   "scan",     "scans",     "report", "reports",
                                        "restore",  "snapshot", "snapshots", NULL};
    struct schedule_statement schedule = {.weekday = -1};
    int last = words->count - 1;
    if (last < 1 || last > 6)
        return READ_NO;
    bool first =
        vocabulary_frequency(words->at[0].text, &schedule.every_ms, &schedule.every_months);
    bool end = !first && vocabulary_frequency(words->at[last].text, &schedule.every_ms,
                                              &schedule.every_months);
    int noun = first ? last : last - 1;
    if ((!first && !end) || !words_is_one(words, noun, nouns))
        return READ_NO;
    schedule.what = first ? words_span(words, 1, words->count) : words_span(words, 0, last);
    words_read(words, first ? 0 : last, first ? 1 : last + 1);
    out_statement->kind = STATEMENT_SCHEDULE;
    out_statement->schedule = schedule;
    return words_leftover(words).n ? READ_HALF : READ_YES;
}

enum reading sentence_schedule(const struct sentence_place *place, struct words *words,
                               struct statement *out_statement)
{
    if (words->cut)
        return READ_NO;
    enum reading reading = read_labelled(place, words, out_statement);
    if (reading == READ_NO)
        reading = read_retention(words, out_statement);
    if (reading == READ_NO)
        reading = read_noun_frequency(words, out_statement);
    return reading;
}
