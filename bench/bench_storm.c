/* bench_storm.c - all rules of a runbook fire in the same round, half of them resolve, they fire
 * again: what a round costs then, how much memory it takes, what is recorded, and how many pages go
 * out.
 *
 * The rules look at 180 signals, as many of each as of the others; what they read is given, so that
 * all of them change in one round. With "depends" each signal but the first 20 depends on two
 * others. Every page is answered as sent. Costs are of a whole turn: decided, recorded in memory
 * and folded, until nothing is decided any more. Ends with the ledger's root, which tells whether
 * two programs decided the same, and with a start from that ledger.
 * Usage: bench-storm [RULES [plain|depends]] - 10,000 and plain. */
#include "alert/depend.h"
#include "harness/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SIGNALS = 180, ROOTS = 20, ROUND_MS = 15 * 1000, STORMS = 4 };

struct storm {
    struct core core;
    struct arena company; /* as long as the bench */
    size_t rules;
    bool depends;
    struct str names[SIGNALS];
    int64_t now_ms;
    struct evaluation *evaluations;
};

static const struct person team[] = {
    {.id = {"ana", 3}, .reach[METHOD_SMTP] = {"ana@acme.example", 16}},
    {.id = {"ben", 3}, .reach[METHOD_SMTP] = {"ben@acme.example", 16}},
};
static const struct str primary[] = {{"ana", 3}};
static const struct str secondary[] = {{"ben", 3}};
static const struct rota_slot slots[] = {{primary, 1}, {secondary, 1}};
static const struct rota_layer layers[] = {ROTA_ALWAYS(&slots[0]), ROTA_ALWAYS(&slots[1])};
static const struct rota rotas[] = {
    {.name = {"primary", 7}, .layers = &layers[0], .layer_count = 1},
    {.name = {"secondary", 9}, .layers = &layers[1], .layer_count = 1}};

static double cpu_s(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double memory_mb(const char *field)
{
    char line[256];
    double kb = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0)
            kb = strtod(line + strlen(field), NULL);
    if (file)
        (void)fclose(file);
    return kb / 1024;
}

static _Noreturn void fail(const char *what, const struct err *err)
{
    (void)fprintf(stderr, "bench-storm: %s: %s %s\n", what, err->place, err->text);
    exit(1);
}

static struct instant now_of(const struct storm *storm)
{
    return (struct instant){INT64_C(1795435200000000) + storm->now_ms * 1000};
}

static void bind_signals(struct storm *storm, struct signals *signals)
{
    struct err err = {0};
    signals_init(signals, &storm->company);
    for (int i = 0; i < SIGNALS; i++) {
        struct signal_option gauge = {STR("gauge"),
                                      str_printf(&storm->company, "storm_%d_depth", i)};
        storm->names[i] = str_printf(&storm->company, "Queue depth of w%d", i);
        if (!signal_bind(signals, storm->names[i], &gauge, 1, &err))
            fail("a signal", &err);
    }
}

static void bind_dependencies(struct storm *storm, struct rules *rules)
{
    struct arena *arena = &storm->company;
    struct dependency *items = arena_array(arena, SIGNALS, sizeof *items);
    struct dependencies all = {items, 0};
    struct err err = {0};
    size_t bad = 0;
    for (int i = ROOTS; storm->depends && i < SIGNALS; i++) {
        struct str *on = arena_array(arena, 2, sizeof *on);
        on[0] = storm->names[i % ROOTS];
        on[1] = storm->names[i / 2];
        items[all.count++] = (struct dependency){storm->names[i], on, 2};
    }
    if (!depend_bind(arena, rules, &all, &bad, &err))
        fail("dependencies", &err);
}

static void compose(struct storm *storm)
{
    struct world *world = &storm->core.world;
    struct arena *arena = &storm->company;
    struct program *program;
    struct err err = {0};
    struct text text;
    text_init(&text, arena, 4 * 1024 * 1024);
    text_adds(&text, "## Severity Levels\n- **P1 (High)**: Some customers cannot buy\n"
                     "  - Response time: 15 minutes\n");
    bind_signals(storm, &world->signals);
    for (size_t i = 0; i < storm->rules; i++)
        text_printf(&text, "%s- %.*s > %zu\n",
                    i == 0                  ? "## Critical Alerts\n"
                    : i == storm->rules / 2 ? "## Warning Alerts\n"
                                            : "",
                    STR_ARGS(storm->names[i % SIGNALS]), 10 + i);
    if (!program_read(arena, STR("RUNBOOK.md"), text_str(&text), &program, &err))
        fail("the runbook", &err);
    world->program = program;
    world->mapping = (struct severity_mapping){.critical = STR("P1"), .warning = STR("P3")};
    world->rules = rules_make(arena, program, &world->signals);
    if (world->rules.count != storm->rules) {
        (void)fprintf(stderr, "bench-storm: %zu rules were read\n", world->rules.count);
        exit(1);
    }
    bind_dependencies(storm, &world->rules);
    world->histories = arena_array(arena, storm->rules, sizeof *world->histories);
    severity_plan_make(program, &world->mapping, &world->plan);
    world->people = (struct people){team, 2};
    world->oncall =
        (struct oncall){&world->people, rotas, 2, &world->oncall_changes, NULL, NULL, 0, 0, 0};
    world->repeat_ms = 5 * 60 * 1000;
    world->group_ms = 30 * 1000;
    world->evaluations = storm->evaluations;
}

