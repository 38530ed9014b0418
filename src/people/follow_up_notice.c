/* follow_up_notice.c - who is to be told of which follow-up, and what they are told. */
#include "people/follow_up_notice.h"

#include "base/text.h"
#include "people/message.h"
#include "people/notice.h"

enum { TEXT_BYTES_MAX = 64 * 1024, SUBJECT_BYTES = 200, NAMED_MAX = 50 };
enum { LEVEL_GIVEN = 1, LEVEL_SOON = 2, LEVEL_OVERDUE = 3 };
static const int64_t day_ms = (int64_t)24 * 60 * 60 * 1000;

static bool is_open(const struct follow_up *follow_up)
{
    return instant_is_zero(follow_up->done);
}

/* How far its owner has to be told by now. */
static int64_t level_of(const struct follow_up *follow_up, struct instant now)
{
    struct instant due = follow_up->due;
    if (instant_before(now, instant_add_ms(follow_up->added, FOLLOW_UP_GATHER_MS)))
        return 0;
    if (instant_is_zero(due) ||
        instant_before(now, instant_add_ms(due, -FOLLOW_UP_SOON_DAYS * day_ms)))
        return LEVEL_GIVEN;
    if (instant_before(now, due))
        return LEVEL_SOON;
    return LEVEL_OVERDUE + instant_ms_between(due, now) / (FOLLOW_UP_AGAIN_DAYS * day_ms);
}

/* When the next level begins; zero: never. */
static struct instant next_of(const struct follow_up *follow_up, struct instant now)
{
    int64_t level = level_of(follow_up, now);
    if (level == 0)
        return instant_add_ms(follow_up->added, FOLLOW_UP_GATHER_MS);
    if (instant_is_zero(follow_up->due))
        return (struct instant){0};
    if (level == LEVEL_GIVEN)
        return instant_add_ms(follow_up->due, -FOLLOW_UP_SOON_DAYS * day_ms);
    return instant_add_ms(follow_up->due,
                          (level + 1 - LEVEL_OVERDUE) * FOLLOW_UP_AGAIN_DAYS * day_ms);
}

static bool is_unowned(const struct follow_up *follow_up)
{
    return str_is(str_of(follow_up->owner), FOLLOW_UP_UNOWNED);
}

/* Is its date near, or over, while its owner is on leave? */
static bool is_missed(const struct page_world *world, const struct follow_up *follow_up)
{
    return level_of(follow_up, world->now) >= LEVEL_SOON &&
           oncall_is_on_leave(world->oncall, str_of(follow_up->owner), world->now);
}

static const struct person *owner_of(const struct page_world *world,
                                     const struct follow_up *follow_up)
{
    const struct people *people = world->oncall->people;
    const struct person *person = person_find(people, str_of(follow_up->owner));
    const struct person *party[LIMIT_PEOPLE];
    if (person && person_is_reachable(person) && !is_missed(world, follow_up))
        return person;
    /* Without an owner it is nobody's until it is late. */
    if (is_unowned(follow_up) && level_of(follow_up, world->now) < LEVEL_OVERDUE)
        return NULL;
    /* Nobody can tell the owner, or they are away: whoever is on call is told, and each level of
     * one of them. */
    person = follow_up->told[0] && level_of(follow_up, world->now) <= follow_up->told_level
                 ? person_find(people, str_of(follow_up->told))
                 : NULL;
    if (person && person_is_reachable(person))
        return person;
    size_t count = oncall_party(world->oncall, STR(ONCALL_PRIMARY), world->now, party);
    return count > 0 ? party[0] : NULL;
}

/* Is it theirs to be told of? */
static bool is_told_to(const struct follow_up *follow_up, struct str person)
{
    return str_is(person, follow_up->owner) || str_is(person, follow_up->told);
}

static struct str what_of(int64_t level)
{
    return level == LEVEL_GIVEN  ? STR("is theirs")
           : level == LEVEL_SOON ? STR("is due soon")
                                 : STR("is overdue");
}

/* Of what the same round tells the same owner, the first has the message. */
static int64_t lead_of(const struct event_list *out, size_t from, const struct follow_up *follow_up,
                       struct str person)
{
    for (size_t i = from; i < out->count; i++)
        if (out->items[i].kind == EVENT_INCIDENT_FOLLOW_UP_TOLD &&
            str_equal(event_str(&out->items[i], "owner"), person))
            return event_int(&out->items[i], "with");
    return follow_up->number;
}

