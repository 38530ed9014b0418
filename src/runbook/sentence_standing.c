/* sentence_standing.c - what is done again and again: a noun, a passive or an imperative with its
 * recurrence; a recurrence alone; and times at which something is forbidden. */
#include "runbook/sentence_schedule.h"

enum { SUBJECT_WORDS_MAX = 12, DAY_MS = 86400000, DAY_MINUTES = 1440 };

bool schedule_is_standing(const struct sentence *sentence)
{
    return !sentence->place->ordered && !sentence->place->box;
}

/* Finds where a recurrence begins behind at least one word and reads it; the index of its first
 * word, or -1. Everything before it is left to the caller. */
static int find_recurrence(struct sentence *sentence, int from, struct schedule_statement *schedule,
                           int *out_behind)
{
    struct words *words = &sentence->words;
    for (int i = from; i < words->count && i <= from + SUBJECT_WORDS_MAX; i++) {
        int at = i;
        bool begins = words_is_a(words, i, LEX_FREQUENCY | LEX_WEEKDAY) ||
                      words_is(words, i, WD_EVERY) || words_is(words, i, WD_EACH) ||
                      words_is(words, i, WD_ON) || words_is(words, i, WD_ONCE) ||
                      words_is(words, i, WD_TWICE) || words_is(words, i, WD_BETWEEN) ||
                      words_is(words, i, WD_FROM) || words_is(words, i, WD_AT) ||
                      words_is(words, i + 1, WD_TIMES) || words_is(words, i, WD_THE) ||
                      word_ordinal(words_at(words, i));
        if (!begins || !sentence_recurrence(words, &at, schedule))
            continue;
        *out_behind = at;
        return i;
    }
    return -1;
}

/* The words [from, to) are those of a subject: names, without anything that changes a meaning. */
static bool is_plain(const struct words *words, int from, int to)
{
    for (int i = from; i < to; i++)
        if (words_is_number(words, i) || words->at[i].level != LEVEL_NONE ||
            words_is_a(words, i, LEX_WEEKDAY | LEX_FREQUENCY | LEX_FACT) ||
            (words_is_a(words, i, LEX_RESIDUE) && !words_is(words, i, WD_AND) &&
             !words_is(words, i, WD_OR)))
            return false;
    return to > from;
}

static bool is_participle(const struct words *words, int i)
{
    struct str word = i >= 0 && i < words->count ? words->at[i].text : (struct str){"", 0};
    switch (words_at(words, i)) {
    case WD_TAKEN:
    case WD_DONE:
    case WD_RUN:
    case WD_HELD:
    case WD_MADE:
    case WD_KEPT:
    case WD_SENT:
    case WD_GIVEN: return true;
    default: return word.n > 4 && str_ends(word, "ed");
    }
}

/* "are", "must be", "should be", "is automatically": the index of the participle, or -1. */
static int passive_at(const struct words *words, int i)
{
    int at = i;
    if (words_is(words, at, WD_MUST) || words_is(words, at, WD_SHOULD) ||
        words_is(words, at, WD_SHALL) || words_is(words, at, WD_WILL))
        at++;
    else if (words_is(words, at, WD_HAVE) && words_is(words, at + 1, WD_TO))
        at += 2;
    if (!words_is(words, at, WD_BE) && !words_is(words, at, WD_ARE) && !words_is(words, at, WD_IS))
        return -1;
    at++;
    if (words_is(words, at, WD_AUTOMATICALLY) || words_is(words, at, WD_THEN))
        at++;
    return is_participle(words, at) ? at : -1;
}

/* "run", "occur", "starts": of a duty they say as much as "is done"; of anything else they tell how
 * it behaves. */
static bool is_duty_verb(const struct words *words, int i)
{
    switch (words_at(words, i)) {
    case WD_RUN:
    case WD_RUNS:
    case WD_OCCUR:
    case WD_OCCURS:
    case WD_HAPPEN:
    case WD_HAPPENS:
    case WD_CHANGE:
    case WD_CHANGES:
    case WD_START:
    case WD_STARTS:
    case WD_BEGIN:
    case WD_BEGINS: return true;
    default: return false;
    }
}

static struct schedule_statement none(void)
{
    return (struct schedule_statement){.weekday = -1};
}

static struct str subject_of(const struct words *words, int from, int to)
{
    while (from < to && (words_is(words, from, WD_THE) || words_is(words, from, WD_ALL) ||
                         words_is(words, from, WD_A) || words_is(words, from, WD_ANY)))
        from++;
    while (to > from && words->at[to - 1].type == WORD_MARK)
        to--;
    return words_span(words, from, to);
}

