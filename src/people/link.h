/* link.h - the acknowledge link of a page: a token that names one page, incident and person; and
 * the link of a page that asks for an approval, which names a run and a digest instead.
 *
 * Format: base64url(page "|" incident "|" person "|" expiry in seconds) "." base64url(mac), without
 * padding (RFC 4648 section 5); of an approval, "|" and its digest follow before the first end. The
 * keeper computes the mac over the first part as written. Refuses: forged, altered, expired, used
 * and foreign links, each with a sentence. */
#ifndef PEOPLE_LINK_H
#define PEOPLE_LINK_H

#include "base/map.h"
#include "incident/incident.h"
#include "ledger/event.h"
#include "people/person.h"

enum {
    LINK_LIFE_MS = 24 * 60 * 60 * 1000,
    LINK_USED_MAX = 1024,
    LINK_BYTES_MAX = 1024,
    LINK_PAGE_BYTES = 160
};

struct link {
    struct str page, person;
    int64_t incident; /* or the run */
    struct instant expires;
    struct str digest; /* of what is to be approved, or "" */
};

struct link_use {
    char page[LINK_PAGE_BYTES];
    struct instant at;
};

/* Pages whose link was used. A page's link is used once. */
struct links {
    struct arena *arena;
    struct map used;
    struct link_use *ring; /* LINK_USED_MAX, oldest at next when full */
    size_t next, count;
    struct instant floor; /* links that expire no later are refused: their use may be forgotten */
};

void links_init(struct links *links, struct arena *arena);
void links_done(struct links *links);
void link_fold(struct links *links, const struct event *event);

/* The part that the mac is computed over. Pages and persons with '|' are a bug and abort. */
struct str link_payload_write(struct arena *arena, const struct link *link);
struct str link_token_write(struct arena *arena, struct str payload, struct str mac);
/* A token taken apart. */
struct link_token {
    struct link link;
    struct str payload; /* what the mac is computed over */
    struct str mac;
};
MUST_USE bool link_parse(struct arena *arena, struct str text, struct link_token *out_token,
                         struct err *err);

struct link_check {
    struct str got_mac, want_mac; /* from the token; computed by the keeper over the payload */
    int64_t incident;             /* that the address is about */
    struct instant now;
};
/* May the link be used now? */
MUST_USE bool link_check(const struct links *links, const struct link *link,
                         const struct link_check *check, struct err *err);
/* Is the person of the link still one of the people? */
MUST_USE bool link_check_person(const struct people *people, const struct link *link,
                                struct err *err);
/* Why a good link has nothing to acknowledge: somebody has, or it is over; "" when it has. incident
 * is its own, or what that goes on as; NULL: it was resolved long ago. */
struct str link_stand(struct arena *arena, const struct link *link,
                      const struct incident *incident);
/* Records the use; to be appended together with the acknowledgement. */
void link_use(const struct link *link, struct str actor, struct instant now,
              struct event_list *out);

#endif
