/* sentence_scope.c - what duties share: who is told, for which severities, until when, in which
 * hours. */
#include "runbook/sentence_response.h"

enum { PARTY_WORDS_MAX = 12, UNTIL_WORDS_MAX = 6 };

bool response_is_channel(const struct words *words, int i)
{
    return words_is(words, i, WD_SLACK) || words_is(words, i, WD_EMAIL) ||
           words_is(words, i, WD_SMS) || words_is(words, i, WD_TICKET) ||
           words_is(words, i, WD_PAGERDUTY) || words_is(words, i, WD_OPSGENIE);
}

static bool ends_party(const struct words *words, int i)
{
    switch (words_at(words, i)) {
    case WD_IF:
    case WD_WHEN:
    case WD_WITHIN:
    case WD_AFTER:
    case WD_IMMEDIATELY:
    case WD_FOR:
    case WD_UNLESS:
    case WD_MUST:
    case WD_SHOULD:
    case WD_EVERY: return true;
    default:
        if (words_is(words, i, WD_M_PLUS))
            return response_is_channel(words, i + 1);
        return !(words->at[i].type == WORD_NAME || words_is(words, i, WD_M_BAR) ||
                 words_is(words, i, WD_M_AMPERSAND)) ||
               words->at[i].level != LEVEL_NONE;
    }
}

bool response_party(struct words *words, int *i, struct str *out_party)
{
    int from = words_is(words, *i, WD_THE) ? *i + 1 : *i;
    int to = from;
    if (words_is(words, from, WD_NEXT) || words_is(words, from, WD_SAME) ||
        words_is_a(words, from, LEX_FREQUENCY))
        return false; /* a time, whatever stands behind it */
    while (to < words->count && to - from < PARTY_WORDS_MAX && !ends_party(words, to))
        to++;
    if (to == from)
        return false;
    *out_party = words_span(words, from, to);
    words_read(words, *i, to);
    *i = to;
    return true;
}

void response_set_when(struct response_statement *response, const struct when *when)
{
    response->after_ms = when->length.ms;
    response->low_ms = when->length.low_ms;
    response->recurring |= when->recurring;
    response->calendar = when->calendar;
    response->working_days = when->working_days;
}

void response_make(struct sentence *sentence, struct response_statement response,
                   const struct response_scope *scope)
{
    if (scope->count == 0)
        sentence_make(sentence, STATEMENT_RESPONSE)->response = response;
    for (int k = 0; k < scope->count; k++) {
        response.level = scope->levels[k].id;
        sentence_make(sentence, STATEMENT_RESPONSE)->response = response;
    }
}

void response_hours(struct words *words, int *i, struct response_statement *response)
{
    int at = *i;
    bool open = words_is(words, at, WD_M_OPEN);
    if (open || words_is(words, at, WD_M_COMMA))
        at++;
    if (words_is(words, at, WD_DURING) || words_is(words, at, WD_IN))
        at++;
    bool always = words_is_number(words, at) && words_is(words, at + 1, WD_M_BAR) &&
                  words_is_number(words, at + 2);
    bool hours = (words_is(words, at, WD_BUSINESS) || words_is(words, at, WD_WORKING)) &&
                 words_is(words, at + 1, WD_HOURS);
    if (!always && !hours)
        return;
    if (always && !(words->at[at].number > 23 && words->at[at + 2].number > 6 &&
                    words->at[at].number < 25 && words->at[at + 2].number < 8))
        return;
    at += always ? 3 : 2;
    if (hours && words_is(words, at, WD_ONLY))
        at++;
    if (open && !words_is(words, at, WD_M_CLOSE))
        return;
    at += open;
    words_read(words, *i, at);
    *i = at;
    if (hours && !response->calendar)
        response->calendar = CALENDAR_WORKING_HOURS;
}

int response_until(struct words *words, int i)
{
    int at = i;
    if (!words_is(words, at, WD_UNTIL))
        return i;
    at++;
    while (at < words->count && at - i < UNTIL_WORDS_MAX && !words_is(words, at, WD_RESOLVED) &&
           !words_is(words, at, WD_RESOLUTION))
        at++;
    if (at - i >= UNTIL_WORDS_MAX || at >= words->count)
        return i;
    words_read(words, i, at + 1);
    return at + 1;
}

bool response_levels(struct sentence *sentence, int *i, struct response_scope *out_scope)
{
    struct words *words = &sentence->words;
    int at = *i;
    out_scope->count = 0;
    if (words_is(words, at, WD_ALL) || words_is(words, at, WD_ANY) || words_is(words, at, WD_A))
        at++;
    if (!words_levels(words, sentence->arena, &at, out_scope->levels, &out_scope->count))
        return false;
    if (words_is(words, at, WD_INCIDENT) || words_is(words, at, WD_INCIDENTS) ||
        words_is(words, at, WD_ALERT) || words_is(words, at, WD_ALERTS) ||
        words_is(words, at, WD_ISSUES) || words_is(words, at, WD_PAGES))
        at++;
    bool above = (words_is(words, at, WD_AND) || words_is(words, at, WD_OR)) &&
                 (words_is(words, at + 1, WD_ABOVE) || words_is(words, at + 1, WD_HIGHER));
    if (above && out_scope->levels[0].rank >= WORDS_LEVELS_MAX)
        return false; /* "P99 and above": more severities than anybody has */
    if (above && out_scope->count == 1) {
        struct level first = out_scope->levels[0];
        for (int rank = first.rank - 1; rank >= 0; rank--)
            out_scope->levels[out_scope->count++] = words_level_like(sentence->arena, first, rank);
        at += 2;
    }
    words_read(words, *i, at);
    *i = at;
    return true;
}

void response_for_levels(struct sentence *sentence, int *i, struct response_scope *scope)
{
    struct words *words = &sentence->words;
    int at = *i + 1;
    struct response_scope found;
    if (!words_is(words, *i, WD_FOR))
        return;
    bool by_word = words_is_a(words, at, LEX_SEVERITY_WORD) &&
                   (words_is(words, at + 1, WD_ISSUES) || words_is(words, at + 1, WD_INCIDENTS) ||
                    words_is(words, at + 1, WD_ALERTS) || words_is(words, at + 1, WD_PRIORITY));
    if (by_word) {
        found = (struct response_scope){.count = 1, .levels = {{words->at[at].text, 0}}};
        at += 2;
    } else if (!response_levels(sentence, &at, &found)) {
        return;
    }
    *scope = found;
    words_read(words, *i, at);
    *i = at;
}
