/* test_config_alerts.c - alerts: and depends: of reeve.yaml: what is read, and what is refused. */
#include "base/text.h"
#include "harness/test.h"
#include "main/config.h"

static struct config_errors errors;

static bool read_text(struct arena *arena, const char *text, struct config *out_config)
{
    struct config_input input = {.file = STR("reeve.yaml"), .text = str_of(text)};
    return config_read(arena, &input, out_config, &errors);
}

/* The text must be refused with exactly these lines. */
#define CHECK_REFUSED(text, want)                                                                  \
    do {                                                                                           \
        struct config refused = {.folder = STR("untouched")};                                      \
        CHECK(!read_text(arena, (text), &refused));                                                \
        CHECK_STR(config_errors_text(arena, &errors), (want));                                     \
        CHECK_STR(refused.folder, "untouched");                                                    \
    } while (0)

TEST(how_rules_behave_and_what_they_depend_on)
{
    struct config c;
    CHECK(read_text(arena,
                    "alerts:\n"
                    "  error rate: { severity: P0, recovers_below: 3%, keeps_firing: 10 min }\n"
                    "  \"Disk usage > 80%\": { missing: fires, missing_for: 2 min }\n"
                    "  lag: P2\n"
                    "depends: { error rate: [database, cache], lag: load }\n"
                    "incidents: { group: 0 s }\n",
                    &c));
    CHECK_INT(c.alert_count, 5); /* with critical and warning */
    CHECK_STR(c.alerts[2].severity, "P0");
    CHECK_STR(c.alerts[2].recovers_below, "3%");
    CHECK_INT(c.alerts[2].keeps_firing_ms, 600000);
    CHECK_STR(c.alerts[3].severity, "");
    CHECK_STR(c.alerts[3].missing, "fires");
    CHECK_INT(c.alerts[3].missing_for_ms, 120000);
    CHECK_STR(c.alerts[4].severity, "P2");
    CHECK_INT(c.depend_count, 2);
    CHECK_STR(c.depends[0].of, "error rate");
    CHECK_INT(c.depends[0].on.count, 2);
    CHECK_STR(c.depends[1].on.items[0], "load");
    CHECK_INT(c.incident_group_ms, 0);
    CHECK(read_text(arena, "{}\n", &c));
    CHECK_INT(c.incident_group_ms, 30000);
}

TEST(rules_that_are_badly_described_are_refused)
{
    CHECK_REFUSED("alerts: { disk usage: { missing: resolves } }\n",
                  "reeve.yaml:1:34: \"resolves\" is not unknown, fires or stays.\n");
    CHECK_REFUSED("alerts: { disk usage: { missing_for: 5 min } }\n",
                  "reeve.yaml:1:25: missing_for: goes with missing: fires only.\n");
    CHECK_REFUSED("alerts: { disk usage: { recovers_below: 3, recovers_above: 4 } }\n",
                  "reeve.yaml:1:25: recovers_below and recovers_above do not go together; keep "
                  "one.\n");
    CHECK_REFUSED("alerts: { disk usage: { keeps_firing: 2 days } }\n",
                  "reeve.yaml:1:39: It must be from 1 s to 1 d.\n");
    CHECK_REFUSED("alerts: { disk usage: { recover_below: 3 } }\n",
                  "reeve.yaml:1:25: \"recover_below\" is no key here; did you mean "
                  "\"recovers_below\"?\n");
    CHECK_REFUSED("alerts: { critical: { severity: P1 } }\n",
                  "reeve.yaml:1:23: \"critical\" wants a severity, like P1 or SEV2, not keys with "
                  "values.\n");
    CHECK_REFUSED("depends: { error rate: { on: database } }\n",
                  "reeve.yaml:1:26: Keys with values do not go here; write a name or a list of "
                  "names.\n");
}
