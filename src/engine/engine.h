/* engine.h - one turn: the only place where time passes.
 *
 * decide (pure) → append (one durable batch) → fold, again until nothing is decided (at most
 * LIMIT_TURN_ROUNDS rounds); then the caller releases replies and orders computed from the folded
 * state. Nothing is answered, ordered or sent before its event is durable.
 * Promises: a failed append changes nothing in the state, so the next turn decides the same again.
 * The same for what is erased: text.erased is durable first, then the texts go; what a crash left
 * undone is found by the replay and done by the next turn.
 * Touches the outside only through its ports. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/limits.h"
#include "ledger/merkle.h"
#include "ledger/store.h"
#include "state/world.h"

struct engine_ports {
    struct store *store;
    void (*random)(void *bytes, size_t size_bytes);
};

/* Recorded, and the texts still stand beside their entry. */
struct erasure {
    int64_t entry;
    struct instant at;
};

struct engine {
    struct engine_ports ports;
    struct world *world;
    struct merkle tree; /* over all durable leaves */
    struct arena turn;  /* reset every turn */
    bool unwritable;    /* the newest append failed */
    struct instant unwritable_since;
    struct err unwritable_err;
    int64_t refused_rounds; /* turns cut off at LIMIT_TURN_ROUNDS */
    struct erasure erasures[LIMIT_ERASURES];
    size_t erasure_count;
    struct instant erasure_retry; /* not before; zero: at once */
};

void engine_init(struct engine *engine, struct engine_ports ports, struct world *world);
void engine_done(struct engine *engine);

/* Folds the whole ledger into the state and the tree. ERR_SELF with the sequence when an entry
 * cannot be read. */
MUST_USE bool engine_replay(struct engine *engine, struct err *err);

/* Makes events durable and folds them, as one batch. Used for facts of the outside (worker
 * results, started, stopped). */
MUST_USE bool engine_append(struct engine *engine, const struct event_list *events,
                            struct err *err);

/* One entry as stored, with its texts. ERR_USAGE when there is none of that number. */
MUST_USE bool engine_read_entry(const struct engine *engine, struct arena *arena, int64_t sequence,
                                struct ledger_entry *out_entry, struct err *err);

/* What the ledger holds about a subject; for world->stories, with the engine as context. False
 * where the store cannot be asked so. */
MUST_USE bool engine_story(void *context, struct arena *arena, struct str subject,
                           struct story *out_story, struct err *err);

/* Rounds of decisions at now until nothing is decided; then what is to be erased. */
MUST_USE bool engine_turn(struct engine *engine, struct instant now, struct err *err);
/* Is the store still there? Where it is not, the ledger counts as one that cannot be written,
 * before anything is to be recorded. False, with err, when that is new. */
MUST_USE bool engine_look(struct engine *engine, struct instant now, struct err *err);

#endif
