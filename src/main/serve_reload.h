/* serve_reload.h - targets: and probes: of a reeve.yaml that was changed, put in force while Reeve
 * runs.
 *
 * Promises: a file with any error, or whose secrets the keeper does not find, changes nothing, and
 * is named on the page, by "reeve status" and in the log; what is the same goes on as it was, with
 * what is known of it; the keeper that holds the present secrets serves until the next one is
 * ready. Refuses: to put anything else of the file in force, which is said as before
 * (config_watch.h); a file that was not yet seen untouched at two looks. */
#ifndef MAIN_SERVE_RELOAD_H
#define MAIN_SERVE_RELOAD_H

#include "main/serve.h"

/* Looks once in a while; when nothing was changed it costs a comparison. */
void serve_reload(struct serve *serve);
void serve_close_reload(struct serve *serve);

/* Writes down what is in force, for "reeve config show" beside the core. */
void serve_tell_force(struct serve *serve);

#endif
