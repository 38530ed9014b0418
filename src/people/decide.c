/* decide.c - which pages are due: the people an incident concerns now, each by their methods. */
#include "people/bundle.h"
#include "people/gap_notice.h"
#include "people/reach.h"
#include "people/silence_notice.h"

#include "base/text.h"

enum { NAMES_BYTES_MAX = 200 };

/* Somebody who must know, and since when. */
struct target {
    const struct person *person;
    struct instant since;
    struct instant from; /* of the way that is being looked at: since, or a while later */
    bool repeat, after_ack, quiet;
    bool others; /* only when they are not to be told for another reason */
    bool fresh;  /* only by a way that was not tried: it is answered, or over, by now */
    struct str reason;
};

struct targets {
    struct target *items; /* room for LIMIT_PEOPLE */
    size_t count;
};

/* One walk over what is due: out NULL only looks for the next time. */
struct walk {
    const struct page_world *world;
    struct arena *arena;
    struct event_list *out;
    struct instant next;
    const struct person **party; /* room for LIMIT_PEOPLE */
    struct targets targets;
    size_t threads;          /* pages kept, with those asked for in this walk */
    struct instant handover; /* the next one; zero: not looked for yet */
};

struct instant page_working_time(struct instant now)
{
    struct civil civil = civil_of(now);
    bool weekday = civil.weekday >= 1 && civil.weekday <= 5;
    if (weekday && civil.hour >= WORKING_FROM_HOUR && civil.hour < WORKING_TO_HOUR)
        return now;
    struct civil start = civil;
    start.hour = WORKING_FROM_HOUR;
    start.minute = start.second = start.microsecond = 0;
    struct instant at = instant_of_civil(start);
    while (!instant_before(now, at) || civil_of(at).weekday == 0 || civil_of(at).weekday == 6)
        at = instant_add_ms(at, (int64_t)24 * 60 * 60 * 1000);
    return at;
}

static void add_target(struct targets *targets, struct target target)
{
    for (size_t i = 0; i < targets->count; i++) {
        struct target *known = &targets->items[i];
        if (known->person != target.person)
            continue;
        if (target.others)
            return;
        /* At the same instant the later reason is the graver one: an escalation says so. */
        if (!instant_before(target.since, known->since)) {
            known->since = target.since;
            known->reason = target.reason;
        }
        known->repeat = known->repeat || target.repeat;
        known->after_ack = known->after_ack || target.after_ack;
        known->fresh = known->fresh && target.fresh;
        known->quiet = known->quiet && target.quiet;
        return;
    }
    if (targets->count < LIMIT_PEOPLE)
        targets->items[targets->count++] = target;
}

static void add_party(struct walk *walk, struct str party, struct target target)
{
    size_t count = oncall_party(walk->world->oncall, party, walk->world->now, walk->party);
    for (size_t i = 0; i < count; i++) {
        target.person = walk->party[i];
        add_target(&walk->targets, target);
    }
}

/* Whoever leads the incident, else whoever is on call, answered or not. */
static void add_leader(struct walk *walk, const struct incident *incident, struct target target)
{
    const struct person *leader = person_find(walk->world->oncall->people,
                                              incident_role_person(incident, INCIDENT_COMMANDER));
    if (leader && person_is_reachable(leader)) {
        target.person = leader;
        add_target(&walk->targets, target);
    } else {
        add_party(walk, STR(ONCALL_PRIMARY), target);
    }
}

/* Who is told once of a clock that ran out, and who was given a role by somebody else. */
static void add_led(struct walk *walk, const struct incident *incident, struct target target)
{
    target.after_ack = true;
    target.repeat = target.repeat && incident->state == INCIDENT_OPEN;
    target.since = incident->update_missed_at;
    target.reason = STR("no update was written in time");
    if (!instant_is_zero(target.since))
        add_leader(walk, incident, target);
    target.since = incident->resolution_missed_at;
    target.reason = STR("it was not resolved in time");
    if (!instant_is_zero(target.since))
        add_leader(walk, incident, target);
    for (size_t i = 0; i < incident->role_count; i++) {
        const struct incident_role *role = &incident->roles[i];
        target.person = person_find(walk->world->oncall->people, str_of(role->person));
        target.since = role->since;
        target.repeat = false;
        target.reason = str_printf(walk->arena, "you are %s of it", role->name);
        if (role->given && target.person && person_is_reachable(target.person))
            add_target(&walk->targets, target);
    }
}

