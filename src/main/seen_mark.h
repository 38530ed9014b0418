/* seen_mark.h - a few bytes beside the ledger that say until when the core surely ran.
 *
 * The newest fact may be old: nothing happens for minutes while a rule's time is counted. After a
 * kill the time until the mark is not taken for time in which nobody looked. Written after a turn,
 * without waiting for the disk: a kill leaves it, and after a power cut an older one, or none, only
 * makes a wait longer. It is no fact; the start that reads it is (node.started, last_seen). */
#ifndef MAIN_SEEN_MARK_H
#define MAIN_SEEN_MARK_H

#include "base/instant.h"
#include "base/str.h"

struct seen_mark {
    struct instant at;
    int64_t sequence; /* of the newest entry of the ledger then */
};

/* The mark of the run before; zeros when there is none that can be read. */
struct seen_mark seen_mark_read(struct str path);
/* Opens it for writing, 0600; -1 with errno when that fails. The caller closes it. */
int seen_mark_open(struct str path);
/* False with errno when the disk refuses: the mark is the one before, or cannot be read. */
MUST_USE bool seen_mark_write(int fd, struct seen_mark mark);

#endif
