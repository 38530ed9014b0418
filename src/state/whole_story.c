/* whole_story.c - gathering what the ledger holds about an incident. */
#include "state/whole_story.h"

#include <stdlib.h>

enum {
    STORIES_MAX = 200, /* incidents and rules that are read for one */
    BEFORE_MS = 60 * 60 * 1000
};

struct piece {
    struct event event;
    int64_t sequence;
};

struct gathering {
    const struct world *world;
    struct arena *arena;
    struct piece *pieces;
    size_t count, capacity;
    struct str subjects[STORIES_MAX];
    size_t subject_count;
    struct str groups[STORIES_MAX]; /* of alerts from elsewhere that belong to it */
    size_t group_count;
    struct instant from, to; /* of rules */
    bool is_cut;
};

/* Not twice. */
static void want(struct gathering *gathering, struct str subject)
{
    for (size_t i = 0; i < gathering->subject_count; i++)
        if (str_equal(gathering->subjects[i], subject))
            return;
    if (gathering->subject_count < STORIES_MAX)
        gathering->subjects[gathering->subject_count++] = subject;
}

static void want_more(struct gathering *gathering, const struct event *event)
{
    struct arena *arena = gathering->arena;
    if (event->kind == EVENT_INCIDENT_TOOK_OVER)
        want(gathering, str_printf(arena, "incident:%lld", (long long)event_int(event, "from")));
    bool joins = event->kind == EVENT_INCIDENT_OPENED || event->kind == EVENT_INCIDENT_JOINED ||
                 event->kind == EVENT_INCIDENT_FOLLOWED;
    if (joins && event_str(event, "rule").n > 0 && event_int(event, "line") > 0)
        want(gathering, str_printf(arena, "rule:%.*s", STR_ARGS(event_str(event, "rule"))));
    if (joins && event_str(event, "rule").n > 0 && event_int(event, "line") == 0 &&
        gathering->group_count < STORIES_MAX)
        gathering->groups[gathering->group_count++] = event_str(event, "rule");
}

/* Of all that a sender said, what its groups are about. */
static bool is_of_group(const struct gathering *gathering, const struct event *event)
{
    if (event->kind < EVENT_INBOUND_FIRED || event->kind > EVENT_INBOUND_CLOSED)
        return false;
    for (size_t i = 0; i < gathering->group_count; i++)
        if (str_equal(gathering->groups[i], event_str(event, "group")))
            return true;
    return false;
}

static bool read_one(struct gathering *gathering, struct str subject, struct err *err)
{
    const struct stories *stories = &gathering->world->stories;
    struct story story;
    bool is_sender = str_starts(subject, "inbound:");
    bool is_rule = is_sender || str_starts(subject, "rule:");
    if (!stories->read(stories->context, gathering->arena, subject, &story, err))
        return false;
    gathering->is_cut = gathering->is_cut || (story.is_cut && !is_rule);
    for (size_t i = 0; i < story.count; i++) {
        const struct event *event = &story.events[i];
        if (event->kind == EVENT_KINDS)
            continue;
        bool outside =
            instant_before(event->at, gathering->from) || instant_before(gathering->to, event->at);
        if (is_rule && outside)
            continue;
        if (is_sender && !is_of_group(gathering, event))
            continue;
        want_more(gathering, event);
        LIST_PUSH(gathering->arena, gathering->pieces, gathering->count, gathering->capacity) =
            (struct piece){*event, story.sequences[i]};
    }
    return true;
}

