/* sentence_length.c - notices before something, deadlines after something, and how long a thing is
 * kept. */
#include "runbook/sentence_schedule.h"

enum { DAY_MS = 86400000, SINCE_WORDS_MAX = 8, CLAUSES_MAX = 4 };

void schedule_set_length(struct schedule_statement *schedule, enum schedule_form form,
                         struct length length)
{
    schedule->form = form;
    schedule->length_ms = length.working_days ? 0 : length.ms;
    schedule->length_months = length.months;
    schedule->working_days = length.working_days ? (int)(length.ms / DAY_MS) : 0;
}

static bool is_whole(struct length length)
{
    return !length.low_ms && !(length.working_days && length.ms % DAY_MS);
}

static struct schedule_statement none(const struct sentence *sentence)
{
    return (struct schedule_statement){.weekday = -1, .what = sentence->place->heading};
}

/* Names from i on that only say of what: the index behind. */
static int names_end(const struct words *words, int i)
{
    int at = i;
    while (at < words->count && at - i < SINCE_WORDS_MAX && words->at[at].type == WORD_NAME &&
           words->at[at].level == LEVEL_NONE && !words_is_a(words, at, LEX_RESIDUE | LEX_WEEKDAY) &&
           !words_is(words, at, WD_FOR) && !words_is(words, at, WD_VIA) &&
           !words_is(words, at, WD_BY))
        at++;
    return at;
}

int schedule_notice_end(const struct words *words, int i, struct str *out_since)
{
    int at = i;
    *out_since = (struct str){"", 0};
    if (words_is(words, at, WD_IN))
        at++;
    if (words_is(words, at, WD_ADVANCE)) {
        at++;
        return words_is(words, at, WD_NOTICE) || words_is(words, at, WD_NOTIFICATION) ? at + 1 : at;
    }
    if (at > i)
        return i;
    if (words_is(words, at, WD_NOTICE) || words_is(words, at, WD_AHEAD) ||
        words_is(words, at, WD_BEFOREHAND) || words_is(words, at, WD_REMINDER))
        return at + 1;
    bool prior = words_is(words, at, WD_PRIOR);
    if (!prior && !words_is(words, at, WD_BEFORE))
        return i;
    at++;
    if (prior && words_is(words, at, WD_NOTICE))
        return at + 1;
    if (prior && words_is(words, at, WD_TO))
        at++;
    int to = names_end(words, at);
    if (words_is(words, at, WD_THE) || words_is(words, at, WD_EACH) || words_is(words, at, WD_ANY))
        at++;
    if (to > at)
        *out_since = words_span(words, at, to);
    return to;
}

/* "Advance notice |in-app and via email| 48 hours before": how it is given, before its length. */
static struct str notice_ways(const struct words *words, int number)
{
    int from = number;
    while (from > 0 && !words_is(words, from - 1, WD_NOTICE))
        from--;
    bool way = words_is(words, from, WD_BY) || words_is(words, from, WD_VIA) ||
               words_is(words, from, WD_IN) || words_is(words, from, WD_ON) ||
               words_is(words, from, WD_IN_APP);
    return from > 0 && way ? words_span(words, from, number) : (struct str){"", 0};
}

