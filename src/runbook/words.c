/* words.c - one sentence cut into words, numbers and marks. */
#include "runbook/words.h"

#include "runbook/lexicon_look.h"
#include "runbook/word_byte.h"

enum { NUMBER_BYTES_MAX = 24, LEFTOVER_WORDS = 3, DATE_BYTES = 10, WEEKDAY_BYTES_MIN = 3 };

/* Bytes of a mark of two or three bytes at the front of s, or 0. */
static size_t long_mark_bytes(struct str s)
{
    static const char *const marks[] = {"\xE2\x89\xA5", "\xE2\x89\xA4", "\xE2\x80\x93",
                                        "\xE2\x80\x94", "\xE2\x86\x92", "\xE2\x87\x92"};
    if (s.n >= 2 && (s.p[1] == '=' || s.p[1] == '>') &&
        (s.p[0] == '>' || s.p[0] == '<' || s.p[0] == '-' || s.p[0] == '='))
        return (s.p[1] == '=' && (s.p[0] == '-' || s.p[0] == '=')) ||
                       (s.p[1] == '>' && s.p[0] == '<') || (s.p[1] == '>' && s.p[0] == '>')
                   ? 0
                   : 2;
    if (s.n < 3 || s.p[0] != '\xE2')
        return 0;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (memcmp(s.p, marks[i], 3) == 0)
            return 3;
    return 0;
}

static size_t fraction_bytes(struct str s, double *value)
{
    double scale = 1;
    double fraction = 0;
    size_t n = 1;
    for (; n < s.n && byte_is_digit(s.p[n]); n++) {
        if (scale < 1e15) {
            scale *= 10;
            fraction = fraction * 10 + (s.p[n] - '0');
        }
    }
    *value += fraction / scale;
    return n;
}

static size_t number_bytes(struct str s, double *out_number)
{
    size_t n = 0;
    double value = 0;
    while (n < s.n && n < NUMBER_BYTES_MAX &&
           (byte_is_digit(s.p[n]) || (s.p[n] == ',' && n + 3 < s.n && byte_is_digit(s.p[n + 1]) &&
                                      byte_is_digit(s.p[n + 2]) && byte_is_digit(s.p[n + 3])))) {
        if (s.p[n] != ',')
            value = value * 10 + (s.p[n] - '0');
        n++;
    }
    if (n + 1 < s.n && s.p[n] == '.' && byte_is_digit(s.p[n + 1]))
        n += fraction_bytes(str_from(s, n), &value);
    *out_number = value;
    return n;
}

static size_t name_bytes(struct str s)
{
    size_t n = 0;
    for (; n < s.n; n++) {
        char c = s.p[n];
        if (kind_of_byte(c) & BYTE_NAME) {
            if (c == '\xE2' && long_mark_bytes(str_from(s, n)))
                break;
        } else if (!(kind_of_byte(c) & BYTE_WITHIN) || n == 0 || n + 1 == s.n ||
                   !(kind_of_byte(s.p[n + 1]) & BYTE_ALNUM)) {
            break;
        }
    }
    return n ? n : 1;
}

static int level_of(struct str word)
{
    if (word.n < 2 || word.n > 5)
        return LEVEL_NONE;
    char digit = word.p[word.n - 1];
    if (digit < '0' || digit > '9')
        return LEVEL_NONE;
    struct str prefix = str_slice(word, 0, word.n - 1);
    if (str_is(prefix, "P") || str_is(prefix, "S") || str_is(prefix, "P-") ||
        str_is_nocase(prefix, "SEV") || str_is_nocase(prefix, "SEV-"))
        return digit - '0';
    return LEVEL_NONE;
}

bool word_is_level(struct str word)
{
    return level_of(word) != LEVEL_NONE;
}

bool words_may_hold_level(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (byte_is_digit(text.p[i]))
            return true;
    return false;
}

bool words_may_begin_with_level(struct str text)
{
    size_t i = 0;
    while (i < text.n && (kind_of_byte(text.p[i]) & BYTE_BETWEEN))
        i++;
    return i < text.n && (text.p[i] == 'P' || byte_lower(text.p[i]) == 's');
}

/* Adds the first n bytes of rest as a word. */
static void add_word(struct words *words, enum word_type type, struct str rest, size_t n)
{
    if (words->count == WORDS_MAX) {
        words->cut = true;
        return;
    }
    struct str text = {rest.p, n};
    const struct lexeme *lexeme = lexicon_look(rest, n);
    int level = type == WORD_NAME && lexeme->id == WD_UNKNOWN ? level_of(text) : LEVEL_NONE;
    words->has |= lexeme->classes | (level != LEVEL_NONE ? WORDS_LEVEL : 0);
    words->at[words->count++] = (struct word){.text = text,
                                              .classes = lexeme->classes,
                                              .lexeme = lexeme->id,
                                              .type = (unsigned char)type,
                                              .level = (signed char)level};
}

