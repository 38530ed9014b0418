/* same_heading.c - headings that several runbooks have. */
#include "runbook/same_heading.h"

struct place {
    struct str file;
    int line;
};

void same_heading_init(struct same_heading *same, struct arena *arena)
{
    same->arena = arena;
    map_init(&same->seen, SAME_HEADINGS_MAX);
}

void same_heading_done(struct same_heading *same)
{
    map_done(&same->seen);
}

/* Does a step or a command stand directly under the heading? */
static bool has_procedure(const struct program *program, int heading)
{
    for (int i = heading + 1; i < program->count; i++) {
        const struct statement *at = &program->statements[i];
        if (at->heading_level)
            return false;
        if (at->kind == STATEMENT_STEP || at->kind == STATEMENT_COMMAND)
            return true;
    }
    return false;
}

static bool is_compared(const struct program *program, int heading, bool title)
{
    struct str text = program->statements[heading].text;
    bool words = str_find_byte(text, ' ', 0) < text.n;
    return title || (words && has_procedure(program, heading));
}

/* The findings stay in order of line. */
static void insert(struct arena *arena, struct program *program, struct finding finding)
{
    size_t count = (size_t)program->finding_count;
    size_t at = 0;
    struct finding *findings = arena_array(arena, count + 1, sizeof *findings);
    while (at < count && program->findings[at].line <= finding.line)
        at++;
    for (size_t i = 0; i < count; i++)
        findings[i < at ? i : i + 1] = program->findings[i];
    findings[at] = finding;
    program->findings = findings;
    program->finding_count++;
}

/* Where an earlier file has the heading, or NULL; the first one of a name is remembered. */
static const struct place *find_other(struct same_heading *same, struct arena *arena,
                                      const struct program *program,
                                      const struct statement *heading)
{
    struct str key = str_lower(arena, heading->text);
    const struct place *other = map_find(&same->seen, key);
    if (other)
        return str_equal(other->file, program->file) ? NULL : other;
    struct place *place = arena_make(same->arena, struct place);
    *place = (struct place){str_copy(same->arena, program->file), heading->line};
    (void)!map_put(&same->seen, key, place);
    return NULL;
}

void same_heading_check(struct same_heading *same, struct arena *arena, struct program *program)
{
    bool title = true;
    const struct statement *first = NULL;
    const struct place *there = NULL;
    for (int i = 0; i < program->count; i++) {
        const struct statement *heading = &program->statements[i];
        if (!heading->heading_level)
            continue;
        bool compared = is_compared(program, i, title);
        title = false;
        const struct place *other = compared ? find_other(same, arena, program, heading) : NULL;
        if (other && !first) {
            first = heading;
            there = other;
        }
    }
    if (first)
        insert(arena, program,
               (struct finding){.level = FINDING_HINT,
                                .line = first->line,
                                .column = first->column,
                                .code = "same-heading",
                                .text = str_printf(arena,
                                                   "\"%.*s\" is a heading of %.*s as well (line "
                                                   "%d). Give one of them another name, so that "
                                                   "either can be called by it.",
                                                   STR_ARGS(first->text), STR_ARGS(there->file),
                                                   there->line)});
}
