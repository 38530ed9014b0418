/* follow.c - the ends of alerts that receivers keep. */
#include "people/follow.h"

#include <stdlib.h>

static bool keeps(const struct page *page)
{
    return method_row(page->method)->keeps;
}

const char *follow_word(enum follow_state action)
{
    static const char *const words[] = {"", "triggered", "acknowledged", "resolved"};
    return words[action];
}

static enum follow_state action_of(const struct event *event)
{
    bool resolves = str_is(event_str(event, "action"), follow_word(FOLLOW_RESOLVED));
    return resolves ? FOLLOW_RESOLVED : FOLLOW_ACKNOWLEDGED;
}

/* --- the fold --- */

static void want(struct page_follow *follow, enum follow_state wanted, struct instant at)
{
    if ((follow->holds == FOLLOW_NONE && !follow->trying) || wanted <= follow->wanted)
        return;
    follow->wanted = wanted;
    follow->since = at;
    follow->not_before = at;
    follow->withdrawn = false;
    follow->given_up = false;
}

static void want_nothing(struct page_follow *follow)
{
    follow->wanted = FOLLOW_NONE;
    follow->withdrawn = false;
}

/* What begins now makes good what its receiver was not told yet. */
static void fold_started(struct page_follow *follow)
{
    follow->trying = true;
    follow->given_up = false;
    want_nothing(follow);
}

/* It was taken, perhaps. What nobody has to answer has its end already. */
static void fold_taken(struct page *page, struct instant at)
{
    struct page_follow *follow = &page->follow;
    follow->trying = false;
    follow->holds = FOLLOW_TRIGGERED;
    if (page->incident != 0)
        return;
    want(follow, FOLLOW_RESOLVED, at);
    if (!page_is_test(page))
        follow->not_before = instant_add_ms(at, FOLLOW_NOTICE_MS);
}

/* Taken back while its incident goes on; another attempt may follow at once. */
static void fold_stopped(struct page *page, struct instant at)
{
    if (page->answered || page->incident == 0 || page->follow.wanted == FOLLOW_RESOLVED)
        return;
    want(&page->follow, FOLLOW_RESOLVED, at);
    page->follow.withdrawn = page->follow.wanted == FOLLOW_RESOLVED;
}

/* After 10 s, 30 s, 90 s and 5 min, then every 15 min, or later where the receiver said so. */
static void fold_failed(struct page_follow *follow, const struct event *event)
{
    static const int64_t waits_ms[] = {10000, 30000, 90000, 300000, 900000};
    enum { STEPS = sizeof waits_ms / sizeof *waits_ms };
    int64_t at = follow->tries < 1 ? 0 : follow->tries > STEPS ? STEPS - 1 : follow->tries - 1;
    int64_t wait_ms = waits_ms[at];
    follow->sending = false;
    if (event_int(event, "wait_ms") > wait_ms)
        wait_ms = event_int(event, "wait_ms");
    follow->not_before = instant_add_ms(event->at, wait_ms);
    /* What is wanted beyond it by now has not failed. */
    if (!event_int(event, "final") || action_of(event) < follow->wanted)
        return;
    want_nothing(follow);
    follow->given_up = true;
}

static void fold_followed(struct page_follow *follow, const struct event *event)
{
    follow->sending = false;
    follow->tries = 0;
    follow->holds = action_of(event);
    if (follow->wanted <= follow->holds)
        want_nothing(follow);
}

static void fold_told(struct page *page, const struct event *event)
{
    struct page_follow *follow = &page->follow;
    if (event->kind == EVENT_PAGE_FOLLOWING) {
        follow->sending = true;
        follow->tries = event_int(event, "try");
    } else if (event->kind == EVENT_PAGE_FOLLOW_FAILED) {
        fold_failed(follow, event);
    } else if (follow->sending) {
        fold_followed(follow, event);
    }
}

static void fold_page(struct pages *pages, const struct event *event)
{
    struct str id = event_str(event, "page");
    struct page *page = map_find(&pages->table, page_thread(id));
    if (!page || !keeps(page))
        return;
    if (event->kind >= EVENT_PAGE_FOLLOWING && event->kind <= EVENT_PAGE_FOLLOW_FAILED) {
        fold_told(page, event); /* of whichever attempt: it is one alert */
        return;
    }
    if (!str_is(id, page->id))
        return;
    if (event->kind == EVENT_PAGE_REQUESTED && page->follow.withdrawn && !page->follow.sending)
        want_nothing(&page->follow);
    else if (event->kind == EVENT_PAGE_STARTED)
        fold_started(&page->follow);
    else if (event->kind == EVENT_PAGE_STOPPED)
        fold_stopped(page, event->at);
    else if (page->follow.trying &&
             (event->kind == EVENT_PAGE_SENT || event->kind == EVENT_PAGE_DOUBTED))
        fold_taken(page, event->at);
    else if (event->kind == EVENT_PAGE_FAILED)
        page->follow.trying = false;
}

static void fold_incident(struct pages *pages, const struct event *event)
{
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&pages->table, &at))) {
        struct page *page = entry->value;
        if (page->incident == 0 || page->incident != event_int(event, "number") || !keeps(page))
            continue;
        if (event->kind != EVENT_INCIDENT_REOPENED)
            want(&page->follow,
                 event->kind == EVENT_INCIDENT_ACKNOWLEDGED ? FOLLOW_ACKNOWLEDGED : FOLLOW_RESOLVED,
                 event->at);
        else if (!page->follow.sending)
            want_nothing(&page->follow);
    }
}

