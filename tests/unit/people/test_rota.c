/* test_rota.c - shifts by the wall clock; layers, leave, swaps and overrides; what is asked of
 * them.
 *
 * The zone's rules are written here as POSIX has them, so that no file is read. Cases of other
 * products are told in our own words: a rotation over a change of summer time, a rotation with a
 * gap, layers that overlap, a shift that is taken over for a day. */
#include "base/text.h"
#include "harness/test.h"
#include "people/oncall.h"
#include "people/rota_text.h"

static const struct str ana = {"ana", 3}, ben = {"ben", 3}, cai = {"cai", 3}, dee = {"dee", 3};
static const struct person team[] = {
    {.id = {"ana", 3}, .reach[METHOD_SMTP] = {"ana@acme.example", 16}},
    {.id = {"ben", 3}, .reach[METHOD_SMTP] = {"ben@acme.example", 16}},
    {.id = {"cai", 3}, .reach[METHOD_SMTP] = {"cai@acme.example", 16}},
    {.id = {"dee", 3}}};
static const struct people people = {team, 4};
static const struct rota_slot three[] = {{&ana, 1}, {&ben, 1}, {&cai, 1}};

/* A zone without a table, with a rule for each year. */
static const struct zone *zone_of(struct arena *arena, const char *rule)
{
    const struct zone *zone = NULL;
    struct err err = {0};
    unsigned char head[44] = "TZif2";
    unsigned char block[6] = {0};
    struct text bytes;
    head[39] = 1; /* one type */
    head[43] = 1; /* one byte of names */
    text_init(&bytes, arena, 400);
    for (int i = 0; i < 2; i++) {
        text_add(&bytes, (struct str){(const char *)head, sizeof head});
        text_add(&bytes, (struct str){(const char *)block, sizeof block});
        text_add(&bytes, (struct str){"\0", 1});
    }
    text_printf(&bytes, "\n%s\n", rule);
    CHECK_OK(zone_parse(arena, STR("Test/Zone"), text_str(&bytes), &zone, &err), &err);
    return zone;
}

static struct instant at(const char *text)
{
    struct instant found = {0};
    CHECK(instant_parse(str_of(text), &found));
    return found;
}

static int64_t minutes(const char *date)
{
    struct rota_date found;
    struct err err = {0};
    CHECK_OK(rota_parse_date(str_of(date), &found, &err), &err);
    return found.wall_min;
}

struct rig {
    struct arena *arena;
    struct rota_layer layers[4];
    struct rota rota;
    struct oncall_changes changes;
    struct oncall oncall;
};

static void rig_begin(struct rig *rig, struct arena *arena)
{
    *rig = (struct rig){.arena = arena};
    oncall_changes_init(&rig->changes, arena);
    rig->rota = (struct rota){.name = STR("primary"), .layers = rig->layers, .layer_count = 1};
    rig->oncall = (struct oncall){&people, &rig->rota, 1, &rig->changes, NULL, NULL, 0, 0, 0};
    rig->layers[0] = (struct rota_layer){.zone = zone_of(arena, "CET-1CEST,M3.5.0,M10.5.0/3"),
                                         .length_min = ROTA_WEEK_MIN,
                                         .anchor_min = minutes("2026-01-05 09:00"),
                                         .slots = three,
                                         .slot_count = 3};
}

static struct shift ask(struct rig *rig, const char *when)
{
    struct shift_source source = oncall_source(&rig->oncall, &rig->rota);
    return shift_at(&source, rig->arena, at(when));
}

static void check_who(struct rig *rig, const char *when, const char *who)
{
    struct shift shift = ask(rig, when);
    CHECK_STR(shift_names(rig->arena, &shift), who);
}

static void fold(struct rig *rig, const struct event_list *out)
{
    for (size_t i = 0; i < out->count; i++)
        oncall_change_fold(&rig->changes, &out->items[i]);
}

typedef bool order(const struct oncall *, const struct oncall_call *, struct event_list *,
                   struct err *);

static struct oncall_call call_of(const char *from, const char *until)
{
    return (struct oncall_call){.actor = STR("person:ana"),
                                .rota = STR("Primary"),
                                .person = STR("ben"),
                                .other = STR("ana"),
                                .from = at(from),
                                .until = at(until),
                                .reason = STR("a wedding"),
                                .now = at("2026-01-01T00:00:00Z")};
}

