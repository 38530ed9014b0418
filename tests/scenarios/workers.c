/* workers.c - pages handed to workers that answer as the scenario says, and the links in them. */
#include "scenario.h"

#include "people/bundle.h"
#include "people/follow.h"
#include "people/follow_up_notice.h"
#include "people/gap_notice.h"
#include "people/handover_notice.h"
#include "people/silence_notice.h"
#include "run/approval.h"
#include "run/notice.h"

enum { DEADLINE_MS = 20000 };

void workers_init(struct scenario *scenario)
{
    for (int method = 0; method < METHODS; method++)
        scenario->vendors[method] = (struct vendor){
            .answers = {{.kind = ANSWERS_OK, .text = STR("250 taken")}}, .count = 1};
}

/* [ok|fails|refuses|doubts|never] ["text"] [after LENGTH] [twice] from *at to the comma. */
static bool read_answer(struct scenario *scenario, const struct line *line, size_t *at,
                        struct answer_script *out_answer, struct err *err)
{
    static const char *const kinds[] = {"ok", "fails", "refuses", "doubts", "never"};
    static const char *const texts[] = {"250 taken", "451 try again later",
                                        "550 nobody of that name",
                                        "the connection was lost after the message", ""};
    struct str first = line->words[*at].text;
    bool last = str_ends(first, ",");
    if (last)
        first = str_slice(first, 0, first.n - 1);
    size_t kind = 0;
    while (kind < sizeof kinds / sizeof *kinds && !str_is(first, kinds[kind]))
        kind++;
    if (kind == sizeof kinds / sizeof *kinds)
        return scenario_bad(scenario, &line->words[*at], err,
                            "A worker answers ok, fails, refuses, doubts or never, not \"%.*s\".",
                            STR_ARGS(first));
    *out_answer = (struct answer_script){.kind = (enum answer_kind)kind,
                                         .text = str_of(texts[kind]),
                                         .after_ms = kind == ANSWERS_NEVER ? INT32_MAX : 0};
    for (++*at; *at < line->word_count && !last; ++*at) {
        const struct word *word = &line->words[*at];
        struct str text = word->text;
        last = !word->quoted && str_ends(text, ",");
        if (last)
            text = str_slice(text, 0, text.n - 1);
        if (word->quoted)
            out_answer->text = text;
        else if (str_is(text, "twice"))
            out_answer->twice = true;
        else if (text.n > 0 && !str_is(text, "after") &&
                 !script_length(text, &out_answer->after_ms))
            return scenario_bad(scenario, word, err,
                                "Behind the answer stand its text in quotes, \"after 5s\" or "
                                "\"twice\"; a comma parts answers.");
    }
    return true;
}

bool workers_script(struct scenario *scenario, const struct line *line, struct err *err)
{
    struct vendor vendor = {0};
    enum method method = METHOD_SMTP;
    if (line->word_count < 4 || !str_is(line->words[2].text, "answers"))
        return scenario_bad(scenario, &line->words[0], err,
                            "Write: worker mail answers ok, or worker webhook answers fails.");
    if (!str_is(line->words[1].text, "mail") && !method_find(line->words[1].text, &method))
        return scenario_bad(
            scenario, &line->words[1], err,
            "There are the workers mail, webhook, ntfy, sms, voice, slack and so on, not \"%.*s\".",
            STR_ARGS(line->words[1].text));
    for (size_t at = 3; at < line->word_count;) {
        if (vendor.count == SCENARIO_ANSWERS_MAX)
            return scenario_bad(scenario, &line->words[at], err, "At most %d answers.",
                                SCENARIO_ANSWERS_MAX);
        if (!read_answer(scenario, line, &at, &vendor.answers[vendor.count++], err))
            return false;
    }
    scenario->vendors[method] = vendor;
    return true;
}

