/* probed.h - one target that shows no metrics itself: what was seen of it goes into an intake.
 *
 * Promises: samples become readings as those of a scrape do; every line ends in one status. A probe
 * that failed keeps what it has seen: that a page is down is known, and not unknown. */
#ifndef COLLECT_PROBED_H
#define COLLECT_PROBED_H

#include "collect/scrape.h"
#include "telemetry/probe_line.h"

struct probed;

/* All arguments outlive it but target. */
struct probed *probed_open(const struct collector_target *target, const struct signals *signals,
                           const struct scrape_use *use);
/* Before the first line: goes on from saved counters. */
void probed_restore(struct probed *probed, struct str saved);
struct str probed_target(const struct probed *probed);
/* What is not newer than the last is passed over. */
void probed_take(struct probed *probed, const struct probe_line *line);
void probed_close(struct probed *probed);

#endif