static void take(struct rig *rig, order *run, struct oncall_call call)
{
    struct event_list out;
    struct err err = {0};
    event_list_init(&out, rig->arena);
    CHECK_OK(run(&rig->oncall, &call, &out, &err), &err);
    fold(rig, &out);
}

static void refuse(struct rig *rig, order *run, struct oncall_call call, const char *words)
{
    struct event_list out;
    struct err err = {0};
    event_list_init(&out, rig->arena);
    CHECK(!run(&rig->oncall, &call, &out, &err));
    CHECK_INT(out.count, 0);
    if (str_find(str_of(err.text), words, 0) == strlen(err.text))
        CHECK_STR(str_of(err.text), words);
}

TEST(a_week_of_summer_time_has_167_hours_and_hands_over_at_nine)
{
    struct rig rig;
    rig_begin(&rig, arena);
    struct shift shift = ask(&rig, "2026-03-25T12:00:00Z");
    CHECK_INT(instant_ms_between(shift.from, shift.to), INT64_C(167) * 3600000);
    CHECK_INT(shift.to.us, at("2026-03-30T07:00:00Z").us);
    shift = ask(&rig, "2026-10-21T12:00:00Z");
    CHECK_INT(instant_ms_between(shift.from, shift.to), INT64_C(169) * 3600000);
    check_who(&rig, "2026-01-05T07:59:59Z", "cai"); /* before the first one: backwards */
    check_who(&rig, "2026-01-05T08:00:00Z", "ana");
    check_who(&rig, "2026-01-12T08:00:00Z", "ben");
    check_who(&rig, "2126-01-07T08:00:00Z", ask(&rig, "2126-01-07T08:30:00Z").people[0].p);
}

TEST(a_hand_over_in_the_gap_and_in_the_hour_that_comes_twice)
{
    struct rig rig;
    rig_begin(&rig, arena);
    rig.layers[0].length_min = ROTA_DAY_MIN;
    rig.layers[0].anchor_min = minutes("2026-03-28 02:30");
    CHECK_INT(ask(&rig, "2026-03-28T12:00:00Z").to.us, at("2026-03-29T01:00:00Z").us);
    CHECK_INT(ask(&rig, "2026-10-24T12:00:00Z").to.us, at("2026-10-25T00:30:00Z").us);
    /* By the hour: one shift is skipped with its hour, one has two hours. */
    rig.layers[0].length_min = ROTA_HOUR_MIN;
    rig.layers[0].anchor_min = minutes("2026-03-29 00:00");
    check_who(&rig, "2026-03-29T00:59:59Z", "ben");
    check_who(&rig, "2026-03-29T01:00:00Z", "ana"); /* 03:00: cai's hour was skipped */
    struct shift shift = ask(&rig, "2026-10-25T00:30:00Z");
    CHECK_INT(instant_ms_between(shift.from, shift.to), 2 * 3600000);
}

TEST(a_layer_is_on_at_its_times_and_the_one_below_at_others)
{
    static const struct rota_window nights[] = {{0x3e, 22 * 60, 6 * 60}};
    static const struct rota_slot night = {&dee, 1};
    struct rig rig;
    rig_begin(&rig, arena);
    rig.layers[1] = (struct rota_layer){.zone = rig.layers[0].zone,
                                        .slots = &night,
                                        .slot_count = 1,
                                        .windows = nights,
                                        .window_count = 1};
    rig.rota.layer_count = 2;
    check_who(&rig, "2026-01-05T20:59:59Z", "ana");
    check_who(&rig, "2026-01-05T21:00:00Z", "dee"); /* Monday 22:00 */
    check_who(&rig, "2026-01-06T05:00:00Z", "ana");
    check_who(&rig, "2026-01-10T04:59:00Z", "dee"); /* what began on Friday */
    check_who(&rig, "2026-01-10T21:30:00Z", "ana"); /* Saturday */
    struct shift_source source = oncall_source(&rig.oncall, &rig.rota);
    struct shifts shifts =
        shifts_between(&source, arena, at("2026-01-05T08:00:00Z"), at("2026-01-12T08:00:00Z"));
    CHECK_INT(shifts.count, 11);
    CHECK_INT(shifts.items[10].to.us, at("2026-01-12T08:00:00Z").us);
    CHECK_INT(shifts.items[9].to.us, at("2026-01-10T05:00:00Z").us);
}

