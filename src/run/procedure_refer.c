/* procedure_refer.c - which procedure a step's words send to, and its steps in their place. */
#include "run/procedure_refer.h"

enum { DEPTH_MOST = 8 }; /* of procedures within each other */
enum { SHOWN_BYTES = 100 };

struct joiner {
    struct arena *arena;
    const struct program *program;
    const struct procedures *from; /* as the runbook has them, nothing put in */
    struct procedure *made;
    const struct procedure_step *step; /* whose words are judged */
    int within[DEPTH_MOST]; /* the procedures that are being put in, as indices of from */
    int depth;
};

/* Verbs that send to a text: behind them a name is enough. */
static const char *const sends[] = {"follow",       "see",   "refer to", "go through",
                                    "work through", "go to", "consult"};
/* Verbs that also stand before things: "Restart Redis" is no procedure "Redis". */
static const char *const does[] = {"run",    "execute",  "perform",  "do",  "start",
                                   "begin",  "initiate", "trigger",  "use", "apply",
                                   "invoke", "complete", "carry out"};
static const char *const kinds[] = {"procedure", "procedures", "process",  "steps",   "checklist",
                                    "runbook",   "playbook",   "protocol", "section", "plan"};

static bool take_word(struct str *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t n = str_of(words[i]).n;
        if (str_starts_nocase(*text, words[i]) && text->n > n && text->p[n] == ' ') {
            *text = str_trim(str_from(*text, n));
            return true;
        }
    }
    return false;
}

/* Without what says of which kind it is: "Rollback Procedures" and "Rollback" are one name. */
static bool drop_kind(struct str *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct str kind = str_of(kinds[i]);
        if (name->n <= kind.n + 1 || name->p[name->n - kind.n - 1] != ' ' ||
            !str_equal_nocase(str_from(*name, name->n - kind.n), kind))
            continue;
        *name = str_trim(str_slice(*name, 0, name->n - kind.n));
        return true;
    }
    return false;
}

static struct str strip(struct str text)
{
    text = str_trim(text);
    while (text.n > 0 && (text.p[text.n - 1] == '.' || text.p[text.n - 1] == ':'))
        text = str_trim(str_slice(text, 0, text.n - 1));
    bool quoted = text.n > 2 && text.p[0] == '"' && text.p[text.n - 1] == '"';
    return quoted ? str_slice(text, 1, text.n - 1) : text;
}

/* The name that a step's words send to; "" when they send nowhere. */
static struct str name_sent_to(struct str text)
{
    static const char *const places[] = {"above", "below"};
    static const char *const articles[] = {"the", "our"};
    text = strip(text);
    bool sent = take_word(&text, sends, sizeof sends / sizeof *sends);
    if (!sent && !take_word(&text, does, sizeof does / sizeof *does))
        return STR("");
    (void)take_word(&text, articles, sizeof articles / sizeof *articles);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (str_ends(text, places[i]))
            text = strip(str_slice(text, 0, text.n - str_of(places[i]).n));
    struct str name = text;
    return drop_kind(&name) || sent ? text : STR("");
}

static bool is_same_name(struct str one, struct str other)
{
    (void)drop_kind(&one);
    (void)drop_kind(&other);
    return one.n > 0 && str_equal_nocase(strip(one), strip(other));
}

/* By its name, or as procedure_find takes it, with the headings above it or its line. */
static bool is_named(const struct procedure *procedure, struct str name)
{
    struct str bare = name;
    if (is_same_name(procedure->name, name) || procedure_is_called(procedure, name))
        return true;
    return drop_kind(&bare) && procedure_is_called(procedure, strip(bare));
}

/* The only procedure of that name, as an index; -1. *out_count (may be NULL): how many there are.
 */
static int find_named(const struct procedures *procedures, struct str name, int *out_count)
{
    int found = -1;
    int count = 0;
    for (int i = 0; i < procedures->count; i++) {
        if (!is_named(&procedures->items[i], name))
            continue;
        found = i;
        count++;
    }
    if (out_count)
        *out_count = count;
    return count == 1 ? found : -1;
}

static int heading_of(const struct program *program, int statement)
{
    while (statement >= 0 && program->statements[statement].heading_level == 0)
        statement = program->statements[statement].parent;
    return statement;
}

/* Is there one heading of that name with a menu below it? */
static bool is_menu(const struct program *program, struct str name)
{
    int found = 0;
    int last = -1;
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        if (statement->kind != STATEMENT_COMMAND || statement->command.traits.form != COMMAND_MENU)
            continue;
        int heading = heading_of(program, statement->parent);
        if (heading >= 0 && heading != last)
            found += is_same_name(program->statements[heading].text, name);
        last = heading;
    }
    return found == 1;
}

static bool is_within(const struct joiner *joiner, int target)
{
    for (int i = 0; i < joiner->depth; i++)
        if (joiner->within[i] == target)
            return true;
    return false;
}

/* Does the step stand in the procedure it sends to? Then that would hold itself. */
static bool holds_step(const struct procedure *procedure, int statement)
{
    for (int i = 0; i < procedure->step_count; i++)
        if (procedure->steps[i].statement == statement)
            return true;
    return false;
}

static bool has_steps_below(const struct procedure *procedure, int at)
{
    return at + 1 < procedure->step_count && procedure->steps[at + 1].parent == at;
}

