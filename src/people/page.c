/* page.c - the fold of pages, and what can be asked of them. */
#include "people/page.h"

enum { CLOSED_KEPT_MS = INCIDENT_REOPEN_MS + 60 * 1000 };

void pages_init(struct pages *pages, struct arena *arena)
{
    *pages = (struct pages){.arena = arena};
    map_init(&pages->table, PAGE_THREADS_MAX);
}

void pages_done(struct pages *pages)
{
    map_done(&pages->table);
}

/* "12-ana-smtp-3" is an attempt of the thread "12-ana-smtp". */
static struct str thread_of(struct str id)
{
    size_t n = id.n;
    while (n > 0 && id.p[n - 1] != '-')
        n--;
    return str_slice(id, 0, n ? n - 1 : 0);
}

const struct page *page_find(const struct pages *pages, struct str id)
{
    const struct page *page = map_find(&pages->table, thread_of(id));
    return page && str_is(id, page->id) ? page : NULL;
}

const struct page *page_next(const struct pages *pages, size_t *at)
{
    struct map_entry *entry = map_next(&pages->table, at);
    return entry ? entry->value : NULL;
}

const char *page_state_name(enum page_state state)
{
    static const char *const names[] = {"requested", "started", "sent", "failed", "stopped"};
    return names[state];
}

static void copy_name(char *to, size_t size_bytes, struct str from)
{
    size_t n = from.n < size_bytes - 1 ? from.n : size_bytes - 1;
    while (n > 0 && n < from.n && ((unsigned char)from.p[n] & 0xC0) == 0x80)
        n--;
    if (n)
        memcpy(to, from.p, n);
    to[n] = '\0';
}

static void fold_requested(struct pages *pages, const struct event *event)
{
    struct str id = event_str(event, "page");
    struct page *page = map_find(&pages->table, thread_of(id));
    enum method method;
    if (id.n >= PAGE_ID_BYTES || !method_find(event_str(event, "method"), &method))
        return;
    if (!page) {
        page = pages->free_pages ? pages->free_pages : arena_make(pages->arena, struct page);
        if (!map_put(&pages->table, thread_of(id), page))
            return;
        if (page == pages->free_pages)
            pages->free_pages = page->next_free;
    }
    *page = (struct page){.incident = event_int(event, "number"),
                          .method = method,
                          .attempt = event_int(event, "attempt"),
                          .requested = event->at,
                          .not_before = event_instant(event, "not_before"),
                          .after_ack = event_int(event, "after_ack") != 0};
    copy_name(page->id, sizeof page->id, id);
    copy_name(page->person, sizeof page->person, event_str(event, "person"));
    copy_name(page->reason, sizeof page->reason, event_str(event, "reason"));
}

/* Another try after 10 s, 30 s, 90 s; none when it is given up or somebody answered meanwhile. */
static void fold_failed(struct page *page, const struct event *event)
{
    static const int64_t waits_ms[PAGE_TRIES_MAX] = {10000, 30000, 90000, 90000};
    if (page->answered) {
        page->state = PAGE_STOPPED;
    } else if (event_int(event, "final") || page->tries >= PAGE_TRIES_MAX) {
        page->state = PAGE_FAILED;
    } else {
        page->state = PAGE_REQUESTED;
        page->not_before = instant_add_ms(event->at, waits_ms[page->tries ? page->tries - 1 : 0]);
    }
}

static void fold_result(struct pages *pages, const struct event *event)
{
    struct str id = event_str(event, "page");
    struct page *page = map_find(&pages->table, thread_of(id));
    if (!page || !str_is(id, page->id))
        return; /* of an attempt that a newer one has replaced */
    page->doubtful = false;
    if (event->kind == EVENT_PAGE_STARTED) {
        page->state = PAGE_STARTED;
        page->tries = event_int(event, "try");
    } else if (event->kind == EVENT_PAGE_SENT) {
        page->state = PAGE_SENT;
    } else if (event->kind == EVENT_PAGE_FAILED) {
        fold_failed(page, event);
    } else {
        page->state = page->answered ? PAGE_STOPPED : PAGE_REQUESTED;
        page->not_before = event->at;
    }
}

static void answer(struct page *page)
{
    page->answered = true;
    if (page->state == PAGE_REQUESTED)
        page->state = PAGE_STOPPED;
}

