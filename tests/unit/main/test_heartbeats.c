/* test_heartbeats.c - heartbeats: in reeve.yaml. */
#include "harness/test.h"
#include "main/config.h"

static struct config_errors errors;

static bool read_text(struct arena *arena, const char *text, struct config *out_config)
{
    struct config_input input = {.file = STR("reeve.yaml"), .text = str_of(text)};
    return config_read(arena, &input, out_config, &errors);
}

TEST(what_is_said_and_what_is_meant_without)
{
    struct config c = {0};
    CHECK(read_text(
        arena,
        "heartbeats:\n"
        "  backup: { cron: \"0 3 * * *\", zone: Europe/Berlin, grace: 1 h, longest: 2 h,\n"
        "            token: \"file:t\", opens: P1 }\n"
        "  queue.2: { every: 5 min, token: \"env:QUEUE\" }\n",
        &c));
    CHECK_INT(c.heartbeat_count, 2);
    CHECK_STR(c.heartbeats[0].name, "backup");
    CHECK_INT(c.heartbeats[0].every_ms, 0);
    CHECK_STR(c.heartbeats[0].zone, "Europe/Berlin");
    CHECK_INT(c.heartbeats[0].grace_ms, 3600000);
    CHECK_INT(c.heartbeats[0].longest_ms, 7200000);
    CHECK_STR(c.heartbeats[0].opens, "P1");
    CHECK_STR(c.heartbeats[0].token.name, "heartbeats.backup.token");
    CHECK_INT(c.heartbeats[1].every_ms, 300000);
    CHECK_STR(c.heartbeats[1].cron, "");
    CHECK_STR(c.heartbeats[1].zone, "UTC");
    CHECK_INT(c.heartbeats[1].grace_ms, 300000);
    CHECK_INT(c.heartbeats[1].longest_ms, 0);
    CHECK_STR(c.heartbeats[1].opens, "warning");
    CHECK_INT(c.secret_count, 2);
}

TEST(what_does_not_go_together_is_refused)
{
    static const char *const rows[][2] = {
        {"heartbeats: {a: {token: \"env:T\"}}\n",
         "reeve.yaml:1:14: The heartbeat \"a\" needs either every: or cron:.\n"},
        {"heartbeats: {a: {every: 1 h, cron: \"0 3 * * *\", token: \"env:T\"}}\n",
         "reeve.yaml:1:14: The heartbeat \"a\" needs either every: or cron:.\n"},
        {"heartbeats: {a: {every: 1 h, zone: UTC, token: \"env:T\"}}\n",
         "reeve.yaml:1:30: zone: goes with cron: only.\n"},
        {"heartbeats: {a: {cron: \"0 3 * * *\", zone: \"../x\", token: \"env:T\"}}\n",
         "reeve.yaml:1:43: \"../x\" is no time zone, like Europe/Berlin.\n"},
        {"heartbeats: {a/b: {every: 1 h, token: \"env:T\"}}\n",
         "reeve.yaml:1:14: \"a/b\" is no name of a heartbeat: it stands in an address, so it may "
         "have 64 letters, digits, \"-\", \"_\" and \".\", a letter or digit first.\n"},
        {"heartbeats: {a: {every: 1 h, token: secret}}\n",
         "reeve.yaml:1:37: A secret must not stand in the configuration; write env:NAME or "
         "file:PATH. What stands here should be replaced, because others may have read it.\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config refused = {0};
        CHECK(!read_text(arena, rows[i][0], &refused));
        CHECK_STR(config_errors_text(arena, &errors), rows[i][1]);
    }
    struct config refused = {0};
    CHECK(
        !read_text(arena, "heartbeats: {a: {cron: \"61 3 * * *\", token: \"env:T\"}}\n", &refused));
    CHECK(str_starts(config_errors_text(arena, &errors),
                     "reeve.yaml:1:14: The cron: of heartbeat \"a\": "));
    CHECK(!read_text(arena, "heartbeats: {a: {every: 1 h}}\n", &refused));
}
