/* sentence_response.c - what a severity asks for: times to respond, update, resolve, escalate. */
#include "runbook/sentence_response.h"

enum { UPDATE_WORDS_MAX = 12, LABEL_WORDS_MAX = 3 };

/* The noun or verb that a label is about. */
static bool duty_of_label(int id, enum duty_act *out_act, bool *out_recurring)
{
    *out_recurring = false;
    switch (id) {
    case WD_RESPONSE:
    case WD_RESPOND:
    case WD_TRIAGE: *out_act = DUTY_RESPOND; return true;
    case WD_ACKNOWLEDGE:
    case WD_ACKNOWLEDGEMENT:
    case WD_ACKNOWLEDGMENT:
    case WD_ACK: *out_act = DUTY_ACKNOWLEDGE; return true;
    case WD_UPDATES:
    case WD_COMMUNICATION:
    case WD_COMMUNICATIONS:
    case WD_COMMS:
        *out_recurring = true;
        *out_act = DUTY_UPDATE;
        return true;
    case WD_UPDATE: *out_act = DUTY_UPDATE; return true;
    case WD_MITIGATION:
    case WD_MITIGATE:
    case WD_CONTAINMENT:
    case WD_WORKAROUND:
    case WD_CONTAIN: *out_act = DUTY_MITIGATE; return true;
    case WD_FIX:
    case WD_RESOLUTION:
    case WD_RESOLVE: *out_act = DUTY_RESOLVE; return true;
    case WD_ESCALATION:
    case WD_AUTO_ESCALATION:
    case WD_ESCALATE: *out_act = DUTY_ESCALATE; return true;
    case WD_NOTIFY:
    case WD_NOTIFICATION:
    case WD_NOTIFICATIONS: *out_act = DUTY_NOTIFY; return true;
    case WD_PAGE: *out_act = DUTY_PAGE; return true;
    default: return false;
    }
}

static bool is_label_adjective(int id)
{
    switch (id) {
    case WD_TARGET:
    case WD_INITIAL:
    case WD_FIRST:
    case WD_EXPECTED:
    case WD_MAX:
    case WD_MAXIMUM:
    case WD_STATUS:
    case WD_INTERNAL:
    case WD_EXTERNAL:
    case WD_CUSTOMER:
    case WD_STAKEHOLDER:
    case WD_INCIDENT: return true;
    default: return false;
    }
}

/* A label standing at i: "Response time", "Target resolution", "Time to acknowledge", "Update
 * frequency". The index behind it, or i. */
static int read_label(const struct words *words, int i, struct response_statement *response)
{
    bool recurring = false;
    enum duty_act act = DUTY_RESPOND;
    int at = i;
    bool first = false;
    if (words_is(words, at, WD_TIME) && words_is(words, at + 1, WD_TO))
        at += 2;
    while (is_label_adjective(words_at(words, at)) && at - i < LABEL_WORDS_MAX) {
        first |= words_is(words, at, WD_FIRST) || words_is(words, at, WD_INITIAL);
        at++;
    }
    if (words_is(words, at, WD_PAGE) && words_is(words, at - 1, WD_STATUS))
        at++; /* "status page updates" */
    if (!duty_of_label(words_at(words, at), &act, &recurring))
        return i;
    at++;
    if (act == DUTY_MITIGATE && words_is(words, at, WD_BY))
        at++;
    for (int more = 0; more < 2; more++) {
        bool rhythm = words_is(words, at, WD_FREQUENCY) || words_is(words, at, WD_CADENCE) ||
                      words_is(words, at, WD_INTERVAL);
        if (act == DUTY_ESCALATE && words_is(words, at, WD_SLA))
            act = DUTY_RESPOND; /* how soon the one escalated to responds */
        if (!rhythm && !words_is(words, at, WD_TIME) && !words_is(words, at, WD_TARGET) &&
            !words_is(words, at, WD_SLA) && !words_is(words, at, WD_GOAL))
            break;
        recurring |= rhythm && act == DUTY_UPDATE;
        at++;
    }
    response->act = act;
    response->recurring =
        act == DUTY_UPDATE && !first &&
        (recurring || (words_is(words, at - 1, WD_UPDATE) && words_is(words, at - 2, WD_STATUS)) ||
         (words_is(words, at - 1, WD_UPDATE) && words_is(words, at - 2, WD_INTERNAL)));
    return at;
}

