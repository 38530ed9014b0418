/* sentence_rule.c - severities and what each asks for: response, update and escalation times. */
#include "runbook/sentence.h"

static bool is_dash(const struct words *words, int i)
{
    return words_is(words, i, "-") || words_is(words, i, "\xE2\x80\x93") ||
           words_is(words, i, "\xE2\x80\x94");
}

static bool is_level_word(const struct words *words, int i)
{
    static const char *const names[] = {"critical", "blocker", "urgent", "high", "major", "medium",
                                        "moderate", "warning", "minor",  "low",  "info",  NULL};
    return words_is_one(words, i, names);
}

/* "P0", "P0 (Critical)", "P1 - High", "P2 Medium": fills id, rank and word; the index behind, or 0.
 */
static int read_level(const struct words *words, struct severity_statement *severity,
                      bool *out_paired)
{
    int i = 1;
    *out_paired = false;
    if (words->count == 0 || !word_is_level(words->at[0].text))
        return 0;
    severity->id = words->at[0].text;
    severity->rank = severity->id.p[severity->id.n - 1] - '0';
    if (words_is(words, i, "(") && is_level_word(words, i + 1) && words_is(words, i + 2, ")")) {
        severity->word = words->at[i + 1].text;
        i += 3;
    } else if (is_dash(words, i) && is_level_word(words, i + 1)) {
        severity->word = words->at[i + 1].text;
        i += 2;
    } else if (is_level_word(words, i)) {
        severity->word = words->at[i].text;
        i++;
    }
    *out_paired = i > 1;
    return i;
}

enum reading sentence_severity(const struct sentence_place *place, struct str text,
                               struct statement *out_statement)
{
    struct words words;
    struct severity_statement severity = {0};
    bool paired = false;
    words_parse(text, &words);
    int i = read_level(&words, &severity, &paired);
    if (i == 0 || (!words_is(&words, i, ":") && !is_dash(&words, i)))
        return READ_NO;
    if (!paired && !(place->path_sections & SECTION_SEVERITY))
        return READ_NO;
    size_t after = (size_t)(words.at[i].text.p + words.at[i].text.n - text.p);
    severity.when = str_trim(str_from(text, after));
    if (severity.when.n == 0 && !place->has_children)
        return READ_NO;
    out_statement->kind = STATEMENT_SEVERITY;
    out_statement->severity = severity;
    return READ_YES;
}

static const struct {
    const char *label;
    enum duty_act act;
    bool recurring;
} labels[] = {
    {"response time", DUTY_RESPOND, false},
    {"initial response", DUTY_RESPOND, false},
    {"response", DUTY_RESPOND, false},
    {"acknowledge", DUTY_RESPOND, false},
    {"acknowledgement", DUTY_RESPOND, false},
    {"acknowledgment", DUTY_RESPOND, false},
    {"ack", DUTY_RESPOND, false},
    {"respond", DUTY_RESPOND, false},
    {"time to respond", DUTY_RESPOND, false},
    {"time to acknowledge", DUTY_RESPOND, false},
    {"first update", DUTY_UPDATE, false},
    {"update frequency", DUTY_UPDATE, true},
    {"update cadence", DUTY_UPDATE, true},
    {"updates", DUTY_UPDATE, true},
    {"status updates", DUTY_UPDATE, true},
    {"mitigation", DUTY_MITIGATE, false},
    {"mitigate", DUTY_MITIGATE, false},
    {"time to mitigate", DUTY_MITIGATE, false},
    {"contain by", DUTY_MITIGATE, false},
    {"fix", DUTY_RESOLVE, false},
    {"resolution", DUTY_RESOLVE, false},
    {"resolve", DUTY_RESOLVE, false},
    {"resolution time", DUTY_RESOLVE, false},
    {"time to resolve", DUTY_RESOLVE, false},
    {"escalation", DUTY_ESCALATE, false},
    {"auto-escalation", DUTY_ESCALATE, false},
    {"escalate", DUTY_ESCALATE, false},
};

/* A label standing at i; the longest match wins. The index behind it, or i. */
static int read_label(const struct words *words, int i, struct response_statement *response)
{
    int best = i;
    for (size_t k = 0; k < sizeof labels / sizeof labels[0]; k++) {
        struct words label;
        words_parse(str_of(labels[k].label), &label);
        int n = 0;
        while (n < label.count && i + n < words->count &&
               str_equal_nocase(label.at[n].text, words->at[i + n].text))
            n++;
        if (n == label.count && i + n > best) {
            best = i + n;
            response->act = labels[k].act;
            response->recurring = labels[k].recurring;
        }
    }
    return best;
}

/* "to CTO": the party is the words up to the end or the next comma. */
static void read_party(struct words *words, int *i, struct response_statement *response)
{
    int from = *i;
    if (words_is(words, from, "the"))
        from++;
    int to = from;
    while (to < words->count && (words->at[to].type == WORD_NAME || words_is(words, to, "/")) &&
           !words_is(words, to, "if") && !words_is(words, to, "when"))
        to++;
    if (to == from)
        return;
    response->to = words_span(words, from, to);
    words_read(words, *i, to);
    *i = to;
}

