/* test_protobuf.c - the wire format read and written, and what is refused of it. */
#include "harness/test.h"
#include "telemetry/protobuf.h"

#define BYTES(literal) ((struct str){literal, sizeof(literal) - 1})

TEST(every_wire_type_is_read)
{
    /* 1: varint 150 (the example of the specification), 2: "testing", 3: fixed32, 4: fixed64. */
    struct protobuf in = protobuf_of(BYTES("\x08\x96\x01\x12\x07testing\x1d\x01\x02\x03\x04"
                                           "\x21\x00\x00\x00\x00\x00\x00\xf8\x3f"));
    struct protobuf_field f;
    struct err err = {0};
    CHECK(protobuf_next(&in, &f));
    CHECK_INT(f.key, PROTOBUF_KEY(1, PROTOBUF_VARINT));
    CHECK_INT(f.value, 150);
    CHECK(protobuf_next(&in, &f));
    CHECK_INT(f.key, PROTOBUF_KEY(2, PROTOBUF_BYTES));
    CHECK_STR(f.bytes, "testing");
    CHECK(protobuf_next(&in, &f));
    CHECK_INT(f.key, PROTOBUF_KEY(3, PROTOBUF_FIXED32));
    CHECK_INT(f.value, 0x04030201);
    CHECK(protobuf_next(&in, &f));
    CHECK_INT(f.key, PROTOBUF_KEY(4, PROTOBUF_FIXED64));
    CHECK(protobuf_double(f.value) > 1.49 && protobuf_double(f.value) < 1.51);
    CHECK(!protobuf_next(&in, &f));
    CHECK_OK(protobuf_check(&in, "Message", &err), &err);
}

TEST(numbers_keep_all_their_bits)
{
    struct protobuf in = protobuf_of(BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    struct protobuf_field f;
    CHECK(protobuf_next(&in, &f));
    CHECK_INT(f.value, -1);
    CHECK_INT(protobuf_zigzag(0), 0);
    CHECK_INT(protobuf_zigzag(1), -1);
    CHECK_INT(protobuf_zigzag(4294967294), 2147483647);
    CHECK_INT(protobuf_zigzag(UINT64_MAX), INT64_MIN);
    /* Zeros in front, as a writer that patches lengths leaves them. */
    in = protobuf_of(BYTES("\x08\x85\x80\x80\x80\x00"));
    CHECK(protobuf_next(&in, &f));
    CHECK_INT(f.value, 5);
}

static void check_bad(struct str message, const char *part)
{
    struct protobuf in = protobuf_of(message);
    struct protobuf_field f;
    struct err err = {0};
    while (protobuf_next(&in, &f))
        continue;
    CHECK(!protobuf_check(&in, "Sample", &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK_STR(str_of(err.place), "Sample");
    if (str_find(str_of(err.text), part, 0) == strlen(err.text))
        test_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", err.text, part);
}

TEST(broken_messages_are_refused_in_a_sentence)
{
    check_bad(BYTES("\x08"), "ends within a number");
    check_bad(BYTES("\x08\x80"), "ends within a number");
    check_bad(BYTES("\x88"), "ends within a number");
    check_bad(BYTES("\x0d\x01\x02\x03"), "ends within a number");
    check_bad(BYTES("\x09\x01\x02\x03\x04\x05\x06\x07"), "ends within a number");
    check_bad(BYTES("\x0a"), "ends within a number");
    check_bad(BYTES("\x0a\x02x"), "reaches beyond the end");
    check_bad(BYTES("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "reaches beyond the end");
    check_bad(BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "over 64 bits");
    check_bad(BYTES("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), "over 64 bits");
    check_bad(BYTES("\x00\x01"), "a number that cannot be");
    check_bad(BYTES("\xf8\xff\xff\xff\x7f\x01"), "a number that cannot be");
    check_bad(BYTES("\x0b\x0c"), "a group");
    check_bad(BYTES("\x0e\x00"), "a group");
}

TEST(what_is_written_is_read)
{
    struct text text;
    struct protobuf_field f;
    text_init(&text, arena, 1000);
    protobuf_write_varint(&text, 1, UINT64_MAX);
    size_t opened = protobuf_open(&text, 2);
    protobuf_write_bytes(&text, 16, STR("inner"));
    protobuf_write_double(&text, 3, -0.5);
    protobuf_close(&text, opened);
    protobuf_write_fixed32(&text, 4, 7);
    struct protobuf in = protobuf_of(text_str(&text));
    CHECK(protobuf_next(&in, &f) && f.value == UINT64_MAX);
    CHECK(protobuf_next(&in, &f) && f.key == PROTOBUF_KEY(2, PROTOBUF_BYTES));
    struct protobuf nested = protobuf_of(f.bytes);
    CHECK(protobuf_next(&nested, &f) && f.key == PROTOBUF_KEY(16, PROTOBUF_BYTES));
    CHECK_STR(f.bytes, "inner");
    CHECK(protobuf_next(&nested, &f) && protobuf_double(f.value) < -0.4);
    CHECK(!protobuf_next(&nested, &f) && !nested.bad);
    CHECK(protobuf_next(&in, &f) && f.value == 7);
    CHECK(!protobuf_next(&in, &f) && !in.bad);
}

TEST(a_text_that_is_full_is_left_alone)
{
    struct text text;
    text_init(&text, arena, 4);
    size_t opened = protobuf_open(&text, 1);
    protobuf_write_bytes(&text, 2, STR("too long"));
    protobuf_close(&text, opened);
    CHECK(text_full(&text));
}
