/* test_split.c - people who were lost with another server. */
#include "harness/test.h"
#include "irc/split.h"

TEST(a_reason_of_two_servers_is_a_split)
{
    static const char *const splits[] = {"irc.acme.example split.acme.example", "*.net *.split",
                                         "a-1.example b_2.example"};
    static const char *const others[] = {"",
                                         "bye",
                                         "Ping timeout: 120 seconds",
                                         "near.example",
                                         "near.example ",
                                         " far.example",
                                         "near.example far.example third.example",
                                         "see http://x.example now.or",
                                         "\"near.example far.example\"",
                                         "gone home"};
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++)
        CHECK(irc_split_is(str_of(splits[i])));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK(!irc_split_is(str_of(others[i])));
}

TEST(who_was_lost_comes_back_once_and_the_newest_are_known)
{
    struct irc_split split = {0};
    CHECK(!irc_split_regain(&split, STR("ana")));
    CHECK(!irc_split_regain(&split, STR("")));
    irc_split_lose(&split, STR("Ana"));
    irc_split_lose(&split, STR("ana"));
    CHECK(irc_split_regain(&split, STR("ana")));
    CHECK(!irc_split_regain(&split, STR("ana")));
    for (int i = 0; i < IRC_SPLIT_MAX + 3; i++)
        irc_split_lose(&split, str_printf(arena, "n%d", i));
    CHECK(!irc_split_regain(&split, STR("n2")));
    CHECK(irc_split_regain(&split, STR("n3")));
    CHECK(irc_split_regain(&split, str_printf(arena, "n%d", IRC_SPLIT_MAX + 2)));
}
