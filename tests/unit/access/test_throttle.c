/* test_throttle.c - tries counted by key, and refusals told once a minute. */
#include "access/tally.h"
#include "access/throttle.h"
#include "harness/test.h"

static struct throttle *make_throttle(struct arena *arena)
{
    return arena_make(arena, struct throttle);
}

TEST(five_tries_then_waits_that_double)
{
    struct throttle *throttle = make_throttle(arena);
    struct str ana = STR("name:ana");
    int64_t now_ms = 1000;
    for (int i = 0; i < THROTTLE_FREE_TRIES; i++) {
        CHECK_INT(throttle_wait_ms(throttle, ana, now_ms), 0);
        throttle_try(throttle, ana, now_ms);
    }
    for (int64_t wait_ms = THROTTLE_FIRST_WAIT_MS; wait_ms < 8 * THROTTLE_FIRST_WAIT_MS;
         wait_ms *= 2) {
        CHECK_INT(throttle_wait_ms(throttle, ana, now_ms), wait_ms);
        CHECK_INT(throttle_wait_ms(throttle, ana, now_ms + wait_ms - 1), 1);
        now_ms += wait_ms;
        CHECK_INT(throttle_wait_ms(throttle, ana, now_ms), 0);
        throttle_try(throttle, ana, now_ms);
    }
    for (int i = 0; i < 20; i++) {
        now_ms += throttle_wait_ms(throttle, ana, now_ms);
        throttle_try(throttle, ana, now_ms);
    }
    CHECK_INT(throttle_wait_ms(throttle, ana, now_ms), THROTTLE_MOST_WAIT_MS);
    CHECK_INT(throttle_wait_ms(throttle, STR("name:ben"), now_ms), 0);
    now_ms += THROTTLE_FORGET_MS; /* an hour later it begins anew */
    throttle_try(throttle, ana, now_ms);
    CHECK_INT(throttle_wait_ms(throttle, ana, now_ms), 0);
}

TEST(what_went_well_is_forgotten_and_what_was_no_guess_taken_back)
{
    struct throttle *throttle = make_throttle(arena);
    struct str ana = STR("name:ana");
    for (int i = 0; i < THROTTLE_FREE_TRIES; i++)
        throttle_try(throttle, ana, 1);
    CHECK(throttle_wait_ms(throttle, ana, 1) > 0);
    throttle_take_back(throttle, ana);
    CHECK_INT(throttle_wait_ms(throttle, ana, 1), 0);
    throttle_try(throttle, ana, 1); /* the fifth again: taking back washes nothing away */
    CHECK(throttle_wait_ms(throttle, ana, 1) > 0);
    throttle_forget(throttle, ana);
    CHECK_INT(throttle_wait_ms(throttle, ana, 1), 0);
    throttle_forget(throttle, ana);
    throttle_take_back(throttle, ana);
    throttle_try(throttle, ana, 1);
    throttle_take_back(throttle, ana);
    for (size_t i = 0; i < LIMIT_THROTTLES; i++)
        CHECK(throttle->slots[i].key == 0);
}

TEST(a_flood_of_names_does_not_wash_away_the_one_that_is_guessed_at)
{
    struct throttle *throttle = make_throttle(arena);
    struct str ana = STR("name:ana");
    for (int i = 0; i < THROTTLE_FREE_TRIES; i++)
        throttle_try(throttle, ana, 1);
    throttle_try(throttle, STR("name:ben"), 1);
    throttle_try(throttle, STR("name:eva"), 1);
    throttle_try(throttle, STR("name:eva"), 1);
    for (int i = 0; i < 2 * LIMIT_THROTTLES; i++)
        throttle_try(throttle, str_printf(arena, "name:x%d", i), 2 + i);
    CHECK(throttle_wait_ms(throttle, ana, 1) > 0);
    throttle_try(throttle, ana, 6000);
    CHECK_INT(throttle_wait_ms(throttle, ana, 6000), 2 * THROTTLE_FIRST_WAIT_MS);
}

static struct refusal refusal_of(const char *name, const char *from)
{
    return (struct refusal){.is_login = true,
                            .name = str_of(name),
                            .from = str_of(from),
                            .reason = STR("wrong name or password")};
}

