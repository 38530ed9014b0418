/* receive_body.c - remote write and OTLP over HTTP. */
#include "collect/receive_body.h"

#include "telemetry/otlp_answer.h"
#include "telemetry/otlp_json.h"
#include "telemetry/otlp_metrics.h"
#include "telemetry/otlp_traces.h"
#include "telemetry/remote_write.h"

#include <zlib.h>

struct receive_route {
    const char *path;
    unsigned accepts;
    enum otlp_signal signal;
    bool (*read)(struct arena *arena, struct str body, const struct pushed_use *use,
                 struct pushed_count *out_count, struct err *err);
};

/* Logs have a form of their own (telemetry/log_record.h); their path is a row when they are
 * counted. */
static const struct receive_route routes[] = {
    {"/api/v1/write", ACCEPTS_REMOTE_WRITE, OTLP_METRICS, NULL},
    {"/v1/metrics", ACCEPTS_OTLP, OTLP_METRICS, otlp_metrics_read},
    {"/v1/traces", ACCEPTS_OTLP, OTLP_TRACES, otlp_traces_read},
};

enum { ROUTES = sizeof routes / sizeof routes[0], INFLATE_FIRST_BYTES = 256 * 1024 };

size_t receive_paths(struct str out_paths[8])
{
    for (size_t i = 0; i < ROUTES; i++)
        out_paths[i] = str_of(routes[i].path);
    return ROUTES;
}

const struct receive_route *receive_route_find(struct str path)
{
    for (size_t i = 0; i < ROUTES; i++)
        if (str_is(path, routes[i].path))
            return &routes[i];
    return NULL;
}

unsigned receive_route_accepts(const struct receive_route *route)
{
    return route->accepts;
}

bool receive_route_is_of_events(const struct receive_route *route)
{
    return route->signal != OTLP_METRICS;
}

static struct str header_of(const struct http_request *request, const char *name)
{
    struct str value;
    return http_header_find(request, name, &value) ? str_trim(value) : STR("");
}

static bool inflate_all(z_stream *stream, struct text *out, struct err *err)
{
    int state = Z_OK;
    while (state == Z_OK) {
        size_t room = out->max_bytes - out->n;
        size_t piece = room < INFLATE_FIRST_BYTES ? room : INFLATE_FIRST_BYTES;
        if (piece == 0)
            return err_set(err, ERR_REFUSED, NULL, "the body is longer than 20 MiB unpacked");
        char *place = text_extend(out, piece);
        if (!place)
            return err_set(err, ERR_REFUSED, NULL, "the body is longer than 20 MiB unpacked");
        stream->next_out = (unsigned char *)place;
        stream->avail_out = (unsigned)piece;
        state = inflate(stream, Z_NO_FLUSH);
        out->n -= stream->avail_out;
        if (state == Z_BUF_ERROR ||
            (state == Z_OK && stream->avail_in == 0 && stream->avail_out > 0))
            return err_set(err, ERR_USAGE, NULL, "the compressed body ends too early");
    }
    return (state == Z_STREAM_END && stream->avail_in == 0) ||
           err_set(err, ERR_USAGE, NULL, "the body is not in the gzip format");
}

static bool unpack_gzip(struct arena *arena, struct str body, struct str *out_body, struct err *err)
{
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)body.p, .avail_in = (unsigned)body.n};
    struct text text;
    text_init(&text, arena, LIMIT_PUSH_BODY_BYTES);
    if (inflateInit2(&stream, 15 + 16) != Z_OK)
        return err_set(err, ERR_SELF, NULL, "zlib gives no memory");
    bool good = inflate_all(&stream, &text, err);
    (void)inflateEnd(&stream);
    *out_body = text_str(&text);
    return good;
}

static struct str number(struct arena *arena, int64_t value)
{
    return str_printf(arena, "%lld", (long long)value);
}

static void say(struct arena *arena, int status, struct str sentence, struct receive_answer *answer)
{
    answer->reply = (struct http_reply){.status = status,
                                        .content_type = STR("text/plain; charset=utf-8"),
                                        .body = str_printf(arena, "%.*s\n", STR_ARGS(sentence))};
}

static int status_of(const struct err *err)
{
    return err->kind == ERR_REFUSED ? 413 : 400;
}

