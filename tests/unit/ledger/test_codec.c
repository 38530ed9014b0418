/* test_codec.c - every kind to a leaf and back; what is refused. */
#include "base/limits.h"
#include "harness/test.h"
#include "ledger/merkle.h"
#include "ledger_sample.h"

#include <math.h>

static void check_same(const struct event *got, const struct event *want)
{
    const struct event_row *row = event_row(want->kind);
    CHECK_INT(got->kind, want->kind);
    CHECK_INT(got->at.us, want->at.us);
    CHECK_SAME(got->actor, want->actor);
    CHECK_SAME(got->subject, want->subject);
    for (size_t i = 0; i < EVENT_FIELDS_MAX && row->fields[i].name; i++) {
        CHECK_SAME(got->values[i].str, want->values[i].str);
        CHECK_INT(got->values[i].integer, want->values[i].integer);
        CHECK(got->values[i].real == want->values[i].real);
        CHECK(!got->values[i].erased);
    }
}

TEST(every_kind_comes_back)
{
    for (int64_t number = 0; number < 5; number++) {
        for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
            struct err err = {0};
            struct event event = sample_event(arena, (enum event_kind)kind, number);
            struct ledger_entry entry;
            struct event back;
            CHECK_OK(codec_write(arena, &event, sample_random, &entry, &err), &err);
            CHECK_OK(codec_read(arena, &entry, &back, &err), &err);
            check_same(&back, &event);
            struct hash hash = merkle_leaf_hash(entry.leaf);
            CHECK(hash_equal(&hash, &entry.leaf_hash));
        }
    }
}

TEST(every_kind_comes_back_empty)
{
    for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
        struct err err = {0};
        struct event event = {.kind = (enum event_kind)kind, .at = {1764000000000000}};
        struct ledger_entry entry;
        struct event back;
        CHECK_OK(codec_write(arena, &event, sample_random, &entry, &err), &err);
        CHECK_INT(entry.text_count, 0);
        CHECK_OK(codec_read(arena, &entry, &back, &err), &err);
        check_same(&back, &event);
    }
}

TEST(leaf_is_canonical)
{
    struct err err = {0};
    struct event_list list;
    event_list_init(&list, arena);
    struct event *event =
        event_list_add(&list, EVENT_INCIDENT_TICKED, (struct instant){1764000000000000},
                       STR("person:ana"), STR("incident:12"));
    event_set_int(event, "number", 12);
    event_set_int(event, "item", 3);
    event_set_int(event, "done", 1);
    event_set_str(event, "text", STR("Tell \"all\""));
    struct ledger_entry entry;
    CHECK_OK(codec_write(arena, event, sample_random, &entry, &err), &err);
    CHECK_STR(
        entry.leaf,
        "{\"actor\":\"person:ana\",\"at\":\"2025-11-24T16:00:00.000000Z\",\"data\":{"
        "\"done\":true,\"item\":3,\"number\":12,\"text\":\"Tell \\\"all\\\"\",\"words\":\"\"},"
        "\"kind\":\"incident.ticked\",\"subject\":\"incident:12\"}");
    CHECK_STR(entry.subject, "incident:12");
}

static struct ledger_entry noted(struct arena *arena, struct str note)
{
    struct event event = {.kind = EVENT_INCIDENT_NOTED,
                          .at = {1764000000000000},
                          .actor = STR("person:ana"),
                          .subject = STR("incident:1")};
    event_set_str(&event, "note", note);
    struct ledger_entry entry;
    struct err err = {0};
    CHECK_OK(codec_write(arena, &event, sample_random, &entry, &err), &err);
    return entry;
}

TEST(texts_stand_beside_with_a_salted_digest)
{
    struct err err = {0};
    struct ledger_entry entry = noted(arena, STR("the note"));
    CHECK_INT(entry.text_count, 1);
    CHECK_INT(entry.texts[0].salt.n, CODEC_SALT_BYTES);
    CHECK_STR(entry.texts[0].text, "the note");
    CHECK(str_find(entry.leaf, "the note", 0) == entry.leaf.n);
    char joined[CODEC_SALT_BYTES + 8];
    memcpy(joined, entry.texts[0].salt.p, CODEC_SALT_BYTES);
    memcpy(joined + CODEC_SALT_BYTES, "the note", 8);
    struct hash hash = hash_of((struct str){joined, sizeof joined});
    char hex[HASH_HEX_BYTES];
    hash_hex(&hash, hex);
    CHECK(str_find(entry.leaf, hex, 0) < entry.leaf.n);
    struct ledger_entry twin = noted(arena, STR("the note"));
    CHECK(!str_equal(twin.leaf, entry.leaf));
    struct event event;
    entry.texts[0].erased = true;
    entry.texts[0].text = STR("");
    CHECK_OK(codec_read(arena, &entry, &event, &err), &err);
    CHECK(event.values[1].erased);
    CHECK(str_find(event_sentence(arena, &event), "(erased)", 0) < event_sentence(arena, &event).n);
}

