/* test_read.c - the bodies of Alertmanager, Grafana, PagerDuty and CloudEvents, and what is
 * refused.
 */
#include "harness/test.h"
#include "inbound/read.h"

static struct inbound_said said;

/* One line an alert, or the sentence of the error. */
static struct str read_what(struct arena *arena, const struct inbound_body *body)
{
    static const char *const changes[] = {"fires", "resolves", "is seen"};
    struct inbound_body what = *body;
    struct inbound_batch batch = {0};
    struct err err = {0};
    struct text text;
    text_init(&text, arena, 1 << 20);
    if (!inbound_type_fits(&what, &err) || !inbound_read(arena, &what, &batch, &said, &err))
        return str_printf(arena, "%s%s", err.kind == ERR_REFUSED ? "too large: " : "", err.text);
    for (size_t i = 0; i < batch.count; i++) {
        const struct inbound_alert *alert = &batch.items[i];
        char starts[INSTANT_TEXT_BYTES] = "";
        char ends[INSTANT_TEXT_BYTES] = "";
        if (!instant_is_zero(alert->starts))
            instant_write(alert->starts, starts);
        text_printf(&text, "%s%s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.19s", i > 0 ? "\n" : "",
                    changes[alert->change], STR_ARGS(alert->key), STR_ARGS(alert->group),
                    STR_ARGS(alert->name), STR_ARGS(alert->severity), STR_ARGS(alert->summary),
                    STR_ARGS(alert->url), starts);
        if (!instant_is_zero(alert->ends)) {
            instant_write(alert->ends, ends);
            text_printf(&text, " to %.19s", ends);
        }
    }
    return text_str(&text);
}

static struct str read_typed(struct arena *arena, enum inbound_form form, const char *type,
                             struct str text)
{
    struct inbound_body body = {.form = form, .content_type = str_of(type), .text = text};
    return read_what(arena, &body);
}

/* A CloudEvent in binary mode. */
static struct str read_binary(struct arena *arena, const char *event, const char *type,
                              struct str text)
{
    struct inbound_body body = {.form = INBOUND_CLOUDEVENTS,
                                .content_type = str_of(type),
                                .text = text,
                                .attributes = {.id = STR("1"),
                                               .source = STR("/s"),
                                               .type = str_of(event),
                                               .specversion = STR("1.0"),
                                               .subject = STR("db1"),
                                               .time = STR("")}};
    return read_what(arena, &body);
}

static struct str read_json(struct arena *arena, enum inbound_form form, const char *body)
{
    return read_typed(arena, form, "application/json; charset=utf-8", str_of(body));
}

#define ALERT(more)                                                                                \
    "{\"labels\":{\"alertname\":\"High\",\"severity\":\"page\",\"job\":\"shop\"},"                 \
    "\"startsAt\":\"2026-11-30T03:00:00.5+01:00\"" more "}"

TEST(alertmanager_webhook)
{
    static const char first[] = ALERT(",\"status\":\"firing\",\"fingerprint\":\"f1\","
                                      "\"annotations\":{\"summary\":\" it\\nhurts \"},"
                                      "\"generatorURL\":\"https://prom/g\"");
    static const char second[] = ALERT(",\"status\":\"resolved\",\"fingerprint\":\"f2\"");
    struct str body = str_printf(arena,
                                 "{\"version\":\"4\",\"groupKey\":\"g\",\"truncatedAlerts\":2,"
                                 "\"externalURL\":\"http://am/\",\"alerts\":[%s,%s]}",
                                 first, second);
    CHECK_STR(read_json(arena, INBOUND_ALERTMANAGER, body.p),
              "fires|f1|g|High|page|it hurts|https://prom/g|2026-11-30T02:00:00\n"
              "resolves|f2|g|High|page|job=shop|http://am/|2026-11-30T02:00:00\n"
              "fires|truncated g|g|more alerts of a group than its sender sends at once||2 more "
              "were left out|http://am/|");
}

TEST(an_alert_without_a_fingerprint_is_known_by_its_labels)
{
    struct str one =
        read_json(arena, INBOUND_ALERTMANAGER,
                  "{\"version\":\"4\",\"alerts\":[" ALERT(",\"status\":\"firing\"") "]}");
    CHECK(str_starts(one, "fires|sha256:"));
    CHECK_SAME(read_json(arena, INBOUND_ALERTMANAGER,
                         "{\"version\":\"4\",\"alerts\":[" ALERT(",\"status\":\"firing\"") "]}"),
               one);
}