/* The keeper's part in a scenario: any secret will do. */
static struct str mac_of(struct arena *arena, struct str payload)
{
    struct hash hash = hash_of_parts('m', STR("the scenario's key"), payload);
    return str_copy(arena, (struct str){(const char *)hash.b, HASH_BYTES});
}

static struct str make_link(struct scenario *scenario, const struct page *page)
{
    struct arena *arena = &scenario->arena;
    struct link link = {.page = str_copy(arena, str_of(page->id)),
                        .person = str_copy(arena, str_of(page->person)),
                        .incident = page->incident,
                        .expires = instant_add_ms(scenario_now(scenario), LINK_LIFE_MS)};
    if (scenario->config.public_url.n == 0 || page->incident == 0)
        return STR("");
    struct str payload = link_payload_write(arena, &link);
    return link_token_write(arena, payload, mac_of(arena, payload));
}

static const struct rule *find_rule(const struct world *world, const char *id, size_t *out_index)
{
    for (size_t i = 0; i < world->rules.count; i++) {
        if (!str_is(world->rules.items[i].id, id))
            continue;
        *out_index = i;
        return &world->rules.items[i];
    }
    return NULL;
}

static struct message_facts facts_of(struct scenario *scenario, const struct page *page,
                                     struct str link)
{
    struct arena *arena = &scenario->arena;
    const struct world *world = &scenario->core.world;
    struct message_facts facts = {
        .page = page,
        .incident = incident_find(&world->incidents, page->incident),
        .plan = &world->plan,
        .ack_url = link.n ? str_printf(arena, "%.*s/ack/%.*s",
                                       STR_ARGS(scenario->config.public_url), STR_ARGS(link))
                          : STR(""),
        .now = scenario_now(scenario)};
    size_t index = 0;
    const struct rule *rule =
        facts.incident ? find_rule(world, facts.incident->rule, &index) : NULL;
    if (rule)
        facts.rule_text = rule->title;
    if (rule && world->evaluations && world->evaluations[index].truth != TRUTH_UNKNOWN)
        facts.value_text = world->evaluations[index].value_text;
    if (facts.incident)
        facts.said = view_said_lines(world, arena, facts.incident);
    return facts;
}

/* What a page that speaks of no incident says. */
static void say_other(struct scenario *scenario, const struct page *page, struct sent *sent)
{
    struct arena *arena = &scenario->arena;
    struct world *world = &scenario->core.world;
    world->now = scenario_now(scenario);
    struct run_world runs = world_runs(world);
    struct approval_mail mail = {.world = &runs, .page = page};
    struct notice_mail notice = {.world = &runs, .page = page};
    struct silence_notice ends = {.page = page,
                                  .silence = silence_find(&world->alerts.silences, page->silence),
                                  .firing = world_firing(world, arena),
                                  .now = world->now};
    struct gap_notice gap = {
        .page = page, .gaps = &world->gaps, .oncall = &world->oncall, .now = world->now};
    struct follow_up_notice owed = {
        .page = page, .incidents = &world->incidents, .now = world->now};
    struct handover_notice handover = {.page = page,
                                       .handovers = &world->handovers,
                                       .oncall = &world->oncall,
                                       .incidents = &world->incidents,
                                       .now = world->now};
    bool json = page->method == METHOD_WEBHOOK;
    sent->subject = page_asks_approval(page)     ? approval_subject(arena, &mail)
                    : page_is_notice(page)       ? notice_subject(arena, &notice)
                    : page_is_of_gap(page)       ? gap_notice_subject(arena, &gap)
                    : page_is_of_handover(page)  ? handover_notice_subject(arena, &handover)
                    : page_is_of_follow_up(page) ? follow_up_notice_subject(arena, &owed)
                                                 : silence_notice_subject(arena, &ends);
    sent->text = page_asks_approval(page)     ? approval_text(arena, &mail)
                 : page_is_notice(page)       ? notice_text(arena, &notice)
                 : page_is_of_gap(page)       ? gap_notice_text(arena, &gap)
                 : page_is_of_handover(page)  ? handover_notice_text(arena, &handover)
                 : page_is_of_follow_up(page) ? follow_up_notice_text(arena, &owed)
                 : json                       ? silence_notice_json(arena, &ends)
                                              : silence_notice_text(arena, &ends);
}

