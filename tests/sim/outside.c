/* outside.c - workers that send, fail, hang and answer twice, and people who call at any moment. */
#include "sim.h"

#include "action/perform.h"

#include <stdio.h>

enum { DEADLINE_MS = 21000, WORD_BYTES = 40 };

struct page_count *outside_count(struct sim *sim, struct str page)
{
    struct page_count *count = map_find(&sim->page_counts, page);
    if (count)
        return count;
    count = arena_make(&sim->arena, struct page_count);
    if (!map_put(&sim->page_counts, page, count))
        sim_fail(sim, "too many pages");
    return count;
}

static void script_flight(struct sim *sim, struct flight *flight)
{
    int64_t place = (int64_t)(str_hash(str_of(flight->id)) >> 1) + flight->try_number;
    uint64_t kind = sim->draining ? 0 : sim_chance(sim, "worker", place, 20);
    flight->due_ms = sim->boot_ms + (int64_t)sim_chance(sim, "slow", place, 4) * 1000;
    flight->outcome = PAGE_WAS_SENT;
    flight->sends = true;
    flight->twice = kind == 19;
    if (kind >= 11 && kind < 14) {
        flight->outcome = PAGE_DID_FAIL;
        flight->sends = false;
    } else if (kind == 14) {
        flight->outcome = PAGE_WAS_REFUSED;
        flight->sends = false;
    } else if (kind >= 15 && kind < 19) { /* in doubt, or lost and killed at its deadline */
        flight->outcome = PAGE_IN_DOUBT;
        flight->sends = kind % 2 == 0;
        flight->due_ms = kind < 17 ? flight->due_ms : sim->boot_ms + DEADLINE_MS;
    }
}

static struct flight *find_room(struct sim *sim)
{
    for (int i = 0; i < SIM_WORKERS; i++)
        if (!sim->flights[i].running)
            return &sim->flights[i];
    return NULL;
}

/* As the daemon: the start is a fact before the worker is told. False: it was not written. */
static bool start_pages(struct sim *sim, struct flight *flight, const struct bundle *bundle)
{
    const struct page *lead = bundle->pages[0];
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    arena_init(&arena);
    event_list_init(&events, &arena);
    (void)snprintf(flight->id, sizeof flight->id, "%s", lead->id);
    flight->try_number = lead->tries + 1;
    flight->count = 0;
    page_start(lead, sim_now(sim), &events);
    for (size_t i = 0; i < bundle->count; i++) {
        if (i > 0)
            page_start_with(bundle->pages[i], lead, sim_now(sim), &events);
        flight->counts[flight->count++] = outside_count(sim, str_of(bundle->pages[i]->id));
    }
    flight->running = engine_append(&sim->core.engine, &events, &err);
    if (flight->running)
        script_flight(sim, flight);
    arena_done(&arena);
    return flight->running;
}

/* As the daemon: the fact that writing failed is also how it is found that writing works again. */
static bool probe(struct sim *sim)
{
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct event *event =
        event_list_add(&events, EVENT_LEDGER_UNWRITABLE, sim_now(sim), STR("reeve"), STR("ledger"));
    event_set_instant(event, "since", sim->core.engine.unwritable_since);
    event_set_str(event, "reason", STR("as scripted"));
    bool good = engine_append(&sim->core.engine, &events, &err);
    arena_done(&arena);
    return good;
}

void outside_release(struct sim *sim)
{
    struct flight *flight;
    bool good = !sim->core.engine.unwritable || probe(sim);
    while (good && (flight = find_room(sim))) {
        struct arena arena;
        size_t count = 0;
        arena_init(&arena);
        struct page_world pages = world_pages(&sim->core.world);
        pages.now = sim_now(sim);
        const struct bundle *ready = bundle_ready(&pages, &arena, &count);
        good = count > 0 && start_pages(sim, flight, &ready[0]);
        arena_done(&arena);
    }
}

static bool finish(struct sim *sim, const struct flight *flight)
{
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    size_t count = 0;
    arena_init(&arena);
    event_list_init(&events, &arena);
    const struct page **pages =
        bundle_started(&sim->core.world.pages, str_of(flight->id), &arena, &count);
    for (size_t i = 0; i < count; i++) /* none, when newer attempts have taken their place */
        page_finish(pages[i], flight->outcome, STR("as scripted"), sim_now(sim), &events);
    if (count == 0) {
        arena_done(&arena);
        return true;
    }
    bool good = engine_append(&sim->core.engine, &events, &err);
    arena_done(&arena);
    return good;
}

