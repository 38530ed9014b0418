/* test_log_fit.c - when lines that cannot be read take a source's signals away, and give them back.
 */
#include "harness/test.h"
#include "telemetry/log_fit.h"

static struct instant at_s(int64_t s)
{
    return (struct instant){(INT64_C(1700000010) + s) * 1000000};
}

static void add(struct log_fit *fit, enum log_entry_form form, int count, int64_t s)
{
    struct log_entry entry = {.form = form, .message = STR("2026-11-30 ERROR boom")};
    for (int i = 0; i < count; i++)
        log_fit_add(fit, &entry, at_s(s));
}

TEST(none_that_was_ever_read_is_a_misfit_and_the_first_that_is_ends_it)
{
    (void)arena;
    struct log_fit fit = {0};
    char said[LOG_FIT_TEXT_BYTES];
    CHECK(!fit.misfit);
    add(&fit, ENTRY_UNREAD, 1, 0);
    CHECK(fit.misfit);
    log_fit_say(&fit, STR("json"), at_s(100 * 60), said);
    CHECK_STR(str_of(said),
              "has lines that are not in the format json (1, the newest at 2023-11-14T22:13:30Z), "
              "so their level, status and duration are not known; name theirs with format: (json, "
              "logfmt, combined or text)");
    add(&fit, ENTRY_READ, 1, 1);
    CHECK(!fit.misfit);
    log_fit_say(&fit, STR("json"), at_s(2), said);
    CHECK_STR(str_of(said),
              "has had lines that are not in the format json (1, the newest at "
              "2023-11-14T22:13:30Z); they are counted without level, status and duration");
    log_fit_say(&fit, STR("json"), at_s(10 * 60), said);
    CHECK_STR(str_of(said), "");
}

TEST(objects_over_several_lines_are_counted_and_named)
{
    (void)arena;
    struct log_fit fit = {0};
    char said[LOG_FIT_TEXT_BYTES];
    static const char *const lines[] = {"{", "  \"level\": \"error\",", "  \"msg\": \"lost\"", "}"};
    add(&fit, ENTRY_READ, 20, 0);
    for (int i = 0; i < 12; i++) {
        struct log_entry entry = {.form = ENTRY_UNREAD, .message = str_of(lines[i % 4])};
        log_fit_add(&fit, &entry, at_s(1));
    }
    CHECK_INT(fit.spread, 3);
    CHECK(!fit.misfit);
    log_fit_say(&fit, STR("json"), at_s(2), said);
    CHECK_STR(
        str_of(said),
        "has JSON objects that go over several lines (3, the newest at "
        "2023-11-14T22:13:31Z), which are counted as lines without level, status and duration; "
        "let its program write each object on one line");
    log_fit_say(&fit, STR("json"), at_s(20 * 60), said);
    CHECK_STR(str_of(said), "");
}

TEST(single_odd_lines_are_none_and_more_than_half_of_a_minute_are)
{
    (void)arena;
    struct log_fit fit = {0};
    add(&fit, ENTRY_READ, 20, 0);
    add(&fit, ENTRY_UNREAD, 19, 1);
    CHECK(!fit.misfit);
    add(&fit, ENTRY_READ, 1, 31);
    add(&fit, ENTRY_UNREAD, 3, 32);
    CHECK(fit.misfit); /* 22 of 43, over the edge between two halves */
    add(&fit, ENTRY_READ, 1, 33);
    CHECK(!fit.misfit);
    add(&fit, ENTRY_UNREAD, 19, 200); /* too few for a minute */
    CHECK(!fit.misfit);
    add(&fit, ENTRY_UNREAD, 1, 400); /* the twentieth in a row, however slowly */
    CHECK(fit.misfit);
    add(&fit, ENTRY_READ, 1, 4000);
    CHECK(!fit.misfit);
}

TEST(a_line_that_goes_on_with_the_one_before_decides_nothing)
{
    (void)arena;
    struct log_fit fit = {0};
    struct log_entry trace = {.form = ENTRY_UNREAD, .message = STR("    at main (app.js:1)")};
    add(&fit, ENTRY_READ, 1, 0);
    for (int i = 0; i < 100; i++)
        log_fit_add(&fit, &trace, at_s(1));
    CHECK(!fit.misfit);
    CHECK_INT(fit.unread, 0);
}

static size_t filtered(struct arena *arena, const struct log_fit *fit)
{
    struct signals signals;
    struct reading readings[4];
    struct err err = {0};
    struct signal_option count = {STR("count"), STR("log_events_total{source=\"app\"}")};
    struct signal_option errors = {STR("count"), STR("log_events_total{level=\"error\"}")};
    signals_init(&signals, arena);
    CHECK_OK(signal_bind(&signals, STR("lines"), &count, 1, &err), &err);
    CHECK_OK(signal_bind(&signals, STR("failures"), &errors, 1, &err), &err);
    readings[0] = (struct reading){.signal = STR("failures")};
    readings[1] = (struct reading){.signal = STR("lines")};
    readings[2] = (struct reading){.signal = STR("error rate")};
    readings[3] = (struct reading){.signal = STR("response time")};
    size_t kept = log_fit_filter(fit, &signals, readings, 4);
    CHECK(kept == 4 || str_is(readings[0].signal, "lines"));
    return kept;
}

TEST(signals_that_need_fields_have_no_reading_meanwhile)
{
    struct log_fit fit = {0};
    CHECK_INT(filtered(arena, &fit), 4);
    add(&fit, ENTRY_UNREAD, 1, 0);
    CHECK_INT(filtered(arena, &fit), 1);
    add(&fit, ENTRY_READ, 1, 1);
    CHECK_INT(filtered(arena, &fit), 4);
    struct log_fit text = {0};
    add(&text, ENTRY_PLAIN, 5, 0);
    CHECK(!text.misfit);
    CHECK_INT(filtered(arena, &text), 1);
}
