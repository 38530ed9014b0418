/* response.c - states of an answer. */
#include "collect/response.h"

#include "telemetry/exposition.h"

#define AT_FAULT "; it or a proxy before it is at fault"
#define SEE_LOG  "; look into its own log"

void response_init(struct response *response, const struct response_use *use, char *head)
{
    *response = (struct response){.use = use, .head = head};
}

static bool fail(struct err *err, const char *sentence)
{
    return err_set(err, ERR_OUTSIDE, NULL, "%s", sentence);
}

static bool read_header(struct response *response, struct str line, struct err *err)
{
    size_t colon = str_find_byte(line, ':', 0);
    struct str name = str_slice(line, 0, colon);
    struct str value = str_trim(str_from(line, colon + 1));
    if (str_is_nocase(name, "content-length") && response->part != RESPONSE_CHUNK_SIZE) {
        if (!str_int(value, &response->left_bytes) || response->left_bytes < 0)
            return fail(err, "answered with a Content-Length that is no number" AT_FAULT);
        response->part = RESPONSE_LENGTH;
    } else if (str_is_nocase(name, "content-type")) {
        response->open_metrics = exposition_is_open_metrics(value);
    } else if (str_is_nocase(name, "transfer-encoding")) {
        if (!str_is_nocase(value, "chunked"))
            return fail(err, "answered in a transfer encoding that is not chunked" AT_FAULT);
        response->part = RESPONSE_CHUNK_SIZE;
    } else if (str_is_nocase(name, "content-encoding") && !str_is_nocase(value, "identity")) {
        return fail(err,
                    "answered compressed, which was not asked for; switch that off for this path");
    }
    return true;
}

static bool check_status(struct str line, struct err *err)
{
    if (!str_starts(line, "HTTP/1.") || line.n < 12)
        return fail(err, "answered something that is not HTTP: is this the right port?");
    struct str status = str_slice(line, 9, line.n < 100 ? line.n : 100);
    if (str_starts(status, "200"))
        return true;
    const char *advice = ": only 200 is read";
    if (str_starts(status, "404"))
        advice = ": is this the right path?";
    else if (str_starts(status, "401") || str_starts(status, "403"))
        advice = ": it wants a permission that the collector has not";
    else if (str_starts(status, "3"))
        advice = ": redirects are not followed, configure the final address";
    else if (str_starts(status, "5"))
        advice = SEE_LOG;
    return err_set(err, ERR_OUTSIDE, NULL, "answered %.*s%s", STR_ARGS(status), advice);
}

static bool read_head(struct response *response, struct err *err)
{
    struct str rest = {response->head, response->head_bytes};
    struct str line;
    bool first = true;
    response->part = RESPONSE_UNTIL_CLOSE;
    while (rest.p && str_split(&rest, '\n', &line)) {
        line = str_trim(line);
        if (first && !check_status(line, err))
            return false;
        if (!first && line.n > 0 && !read_header(response, line, err))
            return false;
        first = false;
    }
    response->head_bytes = 0;
    if (response->part == RESPONSE_LENGTH && response->left_bytes == 0)
        response->part = RESPONSE_DONE;
    return true;
}

/* Moves bytes into head until end is at its end. *out_whole: it is. */
static bool gather(struct response *response, struct str *bytes, const char *end, bool *out_whole,
                   struct err *err)
{
    size_t end_n = strlen(end);
    *out_whole = false;
    while (bytes->n > 0 && !*out_whole) {
        if (response->head_bytes == LIMIT_HTTP_HEADER_BYTES)
            return fail(err, "answered with a head larger than 32 KiB" AT_FAULT);
        response->head[response->head_bytes++] = bytes->p[0];
        *bytes = str_from(*bytes, 1);
        *out_whole = response->head_bytes >= end_n &&
                     memcmp(response->head + response->head_bytes - end_n, end, end_n) == 0;
    }
    return true;
}

static bool read_chunk_size(struct response *response, struct err *err)
{
    int64_t size = 0;
    size_t digits = 0;
    for (; digits < response->head_bytes && digits < 9; digits++) {
        char c = byte_lower(response->head[digits]);
        if (byte_is_digit(c))
            size = size * 16 + (c - '0');
        else if (c >= 'a' && c <= 'f')
            size = size * 16 + (c - 'a' + 10);
        else
            break;
    }
    if (digits == 0 || digits == 9)
        return fail(err, "answered with a chunk whose size is not readable" AT_FAULT);
    response->head_bytes = 0;
    response->left_bytes = size;
    response->part = size > 0 ? RESPONSE_CHUNK : RESPONSE_TRAILER;
    return true;
}

static bool take_body(struct response *response, struct str *bytes, struct err *err)
{
    size_t n = bytes->n;
    if (response->part == RESPONSE_LENGTH && (int64_t)n > response->left_bytes)
        return fail(err, "answered more than its Content-Length says" AT_FAULT);
    if (response->part != RESPONSE_UNTIL_CLOSE && (int64_t)n > response->left_bytes)
        n = (size_t)response->left_bytes;
    struct str body = str_slice(*bytes, 0, n);
    *bytes = str_from(*bytes, n);
    if (response->part != RESPONSE_UNTIL_CLOSE) {
        response->left_bytes -= (int64_t)n;
        if (response->left_bytes == 0)
            response->part = response->part == RESPONSE_CHUNK ? RESPONSE_CHUNK_END : RESPONSE_DONE;
    }
    return response->use->take(response->use->context, body, err);
}

static bool read_line_part(struct response *response, struct str *bytes, struct err *err)
{
    bool head = response->part == RESPONSE_HEAD;
    bool whole;
    if (!gather(response, bytes, head ? "\r\n\r\n" : "\r\n", &whole, err))
        return false;
    if (!whole)
        return true;
    if (head)
        return read_head(response, err);
    if (response->part == RESPONSE_CHUNK_SIZE)
        return read_chunk_size(response, err);
    bool empty = response->head_bytes == 2;
    response->head_bytes = 0;
    if (response->part == RESPONSE_CHUNK_END) {
        response->part = RESPONSE_CHUNK_SIZE;
        return empty || fail(err, "answered with a chunk longer than it said" AT_FAULT);
    }
    if (empty)
        response->part = RESPONSE_DONE;
    return true;
}

bool response_feed(struct response *response, struct str bytes, struct err *err)
{
    while (bytes.n > 0 && response->part != RESPONSE_DONE) {
        bool body = response->part == RESPONSE_LENGTH || response->part == RESPONSE_CHUNK ||
                    response->part == RESPONSE_UNTIL_CLOSE;
        if (!(body ? take_body(response, &bytes, err) : read_line_part(response, &bytes, err)))
            return false;
    }
    return true;
}

bool response_end(struct response *response, struct err *err)
{
    if (response->part == RESPONSE_UNTIL_CLOSE)
        response->part = RESPONSE_DONE;
    if (response->part == RESPONSE_DONE)
        return true;
    return fail(err, response->part == RESPONSE_HEAD && response->head_bytes == 0
                         ? "closed the connection without an answer" SEE_LOG
                         : "closed the connection in the middle of its answer" SEE_LOG);
}
