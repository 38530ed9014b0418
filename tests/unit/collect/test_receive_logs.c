/* test_receive_logs.c - bodies of logs of one sender: counted, gathered, durable or never seen. */
#include "collect/receive_logs.h"
#include "collect/receive_token.h"
#include "collect/receive_who.h"
#include "harness/test.h"
#include "telemetry/exposition_push.h"
#include "telemetry/reading.h"

#include <stdio.h>

struct rig {
    struct collector_sender sender;
    struct signals signals;
    struct push push;
    struct receive_logs *logs;
    struct instant now;
};

static struct rig *rig_make(struct arena *arena, const char *format)
{
    struct rig *rig = arena_make(arena, struct rig);
    struct hash none = {0};
    *rig = (struct rig){.sender = {.name = STR("drain"),
                                   .format = str_of(format),
                                   .accepts = ACCEPTS_LOGS,
                                   .interval_ms = 1000},
                        .signals = {.arena = arena},
                        .now = {1796000000000000}};
    push_init(&rig->push, arena, &rig->signals, &none, rig->sender.name);
    push_set_interval(&rig->push, 1000);
    rig->logs = receive_logs_make(arena, &rig->sender);
    return rig;
}

static bool send(struct rig *rig, struct arena *arena, const char *body, enum receive_map map)
{
    struct log_body_count count;
    rig->now = instant_add_ms(rig->now, 200);
    push_begin_body(&rig->push, rig->now, hash_of(str_of(body)).b[0] + 1);
    receive_logs_begin(rig->logs, rig->now, rig->push.again);
    bool good = receive_logs_read(rig->logs, arena, str_of(body), map, &count);
    receive_logs_end(rig->logs, &rig->push);
    return good;
}

/* The lines for the core, as "shape count level". */
static struct str lines_of(struct rig *rig, struct arena *arena, bool durable)
{
    struct text lines, seen;
    struct str line;
    text_init(&lines, arena, 1 << 16);
    text_init(&seen, arena, 1 << 12);
    receive_logs_write(rig->logs, arena, rig->now, &lines);
    receive_logs_settle(rig->logs, durable);
    struct str rest = text_str(&lines);
    while (rest.n > 0 && str_split(&rest, '\n', &line)) {
        struct collector_line parsed;
        struct err err;
        if (line.n == 0)
            continue;
        CHECK(collector_line_parse(arena, line, &parsed, &err) && parsed.is_error);
        CHECK_STR(parsed.error.target, "drain");
        text_printf(&seen, "%.*s %lld %.*s\n", STR_ARGS(parsed.error.shape),
                    (long long)parsed.error.count, STR_ARGS(parsed.error.level));
    }
    return text_str(&seen);
}

TEST(errors_of_a_body_are_lines_when_they_are_durable)
{
    struct rig *rig = rig_make(arena, "json");
    CHECK(send(rig, arena, "{\"level\":\"error\",\"msg\":\"cart 7 is gone\"}", MAP_OF_SENDER));
    CHECK(rig->push.dirty);
    CHECK(send(rig, arena,
               "[{\"level\":\"fatal\",\"msg\":\"cart 8 is gone\"},{\"level\":\"warn\"}]",
               MAP_OF_SENDER));
    CHECK_STR(lines_of(rig, arena, true), "cart <n> is gone 2 fatal\n");
    CHECK_STR(lines_of(rig, arena, true), "");
    CHECK_INT(rig->logs->tally.totals.levels[(ENTRY_ERROR + 3) / 4], 1);
}

TEST(what_is_not_durable_was_never_seen)
{
    struct rig *rig = rig_make(arena, "json");
    CHECK(send(rig, arena, "{\"level\":\"error\",\"msg\":\"a 1\"}", MAP_OF_SENDER));
    CHECK_STR(lines_of(rig, arena, true), "a <n> 1 error\n");
    CHECK(send(rig, arena,
               "{\"level\":\"error\",\"msg\":\"a 2\"}\n{\"level\":\"error\",\"msg\":\"b\"}",
               MAP_OF_SENDER));
    CHECK_STR(lines_of(rig, arena, false), "a <n> 1 error\nb 1 error\n");
    CHECK_STR(lines_of(rig, arena, true), "");
    CHECK(send(rig, arena, "{\"level\":\"error\",\"msg\":\"a 3\"}", MAP_OF_SENDER));
    CHECK_STR(lines_of(rig, arena, true), "a <n> 1 error\n");
}