TEST(many_refusals_of_a_minute_are_one_fact)
{
    struct tally *tally = arena_make(arena, struct tally);
    struct refusal said;
    struct refusal ana = refusal_of("ana", "192.0.2.1");
    CHECK(tally_count(tally, &ana, 0, &said));
    CHECK_INT(said.count, 1);
    CHECK(said.is_login);
    CHECK_STR(said.name, "ana");
    CHECK_STR(said.from, "192.0.2.1");
    CHECK_STR(said.reason, "wrong name or password");
    for (int i = 0; i < 1000; i++)
        CHECK(!tally_count(tally, &ana, 10 + i, &said));
    CHECK(!tally_next(tally, TALLY_MS - 1, false, &said));
    CHECK(tally_next(tally, TALLY_MS, false, &said));
    CHECK_INT(said.count, 1000);
    CHECK(!tally_next(tally, TALLY_MS, false, &said));
    CHECK(!tally_next(tally, 2 * TALLY_MS, false, &said)); /* a quiet minute: forgotten */
    CHECK(tally_count(tally, &ana, 2 * TALLY_MS + 1, &said));
    CHECK(!tally_count(tally, &ana, 2 * TALLY_MS + 2, &said));
    CHECK(tally_next(tally, 2 * TALLY_MS + 3, true, &said)); /* Reeve stops */
    CHECK_INT(said.count, 1);
}

TEST(different_refusals_are_different_facts_and_many_are_counted_together)
{
    struct tally *tally = arena_make(arena, struct tally);
    struct refusal said;
    struct refusal other = refusal_of("ana", "192.0.2.1");
    CHECK(tally_count(tally, &other, 0, &said));
    other.is_login = false;
    CHECK(tally_count(tally, &other, 0, &said));
    other = refusal_of("ben", "192.0.2.1");
    CHECK(tally_count(tally, &other, 0, &said));
    other = refusal_of("ben", "192.0.2.2");
    CHECK(tally_count(tally, &other, 0, &said));
    other.reason = STR("too many tries");
    CHECK(tally_count(tally, &other, 0, &said));
    int facts = 5;
    for (int i = 0; i < 1000; i++) {
        other = refusal_of("eva", str_printf(arena, "192.0.3.%d", i).p);
        facts += tally_count(tally, &other, 1, &said);
    }
    CHECK_INT(facts, 1 + LIMIT_TALLIES / 2); /* one of them was a request */
    CHECK_STR(said.from, "many callers");
    CHECK_STR(said.reason, "of many reasons");
    struct refusal request = {.from = STR("192.0.2.1"), .reason = STR("of something else")};
    CHECK(tally_count(tally, &request, 1, &said));
    CHECK_STR(said.reason, "of something else");
    facts++;
    int64_t counted = 0;
    while (tally_next(tally, TALLY_MS + 1, false, &said))
        counted += said.count;
    CHECK_INT(counted + facts, 1006);
}

TEST(long_words_are_cut)
{
    struct tally *tally = arena_make(arena, struct tally);
    struct refusal said;
    char *words = arena_alloc(arena, 500);
    memset(words, 'w', 499);
    struct refusal wordy = refusal_of(words, words);
    wordy.reason = str_of(words);
    CHECK(tally_count(tally, &wordy, 0, &said));
    CHECK_INT(said.from.n, TALLY_WORDS_BYTES - 1);
    CHECK(!tally_count(tally, &wordy, 1, &said));
}

TEST(what_somebody_asks_in_vain_is_told_once_a_minute_and_so_often)
{
    struct denials *denials = arena_make(arena, struct denials);
    int64_t now = 1000;
    CHECK(denials_may_tell(denials, STR("person:kim"), STR("approve 1"), now));
    CHECK(!denials_may_tell(denials, STR("person:kim"), STR("approve 1"), now + TALLY_MS - 1));
    CHECK(denials_may_tell(denials, STR("person:kim"), STR("approve 1"), now + TALLY_MS));
    CHECK(denials_may_tell(denials, STR("person:ana"), STR("approve 1"), now));
    now += 2 * TALLY_MS;
    for (int i = 0; i < DENIALS_EACH_MAX; i++)
        CHECK(denials_may_tell(denials, STR("person:kim"), str_printf(arena, "%d", i), now));
    CHECK(!denials_may_tell(denials, STR("person:kim"), STR("one more"), now));
    CHECK(denials_may_tell(denials, STR("person:ana"), STR("one more"), now)); /* others still */
    now += TALLY_MS;
    for (int i = 0; i < DENIALS_MAX; i++)
        CHECK(denials_may_tell(denials, str_printf(arena, "%d", i), STR("x"), now));
    CHECK(!denials_may_tell(denials, STR("person:eva"), STR("x"), now)); /* of all, too */
    CHECK(denials_may_tell(denials, STR("person:eva"), STR("x"), now + TALLY_MS));
}
