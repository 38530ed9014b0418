/* config_watch.h - reeve.yaml was changed while Reeve runs: but for its targets: and probes:, which
 * serve_reload.h puts in force, it is in force after a restart only, and that is said.
 *
 * Promises: only another content counts, not a file that was touched; said again and again until
 * the file says what is in force, or Reeve was restarted.
 * Refuses: to put a changed configuration in force. */
#ifndef MAIN_CONFIG_WATCH_H
#define MAIN_CONFIG_WATCH_H

#include "base/instant.h"
#include "base/json.h"
#include "main/config.h"

enum { CONFIG_REFUSED_BYTES = 1100 };

struct config_watch {
    struct instant looked;  /* last */
    struct instant changed; /* when the file that says something else was written; zero: it does not
                             */
    bool seen;              /* it was read: root that works as another user may never see it */
    bool gone;              /* it cannot be read any more; changed is when that was seen */
    struct hash digest;     /* of the file at the last look */
    char refused[CONFIG_REFUSED_BYTES]; /* why nothing is taken of a file, or "" */
    struct hash refused_digest;         /* of that file: another one was not judged yet */
};

/* Looks at the file once in a while. Nothing where there is no file. */
void config_watch_look(struct config_watch *watch, const struct config *config, struct instant now);
/* "reeve.yaml was changed at 18:02 UTC; …", or "". */
struct str config_watch_text(struct arena *arena, const struct config_watch *watch,
                             const struct config *config, struct instant now);
/* What the core that listens at socket_path answers to "status"; NULL: there is none, or it does
 * not say. */
const struct json *config_watch_status(struct arena *arena, struct str socket_path);
/* What such an answer means for the configuration that was just read, as config_watch_ask has it;
 * status may be NULL. */
struct str config_watch_said(struct arena *arena, const struct json *status,
                             const struct config *config, struct instant now);
/* For a command beside the core that listens at socket_path: the same of the configuration that it
 * has just read, or "": the core was started with that, or there is no core. */
struct str config_watch_ask(struct arena *arena, struct str socket_path,
                            const struct config *config, struct instant now);

#endif
