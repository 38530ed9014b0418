/* test_alert.c - the state machine as tables, each also with a restart after every step. */
#include "alert/alert.h"
#include "harness/test.h"

#include <stdio.h>

static const int64_t start_us = 1700000000000000;

static struct instant second(int64_t n)
{
    return (struct instant){start_us + n * 1000000};
}

static struct evaluation evaluation_of(char mark)
{
    struct evaluation evaluation = {.value = 0.07, .value_text = STR("7 %")};
    switch (mark) {
    case 'T': evaluation.truth = TRUTH_TRUE; break;
    case 'F': evaluation.truth = TRUTH_FALSE; break;
    case 'L':
        evaluation.truth = TRUTH_TOO_LITTLE;
        evaluation.reason = STR("too little traffic");
        break;
    case 'N':
        evaluation.truth = TRUTH_FALSE;
        evaluation.reason = STR("no requests");
        break;
    default:
        evaluation.truth = TRUTH_UNKNOWN;
        evaluation.reason = STR("target app has given nothing for 6 s");
        break;
    }
    return evaluation;
}

static char letter_of(enum event_kind kind)
{
    static const char letters[] = "PCFRUKX"; /* in the order of the event table */
    return letters[kind - EVENT_ALERT_PENDING];
}

/* Copies what was decided into the life of the test: the ledger. */
struct ledger {
    struct event_list events;
};

static void refold(const struct ledger *ledger, struct arena *arena, struct alerts *alerts)
{
    alerts_done(alerts);
    alerts_init(alerts, arena);
    for (size_t i = 0; i < ledger->events.count; i++)
        alert_fold(alerts, &ledger->events.items[i]);
}

/* Plays marks, one a step of step_s seconds from second 100 on. The script of what was decided:
 * "3P" = at step 3 pending. restart: the state is folded anew before every decision. */
static struct str play(struct arena *arena, const char *marks, int64_t for_s, int64_t step_s,
                       bool restart)
{
    struct rule rule = {.id = STR("0123456789abcdef"),
                        .line = 61,
                        .title = STR("Error rate"),
                        .level = STR("critical"),
                        .signal_name = STR("error rate"),
                        .for_ms = for_s * 1000};
    struct rules rules = {.items = &rule, .count = 1, .written = 1};
    struct ledger ledger;
    event_list_init(&ledger.events, arena);
    struct alerts alerts;
    alerts_init(&alerts, arena);
    struct text script;
    text_init(&script, arena, 4096);
    for (int64_t i = 0; marks[i]; i++) {
        struct evaluation evaluation = evaluation_of(marks[i]);
        for (int round = 0; round < 8; round++) {
            if (restart)
                refold(&ledger, arena, &alerts);
            struct event_list decided;
            event_list_init(&decided, arena);
            alert_decide(&alerts, &rules, &evaluation, second(100 + i * step_s), &decided);
            CHECK(decided.count <= 1);
            if (decided.count == 0)
                break;
            CHECK(round < 7);
            LIST_PUSH(arena, ledger.events.items, ledger.events.count, ledger.events.capacity) =
                decided.items[0];
            alert_fold(&alerts, &decided.items[0]);
            text_printf(&script, "%lld%c ", (long long)i, letter_of(decided.items[0].kind));
        }
    }
    alerts_done(&alerts);
    return str_trim(text_str(&script));
}

