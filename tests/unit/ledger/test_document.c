/* test_document.c - docs/ledger.md has one row for every kind, as the table in event.c says. */
#include "base/text.h"
#include "harness/test.h"
#include "ledger/event.h"

static const char *const type_names[] = {
    [FIELD_NONE] = "",     [FIELD_STR] = "string",      [FIELD_INT] = "integer",
    [FIELD_REAL] = "real", [FIELD_BOOL] = "true/false", [FIELD_INSTANT] = "instant",
    [FIELD_TEXT] = "text",
};

static struct str row_of(struct arena *arena, const struct event_row *row)
{
    struct text text;
    text_init(&text, arena, 4096);
    text_printf(&text, "| `%s` | ", row->name);
    for (size_t i = 0; i < EVENT_FIELDS_MAX && row->fields[i].name; i++)
        text_printf(&text, "%s%s %s", i ? ", " : "", row->fields[i].name,
                    type_names[row->fields[i].type]);
    text_printf(&text, " | %s |\n", row->sentence);
    return text_str(&text);
}

TEST(every_kind_stands_in_the_document)
{
    struct str document = test_read_file(arena, test_source_path(arena, "docs/ledger.md"));
    for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
        struct str row = row_of(arena, event_row((enum event_kind)kind));
        test_checked();
        if (str_find(document, row.p, 0) == document.n)
            test_fail(__FILE__, __LINE__, "docs/ledger.md lacks this row:\n%s", row.p);
    }
}

static void check_sentence(struct arena *arena, const struct event *event, const char *want)
{
    CHECK_STR(event_sentence(arena, event), want);
}

TEST(one_of_a_thing_is_told_as_one)
{
    struct event_list list;
    struct instant at = {1795440000LL * 1000000};
    event_list_init(&list, arena);
    struct event *event =
        event_list_add(&list, EVENT_RUN_TAKEN_BACK, at, STR("person:ana"), STR("run:1"));
    event_set_int(event, "number", 1);
    event_set_int(event, "steps", 1);
    event_set_str(event, "reason", STR("wrong day"));
    check_sentence(arena, event, "Ana takes run 1 back by 1 more step: wrong day");
    event_set_int(event, "steps", 2);
    check_sentence(arena, event, "Ana takes run 1 back by 2 more steps: wrong day");
    event = event_list_add(&list, EVENT_LEDGER_UNWRITABLE, at, STR("reeve"), STR("node"));
    event_set_instant(event, "since", at);
    event_set_str(event, "reason", STR("disk full"));
    event_set_int(event, "pages", 1);
    struct str sentence = event_sentence(arena, event);
    CHECK(str_ends(sentence, "disk full; 1 page went out unrecorded."));
}

TEST(sentences_are_written_for_people)
{
    struct event_list list;
    struct instant at = {1795440000LL * 1000000}; /* 2026-11-23 13:20:00 */
    event_list_init(&list, arena);
    struct event *event = event_list_add(&list, EVENT_PAGE_SENT, at, STR("reeve"), STR("page:x"));
    event_set_str(event, "page", STR("1-ben-webhook-1"));
    event_set_str(event, "detail", STR("200 Taken"));
    check_sentence(arena, event, "Ben was reached by webhook (200 Taken).");
    event_set_str(event, "page", STR("12-mary-jane-smtp-30"));
    check_sentence(arena, event, "Mary-jane was reached by mail (200 Taken).");
    event_set_str(event, "page", STR("strange"));
    check_sentence(arena, event, "Strange was reached by  (200 Taken).");
    event = event_list_add(&list, EVENT_PAGE_REQUESTED, at, STR("reeve"), STR("page:x"));
    event_set_str(event, "page", STR("7-ana-smtp-1"));
    event_set_str(event, "reason", STR("on call"));
    check_sentence(arena, event, "Ana is to be told of incident 7 by mail: on call.");
    event_set_str(event, "page", STR("0-ana-smtp-1"));
    event_set_str(event, "reason", STR("a test"));
    check_sentence(arena, event, "Ana is to be told of a trial by mail: a test.");
    event = event_list_add(&list, EVENT_INCIDENT_RESPONSE_MISSED, at, STR("reeve"), STR("x"));
    event_set_int(event, "number", 3);
    event_set_instant(event, "due", (struct instant){at.us - 115940});
    check_sentence(arena, event,
                   "Incident 3 was not answered within its response time (due at 13:19:59 UTC).");
    event_set_instant(event, "due", (struct instant){at.us - 86400LL * 1000000});
    check_sentence(arena, event,
                   "Incident 3 was not answered within its response time (due at 2026-11-22 "
                   "13:20:00 UTC).");
    event = event_list_add(&list, EVENT_INCIDENT_TICKED, at, STR("program:deploy"), STR("x"));
    event_set_int(event, "number", 3);
    event_set_int(event, "item", 2);
    event_set_int(event, "done", true);
    event_set_str(event, "text", STR("Tell the customers"));
    check_sentence(arena, event,
                   "The program deploy set item 2 of incident 3 to done: Tell the customers.");
}

TEST(what_stands_outside_the_runbook_has_no_line)
{
    struct event_list list;
    event_list_init(&list, arena);
    struct event *event =
        event_list_add(&list, EVENT_INCIDENT_JOINED, (struct instant){1795440000LL * 1000000},
                       STR("reeve"), STR("incident:2"));
    event_set_int(event, "number", 2);
    event_set_str(event, "title", STR("nightly-backup is late"));
    check_sentence(arena, event, "Incident 2 was joined by: nightly-backup is late.");
    event_set_int(event, "line", 12);
    check_sentence(arena, event, "Rule on line 12 joined incident 2: nightly-backup is late.");
}
