/* openai_usage.h - pages of OpenAI's usage and costs of an organisation. Pure.
 *
 * Promises: amounts are added only when every one of the page is understood. Refuses: another
 * currency than the dollar, numbers below zero, and what is not such a page. */
#ifndef PROBE_OPENAI_USAGE_H
#define PROBE_OPENAI_USAGE_H

#include "base/json.h"

struct openai_sum {
    double dollars;
    double tokens; /* taken in and given out */
};

/* Adds what the page tells to io_sum. *out_next: the page behind it, or "". ERR_OUTSIDE with the
 * rest of a sentence. */
MUST_USE bool openai_usage_read(struct arena *arena, struct str text, struct openai_sum *io_sum,
                                struct str *out_next, struct err *err);
/* "insufficient_quota: You exceeded …" of an error's answer, or "". */
struct str openai_error_words(struct arena *arena, struct str text);

#endif
