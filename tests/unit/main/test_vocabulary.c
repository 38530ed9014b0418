/* test_vocabulary.c - vocabulary: in reeve.yaml: what a phrase may stand for, and what is refused.
 */
#include "harness/test.h"

#include "base/text.h"
#include "main/config.h"

static struct config_errors errors;

static struct config read_good(struct arena *arena, const char *yaml)
{
    struct config config = {0};
    struct config_input input = {.file = STR("reeve.yaml"), .text = str_of(yaml)};
    if (!config_read(arena, &input, &config, &errors))
        test_fail(__FILE__, __LINE__, "%.*s", STR_ARGS(config_errors_text(arena, &errors)));
    return config;
}

static void check_refused(struct arena *arena, const char *yaml, const char *sentences)
{
    struct config config;
    struct config_input input = {.file = STR("reeve.yaml"), .text = str_of(yaml)};
    CHECK(!config_read(arena, &input, &config, &errors));
    CHECK_STR(config_errors_text(arena, &errors), sentences);
}

static struct str party(const struct config *config, const char *text)
{
    return vocabulary_find(&config->vocabulary, VOCABULARY_PARTY, STR(""), str_of(text));
}

TEST(phrases_stand_for_names_known_and_own)
{
    struct config config = read_good(
        arena,
        "signals: { basket time: { histogram: b } }\n"
        "people:\n"
        "  ana: { email: a@b.c, roles: [tech lead, keeper] }\n"
        "vocabulary:\n"
        "  signals: { cart p95: Basket Time, checkout failures: error rate }\n"
        "  parties: { the wardens: security, the boss: Keeper, them up there: ana }\n"
        "  actions: { flip the switch: \"maintenance:on\" }\n"
        "  practices: { tidy the shelves: \"database:index\", boxes packed: \"deploy:tests\" }\n");
    const struct vocabulary *own = &config.vocabulary;
    CHECK_STR(vocabulary_signal(own, STR("the cart p95")), "basket time");
    CHECK_STR(vocabulary_signal(own, STR("Checkout failures")), "error rate");
    CHECK_STR(party(&config, "The Wardens"), "security");
    CHECK_STR(party(&config, "boss"), "keeper");
    CHECK_STR(party(&config, "them up there"), "ana");
    CHECK_STR(party(&config, "CTO"), "cto");
    /* A role that somebody has is itself, whatever it is elsewhere. */
    CHECK_STR(party(&config, "the tech lead"), "tech lead");
    CHECK_STR(vocabulary_find(own, VOCABULARY_CHECK, STR(""), STR("Boxes packed")), "deploy:tests");
    CHECK_STR(vocabulary_practice(own, STR(""), STR("Always tidy shelves")), "database:index");
}

TEST(a_signal_of_the_configuration_comes_before_a_known_phrase)
{
    struct config config = read_good(arena, "signals:\n"
                                            "  app error rate: { failures: a, of: b }\n"
                                            "  latency: { histogram: h }\n"
                                            "  failed login: { count: c }\n"
                                            "vocabulary:\n"
                                            "  signals: { failed logins: error rate }\n");
    const struct vocabulary *own = &config.vocabulary;
    CHECK_STR(vocabulary_signal(NULL, STR("app error rate")), "error rate");
    CHECK_STR(vocabulary_signal(own, STR("The app error rate")), "app error rate");
    CHECK_STR(vocabulary_signal(own, STR("error rate")), "error rate");
    /* Another word for a known signal binds that one. */
    CHECK_STR(vocabulary_signal(own, STR("p95 latency")), "response time");
    /* What vocabulary: says of the same words counts. */
    CHECK_STR(vocabulary_signal(own, STR("failed login")), "error rate");
}

TEST(what_a_phrase_cannot_be_is_said)
{
    check_refused(arena, "vocabulary:\n  signals: { a b: eror rate }\n",
                  "reeve.yaml:2:19: \"eror rate\" is no signal known by name; did you mean \"error "
                  "rate\"?\n");
    check_refused(
        arena,
        "signals: { basket time: { gauge: b } }\n"
        "vocabulary: { signals: { a b: basket tme, c d: the moon } }\n",
        "reeve.yaml:2:31: \"basket tme\" is no signal known by name; did you mean \"basket "
        "time\"?\n"
        "reeve.yaml:2:48: \"the moon\" is no signal known by name; docs/language.md lists "
        "them, and signals: adds others.\n");
    check_refused(arena, "vocabulary: { parties: { us: securty } }\n",
                  "reeve.yaml:1:30: \"securty\" is no role known by name; did you mean "
                  "\"security\"?\n");
    check_refused(
        arena, "vocabulary: { actions: { go: \"db:migrat\", stay: \"x:y\" } }\n",
        "reeve.yaml:1:30: \"db:migrat\" is no action known by name; did you mean "
        "\"db:migrate\"?\n"
        "reeve.yaml:1:49: \"x:y\" is no action known by name; docs/language.md lists them, "
        "and there are no others.\n");
    check_refused(arena, "vocabulary: { practices: { the: \"database:index\" } }\n",
                  "reeve.yaml:1:28: The phrase \"the\" says nothing; write the words that stand in "
                  "the runbook.\n");
    check_refused(
        arena,
        "vocabulary:\n  actions:\n    Flip a switch: \"maintenance:on\"\n"
        "    flip the switches: \"maintenance:off\"\n",
        "reeve.yaml:4:5: The phrase \"flip the switches\" stands here twice: case, plural "
        "and articles make no difference. Keep one.\n");
    check_refused(arena,
                  "vocabulary:\n  actions: { a1 b c d e f g h i j k l m n: \"maintenance:on\" }\n",
                  "reeve.yaml:2:14: The phrase \"a1 b c d e f g h i j k l m n\" has more than 12 "
                  "words; write fewer.\n");
    check_refused(arena, "vocabulary: { verbs: { a: b } }\n",
                  "reeve.yaml:1:15: \"verbs\" is no key here; possible are: signals, parties, "
                  "actions, practices.\n");
    check_refused(arena, "vocabulary: { actions: [go] }\n",
                  "reeve.yaml:1:25: \"actions\" wants keys with values, not a list.\n");
}

TEST(so_many_phrases_and_no_more)
{
    struct text text;
    text_init(&text, arena, 64 * 1024);
    text_adds(&text, "vocabulary:\n  actions:\n");
    for (int i = 0; i < LIMIT_VOCABULARY; i++)
        text_printf(&text, "    do w%d: \"db:ping\"\n", i);
    struct config config = read_good(arena, text_str(&text).p);
    CHECK_STR(vocabulary_find(&config.vocabulary, VOCABULARY_ACTION, STR(""), STR("Do w499")),
              "db:ping");
    text_adds(&text, "    one more: \"db:ping\"\n");
    check_refused(arena, text_str(&text).p,
                  "reeve.yaml:3:5: There must be 0 to 500 entries here, not 501.\n");
}
