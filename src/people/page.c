/* page.c - the fold of pages, and what can be asked of them. */
#include "people/page.h"

#include "people/calm.h"
#include "people/reach.h"

#include <stdlib.h>

enum { CLOSED_KEPT_MS = INCIDENT_REOPEN_MS + 60 * 1000 };

void pages_init(struct pages *pages, struct arena *arena)
{
    *pages = (struct pages){.arena = arena};
    map_init(&pages->table, PAGE_THREADS_MAX);
    map_init(&pages->reaches, (size_t)LIMIT_PEOPLE * METHODS);
}

void pages_done(struct pages *pages)
{
    map_done(&pages->table);
    map_done(&pages->reaches);
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

bool page_asks_approval(const struct page *page)
{
    return page->run != 0 && page->digest[0] != '\0';
}

bool page_is_notice(const struct page *page)
{
    return page->run != 0 && page->digest[0] == '\0';
}

bool page_is_of_silence(const struct page *page)
{
    return page->silence != 0;
}

bool page_is_of_gap(const struct page *page)
{
    return page->gap != 0;
}

bool page_is_of_follow_up(const struct page *page)
{
    return page->follow_up != 0;
}

bool page_is_of_handover(const struct page *page)
{
    return page->handover != 0;
}

static struct page *make_thread(struct pages *pages, struct str thread)
{
    struct page *page =
        pages->free_pages ? pages->free_pages : arena_make(pages->arena, struct page);
    if (!map_put(&pages->table, thread, page))
        return NULL;
    if (page == pages->free_pages)
        pages->free_pages = page->next_free;
    return page;
}

static void fold_requested(struct pages *pages, const struct event *event)
{
    struct str id = event_str(event, "page");
    struct page *page = map_find(&pages->table, thread_of(id));
    enum method method;
    if (id.n >= PAGE_ID_BYTES || !method_find(event_str(event, "method"), &method))
        return;
    struct page before = {0};
    if (page) {
        before = *page;
    } else {
        page = make_thread(pages, thread_of(id));
        if (!page)
            return;
    }
    *page = (struct page){.incident = event_int(event, "number"),
                          .method = method,
                          .attempt = event_int(event, "attempt"),
                          .requested = event->at,
                          .not_before = event_instant(event, "not_before"),
                          .after_ack = event_int(event, "after_ack") != 0,
                          .rank = (int)event_int(event, "rank"),
                          .window = before.window,
                          .window_rank = before.window_rank,
                          .doubts = before.doubts,
                          .down = before.down,
                          .told = before.told,
                          .calmed = before.calmed};
    page->since = event_instant(event, "since");
    page->calm = before.calm;
    page->run = event_int(event, "run");
    page->step = (int)event_int(event, "step");
    page->silence = event_int(event, "silence");
    page->gap = event_int(event, "gap");
    page->follow_up = event_int(event, "follow_up");
    page->handover = event_int(event, "handover");
    page->until = event_instant(event, "until");
    str_keep(page->digest, sizeof page->digest, event_str(event, "digest"));
    str_keep(page->problem, sizeof page->problem, str_of(before.problem));
    str_keep(page->id, sizeof page->id, id);
    str_keep(page->person, sizeof page->person, event_str(event, "person"));
    str_keep(page->reason, sizeof page->reason, event_str(event, "reason"));
    calm_take(pages, page, event->at);
    reach_fold(pages, page, event);
}

/* The attempt is over without a page that was certainly taken. */
static void give_up(struct page *page, struct str problem)
{
    page->state = PAGE_FAILED;
    page->down = true;
    str_keep(page->problem, sizeof page->problem, problem);
}

/* Another try after 10 s, 30 s, 90 s, or later where the receiver said so. */
static void fold_failed(struct page *page, const struct event *event)
{
    static const int64_t waits_ms[PAGE_TRIES_MAX] = {10000, 30000, 90000, 90000};
    if (event_int(event, "final") || page->tries >= PAGE_TRIES_MAX) {
        give_up(page, event_str(event, "error"));
        return;
    }
    int64_t wait_ms = waits_ms[page->tries ? page->tries - 1 : 0];
    if (event_int(event, "wait_ms") > wait_ms)
        wait_ms = event_int(event, "wait_ms");
    page->state = PAGE_REQUESTED;
    page->not_before = instant_add_ms(event->at, wait_ms);
}

/* At once, so that a crash costs nobody their page; then ever later, so that a worker that never
 * answers floods nobody. */
static int64_t doubt_wait_ms(int64_t doubts)
{
    static const int64_t waits_ms[PAGE_DOUBTS_MAX] = {0, 10000, 30000, 90000};
    return waits_ms[doubts < PAGE_DOUBTS_MAX ? doubts : PAGE_DOUBTS_MAX - 1];
}

static void fold_doubted(struct page *page, const struct event *event)
{
    int64_t wait_ms = doubt_wait_ms(page->doubts);
    page->told = page->told || !page->says_calm; /* perhaps: they may wait to hear of its end */
    page->doubts++;
    if (event_int(event, "final")) {
        give_up(page, event_str(event, "reason"));
        return;
    }
    page->state = PAGE_REQUESTED;
    page->not_before = instant_add_ms(event->at, wait_ms);
}

static struct str thread_in(struct arena *arena, int64_t incident, const struct page *page)
{
    return str_printf(arena, "%lld-%s-%s", (long long)incident, page->person,
                      method_name(page->method));
}

/* It was being sent when its incident was merged, and did not get through: the one that goes on
 * has told nobody so. */
static void untell_merged(struct pages *pages, const struct page *page)
{
    struct arena scratch;
    arena_init(&scratch);
    struct page *other = map_find(&pages->table, thread_in(&scratch, page->merged_into, page));
    arena_done(&scratch);
    bool waits = other && other->state == PAGE_REQUESTED && !other->answered;
    if (!other || waits || other->state == PAGE_STARTED)
        return;
    other->requested = (struct instant){0};
    other->told = false;
}

static void fold_result(struct pages *pages, const struct event *event)
{
    struct str id = event_str(event, "page");
    struct page *page = map_find(&pages->table, thread_of(id));
    if (!page || !str_is(id, page->id))
        return; /* of an attempt that a newer one has replaced */
    if (event->kind == EVENT_PAGE_STARTED || event->kind == EVENT_PAGE_BUNDLED) {
        bool together = event->kind == EVENT_PAGE_BUNDLED;
        str_keep(page->bundle, sizeof page->bundle,
                 together ? event_str(event, "bundle") : STR(""));
        page->state = PAGE_STARTED;
        page->tries = event_int(event, "try");
        page->window = event->at;
        page->window_rank = page->rank;
        calm_take(pages, page, event->at); /* messages speak of the incident as it is now */
    } else if (event->kind == EVENT_PAGE_STOPPED) {
        page->state = PAGE_STOPPED;
    } else if (page->state != PAGE_STARTED) {
        return; /* it has its result */
    } else if (event->kind == EVENT_PAGE_SENT) {
        page->state = PAGE_SENT;
        page->told = !page->says_calm;
        if (page->says_calm)
            calm_arrived(pages, page);
        page->doubts = 0;
        page->down = false;
        page->problem[0] = '\0';
    } else if (event->kind == EVENT_PAGE_FAILED) {
        page->window = (struct instant){0}; /* nobody was told */
        fold_failed(page, event);
    } else {
        fold_doubted(page, event);
    }
    if (page->merged_into && event->kind != EVENT_PAGE_SENT && event->kind != EVENT_PAGE_STOPPED &&
        page->state != PAGE_STARTED)
        untell_merged(pages, page);
    page->doubtful = false;
    reach_fold(pages, page, event);
}

/* A message that it is over is itself over when the incident opens again. */
static bool is_outdated(const struct page *page)
{
    return page->says_calm && (page->state == PAGE_REQUESTED || page->state == PAGE_STARTED);
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
        bool closed =
            event->kind == EVENT_INCIDENT_RESOLVED || event->kind == EVENT_INCIDENT_MERGED;
        page->closed = closed ? event->at : (struct instant){0};
        if (event->kind != EVENT_INCIDENT_ACKNOWLEDGED)
            page->calm = event->kind == EVENT_INCIDENT_MITIGATED;
        if (event->kind == EVENT_INCIDENT_REOPENED ? is_outdated(page) : closed || !page->after_ack)
            page->answered = true;
    }
}

