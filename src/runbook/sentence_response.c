/* sentence_response.c - what a severity asks for: times to respond, update, resolve, escalate. */
#include "runbook/sentence.h"

enum { PARTY_WORDS_MAX = 12, UNMET_WORDS_MAX = 6, LABEL_WORDS_MAX = 3 };

static const struct {
    int words[LABEL_WORDS_MAX];
    enum duty_act act;
    bool recurring;
} labels[] = {
    {{WD_RESPONSE, WD_TIME}, DUTY_RESPOND, false},
    {{WD_RESPONSE, WD_TARGET}, DUTY_RESPOND, false},
    {{WD_RESPONSE, WD_SLA}, DUTY_RESPOND, false},
    {{WD_INITIAL, WD_RESPONSE}, DUTY_RESPOND, false},
    {{WD_FIRST, WD_RESPONSE}, DUTY_RESPOND, false},
    {{WD_RESPONSE}, DUTY_RESPOND, false},
    {{WD_RESPOND}, DUTY_RESPOND, false},
    {{WD_TIME, WD_TO, WD_RESPOND}, DUTY_RESPOND, false},
    {{WD_ACKNOWLEDGE}, DUTY_ACKNOWLEDGE, false},
    {{WD_ACKNOWLEDGEMENT}, DUTY_ACKNOWLEDGE, false},
    {{WD_ACKNOWLEDGMENT}, DUTY_ACKNOWLEDGE, false},
    {{WD_ACK}, DUTY_ACKNOWLEDGE, false},
    {{WD_ACK, WD_TIME}, DUTY_ACKNOWLEDGE, false},
    {{WD_TIME, WD_TO, WD_ACKNOWLEDGE}, DUTY_ACKNOWLEDGE, false},
    {{WD_FIRST, WD_UPDATE}, DUTY_UPDATE, false},
    {{WD_UPDATE, WD_FREQUENCY}, DUTY_UPDATE, true},
    {{WD_UPDATE, WD_CADENCE}, DUTY_UPDATE, true},
    {{WD_UPDATES}, DUTY_UPDATE, true},
    {{WD_STATUS, WD_UPDATES}, DUTY_UPDATE, true},
    {{WD_STATUS, WD_UPDATE}, DUTY_UPDATE, true},
    {{WD_INTERNAL, WD_UPDATE}, DUTY_UPDATE, true},
    {{WD_MITIGATION}, DUTY_MITIGATE, false},
    {{WD_MITIGATE}, DUTY_MITIGATE, false},
    {{WD_TIME, WD_TO, WD_MITIGATE}, DUTY_MITIGATE, false},
    {{WD_CONTAIN, WD_BY}, DUTY_MITIGATE, false},
    {{WD_CONTAIN}, DUTY_MITIGATE, false},
    {{WD_FIX}, DUTY_RESOLVE, false},
    {{WD_RESOLUTION}, DUTY_RESOLVE, false},
    {{WD_RESOLVE}, DUTY_RESOLVE, false},
    {{WD_RESOLUTION, WD_TIME}, DUTY_RESOLVE, false},
    {{WD_RESOLUTION, WD_TARGET}, DUTY_RESOLVE, false},
    {{WD_TIME, WD_TO, WD_RESOLVE}, DUTY_RESOLVE, false},
    {{WD_ESCALATION}, DUTY_ESCALATE, false},
    {{WD_ESCALATION, WD_SLA}, DUTY_RESPOND, false},
    {{WD_AUTO_ESCALATION}, DUTY_ESCALATE, false},
    {{WD_ESCALATE}, DUTY_ESCALATE, false},
    {{WD_NOTIFY}, DUTY_NOTIFY, false},
    {{WD_PAGE}, DUTY_PAGE, false},
};

/* A label standing at i; the longest match wins. The index behind it, or i. */
static int read_label(const struct words *words, int i, struct response_statement *response)
{
    int best = i;
    for (size_t k = 0; k < sizeof labels / sizeof labels[0]; k++) {
        int n = 0;
        while (n < LABEL_WORDS_MAX && labels[k].words[n] &&
               words_is(words, i + n, labels[k].words[n]))
            n++;
        if ((n < LABEL_WORDS_MAX && labels[k].words[n]) || i + n <= best)
            continue;
        best = i + n;
        response->act = labels[k].act;
        response->recurring = labels[k].recurring;
    }
    return best;
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
        return !(words->at[i].type == WORD_NAME || words_is(words, i, WD_M_BAR) ||
                 words_is(words, i, WD_M_PLUS) || words_is(words, i, WD_M_AMPERSAND)) ||
               words->at[i].level != LEVEL_NONE;
    }
}

