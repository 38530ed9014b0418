/* condition_take.h - taking words off the front of a text; shared by the files that read
 * conditions.
 */
#ifndef RUN_CONDITION_TAKE_H
#define RUN_CONDITION_TAKE_H

#include "run/condition.h"

enum { CONDITION_NUMBER_MAX = 9999 };

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

static inline bool is_end(struct str s, size_t at)
{
    return at >= s.n || byte_is_blank(s.p[at]);
}

static inline bool is_word_byte(char byte)
{
    return byte_is_alnum(byte) || byte == '_' || byte == '\'' || (unsigned char)byte >= 0x80;
}

/* Does the word, or several with blanks between, stand at the front? Takes it off. */
static inline bool take(struct str *text, const char *word)
{
    size_t n = str_of(word).n;
    if (!str_starts_nocase(*text, word) || (text->n > n && is_word_byte(text->p[n])))
        return false;
    *text = str_trim(str_from(*text, n));
    return true;
}

static inline bool take_one(struct str *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (take(text, words[i]))
            return true;
    return false;
}

static inline bool is_one(struct str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_is_nocase(text, words[i]))
            return true;
    return false;
}

static inline void take_byte(struct str *text, char byte)
{
    if (text->n > 0 && text->p[0] == byte)
        *text = str_trim(str_from(*text, 1));
}

static inline struct str without_end(struct str text)
{
    text = str_trim(text);
    while (text.n > 0 && (text.p[text.n - 1] == '.' || text.p[text.n - 1] == ':'))
        text = str_trim(str_slice(text, 0, text.n - 1));
    return text;
}

#endif
