/* gap_notice.c - whom to tell that a rota will have nobody, and what they are told. */
#include "people/gap_notice.h"

#include "base/text.h"
#include "people/message.h"
#include "people/notice.h"

enum { TEXT_BYTES_MAX = 32 * 1024, SUBJECT_BYTES = 200 };

struct telling {
    const struct page_world *world;
    const struct oncall_gap *gap;
    const struct rota *rota;
    struct event_list *out;
};

/* In working hours, but not later than an hour before it begins. */
static struct instant when(const struct telling *telling)
{
    struct instant now = telling->world->now;
    struct instant at = page_working_time(now);
    struct instant last = instant_add_ms(telling->gap->from, -GAP_TOLD_BEFORE_MS);
    if (instant_before(last, at))
        at = last;
    return instant_before(at, now) ? now : at;
}

static struct notice notice_of(const struct telling *telling)
{
    long long number = telling->gap->number;
    return (struct notice){.world = telling->world,
                           .out = telling->out,
                           .subject = str_printf(telling->out->arena, "gap:%lld", number),
                           .key = "gap",
                           .letter = 'g',
                           .may_ring = true,
                           .number = number,
                           .attempt = 1,
                           .not_before = when(telling)};
}

/* Goes on with everybody who was asked before, whoever is on call by now; how many, and whether
 * all ways to all of them were given up. Found by their pages, which are few. */
static size_t visit_asked(const struct telling *telling, bool *out_all_failed)
{
    struct notice notice = notice_of(telling);
    const struct pages *pages = telling->world->pages;
    const struct person **seen = arena_array(telling->out->arena, LIMIT_PEOPLE, sizeof *seen);
    const struct page *page;
    size_t count = 0;
    size_t at = 0;
    *out_all_failed = true;
    while ((page = page_next(pages, &at)) && count < LIMIT_PEOPLE) {
        const struct person *person =
            page->gap == telling->gap->number
                ? person_find(telling->world->oncall->people, str_of(page->person))
                : NULL;
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known = known || seen[i] == person;
        if (!person || known)
            continue;
        seen[count++] = person;
        if (!notice_visit(&notice, person, STR("whoever was to be told cannot be reached")))
            *out_all_failed = false;
    }
    return count;
}

static size_t visit_party(const struct telling *telling, const struct person *const *party,
                          size_t count, struct str reason)
{
    struct notice notice = notice_of(telling);
    size_t told = 0;
    for (size_t i = 0; i < count; i++) {
        if (oncall_is_on_leave(telling->world->oncall, party[i]->id, telling->world->now) ||
            notice_was_asked(&notice, party[i]))
            continue;
        (void)notice_visit(&notice, party[i], reason);
        told++;
    }
    return told;
}

/* The first of the parties that has somebody who was not asked yet. */
static void tell(const struct telling *telling)
{
    const struct oncall *oncall = telling->world->oncall;
    const struct person **party = arena_array(telling->out->arena, LIMIT_PEOPLE, sizeof *party);
    struct instant now = telling->world->now;
    struct instant before = {telling->gap->from.us - 1};
    bool all_failed = false;
    if (visit_asked(telling, &all_failed) > 0 && !all_failed)
        return;
    size_t count = oncall_on(oncall, telling->rota->name, before, party);
    if (visit_party(telling, party, count, STR("you are on this rota before it has nobody")) > 0)
        return;
    count = oncall_on(oncall, STR("secondary"), now, party);
    if (visit_party(telling, party, count, STR("you are the secondary on call")) > 0)
        return;
    count = oncall_party(oncall, STR(ONCALL_RESPONDERS), now, party);
    (void)visit_party(telling, party, count,
                      STR("you are a responder, and nobody nearer to it can be told"));
}

void gap_notice_decide(const struct page_world *world, struct event_list *out)
{
    for (size_t i = 0; i < world->gaps->count; i++) {
        const struct oncall_gap *gap = &world->gaps->items[i];
        const struct rota *rota =
            rota_find(world->oncall->rotas, world->oncall->rota_count, str_of(gap->rota));
        struct telling telling = {world, gap, rota, out};
        bool room = world->pages->table.count + LIMIT_PEOPLE < PAGE_THREADS_MAX;
        if (rota && gap->with == 0 && room)
            tell(&telling);
    }
}

