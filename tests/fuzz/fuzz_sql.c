/* fuzz_sql.c - any bytes as SQL, as the address of a database and as a cell of a table: statements
 * lie in order in their block and are one each; a repaired one can be read; no cell is too wide. */
#include "fuzz.h"

#include "postgres/address.h"
#include "postgres/grid.h"
#include "postgres/sql.h"

#include <stdlib.h>

enum { WIDTH = 12 };

static void read_sql(struct arena *arena, struct str text)
{
    struct sql_block block;
    struct sql_block again;
    struct err err = {0};
    size_t end = 0;
    if (!sql_split(text, &block, &err)) {
        if (err.text[0] == '\0')
            abort();
        return;
    }
    for (size_t i = 0; i < block.count; i++) {
        const struct sql_statement *one = &block.items[i];
        struct str repair = sql_repair(arena, one->text);
        if (one->from < end || one->text.p != text.p + one->from || one->text.n == 0)
            abort();
        end = one->from + one->text.n;
        if (!sql_split(one->text, &again, &err) || again.count != 1 ||
            !str_equal(again.items[0].text, one->text))
            abort();
        if (repair.n > 0 && repair.n <= SQL_BYTES_MAX &&
            (!sql_split(repair, &again, &err) || again.count != 1))
            abort();
        (void)!sql_check(one->text, &err);
    }
}

static void read_address(struct arena *arena, struct str text)
{
    struct address address;
    struct err err = {0};
    if (address_read(arena, "url", text, &address, &err)) {
        (void)address_shown(arena, &address);
        (void)address_scrub(arena, &address, text);
        if (address.password.n >= 4 &&
            str_find(address_scrub(arena, &address, address.password), address.password.p, 0) <
                address_scrub(arena, &address, address.password).n)
            abort();
    } else if (err.text[0] == '\0') {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct text cell;
    struct str text = {(const char *)data, size};
    arena_init(&arena);
    read_sql(&arena, text);
    read_address(&arena, text);
    text_init(&cell, &arena, 4 * size + 64);
    grid_cell(&cell, text, WIDTH);
    if (grid_width(text_str(&cell)) > WIDTH)
        abort();
    arena_done(&arena);
    return 0;
}