static void add_number(struct words *words, struct str text, double number)
{
    if (words->count == WORDS_MAX) {
        words->cut = true;
        return;
    }
    words->has |= WORDS_NUMBER;
    words->at[words->count++] =
        (struct word){.text = text, .number = number, .type = WORD_NUMBER, .level = LEVEL_NONE};
}

/* Letters that may be glued to a number: "5min", "10GB", "3x", "2am". */
static bool is_glued_unit(struct str letters)
{
    const struct lexeme *unit = lexicon_look(letters, letters.n);
    int id = unit->id;
    return (unit->classes & (LEX_TIME | LEX_BYTES)) || id == WD_AM || id == WD_PM || id == WD_X;
}

/* Bytes of the sign of a currency before a digit, or 0. */
static size_t currency_bytes(struct str rest)
{
    static const char *const signs[] = {"$", "\xE2\x82\xAC", "\xC2\xA3"};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t n = strlen(signs[i]);
        if (rest.n > n && str_starts(rest, signs[i]) && byte_is_digit(rest.p[n]))
            return n;
    }
    return 0;
}

/* "2024-01-15": one day, which is no limit of anything. */
static bool is_date(struct str rest)
{
    for (size_t i = 0; i < DATE_BYTES; i++) {
        bool dash = i == 4 || i == 7;
        if (i >= rest.n || (dash ? rest.p[i] != '-' : !byte_is_digit(rest.p[i])))
            return false;
    }
    return rest.n == DATE_BYTES || !is_name_byte(rest.p[DATE_BYTES]);
}

/* A number, or a name that begins with a digit ("5xx"); letters glued to a number are its unit.
 * "10k" are thousands, "$500" keeps its sign. */
static size_t take_number(struct words *words, struct str rest)
{
    double number = 0;
    if (is_date(rest)) {
        add_word(words, WORD_NAME, rest, DATE_BYTES);
        return DATE_BYTES;
    }
    size_t sign = currency_bytes(rest);
    size_t n = sign + number_bytes(str_from(rest, sign), &number);
    bool thousands = n < rest.n && (rest.p[n] == 'k' || rest.p[n] == 'K') &&
                     (n + 1 == rest.n || !is_name_byte(rest.p[n + 1]));
    if (thousands) {
        add_number(words, str_slice(rest, 0, n + 1), number * 1000);
        return n + 1;
    }
    size_t letters = n;
    while (letters < rest.n && byte_is_alpha(rest.p[letters]))
        letters++;
    struct str glued = str_slice(rest, n, letters);
    if (glued.n && !is_glued_unit(glued)) {
        n = name_bytes(rest) > n ? name_bytes(rest) : n;
        add_word(words, WORD_NAME, rest, n);
        return n;
    }
    add_number(words, str_slice(rest, 0, n), number);
    if (glued.n)
        add_word(words, WORD_NAME, glued, glued.n);
    return n + glued.n;
}

/* There has to be room for it. */
static inline void put_word(struct words *words, enum word_type type, struct str text,
                            struct known known)
{
    words->has |= known.classes;
    words->at[words->count++] = (struct word){.text = text,
                                              .classes = known.classes,
                                              .lexeme = known.id,
                                              .type = (unsigned char)type,
                                              .level = LEVEL_NONE};
}

/* Most words are letters and then a blank or mark: their length, their small letters and their
 * place in the lexicon come from a look at eight bytes, or at two times eight. The bytes of such a
 * word, or 0. */
static inline size_t take_letters(struct str sentence, size_t at, struct known *out_known)
{
    const struct letters letters = lexicon_letters(sentence, at);
    size_t end = at + letters.n;
    if (end < sentence.n) {
        unsigned next = kind_of_byte(sentence.p[end]);
        if (next & BYTE_NAME)
            return 0;
        if ((next & BYTE_WITHIN) && end + 1 < sentence.n &&
            (kind_of_byte(sentence.p[end + 1]) & BYTE_ALNUM))
            return 0;
    }
    *out_known = lexicon_known(letters.parts[0], letters.parts[1]);
    return letters.n;
}

