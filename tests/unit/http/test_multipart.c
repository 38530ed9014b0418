/* test_multipart.c - forms with files: parts, and bodies that are none. */
#include "base/text.h"
#include "harness/test.h"
#include "http/multipart.h"

static const char form[] =
    "--xyz\r\n"
    "Content-Disposition: form-data; name=\"number\"\r\n\r\n"
    "3\r\n"
    "--xyz\r\n"
    "Content-Disposition: form-data; name=\"attach\"; filename=\"a b.png\"\r\n"
    "Content-Type: image/png\r\n\r\n"
    "\x89PNG\r\n--xy\r\n--xyzz not\r\n\r\n"
    "--xyz\r\n"
    "Content-Disposition: form-data; name=\"empty\"\r\n\r\n"
    "\r\n"
    "--xyz--\r\n";

TEST(the_type_names_the_boundary)
{
    struct str boundary = STR("");
    (void)arena;
    CHECK(http_multipart_is(STR("multipart/form-data; boundary=xyz"), &boundary));
    CHECK_STR(boundary, "xyz");
    CHECK(
        http_multipart_is(STR("Multipart/Form-Data; charset=utf-8; boundary=\"x y\""), &boundary));
    CHECK_STR(boundary, "x y");
    CHECK(!http_multipart_is(STR("multipart/form-data"), &boundary));
    CHECK(!http_multipart_is(STR("multipart/form-data; boundary="), &boundary));
    CHECK(!http_multipart_is(STR("application/x-www-form-urlencoded"), &boundary));
    CHECK(!http_multipart_is(STR(""), &boundary));
}

TEST(parts_are_read_in_order_whatever_bytes_they_have)
{
    struct http_part parts[HTTP_PARTS_MAX];
    size_t count = 0;
    (void)arena;
    CHECK(http_multipart_read(str_of(form), STR("xyz"), parts, &count));
    CHECK_INT(count, 3);
    CHECK_STR(parts[0].name, "number");
    CHECK_STR(parts[0].data, "3");
    CHECK(!parts[0].is_file);
    CHECK_STR(parts[1].name, "attach");
    CHECK(parts[1].is_file);
    CHECK_STR(parts[1].file_name, "a b.png");
    CHECK_STR(parts[1].data, "\x89PNG\r\n--xy\r\n--xyzz not\r\n");
    CHECK_STR(parts[2].name, "empty");
    CHECK_STR(parts[2].data, "");
}

TEST(every_body_that_is_cut_off_is_refused)
{
    struct http_part parts[HTTP_PARTS_MAX];
    size_t count = 7;
    (void)arena;
    for (size_t n = 0; n < sizeof form - 5; n++)
        CHECK(!http_multipart_read(str_slice(str_of(form), 0, n), STR("xyz"), parts, &count));
    CHECK_INT(count, 7);
}

TEST(parts_without_a_name_and_too_many_are_refused)
{
    static const char *const wrong[] = {
        "",
        "xyz",
        "--xyz",
        "--xyz\r\n\r\nx\r\n--xyz--",
        "--xyz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xyz--",
        "--xyz\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--xyz--",
        "--xyz\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--xyz--",
        "--xyz\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--xyz--",
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\nx\r\n--xyz--",
    };
    struct http_part parts[HTTP_PARTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK(!http_multipart_read(str_of(wrong[i]), STR("xyz"), parts, &count));
    struct text many;
    text_init(&many, arena, 64 * 1024);
    for (int i = 0; i < HTTP_PARTS_MAX; i++)
        text_adds(&many, "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n");
    struct str whole = str_printf(arena, "%.*s--b--", STR_ARGS(text_str(&many)));
    CHECK(http_multipart_read(whole, STR("b"), parts, &count));
    CHECK_INT(count, HTTP_PARTS_MAX);
    text_adds(&many, "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--");
    CHECK(!http_multipart_read(text_str(&many), STR("b"), parts, &count));
}
