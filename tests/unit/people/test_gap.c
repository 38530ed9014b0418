/* test_gap.c - times at which nobody is on: found ahead, said once, closed; looked for cheaply. */
#include "base/text.h"
#include "harness/test.h"
#include "people/gap.h"
#include "people/gap_notice.h"

enum { ROTAS = 100 };

static const int64_t hour_ms = 3600 * 1000;
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;
static const struct str ana = {"ana", 3}, ben = {"ben", 3}, dee = {"dee", 3};
static const struct person team[] = {
    {.id = {"ana", 3}, .reach[METHOD_SMTP] = {"ana@acme.example", 16}},
    {.id = {"ben", 3}, .reach[METHOD_SMTP] = {"ben@acme.example", 16}},
    {.id = {"dee", 3}}};
static const struct people people = {team, 3};
static const struct rota_slot two[] = {{&ana, 1}, {&ben, 1}};
static const struct rota_slot unreachable[] = {{&ana, 1}, {&dee, 1}};
static const struct instant monday = {1767603600000000}; /* 2026-01-05T09:00:00Z */

struct rig {
    struct rota_layer layers[ROTAS];
    struct rota rotas[ROTAS];
    struct oncall oncall;
    struct oncall_changes changes;
    struct oncall_gaps gaps;
    struct gap_watch watch;
    struct instant now;
    int64_t said, closed;
};

static struct rig *rig_make(struct arena *arena, size_t count)
{
    struct rig *rig = arena_make(arena, struct rig);
    oncall_changes_init(&rig->changes, arena);
    rig->now = monday;
    for (size_t i = 0; i < count; i++) {
        rig->layers[i] = (struct rota_layer){.length_min = ROTA_WEEK_MIN,
                                             .anchor_min = monday.us / 60000000,
                                             .slots = two,
                                             .slot_count = 2};
        rig->rotas[i] = (struct rota){.name = i ? str_printf(arena, "rota%zu", i) : STR("primary"),
                                      .layers = &rig->layers[i],
                                      .layer_count = 1};
    }
    rig->oncall = (struct oncall){&people, rig->rotas, count, &rig->changes, NULL, NULL, 0, 0, 0};
    return rig;
}

static void fold(struct rig *rig, const struct event_list *out)
{
    for (size_t i = 0; i < out->count; i++) {
        oncall_change_fold(&rig->changes, &out->items[i]);
        gap_fold(&rig->gaps, &out->items[i]);
        rig->said += out->items[i].kind == EVENT_ONCALL_GAP;
        rig->closed += out->items[i].kind == EVENT_ONCALL_GAP_CLOSED;
    }
}

static size_t decide(struct rig *rig, struct arena *arena, struct gap_watch *watch)
{
    struct gap_world world = {&rig->oncall, &rig->gaps, 7 * day_ms, rig->now};
    struct event_list out;
    event_list_init(&out, arena);
    gap_decide(&world, watch, &out);
    if (watch == &rig->watch)
        fold(rig, &out);
    return out.count;
}

static void settle(struct rig *rig, struct arena *arena)
{
    int rounds = 0;
    while (decide(rig, arena, &rig->watch) > 0)
        CHECK(++rounds < LIMIT_TURN_ROUNDS);
}

static void leave(struct rig *rig, struct arena *arena, struct str person, int64_t from_ms,
                  int64_t length_ms)
{
    struct event_list out;
    struct err err = {0};
    struct oncall_call call = {.actor = STR("person:ana"),
                               .person = person,
                               .from = instant_add_ms(monday, from_ms),
                               .until = instant_add_ms(monday, from_ms + length_ms),
                               .reason = STR("away"),
                               .now = rig->now};
    event_list_init(&out, arena);
    CHECK_OK(oncall_leave(&rig->oncall, &call, &out, &err), &err);
    fold(rig, &out);
}