TEST(webhooks_that_are_refused)
{
    static const char *const bodies[][2] = {
        {"{\"version\":\"4\"}", "The body has no list \"alerts\"."},
        {"{\"version\":\"3\",\"alerts\":[]}",
         "The body has the version \"3\"; the webhook of Alertmanager that is read here has "
         "\"4\"."},
        {"{\"version\":\"4\",\"alerts\":[{}]}", "An alert of the body has no labels."},
        {"{\"version\":\"4\",\"alerts\":[7]}", "An alert of the body has no labels."},
        {"{\"version\":\"4\",\"alerts\":[{\"labels\":{},\"status\":\"odd\"}]}",
         "An alert of the body has the status \"odd\"; possible are firing and resolved."},
        {"[]", "The body is no JSON object."}};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        CHECK_STR(read_json(arena, INBOUND_ALERTMANAGER, bodies[i][0]), bodies[i][1]);
    CHECK(str_starts(read_json(arena, INBOUND_ALERTMANAGER, "{\"version\""),
                     "The body is no JSON (at 1:"));
    CHECK_STR(read_typed(arena, INBOUND_ALERTMANAGER, "text/plain", STR("{}")),
              "The content type \"text/plain\" is not application/json.");
}

TEST(a_body_has_so_many_alerts)
{
    struct text text;
    text_init(&text, arena, 1 << 20);
    text_adds(&text, "{\"version\":\"4\",\"alerts\":[");
    for (int i = 0; i < LIMIT_INBOUND_ALERTS; i++)
        text_printf(&text, "%s{\"labels\":{\"i\":\"%d\"},\"status\":\"firing\"}", i ? "," : "", i);
    struct str front = str_copy(arena, text_str(&text));
    struct str good = str_printf(arena, "%s]}", front.p);
    struct str bad = str_printf(arena, "%s,{\"labels\":{},\"status\":\"firing\"}]}", front.p);
    CHECK(str_starts(read_typed(arena, INBOUND_ALERTMANAGER, "application/json", good), "fires|"));
    CHECK(str_starts(read_typed(arena, INBOUND_ALERTMANAGER, "application/json", bad),
                     "too large: The body has more than 1000 alerts"));
}

TEST(grafana_webhook)
{
    CHECK_STR(read_json(arena, INBOUND_GRAFANA,
                        "{\"version\":\"1\",\"orgId\":1,\"title\":\"t\",\"state\":\"alerting\","
                        "\"groupKey\":\"g\",\"alerts\":[" ALERT(
                            ",\"status\":\"firing\",\"fingerprint\":\"f\",\"generatorURL\":"
                            "\"javascript:alert(1)\"") "]}"),
              "fires|f|g|High|page|job=shop||2026-11-30T02:00:00");
}

#define PAYLOAD                                                                                    \
    "\"payload\":{\"summary\":\"Late\",\"source\":\"db1\",\"severity\":\"error\",\"group\":\"dbs\"}"

TEST(pagerduty_events)
{
    CHECK_STR(read_json(arena, INBOUND_PAGERDUTY,
                        "{\"routing_key\":\"r\",\"event_action\":\"trigger\",\"dedup_key\":\"d\","
                        "\"links\":[{\"href\":\"https://l/\"}]," PAYLOAD "}"),
              "fires|d|dbs|Late|error|Late (db1)|https://l/|");
    CHECK_STR(said.routing_key, "r");
    CHECK_STR(said.dedup_key, "d");
    CHECK_STR(read_json(arena, INBOUND_PAGERDUTY,
                        "{\"routing_key\":\"r\",\"event_action\":\"acknowledge\",\"dedup_key\":"
                        "\"d\"}"),
              "is seen|d||||||");
    CHECK_STR(read_json(arena, INBOUND_PAGERDUTY,
                        "{\"routing_key\":\"r\",\"event_action\":\"resolve\",\"dedup_key\":\"d\"}"),
              "resolves|d||||||");
    (void)read_json(arena, INBOUND_PAGERDUTY,
                    "{\"routing_key\":\"r\",\"event_action\":\"trigger\"," PAYLOAD "}");
    CHECK_INT(said.dedup_key.n, 32);
}