/* What the heading says is due when a line gives only severities and a time. */
static bool act_of_heading(struct str heading, enum duty_act *out_act)
{
    static const struct {
        const char *word;
        enum duty_act act;
    } acts[] = {{"acknowledg", DUTY_ACKNOWLEDGE}, {"escalat", DUTY_ESCALATE},
                {"update", DUTY_UPDATE},          {"communicat", DUTY_UPDATE},
                {"sitrep", DUTY_UPDATE},          {"remediat", DUTY_RESOLVE},
                {"resolution", DUTY_RESOLVE},     {"resolve", DUTY_RESOLVE},
                {"mitigat", DUTY_MITIGATE},       {"response", DUTY_RESPOND}};
    for (size_t k = 0; k < sizeof acts / sizeof acts[0]; k++)
        if (str_find_nocase(heading, acts[k].word, 0) < heading.n) {
            *out_act = acts[k].act;
            return true;
        }
    return false;
}

static bool is_told(enum duty_act act)
{
    return act == DUTY_ESCALATE || act == DUTY_NOTIFY || act == DUTY_PAGE;
}

/* "CTO, CEO and the board", "the on-call engineer": parties before their time. */
static bool read_parties(struct words *words, int *i, struct str *out_to)
{
    struct str part;
    int at = *i;
    if ((words_is_a(words, at, LEX_VERB) && !words_is(words, at, WD_NOTIFY)) ||
        words_is(words, at, WD_NONE) || words_is(words, at, WD_NO) || words_is(words, at, WD_NOT))
        return false; /* "See the matrix" names nobody */
    if (words_is(words, at, WD_NOTIFY) || words_is(words, at, WD_PAGE))
        at++;
    int from = at;
    if (!response_party(words, &at, &part))
        return false;
    while ((words_is(words, at, WD_M_COMMA) || words_is(words, at, WD_M_ARROW) ||
            words_is(words, at, WD_M_ARROW_THIN)) &&
           at + 1 < words->count && words->at[at + 1].type == WORD_NAME) {
        int next = at + 1;
        if (!response_party(words, &next, &part))
            break;
        words_read(words, at, next);
        at = next;
    }
    if (words_is(words, from, WD_THE))
        from++;
    words_read(words, *i, at);
    *out_to = words_span(words, from, at);
    *i = at;
    return true;
}

/* "engineering manager after 30 minutes", "CTO immediately", "team lead": who first, then when. */
static bool read_party_clause(struct sentence *sentence, int *i,
                              struct response_statement *response)
{
    struct words *words = &sentence->words;
    struct when when;
    int at = *i;
    if (!is_told(response->act) || !response->level.n || !read_parties(words, &at, &response->to))
        return false;
    if (words_is(words, at, WD_M_OPEN)) {
        int inner = at + 1;
        if (sentence_when(words, &inner, &when) && words_is(words, inner, WD_M_CLOSE)) {
            response_set_when(response, &when);
            words_read(words, at, inner + 1);
            *i = inner + 1;
            return true;
        }
    }
    if (sentence_when(words, &at, &when))
        response_set_when(response, &when);
    else
        response->calendar = CALENDAR_UNSAID;
    *i = at;
    return true;
}

