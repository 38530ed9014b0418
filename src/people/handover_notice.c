/* handover_notice.c - whom to tell of a hand-over, and what they are told. */
#include "people/handover_notice.h"

#include "base/text.h"
#include "people/message.h"
#include "people/notice.h"
#include "people/rota_text.h"

enum { TEXT_BYTES_MAX = 32 * 1024, SUBJECT_BYTES = 200, LISTED_MAX = 20 };

struct telling {
    const struct page_world *world;
    const struct oncall_handover *handover;
    struct event_list *out;
};

static const char comes_on[] = "come on", goes_off[] = "go off";

static struct notice notice_of(const struct telling *telling, int64_t number,
                               const struct person *person)
{
    struct str subject = str_printf(telling->out->arena, "handover:%lld", (long long)number);
    return (struct notice){.world = telling->world,
                           .out = telling->out,
                           .subject = subject,
                           .key = "handover",
                           .letter = 'h',
                           .number = number,
                           .attempt = 1,
                           .not_before = person_awake(person, telling->world->now)};
}

static bool says_come_on(const struct page *page)
{
    return str_starts(str_of(page->reason), "you come on");
}

/* What the person was told last of the hand-overs that it is instead of; "": nothing. */
static const char *told_before(const struct telling *telling, const struct person *person)
{
    const struct oncall_handovers *handovers = telling->world->handovers;
    const struct oncall_handover *earlier = handover_get(handovers, telling->handover->instead);
    for (; earlier; earlier = handover_get(handovers, earlier->instead)) {
        struct notice notice = notice_of(telling, earlier->number, person);
        for (int method = 0; method < METHODS; method++) {
            const struct page *page = notice_page(&notice, person->id, (enum method)method);
            if (page && page->state != PAGE_STOPPED)
                return says_come_on(page) ? comes_on : goes_off;
        }
    }
    return "";
}

static void visit(const struct telling *telling, const struct person *person, const char *comes)
{
    const struct oncall_handover *handover = telling->handover;
    struct notice notice = notice_of(telling, handover->number, person);
    if (told_before(telling, person) != comes)
        (void)notice_visit(
            &notice, person,
            str_printf(telling->out->arena, "you %s call (%s)", comes, handover->rota));
}

static bool is_among(const struct person *const *party, size_t count, struct str id)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(party[i]->id, id))
            return true;
    return false;
}

static size_t who(const struct oncall *oncall, const struct oncall_handover *handover,
                  int64_t before_us, const struct person **out_party)
{
    return oncall_on(oncall, str_of(handover->rota),
                     (struct instant){handover->from.us - before_us}, out_party);
}

/* Who was told that they come on, and does not by now. */
static void visit_disappointed(const struct telling *telling, const struct person *const *coming,
                               size_t count)
{
    const struct people *people = telling->world->oncall->people;
    for (size_t i = 0; telling->handover->instead && i < people->count; i++)
        if (!is_among(coming, count, people->items[i].id) &&
            told_before(telling, &people->items[i]) == comes_on)
            visit(telling, &people->items[i], goes_off);
}

static void tell(const struct telling *telling)
{
    const struct page_world *world = telling->world;
    struct arena *arena = telling->out->arena;
    const struct person **coming = arena_array(arena, LIMIT_PEOPLE, sizeof *coming);
    const struct person **leaving = arena_array(arena, LIMIT_PEOPLE, sizeof *leaving);
    size_t on = who(world->oncall, telling->handover, 0, coming);
    for (size_t i = 0; i < on; i++)
        visit(telling, coming[i], comes_on);
    size_t off = world->handover_rules->tell == HANDOVER_BOTH
                     ? who(world->oncall, telling->handover, 1, leaving)
                     : 0;
    for (size_t i = 0; i < off; i++)
        if (!is_among(coming, on, leaving[i]->id))
            visit(telling, leaving[i], goes_off);
    visit_disappointed(telling, coming, on);
}

/* Once it is an hour ago nobody is asked for any more; what was asked for goes on. */
void handover_notice_decide(const struct page_world *world, struct event_list *out)
{
    bool room = world->pages->table.count + LIMIT_PEOPLE < PAGE_THREADS_MAX;
    struct instant late = instant_add_ms(world->now, -HANDOVER_LATE_MS);
    for (size_t i = 0; room && i < HANDOVERS_MAX; i++) {
        struct telling telling = {world, &world->handovers->items[i], out};
        if (telling.handover->number > 0 && instant_before(late, telling.handover->from) &&
            !handover_is_replaced(world->handovers, telling.handover->number))
            tell(&telling);
    }
}

/* --- what is said --- */

static const struct oncall_handover *find(const struct handover_notice *notice)
{
    return handover_get(notice->handovers, notice->page->handover);
}

static struct str time_of(struct arena *arena, const struct handover_notice *notice,
                          struct str rota, struct instant at)
{
    const struct rota *found = rota_find(notice->oncall->rotas, notice->oncall->rota_count, rota);
    return rota_time_words(arena, found ? rota_zone(found) : zone_utc(), at);
}

/* Who is on from then, as it stands now: the rotas may have been changed since it was said. */
static struct shift shift_of(struct arena *arena, const struct handover_notice *notice,
                             const struct oncall_handover *handover)
{
    const struct rota *rota =
        rota_find(notice->oncall->rotas, notice->oncall->rota_count, str_of(handover->rota));
    if (!rota)
        return (struct shift){.to = ROTA_NEVER};
    struct shift_source source = oncall_source(notice->oncall, rota);
    return shift_at(&source, arena, handover->from);
}

