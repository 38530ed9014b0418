/* test_message.c - lines of the protocol, texts of people, pieces that fit. */
#include "harness/test.h"
#include "irc/message.h"

TEST(a_line_is_prefix_command_and_parameters)
{
    struct irc_message message;
    CHECK(irc_message_parse(STR("@time=x :ana!a@h PRIVMSG #c :hello  there : you"), &message));
    CHECK_STR(message.prefix, "ana!a@h");
    CHECK_STR(irc_nick(&message), "ana");
    CHECK_STR(message.command, "PRIVMSG");
    CHECK_INT((int64_t)message.count, 2);
    CHECK_STR(irc_param(&message, 1), "hello  there : you");
    CHECK_STR(irc_param(&message, 2), "");
    CHECK(irc_message_parse(STR("PING  x"), &message));
    CHECK_STR(irc_param(&message, 0), "x");
    CHECK(!irc_message_parse(STR(""), &message));
    CHECK(!irc_message_parse(STR(":only.a.prefix"), &message));
}

TEST(parameters_beyond_the_fifteenth_are_part_of_it)
{
    struct irc_message message;
    CHECK(irc_message_parse(STR("X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"), &message));
    CHECK_INT((int64_t)message.count, IRC_PARAMS_MAX);
    CHECK_STR(irc_param(&message, 14), "15 16 17");
}

TEST(texts_lose_colours_and_controls_and_become_utf8)
{
    struct str text;
    CHECK(irc_text(arena, STR("\0034,12red\003 \002bold\017 \xc4\x8d"), &text));
    CHECK_STR(text, "red bold \xc4\x8d");
    CHECK(irc_text(arena, STR("caf\xe9"), &text));
    CHECK_STR(text, "caf\xc3\xa9");
    CHECK(irc_text(arena, STR("\001ACTION looks\001"), &text));
    CHECK_STR(text, "looks");
    CHECK(!irc_text(arena, STR("\001VERSION\001"), &text));
}

TEST(pieces_end_between_characters_and_at_blanks)
{
    struct str rest = STR("one two three \xc5\xa1\xc5\xa1\xc5\xa1\xc5\xa1");
    struct str piece;
    CHECK(irc_piece(&rest, 10, &piece));
    CHECK_STR(piece, "one two ");
    CHECK(irc_piece(&rest, 9, &piece));
    CHECK_STR(piece, "three ");
    CHECK(irc_piece(&rest, 5, &piece));
    CHECK_STR(piece, "\xc5\xa1\xc5\xa1");
    CHECK(irc_piece(&rest, 5, &piece));
    CHECK(!irc_piece(&rest, 5, &piece));
}
