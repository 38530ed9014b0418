/* propose.h - which severity the numbers speak for, by the words of the runbook's severities.
 *
 * Promises: the worst severity of which a part is met by what is measured; what is not measured
 * meets nothing and is said. Pure: the numbers come in.
 * Refuses: to decide. A breach, a security incident, a feature that is missing, what is minor or
 * cosmetic: no number says that, people do. */
#ifndef INCIDENT_PROPOSE_H
#define INCIDENT_PROPOSE_H

#include "incident/severity.h"

/* What is said without a number is read as: "complete outage" at least this share of requests
 * fails, "partial outage" at least that. */
#define PROPOSE_COMPLETE 0.5
#define PROPOSE_PARTIAL  0.05

/* Not known: NAN. */
struct propose_facts {
    double failing; /* share of requests that fail */
    double slower;  /* by how much they take longer than usual: 0.6 is 60 % longer */
};

enum propose_part {
    PROPOSE_OUTAGE, /* a share of requests fails */
    PROPOSE_SLOWER, /* or is slow */
    PROPOSE_BREACH, /* only people say so, and what follows is a procedure of its own */
    PROPOSE_PEOPLE  /* only people say so */
};

/* One part of a severity's words: "performance degradation >50%". */
struct propose_clause {
    struct str words;
    enum propose_part part;
    double limit; /* of the share, or of what is slower */
    bool below;   /* it is met by what is slower at all, and less than the limit */
};

enum { PROPOSE_CLAUSES_MAX = 8 };

/* The parts of a severity's words; returns how many, at most PROPOSE_CLAUSES_MAX. */
size_t propose_read(struct str when, struct propose_clause out_clauses[PROPOSE_CLAUSES_MAX]);

struct proposal {
    const struct severity_level *level; /* NULL: nothing that is measured speaks for one */
    struct propose_clause met;          /* why */
    bool wants_failing, wants_slower;   /* a part asks for it, and it is not known */
};
struct proposal propose(const struct severity_plan *plan, const struct propose_facts *facts);
/* Do its words name a breach or a security incident? */
bool propose_is_breach(const struct severity_level *level);

#endif