static struct str end_of(struct arena *arena, const struct handover_notice *notice,
                         const struct oncall_handover *handover)
{
    struct shift shift = shift_of(arena, notice, handover);
    if (shift.to.us == ROTA_NEVER.us)
        return STR("");
    return str_printf(arena, " until %.*s",
                      STR_ARGS(time_of(arena, notice, str_of(handover->rota), shift.to)));
}

static struct str coming(struct arena *arena, const struct handover_notice *notice,
                         const struct oncall_handover *handover)
{
    struct shift shift = shift_of(arena, notice, handover);
    return shift_names(arena, &shift);
}

struct str handover_notice_subject(struct arena *arena, const struct handover_notice *notice)
{
    const struct oncall_handover *handover = find(notice);
    if (!handover)
        return STR("[notice] A hand-over on call is long ago");
    struct str from = time_of(arena, notice, str_of(handover->rota), handover->from);
    struct str subject =
        says_come_on(notice->page)
            ? str_printf(arena, "[notice] You are on call (%s) from %.*s%.*s", handover->rota,
                         STR_ARGS(from), STR_ARGS(end_of(arena, notice, handover)))
            : str_printf(arena, "[notice] You go off call (%s) %.*s; on from then: %.*s",
                         handover->rota, STR_ARGS(from), STR_ARGS(coming(arena, notice, handover)));
    return str_visible(arena, str_cut(subject, SUBJECT_BYTES), true);
}

static void add_incidents(struct text *text, const struct incidents *incidents)
{
    size_t count = 0;
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->items[i];
        if (incident->state == INCIDENT_RESOLVED || ++count > LISTED_MAX)
            continue;
        struct str commander = incident_role_person(incident, INCIDENT_COMMANDER);
        text_adds(text, count == 1 ? "\nIncidents that are not resolved:\n" : "");
        text_printf(text, "  %lld %s, %s: %s%s%.*s\n", (long long)incident->number,
                    incident->severity, incident_state_name(incident->state), incident->title,
                    commander.n > 0 ? ", led by " : "", STR_ARGS(commander));
    }
    if (count > LISTED_MAX)
        text_printf(text, "  and %zu more: reeve incident list\n", count - LISTED_MAX);
    if (count == 0)
        text_adds(text, "\nNo incident is open.\n");
}

static void add_follow_ups(struct text *text, const struct incidents *incidents)
{
    size_t count = 0;
    for (size_t i = 0; i < incidents->follow_up_count; i++) {
        const struct follow_up *follow_up = incidents->follow_ups[i];
        if (!instant_is_zero(follow_up->done) || ++count > LISTED_MAX)
            continue;
        text_adds(text, count == 1 ? "\nStill to be done after incidents:\n" : "");
        text_printf(text, "  %lld (incident %lld): %s%s%s%s\n", (long long)follow_up->number,
                    (long long)follow_up->incident,
                    follow_up->text[0] ? follow_up->text : "(erased)",
                    follow_up->owner[0] ? ", " : "", follow_up->owner,
                    follow_up->is_overdue ? ", overdue" : "");
    }
    if (count > LISTED_MAX)
        text_printf(text, "  and %zu more: reeve incident follow-up list\n", count - LISTED_MAX);
}

struct str handover_notice_text(struct arena *arena, const struct handover_notice *notice)
{
    const struct oncall_handover *handover = find(notice);
    struct text text;
    text_init(&text, arena, TEXT_BYTES_MAX);
    if (handover) {
        text_printf(
            &text, "Hand-over of the rota %s, %.*s:\n  goes off: %s\n  comes on: %.*s%.*s\n",
            handover->rota,
            STR_ARGS(time_of(arena, notice, str_of(handover->rota), handover->from)), handover->off,
            STR_ARGS(coming(arena, notice, handover)), STR_ARGS(end_of(arena, notice, handover)));
        add_incidents(&text, notice->incidents);
        add_follow_ups(&text, notice->incidents);
        text_adds(&text, "\nWho is on and when:\n  reeve oncall --for \"14 days\"\n");
        if (notice->public_url.n > 0)
            text_printf(&text, "  %.*s/oncall\n", STR_ARGS(notice->public_url));
    } else {
        text_adds(&text, "The hand-over that was to be told to you is long ago.\n");
    }
    message_add_end(&text, notice->page, notice->checkpoint);
    return str_visible(arena, text_str(&text), false);
}

struct str handover_notice_json(struct arena *arena, const struct handover_notice *notice)
{
    const struct oncall_handover *handover = find(notice);
    struct text text;
    struct json_writer w = {.text = &text};
    text_init(&text, arena, TEXT_BYTES_MAX);
    notice_json_open(&w, "oncall.handover", notice->now, notice->page,
                     handover_notice_subject(arena, notice));
    if (handover) {
        json_str(&w, "rota", str_of(handover->rota));
        json_instant_us(&w, "from", handover->from.us);
        json_str(&w, "off", str_of(handover->off));
        json_str(&w, "on", coming(arena, notice, handover));
    }
    json_open_array(&w, "incidents");
    for (size_t i = 0; i < notice->incidents->count; i++)
        if (notice->incidents->items[i]->state != INCIDENT_RESOLVED)
            json_int(&w, NULL, notice->incidents->items[i]->number);
    json_close_array(&w);
    notice_json_close(&w, notice->checkpoint);
    return text_str(&text);
}
