/* test_config.c - reeve.yaml: what is read, and every class of error with its place. */
#include "base/text.h"
#include "harness/test.h"
#include "main/config.h"

#include <stdio.h>

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

static const char example[] =
    "# where Acme's things are\n"
    "runbook: docs/RUNBOOK.md\n"
    "ledger: state/reeve.db\n"
    "listen: 127.0.0.1:7444\n"
    "public_url: https://reeve.example.com/\n"
    "targets:\n"
    "  - { name: shop, url: \"http://127.0.0.1:9100/metrics\", every: 1 s }\n"
    "  - name: db\n"
    "    url: http://db.example.com:9187/metrics\n"
    "signals:\n"
    "  error rate: { failures: 'http_requests_total{status=~\"5..\"}', of: http_requests_total }\n"
    "  disk usage: { used: disk_used, limit: disk_size, at_least: 5 }\n"
    "people:\n"
    "  ana: { email: ana@example.com, roles: [responder, cto] }\n"
    "  ben:\n"
    "    email: ben@example.com\n"
    "    webhook: { url: \"https://hooks.example.com/ben\", key: env:BEN_KEY }\n"
    "    roles: responder\n"
    "on_call: { primary: ana, secondary: [ben, ana] }\n"
    "alerts: { critical: P0, \"Error rate > 5% for 5 minutes\": P2 }\n"
    "smtp: { url: \"smtp://mail.example.com:587\", from: reeve@example.com, user: reeve,\n"
    "        password: file:secrets/smtp }\n"
    "incidents: { repeat: 2 min }\n"
    "heartbeat: { to: https://beat.example.com/x, every: 1 min }\n";

TEST(the_example_is_read)
{
    struct config c = {0};
    struct config_input input = {.file = STR("/etc/reeve/reeve.yaml"), .text = str_of(example)};
    bool read = config_read(arena, &input, &c, &errors);
    CHECK_STR(config_errors_text(arena, &errors), "");
    CHECK(read);
    CHECK_STR(c.runbook, "/etc/reeve/docs/RUNBOOK.md");
    CHECK_STR(c.ledger, "/etc/reeve/state/reeve.db");
    CHECK_STR(c.listen, "127.0.0.1:7444");
    CHECK_STR(c.public_url, "https://reeve.example.com");
    CHECK_INT(c.target_count, 2);
    CHECK_INT(c.targets[0].every_ms, 1000);
    CHECK_INT(c.targets[1].every_ms, 15000);
    CHECK_STR(c.targets[1].name, "db");
    CHECK_INT(c.signal_count, 2);
    CHECK_STR(c.signals[0].options[0].value, "http_requests_total{status=~\"5..\"}");
    CHECK_STR(c.signals[1].options[1].key, "of");
    CHECK_INT(c.signals[1].option_count, 2);
    CHECK_INT(c.signals[1].at_least, 5);
    CHECK_INT(c.person_count, 2);
    CHECK_INT(c.people[0].role_count, 2);
    CHECK_STR(c.people[0].roles[1], "cto");
    CHECK_STR(c.people[1].secrets[METHOD_WEBHOOK].source, "BEN_KEY");
    CHECK_STR(c.people[1].roles[0], "responder");
    CHECK_STR(c.rotas[0].layers[0].slots[0].people[0], "ana");
    CHECK_INT(c.rotas[1].layers[0].slots[0].count, 2);
    CHECK_INT(c.alert_count, 3);
    CHECK_STR(c.alerts[0].severity, "P0");
    CHECK_STR(c.alerts[1].severity, "P3");
    CHECK_STR(c.alerts[2].sentence, "Error rate > 5% for 5 minutes");
    CHECK_STR(c.smtp_tls, "starttls");
    CHECK(c.smtp_password.from_file);
    CHECK_STR(c.smtp_password.source, "/etc/reeve/secrets/smtp");
    CHECK_INT(c.secret_count, 2);
    CHECK_INT(c.incident_repeat_ms, 120000);
    CHECK_STR(c.heartbeat_to, "https://beat.example.com/x");
    CHECK_INT(c.heartbeat_every_ms, 60000);
}

