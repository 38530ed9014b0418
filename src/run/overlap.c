/* overlap.c - which runs would get in each other's way. */
#include "run/overlap.h"

static bool is_in_the_way(const struct run *run)
{
    bool commands = false;
    bool busy = false;
    for (int i = 0; i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];
        bool command = step->does == DOES_COMMAND;
        commands = commands || command;
        busy = busy || (command && step->begun && instant_is_zero(step->ended));
    }
    return run_is_open(run) && commands && (!run->cancelled || busy);
}

/* Two runs of one procedure that changes something do not go on beside each other in one
 * environment. */
static const struct run *find_same(const struct run_world *world, struct str statement,
                                   struct str environment)
{
    for (size_t i = 0; i < world->runs->count; i++) {
        const struct run *run = world->runs->items[i];
        if (is_in_the_way(run) && str_equal(run->statement, statement) &&
            str_equal(run->environment, environment))
            return run;
    }
    return NULL;
}

/* Is it over, and may a loop around it begin it again? */
static bool may_come_again(const struct run *run, int step)
{
    for (int i = step + 1; i < run->step_count; i++) {
        const struct run_step *loop = &run->steps[i];
        if (loop->condition.form == CONDITION_UNTIL && !loop->finished && !loop->skipped &&
            loop->condition.first <= step && step <= loop->condition.last)
            return true;
    }
    return false;
}

static bool is_to_come(const struct run *run, int at, struct str statement)
{
    const struct run_step *step = &run->steps[at];
    return step->does == DOES_COMMAND && str_is(statement, step->statement) &&
           ((!step->finished && !step->skipped) || may_come_again(run, at));
}

/* Another run in which a command of the procedure is still to come: one that holds it. */
static const struct run *find_holding(const struct run_world *world,
                                      const struct procedure *procedure, struct str environment)
{
    for (size_t i = 0; i < world->runs->count; i++) {
        const struct run *run = world->runs->items[i];
        if (!is_in_the_way(run) || !str_equal(run->environment, environment))
            continue;
        for (int k = 0; k < procedure->step_count; k++) {
            int statement = procedure->steps[k].statement;
            for (int n = 0; procedure->steps[k].does == DOES_COMMAND && n < run->step_count; n++)
                if (is_to_come(run, n, str_of(world->program->statements[statement].id)))
                    return run;
        }
    }
    return NULL;
}

bool overlap_check_open(const struct run_world *world, const struct procedure *procedure,
                        struct str environment, struct err *err)
{
    struct str id = str_of(world->program->statements[procedure->statement].id);
    const struct run *same = find_same(world, id, environment);
    if (procedure->cut)
        return err_set(err, ERR_REFUSED, NULL,
                       "\"%.*s\" has more than %d steps; part it into several procedures.",
                       STR_ARGS(procedure->name), LIMIT_RUN_STEPS);
    if (world->runs->open_count >= LIMIT_RUNS_OPEN)
        return err_set(err, ERR_REFUSED, NULL, "%d runs are open; end some first.",
                       LIMIT_RUNS_OPEN);
    if (same)
        return err_set(err, ERR_REFUSED, NULL,
                       "Run %lld of \"%.*s\" is not over; two would get in each other's way. Look "
                       "with \"reeve run show %lld\".",
                       (long long)same->number, STR_ARGS(procedure->name), (long long)same->number);
    const struct run *holding = find_holding(world, procedure, environment);
    if (holding)
        return err_set(err, ERR_REFUSED, NULL,
                       "Run %lld of \"%.*s\" has a command of this still before it; two would get "
                       "in each other's way. Look with \"reeve run show %lld\".",
                       (long long)holding->number, STR_ARGS(holding->procedure),
                       (long long)holding->number);
    return true;
}

/* Have both a command still before them? */
static bool share_command(const struct run *one, const struct run *other)
{
    for (int i = 0; i < one->step_count; i++)
        for (int k = 0; k < other->step_count; k++)
            if (is_to_come(one, i, str_of(other->steps[k].statement)) &&
                is_to_come(other, k, str_of(one->steps[i].statement)))
                return true;
    return false;
}

/* A cancelled run goes on: another one may have begun meanwhile. */
bool overlap_check_resume(const struct run_world *world, const struct run *run, struct err *err)
{
    for (size_t i = 0; run->cancelled && i < world->runs->count; i++) {
        const struct run *other = world->runs->items[i];
        if (other == run || !is_in_the_way(other) ||
            !str_equal(other->environment, run->environment))
            continue;
        if (str_equal(other->statement, run->statement) || share_command(run, other))
            return err_set(err, ERR_REFUSED, NULL,
                           "Run %lld of \"%.*s\" is going on with the same commands; two would get "
                           "in each other's way. End it first.",
                           (long long)other->number, STR_ARGS(other->procedure));
    }
    return true;
}
