/* test_inbound.c - what of the bodies of other systems is a fact; folded anew at each step. */
#include "base/text.h"
#include "harness/test.h"
#include "inbound/inbound.h"

struct rig {
    struct arena *arena;
    struct inbounds inbounds;
    struct event_list ledger;
    int64_t now_s;
    struct inbound_sender sender;
    const struct silences *silences; /* NULL: none */
};

static struct instant second(int64_t n)
{
    return (struct instant){1700000000000000 + n * 1000000};
}

static void begin(struct rig *rig, struct arena *arena)
{
    *rig = (struct rig){.arena = arena, .sender = {.name = STR("am"), .opens = STR("P1")}};
    inbounds_init(&rig->inbounds, arena);
    event_list_init(&rig->ledger, arena);
}

static void end(struct rig *rig)
{
    inbounds_done(&rig->inbounds);
}

static void keep(struct rig *rig, const struct event_list *events)
{
    for (size_t i = 0; i < events->count; i++)
        LIST_PUSH(rig->arena, rig->ledger.items, rig->ledger.count, rig->ledger.capacity) =
            events->items[i];
    inbounds_done(&rig->inbounds);
    inbounds_init(&rig->inbounds, rig->arena);
    for (size_t i = 0; i < rig->ledger.count; i++)
        inbound_fold(&rig->inbounds, &rig->ledger.items[i]);
}

static struct inbound_alert alert(struct rig *rig, const char *key, int64_t starts_s)
{
    return (struct inbound_alert){.change = INBOUND_FIRES,
                                  .key = str_of(key),
                                  .group = STR("g"),
                                  .name = str_printf(rig->arena, "Name %s", key),
                                  .severity = STR("page"),
                                  .summary = STR("it is bad"),
                                  .url = STR("https://example.com/"),
                                  .starts = second(starts_s)};
}

static struct inbound_alert over(struct rig *rig, const char *key, int64_t starts_s)
{
    struct inbound_alert one = alert(rig, key, starts_s);
    one.change = INBOUND_RESOLVES;
    return one;
}

/* The sentences of what was recorded, and what was counted. */
static struct str take(struct rig *rig, struct inbound_alert *alerts, size_t count)
{
    struct inbound_post post = {.sender = rig->sender,
                                .batch = {alerts, count, count},
                                .silences = rig->silences,
                                .now = second(rig->now_s)};
    struct event_list out;
    struct inbound_taken taken;
    struct text text;
    event_list_init(&out, rig->arena);
    text_init(&text, rig->arena, 4000);
    inbound_take(&rig->inbounds, &post, &out, &taken);
    for (size_t i = 0; i < out.count && i < 4; i++)
        text_printf(&text, "%s (others %lld)\n", event_sentence(rig->arena, &out.items[i]).p,
                    (long long)event_int(&out.items[i], "others"));
    text_printf(&text, "%zu %zu %zu %zu %zu", taken.fired, taken.resolved, taken.repeated,
                taken.unknown, taken.full);
    keep(rig, &out);
    inbound_hear(&rig->inbounds, &post);
    return text_str(&text);
}

TEST(a_repeat_is_no_fact_and_an_end_of_nothing_neither)
{
    struct rig rig;
    begin(&rig, arena);
    struct inbound_alert one = alert(&rig, "a", 0);
    struct inbound_alert none = over(&rig, "b", 0);
    CHECK_STR(take(&rig, &one, 1),
              "An alert of am fires: Name a, since 22:13:20 UTC: it is bad (others 0)\n1 0 0 0 0");
    rig.now_s = 90;
    CHECK_STR(take(&rig, &none, 1), "0 0 0 1 0");
    CHECK_STR(take(&rig, &one, 1), "0 0 1 0 0");
    const struct inbound_entry *entry = inbound_find(&rig.inbounds, STR("am"), STR("a"));
    CHECK(entry != NULL);
    CHECK_INT(entry->heard.us, second(90).us);
    CHECK_INT(entry->since.us, second(0).us);
    CHECK(inbound_find(&rig.inbounds, STR("other"), STR("a")) == NULL);
    end(&rig);
}

