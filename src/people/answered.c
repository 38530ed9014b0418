/* answered.c - why a page that waits is not sent any more. */
#include "people/page.h"

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
