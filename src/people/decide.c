/* decide.c - which pages are due: the people an incident concerns now, each by their methods. */
#include "people/bundle.h"
#include "people/calm.h"
#include "people/follow.h"
#include "people/follow_up_notice.h"
#include "people/gap_notice.h"
#include "people/handover_notice.h"
#include "people/quiet_way.h"
#include "people/reach.h"
#include "people/silence_notice.h"
#include "people/target.h"
#include "people/watch.h"

#include "base/text.h"

enum { NAMES_BYTES_MAX = 200 };

/* One walk over what is due: out NULL only looks for the next time. */
struct walk {
    const struct page_world *world;
    struct arena *arena;
    struct event_list *out;
    struct instant next;
    const struct person **party; /* room for LIMIT_PEOPLE */
    struct targets targets;
    const struct page **waiting; /* pages of incidents that were asked for and not sent yet */
    size_t waiting_count;
    size_t threads;          /* pages kept, with those asked for in this walk */
    size_t unasked;          /* for which there was no room */
    struct str first;        /* of them, in words */
    struct instant handover; /* the next one; zero: not looked for yet */
};

static void find_targets(struct walk *walk, const struct incident *incident)
{
    struct target_search search = {.world = walk->world,
                                   .arena = walk->arena,
                                   .party = walk->party,
                                   .targets = &walk->targets};
    incident_targets(&search, incident);
}