/* Behind a label that was read: "[updates] when [to party]" or "party [when]". */
static bool read_labelled_clause(struct sentence *sentence, int *i,
                                 struct response_statement *response)
{
    struct words *words = &sentence->words;
    struct when when;
    int at = *i;
    if (words_is(words, at, WD_TO)) {
        at++;
        if (!response_party(words, &at, &response->to))
            return false;
        words_read(words, *i, at);
    }
    if (response->act == DUTY_UPDATE &&
        (words_is(words, at, WD_UPDATES) || words_is(words, at, WD_UPDATE) ||
         words_is(words, at, WD_STATUS))) {
        at += words_is(words, at, WD_STATUS) && words_is(words, at + 1, WD_UPDATES) ? 2 : 1;
        words_read(words, *i, at);
    }
    bool within = words_is(words, at, WD_WITHIN);
    if (!sentence_when(words, &at, &when)) {
        if (at > *i || !read_party_clause(sentence, &at, response))
            return false;
        *i = at;
        return true;
    }
    if (within)
        response->recurring = false;
    response_set_when(response, &when);
    response_hours(words, &at, response);
    enum duty_act deed = DUTY_RESPOND;
    bool recurring = false;
    bool deeds = words_is(words, at, WD_TO) &&
                 duty_of_label(words_at(words, at + 1), &deed, &recurring); /* "to acknowledge" */
    if (!deeds && (words_is(words, at, WD_TO) || words_is(words, at, WD_M_ARROW) ||
                   words_is(words, at, WD_M_ARROW_THIN))) {
        words_read(words, at, at + 1);
        at++;
        (void)response_party(words, &at, &response->to);
    }
    *i = at;
    return true;
}

/* One clause behind the label or the levels: "[label] when [to party]" or "when label". */
static bool read_clause(struct sentence *sentence, int *i, struct response_statement *response,
                        bool needs_label)
{
    struct words *words = &sentence->words;
    struct when when;
    int from = *i;
    int at = read_label(words, from, response);
    if (at > from) {
        if (words_is(words, at, WD_M_COLON))
            at++;
        int clause = at;
        if (!read_labelled_clause(sentence, &at, response))
            return false;
        words_read(words, from, clause);
        *i = at;
        return true;
    }
    if (!sentence_when(words, &at, &when))
        return false;
    response_set_when(response, &when);
    int behind = read_label(words, at, response);
    bool labelled = behind > at;
    words_read(words, at, behind);
    at = behind;
    response->recurring |= when.recurring;
    if (!labelled && needs_label && !act_of_heading(sentence->place->label, &response->act) &&
        !act_of_heading(sentence->place->heading, &response->act))
        return false;
    response_hours(words, &at, response);
    if (words_is(words, at, WD_TO)) {
        words_read(words, at, at + 1);
        at++;
        (void)response_party(words, &at, &response->to);
    }
    *i = at;
    return true;
}

/* "High severity", "Critical incidents" before a colon: a severity by its word. */
static bool read_word_level(struct words *words, int *i, struct response_scope *out_scope)
{
    int at = *i + 1;
    if (!words_is_a(words, *i, LEX_SEVERITY_WORD))
        return false;
    int level = at + 1;
    if (words_is(words, at, WD_M_OPEN) && words_level(words, &level, &out_scope->levels[0]) &&
        words_is(words, level, WD_M_CLOSE)) { /* "Critical (P1): 1 hour response" */
        out_scope->count = 1;
        words_read(words, *i, level + 1);
        *i = level + 1;
        return true;
    }
    if (words_is(words, at, WD_SEVERITY) || words_is(words, at, WD_PRIORITY) ||
        words_is(words, at, WD_IMPACT))
        at++;
    if (words_is(words, at, WD_INCIDENTS) || words_is(words, at, WD_INCIDENT) ||
        words_is(words, at, WD_ALERTS) || words_is(words, at, WD_ISSUES))
        at++;
    if (!words_is(words, at, WD_M_COLON))
        return false;
    out_scope->levels[0] = (struct level){words->at[*i].text, 0};
    out_scope->count = 1;
    words_read(words, *i, at);
    *i = at;
    return true;
}

/* May a label of this act open a sentence here? "Notification: 72 hours advance" of a maintenance
 * is a notice, not a duty of a severity. */
static bool is_duty_place(const struct sentence_place *place, enum duty_act act)
{
    return act != DUTY_NOTIFY || place->level.n > 0 ||
           (place->path_sections & (SECTION_SEVERITY | SECTION_CONTACT));
}