/* Each length that is an advance notice becomes a statement; the number of them. */
static int make_notices(struct sentence *sentence, int from)
{
    struct words *words = &sentence->words;
    int made = 0;
    for (int i = from; i < words->count; i++) {
        struct schedule_statement schedule = none(sentence);
        struct length length;
        int at = i;
        if (!words_is_number(words, i) || !words_length(words, &at, &length) || !is_whole(length))
            continue;
        int behind = at;
        /* "1 week, 3 days and 1 day before": what stands behind the last holds for all. */
        int list = at;
        while (list < words->count &&
               (words_is(words, list, WD_M_COMMA) || words_is(words, list, WD_AND) ||
                words_is(words, list, WD_M_PLUS))) {
            struct length next;
            int number = list + 1;
            if (words_is(words, number, WD_AND))
                number++;
            if (!words_is_number(words, number) || !words_length(words, &number, &next))
                break;
            words_unread(words, list, number);
            list = number;
        }
        if (words_is(words, behind, WD_S_POSSESSIVE))
            behind++;
        int end = schedule_notice_end(words, list > at ? list : behind, &schedule.since);
        if (end == (list > at ? list : behind)) {
            words_unread(words, i, at);
            continue;
        }
        if (list == at)
            words_read(words, at, end);
        else if (words_is(words, at, WD_AND) || words_is(words, at, WD_M_PLUS))
            words_read(words, at, at + 1);
        schedule_set_length(&schedule, SCHEDULE_NOTICE, length);
        schedule.by = notice_ways(words, i);
        if (words_is(words, end - 1, WD_REMINDER) && schedule.what.n)
            schedule.what = str_printf(sentence->arena, "%.*s: reminder", STR_ARGS(schedule.what));
        sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = schedule;
        made++;
        i = (list == at ? end : at) - 1;
    }
    return made;
}

void schedule_bracket_notice(struct sentence *sentence, int *i, struct str what)
{
    struct words *words = &sentence->words;
    struct schedule_statement notice = {.weekday = -1, .what = what};
    struct length length;
    int at = *i + 1;
    if (!words_is(words, *i, WD_M_OPEN))
        return;
    while (at < words->count && at - *i < SINCE_WORDS_MAX && words->at[at].type == WORD_NAME)
        at++;
    int number = at;
    if (!words_is_number(words, at) || !words_length(words, &at, &length) || !is_whole(length))
        return;
    int end = schedule_notice_end(words, at, &notice.since);
    if (end == at || !words_is(words, end, WD_M_CLOSE)) {
        words_unread(words, number, at);
        return;
    }
    words_read(words, *i, end + 1);
    *i = end + 1;
    schedule_set_length(&notice, SCHEDULE_NOTICE, length);
    sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = notice;
}

/* "Action: notice in the shop and by mail 48 hours before", "2-week notice + 48-hour reminder". */
enum reading schedule_read_notices(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    bool notice = false;
    if (!schedule_is_standing(sentence))
        return READ_NO;
    for (int i = 0; i < words->count; i++)
        notice |= words_is(words, i, WD_NOTICE);
    if (!notice || make_notices(sentence, 0) == 0)
        return READ_NO;
    for (int i = 0; i < words->count; i++)
        if (words_is(words, i, WD_AND) || words_is(words, i, WD_M_PLUS))
            words_read(words, i, i + 1);
    return words_leftover(words).n || words->cut ? READ_HALF : READ_YES;
}

static bool is_telling(const struct words *words, int i)
{
    return vocabulary_is_about(words, i, TOPIC_TOLD);
}

/* The subject is who is told, not what it is about: "Customers are notified". */
static bool is_told_whom(const struct words *words, int from, int to)
{
    for (int i = from; i < to; i++)
        if (words_is(words, i, WD_NOTIFIED) || words_is(words, i, WD_INFORMED) ||
            words_is(words, i, WD_COMMUNICATED) || words_is(words, i, WD_ANNOUNCED))
            return true;
    return false;
}

/* "Notify customers at least 72 hours in advance", "Certificates are renewed 30 days before
 * expiry". */
