/* phrase.c - words as hashes, and rows of them found in what is said. */
#include "runbook/phrase.h"

#include "runbook/lexicon_look.h"

enum { MANY_MAX = 4 };

/* What a word of known_words, which has 0 where none is, stands for. */
struct known_word {
    uint64_t to;
    unsigned char role;
};

#include "runbook/vocabulary_words.h"

/* How many of the n small bytes of a word are left without its plural: "queries" and "query",
 * "caches" and "cache" are one. What is cut off is not grammar, it is only cut off of all words
 * alike. */
static inline size_t without_plural(struct str word)
{
    size_t n = word.n;
    if (n > 2 && word.p[n - 2] == '\'' && byte_lower(word.p[n - 1]) == 's')
        n -= 2;
    if (n > 2 && byte_lower(word.p[n - 1]) == 's' && byte_lower(word.p[n - 2]) != 's')
        n--;
    if (n > 2 && byte_lower(word.p[n - 1]) == 'e')
        n--;
    return n;
}

/* The hash of a word in lower case without its plural. */
static uint64_t stem(struct str word)
{
    uint64_t hash = 0;
    size_t n = without_plural(word);
    bool y = n > 2 && byte_lower(word.p[n - 1]) == 'y';
    for (size_t at = 0; at < n; at += 8) {
        uint64_t eight = 0;
        for (size_t i = at; i < n && i < at + 8; i++) {
            char c = y && i + 1 == n ? 'i' : byte_lower(word.p[i]);
            eight |= (uint64_t)(unsigned char)c << 8 * (i - at);
        }
        hash = phrase_mix(hash, eight);
    }
    return hash;
}

/* The same of letters alone, which are there in small already. */
static uint64_t stem_of_letters(struct str word, struct letters letters)
{
    size_t n = without_plural(word);
    size_t last = n > 8; /* the part with the last letter */
    size_t behind = 8 * (n - 8 * last);
    if (behind < 64)
        letters.parts[last] &= ((uint64_t)1 << behind) - 1;
    if (n > 2 && letters.parts[last] >> (behind - 8) == 'y')
        letters.parts[last] ^= (uint64_t)('y' ^ 'i') << (behind - 8);
    uint64_t hash = phrase_mix(0, letters.parts[0]);
    return last ? phrase_mix(hash, letters.parts[1]) : hash;
}

/* What a word of this hash stands for. */
static uint64_t known(uint64_t hash, enum phrase_role *role)
{
    for (uint64_t slot = hash % WORD_SLOTS; known_words[slot]; slot = (slot + 1) % WORD_SLOTS) {
        if (known_words[slot] != hash)
            continue;
        *role = (enum phrase_role)known_meanings[slot].role;
        return known_meanings[slot].to;
    }
    return hash;
}

uint64_t phrase_word(struct str word, enum phrase_role *out_role)
{
    *out_role = byte_is_digit(word.p[0]) ? PHRASE_NUMBER : PHRASE_PLAIN;
    return known(stem(word), out_role);
}

/* Bytes of a sign that is no letter at i: pictures, arrows, dashes and quotes beyond ASCII; else 0.
 */
static size_t sign_bytes(struct str text, size_t i)
{
    unsigned char lead = (unsigned char)text.p[i];
    size_t n = lead == 0xE2 ? 3 : lead >= 0xF0 ? 4 : 0;
    if (lead == 0xEF && i + 1 < text.n && (unsigned char)text.p[i + 1] == 0xB8)
        n = 3; /* a selector behind a picture */
    return i + n <= text.n ? n : text.n - i;
}

static bool is_arrow(struct str text, size_t i)
{
    struct str rest = str_from(text, i);
    return str_starts(rest, "\xE2\x86\x92") || str_starts(rest, "\xE2\x87\x92") ||
           str_starts(rest, "->") || str_starts(rest, "=>");
}

/* What a byte is to a word, for one look at each: most are letters. */
enum { BYTE_NOT, BYTE_IN_WORD, BYTE_APOSTROPHE, BYTE_BEYOND };
static const unsigned char word_bytes[256] = {
    ['a' ... 'z'] = BYTE_IN_WORD, ['A' ... 'Z'] = BYTE_IN_WORD, ['0' ... '9'] = BYTE_IN_WORD,
    ['_'] = BYTE_IN_WORD,         ['\''] = BYTE_APOSTROPHE,     [0x80 ... 0xFF] = BYTE_BEYOND};

