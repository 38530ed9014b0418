/* ran.c - a handful of times. */
#include "alert/ran.h"

#include <string.h>

void ran_add(struct ran *ran, struct instant from, struct instant until)
{
    if (!instant_before(from, until))
        return;
    if (ran->count == RUNS_KEPT)
        memmove(ran->runs, ran->runs + 1, --ran->count * sizeof *ran->runs);
    ran->runs[ran->count].from = from;
    ran->runs[ran->count++].until = until;
}

void ran_shift(struct ran *ran, int64_t by_ms)
{
    for (size_t i = 0; i < ran->count; i++) {
        ran->runs[i].from = instant_add_ms(ran->runs[i].from, by_ms);
        ran->runs[i].until = instant_add_ms(ran->runs[i].until, by_ms);
    }
}

int64_t ran_since_ms(const struct ran *ran, struct instant since)
{
    int64_t sum_ms = 0;
    for (size_t i = 0; i < ran->count; i++) {
        struct instant from = ran->runs[i].from;
        if (instant_before(from, since))
            from = since;
        if (instant_before(from, ran->runs[i].until))
            sum_ms += instant_ms_between(from, ran->runs[i].until);
    }
    return sum_ms;
}

int64_t ran_begun_since_ms(const struct ran *ran, struct instant since)
{
    int64_t sum_ms = 0;
    for (size_t i = 0; i < ran->count; i++)
        if (!instant_before(ran->runs[i].from, since))
            sum_ms += instant_ms_between(ran->runs[i].from, ran->runs[i].until);
    return sum_ms;
}
