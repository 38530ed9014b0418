/* volume.c - the shop's receipt volume: a folder whose real usage is measured. */
#include "volume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILL_BYTES = 4 * 1024 * 1024, FILL_MOST = 16 };

bool volume_open(struct volume *volume, const char *folder, struct err *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_OUTSIDE, folder, "The volume's folder cannot be opened: %s.",
                       strerror(errno));
    volume->fd = fd;
    return true;
}

void volume_close(struct volume *volume)
{
    if (volume->fd >= 0)
        (void)close(volume->fd);
    volume->fd = -1;
}

int64_t volume_used_bytes(const struct volume *volume)
{
    int again = openat(volume->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = again < 0 ? NULL : fdopendir(again);
    int64_t used = 0;
    if (!folder)
        return used;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        struct stat about;
        if (fstatat(volume->fd, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(about.st_mode))
            used += about.st_size;
    }
    (void)closedir(folder);
    return used;
}

static bool write_whole(struct volume *volume, const char *name, struct str bytes, struct err *err)
{
    int fd = openat(volume->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_OUTSIDE, name, "The file cannot be made: %s.", strerror(errno));
    size_t done = 0;
    while (done < bytes.n) {
        ssize_t n = write(fd, bytes.p + done, bytes.n - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    bool written = done == bytes.n || err_set(err, ERR_OUTSIDE, name,
                                              "The file cannot be written: %s.", strerror(errno));
    (void)close(fd);
    return written;
}

bool volume_keep_receipt(struct volume *volume, int64_t order, struct str receipt, struct err *err)
{
    char name[32];
    (void)snprintf(name, sizeof name, "receipt-%03d.txt", (int)(order % VOLUME_RECEIPTS));
    if (volume_used_bytes(volume) + (int64_t)receipt.n > VOLUME_BYTES)
        return err_set(err, ERR_OUTSIDE, name, "The receipt volume is full.");
    return write_whole(volume, name, receipt, err);
}

bool volume_fill(struct volume *volume, struct err *err)
{
    static const char block[FILL_BYTES];
    int64_t free_bytes = VOLUME_BYTES - volume_used_bytes(volume);
    int64_t bytes = free_bytes - VOLUME_BYTES / 50;
    if (bytes <= 0)
        return true;
    for (int i = 0; i < FILL_MOST; i++) {
        char name[32];
        struct stat about;
        (void)snprintf(name, sizeof name, "forgotten-%02d.log", i);
        if (fstatat(volume->fd, name, &about, AT_SYMLINK_NOFOLLOW) == 0)
            continue;
        size_t n = bytes < FILL_BYTES ? (size_t)bytes : FILL_BYTES;
        return write_whole(volume, name, (struct str){block, n}, err);
    }
    return true;
}

void volume_empty(struct volume *volume)
{
    for (int i = 0; i < FILL_MOST; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "forgotten-%02d.log", i);
        (void)unlinkat(volume->fd, name, 0);
    }
}
