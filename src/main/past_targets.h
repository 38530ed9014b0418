/* past_targets.h - whose readings counted in the past: those of the targets of that time.
 *
 * One that the configuration does not name any more counts until its next reading would have been
 * due; one that it names is silent where nothing of it was kept. */
#ifndef MAIN_PAST_TARGETS_H
#define MAIN_PAST_TARGETS_H

#include "alert/backtest.h"
#include "collect/archive.h"
#include "main/config.h"

struct past_targets {
    struct arena *arena;
    const struct config *config;
    struct backtest_target *items;
    size_t count, capacity;
};

/* config: read, it has to outlive the list, as arena. */
void past_targets_init(struct past_targets *targets, struct arena *arena,
                       const struct config *config);
/* Adds the target of a reading; what one read last counts, whatever came before. */
void past_targets_take(struct past_targets *targets, const struct reading *reading);
/* Those of a stretch of readings. */
MUST_USE bool past_targets_read(struct past_targets *targets, struct archive *archive,
                                const struct archive_range *range, struct err *err);

#endif
