/* test_policy.c - recovery limits, keeping firing, flapping and missing data as tables, each also
 * with the state folded anew before every decision, and with a node's start in between. */
#include "alert/alert.h"
#include "alert/policy.h"
#include "harness/test.h"

enum { EVENTS_MAX = 400 };

static struct instant second(int64_t n)
{
    return (struct instant){1700000000000000 + n * 1000000};
}

/* T true, H false but not recovered, ? false and whether it has recovered is not known, F false and
 * recovered, U unknown, L too little traffic. */
static struct evaluation evaluation_of(char mark)
{
    struct evaluation evaluation = {
        .truth = TRUTH_FALSE, .unrecovered = TRUTH_FALSE, .value_text = STR("4 %")};
    switch (mark) {
    case 'T': evaluation.truth = evaluation.unrecovered = TRUTH_TRUE; break;
    case 'H': evaluation.unrecovered = TRUTH_TRUE; break;
    case '?': evaluation.unrecovered = TRUTH_UNKNOWN; break;
    case 'L':
        evaluation.truth = evaluation.unrecovered = TRUTH_TOO_LITTLE;
        evaluation.reason = STR("too little traffic");
        break;
    case 'U':
        evaluation.truth = evaluation.unrecovered = TRUTH_UNKNOWN;
        evaluation.reason = STR("target app has given nothing for 6 s");
        break;
    default: break;
    }
    return evaluation;
}

static char letter_of(enum event_kind kind)
{
    static const char letters[] = "PCFRUKXHWS"; /* in the order of the event table */
    return letters[kind - EVENT_ALERT_PENDING];
}

struct play {
    struct rule rule;
    int64_t step_s;
    bool restart; /* the state is folded anew before every decision */
    struct alerts alerts;
    struct event_list ledger;
    struct text script;
};

static void refold(struct play *play, struct arena *arena)
{
    alerts_done(&play->alerts);
    alerts_init(&play->alerts, arena);
    for (size_t i = 0; i < play->ledger.count; i++)
        alert_fold(&play->alerts, &play->ledger.items[i]);
}

static void record(struct play *play, struct arena *arena, const struct event *event)
{
    LIST_PUSH(arena, play->ledger.items, play->ledger.count, play->ledger.capacity) = *event;
    alert_fold(&play->alerts, event);
}

/* 'S' in the marks: the node was away for a step, and starts. */
static void start(struct play *play, struct arena *arena, int64_t at, int64_t last_seen)
{
    struct event_list list;
    event_list_init(&list, arena);
    struct event *event =
        event_list_add(&list, EVENT_NODE_STARTED, second(at), STR("reeve"), STR("node:a"));
    event_set_instant(event, "last_seen", second(last_seen));
    record(play, arena, event);
}

static void step(struct play *play, struct arena *arena, char mark, int64_t index)
{
    struct evaluation evaluation = evaluation_of(mark);
    struct rules rules = {.items = &play->rule, .count = 1, .written = 1};
    for (int round = 0; round < 8; round++) {
        struct event_list decided;
        event_list_init(&decided, arena);
        if (play->restart)
            refold(play, arena);
        alert_decide(&play->alerts, &rules, &evaluation, second(100 + index * play->step_s),
                     &decided);
        CHECK(decided.count <= 1);
        if (decided.count == 0)
            return;
        CHECK(round < 7);
        record(play, arena, &decided.items[0]);
        text_printf(&play->script, "%lld%c ", (long long)index, letter_of(decided.items[0].kind));
    }
}

static struct str run(struct play *play, struct arena *arena, const char *marks)
{
    play->rule.id = STR("0123456789abcdef");
    play->rule.title = STR("Error rate");
    event_list_init(&play->ledger, arena);
    alerts_init(&play->alerts, arena);
    text_init(&play->script, arena, 8192);
    for (int64_t i = 0; marks[i]; i++) {
        int64_t at = 100 + i * play->step_s;
        if (marks[i] == 'S')
            start(play, arena, at, at - play->step_s);
        else
            step(play, arena, marks[i], i);
    }
    alerts_done(&play->alerts);
    return str_trim(text_str(&play->script));
}

struct row {
    const char *marks;
    struct rule_policy policy;
    int64_t step_s;
    const char *script;
};

static void check_rows(struct arena *arena, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (int restart = 0; restart < 2; restart++) {
            struct play play = {
                .rule = {.policy = rows[i].policy}, .step_s = rows[i].step_s, .restart = restart};
            struct str script = run(&play, arena, rows[i].marks);
            if (!str_is(script, rows[i].script))
                test_fail(__FILE__, __LINE__, "%s (restart %d): got %s, want %s", rows[i].marks,
                          restart, script.p, rows[i].script);
            test_checked();
        }
    }
}

