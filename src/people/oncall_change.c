/* oncall_change.c - the fold of overrides, swaps and leave. */
#include "people/oncall_change.h"

void oncall_changes_init(struct oncall_changes *changes, struct arena *arena)
{
    *changes = (struct oncall_changes){.arena = arena};
}

static void remove_at(struct oncall_changes *changes, size_t i)
{
    changes->count--;
    memmove(&changes->items[i], &changes->items[i + 1],
            (changes->count - i) * sizeof *changes->items);
}

/* What is over for long is forgotten; where there is no room, what has been over longest. */
static void make_room(struct oncall_changes *changes, struct instant now)
{
    struct instant limit = instant_add_ms(now, -ONCALL_KEPT_MS);
    size_t oldest = 0;
    for (size_t i = changes->count; i-- > 0;)
        if (instant_before(changes->items[i].until, limit))
            remove_at(changes, i);
    if (changes->count < ONCALL_KEPT_MAX)
        return;
    for (size_t i = 1; i < changes->count; i++)
        if (instant_before(changes->items[i].until, changes->items[oldest].until))
            oldest = i;
    remove_at(changes, oldest);
}

static void fold_made(struct oncall_changes *changes, const struct event *event)
{
    int64_t number = event_int(event, "number");
    if (number <= changes->last_number)
        return;
    make_room(changes, event->at);
    struct oncall_change *change =
        &LIST_PUSH(changes->arena, changes->items, changes->count, changes->capacity);
    *change =
        (struct oncall_change){.number = number,
                               .kind = event->kind == EVENT_ONCALL_OVERRIDDEN ? ONCALL_OVERRIDE
                                       : event->kind == EVENT_ONCALL_SWAPPED  ? ONCALL_SWAP
                                                                              : ONCALL_LEAVE,
                               .from = event_instant(event, "from"),
                               .until = event_instant(event, "until")};
    changes->last_number = number;
    if (change->kind != ONCALL_LEAVE)
        str_keep(change->rota, sizeof change->rota, event_str(event, "rota"));
    if (change->kind == ONCALL_SWAP)
        str_keep(change->other, sizeof change->other, event_str(event, "other"));
    str_keep(change->person, sizeof change->person, event_str(event, "person"));
    str_keep(change->by, sizeof change->by, actor_name(event->actor));
    struct str reason = event_str(event, "reason");
    str_keep(change->reason, sizeof change->reason, reason.n > 0 ? reason : STR("(erased)"));
}

/* What had begun ends now: until then it was so. */
static void fold_undone(struct oncall_changes *changes, const struct event *event)
{
    for (size_t i = 0; i < changes->count; i++) {
        struct oncall_change *change = &changes->items[i];
        if (change->number != event_int(event, "number"))
            continue;
        if (instant_before(change->from, event->at))
            change->until = event->at;
        else
            remove_at(changes, i);
        return;
    }
}

void oncall_change_fold(struct oncall_changes *changes, const struct event *event)
{
    if (event->kind != EVENT_ONCALL_OVERRIDDEN && event->kind != EVENT_ONCALL_SWAPPED &&
        event->kind != EVENT_ONCALL_LEAVE && event->kind != EVENT_ONCALL_UNDONE)
        return;
    if (event->kind != EVENT_ONCALL_UNDONE)
        fold_made(changes, event);
    else
        fold_undone(changes, event);
    changes->version++;
}

const struct oncall_change *oncall_change_find(const struct oncall_changes *changes, int64_t number)
{
    for (size_t i = 0; i < changes->count; i++)
        if (changes->items[i].number == number)
            return &changes->items[i];
    return NULL;
}

bool oncall_change_is_on(const struct oncall_change *change, struct instant at)
{
    return !instant_before(at, change->from) && instant_before(at, change->until);
}

bool oncall_is_away(const struct oncall_changes *changes, struct str person, struct instant at)
{
    for (size_t i = 0; changes && i < changes->count; i++) {
        const struct oncall_change *change = &changes->items[i];
        if (change->kind == ONCALL_LEAVE && oncall_change_is_on(change, at) &&
            str_is_nocase(person, change->person))
            return true;
    }
    return false;
}

struct str oncall_change_words(struct arena *arena, const struct oncall_change *change)
{
    switch (change->kind) {
    case ONCALL_OVERRIDE:
        return str_printf(arena, "override of %s by %s", change->rota, change->person);
    case ONCALL_SWAP:
        return str_printf(arena, "swap of %s and %s on %s", change->person, change->other,
                          change->rota);
    case ONCALL_LEAVE: return str_printf(arena, "leave of %s", change->person);
    }
    return STR("");
}
