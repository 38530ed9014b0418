/* test_late.c - readings that come late, twice, out of order, or all behind: at every second of a
 * rule's life, for gauges, shares and counts. */
#include "alert/alert.h"
#include "harness/test.h"

#include <limits.h>

enum { SECONDS = 150, LENGTH = 230, BAD_FROM = 20, BAD_TO = 70, FACTS_MAX = 64 };

struct fact {
    enum event_kind kind;
    int at_s;
};

struct facts {
    struct fact items[FACTS_MAX];
    size_t count;
};

/* When each reading is handed over, in seconds; below 0: never. Twice: also a second later. */
struct delivery {
    int at_s[SECONDS];
    bool newest_first; /* of those of one second */
    int twice;         /* this reading; below 0: none */
};

struct player {
    struct arena turn;
    struct rule rule;
    struct telemetry telemetry;
    struct alerts alerts;
    struct facts facts;
};

static struct instant second(int s)
{
    return (struct instant){INT64_C(1700000000000000) + (int64_t)s * 1000000};
}

static struct rule rule_of(struct signals *signals, const char *name, double limit)
{
    const struct signal *signal = signal_find(signals, str_of(name));
    return (struct rule){.id = STR("0123456789abcdef"),
                         .title = STR("A rule"),
                         .signal = signal,
                         .signal_name = signal->name,
                         .cmp = CMP_OVER,
                         .limit = limit,
                         .statistic_ms = 10000,
                         .for_ms = 20000};
}

static struct reading reading_of(const struct rule *rule, int s)
{
    bool bad = s >= BAD_FROM && s < BAD_TO;
    return (struct reading){.signal = rule->signal_name,
                            .target = STR("app"),
                            .at = second(s),
                            .since = second(s - 1),
                            .interval_ms = 1000,
                            .kind = rule->signal->kind,
                            .part = bad ? 10 : 0,
                            .of = 20,
                            .high = bad ? 0.9 : 0.1,
                            .low = 0.1};
}

static void hand_over(struct player *player, int s)
{
    struct err err = {0};
    struct reading reading = reading_of(&player->rule, s);
    CHECK_OK(telemetry_fold(&player->telemetry, &reading, &err), &err);
}

static void deliver(struct player *player, const struct delivery *delivery, int now_s)
{
    for (int i = 0; i < SECONDS; i++) {
        int s = delivery->newest_first ? SECONDS - 1 - i : i;
        if (delivery->at_s[s] == now_s)
            hand_over(player, s);
        if (delivery->twice == s && delivery->at_s[s] + 1 == now_s)
            hand_over(player, s);
    }
}

/* What is said must be known when it is said, whatever came when. */
static void record(struct player *player, const struct event *event, enum truth truth, int now_s)
{
    bool speaks = event->kind == EVENT_ALERT_FIRED || event->kind == EVENT_ALERT_RESOLVED ||
                  event->kind == EVENT_ALERT_CALMED || event->kind == EVENT_ALERT_PENDING;
    CHECK(!speaks || truth != TRUTH_UNKNOWN);
    CHECK(player->facts.count < FACTS_MAX);
    player->facts.items[player->facts.count++] = (struct fact){event->kind, now_s};
    alert_fold(&player->alerts, event);
}

static void look(struct player *player, int now_s)
{
    struct rules rules = {.items = &player->rule, .count = 1, .written = 1};
    arena_reset(&player->turn);
    struct evaluation evaluation =
        rule_evaluate(&player->turn, &player->rule, &player->telemetry, second(now_s));
    for (int round = 0; round < 4; round++) {
        struct event_list events;
        event_list_init(&events, &player->turn);
        alert_decide(&player->alerts, &rules, &evaluation, second(now_s), &events);
        for (size_t i = 0; i < events.count; i++)
            record(player, &events.items[i], evaluation.truth, now_s);
        if (events.count == 0)
            return;
    }
}

static struct facts play(const struct rule *rule, const struct delivery *delivery)
{
    struct player player = {.rule = *rule};
    struct arena arena;
    arena_init(&arena);
    arena_init(&player.turn);
    telemetry_init(&player.telemetry, &arena);
    alerts_init(&player.alerts, &arena);
    rules_retain(&(struct rules){.items = &player.rule, .count = 1, .written = 1},
                 &player.telemetry);
    for (int now_s = 0; now_s < LENGTH; now_s++) {
        deliver(&player, delivery, now_s);
        if (now_s < SECONDS + 5) /* behind that all has been silent for long */
            look(&player, now_s);
    }
    alerts_done(&player.alerts);
    telemetry_done(&player.telemetry);
    arena_done(&player.turn);
    arena_done(&arena);
    return player.facts;
}

static struct delivery on_time(void)
{
    struct delivery delivery = {.twice = -1};
    for (int s = 0; s < SECONDS; s++)
        delivery.at_s[s] = s;
    return delivery;
}

