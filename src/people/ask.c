/* ask.c - asking for pages, when they may go, and why one that waits is not sent any more. */
#include "people/page.h"

#include <stdlib.h>

int64_t page_repeat_ms(const struct page_world *world)
{
    return world->repeat_ms ? world->repeat_ms : PAGE_REPEAT_MS;
}

struct instant page_working_time(struct instant now)
{
    struct civil civil = civil_of(now);
    bool weekday = civil.weekday >= 1 && civil.weekday <= 5;
    if (weekday && civil.hour >= WORKING_FROM_HOUR && civil.hour < WORKING_TO_HOUR)
        return now;
    struct civil start = civil;
    start.hour = WORKING_FROM_HOUR;
    start.minute = start.second = start.microsecond = 0;
    struct instant at = instant_of_civil(start);
    while (!instant_before(now, at) || civil_of(at).weekday == 0 || civil_of(at).weekday == 6)
        at = instant_add_ms(at, (int64_t)24 * 60 * 60 * 1000);
    return at;
}

/* What is mild waits for the end of the person's quiet hours, else for working hours. */
struct instant page_time_to_tell(const struct person *person, bool quiet, struct instant now)
{
    if (!quiet)
        return now;
    return person->quiet.zone ? person_awake(person, now) : page_working_time(now);
}

void page_request(const struct page *page, const struct person *person, struct str actor,
                  struct str reason, struct event_list *out)
{
    struct event *event =
        event_list_add(out, EVENT_PAGE_REQUESTED, page->requested, actor,
                       str_printf(out->arena, "incident:%lld", (long long)page->incident));
    event_set_str(event, "page",
                  str_printf(out->arena, "%lld-%.*s-%s-%lld", (long long)page->incident,
                             STR_ARGS(person->id), method_name(page->method),
                             (long long)page->attempt));
    event_set_str(event, "person", str_copy(out->arena, person->id));
    event_set_str(event, "method", str_of(method_name(page->method)));
    event_set_int(event, "number", page->incident);
    event_set_str(event, "reason", reason);
    event_set_int(event, "attempt", page->attempt);
    event_set_instant(event, "not_before", page->not_before);
    event_set_int(event, "after_ack", page->after_ack);
    event_set_int(event, "rank", page->rank);
    if (page->instead)
        event_set_int(event, "calm", 1);
    if (!instant_is_zero(page->since))
        event_set_instant(event, "since", page->since);
}

void page_ask(const struct page_world *world, const struct page_asking *asking,
              struct event_list *out)
{
    const struct page *page = asking->newest;
    struct page next = asking->page;
    next.attempt = page ? page->attempt + 1 : 1;
    next.requested = world->now;
    if (page && page->state == PAGE_REQUESTED && !page->answered)
        page_stop(page, STR("another attempt takes its place"), world->now, out);
    page_request(&next, asking->person, STR("reeve"), asking->reason, out);
}

/* The longest waiting first, so that an old incident's repetitions keep no new page waiting. */
static int compare_waiting(const void *a, const void *b)
{
    const struct page *const *x = a;
    const struct page *const *y = b;
    if ((*x)->requested.us != (*y)->requested.us)
        return (*x)->requested.us < (*y)->requested.us ? -1 : 1;
    return strcmp((*x)->id, (*y)->id);
}

const struct page **page_ready(const struct pages *pages, struct instant now, struct arena *arena,
                               size_t *out_count)
{
    const struct page **ready = arena_array(arena, pages->table.count + 1, sizeof *ready);
    const struct page *page;
    size_t at = 0;
    *out_count = 0;
    while ((page = page_next(pages, &at))) {
        if (page->state == PAGE_REQUESTED && !page->answered && !page->follow.sending &&
            !instant_before(now, page->not_before))
            ready[(*out_count)++] = page;
    }
    qsort(ready, *out_count, sizeof(struct page *), compare_waiting);
    return ready;
}

/* What waits although somebody has answered is over, and that is a fact too. */
void page_stop_answered(const struct page_world *world, const struct page *page,
                        struct event_list *out)
{
    const struct incident *incident = incident_find(world->incidents, page->incident);
    struct str reason =
        incident && incident->merged_into
            ? str_printf(out->arena, "incident %lld was merged into incident %lld",
                         (long long)incident->number, (long long)incident->merged_into)
        : page->incident > 0 && (!incident || incident_is_answered(incident) || page->says_calm)
            ? str_printf(out->arena, "incident %lld is %s", (long long)page->incident,
                         incident_state_name(incident ? incident->state : INCIDENT_RESOLVED))
        : page->silence  ? STR("the silence is over")
        : page->gap      ? STR("the gap is closed, or it is told anew")
        : page->handover ? STR("the hand-over is another one by now, or long ago")
        : page->incident && !incident
            ? str_printf(out->arena, "incident %lld is resolved", (long long)page->incident)
        : incident ? STR("they were told of it already, by what was merged into it")
                   : STR("somebody had answered");
    page_stop(page, reason, world->now, out);
}
