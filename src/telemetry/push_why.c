/* push_why.c - what stands beside a signal that is not known: about what it reads, not about what
 * else its sender sends. */
#include "telemetry/push_internal.h"

static struct push_why *why_of(struct push *push, size_t signal)
{
    if (!push->whys)
        push->whys =
            arena_array(push->tallies.arena, push->tallies.signals->count + 1, sizeof *push->whys);
    if (!push->whys[signal])
        push->whys[signal] = arena_make(push->tallies.arena, struct push_why);
    return push->whys[signal];
}

void push_set_why(struct push *push, size_t tally, const char *why)
{
    struct push_why *of = why_of(push, tally / ALTERNATIVES_MAX);
    if (of->round == push->tallies.round)
        return; /* the first one stays */
    of->round = push->tallies.round;
    str_keep(of->text, sizeof of->text, str_of(why));
}

void push_set_ended(struct push *push, size_t signal)
{
    struct push_why *of = why_of(push, signal);
    if (of->round == push->tallies.round)
        of->ended = push->tallies.round;
}

void push_set_refused(struct push *push, struct str name, const char *why)
{
    const struct interest *interest = tallies_find(&push->tallies, name);
    if (!interest || (interest == push->why_of && push->why_at.us == push->now.us))
        return;
    push->why_of = interest;
    push->why_at = push->now;
    for (size_t i = 0; i < push->tallies.signals->count; i++) {
        if (!tallies_are_of(&push->tallies, interest, i))
            continue;
        struct push_why *of = why_of(push, i);
        of->refused_at = push->now;
        str_keep(of->refused, sizeof of->refused, str_of(why));
    }
}

void push_explain(struct push *push, size_t signal, bool found)
{
    char former[sizeof push->tallies.problem];
    memcpy(former, push->tallies.problem, sizeof former);
    push->tallies.problem[0] = '\0';
    tallies_explain(&push->tallies, signal, found);
    if (push->tallies.problem[0] != '\0' && !found)
        push_set_why(push, signal * ALTERNATIVES_MAX, push->tallies.problem);
    if (former[0] != '\0')
        memcpy(push->tallies.problem, former, sizeof former);
}

struct str push_why_not(const struct push *push, size_t signal, struct instant now,
                        int64_t recent_ms)
{
    const struct push_why *of = push->whys ? push->whys[signal] : NULL;
    if (!of)
        return STR("");
    if (of->round == push->tallies.round)
        return str_of(of->text);
    int64_t age_ms = instant_ms_between(of->refused_at, now);
    if (!instant_is_zero(of->refused_at) && age_ms >= 0 && age_ms < recent_ms)
        return str_of(of->refused);
    return STR("");
}
