/* sentence_duty.c - duties told in whole sentences: "If the primary does not respond within 10
 * minutes, page the secondary", "P1 incidents must be acknowledged within 5 minutes", and the
 * ladders of an escalation section. */
#include "runbook/sentence_response.h"

enum { UNMET_WORDS_MAX = 9, SUBJECT_WORDS_MAX = 8, OBJECT_WORDS_MAX = 5 };

static bool is_negation(const struct words *words, int i)
{
    switch (words_at(words, i)) {
    case WD_NO:
    case WD_NOT:
    case WD_NOBODY:
    case WD_STILL:
    case WD_UNRESOLVED:
    case WD_UNACKNOWLEDGED:
    case WD_UNANSWERED:
    case WD_UNABLE:
    case WD_WITHOUT:
    case WD_DOESN_T:
    case WD_ISN_T:
    case WD_HASN_T:
    case WD_DON_T: return true;
    default: return false;
    }
}

/* What has not happened: a response, an acknowledgement, an end. */
static bool is_awaited(const struct words *words, int i)
{
    return vocabulary_is_about(words, i, TOPIC_AWAITED);
}

/* "unresolved", "the issue is not resolved", "no response", "the primary does not respond" from i
 * on: the index behind the last of its words, or i. Nothing in it is a number or a level. */
static int unmet_end(const struct words *words, int i)
{
    bool negated = false;
    int end = i;
    for (int at = i; at < words->count && at - i < UNMET_WORDS_MAX; at++) {
        if (words->at[at].type != WORD_NAME || words->at[at].level != LEVEL_NONE ||
            words_is(words, at, WD_WITHIN) || words_is(words, at, WD_AFTER) ||
            words_is(words, at, WD_FOR) || words_is(words, at, WD_IN))
            break;
        negated |= is_negation(words, at);
        if (negated && is_awaited(words, at))
            end = at + 1;
    }
    return end;
}

static bool is_end(const struct words *words, int i)
{
    switch (words_at(words, i)) {
    case WD_RESOLVED:
    case WD_RESOLVE:
    case WD_RESOLUTION:
    case WD_UNRESOLVED:
    case WD_MITIGATED:
    case WD_CONTAINED:
    case WD_FIXED:
    case WD_PROGRESS: return true;
    default: return false;
    }
}

/* Is what is missed in the words [from, to) an answer, and not the end of the trouble? */
static bool awaits_answer(const struct words *words, int from, int to)
{
    bool answer = false;
    for (int i = from; i < to; i++) {
        if (is_end(words, i))
            return false;
        answer |= is_awaited(words, i);
    }
    return answer;
}

/* "within 10 minutes", "for 15 minutes", "after 1 hour": a plain length. */
static bool read_span_of_time(struct words *words, int *i, struct when *out_when)
{
    int at = *i;
    if (words_is(words, at, WD_FOR) || words_is(words, at, WD_IN)) {
        words_read(words, at, at + 1);
        at++;
    }
    if (!sentence_when(words, &at, out_when) || out_when->length.ms < 1000 || out_when->calendar ||
        out_when->recurring || out_when->length.low_ms)
        return false;
    *i = at;
    return true;
}

/* "escalate to", "page", "notify", "call", "contact": the act, and the index of the party; or i. */
int response_telling(const struct words *words, int i, enum duty_act *out_act)
{
    int at = i;
    if (words_is(words, at, WD_THEN) || words_is(words, at, WD_AUTOMATICALLY))
        at++;
    switch (words_at(words, at)) {
    case WD_ESCALATE:
    case WD_ESCALATES: *out_act = DUTY_ESCALATE; return words_is(words, at + 1, WD_TO) ? at + 2 : i;
    case WD_PAGE:
    case WD_CALL:
    case WD_PHONE: *out_act = DUTY_PAGE; return at + 1;
    case WD_NOTIFY:
    case WD_INFORM:
    case WD_CONTACT: *out_act = DUTY_NOTIFY; return at + 1;
    default: return i;
    }
}

/* "the secondary will be paged", "someone else will get paged": the act and the party, which stays
 * open when it is nobody in particular. The index behind, or i. */
