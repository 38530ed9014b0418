/* inbound.h - alerts that other systems send: which of them are open, kept apart from our own.
 *
 * An alert is known by its sender and the key that the sender gives it. Promises: a repeat of what
 * is open and the end of what is not are no facts; state changes only by folding events, but for
 * when an alert was heard of last, and with which start, which are no facts. A resolution that
 * ended before what is open began is of an older firing, and changes nothing; a sender's times are
 * compared with each other only. Alerts of one group that its sender's
 * configuration lets open incidents are one cause of one incident. Where each alert's own word
 * decides what it opens, those of a group that open the same are counted for themselves, so that
 * the rest of it opens nothing, keeps nothing open, and a worse one raises what is open.
 * An alert that fires in a silence is not heard: for incidents it is not there until no silence
 * covers it any more, and one that a silence covers later stays where it is.
 * Refuses: to end an alert because its sender is silent; more open ones than the limits. */
#ifndef INBOUND_INBOUND_H
#define INBOUND_INBOUND_H

#include "alert/silence.h"
#include "base/limits.h"
#include "base/map.h"
#include "ledger/event.h"

enum {
    INBOUND_SENDER_BYTES = 65,
    INBOUND_KEY_BYTES = 256, /* texts with their NUL */
    INBOUND_NAME_BYTES = 160,
    INBOUND_SEVERITY_BYTES = 33,
    INBOUND_SUMMARY_CHARACTERS = 1024,
    INBOUND_SUMMARY_BYTES = 4 * INBOUND_SUMMARY_CHARACTERS + 1,
    INBOUND_URL_BYTES = 512,
    INBOUND_GROUP_BYTES = 17,
    INBOUND_OPENS_BYTES = 33,
    INBOUND_TITLE_BYTES = INBOUND_SENDER_BYTES + 2 + INBOUND_NAME_BYTES,
    INBOUND_DOUBLE_MS = 60 * 1000 /* within it after an end, the same start is a late repeat */
};

enum inbound_change { INBOUND_FIRES, INBOUND_RESOLVES, INBOUND_IS_SEEN };

/* What a body says of one alert. */
struct inbound_alert {
    enum inbound_change change; /* INBOUND_IS_SEEN: somebody looks at it elsewhere; no change */
    struct str key, group;      /* the sender's own */
    struct str name, severity, summary;
    struct str url;        /* http or https, or "" */
    struct instant starts; /* zero: not said */
    struct instant ends;   /* of what resolves; zero: not said */
    bool is_rest;          /* stands for those that a body leaves out */
};

struct inbound_batch {
    struct inbound_alert *items;
    size_t count, capacity;
};

/* What an alert opens that says this severity of itself, in any case. */
struct inbound_opens {
    struct str says, opens; /* opens "": it is only shown */
    int rank;               /* of opens by the runbook: 0 is worst */
};

/* Who sends, and the severity that its alerts open; "": they are only shown. */
struct inbound_sender {
    struct str name, opens;
    const struct inbound_opens
        *by; /* where each alert's own word decides; opens is of the others */
    size_t by_count;
    int rank; /* of opens, where there is by */
};

struct inbound_group {
    char id[INBOUND_GROUP_BYTES];    /* stands where incidents have a rule */
    char title[INBOUND_TITLE_BYTES]; /* of the first, and of the first that is heard */
    char opens[INBOUND_OPENS_BYTES];
    int64_t count; /* its open alerts */
    int64_t heard; /* of them: those that are there for incidents */
    struct inbound_group *next_free;
};

struct inbound_entry {
    char sender[INBOUND_SENDER_BYTES];
    char key[INBOUND_KEY_BYTES];
    char name[INBOUND_NAME_BYTES];
    char severity[INBOUND_SEVERITY_BYTES];
    char summary[INBOUND_SUMMARY_BYTES];
    char url[INBOUND_URL_BYTES];
    struct instant starts; /* as its sender says, or when it was recorded */
    struct instant began;  /* the newest start that its sender said, repeats since the start of the
                            * node included; zero: none */
    struct instant since;  /* recorded */
    struct instant heard;  /* said last; zero: not since the start, which is when nobody knows */
    bool muted;            /* has been in a silence since it fires: not heard */
    struct inbound_group *group;
    struct inbound_entry *next_free;
};

struct inbound_closed {
    struct instant starts, at;
    struct inbound_closed *next_free;
};

struct inbounds {
    struct arena *arena;    /* state lifetime */
    struct instant started; /* the newest start of a node */
    struct map open;        /* by inbound_id: struct inbound_entry */
    struct map groups;      /* by id */
    struct map closed;      /* by inbound_id: struct inbound_closed, oldest first */
    struct inbound_entry *free_entries;
    struct inbound_group *free_groups;
    struct inbound_closed *free_closed;
};

void inbounds_init(struct inbounds *inbounds, struct arena *arena);
void inbounds_done(struct inbounds *inbounds);
/* Folds any event; other kinds are passed over. */
void inbound_fold(struct inbounds *inbounds, const struct event *event);
/* To be called when a silence is over: what no silence covers any more is heard from now on. Gives
 * the groups of which nothing was heard before, one at each call: size_t at = 0; NULL at the end.
 */
const struct inbound_group *inbound_unmute(struct inbounds *inbounds,
                                           const struct silences *silences, size_t *at);
/* How many open alerts of the group are heard; 0 when there is no such group. */
int64_t inbound_heard(const struct inbounds *inbounds, struct str group_id);

/* What a sender's alert opens by what it says of itself; "": it is only shown. */
struct inbound_opens inbound_opens_of(const struct inbound_sender *sender, struct str severity);
/* What the groups that one group of a sender is parted into by severity have in common, as a cause
 * of incidents; "": it is not parted. */
struct str inbound_cause(struct arena *arena, struct str group_id);

/* What an alert is known by. */
struct str inbound_id(struct arena *arena, struct str sender, struct str key);
/* NULL: it is not open. */
const struct inbound_entry *inbound_find(const struct inbounds *inbounds, struct str sender,
                                         struct str key);
/* Walks the open ones, oldest first: size_t at = 0; NULL at the end. */
const struct inbound_entry *inbound_next(const struct inbounds *inbounds, size_t *at);

/* An open alert, as silences see it; its title, "SENDER: NAME", is in arena (NULL: none). */
struct silence_matter inbound_matter(struct arena *arena, const struct inbound_entry *entry);

struct inbound_taken {
    size_t fired, resolved;
    size_t repeated; /* open already, or a late repeat, of an older end too */
    size_t unknown;  /* resolved and not open */
    size_t full;     /* not taken, because too much is open */
    size_t raised;   /* of those repeated: worse than before */
};

struct inbound_post {
    struct inbound_sender sender;
    struct inbound_batch batch;
    const struct silences *silences; /* what fires in one says that it is muted; NULL: none */
    struct instant now;
};

/* Adds the facts of a body. What is not taken is counted in out_taken->full. */
void inbound_take(const struct inbounds *inbounds, const struct inbound_post *post,
                  struct event_list *out, struct inbound_taken *out_taken);
/* What the body says of was heard of at its now. To be called when its facts are durable. */
void inbound_hear(struct inbounds *inbounds, const struct inbound_post *post);

struct inbound_close {
    struct str actor, sender, key, reason;
    struct instant now;
};

/* A person ends what its sender never will. Refused when it is not open, or nothing is said. The
 * key may be cut where no other open alert of the sender begins so. */
MUST_USE bool inbound_close(const struct inbounds *inbounds, const struct inbound_close *close,
                            struct event_list *out, struct err *err);

#endif
