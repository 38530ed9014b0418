/* sentence_severity.c - severities: "P0 (Critical): complete outage", "Data loss: always P0", and
 * headings that are rules for their section. */
#include "runbook/sentence.h"

enum { SITUATION_WORDS_MAX = 12, HEADING_WORDS_MAX = 8 };

static bool is_dash(const struct words *words, int i)
{
    return words_is(words, i, WD_M_HYPHEN) || words_is(words, i, WD_M_EN_DASH) ||
           words_is(words, i, WD_M_EM_DASH);
}

/* Behind a level: "(Critical)", "- High", "Medium"; fills word; the index behind. */
static int read_word(const struct words *words, int i, struct severity_statement *severity)
{
    int at = i;
    if (words_is(words, at, WD_M_OPEN) && words_is_a(words, at + 1, LEX_SEVERITY_WORD)) {
        int close = at + 2;
        while (close < words->count && !words_is(words, close, WD_M_CLOSE))
            close++;
        severity->word = words->at[at + 1].text;
        return close < words->count ? close + 1 : i;
    }
    if (is_dash(words, at) && words_is_a(words, at + 1, LEX_SEVERITY_WORD))
        at++;
    if (!words_is_a(words, at, LEX_SEVERITY_WORD))
        return i;
    severity->word = words->at[at].text;
    return at + 1;
}

/* Ranks of words that stand for a severity where no digit does; 0 is worst. */
static int rank_of_word(int id)
{
    switch (id) {
    case WD_BLOCKER:
    case WD_CRITICAL:
    case WD_EMERGENCY:
    case WD_URGENT: return 0;
    case WD_HIGH:
    case WD_MAJOR: return 1;
    case WD_MEDIUM:
    case WD_MODERATE:
    case WD_WARNING: return 2;
    case WD_LOW:
    case WD_MINOR: return 3;
    default: return 4;
    }
}

/* "Level 1" is a severity only where severities are spoken of; elsewhere it is a tier of people. */
static int read_numbered_level(struct words *words, struct severity_statement *severity)
{
    if (!words_is(words, 0, WD_LEVEL) || !words_is_number(words, 1) || words->at[1].text.n != 1 ||
        words->at[1].number > 5)
        return 0;
    severity->id = words_span(words, 0, 2);
    severity->rank = (int)words->at[1].number;
    return 2;
}

/* "P0", "P0 (Critical)", "P1 - High", "P2 Medium"; among severities also "Critical (P1)", "High",
 * "Level 2 - Major": the index behind, or 0. */
static int read_level(struct words *words, unsigned sections, struct severity_statement *severity,
                      bool *out_paired)
{
    struct level level;
    int i = 0;
    *out_paired = false;
    bool among = (sections & SECTION_SEVERITY) != 0;
    if (among && words_is_a(words, 0, LEX_SEVERITY_WORD)) {
        severity->word = words->at[0].text;
        *out_paired = true;
        int at = 2;
        if (words_is(words, 1, WD_M_OPEN) && words_level(words, &at, &level) &&
            words_is(words, at, WD_M_CLOSE)) {
            severity->id = level.id;
            severity->rank = level.rank;
            return at + 1;
        }
        if (words->count > 1 && words->at[1].type == WORD_NAME)
            return 0; /* "High availability" */
        severity->id = words->at[0].text;
        severity->rank = rank_of_word(words_at(words, 0));
        return 1;
    }
    if (words_level(words, &i, &level)) {
        severity->id = level.id;
        severity->rank = level.rank;
    } else if (among) {
        i = read_numbered_level(words, severity);
    }
    if (i == 0)
        return 0;
    int after = read_word(words, i, severity);
    *out_paired = after > i;
    return after;
}

bool severity_of_cell(struct words *words, struct severity_statement *out_severity)
{
    struct severity_statement severity = {0};
    bool paired = false;
    int end = read_level(words, SECTION_SEVERITY, &severity, &paired);
    if (end == 0 && words_is_number(words, 0) && words->at[0].text.n == 1 &&
        words->at[0].number <= 5) {
        severity.id = words->at[0].text;
        severity.rank = (int)words->at[0].number;
        end = read_word(words, 1, &severity);
    }
    if (end == 0 || (end < words->count && words->at[end].type == WORD_NAME))
        return false;
    *out_severity = severity;
    return true;
}

