/* sentence_schedule.c - recurrences, windows, notices, deadlines and retention. */
#include "runbook/sentence_schedule.h"

enum { EVERY_WEEKDAY = 0x7F };
enum { DAY_MS = 86400000 };

static bool keeps(struct str label)
{
    return str_find_nocase(label, "retention", 0) < label.n ||
           str_find_nocase(label, "retained", 0) < label.n ||
           str_find_nocase(label, "kept", 0) < label.n;
}

static bool announces(struct str label)
{
    return str_find_nocase(label, "notice", 0) < label.n ||
           str_find_nocase(label, "notification", 0) < label.n;
}

/* "72 hours advance", "3 days before", "30 days" after a retention label, "within 48 hours". */
static bool read_labelled_length(struct sentence *sentence, int *i, struct str label,
                                 struct schedule_statement *schedule)
{
    struct words *words = &sentence->words;
    struct str since;
    bool kept = keeps(label) || (keeps(sentence->place->heading) && sentence->place->in_list);
    struct length length = {0};
    int at = *i;
    bool within = words_is(words, at, WD_WITHIN);
    bool least =
        words_is(words, at, WD_MINIMUM) || words_is(words, at, WD_M_MORE_EQUAL) ||
        words_is(words, at, WD_M_AT_LEAST_MARK) ||
        (kept && (words_is(words, at, WD_M_LESS_EQUAL) || words_is(words, at, WD_M_AT_MOST_MARK)));
    if (within || least || words_are(words, at, WD_AT, WD_LEAST))
        at += words_is(words, at, WD_AT) ? 2 : 1;
    int begin = at;
    if (!words_length(words, &at, &length) || length.low_ms ||
        (length.working_days && length.ms % DAY_MS)) {
        words_unread(words, begin, at);
        return false;
    }
    if (words_is(words, at, WD_MINIMUM) || (kept && words_is(words, at, WD_ROLLING)))
        at++;
    int end = schedule_notice_end(words, at, &since);
    bool notice = end > at || (announces(label) && !within);
    at = end;
    if (!within && !notice && !kept) {
        words_unread(words, begin, at);
        return false;
    }
    schedule_set_length(schedule,
                        notice ? SCHEDULE_NOTICE
                        : kept ? SCHEDULE_RETENTION
                               : SCHEDULE_DEADLINE,
                        length);
    schedule->since = since;
    words_read(words, *i, at);
    *i = at;
    return true;
}

/* "Rotation: every 90 days, retain 30 days": what is kept, behind a recurrence. */
static void read_kept(struct sentence *sentence, int *i, struct str what)
{
    struct words *words = &sentence->words;
    struct schedule_statement kept = {.weekday = -1, .what = what};
    struct length length;
    int at = *i;
    bool open = words_is(words, at, WD_M_OPEN);
    if (open || words_is(words, at, WD_M_COMMA) || words_is(words, at, WD_M_SEMICOLON))
        at++;
    if (!words_is(words, at, WD_RETAIN) && !words_is(words, at, WD_KEEP) &&
        !words_is(words, at, WD_RETAINED) && !words_is(words, at, WD_KEPT))
        return;
    at++;
    if (words_is(words, at, WD_FOR))
        at++;
    if (!words_length(words, &at, &length) || length.low_ms || length.working_days ||
        (open && !words_is(words, at, WD_M_CLOSE)))
        return;
    at += open;
    words_read(words, *i, at);
    *i = at;
    schedule_set_length(&kept, SCHEDULE_RETENTION, length);
    sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = kept;
}

enum reading schedule_finish(struct sentence *sentence, int i, struct schedule_statement schedule)
{
    struct words *words = &sentence->words;
    struct statement *made = sentence_make(sentence, STATEMENT_SCHEDULE);
    made->schedule = schedule;
    if (schedule.form == SCHEDULE_RECUR || schedule.form == SCHEDULE_WINDOW)
        read_kept(sentence, &i, schedule.what);
    schedule_bracket_notice(sentence, &i, schedule.what);
    bool at = words_is(words, i, WD_AT);
    if (words_is(words, i + at, WD_MINIMUM) || (at && words_is(words, i + 1, WD_LEAST))) {
        words_read(words, i, i + at + 1); /* "weekly at minimum" */
        i += at + 1;
    }
    int purpose = i;
    i = schedule_purpose_end(words, i);
    struct str behind = words_span(words, purpose, i);
    bool scope = words_is(words, purpose, WD_FOR) && schedule.what.n;
    if (behind.n && scope) /* "30 days for production" is of production alone */
        made->schedule.what =
            str_printf(sentence->arena, "%.*s %.*s", STR_ARGS(schedule.what), STR_ARGS(behind));
    enum reading reading = sentence_end_remark(sentence, i);
    if (behind.n && !scope && made->remark.n == 0)
        made->remark = behind;
    return reading;
}

