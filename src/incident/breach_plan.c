/* breach_plan.c - the breach procedure of a runbook, and the words that name a breach. */
#include "incident/breach.h"

static bool has(struct str text, const char *words)
{
    return str_find_nocase(text, words, 0) < text.n;
}

bool breach_is_named(struct str words)
{
    static const char *const names[] = {"data breach",        "security breach",
                                        "security incident",  "breach of data",
                                        "breach of personal", "personal data leak",
                                        "data leak",          "leak of personal data",
                                        "leaked personal",    "personal data was leaked",
                                        "stolen data",        "data was stolen",
                                        "data theft",         "data exfiltration",
                                        "exfiltrated"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (has(words, names[i]))
            return true;
    return false;
}

static bool is_dated(const struct statement *statement)
{
    return statement->kind == STATEMENT_STEP && statement->step.time_months == 0 &&
           (statement->step.time == TIME_DUE_AT || statement->step.time == TIME_WITHIN);
}

/* "15 min: Assess scope" without its time, which stands beside it. */
static struct str deed_of(struct str text)
{
    size_t colon = str_find(text, ": ", 0);
    bool dated =
        text.n > 0 && (byte_is_digit(text.p[0]) || str_starts_nocase(text, "immediate") ||
                       str_starts_nocase(text, "within") || str_starts_nocase(text, "at once"));
    bool short_enough = colon < text.n && colon <= 24;
    return str_cut(dated && short_enough ? str_from(text, colon + 2) : text, BREACH_TEXT_BYTES - 1);
}

static void read_lines(const struct program *program, int of, struct breach_plan *plan)
{
    for (int i = of + 1; i < program->count && plan->count < BREACH_LINES_MAX; i++) {
        const struct statement *statement = &program->statements[i];
        if (statement->parent != of || !is_dated(statement))
            continue;
        plan->lines[plan->count].line = statement->line;
        plan->lines[plan->count].after_ms = statement->step.time_ms;
        plan->lines[plan->count].text = deed_of(statement->text);
        plan->lines[plan->count++].statement = statement->id;
    }
}

void breach_plan_read(const struct program *program, struct breach_plan *out_plan)
{
    *out_plan = (struct breach_plan){.name = STR("")};
    for (int i = 0; i < program->count && out_plan->count == 0; i++) {
        const struct statement *statement = &program->statements[i];
        bool titles = statement->heading_level > 0 ||
                      (statement->kind == STATEMENT_STEP && statement->step.nested_title);
        if (!titles ||
            !(has(statement->text, "breach") || has(statement->text, "security incident")))
            continue;
        read_lines(program, i, out_plan);
        if (out_plan->count == 0)
            continue;
        out_plan->line = statement->line;
        out_plan->name = statement->text;
    }
}
