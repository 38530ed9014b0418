/* sentence_schedule.c - recurrences, windows, notices, deadlines and retention. */
#include "runbook/sentence.h"

enum { LABEL_WORDS_MAX = 6, WHAT_WORDS_MAX = 9, DAY_MS = 86400000, WEEK_MS = 604800000 };

/* An IANA zone is cut into three words by its bar: "Europe", "/", "Dublin". */
static void read_zone(struct words *words, int *i, struct schedule_statement *schedule)
{
    int end = *i;
    bool open = words_is(words, end, W_M_OPEN);
    if (open)
        end++;
    int from = end;
    if (words_is_zone(words, end))
        end++;
    else if (words_is(words, end + 1, W_M_BAR) && end + 2 < words->count &&
             words->at[end].type == WORD_NAME && words->at[end].text.p[0] >= 'A' &&
             words->at[end].text.p[0] <= 'Z')
        end += 3;
    if (end == from || (open && !words_is(words, end, W_M_CLOSE)))
        return;
    schedule->zone = words_span(words, from, end);
    if (open)
        end++;
    words_read(words, *i, end);
    *i = end;
}

/* "2-4 AM", "02:00-04:00", "10 PM - 2 AM". Half-days said once, on the right, hold for the left;
 * when that puts the left behind the right, two readings are left and neither is taken. */
static bool read_span(struct words *words, int *i, struct schedule_statement *schedule)
{
    int at = *i;
    int from = 0, to = 0, from_half = 0, to_half = 0;
    if (!words_clock(words, &at, &from, &from_half) || !words_is_a(words, at, LEX_DASH) ||
        (at++, !words_clock(words, &at, &to, &to_half)) || (from_half && !to_half)) {
        words_unread(words, *i, words->count);
        return false;
    }
    bool inherited = !from_half && to_half;
    bool bare = !from_half && !to_half && !words_is(words, *i + 1, W_M_COLON);
    if (inherited)
        from_half = to_half;
    if (from_half)
        from = from % 720 + (from_half == 2 ? 720 : 0);
    if (to_half)
        to = to % 720 + (to_half == 2 ? 720 : 0);
    if (from == to || (inherited && from > to) || (bare && from > 1440)) {
        words_unread(words, *i, words->count);
        return false;
    }
    words_read(words, *i, at);
    schedule->from_minute = from;
    schedule->to_minute = to == 0 ? 1440 : to;
    schedule->timed = true;
    *i = at;
    return true;
}

/* "03:00 UTC", "at 2 AM": a moment of the day. */
static bool read_moment(struct words *words, int *i, struct schedule_statement *schedule)
{
    int at = words_is(words, *i, W_AT) ? *i + 1 : *i;
    int minute = 0;
    int half = 0;
    bool colon = words_is(words, at + 1, W_M_COLON);
    int begin = at;
    if (!words_clock(words, &at, &minute, &half) || (!half && !colon) || minute >= 1440) {
        words_unread(words, begin, at);
        return false;
    }
    if (half)
        minute = minute % 720 + (half == 2 ? 720 : 0);
    schedule->from_minute = schedule->to_minute = minute;
    schedule->timed = true;
    words_read(words, *i, at);
    *i = at;
    return true;
}

static int ordinal_of(int id)
{
    switch (id) {
    case W_FIRST:
    case W_1ST: return 1;
    case W_SECOND:
    case W_2ND: return 2;
    case W_THIRD:
    case W_3RD: return 3;
    case W_FOURTH:
    case W_4TH: return 4;
    case W_LAST: return -1;
    default: return 0;
    }
}

