/* work.h - one order as the functions that perform it see it. */
#ifndef RUN_WORK_H
#define RUN_WORK_H

#include "base/instant.h"
#include "run/order.h"

struct work {
    struct arena *arena;
    struct str id;
    const struct json *body;    /* an object */
    const struct json *secrets; /* an object or NULL */
    int64_t deadline_ms;        /* for the whole of it */
    struct instant now;
    bool verbose; /* say on stderr what is sent, secrets blacked out */
};

/* One line of clean UTF-8 without control characters, at most 400 bytes. */
struct str work_clean(struct arena *arena, struct str s);
/* A result with a formatted, cleaned detail. */
struct order_result work_result(struct arena *arena, enum order_outcome outcome, const char *format,
                                ...) PRINTF_LIKE(3, 4);

#endif