/* What waits, and says no more than the person was told of the other one, is stopped: its end is a
 * fact that stop_answered (decide.c) records. */
static void answer_waiting(struct page *waiting, const struct page *told)
{
    if (waiting->tries > 0 || waiting->answered || waiting->says_calm || told->rank > waiting->rank)
        return;
    waiting->answered = true;
    waiting->told = true;
    waiting->rank = told->rank;
    if (instant_before(waiting->requested, told->requested))
        waiting->requested = told->requested;
}

/* Whoever was told of the one, or is being told, counts as told of the one that goes on. */
static void tell_merged(struct pages *pages, const struct page *page, struct arena *scratch)
{
    struct str thread = thread_in(scratch, page->merged_into, page);
    struct page *other = map_find(&pages->table, thread);
    if (other && other->state == PAGE_REQUESTED)
        answer_waiting(other, page);
    if (other && (other->state == PAGE_REQUESTED || other->state == PAGE_STARTED ||
                  !instant_before(other->requested, page->requested)))
        return;
    if (!other) {
        other = make_thread(pages, thread);
        if (!other)
            return;
        *other = (struct page){.incident = page->merged_into, .method = page->method};
        str_keep(other->id, sizeof other->id, str_printf(scratch, "%.*s-0", STR_ARGS(thread)));
        str_keep(other->person, sizeof other->person, str_of(page->person));
        str_keep(other->reason, sizeof other->reason, str_of(page->reason));
    }
    other->state = PAGE_SENT;
    other->told = true;
    other->rank = page->rank;
    other->requested = page->requested;
    other->not_before = page->not_before;
    other->since = page->since;
}

