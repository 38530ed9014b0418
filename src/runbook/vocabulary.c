/* vocabulary.c - what single words and headings are; phrases are in vocabulary_row.c, words in
 * lexicon.def. */
#include "runbook/vocabulary.h"

#include "runbook/front.h"
#include "runbook/word_byte.h"

enum { STATE_WORDS_MAX = 9 };

/* Phrases in small letters. One that ends in a blank ends where a word ends: "slo " is not in
 * "slow". */
#define LETTERS(first, second)                                                                     \
    (uint16_t)((unsigned char)(first) | (unsigned)(unsigned char)(second) << 8)
#define HEADING(phrase, sections)                                                                  \
    {                                                                                              \
        phrase, sizeof(phrase) - 1, LETTERS((phrase)[0], (phrase)[1]), sections                    \
    }
static const struct heading {
    const char *phrase;
    uint16_t bytes, letters; /* the first two, which most words have not */
    unsigned sections;
} headings[] = {
    HEADING("alert", SECTION_ALERT),
    HEADING("alarm", SECTION_ALERT),
    HEADING("monitor", SECTION_ALERT),
    HEADING("threshold", SECTION_ALERT),
    HEADING("trigger", SECTION_ALERT),
    HEADING("slo ", SECTION_OBJECTIVE),
    HEADING("slos ", SECTION_OBJECTIVE),
    HEADING("service level", SECTION_OBJECTIVE),
    HEADING("sli ", SECTION_OBJECTIVE),
    HEADING("slis ", SECTION_OBJECTIVE),
    HEADING("objective", SECTION_OBJECTIVE),
    HEADING("target", SECTION_OBJECTIVE),
    HEADING("key metrics", SECTION_OBJECTIVE),
    HEADING("severit", SECTION_SEVERITY),
    HEADING("priorit", SECTION_SEVERITY),
    HEADING("classification", SECTION_SEVERITY),
    HEADING("incident level", SECTION_SEVERITY),
    HEADING("contact", SECTION_CONTACT),
    HEADING("escalation", SECTION_CONTACT),
    HEADING("support", SECTION_CONTACT),
    HEADING("optimization", SECTION_PRACTICE),
    HEADING("optimisation", SECTION_PRACTICE),
    HEADING("best practice", SECTION_PRACTICE),
    HEADING("planning", SECTION_PRACTICE),
    HEADING("analysis", SECTION_PRACTICE),
    HEADING("symptom", SECTION_PROSE),
    HEADING("cause", SECTION_PROSE),
    HEADING("expected output", SECTION_PROSE),
    HEADING("example", SECTION_PROSE | SECTION_PAST),
    HEADING("examples", SECTION_PROSE | SECTION_PAST),
    HEADING("history", SECTION_PAST),
    HEADING("past incident", SECTION_PAST),
    HEADING("previous incident", SECTION_PAST),
    HEADING("incident 20", SECTION_PAST),
    HEADING("deprecated", SECTION_PAST),
    HEADING("obsolete", SECTION_PAST),
    HEADING("retired", SECTION_PAST),
    HEADING("proposed", SECTION_PAST),
    HEADING("draft ", SECTION_PAST),
    HEADING("do not use", SECTION_PAST),
    HEADING("unused", SECTION_PAST),
    HEADING("how to write", SECTION_PAST),
    HEADING("disabled", SECTION_PAST),
    HEADING("archive", SECTION_PAST),
    HEADING("removed", SECTION_PAST),
    HEADING("silenced", SECTION_PAST),
    HEADING("muted", SECTION_PAST),
    HEADING("paused", SECTION_PAST),
    HEADING("former ", SECTION_PAST),
    HEADING("old ", SECTION_PAST),
    HEADING("ideas", SECTION_PAST),
    HEADING("not in use", SECTION_PAST),
    HEADING("no longer", SECTION_PAST),
    HEADING("not to ", SECTION_PAST),
    HEADING("do not page", SECTION_PAST),
    HEADING("anti-pattern", SECTION_PAST),
    HEADING("decommissioned", SECTION_PAST),
    HEADING("lessons learned", SECTION_PAST),
    HEADING("changelog", SECTION_PAST),
    HEADING("faq", SECTION_PROSE),
    HEADING("reference", SECTION_PROSE),
    HEADING("overview", SECTION_PROSE),
    HEADING("background", SECTION_PROSE),
    HEADING("impact", SECTION_PROSE),
    HEADING("meaning", SECTION_PROSE),
};

