/* inbound.c - the open alerts of other systems, folded from their facts. */
#include "inbound/opens.h"

void inbounds_init(struct inbounds *inbounds, struct arena *arena)
{
    *inbounds = (struct inbounds){.arena = arena};
    map_init(&inbounds->open, LIMIT_INBOUND_OPEN);
    map_init(&inbounds->groups, LIMIT_INBOUND_OPEN);
    map_init(&inbounds->closed, LIMIT_INBOUND_CLOSED);
}

void inbounds_done(struct inbounds *inbounds)
{
    map_done(&inbounds->open);
    map_done(&inbounds->groups);
    map_done(&inbounds->closed);
}

struct str inbound_id(struct arena *arena, struct str sender, struct str key)
{
    return str_printf(arena, "%.*s\n%.*s", STR_ARGS(sender), STR_ARGS(key));
}

static struct inbound_entry *find(const struct inbounds *inbounds, struct str sender,
                                  struct str key)
{
    struct arena scratch;
    arena_init(&scratch);
    struct inbound_entry *entry = map_find(&inbounds->open, inbound_id(&scratch, sender, key));
    arena_done(&scratch);
    return entry;
}

const struct inbound_entry *inbound_find(const struct inbounds *inbounds, struct str sender,
                                         struct str key)
{
    return find(inbounds, sender, key);
}

const struct inbound_entry *inbound_next(const struct inbounds *inbounds, size_t *at)
{
    const struct map_entry *entry = map_next(&inbounds->open, at);
    return entry ? entry->value : NULL;
}

struct silence_matter inbound_matter(struct arena *arena, const struct inbound_entry *entry)
{
    return (struct silence_matter){
        .kind = SILENCE_OF_ALERT,
        .id = str_of(entry->group->id),
        .signal = STR(""),
        .name = str_of(entry->name),
        .sender = str_of(entry->sender),
        .key = str_of(entry->key),
        .title = arena ? str_printf(arena, "%s: %s", entry->sender, entry->name) : STR(""),
        .level = str_of(entry->group->opens),
        .since = entry->since};
}

static void drop_closed(struct inbounds *inbounds, struct str id)
{
    struct inbound_closed *closed = map_remove(&inbounds->closed, id);
    if (!closed)
        return;
    closed->next_free = inbounds->free_closed;
    inbounds->free_closed = closed;
}

/* What closed so long ago that nothing can be a late repeat of it, and the oldest beyond the limit.
 */
static void forget_closed(struct inbounds *inbounds, struct instant now)
{
    const struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&inbounds->closed, &at))) {
        const struct inbound_closed *closed = entry->value;
        if (inbounds->closed.count < inbounds->closed.max &&
            instant_ms_between(closed->at, now) <= INBOUND_DOUBLE_MS)
            return;
        drop_closed(inbounds, entry->key);
    }
}

static struct inbound_group *take_group(struct inbounds *inbounds, const struct event *event)
{
    struct str id = event_str(event, "group");
    struct inbound_group *group = map_find(&inbounds->groups, id);
    if (group)
        return group;
    group = inbounds->free_groups ? inbounds->free_groups
                                  : arena_make(inbounds->arena, struct inbound_group);
    if (!map_put(&inbounds->groups, id, group))
        return NULL; /* each open alert has at most one: a foreign ledger */
    if (group == inbounds->free_groups)
        inbounds->free_groups = group->next_free;
    *group = (struct inbound_group){0};
    struct arena scratch;
    arena_init(&scratch);
    str_keep(group->id, sizeof group->id, id);
    str_keep(group->opens, sizeof group->opens, event_str(event, "opens"));
    str_keep(group->title, sizeof group->title,
             str_printf(&scratch, "%.*s: %.*s", STR_ARGS(event_str(event, "sender")),
                        STR_ARGS(event_str(event, "name"))));
    arena_done(&scratch);
    return group;
}

/* The first of its group that is heard gives it its name: true for that one. */
static bool hear_in_group(const struct inbound_entry *entry)
{
    struct arena scratch;
    struct inbound_group *group = entry->group;
    if (group->heard++ > 0)
        return false;
    arena_init(&scratch);
    str_keep(group->title, sizeof group->title, inbound_matter(&scratch, entry).title);
    arena_done(&scratch);
    return true;
}

const struct inbound_group *inbound_unmute(struct inbounds *inbounds,
                                           const struct silences *silences, size_t *at)
{
    const struct map_entry *found;
    while ((found = map_next(&inbounds->open, at))) {
        struct inbound_entry *entry = found->value;
        const struct silence_matter matter = inbound_matter(NULL, entry);
        if (!entry->muted || silence_of(silences, &matter))
            continue;
        entry->muted = false;
        if (hear_in_group(entry))
            return entry->group;
    }
    return NULL;
}

int64_t inbound_heard(const struct inbounds *inbounds, struct str group_id)
{
    const struct inbound_group *group = map_find(&inbounds->groups, group_id);
    return group ? group->heard : 0;
}

static void fill(struct inbound_entry *entry, const struct event *event)
{
    struct instant starts = event_instant(event, "starts");
    bool is_said = starts.us != event->at.us; /* else it stands for what was not said */
    *entry = (struct inbound_entry){.starts = starts,
                                    .began = is_said ? starts : (struct instant){0},
                                    .since = event->at,
                                    .heard = event->at,
                                    .muted = event_int(event, "muted") != 0};
    str_keep(entry->sender, sizeof entry->sender, event_str(event, "sender"));
    str_keep(entry->key, sizeof entry->key, event_str(event, "key"));
    str_keep(entry->name, sizeof entry->name, event_str(event, "name"));
    str_keep(entry->severity, sizeof entry->severity, event_str(event, "severity"));
    str_keep(entry->summary, sizeof entry->summary, event_str(event, "summary"));
    str_keep(entry->url, sizeof entry->url, event_str(event, "url"));
}