/* Headings below which a bare time is a schedule. */
static bool is_scheduling(const struct sentence_place *place)
{
    static const char *const words[] = {
        "maintenance", "window",   "backup", "rotation", "schedule", "handoff",   "handover",
        "snapshot",    "patching", "freeze", "review",   "drill",    "deployment"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_find_nocase(place->heading, words[i], 0) < place->heading.n ||
            str_find_nocase(place->label, words[i], 0) < place->label.n)
            return true;
    return false;
}

enum reading schedule_read_bare(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = none();
    int i = 0;
    if (!sentence->place->in_list || !schedule_is_standing(sentence) ||
        !sentence_recurrence(words, &i, &schedule) || !is_scheduling(sentence->place) ||
        (i < words->count && words->at[i].type == WORD_NAME) || words_is(words, i, WD_M_COLON))
        return READ_NO;
    schedule.what = sentence->place->heading;
    return schedule_finish(sentence, i, schedule);
}

int schedule_purpose_end(struct words *words, int i)
{
    bool purpose = words_is(words, i, WD_TO) || words_is(words, i, WD_BY) ||
                   words_is(words, i, WD_WITH) || words_is(words, i, WD_USING) ||
                   words_is(words, i, WD_FOR) || words_is(words, i, WD_FROM);
    if (!purpose || words_leftover(words).n)
        return i;
    words_read(words, i, words->count);
    return words->count;
}

/* Behind a duty, more about it: "audit of all secrets", "review with the CCO". */
static bool begins_tail(const struct words *words, int i)
{
    return words_is(words, i, WD_OF) || words_is(words, i, WD_WITH) || words_is(words, i, WD_IN) ||
           words_is(words, i, WD_BY) || words_is(words, i, WD_FOR) || words_is(words, i, WD_TO) ||
           words_is(words, i, WD_ACROSS) || words_is(words, i, WD_ON);
}

/* "Daily automated backups at 02:00 UTC", "Quarterly: rotation of high-value secrets". */
static enum reading read_frequency_first(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = none();
    int i = 0;
    int from = words_is(words, 1, WD_M_COLON) ? 2 : 1;
    if (!sentence_recurrence(words, &i, &schedule) || i != 1) {
        /* "Bi-weekly review": every other week, or twice a week? */
        bool duty = false;
        for (int k = from; k < words->count && words->count <= SUBJECT_WORDS_MAX; k++)
            duty |= words_is_a(words, k, LEX_DUTY_NOUN);
        return duty && i == 0 ? READ_HALF : READ_NO;
    }
    int last = from;
    int noun = from;
    while (last < words->count && last < SUBJECT_WORDS_MAX &&
           (words->at[last].type == WORD_NAME || words_is(words, last, WD_M_BAR) ||
            (from == 2 && (words_is(words, last, WD_M_OPEN) || words_is(words, last, WD_M_CLOSE) ||
                           words_is(words, last, WD_M_PLUS)))) &&
           !words_is(words, last, WD_AT) && !words_is(words, last, WD_ON) &&
           !words_is(words, last, WD_RETAINED) && !words_is(words, last, WD_KEPT)) {
        last++;
        if (words_is_a(words, last - 1, LEX_DUTY_NOUN))
            noun = last;
    }
    bool told = words_is_a(words, from, LEX_VERB) && words_is_a(words, from + 1, LEX_FOLLOWER);
    bool tail = noun == last || from == 2 || (sentence->place->in_list && begins_tail(words, noun));
    bool deed =
        from == 2 && noun == from && sentence->place->in_list && schedule_is_standing(sentence) &&
        (words_is_a(words, from, LEX_VERB | LEX_VERB_OR_NOUN)) && is_plain(words, from, last);
    if (deed)
        noun = last;
    if (noun == from || !tail || !is_plain(words, from, noun) || (told && !deed))
        return READ_NO;
    for (int k = noun; k < last; k++)
        if (words_is_number(words, k) || words->at[k].level != LEVEL_NONE ||
            words_is_a(words, k, LEX_FREQUENCY | LEX_WEEKDAY))
            return READ_HALF;
    schedule.what = subject_of(words, from, from == 2 ? last : noun);
    words_read(words, 1, last);
    (void)sentence_recurrence_behind(words, &last, &schedule);
    return schedule_finish(sentence, last, schedule);
}

/* "Restore test monthly", "Full backups weekly (Sunday)", "Scheduled maintenance occurs every
 * Sunday between 2 AM and 4 AM UTC". */
