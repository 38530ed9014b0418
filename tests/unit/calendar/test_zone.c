/* test_zone.c - zone data read, cut and falsified; the clock's gaps, repeats and far years. */
#include "harness/test.h"

#include "base/limits.h"
#include "calendar/zone.h"

/* Zone data by hand: no table, one clock, a footer; or what a test changes in it. */
struct data {
    unsigned char bytes[512];
    size_t n;
};

static void put_header(struct data *data, char version, unsigned changes, unsigned characters)
{
    unsigned char *p = data->bytes + data->n;
    memcpy(p, "TZif", 4);
    p[4] = (unsigned char)version;
    p[35] = (unsigned char)changes;
    p[39] = 1;
    p[43] = (unsigned char)characters;
    data->n += 44;
}

static struct data make_data(const char *footer)
{
    struct data data = {.n = 0};
    for (int part = 0; part < 2; part++) {
        put_header(&data, '2', 0, 4);
        data.n += 6;
        memcpy(data.bytes + data.n, "LMT", 4);
        data.n += 4;
    }
    memcpy(data.bytes + data.n, footer, strlen(footer));
    data.n += strlen(footer);
    return data;
}

static struct str bytes_of(const struct data *data)
{
    return (struct str){(const char *)data->bytes, data->n};
}

static const struct zone *make_zone(struct arena *arena, const char *footer)
{
    struct data data = make_data(footer);
    const struct zone *zone = NULL;
    struct err err = {0};
    CHECK_OK(zone_parse(arena, STR("Test/Zone"), bytes_of(&data), &zone, &err), &err);
    return zone;
}

static struct instant at(const char *text)
{
    struct instant instant = {0};
    CHECK(instant_parse(str_of(text), &instant));
    return instant;
}

static void check_wall(const struct zone *zone, const char *wall, const char *want,
                       enum zone_fit want_fit)
{
    char text[INSTANT_TEXT_BYTES];
    enum zone_fit fit = ZONE_ONCE;
    instant_write(zone_instant(zone, civil_of(at(wall)), &fit), text);
    CHECK_STR(str_slice(str_of(text), 0, 19), want);
    CHECK_INT(fit, want_fit);
}

static void check_shown(const struct zone *zone, const char *when, const char *want)
{
    char text[INSTANT_TEXT_BYTES];
    instant_write(instant_of_civil(zone_civil(zone, at(when), NULL)), text);
    CHECK_STR(str_slice(str_of(text), 0, 19), want);
}

static const char new_york[] = "\nEST5EDT,M3.2.0,M11.1.0\n";

TEST(the_clock_on_the_wall)
{
    const struct zone *zone = make_zone(arena, new_york);
    struct zone_clock clock;
    check_shown(zone, "2026-03-08T06:59:59Z", "2026-03-08T01:59:59");
    check_shown(zone, "2026-03-08T07:00:00Z", "2026-03-08T03:00:00");
    check_shown(zone, "2026-11-01T05:59:59Z", "2026-11-01T01:59:59");
    check_shown(zone, "2026-11-01T06:00:00Z", "2026-11-01T01:00:00");
    (void)zone_civil(zone, at("2026-07-01T00:00:00Z"), &clock);
    CHECK_INT(clock.offset_s, -4 * 3600);
    CHECK(clock.daylight);
    CHECK_STR(str_of(clock.name), "EDT");
    CHECK_STR(zone_name(zone), "Test/Zone");
    CHECK_STR(zone_name(zone_utc()), "UTC");
    check_shown(zone_utc(), "1969-12-31T23:59:59Z", "1969-12-31T23:59:59");
}

TEST(a_skipped_time_is_the_moment_after_the_gap)
{
    const struct zone *zone = make_zone(arena, new_york);
    check_wall(zone, "2026-03-08T01:59:59Z", "2026-03-08T06:59:59", ZONE_ONCE);
    check_wall(zone, "2026-03-08T02:00:00Z", "2026-03-08T07:00:00", ZONE_SKIPPED);
    check_wall(zone, "2026-03-08T02:59:59Z", "2026-03-08T07:00:00", ZONE_SKIPPED);
    check_wall(zone, "2026-03-08T03:00:00Z", "2026-03-08T07:00:00", ZONE_ONCE);
}

TEST(a_repeated_time_is_its_first)
{
    const struct zone *zone = make_zone(arena, new_york);
    check_wall(zone, "2026-11-01T00:59:59Z", "2026-11-01T04:59:59", ZONE_ONCE);
    check_wall(zone, "2026-11-01T01:00:00Z", "2026-11-01T05:00:00", ZONE_TWICE);
    check_wall(zone, "2026-11-01T01:59:59Z", "2026-11-01T05:59:59", ZONE_TWICE);
    check_wall(zone, "2026-11-01T02:00:00Z", "2026-11-01T07:00:00", ZONE_ONCE);
}