static void tell(const struct page_world *world, const struct follow_up *follow_up,
                 struct str person, size_t from, struct event_list *out)
{
    int64_t level = level_of(follow_up, world->now);
    int64_t with = lead_of(out, from, follow_up, person);
    struct event *event =
        event_list_add(out, EVENT_INCIDENT_FOLLOW_UP_TOLD, world->now, STR("reeve"),
                       str_printf(out->arena, "incident:%lld", (long long)follow_up->incident));
    event_set_int(event, "number", follow_up->incident);
    event_set_int(event, "follow_up", follow_up->number);
    bool own = str_is(person, follow_up->owner);
    event_set_str(event, "owner", str_copy(out->arena, person));
    event_set_str(
        event, "what",
        own ? what_of(level)
        : is_unowned(follow_up)
            ? STR("has no owner and is overdue")
            : str_printf(out->arena, "of %s, %s, %.*s", follow_up->owner,
                         is_missed(world, follow_up) ? "who is on leave" : "whom no page reaches",
                         STR_ARGS(level == LEVEL_GIVEN ? STR("is open") : what_of(level))));
    event_set_int(event, "level", level);
    event_set_int(event, "with", with);
}

static struct notice notice_of(const struct page_world *world, const struct follow_up *follow_up,
                               const struct person *person, struct event_list *out)
{
    return (struct notice){
        .world = world,
        .out = out,
        .subject = str_printf(out->arena, "incident:%lld", (long long)follow_up->incident),
        .key = "follow_up",
        .letter = 'f',
        .number = follow_up->number,
        .attempt = follow_up->told_level,
        .not_before =
            person->quiet.zone ? person_awake(person, world->now) : page_working_time(world->now)};
}

static void ask(const struct notice *notice, const struct follow_up *follow_up,
                const struct person *person, enum method method)
{
    const char *given =
        str_is(person->id, follow_up->owner) ? "is yours" : "has an owner whom no page reaches";
    const char *what = follow_up->told_level == LEVEL_GIVEN  ? given
                       : follow_up->told_level == LEVEL_SOON ? "is due soon"
                                                             : "is overdue";
    notice_ask(notice, person, method,
               str_printf(notice->out->arena, "follow-up %lld of incident %lld %s",
                          (long long)follow_up->number, (long long)follow_up->incident, what));
}

/* By the first way; by the next one when those before were given up; anew at each level. */
static void visit(const struct page_world *world, const struct follow_up *follow_up,
                  const struct person *person, struct event_list *out)
{
    struct notice notice = notice_of(world, follow_up, person, out);
    struct contact contacts[METHODS];
    size_t count = notice_contacts(&notice, person, contacts);
    for (size_t i = 0; i < count; i++) {
        const struct page *page = notice_page(&notice, person->id, contacts[i].method);
        bool is_of_level = page && page->attempt == follow_up->told_level;
        if (page && !is_of_level && page->state == PAGE_REQUESTED)
            page_stop(page, STR("a newer message takes its place"), world->now, out);
        if (!is_of_level && world->pages->table.count + LIMIT_PEOPLE < PAGE_THREADS_MAX &&
            !(page && page->state == PAGE_STARTED))
            ask(&notice, follow_up, person, contacts[i].method);
        if (!is_of_level || page->state != PAGE_FAILED)
            return;
    }
}

static bool owes_anything(const struct incidents *incidents, const char *person)
{
    for (size_t i = 0; i < incidents->follow_up_count; i++)
        if (is_open(incidents->follow_ups[i]) &&
            is_told_to(incidents->follow_ups[i], str_of(person)))
            return true;
    return false;
}

/* Messages that wait, to people who owe nothing any more. */
static void stop_needless(const struct page_world *world, struct event_list *out)
{
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(world->pages, &at)))
        if (page->follow_up && page->state == PAGE_REQUESTED &&
            !owes_anything(world->incidents, page->person))
            page_stop(page, STR("it is done"), world->now, out);
}

void follow_up_notice_decide(const struct page_world *world, struct event_list *out)
{
    const struct incidents *incidents = world->incidents;
    stop_needless(world, out);
    size_t from = out->count;
    for (size_t i = 0; i < incidents->follow_up_count; i++) {
        const struct follow_up *follow_up = incidents->follow_ups[i];
        const struct person *person = is_open(follow_up) ? owner_of(world, follow_up) : NULL;
        if (!person)
            continue;
        if (level_of(follow_up, world->now) > follow_up->told_level)
            tell(world, follow_up, person->id, from, out);
        else if (follow_up->told_with == follow_up->number)
            visit(world, follow_up, person, out);
    }
}

static void take_earlier(struct instant *next, struct instant at)
{
    if (!instant_is_zero(at) && (instant_is_zero(*next) || instant_before(at, *next)))
        *next = at;
}

