/* test_config_people.c - providers, ways to people in their order, quiet hours; and the orders that
 * they make. */
#include "harness/test.h"
#include "main/config_people.h"
#include "main/page_order.h"
#include "notify/ways.h"

static bool read_text(struct arena *arena, const char *yaml, struct config *config,
                      struct str *out_said)
{
    struct config_errors *errors = arena_make(arena, struct config_errors);
    struct config_input input = {.file = STR("reeve.yaml"), .text = str_of(yaml)};
    bool good = config_read(arena, &input, config, errors);
    *out_said = config_errors_text(arena, errors);
    return good;
}

static struct str refused(struct arena *arena, const char *yaml)
{
    struct config config;
    struct str said;
    CHECK(!read_text(arena, yaml, &config, &said));
    return said;
}

static struct config good(struct arena *arena, const char *yaml)
{
    struct config config;
    struct str said;
    bool well = read_text(arena, yaml, &config, &said);
    CHECK_STR(said, "");
    CHECK(well);
    return config;
}

static const char all[] =
    "smtp: { url: \"smtp://127.0.0.1:25\", from: r@a.example }\n"
    "providers:\n"
    "  - { name: one, kind: twilio, account: AC1, token: \"env:T\", from: \"+12025550100\" }\n"
    "  - { name: two, kind: gateway, url: \"https://sms.example/send\", token: \"env:G\",\n"
    "      headers: { X-Key: \"{token}\" }, form: { to: \"{to}\", text: \"{text}\" }, taken: [200, "
    "202] }\n"
    "  - { name: push, kind: ntfy, url: \"https://ntfy.example\", token: \"env:N\" }\n"
    "  - { name: bot, kind: slack, token: \"env:S\" }\n"
    "  - { name: over, kind: pushover, token: \"env:P\" }\n"
    "people:\n"
    "  ana: { email: a@a.example, phone: +38640123456, slack: U024BE7LH, ntfy: ana-pages,\n"
    "         discord: \"env:D\", pagerduty: \"file:pd\", mattermost: \"env:M\",\n"
    "         teams: \"env:X\",\n"
    "         pushover: uQiRzpo4DXghDmr9QzzfQu27cmVRsG,\n"
    "         contact: [slack, sms, voice after 5 min, email],\n"
    "         quiet: \"22:00-07:30 Europe/Ljubljana\" }\n"
    "  ben: { ntfy: \"https://push.example/ben\", phone: \"+12025550123\" }\n";

TEST(people_and_providers_are_read)
{
    struct config c = good(arena, all);
    const struct config_person *ana = &c.people[0];
    CHECK_INT(c.provider_count, 5);
    CHECK_STR(c.providers[0].url, "https://api.twilio.com");
    CHECK_STR(c.providers[3].url, "https://slack.com");
    CHECK_STR(c.providers[1].token.name, "providers.two.token");
    CHECK_STR(ana->reach[METHOD_SMS], "+38640123456");
    CHECK_STR(ana->reach[METHOD_VOICE], "+38640123456");
    CHECK_STR(ana->secrets[METHOD_DISCORD].name, "people.ana.discord");
    CHECK_STR(config_address(ana, METHOD_DISCORD), "(secret)");
    CHECK_INT(ana->contact_count, 4);
    CHECK_INT(ana->contacts[0].method, METHOD_SLACK);
    CHECK_INT(ana->contacts[2].method, METHOD_VOICE);
    CHECK_INT(ana->contacts[2].after_ms, 300000);
    CHECK_INT(ana->contacts[3].method, METHOD_SMTP);
    CHECK_INT(ana->quiet_from, 22 * 60);
    CHECK_INT(ana->quiet_to, 7 * 60 + 30);
    CHECK_STR(ana->quiet_zone, "Europe/Ljubljana");
    for (int method = 0; method < METHODS; method++)
        CHECK_INT(config_carries(&c, ana, (enum method)method), method != METHOD_WEBHOOK);
    CHECK_INT(config_carries(&c, &c.people[1], METHOD_NTFY), true);
    CHECK_INT(config_carries(&c, &c.people[1], METHOD_SMTP), false);
}