/* How they begin. */
static const uint32_t heading_fronts[FRONTS] = {
    [FRONT('a')] = FRONT_BIT('l') | FRONT_BIT('n') | FRONT_BIT('r'),
    [FRONT('b')] = FRONT_BIT('a') | FRONT_BIT('e'),
    [FRONT('c')] = FRONT_BIT('a') | FRONT_BIT('h') | FRONT_BIT('l') | FRONT_BIT('o'),
    [FRONT('d')] = FRONT_BIT('e') | FRONT_BIT('i') | FRONT_BIT('o') | FRONT_BIT('r'),
    [FRONT('e')] = FRONT_BIT('s') | FRONT_BIT('x'),
    [FRONT('f')] = FRONT_BIT('a') | FRONT_BIT('o'),
    [FRONT('h')] = FRONT_BIT('i') | FRONT_BIT('o'),
    [FRONT('i')] = FRONT_BIT('d') | FRONT_BIT('m') | FRONT_BIT('n'),
    [FRONT('k')] = FRONT_BIT('e'),
    [FRONT('l')] = FRONT_BIT('e'),
    [FRONT('m')] = FRONT_BIT('e') | FRONT_BIT('o') | FRONT_BIT('u'),
    [FRONT('n')] = FRONT_BIT('o'),
    [FRONT('o')] = FRONT_BIT('b') | FRONT_BIT('l') | FRONT_BIT('p') | FRONT_BIT('v'),
    [FRONT('p')] = FRONT_BIT('a') | FRONT_BIT('l') | FRONT_BIT('r'),
    [FRONT('r')] = FRONT_BIT('e'),
    [FRONT('s')] =
        FRONT_BIT('e') | FRONT_BIT('i') | FRONT_BIT('l') | FRONT_BIT('u') | FRONT_BIT('y'),
    [FRONT('t')] = FRONT_BIT('a') | FRONT_BIT('h') | FRONT_BIT('r'),
    [FRONT('u')] = FRONT_BIT('n')};

/* Does the phrase of the heading begin the text? */
static bool stands_at(struct str text, const struct heading *heading)
{
    bool whole = heading->phrase[heading->bytes - 1] == ' ';
    struct str phrase = {heading->phrase, heading->bytes - whole};
    return str_equal_nocase(str_slice(text, 0, phrase.n), phrase) &&
           !(whole && phrase.n < text.n && byte_is_alnum(text.p[phrase.n]));
}

/* What the words at the front of the text make of a section. first: the heading begins with them.
 */
static unsigned sections_at(struct str text, bool first)
{
    unsigned sections = 0;
    uint16_t letters = LETTERS(byte_lower(text.p[0]), byte_lower(text.p[1]));
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        if (headings[i].letters == letters && stands_at(text, &headings[i]))
            sections |= headings[i].sections;
    /* "Examples" are no rules; "Alert thresholds (examples)" may be meant. */
    bool inside = !first && str_starts_nocase(text, "example");
    return inside ? sections & ~(unsigned)SECTION_PAST : sections;
}

unsigned vocabulary_sections(struct str heading)
{
    unsigned sections = 0;
    bool first = true;
    bool within = false;
    for (size_t at = 0; at + 1 < heading.n; at++) { /* no phrase is a single letter */
        bool word = kind_of_byte(heading.p[at]) & BYTE_ALNUM;
        if (word && !within) {
            if (front_is_in(heading_fronts, str_from(heading, at)))
                sections |= sections_at(str_from(heading, at), first);
            first = false;
        }
        within = word;
    }
    return sections;
}

double vocabulary_quantile(struct str word)
{
    int64_t digits = 0;
    int64_t decimals = 0;
    size_t point = str_find_byte(word, '.', 0);
    if (word.n < 3 || word.n > 6 || byte_lower(word.p[0]) != 'p')
        return 0;
    if (point < word.n) { /* "p99.9" */
        bool fine = point == 3 && str_int(str_slice(word, 1, point), &digits) &&
                    str_int(str_from(word, point + 1), &decimals) && decimals >= 0 &&
                    word.n - point <= 3;
        double scale = word.n - point == 2 ? 1000 : 10000;
        return fine ? ((double)digits * scale / 100 + (double)decimals) / scale : 0;
    }
    if (word.n > 5 || !str_int(str_from(word, 1), &digits) || digits <= 0 ||
        (word.n > 3 && word.p[1] != '9'))
        return 0; /* "p195" is nobody's quantile; "p999" is */
    double scale = word.n == 3 ? 100 : word.n == 4 ? 1000 : 10000;
    return (double)digits / scale;
}

