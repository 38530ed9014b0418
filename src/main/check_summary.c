/* check_summary.c - what becomes of each kind of line in this version. */
#include "main/check_summary.h"

#include "alert/burn.h"
#include "base/noun.h"

enum fate { FATE_ENFORCED, FATE_SHOWN, FATE_IDLE, FATE_UNCLEAR, FATE_WORDS, FATE_BETWEEN, FATES };

static const enum fate fates[STATEMENT_KINDS] = {
    [STATEMENT_STRUCTURE] = FATE_BETWEEN, [STATEMENT_SEVERITY] = FATE_ENFORCED,
    [STATEMENT_RESPONSE] = FATE_ENFORCED, [STATEMENT_ALERT] = FATE_ENFORCED,
    [STATEMENT_OBJECTIVE] = FATE_IDLE,    [STATEMENT_SCHEDULE] = FATE_IDLE,
    [STATEMENT_STEP] = FATE_SHOWN,        [STATEMENT_CHECK] = FATE_SHOWN,
    [STATEMENT_CONTACT] = FATE_SHOWN,     [STATEMENT_COMMAND] = FATE_SHOWN,
    [STATEMENT_NOTE] = FATE_BETWEEN,      [STATEMENT_LITERAL] = FATE_BETWEEN,
    [STATEMENT_PRACTICE] = FATE_IDLE,     [STATEMENT_GUIDANCE] = FATE_WORDS,
    [STATEMENT_UNCLEAR] = FATE_UNCLEAR,
};

static bool waits(struct arena *arena, const struct statement *statement,
                  const struct signals *signals)
{
    if (statement->kind == STATEMENT_ALERT)
        return rule_make(arena, statement, signals).problem.n > 0;
    return statement->kind == STATEMENT_CONTACT && statement->contact.placeholder;
}

static bool is_measured(struct arena *arena, const struct statement *statement,
                        const struct signals *signals)
{
    size_t count = 0;
    if (statement->kind == STATEMENT_OBJECTIVE)
        (void)burn_rules_make(arena, statement, signals, &count);
    return count > 0;
}

void check_summary_take(struct check_summary *summary, struct arena *arena,
                        const struct program *program, const struct signals *signals)
{
    int last = 0; /* several alerts of one line are one line */
    int last_measured = 0;
    for (int kind = 0; kind < STATEMENT_KINDS; kind++)
        summary->kind_lines[kind] += program->kind_lines[kind];
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        if (statement->line != last_measured && is_measured(arena, statement, signals)) {
            last_measured = statement->line;
            if (summary->measured < summary->kind_lines[STATEMENT_OBJECTIVE])
                summary->measured++;
        }
        if (statement->line == last || !waits(arena, statement, signals))
            continue;
        last = statement->line;
        if (summary->waiting[statement->kind] < summary->kind_lines[statement->kind])
            summary->waiting[statement->kind]++;
        if (summary->waiting_count < SUMMARY_WAITING_SHOWN)
            summary->waiting_lines[summary->waiting_count] = last;
        summary->waiting_count++;
    }
}

void check_summary_take_asked(struct check_summary *summary, const struct rules *rules,
                              struct str engine)
{
    int last = 0; /* an objective has several rules */
    summary->engine = engine;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        if (rule->question_count == 0 || rule->line == last)
            continue;
        last = rule->line;
        summary->asked[rule->burn ? STATEMENT_OBJECTIVE : STATEMENT_ALERT]++;
    }
}

/* "alert 6, contact 1" behind the label; nothing when there are none. */
static bool add_row(struct text *text, const char *label, const int counts[STATEMENT_KINDS])
{
    int total = 0;
    const char *separator = ": ";
    for (int kind = 0; kind < STATEMENT_KINDS; kind++)
        total += counts[kind];
    if (total == 0)
        return false;
    text_printf(text, "%6d  %s", total, label);
    for (int kind = 0; kind < STATEMENT_KINDS; kind++) {
        if (counts[kind] == 0)
            continue;
        text_printf(text, "%s%s %d", separator, statement_kind_name((enum statement_kind)kind),
                    counts[kind]);
        separator = ", ";
    }
    return true;
}

static void add_waiting(struct text *text, const struct check_summary *summary, bool one_file)
{
    if (!add_row(text, "waiting for a name in reeve.yaml", summary->waiting))
        return;
    for (int i = 0; one_file && i < summary->waiting_count; i++) {
        if (i == SUMMARY_WAITING_SHOWN) {
            text_adds(text, " …");
            break;
        }
        text_printf(text, "%s%d",
                    i                            ? ", "
                    : summary->waiting_count > 1 ? " on lines "
                                                 : " on line ",
                    summary->waiting_lines[i]);
    }
    text_byte(text, '\n');
}

void check_summary_write(struct text *text, const struct check_summary *summary, int files,
                         struct str name, bool configured)
{
    const char *const labels[FATES] = {
        [FATE_ENFORCED] =
            configured ? "enforced by Reeve" : "enforced by Reeve, given a reeve.yaml",
        [FATE_SHOWN] = "for people, and for runs of procedures",
        [FATE_IDLE] = "understood, but this version does not act on it",
        [FATE_WORDS] = "words for people",
        [FATE_UNCLEAR] = "not understood",
        [FATE_BETWEEN] = "in between",
    };
    int total = 0;
    for (int kind = 0; kind < STATEMENT_KINDS; kind++)
        total += summary->kind_lines[kind];
    if (files == 1)
        text_add(text, name);
    else
        text_printf(text, "%d files", files);
    text_printf(text, ": %d %s with words%s\n", total, noun(total, "line", "lines"),
                total ? ":" : ".");
    for (enum fate fate = 0; fate < FATES; fate++) {
        int counts[STATEMENT_KINDS];
        for (int kind = 0; kind < STATEMENT_KINDS; kind++)
            counts[kind] =
                fates[kind] == fate ? summary->kind_lines[kind] - summary->waiting[kind] : 0;
        if (fate == FATE_ENFORCED)
            counts[STATEMENT_OBJECTIVE] = summary->measured;
        else if (fate == FATE_IDLE)
            counts[STATEMENT_OBJECTIVE] -= summary->measured;
        if (add_row(text, labels[fate], counts))
            text_byte(text, '\n');
        if (fate != FATE_ENFORCED)
            continue;
        add_waiting(text, summary, files == 1);
        struct str asked =
            str_printf(text->arena, "of all, asked of %.*s", STR_ARGS(summary->engine));
        if (add_row(text, asked.p, summary->asked))
            text_byte(text, '\n');
    }
}
