/* serve.h - the core: one event loop that turns the engine, feeds it and releases what it decided.
 *
 * Promises: nothing is answered or ordered before its fact is durable; a child that dies is started
 * again; the loop never waits for the outside. The keeper, on this machine, is asked with a
 * deadline: one that lets it pass is waited for once, then ended and started again, and meanwhile
 * pages leave without a link. */
#ifndef MAIN_SERVE_H
#define MAIN_SERVE_H

#include "access/tally.h"
#include "access/throttle.h"
#include "alert/heard.h"
#include "http/server.h"
#include "keeper/keeper_client.h"
#include "ledger/checkpoint.h"
#include "main/app.h"
#include "main/config_watch.h"
#include "main/seen_mark.h"
#include "os/spawn.h"
#include "worker/pool.h"

#include <event2/bufferevent.h>
#include <event2/event.h>

enum { SIGNALS = 3 };
enum { TICK_MS = 250, CLOCK_STEP_MS = 2000, RESTART_FIRST_MS = 500, RESTART_MOST_MS = 30000 };
enum { RESERVE_BYTES = 4 << 20 };

/* A child process that is kept alive. */
struct child {
    struct spawned process;
    bool running;
    int64_t started_ms;      /* by the clock that never jumps */
    int64_t restart_ms;      /* the next delay; one that ran for long begins with the first again */
    struct instant next_try; /* when it is not running */
    int exit_code;           /* of the one before */
};

struct serve {
    struct app *app;
    struct event_base *base;
    struct event *tick;
    struct event *signals[SIGNALS];
    struct http_server *server;
    struct worker_pool *pool;
    const char *program; /* path of this executable */
    int port;

    struct keeper_client keeper;       /* fd -1: it is counted as down */
    struct instant keeper_down_since;  /* for pages that need a secret; zero: it is there */
    struct keeper_client next_keeper;  /* started again and not ready yet; fd -1: none */
    struct keeper_client tried_keeper; /* beside it, with the secrets of a changed configuration */
    struct spawned tried_process;      /* of tried_keeper; pid 0: none */
    int64_t tried_ms;                  /* when it was started */
    struct child keeper_child;
    struct checkpoint_key key;
    bool key_known;
    int64_t signed_size; /* entries under the newest checkpoint */
    struct instant signed_at;
    struct instant unsigned_since; /* when the keeper first did not sign; zero: it signs */
    struct arena note_arena;       /* reset when a note replaces the one before */
    struct str note;               /* newest signed checkpoint */

    struct child collector_child;
    struct instant history_lost; /* deleted or replaced while it ran: when it was noticed last */
    struct bufferevent *collector;
    int64_t switch_version;  /* of what is switched off, as the collector knows it */
    bool has_unasked;        /* pages that are due have no room, and the log says so */
    int64_t unasked_ms;      /* when that was looked at last */
    struct arena line_arena; /* reset per line of the collector */

    struct arena evaluation_arenas[2]; /* evaluations of this tick and the one before */
    int evaluation_turn;
    struct instant evaluated_at;
    struct heards heards;      /* of the rules that an engine is asked for */
    struct hash heards_digest; /* of the runbook that they are of */
    struct event *early;       /* a turn before its time, because readings came */
    bool is_fresh;             /* readings came since the last evaluation */
    int64_t turn_ms;           /* how long the last such turn took */
    /* The windows are empty, and the collector says what it had kept until this moment of the clock
     * since the boot, at the latest: a part of it looks like a moment that is past. 0: it has said
     * all of it. in_history: that nothing is known was evaluated. */
    int64_t history_until_ms;
    bool in_history;

    int seen_fd;              /* seen_mark.h; -1: there is none */
    struct instant marked_at; /* its newest instant */

    struct str token;       /* of the page (page_token.h); "" when there is none */
    uint64_t token_stamp;   /* of its file at the last look */
    bool has_administrator; /* at the last look */
    struct logins *logins;  /* logins.h */
    struct throttle throttle;
    struct tally tally;
    struct denials denials; /* what known callers asked in vain */

