/* calm.c - whoever was told of a fault must not be left to wonder. */
#include "people/calm.h"

/* One walk over the threads: out NULL only looks for the next time. */
struct calm {
    const struct page_world *world;
    struct arena *arena;
    struct event_list *out;
    struct instant next;
};

static const struct page *thread_of(const struct calm *calm, const struct page *page,
                                    enum method method)
{
    return map_find(&calm->world->pages->table,
                    str_printf(calm->arena, "%lld-%s-%s", (long long)page->incident, page->person,
                               method_name(method)));
}

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
    bool quiet = level->rank >= SEVERITY_QUIET_RANK;
    struct page asked = {.incident = telling->incident->number,
                         .method = telling->method,
                         .rank = level->rank,
                         .not_before = page_time_to_tell(telling->person, quiet, world->now),
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

/* The way by which they are to hear of it instead. False: they hear, or none is left. */
static bool find_way(const struct calm *calm, const struct page *page, struct telling *telling,
                     bool *out_none)
{
    struct contact contacts[METHODS];
    bool at_once;
    size_t count = person_contacts(telling->person, contacts, &at_once);
    *out_none = false;
    /* Of several that are off the first one speaks. */
    for (int method = 0; method < (int)page->method; method++)
        if (is_to_hear(thread_of(calm, page, (enum method)method)))
            return false;
    for (size_t i = 0; i < count; i++)
        if (is_to_hear(thread_of(calm, page, contacts[i].method)))
            return false;
    for (size_t i = 0; i < count; i++) {
        const struct page *other = thread_of(calm, page, contacts[i].method);
        bool said = other && other->says_calm && !other->calm;
        if (method_row(contacts[i].method)->keeps || (said && other->state == PAGE_FAILED))
            continue;
        if (said || (other && other->state == PAGE_STARTED))
            return false;
        telling->page = other;
        telling->method = contacts[i].method;
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

static void visit_off(struct calm *calm, const struct page *page, struct telling telling)
{
    bool none;
    bool found = find_way(calm, page, &telling, &none);
    struct str why = name_of(calm, page, telling.person);
    if (none)
        say_untold(calm, page, why);
    if (!found || (!telling.page && calm->world->pages->table.count >= PAGE_THREADS_MAX) ||
        !is_due(calm, due_of(calm, telling.page)))
        return;
    ask(calm, &telling, true,
        str_printf(calm->out->arena,
                   "you were told of it by %s, and its rules have resolved (%.*s)",
                   method_name(page->method), STR_ARGS(why)));
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
    if (!person_has_method(telling.person, page->method))
        visit_off(calm, page, telling);
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
