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

TEST(what_alerts_say_of_themselves_may_decide)
{
    struct config config;
    struct str said;
    CHECK(read_text(arena,
                    "senders:\n"
                    "  - { name: am, alerts: alertmanager, token: \"env:T\",\n"
                    "      opens: { page: P1, Info: nothing, default: warning } }\n"
                    "  - { name: gr, alerts: grafana, token: \"env:T\", opens: nothing }\n",
                    &config, &said));
    const struct config_inbound *sender = &config.inbounds[0];
    CHECK_INT(sender->by_count, 2);
    CHECK_STR(sender->by[0].says, "page");
    CHECK_STR(sender->by[0].opens, "P1");
    CHECK_STR(sender->by[1].opens, "");
    CHECK_STR(sender->opens, "warning");
    CHECK_STR(config.inbounds[1].opens, "");
    CHECK_INT(config.inbounds[1].by_count, 0);
}

TEST(bad_maps_of_severities_are_refused)
{
    CHECK_STR(refused(arena, "alerts: grafana, token: \"env:T\", opens: {page: P1}"),
              "reeve.yaml:1:62: opens: does not say what an alert opens whose severity is not "
              "listed; add default: with a severity, or default: nothing.\n");
    CHECK_STR(refused(arena, "alerts: grafana, token: \"env:T\", opens: {default: P1}"),
              "reeve.yaml:1:62: opens: lists no severity of alerts; write opens: with one severity "
              "for all, or add what its alerts say, like critical: P1.\n");
    CHECK_STR(
        refused(arena,
                "alerts: grafana, token: \"env:T\", opens: {page: P1, Page: P2, default: P3}"),
        "reeve.yaml:1:72: \"Page\" stands twice here: capital letters make no difference.\n");
    CHECK_STR(refused(arena, "alerts: grafana, token: \"env:T\", opens: {page: [P1], default: P3}"),
              "reeve.yaml:1:69: \"page\" wants a severity, like P1 or SEV2, not a list.\n");
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
              "reeve.yaml:1:61: \"a b\" is not a severity, like P1, or keys with values.\n");
}
