/* test_lost.c - series of a gauge that are away: which are named, and that it outlives a restart.
 */
#include "harness/test.h"
#include "telemetry/push.h"
#include "telemetry/tier.h"
#include "telemetry/window.h"

#include <math.h>

enum { EVERY_MS = 1000 };

static struct instant second(int64_t n)
{
    return (struct instant){INT64_C(1700000000000000) + n * 1000000};
}

static struct signals *signals_make(struct arena *arena)
{
    struct signals *signals = arena_make(arena, struct signals);
    struct signal_option option = {STR("gauge"), STR("heat")};
    struct err err = {0};
    signals->arena = arena;
    CHECK_OK(signal_bind(signals, STR("heat"), &option, 1, &err), &err);
    return signals;
}

/* The reading of a page, as it comes out of the wire. */
static struct reading scrape(struct arena *arena, struct intake *intake, int64_t at,
                             const char *body)
{
    struct err err = {0};
    struct exposition reader;
    struct reading reading = {0};
    struct collector_line line = {0};
    intake_begin(intake, second(at), EVERY_MS);
    exposition_init(&reader, &intake->use, arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES));
    CHECK_OK(exposition_feed(&reader, str_of(body), &err), &err);
    CHECK_OK(exposition_end(&reader, &err), &err);
    CHECK_INT(intake_finish(intake, arena, EVERY_MS, &reading), 1);
    CHECK_OK(collector_line_parse(arena, reading_write(arena, &reading), &line, &err), &err);
    return line.reading;
}

static const struct lost_gauge *highest(const struct reading *reading)
{
    return &reading->lost[0];
}

TEST(a_gauge_that_is_away_is_named_until_it_is_back_also_after_a_restart)
{
    struct intake intake;
    struct intake again;
    const struct signals *signals = signals_make(arena);
    const char *both = "heat{n=\"a\"} 50\nheat{n=\"b\"} 90\n";
    intake_init(&intake, arena, signals, STR("app"));
    (void)scrape(arena, &intake, 0, both);
    struct reading reading = scrape(arena, &intake, 1, both);
    CHECK_INT(highest(&reading)->seen.us, 0);
    /* It goes while nobody looks. */
    intake_init(&again, arena, signals, STR("app"));
    intake_restore(&again, intake_save(&intake, arena));
    reading = scrape(arena, &again, 3, "heat{n=\"a\"} 50\n");
    CHECK_INT(reading.high, 50);
    CHECK_INT(highest(&reading)->seen.us, second(1).us);
    CHECK_INT(highest(&reading)->away_ms, 2000);
    CHECK_INT(highest(&reading)->value, 90);
    CHECK_STR(highest(&reading)->series, "n=\"b\"");
    /* Of a day without the collector three intervals count, at least 5 s. */
    intake_init(&intake, arena, signals, STR("app"));
    intake_restore(&intake, intake_save(&again, arena));
    reading = scrape(arena, &intake, 86400, "heat{n=\"a\"} 50\n");
    CHECK_INT(highest(&reading)->away_ms, 7000);
    /* What is no number is no value; back, it is away no longer. */
    reading = scrape(arena, &intake, 86401, "heat{n=\"a\"} 50\nheat{n=\"b\"} NaN\n");
    CHECK_INT(highest(&reading)->away_ms, 8000);
    reading = scrape(arena, &intake, 86402, both);
    CHECK_INT(highest(&reading)->seen.us, 0);
    /* One that is away and lies between the others matters to nobody. */
    reading = scrape(arena, &intake, 86403, "heat{n=\"b\"} 90\nheat{n=\"c\"} 10\n");
    for (size_t i = 0; i < LOST_MOST; i++)
        CHECK_INT(reading.lost[i].seen.us, 0);
    reading = scrape(arena, &intake, 86404, "heat{n=\"b\"} 90\n");
    CHECK_INT(reading.lost[LOST_SIDE_MOST].value, 10);
    CHECK(!reading.lost[LOST_SIDE_MOST].is_high);
}

static void send(struct push *push, int64_t at, const char *name, double value)
{
    struct label label = {STR("n"), str_of(name)};
    struct err err = {0};
    struct pushed_sample sample = {.name = STR("heat"),
                                   .labels = &label,
                                   .label_count = 1,
                                   .value = value,
                                   .kind = PUSHED_GAUGE,
                                   .at = second(at)};
    push_begin(push, second(at));
    CHECK_OK(push->use.take(push->use.context, &sample, &err), &err);
}

