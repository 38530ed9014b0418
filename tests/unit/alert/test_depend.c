/* test_depend.c - names to rules, over several steps, without circles; groups. */
#include "alert/depend.h"
#include "harness/test.h"

enum { RULES = 5 };

static struct rules make(struct rule rules[RULES])
{
    static const char *const signals[RULES] = {"error rate", "database connection pool",
                                               "cpu usage", "disk usage", "error rate"};
    static const char *const ids[RULES] = {"a", "b", "c", "d", "e"};
    for (int i = 0; i < RULES; i++)
        rules[i] = (struct rule){.id = str_of(ids[i]),
                                 .title = i == 2 ? STR("CPU usage > 90%") : STR("t"),
                                 .signal_name = str_of(signals[i])};
    return (struct rules){.items = rules, .count = RULES, .written = RULES};
}

static struct str causes(struct arena *arena, const struct rule *rule)
{
    struct text text;
    text_init(&text, arena, 200);
    for (size_t i = 0; i < rule->cause_count; i++)
        text_add(&text, rule->causes[i]);
    text_printf(&text, "/%.*s", STR_ARGS(rule->group));
    return text_str(&text);
}

TEST(names_become_rules_over_several_steps)
{
    const struct str first[] = {{"database", 8}, {"nobody", 6}};
    const struct str second[] = {{"cpu usage > 90%", 15}};
    const struct dependency depends[] = {{STR("error rate"), first, 2},
                                         {STR("database connection pool"), second, 1}};
    struct rule items[RULES];
    struct rules rules = make(items);
    struct err err = {0};
    size_t bad = 99;
    CHECK_OK(depend_bind(arena, &rules, &(struct dependencies){depends, 2}, &bad, &err), &err);
    CHECK_STR(causes(arena, &items[0]), "bc/a");
    CHECK_STR(causes(arena, &items[1]), "c/a");
    CHECK_STR(causes(arena, &items[2]), "/a");
    CHECK_STR(causes(arena, &items[3]), "/");
    CHECK_STR(causes(arena, &items[4]), "bc/a");
    CHECK_INT(bad, 99);
}

TEST(a_circle_is_refused_and_left_out)
{
    const struct str database[] = {{"database", 8}};
    const struct str cpu[] = {{"cpu usage", 9}};
    const struct str errors[] = {{"error rate", 10}};
    const struct dependency depends[] = {
        {STR("error rate"), database, 1}, {STR("database"), cpu, 1}, {STR("cpu usage"), errors, 1}};
    struct rule items[RULES];
    struct rules rules = make(items);
    struct err err = {0};
    size_t bad = 99;
    CHECK(!depend_bind(arena, &rules, &(struct dependencies){depends, 3}, &bad, &err));
    CHECK_INT(bad, 2);
    CHECK_STR(str_of(err.text), "What \"cpu usage\" depends on depends on it in turn; one of the "
                                "two must come first.");
    CHECK_STR(causes(arena, &items[0]), "bc/a");
    CHECK_STR(causes(arena, &items[2]), "/a");
    /* On itself is nothing at all. */
    const struct dependency own = {STR("disk usage"), (const struct str[]){{"disk usage", 10}}, 1};
    rules = make(items);
    CHECK_OK(depend_bind(arena, &rules, &(struct dependencies){&own, 1}, &bad, &err), &err);
    CHECK_STR(causes(arena, &items[3]), "/");
}

/* Of a signal with many rules none is passed over as a cause. */
TEST(every_cause_counts_however_many_they_are)
{
    enum { MANY = 100 };
    struct rule items[MANY];
    struct rules rules = {.items = items, .count = MANY, .written = MANY};
    struct err err = {0};
    size_t bad = 0;
    for (size_t i = 0; i < MANY; i++)
        items[i] = (struct rule){.id = str_printf(arena, "%03zu", i),
                                 .title = STR("t"),
                                 .signal_name = i == 0 ? STR("error rate") : STR("disk usage")};
    const struct str disk[] = {{"disk usage", 10}};
    const struct dependency depends = {STR("error rate"), disk, 1};
    CHECK_OK(depend_bind(arena, &rules, &(struct dependencies){&depends, 1}, &bad, &err), &err);
    CHECK_INT(items[0].cause_count, MANY - 1);
    CHECK_STR(items[0].causes[MANY - 2], "099");
    CHECK_STR(items[MANY - 1].group, "000");
}

/* Each of some thousand sentences on another one of as many signals: the lists would fill the
 * memory. */
TEST(more_causes_than_are_kept_are_refused_and_told)
{
    enum { HALF = 3000 };
    struct rule *items = arena_array(arena, (size_t)2 * HALF, sizeof *items);
    struct dependency *depends = arena_array(arena, HALF, sizeof *depends);
    struct rules rules = {.items = items, .count = (size_t)2 * HALF};
    struct err err = {0};
    size_t bad = 0;
    for (size_t i = 0; i < HALF; i++) {
        struct str *on = arena_array(arena, 2, sizeof *on);
        items[i] = (struct rule){.id = str_printf(arena, "a%zu", i),
                                 .title = str_printf(arena, "left %zu", i),
                                 .signal_name = STR("left")};
        items[HALF + i] = (struct rule){.id = str_printf(arena, "b%zu", i),
                                        .title = str_printf(arena, "right %zu", i),
                                        .signal_name = STR("queue")};
        on[0] = items[HALF + i].title;
        on[1] = STR("queue");
        depends[i] = (struct dependency){items[i].title, on, 2};
    }
    CHECK(!depend_bind(arena, &rules, &(struct dependencies){depends, HALF}, &bad, &err));
    CHECK_INT(bad, HALF - 1);
    CHECK_STR(str_of(err.text),
              "What rules depend on comes to more than 4000000 causes in all; let "
              "fewer rules depend on fewer, such as signals on signals.");
    CHECK_INT(items[0].cause_count, HALF);
}