/* "15 minutes", "within 1 hour", "Immediate (< 5 minutes)", "After 4 hours", "every 30 min". */
static bool read_when(struct words *words, int *i, struct response_statement *response)
{
    static const char *const bounds[] = {"<",  "\xE2\x89\xA4", "<=", "within",
                                         "in", "after",        "at", NULL};
    int at = *i;
    struct length length = {0};
    if (words_is(words, at, "immediate") || words_is(words, at, "immediately")) {
        words_read(words, at, at + 1);
        at++;
        int inner = at + 1;
        if (words_is(words, at, "(") && words_is_one(words, inner, bounds)) {
            inner++;
            if (words_length(words, &inner, &length) && words_is(words, inner, ")")) {
                words_read(words, at, inner + 1);
                at = inner + 1;
            }
        }
        response->after_ms = length.ms;
        *i = at;
        return true;
    }
    if (words_is(words, at, "every"))
        response->recurring = true;
    if (words_is(words, at, "every") || words_is_one(words, at, bounds))
        at++;
    else if (words_is(words, at, "up") && words_is(words, at + 1, "to"))
        at += 2;
    int from = at;
    if (!words_length(words, &at, &length))
        return false;
    if (length.months || length.working_days || length.ms < 1000) {
        words_unread(words, from, at); /* no clock can hold it without a calendar */
        return length.ms >= 1000 || length.months > 0;
    }
    words_read(words, *i, at);
    response->after_ms = length.ms;
    *i = at;
    return true;
}

/* "If unresolved in 30m, escalate to secondary". */
static enum reading read_unmet(struct words *words, struct statement *out_statement)
{
    static const char *const unmet[] = {"unresolved", "unacknowledged", "no", "not", "still", NULL};
    static const char *const links[] = {"within", "after", "in", "for", NULL};
    struct response_statement response = {.act = DUTY_ESCALATE};
    int i = 1;
    if (!words_is(words, 0, "if") || !words_is_one(words, 1, unmet))
        return READ_NO;
    while (i < words->count && i < 6 && !words_is_one(words, i, links))
        i++;
    int before = i;
    i++;
    struct length length = {0};
    if (!words_length(words, &i, &length) || length.ms < 1000 || length.working_days)
        return READ_NO;
    if (words_is(words, i, ","))
        i++;
    bool escalate = words_is(words, i, "escalate") && words_is(words, i + 1, "to");
    if (!escalate && !words_is(words, i, "page") && !words_is(words, i, "notify"))
        return READ_NO;
    if (words_is(words, i, "notify"))
        response.act = DUTY_NOTIFY;
    i += escalate ? 2 : 1;
    words_read(words, 0, before + 1);
    response.after_ms = length.ms;
    read_party(words, &i, &response);
    out_statement->kind = STATEMENT_RESPONSE;
    out_statement->response = response;
    return words_leftover(words).n || i < words->count ? READ_HALF : READ_YES;
}

enum reading sentence_response(const struct sentence_place *place, struct words *words,
                               struct statement *out_statement)
{
    struct response_statement response = {.level = place->level};
    struct severity_statement severity = {0};
    bool paired = false;
    if (words->cut)
        return READ_NO;
    enum reading unmet = read_unmet(words, out_statement);
    if (unmet != READ_NO)
        return unmet;
    int i = read_level(words, &severity, &paired);
    if (i > 0) {
        if (!words_is(words, i, ":"))
            return READ_NO;
        response.level = severity.id;
        i++;
    }
    int after = read_label(words, i, &response);
    if (after == i || (severity.id.n == 0 && !words_is(words, after, ":")))
        return READ_NO;
    if (words_is(words, after, ":"))
        after++;
    int label_end = after;
    if (!read_when(words, &after, &response))
        return READ_NO;
    words_read(words, 0, label_end);
    if (words_is(words, after, "to")) {
        words_read(words, after, after + 1);
        after++;
        read_party(words, &after, &response);
    }
    out_statement->kind = STATEMENT_RESPONSE;
    out_statement->response = response;
    return words_leftover(words).n ? READ_HALF : READ_YES;
}

enum reading sentence_heading(struct str text, struct statement *out_statement)
{
    static const char *const nouns[] = {
        "rotation", "rotations", "backup", "backups", "maintenance", "review", "reviews", "drill",
        "drills",   "test",      "tests",  "tasks",   "audit",       "audits", "checks",  NULL};
    struct words words;
    struct schedule_statement schedule = {.form = SCHEDULE_RECUR, .weekday = -1};
    struct severity_statement severity = {0};
    bool paired = false;
    words_parse(text, &words);
    if (words.cut || words.count < 2 || words.count > 6)
        return READ_NO;
    if (vocabulary_frequency(words.at[0].text, &schedule.every_ms, &schedule.every_months) &&
        words_is_one(&words, words.count - 1, nouns)) {
        words_read(&words, 0, 1);
        schedule.what = words_span(&words, 1, words.count);
        out_statement->kind = STATEMENT_SCHEDULE;
        out_statement->schedule = schedule;
        return words_leftover(&words).n ? READ_NO : READ_YES;
    }
    int i = read_level(&words, &severity, &paired);
    if (i == 0 || !paired || (i < words.count && !words_is(&words, i, "(")))
        return READ_NO;
    if (i < words.count)
        severity.when = words_span(&words, i + 1, words.count - 1);
    out_statement->kind = STATEMENT_SEVERITY;
    out_statement->severity = severity;
    return READ_YES;
}
