/* file.c - reading with a maximum, writing by rename. */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

#define FD_SCOPED __attribute__((cleanup(close_fd))) int

static bool copy_path(struct str path, char out_path[PATH_MAX], struct err *err)
{
    if (path.n == 0 || path.n >= PATH_MAX - 16 || memchr(path.p, '\0', path.n))
        return err_set(err, ERR_USAGE, NULL, "A path must have 1 to %d bytes without NUL.",
                       PATH_MAX - 17);
    memcpy(out_path, path.p, path.n);
    out_path[path.n] = '\0';
    return true;
}

bool fd_fill(int fd, char *to, size_t room_bytes, size_t *out_bytes)
{
    size_t n = 0;
    while (n < room_bytes) {
        ssize_t got = read(fd, to + n, room_bytes - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    *out_bytes = n;
    return true;
}

bool fd_write(int fd, struct str data)
{
    while (data.n > 0) {
        ssize_t n = write(fd, data.p, data.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data = str_from(data, (size_t)n);
    }
    return true;
}

/* Reads one byte more than is taken, to know that it would be too much. */
static bool read_all(int fd, struct arena *arena, const struct stat *info, size_t max_bytes,
                     struct str *out_data)
{
    /* What the file is said to have, and room to see its end, so that most are read at once. */
    size_t capacity = info->st_size > 0 ? (size_t)info->st_size + 2 : 4096;
    size_t n = 0;
    char *data = arena_alloc(arena, capacity);
    ssize_t first = info->st_size > 0 ? read(fd, data, capacity - 1) : 0;
    if (first < 0 && errno != EINTR)
        return false;
    n = first > 0 ? (size_t)first : 0;
    /* All that the file is said to have, and not the byte more that was asked for: its end. */
    bool whole = n > 0 && first == info->st_size;
    while (!whole) {
        size_t want = n + 4096 > max_bytes + 1 ? max_bytes + 2 : n + 4096;
        size_t got = 0;
        if (capacity - n < 2)
            data = arena_grow(arena, data, &capacity, n, want, 1);
        size_t room = capacity - n - 1;
        if (room > max_bytes + 1 - n)
            room = max_bytes + 1 - n;
        if (!fd_fill(fd, data + n, room, &got))
            return false;
        n += got;
        if (got < room)
            break;
        if (n > max_bytes) {
            errno = EFBIG;
            return false;
        }
    }
    data[n] = '\0';
    *out_data = (struct str){data, n};
    return true;
}

bool file_read(struct arena *arena, struct str path, size_t max_bytes, struct str *out_data,
               struct err *err)
{
    char name[PATH_MAX];
    struct stat info;
    if (!copy_path(path, name, err))
        return false;
    /* O_NONBLOCK: opening a pipe that nobody writes must not hang. */
    FD_SCOPED fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &info) != 0)
        return err_set(err, ERR_USAGE, name,
                       "This file cannot be read: %s; give the path of a file that this user may "
                       "read.",
                       strerror(errno));
    if (!S_ISREG(info.st_mode))
        return err_set(err, ERR_USAGE, name, "This is not a file; give the path of a file.");
    if (info.st_size > 0 && (uint64_t)info.st_size > max_bytes)
        return err_set(err, ERR_USAGE, name,
                       "This file has %lld bytes, at most %zu are taken; give a shorter one.",
                       (long long)info.st_size, max_bytes);
    if (!read_all(fd, arena, &info, max_bytes, out_data))
        return err_set(err, ERR_USAGE, name, "This file cannot be read: %s.", strerror(errno));
    return true;
}

bool file_check_private(struct str path, bool *out_there, struct err *err)
{
    char name[PATH_MAX];
    struct stat info;
    if (!copy_path(path, name, err))
        return false;
    if (lstat(name, &info) != 0) {
        *out_there = false;
        return errno == ENOENT ||
               err_set(err, ERR_USAGE, name, "This file cannot be looked at: %s.", strerror(errno));
    }
    if (!S_ISREG(info.st_mode))
        return err_set(err, ERR_REFUSED, name, "This is not a file; move it away.");
    if (info.st_uid != geteuid())
        return err_set(err, ERR_REFUSED, name,
                       "This file holds secrets and belongs to another user; give it to the one "
                       "that Reeve runs as.");
    if (info.st_mode & 077)
        return err_set(err, ERR_REFUSED, name,
                       "This file holds secrets, and others than its owner may read or change it "
                       "(mode %04o); \"chmod 600\" it, and replace the secrets if somebody may "
                       "have read them.",
                       (unsigned)info.st_mode & 07777);
    *out_there = true;
    return true;
}

/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
static void stamp(uint64_t *sum, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        *sum = (*sum ^ (value >> (8 * i) & 0xff)) * 0x100000001b3u;
}

uint64_t file_stamp(struct str path)
{
    char name[PATH_MAX];
    struct stat info;
    if (!copy_path(path, name, NULL) || stat(name, &info) != 0)
        return 0;
    uint64_t sum = 0xcbf29ce484222325u;
    stamp(&sum, (uint64_t)info.st_dev);
    stamp(&sum, (uint64_t)info.st_ino);
    stamp(&sum, (uint64_t)info.st_size);
    stamp(&sum, (uint64_t)info.st_mtim.tv_sec);
    stamp(&sum, (uint64_t)info.st_mtim.tv_nsec);
    stamp(&sum, (uint64_t)info.st_ctim.tv_sec);
    stamp(&sum, (uint64_t)info.st_ctim.tv_nsec);
    return sum ? sum : 1;
}

static bool sync_folder_of(char *name)
{
    char *slash = strrchr(name, '/');
    const char *folder = ".";
    if (slash == name) {
        folder = "/";
    } else if (slash) {
        *slash = '\0';
        folder = name;
    }
    FD_SCOPED fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0;
}

bool file_write(struct str path, struct str data, mode_t mode, struct err *err)
{
    char name[PATH_MAX];
    char part[PATH_MAX + 8];
    if (!copy_path(path, name, err))
        return false;
    (void)snprintf(part, sizeof part, "%s.part", name);
    (void)unlink(part);
    FD_SCOPED fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd >= 0 && fchmod(fd, mode) == 0 && fd_write(fd, data) && fsync(fd) == 0 &&
        rename(part, name) == 0 && sync_folder_of(name))
        return true;
    int reason = errno;
    if (fd >= 0)
        (void)unlink(part);
    return err_set(err, ERR_SELF, path.p, "This file cannot be written: %s.", strerror(reason));
}

