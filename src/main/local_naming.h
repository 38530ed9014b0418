/* local_naming.h - which metrics a running core reads, for commands beside it that write PromQL.
 *
 * Promises: without a core, or where it may not be asked, nothing is known and nothing fails.
 * Refuses: to look at the targets itself. */
#ifndef MAIN_LOCAL_NAMING_H
#define MAIN_LOCAL_NAMING_H

#include "alert/naming.h"
#include "main/app.h"

/* By rule; each rule's promql names what is read from now on. NULL: no core says it. */
const struct naming *local_naming_of_rules(struct app *app, struct rules *rules);
/* By what any rule of the same signal reads. */
struct naming local_naming_of_signal(struct app *app, const struct rule *rule);

#endif