static int read_told(struct words *words, int i, struct response_statement *response)
{
    int at = words_is(words, i, WD_THE) ? i + 1 : i;
    int from = at;
    while (at < words->count && at - i < SUBJECT_WORDS_MAX && words->at[at].type == WORD_NAME &&
           !words_is(words, at, WD_WILL) && !words_is(words, at, WD_IS) &&
           !words_is(words, at, WD_GETS) && !words_is_a(words, at, LEX_RESIDUE))
        at++;
    int to = at;
    if (words_is(words, at, WD_WILL))
        at++;
    if (to == from || (!words_is(words, at, WD_GET) && !words_is(words, at, WD_BE) &&
                       !words_is(words, at, WD_IS) && !words_is(words, at, WD_GETS)))
        return i;
    at++;
    if (words_is(words, at, WD_PAGED))
        response->act = DUTY_PAGE;
    else if (words_is(words, at, WD_NOTIFIED))
        response->act = DUTY_NOTIFY;
    else
        return i;
    bool nobody = words_is(words, from, WD_SOMEONE) || words_is(words, from, WD_SOMEBODY);
    response->to = nobody ? (struct str){"", 0} : words_span(words, from, to);
    return at + 1;
}

/* "If unresolved in 30m, escalate to secondary", "If the primary does not respond within 10
 * minutes, page the secondary". */
enum reading response_read_unmet(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level};
    struct response_scope scope = {.count = 0};
    struct when when;
    int i = 1;
    bool bare = is_negation(words, 0); /* "Not resolved in 30 min → notify the lead" */
    if (!words_is(words, 0, WD_IF) && !words_is(words, 0, WD_WHEN) && !bare)
        return READ_NO;
    if (bare)
        i = 0;
    (void)response_levels(sentence, &i, &scope);
    int end = unmet_end(words, i);
    int time = end;
    if (end == i || !read_span_of_time(words, &time, &when))
        return READ_NO;
    if (words_is(words, time, WD_M_COMMA) || words_is(words, time, WD_M_COLON) ||
        words_is(words, time, WD_M_ARROW) || words_is(words, time, WD_M_ARROW_THIN))
        time++;
    int party = response_telling(words, time, &response.act);
    if (party == time) {
        party = read_told(words, time, &response);
        if (party == time)
            return READ_NO;
        words_read(words, 0, end);
        words_read(words, time, party);
    } else {
        words_read(words, 0, end);
        words_read(words, time, party);
        if (!response_party(words, &party, &response.to))
            return READ_NO;
    }
    response.unanswered = awaits_answer(words, i, end);
    if (response.act == DUTY_PAGE)
        response.act = DUTY_ESCALATE; /* somebody else is paged because the first did not answer */
    response_set_when(&response, &when);
    response_make(sentence, response, &scope);
    return sentence_end_remark(sentence, party);
}

/* "Escalate to the VP if not resolved within 2 hours", "Page the secondary if no response in 10
 * minutes". */
enum reading response_read_told_if(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level};
    struct response_scope scope = {.count = 0};
    struct when when;
    int party = response_telling(words, 0, &response.act);
    int i = party;
    if (party == 0 || !response_party(words, &i, &response.to) ||
        (!words_is(words, i, WD_IF) && !words_is(words, i, WD_WHEN)))
        return READ_NO;
    int from = i + 1;
    (void)response_levels(sentence, &from, &scope);
    int end = unmet_end(words, from);
    int time = end;
    if (end == from || !read_span_of_time(words, &time, &when))
        return READ_NO;
    words_read(words, 0, party);
    words_read(words, i, end);
    response.unanswered = awaits_answer(words, from, end);
    if (response.act == DUTY_PAGE)
        response.act = DUTY_ESCALATE;
    response_set_when(&response, &when);
    response_make(sentence, response, &scope);
    return sentence_end_remark(sentence, time);
}

/* "After 15 minutes without acknowledgement, page the backup", "Page the secondary after 10 minutes
 * without a response". */
