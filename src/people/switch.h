/* switch.h - what people switch off by its name while Reeve runs, and on again: a provider, a way,
 * a way of one person, what is sent back, a sender.
 *
 * Promises: state changes only by folding events, so it outlives restarts; whatever is off has who
 * said so, since when and why. A way that is off is none: what waits to go by it goes by the
 * person's next way at once, whoever has no other is passed over as one who cannot be reached (and
 * that is a gap of their rota), and it is tested by no drill. What was certainly taken by it
 * counts: its next repetition goes by the next way. Names: "provider/twilio", "way/sms",
 * "person/ana/sms", "replies/twilio", "sender/prometheus"; all but "replies/…" also without what
 * stands before the first '/', where only one is meant. Refuses, with one sentence: names that
 * reeve.yaml does not have, no reason, what is off (or on) already, and to leave nobody at all who
 * can be told of anything, unless that is said to be meant.
 */
#ifndef PEOPLE_SWITCH_H
#define PEOPLE_SWITCH_H

#include "ledger/event.h"
#include "people/person.h"

enum {
    SWITCHES_MAX = 64, /* off at once */
    SWITCH_NAME_BYTES = 160,
    SWITCH_BY_BYTES = 80,
    SWITCH_REASON_BYTES = 256
};

#define SWITCH_PROVIDER "provider/"
#define SWITCH_WAY      "way/"
#define SWITCH_PERSON   "person/"
#define SWITCH_REPLIES  "replies/"
#define SWITCH_SENDER   "sender/"

/* Something that is off. */
struct switch_off {
    char name[SWITCH_NAME_BYTES]; /* "provider/twilio" */
    char by[SWITCH_BY_BYTES];
    char reason[SWITCH_REASON_BYTES];
    struct instant since;
};

struct switches {
    struct switch_off items[SWITCHES_MAX]; /* the oldest first */
    size_t count;
    int64_t version; /* another one after each change */
};

/* Something of reeve.yaml that can be switched, but for the ways of single people. */
struct switchable {
    struct str name;  /* "provider/twilio" */
    unsigned methods; /* bits of enum method: what a provider, or a way, carries */
};

/* What there is to switch. */
struct switchables {
    const struct switchable *items;
    size_t count;
    const struct person *people; /* their bits of what is off are of no account here */
    size_t person_count;
};

struct switch_call {
    struct str actor;
    struct str name, reason; /* as typed */
    bool anyway;             /* although nobody can be told of anything then */
    struct instant now;
};

void switch_fold(struct switches *switches, const struct event *event);
/* NULL: it is on. kind: SWITCH_PROVIDER, …; name: what stands behind it. */
const struct switch_off *switch_find(const struct switches *switches, const char *kind,
                                     struct str name);
/* Sets the bits of the ways that are off, of each person. */
void switch_apply(const struct switches *switches, const struct switchables *all,
                  struct person *people);
/* What a way is off by for a person: their own, the way, or what carries it; NULL: it is on. */
const struct switch_off *switch_of_way(const struct switches *switches,
                                       const struct switchables *all, const struct person *person,
                                       enum method method);
/* "provider/twilio is switched off since 03:12 UTC by ana: its key leaked; \"reeve switch on
 * provider/twilio\" ends that" */
struct str switch_words(struct arena *arena, const struct switch_off *off, struct instant now);

/* Commands: false and a sentence in err when refused, nothing added. */
MUST_USE bool switch_turn_off(const struct switches *switches, const struct switchables *all,
                              const struct switch_call *call, struct event_list *out,
                              struct err *err);
MUST_USE bool switch_turn_on(const struct switches *switches, const struct switch_call *call,
                             struct event_list *out, struct err *err);

#endif