TEST(after_a_start_nobody_knows_when_it_was_heard)
{
    struct rig rig;
    begin(&rig, arena);
    struct inbound_alert one = alert(&rig, "a", 0);
    (void)take(&rig, &one, 1);
    struct event_list start;
    event_list_init(&start, arena);
    event_list_add(&start, EVENT_NODE_STARTED, second(70), STR("reeve"), STR("node:a"));
    keep(&rig, &start);
    const struct inbound_entry *entry = inbound_find(&rig.inbounds, STR("am"), STR("a"));
    CHECK(entry && instant_is_zero(entry->heard));
    CHECK_INT(rig.inbounds.started.us, second(70).us);
    rig.now_s = 90;
    CHECK_STR(take(&rig, &one, 1), "0 0 1 0 0");
    entry = inbound_find(&rig.inbounds, STR("am"), STR("a"));
    CHECK(entry && entry->heard.us == second(90).us);
    end(&rig);
}

TEST(the_same_start_just_after_the_end_is_late_and_later_is_new)
{
    struct rig rig;
    begin(&rig, arena);
    struct inbound_alert fires = alert(&rig, "a", 5);
    struct inbound_alert ends = over(&rig, "a", 5);
    struct inbound_alert anew = alert(&rig, "a", 9);
    (void)take(&rig, &fires, 1);
    CHECK_STR(take(&rig, &ends, 1), "An alert of am has resolved: Name a. (others 0)\n0 1 0 0 0");
    rig.now_s = 60;
    CHECK_STR(take(&rig, &fires, 1), "0 0 1 0 0");
    CHECK_STR(take(&rig, &anew, 1),
              "An alert of am fires: Name a, since 22:13:29 UTC: it is bad (others 0)\n1 0 0 0 0");
    (void)take(&rig, &ends, 1);
    rig.now_s = 121;
    CHECK_STR(take(&rig, &anew, 1),
              "An alert of am fires: Name a, since 22:13:29 UTC: it is bad (others 0)\n1 0 0 0 0");
    end(&rig);
}

/* Ended and begun as its sender says. */
static struct inbound_alert ended(struct rig *rig, const char *key, int64_t starts_s,
                                  int64_t ends_s)
{
    struct inbound_alert one = over(rig, key, starts_s);
    one.ends = second(ends_s);
    return one;
}

TEST(a_late_end_of_an_older_firing_changes_nothing)
{
    struct rig rig;
    begin(&rig, arena);
    rig.now_s = 1000;
    struct inbound_alert fires = alert(&rig, "a", 940);
    struct inbound_alert older = ended(&rig, "a", 400, 880);
    struct inbound_alert its = ended(&rig, "a", 940, 990);
    (void)take(&rig, &fires, 1);
    rig.now_s = 1010;
    CHECK_STR(take(&rig, &older, 1), "0 0 1 0 0");
    const struct inbound_entry *entry = inbound_find(&rig.inbounds, STR("am"), STR("a"));
    CHECK(entry && entry->heard.us == second(1000).us);
    CHECK_STR(take(&rig, &its, 1), "An alert of am has resolved: Name a. (others 0)\n0 1 0 0 0");
    CHECK_STR(take(&rig, &older, 1), "0 0 0 1 0");
    struct inbound_alert both[] = {alert(&rig, "b", 940), ended(&rig, "b", 400, 880)};
    CHECK_STR(take(&rig, both, 2),
              "An alert of am fires: Name b, since 22:29:00 UTC: it is bad (others 0)\n1 0 1 0 0");
    end(&rig);
}

TEST(an_end_is_compared_with_the_newest_start_that_was_said)
{
    struct rig rig;
    begin(&rig, arena);
    rig.now_s = 1000;
    struct inbound_alert first = alert(&rig, "a", 400);
    struct inbound_alert second_one = alert(&rig, "a", 940);
    struct inbound_alert older = ended(&rig, "a", 400, 880);
    (void)take(&rig, &first, 1);
    CHECK_STR(take(&rig, &second_one, 1), "0 0 1 0 0");
    CHECK_STR(take(&rig, &older, 1), "0 0 1 0 0");
    struct inbound_alert body[] = {alert(&rig, "b", 400), alert(&rig, "b", 940),
                                   ended(&rig, "b", 400, 880)};
    CHECK(str_ends(take(&rig, body, 3), "1 0 2 0 0"));
    end(&rig);
}

