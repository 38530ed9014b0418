/* test_ics.c - shifts beside libical: it reads the calendar that is written, and its own
 * recurrences say the same hand-overs where a rotation is one (RFC 5545). */
#include "harness/test.h"

#include "people/ics.h"

#include <libical/ical.h>

enum { YEARS = 3, ZONES = 8 };

static const char *const zone_names[ZONES] = {
    "Europe/Ljubljana",  "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
    "America/Sao_Paulo", "Pacific/Apia",     "Asia/Tehran",         "UTC"};
static const struct str names[] = {{"ana", 3}, {"ben", 3}, {"cai", 3}};
static const struct person team[] = {{.id = {"ana", 3}}, {.id = {"ben", 3}}, {.id = {"cai", 3}}};
static const struct people people = {team, 3};
static const struct rota_slot slots[] = {{&names[0], 1}, {&names[1], 1}, {&names[2], 1}};

static struct rota_layer layer_of(struct arena *arena, const char *zone_name, int64_t length_min)
{
    const struct zone *zone = NULL;
    struct err err = {0};
    struct str path = str_printf(arena, "/usr/share/zoneinfo/%s", zone_name);
    CHECK_OK(zone_parse(arena, str_of(zone_name), test_read_file(arena, path), &zone, &err), &err);
    struct civil start = {.year = 2026, .month = 1, .day = 5, .hour = 9};
    return (struct rota_layer){.zone = zone,
                               .length_min = length_min,
                               .anchor_min = instant_of_civil(start).us / 60000000,
                               .slots = slots,
                               .slot_count = 3};
}

static icaltimezone *ical_zone(const char *name)
{
    return strcmp(name, "UTC") == 0 ? icaltimezone_get_utc_timezone()
                                    : icaltimezone_get_builtin_timezone(name);
}

/* The hand-overs of a rotation are the occurrences of its rule, and each third one is the same
 * person's. */
static size_t compare_rule(struct arena *arena, const char *zone_name, const char *rule,
                           int64_t length_min)
{
    struct rota_layer layer = layer_of(arena, zone_name, length_min);
    icaltimezone *zone = ical_zone(zone_name);
    icaltimetype start = icaltime_from_string("20260105T090000");
    icalrecur_iterator *iterator =
        icalrecur_iterator_new(icalrecurrencetype_from_string(rule), start);
    size_t count = 0;
    CHECK(zone != NULL && iterator != NULL);
    icaltimetype end = icaltime_from_string("20290101T000000");
    for (;;) {
        icaltimetype next = icalrecur_iterator_next(iterator);
        if (icaltime_is_null_time(next) || icaltime_compare(next, end) > 0)
            break;
        int64_t at_s = (int64_t)icaltime_as_timet_with_zone(next, zone);
        struct instant at = {at_s * 1000000};
        struct rota_turn turn = rota_turn_at(&layer, at);
        struct rota_turn before = rota_turn_at(&layer, (struct instant){at.us - 60000000});
        CHECK_INT(turn.from.us, at.us);
        CHECK_INT(turn.slot, count % 3);
        CHECK(count == 0 || before.slot == (count - 1) % 3);
        count++;
    }
    icalrecur_iterator_free(iterator);
    return count;
}

TEST(hand_overs_are_the_occurrences_of_the_rule)
{
    size_t count = 0;
    for (size_t i = 0; i < ZONES; i++) {
        count += compare_rule(arena, zone_names[i], "FREQ=WEEKLY;BYDAY=MO", ROTA_WEEK_MIN);
        count += compare_rule(arena, zone_names[i], "FREQ=DAILY", ROTA_DAY_MIN);
        count += compare_rule(arena, zone_names[i], "FREQ=DAILY;INTERVAL=3", 3 * ROTA_DAY_MIN);
        count += compare_rule(arena, zone_names[i], "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
                              2 * ROTA_WEEK_MIN);
    }
    printf("# %zu hand-overs compared\n", count);
    CHECK(count > ZONES * YEARS * 365);
}

static int64_t seconds_of(icaltimetype at)
{
    return (int64_t)icaltime_as_timet_with_zone(at, icaltimezone_get_utc_timezone());
}

/* What is written is read again, whole, with the same shifts. */
static void check_calendar(struct arena *arena, const struct rota *rota, struct instant now)
{
    struct oncall oncall = {&people, rota, 1, NULL, NULL, NULL, 0, 0, 0};
    struct ics ics = {.oncall = &oncall,
                      .person = STR(""),
                      .now = now,
                      .public_url = STR("https://reeve.acme.example")};
    struct text text;
    text_init(&text, arena, ICS_BYTES_MAX);
    size_t count = ics_write(&text, arena, &ics);
    icalcomponent *calendar = icalparser_parse_string(text_str(&text).p);
    CHECK(calendar != NULL);
    CHECK_INT(icalcomponent_count_errors(calendar), 0);
    CHECK(icalrestriction_check(calendar));
    CHECK_INT(icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT), count);
    struct shift_source source = oncall_source(&oncall, rota);
    struct shift shift = shift_at(&source, arena, now);
    icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
    for (; event; event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
        CHECK_INT(seconds_of(icalcomponent_get_dtstart(event)) * 1000000, shift.from.us);
        CHECK_INT(seconds_of(icalcomponent_get_dtend(event)) * 1000000, shift.to.us);
        struct str want = str_printf(arena, "On call (%.*s): %.*s", STR_ARGS(rota->name),
                                     STR_ARGS(shift_names(arena, &shift)));
        CHECK_STR(str_of(icalcomponent_get_summary(event)), want.p);
        shift = shift_at(&source, arena, shift.to);
    }
    icalcomponent_free(calendar);
}

TEST(the_calendar_is_read_with_the_same_shifts)
{
    for (size_t i = 0; i < ZONES; i++) {
        struct rota_layer layer = layer_of(arena, zone_names[i], ROTA_DAY_MIN);
        struct rota rota = {.name = STR("a rota, of a long name; with \\ signs \xE2\x80\x94 and so "
                                        "long that it is folded"),
                            .layers = &layer,
                            .layer_count = 1};
        check_calendar(arena, &rota, (struct instant){1773570000000000});
    }
}
