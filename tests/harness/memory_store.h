/* memory_store.h - a ledger store in memory for tests: durable across "crashes" of the core, and
 * able to refuse the n-th append. */
#ifndef HARNESS_MEMORY_STORE_H
#define HARNESS_MEMORY_STORE_H

#include "ledger/store.h"

struct memory_store {
    struct store store; /* first: the port is reached through it */
    struct arena arena;
    struct ledger_entry *entries;
    size_t count;
    size_t capacity;
    int64_t appends;     /* batches taken so far */
    int64_t refuse_from; /* batches from this number on are refused; 0 = never */
    bool refuse_erasing;
};

void memory_store_init(struct memory_store *memory);
void memory_store_done(struct memory_store *memory);

#endif
