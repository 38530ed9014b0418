/* test_moved.c - incidents that are merged and split: each channel says where the talk goes on,
 * once, whatever is made first; also over a chain, a restart and where there is no channel. */
#include "base/text.h"
#include "channel/channel.h"
#include "harness/test.h"

static const struct instant begin = {1796036400000000}; /* 2026-11-30T11:00:00Z */

struct rig {
    struct arena *arena;
    struct arena state;
    struct incidents *incidents;
    struct channels *channels;
    struct severity_plan plan;
    struct channel_world world;
    struct event_list ledger;
};

static void fold_one(struct rig *rig, size_t at)
{
    incident_fold(rig->incidents, &rig->ledger.items[at]);
    channel_fold(rig->channels, &rig->ledger.items[at], (int64_t)at + 1);
}

static void forget(struct rig *rig)
{
    incidents_done(rig->incidents);
    channels_done(rig->channels);
}

static void refold(struct rig *rig)
{
    rig->incidents = arena_make(&rig->state, struct incidents);
    rig->channels = arena_make(&rig->state, struct channels);
    incidents_init(rig->incidents, &rig->state);
    channels_init(rig->channels, &rig->state);
    rig->world.incidents = rig->incidents;
    rig->world.channels = rig->channels;
    for (size_t i = 0; i < rig->ledger.count; i++)
        fold_one(rig, i);
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

static void record(struct rig *rig, const struct event_list *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        LIST_PUSH(rig->arena, rig->ledger.items, rig->ledger.count, rig->ledger.capacity) =
            facts->items[i];
        fold_one(rig, rig->ledger.count - 1);
    }
}

static struct event *fact(struct rig *rig, struct event_list *facts, enum event_kind kind,
                          int64_t number)
{
    event_list_init(facts, rig->arena);
    struct event *event =
        event_list_add(facts, kind, rig->world.now, STR("person:ana"),
                       str_printf(rig->arena, "incident:%lld", (long long)number));
    event_set_int(event, "number", number);
    return event;
}

static void open_incident(struct rig *rig, int64_t number, const char *severity)
{
    struct event_list facts;
    struct event *event = fact(rig, &facts, EVENT_INCIDENT_OPENED, number);
    event_set_str(event, "severity", str_of(severity));
    event_set_str(event, "title", str_printf(rig->arena, "t%lld", (long long)number));
    record(rig, &facts);
}

static void go_into(struct rig *rig, enum event_kind kind, int64_t number, int64_t into)
{
    struct event_list facts;
    struct event *event = fact(rig, &facts, kind, number);
    event_set_int(event, "into", into);
    event_set_str(event, "reason", STR("one cause"));
    record(rig, &facts);
}

static void hear(struct rig *rig, struct channel_heard heard)
{
    struct event_list facts;
    event_list_init(&facts, rig->arena);
    channel_hear(&rig->world, &heard, &facts);
    record(rig, &facts);
}

/* A transport that does all but what is asked of the incident `but`; what it posts in one channel,
 * and where it says that the talk is. */
static struct text obey(struct rig *rig, int64_t of, int64_t but)
{
    struct text posted;
    text_init(&posted, rig->arena, 64 * 1024);
    for (int i = 0; i < 200; i++) {
        struct event_list facts;
        size_t count = 0, at = 0;
        event_list_init(&facts, rig->arena);
        channel_decide(&rig->world, &facts);
        record(rig, &facts);
        struct channel_order *all = channel_orders(&rig->world, rig->arena, &count);
        while (at < count && all[at].incident == but)
            at++;
        if (at == count && facts.count == 0)
            return posted;
        if (at == count)
            continue;
        struct channel_order *order = &all[at];
        enum channel_heard_kind kind = order->kind == CHANNEL_ORDER_CREATE  ? CHANNEL_HEARD_CREATED
                                       : order->kind == CHANNEL_ORDER_FACTS ? CHANNEL_HEARD_SET
                                                                            : CHANNEL_HEARD_POSTED;
        for (size_t k = 0;
             kind == CHANNEL_HEARD_POSTED && order->incident == of && k < order->line_count; k++)
            text_printf(&posted, "%.*s\n", STR_ARGS(str_from(order->lines[k], 11)));
        if (kind == CHANNEL_HEARD_POSTED && order->incident == of && order->to.n > 0)
            text_printf(&posted, "to %.*s\n", STR_ARGS(order->to));
        hear(rig, (struct channel_heard){.kind = kind,
                                         .incident = order->incident,
                                         .name = order->name,
                                         .channel =
                                             str_printf(rig->arena, "#%.*s", STR_ARGS(order->name)),
                                         .topic = order->topic,
                                         .through = order->through});
    }
    test_fail(__FILE__, __LINE__, "the transport does not come to an end");
}

static struct str topic_of(struct rig *rig, int64_t number)
{
    const struct channel *channel = channel_find(rig->channels, number);
    return channel_topic(&rig->world, rig->arena, channel, incident_find(rig->incidents, number));
}

