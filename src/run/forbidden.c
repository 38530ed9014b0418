/* forbidden.c - words that forbid a command or leave it to somebody.
 *
 * Only the sentence with the command is read, without its leading "If …,": "If it does not answer,
 * run `x`" forbids nothing. What is not certain forbids: a step for people costs a minute. */
#include "run/forbidden.h"

#include "base/text.h"
#include "run/condition_take.h"

enum { SHOWN_BYTES = 100 };

/* Lower case, without marks of emphasis, "’" as it is typed elsewhere. */
static struct str plain(struct arena *arena, struct str words)
{
    static const char curly[] = "\xE2\x80\x99";
    struct text text;
    bool quiet = false; /* within backticks nothing is a mark */
    text_init(&text, arena, words.n + 1);
    for (size_t i = 0; i < words.n; i++) {
        quiet = quiet != (words.p[i] == '`');
        if (!quiet && words.p[i] == '*')
            continue;
        bool apostrophe = !quiet && str_starts(str_from(words, i), curly);
        text_byte(&text, apostrophe ? '\'' : words.p[i]);
        if (apostrophe)
            i += sizeof curly - 2;
    }
    return str_lower(arena, text_str(&text));
}

/* Where a sentence that begins at from ends: behind its mark. */
static size_t sentence_end(struct str text, size_t from)
{
    for (size_t at = from; at < text.n; at++) {
        if (text.p[at] == '`')
            at = str_find_byte(text, '`', at + 1);
        else if (strchr(".;?!", text.p[at]) && is_end(text, at + 1))
            return at + 1;
    }
    return text.n;
}

/* Behind "If …," and its like; else all of it. */
static struct str without_condition(struct str sentence)
{
    static const char *const leads[] = {"if",    "unless",     "when",    "whenever", "once",
                                        "where", "as soon as", "in case", "while",    "should"};
    struct str rest = str_trim(sentence);
    if (!take_one(&rest, leads, COUNT_OF(leads)))
        return str_trim(sentence);
    for (size_t at = 0; at < rest.n && rest.p[at] != '`'; at++)
        if ((rest.p[at] == ',' || rest.p[at] == ':') && is_end(rest, at + 1))
            return str_trim(str_from(rest, at + 1));
    return str_trim(sentence);
}

/* "Don't forget to run it" is an order. */
static bool takes_back(struct str behind)
{
    static const char *const words[] = {"forget", "hesitate", "fail", "neglect", "omit", "only"};
    return take_one(&behind, words, COUNT_OF(words));
}

static bool forbids_at(struct str text)
{
    static const char *const words[] = {
        "do not",    "don't",        "dont",       "never",     "avoid",      "must not",
        "mustn't",   "shall not",    "should not", "shouldn't", "ought not",  "not to",
        "forbidden", "refrain from", "prohibited", "no need",   "not allowed"};
    return take_one(&text, words, COUNT_OF(words)) && !takes_back(text);
}

static bool forbids(struct str front)
{
    for (size_t at = 0; at < front.n; at++) {
        if (front.p[at] == '`')
            at = str_find_byte(front, '`', at + 1);
        else if ((at == 0 || !is_word_byte(front.p[at - 1])) && forbids_at(str_from(front, at)))
            return true;
    }
    return false;
}

static bool ends_with(struct str front, const char *const *words, size_t count)
{
    front = str_trim(front);
    for (size_t i = 0; i < count; i++)
        if (str_ends(front, words[i]) && (front.n == str_of(words[i]).n ||
                                          !is_word_byte(front.p[front.n - str_of(words[i]).n - 1])))
            return true;
    return false;
}

/* "Ask the DBA to run `x`", "use y instead of `x`", "skip migrations: `x`", "without a backup run
 * `x`" (whether there is one, nobody has said). */
static bool leaves(struct str front)
{
    static const char *const somebody[] = {"ask", "have", "let", "remind", "request", "tell"};
    static const char *const orders[] = {"run", "execute", "call", "invoke", "start"};
    static const char *const others[] = {"instead of", "rather than", "not"};
    static const char *const skips[] = {"skip", "omit", "leave out", "without"};
    struct str rest = front;
    if (take_one(&rest, skips, COUNT_OF(skips)) || ends_with(front, others, COUNT_OF(others)))
        return true;
    return take_one(&rest, somebody, COUNT_OF(somebody)) &&
           ends_with(front, orders, COUNT_OF(orders));
}