/* What the worker did becomes real once, whether or not the core can write it down. */
static void take_effect(struct flight *flight)
{
    for (size_t i = 0; i < flight->count; i++) {
        flight->counts[i]->sent += flight->sends;
        flight->counts[i]->excused += flight->outcome == PAGE_IN_DOUBT;
    }
    flight->sends = false;
}

void outside_answer(struct sim *sim)
{
    for (int i = 0; i < SIM_WORKERS && !sim->core.crashed; i++) {
        struct flight *flight = &sim->flights[i];
        if (!flight->running || sim->boot_ms < flight->due_ms)
            continue;
        take_effect(flight);
        if (!finish(sim, flight)) {
            /* Whether it went out is not known any more; said when writing works again. */
            for (size_t at = 0; at < flight->count; at++)
                flight->counts[at]->excused +=
                    flight->outcome != PAGE_IN_DOUBT && !sim->core.crashed;
            flight->outcome = PAGE_IN_DOUBT;
            continue;
        }
        flight->running = false;
        if (flight->twice && !sim->core.crashed)
            (void)finish(sim, flight);
    }
}

void outside_crash(struct sim *sim)
{
    for (int i = 0; i < SIM_WORKERS; i++) {
        struct flight *flight = &sim->flights[i];
        if (flight->running && flight->sends && sim_chance(sim, "cut", sim->core.appends + i, 2))
            for (size_t at = 0; at < flight->count; at++)
                flight->counts[at]->sent++;
        flight->running = false;
    }
}

static void check_facts(struct sim *sim, struct arena *arena, const struct text *reply)
{
    struct json *root;
    struct err err = {0};
    if (!json_parse(arena, text_str(reply), &root, &err))
        sim_fail(sim, "a reply is not JSON: %s", err.text);
    const struct json *facts = json_get(root, "facts");
    for (const struct json *fact = facts ? facts->first : NULL; fact; fact = fact->next) {
        int64_t sequence = 0;
        if (!json_get_int(fact, "sequence", &sequence) || sequence < 1 ||
            sequence > (int64_t)sim->core.memory.count)
            sim_fail(sim, "a replied fact is not in the store: %.*s", STR_ARGS(text_str(reply)));
        struct str kind = json_get_str(fact, "kind");
        struct str leaf = sim->core.memory.entries[sequence - 1].leaf;
        struct str want = str_printf(arena, "\"kind\":\"%.*s\"", STR_ARGS(kind));
        if (str_find(leaf, want.p, 0) == leaf.n)
            sim_fail(sim, "entry %lld is not the replied %.*s", (long long)sequence,
                     STR_ARGS(kind));
    }
}

bool outside_perform(struct sim *sim, struct caller caller, int argc, const char *const *argv)
{
    struct arena arena;
    struct call call;
    struct reply reply;
    struct err err = {0};
    int used = 0;
    arena_init(&arena);
    const struct action *action = action_find(argc, argv, &used);
    if (!action)
        sim_fail(sim, "there is no action %s %s", argv[0], argv[1]);
    call_init(&call, action, caller);
    reply_init(&reply, &arena);
    bool good = call_parse(&call, &arena, argc - used, argv + used, &err) &&
                action_perform(&sim->core.engine, &call, sim_now(sim), &reply, &err);
    if (good) {
        check_facts(sim, &arena, &reply.json);
        sim->replies++;
    } else if (err.text[0] == '\0') {
        sim_fail(sim, "\"%s\" is refused without a sentence", action->name);
    }
    arena_done(&arena);
    return good;
}

/* A link's holder may not write notes; that it was tried is a fact. */
static void call_by_link(struct sim *sim, const char *number)
{
    size_t before = sim->core.memory.count;
    const char *const words[] = {"incident", "note", number, "hello"};
    struct caller caller = {
        .kind = CALLER_LINK, .actor = STR("person:ana"), .person = STR("ana"), .incident = 1};
    if (outside_perform(sim, caller, 4, words))
        sim_fail(sim, "the holder of a link wrote a note");
    if (!sim->core.crashed && sim->core.memory.refuse_from == 0 &&
        sim->core.memory.count != before + 1)
        sim_fail(sim, "a refusal is not a fact");
}

