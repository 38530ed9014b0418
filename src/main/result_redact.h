/* result_redact.h - secrets taken out of what a database answered: the values that commands are
 * given, and what looks like one. */
#ifndef MAIN_RESULT_REDACT_H
#define MAIN_RESULT_REDACT_H

#include "main/serve.h"

/* The same JSON with every text of it clean, in arena. ERR_SELF when the keeper does not answer. */
MUST_USE bool result_redact(struct serve *serve, struct arena *arena, const struct json *output,
                            struct str *out_text, struct err *err);
/* One sentence; by its look alone. */
struct str result_redact_text(struct arena *arena, struct str sentence);

#endif