static void fold_incident(struct pages *pages, const struct event *event)
{
    int64_t number = event_int(event, "number");
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&pages->table, &at))) {
        struct page *page = entry->value;
        if (page->incident != number)
            continue;
        bool closed = event->kind == EVENT_INCIDENT_RESOLVED;
        page->closed = closed ? event->at : (struct instant){0};
        if (event->kind != EVENT_INCIDENT_REOPENED && (closed || !page->after_ack))
            answer(page);
    }
}

static void fold_all(struct pages *pages, const struct event *event)
{
    bool stepped = event->kind == EVENT_CLOCK_STEPPED;
    int64_t by_ms = stepped ? event_int(event, "by_ms") : 0;
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&pages->table, &at))) {
        struct page *page = entry->value;
        page->doubtful = page->doubtful || (!stepped && page->state == PAGE_STARTED);
        page->requested = instant_add_ms(page->requested, by_ms);
        page->not_before = instant_add_ms(page->not_before, by_ms);
        if (!instant_is_zero(page->closed))
            page->closed = instant_add_ms(page->closed, by_ms);
    }
}

/* Threads are kept as long as their incident can be reopened, so that attempts count on. */
static void remove_closed(struct pages *pages, struct instant now)
{
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&pages->table, &at))) {
        struct page *page = entry->value;
        if (instant_is_zero(page->closed) || instant_ms_between(page->closed, now) < CLOSED_KEPT_MS)
            continue;
        map_remove(&pages->table, thread_of(str_of(page->id)));
        page->next_free = pages->free_pages;
        pages->free_pages = page;
    }
}

void page_fold(struct pages *pages, const struct event *event)
{
    if (event->kind == EVENT_PAGE_REQUESTED) {
        fold_requested(pages, event);
    } else if (event->kind >= EVENT_PAGE_STARTED && event->kind <= EVENT_PAGE_DOUBTED) {
        fold_result(pages, event);
    } else if (event->kind == EVENT_INCIDENT_ACKNOWLEDGED ||
               event->kind == EVENT_INCIDENT_MITIGATED || event->kind == EVENT_INCIDENT_RESOLVED ||
               event->kind == EVENT_INCIDENT_REOPENED) {
        fold_incident(pages, event);
    } else if (event->kind == EVENT_NODE_STARTED || event->kind == EVENT_CLOCK_STEPPED) {
        fold_all(pages, event);
    } else if (event->kind == EVENT_INCIDENT_OPENED) {
        remove_closed(pages, event->at);
    }
}

const struct page **page_ready(const struct pages *pages, struct instant now, struct arena *arena,
                               size_t *out_count)
{
    const struct page **ready = arena_array(arena, pages->table.count + 1, sizeof *ready);
    const struct page *page;
    size_t at = 0;
    *out_count = 0;
    while ((page = page_next(pages, &at))) {
        if (page->state == PAGE_REQUESTED && !instant_before(now, page->not_before))
            ready[(*out_count)++] = page;
    }
    return ready;
}

static struct event *add(const struct page *page, enum event_kind kind, struct instant now,
                         struct event_list *out)
{
    struct str id = str_copy(out->arena, str_of(page->id));
    struct event *event =
        event_list_add(out, kind, now, STR("reeve"),
                       str_printf(out->arena, "incident:%lld", (long long)page->incident));
    event_set_str(event, "page", id);
    return event;
}

void page_start(const struct page *page, struct instant now, struct event_list *out)
{
    event_set_int(add(page, EVENT_PAGE_STARTED, now, out), "try", page->tries + 1);
}

void page_finish(const struct page *page, enum page_outcome outcome, struct str detail,
                 struct instant now, struct event_list *out)
{
    struct event *event;
    if (outcome == PAGE_WAS_SENT) {
        event_set_str(add(page, EVENT_PAGE_SENT, now, out), "detail", detail);
    } else if (outcome == PAGE_IN_DOUBT) {
        event_set_str(add(page, EVENT_PAGE_DOUBTED, now, out), "reason", detail);
    } else {
        event = add(page, EVENT_PAGE_FAILED, now, out);
        event_set_str(event, "error", detail);
        event_set_int(event, "final", outcome == PAGE_WAS_REFUSED || page->tries >= PAGE_TRIES_MAX);
    }
}
