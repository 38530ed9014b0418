/* approval_again.c - who wants a step to begin, and who did not want it before. */
#include "run/approval.h"

enum { OBJECTIONS_BYTES_MAX = 4096 };

struct str run_step_asker(const struct run *run, int step)
{
    const struct run_refusal *refusal = run->steps[step].refusal;
    bool has_refusal = refusal && refusal->again_by[0];
    if (has_refusal && (run->again_by.n == 0 || !instant_before(refusal->again_at, run->again_at)))
        return str_of(refusal->again_by);
    return run->again_by.n > 0 ? run->again_by : run->opened_by;
}

/* Accounts are lower-case, users of the machine need not be. person: with "person:" in front, or
 * the name alone. */
static bool is_person(struct str person, struct str actor)
{
    bool whole = str_find_byte(person, ':', 0) < person.n;
    return actor.n > 0 && str_equal_nocase(person, whole ? actor : actor_name(actor));
}

bool run_step_is_asker(const struct run *run, int step, struct str person)
{
    const struct run_refusal *refusal = run->steps[step].refusal;
    return is_person(person, run->opened_person) || is_person(person, run->again_person) ||
           (refusal && is_person(person, str_of(refusal->again_person)));
}

static void add_refusal(struct text *text, const struct run_refusal *refusal)
{
    char at[INSTANT_TEXT_BYTES];
    instant_write(refusal->at, at);
    text_printf(text, "%.*s refused it at %.10s %.8s UTC: %s",
                STR_ARGS(actor_name(str_of(refusal->by))), at, at + 11, refusal->why);
    if (refusal->count > 1)
        text_printf(text, " (the last of %d times)", refusal->count);
    if (!refusal->again_by[0])
        return;
    instant_write(refusal->again_at, at);
    text_printf(text, "\n%.*s asked for it again at %.10s %.8s UTC: %s",
                STR_ARGS(actor_name(str_of(refusal->again_by))), at, at + 11, refusal->again_why);
}

/* The step of another run that would do the same; NULL: none. */
static const struct run_step *find_same(const struct run *run, const struct run *other,
                                        const struct run_step *step)
{
    if (other == run || !str_equal(other->procedure, run->procedure) ||
        !str_equal(other->environment, run->environment))
        return NULL;
    for (int i = 0; i < other->step_count; i++)
        if (other->steps[i].does == step->does &&
            str_equal(other->steps[i].command, step->command) &&
            (other->steps[i].refusal || other->steps[i].approver_count > 0))
            return &other->steps[i];
    return NULL;
}

/* Whoever was refused can also cancel and start anew. The newest other run in which somebody
 * decided on the same command; what was approved since is not held against it. */
static void add_elsewhere(struct text *text, const struct run_world *world, const struct run *run,
                          const struct run_step *step)
{
    for (size_t i = world->runs->count; i-- > 0;) {
        const struct run *other = world->runs->items[i];
        const struct run_step *same = find_same(run, other, step);
        if (!same)
            continue;
        if (!same->refusal || same->approver_count > 0)
            return;
        char at[INSTANT_TEXT_BYTES];
        instant_write(same->refusal->at, at);
        text_printf(text, "%sIn run %lld %.*s refused the same command at %.10s %.8s UTC: %s",
                    text->n > 0 ? "\n" : "", (long long)other->number,
                    STR_ARGS(actor_name(str_of(same->refusal->by))), at, at + 11,
                    same->refusal->why);
        return;
    }
}

struct str run_step_objections(const struct run_world *world, const struct run *run, int step,
                               struct arena *arena)
{
    const struct run_step *of = &run->steps[step];
    struct text text;
    text_init(&text, arena, OBJECTIONS_BYTES_MAX);
    if (of->refusal)
        add_refusal(&text, of->refusal);
    if (of->approvals > 0 && of->command.n > 0)
        add_elsewhere(&text, world, run, of);
    return text_str(&text);
}
