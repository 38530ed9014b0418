/* report_lint.c - what the lint found, as people read it. */
#include "base/noun.h"
#include "postgres/grid.h"
#include "postgres/report.h"

enum { CELL_MOST = 4096 };

static int64_t number(const struct json *object, const char *key)
{
    int64_t value = 0;
    (void)!json_get_int(object, key, &value);
    return value;
}

static void add_finding(struct text *out, const struct json *one)
{
    const struct json *ignored = json_get(one, "ignored");
    grid_cell(out, json_get_str(one, "file"), CELL_MOST);
    text_printf(out, ":%lld:%lld: ", (long long)number(one, "line"),
                (long long)number(one, "column"));
    if (ignored) {
        text_printf(out, "ignored [%.*s] because: ", STR_ARGS(json_get_str(one, "rule")));
        grid_cell(out, ignored->text, CELL_MOST);
        text_byte(out, '\n');
        return;
    }
    text_printf(out, "%.*s [%.*s] ", STR_ARGS(json_get_str(one, "level")),
                STR_ARGS(json_get_str(one, "rule")));
    grid_cell(out, json_get_str(one, "text"), CELL_MOST);
    text_adds(out, "\n  instead: ");
    grid_cell(out, json_get_str(one, "instead"), CELL_MOST);
    text_byte(out, '\n');
}

static void add_not_judged(struct text *out, const struct json *output)
{
    const struct json *list = json_get(output, "lint_not_judged");
    struct str last = STR("");
    if (!list || list->count == 0)
        return;
    text_adds(out, "Not judged, since no server was asked: ");
    for (const struct json *one = list->first; one; one = one->next) {
        struct str rule = json_get_str(one, "rule");
        if (!str_equal(rule, last))
            text_printf(out, "%s%.*s", last.n > 0 ? ", " : "", STR_ARGS(rule));
        last = rule;
    }
    text_adds(out, ".\n");
}

void report_lint(struct text *out, const struct json *output)
{
    const struct json *list = json_get(output, "lint");
    for (const struct json *one = list ? list->first : NULL; one; one = one->next)
        add_finding(out, one);
    if (number(output, "lint_left_out") > 0)
        text_printf(out, "(%lld findings are left out)\n",
                    (long long)number(output, "lint_left_out"));
}

void report_lint_sum(struct text *out, const struct json *output)
{
    int64_t errors = number(output, "lint_errors");
    int64_t warnings = number(output, "lint_warnings");
    int64_t unknown = number(output, "lint_unknown");
    if (!json_get(output, "lint"))
        return;
    add_not_judged(out, output);
    text_printf(out, "%lld %s, %lld %s, %lld unknown\n", (long long)errors,
                noun(errors, "error", "errors"), (long long)warnings,
                noun(warnings, "warning", "warnings"), (long long)unknown);
}
