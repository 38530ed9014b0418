/* check.c - what must hold whatever happened: of a turn, of the ledger, of the state folded anew.
 */
#include "sim.h"

#include "base/text.h"
#include "ledger/codec.h"

enum { DIGEST_BYTES_MAX = 4 << 20, SET_MAX = 100000 };

struct event check_event_at(struct sim *sim, struct arena *arena, size_t at)
{
    struct event event;
    struct err err = {0};
    if (!codec_read(arena, &sim->core.memory.entries[at], &event, &err))
        sim_fail(sim, "entry %zu cannot be read: %s", at + 1, err.text);
    return event;
}

/* Index of a rule in force, or SIZE_MAX. */
static size_t index_of(const struct sim *sim, struct str rule)
{
    for (size_t i = 0; i < sim->core.world.rules.count; i++)
        if (str_equal(sim->core.world.rules.items[i].id, rule))
            return i;
    return SIZE_MAX;
}

/* Nothing that cannot be read is said to be over; nothing fires that was not seen true, unless it
 * is to fire when nothing is heard of it. */
static void check_event(struct sim *sim, const struct event *event)
{
    if (event->kind != EVENT_ALERT_RESOLVED && event->kind != EVENT_ALERT_FIRED &&
        event->kind != EVENT_ALERT_CALMED)
        return;
    size_t index = index_of(sim, event_str(event, "rule"));
    const struct evaluation *evaluation =
        index == SIZE_MAX ? NULL : &sim->core.world.evaluations[index];
    bool missed = event->kind == EVENT_ALERT_FIRED && evaluation &&
                  sim->core.world.rules.items[index].policy.missing == MISSING_FIRES &&
                  event_int(event, "held_ms") >= SIM_MISSING_MS;
    if (missed && evaluation->truth == TRUTH_UNKNOWN)
        return;
    if (!evaluation || evaluation->truth == TRUTH_UNKNOWN)
        sim_fail(sim, "%s of a rule that is unknown", event_row(event->kind)->name);
    if ((event->kind == EVENT_ALERT_FIRED) != (evaluation->truth == TRUTH_TRUE))
        sim_fail(sim, "%s against what was read", event_row(event->kind)->name);
}

static bool goes_on(const struct incident_rule *rule)
{
    return rule && rule->incident && rule->incident->state != INCIDENT_RESOLVED &&
           rule->incident->state != INCIDENT_MITIGATED;
}

static void check_firing(struct sim *sim, const struct alert *alert)
{
    const struct incident_rule *rule = map_find(&sim->core.world.incidents.rules, alert->rule);
    size_t index = index_of(sim, alert->rule);
    bool silenced = index != SIZE_MAX && silence_of_rule(&sim->core.world.alerts.silences,
                                                         &sim->core.world.rules.items[index]);
    /* It fired muted when its line left the runbook: there is nothing to go on. */
    bool gone = alert->retired && rule && !rule->retired;
    if (alert->state != ALERT_FIRING || (rule && rule->covered) || silenced || gone)
        return;
    if (!goes_on(rule))
        sim_fail(sim, "rule %.*s fires without an incident that is going on",
                 STR_ARGS(alert->rule));
}

/* Is there an open alert in the group that no silence mutes? */
static bool is_heard(const struct sim *sim, const struct inbound_group *group)
{
    const struct inbound_entry *entry;
    size_t at = 0;
    while ((entry = inbound_next(&sim->core.world.inbounds, &at))) {
        const struct silence_matter matter = inbound_matter(NULL, entry);
        if (entry->group == group && !silence_of(&sim->core.world.alerts.silences, &matter))
            return true;
    }
    return false;
}

/* A job in trouble has an incident that goes on, unless it is silenced. */
static void check_beats(struct sim *sim)
{
    const struct world *world = &sim->core.world;
    for (size_t i = 0; i < world->beat_plans.count; i++) {
        const struct beat_plan *plan = &world->beat_plans.items[i];
        const struct beat *beat = beat_find(&world->beats, plan->name);
        const struct incident_rule *rule = map_find(&world->incidents.rules, plan->rule);
        if (!beat || beat->trouble == BEAT_WELL || (rule && rule->covered) ||
            silence_of_job(&world->alerts.silences, plan->name))
            continue;
        if (!goes_on(rule))
            sim_fail(sim, "%s is in trouble without an incident that is going on", beat->name);
    }
}