/* "Sunday", "every Tuesday", "Mon and Thu", "first Sunday [of the month]", "daily", "weekdays". */
static bool read_days(struct words *words, int *i, struct schedule_statement *schedule)
{
    int at = *i;
    if (words_is(words, at, W_EVERY) || words_is(words, at, W_THE))
        at++;
    int ordinal = ordinal_of(words_at(words, at));
    if (ordinal && vocabulary_weekday(words, at + 1) >= 0) {
        schedule->ordinal = ordinal;
        at++;
    } else if (words_is(words, at, W_DAILY) || words_is(words, at, W_NIGHTLY) ||
               (at > *i && words_is(words, at, W_DAY))) {
        schedule->every_ms = DAY_MS;
        words_read(words, *i, at + 1);
        *i = at + 1;
        return true;
    } else if (words_is(words, at, W_WEEKDAYS) || words_is(words, at, W_WEEKENDS)) {
        schedule->weekdays = words_is(words, at, W_WEEKDAYS) ? 0x3E : 0x41;
        schedule->every_ms = WEEK_MS;
        words_read(words, *i, at + 1);
        *i = at + 1;
        return true;
    }
    int day = vocabulary_weekday(words, at);
    if (day < 0)
        return false;
    schedule->weekday = day;
    for (; day >= 0; day = vocabulary_weekday(words, at)) {
        schedule->weekdays |= 1U << day;
        at++;
        bool range = words_is_a(words, at, LEX_DASH) && vocabulary_weekday(words, at + 1) >= 0;
        if (range)
            for (int k = day; k != vocabulary_weekday(words, at + 1); k = (k + 1) % 7)
                schedule->weekdays |= 1U << k;
        bool more = range || words_is(words, at, W_AND) || words_is(words, at, W_M_BAR) ||
                    words_is(words, at, W_M_COMMA) || words_is(words, at, W_M_AMPERSAND);
        if (!more || vocabulary_weekday(words, at + 1) < 0 || schedule->ordinal)
            break;
        at++;
    }
    static const int month_tail[] = {W_OF, W_THE, W_MONTH};
    static const int each_tail[] = {W_OF, W_EACH, W_MONTH};
    int tail = 0;
    while (tail < 3 && (words_is(words, at + tail, month_tail[tail]) ||
                        words_is(words, at + tail, each_tail[tail])))
        tail++;
    if (tail == 3)
        at += 3;
    if (schedule->ordinal)
        schedule->every_months = 1;
    else
        schedule->every_ms = WEEK_MS;
    words_read(words, *i, at);
    *i = at;
    return true;
}

/* Days with times and a zone: "Sunday 2-4 AM UTC", "daily at 03:00 UTC", "first Sunday
 * 02:00-04:00".
 */
static bool read_days_and_times(struct words *words, int *i, struct schedule_statement *schedule)
{
    int at = *i;
    if (!read_days(words, &at, schedule))
        return false;
    schedule->form = SCHEDULE_RECUR;
    int before = at;
    if (words_is(words, at, W_M_COMMA) || words_is(words, at, W_FROM) ||
        words_is(words, at, W_M_OPEN))
        at++;
    int times = at;
    if (read_span(words, &at, schedule)) {
        schedule->form = SCHEDULE_WINDOW;
    } else if (!read_moment(words, &at, schedule)) {
        *i = before;
        return true;
    }
    words_read(words, before, times);
    read_zone(words, &at, schedule);
    if (words_is(words, before, W_M_OPEN)) {
        if (words_is(words, at, W_M_CLOSE))
            at++;
    }
    *i = at;
    return true;
}

/* "monthly (first Sunday)", "weekly (Sunday 02:00 UTC)", "daily": a frequency and its days. */
static bool read_frequency(struct words *words, int *i, struct schedule_statement *schedule)
{
    struct length length = {0};
    int at = *i;
    if (vocabulary_frequency(words, at, &schedule->every_ms, &schedule->every_months)) {
        at++;
    } else if (words_is(words, at, W_EVERY)) {
        at++;
        if (words_length(words, &at, &length)) {
            if (length.low_ms || length.working_days || (length.ms <= 0 && length.months <= 0))
                return false;
        } else if (word_unit_of_time(words_at(words, at), &length.ms, &length.months) &&
                   length.ms != 1000) {
            at++;
        } else {
            return false;
        }
        schedule->every_ms = length.months ? 0 : length.ms;
        schedule->every_months = length.months;
    } else {
        return false;
    }
    words_read(words, *i, at);
    schedule->form = SCHEDULE_RECUR;
    bool open = words_is(words, at, W_M_OPEN) || words_is(words, at, W_M_COMMA) ||
                words_is(words, at, W_ON) || words_is(words, at, W_AT);
    int inner = open && !words_is(words, at, W_AT) ? at + 1 : at;
    struct schedule_statement days = *schedule;
    bool found = inner < words->count &&
                 (read_days_and_times(words, &inner, &days) ||
                  (read_moment(words, &inner, &days) && (read_zone(words, &inner, &days), true)));
    if (found) {
        days.every_ms = schedule->every_ms;
        days.every_months = schedule->every_months;
        if (days.ordinal && !days.every_months)
            return false; /* "weekly, first Sunday" is two things */
        *schedule = days;
        words_read(words, at, inner);
        if (words_is(words, at, W_M_OPEN) && words_is(words, inner, W_M_CLOSE)) {
            words_read(words, inner, inner + 1);
            inner++;
        }
        at = inner;
    }
    *i = at;
    return true;
}

