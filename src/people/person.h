/* person.h - the people that Reeve can reach, the ways to reach them, and in which order.
 *
 * A way is a row of the table in person.c: what it is called, under which key a person has it, who
 * carries it there, and in which shape a message goes by it. How each vendor is asked is the
 * worker's (notify/ways.c).
 * Refuses: secrets (a webhook's key is the keeper's) and ways that are not set up: whoever fills
 * this leaves an address "" when nothing carries it, so that nobody counts on it. */
#ifndef PEOPLE_PERSON_H
#define PEOPLE_PERSON_H

#include "base/instant.h"
#include "base/limits.h"
#include "base/str.h"

struct zone;

/* In the order in which they are used where a person names none. */
enum method {
    METHOD_SMTP,
    METHOD_WEBHOOK,
    METHOD_NTFY,
    METHOD_SMS,
    METHOD_VOICE,
    METHOD_SLACK,
    METHOD_MATTERMOST,
    METHOD_DISCORD,
    METHOD_TEAMS,
    METHOD_PAGERDUTY,
    METHOD_PUSHOVER,
    METHODS
};

enum message_shape {
    SHAPE_MAIL,  /* a subject and all there is to say */
    SHAPE_JSON,  /* for a program */
    SHAPE_NOTE,  /* a title, some lines, and a link */
    SHAPE_BRIEF, /* one line with its link */
    SHAPE_SPOKEN /* read aloud: no link, no signs */
};

/* What a person's key holds. */
enum method_address {
    ADDRESS_PLAIN,  /* an address that others may know */
    ADDRESS_SECRET, /* env: or file:; whoever knows it can write to them */
    ADDRESS_EITHER  /* one or the other, as it is written */
};

struct method_row {
    const char *name; /* "sms": in reeve.yaml, facts and ids of pages; no '-' */
    const char *key;  /* of a person: "phone" */
    enum method_address address;
    enum message_shape shape;
    const char *carrier; /* what reeve.yaml must name beside it, for sentences; NULL: nothing */
    bool program;        /* tells a program: each page by itself, however many there are */
    bool rings;          /* wakes somebody: no way for what can wait */
    bool keeps;          /* keeps an alert open until it is told of its end (follow.h) */
};

/* One step of the order in which a person wants to be told. */
struct contact {
    enum method method;
    int64_t after_ms; /* since they are to be told; 0: when all before it were given up */
};

/* When a person sleeps: by the clock on their wall, from the one minute to the other. */
struct quiet_hours {
    int from_minute, to_minute;
    const struct zone *zone; /* NULL: none */
};

struct person {
    struct str id;             /* "ana" */
    struct str reach[METHODS]; /* "" = not reachable so; of a secret address any other text */
    unsigned off;              /* bits of the ways that are switched off (switch.h) */
    const struct contact *contacts;
    size_t contact_count; /* 0: by all ways at once */
    struct quiet_hours quiet;
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
/* By a way that pages go by. */
bool person_is_reachable(const struct person *person);

/* The ways of a person in their order, those that work only. Without an order of their own all have
 * after_ms 0 and *out_at_once says that none waits for another. */
size_t person_contacts(const struct person *person, struct contact out_contacts[METHODS],
                       bool *out_at_once);
/* at, or the end of the quiet hours that it lies in. */
struct instant person_awake(const struct person *person, struct instant at);

const struct method_row *method_row(enum method method);
const char *method_name(enum method method); /* "smtp", "webhook" */
MUST_USE bool method_find(struct str name, enum method *out_method);

#endif