TEST(what_nothing_carries_reaches_nobody)
{
    struct config c = good(arena, "people: { ana: { email: a@b.c, phone: +38640123456, ntfy: topic,"
                                  " slack: U024BE7LH, teams: \"env:T\" } }\n");
    for (int method = 0; method < METHODS; method++)
        CHECK_INT(config_carries(&c, &c.people[0], (enum method)method), method == METHOD_TEAMS);
    c = good(arena, "providers: [{ name: t, kind: twilio, account: AC1, token: \"env:T\", service: "
                    "MG1 }]\npeople: { ana: { phone: +38640123456 } }\n");
    CHECK(config_carries(&c, &c.people[0], METHOD_SMS));
    CHECK(
        !config_carries(&c, &c.people[0], METHOD_VOICE)); /* a service has no number to call from */
}

TEST(bad_addresses_are_refused_with_a_sentence)
{
    CHECK_STR(refused(arena, "people: { ana: { phone: '+386' } }\n"),
              "reeve.yaml:1:25: \"+386\" is not a telephone number with + and its country's code, "
              "8 to 15 digits, like +38640123456.\n");
    CHECK_STR(
        refused(arena, "people: { ana: { phone: '+0386401234' } }\n"),
        "reeve.yaml:1:25: \"+0386401234\" is not a telephone number with + and its country's code, "
        "8 to 15 digits, like +38640123456.\n");
    CHECK_STR(refused(arena, "people: { ana: { slack: ana } }\n"),
              "reeve.yaml:1:25: \"ana\" is no member's id of Slack; it begins with U or W, like "
              "U024BE7LH, and stands in the member's profile.\n");
    CHECK_STR(refused(arena, "people: { ana: { ntfy: \"http://x\" } }\n"),
              "reeve.yaml:1:24: \"http://x\" is no topic of ntfy: 64 letters, digits, \"-\" and "
              "\"_\", alone or behind its server's address.\n");
    CHECK_STR(refused(arena, "people: { ana: { pushover: short } }\n"),
              "reeve.yaml:1:28: \"short\" is no user key of Pushover: that has 30 letters and "
              "digits.\n");
    struct str said = refused(arena, "people: { ana: { discord: \"https://discord.com/x\" } }\n");
    CHECK(str_find(said, "A secret must not stand in the configuration", 0) < said.n);
    CHECK(str_find(said, "discord.com", 0) == said.n);
}

TEST(orders_of_ways_are_checked)
{
    CHECK_STR(refused(arena, "people: { ana: { email: a@b.c, contact: [fax] } }\n"),
              "reeve.yaml:1:42: \"fax\" is no way to reach somebody; possible are smtp, webhook, "
              "ntfy, sms, voice, slack, mattermost, discord, teams, pagerduty and pushover.\n");
    CHECK_STR(refused(arena, "people: { ana: { email: a@b.c, contact: [email, smtp] } }\n"),
              "reeve.yaml:1:49: smtp stands here twice.\n");
    CHECK_STR(refused(arena, "people: { ana: { email: a@b.c, contact: smtp after 1 min } }\n"),
              "reeve.yaml:1:41: The first way begins at once; take \"after\" away from it.\n");
    CHECK_STR(
        refused(arena, "people: { ana: { email: a@b.c, phone: +38640123456, contact: [smtp, "
                       "sms after soon] } }\n"),
        "reeve.yaml:1:69: After \"after\" a time from 1 s to 24 h is wanted, like \"sms after "
        "5 min\".\n");
    CHECK_STR(refused(arena, "people: { ana: { email: a@b.c, contact: [smtp, sms] } }\n"),
              "reeve.yaml:1:42: contact: names sms, and ana has no phone:.\n");
    static const char *const quiet[] = {"22:00",       "22:00-07:00",        "22:00-22:00 UTC",
                                        "24:00-7 UTC", "22:00-07:00 ../etc", "late"};
    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
        struct str said = refused(
            arena,
            str_printf(arena, "people: { ana: { email: a@b.c, quiet: '%s' } }\n", quiet[i]).p);
        CHECK(str_find(said, "says no quiet hours; write from, to and the time zone", 0) < said.n);
    }
}