/* Reads one word at the front of rest; its bytes. */
static size_t take_word(struct words *words, struct str rest)
{
    unsigned kind = kind_of_byte(rest.p[0]);
    bool plain = (kind & BYTE_NAME) && !(rest.p[0] & 0x80);
    size_t n = plain ? 0 : long_mark_bytes(rest);
    if (n == 0 && ((kind & BYTE_DIGIT) || (!plain && currency_bytes(rest))))
        return take_number(words, rest);
    enum word_type type = WORD_MARK;
    if (n == 0 && (kind & BYTE_NAME)) {
        n = name_bytes(rest);
        type = WORD_NAME;
        size_t hyphen = str_find_byte(str_slice(rest, 0, n), '-', 0);
        if (hyphen < n && hyphen >= WEEKDAY_BYTES_MIN &&
            (lexicon_look(rest, hyphen)->classes & LEX_WEEKDAY))
            n = hyphen; /* "Mon-Fri" is a span of days, "on-call" is one word */
    }
    if (n == 0)
        n = 1;
    add_word(words, type, rest, n);
    return n;
}

void words_parse_front(struct str sentence, int max, struct words *out_words)
{
    out_words->count = 0;
    out_words->end = sentence.n ? sentence.p + sentence.n : sentence.p;
    out_words->cut = false;
    out_words->has = 0;
    words_forget(out_words);
    size_t at = 0;
    int room = max < WORDS_MAX ? max : WORDS_MAX;
    while (at < sentence.n && out_words->count < room) {
        unsigned kind = kind_of_byte(sentence.p[at]);
        struct known known;
        size_t n = 1;
        if (kind & BYTE_BETWEEN) {
            at++;
        } else if (kind & BYTE_ALONE) {
            known = lexicon_known((unsigned char)sentence.p[at], 0);
            put_word(out_words, WORD_MARK, (struct str){sentence.p + at, 1}, known);
            at++;
        } else if ((kind & BYTE_LETTER) && (n = take_letters(sentence, at, &known))) {
            put_word(out_words, WORD_NAME, (struct str){sentence.p + at, n}, known);
            at += n;
            at += at < sentence.n && sentence.p[at] == ' ';
        } else {
            at += take_word(out_words, str_from(sentence, at));
        }
    }
    while (at < sentence.n && (kind_of_byte(sentence.p[at]) & BYTE_BETWEEN))
        at++;
    out_words->cut |= at < sentence.n && max > WORDS_MAX;
}

void words_parse(struct str sentence, struct words *out_words)
{
    words_parse_front(sentence, WORDS_MAX + 1, out_words); /* one more is met and cut off */
}

void words_read(struct words *words, int from, int to)
{
    for (int i = from; i < to && i < words->count; i++)
        words->read[i / 64] |= (uint64_t)1 << (i % 64);
}

void words_unread(struct words *words, int from, int to)
{
    for (int i = from; i < to && i < words->count; i++)
        words->read[i / 64] &= ~((uint64_t)1 << (i % 64));
}

bool words_is_read(const struct words *words, int i)
{
    return words->read[i / 64] >> (i % 64) & 1;
}

bool words_is_zone(const struct words *words, int i)
{
    return words_is_a(words, i, LEX_ZONE) &&
           lexicon_is_exact(words_at(words, i), words->at[i].text);
}

/* The number at i, also one spelt out: "two"; *out_number is untouched on false. */
static bool read_number(const struct words *words, int i, double *out_number)
{
    static const struct {
        int id;
        int number;
    } spelt[] = {{WD_ONE, 1},  {WD_TWO, 2},  {WD_THREE, 3},  {WD_FOUR, 4},
                 {WD_FIVE, 5}, {WD_SIX, 6},  {WD_SEVEN, 7},  {WD_EIGHT, 8},
                 {WD_NINE, 9}, {WD_TEN, 10}, {WD_TWELVE, 12}};
    if (words_is_number(words, i)) {
        *out_number = words->at[i].number;
        return true;
    }
    for (size_t k = 0; words_is_a(words, i, LEX_NUMBER_WORD) && k < sizeof spelt / sizeof spelt[0];
         k++)
        if (words_is(words, i, spelt[k].id)) {
            *out_number = spelt[k].number;
            return true;
        }
    return false;
}

/* "30-60 minutes", "30 min - 1 hour": the low end and its unit; the index of the high end, or i. */
static int range_low(const struct words *words, int i, double *low, int64_t *low_ms)
{
    int at = i + 1;
    int months = 0;
    int64_t ms = 0;
    if (at < words->count && word_unit_of_time(words_at(words, at), &ms, &months) && ms > 0)
        at++;
    if (!words_is_a(words, at, LEX_DASH) || !words_is_number(words, at + 1))
        return i;
    *low = words->at[i].number;
    *low_ms = ms;
    return at + 1;
}

