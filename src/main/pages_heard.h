/* pages_heard.h - the picture of a rule that an engine is asked for (alert/heard.h).
 *
 * Promises: what was unknown is drawn as unknown, what nobody looked at is not drawn, and the page
 * says since when it is kept and where the rest is.
 * Refuses: to ask the engine: a page must not wait for it. */
#ifndef MAIN_PAGES_HEARD_H
#define MAIN_PAGES_HEARD_H

#include "alert/heard.h"
#include "state/world.h"

struct rule_asked {
    const struct rule *rule; /* as it names its metric (alert/naming.h) */
    struct str url;          /* of the engine */
    size_t tier;             /* of heard.h; behind the last one nothing is kept */
};

/* Fills columns, words and link of a chart whose range, from and to are set. */
void pages_heard_chart(struct arena *arena, const struct heards *heards,
                       const struct rule_asked *asked, struct rule_chart *chart);

#endif
