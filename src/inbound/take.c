/* take.c - the facts that a body of alerts makes: what is new, what is over, what is said again. */
#include "inbound/inbound.h"

#include "base/hash.h"

/* What is known of an alert, or of a group, after the facts of this body so far. */
struct step {
    bool open;
    int64_t count; /* of a group */
    struct str name;
    struct str group; /* the id of its group */
};

struct taking {
    const struct inbounds *inbounds;
    const struct inbound_post *post;
    struct event_list *out;
    struct inbound_taken *taken;
    struct map alerts, groups; /* struct step; alerts by their id, groups by theirs */
    size_t mine, all, opening; /* open alerts of the sender and of all; groups that open incidents
                                */
};

static struct str group_id(struct arena *arena, const struct inbound_sender *sender,
                           struct str group)
{
    char hex[HASH_HEX_BYTES];
    struct str parts[] = {STR("inbound\n"), sender->name, STR("\n"), group};
    struct hash hash = hash_of_list(parts, sizeof parts / sizeof *parts);
    hash_hex(&hash, hex);
    return str_copy(arena, str_slice(str_of(hex), 0, INBOUND_GROUP_BYTES - 1));
}

static struct step *alert_step(struct taking *taking, struct str id,
                               const struct inbound_alert *alert)
{
    struct arena *arena = taking->out->arena;
    struct step *step = map_find(&taking->alerts, id);
    if (step)
        return step;
    const struct inbound_entry *entry = map_find(&taking->inbounds->open, id);
    step = arena_make(arena, struct step);
    step->open = entry != NULL;
    step->name = entry ? str_copy(arena, str_of(entry->name)) : STR("");
    step->group = entry ? str_copy(arena, str_of(entry->group->id))
                        : group_id(arena, &taking->post->sender, alert->group);
    (void)!map_put(&taking->alerts, id, step); /* as many as the body has alerts */
    return step;
}

static struct step *group_step(struct taking *taking, struct str id)
{
    struct step *step = map_find(&taking->groups, id);
    if (step)
        return step;
    const struct inbound_group *group = map_find(&taking->inbounds->groups, id);
    step = arena_make(taking->out->arena, struct step);
    step->open = group && group->opens[0];
    step->count = group ? group->count : 0;
    (void)!map_put(&taking->groups, id, step);
    return step;
}

static struct event *add(struct taking *taking, enum event_kind kind,
                         const struct inbound_alert *alert, const struct step *step)
{
    const struct inbound_sender *sender = &taking->post->sender;
    struct event *event =
        event_list_add(taking->out, kind, taking->post->now, STR("reeve"),
                       str_printf(taking->out->arena, "inbound:%.*s", STR_ARGS(sender->name)));
    event_set_str(event, "sender", sender->name);
    event_set_str(event, "key", alert->key);
    event_set_str(event, "name", step->name);
    event_set_str(event, "group", step->group);
    return event;
}

/* The same start as of one that ended just now: sent before that and come late. A sender that means
 * a new one says when it began, or comes later. */
static bool is_late(const struct taking *taking, struct str id, const struct inbound_alert *alert)
{
    const struct inbound_closed *closed = map_find(&taking->inbounds->closed, id);
    return closed && !instant_is_zero(alert->starts) && closed->starts.us == alert->starts.us &&
           instant_ms_between(closed->at, taking->post->now) <= INBOUND_DOUBLE_MS;
}

static bool is_full(const struct taking *taking, const struct step *group)
{
    bool opens = taking->post->sender.opens.n > 0 && group->count == 0;
    return taking->mine >= LIMIT_INBOUND_EACH || taking->all >= LIMIT_INBOUND_OPEN ||
           (opens && taking->opening >= LIMIT_INBOUND_GROUPS);
}

static bool is_muted(const struct taking *taking, const struct inbound_alert *alert)
{
    const struct silence_matter matter = {.kind = SILENCE_OF_ALERT,
                                          .sender = taking->post->sender.name,
                                          .key = alert->key,
                                          .name = alert->name};
    return taking->post->silences && silence_of(taking->post->silences, &matter);
}

static void take_fired(struct taking *taking, struct str id, const struct inbound_alert *alert)
{
    struct step *step = alert_step(taking, id, alert);
    if (step->open || is_late(taking, id, alert)) {
        taking->taken->repeated++;
        return;
    }
    /* Its group is the one that it comes with now. */
    step->group = group_id(taking->out->arena, &taking->post->sender, alert->group);
    struct step *group = group_step(taking, step->group);
    if (is_full(taking, group)) {
        taking->taken->full++;
        return;
    }
    step->name = alert->name;
    struct event *event = add(taking, EVENT_INBOUND_FIRED, alert, step);
    event_set_str(event, "severity", alert->severity);
    event_set_str(event, "summary", alert->summary);
    event_set_instant(event, "starts",
                      instant_is_zero(alert->starts) ? taking->post->now : alert->starts);
    event_set_str(event, "url", alert->url);
    event_set_str(event, "opens", taking->post->sender.opens);
    event_set_int(event, "others", group->count);
    event_set_int(event, "muted", is_muted(taking, alert));
    if (group->count == 0)
        group->open = taking->post->sender.opens.n > 0;
    taking->opening += group->count == 0 && group->open;
    group->count++;
    step->open = true;
    taking->mine++;
    taking->all++;
    taking->taken->fired++;
}

static void take_resolved(struct taking *taking, struct str id, const struct inbound_alert *alert)
{
    struct step *step = alert_step(taking, id, alert);
    if (!step->open) {
        taking->taken->unknown += !alert->is_rest;
        return;
    }
    struct step *group = group_step(taking, step->group);
    group->count--;
    struct event *event = add(taking, EVENT_INBOUND_RESOLVED, alert, step);
    event_set_int(event, "others", group->count);
    taking->opening -= group->count == 0 && group->open;
    step->open = false;
    taking->mine--;
    taking->all--;
    taking->taken->resolved++;
}

static void count_open(struct taking *taking)
{
    const struct inbound_entry *entry;
    const struct map_entry *found;
    size_t at = 0;
    while ((entry = inbound_next(taking->inbounds, &at)))
        taking->mine += str_is(taking->post->sender.name, entry->sender);
    at = 0;
    while ((found = map_next(&taking->inbounds->groups, &at)))
        taking->opening += ((const struct inbound_group *)found->value)->opens[0] != '\0';
    taking->all = taking->inbounds->open.count;
}

void inbound_take(const struct inbounds *inbounds, const struct inbound_post *post,
                  struct event_list *out, struct inbound_taken *out_taken)
{
    struct taking taking = {.inbounds = inbounds, .post = post, .out = out, .taken = out_taken};
    *out_taken = (struct inbound_taken){0};
    map_init(&taking.alerts, post->batch.count + 1);
    map_init(&taking.groups, 2 * post->batch.count + 1);
    count_open(&taking);
    for (size_t i = 0; i < post->batch.count; i++) {
        const struct inbound_alert *alert = &post->batch.items[i];
        struct str id = inbound_id(out->arena, post->sender.name, alert->key);
        if (alert->change == INBOUND_FIRES)
            take_fired(&taking, id, alert);
        else if (alert->change == INBOUND_RESOLVES)
            take_resolved(&taking, id, alert);
    }
    map_done(&taking.alerts);
    map_done(&taking.groups);
}
