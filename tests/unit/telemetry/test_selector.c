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

TEST(what_is_left_is_told_by_a_word_of_the_name)
{
    static const char *const left[] = {"disk space free", "Memory Available", "MemAvailable",
                                       "free_memory",     "tokens remaining", "seats left",
                                       "pool-idle",       "headroom",         "connectionsUnused"};
    static const char *const others[] = {"disk usage",   "availability",
                                         "freezer",      "leftmost",
                                         "memory",       "database connection pool",
                                         "unavailable%", "",
                                         "MEMFREEZE"};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        CHECK(signal_is_left(str_of(left[i])));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CHECK(!signal_is_left(str_of(others[i])));
}

/* The collector is told by the same name, so it measures the same. */
TEST(a_share_of_what_is_left_is_not_turned_into_one_of_what_is_used)
{
    struct signals signals;
    struct err err = {0};
    signals_init(&signals, arena);
    struct signal_option from_free[] = {{STR("free"), STR("f")}, {STR("of"), STR("z")}};
    struct signal_option from_used[] = {{STR("used"), STR("u")}, {STR("of"), STR("z")}};
    CHECK_OK(signal_bind(&signals, STR("disk space free"), from_free, 2, &err), &err);
    CHECK_OK(signal_bind(&signals, STR("pool idle"), from_used, 2, &err), &err);
    CHECK_OK(signal_bind(&signals, STR("disk space"), from_free, 2, &err), &err);
    CHECK_OK(signal_bind(&signals, STR("cache memory"), from_used, 2, &err), &err);
    CHECK(!signal_find(&signals, STR("disk space free"))->alternatives[0].complement);
    CHECK(signal_find(&signals, STR("disk space free"))->left);
    CHECK(signal_find(&signals, STR("pool idle"))->alternatives[0].complement);
    CHECK(signal_find(&signals, STR("disk usage"))->alternatives[0].complement);
    CHECK(!signal_find(&signals, STR("disk usage"))->left);
    CHECK(!signal_find(&signals, STR("cache memory"))->alternatives[0].complement);
}

static struct str value_of(struct arena *arena, const char *selector_text)
{
    struct selector selector;
    struct err err = {0};
    if (!selector_parse(arena, str_of(selector_text), &selector, &err))
        return str_printf(arena, "refused: %s", err.text);
    return selector.matchers[0].value;
}

TEST(escapes_are_promqls)
{
    CHECK(matches(arena, "m{a=~\"5\\\\d\\\\d\"}", "a=\"503\""));
    CHECK(matches(arena, "m{a=~`5\\d\\d`}", "a=\"503\""));
    CHECK(matches(arena, "m{a=\"x\\ny\"}", "a=\"x\\ny\""));
    CHECK_STR(value_of(arena, "m{a=\"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"'\"}"), "\a\b\f\n\r\t\v\\\"'");
    CHECK_STR(value_of(arena, "m{a='\\'\"\\x41\\102\\u00e4\\U0001F600'}"),
              "'\"AB\xc3\xa4\xf0\x9f\x98\x80");
    CHECK_STR(value_of(arena, "m{a=`\\n\"'\n`}"), "\\n\"'\n");
    CHECK_INT(value_of(arena, "m{a=\"\\000\"}").n, 1);
    CHECK_STR(value_of(arena, "m{a=\"\\u20AC\\377\"}"), "\xe2\x82\xac\xff");
}

TEST(escapes_that_promql_does_not_know_are_refused_with_their_place)
{
    static const char *const cases[][2] = {
        {"m{a=~\"5\\d\\d\"}",
         "the escape \\d is unknown to PromQL; write \\\\ for a backslash, or put the value in "
         "back quotes, at byte 8 of \"m{a=~\"5\\d\\d\"}\""},
        {"m{a=\"\\'\"}",
         "the escape \\' is unknown to PromQL; this quote stands without a backslash, at byte 6 of "
         "\"m{a=\"\\'\"}\""},
        {"m{a=\"\\x4g\"}",
         "the escape \\x4 has fewer than two hexadecimal digits, at byte 6 of \"m{a=\"\\x4g\"}\""},
        {"m{a=\"\\08\"}",
         "the escape \\0 has fewer than three octal digits, at byte 6 of \"m{a=\"\\08\"}\""},
        {"m{a=\"\\400\"}",
         "the escape \\400 is no byte: the last one is \\377, at byte 6 of \"m{a=\"\\400\"}\""},
        {"m{a=\"\\ud800\"}",
         "the escape \\ud800 is no code point of Unicode, at byte 6 of \"m{a=\"\\ud800\"}\""},
        {"m{a=\"\\U00110000\"}", "the escape \\U00110000 is no code point of Unicode, at byte 6 of "
                                 "\"m{a=\"\\U00110000\"}\""},
        {"m{a=\"\\", "the escape \\ has no end, at byte 6 of \"m{a=\"\\\""},
        {"m{a=\"x\ny\"}", "the quote at byte 5 of \"m{a=\"x\ny\"}\" is not closed on its line; "
                          "write \\n for the end of a line"},
        {"m{a=`x}", "the quote at byte 5 of \"m{a=`x}\" is not closed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_STR(value_of(arena, cases[i][0]),
                  str_printf(arena, "refused: the value of label a: %s", cases[i][1]).p);
}

TEST(names_in_quotes_have_the_same_escapes)
{
    struct selector selector;
    struct err err = {0};
    CHECK_OK(selector_parse(arena, STR("{'a\\\\\\u00e4', `b\\`=\"\\x41\"}"), &selector, &err),
             &err);
    CHECK_STR(selector.metric, "a\\ä");
    CHECK_STR(selector_write(arena, &selector, "_count"), "{\"a\\\\ä_count\",\"b\\\\\"=\"A\"}");
    CHECK_STR(value_of(arena, "{\"a\\d\"}"),
              "refused: the escape \\d is unknown to PromQL; write \\\\ for a backslash, or put "
              "the value in back quotes, at byte 4 of \"{\"a\\d\"}\"");
    CHECK_STR(value_of(arena, "{\"a\\xff\"}"), "refused: a name in quotes is no UTF-8");
}

TEST(a_selector_names_its_metric_once)
{
    CHECK_STR(value_of(arena, " m{ __name__=~\"m.*\"}"),
              "refused: the selector names its metric twice, as m and by __name__; leave __name__ "
              "out");
    CHECK_STR(value_of(arena, "{\"m.n\", \"__name__\"=\"m\"}"),
              "refused: the selector names its metric twice, as m.n and by __name__; leave "
              "__name__ out");
}

/* As promtool reads it: what is no letter is escaped, what is no UTF-8 is bytes. */
TEST(values_are_written_with_promqls_escapes)
{
    struct selector selector;
    struct err err = {0};
    CHECK_OK(selector_parse(arena, STR("m{a=~`5\\d\\d`,b='\\n\\t\\r\"\\x01\\x7f\\xffä'}"),
                            &selector, &err),
             &err);
    CHECK_STR(selector_write(arena, &selector, ""),
              "m{a=~\"5\\\\d\\\\d\",b=\"\\n\\t\\r\\\"\\x01\\x7f\\xffä\"}");
}
