/* test_states.c - a restart, a short stop, a step of the clock at every second of a rule's life:
 * pending, firing, quiet, kept firing, silenced, following another, flapping, missing.
 *
 * The story without a disturbance says what has to happen when; a story with one has the same
 * facts, in the same order, at the same instants. With REEVE_LONG at every second of the long
 * stories too. */
#include "scenario.h"

#include "harness/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { STORY_SECONDS_MAX = 1500, FACTS_MAX = 400, SCRIPT_BYTES_MAX = 256 * 1024 };

struct said { /* a statement that is made at a second */
    int at_s;
    const char *text;
};

struct played_story {
    const char *name;
    const char *rules;  /* lines of the runbook's critical alerts */
    const char *config; /* further lines of reeve.yaml */
    int scrape_s;
    int end_s;
    int every_s;           /* how far disturbances are apart, when it is not to take long */
    struct said said[24];  /* in order */
    const char *must_have; /* a fact, so that the story tells something */
    int after_step_ms;     /* how far from its time a window is that a step of the clock emptied */
    int after_start_ms;    /* how late that is which has to wait for collectors to connect */
};

static const struct played_story stories[] = {
    {.name = "pending, firing, quiet, resolved",
     .rules = "    - Queue depth > 100 for 30 seconds\n",
     .scrape_s = 1,
     .end_s = 130,
     .every_s = 1,
     .said = {{0, "sample shop queue_depth 5"},
              {5, "sample shop queue_depth 500"},
              {15, "sample shop queue_depth 5"},
              {20, "sample shop queue_depth 500"},
              {70, "sample shop queue_depth 5"},
              {80, "sample shop queue_depth 500"},
              {84, "sample shop queue_depth 5"}},
     .must_have = "alert.resolved"},
    {.name = "read every 5 s",
     .rules = "    - Queue depth > 100 for 30 seconds\n",
     .scrape_s = 5,
     .end_s = 140,
     .every_s = 1,
     .said = {{0, "sample shop queue_depth 5"},
              {12, "sample shop queue_depth 500"},
              {73, "sample shop queue_depth 5"}},
     .must_have = "alert.resolved"},
    {.name = "kept firing, with a limit to recover from",
     .rules = "    - Queue depth > 100\n",
     .config = "    alerts: { queue depth: { recovers_below: 80, keeps_firing: 90 s } }\n",
     .scrape_s = 1,
     .end_s = 230,
     .every_s = 3,
     .said = {{0, "sample shop queue_depth 5"},
              {5, "sample shop queue_depth 500"},
              {20, "sample shop queue_depth 90"},
              {40, "sample shop queue_depth 5"},
              {90, "sample shop queue_depth 90"},
              {100, "sample shop queue_depth 5"}},
     .must_have = "alert.resolved"},
    {.name = "silenced, and fires when the silence ends",
     .rules = "    - Queue depth > 100 for 20 seconds\n",
     .scrape_s = 1,
     .end_s = 160,
     .every_s = 3,
     .said = {{0, "sample shop queue_depth 5"},
              {3, "call silence add queue depth --for 80s --reason \"a drill\" by anna"},
              {5, "sample shop queue_depth 500"},
              {100, "sample shop queue_depth 5"}},
     .must_have = "silence.expired"},
    {.name = "a job is late in a silence",
     .rules = "    - Queue depth > 100 for 20 seconds\n",
     .config =
         "    heartbeats: { backup: { every: 30 s, grace: 10 s, token: env:BACKUP_TOKEN } }\n",
     .scrape_s = 1,
     .end_s = 230,
     .every_s = 7,
     .after_start_ms = 60000, /* it may be heard for a grace and a period after a start */
     .said = {{0, "sample shop queue_depth 5"},
              {2, "job backup ends"},
              {3, "call silence add --heartbeat backup --for 180s --reason \"a drill\" by anna"}},
     .must_have = "silence.expired"},
    {.name = "an alert from elsewhere fires in a silence",
     .rules = "    - Queue depth > 100 for 20 seconds\n",
     .config =
         "    senders: [{ name: am, alerts: alertmanager, token: env:AM_TOKEN, opens: P1 }]\n",
     .scrape_s = 1,
     .end_s = 160,
     .every_s = 3,
     .said = {{0, "sample shop queue_depth 5"},
              {3, "call silence add --sender am --for 80s --reason \"a drill\" by anna"},
              {4, "send am k1 fires \"One\""}},
     .must_have = "silence.expired"},
    {.name = "follows another",
     .rules = "    - Queue depth > 100 for 10 seconds\n    - Disk usage > 75% for 20 seconds\n",
     .config = "    depends: { queue depth: disk usage }\n",
     .scrape_s = 1,
     .end_s = 300,
     .every_s = 2,
     .said = {{0, "sample shop queue_depth 5"},
              {0, "sample shop disk_share 0.1"},
              {5, "sample shop disk_share 0.9"},
              {30, "sample shop queue_depth 500"},
              {70, "sample shop disk_share 0.1"},
              {250, "sample shop queue_depth 5"}},
     .must_have = "incident.followed"},
    {.name = "flaps until it is quiet",
     .rules = "    - Queue depth > 100\n",
     .scrape_s = 1,
     .end_s = 900,
     .every_s = 13,
     .said = {{0, "sample shop queue_depth 500"},
              {10, "sample shop queue_depth 5"},
              {40, "sample shop queue_depth 500"},
              {50, "sample shop queue_depth 5"},
              {80, "sample shop queue_depth 500"},
              {90, "sample shop queue_depth 5"},
              {120, "sample shop queue_depth 500"},
              {130, "sample shop queue_depth 5"},
              {150, "sample shop queue_depth 500"},
              {160, "sample shop queue_depth 5"}},
     .must_have = "alert.flapping"},
    {.name = "flaps until it fires steadily",
     .rules = "    - Queue depth > 100\n",
     .scrape_s = 1,
     .end_s = 900,
     .every_s = 17,
     .said = {{0, "sample shop queue_depth 500"},
              {10, "sample shop queue_depth 5"},
              {40, "sample shop queue_depth 500"},
              {50, "sample shop queue_depth 5"},
              {80, "sample shop queue_depth 500"},
              {90, "sample shop queue_depth 5"},
              {120, "sample shop queue_depth 500"},
              {130, "sample shop queue_depth 5"},
              {150, "sample shop queue_depth 500"},
              {800, "sample shop queue_depth 5"}},
     .must_have = "alert.steady"},
    {.name = "a share of requests",
     .rules = "    - Error rate > 5% for 30 seconds\n",
     .scrape_s = 1,
     .end_s = 220,
     .every_s = 2,
     .said = {{0, "sample shop http_requests_total{status=\"200\"} 100 +50/s"},
              {0, "sample shop http_requests_total{status=\"500\"} 10"},
              {20, "sample shop http_requests_total{status=\"500\"} +20/s"},
              {90, "sample shop http_requests_total{status=\"500\"} +0/s"}},
     .must_have = "alert.resolved",
     .after_step_ms = 61000},
    {.name = "fires when nothing is heard of it",
     .rules = "    - Queue depth > 100\n",
     .config = "    alerts: { queue depth: { missing: fires, missing_for: 60 s } }\n",
     .scrape_s = 1,
     .end_s = 260,
     .every_s = 3,
     .said = {{0, "sample shop queue_depth 5"},
              {40, "scrape shop fails \"connection refused\""},
              {200, "scrape shop answers"}},
     .must_have = "alert.fired",
     .after_step_ms = 6000, /* nothing is known at once, not only when it has become silent */
     .after_start_ms = START_GRACE_MS + 1000},
};