TEST(a_body_that_came_before_counts_for_nothing)
{
    struct rig *rig = rig_make(arena, "json");
    const char *body = "{\"level\":\"error\",\"msg\":\"x\"}";
    CHECK(send(rig, arena, body, MAP_OF_SENDER));
    CHECK(send(rig, arena, body, MAP_OF_SENDER));
    CHECK_INT(rig->logs->taken, 0);
    CHECK_STR(lines_of(rig, arena, true), "x 1 error\n");
    CHECK_INT(rig->logs->tally.totals.levels[(ENTRY_ERROR + 3) / 4], 1);
}

TEST(drains_are_read_by_their_own_fields_whatever_the_sender_says)
{
    struct rig *rig = rig_make(arena, "text");
    CHECK(send(rig, arena, "{\"status_code\":502,\"url\":\"https://a.example/cart?x=1\"}",
               MAP_OF_NETLIFY));
    CHECK(send(rig, arena,
               "[{\"event_message\":\"down\",\"metadata\":{\"response\":{\"status_code\":503}}}]",
               MAP_OF_SUPABASE));
    CHECK(send(rig, arena, "{\"level\":\"error\"}", MAP_OF_SENDER)); /* text has no level */
    CHECK(!send(rig, arena, "[{\"status_code\":500,\"message\":\"cut\"},{", MAP_OF_NETLIFY));
    CHECK_STR(lines_of(rig, arena, true), "failed: https://a.example/cart?<query> 1 error\n"
                                          "down 1 error\n"
                                          "cut 1 error\n");
    CHECK_INT(rig->logs->tally.totals.statuses[502 - 100], 1);
}

TEST(a_format_that_is_none_is_read_as_json)
{
    struct rig *rig = rig_make(arena, "xml");
    CHECK(send(rig, arena, "{\"level\":\"error\",\"msg\":\"y\"}", MAP_OF_SENDER));
    CHECK_STR(lines_of(rig, arena, true), "y 1 error\n");
}

TEST(clusters_go_on_with_their_ids)
{
    struct rig *rig = rig_make(arena, "json");
    struct log_error known = {.shape = STR("user <n> is <*>"), .id = 77, .last = rig->now};
    receive_logs_restore(rig->logs, &known);
    CHECK_STR(lines_of(rig, arena, true), "");
    CHECK(send(rig, arena, "{\"level\":\"error\",\"msg\":\"user 4 is lost\"}", MAP_OF_SENDER));
    CHECK_INT(rig->logs->clusters.items[0].id, 77);
    CHECK_STR(lines_of(rig, arena, true), "user <n> is <*> 1 error\n");
}

TEST(more_shapes_than_there_is_room_for_leave_the_newest)
{
    struct rig *rig = rig_make(arena, "json");
    for (int i = 0; i < RECEIVE_CLUSTERS_MAX + 5; i++) {
        char body[128];
        char word[] = "aaaaaaaa";
        for (int k = i, at = 0; k > 0; k /= 10, at++)
            word[at] = (char)('b' + k % 10);
        (void)snprintf(body, sizeof body, "{\"level\":\"error\",\"msg\":\"%s\",\"n\":%d}", word, i);
        struct log_body_count count;
        receive_logs_begin(rig->logs, instant_add_ms(rig->now, i), false);
        CHECK(receive_logs_read(rig->logs, arena, str_of(body), MAP_OF_SENDER, &count));
    }
    CHECK_INT(rig->logs->clusters.count, RECEIVE_CLUSTERS_MAX);
    CHECK_INT(rig->logs->clusters.forgotten_count, 5);
}

