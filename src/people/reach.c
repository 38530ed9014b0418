/* reach.c - who was reached last by which way, and drills. */
#include "people/reach.h"

#define AWAY_LOOK_US (INT64_C(60) * 60 * 1000 * 1000)

/* When it is looked again whether somebody is back from leave: the next full hour, so that it stays
 * the same while nothing happens. */
static struct instant next_look(struct instant now)
{
    return (struct instant){(now.us / AWAY_LOOK_US + 1) * AWAY_LOOK_US};
}

static struct str key_of(struct arena *arena, struct str person, enum method method)
{
    return str_printf(arena, "%s-%.*s", method_name(method), STR_ARGS(person));
}

const struct reach *reach_find(const struct pages *pages, struct str person, enum method method)
{
    char key[PAGE_ID_BYTES];
    size_t n = strlen(method_name(method));
    if (person.n + n + 2 > sizeof key)
        return NULL;
    memcpy(key, method_name(method), n);
    key[n] = '-';
    memcpy(key + n + 1, person.p, person.n);
    return map_find(&pages->reaches, (struct str){key, n + 1 + person.n});
}

static struct reach *make(struct pages *pages, const struct page *page)
{
    struct str person = str_of(page->person);
    struct reach *reach = (struct reach *)(uintptr_t)reach_find(pages, person, page->method);
    if (reach)
        return reach;
    struct arena scratch;
    arena_init(&scratch);
    reach = arena_make(pages->arena, struct reach);
    *reach = (struct reach){.method = page->method};
    str_keep(reach->person, sizeof reach->person, person);
    bool kept = map_put(&pages->reaches, key_of(&scratch, person, page->method), reach);
    arena_done(&scratch);
    return kept ? reach : NULL;
}

void reach_fold(struct pages *pages, const struct page *page, const struct event *event)
{
    bool asked = event->kind == EVENT_PAGE_REQUESTED && page_is_test(page);
    bool sent = event->kind == EVENT_PAGE_SENT;
    bool ended = event->kind == EVENT_PAGE_FAILED || event->kind == EVENT_PAGE_DOUBTED;
    bool failed = ended && page->state == PAGE_FAILED;
    bool hitched = event->kind == EVENT_PAGE_FAILED && !failed;
    struct reach *reach = asked || sent || failed || hitched ? make(pages, page) : NULL;
    if (!reach)
        return;
    if (asked)
        reach->asked = event->at;
    if (sent) {
        reach->sent = event->at;
        reach->problem[0] = reach->hitch[0] = '\0';
        reach->failures = 0;
        str_keep(reach->detail, sizeof reach->detail, event_str(event, "detail"));
    }
    if (failed) {
        reach->failed = event->at;
        reach->hitch[0] = '\0';
        if (reach->failures++ == 0)
            reach->failing = event->at;
        str_keep(reach->problem, sizeof reach->problem, str_of(page->problem));
    }
    if (hitched) {
        reach->hitched = event->at;
        str_keep(reach->hitch, sizeof reach->hitch, event_str(event, "error"));
    }
}

static struct instant later_of(struct instant a, struct instant b)
{
    return instant_before(a, b) ? b : a;
}

/* A way that nothing is known of is due now. */
static struct instant due_of(const struct page_world *world, const struct person *person,
                             enum method method)
{
    const struct reach *reach = reach_find(world->pages, person->id, method);
    struct instant last =
        reach ? later_of(reach->asked, later_of(reach->sent, reach->failed)) : (struct instant){0};
    return instant_is_zero(last) ? world->now : instant_add_ms(last, world->drill_ms);
}

static const struct page *find_test(const struct page_world *world, struct arena *arena,
                                    const struct person *person, enum method method)
{
    return map_find(&world->pages->table,
                    str_printf(arena, "0-%.*s-%s", STR_ARGS(person->id), method_name(method)));
}

