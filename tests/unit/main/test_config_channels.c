/* test_config_channels.c - where incidents' channels are made, and what does not go together. */
#include "harness/test.h"
#include "main/config.h"
#include "main/config_people.h"

static bool read_text(struct arena *arena, const char *yaml, struct config *config,
                      struct str *out_said)
{
    struct config_errors *errors = arena_make(arena, struct config_errors);
    struct config_input input = {.file = STR("/etc/reeve/reeve.yaml"), .text = str_of(yaml)};
    bool good = config_read(arena, &input, config, errors);
    *out_said = config_errors_text(arena, errors);
    return good;
}

/* The sentences about channels: { … }. */
static struct str refused(struct arena *arena, const char *inside)
{
    struct config config;
    struct str said;
    struct str yaml = str_printf(arena,
                                 "providers: [{ name: bot, kind: slack, token: \"env:T\" },\n"
                                 "  { name: push, kind: ntfy }]\nchannels: { %s }\n",
                                 inside);
    CHECK(!read_text(arena, yaml.p, &config, &said));
    return said;
}

#define SAYS(inside, words) CHECK(str_find(refused(arena, inside), words, 0) < 4000)

TEST(channels_of_irc_are_read_with_what_is_not_said)
{
    struct config config;
    struct str said;
    CHECK(read_text(arena, "channels: { kind: irc, server: \"irc://[::1]:6667\" }\n", &config,
                    &said));
    CHECK_STR(config.channels.kind, "irc");
    CHECK_STR(config.channels.server, "irc://[::1]:6667");
    CHECK_STR(config.channels.nick, "reeve");
    CHECK_STR(config.channels.password.name, "");
    CHECK(!config.channels.archive && !config_channels_provider(&config));
    CHECK(read_text(arena,
                    "channels:\n"
                    "  kind: irc\n"
                    "  server: \"ircs://irc.acme.example:6697\"\n"
                    "  nick: ops-1\n"
                    "  account: ops\n"
                    "  password: \"env:IRC\"\n"
                    "  ca: own.crt\n"
                    "  zone: Europe/Ljubljana\n"
                    "  from: P2\n",
                    &config, &said));
    CHECK_STR(config.channels.account, "ops");
    CHECK_STR(config.channels.password.name, "channels.password");
    CHECK_STR(config.channels.ca, "/etc/reeve/own.crt");
    CHECK_STR(config.channels.from, "P2");
    CHECK(read_text(arena, "people: {}\n", &config, &said));
    CHECK_STR(config.channels.kind, "");
}

TEST(a_password_goes_without_tls_to_this_machine_only)
{
    struct config config;
    struct str said;
    SAYS("kind: irc, server: \"irc://irc.acme.example\", password: \"env:P\"",
         "A password is not sent without TLS to another machine; write ircs://.");
    SAYS("kind: irc, server: \"irc://127.evil.example\", password: \"env:P\"",
         "A password is not sent without TLS to another machine; write ircs://.");
    SAYS("kind: irc, server: \"irc://localhost.evil.example\", password: \"env:P\"",
         "A password is not sent without TLS to another machine; write ircs://.");
    CHECK(read_text(arena,
                    "channels: { kind: irc, server: \"irc://127.0.0.1\", password: \"env:P\" }\n",
                    &config, &said));
    CHECK(read_text(
        arena, "channels: { kind: irc, server: \"irc://localhost:6667\", password: \"env:P\" }\n",
        &config, &said));
}

TEST(what_is_wrong_is_said_with_its_place)
{
    SAYS("kind: matrix, server: \"irc://h\"",
         "There is no kind \"matrix\" of channels; there are irc and slack.");
    SAYS("kind: irc, nick: ops", "channels: of kind irc needs server:.");
    SAYS("kind: slack, archive: yes", "channels: of kind slack needs provider:.");
    SAYS("kind: irc, server: irc.acme.example", "is no address of an IRC server");
    SAYS("kind: irc, server: \"irc://ana@h\"", "is no address of an IRC server");
    SAYS("kind: irc, server: \"ircs://\"", "is no address of an IRC server");
    SAYS("kind: irc, server: \"ircs://h/#ops\"", "is no address of an IRC server");
    SAYS("kind: irc, server: \"irc://h\", nick: 1ops", "\"1ops\" is no nick: a letter, then");
    SAYS("kind: irc, server: \"irc://h\", nick: \"a b\"", "\"a b\" is no nick: a letter, then");
    SAYS("kind: irc, server: \"ircs://h\", account: ops",
         "account: in channels: needs password: beside it.");
    SAYS("kind: irc, server: \"irc://h\", ca: own.crt", "ca: goes with ircs:// only.");
    SAYS("kind: irc, server: \"irc://h\", zone: \"12:00\"", "\"12:00\" is no name of a time zone");
    CHECK(str_starts(refused(arena, "kind: matrix, nick: a"), "/etc/reeve/reeve.yaml:3:"));
}

TEST(keys_of_the_other_kind_are_not_passed_over)
{
    SAYS("kind: irc, server: \"irc://h\", provider: bot",
         "channels: of kind irc has no provider:.");
    SAYS("kind: irc, server: \"irc://h\", archive: yes", "channels: of kind irc has no archive:.");
    SAYS("kind: slack, provider: bot, nick: ops", "channels: of kind slack has no nick:.");
    SAYS("kind: slack, provider: bot, password: \"env:P\"",
         "channels: of kind slack has no password:.");
    SAYS("kind: slack, provider: push", "\"push\" is no provider of kind slack under providers:.");
    SAYS("kind: slack, provider: nobody",
         "\"nobody\" is no provider of kind slack under providers:.");
}

TEST(channels_of_slack_have_the_providers_token)
{
    struct config config;
    struct str said;
    CHECK(read_text(arena,
                    "providers: [{ name: bot, kind: slack, token: \"env:T\" }]\n"
                    "channels: { kind: slack, provider: bot, archive: yes }\n",
                    &config, &said));
    CHECK(config.channels.archive);
    CHECK_STR(config_channels_provider(&config)->token.name, "providers.bot.token");
}
