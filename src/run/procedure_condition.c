/* procedure_condition.c - which steps and rules the conditions of a procedure speak of. */
#include "run/procedure_condition.h"

struct finder {
    struct arena *arena;
    const struct program *program;
    const struct procedure *procedure;
};

static bool has_below(const struct procedure *procedure, int at)
{
    return at + 1 < procedure->step_count && procedure->steps[at + 1].parent == at;
}

/* The last step of what stands below it, or itself. */
static int last_below(const struct procedure *procedure, int at)
{
    int last = at;
    while (last + 1 < procedure->step_count &&
           procedure->steps[last + 1].depth > procedure->steps[at].depth)
        last++;
    return last;
}

/* The step before it in the same list; -1: none. */
static int before(const struct procedure *procedure, int at)
{
    for (int i = at - 1; i >= 0; i--)
        if (procedure->steps[i].parent == procedure->steps[at].parent)
            return i;
    return -1;
}

/* The number as it is written in the source, or 0: a list may count otherwise than it is written.
 */
static int written_number(const struct program *program, const struct statement *statement)
{
    if (statement->line < 1 || statement->line > program->line_count)
        return 0;
    struct str line = program->lines[statement->line - 1];
    size_t from = 0;
    int64_t number = 0;
    while (from < line.n && (byte_is_blank(line.p[from]) || line.p[from] == '>'))
        from++;
    size_t to = from;
    while (to < line.n && byte_is_digit(line.p[to]))
        to++;
    bool marked = to < line.n && (line.p[to] == '.' || line.p[to] == ')');
    return marked && str_int(str_slice(line, from, to), &number) && number < INT32_MAX ? (int)number
                                                                                       : 0;
}

/* The step of that number before this one in the same list; -1: not surely one. */
static int numbered(const struct finder *finder, int at, int number)
{
    const struct procedure *procedure = finder->procedure;
    int found = -1;
    for (int i = before(procedure, at); i >= 0; i = before(procedure, i)) {
        const struct statement *statement =
            &finder->program->statements[procedure->steps[i].statement];
        bool is_item = statement->kind == STATEMENT_STEP || statement->kind == STATEMENT_CHECK;
        if (!is_item || statement->step.number != number ||
            written_number(finder->program, statement) != number)
            continue;
        if (found >= 0)
            return -1;
        found = i;
    }
    return found;
}

/* Does Reeve see by itself whether it fails? */
static bool may_fail(const struct procedure *procedure, int at)
{
    enum step_does does = procedure->steps[at].does;
    return does == DOES_COMMAND || does == DOES_QUERY || does == DOES_NOTIFY || does == DOES_HOLD;
}

/* Nothing that is to be done whatever happened stands between the step and what speaks of it. */
static bool is_next_to(const struct procedure *procedure, int of, int at)
{
    for (int i = before(procedure, at); i > of; i = before(procedure, i)) {
        const struct step_condition *between = &procedure->steps[i].condition;
        if (between->asks != ASKS_FAILED || between->of != of)
            return false;
    }
    return true;
}

static void find_failed(const struct finder *finder, int at, const struct condition_words *words,
                        struct step_condition *out)
{
    const struct procedure *procedure = finder->procedure;
    int of = words->refers == REFERS_BEFORE ? before(procedure, at)
                                            : numbered(finder, at, words->number);
    if (of < 0 || !may_fail(procedure, of) || !is_next_to(procedure, of, at) ||
        procedure->steps[of].condition.asks == ASKS_FAILED)
        return;
    out->asks = ASKS_FAILED;
    out->negated = words->negated;
    out->of = of;
}

static void find_otherwise(const struct finder *finder, int at, struct step_condition *out)
{
    int of = before(finder->procedure, at);
    if (of < 0)
        return;
    const struct step_condition *condition = &finder->procedure->steps[of].condition;
    bool is_plain = condition->words.n > 0 && condition->words.p[0] != '"';
    if ((condition->form != CONDITION_IF && condition->form != CONDITION_UNLESS) || !is_plain)
        return;
    out->asks = ASKS_OTHERWISE;
    out->of = of;
}

/* The only rule of the runbook that has these words. */
static void find_rule(const struct finder *finder, struct step_condition *out)
{
    const struct statement *found = NULL;
    bool negated = false;
    for (int i = 0; i < finder->program->count; i++) {
        const struct statement *statement = &finder->program->statements[i];
        bool one = false;
        if (!condition_is_rule(finder->arena, out->words, statement, &one))
            continue;
        if (found)
            return;
        found = statement;
        negated = one;
    }
    if (!found)
        return;
    out->asks = ASKS_RULE;
    out->negated = negated;
    str_keep(out->rule, sizeof out->rule, str_of(found->id));
}

/* False: which steps are repeated is not certain, and the line stays what it is. */
static bool find_range(const struct finder *finder, int at, const struct condition_words *words,
                       struct step_condition *out)
{
    const struct procedure *procedure = finder->procedure;
    int last = before(procedure, at);
    int first = last;
    if (words->first > 0) {
        first = numbered(finder, at, words->first);
        last = numbered(finder, at, words->last);
    } else if (words->first == 0) {
        for (int i = last; i >= 0; i = before(procedure, i))
            first = i;
    }
    if (first < 0 || last < first)
        return false;
    out->first = first;
    out->last = last_below(procedure, last);
    return true;
}

/* The note above a command of a script is its words; a single command was picked by its name. */
static bool has_words(const struct finder *finder, const struct procedure_step *step)
{
    const struct statement *statement = &finder->program->statements[step->statement];
    return statement->kind != STATEMENT_COMMAND ||
           (statement->command.title.n > 0 && finder->procedure->step_count > 1);
}

static void find(const struct finder *finder, int at)
{
    const struct procedure *procedure = finder->procedure;
    struct procedure_step *step = &procedure->steps[at];
    const struct statement *statement = &finder->program->statements[step->statement];
    bool is_item = statement->kind == STATEMENT_STEP || statement->kind == STATEMENT_CHECK;
    struct step_condition made = {.of = -1};
    step->condition = made;
    if (!has_words(finder, step))
        return;
    struct condition_line line = {.text = step->text,
                                  .command = is_item ? statement->step.command : STR(""),
                                  .conditional = is_item && statement->step.conditional,
                                  .begins = step->does == DOES_COMMAND ||
                                            step->does == DOES_QUERY || step->does == DOES_NOTIFY,
                                  .acts = step->does != DOES_MANUAL || step->command.n > 0 ||
                                          has_below(procedure, at)};
    struct condition_words words = condition_read(finder->arena, &line);
    if (words.form == CONDITION_NONE ||
        (words.form == CONDITION_UNTIL && !find_range(finder, at, &words, &made)))
        return;
    made.form = words.form;
    made.words = words.words;
    if (words.alerts) {
        made.asks = ASKS_ALERTS;
        made.negated = words.negated;
    } else if (words.refers == REFERS_OTHERWISE) {
        find_otherwise(finder, at, &made);
        if (words.unsure && made.asks != ASKS_OTHERWISE)
            return;
    } else if (words.refers != REFERS_NOWHERE) {
        find_failed(finder, at, &words, &made);
    } else if (made.words.p[0] != '"') {
        find_rule(finder, &made);
    }
    step->condition = made;
}

void procedures_ask(struct arena *arena, const struct program *program,
                    struct procedures *procedures)
{
    for (int i = 0; i < procedures->count; i++) {
        struct finder finder = {arena, program, &procedures->items[i]};
        for (int k = 0; k < procedures->items[i].step_count; k++)
            find(&finder, k);
    }
}
