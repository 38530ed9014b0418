/* test.h - the small TAP harness: self-registering cases, compared text shown as a diff.
 *
 * A test file holds TEST(name) { … } blocks and no main. Each case gets a fresh arena; a case ends
 * at its first failed CHECK. A case that checks nothing fails. SKIP ends a case with a named
 * reason. */
#ifndef HARNESS_TEST_H
#define HARNESS_TEST_H

#include "base/arena.h"
#include "base/str.h"

struct test_case {
    const char *name;
    const char *file;
    void (*function)(struct arena *arena);
    struct test_case *next;
};

void test_register(struct test_case *test);
/* The case that runs: cases made from files find their file in it. */
const struct test_case *test_current(void);
void test_checked(void);
_Noreturn void test_fail(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4);
/* The same for a place that is not in C: "file:line" or "file:line:column". */
_Noreturn void test_fail_at(const char *place, const char *format, ...) PRINTF_LIKE(2, 3);
_Noreturn void test_skip(const char *reason);
void test_same_text(const char *file, int line, struct str got, struct str want);
void test_same_int(const char *file, int line, int64_t got, int64_t want, const char *what);
/* Path of a file below the source tree, from REEVE_SOURCE_ROOT. */
struct str test_source_path(struct arena *arena, const char *relative);
/* The file's bytes; fails the case when it cannot be read. */
struct str test_read_file(struct arena *arena, struct str path);
/* A fresh empty folder, removed with all it holds after the case. */
struct str test_folder(struct arena *arena);

#define TEST(id)                                                                                   \
    static void test_##id(struct arena *arena);                                                    \
    static struct test_case case_##id = {#id, __FILE__, test_##id, NULL};                          \
    __attribute__((constructor)) static void register_##id(void)                                   \
    {                                                                                              \
        test_register(&case_##id);                                                                 \
    }                                                                                              \
    static void test_##id(struct arena *arena __attribute__((unused)))

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        test_checked();                                                                            \
        if (!(condition))                                                                          \
            test_fail(__FILE__, __LINE__, "not true: %s", #condition);                             \
    } while (0)
#define CHECK_OK(call, errp)                                                                       \
    do {                                                                                           \
        test_checked();                                                                            \
        if (!(call))                                                                               \
            test_fail(__FILE__, __LINE__, "%s: %s %s", #call, (errp)->place, (errp)->text);        \
    } while (0)
#define CHECK_INT(got, want)                                                                       \
    test_same_int(__FILE__, __LINE__, (int64_t)(got), (int64_t)(want), #got)
#define CHECK_STR(got, want)  test_same_text(__FILE__, __LINE__, (got), str_of(want))
#define CHECK_SAME(got, want) test_same_text(__FILE__, __LINE__, (got), (want))
#define SKIP(reason)          test_skip(reason)

#endif