/* What was being told when Reeve stopped is told again: the receiver knows it by its name. */
static void fold_all(struct pages *pages, const struct event *event)
{
    bool stepped = event->kind == EVENT_CLOCK_STEPPED;
    int64_t by_ms = stepped ? event_int(event, "by_ms") : 0;
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&pages->table, &at))) {
        struct page_follow *follow = &((struct page *)entry->value)->follow;
        follow->not_before =
            follow->sending && !stepped ? event->at : instant_add_ms(follow->not_before, by_ms);
        follow->since = instant_add_ms(follow->since, by_ms);
        follow->sending = follow->sending && stepped;
    }
}

void follow_fold(struct pages *pages, const struct event *event)
{
    if (event->kind >= EVENT_PAGE_REQUESTED && event->kind <= EVENT_PAGE_FOLLOW_FAILED)
        fold_page(pages, event);
    else if (event->kind == EVENT_INCIDENT_ACKNOWLEDGED ||
             event->kind == EVENT_INCIDENT_MITIGATED || event->kind == EVENT_INCIDENT_RESOLVED ||
             event->kind == EVENT_INCIDENT_MERGED || event->kind == EVENT_INCIDENT_REOPENED)
        fold_incident(pages, event);
    else if (event->kind == EVENT_NODE_STARTED || event->kind == EVENT_CLOCK_STEPPED)
        fold_all(pages, event);
}

/* --- what is due --- */

bool follow_is_owed(const struct page *page)
{
    return page->follow.sending || page->follow.wanted > page->follow.holds;
}

bool follow_rings_on(const struct page *page)
{
    const struct page_follow *follow = &page->follow;
    return page->incident != 0 && page->state == PAGE_SENT && follow->holds == FOLLOW_TRIGGERED &&
           follow->wanted == FOLLOW_NONE && !follow->given_up;
}

/* Is it to be told now? *out_lost: why it never can be. */
static bool is_due(const struct page_world *world, const struct page *page, struct str *out_lost)
{
    const struct page_follow *follow = &page->follow;
    const struct person *person = person_find(world->oncall->people, str_of(page->person));
    if (follow->wanted <= follow->holds || follow->holds == FOLLOW_NONE || follow->sending ||
        page->state == PAGE_STARTED)
        return false;
    if (!person || person->reach[page->method].n == 0)
        *out_lost = STR("their address is no longer in the configuration; see to it there");
    else if (instant_ms_between(follow->since, world->now) >= FOLLOW_GIVEN_UP_MS)
        *out_lost = STR("it was tried for 24 hours; see to it there");
    else
        return person_has_method(person, page->method) &&
               !instant_before(world->now, follow->not_before);
    return true;
}

static int compare(const void *a, const void *b)
{
    const struct page *x = ((const struct follow *)a)->page;
    const struct page *y = ((const struct follow *)b)->page;
    if (x->follow.since.us != y->follow.since.us)
        return x->follow.since.us < y->follow.since.us ? -1 : 1;
    return strcmp(x->id, y->id);
}

const struct follow *follow_ready(const struct page_world *world, struct arena *arena,
                                  size_t *out_count)
{
    struct follow *ready = NULL;
    const struct page *page;
    size_t at = 0, capacity = 0;
    *out_count = 0;
    while ((page = page_next(world->pages, &at))) {
        struct str lost = STR("");
        if (is_due(world, page, &lost))
            LIST_PUSH(arena, ready, *out_count, capacity) =
                (struct follow){page, page->follow.wanted, lost};
    }
    if (ready)
        qsort(ready, *out_count, sizeof *ready, compare);
    return ready;
}

/* --- its facts --- */

static struct event *add(const struct follow *follow, enum event_kind kind, struct instant now,
                         struct event_list *out)
{
    const struct page *page = follow->page;
    struct event *event =
        event_list_add(out, kind, now, STR("reeve"), page_subject(out->arena, page));
    event_set_str(event, "page", str_copy(out->arena, str_of(page->id)));
    event_set_str(event, "action", str_of(follow_word(follow->action)));
    return event;
}

void follow_start(const struct follow *follow, struct instant now, struct event_list *out)
{
    event_set_int(add(follow, EVENT_PAGE_FOLLOWING, now, out), "try",
                  follow->page->follow.tries + 1);
}

static void fail(struct event *event, struct str error, bool final, int64_t wait_ms)
{
    event_set_str(event, "error", error);
    event_set_int(event, "final", final);
    event_set_int(event, "wait_ms", wait_ms);
}

void follow_finish(const struct follow *follow, const struct follow_end *end, struct instant now,
                   struct event_list *out)
{
    bool done = end->outcome == PAGE_WAS_SENT;
    struct event *event =
        add(follow, done ? EVENT_PAGE_FOLLOWED : EVENT_PAGE_FOLLOW_FAILED, now, out);
    if (done)
        event_set_str(event, "detail", end->detail);
    else
        fail(event, end->detail, end->outcome == PAGE_WAS_REFUSED, end->wait_ms);
}

void follow_give_up(const struct follow *follow, struct instant now, struct event_list *out)
{
    fail(add(follow, EVENT_PAGE_FOLLOW_FAILED, now, out), follow->lost, true, 0);
}
