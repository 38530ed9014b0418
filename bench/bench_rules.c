/* bench_rules.c - 10,000 rules of the runbook's forms over a day of virtual time, and a million
 * series: what a round costs, and whether the last hour costs more than the first.
 *
 * The core's round: what 50 targets read of 180 signals in 15 s is folded, each rule is evaluated,
 * and the decisions are made, recorded and folded. One signal in nine is in trouble now and then,
 * so that rules go through their states. The collector's round: 10 targets of 100,000 series each
 * are read once in 5 min, and all of them are such as rules look at.
 * Usage: bench-rules [RULES [HOURS [SERIES A TARGET]]] - 10,000, 2 and 100,000. Ends with 1 when
 * the last hour took 1.3 times as long as the second, or memory grew by a tenth: in the first one
 * windows of half an hour fill. */
#include "harness/core.h"
#include "telemetry/intake.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    SIGNALS = 180,
    FAST_TARGETS = 50,
    SIGNALS_A_TARGET = 18,
    SERIES_TARGETS = 10,
    ROUND_MS = 15 * 1000,
    SERIES_MS = 300 * 1000,
    HOUR_MS = 3600 * 1000,
    ROUNDS_AN_HOUR = HOUR_MS / ROUND_MS,
    LINE_BYTES = 160
};

struct bench {
    struct core core;
    struct arena company; /* as long as the bench */
    char names[SIGNALS][32];
    char targets[FAST_TARGETS][16];
    double *costs_s; /* of each round, in processor seconds */
    size_t round;
    int64_t now_ms;
    size_t events_dropped;

    struct signals signals;
    struct intake *intakes;
    struct arena *intake_arenas;
    char *page;
    size_t page_n;
    size_t *values;
    size_t series;
};