static size_t flush(struct arena *arena, struct push *push, int64_t at, struct reading *reading)
{
    size_t count = push_finish(push, second(at), arena, reading);
    (void)push_record(push, arena, false);
    return count;
}

static void push_make(struct push *push, struct arena *arena, const struct signals *signals)
{
    struct hash digest = hash_of(STR("signals"));
    push_init(push, arena, signals, &digest, STR("app"));
    push_set_interval(push, EVERY_MS);
}

TEST(a_gauge_that_is_pushed_no_longer_is_named_also_after_a_restart)
{
    struct push push;
    struct push again;
    struct reading reading = {0};
    const struct signals *signals = signals_make(arena);
    push_make(&push, arena, signals);
    for (int64_t at = 0; at <= 6; at++) {
        send(&push, at, "a", 50);
        send(&push, at, "b", 90);
        (void)flush(arena, &push, at, &reading);
    }
    CHECK_INT(reading.high, 90);
    send(&push, 7, "a", 50);
    send(&push, 7, "b", pushed_stale());
    CHECK_INT(flush(arena, &push, 7, &reading), 1);
    CHECK_INT(reading.high, 50);
    CHECK_INT(highest(&reading)->value, 90);
    CHECK_INT(highest(&reading)->seen.us, second(6).us);
    push_make(&again, arena, signals);
    CHECK(push_restore(&again, push_record(&push, arena, true)));
    size_t count = 0;
    for (int64_t at = 8; at <= 12; at++) {
        send(&again, at, "a", 50);
        count = flush(arena, &again, at, &reading);
    }
    CHECK_INT(count, 1);
    CHECK_STR(highest(&reading)->series, "n=\"b\"");
    CHECK_INT(highest(&reading)->value, 90);
}

/* By trying all: whatever the limit and the time, the few that are kept tell what all would. */
TEST(those_that_are_kept_answer_for_all)
{
    for (unsigned seed = 1; seed < 200; seed++) {
        struct lost_gauge kept[LOST_MOST] = {0};
        struct lost_gauge all[8];
        unsigned state = seed;
        for (size_t i = 0; i < 8; i++) {
            state = state * 1103515245 + 12345;
            all[i] = (struct lost_gauge){.value = (state >> 16) % 5,
                                         .away_ms = (state >> 20) % 5,
                                         .seen = second(1),
                                         .is_high = true};
            lost_put(kept, &all[i]);
        }
        for (int limit = 0; limit < 5; limit++)
            for (int within = 0; within < 5; within++) {
                bool any = false;
                bool told = false;
                for (size_t i = 0; i < 8; i++)
                    any |= all[i].value > limit && all[i].away_ms <= within;
                for (size_t i = 0; i < LOST_MOST; i++)
                    told |= !instant_is_zero(kept[i].seen) && kept[i].value > limit &&
                            kept[i].away_ms <= within;
                CHECK(any == told);
            }
    }
}

TEST(a_merged_reading_says_what_is_away_at_its_end)
{
    struct tier tier;
    struct reading closed = {0};
    struct reading reading = {.signal = STR("heat"),
                              .target = STR("app"),
                              .interval_ms = EVERY_MS,
                              .kind = SIGNAL_GAUGE,
                              .high = 50,
                              .low = 50};
    tier_init(&tier, arena, TIER_10_S);
    bool out = false;
    for (int64_t at = 1; !out && at < 40; at++) {
        reading.at = second(at);
        reading.since = second(at - 1);
        struct lost_gauge gauge = {.value = 90,
                                   .series = str_printf(arena, "n=\"%d\"", (int)at),
                                   .seen = second(0),
                                   .away_ms = at * 1000,
                                   .is_high = true};
        memset(reading.lost, 0, sizeof reading.lost);
        lost_put(reading.lost, &gauge);
        out = tier_add(&tier, arena, &reading, &closed);
    }
    CHECK(out);
    CHECK_INT(highest(&closed)->value, 90);
    CHECK_INT(highest(&closed)->away_ms, (closed.at.us - second(0).us) / 1000);
    tier_done(&tier);
}