/* The newest text is erased by its number, as somebody who reads the ledger would. */
static void call_erase(struct sim *sim)
{
    const struct memory_store *memory = &sim->core.memory;
    char number[WORD_BYTES];
    size_t at = memory->count;
    while (at > 0 && !ledger_entry_has_text(&memory->entries[at - 1]))
        at--;
    (void)snprintf(number, sizeof number, "%zu", at > 0 ? at : 1);
    const char *const words[] = {"ledger", "erase", number, "--reason", "as asked"};
    struct caller caller = {.kind = CALLER_LOCAL, .actor = STR("person:eva"), .person = STR("eva")};
    (void)outside_perform(sim, caller, 5, words);
}

/* Accounts and API tokens, as an administrator has them. */
static void call_access(struct sim *sim)
{
    static const char hash[] = "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA";
    static const char *const names[] = {"ana", "ben"};
    static const char *const roles[] = {"viewer", "approver", "administrator"};
    const char *name = names[sim_chance(sim, "name", sim->step, 2)];
    const char *role = roles[sim_chance(sim, "role", sim->step, 3)];
    char digest[HASH_HEX_BYTES];
    (void)snprintf(digest, sizeof digest, "%064llx", (unsigned long long)sim->step);
    const char *const scripts[][8] = {
        {"account", "add", name, "--role", role},
        {"account", "role", name, role},
        {"account", "password", name, "--hash", hash},
        {"account", "remove", name},
        {"api-token", "new", name, "--may", role, "--digest", digest},
        {"api-token", "revoke", name},
        {"account", "list"},
        {"api-token", "list"},
    };
    uint64_t which = sim_chance(sim, "access", sim->step, sizeof scripts / sizeof *scripts);
    int argc = 0;
    while (argc < 8 && scripts[which][argc])
        argc++;
    struct caller caller = {.kind = CALLER_LOCAL, .actor = STR("person:eva"), .person = STR("eva")};
    (void)outside_perform(sim, caller, argc, scripts[which]);
}

/* Silences of all scopes and lengths, also such as are refused. */
static void call_silence(struct sim *sim)
{
    char number[WORD_BYTES];
    (void)snprintf(number, sizeof number, "%lld",
                   (long long)sim->core.world.alerts.silences.last_number -
                       (long long)sim_chance(sim, "silence", sim->step, 3));
    const char *const scripts[][8] = {
        {"silence", "add", "all", "--for", "2m", "--reason", "a drill"},
        {"silence", "add", "error rate", "--for", "5m", "--reason", "a load test"},
        {"silence", "add", "disk usage", "--until", "10:00", "--reason", "a new disk"},
        {"silence", "add", "memory", "--for", "1h", "--reason", "a leak that is known"},
        {"silence", "add", "all", "--for", "60d", "--reason", "for ever"},
        {"silence", "add", "--heartbeat", "backup", "--for", "4m", "--reason=it moves"},
        {"silence", "add", "--heartbeat", "report", "--for", "3m", "--reason=it moves"},
        {"silence", "add", "--heartbeat", "nothing", "--for", "3m", "--reason=a slip"},
        {"silence", "add", "--sender=watch", "--for", "3m", "--reason", "a drill"},
        {"silence", "add", "--sender=watch", "--key=key 0", "--for", "5m", "--reason=a drill"},
        {"silence", "add", "--sender=watch", "--name=trouble 2", "--for=5m", "--reason=a drill"},
        {"silence", "add", "--sender=wall", "--for", "2m", "--reason", "it is only shown"},
        {"silence", "end", number},
        {"silence", "end", number},
        {"silence", "list"},
    };
    uint64_t which = sim_chance(sim, "mute", sim->step, sizeof scripts / sizeof *scripts);
    int argc = 0;
    while (argc < 8 && scripts[which][argc])
        argc++;
    bool known = sim_chance(sim, "who mutes", sim->step, 2) == 0; /* to the configuration */
    struct caller caller = {.kind = CALLER_LOCAL,
                            .actor = known ? STR("person:ben") : STR("person:zoe"),
                            .person = known ? STR("ben") : STR("zoe")};
    (void)outside_perform(sim, caller, argc, scripts[which]);
}

/* An incident with several rules, of which one that fires stands on out_line; else 1. */
static int64_t find_several(const struct sim *sim, char out_line[WORD_BYTES])
{
    const struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&sim->core.world.incidents.rules, &at))) {
        const struct incident_rule *rule = entry->value;
        if (!rule->incident || !rule->firing || rule->line == 0 || rule->incident->rule_count < 2)
            continue;
        (void)snprintf(out_line, WORD_BYTES, "%lld", (long long)rule->line);
        return rule->incident->number;
    }
    return 1;
}

