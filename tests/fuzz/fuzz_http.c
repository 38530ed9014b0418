/* fuzz_http.c - requests: bytes at once and bytes one by one must give the same request. */
#include "fuzz.h"

#include "http/multipart.h"
#include "http/request.h"

#include <stdlib.h>

/* Parts lie within the body, one behind the other. */
static void read_parts(struct str body)
{
    struct http_part parts[HTTP_PARTS_MAX];
    size_t count = 0;
    const char *at = body.p;
    if (!http_multipart_read(body, STR("b"), parts, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        const struct str data = parts[i].data;
        if (data.n > 0 && (data.p < at || data.p + data.n > body.p + body.n))
            abort();
        at = data.n > 0 ? data.p + data.n : at;
    }
}

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
    const struct http_uploads uploads = {&(const struct str){"/up", 3}, 1, 8192, false, false};
    whole.uploads = single.uploads = &uploads;
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
    read_parts(bytes);
    (void)http_host_name(bytes);
    (void)http_request_is_cross_site(&whole.request);
    arena_done(&arena);
    return 0;
}
