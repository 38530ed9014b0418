/* fuzz_config.c - any bytes are read as reeve.yaml; what is refused says why, what is read can be
 * shown. */
#include "fuzz.h"

#include "base/text.h"
#include "main/config.h"

#include <stdlib.h>

enum { SHOWN_BYTES_MAX = 1 << 22 };

/* libfyaml 0.7.12 loses the pieces of a quoted text with many quotes in it, in fy_node_get_scalar
 * (corpus: quotes.yaml). The sanitizers cannot look through its frames, so the library is named. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config_errors errors;
    struct arena arena;
    struct config config = {0};
    struct config_input input = {.file = STR("fuzz.yaml"), .text = {(const char *)data, size}};
    arena_init(&arena);
    if (!config_read(&arena, &input, &config, &errors)) {
        if (errors.count == 0 || config_errors_text(&arena, &errors).n == 0)
            abort();
    } else {
        struct text text;
        text_init(&text, &arena, SHOWN_BYTES_MAX);
        config_show(&text, &config);
        struct json_writer writer = {.text = &text};
        config_show_json(&writer, &config);
        if (errors.count != 0)
            abort();
    }
    arena_done(&arena);
    return 0;
}