TEST(a_rotation_has_a_gap_before_it_begins_and_after_it_ends)
{
    struct rig rig;
    rig_begin(&rig, arena);
    rig.layers[0].from = at("2026-01-07T08:00:00Z");
    rig.layers[0].until = at("2026-02-02T08:00:00Z");
    check_who(&rig, "2026-01-07T07:59:59Z", "nobody");
    check_who(&rig, "2026-01-07T08:00:00Z", "ana"); /* a short first shift */
    check_who(&rig, "2026-02-02T07:59:59Z", "ana");
    check_who(&rig, "2026-02-02T08:00:00Z", "nobody");
    CHECK_INT(ask(&rig, "2026-02-02T08:00:00Z").to.us, INT64_MAX);
}

TEST(who_is_away_is_covered_by_the_next_who_is_there_and_turns_stay)
{
    struct rig rig;
    rig_begin(&rig, arena);
    struct oncall_call call = call_of("2026-01-07T00:00:00Z", "2026-01-14T00:00:00Z");
    take(&rig, oncall_leave, call); /* ben, and so half of ana's week is hers */
    check_who(&rig, "2026-01-12T08:00:00Z", "cai");
    struct shift shift = ask(&rig, "2026-01-12T08:00:00Z");
    CHECK_STR(shift_reason(arena, &rig.rota, &shift), "rotation, covering for ben");
    CHECK_INT(shift.to.us, at("2026-01-14T00:00:00Z").us);
    check_who(&rig, "2026-01-14T00:00:00Z", "ben");
    call.person = STR("cai");
    take(&rig, oncall_leave, call);
    check_who(&rig, "2026-01-13T00:00:00Z", "ana");
    call.person = STR("ana");
    take(&rig, oncall_leave, call);
    check_who(&rig, "2026-01-13T00:00:00Z", "nobody");
    refuse(&rig, oncall_leave, call, "It overlaps with change 3, the leave of ana");
}

TEST(whoever_covers_does_so_for_who_has_the_shift_by_a_swap)
{
    struct rig rig;
    rig_begin(&rig, arena);
    take(&rig, oncall_swap, call_of("2026-01-05T08:00:00Z", "2026-01-19T08:00:00Z"));
    struct oncall_call call = call_of("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z");
    call.person = STR("ana");
    take(&rig, oncall_leave, call);
    check_who(&rig, "2026-01-13T00:00:00Z", "cai");
    struct shift shift = ask(&rig, "2026-01-13T00:00:00Z");
    CHECK_STR(shift_reason(arena, &rig.rota, &shift), "rotation, covering for ana");
}

TEST(a_swap_exchanges_shifts_and_an_override_wins)
{
    struct rig rig;
    rig_begin(&rig, arena);
    take(&rig, oncall_swap, call_of("2026-01-05T08:00:00Z", "2026-01-19T08:00:00Z"));
    check_who(&rig, "2026-01-06T00:00:00Z", "ben");
    check_who(&rig, "2026-01-13T00:00:00Z", "ana");
    check_who(&rig, "2026-01-20T00:00:00Z", "cai");
    struct oncall_call call = call_of("2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z");
    call.person = STR("Cai");
    take(&rig, oncall_override, call);
    check_who(&rig, "2026-01-06T00:00:00Z", "cai");
    CHECK_INT(ask(&rig, "2026-01-06T00:00:00Z").to.us, at("2026-01-07T00:00:00Z").us);
    /* Whoever overrides and goes on leave is passed over: the rota counts. */
    take(&rig, oncall_leave, call);
    check_who(&rig, "2026-01-06T00:00:00Z", "ben");
    call.number = 2;
    take(&rig, oncall_undo, call);
    CHECK(oncall_change_find(&rig.changes, 2) == NULL);
    refuse(&rig, oncall_undo, call, "There is no change 2 of the rotas");
}

TEST(what_is_undone_while_it_runs_ends_then)
{
    struct rig rig;
    rig_begin(&rig, arena);
    struct oncall_call call = call_of("2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z");
    take(&rig, oncall_override, call);
    call.number = 1;
    call.now = at("2026-01-06T12:00:00Z");
    take(&rig, oncall_undo, call);
    check_who(&rig, "2026-01-06T11:59:59Z", "ben");
    check_who(&rig, "2026-01-06T12:00:00Z", "ana");
    refuse(&rig, oncall_undo, call, "Change 1 of the rotas is over");
}