TEST(nothing_given_is_the_defaults)
{
    static const char *const texts[] = {"", "\n", "# only a remark\n", "---\n", "\xef\xbb\xbf\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct config c = {0};
        bool read = read_text(arena, texts[i], &c);
        CHECK_STR(config_errors_text(arena, &errors), "");
        CHECK(read);
        CHECK_STR(c.runbook, "RUNBOOK.md");
        CHECK_STR(c.ledger, "reeve.db");
        CHECK_STR(c.listen, "127.0.0.1:7333");
        CHECK_STR(c.alerts[0].severity, "P1");
        CHECK_STR(c.alerts[1].severity, "P3");
        CHECK_INT(c.incident_repeat_ms, 300000);
        CHECK_INT(c.heartbeat_every_ms, 60000);
        CHECK_STR(c.heartbeat_to, "");
        CHECK(!c.page_token_always);
    }
}

TEST(the_page_token_is_for_the_first_or_for_always)
{
    struct config c = {0};
    CHECK(read_text(arena, "access: { page_token: always }\n", &c));
    CHECK(c.page_token_always);
    CHECK(read_text(arena, "access: { page_token: first }\n", &c));
    CHECK(!c.page_token_always);
    CHECK_REFUSED("access: { page_token: sometimes }\n",
                  "reeve.yaml:1:23: \"sometimes\" is not first or always.\n");
}

TEST(an_unknown_key_is_named_with_the_nearest_right_one)
{
    CHECK_REFUSED("runbok: a.md\n",
                  "reeve.yaml:1:1: \"runbok\" is no key here; did you mean \"runbook\"?\n");
    CHECK_REFUSED("smtp:\n  url: smtp://h:25\n  from: a@b.c\n  pasword: env:X\n",
                  "reeve.yaml:4:3: \"pasword\" is no key here; did you mean \"password\"?\n");
    CHECK_REFUSED("targets:\n  - { name: a, url: http://h/m, evrey: 1 s }\n",
                  "reeve.yaml:2:33: \"evrey\" is no key here; did you mean \"every\"?\n");
    CHECK_REFUSED("heartbeat: { to: http://h/, every: 5 s, frequently: yes }\n",
                  "reeve.yaml:1:14: There must be 1 to 2 entries here, not 3.\n");
    CHECK_REFUSED("incidents: { frequently: 5 s }\n",
                  "reeve.yaml:1:14: \"frequently\" is no key here; possible are: group, repeat, "
                  "bundle, updates, resolution.\n");
}

TEST(a_key_that_stands_twice_is_refused)
{
    CHECK_REFUSED("ledger: a.db\nrunbook: r.md\nledger: b.db\n",
                  "reeve.yaml:3:1: The key \"ledger\" stands on line 1 already and here on line 3 "
                  "again; keep one of the two and put what belongs together under it.\n");
    /* Also deep inside, and beside other errors. */
    CHECK_REFUSED(
        "heartbeat:\n  to: http://h/\n  to: http://i/\nrunbok: r\n",
        "reeve.yaml:3:3: The key \"to\" stands on line 2 already and here on line 3 again; "
        "keep one of the two and put what belongs together under it.\n"
        "reeve.yaml:4:1: \"runbok\" is no key here; did you mean \"runbook\"?\n");
}