/* "Data loss or corruption: always P0": a situation that has a severity. It defines no level of its
 * own, so it is words for whoever triages. */
static enum reading read_situation(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct level level;
    int i = 1;
    while (i < words->count && i < SITUATION_WORDS_MAX && !words_is(words, i, WD_M_COLON) &&
           !words_is(words, i, WD_M_ARROW) && words->at[i].type == WORD_NAME)
        i++;
    int end = i;
    if (!words_is(words, i, WD_M_COLON) && !words_is(words, i, WD_M_ARROW))
        return READ_NO;
    i++;
    if (words_is(words, i, WD_ALWAYS))
        i++;
    if (!words_level(words, &i, &level) || i < words->count ||
        !(sentence->place->path_sections & SECTION_SEVERITY))
        return READ_NO;
    struct statement *made = sentence_make(sentence, STATEMENT_SEVERITY);
    made->severity = (struct severity_statement){
        .id = level.id, .rank = level.rank, .when = words_span(words, 0, end), .situation = true};
    return READ_YES;
}

static bool is_arrow(const struct words *words, int i)
{
    return words_is(words, i, WD_M_ARROW) || words_is(words, i, WD_M_ARROW_THIN) ||
           words_is(words, i, WD_M_ARROW_DOUBLE) || words_is(words, i, WD_M_ARROW_THICK);
}

/* "… — immediate response", "… → next business day", "… → 15min response": what the severity asks
 * for, at the end of its definition. The index of the mark, or -1. */
static int read_response_behind(struct sentence *sentence, int from,
                                const struct severity_statement *severity)
{
    struct words *words = &sentence->words;
    struct when when;
    int dash = words->count - 1;
    while (dash > from && !words_is(words, dash, WD_M_EM_DASH) &&
           !words_is(words, dash, WD_M_EN_DASH) && !is_arrow(words, dash))
        dash--;
    int i = dash + 1;
    if (dash <= from || !sentence_when(words, &i, &when) || when.recurring)
        return -1;
    bool named = words_is(words, i, WD_RESPONSE);
    if (i + named < words->count || !(named || is_arrow(words, dash)))
        return -1;
    struct statement *made = sentence_make(sentence, STATEMENT_RESPONSE);
    made->response = (struct response_statement){.level = severity->id,
                                                 .act = DUTY_RESPOND,
                                                 .after_ms = when.length.ms,
                                                 .low_ms = when.length.low_ms,
                                                 .calendar = when.calendar,
                                                 .working_days = when.working_days};
    return dash;
}

/* The rank of a severity known by its name alone. */
static int rank_of_id(struct str id)
{
    struct words WORDS_UNSET words;
    struct severity_statement severity = {0};
    words_parse(id, &words);
    return severity_of_cell(&words, &severity) ? severity.rank : 0;
}

enum reading sentence_severity(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct severity_statement severity = {0};
    bool paired = false;
    unsigned sections = sentence->place->path_sections;
    if ((sections & SECTION_SEVERITY) &&
        str_find_nocase(sentence->place->heading, "escalat", 0) < sentence->place->heading.n)
        sections = 0;
    int i = read_level(words, sections, &severity, &paired);
    if (i == 0 && words_are(words, 0, WD_DEFINITION, WD_M_COLON) && sentence->place->level.n &&
        words->count > 3) { /* below "### Sev1" */
        struct statement *made = sentence_make(sentence, STATEMENT_SEVERITY);
        made->severity = (struct severity_statement){.id = sentence->place->level,
                                                     .rank = rank_of_id(sentence->place->level),
                                                     .when = words_span(words, 2, words->count)};
        return READ_YES;
    }
    if (i == 0)
        return read_situation(sentence);
    if (!words_is(words, i, WD_M_COLON) && !is_dash(words, i))
        return READ_NO;
    bool arrow = false;
    for (int k = i; k < words->count; k++)
        arrow |= is_arrow(words, k);
    if (!paired && !arrow && !(sentence->place->path_sections & SECTION_SEVERITY))
        return READ_NO;
    if (!sentence->place->in_list && words_is_a(words, 0, LEX_SEVERITY_WORD) && !sentence->in_row)
        return READ_NO; /* "Warning: …" opens a paragraph of advice */
    struct str mark = words->at[i].text;
    severity.when =
        str_trim(str_from(sentence->text, (size_t)(mark.p + mark.n - sentence->text.p)));
    if (severity.when.n == 0 && !sentence->place->has_children)
        return READ_NO;
    sentence_make(sentence, STATEMENT_SEVERITY)->severity = severity;
    int behind = read_response_behind(sentence, i + 1, &severity);
    if (behind > 0)
        sentence->made[0].severity.when = words_span(words, i + 1, behind);
    else if (!paired && !(sentence->place->path_sections & SECTION_SEVERITY))
        return READ_NO;
    return READ_YES;
}

