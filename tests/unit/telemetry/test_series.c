/* test_series.c - the series of a target: found by their texts in any order, bounded in number. */
#include "base/text.h"
#include "harness/test.h"
#include "telemetry/intake.h"

enum { ROWS = 300, SCRAPES = 200 };

struct rig {
    struct arena *arena;
    struct arena series; /* of the intake */
    struct signals signals;
    struct intake intake;
    struct reading readings[LIMIT_SIGNALS];
    char *carry;
    int64_t second;
    uint64_t seed;
};

static struct rig *rig_make(struct arena *arena)
{
    struct rig *rig = arena_make(arena, struct rig);
    rig->arena = arena;
    rig->seed = 7;
    rig->carry = arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES);
    arena_init(&rig->series);
    signals_init(&rig->signals, arena);
    intake_init(&rig->intake, &rig->series, &rig->signals, STR("app"));
    return rig;
}

static uint32_t chance(struct rig *rig, uint32_t below)
{
    rig->seed = rig->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(rig->seed >> 33) % below;
}

static bool try_scrape(struct rig *rig, struct str body, struct err *err)
{
    struct exposition reader;
    intake_begin(&rig->intake, (struct instant){++rig->second * 1000000}, 1000);
    exposition_init(&reader, &rig->intake.use, rig->carry);
    return exposition_feed(&reader, body, err) && exposition_end(&reader, err);
}

/* The requests since the scrape before; those that failed are *out_part. */
static double scrape(struct rig *rig, struct str body, double *out_part)
{
    struct err err = {0};
    CHECK_OK(try_scrape(rig, body, &err), &err);
    size_t count = intake_finish(&rig->intake, rig->arena, 1000, rig->readings);
    CHECK_INT(count, 1);
    CHECK_STR(rig->readings[0].signal, "error rate");
    *out_part = rig->readings[0].part;
    return rig->readings[0].of;
}

/* A row of the answer in one of the ways that mean the same. */
static void write_row(struct rig *rig, struct text *text, uint32_t row, uint32_t value)
{
    int status = row % 3 == 0 ? 500 : 200;
    uint32_t way = chance(rig, 20);
    if (way == 3)
        text_printf(text, "other_total{path=\"/%u\"} 5\n# HELP x y\n", row);
    switch (way) {
    case 0:
        text_printf(text, "http_requests_total{status=\"%d\",path=\"/%u\"} %u\n", status, row,
                    value);
        break;
    case 1:
        text_printf(text, "http_requests_total {path=\"/%u\",status=\"%d\"} %u\n", row, status,
                    value);
        break;
    case 2:
        text_printf(text, "\thttp_requests_total{ path = \"/%u\", status=\"%d\", }%u 1700\r\n", row,
                    status, value);
        break;
    default:
        text_printf(text, "http_requests_total{path=\"/%u\",status=\"%d\"} %u\n", row, status,
                    value);
    }
}

/* Rows move, appear, vanish and are written in other ways; the sums are always those of a count by
 * hand. */
TEST(counts_are_exact_whatever_the_order_and_the_writing)
{
    struct rig *rig = rig_make(arena);
    uint32_t order[ROWS];
    uint32_t values[ROWS] = {0};
    uint32_t told[ROWS] = {0};
    for (uint32_t i = 0; i < ROWS; i++)
        order[i] = i;
    for (int n = 0; n < SCRAPES; n++) {
        struct text text;
        double wanted[2] = {0};
        text_init(&text, arena, 128 * 1024);
        for (uint32_t moved = chance(rig, 4); moved > 0; moved--) {
            uint32_t a = chance(rig, ROWS);
            uint32_t b = chance(rig, ROWS);
            uint32_t row = order[a];
            order[a] = order[b];
            order[b] = row;
        }
        for (uint32_t i = 0; i < ROWS; i++) {
            uint32_t row = order[i];
            values[row] += chance(rig, 10);
            if (row > 0 && chance(rig, 50) == 0)
                continue;
            write_row(rig, &text, row, values[row]);
            wanted[1] += values[row] - told[row];
            wanted[0] += row % 3 == 0 ? values[row] - told[row] : 0;
            told[row] = values[row];
        }
        double part;
        double of = scrape(rig, text_str(&text), &part);
        CHECK_INT(part, n == 0 ? 0 : wanted[0]);
        CHECK_INT(of, n == 0 ? 0 : wanted[1]);
        CHECK_STR(str_of(rig->intake.tallies.problem), "");
    }
    CHECK_INT(rig->intake.table.count, ROWS);
    arena_done(&rig->series);
}

