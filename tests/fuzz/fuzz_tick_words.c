/* fuzz_tick_words.c - any bytes as the words of a box: the binding is one of them, the same in any
 * case and with blanks around, and never by a part of the words only. */
#include "fuzz.h"

#include "base/arena.h"
#include "incident/bind.h"

#include <stdlib.h>

static struct str changed(struct arena *arena, struct str text, bool upper)
{
    char *bytes = arena_alloc(arena, text.n + 2);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bytes[i + 1] = upper && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    bytes[0] = bytes[text.n + 1] = ' ';
    return (struct str){bytes, text.n + 2};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct arena arena;
    arena_init(&arena);
    enum tick_binding binding = tick_binding_of(text);
    if ((int)binding < 0 || binding >= TICK_BINDINGS || !tick_binding_words(binding))
        abort();
    if (tick_binding_of(changed(&arena, text, true)) != binding ||
        tick_binding_of(changed(&arena, text, false)) != binding)
        abort();
    /* Nothing is bound by words among others. */
    struct str among = str_printf(&arena, "do not %.*s", STR_ARGS(str_cut(text, 200)));
    if (tick_binding_of(among) != TICK_BY_HAND)
        abort();
    arena_done(&arena);
    return 0;
}