static struct receive_token token_of(struct arena *arena, const char *head, bool host_known)
{
    struct http_parser parser;
    http_parser_init(&parser, arena, 4096, 0);
    (void)http_parser_push(&parser, str_printf(arena, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", head));
    CHECK_INT(parser.phase, HTTP_COMPLETE);
    parser.request.is_host_known = host_known;
    return receive_token_of(&parser.request);
}

TEST(a_token_is_bearers_or_the_password_of_basic)
{
    static const struct {
        const char *head;
        bool known, open;
    } rows[] = {
        {"Authorization: Bearer secret\r\n", true, false},
        {"Authorization: bearer  secret \r\n", true, false},
        {"Authorization: Basic YW55OnNlY3JldA==\r\n", true, false}, /* any:secret */
        {"Authorization: Basic c2VjcmV0\r\n", false, false},        /* no colon */
        {"Authorization: Bearer other\r\n", false, false},
        {"Authorization: Bearer \r\n", false, false},
        {"Authorization: Digest secret\r\n", false, false},
        {"", false, true},
        {"X-Forwarded-For: 192.0.2.1\r\n", false, false},
        {"Forwarded: for=192.0.2.1\r\n", false, false},
    };
    struct collector_sender known = {.token = hash_of(STR("secret"))};
    struct collector_sender open = {.open = true};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct receive_token token = token_of(arena, rows[i].head, true);
        CHECK_INT(receive_token_is_of(&token, &known), rows[i].known);
        CHECK_INT(receive_token_is_of(&token, &open), rows[i].open);
        /* Under a name that is not ours only a token tells who it is. */
        token = token_of(arena, rows[i].head, false);
        CHECK_INT(receive_token_is_of(&token, &known), rows[i].known);
        CHECK(!receive_token_is_of(&token, &open));
    }
}

static struct receive_refusal check(struct arena *arena, const struct collector_spec *spec,
                                    const char *line, const char *head)
{
    struct http_parser parser;
    http_parser_init(&parser, arena, 4096, 0);
    (void)http_parser_push(&parser,
                           str_printf(arena, "%s HTTP/1.1\r\nHost: a\r\n%s\r\n", line, head));
    CHECK_INT(parser.phase, HTTP_COMPLETE);
    return receive_check(arena, spec, &parser.request);
}

TEST(what_is_missing_is_said_with_its_place)
{
    static const struct {
        const char *line, *head;
        int status;
        const char *part;
    } rows[] = {
        {"POST /v1/logs", "", 401,
         "The request has no token; send \"Authorization: Bearer TOKEN\""},
        {"POST /v1/logs", "Authorization: Digest x\r\n", 401,
         "The Authorization header holds no token"},
        {"POST /v1/other", "Authorization: Bearer x\r\n", 401,
         "No sender of reeve.yaml has this token"},
        {"POST /v1/other", "Authorization: Bearer secret\r\n", 404, "possible are /api/v1/write, "},
        {"GET /v1/logs", "Authorization: Bearer secret\r\n", 405, "by POST"},
        {"POST /api/v1/write", "Authorization: Bearer secret\r\n", 403,
         "The sender \"drain\" may not send this; add remote_write to its accepts:"},
        {"POST /v1/metrics", "Authorization: Bearer secret\r\n", 403, "add otlp to"},
        {"POST /api/v1/logs", "Authorization: Bearer secret\r\n", 0, ""},
    };
    struct collector_sender senders[2] = {
        {.name = STR("drain"), .token = hash_of(STR("secret")), .accepts = ACCEPTS_LOGS},
        {.name = STR("near"), .open = true, .accepts = ACCEPTS_ALL}};
    struct collector_spec spec = {.senders = senders, .sender_count = 1};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct receive_refusal refusal = check(arena, &spec, rows[i].line, rows[i].head);
        CHECK_INT(refusal.status, rows[i].status);
        if (rows[i].part[0] && str_find(refusal.sentence, rows[i].part, 0) == refusal.sentence.n)
            test_fail(__FILE__, __LINE__, "\"%.*s\" does not say \"%s\"",
                      STR_ARGS(refusal.sentence), rows[i].part);
    }
    spec.sender_count = 2;
    struct receive_refusal foreign = check(arena, &spec, "POST /v1/logs", "");
    CHECK_INT(foreign.status, 401);
    CHECK(str_starts(foreign.sentence, "Without a token only this machine may send"));
}

