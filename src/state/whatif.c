/* whatif.c - a copy of incidents and pages, and the decisions over it. */
#include "state/whatif.h"

enum { ROUNDS_MAX = 5000, SETTLE_MAX = 64 };

struct play {
    struct world *world; /* a copy of its own, whose silences end; the rest is the world's */
    const bool *firing;  /* of its rules, as asked */
    bool is_past;        /* asked of a time that is over */
    struct arena *arena;
    struct incidents incidents;
    struct pages pages;
    struct whatif whatif;
    size_t capacity;
};

static void copy_incidents(struct play *play, struct instant at)
{
    const struct incidents *from = &play->world->incidents;
    struct incidents *to = &play->incidents;
    struct map_entry *entry;
    size_t walked = 0;
    incidents_init(to, play->arena);
    to->last_number = from->last_number;
    for (size_t i = 0; i < from->count; i++) {
        if (instant_before(at, from->items[i]->opened))
            continue;
        struct incident *copy = arena_make(play->arena, struct incident);
        *copy = *from->items[i];
        if (copy->breach) {
            copy->breach = arena_make(play->arena, struct breach);
            *copy->breach = *from->items[i]->breach;
        }
        copy->slot = to->count;
        to->items[to->count++] = copy;
        to->open_count += copy->state != INCIDENT_RESOLVED;
    }
    while ((entry = map_next(&from->rules, &walked))) {
        const struct incident_rule *rule = entry->value;
        struct incident *incident =
            rule->incident ? incident_find(to, rule->incident->number) : NULL;
        if (rule->incident && !incident)
            continue;
        struct incident_rule *copy = arena_make(play->arena, struct incident_rule);
        *copy = *rule;
        copy->incident = incident;
        if (!map_put(&to->rules, entry->key, copy))
            return; /* never: it takes as many as there were */
    }
}

static void copy_pages(struct play *play)
{
    struct map_entry *entry;
    size_t walked = 0;
    pages_init(&play->pages, play->arena);
    while ((entry = map_next(&play->world->pages.table, &walked))) {
        struct page *copy = arena_make(play->arena, struct page);
        *copy = *(const struct page *)entry->value;
        if (!map_put(&play->pages.table, entry->key, copy))
            return;
    }
}

static bool is_same_page(const struct event *a, const struct event *b)
{
    return a->kind == EVENT_PAGE_REQUESTED && b->kind == EVENT_PAGE_REQUESTED &&
           str_equal(event_str(a, "person"), event_str(b, "person")) &&
           str_equal(event_str(a, "method"), event_str(b, "method")) &&
           str_equal(event_str(a, "reason"), event_str(b, "reason")) &&
           event_int(a, "number") == event_int(b, "number") &&
           event_int(a, "silence") == event_int(b, "silence");
}

/* A page stands where it goes out first; what is only its way there is not told. */
static void keep_fact(struct play *play, const struct event *event)
{
    struct whatif *whatif = &play->whatif;
    bool page = event->kind == EVENT_PAGE_REQUESTED;
    if (!page && event->kind >= EVENT_PAGE_STARTED && event->kind <= EVENT_PAGE_STOPPED)
        return;
    for (size_t i = 0; page && i < whatif->count; i++) {
        if (is_same_page(&whatif->facts[i].event, event)) {
            whatif->facts[i].again++;
            return;
        }
    }
    if (whatif->count == WHATIF_FACTS_MAX) {
        whatif->is_cut = true;
        return;
    }
    struct instant not_before = page ? event_instant(event, "not_before") : event->at;
    bool held = instant_before(event->at, not_before);
    LIST_PUSH(play->arena, whatif->facts, whatif->count, play->capacity) =
        (struct whatif_fact){.at = held ? not_before : event->at, .event = *event, .held = held};
}

static void fold(struct play *play, const struct event_list *events)
{
    for (size_t i = 0; i < events->count; i++) {
        incident_fold(&play->incidents, &events->items[i]);
        page_fold(&play->pages, &events->items[i]);
        keep_fact(play, &events->items[i]);
    }
}

