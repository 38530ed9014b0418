/* sentence_ladder.c - escalation by tiers and rungs: who is told next, and when. */
#include "runbook/sentence_response.h"

/* "L1", "Level 2", "Tier 3" at the front: the index behind it, or 0. */
static int tier_end(const struct words *words)
{
    struct str first = words->count ? words->at[0].text : (struct str){"", 0};
    if (first.n == 2 && (first.p[0] == 'L' || first.p[0] == 'T') && byte_is_digit(first.p[1]))
        return 1;
    bool named =
        words_is(words, 0, WD_LEVEL) || words_is(words, 0, WD_TIER) || words_is(words, 0, WD_STEP);
    return named && words_is_number(words, 1) ? 2 : 0;
}

/* "L1: On-call engineer (0-15 minutes)", "Level 2 (after 30 minutes): Technical lead": who is
 * told when, from one tier of people to the next. */
enum reading response_read_tier(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level, .act = DUTY_ESCALATE};
    struct response_scope scope = {.count = 0};
    struct when when = {.recurring = false};
    int i = tier_end(words);
    bool timed = false;
    if (i == 0)
        return READ_NO;
    if (words_is(words, i, WD_M_OPEN)) {
        int at = i + 1;
        timed = sentence_when(words, &at, &when) && words_is(words, at, WD_M_CLOSE);
        if (!timed)
            return READ_NO;
        i = at + 1;
    }
    if (words_is(words, i, WD_M_COLON) || words_is_a(words, i, LEX_DASH))
        i++;
    int party = i;
    if (!response_party(words, &i, &response.to))
        return READ_NO;
    if (!timed && words_is(words, i, WD_M_OPEN)) {
        int at = i + 1;
        timed = sentence_when(words, &at, &when) && words_is(words, at, WD_M_CLOSE);
        i = at + 1;
    } else if (!timed) {
        if (words_is(words, i, WD_M_COMMA) || words_is_a(words, i, LEX_DASH))
            i++;
        timed = words_is(words, i, WD_AFTER) && sentence_when(words, &i, &when);
    }
    if (!timed || when.recurring || when.calendar)
        return READ_NO;
    words_read(words, 0, party);
    words_read(words, party, i);
    response_set_when(&response, &when);
    if (when.length.range)
        response.after_ms = when.length.low_ms; /* a tier begins at the lower end */
    response.low_ms = 0;
    response_make(sentence, response, &scope);
    return sentence_end_remark(sentence, i);
}

/* "After 30 minutes: escalate to the engineering manager", "15 min: page secondary" below a heading
 * of escalation: a rung of the ladder, not a step. */
enum reading response_read_ladder(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level, .act = DUTY_ESCALATE};
    struct response_scope scope = {.count = 0};
    struct str heading = sentence->place->heading;
    struct str label = sentence->place->label;
    struct when when;
    int i = 0;
    if (words_is(words, 0, WD_T) && words_is(words, 1, WD_M_PLUS))
        i = 2;
    if (sentence->place->box || !sentence_when(words, &i, &when) || when.recurring || when.calendar)
        return READ_NO;
    bool ladder = str_find_nocase(heading, "escalat", 0) < heading.n ||
                  str_find_nocase(label, "escalat", 0) < label.n || sentence->place->level.n > 0;
    if (!ladder)
        return READ_NO;
    bool mark = words_is(words, i, WD_M_COLON) || words_is_a(words, i, LEX_DASH) ||
                words_is(words, i, WD_M_COMMA) || words_is(words, i, WD_M_ARROW) ||
                words_is(words, i, WD_M_ARROW_THIN);
    if (!mark)
        return READ_NO;
    int party = response_telling(words, i + 1, &response.act);
    bool named = str_find_nocase(heading, "escalat", 0) < heading.n &&
                 vocabulary_verb(words, i + 1) == VERB_NO;
    if (party == i + 1 && !named)
        return READ_NO;
    words_read(words, 0, party);
    int at = party;
    if (!response_party(words, &at, &response.to))
        return READ_NO;
    response_set_when(&response, &when);
    if (when.length.range)
        response.after_ms = when.length.low_ms;
    response.low_ms = 0;
    response_make(sentence, response, &scope);
    return sentence_end_remark(sentence, at);
}

/* Who is told by the line above: "Clients should be notified:"; false when it tells nobody. */
static bool told_by_label(struct str label, struct str *out_to)
{
    struct words WORDS_UNSET words;
    words_parse(label, &words);
    for (int i = words.count - 1; i > 0; i--) {
        int from = i;
        int must = 0;
        if (!words_is(&words, i, WD_NOTIFIED) && !words_is(&words, i, WD_INFORMED))
            continue;
        while (from > 0 && words.at[from - 1].type == WORD_NAME)
            from--;
        for (int at = from; at < i && !must; at++) {
            int behind = at;
            if (response_must(&words, &behind))
                must = at;
        }
        if (must <= from)
            return false;
        *out_to = words_span(&words, from, must);
        return true;
    }
    return false;
}

/* "discovering that their data has been impacted| to tell them", "the first notification| with a
 * report": where what a time is counted from ends. */
static int since_end(const struct words *words, int from)
{
    int at = from;
    while (at < words->count && words->at[at].type == WORD_NAME && !words_is(words, at, WD_TO) &&
           !words_is(words, at, WD_WITH))
        at++;
    return at;
}

/* "Within 24 hours of discovering that their data was impacted" below "Clients should be
 * notified:". */
enum reading response_read_below(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level, .act = DUTY_NOTIFY};
    struct response_scope scope = {.count = 0};
    struct when when;
    int i = 0;
    if (!words_is(words, 0, WD_WITHIN) || sentence->place->label.n == 0 ||
        !told_by_label(sentence->place->label, &response.to) || !sentence_when(words, &i, &when) ||
        when.calendar || when.recurring || !words_is(words, i, WD_OF))
        return READ_NO;
    for (int k = i; k < words->count; k++)
        if (words_is_number(words, k) || words->at[k].level != LEVEL_NONE ||
            words_is_a(words, k, LEX_WEEKDAY | LEX_FREQUENCY))
            return READ_HALF;
    words_read(words, i, words->count);
    int behind = since_end(words, i + 1);
    response.since = words_span(words, i + 1, behind);
    response.within = true;
    response_set_when(&response, &when);
    response_make(sentence, response, &scope);
    for (int k = 0; k < sentence->made_count; k++)
        sentence->made[k].remark = words_span(words, behind, words->count);
    return sentence_end(sentence, words->count);
}
