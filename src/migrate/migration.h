/* migration.h - the migrations of a folder, in their order.
 *
 * Read as they are: dbmate's files (20240101_users.sql with -- migrate:up and -- migrate:down,
 * also several of each, also transaction:false), pairs 001_users.up.sql and 001_users.down.sql, and
 * files of the way forward only, as Supabase has them (20240101_users.sql).
 * Promises: every file that begins with a number and ends with .sql is one of them or has a
 * finding; all findings are made, not only the first; 007 and 7 are the same version. Refuses: to
 * guess. Two files of one version are an error, and so is one of two forms. */
#ifndef MIGRATE_MIGRATION_H
#define MIGRATE_MIGRATION_H

#include "migrate/script.h"

enum { MIGRATIONS_MAX = 20 * 1000, MIGRATION_NAME_BYTES_MAX = 255, MIGRATION_VERSION_DIGITS = 40 };

struct migration_file {
    struct str name, text; /* the text outlives what is made of it */
};

struct migration {
    struct str version; /* digits without zeros in front, "20240101120000" */
    struct str name;    /* of the file with the way forward, or of the way back when it is alone */
    struct migration_script up, down;
    bool has_down;
    bool unread;              /* a finding is about it */
    char sum[HASH_HEX_BYTES]; /* of the way forward */
};

struct migration_finding {
    struct str version; /* "" when it is of none */
    struct str place;   /* "20240101_users.sql:3:1" */
    struct str text;    /* one sentence */
    bool stops;         /* nothing is run while it stands; else it is only said */
    bool always;        /* also when the version is applied already */
};

struct migration_set {
    struct arena *arena;
    struct migration *items; /* by version */
    size_t count, capacity;
    struct migration_finding *findings;
    size_t finding_count, finding_capacity;
    size_t file_findings; /* those that the files alone gave: the first ones */
};

void migration_set_read(struct arena *arena, const struct migration_file *files, size_t count,
                        struct migration_set *out_set);
/* Files of any names, each by itself and in the order given; their versions stay "". What stands
 * behind a marker of the way back is read as such; a file .down.sql as a way forward. */
void migration_files_read(struct arena *arena, const struct migration_file *files, size_t count,
                          struct migration_set *out_set);
const struct migration *migration_find(const struct migration_set *set, struct str version);
void migration_say(struct migration_set *set, const struct migration_finding *finding);
/* By their value as numbers: <0, 0, >0. */
int version_compare(struct str a, struct str b);
/* Digits at the beginning, without zeros in front; "" when it does not begin with one. */
struct str version_of(struct str name);

#endif