/* "the CTO", "VP Engineering / CTO": the party's words; false when none stand there. */
static bool read_party(struct words *words, int *i, struct str *out_party)
{
    int from = words_is(words, *i, WD_THE) ? *i + 1 : *i;
    int to = from;
    while (to < words->count && to - from < PARTY_WORDS_MAX && !ends_party(words, to))
        to++;
    if (to == from)
        return false;
    *out_party = words_span(words, from, to);
    words_read(words, *i, to);
    *i = to;
    return true;
}

static void set_when(struct response_statement *response, const struct when *when)
{
    response->after_ms = when->length.ms;
    response->low_ms = when->length.low_ms;
    response->recurring |= when->recurring;
    response->calendar = when->calendar;
    response->working_days = when->working_days;
}

static void make(struct sentence *sentence, struct response_statement response,
                 const struct level *levels, int level_count)
{
    if (level_count == 0)
        sentence_make(sentence, STATEMENT_RESPONSE)->response = response;
    for (int k = 0; k < level_count; k++) {
        response.level = levels[k].id;
        sentence_make(sentence, STATEMENT_RESPONSE)->response = response;
    }
}

/* What the heading says is due when a line gives only severities and a time. */
static bool act_of_heading(struct str heading, enum duty_act *out_act)
{
    static const struct {
        const char *word;
        enum duty_act act;
    } acts[] = {{"acknowledg", DUTY_ACKNOWLEDGE}, {"escalat", DUTY_ESCALATE},
                {"update", DUTY_UPDATE},          {"communicat", DUTY_UPDATE},
                {"resolution", DUTY_RESOLVE},     {"resolve", DUTY_RESOLVE},
                {"mitigat", DUTY_MITIGATE},       {"response", DUTY_RESPOND}};
    for (size_t k = 0; k < sizeof acts / sizeof acts[0]; k++)
        if (str_find_nocase(heading, acts[k].word, 0) < heading.n) {
            *out_act = acts[k].act;
            return true;
        }
    return false;
}

/* One clause behind the label or the levels: "[label] when [to party]" or "when label". */
static bool read_clause(struct sentence *sentence, int *i, struct response_statement *response,
                        bool needs_label)
{
    struct words *words = &sentence->words;
    struct when when;
    int at = *i;
    int after = read_label(words, at, response);
    bool labelled = after > at;
    int label_from = at;
    at = after;
    if (labelled && words_is(words, at, WD_M_COLON))
        at++;
    if (labelled && words_is(words, at, WD_TO)) {
        at++;
        if (!read_party(words, &at, &response->to))
            return false;
        words_read(words, at - 1, at);
    }
    if (!sentence_when(words, &at, &when))
        return false;
    words_read(words, label_from, after + (words_is(words, after, WD_M_COLON) ? 1 : 0));
    if (words_is(words, after, WD_TO))
        words_read(words, after, after + 1);
    set_when(response, &when);
    if (!labelled) {
        int behind = read_label(words, at, response);
        labelled = behind > at;
        words_read(words, at, behind);
        at = behind;
        response->recurring |= when.recurring;
    }
    if (!labelled && needs_label && !act_of_heading(sentence->place->heading, &response->act))
        return false;
    if (words_is(words, at, WD_TO)) {
        words_read(words, at, at + 1);
        at++;
        (void)read_party(words, &at, &response->to);
    }
    *i = at;
    return true;
}

/* "until resolved", "until the incident is resolved": an update's natural end. */
static int read_until(struct words *words, int i)
{
    int at = i;
    if (!words_is(words, at, WD_UNTIL))
        return i;
    at++;
    while (at < words->count && at - i < UNMET_WORDS_MAX && !words_is(words, at, WD_RESOLVED) &&
           !words_is(words, at, WD_RESOLUTION))
        at++;
    if (at - i >= UNMET_WORDS_MAX || at >= words->count)
        return i;
    words_read(words, i, at + 1);
    return at + 1;
}

/* "Response time: 15 minutes", "P1: Fix within 4 hours, updates every hour". */
static enum reading read_labelled(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct level levels[WORDS_LEVELS_MAX];
    int level_count = 0;
    int i = 0;
    if (words_levels(words, sentence->arena, &i, levels, &level_count)) {
        if (words_is_a(words, i, LEX_SEVERITY_WORD))
            i++;
        if (!words_is(words, i, WD_M_COLON))
            return READ_NO;
        i++;
        words_read(words, 0, i);
    } else {
        struct response_statement ignored;
        int label = read_label(words, 0, &ignored);
        if (label == 0 || !words_is(words, label, WD_M_COLON))
            return READ_NO;
    }
    for (;;) {
        struct response_statement response = {.level = sentence->place->level};
        if (!read_clause(sentence, &i, &response, level_count > 0))
            return sentence->made_count ? READ_HALF : READ_NO;
        i = read_until(words, i);
        make(sentence, response, levels, level_count);
        if (!words_is(words, i, WD_M_COMMA) && !words_is(words, i, WD_M_SEMICOLON) &&
            !words_is(words, i, WD_M_BAR))
            return sentence_end(sentence, i);
        i++;
    }
}

