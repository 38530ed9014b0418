/* tree.c - reading folders whole, sorting, going down. */
#include "os/tree.h"

#include "base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum entry_kind { ENTRY_FILE, ENTRY_FOLDER, ENTRY_FOLDER_LINK, ENTRY_OTHER };

struct entry {
    struct str path, name;
    enum entry_kind kind;
};

struct entries {
    struct entry *items;
    size_t count, capacity;
};

static int compare(const void *a, const void *b)
{
    return str_compare(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* What cannot be looked at is taken for a file: opening it will say why. */
static enum entry_kind kind_of(struct str path, unsigned char type)
{
    struct stat status;
    if (type == DT_REG)
        return ENTRY_FILE;
    if (type == DT_DIR)
        return ENTRY_FOLDER;
    if (type != DT_UNKNOWN && type != DT_LNK)
        return ENTRY_OTHER;
    bool link = type == DT_LNK || (lstat(path.p, &status) == 0 && S_ISLNK(status.st_mode));
    if (stat(path.p, &status) != 0 || S_ISREG(status.st_mode))
        return ENTRY_FILE;
    if (S_ISDIR(status.st_mode))
        return link ? ENTRY_FOLDER_LINK : ENTRY_FOLDER;
    return ENTRY_OTHER;
}

/* False with errno when the folder cannot be read. */
static bool read_folder(struct arena *arena, struct str folder, struct entries *entries)
{
    DIR *dir = opendir(folder.p);
    const struct dirent *from;
    if (!dir)
        return false;
    /* Names below "." stand alone, as people and other programs write them. */
    const char *between = str_is(folder, ".") || str_ends(folder, "/") ? "" : "/";
    struct str front = str_is(folder, ".") ? STR("") : folder;
    errno = 0;
    while ((from = readdir(dir))) {
        struct str name = str_of(from->d_name);
        if (str_is(name, ".") || str_is(name, ".."))
            continue;
        struct entry entry = {
            .path = str_printf(arena, "%.*s%s%s", STR_ARGS(front), between, from->d_name)};
        entry.name = str_from(entry.path, entry.path.n - name.n);
        entry.kind = kind_of(entry.path, from->d_type);
        LIST_PUSH(arena, entries->items, entries->count, entries->capacity) = entry;
        errno = 0;
    }
    int failed = errno;
    (void)closedir(dir);
    errno = failed;
    if (entries->count > 0)
        qsort(entries->items, entries->count, sizeof *entries->items, compare);
    return failed == 0;
}

static bool walk(struct str folder, const struct tree_visitor *visitor, int depth);

static bool visit(const struct entry *entry, const struct tree_visitor *visitor, int depth)
{
    bool is_file = entry->kind == ENTRY_FILE;
    if (entry->kind == ENTRY_OTHER || !visitor->wants(entry->name, !is_file))
        return true;
    if (is_file)
        return visitor->file(visitor->context, entry->path);
    if (entry->kind == ENTRY_FOLDER)
        return walk(entry->path, visitor, depth + 1);
    visitor->passed_over(visitor->context, entry->path,
                         "This symbolic link to a folder is not followed; name the folder itself.");
    return true;
}

static bool walk(struct str folder, const struct tree_visitor *visitor, int depth)
{
    struct arena arena;
    struct entries entries = {0};
    if (depth > LIMIT_TREE_DEPTH) {
        visitor->passed_over(visitor->context, folder,
                             "This folder lies too deep and is not read; name it itself.");
        return true;
    }
    arena_init(&arena);
    if (!read_folder(&arena, folder, &entries))
        visitor->passed_over(visitor->context, folder,
                             errno == EACCES ? "This folder may not be read by this user."
                                             : "This folder cannot be read.");
    bool more = true;
    for (size_t i = 0; more && i < entries.count; i++)
        more = visit(&entries.items[i], visitor, depth);
    arena_done(&arena);
    return more;
}

bool tree_walk(struct str folder, const struct tree_visitor *visitor)
{
    return walk(folder, visitor, 1);
}