static void set_truth(struct storm *storm, size_t every, enum truth truth)
{
    for (size_t i = 0; i < storm->rules; i += every)
        storm->evaluations[i] =
            (struct evaluation){.truth = truth,
                                .value = truth == TRUTH_TRUE ? 50000 : 1,
                                .value_text = truth == TRUTH_TRUE ? STR("50000") : STR("1"),
                                .series = STR("queue=\"mail\"")};
}

/* All pages that can go out now go out. */
static void send_pages(struct storm *storm)
{
    struct engine *engine = &storm->core.engine;
    struct arena arena;
    struct err err = {0};
    size_t count = 0;
    arena_init(&arena);
    const struct page **ready = page_ready(&storm->core.world.pages, now_of(storm), &arena, &count);
    for (size_t i = 0; i < count; i++) {
        struct event_list events;
        event_list_init(&events, &arena);
        page_start(ready[i], now_of(storm), &events);
        if (!engine_append(engine, &events, &err))
            fail("a page", &err);
        event_list_init(&events, &arena);
        page_finish(ready[i], PAGE_WAS_SENT, STR("250 OK"), now_of(storm), &events);
        if (!engine_append(engine, &events, &err))
            fail("a page", &err);
    }
    arena_done(&arena);
}

static size_t count_kind(const struct storm *storm, size_t from, const char *kind)
{
    size_t count = 0;
    struct text want;
    struct arena arena;
    arena_init(&arena);
    text_init(&want, &arena, 100);
    text_printf(&want, "\"kind\":\"%s\"", kind);
    for (size_t i = from; i < storm->core.memory.count; i++) {
        struct str leaf = storm->core.memory.entries[i].leaf;
        count += str_find(leaf, want.p, 0) < leaf.n;
    }
    arena_done(&arena);
    return count;
}

/* One round; what: printed with its cost, or NULL. */
static void run_round(struct storm *storm, const char *what)
{
    struct err err = {0};
    size_t from = storm->core.memory.count;
    storm->now_ms += ROUND_MS;
    double begun = cpu_s();
    if (!engine_turn(&storm->core.engine, now_of(storm), &err))
        fail("a turn", &err);
    double cost_s = cpu_s() - begun;
    if (what)
        (void)printf(
            "%-34s %.4f CPU s, %zu facts: %zu fired, %zu resolved, %zu opened, %zu joined, "
            "%zu followed, %zu pages\n",
            what, cost_s, storm->core.memory.count - from, count_kind(storm, from, "alert.fired"),
            count_kind(storm, from, "alert.resolved"), count_kind(storm, from, "incident.opened"),
            count_kind(storm, from, "incident.joined"),
            count_kind(storm, from, "incident.followed"),
            count_kind(storm, from, "page.requested"));
    (void)fflush(stdout);
    send_pages(storm);
}

static void run_storms(struct storm *storm)
{
    set_truth(storm, 1, TRUTH_FALSE);
    run_round(storm, "well, the first round");
    run_round(storm, "well");
    for (int i = 0; i < STORMS; i++) {
        set_truth(storm, 1, TRUTH_TRUE);
        run_round(storm, "all of them fire");
        run_round(storm, "they go on firing");
        set_truth(storm, 2, TRUTH_FALSE);
        run_round(storm, "half are quiet");
        run_round(storm, "half resolve");
        run_round(storm, "nothing changes");
    }
    set_truth(storm, 1, TRUTH_FALSE);
    run_round(storm, "all are quiet");
    for (int64_t ms = 0; ms < FLAP_QUIET_MS; ms += ROUND_MS)
        run_round(storm, ms + ROUND_MS >= FLAP_QUIET_MS ? "those that flapped resolve" : NULL);
    run_round(storm, "nothing changes");
}

static void start_again(struct storm *storm)
{
    struct err err = {0};
    core_close(&storm->core);
    core_open(&storm->core);
    double begun = cpu_s();
    if (!core_replay(&storm->core, &err))
        fail("the start", &err);
    (void)printf("a start from %zu facts: %.3f CPU s\n", storm->core.memory.count, cpu_s() - begun);
}

static struct storm storm;

int main(int argc, char **argv)
{
    char root[HASH_HEX_BYTES];
    struct err err = {0};
    storm.rules = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    storm.depends = argc > 2 && strcmp(argv[2], "depends") == 0;
    if (storm.rules == 0 || storm.rules > LIMIT_RULES) {
        (void)fprintf(stderr, "usage: bench-storm [RULES [plain|depends]]\n");
        return 2;
    }
    arena_init(&storm.company);
    storm.evaluations = arena_array(&storm.company, storm.rules, sizeof *storm.evaluations);
    core_init(&storm.core);
    core_open(&storm.core);
    double begun = cpu_s();
    compose(&storm);
    (void)printf("%zu rules of %d signals, %s: read and bound in %.2f CPU s, %.1f MB\n",
                 storm.rules, SIGNALS,
                 storm.depends ? "which depend on each other" : "none depends on another",
                 cpu_s() - begun, memory_mb("VmRSS:"));
    if (!core_replay(&storm.core, &err) || !core_record_start(&storm.core, now_of(&storm)))
        fail("the start", &err);
    run_storms(&storm);
    struct hash hash = merkle_root(&storm.core.engine.tree);
    hash_hex(&hash, root);
    (void)printf("%zu facts, %lld incidents, %zu pages asked for; %.1f MB, at most %.1f MB; root "
                 "%s\n",
                 storm.core.memory.count, (long long)storm.core.world.incidents.last_number,
                 count_kind(&storm, 0, "page.requested"), memory_mb("VmRSS:"), memory_mb("VmHWM:"),
                 root);
    start_again(&storm);
    return 0;
}
