/* calm.c - the quietest way, and one for all. */
#include "people/calm.h"

enum { LOUDNESSES = 4 };

static bool is_telephone(enum method method)
{
    return strcmp(method_row(method)->key, "phone") == 0;
}

static int loudness(enum method method)
{
    const struct method_row *row = method_row(method);
    return row->rings ? 3 : is_telephone(method) ? 2 : row->program ? 1 : 0;
}

size_t calm_contacts(const struct person *person, struct contact out_contacts[METHODS])
{
    struct contact all[METHODS];
    bool at_once;
    size_t taken = 0;
    size_t count = person_contacts(person, all, &at_once);
    for (int loud = 0; loud < LOUDNESSES; loud++)
        for (size_t i = 0; i < count; i++)
            if (loudness(all[i].method) == loud)
                out_contacts[taken++] = all[i];
    return taken;
}

struct instant calm_mild_time(const struct person *person, struct instant now)
{
    return person->quiet.zone ? person_awake(person, now) : page_working_time(now);
}

struct instant calm_time(const struct person *person, enum method method, struct instant now)
{
    if (method_row(method)->program)
        return now;
    return person->quiet.zone || loudness(method) > 1 ? calm_mild_time(person, now) : now;
}

struct page *calm_thread(const struct pages *pages, int64_t incident, struct str person,
                         enum method method)
{
    struct arena scratch;
    arena_init(&scratch);
    struct page *page =
        map_find(&pages->table, str_printf(&scratch, "%lld-%.*s-%s", (long long)incident,
                                           STR_ARGS(person), method_name(method)));
    arena_done(&scratch);
    return page;
}

/* The thread of the same person by another way, or NULL; those to programs go by themselves. */
static struct page *other_of(const struct pages *pages, const struct page *page, int method)
{
    if (page->incident == 0 || method_row((enum method)method)->program)
        return NULL;
    return calm_thread(pages, page->incident, str_of(page->person), (enum method)method);
}

bool calm_next(const struct pages *pages, int64_t incident, const struct target *target,
               enum method *out_method)
{
    struct contact contacts[METHODS];
    size_t count = calm_contacts(target->person, contacts);
    for (int method = 0; method < METHODS; method++) {
        const struct page *page =
            calm_thread(pages, incident, target->person->id, (enum method)method);
        if (page && page->state != PAGE_FAILED && !target_is_owed(page, target))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        *out_method = contacts[i].method;
        const struct page *page =
            calm_thread(pages, incident, target->person->id, contacts[i].method);
        if (!page || page->state != PAGE_FAILED || target_is_owed(page, target))
            return true;
    }
    return false;
}

static bool is_owed(const struct page *page)
{
    return page->calm && page->told;
}

bool calm_is_owed(const struct page_world *world, const struct page *page, enum method *out_method)
{
    const struct person *person = person_find(world->oncall->people, str_of(page->person));
    struct contact contacts[METHODS];
    *out_method = page->method;
    if (!is_owed(page) || page->state == PAGE_STARTED || !person)
        return false;
    if (method_row(page->method)->program)
        return person_has_method(person, page->method);
    for (int i = 0; i < METHODS; i++) {
        const struct page *other = other_of(world->pages, page, i);
        if (other && (other->state == PAGE_STARTED || ((int)page->method > i && is_owed(other))))
            return false;
    }
    size_t count = calm_contacts(person, contacts);
    bool found = false;
    for (size_t i = 0; !found && i < count; i++) {
        const struct page *by =
            calm_thread(world->pages, page->incident, person->id, contacts[i].method);
        found = !method_row(contacts[i].method)->program && !(by && by->down);
        if (found || i == 0)
            *out_method = contacts[i].method;
    }
    /* Rather by their program than by a telephone; by itself, where it was told. */
    if (count == 0 || !method_row(contacts[0].method)->program)
        return count > 0;
    *out_method = contacts[0].method;
    return !calm_thread(world->pages, page->incident, person->id, contacts[0].method);
}

struct instant calm_said(const struct pages *pages, const struct page *page)
{
    struct instant said = page->calmed;
    for (int i = 0; !method_row(page->method)->program && i < METHODS; i++) {
        const struct page *other = other_of(pages, page, i);
        if (other && instant_before(said, other->calmed))
            said = other->calmed;
    }
    return said;
}

void calm_take(struct pages *pages, struct page *page, struct instant at)
{
    bool says = page->calm;
    page->calm = false;
    for (int i = 0; !method_row(page->method)->program && i < METHODS; i++) {
        struct page *other = other_of(pages, page, i);
        if (!other || !is_owed(other) || other == page)
            continue;
        other->calm = false;
        says = true;
    }
    if (!says)
        return;
    page->says_calm = true;
    page->calmed = at;
}

void calm_arrived(struct pages *pages, const struct page *page)
{
    for (int i = 0; !method_row(page->method)->program && i < METHODS; i++) {
        struct page *other = other_of(pages, page, i);
        if (other && other != page && other->state != PAGE_STARTED)
            other->told = false;
    }
}