static double cpu_s(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double resident_mb(void)
{
    char line[256];
    double kb = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %lf", &kb) == 1)
            break;
    if (file)
        (void)fclose(file);
    return kb / 1024;
}

static _Noreturn void fail(const char *what, const struct err *err)
{
    (void)fprintf(stderr, "bench-rules: %s: %s %s\n", what, err->place, err->text);
    exit(1);
}

static struct instant now_of(const struct bench *bench)
{
    return (struct instant){INT64_C(1795420800000000) + bench->now_ms * 1000};
}

/* Three kinds of signals in turn, and between them always the response time. */
static void bind_signals(struct bench *bench, struct signals *signals)
{
    struct err err = {0};
    for (int i = 0; i < SIGNALS; i++) {
        char first[64];
        char second[64];
        struct signal_option options[2] = {{.key = {NULL, 0}}};
        size_t count = 1;
        (void)snprintf(bench->names[i], sizeof bench->names[i],
                       i % 4 == 3 ? "response time" : "Queue depth of w%d", i);
        (void)snprintf(first, sizeof first, "bench_%d_total{status=\"500\"}", i);
        (void)snprintf(second, sizeof second, "bench_%d_total", i);
        switch (i % 4) {
        case 0:
            options[0] = (struct signal_option){STR("failures"), str_of(first)};
            options[1] = (struct signal_option){STR("of"), str_of(second)};
            count = 2;
            break;
        case 1: options[0] = (struct signal_option){STR("count"), str_of(second)}; break;
        case 2: options[0] = (struct signal_option){STR("gauge"), str_of(second)}; break;
        default: options[0] = (struct signal_option){STR("histogram"), STR("bench_3")}; break;
        }
        if (i % 4 == 3 && i > 3)
            continue; /* a quantile is asked of response times only */
        if (!signal_bind(signals, str_of(bench->names[i]), options, count, &err))
            fail("a signal", &err);
    }
}

static void write_rule(struct text *text, const char *signal, int kind, size_t number)
{
    static const int minutes[] = {1, 2, 5, 10, 15, 30};
    int length = minutes[number / SIGNALS % 6];
    double limit = 2 + (double)(number / SIGNALS) * 0.7;
    switch (kind) {
    case 0: text_printf(text, "- %s > %.1f%% for %d minutes\n", signal, limit, length); break;
    case 1: text_printf(text, "- %s > %.0f in %d minutes\n", signal, limit * 40, length); break;
    case 2: text_printf(text, "- %s > %.1f for %d minutes\n", signal, limit, length); break;
    default:
        text_printf(text, "- %s p95 > %.0f ms for %d minutes\n", signal, limit * 40, length);
        break;
    }
}

static void compose(struct bench *bench, size_t rules)
{
    struct world *world = &bench->core.world;
    struct arena *arena = &bench->company;
    struct program *program;
    struct err err = {0};
    struct text text;
    text_init(&text, arena, 4 * 1024 * 1024);
    text_adds(&text, "## Severity Levels\n- **P1 (High)**: Some customers cannot buy\n"
                     "  - Response time: 15 minutes\n## Critical Alerts\n");
    signals_init(&world->signals, arena);
    bind_signals(bench, &world->signals);
    for (size_t i = 0; i < rules; i++)
        write_rule(&text, bench->names[i % SIGNALS], (int)(i % SIGNALS % 4), i);
    if (!program_read(arena, STR("RUNBOOK.md"), text_str(&text), &program, &err))
        fail("the runbook", &err);
    world->program = program;
    world->mapping = (struct severity_mapping){.critical = STR("P1"), .warning = STR("P3")};
    world->rules = rules_make(arena, program, &world->signals);
    size_t unbound = 0;
    for (size_t i = 0; i < world->rules.count; i++)
        unbound += world->rules.items[i].problem.n > 0;
    if (world->rules.count != rules || unbound > 0) {
        (void)fprintf(stderr, "bench-rules: %zu rules of %zu were read, %zu cannot be decided\n",
                      world->rules.count, rules, unbound);
        exit(1);
    }
    rules_retain(&world->rules, &world->telemetry);
    world->histories = arena_array(arena, rules, sizeof *world->histories);
    severity_plan_make(program, &world->mapping, &world->plan);
    world->oncall = (struct oncall){.people = &world->people};
    world->repeat_ms = 120000;
    world->group_ms = 30000;
}

/* What one target read of one signal in a round. Trouble comes and goes with the hours. */
static struct reading make_reading(const struct bench *bench, int signal, int target)
{
    static const enum signal_kind kinds[] = {SIGNAL_RATIO, SIGNAL_COUNT, SIGNAL_GAUGE,
                                             SIGNAL_QUANTILE};
    static const double edges[] = {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
    bool trouble = signal % 9 == 0 && bench->now_ms / HOUR_MS % 3 == signal / 9 % 3 &&
                   bench->now_ms % HOUR_MS < HOUR_MS / 6;
    struct reading reading = {.signal = str_of(bench->names[signal]),
                              .target = str_of(bench->targets[target]),
                              .at = now_of(bench),
                              .since = instant_add_ms(now_of(bench), -ROUND_MS),
                              .interval_ms = ROUND_MS,
                              .kind = kinds[signal % 4],
                              .part = trouble ? 90 : 1,
                              .of = 300,
                              .high = trouble ? 35 : 1,
                              .low = 1,
                              .high_series = STR("queue=\"mail\"")};
    if (reading.kind != SIGNAL_QUANTILE)
        return reading;
    reading.edge_count = sizeof edges / sizeof *edges;
    memcpy(reading.edges, edges, sizeof edges);
    for (size_t e = 0; e < reading.edge_count; e++)
        reading.counts[e] = trouble ? (double)e * 30 : 300;
    return reading;
}

static void feed(struct bench *bench)
{
    struct err err = {0};
    for (int target = 0; target < FAST_TARGETS; target++) {
        for (int i = 0; i < SIGNALS_A_TARGET; i++) {
            int signal = (target * SIGNALS_A_TARGET + i) % SIGNALS;
            struct reading reading = make_reading(bench, signal, target);
            if (!telemetry_fold(&bench->core.world.telemetry, &reading, &err))
                fail("a reading", &err);
        }
    }
}

static void run_round(struct bench *bench)
{
    struct err err = {0};
    bench->now_ms += ROUND_MS;
    double begun = cpu_s();
    feed(bench);
    core_evaluate(&bench->core, now_of(bench));
    if (!engine_turn(&bench->core.engine, now_of(bench), &err))
        fail("a turn", &err);
    bench->costs_s[bench->round++] = cpu_s() - begun;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double print_costs(const char *what, const double *costs, size_t count)
{
    double *sorted = malloc(count * sizeof *sorted);
    if (!sorted)
        abort();
    memcpy(sorted, costs, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    double median = sorted[count / 2];
    (void)printf("%-34s median %.4f CPU s (10th to 90th %.4f to %.4f, most %.4f), %zu rounds\n",
                 what, median, sorted[count / 10], sorted[count - 1 - count / 10],
                 sorted[count - 1], count);
    (void)fflush(stdout);
    free(sorted);
    return median;
}

/* One page of series, as applications have them, of the metrics of 45 signals. */
static void make_page(struct bench *bench, size_t series)
{
    bench->series = series;
    bench->page = malloc(series * LINE_BYTES);
    bench->values = calloc(series, sizeof *bench->values);
    if (!bench->page || !bench->values)
        abort();
    for (size_t i = 0; i < series; i++) {
        size_t signal = i / 1000 % (SIGNALS / 4) * 4;
        bench->page_n +=
            (size_t)snprintf(bench->page + bench->page_n, LINE_BYTES,
                             "bench_%zu_total{method=\"GET\",path=\"/api/v1/things/%zu\","
                             "status=\"%d\"} ",
                             signal, i, i % 20 == 0 ? 500 : 200);
        bench->values[i] = bench->page_n;
        bench->page_n += (size_t)snprintf(bench->page + bench->page_n, LINE_BYTES, "1000000000\n");
    }
}

static void move_counters(struct bench *bench)
{
    for (size_t i = 0; i < bench->series; i++) {
        char *last = bench->page + bench->values[i] + 9;
        while (*last == '9')
            *last-- = '0';
        (*last)++;
    }
}

static void open_series(struct bench *bench, size_t series)
{
    if (series == 0)
        return;
    make_page(bench, series);
    bench->intakes = arena_array(&bench->company, SERIES_TARGETS, sizeof *bench->intakes);
    bench->intake_arenas =
        arena_array(&bench->company, SERIES_TARGETS, sizeof *bench->intake_arenas);
    for (int i = 0; i < SERIES_TARGETS; i++) {
        arena_init(&bench->intake_arenas[i]);
        intake_init(&bench->intakes[i], &bench->intake_arenas[i], &bench->core.world.signals,
                    STR("many"));
    }
}

/* All targets once; returns how many readings were made. */
static size_t read_series(struct bench *bench)
{
    static char carry[LIMIT_SCRAPE_LINE_BYTES];
    static struct reading readings[LIMIT_SIGNALS];
    struct err err = {0};
    size_t count = 0;
    move_counters(bench);
    for (int i = 0; i < SERIES_TARGETS; i++) {
        struct exposition reader;
        struct arena turn;
        arena_init(&turn);
        intake_begin(&bench->intakes[i], now_of(bench), SERIES_MS);
        exposition_init(&reader, &bench->intakes[i].use, carry);
        if (!exposition_feed(&reader, (struct str){bench->page, bench->page_n}, &err) ||
            !exposition_end(&reader, &err))
            fail("the series", &err);
        count += intake_finish(&bench->intakes[i], &turn, SERIES_MS, readings);
        arena_done(&turn);
    }
    return count;
}

/* Rules that fired, rules that resolved, incidents. */
static void print_ledger(const struct bench *bench)
{
    size_t fired = 0;
    size_t resolved = 0;
    for (size_t i = 0; i < bench->core.memory.count; i++) {
        struct str leaf = bench->core.memory.entries[i].leaf;
        fired += str_find(leaf, "\"kind\":\"alert.fired\"", 0) < leaf.n;
        resolved += str_find(leaf, "\"kind\":\"alert.resolved\"", 0) < leaf.n;
    }
    (void)printf("%zu facts: %zu rules fired, %zu resolved, %lld incidents\n",
                 bench->core.memory.count, fired, resolved,
                 (long long)bench->core.world.incidents.last_number);
    if (fired == 0 || resolved == 0) {
        (void)fprintf(stderr, "bench-rules: no rule went through its states\n");
        exit(1);
    }
}

/* The ledger is on disk otherwise. */
static double ledger_mb(const struct bench *bench)
{
    double bytes = (double)bench->core.memory.count * sizeof *bench->core.memory.entries;
    for (size_t i = 0; i < bench->core.memory.count; i++)
        bytes += (double)bench->core.memory.entries[i].leaf.n;
    return bytes / 1024 / 1024;
}

struct marks {
    double first_mb, last_mb; /* without the ledger */
    double *series_s;
    size_t series_count;
    size_t readings;
};

static void run_hours(struct bench *bench, size_t hours, struct marks *out_marks)
{
    out_marks->series_s = calloc(hours * HOUR_MS / SERIES_MS, sizeof(double));
    for (size_t hour = 0; hour < hours; hour++) {
        for (int i = 0; i < ROUNDS_AN_HOUR; i++) {
            run_round(bench);
            if (!bench->intakes || bench->now_ms % SERIES_MS != 0)
                continue;
            double begun = cpu_s();
            out_marks->readings += read_series(bench);
            out_marks->series_s[out_marks->series_count++] = cpu_s() - begun;
        }
        (void)malloc_trim(0);
        out_marks->last_mb = resident_mb() - ledger_mb(bench);
        if (hour == 0)
            out_marks->first_mb = out_marks->last_mb;
    }
}

static struct bench bench;

int main(int argc, char **argv)
{
    size_t rules = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    size_t hours = argc > 2 ? strtoul(argv[2], NULL, 10) : 2;
    size_t series = argc > 3 ? strtoul(argv[3], NULL, 10) : 100000;
    struct err err = {0};
    struct marks marks = {0};
    if (rules == 0 || rules > LIMIT_RULES || hours == 0 || hours > 1000) {
        (void)fprintf(stderr, "usage: bench-rules [RULES [HOURS [SERIES A TARGET]]]\n");
        return 2;
    }
    arena_init(&bench.company);
    for (int i = 0; i < FAST_TARGETS; i++)
        (void)snprintf(bench.targets[i], sizeof bench.targets[i], "app-%d", i);
    core_init(&bench.core);
    core_open(&bench.core);
    double begun = cpu_s();
    compose(&bench, rules);
    (void)printf("%zu rules read and bound in %.2f CPU s, %.1f MB\n", rules, cpu_s() - begun,
                 resident_mb());
    if (!core_replay(&bench.core, &err) || !core_record_start(&bench.core, now_of(&bench)))
        fail("the start", &err);
    open_series(&bench, series);
    bench.costs_s = calloc(hours * ROUNDS_AN_HOUR, sizeof *bench.costs_s);
    run_hours(&bench, hours, &marks);
    double first = print_costs("rules, a round of the first hour", bench.costs_s, ROUNDS_AN_HOUR);
    if (hours > 1)
        first = print_costs("rules, a round of the second hour", bench.costs_s + ROUNDS_AN_HOUR,
                            ROUNDS_AN_HOUR);
    double last = print_costs("rules, a round of the last hour",
                              bench.costs_s + (hours - 1) * ROUNDS_AN_HOUR, ROUNDS_AN_HOUR);
    size_t reads = HOUR_MS / SERIES_MS;
    if (marks.series_count >= reads) {
        (void)printf("%zu series, %zu readings\n", series * SERIES_TARGETS, marks.readings);
        (void)print_costs("series, read in the first hour", marks.series_s, reads);
        (void)print_costs("series, read in the last hour",
                          marks.series_s + marks.series_count - reads, reads);
    }
    (void)printf("memory after the first hour %.1f MB, after the last %.1f MB, and a ledger of "
                 "%.1f MB\n",
                 marks.first_mb, marks.last_mb, ledger_mb(&bench));
    print_ledger(&bench);
    bool good = hours < 3 || (last <= first * 1.3 && marks.last_mb <= marks.first_mb * 1.1);
    if (!good)
        (void)fprintf(stderr, "bench-rules: the last hour costs more than the second\n");
    return good ? 0 : 1;
}
