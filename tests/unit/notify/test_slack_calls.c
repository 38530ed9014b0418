/* test_slack_calls.c - what methods of Slack are asked, and what their answers mean. */
#include "harness/test.h"
#include "notify/slack_calls.h"

TEST(each_method_is_asked_in_its_own_words)
{
    struct str c = STR("C01");
    CHECK_STR(slack_create(arena, STR("inc-7-till")).body, "{\"name\":\"inc-7-till\"}");
    CHECK_STR(slack_topic(arena, c, STR("P1 a < b & c")).body,
              "{\"channel\":\"C01\",\"topic\":\"P1 a &lt; b &amp; c\"}");
    CHECK_STR(slack_purpose(arena, c, STR("x")).body, "{\"channel\":\"C01\",\"purpose\":\"x\"}");
    CHECK_STR(slack_invite(arena, c, STR("U1")).body, "{\"channel\":\"C01\",\"users\":\"U1\"}");
    CHECK_STR(slack_post(arena, c, STR("a\nb")).body,
              "{\"channel\":\"C01\",\"text\":\"a\\nb\",\"unfurl_links\":false,\"unfurl_media\":"
              "false}");
    CHECK_STR(slack_update(arena, c, STR("1.2"), STR("a")).body,
              "{\"channel\":\"C01\",\"ts\":\"1.2\",\"text\":\"a\"}");
    CHECK_STR(slack_pin(arena, c, STR("1.2")).body, "{\"channel\":\"C01\",\"timestamp\":\"1.2\"}");
    CHECK_STR(slack_archive(arena, c).body, "{\"channel\":\"C01\"}");
    CHECK_STR(slack_list(arena, STR("")).query,
              "?exclude_archived=true&limit=200&types=public_channel");
    CHECK_STR(slack_list(arena, STR("dGVhbTpD==")).query,
              "?exclude_archived=true&limit=200&types=public_channel&cursor=dGVhbTpD%3D%3D");
    CHECK_STR(str_of(slack_test().method), "auth.test");
}

static struct str repeated(struct arena *arena, const char *s, size_t times)
{
    struct text text;
    text_init(&text, arena, 100000);
    while (times-- > 0)
        text_adds(&text, s);
    return text_str(&text);
}

TEST(a_topic_is_cut_to_250_characters_after_escaping)
{
    struct json *root = NULL;
    static const char *const rows[] = {"č", "<", "ab", "&"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slack_call call = slack_topic(arena, STR("C"), repeated(arena, rows[i], 400));
        struct err err = {0};
        CHECK_OK(json_parse(arena, call.body, &root, &err), &err);
        struct str topic = json_get_str(root, "topic");
        CHECK(str_characters(topic) <= 250 && str_characters(topic) > 240);
        CHECK(str_ends(topic, "…"));
    }
}

TEST(lines_go_together_as_far_as_one_message_holds)
{
    size_t taken = 0;
    struct str lines[3] = {STR("one <1>"), STR("two & three"), STR("")};
    CHECK_STR(slack_lines(arena, lines, 3, &taken), "one &lt;1&gt;\ntwo &amp; three\n");
    CHECK_INT(taken, 3);
    lines[1] = repeated(arena, "<", 1000); /* 4,000 bytes when escaped */
    CHECK_STR(slack_lines(arena, lines, 3, &taken), "one &lt;1&gt;");
    CHECK_INT(taken, 1);
    struct str cut = slack_lines(arena, lines + 1, 1, &taken);
    CHECK_INT(taken, 1);
    CHECK(cut.n <= SLACK_MESSAGE_BYTES && str_ends(cut, "&lt;…"));
    CHECK_STR(slack_lines(arena, lines, 0, &taken), "");
    CHECK_INT(taken, 0);
}

static struct slack_answer read_it(struct arena *arena, long status, const char *body,
                                   int64_t retry_after_s)
{
    struct slack_call call = slack_create(arena, STR("x"));
    struct slack_http http = {.status = status,
                              .body = str_of(body),
                              .retry_after_s = retry_after_s,
                              .problem = STR("timed out")};
    return slack_read(arena, &call, &http);
}

TEST(what_slack_answers_says_what_to_do)
{
    static const struct {
        const char *body;
        enum slack_outcome outcome;
        const char *sentence;
    } rows[] = {
        {"{\"ok\":true,\"channel\":{\"id\":\"C01\"}}", SLACK_DONE, ""},
        {"{\"ok\":false,\"error\":\"already_pinned\"}", SLACK_DONE, ""},
        {"{\"ok\":false,\"error\":\"name_taken\"}", SLACK_TAKEN,
         "A channel has that name, perhaps an archived one."},
        {"{\"ok\":false,\"error\":\"ratelimited\"}", SLACK_LATER, "Slack was asked too often."},
        {"{\"ok\":false,\"error\":\"not_in_channel\"}", SLACK_NO,
         "The bot is no longer in the channel; invite it there with /invite."},
        {"{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"channels:manage\"}", SLACK_NO,
         "The token may not call conversations.create: add the scope channels:manage in Slack's "
         "settings of the application and install it again."},
        {"{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"<b>\"}", SLACK_NO,
         "The token may not call conversations.create: add the scope that it needs in Slack's "
         "settings of the application and install it again."},
        {"{\"ok\":false,\"error\":\"brand_new\"}", SLACK_NO,
         "Slack refuses conversations.create: brand_new."},
        {"{\"ok\":false,\"error\":\"Bearer xoxb-1\"}", SLACK_NO,
         "Slack refuses conversations.create: it does not say why."},
        {"{\"ok\":\"yes\"}", SLACK_DOUBT,
         "What answered conversations.create is not Slack; see whether a proxy stands between."},
        {"<html>", SLACK_DOUBT,
         "What answered conversations.create is not Slack; see whether a proxy stands between."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slack_answer answer = read_it(arena, 200, rows[i].body, 0);
        CHECK_INT(answer.outcome, rows[i].outcome);
        CHECK_STR(answer.sentence, rows[i].sentence);
        CHECK_INT(answer.wait_ms, rows[i].outcome == SLACK_LATER ? 30000 : 0);
    }
    CHECK_INT(read_it(arena, 429, "{\"ok\":false}", 7).wait_ms, 7000);
    CHECK_INT(read_it(arena, 429, "", 0).wait_ms, 30000);
    CHECK_INT(read_it(arena, 429, "", 999999).wait_ms, 3600000);
    CHECK_STR(read_it(arena, 503, "", 0).sentence, "Slack answers conversations.create with 503.");
    CHECK_INT(read_it(arena, 0, "", 0).outcome, SLACK_DOUBT);
    CHECK_STR(read_it(arena, 0, "", 0).sentence, "Slack is not reached: timed out");
    struct slack_call call = slack_test();
    struct slack_http unsent = {.problem = STR("no route"), .unsent = true};
    struct slack_answer answer = slack_read(arena, &call, &unsent);
    CHECK_INT(answer.outcome, SLACK_LATER);
    CHECK_INT(answer.wait_ms, 10000);
}
