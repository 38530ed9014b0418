/* test_uploads.c - long bodies and slow ones: whose they are, and who is given up for whom. */
#include "serving.h"

#define LONGER(path, headers)                                                                      \
    "POST " path " HTTP/1.1\r\nHost: localhost\r\n" headers "Content-Length: 20\r\n\r\n"

TEST(server_takes_long_bodies_where_they_belong_of_those_it_knows_and_few_at_once)
{
    struct fixture f;
    static const struct str paths[] = {{"/up", 3}};
    struct http_settings settings = quick();
    settings.body_bytes = 10;
    settings.body_ms = 60000;
    settings.uploads = (struct http_uploads){.paths = paths, .path_count = 1, .body_bytes_max = 20};
    settings.uploads_at_once = 1;
    begin(&f, settings);
    static const struct {
        const char *sent, *got;
    } cases[] = {
        {LONGER("/up", "X-Known: 1\r\n") "12345678901234567890", "12345678901234567890"},
        {LONGER("/up", "") "12345678901234567890", "401 Unauthorized"},
        {LONGER("/elsewhere", "X-Known: 1\r\n"), "413 Content Too Large"},
        {"POST /up HTTP/1.1\r\nHost: localhost\r\nX-Known: 1\r\nContent-Length: 21\r\n\r\n",
         "413 Content Too Large"},
        {"GET /up HTTP/1.1\r\nHost: localhost\r\nX-Known: 1\r\nContent-Length: 20\r\n\r\n",
         "413 Content Too Large"},
        {"POST /up HTTP/1.1\r\nHost: localhost\r\nX-Known: 1\r\nTransfer-Encoding: "
         "chunked\r\n\r\n14\r\n",
         "413 Content Too Large"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int s = client(&f);
        put(s, cases[i].sent);
        CHECK(holds(get(&f, arena, s, cases[i].got), cases[i].got));
        close(s);
    }
    CHECK_INT(f.handled, 1);
    int first = client(&f);
    put(first, LONGER("/up", "X-Known: 1\r\n") "123");
    turn(&f, 30);
    int second = client(&f);
    put(second, LONGER("/up", "X-Known: 1\r\n"));
    CHECK(holds(get(&f, arena, second, "503"), "503 Service Unavailable"));
    put(first, "45678901234567890");
    CHECK(holds(get(&f, arena, first, "4567890"), "12345678901234567890"));
    close(first);
    close(second);
    end(&f);
}

TEST(server_shares_long_bodies_among_their_owners_and_gives_up_the_slowest)
{
    struct fixture f;
    struct http_settings settings = quick();
    settings.body_bytes = 0;
    settings.body_ms = 60000;
    settings.uploads = (struct http_uploads){.body_bytes_max = 20, .everywhere = true};
    settings.uploads_at_once = 4;
    begin(&f, settings);
    int hog[4];
    for (int i = 0; i < 4; i++) {
        hog[i] = client(&f);
        put(hog[i], LONGER("/a", "X-Known: 1\r\n"));
        turn(&f, 10);
        put(hog[i], i == 2 ? "1" : "12345");
    }
    turn(&f, 20);
    int whole = client(&f);
    put(whole, LONGER("/a", "X-Known: 2\r\n") "12345678901234567890");
    CHECK(holds(get(&f, arena, whole, "890"), "200 OK"));
    CHECK_INT(http_server_counters(f.server).slow_given_up, 0); /* it needed no place */
    int other = client(&f);
    put(other, LONGER("/b", "X-Known: 2\r\n"));
    CHECK(holds(get(&f, arena, hog[2], "again"), "503 Service Unavailable"));
    put(other, "12345678901234567890");
    CHECK(holds(get(&f, arena, other, "890"), "200 OK"));
    int fourth = client(&f);
    put(fourth, LONGER("/a", "X-Known: 1\r\n") "123");
    turn(&f, 20);
    int fifth = client(&f);
    put(fifth, LONGER("/a", "X-Known: 1\r\n") "123");
    CHECK(holds(get(&f, arena, fifth, "Others"), "503 Service Unavailable"));
    wait_second(&f); /* all that hang are slow by then */
    (void)close(fifth);
    fifth = client(&f);
    put(fifth, LONGER("/a", "X-Known: 1\r\n") "123");
    CHECK(holds(get(&f, arena, fourth, "again"), "It comes more slowly than those of others"));
    put(fifth, "45678901234567890");
    CHECK(holds(get(&f, arena, fifth, "890"), "200 OK"));
    CHECK_INT(http_server_counters(f.server).slow_given_up, 2);
    for (int i = 0; i < 4; i++)
        (void)close(hog[i]);
    (void)close(whole);
    (void)close(other);
    (void)close(fourth);
    (void)close(fifth);
    end(&f);
}

TEST(server_gives_the_place_of_a_slow_body_to_the_next_connection)
{
    struct fixture f;
    struct http_settings settings = quick();
    settings.connections = 3;
    settings.body_ms = 60000;
    begin(&f, settings);
    int held[3];
    for (int i = 0; i < 3; i++) {
        held[i] = client(&f);
        put(held[i], LONGER("/a", "") "123");
    }
    turn(&f, 20);
    int early = client(&f);
    put(early, GET("/early"));
    CHECK(holds(get(&f, arena, early, NULL), "503 Service Unavailable"));
    wait_second(&f);
    int late = client(&f);
    put(late, GET("/late"));
    CHECK(holds(get(&f, arena, late, "/late"), "200 OK"));
    CHECK_INT(http_server_counters(f.server).slow_given_up, 1);
    for (int i = 0; i < 3; i++)
        (void)close(held[i]);
    (void)close(early);
    (void)close(late);
    end(&f);
}

TEST(server_takes_long_bodies_everywhere_where_a_handler_knows_the_paths)
{
    struct fixture f;
    struct http_settings settings = quick();
    settings.body_bytes = 0;
    settings.uploads = (struct http_uploads){.body_bytes_max = 20, .everywhere = true};
    settings.uploads_at_once = 1;
    begin(&f, settings);
    static const char *const cases[][2] = {
        {LONGER("/up", "X-Known: 1\r\n") "12345678901234567890", "12345678901234567890"},
        {LONGER("/elsewhere", "X-Known: 1\r\n") "x2345678901234567890", "x2345678901234567890"},
        {LONGER("/elsewhere", ""), "401 Unauthorized"},
        {"POST /a HTTP/1.1\r\nHost: localhost\r\nX-Known: 1\r\nContent-Length: 21\r\n\r\n",
         "413 Content Too Large"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int s = client(&f);
        put(s, cases[i][0]);
        CHECK(holds(get(&f, arena, s, cases[i][1]), cases[i][1]));
        close(s);
    }
    end(&f);
}
