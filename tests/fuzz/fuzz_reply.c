/* fuzz_reply.c - any bytes as a short message that somebody sends back, and as the fields of a
 * signed form: what is read is a number of an incident or none, and a signature holds for what it
 * was made of. */
#include "fuzz.h"

#include "inbound/reply.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = {(const char *)data, size};
    struct arena arena;
    int64_t number = 0;
    arena_init(&arena);
    if (reply_read(s, &number) && number < 0)
        abort();
    struct reply_field fields[3] = {{str_slice(s, 0, size / 3), str_from(s, size / 3)},
                                    {STR("Body"), s},
                                    {str_from(s, size / 2), STR("x")}};
    struct reply_post post = {.url = STR("https://r/reply/t"), .fields = fields, .count = 3};
    post.signature = reply_sign(&arena, &post, STR("token"));
    if (reply_signature_problem(&arena, &post, STR("token")))
        abort();
    if (!reply_signature_problem(&arena, &post, STR("other")))
        abort();
    arena_done(&arena);
    return 0;
}
