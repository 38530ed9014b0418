/* runs.c - the ends of commands, as workers tell them, and how a run stands. */
#include "expect.h"

/* "1.2": step 2 of run 1. */
static bool read_place(struct str text, int64_t *out_run, int64_t *out_step)
{
    size_t dot = str_find_byte(text, '.', 0);
    return dot < text.n && str_int(str_slice(text, 0, dot), out_run) &&
           str_int(str_from(text, dot + 1), out_step);
}

static struct run *find_step(struct scenario *scenario, const struct word *word, int *out_step,
                             struct err *err)
{
    int64_t number = 0;
    int64_t step = 0;
    if (!read_place(word->text, &number, &step)) {
        (void)scenario_bad(scenario, word, err,
                           "Behind \"step\" stand the numbers of run and step: step 1.2 ends ok.");
        return NULL;
    }
    struct run *run = run_find(&scenario->core.world.runs, number);
    if (!run) {
        (void)scenario_bad(scenario, word, err, "There is no run %lld.", (long long)number);
        return NULL;
    }
    if (step < 1 || step > run->step_count) {
        (void)scenario_bad(scenario, word, err, "Run %lld has no step %lld; it has 1 to %d.",
                           (long long)number, (long long)step, run->step_count);
        return NULL;
    }
    *out_step = (int)step - 1;
    return run;
}

static bool check_runs(struct scenario *scenario, const struct word *word, const struct run *run,
                       int step, struct err *err)
{
    struct run_world view = world_runs(&scenario->core.world);
    enum run_step_state state = run_step_state(&view, run, step);
    if (run->steps[step].does != DOES_COMMAND)
        return scenario_bad(scenario, word, err,
                            "Step %d of run %lld is no command; a worker tells nothing of it.",
                            step + 1, (long long)run->number);
    return state == RUN_STEP_RUNNING ||
           scenario_bad(scenario, word, err,
                        "Step %d of run %lld does not run; it is %s. What comes too late is told "
                        "with \"late\" behind it.",
                        step + 1, (long long)run->number, run_step_state_name(state));
}

/* ends ok|fails ["text"] [late] | is doubted ["text"] [late] */
static bool read_end(struct scenario *scenario, const struct line *line,
                     struct run_step_end *out_end, bool *out_late, struct err *err)
{
    bool ends = expect_word(line, 2, "ends");
    size_t at = 4;
    *out_end = (struct run_step_end){.outcome = RUN_STEP_IN_DOUBT, .detail = STR("no word of it")};
    if (ends && expect_word(line, 3, "ok"))
        *out_end =
            (struct run_step_end){.outcome = RUN_STEP_WAS_DONE, .detail = STR("ended with 0")};
    else if (ends && expect_word(line, 3, "fails"))
        *out_end =
            (struct run_step_end){.outcome = RUN_STEP_DID_FAIL, .detail = STR("ended with 1")};
    else if (!expect_word(line, 2, "is") || !expect_word(line, 3, "doubted"))
        return scenario_bad(scenario, &line->words[0], err,
                            "Write: step 1.2 ends ok, step 1.2 ends fails \"ended with 3\", or "
                            "step 1.2 is doubted \"its process is gone\".");
    if (at < line->word_count && line->words[at].quoted)
        out_end->detail = line->words[at++].text;
    *out_late = expect_word(line, at, "late");
    return expect_end(scenario, line, at + *out_late, err);
}

bool runs_step(struct scenario *scenario, const struct line *line, struct err *err)
{
    struct arena arena;
    struct event_list events;
    struct run_step_end end;
    struct err failed = {0};
    bool late = false;
    int step = 0;
    const struct word *place = expect_word_at(line, 1);
    struct run *run = find_step(scenario, place, &step, err);
    if (!run || !read_end(scenario, line, &end, &late, err) ||
        (!late && !check_runs(scenario, place, run, step, err)))
        return false;
    arena_init(&arena);
    event_list_init(&events, &arena);
    run_finish(run, step, &end, scenario_now(scenario), &events);
    if (events.count > 0 && !engine_append(&scenario->core.engine, &events, &failed) &&
        !scenario->core.crashed && scenario->core.memory.refuse_from == 0) {
        arena_done(&arena);
        return scenario_wrong(scenario, err, "the end cannot be recorded: %s", failed.text);
    }
    arena_done(&arena);
    return clock_turn(scenario, err);
}

static bool find_state(struct str word, enum run_state *out_state)
{
    for (int i = 0; i < RUN_STATES; i++) {
        if (!str_is(word, run_state_name((enum run_state)i)))
            continue;
        *out_state = (enum run_state)i;
        return true;
    }
    return false;
}

