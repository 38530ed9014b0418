/* sentence_step.c - what a person or a program does: steps, timelines, checks. */
#include "runbook/command.h"
#include "runbook/sentence.h"

enum { LABEL_WORDS_MAX = 5 };

/* "15 min: …", "Immediate: …", "T+1h: …", "Within 30 minutes (if required): …". */
static bool read_timeline(struct words *words, struct step_statement *step)
{
    struct length length = {0};
    int i = 0;
    if (words_is(words, 0, WD_IMMEDIATE) || words_is(words, 0, WD_IMMEDIATELY)) {
        i = 1;
    } else {
        if (words_is(words, 0, WD_T) && words_is(words, 1, WD_M_PLUS))
            i = 2;
        else if (words_is(words, 0, WD_WITHIN) || words_is(words, 0, WD_FIRST) ||
                 words_is(words, 0, WD_AFTER))
            i = 1;
        if (!words_length(words, &i, &length) || length.working_days)
            return false;
    }
    if (words_is(words, i, WD_M_OPEN)) {
        while (i < words->count && !words_is(words, i, WD_M_CLOSE))
            i++;
        i++;
    }
    if (!words_is(words, i, WD_M_COLON) || i + 1 >= words->count)
        return false;
    step->time = TIME_DUE_AT;
    step->time_ms = length.ms;
    step->time_months = length.months;
    return true;
}

static enum time_role role_of(int id)
{
    switch (id) {
    case WD_AFTER: return TIME_NOT_BEFORE;
    case WD_FOR:
    case WD_WAIT: return TIME_HOLD;
    case WD_WITHIN: return TIME_WITHIN;
    default: return TIME_NONE;
    }
}

/* "in the |first 2 hours", "for the |first hour". */
static enum time_role role_of_first(const struct words *words, int first)
{
    int at = first - 1 - words_is(words, first - 1, WD_THE);
    if (words_is(words, at, WD_FOR))
        return TIME_HOLD;
    return words_is(words, at, WD_IN) || words_is(words, at, WD_WITHIN) ||
                   words_is(words, at, WD_DURING)
               ? TIME_WITHIN
               : TIME_NONE;
}

static bool says_first(const struct words *words)
{
    for (int i = 1; i < words->count; i++)
        if (words_is(words, i, WD_FIRST) && words_is_number(words, i + 1))
            return true;
    return false;
}

/* "… after 24 hours", "… for 15 minutes", "… within 30 days", "two weeks before …": they are not
 * synonyms. */
static void read_time(struct words *words, struct step_statement *step)
{
    struct length length = {0};
    bool amount = words->has & (WORDS_NUMBER | LEX_NUMBER_WORD);
    for (int i = 0; amount && i < words->count; i++) {
        enum time_role role =
            words_is(words, i, WD_FIRST) ? role_of_first(words, i) : role_of(words_at(words, i));
        int at = role == TIME_NONE ? i : i + 1;
        if (!words_is_amount(words, at) || !words_length(words, &at, &length) ||
            length.working_days)
            continue;
        if (role == TIME_NONE) {
            if (!words_is(words, at, WD_BEFORE))
                continue;
            role = TIME_BEFORE;
        }
        step->time = role;
        step->time_ms = length.ms;
        step->time_months = length.months;
        return;
    }
}

/* Index of the first word behind a short "label:", else 0. */
static int after_label(const struct words *words)
{
    for (int i = 1; i <= LABEL_WORDS_MAX && i + 1 < words->count; i++) {
        if (words_is(words, i, WD_M_COLON))
            return i + 1;
        if (words->at[i].type != WORD_NAME)
            return 0;
    }
    return 0;
}

static bool is_imperative(const struct words *words, int i, bool among_verbs)
{
    if (i >= words->count)
        return false;
    enum verb verb = vocabulary_verb(words, i);
    if (verb != VERB_MAYBE)
        return verb == VERB_SURE && !words_is(words, i + 1, WD_M_COLON);
    return among_verbs || words_is_a(words, i + 1, LEX_FOLLOWER) || words_is_number(words, i + 1) ||
           words_is(words, i + 1, WD_WITHIN) || words_is(words, i + 1, WD_AFTER);
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
    if (!words_is(words, 0, WD_IF))
        return false;
    if (words->count > 2 && words_is(words, words->count - 1, WD_M_COLON))
        return true; /* what is to be done stands below it */
    for (int i = 2; i + 1 < words->count; i++)
        if (words_is(words, i, WD_M_COMMA) || words_is(words, i, WD_M_COLON) ||
            words_is(words, i, WD_M_ARROW))
            return vocabulary_verb(words, i + 1) != VERB_NO;
    return false;
}

