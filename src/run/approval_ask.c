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
    if (run_approver_is_ahead(world, approver))
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
    if (of->approver_count == 0 || of->begun || of->finished || of->skipped)
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

/* The person of an account, when they may approve and can be sent a mail. */
static const struct person *find_approver(const struct run_world *world,
                                          const struct account *account)
{
    const struct person *person = role_grants(account->role, PERMISSION_APPROVE)
                                      ? person_find(world->people, str_of(account->name))
                                      : NULL;
    return person && person_has_method(person, METHOD_SMTP) ? person : NULL;
}

/* A step that waits, and what it would do. */
struct waiting {
    const struct run_world *world;
    const struct run *run;
    int step;
    char digest[HASH_HEX_BYTES];
};

static const struct page *find_thread(const struct waiting *waiting, const struct person *person,
                                      struct arena *arena)
{
    struct str key = str_printf(arena, "r%lld.%d-%.*s-%s", (long long)waiting->run->number,
                                waiting->step + 1, STR_ARGS(person->id), method_name(METHOD_SMTP));
    return map_find(&waiting->world->pages->table, key);
}

static void ask(const struct waiting *waiting, const struct person *person, int64_t attempt,
                struct event_list *out)
{
    const struct run *run = waiting->run;
    struct instant now = waiting->world->now;
    const char *method = method_name(METHOD_SMTP);
    struct event *event =
        event_list_add(out, EVENT_PAGE_REQUESTED, now, STR("reeve"), subject_of(out->arena, run));
    event_set_str(event, "page",
                  str_printf(out->arena, "r%lld.%d-%.*s-%s-%lld", (long long)run->number,
                             waiting->step + 1, STR_ARGS(person->id), method, (long long)attempt));
    event_set_int(event, "attempt", attempt);
    event_set_str(event, "person", person->id);
    event_set_str(event, "method", str_of(method));
    event_set_int(event, "run", run->number);
    event_set_int(event, "step", waiting->step + 1);
    event_set_str(event, "digest", str_copy(out->arena, str_of(waiting->digest)));
    event_set_str(event, "reason",
                  str_printf(out->arena, "%.*s asks for an approval",
                             STR_ARGS(actor_name(run_step_asker(run, waiting->step)))));
    event_set_instant(event, "not_before", now);
    event_set_int(event, "after_ack", 1);
    event_set_instant(event, "until", instant_add_ms(now, RUN_ASK_MS));
}

/* Once for each digest, also when that mail could not be sent: the page says who waits. */
static void decide_ask(const struct waiting *waiting, const struct person *person,
                       struct event_list *out)
{
    const struct page *page = find_thread(waiting, person, out->arena);
    bool is_full = waiting->world->pages->table.count + out->count >= ASKS_MAX;
    if (run_step_is_asker(waiting->run, waiting->step, person->id) || is_full)
        return;
    if (!page)
        ask(waiting, person, 1, out);
    else if (strcmp(page->digest, waiting->digest) != 0 && page->state != PAGE_STARTED &&
             page->state != PAGE_REQUESTED)
        ask(waiting, person, page->attempt + 1, out);
}

/* Does the page still ask for something? */
static bool is_asked(const struct run_world *world, const struct page *page)
{
    const struct run *run = run_find(world->runs, page->run);
    const struct account *account = account_find(world->access, str_of(page->person));
    const struct person *person = account ? find_approver(world, account) : NULL;
    char digest[HASH_HEX_BYTES];
    int step = page->step - 1;
    if (!run || !run_is_open(run) || step < 0 || step >= run->step_count || !person ||
        run_step_is_asker(run, step, person->id) ||
        run_step_state(world, run, step) != RUN_STEP_APPROVAL)
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
        if (page_asks_approval(page) && page->state == PAGE_REQUESTED && !is_asked(world, page))
            page_stop(page, STR("this approval is not asked for any more"), world->now, out);
}

struct approvers { /* who can be asked at all */
    const struct person **items;
    size_t count;
};

static struct approvers find_approvers(const struct run_world *world, struct arena *arena)
{
    struct approvers approvers = {
        .items = arena_array(arena, world->access->account_count, sizeof(struct person *))};
    for (size_t i = 0; i < world->access->account_count; i++) {
        const struct person *person = find_approver(world, &world->access->accounts[i]);
        if (person)
            approvers.items[approvers.count++] = person;
    }
    return approvers;
}

static void decide_asks(const struct run_world *world, const struct run *run,
                        const struct approvers *approvers, struct event_list *out)
{
    int step = run_current(run);
    for (int k = step; step >= 0 && k < run->step_count; k++) {
        struct waiting waiting = {.world = world, .run = run, .step = k};
        if (run->steps[k].approvals == 0 || run_step_state(world, run, k) != RUN_STEP_APPROVAL)
            continue;
        run_step_digest(world, run, k, waiting.digest);
        for (size_t i = 0; i < approvers->count; i++)
            decide_ask(&waiting, approvers->items[i], out);
    }
}

void approval_decide(const struct run_world *world, struct event_list *out)
{
    size_t before = out->count;
    if (world->settings->context_unknown)
        return; /* what would run cannot be compared with what was approved */
    for (size_t i = 0; i < world->runs->count; i++) {
        const struct run *run = world->runs->items[i];
        for (int k = 0; run_is_open(run) && k < run->step_count; k++)
            decide_void(world, run, k, out);
    }
    decide_stops(world, out);
    struct approvers approvers = find_approvers(world, out->arena);
    /* In a round of its own: what is stopped gives its place to what is asked for instead. */
    bool asks = out->count == before && approvers.count > 0;
    for (size_t i = 0; asks && i < world->runs->count; i++)
        if (run_is_open(world->runs->items[i]))
            decide_asks(world, world->runs->items[i], &approvers, out);
}