TEST(pagerduty_events_that_are_refused)
{
    static const char *const bodies[][2] = {
        {"{}", "'routing_key' is missing or blank"},
        {"{\"routing_key\":\"r\"}", "'event_action' is invalid (must be one of the following: "
                                    "'trigger', 'acknowledge' or 'resolve')"},
        {"{\"routing_key\":\"r\",\"event_action\":\"trigger\"}", "'payload' is missing or blank"},
        {"{\"routing_key\":\"r\",\"event_action\":\"trigger\",\"payload\":{}}",
         "'payload.summary' is missing or blank"},
        {"{\"routing_key\":\"r\",\"event_action\":\"trigger\",\"payload\":{\"summary\":\"s\"}}",
         "'payload.source' is missing or blank"},
        {"{\"routing_key\":\"r\",\"event_action\":\"trigger\",\"payload\":{\"summary\":\"s\","
         "\"source\":\"x\",\"severity\":\"bad\"}}",
         "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', "
         "'error' or 'info')"},
        {"{\"routing_key\":\"r\",\"event_action\":\"resolve\"}",
         "'dedup_key' is missing or blank"}};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        CHECK_STR(read_json(arena, INBOUND_PAGERDUTY, bodies[i][0]), bodies[i][1]);
    /* Whose event it was can be said all the same. */
    struct inbound_body refused = {.form = INBOUND_PAGERDUTY, .text = str_of(bodies[2][0])};
    CHECK_STR(inbound_routing_key(arena, &refused), "r");
    refused.text = STR("{\"routing_key\":");
    CHECK_STR(inbound_routing_key(arena, &refused), "");
    char *key = arena_alloc(arena, 257);
    memset(key, 'k', 256);
    CHECK_STR(read_json(arena, INBOUND_PAGERDUTY,
                        str_printf(arena,
                                   "{\"routing_key\":\"r\",\"event_action\":\"resolve\","
                                   "\"dedup_key\":\"%s\"}",
                                   key)
                            .p),
              "'dedup_key' is longer than 255 characters");
    char *large = arena_alloc(arena, LIMIT_INBOUND_PAGERDUTY_BYTES + 2);
    memset(large, ' ', LIMIT_INBOUND_PAGERDUTY_BYTES + 1);
    CHECK_STR(read_json(arena, INBOUND_PAGERDUTY, large),
              "too large: The event has more than 512 kB.");
}

#define EVENT(type, more)                                                                          \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"" type                     \
    "\",\"time\":\"2026-11-30T03:00:00Z\"" more "}"

TEST(cloud_events)
{
    const char *one = "application/cloudevents+json";
    const char *many = "application/cloudevents-batch+json; charset=utf-8";
    CHECK_STR(read_typed(arena, INBOUND_CLOUDEVENTS, one,
                         STR(EVENT("com.acme.disk.raised",
                                   ",\"subject\":\"db1\",\"data\":{\"severity\":\"high\","
                                   "\"summary\":\"full\",\"url\":\"https://u/\"}"))),
              "fires|/s db1|/s db1|db1|high|full|https://u/|2026-11-30T03:00:00");
    CHECK_STR(
        read_typed(arena, INBOUND_CLOUDEVENTS, one, STR(EVENT("com.acme.disk.cleared", ""))),
        "resolves|/s com.acme.disk|/s com.acme.disk|com.acme.disk||/s||2026-11-30T03:00:00 to "
        "2026-11-30T03:00:00");
    CHECK_STR(
        read_typed(arena, INBOUND_CLOUDEVENTS, many,
                   STR("[" EVENT("a.changed", ",\"data\":{\"status\":\"Resolved\",\"key\":\"k\","
                                              "\"group\":\"g\"}") "]")),
        "resolves|/s k|group g|a||/s||2026-11-30T03:00:00 to 2026-11-30T03:00:00");
    CHECK_STR(read_typed(arena, INBOUND_CLOUDEVENTS, many, STR("[]")), "");
}

TEST(cloud_events_that_are_refused)
{
    const char *one = "application/cloudevents+json";
    const char *many = "application/cloudevents-batch+json";
    CHECK_STR(read_typed(arena, INBOUND_CLOUDEVENTS, one, STR(EVENT("com.acme.disk.changed", ""))),
              "The event does not say whether its alert fires: \"changed\" is neither firing, "
              "fired, alerting, triggered, trigger, open, opened, raised, critical, warning or "
              "problem (it fires) nor resolved, resolve, closed, cleared, ok, normal, recovered or "
              "inactive (it is over); say it as data.status.");
    CHECK_STR(read_typed(arena, INBOUND_CLOUDEVENTS, one, STR("{\"specversion\":\"0.3\"}")),
              "The event has the specversion \"0.3\"; 1.0 is read here.");
    CHECK_STR(read_typed(arena, INBOUND_CLOUDEVENTS, one, STR("{\"specversion\":\"1.0\"}")),
              "The event has no attribute \"id\".");
    CHECK(str_starts(read_typed(arena, INBOUND_CLOUDEVENTS, one, STR("[]")),
                     "An event is a JSON object"));
    CHECK_STR(read_typed(arena, INBOUND_CLOUDEVENTS, many, STR("{}")),
              "A batch of events is a JSON array.");
    CHECK_STR(read_typed(arena, INBOUND_CLOUDEVENTS, many, STR("[7]")),
              "Event 1 of the batch, of which nothing is taken: An event is a JSON object.");
    CHECK(str_starts(read_typed(arena, INBOUND_CLOUDEVENTS, many,
                                STR("[" EVENT("a.raised", "") "," EVENT("a.changed", "") "]")),
                     "Event 2 of the batch, of which nothing is taken: The event does not say"));
    CHECK(str_starts(read_json(arena, INBOUND_CLOUDEVENTS, "{}"), "The content type"));
}