/* The index behind the length of time that begins at i, or i when there is none. */
static int length_end(const struct words *words, int i, struct length *out_length)
{
    int at = i;
    double low = 0;
    double high = 0;
    int64_t low_unit_ms = 0;
    if (!read_number(words, at, &high))
        return i;
    int high_at = words_is_number(words, at) ? range_low(words, at, &low, &low_unit_ms) : at;
    bool ranged = high_at != at;
    if (high_at != at) {
        high = words->at[high_at].number;
        at = high_at;
    }
    at++;
    if (words_is(words, at, WD_M_PLUS) || words_is(words, at, WD_M_HYPHEN))
        at++;
    bool working = words_is(words, at, WD_BUSINESS) || words_is(words, at, WD_WORKING);
    if (working || words_is(words, at, WD_CALENDAR))
        at++;
    int64_t ms = 0;
    int months = 0;
    if (!word_unit_of_time(words_at(words, at), &ms, &months) || high > 1e6)
        return i;
    double low_ms = low * (double)(low_unit_ms ? low_unit_ms : ms);
    if (low_ms > high * (double)ms && !months)
        return i;
    *out_length = (struct length){(int64_t)(high * (double)ms + 0.5), (int)high * months,
                                  (int64_t)(low_ms + 0.5), working, ranged};
    return at + 1;
}

/* "-72 hours" behind a blank or a mark: less than nothing is no length. */
bool words_is_negative(const struct words *words, int i)
{
    int64_t ms = 0;
    int months = 0;
    if (i < 1 || i >= words->count || !words_is_a(words, i - 1, LEX_DASH))
        return false;
    const struct str dash = words->at[i - 1].text;
    bool close = dash.p + dash.n == words->at[i].text.p;
    if (i == 1)
        return close;
    const struct str before = words->at[i - 2].text;
    return close && before.p + before.n < dash.p && !words_is_number(words, i - 2) &&
           !word_unit_of_time(words_at(words, i - 2), &ms, &months);
}

bool words_length(struct words *words, int *i, struct length *out_length)
{
    if (!words_is_amount(words, *i) || words_is_negative(words, *i))
        return false;
    int end = length_end(words, *i, out_length);
    if (end == *i)
        return false;
    words_read(words, *i, end);
    *i = end;
    return true;
}

/* The comparison beginning at i and its number of words, or CMP_NONE. */
static enum comparison find_comparison(const struct words *words, int i, int *out_words)
{
    bool than = words_is(words, i + 1, WD_THAN);
    *out_words = 1;
    switch (words_at(words, i)) {
    case WD_M_MORE:
    case WD_EXCEED:
    case WD_EXCEEDS:
    case WD_EXCEEDED:
    case WD_EXCEEDING:
    case WD_ABOVE:
    case WD_OVER: return CMP_OVER;
    case WD_M_LESS:
    case WD_BELOW:
    case WD_UNDER: return CMP_UNDER;
    case WD_M_MORE_EQUAL:
    case WD_M_AT_LEAST_MARK:
    case WD_REACHES:
    case WD_HITS: return CMP_AT_LEAST;
    case WD_M_LESS_EQUAL:
    case WD_M_AT_MOST_MARK: return CMP_AT_MOST;
    case WD_M_EQUAL_MARK: return CMP_EQUAL;
    default: break;
    }
    *out_words = 2;
    switch (words_at(words, i)) {
    case WD_MORE:
    case WD_GREATER:
    case WD_HIGHER:
    case WD_LONGER:
    case WD_OLDER:
    case WD_SLOWER: return than ? CMP_OVER : CMP_NONE;
    case WD_LESS:
    case WD_FEWER:
    case WD_LOWER:
    case WD_FASTER: return than ? CMP_UNDER : CMP_NONE;
    case WD_UP: return words_is(words, i + 1, WD_TO) ? CMP_AT_MOST : CMP_NONE;
    case WD_AT:
        return words_is(words, i + 1, WD_LEAST)  ? CMP_AT_LEAST
               : words_is(words, i + 1, WD_MOST) ? CMP_AT_MOST
                                                 : CMP_NONE;
    case WD_NO:
        *out_words = 3;
        return words_are(words, i + 1, WD_MORE, WD_THAN)   ? CMP_AT_MOST
               : words_are(words, i + 1, WD_LESS, WD_THAN) ? CMP_AT_LEAST
                                                           : CMP_NONE;
    default: return CMP_NONE;
    }
}

