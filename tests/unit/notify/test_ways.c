/* test_ways.c - what each provider is asked, and what its answers mean. */
#include "harness/test.h"
#include "notify/ways.h"

static struct way_message sample(void)
{
    return (struct way_message){.to = STR("+38640123456"),
                                .title = STR("[P1] Incident 12: a < b & \"c\""),
                                .text = STR("Error <rate> & more\nAcknowledge: https://r/ack/A.b"),
                                .link = STR("https://r/ack/A.b"),
                                .key = STR("incident-12"),
                                .rank = 1};
}

struct asked {
    struct way way;
    struct way_request request;
    const struct way_row *row;
};

static struct asked ask(struct arena *arena, const char *method, const char *provider,
                        const struct way_message *message)
{
    struct json *root = NULL;
    struct err err = {0};
    CHECK_OK(json_parse(arena, str_of(provider), &root, &err), &err);
    struct asked asked = {
        .way = {.arena = arena, .provider = root, .token = STR("t0p"), .message = message},
        .row = way_find(str_of(method), json_get_str(root, "kind"))};
    CHECK(asked.row != NULL);
    CHECK_OK(asked.row->write(&asked.way, &asked.request, &err), &err);
    return asked;
}

static enum order_outcome judge(const struct asked *asked, long status, const char *body)
{
    struct str why = STR("");
    struct way_answer answer = {status, str_of(body)};
    return asked->row->judge(&asked->way, &answer, &why);
}