/* "`x` must never be run": the command is what the sentence is about. */
static bool is_forbidden_behind(struct str front, struct str behind)
{
    static const char *const words[] = {"must not",  "must never", "should not", "should never",
                                        "shall not", "is not",     "is never",   "is forbidden",
                                        "may not",   "can not",    "cannot",     "is prohibited"};
    static const char *const about[] = {"running", "calling", "using", "the command"};
    return (front.n == 0 || ends_with(front, about, COUNT_OF(about))) &&
           take_one(&behind, words, COUNT_OF(words));
}

/* The sentence with the command; false: it stands in none. */
static bool find_sentence(struct str text, struct str command, struct str *out)
{
    size_t at = command.n > 0 ? str_find(text, command.p, 0) : text.n;
    for (size_t from = 0; at < text.n && from < text.n;) {
        size_t to = sentence_end(text, from);
        if (at < to) {
            *out = str_slice(text, from, to);
            return true;
        }
        from = to;
    }
    return false;
}

bool forbidden_by_words(struct arena *arena, struct str text, struct str command)
{
    struct str said = plain(arena, text);
    struct str searched = str_lower(arena, command); /* a text of its own: it ends with NUL */
    struct str sentence;
    if (!find_sentence(said, searched, &sentence)) {
        sentence = without_condition(str_slice(said, 0, sentence_end(said, 0)));
        return forbids_at(sentence);
    }
    if (str_ends(str_trim(sentence), "?"))
        return true;
    sentence = without_condition(sentence);
    size_t at = str_find(sentence, searched.p, 0);
    struct str front = str_trim(str_slice(sentence, 0, at));
    struct str behind = str_from(sentence, at + searched.n);
    if (str_ends(front, "`"))
        front = str_trim(str_slice(front, 0, front.n - 1));
    take_byte(&behind, '`');
    return forbids(front) || leaves(front) || is_forbidden_behind(front, str_trim(behind));
}

static bool acts(const struct procedure_step *step)
{
    return step->does == DOES_COMMAND || step->does == DOES_QUERY || step->does == DOES_NOTIFY;
}

static bool waits(const struct procedure_step *step)
{
    return step->does == DOES_WAIT || step->does == DOES_HOLD;
}

static void give_to_people(struct arena *arena, struct procedure_step *step)
{
    if (step->does != DOES_MANUAL && !acts(step) && !waits(step))
        return;
    if (waits(step))
        step->note =
            STR("its words, or those above it, say not to wait, so the clock does not hold "
                "the run here; people tick it");
    if (acts(step))
        step->note = str_printf(
            arena,
            "its words, or those above it, forbid \"%.*s\" or leave it to somebody, so "
            "Reeve does not do it; write it as an order in a step of its own to have "
            "Reeve do it",
            STR_ARGS(str_cut(step->command.n > 0 ? step->command : step->action, SHOWN_BYTES)));
    if (waits(step))
        step->when = WHEN_NONE;
    step->does = DOES_MANUAL;
    step->command = step->action = step->destroys = step->people = STR("");
    step->placeholder_count = 0;
    step->endless = false;
}

void procedures_forbid(struct arena *arena, const struct program *program,
                       struct procedures *procedures)
{
    bool given[LIMIT_RUN_STEPS];
    for (int i = 0; i < procedures->count; i++) {
        struct procedure *procedure = &procedures->items[i];
        for (int k = 0; k < procedure->step_count; k++) {
            struct procedure_step *step = &procedure->steps[k];
            const struct statement *statement = &program->statements[step->statement];
            bool is_item = statement->kind == STATEMENT_STEP || statement->kind == STATEMENT_CHECK;
            bool picked = statement->kind == STATEMENT_COMMAND && procedure->step_count == 1;
            given[k] = (step->parent >= 0 && given[step->parent]) ||
                       (!picked && forbidden_by_words(arena, step->text,
                                                      is_item ? statement->step.command : STR("")));
            if (given[k])
                give_to_people(arena, step);
        }
    }
}
