/* test_request.c - what is read as a request, what is refused, and that pieces do not matter. */
#include "harness/test.h"
#include "http/request.h"

static struct http_parser parse_in(struct arena *arena, struct str bytes, size_t piece)
{
    struct http_parser parser;
    http_parser_init(&parser, arena, 4096, 1000);
    for (size_t at = 0; at < bytes.n; at += piece) {
        struct str part = str_slice(bytes, at, at + piece > bytes.n ? bytes.n : at + piece);
        if (http_parser_push(&parser, part) < part.n)
            break;
    }
    return parser;
}

static int status_of(struct arena *arena, const char *bytes)
{
    struct http_parser whole = parse_in(arena, str_of(bytes), 100000);
    struct http_parser single = parse_in(arena, str_of(bytes), 1);
    CHECK_INT(whole.phase, single.phase);
    CHECK_INT(whole.status, single.status);
    return whole.phase == HTTP_COMPLETE ? 200 : whole.status;
}

TEST(request_is_read_whole)
{
    const char *bytes = "\r\nPOST /a%20b?x=1&y=a+b%21 HTTP/1.1\r\nHost: localhost:7333\r\n"
                        "Cookie: a=1; token=xyz\r\nX-Empty:\r\nContent-Length: 5\r\n\r\nhelloGET /";
    for (size_t piece = 1; piece < 200; piece += 7) {
        struct http_parser parser = parse_in(arena, str_of(bytes), piece);
        CHECK_INT(parser.phase, HTTP_COMPLETE);
        struct http_request *request = &parser.request;
        CHECK_STR(request->method, "POST");
        CHECK_STR(request->path, "/a b");
        CHECK_STR(request->host, "localhost:7333");
        CHECK_STR(request->body, "hello");
        CHECK(request->keep_alive);
        struct str value;
        CHECK(http_form_find(arena, request->query, "y", &value));
        CHECK_STR(value, "a b!");
        CHECK(!http_form_find(arena, request->query, "z", &value));
        CHECK(http_cookie_find(request, "token", &value));
        CHECK_STR(value, "xyz");
        CHECK(http_header_find(request, "x-empty", &value) && value.n == 0);
        CHECK(!http_cookie_find(request, "tok", &value));
    }
}

TEST(request_takes_nothing_beyond_its_end)
{
    struct http_parser parser;
    struct str two = STR("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\n");
    http_parser_init(&parser, arena, 4096, 1000);
    CHECK_INT(http_parser_push(&parser, two), 27);
    CHECK_INT(parser.phase, HTTP_COMPLETE);
}

TEST(request_chunks)
{
    const char *bytes = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "5;note=x\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n";
    for (size_t piece = 1; piece < 50; piece++) {
        struct http_parser parser = parse_in(arena, str_of(bytes), piece);
        CHECK_INT(parser.phase, HTTP_COMPLETE);
        CHECK_STR(parser.request.body, "hello!");
    }
}

#define HEAD    "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

