/* tally.h - refusals that come often become one fact a minute.
 *
 * The first of a kind from somebody is a fact at once; those that follow within the minute are
 * counted, and are one fact at its end. Logins and requests have half of
 * LIMIT_TALLIES each; beyond that many different ones at a time, the rest are counted together.
 * Refuses: to lose one: what is counted is said sooner or later. What somebody known asks in vain
 * is a fact under their own name, each once a minute and DENIALS_EACH_MAX different ones
 * (denials_may_tell). */
#ifndef ACCESS_TALLY_H
#define ACCESS_TALLY_H

#include "base/limits.h"
#include "base/str.h"

enum { TALLY_WORDS_BYTES = 120, TALLY_MS = 60000 };

struct refusal {
    bool is_login;   /* else a request */
    struct str name; /* of a login: the account's, or "an unknown name" */
    struct str from; /* an address, or "this machine" */
    struct str reason;
    int64_t count;
};

struct tally_slot {
    bool used, is_login;
    char name[TALLY_WORDS_BYTES], from[TALLY_WORDS_BYTES], reason[TALLY_WORDS_BYTES];
    int64_t since_ms; /* the minute began */
    int64_t count;    /* not said yet */
};

struct tally {
    struct tally_slot slots[LIMIT_TALLIES];
};

/* Counts one refusal (refusal->count does not matter). True: it is to be said now, as the one that
 * it is; *out_said is what to say, valid until the next call. */
MUST_USE bool tally_count(struct tally *tally, const struct refusal *refusal, int64_t now_ms,
                          struct refusal *out_said);
/* What was counted in a minute that is over; false when there is nothing (more) to say. With all,
 * minutes that are not over are told too. */
MUST_USE bool tally_next(struct tally *tally, int64_t now_ms, bool all, struct refusal *out_said);

/* What was told under somebody's own name within the minute. */
enum { DENIALS_MAX = 256, DENIALS_EACH_MAX = 16 };
struct told {
    uint64_t who, what;
    int64_t at_ms;
};
struct denials {
    struct told items[DENIALS_MAX];
    size_t next;
};

/* Is it to be a fact of its own? False: the same, or enough else of theirs, or enough of all, was
 * told within the minute; then it is to be counted. */
MUST_USE bool denials_may_tell(struct denials *denials, struct str who, struct str what,
                               int64_t now_ms);

#endif
