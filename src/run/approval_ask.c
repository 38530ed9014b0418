/* approval_ask.c - who is asked for an approval, and which approvals count no more. */
#include "run/approval.h"

enum { ASKS_MAX = PAGE_THREADS_MAX / 2 }; /* the other half is for incidents */

static struct str subject_of(struct arena *arena, const struct run *run)
{
    return str_printf(arena, "run:%lld", (long long)run->number);
}

static struct str why_void(const struct run_world *world, const struct run_approver *approver,
                           struct arena *arena)
{
    char until[INSTANT_TEXT_BYTES];
    if (approver->lost)
        return str_of(approver->lost);
    if (instant_before(world->now, approver->at))
        return STR("it was given at a time that has not come yet");
    if (instant_before(world->now, approver->until))
        return STR("what would run is not what was approved any more");
    instant_write(approver->until, until);
    return str_printf(arena, "it held until %.10s %.8s UTC", until, until + 11);
}

/* Of a step that has not begun; what has begun by it is over with. */
static void decide_void(const struct run_world *world, const struct run *run, int step,
                        struct event_list *out)
{
    const struct run_step *of = &run->steps[step];
    char digest[HASH_HEX_BYTES];
    if (of->approver_count == 0 || of->begun || of->finished || of->skipped ||
        world->settings->context_unknown)
        return;
    run_step_digest(world, run, step, digest);
    for (int i = 0; i < of->approver_count; i++) {
        const struct run_approver *approver = &of->approvers[i];
        if (run_approver_counts(world, approver, digest))
            continue;
        struct event *event = event_list_add(out, EVENT_RUN_APPROVAL_VOID, world->now, STR("reeve"),
                                             subject_of(out->arena, run));
        event_set_int(event, "number", run->number);
        event_set_int(event, "step", step + 1);
        event_set_str(event, "who", str_copy(out->arena, str_of(approver->actor)));
        event_set_str(event, "reason", why_void(world, approver, out->arena));
    }
}

/* The person of an account, when they can be sent a mail and may agree to this run's steps. */
static const struct person *find_asked(const struct run_world *world, const struct run *run,
                                       const struct account *account)
{
    const struct person *person = person_find(world->people, str_of(account->name));
    if (!role_grants(account->role, PERMISSION_APPROVE) || !person ||
        !person_has_method(person, METHOD_SMTP) ||
        str_equal_nocase(str_of(account->name), actor_name(run->opened_person)))
        return NULL;
    return person;
}

static struct page *find_thread(const struct run_world *world, const struct run *run, int step,
                                const struct person *person, struct arena *arena)
{
    struct str key = str_printf(arena, "r%lld.%d-%.*s-%s", (long long)run->number, step + 1,
                                STR_ARGS(person->id), method_name(METHOD_SMTP));
    return map_find(&world->pages->table, key);
}

static void ask(const struct run_world *world, const struct run *run, int step,
                const struct person *person, struct event *event)
{
    event_set_str(event, "person", person->id);
    event_set_str(event, "method", str_of(method_name(METHOD_SMTP)));
    event_set_int(event, "run", run->number);
    event_set_int(event, "step", step + 1);
    event_set_instant(event, "not_before", world->now);
    event_set_int(event, "after_ack", 1);
    event_set_instant(event, "until", instant_add_ms(world->now, RUN_ASK_MS));
}

/* Once for each digest, also when that mail could not be sent: the page says who waits. */
static void decide_asks(const struct run_world *world, const struct run *run, int step,
                        struct event_list *out)
{
    struct arena *arena = out->arena;
    char digest[HASH_HEX_BYTES];
    run_step_digest(world, run, step, digest);
    for (size_t i = 0; i < world->access->account_count; i++) {
        const struct person *person = find_asked(world, run, &world->access->accounts[i]);
        if (!person || world->pages->table.count + out->count >= ASKS_MAX)
            continue;
        const struct page *page = find_thread(world, run, step, person, arena);
        if (page && (strcmp(page->digest, digest) == 0 || page->state == PAGE_STARTED ||
                     page->state == PAGE_REQUESTED))
            continue;
        int64_t attempt = page ? page->attempt + 1 : 1;
        struct event *event = event_list_add(out, EVENT_PAGE_REQUESTED, world->now, STR("reeve"),
                                             subject_of(arena, run));
        event_set_str(event, "page",
                      str_printf(arena, "r%lld.%d-%.*s-%s-%lld", (long long)run->number, step + 1,
                                 STR_ARGS(person->id), method_name(METHOD_SMTP),
                                 (long long)attempt));
        event_set_int(event, "attempt", attempt);
        event_set_str(event, "digest", str_copy(arena, str_of(digest)));
        event_set_str(
            event, "reason",
            str_printf(arena, "%.*s asks for an approval", STR_ARGS(actor_name(run->opened_by))));
        ask(world, run, step, person, event);
    }
}

/* Does the page still ask for something? */
static bool is_asked(const struct run_world *world, const struct page *page)
{
    const struct run *run = run_find(world->runs, page->run);
    const struct account *account = account_find(world->access, str_of(page->person));
    char digest[HASH_HEX_BYTES];
    int step = page->step - 1;
    if (!run || !run_is_open(run) || step < 0 || step >= run->step_count || !account ||
        !find_asked(world, run, account) || run_step_state(world, run, step) != RUN_STEP_APPROVAL)
        return false;
    run_step_digest(world, run, step, digest);
    return strcmp(digest, page->digest) == 0;
}

/* What was not sent yet and asks for nothing any more is not sent. */
static void decide_stops(const struct run_world *world, struct event_list *out)
{
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(world->pages, &at)))
        if (page->run != 0 && page->state == PAGE_REQUESTED && !is_asked(world, page))
            page_stop(page, STR("this approval is not asked for any more"), world->now, out);
}

static bool is_somebody_asked(const struct run_world *world)
{
    for (size_t i = 0; i < world->access->account_count; i++)
        if (role_grants(world->access->accounts[i].role, PERMISSION_APPROVE))
            return true;
    return false;
}

void approval_decide(const struct run_world *world, struct event_list *out)
{
    bool asks = is_somebody_asked(world) && !world->settings->context_unknown;
    size_t before = out->count;
    for (size_t i = 0; i < world->runs->count; i++) {
        const struct run *run = world->runs->items[i];
        for (int k = 0; run_is_open(run) && k < run->step_count; k++)
            decide_void(world, run, k, out);
    }
    decide_stops(world, out);
    /* In a round of its own: what is stopped gives its place to what is asked for instead. */
    for (size_t i = 0; asks && out->count == before && i < world->runs->count; i++) {
        const struct run *run = world->runs->items[i];
        int step = run_is_open(run) ? run_current(run) : -1;
        for (int k = step; step >= 0 && k < run->step_count; k++)
            if (run->steps[k].approvals > 0 && run_step_state(world, run, k) == RUN_STEP_APPROVAL)
                decide_asks(world, run, k, out);
    }
}
