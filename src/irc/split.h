/* split.h - who was lost with another server, and who of them is back.
 *
 * A server that is parted from ours takes its people with it, each with a QUIT that names the two
 * servers. When it is back its people come back, and it has kept what it knew of our channels: a
 * topic that was set in between is not shown there until it is set again.
 * Refuses: to know more than IRC_SPLIT_MAX of them; one of each channel is enough. */
#ifndef IRC_SPLIT_H
#define IRC_SPLIT_H

#include "base/str.h"

enum { IRC_SPLIT_MAX = 64, IRC_SPLIT_NICK_BYTES = 40 };

struct irc_split {
    char nicks[IRC_SPLIT_MAX][IRC_SPLIT_NICK_BYTES]; /* "": a free place */
    size_t next;                                     /* the place of the next one */
};

/* Is it the reason of such a QUIT: "near.example far.example", "*.net *.split"? */
bool irc_split_is(struct str reason);
void irc_split_lose(struct irc_split *split, struct str nick);
/* Was somebody of this nick lost so? Then they are no more. */
bool irc_split_regain(struct irc_split *split, struct str nick);

#endif