static bool is_comparison_verb(int id)
{
    return id == WD_IS || id == WD_ARE || id == WD_RISES || id == WD_STAYS || id == WD_GOES ||
           id == WD_DROPS || id == WD_FALLS || id == WD_SPIKES || id == WD_CLIMBS ||
           id == WD_REMAINS || id == WD_DROP || id == WD_FALL || id == WD_RISE;
}

/* No comparison has more words than stand before the last of these places. */
static bool number_follows(const struct words *words, int i)
{
    return words_is_number(words, i + 1) || words_is_number(words, i + 2) ||
           words_is_number(words, i + 3);
}

/* The index of the number behind the comparison that begins at i, or i when there is none. */
static int comparison_end(const struct words *words, int i, enum comparison *out_comparison)
{
    if (!(words->has & WORDS_NUMBER))
        return i;
    int at = is_comparison_verb(words_at(words, i)) ? i + 1 : i;
    int length = 0;
    enum comparison found =
        number_follows(words, at) ? find_comparison(words, at, &length) : CMP_NONE;
    if (found == CMP_NONE || !words_is_number(words, at + length))
        return i;
    *out_comparison = found;
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
    if (!words_is_number(words, at) || words->at[at].number > 24)
        return false;
    int hour = (int)words->at[at].number;
    int minute = 0;
    at++;
    if (words_is(words, at, WD_M_COLON) && words_is_number(words, at + 1) &&
        words->at[at + 1].text.n == 2 && words->at[at + 1].number < 60) {
        minute = (int)words->at[at + 1].number;
        at += 2;
    }
    int half = words_is(words, at, WD_AM) ? 1 : words_is(words, at, WD_PM) ? 2 : 0;
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

bool words_look_like_rule(const struct words *words)
{
    if (!(words->has & (WORDS_NUMBER | WORDS_LEVEL)))
        return false;
    for (int i = 0; i < words->count; i++) {
        int length = 0;
        if (number_follows(words, i) && find_comparison(words, i, &length) &&
            words_is_number(words, i + length))
            return true;
        /* "S3" alone is a store far more often than a severity. */
        if (words->at[i].level != LEVEL_NONE &&
            (words->at[i].text.p[0] != 'S' || words->at[i].text.n > 2))
            return true;
        struct length ignored;
        if (words_is_number(words, i) && length_end(words, i, &ignored) != i)
            return true;
    }
    return false;
}

/* "S3" behind a name or "in", "to": the storage, not a severity. */
static bool is_storage(const struct words *words, int i)
{
    if (i < 1 || !words_has(words, i) || !words_has(words, i - 1))
        return false;
    return str_is(words_span(words, i, i + 1), "S3") && words->at[i - 1].type == WORD_NAME &&
           !words_is(words, i - 1, WD_FOR) && !words_is(words, i - 1, WD_OF) &&
           !words_is(words, i - 1, WD_AND) && !words_is(words, i - 1, WD_OR) &&
           !words_is(words, i - 1, WD_LEVEL) && !words_is(words, i - 1, WD_SEVERITY) &&
           !words_is(words, i - 1, WD_UNLESS) && !words_is(words, i - 1, WD_IF) &&
           !words_is_a(words, i - 1, LEX_VERB | LEX_VERB_OR_NOUN);
}

struct str words_leftover(const struct words *words)
{
    for (int i = 0; i < words->count; i++) {
        int length = 0;
        if (words_is_read(words, i) || is_storage(words, i))
            continue;
        if (words->at[i].type == WORD_NUMBER || words->at[i].level != LEVEL_NONE ||
            words_is(words, i, WD_M_PERCENT_MARK) ||
            words_is_a(words, i, LEX_RESIDUE | LEX_WEEKDAY) || words_is_zone(words, i) ||
            words_is(words, i, WD_AM) || words_is(words, i, WD_PM) ||
            (words->at[i].type == WORD_MARK && find_comparison(words, i, &length)))
            return words_span(words, i, i + LEFTOVER_WORDS);
    }
    return (struct str){"", 0};
}

struct str words_span(const struct words *words, int from, int to)
{
    if (to > words->count)
        to = words->count;
    if (from >= to)
        return (struct str){"", 0};
    const struct str last = words->at[to - 1].text;
    struct str span = {words->at[from].text.p, (size_t)(last.p + last.n - words->at[from].text.p)};
    bool open = false; /* the code mark behind "Slack `#shop`" belongs to it */
    for (size_t i = 0; i < span.n; i++)
        open ^= span.p[i] == '`';
    span.n += open && span.p + span.n < words->end && span.p[span.n] == '`';
    return span;
}