static bool read_recurrence(struct words *words, int *i, struct schedule_statement *schedule)
{
    struct schedule_statement days = *schedule;
    int at = *i;
    bool daily = words_is(words, at, W_DAILY) || words_is(words, at, W_NIGHTLY);
    if ((!daily && read_days_and_times(words, &at, &days)) ||
        (daily && read_days_and_times(words, &at, &days) && days.timed)) {
        *schedule = days;
        *i = at;
        return true;
    }
    return read_frequency(words, i, schedule);
}

static void set_length(struct schedule_statement *schedule, enum schedule_form form,
                       struct length length)
{
    schedule->form = form;
    schedule->length_ms = length.working_days ? 0 : length.ms;
    schedule->length_months = length.months;
    schedule->working_days = length.working_days ? (int)(length.ms / DAY_MS) : 0;
}

static bool is_notice(const struct words *words, int *i)
{
    int at = words_is(words, *i, W_IN) ? *i + 1 : *i;
    if (words_is(words, at, W_ADVANCE)) {
        *i = words_is(words, at + 1, W_NOTICE) ? at + 2 : at + 1;
        return true;
    }
    if (words_is(words, at, W_NOTICE) || words_is(words, at, W_BEFORE) ||
        words_is(words, at, W_AHEAD)) {
        *i = at + 1;
        return true;
    }
    return false;
}

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
static bool read_labelled_length(struct words *words, int *i, struct str label,
                                 struct schedule_statement *schedule)
{
    struct length length = {0};
    int at = *i;
    bool within = words_is(words, at, W_WITHIN);
    if (within || words_are(words, at, W_AT, W_LEAST) || words_is(words, at, W_MINIMUM))
        at += words_is(words, at, W_AT) ? 2 : 1;
    int begin = at;
    if (!words_length(words, &at, &length) || length.low_ms ||
        (length.working_days && length.ms % DAY_MS)) {
        words_unread(words, begin, at);
        return false;
    }
    bool minimum = words_is(words, at, W_MINIMUM);
    if (minimum)
        at++;
    bool notice = is_notice(words, &at) || (announces(label) && !within);
    if (!within && !notice && !keeps(label)) {
        words_unread(words, begin, at);
        return false;
    }
    set_length(schedule,
               notice         ? SCHEDULE_NOTICE
               : keeps(label) ? SCHEDULE_RETENTION
                              : SCHEDULE_DEADLINE,
               length);
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
    if (words_is(words, at, W_M_COMMA) || words_is(words, at, W_M_SEMICOLON))
        at++;
    if (!words_is(words, at, W_RETAIN) && !words_is(words, at, W_KEEP) &&
        !words_is(words, at, W_RETAINED) && !words_is(words, at, W_KEPT))
        return;
    at++;
    if (words_is(words, at, W_FOR))
        at++;
    if (!words_length(words, &at, &length) || length.low_ms || length.working_days)
        return;
    words_read(words, *i, at);
    *i = at;
    set_length(&kept, SCHEDULE_RETENTION, length);
    sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = kept;
}

static enum reading finish(struct sentence *sentence, int i, struct schedule_statement schedule)
{
    sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = schedule;
    if (schedule.form == SCHEDULE_RECUR || schedule.form == SCHEDULE_WINDOW)
        read_kept(sentence, &i, schedule.what);
    return sentence_end_remark(sentence, i);
}

