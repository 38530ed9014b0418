/* view_oncall.c - who is on call in the coming days, as words. */
#include "people/double_duty.h"
#include "people/rota_text.h"
#include "state/world.h"

enum { NEAR_MS = 24 * 60 * 60 * 1000 };

/* Is there anybody in the shift whom a page can reach? */
static bool is_reached(const struct world *world, const struct shift *shift)
{
    for (size_t i = 0; i < shift->count; i++) {
        const struct person *person = person_find(&world->people, shift->people[i]);
        if (person && person_is_reachable(person))
            return true;
    }
    return false;
}

static struct rota_view view_rota(const struct world *world, struct arena *arena,
                                  const struct rota *rota)
{
    struct shift_source source = oncall_source(&world->oncall, rota);
    struct instant end =
        instant_add_ms(world->now, (int64_t)ONCALL_VIEW_DAYS * ROTA_DAY_MIN * 60000);
    struct shifts shifts = shifts_between(&source, arena, world->now, end);
    size_t count = shifts.count < ONCALL_VIEW_SHIFTS ? shifts.count : ONCALL_VIEW_SHIFTS;
    struct shift_view *views = arena_array(arena, count, sizeof *views);
    const struct zone *zone = rota_zone(rota);
    for (size_t i = 0; i < count; i++) {
        const struct shift *shift = &shifts.items[i];
        struct str to = rota_time_words(arena, zone, shift->to);
        bool ends = shift->to.us != ROTA_NEVER.us;
        views[i] = (struct shift_view){
            .from = rota_time_words(arena, zone, shift->from),
            .until = str_printf(arena, "%s%.*s", ends ? "until " : "", STR_ARGS(to)),
            .who = shift_names(arena, shift),
            .why = shift_reason(arena, rota, shift),
            .is_gap = !is_reached(world, shift),
            .is_now = !instant_before(world->now, shift->from)};
    }
    return (struct rota_view){.name = rota->name,
                              .zone = zone_name(zone),
                              .shifts = views,
                              .shift_count = count,
                              .is_cut = shifts.is_cut || count < shifts.count};
}

static const struct zone *zone_of(const struct world *world, const char *rota)
{
    const struct oncall *oncall = &world->oncall;
    const struct rota *found = rota_find(oncall->rotas, oncall->rota_count, str_of(rota));
    return found                ? rota_zone(found)
           : oncall->rota_count ? rota_zone(&oncall->rotas[0])
                                : zone_utc();
}

static void view_changes(const struct world *world, struct arena *arena, struct oncall_view *view)
{
    const struct oncall_changes *changes = &world->oncall_changes;
    struct change_view *views = arena_array(arena, changes->count, sizeof *views);
    for (size_t i = 0; i < changes->count; i++) {
        const struct oncall_change *change = &changes->items[i];
        const struct zone *zone = zone_of(world, change->rota);
        if (!instant_before(world->now, change->until))
            continue;
        views[view->change_count++] = (struct change_view){
            change->number,
            str_printf(arena, "Change %lld, %.*s, from %.*s until %.*s, by %s: %s",
                       (long long)change->number, STR_ARGS(oncall_change_words(arena, change)),
                       STR_ARGS(rota_time_words(arena, zone, change->from)),
                       STR_ARGS(rota_time_words(arena, zone, change->until)), change->by,
                       change->reason)};
    }
    view->changes = views;
}

static void view_gaps(const struct world *world, struct arena *arena, struct oncall_view *view)
{
    struct str *sentences = arena_array(arena, world->gaps.count, sizeof *sentences);
    for (size_t i = 0; i < world->gaps.count; i++) {
        const struct oncall_gap *gap = &world->gaps.items[i];
        struct str times = gap_times(arena, zone_of(world, gap->rota), gap->from, gap->until);
        sentences[i] = str_printf(arena, "The rota %s has nobody %.*s: %s.", gap->rota,
                                  STR_ARGS(times), gap->reason);
    }
    view->gaps = sentences;
    view->gap_count = world->gaps.count;
}

/* Said with the gaps: nobody is left for the second call. */
static void view_double_duty(const struct world *world, struct arena *arena,
                             struct oncall_view *view)
{
    struct instant until = instant_add_ms(world->now, world->look_ahead_ms);
    struct str said = double_duty_say(&world->oncall, arena, world->now, until, NULL);
    struct str *sentences = arena_array(arena, view->gap_count + 1, sizeof *sentences);
    if (said.n == 0)
        return;
    if (view->gap_count > 0)
        memcpy(sentences, view->gaps, view->gap_count * sizeof *sentences);
    sentences[view->gap_count++] = said;
    view->gaps = sentences;
}

struct oncall_view view_oncall(const struct world *world, struct arena *arena)
{
    const struct oncall *oncall = &world->oncall;
    struct rota_view *rotas = arena_array(arena, oncall->rota_count, sizeof *rotas);
    struct oncall_view view = {.rotas = rotas, .rota_count = oncall->rota_count};
    for (size_t i = 0; i < oncall->rota_count; i++)
        rotas[i] = view_rota(world, arena, &oncall->rotas[i]);
    struct str *people = arena_array(arena, world->people.count, sizeof *people);
    for (size_t i = 0; i < world->people.count; i++)
        people[i] = world->people.items[i].id;
    view.people = people;
    view.people_count = world->people.count;
    view_changes(world, arena, &view);
    view_gaps(world, arena, &view);
    view_double_duty(world, arena, &view);
    view.unproved = view_unproved(world, arena, &view.unproved_count);
    return view;
}

static struct rota_now_view view_now(const struct world *world, struct arena *arena,
                                     const struct rota *rota)
{
    struct shift_source source = oncall_source(&world->oncall, rota);
    struct shift shift = shift_at(&source, arena, world->now);
    struct rota_now_view view = {.name = rota->name, .is_gap = !is_reached(world, &shift)};
    view.words = shift_names(arena, &shift);
    if (shift.to.us == ROTA_NEVER.us)
        return view;
    struct shift next = shift_at(&source, arena, shift.to);
    view.words = str_printf(arena, "%.*s until %.*s, then %.*s", STR_ARGS(view.words),
                            STR_ARGS(rota_time_words(arena, rota_zone(rota), shift.to)),
                            STR_ARGS(shift_names(arena, &next)));
    return view;
}

void view_oncall_now(const struct world *world, struct arena *arena, struct page_view *view)
{
    const struct oncall *oncall = &world->oncall;
    struct oncall_view gaps = {0};
    struct rota_now_view *rotas = arena_array(arena, ONCALL_VIEW_ROTAS, sizeof *rotas);
    for (size_t i = 0; i < oncall->rota_count && i < ONCALL_VIEW_ROTAS; i++)
        rotas[view->rota_count++] = view_now(world, arena, &oncall->rotas[i]);
    view->rotas = rotas;
    view_gaps(world, arena, &gaps);
    view->gaps = gaps.gaps;
    view->gap_count = gaps.gap_count;
    view->gap_near = STR("");
    struct instant soon = instant_add_ms(world->now, NEAR_MS);
    for (size_t i = world->gaps.count; i-- > 0;)
        if (instant_before(world->gaps.items[i].from, soon))
            view->gap_near = gaps.gaps[i];
}
