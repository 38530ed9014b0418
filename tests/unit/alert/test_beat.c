/* test_beat.c - heartbeats under a clock of the test's own: what is said when, over restarts in
 * each state, steps of the clock, and clock changes; the file of what was heard; the addresses. */
#include "alert/beat.h"
#include "alert/beat_file.h"
#include "base/text.h"
#include "harness/test.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

struct rig {
    struct arena *arena;
    struct beat_plan plan;
    struct beat_plans plans;
    struct silences silences;
    struct beats beats;
    struct event_list ledger;
    int64_t now_s;
    int64_t offset_ms; /* of the wall clock */
    size_t told;
};

static struct instant now_of(const struct rig *rig)
{
    return (struct instant){1700000000000000 + rig->now_s * 1000000 + rig->offset_ms * 1000};
}

static void begin(struct rig *rig, struct arena *arena)
{
    *rig = (struct rig){.arena = arena};
    rig->plan = (struct beat_plan){.name = STR("backup"),
                                   .rule = STR("0123456789abcdef"),
                                   .level = STR("warning"),
                                   .words = STR("every 24 h"),
                                   .every_ms = DAY * INT64_C(1000),
                                   .grace_ms = HOUR * 1000};
    rig->plans = (struct beat_plans){&rig->plan, 1};
    beats_init(&rig->beats, arena);
    beats_know(&rig->beats, false, now_of(rig));
    event_list_init(&rig->ledger, arena);
}

/* All that is decided now, one name after the other; it is folded. */
static struct str turn(struct rig *rig)
{
    struct text said;
    text_init(&said, rig->arena, 4096);
    for (int round = 0; round < 4; round++) {
        struct event_list out;
        event_list_init(&out, rig->arena);
        beat_decide(&rig->beats, &rig->plans, &rig->silences, now_of(rig), &out);
        for (size_t i = 0; i < out.count; i++) {
            text_printf(&said, "%s%s", said.n ? " " : "", event_row(out.items[i].kind)->name);
            LIST_PUSH(rig->arena, rig->ledger.items, rig->ledger.count, rig->ledger.capacity) =
                out.items[i];
            beat_fold(&rig->beats, &out.items[i]);
        }
        if (out.count == 0)
            return text_str(&said);
    }
    test_fail(__FILE__, __LINE__, "it does not settle");
}

static struct str at(struct rig *rig, int64_t now_s)
{
    rig->now_s = now_s;
    return turn(rig);
}

static void hear(struct rig *rig, enum beat_word word, int64_t code)
{
    CHECK(beat_hear(&rig->beats, STR("backup"), word, code, now_of(rig)));
}

/* The core ends and starts: the ledger is folded, the file read. */
static void restart(struct rig *rig)
{
    struct beat_clock clock = {STR("boot"), rig->offset_ms};
    struct str file = beat_file_write(rig->arena, &rig->beats, &clock);
    struct err err = {0};
    beats_init(&rig->beats, rig->arena);
    for (size_t i = 0; i < rig->ledger.count; i++)
        beat_fold(&rig->beats, &rig->ledger.items[i]);
    struct event_list none;
    event_list_init(&none, rig->arena);
    beat_decide(&rig->beats, &rig->plans, &rig->silences, now_of(rig), &none);
    CHECK_INT(none.count, 0); /* before it is known what was heard */
    CHECK_OK(beat_file_read(&rig->beats, file, &clock, now_of(rig), &err), &err);
    beats_know(&rig->beats, false, now_of(rig));
}

static void step_clock(struct rig *rig, int64_t by_ms)
{
    struct event_list out;
    rig->offset_ms += by_ms;
    event_list_init(&out, rig->arena);
    struct event *event =
        event_list_add(&out, EVENT_CLOCK_STEPPED, now_of(rig), STR("reeve"), STR("node:local"));
    event_set_int(event, "by_ms", by_ms);
    LIST_PUSH(rig->arena, rig->ledger.items, rig->ledger.count, rig->ledger.capacity) = *event;
    beat_fold(&rig->beats, event);
}

static const struct beat *beat_of(const struct rig *rig)
{
    const struct beat *beat = beat_find(&rig->beats, STR("backup"));
    CHECK(beat != NULL);
    return beat;
}

