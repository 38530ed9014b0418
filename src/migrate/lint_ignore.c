/* lint_ignore.c - comments of a migration that say which finding is meant to be there, and why.
 *
 *   -- reeve:lint-ignore RULE REASON       before the statement, in it, or behind it in its line
 *   -- reeve:lint-ignore-file RULE REASON  anywhere: all statements of the file */
#include "migrate/lint_look.h"

struct ignore {
    struct lint *lint;
    const struct migration_script *script;
    size_t from; /* findings of this script begin here */
    size_t byte; /* of the comment */
    bool whole;  /* of the file */
    struct str rule, reason;
};

static void say(const struct ignore *ignore, const char *rule, enum lint_level level,
                struct str text)
{
    struct lint *lint = ignore->lint;
    lint_say(lint,
             &(struct lint_finding){
                 .rule = rule,
                 .level = level,
                 .script = ignore->script,
                 .byte = ignore->byte,
                 .text = text,
                 .instead = STR(
                     "Write -- reeve:lint-ignore RULE and the reason, or take the comment out."),
                 .reason = STR("")});
}

static bool same_line(struct str text, size_t from, size_t to)
{
    return str_find_byte(text, '\n', from) >= to;
}

/* The statement the comment is about: the one that ends in its line, else the next that ends
 * behind it. */
static size_t statement_of(const struct ignore *ignore)
{
    const struct migration_script *script = ignore->script;
    for (size_t i = 0; i < script->count; i++) {
        size_t end = script->statements[i].from + script->statements[i].text.n;
        if (end > ignore->byte || same_line(script->text, end, ignore->byte))
            return i;
    }
    return script->count;
}

static bool is_meant(const struct ignore *ignore, size_t statement,
                     const struct lint_finding *finding)
{
    const struct migration_script *script = ignore->script;
    if (finding->script != script || !str_is(ignore->rule, finding->rule))
        return false;
    if (ignore->whole)
        return true;
    if (statement == script->count)
        return false;
    const struct migration_statement *one = &script->statements[statement];
    return finding->byte >= one->from && finding->byte < one->from + one->text.n;
}

static void apply(const struct ignore *ignore)
{
    struct lint *lint = ignore->lint;
    size_t found = 0;
    size_t statement = statement_of(ignore);
    if (!lint_is_rule(ignore->rule)) {
        say(ignore, "unused-ignore", LINT_WARNING,
            str_printf(lint->arena, "\"%.*s\" is no rule, so nothing is ignored.",
                       STR_ARGS(str_cut(ignore->rule, 80))));
        return;
    }
    if (ignore->reason.n == 0) {
        say(ignore, "unused-ignore", LINT_WARNING,
            str_printf(lint->arena, "%.*s is not ignored: the comment gives no reason.",
                       STR_ARGS(ignore->rule)));
        return;
    }
    for (size_t i = ignore->from; i < lint->count; i++) {
        if (!is_meant(ignore, statement, &lint->findings[i]))
            continue;
        lint->findings[i].ignored = true;
        lint->findings[i].reason = ignore->reason;
        found++;
    }
    if (found == 0 && lint_is_certain(ignore->rule) && statement < ignore->script->count)
        say(ignore, "unused-ignore", LINT_WARNING,
            str_printf(lint->arena, "Nothing of %.*s is found here, so the comment is not needed.",
                       STR_ARGS(ignore->rule)));
}

static void read_comment(struct ignore *ignore, struct str comment)
{
    static const struct {
        const char *word;
        bool whole;
    } words[] = {{"reeve:lint-ignore-file ", true}, {"reeve:lint-ignore ", false}};
    struct str rest = str_trim(str_starts(comment, "--") ? str_from(comment, 2) : STR(""));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!str_starts(rest, words[i].word))
            continue;
        struct str said = str_trim(str_from(rest, strlen(words[i].word)));
        ignore->whole = words[i].whole;
        ignore->rule = str_slice(said, 0, str_find_byte(said, ' ', 0));
        ignore->reason = str_trim(str_from(said, ignore->rule.n));
        apply(ignore);
        return;
    }
}

void lint_ignore(struct lint *lint, const struct migration_script *script, size_t from)
{
    struct str text = script->text;
    size_t at = 0;
    if (str_find(text, "reeve:lint-ignore", 0) >= text.n)
        return;
    while (at < text.n) {
        struct sql_token token = sql_next(text, at);
        size_t until = token.kind == SQL_OPEN_END ? text.n : token.from;
        while (at < until) {
            size_t behind = sql_comment_end(text, at);
            if (behind > text.n)
                return;
            struct ignore ignore = {.lint = lint, .script = script, .from = from, .byte = at};
            if (behind > at)
                read_comment(&ignore, str_slice(text, at, behind));
            at = behind > at ? behind : at + 1;
        }
        if (token.kind == SQL_END || token.kind == SQL_OPEN_END)
            return;
        at = token.to;
    }
}