static inline bool is_word_byte(struct str text, size_t i)
{
    unsigned char kind = word_bytes[(unsigned char)text.p[i]];
    if (kind <= BYTE_IN_WORD)
        return kind == BYTE_IN_WORD;
    if (kind == BYTE_APOSTROPHE)
        return i > 0 && i + 1 < text.n && byte_is_alpha(text.p[i - 1]) &&
               byte_is_alpha(text.p[i + 1]);
    return sign_bytes(text, i) == 0;
}

struct scan {
    struct str text;
    size_t at;
    int depth; /* of brackets */
};

/* What stands between words. */
static void read_mark(struct scan *scan, struct phrase *phrase)
{
    struct str text = scan->text;
    size_t i = scan->at;
    char c = text.p[i];
    size_t sign = sign_bytes(text, i);
    bool colon = c == ':' && (i + 1 == text.n || text.p[i + 1] == ' ');
    if (c == '(' || c == '[')
        scan->depth++;
    else if ((c == ')' || c == ']') && scan->depth > 0)
        scan->depth--;
    if (scan->depth == 0 && colon && phrase->colon == 0)
        phrase->colon = phrase->count;
    if (scan->depth == 0 && phrase->clause == 0 && (colon || c == ',' || is_arrow(text, i)))
        phrase->clause = phrase->count;
    scan->at += sign ? sign : 1;
}

/* The word that begins here, which most often is letters and then a blank; false when none does. */
static inline bool read_word(struct scan *scan, uint64_t *out_word, enum phrase_role *out_role)
{
    struct str text = scan->text;
    size_t begin = scan->at;
    if (!is_word_byte(text, begin))
        return false;
    if (byte_is_alpha(text.p[begin])) {
        struct letters letters = lexicon_letters(text, begin);
        size_t end = begin + letters.n;
        if (letters.n && (end == text.n || !is_word_byte(text, end))) {
            scan->at = end;
            *out_word = known(stem_of_letters(str_slice(text, begin, end), letters), out_role);
            return true;
        }
    }
    while (scan->at < text.n && is_word_byte(text, scan->at))
        scan->at++;
    *out_word = phrase_word(str_slice(text, begin, scan->at), out_role);
    return true;
}

void phrase_parse(struct str text, bool remarks, struct phrase *out_phrase)
{
    phrase_parse_front(text, remarks, PHRASE_WORDS_MAX + 1, out_phrase); /* one more is cut off */
}

void phrase_parse_front(struct str text, bool remarks, int max, struct phrase *out_phrase)
{
    struct scan scan = {.text = text};
    out_phrase->count = out_phrase->colon = out_phrase->clause = 0;
    out_phrase->turned = out_phrase->cut = false;
    while (scan.at < text.n && out_phrase->count < max) {
        enum phrase_role role = PHRASE_PLAIN;
        uint64_t word = 0;
        if (text.p[scan.at] == ' ') { /* what most words are parted by says nothing */
            scan.at++;
            continue;
        }
        if (!read_word(&scan, &word, &role)) {
            read_mark(&scan, out_phrase);
            continue;
        }
        bool left_out = scan.depth > 0 && !remarks;
        out_phrase->turned |= left_out && role == PHRASE_TURNS;
        if (left_out || role == PHRASE_PASSED)
            continue;
        if (out_phrase->count == PHRASE_WORDS_MAX) {
            out_phrase->cut = true;
            return;
        }
        out_phrase->roles[out_phrase->count] = (unsigned char)role;
        out_phrase->words[out_phrase->count++] = word;
    }
}

/* The words that stand for many, the fewest first. Calls phrase_match again, at most as often deep
 * as a row has words. */
static int match_many(struct phrase_row row, struct phrase_part part)
{
    struct phrase_row rest = {row.words + 1, row.count - 1};
    for (int n = 1; n <= MANY_MAX && part.from + n <= part.to; n++) {
        unsigned char role = part.said->roles[part.from + n - 1];
        if (role == PHRASE_TURNS || role == PHRASE_JOINS)
            return -1;
        struct phrase_part behind = part;
        behind.from += n;
        int end = phrase_match(rest, behind);
        if (end >= 0)
            return end;
    }
    return -1;
}

int phrase_match(struct phrase_row row, struct phrase_part part)
{
    uint64_t last = row.count > 0 ? row.words[row.count - 1] : 0;
    if (part.whole && row.count > 0 && last != PHRASE_MANY &&
        (part.from >= part.to || part.said->words[part.to - 1] != last))
        return -1;
    for (int k = 0; k < row.count; k++, part.from++) {
        if (row.words[k] == PHRASE_MANY)
            return match_many((struct phrase_row){row.words + k, row.count - k}, part);
        if (part.from >= part.to || part.said->words[part.from] != row.words[k])
            return -1;
    }
    return part.whole && part.from != part.to ? -1 : part.from;
}
