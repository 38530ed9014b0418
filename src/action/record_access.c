/* record_access.c - accounts and API tokens: made, changed, removed, revoked. */
#include "access/credentials.h"
#include "action/records.h"

static struct access_call make_call(const struct call *call, const struct world *world)
{
    return (struct access_call){
        .actor = call->caller.actor, .name = call_str(call, "name"), .now = world->now};
}

bool record_account_add(const struct call *call, const struct world *world, struct event_list *out,
                        struct err *err)
{
    struct access_call made = make_call(call, world);
    return role_parse(call_str(call, "role"), &made.role, err) &&
           account_add(&world->access, &made, out, err);
}

bool record_account_role(const struct call *call, const struct world *world, struct event_list *out,
                         struct err *err)
{
    struct access_call made = make_call(call, world);
    return role_parse(call_str(call, "role"), &made.role, err) &&
           account_change_role(&world->access, &made, out, err);
}

bool record_account_password(const struct call *call, const struct world *world,
                             struct event_list *out, struct err *err)
{
    char mark[ACCESS_MARK_BYTES];
    struct access_call made = make_call(call, world);
    access_mark(call_str(call, "hash"), mark);
    made.mark = str_of(mark);
    return account_set_password(&world->access, &made, out, err);
}

bool record_account_remove(const struct call *call, const struct world *world,
                           struct event_list *out, struct err *err)
{
    struct access_call made = make_call(call, world);
    return account_remove(&world->access, &made, out, err);
}

bool record_api_token_new(const struct call *call, const struct world *world,
                          struct event_list *out, struct err *err)
{
    char mark[ACCESS_MARK_BYTES];
    struct access_call made = make_call(call, world);
    access_mark(call_str(call, "digest"), mark);
    made.mark = str_of(mark);
    return role_parse(call_str(call, "may"), &made.role, err) &&
           lifetime_parse(call_str(call, "expires"), &made.life_ms, err) &&
           api_token_make(&world->access, &made, out, err);
}

bool record_api_token_revoke(const struct call *call, const struct world *world,
                             struct event_list *out, struct err *err)
{
    struct access_call made = make_call(call, world);
    return api_token_revoke(&world->access, &made, out, err);
}
