/* oncall.c - parties to people. */
#include "people/oncall.h"

#include "runbook/vocabulary_row.h"

/* Shifts that are looked through for who comes next. */
enum { NEXT_PIECES_MAX = 64 };

static size_t add_names(const struct people *people, const struct str *ids, size_t id_count,
                        const struct person **out_people)
{
    size_t count = 0;
    for (size_t i = 0; i < id_count && count < LIMIT_PEOPLE; i++) {
        const struct person *person = person_find(people, ids[i]);
        if (person && person_is_reachable(person))
            out_people[count++] = person;
    }
    return count;
}

static size_t add_role(const struct people *people, struct str role,
                       const struct person **out_people)
{
    size_t count = 0;
    for (size_t i = 0; i < people->count && i < LIMIT_PEOPLE; i++) {
        if (person_is_reachable(&people->items[i]) &&
            (role.n == 0 || person_has_role(&people->items[i], role)))
            out_people[count++] = &people->items[i];
    }
    return count;
}

/* Without those on leave. */
static size_t keep_present(const struct oncall *oncall, struct instant now, size_t count,
                           const struct person **people)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!oncall_is_on_leave(oncall, people[i]->id, now))
            people[kept++] = people[i];
    return kept;
}

/* Without those who know it. */
static size_t keep_others(const struct oncall_known *known, size_t count,
                          const struct person **people)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool knows = false;
        for (size_t at = 0; !knows && at < known->count; at++)
            knows = people[i] == known->people[at];
        if (!knows)
            people[kept++] = people[i];
    }
    return kept;
}

/* Responders who are there, else whoever is there; those on leave only when nobody else is left;
 * 0 only when all who can be reached know it. */
static size_t add_responders(const struct oncall *oncall, struct instant now,
                             struct oncall_known known, const struct person **out_people)
{
    static const char *const roles[] = {"responder", ""};
    for (int away = 0; away <= 1; away++) {
        for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
            size_t count = add_role(oncall->people, str_of(roles[i]), out_people);
            if (!away)
                count = keep_present(oncall, now, count, out_people);
            count = keep_others(&known, count, out_people);
            if (count)
                return count;
        }
    }
    return 0;
}

struct shift_source oncall_source(const struct oncall *oncall, const struct rota *rota)
{
    return (struct shift_source){rota, oncall->people, oncall->changes,
                                 (const struct agenda *const *)oncall->leaves, oncall->leave_count};
}

bool oncall_is_on_leave(const struct oncall *oncall, struct str person, struct instant at)
{
    return oncall_is_away(oncall->changes, person, at) ||
           agenda_names((const struct agenda *const *)oncall->leaves, oncall->leave_count, person,
                        at);
}

static size_t add_rota(const struct oncall *oncall, const struct rota *rota, struct instant now,
                       const struct person **out_people)
{
    struct arena scratch;
    arena_init(&scratch);
    struct shift_source source = oncall_source(oncall, rota);
    struct shift shift = shift_piece(&source, &scratch, now);
    size_t count = add_names(oncall->people, shift.people, shift.count, out_people);
    arena_done(&scratch);
    return count;
}

size_t oncall_on(const struct oncall *oncall, struct str rota, struct instant now,
                 const struct person **out_people)
{
    const struct rota *found = rota_find(oncall->rotas, oncall->rota_count, rota);
    return found ? add_rota(oncall, found, now, out_people) : 0;
}

static size_t add_secondary(const struct oncall *oncall, struct instant now,
                            const struct person **out_people)
{
    return oncall_on(oncall, STR("secondary"), now, out_people);
}

struct str oncall_fallback(const struct oncall *oncall, struct instant now)
{
    const struct person *people[LIMIT_PEOPLE];
    return add_secondary(oncall, now, people) > 0 ? STR(ONCALL_SECONDARY) : STR(ONCALL_RESPONDERS);
}

static struct str bare_name(struct str party)
{
    return str_starts_nocase(party, "the ") ? str_from(party, 4) : party;
}

const struct rota *oncall_rota(const struct oncall *oncall, struct str party)
{
    static const char on_call[] = " on call";
    struct str name = bare_name(party);
    size_t end = sizeof on_call - 1;
    if (name.n > end && str_is_nocase(str_from(name, name.n - end), on_call))
        name = str_slice(name, 0, name.n - end);
    return rota_find(oncall->rotas, oncall->rota_count, name);
}

/* Nobody bears the name itself: whoever bears the role that it stands for ("the tech lead"). */
static size_t add_named_role(const struct oncall *oncall, struct str name, struct instant now,
                             const struct person **out_people)
{
    struct str role = vocabulary_find(oncall->vocabulary, VOCABULARY_PARTY, STR(""), name);
    if (rota_find(oncall->rotas, oncall->rota_count, role))
        return oncall_on(oncall, role, now, out_people);
    if (str_is(role, "everybody"))
        return add_role(oncall->people, STR(""), out_people);
    return role.n ? add_role(oncall->people, role, out_people) : 0;
}