/* The procedure to put in for this step of procedure, as an index; -1: none. */
static int target_of(const struct joiner *joiner, const struct procedure *procedure, int at)
{
    const struct procedure_step *step = &procedure->steps[at];
    if (step->does != DOES_MANUAL || step->when != WHEN_NONE || step->command.n > 0 ||
        has_steps_below(procedure, at))
        return -1;
    struct str name = name_sent_to(step->text);
    int target = name.n > 0 ? find_named(joiner->from, name, NULL) : -1;
    if (target < 0 || joiner->depth == DEPTH_MOST || is_within(joiner, target) ||
        holds_step(&joiner->from->items[target], step->statement))
        return -1;
    return target;
}

/* Adds the steps of a procedure below the step parent of what is made (-1: at its top). */
static void add_steps(struct joiner *joiner, int source, int parent)
{
    const struct procedure *procedure = &joiner->from->items[source];
    struct procedure *made = joiner->made;
    int *moved = arena_array(joiner->arena, (size_t)procedure->step_count + 1, sizeof *moved);
    int depth = parent < 0 ? 0 : made->steps[parent].depth + 1;
    made->cut = made->cut || procedure->cut;
    joiner->within[joiner->depth++] = source;
    for (int i = 0; i < procedure->step_count; i++) {
        if (made->step_count == LIMIT_RUN_STEPS) {
            made->cut = true;
            break;
        }
        int at = moved[i] = made->step_count++;
        struct procedure_step *step = &made->steps[at];
        *step = procedure->steps[i];
        step->depth += depth;
        step->parent = step->parent < 0 ? parent : moved[step->parent];
        int target = target_of(joiner, procedure, i);
        if (target >= 0) {
            step->does = DOES_GROUP;
            step->action = STR("");
            add_steps(joiner, target, at);
        }
    }
    joiner->depth--;
}

static bool has_target(struct joiner *joiner, int source)
{
    const struct procedure *procedure = &joiner->from->items[source];
    bool found = false;
    joiner->within[joiner->depth++] = source;
    for (int i = 0; i < procedure->step_count; i++)
        found = found || target_of(joiner, procedure, i) >= 0;
    joiner->depth--;
    return found;
}

/* Does the text itself call it a procedure? */
static bool says_kind(struct str name)
{
    return drop_kind(&name);
}

/* Why a step that seems to send somewhere is a step of people; "" where nothing is wrong. */
static struct str lack_of(const struct joiner *joiner, struct str name)
{
    int count = 0;
    struct arena *arena = joiner->arena;
    const struct procedures *from = joiner->from;
    int found = find_named(from, name, &count);
    struct str bare = name;
    (void)drop_kind(&bare);
    bare = strip(bare);
    if (found >= 0)
        return STR(""); /* it would hold itself, or is too deep */
    if (count > 1)
        return str_printf(arena,
                          "%d procedures are called \"%.*s\", so people do it; say which: %.*s",
                          count, STR_ARGS(str_cut(bare, SHOWN_BYTES)),
                          STR_ARGS(procedure_names(arena, from, is_named, name)));
    const struct procedure *near = procedure_nearest(from, bare);
    if (near && holds_step(near, joiner->step->statement))
        near = NULL;
    if (near)
        return str_printf(arena,
                          "no procedure is called \"%.*s\", so people do it; the nearest is "
                          "\"%.*s\"",
                          STR_ARGS(str_cut(bare, SHOWN_BYTES)),
                          STR_ARGS(procedure_unique_name(from, near, arena)));
    if (!says_kind(name))
        return STR("");
    return str_printf(arena, "no procedure of this runbook is called \"%.*s\", so people do it",
                      STR_ARGS(str_cut(bare, SHOWN_BYTES)));
}

/* What is a step of people because its words name no one procedure: a choice from a menu, or a
 * note that says why. */
static void judge_left(struct joiner *joiner, struct procedure *made, int at)
{
    struct procedure_step *step = &made->steps[at];
    if (step->does != DOES_MANUAL || step->command.n > 0 || step->note.n > 0 ||
        has_steps_below(made, at))
        return;
    struct str name = name_sent_to(step->text);
    if (name.n == 0)
        return;
    joiner->step = step;
    if (find_named(joiner->from, name, NULL) < 0 && is_menu(joiner->program, name))
        step->does = DOES_CHOICE;
    else
        step->note = lack_of(joiner, name);
    step->astray = step->note.n > 0;
}

void procedures_refer(struct arena *arena, const struct program *program,
                      struct procedures *procedures)
{
    struct procedures from = {.count = procedures->count};
    from.items = arena_array(arena, (size_t)from.count + 1, sizeof *from.items);
    for (int i = 0; i < from.count; i++)
        from.items[i] = procedures->items[i];
    for (int i = 0; i < from.count; i++) {
        struct procedure *made = &procedures->items[i];
        struct joiner joiner = {.arena = arena, .program = program, .from = &from, .made = made};
        if (has_target(&joiner, i)) {
            made->steps = arena_array(arena, LIMIT_RUN_STEPS, sizeof *made->steps);
            made->step_count = 0;
            add_steps(&joiner, i, -1);
        }
        for (int k = 0; k < made->step_count; k++)
            judge_left(&joiner, made, k);
    }
}