TEST(cloud_events_in_binary_mode_have_json_text_or_nothing)
{
    static const char *const events[][4] = {
        {"a.raised", "", "", "fires|/s db1|/s db1|db1||/s||"},
        {"a.cleared", "application/xml", "", "resolves|/s db1|/s db1|db1||/s||"},
        {"a.raised", "text/plain; charset=utf-8", " disk is\nfull ",
         "fires|/s db1|/s db1|db1||disk is full||"},
        {"a.changed", "application/vnd.acme+json", "{\"status\":\"ok\"}",
         "resolves|/s db1|/s db1|db1||/s||"},
        {"a.raised", "text/plain", "\xff", "The data of the event are no UTF-8."},
        {"a.raised", "application/xml", "<a/>",
         "The data of the event are \"application/xml\"; read here are JSON, text/plain, and an "
         "event without data."},
        {"", "application/json", "{}", "The event has no attribute \"type\"."}};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        struct str got = read_binary(arena, events[i][0], events[i][1], str_of(events[i][2]));
        CHECK_STR(got, events[i][3]);
    }
    CHECK(str_starts(read_binary(arena, "a.raised", "application/json", STR("{")),
                     "The data of the event are no JSON (at 1:"));
    CHECK(str_starts(read_binary(arena, "a.changed", "text/plain", STR("ok")),
                     "The event does not say whether its alert fires: \"changed\""));
}

TEST(cloud_events_have_data_in_base64)
{
    static const char *const events[][2] = {
        /* {"status":"resolved","summary":"b"} */
        {",\"data_base64\":\"eyJzdGF0dXMiOiJyZXNvbHZlZCIsInN1bW1hcnkiOiJiIn0=\"",
         "resolves|/s a|/s a|a||b||2026-11-30T03:00:00 to 2026-11-30T03:00:00"},
        {",\"datacontenttype\":\"text/plain\",\"data_base64\":\"ZnVsbA==\"",
         "fires|/s a|/s a|a||full||2026-11-30T03:00:00"},
        {",\"datacontenttype\":\"text/plain\",\"data\":\"full\"",
         "fires|/s a|/s a|a||full||2026-11-30T03:00:00"},
        {",\"data_base64\":\"\"", "fires|/s a|/s a|a||/s||2026-11-30T03:00:00"},
        {",\"data_base64\":\"%%\"", "The data_base64 of the event is no base64."},
        {",\"data_base64\":7", "The data_base64 of the event is no base64."},
        {",\"data\":{},\"data_base64\":\"\"", "The event has data and data_base64; one of them."},
        {",\"datacontenttype\":\"image/png\",\"data_base64\":\"ZnVsbA==\"",
         "The data of the event are image/png; read here are JSON, text/plain, and an event "
         "without data."},
        {",\"datacontenttype\":\"application/xml\",\"data\":\"<a/>\"",
         "The data of the event are application/xml; read here are JSON, text/plain, and an event "
         "without data."}};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        struct str body = str_printf(arena,
                                     "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\","
                                     "\"type\":\"a.raised\",\"time\":\"2026-11-30T03:00:00Z\"%s}",
                                     events[i][0]);
        CHECK_STR(read_typed(arena, INBOUND_CLOUDEVENTS, "application/cloudevents+json", body),
                  events[i][1]);
    }
}

/* so many of a letter of two bytes */
static struct str umlauts(struct arena *arena, size_t count)
{
    struct text text;
    text_init(&text, arena, 2 * count);
    for (size_t i = 0; i < count; i++)
        text_adds(&text, "\xc3\xa4");
    return text_str(&text);
}