enum reading schedule_read_noun(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = none();
    int behind = 0;
    if (vocabulary_fact(words))
        return READ_NO;
    if (words_is_a(words, 0, LEX_FREQUENCY))
        return read_frequency_first(sentence);
    int at = find_recurrence(sentence, 1, &schedule, &behind);
    if (at < 1 || words_is_a(words, 0, LEX_VERB))
        return READ_NO;
    int end = at;
    if (end > 1 && is_duty_verb(words, end - 1))
        end--;
    if (!is_plain(words, 0, end) || !words_is_a(words, end - 1, LEX_DUTY_NOUN) ||
        end > SCHEDULE_WHAT_WORDS_MAX - 2)
        return READ_NO;
    words_read(words, 0, at);
    schedule.what = subject_of(words, 0, end);
    return schedule_finish(sentence, behind, schedule);
}

/* "Rotations are 4 weeks", "Duration: 1 week rotations", "Shifts last one week": the length of a
 * turn is how often it changes. */
enum reading schedule_read_turns(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = none();
    struct length length;
    int i = 0;
    bool first = words_is(words, 0, WD_ROTATION) || words_is(words, 0, WD_ROTATIONS) ||
                 words_is(words, 0, WD_SHIFT) || words_is(words, 0, WD_SHIFTS);
    bool link = words_is(words, 1, WD_ARE) || words_is(words, 1, WD_IS) ||
                words_is(words, 1, WD_LAST) || words_is(words, 1, WD_LASTS);
    if (!(first && link) && !(words_is(words, 0, WD_DURATION) && words_is(words, 1, WD_M_COLON)))
        return READ_NO;
    i = 2;
    if (!words_length(words, &i, &length) || length.range || length.working_days)
        return READ_NO;
    int turn = words_is(words, i, WD_PER) ? i + 1 : i;
    bool named = words_is(words, turn, WD_ROTATION) || words_is(words, turn, WD_ROTATIONS) ||
                 words_is(words, turn, WD_SHIFT) || words_is(words, turn, WD_SHIFTS);
    if (!first && !named)
        return READ_NO;
    if (named)
        i = turn + 1;
    else if (words_is(words, i, WD_LONG))
        i++;
    words_read(words, 0, i);
    schedule.form = SCHEDULE_RECUR;
    schedule.every_ms = length.months ? 0 : length.ms;
    schedule.every_months = length.months;
    schedule.what = first ? words->at[0].text : sentence->place->heading;
    return schedule_finish(sentence, i, schedule);
}

/* "Backups are taken daily at 2 AM UTC", "API keys must be rotated every 90 days", "Passwords
 * rotated quarterly". */
enum reading schedule_read_passive(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = none();
    int behind = 0;
    int at = find_recurrence(sentence, 2, &schedule, &behind);
    int first = 0;
    for (int i = 1; i < at && !first; i++)
        if (words_is(words, i, WD_M_COLON))
            first = i + 1;
    if (at < 2 || !schedule_is_standing(sentence) || vocabulary_fact(words) ||
        words_is_a(words, first, LEX_VERB))
        return READ_NO;
    int verb = at - 1;
    if (words_is(words, verb, WD_AUTOMATICALLY) || words_is(words, verb, WD_OUT))
        verb--;
    int link = -1;
    for (int i = 1; i <= verb && link < 0; i++)
        if (passive_at(words, i) >= 0)
            link = i;
    bool short_form = link < 0 && is_participle(words, verb) && sentence->place->in_list &&
                      !(sentence->place->sections & SECTION_ALERT);
    if (link < 0 && !short_form)
        return READ_NO;
    int end = link >= 0 ? link : verb;
    int from = 0;
    for (int i = 1; i < end; i++)
        if (words_is(words, i, WD_M_COLON))
            from = i + 1;
    if (end == from)
        end = from > 1 ? from - 1 : end;
    if (!is_plain(words, 0, end))
        return READ_NO;
    for (int i = end; i < at; i++)
        if (words_is_number(words, i) || words->at[i].level != LEVEL_NONE)
            return READ_NO;
    words_read(words, 0, at);
    schedule.what = subject_of(words, 0, end);
    schedule.done = link >= 0 ? words->at[passive_at(words, link)].text : words->at[verb].text;
    return schedule_finish(sentence, behind, schedule);
}

/* "Rotate API keys every 90 days", "On-call engineer: verify the backup logs weekly". What recurs
 * more often than daily is done while something lasts: it stays a step. */