/* What opens incidents has one that goes on, as long as it fires. */
static void check_inbound(struct sim *sim)
{
    const struct map_entry *found;
    size_t at = 0;
    while ((found = map_next(&sim->core.world.inbounds.groups, &at))) {
        const struct inbound_group *group = found->value;
        const struct incident_rule *rule = map_find(&sim->core.world.incidents.rules, found->key);
        if (group->opens[0] == '\0' || (rule && rule->covered) || !is_heard(sim, group))
            continue;
        if (!goes_on(rule))
            sim_fail(sim, "%s fires without an incident that is going on", group->title);
    }
}

/* What the watch passed over had nothing to say, and nothing is due before it says so. */
static void check_watch(struct sim *sim, struct arena *arena)
{
    struct world *world = &sim->core.world;
    struct page_world all = world_pages(world);
    struct page_world watched = all;
    struct event_list out;
    event_list_init(&out, arena);
    watched.watch = &world->page_watch;
    page_decide(&all, &out);
    if (out.count > 0)
        sim_fail(sim, "the watch passed over a %s", event_row(out.items[0].kind)->name);
    struct instant want = page_next_due(&all, arena);
    struct instant got = page_next_due(&watched, arena);
    bool ready = !instant_before(world->now, want) && !instant_before(world->now, got);
    if (want.us != got.us && !ready)
        sim_fail(sim, "the next page is due at %lld, the watch says %lld", (long long)want.us,
                 (long long)got.us);
}

void check_turn(struct sim *sim, size_t entries_before)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = entries_before; i < sim->core.memory.count; i++) {
        struct event event = check_event_at(sim, &arena, i);
        check_event(sim, &event);
    }
    size_t at = 0;
    const struct alert *alert;
    while ((alert = alert_next(&sim->core.world.alerts, &at)))
        check_firing(sim, alert);
    check_inbound(sim);
    check_beats(sim);
    check_run_state(sim);
    check_watch(sim, &arena);
    arena_done(&arena);
}

/* What has been read of the ledger so far. */
struct reading_on {
    struct arena arena;
    struct map requested, unknown, firing;
    struct map under_way; /* pages without an end, by incident, person and method */
};

static void put(struct sim *sim, struct map *map, struct str key)
{
    static char present;
    if (!map_put(map, key, &present))
        sim_fail(sim, "the run is larger than its check");
}

/* Of each person, method and incident one page at a time, and each comes to its end. */
static void check_page_end(struct sim *sim, struct reading_on *on, const struct event *event)
{
    struct str page = event_str(event, "page");
    size_t n = page.n;
    while (n > 0 && page.p[n - 1] != '-')
        n--;
    struct str thread = str_slice(page, 0, n);
    if (event->kind == EVENT_PAGE_REQUESTED && map_find(&on->under_way, thread))
        sim_fail(sim, "page %.*s takes the place of one that has not ended", STR_ARGS(page));
    bool ended = event->kind == EVENT_PAGE_SENT || event->kind == EVENT_PAGE_STOPPED ||
                 (event->kind == EVENT_PAGE_FAILED && event_int(event, "final")) ||
                 (event->kind == EVENT_PAGE_DOUBTED && event_int(event, "final"));
    if (event->kind == EVENT_PAGE_REQUESTED)
        put(sim, &on->under_way, thread);
    if (ended)
        (void)map_remove(&on->under_way, thread);
}

static void check_page_event(struct sim *sim, struct reading_on *on, const struct event *event)
{
    struct str page = event_str(event, "page");
    bool known = map_find(&on->requested, page) != NULL;
    if (event->kind == EVENT_PAGE_REQUESTED && known)
        sim_fail(sim, "page %.*s is requested twice", STR_ARGS(page));
    if (event->kind != EVENT_PAGE_REQUESTED && !known)
        sim_fail(sim, "page %.*s was never requested", STR_ARGS(page));
    put(sim, &on->requested, page);
    check_page_end(sim, on, event);
}

/* What was to be erased is erased, by whatever crash it was cut off. */
static void check_erased(struct sim *sim, const struct event *event)
{
    int64_t entry = event_int(event, "entry");
    if (ledger_entry_has_text(&sim->core.memory.entries[entry - 1]))
        sim_fail(sim, "the text of entry %lld still stands there", (long long)entry);
}

