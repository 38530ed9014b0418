/* check_condition.c - conditions of steps as the checker sees them, without run/. */
#include "seen_run.h"

/* What stands below it ends before this one. */
int seen_end_of(const struct seen_run *run, int at)
{
    int end = at + 1;
    while (end < run->count && run->steps[end].depth > run->steps[at].depth)
        end++;
    return end;
}

/* It has failed for good, and a step behind it says what is to be done then. */
bool seen_is_dealt_with(const struct seen_run *run, int at)
{
    const struct seen_step *step = &run->steps[at];
    bool spoken_of = false;
    for (int i = at + 1; i < run->count; i++)
        spoken_of = spoken_of || (run->steps[i].fails && run->steps[i].of == at &&
                                  (!run->steps[i].over || run->steps[i].out ||
                                   run->steps[i].tries > run->steps[i].tries_before));
    return step->bad && !step->doubted && !step->refused && !step->cut_off &&
           step->tries - step->tries_before > step->retries && spoken_of;
}

bool seen_is_passed(const struct seen_run *run, int at)
{
    bool left = false;
    if (!run->steps[at].title)
        return run->steps[at].over || seen_is_dealt_with(run, at);
    for (int i = at + 1; i < seen_end_of(run, at); i++)
        left = left || (!run->steps[i].title && !run->steps[i].over && !seen_is_dealt_with(run, i));
    return run->steps[at].form == 0 || run->steps[at].decided || !left;
}

/* "until:2-6 not-failed:3 …". */
void seen_read_condition(struct seen_step *step, struct str condition)
{
    struct str form, asks;
    step->of = step->first = step->last = -1;
    if (!str_split(&condition, ' ', &form) || !str_split(&condition, ' ', &asks))
        return;
    int64_t number = 0;
    size_t colon = str_find_byte(asks, ':', 0);
    step->form = str_starts(form, "if") ? 'i' : str_starts(form, "unless") ? 'n' : 't';
    step->fails = str_starts(asks, "failed:");
    if (str_int(str_from(asks, colon + 1), &number))
        step->of = (int)number - 1;
    colon = str_find_byte(form, ':', 0);
    size_t dash = str_find_byte(form, '-', colon);
    if (str_int(str_slice(form, colon + 1, dash), &number))
        step->first = (int)number - 1;
    if (str_int(str_from(form, dash + 1), &number))
        step->last = (int)number - 1;
}

bool seen_is_asked(const struct seen_run *run, int at)
{
    return run->steps[at].form != 0 && !run->steps[at].decided;
}

/* Is its own condition, and that of each title above it, decided? */
bool seen_may_begin(const struct seen_run *run, int at)
{
    bool may = true;
    for (int i = 0; i <= at; i++)
        if (i == at || (run->steps[i].title && seen_end_of(run, i) > at))
            may = may && !seen_is_asked(run, i) && !run->steps[i].out;
    return may;
}

void seen_set_back(struct seen_step *step)
{
    step->over = step->bad = step->doubted = step->refused = step->retried = false;
    step->decided = step->out = step->cut_off = false;
    step->approved = 0;
    step->rounds = 0;
    step->tries_before = step->tries;
}

/* Who speaks of the step asks anew, unless something of it has begun. */
void seen_forget(struct seen_run *run, int of)
{
    for (int i = of + 1; i < run->count; i++) {
        bool begun = false;
        for (int k = i; k < seen_end_of(run, i); k++)
            begun = begun || run->steps[k].running || run->steps[k].bad ||
                    (run->steps[k].over && !run->steps[k].out);
        if (run->steps[i].form == 0 || run->steps[i].of != of || !run->steps[i].decided || begun)
            continue;
        for (int k = i; k < seen_end_of(run, i); k++)
            seen_set_back(&run->steps[k]);
        seen_forget(run, i);
    }
}
