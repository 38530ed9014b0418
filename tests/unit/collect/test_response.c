/* test_response.c - answers whole, in pieces and broken; addresses. */
#include "collect/response.h"
#include "collect/scrape.h"
#include "harness/test.h"

struct seen {
    char body[256];
    size_t n;
};

static bool take(void *context, struct str body, struct err *err)
{
    struct seen *seen = context;
    if (body.n > sizeof seen->body - seen->n)
        return err_set(err, ERR_SELF, NULL, "the test's body is longer than expected");
    memcpy(seen->body + seen->n, body.p, body.n);
    seen->n += body.n;
    return true;
}

static bool read_pieces(struct arena *arena, const char *answer, size_t piece, struct seen *seen,
                        struct err *err)
{
    struct response_use use = {seen, take};
    struct response response;
    seen->n = 0;
    response_init(&response, &use, arena_alloc(arena, LIMIT_HTTP_HEADER_BYTES));
    struct str rest = str_of(answer);
    for (size_t at = 0; at < rest.n; at += piece)
        if (!response_feed(&response, str_slice(rest, at, at + piece), err))
            return false;
    return response_end(&response, err);
}

TEST(bodies_are_whole_in_any_pieces)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na 1\nb",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n"
        "3;x=y\r\na 1\r\n2\r\n\nb\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n5\r\na 1\nb\r\n"
        "0\r\nTrailer: x\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\na 1\nb"};
    for (size_t i = 0; i < 4; i++) {
        for (size_t piece = 1; piece < 200; piece++) {
            struct seen seen;
            struct err err = {0};
            CHECK_OK(read_pieces(arena, answers[i], piece, &seen, &err), &err);
            CHECK_SAME(((struct str){seen.body, seen.n}), STR("a 1\nb"));
        }
    }
}

TEST(broken_answers_are_refused_in_a_sentence)
{
    static const struct {
        const char *answer, *sentence;
    } cases[] = {
        {"", "closed the connection without an answer; look into its own log"},
        {"HTTP/1.1 200 OK\r\nConte",
         "closed the connection in the middle of its answer; look into its own log"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na 1\n",
         "closed the connection in the middle of its answer; look into its own log"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\na 1\n",
         "closed the connection in the middle of its answer; look into its own log"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\na 1\n",
         "answered with a chunk whose size is not readable; it or a proxy before it is at fault"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
         "answered with a chunk whose size is not readable; it or a proxy before it is at fault"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
         "answered with a chunk longer than it said; it or a proxy before it is at fault"},
        {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
         "answered with a Content-Length that is no number; it or a proxy before it is at fault"},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
         "answered compressed, which was not asked for; switch that off for this path"},
        {"HTTP/1.1 404 Not Found\r\n\r\n", "answered 404 Not Found: is this the right path?"},
        {"HTTP/1.1 302 Found\r\n\r\n",
         "answered 302 Found: redirects are not followed, configure the final address"},
        {"SSH-2.0-OpenSSH\r\n\r\n", "answered something that is not HTTP: is this the right port?"},
        {"HTTP/1.1 204 No Content\r\n\r\n", "answered 204 No Content: only 200 is read"},
        {"HTTP/1.1 500 Internal Server Error\r\n\r\n",
         "answered 500 Internal Server Error; look into its own log"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na 1\n",
         "answered more than its Content-Length says; it or a proxy before it is at fault"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen seen;
        struct err err = {0};
        CHECK(!read_pieces(arena, cases[i].answer, 7, &seen, &err));
        CHECK_STR(str_of(err.text), cases[i].sentence);
    }
}

TEST(what_says_it_is_openmetrics_is_known)
{
    static const struct {
        const char *type;
        bool open_metrics;
    } rows[] = {{"application/openmetrics-text; version=1.0.0; charset=utf-8", true},
                {"Application/OpenMetrics-Text", true},
                {"text/plain; version=0.0.4", false},
                {"application/openmetrics-texts", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct seen seen = {.n = 0};
        struct response_use use = {&seen, take};
        struct response response;
        struct err err = {0};
        response_init(&response, &use, arena_alloc(arena, LIMIT_HTTP_HEADER_BYTES));
        struct str answer =
            str_printf(arena, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\na 1\n", rows[i].type);
        CHECK_OK(response_feed(&response, answer, &err), &err);
        CHECK_INT(response.open_metrics, rows[i].open_metrics);
    }
}

TEST(a_head_over_the_limit_is_refused)
{
    size_t n = LIMIT_HTTP_HEADER_BYTES + 10;
    char *answer = arena_alloc(arena, n + 1);
    memset(answer, 'x', n);
    struct seen seen;
    struct err err = {0};
    CHECK(!read_pieces(arena, answer, 1000, &seen, &err));
    CHECK_STR(str_of(err.text),
              "answered with a head larger than 32 KiB; it or a proxy before it is at fault");
}

TEST(addresses_are_read)
{
    struct scrape_address address;
    struct err err;
    CHECK(scrape_parse_url(arena, STR("http://127.0.0.1:9100/metrics?x=y"), &address, &err));
    CHECK_STR(address.host, "127.0.0.1");
    CHECK_INT(address.port, 9100);
    CHECK_STR(address.path, "/metrics?x=y");
    CHECK(scrape_parse_url(arena, STR("http://[::1]:80"), &address, &err));
    CHECK_STR(address.host, "::1");
    CHECK_STR(address.path, "/metrics");
    static const char *const bad[] = {"",
                                      "https://h/",
                                      "ftp://h/",
                                      "http://",
                                      "http://:80/",
                                      "http://h:0/",
                                      "http://h:70000/",
                                      "http://h:x/",
                                      "http://h/a b",
                                      "http://h/\r\nX: y",
                                      "http://u:1@h/"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!scrape_parse_url(arena, str_of(bad[i]), &address, &err));
}
