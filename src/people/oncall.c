/* oncall.c - parties to people. */
#include "people/oncall.h"

#include "runbook/vocabulary_row.h"

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

static size_t add_responders(const struct people *people, const struct person **out_people)
{
    size_t count = add_role(people, STR("responder"), out_people);
    return count ? count : add_role(people, STR(""), out_people);
}

static size_t add_secondary(const struct oncall *oncall, const struct person **out_people)
{
    return add_names(oncall->people, oncall->secondary, oncall->secondary_count, out_people);
}

struct str oncall_fallback(const struct oncall *oncall)
{
    for (size_t i = 0; i < oncall->secondary_count; i++) {
        const struct person *person = person_find(oncall->people, oncall->secondary[i]);
        if (person && person_is_reachable(person))
            return STR(ONCALL_SECONDARY);
    }
    return STR(ONCALL_RESPONDERS);
}

/* Nobody bears the name itself: whoever bears the role that it stands for ("the tech lead"). */
static size_t add_named_role(const struct oncall *oncall, struct str name,
                             const struct person **out_people)
{
    struct str role = vocabulary_find(oncall->vocabulary, VOCABULARY_PARTY, STR(""), name);
    if (str_is(role, "primary"))
        return add_names(oncall->people, oncall->primary, oncall->primary_count, out_people);
    if (str_is(role, "everybody"))
        return add_role(oncall->people, STR(""), out_people);
    return role.n ? add_role(oncall->people, role, out_people) : 0;
}

size_t oncall_party(const struct oncall *oncall, struct str party, const struct person **out_people)
{
    struct str name = str_starts_nocase(party, "the ") ? str_from(party, 4) : party;
    size_t count = 0;
    if (str_is_nocase(name, ONCALL_EVERYBODY))
        return add_role(oncall->people, STR(""), out_people);
    if (str_is_nocase(name, "primary on call") || str_is_nocase(name, "primary"))
        count = add_names(oncall->people, oncall->primary, oncall->primary_count, out_people);
    else if (!str_is_nocase(name, "secondary on call") && !str_is_nocase(name, "secondary") &&
             !str_is_nocase(name, ONCALL_RESPONDERS) && name.n)
        count = add_names(oncall->people, &name, 1, out_people);
    if (count == 0 && name.n)
        count = add_role(oncall->people, name, out_people);
    if (count == 0 && name.n)
        count = add_named_role(oncall, name, out_people);
    if (count == 0 && !str_is_nocase(name, ONCALL_RESPONDERS))
        count = add_secondary(oncall, out_people);
    return count ? count : add_responders(oncall->people, out_people);
}
