/* test_asked_answer.c - what an engine's answers are read as, also those that are none; the table
 * of questions. */
#include "harness/test.h"
#include "telemetry/asked.h"

#include <math.h>

#define VECTOR "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["

static struct asked_answer read_as(struct arena *arena, const char *body, int64_t status)
{
    struct asked_answer answer;
    asked_read(arena, str_of(body), status, &answer);
    return answer;
}

TEST(a_vector_is_read_with_its_labels)
{
    struct asked_answer answer = read_as(
        arena,
        VECTOR "{\"metric\":{\"__name__\":\"disk\",\"reeve_part\":\"gauge 0\",\"mountpoint\":\"/"
               "\",\"job\":\"a\\\"b\"},\"value\":[1700000000.25,\"0.5\"]},"
               "{\"metric\":{\"le\":\"+Inf\"},\"value\":[1700000000,\"12\"]}]},"
               "\"warnings\":[\"slow store\",\"another\"]}",
        200);
    CHECK_STR(answer.problem, "");
    CHECK_STR(answer.warnings, "slow store; another");
    CHECK_INT(answer.count, 2);
    CHECK_STR(answer.series[0].part, "gauge 0");
    CHECK_STR(answer.series[0].labels, "disk{mountpoint=\"/\",job=\"a\\\"b\"}");
    CHECK_INT(answer.series[0].at.us, 1700000000250000);
    CHECK(answer.series[0].value > 0.4999 && answer.series[0].value < 0.5001);
    CHECK_STR(answer.series[1].le, "+Inf");
    CHECK_STR(answer.series[1].labels, "");
}

TEST(an_empty_vector_is_an_answer_without_series)
{
    struct asked_answer answer = read_as(arena, VECTOR "]}}", 200);
    CHECK_STR(answer.problem, "");
    CHECK_INT(answer.count, 0);
}

TEST(what_is_no_number_stays_what_it_is)
{
    struct asked_answer answer = read_as(
        arena,
        VECTOR "{\"metric\":{},\"value\":[1,\"NaN\"]},{\"metric\":{},\"value\":[1,\"+Inf\"]}"
               ",{\"metric\":{},\"value\":[1,\"-Inf\"]}]}}",
        200);
    CHECK_INT(answer.count, 3);
    CHECK(isnan(answer.series[0].value));
    CHECK(isinf(answer.series[1].value) && answer.series[1].value > 0);
    CHECK(isinf(answer.series[2].value) && answer.series[2].value < 0);
}

TEST(a_scalar_is_one_series)
{
    struct asked_answer answer = read_as(
        arena, "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"2\"]}}",
        200);
    CHECK_INT(answer.count, 1);
    CHECK(answer.series[0].value > 1.99 && answer.series[0].value < 2.01);
}

TEST(the_engines_own_words_are_kept)
{
    struct asked_answer answer = read_as(
        arena,
        "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"1:5: parse error: no.\"}",
        400);
    CHECK_STR(answer.problem, "it refuses the question: 1:5: parse error: no");
    CHECK(answer.refused);
    answer = read_as(arena, "{\"status\":\"error\",\"error\":\"query timed out\"}", 503);
    CHECK_STR(answer.problem, "it answers 503: query timed out");
    CHECK(!answer.refused);
    answer = read_as(arena, "<html>nginx</html>", 502);
    CHECK_STR(answer.problem, "it answers 502");
    answer = read_as(arena, "", 401);
    CHECK(str_starts(answer.problem, "it answers 401; check token"));
    answer = read_as(arena, "", 404);
    CHECK(str_starts(answer.problem, "it answers 404; check the url"));
    answer = read_as(arena, "<html>", 400);
    CHECK(!answer.refused);
}

TEST(what_is_no_answer_is_a_problem)
{
    static const struct {
        const char *body, *problem;
    } cases[] = {
        {"", "its answer is no whole JSON, at 1:1"},
        {VECTOR "{\"metric\":{},\"val", "its answer is no whole JSON, at 1:75"},
        {"[]", "its answer is no whole JSON"},
        {"{}", "it reports an error: without words"},
        {"{\"status\":\"success\"}",
         "its answer is none to a query; check the url of ask: in reeve.yaml"},
        {"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}",
         "it answers with a matrix where values of one instant were asked for"},
        {"{\"status\":\"success\",\"data\":{\"resultType\":\"string\",\"result\":[1,\"x\"]}}",
         "it answers with a string where values of one instant were asked for"},
        {"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":{}}}",
         "its answer says \"vector\" and holds none"},
        {"{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1]}}",
         "the number of its answer cannot be read"},
        {VECTOR "{\"metric\":{},\"value\":[1,\"x\"]}]}}", "a series of its answer cannot be read"},
        {VECTOR "{\"metric\":{},\"value\":[1,2]}]}}", "a series of its answer cannot be read"},
        {VECTOR "{\"metric\":{},\"value\":[-1,\"2\"]}]}}", "a series of its answer cannot be read"},
        {VECTOR "{\"metric\":{\"a\":1},\"value\":[1,\"2\"]}]}}",
         "a series of its answer cannot be read"},
        {VECTOR "7]}}", "a series of its answer cannot be read"},
        {VECTOR "{\"metric\":{},\"histogram\":[1,{}]}]}}",
         "it answers with a native histogram, which is not one value"},
        {"{\"status\":\"success\",\"isPartial\":true,\"data\":{\"resultType\":\"vector\","
         "\"result\":[]}}",
         "it answers with a part of the data only: some of its stores are away"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct asked_answer answer = read_as(arena, cases[i].body, 200);
        CHECK_STR(answer.problem, cases[i].problem);
        CHECK_INT(answer.count, 0);
        CHECK(!answer.refused);
    }
}