enum reading schedule_read_told_before(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    bool telling = false;
    int number = 0;
    if (!schedule_is_standing(sentence))
        return READ_NO;
    while (number < words->count && !words_is_number(words, number)) {
        telling |= is_telling(words, number);
        number++;
    }
    int from = number;
    if (words_are(words, from - 2, WD_AT, WD_LEAST))
        from -= 2;
    for (int i = 0; i < from; i++)
        if (words->at[i].level != LEVEL_NONE || words_is_a(words, i, LEX_RESIDUE | LEX_WEEKDAY))
            return READ_NO;
    if (!telling || make_notices(sentence, number) == 0)
        return READ_NO;
    words_read(words, 0, number);
    int subject = 0; /* "Certificates are renewed": what it is about stands in front */
    while (subject < from && words->at[subject].type == WORD_NAME &&
           !words_is(words, subject, WD_ARE) && !words_is(words, subject, WD_IS) &&
           !words_is(words, subject, WD_MUST))
        subject++;
    bool own = subject > 0 && subject < from && !words_is_a(words, 0, LEX_VERB) &&
               (words_is(words, subject, WD_M_COLON) || !is_told_whom(words, subject, from));
    for (int i = 0; own && i < sentence->made_count; i++)
        sentence->made[i].schedule.what = words_span(words, 0, subject);
    if (words_leftover(words).n == 0)
        words_read(words, 0, words->count);
    return sentence_end(sentence, words->count);
}

/* "Raw pages purged at 30 days": what goes away is kept so long. */
enum reading schedule_read_purged(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = none(sentence);
    struct length length;
    int at = 1;
    while (at < words->count && at < SCHEDULE_WHAT_WORDS_MAX && !words_is(words, at, WD_PURGED) &&
           !words_is(words, at, WD_DELETED) && !words_is(words, at, WD_REMOVED) &&
           !words_is(words, at, WD_ARCHIVED))
        at++;
    int i = at + 2;
    bool link = words_is(words, at + 1, WD_AT) || words_is(words, at + 1, WD_AFTER);
    if (at >= words->count || at >= SCHEDULE_WHAT_WORDS_MAX || !link ||
        !schedule_is_standing(sentence) || !words_length(words, &i, &length) || length.low_ms ||
        length.working_days)
        return READ_NO;
    int end = words_is(words, at - 1, WD_ARE) || words_is(words, at - 1, WD_IS) ? at - 1 : at;
    words_read(words, 0, i);
    schedule.what = words_span(words, 0, end);
    schedule_set_length(&schedule, SCHEDULE_RETENTION, length);
    return schedule_finish(sentence, i, schedule);
}

static bool is_keeping(const struct words *words, int i)
{
    return vocabulary_is_about(words, i, TOPIC_KEPT);
}

/* "for at least 30 days", "90 days minimum", "a minimum of 1 year" at *i. */
static bool read_kept_length(struct words *words, int *i, struct length *out_length)
{
    int at = *i;
    if (words_is(words, at, WD_FOR))
        at++;
    if (words_is(words, at, WD_A) || words_is(words, at, WD_AN))
        at++;
    if (words_are(words, at, WD_AT, WD_LEAST) || words_are(words, at, WD_MINIMUM, WD_OF))
        at += 2;
    else if (words_is(words, at, WD_MINIMUM))
        at++;
    if (!words_length(words, &at, out_length) || out_length->low_ms || out_length->working_days)
        return false;
    if (words_is(words, at, WD_MINIMUM))
        at++;
    words_read(words, *i, at);
    *i = at;
    return true;
}

