/* record_page.c - "page test" and "drill": prove that people can be reached. */
#include "action/records.h"
#include "people/reach.h"

bool record_page_test(const struct call *call, const struct world *world, struct event_list *out,
                      struct err *err)
{
    struct page_world view = world_pages(world);
    return page_test(&view, call->caller.actor, call_str(call, "person"), out, err);
}

bool record_drill(const struct call *call, const struct world *world, struct event_list *out,
                  struct err *err)
{
    struct page_world view = world_pages(world);
    size_t count = 0;
    drill_all(&view, call->caller.actor, out, &count);
    return count > 0 ||
           err_set(
               err, ERR_REFUSED, NULL,
               "There is nothing to test: nobody under people: in reeve.yaml can be reached, or "
               "a test by each way is under way.");
}
