/* test_probes.c - probes: in reeve.yaml, and the orders and lines that are made of them. */
#include "harness/test.h"
#include "main/config.h"
#include "main/probe_order.h"

static struct config_errors errors;

static bool read_text(struct arena *arena, const char *text, struct config *out_config)
{
    struct config_input input = {.file = STR("reeve.yaml"), .text = str_of(text)};
    return config_read(arena, &input, out_config, &errors);
}

/* The text must be refused with exactly these lines. */
#define CHECK_REFUSED(text, want)                                                                  \
    do {                                                                                           \
        struct config refused = {0};                                                               \
        CHECK(!read_text(arena, (text), &refused));                                                \
        CHECK_STR(config_errors_text(arena, &errors), (want));                                     \
    } while (0)

TEST(what_does_not_go_together_is_refused)
{
    CHECK_REFUSED("probes: [{name: a, kind: ftp}]\n",
                  "reeve.yaml:1:11: \"ftp\" is no kind of probe; possible are host, http, "
                  "postgres, pgbouncer, redis, status_page and openai.\n");
    CHECK_REFUSED("probes: [{name: a, kind: status_page, url: http://h, every: 30 s, limit: 3}]\n",
                  "reeve.yaml:1:67: A probe of kind status_page has no limit:.\n"
                  "reeve.yaml:1:11: A probe of kind status_page asks somebody else's machine; its "
                  "every: is at least 1 min.\n");
    CHECK_REFUSED("probes: [{name: a, kind: redis, url: http://h}]\n",
                  "reeve.yaml:1:33: A probe of kind redis has no url:.\n"
                  "reeve.yaml:1:11: A probe of kind redis needs its address:, as env:NAME or "
                  "file:PATH.\n");
    CHECK_REFUSED(
        "probes: [{name: a, kind: http}, {name: a, kind: host, paths: [data]}]\n",
        "reeve.yaml:1:11: A probe of kind http needs its url:.\n"
        "reeve.yaml:1:63: \"data\" is no mount point: it does not begin with a slash.\n"
        "reeve.yaml:1:34: The name \"a\" stands twice among targets:, senders:, logs: and "
        "probes:.\n");
    CHECK_REFUSED("probes: [{name: a, kind: http, url: http://u:p@h/}]\n",
                  "reeve.yaml:1:37: An address must not hold a name or password; the part before @ "
                  "must go.\n");
}

TEST(an_order_holds_what_the_kind_needs_and_no_secret)
{
    struct config c = {0};
    CHECK(read_text(
        arena,
        "probes:\n"
        "  - { name: m, kind: host, paths: [/, /data/] }\n"
        "  - { name: s, kind: http, url: \"http://h/\", status: 204, contains: \"a\\\"b\",\n"
        "      deadline: 3 s, every: 1 min, ca: ca.pem }\n"
        "  - { name: d, kind: postgres, address: env:DB }\n",
        &c));
    CHECK_INT(c.probe_count, 3);
    struct order order = probe_order(arena, &c.probes[0]);
    CHECK_STR(order.body_json, "{\"kind\":\"host\",\"paths\":[\"/\",\"/data\"],\"url\":\"\"}");
    CHECK_INT(order.deadline_ms, 10000);
    CHECK_INT((int64_t)order.secret_count, 0);
    CHECK_STR(probe_place(arena, &c.probes[0]), "host, / /data");
    order = probe_order(arena, &c.probes[1]);
    CHECK_STR(order.body_json,
              "{\"ca\":\"ca.pem\",\"contains\":\"a\\\"b\",\"kind\":\"http\",\"paths\":[],"
              "\"status\":204,\"url\":\"http://h/\"}");
    CHECK_INT(order.deadline_ms, 3000);
    CHECK_INT(c.probes[1].every_ms, 60000);
    order = probe_order(arena, &c.probes[2]);
    CHECK_STR(order.secret_names[0], "probes.d.address");
    CHECK_INT(c.secret_count, 1);
}