TEST(a_known_text_is_not_taken_for_a_longer_one)
{
    struct rig *rig = rig_make(arena);
    double part;
    (void)scrape(rig, STR("http_requests_total{code=\"200\"} 1\nauth_failures_totals 3\n"), &part);
    arena_done(&rig->series);
    rig = rig_make(arena);
    struct err err = {0};
    CHECK_OK(try_scrape(rig, STR("auth_failures_total 1\n"), &err), &err);
    (void)intake_finish(&rig->intake, arena, 1000, rig->readings);
    CHECK_OK(try_scrape(rig, STR("auth_failures_total {a=\"b\"} 4\nauth_failures_total 2\n"), &err),
             &err);
    CHECK_INT(intake_finish(&rig->intake, arena, 1000, rig->readings), 1);
    CHECK_INT(rig->readings[0].part, 5);
    CHECK(!try_scrape(rig, STR("auth_failures_total \n"), &err));
    CHECK_STR(
        str_of(err.text),
        "line 1 of the metrics is not readable: no value follows the name; correct the exporter");
    CHECK(!try_scrape(rig, STR("auth_failures_total 1\nauth_failures_total{a} 1\n"), &err));
    CHECK_STR(str_of(err.text),
              "line 2 of the metrics is not readable: a label is not written name=\"value\": {a}; "
              "correct the exporter");
    CHECK(!try_scrape(rig, STR("auth_failures_total x\n"), &err));
    CHECK(!try_scrape(rig, STR("auth_failures_total 1 2 3\n"), &err));
    arena_done(&rig->series);
}

TEST(a_recognised_series_given_twice_is_named)
{
    struct rig *rig = rig_make(arena);
    struct str twice = STR("auth_failures_total{a=\"1\"} 1\nauth_failures_total{a=\"2\"} 1\n"
                           "auth_failures_total{a=\"1\"} 1\nauth_failures_total{a=\"2\"} 1\n");
    struct err err = {0};
    for (int i = 0; i < 3; i++) {
        CHECK_OK(try_scrape(rig, twice, &err), &err);
        CHECK_STR(str_of(rig->intake.tallies.problem),
                  "auth_failures_total stands twice with the same "
                  "labels (line 3); it counts once");
    }
    arena_done(&rig->series);
}

/* An exporter whose labels change places at every scrape. */
TEST(changing_texts_need_no_more_memory)
{
    struct rig *rig = rig_make(arena);
    size_t held_bytes = 0;
    for (int n = 0; n < 100; n++) {
        struct text text;
        text_init(&text, arena, 128 * 1024);
        for (int row = 0; row < 1000; row++)
            text_printf(&text,
                        n % 2 == 0 ? "auth_failures_total{a=\"%d\",b=\"\"} %d\n"
                                   : "auth_failures_total{b=\"\",a=\"%d\"} %d\n",
                        row, n);
        struct err err = {0};
        CHECK_OK(try_scrape(rig, text_str(&text), &err), &err);
        CHECK_INT(intake_finish(&rig->intake, arena, 1000, rig->readings), 1);
        CHECK_INT(rig->readings[0].part, n == 0 ? 0 : 1000);
        if (n == 3)
            held_bytes = rig->series.held_bytes;
    }
    CHECK_INT(rig->series.held_bytes, held_bytes);
    arena_done(&rig->series);
}

TEST(more_series_than_the_limit_are_refused_and_the_memory_is_bounded)
{
    struct rig *rig = rig_make(arena);
    struct text text;
    text_init(&text, arena, 32 * 1024 * 1024);
    for (int row = 0; row < LIMIT_SERIES_PER_TARGET; row++)
        text_printf(&text, "auth_failures_total{client=\"%d\"} 1\n", row);
    struct err err = {0};
    CHECK_OK(try_scrape(rig, text_str(&text), &err), &err);
    text_adds(&text, "auth_failures_total{client=\"one more\"} 1\n");
    for (int i = 0; i < 3; i++) {
        CHECK(!try_scrape(rig, text_str(&text), &err));
        CHECK_STR(str_of(err.place), "line 200001");
        CHECK_STR(str_of(err.text), "more than 200000 series of the metrics in use; narrow the "
                                    "selectors under signals: in reeve.yaml");
    }
    CHECK_INT(rig->intake.table.count, LIMIT_SERIES_PER_TARGET);
    CHECK(rig->series.held_bytes < (size_t)LIMIT_SERIES_PER_TARGET * 120);
    arena_done(&rig->series);
}

