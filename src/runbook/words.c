/* words.c - one sentence cut into words, numbers and marks. */
#include "runbook/words.h"

struct time_unit {
    const char *name;
    int64_t ms;
    int months;
};

static const struct time_unit time_units[] = {
    {"ms", 1, 0},           {"millisecond", 1, 0},   {"milliseconds", 1, 0}, {"s", 1000, 0},
    {"sec", 1000, 0},       {"secs", 1000, 0},       {"second", 1000, 0},    {"seconds", 1000, 0},
    {"m", 60000, 0},        {"min", 60000, 0},       {"mins", 60000, 0},     {"minute", 60000, 0},
    {"minutes", 60000, 0},  {"h", 3600000, 0},       {"hr", 3600000, 0},     {"hrs", 3600000, 0},
    {"hour", 3600000, 0},   {"hours", 3600000, 0},   {"d", 86400000, 0},     {"day", 86400000, 0},
    {"days", 86400000, 0},  {"w", 604800000, 0},     {"wk", 604800000, 0},   {"wks", 604800000, 0},
    {"week", 604800000, 0}, {"weeks", 604800000, 0}, {"month", 0, 1},        {"months", 0, 1},
    {"quarter", 0, 3},      {"quarters", 0, 3},      {"y", 0, 12},           {"yr", 0, 12},
    {"year", 0, 12},        {"years", 0, 12},
};

static const struct time_unit *find_unit(struct str word)
{
    for (size_t i = 0; i < sizeof time_units / sizeof time_units[0]; i++)
        if (str_is_nocase(word, time_units[i].name))
            return &time_units[i];
    return NULL;
}

bool words_is_unit_of_time(struct str word)
{
    return find_unit(word) != NULL;
}

static bool is_other_unit(struct str word)
{
    static const char *const names[] = {"x",   "kb",  "mb",  "gb",  "tb",
                                        "kib", "mib", "gib", "tib", NULL};
    for (int i = 0; names[i]; i++)
        if (str_is_nocase(word, names[i]))
            return true;
    return false;
}

static bool is_clock_half(struct str word)
{
    return str_is_nocase(word, "am") || str_is_nocase(word, "pm");
}

static bool is_name_byte(char c)
{
    return byte_is_alnum(c) || c == '_' || c == '#' || c == '@' || c == '\'' || (c & 0x80);
}

/* Bytes of a mark of two or three bytes at the front of s, or 0. */
static size_t long_mark_bytes(struct str s)
{
    static const char *const marks[] = {
        "\xE2\x89\xA5", "\xE2\x89\xA4", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x86\x92",
        ">=",           "<=",           "->",           "=>",           NULL};
    for (int i = 0; marks[i]; i++)
        if (str_starts(s, marks[i]))
            return strlen(marks[i]);
    return 0;
}

static size_t number_bytes(struct str s, double *out_number)
{
    size_t n = 0;
    double value = 0;
    while (n < s.n && n < 24 &&
           (byte_is_digit(s.p[n]) || (s.p[n] == ',' && n + 3 < s.n && byte_is_digit(s.p[n + 1]) &&
                                      byte_is_digit(s.p[n + 2]) && byte_is_digit(s.p[n + 3])))) {
        if (s.p[n] != ',')
            value = value * 10 + (s.p[n] - '0');
        n++;
    }
    if (n + 1 < s.n && s.p[n] == '.' && byte_is_digit(s.p[n + 1])) {
        double scale = 1;
        double fraction = 0;
        n++;
        for (; n < s.n && byte_is_digit(s.p[n]); n++) {
            if (scale < 1e15) {
                scale *= 10;
                fraction = fraction * 10 + (s.p[n] - '0');
            }
        }
        value += fraction / scale;
    }
    *out_number = value;
    return n;
}

static size_t name_bytes(struct str s)
{
    size_t n = 0;
    while (n < s.n) {
        if (long_mark_bytes(str_from(s, n)))
            break;
        bool inner =
            (s.p[n] == '-' || s.p[n] == '.') && n > 0 && n + 1 < s.n && byte_is_alnum(s.p[n + 1]);
        if (!is_name_byte(s.p[n]) && !inner)
            break;
        n++;
    }
    return n ? n : 1;
}

static void push(struct words *words, enum word_type type, struct str text, double number)
{
    if (words->count == WORDS_MAX) {
        words->cut = true;
        return;
    }
    words->at[words->count++] = (struct word){type, text, number, false};
}

/* A number, or a name that begins with a digit ("5xx"); letters glued to a number are its unit. */
static size_t take_number(struct words *words, struct str rest)
{
    double number = 0;
    size_t n = number_bytes(rest, &number);
    size_t letters = n;
    while (letters < rest.n && byte_is_alpha(rest.p[letters]))
        letters++;
    struct str glued = str_slice(rest, n, letters);
    bool unit = words_is_unit_of_time(glued) || is_other_unit(glued) || is_clock_half(glued);
    if (glued.n && !unit) {
        n = name_bytes(rest) > n ? name_bytes(rest) : n;
        push(words, WORD_NAME, str_slice(rest, 0, n), 0);
        return n;
    }
    push(words, WORD_NUMBER, str_slice(rest, 0, n), number);
    if (glued.n)
        push(words, WORD_NAME, glued, 0);
    return n + glued.n;
}

