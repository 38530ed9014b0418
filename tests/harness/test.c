/* test.c - runs the registered cases and prints TAP 13; exit 1 when one failed.
 * With an argument only the cases whose name or file contains it. */
#include "harness/test.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct test_case *first_case;
static struct test_case **last_case = &first_case;
static const struct test_case *current;
static jmp_buf case_end;
static long checks;
static char message[8192];
static char folder[256];
enum outcome { PASSED = 0, FAILED = 1, SKIPPED = 2 };

void test_register(struct test_case *test)
{
    *last_case = test;
    last_case = &test->next;
}

const struct test_case *test_current(void)
{
    return current;
}

void test_checked(void)
{
    checks++;
}

void test_fail(const char *file, int line, const char *format, ...)
{
    int n = snprintf(message, sizeof message, "%s:%d: ", file, line);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message + n, sizeof message - (size_t)n, format, args);
    va_end(args);
    longjmp(case_end, FAILED);
}

void test_fail_at(const char *place, const char *format, ...)
{
    int n = snprintf(message, sizeof message, "%s: ", place);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message + n, sizeof message - (size_t)n, format, args);
    va_end(args);
    longjmp(case_end, FAILED);
}

void test_skip(const char *reason)
{
    (void)snprintf(message, sizeof message, "%s", reason);
    longjmp(case_end, SKIPPED);
}

static struct str line_at(struct str s, size_t at)
{
    size_t from = at;
    while (from > 0 && s.p[from - 1] != '\n')
        from--;
    return str_slice(s, from, str_find_byte(s, '\n', at));
}

void test_same_text(const char *file, int line, struct str got, struct str want)
{
    checks++;
    if (str_equal(got, want))
        return;
    size_t at = 0;
    size_t number = 1;
    while (at < got.n && at < want.n && got.p[at] == want.p[at]) {
        if (got.p[at] == '\n')
            number++;
        at++;
    }
    test_fail(file, line, "texts differ at byte %zu, line %zu\n  got:  %.*s\n  want: %.*s", at,
              number, STR_ARGS(line_at(got, at)), STR_ARGS(line_at(want, at)));
}

void test_same_int(const char *file, int line, int64_t got, int64_t want, const char *what)
{
    checks++;
    if (got != want)
        test_fail(file, line, "%s is %lld, wanted %lld", what, (long long)got, (long long)want);
}

struct str test_source_path(struct arena *arena, const char *relative)
{
    const char *root = getenv("REEVE_SOURCE_ROOT");
    return str_printf(arena, "%s/%s", root ? root : ".", relative);
}

struct str test_read_file(struct arena *arena, struct str path)
{
    FILE *file = fopen(path.p, "rb");
    if (!file)
        test_fail(__FILE__, __LINE__, "cannot read %s", path.p);
    struct stat info;
    if (fstat(fileno(file), &info) != 0)
        info.st_size = 0;
    char *data = arena_alloc(arena, (size_t)info.st_size + 1);
    size_t n = fread(data, 1, (size_t)info.st_size, file);
    (void)fclose(file);
    return (struct str){data, n};
}

struct str test_folder(struct arena *arena)
{
    if (!folder[0]) {
        (void)snprintf(folder, sizeof folder, "%s/reeve-test-XXXXXX",
                       getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
        if (!mkdtemp(folder))
            test_fail(__FILE__, __LINE__, "cannot make %s", folder);
    }
    return str_copy(arena, str_of(folder));
}

static void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        char name[1024];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR)
            remove_tree(name);
        else
            (void)unlink(name);
    }
    if (dir)
        (void)closedir(dir);
    (void)rmdir(path);
}

static enum outcome run_case(const struct test_case *test)
{
    struct arena arena;
    arena_init(&arena);
    checks = 0;
    current = test;
    message[0] = '\0';
    enum outcome outcome = (enum outcome)setjmp(case_end);
    if (outcome == PASSED) {
        test->function(&arena);
        if (checks == 0) {
            (void)snprintf(message, sizeof message, "%s checks nothing", test->name);
            outcome = FAILED;
        }
    }
    arena_done(&arena);
    if (folder[0])
        remove_tree(folder);
    folder[0] = '\0';
    return outcome;
}

int main(int argc, char **argv)
{
    int number = 0;
    int failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (struct test_case *test = first_case; test; test = test->next) {
        const char *base = strrchr(test->file, '/');
        base = base ? base + 1 : test->file;
        if (argc > 1 && !strstr(test->name, argv[1]) && !strstr(base, argv[1]))
            continue;
        number++;
        enum outcome outcome = run_case(test);
        printf("%sok %d - %s %s%s%s\n", outcome == FAILED ? "not " : "", number, base, test->name,
               outcome == SKIPPED ? " # SKIP " : "", outcome == SKIPPED ? message : "");
        if (outcome == FAILED) {
            failed++;
            for (char *at = strtok(message, "\n"); at; at = strtok(NULL, "\n"))
                printf("# %s\n", at);
        }
    }
    printf("1..%d\n", number);
    return failed ? 1 : 0;
}
