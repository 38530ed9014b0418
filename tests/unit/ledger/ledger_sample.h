/* ledger_sample.h - events of every kind with every field filled, for tests. */
#ifndef UNIT_LEDGER_SAMPLE_H
#define UNIT_LEDGER_SAMPLE_H

#include "ledger/codec.h"

/* Not random at all: counts up, so that tests repeat. */
void sample_random(void *bytes, size_t size_bytes);
/* An event of this kind; number makes its values differ. */
struct event sample_event(struct arena *arena, enum event_kind kind, int64_t number);
/* count entries over all kinds in turn, sequences 0. */
struct ledger_entry *sample_entries(struct arena *arena, size_t count);

#endif
