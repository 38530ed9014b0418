/* test_slack.c - clicks and events as Slack posts them. */
#include "base/text.h"
#include "harness/test.h"
#include "inbound/slack.h"

static const char click_form[] =
    "{\"type\":\"%s\",\"user\":{\"id\":\"%s\",\"username\":\"ana\"},\"message\":{\"type\":"
    "\"message\",\"text\":\"[P1] a &lt; b\"},\"response_url\":"
    "\"https://hooks.slack.com/actions/1\","
    "\"actions\":[{\"action_id\":\"%s\",\"type\":\"button\",\"value\":\"%s\"}]}";

static struct str click_of(struct arena *arena, const char *type, const char *user,
                           const char *action, const char *value)
{
    struct text text;
    text_init(&text, arena, 4096);
    text_printf(&text, click_form, type, user, action, value);
    return text_str(&text);
}

TEST(a_click_names_its_member_and_its_incident)
{
    struct slack_click click = {0};
    struct err err = {0};
    struct str body = click_of(arena, "block_actions", "U024BE7LH", "reeve_acknowledge", "12");
    CHECK_OK(slack_click_read(arena, body, &click, &err), &err);
    CHECK_STR(click.user, "U024BE7LH");
    CHECK_INT(click.incident, 12);
    CHECK_STR(click.text, "[P1] a &lt; b");
    CHECK_STR(click.response_url, "https://hooks.slack.com/actions/1");
}

TEST(what_is_no_click_says_what_is_missing)
{
    static const struct {
        const char *type, *user, *action, *value, *sentence;
    } rows[] = {
        {"shortcut", "U1", "reeve_acknowledge", "1", "its payload is of no click on a button"},
        {"block_actions", "", "reeve_acknowledge", "1", "its payload names no member"},
        {"block_actions", "u1", "reeve_acknowledge", "1", "its payload names no member"},
        {"block_actions", "U1/..", "reeve_acknowledge", "1", "its payload names no member"},
        {"block_actions", "U12345678901234567890123456789012345678901", "reeve_acknowledge", "1",
         "its payload names no member"},
        {"block_actions", "U1", "deploy", "1", "the button is none of Reeve's"},
        {"block_actions", "U1", "reeve_acknowledge", "0", "the button is none of Reeve's"},
        {"block_actions", "U1", "reeve_acknowledge", "-3", "the button is none of Reeve's"},
        {"block_actions", "U1", "reeve_acknowledge", "1 ", "the button is none of Reeve's"},
        {"block_actions", "U1", "reeve_acknowledge", "", "the button is none of Reeve's"},
    };
    struct slack_click click = {.incident = 77};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        struct str body =
            click_of(arena, rows[i].type, rows[i].user, rows[i].action, rows[i].value);
        CHECK(!slack_click_read(arena, body, &click, &err));
        CHECK_STR(str_of(err.text),
                  str_printf(arena, "This is not what Slack sends: %s.", rows[i].sentence).p);
    }
    static const char *const others[] = {
        "", "[]", "{", "{\"type\":\"block_actions\"}",
        "{\"type\":\"block_actions\",\"user\":{\"id\":\"U1\"},\"actions\":{}}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK(!slack_click_read(arena, str_of(others[i]), &click, NULL));
    CHECK_INT(click.incident, 77);
}

static struct slack_event event_of(struct arena *arena, const char *body)
{
    struct slack_event event = {0};
    struct err err = {0};
    CHECK_OK(slack_event_read(arena, str_of(body), &event, &err), &err);
    return event;
}

TEST(an_address_that_is_tried_gets_its_challenge_back)
{
    struct slack_event event =
        event_of(arena, "{\"type\":\"url_verification\",\"challenge\":\"3eZbrw1aB\"}");
    CHECK_INT(event.kind, SLACK_CHALLENGE);
    CHECK_STR(event.challenge, "3eZbrw1aB");
}

