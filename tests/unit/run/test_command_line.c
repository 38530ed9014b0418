/* test_command_line.c - values never become part of a program. */
#include "harness/test.h"
#include "run/command_line.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

static bool make(struct arena *arena, const char *command, const char *value, struct str *out_told,
                 struct err *err)
{
    struct run_value items[] = {{STR("NAME"), str_of(value), 1}, {STR("user-id"), STR("u-7"), 2}};
    struct run_values values = {items, 2};
    struct command_line line;
    struct text text;
    *err = (struct err){0};
    if (!command_line_make(arena, str_of(command), &values, &line, err))
        return false;
    text_init(&text, arena, 4096);
    for (size_t i = 0; i < line.argc; i++)
        text_printf(&text, "[%.*s]", STR_ARGS(line.argv[i]));
    for (size_t i = 0; i < line.variable_count; i++)
        text_printf(&text, " %.*s=%.*s", STR_ARGS(line.variables[i].name),
                    STR_ARGS(line.variables[i].value));
    *out_told = text_str(&text);
    return true;
}

TEST(places_are_filled_by_how_they_stand)
{
    static const struct {
        const char *command, *value, *told;
    } rows[] = {
        {"npm run db:migrate", "x", "[npm][run][db:migrate]"},
        {"deploy NAME now", "a", "[deploy][a][now]"},
        {"deploy --to=NAME", "a", "[deploy][--to=a]"},
        {"deploy <user-id>  {NAME}", "a", "[deploy][u-7][a]"},
        {"deploy {{NAME}} [user-id]", "a", "[deploy][a][u-7]"},
        {"echo NAME", "a b; reboot $(x) `y` \"z\"", "[echo][a b; reboot $(x) `y` \"z\"]"},
        {"say NAMES", "a", "[say][NAMES]"},
        {"echo NAME >log", "a b; reboot",
         "[sh][-c][echo \"${REEVE_VALUE_1}\" >log] REEVE_VALUE_1=a b; reboot"},
        {"say \"it is NAME\"", "a", "[sh][-c][say \"it is ${REEVE_VALUE_1}\"] REEVE_VALUE_1=a"},
        {"say 'it is NAME'", "a", "[sh][-c][say 'it is '\"${REEVE_VALUE_1}\"''] REEVE_VALUE_1=a"},
        {"say $NAME", "a", "[sh][-c][say \"${REEVE_VALUE_1}\"] REEVE_VALUE_1=a"},
        {"say ${NAME}", "a", "[sh][-c][say \"${REEVE_VALUE_1}\"] REEVE_VALUE_1=a"},
        {"A=1 say x", "a", "[sh][-c][A=1 say x]"},
        {"say \\\"NAME", "a", "[sh][-c][say \\\"\"${REEVE_VALUE_1}\"] REEVE_VALUE_1=a"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str told = STR("");
        struct err err;
        CHECK_OK(make(arena, rows[i].command, rows[i].value, &told, &err), &err);
        CHECK_STR(told, rows[i].told);
    }
}

TEST(what_is_not_safe_is_refused)
{
    static const struct {
        const char *command, *value;
    } rows[] = {
        {"rm NAME", "-rf"},
        {"say NAME", "a b"},
        {"cd /tmp && ssh web1 systemctl restart NAME", "x;reboot"},
        {"FOO=1 ssh web1 touch NAME", "x;reboot"},
        {"echo NAME | sh", "reboot now"},
        {"rm \"NAME\"", "-rf"},
        {"say \"it is NAME\"", "a b"},
        {"psql -c \"DELETE FROM t WHERE id = 'NAME'\"", "x' OR '1'='1"},
        {"ssh host NAME", "a;reboot"},
        {"npm run x NAME", "$(reboot)"},
        {"sh -c 'echo NAME'", "a;b"},
        {"say $(cat NAME)", "a"},
        {"say `cat NAME`", "a"},
        {"cat <<EOF\nNAME\nEOF", "a"},
        {"/usr/bin/ssh host NAME", "a b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str told = STR("");
        struct err err;
        CHECK(!make(arena, rows[i].command, rows[i].value, &told, &err));
        CHECK(err.text[0] != '\0');
    }
}

/* A real shell gets every value as one argument, whatever it holds. */
TEST(a_place_with_marks_is_no_word_of_the_command)
{
    struct run_value items[] = {{STR("pod"), STR("web-1"), 1}, {STR("name"), STR("x"), 2}};
    struct run_values values = {items, 2};
    struct command_line line;
    struct err err = {0};
    CHECK_OK(
        command_line_make(arena, STR("run --name <name> delete pod <pod>"), &values, &line, &err),
        &err);
    static const char *const words[] = {"run", "--name", "x", "delete", "pod", "web-1"};
    CHECK_INT(line.argc, 6);
    for (size_t i = 0; i < line.argc; i++)
        CHECK_STR(line.argv[i], words[i]);
    CHECK_INT(line.used, 3);
    CHECK_OK(command_line_make(arena, STR("deploy --env=xxx"), &values, &line, &err), &err);
    CHECK_INT(line.used, 0);
}

TEST(a_shell_sees_one_argument)
{
    static const char *const values[] = {"a b", "$(id)", "`id`", "\"; id; \"", "'; id; '",
                                         "*",   "~",     "a&b",  "${HOME}",    "\\",
                                         "$",   "!!",    "#x",   "é€",         "a=b"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct run_value items[] = {{STR("NAME"), str_of(values[i]), 1}};
        struct run_values run_values = {items, 1};
        struct command_line line;
        struct err err = {0};
        CHECK_OK(command_line_make(arena, STR("printf %s NAME"), &run_values, &line, &err), &err);
        CHECK_STR(line.argv[2], "printf %s \"${REEVE_VALUE_1}\"");
        char out[256];
        CHECK(setenv("REEVE_VALUE_1", values[i], 1) == 0);
        FILE *shell = popen(line.argv[2].p, "r");
        CHECK(shell != NULL);
        size_t n = fread(out, 1, sizeof out - 1, shell);
        out[n] = '\0';
        CHECK_INT(pclose(shell), 0);
        CHECK_STR(str_of(out), values[i]);
    }
}

TEST(whoever_approves_a_command_sees_all_of_it)
{
    static const struct {
        const char *command, *shown;
    } rows[] = {
        {"rm -rf old", "rm -rf old"},
        {"rm \xe2\x80\xaetxt.exe", "rm ‹<U+202E>txt.exe›"},
        {"rm o\xc2\xadld \xc2\x9b"
         "8m \xf3\xa0\x81\x81",
         "rm ‹o<U+00AD>ld› ‹<U+009B>8m› ‹<U+E0041>›"},
        {"rm old; \x1b[8mhalt", "sh -c ‹rm old; <U+001B>[8mhalt›"},
    };
    struct run_values none = {NULL, 0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct command_line line;
        struct text text;
        struct err err = {0};
        CHECK(command_line_make(arena, str_of(rows[i].command), &none, &line, &err));
        text_init(&text, arena, 4096);
        command_line_show(&line, &text);
        CHECK_STR(text_str(&text), rows[i].shown);
    }
}

TEST(what_only_looks_like_a_place_is_not_run)
{
    static const char *const refused[] = {"rm <x>",
                                          "cat <x> /etc/passwd",
                                          "curl https://a.example/<p>/y",
                                          "echo $(cat <x>)",
                                          "psql -d <1st> file.sql",
                                          "rm <gr\u00f6\u00dfe der platte> a",
                                          "echo a # b\nrm <x>"};
    static const char *const good[] = {
        "sort <in >out",      "sort < in",           "echo '<x>'",    "echo \"<x>\"",
        "echo \\<x>",         "cat <<EOF\n<p>\nEOF", "cat <<<x>out",  "diff <(ls a) <(ls b)",
        "echo a # b <x>\nls", "cmd <>file",          "sort <./in>out"};
    struct run_values none = {NULL, 0};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct command_line line;
        struct err err = {0};
        if (command_line_make(arena, str_of(refused[i]), &none, &line, &err))
            test_fail(__FILE__, __LINE__, "%s is taken", refused[i]);
        CHECK_INT(err.kind, ERR_USAGE);
        CHECK(str_find(str_of(err.text), "is no open place", 0) < strlen(err.text));
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct command_line line;
        struct err err = {0};
        CHECK_OK(command_line_make(arena, str_of(good[i]), &none, &line, &err), &err);
    }
}

TEST(values_fit_their_places)
{
    static const struct {
        enum placeholder_type type;
        const char *good, *bad;
    } rows[] = {{PLACEHOLDER_ID, "u-7", "u 7"},
                {PLACEHOLDER_NUMBER, "12", "-1"},
                {PLACEHOLDER_NUMBER, "0", "many"},
                {PLACEHOLDER_EMAIL, "a@b.example", "a.b"},
                {PLACEHOLDER_URL, "https://a.example/x", "a.example"},
                {PLACEHOLDER_VERSION, "v1.2.3", "v1;2"},
                {PLACEHOLDER_TEXT, "any text", ""},
                {PLACEHOLDER_TEXT, "x", "a\x1b[1m"},
                {PLACEHOLDER_TEXT, "x", "a\u202eb"},
                {PLACEHOLDER_TEXT, "\u0434\u0430\u0442\u0430 caf\u00e9 \u4e2d", "a\u00a0b"},
                {PLACEHOLDER_TEXT, "x", "a\u200bb"},
                {PLACEHOLDER_TEXT, "x", "a\u3000b"},
                {PLACEHOLDER_TEXT, "x", "\u26a0\ufe0f"},
                {PLACEHOLDER_TEXT, "x",
                 "a\xc2\x85"
                 "b"},
                {PLACEHOLDER_PATH, "/a b/c", "a\nb"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct placeholder place = {STR("X"), rows[i].type};
        struct err err = {0};
        CHECK_OK(placeholder_check(&place, str_of(rows[i].good), &err), &err);
        CHECK(!placeholder_check(&place, str_of(rows[i].bad), &err));
    }
    struct placeholder secret = {STR("API_KEY"), PLACEHOLDER_SECRET};
    struct err err = {0};
    CHECK(!placeholder_check(&secret, STR("x"), &err));
    CHECK_INT(err.kind, ERR_REFUSED);
}
