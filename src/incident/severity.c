/* severity.c - reading severities, response times, escalations and the checklist off the program.
 */
#include "incident/severity.h"

#include "base/hash.h"
#include "base/limits.h"

#include <stdio.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, SAID_BYTES_MAX = 512 };

/* What stands in where a document is silent: the usual clocks of the trade. */
static const struct severity_level defaults[] = {
    {.id = {"P0", 2}, .rank = 0, .word = {"Critical", 8}, .respond_ms = 15 * MINUTE_MS},
    {.id = {"P1", 2}, .rank = 1, .word = {"High", 4}, .respond_ms = 30 * MINUTE_MS},
    {.id = {"P2", 2}, .rank = 2, .word = {"Medium", 6}, .respond_ms = 2 * HOUR_MS},
    {.id = {"P3", 2}, .rank = 3, .word = {"Low", 3}, .respond_ms = 24 * HOUR_MS},
};
enum { DEFAULT_COUNT = sizeof defaults / sizeof *defaults };

static int64_t default_respond_ms(int rank)
{
    int row = rank < 0 ? 0 : rank >= DEFAULT_COUNT ? DEFAULT_COUNT - 1 : rank;
    return defaults[row].respond_ms;
}

static struct severity_level *find_level(struct severity_plan *plan, struct str id)
{
    for (int i = 0; i < plan->level_count; i++) {
        if (str_equal_nocase(plan->levels[i].id, id))
            return &plan->levels[i];
    }
    return NULL;
}

/* Levels stand worst first; equal ranks in order of line. */
static void add_level(struct severity_plan *plan, const struct statement *statement)
{
    const struct severity_statement *severity = &statement->severity;
    if (severity->situation || plan->level_count == SEVERITY_LEVELS_MAX ||
        find_level(plan, severity->id))
        return;
    int at = plan->level_count++;
    while (at > 0 && plan->levels[at - 1].rank > severity->rank) {
        plan->levels[at] = plan->levels[at - 1];
        at--;
    }
    plan->levels[at] = (struct severity_level){.id = severity->id,
                                               .rank = severity->rank,
                                               .word = severity->word,
                                               .when = severity->when,
                                               .line = statement->line,
                                               .respond_ms = default_respond_ms(severity->rank),
                                               .respond_is_default = true};
}

static void add_step(struct severity_level *level, const struct statement *statement)
{
    if (level->step_count == SEVERITY_STEPS_MAX)
        return;
    level->steps[level->step_count++] =
        (struct severity_step){statement->response.after_ms, statement->response.to,
                               statement->line, statement->response.unanswered, ""};
}

static void add_duty(struct severity_level *level, const struct statement *statement)
{
    enum duty_act act = statement->response.act;
    if (statement->response.calendar != CALENDAR_NONE)
        return; /* no clock counts it */
    if (act == DUTY_RESPOND || (act == DUTY_ACKNOWLEDGE && level->respond_is_default)) {
        level->respond_ms = statement->response.after_ms;
        level->respond_is_default = false;
    } else if (act == DUTY_ESCALATE) {
        add_step(level, statement);
    } else if (act == DUTY_UPDATE && statement->response.recurring) {
        level->update_ms = statement->response.after_ms;
        level->update_line = statement->line;
    } else if (act == DUTY_RESOLVE) {
        level->resolve_ms = statement->response.after_ms;
        level->resolve_line = statement->line;
    }
}

/* The severity that a duty is for: named in it, or the item it stands below; "" is all. */
static struct str duty_level(const struct program *program, const struct statement *statement)
{
    if (statement->response.level.n)
        return statement->response.level;
    int at = statement->parent;
    for (int depth = 0; at >= 0 && at < program->count && depth < LIMIT_RUNBOOK_NESTING; depth++) {
        if (program->statements[at].kind == STATEMENT_SEVERITY)
            return program->statements[at].severity.id;
        at = program->statements[at].parent;
    }
    return (struct str){0};
}

