/* watch.c - dues by the incident's number. */
#include "people/watch.h"

static void look_at_all(struct page_watch *watch)
{
    watch->count = 0;
    watch->is_settled = false;
}

/* Where the number stands, or is to stand. */
static size_t place_of(const struct page_watch *watch, int64_t number)
{
    size_t low = 0;
    size_t high = watch->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (watch->items[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct page_watched *find(const struct page_watch *watch, int64_t number)
{
    size_t at = place_of(watch, number);
    bool found = at < watch->count && watch->items[at].number == number;
    return found ? (struct page_watched *)(uintptr_t)&watch->items[at] : NULL;
}

/* 0: of none. */
static int64_t incident_of(const struct event *event)
{
    int64_t number = 0;
    bool is_one = str_starts(event->subject, "incident:") &&
                  str_int(str_from(event->subject, sizeof "incident:" - 1), &number);
    return is_one ? number : 0;
}

enum { MERGED_KEPT = sizeof((struct page_watch *)0)->merged / sizeof(int64_t) };

static bool was_merged(const struct page_watch *watch, int64_t number)
{
    for (size_t i = 0; i < MERGED_KEPT && number > 0; i++)
        if (watch->merged[i] == number)
            return true;
    return false;
}

void page_watch_fold(struct page_watch *watch, const struct event *event)
{
    enum event_kind kind = event->kind;
    watch->is_settled = false;
    if (kind == EVENT_INCIDENT_MERGED)
        watch->merged[watch->merged_count++ % MERGED_KEPT] = incident_of(event);
    if (kind >= EVENT_PAGE_REQUESTED && kind <= EVENT_PAGE_STOPPED &&
        was_merged(watch, incident_of(event)))
        look_at_all(watch);
    if (kind == EVENT_NODE_STARTED || kind == EVENT_CLOCK_STEPPED || kind == EVENT_RUNBOOK_LOADED) {
        look_at_all(watch);
        watch->handover = (struct instant){0};
        return;
    }
    struct page_watched *watched = find(watch, incident_of(event));
    if (watched)
        watched->due = (struct instant){0};
}

static struct instant next_handover(const struct oncall *oncall, struct instant now)
{
    struct instant next = ROTA_NEVER;
    struct arena scratch;
    arena_init(&scratch);
    for (size_t i = 0; i < oncall->rota_count; i++) {
        struct shift_source source = oncall_source(oncall, &oncall->rotas[i]);
        struct shift piece = shift_piece(&source, &scratch, now);
        if (instant_before(piece.to, next))
            next = piece.to;
    }
    arena_done(&scratch);
    return next;
}

static bool is_of(const struct page_watch *watch, const struct page_world *world)
{
    const struct oncall *oncall = world->oncall;
    int64_t version = oncall_version(oncall);
    return watch->people == oncall->people->items && watch->rotas == oncall->rotas &&
           watch->vocabulary == oncall->vocabulary && watch->version == version &&
           watch->repeat_ms == world->repeat_ms && watch->bundle_ms == world->bundle_ms &&
           watch->drill_ms == world->drill_ms;
}

void page_watch_begin(struct page_watch *watch, const struct page_world *world)
{
    const struct oncall *oncall = world->oncall;
    bool same = is_of(watch, world);
    if (same && !instant_is_zero(watch->handover) && instant_before(world->now, watch->handover))
        return;
    look_at_all(watch);
    watch->people = oncall->people->items;
    watch->rotas = oncall->rotas;
    watch->vocabulary = oncall->vocabulary;
    watch->version = oncall_version(oncall);
    watch->repeat_ms = world->repeat_ms;
    watch->bundle_ms = world->bundle_ms;
    watch->drill_ms = world->drill_ms;
    watch->handover = next_handover(oncall, world->now);
}

bool page_watch_is_due(struct page_watch *watch, int64_t number, struct instant now)
{
    const struct page_watched *watched = find(watch, number);
    bool due = !watched || !instant_before(now, watched->due);
    watch->looks += due;
    return due;
}

struct instant page_watch_due(const struct page_watch *watch, int64_t number)
{
    const struct page_watched *watched = find(watch, number);
    return watched ? watched->due : (struct instant){0};
}

/* Those that have left the state make room. */
static void make_room(struct page_watch *watch)
{
    if (watch->count == sizeof watch->items / sizeof *watch->items)
        look_at_all(watch);
}

void page_watch_take(struct page_watch *watch, int64_t number, struct instant next)
{
    make_room(watch);
    size_t at = place_of(watch, number);
    if (at == watch->count || watch->items[at].number != number) {
        for (size_t i = watch->count; i > at; i--)
            watch->items[i] = watch->items[i - 1];
        watch->count++;
    }
    watch->items[at] = (struct page_watched){number, instant_is_zero(next) ? ROTA_NEVER : next};
}

bool page_watch_is_quiet(const struct page_watch *watch, struct instant now)
{
    return watch->is_settled && !instant_before(now, watch->settled) &&
           (instant_is_zero(watch->next) || instant_before(now, watch->next)) &&
           instant_before(now, watch->handover);
}
