/* test_message.c - the texts of a page, and that no value breaks out of them. */
#include "base/json.h"
#include "harness/test.h"
#include "people/message.h"

TEST(messages_say_what_is_wrong_and_how_to_answer)
{
    struct severity_plan plan;
    struct instant now = {1763982000000000};
    severity_plan_make(NULL, &(struct severity_mapping){0}, &plan);
    struct incident incident = {.number = 1,
                                .severity = "P1",
                                .title = "Error \"rate\"\r\nBcc: evil",
                                .line = 60,
                                .opened = now,
                                .begun = now,
                                .clock_from = now};
    struct page page = {.id = "1-ana-smtp-1", .incident = 1, .person = "ana", .reason = "on call"};
    struct message_facts facts = {.page = &page,
                                  .incident = &incident,
                                  .plan = &plan,
                                  .value_text = STR("7.1 %"),
                                  .rule_text = STR("Error rate > 5%"),
                                  .now = now};
    CHECK_STR(message_subject(arena, &facts), "[P1] Incident 1: Error \"rate\"  Bcc: evil");
    struct str text = message_text(arena, &facts);
    CHECK(str_find(text, "Acknowledge: reeve incident ack 1\n", 0) < text.n);
    CHECK(str_find(text, "Now: 7.1 %\n", 0) < text.n);
    CHECK(str_find(text, "Runbook line 60: Error rate > 5%\n", 0) < text.n);
    CHECK(str_find(text, "Answer by: 2025-11-24 11:30:00 UTC (in 30 min)\n", 0) < text.n);
    facts.ack_url = STR("https://r.example/ack?t=1");
    text = message_text(arena, &facts);
    CHECK(str_find(text, "Acknowledge: https://r.example/ack?t=1\n", 0) < text.n);
    CHECK(str_find(text, "Details:", 0) >= text.n);
    facts.page_url = STR("https://r.example/incidents/1");
    text = message_text(arena, &facts);
    CHECK(
        str_find(text,
                 "Acknowledge: https://r.example/ack?t=1\nDetails: https://r.example/incidents/1\n",
                 0) < text.n);
    incident.state = INCIDENT_ACKNOWLEDGED;
    text = message_text(arena, &facts);
    CHECK(str_find(text, "Details: https://r.example/incidents/1\n", 0) < text.n &&
          str_find(text, "Acknowledge:", 0) >= text.n);
    facts.page_url = STR("");
    text = message_text(arena, &facts);
    CHECK(str_find(text, "Details: reeve incident show 1\n", 0) < text.n);
    struct json *root;
    struct err err = {0};
    CHECK_OK(json_parse(arena, message_json(arena, &facts), &root, &err), &err);
    CHECK_STR(json_get_str(json_get(root, "data"), "page"), "1-ana-smtp-1");
    facts.incident = NULL;
    text = message_text(arena, &facts);
    CHECK(str_find(text, "This is a test", 0) == 0);
}
