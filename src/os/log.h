/* log.h - for whoever debugs Reeve: one JSON line on stderr.
 *
 * {"at":…,"level":…,"role":…,"text":…} with "about" (run, incident or request) when given. What the
 * company wants to know next month is an event, not a log line.
 * Promises: a line goes out whole or not at all, at most 4096 bytes; a stderr that is gone is no
 * error. Called only from engine's edge, worker and main. */
#ifndef OS_LOG_H
#define OS_LOG_H

#include "base/err.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Once at start: lines below least are left out; role is "serve", "collect" … (kept, not copied).
 */
void log_start(const char *role, enum log_level least);
/* about: "incident:12", "run:…", a request id, or NULL. */
void log_line(enum log_level level, const char *about, const char *format, ...) PRINTF_LIKE(3, 4);
/* The sentence of an error, with its place. */
void log_err(enum log_level level, const char *about, const struct err *err);

#endif