TEST(an_end_without_usable_times_or_with_the_same_start_is_of_what_is_open)
{
    struct rig rig;
    begin(&rig, arena);
    rig.now_s = 1000;
    struct inbound_alert fires = alert(&rig, "a", 940);
    struct inbound_alert unsaid = alert(&rig, "a", 0);
    unsaid.starts = (struct instant){0};
    struct inbound_alert ends[] = {over(&rig, "a", 400), ended(&rig, "a", 940, 880),
                                   ended(&rig, "a", 400, 940), ended(&rig, "a", 990, 995)};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        rig.now_s += 100;
        (void)take(&rig, &fires, 1);
        CHECK_STR(take(&rig, &ends[i], 1),
                  "An alert of am has resolved: Name a. (others 0)\n0 1 0 0 0");
    }
    /* Our own clock is no measure of theirs. */
    struct inbound_alert slow = ended(&rig, "a", 200, 300);
    rig.now_s += 100;
    CHECK(str_ends(take(&rig, &unsaid, 1), "1 0 0 0 0"));
    CHECK_STR(take(&rig, &slow, 1), "An alert of am has resolved: Name a. (others 0)\n0 1 0 0 0");
    end(&rig);
}

TEST(a_group_counts_its_alerts_within_one_body_too)
{
    struct rig rig;
    begin(&rig, arena);
    struct inbound_alert body[] = {alert(&rig, "a", 0), alert(&rig, "b", 0), over(&rig, "a", 0)};
    CHECK_STR(take(&rig, body, 3),
              "An alert of am fires: Name a, since 22:13:20 UTC: it is bad (others 0)\n"
              "An alert of am fires: Name b, since 22:13:20 UTC: it is bad (others 1)\n"
              "An alert of am has resolved: Name a. (others 1)\n2 1 0 0 0");
    CHECK_INT(rig.inbounds.groups.count, 1);
    size_t at = 0;
    const struct inbound_group *group = map_next(&rig.inbounds.groups, &at)->value;
    CHECK_INT(group->count, 1);
    CHECK_STR(str_of(group->title), "am: Name a");
    CHECK_STR(str_of(group->opens), "P1");
    struct inbound_alert last = over(&rig, "b", 0);
    CHECK_STR(take(&rig, &last, 1), "An alert of am has resolved: Name b. (others 0)\n0 1 0 0 0");
    CHECK_INT(rig.inbounds.groups.count, 0);
    CHECK_INT(rig.inbounds.open.count, 0);
    end(&rig);
}

/* page: P1, ticket: P3, info: nothing, default: P2 */
static void part(struct rig *rig)
{
    static const struct inbound_opens by[] = {
        {{"page", 4}, {"P1", 2}, 1}, {{"ticket", 6}, {"P3", 2}, 3}, {{"info", 4}, {"", 0}, 9}};
    rig->sender.by = by;
    rig->sender.by_count = sizeof by / sizeof *by;
    rig->sender.opens = STR("P2");
    rig->sender.rank = 2;
}

static struct inbound_alert says(struct rig *rig, const char *key, const char *severity)
{
    struct inbound_alert one = alert(rig, key, 0);
    one.severity = str_of(severity);
    return one;
}

static const struct inbound_group *group_of(const struct rig *rig, const char *key)
{
    return inbound_find(&rig->inbounds, STR("am"), str_of(key))->group;
}

TEST(each_alert_opens_what_its_own_word_stands_for)
{
    struct rig rig;
    begin(&rig, arena);
    part(&rig);
    struct inbound_alert body[] = {says(&rig, "a", "Page"), says(&rig, "b", "ticket"),
                                   says(&rig, "c", "info"), says(&rig, "d", ""),
                                   says(&rig, "e", "page")};
    CHECK(str_ends(take(&rig, body, 5), "5 0 0 0 0"));
    CHECK_STR(str_of(group_of(&rig, "a")->opens), "P1");
    CHECK_STR(str_of(group_of(&rig, "b")->opens), "P3");
    CHECK_STR(str_of(group_of(&rig, "c")->opens), "");
    CHECK_STR(str_of(group_of(&rig, "d")->opens), "P2");
    CHECK(group_of(&rig, "a") == group_of(&rig, "e"));
    CHECK_INT(group_of(&rig, "a")->count, 2);
    CHECK_INT(rig.inbounds.groups.count, 4);
    struct str cause = inbound_cause(arena, str_of(group_of(&rig, "a")->id));
    CHECK(str_starts(cause, "group ") && cause.n == 17);
    CHECK(str_equal(cause, inbound_cause(arena, str_of(group_of(&rig, "b")->id))));
    end(&rig);
}

