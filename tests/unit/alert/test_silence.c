/* test_silence.c - silences: what is refused, what they mute, how they end; folded anew at each
 * step, over steps of the clock. */
#include "alert/alert.h"
#include "harness/test.h"

enum { RULES = 3 };

struct rig {
    struct arena *arena;
    struct rule items[RULES];
    struct rules rules;
    struct alerts alerts;
    struct event_list ledger;
    int64_t now_s;
    struct err err;
};

static struct instant second(int64_t n)
{
    return (struct instant){1700000000000000 + n * 1000000}; /* 2023-11-14 22:13:20 */
}

static void begin(struct rig *rig, struct arena *arena)
{
    *rig = (struct rig){.arena = arena};
    rig->items[0] = (struct rule){
        .id = STR("a"), .line = 10, .title = STR("Error rate > 5%"), .signal_name = STR("errors")};
    rig->items[1] = (struct rule){
        .id = STR("b"), .line = 11, .title = STR("Error rate > 1%"), .signal_name = STR("errors")};
    rig->items[2] = (struct rule){
        .id = STR("c"), .line = 12, .title = STR("Disk usage > 80%"), .signal_name = STR("disk")};
    rig->rules = (struct rules){.items = rig->items, .count = RULES, .written = RULES};
    alerts_init(&rig->alerts, arena);
    event_list_init(&rig->ledger, arena);
}

static void keep(struct rig *rig, const struct event *event)
{
    LIST_PUSH(rig->arena, rig->ledger.items, rig->ledger.count, rig->ledger.capacity) = *event;
    alerts_done(&rig->alerts);
    alerts_init(&rig->alerts, rig->arena);
    for (size_t i = 0; i < rig->ledger.count; i++)
        alert_fold(&rig->alerts, &rig->ledger.items[i]);
}

/* The sentence of what was recorded, or of the error. */
static struct str add(struct rig *rig, const char *what, const char *length, const char *until,
                      const char *reason)
{
    struct silence_call call = {.actor = STR("person:ana"),
                                .what = str_of(what),
                                .for_length = str_of(length),
                                .until = str_of(until),
                                .reason = str_of(reason),
                                .now = second(rig->now_s)};
    struct event_list out;
    event_list_init(&out, rig->arena);
    rig->err = (struct err){0};
    if (!silence_open(&rig->alerts.silences, &rig->rules, &call, &out, &rig->err)) {
        CHECK_INT(out.count, 0);
        return str_of(rig->err.text);
    }
    CHECK_INT(out.count, 1);
    keep(rig, &out.items[0]);
    return event_sentence(rig->arena, &out.items[0]);
}

/* What is decided at now, in sentences; "" nothing. */
static struct str decide(struct rig *rig)
{
    struct event_list out;
    struct text text;
    event_list_init(&out, rig->arena);
    text_init(&text, rig->arena, 4000);
    silence_decide(&rig->alerts, &rig->rules, second(rig->now_s), &out);
    for (size_t i = 0; i < out.count; i++) {
        keep(rig, &out.items[i]);
        text_add(&text, event_sentence(rig->arena, &out.items[i]));
    }
    return text_str(&text);
}

static void fire(struct rig *rig, int rule)
{
    struct event_list out;
    event_list_init(&out, rig->arena);
    struct event *event =
        event_list_add(&out, EVENT_ALERT_FIRED, second(rig->now_s), STR("reeve"), STR("rule:x"));
    event_set_str(event, "rule", rig->items[rule].id);
    keep(rig, event);
}

static void set_clock(struct rig *rig, int64_t by_s)
{
    struct event_list out;
    event_list_init(&out, rig->arena);
    rig->now_s += by_s;
    struct event *event =
        event_list_add(&out, EVENT_CLOCK_STEPPED, second(rig->now_s), STR("reeve"), STR("node:a"));
    event_set_int(event, "by_ms", by_s * 1000);
    keep(rig, event);
}

