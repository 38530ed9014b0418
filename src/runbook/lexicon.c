/* lexicon.c - the table of words, and its hash slots made at build time by lexicon.py. */
#include "runbook/lexicon.h"

#include "runbook/lexicon_slots.h"

struct lexeme {
    struct str text;
    unsigned classes;
};

#define LEXEME(name, text, classes) {{text, sizeof(text) - 1}, (classes)},
static const struct lexeme lexemes[LEXEMES] = {
    {{"", 0}, 0},
#include "runbook/lexicon.def"
};
#undef LEXEME

int lexicon_find_hashed(struct str word, uint32_t hash)
{
    for (uint32_t slot = hash % LEXICON_SLOTS; lexicon_slots[slot];
         slot = (slot + 1) % LEXICON_SLOTS) {
        int id = lexicon_slots[slot];
        if (str_equal_nocase(lexemes[id].text, word))
            return id;
    }
    return WD_UNKNOWN;
}

int lexicon_find(struct str word)
{
    uint32_t hash = LEXICON_HASH_OFFSET;
    for (size_t i = 0; i < word.n; i++)
        hash = (hash ^ (unsigned char)byte_lower(word.p[i])) * LEXICON_HASH_PRIME;
    return lexicon_find_hashed(word, hash);
}

unsigned lexicon_classes(int id)
{
    return lexemes[id].classes;
}

bool lexicon_is_exact(int id, struct str word)
{
    return str_equal(lexemes[id].text, word);
}