TEST(wrong_types_are_refused)
{
    CHECK_REFUSED("ledger: [a.db]\n",
                  "reeve.yaml:1:10: \"ledger\" wants the path of a file, not a list.\n");
    CHECK_REFUSED("people: [ana]\n",
                  "reeve.yaml:1:10: \"people\" wants keys with values, not a list.\n");
    CHECK_REFUSED("targets: http://h/\n", "reeve.yaml:1:10: \"targets\" wants a list of entries, "
                                          "each with keys and values, not a single text.\n");
    CHECK_REFUSED("targets: [ http://h/ ]\n",
                  "reeve.yaml:1:12: An entry of \"targets\" must be keys with values.\n");
    CHECK_REFUSED("ledger:\nlisten: ~\n",
                  "reeve.yaml:1:1: \"ledger\" has no value; it wants the path of a file.\n"
                  "reeve.yaml:2:9: \"listen\" has no value; it wants an address with a port, like "
                  "127.0.0.1:7333.\n");
    CHECK_REFUSED("- runbook\n", "reeve.yaml:1:3: A configuration is keys with values, like "
                                 "\"runbook: RUNBOOK.md\".\n");
    CHECK_REFUSED("[a]: b\n", "reeve.yaml:1:2: A key must be a word, not a list or a map.\n");
}

TEST(values_out_of_shape_are_refused)
{
    static const char *const listens[] = {"7333",         "127.0.0.1", "127.0.0.1:70000",
                                          "127.0.0.1:-1", "a b:80",    ":80",
                                          "\"[::1]\"",    "h:80x",     "h:"};
    for (size_t i = 0; i < sizeof listens / sizeof *listens; i++) {
        struct config c;
        CHECK(!read_text(arena, str_printf(arena, "listen: %s\n", listens[i]).p, &c));
        CHECK_INT(errors.count, 1);
    }
    static const char *const lengths[] = {"5",     "s",   "5 parsecs",         "-5 s",
                                          "5.5 s", "0 s", "999999999999999 s", "2 days"};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct config c;
        CHECK(
            !read_text(arena, str_printf(arena, "incidents: { repeat: %s }\n", lengths[i]).p, &c));
        CHECK_INT(errors.count, 1);
    }
    CHECK_REFUSED("incidents: { repeat: 5 ms }\n",
                  "reeve.yaml:1:22: It must be from 1 s to 1 d.\n");
    CHECK_REFUSED("public_url: ftp://x\n", "reeve.yaml:1:13: \"ftp://x\" is not an address that "
                                           "begins with http:// or https://.\n");
    CHECK_REFUSED("alerts: { critical: P 4 }\n",
                  "reeve.yaml:1:21: \"P 4\" is not a severity, like P1 or SEV2.\n");
    CHECK_REFUSED("people: { ana: { email: \"ana@x\\r\\nBcc: b@y\" } }\n",
                  "reeve.yaml:1:25: \"ana@x\r\nBcc: b@y\" is not a mail address like "
                  "ana@example.com.\n");
    CHECK_REFUSED("signals: { disk: { gauge: g, at_least: many } }\n",
                  "reeve.yaml:1:40: \"many\" is not a whole number.\n");
}

TEST(lengths_of_time_are_read)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {{"5 s", 5000},        {"5s", 5000},        {"1 min", 60000},     {"1500 ms", 1500},
                {"2 hours", 7200000}, {"1 day", 86400000}, {"90 seconds", 90000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config c = {0};
        CHECK(
            read_text(arena, str_printf(arena, "incidents: { repeat: %s }\n", rows[i].text).p, &c));
        CHECK_INT(c.incident_repeat_ms, rows[i].ms);
    }
}

TEST(a_secret_is_never_a_literal_and_never_repeated)
{
    static const char start[] = "smtp: { url: smtp://localhost, from: a@b.c, user: u, password: ";
    static const char *const wrong[] = {
        "hunter2", "env:hunter2-x", "env:", "\"file:\"", "vault:hunter2", "[hunter2]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct config c;
        CHECK(!read_text(arena, str_printf(arena, "%s%s }\n", start, wrong[i]).p, &c));
        struct str said = config_errors_text(arena, &errors);
        CHECK_INT(errors.count, 1);
        CHECK_INT(str_find(said, "hunter2", 0), said.n);
    }
    CHECK_REFUSED("smtp: { url: \"smtp://u:p@h:25\", from: a@b.c }\n",
                  "reeve.yaml:1:14: An address must not hold a name or password; write user and "
                  "password: env:NAME beside it.\n");
}