struct fact {
    int64_t at_ms;
    char text[120];
};

struct facts {
    struct fact items[FACTS_MAX];
    size_t count;
    const char *must_have;
    bool has;
};

/* What a disturbance itself records is no part of the story. */
static void hear(void *context, int64_t at_ms, const struct event *event)
{
    struct facts *facts = context;
    struct str kind = str_of(event_row(event->kind)->name);
    if (!str_starts(kind, "alert.") && !str_starts(kind, "incident.") &&
        !str_starts(kind, "page.") && !str_starts(kind, "silence.") &&
        !str_starts(kind, "inbound.") && !str_starts(kind, "beat."))
        return;
    if (facts->count == FACTS_MAX)
        test_fail(__FILE__, __LINE__, "more than %d facts", FACTS_MAX);
    struct fact *fact = &facts->items[facts->count++];
    struct str subject = event->subject;
    fact->at_ms = at_ms;
    (void)snprintf(fact->text, sizeof fact->text, "%s of %.*s", kind.p, STR_ARGS(subject));
    facts->has = facts->has || str_is(kind, facts->must_have);
}

/* A disturbance: what is said at one second, and what some seconds later. */
struct trouble {
    int at_s;
    const char *text;
    int after_s;
    const char *after;
};

static struct str write_script(struct arena *arena, const struct played_story *story,
                               const struct trouble *trouble)
{
    struct text text;
    text_init(&text, arena, SCRIPT_BYTES_MAX);
    text_printf(&text,
                "runbook\n"
                "    ## Severity Levels\n"
                "    - **P1 (High)**: Some customers cannot buy\n"
                "      - Response time: 15 minutes\n"
                "    ## Critical Alerts\n%s"
                "config\n"
                "    targets: [{ name: shop, url: \"http://shop.example/metrics\", every: %d s }]\n"
                "    signals: { queue depth: { gauge: queue_depth }, "
                "disk usage: { gauge: disk_share } }\n"
                "    people: { anna: { email: anna@shop.example } }\n"
                "    on_call: { primary: anna }\n"
                "    smtp: { url: \"smtp://127.0.0.1:25\", from: reeve@shop.example }\n%s",
                story->rules, story->scrape_s, story->config ? story->config : "");
    size_t next = 0;
    for (; story->said[next].text && story->said[next].at_s == 0; next++)
        text_printf(&text, "%s\n", story->said[next].text);
    for (int s = 0; s <= story->end_s; s++) {
        text_printf(&text, "at %ds\n", s);
        for (; story->said[next].text && story->said[next].at_s == s; next++)
            text_printf(&text, "%s\n", story->said[next].text);
        if (trouble && trouble->at_s == s)
            text_printf(&text, "%s\n", trouble->text);
        if (trouble && trouble->after && trouble->at_s + trouble->after_s == s)
            text_printf(&text, "%s\n", trouble->after);
    }
    return text_str(&text);
}

