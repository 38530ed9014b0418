/* test_history.c - in which state each step of a run was when, and what stands of it beside its
 * lines. */
#include "harness/test.h"
#include "run/approval.h"
#include "small_world.h"

static const char runbook[] = "# Ours\n\n### Release\n"
                              "1. Announce it\n"
                              "2. Remove the old one: `rm -rf old`\n"
                              "3. Wait for 10 minutes\n"
                              "4. Write notes 1 hour after it\n"
                              "\n### Tidy\n"
                              "1. Announce it twice\n"
                              "2. After 1 hour, tidy up\n";

enum { FACTS_MAX = 100 };

struct stage {
    struct arena *arena;
    struct world *world;
    const struct event *events[FACTS_MAX];
    int64_t sequences[FACTS_MAX];
    size_t count;
};

static struct stage *begin(struct arena *arena)
{
    struct err err = {0};
    struct program *program = NULL;
    struct stage *stage = arena_make(arena, struct stage);
    struct world *world = small_world_make(arena);
    stage->arena = arena;
    stage->world = world;
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(runbook), &program, &err), &err);
    world->program = program;
    world->run_settings = (struct run_settings){.commands = true, .approvals = 1};
    world->procedures = procedures_make(arena, program, &world->run_settings);
    return stage;
}

static void take(struct stage *stage, const struct event_list *out)
{
    for (size_t i = 0; i < out->count; i++) {
        CHECK(stage->count < FACTS_MAX);
        stage->events[stage->count] = &out->items[i];
        stage->sequences[stage->count++] = stage->world->sequence + 1;
        world_fold(stage->world, &out->items[i], stage->world->sequence + 1);
    }
}

/* Whatever follows by itself at that second. */
static void settle(struct stage *stage, int64_t second)
{
    for (bool more = true; more;) {
        struct event_list *out = arena_make(stage->arena, struct event_list);
        event_list_init(out, stage->arena);
        stage->world->now = small_world_now(second);
        struct run_world runs = world_runs(stage->world);
        run_decide(&runs, out);
        more = out->count > 0;
        take(stage, out);
    }
}

typedef bool command(const struct run_world *, const struct run_call *, struct event_list *,
                     struct err *);

/* Somebody says something at that second, and what follows from it. */
static void say(struct stage *stage, int64_t second, command *what, struct run_call call)
{
    struct event_list *out = arena_make(stage->arena, struct event_list);
    struct err err = {0};
    event_list_init(out, stage->arena);
    stage->world->now = small_world_now(second);
    struct run_world runs = world_runs(stage->world);
    CHECK_OK(what(&runs, &call, out, &err), &err);
    take(stage, out);
    settle(stage, second);
}

static void end(struct stage *stage, int64_t second, enum run_step_outcome outcome)
{
    struct event_list *out = arena_make(stage->arena, struct event_list);
    struct run_step_end how = {.outcome = outcome, .detail = STR("it ended")};
    event_list_init(out, stage->arena);
    run_finish(stage->world->runs.items[0], 1, &how, small_world_now(second), out);
    take(stage, out);
    settle(stage, second);
}

static long long second_of(struct instant at)
{
    return (long long)(instant_ms_between(small_world_now(0), at) / 1000);
}

/* A line for each span and each mark, as seen at that second from the facts from first on. */
static struct str told(struct stage *stage, int64_t second, size_t first)
{
    struct run_history history;
    struct runs runs;
    struct text text;
    struct run_facts facts = {stage->events + first, stage->sequences + first,
                              stage->count - first};
    runs_init(&runs, stage->arena);
    text_init(&text, stage->arena, 10000);
    stage->world->now = small_world_now(second);
    bool found = view_run_history(stage->world, stage->arena, &facts, &runs, &history);
    CHECK(found || history.span_count + history.mark_count == 0);
    for (size_t i = 0; i < history.span_count; i++)
        text_printf(&text, "%d %.*s %lld-%lld%s\n", history.spans[i].step,
                    STR_ARGS(history.spans[i].state), second_of(history.spans[i].from),
                    second_of(history.spans[i].to), history.spans[i].is_open ? " still" : "");
    for (size_t i = 0; i < history.mark_count; i++)
        text_printf(&text, "%d was %.*s %lld\n", history.marks[i].step,
                    STR_ARGS(history.marks[i].kind), second_of(history.marks[i].at));
    runs_done(&runs);
    return text_str(&text);
}

