/* manual.h - the action table read as help, as the manual page and as completion words. */
#ifndef FACE_MANUAL_H
#define FACE_MANUAL_H

#include "action/action.h"

/* "reeve --help": all actions with their summaries. */
void manual_write_overview(struct text *text);
/* "reeve incident ack --help": usage line, help, arguments, example, exit codes. */
void manual_write_action(struct text *text, const struct action *action);
/* The usage line by itself: "reeve incident show NUMBER [--json]". */
void manual_write_usage(struct text *text, const struct action *action);
/* docs/manual/commands.md, whole. */
void manual_write_markdown(struct text *text);

#endif
