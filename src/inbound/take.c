/* take.c - the facts that a body of alerts makes: what is new, what is over, what is said again. */
#include "inbound/opens.h"

/* What is known of an alert, or of a group, after the facts of this body so far. */
struct step {
    bool open;
    int64_t count; /* of a group */
    struct str name;
    struct str group;     /* the id of its group */
    struct str opens;     /* of an alert that is open */
    struct instant began; /* of one, as its sender said last; zero: it did not */
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

static struct step *alert_step(struct taking *taking, struct str id)
{
    struct arena *arena = taking->out->arena;
    struct step *step = map_find(&taking->alerts, id);
    if (step)
        return step;
    const struct inbound_entry *entry = map_find(&taking->inbounds->open, id);
    step = arena_make(arena, struct step);
    step->open = entry != NULL;
    step->name = entry ? str_copy(arena, str_of(entry->name)) : STR("");
    step->group = entry ? str_copy(arena, str_of(entry->group->id)) : STR("");
    step->opens = entry ? str_copy(arena, str_of(entry->group->opens)) : STR("");
    step->began = entry ? entry->began : (struct instant){0};
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

static bool is_full(const struct taking *taking, const struct step *group, struct str opens)
{
    return taking->mine >= LIMIT_INBOUND_EACH || taking->all >= LIMIT_INBOUND_OPEN ||
           (opens.n > 0 && group->count == 0 && taking->opening >= LIMIT_INBOUND_GROUPS);
}

static void enter_group(struct taking *taking, struct step *group, struct str opens)
{
    if (group->count == 0)
        group->open = opens.n > 0;
    taking->opening += group->count == 0 && group->open;
    group->count++;
}

static void leave_group(struct taking *taking, struct step *group)
{
    group->count--;
    taking->opening -= group->count == 0 && group->open;
}

/* One that is open says of itself that it is worse by now. */
static void take_raised(struct taking *taking, struct step *step, const struct inbound_alert *alert)
{
    const struct inbound_sender *sender = &taking->post->sender;
    struct str opens = inbound_opens_of(sender, alert->severity).opens;
    struct step *former = group_step(taking, step->group);
    struct str from = step->group;
    step->group = inbound_group_id(taking->out->arena, sender, alert->group, opens);
    struct step *group = group_step(taking, step->group);
    leave_group(taking, former);
    struct event *event = add(taking, EVENT_INBOUND_RAISED, alert, step);
    event_set_str(event, "severity", alert->severity);
    event_set_str(event, "opens", opens);
    event_set_int(event, "others", group->count);
    event_set_str(event, "from_group", from);
    event_set_int(event, "from_others", former->count);
    enter_group(taking, group, opens);
    step->opens = opens;
    taking->taken->raised++;
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
    const struct inbound_sender *sender = &taking->post->sender;
    struct str opens = inbound_opens_of(sender, alert->severity).opens;
    struct step *step = alert_step(taking, id);
    if (step->open || is_late(taking, id, alert)) {
        bool worse = step->open && inbound_is_worse(sender, alert->severity, step->opens);
        taking->taken->repeated++;
        if (instant_before(step->began, alert->starts))
            step->began = alert->starts;
        if (worse && taking->opening < LIMIT_INBOUND_GROUPS)
            take_raised(taking, step, alert);
        else if (worse)
            taking->taken->full++;
        return;
    }
    /* Its group is the one that it comes with now. */
    step->group = inbound_group_id(taking->out->arena, sender, alert->group, opens);
    struct step *group = group_step(taking, step->group);
    if (is_full(taking, group, opens)) {
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
    event_set_str(event, "opens", opens);
    event_set_int(event, "others", group->count);
    event_set_int(event, "muted", is_muted(taking, alert));
    enter_group(taking, group, opens);
    step->open = true;
    step->opens = opens;
    step->began = alert->starts;
    taking->mine++;
    taking->all++;
    taking->taken->fired++;
}

static void take_resolved(struct taking *taking, struct str id, const struct inbound_alert *alert)
{
    struct step *step = alert_step(taking, id);
    if (!step->open) {
        taking->taken->unknown += !alert->is_rest;
        return;
    }
    if (inbound_is_older(alert, step->began)) {
        taking->taken->repeated++;
        return;
    }
    struct step *group = group_step(taking, step->group);
    leave_group(taking, group);
    struct event *event = add(taking, EVENT_INBOUND_RESOLVED, alert, step);
    event_set_int(event, "others", group->count);
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
    map_init(&taking.groups, 3 * post->batch.count + 1);
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