static void check_alert_event(struct sim *sim, struct reading_on *on, const struct event *event)
{
    struct str rule = event_str(event, "rule");
    if (event->kind == EVENT_ALERT_UNKNOWN)
        put(sim, &on->unknown, rule);
    if (event->kind == EVENT_ALERT_KNOWN || event->kind == EVENT_ALERT_RETIRED)
        (void)map_remove(&on->unknown, rule);
    if (event->kind == EVENT_ALERT_FIRED) {
        if (map_find(&on->firing, rule))
            sim_fail(sim, "rule %.*s fires while it fires", STR_ARGS(rule));
        put(sim, &on->firing, rule);
    }
    if (event->kind == EVENT_ALERT_RESOLVED && map_find(&on->unknown, rule))
        sim_fail(sim, "rule %.*s was resolved while it was unknown", STR_ARGS(rule));
    if (event->kind == EVENT_ALERT_RESOLVED || event->kind == EVENT_ALERT_RETIRED)
        (void)map_remove(&on->firing, rule);
}

void check_ledger(struct sim *sim)
{
    struct reading_on on = {0};
    arena_init(&on.arena);
    map_init(&on.requested, SET_MAX);
    map_init(&on.unknown, SET_MAX);
    map_init(&on.firing, SET_MAX);
    map_init(&on.under_way, SET_MAX);
    struct instant newest = {0};
    for (size_t i = 0; i < sim->core.memory.count; i++) {
        arena_reset(&on.arena);
        struct event event = check_event_at(sim, &on.arena, i);
        if (event.kind >= EVENT_PAGE_REQUESTED && event.kind <= EVENT_PAGE_STOPPED)
            check_page_event(sim, &on, &event);
        if (event.kind == EVENT_TEXT_ERASED)
            check_erased(sim, &event);
        if (event.kind >= EVENT_ALERT_PENDING && event.kind <= EVENT_ALERT_RETIRED)
            check_alert_event(sim, &on, &event);
        if (event.kind == EVENT_INCIDENT_RESOLVED && !str_starts(event.actor, "person:"))
            sim_fail(sim, "incident %lld was resolved by nobody",
                     (long long)event_int(&event, "number"));
        newest = event.at;
        if (sim->plan.seen)
            sim->plan.seen[event.kind]++;
    }
    if (on.under_way.count > 0)
        sim_fail(sim, "%zu pages have no end", on.under_way.count);
    if (instant_before(sim_now(sim), newest))
        sim_fail(sim, "the ledger ends in the future");
    map_done(&on.requested);
    map_done(&on.unknown);
    map_done(&on.firing);
    map_done(&on.under_way);
    arena_done(&on.arena);
}

void check_pages(struct sim *sim)
{
    size_t at = 0;
    const struct page *page;
    const struct map_entry *entry;
    while ((page = page_next(&sim->core.world.pages, &at)))
        if (page->state == PAGE_REQUESTED || page->state == PAGE_STARTED)
            sim_fail(sim, "page %s is %s at the end", page->id, page_state_name(page->state));
    at = 0;
    while ((entry = map_next(&sim->page_counts, &at))) {
        const struct page_count *count = entry->value;
        if (count->sent > 1 + sim->crashes + count->excused)
            sim_fail(sim, "page %.*s went out %lld times after %lld crashes and %lld doubts",
                     STR_ARGS(entry->key), (long long)count->sent, (long long)sim->crashes,
                     (long long)count->excused);
    }
}

static void digest_incident(struct json_writer *w, const struct incident_view *view)
{
    json_open_object(w, NULL);
    json_int(w, "number", view->number);
    json_str(w, "severity", view->severity);
    json_str(w, "state", view->state);
    json_str(w, "title", view->title);
    json_str(w, "cause", view->cause);
    json_str(w, "note", view->note);
    json_str(w, "by", view->acknowledged_by);
    json_instant_us(w, "opened", view->opened.us);
    json_instant_us(w, "acknowledged", view->acknowledged.us);
    json_instant_us(w, "mitigated", view->mitigated.us);
    json_open_array(w, "clocks");
    for (size_t i = 0; i < view->clock_count; i++) {
        json_instant_us(w, NULL, view->clocks[i].due.us);
        json_instant_us(w, NULL, view->clocks[i].met.us);
        json_bool(w, NULL, view->clocks[i].missed);
    }
    json_close_array(w);
    json_open_array(w, "ticks");
    for (size_t i = 0; i < view->tick_count; i++)
        if (view->ticks[i].done || view->ticks[i].by.n)
            json_str(w, NULL, view->ticks[i].by);
    json_close_array(w);
    json_open_array(w, "life");
    for (size_t i = 0; i < view->role_count; i++) {
        json_str(w, NULL, view->roles[i].name);
        json_str(w, NULL, view->roles[i].person);
        json_instant_us(w, NULL, view->roles[i].since.us);
    }
    for (size_t i = 0; i < view->link_count; i++)
        json_int(w, NULL, view->links[i]);
    json_close_array(w);
    json_close_object(w);
}