static struct page *find_thread(const struct walk *walk, int64_t number,
                                const struct person *person, enum method method)
{
    struct str key = str_printf(walk->arena, "%lld-%.*s-%s", (long long)number,
                                STR_ARGS(person->id), method_name(method));
    return map_find(&walk->world->pages->table, key);
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

/* Is another attempt owed, and from when on? One that was stopped because of an answer counts like
 * one that was sent: an incident that opens again is repeated to all who were being paged. Before
 * its reason nothing is due, however the clock was set: it would be owed again at once. */
static bool find_due(const struct walk *walk, const struct page *page, const struct target *target,
                     struct instant *out_due)
{
    if (page && (page->state == PAGE_STARTED || target->fresh))
        return false;
    *out_due = instant_before(target->from, target->since) ? target->since : target->from;
    if (!page || target_is_owed(page, target))
        return true;
    *out_due = instant_add_ms(page->requested, page_repeat_ms(walk->world));
    return target->repeat && page->state != PAGE_REQUESTED;
}

static void take_next(struct walk *walk, struct instant due)
{
    if (instant_is_zero(walk->next) || instant_before(due, walk->next))
        walk->next = due;
}

/* What waits and was never sent says its own reason, too: nothing that is to be heard is lost. */
static struct str join_reasons(const struct walk *walk, const struct page *page, struct str reason)
{
    if (!page || page->state != PAGE_REQUESTED || page->answered || page->says_calm)
        return reason;
    struct str before = str_of(page->reason);
    char words[sizeof page->reason];
    str_keep(words, sizeof words, reason);
    if (str_find(before, words, 0) < before.n)
        return str_copy(walk->arena, before);
    return str_printf(walk->arena, "%.*s; %.*s", STR_ARGS(before), STR_ARGS(reason));
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
    size_t room = (size_t)PAGE_THREADS_MAX - (target->quiet ? PAGE_THREADS_KEPT : 0);
    if (!page && walk->threads >= room) {
        if (walk->unasked++ == 0)
            walk->first =
                str_printf(walk->arena, "%.*s by %s of incident %lld", STR_ARGS(target->person->id),
                           method_name(method), (long long)incident->number);
        return;
    }
    walk->threads += !page;
    bool again = !target_is_owed(page, target);
    bool waits = target->quiet && !target->called;
    bool unsent = page && page->state == PAGE_REQUESTED && page->tries == 0 && !target->quiet &&
                  page->rank < SEVERITY_QUIET_RANK;
    struct page asked = {.incident = incident->number,
                         .method = method,
                         .rank = target->rank,
                         .not_before = target->over ? quiet_time(target->person, method, now)
                                                    : page_time_to_tell(target->person, waits, now),
                         .since = page && (again || unsent) ? page->since : now,
                         .after_ack = target->after_ack};
    struct page_asking asking = {page, asked, target->person,
                                 again ? STR("not acknowledged yet")
                                       : join_reasons(walk, page, target->reason)};
    page_ask(walk->world, &asking, walk->out);
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

/* From when on the waits of the later ways count: when the person was first asked for. Who comes on
 * at a hand-over is asked for then, however old the incident is; not before their reason. */
static struct instant told_since(const struct walk *walk, const struct page *first,
                                 const struct target *target)
{
    struct instant now = walk->world->now;
    struct instant fresh = instant_before(now, target->since) ? target->since : now;
    if (!first)
        return fresh;
    if (target_is_owed(first, target)) /* what is being sent does tell them */
        return first->state == PAGE_STARTED ? first->requested : fresh;
    return instant_is_zero(first->since) ? target->since : first->since;
}

/* When they were told by a way that is switched off by now: what was taken counts, and its
 * repetition goes by the next way. Zero: they were not. */
static struct instant find_told_off(const struct walk *walk, const struct incident *incident,
                                    const struct target *target)
{
    struct instant told = {0};
    for (int method = 0; target->person->off && method < METHODS; method++) {
        const struct page *page =
            target->person->off >> method & 1U
                ? find_thread(walk, incident->number, target->person, (enum method)method)
                : NULL;
        if (page && page->told && !target_is_owed(page, target) &&
            instant_before(told, page->requested))
            told = page->requested;
    }
    return told;
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
    enum method quiet;
    if (target->over) {
        by.from = target->since;
        if (quiet_next(walk->world->pages, incident->number, target, &quiet))
            visit_method(walk, incident, &by, quiet);
        return;
    }
    size_t count = person_contacts(target->person, contacts, &at_once);
    at_once = at_once && !target->quiet;
    struct instant told = find_told_off(walk, incident, target);
    bool is_told = !instant_is_zero(told);
    if (count == 0 || (is_told && !target->repeat))
        return;
    struct instant again = instant_add_ms(told, page_repeat_ms(walk->world));
    const struct page *first =
        find_thread(walk, incident->number, target->person, contacts[0].method);
    struct instant since = told_since(walk, first, target);
    bool is_known = target->fresh && first; /* was asked for before: no other way begins */
    for (size_t i = 0; i < count; i++) {
        enum method method = contacts[i].method;
        bool later = !at_once && !next;
        if (later && (target->quiet || contacts[i].after_ms == 0 || is_known))
            continue;
        by.from = later ? instant_add_ms(since, contacts[i].after_ms) : target->since;
        if (is_told && instant_before(by.from, again))
            by.from = again;
        visit_method(walk, incident, &by, method);
        next = next &&
               is_given_up(find_thread(walk, incident->number, target->person, method), target);
    }
}

/* Is its way switched off? What has no way of an order of its own (notice.h, run/) fails instead,
 * when it is its turn, so that those look for the next one. */
static const struct switch_off *find_off(const struct walk *walk, const struct page *page)
{
    const struct page_world *world = walk->world;
    const struct person *person = person_find(world->oncall->people, str_of(page->person));
    bool other = page->run || page->silence || page->gap || page->follow_up || page->handover;
    if (!world->switches || world->switches->count == 0 || other || !person ||
        page->state != PAGE_REQUESTED || !(person->off >> page->method & 1U))
        return NULL;
    return switch_of_way(world->switches, world->switchables, person, page->method);
}

static void find_waiting(struct walk *walk)
{
    const struct pages *pages = walk->world->pages;
    const struct page *page;
    size_t at = 0, capacity = 0;
    while ((page = page_next(pages, &at)))
        if ((page->incident && page->state == PAGE_REQUESTED && !page->answered &&
             !page->says_calm && !find_off(walk, page)) ||
            follow_rings_on(page))
            LIST_PUSH(walk->arena, walk->waiting, walk->waiting_count, capacity) = page;
}

/* Whoever is on at the moment of a page gets it: what waits for somebody who was on is taken back,
 * and so is what would ring on. */
static void withdraw(const struct walk *walk, const struct incident *incident)
{
    for (size_t i = 0; i < walk->waiting_count; i++) {
        const struct page *page = walk->waiting[i];
        bool wanted = page->incident != incident->number;
        for (size_t at = 0; !wanted && at < walk->targets.count; at++)
            wanted = str_is(walk->targets.items[at].person->id, page->person);
        if (!wanted)
            page_stop(page, STR("they are not on call for it any more"), walk->world->now,
                      walk->out);
    }
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

static void visit_incident(struct walk *walk, const struct incident *incident)
{
    find_targets(walk, incident);
    if (incident->state == INCIDENT_OPEN)
        take_handover(walk);
    for (size_t at = 0; at < walk->targets.count; at++)
        visit_target(walk, incident, &walk->targets.items[at]);
    if (!walk->out)
        return;
    withdraw(walk, incident);
    decide_unreached(walk, incident);
}

/* Only what is to be looked at; of the others it is known when they are due. */
static void watch_incident(struct walk *walk, const struct incident *incident)
{
    struct page_watch *watch = walk->world->watch;
    struct instant others = walk->next;
    size_t before = walk->out ? walk->out->count : 0;
    walk->next = (struct instant){0};
    if (page_watch_is_due(watch, incident->number, walk->world->now)) {
        visit_incident(walk, incident);
        if (walk->out && walk->out->count == before)
            page_watch_take(watch, incident->number, walk->next);
    } else if (page_watch_due(watch, incident->number).us != ROTA_NEVER.us) {
        walk->next = page_watch_due(watch, incident->number);
    }
    if (!instant_is_zero(others))
        take_next(walk, others);
}

static void visit_incidents(struct walk *walk)
{
    const struct incidents *incidents = walk->world->incidents;
    make_room(walk);
    if (walk->out)
        find_waiting(walk);
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->items[i];
        if (incident->state == INCIDENT_RESOLVED)
            continue;
        if (walk->world->watch)
            watch_incident(walk, incident);
        else
            visit_incident(walk, incident);
    }
}

static void visit_pages(struct walk *walk)
{
    const struct page_world *world = walk->world;
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(world->pages, &at))) {
        if (page->doubtful)
            page_finish(page, PAGE_IN_DOUBT, STR("Reeve stopped while it was being sent"),
                        world->now, walk->out);
        else if (page->state == PAGE_REQUESTED && page->answered)
            page_stop_answered(world, page, walk->out);
        else if (find_off(walk, page))
            page_stop(page,
                      str_printf(walk->arena, "%s is switched off", find_off(walk, page)->name),
                      world->now, walk->out);
        else
            continue;
        /* The one that it was merged into has told nobody by it. */
        if (page->merged_into && world->watch)
            page_watch_take(world->watch, page->merged_into, world->now);
    }
}

