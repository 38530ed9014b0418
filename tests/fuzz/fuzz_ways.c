/* fuzz_ways.c - any bytes as what is to be said, and as what a provider answers: each way's request
 * is whole (JSON is JSON, a header has one line), keeps its link, and every answer is judged. */
#include "fuzz.h"

#include "notify/ways.h"

#include <stdlib.h>

static const char provider_text[] =
    "{\"kind\":\"x\",\"name\":\"n\",\"url\":\"https://p\",\"account\":\"AC1\",\"from\":\"+1\","
    "\"button\":true,\"headers\":{\"X-To\":\"{to}\"},"
    "\"json\":\"{\\\"to\\\":\\\"{to}\\\",\\\"t\\\":\\\"{text}\\\"}\"}";

static void check_body(struct arena *arena, const struct way_request *request)
{
    struct json *root = NULL;
    if (str_starts(request->content_type, "application/json") &&
        !json_parse(arena, request->body, &root, NULL))
        abort();
    for (size_t i = 0; !root && i < request->body.n; i++) /* a form is printable ASCII */
        if (request->body.p[i] <= ' ' || request->body.p[i] == 0x7f)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = {(const char *)data, size};
    struct arena arena;
    struct json *provider = NULL;
    arena_init(&arena);
    if (!json_parse(&arena, str_of(provider_text), &provider, NULL))
        abort();
    struct way_message message = {.to = STR("+38640123456"),
                                  .title = str_cut(s, 100),
                                  .text = s,
                                  .link = STR("https://r/ack/x"),
                                  .key = STR("incident-1")};
    for (size_t i = 0; i < way_row_count; i++) {
        struct way way = {&arena, provider, STR("token"), &message};
        struct way_request request = {0};
        struct way_answer answer = {200, s};
        struct str why = STR("");
        struct err err;
        /* What a page says is UTF-8 by then. */
        if (str_utf8_valid(s, NULL)) {
            if (!way_rows[i].write(&way, &request, &err))
                abort();
            check_body(&arena, &request);
        }
        if (way_rows[i].judge && way_rows[i].judge(&way, &answer, &why) > ORDER_DOUBTED)
            abort();
    }
    arena_done(&arena);
    return 0;
}