struct instant follow_up_notice_next(const struct page_world *world)
{
    struct instant next = {0};
    for (size_t i = 0; i < world->incidents->follow_up_count; i++) {
        const struct follow_up *follow_up = world->incidents->follow_ups[i];
        if (!is_open(follow_up) || (!is_unowned(follow_up) && !owner_of(world, follow_up)))
            continue;
        if (is_unowned(follow_up) && !owner_of(world, follow_up)) {
            take_earlier(&next, follow_up->due);
            continue;
        }
        struct instant at = level_of(follow_up, world->now) > follow_up->told_level
                                ? world->now
                                : next_of(follow_up, world->now);
        take_earlier(&next, at);
    }
    return next;
}

/* --- what is said --- */

struct str follow_up_notice_subject(struct arena *arena, const struct follow_up_notice *notice)
{
    const struct follow_up *first = follow_up_find(notice->incidents, notice->page->follow_up);
    struct str text = first && first->text[0] ? str_of(first->text) : STR("what is to be done");
    int64_t level = first ? level_of(first, notice->now) : 0;
    struct str subject =
        str_printf(arena, "[notice] Follow-up %lld %s: %.*s", (long long)notice->page->follow_up,
                   level >= LEVEL_OVERDUE ? "is overdue"
                   : level == LEVEL_SOON  ? "is due soon"
                   : first && !str_is(str_of(notice->page->person), first->owner)
                       ? "has an owner whom no page reaches"
                       : "is yours",
                   STR_ARGS(text));
    return str_visible(arena, str_cut(subject, SUBJECT_BYTES), true);
}

static void add_one(struct text *text, const struct follow_up_notice *notice,
                    const struct follow_up *follow_up)
{
    char at[INSTANT_TEXT_BYTES];
    text_printf(text, "  %lld: %s (incident %lld", (long long)follow_up->number,
                follow_up->text[0] ? follow_up->text : "(erased)", (long long)follow_up->incident);
    if (!instant_is_zero(follow_up->due)) {
        instant_write(follow_up->due, at);
        text_printf(text, ", %s %.10s %.5s UTC",
                    instant_before(notice->now, follow_up->due) ? "due" : "OVERDUE since", at,
                    at + 11);
    }
    if (is_unowned(follow_up))
        text_adds(text, "; it has no owner");
    else if (!str_is(str_of(notice->page->person), follow_up->owner))
        text_printf(text, "; of %s, whom no page reaches or who is on leave", follow_up->owner);
    text_adds(text, ")\n");
}

struct str follow_up_notice_text(struct arena *arena, const struct follow_up_notice *notice)
{
    const struct incidents *incidents = notice->incidents;
    const struct follow_up *first = follow_up_find(incidents, notice->page->follow_up);
    struct text text;
    size_t named = 0;
    size_t more = 0;
    text_init(&text, arena, TEXT_BYTES_MAX);
    text_adds(&text, "What you owe after incidents:\n");
    if (first && is_open(first))
        add_one(&text, notice, first);
    for (size_t i = 0; i < incidents->follow_up_count; i++) {
        const struct follow_up *other = incidents->follow_ups[i];
        if (other == first || !is_open(other) || !is_told_to(other, str_of(notice->page->person)))
            continue;
        if (named++ < NAMED_MAX)
            add_one(&text, notice, other);
        else
            more++;
    }
    if (more > 0)
        text_printf(&text, "  and %zu more\n", more);
    text_printf(
        &text,
        "\nWhen it is done:\n  reeve incident follow-up done %lld \"what was done\"\nAll of "
        "them:\n  reeve incident follow-up list\n",
        (long long)notice->page->follow_up);
    if (notice->public_url.n > 0 && first)
        text_printf(&text, "  %.*s/incidents/%lld\n", STR_ARGS(notice->public_url),
                    (long long)first->incident);
    message_add_end(&text, notice->page, notice->checkpoint);
    return str_visible(arena, text_str(&text), false);
}

struct str follow_up_notice_json(struct arena *arena, const struct follow_up_notice *notice)
{
    const struct follow_up *first = follow_up_find(notice->incidents, notice->page->follow_up);
    struct text text;
    struct json_writer w = {.text = &text};
    text_init(&text, arena, TEXT_BYTES_MAX);
    notice_json_open(&w, "incident.follow-up", notice->now, notice->page,
                     follow_up_notice_subject(arena, notice));
    json_int(&w, "follow_up", notice->page->follow_up);
    if (first) {
        json_int(&w, "incident", first->incident);
        json_str(&w, "text", str_of(first->text));
        if (instant_is_zero(first->due))
            json_null(&w, "due");
        else
            json_instant_us(&w, "due", first->due.us);
    }
    notice_json_close(&w, notice->checkpoint);
    return text_str(&text);
}