static bool is_cron_field(struct str field)
{
    if (!field.p)
        return false;
    for (size_t k = 0; k < field.n; k++)
        if (!byte_is_digit(field.p[k]) && field.p[k] != '*' && field.p[k] != ',' &&
            field.p[k] != '-' && field.p[k] != '/')
            return false;
    return field.n > 0 && field.p[0] != '-' && field.p[0] != '/';
}

/* Five cron fields in a row, in a code span or not; one of them is a star. */
static bool find_cron(struct str text, struct str *out_cron)
{
    size_t at = 0;
    size_t begin = 0;
    int fields = 0;
    bool star = false;
    if (str_find_byte(text, '*', 0) == text.n)
        return false; /* as most sentences: no field of it can be a star */
    while (at < text.n) {
        while (at < text.n && (text.p[at] == ' ' || text.p[at] == '`'))
            at++;
        size_t from = at;
        while (at < text.n && text.p[at] != ' ' && text.p[at] != '`')
            at++;
        struct str field = str_slice(text, from, at);
        if (!is_cron_field(field)) {
            if (fields == 5)
                break;
            fields = 0;
            star = false;
            continue;
        }
        if (fields == 0)
            begin = from;
        fields++;
        star |= field.p[0] == '*';
        if (fields > 5)
            return false;
        *out_cron = str_slice(text, begin, at);
    }
    return fields == 5 && star;
}