/* What is left to do after incidents, and which of them are closed. */
static void digest_after(struct json_writer *w, const struct incidents *incidents)
{
    json_open_array(w, "after");
    for (size_t i = 0; i < incidents->follow_up_count; i++) {
        const struct follow_up *follow_up = incidents->follow_ups[i];
        json_int(w, NULL, follow_up->number);
        json_int(w, NULL, follow_up->incident);
        json_str(w, NULL, str_of(follow_up->text));
        json_instant_us(w, NULL, follow_up->due.us);
        json_instant_us(w, NULL, follow_up->done.us);
        json_bool(w, NULL, follow_up->is_overdue);
    }
    for (size_t i = 0; i < incidents->ended_count; i++) {
        json_int(w, NULL, incidents->ended[i].number);
        json_instant_us(w, NULL, incidents->ended[i].closed.us);
    }
    json_close_array(w);
}

static void digest_page(struct json_writer *w, const struct page *page)
{
    json_open_object(w, NULL);
    json_str(w, "id", str_of(page->id));
    json_str(w, "state", str_of(page_state_name(page->state)));
    json_int(w, "tries", page->tries);
    json_instant_us(w, "requested", page->requested.us);
    json_instant_us(w, "not_before", page->not_before.us);
    json_bool(w, "answered", page->answered);
    json_bool(w, "doubtful", page->doubtful);
    json_instant_us(w, "closed", page->closed.us);
    json_close_object(w);
}

struct str check_digest(const struct world *world, struct arena *arena)
{
    struct text text;
    text_init(&text, arena, DIGEST_BYTES_MAX);
    struct json_writer w = {.text = &text};
    struct page_view view = view_page(world, arena);
    json_open_object(&w, NULL);
    json_int(&w, "sequence", view.sequence);
    json_str(&w, "runbook", str_of(world->runbook_digest));
    json_open_array(&w, "lines");
    for (int i = 0; i < view.program->count; i++) {
        json_int(&w, NULL, view.lines[i].mark);
        json_str(&w, NULL, view.lines[i].state);
        json_str(&w, NULL, view.lines[i].detail);
        json_int(&w, NULL, view.lines[i].incident);
    }
    json_close_array(&w);
    digest_after(&w, &world->incidents);
    json_open_array(&w, "incidents");
    for (size_t i = 0; i < view.incident_count; i++)
        digest_incident(&w, &view.incidents[i]);
    json_close_array(&w);
    json_open_array(&w, "pages");
    size_t at = 0;
    const struct page *page;
    while ((page = page_next(&world->pages, &at)))
        digest_page(&w, page);
    json_close_array(&w);
    check_run_digest(&w, world);
    json_close_object(&w);
    return text_str(&text);
}

/* The same entries folded into an empty state give the same to look at, and the same tree. */
void check_refold(struct sim *sim)
{
    struct arena arena;
    struct world *anew;
    struct engine engine;
    struct err err = {0};
    arena_init(&arena);
    anew = arena_make(&arena, struct world);
    world_init(anew);
    anew->program = sim->core.world.program;
    anew->rules = sim->core.world.rules;
    anew->plan = sim->core.world.plan;
    anew->oncall = sim->core.world.oncall;
    anew->evaluations = sim->core.world.evaluations;
    anew->histories = sim->core.world.histories;
    anew->now = sim->core.world.now;
    anew->procedures = sim->core.world.procedures;
    anew->run_settings = sim->core.world.run_settings;
    engine_init(&engine, sim->core.engine.ports, anew);
    if (!engine_replay(&engine, &err))
        sim_fail(sim, "the ledger cannot be replayed: %s %s", err.place, err.text);
    struct hash root = merkle_root(&engine.tree);
    struct hash live_root = merkle_root(&sim->core.engine.tree);
    struct str got = check_digest(anew, &arena);
    struct str want = check_digest(&sim->core.world, &arena);
    size_t at = 0;
    while (at < got.n && at < want.n && got.p[at] == want.p[at])
        at++;
    size_t from = at > 80 ? at - 80 : 0;
    if (!str_equal(got, want))
        sim_fail(sim, "folded anew it is another view: …%.*s… is not …%.*s…",
                 STR_ARGS(str_slice(got, from, at + 80)), STR_ARGS(str_slice(want, from, at + 80)));
    if (!hash_equal(&root, &live_root) || engine.tree.size != (int64_t)sim->core.memory.count)
        sim_fail(sim, "folded anew it is another tree");
    engine_done(&engine);
    world_done(anew);
    arena_done(&arena);
}