static void read_duties(struct severity_plan *plan, const struct program *program)
{
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        if (statement->kind != STATEMENT_RESPONSE)
            continue;
        struct str id = duty_level(program, statement);
        for (int at = 0; at < plan->level_count; at++) {
            if (id.n == 0 || str_equal_nocase(plan->levels[at].id, id))
                add_duty(&plan->levels[at], statement);
        }
    }
}

/* The response checklist is the first list of boxes under a heading that says so. */
static bool is_checklist(struct str path)
{
    size_t at = path.n, found = 0;
    while ((found = str_find(path, " / ", found)) < path.n)
        at = found++;
    struct str last = at < path.n ? str_from(path, at + 3) : path;
    return str_find_nocase(last, "checklist", 0) < last.n &&
           (str_find_nocase(path, "response", 0) < path.n ||
            str_find_nocase(path, "incident", 0) < path.n);
}

static void read_checklist(struct severity_plan *plan, const struct program *program)
{
    struct str path = {0};
    for (int i = 0; i < program->count && plan->checklist_count < CHECKLIST_ITEMS_MAX; i++) {
        const struct statement *statement = &program->statements[i];
        if (statement->kind != STATEMENT_STEP && statement->kind != STATEMENT_CHECK)
            continue;
        if (!statement->step.checkbox ||
            (path.n ? !str_equal(statement->path, path) : !is_checklist(statement->path)))
            continue;
        path = statement->path;
        plan->checklist[plan->checklist_count++] = (struct checklist_item){
            statement->line, statement->text, tick_binding_of(statement->text), ""};
    }
}

/* --- what a step and a box say --- */

/* In small letters and with single blanks: who only tidies the text up has changed nothing. */
static struct str plain(struct str text, char out[SAID_BYTES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < text.n && n < SAID_BYTES_MAX; i++) {
        bool blank = byte_is_blank(text.p[i]) || text.p[i] == '\n' || text.p[i] == '\r';
        if (!blank || (n > 0 && out[n - 1] != ' '))
            out[n++] = blank ? ' ' : byte_lower(text.p[i]);
    }
    return str_trim((struct str){out, n});
}

struct said {
    struct str of; /* a severity's id, or "" */
    int64_t after_ms;
    int how;
    struct str text;
};

/* The same said twice is two things: the second differs by its number. */
static void write_words(const struct said *said, int occurrence, char out[SEVERITY_WORDS_BYTES])
{
    char of[SAID_BYTES_MAX], text[SAID_BYTES_MAX], hex[HASH_HEX_BYTES];
    char numbers[80];
    (void)snprintf(numbers, sizeof numbers, "\n%lld %d %d\n", (long long)said->after_ms, said->how,
                   occurrence);
    const struct str parts[] = {plain(said->of, of), str_of(numbers), plain(said->text, text)};
    struct hash hash = hash_of_list(parts, sizeof parts / sizeof *parts);
    hash_hex(&hash, hex);
    str_keep(out, SEVERITY_WORDS_BYTES, str_cut(str_of(hex), SEVERITY_WORDS_BYTES - 1));
}

static void name_steps(struct severity_level *level)
{
    for (int i = 0; i < level->step_count; i++) {
        struct severity_step *step = &level->steps[i];
        struct said said = {level->id, step->after_ms, 1 + step->unanswered, step->to};
        int occurrence = 0, at = 0;
        write_words(&said, occurrence, step->words);
        while (at < i)
            if (strcmp(level->steps[at++].words, step->words) == 0) {
                write_words(&said, ++occurrence, step->words);
                at = 0;
            }
    }
}

static void name_items(struct severity_plan *plan)
{
    for (int i = 0; i < plan->checklist_count; i++) {
        struct checklist_item *item = &plan->checklist[i];
        struct said said = {.of = STR(""), .text = item->text};
        int occurrence = 0, at = 0;
        write_words(&said, occurrence, item->words);
        while (at < i)
            if (strcmp(plan->checklist[at++].words, item->words) == 0) {
                write_words(&said, ++occurrence, item->words);
                at = 0;
            }
    }
}

static void take_defaults(struct severity_plan *plan)
{
    for (int i = 0; i < DEFAULT_COUNT; i++) {
        plan->levels[i] = defaults[i];
        plan->levels[i].respond_is_default = true;
    }
    plan->level_count = DEFAULT_COUNT;
}