static void read_remote_write(struct arena *arena, const struct http_request *request,
                              const struct pushed_use *use, struct receive_answer *answer)
{
    struct str type = header_of(request, "Content-Type");
    struct str parameter;
    bool second = false;
    bool known = str_split(&type, ';', &parameter) &&
                 str_is_nocase(str_trim(parameter), "application/x-protobuf");
    while (known && type.n > 0 && str_split(&type, ';', &parameter)) {
        second = str_is(str_trim(parameter), "proto=io.prometheus.write.v2.Request");
        known = second || str_is(str_trim(parameter), "proto=prometheus.WriteRequest");
    }
    if (!known || !str_is_nocase(header_of(request, "Content-Encoding"), "snappy")) {
        answer->trouble = STR("a body of remote write is application/x-protobuf in snappy");
        say(arena, 415, answer->trouble, answer);
        return;
    }
    struct pushed_count count = {0};
    struct err err = {0};
    struct str body;
    bool good =
        remote_write_unpack(arena, request->body, LIMIT_PUSH_BODY_BYTES, &body, &err) &&
        (second ? remote_write_read_2 : remote_write_read_1)(arena, body, use, &count, &err);
    struct str why = str_copy(arena, str_of(good ? count.why_rejected : err.text));
    if (!good || count.rejected > 0) {
        say(arena, good ? 400 : status_of(&err), why, answer);
        answer->trouble = why;
    } else {
        answer->reply = (struct http_reply){.status = 204};
    }
    if (!second)
        return;
    int64_t others = count.rejected - count.histograms_rejected;
    answer->headers[0] =
        (struct http_header){STR("X-Prometheus-Remote-Write-Samples-Written"),
                             number(arena, good ? count.samples - count.histograms - others : 0)};
    answer->headers[1] = (struct http_header){
        STR("X-Prometheus-Remote-Write-Histograms-Written"),
        number(arena, good ? count.histograms - count.histograms_rejected : 0)};
    answer->headers[2] =
        (struct http_header){STR("X-Prometheus-Remote-Write-Exemplars-Written"), STR("0")};
    answer->reply.header_count = 3;
}

static void say_status(struct arena *arena, enum otlp_form form, int status, struct str sentence,
                       struct receive_answer *answer)
{
    int code = status == 413   ? OTLP_RESOURCE_EXHAUSTED
               : status == 503 ? OTLP_UNAVAILABLE
               : status == 401 ? OTLP_UNAUTHENTICATED
                               : OTLP_INVALID_ARGUMENT;
    answer->reply = (struct http_reply){.status = status,
                                        .content_type = str_of(otlp_content_type(form)),
                                        .body = otlp_status_write(arena, form, code, sentence)};
}

static bool unpack_otlp(const struct receive_route *route, struct arena *arena,
                        const struct http_request *request, enum otlp_form form,
                        struct str *out_body, struct err *err)
{
    *out_body = request->body;
    if (str_is_nocase(header_of(request, "Content-Encoding"), "gzip") &&
        !unpack_gzip(arena, request->body, out_body, err))
        return false;
    return form != OTLP_JSON || otlp_json_read(arena, *out_body, route->signal, out_body, err);
}

static void read_otlp(const struct receive_route *route, struct arena *arena,
                      const struct http_request *request, const struct pushed_use *use,
                      struct receive_answer *answer)
{
    enum otlp_form form = OTLP_PROTOBUF;
    struct str encoding = header_of(request, "Content-Encoding");
    bool plain = encoding.n == 0 || str_is_nocase(encoding, "identity");
    if (!otlp_form_of(header_of(request, "Content-Type"), &form) ||
        (!plain && !str_is_nocase(encoding, "gzip"))) {
        answer->trouble =
            STR("a body of OTLP is application/x-protobuf or application/json, plain or in gzip");
        say(arena, 415, answer->trouble, answer);
        return;
    }
    struct pushed_count count = {0};
    struct err err = {0};
    struct str body;
    bool good = unpack_otlp(route, arena, request, form, &body, &err) &&
                route->read(arena, body, use, &count, &err);
    struct str why = str_copy(arena, str_of(good ? count.why_rejected : err.text));
    if (!good) {
        say_status(arena, form, status_of(&err), why, answer);
        answer->trouble = why;
        return;
    }
    struct otlp_answer said = {route->signal, count.rejected, why};
    answer->reply = (struct http_reply){.status = 200,
                                        .content_type = str_of(otlp_content_type(form)),
                                        .body = otlp_answer_write(arena, form, &said)};
    if (count.rejected > 0)
        answer->trouble = why;
}

void receive_read(const struct receive_route *route, struct arena *arena,
                  const struct http_request *request, const struct pushed_use *use,
                  struct receive_answer *out_answer)
{
    *out_answer = (struct receive_answer){.trouble = STR("")};
    if (route->read)
        read_otlp(route, arena, request, use, out_answer);
    else
        read_remote_write(arena, request, use, out_answer);
}

void receive_refuse(const struct receive_route *route, struct arena *arena,
                    const struct http_request *request, int status, struct str sentence,
                    struct receive_answer *out_answer)
{
    enum otlp_form form = OTLP_PROTOBUF;
    *out_answer = (struct receive_answer){.trouble = sentence};
    if (route && route->read && otlp_form_of(header_of(request, "Content-Type"), &form))
        say_status(arena, form, status, sentence, out_answer);
    else
        say(arena, status, sentence, out_answer);
    if (status == 503)
        out_answer->headers[0] = (struct http_header){STR("Retry-After"), STR("2")};
    else if (status == 401)
        out_answer->headers[0] = (struct http_header){STR("WWW-Authenticate"), STR("Bearer")};
    out_answer->reply.header_count = status == 503 || status == 401;
}
