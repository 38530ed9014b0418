/* sentence.c - every form in order, and the net: what looks like a rule and is not understood is
 * said, never passed over. */
#include "runbook/sentence.h"

#include "base/text.h"

enum { NET_WORDS_MAX = 30, SENTENCE_BYTES_MAX = 2000 };

struct str text_cut(struct str text, size_t max_bytes)
{
    size_t n = text.n < max_bytes ? text.n : max_bytes;
    while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--;
    return str_slice(text, 0, n);
}

bool text_is_placeholder(struct str text)
{
    struct str s = str_trim(text);
    if (s.n == 0)
        return false;
    bool closed = (s.p[0] == '[' && s.p[s.n - 1] == ']') ||
                  (s.p[0] == '<' && s.p[s.n - 1] == '>') ||
                  (str_starts(s, "{{") && str_ends(s, "}}"));
    return closed || str_is_nocase(s, "TBD") || str_is_nocase(s, "TODO") || str_starts(s, "___") ||
           str_starts_nocase(s, "xxx") || str_starts_nocase(s, "your-") || str_is(s, "?");
}

bool text_is_address(struct str value)
{
    int digits = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '@' ||
            (value.p[i] == '#' && i + 1 < value.n && byte_is_alpha(value.p[i + 1])))
            return true;
        digits += byte_is_digit(value.p[i]);
    }
    return digits >= 7 || str_find(value, "://", 0) < value.n;
}

enum reading sentence_contact(const struct sentence_place *place, struct str text,
                              struct statement *out_statement)
{
    size_t colon = str_find_byte(text, ':', 0);
    if (!(place->path_sections & SECTION_CONTACT) || !place->in_list || colon == 0 ||
        colon >= text.n || colon > 60)
        return READ_NO;
    struct contact_statement contact = {.service = str_trim(str_slice(text, 0, colon)),
                                        .method = str_trim(str_from(text, colon + 1))};
    contact.placeholder = text_is_placeholder(contact.method);
    if (!text_is_address(contact.method) && !contact.placeholder)
        return READ_NO;
    contact.who = contact.service;
    contact.address = contact.method;
    out_statement->kind = STATEMENT_CONTACT;
    out_statement->contact = contact;
    return READ_YES;
}

static bool is_caught_by_net(const struct sentence_place *place, const struct words *words)
{
    static const char *const norms[] = {"must",  "should", "shall", "within", "required",
                                        "never", "always", "least", "most",   NULL};
    if (words->cut || (place->path_sections & SECTION_PROSE) || vocabulary_fact(words) ||
        !words_look_like_rule(words))
        return false;
    if (words->count <= NET_WORDS_MAX)
        return true;
    for (int i = 0; i < words->count; i++)
        if (words_is_one(words, i, norms))
            return true;
    return false;
}

static bool is_label(struct str text)
{
    return text.n > 1 && text.n < 80 && text.p[text.n - 1] == ':' &&
           str_find_byte(text, ':', 0) == text.n - 1;
}

static enum reading read_rule(const struct sentence_place *place, struct str text,
                              struct words *words, struct statement *out_statement)
{
    enum reading reading = sentence_response(place, words, out_statement);
    if (reading == READ_NO) {
        words_parse(text, words);
        reading = sentence_severity(place, text, out_statement);
    }
    if (reading == READ_NO) {
        words_parse(text, words);
        reading = sentence_alert(place, words, out_statement);
    }
    if (reading == READ_NO) {
        words_parse(text, words);
        reading = sentence_schedule(place, words, out_statement);
    }
    return reading;
}

/* Rules that stand in a procedure are read only where they say so in full ("If unresolved in 30
 * minutes, page …"): a numbered "Error rate > 5%" is a thing to look at, not an alert. */
static bool is_procedure(const struct sentence_place *place)
{
    return place->ordered || place->box;
}