TEST(the_table_of_transitions)
{
    static const struct {
        const char *marks;
        int64_t for_s, step_s;
        const char *script;
    } cases[] = {
        {"FFF", 5, 1, ""},
        {"TTT", 0, 1, "0F"},
        {"FTTTTTTT", 5, 1, "1P 6F"},
        {"TTTTFTTTTTT", 5, 1, "0P 4C 5P 10F"},
        {"TTTL", 5, 1, "0P 3C"},
        {"TTTNTT", 5, 1, "0P 3C 4P"},
        /* `for` shorter than a step fires at the next one */
        {"TT", 5, 10, "0P 1F"},
        /* firing, quiet for 15 s */
        {"TFFFF", 0, 5, "0F 1C 4R"},
        {"TFFTFFFF", 0, 5, "0F 1C 3P 4C 7R"},
        /* quiet time follows `for`, up to a minute */
        {"TTFFFFF", 30, 30, "0P 1F 2C 3R"},
        {"TTFFFFF", 300, 300, "0P 1F 2C 3R"},
        {"TTTTTTTTTTTFFFF", 300, 30, "0P 10F 11C 13R"},
        /* no or too little traffic: five minutes */
        {"TNNNNNN", 0, 60, "0F 1C 6R"},
        {"TLLLLLL", 0, 60, "0F 1C 6R"},
        {"TLLF", 0, 60, "0F 1C 3R"},
        /* unknown: said once, frozen */
        {"UUUF", 5, 1, "0U 3K"},
        {"TUUUUUUUTTTTT", 5, 1, "0P 1U 8K 12F"},
        {"TTTUUUTTTT", 5, 1, "0P 3U 6K 8F"},
        {"TTUF", 5, 1, "0P 2U 3K 3C"},
        {"TUUUUUUUU", 0, 60, "0F 1U"},
        {"TFFUFFFF", 0, 5, "0F 1C 3U 4K 4C 7R"},
        {"UT", 0, 1, "0U 1K 1F"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int restart = 0; restart < 2; restart++) {
            struct str script =
                play(arena, cases[i].marks, cases[i].for_s, cases[i].step_s, restart);
            if (!str_is(script, cases[i].script))
                test_fail(__FILE__, __LINE__, "%s (restart %d): got %s, want %s", cases[i].marks,
                          restart, script.p, cases[i].script);
            test_checked();
        }
    }
}

/* Every sequence of seven readings: a restart anywhere changes nothing, and what must never be is
 * not: firing without holding, resolving on unknown. */
TEST(all_sequences_decide_the_same_after_restarts)
{
    static const char marks[] = "TFUL";
    for (unsigned n = 0; n < 1u << 14; n++) {
        char sequence[8] = {0};
        for (unsigned i = 0; i < 7; i++)
            sequence[i] = marks[n >> (2 * i) & 3];
        struct arena own;
        arena_init(&own);
        struct str plain = play(&own, sequence, 20, 10, false);
        struct str again = play(&own, sequence, 20, 10, true);
        if (!str_equal(plain, again))
            test_fail(__FILE__, __LINE__, "%s: %s, after restarts %s", sequence, plain.p, again.p);
        for (size_t i = 0; i + 1 < plain.n; i++) {
            size_t step = (size_t)(plain.p[i] - '0');
            if (!byte_is_digit(plain.p[i]))
                continue;
            char mark = sequence[step];
            char letter = plain.p[i + 1];
            bool right = letter == 'U'                    ? mark == 'U'
                         : letter == 'P' || letter == 'F' ? mark == 'T'
                         : letter == 'R' || letter == 'C' ? mark == 'F' || mark == 'L'
                                                          : mark != 'U';
            if (!right)
                test_fail(__FILE__, __LINE__, "%s: %s", sequence, plain.p);
        }
        arena_done(&own);
    }
    test_checked();
}

static struct event *add_start(struct event_list *list, int64_t at, int64_t last_seen)
{
    struct event *event =
        event_list_add(list, EVENT_NODE_STARTED, second(at), STR("reeve"), STR("node:a"));
    event_set_instant(event, "last_seen", second(last_seen));
    return event;
}

TEST(time_not_running_does_not_count)
{
    struct rule rule = {.id = STR("r"), .line = 1, .title = STR("t"), .for_ms = 60000};
    struct rules rules = {.items = &rule, .count = 1, .written = 1};
    struct alerts alerts;
    alerts_init(&alerts, arena);
    struct event_list list;
    event_list_init(&list, arena);
    struct evaluation is_true = evaluation_of('T');
    alert_decide(&alerts, &rules, &is_true, second(0), &list);
    CHECK_INT(list.count, 1);
    alert_fold(&alerts, &list.items[0]);
    alert_fold(&alerts, add_start(&list, 1000, 20));
    CHECK_INT(alert_held_ms(alert_find(&alerts, STR("r")), second(1000)), 20000);
    CHECK_STR(alert_progress(arena, alert_find(&alerts, STR("r")), &rule, NULL, second(1010)),
              "true for 30 s of 1 min");
    event_list_init(&list, arena);
    alert_decide(&alerts, &rules, &is_true, second(1039), &list);
    CHECK_INT(list.count, 0);
    alert_decide(&alerts, &rules, &is_true, second(1040), &list);
    CHECK_INT(list.count, 1);
    CHECK_INT(list.items[0].kind, EVENT_ALERT_FIRED);
    CHECK_INT(event_int(&list.items[0], "held_ms"), 60000);
    CHECK_STR(list.items[0].subject, "rule:r");
    alerts_done(&alerts);
}