TEST(what_a_sender_sends_is_told_to_the_collector)
{
    struct collector_sender sender = {.name = STR("drain"),
                                      .open = true,
                                      .interval_ms = 1000,
                                      .accepts = ACCEPTS_LOGS | ACCEPTS_EXPOSITION,
                                      .format = STR("logfmt")};
    struct collector_spec spec = {.senders = &sender, .sender_count = 1};
    struct collector_spec back;
    struct err err = {0};
    sender.own.names[LOG_DURATION] = STR("took:ms");
    signals_init(&spec.signals, arena);
    CHECK_OK(collector_spec_parse(arena, collector_spec_write(arena, &spec), &back, &err), &err);
    CHECK_INT(back.sender_count, 1);
    CHECK_INT(back.senders[0].accepts, sender.accepts);
    CHECK_STR(back.senders[0].format, "logfmt");
    CHECK_STR(back.senders[0].own.names[LOG_DURATION], "took:ms");
    CHECK_STR(back.senders[0].own.names[LOG_LEVEL], "");
    sender.format = STR("");
    CHECK_OK(collector_spec_parse(arena, collector_spec_write(arena, &spec), &back, &err), &err);
    CHECK_STR(back.senders[0].format, "json");
}

static bool wants_jobs(void *context, struct str name)
{
    (void)context;
    return str_starts(name, "jobs");
}

static bool take_sample(void *context, const struct pushed_sample *sample, struct err *err)
{
    struct text *seen = context;
    CHECK(instant_is_zero(sample->at) && sample->kind == PUSHED_UNKNOWN);
    text_printf(seen, "%.*s", STR_ARGS(sample->name));
    for (size_t i = 0; i < sample->label_count; i++)
        text_printf(seen, " %.*s=%.*s", STR_ARGS(sample->labels[i].name),
                    STR_ARGS(sample->labels[i].value));
    text_printf(seen, " %g\n", sample->value);
    return sample->value >= 0 || err_set(err, ERR_OUTSIDE, NULL, "below zero");
}

TEST(a_page_that_is_posted_is_samples)
{
    static const struct {
        const char *page, *seen, *why;
        int samples, rejected;
        bool open_metrics;
    } rows[] = {
        {"jobs 1\njobs 2\n# EOF\n", "jobs 1\njobs 2\n", NULL, 2, 0, true},
        {"jobs 1\njobs 2\n", "", "the page of metrics ends after 2 lines without \"# EOF\"", 0, 0,
         true},
        {"jobs 1\njobs 2", "", "the page of metrics ends after 2 lines without \"# EOF\"", 0, 0,
         true},
        {"# TYPE jobs counter\njobs_total{q=\"a\\\"b\"} 3 1700000000\nother 1\n# EOF\n",
         "jobs_total q=a\"b 3\n", NULL, 2, 0, false},
        {"jobs 1\njobs -1\njobs -2\n", "jobs 1\njobs -1\njobs -2\n", NULL, 3, 2, false},
        {"jobs 1\njobs{q= 2\n", "jobs 1\n", "line 2 of the metrics", 0, 0, false},
        {"jobs{a=\"1\",a=\"2\"} 2\n", "", "label a stands twice", 0, 0, false},
        {"<html>", "", "answered ", 0, 0, false},
        {"", "", "answered an empty page", 0, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text seen;
        struct pushed_use use = {&seen, wants_jobs, take_sample, NULL};
        struct pushed_count count;
        struct err err = {0};
        text_init(&seen, arena, 4096);
        bool good = exposition_push(
            arena, &(struct exposition_page){str_of(rows[i].page), rows[i].open_metrics}, &use,
            &count, &err);
        CHECK_INT(good, rows[i].why == NULL);
        CHECK_STR(text_str(&seen), rows[i].seen);
        if (!good) {
            CHECK_STR(str_cut(str_of(err.text), strlen(rows[i].why)), rows[i].why);
            continue;
        }
        CHECK_INT(count.samples, rows[i].samples);
        CHECK_INT(count.rejected, rows[i].rejected);
    }
}