static bool find_step_state(struct str word, enum run_step_state *out_state)
{
    for (int i = 0; i < RUN_STEP_STATES; i++) {
        if (!str_is(word, run_step_state_name((enum run_step_state)i)))
            continue;
        *out_state = (enum run_step_state)i;
        return true;
    }
    return false;
}

static bool unmet_run(struct scenario *scenario, const struct line *line, const struct run *run,
                      struct err *err)
{
    return expect_unmet(scenario, line, err,
                        str_printf(&scenario->arena, "it is %s: %.*s", run_state_name(run->state),
                                   STR_ARGS(expect_shown(scenario, "run", run->number))));
}

/* "step K STATE" at *at. */
static bool expect_step(struct scenario *scenario, const struct line *line, const struct run *run,
                        size_t *at, struct err *err)
{
    int64_t step = 0;
    enum run_step_state wanted;
    if (*at + 2 >= line->word_count || !str_int(line->words[*at + 1].text, &step) || step < 1 ||
        step > run->step_count)
        return scenario_bad(scenario, expect_word_at(line, *at + 1), err,
                            "Behind \"step\" stand its number, 1 to %d in run %lld, and its state.",
                            run->step_count, (long long)run->number);
    if (!find_step_state(line->words[*at + 2].text, &wanted))
        return scenario_bad(scenario, &line->words[*at + 2], err,
                            "A step is planned, waiting, approval, ready, running, done, failed, "
                            "doubted or skipped, not \"%.*s\".",
                            STR_ARGS(line->words[*at + 2].text));
    *at += 3;
    struct run_world view = world_runs(&scenario->core.world);
    return run_step_state(&view, run, (int)step - 1) == wanted ||
           unmet_run(scenario, line, run, err);
}

static bool expect_none(struct scenario *scenario, const struct line *line, size_t at,
                        struct err *err)
{
    int64_t last = scenario->core.world.runs.last_number;
    int64_t number = 1;
    if (at < line->word_count && !str_int(line->words[at++].text, &number))
        return scenario_bad(scenario, &line->words[at - 1], err,
                            "Write: expect no run, or expect no run 2.");
    if (!expect_end(scenario, line, at, err))
        return false;
    return last < number ||
           expect_unmet(scenario, line, err,
                        str_printf(&scenario->arena, "the newest is run %lld", (long long)last));
}

/* [containing "…"]… [lacking "…"]… */
static bool expect_text(struct scenario *scenario, const struct line *line, size_t at,
                        const struct run *run, struct err *err)
{
    struct str part;
    while (expect_word(line, at, "containing")) {
        if (!expect_containing(scenario, line, &at, &part, err))
            return false;
        if (!expect_contains(expect_shown(scenario, "run", run->number), part))
            return unmet_run(scenario, line, run, err);
    }
    for (; expect_word(line, at, "lacking"); at += 2) {
        if (at + 1 >= line->word_count || !line->words[at + 1].quoted)
            return scenario_bad(scenario, &line->words[at], err,
                                "Behind \"lacking\" stands a text in quotes.");
        if (expect_contains(expect_shown(scenario, "run", run->number), line->words[at + 1].text))
            return unmet_run(scenario, line, run, err);
    }
    return expect_end(scenario, line, at, err);
}

bool runs_expect(struct scenario *scenario, const struct line *line, const struct wanted *wanted,
                 struct err *err)
{
    int64_t number = 0;
    size_t at = wanted->at;
    enum run_state state;
    scenario->core.world.now = scenario_now(scenario);
    if (wanted->count == 0)
        return expect_none(scenario, line, at, err);
    if (at >= line->word_count || !str_int(line->words[at].text, &number))
        return scenario_bad(scenario, expect_word_at(line, at), err,
                            "Behind \"run\" stands its number.");
    const struct run *run = run_find(&scenario->core.world.runs, number);
    if (!run)
        return expect_unmet(scenario, line, err, STR("there is no such run"));
    for (at++; at < line->word_count && !expect_word(line, at, "containing") &&
               !expect_word(line, at, "lacking");) {
        if (expect_word(line, at, "step")) {
            if (!expect_step(scenario, line, run, &at, err))
                return false;
            continue;
        }
        if (!find_state(line->words[at].text, &state))
            return scenario_bad(scenario, &line->words[at], err,
                                "A run is going, stopped, cancelled or done, not \"%.*s\".",
                                STR_ARGS(line->words[at].text));
        at++;
        if (run->state != state)
            return unmet_run(scenario, line, run, err);
    }
    return expect_text(scenario, line, at, run, err);
}