/* "If unresolved in 30m, escalate to secondary". */
static enum reading read_unmet(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level, .act = DUTY_ESCALATE};
    struct when when;
    int i = 1;
    bool unmet = words_is(words, 1, WD_UNRESOLVED) || words_is(words, 1, WD_UNACKNOWLEDGED) ||
                 words_is(words, 1, WD_NO) || words_is(words, 1, WD_NOT) ||
                 words_is(words, 1, WD_STILL);
    if (!words_is(words, 0, WD_IF) || !unmet)
        return READ_NO;
    while (i < words->count && i < UNMET_WORDS_MAX && !words_is(words, i, WD_WITHIN) &&
           !words_is(words, i, WD_AFTER) && !words_is(words, i, WD_IN) &&
           !words_is(words, i, WD_FOR))
        i++;
    if (words_is(words, i, WD_FOR))
        i++;
    int before = i;
    if (!sentence_when(words, &i, &when) || when.length.ms < 1000 || when.calendar ||
        when.recurring)
        return READ_NO;
    if (words_is(words, i, WD_M_COMMA) || words_is(words, i, WD_M_COLON) ||
        words_is(words, i, WD_M_ARROW))
        i++;
    bool escalate = words_are(words, i, WD_ESCALATE, WD_TO);
    if (!escalate && !words_is(words, i, WD_PAGE) && !words_is(words, i, WD_NOTIFY))
        return READ_NO;
    if (words_is(words, i, WD_NOTIFY))
        response.act = DUTY_NOTIFY;
    i += escalate ? 2 : 1;
    words_read(words, 0, before);
    if (!read_party(words, &i, &response.to))
        return READ_NO;
    set_when(&response, &when);
    make(sentence, response, NULL, 0);
    return sentence_end(sentence, i);
}

/* "for P0", "for P0 and P1 incidents" at the end. */
static void read_for_levels(struct sentence *sentence, int *i,
                            struct level levels[static WORDS_LEVELS_MAX], int *level_count)
{
    struct words *words = &sentence->words;
    int at = *i + 1;
    if (!words_is(words, *i, WD_FOR))
        return;
    if (words_is(words, at, WD_ALL))
        at++;
    if (!words_levels(words, sentence->arena, &at, levels, level_count))
        return;
    if (words_is(words, at, WD_INCIDENT) || words_is(words, at, WD_INCIDENTS) ||
        words_is(words, at, WD_ALERTS))
        at++;
    words_read(words, *i, at);
    *i = at;
}

/* "Page the primary immediately for P0 incidents.", "Escalate to the CTO after 1 hour". */
static enum reading read_told(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level};
    struct level levels[WORDS_LEVELS_MAX];
    int level_count = 0;
    struct when when;
    int i = words_are(words, 0, WD_ESCALATE, WD_TO) ? 2 : 1;
    if (i == 1 && !words_is(words, 0, WD_PAGE) && !words_is(words, 0, WD_NOTIFY))
        return READ_NO;
    response.act = i == 2 ? DUTY_ESCALATE : words_is(words, 0, WD_PAGE) ? DUTY_PAGE : DUTY_NOTIFY;
    words_read(words, 0, i);
    if (!read_party(words, &i, &response.to) || !sentence_when(words, &i, &when) || when.recurring)
        return READ_NO;
    set_when(&response, &when);
    read_for_levels(sentence, &i, levels, &level_count);
    bool scoped = level_count > 0 || response.level.n > 0;
    if (!scoped && !(sentence->place->path_sections & (SECTION_SEVERITY | SECTION_CONTACT)))
        return READ_NO;
    make(sentence, response, levels, level_count);
    return sentence_end(sentence, i);
}

