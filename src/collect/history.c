/* history.c - two files of lines and small files of counters. */
#include "collect/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COUNTERS_BYTES_MAX = 1024 * 1024 };

static const char *const names[2] = {"readings-0", "readings-1"};

void history_close(struct history_files *files)
{
    for (int i = 0; i < 2; i++)
        if (files->files[i] >= 0)
            (void)close(files->files[i]);
    if (files->folder >= 0)
        (void)close(files->folder);
    *files = (struct history_files){.folder = -1, .files = {-1, -1}};
}

static bool is_newer(const struct timespec *one, const struct timespec *other)
{
    return one->tv_sec > other->tv_sec ||
           (one->tv_sec == other->tv_sec && one->tv_nsec > other->tv_nsec);
}

bool history_open(struct history_files *files, struct str folder, struct err *err)
{
    struct history_files opened = {.folder = -1, .files = {-1, -1}};
    if (folder.n == 0) {
        *files = opened;
        return true;
    }
    char path[4096];
    if (folder.n >= sizeof path)
        return err_set(err, ERR_USAGE, NULL, "the path of the history folder is too long");
    memcpy(path, folder.p, folder.n);
    path[folder.n] = '\0';
    opened.folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct timespec changed[2] = {{0}};
    for (int i = 0; i < 2 && opened.folder >= 0; i++) {
        struct stat about;
        opened.files[i] =
            openat(opened.folder, names[i], O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (opened.files[i] < 0 || fstat(opened.files[i], &about) < 0)
            break;
        opened.bytes[i] = about.st_size;
        changed[i] = about.st_mtim;
    }
    if (opened.folder < 0 || opened.files[0] < 0 || opened.files[1] < 0) {
        bool done = err_set(err, ERR_SELF, path, "the history folder %s cannot be used: %s", path,
                            strerrordesc_np(errno));
        history_close(&opened);
        return done;
    }
    opened.active = is_newer(&changed[1], &changed[0]) && opened.bytes[1] > 0 ? 1 : 0;
    *files = opened;
    /* Ends a line that a crash cut off; an empty line is passed over. */
    if (opened.bytes[opened.active] > 0)
        history_append(files, STR("\n"));
    return true;
}

/* False: all of it, or the rest of it, could not be written. */
static bool add(struct history_files *files, struct str bytes)
{
    int active = files->active;
    while (bytes.n > 0) {
        ssize_t n = write(files->files[active], bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        files->bytes[active] += n;
        bytes = str_from(bytes, (size_t)n);
    }
    return true;
}

void history_append(struct history_files *files, struct str line)
{
    if (files->folder < 0)
        return;
    if (files->bytes[files->active] + (int64_t)line.n > HISTORY_FILE_BYTES) {
        int other = 1 - files->active;
        if (ftruncate(files->files[other], 0) < 0)
            return;
        files->bytes[other] = 0;
        files->torn[other] = false;
        files->active = other;
    }
    int active = files->active;
    if (files->torn[active] && !add(files, STR("\n")))
        return;
    files->torn[active] = !add(files, line);
}

bool history_sync(const struct history_files *files)
{
    return files->folder < 0 ||
           (fdatasync(files->files[0]) == 0 && fdatasync(files->files[1]) == 0);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool history_file_is_there(int file, int folder, const char *name)
{
    struct stat held;
    struct stat seen;
    return fstat(file, &held) == 0 && fstatat(folder, name, &seen, 0) == 0 && is_same(&held, &seen);
}

bool history_is_there(const struct history_files *files, struct str folder, struct err *err)
{
    struct stat held;
    struct stat seen;
    char path[4096];
    if (files->folder < 0 || folder.n >= sizeof path)
        return true;
    memcpy(path, folder.p, folder.n);
    path[folder.n] = '\0';
    if (fstat(files->folder, &held) != 0 || stat(path, &seen) != 0 || !is_same(&held, &seen))
        return err_set(err, ERR_SELF, path,
                       "the history folder %s was deleted or replaced while it was in use", path);
    for (int i = 0; i < 2; i++)
        if (!history_file_is_there(files->files[i], files->folder, names[i]))
            return err_set(err, ERR_SELF, path, "%s/%s was deleted or replaced while it was in use",
                           path, names[i]);
    return true;
}

static void replay_file(int file, void (*take)(void *context, struct str line), void *context)
{
    char buffer[HISTORY_LINE_BYTES];
    size_t held = 0;
    off_t at = 0;
    ssize_t n;
    while ((n = pread(file, buffer + held, sizeof buffer - held, at)) > 0) {
        at += n;
        struct str rest = {buffer, held + (size_t)n};
        size_t end;
        while ((end = str_find_byte(rest, '\n', 0)) < rest.n) {
            if (end > 0)
                take(context, str_slice(rest, 0, end + 1));
            rest = str_from(rest, end + 1);
        }
        held = rest.n < sizeof buffer ? rest.n : 0;
        memmove(buffer, rest.p, held);
    }
}

void history_replay(const struct history_files *files, void (*take)(void *context, struct str line),
                    void *context)
{
    if (files->folder < 0)
        return;
    replay_file(files->files[1 - files->active], take, context);
    replay_file(files->files[files->active], take, context);
}

void history_look(struct str folder, void (*take)(void *context, struct str line), void *context)
{
    struct stat about[2] = {{0}};
    int files[2] = {-1, -1};
    for (int i = 0; i < 2; i++) {
        char path[4096];
        if (snprintf(path, sizeof path, "%.*s/%s", STR_ARGS(folder), names[i]) < (int)sizeof path)
            files[i] = open(path, O_RDONLY | O_CLOEXEC);
        if (files[i] >= 0)
            (void)fstat(files[i], &about[i]);
    }
    int last = is_newer(&about[1].st_mtim, &about[0].st_mtim) ? 1 : 0;
    for (int i = 0; i < 2; i++) {
        int file = files[i == 0 ? 1 - last : last];
        if (file >= 0)
            replay_file(file, take, context);
        if (file >= 0)
            (void)close(file);
    }
}

void history_write_counters(const struct history_files *files, const char *name, struct str bytes)
{
    if (files->folder < 0 || bytes.n == 0)
        return;
    int file = openat(files->folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    /* Not atomic on purpose: a torn file does not match its own hash and is not used. */
    if (pwrite(file, bytes.p, bytes.n, 0) == (ssize_t)bytes.n)
        (void)!ftruncate(file, (off_t)bytes.n);
    (void)close(file);
}

struct str history_read_counters(struct arena *arena, const struct history_files *files,
                                 const char *name)
{
    if (files->folder < 0)
        return STR("");
    int file = openat(files->folder, name, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return STR("");
    char *bytes = arena_alloc(arena, COUNTERS_BYTES_MAX);
    ssize_t n = pread(file, bytes, COUNTERS_BYTES_MAX, 0);
    (void)close(file);
    return (struct str){bytes, n > 0 ? (size_t)n : 0};
}
