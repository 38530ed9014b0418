/* expect.h - what the expectations share: words of the line, and how an unmet one is said.
 *
 * Promises: a failure names the line, what was expected and what was found.
 * Refuses: words that are left over (expect_end). */
#ifndef SCENARIOS_EXPECT_H
#define SCENARIOS_EXPECT_H

#include "scenario.h"

/* "expect [no|N] THING …": how many are wanted. */
struct wanted {
    int64_t count; /* -1: at least one */
    size_t at;     /* of the word behind THING */
};

bool expect_word(const struct line *line, size_t at, const char *word);
/* The word at that place, or the last one: what a message is about. */
const struct word *expect_word_at(const struct line *line, size_t at);
bool expect_contains(struct str text, struct str part);
/* Takes `containing "…"` at *at; "" when there is none. */
MUST_USE bool expect_containing(struct scenario *scenario, const struct line *line, size_t *at,
                                struct str *out_text, struct err *err);
MUST_USE bool expect_end(struct scenario *scenario, const struct line *line, size_t at,
                         struct err *err);
/* Always false. */
bool expect_unmet(struct scenario *scenario, const struct line *line, struct err *err,
                  struct str but);
/* What people see: "incident show 1", "run show 1". */
struct str expect_shown(struct scenario *scenario, const char *noun, int64_t number);

/* runs.c: run N [STATE] [step K STATE]… [containing "…"]… [lacking "…"]… */
MUST_USE bool runs_expect(struct scenario *scenario, const struct line *line,
                          const struct wanted *wanted, struct err *err);

#endif