static void check_same(const struct facts *got, const struct facts *want, int within_s, int s)
{
    for (size_t i = 0; i < got->count || i < want->count; i++) {
        const struct fact *a = i < got->count ? &got->items[i] : NULL;
        const struct fact *b = i < want->count ? &want->items[i] : NULL;
        if (!a || !b || a->kind != b->kind || a->at_s > b->at_s + within_s ||
            a->at_s < b->at_s - within_s)
            test_fail(__FILE__, __LINE__, "reading %d: fact %zu is %s at %d s, not %s at %d s", s,
                      i, a ? event_row(a->kind)->name : "missing", a ? a->at_s : 0,
                      b ? event_row(b->kind)->name : "missing", b ? b->at_s : 0);
    }
    test_checked();
}

static size_t make_rules(struct signals *signals, struct arena *arena, struct rule out_rules[3])
{
    signals_init(signals, arena);
    out_rules[0] = rule_of(signals, "disk usage", 0.75);
    out_rules[1] = rule_of(signals, "error rate", 0.05);
    out_rules[2] = rule_of(signals, "failed auth attempts", 30);
    return 3;
}

static size_t count_of(const struct facts *facts, enum event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < facts->count; i++)
        count += facts->items[i].kind == kind;
    return count;
}

/* INT_MAX: it does not. */
static int resolved_s(const struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].kind == EVENT_ALERT_RESOLVED)
            return facts->items[i].at_s;
    return INT_MAX;
}

TEST(a_late_reading_is_as_one_that_was_lost)
{
    static const int lates_s[] = {1, 2, 3, 5, 10, 30, 60};
    struct signals signals;
    struct rule rules[3];
    for (size_t r = make_rules(&signals, arena, rules); r-- > 0;) {
        struct delivery good = on_time();
        struct facts base = play(&rules[r], &good);
        CHECK_INT(count_of(&base, EVENT_ALERT_FIRED), 1);
        CHECK_INT(count_of(&base, EVENT_ALERT_RESOLVED), 1);
        for (int s = 1; s < SECONDS - 1; s++) {
            struct delivery lost = good;
            lost.at_s[s] = -1;
            struct facts without = play(&rules[r], &lost);
            check_same(&without, &base, 2, s);
            for (size_t i = 0; i < sizeof lates_s / sizeof *lates_s; i++) {
                struct delivery late = good;
                late.at_s[s] = s + lates_s[i];
                struct facts got = play(&rules[r], &late);
                check_same(&got, &without, lates_s[i] == 1 ? 2 : 0, s);
            }
        }
    }
}

TEST(a_reading_that_comes_twice_counts_once)
{
    struct signals signals;
    struct rule rules[3];
    for (size_t r = make_rules(&signals, arena, rules); r-- > 0;) {
        struct delivery delivery = on_time();
        struct facts base = play(&rules[r], &delivery);
        for (delivery.twice = 0; delivery.twice < SECONDS; delivery.twice++) {
            struct facts got = play(&rules[r], &delivery);
            check_same(&got, &base, 0, delivery.twice);
        }
    }
}

TEST(readings_out_of_order_change_nothing_by_more_than_a_second_or_two)
{
    struct signals signals;
    struct rule rules[3];
    for (size_t r = make_rules(&signals, arena, rules); r-- > 0;) {
        struct delivery good = on_time();
        struct facts base = play(&rules[r], &good);
        for (int s = 1; s < SECONDS - 1; s++) {
            struct delivery swapped = good;
            swapped.newest_first = true;
            swapped.at_s[s] = s + 1;
            struct facts got = play(&rules[r], &swapped);
            check_same(&got, &base, 2, s);
        }
    }
}

/* From a second on everything comes late: up to 5 s what is said is as late; behind that it is
 * unknown, and nothing is said to be over or to begin. */
TEST(a_collector_that_falls_behind_makes_nothing_up)
{
    static const int behind_s[] = {1, 3, 5, 6, 20, 60};
    struct signals signals;
    struct rule rules[3];
    for (size_t r = make_rules(&signals, arena, rules); r-- > 0;) {
        struct delivery good = on_time();
        struct facts base = play(&rules[r], &good);
        for (int from = 1; from < SECONDS; from++) {
            for (size_t i = 0; i < sizeof behind_s / sizeof *behind_s; i++) {
                struct delivery late = good;
                for (int s = from; s < SECONDS; s++)
                    late.at_s[s] = s + behind_s[i];
                struct facts got = play(&rules[r], &late);
                CHECK(count_of(&got, EVENT_ALERT_FIRED) <= 1);
                CHECK(count_of(&got, EVENT_ALERT_RESOLVED) <= 1);
                CHECK(resolved_s(&got) >= resolved_s(&base) - 2);
            }
        }
    }
}
