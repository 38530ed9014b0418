/* said.c - reading what was written in a channel, and by whom. */
#include "channel/said.h"

static const struct said_row {
    const char *word;
    enum said_kind kind;
} rows[] = {
    {"ack", SAID_ACK},   {"acknowledge", SAID_ACK}, {"note", SAID_NOTE},
    {"page", SAID_PAGE}, {"resolve", SAID_RESOLVE}, {"help", SAID_HELP},
};

static bool ends_word(char byte)
{
    return byte == ' ' || byte == '\t' || byte == ':' || byte == ',';
}

/* "page ana" pages; "page the database people" and "help me with it" are words. */
static bool fits(enum said_kind kind, struct str rest)
{
    bool one_word = str_find_byte(rest, ' ', 0) == rest.n;
    return (kind != SAID_PAGE || one_word) && (kind != SAID_HELP || rest.n == 0);
}

struct said said_parse(struct str message)
{
    struct str text = str_trim(message);
    struct str command = str_starts(text, "!") ? str_from(text, 1) : text;
    if (text.n == 0)
        return (struct said){SAID_NOTHING, text};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = strlen(rows[i].word);
        if (!str_starts_nocase(command, rows[i].word) ||
            (command.n > n && !ends_word(command.p[n])))
            continue;
        size_t at = n;
        while (at < command.n && ends_word(command.p[at]))
            at++;
        struct str rest = str_from(command, at);
        if (fits(rows[i].kind, rest))
            return (struct said){rows[i].kind, rest};
    }
    return (struct said){SAID_WORDS, text};
}

struct str said_help(void)
{
    return STR("Write ack, note WORDS, page NAME or resolve WORDS; whatever else you write is "
               "noted on the incident.");
}

/* '*' stands for any bytes; of the newest one is gone back to only. */
static bool matches(struct str text, struct str mask)
{
    size_t t = 0, m = 0;
    size_t star = mask.n, again = 0;
    while (t < text.n) {
        if (m < mask.n && mask.p[m] == '*') {
            star = m++;
            again = t;
        } else if (m < mask.n && byte_lower(mask.p[m]) == byte_lower(text.p[t])) {
            m++;
            t++;
        } else if (star < mask.n) {
            m = star + 1;
            t = ++again;
        } else {
            return false;
        }
    }
    while (m < mask.n && mask.p[m] == '*')
        m++;
    return m == mask.n;
}

bool said_is_by(struct str who, struct str key)
{
    if (key.n == 0)
        return false;
    if (str_find_byte(key, '!', 0) < key.n)
        return matches(who, key);
    return str_equal_nocase(str_slice(who, 0, str_find_byte(who, '!', 0)), key);
}