/* One clause: "[Daily] backups [are] retained [for] 30 days", "Retain logs for 90 days". */
static bool read_kept_clause(struct sentence *sentence, int *i)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = none(sentence);
    struct length length;
    int verb = *i;
    int bracket = -1;
    while (verb < words->count && verb - *i < SCHEDULE_WHAT_WORDS_MAX && !is_keeping(words, verb) &&
           (words->at[verb].type == WORD_NAME || words_is(words, verb, WD_M_COLON) ||
            words_is(words, verb, WD_M_OPEN) || words_is(words, verb, WD_M_CLOSE))) {
        if (words_is(words, verb, WD_M_OPEN) && bracket < 0)
            bracket = verb; /* "backups (pg_dump) retained" */
        verb++;
    }
    if (!is_keeping(words, verb))
        return false;
    int at = verb + 1;
    int from = *i;
    int to = verb;
    if (verb == *i) { /* the imperative: its object stands behind it */
        from = at;
        while (at < words->count && at - from < SCHEDULE_WHAT_WORDS_MAX &&
               words->at[at].type == WORD_NAME && !words_is(words, at, WD_FOR) &&
               !words_is(words, at, WD_AT))
            at++;
        to = at;
    } else {
        if (bracket > from && words_is(words, to - 1, WD_M_CLOSE))
            to = bracket;
        while (to > from &&
               (words_is(words, to - 1, WD_ARE) || words_is(words, to - 1, WD_IS) ||
                words_is(words, to - 1, WD_BE) || words_is(words, to - 1, WD_MUST) ||
                words_is(words, to - 1, WD_SHOULD) || words_is(words, to - 1, WD_M_COLON)))
            to--;
    }
    for (int k = from; k < to; k++)
        if (words_is_number(words, k) || words->at[k].level != LEVEL_NONE ||
            (words_is_a(words, k, LEX_RESIDUE) && !words_is_a(words, k, LEX_FREQUENCY) &&
             !words_is(words, k, WD_AND)))
            return false;
    if (!read_kept_length(words, &at, &length))
        return false;
    words_read(words, *i, at);
    *i = at;
    schedule.what = to > from ? words_span(words, from, to) : sentence->place->heading;
    schedule_set_length(&schedule, SCHEDULE_RETENTION, length);
    sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = schedule;
    return true;
}

/* "Daily snapshots kept 30 days, weekly snapshots kept 12 weeks", "Retain for 90 days". */
enum reading schedule_read_kept(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    int i = 0;
    if (!schedule_is_standing(sentence))
        return READ_NO;
    for (int clauses = 0; clauses < CLAUSES_MAX; clauses++) {
        if (!read_kept_clause(sentence, &i))
            return clauses ? READ_HALF : READ_NO;
        int next = i;
        while (words_is(words, next, WD_M_COMMA) || words_is(words, next, WD_AND) ||
               words_is(words, next, WD_M_SEMICOLON))
            next++;
        bool more = false;
        for (int k = next; k < words->count; k++)
            more |= is_keeping(words, k);
        if (next == i || !more)
            break;
        words_read(words, i, next);
        i = next;
    }
    /* "Daily backups, retained for 30 days" says also that they are daily. */
    for (int k = 0; k < words->count; k++) {
        struct schedule_statement schedule = none(sentence);
        if (k < i && words_is_a(words, k, LEX_FREQUENCY) && k + 1 < words->count &&
            words_is_a(words, k + 1, LEX_DUTY_NOUN) &&
            vocabulary_frequency(words, k, &schedule.every_ms, &schedule.every_months)) {
            schedule.what = words_span(words, k + 1, k + 2);
            sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = schedule;
        }
    }
    return sentence_end_remark(sentence, i);
}

/* "Keep 7 daily, 4 weekly and 12 monthly backups": generations, each kept as long as they last. */
enum reading schedule_read_generations(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    int i = 0;
    bool kept = is_keeping(words, 0);
    while (!kept && i < words->count && i < SCHEDULE_LABEL_WORDS_MAX &&
           !words_is(words, i, WD_M_COLON))
        i++;
    bool labelled = !kept && words_is(words, i, WD_M_COLON) && words_is(words, i - 1, WD_RETENTION);
    if (!kept && !labelled)
        return READ_NO;
    words_read(words, 0, i + 1);
    for (i++; sentence->made_count < CLAUSES_MAX;) {
        struct schedule_statement schedule = none(sentence);
        struct length length = {0};
        if (!words_is_number(words, i) || words->at[i].number < 1 || words->at[i].number > 1000 ||
            !vocabulary_frequency(words, i + 1, &length.ms, &length.months))
            return sentence->made_count ? READ_HALF : READ_NO;
        length.ms *= (int64_t)words->at[i].number;
        length.months *= (int)words->at[i].number;
        schedule.what = words->at[i + 1].text;
        schedule_set_length(&schedule, SCHEDULE_RETENTION, length);
        sentence_make(sentence, STATEMENT_SCHEDULE)->schedule = schedule;
        words_read(words, i, i + 2);
        i += 2;
        int next = i;
        while (words_is(words, next, WD_M_COMMA) || words_is(words, next, WD_AND) ||
               words_is(words, next, WD_M_BAR) || words_is(words, next, WD_M_PLUS))
            next++;
        if (next == i || !words_is_number(words, next))
            break;
        words_read(words, i, next);
        i = next;
    }
    while (i < words->count && words_is_a(words, i, LEX_DUTY_NOUN)) {
        words_read(words, i, i + 1);
        i++;
    }
    return sentence_end_remark(sentence, i);
}

