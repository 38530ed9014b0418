/* oncall.h - who a party of the runbook is: "CTO", "primary on call", a name; now.
 *
 * Promises: as long as anybody can be reached, a party is somebody: when nobody bears the name or
 * can be reached, the secondary on call, else every responder, else everybody (decisions.md 6);
 * of those, the ones on leave only when nobody else is left.
 * Whoever is on a rota at that instant is asked anew each time (shift.h); where nobody is, or all
 * who are cannot be reached, it is passed over at once. */
#ifndef PEOPLE_ONCALL_H
#define PEOPLE_ONCALL_H

#include "people/shift.h"

#define ONCALL_PRIMARY    "the primary on call"
#define ONCALL_SECONDARY  "the secondary on call"
#define ONCALL_RESPONDERS "every responder"
#define ONCALL_EVERYBODY  "everybody"

struct vocabulary;

struct oncall {
    const struct people *people;
    const struct rota *rotas; /* "primary", "secondary" and others, as on_call: names them */
    size_t rota_count;
    const struct oncall_changes *changes; /* or NULL */
    const struct vocabulary *vocabulary;  /* of the company, or NULL */
    struct agenda **leaves;               /* calendar files of leave; their content may change */
    size_t leave_count;
    int64_t agenda_version; /* another one when a calendar file was read anew */
    int64_t switch_version; /* another one when a way was switched off or on */
};

/* Another number when what decides who is on may have changed. */
static inline int64_t oncall_version(const struct oncall *oncall)
{
    int64_t changes = oncall->changes ? oncall->changes->version : 0;
    return changes + oncall->switch_version + oncall->agenda_version * (INT64_C(1) << 40);
}

/* The name to escalate to at an instant when the runbook names nobody. */
struct str oncall_fallback(const struct oncall *oncall, struct instant now);
/* The reachable people of a party at an instant, in the order of reeve.yaml; out_people has room
 * for LIMIT_PEOPLE. Returns their number; 0 only when nobody at all can be reached. */
size_t oncall_party(const struct oncall *oncall, struct str party, struct instant now,
                    const struct person **out_people);
/* Who knows of an incident already: is paged for it, or has acknowledged it. */
struct oncall_known {
    const struct person *const *people;
    size_t count;
};
struct oncall_escalation {
    struct str party;
    struct instant at;
    struct oncall_known known;
};
/* The people of a party to whom an incident is escalated: where the party is nobody, or is the
 * secondary and all of it know of the incident, others stand in who do not; all others, when
 * everybody knows. For a secondary that knows: whoever comes next on its rota, else on the
 * primary's, else responders. */
size_t oncall_escalated(const struct oncall *oncall, struct oncall_escalation escalation,
                        const struct person **out_people);
/* Those on call who are paged first, by name of the rota: the primary, else the secondary. */
size_t oncall_paged(const struct oncall *oncall, struct instant now,
                    const struct person **out_people);
/* Whom an incident reaches that was opened and not answered, all at this instant. */
size_t oncall_unanswered(const struct oncall *oncall, struct instant now,
                         const struct person **out_people);
/* Those of them who are on this rota and can be reached; none where there is no such rota. */
size_t oncall_on(const struct oncall *oncall, struct str rota, struct instant now,
                 const struct person **out_people);
/* The rota that a party names: "primary", "the database on call"; NULL: none. */
const struct rota *oncall_rota(const struct oncall *oncall, struct str party);
/* Is the person on leave, as somebody recorded it or by a calendar file? */
bool oncall_is_on_leave(const struct oncall *oncall, struct str person, struct instant at);
struct shift_source oncall_source(const struct oncall *oncall, const struct rota *rota);
/* When somebody else may be on the primary or the secondary rota; ROTA_NEVER: always the same. */
struct instant oncall_next_change(const struct oncall *oncall, struct instant now);

#endif