/* Of a time that is over only that is known to have fired which is part of an incident of then. */
static bool is_of_now(const struct play *play, struct str rule)
{
    const struct incident_rule *joined = map_find(&play->incidents.rules, rule);
    return play->is_past && (!joined || !joined->incident);
}

static struct incident_world incidents_at(struct play *play, struct instant now)
{
    struct incident_world world = world_incidents(play->world, play->arena);
    struct incident_alert *alerts = arena_array(play->arena, world.alert_count, sizeof *alerts);
    for (size_t i = 0; i < world.alert_count; i++) {
        alerts[i] = world.alerts[i];
        if (i < play->world->rules.count && play->firing[i])
            alerts[i].firing = alerts[i].known = true; /* rules come first */
        else if (is_of_now(play, alerts[i].rule))
            alerts[i].firing = false;
    }
    world.incidents = &play->incidents;
    world.alerts = alerts;
    world.now = now;
    world.fallback = oncall_fallback(&play->world->oncall, now);
    return world;
}

static struct page_world pages_at(const struct play *play, struct instant now)
{
    struct page_world world = world_pages(play->world);
    world.pages = &play->pages;
    world.incidents = &play->incidents;
    world.silences = &play->world->alerts.silences;
    world.bundle_ms = 0; /* it shows each page by itself */
    world.drill_ms = 0;
    world.now = now;
    return world;
}

static bool is_asked(const struct play *play, const struct silence *silence)
{
    for (size_t i = 0; i < play->world->rules.count; i++) {
        const struct silence_matter matter = silence_matter_of_rule(&play->world->rules.items[i]);
        if (play->firing[i] && silence_mutes(silence, &matter))
            return true;
    }
    return false;
}

static const struct silence *find_silence(const struct silences *silences, int64_t number)
{
    for (size_t i = 0; i < silences->count; i++)
        if (silences->items[i].number == number)
            return &silences->items[i];
    return NULL;
}

/* Those of the play's own copy that are over by now, and the messages that they will be: of what
 * was asked alone. */
static void end_silences(struct play *play, struct instant now)
{
    struct silences *silences = &play->world->alerts.silences;
    const struct rules *rules = &play->world->rules;
    struct silence_matter *asked = arena_array(play->arena, rules->count, sizeof *asked);
    struct silence_firing firing = {.items = asked};
    struct event_list events;
    event_list_init(&events, play->arena);
    for (size_t i = 0; i < rules->count; i++)
        if (play->firing[i])
            asked[firing.count++] = silence_matter_of_rule(&rules->items[i]);
    silence_decide(silences, &firing, now, &events);
    for (size_t i = 0; i < events.count; i++) {
        const struct silence *silence =
            find_silence(silences, event_int(&events.items[i], "number"));
        if (silence && is_asked(play, silence))
            keep_fact(play, &events.items[i]);
        silence_fold(silences, &events.items[i]);
    }
}

/* Not yet made at the instant, or over by then: they mute nothing in the play. */
static void keep_silences(struct play *play, struct instant at)
{
    struct silences *silences = &play->world->alerts.silences;
    size_t kept = 0;
    for (size_t i = 0; i < silences->count; i++)
        if (!instant_before(at, silences->items[i].opened) &&
            instant_before(at, silences->items[i].until))
            silences->items[kept++] = silences->items[i];
    silences->count = kept;
}

/* Every page that is due goes out and arrives. */
static void send_pages(struct play *play, struct instant now)
{
    size_t count = 0;
    const struct page **ready = page_ready(&play->pages, now, play->arena, &count);
    for (size_t i = 0; i < count; i++) {
        struct event_list started;
        struct event_list sent;
        event_list_init(&started, play->arena);
        event_list_init(&sent, play->arena);
        page_start(ready[i], now, &started);
        fold(play, &started);
        page_finish(ready[i], PAGE_WAS_SENT, STR(""), now, &sent);
        fold(play, &sent);
    }
}

static void decide(struct play *play, struct instant now)
{
    for (int round = 0; round < SETTLE_MAX; round++) {
        struct event_list events;
        event_list_init(&events, play->arena);
        struct incident_world incidents = incidents_at(play, now);
        incident_decide(&incidents, &events);
        if (events.count == 0) {
            struct page_world pages = pages_at(play, now);
            page_decide(&pages, &events);
        }
        fold(play, &events);
        send_pages(play, now);
        if (events.count == 0)
            return;
    }
}

