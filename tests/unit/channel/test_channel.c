/* test_channel.c - channels by facts: wanted, taken, made, told, left; a restart between any two
 * facts, a storm, texts that were erased, messages that come twice. */
#include "base/text.h"
#include "channel/channel.h"
#include "channel/name.h"
#include "harness/test.h"

#include <stdio.h>

static const struct instant begin = {1796036400000000}; /* 2026-11-30T11:00:00Z */

struct rig {
    struct arena *arena;
    struct arena state;
    struct incidents *incidents;
    struct channels *channels;
    struct severity_plan plan;
    struct channel_world world;
    struct event_list ledger; /* all facts, entry i + 1 */
};

static void refold(struct rig *rig)
{
    rig->incidents = arena_make(&rig->state, struct incidents);
    rig->channels = arena_make(&rig->state, struct channels);
    incidents_init(rig->incidents, &rig->state);
    channels_init(rig->channels, &rig->state);
    rig->world.incidents = rig->incidents;
    rig->world.channels = rig->channels;
    for (size_t i = 0; i < rig->ledger.count; i++) {
        incident_fold(rig->incidents, &rig->ledger.items[i]);
        channel_fold(rig->channels, &rig->ledger.items[i], (int64_t)i + 1);
    }
}

static void forget(struct rig *rig)
{
    incidents_done(rig->incidents);
    channels_done(rig->channels);
}

static struct rig *rig_make(struct arena *arena)
{
    struct rig *rig = arena_make(arena, struct rig);
    struct severity_mapping mapping = {0};
    rig->arena = arena;
    arena_init(&rig->state);
    event_list_init(&rig->ledger, arena);
    severity_plan_make(NULL, &mapping, &rig->plan);
    rig->world = (struct channel_world){.plan = &rig->plan,
                                        .settings = {.kind = STR("irc"), .name_bytes = 49},
                                        .public_url = STR("https://ops.example"),
                                        .now = begin};
    refold(rig);
    return rig;
}

static void rig_done(struct rig *rig)
{
    forget(rig);
    arena_done(&rig->state);
}

/* Adds facts to the ledger and folds them. */
static void record(struct rig *rig, const struct event_list *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        LIST_PUSH(rig->arena, rig->ledger.items, rig->ledger.count, rig->ledger.capacity) =
            facts->items[i];
        incident_fold(rig->incidents, &facts->items[i]);
        channel_fold(rig->channels, &facts->items[i], (int64_t)rig->ledger.count);
    }
}

static struct event *fact(struct rig *rig, struct event_list *facts, enum event_kind kind,
                          const char *actor, int64_t number)
{
    event_list_init(facts, rig->arena);
    struct event *event =
        event_list_add(facts, kind, rig->world.now, str_of(actor),
                       str_printf(rig->arena, "incident:%lld", (long long)number));
    event_set_int(event, "number", number);
    return event;
}

static void open_incident(struct rig *rig, int64_t number, const char *severity, const char *title)
{
    struct event_list facts;
    struct event *event = fact(rig, &facts, EVENT_INCIDENT_OPENED, "reeve", number);
    event_set_str(event, "severity", str_of(severity));
    event_set_str(event, "title", str_of(title));
    record(rig, &facts);
}

static void note(struct rig *rig, int64_t number, const char *text)
{
    struct event_list facts;
    event_set_str(fact(rig, &facts, EVENT_INCIDENT_NOTED, "person:ana", number), "note",
                  str_of(text));
    record(rig, &facts);
}

/* All that is decided at now; how many facts. */
static size_t turn(struct rig *rig)
{
    size_t count = 0;
    for (int round = 0; round < 50; round++) {
        struct event_list facts;
        event_list_init(&facts, rig->arena);
        channel_decide(&rig->world, &facts);
        if (facts.count == 0)
            break;
        record(rig, &facts);
        count += facts.count;
    }
    return count;
}

static void hear(struct rig *rig, struct channel_heard heard)
{
    struct event_list facts;
    event_list_init(&facts, rig->arena);
    channel_hear(&rig->world, &heard, &facts);
    record(rig, &facts);
}

static struct channel_order *orders(struct rig *rig, size_t *out_count)
{
    return channel_orders(&rig->world, rig->arena, out_count);
}