TEST(without_a_map_a_group_is_one_whatever_its_alerts_say)
{
    struct rig rig;
    begin(&rig, arena);
    struct inbound_alert body[] = {says(&rig, "a", "page"), says(&rig, "b", "info")};
    (void)take(&rig, body, 2);
    CHECK(group_of(&rig, "a") == group_of(&rig, "b"));
    CHECK_STR(inbound_cause(arena, str_of(group_of(&rig, "a")->id)), "");
    struct inbound_alert worse = says(&rig, "b", "page");
    CHECK_STR(take(&rig, &worse, 1), "0 0 1 0 0");
    end(&rig);
}

TEST(what_says_it_is_worse_goes_over_and_what_says_it_is_better_stays)
{
    struct rig rig;
    begin(&rig, arena);
    part(&rig);
    struct inbound_alert body[] = {says(&rig, "a", "info"), says(&rig, "b", "ticket"),
                                   says(&rig, "c", "page")};
    (void)take(&rig, body, 3);
    struct inbound_alert better = says(&rig, "c", "ticket");
    struct inbound_alert same = says(&rig, "b", "info");
    struct inbound_alert worse = says(&rig, "a", "odd");
    struct inbound_alert worst = says(&rig, "a", "page");
    CHECK_STR(take(&rig, &better, 1), "0 0 1 0 0");
    CHECK_STR(take(&rig, &same, 1), "0 0 1 0 0");
    CHECK_STR(take(&rig, &worse, 1),
              "An alert of am is worse by now, odd: Name a. (others 0)\n0 0 1 0 0");
    CHECK_STR(str_of(group_of(&rig, "a")->opens), "P2");
    CHECK_INT(rig.inbounds.groups.count, 3);
    CHECK_STR(take(&rig, &worst, 1),
              "An alert of am is worse by now, page: Name a. (others 1)\n0 0 1 0 0");
    CHECK_STR(take(&rig, &worst, 1), "0 0 1 0 0");
    CHECK(group_of(&rig, "a") == group_of(&rig, "c"));
    CHECK_STR(str_of(inbound_find(&rig.inbounds, STR("am"), STR("a"))->severity), "page");
    CHECK_INT(rig.inbounds.groups.count, 2);
    struct inbound_alert ends = over(&rig, "a", 0);
    CHECK_STR(take(&rig, &ends, 1), "An alert of am has resolved: Name a. (others 1)\n0 1 0 0 0");
    end(&rig);
}

static struct inbound_alert *make_many(struct rig *rig, int from, size_t count, bool own_groups)
{
    struct inbound_alert *many = arena_array(rig->arena, count, sizeof *many);
    for (size_t i = 0; i < count; i++) {
        struct str key = str_printf(rig->arena, "k%zu", (size_t)from + i);
        many[i] = alert(rig, key.p, 0);
        if (own_groups)
            many[i].group = key;
    }
    return many;
}

TEST(one_sender_has_so_many_open_ones)
{
    struct rig rig;
    begin(&rig, arena);
    struct str said = take(&rig, make_many(&rig, 0, LIMIT_INBOUND_EACH, false), LIMIT_INBOUND_EACH);
    CHECK(str_ends(said, "1000 0 0 0 0"));
    CHECK_STR(take(&rig, make_many(&rig, 5000, 2, false), 2), "0 0 0 0 2");
    struct inbound_alert swap[] = {over(&rig, "k7", 0), alert(&rig, "new", 0)};
    CHECK(str_ends(take(&rig, swap, 2), "1 1 0 0 0"));
    rig.sender = (struct inbound_sender){.name = STR("other"), .opens = STR("")};
    CHECK(str_ends(take(&rig, make_many(&rig, 0, 1, false), 1), "1 0 0 0 0"));
    end(&rig);
}

