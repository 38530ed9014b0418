/* test_intake_doubt.c - series that join a page, and counters that go down and up again. */
#include "harness/test.h"
#include "telemetry/intake.h"

struct rig {
    struct arena *arena;
    struct signals signals;
    struct intake intake;
    struct reading readings[LIMIT_SIGNALS];
    int64_t now_s;
    int64_t readings_of_a;
    double a; /* sum of all readings */
    char *carry;
};

static const int64_t start_us = 1700000000000000;

static void begin(struct rig *rig, struct arena *arena)
{
    struct err err = {0};
    struct signal_option option = {STR("count"), STR("a_total")};
    *rig = (struct rig){.arena = arena};
    signals_init(&rig->signals, arena);
    CHECK_OK(signal_bind(&rig->signals, STR("a"), &option, 1, &err), &err);
    intake_init(&rig->intake, arena, &rig->signals, STR("shop"));
    rig->carry = arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES);
}

/* A scrape a second later. Is there a reading of a? */
static bool scrape(struct rig *rig, const char *body)
{
    struct err err = {0};
    struct exposition reader;
    struct instant at = {start_us + rig->now_s++ * 1000000};
    bool found = false;
    intake_begin(&rig->intake, at, 1000);
    exposition_init(&reader, &rig->intake.use, rig->carry);
    CHECK_OK(exposition_feed(&reader, str_of(body), &err), &err);
    CHECK_OK(exposition_end(&reader, &err), &err);
    size_t count = intake_finish(&rig->intake, rig->arena, 1000, rig->readings);
    for (size_t i = 0; i < count; i++) {
        if (!str_is(rig->readings[i].signal, "a"))
            continue;
        rig->a += rig->readings[i].part;
        found = true;
    }
    return found;
}

static bool shows(struct rig *rig, double value)
{
    return scrape(rig, str_printf(rig->arena, "a_total %.17g\n", value).p);
}

TEST(a_pod_that_joins_a_page_of_several_has_not_grown_by_its_total)
{
    struct rig rig;
    begin(&rig, arena);
    (void)scrape(&rig, "a_total{pod=\"p1\"} 700\n");
    (void)scrape(&rig, "a_total{pod=\"p1\"} 701\n");
    CHECK_INT(rig.a, 1);
    /* In either order. */
    CHECK(scrape(&rig, "a_total{pod=\"p2\"} 100000\na_total{pod=\"p1\"} 702\n"));
    CHECK_INT(rig.a, 2);
    CHECK(scrape(&rig, "a_total{pod=\"p2\"} 100003\na_total{pod=\"p1\"} 702\n"
                       "a_total{pod=\"p3\"} 5000\n"));
    CHECK_INT(rig.a, 5);
    /* The first failure of a pod that is known is new. */
    CHECK(scrape(&rig, "a_total{pod=\"p2\"} 100003\na_total{pod=\"p1\"} 702\n"
                       "a_total{pod=\"p3\"} 5000\na_total{pod=\"p3\",status=\"500\"} 4\n"));
    CHECK_INT(rig.a, 9);
}

TEST(one_process_behind_one_address_begins_at_zero)
{
    struct rig rig;
    begin(&rig, arena);
    (void)scrape(&rig, "a_total{pod=\"p1\"} 700\n");
    CHECK(scrape(&rig, "a_total{pod=\"p2\"} 3\n")); /* deployed: it is the only one */
    CHECK_INT(rig.a, 3);
    CHECK(scrape(&rig, "a_total{pod=\"p2\"} 4\na_total{pod=\"p2\",status=\"500\"} 2\n"));
    CHECK_INT(rig.a, 6);
    begin(&rig, arena);
    (void)scrape(&rig, "a_total{kind=\"x\"} 700\n");
    CHECK(scrape(&rig, "a_total{kind=\"x\"} 700\na_total{kind=\"y\"} 8\n"));
    CHECK_INT(rig.a, 8);
    begin(&rig, arena); /* a job of its own is no process */
    (void)scrape(&rig, "a_total{job=\"mail\"} 700\n");
    CHECK(scrape(&rig, "a_total{job=\"mail\"} 700\na_total{job=\"bill\"} 1\n"));
    CHECK_INT(rig.a, 1);
}

TEST(a_group_that_joins_a_gateway_has_not_grown_by_its_total)
{
    struct rig rig;
    begin(&rig, arena);
    (void)scrape(&rig, "push_time_seconds{job=\"mail\"} 1\na_total{job=\"mail\"} 700\n");
    CHECK(scrape(&rig, "push_time_seconds{job=\"mail\"} 1\na_total{job=\"mail\"} 701\n"
                       "a_total{job=\"bill\"} 90000\n"));
    CHECK_INT(rig.a, 1);
    CHECK(scrape(&rig, "push_time_seconds{job=\"mail\"} 1\na_total{job=\"mail\"} 701\n"
                       "a_total{job=\"bill\"} 90002\n"));
    CHECK_INT(rig.a, 3);
}

TEST(a_series_says_when_it_was_made)
{
    struct rig rig;
    begin(&rig, arena);
    (void)scrape(&rig, "a_total{kind=\"x\"} 1\na_created{kind=\"x\"} 1600000000\n");
    CHECK(scrape(&rig, "a_total{kind=\"x\"} 1\na_created{kind=\"x\"} 1600000000\n"
                       "a_total{kind=\"y\"} 5000\na_created{kind=\"y\"} 1600000000\n"));
    CHECK_INT(rig.a, 0);
    CHECK(scrape(&rig, "a_total{kind=\"z\"} 7\na_created{kind=\"z\"} 1700000001.5\n"));
    CHECK_INT(rig.a, 7);
    /* On a page of several what was made just now is new. */
    begin(&rig, arena);
    (void)scrape(&rig, "a_total{pod=\"p1\"} 1\n");
    CHECK(scrape(&rig, "a_total{pod=\"p1\"} 1\na_total{pod=\"p2\"} 6\n"
                       "a_created{pod=\"p2\"} 1700000000.5\n"));
    CHECK_INT(rig.a, 6);
}