static struct instant sooner(struct instant a, struct instant b)
{
    if (instant_is_zero(a) || (!instant_is_zero(b) && instant_before(b, a)))
        return b;
    return a;
}

static struct instant next_of_silences(const struct play *play, struct instant now)
{
    const struct silences *silences = &play->world->alerts.silences;
    struct instant next = {0};
    for (size_t i = 0; i < silences->count; i++) {
        struct instant tells = silence_tells_at(&silences->items[i]);
        next = sooner(next, silences->items[i].until);
        if (!silences->items[i].told && instant_before(now, tells))
            next = sooner(next, tells);
    }
    return next;
}

/* A rule that joined before fires as its own event would say. */
static void fire(struct play *play, struct instant at)
{
    for (size_t i = 0; i < play->world->rules.count; i++) {
        const struct rule *rule = &play->world->rules.items[i];
        if (!play->firing[i])
            continue;
        struct event_list events;
        event_list_init(&events, play->arena);
        struct event *event =
            event_list_add(&events, EVENT_ALERT_FIRED, at, STR("reeve"), STR("rule"));
        event_set_str(event, "rule", rule->id);
        event_set_int(event, "line", rule->line);
        event_set_str(event, "title", rule->title);
        event_set_str(event, "level", rule->level);
        event_set_str(event, "signal", rule->signal_name);
        event_set_str(event, "series", STR(""));
        event_set_str(event, "value_text", STR("as asked"));
        event_set_real(event, "value", 0);
        event_set_int(event, "held_ms", rule->for_ms);
        incident_fold(&play->incidents, event);
    }
}

static void sort(struct whatif *whatif)
{
    for (size_t i = 1; i < whatif->count; i++) {
        struct whatif_fact fact = whatif->facts[i];
        size_t k = i;
        for (; k > 0 && instant_before(fact.at, whatif->facts[k - 1].at); k--)
            whatif->facts[k] = whatif->facts[k - 1];
        whatif->facts[k] = fact;
    }
}

struct whatif whatif_play(const struct world *world, struct arena *arena, const bool *firing,
                          struct instant at)
{
    struct play play = {.world = arena_make(arena, struct world), .firing = firing, .arena = arena};
    struct instant until = instant_add_ms(at, WHATIF_LENGTH_MS);
    struct instant now = at;
    *play.world = *world;
    play.is_past = instant_before(at, world->now);
    keep_silences(&play, at);
    copy_incidents(&play, at);
    copy_pages(&play);
    fire(&play, at);
    for (int round = 0; round < ROUNDS_MAX && !instant_is_zero(now); round++) {
        end_silences(&play, now);
        decide(&play, now);
        struct incident_world incidents = incidents_at(&play, now);
        struct page_world pages = pages_at(&play, now);
        struct instant next = sooner(incident_next_due(&incidents), page_next_due(&pages, arena));
        next = sooner(next, next_of_silences(&play, now));
        bool over = instant_is_zero(next) || instant_before(until, next);
        /* What is due in the past is decided by now. */
        if (over)
            break;
        now = instant_before(now, next) ? next : instant_add_ms(now, 1000);
    }
    sort(&play.whatif);
    incidents_done(&play.incidents);
    pages_done(&play.pages);
    return play.whatif;
}

struct whatif_silence *whatif_silences(const struct world *world, struct arena *arena,
                                       const bool *firing, struct instant at, size_t *out_count)
{
    const struct silences *silences = &world->alerts.silences;
    struct whatif_silence *found = NULL;
    size_t capacity = 0;
    *out_count = 0;
    for (size_t i = 0; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        const struct silence_matter matter = silence_matter_of_rule(rule);
        for (size_t k = 0; firing[i] && k < silences->count; k++) {
            const struct silence *silence = &silences->items[k];
            if (!silence_mutes(silence, &matter) || instant_before(at, silence->opened))
                continue;
            LIST_PUSH(arena, found, *out_count, capacity) =
                (struct whatif_silence){silence, rule, !instant_before(at, silence->until)};
        }
    }
    return found;
}