/* The newest follow-up that is done, or that is not; else 1. */
static int64_t find_follow_up(const struct sim *sim, bool done)
{
    const struct incidents *incidents = &sim->core.world.incidents;
    for (size_t i = incidents->follow_up_count; i-- > 0;)
        if (instant_is_zero(incidents->follow_ups[i]->done) != done)
            return incidents->follow_ups[i]->number;
    return 1;
}

/* One that was resolved and is not closed; else 1. */
static int64_t find_ended(const struct sim *sim)
{
    const struct incidents *incidents = &sim->core.world.incidents;
    for (size_t i = incidents->ended_count; i-- > 0;)
        if (instant_is_zero(incidents->ended[i].closed))
            return incidents->ended[i].number;
    return 1;
}

/* The newest incident that goes on and is linked, and the other one; else 1 and 1. */
static void find_linked(const struct sim *sim, char out_number[WORD_BYTES],
                        char out_other[WORD_BYTES])
{
    const struct incidents *incidents = &sim->core.world.incidents;
    (void)snprintf(out_number, WORD_BYTES, "1");
    (void)snprintf(out_other, WORD_BYTES, "1");
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->items[i];
        if (incident->link_count == 0 || incident->state == INCIDENT_RESOLVED)
            continue;
        (void)snprintf(out_number, WORD_BYTES, "%lld", (long long)incident->number);
        (void)snprintf(out_other, WORD_BYTES, "%lld", (long long)incident->links[0]);
    }
}

/* Who does what in incidents, which of them are one or two, and what is left to do after them. */
static void call_life(struct sim *sim)
{
    uint64_t last = (uint64_t)sim->core.world.incidents.last_number;
    char number[WORD_BYTES], other[WORD_BYTES], line[WORD_BYTES];
    char to_do[WORD_BYTES], done[WORD_BYTES], ended[WORD_BYTES];
    (void)snprintf(number, sizeof number, "%llu",
                   (unsigned long long)(last - sim_chance(sim, "of", sim->step, last + 1) / 4));
    (void)snprintf(other, sizeof other, "%llu",
                   (unsigned long long)(last - sim_chance(sim, "into", sim->step, last + 1) / 4));
    (void)snprintf(ended, sizeof ended, "%lld", (long long)find_ended(sim));
    (void)snprintf(to_do, sizeof to_do, "%lld", (long long)find_follow_up(sim, false));
    (void)snprintf(done, sizeof done, "%lld", (long long)find_follow_up(sim, true));
    const struct rules *rules = &sim->core.world.rules;
    size_t rule = (size_t)sim_chance(sim, "which rule", sim->step, rules->count + 1);
    (void)snprintf(line, sizeof line, "%d", rule < rules->count ? rules->items[rule].line : 1);
    char several[WORD_BYTES], linked[WORD_BYTES], with[WORD_BYTES];
    find_linked(sim, linked, with);
    (void)snprintf(several, sizeof several, "%lld", (long long)find_several(sim, line));
    const char *const scripts[][9] = {
        {"incident", "role", number, "commander", "ben"},
        {"incident", "role", number, "commander", "ana"},
        {"incident", "role", number, "scribe", "ben"},
        {"incident", "role", number, "scribe", "--end"},
        {"incident", "role", number, "commander", "--end"},
        {"incident", "role", number, "commander", "--end"},
        {"incident", "role", number, "commander", "nobody-known"},
        {"incident", "merge", number, other, "the", "same"},
        {"incident", "merge", number, other, "the", "same"},
        {"incident", "split", several, line, "another", "cause"},
        {"incident", "split", several, line, "another", "cause"},
        {"incident", "link", number, other},
        {"incident", "link", number, other},
        {"incident", "link", linked, with, "--undo"},
        {"incident", "follow-up", number, "Mend it", "--owner", "ben", "--due", "90s"},
        {"incident", "follow-up", number, "Write it down"},
        {"incident", "follow-up", "done", to_do, "it is"},
        {"incident", "follow-up", "reopen", done, "it is not"},
        {"incident", "follow-up", "list", "--all"},
        {"incident", "close", ended, "in the wiki"},
        {"incident", "close", ended, "--waive", "a slip"},
        {"incident", "severity", number, "--proposed"},
        {"incident", "list", "--state", "all", "--text", "odd"},
        {"incident", "show", number},
        {"incident", "postmortem", number, "--picture"},
    };
    uint64_t which = sim_chance(sim, "life", sim->step, sizeof scripts / sizeof *scripts);
    int argc = 0;
    while (argc < 9 && scripts[which][argc])
        argc++;
    struct caller caller = {.kind = CALLER_LOCAL, .actor = STR("person:ana"), .person = STR("ana")};
    if (!outside_perform(sim, caller, argc, scripts[which]) ||
        strcmp(scripts[which][2], "done") != 0)
        return;
    /* Whoever said it too early takes it back. */
    (void)snprintf(done, sizeof done, "%lld", (long long)find_follow_up(sim, true));
    const char *const again[] = {"incident", "follow-up", "reopen", done, "not", "all"};
    (void)outside_perform(sim, caller, 6, again);
}
/* Overrides, swaps and leave, also such as are refused, and such as leave a rota without anybody;
 * ways that are switched off and on. */
