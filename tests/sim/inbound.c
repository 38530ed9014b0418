/* inbound.c - two other systems send alerts, again and again until they are told that it was taken;
 * a person closes some. What was taken is in the state, and in no other. */
#include "sim.h"

#include <stdio.h>

static const char *const senders[] = {"watch", "wall"}; /* the first opens incidents */

/* The first parts its alerts by what they say; one of them says something worse after a while. */
static const struct inbound_opens parts[] = {{{"page", 4}, {"critical", 8}, 0},
                                             {{"info", 4}, {"", 0}, 9}};

static struct inbound_alert make_alert(struct sim *sim, struct arena *arena, int at)
{
    const struct sim_inbound *inbound = &sim->inbounds[at];
    return (struct inbound_alert){.change = inbound->fires ? INBOUND_FIRES : INBOUND_RESOLVES,
                                  .key = str_printf(arena, "key %d", at),
                                  .group = STR("all"),
                                  .name = str_printf(arena, "Trouble %d", at),
                                  .severity = at == 0 && sim->step % 3 == 0 ? STR("page")
                                              : at == 0                     ? STR("ticket")
                                                                            : STR("page"),
                                  .summary = STR("it hurts"),
                                  .url = STR("https://watch.example/"),
                                  .starts = inbound->starts};
}

/* As the daemon: the facts are durable before the sender is told. */
static void post(struct sim *sim, int which)
{
    struct arena arena;
    struct event_list events;
    struct inbound_taken taken;
    struct err err = {0};
    struct inbound_post what = {
        .sender = {.name = str_of(senders[which]),
                   .opens = which == 0 ? STR("warning") : STR(""),
                   .by = which == 0 ? parts : NULL,
                   .by_count = which == 0 ? sizeof parts / sizeof *parts : 0,
                   .rank = 2},
        .silences = &sim->core.world.alerts.silences,
        .now = sim_now(sim)};
    arena_init(&arena);
    event_list_init(&events, &arena);
    for (int i = which; i < SIM_INBOUNDS; i += 2)
        LIST_PUSH(&arena, what.batch.items, what.batch.count, what.batch.capacity) =
            make_alert(sim, &arena, i);
    inbound_take(&sim->core.world.inbounds, &what, &events, &taken);
    if (engine_append(&sim->core.engine, &events, &err)) {
        inbound_hear(&sim->core.world.inbounds, &what);
        for (int i = which; i < SIM_INBOUNDS; i += 2)
            sim->inbounds[i].told = true;
    }
    arena_done(&arena);
}

static void check(struct sim *sim)
{
    for (int i = 0; i < SIM_INBOUNDS; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "key %d", i);
        const struct inbound_entry *entry =
            inbound_find(&sim->core.world.inbounds, str_of(senders[i % 2]), str_of(key));
        if (sim->inbounds[i].told && (entry != NULL) != sim->inbounds[i].fires)
            sim_fail(sim, "%s of %s %s", key, senders[i % 2],
                     entry ? "is open and was resolved" : "was taken and is not there");
    }
}

static void close_one(struct sim *sim)
{
    int at = (int)sim_chance(sim, "which is closed", sim->step, SIM_INBOUNDS);
    char key[16];
    (void)snprintf(key, sizeof key, "key %d", at);
    const char *const words[] = {"alert", "close", senders[at % 2], key, "--reason", "it is gone"};
    struct caller caller = {.kind = CALLER_LOCAL, .actor = STR("person:eva"), .person = STR("eva")};
    (void)outside_perform(sim, caller, 6, words);
    sim->inbounds[at].told = false; /* its sender does not know, and says it again */
}

void outside_inbound(struct sim *sim)
{
    if (sim->step % 7 == 0)
        check(sim);
    for (int i = 0; i < SIM_INBOUNDS; i++) {
        struct sim_inbound *inbound = &sim->inbounds[i];
        bool turns =
            sim->draining ? inbound->fires : sim_chance(sim, "inbound", sim->step * 8 + i, 12) == 0;
        if (!turns)
            continue;
        inbound->fires = !inbound->fires;
        inbound->starts = inbound->fires ? sim_now(sim) : inbound->starts;
        inbound->told = false;
    }
    for (int which = 0; which < 2 && !sim->core.crashed; which++)
        if (!sim->inbounds[which].told || !sim->inbounds[which + 2].told ||
            sim_chance(sim, "repeat", sim->step * 2 + which, 5) == 0)
            post(sim, which);
    if (!sim->core.crashed && !sim->draining && sim_chance(sim, "close", sim->step, 15) == 0)
        close_one(sim);
}