    int64_t clock_offset_ms;     /* wall clock minus boot clock */
    struct instant runbook_read; /* last look at the runbook's file */
    struct hash seen_digest;     /* of what stood there at that look, when it was new */
    uint64_t seen_stamp;         /* of the file itself at that look */
    struct config_watch config_watch;
    struct serve_reload *reload;    /* serve_reload.c; NULL until reeve.yaml is changed */
    struct hash refused_digest;     /* of the version that was refused last */
    struct arena program_arenas[2]; /* the program in force, and the next one */
    int program_turn;
    struct arena page_arena; /* reset per rendering */
    struct arena seen_arena; /* what the streams were sent last (face/page.h) */
    uint64_t *seen;
    size_t seen_count;
    const struct program *seen_program;
    int64_t page_sent_ms, page_cost_ms; /* to those streams: when last, and what it took */
    struct instant beat_at;             /* when the streams were sent something last */

    const char *pool_program;        /* path of reeve-work */
    struct serve_steps *steps;       /* serve_runs.c */
    char step_trouble[400];          /* why a step that was started does not begin, or "" */
    struct serve_live *live;         /* pages_live.c */
    struct serve_queries *queries;   /* serve_queries.c */
    struct serve_probes *probes;     /* serve_probes.c; NULL until one is begun */
    struct serve_asks *asks;         /* serve_asks.c; NULL until it is asked */
    struct serve_beats *beats;       /* beats.c; NULL until one comes */
    struct serve_channels *channels; /* serve_channels.c; NULL without channels: */

    int64_t stepped_by_ms; /* how far the wall clock was set last, and when by the other clock */
    int64_t stepped_boot_ms;
    int64_t behind_ms; /* so much the clock was behind what was known, at least, at the start */
    int64_t boot;      /* of seen_mark.h; 0: not asked yet */
    bool result_lost;  /* a page's result could not be recorded */
    bool follow_lost;  /* the same of what serve_follow.c tells */
    bool heartbeat_running;
    struct instant heartbeat_next;
    bool unwritable;                 /* it was, and that is not recorded yet */
    struct instant unwritable_since; /* of what was paged last */
    struct instant unwritable_paged; /* decisions.md 25: paged unrecorded once an hour */
    size_t unwritable_told;  /* ways tried in this hour: of the first person, of the next … */
    bool unwritable_reached; /* one of them at least */
    struct instant unwritable_tried;
    bool reserve_freed;
    struct instant reserve_tried;
    int64_t unrecorded_pages;
    bool stopping;  /* asked to end: nothing is begun any more */
    bool is_urgent; /* asked twice: what runs is not waited for */
};

/* serve_children.c: keeper and collector. */
MUST_USE bool serve_start_keeper(struct serve *serve, struct err *err);
MUST_USE bool serve_start_collector(struct serve *serve, struct err *err);
/* Sends the collector what it has to look at now. */
MUST_USE bool serve_tell_collector(struct serve *serve, struct err *err);
void serve_watch_children(struct serve *serve, struct instant now);
void serve_stop_children(struct serve *serve);
/* A second keeper, which holds the secrets of another configuration: begun without waiting, asked
 * whether it is ready (false without an error: not yet), put in the place of the first, dropped. */
MUST_USE bool serve_try_keeper(struct serve *serve, const struct config *config, struct err *err);
MUST_USE bool serve_tried_keeper(struct serve *serve, struct err *err);
void serve_adopt_keeper(struct serve *serve);
void serve_drop_tried_keeper(struct serve *serve);

/* fingerprints.c: those of the secrets that commands are given, before anything is decided. */
MUST_USE bool serve_take_fingerprints(struct serve *serve, struct err *err);

/* A child that is spoken to over its standard input and output, both one socket. */
struct child_role {
    const char *name; /* for sentences */
    const char *const *argv;
    void (*read)(struct bufferevent *pipe, void *serve);
    void (*end)(struct bufferevent *pipe, short what, void *serve);
};
/* Starts it and listens; what was heard of the one before is forgotten. *pipe: NULL or that of the
 * one before. It lives until bufferevent_free(*pipe). */