static int month_of(const struct words *words, int i)
{
    static const char *const names[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
    /* "may" in small letters is a verb. */
    if (!words_is_a(words, i, LEX_MONTH) || words->at[i].text.p[0] > 'Z')
        return 0;
    for (int month = 0; month < 12; month++)
        if (str_starts_nocase(words->at[i].text, names[month]))
            return month + 1;
    return 0;
}

/* "December 20" as 1220, or 0. */
static int date_at(const struct words *words, int i)
{
    int month = month_of(words, i);
    if (!month || !words_is_number(words, i + 1) || words->at[i + 1].number < 1 ||
        words->at[i + 1].number > 31)
        return 0;
    return month * 100 + (int)words->at[i + 1].number;
}

/* "Freeze: December 20 - January 2, July 1 - July 7": spans of days in every year. */
static enum reading read_dates(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    int i = 0;
    while (i < words->count && i < SCHEDULE_LABEL_WORDS_MAX && !words_is(words, i, WD_M_COLON))
        i++;
    if (!words_is(words, i, WD_M_COLON) || !date_at(words, i + 1))
        return READ_NO;
    struct str label = words_span(words, 0, i);
    bool freeze = str_find_nocase(label, "freeze", 0) < label.n;
    bool frozen = freeze || str_find_nocase(sentence->place->heading, "freeze", 0) <
                                sentence->place->heading.n;
    words_read(words, 0, i + 1);
    for (i++;; i++) {
        struct schedule_statement schedule = {.form = SCHEDULE_WINDOW,
                                              .weekday = -1,
                                              .every_months = 12,
                                              .forbidden = frozen,
                                              .what = freeze ? label : sentence->place->heading};
        schedule.from_date = date_at(words, i);
        schedule.to_date = words_is_a(words, i + 2, LEX_DASH) ? date_at(words, i + 3) : 0;
        if (!schedule.from_date || !schedule.to_date)
            return READ_HALF;
        words_read(words, i, i + 5);
        i += 5;
        sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = schedule;
        if (!words_is(words, i, WD_M_COMMA) && !words_is(words, i, WD_AND))
            return sentence_end_remark(sentence, i);
    }
}

/* How a label and a recurrence go together: "Monthly patching: first Tuesday" says monthly twice,
 * "Weekly maintenance: first Sunday" says two things. */
static bool agrees_with_label(struct words *words, const struct schedule_statement *schedule)
{
    int64_t ms = 0;
    int months = 0;
    if (!vocabulary_frequency(words, 0, &ms, &months))
        return true;
    words_read(words, 0, 1);
    return ms == schedule->every_ms && months == schedule->every_months;
}

/* A label that names no thing of its own: the heading does. */
static bool is_mere_label(const struct words *words)
{
    return words_is(words, 0, WD_FREQUENCY) || words_is(words, 0, WD_CADENCE) ||
           words_is(words, 0, WD_INTERVAL) || words_is(words, 0, WD_SCHEDULE) ||
           words_is(words, 0, WD_RETENTION) || words_is(words, 0, WD_TIMING) ||
           words_is(words, 0, WD_CRON) || words_is(words, 0, WD_RECURRENCE) ||
           words_is(words, 0, WD_TIME) || words_is(words, 0, WD_WHEN) ||
           words_is(words, 0, WD_WINDOW) || words_is(words, 0, WD_DAY) ||
           words_is(words, 0, WD_DAYS) || words_is(words, 0, WD_PERIOD) ||
           words_is(words, 0, WD_AVOID) || words_is(words, 0, WD_FORBIDDEN) ||
           words_is(words, 0, WD_PROHIBITED) || words_is(words, 0, WD_NOTIFICATION) ||
           words_is(words, 0, WD_NOTICE);
}

static int label_end(const struct words *words)
{
    int colon = 0;
    while (colon < words->count && colon < SCHEDULE_LABEL_WORDS_MAX &&
           !words_is(words, colon, WD_M_COLON))
        colon++;
    return colon > 0 && words_is(words, colon, WD_M_COLON) ? colon : 0;
}

/* "Maintenance window: Sunday 2-4 AM UTC", "Rotation: every 90 days", "Retention: 30 days". */
static enum reading read_labelled(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = {.weekday = -1};
    int colon = label_end(words);
    if (colon == 0)
        return READ_NO;
    struct str label = words_span(words, 0, colon);
    int i = colon + 1;
    bool named = words_is_a(words, colon - 1, LEX_LABEL_END | LEX_DUTY_NOUN);
    bool days = vocabulary_weekday(words, i) >= 0 ||
                (word_ordinal(words_at(words, i)) && vocabulary_weekday(words, i + 1) >= 0);
    bool frequency = words_is_a(words, i, LEX_FREQUENCY) || words_is(words, i, WD_EVERY) ||
                     words_is(words, i, WD_EACH) || words_is(words, i, WD_ONCE) ||
                     words_is(words, i, WD_TWICE);
    bool verb = words_is_a(words, 0, LEX_VERB) && !named;
    if (words_is_a(words, 0, LEX_SEVERITY_WORD) &&
        (colon == 1 || words_is(words, 1, WD_SEVERITY) || words_is(words, 1, WD_PRIORITY)))
        return READ_NO; /* of a severity, not of a thing that is done */
    if (words_is(words, colon - 1, WD_MEASUREMENT) || words_is(words, colon - 1, WD_MEASURED))
        return READ_NO; /* how a target is measured */
    bool recurs = !verb && sentence_recurrence(words, &i, &schedule);
    if (recurs && words_is_a(words, colon + 1, LEX_FREQUENCY) && i == colon + 2 &&
        i < words->count && words->at[i].type == WORD_NAME)
        return READ_NO; /* "Database: daily full backup" */
    if (recurs && !named && !frequency && !schedule.timed)
        return READ_NO;
    if (recurs && !agrees_with_label(words, &schedule))
        return READ_HALF;
    if (!recurs && !((named || keeps(sentence->place->heading)) &&
                     read_labelled_length(sentence, &i, label, &schedule)))
        return (days || (frequency && named)) && i + 1 < words->count ? READ_HALF : READ_NO;
    words_read(words, 0, colon + 1);
    schedule.what = colon == 1 && is_mere_label(words) ? sentence->place->heading : label;
    return schedule_finish(sentence, i, schedule);
}

/* "Database: daily full backup, hourly incremental": each frequency has words of its own. */
static enum reading read_frequency_list(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    int colon = label_end(words);
    int i = colon + 1;
    if (colon == 0 || !words_is_a(words, i, LEX_FREQUENCY) ||
        words_is(words, colon - 1, WD_MEASUREMENT))
        return READ_NO;
    words_read(words, 0, i);
    for (;;) {
        struct schedule_statement schedule = {.weekday = -1};
        int to = i + 1;
        if (!vocabulary_frequency(words, i, &schedule.every_ms, &schedule.every_months))
            return READ_NO;
        while (to < words->count && words->at[to].type == WORD_NAME &&
               !words_is_a(words, to, LEX_RESIDUE | LEX_WEEKDAY) && !words_is(words, to, WD_AT))
            to++;
        if (to == i + 1)
            return READ_HALF;
        schedule.what =
            str_printf(sentence->arena, "%.*s: %.*s", STR_ARGS(words_span(words, 0, colon)),
                       STR_ARGS(words_span(words, i + 1, to)));
        words_read(words, i, to);
        sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = schedule;
        i = to;
        while (words_is(words, i, WD_M_COMMA) || words_is(words, i, WD_AND) ||
               words_is(words, i, WD_M_PLUS))
            i++;
        if (i == to || !words_is_a(words, i, LEX_FREQUENCY))
            return sentence_end_remark(sentence, to);
        words_read(words, to, i);
    }
}

/* The field as a number, or -1. */
static int cron_number(struct str cron, int field)
{
    struct str rest = cron;
    struct str part = {"", 0};
    int64_t number = -1;
    for (int k = 0; k <= field; k++)
        if (!str_split(&rest, ' ', &part))
            return -1;
    return str_int(part, &number) ? (int)number : -1;
}

/* "(daily at 2 AM UTC)" behind a cron expression says the same again, or it is contradicted. */
static bool read_cron_remark(struct words *words, int *i, struct schedule_statement *schedule)
{
    struct schedule_statement said = {.weekday = -1};
    int at = *i;
    if (words_is(words, at, WD_M_OPEN) || words_is_a(words, at, LEX_DASH))
        at++;
    int begin = at;
    if (begin == *i || !sentence_recurrence(words, &at, &said))
        return true;
    int minute = cron_number(schedule->cron, 0);
    int hour = cron_number(schedule->cron, 1);
    bool every_day = cron_number(schedule->cron, 4) < 0;
    if (said.weekdays && every_day && said.weekdays != EVERY_WEEKDAY)
        return false;
    if (said.timed && (said.from_minute != hour * 60 + minute || said.form == SCHEDULE_WINDOW))
        return false;
    if (words_is(words, begin - 1, WD_M_OPEN) && words_is(words, at, WD_M_CLOSE))
        at++;
    words_read(words, *i, at);
    if (said.zone.n)
        schedule->zone = said.zone;
    *i = at;
    return true;
}

static enum reading read_cron_line(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = {.form = SCHEDULE_RECUR, .weekday = -1};
    if (!find_cron(sentence->text, &schedule.cron))
        return READ_NO;
    int colon = label_end(words);
    int first = 0;
    while (first < words->count && words->at[first].text.p < schedule.cron.p)
        first++;
    int last = first;
    while (last < words->count && words->at[last].text.p < schedule.cron.p + schedule.cron.n)
        last++;
    bool labelled = colon > 0 && colon < first;
    bool duty = false;
    for (int k = 0; k < first; k++) {
        duty |= words_is_a(words, k, LEX_DUTY_NOUN | LEX_LABEL_END);
        if (words_is_number(words, k))
            return READ_NO;
    }
    if (!labelled && first > 0 && !duty)
        return READ_NO;
    words_read(words, 0, last);
    sentence_zone(words, &last, &schedule);
    if (!read_cron_remark(words, &last, &schedule))
        return READ_HALF;
    schedule.what = labelled ? words_span(words, 0, colon) : sentence->place->heading;
    return schedule_finish(sentence, last, schedule);
}

enum reading sentence_schedule(struct sentence *sentence)
{
    static const struct form forms[] = {
        {read_cron_line, 0},
        {read_dates, TOPIC_MONTH | TOPIC_COLON | TOPIC_NUMBER},
        {schedule_read_forbidden, TOPIC_RECURS},
        {schedule_read_turns, 0},
        {read_labelled, TOPIC_COLON},
        {read_frequency_list, TOPIC_COLON | TOPIC_FREQUENCY},
        {schedule_read_notices, TOPIC_NOTICE | TOPIC_NUMBER},
        {schedule_read_told_before, TOPIC_TOLD | TOPIC_NUMBER},
        {schedule_read_generations, TOPIC_NUMBER},
        {schedule_read_kept, TOPIC_KEPT},
        {schedule_read_purged, TOPIC_PURGED},
        {schedule_read_noun, TOPIC_RECURS},
        {schedule_read_passive, TOPIC_RECURS},
        {schedule_read_imperative, TOPIC_RECURS},
        {schedule_read_deadline, TOPIC_BOUND},
        {schedule_read_bare, TOPIC_RECURS},
    };
    if (sentence->words.cut)
        return READ_NO;
    return sentence_try_about(sentence, forms, sizeof forms / sizeof forms[0]);
}
