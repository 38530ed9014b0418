/* bundle.c - which pages go out together. */
#include "people/bundle.h"

/* A message that went out a moment ago. */
struct window {
    struct instant until; /* what comes before that waits; zero: there is none */
    int64_t incident;
    int rank; /* how grave it was then */
};

/* What a person was told by a way last, and what waits to be told. */
struct lane {
    struct window newest, other; /* other: of another incident */
    struct instant first;        /* when the first of what waits is to go */
    const struct page **waiting;
    size_t count, capacity;
};

struct lanes {
    struct arena *arena;
    struct map map; /* by person and way */
};

static struct lane *lane_of(struct lanes *lanes, const struct page *page)
{
    struct str key = str_printf(lanes->arena, "%s-%s", method_name(page->method), page->person);
    struct lane *lane = map_find(&lanes->map, key);
    if (lane)
        return lane;
    lane = arena_make(lanes->arena, struct lane);
    *lane = (struct lane){0};
    return map_put(&lanes->map, key, lane) ? lane : NULL;
}

bool bundle_can_wait(const struct page *page)
{
    return page->incident != 0 && !method_row(page->method)->program;
}

static bool is_newer(const struct window *a, const struct window *b)
{
    if (a->until.us != b->until.us)
        return instant_before(b->until, a->until);
    return a->rank < b->rank;
}

static void add_window(const struct page_world *world, struct lane *lane, const struct page *page)
{
    struct window window = {instant_add_ms(page->window, world->bundle_ms), page->incident,
                            page->window_rank};
    if (instant_is_zero(page->window) || !instant_before(world->now, window.until))
        return;
    if (is_newer(&window, &lane->newest)) {
        lane->other = lane->newest;
        lane->newest = window;
    } else if (is_newer(&window, &lane->other)) {
        lane->other = window;
    }
}

static struct lanes read_lanes(const struct page_world *world, struct arena *arena)
{
    struct lanes lanes = {.arena = arena};
    const struct page *page;
    size_t at = 0;
    map_init(&lanes.map, PAGE_THREADS_MAX);
    while ((page = page_next(world->pages, &at))) {
        bool waits = page->state == PAGE_REQUESTED && !page->answered;
        if (!bundle_can_wait(page) || (!waits && instant_is_zero(page->window)))
            continue;
        struct lane *lane = lane_of(&lanes, page);
        if (lane)
            add_window(world, lane, page);
    }
    return lanes;
}

/* News of an incident wait for no earlier news of it. A page's own times hold where it was tried
 * before, or is graver than what was told last. */
static struct instant due_of(const struct lane *lane, const struct page *page)
{
    const struct window *window =
        lane->newest.incident == page->incident ? &lane->other : &lane->newest;
    bool at_once = instant_is_zero(window->until) || page->tries > 0 || page->rank < window->rank;
    return !at_once && instant_before(page->not_before, window->until) ? window->until
                                                                       : page->not_before;
}

static bool anything_waits(const struct pages *pages)
{
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(pages, &at)))
        if (page->state == PAGE_REQUESTED && !page->answered && bundle_can_wait(page))
            return true;
    return false;
}

struct instant bundle_next_due(const struct page_world *world, struct arena *scratch)
{
    struct instant next = {0};
    const struct page *page;
    size_t at = 0;
    if (!anything_waits(world->pages))
        return next;
    struct lanes lanes = read_lanes(world, scratch);
    while ((page = page_next(world->pages, &at))) {
        if (page->state != PAGE_REQUESTED || page->answered || !bundle_can_wait(page))
            continue;
        struct lane *lane = lane_of(&lanes, page);
        struct instant due = lane ? due_of(lane, page) : page->not_before;
        if (instant_is_zero(next) || instant_before(due, next))
            next = due;
    }
    map_done(&lanes.map);
    return next;
}

static struct bundle alone(struct arena *arena, const struct page *page)
{
    struct bundle bundle = {.pages = arena_array(arena, 1, sizeof *bundle.pages), .count = 1};
    bundle.pages[0] = page;
    return bundle;
}

/* ready: the longest waiting first. Those of a lane go when one of them may. */
static void gather(struct lanes *lanes, const struct page **ready, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct lane *lane = bundle_can_wait(ready[i]) ? lane_of(lanes, ready[i]) : NULL;
        if (!lane)
            continue;
        struct instant due = due_of(lane, ready[i]);
        if (lane->count == 0 || instant_before(due, lane->first))
            lane->first = due;
        if (lane->count < BUNDLE_PAGES_MAX)
            LIST_PUSH(lanes->arena, lane->waiting, lane->count, lane->capacity) = ready[i];
    }
}

const struct bundle *bundle_ready(const struct page_world *world, struct arena *arena,
                                  size_t *out_count)
{
    size_t ready_count = 0;
    const struct page **ready = page_ready(world->pages, world->now, arena, &ready_count);
    struct bundle *bundles = arena_array(arena, ready_count + 1, sizeof *bundles);
    if (ready_count == 0) {
        *out_count = 0;
        return bundles;
    }
    struct lanes lanes = read_lanes(world, arena);
    *out_count = 0;
    if (world->bundle_ms > 0)
        gather(&lanes, ready, ready_count);
    for (size_t i = 0; i < ready_count; i++) {
        struct lane *lane = bundle_can_wait(ready[i]) ? lane_of(&lanes, ready[i]) : NULL;
        if (!lane || world->bundle_ms <= 0)
            bundles[(*out_count)++] = alone(arena, ready[i]);
        else if (lane->count > 0 && lane->waiting[0] == ready[i] &&
                 !instant_before(world->now, lane->first))
            bundles[(*out_count)++] = (struct bundle){lane->waiting, lane->count};
    }
    map_done(&lanes.map);
    return bundles;
}

const struct page **bundle_started(const struct pages *pages, struct str id, struct arena *arena,
                                   size_t *out_count)
{
    const struct page **found = NULL;
    const struct page *page;
    size_t capacity = 0;
    size_t at = 0;
    *out_count = 0;
    while ((page = page_next(pages, &at)))
        if (page->state == PAGE_STARTED && (str_is(id, page->bundle) || str_is(id, page->id)))
            LIST_PUSH(arena, found, *out_count, capacity) = page;
    return found;
}
