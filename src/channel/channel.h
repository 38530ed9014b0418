/* channel.h - the channel of an incident: wanted, created, told of what happens, left.
 *
 * Promises: state changes only by folding events; orders are computed from it, so that a restart
 * asks for the same again. What is to be posted is a fact before it is ordered
 * (channel.posting) and after it was posted (channel.posted): nothing is lost, and nothing is
 * posted twice unless Reeve or the connection ended between the two. A storm is bounded: at most
 * CHANNEL_LINES_MAX lines wait, the others are counted and said as one.
 * What belongs together is said where people are: the channel of an incident that was merged says
 * where the talk goes on, and that of one that was split says where the other part is talked of.
 * Refuses: to know how a channel is reached; that is a transport's (channel/transport.h).
 *
 *   nothing    wanted     the incident is grave enough, and channels: is in reeve.yaml
 *   wanted     wanted     the name is taken: the next one is tried
 *   wanted     made       the transport has created it
 *   wanted     wanted     refused: why stands in the state; the transport is asked again later
 *   made       left       CHANNEL_LEAVE_MS after the end of the incident, all being posted, and
 *                         nothing of a breach being open */
#ifndef CHANNEL_CHANNEL_H
#define CHANNEL_CHANNEL_H

#include "calendar/zone.h"
#include "channel/transport.h"
#include "incident/incident.h"

enum {
    CHANNEL_LINES_MAX = 32,   /* that wait to be posted */
    CHANNEL_LINES_POST = 12,  /* in one post */
    CHANNEL_LINES_TAIL = 8,   /* of a storm, the newest are kept */
    CHANNEL_LINE_BYTES = 400, /* of one line of the timeline */
    CHANNEL_NAME_MOST = 80,   /* bytes of a name, whatever a transport takes */
    CHANNEL_NAME_BYTES = 88,  /* a name in the state, and its NUL */
    CHANNEL_ID_BYTES = 88,    /* how the transport calls it */
    CHANNEL_REASON_BYTES = 200,
    CHANNEL_MESSAGES_MAX = 32, /* ids of messages remembered, so that none is taken twice */
    CHANNEL_MESSAGE_BYTES = 64,
    CHANNEL_AWAITED_MAX = 8,
    CHANNEL_ATTEMPTS_MAX = 20, /* names tried */
    CHANNEL_TOPIC_BYTES = 360,
    CHANNEL_LEAVE_MS = 35 * 60 * 1000 /* it may come back for INCIDENT_REOPEN_MS */
};

enum channel_state { CHANNEL_WANTED, CHANNEL_TAKEN, CHANNEL_MADE };

/* One line of the timeline that was not posted yet. */
struct channel_line {
    int64_t entry; /* of the ledger */
    struct instant at;
    int64_t more; /* lines that stood behind it and were dropped */
    int64_t to;   /* it says that the talk is in the channel of this incident; or 0 */
    char text[CHANNEL_LINE_BYTES];
};

struct channel {
    int64_t incident;
    enum channel_state state;
    char kind[16];                     /* of the transport: "irc" */
    char name[CHANNEL_NAME_BYTES];     /* without '#' */
    char id[CHANNEL_ID_BYTES];         /* "" until it is made */
    char reason[CHANNEL_REASON_BYTES]; /* why there is none yet, or "" */
    int64_t attempt;                   /* of the name, from 1 */
    uint64_t topic;                    /* hash of what was set last; 0: nothing was */
    int64_t posting;                   /* up to this entry it was ordered; 0: nothing is */
    int64_t posted;                    /* up to this entry all is posted */
    struct instant ended;              /* of the incident; zero: it goes on; re-based */
    int64_t into;                      /* what the incident was merged into, at last; or 0 */
    int64_t
        awaited[CHANNEL_AWAITED_MAX]; /* whose channels are to be told here once they are made */
    size_t awaited_count;
    bool is_skipping;           /* the next note came from the channel itself */
    struct channel_line *lines; /* room for CHANNEL_LINES_MAX */
    size_t line_count;
    char heard[CHANNEL_MESSAGES_MAX][CHANNEL_MESSAGE_BYTES];
    size_t heard_count; /* ever */
    struct channel *next_free;
};

