/* fuzz_lint.c - any bytes as a migration, the trees of its statements and what a server says of its
 * tables, each on its own behind a line "===": each finding names a rule, has its sentences, and
 * stands in its file; the same input is judged the same twice. */
#include "fuzz.h"

#include "migrate/lint.h"

#include <stdlib.h>

enum { PARTS = 3 };

static const struct json *read_part(struct arena *arena, struct str text)
{
    struct json *root = NULL;
    struct err err = {0};
    return json_parse(arena, lint_prune(arena, text), &root, &err) ? root : NULL;
}

static size_t judge(struct arena *arena, const struct migration_script *script,
                    const struct json *const *trees, const struct json *facts)
{
    struct lint lint;
    struct lint_names names;
    lint_names_init(&names);
    for (size_t i = 0; i < script->count; i++)
        lint_names_add(arena, &names, trees[i]);
    lint_names_done(&names);
    lint_init(&lint, arena, (struct lint_options){.all = true, .one_run = true}, facts);
    lint_script(&lint, script, trees);
    for (size_t i = 0; i < lint.count; i++) {
        const struct lint_finding *one = &lint.findings[i];
        if (!lint_is_rule(str_of(one->rule)) || one->text.n == 0 || one->instead.n == 0 ||
            one->byte > script->text.n || one->level == LINT_OFF)
            abort();
    }
    size_t count = lint.count;
    lint_done(&lint);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str parts[PARTS] = {{"", 0}, {"", 0}, {"", 0}};
    struct str rest = {(const char *)data, size};
    struct arena arena;
    struct err err = {0};
    arena_init(&arena);
    for (size_t i = 0; i < PARTS; i++) {
        size_t end = str_find(rest, "\n===\n", 0);
        parts[i] = str_slice(rest, 0, end);
        rest = str_from(rest, end + 5);
    }
    struct migration_script script = {.file = STR("x.sql"), .text = parts[0]};
    const struct json *list = read_part(&arena, parts[1]);
    const struct json *facts = read_part(&arena, parts[2]);
    if (script_add(&arena, &script, &(struct migration_section){0, parts[0].n, false}, &err)) {
        const struct json **trees = arena_array(&arena, script.count + 1, sizeof *trees);
        const struct json *tree = list && list->type == JSON_ARRAY ? list->first : NULL;
        for (size_t i = 0; i < script.count && tree; i++, tree = tree->next)
            trees[i] = tree;
        facts = facts && facts->type == JSON_OBJECT ? facts : NULL;
        if (judge(&arena, &script, trees, facts) != judge(&arena, &script, trees, facts))
            abort();
    }
    arena_done(&arena);
    return 0;
}
