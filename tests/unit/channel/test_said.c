/* test_said.c - commands and words; people by their nick or mask. */
#include "channel/said.h"
#include "harness/test.h"

static void expect(const char *message, enum said_kind kind, const char *text)
{
    struct said said = said_parse(str_of(message));
    CHECK_INT((int64_t)said.kind, (int64_t)kind);
    CHECK_STR(said.text, text);
}

TEST(commands_are_the_first_word)
{
    (void)arena;
    expect("ack", SAID_ACK, "");
    expect("  ACK  ", SAID_ACK, "");
    expect("!ack", SAID_ACK, "");
    expect("ack, on my way", SAID_ACK, "on my way");
    expect("note rolled back to 5f3c", SAID_NOTE, "rolled back to 5f3c");
    expect("page ben", SAID_PAGE, "ben");
    expect("resolve", SAID_RESOLVE, "");
    expect("resolve the pool was too small", SAID_RESOLVE, "the pool was too small");
    expect("help", SAID_HELP, "");
    expect("page", SAID_PAGE, "");
    expect("note", SAID_NOTE, "");
}

TEST(what_only_looks_like_a_command_is_words)
{
    (void)arena;
    expect("page the database people please", SAID_WORDS, "page the database people please");
    expect("resolved an hour ago", SAID_WORDS, "resolved an hour ago");
    expect("acknowledged by the vendor", SAID_WORDS, "acknowledged by the vendor");
    expect("I would resolve it", SAID_WORDS, "I would resolve it");
    expect("help me with the pool", SAID_WORDS, "help me with the pool");
    expect(" \t ", SAID_NOTHING, "");
    expect("", SAID_NOTHING, "");
    expect("!", SAID_WORDS, "!");
}

TEST(people_are_known_by_nick_or_mask)
{
    (void)arena;
    struct str who = STR("Ana!ana@10.0.0.7");
    CHECK(said_is_by(who, STR("ana")));
    CHECK(!said_is_by(who, STR("an")));
    CHECK(!said_is_by(who, STR("anab")));
    CHECK(!said_is_by(who, STR("")));
    CHECK(said_is_by(who, STR("ana!*@10.0.0.*")));
    CHECK(said_is_by(who, STR("*!ana@*")));
    CHECK(!said_is_by(who, STR("ana!*@10.0.1.*")));
    CHECK(!said_is_by(who, STR("ana!ben@*")));
    CHECK(said_is_by(STR("U024BE7LH"), STR("U024BE7LH")));
    CHECK(!said_is_by(STR("mallory!ana@10.0.0.7"), STR("ana")));
}
