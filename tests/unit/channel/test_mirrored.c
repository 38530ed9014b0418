/* test_mirrored.c - what of an incident is told in its channel: every kind of fact that there is
 * stands here, told or not and why. And a breach: its clock by law, and how long its channel lives.
 */
#include "base/text.h"
#include "channel/channel.h"
#include "harness/test.h"

static const struct instant begin = {1796036400000000}; /* 2026-11-30T11:00:00Z */

/* Whole names; a kind that stands in no row fails the test. */
static const struct {
    const char *kinds;
    const char *why_not; /* NULL: it is told */
} rows[] = {
    {"incident.opened incident.joined incident.followed incident.severity-changed "
     "incident.retitled incident.acknowledged incident.response-missed incident.escalated "
     "incident.unreached incident.noted incident.ticked incident.mitigated incident.reopened "
     "incident.resolved",
     NULL},
    {"incident.role-given incident.role-handed-over incident.role-ended incident.linked "
     "incident.unlinked incident.merged incident.took-over incident.split incident.called "
     "incident.update-missed incident.resolution-missed incident.run-linked "
     "incident.severity-confirmed incident.ticked-by-action incident.unticked",
     NULL},
    {"incident.follow-up-added incident.follow-up-done incident.follow-up-reopened "
     "incident.follow-up-overdue incident.follow-up-told incident.closed "
     "incident.closed-without-postmortem",
     NULL},
    {"incident.breach-begun incident.breach-withdrawn incident.aware incident.deed-done "
     "incident.deed-undone incident.deed-missed incident.authority-told "
     "incident.authority-not-required incident.authority-missed",
     NULL},
    {"incident.breach-line", "the plan of a breach, up to 24 lines at once, is on the page; that "
                             "it has begun and what of it is done or late are told"},
    {"page.sent page.failed page.doubted", NULL},
    {"page.requested page.started page.bundled", "whether somebody was reached is what counts"},
    {"page.following page.followed page.follow-failed",
     "what ended the alert is told: an acknowledgement, an end"},
    {"page.stopped", "what stopped it is told: an acknowledgement, an end"},
    {"link.used approval-link.used", "what the link did is told"},
    {"channel.wanted", "it is the first line of the channel itself"},
    {"channel.taken channel.refused channel.created channel.topic-set channel.posting "
     "channel.posted channel.heard channel.left",
     "the channel is not told of itself: each line would be the next one's cause"},
    {"node.started node.stopped clock.stepped ledger.unwritable call.refused call.declined "
     "token.replaced text.erased request.refused login.refused account.created "
     "account.role-changed account.password-set account.removed session.opened session.ended "
     "api-token.created api-token.revoked runbook.loaded runbook.refused",
     "of no incident"},
    {"alert.pending alert.calmed alert.fired alert.resolved alert.unknown alert.known "
     "alert.retired alert.held alert.flapping alert.steady inbound.fired inbound.raised "
     "inbound.resolved inbound.closed",
     "of a rule or a sender; what an incident makes of it is a fact of its own"},
    {"silence.opened silence.ending silence.expiring silence.ended silence.expired "
     "oncall.overridden oncall.swapped oncall.leave oncall.undone oncall.gap oncall.gap-closed "
     "oncall.handover heartbeat.failed heartbeat.restored beat.expected beat.late beat.failed "
     "beat.overran beat.back beat.dropped switch.off switch.on",
     "of no incident"},
    {"run.opened run.rehearsal-opened run.step-planned run.value-set run.step-approved "
     "run.approval-void run.step-refused run.step-started run.step-attached run.step-done "
     "run.step-failed run.step-doubted run.step-skipped run.step-retried run.step-overdue "
     "run.step-stopped run.step-decided run.cancelled run.taken-back run.resumed "
     "run.dates-counted run.ended",
     "of a run, which has a page of its own; that it belongs to the incident is told"},
};