TEST(a_restart_of_the_collector_knows_who_was_there)
{
    struct rig rig;
    struct intake again;
    begin(&rig, arena);
    (void)scrape(&rig, "a_total{pod=\"p1\"} 700\na_total{pod=\"p2\"} 100\n");
    (void)scrape(&rig, "a_total{pod=\"p1\"} 701\na_total{pod=\"p2\"} 100\n");
    struct str saved = intake_save(&rig.intake, arena);
    intake_init(&again, arena, &rig.signals, STR("shop"));
    intake_restore(&again, saved);
    rig.intake = again;
    rig.intake.use.context = &rig.intake;
    CHECK(scrape(&rig, "a_total{pod=\"p3\"} 9000\na_total{pod=\"p2\",status=\"500\"} 3\n"
                       "a_total{pod=\"p1\"} 702\na_total{pod=\"p2\"} 100\n"));
    CHECK_INT(rig.a, 1 + 3 + 1);
}

TEST(two_processes_by_turns_are_not_read_and_count_nothing)
{
    static const struct {
        double one, other;
    } pairs[] = {{1000, 500}, {5000, 900}};
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
        struct rig rig;
        begin(&rig, arena);
        bool read = true;
        for (int i = 0; i < 20; i++)
            read = shows(&rig, (i % 2 ? pairs[p].other : pairs[p].one) + i);
        CHECK(!read);
        CHECK(rig.a <= 2);
        struct str problem = str_of(rig.intake.tallies.problem);
        CHECK(str_find(problem, "a_total goes back and forth", 0) == 0);
        for (int i = 0; i < 6; i++)
            read = shows(&rig, pairs[p].one + 30 + i);
        CHECK(read); /* one is left */
        CHECK_STR(str_of(rig.intake.tallies.problem), "");
    }
}

TEST(a_dip_is_no_beginning)
{
    struct rig rig;
    begin(&rig, arena);
    (void)shows(&rig, 999);
    CHECK(shows(&rig, 1000));
    CHECK(!shows(&rig, 999));
    CHECK(shows(&rig, 1002));
    CHECK_INT(rig.a, 3);
    for (int i = 0; i < 6; i++)
        CHECK(shows(&rig, 1003 + i));
    CHECK_INT(rig.a, 9);
}

TEST(a_restart_counts_all_that_came_since)
{
    struct rig rig;
    begin(&rig, arena);
    (void)shows(&rig, 1000);
    CHECK(shows(&rig, 7)); /* at once */
    CHECK_INT(rig.a, 7);
    CHECK(shows(&rig, 9));
    CHECK_INT(rig.a, 9);
    for (int i = 0; i < 6; i++)
        (void)shows(&rig, 400 + i);
    rig.a = 0;
    CHECK(!shows(&rig, 200)); /* much of it: a scrape later */
    CHECK(shows(&rig, 210));
    CHECK_INT(rig.a, 210);
    CHECK(!shows(&rig, 150)); /* and again, and again */
    CHECK(!shows(&rig, 100));
    CHECK(shows(&rig, 120));
    CHECK_INT(rig.a, 210 + 150 + 120);
}

TEST(what_was_written_down_is_taken_as_it_is)
{
    struct rig rig;
    begin(&rig, arena);
    rig.intake.as_written = true;
    (void)scrape(&rig, "a_total{pod=\"p1\"} 700\n");
    CHECK(scrape(&rig, "a_total{pod=\"p1\"} 500\na_total{pod=\"p2\"} 40\n"));
    CHECK_INT(rig.a, 540);
}

static struct str reason_of(struct rig *rig, const char *signal)
{
    struct target_status status = {.up = true};
    intake_say_reasons(&rig->intake, rig->arena, &status);
    CHECK(status.of_metric);
    for (size_t i = 0; i < status.reason_count; i++)
        if (str_is(status.reasons[i].signal, signal))
            return status.reasons[i].problem;
    return STR("");
}

TEST(a_reason_is_of_its_signal)
{
    struct rig rig;
    begin(&rig, arena);
    (void)shows(&rig, 1);
    CHECK(!scrape(&rig, "http_requests_total{status=\"200\"} NaN\n"));
    CHECK_STR(reason_of(&rig, "a"), ""); /* it is not there, whatever another one is */
    CHECK_STR(reason_of(&rig, "error rate"),
              "http_requests_total is NaN (line 1), which is no measurement");
    CHECK(!scrape(&rig, "http_requests_total{status=\"200\"} NaN\na_total 5\na_total 6\n"));
    CHECK_STR(reason_of(&rig, "a"), "a_total stands twice with the same labels and two values, 5 "
                                    "and 6 (line 3): neither counts; correct the exporter");
    /* One fault has one reason, also where the first value stands there twice. */
    CHECK(!scrape(&rig, "a_total 5\na_total 5\na_total 6\n"));
    CHECK_STR(reason_of(&rig, "a"), str_of(rig.intake.tallies.problem).p);
    CHECK_STR(str_of(rig.intake.tallies.problem),
              "a_total stands twice with the same labels and two values, 5 and 6 (line 3): neither "
              "counts; correct the exporter");
}
