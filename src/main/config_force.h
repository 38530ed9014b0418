/* config_force.h - the values that the core runs with, in a file beside the ledger, for a command
 * beside it: reeve.yaml may have been changed since, and not taken (docs/decisions/0054).
 *
 * Promises: only its owner reads the file, which has references where there are secrets, as
 * config_show has. Without a core, or of an older one, nothing is told.
 * Refuses: to say why something was not taken: that is the core's to say (config_watch.h). */
#ifndef MAIN_CONFIG_FORCE_H
#define MAIN_CONFIG_FORCE_H

#include "main/config.h"

struct config_force {
    struct config_value *values; /* path and text */
    size_t count;
};

MUST_USE bool config_force_write(struct arena *arena, struct str path, const struct config *config,
                                 struct err *err);
/* Whole values of a core that listens at socket_path; false: there is none, or its file is none. */
MUST_USE bool config_force_read(struct arena *arena, struct str path, struct str socket_path,
                                struct config_force *out_force);
/* Sets in_force of each value of the configuration, which was read from the file, and adds those
 * that only are in force. How many differ. */
size_t config_force_compare(struct arena *arena, const struct config_force *force,
                            struct config *config);
/* All of them: where the file cannot be read. */
void config_force_show(struct text *text, const struct config_force *force);

#endif