void words_parse(struct str sentence, struct words *out_words)
{
    out_words->count = 0;
    out_words->cut = false;
    size_t at = 0;
    while (at < sentence.n && !out_words->cut) {
        struct str rest = str_from(sentence, at);
        char c = rest.p[0];
        if (byte_is_blank(c) || c == '`' || c == '\n' || c == '\r') {
            at++;
            continue;
        }
        size_t mark = long_mark_bytes(rest);
        if (mark) {
            push(out_words, WORD_MARK, str_slice(rest, 0, mark), 0);
            at += mark;
        } else if (byte_is_digit(c)) {
            at += take_number(out_words, rest);
        } else if (is_name_byte(c)) {
            size_t n = name_bytes(rest);
            push(out_words, WORD_NAME, str_slice(rest, 0, n), 0);
            at += n;
        } else {
            push(out_words, WORD_MARK, str_slice(rest, 0, 1), 0);
            at++;
        }
    }
}

bool words_is(const struct words *words, int i, const char *text)
{
    return i >= 0 && i < words->count && str_is_nocase(words->at[i].text, text);
}

bool words_is_one(const struct words *words, int i, const char *const *texts)
{
    for (int k = 0; texts[k]; k++)
        if (words_is(words, i, texts[k]))
            return true;
    return false;
}

void words_read(struct words *words, int from, int to)
{
    for (int i = from; i < to && i < words->count; i++)
        words->at[i].read = true;
}

void words_unread(struct words *words, int from, int to)
{
    for (int i = from; i < to && i < words->count; i++)
        words->at[i].read = false;
}

static bool is_number(const struct words *words, int i)
{
    return i >= 0 && i < words->count && words->at[i].type == WORD_NUMBER;
}

static const char *const dashes[] = {"-", "\xE2\x80\x93", "\xE2\x80\x94", "to", NULL};

/* The index behind the length of time that begins at i, or i when there is none. */
static int length_end(const struct words *words, int i, struct length *out_length)
{
    int at = i;
    double low = 0;
    if (!is_number(words, at))
        return i;
    double high = words->at[at++].number;
    /* "30 min - 60 min" is rarer than "30-60 minutes"; only the second form is a range. */
    if (words_is_one(words, at, dashes) && is_number(words, at + 1)) {
        low = high;
        high = words->at[at + 1].number;
        at += 2;
    }
    if (words_is(words, at, "+") || words_is(words, at, "-"))
        at++;
    bool working = words_is(words, at, "business") || words_is(words, at, "working");
    if (working || words_is(words, at, "calendar"))
        at++;
    const struct time_unit *unit = at < words->count ? find_unit(words->at[at].text) : NULL;
    if (!unit || high > 1e6 || low > high)
        return i;
    *out_length =
        (struct length){(int64_t)(high * (double)unit->ms + 0.5), (int)high * unit->months,
                        (int64_t)(low * (double)unit->ms + 0.5), working};
    return at + 1;
}

bool words_length(struct words *words, int *i, struct length *out_length)
{
    int end = length_end(words, *i, out_length);
    if (end == *i)
        return false;
    words_read(words, *i, end);
    *i = end;
    return true;
}

struct comparison_words {
    const char *first, *second, *third;
    enum comparison comparison;
};

static const struct comparison_words comparisons[] = {
    {">", NULL, NULL, CMP_OVER},         {"<", NULL, NULL, CMP_UNDER},
    {">=", NULL, NULL, CMP_AT_LEAST},    {"\xE2\x89\xA5", NULL, NULL, CMP_AT_LEAST},
    {"<=", NULL, NULL, CMP_AT_MOST},     {"\xE2\x89\xA4", NULL, NULL, CMP_AT_MOST},
    {"=", NULL, NULL, CMP_EQUAL},        {"exceed", NULL, NULL, CMP_OVER},
    {"exceeds", NULL, NULL, CMP_OVER},   {"exceeded", NULL, NULL, CMP_OVER},
    {"exceeding", NULL, NULL, CMP_OVER}, {"above", NULL, NULL, CMP_OVER},
    {"over", NULL, NULL, CMP_OVER},      {"below", NULL, NULL, CMP_UNDER},
    {"under", NULL, NULL, CMP_UNDER},    {"more", "than", NULL, CMP_OVER},
    {"greater", "than", NULL, CMP_OVER}, {"higher", "than", NULL, CMP_OVER},
    {"longer", "than", NULL, CMP_OVER},  {"less", "than", NULL, CMP_UNDER},
    {"fewer", "than", NULL, CMP_UNDER},  {"lower", "than", NULL, CMP_UNDER},
    {"at", "least", NULL, CMP_AT_LEAST}, {"at", "most", NULL, CMP_AT_MOST},
    {"no", "more", "than", CMP_AT_MOST}, {"reaches", NULL, NULL, CMP_AT_LEAST},
};