/* "15 minutes to acknowledge a P0/P1 alert": what the time is for, and of what. */
static void read_what_for(struct sentence *sentence, int *i, struct response_statement *response,
                          struct response_scope *scope)
{
    struct words *words = &sentence->words;
    int at = *i + 1;
    bool recurring = false;
    enum duty_act act = DUTY_RESPOND;
    if (!words_is(words, *i, WD_TO) || !duty_of_label(words_at(words, at), &act, &recurring))
        return;
    at++;
    if (words_is(words, at, WD_TO))
        at++;
    if (!response_levels(sentence, &at, scope)) {
        while (words_is(words, at, WD_A) || words_is(words, at, WD_AN) ||
               words_is(words, at, WD_THE))
            at++;
        if (words_is(words, at, WD_ALERT) || words_is(words, at, WD_PAGE) ||
            words_is(words, at, WD_INCIDENT) || words_is(words, at, WD_ALERTS))
            at++;
    }
    response->act = act;
    words_read(words, *i, at);
    *i = at;
}

/* "Response time: 15 minutes", "P1: Fix within 4 hours, updates every hour". */
static enum reading read_labelled(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_scope scope = {.count = 0};
    int i = 0;
    if (response_levels(sentence, &i, &scope) || read_word_level(words, &i, &scope)) {
        if (words_is_a(words, i, LEX_SEVERITY_WORD))
            i++;
        else if (words_is(words, i, WD_M_OPEN) && words_is_a(words, i + 1, LEX_SEVERITY_WORD) &&
                 words_is(words, i + 2, WD_M_CLOSE))
            i += 3;
        if (!words_is(words, i, WD_M_COLON) && !words_is_a(words, i, LEX_DASH) &&
            !words_is(words, i, WD_M_ARROW) && !words_is(words, i, WD_M_ARROW_THIN))
            return READ_NO;
        i++;
        words_read(words, 0, i);
    } else {
        struct response_statement label = {.level = {"", 0}};
        int end = read_label(words, 0, &label);
        bool rhythm = label.act == DUTY_UPDATE && sentence->place->level.n > 0 &&
                      (words_is(words, end, WD_EVERY) || words_is_a(words, end, LEX_FREQUENCY));
        bool own = words_is(words, end, WD_M_COLON) || rhythm ||
                   (words_is(words, end, WD_IS) && !is_told(label.act)) ||
                   (label.act == DUTY_RESPOND && words_is_a(words, end, LEX_BOUND));
        if (end == 0 || !own || !is_duty_place(sentence->place, label.act))
            return READ_NO;
        if (words_is(words, end, WD_IS)) {
            i = end + 1;
            struct when when;
            if (!sentence_when(words, &i, &when))
                return READ_NO;
            label.level = sentence->place->level;
            words_read(words, 0, end + 1);
            response_set_when(&label, &when);
            response_hours(words, &i, &label);
            response_make(sentence, label, &scope);
            return sentence_end_remark(sentence, i);
        }
    }
    for (;;) {
        struct response_statement response = {.level = sentence->place->level};
        if (scope.count)
            response.level = scope.levels[0].id;
        if (!read_clause(sentence, &i, &response, scope.count > 0))
            return sentence->made_count ? READ_HALF : READ_NO;
        i = response_until(words, i);
        response_for_levels(sentence, &i, &scope);
        read_what_for(sentence, &i, &response, &scope);
        response_make(sentence, response, &scope);
        if (!words_is(words, i, WD_M_COMMA) && !words_is(words, i, WD_M_SEMICOLON) &&
            !words_is(words, i, WD_M_BAR) && !words_is(words, i, WD_M_PLUS))
            return sentence_end_remark(sentence, i);
        i++;
    }
}