TEST(what_is_refused)
{
    struct rig rig;
    rig_begin(&rig, arena);
    struct oncall_call call = call_of("2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z");
    take(&rig, oncall_override, call);
    refuse(&rig, oncall_override, call,
           "It overlaps with change 1, the override of primary by ben");
    call = call_of("2026-01-07T00:00:00Z", "2026-01-07T00:00:00Z");
    refuse(&rig, oncall_override, call, "The end is not after the beginning.");
    call = call_of("2025-12-07T00:00:00Z", "2025-12-08T00:00:00Z");
    refuse(&rig, oncall_leave, call, "That is over already");
    call = call_of("2026-01-07T00:00:00Z", "2028-01-07T00:00:00Z");
    refuse(&rig, oncall_leave, call, "It ends more than 400 days from now.");
    call = call_of("2026-01-07T00:00:00Z", "2026-01-08T00:00:00Z");
    call.rota = STR("primery");
    refuse(&rig, oncall_override, call, "There is no rota \"primery\"");
    call = call_of("2026-01-07T00:00:00Z", "2026-01-08T00:00:00Z");
    call.person = STR("zoe");
    refuse(&rig, oncall_leave, call, "There is no person \"zoe\"");
    call.person = STR("ana");
    refuse(&rig, oncall_swap, call, "A swap is between two people.");
    call.other = STR("dee");
    call.person = STR("cai");
    refuse(&rig, oncall_swap, call, "Neither cai nor dee has a shift of primary in that time");
    call.reason = STR(" ");
    refuse(&rig, oncall_leave, call, "needs a reason");
}

TEST(there_is_a_limit_of_changes_and_what_is_over_for_long_is_forgotten)
{
    struct rig rig;
    rig_begin(&rig, arena);
    struct oncall_call call = call_of("2026-01-02T00:00:00Z", "2026-01-02T00:01:00Z");
    for (int i = 0; i < ONCALL_CHANGES_MAX; i++) {
        take(&rig, oncall_override, call);
        call.from = call.until;
        call.until = instant_add_ms(call.from, 60000);
    }
    refuse(&rig, oncall_override, call, "There are 256 changes of the rotas");
    call = call_of("2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z");
    call.now = call.from;
    take(&rig, oncall_override, call);
    CHECK_INT(rig.changes.count, 1);
}

TEST(whoever_left_the_configuration_is_passed_over)
{
    struct rig rig;
    rig_begin(&rig, arena);
    take(&rig, oncall_override, call_of("2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z"));
    struct people fewer = {team, 1};
    rig.oncall.people = &fewer;
    check_who(&rig, "2026-01-06T00:00:00Z", "ana");
    check_who(&rig, "2026-01-13T00:00:00Z", "ana"); /* and in the rotation itself */
}

TEST(a_page_asks_who_is_on_now)
{
    const struct person *found[LIMIT_PEOPLE];
    struct rig rig;
    rig_begin(&rig, arena);
    CHECK_INT(oncall_party(&rig.oncall, STR(ONCALL_PRIMARY), at("2026-01-06T00:00:00Z"), found), 1);
    CHECK_STR(found[0]->id, "ana");
    CHECK_INT(oncall_party(&rig.oncall, STR(ONCALL_PRIMARY), at("2026-01-13T00:00:00Z"), found), 1);
    CHECK_STR(found[0]->id, "ben");
    CHECK_INT(oncall_next_change(&rig.oncall, at("2026-01-06T00:00:00Z")).us,
              at("2026-01-12T08:00:00Z").us);
    /* dee cannot be reached: there is no secondary, so it is everybody. */
    struct oncall_call call = call_of("2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z");
    call.person = STR("dee");
    take(&rig, oncall_override, call);
    CHECK_INT(oncall_on(&rig.oncall, STR("primary"), at("2026-01-06T00:00:00Z"), found), 0);
    CHECK_INT(oncall_party(&rig.oncall, STR("primary"), at("2026-01-06T00:00:00Z"), found), 3);
}

TEST(three_years_of_weekly_shifts_are_a_short_list)
{
    struct rig rig;
    rig_begin(&rig, arena);
    struct shift_source source = oncall_source(&rig.oncall, &rig.rota);
    struct shifts shifts =
        shifts_between(&source, arena, at("2026-01-05T08:00:00Z"), at("2029-01-01T08:00:00Z"));
    CHECK_INT(shifts.count, 156);
    CHECK(!shifts.is_cut);
    rig.layers[0].length_min = ROTA_HOUR_MIN;
    shifts = shifts_between(&source, arena, at("2026-01-05T08:00:00Z"), at("2029-01-01T08:00:00Z"));
    CHECK_INT(shifts.count, SHIFTS_MAX);
    CHECK(shifts.is_cut);
}
