/* bench_fold.c - how fast a ledger becomes the state: fold alone, and decode and fold, as a start
 * does.
 *
 * The ledger is generated: incidents that fire, page twice, are acknowledged, noted and resolved,
 * and rules that come and go, about as a year of a busy company has them.
 * Usage: bench-fold [EVENTS [RUNS]] - 1,000,000 and 5. Prints median, least and most. */
#include "ledger/codec.h"
#include "state/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS_MAX = 99, CHUNK = 2000, STORY_EVENTS = 13, STORY_MS = 40 * 60 * 1000 };

static double seconds_now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void no_random(void *bytes, size_t size_bytes)
{
    memset(bytes, 7, size_bytes);
}

static struct event *add(struct event_list *list, enum event_kind kind, int64_t story, int64_t ms)
{
    struct instant start = {1700000000000000};
    bool by_person = kind == EVENT_INCIDENT_ACKNOWLEDGED || kind == EVENT_INCIDENT_NOTED ||
                     kind == EVENT_INCIDENT_RESOLVED;
    bool is_alert = kind >= EVENT_ALERT_PENDING && kind <= EVENT_ALERT_RETIRED;
    struct str subject =
        is_alert ? str_printf(list->arena, "rule:%016llx", (unsigned long long)(story % 40))
                 : str_printf(list->arena, "incident:%lld", (long long)story + 1);
    struct event *event = event_list_add(list, kind, instant_add_ms(start, story * STORY_MS + ms),
                                         by_person ? STR("person:ana") : STR("reeve"), subject);
    if (is_alert) {
        event_set_str(event, "rule", str_from(subject, 5));
        event_set_int(event, "line", 60 + story % 40);
        event_set_str(event, "title", STR("Error rate > 5% for 5 minutes"));
        event_set_real(event, "value", 0.071);
        event_set_str(event, "value_text", STR("7.1 % of 1,204 requests in 1 min"));
    } else if (kind >= EVENT_INCIDENT_OPENED && kind <= EVENT_PAGE_REQUESTED) {
        event_set_int(event, "number", story + 1);
    }
    return event;
}

static void add_page(struct event_list *list, int64_t story, const char *person, int64_t ms)
{
    struct str id = str_printf(list->arena, "%lld-%s-smtp-1", (long long)story + 1, person);
    struct event *event = add(list, EVENT_PAGE_REQUESTED, story, ms);
    event_set_str(event, "page", id);
    event_set_str(event, "person", str_of(person));
    event_set_str(event, "method", STR("smtp"));
    event_set_int(event, "attempt", 1);
    event_set_instant(event, "not_before", event->at);
    event = add(list, EVENT_PAGE_STARTED, story, ms + 1);
    event_set_str(event, "page", id);
    event_set_int(event, "try", 1);
    event = add(list, EVENT_PAGE_SENT, story, ms + 300);
    event_set_str(event, "page", id);
    event_set_str(event, "detail", STR("250 2.0.0 accepted"));
}

/* One incident from its first sign to its end: STORY_EVENTS events. */
static void add_story(struct event_list *list, int64_t story)
{
    struct event *event = add(list, EVENT_ALERT_PENDING, story, 0);
    event_set_int(event, "for_ms", 300000);
    event = add(list, EVENT_ALERT_FIRED, story, 300000);
    event_set_str(event, "level", STR("critical"));
    event_set_str(event, "signal", STR("error rate"));
    event = add(list, EVENT_INCIDENT_OPENED, story, 300000);
    event_set_str(event, "severity", STR("P1"));
    event_set_str(event, "title", STR("Error rate > 5% for 5 minutes"));
    event_set_str(event, "cause", STR("error rate"));
    event_set_str(event, "rule",
                  str_printf(list->arena, "%016llx", (unsigned long long)(story % 40)));
    add_page(list, story, "ana", 300000);
    event = add(list, EVENT_INCIDENT_ACKNOWLEDGED, story, 360000);
    event_set_str(event, "person", STR("ana"));
    event_set_str(event, "via", STR("link"));
    event = add(list, EVENT_INCIDENT_NOTED, story, 600000);
    event_set_str(event, "note", STR("Rolled back to the release of yesterday."));
    (void)add(list, EVENT_ALERT_CALMED, story, 700000);
    (void)add(list, EVENT_ALERT_RESOLVED, story, 760000);
    event = add(list, EVENT_INCIDENT_MITIGATED, story, 760000);
    event_set_str(event, "reason", STR("its rule has resolved"));
    event = add(list, EVENT_INCIDENT_RESOLVED, story, 900000);
    event_set_str(event, "note", STR("A bad release."));
    event = add(list, EVENT_CALL_REFUSED, story, 900001);
    event_set_str(event, "action", STR("incident note"));
    event_set_str(event, "reason", STR("no permission"));
}