enum reading response_read_after_without(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level};
    struct response_scope scope = {.count = 0};
    struct when when;
    int party = response_telling(words, 0, &response.act);
    bool told_first = party > 0;
    int i = party;
    if (told_first && !response_party(words, &i, &response.to))
        return READ_NO;
    int after = i;
    if (!words_is(words, after, WD_AFTER) || !sentence_when(words, &i, &when) ||
        when.length.ms < 1000 || when.calendar || when.recurring)
        return READ_NO;
    int end = unmet_end(words, i);
    if (end == i || !(words_is(words, i, WD_WITHOUT) || words_is(words, i, WD_OF) ||
                      words_is(words, i, WD_WITH)))
        return READ_NO;
    words_read(words, 0, party);
    words_read(words, i, end);
    response.unanswered = awaits_answer(words, i, end);
    i = end;
    if (!told_first) {
        if (words_is(words, i, WD_M_COMMA) || words_is(words, i, WD_M_COLON) ||
            words_is(words, i, WD_M_ARROW))
            i++;
        int to = response_telling(words, i, &response.act);
        if (to == i)
            return READ_NO;
        words_read(words, i, to);
        i = to;
        if (!response_party(words, &i, &response.to))
            return READ_NO;
    }
    if (response.act == DUTY_PAGE)
        response.act = DUTY_ESCALATE;
    response_set_when(&response, &when);
    response_make(sentence, response, &scope);
    return sentence_end_remark(sentence, i);
}

/* The duty a verb or its participle names, or false. */
static bool act_of(const struct words *words, int i, enum duty_act *out_act)
{
    switch (words_at(words, i)) {
    case WD_RESPOND:
    case WD_RESPONDED:
    case WD_TRIAGED:
    case WD_ANSWERED: *out_act = DUTY_RESPOND; return true;
    case WD_ACK:
    case WD_ACKNOWLEDGE:
    case WD_ACKNOWLEDGED: *out_act = DUTY_ACKNOWLEDGE; return true;
    case WD_MITIGATE:
    case WD_MITIGATED:
    case WD_CONTAIN:
    case WD_CONTAINED: *out_act = DUTY_MITIGATE; return true;
    case WD_RESOLVE:
    case WD_RESOLVED:
    case WD_FIX:
    case WD_FIXED: *out_act = DUTY_RESOLVE; return true;
    case WD_UPDATE: *out_act = DUTY_UPDATE; return true;
    case WD_ESCALATE:
    case WD_ESCALATED: *out_act = DUTY_ESCALATE; return true;
    case WD_PAGED: *out_act = DUTY_PAGE; return true;
    case WD_NOTIFIED:
    case WD_INFORMED: *out_act = DUTY_NOTIFY; return true;
    case WD_UPDATED: *out_act = DUTY_UPDATE; return true;
    default: return false;
    }
}

/* Plain names from i up to a time phrase: what is acknowledged, whom one responds to. The index
 * behind them. */
static int object_end(const struct words *words, int i)
{
    int at = i;
    while (at < words->count && at - i < OBJECT_WORDS_MAX && words->at[at].type == WORD_NAME &&
           words->at[at].level == LEVEL_NONE &&
           !words_is_a(words, at, LEX_RESIDUE | LEX_FREQUENCY | LEX_BOUND) &&
           !words_is(words, at, WD_IMMEDIATELY) && !words_is(words, at, WD_FOR))
        at++;
    return at;
}

/* "during your on-call time": while somebody is on call, which is when a duty holds anyway. */
static int read_shift(struct words *words, int i)
{
    int at = i + 1;
    if (!words_is(words, i, WD_DURING) && !words_is(words, i, WD_WHILE))
        return i;
    while (at < words->count && at - i < 4 && words->at[at].type == WORD_NAME &&
           !words_is(words, at, WD_ON_CALL))
        at++;
    if (!words_is(words, at, WD_ON_CALL))
        return i;
    at++;
    if (words_is(words, at, WD_TIME) || words_is(words, at, WD_SHIFT) ||
        words_is(words, at, WD_HOURS) || words_is(words, at, WD_ROTATION))
        at++;
    words_read(words, i, at);
    return at;
}

/* Behind the act: its time, for which severities, until when; all must be plain. */
static enum reading finish_duty(struct sentence *sentence, int i,
                                struct response_statement response, struct response_scope *scope)
{
    struct words *words = &sentence->words;
    struct when when;
    int at = i;
    if (words_is(words, at, WD_TO) && response.act == DUTY_ESCALATE) {
        words_read(words, at, at + 1);
        at++;
        if (!response_party(words, &at, &response.to))
            return READ_NO;
    }
    if (!sentence_when(words, &at, &when) || (when.length.ms < 1000 && !when.calendar && i == at))
        return READ_NO;
    response_set_when(&response, &when);
    response_hours(words, &at, &response);
    int shift = at;
    at = read_shift(words, at);
    struct str remark = words_span(words, shift, at);
    at = response_until(words, at);
    response_for_levels(sentence, &at, scope);
    response_make(sentence, response, scope);
    enum reading reading = sentence_end_remark(sentence, at);
    for (int k = 0; remark.n && k < sentence->made_count; k++)
        sentence->made[k].remark = remark;
    return reading;
}