TEST(keys_of_later_work_are_not_yet)
{
    CHECK_REFUSED(
        "services: { redis: { url: env:X } }\n",
        "reeve.yaml:1:13: Other services than the database and its backups: not yet; take "
        "\"redis\" out.\n");
    CHECK_REFUSED("ledger: postgresql://h/db\n",
                  "reeve.yaml:1:9: A ledger in PostgreSQL: not yet; give the path of a file.\n");
    CHECK_REFUSED("runbook: [a.md, b.md]\n",
                  "reeve.yaml:1:11: Several runbooks are not possible yet; give the path of one "
                  "file.\n");
}

TEST(one_runbook_may_be_a_list)
{
    struct config c = {0};
    CHECK(read_text(arena, "runbook: [docs/a.md]\n", &c));
    CHECK_STR(c.runbook, "docs/a.md");
}

TEST(what_does_not_fit_together_is_refused)
{
    CHECK_REFUSED("people: { ana: { email: a@b.c } }\non_call: { primary: bob }\n",
                  "reeve.yaml:2:21: \"bob\" does not stand under people.\n");
    CHECK_REFUSED("smtp: { url: smtp://localhost, from: a@b.c, user: u }\n",
                  "reeve.yaml:1:9: user and password belong together; \"password\" is missing.\n");
    CHECK_REFUSED("smtp: { url: smtp://h, from: a@b.c, user: u, password: env:P, tls: none }\n",
                  "reeve.yaml:1:9: A password is not sent without TLS to another machine; write "
                  "tls: starttls.\n");
    CHECK_REFUSED("targets: [{name: a, url: http://h}, {name: a, url: http://i}]\n",
                  "reeve.yaml:1:38: The target \"a\" stands twice.\n");
    CHECK_REFUSED("senders: [{name: a, token: env:T}]\n",
                  "reeve.yaml:1:12: Where senders push to is missing: collect: with listen: "
                  "127.0.0.1:PORT.\n");
    CHECK_REFUSED("collect: { listen: 127.0.0.1:1 }\nsenders: [{name: a, token: env:T}, {name: a, "
                  "without_token: yes, accepts: smoke}]\n",
                  "reeve.yaml:2:75: \"smoke\" is no protocol of senders; possible are "
                  "remote_write, otlp, exposition and logs.\n"
                  "reeve.yaml:2:37: The name \"a\" stands twice among targets: and senders:.\n");
    CHECK_REFUSED("collect: { listen: 127.0.0.1:1 }\nsenders: [{name: a}]\n",
                  "reeve.yaml:2:12: A sender has a token:, or without_token: yes, and not both.\n");
    CHECK_REFUSED(
        "collect: { listen: 127.0.0.1:1 }\nsenders: [{name: a, token: env:T, format: xml}]\n",
        "reeve.yaml:2:12: The logs of \"a\": \"xml\" is no format of a log: json, "
        "netlify, supabase, logfmt, combined or text.\n");
    CHECK_REFUSED("heartbeat: { every: 5 s }\n",
                  "reeve.yaml:1:14: \"to\" is missing here: What is called.\n");
}

TEST(what_is_no_yaml_is_refused_with_its_place)
{
    CHECK_REFUSED("a: \xff\n", "reeve.yaml:1:4: The file is not UTF-8 here; save it as UTF-8.\n");
    struct config c;
    CHECK(!read_text(arena, "runbook: \"open\nledger: x\n", &c));
    CHECK(errors.count >= 1 && str_starts(str_of(errors.items[0].place), "reeve.yaml:"));
    CHECK(!read_text(arena, "a: &x 1\nb: *x\n", &c));
    CHECK(!read_text(arena, "runbook: !tag x\n", &c));
    CHECK(!read_text(arena, "runbook: x\n---\nledger: y\n", &c));
    CHECK_STR(config_errors_text(arena, &errors),
              "reeve.yaml:2:1: A second document begins here; a "
              "configuration is one document.\n");
    struct config_input nul = {.file = STR("f"), .text = {"a: \0b", 5}};
    CHECK(!config_read(arena, &nul, &c, &errors));
}

