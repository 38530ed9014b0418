/* test_selector.c - selectors and the table of signals. */
#include "harness/test.h"
#include "telemetry/signal.h"

static bool matches(struct arena *arena, const char *selector_text, const char *labels_text)
{
    struct selector selector;
    struct err err = {0};
    CHECK_OK(selector_parse(arena, str_of(selector_text), &selector, &err), &err);
    struct label labels[LABELS_MAX];
    size_t count = 0;
    CHECK_OK(exposition_parse_labels(arena, str_of(labels_text), labels, &count, &err), &err);
    return selector_match(&selector, labels, count);
}

TEST(matchers_mean_what_promql_means)
{
    CHECK(matches(arena, "m", "a=\"b\""));
    CHECK(matches(arena, "m{}", ""));
    CHECK(matches(arena, "m{a=\"b\"}", "a=\"b\""));
    CHECK(!matches(arena, "m{a=\"b\"}", "a=\"bb\""));
    CHECK(matches(arena, "m{a=\"\"}", "x=\"y\""));
    CHECK(!matches(arena, "m{a!=\"\"}", "x=\"y\""));
    CHECK(matches(arena, "m{a!=\"b\"}", "x=\"y\""));
    CHECK(matches(arena, "m{ a =~ \"5..\" , }", "a=\"503\""));
    CHECK(!matches(arena, "m{a=~\"5..\"}", "a=\"5033\""));
    CHECK(!matches(arena, "m{a=~\"0|5\"}", "a=\"503\""));
    CHECK(matches(arena, "m{a=~\"a|b.*\"}", "a=\"bcd\""));
    CHECK(matches(arena, "m{a!~\"5..\"}", "a=\"200\""));
    CHECK(!matches(arena, "m{a!~\".*\"}", "a=\"200\""));
    CHECK(matches(arena, "m{a=~'x\\\\.y',b='c'}", "a=\"x.y\",b=\"c\""));
    CHECK(!matches(arena, "m{a=~\"x\\\\.y\"}", "a=\"xzy\""));
}

TEST(a_costly_pattern_ends)
{
    CHECK(!matches(arena, "m{a=~\"(x+x+)+y\"}",
                   "a=\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\""));
}

TEST(bad_selectors_are_refused)
{
    static const char *const bad[] = {"",
                                      "{a=\"b\"}",
                                      "m{a}",
                                      "m{a=b}",
                                      "m{a=\"b\"",
                                      "m{a=\"b}",
                                      "m[5m]",
                                      "m{a=\"b\"} > 3",
                                      "rate(m[5m])",
                                      "m{a=~\"(\"}",
                                      "m{=\"b\"}",
                                      "m{a==\"b\"}",
                                      "m offset 5m",
                                      "m{a=\"b\" c=\"d\"}"};
    struct selector selector;
    struct err err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        err.text[0] = '\0';
        if (selector_parse(arena, str_of(bad[i]), &selector, &err))
            test_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
        CHECK(err.text[0] != '\0');
    }
}

TEST(selectors_are_written_as_they_were_meant)
{
    struct selector selector;
    struct err err = {0};
    CHECK_OK(selector_parse(arena, STR(" m { a = 'b' , c=~\"x|y\" } "), &selector, &err), &err);
    CHECK_STR(selector_write(arena, &selector, "_bucket"), "m_bucket{a=\"b\",c=~\"x|y\"}");
}