bool response_must(const struct words *words, int *i)
{
    int at = *i;
    if (words_is(words, at, WD_BE) &&
        (words_is(words, at + 1, WD_PREPARED) || words_is(words, at + 1, WD_READY) ||
         words_is(words, at + 1, WD_ABLE)) &&
        words_is(words, at + 2, WD_TO)) {
        *i = at + 3;
        return true;
    }
    bool norm = words_is(words, at, WD_MUST) || words_is(words, at, WD_SHOULD) ||
                words_is(words, at, WD_SHALL) || words_is(words, at, WD_WILL);
    if (norm)
        at++;
    else if ((words_is(words, at, WD_ARE) || words_is(words, at, WD_IS)) &&
             (words_is(words, at + 1, WD_REQUIRED) || words_is(words, at + 1, WD_EXPECTED)) &&
             words_is(words, at + 2, WD_TO))
        at += 3;
    else if ((words_is(words, at, WD_NEED) || words_is(words, at, WD_HAVE)) &&
             words_is(words, at + 1, WD_TO))
        at += 2;
    else
        return false;
    *i = at;
    return true;
}

/* "receive a public status page update within 30 minutes" behind the severities. */
static enum reading read_received(struct sentence *sentence, int i,
                                  struct response_statement response, struct response_scope *scope)
{
    struct words *words = &sentence->words;
    int at = i + 1;
    while (at < words->count && at - i < SUBJECT_WORDS_MAX && words->at[at].type == WORD_NAME &&
           !words_is(words, at, WD_UPDATE) && !words_is(words, at, WD_UPDATES) &&
           !words_is(words, at, WD_RESPONSE))
        at++;
    if (words_is(words, at, WD_RESPONSE))
        response.act = DUTY_RESPOND;
    else if (words_is(words, at, WD_UPDATE) || words_is(words, at, WD_UPDATES))
        response.act = DUTY_UPDATE;
    else
        return READ_NO;
    words_read(words, i, at + 1);
    return finish_duty(sentence, at + 1, response, scope);
}

/* "P1 incidents must be acknowledged within 5 minutes", "On-call engineers must respond within 15
 * minutes", "All SEV1 alerts should be escalated to the CTO immediately". */
enum reading response_read_norm(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level};
    struct response_scope scope = {.count = 0};
    int i = words_is(words, 0, WD_FOR) ? 1 : 0;
    bool levels = response_levels(sentence, &i, &scope);
    if (words_is(words, i, WD_M_COMMA))
        i++;
    int subject = i;
    while (i < words->count && i - subject < SUBJECT_WORDS_MAX && words->at[i].type == WORD_NAME &&
           words->at[i].level == LEVEL_NONE && !words_is_a(words, i, LEX_RESIDUE)) {
        int must = i;
        if (response_must(words, &must))
            break;
        i++;
    }
    if (levels && (words_is(words, i, WD_RECEIVE) || words_is(words, i, WD_GET)))
        return read_received(sentence, i, response, &scope);
    int party_end = i;
    bool ready = words_is(words, i, WD_BE);
    if (!response_must(words, &i) || (!levels && party_end == subject && !ready) ||
        sentence->place->box)
        return READ_NO;
    bool immediately = words_is(words, i, WD_IMMEDIATELY);
    int be = immediately ? i + 1 : i;
    bool passive = words_is(words, be, WD_BE);
    int verb = passive ? be + 1 : be;
    immediately |= passive && words_is(words, verb, WD_IMMEDIATELY);
    if (passive && words_is(words, verb, WD_IMMEDIATELY))
        verb++;
    if (!act_of(words, verb, &response.act))
        return READ_NO;
    bool told = response.act == DUTY_NOTIFY || response.act == DUTY_PAGE;
    if (told && party_end > subject) {
        int party = subject;
        if (!response_party(words, &party, &response.to) || party != party_end)
            return READ_NO;
    } else if (told) {
        return READ_NO;
    }
    int object = verb + 1;
    int end = response.act == DUTY_ESCALATE && words_is(words, object, WD_TO)
                  ? object
                  : object_end(words, object);
    words_read(words, 0, end);
    immediately |= told && levels; /* who has to be told, and no time: as soon as it is known */
    if (immediately && end == words->count - (words_is(words, end, WD_M_POINT) ? 1 : 0)) {
        response.after_ms = 0;
        response_make(sentence, response, &scope);
        return sentence_end(sentence, end);
    }
    return finish_duty(sentence, end, response, &scope);
}

