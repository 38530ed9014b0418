/* recovery.c - which procedures bring something back, and how long the runbook lets them take. */
#include "run/rehearsal.h"

/* Does a word that begins like this stand in the text? */
static bool has_root(struct str text, const char *root)
{
    for (size_t at = str_find_nocase(text, root, 0); at < text.n;
         at = str_find_nocase(text, root, at + 1))
        if (at == 0 || !byte_is_alnum(text.p[at - 1]))
            return true;
    return false;
}

bool procedure_recovers(const struct procedure *procedure)
{
    static const char *const roots[] = {"restore",  "restoring", "restoration", "recover",
                                        "rollback", "roll back", "roll-back",   "disaster",
                                        "failover", "fail over", "fail-over"};
    static const char *const actions[] = {":restore", ":recover", ":rollback", ":failover"};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (has_root(procedure->name, roots[i]) || has_root(procedure->path, roots[i]))
            return true;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (str_ends(procedure->command, actions[i]))
            return true;
    return false;
}

static bool is_objective(const struct statement *statement)
{
    return statement->kind == STATEMENT_OBJECTIVE && statement->alert.value > 0 &&
           (has_root(statement->alert.metric, "RTO") ||
            has_root(statement->alert.metric, "recovery time objective"));
}

/* The heading that the statement is or stands under; -1: none. */
static int heading_of(const struct program *program, int statement)
{
    while (statement >= 0 && program->statements[statement].heading_level == 0)
        statement = program->statements[statement].parent;
    return statement;
}

/* How many headings lie between the procedure and the heading; -1: it does not stand below it. */
static int distance(const struct program *program, const struct procedure *procedure, int heading)
{
    int steps = 0;
    for (int at = heading_of(program, procedure->statement); at >= 0;
         at = heading_of(program, program->statements[at].parent)) {
        if (at == heading)
            return steps;
        steps++;
    }
    return -1;
}

/* "Database" of "Database: 1 hour" in "Database Recovery". */
static bool is_named(const struct procedure *procedure, struct str what)
{
    return what.n > 0 && (str_find_nocase(procedure->name, what.p, 0) < procedure->name.n ||
                          str_find_nocase(procedure->path, what.p, 0) < procedure->path.n);
}

int procedure_objective(const struct program *program, struct arena *arena,
                        const struct procedure *procedure)
{
    int best = -1;
    int best_steps = INT32_MAX;
    int named = -1;
    int only = -1;
    int count = 0;
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        if (!is_objective(statement))
            continue;
        struct str what = str_copy(arena, statement->alert.of);
        bool fits = what.n == 0 || is_named(procedure, what);
        int steps = distance(program, procedure, heading_of(program, i));
        if (fits && steps >= 0 && steps < best_steps) {
            best = i;
            best_steps = steps;
        }
        if (named < 0 && is_named(procedure, what))
            named = i;
        only = what.n == 0 ? i : only;
        count++;
    }
    return best >= 0 ? best : named >= 0 ? named : count == 1 ? only : -1;
}