static void play(const struct played_story *story, const struct trouble *trouble,
                 struct facts *out_facts)
{
    struct arena arena;
    struct err err = {0};
    struct scenario_ear ear = {hear, out_facts};
    *out_facts = (struct facts){.must_have = story->must_have};
    arena_init(&arena);
    struct str source = write_script(&arena, story, trouble);
    if (!scenario_play_for(&arena, STR("story"), source, &ear, &err))
        test_fail(__FILE__, __LINE__, "%s, \"%s\" at %d s: %s %s", story->name,
                  trouble ? trouble->text : "", trouble ? trouble->at_s : 0, err.place, err.text);
    arena_done(&arena);
}

/* How far from its instant each fact may be, and whether facts about not knowing may come besides.
 */
struct leeway {
    int64_t sooner_ms, later_ms;
    bool unknown;
};

static bool is_about_unknown(const struct fact *fact)
{
    struct str text = str_of(fact->text);
    return str_starts(text, "alert.unknown") || str_starts(text, "alert.known");
}

static size_t skip_unknown(const struct facts *facts, size_t at)
{
    while (at < facts->count && is_about_unknown(&facts->items[at]))
        at++;
    return at;
}

static void compare(const struct played_story *story, const struct trouble *trouble,
                    const struct facts *want, struct leeway leeway)
{
    static struct facts got;
    play(story, trouble, &got);
    size_t g = 0;
    size_t w = 0;
    for (;; g++, w++) {
        if (leeway.unknown) {
            g = skip_unknown(&got, g);
            w = skip_unknown(want, w);
        }
        const struct fact *a = g < got.count ? &got.items[g] : NULL;
        const struct fact *b = w < want->count ? &want->items[w] : NULL;
        if (!a && !b)
            break;
        if (!a || !b || strcmp(a->text, b->text) != 0 || a->at_ms < b->at_ms - leeway.sooner_ms ||
            a->at_ms > b->at_ms + leeway.later_ms)
            test_fail(__FILE__, __LINE__,
                      "%s, \"%s\" at %d s: got \"%s\" at %lld ms, want \"%s\" at %lld ms",
                      story->name, trouble->text, trouble->at_s, a ? a->text : "nothing",
                      a ? (long long)a->at_ms : 0, b ? b->text : "nothing",
                      b ? (long long)b->at_ms : 0);
    }
    test_checked();
}

static void begin(const struct played_story *story, struct facts *out_facts)
{
    play(story, NULL, out_facts);
    if (!out_facts->has)
        test_fail(__FILE__, __LINE__, "%s: has no %s", story->name, story->must_have);
}

static int step_of(const struct played_story *story)
{
    return getenv("REEVE_LONG") ? 1 : story->every_s;
}

/* Reading begins anew with the start, so that what is read seldom is read earlier or later. */
static int64_t scrape_ms(const struct played_story *story)
{
    return story->scrape_s > 1 ? story->scrape_s * 1000 : 0;
}

static const size_t story_count = sizeof stories / sizeof *stories;

/* Is something said, of that kind, in these seconds? */
static bool has_said(const struct played_story *story, const char *kind, int from_s, int to_s)
{
    for (size_t i = 0; story->said[i].text; i++)
        if (story->said[i].at_s >= from_s && story->said[i].at_s <= to_s &&
            str_starts(str_of(story->said[i].text), kind))
            return true;
    return false;
}