TEST(the_channel_of_what_was_merged_says_where_the_talk_goes_on)
{
    struct rig *rig = rig_make(arena);
    size_t count = 0;
    open_incident(rig, 1, "P1");
    open_incident(rig, 2, "P1");
    (void)obey(rig, 0, 0);
    const struct channel *channel = channel_find(rig->channels, 2);
    CHECK_STR(channel_pointer(&rig->world, arena, channel), "");
    CHECK_INT(channel_speaks_of(channel), 2);
    go_into(rig, EVENT_INCIDENT_MERGED, 2, 1);
    forget(rig); /* killed before it was said */
    refold(rig);
    struct text posted = obey(rig, 2, 0);
    CHECK_STR(text_str(&posted),
              "Ana merged incident 2 into incident 1: one cause\n"
              "The talk of incident 2 goes on in #incident-2026-11-30-t1, that of incident 1.\n"
              "to #incident-2026-11-30-t1\n");
    const char pointer[] = "Incident 2 was merged into incident 1; the talk goes on in "
                           "#incident-2026-11-30-t1.";
    CHECK_STR(topic_of(rig, 2), pointer);
    CHECK_STR(channel_facts(&rig->world, arena, incident_find(rig->incidents, 2), &count)[0],
              pointer);
    CHECK_INT((int64_t)count, 1);
    CHECK_INT(channel_speaks_of(channel_find(rig->channels, 2)), 1);
    posted = obey(rig, 2, 0);
    CHECK_STR(text_str(&posted), ""); /* once */
    rig_done(rig);
}

TEST(what_goes_on_is_merged_itself_and_all_of_them_say_so)
{
    struct rig *rig = rig_make(arena);
    for (int64_t number = 1; number <= 3; number++)
        open_incident(rig, number, "P1");
    (void)obey(rig, 0, 0);
    go_into(rig, EVENT_INCIDENT_MERGED, 3, 2);
    (void)obey(rig, 0, 0);
    go_into(rig, EVENT_INCIDENT_MERGED, 2, 1);
    struct text posted = obey(rig, 3, 0);
    CHECK_STR(text_str(&posted),
              "Ana merged incident 2 into incident 1: one cause\n"
              "The talk of incident 3 goes on in #incident-2026-11-30-t1, that of incident 1.\n"
              "to #incident-2026-11-30-t1\n");
    CHECK_INT(channel_speaks_of(channel_find(rig->channels, 3)), 1);
    CHECK_INT(channel_speaks_of(channel_find(rig->channels, 1)), 1);
    CHECK(str_starts(topic_of(rig, 3), "Incident 3 was merged into incident 1;"));
    rig_done(rig);
}

TEST(a_channel_that_is_not_made_yet_is_named_once_it_is)
{
    struct rig *rig = rig_make(arena);
    open_incident(rig, 1, "P1");
    open_incident(rig, 2, "P1");
    (void)obey(rig, 0, 1); /* that of incident 1 is not made */
    go_into(rig, EVENT_INCIDENT_MERGED, 2, 1);
    struct text posted = obey(rig, 2, 1);
    CHECK_STR(text_str(&posted), "Ana merged incident 2 into incident 1: one cause\n");
    CHECK_STR(topic_of(rig, 2), "Incident 2 was merged into incident 1; it goes on without a "
                                "channel, on its page: https://ops.example/incidents/1.");
    posted = obey(rig, 2, 0);
    CHECK_STR(text_str(&posted),
              "The talk of incident 2 goes on in #incident-2026-11-30-t1, that of incident 1.\n"
              "to #incident-2026-11-30-t1\n");
    CHECK(str_ends(topic_of(rig, 2), "the talk goes on in #incident-2026-11-30-t1."));
    rig_done(rig);
}

TEST(what_was_split_out_is_named_in_the_channel_that_it_came_from)
{
    struct rig *rig = rig_make(arena);
    open_incident(rig, 1, "P1");
    (void)obey(rig, 0, 0);
    open_incident(rig, 2, "P1");
    go_into(rig, EVENT_INCIDENT_SPLIT, 1, 2);
    forget(rig);
    refold(rig);
    struct text posted = obey(rig, 1, 0);
    struct str all = text_str(&posted);
    CHECK(str_starts(all, "Ana split incident 2 out of incident 1, "));
    CHECK(str_ends(all, "What was split out of incident 1 is talked of in #incident-2026-11-30-t2, "
                        "the channel of incident 2.\nto #incident-2026-11-30-t2\n"));
    CHECK(str_starts(topic_of(rig, 1), "P1 open: t1"));
    CHECK_INT(channel_speaks_of(channel_find(rig->channels, 1)), 1);
    rig_done(rig);
}

/* Two lines of one entry at the end of what is posted at once. */
TEST(a_pointer_behind_many_lines_is_not_lost)
{
    struct rig *rig = rig_make(arena);
    struct event_list facts;
    open_incident(rig, 1, "P1");
    open_incident(rig, 2, "P1");
    (void)obey(rig, 0, 0);
    for (int i = 0; i < CHANNEL_LINES_POST - 1; i++) {
        event_set_str(fact(rig, &facts, EVENT_INCIDENT_NOTED, 2), "note", STR("n"));
        record(rig, &facts);
    }
    go_into(rig, EVENT_INCIDENT_MERGED, 2, 1);
    struct text posted = obey(rig, 2, 0);
    CHECK(str_ends(text_str(&posted), "that of incident 1.\nto #incident-2026-11-30-t1\n"));
    rig_done(rig);
}
