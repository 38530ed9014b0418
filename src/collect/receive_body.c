/* receive_body.c - remote write, OTLP and logs over HTTP. */
#include "collect/receive_body.h"

#include "telemetry/exposition_push.h"
#include "telemetry/otlp_answer.h"
#include "telemetry/otlp_json.h"
#include "telemetry/otlp_metrics.h"
#include "telemetry/otlp_traces.h"
#include "telemetry/remote_write.h"

#include <zlib.h>

enum receive_form { FORM_REMOTE_WRITE, FORM_OTLP, FORM_LOGS, FORM_EXPOSITION };

struct receive_route {
    const char *path;
    enum accepts accepts;
    enum receive_form form;
    enum otlp_signal signal; /* of FORM_OTLP; all of FORM_LOGS are logs */
    enum receive_map map;    /* of FORM_LOGS */
    bool (*read)(struct arena *arena, struct str body, const struct pushed_use *use,
                 struct pushed_count *out_count, struct err *err); /* samples of FORM_OTLP */
};

static const struct receive_route routes[] = {
    {"/api/v1/write", ACCEPTS_REMOTE_WRITE, FORM_REMOTE_WRITE, OTLP_METRICS, 0, NULL},
    {"/v1/metrics", ACCEPTS_OTLP, FORM_OTLP, OTLP_METRICS, 0, otlp_metrics_read},
    {"/v1/traces", ACCEPTS_OTLP, FORM_OTLP, OTLP_TRACES, 0, otlp_traces_read},
    {"/v1/logs", ACCEPTS_OTLP, FORM_OTLP, OTLP_LOGS, 0, NULL},
    {"/api/v1/logs", ACCEPTS_LOGS, FORM_LOGS, OTLP_LOGS, MAP_OF_SENDER, NULL},
    {"/api/v1/exposition", ACCEPTS_EXPOSITION, FORM_EXPOSITION, OTLP_METRICS, 0, NULL},
    {"/drains/netlify", ACCEPTS_LOGS, FORM_LOGS, OTLP_LOGS, MAP_OF_NETLIFY, NULL},
    {"/drains/supabase", ACCEPTS_LOGS, FORM_LOGS, OTLP_LOGS, MAP_OF_SUPABASE, NULL},
};

enum { ROUTES = sizeof routes / sizeof routes[0], INFLATE_FIRST_BYTES = 256 * 1024 };

const struct receive_route *receive_route_find(struct str path)
{
    for (size_t i = 0; i < ROUTES; i++)
        if (str_is(path, routes[i].path))
            return &routes[i];
    return NULL;
}

struct str receive_paths_say(struct arena *arena)
{
    struct text text;
    text_init(&text, arena, 1024);
    text_adds(&text, "Nothing is taken under this path; possible are ");
    for (size_t i = 0; i < ROUTES; i++)
        text_printf(&text, "%s%s", i == 0 ? "" : i + 1 < ROUTES ? ", " : " and ", routes[i].path);
    text_byte(&text, '.');
    return text_str(&text);
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

uint64_t receive_digest(const struct http_request *request, const struct receive_body *body)
{
    uint64_t parts[] = {series_hash(request->path), series_hash(header_of(request, "Content-Type")),
                        series_hash(body->bytes)};
    return series_hash((struct str){(const char *)parts, sizeof parts}) | 1;
}

/* All members, one behind the other (RFC 1952 2.2). */
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
        if (state == Z_STREAM_END && stream->avail_in > 0)
            state = inflateReset(stream);
    }
    return state == Z_STREAM_END ||
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

