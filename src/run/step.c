/* step.c - whose turn it is: the state of each step, from what was folded. */
#include "run/approval.h"
#include "run/rehearsal.h"

#include "calendar/calendar.h"

enum { BACK_OFF_FIRST_MS = 10 * 1000, BACK_OFF_MOST_MS = 10 * 60 * 1000 };

bool run_step_surely_failed(const struct run_step *step)
{
    return step->failed && !step->refused && !step->cut_off && !run_step_tries_again(step);
}

int run_step_handler(const struct run *run, int step)
{
    for (int i = step + 1; i < run->step_count; i++) {
        const struct run_step *of = &run->steps[i];
        const struct step_condition *condition = &of->condition;
        if (condition->form != CONDITION_NONE && condition->asks == ASKS_FAILED &&
            condition->of == step && !condition->negated && (!of->skipped || of->left_out))
            return i;
    }
    return -1;
}

bool run_step_is_over(const struct run *run, int step)
{
    const struct run_step *of = &run->steps[step];
    return of->finished || of->skipped ||
           (run_step_surely_failed(of) && run_step_handler(run, step) >= 0);
}

bool run_step_asks(const struct run_step *step)
{
    return step->condition.form != CONDITION_NONE && !step->decided && !step->finished &&
           !step->skipped && !step->failed && !step->doubted && !step->begun;
}

/* A title is over when everything below it is. */
static bool group_is_over(const struct run *run, int group)
{
    for (int i = group + 1; i < run->step_count && run->steps[i].depth > run->steps[group].depth;
         i++)
        if (run->steps[i].does != DOES_GROUP && !run_step_is_over(run, i))
            return false;
    return true;
}

int run_current(const struct run *run)
{
    for (int i = 0; i < run->step_count; i++) {
        bool group = run->steps[i].does == DOES_GROUP;
        if (group ? run_step_asks(&run->steps[i]) && !group_is_over(run, i)
                  : !run_step_is_over(run, i))
            return i;
    }
    return -1;
}

bool run_step_is_next(const struct run *run, int step)
{
    int current = run_current(run);
    if (current < 0 || step < current)
        return false;
    if (step == current)
        return true;
    if (run->steps[step].does == DOES_GROUP)
        return false;
    /* Boxes beside each other, from the current one on without anything between. */
    for (int i = current; i <= step; i++)
        if (!run->steps[i].free || run->steps[i].parent != run->steps[step].parent)
            return false;
    return true;
}

/* The newest end of what comes before in the order of the run; the opening when nothing does. */
static struct instant turn_began(const struct run *run, int step)
{
    struct instant at = run->opened_base;
    for (int i = 0; i < step; i++) {
        const struct run_step *before = &run->steps[i];
        if (before->does != DOES_GROUP && instant_before(at, before->ended_base))
            at = before->ended_base;
    }
    return at;
}

static struct instant add_time(struct instant from, const struct run_step *step)
{
    return step->time_months > 0 ? instant_add_months(from, step->time_months)
                                 : instant_add_ms(from, step->time_ms);
}

bool run_step_tries_again(const struct run_step *step)
{
    return step->failed && !step->refused && step->does == DOES_COMMAND &&
           step->tries - step->tries_before <= step->retries;
}

/* What is tried a number of times is no check: each of its tries is a fact. */
int64_t run_step_every_ms(const struct run_step *step)
{
    return step->does == DOES_COMMAND && step->retries == 0 ? step->every_ms : 0;
}

/* When a failed step is tried again. */
static struct instant next_try(const struct run_step *step)
{
    int64_t wait_ms = step->every_ms;
    if (wait_ms == 0) {
        wait_ms = BACK_OFF_FIRST_MS;
        for (int i = 1; i < step->tries - step->tries_before && wait_ms < BACK_OFF_MOST_MS; i++)
            wait_ms *= 2;
    }
    return instant_add_ms(step->ended_base, wait_ms);
}

struct instant run_step_last_date(const struct run *run, int step)
{
    const struct run_step *of = &run->steps[step];
    bool dated = of->when == WHEN_DUE_AT || of->when == WHEN_WITHIN;
    struct instant base = instant_is_zero(run->dates_base) ? run->opened_base : run->dates_base;
    return dated ? add_time(base, of) : (struct instant){0};
}

struct instant run_step_due(const struct run *run, int step)
{
    const struct run_step *of = &run->steps[step];
    if (run_step_tries_again(of))
        return next_try(of);
    switch (of->when) {
    case WHEN_DUE_AT:
    case WHEN_WITHIN: return run_step_last_date(run, step);
    case WHEN_NOT_BEFORE: return add_time(turn_began(run, step), of);
    case WHEN_HOLDS: return of->begun ? add_time(of->from, of) : (struct instant){0};
    case WHEN_NONE:
    case STEP_WHENS: break;
    }
    return (struct instant){0};
}

/* Its condition speaks of steps that are not over: among boxes it may come before them. */
static bool asks_too_early(const struct run *run, int step)
{
    const struct step_condition *condition = &run->steps[step].condition;
    if (condition->of >= step) /* a foreign ledger */
        return true;
    if (condition->of >= 0 && condition->asks == ASKS_FAILED)
        return !run_step_is_over(run, condition->of);
    if (condition->of >= 0)
        return run_step_asks(&run->steps[condition->of]);
    for (int i = condition->first;
         condition->form == CONDITION_UNTIL && i <= condition->last && i < step; i++)
        if (run->steps[i].does != DOES_GROUP && !run_step_is_over(run, i))
            return true;
    return false;
}

enum run_step_state run_step_state(const struct run_world *world, const struct run *run, int step)
{
    const struct run_step *of = &run->steps[step];
    if (of->skipped)
        return RUN_STEP_SKIPPED;
    if (of->does == DOES_GROUP && !(run_step_asks(of) && run_step_is_next(run, step)))
        return group_is_over(run, step) ? RUN_STEP_DONE : RUN_STEP_PLANNED;
    if (of->finished)
        return RUN_STEP_DONE;
    if (of->failed)
        return run_step_tries_again(of) && run->state == RUN_GOING ? RUN_STEP_WAITING
                                                                   : RUN_STEP_FAILED;
    if (of->doubted)
        return RUN_STEP_DOUBTED;
    if (of->begun)
        return RUN_STEP_RUNNING;
    if (run->state != RUN_GOING || !run_step_is_next(run, step))
        return RUN_STEP_PLANNED;
    if (run_step_asks(of))
        return asks_too_early(run, step) ? RUN_STEP_PLANNED : RUN_STEP_READY;
    if (of->when == WHEN_NOT_BEFORE && instant_before(world->now, run_step_due(run, step)))
        return RUN_STEP_WAITING;
    if (of->approvals > 0 && run_step_approved(world, run, step) < of->approvals)
        return RUN_STEP_APPROVAL;
    return RUN_STEP_READY;
}