static bool is_under_way(const struct page *page)
{
    return page && (page->state == PAGE_REQUESTED || page->state == PAGE_STARTED);
}

typedef void visit(const struct page_world *world, const struct person *person, enum method method,
                   void *context);

static void visit_ways(const struct page_world *world, visit *function, void *context)
{
    const struct people *people = world->oncall->people;
    for (size_t i = 0; i < people->count && i < LIMIT_PEOPLE; i++) {
        struct contact contacts[METHODS];
        bool at_once;
        size_t count = person_contacts(&people->items[i], contacts, &at_once);
        for (size_t at = 0; at < count; at++)
            function(world, &people->items[i], contacts[at].method, context);
    }
}

struct drill {
    struct event_list *out; /* NULL: only looks for the next time */
    struct arena *arena;
    struct str actor, reason;
    bool now;       /* whatever is due */
    size_t threads; /* pages kept, with those asked for here */
    size_t count;
    struct instant next;
};

static void ask(const struct page_world *world, const struct person *person, enum method method,
                struct drill *drill)
{
    const struct page *page = find_test(world, drill->arena, person, method);
    /* Beyond the table nothing could remember that it was asked for. */
    if (!page && drill->threads >= PAGE_THREADS_MAX - PAGE_THREADS_KEPT)
        return;
    drill->threads += !page;
    struct page asked = {.method = method,
                         .attempt = page ? page->attempt + 1 : 1,
                         .requested = world->now,
                         .not_before = world->now,
                         .after_ack = true};
    if (!drill->now)
        asked.not_before =
            person->quiet.zone ? person_awake(person, world->now) : page_working_time(world->now);
    page_request(&asked, person, drill->actor, drill->reason, drill->out);
    drill->count++;
}

static void visit_drill(const struct page_world *world, const struct person *person,
                        enum method method, void *context)
{
    struct drill *drill = context;
    if (is_under_way(find_test(world, drill->arena, person, method)))
        return;
    struct instant due = drill->now ? world->now : due_of(world, person, method);
    /* Whoever is on leave is tested when they are back. */
    if (!drill->now && oncall_is_on_leave(world->oncall, person->id, world->now))
        due = instant_before(world->now, due) ? due : next_look(world->now);
    if (instant_is_zero(drill->next) || instant_before(due, drill->next))
        drill->next = due;
    if (drill->out && !instant_before(world->now, due))
        ask(world, person, method, drill);
}

void drill_decide(const struct page_world *world, struct event_list *out)
{
    struct drill drill = {.out = out,
                          .arena = out->arena,
                          .actor = STR("reeve"),
                          .reason = STR("a drill"),
                          .threads = world->pages->table.count};
    if (world->drill_ms > 0)
        visit_ways(world, visit_drill, &drill);
}

struct instant drill_next_due(const struct page_world *world, struct arena *scratch)
{
    struct drill drill = {.arena = scratch};
    if (world->drill_ms > 0)
        visit_ways(world, visit_drill, &drill);
    return drill.next;
}

void drill_all(const struct page_world *world, struct str actor, struct event_list *out,
               size_t *out_count)
{
    struct drill drill = {.out = out,
                          .arena = out->arena,
                          .actor = actor,
                          .reason = STR("a drill"),
                          .now = true,
                          .threads = world->pages->table.count};
    visit_ways(world, visit_drill, &drill);
    *out_count = drill.count;
}

bool page_test(const struct page_world *world, struct str actor, struct str person,
               struct event_list *out, struct err *err)
{
    const struct person *found = person_find(world->oncall->people, person);
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
        const struct page *page = find_test(world, out->arena, found, method);
        if (!page && world->pages->table.count + METHODS > PAGE_THREADS_MAX)
            return err_set(err, ERR_REFUSED, NULL,
                           "%zu pages are kept, and there is room for no test; resolve or merge "
                           "incidents that are over.",
                           world->pages->table.count);
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
