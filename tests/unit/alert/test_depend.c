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
}

/* By whatever name, "error rate" and its title: it would be taken and never do anything. */
TEST(on_itself_is_refused)
{
    const struct str itself[] = {{"CPU usage > 90%", 15}};
    const struct str both[] = {{"disk usage", 10}, {"Nobody", 6}};
    const struct dependency depends[] = {
        {STR("disk usage"), both, 1}, {STR("cpu usage"), itself, 1}, {STR("nobody"), &both[1], 1}};
    static const char *const words[] = {
        "\"disk usage\" cannot depend on \"disk usage\", which is the same; name another rule or "
        "signal, or take it out.",
        "\"cpu usage\" cannot depend on \"CPU usage > 90%\", which is the same; name another rule "
        "or signal, or take it out.",
        "\"nobody\" cannot depend on \"Nobody\", which is the same; name another rule or signal, "
        "or take it out."};
    for (size_t i = 0; i < 3; i++) {
        struct rule items[RULES];
        struct rules rules = make(items);
        struct err err = {0};
        size_t bad = 99;
        CHECK(!depend_bind(arena, &rules, &(struct dependencies){&depends[i], 1}, &bad, &err));
        CHECK_STR(str_of(err.text), words[i]);
        CHECK_STR(causes(arena, &items[3]), "/");
    }
}
