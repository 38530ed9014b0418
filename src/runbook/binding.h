/* binding.h - what a statement reaches: the action of a step, the check of a practice, the role of
 * a party, the service of a contact.
 *
 * Promises: a binding is the exact meaning of the line, by a row of the vocabulary; a line that
 * says more or less than the row has none. Refuses: doing anything. */
#ifndef RUNBOOK_BINDING_H
#define RUNBOOK_BINDING_H

#include "runbook/vocabulary.h"

/* Fills action, check, role or service of a statement below this heading; "" when nothing fits. */
void binding_make(const struct vocabulary *vocabulary, struct arena *arena, struct str heading,
                  struct statement *statement);
/* Could a statement like this be bound by the vocabulary? A title of steps could not. */
bool binding_is_wanted(const struct statement *statement);
/* What it is bound to, or "". */
struct str binding_of(const struct statement *statement);

#endif
