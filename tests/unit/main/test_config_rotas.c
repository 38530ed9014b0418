/* test_config_rotas.c - rotations in reeve.yaml: the forms that are taken, and what is refused. */
#include "base/text.h"
#include "harness/test.h"
#include "main/config_inside.h"

#define PEOPLE                                                                                     \
    "people: { ana: { email: a@b.c }, ben: { email: b@b.c }, cai: { email: c@b.c } }\n"            \
    "smtp: { url: \"smtp://127.0.0.1:25\", from: r@b.c }\n"

static bool read(struct arena *arena, const char *on_call, struct config *out_config,
                 struct config_errors *out_errors)
{
    struct str text = str_printf(arena, "%son_call:\n%s", PEOPLE, on_call);
    struct config_input input = {.file = STR("reeve.yaml"), .text = text};
    return config_read(arena, &input, out_config, out_errors);
}

static struct config *take(struct arena *arena, const char *on_call)
{
    struct config *config = arena_make(arena, struct config);
    struct config_errors errors;
    if (!read(arena, on_call, config, &errors))
        test_fail(__FILE__, __LINE__, "%s %s", errors.items[0].place, errors.items[0].text);
    return config;
}

static void refuse(struct arena *arena, const char *on_call, const char *place, const char *words)
{
    struct config config;
    struct config_errors errors;
    CHECK(!read(arena, on_call, &config, &errors));
    CHECK_STR(str_of(errors.items[0].place), place);
    if (str_find(str_of(errors.items[0].text), words, 0) == strlen(errors.items[0].text))
        CHECK_STR(str_of(errors.items[0].text), words);
}

TEST(a_rotation_by_the_week)
{
    struct config *config = take(
        arena, "  primary: { weekly: [[ana, ben], cai], handover: Monday 09:00 Europe/Ljubljana }\n"
               "  secondary: ben\n  look_ahead: 3 days\n");
    const struct config_layer *layer = &config->rotas[0].layers[0];
    CHECK_INT(config->rota_count, 2);
    CHECK_INT(layer->length_min, ROTA_WEEK_MIN);
    CHECK_INT(layer->slot_count, 2);
    CHECK_INT(layer->slots[0].count, 2);
    CHECK_STR(layer->slots[1].people[0], "cai");
    CHECK_INT(layer->handover.weekday, 1);
    CHECK_STR(layer->zone, "Europe/Ljubljana");
    CHECK_INT(config->rotas[1].layers[0].length_min, 0);
    CHECK_INT(config->look_ahead_ms, INT64_C(3) * 86400000);
}

TEST(layers_with_their_own_times)
{
    struct config *config =
        take(arena, "  primary:\n    zone: UTC\n    may_be_empty: yes\n    layers:\n"
                    "      - { name: rest, people: cai }\n"
                    "      - { every: 12 hours, people: [ana, ben], starts: 2026-01-05 09:00,\n"
                    "          zone: America/New_York, until: 2026-06-01,\n"
                    "          only: [Monday-Friday 09:00-17:00, Saturday] }\n");
    const struct config_rota *rota = &config->rotas[0];
    CHECK(rota->may_be_empty);
    CHECK_INT(rota->layer_count, 2);
    CHECK_STR(rota->layers[0].zone, "UTC");
    CHECK_STR(rota->layers[1].zone, "America/New_York");
    CHECK_INT(rota->layers[1].length_min, 720);
    CHECK_INT(rota->layers[1].window_count, 2);
    CHECK(rota->layers[1].has_starts && rota->layers[1].has_until);
}

TEST(there_may_be_100_rotas)
{
    struct text text;
    text_init(&text, arena, 8192);
    text_adds(&text, "  primary: ana\n");
    for (int i = 1; i < LIMIT_ROTAS; i++)
        text_printf(&text, "  team%d: ben\n", i);
    CHECK_INT(take(arena, text_str(&text).p)->rota_count, LIMIT_ROTAS);
    text_adds(&text, "  one more: ben\n");
    refuse(arena, text_str(&text).p, "reeve.yaml:4:3",
           "There are 101 rotas here; there may be 100.");
}