/* One message, as it was given to a worker; each of its pages has a link of its own. */
static void log_order(struct scenario *scenario, const struct bundle *bundle)
{
    struct arena *arena = &scenario->arena;
    struct message_facts *facts = arena_array(arena, bundle->count, sizeof *facts);
    const struct page *lead = bundle->pages[0];
    enum message_shape shape = method_row(lead->method)->shape;
    struct message_bundle together = {facts, bundle->count};
    for (size_t i = 0; i < bundle->count; i++) {
        const struct page *page = bundle->pages[i];
        struct str link = make_link(scenario, page);
        facts[i] = facts_of(scenario, page, link);
        struct sent *sent =
            &LIST_PUSH(arena, scenario->sent, scenario->sent_count, scenario->sent_capacity);
        *sent = (struct sent){.at_ms = scenario->boot_ms,
                              .event_count = scenario->core.memory.count,
                              .page = str_copy(arena, str_of(page->id)),
                              .person = str_copy(arena, str_of(page->person)),
                              .link = link,
                              .method = page->method,
                              .follows = i > 0};
    }
    struct sent *first = &scenario->sent[scenario->sent_count - bundle->count];
    if (page_asks_approval(lead) || page_is_notice(lead) || page_is_of_silence(lead) ||
        page_is_of_gap(lead) || page_is_of_follow_up(lead) || page_is_of_handover(lead)) {
        say_other(scenario, lead, first);
        return;
    }
    first->subject = bundle->count > 1 ? message_bundle_subject(arena, &together)
                                       : message_subject(arena, facts);
    first->text = bundle->count > 1 ? message_bundle_shaped(arena, &together, shape)
                                    : message_shaped(arena, facts, shape);
    for (size_t i = 1; i < bundle->count; i++) {
        first[i].subject = first->subject;
        first[i].text = first->text;
    }
}

static struct answer_script next_answer(struct vendor *vendor)
{
    struct answer_script answer = vendor->answers[vendor->next];
    if (vendor->next + 1 < vendor->count)
        vendor->next++;
    return answer;
}

static void take_off(struct scenario *scenario, struct flight *flight, const struct page *page,
                     enum follow_state action)
{
    struct answer_script answer = next_answer(&scenario->vendors[page->method]);
    if (answer.after_ms >= DEADLINE_MS) /* the pool stops the worker */
        answer = (struct answer_script){.kind = ANSWERS_DOUBTS,
                                        .text = STR("The worker met its deadline and was stopped"),
                                        .after_ms = DEADLINE_MS};
    *flight = (struct flight){.running = true,
                              .page = str_copy(&scenario->arena, str_of(page->id)),
                              .action = action,
                              .due_ms = scenario->boot_ms + answer.after_ms,
                              .answer = answer};
}

/* As the daemon: that they start is a fact before the worker is told. */
static bool start_pages(struct scenario *scenario, struct flight *flight,
                        const struct bundle *bundle)
{
    const struct page *page = bundle->pages[0];
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    arena_init(&arena);
    event_list_init(&events, &arena);
    page_start(page, scenario_now(scenario), &events);
    for (size_t i = 1; i < bundle->count; i++)
        page_start_with(bundle->pages[i], page, scenario_now(scenario), &events);
    bool good = engine_append(&scenario->core.engine, &events, &err);
    arena_done(&arena);
    if (!good)
        return false;
    log_order(scenario, bundle);
    take_off(scenario, flight, page, FOLLOW_NONE);
    return true;
}

