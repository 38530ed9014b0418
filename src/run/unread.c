/* unread.c - commands in sentences, told by the backticks and the verbs around them. */
#include "run/unread.h"

#include "base/map.h"
#include "run/condition_take.h"
#include "runbook/fence_line.h"

enum { COMMAND_BYTES_MAX = 300, SHOWN_BYTES = 100 };

/* What stands behind an order to run something; false: the text is none. */
static bool take_order(struct str *text)
{
    static const char *const orders[] = {"run", "execute", "invoke", "re-run", "rerun", "issue"};
    static const char *const things[] = {"the command", "the script", "this command", "this script",
                                         "the",         "command",    "script"};
    struct str rest = STR("");
    for (size_t i = 0; i < sizeof orders / sizeof *orders && rest.n == 0; i++) {
        size_t n = strlen(orders[i]);
        if (str_starts_nocase(*text, orders[i]) && text->n > n + 1 &&
            (text->p[n] == ' ' || text->p[n] == ':'))
            rest = str_trim(str_from(*text, n + 1));
    }
    if (rest.n == 0)
        return false;
    for (size_t i = 0; i < sizeof things / sizeof *things; i++) {
        size_t n = strlen(things[i]);
        if (!str_starts_nocase(rest, things[i]) || rest.n <= n + 1 ||
            (rest.p[n] != ' ' && rest.p[n] != ':'))
            continue;
        rest = str_trim(str_from(rest, n + 1));
        break;
    }
    *text = rest;
    return true;
}

/* The next `…` at or after *at, which is moved behind it; false: none. */
static bool next_span(struct str text, size_t *at, struct str *out_span)
{
    size_t open = str_find_byte(text, '`', *at);
    size_t close = str_find_byte(text, '`', open + 1);
    if (open >= text.n || close >= text.n)
        return false;
    *out_span = str_trim(str_slice(text, open + 1, close));
    *at = close + 1;
    return true;
}

static bool has_path(struct str text)
{
    return (str_starts(text, "./") || str_starts(text, "../") || str_starts(text, "~/")) &&
           text.n > 3 && !byte_is_blank(text.p[2]);
}

static bool is_command(struct str text)
{
    struct map none;
    if (text.n < 2 || text.n > COMMAND_BYTES_MAX)
        return false;
    if (has_path(text))
        return true;
    map_init(&none, 1);
    bool good = line_is_command(text, &none, false);
    map_done(&none);
    return good;
}

/* "./deploy.sh now." */
static struct str without_stop(struct str text)
{
    text = str_trim(text);
    return text.n > 0 && text.p[text.n - 1] == '.' ? str_slice(text, 0, text.n - 1) : text;
}

/* Behind a verb or a colon, without backticks: a path, or a program of small letters. */
static struct str bare_command(struct str text)
{
    struct str rest = text;
    bool ordered = take_order(&rest);
    size_t colon = str_find(rest, ": ", 0);
    if (colon < rest.n && has_path(str_trim(str_from(rest, colon + 2))))
        return without_stop(str_from(rest, colon + 2));
    if (has_path(rest))
        return without_stop(rest);
    bool small = rest.n > 0 && rest.p[0] >= 'a' && rest.p[0] <= 'z';
    return ordered && small && is_command(without_stop(rest)) ? without_stop(rest) : STR("");
}

struct str unread_command(struct str text)
{
    struct str span;
    size_t at = 0;
    text = str_trim(text);
    while (next_span(text, &at, &span))
        if (is_command(span))
            return span;
    struct str rest = text;
    bool ordered = take_order(&rest);
    bool first = rest.n > 0 && rest.p[0] == '`';
    at = 0;
    if (!first || !next_span(rest, &at, &span))
        return str_find_byte(text, '`', 0) < text.n ? STR("") : bare_command(text);
    bool alone = without_stop(str_from(rest, at)).n == 0;
    return ordered || alone ? span : STR("");
}

struct str unread_second(struct str text, struct str command)
{
    struct str span;
    struct str first = line_first_word(command);
    bool found = false;
    for (size_t at = 0; next_span(text, &at, &span);) {
        if (str_equal(span, command))
            found = true;
        else if (found && span.n > first.n &&
                 (is_command(span) || str_equal(line_first_word(span), first)))
            return span;
    }
    return STR("");
}

