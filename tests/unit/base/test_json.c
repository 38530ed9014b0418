/* test_json.c - the JSON reader and writer. */
#include "harness/test.h"

#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"

TEST(json_reads_a_tree)
{
    struct json *root;
    struct err err = {0};
    CHECK_OK(
        json_parse(arena,
                   STR("{\"a\": [1, -2.5e2, true, null], \"b\": \"x\\u00e4\\ud83d\\udea8\\n\"}"),
                   &root, &err),
        &err);
    CHECK_INT(json_get(root, "a")->count, 4);
    CHECK(json_get(root, "a")->first->next->number == -250);
    CHECK_STR(json_get_str(root, "b"), "x\xC3\xA4\xF0\x9F\x9A\xA8\n");
    CHECK_INT(json_get(root, "a")->offset, 6);
}

TEST(json_refuses)
{
    static const char *const bad[] = {"",
                                      "{",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "{\"a\" 1}",
                                      "{\"a\":1,\"a\":2}",
                                      "01",
                                      "1.",
                                      "1e",
                                      "-",
                                      "\"\x01\"",
                                      "\"\\q\"",
                                      "\"\\ud800\"",
                                      "\"abc",
                                      "nul",
                                      "[1] 2",
                                      "1e999",
                                      "\"\xC0\xAF\"",
                                      "{a:1}",
                                      "[1 2]",
                                      "\"\\u12\"",
                                      "\"\\",
                                      "+1",
                                      ".5",
                                      "'a'",
                                      "[\"a\",\n\"b\"",
                                      "\xEF\xBB\xBF{}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct json *root = NULL;
        struct err err = {0};
        if (json_parse(arena, str_of(bad[i]), &root, &err))
            test_fail(__FILE__, __LINE__, "accepted: %s", bad[i]);
        CHECK(err.kind == ERR_USAGE && err.text[0] && err.place[0]);
    }
}

TEST(json_depth_is_limited)
{
    struct text text;
    struct json *root;
    struct err err = {0};
    text_init(&text, arena, 10000);
    for (int i = 0; i < LIMIT_JSON_DEPTH; i++)
        text_byte(&text, '[');
    for (int i = 0; i < LIMIT_JSON_DEPTH; i++)
        text_byte(&text, ']');
    CHECK_OK(json_parse(arena, text_str(&text), &root, &err), &err);
    struct str deeper = str_printf(arena, "[%s]", text_str(&text).p);
    CHECK(!json_parse(arena, deeper, &root, &err));
    CHECK(strstr(err.text, "too deeply"));
}

TEST(json_writes)
{
    struct text text;
    text_init(&text, arena, 1000);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "a\"", STR("\x01\n/\\"));
    json_open_array(&w, "b");
    json_int(&w, NULL, -5);
    json_real(&w, NULL, 0.5);
    json_bool(&w, NULL, true);
    json_null(&w, NULL);
    json_close_array(&w);
    json_instant_us(&w, "c", 0);
    json_close_object(&w);
    CHECK_STR(text_str(&text), "{\"a\\\"\":\"\\u0001\\n/\\\\\",\"b\":[-5,0.5,true,null],"
                               "\"c\":\"1970-01-01T00:00:00.000000Z\"}");
}

/* One byte at a time, in front of and behind every border of eight bytes. */
TEST(json_quotes_every_byte_at_every_place)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz";
    for (unsigned c = 0; c < 128; c++) {
        for (size_t at = 0; at < 20; at++) {
            char bytes[sizeof plain];
            char escape[8] = {(char)c};
            struct text text;
            struct json *root = NULL;
            memcpy(bytes, plain, sizeof plain);
            bytes[at] = (char)c;
            if (c < 0x20)
                (void)snprintf(escape, sizeof escape, "\\u%04x", c);
            const char *named = c ? strchr("\bb\tt\nn\ff\rr\"\"\\\\", (int)c) : NULL;
            if (named && (c < 0x20 || c == '"' || c == '\\'))
                (void)snprintf(escape, sizeof escape, "\\%c", named[1]);
            text_init(&text, arena, 100);
            json_quote(&text, (struct str){bytes, 24});
            CHECK_SAME(text_str(&text), str_printf(arena, "\"%.*s%s%.*s\"", (int)at, plain, escape,
                                                   (int)(23 - at), plain + at + 1));
            CHECK(json_parse(arena, text_str(&text), &root, NULL));
            CHECK_SAME(root->text, ((struct str){bytes, 24}));
        }
    }
}

TEST(json_quotes_what_is_not_ascii_as_it_is)
{
    struct text text;
    struct str words = STR("\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\x99 \"\xc2\x80\xc2\x9f\"");
    text_init(&text, arena, 100);
    json_quote(&text, words);
    CHECK_STR(text_str(&text),
              "\"\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\x99 \\\"\xc2\x80\xc2\x9f\\\"\"");
}