/* 0: nobody bears the name and is there. */
static size_t add_party(const struct oncall *oncall, struct str party, struct instant now,
                        const struct person **out_people)
{
    struct str name = bare_name(party);
    const struct rota *rota = oncall_rota(oncall, party);
    size_t count = 0;
    if (str_is_nocase(name, ONCALL_EVERYBODY))
        return add_role(oncall->people, STR(""), out_people);
    if (str_is_nocase(name, ONCALL_RESPONDERS))
        return 0;
    if (rota)
        count = add_rota(oncall, rota, now, out_people);
    else if (!str_is_nocase(name, "secondary on call") && !str_is_nocase(name, "secondary") &&
             name.n)
        count = add_names(oncall->people, &name, 1, out_people);
    if (count == 0 && name.n)
        count = add_role(oncall->people, name, out_people);
    if (count == 0 && name.n)
        count = add_named_role(oncall, name, now, out_people);
    return count ? count : add_secondary(oncall, now, out_people);
}

size_t oncall_party(const struct oncall *oncall, struct str party, struct instant now,
                    const struct person **out_people)
{
    size_t count = add_party(oncall, party, now, out_people);
    return count ? count : add_responders(oncall, now, (struct oncall_known){0}, out_people);
}

/* Who comes on next on a rota, of those who are there and do not know it. */
static size_t add_next(const struct oncall *oncall, const struct oncall_escalation *escalation,
                       const char *name, const struct person **out_people)
{
    const struct rota *rota = rota_find(oncall->rotas, oncall->rota_count, str_of(name));
    struct instant at = escalation->at;
    struct arena scratch;
    size_t count = 0;
    if (!rota)
        return 0;
    arena_init(&scratch);
    struct shift_source source = oncall_source(oncall, rota);
    for (int i = 0; i < NEXT_PIECES_MAX && count == 0 && at.us != ROTA_NEVER.us; i++) {
        struct shift shift = shift_piece(&source, &scratch, at);
        count = add_names(oncall->people, shift.people, shift.count, out_people);
        count = keep_present(oncall, escalation->at, count, out_people);
        count = keep_others(&escalation->known, count, out_people);
        at = shift.to;
    }
    arena_done(&scratch);
    return count;
}

static bool is_secondary(const struct oncall *oncall, struct str party)
{
    const struct rota *rota = oncall_rota(oncall, party);
    return str_is_nocase(party, ONCALL_SECONDARY) ||
           (rota && str_is_nocase(rota->name, "secondary"));
}

/* All who are the secondary know it already: as for one that is nobody, somebody else is meant. */
static size_t add_stand_in(const struct oncall *oncall, const struct oncall_escalation *escalation,
                           const struct person **out_people)
{
    size_t count = add_next(oncall, escalation, "secondary", out_people);
    if (count == 0)
        count = add_next(oncall, escalation, "primary", out_people);
    return count ? count : add_responders(oncall, escalation->at, escalation->known, out_people);
}

size_t oncall_escalated(const struct oncall *oncall, struct oncall_escalation escalation,
                        const struct person **out_people)
{
    struct instant now = escalation.at;
    size_t count = add_party(oncall, escalation.party, now, out_people);
    if (count > 0 && is_secondary(oncall, escalation.party) &&
        keep_others(&escalation.known, count, out_people) == 0)
        count = add_stand_in(oncall, &escalation, out_people);
    else if (count > 0)
        count = add_party(oncall, escalation.party, now, out_people);
    if (count == 0)
        count = add_responders(oncall, now, escalation.known, out_people);
    return count ? count : oncall_party(oncall, escalation.party, now, out_people);
}

size_t oncall_paged(const struct oncall *oncall, struct instant now,
                    const struct person **out_people)
{
    size_t count = oncall_on(oncall, STR("primary"), now, out_people);
    return count ? count : add_secondary(oncall, now, out_people);
}

size_t oncall_unanswered(const struct oncall *oncall, struct instant now,
                         const struct person **out_people)
{
    const struct person *known[LIMIT_PEOPLE];
    struct oncall_escalation escalation = {STR(ONCALL_SECONDARY), now, {known, 0}};
    escalation.known.count = oncall_paged(oncall, now, known);
    return oncall_escalated(oncall, escalation, out_people);
}

struct instant oncall_next_change(const struct oncall *oncall, struct instant now)
{
    static const char *const names[] = {"primary", "secondary"};
    struct instant next = ROTA_NEVER;
    struct arena scratch;
    arena_init(&scratch);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct rota *rota = rota_find(oncall->rotas, oncall->rota_count, str_of(names[i]));
        if (!rota)
            continue;
        struct shift_source source = oncall_source(oncall, rota);
        struct shift piece = shift_piece(&source, &scratch, now);
        if (instant_before(piece.to, next))
            next = piece.to;
    }
    arena_done(&scratch);
    return next;
}