TEST(request_refusals)
{
    static const struct {
        int status;
        const char *bytes;
    } cases[] = {
        {400, "GET / HTTP/1.1\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHo\rst: a\r\n\r\n"},
        {400, "GET  / HTTP/1.1\r\n"},
        {400, "GET /\r\n"},
        {400, "G@T / HTTP/1.1\r\n"},
        {400, "GET x HTTP/1.1\r\n"},
        {400, "GET /%zz HTTP/1.1\r\n"},
        {400, "GET /%00 HTTP/1.1\r\n"},
        {400, "GET /%ff HTTP/1.1\r\n"},
        {400, "GET /#x HTTP/1.1\r\n"},
        {400, "\r\n\r\n\r\n"},
        {505, "GET / HTTP/2.0\r\n"},
        {400, "GET / HTTP/1.1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n"},
        {400, HEAD "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"},
        {400, HEAD "Content-Length: 1, 1\r\n\r\nx"},
        {400, HEAD "Content-Length: +1\r\n\r\nx"},
        {400, HEAD "Content-Length: -1\r\n\r\nx"},
        {400, HEAD "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {400, HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {501, HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n"},
        {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {413, HEAD "Content-Length: 1001\r\n\r\n"},
        {417, HEAD "Expect: tea\r\n\r\n"},
        {400, CHUNKED "x\r\n"},
        {400, CHUNKED "\r\n"},
        {400, CHUNKED "123456789\r\n"},
        {413, CHUNKED "ffffffff\r\n"},
        {413, CHUNKED "3e9\r\n"},
        {400, CHUNKED "1\r\nab\r\n"},
        {400, CHUNKED "1 x\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int status = status_of(arena, cases[i].bytes);
        if (status != cases[i].status)
            test_fail(__FILE__, __LINE__, "%d, not %d: %s", status, cases[i].status,
                      cases[i].bytes);
    }
}

TEST(request_limits)
{
    struct text text;
    text_init(&text, arena, 100000);
    text_adds(&text, "GET /");
    for (int i = 0; i < 5000; i++)
        text_byte(&text, 'a');
    CHECK_INT(status_of(arena, text_str(&text).p), 414);
    text_init(&text, arena, 100000);
    text_adds(&text, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 100; i++)
        text_adds(&text, "X: 1\r\n");
    CHECK_INT(status_of(arena, text_str(&text).p), 431);
    text_init(&text, arena, 100000);
    text_adds(&text, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    for (int i = 0; i < 5000; i++)
        text_byte(&text, 'a');
    CHECK_INT(status_of(arena, text_str(&text).p), 431);
}

TEST(request_connection_and_host)
{
    struct http_parser old = parse_in(arena, STR("GET / HTTP/1.0\r\n\r\n"), 100);
    CHECK(old.phase == HTTP_COMPLETE && !old.request.keep_alive);
    struct http_parser closes = parse_in(
        arena, STR("GET http://b:1/x HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"), 100);
    CHECK(closes.phase == HTTP_COMPLETE && !closes.request.keep_alive);
    CHECK_STR(closes.request.host, "b:1");
    CHECK_STR(closes.request.path, "/x");
    CHECK_STR(http_host_name(STR("[::1]:80")), "::1");
    CHECK_STR(http_host_name(STR("localhost:7333")), "localhost");
    CHECK_STR(http_host_name(STR("localhost:7333.evil")), "");
    CHECK_STR(http_host_name(STR("[::1")), "");
}

TEST(request_of_another_site)
{
    static const struct {
        const char *header;
        bool cross;
    } cases[] = {{"X: 1", false},
                 {"Origin: http://a:1", false},
                 {"Origin: http://b", true},
                 {"Origin: null", true},
                 {"Sec-Fetch-Site: same-origin", false},
                 {"Sec-Fetch-Site: same-site", true},
                 {"Sec-Fetch-Site: cross-site", true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str bytes =
            str_printf(arena, "POST / HTTP/1.1\r\nHost: a:1\r\n%s\r\n\r\n", cases[i].header);
        struct http_parser parser = parse_in(arena, bytes, 1000);
        CHECK_INT(parser.phase, HTTP_COMPLETE);
        CHECK_INT(http_request_is_cross_site(&parser.request), cases[i].cross);
    }
}

TEST(fields_of_a_form_come_one_after_the_other)
{
    struct str form = STR("set.a+b=1%262&bad=%zz&&empty=&set.c");
    struct str name;
    struct str value;
    CHECK(http_form_next(arena, &form, &name, &value));
    CHECK_STR(name, "set.a b");
    CHECK_STR(value, "1&2");
    CHECK(http_form_next(arena, &form, &name, &value));
    CHECK_STR(name, "");
    CHECK(http_form_next(arena, &form, &name, &value));
    CHECK_STR(name, "empty");
    CHECK_STR(value, "");
    CHECK(http_form_next(arena, &form, &name, &value));
    CHECK_STR(name, "set.c");
    CHECK(!http_form_next(arena, &form, &name, &value));
}
