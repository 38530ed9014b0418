/* compose.h - from configuration and runbook to the world that the decisions read. */
#ifndef MAIN_COMPOSE_H
#define MAIN_COMPOSE_H

#include "main/config.h"
#include "state/world.h"
#include "telemetry/collector_spec.h"

/* Fills what comes from the configuration (signals, people, on call, targets) and from the program.
 * world was initialised; strings live in arena or in config. */
MUST_USE bool compose_world(struct world *world, struct arena *arena, const struct config *config,
                            struct program *program, struct err *err);
/* The signals that are known by name, with those of the configuration; they live in arena. */
MUST_USE bool compose_signals(struct signals *signals, struct arena *arena,
                              const struct config *config, struct err *err);
/* What the configuration says of the severities that alerts open. */
struct severity_mapping compose_mapping(const struct config *config);
/* Does each severity under alerts: stand in the runbook? P0 to P3 mean a rank in every runbook. */
MUST_USE bool compose_check_severities(struct arena *arena, const struct config *config,
                                       const struct severity_plan *plan, struct err *err);
/* The rules of the program, with the traffic, the severities, the policies and the dependencies
 * that the configuration gives them; what compose_check_rules refuses is left out. signals must
 * outlive them. */
struct rules compose_rules(struct arena *arena, const struct config *config,
                           const struct program *program, const struct signals *signals);
/* Gives the rule its questions where the configuration has it asked of an engine. */
void compose_ask(struct arena *arena, const struct config *config, struct rule *rule);
/* Do the policies under alerts: fit the rules, and are there no circles under depends:? */
MUST_USE bool compose_check_rules(struct arena *arena, const struct config *config,
                                  const struct program *program, const struct signals *signals,
                                  struct err *err);
/* A time zone of this machine by its name. */
MUST_USE bool compose_zone(struct arena *arena, struct str name, const struct zone **out_zone,
                           struct err *err);
/* The rotas of the configuration; their time zones are read. */
MUST_USE bool compose_rotas(struct arena *arena, const struct config *config,
                            struct oncall *out_oncall, struct err *err);
/* The heartbeats of the configuration; its time zones are read. */
MUST_USE bool compose_beats(struct world *world, struct arena *arena, const struct config *config,
                            struct err *err);
/* What of it can be switched off; what is off already is so again. After its people. */
void compose_switches(struct world *world, struct arena *arena, const struct config *config);
/* May it take the place of the program in force? An empty file is a slip or a save half done, and
 * must not end the watch over everything. */
MUST_USE bool compose_check_next(const struct world *world, const struct program *next,
                                 struct err *err);
/* Puts another version of the program in force: rules, severities, checklist. */
MUST_USE bool compose_program(struct world *world, struct arena *arena, const struct config *config,
                              struct program *program, struct err *err);
/* Anew what approvals are bound to, once the fingerprints of secrets are known. */
void compose_fingerprints(struct world *world, struct arena *arena, const struct config *config);
/* Whose readings count: the targets, senders, logs and probes of the configuration. */
void compose_targets(struct world *world, const struct config *config);
/* Each of them is shown from now on, heard of or not. */
void compose_expect(struct world *world, const struct config *config, struct instant now);
/* What the collector is told: the targets, and the signals that the rules in force look at. */
struct str compose_collector_spec(struct arena *arena, const struct world *world,
                                  const struct config *config, struct str history_folder);
/* The names of the metrics that they need of a page, as they stand there. */
struct config_names compose_metrics(struct arena *arena, const struct world *world);
/* The first line of checkpoints and the name of the key. */
struct str compose_origin(void);
/* The path that a folder really has; one that is not there stays as it is written. */
struct str compose_absolute(struct arena *arena, struct str path);
/* The host name in public_url, or "". */
struct str compose_public_host(const struct config *config);

#endif