double vocabulary_percentile(const struct words *words, int i)
{
    struct str word = i >= 0 && i < words->count ? words->at[i].text : (struct str){"", 0};
    int64_t digits = 0;
    bool ordinal = word.n == 4 && byte_is_digit(word.p[0]) && byte_is_digit(word.p[1]) &&
                   (str_ends(word, "th") || str_ends(word, "rd") || str_ends(word, "st") ||
                    str_ends(word, "nd"));
    if (!ordinal || !words_is(words, i + 1, WD_PERCENTILE) ||
        !str_int(str_slice(word, 0, 2), &digits))
        return 0;
    return (double)digits / 100;
}

enum direction vocabulary_direction(struct str metric)
{
    struct words WORDS_UNSET words;
    words_parse(metric, &words);
    return vocabulary_direction_within(&words, 0, words.count);
}

enum direction vocabulary_direction_within(const struct words *words, int from, int to)
{
    enum direction found = DIRECTION_UNKNOWN;
    for (int i = from; i < to && i < words->count; i++) {
        enum direction one = DIRECTION_UNKNOWN;
        if (words_is(words, i, WD_FREE) || words_is(words, i, WD_REMAINING))
            return DIRECTION_HIGHER; /* whatever is free of what is wanted low */
        if (words_is_a(words, i, LEX_HIGHER_BETTER))
            one = DIRECTION_HIGHER;
        else if (words_is_a(words, i, LEX_LOWER_BETTER) ||
                 vocabulary_quantile(words->at[i].text) > 0)
            one = DIRECTION_LOWER;
        if (one != DIRECTION_UNKNOWN)
            found = one; /* the last word is the noun: "cost attribution coverage" */
    }
    return found;
}

bool vocabulary_state_within(const struct words *words, int to, int *out_subject_end)
{
    int last = to - 1;
    while (last > 0 && words_is(words, last, WD_M_POINT))
        last--;
    if (words->cut || last < 1 || last > STATE_WORDS_MAX || !words_is_a(words, last, LEX_STATE))
        return false;
    while (last > 1 && words_is_a(words, last - 1, LEX_STATE_LINK))
        last--;
    /* "Webhook failures" are what is counted, "webhook failing" is a state. */
    *out_subject_end = words_is_a(words, last, LEX_COUNT) ? last + 1 : last;
    return true;
}

bool vocabulary_is_loud(const struct words *words, int i)
{
    switch (words_at(words, i)) {
    case WD_THE:
    case WD_ANY:
    case WD_HIGH:
    case WD_LOW:
    case WD_ELEVATED:
    case WD_EXCESSIVE:
    case WD_INCREASED: return true;
    default: return false;
    }
}

enum verb vocabulary_verb(const struct words *words, int i)
{
    if (words_is_a(words, i, LEX_VERB))
        return VERB_SURE;
    return words_is_a(words, i, LEX_VERB_OR_NOUN) ? VERB_MAYBE : VERB_NO;
}

bool vocabulary_condition(const struct words *words)
{
    int end = 0;
    while (end < words->count && !words_is(words, end, WD_M_OPEN))
        end++;
    while (end > 0 && words->at[end - 1].type == WORD_MARK)
        end--;
    if (end < 2 || words_is(words, end - 1, WD_NEEDED))
        return false;
    struct str word = words->at[end - 1].text;
    return words_is_a(words, end - 1, LEX_CONDITION) || (word.n > 4 && str_ends(word, "ed")) ||
           words_are(words, end - 2, WD_IN, WD_PLACE);
}

enum program_word vocabulary_program(struct str word)
{
    int id = lexicon_find(word);
    unsigned classes = lexicon_classes(id);
    if (!(classes & (LEX_PROGRAM | LEX_PROGRAM_OR_WORD)) || !lexicon_is_exact(id, word))
        return PROGRAM_NO;
    return classes & LEX_PROGRAM ? PROGRAM_SURE : PROGRAM_MAYBE;
}

bool vocabulary_fact(const struct words *words)
{
    for (int i = 0; i < words->count; i++)
        if (words_is_a(words, i, LEX_FACT) || words_is(words, i, WD_E_G))
            return true;
    return false;
}

int vocabulary_weekday(const struct words *words, int i)
{
    static const char *const names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    if (!words_is_a(words, i, LEX_WEEKDAY))
        return -1;
    for (int day = 0; day < 7; day++)
        if (str_starts_nocase(words->at[i].text, names[day]))
            return day;
    return -1;
}

