/* record_page.c - "page test": proves that a person can be reached. */
#include "action/records.h"

bool record_page_test(const struct call *call, const struct world *world, struct event_list *out,
                      struct err *err)
{
    struct page_world view = world_pages(world);
    return page_test(&view, call->caller.actor, call_str(call, "person"), out, err);
}