TEST(what_a_rotation_cannot_be)
{
    refuse(arena, "  primary: { weekly: [ana, zoe] }\n", "reeve.yaml:4:28",
           "\"zoe\" does not stand under people.");
    refuse(arena, "  primary: { weekly: [ana], daily: [ben] }\n", "reeve.yaml:4:29",
           "Shifts have one length");
    refuse(arena, "  primary: { weekly: [ana], handover: 09:00 UTC }\n", "reeve.yaml:4:39",
           "A weekly hand-over needs its weekday");
    refuse(arena, "  primary: { daily: [ana], handover: Monday 09:00 }\n", "reeve.yaml:4:38",
           "goes with shifts of whole weeks only");
    refuse(arena, "  primary: { every: 3 moons, people: [ana, ben] }\n", "reeve.yaml:4:21",
           "is no length of a shift");
    refuse(arena, "  primary: { monthly: [ana], handover: Monday 09:00 }\n", "reeve.yaml:4:40",
           "Shifts of months change on a day of the month");
    refuse(arena, "  primary: { weekly: [ana], handover: first Monday 09:00 }\n", "reeve.yaml:4:39",
           "A day of the month goes with monthly:");
    refuse(arena, "  primary: ana\n  handovers: { tell: everybody }\n", "reeve.yaml:5:22",
           "\"everybody\" cannot be told; write new, both or nobody.");
    refuse(arena, "  primary: { people: [ana, ben] }\n", "reeve.yaml:4:23",
           "Do they take turns, or are they on at once?");
    refuse(arena, "  primary: { every: 3 days }\n", "reeve.yaml:4:14", "Nobody is named here");
    refuse(arena, "  primary: { weekly: [ana], people: ben }\n", "reeve.yaml:4:14",
           "take people: out");
    refuse(arena, "  primary: { weekly: [ana], zone: \"../etc\" }\n", "reeve.yaml:4:35",
           "is no time zone");
    refuse(arena, "  primary: { weekly: [ana], handover: Mon 09:00 UTC, zone: Europe/Rome }\n",
           "reeve.yaml:4:60", "a layer has one clock");
    refuse(arena, "  primary: { weekly: [ana], only: Funday }\n", "reeve.yaml:4:35",
           "is no time of the week");
    refuse(arena, "  primary: { weekly: [ana], starts: 2026-02-30 }\n", "reeve.yaml:4:37",
           "is no date");
    refuse(arena, "  primary: { weekly: [ana], starts: 2026-02-03, until: 2026-02-02 }\n",
           "reeve.yaml:4:56", "It is not after starts:.");
    refuse(arena, "  primary: { layers: [{ people: ana }], weekly: [ben] }\n", "reeve.yaml:4:41",
           "does not go beside layers:");
    refuse(arena, "  secondary: ana\n", "reeve.yaml:4:3", "\"primary\" is missing here");
    refuse(arena, "  primary: ana\n  secondry: ben\n", "reeve.yaml:5:3",
           "did you mean \"secondary\"?");
    refuse(arena, "  primary: ana\n  ben: ana\n", "reeve.yaml:5:3", "\"ben\" is a person");
    refuse(arena, "  primary: { weekly: [] }\n", "reeve.yaml:4:14", "There must be 1 to 366");
    refuse(arena, "  primary: { weekly: [[]] }\n", "reeve.yaml:4:14", "A name of 1 to 400 bytes");
    refuse(arena, "  primary: { weekly: [ana], handover: 9 }\n", "reeve.yaml:4:39",
           "is no hand-over");
    refuse(arena, "  primary: { weekly: [[ana, ana]] }\n", "reeve.yaml:4:29", "stands here twice");
    refuse(arena, "  primary: { weakly: [ana] }\n", "reeve.yaml:4:14", "did you mean \"weekly\"?");
}
