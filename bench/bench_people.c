/* bench_people.c - a large company in a bad hour: 500 people on 100 rotations, 1,000 open
 * incidents, every page of them sent. What a turn costs then.
 *
 * A turn is decided, recorded in memory and folded, until nothing is decided any more. Stated, as
 * median and 99th of 100: a turn in which nothing is due, one after a new incident, one in which
 * the repetition of a page is due, one after an acknowledgement; and the next due instant by
 * itself, asked after a fact. Usage: bench-people [INCIDENTS] */
#include "harness/core.h"

#include "base/text.h"
#include "people/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    PEOPLE = 500,
    ROTAS = 100,
    EACH = PEOPLE / ROTAS,
    TURNS = 100,
    BOUND_MS = 50,
    APART_MS = 1000, /* between two incidents */
    RESPONSE_MS = 15 * 60 * 1000,
    REPEAT_MS = 60 * 60 * 1000
};

struct company {
    struct core core;
    struct arena arena; /* as long as the bench */
    struct person people[PEOPLE];
    struct str names[PEOPLE];
    struct rota_slot slots[PEOPLE];
    struct rota_layer layers[ROTAS];
    struct rota rotas[ROTAS];
    struct instant now;
    size_t incidents;
};

static struct company company;

static _Noreturn void fail(const char *what, const struct err *err)
{
    (void)fprintf(stderr, "bench-people: %s: %s %s\n", what, err->place, err->text);
    exit(1);
}

