/* test_ics.c - the calendar of shifts: folded, escaped, and with names that stay the same. */
#include "base/text.h"
#include "harness/test.h"
#include "people/ics.h"

static const struct str ana = {"ana", 3};
static const struct str odd = {"Zo\xC3\xAB; \"the, \\boss\"", 18};
static const struct person team[] = {{.id = {"ana", 3}, .reach[METHOD_SMTP] = {"a@b", 3}},
                                     {.id = {"Zo\xC3\xAB; \"the, \\boss\"", 18}}};
static const struct people people = {team, 2};
static const struct rota_slot slots[] = {{&ana, 1}, {&odd, 1}};
static const struct rota_layer layer = {
    .length_min = ROTA_WEEK_MIN, .anchor_min = 29460060, .slots = slots, .slot_count = 2};
static const struct rota_layer always = ROTA_ALWAYS(slots);
static const struct rota rotas[] = {
    {.name = {"a rota whose name is so long that the line of its summary has to be folded", 74},
     .layers = &layer,
     .layer_count = 1},
    {.name = {"primary", 7}, .layers = &always, .layer_count = 1}};
static const struct oncall oncall = {&people, rotas, 2, NULL, NULL, NULL, 0, 0, 0};

static struct str write(struct arena *arena, struct instant now, struct str person,
                        size_t *out_count)
{
    struct text text;
    struct ics ics = {.oncall = &oncall, .person = person, .now = now, .public_url = STR("")};
    text_init(&text, arena, ICS_BYTES_MAX);
    *out_count = ics_write(&text, arena, &ics);
    return text_str(&text);
}

static struct str uid_after(struct str calendar, const char *start)
{
    size_t at = str_find(calendar, start, 0);
    size_t from = at;
    while (from > 0 && !str_starts(str_from(calendar, from), "UID:"))
        from--;
    return str_slice(calendar, from, str_find_byte(calendar, '\r', from));
}

TEST(every_line_has_at_most_75_octets_and_whole_characters)
{
    size_t count = 0;
    struct str rest = write(arena, (struct instant){1767690000000000}, STR(""), &count);
    struct str line;
    CHECK_INT(count, 27); /* 26 weeks, and the one that goes on; the other rota has no shifts */
    while (str_split(&rest, '\n', &line)) {
        CHECK(rest.p == NULL || str_ends(line, "\r"));
        CHECK(line.n <= 76);
        CHECK(str_utf8_valid(line, NULL));
    }
}

TEST(texts_are_escaped)
{
    size_t count = 0;
    struct str calendar = write(arena, (struct instant){1767690000000000}, odd, &count);
    CHECK_INT(count, 13);
    CHECK(str_find(calendar, "X-WR-CALNAME:On call: Zo\xC3\xAB\\; \"the\\, \\\\boss\"\r\n", 0) <
          calendar.n);
}

TEST(a_shift_keeps_its_name_and_its_begin)
{
    size_t count = 0;
    struct str first = write(arena, (struct instant){1767690000000000}, STR(""), &count);
    struct str later = write(arena, (struct instant){1768122000000000}, STR(""), &count);
    struct str uid = uid_after(first, "DTSTART:20260105T090000Z");
    CHECK(uid.n > 20 && str_starts(uid, "UID:"));
    CHECK_STR(uid_after(later, "DTSTART:20260105T090000Z"), str_copy(arena, uid).p);
    CHECK(!str_equal(uid, uid_after(first, "DTSTART:20260112T090000Z")));
}
