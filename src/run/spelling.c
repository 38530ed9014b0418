/* spelling.c - the translations, and what npm keeps for itself.
 *
 * Netlify CLI 26.2.0: "functions:log" is no command of it, and its own "logs:function" says to use
 * "logs"; "dev" knows no --inspect (its --edge-inspect is for edge functions only), so that Node's
 * own variable opens the debugger. npm takes every option before "--" as its own, and drops those
 * that it does not know without a word. */
#include "run/spelling.h"

#include "base/text.h"

enum { WORDS_MAX = 64, BYTES_MAX = 64 * 1024 };

struct word {
    size_t from, to;
    bool begins_command; /* the first of a command */
};

struct words {
    struct str text;
    struct word at[WORDS_MAX];
    int count;
    bool plain; /* one command, without anything that only a shell reads */
};

static bool parts_commands(char c)
{
    return c != '\0' && strchr(";|&(\n", c) != NULL;
}

static bool is_one_of(struct str word, const char *const *names)
{
    for (; *names; names++)
        if (str_is(word, *names))
            return true;
    return false;
}

/* "sudo", "A=b": the command itself comes behind it. */
static bool stands_before(struct str word)
{
    static const char *const runners[] = {"sudo", "env", "exec", "time", "nohup", "nice", NULL};
    size_t equal = str_find_byte(word, '=', 0);
    return is_one_of(word, runners) || (equal > 0 && equal < word.n && word.p[0] != '-');
}

/* Behind "<NAME>", which is an open place and nothing that a shell reads; else from. */
static size_t end_of_place(struct str text, size_t from)
{
    size_t at = from + 1;
    while (at < text.n && (byte_is_alnum(text.p[at]) || strchr("_-", text.p[at])))
        at++;
    return at > from + 1 && at < text.n && text.p[at] == '>' ? at + 1 : from;
}

/* Words as a shell parts them; what stands in quotation marks parts nothing. */
static void read_words(struct words *words, struct str text)
{
    char open = 0;
    size_t place_end = 0;
    bool in_word = false;
    bool begins = true;
    *words = (struct words){.text = text, .plain = true};
    for (size_t i = 0; i <= text.n; i++) {
        char c = i < text.n ? text.p[i] : ' ';
        bool ends = !open && (byte_is_blank(c) || parts_commands(c));
        if (i >= place_end && i < text.n && c == '<')
            place_end = end_of_place(text, i);
        words->plain =
            words->plain && (i == text.n || i < place_end || !strchr(";|&(\n<>$`\"'\\#*?~", c));
        if (ends && in_word) {
            words->at[words->count].to = i;
            begins = begins && stands_before(str_slice(text, words->at[words->count].from, i));
            words->count++;
        }
        if (ends) {
            begins = begins || parts_commands(c);
            in_word = false;
            continue;
        }
        if (!in_word && words->count == WORDS_MAX)
            return;
        if (!in_word)
            words->at[words->count] = (struct word){.from = i, .begins_command = begins};
        in_word = true;
        if (open && c == open)
            open = 0;
        else if (!open && (c == '"' || c == '\''))
            open = c;
    }
}

static struct str word_at(const struct words *words, int i)
{
    if (i < 0 || i >= words->count)
        return STR("");
    return str_slice(words->text, words->at[i].from, words->at[i].to);
}

/* --- npm ---------------------------------------------------------------------------------------
 */

/* Options of npm itself that stand behind the name of a script with good reason. */
static bool is_npms_own(struct str word)
{
    static const char *const own[] = {"--silent",
                                      "-s",
                                      "--quiet",
                                      "-q",
                                      "--if-present",
                                      "--prefix",
                                      "-C",
                                      "--workspace",
                                      "-w",
                                      "--workspaces",
                                      "--include-workspace-root",
                                      "--ignore-scripts",
                                      "--script-shell",
                                      "--foreground-scripts",
                                      "--loglevel",
                                      NULL};
    return is_one_of(str_slice(word, 0, str_find_byte(word, '=', 0)), own);
}

/* The next word that is no option, nor the value of one. */
static int behind_options(const struct words *words, int at)
{
    static const char *const valued[] = {"--prefix", "-C", "--workspace", "-w", "--loglevel", NULL};
    while (at < words->count && word_at(words, at).p[0] == '-')
        at += is_one_of(word_at(words, at), valued) ? 2 : 1;
    return at;
}

/* The word behind "npm run NAME", where npm looks for options; -1: this is no such command. */
static int behind_script(const struct words *words, int at)
{
    static const char *const runs[] = {"run", "run-script", NULL};
    static const char *const scripts[] = {"test", "start", "stop", "restart", NULL};
    if (!str_is(word_at(words, at), "npm"))
        return -1;
    at = behind_options(words, at + 1);
    if (is_one_of(word_at(words, at), scripts))
        return at + 1;
    return is_one_of(word_at(words, at), runs) ? behind_options(words, at + 1) + 1 : -1;
}

