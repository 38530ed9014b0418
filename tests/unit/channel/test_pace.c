/* test_pace.c - who is answered how often, and what is too much at once. */
#include "channel/pace.h"
#include "harness/test.h"

TEST(whoever_was_answered_is_not_again_for_a_while)
{
    struct pace *pace = arena_make(arena, struct pace);
    uint64_t zoe = pace_key(STR("zoe"), STR("#a"));
    CHECK(zoe != pace_key(STR("zoe"), STR("#b")) && zoe != pace_key(STR("#a"), STR("zoe")));
    CHECK(pace_is_new(pace, zoe, 0, 1000));
    CHECK(!pace_is_new(pace, zoe, 999, 1000));
    CHECK(pace_is_new(pace, pace_key(STR("zoe"), STR("#b")), 999, 1000));
    CHECK(pace_is_new(pace, zoe, 1000, 1000));
    CHECK(!pace_is_new(pace, zoe, 1999, 1000));
}

TEST(of_many_the_oldest_is_forgotten)
{
    struct pace *pace = arena_make(arena, struct pace);
    for (uint64_t i = 0; i < PACE_KEYS_MAX; i++)
        CHECK(pace_is_new(pace, i + 1, (int64_t)i, 100000));
    CHECK(pace_is_new(pace, 1000, PACE_KEYS_MAX, 100000));
    CHECK(!pace_is_new(pace, 2, PACE_KEYS_MAX, 100000));
    CHECK(pace_is_new(pace, 1, PACE_KEYS_MAX, 100000));
    CHECK_INT((int64_t)pace->count, PACE_KEYS_MAX);
}

TEST(a_pasted_text_is_taken_and_a_flood_is_not)
{
    struct pace *pace = arena_make(arena, struct pace);
    uint64_t ana = pace_key(STR("ana"), STR("#a"));
    for (int i = 0; i < PACE_MESSAGES; i++)
        CHECK_INT(pace_take(pace, ana, 5), PACE_TAKE);
    CHECK_INT(pace_take(pace, ana, 5), PACE_TOO_MUCH_TELL);
    CHECK_INT(pace_take(pace, ana, 5), PACE_TOO_MUCH);
    CHECK_INT(pace_take(pace, pace_key(STR("ben"), STR("#a")), 5), PACE_TAKE);
    /* What goes on flooding comes through one a second, and is not told each time. */
    CHECK_INT(pace_take(pace, ana, 5 + PACE_EACH_MS), PACE_TAKE);
    CHECK_INT(pace_take(pace, ana, 5 + PACE_EACH_MS), PACE_TOO_MUCH);
    /* After a pause it is as before. */
    int64_t later = 5 + (int64_t)2 * PACE_MESSAGES * PACE_EACH_MS;
    for (int i = 0; i < PACE_MESSAGES; i++)
        CHECK_INT(pace_take(pace, ana, later), PACE_TAKE);
    CHECK_INT(pace_take(pace, ana, later), PACE_TOO_MUCH_TELL);
}
