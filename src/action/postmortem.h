/* postmortem.h - the draft of a postmortem as Markdown. */
#ifndef ACTION_POSTMORTEM_H
#define ACTION_POSTMORTEM_H

#include "state/whole_story.h"

enum { POSTMORTEM_BYTES_MAX = 4 * 1024 * 1024 };

/* Every value is escaped: a title cannot become a heading, a note no HTML. Times are in UTC. */
void postmortem_write(struct text *text, const struct world *world,
                      const struct postmortem *postmortem, bool picture);

#endif