void receive_unpack(struct arena *arena, const struct http_request *request,
                    struct receive_body *out_body)
{
    struct str encoding = header_of(request, "Content-Encoding");
    struct err err = {0};
    *out_body = (struct receive_body){.packing = PACKING_GOOD, .bytes = request->body};
    /* x-gzip is another word for gzip (RFC 9110 8.4.1.3). */
    if (str_is_nocase(encoding, "gzip") || str_is_nocase(encoding, "x-gzip")) {
        if (unpack_gzip(arena, request->body, &out_body->bytes, &err))
            return;
        out_body->packing = err.kind == ERR_REFUSED ? PACKING_TOO_LONG : PACKING_BROKEN;
        out_body->bytes = request->body;
        out_body->why = str_copy(arena, str_of(err.text));
    } else if (encoding.n > 0 && !str_is_nocase(encoding, "identity")) {
        out_body->packing = PACKING_OTHER;
    }
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

/* Of a body that could not be unpacked. */
static int packing_status(const struct receive_body *body)
{
    return body->packing == PACKING_TOO_LONG ? 413 : 400;
}

static bool is_broken(const struct receive_body *body)
{
    return body->packing == PACKING_TOO_LONG || body->packing == PACKING_BROKEN;
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
               : status == 403 ? OTLP_PERMISSION_DENIED
                               : OTLP_INVALID_ARGUMENT;
    answer->reply = (struct http_reply){.status = status,
                                        .content_type = str_of(otlp_content_type(form)),
                                        .body = otlp_status_write(arena, form, code, sentence)};
}

/* A body of OTLP on its way from what was sent to protobuf. */
struct otlp_body {
    const struct receive_route *route;
    enum otlp_form form;
    struct str bytes;
};

static bool convert_otlp(struct arena *arena, struct otlp_body *body, struct err *err)
{
    return body->form != OTLP_JSON ||
           otlp_json_read(arena, body->bytes, body->route->signal, &body->bytes, err);
}

/* What was not taken of a body, and why. */
static bool take_otlp(struct arena *arena, const struct otlp_body *body,
                      const struct receive_taker *taker, struct otlp_answer *out_said,
                      struct err *err)
{
    const struct receive_route *route = body->route;
    struct pushed_count samples = {0};
    struct log_count records = {0};
    bool logs = route->signal == OTLP_LOGS;
    if (!(logs ? receive_logs_read_otlp(taker->logs, arena, body->bytes, &records, err)
               : route->read(arena, body->bytes, taker->use, &samples, err)))
        return false;
    *out_said = (struct otlp_answer){
        route->signal, logs ? records.rejected : samples.rejected,
        str_copy(arena, str_of(logs ? records.why_rejected : samples.why_rejected))};
    return true;
}

static void read_otlp(const struct receive_route *route, struct arena *arena,
                      const struct http_request *request, const struct receive_taker *taker,
                      struct receive_answer *answer)
{
    const struct receive_body *sent = taker->body;
    struct otlp_body body = {.route = route, .form = OTLP_PROTOBUF, .bytes = sent->bytes};
    if (!otlp_form_of(header_of(request, "Content-Type"), &body.form) ||
        sent->packing == PACKING_OTHER) {
        answer->trouble =
            STR("a body of OTLP is application/x-protobuf or application/json, plain or in gzip");
        say(arena, 415, answer->trouble, answer);
        return;
    }
    struct otlp_answer said = {.message = STR("")};
    struct err err = {0};
    if (is_broken(sent)) {
        answer->trouble = sent->why;
        say_status(arena, body.form, packing_status(sent), answer->trouble, answer);
        return;
    }
    if (!convert_otlp(arena, &body, &err) || !take_otlp(arena, &body, taker, &said, &err)) {
        answer->trouble = str_copy(arena, str_of(err.text));
        say_status(arena, body.form, status_of(&err), answer->trouble, answer);
        return;
    }
    answer->reply = (struct http_reply){.status = 200,
                                        .content_type = str_of(otlp_content_type(body.form)),
                                        .body = otlp_answer_write(arena, body.form, &said)};
    if (said.rejected > 0)
        answer->trouble = said.message;
}

/* A type that lines or arrays of JSON, or lines of text, are sent as. */
static bool is_type_of_logs(struct str type)
{
    static const char *const types[] = {"",
                                        "application/json",
                                        "application/x-ndjson",
                                        "application/ndjson",
                                        "application/jsonl",
                                        "application/x-jsonlines",
                                        "application/octet-stream",
                                        "text/plain"};
    type = str_trim(str_slice(type, 0, str_find_byte(type, ';', 0)));
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (str_is_nocase(type, types[i]))
            return true;
    return false;
}

static void read_logs(const struct receive_route *route, struct arena *arena,
                      const struct http_request *request, const struct receive_taker *taker,
                      struct receive_answer *answer)
{
    const struct receive_body *body = taker->body;
    struct log_body_count count = {.problem = ""};
    if (!is_type_of_logs(header_of(request, "Content-Type")) || body->packing == PACKING_OTHER) {
        answer->trouble = STR("a body of logs is application/json, application/x-ndjson or "
                              "text/plain, plain or in gzip");
        say(arena, 415, answer->trouble, answer);
    } else if (is_broken(body)) {
        answer->trouble = body->why;
        say(arena, packing_status(body), answer->trouble, answer);
    } else if (!receive_logs_read(taker->logs, arena, body->bytes, route->map, &count)) {
        answer->trouble = str_of(count.problem);
        say(arena, 400, answer->trouble, answer);
    } else if (count.too_long > 0) {
        answer->trouble =
            str_printf(arena, "%lld lines were longer than %d bytes and are not counted",
                       (long long)count.too_long, LIMIT_LOG_LINE_BYTES);
        say(arena, 200, answer->trouble, answer);
    } else if (taker->logs->again && count.lines > 0) {
        say(arena, 200, STR("This body came before, and counts once."), answer);
    } else if (count.texts > 0 && taker->logs->maps[route->map].form == LOG_FORM_JSON) {
        struct str said = str_printf(arena,
                                     "%lld of %lld lines are no JSON objects: they are counted "
                                     "without level, status and duration.",
                                     (long long)count.texts, (long long)count.lines);
        say(arena, 200, said, answer);
    } else {
        answer->reply = (struct http_reply){.status = 204};
    }
}

static void read_exposition(struct arena *arena, const struct http_request *request,
                            const struct receive_taker *taker, struct receive_answer *answer)
{
    struct str type = header_of(request, "Content-Type");
    const struct receive_body *body = taker->body;
    struct pushed_count count = {0};
    struct err err = {0};
    struct exposition_page page = {body->bytes, exposition_is_open_metrics(type)};
    type = str_trim(str_slice(type, 0, str_find_byte(type, ';', 0)));
    bool known = type.n == 0 || str_is_nocase(type, "text/plain") || page.open_metrics;
    if (!known || body->packing == PACKING_OTHER) {
        answer->trouble = STR("a page of metrics is text/plain or application/openmetrics-text, "
                              "plain or in gzip");
        say(arena, 415, answer->trouble, answer);
    } else if (is_broken(body)) {
        answer->trouble = body->why;
        say(arena, packing_status(body), answer->trouble, answer);
    } else if (!exposition_push(arena, &page, taker->use, &count, &err)) {
        answer->trouble = str_copy(arena, str_of(err.text));
        say(arena, status_of(&err), answer->trouble, answer);
    } else if (count.rejected > 0) {
        answer->trouble = str_copy(arena, str_of(count.why_rejected));
        say(arena, 400, answer->trouble, answer);
    } else {
        answer->reply = (struct http_reply){.status = 204};
    }
}

void receive_read(const struct receive_route *route, struct arena *arena,
                  const struct http_request *request, const struct receive_taker *taker,
                  struct receive_answer *out_answer)
{
    *out_answer = (struct receive_answer){.trouble = STR("")};
    switch (route->form) {
    case FORM_REMOTE_WRITE: read_remote_write(arena, request, taker->use, out_answer); break;
    case FORM_OTLP: read_otlp(route, arena, request, taker, out_answer); break;
    case FORM_LOGS: read_logs(route, arena, request, taker, out_answer); break;
    case FORM_EXPOSITION: read_exposition(arena, request, taker, out_answer); break;
    }
}

void receive_refuse(const struct receive_route *route, struct http_exchange *exchange, int status,
                    struct str sentence, struct receive_answer *out_answer)
{
    struct arena *arena = http_exchange_arena(exchange);
    const struct http_request *request = http_exchange_request(exchange);
    enum otlp_form form = OTLP_PROTOBUF;
    *out_answer = (struct receive_answer){.trouble = sentence};
    if (route && route->form == FORM_OTLP &&
        otlp_form_of(header_of(request, "Content-Type"), &form))
        say_status(arena, form, status, sentence, out_answer);
    else
        say(arena, status, sentence, out_answer);
    if (status == 503)
        out_answer->headers[0] = (struct http_header){STR("Retry-After"), STR("2")};
    else if (status == 401)
        out_answer->headers[0] = (struct http_header){STR("WWW-Authenticate"), STR("Bearer")};
    out_answer->reply.header_count = status == 503 || status == 401;
}