TEST(a_period_and_its_grace)
{
    struct rig rig;
    begin(&rig, arena);
    CHECK_STR(at(&rig, 0), "beat.expected");
    CHECK_STR(str_of(beat_state_name(beat_of(&rig))), "never heard of");
    CHECK_STR(at(&rig, 25 * HOUR - 1), "");
    CHECK_STR(at(&rig, 25 * HOUR), "beat.late");
    CHECK_STR(at(&rig, 40 * HOUR), "");
    hear(&rig, BEAT_DONE, 0);
    CHECK_STR(at(&rig, 40 * HOUR), "beat.back");
    CHECK_STR(str_of(beat_state_name(beat_of(&rig))), "on time");
    CHECK_STR(at(&rig, 65 * HOUR - 1), "");
    CHECK_STR(at(&rig, 65 * HOUR), "beat.late");
    CHECK_STR(
        event_sentence(arena, &rig.ledger.items[rig.ledger.count - 1]),
        "Heartbeat backup is late: it was due at 14:13:20 UTC, and its grace of 1 h is over.");
}

TEST(what_a_job_says)
{
    struct rig rig;
    begin(&rig, arena);
    (void)at(&rig, 0);
    hear(&rig, BEAT_FAILURE, 3);
    CHECK_STR(turn(&rig), "beat.failed");
    CHECK_STR(event_sentence(arena, &rig.ledger.items[1]),
              "The job of heartbeat backup failed: exit code 3.");
    rig.now_s = 60;
    hear(&rig, BEAT_FAILURE, BEAT_SAID_FAILED);
    CHECK_STR(turn(&rig), ""); /* it fails as before */
    hear(&rig, BEAT_BEGUN, 0);
    CHECK_STR(at(&rig, 120), ""); /* a beginning is no end */
    hear(&rig, BEAT_DONE, 0);
    CHECK_STR(turn(&rig), "beat.back");
    CHECK_STR(beat_title(arena, beat_of(&rig)), "Heartbeat backup");
}

TEST(it_may_run_as_long_as_said)
{
    struct rig rig;
    begin(&rig, arena);
    rig.plan.longest_ms = 3 * HOUR * 1000;
    (void)at(&rig, 0);
    rig.now_s = 25 * HOUR - 60; /* in its grace */
    hear(&rig, BEAT_BEGUN, 0);
    CHECK_STR(str_of(beat_state_name(beat_of(&rig))), "running");
    CHECK_STR(at(&rig, 27 * HOUR), ""); /* late by the clock, and at work */
    CHECK_STR(at(&rig, 28 * HOUR - 60), "beat.overran");
    hear(&rig, BEAT_BEGUN, 0); /* begun anew: only its end makes it well */
    CHECK_STR(at(&rig, 28 * HOUR), "beat.late");
    rig.now_s = 29 * HOUR;
    hear(&rig, BEAT_DONE, 0);
    CHECK_STR(turn(&rig), "beat.back");
    /* A beginning after the grace is no excuse. */
    CHECK_STR(at(&rig, 54 * HOUR), "beat.late");
    hear(&rig, BEAT_BEGUN, 0);
    CHECK_STR(turn(&rig), "");
    /* Without longest: a beginning excuses nothing. */
    rig.plan.longest_ms = 0;
    rig.now_s = 55 * HOUR;
    hear(&rig, BEAT_DONE, 0);
    CHECK_STR(turn(&rig), "beat.back");
    rig.now_s = 79 * HOUR;
    hear(&rig, BEAT_BEGUN, 0);
    CHECK_STR(at(&rig, 80 * HOUR), "beat.late");
}