TEST(twenty_errors_are_listed_and_the_rest_counted)
{
    struct text text;
    text_init(&text, arena, 4096);
    for (int i = 0; i < 25; i++)
        text_printf(&text, "wrong%d: x\n", i);
    struct config c;
    CHECK(!read_text(arena, text_str(&text).p, &c));
    CHECK_INT(errors.count, 25);
    CHECK(str_ends(config_errors_text(arena, &errors), "\nand 5 more\n"));
}

TEST(limits_are_reached)
{
    struct config c;
    char *large = arena_alloc(arena, LIMIT_CONFIG_BYTES + 2);
    memset(large, '#', LIMIT_CONFIG_BYTES + 1);
    CHECK(!read_text(arena, large, &c));
    CHECK_STR(config_errors_text(arena, &errors),
              "reeve.yaml: The file has more than 1048576 bytes; "
              "this cannot be a configuration.\n");
    large[LIMIT_CONFIG_BYTES] = '\0';
    CHECK(read_text(arena, large, &c));
    struct text text;
    text_init(&text, arena, 4096);
    text_adds(&text, "runbook: ");
    for (int i = 0; i < CONFIG_DEPTH_MAX + 1; i++)
        text_byte(&text, '[');
    for (int i = 0; i < CONFIG_DEPTH_MAX + 1; i++)
        text_byte(&text, ']');
    CHECK(!read_text(arena, text_str(&text).p, &c));
    CHECK(str_find(str_of(errors.items[0].text), "nested deeper than", 0) <
          strlen(errors.items[0].text));
    struct text many;
    text_init(&many, arena, 256 * 1024);
    text_adds(&many, "targets:\n");
    for (int i = 0; i < LIMIT_TARGETS; i++)
        text_printf(&many, "- { name: t%d, url: http://h:%d/ }\n", i, i + 1);
    CHECK(read_text(arena, text_str(&many).p, &c));
    CHECK_INT(c.target_count, LIMIT_TARGETS);
    text_adds(&many, "- { name: last, url: http://h/ }\n");
    CHECK(!read_text(arena, text_str(&many).p, &c));
}

TEST(values_from_outside_win_and_are_shown)
{
    struct config_override overrides[] = {{"listen", STR("127.0.0.1:8000"), CONFIG_ENVIRONMENT},
                                          {"listen", STR("127.0.0.1:9000"), CONFIG_FLAG},
                                          {"incidents.repeat", STR("7 s"), CONFIG_FLAG},
                                          {"runbook", STR("here.md"), CONFIG_FLAG}};
    struct config_input input = {.file = STR("conf/reeve.yaml"),
                                 .text = STR("listen: 127.0.0.1:7000\nledger: a.db\n"),
                                 .overrides = overrides,
                                 .override_count = 4};
    struct config c = {0};
    CHECK(config_read(arena, &input, &c, &errors));
    CHECK_STR(c.listen, "127.0.0.1:9000");
    CHECK_STR(c.runbook, "here.md");
    CHECK_STR(c.ledger, "conf/a.db");
    CHECK_INT(c.incident_repeat_ms, 7000);
    struct text text;
    text_init(&text, arena, 65536);
    config_show(&text, &c);
    struct str shown = text_str(&text);
    CHECK(str_find(shown, "listen: 127.0.0.1:9000", 0) < shown.n);
    CHECK(str_find(shown, "# flag\n", 0) < shown.n);
    CHECK(str_find(shown, "# conf/reeve.yaml:2\n", 0) < shown.n);
    CHECK(str_find(shown, "alerts.critical: P1", 0) < shown.n);
    CHECK(str_find(shown, "# default\n", 0) < shown.n);
    overrides[1].value = STR("nowhere");
    CHECK(!config_read(arena, &input, &c, &errors));
    CHECK_STR(config_errors_text(arena, &errors),
              "--listen: \"nowhere\" is not an address with a port, like 127.0.0.1:7333.\n");
    overrides[1] = (struct config_override){"people", STR("x"), CONFIG_FLAG};
    CHECK(!config_read(arena, &input, &c, &errors));
}

