/* test_resp.c - replies of Redis, whole, in pieces and broken; its addresses. */
#include "harness/test.h"
#include "probe/resp.h"

TEST(replies_are_read_when_they_are_whole)
{
    static const struct {
        const char *read, *text;
        bool is_error, is_null;
    } rows[] = {{"+PONG\r\n", "PONG", false, false}, {"-ERR no\r\n", "ERR no", true, false},
                {":42\r\n", "42", false, false},     {"$5\r\na\r\nbc\r\n", "a\r\nbc", false, false},
                {"$0\r\n\r\n", "", false, false},    {"$-1\r\n", "", false, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str read = str_of(rows[i].read);
        struct resp_reply reply = {.bytes = 0};
        for (size_t n = 0; n < read.n; n++)
            CHECK_INT(resp_read(str_slice(read, 0, n), &reply), RESP_MORE);
        CHECK_INT((int64_t)reply.bytes, 0);
        CHECK_INT(resp_read(read, &reply), RESP_WHOLE);
        CHECK_STR(reply.text, rows[i].text);
        CHECK(reply.is_error == rows[i].is_error && reply.is_null == rows[i].is_null);
        CHECK_INT((int64_t)reply.bytes, (int64_t)read.n);
    }
}

TEST(what_is_no_reply_is_refused)
{
    static const char *const rows[] = {"HTTP/1.1 400\r\n", "*1\r\n+a\r\n", "$abc\r\n", "$-2\r\n",
                                       "$262145\r\n",      "$1\r\nabc",    " \r\n"};
    struct resp_reply reply;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_INT(resp_read(str_of(rows[i]), &reply), RESP_BAD);
    CHECK_INT(resp_read((struct str){"\0\r\n", 3}, &reply), RESP_BAD);
    char *endless = arena_alloc(arena, RESP_BYTES_MAX + 1);
    memset(endless, '+', RESP_BYTES_MAX + 1);
    CHECK_INT(resp_read((struct str){endless, RESP_BYTES_MAX}, &reply), RESP_MORE);
    CHECK_INT(resp_read((struct str){endless, RESP_BYTES_MAX + 1}, &reply), RESP_BAD);
}

TEST(a_word_cannot_become_a_command)
{
    struct text text;
    const struct str words[] = {STR("AUTH"), STR("a\r\nFLUSHALL\r\n")};
    text_init(&text, arena, 200);
    resp_write(&text, words, 2);
    CHECK_STR(text_str(&text), "*2\r\n$4\r\nAUTH\r\n$13\r\na\r\nFLUSHALL\r\n\r\n");
}

TEST(addresses)
{
    struct resp_address address;
    struct err err = {0};
    CHECK_OK(
        resp_read_address(arena, STR(" redis://us%40er:p%3Aa@h.example:7000/12\n"), &address, &err),
        &err);
    CHECK_STR(address.user, "us@er");
    CHECK_STR(address.password, "p:a");
    CHECK_STR(address.host, "h.example");
    CHECK_STR(address.port, "7000");
    CHECK_STR(address.number, "12");
    CHECK_OK(resp_read_address(arena, STR("redis://[::1]"), &address, &err), &err);
    CHECK_STR(address.host, "::1");
    CHECK_STR(address.port, "6379");
    CHECK_STR(address.number, "");
    CHECK_OK(resp_read_address(arena, STR("redis://:secret@h/"), &address, &err), &err);
    CHECK_STR(address.password, "secret");
    CHECK(!address.tls);
    CHECK_OK(resp_read_address(arena, STR("rediss://h:7001/1"), &address, &err), &err);
    CHECK(address.tls);
    CHECK_STR(address.host, "h");
    CHECK_STR(address.port, "7001");
    static const char *const bad[] = {"",
                                      "redis://",
                                      "redis://:secret@",
                                      "redisss://:secret@h",
                                      "rediss://",
                                      "http://:secret@h",
                                      "redis://:secret%4@h",
                                      "redis://:secret%00@h",
                                      "redis://:secret@x@h",
                                      "redis://:secret@h:0",
                                      "redis://:secret@h:70000",
                                      "redis://:secret@h:x",
                                      "redis://:secret@h/x",
                                      "redis://:secret@h/-1",
                                      "redis://:secret@h h",
                                      "redis://:secret@h?db=1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!resp_read_address(arena, str_of(bad[i]), &address, &err));
        CHECK(str_find(str_of(err.text), "secret", 0) == strlen(err.text));
    }
}

TEST(info_by_name)
{
    struct str info = STR("# Server\r\nredis_version:7.0.15\r\nused_memory:12\r\nempty:\r\n");
    CHECK_STR(resp_info(info, "redis_version"), "7.0.15");
    CHECK_STR(resp_info(info, "used_memory"), "12");
    CHECK_STR(resp_info(info, "empty"), "");
    CHECK_STR(resp_info(info, "used"), "");
    CHECK_STR(resp_info(STR(""), "x"), "");
}