/* "Page the primary immediately for P0 incidents.", "Escalate to the CTO after 1 hour". */
static enum reading read_told(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level};
    struct response_scope scope = {.count = 0};
    struct when when;
    int i = words_are(words, 0, WD_ESCALATE, WD_TO) ? 2 : 1;
    if (i == 1 && !words_is(words, 0, WD_PAGE) && !words_is(words, 0, WD_NOTIFY))
        return READ_NO;
    response.act = i == 2 ? DUTY_ESCALATE : words_is(words, 0, WD_PAGE) ? DUTY_PAGE : DUTY_NOTIFY;
    words_read(words, 0, i);
    if (!response_party(words, &i, &response.to) || !sentence_when(words, &i, &when) ||
        when.recurring)
        return READ_NO;
    response_set_when(&response, &when);
    response_for_levels(sentence, &i, &scope);
    bool scoped = scope.count > 0 || response.level.n > 0;
    if (!scoped && !(sentence->place->path_sections & (SECTION_SEVERITY | SECTION_CONTACT)))
        return READ_NO;
    response_make(sentence, response, &scope);
    return sentence_end(sentence, i);
}

/* "Hourly updates until resolved" below a severity. */
static enum reading read_rhythm(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level};
    struct response_scope scope = {.count = 0};
    struct when when;
    int i = 0;
    if (response.level.n == 0 || !sentence_when(words, &i, &when) || !when.recurring)
        return READ_NO;
    int end = read_label(words, i, &response);
    if (end == i || response.act != DUTY_UPDATE)
        return READ_NO;
    words_read(words, i, end);
    response_set_when(&response, &when);
    end = response_until(words, end);
    response_make(sentence, response, &scope);
    return sentence_end_remark(sentence, end);
}

/* "Communicate status every 15 minutes until resolved." */
static enum reading read_updates(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level, .act = DUTY_UPDATE};
    struct response_scope scope = {.count = 0};
    struct when when;
    int i = 1;
    bool verb = words_is(words, 0, WD_COMMUNICATE) || words_is(words, 0, WD_POST) ||
                words_is(words, 0, WD_UPDATE) || words_is(words, 0, WD_PROVIDE) ||
                words_is(words, 0, WD_SEND) || words_is(words, 0, WD_CONTINUE);
    while (verb && i < words->count && i < UPDATE_WORDS_MAX && !words_is(words, i, WD_EVERY))
        i++;
    bool said = false;
    for (int k = 0; k < i; k++)
        said |= words_is(words, k, WD_UPDATE) || words_is(words, k, WD_UPDATES) ||
                words_is(words, k, WD_STATUS);
    int from = i;
    if (!verb || !said || !words_is(words, i, WD_EVERY) || !sentence_when(words, &i, &when) ||
        when.length.ms < 60000)
        return READ_NO;
    for (int k = 0; k < from; k++)
        if (!words_is_number(words, k) && words->at[k].level == LEVEL_NONE)
            words_read(words, k, k + 1);
    response_set_when(&response, &when);
    i = response_until(words, i);
    response_for_levels(sentence, &i, &scope);
    i = response_until(words, i);
    response_make(sentence, response, &scope);
    return sentence_end(sentence, i);
}

/* "Support response: P1 30m, P2 1h, P3 1 business day". */
static enum reading read_level_list(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = {"", 0}};
    int label = 0;
    int i = 0;
    while (label < LABEL_WORDS_MAX && (i = read_label(words, label, &response)) == label)
        label++;
    if (label == LABEL_WORDS_MAX || !words_is(words, i, WD_M_COLON))
        return READ_NO;
    i++;
    words_read(words, 0, i);
    for (;;) {
        struct response_scope scope = {.count = 0};
        struct when when;
        if (!words_levels(words, sentence->arena, &i, scope.levels, &scope.count))
            return sentence->made_count ? READ_HALF : READ_NO;
        if (words_is(words, i, WD_M_COLON))
            i++;
        if (!sentence_when(words, &i, &when))
            return sentence->made_count ? READ_HALF : READ_NO;
        response_set_when(&response, &when);
        response_make(sentence, response, &scope);
        if (!words_is(words, i, WD_M_COMMA) && !words_is(words, i, WD_M_SEMICOLON))
            return sentence_end(sentence, i);
        i++;
    }
}