/* "Acknowledge pages within 5 minutes", "Respond to all P1 alerts within 15 minutes": an item that
 * stands by itself; in a procedure it is a step. */
enum reading response_read_done_within(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level};
    struct response_scope scope = {.count = 0};
    int verb = 0;
    if (words_is(words, 0, WD_FOR)) {
        verb = 1;
        if (!response_levels(sentence, &verb, &scope) || !words_is(words, verb, WD_M_COMMA))
            return READ_NO;
        verb++;
    }
    bool duty = act_of(words, verb, &response.act) && response.act != DUTY_ESCALATE &&
                (response.act != DUTY_UPDATE || verb > 0) &&
                words_is_a(words, verb, LEX_VERB | LEX_VERB_OR_NOUN);
    bool initial = words_is(words, 1, WD_RESPONSE) || words_is(words, 1, WD_ACKNOWLEDGEMENT) ||
                   words_is(words, 1, WD_ACKNOWLEDGMENT);
    if (initial && (words_is(words, 0, WD_INITIAL) || words_is(words, 0, WD_FIRST))) {
        duty = true;
        response.act = words_is(words, 1, WD_RESPONSE) ? DUTY_RESPOND : DUTY_ACKNOWLEDGE;
    }
    if (!duty || sentence->place->ordered || sentence->place->box)
        return READ_NO;
    int i = initial ? 2 : verb + 1;
    if (words_is(words, i, WD_TO))
        i++;
    if (verb == 0)
        (void)response_levels(sentence, &i, &scope);
    int end = object_end(words, i);
    bool bound = words_is(words, end, WD_WITHIN) || words_is(words, end, WD_IN) ||
                 words_is(words, end, WD_M_LESS);
    if (!bound || (!scope.count && !sentence->place->level.n &&
                   !(sentence->place->path_sections & (SECTION_SEVERITY | SECTION_CONTACT)) &&
                   !words_is(words, i, WD_PAGES) && !words_is(words, i, WD_ALERTS) &&
                   !words_is(words, i, WD_INCIDENTS)))
        return READ_NO;
    words_read(words, 0, end);
    return finish_duty(sentence, end, response, &scope);
}

/* "You have 15 minutes to acknowledge before the alert escalates to the incident manager". */
enum reading response_read_has_time(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level};
    struct response_scope scope = {.count = 0};
    struct when when;
    int i = 0;
    while (i < words->count && i < OBJECT_WORDS_MAX && words->at[i].type == WORD_NAME &&
           !words_is(words, i, WD_HAVE) && !words_is(words, i, WD_HAS))
        i++;
    int time = i + 1;
    if (i == 0 || (!words_is(words, i, WD_HAVE) && !words_is(words, i, WD_HAS)) ||
        !sentence_when(words, &time, &when) || when.calendar || when.recurring ||
        !words_is(words, time, WD_TO) || !act_of(words, time + 1, &response.act))
        return READ_NO;
    int end = object_end(words, time + 2);
    words_read(words, 0, i + 1);
    words_read(words, time, end);
    response_set_when(&response, &when);
    response_make(sentence, response, &scope);
    if (!words_is(words, end, WD_BEFORE))
        return sentence_end_remark(sentence, end);
    int to = end + 1;
    while (to < words->count && to - end <= OBJECT_WORDS_MAX && !words_is(words, to, WD_ESCALATES))
        to++;
    int party = to + 2;
    if (!words_is(words, to, WD_ESCALATES) || !words_is(words, to + 1, WD_TO))
        return READ_HALF;
    response.act = DUTY_ESCALATE;
    if (!response_party(words, &party, &response.to))
        return READ_HALF;
    words_read(words, end, to + 2);
    response_make(sentence, response, &scope);
    return sentence_end_remark(sentence, party);
}