static double now_ms(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static void hire(void)
{
    for (size_t i = 0; i < PEOPLE; i++) {
        struct str name = str_printf(&company.arena, "person%zu", i);
        company.names[i] = name;
        company.people[i] = (struct person){
            .id = name,
            .reach[METHOD_SMTP] = str_printf(&company.arena, "person%zu@acme.example", i),
            .reach[METHOD_WEBHOOK] = STR("http://sink.example/hook")};
        /* Two at a time: the people of a shift stand beside each other. */
        company.slots[i] = (struct rota_slot){&company.names[i % EACH == EACH - 1 ? i - 1 : i], 2};
    }
    for (size_t i = 0; i < ROTAS; i++) {
        company.layers[i] = (struct rota_layer){.zone = zone_utc(),
                                                .length_min = ROTA_WEEK_MIN,
                                                .anchor_min = ROTA_ZERO_DAY * INT64_C(1440) + 540,
                                                .slots = &company.slots[i * EACH],
                                                .slot_count = EACH};
        company.rotas[i] =
            (struct rota){.name = i == 0   ? STR("primary")
                                  : i == 1 ? STR("secondary")
                                           : str_printf(&company.arena, "team%zu", i),
                          .layers = &company.layers[i],
                          .layer_count = 1};
    }
}

static void compose(void)
{
    struct world *world = &company.core.world;
    struct program *program;
    struct err err = {0};
    if (!program_read(&company.arena, STR("RUNBOOK.md"),
                      STR("## Severity Levels\n- **P1 (High)**: Some customers cannot buy\n"
                          "  - Response time: 15 minutes\n  - Escalation: After 8 hours\n"),
                      &program, &err))
        fail("the runbook", &err);
    world->program = program;
    world->mapping = (struct severity_mapping){.critical = STR("P1"), .warning = STR("P1")};
    signals_init(&world->signals, &company.arena);
    world->rules = rules_make(&company.arena, program, &world->signals);
    world->histories = arena_array(&company.arena, 1, sizeof *world->histories);
    severity_plan_make(program, &world->mapping, &world->plan);
    hire();
    world->people = (struct people){company.people, PEOPLE};
    world->oncall = (struct oncall){
        &world->people, company.rotas, ROTAS, &world->oncall_changes, NULL, NULL, 0, 0, 0};
    world->repeat_ms = REPEAT_MS;
    world->bundle_ms = 0;
}

static void append(struct event_list *events)
{
    struct err err = {0};
    if (events->count > 0 && !engine_append(&company.core.engine, events, &err))
        fail("a fact", &err);
}

/* Every page that is ready goes out and is taken. */
static void send_pages(void)
{
    struct arena arena;
    struct page_world pages = world_pages(&company.core.world);
    size_t count = 0;
    arena_init(&arena);
    pages.now = company.now;
    const struct bundle *bundles = bundle_ready(&pages, &arena, &count);
    for (size_t i = 0; i < count; i++) {
        struct event_list events;
        event_list_init(&events, &arena);
        page_start(bundles[i].pages[0], company.now, &events);
        append(&events);
        event_list_init(&events, &arena);
        page_finish(bundles[i].pages[0], PAGE_WAS_SENT, STR("250 OK"), company.now, &events);
        append(&events);
    }
    arena_done(&arena);
}

static void turn(void)
{
    struct err err = {0};
    if (!engine_turn(&company.core.engine, company.now, &err))
        fail("a turn", &err);
}

static struct incident_world incidents_now(struct arena *arena)
{
    company.core.world.now = company.now;
    return world_incidents(&company.core.world, arena);
}

static void declare(size_t number)
{
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct incident_world world = incidents_now(&arena);
    struct incident_call call = {.actor = STR("person:person0"),
                                 .text = str_printf(&arena, "Trouble number %zu", number),
                                 .severity = STR("P1")};
    if (!incident_declare(&world, &call, &events, &err))
        fail("an incident", &err);
    append(&events);
    arena_done(&arena);
}

static void answer(int64_t number, bool is_over)
{
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct incident_world world = incidents_now(&arena);
    struct incident_call call = {.actor = STR("person:person0"),
                                 .via = STR("command"),
                                 .number = number,
                                 .text = STR("over")};
    if (!(is_over ? incident_resolve : incident_acknowledge)(&world, &call, &events, &err))
        fail("an answer", &err);
    append(&events);
    arena_done(&arena);
}

/* Second by second, and every page goes out. */
static void pass_time(int64_t length_ms)
{
    for (int64_t ms = 0; ms < length_ms; ms += APART_MS) {
        company.now = instant_add_ms(company.now, APART_MS);
        turn();
        send_pages();
        turn();
    }
}

static int compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

/* Sorts the costs; gives the 99th of a hundred. */
static double state(const char *what, double *costs_ms)
{
    qsort(costs_ms, TURNS, sizeof *costs_ms, compare);
    (void)printf("%-44s median %7.3f ms, 99th %7.3f ms\n", what, costs_ms[TURNS / 2],
                 costs_ms[TURNS * 99 / 100]);
    (void)fflush(stdout);
    return costs_ms[TURNS * 99 / 100];
}

enum step { NOTHING, NEW, DUE, ANSWERED, STEPS };

/* Another second, and what comes with it. */
static void prepare(enum step step, int i)
{
    company.now = instant_add_ms(company.now, step == DUE ? 0 : 1000);
    if (step == NEW)
        declare(company.incidents + (size_t)i);
    if (step == DUE) /* the oldest one that is still open is repeated first */
        company.now = instant_add_ms(company.now, APART_MS);
    if (step == ANSWERED)
        answer(company.core.world.incidents.items[i]->number, false);
}

static double measure(enum step step, const char *what)
{
    double costs_ms[TURNS];
    for (int i = 0; i < TURNS; i++) {
        prepare(step, i);
        int64_t before = company.core.world.sequence;
        double begun = now_ms();
        turn();
        costs_ms[i] = now_ms() - begun;
        if (step == DUE && company.core.world.sequence == before)
            costs_ms[i] = 0; /* counted, and shown by its median: none was due */
        send_pages();
        turn();
    }
    return state(what, costs_ms);
}

static struct instant next_due(struct arena *arena)
{
    struct incident_world incidents = incidents_now(arena);
    struct page_world pages = world_pages(&company.core.world);
    pages.watch = &company.core.world.page_watch;
    struct instant a = incident_next_due(&incidents);
    struct instant b = page_next_due(&pages, arena);
    return instant_is_zero(a) || (!instant_is_zero(b) && instant_before(b, a)) ? b : a;
}

static void measure_next(void)
{
    double costs_ms[TURNS];
    int64_t sum = 0;
    for (int i = 0; i < TURNS; i++) {
        struct arena arena;
        arena_init(&arena);
        prepare(NEW, TURNS + i);
        turn();
        send_pages();
        turn();
        company.core.world.now = company.now;
        double begun = now_ms();
        sum += next_due(&arena).us;
        costs_ms[i] = now_ms() - begun;
        arena_done(&arena);
        answer(company.core.world.incidents.last_number, true);
    }
    (void)state("the next due instant, after a fact", costs_ms);
    if (sum == 0)
        exit(1); /* nothing was due at all: it is no measurement */
}

int main(int argc, char **argv)
{
    static const char *const names[STEPS] = {
        "a turn in which nothing is due", "a turn after a new incident",
        "a turn in which a page is due again", "a turn after an acknowledgement"};
    struct err err = {0};
    double worst_ms = 0;
    company.incidents = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    company.now = (struct instant){INT64_C(1795435200000000)};
    arena_init(&company.arena);
    core_init(&company.core);
    core_open(&company.core);
    compose();
    if (!core_replay(&company.core, &err) || !core_record_start(&company.core, company.now))
        fail("the start", &err);
    for (size_t i = 0; i < company.incidents; i++) {
        company.now = instant_add_ms(company.now, APART_MS);
        declare(i);
        turn();
        send_pages();
    }
    pass_time(RESPONSE_MS); /* nobody answers: the secondaries are told as well */
    (void)printf("%d people, %d rotations, %zu open incidents, %zu pages\n", PEOPLE, ROTAS,
                 company.core.world.incidents.open_count, company.core.world.pages.table.count);
    for (enum step step = NOTHING; step < STEPS; step++) {
        double cost_ms = measure(step, names[step]);
        worst_ms = cost_ms > worst_ms ? cost_ms : worst_ms;
        if (step == NEW) /* room for the next ones */
            for (int i = 0; i < TURNS; i++)
                answer(company.core.world.incidents.last_number - i, true);
        if (step == NEW) /* until the repetitions begin */
            pass_time(REPEAT_MS - RESPONSE_MS);
    }
    measure_next();
    (void)printf("aim %d ms for the 99th of a turn: %s\n", BOUND_MS,
                 worst_ms < BOUND_MS ? "met" : "missed");
    return 0;
}
