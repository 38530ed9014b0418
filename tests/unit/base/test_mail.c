/* test_mail.c - what is an address of a mailbox and what is none. */
#include "harness/test.h"

#include "base/mail.h"

TEST(an_address_is_one_at_with_something_on_both_sides)
{
    static const char *const good[] = {"ana@shop.example", "a@b", "ana+reeve@shop.example",
                                       "ana.b-c_d@x.y", "\x7e!#$%&'*@shop.example"};
    static const char *const bad[] = {"@",
                                      "ana",
                                      "ana@",
                                      "@shop.example",
                                      "ana@shop@example",
                                      "ana b@shop.example",
                                      "Ana <ana@shop.example>",
                                      "ana@shop.example\r\nBcc: eve@x",
                                      "ana@shop.example,ben@shop.example",
                                      "an\xc3\xa4@shop.example",
                                      "\"ana\"@shop.example",
                                      "ana\\@shop.example",
                                      "ana\x7f@shop.example"};
    struct str taken = STR("");
    struct str refused = STR("");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!mail_is_address(str_of(good[i])))
            refused = str_of(good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (mail_is_address(str_of(bad[i])))
            taken = str_of(bad[i]);
    CHECK_STR(refused, "");
    CHECK_STR(taken, "");
}

TEST(an_address_has_254_bytes_at_most_and_no_zero_byte)
{
    char long_one[300];
    memset(long_one, 'a', sizeof long_one);
    long_one[10] = '@';
    CHECK(!mail_is_address(STR("")));
    CHECK(mail_is_address((struct str){long_one, 254}));
    CHECK(!mail_is_address((struct str){long_one, 255}));
    long_one[20] = '\0';
    CHECK(!mail_is_address((struct str){long_one, 254}));
}
