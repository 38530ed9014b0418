/* fuzz_http.c - requests: bytes at once and bytes one by one must give the same request. */
#include "fuzz.h"

#include "http/request.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct http_parser whole;
    struct http_parser single;
    struct str bytes = {(const char *)data, size};
    struct str value;
    arena_init(&arena);
    http_parser_init(&whole, &arena, 4096, 4096);
    http_parser_init(&single, &arena, 4096, 4096);
    size_t taken = http_parser_push(&whole, bytes);
    size_t at = 0;
    while (at < size && http_parser_push(&single, str_slice(bytes, at, at + 1)) == 1)
        at++;
    bool same = whole.phase == single.phase && whole.status == single.status && taken <= size &&
                str_equal(whole.request.body, single.request.body) &&
                whole.request.header_count == single.request.header_count;
    if (!same || (whole.phase == HTTP_COMPLETE && taken != at))
        abort();
    if (http_form_find(&arena, bytes, "note", &value) && !str_utf8_valid(value, NULL))
        abort();
    if (http_cookie_find(&whole.request, "token", &value) && value.n > size)
        abort();
    (void)http_host_name(bytes);
    (void)http_request_is_cross_site(&whole.request);
    arena_done(&arena);
    return 0;
}
