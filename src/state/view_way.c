/* view_way.c - who was reached last by which way, as it is shown. */
#include "base/text.h"
#include "people/reach.h"
#include "people/rota_text.h"
#include "state/world.h"

enum {
    PROVED_DAYS = 90,
    DAY_MS = 24 * 60 * 60 * 1000,
    UNPROVED_BYTES = 1000,     /* all ways of one person */
    UNPROVED_PIECES_MAX = 1000 /* of one rota within its look-ahead */
};

static bool is_old(const struct world *world, struct instant sent)
{
    return instant_ms_between(sent, world->now) / DAY_MS >= PROVED_DAYS;
}

static struct way_view view_of(const struct world *world, const struct person *person,
                               enum method method)
{
    const struct reach *reach = reach_find(&world->pages, person->id, method);
    struct way_view view = {.person = person->id,
                            .way = str_of(method_name(method)),
                            .detail = STR(""),
                            .problem = STR(""),
                            .hitch = STR(""),
                            .otherwise = STR(""),
                            .warning = STR("")};
    if (reach) {
        view.sent = reach->sent;
        view.detail = str_of(reach->detail);
        view.problem = str_of(reach->problem);
        view.failures = reach->failures;
        view.hitch = str_of(reach->hitch);
        if (view.hitch.n > 0)
            view.hitched = reach->hitched;
        if (view.problem.n > 0) {
            view.failed = reach->failed;
            view.failing = reach->failing;
        }
    }
    if (view.problem.n > 0)
        view.warning = STR("the newest page by it was given up");
    else if (instant_is_zero(view.sent))
        view.warning = STR("it was never proved");
    else if (is_old(world, view.sent))
        view.warning = STR("it was not proved for 90 days");
    return view;
}

/* By which way somebody is told while this one fails: a proved one, else any. */
static void find_other(const struct way_view *ways, size_t count, struct way_view *view)
{
    bool proved = false;
    for (size_t i = 0; i < count; i++) {
        bool is_proved = ways[i].warning.n == 0;
        if (&ways[i] == view || ways[i].problem.n > 0 || ways[i].hitch.n > 0 ||
            (view->otherwise.n > 0 && (proved || !is_proved)))
            continue;
        view->otherwise = ways[i].way;
        proved = is_proved;
    }
}

struct way_view *view_ways(const struct world *world, struct arena *arena, size_t *out_count)
{
    const struct people *people = &world->people;
    struct way_view *views = arena_array(arena, people->count * METHODS + 1, sizeof *views);
    size_t count = 0;
    for (size_t i = 0; i < people->count && i < LIMIT_PEOPLE; i++) {
        struct contact contacts[METHODS];
        bool at_once;
        size_t ways = person_contacts(&people->items[i], contacts, &at_once);
        for (size_t at = 0; at < ways; at++)
            views[count + at] = view_of(world, &people->items[i], contacts[at].method);
        for (size_t at = 0; at < ways; at++)
            find_other(views + count, ways, &views[count + at]);
        count += ways;
    }
    *out_count = count;
    return views;
}

/* That not all of a person's ways are proved, one clause; "": they are. *out_none: none is. */
static struct str find_unproved(const struct world *world, struct arena *arena,
                                const struct person *person, bool *out_none)
{
    struct contact contacts[METHODS];
    struct text text;
    bool at_once;
    size_t ways = person_contacts(person, contacts, &at_once);
    size_t unproved = 0;
    size_t failing = 0;
    text_init(&text, arena, UNPROVED_BYTES);
    for (size_t i = 0; i < ways; i++) {
        struct way_view way = view_of(world, person, contacts[i].method);
        failing += way.problem.n > 0;
        if (way.warning.n > 0)
            text_printf(&text, "%s%.*s (%.*s)", unproved++ > 0 ? ", " : "", STR_ARGS(way.way),
                        STR_ARGS(way.warning));
    }
    *out_none = ways > 0 && unproved == ways;
    if (unproved == 0)
        return STR("");
    if (*out_none && failing == 0)
        return STR("by none of their ways was a page taken in the last 90 days");
    return str_printf(arena, "%s: %.*s",
                      !*out_none        ? "not every way to them is proved"
                      : failing == ways ? "every way to them fails"
                                        : "no way to them is proved",
                      STR_ARGS(text_str(&text)));
}

struct unproved_list {
    const struct world *world;
    struct arena *arena;
    struct unproved_view *items; /* room for LIMIT_PEOPLE: each person once */
    size_t count;
};

static bool is_listed(const struct unproved_list *list, struct str person)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i].person, person))
            return true;
    return false;
}

/* when: "now", or "from Mon 2026-12-07 09:00 CET". */
static void add_unproved(struct unproved_list *list, const struct person *person, struct str party,
                         struct str when)
{
    struct arena *arena = list->arena;
    bool none = false;
    if (list->count == LIMIT_PEOPLE || !person_is_reachable(person) || is_listed(list, person->id))
        return;
    struct str what = find_unproved(list->world, arena, person, &none);
    if (what.n == 0)
        return;
    list->items[list->count++] = (struct unproved_view){
        .person = person->id,
        .party = party,
        .when = when,
        .by_none = none,
        .what = what,
        .sentence = str_printf(arena,
                               "%.*s is on call %.*s (%.*s), and %.*s; \"reeve page test %.*s\" "
                               "tries them.",
                               STR_ARGS(person->id), STR_ARGS(when), STR_ARGS(party),
                               STR_ARGS(what), STR_ARGS(person->id))};
}

static void add_now(struct unproved_list *list)
{
    static const char *const parties[] = {ONCALL_PRIMARY, ONCALL_SECONDARY};
    const struct world *world = list->world;
    const struct person **party = arena_array(list->arena, LIMIT_PEOPLE, sizeof *party);
    for (size_t i = 0; i < sizeof parties / sizeof *parties; i++) {
        size_t on = oncall_party(&world->oncall, str_of(parties[i]), world->now, party);
        for (size_t k = 0; k < on; k++)
            add_unproved(list, party[k], str_of(parties[i]), STR("now"));
    }
}

/* Whoever is on a rota, or comes onto it while nobody would otherwise look. */
static void add_rota(struct unproved_list *list, const struct rota *rota)
{
    const struct world *world = list->world;
    struct shift_source source = oncall_source(&world->oncall, rota);
    struct instant until = instant_add_ms(world->now, world->look_ahead_ms);
    struct instant at = world->now;
    for (int i = 0; i < UNPROVED_PIECES_MAX && !instant_before(until, at); i++) {
        struct shift piece = shift_piece(&source, list->arena, at);
        struct str when =
            at.us == world->now.us
                ? STR("now")
                : str_printf(list->arena, "from %.*s",
                             STR_ARGS(rota_time_words(list->arena, rota_zone(rota), at)));
        for (size_t k = 0; k < piece.count; k++) {
            const struct person *person = person_find(&world->people, piece.people[k]);
            if (person)
                add_unproved(list, person, rota->name, when);
        }
        at = piece.to;
        if (at.us == ROTA_NEVER.us)
            return;
    }
}

struct unproved_view *view_unproved(const struct world *world, struct arena *arena,
                                    size_t *out_count)
{
    struct unproved_list list = {world, arena, NULL, 0};
    list.items = arena_array(arena, LIMIT_PEOPLE, sizeof *list.items);
    add_now(&list);
    for (size_t i = 0; i < world->oncall.rota_count; i++)
        add_rota(&list, &world->oncall.rotas[i]);
    *out_count = list.count;
    return list.items;
}
