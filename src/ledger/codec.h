/* codec.h - an event as the ledger keeps it, and back.
 *
 * A leaf is canonical JSON: {"actor":…,"at":…,"data":{…},"kind":…,"subject":…}, keys sorted, no
 * blanks, times in RFC 3339 with microseconds. Free text stands in it as {"digest":"<hex of
 * SHA-256(salt, text)>"}; salt (16 random bytes) and text stand beside and can be erased.
 * Empty texts and zero instants are null; a real that is not finite is null and reads back as NaN.
 * Reading: fields that the kind does not know are ignored (a newer Reeve added them), fields that
 * are absent are empty (an older Reeve wrote the entry).
 * Refuses: unknown kinds, fields of another type, texts that do not fit their digest, strings that
 * are not UTF-8, leaves over LIMIT_EVENT_BYTES, texts over LIMIT_EVENT_TEXT_BYTES. */
#ifndef LEDGER_CODEC_H
#define LEDGER_CODEC_H

#include "ledger/event.h"
#include "ledger/store.h"

enum { CODEC_SALT_BYTES = 16 };

/* Where salts come from; fills all size_bytes. */
typedef void codec_random(void *bytes, size_t size_bytes);

/* Fills leaf, leaf_hash, subject and texts of *out_entry (sequence 0); all live in arena or in the
 * event. ERR_SELF with kind and field when the event breaks a limit. */
MUST_USE bool codec_write(struct arena *arena, const struct event *event, codec_random *random,
                          struct ledger_entry *out_entry, struct err *err);

/* Decodes an entry; strings point into arena or the entry's leaf and texts. ERR_USAGE for a kind
 * that this version does not know, ERR_SELF for an entry that is damaged; err->place is
 * "entry N". */
MUST_USE bool codec_read(struct arena *arena, const struct ledger_entry *entry,
                         struct event *out_event, struct err *err);

#endif