static int64_t number_of(const struct rig *rig, int rule)
{
    const struct silence *silence = silence_of(&rig->alerts.silences, &rig->items[rule]);
    return silence ? silence->number : 0;
}

TEST(a_silence_has_an_end_and_a_reason)
{
    struct rig rig;
    begin(&rig, arena);
    static const char *const rows[][5] = {
        {"all", "2h", "", " ", "A silence needs a reason; say why with --reason \"…\"."},
        {"all", "", "", "x", "A silence needs one end: --for 2h, or --until 2026-11-29T16:00:00Z."},
        {"all", "2h", "16:00", "x",
         "A silence needs one end: --for 2h, or --until 2026-11-29T16:00:00Z."},
        {"all", "soon", "", "x",
         "\"soon\" is no length of time up to 30 days; write it like 45m, 2h or 7d."},
        {"all", "31d", "", "x",
         "\"31d\" is no length of time up to 30 days; write it like 45m, 2h or 7d."},
        {"all", "0h", "", "x",
         "\"0h\" is no length of time up to 30 days; write it like 45m, 2h or 7d."},
        {"all", "99999999999999999999d", "", "x",
         "\"99999999999999999999d\" is no length of time up to 30 days; write it like 45m, 2h or "
         "7d."},
        {"all", "5s", "", "x",
         "A silence lasts from 1 minute to 30 days from now; give another end."},
        {"all", "", "2023-11-14T22:00:00Z", "x",
         "A silence lasts from 1 minute to 30 days from now; give another end."},
        {"all", "", "2024-11-14T22:00:00Z", "x",
         "A silence lasts from 1 minute to 30 days from now; give another end."},
        {"all", "", "tomorrow", "x",
         "\"tomorrow\" is no instant; write it like 2026-11-29T16:00:00Z, or 16:00 for the next "
         "one in UTC."},
        {"all", "", "25:00", "x",
         "\"25:00\" is no instant; write it like 2026-11-29T16:00:00Z, or 16:00 for the next one "
         "in UTC."},
        {"error rate", "2h", "", "x",
         "2 rules could be meant by \"error rate\"; say more of the words, its line, or the "
         "signal."},
        {"99", "2h", "", "x",
         "No rule and no signal of the runbook is called \"99\"; \"reeve alert list\" shows the "
         "rules, and \"all\" is all of them."},
        {"", "2h", "", "x",
         "3 rules could be meant by \"\"; say more of the words, its line, or the signal."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(add(&rig, rows[i][0], rows[i][1], rows[i][2], rows[i][3]), rows[i][4]);
    CHECK_INT(rig.ledger.count, 0);
    alerts_done(&rig.alerts);
}

TEST(what_is_silenced)
{
    struct rig rig;
    begin(&rig, arena);
    CHECK_STR(add(&rig, "Errors", "2h", "", "a load test"),
              "Ana silenced errors until 2023-11-15 00:13:20 UTC (silence 1): a load test");
    CHECK_INT(number_of(&rig, 0), 1);
    CHECK_INT(number_of(&rig, 1), 1);
    CHECK_INT(number_of(&rig, 2), 0);
    (void)add(&rig, "disk", "", "23:00", "a new disk");
    CHECK_INT(number_of(&rig, 2), 2);
    CHECK_STR(silence_words(arena, silence_find(&rig.alerts.silences, 2), second(0)),
              "silenced until 23:00 UTC by ana: a new disk");
    CHECK_STR(silence_words(arena, silence_find(&rig.alerts.silences, 1), second(0)),
              "silenced until 2023-11-15 00:13 UTC by ana: a load test");
    (void)add(&rig, "> 1%", "3h", "", "longer");
    CHECK_INT(number_of(&rig, 1), 3); /* the one that lasts longest is told */
    (void)add(&rig, "12", "4h", "", "by line");
    CHECK_INT(number_of(&rig, 2), 4);
    (void)add(&rig, "ALL", "30d", "", "moving");
    CHECK_INT(number_of(&rig, 0), 5);
    (void)add(&rig, "a", "", "22:00", "by id, the next one is tomorrow");
    CHECK_INT(instant_ms_between(second(0), silence_find(&rig.alerts.silences, 6)->until) / 1000,
              24 * 3600 - 800);
    alerts_done(&rig.alerts);
}

TEST(it_is_told_before_its_end_and_is_over)
{
    struct rig rig;
    begin(&rig, arena);
    (void)add(&rig, "errors", "1h", "", "x");
    (void)add(&rig, "disk", "1h", "", "nothing of it fires");
    (void)add(&rig, "all", "4m", "", "short");
    fire(&rig, 1);
    rig.now_s = 119;
    CHECK_STR(decide(&rig), "");
    rig.now_s = 120; /* half of the short one */
    CHECK_STR(decide(&rig), "Silence 3 ends at 22:17:20 UTC, and the rule on line 11 "
                            "still fires: Error rate > 1%.");
    CHECK_STR(decide(&rig), "");
    rig.now_s = 240;
    CHECK_STR(decide(&rig), "Silence 3 of all rules is over.");
    CHECK_INT(number_of(&rig, 2), 2);
    rig.now_s = 3000;
    CHECK_STR(decide(&rig), "Silence 1 ends at 23:13:20 UTC, and the rule on line 11 "
                            "still fires: Error rate > 1%.");
    rig.now_s = 3600;
    CHECK_STR(decide(&rig), "Silence 1 of errors is over.Silence 2 of disk is over.");
    CHECK_INT(rig.alerts.silences.count, 0);
    /* Numbers are never used again. */
    CHECK_STR(add(&rig, "all", "1h", "", "x"),
              "Ana silenced all rules until 2023-11-15 00:13:20 UTC (silence 4): x");
    alerts_done(&rig.alerts);
}

TEST(lengths_stay_lengths_and_instants_stay_instants)
{
    for (int64_t by_s = -7200; by_s <= 7200; by_s += 14400) {
        struct rig rig;
        begin(&rig, arena);
        (void)add(&rig, "errors", "1h", "", "a length");
        (void)add(&rig, "disk", "", "2023-11-15T03:13:20Z", "an instant, 5 h away");
        rig.now_s = 600;
        set_clock(&rig, by_s);
        rig.now_s = 3599 + by_s;
        CHECK_STR(decide(&rig), "");
        rig.now_s = 3600 + by_s;
        CHECK_STR(decide(&rig), "Silence 1 of errors is over.");
        rig.now_s = 5 * 3600 - 1;
        CHECK_STR(decide(&rig), "");
        rig.now_s = 5 * 3600;
        CHECK_STR(decide(&rig), "Silence 2 of disk is over.");
        alerts_done(&rig.alerts);
    }
}

TEST(a_silence_is_ended_once)
{
    struct rig rig;
    struct event_list out;
    const struct silence_call call = {.actor = STR("person:ben"), .number = 1, .now = second(5)};
    begin(&rig, arena);
    (void)add(&rig, "all", "1h", "", "x");
    event_list_init(&out, arena);
    CHECK_OK(silence_end(&rig.alerts.silences, &call, &out, &rig.err), &rig.err);
    CHECK_STR(event_sentence(arena, &out.items[0]), "Ben ended silence 1 of all rules.");
    keep(&rig, &out.items[0]);
    CHECK(!silence_end(&rig.alerts.silences, &call, &out, &rig.err));
    CHECK_STR(str_of(rig.err.text),
              "Silence 1 is not in force; \"reeve silence list\" shows those that are.");
    CHECK_INT(out.count, 1);
    alerts_done(&rig.alerts);
}

TEST(there_is_room_for_so_many)
{
    struct rig rig;
    begin(&rig, arena);
    for (int i = 0; i < SILENCES_MAX; i++)
        (void)add(&rig, "all", "1h", "", "x");
    CHECK_INT(rig.alerts.silences.count, SILENCES_MAX);
    CHECK_STR(add(&rig, "all", "1h", "", "x"),
              "There are 64 silences already; end one with \"reeve silence end N\".");
    alerts_done(&rig.alerts);
}