static int by_sequence(const void *a, const void *b)
{
    const struct piece *x = a;
    const struct piece *y = b;
    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static struct story arranged(struct gathering *gathering)
{
    struct event *events = arena_array(gathering->arena, gathering->count, sizeof *events);
    int64_t *sequences = arena_array(gathering->arena, gathering->count, sizeof *sequences);
    if (gathering->count > 0)
        qsort(gathering->pieces, gathering->count, sizeof *gathering->pieces, by_sequence);
    for (size_t i = 0; i < gathering->count; i++) {
        events[i] = gathering->pieces[i].event;
        sequences[i] = gathering->pieces[i].sequence;
    }
    return (struct story){events, sequences, gathering->count, gathering->is_cut};
}

/* --- impact --- */

static struct impact *impact_of(struct postmortem *postmortem, const struct event *event)
{
    struct str id = event_str(event, "rule");
    for (size_t i = 0; i < postmortem->impact_count; i++)
        if (str_equal(postmortem->impacts[i].id, id))
            return &postmortem->impacts[i];
    if (postmortem->impact_count == IMPACTS_MAX)
        return NULL;
    struct impact *impact = &postmortem->impacts[postmortem->impact_count++];
    *impact = (struct impact){
        .id = id, .line = event_int(event, "line"), .title = event_str(event, "title")};
    return impact;
}

/* Of a rule that fires below its limit the smallest value is the worst. */
static bool is_worse(const struct world *world, const struct impact *impact, double value)
{
    const struct rule *rule = rules_find(&world->rules, impact->id);
    bool below = rule && (rule->cmp == CMP_UNDER || rule->cmp == CMP_AT_MOST);
    return impact->readings == 0 || (below ? value < impact->worst : value > impact->worst);
}

static void take_value(const struct world *world, struct impact *impact, const struct event *event)
{
    double value = event_real(event, "value");
    struct str words = event_str(event, "value_text");
    if (words.n == 0)
        return;
    if (is_worse(world, impact, value)) {
        impact->worst = value;
        impact->worst_text = words;
        impact->worst_at = event->at;
    }
    impact->readings++;
}

struct since {
    struct instant firing, unknown; /* of each impact; zero: it is not */
};

/* How much of the time since then was the incident's: the story begins before it. */
static int64_t ms_within(const struct postmortem *postmortem, struct instant since,
                         struct instant until)
{
    struct instant begun = postmortem->past.begun;
    int64_t ms = instant_ms_between(instant_before(since, begun) ? begun : since, until);
    return ms > 0 ? ms : 0;
}

static void take_rule(const struct world *world, struct postmortem *postmortem, struct since *since,
                      const struct event *event)
{
    struct impact *impact = impact_of(postmortem, event);
    if (!impact)
        return;
    struct since *at = &since[impact - postmortem->impacts];
    enum event_kind kind = event->kind;
    if (kind == EVENT_ALERT_FIRED || kind == EVENT_ALERT_PENDING || kind == EVENT_ALERT_HELD)
        take_value(world, impact, event);
    if (kind == EVENT_ALERT_FIRED && instant_is_zero(at->firing)) {
        at->firing = event->at;
        impact->fired_count++;
        if (instant_is_zero(impact->fired)) {
            impact->fired = event->at;
            impact->fired_text = event_str(event, "value_text");
        }
        impact->ended = (struct instant){0};
    }
    if ((kind == EVENT_ALERT_RESOLVED || kind == EVENT_ALERT_RETIRED) &&
        !instant_is_zero(at->firing)) {
        impact->firing_ms += instant_ms_between(at->firing, event->at);
        impact->ended = event->at;
        at->firing = (struct instant){0};
    }
    if (kind == EVENT_ALERT_UNKNOWN && instant_is_zero(at->unknown))
        at->unknown = event->at;
    if (kind == EVENT_ALERT_KNOWN && !instant_is_zero(at->unknown)) {
        impact->unknown_ms += ms_within(postmortem, at->unknown, event->at);
        at->unknown = (struct instant){0};
    }
}

static void take_impacts(const struct world *world, struct arena *arena,
                         struct postmortem *postmortem)
{
    struct since *since = arena_array(arena, IMPACTS_MAX, sizeof *since);
    postmortem->impacts = arena_array(arena, IMPACTS_MAX, sizeof *postmortem->impacts);
    for (size_t i = 0; i < postmortem->story.count; i++) {
        const struct event *event = &postmortem->story.events[i];
        if (event->kind >= EVENT_ALERT_PENDING && event->kind <= EVENT_ALERT_HELD)
            take_rule(world, postmortem, since, event);
    }
    for (size_t i = 0; i < postmortem->impact_count; i++) {
        struct impact *impact = &postmortem->impacts[i];
        if (!instant_is_zero(since[i].firing))
            impact->firing_ms += instant_ms_between(since[i].firing, postmortem->end);
        if (!instant_is_zero(since[i].unknown))
            impact->unknown_ms += ms_within(postmortem, since[i].unknown, postmortem->end);
    }
}

/* The ledger holds what was read when something changed; what is kept of the readings knows more.
 */
static void ask_worst(const struct world *world, struct arena *arena, struct postmortem *postmortem)
{
    for (size_t i = 0; world->past.worst && i < postmortem->impact_count; i++) {
        struct impact *impact = &postmortem->impacts[i];
        const struct rule *rule = rules_find(&world->rules, impact->id);
        const struct instant range[2] = {
            impact->fired, instant_is_zero(impact->ended) ? postmortem->end : impact->ended};
        struct worst_reading worst = {0};
        if (!rule || instant_is_zero(impact->fired) ||
            !world->past.worst(world->past.context, arena, rule, range, &worst))
            continue;
        impact->is_read = true;
        impact->is_merged = worst.is_merged;
        impact->worst_text = worst.words;
        impact->worst_at = worst.at;
    }
}

/* --- who was told --- */

/* "12-ana-smtp-1": person and method stand in the page's name. */
static bool page_parts(struct str page, struct str *out_person, struct str *out_method)
{
    size_t begin = str_find_byte(page, '-', 0);
    size_t end = page.n;
    while (end > begin && page.p[end - 1] != '-')
        end--;
    size_t middle = end > 0 ? end - 1 : 0;
    while (middle > begin && page.p[middle - 1] != '-')
        middle--;
    if (begin >= page.n || middle <= begin + 1 || end <= middle)
        return false;
    *out_person = str_slice(page, begin + 1, middle - 1);
    *out_method = str_slice(page, middle, end - 1);
    return true;
}

static struct told_person *told_of(struct postmortem *postmortem, struct str person,
                                   struct str method)
{
    for (size_t i = 0; i < postmortem->told_count; i++)
        if (str_equal(postmortem->told[i].person, person) &&
            str_equal(postmortem->told[i].method, method))
            return &postmortem->told[i];
    if (postmortem->told_count == TOLD_MAX)
        return NULL;
    struct told_person *told = &postmortem->told[postmortem->told_count++];
    *told = (struct told_person){.person = person, .method = method};
    return told;
}

static void take_told(struct postmortem *postmortem, const struct event *event)
{
    struct str person, method;
    bool sent = event->kind == EVENT_PAGE_SENT;
    bool failed = event->kind == EVENT_PAGE_FAILED;
    if (!sent && !failed && event->kind != EVENT_PAGE_DOUBTED)
        return;
    if (!page_parts(event_str(event, "page"), &person, &method))
        return;
    struct told_person *told = told_of(postmortem, person, method);
    if (!told)
        return;
    told->sent += sent;
    told->failed += failed;
    told->doubted += !sent && !failed;
    if (sent && instant_is_zero(told->first))
        told->first = event->at;
}

/* --- the checklist --- */

/* The box that the fact is of, as it stands in the runbook now, from 1; 0: it stands there no more.
 */
static int64_t item_of(const struct severity_plan *plan, const struct event *event)
{
    struct str words = event_str(event, "words");
    for (int i = 0; words.n > 0 && i < plan->checklist_count; i++)
        if (str_is(words, plan->checklist[i].words))
            return i + 1;
    return words.n > 0 ? 0 : event_int(event, "item");
}

static void take_tick(const struct severity_plan *plan, struct postmortem *postmortem,
                      const struct event *event)
{
    int64_t item = item_of(plan, event);
    if (item < 1 || item > (int64_t)postmortem->tick_count)
        return;
    struct tick_view *tick = &postmortem->ticks[item - 1];
    bool by_action = event->kind == EVENT_INCIDENT_TICKED_BY_ACTION;
    tick->done = by_action || (event->kind == EVENT_INCIDENT_TICKED && event_int(event, "done"));
    tick->by = by_action ? event_str(event, "by") : actor_name(event->actor);
    tick->because = by_action ? event_str(event, "because") : STR("");
    tick->at = event->at;
}

static void take_people(const struct world *world, struct arena *arena,
                        struct postmortem *postmortem)
{
    const struct severity_plan *plan = &world->plan;
    postmortem->told = arena_array(arena, TOLD_MAX, sizeof *postmortem->told);
    postmortem->tick_count = (size_t)plan->checklist_count;
    postmortem->ticks = arena_array(arena, postmortem->tick_count, sizeof *postmortem->ticks);
    for (int i = 0; i < plan->checklist_count; i++)
        postmortem->ticks[i] = (struct tick_view){
            .item = i + 1, .line = plan->checklist[i].line, .text = plan->checklist[i].text};
    for (size_t i = 0; i < postmortem->story.count; i++) {
        take_told(postmortem, &postmortem->story.events[i]);
        enum event_kind kind = postmortem->story.events[i].kind;
        bool is_tick = kind == EVENT_INCIDENT_TICKED || kind == EVENT_INCIDENT_TICKED_BY_ACTION ||
                       kind == EVENT_INCIDENT_UNTICKED;
        if (is_tick && event_int(&postmortem->story.events[i], "number") == postmortem->past.number)
            take_tick(plan, postmortem, &postmortem->story.events[i]);
    }
}

static void take_runs(const struct world *world, struct arena *arena, struct postmortem *postmortem)
{
    postmortem->runs = arena_array(arena, RUNS_TOLD_MAX, sizeof(struct run *));
    for (size_t i = 0; i < world->runs.count && postmortem->run_count < RUNS_TOLD_MAX; i++) {
        const struct run *run = world->runs.items[i];
        if (!instant_before(run->opened, postmortem->past.begun) &&
            !instant_before(postmortem->end, run->opened))
            postmortem->runs[postmortem->run_count++] = run;
    }
}

/* The timeline of a breach, as the state has it or, of what has left the state, as its own facts
 * leave it: only what was set at the clock meanwhile is not in them. */
static void take_work(const struct world *world, struct arena *arena, struct postmortem *postmortem)
{
    const struct story *story = &postmortem->story; /* with what it took over */
    int64_t number = postmortem->past.number;
    const struct incident *incident = incident_find(&world->incidents, number);
    const struct breach *breach = incident ? incident->breach : NULL;
    struct incidents *again = arena_make(arena, struct incidents);
    if (!incident && !story->is_cut) {
        incidents_init(again, arena);
        for (size_t i = 0; i < story->count; i++) {
            if (story->events[i].kind != EVENT_KINDS)
                incident_fold(again, &story->events[i]);
            incident = incident_find(again, number);
            breach = incident ? incident->breach : breach;
        }
        incidents_done(again);
    }
    postmortem->breach = breach ? view_breach(arena, breach) : NULL;
}

/* Of what was merged into it, over any number of mergers: when it began, and who answered first. */
static void take_merged(struct postmortem *postmortem)
{
    struct past_view *past = &postmortem->past;
    for (size_t i = 0; i < postmortem->story.count; i++) {
        const struct event *event = &postmortem->story.events[i];
        if (event->kind == EVENT_INCIDENT_OPENED && instant_before(event->at, past->begun))
            past->begun = event->at;
        if (event->kind == EVENT_INCIDENT_ACKNOWLEDGED &&
            (instant_is_zero(past->acknowledged) ||
             instant_before(event->at, past->acknowledged))) {
            past->acknowledged = event->at;
            past->acknowledged_by = event_str(event, "person");
        }
    }
}

bool postmortem_tells(const struct event *event)
{
    switch ((int)event->kind) {
    case EVENT_PAGE_REQUESTED:
    case EVENT_PAGE_STARTED:
    case EVENT_PAGE_FOLLOWING: return false;
    case EVENT_PAGE_STOPPED: return event_int(event, "calm") != 0;
    default: return true;
    }
}

bool postmortem_read(const struct world *world, struct arena *arena, int64_t number,
                     struct postmortem *out_postmortem, struct err *err)
{
    struct gathering gathering = {.world = world, .arena = arena, .to = world->now};
    struct str subject = str_printf(arena, "incident:%lld", (long long)number);
    struct story own;
    struct postmortem postmortem = {0};
    if (!world->stories.read)
        return err_set(err, ERR_REFUSED, "incident", "There is no ledger to read.");
    if (!world->stories.read(world->stories.context, arena, subject, &own, err))
        return false;
    postmortem.past = view_past(number, &own);
    if (postmortem.past.title.n == 0)
        return err_set(err, ERR_USAGE, "incident", "There never was an incident %lld.",
                       (long long)number);
    postmortem.end = instant_is_zero(postmortem.past.ended) ? world->now : postmortem.past.ended;
    gathering.from = instant_add_ms(postmortem.past.begun, -BEFORE_MS);
    gathering.to = postmortem.end;
    want(&gathering, subject);
    for (size_t i = 0; i < gathering.subject_count; i++)
        if (!read_one(&gathering, gathering.subjects[i], err))
            return false;
    for (size_t i = 0; gathering.group_count > 0 && i < world->alert_sender_count; i++)
        if (!read_one(&gathering,
                      str_printf(arena, "inbound:%.*s", STR_ARGS(world->alert_senders[i])), err))
            return false;
    postmortem.story = arranged(&gathering);
    take_merged(&postmortem);
    take_impacts(world, arena, &postmortem);
    ask_worst(world, arena, &postmortem);
    take_people(world, arena, &postmortem);
    take_runs(world, arena, &postmortem);
    take_work(world, arena, &postmortem);
    postmortem.follow_ups =
        view_follow_ups(world, arena, number, true, &postmortem.follow_up_count);
    postmortem_find(world, arena, &postmortem);
    *out_postmortem = postmortem;
    return true;
}
