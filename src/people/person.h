/* person.h - the people that Reeve can reach, as reeve.yaml names them.
 *
 * Refuses: secrets (a webhook's key is the keeper's) and methods that are not set up: whoever fills
 * this leaves email "" when there is no smtp, so that nobody counts on it. */
#ifndef PEOPLE_PERSON_H
#define PEOPLE_PERSON_H

#include "base/limits.h"
#include "base/str.h"

enum method { METHOD_SMTP, METHOD_WEBHOOK, METHODS };

struct person {
    struct str id;          /* "ana" */
    struct str email;       /* "" = not reachable so */
    struct str webhook_url; /* "" = not reachable so */
    const struct str *roles;
    size_t role_count;
};

struct people {
    const struct person *items;
    size_t count; /* at most LIMIT_PEOPLE; what is beyond is not read */
};

const struct person *person_find(const struct people *people, struct str id); /* NULL: nobody */
bool person_has_role(const struct person *person, struct str role); /* case does not matter */
bool person_has_method(const struct person *person, enum method method);
bool person_is_reachable(const struct person *person);
const char *method_name(enum method method); /* "smtp", "webhook" */
MUST_USE bool method_find(struct str name, enum method *out_method);

#endif
