/* oncall.h - who a party of the runbook is: "CTO", "primary on call", a name.
 *
 * Promises: as long as anybody can be reached, a party is somebody: when nobody bears the name or
 * can be reached, the secondary on call, else every responder, else everybody (decisions.md 6). */
#ifndef PEOPLE_ONCALL_H
#define PEOPLE_ONCALL_H

#include "people/person.h"

#define ONCALL_PRIMARY    "the primary on call"
#define ONCALL_SECONDARY  "the secondary on call"
#define ONCALL_RESPONDERS "every responder"
#define ONCALL_EVERYBODY  "everybody"

struct vocabulary;

struct oncall {
    const struct people *people;
    const struct str *primary; /* ids, as on_call: names them */
    size_t primary_count;
    const struct str *secondary;
    size_t secondary_count;
    const struct vocabulary *vocabulary; /* of the company, or NULL */
};

/* The name to escalate to when the runbook names nobody. */
struct str oncall_fallback(const struct oncall *oncall);
/* The reachable people of a party, in the order of reeve.yaml; out_people has room for
 * LIMIT_PEOPLE. Returns their number; 0 only when nobody at all can be reached. */
size_t oncall_party(const struct oncall *oncall, struct str party,
                    const struct person **out_people);

#endif
