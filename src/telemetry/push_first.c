/* push_first.c - a series that is seen first: has it grown by all that it shows? */
#include "telemetry/identity.h"
#include "telemetry/push_internal.h"

enum { PROCESSES_FIRST = 64, PROCESSES_MAX = 65536 };

static struct push_process *find_process(const struct push *push, uint64_t hash)
{
    size_t mask = push->process_slots - 1;
    size_t at = (size_t)hash & mask;
    while (push->processes[at].hash != 0 && push->processes[at].hash != hash)
        at = (at + 1) & mask;
    return &push->processes[at];
}

/* Twice the room; behind the last of it, those that are known are forgotten. */
static void make_room(struct push *push)
{
    struct push_process *former = push->processes;
    size_t slots = push->process_slots;
    push->process_slots = slots == 0 ? PROCESSES_FIRST : slots < PROCESSES_MAX ? slots * 2 : slots;
    if (push->process_slots == slots)
        memset(former, 0, slots * sizeof *former);
    else
        push->processes =
            arena_array(push->tallies.arena, push->process_slots, sizeof *push->processes);
    push->process_count = 0;
    for (size_t i = 0; i < slots && push->processes != former; i++) {
        if (former[i].hash == 0)
            continue;
        *find_process(push, former[i].hash) = former[i];
        push->process_count++;
    }
}

void push_see_process(struct push *push, const struct label *labels, size_t count, int64_t at_us,
                      bool was_known)
{
    uint64_t hash = identity_hash(labels, count, IDENTITY_OF_SENDER, &push->process_is_one);
    push->process_known = true; /* where no label says so, all of the sender is one */
    if (hash == 0)
        return;
    if (push->process_count * 4 >= push->process_slots * 3)
        make_room(push);
    struct push_process *process = find_process(push, hash);
    if (process->hash == 0) {
        *process = (struct push_process){hash, at_us};
        push->process_count++;
    }
    if (was_known)
        process->since_us = 1; /* of before a restart, or a gap */
    push->process_known = at_us > process->since_us + 2 * push->interval_ms * 1000;
}

bool push_first_is_new(const struct push *push, const struct pushed_sample *sample, int64_t at_us)
{
    int64_t two_us = 2 * push->interval_ms * 1000;
    int64_t floor_us = push->floor.us;
    int64_t began_us = push->began.us > floor_us ? push->began.us : floor_us;
    if (sample->start.us > began_us && sample->start.us >= at_us - two_us)
        return true;
    if (at_us <= push->began.us + two_us || at_us <= floor_us)
        return false;
    return push->process_known && (sample->start.us == 0 || push->process_is_one);
}

void push_note_first(struct push *push, const struct series_uses *uses,
                     const struct pushed_sample *sample, int64_t at_us, bool is_new)
{
    bool started = sample->start.us >= at_us - 2 * push->interval_ms * 1000;
    if (!push->settled || started)
        return;
    for (size_t i = 0; i < uses->count; i++) {
        struct pushed_tally *wait = &push->waits[uses->items[i].tally - push->tallies.items];
        if (series_use_is_gauge(&uses->items[i]))
            continue;
        if (wait->fresh++ == 0)
            wait->fresh_us = push->now.us;
        wait->learnt += !is_new;
    }
}

/* Half of what is there or more is new, and of the rest nothing has come since: either it comes
 * within its interval, or what is new has taken its place. */
bool push_waits_for_former(struct push *push, size_t tally)
{
    struct pushed_tally *wait = &push->waits[tally];
    int64_t until_us = wait->fresh_us + push->interval_ms * 1500;
    if (wait->fresh == 0 || wait->behind == 0 || wait->fresh * 2 < wait->live)
        return false;
    if (push->now.us < until_us) {
        push_look_again(push, until_us);
        return true;
    }
    uint32_t came = wait->live - wait->behind;
    if (wait->fresh * 2 <= came)
        return false;
    int64_t read_us = wait->released_us ? wait->released_us : push->now.us;
    int64_t gap_us = (stale_after_ms(push->interval_ms) + push->interval_ms) * 1000;
    tallied_clear(&push->tallies.items[tally]);
    *wait = (struct pushed_tally){
        .released = push->flush, .released_us = wait->released_us, .learn_us = read_us + gap_us};
    push_look_again(push, wait->learn_us);
    return true;
}
