/* store.h - the port through which the ledger is made durable and read back.
 *
 * One appender. A batch is durable as a whole or not at all. The store computes no meaning: it is
 * given canonical leaves and erasable texts (codec.h) and keeps them in order from sequence 1. */
#ifndef LEDGER_STORE_H
#define LEDGER_STORE_H

#include "base/arena.h"
#include "base/err.h"
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
};

struct store;

struct store_port {
    /* Appends in order and makes durable; fills entries[i].sequence. */
    bool (*append)(struct store *store, struct ledger_entry *entries, size_t count, struct err *err);
    /* Reads up to max entries from sequence on, in order. *out_count 0 at the end. */
    bool (*read)(struct store *store, struct arena *arena, int64_t sequence, size_t max,
                 struct ledger_entry **out_entries, size_t *out_count, struct err *err);
    /* Number of entries that are durable. */
    int64_t (*count)(struct store *store);
    void (*close)(struct store *store);
};

struct store {
    const struct store_port *port;
};

#endif
