/* fuzz_vendors.c - any bytes as a status page and as a page of OpenAI's usage: what is read has a
 * level and finite sums, what is refused has a sentence and changes nothing. */
#include "fuzz.h"

#include "probe/openai_usage.h"
#include "probe/status_page.h"

#include <stdlib.h>

static void read_page(struct arena *arena, struct str text, struct status_wanted wanted)
{
    struct status_page page = {.incident_count = 77};
    struct err err = {0};
    if (!status_page_read(arena, text, wanted, &page, &err)) {
        if (err.kind != ERR_OUTSIDE || err.text[0] == '\0' || page.incident_count != 77)
            abort();
        return;
    }
    struct str words = status_page_words(arena, &page);
    if (page.level < STATUS_FINE || page.level > STATUS_CRITICAL ||
        page.count > STATUS_COMPONENTS_MAX || words.n > STATUS_WORDS_BYTES ||
        (words.n == 0) != (page.level == STATUS_FINE))
        abort();
    for (size_t i = 0; i < page.count; i++)
        if (page.items[i].level > page.level)
            abort();
}

static void read_usage(struct arena *arena, struct str text)
{
    struct openai_sum sum = {0, 0};
    struct str next = STR("");
    struct err err = {0};
    if (openai_usage_read(arena, text, &sum, &next, &err)) {
        if (!(sum.dollars >= 0) || !(sum.tokens >= 0))
            abort();
    } else if (err.kind != ERR_OUTSIDE || err.text[0] == '\0' || sum.dollars > 0 ||
               sum.tokens > 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct str wanted[] = {{"API", 3}, {"Webhooks", 8}};
    struct arena arena;
    struct str text = {(const char *)data, size};
    arena_init(&arena);
    read_page(&arena, text, (struct status_wanted){NULL, 0});
    read_page(&arena, text, (struct status_wanted){wanted, 2});
    read_usage(&arena, text);
    (void)openai_error_words(&arena, text);
    arena_done(&arena);
    return 0;
}