TEST(names_that_are_no_identifiers_stand_in_quotes)
{
    struct selector selector;
    struct err err = {0};
    CHECK_OK(
        selector_parse(arena, STR("{\"http.requests\", \"a.b\"=\"x\", c!='y'}"), &selector, &err),
        &err);
    CHECK_STR(selector.metric, "http.requests");
    CHECK_STR(selector_write(arena, &selector, "_bucket"),
              "{\"http.requests_bucket\",\"a.b\"=\"x\",c!=\"y\"}");
    CHECK(matches(arena, "{\"m\",\"a.b\"=\"x\"}", "\"a.b\"=\"x\",c=\"d\""));
    CHECK(!matches(arena, "m{\"a.b\"=\"x\"}", "\"a.b\"=\"y\""));
    CHECK_OK(selector_parse(arena, STR("{\"m\"}"), &selector, &err), &err);
    CHECK_STR(selector_write(arena, &selector, ""), "m");
    static const char *const bad[] = {"{\"m\"", "{\"m\" \"n\"}", "{\"\"}", "{\"m\"=\"n\"}",
                                      "{\"m\",\"\"=\"n\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (selector_parse(arena, str_of(bad[i]), &selector, &err))
            test_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
}

TEST(the_defaults_compile_and_have_names)
{
    struct signals signals;
    signals_init(&signals, arena);
    CHECK(signals.count >= 7);
    static const char *const names[] = {"error rate",
                                        "response time",
                                        "Failed Logins",
                                        "failed auth attempts",
                                        "database connection pool",
                                        "disk usage",
                                        "memory usage",
                                        "token usage"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        CHECK(signal_find(&signals, str_of(names[i])) != NULL);
    CHECK(signal_find(&signals, STR("checkout error rate")) == NULL);
    CHECK_STR(
        signal_missing(arena, signal_find(&signals, STR("token usage"))),
        "not bound: no metric is known for \"token usage\"; bind it under signals: in reeve.yaml");
}

TEST(the_user_binds_signals)
{
    struct signals signals;
    signals_init(&signals, arena);
    struct err err = {0};
    struct signal_option ratio[] = {{STR("failures"), STR("jobs_failed_total")},
                                    {STR("of"), STR("jobs_total")}};
    CHECK_OK(signal_bind(&signals, STR("Error rate"), ratio, 2, &err), &err);
    const struct signal *signal = signal_find(&signals, STR("latency"));
    CHECK_INT(signal->kind, SIGNAL_QUANTILE);
    signal = signal_find(&signals, STR("error rate"));
    CHECK_INT(signal->alternative_count, 1);
    CHECK_STR(signal->alternatives[0].parts[1].metric, "jobs_total");
    struct signal_option gauge[] = {{STR("gauge"), STR("queue_depth{q=\"mail\"}")}};
    CHECK_OK(signal_bind(&signals, STR("mail queue"), gauge, 1, &err), &err);
    CHECK_INT(signal_find(&signals, STR("Mail Queue"))->kind, SIGNAL_GAUGE);

    struct signal_option bad[] = {{STR("gauge"), STR("a")}, {STR("of"), STR("b")}};
    CHECK(!signal_bind(&signals, STR("x"), bad, 2, &err));
    CHECK(!signal_bind(&signals, STR("error rate"), gauge, 1, &err));
    bad[0].key = STR("failure");
    CHECK(!signal_bind(&signals, STR("x"), bad, 2, &err));
    CHECK(str_starts(str_of(err.text), "signal \"x\": \"failure\" is no option"));
    bad[0] = (struct signal_option){STR("failures"), STR("rate(a[5m])")};
    CHECK(!signal_bind(&signals, STR("x"), bad, 2, &err));
    CHECK(!signal_bind(&signals, STR("x"), bad, 0, &err));
    CHECK(!signal_bind(&signals, STR(""), ratio, 2, &err));
    bad[0] = (struct signal_option){STR("gauge"), STR("a")};
    bad[1] = (struct signal_option){STR("scale"), STR("-1")};
    CHECK(!signal_bind(&signals, STR("x"), bad, 2, &err));
    struct signal_option limit[] = {{STR("used"), STR("a")}, {STR("limit"), STR("b")}};
    CHECK_OK(signal_bind(&signals, STR("tokens"), limit, 2, &err), &err);
    CHECK_STR(signal_find(&signals, STR("token usage"))->alternatives[0].parts[1].metric, "b");
}

TEST(signals_go_to_the_collector_and_back)
{
    struct signals signals;
    signals_init(&signals, arena);
    struct text text;
    text_init(&text, arena, 64 * 1024);
    struct json_writer w = {.text = &text};
    signals_write(&signals, &w, NULL);
    struct json *root;
    struct err err = {0};
    CHECK_OK(json_parse(arena, text_str(&text), &root, &err), &err);
    struct signals again;
    CHECK_OK(signals_parse(arena, root, &again, &err), &err);
    for (size_t i = 0; i < signals.count; i++) {
        const struct signal *signal = signal_find(&again, signals.items[i].name);
        if (signals.items[i].alternative_count == 0) {
            CHECK(signal == NULL);
            continue;
        }
        CHECK_INT(signal->kind, signals.items[i].kind);
        CHECK_INT(signal->alternative_count, signals.items[i].alternative_count);
    }
}
