/* history.c - a ring of doubles. */
#include "alert/history.h"

#include <math.h>

static void push(struct history *history, double value)
{
    history->values[history->next] = value;
    history->next = (history->next + 1) % HISTORY_VALUES;
    if (history->count < HISTORY_VALUES)
        history->count++;
}

void history_push(struct history *history, const struct evaluation *evaluation, struct instant now,
                  int64_t step_ms)
{
    bool has_value = evaluation->truth == TRUTH_TRUE || evaluation->truth == TRUTH_FALSE;
    double value = has_value ? evaluation->value : NAN;
    int64_t step = now.us / 1000 / step_ms;
    if (history->count > 0 && step <= history->step) {
        history->values[(history->next + HISTORY_VALUES - 1) % HISTORY_VALUES] = value;
        return;
    }
    int64_t missed = history->count > 0 ? step - history->step - 1 : 0;
    for (int64_t i = 0; i < missed && i < HISTORY_VALUES; i++)
        push(history, NAN);
    push(history, value);
    history->step = step;
}

const double *history_values(struct arena *arena, const struct history *history, size_t *out_count)
{
    double *values = arena_array(arena, history->count, sizeof *values);
    size_t first = (history->next + HISTORY_VALUES - history->count) % HISTORY_VALUES;
    for (size_t i = 0; i < history->count; i++)
        values[i] = history->values[(first + i) % HISTORY_VALUES];
    *out_count = history->count;
    return values;
}
