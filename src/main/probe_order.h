/* probe_order.h - the order with which reeve-work looks at one thing of probes:, for the daemon and
 * for health:check alike. */
#ifndef MAIN_PROBE_ORDER_H
#define MAIN_PROBE_ORDER_H

#include "main/config.h"
#include "run/order.h"
#include "telemetry/probe_line.h"

#define PROBE_PAGE "page"       /* the kind of a target that is read by https */
enum { PROBE_SECRETS_MAX = 2 }; /* the address, and the key of a certificate */

/* In arena, with the names of its secrets. */
struct order probe_order(struct arena *arena, const struct config_probe *probe);
/* A look at the metrics page of a target, from outside as at any page. */
struct config_probe probe_of_target(const struct config_target *target);
/* "http https://shop.example.com/", "redis": what the page shows as its url; never a secret. */
struct str probe_place(struct arena *arena, const struct config_probe *probe);
/* What an answer says, strings in arena. A worker that gave none makes it "not up". */
struct probe_line probe_line_of(struct arena *arena, const struct config_probe *probe,
                                const struct order_result *result, struct instant at);
/* By what the same is asked for again, or "". True: what was seen before holds, and the answer
 * itself tells nothing. */
bool probe_answer_holds(struct arena *arena, const struct order_result *result,
                        struct str *out_etag);

#endif