static void fold_merged(struct pages *pages, const struct event *event)
{
    struct arena scratch;
    struct page **told;
    size_t count = 0;
    struct map_entry *entry;
    size_t at = 0;
    arena_init(&scratch);
    told = arena_array(&scratch, pages->table.count + 1, sizeof *told);
    while ((entry = map_next(&pages->table, &at))) {
        struct page *page = entry->value;
        if (page->incident == 0 || page->incident != event_int(event, "number"))
            continue;
        page->merged_into = event_int(event, "into");
        if (page->told || page->state == PAGE_STARTED)
            told[count++] = page;
    }
    for (size_t i = 0; i < count; i++)
        tell_merged(pages, told[i], &scratch);
    arena_done(&scratch);
}

/* Nobody is asked or told anything by a step of it any more. */
static void fold_run_ended(struct pages *pages, const struct event *event)
{
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&pages->table, &at))) {
        struct page *page = entry->value;
        if (page->run != 0 && page->run == event_int(event, "number"))
            page->closed = event->at;
    }
}

/* Nobody needs to hear any more that it will end, or begin; what waits is to be stopped. */
static void fold_over(struct pages *pages, const struct event *event)
{
    bool gap = event->kind == EVENT_ONCALL_GAP_CLOSED;
    bool follow_up = event->kind == EVENT_INCIDENT_FOLLOW_UP_DONE;
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&pages->table, &at))) {
        struct page *page = entry->value;
        int64_t number = follow_up ? page->follow_up : gap ? page->gap : page->silence;
        if (number == 0 || number != event_int(event, follow_up ? "follow_up" : "number"))
            continue;
        page->closed = event->at;
        page->answered = !follow_up; /* its message may speak of others, too */
    }
}