/* "Finally, re-enable …", "Then check …": the index of the first word that says what to do. */
static int skip_adverb(const struct words *words)
{
    int at = 0;
    switch (words_at(words, 0)) {
    case WD_FINALLY:
    case WD_THEN:
    case WD_NEXT:
    case WD_FIRST:
    case WD_ALSO:
    case WD_AND:
    case WD_OPTIONALLY:
    case WD_IMMEDIATELY:
    case WD_ALWAYS:
    case WD_MANUALLY:
    case WD_PLEASE: at = 1; break;
    default: return 0;
    }
    if (words_is(words, at, WD_M_COMMA) || words_is(words, at, WD_M_COLON))
        at++;
    return at;
}

/* An item that begins with a command, in code or bare: "`sudo shutdown now`", "kubectl apply -f x".
 */
static bool begins_with_command(struct str text)
{
    bool code = str_starts(text, "`");
    struct str line = code ? str_slice(text, 1, str_find_byte(text, '`', 1)) : text;
    struct str first = str_slice(line, 0, str_find_byte(line, ' ', 0));
    if (first.n == line.n)
        return false;
    enum program_word program = vocabulary_program(first);
    bool path = str_starts(line, "./") || str_starts(line, "/usr/") || str_starts(line, "~/");
    return code ? program != PROGRAM_NO || path
                : program == PROGRAM_SURE && str_find(line, " -", 0) < line.n;
}

/* A box that tells nobody to do anything states what has to be true. */
static bool states_condition(const struct words *words, struct str text)
{
    enum verb verb = vocabulary_verb(words, skip_adverb(words));
    if (begins_with_command(text))
        return false;
    if (verb == VERB_NO)
        return !is_conditional(words) && words->count > 1;
    return verb == VERB_MAYBE && vocabulary_condition(words) &&
           !words_is_a(words, 1, LEX_FOLLOWER) && !words_is(words, 1, WD_AND);
}

/* "… (for major releases)", "… (if the schema changed)" at the end: it is not always asked for. */
static bool ends_conditional(const struct words *words)
{
    int open = words->count - 1;
    if (!words_is(words, open, WD_M_CLOSE))
        return false;
    while (open > 0 && !words_is(words, open, WD_M_OPEN))
        open--;
    return words_is(words, open + 1, WD_FOR) || words_is(words, open + 1, WD_IF) ||
           words_is(words, open + 1, WD_WHEN) || words_is(words, open + 1, WD_UNLESS) ||
           words_is(words, open + 1, WD_ONLY);
}

/* Holds a word that the checks look at in a step. */
static bool asks(const struct words *words)
{
    for (int i = 0; i < words->count; i++)
        if (words_is(words, i, WD_NOTIFY) || words_is(words, i, WD_INFORM) ||
            words_is(words, i, WD_STAGING))
            return true;
    return false;
}

enum reading sentence_step(struct sentence *sentence)
{
    const struct sentence_place *place = sentence->place;
    struct words *words = &sentence->words;
    struct step_statement step = {.checkbox = place->box, .nested_title = place->has_children};
    if (words->count == 0 || !place->in_list)
        return READ_NO;
    bool timeline = read_timeline(words, &step);
    bool bullet = !place->ordered && !place->box;
    if (bullet && !timeline && (place->sections & SECTION_PROSE))
        return READ_NO;
    step.conditional = is_conditional(words);
    if (bullet && !timeline && !is_imperative(words, skip_adverb(words), place->among_verbs) &&
        !is_imperative(words, after_label(words), place->among_verbs) && !step.conditional &&
        !begins_with_command(sentence->text))
        return READ_NO;
    if (!timeline)
        read_time(words, &step);
    bool first = step.time == TIME_WITHIN && says_first(words);
    bool sometimes = !step.conditional && ends_conditional(words);
    step.command = command_in(sentence->text);
    if (step.command.n) {
        struct command_names names = {.count = 0};
        command_judge(sentence->arena, step.command, LANGUAGE_SHELL, &names, &step.traits);
    }
    step.asks = asks(words) || sentence->text.p != sentence->base.text.p;
    step.conditional |= sometimes;
    bool check = place->box && states_condition(words, sentence->text);
    if (check && first && step.time == TIME_WITHIN)
        step.time = TIME_HOLD; /* "No errors in the first hour" is true when the hour is over */
    sentence_make(sentence, check ? STATEMENT_CHECK : STATEMENT_STEP)->step = step;
    return READ_YES;
}