static struct str note_of(struct arena *arena, struct str command, struct str action)
{
    struct str shown = str_cut(command, SHOWN_BYTES);
    if (action.n > 0)
        return str_printf(
            arena,
            "it is not certain that \"%.*s\" is a command, so people do this; to have "
            "Reeve do it, write \"%.*s\" with the command under actions: in reeve.yaml",
            STR_ARGS(shown), STR_ARGS(action));
    return str_printf(arena,
                      "it is not certain that \"%.*s\" is a command, so people do this; to have "
                      "Reeve run it, write it in a ```bash block below the step",
                      STR_ARGS(shown));
}

/* Does the text say at this place that once is not enough? Its words are put out. */
static bool is_repeated_at(struct str text, struct str *out_words)
{
    static const char *const words[] = {
        "until",       "twice",        "thrice",       "again and again", "repeatedly", "every",
        "on every",    "for each",     "for all",      "on each",         "on all",     "in a loop",
        "as often as", "keep running", "periodically", "several times"};
    struct str rest = text;
    if (!take_one(&rest, words, COUNT_OF(words))) {
        size_t n = 0;
        while (n < rest.n && byte_is_digit(rest.p[n]))
            n++;
        rest = str_trim(str_from(rest, n));
        if (n == 0 || n > 4 || str_is(str_slice(text, 0, n), "1") || !take(&rest, "times"))
            return false;
    }
    size_t end = 0;
    for (; end < text.n && !strchr(".,;:(", text.p[end]); end++) {
        if (text.p[end] != '`')
            continue;
        if (rest.n == 0 || rest.p[0] != '`')
            break;
        end = str_find_byte(text, '`', end + 1); /* "until `x` succeeds" */
        rest = STR("");
    }
    end = end < text.n ? end : text.n;
    *out_words = str_trim(str_slice(text, 0, end));
    return true;
}

struct str unread_repetition(struct str text)
{
    struct str words;
    for (size_t at = 0; at < text.n; at++) {
        if (text.p[at] == '`')
            at = str_find_byte(text, '`', at + 1);
        else if ((at == 0 || !is_word_byte(text.p[at - 1])) &&
                 is_repeated_at(str_from(text, at), &words))
            return words;
    }
    return STR("");
}

/* Of a command that is begun once: what its words say beyond that. */
static void tell_repetition(struct arena *arena, struct procedure_step *step)
{
    struct str words = unread_repetition(step->text);
    if (words.n == 0)
        return;
    step->note = str_printf(arena,
                            "Reeve begins \"%.*s\" once; \"%.*s\" is left to people, who can "
                            "begin the step again, or write retries: or every: for its action in "
                            "reeve.yaml",
                            STR_ARGS(str_cut(step->command, SHOWN_BYTES)),
                            STR_ARGS(str_cut(words, SHOWN_BYTES)));
}

void unread_tell(struct arena *arena, struct procedure_step *step,
                 const struct step_statement *from)
{
    if (step->note.n > 0 || step->does == DOES_NOTIFY)
        return;
    if (from->command.n > 0) {
        struct str second = unread_second(step->text, from->command);
        if (second.n > 0)
            step->note = str_printf(arena,
                                    "of this line \"%.*s\" is the command, and \"%.*s\" is left "
                                    "to people: write each in a step of its own",
                                    STR_ARGS(str_cut(from->command, SHOWN_BYTES)),
                                    STR_ARGS(str_cut(second, SHOWN_BYTES)));
    } else if (step->command.n == 0 && step->does == DOES_MANUAL) {
        struct str unread = unread_command(step->text);
        if (unread.n > 0)
            step->note = note_of(arena, unread, step->action);
    }
}

void unread_tell_repetitions(struct arena *arena, const struct run_settings *settings,
                             struct procedures *procedures)
{
    for (int i = 0; i < procedures->count; i++) {
        for (int k = 0; k < procedures->items[i].step_count; k++) {
            struct procedure_step *step = &procedures->items[i].steps[k];
            const struct action_binding *binding = action_binding_find(settings, step->action);
            bool again = binding && (binding->retries > 0 || binding->every_ms > 0);
            if (step->does == DOES_COMMAND && step->note.n == 0 && !step->endless && !again)
                tell_repetition(arena, step);
        }
    }
}