static void call_oncall(struct sim *sim)
{
    char number[WORD_BYTES];
    (void)snprintf(number, sizeof number, "%lld",
                   (long long)sim->core.world.oncall_changes.last_number -
                       (long long)sim_chance(sim, "change", sim->step, 3));
    const char *const scripts[][8] = {
        {"oncall", "override", "primary", "ben", "--for=5m", "--reason=a drill"},
        {"oncall", "override", "secondary", "eva", "--for=1h", "--reason=a train"},
        {"oncall", "swap", "primary", "ana", "ben", "--for=30m", "--reason=a wedding"},
        {"oncall", "leave", "ana", "--for=10m", "--reason=the dentist"},
        {"oncall", "leave", "ben", "--for=1h", "--reason=holidays"},
        {"oncall", "leave", "nobody", "--for=1h", "--reason=a slip"},
        {"oncall", "undo", number},
        {"oncall", "undo", number},
        {"switch", "off", "ana/smtp", "--reason=a drill"},
        {"switch", "off", "smtp", "--reason=it leaked"},
        {"switch", "off", "fax", "--reason=a slip"},
        {"switch", "on", "ana/smtp"},
        {"switch", "on", "smtp"},
        {"switch", "on", "smtp"},
        {"switch", "list"},
        {"oncall"},
        {"oncall", "whatif"},
    };
    uint64_t which = sim_chance(sim, "oncall", sim->step, sizeof scripts / sizeof *scripts);
    int argc = 0;
    while (argc < 8 && scripts[which][argc])
        argc++;
    struct caller caller = {.kind = CALLER_LOCAL, .actor = STR("person:ben"), .person = STR("ben")};
    (void)outside_perform(sim, caller, argc, scripts[which]);
}

/* The newest incident that goes on and has a breach timeline; else 1. */
static int64_t find_breach(const struct sim *sim)
{
    const struct incidents *incidents = &sim->core.world.incidents;
    for (size_t i = incidents->count; i-- > 0;)
        if (incidents->items[i]->breach && incidents->items[i]->state != INCIDENT_RESOLVED)
            return incidents->items[i]->number;
    return 1;
}

/* A breach from its declaration to the end of its timeline, the runs of incidents, and ticks that
 * are taken back. */