/* The comparison beginning at i and its number of words, or NULL. */
static const struct comparison_words *find_comparison(const struct words *words, int i,
                                                      int *out_words)
{
    for (size_t k = 0; k < sizeof comparisons / sizeof comparisons[0]; k++) {
        const struct comparison_words *c = &comparisons[k];
        if (!words_is(words, i, c->first) || (c->second && !words_is(words, i + 1, c->second)) ||
            (c->third && !words_is(words, i + 2, c->third)))
            continue;
        *out_words = 1 + (c->second != NULL) + (c->third != NULL);
        return c;
    }
    return NULL;
}

/* The index of the number behind the comparison that begins at i, or i when there is none. */
static int comparison_end(const struct words *words, int i, enum comparison *out_comparison)
{
    static const char *const verbs[] = {"is",   "are",   "rises", "stays",
                                        "goes", "drops", "falls", NULL};
    int at = words_is_one(words, i, verbs) ? i + 1 : i;
    int length = 0;
    const struct comparison_words *found = find_comparison(words, at, &length);
    if (!found || !is_number(words, at + length))
        return i;
    *out_comparison = found->comparison;
    return at + length;
}

bool words_has_comparison(const struct words *words, int i)
{
    enum comparison ignored = CMP_NONE;
    return comparison_end(words, i, &ignored) != i;
}

bool words_comparison(struct words *words, int *i, enum comparison *out_comparison)
{
    int end = comparison_end(words, *i, out_comparison);
    if (end == *i)
        return false;
    words_read(words, *i, end);
    *i = end;
    return true;
}

bool words_clock(struct words *words, int *i, int *out_minute, int *out_half)
{
    int at = *i;
    if (!is_number(words, at) || words->at[at].number > 24)
        return false;
    int hour = (int)words->at[at].number;
    int minute = 0;
    at++;
    if (words_is(words, at, ":") && is_number(words, at + 1) && words->at[at + 1].text.n == 2 &&
        words->at[at + 1].number < 60) {
        minute = (int)words->at[at + 1].number;
        at += 2;
    }
    int half = words_is(words, at, "am") ? 1 : words_is(words, at, "pm") ? 2 : 0;
    if (half)
        at++;
    if (half && (hour < 1 || hour > 12))
        return false;
    words_read(words, *i, at);
    *i = at;
    *out_minute = hour * 60 + minute;
    *out_half = half;
    return true;
}

bool word_is_level(struct str word)
{
    static const char *const prefixes[] = {"SEV-", "SEV", "P", "S", NULL};
    for (int i = 0; prefixes[i]; i++) {
        struct str rest = str_from(word, strlen(prefixes[i]));
        if (str_starts_nocase(word, prefixes[i]) && rest.n == 1 && rest.p[0] >= '0' &&
            rest.p[0] <= '5')
            return word.p[0] == prefixes[i][0] || i < 2;
    }
    return false;
}

bool words_look_like_rule(const struct words *words)
{
    for (int i = 0; i < words->count; i++) {
        int length = 0;
        if (find_comparison(words, i, &length) && is_number(words, i + length))
            return true;
        /* "S3" alone is a store far more often than a severity. */
        if (word_is_level(words->at[i].text) && words->at[i].text.p[0] != 'S')
            return true;
        struct length ignored;
        if (length_end(words, i, &ignored) != i)
            return true;
    }
    return false;
}

struct str words_leftover(const struct words *words)
{
    static const char *const conditions[] = {
        "unless",    "except",    "excluding", "without",  "not",    "if",     "when",
        "during",    "until",     "only",      "or",       "Sunday", "Monday", "Tuesday",
        "Wednesday", "Thursday",  "Friday",    "Saturday", "UTC",    "GMT",    "am",
        "pm",        "sustained", "per",       NULL};
    for (int i = 0; i < words->count; i++) {
        if (words->at[i].read)
            continue;
        int length = 0;
        if (words->at[i].type == WORD_NUMBER || word_is_level(words->at[i].text) ||
            words_is(words, i, "%") || words_is_one(words, i, conditions) ||
            (words->at[i].type == WORD_MARK && find_comparison(words, i, &length)))
            return words_span(words, i, i + 3 < words->count ? i + 3 : words->count);
    }
    return (struct str){"", 0};
}

struct str words_span(const struct words *words, int from, int to)
{
    if (to > words->count)
        to = words->count;
    if (from >= to)
        return (struct str){"", 0};
    const char *begin = words->at[from].text.p;
    const char *end = words->at[to - 1].text.p + words->at[to - 1].text.n;
    return (struct str){begin, (size_t)(end - begin)};
}