/* Has nothing happened since a turn found that nothing is due before a later time? */
static bool is_quiet(const struct page_world *world)
{
    if (!world->watch)
        return false;
    page_watch_begin(world->watch, world);
    return page_watch_is_quiet(world->watch, world->now);
}

static void settle(const struct page_world *world, struct arena *scratch)
{
    world->watch->next = page_next_due(world, scratch);
    world->watch->settled = world->now;
    world->watch->is_settled = true;
}

void page_decide(const struct page_world *world, struct event_list *out)
{
    struct walk walk = {.world = world, .arena = out->arena, .out = out};
    bool quiet = is_quiet(world);
    size_t before = out->count;
    if (!quiet)
        visit_pages(&walk);
    size_t asked_before = out->count;
    if (!quiet)
        visit_incidents(&walk);
    if (world->silences)
        silence_notice_decide(world, out);
    if (!quiet)
        drill_decide(world, out);
    follow_up_notice_decide(world, out);
    if (world->gaps)
        gap_notice_decide(world, out);
    if (world->handovers)
        handover_notice_decide(world, out);
    /* In a round of its own: an escalation says that it is mitigated, too. */
    if (!quiet && out->count == asked_before)
        calm_decide(world, out);
    if (world->watch && !quiet && out->count == before)
        settle(world, out->arena);
}

struct instant page_next_due(const struct page_world *world, struct arena *scratch)
{
    struct walk walk = {.world = world, .arena = scratch};
    const struct page *page;
    size_t at = 0;
    if (is_quiet(world))
        return world->watch->next;
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
    struct instant follow_up = follow_up_notice_next(world);
    if (!instant_is_zero(follow_up))
        take_next(&walk, follow_up);
    visit_incidents(&walk);
    struct instant calm = calm_next_due(world, scratch);
    if (!instant_is_zero(calm))
        take_next(&walk, calm);
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

struct str page_unasked(const struct page_world *world, struct arena *arena)
{
    struct page_world all = *world;
    struct event_list asked;
    struct walk walk = {.world = &all, .arena = arena, .out = &asked};
    all.watch = NULL;
    event_list_init(&asked, arena);
    if (world->pages->table.count < PAGE_THREADS_MAX - PAGE_THREADS_KEPT)
        return STR("");
    visit_incidents(&walk);
    return walk.unasked == 0
               ? STR("")
               : str_printf(arena,
                            "There is no room for %zu pages that are due, the first of them to "
                            "%.*s: %zu are kept, of incidents that are open or ended half an hour "
                            "ago, and %d at most; resolve or merge what is over (\"reeve incident "
                            "list\"), and they go out.",
                            walk.unasked, STR_ARGS(walk.first), world->pages->table.count,
                            PAGE_THREADS_MAX);
}
