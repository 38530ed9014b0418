/* test_naming.c - PromQL names the metric that is read, and says when nobody knows which it is. */
#include "alert/naming.h"

#include "alert/ask.h"
#include "alert/burn.h"
#include "harness/test.h"

static const struct instant now = {1700000100000000};

static struct rule rule_of(struct arena *arena, const struct signals *signals, const char *signal)
{
    struct statement statement = {.kind = STATEMENT_ALERT, .line = 9, .id = "0123456789abcdef"};
    statement.text = STR("the line");
    statement.alert = (struct alert_statement){.metric = str_of(signal),
                                               .signal = str_of(signal),
                                               .cmp = CMP_OVER,
                                               .value = 10,
                                               .unit = STR(""),
                                               .level = STR("critical")};
    return rule_make(arena, &statement, signals);
}

static void fold(struct telemetry *telemetry, const char *target, int binding, int64_t at_s)
{
    struct err err = {0};
    struct reading reading = {.signal = STR("failed auth attempts"),
                              .target = str_of(target),
                              .at = instant_add_ms(now, at_s * 1000),
                              .interval_ms = 1000,
                              .kind = SIGNAL_COUNT,
                              .binding = binding};
    CHECK_OK(telemetry_fold(telemetry, &reading, &err), &err);
}

TEST(what_the_targets_show_is_named)
{
    struct signals signals;
    struct telemetry telemetry;
    signals_init(&signals, arena);
    telemetry_init(&telemetry, arena);
    struct rule rule = rule_of(arena, &signals, "failed auth attempts");
    CHECK_STR(rule.promql, "sum(increase(auth_failures_total[1m])) > 10");
    struct naming naming = naming_find(&rule, &telemetry);
    CHECK_INT(naming.count, 0);
    naming_apply(arena, &naming, &rule);
    CHECK_STR(rule.promql, "sum(increase(auth_failures_total[1m])) > 10");
    CHECK_STR(naming_note(arena, &naming, &rule),
              "By the first of 7 usual names: none of them is read now. \"failed auth attempts\" "
              "under signals: in reeve.yaml says another.");
    struct naming untold = {.count = 0};
    CHECK_STR(naming_note(arena, &untold, &rule),
              "By the first of 7 usual names: which of them is read only a running Reeve knows. "
              "\"failed auth attempts\" under signals: in reeve.yaml says another.");
    fold(&telemetry, "app", 4, 1);
    naming = naming_find(&rule, &telemetry);
    naming_apply(arena, &naming, &rule);
    CHECK_STR(rule.promql, "sum(increase(login_failures_total[1m])) > 10");
    CHECK_STR(naming_note(arena, &naming, &rule), "By the one that is read now of 7 usual names.");
    fold(&telemetry, "site", 2, 2);
    naming = naming_find(&rule, &telemetry);
    naming_apply(arena, &naming, &rule);
    CHECK_STR(rule.promql, "sum(increase(failed_auth_attempts_total[1m])) > 10");
    CHECK_STR(naming_note(arena, &naming, &rule),
              "By the first of the 2 of its 7 usual names that are read now; read as well: count "
              "login_failures_total.");
    /* A target that shows another one is read by that from then on; one that is gone is not read.
     */
    fold(&telemetry, "app", 1, 3);
    telemetry_set_targets(&telemetry, &STR("app"), 1);
    naming = naming_find(&rule, &telemetry);
    CHECK(naming.count == 1 && naming.read[0]);
    telemetry_done(&telemetry);
}

TEST(what_an_engine_has_is_named)
{
    struct signals signals;
    struct telemetry telemetry;
    struct asked asked;
    signals_init(&signals, arena);
    telemetry_init(&telemetry, arena);
    asked_init(&asked, arena);
    telemetry.asked = &asked;
    struct rule rule = rule_of(arena, &signals, "failed auth attempts");
    ask_questions(arena, &rule, 15000);
    asked_set(&asked, rule.questions, 1);
    CHECK_INT(naming_find(&rule, &telemetry).count, 0);
    struct asked_series series = {STR("newest 2"), STR(""), STR(""), 1700000100, now};
    struct asked_answer answer = {.at = now, .problem = STR(""), .series = &series, .count = 1};
    asked_take(&asked, rule.questions[0].words, &answer);
    struct naming naming = naming_find(&rule, &telemetry);
    naming_apply(arena, &naming, &rule);
    CHECK_STR(rule.promql, "sum(increase(authentication_failures_total[1m])) > 10");
    telemetry_done(&telemetry);
}

TEST(words_carry_it_to_a_command_beside_the_core)
{
    struct signals signals;
    struct text text;
    struct json *array = NULL;
    struct err err = {0};
    signals_init(&signals, arena);
    struct rule rule = rule_of(arena, &signals, "failed auth attempts");
    struct naming naming = {.read = {false, true, false, true}, .count = 2, .is_told = true};
    text_init(&text, arena, 1024);
    struct json_writer w = {.text = &text};
    naming_write(&w, NULL, &naming, &rule);
    CHECK_STR(text_str(&text),
              "[\"count failed_auth_attempts_total\",\"count login_failures_total\"]");
    CHECK_OK(json_parse(arena, text_str(&text), &array, &err), &err);
    struct naming read = naming_parse(arena, array, &rule);
    CHECK(read.count == 2 && read.is_told && read.read[1] && read.read[3]);
    CHECK_OK(json_parse(arena, STR("[\"count x\",7,null]"), &array, &err), &err);
    CHECK_INT(naming_parse(arena, array, &rule).count, 0);
    CHECK_INT(naming_parse(arena, NULL, &rule).count, 0);
}

TEST(one_binding_is_no_choice_and_a_scale_is_exported)
{
    struct signals signals;
    struct err err = {0};
    signals_init(&signals, arena);
    const struct signal_option kilo[] = {{STR("count"), STR("sent_kb")},
                                         {STR("scale"), STR("1000")}};
    CHECK_OK(signal_bind(&signals, STR("sent bytes"), kilo, 2, &err), &err);
    struct rule rule = rule_of(arena, &signals, "sent bytes");
    struct naming none = {.count = 0};
    CHECK_STR(rule.promql, "sum(increase(sent_kb[1m])) * 1000 > 10");
    CHECK_STR(naming_note(arena, &none, &rule), "");
    CHECK_OK(signal_bind(&signals, STR("sent bytes"), kilo, 1, &err), &err);
    rule = rule_of(arena, &signals, "sent bytes");
    CHECK_STR(naming_note(arena, &none, &rule),
              "By the first of 2 bindings: which of them is read only a running Reeve knows.");
    rule_name(arena, &rule, 1);
    CHECK_STR(rule.promql, "sum(increase(sent_kb[1m])) > 10");
}
