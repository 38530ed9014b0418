/* calm.c - whoever was told of a fault must not be left to wonder. */
#include "people/calm.h"

#include "people/quiet_way.h"

/* One walk over the threads: out NULL only looks for the next time. */
struct calm {
    const struct page_world *world;
    struct arena *arena;
    struct event_list *out;
    struct instant next;
};

static bool is_to_hear(const struct page *page)
{
    return page && page->calm && page->told && !method_row(page->method)->keeps;
}

/* Is it to be decided now? */
static bool is_due(struct calm *calm, struct instant due)
{
    if (instant_is_zero(calm->next) || instant_before(due, calm->next))
        calm->next = due;
    return calm->out && !instant_before(calm->world->now, due);
}

static struct instant due_of(const struct calm *calm, const struct page *page)
{
    if (!page || instant_is_zero(page->calmed))
        return calm->world->now;
    return instant_add_ms(page->calmed, page_repeat_ms(calm->world));
}

/* Who is told, of what, in place of which page. */
struct telling {
    const struct page *page; /* the newest one by the way that it goes by, or NULL */
    const struct person *person;
    const struct incident *incident;
    enum method method;
};

static void ask(struct calm *calm, const struct telling *telling, bool instead, struct str reason)
{
    const struct page_world *world = calm->world;
    const struct severity_level *level =
        severity_get(world->plan, str_of(telling->incident->severity));
    struct instant awake = quiet_time(telling->person, telling->method, world->now);
    bool mild = level->rank >= SEVERITY_QUIET_RANK;
    struct page asked = {.incident = telling->incident->number,
                         .method = telling->method,
                         .rank = level->rank,
                         .not_before =
                             mild ? page_time_to_tell(telling->person, true, world->now) : awake,
                         .after_ack = true,
                         .instead = instead};
    struct page_asking asking = {telling->page, asked, telling->person, reason};
    page_ask(world, &asking, calm->out);
}

static struct str name_of(const struct calm *calm, const struct page *page,
                          const struct person *person)
{
    const struct page_world *world = calm->world;
    const struct switch_off *off =
        world->switches ? switch_of_way(world->switches, world->switchables, person, page->method)
                        : NULL;
    return off ? str_printf(calm->arena, "%s is switched off", off->name)
               : str_printf(calm->arena, "%s is no longer in the configuration",
                            method_name(page->method));
}

static const struct page *thread_of(const struct calm *calm, const struct page *page,
                                    enum method method)
{
    return quiet_thread(calm->world->pages, page->incident, str_of(page->person), method);
}

/* Programs that were told are told by themselves, and speak for nobody. */
static bool hears_itself(const struct page *page)
{
    return method_row(page->method)->program;
}

/* Does another way of theirs see to it, or is one of them just speaking? */
static bool is_seen_to(const struct calm *calm, const struct page *page)
{
    for (int method = 0; method < METHODS; method++) {
        const struct page *other = thread_of(calm, page, (enum method)method);
        if (!other || other == page || hears_itself(other))
            continue;
        if (other->state == PAGE_STARTED || (method < (int)page->method && is_to_hear(other)))
            return true;
    }
    return false;
}

static bool has_others(const struct calm *calm, const struct page *page)
{
    for (int method = 0; method < METHODS; method++) {
        const struct page *other = thread_of(calm, page, (enum method)method);
        if (other && other != page && !hears_itself(other) && is_to_hear(other))
            return true;
    }
    return false;
}

/* A way that has just failed is asked only where no other one is. */
static bool may_go(const struct calm *calm, const struct page *page, enum method method, bool down)
{
    const struct page *other = thread_of(calm, page, method);
    bool said = other && other->says_calm && !other->calm;
    return !method_row(method)->keeps && !(said && other->state == PAGE_FAILED) &&
           (other && other->down) == down;
}

/* The quietest way by which they are to hear of it, what tells a program last. False: they hear,
 * or none is left. */
static bool find_way(const struct calm *calm, const struct page *page, struct telling *telling,
                     bool *out_none)
{
    struct contact contacts[METHODS];
    size_t count = quiet_contacts(telling->person, contacts);
    *out_none = false;
    if (is_seen_to(calm, page))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct page *other = thread_of(calm, page, contacts[i].method);
        if (other && other->says_calm && !other->calm && other->state != PAGE_FAILED)
            return false;
    }
    for (size_t i = 0; i < 2 * count; i++) {
        enum method method = contacts[i % count].method;
        if (!may_go(calm, page, method, i >= count))
            continue;
        telling->page = thread_of(calm, page, method);
        telling->method = method;
        return true;
    }
    *out_none = true;
    return false;
}

/* Once: who hears nothing until the way is on again. */
static void say_untold(struct calm *calm, const struct page *page, struct str why)
{
    if (page->unsaid || !is_due(calm, calm->world->now))
        return;
    size_t at = calm->out->count;
    page_stop(page,
              str_printf(calm->out->arena,
                         "%.*s, and they have no other way that works; nobody tells them that "
                         "incident %lld is mitigated",
                         STR_ARGS(why), (long long)page->incident),
              calm->world->now, calm->out);
    event_set_int(&calm->out->items[at], "calm", 1);
}

/* By the quietest of their ways, for all that told them. */
static void visit_person(struct calm *calm, const struct page *page, struct telling telling)
{
    bool none;
    bool off = !person_has_method(telling.person, page->method);
    bool found = find_way(calm, page, &telling, &none);
    struct str why = off ? name_of(calm, page, telling.person) : STR("");
    if (none && off)
        say_untold(calm, page, why);
    if (!found || (!telling.page && calm->world->pages->table.count >= PAGE_THREADS_MAX) ||
        !is_due(calm, due_of(calm, telling.page)))
        return;
    bool other = telling.method != page->method;
    struct arena *arena = calm->out->arena;
    ask(calm, &telling, other || has_others(calm, page),
        off     ? str_printf(arena, "you were told of it by %s, and its rules have resolved (%.*s)",
                             method_name(page->method), STR_ARGS(why))
        : other ? str_printf(arena, "you were told of it by %s, and its rules have resolved",
                             method_name(page->method))
                : STR("you were told of it, and its rules have resolved"));
}

static void visit(struct calm *calm, const struct page *page)
{
    if (!is_to_hear(page) || page->state == PAGE_STARTED)
        return;
    struct telling telling = {.page = page,
                              .person =
                                  person_find(calm->world->oncall->people, str_of(page->person)),
                              .incident = incident_find(calm->world->incidents, page->incident),
                              .method = page->method};
    if (!telling.incident || !telling.person)
        return;
    if (!hears_itself(page) || !person_has_method(telling.person, page->method))
        visit_person(calm, page, telling);
    else if (is_due(calm, due_of(calm, page)))
        ask(calm, &telling, false, STR("you were told of it, and its rules have resolved"));
}

static void visit_all(struct calm *calm)
{
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(calm->world->pages, &at)))
        visit(calm, page);
}

void calm_decide(const struct page_world *world, struct event_list *out)
{
    struct calm calm = {.world = world, .arena = out->arena, .out = out};
    visit_all(&calm);
}

struct instant calm_next_due(const struct page_world *world, struct arena *scratch)
{
    struct calm calm = {.world = world, .arena = scratch};
    visit_all(&calm);
    return calm.next;
}
