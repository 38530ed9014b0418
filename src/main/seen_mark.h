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
    int64_t boot_ms;  /* since the machine's boot, which no setting of the clock moves */
    int64_t boot;     /* seen_mark_boot's */
};

/* A number for a boot of the machine, from clock_boot_id's text. */
int64_t seen_mark_boot(struct str boot_id);
/* By how much the wall clock was set since the mark: to the millisecond within one boot. After
 * another boot it is only known when the clock is behind newest, the newest instant that is known
 * of before: then so much at least, *out_is_least. 0 where nothing speaks for it. */
int64_t seen_mark_step_ms(const struct seen_mark *mark, const struct seen_mark *now,
                          struct instant newest, bool *out_is_least);

/* The mark of the run before; zeros when there is none that can be read. */
struct seen_mark seen_mark_read(struct str path);
/* Opens it for writing, 0600; -1 with errno when that fails. The caller closes it. */
int seen_mark_open(struct str path);
/* False with errno when the disk refuses: the mark is the one before, or cannot be read. */
MUST_USE bool seen_mark_write(int fd, struct seen_mark mark);

#endif