static void find_targets(struct walk *walk, const struct incident *incident)
{
    const struct severity_level *level =
        severity_get(walk->world->plan, str_of(incident->severity));
    bool quiet = level->rank >= SEVERITY_QUIET_RANK;
    struct target target = {
        .since = incident->paged_from, .repeat = !quiet, .quiet = quiet, .reason = STR("on call")};
    walk->targets.count = 0;
    bool open = incident->state == INCIDENT_OPEN;
    if (open)
        add_party(walk, STR(ONCALL_PRIMARY), target);
    add_led(walk, incident, target);
    if (open && incident->response_missed) {
        target.since = incident->missed_at;
        target.reason = STR("nobody answered within the response time");
        add_party(walk, STR(ONCALL_SECONDARY), target);
    }
    for (size_t i = 0; i < incident->escalation_count; i++) {
        target.since = incident->escalations[i].at;
        target.repeat = open && !quiet;
        target.after_ack = true;
        target.others = incident->escalations[i].others;
        target.fresh = target.others && !open;
        target.reason = str_printf(
            walk->arena, target.others ? "nobody before %s could be reached" : "escalated to %s",
            incident->escalations[i].to);
        add_party(walk, str_of(incident->escalations[i].to), target);
    }
}

static struct page *find_thread(const struct walk *walk, int64_t number,
                                const struct person *person, enum method method)
{
    struct str key = str_printf(walk->arena, "%lld-%.*s-%s", (long long)number,
                                STR_ARGS(person->id), method_name(method));
    return map_find(&walk->world->pages->table, key);
}

void page_request(const struct page *page, const struct person *person, struct str actor,
                  struct str reason, struct event_list *out)
{
    struct event *event =
        event_list_add(out, EVENT_PAGE_REQUESTED, page->requested, actor,
                       str_printf(out->arena, "incident:%lld", (long long)page->incident));
    event_set_str(event, "page",
                  str_printf(out->arena, "%lld-%.*s-%s-%lld", (long long)page->incident,
                             STR_ARGS(person->id), method_name(page->method),
                             (long long)page->attempt));
    event_set_str(event, "person", str_copy(out->arena, person->id));
    event_set_str(event, "method", str_of(method_name(page->method)));
    event_set_int(event, "number", page->incident);
    event_set_str(event, "reason", reason);
    event_set_int(event, "attempt", page->attempt);
    event_set_instant(event, "not_before", page->not_before);
    event_set_int(event, "after_ack", page->after_ack);
    event_set_int(event, "rank", page->rank);
}

/* Were all pages to everybody who is to be told given up? */
static bool is_unreached(const struct walk *walk, const struct incident *incident)
{
    const struct targets *targets = &walk->targets;
    if (targets->count == 0)
        return incident->state == INCIDENT_OPEN || incident->escalation_count > 0;
    for (size_t i = 0; i < targets->count; i++) {
        struct contact contacts[METHODS];
        bool at_once;
        size_t count = person_contacts(targets->items[i].person, contacts, &at_once);
        for (size_t at = 0; at < count; at++) {
            const struct page *page =
                find_thread(walk, incident->number, targets->items[i].person, contacts[at].method);
            /* Whom only the message that it is over does not reach, has been told. */
            if (!page || !page->down || (page->says_calm && page->told))
                return false;
        }
    }
    return true;
}

static bool adds_somebody(const struct walk *walk, struct str party)
{
    size_t count = oncall_party(walk->world->oncall, party, walk->world->now, walk->party);
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t at = 0; at < walk->targets.count; at++)
            known = known || walk->targets.items[at].person == walk->party[i];
        if (!known)
            return true;
    }
    return false;
}

static struct str name_targets(const struct walk *walk)
{
    struct text text;
    text_init(&text, walk->arena, NAMES_BYTES_MAX);
    for (size_t i = 0; i < walk->targets.count; i++)
        text_printf(&text, "%s%.*s", i ? ", " : "", STR_ARGS(walk->targets.items[i].person->id));
    return text_str(&text);
}

