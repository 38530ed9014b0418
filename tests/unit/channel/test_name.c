/* test_name.c - names of channels: the pattern, the title, the day in the company's zone, the
 * length. */
#include "channel/name.h"
#include "harness/test.h"

static const struct instant evening = {1796081400000000}; /* 2026-11-30T23:30:00Z */

static struct str name(struct arena *arena, const char *pattern, const char *title, int64_t attempt,
                       size_t most)
{
    struct channel_name parts = {.pattern = str_of(pattern),
                                 .title = str_of(title),
                                 .severity = STR("P1"),
                                 .incident = 7,
                                 .at = evening,
                                 .attempt = attempt,
                                 .most = most};
    return channel_name_make(arena, &parts);
}

TEST(the_pattern_is_filled_with_the_day_and_the_title)
{
    CHECK_STR(name(arena, CHANNEL_PATTERN, "Checkout is down", 1, 80),
              "incident-2026-11-30-checkout-is-down");
    CHECK_STR(name(arena, "inc_{severity}-YYYYMMDD-<short-description>", "Can't log in!", 1, 80),
              "inc-p1-20261130-cant-log-in");
    CHECK_STR(name(arena, "outage-NUMBER", "x", 1, 80), "outage-7");
}

TEST(only_letters_digits_and_single_hyphens_remain)
{
    CHECK_STR(name(arena, CHANNEL_PATTERN, "  -- Größe  (DB #3) über 90 % --", 1, 80),
              "incident-2026-11-30-grose-db-3-uber-90");
    CHECK_STR(name(arena, CHANNEL_PATTERN, "Čšž \xe2\x9c\x94 Łódź", 1, 80),
              "incident-2026-11-30-csz-lodz");
    CHECK_STR(name(arena, CHANNEL_PATTERN, "\xe3\x83\x80\xe3\x82\xa6\xe3\x83\xb3", 1, 80),
              "incident-2026-11-30-7");
}

TEST(a_long_name_is_cut_between_words_and_keeps_its_number)
{
    const char *title = "The payment provider answers slowly for customers in Europe and Asia";
    struct str plain = name(arena, CHANNEL_PATTERN, title, 1, 49);
    struct str third = name(arena, CHANNEL_PATTERN, title, 3, 49);
    CHECK_STR(plain, "incident-2026-11-30-the-payment-provider-answers");
    CHECK_STR(third, "incident-2026-11-30-the-payment-provider-3");
    char one_word[200];
    memset(one_word, 'x', sizeof one_word - 1);
    one_word[sizeof one_word - 1] = '\0';
    CHECK_INT((int64_t)name(arena, CHANNEL_PATTERN, one_word, 1, 80).n, 80);
    CHECK_INT((int64_t)name(arena, CHANNEL_PATTERN, one_word, 12, 80).n, 80);
}