TEST(unknown_is_not_said_at_once_after_a_start)
{
    struct rule rule = {.id = STR("r"), .line = 1, .title = STR("t")};
    struct rules rules = {.items = &rule, .count = 1, .written = 1};
    struct alerts alerts;
    alerts_init(&alerts, arena);
    struct event_list list;
    event_list_init(&list, arena);
    alert_fold(&alerts, add_start(&list, 0, 0));
    event_list_init(&list, arena);
    struct evaluation unknown = evaluation_of('U');
    alert_decide(&alerts, &rules, &unknown, second(29), &list);
    CHECK_INT(list.count, 0);
    alert_decide(&alerts, &rules, &unknown, second(30), &list);
    CHECK_INT(list.count, 1);
    CHECK_STR(event_sentence(arena, &list.items[0]),
              "Rule on line 1 is unknown: target app has given nothing for 6 s.");
    alerts_done(&alerts);
}

TEST(what_ran_since_is_added_up_and_the_oldest_run_forgotten)
{
    struct ran ran = {.count = 0};
    ran_add(&ran, second(5), second(5)); /* no run */
    CHECK_INT(ran.count, 0);
    for (int64_t i = 0; i <= RUNS_KEPT; i++)
        ran_add(&ran, second(i * 20), second(i * 20 + 10));
    CHECK_INT(ran.count, RUNS_KEPT);
    CHECK_INT(ran_since_ms(&ran, second(0)), RUNS_KEPT * 10000);
    CHECK_INT(ran_since_ms(&ran, second(20 * RUNS_KEPT + 4)), 6000);
    CHECK_INT(ran_begun_since_ms(&ran, second(20 * RUNS_KEPT + 4)), 0);
    CHECK_INT(ran_begun_since_ms(&ran, second(20 * RUNS_KEPT - 4)), 10000);
    ran_shift(&ran, 3600 * 1000);
    CHECK_INT(ran_begun_since_ms(&ran, second(20 * RUNS_KEPT - 4)), RUNS_KEPT * 10000);
}

/* What was heard of before a start waits for its collectors once, and not after each start. */
TEST(restarts_do_not_begin_the_grace_anew)
{
    struct rule rule = {.id = STR("r"), .line = 1, .title = STR("t")};
    struct rules rules = {.items = &rule, .count = 1, .written = 1};
    struct alerts alerts;
    alerts_init(&alerts, arena);
    struct event_list list;
    event_list_init(&list, arena);
    alert_fold(&alerts, add_start(&list, 0, 0));
    alert_fold(&alerts, add_start(&list, 100, 100));
    alert_fold(&alerts, add_start(&list, 120, 120));
    struct evaluation unknown = evaluation_of('U');
    unknown.heard = second(99);
    unknown.missing_since = second(102);
    event_list_init(&list, arena);
    alert_decide(&alerts, &rules, &unknown, second(129), &list);
    CHECK_INT(list.count, 0);
    alert_decide(&alerts, &rules, &unknown, second(130), &list);
    CHECK_INT(list.count, 1);
    CHECK_INT(event_int(&list.items[0], "missed_ms"), 28000);
    /* Nothing was ever read: there is nothing to be missed yet. */
    event_list_init(&list, arena);
    struct evaluation never = evaluation_of('U');
    alert_decide(&alerts, &rules, &never, second(149), &list);
    CHECK_INT(list.count, 0);
    alerts_done(&alerts);
}

TEST(the_sentence_of_an_alert_is_one_line)
{
    struct event_list list;
    event_list_init(&list, arena);
    struct event *event =
        event_list_add(&list, EVENT_ALERT_UNKNOWN, second(0), STR("reeve"), STR("rule:r"));
    event_set_str(event, "rule", STR("r"));
    event_set_int(event, "line", 1);
    event_set_str(event, "reason", STR("x\n     9  Root resolved incident 1\t\r"));
    CHECK_STR(event_sentence(arena, event),
              "Rule on line 1 is unknown: x<U+000A>     9  Root resolved incident "
              "1<U+0009><U+000D>.");
}

