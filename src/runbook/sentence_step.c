/* sentence_step.c - what a person or a program does: steps, timelines, checks. */
#include "runbook/sentence.h"

enum { LABEL_WORDS_MAX = 5 };

/* "15 min: …", "Immediate: …", "T+1h: …", "Within 30 minutes (if required): …". */
static bool read_timeline(struct words *words, struct step_statement *step)
{
    static const char *const heads[] = {"within", "first", "after", NULL};
    struct length length = {0};
    int i = 0;
    if (words_is(words, 0, "immediate") || words_is(words, 0, "immediately")) {
        i = 1;
    } else {
        if (words_is(words, 0, "T") && words_is(words, 1, "+"))
            i = 2;
        else if (words_is_one(words, 0, heads))
            i = 1;
        if (!words_length(words, &i, &length) || length.working_days)
            return false;
    }
    if (words_is(words, i, "(")) {
        while (i < words->count && !words_is(words, i, ")"))
            i++;
        i++;
    }
    if (!words_is(words, i, ":") || i + 1 >= words->count)
        return false;
    step->time = TIME_DUE_AT;
    step->time_ms = length.ms;
    step->time_months = length.months;
    return true;
}

/* "… after 24 hours", "… for 15 minutes", "… within 30 days": they are not synonyms. */
static void read_time(struct words *words, struct step_statement *step)
{
    static const struct {
        const char *word;
        enum time_role role;
    } roles[] = {{"after", TIME_NOT_BEFORE},
                 {"for", TIME_HOLD},
                 {"within", TIME_WITHIN},
                 {"wait", TIME_HOLD}};
    struct length length = {0};
    for (int i = 0; i < words->count; i++)
        for (size_t k = 0; k < sizeof roles / sizeof roles[0]; k++) {
            int at = i + 1;
            if (!words_is(words, i, roles[k].word) || !words_length(words, &at, &length) ||
                length.working_days)
                continue;
            step->time = roles[k].role;
            step->time_ms = length.ms;
            step->time_months = length.months;
            return;
        }
}

/* Index of the first word behind a short "label:", else 0. */
static int after_label(const struct words *words)
{
    for (int i = 1; i <= LABEL_WORDS_MAX && i + 1 < words->count; i++) {
        if (words_is(words, i, ":"))
            return i + 1;
        if (words->at[i].type != WORD_NAME)
            return 0;
    }
    return 0;
}

static bool is_imperative(const struct words *words, int i, bool among_verbs)
{
    static const char *const followers[] = {"the",  "a",    "an",    "any",  "all",  "for",  "in",
                                            "to",   "on",   "if",    "with", "from", "at",   "your",
                                            "that", "each", "every", "this", "out",  "back", NULL};
    if (i >= words->count)
        return false;
    enum verb verb = vocabulary_verb(words->at[i].text);
    if (verb != VERB_MAYBE)
        return verb == VERB_SURE && !words_is(words, i + 1, ":");
    return among_verbs || words_is_one(words, i + 1, followers) ||
           (i + 1 < words->count && words->at[i + 1].type == WORD_NUMBER);
}

struct str command_in(struct str text)
{
    size_t tick = str_find_byte(text, '`', 0);
    if (tick < text.n) {
        size_t end = str_find_byte(text, '`', tick + 1);
        struct str code = str_trim(str_slice(text, tick + 1, end));
        if (vocabulary_program(str_slice(code, 0, str_find_byte(code, ' ', 0))) != PROGRAM_NO)
            return code;
    }
    size_t colon = str_find(text, ": ", 0);
    struct str rest = colon < text.n ? str_trim(str_from(text, colon + 1)) : text;
    size_t space = str_find_byte(rest, ' ', 0);
    if (colon < text.n && space < rest.n &&
        vocabulary_program(str_slice(rest, 0, space)) == PROGRAM_SURE)
        return rest;
    return (struct str){"", 0};
}

static bool is_conditional(const struct words *words)
{
    if (!words_is(words, 0, "if"))
        return false;
    for (int i = 2; i + 1 < words->count; i++)
        if (words_is(words, i, ",") || words_is(words, i, ":") ||
            words_is(words, i, "\xE2\x86\x92"))
            return vocabulary_verb(words->at[i + 1].text) != VERB_NO;
    return false;
}

enum reading sentence_step(const struct sentence_place *place, struct words *words, struct str text,
                           struct statement *out_statement)
{
    struct step_statement step = {.checkbox = place->box, .nested_title = place->has_children};
    if (words->count == 0 || !place->in_list)
        return READ_NO;
    bool timeline = read_timeline(words, &step);
    bool bullet = !place->ordered && !place->box;
    if (bullet && !timeline && (place->sections & SECTION_PROSE))
        return READ_NO;
    if (bullet && !timeline && !is_imperative(words, 0, place->among_verbs) &&
        !is_imperative(words, after_label(words), place->among_verbs) && !is_conditional(words))
        return READ_NO;
    if (!timeline)
        read_time(words, &step);
    step.command = command_in(text);
    bool check = place->box && vocabulary_condition(words) &&
                 vocabulary_verb(words->at[0].text) != VERB_SURE;
    out_statement->kind = check ? STATEMENT_CHECK : STATEMENT_STEP;
    out_statement->step = step;
    return READ_YES;
}
