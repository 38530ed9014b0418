/* test_log_map.c - what is known of a line by each map, and its counts as metrics. */
#include "base/text.h"
#include "harness/test.h"
#include "telemetry/log_body.h"
#include "telemetry/log_gather.h"
#include "telemetry/log_tally.h"

struct rig {
    struct log_map map;
    struct log_lines lines;
    struct log_tally tally;
    struct text seen;
};

static void take(void *context, const struct log_line *line)
{
    struct rig *rig = context;
    char buffer[LOG_MESSAGE_BYTES];
    struct log_entry entry;
    log_map_read(&rig->map, line, buffer, &entry);
    log_tally_add(&rig->tally, &entry);
    text_printf(&rig->seen, "%s %d %g at %lld: %.*s", log_severity_word(entry.severity),
                entry.status, entry.duration_s, (long long)(entry.at.us / 1000000),
                STR_ARGS(entry.message));
}

static struct str read_line(struct arena *arena, const char *format, const char *line)
{
    struct rig *rig = arena_make(arena, struct rig);
    struct err err = {0};
    CHECK_OK(log_map_init(&rig->map, arena, str_of(format), NULL, &err), &err);
    log_lines_init(&rig->lines, arena, &rig->map.paths, (struct log_lines_use){rig, take});
    text_init(&rig->seen, arena, 4096);
    log_lines_feed(&rig->lines, str_of(line));
    log_lines_end(&rig->lines);
    return text_str(&rig->seen);
}

