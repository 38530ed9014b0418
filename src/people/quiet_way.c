/* quiet_way.c - the quietest way, and its time. */
#include "people/quiet_way.h"

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

size_t quiet_contacts(const struct person *person, struct contact out_contacts[METHODS])
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

struct instant quiet_time(const struct person *person, enum method method, struct instant now)
{
    if (method_row(method)->program)
        return now;
    return person->quiet.zone || loudness(method) > 1 ? page_time_to_tell(person, true, now) : now;
}

struct page *quiet_thread(const struct pages *pages, int64_t incident, struct str person,
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

bool quiet_next(const struct pages *pages, int64_t incident, const struct target *target,
                enum method *out_method)
{
    struct contact contacts[METHODS];
    size_t count = quiet_contacts(target->person, contacts);
    for (int method = 0; method < METHODS; method++) {
        const struct page *page =
            quiet_thread(pages, incident, target->person->id, (enum method)method);
        if (page && page->state != PAGE_FAILED && !target_is_owed(page, target))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        *out_method = contacts[i].method;
        const struct page *page =
            quiet_thread(pages, incident, target->person->id, contacts[i].method);
        if (!page || page->state != PAGE_FAILED || target_is_owed(page, target))
            return true;
    }
    return false;
}
