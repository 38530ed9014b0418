/* test_suspect.c - what makes a step read otherwise than it runs. */
#include "harness/test.h"
#include "run/suspect.h"

static struct str words_of(struct arena *arena, const char *command)
{
    return suspect_words(arena, STR("Do it"), str_of(command), &(struct run_values){NULL, 0});
}

TEST(honest_commands_are_not_suspect)
{
    static const char *const commands[] = {"",
                                           "rm -rf /srv/old",
                                           "echo 'caf\u00e9 na\u00efve \u0141\u00f3d\u017a'",
                                           "echo \u0434\u0430\u043d\u043d\u044b\u0435 \u0441",
                                           "\u0441\u0435\u0440\u0432\u0435\u0440\u0430",
                                           "cat /\u03bb\u03cc\u03b3\u03bf\u03b9/log",
                                           "echo \u65e5\u672c\u8a9elog \u05e9\u05dc\u05d5\u05dd",
                                           "mkdir a_\u0434\u0430\u043d\u043d\u044b\u0435",
                                           "printf 'a\n\tb'"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        CHECK_STR(words_of(arena, commands[i]), "");
}

TEST(hidden_characters_of_a_command_are_named)
{
    CHECK_STR(words_of(arena, "rm \u202e/srv\u200b\u00a0\u202e"),
              "The command has characters that nobody sees or that are taken for others: U+202E, "
              "U+200B, U+00A0.");
    CHECK_STR(suspect_words(arena, STR("Do \u202eit"), STR("ls"), &(struct run_values){NULL, 0}),
              "What the step says has characters that nobody sees or that are taken for others: "
              "U+202E.");
    CHECK_STR(suspect_words(arena, STR("Do \u202eit"), STR(""), &(struct run_values){NULL, 0}), "");
    CHECK_STR(
        suspect_words(arena, STR("\u26a0\ufe0f Do it"), STR("ls"), &(struct run_values){NULL, 0}),
        ""); /* how a sign is drawn */
}

TEST(words_of_letters_that_look_like_others_are_named)
{
    CHECK_STR(words_of(arena, "npm run d\u0435ploy"),
              "The command has a word with letters that look like others: d<U+0435>ploy.");
    CHECK_STR(words_of(arena, "\u0441\u043e\u0440\u0443 a b"),
              "The command has a word with letters that look like others: "
              "<U+0441><U+043E><U+0440><U+0443>.");
    CHECK_STR(words_of(arena, "ls \uff52\uff4d \U0001d41a"),
              "The command has words with letters that look like others: <U+FF52><U+FF4D>, "
              "<U+1D41A>.");
    CHECK_STR(words_of(arena, "\u03bfk a\u0430 b\u0430 c\u0430 d\u0430 e\u0430 f\u0430"),
              "The command has words with letters that look like others: <U+03BF>k, a<U+0430>, "
              "b<U+0430>, c<U+0430>, d<U+0430>, \u2026.");
}

TEST(values_that_lead_out_of_a_folder_are_named)
{
    struct run_value items[] = {{STR("name"), STR("../../etc"), 1}, {STR("other"), STR(".."), 2}};
    struct run_values values = {items, 2};
    CHECK_STR(suspect_words(arena, STR("a"), STR("rm -rf ./named/<name>"), &values),
              "The value of name leads out of a folder with \"..\": ../../etc");
    items[0].value = STR("a..b/...");
    CHECK_STR(suspect_words(arena, STR("a"), STR("rm -rf ./named/<name>"), &values), "");
    items[0].value = STR("a/..");
    CHECK_STR(suspect_words(arena, STR("a"), STR("rm -rf ./named/<name>"), &values),
              "The value of name leads out of a folder with \"..\": a/..");
    items[0].value = STR("d\u0435ploy"); /* an older run's: it is taken, and named */
    CHECK_STR(suspect_words(arena, STR("a"), STR("echo <name>"), &values),
              "The value of name has a word with letters that look like others: d<U+0435>ploy.");
    items[0].value = STR("");
    CHECK_STR(suspect_words(arena, STR("a"), STR("echo <name>"), &values),
              "The value of other leads out of a folder with \"..\": .."); /* cannot be filled */
}
