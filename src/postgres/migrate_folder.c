/* migrate_folder.c - the files of a folder, whole and in memory. */
#include "postgres/migrate.h"

#include "os/file.h"

#include <dirent.h>
#include <errno.h>

static void close_folder(DIR *const *folder)
{
    if (*folder)
        (void)closedir(*folder);
}

static bool read_all(struct migrate *migrate, DIR *folder, struct migration_file **out_files,
                     size_t *out_count)
{
    struct migration_file *files = NULL;
    size_t count = 0;
    size_t capacity = 0;
    struct err err = {0};
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        struct str name = str_of(entry->d_name);
        struct str path =
            str_printf(migrate->arena, "%.*s/%s", STR_ARGS(migrate->folder), entry->d_name);
        struct migration_file file = {.name = str_copy(migrate->arena, name)};
        if (!str_ends(name, ".sql") || name.p[0] == '.')
            continue;
        if (count == MIGRATIONS_MAX)
            return migrate_fail(migrate, ORDER_REFUSED, migrate->folder,
                                "The folder has more than %d migrations.", MIGRATIONS_MAX);
        if (!file_read(migrate->arena, path, MIGRATION_BYTES_MAX, &file.text, &err))
            return migrate_fail(migrate, ORDER_REFUSED, str_of(err.place), "%s", err.text);
        LIST_PUSH(migrate->arena, files, count, capacity) = file;
    }
    *out_files = files;
    *out_count = count;
    return true;
}

bool migrate_read_folder(struct migrate *migrate)
{
    struct migration_file *files = NULL;
    size_t count = 0;
    if (migrate->set.arena) { /* read already: only the findings are made anew */
        migrate->set.finding_count = migrate->set.file_findings;
        return true;
    }
    DIR *folder __attribute__((cleanup(close_folder))) = opendir(migrate->folder.p);
    if (!folder)
        return migrate_fail(migrate, ORDER_REFUSED, migrate->folder,
                            "The folder of the migrations cannot be read (%s): name it with "
                            "--folder.",
                            errno == ENOENT    ? "there is none"
                            : errno == ENOTDIR ? "it is a file"
                                               : "no right to it");
    if (!read_all(migrate, folder, &files, &count))
        return false;
    migration_set_read(migrate->arena, files, count, &migrate->set);
    return true;
}
