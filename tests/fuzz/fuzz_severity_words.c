/* fuzz_severity_words.c - any bytes as the words of a severity: parts lie within them, limits are
 * shares, and numbers meet what they should. */
#include "fuzz.h"

#include "incident/propose.h"

#include <math.h>
#include <stdlib.h>

static void check_clause(const struct propose_clause *clause, struct str text)
{
    bool inside = clause->words.p >= text.p && clause->words.p + clause->words.n <= text.p + text.n;
    if (!inside || clause->words.n == 0 || !(clause->limit >= 0) || !isfinite(clause->limit))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct propose_clause clauses[PROPOSE_CLAUSES_MAX];
    struct str text = {(const char *)data, size};
    struct severity_plan plan = {.level_count = 1};
    plan.levels[0] = (struct severity_level){.id = STR("P0"), .when = text};
    size_t count = propose_read(text, clauses);
    if (count > PROPOSE_CLAUSES_MAX)
        abort();
    for (size_t i = 0; i < count; i++)
        check_clause(&clauses[i], text);
    /* What is not known meets nothing; what goes well meets nothing. */
    if (propose(&plan, &(struct propose_facts){NAN, NAN}).level ||
        propose(&plan, &(struct propose_facts){0, 0}).level)
        abort();
    return 0;
}