static void call_work(struct sim *sim)
{
    uint64_t last = (uint64_t)sim->core.world.incidents.last_number;
    char number[WORD_BYTES], breach[WORD_BYTES], run[WORD_BYTES], item[WORD_BYTES],
        of[WORD_BYTES + 12];
    (void)snprintf(number, sizeof number, "%llu",
                   (unsigned long long)(last - sim_chance(sim, "of", sim->step, last + 1) / 6));
    (void)snprintf(breach, sizeof breach, "%lld", (long long)find_breach(sim));
    (void)snprintf(of, sizeof of, "--incident=%s", number);
    (void)snprintf(run, sizeof run, "%lld", (long long)sim->core.world.runs.last_number);
    (void)snprintf(item, sizeof item, "%d", 1 + (int)sim_chance(sim, "deed", sim->step, 3));
    const char *const scripts[][8] = {
        {"incident", "declare", "A data breach", "--severity", "P1"},
        {"incident", "breach", number, "somebody", "told", "us"},
        {"incident", "breach", breach, "--aware=3m", "support", "knew"},
        {"incident", "breach", breach, "--no", "it was a test"},
        {"incident", "deed", breach, item, "we did it"},
        {"incident", "deed", breach, item, "we did it"},
        {"incident", "deed", breach, item, "--undo", "we did not"},
        {"incident", "deed", breach, item, "--not-required", "nothing was read"},
        {"incident", "authority", breach, "form 118"},
        {"incident", "authority", breach, "--undo", "the wrong one"},
        {"incident", "authority", breach, "--not-required", "no people"},
        {"run", "Simulated Breach", of},
        {"run", "Enable simulated mode", of},
        {"run", "Disable simulated mode", of},
        {"incident", "run", number, run},
        {"incident", "run", number, run, "--as=fix"},
        {"incident", "severity", number, "--confirm"},
        {"incident", "tick", number, "1", "--undo", "--reason=nobody did"},
        {"incident", "show", number},
        {"incident", "postmortem", number},
    };
    uint64_t which = sim_chance(sim, "work", sim->step, sizeof scripts / sizeof *scripts);
    int argc = 0;
    while (argc < 8 && scripts[which][argc])
        argc++;
    struct caller caller = {.kind = CALLER_LOCAL, .actor = STR("person:ana"), .person = STR("ana")};
    if (!outside_perform(sim, caller, argc, scripts[which]) ||
        strcmp(scripts[which][1], "authority") != 0 ||
        sim_chance(sim, "too early", sim->step, 2) > 0)
        return;
    /* Whoever said it too early takes it back. */
    const char *const again[] = {"incident", "authority", breach, "--undo", "not", "yet"};
    (void)outside_perform(sim, caller, 6, again);
}

void outside_call(struct sim *sim)
{
    static const char *const levels[] = {"P0", "P1", "P2", "P3", "P9"};
    uint64_t last = (uint64_t)sim->core.world.incidents.last_number;
    char number[WORD_BYTES], item[WORD_BYTES];
    const char *level = levels[sim_chance(sim, "level", sim->step, 5)];
    (void)snprintf(number, sizeof number, "%llu",
                   (unsigned long long)(last + 1 - sim_chance(sim, "number", sim->step, last + 1)));
    (void)snprintf(item, sizeof item, "%d", (int)sim_chance(sim, "item", sim->step, 12));
    const char *const scripts[][6] = {
        {"incident", "declare", "Something is odd", "--severity", level},
        {"incident", "ack", number},
        {"incident", "ack", number},
        {"incident", "note", number, "we", "look"},
        {"incident", "tick", number, item},
        {"incident", "tick", number, item, "--undo"},
        {"incident", "severity", number, level},
        {"incident", "resolve", number, "over"},
        {"incident", "resolve", number, "--anyway", "over"},
        {"page", "test", "ben"},
        {"page", "test", "kim"},
        {"status"},
        {"incident", "list"},
    };
    uint64_t which = sim_chance(sim, "call", sim->step, 40);
    if (which == 13)
        call_by_link(sim, number);
    if (which == 14)
        call_erase(sim);
    if (which == 15 || which == 16)
        call_access(sim);
    if (which == 17 || which == 18)
        call_silence(sim);
    if (which == 19 || which == 20)
        call_life(sim);
    if (which == 21 || which == 22)
        call_oncall(sim);
    if (which == 23 || which == 24)
        call_work(sim);
    if (which >= sizeof scripts / sizeof *scripts)
        return;
    int argc = 0;
    while (argc < 6 && scripts[which][argc])
        argc++;
    struct caller caller = {.kind = CALLER_LOCAL, .actor = STR("person:eva"), .person = STR("eva")};
    (void)outside_perform(sim, caller, argc, scripts[which]);
}

void outside_acknowledge_all(struct sim *sim)
{
    struct caller caller = {.kind = CALLER_LOCAL, .actor = STR("person:eva"), .person = STR("eva")};
    for (size_t i = 0; i < sim->core.world.incidents.count && !sim->core.crashed; i++) {
        const struct incident *incident = sim->core.world.incidents.items[i];
        char number[WORD_BYTES];
        if (incident->state != INCIDENT_OPEN)
            continue;
        (void)snprintf(number, sizeof number, "%lld", (long long)incident->number);
        const char *const words[] = {"incident", "ack", number};
        (void)outside_perform(sim, caller, 3, words);
    }
}
