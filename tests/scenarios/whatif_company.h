/* whatif_company.h - chance from a seed, and the companies that it draws. */
#ifndef SCENARIOS_WHATIF_COMPANY_H
#define SCENARIOS_WHATIF_COMPANY_H

#include "base/text.h"

enum { WHATIF_PEOPLE = 5 };

struct chance {
    uint64_t state;
};

/* A number below limit. */
uint64_t draw(struct chance *chance, uint64_t limit);
/* Severities with other times, a window, and four rules without a "for". */
struct str whatif_runbook(struct arena *arena, struct chance *chance);
/* People, ways, quiet hours, two rotas. */
struct str whatif_configuration(struct arena *arena, struct chance *chance);
const char *whatif_person(struct chance *chance);

#endif
