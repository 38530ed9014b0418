/* rehearsal.c - runs in another environment, and what is remembered of them. */
#include "run/rehearsal.h"

#include <stdio.h>

enum { LIST_BYTES_MAX = 1024 };

static const struct run_environment *find_environment(const struct run_settings *settings,
                                                      struct str name)
{
    for (size_t i = 0; settings && i < settings->environment_count; i++)
        if (str_equal(settings->environments[i].name, name))
            return &settings->environments[i];
    return NULL;
}

/* A variable that production's commands have and those of the environment have not; "": none. */
static struct str find_lacking(const struct run_settings *settings,
                               const struct run_environment *environment)
{
    const struct run_settings *there = &environment->settings;
    for (size_t i = 0; i < settings->variable_count; i++) {
        bool has = false;
        for (size_t k = 0; k < there->variable_count; k++)
            has = has || str_equal(there->variables[k], settings->variables[i]);
        if (!has)
            return settings->variables[i];
    }
    return STR("");
}

static bool refuse_unknown(const struct run_settings *settings, struct arena *arena,
                           struct str name, struct err *err)
{
    struct text known;
    text_init(&known, arena, LIST_BYTES_MAX);
    for (size_t i = 0; i < settings->environment_count; i++)
        text_printf(&known, "%s%.*s", i ? ", " : "", STR_ARGS(settings->environments[i].name));
    if (settings->environment_count == 0)
        return err_set(err, ERR_USAGE, NULL,
                       "There is no environment to rehearse in; name one under environments: in "
                       "reeve.yaml.");
    return err_set(err, ERR_USAGE, NULL,
                   "There is no environment \"%.*s\" in reeve.yaml; it has %.*s.",
                   STR_ARGS(str_cut(name, RUN_ENVIRONMENT_BYTES)), STR_ARGS(text_str(&known)));
}

bool run_world_in(const struct run_world *world, struct arena *arena, struct str name,
                  struct run_world *out_world, struct err *err)
{
    struct run_world there = *world;
    if (name.n > 0) {
        const struct run_environment *environment = find_environment(world->settings, name);
        if (!environment)
            return refuse_unknown(world->settings, arena, name, err);
        struct str lacks = find_lacking(world->settings, environment);
        if (lacks.n > 0)
            return err_set(err, ERR_REFUSED, NULL,
                           "The environment \"%.*s\" has no %.*s, which production's commands "
                           "have, and a rehearsal never takes production's: write it under "
                           "environments: %.*s: environment: in reeve.yaml.",
                           STR_ARGS(name), STR_ARGS(lacks), STR_ARGS(name));
        struct procedures *procedures = arena_make(arena, struct procedures);
        struct run_settings *settings = arena_make(arena, struct run_settings);
        *settings = environment->settings;
        settings->rehearses = true;
        *procedures = procedures_make(arena, world->program, settings);
        there.settings = settings;
        there.procedures = procedures;
    }
    *out_world = there;
    return true;
}

const struct run_settings *run_settings_of(const struct run_world *world, const struct run *run)
{
    if (run->environment.n == 0)
        return world->settings;
    const struct run_environment *environment = find_environment(world->settings, run->environment);
    return environment && find_lacking(world->settings, environment).n == 0 ? &environment->settings
                                                                            : NULL;
}

struct str run_environment_problem(const struct run_world *world, struct arena *arena,
                                   const struct run *run)
{
    if (run_settings_of(world, run))
        return STR("");
    const struct run_environment *environment = find_environment(world->settings, run->environment);
    if (!environment)
        return str_printf(arena, "reeve.yaml has no environment %.*s any more",
                          STR_ARGS(run->environment));
    return str_printf(arena, "the environment %.*s in reeve.yaml has no %.*s any more",
                      STR_ARGS(run->environment),
                      STR_ARGS(find_lacking(world->settings, environment)));
}