struct rig {
    struct arena *arena;
    struct arena state;
    struct incidents incidents;
    struct channels channels;
    struct severity_plan plan;
    struct channel_world world;
    int64_t entry;
};

static void fold(struct rig *rig, const struct event *event)
{
    incident_fold(&rig->incidents, event);
    channel_fold(&rig->channels, event, ++rig->entry);
}

static struct event *fact(struct rig *rig, struct event_list *facts, enum event_kind kind)
{
    event_list_init(facts, rig->arena);
    struct event *event =
        event_list_add(facts, kind, rig->world.now, STR("person:ana"), STR("incident:1"));
    const struct event_row *row = event_row(kind);
    for (int i = 0; i < EVENT_FIELDS_MAX && row->fields[i].name; i++)
        if (strcmp(row->fields[i].name, "number") == 0)
            event_set_int(event, "number", 1);
    return event;
}

/* An open incident with its channel, told of all. */
static struct rig *rig_make(struct arena *arena)
{
    struct rig *rig = arena_make(arena, struct rig);
    struct severity_mapping mapping = {0};
    struct event_list facts;
    rig->arena = arena;
    arena_init(&rig->state);
    severity_plan_make(NULL, &mapping, &rig->plan);
    incidents_init(&rig->incidents, &rig->state);
    channels_init(&rig->channels, &rig->state);
    rig->world = (struct channel_world){.channels = &rig->channels,
                                        .incidents = &rig->incidents,
                                        .plan = &rig->plan,
                                        .settings = {.kind = STR("irc"), .name_bytes = 49},
                                        .now = begin};
    struct event *event = fact(rig, &facts, EVENT_INCIDENT_OPENED);
    event_set_str(event, "severity", STR("P1"));
    event_set_str(event, "title", STR("Keys were copied"));
    fold(rig, event);
    event = fact(rig, &facts, EVENT_CHANNEL_WANTED);
    event_set_str(event, "kind", STR("irc"));
    event_set_str(event, "name", STR("incident-1"));
    fold(rig, event);
    event = fact(rig, &facts, EVENT_CHANNEL_CREATED);
    event_set_str(event, "name", STR("incident-1"));
    event_set_str(event, "channel", STR("#incident-1"));
    fold(rig, event);
    event = fact(rig, &facts, EVENT_CHANNEL_POSTED);
    event_set_int(event, "through", rig->entry);
    fold(rig, event);
    return rig;
}

static void rig_done(struct rig *rig)
{
    incidents_done(&rig->incidents);
    channels_done(&rig->channels);
    arena_done(&rig->state);
}

/* True when the kind stands in a row. */
static bool find_row(struct str kind, const char **out_why_not)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str names = str_of(rows[i].kinds), name;
        while (str_split(&names, ' ', &name)) {
            *out_why_not = rows[i].why_not;
            if (str_equal(name, kind))
                return true;
        }
    }
    return false;
}

TEST(every_kind_of_fact_is_told_or_there_is_a_reason_why_not)
{
    for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
        struct event_list facts;
        const char *why_not = "";
        struct str name = str_of(event_row((enum event_kind)kind)->name);
        if (!find_row(name, &why_not))
            test_fail(__FILE__, __LINE__, "no row says whether %.*s is told", STR_ARGS(name));
        if (str_starts(name, "channel."))
            continue; /* it would change the channel that is looked at */
        struct rig *rig = rig_make(arena);
        const struct channel *channel = channel_find(&rig->channels, 1);
        size_t before = channel->line_count;
        fold(rig, fact(rig, &facts, (enum event_kind)kind));
        bool is_told = channel->line_count == before + 1;
        if (is_told != (why_not == NULL))
            test_fail(__FILE__, __LINE__, "%.*s is told: %d", STR_ARGS(name), is_told);
        CHECK(is_told || why_not[0] != '\0');
        rig_done(rig);
    }
}

