/* split.c - who was lost with another server. */
#include "irc/split.h"

#include "irc/message.h"

static bool is_server(struct str word)
{
    size_t dots = 0;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        dots += c == '.';
        if (!byte_is_alnum(c) && c != '.' && c != '-' && c != '*' && c != '_')
            return false;
    }
    return dots > 0 && word.n > 2;
}

bool irc_split_is(struct str reason)
{
    size_t blank = str_find_byte(reason, ' ', 0);
    return blank < reason.n && is_server(str_slice(reason, 0, blank)) &&
           is_server(str_from(reason, blank + 1));
}

void irc_split_lose(struct irc_split *split, struct str nick)
{
    (void)irc_split_regain(split, nick);
    str_keep(split->nicks[split->next], IRC_SPLIT_NICK_BYTES, nick);
    split->next = (split->next + 1) % IRC_SPLIT_MAX;
}

bool irc_split_regain(struct irc_split *split, struct str nick)
{
    for (size_t i = 0; i < IRC_SPLIT_MAX; i++) {
        if (nick.n == 0 || !irc_equal(nick, str_of(split->nicks[i])))
            continue;
        split->nicks[i][0] = '\0';
        return true;
    }
    return false;
}