/* What the receiver of an alert is told, or that it cannot be. */
static bool start_follow(struct scenario *scenario, struct flight *flight,
                         const struct follow *follow)
{
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    arena_init(&arena);
    event_list_init(&events, &arena);
    if (follow->lost.n > 0)
        follow_give_up(follow, scenario_now(scenario), &events);
    else
        follow_start(follow, scenario_now(scenario), &events);
    bool good = engine_append(&scenario->core.engine, &events, &err);
    arena_done(&arena);
    if (good && follow->lost.n == 0)
        take_off(scenario, flight, follow->page, follow->action);
    return good;
}

static struct flight *find_room(struct scenario *scenario)
{
    struct flight *free = NULL;
    size_t room = 0;
    for (size_t i = 0; i < LIMIT_WORKERS; i++) {
        if (scenario->flights[i].running)
            continue;
        free = &scenario->flights[i];
        room++;
    }
    return room < 2 ? NULL : free; /* one page leaves room for the heartbeat */
}

void workers_release(struct scenario *scenario)
{
    struct flight *flight;
    bool good = true;
    while (good && (flight = find_room(scenario))) {
        struct arena arena;
        size_t count = 0;
        arena_init(&arena);
        struct page_world pages = world_pages(&scenario->core.world);
        pages.now = scenario_now(scenario);
        const struct bundle *ready = bundle_ready(&pages, &arena, &count);
        size_t follow_count = 0;
        const struct follow *follows = follow_ready(&pages, &arena, &follow_count);
        good = count > 0          ? start_pages(scenario, flight, &ready[0])
               : follow_count > 0 ? start_follow(scenario, flight, &follows[0])
                                  : false;
        arena_done(&arena);
    }
}

/* False: the result could not be written. */
static bool finish(struct scenario *scenario, const struct flight *flight)
{
    static const enum page_outcome outcomes[] = {PAGE_WAS_SENT, PAGE_DID_FAIL, PAGE_WAS_REFUSED,
                                                 PAGE_IN_DOUBT, PAGE_IN_DOUBT};
    struct arena arena;
    struct event_list events;
    struct err err = {0};
    size_t count = 0;
    const struct page *followed =
        map_find(&scenario->core.world.pages.table, page_thread(flight->page));
    arena_init(&arena);
    event_list_init(&events, &arena);
    if (flight->action != FOLLOW_NONE && followed && followed->follow.sending) {
        enum page_outcome outcome = outcomes[flight->answer.kind];
        struct follow follow = {followed, flight->action, STR("")};
        struct follow_end end = {outcome == PAGE_IN_DOUBT ? PAGE_DID_FAIL : outcome,
                                 flight->answer.text, 0};
        follow_finish(&follow, &end, scenario_now(scenario), &events);
    }
    const struct page **pages =
        bundle_started(&scenario->core.world.pages, flight->page, &arena, &count);
    for (size_t i = 0; i < count; i++) /* none, when a newer attempt has taken its place */
        page_finish(pages[i], outcomes[flight->answer.kind], flight->answer.text,
                    scenario_now(scenario), &events);
    if (events.count == 0) {
        arena_done(&arena);
        return true;
    }
    bool good = engine_append(&scenario->core.engine, &events, &err);
    arena_done(&arena);
    return good;
}

bool workers_answer(struct scenario *scenario)
{
    bool any = false;
    for (size_t i = 0; i < LIMIT_WORKERS && !scenario->core.crashed; i++) {
        struct flight *flight = &scenario->flights[i];
        if (!flight->running || scenario->boot_ms < flight->due_ms)
            continue;
        any = true;
        flight->running = !finish(scenario, flight);
        if (flight->running) /* as the daemon: said to be in doubt when writing works again */
            flight->answer = (struct answer_script){
                .kind = ANSWERS_DOUBTS, .text = STR("its result could not be recorded")};
        else if (flight->answer.twice && !scenario->core.crashed)
            (void)!finish(scenario, flight);
    }
    return any;
}

