/* test_document.c - docs/ledger.md has one row for every kind, as the table in event.c says. */
#include "base/text.h"
#include "harness/test.h"
#include "ledger/event.h"

static const char *const type_names[] = {
    [FIELD_NONE] = "",     [FIELD_STR] = "string",      [FIELD_INT] = "integer",
    [FIELD_REAL] = "real", [FIELD_BOOL] = "true/false", [FIELD_INSTANT] = "instant",
    [FIELD_TEXT] = "text",
};

static struct str row_of(struct arena *arena, const struct event_row *row)
{
    struct text text;
    text_init(&text, arena, 4096);
    text_printf(&text, "| `%s` | ", row->name);
    for (size_t i = 0; i < EVENT_FIELDS_MAX && row->fields[i].name; i++)
        text_printf(&text, "%s%s %s", i ? ", " : "", row->fields[i].name,
                    type_names[row->fields[i].type]);
    text_printf(&text, " | %s |\n", row->sentence);
    return text_str(&text);
}

TEST(every_kind_stands_in_the_document)
{
    struct str document = test_read_file(arena, test_source_path(arena, "docs/ledger.md"));
    for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
        struct str row = row_of(arena, event_row((enum event_kind)kind));
        test_checked();
        if (str_find(document, row.p, 0) == document.n)
            test_fail(__FILE__, __LINE__, "docs/ledger.md lacks this row:\n%s", row.p);
    }
}