TEST(rules_of_every_form)
{
    /* Ireland's summer time is its standard one; the southern half; half an hour; always. */
    check_wall(make_zone(arena, "\nIST-1GMT0,M10.5.0,M3.5.0/1\n"), "2026-07-01T12:00:00Z",
               "2026-07-01T11:00:00", ZONE_ONCE);
    const struct zone *howe = make_zone(arena, "\n<+1030>-10:30<+11>-11,M10.1.0,M4.1.0\n");
    check_wall(howe, "2026-01-01T12:00:00Z", "2026-01-01T01:00:00", ZONE_ONCE);
    check_wall(howe, "2026-10-04T02:10:00Z", "2026-10-03T15:30:00", ZONE_SKIPPED);
    check_wall(howe, "2026-10-04T02:30:00Z", "2026-10-03T15:30:00", ZONE_ONCE);
    check_wall(make_zone(arena, "\nXXX3EDT4,0/0,J365/23\n"), "2026-01-01T00:00:00Z",
               "2026-01-01T04:00:00", ZONE_ONCE);
    /* Day 60 without the leap day is 1 March; counted from 0 it is 1 March, or 29 February. */
    const struct zone *julian = make_zone(arena, "\nAAA0BBB,J60/0,300/0\n");
    check_shown(julian, "2028-02-29T23:59:59Z", "2028-02-29T23:59:59");
    check_shown(julian, "2028-03-01T00:00:00Z", "2028-03-01T01:00:00");
    const struct zone *counted = make_zone(arena, "\nAAA0BBB,59/0,300/0\n");
    check_shown(counted, "2028-02-29T00:00:00Z", "2028-02-29T01:00:00");
    check_shown(counted, "2027-02-28T23:59:59Z", "2027-02-28T23:59:59");
    /* A change written into the next year. */
    const struct zone *late = make_zone(arena, "\nAAA0BBB,M6.1.0,J365/167\n");
    check_shown(late, "2027-01-06T21:59:59Z", "2027-01-06T22:59:59");
    check_shown(late, "2027-01-06T22:00:00Z", "2027-01-06T22:00:00");
}

TEST(a_rule_without_changes)
{
    const struct zone *zone = make_zone(arena, "\n<-0330>3:30\n");
    check_shown(zone, "2026-07-01T12:00:00Z", "2026-07-01T08:30:00");
    check_wall(zone, "2026-07-01T08:30:00Z", "2026-07-01T12:00:00", ZONE_ONCE);
    CHECK_INT(zone_find_span(zone, at("2026-07-01T00:00:00Z")).to.us, INT64_MAX);
}

TEST(far_years)
{
    const struct zone *zone = make_zone(arena, new_york);
    check_wall(zone, "9999-12-31T18:59:59Z", "9999-12-31T23:59:59", ZONE_ONCE);
    check_shown(zone, "9999-07-01T12:00:00Z", "9999-07-01T08:00:00");
    check_shown(zone, "0001-07-01T12:00:00Z", "0001-07-01T08:00:00");
    check_wall(zone, "1900-03-11T02:30:00Z", "1900-03-11T07:00:00", ZONE_SKIPPED);
    struct zone_span span = zone_find_span(zone, at("2026-07-01T00:00:00Z"));
    CHECK_INT(span.from.us, at("2026-03-08T07:00:00Z").us);
    CHECK_INT(span.to.us, at("2026-11-01T06:00:00Z").us);
    CHECK_INT(zone_find_span(zone_utc(), at("2026-07-01T00:00:00Z")).to.us, INT64_MAX);
}

TEST(a_table_before_the_rule)
{
    /* One change, to the only clock, in 1970; an empty footer leaves it so. */
    struct data data = {.n = 0};
    put_header(&data, '3', 0, 4);
    data.n += 6;
    memcpy(data.bytes + data.n, "LMT", 4);
    data.n += 4;
    put_header(&data, '3', 1, 4);
    data.n += 8 + 1 + 6;
    memcpy(data.bytes + data.n, "LMT\0\n\n", 6);
    data.n += 6;
    const struct zone *zone = NULL;
    struct err err = {0};
    CHECK_OK(zone_parse(arena, STR("Test/Table"), bytes_of(&data), &zone, &err), &err);
    struct zone_span span = zone_find_span(zone, at("1960-01-01T00:00:00Z"));
    CHECK_INT(span.from.us, INT64_MIN);
    CHECK_INT(span.to.us, 0);
    CHECK_INT(zone_find_span(zone, at("1980-01-01T00:00:00Z")).to.us, INT64_MAX);
}

TEST(the_system_s_zones_before_1970)
{
    struct str bytes = test_read_file(arena, STR("/usr/share/zoneinfo/Europe/Dublin"));
    const struct zone *zone = NULL;
    struct err err = {0};
    CHECK_OK(zone_parse(arena, STR("Europe/Dublin"), bytes, &zone, &err), &err);
    /* Local mean time, then Dublin's own, 25 min 21 s behind Greenwich, until 1916. */
    check_shown(zone, "1800-01-01T12:00:00Z", "1800-01-01T11:34:39");
    check_shown(zone, "1900-01-01T12:00:00Z", "1900-01-01T11:34:39");
    check_shown(zone, "1968-12-01T12:00:00Z", "1968-12-01T13:00:00");
    check_shown(zone, "2090-07-01T12:00:00Z", "2090-07-01T13:00:00");
}