/* What waits of the one that it is instead of is not sent any more. Those of hand-overs that are
 * forgotten: as long as one is known its pages are, so that nobody is asked for twice, whatever the
 * clock is set to. */
static void fold_handover(struct pages *pages, const struct event *event)
{
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&pages->table, &at))) {
        struct page *page = entry->value;
        if (page->handover != 0 && page->handover == event_int(event, "instead"))
            page->answered = true;
        if (page->handover == 0 || page->handover + HANDOVERS_MAX > event_int(event, "number"))
            continue;
        page->closed = event->at;
        page->answered = true;
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
        if (!instant_is_zero(page->since))
            page->since = instant_add_ms(page->since, by_ms);
        if (!instant_is_zero(page->calmed))
            page->calmed = instant_add_ms(page->calmed, by_ms);
        if (!instant_is_zero(page->closed))
            page->closed = instant_add_ms(page->closed, by_ms);
        if (!instant_is_zero(page->window))
            page->window = instant_add_ms(page->window, by_ms);
    }
}

/* Threads are kept as long as their incident can be reopened, so that attempts count on, and until
 * what is under way has an end. */
static void remove_closed(struct pages *pages, struct instant now)
{
    struct map_entry *entry;
    size_t at = 0;
    pages->kept_until = (struct instant){INT64_MAX};
    while ((entry = map_next(&pages->table, &at))) {
        struct page *page = entry->value;
        bool waits = page->state == PAGE_REQUESTED && (page->answered || page->follow_up);
        if (instant_is_zero(page->closed))
            continue;
        struct instant until = instant_add_ms(page->closed, CLOSED_KEPT_MS);
        if (page->state == PAGE_STARTED || waits || instant_before(now, until)) {
            if (instant_before(until, pages->kept_until))
                pages->kept_until = until;
            continue;
        }
        map_remove(&pages->table, thread_of(str_of(page->id)));
        page->next_free = pages->free_pages;
        pages->free_pages = page;
    }
}

void page_fold(struct pages *pages, const struct event *event)
{
    if (event->kind == EVENT_PAGE_REQUESTED) {
        fold_requested(pages, event);
    } else if (event->kind >= EVENT_PAGE_STARTED && event->kind <= EVENT_PAGE_STOPPED) {
        fold_result(pages, event);
    } else if (event->kind == EVENT_INCIDENT_ACKNOWLEDGED ||
               event->kind == EVENT_INCIDENT_MITIGATED || event->kind == EVENT_INCIDENT_RESOLVED ||
               event->kind == EVENT_INCIDENT_REOPENED || event->kind == EVENT_INCIDENT_MERGED) {
        fold_incident(pages, event);
        if (event->kind == EVENT_INCIDENT_MERGED)
            fold_merged(pages, event);
    } else if (event->kind == EVENT_NODE_STARTED || event->kind == EVENT_CLOCK_STEPPED) {
        fold_all(pages, event);
    } else if (event->kind == EVENT_RUN_ENDED) {
        fold_run_ended(pages, event);
    } else if (event->kind == EVENT_SILENCE_ENDED || event->kind == EVENT_SILENCE_EXPIRED ||
               event->kind == EVENT_ONCALL_GAP_CLOSED ||
               event->kind == EVENT_INCIDENT_FOLLOW_UP_DONE) {
        fold_over(pages, event);
    } else if (event->kind == EVENT_ONCALL_HANDOVER) {
        fold_handover(pages, event);
        remove_closed(pages, event->at);
    } else if (event->kind == EVENT_INCIDENT_OPENED || event->kind == EVENT_RUN_OPENED ||
               event->kind == EVENT_SILENCE_OPENED || event->kind == EVENT_ONCALL_GAP) {
        remove_closed(pages, event->at);
    }
    if (event->kind < EVENT_PAGE_REQUESTED || event->kind > EVENT_PAGE_STOPPED)
        pages->kept_until = (struct instant){0};
    /* Where it is crowded nothing is kept longer than it must be. */
    if (pages->table.count >= PAGE_THREADS_MAX - PAGE_THREADS_KEPT &&
        !instant_before(event->at, pages->kept_until))
        remove_closed(pages, event->at);
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
        if (page->state == PAGE_REQUESTED && !page->answered &&
            !instant_before(now, page->not_before))
            ready[(*out_count)++] = page;
    }
    qsort(ready, *out_count, sizeof(struct page *), compare_waiting);
    return ready;
}