/* A transport that does everything at once; what it posted, one line each. */
static void obey(struct rig *rig, struct text *posted)
{
    for (int i = 0; i < 200; i++) {
        size_t count = 0;
        (void)turn(rig);
        struct channel_order *all = orders(rig, &count);
        if (count == 0)
            return;
        struct channel_heard heard = {.incident = all[0].incident};
        if (all[0].kind == CHANNEL_ORDER_CREATE) {
            heard.kind = CHANNEL_HEARD_CREATED;
            heard.name = all[0].name;
            heard.channel = str_printf(rig->arena, "#%.*s", STR_ARGS(all[0].name));
        } else if (all[0].kind == CHANNEL_ORDER_FACTS) {
            heard.kind = CHANNEL_HEARD_SET;
            heard.topic = all[0].topic;
        } else {
            heard.kind = CHANNEL_HEARD_POSTED;
            heard.through = all[0].through;
            for (size_t at = 0; posted && at < all[0].line_count; at++)
                text_printf(posted, "%.*s\n", STR_ARGS(all[0].lines[at]));
        }
        hear(rig, heard);
    }
    test_fail(__FILE__, __LINE__, "the transport does not come to an end");
}

TEST(a_grave_incident_gets_a_channel_and_a_mild_one_does_not)
{
    struct rig *rig = rig_make(arena);
    size_t count = 0;
    open_incident(rig, 1, "P1", "Checkout is down");
    open_incident(rig, 2, "P3", "A typo");
    CHECK_INT((int64_t)turn(rig), 1);
    CHECK(channel_find(rig->channels, 2) == NULL);
    struct channel_order *all = orders(rig, &count);
    CHECK_INT((int64_t)count, 1);
    CHECK_INT((int64_t)all[0].kind, CHANNEL_ORDER_CREATE);
    CHECK_STR(all[0].name, "incident-2026-11-30-checkout-is-down");
    CHECK(str_find(all[0].topic, "P1 open: Checkout is down", 0) == 0);
    CHECK(str_ends(all[0].topic, all[0].mark.p));
    rig_done(rig);
}

TEST(without_a_kind_nothing_is_decided)
{
    struct rig *rig = rig_make(arena);
    rig->world.settings.kind = STR("");
    open_incident(rig, 1, "P0", "x");
    CHECK_INT((int64_t)turn(rig), 0);
    rig_done(rig);
}

TEST(a_taken_name_gets_a_number_and_at_last_there_is_none)
{
    struct rig *rig = rig_make(arena);
    size_t count = 0;
    open_incident(rig, 1, "P1", "Checkout is down");
    (void)turn(rig);
    for (int64_t i = 2; i <= CHANNEL_ATTEMPTS_MAX; i++) {
        hear(rig, (struct channel_heard){.kind = CHANNEL_HEARD_TAKEN,
                                         .incident = 1,
                                         .name = orders(rig, &count)[0].name,
                                         .reason = STR("somebody else is in it")});
        CHECK_INT((int64_t)turn(rig), 1);
        struct str want =
            str_printf(arena, "incident-2026-11-30-checkout-is-down-%lld", (long long)i);
        CHECK_STR(orders(rig, &count)[0].name, want.p);
    }
    hear(rig, (struct channel_heard){.kind = CHANNEL_HEARD_TAKEN,
                                     .incident = 1,
                                     .name = orders(rig, &count)[0].name,
                                     .reason = STR("somebody else is in it")});
    CHECK_INT((int64_t)turn(rig), 0);
    (void)orders(rig, &count);
    CHECK_INT((int64_t)count, 0);
    struct str said = channel_sentence(&rig->world, arena, 1);
    CHECK(str_ends(said, "cannot be created: somebody else is in it"));
    rig_done(rig);
}

TEST(a_refusal_is_one_fact_however_often_it_comes)
{
    struct rig *rig = rig_make(arena);
    open_incident(rig, 1, "P1", "Checkout is down");
    (void)turn(rig);
    size_t before = rig->ledger.count;
    for (int i = 0; i < 5; i++)
        hear(rig, (struct channel_heard){
                      .kind = CHANNEL_HEARD_REFUSED, .incident = 1, .reason = STR("no room")});
    CHECK_INT((int64_t)(rig->ledger.count - before), 1);
    CHECK_STR(
        channel_sentence(&rig->world, arena, 1),
        "#incident-2026-11-30-checkout-is-down cannot be created: no room; it is tried again");
    obey(rig, NULL);
    CHECK_STR(channel_sentence(&rig->world, arena, 1),
              "#incident-2026-11-30-checkout-is-down (irc)");
    rig_done(rig);
}