/* Five cron fields in a code span. */
static bool read_cron(struct str text, struct str *out_cron)
{
    size_t tick = str_find_byte(text, '`', 0);
    size_t end = str_find_byte(text, '`', tick + 1);
    if (tick >= text.n || end >= text.n)
        return false;
    struct str code = str_trim(str_slice(text, tick + 1, end));
    struct str rest = code;
    struct str part;
    int fields = 0;
    while (str_split(&rest, ' ', &part)) {
        bool fine = part.n > 0;
        for (size_t k = 0; k < part.n; k++)
            fine &= byte_is_digit(part.p[k]) || part.p[k] == '*' || part.p[k] == ',' ||
                    part.p[k] == '-' || part.p[k] == '/';
        if (!fine)
            return false;
        fields++;
    }
    *out_cron = code;
    return fields == 5;
}

/* "Share tokens: expired ones purged daily": what is done, and how often, behind a label. */
static enum reading read_done_every(struct sentence *sentence, int colon)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = {.weekday = -1};
    int at = colon + 1;
    while (at < words->count && at - colon <= LABEL_WORDS_MAX && words->at[at].type == WORD_NAME &&
           !words_is_a(words, at, LEX_FREQUENCY))
        at++;
    if (at == colon + 1 || !words_is_a(words, at, LEX_FREQUENCY) ||
        words_is_a(words, colon + 1, LEX_VERB | LEX_VERB_OR_NOUN) ||
        !(str_ends(words->at[at - 1].text, "ed") || words_is_a(words, at - 1, LEX_DUTY_NOUN)))
        return READ_NO;
    int i = at;
    if (!read_recurrence(words, &i, &schedule))
        return READ_NO;
    schedule.what = words_span(words, 0, at);
    words_read(words, 0, at);
    return finish(sentence, i, schedule);
}

/* "Quarterly: regular rotation of high-value secrets": the frequency is the label. */
static enum reading read_frequency_label(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = {.form = SCHEDULE_RECUR, .weekday = -1};
    bool noun = false;
    if (!words_is(words, 1, W_M_COLON) || words->count < 4 || words_is_a(words, 2, LEX_VERB) ||
        !vocabulary_frequency(words, 0, &schedule.every_ms, &schedule.every_months))
        return READ_NO;
    for (int i = 2; i < words->count; i++)
        noun |= words_is_a(words, i, LEX_DUTY_NOUN);
    words_read(words, 0, 2);
    if (!noun || words_leftover(words).n)
        return READ_NO;
    words_read(words, 2, words->count);
    schedule.what = words_span(words, 2, words->count);
    return finish(sentence, words->count, schedule);
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
    while (i < words->count && i < LABEL_WORDS_MAX && !words_is(words, i, W_M_COLON))
        i++;
    if (!words_is(words, i, W_M_COLON) || !date_at(words, i + 1))
        return READ_NO;
    words_read(words, 0, i + 1);
    for (i++;; i++) {
        struct schedule_statement schedule = {.form = SCHEDULE_WINDOW,
                                              .weekday = -1,
                                              .every_months = 12,
                                              .what = sentence->place->heading};
        schedule.from_date = date_at(words, i);
        schedule.to_date = words_is_a(words, i + 2, LEX_DASH) ? date_at(words, i + 3) : 0;
        if (!schedule.from_date || !schedule.to_date)
            return READ_HALF;
        words_read(words, i, i + 5);
        i += 5;
        sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = schedule;
        if (!words_is(words, i, W_M_COMMA) && !words_is(words, i, W_AND))
            return sentence_end_remark(sentence, i);
    }
}

/* "Action: notice in the shop and by mail 48 hours before", "2-week notice + 48-hour reminder". */
static enum reading read_notices(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    bool notice = false;
    if (sentence->place->ordered || sentence->place->box)
        return READ_NO;
    for (int i = 0; i < words->count; i++)
        notice |= words_is(words, i, W_NOTICE);
    for (int i = 0; notice && i < words->count; i++) {
        struct schedule_statement schedule = {.weekday = -1, .what = sentence->place->heading};
        struct length length;
        int at = i;
        if (!words_is_number(words, i) || !words_length(words, &at, &length) || length.low_ms ||
            length.working_days)
            continue;
        int behind = at;
        while (behind < words->count && behind - at < 2 && words_is(words, behind, W_ADVANCE))
            behind++;
        bool said = words_is(words, behind, W_NOTICE) || words_is(words, behind, W_REMINDER) ||
                    words_is(words, behind, W_BEFORE) || behind > at;
        if (!said) {
            words_unread(words, i, at);
            continue;
        }
        words_read(words, at, behind + 1);
        set_length(&schedule, SCHEDULE_NOTICE, length);
        sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = schedule;
        i = behind;
    }
    if (sentence->made_count == 0)
        return READ_NO;
    for (int i = 0; i < words->count; i++)
        if (words_is(words, i, W_AND) || words_is(words, i, W_M_PLUS))
            words_read(words, i, i + 1);
    return words_leftover(words).n || words->cut ? READ_HALF : READ_YES;
}

