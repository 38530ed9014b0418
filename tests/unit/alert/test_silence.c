/* test_silence.c - silences: what is refused, what they mute, how they end; folded anew at each
 * step, over steps of the clock. */
#include "alert/alert.h"
#include "harness/test.h"

enum { RULES = 3, ALERTS_MAX = 16 };

struct rig {
    struct arena *arena;
    struct rule items[RULES];
    struct rules rules;
    struct alerts alerts;
    struct silence_matter more[ALERTS_MAX]; /* that fire beside the rules */
    size_t more_count;
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
    rig->items[0] = (struct rule){.id = STR("a"),
                                  .line = 10,
                                  .title = STR("Error rate > 5%"),
                                  .level = STR("critical"),
                                  .signal_name = STR("errors")};
    rig->items[1] = (struct rule){.id = STR("b"),
                                  .line = 11,
                                  .title = STR("Error rate > 1%"),
                                  .level = STR("warning"),
                                  .signal_name = STR("errors")};
    rig->items[2] = (struct rule){.id = STR("c"),
                                  .line = 12,
                                  .title = STR("Disk usage > 80%"),
                                  .level = STR("warning"),
                                  .signal_name = STR("disk")};
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

static struct silence_firing firing_of(struct rig *rig)
{
    struct silence_matter *items = arena_array(rig->arena, RULES + ALERTS_MAX, sizeof *items);
    size_t count = 0;
    for (int i = 0; i < RULES; i++) {
        const struct alert *alert = alert_find(&rig->alerts, rig->items[i].id);
        if (alert && alert->state == ALERT_FIRING)
            items[count++] = silence_matter_of_rule(&rig->items[i]);
    }
    for (size_t i = 0; i < rig->more_count; i++)
        items[count++] = rig->more[i];
    return (struct silence_firing){items, count};
}

/* An alert from elsewhere fires; level "" opens nothing. */
static void send(struct rig *rig, const char *sender, const char *key, const char *level)
{
    rig->more[rig->more_count++] =
        (struct silence_matter){.kind = SILENCE_OF_ALERT,
                                .id = STR("g"),
                                .signal = STR(""),
                                .name = str_printf(rig->arena, "Name %.1s", key),
                                .sender = str_of(sender),
                                .key = str_of(key),
                                .title = str_printf(rig->arena, "%s: Name %.1s", sender, key),
                                .level = str_of(level)};
}

/* A job is late. */
static void miss(struct rig *rig, const char *job)
{
    rig->more[rig->more_count++] =
        (struct silence_matter){.kind = SILENCE_OF_HEARTBEAT,
                                .id = STR("h"),
                                .signal = STR(""),
                                .name = str_of(job),
                                .sender = STR(""),
                                .key = STR(""),
                                .title = str_printf(rig->arena, "Heartbeat %s is late", job),
                                .level = STR("warning")};
}

static const struct str jobs[] = {{"backup", 6}, {"report", 6}};
static const struct str senders[] = {{"am", 2}, {"graf", 4}};

/* The sentence of what was recorded, or of the error. */
static struct str ask(struct rig *rig, struct silence_call call)
{
    struct silence_choices choices = {.rules = &rig->rules,
                                      .jobs = jobs,
                                      .job_count = 2,
                                      .senders = senders,
                                      .sender_count = 2,
                                      .firing = firing_of(rig)};
    struct event_list out;
    event_list_init(&out, rig->arena);
    rig->err = (struct err){0};
    if (!silence_open(&rig->alerts.silences, &choices, &call, &out, &rig->err)) {
        CHECK_INT(out.count, 0);
        return str_of(rig->err.text);
    }
    CHECK_INT(out.count, 1);
    keep(rig, &out.items[0]);
    return event_sentence(rig->arena, &out.items[0]);
}

static struct str add(struct rig *rig, const char *what, const char *length, const char *until,
                      const char *reason)
{
    return ask(rig, (struct silence_call){.actor = STR("person:ana"),
                                          .what = str_of(what),
                                          .for_length = str_of(length),
                                          .until = str_of(until),
                                          .reason = str_of(reason),
                                          .now = second(rig->now_s)});
}

/* For an hour: of a job, or of a sender with a key or a name. */
static struct str mute(struct rig *rig, const char *job, const char *sender, const char *key,
                       const char *name)
{
    return ask(rig, (struct silence_call){.actor = STR("program:deploy"),
                                          .job = str_of(job),
                                          .sender = str_of(sender),
                                          .key = str_of(key),
                                          .name = str_of(name),
                                          .for_length = STR("1h"),
                                          .reason = STR("x"),
                                          .now = second(rig->now_s)});
}

/* What is decided at now, in sentences; "" nothing. */
static struct str decide(struct rig *rig)
{
    struct event_list out;
    struct text text;
    event_list_init(&out, rig->arena);
    text_init(&text, rig->arena, 4000);
    struct silence_firing firing = firing_of(rig);
    silence_decide(&rig->alerts.silences, &firing, second(rig->now_s), &out);
    bool asks = silence_asks(&rig->alerts.silences, second(rig->now_s));
    struct silence_firing nothing = {0};
    struct event_list without;
    event_list_init(&without, rig->arena);
    if (!asks) { /* then nobody needs to say what fires */
        silence_decide(&rig->alerts.silences, &nothing, second(rig->now_s), &without);
        CHECK_INT(without.count, out.count);
    }
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
    const struct silence *silence = silence_of_rule(&rig->alerts.silences, &rig->items[rule]);
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
         "\"tomorrow\" is no time; write 2h (from now), 16:00 (the next one, UTC), 2026-11-28, or "
         "2026-11-28T16:00:00Z."},
        {"all", "", "25:00", "x",
         "\"25:00\" is no time; write 2h (from now), 16:00 (the next one, UTC), 2026-11-28, or "
         "2026-11-28T16:00:00Z."},
        {"error rate", "2h", "", "x",
         "2 rules could be meant by \"error rate\"; say more of the words, its line, or the "
         "signal."},
        {"99", "2h", "", "x",
         "No rule and no signal of the runbook is called \"99\"; \"reeve alert list\" shows the "
         "rules, and \"all\" is everything."},
        {"", "2h", "", "x",
         "A silence is of one thing: a rule, a signal or all, --heartbeat JOB, or --sender "
         "NAME."},
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
    CHECK_STR(decide(&rig), "Silence 3 of everything is over.");
    CHECK_INT(number_of(&rig, 2), 2);
    rig.now_s = 3000;
    CHECK_STR(decide(&rig), "Silence 1 ends at 23:13:20 UTC, and the rule on line 11 "
                            "still fires: Error rate > 1%.");
    rig.now_s = 3600;
    CHECK_STR(decide(&rig), "Silence 1 of errors is over.Silence 2 of disk is over.");
    CHECK_INT(rig.alerts.silences.count, 0);
    /* Numbers are never used again. */
    CHECK_STR(add(&rig, "all", "1h", "", "x"),
              "Ana silenced everything until 2023-11-15 00:13:20 UTC (silence 4): x");
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
    CHECK_STR(event_sentence(arena, &out.items[0]), "Ben ended silence 1 of everything.");
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

static int64_t muted_by(const struct rig *rig, size_t more)
{
    const struct silence *silence = silence_of(&rig->alerts.silences, &rig->more[more]);
    return silence ? silence->number : 0;
}

TEST(jobs_and_alerts_from_elsewhere_are_silenced)
{
    struct rig rig;
    begin(&rig, arena);
    miss(&rig, "backup");
    miss(&rig, "report");
    send(&rig, "am", "abc1", "P1");
    send(&rig, "am", "abd2", "P1");
    send(&rig, "graf", "abc1", "");
    CHECK_STR(mute(&rig, "backup", "", "", ""),
              "The program deploy silenced heartbeat backup until 23:13:20 UTC (silence 1): x");
    CHECK_INT(muted_by(&rig, 0), 1);
    CHECK_INT(muted_by(&rig, 1), 0);
    CHECK_INT(silence_of_job(&rig.alerts.silences, STR("backup"))->number, 1);
    CHECK(silence_of_job(&rig.alerts.silences, STR("report")) == NULL);
    (void)mute(&rig, "", "am", "abc", ""); /* the beginning of one key */
    CHECK_STR(str_of(silence_find(&rig.alerts.silences, 2)->title),
              "alert \"Name a\" (key abc1) of am");
    CHECK_INT(muted_by(&rig, 2), 2);
    CHECK_INT(muted_by(&rig, 3), 0);
    CHECK_INT(muted_by(&rig, 4), 0); /* the same key of another sender */
    (void)mute(&rig, "", "graf", "", "NAME A");
    CHECK_STR(str_of(silence_find(&rig.alerts.silences, 3)->title), "alerts \"NAME A\" of graf");
    CHECK_INT(muted_by(&rig, 4), 3);
    (void)mute(&rig, "", "graf", "", "not fired yet");
    CHECK_INT(rig.alerts.silences.count, 4);
    rig.now_s = 1; /* lasts longer */
    (void)mute(&rig, "", "am", "", "");
    CHECK_INT(muted_by(&rig, 2), 5);
    CHECK_INT(muted_by(&rig, 3), 5);
    CHECK_INT(number_of(&rig, 0), 0);
    rig.now_s = 2;
    (void)add(&rig, "all", "1h", "", "x");
    for (size_t i = 0; i < rig.more_count; i++)
        CHECK_INT(muted_by(&rig, i), 6);
    CHECK_INT(number_of(&rig, 0), 6);
    CHECK(silence_find(&rig.alerts.silences, 6)->by_person);
    CHECK(!silence_find(&rig.alerts.silences, 5)->by_person);
    alerts_done(&rig.alerts);
}

TEST(what_is_not_there_is_not_silenced)
{
    struct rig rig;
    begin(&rig, arena);
    CHECK_STR(mute(&rig, "", "am", "abc", ""),
              "No alert of am is open, so none has the key \"abc\"; silence it by --name, before "
              "it fires.");
    send(&rig, "am", "abc1", "P1");
    send(&rig, "am", "abd2", "P1");
    static const char *const rows[][5] = {
        {"nightly", "", "", "", "There is no heartbeat \"nightly\"; there are: backup, report."},
        {"", "pager", "", "", "No sender of alerts is called \"pager\"; there are: am, graf."},
        {"", "am", "ab", "",
         "2 open alerts of am have keys that begin with \"ab\"; give more of it."},
        {"", "am", "xy", "",
         "No open alert of am has the key \"xy\"; those that are open have: abc1, abd2."},
        {"", "am", "abc1", "Name a",
         "--key is one alert, --name all that are called so: give one of them."},
        {"", "", "abc1", "",
         "--key and --name say which alert of a sender: give --sender NAME too."},
        {"backup", "", "", "Name a", "--key and --name go with --sender, and with nothing else."},
        {"backup", "am", "", "",
         "A silence is of one thing: a rule, a signal or all, --heartbeat JOB, or --sender NAME."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(mute(&rig, rows[i][0], rows[i][1], rows[i][2], rows[i][3]), rows[i][4]);
    CHECK_INT(rig.ledger.count, 0);
    alerts_done(&rig.alerts);
}

TEST(the_end_is_told_where_something_opens_at_it)
{
    struct rig rig;
    begin(&rig, arena);
    send(&rig, "graf", "abc1", "");
    (void)mute(&rig, "", "graf", "", "");
    (void)mute(&rig, "", "am", "", "");
    (void)mute(&rig, "backup", "", "", "");
    rig.now_s = 3000;
    CHECK_STR(decide(&rig), ""); /* what is only shown opens nothing */
    send(&rig, "am", "abc1", "P1");
    miss(&rig, "backup");
    CHECK_STR(decide(&rig), "Silence 2 ends at 23:13:20 UTC, and it still mutes: am: Name a."
                            "Silence 3 ends at 23:13:20 UTC, and it still mutes: Heartbeat backup "
                            "is late.");
    CHECK(silence_find(&rig.alerts.silences, 3)->told);
    CHECK_STR(decide(&rig), "");
    alerts_done(&rig.alerts);
}

/* As it was written before silences covered more than rules. */
TEST(an_old_all_stays_all_rules)
{
    struct rig rig;
    struct event_list out;
    begin(&rig, arena);
    miss(&rig, "backup");
    event_list_init(&out, arena);
    struct event *event =
        event_list_add(&out, EVENT_SILENCE_OPENED, second(0), STR("person:ana"), STR("silence:1"));
    event_set_int(event, "number", 1);
    event_set_str(event, "scope", STR("all"));
    event_set_str(event, "title", STR("all rules"));
    event_set_instant(event, "until", second(3600));
    keep(&rig, event);
    CHECK_INT(number_of(&rig, 0), 1);
    CHECK_INT(muted_by(&rig, 0), 0);
    event =
        event_list_add(&out, EVENT_SILENCE_OPENED, second(0), STR("person:ana"), STR("silence:2"));
    event_set_int(event, "number", 2);
    event_set_str(event, "scope", STR("of-a-newer-kind"));
    event_set_str(event, "what", STR("c"));
    event_set_instant(event, "until", second(7200));
    keep(&rig, event);
    CHECK_INT(number_of(&rig, 2), 1); /* what is not understood mutes nothing */
    alerts_done(&rig.alerts);
}