static const struct {
    int id;
    int64_t ms;
    int months;
} frequencies[] = {
    {WD_HOURLY, 3600000, 0},
    {WD_DAILY, 86400000, 0},
    {WD_NIGHTLY, 86400000, 0},
    {WD_WEEKLY, 604800000, 0},
    {WD_FORTNIGHTLY, 1209600000, 0},
    {WD_MONTHLY, 0, 1},
    {WD_QUARTERLY, 0, 3},
    {WD_SEMIANNUAL, 0, 6},
    {WD_SEMI_ANNUAL, 0, 6},
    {WD_SEMIANNUALLY, 0, 6},
    {WD_SEMI_ANNUALLY, 0, 6},
    {WD_BIANNUAL, 0, 6},
    {WD_BIANNUALLY, 0, 6},
    {WD_ANNUAL, 0, 12},
    {WD_ANNUALLY, 0, 12},
    {WD_YEARLY, 0, 12},
};

bool vocabulary_frequency(const struct words *words, int i, int64_t *out_every_ms,
                          int *out_every_months)
{
    for (size_t k = 0;
         words_is_a(words, i, LEX_FREQUENCY) && k < sizeof frequencies / sizeof frequencies[0];
         k++) {
        if (!words_is(words, i, frequencies[k].id))
            continue;
        *out_every_ms = frequencies[k].ms;
        *out_every_months = frequencies[k].months;
        return true;
    }
    return false;
}

/* A word stands here once, with all that it is about. What is missing here is passed over by the
 * forms that need it: builds with a sanitizer read all the same, and say so (sentence_try). */