static struct str refused_provider(struct arena *arena, const char *provider)
{
    return refused(arena, str_printf(arena, "providers: [{ name: a, %s }]\n", provider).p);
}

TEST(providers_that_do_not_fit_are_refused)
{
    CHECK_STR(refused_provider(arena, "kind: pigeon"),
              "reeve.yaml:1:15: \"pigeon\" is no kind of provider; possible are twilio, gateway, "
              "ntfy, slack, pushover and pagerduty.\n");
    CHECK_STR(refused_provider(arena, "kind: slack"),
              "reeve.yaml:1:15: A provider of kind slack needs its token:, the bot's token, as "
              "env:NAME or file:PATH.\n");
    CHECK_STR(refused(arena,
                      "public_url: https://r.example\n"
                      "providers: [{ name: b, kind: slack, token: \"env:T\", replies: yes }]\n"),
              "reeve.yaml:2:15: replies: of a provider of kind slack needs its signing_secret:, as "
              "env:NAME or file:PATH; without it nobody knows whose clicks they are.\n");
    CHECK_STR(refused_provider(arena, "kind: slack, token: \"env:T\", signing_secret: \"env:S\", "
                                      "replies: yes"),
              "reeve.yaml:1:15: replies: needs public_url:, the address that they are sent to.\n");
    CHECK_STR(refused_provider(arena, "kind: ntfy, signing_secret: \"env:S\""),
              "reeve.yaml:1:36: A provider of kind ntfy has no signing_secret:.\n");
    CHECK_STR(refused_provider(arena, "kind: ntfy, account: x"),
              "reeve.yaml:1:36: A provider of kind ntfy has no account:.\n");
    CHECK_STR(refused_provider(arena, "kind: ntfy, url: \"http://far.example\", token: \"env:N\""),
              "reeve.yaml:1:15: A token is not sent without TLS to another machine; write "
              "https://.\n");
    CHECK_STR(refused_provider(arena, "kind: twilio, token: \"env:T\""),
              "reeve.yaml:1:15: A provider of kind twilio needs its account:.\n"
              "reeve.yaml:1:15: A provider of kind twilio needs the number it sends from, from:, "
              "or a service:.\n");
    CHECK_STR(refused_provider(arena, "kind: gateway, url: \"https://g/\""),
              "reeve.yaml:1:15: The gateway \"a\" is not told whom to tell: write {to} and {text} "
              "in its url:, form: or json:.\n");
    CHECK_STR(
        refused_provider(arena, "kind: gateway, url: \"https://g/?t={to}&x={message}&y={text}\""),
        "reeve.yaml:1:44: {message} is replaced by nothing here; possible are {to}, {text} "
        "and {token}.\n");
    CHECK_STR(
        refused_provider(arena, "kind: gateway, url: \"https://g/\", json: '{\"a\": {to}}'"),
        "reeve.yaml:1:64: json: is no JSON at its 1:8; {to}, {text} and "
        "{token} stand inside its strings.\n"
        "reeve.yaml:1:15: The gateway \"a\" is not told what to say: write {to} and {text} in "
        "its url:, form: or json:.\n");
    CHECK_STR(
        refused_provider(arena, "kind: gateway, url: \"https://g/?{to}{text}\", taken: [500]"),
        "reeve.yaml:1:77: \"500\" is no status that can mean taken; write numbers from 200 to "
        "399.\n");
    CHECK_STR(refused_provider(arena, "kind: gateway, url: \"https://g/?{to}{text}\", form: { k: "
                                      "\"env:K\" }"),
              "reeve.yaml:1:80: A secret is not read here: write token: env:NAME beside it, and "
              "{token} here.\n");
}