static struct ledger_entry *make_ledger(struct arena *arena, size_t stories,
                                        struct event_list *out_events)
{
    struct err err = {0};
    event_list_init(out_events, arena);
    for (size_t i = 0; i < stories; i++)
        add_story(out_events, (int64_t)i);
    struct ledger_entry *entries = arena_array(arena, out_events->count, sizeof *entries);
    for (size_t i = 0; i < out_events->count; i++) {
        if (!codec_write(arena, &out_events->items[i], no_random, &entries[i], &err)) {
            (void)fprintf(stderr, "bench-fold: %s: %s\n", err.place, err.text);
            exit(1);
        }
        entries[i].sequence = (int64_t)i + 1;
    }
    return entries;
}

/* Folds all; entries NULL: the events as they are, else decoded first. Seconds. */
static double run(const struct event_list *events, const struct ledger_entry *entries)
{
    static struct world world;
    struct arena arena;
    struct err err = {0};
    world_init(&world);
    arena_init(&arena);
    double begun = seconds_now();
    for (size_t i = 0; i < events->count; i++) {
        struct event decoded;
        if (entries && i % CHUNK == 0)
            arena_reset(&arena);
        if (entries && !codec_read(&arena, &entries[i], &decoded, &err)) {
            (void)fprintf(stderr, "bench-fold: %s: %s\n", err.place, err.text);
            exit(1);
        }
        world_fold(&world, entries ? &decoded : &events->items[i], (int64_t)i + 1);
    }
    double seconds = seconds_now() - begun;
    if (world.incidents.last_number != (int64_t)(events->count / STORY_EVENTS)) {
        (void)fprintf(stderr, "bench-fold: the state is not what the ledger says\n");
        exit(1);
    }
    world_done(&world);
    arena_done(&arena);
    return seconds;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *what, int runs, const struct event_list *events,
                    const struct ledger_entry *entries)
{
    double seconds[RUNS_MAX];
    for (int i = 0; i < runs; i++)
        seconds[i] = run(events, entries);
    qsort(seconds, (size_t)runs, sizeof *seconds, compare);
    double median = seconds[runs / 2];
    (void)printf("%-16s %9zu events  median %.3f s (%.3f to %.3f, %d runs), %.0f events/s\n", what,
                 events->count, median, seconds[0], seconds[runs - 1], runs,
                 (double)events->count / median);
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
    long runs = argc > 2 ? strtol(argv[2], NULL, 10) : 5;
    if (count < STORY_EVENTS || runs < 1 || runs > RUNS_MAX) {
        (void)fprintf(stderr, "usage: bench-fold [EVENTS [RUNS]]\n");
        return 2;
    }
    struct arena arena;
    struct event_list events;
    arena_init(&arena);
    struct ledger_entry *entries = make_ledger(&arena, (size_t)count / STORY_EVENTS, &events);
    measure("fold", (int)runs, &events, NULL);
    measure("decode and fold", (int)runs, &events, entries);
    arena_done(&arena);
    return 0;
}