TEST(ntfy_is_asked_by_json)
{
    struct way_message message = sample();
    message.to = STR("ana");
    struct asked asked =
        ask(arena, "ntfy", "{\"kind\":\"ntfy\",\"url\":\"https://n.example/\"}", &message);
    CHECK_STR(asked.request.url, "https://n.example/");
    CHECK_STR(asked.request.headers[0], "authorization: Bearer t0p");
    CHECK_STR(asked.request.body,
              "{\"topic\":\"ana\",\"title\":\"[P1] Incident 12: a < b & \\\"c\\\"\",\"message\":"
              "\"Error <rate> & more\\nAcknowledge: https://r/ack/A.b\",\"priority\":4,\"tags\":["
              "\"rotating_light\"],\"click\":\"https://r/ack/A.b\"}");
    static const struct {
        int rank;
        bool over;
        const char *priority;
    } rows[] = {{0, false, "\"priority\":5"},
                {2, false, "\"priority\":3"},
                {7, false, "\"priority\":3"},
                {0, true, "\"priority\":3"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        message.rank = rows[i].rank;
        message.over = rows[i].over;
        asked = ask(arena, "ntfy", "{\"kind\":\"ntfy\",\"url\":\"https://n.example\"}", &message);
        CHECK(str_find(asked.request.body, rows[i].priority, 0) < asked.request.body.n);
    }
}

TEST(twilio_is_asked_by_a_form)
{
    struct way_message message = sample();
    struct asked asked = ask(arena, "sms",
                             "{\"kind\":\"twilio\",\"url\":\"https://api.twilio.com\",\"account\":"
                             "\"AC1\",\"from\":\"+12025550100\",\"callback\":\"https://r/cb?x=1\"}",
                             &message);
    CHECK_STR(asked.request.url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
    CHECK_STR(asked.request.user, "AC1");
    CHECK_STR(asked.request.password, "t0p");
    CHECK_STR(asked.request.body,
              "To=%2B38640123456&From=%2B12025550100&Body=Error%20%3Crate%3E%20%26%20more%0A"
              "Acknowledge%3A%20https%3A%2F%2Fr%2Fack%2FA.b&StatusCallback=https%3A%2F%2Fr%2Fcb%3F"
              "x%3D1");
    asked = ask(arena, "sms",
                "{\"kind\":\"twilio\",\"url\":\"https://t\",\"account\":\"A/1\",\"service\":"
                "\"MG1\"}",
                &message);
    CHECK_STR(asked.request.url, "https://t/2010-04-01/Accounts/A%2F1/Messages.json");
    CHECK(str_find(asked.request.body, "&MessagingServiceSid=MG1&", 0) < asked.request.body.n);
}

TEST(a_call_reads_escaped_words_within_what_a_call_takes)
{
    static const char provider[] =
        "{\"kind\":\"twilio\",\"url\":\"https://t\",\"account\":\"AC1\",\"from\":\"+1\"}";
    struct way_message message = sample();
    message.text = STR("a <b> & \"c\"");
    struct asked asked = ask(arena, "voice", provider, &message);
    CHECK_STR(asked.request.body,
              "To=%2B38640123456&From=%2B1&Twiml=%3CResponse%3E%3CPause%20length%3D%221%22%2F%3E"
              "%3CSay%20loop%3D%222%22%3Ea%20%26lt%3Bb%26gt%3B%20%26amp%3B%20%26quot%3Bc%26quot%3B"
              "%3C%2FSay%3E%3C%2FResponse%3E");
    char *signs = arena_alloc(arena, 3000);
    memset(signs, '"', 3000);
    message.text = (struct str){signs, 3000};
    asked = ask(arena, "voice", provider, &message);
    CHECK(asked.request.body.n < 3 * 4000);
    CHECK(str_ends(asked.request.body, "%3C%2FSay%3E%3C%2FResponse%3E"));
}

TEST(what_twilio_answers)
{
    struct way_message message = sample();
    struct asked asked = ask(
        arena, "sms", "{\"kind\":\"twilio\",\"url\":\"https://t\",\"account\":\"A\"}", &message);
    CHECK_INT(judge(&asked, 201, "{\"sid\":\"SM1\",\"status\":\"queued\",\"error_code\":null}"),
              ORDER_DONE);
    CHECK_INT(judge(&asked, 201, "{\"sid\":\"SM1\",\"status\":\"failed\",\"error_code\":null}"),
              ORDER_REFUSED);
    CHECK_INT(judge(&asked, 201, "{\"sid\":\"SM1\",\"status\":\"queued\",\"error_code\":21610}"),
              ORDER_REFUSED);
    CHECK_INT(judge(&asked, 201, "<html>"), ORDER_DOUBTED);
    CHECK_INT(judge(&asked, 200, "{}"), ORDER_DOUBTED);
}

TEST(a_gateway_is_asked_as_the_configuration_says)
{
    struct way_message message = sample();
    message.text = STR("a\"b&\nc");
    struct asked asked =
        ask(arena, "sms",
            "{\"kind\":\"gateway\",\"url\":\"https://g/{to}\",\"form\":{\"to\":\"{to}\",\"m\":"
            "\"{text} {token}\",\"x\":\"{odd}\"},\"headers\":{\"X-Key\":\"k {token}\"}}",
            &message);
    CHECK_STR(asked.request.method, "POST");
    CHECK_STR(asked.request.url, "https://g/%2B38640123456");
    CHECK_STR(asked.request.body, "to=%2B38640123456&m=a%22b%26%0Ac%20t0p&x=%7Bodd%7D");
    CHECK_STR(asked.request.headers[0], "X-Key: k t0p");
    CHECK_STR(asked.request.user, "");
    asked = ask(arena, "sms",
                "{\"kind\":\"gateway\",\"url\":\"https://g\",\"method\":\"PUT\",\"json\":"
                "\"{\\\"to\\\":\\\"{to}\\\",\\\"t\\\":\\\"{text}\\\"}\",\"user\":\"me\"}",
                &message);
    CHECK_STR(asked.request.body, "{\"to\":\"+38640123456\",\"t\":\"a\\\"b&\\nc\"}");
    CHECK_STR(asked.request.content_type, "application/json");
    CHECK_STR(asked.request.password, "t0p");
    asked = ask(arena, "sms",
                "{\"kind\":\"gateway\",\"url\":\"https://g?a=1\",\"method\":\"GET\",\"form\":{"
                "\"to\":\"{to}\"},\"taken\":[202,302]}",
                &message);
    CHECK_STR(asked.request.url, "https://g?a=1&to=%2B38640123456");
    CHECK_INT(judge(&asked, 202, "ok"), ORDER_DONE);
    CHECK_INT(judge(&asked, 302, ""), ORDER_DONE);
    CHECK_INT(judge(&asked, 200, "ok"), ORDER_REFUSED);
}

TEST(slack_gets_escaped_text_and_says_no_with_200)
{
    struct way_message message = sample();
    message.to = STR("U024BE7LH");
    struct asked asked =
        ask(arena, "slack", "{\"kind\":\"slack\",\"url\":\"https://slack.com\"}", &message);
    CHECK_STR(asked.request.url, "https://slack.com/api/chat.postMessage");
    CHECK_STR(asked.request.body,
              "{\"channel\":\"U024BE7LH\",\"text\":\"[P1] Incident 12: a &lt; b &amp; \\\"c\\\"\\n"
              "Error &lt;rate&gt; &amp; more\\nAcknowledge: https://r/ack/A.b\",\"unfurl_links\":"
              "false,\"unfurl_media\":false}");
    static const struct {
        const char *body;
        enum order_outcome outcome;
    } rows[] = {{"{\"ok\":true,\"ts\":\"1.2\"}", ORDER_DONE},
                {"{\"ok\":false,\"error\":\"channel_not_found\"}", ORDER_REFUSED},
                {"{\"ok\":false,\"error\":\"ratelimited\"}", ORDER_FAILED},
                {"{\"ok\":\"true\"}", ORDER_DOUBTED},
                {"ok", ORDER_DOUBTED},
                {"", ORDER_DOUBTED}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_INT(judge(&asked, 200, rows[i].body), rows[i].outcome);
}

/* Where clicks are taken, a page of one incident has a button; nothing else has. */
TEST(slack_offers_a_button_where_there_is_something_to_acknowledge)
{
    static const char bot[] = "{\"button\":true,\"kind\":\"slack\",\"url\":\"https://slack.com\"}";
    struct way_message message = sample();
    message.to = STR("U024BE7LH");
    struct asked asked = ask(arena, "slack", bot, &message);
    CHECK_STR(
        asked.request.body,
        "{\"channel\":\"U024BE7LH\",\"text\":\"[P1] Incident 12: a &lt; b &amp; \\\"c\\\"\\n"
        "Error &lt;rate&gt; &amp; more\\nAcknowledge: https://r/ack/A.b\",\"blocks\":[{\"type\":"
        "\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"[P1] Incident 12: a &lt; b "
        "&amp; \\\"c\\\"\\nError &lt;rate&gt; &amp; more\\nAcknowledge: https://r/ack/A.b\"}},"
        "{\"type\":\"actions\",\"elements\":[{\"type\":\"button\",\"text\":{\"type\":"
        "\"plain_text\",\"text\":\"Acknowledge\"},\"action_id\":\"reeve_acknowledge\","
        "\"value\":\"12\",\"style\":\"primary\"}]}],\"unfurl_links\":false,"
        "\"unfurl_media\":false}");
    static const struct {
        const char *provider, *key;
        bool over;
    } rows[] = {
        {bot, "incident-12", true}, /* it is over */
        {bot, "pages-12-ana-slack-1", false},
        {bot, "test-ana", false},
        {"{\"button\":false,\"kind\":\"slack\",\"url\":\"https://s\"}", "incident-12", false},
        {"{\"kind\":\"slack\",\"url\":\"https://s\"}", "incident-12", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        message.key = str_of(rows[i].key);
        message.over = rows[i].over;
        asked = ask(arena, "slack", rows[i].provider, &message);
        CHECK(str_find(asked.request.body, "blocks", 0) == asked.request.body.n);
    }
}

TEST(what_was_clicked_in_is_replaced_or_only_its_reader_is_told)
{
    struct way_message message = {.to = STR("https://hooks.slack.com/actions/1"),
                                  .title = STR("Acknowledged by <ana>."),
                                  .text = STR("a &lt; b")};
    struct asked asked =
        ask(arena, "slack-replace", "{\"kind\":\"slack\",\"url\":\"https://s\"}", &message);
    CHECK_STR(asked.request.url, "https://hooks.slack.com/actions/1");
    CHECK_INT(asked.request.header_count, 0); /* the token goes to the Web API only */
    CHECK_STR(
        asked.request.body,
        "{\"replace_original\":true,\"text\":\"a &lt; b\\n\\n*Acknowledged by &lt;ana&gt;.*\","
        "\"blocks\":[{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":"
        "\"a &lt; b\\n\\n*Acknowledged by &lt;ana&gt;.*\"}}]}");
    CHECK_INT(judge(&asked, 200, "ok"), ORDER_DONE);
    CHECK_INT(judge(&asked, 200, "{\"ok\":true}"), ORDER_DONE);
    CHECK_INT(judge(&asked, 200, "{\"ok\":false,\"error\":\"used_url\"}"), ORDER_REFUSED);
    CHECK_INT(judge(&asked, 200, "<html>"), ORDER_DOUBTED);
    message.text = STR("");
    asked = ask(arena, "slack-whisper", "{\"kind\":\"slack\",\"url\":\"https://s\"}", &message);
    CHECK_STR(asked.request.body, "{\"response_type\":\"ephemeral\",\"replace_original\":false,"
                                  "\"text\":\"Acknowledged by &lt;ana&gt;.\"}");
}

TEST(chats_by_webhooks_call_nobody_by_accident)
{
    struct way_message message = sample();
    message.to = STR("https://chat.example/hooks/k");
    message.title = STR("@all *x*");
    struct asked asked = ask(arena, "mattermost", "{\"kind\":\"mattermost\"}", &message);
    CHECK_STR(asked.request.url, "https://chat.example/hooks/k");
    CHECK_STR(asked.request.body, "{\"text\":\"**@\xe2\x80\x8b"
                                  "all \\\\*x\\\\***\\nError \\\\<rate\\\\> & more\\n"
                                  "Acknowledge: https://r/ack/A.b\\n\",\"username\":\"Reeve\"}");
    asked = ask(arena, "discord", "{\"kind\":\"discord\"}", &message);
    CHECK_STR(asked.request.url, "https://chat.example/hooks/k?wait=true");
    CHECK(str_find(asked.request.body, "\"allowed_mentions\":{\"parse\":[]}", 0) <
          asked.request.body.n);
    asked = ask(arena, "teams", "{\"kind\":\"teams\"}", &message);
    CHECK(str_find(asked.request.body, "\"url\":\"https://r/ack/A.b\"", 0) < asked.request.body.n);
}

TEST(pagerduty_and_pushover_know_how_grave_it_is)
{
    struct way_message message = sample();
    message.to = STR("R0UT1NGKEY");
    struct asked asked =
        ask(arena, "pagerduty", "{\"kind\":\"pagerduty\",\"url\":\"https://e.example\"}", &message);
    CHECK_STR(asked.request.url, "https://e.example/v2/enqueue");
    CHECK(
        str_starts(asked.request.body,
                   "{\"routing_key\":\"R0UT1NGKEY\",\"event_action\":\"trigger\",\"dedup_key\":"
                   "\"reeve-incident-12\",\"client\":\"Reeve\",\"payload\":{\"summary\":\"[P1] "));
    CHECK(str_find(asked.request.body, "\"severity\":\"error\"", 0) < asked.request.body.n);
    message.act = STR("resolve");
    asked =
        ask(arena, "pagerduty", "{\"kind\":\"pagerduty\",\"url\":\"https://e.example\"}", &message);
    CHECK_STR(asked.request.body, "{\"routing_key\":\"R0UT1NGKEY\",\"event_action\":\"resolve\","
                                  "\"dedup_key\":\"reeve-incident-12\"}");
    message.act = STR("");
    asked =
        ask(arena, "pushover", "{\"kind\":\"pushover\",\"url\":\"https://p.example\"}", &message);
    CHECK(str_starts(asked.request.body, "token=t0p&user=R0UT1NGKEY&title="));
    CHECK(str_find(asked.request.body, "&priority=1&url=https%3A%2F%2Fr", 0) <
          asked.request.body.n);
    CHECK_INT(judge(&asked, 200, "{\"status\":1,\"request\":\"r\"}"), ORDER_DONE);
    CHECK_INT(judge(&asked, 200, "{\"status\":0}"), ORDER_REFUSED);
    CHECK_INT(judge(&asked, 200, "<"), ORDER_DOUBTED);
}

/* However long the text is: what each takes is kept, and the link is in it. */
TEST(long_texts_are_cut_and_keep_their_link)
{
    static const struct {
        const char *method, *provider;
        size_t most; /* of the whole body */
    } rows[] = {{"ntfy", "{\"kind\":\"ntfy\",\"url\":\"https://n\"}", 4600},
                {"slack", "{\"kind\":\"slack\",\"url\":\"https://s\"}", 4200},
                {"discord", "{\"kind\":\"discord\"}", 2100},
                {"mattermost", "{\"kind\":\"mattermost\"}", 17000},
                {"teams", "{\"kind\":\"teams\"}", 21000}};
    struct text text;
    text_init(&text, arena, 200000);
    while (text.n < 100000)
        text_adds(&text, "line <of> *words* & more\n");
    struct way_message message = sample();
    message.to = STR("https://x/y");
    message.text = text_str(&text);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct asked asked = ask(arena, rows[i].method, rows[i].provider, &message);
        struct json *root = NULL;
        struct err err = {0};
        CHECK_OK(json_parse(arena, asked.request.body, &root, &err), &err);
        if (asked.request.body.n > rows[i].most * 2)
            test_fail(__FILE__, __LINE__, "%s: %zu bytes", rows[i].method, asked.request.body.n);
        CHECK(str_find(asked.request.body, "https://r/ack/A.b", 0) < asked.request.body.n);
    }
}
