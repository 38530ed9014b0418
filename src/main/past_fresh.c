/* past_fresh.c - the collector's lines, as far as they are newer than the archive. */
#include "main/past_fresh.h"

#include "collect/history.h"
#include "collect/logs.h"

#include <stdlib.h>

struct past_seen {
    struct str target;
    struct instant newest;
};

struct walk {
    struct past_fresh *fresh;
    struct instant after, now;
    struct str quoted; /* the signal as it stands in a line */
    struct arena turn;
};

void past_fresh_init(struct past_fresh *fresh, struct arena *arena, struct str signal)
{
    *fresh = (struct past_fresh){.arena = arena, .signal = signal};
}

static struct past_seen *find(const struct past_fresh *fresh, struct str target)
{
    for (size_t i = 0; i < fresh->seen_count; i++)
        if (str_equal(fresh->seen[i].target, target))
            return &fresh->seen[i];
    return NULL;
}

void past_fresh_saw(struct past_fresh *fresh, const struct reading *reading)
{
    struct past_seen *seen = find(fresh, reading->target);
    if (!seen) {
        seen = &LIST_PUSH(fresh->arena, fresh->seen, fresh->seen_count, fresh->seen_capacity);
        *seen = (struct past_seen){.target = str_copy(fresh->arena, reading->target)};
    }
    if (instant_before(seen->newest, reading->at))
        seen->newest = reading->at;
}

static void take_line(void *context, struct str line)
{
    struct walk *walk = context;
    struct past_fresh *fresh = walk->fresh;
    struct collector_line parsed;
    struct err err;
    if (str_find(line, walk->quoted.p, 0) >= line.n ||
        !collector_line_parse(&walk->turn, line, &parsed, &err) || !parsed.is_reading)
        return;
    struct reading *reading = &parsed.reading;
    const struct past_seen *seen = find(fresh, reading->target);
    if (!str_equal(reading->signal, fresh->signal) ||
        (seen && !instant_before(seen->newest, reading->at)) ||
        !instant_before(walk->after, reading->at) || instant_before(walk->now, reading->at))
        return;
    past_fresh_saw(fresh, reading); /* what the file has twice is one */
    reading->signal = fresh->signal;
    reading->target = str_copy(fresh->arena, reading->target);
    reading_copy_series(fresh->arena, reading);
    LIST_PUSH(fresh->arena, fresh->items, fresh->count, fresh->capacity) = *reading;
}

static void take(void *context, struct str line)
{
    struct walk *walk = context;
    if (str_find(line, walk->quoted.p, 0) >= line.n)
        return; /* most are of other signals */
    if (logs_is_report(line))
        logs_each_line(&walk->turn, line, take_line, walk);
    else
        take_line(walk, line);
    arena_reset(&walk->turn);
}

static int compare(const void *a, const void *b)
{
    const struct reading *x = a;
    const struct reading *y = b;
    if (x->at.us != y->at.us)
        return x->at.us < y->at.us ? -1 : 1;
    return str_compare(x->target, y->target);
}

void past_fresh_read(struct past_fresh *fresh, struct str folder, struct instant after,
                     struct instant now)
{
    struct walk walk = {.fresh = fresh, .after = after, .now = now};
    struct text quoted;
    text_init(&quoted, fresh->arena, 4096);
    json_quote(&quoted, fresh->signal);
    text_byte(&quoted, '\0');
    walk.quoted = text_str(&quoted);
    arena_init(&walk.turn);
    history_look(folder, take, &walk);
    arena_done(&walk.turn);
    if (fresh->count > 1)
        qsort(fresh->items, fresh->count, sizeof *fresh->items, compare);
}