/* Nobody could be told: then others are, and when there are no others, that is said too. */
static void decide_unreached(const struct walk *walk, const struct incident *incident)
{
    const char *parties[INCIDENT_UNREACHED_LAST] = {
        ONCALL_SECONDARY, ONCALL_EVERYBODY,
        "nobody is left, so the outward heartbeat is withheld until somebody can be told"};
    if (!instant_is_zero(incident->acknowledged))
        parties[INCIDENT_UNREACHED_LAST - 1] = "nobody is left but who has acknowledged it";
    int step = incident->unreached + 1;
    if (step > INCIDENT_UNREACHED_LAST || !is_unreached(walk, incident))
        return;
    while (step < INCIDENT_UNREACHED_LAST && !adds_somebody(walk, str_of(parties[step - 1])))
        step++;
    struct event *event =
        event_list_add(walk->out, EVENT_INCIDENT_UNREACHED, walk->world->now, STR("reeve"),
                       str_printf(walk->arena, "incident:%lld", (long long)incident->number));
    event_set_int(event, "number", incident->number);
    event_set_int(event, "step", step);
    event_set_str(event, "to", str_of(parties[step - 1]));
    event_set_str(event, "reason",
                  walk->targets.count == 0
                      ? STR("nobody under people: in reeve.yaml can be reached")
                      : str_printf(walk->arena, "every page to %.*s was given up",
                                   STR_ARGS(name_targets(walk))));
}

static int64_t repeat_ms_of(const struct walk *walk)
{
    return walk->world->repeat_ms ? walk->world->repeat_ms : PAGE_REPEAT_MS;
}

/* Is another attempt owed, and from when on? One that was stopped counts like one that was sent:
 * an incident that opens again is repeated to everybody who was being paged. */
static bool find_due(const struct walk *walk, const struct page *page, const struct target *target,
                     struct instant *out_due)
{
    if (page && (page->state == PAGE_STARTED || target->fresh))
        return false;
    *out_due = target->from;
    if (!page || instant_before(page->requested, target->since))
        return true;
    *out_due = instant_add_ms(page->requested, repeat_ms_of(walk));
    return target->repeat && page->state != PAGE_REQUESTED;
}

static void take_next(struct walk *walk, struct instant due)
{
    if (instant_is_zero(walk->next) || instant_before(due, walk->next))
        walk->next = due;
}

/* Another attempt takes the place of the thread's newest one. */
static void ask(const struct walk *walk, const struct page *page, struct page asked,
                const struct person *person, struct str reason)
{
    asked.attempt = page ? page->attempt + 1 : 1;
    asked.requested = walk->world->now;
    if (page && page->state == PAGE_REQUESTED && !page->answered)
        page_stop(page, STR("another attempt takes its place"), walk->world->now, walk->out);
    page_request(&asked, person, STR("reeve"), reason, walk->out);
}

/* What is mild waits for the end of the person's quiet hours, else for working hours. */
static struct instant time_to_tell(const struct person *person, bool quiet, struct instant now)
{
    if (!quiet)
        return now;
    return person->quiet.zone ? person_awake(person, now) : page_working_time(now);
}

static void visit_method(struct walk *walk, const struct incident *incident,
                         const struct target *target, enum method method)
{
    const struct page *page = find_thread(walk, incident->number, target->person, method);
    struct instant due, now = walk->world->now;
    if (!find_due(walk, page, target, &due))
        return;
    take_next(walk, due);
    if (!walk->out || instant_before(now, due))
        return;
    /* Beyond the table nothing could remember that it was asked for. */
    walk->threads += !page;
    if (walk->threads > PAGE_THREADS_MAX)
        return;
    bool again = page && !instant_before(page->requested, target->since);
    struct page asked = {.incident = incident->number,
                         .method = method,
                         .rank = severity_get(walk->world->plan, str_of(incident->severity))->rank,
                         .not_before = time_to_tell(target->person, target->quiet, now),
                         .after_ack = target->after_ack};
    ask(walk, page, asked, target->person, again ? STR("not acknowledged yet") : target->reason);
}

/* Was it given up, so that the next way takes its place? Quietly, only the newest attempt counts.
 */