/* "of resolution", "after the incident": what the time runs from. */
static int read_since(struct words *words, int i, struct str *out_since)
{
    bool link = words_is(words, i, WD_OF) || words_is(words, i, WD_AFTER) ||
                words_is(words, i, WD_FROM) || words_is(words, i, WD_FOLLOWING);
    int to = i + 1;
    while (link && to < words->count && words->at[to].type == WORD_NAME &&
           words->at[to].level == LEVEL_NONE && !words_is_a(words, to, LEX_RESIDUE))
        to++;
    if (!link || to == i + 1)
        return i;
    *out_since = words_span(words, i + 1, to);
    words_read(words, i, to);
    return to;
}

/* "must be patched", "is due", "required", "published": the words that make it a deadline, before
 * "within"; the end of what has to be done, or -1. */
static int deadline_what_end(const struct words *words, int within)
{
    static const int due[] = {WD_SCHEDULED, WD_MANDATORY, WD_DUE, WD_REQUIRED, WD_COMPLETED};
    int what = within;
    bool named = false;
    for (size_t k = 0; k < sizeof due / sizeof due[0]; k++)
        named |= words_is(words, within - 1, due[k]);
    if (named)
        what--;
    for (int i = 1; i + 2 < within; i++)
        if ((words_is(words, i, WD_MUST) || words_is(words, i, WD_SHOULD) ||
             words_is(words, i, WD_SHALL)) &&
            words_is(words, i + 1, WD_BE)) {
            what = i;
            named = true;
        }
    while (what > 0 && words->at[what - 1].type == WORD_MARK)
        what--;
    named |= words_is_a(words, what - 1, LEX_DUTY_NOUN | LEX_LABEL_END);
    return named && what > 0 ? what : -1;
}

/* "Post-mortem within 48 hours of resolution", "Critical vulnerabilities must be patched within 48
 * hours". */
enum reading schedule_read_deadline(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = none(sentence);
    struct length length = {0};
    int at = 0;
    while (at < words->count && at < SCHEDULE_WHAT_WORDS_MAX + 3 &&
           !words_is(words, at, WD_WITHIN) &&
           (words->at[at].type == WORD_NAME || words_is(words, at, WD_M_COLON)))
        at++;
    if (at == 0 || !words_is(words, at, WD_WITHIN) || words_is_a(words, 0, LEX_VERB) ||
        !schedule_is_standing(sentence))
        return READ_NO;
    int what = deadline_what_end(words, at);
    int i = at + 1;
    if (at == 1 && words_is_a(words, 0, LEX_VERB_OR_NOUN) && sentence->place->in_list)
        return READ_NO; /* "Schedule within 48 hours" is a thing to do */
    if (what < 0 || !words_length(words, &i, &length) || !is_whole(length))
        return READ_NO;
    for (int k = 0; k < at; k++)
        if (words_is_number(words, k) || words_is_a(words, k, LEX_WEEKDAY) ||
            (words->at[k].level != LEVEL_NONE && words_is(words, what - 1, WD_UPDATE)) ||
            words_is(words, k, WD_NOT) || words_is(words, k, WD_UNLESS) ||
            words_is(words, k, WD_IF))
            return READ_NO;
    i = read_since(words, i, &schedule.since);
    words_read(words, 0, i);
    schedule.what = words_span(words, 0, what);
    schedule_set_length(&schedule, SCHEDULE_DEADLINE, length);
    return schedule_finish(sentence, i, schedule);
}