static struct event *add(const struct page *page, enum event_kind kind, struct instant now,
                         struct event_list *out)
{
    struct str id = str_copy(out->arena, str_of(page->id));
    const char *noun = page->run        ? "run"
                       : page->silence  ? "silence"
                       : page->gap      ? "gap"
                       : page->handover ? "handover"
                                        : "incident";
    int64_t number = page->run        ? page->run
                     : page->silence  ? page->silence
                     : page->gap      ? page->gap
                     : page->handover ? page->handover
                                      : page->incident;
    struct event *event = event_list_add(
        out, kind, now, STR("reeve"), str_printf(out->arena, "%s:%lld", noun, (long long)number));
    event_set_str(event, "page", id);
    return event;
}

void page_start(const struct page *page, struct instant now, struct event_list *out)
{
    event_set_int(add(page, EVENT_PAGE_STARTED, now, out), "try", page->tries + 1);
}

void page_start_with(const struct page *page, const struct page *lead, struct instant now,
                     struct event_list *out)
{
    struct event *event = add(page, EVENT_PAGE_BUNDLED, now, out);
    event_set_int(event, "try", page->tries + 1);
    event_set_str(event, "bundle", str_copy(out->arena, str_of(lead->id)));
}

void page_stop(const struct page *page, struct str reason, struct instant now,
               struct event_list *out)
{
    event_set_str(add(page, EVENT_PAGE_STOPPED, now, out), "reason", str_copy(out->arena, reason));
}

/* What becomes of a page in doubt stands in its event: nobody has to know the rule. */
static void doubt(const struct page *page, struct str detail, struct instant now,
                  struct event_list *out)
{
    struct event *event = add(page, EVENT_PAGE_DOUBTED, now, out);
    bool final = page->doubts + 1 >= PAGE_DOUBTS_MAX || page->tries >= PAGE_TRIES_MAX;
    int64_t wait_ms = doubt_wait_ms(page->doubts);
    struct str wait = wait_ms ? duration_text(out->arena, wait_ms) : STR("");
    event_set_str(event, "reason",
                  str_printf(out->arena, "%.*s; %s%.*s", STR_ARGS(detail),
                             final          ? "this attempt is given up"
                             : wait_ms == 0 ? "it is sent again at once"
                                            : "it is sent again after ",
                             STR_ARGS(final ? STR("") : wait)));
    event_set_int(event, "final", final);
}

static void fail(const struct page *page, int64_t wait_ms, bool final, struct str detail,
                 struct event *event)
{
    event_set_str(event, "error", detail);
    event_set_int(event, "wait_ms", wait_ms);
    event_set_int(event, "final",
                  final || page->tries >= PAGE_TRIES_MAX || wait_ms > PAGE_WAIT_MS_MAX);
}

void page_fail_for(const struct page *page, int64_t wait_ms, struct str detail, struct instant now,
                   struct event_list *out)
{
    fail(page, wait_ms, false, detail, add(page, EVENT_PAGE_FAILED, now, out));
}

void page_finish(const struct page *page, enum page_outcome outcome, struct str detail,
                 struct instant now, struct event_list *out)
{
    if (outcome == PAGE_WAS_SENT)
        event_set_str(add(page, EVENT_PAGE_SENT, now, out), "detail", detail);
    else if (outcome == PAGE_IN_DOUBT)
        doubt(page, detail, now, out);
    else
        fail(page, 0, outcome == PAGE_WAS_REFUSED, detail, add(page, EVENT_PAGE_FAILED, now, out));
}
