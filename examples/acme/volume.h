/* volume.h - the shop's receipt volume: a folder with a declared size whose real usage is measured.
 *
 * Promises: usage is what walking the folder finds, never a remembered number.
 * Refuses: a receipt that does not fit; more than VOLUME_RECEIPTS of them: the oldest go. */
#ifndef ACME_VOLUME_H
#define ACME_VOLUME_H

#include "base/err.h"
#include "base/str.h"

enum { VOLUME_RECEIPTS = 500, VOLUME_BYTES = 32 * 1024 * 1024 };

struct volume {
    int fd; /* of the folder */
};

MUST_USE bool volume_open(struct volume *volume, const char *folder, struct err *err);
void volume_close(struct volume *volume);
int64_t volume_used_bytes(const struct volume *volume);
/* Writes the receipt of an order; false when the volume is full or the write failed. */
MUST_USE bool volume_keep_receipt(struct volume *volume, int64_t order, struct str receipt,
                                  struct err *err);
/* The fault: real files until at most 3 % are free. Called each tick, 4 MB at a time. */
MUST_USE bool volume_fill(struct volume *volume, struct err *err);
void volume_empty(struct volume *volume); /* removes what volume_fill wrote */

#endif
