/* order_limits.h - how long an order may be and may take; known on both sides of the pipe. */
#ifndef WORKER_ORDER_LIMITS_H
#define WORKER_ORDER_LIMITS_H

enum { WORK_ORDER_BYTES = 512 * 1024, WORK_DEADLINE_MS_MAX = 10 * 60 * 1000 };

#endif
