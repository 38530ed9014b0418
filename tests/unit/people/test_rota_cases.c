/* test_rota_cases.c - schedules that other products publish tests of, told in our own words: what
 * GoAlert's smoke tests of rotations and Grafana OnCall's simplified shifts ask, as rows of "with
 * these people, this length, this beginning and these times, who is on when". */
#include "base/text.h"
#include "harness/test.h"
#include "people/rota_text.h"
#include "people/shift.h"

enum { SLOTS_MAX = 4, ASKED_MAX = 8 };

static const struct person team[] = {{.id = {"a", 1}}, {.id = {"b", 1}}, {.id = {"c", 1}}};
static const struct people people = {team, 3};

struct asked {
    const char *at, *who; /* by the wall of UTC */
};

struct schedule_case {
    const char *name;
    const char *slots; /* "a b c"; "ab" are on together */
    const char *every; /* NULL: always */
    const char *starts;
    const char *only; /* or NULL */
    struct asked asked[ASKED_MAX];
};

static const struct schedule_case cases[] = {
    {"a day each, around and around",
     "a b c",
     "1 day",
     "2026-02-02 08:00",
     NULL,
     {{"2026-02-02 08:00", "a"},
      {"2026-02-03 07:59", "a"},
      {"2026-02-03 08:00", "b"},
      {"2026-02-04 08:00", "c"},
      {"2026-02-05 08:00", "a"}}},
    {"a week each over the end of a month and of February",
     "a b",
     "1 week",
     "2026-02-02 08:00",
     NULL,
     {{"2026-02-08 12:00", "a"},
      {"2026-02-09 12:00", "b"},
      {"2026-02-23 12:00", "b"},
      {"2026-03-02 08:00", "a"}}},
    {"by the hour: the shift wraps at midnight",
     "a b c",
     "8 hours",
     "2026-02-02 06:00",
     NULL,
     {{"2026-02-02 14:00", "b"},
      {"2026-02-02 22:00", "c"},
      {"2026-02-03 05:59", "c"},
      {"2026-02-03 06:00", "a"}}},
    {"by 5 hours: no day is like the one before",
     "a b",
     "5 hours",
     "2026-02-02 00:00",
     NULL,
     {{"2026-02-02 04:59", "a"}, {"2026-02-02 05:00", "b"}, {"2026-02-03 01:00", "b"}}},
    {"a rotation of one hands over to itself",
     "a",
     "1 day",
     "2026-02-02 08:00",
     NULL,
     {{"2026-02-02 09:00", "a"}, {"2027-02-02 09:00", "a"}}},
    {"nobody is on before the beginning",
     "a b",
     "1 day",
     "2026-02-02 08:00",
     NULL,
     {{"2026-02-02 07:59", "nobody"}, {"2026-02-01 08:00", "nobody"}}},
    {"every second day, a group and one",
     "ab c",
     "2 days",
     "2026-02-02 00:00",
     NULL,
     {{"2026-02-03 23:59", "a and b"}, {"2026-02-04 00:00", "c"}, {"2026-02-06 00:00", "a and b"}}},
    {"every third week",
     "a b",
     "3 weeks",
     "2026-02-02 00:00",
     NULL,
     {{"2026-02-22 23:59", "a"}, {"2026-02-23 00:00", "b"}, {"2026-03-16 00:00", "a"}}},
    {"shifts of 12 hours of each day, and nobody in between",
     "a b",
     "1 day",
     "2026-02-02 08:00",
     "08:00-20:00",
     {{"2026-02-02 19:59", "a"},
      {"2026-02-02 20:00", "nobody"},
      {"2026-02-03 08:00", "b"},
      {"2026-02-03 20:00", "nobody"}}},
    {"weekly turns, Monday, Wednesday and Friday only",
     "a b",
     "1 week",
     "2026-02-02 00:00",
     "Monday, Wednesday, Friday 00:00-24:00",
     {{"2026-02-02 12:00", "a"},
      {"2026-02-03 12:00", "nobody"},
      {"2026-02-04 12:00", "a"},
      {"2026-02-06 23:59", "a"},
      {"2026-02-07 00:00", "nobody"},
      {"2026-02-09 00:00", "b"}}},
    {"the weekend hands over in the middle of it",
     "a b",
     "1 week",
     "2026-02-01 00:00",
     "Saturday, Sunday",
     {{"2026-02-01 12:00", "a"},
      {"2026-02-07 23:59", "a"},
      {"2026-02-08 00:00", "b"},
      {"2026-02-14 12:00", "b"}}},
    {"the night belongs to the day on which it begins",
     "a",
     NULL,
     NULL,
     "Friday 22:00-06:00",
     {{"2026-02-06 21:59", "nobody"},
      {"2026-02-06 22:00", "a"},
      {"2026-02-07 05:59", "a"},
      {"2026-02-07 06:00", "nobody"},
      {"2026-02-07 22:30", "nobody"}}},
};

static size_t make_slots(struct arena *arena, const char *words, struct rota_slot *out_slots)
{
    struct str rest = str_of(words);
    struct str word;
    size_t count = 0;
    while (str_split(&rest, ' ', &word)) {
        struct str *names = arena_array(arena, word.n, sizeof *names);
        for (size_t i = 0; i < word.n; i++)
            names[i] = str_slice(word, i, i + 1);
        CHECK(count < SLOTS_MAX);
        out_slots[count++] = (struct rota_slot){names, word.n};
    }
    return count;
}

static struct instant wall(const char *text)
{
    struct rota_date date;
    struct err err = {0};
    CHECK_OK(rota_parse_date(str_of(text), &date, &err), &err);
    return rota_wall(zone_utc(), date.wall_min);
}

static void check_case(struct arena *arena, const struct schedule_case *one)
{
    struct rota_slot slots[SLOTS_MAX];
    struct rota_window window;
    struct err err = {0};
    struct rota_layer layer = {.slots = slots, .windows = &window};
    struct rota rota = {.name = STR("primary"), .layers = &layer, .layer_count = 1};
    struct shift_source source = {&rota, &people, NULL, NULL, 0};
    layer.slot_count = make_slots(arena, one->slots, slots);
    if (one->every)
        CHECK_OK(rota_parse_every(str_of(one->every), &layer.length_min, &err), &err);
    if (one->starts) {
        layer.from = wall(one->starts);
        layer.anchor_min = layer.from.us / 60000000;
    }
    if (one->only)
        CHECK_OK(rota_parse_window(str_of(one->only), &window, &err), &err);
    layer.window_count = one->only != NULL;
    for (size_t i = 0; i < ASKED_MAX && one->asked[i].at; i++) {
        struct shift shift = shift_at(&source, arena, wall(one->asked[i].at));
        struct str who = shift_names(arena, &shift);
        if (!str_is(who, one->asked[i].who))
            test_fail(__FILE__, __LINE__, "%s: at %s it is %.*s, not %s", one->name,
                      one->asked[i].at, STR_ARGS(who), one->asked[i].who);
    }
}

TEST(schedules_of_other_products)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(arena, &cases[i]);
}
