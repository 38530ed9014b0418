/* test_heard.c - what an engine's answers came to is kept for its picture, and no more than that.
 */
#include "alert/heard.h"
#include "harness/test.h"

#include <math.h>

static const struct instant begin = {INT64_C(1699999200) * 1000000}; /* a whole hour */

static struct instant second(int64_t n)
{
    return instant_add_ms(begin, n * 1000);
}

static struct rule rule_of(const char *id)
{
    return (struct rule){.id = str_of(id), .question_count = 1};
}

static void push(struct heards *heards, enum truth truth, double value, bool firing, int64_t at)
{
    struct rule rule = rule_of("a");
    struct evaluation evaluation = {.truth = truth, .value = value};
    heards_push(heards, &rule, &evaluation, firing, second(at));
}

static const struct heard_slot *slot(const struct heards *heards, size_t tier, int64_t back,
                                     int64_t at)
{
    return heard_slot_of(heards_find(heards, STR("a")), tier, back, second(at));
}

TEST(a_stretch_has_its_extremes_and_says_what_was_unknown)
{
    struct heards heards;
    heards_init(&heards, arena);
    CHECK(!heards_find(&heards, STR("a")));
    push(&heards, TRUTH_FALSE, 3, false, 0);
    push(&heards, TRUTH_TRUE, 9, true, 2);
    push(&heards, TRUTH_UNKNOWN, NAN, true, 17);
    push(&heards, TRUTH_TOO_LITTLE, 5, false, 31);
    const struct heard_slot *first = slot(&heards, 0, 2, 31);
    CHECK(first->is_known && first->is_firing && !first->is_unknown);
    CHECK(first->low > 2.9F && first->low < 3.1F && first->high > 8.9F && first->high < 9.1F);
    const struct heard_slot *unknown = slot(&heards, 0, 1, 31);
    CHECK(!unknown->is_known && unknown->is_firing && unknown->is_unknown);
    /* Too little traffic is known, and no value. */
    const struct heard_slot *little = slot(&heards, 0, 0, 31);
    CHECK(!little->is_known && !little->is_unknown);
    /* All of it is one stretch of the longer ones. */
    CHECK(slot(&heards, 1, 0, 31)->is_known && slot(&heards, 2, 0, 31)->is_unknown);
    CHECK_INT(heards_find(&heards, STR("a"))->since.us, begin.us);
    heards_done(&heards);
}

TEST(what_nobody_looked_at_is_nothing_and_what_is_old_is_gone)
{
    struct heards heards;
    heards_init(&heards, arena);
    push(&heards, TRUTH_TRUE, 9, true, 0);
    push(&heards, TRUTH_FALSE, 1, false, 60);
    const struct heard_slot *between = slot(&heards, 0, 2, 60);
    CHECK(between && !between->is_known && !between->is_unknown && !between->is_firing);
    CHECK(!slot(&heards, 0, -1, 60));
    CHECK(slot(&heards, 0, HEARD_SLOTS - 1, 60) && !slot(&heards, 0, HEARD_SLOTS, 60));
    /* An hour later the ring went round: nothing of before is left in it, of the day it is. */
    push(&heards, TRUTH_FALSE, 2, false, 7200);
    for (int64_t back = 1; back < HEARD_SLOTS; back++)
        CHECK(!slot(&heards, 0, back, 7200)->is_known);
    CHECK(slot(&heards, 1, 20, 7200)->is_firing);
    /* What is older than the ring does not come into it. */
    push(&heards, TRUTH_TRUE, 7, true, 0);
    for (int64_t back = 0; back < HEARD_SLOTS; back++)
        CHECK(!slot(&heards, 0, back, 7200)->is_firing);
    heards_done(&heards);
}

TEST(rules_that_are_asked_no_more_make_room)
{
    struct heards heards;
    struct evaluation evaluation = {.truth = TRUTH_TRUE, .value = 1};
    heards_init(&heards, arena);
    for (int i = 0; i < HEARD_RULES_MAX + 1; i++) {
        struct rule rule = rule_of(str_printf(arena, "%d", i).p);
        heards_push(&heards, &rule, &evaluation, false, begin);
    }
    CHECK_INT(heards.rules.count, HEARD_RULES_MAX);
    struct rule one = rule_of("7");
    struct rule last = rule_of(str_printf(arena, "%d", HEARD_RULES_MAX).p);
    CHECK(!heards_find(&heards, last.id));
    heards_keep(&heards, &(struct rules){.items = &one, .count = 1});
    CHECK_INT(heards.rules.count, 1);
    CHECK(heards_find(&heards, one.id));
    heards_push(&heards, &last, &evaluation, false, second(15));
    CHECK_INT(heards_find(&heards, last.id)->since.us, second(15).us);
    one.question_count = 0;
    heards_keep(&heards, &(struct rules){.items = &one, .count = 1});
    CHECK_INT(heards.rules.count, 0);
    heards_push(&heards, &last, &evaluation, false, second(30));
    heards_forget(&heards);
    CHECK(!heards_find(&heards, last.id));
    heards_done(&heards);
}
