/* approval_link.c - may the link of a mail that asked for an approval be used now? */
#include "run/approval.h"

static bool check_run(const struct run_world *world, const struct link *link,
                      const struct page *page, int *out_step, struct err *err)
{
    const struct run *run = run_find(world->runs, page->run);
    char digest[HASH_HEX_BYTES];
    int step = page->step - 1;
    if (!run || !run_is_open(run) || step < 0 || step >= run->step_count ||
        run_step_state(world, run, step) != RUN_STEP_APPROVAL)
        return err_set(err, ERR_REFUSED, NULL,
                       "Step %d of run %lld does not wait for an approval any more; \"reeve run "
                       "show %lld\" says how it stands.",
                       page->step, (long long)page->run, (long long)page->run);
    run_step_digest(world, run, step, digest);
    if (!str_is(link->digest, digest))
        return err_set(err, ERR_REFUSED, NULL,
                       "What step %d of run %lld would do is not what this mail showed any more: "
                       "the runbook, reeve.yaml or the environment has changed, or it is another "
                       "try. You are asked anew when it still waits.",
                       page->step, (long long)page->run);
    *out_step = step;
    return true;
}

bool approval_link_check(const struct run_world *world, const struct links *links,
                         const struct link *link, int *out_step, struct err *err)
{
    const struct page *page = page_find(world->pages, link->page);
    const struct account *account = account_find(world->access, link->person);
    if (map_find(&links->used, link->page))
        return err_set(err, ERR_REFUSED, NULL,
                       "This link was used already; \"reeve run show %lld\" says what came of it.",
                       (long long)link->incident);
    if (!instant_before(world->now, link->expires) ||
        (!instant_is_zero(links->floor) && link->expires.us <= links->floor.us))
        return err_set(err, ERR_REFUSED, NULL,
                       "This link has expired; log in, or use \"reeve run show %lld\" and \"reeve "
                       "approve\".",
                       (long long)link->incident);
    if (!page || !page_asks_approval(page) || page->run != link->incident ||
        !str_is(link->person, page->person))
        return err_set(err, ERR_REFUSED, NULL,
                       "What this link asked for is over, or a newer mail has taken its place; "
                       "\"reeve run show %lld\" says how the run stands.",
                       (long long)link->incident);
    if (!account || !role_grants(account->role, PERMISSION_APPROVE))
        return err_set(err, ERR_REFUSED, NULL,
                       "%.*s may not approve any more; ask an administrator.",
                       STR_ARGS(link->person));
    return check_run(world, link, page, out_step, err);
}

void approval_link_use(const struct link *link, struct str actor, struct instant now,
                       struct event_list *out)
{
    struct event *event =
        event_list_add(out, EVENT_APPROVAL_LINK_USED, now, actor,
                       str_printf(out->arena, "run:%lld", (long long)link->incident));
    event_set_str(event, "page", str_copy(out->arena, link->page));
}
