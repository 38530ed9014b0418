/* near.c - slips by edit distance, words by pairing each with the nearest that is left. */
#include "base/near.h"

enum { WORDS_MAX = 16, BEGINNING_MIN = 3 };
enum { FEW_SLIPS = 2, SLIPS = 3, SLIPS_MAX = 6, SLIPS_PART = 4 };
enum { WORD_SLIP_BYTES = 4, SMALL_SLIP_BYTES = 7 }; /* shorter words are not taken for slips */
enum { BY_WORDS = 100 };                            /* a slip is nearer than another order */

struct words {
    struct str at[WORDS_MAX];
    int count;
    size_t letters;
};

static int slips_of(struct str typed, struct str name, size_t most)
{
    size_t longer = typed.n > name.n ? typed.n : name.n;
    size_t edits = str_distance(typed, name, most);
    if (longer == 0 || edits > most || edits * 2 >= name.n)
        return NEAR_NOT;
    return (int)(edits * NEAR_NOT / longer);
}

int near_slips(struct str typed, struct str name)
{
    return slips_of(typed, name, FEW_SLIPS);
}

static bool is_word_byte(char c)
{
    return byte_is_alnum(c) || (unsigned char)c >= 0x80;
}

/* What a name can do without. */
static bool is_small(struct str word)
{
    static const char *const small[] = {"a",         "an",         "and",      "the",    "of",
                                        "our",       "to",         "for",      "in",     "on",
                                        "procedure", "procedures", "process",  "plan",   "steps",
                                        "checklist", "runbook",    "playbook", "section"};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        size_t slips = strlen(small[i]) >= SMALL_SLIP_BYTES ? 1 : 0;
        if (str_distance(word, str_of(small[i]), slips) <= slips)
            return true;
    }
    return false;
}

static void read_words(struct words *words, struct str text, bool small)
{
    *words = (struct words){.count = 0};
    for (size_t at = 0; at < text.n && words->count < WORDS_MAX;) {
        size_t from = at;
        while (at < text.n && is_word_byte(text.p[at]))
            at++;
        struct str word = str_slice(text, from, at);
        if (word.n == 0) {
            at++;
        } else if (small || !is_small(word)) {
            words->at[words->count++] = word;
            words->letters += word.n;
        }
    }
}

/* Of small words only, it is judged by them. */
static void read_name(struct words *words, struct str text)
{
    read_words(words, text, false);
    if (words->count == 0)
        read_words(words, text, true);
}

/* How far two words are from each other; SIZE_MAX: they are two. */
static size_t apart(struct str one, struct str other)
{
    struct str shorter = one.n < other.n ? one : other;
    struct str longer = one.n < other.n ? other : one;
    size_t most = shorter.n < WORD_SLIP_BYTES ? 0 : shorter.n / WORD_SLIP_BYTES;
    size_t edits = str_distance(one, other, most);
    if (edits <= most)
        return edits;
    bool begins =
        shorter.n >= BEGINNING_MIN && str_equal_nocase(str_slice(longer, 0, shorter.n), shorter);
    return begins ? longer.n - shorter.n : SIZE_MAX;
}

/* What pairing the words of both has found. */
struct pairs {
    int count;
    size_t typed_letters, name_letters; /* in words that have a partner */
    size_t edits;
};

static struct pairs pair(const struct words *typed, const struct words *name)
{
    struct pairs pairs = {0};
    bool taken[WORDS_MAX] = {false};
    for (int i = 0; i < typed->count; i++) {
        int best = -1;
        size_t least = SIZE_MAX;
        for (int k = 0; k < name->count; k++) {
            size_t edits = taken[k] ? SIZE_MAX : apart(typed->at[i], name->at[k]);
            if (edits >= least)
                continue;
            least = edits;
            best = k;
        }
        if (best < 0)
            continue;
        taken[best] = true;
        pairs.count++;
        pairs.edits += least;
        pairs.typed_letters += typed->at[i].n;
        pairs.name_letters += name->at[best].n;
    }
    return pairs;
}

static bool begins(struct str typed, struct str name)
{
    return typed.n >= BEGINNING_MIN && typed.n < name.n &&
           str_equal_nocase(str_slice(name, 0, typed.n), typed);
}

/* All that was typed is in the name and is enough of it, or the whole name was typed and more. */
int near_words(struct str typed_text, struct str name_text)
{
    struct words typed;
    struct words name;
    read_name(&typed, typed_text);
    read_name(&name, name_text);
    struct pairs pairs = pair(&typed, &name);
    bool enough = pairs.name_letters * 5 >= name.letters * 2 || begins(typed_text, name_text);
    bool within = pairs.count == typed.count && enough;
    bool around = pairs.count == name.count && pairs.typed_letters * 2 >= typed.letters;
    if (pairs.count == 0 || (!within && !around))
        return NEAR_NOT;
    size_t all = typed.letters + name.letters;
    size_t lost = all - pairs.typed_letters - pairs.name_letters + pairs.edits;
    size_t cost = BY_WORDS + lost * (NEAR_NOT - BY_WORDS) / all;
    return cost < NEAR_NOT ? (int)cost : NEAR_NOT - 1;
}

int near_cost(struct str typed, struct str name)
{
    size_t longer = typed.n > name.n ? typed.n : name.n;
    size_t most = longer / SLIPS_PART;
    most = most < SLIPS ? SLIPS : most > SLIPS_MAX ? SLIPS_MAX : most;
    int slips = slips_of(typed, name, most);
    int words = near_words(typed, name);
    return slips < words ? slips : words;
}