enum reading schedule_read_imperative(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = none();
    int behind = 0;
    int from = 0;
    for (int i = 1; i <= SCHEDULE_LABEL_WORDS_MAX && i < words->count && !from; i++)
        if (words_is(words, i, WD_M_COLON))
            from = i + 1;
    enum verb verb = vocabulary_verb(words, from);
    int at = find_recurrence(sentence, from + 1, &schedule, &behind);
    if (at < 0 || verb == VERB_NO || vocabulary_fact(words) || !sentence->place->in_list ||
        (!schedule.every_months && schedule.every_ms < DAY_MS && !schedule.cron.n))
        return READ_NO;
    if (verb == VERB_MAYBE && (is_participle(words, at - 1) || is_duty_verb(words, at - 1)))
        return READ_NO;
    for (int i = 0; i < at; i++)
        if (words_is_number(words, i) || words->at[i].level != LEVEL_NONE ||
            words_is_a(words, i, LEX_WEEKDAY))
            return READ_NO;
    words_read(words, 0, at);
    schedule.what = subject_of(words, 0, at);
    if (words_is_a(words, at, LEX_FREQUENCY) && behind == at + 1 && behind < words->count &&
        words->at[behind].type == WORD_NAME) { /* "Run a nightly retention job" */
        int to = behind;
        while (to < words->count && words->at[to].type == WORD_NAME &&
               !words_is_a(words, to, LEX_RESIDUE | LEX_WEEKDAY | LEX_FREQUENCY) &&
               !words_is(words, to, WD_TO) && !words_is(words, to, WD_FOR))
            to++;
        schedule.what = words_span(words, behind, to);
        words_read(words, behind, to);
        behind = to;
    }
    return schedule_finish(sentence, behind, schedule);
}

/* "Fridays after 15:00", "weekends", "after 4 PM on Fridays": the times of a freeze. */
static bool read_frozen(struct words *words, int *i, struct schedule_statement *schedule)
{
    struct schedule_statement times = none();
    int at = *i;
    int minute = 0;
    int half = 0;
    bool after = words_is(words, at, WD_AFTER) && (at++, words_clock(words, &at, &minute, &half));
    if (!after)
        at = *i;
    if (!sentence_recurrence(words, &at, &times) || !times.weekdays || times.every_months)
        return false;
    if (!after && !times.timed && words_is(words, at, WD_AFTER)) {
        at++;
        after = words_clock(words, &at, &minute, &half);
        if (!after)
            return false;
    }
    if (after && times.timed)
        return false;
    sentence_zone(words, &at, &times);
    if (!times.timed) {
        times.from_minute = half ? minute % 720 + (half == 2 ? 720 : 0) : minute;
        times.to_minute = DAY_MINUTES;
        times.timed = true;
    }
    times.form = SCHEDULE_WINDOW;
    words_read(words, *i, at);
    *i = at;
    *schedule = times;
    return true;
}

/* "No deployments on Fridays", "Deploy freeze: Fridays after 15:00 UTC". */
enum reading schedule_read_forbidden(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct schedule_statement schedule = none();
    int i = 1;
    bool no =
        words_is(words, 0, WD_NO) || words_is(words, 0, WD_NEVER) || words_is(words, 0, WD_AVOID) ||
        ((words_is(words, 0, WD_DO) && words_is(words, 1, WD_NOT)) || words_is(words, 0, WD_DON_T));
    int from = words_is(words, 0, WD_DO) ? 2 : 1;
    if (no) {
        i = from;
        while (i < words->count && i < SUBJECT_WORDS_MAX && words->at[i].type == WORD_NAME &&
               !words_is(words, i, WD_ON) && !words_is(words, i, WD_AFTER) &&
               !words_is(words, i, WD_BETWEEN) && !words_is_a(words, i, LEX_WEEKDAY))
            i++;
    } else {
        bool freeze = false;
        for (i = 0;
             i < words->count && i < SCHEDULE_LABEL_WORDS_MAX && !words_is(words, i, WD_M_COLON);
             i++)
            freeze |= words_is(words, i, WD_FREEZE);
        from = 0;
        if (!freeze || !words_is(words, i, WD_M_COLON))
            return READ_NO;
    }
    int end = i;
    if (!no)
        i++;
    if (end == from || !is_plain(words, from, end) || !read_frozen(words, &i, &schedule))
        return READ_NO;
    words_read(words, 0, no ? end : end + 1);
    schedule.what = subject_of(words, from, end);
    schedule.forbidden = true;
    return schedule_finish(sentence, i, schedule);
}
