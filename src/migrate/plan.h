/* plan.h - files and history beside each other: what is applied, what is to be done, what is wrong.
 *
 * Promises: whatever the history says and the files do not is a finding; what stops is found before
 * anything is run; of a migration that is half done, exactly what is missing is left.
 * Refuses: to look at the database; what a statement without a result did is for the runner. */
#ifndef MIGRATE_PLAN_H
#define MIGRATE_PLAN_H

#include "migrate/migration.h"

/* One statement that was begun or done, as the history has it. */
struct history_row {
    struct str version; /* as version_of */
    struct str name;    /* of the file, when it was run */
    bool down;          /* of the way back */
    int64_t part;       /* the statement, from 1; 0: of a migration without statements */
    int64_t parts;      /* how many there were */
    bool done;          /* else only begun: nobody knows */
    struct str sum, file_sum;
    struct str before; /* what the catalogue showed before it was begun */
    struct str at;
};

enum migration_state {
    MIGRATION_PENDING,
    MIGRATION_APPLIED,
    MIGRATION_PARTLY, /* some of its statements are done */
    MIGRATION_UNDOING /* some of its way back are done */
};

struct migration_view {
    struct str version, name;
    const struct migration *migration; /* NULL: its file is gone */
    enum migration_state state;
    const struct history_row *rows; /* forward before back, each by part */
    size_t row_count;
    int64_t done, parts; /* statements, of the direction it is in */
    bool edited;         /* since it was applied */
    bool late;           /* pending, and one with a higher version is applied */
    bool doubt;          /* a statement was begun and nobody knows */
    struct str at;       /* of the newest row */
};

struct migration_plan {
    struct migration_view *views; /* by version */
    size_t count, capacity;
};

/* rows are sorted here. Findings are added to the set, and those about files that are applied
 * already stop no longer. allow_late, allow_edited: only said. */
struct plan_options {
    bool allow_late, allow_edited;
};
void migration_plan_make(struct migration_set *set, struct history_row *rows, size_t row_count,
                         struct plan_options options, struct migration_plan *out_plan);
const struct migration_view *plan_find(const struct migration_plan *plan, struct str version);
/* The row of a statement; NULL: not begun. */
const struct history_row *view_row(const struct migration_view *view, bool down, int64_t part);

/* The way back: which views are undone, newest first. target "": only the last one; else all above
 * that version. ERR_USAGE or ERR_REFUSED when one of them has no way back, no file, or is half
 * applied, or the target is none that is applied ("0": all). */
struct rollback {
    const struct migration_view **items;
    size_t count;
};
MUST_USE bool rollback_make(struct arena *arena, const struct migration_plan *plan,
                            struct str target, struct rollback *out_rollback, struct err *err);
const char *migration_state_name(enum migration_state state); /* "applied" */

#endif
