/* sentence_schedule.c - recurrences, windows, notices, deadlines and retention. */
#include "runbook/sentence.h"

enum { LABEL_WORDS_MAX = 6, WHAT_WORDS_MAX = 9, DAY_MS = 86400000, WEEK_MS = 604800000 };

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
    int at = words_is(words, *i, WD_IN) ? *i + 1 : *i;
    if (words_is(words, at, WD_ADVANCE)) {
        *i = words_is(words, at + 1, WD_NOTICE) ? at + 2 : at + 1;
        return true;
    }
    if (words_is(words, at, WD_NOTICE) || words_is(words, at, WD_BEFORE) ||
        words_is(words, at, WD_AHEAD)) {
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
    bool within = words_is(words, at, WD_WITHIN);
    if (within || words_are(words, at, WD_AT, WD_LEAST) || words_is(words, at, WD_MINIMUM))
        at += words_is(words, at, WD_AT) ? 2 : 1;
    int begin = at;
    if (!words_length(words, &at, &length) || length.low_ms ||
        (length.working_days && length.ms % DAY_MS)) {
        words_unread(words, begin, at);
        return false;
    }
    bool minimum = words_is(words, at, WD_MINIMUM);
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
    if (words_is(words, at, WD_M_COMMA) || words_is(words, at, WD_M_SEMICOLON))
        at++;
    if (!words_is(words, at, WD_RETAIN) && !words_is(words, at, WD_KEEP) &&
        !words_is(words, at, WD_RETAINED) && !words_is(words, at, WD_KEPT))
        return;
    at++;
    if (words_is(words, at, WD_FOR))
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
    if (!sentence_recurrence(words, &i, &schedule))
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
    if (!words_is(words, 1, WD_M_COLON) || words->count < 4 || words_is_a(words, 2, LEX_VERB) ||
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
    while (i < words->count && i < LABEL_WORDS_MAX && !words_is(words, i, WD_M_COLON))
        i++;
    if (!words_is(words, i, WD_M_COLON) || !date_at(words, i + 1))
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
        if (!words_is(words, i, WD_M_COMMA) && !words_is(words, i, WD_AND))
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
        notice |= words_is(words, i, WD_NOTICE);
    for (int i = 0; notice && i < words->count; i++) {
        struct schedule_statement schedule = {.weekday = -1, .what = sentence->place->heading};
        struct length length;
        int at = i;
        if (!words_is_number(words, i) || !words_length(words, &at, &length) || length.low_ms ||
            length.working_days)
            continue;
        int behind = at;
        while (behind < words->count && behind - at < 2 && words_is(words, behind, WD_ADVANCE))
            behind++;
        bool said = words_is(words, behind, WD_NOTICE) || words_is(words, behind, WD_REMINDER) ||
                    words_is(words, behind, WD_BEFORE) || behind > at;
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
        if (words_is(words, i, WD_AND) || words_is(words, i, WD_M_PLUS))
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
    while (at < words->count && at < WHAT_WORDS_MAX && !words_is(words, at, WD_PURGED) &&
           !words_is(words, at, WD_DELETED) && !words_is(words, at, WD_REMOVED) &&
           !words_is(words, at, WD_ARCHIVED))
        at++;
    int i = at + 2;
    bool link = words_is(words, at + 1, WD_AT) || words_is(words, at + 1, WD_AFTER);
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
    while (colon < words->count && colon < LABEL_WORDS_MAX && !words_is(words, colon, WD_M_COLON))
        colon++;
    if (colon == 0 || !words_is(words, colon, WD_M_COLON))
        return READ_NO;
    struct str label = words_span(words, 0, colon);
    int i = colon + 1;
    bool named = words_is_a(words, colon - 1, LEX_LABEL_END);
    bool days = vocabulary_weekday(words, i) >= 0 ||
                (word_ordinal(words_at(words, i)) && vocabulary_weekday(words, i + 1) >= 0);
    bool frequency = words_is_a(words, i, LEX_FREQUENCY) ||
                     (words_is(words, i, WD_EVERY) && !words_is_a(words, 0, LEX_VERB));
    if (!named && !frequency)
        return read_done_every(sentence, colon);
    if (!sentence_recurrence(words, &i, &schedule) &&
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
    while (colon < words->count && colon < LABEL_WORDS_MAX && !words_is(words, colon, WD_M_COLON))
        colon++;
    bool labelled = colon > 0 && words_is(words, colon, WD_M_COLON);
    int i = labelled ? colon + 1 : 0;
    int last = i;
    for (; last < words->count; last++)
        if (words->at[last].text.p >= schedule.cron.p + schedule.cron.n)
            break;
    if (!labelled && words->at[0].text.p < schedule.cron.p)
        return READ_NO;
    words_read(words, 0, last);
    sentence_zone(words, &last, &schedule);
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
    if (!words_is(words, 0, WD_RETAIN) && !words_is(words, 0, WD_KEEP))
        return READ_NO;
    while (i < words->count && i < WHAT_WORDS_MAX && words->at[i].type == WORD_NAME &&
           !words_is(words, i, WD_FOR))
        i++;
    schedule.what = words_span(words, 1, i);
    if (words_is(words, i, WD_FOR))
        i++;
    if (words_are(words, i, WD_AT, WD_LEAST))
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
           !words_is(words, at, WD_EVERY) && words->at[at].type == WORD_NAME)
        at++;
    if (at == 0 || at >= words->count || !words_is_a(words, at - 1, LEX_DUTY_NOUN) ||
        words_is_a(words, 0, LEX_VERB))
        return READ_NO;
    int i = at;
    if (!sentence_recurrence(words, &i, &schedule))
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
    while (at < words->count && at < WHAT_WORDS_MAX && !words_is(words, at, WD_WITHIN) &&
           (words->at[at].type == WORD_NAME || words_is(words, at, WD_M_COLON)))
        at++;
    if (at == 0 || !words_is(words, at, WD_WITHIN) || words_is_a(words, 0, LEX_VERB) ||
        sentence->place->ordered || sentence->place->box)
        return READ_NO;
    static const int due[] = {WD_SCHEDULED, WD_MANDATORY, WD_DUE, WD_REQUIRED, WD_COMPLETED};
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
    if (words_is(words, i, WD_OF) || words_is(words, i, WD_AFTER)) {
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