TEST(a_limit_to_recover_from)
{
    const struct rule_policy recovery = {.has_recovery = true};
    const struct row rows[] = {
        {"TFFFF", {0}, 5, "0F 1C 4R"},
        /* Without a policy what has not recovered is false like any other. */
        {"THHHH", {0}, 5, "0F 1C 4R"},
        {"THHHHHHHH", recovery, 5, "0F"},
        {"THHFFFF", recovery, 5, "0F 3C 6R"},
        /* In its quiet time it comes back, though not over its limit: anew. */
        {"TFFHFFFF", recovery, 5, "0F 1C 3H 4C 7R"},
        /* Not known whether it has recovered: it has not. */
        {"T?????", recovery, 5, "0F"},
        {"TFF?FFFF", recovery, 5, "0F 1C 3H 4C 7R"},
        /* It does not fire by what it recovers from. */
        {"HHHH", recovery, 5, ""},
        /* No traffic is not recovered from: its five minutes count. */
        {"TLLLLLL", recovery, 60, "0F 1C 6R"},
        {"THUHFFFF", recovery, 5, "0F 2U 3K 4C 7R"},
    };
    check_rows(arena, rows, sizeof rows / sizeof *rows);
}

TEST(keeping_firing_outlives_restarts)
{
    const struct rule_policy keeps = {.keeps_firing_ms = 120000};
    const struct row rows[] = {
        {"TFFFF", keeps, 30, "0F 1C"},
        {"TFFFFF", keeps, 30, "0F 1C 5R"},
        {"TFFTFFFFF", keeps, 30, "0F 1C 3P 4C 8R"},
        /* Quiet for 60 s, away for 30 s, which do not count, 60 s more. */
        {"TFFFSFFF", keeps, 30, "0F 1C 5C 7R"},
        {"TFFFSFF", keeps, 30, "0F 1C 5C"},
        /* Again and again: each time a little counts. */
        {"TFFSFFSFFSFF", keeps, 30, "0F 1C 4C 7C 10C 11R"},
        /* True in between begins it anew, also after a start. */
        {"TFFFSTFFFFF", keeps, 30, "0F 1C 5P 6C 10R"},
        /* Unknown too: nobody knows whether it was true. */
        {"TFFUFFFFF", keeps, 30, "0F 1C 3U 4K 4C 8R"},
        /* The usual quiet time is not shortened by what was before a start. */
        {"TFSFFF", {0}, 10, "0F 1C 3C 5R"},
    };
    check_rows(arena, rows, sizeof rows / sizeof *rows);
}

TEST(what_changes_over_and_over_goes_on_firing)
{
    const struct row rows[] = {
        /* Three times fired and resolved; the fourth time it flaps, and swinging changes nothing.
         */
        {"TFFTFFTFFTFFTFFT", {0}, 30, "0F 1C 2R 3F 4C 5R 6F 7C 8R 9F 9W 10C 12P 13C 15P"},
        /* Quiet for ten minutes: over. */
        {"TFFTFFTFFTFFFFFFFFFFFFFFFFFFFFF", {0}, 30, "0F 1C 2R 3F 4C 5R 6F 7C 8R 9F 9W 10C 30R"},
        /* Steadily true for ten minutes: it fires, and flaps no more; then it resolves as usual. */
        {"TFFTFFTFFTTTTTTTTTTTTTTTTTTTTTFF",
         {0},
         30,
         "0F 1C 2R 3F 4C 5R 6F 7C 8R 9F 9W 29S 30C 31R"},
        /* Five times in half an hour is no flapping. */
        {"TFTFTFTFTFTF", {0}, 360, "0F 1C 2P 3C 4P 5C 6P 7C 8P 9C 10P 11C"},
        {"TFFTFFTFFTFFTFF", {0}, 330, "0F 1C 2R 3F 4C 5R 6F 7C 8R 9F 10C 11R 12F 13C 14R"},
        /* A start in between: quiet counts anew. */
        {"TFFTFFTFFTSFFFFFFFFFFFFFFFFFFFFF", {0}, 30, "0F 1C 2R 3F 4C 5R 6F 7C 8R 9F 9W 11C 31R"},
    };
    check_rows(arena, rows, sizeof rows / sizeof *rows);
}

TEST(missing_data_never_resolves)
{
    const struct rule_policy fires = {.missing = MISSING_FIRES, .missing_ms = 120000};
    const struct rule_policy stays = {.missing = MISSING_STAYS};
    const struct row rows[] = {
        {"FUUUUUUUU", {0}, 30, "1U"},
        {"FUUUUUUUU", fires, 30, "1U 5F"},
        {"FUUUUFFF", fires, 30, "1U 5K"},
        /* Heard of again: over as any other. */
        {"FUUUUUUFFF", fires, 30, "1U 5F 7K 7C 8R"},
        {"FUUUUUUTFFF", fires, 30, "1U 5F 7K 8C 9R"},
        /* It fires already. */
        {"TUUUUUUU", fires, 30, "0F 1U"},
        /* Away does not count; what was missing before does, after the collectors' 30 s. */
        {"FUUUSUUUU", fires, 30, "1U 6F"},
        {"FUUUUUSU", fires, 10, "1U"},
        {"FUUUUSUUUU", fires, 30, "1U 6F"},
        {"UUUUUUUU", stays, 30, ""},
        {"TUUUUUUUU", stays, 30, "0F"},
        {"TUUUUFFF", stays, 30, "0F 5C 6R"},
        /* Where a time is being counted it is said, and the time stops. */
        {"TFUUUUFF", stays, 10, "0F 1C 2U 6K 6C"},
    };
    check_rows(arena, rows, sizeof rows / sizeof *rows);
}

