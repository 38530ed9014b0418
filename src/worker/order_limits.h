/* order_limits.h - how long an order may be and may take; known on both sides of the pipe. */
#ifndef WORKER_ORDER_LIMITS_H
#define WORKER_ORDER_LIMITS_H

#include "run/order.h"

enum { WORK_ORDER_BYTES = 512 * 1024, WORK_DEADLINE_MS_MAX = 10 * 60 * 1000 };

/* Migrations and restores take as long as the tables are large. */
enum { WORK_DEADLINE_DAY_MS = 24 * 60 * 60 * 1000 };
static inline int work_deadline_ms_max(enum order_kind kind)
{
    bool is_long = kind == ORDER_POSTGRES_MIGRATE || kind == ORDER_POSTGRES_EXPORT ||
                   kind == ORDER_POSTGRES_IMPORT || kind == ORDER_BACKUP_DRILL;
    return is_long ? WORK_DEADLINE_DAY_MS : WORK_DEADLINE_MS_MAX;
}

/* Of a shell step. */
enum {
    STEP_WRITES_MAX = 32,
    STEP_ARGUMENTS_MAX = 1024,
    STEP_VARIABLES_MAX = 1000,
    STEP_ID_BYTES_MAX = 200,
    STEP_WORD_BYTES_MAX = 64,
    STEP_OUTPUT_BYTES_MIN = 4096,
    STEP_OUTPUT_BYTES_MAX = 1024 * 1024 * 1024,
    STEP_GRACE_MS = 5000,     /* from SIGTERM to SIGKILL */
    STEP_LEFT_GRACE_MS = 2000 /* the same for what the main process left behind */
};

#endif