void workers_kill(struct scenario *scenario)
{
    for (size_t i = 0; i < LIMIT_WORKERS; i++)
        scenario->flights[i].running = false;
}

static const struct sent *find_link(const struct scenario *scenario, struct str whose)
{
    for (size_t i = scenario->sent_count; i-- > 0;) {
        const struct sent *sent = &scenario->sent[i];
        if (sent->link.n > 0 && (str_equal(sent->person, whose) || str_equal(sent->page, whose)))
            return sent;
    }
    return NULL;
}

static bool check_link(struct scenario *scenario, struct arena *arena, struct str token,
                       struct link *out_link, struct err *err)
{
    struct link_token read;
    if (!link_parse(arena, token, &read, err))
        return false;
    *out_link = read.link;
    struct link_check check = {.got_mac = read.mac,
                               .want_mac = mac_of(arena, read.payload),
                               .incident = read.link.incident,
                               .now = scenario_now(scenario)};
    return link_check(&scenario->core.world.links, out_link, &check, err) &&
           link_check_person(&scenario->core.world.people, out_link, err);
}

/* Acknowledgement and use of the link are one batch. */
static bool acknowledge(struct scenario *scenario, struct arena *arena, const struct link *link,
                        struct err *err)
{
    struct world *world = &scenario->core.world;
    struct event_list events;
    event_list_init(&events, arena);
    world->now = scenario_now(scenario);
    struct incident_world view = world_incidents(world, arena);
    struct caller caller = caller_of_link(arena, link->person, link->incident);
    struct incident_call call = {.actor = caller.actor,
                                 .via = STR("link"),
                                 .number = incident_goes_on_as(&world->incidents, link->incident)};
    if (!incident_acknowledge(&view, &call, &events, err))
        return false;
    link_use(link, caller.actor, world->now, &events);
    return engine_append(&scenario->core.engine, &events, err);
}

/* A token with one byte of its signature changed. */
static struct str forge(struct arena *arena, struct str token)
{
    char *copy = arena_alloc(arena, token.n + 1);
    memcpy(copy, token.p, token.n);
    size_t at = str_find_byte(token, '.', 0) + 1;
    copy[at] = copy[at] == 'A' ? 'B' : 'A';
    copy[token.n] = '\0';
    return (struct str){copy, token.n};
}

bool workers_link(struct scenario *scenario, const struct line *line, struct err *err)
{
    bool press = str_is(line->words[0].text, "press");
    bool forged = line->word_count > 1 && str_is(line->words[1].text, "forged");
    size_t at = forged ? 2 : 1;
    if (line->word_count != at + 3 || !str_is(line->words[at].text, "link") ||
        !str_is(line->words[at + 1].text, "of"))
        return scenario_bad(scenario, &line->words[0], err,
                            "Write: press link of PERSON, open link of PERSON, or press forged "
                            "link of PERSON; a page's id may stand for the person.");
    struct str whose = line->words[at + 2].text;
    const struct sent *sent = find_link(scenario, whose);
    if (!sent)
        return scenario_wrong(scenario, err, "no page with a link went out to %.*s",
                              STR_ARGS(whose));
    struct arena *arena = &scenario->arena;
    struct link link = {0};
    struct err refused = {0};
    struct str token = forged ? forge(arena, sent->link) : sent->link;
    bool good = check_link(scenario, arena, token, &link, &refused) &&
                (!press || acknowledge(scenario, arena, &link, &refused));
    const struct incidents *incidents = &scenario->core.world.incidents;
    int64_t number = incident_goes_on_as(incidents, link.incident);
    const struct incident *incident = incident_find(incidents, number);
    scenario->answered =
        (struct answered){.waits = true,
                          .ok = good,
                          .line = line->number,
                          .text = good ? str_printf(arena, "Incident %lld. %.*s", (long long)number,
                                                    STR_ARGS(link_stand(arena, &link, incident)))
                                       : str_copy(arena, str_of(refused.text))};
    return clock_turn(scenario, err);
}