bool file_make(struct str path, struct str data, mode_t mode, bool *out_made, struct err *err)
{
    char name[PATH_MAX];
    char part[PATH_MAX + 24];
    if (!copy_path(path, name, err))
        return false;
    (void)snprintf(part, sizeof part, "%s.%d.part", name, (int)getpid());
    (void)unlink(part);
    FD_SCOPED fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    bool written = fd >= 0 && fchmod(fd, mode) == 0 && fd_write(fd, data) && fsync(fd) == 0;
    /* link never replaces, and what it shows is whole. */
    bool made = written && link(part, name) == 0;
    int reason = errno;
    if (fd >= 0)
        (void)unlink(part);
    bool there = made || (written && reason == EEXIST);
    if (!there || (made && !sync_folder_of(name)))
        return err_set(err, ERR_SELF, path.p, "This file cannot be made: %s.",
                       strerror(there ? EIO : reason));
    *out_made = made;
    return true;
}

bool file_reserve(struct str path, size_t size_bytes, mode_t mode, int *out_fd, struct err *err)
{
    char name[PATH_MAX];
    char part[PATH_MAX + 8];
    if (!copy_path(path, name, err))
        return false;
    (void)snprintf(part, sizeof part, "%s.part", name);
    (void)unlink(part);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    int reason = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)size_bytes);
    if (reason == 0) {
        *out_fd = fd;
        return true;
    }
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(part);
    }
    return err_set(err, ERR_SELF, path.p, "There is no room for this file: %s.", strerror(reason));
}

bool file_write_reserved(int fd, struct str path, struct str data, struct err *err)
{
    char name[PATH_MAX];
    char part[PATH_MAX + 8];
    FD_SCOPED closed_at_end = fd;
    if (!copy_path(path, name, err))
        return false;
    (void)snprintf(part, sizeof part, "%s.part", name);
    if (fd_write(closed_at_end, data) && ftruncate(closed_at_end, (off_t)data.n) == 0 &&
        fsync(closed_at_end) == 0 && rename(part, name) == 0 && sync_folder_of(name))
        return true;
    return err_set(err, ERR_SELF, path.p, "This file cannot be written: %s.", strerror(errno));
}

bool folder_make(struct str path, struct err *err)
{
    char name[PATH_MAX];
    struct stat info;
    if (!copy_path(path, name, err))
        return false;
    for (char *at = name + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char end = *at;
        *at = '\0';
        if (mkdir(name, 0700) != 0 && errno != EEXIST)
            return err_set(err, ERR_SELF, name, "This folder cannot be made: %s.", strerror(errno));
        if (end == '\0')
            break;
        *at = end;
    }
    if (stat(name, &info) != 0 || !S_ISDIR(info.st_mode))
        return err_set(err, ERR_USAGE, name, "This is not a folder; give another path.");
    return true;
}

bool folder_enter(struct str path, struct err *err)
{
    char name[PATH_MAX];
    struct stat info;
    if (!folder_make(path, err) || !copy_path(path, name, err))
        return false;
    if (geteuid() != 0 || stat(name, &info) != 0 || info.st_uid == 0)
        return true;
    return (setegid(info.st_gid) == 0 && seteuid(info.st_uid) == 0) ||
           err_set(err, ERR_SELF, name, "Root cannot work here as the folder's owner: %s.",
                   strerror(errno));
}
