/* store.h - the port through which the ledger is made durable and read back.
 *
 * One appender. A batch is durable as a whole or not at all. The store computes no meaning: it is
 * given canonical leaves, their hashes and erasable texts (codec.h) and keeps them in order from
 * sequence 1. */
#ifndef LEDGER_STORE_H
#define LEDGER_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/instant.h"
#include "base/str.h"

struct ledger_text { /* the erasable text behind a salted digest in the leaf */
    size_t field;    /* index into event_row.fields */
    struct str salt; /* 16 random bytes */
    struct str text;
    bool erased;
};

struct ledger_entry {
    int64_t sequence; /* from 1; 0 before it is appended */
    struct str leaf;  /* canonical JSON */
    struct ledger_text *texts;
    size_t text_count;
    struct hash leaf_hash; /* RFC 6962; made by codec_write, as stored when read back */
    struct str subject;    /* for timelines; made by codec_write, as stored when read back */
};

/* Does a text stand beside it that can be erased? */
static inline bool ledger_entry_has_text(const struct ledger_entry *entry)
{
    for (size_t i = 0; i < entry->text_count; i++)
        if (!entry->texts[i].erased)
            return true;
    return false;
}

struct ledger_checkpoint { /* a signed note as stored (checkpoint.h) */
    int64_t size;
    struct str note;
};

struct ledger_range {   /* what to read */
    struct str subject; /* read_subject only */
    int64_t sequence;   /* read_subject: below this; read_checkpoints: sizes from this on */
    size_t max;
};

struct store;

struct store_port {
    /* Appends in order and makes durable; fills entries[i].sequence. */
    bool (*append)(struct store *store, struct ledger_entry *entries, size_t count,
                   struct err *err);
    /* Reads up to max entries from sequence on, in order. *out_count 0 at the end. */
    bool (*read)(struct store *store, struct arena *arena, int64_t sequence, size_t max,
                 struct ledger_entry **out_entries, size_t *out_count, struct err *err);
    /* Number of entries that are durable. */
    int64_t (*count)(struct store *store);
    void (*close)(struct store *store);
    /* The rest may be NULL in stores made for tests.
     * Entries of one subject, newest first, with sequences below before. */
    bool (*read_subject)(struct store *store, struct arena *arena, struct ledger_range range,
                         struct ledger_entry **out_entries, size_t *out_count, struct err *err);
    /* Keeps a signed note over the first size entries; a note of the same size is replaced. */
    bool (*put_checkpoint)(struct store *store, int64_t size, struct str note, struct err *err);
    /* Notes by rising size, from from_size on, at most max. */
    bool (*read_checkpoints)(struct store *store, struct arena *arena, struct ledger_range range,
                             struct ledger_checkpoint **out_notes, size_t *out_count,
                             struct err *err);
    /* The note over the most entries; "" when there is none. */
    bool (*newest_checkpoint)(struct store *store, struct arena *arena, struct str *out_note,
                              struct err *err);
    /* Erases the texts of an entry for good (salts too); what the leaf says stays. ERR_USAGE when
     * the entry has no text left to erase. */
    bool (*erase_texts)(struct store *store, int64_t sequence, struct instant at, struct err *err);
    /* What is wrong around the entries that read gives: rows, tables and an index that do not
     * belong. A sentence each, the first ones only. */
    bool (*inspect)(struct store *store, struct arena *arena, struct str **out_findings,
                    size_t *out_count, struct err *err);
    /* Is what is appended to still where it was opened? False: it was deleted or replaced, so that
     * nothing more can be made durable. Asked often. */
    bool (*look)(struct store *store, struct err *err);
};

struct store {
    const struct store_port *port;
};

#endif