TEST(a_gap_is_said_once_within_the_days_ahead_and_closed_when_it_is_over)
{
    struct rig *rig = rig_make(arena, 1);
    leave(rig, arena, STR("ana"), 9 * day_ms, 3 * day_ms);
    leave(rig, arena, STR("ben"), 10 * day_ms, day_ms);
    settle(rig, arena);
    CHECK_INT(rig->said, 0);
    rig->now = instant_add_ms(monday, 3 * day_ms - 1);
    settle(rig, arena);
    CHECK_INT(rig->said, 0);
    rig->now = instant_add_ms(monday, 3 * day_ms);
    settle(rig, arena);
    CHECK_INT(rig->said, 1);
    CHECK_INT(rig->gaps.items[0].from.us, instant_add_ms(monday, 10 * day_ms).us);
    CHECK_INT(rig->gaps.items[0].until.us, instant_add_ms(monday, 11 * day_ms).us);
    /* A process that begins anew decides nothing more. */
    rig->watch = (struct gap_watch){0};
    settle(rig, arena);
    CHECK_INT(rig->said, 1);
    rig->now = instant_add_ms(monday, 11 * day_ms - 1);
    settle(rig, arena);
    CHECK_INT(rig->closed, 0);
    rig->now = instant_add_ms(monday, 11 * day_ms);
    settle(rig, arena);
    CHECK_INT(rig->closed, 1);
    CHECK_INT(rig->gaps.count, 0);
}

TEST(whom_nobody_can_reach_leaves_a_gap_and_a_rota_that_may_be_empty_does_not)
{
    struct rig *rig = rig_make(arena, 2);
    rig->layers[0].slots = unreachable;
    rig->layers[1].slots = unreachable;
    rig->rotas[1].may_be_empty = true;
    settle(rig, arena);
    CHECK_INT(rig->said, 1);
    CHECK_STR(str_of(rig->gaps.items[0].rota), "primary");
    CHECK_STR(str_of(rig->gaps.items[0].reason), "dee cannot be reached");
    /* Such a rota is taken out: its gap is closed. */
    rig->oncall.rotas = &rig->rotas[1];
    rig->oncall.rota_count = 1;
    settle(rig, arena);
    CHECK_INT(rig->closed, 1);
}

TEST(gaps_found_together_are_one_message)
{
    static const struct rota_window days[] = {{0x7f, 9 * 60, 17 * 60}};
    struct rig *rig = rig_make(arena, 1);
    rig->layers[0].windows = days;
    rig->layers[0].window_count = 1;
    settle(rig, arena);
    CHECK_INT(rig->said, 7);
    CHECK_INT(rig->gaps.items[0].with, 0);
    CHECK_INT(rig->gaps.items[6].with, 1);
    CHECK_STR(gap_times(arena, zone_utc(), rig->gaps.items[0].from, rig->gaps.items[0].until),
              "from Mon 2026-01-05 17:00 UTC until Tue 2026-01-06 09:00 UTC");
}

/* What is skipped by plan is what would not be decided: a watch that is kept and one that begins
 * anew at each look say the same, through leave that comes and goes. */
TEST(what_is_not_looked_at_would_say_nothing)
{
    struct rig *rig = rig_make(arena, ROTAS);
    int64_t looks = 0;
    for (int hour = 0; hour < 24 * 40; hour++) {
        rig->now = instant_add_ms(monday, hour * hour_ms);
        if (hour % 113 == 7) {
            leave(rig, arena, STR("ana"), hour * hour_ms + 3 * day_ms, (hour % 5 + 1) * hour_ms);
            leave(rig, arena, STR("ben"), hour * hour_ms + 3 * day_ms + hour_ms, 5 * hour_ms);
        }
        settle(rig, arena);
        struct gap_watch anew = {0};
        CHECK_INT(decide(rig, arena, &anew), 0);
        looks += rig->watch.looked.us == rig->now.us;
    }
    CHECK(rig->said > ROTAS);
    CHECK_INT(rig->said, rig->closed + (int64_t)rig->gaps.count);
    CHECK(looks < 24 * 40 / 4);
}