MUST_USE bool child_start(struct serve *serve, struct child *child, const struct child_role *role,
                          struct bufferevent **pipe, struct err *err);
/* Has it ended? It is reaped then, and planned when to start it again. */
bool child_ended(struct child *child, const char *name, struct instant now);
/* Starts it when it is time to. */
void restart_child(struct serve *serve, struct child *child, const char *name,
                   bool (*start)(struct serve *serve, struct err *err), struct instant now);
void stop_child(struct child *child);

/* serve_turn.c: one tick. */
void serve_evaluate(struct serve *serve, struct instant now);
/* What was spent of the objectives' budgets, from the archive. What cannot be had stays unknown. */
void serve_refill(struct serve *serve, struct instant now);
/* Once more the rules are evaluated; then not until the collector has said what it had kept. */
void serve_await_history(struct serve *serve);
void serve_turn(struct serve *serve);
/* The mark of this moment. */
struct seen_mark serve_seen_mark(struct serve *serve, struct instant now);
/* Readings came: they are evaluated soon, and not only at the next tick. */
void serve_hear_readings(struct serve *serve);
/* Appends one fact of the outside; when the ledger refuses it, it is logged and said again later by
 * whoever decides from the state. */
MUST_USE bool serve_record(struct serve *serve, const struct event_list *events);
/* Signs the tree as it stands when something was added since and a second has passed, or at once.
 */
void serve_checkpoint(struct serve *serve, struct instant now, bool at_once);
void serve_watch_runbook(struct serve *serve, struct instant now);
/* Into the log: of which open incidents the runbook no longer has the severity. */
void serve_say_gone(struct serve *serve);

/* serve_orders.c: pages and heartbeats. */
void serve_release(struct serve *serve, struct instant now);
/* Gets the order's secrets from the keeper and hands it to a worker. */
MUST_USE bool serve_start_order(struct serve *serve, const struct order *order,
                                struct worker_answer answer, struct err *err);

/* Without its stop: the sentence goes on after it. */
struct str serve_without_stop(struct str sentence);
/* NULL: nobody of that name is in the configuration. */
const struct config_person *serve_find_person(const struct serve *serve, struct str name);
/* A way that needs a secret waits while the keeper is started again, but not for long. */
bool serve_page_waits(struct serve *serve, const struct page *page,
                      const struct config_person *person, struct instant now);

/* serve_follow.c: receivers that keep alerts are told of their end. */
void serve_follow(struct serve *serve, struct instant now);

/* serve_runs.c: the commands of runs. */
void serve_runs(struct serve *serve);
/* Is it sent by a step that runs, or by what is left of one, or by somebody who is gone? */
bool serve_is_step(struct serve *serve, const struct http_request *request);

/* serve_queries.c: the SQL of runs. */
void serve_queries(struct serve *serve);

/* serve_probes.c: what is looked at from outside. */
void serve_probes(struct serve *serve);
void serve_close_probes(struct serve *serve);
/* The probes of the configuration are others than those of former: what is the same goes on. */
void serve_take_probes(struct serve *serve, const struct config *former);

/* serve_asks.c: what a Prometheus-compatible engine is asked for. */
void serve_asks(struct serve *serve);
void serve_close_asks(struct serve *serve);

/* serve_channels.c: the transport of the incidents' channels: started, told, heard. */
void serve_channels(struct serve *serve, struct instant now);
void serve_close_channels(struct serve *serve);
/* What somebody wrote in a channel, where the transport does not tell it itself; what it does is
 * durable when this returns. Messages of other channels are passed over. */
void serve_channels_said(struct serve *serve, const struct channel_heard *heard);

/* routes.c: what the HTTP server is asked. */
void routes_request(void *context, struct http_exchange *exchange,
                    const struct http_request *request);
/* Sends the changed state of the page to the event streams. */
void routes_send_changes(struct serve *serve, struct instant now);

#endif