/* "Raw pages purged at 30 days": what goes away is kept so long. */
static enum reading read_purged(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = {.weekday = -1};
    struct length length;
    int at = 1;
    while (at < words->count && at < WHAT_WORDS_MAX && !words_is(words, at, W_PURGED) &&
           !words_is(words, at, W_DELETED) && !words_is(words, at, W_REMOVED) &&
           !words_is(words, at, W_ARCHIVED))
        at++;
    int i = at + 2;
    bool link = words_is(words, at + 1, W_AT) || words_is(words, at + 1, W_AFTER);
    if (at >= words->count || at >= WHAT_WORDS_MAX || !link || sentence->place->ordered ||
        sentence->place->box || !words_length(words, &i, &length) || length.low_ms ||
        length.working_days)
        return READ_NO;
    words_read(words, 0, i);
    schedule.what = words_span(words, 0, at);
    set_length(&schedule, SCHEDULE_RETENTION, length);
    return finish(sentence, i, schedule);
}

static enum reading read_labelled(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = {.weekday = -1};
    int colon = 0;
    while (colon < words->count && colon < LABEL_WORDS_MAX && !words_is(words, colon, W_M_COLON))
        colon++;
    if (colon == 0 || !words_is(words, colon, W_M_COLON))
        return READ_NO;
    struct str label = words_span(words, 0, colon);
    int i = colon + 1;
    bool named = words_is_a(words, colon - 1, LEX_LABEL_END);
    bool days = vocabulary_weekday(words, i) >= 0 ||
                (ordinal_of(words_at(words, i)) && vocabulary_weekday(words, i + 1) >= 0);
    bool frequency = words_is_a(words, i, LEX_FREQUENCY) ||
                     (words_is(words, i, W_EVERY) && !words_is_a(words, 0, LEX_VERB));
    if (!named && !frequency)
        return read_done_every(sentence, colon);
    if (!read_recurrence(words, &i, &schedule) &&
        !read_labelled_length(words, &i, label, &schedule))
        return (days || frequency) && i + 1 < words->count ? READ_HALF : READ_NO;
    words_read(words, 0, colon + 1);
    schedule.what = schedule.form == SCHEDULE_RECUR || schedule.form == SCHEDULE_RETENTION
                        ? label
                        : sentence->place->heading;
    return finish(sentence, i, schedule);
}

static enum reading read_cron_line(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = {.form = SCHEDULE_RECUR, .weekday = -1};
    int colon = 0;
    if (!read_cron(sentence->text, &schedule.cron))
        return READ_NO;
    while (colon < words->count && colon < LABEL_WORDS_MAX && !words_is(words, colon, W_M_COLON))
        colon++;
    bool labelled = colon > 0 && words_is(words, colon, W_M_COLON);
    int i = labelled ? colon + 1 : 0;
    int last = i;
    for (; last < words->count; last++)
        if (words->at[last].text.p >= schedule.cron.p + schedule.cron.n)
            break;
    if (!labelled && words->at[0].text.p < schedule.cron.p)
        return READ_NO;
    words_read(words, 0, last);
    read_zone(words, &last, &schedule);
    schedule.what = labelled ? words_span(words, 0, colon) : sentence->place->heading;
    return finish(sentence, last, schedule);
}

/* "Retain for 90 days", "Keep backups for 30 days". */
static enum reading read_retention(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = {.weekday = -1};
    struct length length = {0};
    int i = 1;
    if (!words_is(words, 0, W_RETAIN) && !words_is(words, 0, W_KEEP))
        return READ_NO;
    while (i < words->count && i < WHAT_WORDS_MAX && words->at[i].type == WORD_NAME &&
           !words_is(words, i, W_FOR))
        i++;
    schedule.what = words_span(words, 1, i);
    if (words_is(words, i, W_FOR))
        i++;
    if (words_are(words, i, W_AT, W_LEAST))
        i += 2;
    int head = i;
    if (!words_length(words, &i, &length) || length.low_ms || length.working_days)
        return READ_NO;
    words_read(words, 0, head);
    set_length(&schedule, SCHEDULE_RETENTION, length);
    return finish(sentence, i, schedule);
}

