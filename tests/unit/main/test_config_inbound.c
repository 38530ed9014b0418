/* test_config_inbound.c - senders of alerts, and what does not go together. */
#include "harness/test.h"
#include "main/config.h"

static bool read_text(struct arena *arena, const char *yaml, struct config *config,
                      struct str *out_said)
{
    struct config_errors *errors = arena_make(arena, struct config_errors);
    struct config_input input = {.file = STR("reeve.yaml"), .text = str_of(yaml)};
    bool good = config_read(arena, &input, config, errors);
    *out_said = config_errors_text(arena, errors);
    return good;
}

static struct str refused(struct arena *arena, const char *sender)
{
    struct config config;
    struct str said;
    struct str yaml = str_printf(arena, "senders: [{name: a, %s}]\n", sender);
    CHECK(!read_text(arena, yaml.p, &config, &said));
    return said;
}

TEST(senders_of_alerts_are_read)
{
    struct config config;
    struct str said;
    CHECK(read_text(arena,
                    "senders:\n"
                    "  - { name: am, alerts: alertmanager, token: \"env:T\", opens: critical }\n"
                    "  - { name: gr, alerts: grafana, secret: \"env:S\", timestamp_header: X-At }\n"
                    "  - { name: pd, alerts: pagerduty, token: \"env:T\" }\n"
                    "  - { name: ce, alerts: cloudevents, secret: \"env:S\", token: \"env:T\" }\n",
                    &config, &said));
    CHECK_STR(said, "");
    CHECK_INT(config.sender_count, 0);
    CHECK_INT(config.inbound_count, 4);
    CHECK_INT(config.inbounds[0].form, INBOUND_ALERTMANAGER);
    CHECK_STR(config.inbounds[0].opens, "critical");
    CHECK_STR(config.inbounds[0].token.name, "senders.am.token");
    CHECK_INT(config.inbounds[1].signing, SIGNED_GRAFANA);
    CHECK_STR(config.inbounds[1].timestamp_header, "X-At");
    CHECK_STR(config.inbounds[1].secret.name, "senders.gr.secret");
    CHECK_INT(config.inbounds[3].signing, SIGNED_SLACK);
}

TEST(what_does_not_go_together_is_refused)
{
    CHECK_STR(
        refused(arena, "alerts: smoke, token: \"env:T\""),
        "reeve.yaml:1:29: \"smoke\" is no form of alerts; possible are alertmanager, grafana, "
        "pagerduty and cloudevents.\n");
    CHECK_STR(refused(arena, "alerts: grafana"),
              "reeve.yaml:1:12: A sender of alerts has a token:, or a secret: that it signs with, "
              "or both.\n");
    CHECK_STR(
        refused(arena, "alerts: pagerduty, secret: \"env:T\""),
        "reeve.yaml:1:12: A sender of PagerDuty's events is known by its routing key: give it "
        "as token:, and no secret:.\n");
    CHECK_STR(refused(arena, "alerts: grafana, secret: \"env:T\", signed: wax"),
              "reeve.yaml:1:63: \"wax\" is no way to sign; possible are grafana and slack.\n");
    CHECK_STR(refused(arena, "alerts: grafana, token: \"env:T\", timestamp_header: X"),
              "reeve.yaml:1:12: timestamp_header: goes with a secret: and signed: grafana only.\n");
    CHECK_STR(refused(arena, "alerts: grafana, token: \"env:T\", every: 1 min"),
              "reeve.yaml:1:12: every: is of senders of measurements and does not go with "
              "alerts:.\n");
    CHECK_STR(refused(arena, "alerts: grafana, token: \"env:T\"}, {name: a, alerts: grafana, "
                             "token: \"env:T\""),
              "reeve.yaml:1:56: The name \"a\" stands twice among senders:.\n");
    CHECK_STR(refused(arena, "alerts: grafana, token: \"env:T\", opens: \"a b\""),
              "reeve.yaml:1:61: \"a b\" is not a severity, like P1 or SEV2.\n");
}