static void begin_breach(struct rig *rig)
{
    struct event_list facts;
    struct event *event = fact(rig, &facts, EVENT_INCIDENT_BREACH_BEGUN);
    event_set_instant(event, "aware", begin);
    event_set_str(event, "procedure", STR("Security incident"));
    event_set_int(event, "lines", 1);
    event_set_str(event, "reason", STR("its words name one"));
    fold(rig, event);
    event = fact(rig, &facts, EVENT_INCIDENT_BREACH_LINE);
    event_set_int(event, "item", 1);
    event_set_int(event, "after_ms", 3600000);
    event_set_str(event, "text", STR("Revoke the keys"));
    fold(rig, event);
}

TEST(the_clock_of_the_law_stands_in_the_topic_until_it_is_over)
{
    struct rig *rig = rig_make(arena);
    struct event_list facts;
    const struct channel *channel = channel_find(&rig->channels, 1);
    const struct incident *incident = incident_find(&rig->incidents, 1);
    const char clock[] = "supervisory authority to be notified by 2026-12-03 11:00 UTC";
    size_t count = 0;
    struct str topic = channel_topic(&rig->world, arena, channel, incident);
    CHECK(str_find(topic, "supervisory authority", 0) == topic.n);
    begin_breach(rig);
    topic = channel_topic(&rig->world, arena, channel, incident);
    CHECK(str_find(topic, clock, 0) < topic.n);
    struct str line = channel_facts(&rig->world, arena, incident, &count)[2];
    CHECK(str_starts(line, "Clocks: ") && str_find(line, clock, 0) < line.n);
    rig->world.now = instant_add_ms(begin, BREACH_LAW_MS); /* on that day it needs no date */
    fold(rig, fact(rig, &facts, EVENT_INCIDENT_AUTHORITY_MISSED));
    topic = channel_topic(&rig->world, arena, channel, incident);
    CHECK(str_find(topic, "supervisory authority was to be notified by 11:00 UTC", 0) < topic.n);
    fold(rig, fact(rig, &facts, EVENT_INCIDENT_AUTHORITY_TOLD));
    topic = channel_topic(&rig->world, arena, channel, incident);
    CHECK(str_find(topic, "supervisory authority", 0) == topic.n);
    rig_done(rig);
}

/* How many facts are decided at a time after the end. */
static size_t decided(struct rig *rig, int64_t after_ms)
{
    struct event_list facts;
    event_list_init(&facts, rig->arena);
    rig->world.now = instant_add_ms(begin, after_ms);
    channel_decide(&rig->world, &facts);
    return facts.count;
}

TEST(the_channel_of_a_breach_outlives_its_incident_until_nothing_of_it_is_open)
{
    struct rig *rig = rig_make(arena);
    struct event_list facts;
    begin_breach(rig);
    fold(rig, fact(rig, &facts, EVENT_INCIDENT_RESOLVED));
    struct event *event = fact(rig, &facts, EVENT_CHANNEL_POSTED);
    event_set_int(event, "through", rig->entry);
    fold(rig, event);
    CHECK_INT((int64_t)decided(rig, CHANNEL_LEAVE_MS), 0);
    CHECK_INT((int64_t)decided(rig, BREACH_LAW_MS), 0);
    CHECK(instant_is_zero(channel_next_due(&rig->world)));
    fold(rig, fact(rig, &facts, EVENT_INCIDENT_AUTHORITY_TOLD));
    event = fact(rig, &facts, EVENT_INCIDENT_DEED_DONE);
    event_set_int(event, "item", 1);
    event_set_str(event, "how", STR("done"));
    fold(rig, event);
    event = fact(rig, &facts, EVENT_CHANNEL_POSTED);
    event_set_int(event, "through", rig->entry);
    CHECK_INT((int64_t)decided(rig, BREACH_LAW_MS), 0); /* two lines are to be posted */
    fold(rig, event);
    CHECK_INT((int64_t)decided(rig, BREACH_LAW_MS), 1);
    rig_done(rig);
}