TEST(what_is_shown_is_what_was_read)
{
    struct config c = {0};
    CHECK(read_text(arena, example, &c));
    struct text text;
    text_init(&text, arena, 65536);
    struct json_writer w = {.text = &text};
    config_show_json(&w, &c);
    struct json *root = NULL;
    struct err err = {0};
    CHECK_OK(json_parse(arena, text_str(&text), &root, &err), &err);
    size_t from_file = 0;
    for (const struct json *value = root->first; value; value = value->next)
        from_file += str_starts(json_get_str(value, "origin"), "reeve.yaml:") ? 1 : 0;
    /* Every value of the example: 4 at the top, 5 of targets, 5 of signals, 6 of people, 2, 2, 4,
     * 1 and 2. */
    CHECK_INT(from_file, 31);
    CHECK(str_find(text_str(&text), "env:BEN_KEY", 0) < text_str(&text).n);
}

TEST(a_file_is_read_or_may_be_missing)
{
    struct config c = {0};
    struct str path = str_printf(arena, "%.*s/reeve.yaml", STR_ARGS(test_folder(arena)));
    struct config_input input = {.file = path};
    CHECK(!config_load(arena, input, false, &c, &errors));
    CHECK_INT(errors.count, 1);
    CHECK(config_load(arena, input, true, &c, &errors));
    CHECK_STR(c.file, "");
    CHECK_STR(c.runbook, "RUNBOOK.md");
    FILE *file = fopen(path.p, "w");
    CHECK(file && fputs("runbook: r.md\n", file) >= 0 && fclose(file) == 0);
    CHECK(config_load(arena, input, false, &c, &errors));
    CHECK(str_ends(c.runbook, "/r.md") && str_starts(c.runbook, "/"));
}

TEST(the_database_is_two_secrets_and_a_time)
{
    struct config config;
    struct config_input input = {
        .file = STR("reeve.yaml"),
        .text = STR(
            "services:\n  database: { url: env:DB, pooler: file:p, statement_timeout: 2 s }\n")};
    CHECK(config_read(arena, &input, &config, &errors));
    CHECK(config.database.on);
    CHECK_STR(config.database.url.name, "services.database.url");
    CHECK_STR(config.database.url.source, "DB");
    CHECK(config.database.pooler.from_file);
    CHECK_INT(config.database.statement_timeout_ms, 2000);
    CHECK_INT(config.secret_count, 2);
    input.text = STR("services: { database: { url: env:DB } }\n");
    CHECK(config_read(arena, &input, &config, &errors));
    CHECK_STR(config.database.pooler.name, "");
    CHECK_INT(config.database.statement_timeout_ms, 30000);
    input.text = STR("listen: 127.0.0.1:1\n");
    CHECK(config_read(arena, &input, &config, &errors));
    CHECK(!config.database.on);
    CHECK_REFUSED(
        "services: { database: { url: 'postgresql://u:hunter2@h/d' } }\n",
        "reeve.yaml:1:30: A secret must not stand in the configuration; write env:NAME or "
        "file:PATH. What stands here should be replaced, because others may have read it.\n");
    CHECK_REFUSED("services: { database: { pooler: env:X } }\n",
                  "reeve.yaml:1:25: \"url\" is missing here: Its address, "
                  "postgresql://user:password@host:5432/database, best of a user who may only "
                  "read.\n");
}

