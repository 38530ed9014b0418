/* test_server.c - the server over loopback with clients in the same process. */
#include "serving.h"

TEST(server_answers_and_keeps_alive)
{
    struct fixture f;
    begin(&f, quick());
    int s = client(&f);
    put(s, GET("/a") GET("/b"));
    struct str got = get(&f, arena, s, "/b");
    CHECK(str_starts(got, "HTTP/1.1 200 OK\r\n") && holds(got, "\r\n\r\n/a"));
    CHECK(holds(got, "Content-Security-Policy: default-src 'none'") && holds(got, "nosniff"));
    put(s, "HEAD /c HTTP/1.1\r\nHost: localhost\r\n\r\n");
    got = get(&f, arena, s, "\r\n\r\n");
    CHECK(holds(got, "Content-Length: 2\r\n") && str_ends(got, "\r\n\r\n"));
    put(s, "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
           "Content-Length: 2\r\n\r\n");
    CHECK(str_starts(get(&f, arena, s, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n"));
    put(s, "ok");
    CHECK(holds(get(&f, arena, s, "\r\n\r\nok"), "200 OK"));
    put(s, GET("/see"));
    CHECK(!holds(get(&f, arena, s, "\r\n\r\n"), "Set-Cookie"));
    CHECK_INT(get(&f, arena, s, NULL).n, 0); /* idle: closed */
    CHECK_INT(http_server_counters(f.server).connections, 0);
    (void)close(s);
    end(&f);
}

TEST(server_refuses_foreign_names_and_sites)
{
    struct fixture f;
    begin(&f, quick());
    int s = client(&f);
    put(s, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    CHECK(str_starts(get(&f, arena, s, NULL), "HTTP/1.1 421 "));
    (void)close(s);
    s = client(&f);
    put(s, "POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n");
    CHECK(str_starts(get(&f, arena, s, NULL), "HTTP/1.1 403 "));
    CHECK_INT(f.handled, 0);
    CHECK_INT(f.cross_site, 1);
    (void)close(s);
    end(&f);
}

TEST(server_one_byte_at_a_time_misses_the_deadline)
{
    struct fixture f;
    struct http_settings settings = quick();
    settings.header_ms = 200;
    begin(&f, settings);
    int s = client(&f);
    const char *bytes = GET("/slow");
    for (int i = 0; i < 30 && http_server_counters(f.server).deadline_missed == 0; i++) {
        (void)send(s, bytes + i, 1, MSG_NOSIGNAL);
        turn(&f, 20);
    }
    struct str got = get(&f, arena, s, NULL);
    CHECK(str_starts(got, "HTTP/1.1 408 ") && holds(got, "did not arrive whole in time."));
    CHECK_INT(f.handled, 0);
    (void)close(s);
    s = client(&f);
    put(s, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc");
    CHECK(str_starts(get(&f, arena, s, NULL), "HTTP/1.1 408 "));
    (void)close(s);
    end(&f);
}

TEST(server_replies_later_or_tells_that_the_client_left)
{
    struct fixture f;
    begin(&f, quick());
    int s = client(&f);
    put(s, GET("/later"));
    turn(&f, 200); /* longer than every deadline: a waiting exchange has none */
    struct http_exchange *exchange = http_exchange_find(f.server, f.waiting);
    CHECK(exchange != NULL);
    http_reply_text(exchange, 202, STR("Done."));
    CHECK(holds(get(&f, arena, s, "Done."), "202 Accepted"));
    CHECK(http_exchange_find(f.server, f.waiting) == NULL);
    put(s, GET("/later"));
    turn(&f, 20);
    (void)close(s);
    turn(&f, 20);
    CHECK_INT(f.gone, 1);
    CHECK(http_exchange_find(f.server, f.waiting) == NULL);
    end(&f);
}

TEST(server_streams_and_drops_the_stalled)
{
    struct fixture f;
    struct http_settings settings = quick();
    settings.stream_pending_bytes = 64 * 1024;
    settings.streams = 2;
    settings.heartbeat_ms = 50;
    begin(&f, settings);
    int reader = client(&f);
    int stalled = client(&f);
    int third = client(&f);
    put(reader, GET("/events"));
    put(stalled, GET("/events"));
    turn(&f, 20);
    put(third, GET("/events"));
    CHECK(holds(get(&f, arena, third, "\n"), "503"));
    struct str got = get(&f, arena, reader, "data: b\n\n");
    CHECK(holds(got, "text/event-stream"));
    CHECK(holds(got, "id: 1\nevent: state\ndata: a\ndata: b\n\n"));
    CHECK(holds(get(&f, arena, reader, ":\n\n"), ":\n\n"));
    char *much = arena_alloc(arena, 100000);
    memset(much, 'x', 99999);
    for (int i = 0; i < 200 && http_server_counters(f.server).streams == 2; i++) {
        (void)http_stream_send_all(f.server, 2 + i, "state", str_of(much));
        (void)get(&f, arena, reader, "x\n\n");
    }
    CHECK_INT(http_server_counters(f.server).streams_stalled, 1);
    CHECK_INT(http_stream_send_all(f.server, 999, "state", STR("still")), 1);
    CHECK(holds(get(&f, arena, reader, "data: still"), "id: 999\n"));
    turn(&f, 20);
    CHECK_INT(http_server_counters(f.server).connections, 1);
    http_server_stop(f.server);
    CHECK(http_server_is_quiet(f.server));
    (void)close(reader);
    (void)close(stalled);
    (void)close(third);
    end(&f);
}

/* A message may be larger than what may wait: it is what waits besides it that counts. */
TEST(server_drops_nobody_for_one_large_message)
{
    enum { LARGE_BYTES = 16 * 1024 * 1024 }; /* more than sockets take by themselves */
    struct fixture f;
    struct http_settings settings = quick();
    settings.stream_pending_bytes = 64 * 1024;
    begin(&f, settings);
    int reader = client(&f);
    put(reader, GET("/events"));
    (void)get(&f, arena, reader, "data: b\n\n");
    char *large = arena_alloc(arena, LARGE_BYTES);
    memset(large, 'x', LARGE_BYTES - 1);
    CHECK_INT(http_stream_send_all(f.server, 2, "state", str_of(large)), 1);
    struct str more = str_slice(str_of(large), 0, 40 * 1024);
    CHECK_INT(http_stream_send_all(f.server, 3, "state", more), 1);
    CHECK_INT(http_stream_send_all(f.server, 4, "state", more), 1);
    CHECK_INT(http_stream_send_all(f.server, 5, "state", more), 0);
    CHECK_INT(http_server_counters(f.server).streams_stalled, 1);
    (void)close(reader);
    end(&f);
}

TEST(server_sends_to_the_streams_of_one_topic)
{
    struct fixture f;
    struct http_settings settings = quick();
    settings.streams = 3;
    begin(&f, settings);
    int all = client(&f);
    int five = client(&f);
    int seven = client(&f);
    put(all, GET("/events"));
    put(five, GET("/events?topic=5"));
    put(seven, GET("/events?topic=7"));
    (void)get(&f, arena, all, "data: b\n\n");
    (void)get(&f, arena, five, "data: b\n\n");
    (void)get(&f, arena, seven, "data: b\n\n");
    CHECK_INT(http_stream_next_topic(f.server, 0), 0);
    CHECK_INT(http_stream_next_topic(f.server, 1), 5);
    CHECK_INT(http_stream_next_topic(f.server, 6), 7);
    CHECK_INT(http_stream_next_topic(f.server, 8), -1);
    CHECK_INT(http_stream_count(f.server, 0), 1);
    CHECK_INT(http_stream_count(f.server, 1), 2);
    CHECK_INT(http_stream_count(f.server, 2), 0);
    CHECK_INT(http_stream_send_topic(f.server, 6, "run", STR("six")), 0);
    CHECK_INT(http_stream_send_topic(f.server, 5, "run", STR("five")), 1);
    CHECK_INT(http_stream_send_topic(f.server, 0, "state", STR("nought")), 1);
    CHECK_INT(http_stream_send_all(f.server, 3, "beat", STR("all")), 3);
    CHECK(holds(get(&f, arena, five, "data: all"), "event: run\ndata: five\n\nid: 3\n"));
    CHECK(!holds(get(&f, arena, seven, "data: all"), "five"));
    CHECK(holds(get(&f, arena, all, "data: all"), "data: nought\n\n"));
    (void)close(all);
    (void)close(five);
    (void)close(seven);
    end(&f);
}

static bool has_name(void *context, const struct http_request *request)
{
    struct str cookie;
    return http_cookie_find(request, "name", &cookie) && str_is(cookie, context);
}

TEST(server_ends_the_streams_of_those_who_may_not_stay)
{
    struct fixture f;
    char name[] = "ana";
    begin(&f, quick());
    int ana = client(&f);
    int ben = client(&f);
    put(ana, "GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: name=ana\r\n\r\n");
    put(ben, "GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: name=ben\r\n\r\n");
    CHECK(holds(get(&f, arena, ana, "data: b\n\n"), "text/event-stream"));
    CHECK(holds(get(&f, arena, ben, "data: b\n\n"), "text/event-stream"));
    CHECK_INT(http_server_counters(f.server).streams, 2);
    http_stream_end_unless(f.server, name, has_name);
    CHECK_INT(http_server_counters(f.server).streams, 1);
    CHECK_INT(http_stream_send_all(f.server, 2, "state", STR("late")), 1);
    CHECK(holds(get(&f, arena, ana, "data: late"), "id: 2\n"));
    turn(&f, 20);
    CHECK_INT(http_server_counters(f.server).connections, 1);
    (void)close(ana);
    (void)close(ben);
    end(&f);
}

TEST(server_drops_a_reader_that_takes_no_reply)
{
    struct fixture f;
    begin(&f, quick());
    int s = client(&f);
    for (int i = 0; i < 3; i++) { /* replies of a megabyte fill the socket's buffers */
        put(s, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
        char *body = arena_alloc(arena, 1000001);
        memset(body, 'y', 1000000);
        for (size_t at = 0; at < 1000000;) {
            ssize_t n = send(s, body + at, 1000000 - at, MSG_NOSIGNAL);
            if (n > 0)
                at += (size_t)n;
            else if (http_server_counters(f.server).connections == 0)
                break;
            turn(&f, 5);
        }
    }
    for (int i = 0; i < 100 && http_server_counters(f.server).connections; i++)
        turn(&f, 20);
    CHECK_INT(http_server_counters(f.server).connections, 0);
    (void)close(s);
    end(&f);
}

TEST(server_gives_the_place_of_who_says_nothing_to_the_next)
{
    struct fixture f;
    struct http_settings settings = quick();
    settings.connections = 50;
    settings.header_ms = 60000;
    begin(&f, settings);
    int busy = client(&f);
    put(busy, GET("/later"));
    turn(&f, 20);
    int held[60];
    for (int i = 0; i < 60; i++) {
        held[i] = client(&f);
        put(held[i], "GET / HT");
        turn(&f, 1);
        CHECK(http_server_counters(f.server).connections <= 50);
    }
    CHECK_INT(http_server_counters(f.server).refused_connections, 11);
    CHECK_STR(get(&f, arena, held[0], NULL), "");
    int s = client(&f);
    put(s, GET("/fine"));
    CHECK(holds(get(&f, arena, s, "/fine"), "200 OK"));
    struct http_exchange *exchange = http_exchange_find(f.server, f.waiting);
    CHECK(exchange != NULL);
    http_reply_text(exchange, 202, STR("Done."));
    CHECK(holds(get(&f, arena, busy, "Done."), "202 Accepted"));
    for (int i = 0; i < 60; i++)
        (void)close(held[i]);
    (void)close(busy);
    (void)close(s);
    end(&f);
}

TEST(server_tells_its_handler_of_foreign_names_where_it_is_to)
{
    struct fixture f;
    struct http_settings settings = quick();
    settings.any_host = true;
    begin(&f, settings);
    int s = client(&f);
    put(s, "GET /h HTTP/1.1\r\nHost: metrics.example.com\r\n\r\n");
    CHECK(holds(get(&f, arena, s, "/h"), "200 OK"));
    CHECK(!f.host_known);
    (void)close(s);
    s = client(&f);
    put(s, GET("/h"));
    CHECK(holds(get(&f, arena, s, "/h"), "200 OK"));
    CHECK(f.host_known);
    (void)close(s);
    end(&f);
}

TEST(server_survives_ten_thousand_connections)
{
    struct fixture f;
    struct http_settings settings = quick();
    settings.connections = 50;
    settings.header_ms = 60000;
    begin(&f, settings);
    int held[50];
    for (int i = 0; i < 50; i++) {
        held[i] = client(&f);
        put(held[i], GET("/later"));
    }
    turn(&f, 20);
    CHECK_INT(http_server_counters(f.server).connections, 50);
    int extra = client(&f);
    put(extra, GET("/"));
    struct str got = get(&f, arena, extra, NULL);
    CHECK(str_starts(got, "HTTP/1.1 503 ") && holds(got, "Too many connections are open"));
    (void)close(extra);
    for (int i = 0; i < 50; i++)
        (void)close(held[i]);
    turn(&f, 50);
    for (int i = 0; i < 10000; i++) {
        int s = client(&f);
        if (i % 50 == 49)
            (void)event_base_loop(f.base, EVLOOP_NONBLOCK);
        (void)close(s);
    }
    turn(&f, 50);
    CHECK(http_server_counters(f.server).accepted > 10000);
    CHECK_INT(http_server_counters(f.server).connections, 0);
    int s = client(&f);
    put(s, GET("/fine"));
    CHECK(holds(get(&f, arena, s, "/fine"), "200 OK"));
    (void)close(s);
    end(&f);
}

TEST(server_knows_who_is_at_the_unix_socket)
{
    struct fixture f;
    struct err err = {0};
    begin(&f, quick());
    struct str path = str_printf(arena, "%s/s", test_folder(arena).p);
    CHECK_OK(http_server_listen_unix(f.server, path, &err), &err);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    memcpy(at.sun_path, path.p, path.n);
    struct stat status;
    CHECK(stat(at.sun_path, &status) == 0 && (status.st_mode & 0777) == 0600);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(connect(s, (struct sockaddr *)&at, sizeof at) == 0);
    CHECK(fcntl(s, F_SETFL, O_NONBLOCK) == 0);
    put(s, "GET /u HTTP/1.1\r\nHost: anything\r\n\r\n");
    CHECK(holds(get(&f, arena, s, "/u"), "200 OK"));
    CHECK_INT(f.peer_uid, getuid());
    (void)close(s);
    end(&f);
    CHECK(stat(at.sun_path, &status) != 0);
}

TEST(server_says_why_it_cannot_listen)
{
    struct fixture f;
    struct err err = {0};
    int port = 0;
    begin(&f, quick());
    struct str taken = str_printf(arena, "127.0.0.1:%d", f.port);
    CHECK(!http_server_listen_tcp(f.server, taken, &port, &err));
    CHECK(holds(str_of(err.text), "stop what listens there or change"));
    CHECK(!http_server_listen_tcp(f.server, STR("somewhere"), &port, &err));
    CHECK(!http_server_listen_unix(f.server, STR("/"), &err));
    end(&f);
}
