/* config_fit.h - what of reeve.yaml does not go with the runbook, or reaches nobody.
 *
 * Promises: each note has its place and says what follows; a name that is nearly right gets the
 * right one. Refuses: nothing: the configuration was read, and whoever asks decides. */
#ifndef MAIN_CONFIG_FIT_H
#define MAIN_CONFIG_FIT_H

#include "main/config.h"
#include "runbook/program.h"

enum { CONFIG_NOTES_MAX = 100 };

struct config_note {
    bool is_error; /* somebody is paged wrongly or not at all; else a hint */
    struct config_place place;
    struct str sentence;
};

struct config_notes {
    struct config_note items[CONFIG_NOTES_MAX];
    size_t count;
};

/* Sentences live in arena. */
MUST_USE bool config_fit(struct arena *arena, const struct config *config,
                         const struct program *program, struct config_notes *out_notes,
                         struct err *err);

#endif