TEST(an_action_that_npm_would_rob_of_its_option_is_refused)
{
    CHECK_REFUSED("runbook: R.md\ncommands: {}\nactions:\n"
                  "  \"db:rollback\": { run: npm run db:rollback --target=3 }\n",
                  "reeve.yaml:4:3: \"db:rollback\" would not do what it says: npm keeps --target=3 "
                  "for itself and the script never sees it; the right spelling is: npm run "
                  "db:rollback -- --target=3.\n");
}

#define PEOPLE                                                                                     \
    "smtp: { url: 'smtp://127.0.0.1:25', from: r@a.example }\n"                                    \
    "people: { Ana: { email: a@a.example }, legal: { email: l@a.example }, bot: {} }\n"

TEST(an_action_tells_people_or_runs_a_command)
{
    struct config config;
    struct config_input input = {
        .file = STR("reeve.yaml"),
        .text = STR(PEOPLE "actions: { a: { notify: [ana, legal] }, b: { notify: legal } }\n")};
    CHECK(config_read(arena, &input, &config, &errors));
    CHECK_STR(config.commands.actions[0].notify, "Ana, legal"); /* as people: has them */
    CHECK_STR(config.commands.actions[1].notify, "legal");
    CHECK_REFUSED(PEOPLE "actions: { a: { notify: [lea] } }\n",
                  "reeve.yaml:3:26: \"lea\" is nobody of people:.\n");
    CHECK_REFUSED(
        PEOPLE "actions: { a: { notify: bot } }\n",
        "reeve.yaml:3:25: bot cannot be told: there is no email: for them under people:.\n");
    CHECK_REFUSED("people: { ana: { email: a@a.example } }\nactions: { a: { notify: ana } }\n",
                  "reeve.yaml:2:25: ana cannot be told: there is no smtp: to send mails by.\n");
    CHECK_REFUSED(PEOPLE "actions: { a: { notify: [ana, Ana] } }\n",
                  "reeve.yaml:3:31: Ana stands here twice.\n");
    CHECK_REFUSED(PEOPLE "commands: {}\nactions: { a: { notify: ana, run: x } }\n",
                  "reeve.yaml:4:12: \"a\" has both run: and notify:; write one of them.\n");
    CHECK_REFUSED(
        "commands: {}\nactions: { a: { deadline: 5 s } }\n",
        "reeve.yaml:2:12: \"a\" has neither run:, a shell command, nor notify:, the names "
        "of those who are told.\n");
    CHECK_REFUSED(PEOPLE "actions: { a: { notify: ana, retries: 2 } }\n",
                  "reeve.yaml:3:30: retries: is for what runs a command; notify: does not.\n");
    CHECK_REFUSED(PEOPLE "commands: {}\nactions: { a: { notify: ana }, b: { run: x, undo: a } }\n",
                  "reeve.yaml:4:32: \"a\", which takes \"b\" back, is no action that runs a "
                  "command.\n");
}