TEST(more_providers_of_a_way_than_are_tried_are_refused)
{
    struct text text;
    text_init(&text, arena, 4096);
    text_adds(&text, "providers:\n");
    for (int i = 0; i < 5; i++)
        text_printf(&text, "  - { name: p%d, kind: ntfy }\n", i);
    CHECK_STR(refused(arena, text_str(&text).p),
              "reeve.yaml:6:7: At most 4 providers carry ntfy.\n");
}

static struct order write_with(struct arena *arena, const struct config *c, size_t person,
                               enum method method, const struct switches *switches)
{
    struct message message = {.subject = STR("[P1] Incident 12: bad"),
                              .link = STR("https://r/ack/x"),
                              .key = STR("incident-12"),
                              .rank = 1};
    struct order order = {.id = STR("12-ana-x-1")};
    for (int shape = 0; shape <= SHAPE_SPOKEN; shape++)
        message.shaped[shape] = str_printf(arena, "shape %d", shape);
    struct telling telling = {c, &c->people[person], method, &message, switches};
    page_order_write(arena, &telling, &order);
    return order;
}

static struct order write(struct arena *arena, const struct config *c, size_t person,
                          enum method method)
{
    const struct switches none = {.count = 0};
    return write_with(arena, c, person, method, &none);
}