TEST(so_many_groups_open_incidents_and_all_senders_have_so_many)
{
    struct rig rig;
    begin(&rig, arena);
    size_t groups = LIMIT_INBOUND_GROUPS + 1;
    CHECK(str_ends(take(&rig, make_many(&rig, 0, groups, true), groups), "500 0 0 0 1"));
    rig.sender.opens = STR("");
    for (int i = 0; i < 9; i++) {
        rig.sender.name = str_printf(arena, "sender %d", i);
        CHECK(str_ends(take(&rig, make_many(&rig, 0, 1000, true), 1000), "1000 0 0 0 0"));
    }
    rig.sender.name = STR("last");
    CHECK(str_ends(take(&rig, make_many(&rig, 0, 1000, true), 1000), "500 0 0 0 500"));
    CHECK_INT(rig.inbounds.open.count, LIMIT_INBOUND_OPEN);
    end(&rig);
}

TEST(a_person_closes_with_a_reason_by_the_beginning_of_a_key)
{
    struct rig rig;
    struct err err = {0};
    struct event_list out;
    begin(&rig, arena);
    event_list_init(&out, arena);
    struct inbound_alert two[] = {alert(&rig, "key one", 0), alert(&rig, "key two", 0)};
    (void)take(&rig, two, 2);
    struct inbound_close close = {
        .actor = STR("person:ana"), .sender = STR("am"), .key = STR("key"), .reason = STR("gone")};
    CHECK(!inbound_close(&rig.inbounds, &close, &out, &err));
    CHECK(str_starts(str_of(err.text), "Several open alerts of am"));
    close.key = STR("key three");
    CHECK(!inbound_close(&rig.inbounds, &close, &out, &err));
    CHECK(str_starts(str_of(err.text), "am has no open alert"));
    close.key = STR("key o");
    close.reason = STR(" ");
    CHECK(!inbound_close(&rig.inbounds, &close, &out, &err));
    CHECK_INT(out.count, 0);
    close.reason = STR("gone");
    CHECK_OK(inbound_close(&rig.inbounds, &close, &out, &err), &err);
    CHECK_STR(event_sentence(arena, &out.items[0]),
              "Ana closed an alert of am: Name key one: gone");
    keep(&rig, &out);
    CHECK(inbound_find(&rig.inbounds, STR("am"), STR("key one")) == NULL);
    /* What its sender still says is open again at once. */
    CHECK(str_ends(take(&rig, two, 2), "1 0 1 0 0"));
    end(&rig);
}

TEST(a_step_of_the_clock_moves_when_it_was_heard)
{
    struct rig rig;
    begin(&rig, arena);
    struct inbound_alert one = alert(&rig, "a", 0);
    (void)take(&rig, &one, 1);
    struct event_list out;
    event_list_init(&out, arena);
    struct event *step =
        event_list_add(&out, EVENT_CLOCK_STEPPED, second(0), STR("reeve"), STR("node:local"));
    event_set_int(step, "by_ms", 3600000);
    keep(&rig, &out);
    CHECK_INT(inbound_find(&rig.inbounds, STR("am"), STR("a"))->heard.us, second(3600).us);
    CHECK_INT(inbound_find(&rig.inbounds, STR("am"), STR("a"))->starts.us, second(0).us);
    end(&rig);
}

TEST(what_fires_in_a_silence_says_so)
{
    struct rig rig;
    static struct silences silences;
    begin(&rig, arena);
    silences.count = 1;
    silences.items[0] = (struct silence){.number = 1, .scope = SILENCE_NAME};
    str_keep(silences.items[0].sender, sizeof silences.items[0].sender, STR("am"));
    str_keep(silences.items[0].what, sizeof silences.items[0].what, STR("name a"));
    rig.silences = &silences;
    struct inbound_alert both[] = {alert(&rig, "a", 0), alert(&rig, "b", 0)};
    CHECK_STR(take(&rig, both, 2),
              "An alert of am fires (muted by a silence): Name a, since 22:13:20 UTC: it is bad "
              "(others 0)\nAn alert of am fires: Name b, since 22:13:20 UTC: it is bad (others "
              "1)\n2 0 0 0 0");
    const struct silence_matter matter =
        inbound_matter(arena, inbound_find(&rig.inbounds, STR("am"), STR("a")));
    CHECK_STR(matter.title, "am: Name a");
    CHECK(silence_mutes(&silences.items[0], &matter));
    end(&rig);
}