static const uint16_t topics[LEXEMES] = {
    [WD_ACK] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_ACKED] = TOPIC_AWAITED,
    [WD_ACKNOWLEDGE] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_ACKNOWLEDGED] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_ACKNOWLEDGEMENT] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_ACKNOWLEDGES] = TOPIC_AWAITED,
    [WD_ACKNOWLEDGMENT] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_ANNOUNCE] = TOPIC_TOLD,
    [WD_ANNOUNCED] = TOPIC_TOLD,
    [WD_ANSWER] = TOPIC_AWAITED,
    [WD_ANSWERED] = TOPIC_DUTY,
    [WD_ARCHIVED] = TOPIC_PURGED,
    [WD_AUTO_ESCALATION] = TOPIC_DUTY,
    [WD_AVAILABILITY] = TOPIC_AVAILABLE,
    [WD_BE] = TOPIC_NORM,
    [WD_COMMS] = TOPIC_DUTY,
    [WD_COMMUNICATE] = TOPIC_TOLD,
    [WD_COMMUNICATED] = TOPIC_TOLD,
    [WD_COMMUNICATION] = TOPIC_DUTY,
    [WD_COMMUNICATIONS] = TOPIC_DUTY,
    [WD_CONTAIN] = TOPIC_DUTY,
    [WD_CONTAINED] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_CONTAINMENT] = TOPIC_DUTY,
    [WD_CRIT] = TOPIC_LIMITS,
    [WD_CRITICAL] = TOPIC_LIMITS,
    [WD_DELETED] = TOPIC_PURGED,
    [WD_EACH] = TOPIC_RECURS,
    [WD_ESCALATE] = TOPIC_DUTY,
    [WD_ESCALATED] = TOPIC_DUTY,
    [WD_ESCALATION] = TOPIC_DUTY,
    [WD_EVERY] = TOPIC_RECURS,
    [WD_EXPECTED] = TOPIC_NORM,
    [WD_FIX] = TOPIC_DUTY,
    [WD_FIXED] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_GET] = TOPIC_NORM,
    [WD_GIVE] = TOPIC_TOLD,
    [WD_HAS] = TOPIC_NORM,
    [WD_HAVE] = TOPIC_NORM,
    [WD_INFORM] = TOPIC_TOLD,
    [WD_INFORMED] = TOPIC_DUTY | TOPIC_TOLD,
    [WD_KEEP] = TOPIC_KEPT,
    [WD_KEPT] = TOPIC_KEPT,
    [WD_MITIGATE] = TOPIC_DUTY,
    [WD_MITIGATED] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_MITIGATION] = TOPIC_DUTY,
    [WD_MTTA] = TOPIC_RECOVERY,
    [WD_MTTD] = TOPIC_RECOVERY,
    [WD_MTTR] = TOPIC_RECOVERY,
    [WD_MUST] = TOPIC_NORM,
    [WD_M_COLON] = TOPIC_COLON,
    [WD_NEED] = TOPIC_NORM,
    [WD_NOTICE] = TOPIC_NOTICE,
    [WD_NOTIFICATION] = TOPIC_DUTY,
    [WD_NOTIFICATIONS] = TOPIC_DUTY,
    [WD_NOTIFIED] = TOPIC_DUTY | TOPIC_TOLD,
    [WD_NOTIFY] = TOPIC_DUTY | TOPIC_TOLD,
    [WD_ONCE] = TOPIC_RECURS,
    [WD_PAGE] = TOPIC_DUTY,
    [WD_PAGED] = TOPIC_DUTY,
    [WD_PRESERVE] = TOPIC_KEPT,
    [WD_PRESERVED] = TOPIC_KEPT,
    [WD_PRIORITY] = TOPIC_LEVEL,
    [WD_PROGRESS] = TOPIC_AWAITED,
    [WD_PURGED] = TOPIC_PURGED,
    [WD_RECEIVE] = TOPIC_NORM,
    [WD_RECOVERY] = TOPIC_RECOVERY,
    [WD_REMIND] = TOPIC_TOLD,
    [WD_REMOVED] = TOPIC_PURGED,
    [WD_RENEW] = TOPIC_TOLD,
    [WD_RENEWAL] = TOPIC_TOLD,
    [WD_RENEWED] = TOPIC_TOLD,
    [WD_REPLY] = TOPIC_AWAITED,
    [WD_REQUIRED] = TOPIC_NORM,
    [WD_RESOLUTION] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_RESOLVE] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_RESOLVED] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_RESPOND] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_RESPONDED] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_RESPONDS] = TOPIC_AWAITED,
    [WD_RESPONSE] = TOPIC_AWAITED | TOPIC_DUTY,
    [WD_RETAIN] = TOPIC_KEPT,
    [WD_RETAINED] = TOPIC_KEPT,
    [WD_ROTATED] = TOPIC_TOLD,
    [WD_RPO] = TOPIC_RECOVERY,
    [WD_RTO] = TOPIC_RECOVERY,
    [WD_SCHEDULE] = TOPIC_TOLD,
    [WD_SCHEDULED] = TOPIC_TOLD,
    [WD_SEV] = TOPIC_LEVEL,
    [WD_SEVERITY] = TOPIC_LEVEL,
    [WD_SHALL] = TOPIC_NORM,
    [WD_SHOULD] = TOPIC_NORM,
    [WD_STORE] = TOPIC_KEPT,
    [WD_STORED] = TOPIC_KEPT,
    [WD_TIMES] = TOPIC_RECURS,
    [WD_TRIAGE] = TOPIC_DUTY,
    [WD_TRIAGED] = TOPIC_DUTY,
    [WD_TWICE] = TOPIC_RECURS,
    [WD_UNACKNOWLEDGED] = TOPIC_AWAITED,
    [WD_UNANSWERED] = TOPIC_AWAITED,
    [WD_UNRESOLVED] = TOPIC_AWAITED,
    [WD_UPDATE] = TOPIC_DUTY,
    [WD_UPDATED] = TOPIC_DUTY,
    [WD_UPDATES] = TOPIC_DUTY,
    [WD_UPTIME] = TOPIC_AVAILABLE,
    [WD_WARN] = TOPIC_LIMITS | TOPIC_TOLD,
    [WD_WARNING] = TOPIC_LIMITS,
    [WD_WARNS] = TOPIC_LIMITS,
    [WD_WEEKDAYS] = TOPIC_RECURS,
    [WD_WEEKENDS] = TOPIC_RECURS,
    [WD_WILL] = TOPIC_NORM,
    [WD_WORKAROUND] = TOPIC_DUTY,
    [WD_X] = TOPIC_RECURS,
};

bool vocabulary_is_about(const struct words *words, int i, enum topic topic)
{
    return topics[words_at(words, i)] & topic;
}

unsigned vocabulary_topics(const struct words *words)
{
    unsigned found = TOPIC_KNOWN;
    for (int i = 0; i < words->count; i++)
        found |= topics[words->at[i].lexeme];
    if (words->has & WORDS_LEVEL)
        found |= TOPIC_LEVEL;
    if (words->has & WORDS_NUMBER)
        found |= TOPIC_NUMBER;
    if (words->has & (LEX_WEEKDAY | LEX_FREQUENCY))
        found |= TOPIC_RECURS;
    if ((found & (TOPIC_LEVEL | TOPIC_DUTY)) || (words->has & LEX_SEVERITY_WORD))
        found |= TOPIC_OWED;
    if (words->has & LEX_MONTH)
        found |= TOPIC_MONTH;
    if (words->has & LEX_FREQUENCY)
        found |= TOPIC_FREQUENCY;
    if (words->has & LEX_BOUND)
        found |= TOPIC_BOUND;
    return found;
}
