/* person.c - finding people and how they can be reached. */
#include "people/person.h"

static const char *const names[METHODS] = {"smtp", "webhook"};

const struct person *person_find(const struct people *people, struct str id)
{
    for (size_t i = 0; i < people->count && i < LIMIT_PEOPLE; i++) {
        if (str_equal_nocase(people->items[i].id, id))
            return &people->items[i];
    }
    return NULL;
}

bool person_has_role(const struct person *person, struct str role)
{
    for (size_t i = 0; i < person->role_count; i++) {
        if (str_equal_nocase(person->roles[i], role))
            return true;
    }
    return false;
}

bool person_has_method(const struct person *person, enum method method)
{
    return method == METHOD_SMTP ? person->email.n > 0 : person->webhook_url.n > 0;
}

bool person_is_reachable(const struct person *person)
{
    return person_has_method(person, METHOD_SMTP) || person_has_method(person, METHOD_WEBHOOK);
}

const char *method_name(enum method method)
{
    return names[method];
}

bool method_find(struct str name, enum method *out_method)
{
    for (int i = 0; i < METHODS; i++) {
        if (!str_is(name, names[i]))
            continue;
        *out_method = (enum method)i;
        return true;
    }
    return false;
}
