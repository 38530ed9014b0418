/* archive.h - what was measured, for days, months and years: an SQLite file in the collector's
 * history folder, in the tiers of telemetry/tier.h.
 *
 * One process writes (the collector); any other may read meanwhile. New readings stand in rows of
 * their own; when a stretch of time is over they are packed together (zstd), so that a day of a
 * signal that is read every second takes some hundred kilobytes.
 * Promises: bounded by ARCHIVE_BYTES_MAX: when that is reached, the oldest of the finest tier goes
 * first. A crash loses what was not committed, which the readings of the last hour (history.h) give
 * again; nothing is kept twice. A file that is damaged is put aside under another name, and begun
 * anew: it is no proof of anything, the ledger is. */
#ifndef COLLECT_ARCHIVE_H
#define COLLECT_ARCHIVE_H

#include "base/err.h"
#include "telemetry/tier.h"

struct archive; /* opaque: statements of SQLite, open slots */

enum archive_mode { ARCHIVE_READ, ARCHIVE_WRITE };
#define ARCHIVE_BYTES_MAX (INT64_C(1024) * 1024 * 1024)
enum { ARCHIVE_FLUSH_MS = 5000, ARCHIVE_RETRY_MS = 10000 };

/* The file "archive.sqlite" of a folder. Reading: *out_archive NULL and true when there is none.
 * max_bytes: ARCHIVE_BYTES_MAX, or less in tests. */
MUST_USE bool archive_open(struct str folder, enum archive_mode mode, int64_t max_bytes,
                           struct archive **out_archive, struct err *err);
void archive_close(struct archive *archive); /* commits; NULL is fine */

/* Takes a reading into all tiers. What is not newer than what is kept is passed over. */
MUST_USE bool archive_add(struct archive *archive, const struct reading *reading, struct err *err);
/* Makes what was added durable, packs what is over, and forgets what is too old. */
MUST_USE bool archive_flush(struct archive *archive, struct instant now, struct err *err);

/* The readings of a signal in a tier with from < at <= until, oldest first. Texts are valid during
 * the call. take false: stop. */
struct archive_range {
    enum tier_number tier;
    struct str signal;
    struct instant from, until;
};
struct archive_use {
    void *context;
    bool (*take)(void *context, const struct reading *reading);
};
MUST_USE bool archive_read(struct archive *archive, const struct archive_range *range,
                           const struct archive_use *use, struct err *err);
/* The same with the slots that are not over, as they are so far: merged from the readings as they
 * were made. Those of the newest slot come last, each target's in the order of time. */
MUST_USE bool archive_read_with_open(struct archive *archive, const struct archive_range *range,
                                     const struct archive_use *use, struct err *err);
/* Since when a signal is measured in a tier, by the oldest reading that is kept; zero: none. */
MUST_USE bool archive_oldest(struct archive *archive, enum tier_number tier, struct str signal,
                             struct instant *out_at, struct err *err);

#endif