/* A remark in brackets, of plain words; the index behind it, or i. */
static int skip_remark(struct words *words, int i)
{
    int at = i;
    if (!words_is(words, at, WD_M_OPEN))
        return i;
    while (at < words->count && !words_is(words, at, WD_M_CLOSE)) {
        if (words_is_number(words, at) || words_is_a(words, at, LEX_RESIDUE) ||
            words->at[at].level != LEVEL_NONE)
            return i;
        at++;
    }
    words_read(words, i, at + 1);
    return at + 1;
}

/* "Slack `#incidents`" is a place, "email leadership" somebody and the way there, "ticket" and
 * "email digest" only a way. */
static void set_channel(const struct words *words, int from, int to,
                        struct response_statement *response)
{
    int rest = from + 1;
    bool message = words_is(words, rest, WD_DIGEST) || words_is(words, rest, WD_SUMMARY) ||
                   words_is(words, rest, WD_ALERT) || words_is(words, rest, WD_MESSAGE);
    if (to == rest || message) {
        response->by = words_span(words, from, to);
        response->to = (struct str){"", 0};
        if (message) /* a digest comes when it comes */
            response->calendar = CALENDAR_UNSAID;
    } else if (words_is(words, from, WD_EMAIL) || words_is(words, from, WD_SMS)) {
        response->by = words->at[from].text;
    } else {
        response->to = words_span(words, from, to);
    }
}

/* "P1: Page on-call, Slack `#incidents`": who is told of a severity, and by what. */
static enum reading read_routing(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_scope scope = {.count = 0};
    int i = 0;
    if (!response_levels(sentence, &i, &scope) || !words_is(words, i, WD_M_COLON))
        return READ_NO;
    i++;
    words_read(words, 0, i);
    for (;;) {
        struct response_statement response = {.act = DUTY_NOTIFY};
        struct when when;
        bool page = words_is(words, i, WD_PAGE) || words_is(words, i, WD_CALL);
        bool channel = response_is_channel(words, i);
        if (!page && !channel && !words_is(words, i, WD_NOTIFY))
            return sentence->made_count ? READ_HALF : READ_NO;
        if (page)
            response.act = DUTY_PAGE;
        words_read(words, i, i + 1);
        int party = i + 1;
        bool named = response_party(words, &party, &response.to);
        if (!named && !channel)
            return sentence->made_count ? READ_HALF : READ_NO;
        if (channel)
            set_channel(words, i, party, &response);
        int made = sentence->made_count;
        i = skip_remark(words, party);
        int remark = i;
        if (sentence_when(words, &i, &when))
            response_set_when(&response, &when);
        response_make(sentence, response, &scope);
        for (int k = made; remark > party && k < sentence->made_count; k++)
            sentence->made[k].remark = words_span(words, party + 1, remark - 1);
        if (!words_is(words, i, WD_M_COMMA) && !words_is(words, i, WD_M_PLUS) &&
            !words_is(words, i, WD_AND))
            return sentence_end_remark(sentence, i);
        words_read(words, i, i + 1);
        i++;
    }
}

enum reading sentence_response(struct sentence *sentence)
{
    static const struct form forms[] = {
        {response_read_unmet, TOPIC_AWAITED},
        {read_routing, TOPIC_LEVEL | TOPIC_COLON},
        {read_labelled, TOPIC_OWED},
        {read_level_list, TOPIC_LEVEL | TOPIC_COLON | TOPIC_DUTY},
        {response_read_told_if, TOPIC_AWAITED},
        {response_read_after_without, TOPIC_AWAITED},
        {read_told, TOPIC_DUTY},
        {read_updates, TOPIC_RECURS},
        {read_rhythm, TOPIC_DUTY},
        {response_read_norm, TOPIC_NORM},
        {response_read_has_time, TOPIC_NORM},
        {response_read_below, TOPIC_BOUND},
        {response_read_done_within, TOPIC_DUTY},
        {response_read_tier, 0},
        {response_read_ladder, 0},
    };
    if (sentence->words.cut)
        return READ_NO;
    return sentence_try_about(sentence, forms, sizeof forms / sizeof forms[0]);
}
