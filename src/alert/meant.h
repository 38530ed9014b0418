/* meant.h - which rules a person means who names one.
 *
 * Promises: a rule's id, or the words that the list shows for it, mean it; the whole sentence of a
 * line that makes several rules means all of these, and so does its line. Otherwise a part of the
 * words, when all rules that have it stand on one line. Case says nothing.
 * Refuses: nothing; who asks says what is none, and what could be several. */
#ifndef ALERT_MEANT_H
#define ALERT_MEANT_H

#include "alert/rule.h"

/* Tells rules of one line and sentence apart: each is given its part (rule.h). */
void rules_set_parts(struct arena *arena, struct rules *rules);
/* "Disk usage: warn at 80%, critical at 90% (critical)"; its title where it stands alone. Lives in
 * arena, or with the rule. */
struct str rule_shown(struct arena *arena, const struct rule *rule);
/* Which of the rules words mean; in out_meant, one for each rule, in arena. How many; 0: none. More
 * than one and not of one line: several could be meant. */
size_t rules_meant(struct arena *arena, const struct rules *rules, struct str words,
                   bool **out_meant);
/* Do all that are meant stand on one line? */
bool rules_are_of_one_line(const struct rules *rules, const bool *meant);
/* "\"Error rate > 5%\" (line 12), …": those that could be meant, cut to bytes_max. */
struct str rules_choices(struct arena *arena, const struct rules *rules, const bool *meant,
                         size_t bytes_max);

#endif