/* --- what is said --- */

static const struct zone *zone_of(const struct gap_notice *notice, const struct oncall_gap *gap)
{
    const struct rota *rota =
        rota_find(notice->oncall->rotas, notice->oncall->rota_count, str_of(gap->rota));
    return rota ? rota_zone(rota) : zone_utc();
}

static struct str times_of(struct arena *arena, const struct gap_notice *notice,
                           const struct oncall_gap *gap)
{
    return gap_times(arena, zone_of(notice, gap), gap->from, gap->until);
}

struct str gap_notice_subject(struct arena *arena, const struct gap_notice *notice)
{
    const struct oncall_gap *gap = gap_get(notice->gaps, notice->page->gap);
    if (!gap)
        return STR("[notice] A gap of a rota is closed");
    struct str subject = str_printf(arena, "[notice] Nobody is on call (%s) %.*s", gap->rota,
                                    STR_ARGS(times_of(arena, notice, gap)));
    return str_visible(arena, str_cut(subject, SUBJECT_BYTES), true);
}

static void add_gap(struct arena *arena, struct text *text, const struct gap_notice *notice,
                    const struct oncall_gap *gap)
{
    text_printf(text, "  %.*s: %s\n", STR_ARGS(times_of(arena, notice, gap)), gap->reason);
}

static void add_gaps(struct arena *arena, struct text *text, const struct gap_notice *notice,
                     const struct oncall_gap *first)
{
    text_printf(text, "The rota %s will have nobody whom a page reaches:\n", first->rota);
    add_gap(arena, text, notice, first);
    for (size_t i = 0; i < notice->gaps->count; i++)
        if (notice->gaps->items[i].with == first->number)
            add_gap(arena, text, notice, &notice->gaps->items[i]);
    text_printf(
        text,
        "\nUntil somebody is on it, pages of that time go to %severy responder.\nTo put somebody "
        "on it:\n  reeve oncall override %s PERSON --from "
        "TIME --until TIME --reason WHY\nTo see the shifts:\n  reeve oncall --for \"14 "
        "days\"\n",
        str_is_nocase(STR("secondary"), first->rota) ? "" : "the secondary on call, else to ",
        first->rota);
    if (notice->public_url.n > 0)
        text_printf(text, "  %.*s/oncall\n", STR_ARGS(notice->public_url));
}

struct str gap_notice_text(struct arena *arena, const struct gap_notice *notice)
{
    const struct oncall_gap *gap = gap_get(notice->gaps, notice->page->gap);
    struct text text;
    text_init(&text, arena, TEXT_BYTES_MAX);
    if (gap)
        add_gaps(arena, &text, notice, gap);
    else
        text_printf(&text, "Gap %lld of a rota, which was to be told to you, is closed.\n",
                    (long long)notice->page->gap);
    message_add_end(&text, notice->page, notice->checkpoint);
    return str_visible(arena, text_str(&text), false);
}

struct str gap_notice_json(struct arena *arena, const struct gap_notice *notice)
{
    const struct oncall_gap *gap = gap_get(notice->gaps, notice->page->gap);
    struct text text;
    struct json_writer w = {.text = &text};
    text_init(&text, arena, TEXT_BYTES_MAX);
    notice_json_open(&w, "oncall.gap", notice->now, notice->page,
                     gap_notice_subject(arena, notice));
    json_int(&w, "gap", notice->page->gap);
    if (gap) {
        json_str(&w, "rota", str_of(gap->rota));
        json_instant_us(&w, "from", gap->from.us);
        if (instant_is_zero(gap->until))
            json_null(&w, "until");
        else
            json_instant_us(&w, "until", gap->until.us);
        json_str(&w, "why", str_of(gap->reason));
    }
    notice_json_close(&w, notice->checkpoint);
    return text_str(&text);
}