/* As scrape.c does it before each scrape. */
static void renew(struct rig *rig)
{
    if (!intake_is_crowded(&rig->intake))
        return;
    struct arena former = rig->series;
    arena_init(&rig->series);
    intake_renew(&rig->intake, &rig->series);
    arena_done(&former);
}

/* Every scrape has a thousand series that were never seen and never come again. */
TEST(labels_that_always_change_are_forgotten_in_time)
{
    struct rig *rig = rig_make(arena);
    struct arena turn;
    arena_init(&turn);
    int renewed = 0;
    for (int n = 0; n < 400; n++) {
        struct text text;
        struct err err = {0};
        text_init(&text, &turn, 128 * 1024);
        text_printf(&text, "auth_failures_total 1%d\n", n + 1000);
        for (int row = 0; row < 1000; row++)
            text_printf(&text, "auth_failures_total{client=\"%d\"} 1\n", n * 1000 + row);
        size_t known = rig->intake.table.count;
        renew(rig);
        renewed += rig->intake.table.count < known;
        CHECK_OK(try_scrape(rig, text_str(&text), &err), &err);
        CHECK_INT(intake_finish(&rig->intake, &turn, 1000, rig->readings), 1);
        CHECK_INT(rig->readings[0].part, n == 0 ? 0 : 1001);
        CHECK(rig->series.held_bytes < (size_t)LIMIT_SERIES_PER_TARGET * 120);
        arena_reset(&turn);
    }
    CHECK_INT(renewed, 2);
    arena_done(&turn);
    arena_done(&rig->series);
}

static void write_gauges(struct text *text, int from, int count)
{
    for (int row = from; row < from + count; row++)
        text_printf(text, "pool_use{client=\"%d\"} %d\n", row, row);
}

TEST(more_gauges_than_are_kept_are_named_and_old_ones_are_forgotten)
{
    struct rig *rig = rig_make(arena);
    struct err err = {0};
    struct signal_option gauge = {STR("gauge"), STR("pool_use")};
    CHECK_OK(signal_bind(&rig->signals, STR("pool"), &gauge, 1, &err), &err);
    arena_done(&rig->series);
    intake_init(&rig->intake, &rig->series, &rig->signals, STR("app"));
    struct text text;
    text_init(&text, arena, 1024 * 1024);
    write_gauges(&text, 0, 10001);
    for (int i = 0; i < 2; i++) {
        renew(rig);
        CHECK_OK(try_scrape(rig, text_str(&text), &err), &err);
        CHECK_INT(intake_finish(&rig->intake, arena, 1000, rig->readings), 0);
        CHECK_STR(str_of(rig->intake.tallies.problem),
                  "has more than 10000 series of one gauge of \"pool\", and what the others say is "
                  "not known; narrow the selectors under signals: in reeve.yaml");
    }
    for (int i = 2; i < 4; i++) {
        text_init(&text, arena, 1024 * 1024);
        write_gauges(&text, i * 10000, 5000);
        renew(rig);
        CHECK_OK(try_scrape(rig, text_str(&text), &err), &err);
        (void)intake_finish(&rig->intake, arena, 1000, rig->readings);
    }
    CHECK_STR(str_of(rig->intake.tallies.problem), "");
    CHECK_INT(rig->readings[0].high, 34999);
    CHECK_INT(rig->readings[0].low, 30000);
    arena_done(&rig->series);
}

/* What an alternative counted while another came first is not news when it comes to the front. */
TEST(an_alternative_that_comes_to_the_front_begins_there)
{
    struct rig *rig = rig_make(arena);
    struct text text;
    double part;
    for (int n = 0; n < 10; n++) {
        text_init(&text, arena, 4096);
        text_printf(&text, "http_requests_total{code=\"500\"} %d\n", n * 100);
        if (n < 8)
            text_printf(&text, "http_requests_total{status=\"500\"} %d\n", n);
        (void)scrape(rig, text_str(&text), &part);
        CHECK_INT(part, n == 0 ? 0 : n < 8 ? 1 : 100);
    }
    arena_done(&rig->series);
}
