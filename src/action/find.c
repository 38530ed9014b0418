/* find.c - the action that words or a path name. */
#include "action/action.h"

/* Number of words of name that argv begins with, all of them, or 0. */
static int words_matched(const char *name, int argc, const char *const *argv)
{
    struct str rest = str_of(name);
    struct str word;
    int used = 0;
    while (str_split(&rest, ' ', &word)) {
        if (used == argc || !str_is(word, argv[used]))
            return 0;
        used++;
    }
    return used;
}

const struct action *action_find(int argc, const char *const *argv, int *out_used)
{
    size_t count = 0;
    const struct action *table = action_table(&count);
    const struct action *found = NULL;
    int most = 0; /* "oncall swap" before "oncall" */
    for (size_t i = 0; i < count; i++) {
        int used = words_matched(table[i].name, argc, argv);
        if (used <= most)
            continue;
        most = used;
        found = &table[i];
    }
    if (found)
        *out_used = most;
    return found;
}

const struct action *action_find_name(struct str name)
{
    size_t count = 0;
    const struct action *table = action_table(&count);
    for (size_t i = 0; i < count; i++) {
        struct str own = str_of(table[i].name);
        size_t k = 0;
        while (own.n == name.n && k < own.n &&
               (own.p[k] == name.p[k] || (own.p[k] == ' ' && name.p[k] == '/')))
            k++;
        if (own.n == name.n && k == own.n)
            return &table[i];
    }
    return NULL;
}