TEST(each_format_is_read)
{
    static const char *const rows[][3] = {
        {"json",
         "{\"ts\":1796000000,\"severity\":\"WARNING\",\"msg\":\"slow\",\"status\":\"503\","
         "\"duration_ms\":1250}",
         "warn 503 1.25 at 1796000000: slow"},
        {"json",
         "{\"level\":50,\"time\":1796000000123,\"msg\":\"x\",\"res\":{\"statusCode\":500},"
         "\"responseTime\":8}",
         "error 500 0.008 at 1796000000: x"},
        {"json", "{\"log.level\":\"error\",\"message\":\"a \\\"b\\\"\",\"duration\":\"3.5ms\"}",
         "error 0 0.0035 at 0: a \"b\""},
        {"json", "{\"level\":\"info\",\"message\":\"not looked at\",\"status\":200}",
         "info 200 -1 at 0: "},
        {"json", "{\"status\":\"ok\",\"duration\":12,\"level\":\"loud\"}", " 0 -1 at 0: "},
        {"json", "no JSON", " 0 -1 at 0: no JSON"},
        {"netlify",
         "{\"log_type\":\"traffic\",\"timestamp\":\"2026-11-29T17:29:05.000Z\",\"url\":\"https://"
         "a.example/x\",\"status_code\":502,\"duration\":31}",
         " 502 0.031 at 1795973345: "},
        {"netlify", "{\"log_type\":\"functions\",\"level\":\"error\",\"message\":\"no user\"}",
         "error 0 -1 at 0: no user"},
        {"supabase",
         "{\"event_message\":\"GET | 500\",\"timestamp\":1796000000000000,\"metadata\":{"
         "\"request\":{\"path\":\"/rest\"},\"response\":{\"status_code\":500,\"origin_time\":12}}}",
         " 500 0.012 at 1796000000: GET | 500"},
        {"supabase",
         "{\"event_message\":\"deadlock\",\"metadata\":{\"parsed\":{\"error_severity\":"
         "\"FATAL\"}}}",
         "fatal 0 -1 at 0: deadlock"},
        {"logfmt", "ts=1796000000 level=error msg=\"timeout \\\"x\\\"\" duration=12.5ms status=504",
         "error 504 0.0125 at 1796000000: timeout \"x\""},
        {"logfmt", "no pairs here", " 0 -1 at 0: no pairs here"},
        {"combined",
         "127.0.0.1 - - [29/Nov/2026:17:29:05 +0000] \"GET /a?b HTTP/1.1\" 200 612 \"-\"",
         " 200 -1 at 1795973345: "},
        {"combined",
         "::1 - ana [29/Nov/2026:18:29:05 +0100] \"GET /\\x22 \\\" HTTP/1.1\" 502 1 \"-\" 0.1",
         " 502 -1 at 1795973345: GET /\\x22 \\\" HTTP/1.1"},
        {"combined", "1.2.3.4 - - [x] \"\" 400 0", " 400 -1 at 0: "},
        {"combined", "[x] \"GET\" 200", " 0 -1 at 0: [x] \"GET\" 200"},
        {"combined", "a [x] \"GET\" 2000", " 0 -1 at 0: a [x] \"GET\" 2000"},
        {"text", "{\"level\":\"error\"}", " 0 -1 at 0: {\"level\":\"error\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_STR(read_line(arena, rows[i][0], rows[i][1]), rows[i][2]);
}

TEST(words_and_numbers_of_logs)
{
    CHECK_INT(log_severity_of_word(STR("Critical")), ENTRY_FATAL);
    CHECK_INT(log_severity_of_word(STR("errors")), ENTRY_NOT_SAID);
    CHECK_INT(log_severity_of_number(STR("3")), ENTRY_ERROR);
    CHECK_INT(log_severity_of_number(STR("30")), ENTRY_INFO);
    CHECK_INT(log_severity_of_number(STR("8")), ENTRY_NOT_SAID);
    CHECK_INT(log_severity_of_number(STR("-1")), ENTRY_NOT_SAID);
    CHECK_STR(str_of(log_severity_word(24)), "fatal");
    CHECK_STR(str_of(log_severity_word(25)), "");
    CHECK_INT(log_status_of(STR("99")), 0);
    CHECK_INT(log_status_of(STR("600")), 0);
    CHECK(log_duration_of(STR("0.25"), 1) == 0.25);
    CHECK(log_duration_of(STR("1.5 s"), 0) == 1.5);
    CHECK(log_duration_of(STR("2m"), 0.001) == 120);
    CHECK(log_duration_of(STR("12345678901234567890"), 1e-9) > 1.2e10);
    CHECK(log_duration_of(STR("1e400"), 1) < 0);
    CHECK(log_duration_of(STR("-3"), 1) < 0);
    CHECK(log_duration_of(STR("3 parsecs"), 1) < 0);
    CHECK(log_duration_of(STR(""), 1) < 0);
    CHECK_INT(log_instant_of(STR("1796000000000000000")).us, 1796000000000000);
    CHECK_INT(log_instant_of(STR("2026-11-29 soon, I hope")).us, 0);
    CHECK_INT(log_instant_of(STR("1e300000000")).us, 0);
}

TEST(own_names_stand_before_those_of_the_map)
{
    struct log_map *map = arena_make(arena, struct log_map);
    struct log_map_own own = {
        .names = {[LOG_LEVEL] = STR("sev, x.level"), [LOG_DURATION] = STR("took:us")}};
    struct err err = {0};
    CHECK_OK(log_map_init(map, arena, STR("json"), &own, &err), &err);
    CHECK_STR(map->paths.paths[map->names[LOG_LEVEL][1].path], "x.level");
    CHECK(map->names[LOG_DURATION][0].scale == 1e-6);
    own.names[LOG_DURATION] = STR("took:h");
    CHECK(!log_map_init(map, arena, STR("json"), &own, &err));
    CHECK_STR(str_of(err.text), "\"h\" is no unit of a duration: s, ms, us or ns");
    CHECK(!log_map_init(map, arena, STR("combined"), &own, &err));
    CHECK_STR(str_of(err.text), "lines in the format \"combined\" have no named fields");
    CHECK(!log_map_init(map, arena, STR("xml"), NULL, &err));
    CHECK_STR(str_of(err.text), "\"xml\" is no format of a log: json, netlify, supabase, logfmt, "
                                "combined or text");
    own.names[LOG_DURATION] = STR("a..b");
    CHECK(!log_map_init(map, arena, STR("json"), &own, &err));
    struct text many;
    text_init(&many, arena, 4096);
    for (int i = 0; i < LOG_NAMES_MAX; i++)
        text_printf(&many, "d%d:ms,", i);
    own.names[LOG_DURATION] = text_str(&many);
    CHECK(!log_map_init(map, arena, STR("netlify"), &own, &err));
    CHECK_STR(str_of(err.text), "there are too many names for duration (at most 24)");
}

struct taken {
    struct text text;
    bool refuses;
};

static bool wants(void *context, struct str name)
{
    (void)context;
    return !str_starts(name, "log_");
}

static bool take_sample(void *context, const struct pushed_sample *sample, struct err *err)
{
    struct taken *taken = context;
    if (str_ends(sample->name, "_bucket") && sample->value == 0)
        return true;
    text_printf(&taken->text, "%.*s %d", STR_ARGS(sample->name), (int)sample->kind);
    for (size_t i = 0; i < sample->label_count; i++)
        text_printf(&taken->text, " %.*s=%.*s", STR_ARGS(sample->labels[i].name),
                    STR_ARGS(sample->labels[i].value));
    text_printf(&taken->text, " %g\n", sample->value);
    return !taken->refuses || err_set(err, ERR_USAGE, NULL, "no");
}

TEST(counts_are_pushed_once)
{
    struct log_tally *tally = arena_make(arena, struct log_tally);
    struct log_entry entry = {.severity = ENTRY_ERROR, .status = 503, .duration_s = 45};
    struct taken taken = {0};
    struct pushed_use use = {&taken, wants, take_sample, NULL};
    struct instant now = {1000000};
    text_init(&taken.text, arena, 1 << 16);
    log_tally_add(tally, &entry);
    entry.duration_s = 100;
    log_tally_add(tally, &entry);
    CHECK(log_tally_push(tally, STR("web"), now, now, &use));
    CHECK_STR(text_str(&taken.text), "http_requests_total 3 class=5xx status=503 source=web 2\n"
                                     "http_request_duration_seconds_bucket 3 le=60 source=web 1\n"
                                     "http_request_duration_seconds_bucket 3 le=+Inf source=web 2\n"
                                     "http_request_duration_seconds_count 3 source=web 2\n"
                                     "http_request_duration_seconds_sum 3 source=web 145\n");
    size_t before = taken.text.n;
    taken.refuses = true;
    CHECK(!log_tally_push(tally, STR("web"), now, now, &use));
    CHECK_STR(str_from(text_str(&taken.text), before),
              "http_requests_total 3 class=5xx status=503 source=web 0\n"
              "http_request_duration_seconds_count 3 source=web 0\n"
              "http_request_duration_seconds_sum 3 source=web 0\n");
}

TEST(totals_are_a_page_of_metrics)
{
    struct log_tally *tally = arena_make(arena, struct log_tally);
    struct log_entry entry = {.severity = ENTRY_NOT_SAID, .status = 200, .duration_s = -1};
    struct text text;
    text_init(&text, arena, 1 << 16);
    log_tally_add(tally, &entry);
    log_totals_write(&tally->totals, STR("a\"b\\"), &text);
    CHECK_STR(text_str(&text),
              "log_events_total{level=\"unknown\",source=\"a\\\"b\\\\\"} 1\n"
              "http_requests_total{class=\"2xx\",status=\"200\",source=\"a\\\"b\\\\\"} 1\n");
}

TEST(where_levels_are_said_no_error_is_a_count_of_0)
{
    struct log_tally *tally = arena_make(arena, struct log_tally);
    struct log_entry entry = {.severity = ENTRY_WARN - 4, .duration_s = -1};
    struct text text;
    text_init(&text, arena, 1 << 16);
    log_tally_add(tally, &entry);
    log_totals_write(&tally->totals, STR("web"), &text);
    CHECK_STR(text_str(&text), "log_events_total{level=\"info\",source=\"web\"} 1\n"
                               "log_events_total{level=\"warn\",source=\"web\"} 0\n"
                               "log_events_total{level=\"error\",source=\"web\"} 0\n"
                               "log_events_total{level=\"fatal\",source=\"web\"} 0\n");
}

static void add_entry(void *context, const struct log_entry *entry)
{
    struct text *text = context;
    text_printf(text, "%s %d|", log_severity_word(entry->severity), entry->status);
}

TEST(posted_bodies_are_lines_or_an_array)
{
    static const struct {
        const char *body, *seen;
        int lines, texts;
        bool good;
    } rows[] = {
        {"{\"level\":\"info\"}\n{\"level\":\"error\",\"status\":500}", "info 0|error 500|", 2, 0,
         true},
        {" [ {\"level\":\"a]},[\\\"\",\n \"status\":\n404},{\"level\":\"warn\",\"x\":[1,2]} ] ",
         " 404|warn 0|", 2, 0, true},
        {"[]", "", 0, 0, true},
        {"", "", 0, 0, true},
        {"[1,\"text\"]", " 0| 0|", 2, 2, true},
        {"[{\"status\":200},{\"status\":", " 200|", 1, 0, false},
        {"[{\"status\":200}] more", " 200|", 1, 0, false},
        {"[", "", 0, 0, false},
        {"{\n  \"level\": \"error\",\n  \"status\": 500\n}\r\n{\r\n \"level\": \"info\"\r\n}\n",
         "error 500|info 0|", 2, 0, true},
        {"{\"level\":\"info\"}\n{\n \"a\": \"}\\\"\", \"level\": \"error\"\n}\ntext\n{\n \"x\":",
         "info 0|error 0| 0| 0| 0|", 5, 3, true},
        {"{\"level\":\"error\"}{\"level\":\"info\",\"m\":\"}{\"} {\"level\":\"warn\"}\n"
         "{\"level\":\"error\",\n\"status\":500}\t{\"level\":\"info\"}\n\"string\"",
         "error 0|info 0|warn 0|error 500|info 0| 0|", 6, 1, true},
        /* A damaged line takes nothing with it. */
        {"{\"level\":\"er\n{\"level\":\"error\"}\n{\"level\":\"info\"}{\"level\":\"warn\"}",
         " 0|error 0|info 0|warn 0|", 4, 1, true},
    };
    struct log_map *map = arena_make(arena, struct log_map);
    struct err err = {0};
    CHECK_OK(log_map_init(map, arena, STR("json"), NULL, &err), &err);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text text;
        struct log_body_count count;
        struct log_entry_use use = {&text, add_entry};
        text_init(&text, arena, 4096);
        CHECK(log_body_take(arena, str_of(rows[i].body), map, &use, &count) == rows[i].good);
        CHECK_STR(text_str(&text), rows[i].seen);
        CHECK_INT(count.lines, rows[i].lines);
        CHECK_INT(count.texts, rows[i].texts);
        CHECK((count.problem[0] == '\0') == rows[i].good);
    }
}

/* A record with these attributes, as severity status duration at message. */
static struct str read_record(struct arena *arena, const struct log_record *record)
{
    struct log_map *map = arena_make(arena, struct log_map);
    char *buffer = arena_alloc(arena, LOG_MESSAGE_BYTES);
    struct log_entry entry;
    struct err err = {0};
    CHECK_OK(log_map_init(map, arena, STR("json"), NULL, &err), &err);
    log_map_read_record(map, record, buffer, &entry);
    return str_printf(arena, "%s %d %g at %lld: %.*s", log_severity_word(entry.severity),
                      entry.status, entry.duration_s, (long long)(entry.at.us / 1000000),
                      STR_ARGS(entry.message));
}

TEST(records_of_opentelemetry_are_entries)
{
    struct label attributes[] = {{STR("http.response.status_code"), STR("503")},
                                 {STR("duration_ms"), STR("250")},
                                 {STR("level"), STR("info")},
                                 {STR("other"), STR("x")}};
    struct log_record record = {.severity = 18,
                                .at = {1796000000000000},
                                .severity_text = STR("debug"),
                                .body = STR("no answer"),
                                .event = STR("pay.failed"),
                                .attributes = attributes,
                                .attribute_count = 4};
    CHECK_STR(read_record(arena, &record), "error 503 0.25 at 1796000000: no answer");
    record.severity = LOG_SEVERITY_NONE;
    record.body = STR("");
    record.at = (struct instant){0};
    CHECK_STR(read_record(arena, &record), "debug 503 0.25 at 0: pay.failed");
    record.severity_text = STR("");
    record.event = STR("");
    CHECK_STR(read_record(arena, &record), "info 503 0.25 at 0: ");
    record.attribute_count = 0;
    CHECK_STR(read_record(arena, &record), " 0 -1 at 0: ");
}

TEST(an_error_without_level_or_message_is_one_of_its_path)
{
    struct log_tally *tally = arena_make(arena, struct log_tally);
    struct log_clusters clusters;
    struct log_late late = {0};
    struct instant now = {1796000000000000};
    struct log_entry entry = {.status = 502, .duration_s = -1, .path = STR("/cart/17?x=1")};
    log_clusters_init(&clusters, arena, 4);
    log_gather(tally, &clusters, &late, &entry, now);
    CHECK_STR(str_of(clusters.items[0].shape), "failed: /cart/<id>?<query>");
    CHECK_INT(clusters.items[0].severity, ENTRY_ERROR);
    CHECK_INT(clusters.items[0].last.us, now.us);
    CHECK_INT(tally->totals.levels[(ENTRY_ERROR + 3) / 4], 1);
    entry = (struct log_entry){.severity = ENTRY_FATAL, .at = {now.us - 5}, .duration_s = -1};
    log_gather(tally, &clusters, &late, &entry, now);
    CHECK_STR(str_of(clusters.items[1].shape), "(no message)");
    CHECK_INT(clusters.items[1].last.us, now.us - 5);
    entry.at = (struct instant){now.us + 5}; /* its clock is ahead */
    log_gather(tally, &clusters, &late, &entry, now);
    CHECK_INT(clusters.items[1].last.us, now.us);
    entry = (struct log_entry){.severity = ENTRY_WARN, .status = 500, .duration_s = -1};
    log_gather(tally, &clusters, &late, &entry, now);
    CHECK_INT(clusters.count, 2);
    CHECK_INT(late.count, 0);
}

TEST(entries_of_another_time_count_for_no_rule_and_are_errors_of_their_own_time)
{
    struct log_tally *tally = arena_make(arena, struct log_tally);
    struct log_clusters clusters;
    struct log_late late = {0};
    struct instant now = {1796000000000000};
    char said[LOG_LATE_TEXT_BYTES];
    log_clusters_init(&clusters, arena, 4);
    int64_t ages_ms[] = {LOG_LATE_MS, LOG_LATE_MS + 1, -LOG_AHEAD_MS, -LOG_AHEAD_MS - 1};
    for (size_t i = 0; i < 4; i++) {
        struct log_entry entry = {.severity = ENTRY_ERROR,
                                  .duration_s = -1,
                                  .message = STR("boom"),
                                  .at = instant_add_ms(now, -ages_ms[i])};
        log_gather(tally, &clusters, &late, &entry, now);
        CHECK_INT(tally->totals.levels[(ENTRY_ERROR + 3) / 4], (int64_t)(i / 2 + 1));
    }
    CHECK_INT(late.count, 2);
    CHECK_INT(clusters.items[0].count, 4);
    CHECK_INT(clusters.items[0].late, 1);
    CHECK_INT(clusters.items[0].late_at.us, instant_add_ms(now, -LOG_LATE_MS - 1).us);
    log_late_say(&late, now, said);
    CHECK_STR(str_of(said),
              "has had lines that are not of now (2, the newest of 2026-11-30T00:58:20Z): no rule "
              "counts them, reeve logs:errors shows their errors");
    log_late_say(&late, instant_add_ms(now, LOG_LATE_MS + 1), said);
    CHECK_STR(str_of(said), "");
}