TEST(walls_of_commands_and_of_actions)
{
    struct config config;
    struct config_input input = {
        .file = STR("/etc/reeve/reeve.yaml"),
        .text =
            STR("commands:\n  network: no\n  writes: none\n"
                "  limits: { memory: 512 MB, processes: 100, files: 64, file_size: 2 GB }\n"
                "actions:\n  a: { run: x }\n  b: { run: x, network: yes, writes: [out, /tmp] }\n"
                "  c: { run: x, writes: anywhere }\n  d: { run: x, writes: ./none }\n")};
    CHECK(config_read(arena, &input, &config, &errors));
    const struct config_commands *commands = &config.commands;
    CHECK_INT(commands->memory_bytes, 512 << 20);
    CHECK_INT(commands->processes, 100);
    CHECK_INT(commands->open_files, 64);
    CHECK_INT(commands->file_bytes, INT64_C(2) << 30);
    const struct config_action *a = commands->actions;
    CHECK(a[0].walls.no_network && a[0].walls.writes == WRITES_BELOW && a[0].walls.path_count == 0);
    CHECK(!a[1].walls.no_network && a[1].walls.writes == WRITES_BELOW);
    CHECK_INT(a[1].walls.path_count, 2);
    CHECK_STR(a[1].walls.paths[0], "/etc/reeve/out");
    CHECK_STR(a[1].walls.paths[1], "/tmp");
    CHECK(a[2].walls.no_network && a[2].walls.writes == WRITES_ANYWHERE);
    CHECK_STR(a[3].walls.paths[0], "/etc/reeve/./none");
    input.text = STR("commands: {}\n");
    CHECK(config_read(arena, &input, &config, &errors));
    CHECK(!config.commands.walls.no_network && config.commands.walls.writes == WRITES_NOT_SAID);
    CHECK_INT(config.commands.memory_bytes, 0);
    static const char *const wrong[][2] = {
        {"commands: { network: maybe }\n", "\"maybe\" is not yes or no."},
        {"commands: { writes: [a, none] }\n",
         "\"none\" stands alone, without a list; a path of that name is ./none."},
        {"commands: { limits: { memory: 512 } }\n", "\"512\" is not a size like 512 MB or 2 GB."},
        {"commands: { limits: { memory: 4 kB } }\n", "It must be from 1 MB to 1024 TB."},
        {"commands: { limits: { memory: 99999999 TB } }\n", "It must be from 1 MB to 1024 TB."},
        {"commands: { limits: { files: 3 } }\n", "It must be from 16 to 1000000."},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        input.text = str_of(wrong[i][0]);
        CHECK(!config_read(arena, &input, &config, &errors));
        CHECK_STR(str_of(errors.items[0].text), wrong[i][1]);
    }
}

TEST(users_of_commands_and_of_actions)
{
    struct config config;
    struct config_input input = {.file = STR("/etc/reeve/reeve.yaml"),
                                 .text = STR("commands: { user: shop }\nactions:\n"
                                             "  a: { run: x }\n  b: { run: x, user: postgres }\n")};
    CHECK(config_read(arena, &input, &config, &errors));
    const struct config_action *a = config.commands.actions;
    CHECK_STR(config.commands.user.name, "shop");
    CHECK_INT(config.commands.user.place.line, 1);
    CHECK_STR(a[0].user.name, "shop");
    CHECK_STR(a[1].user.name, "postgres");
    CHECK_INT(a[1].user.place.line, 4);
    CHECK_INT(a[1].user.place.column, 22);
    input.text = STR("commands: {}\n");
    CHECK(config_read(arena, &input, &config, &errors));
    CHECK_STR(config.commands.user.name, "");
    static const char *const wrong[] = {"commands: { user: \"\" }\n",
                                        "commands: { user: [a, b] }\n", "commands: { user: }\n",
                                        "commands: {}\nactions: { a: { notify: ana, user: x } }\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        input.text = str_of(wrong[i]);
        CHECK(!config_read(arena, &input, &config, &errors));
    }
}

TEST(the_manual_names_every_key)
{
    struct text text;
    text_init(&text, arena, 65536);
    config_write_manual(&text);
    CHECK(!text_full(&text));
    CHECK(str_find(text_str(&text), "- `smtp.password` - env:NAME or file:PATH.", 0) <
          text_str(&text).n);
    CHECK(str_find(text_str(&text), "- `services.*` - not yet.", 0) < text_str(&text).n);
}

TEST(the_demonstration_is_read)
{
    struct str text = test_read_file(arena, test_source_path(arena, "examples/acme/reeve.yaml"));
    struct text filled;
    text_init(&filled, arena, 65536);
    for (size_t at = 0; at < text.n;) {
        size_t open = str_find(text, "${", at);
        text_add(&filled, str_slice(text, at, open));
        if (open == text.n)
            break;
        text_adds(&filled, "8080");
        at = str_find_byte(text, '}', open) + 1;
    }
    struct config c = {0};
    bool read = read_text(arena, text_str(&filled).p, &c);
    CHECK_STR(config_errors_text(arena, &errors), "");
    CHECK(read);
    CHECK_STR(c.smtp_tls, "none");
}