struct channels {
    struct arena *arena;                             /* state lifetime */
    struct arena scratch;                            /* reset per event */
    struct channel *items[LIMIT_INCIDENTS_OPEN * 2]; /* in order of incident */
    size_t count;
    struct channel *free;
};

/* What reeve.yaml says, and what the transport told of itself. */
struct channel_settings {
    struct str kind;         /* "": no channels */
    const struct zone *zone; /* of the date in names and the times of lines; NULL: UTC */
    size_t name_bytes;       /* longest name without '#'; 0: CHANNEL_NAME_MOST */
    struct str from;    /* the mildest severity that gets one; "": SEVERITY_QUIET_RANK does not */
    struct str called;  /* what Reeve is called on the server, where its own nick is taken; "" */
    struct str without; /* why it is there without its account, where it has one; "" */
};

/* What decisions, orders and commands read. */
struct channel_world {
    const struct channels *channels;
    const struct incidents *incidents;
    const struct severity_plan *plan;
    const struct program *program; /* for the pattern of names */
    struct channel_settings settings;
    struct str public_url; /* or "" */
    struct instant now;
};

void channels_init(struct channels *channels, struct arena *arena);
void channels_done(struct channels *channels);
/* Folds the ledger's entry `sequence`; kinds that do not concern channels are passed over. */
void channel_fold(struct channels *channels, const struct event *event, int64_t sequence);
/* Adds what is to be recorded at world->now: channels that are wanted, next names, what is to be
 * posted (channel.posting), channels that are left. */
void channel_decide(const struct channel_world *world, struct event_list *out);
/* When it next decides something by the clock; zero: never. */
struct instant channel_next_due(const struct channel_world *world);
/* NULL: it has none. By the incident, and by the id that the transport gave it. */
const struct channel *channel_find(const struct channels *channels, int64_t incident);
const struct channel *channel_find_id(const struct channels *channels, struct str id);

/* What the transport is to be asked now, by the folded state; in arena. Each is asked again only
 * when it was answered, or the transport began anew: whoever sends them remembers that. At most one
 * of a channel. */
struct channel_order *channel_orders(const struct channel_world *world, struct arena *arena,
                                     size_t *out_count);
/* After a (re)start of the transport: the channels that it has to be in; in arena. */
struct channel_order *channel_joins(const struct channel_world *world, struct arena *arena,
                                    size_t *out_count);
/* Adds the facts that an answer is; nothing when it is late or says nothing new. */
void channel_hear(const struct channel_world *world, const struct channel_heard *heard,
                  struct event_list *out);
/* The incident that is meant by what is written in the channel: its own, or what that was merged
 * into. */
int64_t channel_speaks_of(const struct channel *channel);
/* Was the message of this id taken already? Ids "" never were. */
bool channel_has_heard(const struct channel *channel, struct str id);
/* The fact that a message was taken; in the batch of what it did, before it. is_note: the note that
 * follows is not posted back. */
void channel_take(const struct channel_world *world, const struct channel *channel,
                  const struct channel_heard *heard, bool is_note, struct event_list *out);

/* The one line that says what is known: severity, state, commander, clocks, page; in arena. */
struct str channel_topic(const struct channel_world *world, struct arena *arena,
                         const struct channel *channel, const struct incident *incident);
/* The same in lines, to be pinned; in arena. */
struct str *channel_facts(const struct channel_world *world, struct arena *arena,
                          const struct incident *incident, size_t *out_count);
/* "Incident 7 was merged into incident 3; the talk goes on in #….": one sentence, in arena; ""
 * when it was not merged. */
struct str channel_pointer(const struct channel_world *world, struct arena *arena,
                           const struct channel *channel);
/* "#incident-2026-11-30-checkout-is-down, cannot be created: …": one sentence for people; "" when
 * the incident has none and gets none. */
struct str channel_sentence(const struct channel_world *world, struct arena *arena,
                            int64_t incident);

#endif