TEST(a_restart_at_any_second_changes_nothing)
{
    static struct facts want;
    (void)arena;
    for (size_t i = 0; i < story_count; i++) {
        int64_t scrape = scrape_ms(&stories[i]);
        begin(&stories[i], &want);
        for (int s = 0; s <= stories[i].end_s; s += step_of(&stories[i])) {
            struct trouble trouble = {.at_s = s, .text = "restart"};
            /* A start reads at once what has just changed. */
            int64_t sooner = scrape + (has_said(&stories[i], "s", s, s) ? 1000 : 0);
            int64_t later = scrape + stories[i].after_start_ms;
            compare(&stories[i], &trouble, &want, (struct leeway){sooner, later, false});
        }
    }
}

/* Killed for three seconds: these do not count, and nothing else changes. */
TEST(a_short_stop_at_any_second_delays_by_its_length)
{
    enum { AWAY_S = 3 };
    static struct facts want;
    (void)arena;
    for (size_t i = 0; i < story_count; i++) {
        int64_t scrape = scrape_ms(&stories[i]);
        begin(&stories[i], &want);
        for (int s = 0; s + AWAY_S <= stories[i].end_s; s += step_of(&stories[i])) {
            struct trouble trouble = {s, "kill", AWAY_S, "start"};
            int64_t later = (AWAY_S + 1) * 1000 + scrape + stories[i].after_start_ms;
            struct leeway leeway = {scrape + 1000, later, false};
            /* A command needs a Reeve that runs. */
            if (!has_said(&stories[i], "call", s, s + AWAY_S))
                compare(&stories[i], &trouble, &want, leeway);
        }
    }
}

static int64_t count_of(const struct facts *facts, const char *text)
{
    int64_t count = 0;
    for (size_t i = 0; i < facts->count; i++)
        count += strcmp(facts->items[i].text, text) == 0;
    return count;
}

static int64_t first_resolved_ms(const struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        if (str_starts(str_of(facts->items[i].text), "alert.resolved"))
            return facts->items[i].at_ms;
    return INT64_MAX;
}

/* Killed for 40 s: what happened meanwhile is not known, and is missing in windows. Nobody is told
 * twice, and of what was not changed meanwhile nothing is over sooner. */
TEST(a_long_stop_at_any_second_tells_nobody_twice_and_ends_nothing)
{
    enum { AWAY_S = 40 };
    static struct facts want, got;
    (void)arena;
    for (size_t i = 0; i < story_count; i++) {
        begin(&stories[i], &want);
        for (int s = 0; s + AWAY_S <= stories[i].end_s; s += step_of(&stories[i])) {
            struct trouble trouble = {s, "kill", AWAY_S, "start"};
            if (has_said(&stories[i], "call", s, s + AWAY_S))
                continue;
            bool hidden = has_said(&stories[i], "sample", s, s + AWAY_S);
            play(&stories[i], &trouble, &got);
            for (size_t k = 0; k < got.count; k++) {
                const char *text = got.items[k].text;
                bool tells = str_starts(str_of(text), "incident.opened") ||
                             str_starts(str_of(text), "page.requested") ||
                             str_starts(str_of(text), "page.sent");
                if (tells && count_of(&got, text) > count_of(&want, text))
                    test_fail(__FILE__, __LINE__, "%s, away at %d s: %s once more", stories[i].name,
                              s, text);
            }
            int64_t window_ms = stories[i].after_step_ms;
            if (!hidden && first_resolved_ms(&got) < first_resolved_ms(&want) - window_ms)
                test_fail(__FILE__, __LINE__, "%s, away at %d s: resolved too early",
                          stories[i].name, s);
            test_checked();
        }
    }
}

/* Five minutes stay five minutes. A window has to fill again: what is asked of it is not known for
 * a moment, and then of a shorter time. */
TEST(a_step_of_the_clock_at_any_second_changes_nothing)
{
    static const char *const steps[] = {"clock +1h", "clock -1h"};
    static struct facts want;
    (void)arena;
    for (size_t i = 0; i < story_count; i++) {
        int64_t leeway_ms = scrape_ms(&stories[i]) + stories[i].after_step_ms;
        struct leeway leeway = {leeway_ms, leeway_ms, stories[i].after_step_ms > 0};
        begin(&stories[i], &want);
        for (int s = 0; s <= stories[i].end_s; s += step_of(&stories[i]))
            for (size_t k = 0; k < 2; k++) {
                struct trouble trouble = {.at_s = s, .text = steps[k]};
                compare(&stories[i], &trouble, &want, leeway);
            }
    }
}