#define BY(who, ...) ((struct run_call){.actor = STR(who), .number = 1, __VA_ARGS__})

static struct stage *release(struct arena *arena)
{
    struct stage *stage = begin(arena);
    say(stage, 0, run_open, (struct run_call){.actor = STR("person:ana"), .name = STR("Release")});
    say(stage, 60, run_tick, BY("person:ana", .step = 1));
    say(stage, 100, run_approve, BY("person:ben", .step = 2));
    end(stage, 130, RUN_STEP_DID_FAIL);
    say(stage, 200, run_retry, BY("person:ana", .step = 2, .text = STR("again")));
    say(stage, 220, run_approve, BY("person:ben", .step = 2));
    return stage;
}

TEST(each_state_of_a_step_has_its_time)
{
    struct stage *stage = release(arena);
    end(stage, 250, RUN_STEP_WAS_DONE);
    settle(stage, 850);
    CHECK_STR(told(stage, 900, 0),
              "1 ready 0-60\n2 approval 60-100\n2 running 100-130\n2 failed 130-200\n"
              "2 approval 200-220\n2 running 220-250\n3 running 250-850\n4 ready 850-900 still\n"
              "2 was approved 100\n2 was failed 130\n2 was approved 220\n2 was retried 220\n");
    say(stage, 1000, run_cancel, BY("person:ana", .text = STR("enough")));
    CHECK(str_ends(told(stage, 2000, 0), "2 was retried 220\n0 was cancelled 1000\n"));
    CHECK(str_find(told(stage, 2000, 0), "4 ready 850-1000\n", 0) < told(stage, 2000, 0).n);
    say(stage, 3000, run_resume, BY("person:ana", ));
    say(stage, 3100, run_skip, BY("person:ana", .step = 4, .text = STR("none")));
    CHECK(str_ends(told(stage, 9000, 0), "0 was resumed 3000\n4 was skipped 3100\n"));
    CHECK(str_find(told(stage, 9000, 0), "4 ready 3000-3100\n", 0) < told(stage, 9000, 0).n);
    CHECK_STR(told(stage, 9000, 1), "");
    world_done(stage->world);
}

TEST(a_wait_ends_at_its_moment_whoever_looks_when)
{
    struct stage *stage = begin(arena);
    say(stage, 0, run_open, (struct run_call){.actor = STR("person:ana"), .name = STR("Tidy")});
    say(stage, 30, run_tick, BY("person:ana", .step = 1));
    CHECK_STR(told(stage, 100, 0), "1 ready 0-30\n2 waiting 30-100 still\n");
    CHECK_STR(told(stage, 4000, 0), "1 ready 0-30\n2 waiting 30-3630\n2 ready 3630-4000 still\n");
    say(stage, 5000, run_tick, BY("person:ana", .step = 2));
    CHECK_STR(told(stage, 6000, 0), "1 ready 0-30\n2 waiting 30-3630\n2 ready 3630-5000\n");
    world_done(stage->world);
}

static void check_line(struct stage *stage, const char *words, enum mark mark, const char *state)
{
    struct line_view line = small_world_line(stage->world, stage->arena, words);
    CHECK_STR(line.state, state);
    CHECK_INT(line.mark, mark);
    CHECK_INT(line.run != 0, mark != MARK_RUN && mark != MARK_MANUAL);
}

TEST(lines_say_what_the_open_run_makes_of_them)
{
    struct stage *stage = release(arena);
    str_keep(stage->world->runbook_digest, HASH_HEX_BYTES, stage->world->runs.items[0]->digest);
    stage->world->now = small_world_now(240);
    check_line(stage, "Announce it", MARK_OK, "step 1 of run 1 is done");
    check_line(stage, "Remove", MARK_TURN, "step 2 of run 1 runs");
    check_line(stage, "Wait", MARK_RUN, "by the clock");
    check_line(stage, "Write", MARK_MANUAL, "a manual step");
    check_line(stage, "Announce it twice", MARK_MANUAL, "a manual step");
    end(stage, 250, RUN_STEP_DID_FAIL);
    check_line(stage, "Remove", MARK_OPEN, "step 2 of run 1 failed");
    CHECK_INT(small_world_line(stage->world, arena, "Remove").step, 2);
    stage->world->runbook_digest[0] ^= 1; /* its lines are those of another version */
    check_line(stage, "Announce it", MARK_MANUAL, "a manual step");
    check_line(stage, "Remove", MARK_RUN, "by Reeve");
    world_done(stage->world);
}