static void fold_fired(struct inbounds *inbounds, struct str id, const struct event *event)
{
    if (map_find(&inbounds->open, id) || inbounds->open.count == inbounds->open.max)
        return;
    struct inbound_group *group = take_group(inbounds, event);
    struct inbound_entry *entry = inbounds->free_entries
                                      ? inbounds->free_entries
                                      : arena_make(inbounds->arena, struct inbound_entry);
    if (!group || !map_put(&inbounds->open, id, entry))
        return;
    if (entry == inbounds->free_entries)
        inbounds->free_entries = entry->next_free;
    fill(entry, event);
    entry->group = group;
    group->count++;
    if (!entry->muted)
        (void)hear_in_group(entry);
    drop_closed(inbounds, id);
}

static void leave_group(struct inbounds *inbounds, const struct inbound_entry *entry)
{
    struct inbound_group *group = entry->group;
    group->heard -= !entry->muted;
    if (--group->count > 0)
        return;
    (void)map_remove(&inbounds->groups, str_of(group->id));
    group->next_free = inbounds->free_groups;
    inbounds->free_groups = group;
}

/* It goes over to those of its group that open what it opens now. */
static void fold_raised(struct inbounds *inbounds, struct str id, const struct event *event)
{
    struct inbound_entry *entry = map_find(&inbounds->open, id);
    if (!entry)
        return;
    struct inbound_group *group = take_group(inbounds, event);
    if (group) { /* NULL: there are as many as there may be, and it stays where it is */
        group->count++;
        leave_group(inbounds, entry);
        entry->group = group;
        if (!entry->muted)
            (void)hear_in_group(entry);
    }
    str_keep(entry->severity, sizeof entry->severity, event_str(event, "severity"));
}

static void keep_closed(struct inbounds *inbounds, struct str id, struct inbound_closed kept)
{
    struct inbound_closed *closed = inbounds->free_closed
                                        ? inbounds->free_closed
                                        : arena_make(inbounds->arena, struct inbound_closed);
    drop_closed(inbounds, id);
    if (!map_put(&inbounds->closed, id, closed))
        return;
    if (closed == inbounds->free_closed)
        inbounds->free_closed = closed->next_free;
    *closed = kept;
}

static void fold_over(struct inbounds *inbounds, struct str id, const struct event *event)
{
    struct inbound_entry *entry = map_remove(&inbounds->open, id);
    if (!entry)
        return;
    leave_group(inbounds, entry);
    /* What a person closed and its sender still sends is to be seen again. */
    if (event->kind == EVENT_INBOUND_RESOLVED)
        keep_closed(inbounds, id,
                    (struct inbound_closed){.starts = entry->starts, .at = event->at});
    entry->next_free = inbounds->free_entries;
    inbounds->free_entries = entry;
}

static void fold_step(struct inbounds *inbounds, int64_t by_ms)
{
    const struct map_entry *found;
    size_t at = 0;
    while ((found = map_next(&inbounds->open, &at))) {
        struct inbound_entry *entry = found->value;
        entry->since = instant_add_ms(entry->since, by_ms);
        if (!instant_is_zero(entry->heard))
            entry->heard = instant_add_ms(entry->heard, by_ms);
    }
    at = 0;
    while ((found = map_next(&inbounds->closed, &at))) {
        struct inbound_closed *closed = found->value;
        closed->at = instant_add_ms(closed->at, by_ms);
    }
}

/* A repeat is no fact: what was heard after the newest fact went with the run before. */
static void fold_start(struct inbounds *inbounds, const struct event *event)
{
    const struct map_entry *found;
    size_t at = 0;
    inbounds->started = event->at;
    while ((found = map_next(&inbounds->open, &at)))
        ((struct inbound_entry *)found->value)->heard = (struct instant){0};
}

void inbound_fold(struct inbounds *inbounds, const struct event *event)
{
    if (event->kind == EVENT_NODE_STARTED)
        fold_start(inbounds, event);
    if (event->kind == EVENT_CLOCK_STEPPED)
        fold_step(inbounds, event_int(event, "by_ms"));
    if (event->kind < EVENT_INBOUND_FIRED || event->kind > EVENT_INBOUND_CLOSED)
        return;
    struct arena scratch;
    arena_init(&scratch);
    struct str id = inbound_id(&scratch, event_str(event, "sender"), event_str(event, "key"));
    forget_closed(inbounds, event->at);
    if (event->kind == EVENT_INBOUND_FIRED)
        fold_fired(inbounds, id, event);
    else if (event->kind == EVENT_INBOUND_RAISED)
        fold_raised(inbounds, id, event);
    else
        fold_over(inbounds, id, event);
    arena_done(&scratch);
}

void inbound_hear(struct inbounds *inbounds, const struct inbound_post *post)
{
    for (size_t i = 0; i < post->batch.count; i++) {
        const struct inbound_alert *alert = &post->batch.items[i];
        struct inbound_entry *entry = find(inbounds, post->sender.name, alert->key);
        if (!entry || inbound_is_older(alert, entry->began))
            continue;
        if (instant_before(entry->heard, post->now))
            entry->heard = post->now;
        if (alert->change == INBOUND_FIRES && instant_before(entry->began, alert->starts))
            entry->began = alert->starts;
    }
}