static bool is_given_up(const struct page *page, const struct target *target)
{
    if (!page)
        return false;
    return target->quiet
               ? page->state == PAGE_FAILED && !instant_before(page->requested, target->since)
               : page->down;
}

/* By all ways at once; in the person's order, a way begins when its time has come or all before it
 * were given up. Quietly, only the latter. */
static void visit_target(struct walk *walk, const struct incident *incident,
                         const struct target *target)
{
    struct contact contacts[METHODS];
    struct target by = *target;
    bool at_once;
    bool next = true; /* every way before it was given up */
    size_t count = person_contacts(target->person, contacts, &at_once);
    at_once = at_once && !target->quiet;
    for (size_t i = 0; i < count; i++) {
        enum method method = contacts[i].method;
        bool later = !at_once && !next;
        if (later && (target->quiet || contacts[i].after_ms == 0))
            continue;
        by.from = later ? instant_add_ms(target->since, contacts[i].after_ms) : target->since;
        visit_method(walk, incident, &by, method);
        next = next &&
               is_given_up(find_thread(walk, incident->number, target->person, method), target);
    }
}

/* Whoever was told of a fault must not be left to wonder: once per mitigation they are told that
 * it is over. A thread that flaps waits, and says nothing when the incident is open by then. */
static void visit_calm(struct walk *walk, const struct page *page)
{
    struct instant now = walk->world->now;
    if (!page->calm || !page->told || page->state == PAGE_STARTED)
        return;
    const struct person *person = person_find(walk->world->oncall->people, str_of(page->person));
    const struct incident *incident = incident_find(walk->world->incidents, page->incident);
    if (!incident || !person || !person_has_method(person, page->method))
        return;
    struct instant due =
        instant_is_zero(page->calmed) ? now : instant_add_ms(page->calmed, repeat_ms_of(walk));
    take_next(walk, due);
    if (!walk->out || instant_before(now, due))
        return;
    const struct severity_level *level =
        severity_get(walk->world->plan, str_of(incident->severity));
    bool quiet = level->rank >= SEVERITY_QUIET_RANK;
    struct page asked = {.incident = incident->number,
                         .method = page->method,
                         .rank = level->rank,
                         .not_before = time_to_tell(person, quiet, now),
                         .after_ack = true};
    ask(walk, page, asked, person, STR("you were told of it, and its rules have resolved"));
}

static void visit_calmed(struct walk *walk)
{
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(walk->world->pages, &at)))
        visit_calm(walk, page);
}

static void make_room(struct walk *walk)
{
    walk->party = arena_array(walk->arena, LIMIT_PEOPLE, sizeof(struct person *));
    walk->targets.items = arena_array(walk->arena, LIMIT_PEOPLE, sizeof(struct target));
    walk->threads = walk->world->pages->table.count;
}

/* Whoever comes on while an incident is open is told at once. */
static void take_handover(struct walk *walk)
{
    if (walk->handover.us == 0)
        walk->handover = oncall_next_change(walk->world->oncall, walk->world->now);
    if (walk->handover.us != ROTA_NEVER.us)
        take_next(walk, walk->handover);
}

static void visit_incidents(struct walk *walk)
{
    const struct incidents *incidents = walk->world->incidents;
    make_room(walk);
    for (size_t i = 0; i < incidents->count; i++) {
        if (incidents->items[i]->state == INCIDENT_RESOLVED)
            continue;
        find_targets(walk, incidents->items[i]);
        if (incidents->items[i]->state == INCIDENT_OPEN)
            take_handover(walk);
        for (size_t at = 0; at < walk->targets.count; at++)
            visit_target(walk, incidents->items[i], &walk->targets.items[at]);
        if (walk->out)
            decide_unreached(walk, incidents->items[i]);
    }
}

/* What waits although somebody has answered is over, and that is a fact too. */
static void stop_answered(const struct walk *walk, const struct page *page)
{
    const struct incident *incident = incident_find(walk->world->incidents, page->incident);
    struct str reason =
        incident && incident->merged_into
            ? str_printf(walk->arena, "incident %lld was merged into incident %lld",
                         (long long)incident->number, (long long)incident->merged_into)
        : incident && (incident_is_answered(incident) || page->says_calm)
            ? str_printf(walk->arena, "incident %lld is %s", (long long)incident->number,
                         incident_state_name(incident->state))
        : page->silence ? STR("the silence is over")
        : page->gap     ? STR("somebody is on then, or its time is over")
                        : STR("somebody had answered");
    page_stop(page, reason, walk->world->now, walk->out);
}

