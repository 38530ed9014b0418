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
/* Writes beside the file, fsyncs, renames, fsyncs the folder. ERR_SELF when the disk refuses. */
MUST_USE bool file_write(struct str path, struct str data, mode_t mode, struct err *err);
/* Makes the folder and those above it, 0700 each; one that exists is left as it is. */
MUST_USE bool folder_make(struct str path, struct err *err);

#endif