TEST(channels_in_slack_are_those_of_a_provider)
{
    static const char bot[] = "providers: [{ name: b, kind: slack, token: \"env:T\" }]\n";
    struct config c =
        good(arena,
             str_printf(arena, "%schannels: { kind: slack, provider: b, archive: yes }\n", bot).p);
    CHECK(config_channels_provider(&c) == &c.providers[0]);
    CHECK(c.channels.archive);
    static const struct {
        const char *channels, *sentence;
    } rows[] = {
        {"kind: slack, provider: x", "\"x\" is no provider of kind slack under providers:."},
        {"kind: slack, archive: yes", "channels: of kind slack needs provider:."},
        {"kind: slack, provider: b, nick: r", "channels: of kind slack has no nick:."},
        {"kind: irc, server: \"irc://127.0.0.1\", archive: yes",
         "channels: of kind irc has no archive:."},
        {"kind: xmpp, zone: UTC",
         "There is no kind \"xmpp\" of channels; there are irc and slack."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str said =
            refused(arena, str_printf(arena, "%schannels: { %s }\n", bot, rows[i].channels).p);
        if (str_find(said, rows[i].sentence, 0) == said.n)
            test_fail(__FILE__, __LINE__, "%s: %s", rows[i].channels, said.p);
    }
}

/* The worker that offers a button needs no secret for it; the core checks what comes back. */
TEST(a_button_is_ordered_only_where_its_clicks_are_checked)
{
    static const char form[] =
        "public_url: https://r.example\nproviders: [{ name: b, kind: slack, token: \"env:T\"%s }]\n"
        "people: { ana: { slack: U024BE7LH } }\n";
    struct text text;
    text_init(&text, arena, 4096);
    text_printf(&text, form, ", replies: yes, signing_secret: \"file:s\"");
    struct config c = good(arena, text_str(&text).p);
    CHECK_STR(c.providers[0].signing_secret.name, "providers.b.signing_secret");
    CHECK_INT(c.secret_count, 2);
    struct order order = write(arena, &c, 0, METHOD_SLACK);
    CHECK(str_find(order.body_json, "{\"button\":true,\"kind\":\"slack\"", 0) < order.body_json.n);
    CHECK_INT(order.secret_count, 1);
    const struct switches off = {.items = {{.name = "replies/b"}}, .count = 1};
    order = write_with(arena, &c, 0, METHOD_SLACK, &off);
    CHECK(str_find(order.body_json, "button", 0) == order.body_json.n);
    text_init(&text, arena, 4096);
    text_printf(&text, form, ", signing_secret: \"file:s\"");
    c = good(arena, text_str(&text).p);
    order = write(arena, &c, 0, METHOD_SLACK);
    CHECK(str_find(order.body_json, "button", 0) == order.body_json.n);
    struct page_said said = {STR("https://hooks.slack.com/a"), STR("done"), STR("was"), true};
    page_order_said(arena, &c.providers[0], &said, &order);
    CHECK_STR(order.body_json,
              "{\"method\":\"slack-replace\",\"providers\":[{\"kind\":\"slack\",\"name\":\"b\","
              "\"url\":\"https://slack.com\"}],\"text\":\"was\",\"title\":\"done\",\"to\":"
              "\"https://hooks.slack.com/a\"}");
}

TEST(orders_name_addresses_providers_and_the_secrets_that_they_need)
{
    struct config c = good(arena, all);
    struct order sms = write(arena, &c, 0, METHOD_SMS);
    CHECK_INT(sms.kind, ORDER_PAGE_WAY);
    CHECK_STR(sms.body_json,
              "{\"key\":\"incident-12\",\"link\":\"https://r/ack/x\",\"method\":\"sms\",\"over\":"
              "false,\"providers\":[{\"account\":\"AC1\",\"from\":\"+12025550100\",\"kind\":"
              "\"twilio\",\"name\":\"one\",\"url\":\"https://api.twilio.com\"},{\"form\":{\"to\":"
              "\"{to}\",\"text\":\"{text}\"},\"headers\":{\"X-Key\":\"{token}\"},\"kind\":"
              "\"gateway\",\"name\":\"two\",\"taken\":[200,202],\"url\":"
              "\"https://sms.example/send\"}],\"rank\":1,\"text\":\"shape 3\",\"title\":\"[P1] "
              "Incident 12: bad\",\"to\":\"+38640123456\"}");
    CHECK_INT(sms.secret_count, 2);
    CHECK_STR(str_of(sms.secret_fields[1]), "token1");
    CHECK_STR(sms.secret_names[1], "providers.two.token");
    /* One that is switched off is not asked, and gets no secret of its own. */
    const struct switches off = {.items = {{.name = "provider/one"}}, .count = 1};
    struct order by_two = write_with(arena, &c, 0, METHOD_SMS, &off);
    CHECK(str_find(by_two.body_json, "twilio", 0) == by_two.body_json.n);
    CHECK_INT(by_two.secret_count, 1);
    CHECK_STR(str_of(by_two.secret_fields[0]), "token0");
    CHECK_STR(by_two.secret_names[0], "providers.two.token");
    struct order discord = write(arena, &c, 0, METHOD_DISCORD);
    CHECK_INT(discord.secret_count, 1);
    CHECK_STR(str_of(discord.secret_fields[0]), "to");
    CHECK(str_find(discord.body_json, "\"to\"", 0) == discord.body_json.n);
    /* The address of another server gets no token. */
    CHECK_INT(write(arena, &c, 1, METHOD_NTFY).secret_count, 0);
    CHECK_INT(write(arena, &c, 0, METHOD_NTFY).secret_count, 1);
    CHECK(!page_order_needs_secret(&c, &c.people[1], METHOD_WEBHOOK));
    CHECK(page_order_needs_secret(&c, &c.people[0], METHOD_DISCORD));
}

TEST(each_way_has_who_carries_it)
{
    for (int i = METHOD_NTFY; i < METHODS; i++) {
        const char *name = method_name((enum method)i);
        size_t rows = 0;
        CHECK(strchr(name, '-') == NULL); /* it stands in ids of pages */
        for (size_t row = 0; row < way_row_count; row++) {
            bool same = strcmp(way_rows[row].method, name) == 0;
            rows += same;
            bool known = !method_row((enum method)i)->carrier ||
                         config_kind_carries(str_of(way_rows[row].kind), (enum method)i);
            CHECK(!same || known);
        }
        CHECK(rows > 0);
    }
}