TEST(a_changed_or_missing_text_is_named)
{
    struct err err = {0};
    struct event event;
    struct ledger_entry entry = noted(arena, STR("the note"));
    entry.sequence = 7;
    entry.texts[0].text = STR("the vote");
    CHECK(!codec_read(arena, &entry, &event, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK_STR(str_of(err.place), "entry 7");
    entry.text_count = 0;
    CHECK(!codec_read(arena, &entry, &event, &err));
    CHECK(str_find(str_of(err.text), "missing", 0) < strlen(err.text));
}

TEST(a_real_that_is_not_finite_reads_back_as_nan)
{
    struct err err = {0};
    struct event event = sample_event(arena, EVENT_ALERT_CALMED, 1);
    event_set_real(&event, "value", (double)INFINITY);
    struct ledger_entry entry;
    CHECK_OK(codec_write(arena, &event, sample_random, &entry, &err), &err);
    CHECK(str_find(entry.leaf, "\"value\":null", 0) < entry.leaf.n);
    CHECK_OK(codec_read(arena, &entry, &event, &err), &err);
    CHECK(isnan(event_real(&event, "value")));
}

TEST(limits_and_encoding_are_refused)
{
    struct err err = {0};
    struct ledger_entry entry;
    struct event event = {.kind = EVENT_INCIDENT_NOTED, .at = {1764000000000000}};
    char *long_text = arena_alloc(arena, LIMIT_EVENT_BYTES + 2);
    memset(long_text, 'x', LIMIT_EVENT_BYTES + 1);
    event_set_str(&event, "note", (struct str){long_text, LIMIT_EVENT_TEXT_BYTES});
    CHECK_OK(codec_write(arena, &event, sample_random, &entry, &err), &err);
    event_set_str(&event, "note", (struct str){long_text, LIMIT_EVENT_TEXT_BYTES + 1});
    CHECK(!codec_write(arena, &event, sample_random, &entry, &err));
    CHECK_INT(err.kind, ERR_SELF);
    struct event stopped = {.kind = EVENT_NODE_STOPPED, .at = {1764000000000000}};
    event_set_str(&stopped, "reason", (struct str){long_text, LIMIT_EVENT_BYTES});
    CHECK(!codec_write(arena, &stopped, sample_random, &entry, &err));
    CHECK(str_find(str_of(err.text), "longer than 65536", 0) < strlen(err.text));
    event_set_str(&stopped, "reason", STR("bad \xff byte"));
    CHECK(!codec_write(arena, &stopped, sample_random, &entry, &err));
    CHECK(str_find(str_of(err.text), "UTF-8", 0) < strlen(err.text));
    CHECK_STR(str_of(err.place), "node.stopped");
}

static bool read_leaf(struct arena *arena, const char *leaf, struct event *out_event,
                      struct err *err)
{
    struct ledger_entry entry = {.sequence = 3, .leaf = str_of(leaf)};
    return codec_read(arena, &entry, out_event, err);
}

TEST(other_versions_of_a_kind)
{
    struct err err = {0};
    struct event event;
    CHECK_OK(read_leaf(arena,
                       "{\"actor\":\"a\",\"at\":\"2025-11-24T16:00:00.000000Z\",\"data\":{"
                       "\"added\":[1],\"pid\":4},\"kind\":\"node.started\",\"subject\":"
                       "\"s\"}",
                       &event, &err),
             &err);
    CHECK_INT(event_int(&event, "pid"), 4);
    CHECK_STR(event_str(&event, "version"), "");
    CHECK(!read_leaf(arena,
                     "{\"actor\":\"a\",\"at\":\"2025-11-24T16:00:00.000000Z\",\"data\":{},"
                     "\"kind\":\"moon.landed\",\"subject\":\"s\"}",
                     &event, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK(str_find(str_of(err.text), "moon.landed", 0) < strlen(err.text));
}

TEST(damaged_leaves)
{
    static const char *const leaves[] = {
        "",
        "null",
        "[]",
        "{",
        "{\"actor\":\"a\"}",
        "{\"actor\":\"a\",\"at\":\"yesterday\",\"data\":{},\"kind\":\"node.started\"}",
        "{\"actor\":\"a\",\"at\":\"2025-11-24T16:00:00Z\",\"data\":[],\"kind\":\"node.started\"}",
        "{\"at\":\"2025-11-24T16:00:00Z\",\"data\":{\"pid\":\"4\"},\"kind\":\"node.started\"}",
        "{\"at\":\"2025-11-24T16:00:00Z\",\"data\":{\"pid\":1.5},\"kind\":\"node.started\"}",
        "{\"at\":\"2025-11-24T16:00:00Z\",\"data\":{\"boot\":1},\"kind\":\"node.started\"}",
        "{\"at\":\"2025-11-24T16:00Z\",\"data\":{},\"kind\":\"node.started\"}",
        "{\"at\":\"2025-11-24T16:00:00Z\",\"data\":{\"done\":1},\"kind\":\"incident.ticked\"}",
        "{\"at\":\"2025-11-24T16:00:00Z\",\"data\":{\"note\":\"x\"},\"kind\":\"incident.noted\"}",
        "{\"at\":\"2025-11-24T16:00:00Z\",\"data\":{\"value\":\"x\"},\"kind\":\"alert.fired\"}",
    };
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++) {
        struct err err = {0};
        struct event event;
        CHECK(!read_leaf(arena, leaves[i], &event, &err));
        CHECK_INT(err.kind, ERR_SELF);
        CHECK_STR(str_of(err.place), "entry 3");
    }
}