/* "Daily automated backups", "Restore test monthly", "Full backups weekly (Sunday)". */
static enum reading read_noun_frequency(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = {.weekday = -1};
    bool first = words_is_a(words, 0, LEX_FREQUENCY);
    int at = 0;
    if (first) {
        int last = 1;
        while (last < words->count && words->at[last].type == WORD_NAME)
            last++;
        if (last < 2 || last > LABEL_WORDS_MAX + 1 || !words_is_a(words, last - 1, LEX_DUTY_NOUN) ||
            !vocabulary_frequency(words, 0, &schedule.every_ms, &schedule.every_months))
            return READ_NO;
        words_read(words, 0, 1);
        schedule.form = SCHEDULE_RECUR;
        schedule.what = words_span(words, 1, last);
        for (int i = 1; i < last; i++)
            if (words->at[i].type == WORD_NAME && words->at[i].level == LEVEL_NONE &&
                !words_is_a(words, i, LEX_RESIDUE | LEX_WEEKDAY))
                words_read(words, i, i + 1);
        return finish(sentence, last, schedule);
    }
    while (at < words->count && at < LABEL_WORDS_MAX && !words_is_a(words, at, LEX_FREQUENCY) &&
           !words_is(words, at, W_EVERY) && words->at[at].type == WORD_NAME)
        at++;
    if (at == 0 || at >= words->count || !words_is_a(words, at - 1, LEX_DUTY_NOUN) ||
        words_is_a(words, 0, LEX_VERB))
        return READ_NO;
    int i = at;
    if (!read_recurrence(words, &i, &schedule))
        return READ_NO;
    schedule.what = words_span(words, 0, at);
    words_read(words, 0, at);
    return finish(sentence, i, schedule);
}

/* "Post-mortem within 48 hours of resolution", "Review due within 5 days". */
static enum reading read_deadline(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = {.weekday = -1};
    struct length length = {0};
    int at = 0;
    while (at < words->count && at < WHAT_WORDS_MAX && !words_is(words, at, W_WITHIN) &&
           (words->at[at].type == WORD_NAME || words_is(words, at, W_M_COLON)))
        at++;
    if (at == 0 || !words_is(words, at, W_WITHIN) || words_is_a(words, 0, LEX_VERB) ||
        sentence->place->ordered || sentence->place->box)
        return READ_NO;
    static const int due[] = {W_SCHEDULED, W_MANDATORY, W_DUE, W_REQUIRED, W_COMPLETED};
    int what = at;
    bool named = false;
    for (size_t k = 0; k < sizeof due / sizeof due[0]; k++)
        named |= words_is(words, at - 1, due[k]);
    if (named)
        what--;
    while (what > 0 && words->at[what - 1].type == WORD_MARK)
        what--;
    named |= words_is_a(words, what - 1, LEX_DUTY_NOUN | LEX_LABEL_END);
    int i = at + 1;
    if (!named || what == 0 || !words_length(words, &i, &length) || length.low_ms)
        return READ_NO;
    if (words_is(words, i, W_OF) || words_is(words, i, W_AFTER)) {
        int from = i + 1;
        while (from < words->count && words->at[from].type == WORD_NAME &&
               words->at[from].level == LEVEL_NONE)
            from++;
        schedule.since = words_span(words, i + 1, from);
        i = from;
    }
    words_read(words, 0, i);
    schedule.what = words_span(words, 0, what);
    set_length(&schedule, SCHEDULE_DEADLINE, length);
    return finish(sentence, i, schedule);
}

enum reading sentence_schedule(struct sentence *sentence)
{
    enum reading (*const forms[])(struct sentence *) = {
        read_cron_line, read_dates,     read_frequency_label, read_labelled, read_notices,
        read_purged,    read_retention, read_noun_frequency,  read_deadline};
    if (sentence->words.cut)
        return READ_NO;
    return sentence_try(sentence, forms, sizeof forms / sizeof forms[0]);
}
