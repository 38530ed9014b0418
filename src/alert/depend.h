/* depend.h - declared dependencies: which rules are only to be expected while others fire.
 *
 * Promises: names of reeve.yaml's depends: become ids of rules, also over several steps, nearest
 * first, and all of them; rules that hang together are one group. Rules that depend on the same
 * ones share one list. Refuses: circles - two that wait for each other would both be silent; more
 * than DEPEND_CAUSES_MAX causes, with that reason: a cause that is silently none would page for
 * what follows from it. */
#ifndef ALERT_DEPEND_H
#define ALERT_DEPEND_H

#include "alert/rule.h"

enum { DEPEND_CAUSES_MAX = 4 * 1000 * 1000 }; /* in the lists of all rules together */

/* "error rate" depends on "database" and "cache". */
struct dependency {
    struct str of;
    const struct str *on;
    size_t on_count;
};

struct dependencies {
    const struct dependency *items;
    size_t count;
};

/* Fills causes, cause_count and group of each rule; a dependency that would close a circle is left
 * out, and the first such one is told: false, and its index in *out_bad. So is that there are too
 * many causes. Names that no rule has do
 * nothing. All lives in arena. */
MUST_USE bool depend_bind(struct arena *arena, struct rules *rules,
                          const struct dependencies *dependencies, size_t *out_bad,
                          struct err *err);
/* Is the rule called so: by its sentence, its signal, another word for that, or the word or words
 * that its signal's name begins with ("database" for "database connection pool")? */
bool depend_names(const struct rule *rule, struct str name);

#endif