/* The digest goes on from step to step, so that no list of all parts is needed. */
void procedure_plan_digest(const struct procedure *procedure, char out_hex[HASH_HEX_BYTES])
{
    char before[HASH_HEX_BYTES] = "";
    struct arena arena;
    arena_init(&arena);
    struct str between = {"", 1}; /* NUL, which none of the parts can hold */
    for (int i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        char numbers[80];
        (void)snprintf(numbers, sizeof numbers, "%d/%d/%lld/%d/%d", (int)step->does, step->depth,
                       (long long)step->time_ms, step->time_months, (int)step->when);
        const struct str parts[] = {str_of(before), between, str_of(numbers), between,
                                    step->text,     between, step->command};
        struct hash hash = hash_of_list(parts, sizeof parts / sizeof *parts);
        hash_hex(&hash, before);
        struct str more[] = {step->people, condition_write(&arena, &step->condition)};
        for (size_t k = 0; k < sizeof more / sizeof *more; k++) {
            if (more[k].n == 0)
                continue; /* so that plans without such a step are what they were */
            const struct str told[] = {str_of(before), between, more[k]};
            hash = hash_of_list(told, sizeof told / sizeof *told);
            hash_hex(&hash, before);
        }
    }
    memcpy(out_hex, before, sizeof before);
    arena_done(&arena);
}

static struct rehearsed *find(const struct runs *runs, struct str statement, struct str title)
{
    struct str name = str_cut(title, RUN_TITLE_BYTES - 1);
    for (size_t i = 0; i < runs->rehearsed_count; i++)
        if (str_is(statement, runs->rehearsed[i].statement) &&
            str_is(name, runs->rehearsed[i].procedure))
            return &runs->rehearsed[i];
    return NULL;
}

const struct rehearsed *rehearsed_find(const struct runs *runs, struct str statement,
                                       struct str title)
{
    return find(runs, statement, title);
}

enum rehearsal_lack rehearsal_judge(const struct rehearsed *rehearsed, const char *plan,
                                    int64_t within_ms, struct instant now)
{
    if (!rehearsed)
        return REHEARSAL_NEVER;
    const struct rehearsal *whole = &rehearsed->whole;
    if (whole->run == 0)
        return REHEARSAL_NOT_WHOLE;
    if (strcmp(whole->plan, plan) != 0)
        return REHEARSAL_CHANGED;
    return instant_ms_between(whole->ended, now) > within_ms ? REHEARSAL_OLD : REHEARSAL_FINE;
}

/* A place for one more procedure. */
static struct rehearsed *make_room(struct runs *runs)
{
    if (runs->rehearsed_count < REHEARSED_MAX)
        return &LIST_PUSH(runs->arena, runs->rehearsed, runs->rehearsed_count,
                          runs->rehearsed_capacity);
    struct rehearsed *oldest = &runs->rehearsed[0];
    for (size_t i = 1; i < runs->rehearsed_count; i++)
        if (instant_before(runs->rehearsed[i].last.opened, oldest->last.opened))
            oldest = &runs->rehearsed[i];
    return oldest;
}

static struct rehearsal rehearsal_of(const struct run *run)
{
    struct rehearsal rehearsal = {.run = run->number, .opened = run->opened};
    str_keep(rehearsal.environment, sizeof rehearsal.environment, run->environment);
    str_keep(rehearsal.by, sizeof rehearsal.by, run->opened_by);
    str_keep(rehearsal.plan, sizeof rehearsal.plan, run->plan);
    return rehearsal;
}

void rehearsal_fold_opened(struct runs *runs, const struct run *run)
{
    struct rehearsed *rehearsed = find(runs, run->statement, run->procedure);
    if (!rehearsed) {
        rehearsed = make_room(runs);
        *rehearsed = (struct rehearsed){.last = {.run = 0}};
        str_keep(rehearsed->statement, sizeof rehearsed->statement, run->statement);
        str_keep(rehearsed->procedure, sizeof rehearsed->procedure, run->procedure);
    }
    rehearsed->last = rehearsal_of(run);
}

/* The last one is the one begun last; the whole one, the one that ended last. */
void rehearsal_fold_ended(struct runs *runs, const struct run *run, const struct event *event)
{
    struct rehearsal ended = rehearsal_of(run);
    struct rehearsed *rehearsed = find(runs, run->statement, run->procedure);
    if (!rehearsed)
        return;
    ended.ended = event->at;
    ended.took_ms = event_int(event, "took_ms");
    ended.taken_back = run->taken_back;
    for (int i = 0; i < run->step_count; i++)
        ended.left_out +=
            (run->steps[i].skipped && !run->steps[i].left_out) || run->steps[i].failed;
    if (rehearsed->last.run == run->number)
        rehearsed->last = ended;
    if (ended.left_out == 0 && !ended.taken_back)
        rehearsed->whole = ended;
}