/* Every cut and every single byte turned over: refused with a sentence, or read; never a crash. */
TEST(cut_and_falsified)
{
    struct data whole = make_data(new_york);
    const struct zone *zone = NULL;
    for (size_t n = 0; n < whole.n; n++) {
        struct err err = {0};
        CHECK(!zone_parse(arena, STR("Cut"), (struct str){(const char *)whole.bytes, n}, &zone,
                          &err));
        CHECK(str_starts(str_of(err.text), "The data of the time zone \"Cut\" cannot be used: "));
    }
    CHECK(zone == NULL);
    for (size_t i = 0; i < whole.n; i++) {
        struct data falsified = whole;
        struct err err = {0};
        falsified.bytes[i] ^= 0xff;
        if (zone_parse(arena, STR("False"), bytes_of(&falsified), &zone, &err))
            CHECK_INT(civil_of(zone_instant(zone, civil_of(at("2026-11-01T01:00:00Z")), NULL)).year,
                      2026);
        else
            CHECK(err.kind == ERR_USAGE);
    }
}

static void check_refused(struct arena *arena, const struct data *data, const char *reason)
{
    const struct zone *zone = NULL;
    struct err err = {0};
    CHECK(!zone_parse(arena, STR("Bad"), bytes_of(data), &zone, &err));
    CHECK(str_find(str_of(err.text), reason, 0) < strlen(err.text));
}

TEST(refused_for_a_reason)
{
    struct data data = make_data(new_york);
    data.bytes[4] = 0;
    check_refused(arena, &data, "old version 1");
    data = make_data(new_york);
    data.bytes[54 + 31] = 1; /* leap seconds */
    check_refused(arena, &data, "leap seconds");
    data = make_data(new_york);
    data.bytes[54 + 34] = LIMIT_ZONE_CHANGES / 256 + 1;
    check_refused(arena, &data, "too many clock changes");
    data = make_data(new_york);
    data.bytes[54 + 39] = 0;
    check_refused(arena, &data, "contradict");
    data = make_data(new_york);
    data.bytes[54 + 44] = 0x7f; /* an offset of years */
    check_refused(arena, &data, "out of range");
    data = make_data(new_york);
    data.bytes[54 + 44 + 6 + 3] = 'X'; /* the name's end */
    check_refused(arena, &data, "has no end");
    static const char *const footers[] = {"\nEST\n",
                                          "\nE5\n",
                                          "\n5\n",
                                          "\nEST5EDT\n",
                                          "\nEST25\n",
                                          "\nEST5EDT,M3.2.0\n",
                                          "\nEST5EDT,M13.2.0,M1.1.0\n",
                                          "\nEST5EDT,M3.6.0,M1.1.0\n",
                                          "\nEST5EDT,M3.2.7,M1.1.0\n",
                                          "\nEST5EDT,J0,J1\n",
                                          "\nEST5EDT,J366,J1\n",
                                          "\nEST5EDT,J3/168,J1\n",
                                          "\nEST5 \n",
                                          "\n<EST5\n",
                                          "\nEST5:60\n",
                                          "\nEST5EDT,M3.2.0,M11.1.0,\n"};
    for (size_t i = 0; i < sizeof footers / sizeof footers[0]; i++) {
        data = make_data(footers[i]);
        check_refused(arena, &data, "rule in its last line");
    }
    data = make_data("\n");
    check_refused(arena, &data, "last line is missing");
}

TEST(refused_when_too_large)
{
    struct data data = make_data(new_york);
    const struct zone *zone = NULL;
    struct err err = {0};
    char *large = arena_alloc(arena, LIMIT_ZONE_BYTES + 1);
    memcpy(large, data.bytes, data.n);
    CHECK(!zone_parse(arena, STR("Large"), (struct str){large, LIMIT_ZONE_BYTES + 1}, &zone, &err));
    CHECK_STR(str_of(err.text), "The data of the time zone \"Large\" cannot be used: it is too "
                                "large. Install the system's time zone data (tzdata) again.");
}

TEST(changes_out_of_order)
{
    struct data data = {.n = 0};
    put_header(&data, '2', 0, 4);
    data.n += 6;
    memcpy(data.bytes + data.n, "LMT", 4);
    data.n += 4;
    size_t second = data.n;
    put_header(&data, '2', 2, 4);
    data.bytes[data.n + 7] = 5;
    data.bytes[data.n + 15] = 4;
    data.n += 18 + 6;
    memcpy(data.bytes + data.n, "LMT\0\n\n", 6);
    data.n += 6;
    check_refused(arena, &data, "not in order");
    data.bytes[second + 44 + 15] = 6;
    data.bytes[second + 44 + 17] = 1;
    check_refused(arena, &data, "leads to no clock");
}
