/* verify.h - is the ledger what it was when it was written?
 *
 * Walks all entries through the store port, recomputes each leaf hash, each text's digest and the
 * tree, and holds them against what the store keeps, against its signed checkpoints and against
 * older checkpoints that the caller brings from elsewhere (a mail, a page, another machine).
 * Promises: the first changed entry is named by its sequence; where only a checkpoint tells, the
 * narrowest range is; a text that was erased needs the fact that says by whom. Needs only the
 * ledger and, for signatures, the verifier key. Takes linear time and bounded memory for findings,
 * whatever stands in the file. Cannot see: a tail that was cut off after the
 * newest checkpoint anybody still has. */
#ifndef LEDGER_VERIFY_H
#define LEDGER_VERIFY_H

#include "ledger/checkpoint.h"
#include "ledger/store.h"

enum { VERIFY_FINDINGS_MAX = 20, VERIFY_ERASURES_MAX = 20 };

struct verify_request {
    struct store *store;
    const struct checkpoint_key *key; /* NULL: signatures are not looked at */
    const struct str *notes;          /* older checkpoints from elsewhere: whole signed notes */
    size_t note_count;
};

struct verify_report {
    int64_t entries;        /* walked */
    int64_t texts;          /* kept beside the entries and found to fit */
    int64_t erased;         /* texts that were erased */
    int64_t unknown;        /* entries of kinds that this version does not know */
    int64_t checkpoints;    /* compared: stored ones and the caller's */
    int64_t newest_checked; /* size of the largest checkpoint that fits; 0: none */
    struct hash root;       /* over all entries, as they stand now */
    int64_t first_changed;  /* sequence, 0: none; entries before it are as they were written */
    int64_t last_changed;   /* the change lies between the two; equal when it is exact */
    struct str findings[VERIFY_FINDINGS_MAX]; /* sentences, the first ones */
    size_t finding_count; /* all of them, also those not kept; 0: the ledger is whole */
    struct str erasures[VERIFY_ERASURES_MAX]; /* when, by whom and why, the newest ones */
    size_t erasure_count;                     /* facts of erasure, also those not kept */
};

/* False only when the store cannot be read or a note of the caller is no checkpoint; what is wrong
 * with the ledger stands in the report. The report's strings live in arena. */
MUST_USE bool verify_ledger(struct arena *arena, const struct verify_request *request,
                            struct verify_report *out_report, struct err *err);

#endif