TEST(a_restart_in_every_state_changes_nothing)
{
    static const struct {
        int64_t word, at_s, look_s;
        const char *state, *next;
    } rows[] = {{-1, 0, 25 * HOUR - 1, "never heard of", "beat.late"},
                {BEAT_DONE, 10 * HOUR, 35 * HOUR - 1, "on time", "beat.late"},
                {BEAT_BEGUN, 10 * HOUR, 13 * HOUR - 1, "running", "beat.overran"},
                {BEAT_FAILURE, 10 * HOUR, 60 * HOUR, "failing", ""},
                {-1, 0, 60 * HOUR, "late", ""},
                {BEAT_BEGUN, 10 * HOUR, 60 * HOUR, "running too long", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        begin(&rig, arena);
        rig.plan.longest_ms = 3 * HOUR * 1000;
        (void)at(&rig, 0);
        rig.now_s = rows[i].at_s;
        if (rows[i].word >= 0)
            hear(&rig, (enum beat_word)rows[i].word, 1);
        (void)turn(&rig);
        restart(&rig);
        (void)at(&rig, rows[i].look_s);
        CHECK_STR(str_of(beat_state_name(beat_of(&rig))), rows[i].state);
        restart(&rig);
        CHECK_STR(str_of(beat_state_name(beat_of(&rig))), rows[i].state);
        CHECK_STR(turn(&rig), "");
        CHECK_STR(at(&rig, rows[i].look_s + 1), rows[i].next);
    }
}

TEST(a_step_of_the_clock_makes_nothing_late_and_hides_nothing)
{
    static const int64_t steps_ms[] = {-2 * HOUR * 1000, 30 * DAY * INT64_C(1000),
                                       -400 * DAY * INT64_C(1000)};
    for (size_t i = 0; i < sizeof steps_ms / sizeof *steps_ms; i++) {
        struct rig rig;
        begin(&rig, arena);
        (void)at(&rig, 0);
        rig.now_s = 10 * HOUR;
        hear(&rig, BEAT_DONE, 0);
        CHECK_STR(turn(&rig), "");
        step_clock(&rig, steps_ms[i]);
        CHECK_STR(turn(&rig), "");
        restart(&rig);
        CHECK_STR(at(&rig, 35 * HOUR - 1), "");
        CHECK_STR(at(&rig, 35 * HOUR), "beat.late");
        step_clock(&rig, -steps_ms[i]);
        CHECK_STR(turn(&rig), "");
        hear(&rig, BEAT_DONE, 0);
        CHECK_STR(turn(&rig), "beat.back");
    }
}

TEST(a_clock_that_was_set_while_reeve_was_down)
{
    struct rig rig;
    struct err err = {0};
    begin(&rig, arena);
    (void)at(&rig, 0);
    rig.now_s = 10 * HOUR;
    hear(&rig, BEAT_DONE, 0);
    struct beat_clock clock = {STR("boot"), 5000};
    struct str file = beat_file_write(arena, &rig.beats, &clock);
    struct instant done = beat_of(&rig)->heard.done;
    clock.offset_ms -= 60000;
    CHECK_OK(beat_file_read(&rig.beats, file, &clock, now_of(&rig), &err), &err);
    CHECK_INT(instant_ms_between(beat_of(&rig)->heard.done, done), 60000);
    struct beat_clock near = {STR("boot"), 5000 + 1};
    CHECK_OK(beat_file_read(&rig.beats, file, &near, now_of(&rig), &err), &err);
    CHECK_INT(beat_of(&rig)->heard.done.us, done.us); /* that is no step */
    /* After a boot nobody knows; what would lie ahead was now. */
    clock = (struct beat_clock){STR("another"), 77};
    CHECK_OK(beat_file_read(&rig.beats, file, &clock, now_of(&rig), &err), &err);
    CHECK_INT(beat_of(&rig)->heard.done.us, done.us);
    struct instant earlier = instant_add_ms(done, -1000);
    CHECK_OK(beat_file_read(&rig.beats, file, &clock, earlier, &err), &err);
    CHECK_INT(beat_of(&rig)->heard.done.us, earlier.us);
}

TEST(a_clock_that_went_ahead_when_it_was_configured)
{
    struct rig rig;
    begin(&rig, arena);
    rig.offset_ms = 400 * DAY * INT64_C(1000);
    CHECK_STR(at(&rig, 0), "beat.expected");
    rig.offset_ms = 0; /* set right while Reeve was down */
    restart(&rig);
    CHECK_STR(turn(&rig), "beat.expected");
    CHECK_STR(at(&rig, 25 * HOUR), "beat.late");
    rig.offset_ms = -2 * HOUR * INT64_C(1000);
    restart(&rig);
    CHECK_STR(turn(&rig), "");
    hear(&rig, BEAT_DONE, 0);
    CHECK_STR(turn(&rig), "beat.back");
}

TEST(what_was_heard_is_lost)
{
    struct rig rig;
    begin(&rig, arena);
    (void)at(&rig, 0);
    rig.now_s = 10 * HOUR;
    hear(&rig, BEAT_DONE, 0);
    CHECK_STR(at(&rig, 30 * HOUR), "");
    beats_know(&rig.beats, true, now_of(&rig));
    CHECK_STR(turn(&rig), "beat.expected"); /* one period from now */
    CHECK_STR(at(&rig, 55 * HOUR - 1), "");
    CHECK_STR(at(&rig, 55 * HOUR), "beat.late");
    beats_know(&rig.beats, true, now_of(&rig));
    CHECK_STR(turn(&rig), "beat.expected"); /* it stays late */
    hear(&rig, BEAT_FAILURE, 1);
    CHECK_STR(turn(&rig), "beat.failed");
    beats_know(&rig.beats, true, now_of(&rig));
    CHECK_STR(turn(&rig), "beat.expected"); /* and fails until it is heard of */
}

TEST(another_period_and_none)
{
    struct rig rig;
    begin(&rig, arena);
    (void)at(&rig, 0);
    rig.now_s = HOUR;
    hear(&rig, BEAT_DONE, 0);
    rig.plan.every_ms = 1000;
    rig.plan.grace_ms = 0;
    rig.plan.words = STR("every 1 s");
    CHECK_STR(at(&rig, 5 * HOUR), "beat.expected");
    CHECK_STR(at(&rig, 5 * HOUR + 1), "beat.late");
    rig.plans.count = 0;
    CHECK_STR(turn(&rig), "beat.dropped");
    CHECK(!beat_find(&rig.beats, STR("backup")));
    rig.plans.count = 1;
    CHECK_STR(turn(&rig), "beat.expected");
}

static struct instant time_of(const char *text)
{
    struct instant time;
    CHECK(instant_parse(str_of(text), &time));
    return time;
}

TEST(a_time_of_day_through_clock_changes)
{
    struct str bytes = test_read_file(arena, STR("/usr/share/zoneinfo/Europe/Berlin"));
    const struct zone *zone = NULL;
    struct err err = {0};
    struct recurrence_rule when = {.unit = RULE_CRON};
    struct calendar calendar;
    struct beat_plan plan = {.name = STR("backup"), .when = &when, .calendar = &calendar};
    struct beat beat = {
        .name = "backup", .expected = time_of("2026-01-01T00:00:00Z"), .heard = {.count = 1}};
    struct instant due;
    CHECK_OK(zone_parse(arena, STR("Europe/Berlin"), bytes, &zone, &err), &err);
    CHECK_OK(calendar_make(arena, zone, (struct holidays){0}, &calendar, &err), &err);
    CHECK_OK(cron_parse(STR("30 2 * * *"), &when.cron, &err), &err);
    static const char *const rows[][2] = {
        {"2026-01-10T01:30:05Z", "2026-01-11T01:30:00Z"},
        /* Just before its time: it is that time's. */
        {"2026-01-10T01:29:10Z", "2026-01-11T01:30:00Z"},
        {"2026-01-10T01:28:50Z", "2026-01-10T01:30:00Z"},
        /* 02:30 is skipped on 29 March: due at 03:00 summer time. */
        {"2026-03-28T01:31:00Z", "2026-03-29T01:00:00Z"},
        {"2026-03-29T01:01:00Z", "2026-03-30T00:30:00Z"},
        /* 02:30 comes twice on 25 October: the first counts. */
        {"2026-10-24T00:31:00Z", "2026-10-25T00:30:00Z"},
        {"2026-10-25T00:31:00Z", "2026-10-26T01:30:00Z"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[INSTANT_TEXT_BYTES];
        beat.heard.done = time_of(rows[i][0]);
        CHECK(beat_due(&plan, &beat, &due));
        instant_write(due, got);
        CHECK_SAME(str_slice(str_of(got), 0, 19), str_slice(str_of(rows[i][1]), 0, 19));
    }
}

TEST(the_file_is_whole_or_refused)
{
    struct rig rig;
    struct err err = {0};
    struct beat_clock clock = {STR("boot"), -3};
    begin(&rig, arena);
    (void)at(&rig, 0);
    hear(&rig, BEAT_FAILURE, BEAT_SAID_FAILED);
    struct str file = beat_file_write(arena, &rig.beats, &clock);
    for (size_t n = 0; n < file.n; n++) {
        CHECK(!beat_file_read(&rig.beats, str_slice(file, 0, n), &clock, now_of(&rig), &err));
        char *bad = arena_alloc(arena, file.n);
        memcpy(bad, file.p, file.n);
        bad[n] ^= 1;
        CHECK(!beat_file_read(&rig.beats, (struct str){bad, file.n}, &clock, now_of(&rig), &err));
        CHECK_INT(beat_of(&rig)->heard.code, BEAT_SAID_FAILED);
    }
    beat_find(&rig.beats, STR("backup"))->heard = (struct beat_heard){0};
    CHECK_OK(beat_file_read(&rig.beats, file, &clock, now_of(&rig), &err), &err);
    CHECK_INT(beat_of(&rig)->heard.code, BEAT_SAID_FAILED);
    CHECK_INT(beat_of(&rig)->heard.failed.us, now_of(&rig).us);
}

TEST(addresses)
{
    static const struct {
        const char *path;
        bool has_header;
        int word; /* -1: refused */
        int64_t code;
    } rows[] = {{"/beat/a/token", false, BEAT_DONE, BEAT_SAID_FAILED},
                {"/beat/a/token/", false, BEAT_DONE, BEAT_SAID_FAILED},
                {"/beat/a/token/start", false, BEAT_BEGUN, BEAT_SAID_FAILED},
                {"/beat/a/token/fail", false, BEAT_FAILURE, BEAT_SAID_FAILED},
                {"/beat/a/token/0", false, BEAT_DONE, 0},
                {"/beat/a/token/255", false, BEAT_FAILURE, 255},
                {"/beat/a/token/256", false, -1, 0},
                {"/beat/a/token/-1", false, -1, 0},
                {"/beat/a/token/stop", false, -1, 0},
                {"/beat/a/token/start/now", false, -1, 0},
                {"/beat/a", false, -1, 0},
                {"/beat/a/", false, -1, 0},
                {"/beat/../token", false, -1, 0},
                {"/beat//token", false, -1, 0},
                {"/beats/a/token", false, -1, 0},
                {"/beat/a", true, BEAT_DONE, BEAT_SAID_FAILED},
                {"/beat/a/start", true, BEAT_BEGUN, BEAT_SAID_FAILED},
                {"/beat/a/token/start", true, -1, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct beat_call call;
        bool good = beat_call_read(str_of(rows[i].path), rows[i].has_header, &call);
        CHECK_INT(good, rows[i].word >= 0);
        if (!good)
            continue;
        CHECK_STR(call.name, "a");
        CHECK_STR(call.token, rows[i].has_header ? "" : "token");
        CHECK_INT(call.word, rows[i].word);
        CHECK_INT(call.code, rows[i].code);
    }
}

/* The newest fact, as people read it. */
static struct str newest(const struct rig *rig)
{
    return event_sentence(rig->arena, &rig->ledger.items[rig->ledger.count - 1]);
}

TEST(trouble_in_a_silence_is_recorded_and_says_so)
{
    struct rig rig;
    begin(&rig, arena);
    struct silence *silence = &rig.silences.items[0];
    *silence = (struct silence){.number = 1, .scope = SILENCE_HEARTBEAT};
    str_keep(silence->what, sizeof silence->what, STR("backup"));
    rig.silences.count = 1;
    (void)at(&rig, 0);
    CHECK_STR(at(&rig, DAY + HOUR), "beat.late");
    CHECK(str_find(newest(&rig), "Heartbeat backup is late (muted by a silence): it was due", 0) ==
          0);
    hear(&rig, BEAT_FAILURE, 3);
    CHECK_STR(at(&rig, DAY + HOUR + 1), "beat.failed");
    CHECK_STR(newest(&rig),
              "The job of heartbeat backup failed (muted by a silence): exit code 3.");
    rig.silences.count = 0;
    hear(&rig, BEAT_DONE, 0);
    CHECK_STR(at(&rig, DAY + HOUR + 2), "beat.back");
    CHECK_STR(at(&rig, 3 * DAY), "beat.late");
    CHECK(str_find(newest(&rig), "muted", 0) == newest(&rig).n);
}

/* Killed at from_s, and started at the time that is now. */
static void away_since(struct rig *rig, int64_t from_s)
{
    struct event_list out;
    event_list_init(&out, rig->arena);
    struct event *event =
        event_list_add(&out, EVENT_NODE_STARTED, now_of(rig), STR("reeve"), STR("node:local"));
    event_set_instant(event, "last_seen",
                      instant_add_ms(now_of(rig), (from_s - rig->now_s) * INT64_C(1000)));
    LIST_PUSH(rig->arena, rig->ledger.items, rig->ledger.count, rig->ledger.capacity) = *event;
    beat_fold(&rig->beats, event);
    restart(rig);
}

static void begin_often(struct rig *rig, struct arena *arena, int64_t every_s, int64_t grace_s)
{
    begin(rig, arena);
    rig->plan.every_ms = every_s * 1000;
    rig->plan.grace_ms = grace_s * 1000;
    away_since(rig, 0);
    (void)at(rig, 0);
    hear(rig, BEAT_DONE, 0);
}

TEST(no_job_is_late_because_nobody_listened)
{
    struct rig rig;
    begin_often(&rig, arena, 5, 3);
    rig.now_s = 15;
    away_since(&rig, 1);
    CHECK_STR(at(&rig, 15), "");
    rig.now_s = 16;
    hear(&rig, BEAT_DONE, 0);
    CHECK_STR(turn(&rig), "");
    CHECK_STR(at(&rig, 24), "beat.late"); /* it was listened all the time */
    hear(&rig, BEAT_DONE, 0);
    CHECK_STR(turn(&rig), "beat.back");
    /* A job that is dead indeed: so long after the start as it may take to say it again. */
    rig.now_s = 60;
    away_since(&rig, 25);
    CHECK_STR(at(&rig, 60 + 34), "");
    CHECK_STR(at(&rig, 60 + 35), "beat.late");
    rig.now_s = 200;
    away_since(&rig, 96);
    CHECK_STR(at(&rig, 200), ""); /* it stays late */
    CHECK_INT(beat_of(&rig)->trouble, BEAT_LATE);
}

TEST(starts_without_end_hide_no_lateness)
{
    struct rig rig;
    begin_often(&rig, arena, 300, 60);
    int64_t late_s = 0;
    for (rig.now_s = 310; rig.now_s < 2000 && late_s == 0; rig.now_s += 20) {
        away_since(&rig, rig.now_s - 5); /* 15 of each 20 s it runs */
        if (turn(&rig).n > 0)
            late_s = rig.now_s;
    }
    CHECK(late_s > 360);
    CHECK(late_s < 900);
}

TEST(a_short_absence_before_it_is_due_moves_nothing)
{
    struct rig rig;
    begin_often(&rig, arena, DAY, HOUR);
    rig.now_s = DAY / 2;
    away_since(&rig, DAY / 2 - 60);
    CHECK_STR(at(&rig, 25 * HOUR - 1), "");
    CHECK_STR(at(&rig, 25 * HOUR), "beat.late");
    hear(&rig, BEAT_DONE, 0);
    CHECK_STR(turn(&rig), "beat.back");
    /* An end that could not be said is waited for as long as it is said again. */
    rig.plan.longest_ms = HOUR * 1000;
    rig.now_s = 30 * HOUR;
    hear(&rig, BEAT_BEGUN, 0);
    rig.now_s = 32 * HOUR;
    away_since(&rig, 30 * HOUR + 60);
    CHECK_STR(at(&rig, 32 * HOUR), "");
    CHECK_STR(at(&rig, 32 * HOUR + 29), "");
    CHECK_STR(at(&rig, 32 * HOUR + 30), "beat.overran");
}
