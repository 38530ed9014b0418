/* test_meant.c - rules of one line and one sentence: told apart, meant together, silenced. */
#include "alert/meant.h"

#include "alert/silence.h"
#include "harness/test.h"

static const char runbook[] = "# Ours\n\n### Critical Alerts\n"
                              "- Disk usage: warn at 80%, critical at 90%\n"
                              "- Disk usage > 70% or memory usage > 60%\n"
                              "- Error rate > 5%\n";

static struct rules rules_of(struct arena *arena)
{
    struct signals *signals = arena_make(arena, struct signals);
    struct program *program = NULL;
    struct err err = {0};
    signals_init(signals, arena);
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(runbook), &program, &err), &err);
    return rules_make(arena, program, signals);
}

/* "1 0 0 1 0": which are meant; "?" behind it: of several lines. */
static struct str meant(struct arena *arena, const struct rules *rules, const char *words)
{
    struct text text;
    bool *found = NULL;
    text_init(&text, arena, 100);
    size_t count = rules_meant(arena, rules, str_of(words), &found);
    for (size_t i = 0; i < rules->count; i++)
        text_adds(&text, found[i] ? "1" : "0");
    if (count > 1 && !rules_are_of_one_line(rules, found))
        text_adds(&text, "?");
    return text_str(&text);
}

TEST(rules_of_one_line_are_told_apart_and_meant_together)
{
    struct rules rules = rules_of(arena);
    CHECK_INT(rules.count, 5);
    CHECK_STR(rules.items[0].part, "warning");
    CHECK_STR(rules.items[1].part, "critical");
    CHECK_STR(rules.items[2].part, "disk usage");
    CHECK_STR(rules.items[3].part, "memory usage");
    CHECK_STR(rules.items[4].part, "");
    CHECK_STR(rule_shown(arena, &rules.items[1]),
              "Disk usage: warn at 80%, critical at 90% (critical)");
    CHECK_STR(rule_shown(arena, &rules.items[4]), "Error rate > 5%");
    CHECK_STR(meant(arena, &rules, "disk usage: warn at 80%, critical at 90%"), "11000");
    CHECK_STR(meant(arena, &rules, "Disk usage: warn at 80%, critical at 90% (critical)"), "01000");
    CHECK_STR(meant(arena, &rules, "(warning)"), "10000");
    CHECK_STR(meant(arena, &rules, "4"), "11000");
    CHECK_STR(meant(arena, &rules, "memory usage > 60%"), "00110");
    CHECK_STR(meant(arena, &rules, "disk usage"), "11110?");
    CHECK_STR(meant(arena, &rules, "error rate"), "00001");
    CHECK_STR(meant(arena, &rules, rules.items[3].id.p), "00010");
    CHECK_STR(meant(arena, &rules, "nothing"), "00000");
    CHECK_STR(meant(arena, &rules, ""), "00000");
}

TEST(a_silence_of_a_sentence_is_of_all_its_rules)
{
    struct rules rules = rules_of(arena);
    struct silences silences;
    struct event_list out;
    struct err err = {0};
    struct silence_choices choices = {.rules = &rules};
    struct silence_call call = {.actor = STR("person:ana"),
                                .what = STR("Disk usage: warn at 80%, critical at 90%"),
                                .for_length = STR("1h"),
                                .reason = STR("x"),
                                .now = {1700000000000000}};
    silences_init(&silences);
    event_list_init(&out, arena);
    CHECK_OK(silence_open(&silences, &choices, &call, &out, &err), &err);
    CHECK_INT(out.count, 2);
    for (size_t i = 0; i < out.count; i++)
        silence_fold(&silences, &out.items[i]);
    CHECK_INT(silences.count, 2);
    CHECK(silence_of_rule(&silences, &rules.items[0]) != NULL);
    CHECK(silence_of_rule(&silences, &rules.items[1]) != NULL);
    CHECK(silence_of_rule(&silences, &rules.items[2]) == NULL);
    CHECK_STR(str_of(silence_find(&silences, 2)->title),
              "Disk usage: warn at 80%, critical at 90% (critical, 2 of 2 rules of its line)");
    call.what = STR("(warning)");
    event_list_init(&out, arena);
    CHECK_OK(silence_open(&silences, &choices, &call, &out, &err), &err);
    CHECK_INT(out.count, 1);
    CHECK_STR(event_str(&out.items[0], "title"),
              "Disk usage: warn at 80%, critical at 90% (warning)");
    silences.count = SILENCES_MAX - 1; /* room for one of two */
    call.what = STR("5");
    event_list_init(&out, arena);
    CHECK(!silence_open(&silences, &choices, &call, &out, &err));
    CHECK_INT(out.count, 0);
    CHECK_STR(str_of(err.text), "There are 63 silences already, and 64 are the most; end one with "
                                "\"reeve silence end N\".");
}
