/* request.c - reading a request line by line; every refusal names what is wrong. */
#include "http/request.h"

static void refuse(struct http_parser *parser, int status, const char *problem)
{
    parser->phase = HTTP_BAD;
    parser->status = status;
    parser->problem = problem;
}

void http_parser_init(struct http_parser *parser, struct arena *arena, size_t header_bytes_max,
                      size_t body_bytes_max)
{
    *parser = (struct http_parser){
        .arena = arena, .header_bytes_max = header_bytes_max, .body_bytes_max = body_bytes_max};
    parser->request.peer_uid = -1;
    parser->request.peer_pid = -1;
    text_init(&parser->line, arena, header_bytes_max);
    text_init(&parser->body, arena, body_bytes_max);
}

bool http_parser_has_head(const struct http_parser *parser)
{
    return parser->phase != HTTP_REQUEST_LINE && parser->phase != HTTP_HEADERS &&
           parser->phase != HTTP_BAD;
}

/* tchar of RFC 9110 5.6.2 */
static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!byte_is_alnum(s.p[i]) && !memchr("!#$%&'*+-.^_`|~", s.p[i], 15))
            return false;
    }
    return s.n > 0;
}

static bool is_visible(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
            return false;
    }
    return true;
}

static bool is_field_value(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static void parse_target(struct http_parser *parser, struct str target)
{
    struct http_request *request = &parser->request;
    request->target = target;
    struct str rest = target;
    if (str_starts_nocase(rest, "http://") || str_starts_nocase(rest, "https://")) {
        rest = str_from(rest, str_find(rest, "://", 0) + 3);
        size_t slash = str_find_byte(rest, '/', 0);
        request->host = str_slice(rest, 0, slash);
        rest = slash < rest.n ? str_from(rest, slash) : STR("/");
    }
    size_t mark = str_find_byte(rest, '?', 0);
    request->query = mark < rest.n ? str_from(rest, mark + 1) : STR("");
    struct str path = str_slice(rest, 0, mark);
    if (path.n == 0 || path.p[0] != '/' || str_find_byte(target, '#', 0) < target.n ||
        !http_decode(parser->arena, path, false, &request->path)) {
        refuse(parser, 400, "The address asked for is not a path.");
        return;
    }
    parser->phase = HTTP_HEADERS;
}

static void parse_request_line(struct http_parser *parser, struct str line)
{
    if (line.n == 0) {
        if (++parser->empty_lines > 2)
            refuse(parser, 400, "The request begins with empty lines.");
        return;
    }
    size_t first = str_find_byte(line, ' ', 0);
    size_t second = str_find_byte(line, ' ', first + 1);
    struct str method = str_slice(line, 0, first);
    struct str target = str_slice(line, first + 1, second);
    struct str version = second < line.n ? str_from(line, second + 1) : STR("");
    bool spoken = str_is(version, "HTTP/1.1") || str_is(version, "HTTP/1.0");
    bool named = version.n == 8 && str_starts(version, "HTTP/") && byte_is_digit(version.p[5]);
    if (!is_token(method) || method.n > HTTP_METHOD_BYTES_MAX || !is_visible(target) || !named) {
        refuse(parser, 400, "The request line is not METHOD PATH HTTP/1.1.");
    } else if (target.n > HTTP_TARGET_BYTES_MAX) {
        refuse(parser, 414, "The address asked for is longer than 8 KB.");
    } else if (!spoken) {
        refuse(parser, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    } else {
        parser->minor = version.p[7] - '0';
        parser->request.method = method;
        parse_target(parser, target);
    }
}

static void read_connection(struct http_parser *parser, struct str value)
{
    struct str option;
    while (str_split(&value, ',', &option)) {
        option = str_trim(option);
        if (str_is_nocase(option, "close"))
            parser->closes = true;
        else if (str_is_nocase(option, "keep-alive"))
            parser->keeps = true;
    }
}

static void read_length(struct http_parser *parser, struct str value)
{
    if (parser->has_length) {
        refuse(parser, 400, "The request states its length twice.");
        return;
    }
    int64_t length = 0;
    if (value.n == 0 || !byte_is_digit(value.p[0]) || value.n > 18 || !str_int(value, &length)) {
        refuse(parser, 400, "Content-Length is not a number.");
        return;
    }
    parser->has_length = true;
    parser->left = (uint64_t)length;
}

static void read_host(struct http_parser *parser, struct str value)
{
    if (parser->has_host || !is_visible(value)) {
        refuse(parser, 400, "The Host header is doubled or not a name.");
        return;
    }
    parser->has_host = true;
    if (parser->request.host.n == 0)
        parser->request.host = value;
}

/* The headers that change how the request itself is read. */
static void read_header(struct http_parser *parser, struct str name, struct str value)
{
    if (str_is_nocase(name, "Content-Length")) {
        read_length(parser, value);
    } else if (str_is_nocase(name, "Transfer-Encoding")) {
        if (parser->has_coding || parser->minor == 0)
            refuse(parser, 400, "Transfer-Encoding is doubled or used with HTTP/1.0.");
        else if (!str_is_nocase(value, "chunked"))
            refuse(parser, 501, "The only transfer coding read here is chunked.");
        parser->has_coding = true;
    } else if (str_is_nocase(name, "Host")) {
        read_host(parser, value);
    } else if (str_is_nocase(name, "Connection")) {
        read_connection(parser, value);
    } else if (str_is_nocase(name, "Expect")) {
        if (!str_is_nocase(value, "100-continue"))
            refuse(parser, 417, "The only expectation met here is 100-continue.");
        parser->request.expects_continue = parser->minor == 1;
    }
}

/* Does the path take a body of the stated length, which is too long elsewhere? */
static bool takes_upload(const struct http_parser *parser, size_t *out_bytes_max)
{
    const struct http_uploads *uploads = parser->uploads;
    bool takes = uploads && uploads->everywhere;
    for (size_t i = 0; uploads && i < uploads->path_count; i++)
        takes = takes || str_equal(parser->request.path, uploads->paths[i]);
    if (!takes || !str_is(parser->request.method, "POST") || parser->left > uploads->body_bytes_max)
        return false;
    *out_bytes_max = uploads->body_bytes_max;
    return true;
}

static void finish_head(struct http_parser *parser)
{
    struct http_request *request = &parser->request;
    bool unsaid = parser->has_coding && parser->uploads && parser->uploads->chunked;
    if ((parser->left > parser->body_bytes_max || unsaid) &&
        takes_upload(parser, &parser->body_bytes_max)) {
        parser->is_upload = true;
        text_init(&parser->body, parser->arena, parser->body_bytes_max);
    }
    request->keep_alive = !parser->closes && (parser->minor == 1 || parser->keeps);
    if (parser->minor == 1 && !parser->has_host) {
        refuse(parser, 400, "The Host header is missing.");
    } else if (parser->has_coding && parser->has_length) {
        refuse(parser, 400, "The request states both a length and a transfer coding.");
    } else if (parser->left > parser->body_bytes_max) {
        refuse(parser, 413, "The body is longer than is read here.");
    } else if (parser->has_coding) {
        parser->phase = HTTP_CHUNK_SIZE;
    } else {
        parser->phase = parser->left ? HTTP_BODY : HTTP_COMPLETE;
    }
}

static void parse_header_line(struct http_parser *parser, struct str line)
{
    bool is_trailer = parser->phase == HTTP_TRAILERS;
    if (line.n == 0) {
        if (is_trailer)
            parser->phase = HTTP_COMPLETE;
        else
            finish_head(parser);
        return;
    }
    size_t colon = str_find_byte(line, ':', 0);
    struct str name = str_slice(line, 0, colon);
    struct str value = colon < line.n ? str_trim(str_from(line, colon + 1)) : STR("");
    if (byte_is_blank(line.p[0])) {
        refuse(parser, 400, "A header is folded over two lines.");
    } else if (colon == line.n || !is_token(name) || !is_field_value(value)) {
        refuse(parser, 400, "A header is not NAME: VALUE.");
    } else if (!is_trailer) {
        struct http_request *request = &parser->request;
        if (request->header_count == HTTP_HEADERS_MAX) {
            refuse(parser, 431, "The request has more than 100 headers.");
            return;
        }
        LIST_PUSH(parser->arena, request->headers, request->header_count,
                  request->header_capacity) = (struct http_header){name, value};
        read_header(parser, name, value);
    }
}

static int hex_value(char c)
{
    if (byte_is_digit(c))
        return c - '0';
    c = byte_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void parse_chunk_size(struct http_parser *parser, struct str line)
{
    size_t digits = 0;
    uint64_t size = 0;
    while (digits < line.n && digits < 9 && hex_value(line.p[digits]) >= 0)
        size = size * 16 + (uint64_t)hex_value(line.p[digits++]);
    struct str extension = str_trim(str_from(line, digits));
    if (digits == 0 || digits > 8 || (extension.n && extension.p[0] != ';') ||
        !is_field_value(extension)) {
        refuse(parser, 400, "The size of a chunk is not a hexadecimal number.");
        return;
    }
    if (size > parser->body_bytes_max - parser->body.n) {
        refuse(parser, 413, "The body is longer than is read here.");
        return;
    }
    parser->left = size;
    parser->phase = size ? HTTP_CHUNK : HTTP_TRAILERS;
}

static void parse_line(struct http_parser *parser, struct str line)
{
    switch (parser->phase) {
    case HTTP_REQUEST_LINE: parse_request_line(parser, line); break;
    case HTTP_HEADERS:
    case HTTP_TRAILERS: parse_header_line(parser, line); break;
    case HTTP_CHUNK_SIZE: parse_chunk_size(parser, line); break;
    case HTTP_CHUNK_END:
        if (line.n)
            refuse(parser, 400, "A chunk is longer than its size.");
        else
            parser->phase = HTTP_CHUNK_SIZE;
        break;
    case HTTP_BODY:
    case HTTP_CHUNK:
    case HTTP_COMPLETE:
    case HTTP_BAD: break;
    }
}

/* Takes bytes up to and including the next LF, or all of them. */
static size_t push_line(struct http_parser *parser, struct str bytes)
{
    size_t taken = str_find_byte(bytes, '\n', 0);
    bool ends = taken < bytes.n;
    struct str part = str_slice(bytes, 0, taken);
    taken += ends;
    parser->head_bytes += taken;
    if (parser->head_bytes > parser->header_bytes_max) {
        bool is_target = parser->phase == HTTP_REQUEST_LINE;
        refuse(parser, is_target ? 414 : 431,
               is_target ? "The address asked for is longer than 8 KB."
                         : "The head of the request is longer than is read here.");
        return taken;
    }
    bool cr_at_end = part.n ? part.p[part.n - 1] == '\r' : parser->after_cr;
    size_t first_cr = str_find_byte(part, '\r', 0);
    if ((parser->after_cr && part.n) || first_cr + 1 < part.n || (ends && !cr_at_end)) {
        refuse(parser, 400, "A line does not end with CR LF.");
        return taken;
    }
    parser->after_cr = cr_at_end;
    text_add(&parser->line, str_slice(part, 0, first_cr));
    if (!ends)
        return taken;
    struct str line = text_str(&parser->line);
    text_init(&parser->line, parser->arena, parser->header_bytes_max);
    parser->after_cr = false;
    parse_line(parser, line);
    return taken;
}

static size_t push_body(struct http_parser *parser, struct str bytes)
{
    size_t taken = bytes.n < parser->left ? bytes.n : (size_t)parser->left;
    text_add(&parser->body, str_slice(bytes, 0, taken));
    parser->left -= taken;
    if (parser->left == 0)
        parser->phase = parser->phase == HTTP_CHUNK ? HTTP_CHUNK_END : HTTP_COMPLETE;
    return taken;
}

size_t http_parser_push(struct http_parser *parser, struct str bytes)
{
    size_t taken = 0;
    while (taken < bytes.n && parser->phase != HTTP_COMPLETE && parser->phase != HTTP_BAD) {
        struct str rest = str_from(bytes, taken);
        bool in_body = parser->phase == HTTP_BODY || parser->phase == HTTP_CHUNK;
        taken += in_body ? push_body(parser, rest) : push_line(parser, rest);
    }
    if (parser->phase == HTTP_COMPLETE)
        parser->request.body = text_str(&parser->body);
    return taken;
}
