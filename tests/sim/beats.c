/* beats.c - jobs that say how they are at any moment, or stay away, over crashes and clocks. */
#include "alert/beat_file.h"
#include "sim.h"

enum { MINUTE_MS = 60000, SLACK_MS = 10000 };

static const struct beat_plan plans[SIM_BEATS] = {{.name = {"backup", 6},
                                                   .rule = {"00000000000000b0", 16},
                                                   .level = {"critical", 8},
                                                   .words = {"every 5 min", 11},
                                                   .every_ms = 5 * MINUTE_MS,
                                                   .grace_ms = MINUTE_MS},
                                                  {.name = {"report", 6},
                                                   .rule = {"00000000000000b1", 16},
                                                   .level = {"warning", 7},
                                                   .words = {"every 2 min", 11},
                                                   .every_ms = 2 * MINUTE_MS,
                                                   .grace_ms = MINUTE_MS,
                                                   .longest_ms = MINUTE_MS},
                                                  {.name = {"sweep", 5},
                                                   .rule = {"00000000000000b2", 16},
                                                   .level = {"warning", 7},
                                                   .words = {"every 1 h", 9},
                                                   .every_ms = 60 * MINUTE_MS}};

/* The last one is not in every version of the configuration. */
struct beat_plans beats_of(int runbook)
{
    return (struct beat_plans){plans, runbook == 1 ? SIM_BEATS - 1 : SIM_BEATS};
}

static struct beat_clock clock_of(const struct sim *sim)
{
    return (struct beat_clock){STR("sim"), sim->core.clock_offset_ms};
}

void beats_open(struct sim *sim)
{
    struct beat_clock clock = clock_of(sim);
    struct beats *beats = &sim->core.world.beats;
    struct err err = {0};
    if (sim->beat_file.n > 0 && !beat_file_read(beats, sim->beat_file, &clock, sim_now(sim), &err))
        sim_fail(sim, "the file of heartbeats is refused: %s", err.text);
    beats_know(beats, false, sim_now(sim));
}

/* By the clock that the state counts in, when its step could not be recorded yet. */
static struct instant hearing_time(const struct sim *sim)
{
    int64_t off_ms = sim->offset_ms - sim->core.clock_offset_ms;
    return instant_add_ms(sim_now(sim), off_ms > 2000 || off_ms < -2000 ? -off_ms : 0);
}

/* As the daemon: what was said is written down before it is answered. */
void beats_say(struct sim *sim)
{
    static const enum beat_word words[] = {BEAT_DONE, BEAT_DONE, BEAT_DONE, BEAT_BEGUN,
                                           BEAT_FAILURE};
    struct beats *beats = &sim->core.world.beats;
    struct beat_clock clock = clock_of(sim);
    for (int i = 0; i < SIM_BEATS; i++) {
        int64_t place = sim->step * 16 + i;
        bool silent = sim_chance(sim, "job", sim->step / 20 * 16 + i, 3) == 0;
        enum beat_word word = sim->draining ? BEAT_DONE : words[sim_chance(sim, "word", place, 5)];
        bool says = sim->draining || (!silent && sim_chance(sim, "beat", place, 3) == 0);
        if (!beat_find(beats, plans[i].name) || !says)
            continue;
        if (!beat_hear(beats, plans[i].name, word, BEAT_SAID_FAILED, hearing_time(sim)))
            sim_fail(sim, "there is no room for a heartbeat");
        if (word == BEAT_DONE)
            sim->beat_boot_ms[i] = sim->boot_ms;
    }
    sim->beat_file = beat_file_write(&sim->arena, beats, &clock);
}

void beats_check(struct sim *sim)
{
    for (int i = 0; i < SIM_BEATS; i++) {
        const struct beat *beat = beat_find(&sim->core.world.beats, plans[i].name);
        if ((size_t)i >= sim->core.world.beat_plans.count)
            sim->beat_boot_ms[i] = 0; /* dropped */
        int64_t age_ms = sim->boot_ms - sim->beat_boot_ms[i];
        if (!beat || (size_t)i >= sim->core.world.beat_plans.count)
            continue;
        if (beat_trouble_at(&sim->core.world.beats, &plans[i], beat, sim_now(sim)) != beat->trouble)
            sim_fail(sim, "%s is not recorded as it is", beat->name);
        if (beat->trouble == BEAT_LATE && sim->beat_boot_ms[i] > 0 &&
            age_ms + SLACK_MS < plans[i].every_ms + plans[i].grace_ms)
            sim_fail(sim, "%s is late, and was heard of %lld ms ago", beat->name,
                     (long long)age_ms);
    }
}