void sentence_net(const struct sentence_place *place, struct str text,
                  struct statement *out_statement, struct str *out_leftover)
{
    struct words words;
    words_parse(text, &words);
    *out_leftover = (struct str){"", 0};
    out_statement->kind = STATEMENT_GUIDANCE;
    if (!is_caught_by_net(place, &words))
        return;
    out_statement->kind = STATEMENT_UNCLEAR;
    *out_leftover = words_leftover(&words);
}

void sentence_classify(const struct sentence_place *place, struct str text,
                       struct statement *out_statement, struct str *out_leftover)
{
    struct words words;
    *out_leftover = (struct str){"", 0};
    out_statement->text = text;
    out_statement->kind = STATEMENT_GUIDANCE;
    if (text.n > SENTENCE_BYTES_MAX)
        return;
    words_parse(text, &words);
    enum reading reading = is_procedure(place) ? sentence_response(place, &words, out_statement)
                                               : read_rule(place, text, &words, out_statement);
    if (reading == READ_HALF) {
        *out_leftover = words_leftover(&words);
        if (out_leftover->n == 0)
            *out_leftover = text;
        if (!is_procedure(place)) {
            out_statement->kind = STATEMENT_UNCLEAR;
            return;
        }
    }
    if (reading == READ_YES)
        return;
    *out_leftover = (struct str){"", 0};
    words_parse(text, &words);
    if (sentence_contact(place, text, out_statement) == READ_YES)
        return;
    if (is_label(text) && !is_procedure(place)) {
        out_statement->kind = STATEMENT_STRUCTURE;
        return;
    }
    if (sentence_step(place, &words, text, out_statement) == READ_YES)
        return;
    sentence_net(place, text, out_statement, out_leftover);
    if (out_statement->kind == STATEMENT_UNCLEAR)
        return;
    if (place->in_list && (place->path_sections & SECTION_PRACTICE) &&
        vocabulary_practice(text).n) {
        out_statement->kind = STATEMENT_PRACTICE;
        out_statement->practice.area = place->heading;
    }
}

struct str sentence_nearest(struct arena *arena, const struct sentence_place *place,
                            struct str text)
{
    struct words words;
    words_parse(text, &words);
    for (int i = 0; i < words.count; i++) {
        enum comparison ignored = CMP_NONE;
        int at = i;
        if (!words_has_comparison(&words, i) || !words_comparison(&words, &at, &ignored))
            continue;
        bool unit = at + 1 < words.count && words.at[at + 1].type != WORD_NUMBER &&
                    (words_is(&words, at + 1, "%") || words_is_unit_of_time(words.at[at + 1].text));
        struct str metric = i ? words_span(&words, i > 4 ? i - 4 : 0, i) : STR("Error rate");
        return str_printf(arena, "%.*s %.*s for 5 minutes", STR_ARGS(metric),
                          STR_ARGS(words_span(&words, i, at + (unit ? 2 : 1))));
    }
    if (words.count && word_is_level(words.at[0].text))
        return str_printf(arena, "%.*s (High): what it means", STR_ARGS(words.at[0].text));
    for (int i = 0; i < words.count; i++)
        if (vocabulary_weekday(words.at[i].text) >= 0)
            return str_printf(arena, "Time: %.*s 02:00-04:00 UTC", STR_ARGS(words.at[i].text));
    for (int i = 0; i < words.count; i++) {
        struct length length = {0};
        int at = i;
        if (!words_length(&words, &at, &length) || length.low_ms)
            continue;
        if (length.working_days || length.months)
            return STR("Response time: 24 hours");
        struct str time = words_span(&words, i, at);
        if (place->path_sections & (SECTION_SEVERITY | SECTION_CONTACT))
            return str_printf(arena, "Response time: %.*s", STR_ARGS(time));
        return str_printf(arena, "Frequency: every %.*s", STR_ARGS(time));
    }
    return STR("Error rate > 5% for 5 minutes");
}