void page_decide(const struct page_world *world, struct event_list *out)
{
    struct walk walk = {.world = world, .arena = out->arena, .out = out};
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(world->pages, &at))) {
        if (page->doubtful)
            page_finish(page, PAGE_IN_DOUBT, STR("Reeve stopped while it was being sent"),
                        world->now, out);
        else if (page->state == PAGE_REQUESTED && page->answered)
            stop_answered(&walk, page);
    }
    size_t asked_before = out->count;
    visit_incidents(&walk);
    if (world->silences)
        silence_notice_decide(world, out);
    drill_decide(world, out);
    if (world->gaps)
        gap_notice_decide(world, out);
    /* In a round of its own: an escalation says that it is mitigated, too. */
    if (out->count == asked_before)
        visit_calmed(&walk);
}

struct instant page_next_due(const struct page_world *world, struct arena *scratch)
{
    struct walk walk = {.world = world, .arena = scratch};
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(world->pages, &at))) {
        if (page->doubtful || (page->state == PAGE_REQUESTED && page->answered))
            take_next(&walk, world->now);
        else if (page->state == PAGE_REQUESTED && !bundle_can_wait(page))
            take_next(&walk, page->not_before);
    }
    struct instant bundle = bundle_next_due(world, scratch);
    if (!instant_is_zero(bundle))
        take_next(&walk, bundle);
    struct instant drill = drill_next_due(world, scratch);
    if (!instant_is_zero(drill))
        take_next(&walk, drill);
    visit_incidents(&walk);
    visit_calmed(&walk);
    return walk.next;
}

bool page_is_unreached(const struct page_world *world, const struct incident *incident,
                       struct arena *scratch)
{
    struct walk walk = {.world = world, .arena = scratch};
    if (incident->state == INCIDENT_RESOLVED || !instant_is_zero(incident->acknowledged))
        return false;
    make_room(&walk);
    find_targets(&walk, incident);
    return is_unreached(&walk, incident);
}

bool page_nobody_reached(const struct page_world *world, struct arena *scratch)
{
    for (size_t i = 0; i < world->incidents->count; i++) {
        const struct incident *incident = world->incidents->items[i];
        if (incident->unreached == INCIDENT_UNREACHED_LAST &&
            page_is_unreached(world, incident, scratch))
            return true;
    }
    return false;
}

bool page_test(const struct page_world *world, struct str actor, struct str person,
               struct event_list *out, struct err *err)
{
    const struct person *found = person_find(world->oncall->people, person);
    struct walk walk = {.world = world, .arena = out->arena};
    if (!found)
        return err_set(err, ERR_USAGE, NULL,
                       "There is no person \"%.*s\" under people: in reeve.yaml.",
                       STR_ARGS(person));
    if (!person_is_reachable(found))
        return err_set(
            err, ERR_REFUSED, NULL,
            "%.*s cannot be reached: give them an email (with smtp:), a phone or another "
            "way in reeve.yaml.",
            STR_ARGS(found->id));
    for (int i = 0; i < METHODS; i++) {
        enum method method = (enum method)i;
        if (!person_has_method(found, method))
            continue;
        const struct page *page = find_thread(&walk, 0, found, method);
        if (page && page->state == PAGE_STARTED)
            return err_set(err, ERR_REFUSED, NULL,
                           "A test page to %.*s by %s is being sent now; wait for its outcome and "
                           "test again.",
                           STR_ARGS(found->id), method_name(method));
        if (page && page->state == PAGE_REQUESTED)
            page_stop(page, STR("another test takes its place"), world->now, out);
        struct page asked = {.method = method,
                             .attempt = page ? page->attempt + 1 : 1,
                             .requested = world->now,
                             .not_before = world->now,
                             .after_ack = true};
        page_request(&asked, found, actor, STR("a test"), out);
    }
    return true;
}
