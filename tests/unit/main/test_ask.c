/* test_ask.c - ask: in reeve.yaml, and the orders and answers that are made of it. */
#include "harness/test.h"
#include "main/ask_order.h"

static struct config_errors errors;

static bool read_text(struct arena *arena, const char *text, struct config *out_config)
{
    struct config_input input = {.file = STR("reeve.yaml"), .text = str_of(text)};
    return config_read(arena, &input, out_config, &errors);
}

/* The text must be refused with exactly these lines. */
#define CHECK_REFUSED(text, want)                                                                  \
    do {                                                                                           \
        struct config refused = {0};                                                               \
        CHECK(!read_text(arena, (text), &refused));                                                \
        CHECK_STR(config_errors_text(arena, &errors), (want));                                     \
    } while (0)

static struct config read(struct arena *arena, const char *text)
{
    struct config config = {0};
    bool good = read_text(arena, text, &config);
    CHECK_STR(config_errors_text(arena, &errors), "");
    CHECK(good);
    return config;
}

TEST(what_does_not_go_together_is_refused)
{
    CHECK_REFUSED(
        "ask: {every: 1 s}\n",
        "reeve.yaml:1:7: \"url\" is missing here: What stands before /api/v1/query; for Mimir with "
        "/prometheus at its end.\n");
    CHECK_REFUSED("ask: {url: http://localhost:9090, user: me}\n",
                  "reeve.yaml:1:7: user and password belong together; \"password\" is missing.\n");
    CHECK_REFUSED("ask: {url: http://localhost:9090, token: env:T, user: me, password: env:P}\n",
                  "reeve.yaml:1:7: Give a token, or user and password; not both.\n");
    CHECK_REFUSED("ask: {url: http://prom.example.com, token: env:T}\n",
                  "reeve.yaml:1:7: A token or password is not sent without TLS to another machine; "
                  "give an https:// url.\n");
    CHECK_REFUSED("ask: {url: \"http://h/?x=1\"}\n",
                  "reeve.yaml:1:7: The url of ask: ends before a question: give what stands before "
                  "/api/v1/query.\n");
    CHECK_REFUSED(
        "targets: [{name: prometheus, url: http://h/}]\nask: {url: http://h}\n",
        "reeve.yaml:2:7: The name \"prometheus\" of ask: is that of a target, sender, log "
        "or probe; give another name:.\n");
}

TEST(what_is_not_said_has_its_default)
{
    struct config config = read(arena, "ask: {url: \"https://mimir.example.com/prometheus/\", "
                                       "tenant: a, token: env:T, signals: [error rate]}\n");
    CHECK(config.ask.on);
    CHECK_STR(config.ask.url, "https://mimir.example.com/prometheus");
    CHECK_STR(config.ask.name, "prometheus");
    CHECK_INT(config.ask.every_ms, 15000);
    CHECK_INT(config.ask.deadline_ms, 10000);
    CHECK_INT(config.ask.stale_ms, 120000);
    CHECK_STR(config.ask.token.source, "T");
    CHECK_INT(config.ask.signals.count, 1);
    CHECK_INT(config.secret_count, 1);
    CHECK(!read(arena, "targets: []\n").ask.on);
}

TEST(an_order_holds_the_questions_and_no_secret)
{
    struct config config =
        read(arena, "ask: {url: http://127.0.0.1:9090, user: me, password: env:P, ca: /ca.pem}\n");
    struct str questions[] = {STR("up"), STR("a{b=\"c\"}")};
    struct ask_batch batch = {.questions = questions, .count = 2, .at = {5}, .version = true};
    struct order order = ask_order(arena, &config.ask, &batch);
    CHECK_INT(order.kind, ORDER_ASK);
    CHECK_STR(order.body_json,
              "{\"ca\":\"/ca.pem\",\"questions\":[\"up\",\"a{b=\\\"c\\\"}\"],\"time_us\":5,"
              "\"timeout_ms\":10000,\"url\":\"http://127.0.0.1:9090\",\"user\":\"me\","
              "\"version\":true}");
    CHECK_INT(order.secret_count, 1);
    CHECK_STR(str_of(order.secret_fields[0]), "password");
    CHECK_STR(order.secret_names[0], "ask.password");
    CHECK_INT(order.deadline_ms, 13000);
}

TEST(a_batch_is_bounded)
{
    struct str questions[40];
    struct text text;
    text_init(&text, arena, ASK_BATCH_BYTES);
    for (int i = 0; i < ASK_BATCH_BYTES - 10; i++)
        text_byte(&text, 'x');
    for (size_t i = 0; i < 40; i++)
        questions[i] = STR("up");
    CHECK_INT(ask_batch_count(questions, 40), ASK_BATCH_MAX);
    CHECK_INT(ask_batch_count(questions, 3), 3);
    CHECK_INT(ask_batch_count(questions, 0), 0);
    questions[0] = text_str(&text);
    questions[1] = text_str(&text);
    CHECK_INT(ask_batch_count(questions, 40), 1);
    questions[1] = STR("up");
    CHECK_INT(ask_batch_count(questions, 40), 6);
}

TEST(each_question_has_an_answer)
{
    struct str questions[] = {STR("a"), STR("b")};
    struct ask_batch batch = {.questions = questions, .count = 2};
    struct str version;
    struct order_result result = {
        .outcome = ORDER_DONE,
        .detail = STR("answered."),
        .output = STR("{\"answers\":[{\"at\":7,\"ms\":3,\"problem\":\"\",\"refused\":false,"
                      "\"series\":[[\"of 0\",\"\",\"\",\"2\",7]],\"warnings\":\"\"}],"
                      "\"version\":\"2.42.0\"}")};
    struct instant at = {9};
    struct asked_answer *answers = ask_answers(arena, &batch, &result, at, &version);
    CHECK_STR(version, "2.42.0");
    CHECK_INT(answers[0].count, 1);
    CHECK_STR(answers[0].problem, "");
    CHECK_STR(answers[1].problem, "answered");
    CHECK_INT(answers[1].at.us, 9);
    result = (struct order_result){.outcome = ORDER_DOUBTED, .detail = STR("It was killed.")};
    answers = ask_answers(arena, &batch, &result, at, &version);
    CHECK_STR(answers[0].problem, "It was killed");
    CHECK_STR(version, "");
    result.detail = STR("");
    CHECK_STR(ask_answers(arena, &batch, &result, at, &version)[1].problem,
              "the worker gave no answer");
}