TEST(what_people_write_is_told_apart_from_what_programs_write)
{
    struct slack_event event = event_of(
        arena,
        "{\"type\":\"event_callback\",\"event_id\":\"Ev08MFMKH6\",\"event\":{\"type\":"
        "\"message\",\"channel\":\"C01\",\"user\":\"U1\",\"text\":\"ack &amp; <@U2> in "
        "<#C2|ops> see <https://a.example/?x=1&amp;y=2|here> 1 &lt; 2 &x\",\"ts\":\"1.2\"}}");
    CHECK_INT(event.kind, SLACK_MESSAGE);
    CHECK_STR(event.id, "Ev08MFMKH6");
    CHECK_STR(event.channel, "C01");
    CHECK_STR(event.user, "U1");
    CHECK_STR(event.ts, "1.2");
    CHECK_STR(event.text, "ack & @U2 in #ops see https://a.example/?x=1&y=2 1 < 2 &x");
    static const char *const others[] = {
        "\"type\":\"message\",\"channel\":\"C1\",\"user\":\"U1\",\"bot_id\":\"B1\",\"ts\":\"1\"",
        "\"type\":\"message\",\"channel\":\"C1\",\"user\":\"U1\",\"bot_profile\":{},\"ts\":\"1\"",
        "\"type\":\"message\",\"channel\":\"C1\",\"user\":\"U1\",\"subtype\":\"channel_join\"",
        "\"type\":\"message\",\"channel\":\"C1\",\"text\":\"x\",\"ts\":\"1\"",
        "\"type\":\"app_mention\",\"channel\":\"C1\",\"user\":\"U1\",\"ts\":\"1\""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK_INT(event_of(arena, str_printf(arena,
                                             "{\"type\":\"event_callback\",\"event_id\":\"Ev1\","
                                             "\"event\":{%s}}",
                                             others[i])
                                      .p)
                      .kind,
                  SLACK_OTHER);
    CHECK_INT(event_of(arena, "{\"type\":\"app_rate_limited\"}").kind, SLACK_OTHER);
}

TEST(events_that_are_none_are_refused)
{
    static const char *const rows[] = {
        "",
        "[]",
        "{}",
        "{\"type\":1}",
        "{\"type\":\"url_verification\"}",
        "{\"type\":\"event_callback\"}",
        "{\"type\":\"event_callback\",\"event_id\":\"Ev1\"}",
        "{\"type\":\"event_callback\",\"event_id\":\"Ev 1\",\"event\":{\"type\":\"x\"}}",
        "{\"type\":\"event_callback\",\"event_id\":\"Ev1\",\"event\":[]}",
        "{\"type\":\"event_callback\",\"event_id\":\"Ev1\",\"event\":{}}",
        "{\"type\":\"event_callback\",\"event_id\":\"Ev1\",\"event\":{\"type\":\"message\","
        "\"user\":\"U1\",\"ts\":\"1\"}}",
        "{\"type\":\"event_callback\",\"event_id\":\"Ev1\",\"event\":{\"type\":\"message\","
        "\"user\":\"U1\",\"channel\":\"C1\"}}"};
    struct slack_event event = {.kind = SLACK_OTHER};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        CHECK(!slack_event_read(arena, str_of(rows[i]), &event, &err));
        CHECK(str_starts(str_of(err.text), "This is not what Slack sends: "));
    }
}

TEST(marks_of_slack_become_what_their_writer_saw)
{
    static const struct {
        const char *marked, *plain;
    } rows[] = {{"", ""},
                {"a", "a"},
                {"&amp;lt;", "&lt;"},
                {"<", "<"},
                {"a <b", "a <b"},
                {"<!here>", "!here"},
                {"<#C1>", "#C1"},
                {"<#C1|>", "#C1"},
                {"<mailto:a@b.example|a@b.example>", "mailto:a@b.example"},
                {"&", "&"},
                {"&gt", "&gt"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(slack_plain(arena, str_of(rows[i].marked)), rows[i].plain);
}