TEST(pagerduty_counts_characters)
{
    struct str most = umlauts(arena, 255);
    struct str body = str_printf(arena,
                                 "{\"routing_key\":\"r\",\"event_action\":\"resolve\","
                                 "\"dedup_key\":\"%.*s\"}",
                                 STR_ARGS(most));
    CHECK(str_starts(read_json(arena, INBOUND_PAGERDUTY, body.p), "resolves|sha256:"));
    CHECK_SAME(said.dedup_key, most);
    body = str_printf(
        arena, "{\"routing_key\":\"r\",\"event_action\":\"resolve\",\"dedup_key\":\"%.*sx\"}",
        STR_ARGS(most));
    CHECK_STR(read_json(arena, INBOUND_PAGERDUTY, body.p),
              "'dedup_key' is longer than 255 characters");
    struct str summary = umlauts(arena, 1024);
    body = str_printf(arena,
                      "{\"routing_key\":\"r\",\"event_action\":\"trigger\",\"dedup_key\":\"d\","
                      "\"payload\":{\"summary\":\"%.*sx\",\"source\":\"db1\",\"severity\":"
                      "\"error\"}}",
                      STR_ARGS(summary));
    struct str read = read_json(arena, INBOUND_PAGERDUTY, body.p);
    struct str kept = str_printf(arena, "|error|%.*s||", STR_ARGS(summary));
    CHECK(str_ends(read, kept.p));
}

TEST(keys_and_addresses_have_limits)
{
    char *long_text = arena_alloc(arena, 3000);
    memset(long_text, 'a', 2999);
    CHECK_INT(inbound_key(arena, str_of(long_text), STR("")).n, 71);
    CHECK_STR(inbound_key(arena, STR("a"), STR("b")), "a b");
    CHECK(str_starts(inbound_key(arena, STR("a\nb"), STR("")), "sha256:"));
    CHECK_STR(inbound_url(arena, STR("HTTPS://a/?b=c&d")), "HTTPS://a/?b=c&d");
    CHECK_STR(inbound_url(arena, STR("https://a/ b")), "");
    CHECK_STR(inbound_url(arena, STR("data:text/html,x")), "");
    CHECK_STR(inbound_url(arena, str_printf(arena, "http://%s", long_text)), "");
    CHECK_INT(inbound_line(arena, str_of(long_text), 10).n, 10);
    CHECK_INT(inbound_form_find(STR("grafana")), INBOUND_GRAFANA);
    CHECK_INT(inbound_form_find(STR("datadog")), INBOUND_FORMS);
    CHECK_STR(str_of(inbound_form_name(INBOUND_PAGERDUTY)), "pagerduty");
}

TEST(what_has_resolved_says_when_it_ended)
{
    const char *const batched = "application/cloudevents-batch+json";
    CHECK_STR(read_json(arena, INBOUND_ALERTMANAGER,
                        "{\"version\":\"4\",\"groupKey\":\"g\",\"alerts\":["
                        "{\"status\":\"resolved\",\"fingerprint\":\"a\",\"labels\":{},"
                        "\"startsAt\":\"2026-11-30T02:00:00Z\",\"endsAt\":"
                        "\"2026-11-30T02:08:00Z\"},"
                        "{\"status\":\"resolved\",\"fingerprint\":\"b\",\"labels\":{},"
                        "\"startsAt\":\"2026-11-30T02:00:00Z\",\"endsAt\":"
                        "\"0001-01-01T00:00:00Z\"},"
                        "{\"status\":\"firing\",\"fingerprint\":\"c\",\"labels\":{},"
                        "\"endsAt\":\"2026-11-30T02:08:00Z\"}]}"),
              "resolves|a|g|an alert without a name||||2026-11-30T02:00:00 to "
              "2026-11-30T02:08:00\n"
              "resolves|b|g|an alert without a name||||2026-11-30T02:00:00\n"
              "fires|c|g|an alert without a name||||");
    CHECK_STR(read_typed(arena, INBOUND_CLOUDEVENTS, batched,
                         STR("[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\","
                             "\"type\":\"disk.resolved\",\"time\":\"2026-11-30T02:08:00Z\"},"
                             "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"/s\","
                             "\"type\":\"disk.resolved\",\"time\":\"2026-11-30T02:08:00Z\","
                             "\"data\":{\"starts_at\":\"2026-11-30T02:00:00Z\",\"ends_at\":"
                             "\"2026-11-30T02:07:00Z\"}}]")),
              "resolves|/s disk|/s disk|disk||/s||2026-11-30T02:08:00 to 2026-11-30T02:08:00\n"
              "resolves|/s disk|/s disk|disk||/s||2026-11-30T02:00:00 to 2026-11-30T02:07:00");
}
