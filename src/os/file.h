/* file.h - whole files in and out.
 *
 * Promises: a written file is whole or the old one, on disk when file_write returns.
 * Refuses: reading more than the stated maximum, anything but regular files and /proc. */
#ifndef OS_FILE_H
#define OS_FILE_H

#include "base/str.h"

#include <sys/types.h>

/* ERR_USAGE when it is absent, unreadable, a folder or longer than max_bytes. err may be NULL. */
MUST_USE bool file_read(struct arena *arena, struct str path, size_t max_bytes,
                        struct str *out_data, struct err *err);
/* For a file of secrets: ERR_REFUSED when others than its owner may read or change it, or it
 * belongs to somebody else than this user. *out_there: there is one at all. */
MUST_USE bool file_check_private(struct str path, bool *out_there, struct err *err);
/* Whatever changes when the file at this path is written or replaced (device, inode, size, times of
 * change to the nanosecond), as a number; 0 when there is none. Two looks that give the same number
 * saw the same file untouched. */
MUST_USE uint64_t file_stamp(struct str path);
/* Writes beside the file, fsyncs, renames, fsyncs the folder. ERR_SELF when the disk refuses. */
MUST_USE bool file_write(struct str path, struct str data, mode_t mode, struct err *err);
/* Writes a file that is there whole or not at all, unless there is one already: of several writers
 * exactly one makes it. True also when another has made it; *out_made tells. */
MUST_USE bool file_make(struct str path, struct str data, mode_t mode, bool *out_made,
                        struct err *err);
/* Takes size_bytes of the disk for a file that must be written even when the disk is full. The
 * descriptor goes to file_write_reserved, which writes as file_write does, and closes it. */
MUST_USE bool file_reserve(struct str path, size_t size_bytes, mode_t mode, int *out_fd,
                           struct err *err);
MUST_USE bool file_write_reserved(int fd, struct str path, struct str data, struct err *err);
/* Reads until there is no room or no more; false with errno when reading fails. */
MUST_USE bool fd_fill(int fd, char *to, size_t room_bytes, size_t *out_bytes);
/* Writes all; false with errno when it cannot. */
MUST_USE bool fd_write(int fd, struct str data);
/* Makes the folder and those above it, 0700 each; one that exists is left as it is. */
MUST_USE bool folder_make(struct str path, struct err *err);
/* folder_make; and where root works in a folder of another user, this process goes on as that user,
 * so that what it makes there stays of use to the service. Who called stays root (getuid). */
MUST_USE bool folder_enter(struct str path, struct err *err);

#endif
