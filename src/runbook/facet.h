/* facet.h - the parts of a statement, each named and in plain words: what is compared and shown.
 *
 * Promises: two statements whose facets are equal ask for the same; the words of a facet do not
 * depend on how the sentence was put ("5 seconds" and "5s" are "5 s"). Refuses: facets of what asks
 * for nothing (structure, notes, literals, guidance). */
#ifndef RUNBOOK_FACET_H
#define RUNBOOK_FACET_H

#include "runbook/program.h"

enum { FACETS_MAX = 10 };

struct facet {
    const char *name; /* "limit", "window", "level" */
    struct str words; /* "5 s", "for 5 min"; "" when the statement has none */
};

/* Is it something that anybody has to do or to keep? An unclear line counts: it may be one. */
bool facet_is_policy(enum statement_kind kind);
/* What the statement is about: "Response time p95", "P1: response", "Maintenance". */
struct str facet_subject(struct arena *arena, const struct statement *statement);
/* The same names in the same order for all statements of a kind. Returns how many. */
int facets_of(struct arena *arena, const struct statement *statement,
              struct facet out_facets[FACETS_MAX]);

#endif