TEST(rules_that_left_the_runbook_are_retired)
{
    struct rule rule = {.id = STR("r"), .line = 1, .title = STR("t")};
    struct rules rules = {.items = &rule, .count = 1, .written = 1};
    struct rules none = {0};
    struct alerts alerts;
    alerts_init(&alerts, arena);
    struct event_list list;
    event_list_init(&list, arena);
    struct evaluation is_true = evaluation_of('T');
    alert_decide(&alerts, &rules, &is_true, second(0), &list);
    alert_fold(&alerts, &list.items[0]);
    CHECK_INT(alert_find(&alerts, STR("r"))->state, ALERT_FIRING);
    event_list_init(&list, arena);
    alert_decide(&alerts, &none, NULL, second(1), &list);
    CHECK_INT(list.count, 1);
    CHECK_INT(list.items[0].kind, EVENT_ALERT_RETIRED);
    alert_fold(&alerts, &list.items[0]);
    CHECK(alert_find(&alerts, STR("r")) == NULL);
    event_list_init(&list, arena);
    alert_decide(&alerts, &none, NULL, second(2), &list);
    CHECK_INT(list.count, 0);
    alerts_done(&alerts);
}

/* Five seconds stay five seconds when the wall clock is set, in either direction. */
TEST(a_step_of_the_wall_clock_moves_pending_unknown_and_quiet_times)
{
    static const struct {
        const char *before, *after;
        const char *script;
    } cases[] = {
        {"TTT", "TTTT", "PF"},                         /* pending 3 s, then 2 s more */
        {"TTU", "UUTTTTT", "PUKF"},                    /* the unknown time does not count */
        {"TTTTTTFFFFF", "FFFFFFFFFFFF", "PFCR"},       /* quiet for 15 s in all */
        {"TTTTTTFFFFF", "TFFFFFFFFFFFFFFFF", "PFCPCR"} /* true again in between */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int64_t step_s = -3600; step_s <= 3600; step_s += 3600) {
            struct rule rule = {.id = STR("0123456789abcdef"), .for_ms = 5000};
            struct rules rules = {.items = &rule, .count = 1, .written = 1};
            struct alerts alerts;
            struct str marks = str_printf(arena, "%s%s", cases[i].before, cases[i].after);
            struct text script;
            int64_t at_s[8] = {0};
            size_t at = 0;
            alerts_init(&alerts, arena);
            text_init(&script, arena, 100);
            for (size_t k = 0; k < marks.n; k++) {
                int64_t offset_s = k >= strlen(cases[i].before) ? step_s : 0;
                struct evaluation evaluation = evaluation_of(marks.p[k]);
                struct event_list events;
                event_list_init(&events, arena);
                if (k == strlen(cases[i].before)) {
                    struct event *event =
                        event_list_add(&events, EVENT_CLOCK_STEPPED,
                                       second(100 + (int64_t)k + offset_s), STR("reeve"), STR(""));
                    event_set_int(event, "by_ms", step_s * 1000);
                    alert_fold(&alerts, event);
                    event_list_init(&events, arena);
                }
                alert_decide(&alerts, &rules, &evaluation, second(100 + (int64_t)k + offset_s),
                             &events);
                for (size_t e = 0; e < events.count; e++) {
                    CHECK(at < sizeof at_s / sizeof *at_s);
                    at_s[at++] = (int64_t)k;
                    text_byte(&script, letter_of(events.items[e].kind));
                    alert_fold(&alerts, &events.items[e]);
                }
            }
            CHECK_STR(text_str(&script), cases[i].script);
            if (i == 0)
                CHECK_INT(at_s[1], 5);
            alerts_done(&alerts);
        }
    }
}

TEST(progress_says_why_it_is_unknown_now)
{
    struct rule rule = {.id = STR("r"), .line = 1, .title = STR("t"), .for_ms = 60000};
    struct rules rules = {.items = &rule, .count = 1, .written = 1};
    struct alerts alerts;
    struct event_list list;
    alerts_init(&alerts, arena);
    event_list_init(&list, arena);
    struct evaluation unknown = {.truth = TRUTH_UNKNOWN, .reason = STR("no scrape yet")};
    alert_decide(&alerts, &rules, &unknown, second(100), &list);
    CHECK_INT(list.count, 1);
    alert_fold(&alerts, &list.items[0]);
    const struct alert *alert = alert_find(&alerts, STR("r"));
    unknown.reason = STR("shop refuses connections");
    CHECK_STR(alert_progress(arena, alert, &rule, &unknown, second(140)),
              "unknown for 40 s: shop refuses connections");
    CHECK_STR(alert_progress(arena, alert, &rule, NULL, second(140)),
              "unknown for 40 s: no scrape yet");
    alerts_done(&alerts);
}