TEST(tls_of_redis)
{
    struct config c = {0};
    CHECK(read_text(arena,
                    "probes: [{name: r, kind: redis, address: env:A, ca: ca.pem,\n"
                    "  certificate: me.crt, key: 'file:me.key'}]\n",
                    &c));
    struct order order = probe_order(arena, &c.probes[0]);
    CHECK_STR(order.body_json, "{\"ca\":\"ca.pem\",\"certificate\":\"me.crt\",\"kind\":\"redis\","
                               "\"paths\":[],\"url\":\"\"}");
    CHECK_INT((int64_t)order.secret_count, 2);
    CHECK_STR(str_of(order.secret_fields[0]), "url");
    CHECK_STR(order.secret_names[0], "probes.r.address");
    CHECK_STR(str_of(order.secret_fields[1]), "key");
    CHECK_STR(order.secret_names[1], "probes.r.key");
    CHECK_REFUSED("probes: [{name: r, kind: redis, address: env:A, certificate: me.crt}]\n",
                  "reeve.yaml:1:11: certificate: and its key: go together; one of them is "
                  "missing.\n");
    CHECK_REFUSED("probes: [{name: d, kind: postgres, address: env:A, key: env:B}]\n",
                  "reeve.yaml:1:52: A probe of kind postgres has no key:.\n"
                  "reeve.yaml:1:11: certificate: and its key: go together; one of them is "
                  "missing.\n");
}

TEST(orders_to_vendors)
{
    struct config c = {0};
    struct str etag;
    CHECK(
        read_text(arena,
                  "probes:\n"
                  "  - { name: p, kind: status_page, url: \"https://s/x\", components: [API, B] }\n"
                  "  - { name: o, kind: openai, address: env:KEY, limit: 5, token_limit: 7 }\n",
                  &c));
    CHECK_INT(c.probes[0].every_ms, 60000);
    CHECK_INT(c.probes[1].every_ms, 900000);
    c.probes[0].etag = STR("W/\"a\"");
    CHECK_STR(probe_order(arena, &c.probes[0]).body_json,
              "{\"components\":[\"API\",\"B\"],\"etag\":\"W/\\\"a\\\"\",\"kind\":\"status_page\","
              "\"paths\":[],\"url\":\"https://s/x\"}");
    struct order order = probe_order(arena, &c.probes[1]);
    CHECK_STR(order.body_json, "{\"kind\":\"openai\",\"limit\":5,\"paths\":[],\"token_limit\":7,"
                               "\"url\":\"https://api.openai.com\"}");
    CHECK_STR(order.secret_names[0], "probes.o.address");
    struct order_result result = {.outcome = ORDER_DONE,
                                  .detail = STR(""),
                                  .output = STR("{\"etag\":\"e\",\"unchanged\":true}")};
    CHECK(probe_answer_holds(arena, &result, &etag));
    CHECK_STR(etag, "e");
    result.output = STR("{\"etag\":\"f\",\"samples\":\"\"}");
    CHECK(!probe_answer_holds(arena, &result, &etag));
    CHECK_STR(etag, "f");
    result.outcome = ORDER_FAILED;
    CHECK(!probe_answer_holds(arena, &result, &etag));
    CHECK_STR(etag, "");
}

TEST(an_answer_becomes_a_line)
{
    struct config_probe probe = {.name = STR("d"), .kind = STR("redis"), .deadline_ms = 2000};
    struct order_result result = {.outcome = ORDER_DONE,
                                  .detail = STR("fine"),
                                  .output = STR("{\"note\":\"soon\",\"samples\":\"a 1\\n\"}")};
    struct probe_line line = probe_line_of(arena, &probe, &result, (struct instant){7});
    CHECK(line.up);
    CHECK_STR(line.note, "soon");
    CHECK_STR(line.samples, "a 1\n");
    CHECK_STR(line.problem, "");
    result.outcome = ORDER_FAILED;
    line = probe_line_of(arena, &probe, &result, (struct instant){7});
    CHECK(!line.up);
    CHECK_STR(line.problem, "fine");
    CHECK_STR(line.samples, "a 1\n");
    result = (struct order_result){
        .outcome = ORDER_DOUBTED, .detail = STR("it was stopped"), .output = STR("no JSON")};
    line = probe_line_of(arena, &probe, &result, (struct instant){7});
    CHECK(!line.up && str_starts(line.problem, "gave nothing within 2 s, not even a reason"));
    CHECK_STR(line.samples, "");
}