TEST(what_the_ledger_says_is_posted_once_and_what_came_from_the_channel_is_not)
{
    struct rig *rig = rig_make(arena);
    struct text posted;
    struct event_list facts;
    text_init(&posted, arena, 64 * 1024);
    open_incident(rig, 1, "P1", "Checkout is down");
    obey(rig, &posted);
    note(rig, 1, "rolled back");
    const struct channel *channel = channel_find(rig->channels, 1);
    struct channel_heard heard = {.kind = CHANNEL_HEARD_SAID, .id = STR("m1")};
    event_list_init(&facts, arena);
    channel_take(&rig->world, channel, &heard, true, &facts);
    record(rig, &facts);
    note(rig, 1, "said in the channel");
    obey(rig, &posted);
    CHECK_STR(text_str(&posted), "11:00 UTC  Incident 1, P1: Checkout is down\n"
                                 "11:00 UTC  Ana noted on incident 1: rolled back\n");
    CHECK(channel_has_heard(channel, STR("m1")));
    CHECK(!channel_has_heard(channel, STR("m2")));
    CHECK(!channel_has_heard(channel, STR("")));
    rig_done(rig);
}

/* Folded anew after each fact, with the answers of the last order lost or not: as a kill -9 in any
 * place leaves it. */
TEST(a_restart_between_any_two_facts_loses_nothing)
{
    struct rig *rig = rig_make(arena);
    struct text straight, broken;
    text_init(&straight, arena, 64 * 1024);
    text_init(&broken, arena, 64 * 1024);
    open_incident(rig, 1, "P1", "Checkout is down");
    obey(rig, &straight);
    note(rig, 1, "one");
    note(rig, 1, "two");
    obey(rig, &straight);
    rig_done(rig);

    rig = rig_make(arena);
    open_incident(rig, 1, "P1", "Checkout is down");
    bool noted = false;
    for (int i = 0; i < 100; i++) {
        struct event_list facts;
        event_list_init(&facts, arena);
        channel_decide(&rig->world, &facts);
        if (facts.count > 0) {
            record(rig, &facts);
            forget(rig);
            refold(rig);
            continue;
        }
        size_t count = 0;
        struct channel_order *all = orders(rig, &count);
        if (count == 0 && noted)
            break;
        if (count == 0) {
            note(rig, 1, "one");
            note(rig, 1, "two");
            noted = true;
            continue;
        }
        struct channel_heard heard = {
            .kind = all[0].kind == CHANNEL_ORDER_CREATE  ? CHANNEL_HEARD_CREATED
                    : all[0].kind == CHANNEL_ORDER_FACTS ? CHANNEL_HEARD_SET
                                                         : CHANNEL_HEARD_POSTED,
            .incident = 1,
            .channel = STR("#c"),
            .topic = all[0].topic,
            .through = all[0].through};
        for (size_t at = 0; at < all[0].line_count && all[0].kind == CHANNEL_ORDER_POST; at++)
            text_printf(&broken, "%.*s\n", STR_ARGS(all[0].lines[at]));
        hear(rig, heard);
        forget(rig);
        refold(rig);
    }
    CHECK_STR(text_str(&broken), text_str(&straight).p);
    rig_done(rig);
}

TEST(an_order_that_was_not_answered_is_there_again_after_a_restart)
{
    struct rig *rig = rig_make(arena);
    size_t count = 0;
    open_incident(rig, 1, "P1", "Checkout is down");
    obey(rig, NULL);
    note(rig, 1, "one");
    (void)turn(rig);
    struct channel_order *before = orders(rig, &count);
    CHECK_INT((int64_t)count, 1);
    forget(rig);
    refold(rig);
    CHECK_INT((int64_t)turn(rig), 0);
    struct channel_order *after = orders(rig, &count);
    CHECK_INT((int64_t)count, 1);
    CHECK_INT(after[0].through, before[0].through);
    CHECK(str_equal(after[0].lines[0], before[0].lines[0]));
    CHECK_INT((int64_t)channel_joins(&rig->world, arena, &count)[0].kind, CHANNEL_ORDER_JOIN);
    rig_done(rig);
}

TEST(a_storm_is_a_few_lines_and_a_number)
{
    struct rig *rig = rig_make(arena);
    struct text posted;
    char words[32];
    text_init(&posted, arena, 64 * 1024);
    open_incident(rig, 1, "P1", "Checkout is down");
    obey(rig, NULL);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(words, sizeof words, "note %d", i);
        note(rig, 1, words);
        if (i == 100)
            (void)turn(rig); /* what is being posted stays whole */
    }
    obey(rig, &posted);
    struct str all = text_str(&posted);
    size_t lines = 0;
    for (size_t i = 0; i < all.n; i++)
        lines += all.p[i] == '\n';
    CHECK_INT((int64_t)lines, CHANNEL_LINES_MAX + 1);
    CHECK(str_find(all, "note 0\n", 0) < all.n);
    CHECK(str_find(all, "note 999\n", 0) < all.n);
    CHECK(str_find(all, "(968 more lines are on the page: https://ops.example/incidents/1)", 0) <
          all.n);
    rig_done(rig);
}