/* "Communicate status every 15 minutes until resolved." */
static enum reading read_updates(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.level = sentence->place->level, .act = DUTY_UPDATE};
    struct level levels[WORDS_LEVELS_MAX];
    int level_count = 0;
    struct when when;
    int i = 1;
    bool verb = words_is(words, 0, WD_COMMUNICATE) || words_is(words, 0, WD_POST) ||
                words_is(words, 0, WD_UPDATE) || words_is(words, 0, WD_PROVIDE) ||
                words_is(words, 0, WD_SEND) || words_is(words, 0, WD_CONTINUE);
    while (verb && i < words->count && i < PARTY_WORDS_MAX && !words_is(words, i, WD_EVERY))
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
    set_when(&response, &when);
    i = read_until(words, i);
    read_for_levels(sentence, &i, levels, &level_count);
    i = read_until(words, i);
    make(sentence, response, levels, level_count);
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
        struct level levels[WORDS_LEVELS_MAX];
        int level_count = 0;
        struct when when;
        if (!words_levels(words, sentence->arena, &i, levels, &level_count))
            return sentence->made_count ? READ_HALF : READ_NO;
        if (words_is(words, i, WD_M_COLON))
            i++;
        if (!sentence_when(words, &i, &when))
            return sentence->made_count ? READ_HALF : READ_NO;
        set_when(&response, &when);
        make(sentence, response, levels, level_count);
        if (!words_is(words, i, WD_M_COMMA) && !words_is(words, i, WD_M_SEMICOLON))
            return sentence_end(sentence, i);
        i++;
    }
}

/* "For all S2 incidents and above, the security lead must immediately be notified." */
static enum reading read_must_be_told(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct response_statement response = {.act = DUTY_NOTIFY};
    struct level levels[WORDS_LEVELS_MAX];
    int level_count = 0;
    int i = words_is(words, 1, WD_ALL) ? 2 : 1;
    if (!words_is(words, 0, WD_FOR) ||
        !words_levels(words, sentence->arena, &i, levels, &level_count))
        return READ_NO;
    if (words_is(words, i, WD_INCIDENT) || words_is(words, i, WD_INCIDENTS))
        i++;
    if (words_are(words, i, WD_AND, WD_ABOVE)) {
        struct level all[WORDS_LEVELS_MAX];
        level_count = 0;
        for (int rank = levels[0].rank; rank >= 0 && level_count < WORDS_LEVELS_MAX; rank--)
            all[level_count++] = words_level_like(sentence->arena, levels[0], rank);
        memcpy(levels, all, sizeof all);
        i += 2;
    }
    if (words_is(words, i, WD_M_COMMA))
        i++;
    if (!read_party(words, &i, &response.to) || !words_is(words, i, WD_MUST))
        return READ_NO;
    i++;
    if (words_is(words, i, WD_IMMEDIATELY))
        i++;
    if (!words_is(words, i, WD_BE))
        return READ_NO;
    i++;
    if (words_is(words, i, WD_IMMEDIATELY))
        i++;
    if (words_is(words, i, WD_PAGED))
        response.act = DUTY_PAGE;
    else if (!words_is(words, i, WD_NOTIFIED) && !words_is(words, i, WD_INFORMED))
        return READ_NO;
    words_read(words, 0, i + 1);
    make(sentence, response, levels, level_count);
    return sentence_end(sentence, i + 1);
}

/* "P1: Page on-call, Slack `#incidents`": who is told of a severity, and by what. */
static enum reading read_routing(struct sentence *sentence)
{
    struct words *words = &sentence->words;
    struct level levels[WORDS_LEVELS_MAX];
    int level_count = 0;
    int i = 0;
    if (!words_levels(words, sentence->arena, &i, levels, &level_count) ||
        !words_is(words, i, WD_M_COLON))
        return READ_NO;
    i++;
    words_read(words, 0, i);
    for (;;) {
        struct response_statement response = {.act = DUTY_NOTIFY};
        bool page = words_is(words, i, WD_PAGE) || words_is(words, i, WD_CALL);
        bool channel = words_is(words, i, WD_SLACK) || words_is(words, i, WD_EMAIL) ||
                       words_is(words, i, WD_SMS);
        if (!page && !channel && !words_is(words, i, WD_NOTIFY))
            return sentence->made_count ? READ_HALF : READ_NO;
        if (page)
            response.act = DUTY_PAGE;
        int party = channel ? i : i + 1;
        if (channel) {
            words_read(words, i, i + 1);
            party = i + 1;
        }
        words_read(words, i, party);
        if (!read_party(words, &party, &response.to))
            return sentence->made_count ? READ_HALF : READ_NO;
        if (channel)
            response.to = words_span(words, i, party);
        i = party;
        make(sentence, response, levels, level_count);
        if (!words_is(words, i, WD_M_COMMA) && !words_is(words, i, WD_M_PLUS) &&
            !words_is(words, i, WD_AND))
            return sentence_end_remark(sentence, i);
        i++;
    }
}

enum reading sentence_response(struct sentence *sentence)
{
    enum reading (*const forms[])(struct sentence *) = {
        read_unmet,   read_labelled,     read_level_list, read_told,
        read_updates, read_must_be_told, read_routing};
    if (sentence->words.cut)
        return READ_NO;
    return sentence_try(sentence, forms, sizeof forms / sizeof forms[0]);
}