TEST(too_many_series_are_refused)
{
    struct text text;
    text_init(&text, arena, 1024 * 1024);
    text_adds(&text, VECTOR);
    for (int i = 0; i <= ASKED_SERIES_MAX; i++)
        text_printf(&text, "%s{\"metric\":{\"a\":\"%d\"},\"value\":[1,\"2\"]}", i ? "," : "", i);
    text_adds(&text, "]}}");
    struct asked_answer answer = read_as(arena, text_str(&text).p, 200);
    CHECK_STR(answer.problem, "it answers with 901 series, more than the 900 that are taken");
    CHECK_INT(answer.count, 0);
}

TEST(the_version_is_read)
{
    struct str body = STR("{\"status\":\"success\",\"data\":{\"version\":\"2.42.0+ds\"}}");
    CHECK_STR(asked_read_version(arena, body), "2.42.0+ds");
    CHECK_STR(asked_read_version(arena, STR("404 page not found")), "");
    CHECK_STR(asked_read_version(arena, STR("{\"data\":7}")), "");
}

TEST(an_answer_goes_over_the_wire)
{
    struct asked_series series[] = {
        {STR("of 0"), STR(""), STR("x{a=\"b\"}"), 0.1, {5}},
        {STR("edge 0"), STR("+Inf"), STR(""), NAN, {6}},
        {STR("edge 0"), STR("0.5"), STR(""), INFINITY, {7}},
        {STR("edge 0"), STR("1"), STR(""), -INFINITY, {8}},
    };
    struct asked_answer answer = {
        .at = {42}, .took_ms = 12, .problem = STR(""), .warnings = STR("w"), .series = series};
    struct asked_answer again;
    struct text text;
    struct json *root = NULL;
    struct err err = {0};
    answer.count = 4;
    text_init(&text, arena, 4096);
    struct json_writer w = {.text = &text};
    asked_write(&w, &answer);
    CHECK_OK(json_parse(arena, text_str(&text), &root, &err), &err);
    CHECK(asked_parse(arena, root, &again));
    CHECK_INT(again.count, 4);
    CHECK_INT(again.at.us, 42);
    CHECK_INT(again.took_ms, 12);
    CHECK_STR(again.warnings, "w");
    CHECK_STR(again.series[0].labels, "x{a=\"b\"}");
    CHECK(again.series[0].value > 0.09999 && again.series[0].value < 0.10001);
    CHECK(isnan(again.series[1].value) && again.series[1].at.us == 6);
    CHECK(isinf(again.series[2].value) && again.series[2].value > 0);
    CHECK(isinf(again.series[3].value) && again.series[3].value < 0);
    CHECK(!asked_parse(arena, NULL, &again));
    CHECK_OK(json_parse(arena, STR("{\"at\":1,\"ms\":1,\"series\":[[1]]}"), &root, &err), &err);
    CHECK(!asked_parse(arena, root, &again));
}

TEST(the_newest_good_answer_stays_beside_a_problem)
{
    struct asked asked;
    const struct asked_wanted words[] = {
        {STR("a"), 60000, false}, {STR("b"), 3600000, true}, {STR("a"), 15000, false}};
    struct asked_series series = {STR("of 0"), STR(""), STR(""), 1, {5}};
    struct asked_answer good = {.at = {10}, .series = &series, .count = 1};
    struct asked_answer bad = {.at = {20}, .problem = STR("it answers 503")};
    asked_init(&asked, arena);
    asked_set(&asked, words, 3);
    CHECK_INT(asked.questions.count, 2);
    CHECK_INT(asked_find(&asked, STR("a"))->every_ms, 15000);
    CHECK(asked_find(&asked, STR("b"))->hourly);
    asked_set(&asked, words, 2);
    CHECK_INT(asked_find(&asked, STR("a"))->every_ms, 60000);
    asked_set(&asked, words, 3);
    CHECK_INT(asked_find(&asked, STR("a"))->every_ms, 15000);
    asked_take(&asked, STR("a"), &good);
    asked_take(&asked, STR("a"), &bad);
    asked_take(&asked, STR("nobody's"), &good);
    const struct asked_question *question = asked_find(&asked, STR("a"));
    CHECK_INT(question->newest.at.us, 20);
    CHECK_INT(question->good.at.us, 10);
    CHECK_STR(question->good.series[0].part, "of 0");
    /* What goes and comes again begins anew. */
    asked_set(&asked, words + 1, 1);
    CHECK(!asked_find(&asked, STR("a")));
    asked_set(&asked, words, 2);
    CHECK_INT(asked_find(&asked, STR("a"))->good.at.us, 0);
    asked_take(&asked, STR("b"), &good);
    asked_forget(&asked);
    CHECK_INT(asked_find(&asked, STR("b"))->newest.at.us, 0);
    asked_done(&asked);
}