/* "Quarterly Rotation", "Weekly security review". */
static bool read_recurring_heading(struct words *words, struct statement *out_statement)
{
    struct schedule_statement schedule = {.form = SCHEDULE_RECUR, .weekday = -1};
    int end = words->count;
    if (!vocabulary_frequency(words, 0, &schedule.every_ms, &schedule.every_months))
        return false;
    for (int i = 1; i + 1 < words->count; i++) { /* "(Every 3 Months)" says it again */
        struct schedule_statement again = {.weekday = -1};
        int at = i + 1;
        if (words_is(words, i, WD_M_OPEN) && sentence_recurrence(words, &at, &again) &&
            words_is(words, at, WD_M_CLOSE) && at + 1 == words->count &&
            again.every_ms == schedule.every_ms && again.every_months == schedule.every_months)
            end = i;
    }
    if (!words_is_a(words, end - 1, LEX_DUTY_NOUN))
        return false;
    words_read(words, 0, 1);
    schedule.what = words_span(words, 1, end);
    if (words_leftover(words).n)
        return false;
    out_statement->kind = STATEMENT_SCHEDULE;
    out_statement->schedule = schedule;
    return true;
}

/* Most headings begin neither with how often something recurs nor with a severity: their first word
 * is enough to know. */
static bool may_be_rule(const struct words *front)
{
    int first = words_at(front, 0);
    return words_is_a(front, 0, LEX_FREQUENCY | LEX_SEVERITY_WORD) || (front->has & WORDS_LEVEL) ||
           first == WD_SEV || first == WD_SEVERITY || first == WD_PRIORITY || first == WD_LEVEL;
}

enum reading sentence_heading(struct str text, unsigned sections, struct statement *out_statement)
{
    struct words WORDS_UNSET words;
    struct severity_statement severity = {0};
    bool paired = false;
    words_parse_front(text, 1, &words);
    if (!may_be_rule(&words))
        return READ_NO;
    words_parse(text, &words);
    if (words.cut)
        return READ_NO;
    if (words.count <= HEADING_WORDS_MAX && read_recurring_heading(&words, out_statement))
        return READ_YES;
    int i = read_level(&words, sections, &severity, &paired);
    if (i == 0 || !(paired || (sections & SECTION_SEVERITY)))
        return READ_NO;
    bool alone = words_is_a(&words, 0, LEX_SEVERITY_WORD) && i == 1;
    bool mark = words_is(&words, i, WD_M_COLON) || is_dash(&words, i);
    if (alone && i < words.count)
        return READ_NO;
    if (words_is(&words, i, WD_M_OPEN) && words_is(&words, words.count - 1, WD_M_CLOSE))
        severity.when = words_span(&words, i + 1, words.count - 1);
    else if (mark && i + 1 < words.count && words.count <= HEADING_WORDS_MAX + 4)
        severity.when = words_span(&words, i + 1, words.count);
    else if (i < words.count)
        return READ_NO;
    out_statement->kind = STATEMENT_SEVERITY;
    out_statement->severity = severity;
    return READ_YES;
}
