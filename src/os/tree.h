/* tree.h - the files below a folder, one after the other.
 *
 * Promises: the same order on every machine (by the bytes of the names, folder by folder), memory
 * for the names of one path of folders only, and a word about everything that was passed over
 * although it was wanted. Refuses: following symbolic links to folders (so there is no loop to get
 * lost in), going deeper than LIMIT_TREE_DEPTH. */
#ifndef OS_TREE_H
#define OS_TREE_H

#include "base/str.h"

struct tree_visitor {
    void *context;
    /* Is a file, or what is below a folder, of interest? By its name alone. */
    bool (*wants)(struct str name, bool is_folder);
    /* A file that is wanted; false ends the walk. */
    bool (*file)(void *context, struct str path);
    /* A file or folder that is wanted and cannot be visited: a sentence. */
    void (*passed_over)(void *context, struct str path, const char *sentence);
};

/* Visits the files below folder, which must be NUL-terminated. False when file() said so. */
bool tree_walk(struct str folder, const struct tree_visitor *visitor);

#endif