/* The first option that npm keeps from the script; -1: none. */
static int find_swallowed(const struct words *words, int *out_dashes)
{
    int from = -1;
    int found = -1;
    *out_dashes = -1;
    for (int i = 0; i < words->count; i++) {
        struct str word = word_at(words, i);
        if (found >= 0 && words->at[i].begins_command)
            return found;
        if (words->at[i].begins_command)
            from = behind_script(words, i);
        if (from < 0 || i < from)
            continue;
        if (str_is(word, "--") && found >= 0) {
            *out_dashes = i;
            return found;
        }
        if (str_is(word, "--"))
            from = -1;
        else if (found < 0 && word.n > 1 && word.p[0] == '-' && !is_npms_own(word))
            found = i;
    }
    return found;
}

static bool spell_npm(struct arena *arena, const struct words *words, struct spelling *spelling)
{
    int dashes = -1;
    int found = find_swallowed(words, &dashes);
    if (found < 0)
        return false;
    struct str text = words->text;
    size_t at = words->at[found].from;
    size_t cut = dashes < 0 ? text.n : words->at[dashes].from;
    size_t on = dashes + 1 >= words->count || dashes < 0 ? text.n : words->at[dashes + 1].from;
    struct str right = str_printf(arena, "%.*s-- %.*s%.*s", STR_ARGS(str_slice(text, 0, at)),
                                  STR_ARGS(str_slice(text, at, cut)), STR_ARGS(str_from(text, on)));
    spelling->refused = true;
    spelling->note = str_printf(
        arena,
        "npm keeps %.*s for itself and the script never sees it; the right spelling is: %.*s",
        STR_ARGS(word_at(words, found)), STR_ARGS(right));
    return true;
}

/* --- Netlify -----------------------------------------------------------------------------------
 */

static bool follows(struct str word)
{
    static const char *const options[] = {"--tail", "--follow", "-f", NULL};
    return is_one_of(word, options);
}

/* netlify functions:log NAME --tail, which never was, and logs:function NAME, which was until 26.
 */
static bool spell_logs(struct arena *arena, const struct words *words, struct spelling *spelling)
{
    static const char *const old[] = {"functions:log", "functions:logs", "logs:function",
                                      "logs:functions", NULL};
    struct str name = STR("");
    bool follow = !str_starts(word_at(words, 1), "functions:");
    if (!is_one_of(word_at(words, 1), old))
        return false;
    for (int i = 2; i < words->count; i++) {
        struct str word = word_at(words, i);
        if (follows(word))
            follow = true;
        else if (name.n > 0 || word.p[0] == '-')
            return false; /* what else it says is not known */
        else
            name = word;
    }
    spelling->command =
        str_printf(arena, "%.*s logs --source functions%s%.*s%s", STR_ARGS(word_at(words, 0)),
                   name.n > 0 ? " --function " : "", STR_ARGS(name), follow ? " --follow" : "");
    spelling->endless = follow;
    spelling->note = str_printf(
        arena,
        "the runbook says \"%.*s\", which today's Netlify CLI (26.2) refuses: its \"logs\" "
        "does that now",
        STR_ARGS(words->text));
    return true;
}

static bool spell_dev(struct arena *arena, const struct words *words, struct spelling *spelling)
{
    struct text rest;
    struct str inspect = STR("");
    if (!str_is(word_at(words, 1), "dev"))
        return false;
    text_init(&rest, arena, BYTES_MAX);
    for (int i = 2; i < words->count; i++) {
        struct str word = word_at(words, i);
        if (str_is(word, "--inspect") || str_starts(word, "--inspect=") ||
            str_is(word, "--inspect-brk") || str_starts(word, "--inspect-brk="))
            inspect = word;
        else
            text_printf(&rest, " %.*s", STR_ARGS(word));
    }
    if (inspect.n == 0 || text_full(&rest))
        return false;
    spelling->command = str_printf(arena, "NODE_OPTIONS=%.*s %.*s dev%.*s", STR_ARGS(inspect),
                                   STR_ARGS(word_at(words, 0)), STR_ARGS(text_str(&rest)));
    spelling->endless = true;
    spelling->note = str_printf(
        arena,
        "the runbook says \"%.*s\", which today's Netlify CLI (26.2) refuses: Node's own "
        "variable opens the debugger, which is only for a developer's machine",
        STR_ARGS(words->text));
    return true;
}

struct spelling spelling_of(struct arena *arena, struct str command)
{
    static const char *const netlify[] = {"netlify", "ntl", NULL};
    struct spelling spelling = {.command = command, .note = STR("")};
    struct words words;
    read_words(&words, str_trim(command));
    if (spell_npm(arena, &words, &spelling))
        return spelling;
    if (words.plain && is_one_of(word_at(&words, 0), netlify) &&
        !spell_logs(arena, &words, &spelling))
        (void)spell_dev(arena, &words, &spelling);
    return spelling;
}
