/* err.h - the one way to fail: a kind, a place and one complete sentence.
 *
 * Promises: never allocates, never truncates in the middle of a UTF-8 character.
 * Refuses: error codes without a sentence. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

/* Results that matter are must-use by default. */
#define MUST_USE                         __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

/* What went wrong, in the terms of the documented exit codes (docs/manual). */
enum err_kind {
    ERR_NONE = 0,
    ERR_USAGE,   /* wrong use or bad input: exit 2 */
    ERR_REFUSED, /* permission, approval, window: exit 3 */
    ERR_OUTSIDE, /* the outside failed: exit 4 */
    ERR_DOUBT,   /* started, result unknown: exit 5 */
    ERR_SELF     /* Reeve itself failed: exit 6 */
};

struct err {
    enum err_kind kind;
    char place[256]; /* file:line:column, address or "" */
    char text[768];  /* one sentence: what is wrong and what to do */
};

/* Fills err (NULL is tolerated) and returns false, so that callers can write
 * `return err_set(err, ERR_USAGE, place, "…")`. place may be NULL. */
bool err_set(struct err *err, enum err_kind kind, const char *place, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Lets compilers and analysers see that err_set always returns false. */
static inline bool err_always_false(bool said)
{
    (void)said;
    return false;
}
#define err_set(...) err_always_false(err_set(__VA_ARGS__))

/* The documented exit code of a kind: 0, 2, 3, 4, 5 or 6. */
int err_exit_code(enum err_kind kind);

#endif
