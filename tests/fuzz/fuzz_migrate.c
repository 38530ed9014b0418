/* fuzz_migrate.c - any bytes as a folder of migrations: "=== name" begins a file. Statements lie in
 * order in their file, stand in exactly one wrap, and are one each; a history of all of them is
 * whole, one of half of them is not. */
#include "fuzz.h"

#include "migrate/plan.h"

#include <stdlib.h>

enum { FILES_MAX = 8 };

static size_t read_files(struct str text, struct migration_file *files)
{
    size_t count = 0;
    struct str line;
    struct str rest = text;
    while (str_split(&rest, '\n', &line)) {
        if (str_starts(line, "=== ") && count < FILES_MAX) {
            files[count++] =
                (struct migration_file){.name = str_from(line, 4), .text = {line.p + line.n, 0}};
        } else if (count > 0) {
            struct migration_file *file = &files[count - 1];
            file->text.n = (size_t)(line.p + line.n - file->text.p);
        }
    }
    return count;
}

static void check_script(struct arena *arena, const struct migration_script *script)
{
    size_t covered = 0;
    struct err err = {0};
    for (size_t i = 0; i < script->wrap_count; i++) {
        const struct migration_wrap *wrap = &script->wraps[i];
        if (wrap->first != covered || wrap->count == 0 || wrap->section_first > wrap->first ||
            (wrap->outside && wrap->count != 1))
            abort();
        covered += wrap->count;
    }
    if (covered != script->count)
        abort();
    for (size_t i = 0; i < script->count; i++) {
        const struct migration_statement *statement = &script->statements[i];
        struct migration_script again = {.file = STR("again"), .text = statement->text};
        if (statement->text.n == 0 || statement->text.p != script->text.p + statement->from ||
            statement->from + statement->text.n > script->text.n)
            abort();
        if (!script_add(arena, &again, &(struct migration_section){0, again.text.n, true}, &err) ||
            again.count != 1 || strcmp(again.statements[0].sum, statement->sum) != 0)
            abort();
    }
}

/* The rows of a history in which the first of every statements are done. */
static size_t make_rows(const struct migration_set *set, struct history_row *rows, size_t every)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct migration *migration = &set->items[i];
        size_t parts = migration->up.count;
        for (size_t k = 0; k < (parts + every - 1) / every || (parts == 0 && k == 0); k++)
            rows[count++] = (struct history_row){
                .version = migration->version,
                .name = migration->name,
                .part = parts > 0 ? (int64_t)k + 1 : 0,
                .parts = (int64_t)parts,
                .done = true,
                .sum = parts > 0 ? str_of(migration->up.statements[k].sum) : STR(""),
                .file_sum = str_of(migration->sum),
                .at = STR("")};
    }
    return count;
}

static void check_plans(struct arena *arena, struct migration_set *set)
{
    size_t most = set->count;
    for (size_t i = 0; i < set->count; i++)
        most += set->items[i].up.count;
    struct history_row *rows = arena_array(arena, most + 1, sizeof *rows);
    struct migration_plan plan;
    struct rollback rollback;
    struct err err = {0};
    for (size_t every = 1; every <= 2; every++) {
        set->finding_count = set->file_findings;
        migration_plan_make(set, rows, make_rows(set, rows, every), (struct plan_options){0},
                            &plan);
        if (plan.count != set->count)
            abort();
        for (size_t i = 0; i < plan.count; i++) {
            const struct migration_view *view = &plan.views[i];
            bool whole = every == 1 || view->parts < 2;
            if (view->edited || view->late ||
                view->state != (whole ? MIGRATION_APPLIED : MIGRATION_PARTLY))
                abort();
        }
        if (!rollback_make(arena, &plan, STR("0"), &rollback, &err) && err.text[0] == '\0')
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct migration_file files[FILES_MAX];
    struct migration_set set;
    arena_init(&arena);
    size_t count = read_files((struct str){(const char *)data, size}, files);
    migration_set_read(&arena, files, count, &set);
    for (size_t i = 0; i < set.count; i++) {
        if (i > 0 && version_compare(set.items[i - 1].version, set.items[i].version) >= 0)
            abort();
        if (set.items[i].unread)
            continue;
        check_script(&arena, &set.items[i].up);
        check_script(&arena, &set.items[i].down);
    }
    for (size_t i = 0; i < set.finding_count; i++)
        if (set.findings[i].text.n == 0 || set.findings[i].place.n == 0)
            abort();
    check_plans(&arena, &set);
    arena_done(&arena);
    return 0;
}