TEST(long_texts_are_cut_between_characters_and_erased_ones_are_gone)
{
    struct rig *rig = rig_make(arena);
    struct event_list facts;
    struct text long_text;
    text_init(&long_text, arena, 4096);
    for (int i = 0; i < 500; i++)
        text_adds(&long_text, "š");
    open_incident(rig, 1, "P1", "Checkout is down");
    obey(rig, NULL);
    note(rig, 1, text_str(&long_text).p);
    note(rig, 1, "the password is swordfish");
    int64_t secret = (int64_t)rig->ledger.count;
    const struct channel *channel = channel_find(rig->channels, 1);
    CHECK(str_utf8_valid(str_of(channel->lines[0].text), NULL));
    CHECK(str_ends(str_of(channel->lines[0].text), "š…"));
    event_list_init(&facts, arena);
    struct event *erased =
        event_list_add(&facts, EVENT_TEXT_ERASED, begin, STR("person:ana"), STR("ledger"));
    event_set_int(erased, "entry", secret);
    record(rig, &facts);
    CHECK_STR(str_of(channel->lines[1].text), "(this text was erased)");
    rig_done(rig);
}

TEST(a_channel_is_left_after_the_end_and_kept_when_it_comes_back)
{
    struct rig *rig = rig_make(arena);
    struct event_list facts;
    open_incident(rig, 1, "P1", "Checkout is down");
    obey(rig, NULL);
    (void)fact(rig, &facts, EVENT_INCIDENT_RESOLVED, "person:ana", 1);
    record(rig, &facts);
    obey(rig, NULL);
    struct instant due = channel_next_due(&rig->world);
    CHECK_INT(instant_ms_between(begin, due), CHANNEL_LEAVE_MS);
    rig->world.now = instant_add_ms(begin, 60000);
    (void)fact(rig, &facts, EVENT_INCIDENT_REOPENED, "reeve", 1);
    record(rig, &facts);
    CHECK(instant_is_zero(channel_next_due(&rig->world)));
    (void)fact(rig, &facts, EVENT_INCIDENT_RESOLVED, "person:ana", 1);
    record(rig, &facts);
    obey(rig, NULL);
    rig->world.now = instant_add_ms(rig->world.now, CHANNEL_LEAVE_MS);
    CHECK_INT((int64_t)turn(rig), 1);
    CHECK(channel_find(rig->channels, 1) == NULL);
    rig_done(rig);
}

TEST(another_nick_stands_in_the_topic_among_the_facts_and_on_the_page)
{
    struct rig *rig = rig_make(arena);
    size_t count = 0;
    open_incident(rig, 1, "P1", "Checkout is down");
    obey(rig, NULL);
    rig->world.settings.called = STR("reeve1");
    struct channel_order *all = orders(rig, &count);
    CHECK_INT((int64_t)count, 1);
    CHECK_INT((int64_t)all[0].kind, CHANNEL_ORDER_FACTS);
    CHECK(str_starts(all[0].topic, "P1 open: Checkout is down | Reeve is called reeve1 here | "));
    CHECK_STR(all[0].lines[all[0].line_count - 1],
              "Reeve is called reeve1 here, until its own nick is free.");
    CHECK_STR(channel_sentence(&rig->world, arena, 1),
              "#incident-2026-11-30-checkout-is-down (irc); Reeve is called reeve1 there until its "
              "own nick is free");
    rig->world.settings.without = STR("it has none");
    CHECK(str_ends(channel_sentence(&rig->world, arena, 1),
                   "own nick is free; Reeve is there without its account: it has none"));
    obey(rig, NULL);
    rig->world.settings.called = STR("");
    all = orders(rig, &count);
    CHECK(count == 1 && str_starts(all[0].topic, "P1 open: Checkout is down | commander"));
    rig_done(rig);
}

TEST(a_topic_with_a_very_long_title_keeps_its_mark_and_is_cut_between_characters)
{
    struct rig *rig = rig_make(arena);
    struct text title;
    size_t count = 0;
    text_init(&title, arena, 4096);
    for (int i = 0; i < 120; i++)
        text_adds(&title, "ž");
    open_incident(rig, 1, "P1", text_str(&title).p);
    (void)turn(rig);
    struct channel_order *all = orders(rig, &count);
    CHECK(all[0].topic.n <= CHANNEL_TOPIC_BYTES);
    CHECK(str_utf8_valid(all[0].topic, NULL));
    CHECK(str_ends(all[0].topic, all[0].mark.p));
    CHECK_STR(all[0].name, "incident-2026-11-30-zzzzzzzzzzzzzzzzzzzzzzzzzzzzz");
    obey(rig, NULL);
    rig_done(rig);
}
