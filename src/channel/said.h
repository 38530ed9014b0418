/* said.h - what somebody wrote in a channel: a command, or words.
 *
 * Commands are the first word, in any case, with '!' before it or not: ack [WORDS], note WORDS,
 * page NAME, resolve WORDS, help. Everything else is words: a note.
 * Refuses: nothing; a command that lacks what it needs is words, but for "note" and "page" alone.
 */
#ifndef CHANNEL_SAID_H
#define CHANNEL_SAID_H

#include "base/str.h"

enum said_kind {
    SAID_NOTHING,
    SAID_WORDS,
    SAID_ACK,
    SAID_NOTE,
    SAID_PAGE,
    SAID_RESOLVE,
    SAID_HELP
};

struct said {
    enum said_kind kind;
    struct str text; /* trimmed; points into the message */
};

struct said said_parse(struct str message);
/* What can be written there: one sentence. */
struct str said_help(void);
/* nick!user@host, or nick alone, against a person's key: a nick, or a mask of the three with '*';
 * case does not matter. */
bool said_is_by(struct str who, struct str key);

#endif
