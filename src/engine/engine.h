/* engine.h - one turn: the only place where time passes.
 *
 * decide (pure) → append (one durable batch) → fold, again until nothing is decided (at most
 * LIMIT_TURN_ROUNDS rounds); then the caller releases replies and orders computed from the folded
 * state. Nothing is answered, ordered or sent before its event is durable.
 * Promises: a failed append changes nothing in the state, so the next turn decides the same again.
 * Touches the outside only through its ports. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "ledger/merkle.h"
#include "ledger/store.h"
#include "state/world.h"

struct engine_ports {
    struct store *store;
    void (*random)(void *bytes, size_t size_bytes);
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

/* Rounds of decisions at now until nothing is decided. */
MUST_USE bool engine_turn(struct engine *engine, struct instant now, struct err *err);

#endif