const struct severity_level *severity_find(const struct severity_plan *plan, struct str id)
{
    for (int i = 0; i < plan->level_count; i++) {
        if (str_equal_nocase(plan->levels[i].id, id))
            return &plan->levels[i];
    }
    return NULL;
}

/* A mapping to "P3" in a document with words of its own means its rank 3, or its mildest. */
static const struct severity_level *find_mapped(const struct severity_plan *plan, struct str id)
{
    const struct severity_level *level = severity_find(plan, id);
    if (level || id.n != 2 || byte_lower(id.p[0]) != 'p' || !byte_is_digit(id.p[1]))
        return level;
    int rank = id.p[1] - '0';
    for (int i = 0; i < plan->level_count; i++) {
        if (plan->levels[i].rank >= rank)
            return &plan->levels[i];
    }
    return &plan->levels[plan->level_count - 1];
}

/* The runbook's own words, which are read afterwards, win. */
static void take_times(struct severity_plan *plan, const struct severity_mapping *mapping)
{
    for (size_t i = 0; i < mapping->time_count; i++) {
        const struct severity_level *found = find_mapped(plan, mapping->times[i].severity);
        if (!found)
            continue;
        struct severity_level *level = &plan->levels[found - plan->levels];
        if (mapping->times[i].update_ms > 0)
            level->update_ms = mapping->times[i].update_ms;
        if (mapping->times[i].resolve_ms > 0)
            level->resolve_ms = mapping->times[i].resolve_ms;
    }
}

/* Whoever takes a severity out of the runbook wakes nobody who was not to be woken by it, and lets
 * nothing that was to be answered rest: the rank stays, and the clocks are no milder. */
static void make_gone(struct severity_plan *plan)
{
    for (int rank = 0; rank < SEVERITY_USUAL; rank++) {
        const struct severity_level *from = &plan->levels[0];
        for (int i = 0; i < plan->level_count && plan->levels[i].rank <= rank; i++)
            from = &plan->levels[i];
        plan->gone[rank] = *from;
        plan->gone[rank].rank = rank;
        plan->gone[rank].word = plan->gone[rank].when = STR("");
    }
}

void severity_plan_make(const struct program *program, const struct severity_mapping *mapping,
                        struct severity_plan *out_plan)
{
    *out_plan = (struct severity_plan){0};
    out_plan->mapping.critical = mapping->critical.n ? mapping->critical : STR("P1");
    out_plan->mapping.warning = mapping->warning.n ? mapping->warning : STR("P3");
    for (int i = 0; program && i < program->count; i++) {
        if (program->statements[i].kind == STATEMENT_SEVERITY)
            add_level(out_plan, &program->statements[i]);
    }
    if (out_plan->level_count == 0)
        take_defaults(out_plan);
    take_times(out_plan, mapping);
    if (program)
        read_duties(out_plan, program);
    make_gone(out_plan);
    if (!program)
        return;
    read_checklist(out_plan, program);
    for (int i = 0; i < out_plan->level_count; i++)
        name_steps(&out_plan->levels[i]);
    name_items(out_plan);
    breach_plan_read(program, &out_plan->breach);
}

const struct severity_level *severity_get(const struct severity_plan *plan, struct str id)
{
    const struct severity_level *level = severity_find(plan, id);
    bool usual =
        id.n == 2 && byte_lower(id.p[0]) == 'p' && id.p[1] >= '0' && id.p[1] < '0' + SEVERITY_USUAL;
    return level ? level : usual ? &plan->gone[id.p[1] - '0'] : &plan->levels[0];
}

const struct severity_level *severity_of_alert(const struct severity_plan *plan, struct str level)
{
    const struct severity_level *named = find_mapped(plan, level);
    if (named)
        return named;
    bool warning = str_is_nocase(level, "warning");
    const struct severity_level *mapped =
        find_mapped(plan, warning ? plan->mapping.warning : plan->mapping.critical);
    return mapped ? mapped : &plan->levels[0];
}