TEST(a_missing_heartbeat_fires_with_its_reason)
{
    struct play play = {.rule = {.policy = {.missing = MISSING_FIRES, .missing_ms = 60000}},
                        .step_s = 30};
    (void)run(&play, arena, "UUU");
    CHECK_INT(play.ledger.count, 2);
    CHECK_STR(event_sentence(arena, &play.ledger.items[1]),
              "Rule on line 0 fired: Error rate (missing for 1 min: target app has given nothing "
              "for 6 s).");
}

/* The clock is set while a rule flaps, keeps firing, and is missing: lengths stay lengths. */
TEST(a_step_of_the_clock_moves_the_new_times)
{
    for (int64_t by_s = -7200; by_s <= 7200; by_s += 7200) {
        struct flap flap = {0};
        struct event event = {.kind = EVENT_ALERT_FIRED};
        for (int i = 0; i < FLAP_CHANGES; i++) {
            event.at = second(i * 60);
            flap_fold(&flap, &event);
        }
        flap_shift(&flap, by_s * 1000);
        CHECK_INT(flap_changes(&flap, second(400 + by_s)), FLAP_CHANGES);
        CHECK_INT(flap_changes(&flap, second(1801 + by_s)), FLAP_CHANGES - 1);
        CHECK(!flap_is_quiet(&flap, second(899 + by_s)));
        CHECK(flap_is_quiet(&flap, second(900 + by_s)));
    }
}

static struct str apply(struct arena *arena, struct policy_words words, struct rule *rule)
{
    static struct err err;
    err = (struct err){0};
    return policy_apply(arena, &words, rule, &err) ? rule->meaning : str_of(err.text);
}

TEST(what_a_policy_says_stands_in_the_meaning)
{
    struct rule over = {
        .title = STR("Error rate > 5%"), .meaning = STR("fires"), .cmp = CMP_OVER, .limit = 0.05};
    struct rule under = {
        .title = STR("Disk free < 10"), .meaning = STR("fires"), .cmp = CMP_UNDER, .limit = 10};
    struct rule equal = {.title = STR("Replicas = 0"), .meaning = STR("fires"), .cmp = CMP_EQUAL};
    struct rule made = over;
    CHECK_STR(apply(arena,
                    (struct policy_words){.recovers_below = STR("3%"), .keeps_firing_ms = 600000},
                    &made),
              "fires; recovers only below 3%; keeps firing for 10 min after that");
    CHECK(made.policy.recovery > 0.0299 && made.policy.recovery < 0.0301);
    made = under;
    CHECK_STR(apply(arena, (struct policy_words){.recovers_above = STR("15")}, &made),
              "fires; recovers only above 15");
    made = over;
    CHECK_STR(
        apply(arena, (struct policy_words){.missing = STR("fires"), .missing_ms = 90000}, &made),
        "fires; fires when its data is missing for 1 min 30 s");
    made = over;
    CHECK_STR(apply(arena, (struct policy_words){.missing = STR("stays")}, &made),
              "fires; stays as it is while its data is missing");
    CHECK_STR(apply(arena, (struct policy_words){.recovers_below = STR("6%")}, &over),
              "\"Error rate > 5%\" cannot recover below 6%: that is beyond its own limit.");
    CHECK_STR(apply(arena, (struct policy_words){.recovers_above = STR("3%")}, &over),
              "\"Error rate > 5%\" cannot recover above 3%: that is beyond its own limit.");
    CHECK_STR(apply(arena, (struct policy_words){.recovers_below = STR("5")}, &under),
              "\"Disk free < 10\" cannot recover below 5: that is beyond its own limit.");
    CHECK_STR(apply(arena, (struct policy_words){.recovers_below = STR("0")}, &equal),
              "\"Replicas = 0\" has no limit that it could recover from; take recovers_below out.");
    CHECK_STR(apply(arena, (struct policy_words){.recovers_below = STR("3 apples")}, &over),
              "\"3 apples\" is no limit; write a number, with %, ms, s or min behind it when the "
              "rule has one.");
    CHECK_STR(over.meaning, "fires");
    CHECK(!over.policy.has_recovery);
}
