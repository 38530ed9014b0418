/* fuzz_selector.c - any bytes as a selector: what is read is bounded, and what it is written as is
 * read back as the same selector. */
#include "fuzz.h"

#include "telemetry/selector.h"

#include <stdlib.h>

static void read_back(struct arena *arena, const struct selector *selector)
{
    struct selector again;
    struct err err = {0};
    struct str text = selector_write(arena, selector, "");
    if (!selector_parse(arena, text, &again, &err) || !str_equal(again.metric, selector->metric) ||
        again.matcher_count != selector->matcher_count)
        abort();
    for (size_t i = 0; i < again.matcher_count; i++) {
        const struct matcher *a = &again.matchers[i];
        const struct matcher *b = &selector->matchers[i];
        if (a->kind != b->kind || !str_equal(a->label, b->label) || !str_equal(a->value, b->value))
            abort();
    }
    if (!str_equal(selector_write(arena, &again, ""), text))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct err err = {0};
    struct selector selector;
    arena_init(&arena);
    if (selector_parse(&arena, (struct str){(const char *)data, size}, &selector, &err)) {
        struct label label = {STR("a"), STR("b\n\"")};
        (void)selector_match(&selector, &label, 1);
        read_back(&arena, &selector);
    } else if (err.kind != ERR_USAGE || err.text[0] == '\0') {
        abort();
    }
    arena_done(&arena);
    return 0;
}
