/* request.h - one HTTP/1.1 request, read as its bytes come (RFC 9110, RFC 9112).
 *
 * Promises: bytes pushed one by one and bytes pushed at once give the same request; nothing beyond
 * the end of the request is taken; the head and the body have maxima.
 * Refuses (with the status and one sentence): what two readers could understand differently - bare
 * CR or LF, folded headers, blanks before a colon, two lengths, a length beside a coding, a coding
 * other than chunked, missing or doubled Host - and what is too long. Pure: no socket, no clock. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/text.h"

enum { HTTP_HEADERS_MAX = 100, HTTP_TARGET_BYTES_MAX = 8192, HTTP_METHOD_BYTES_MAX = 32 };

struct http_header {
    struct str name, value;
};

enum { HTTP_WAY_BYTES = 512 };

struct http_request {
    struct str method; /* as sent: "GET" */
    struct str target; /* as sent */
    struct str path;   /* percent-decoded, begins with '/' */
    struct str query;  /* after '?', as sent; "" when there is none */
    struct str host;   /* of the target or the Host header; "" only in HTTP/1.0 */
    struct http_header *headers;
    size_t header_count, header_capacity;
    struct str body;
    bool keep_alive;
    bool expects_continue; /* the client waits for "100 Continue" */
    bool is_host_known;    /* filled by the server: the host is one of its names, or local */
    bool is_unix;          /* filled by the server: came over the Unix socket */
    int64_t peer_uid;      /* filled by the server: SO_PEERCRED, -1 over TCP */
    int64_t peer_pid;      /* the same */
    int64_t peer_since_ms; /* the same: when the connection was taken, since the boot */
};

enum http_phase {
    HTTP_REQUEST_LINE,
    HTTP_HEADERS,
    HTTP_BODY, /* Content-Length */
    HTTP_CHUNK_SIZE,
    HTTP_CHUNK,
    HTTP_CHUNK_END,
    HTTP_TRAILERS,
    HTTP_COMPLETE,
    HTTP_BAD
};

/* Paths to which longer bodies may be sent than to others. */
struct http_uploads {
    const struct str *paths;
    size_t path_count, body_bytes_max;
    bool chunked;    /* bodies of a length that is not said are among them */
    bool everywhere; /* whatever the path: a handler says which ones there are */
};

struct http_parser {
    struct arena *arena;
    const struct http_uploads *uploads; /* NULL: none */
    bool is_upload;                     /* the body is longer than others may be */
    size_t header_bytes_max, body_bytes_max;
    enum http_phase phase;
    struct http_request request;
    struct text line; /* the line being read, without its CR LF */
    struct text body;
    bool after_cr;     /* the last byte of the line was a CR */
    int empty_lines;   /* before the request line */
    int minor;         /* HTTP/1.minor */
    size_t head_bytes; /* request line, headers, chunk sizes and trailers so far */
    uint64_t left;     /* bytes of the body or chunk still to come */
    bool has_length, has_coding, has_host, closes, keeps;
    int status;          /* HTTP_BAD: 400, 413, 414, 417, 431, 501, 505 */
    const char *problem; /* HTTP_BAD: one sentence */
};

/* The request and its strings live in arena. */
void http_parser_init(struct http_parser *parser, struct arena *arena, size_t header_bytes_max,
                      size_t body_bytes_max);
/* Takes bytes up to the end of the request and returns how many. Look at parser->phase then. */
size_t http_parser_push(struct http_parser *parser, struct str bytes);
/* Has the whole head been read (the body may still come)? */
bool http_parser_has_head(const struct http_parser *parser);

/* Value of the first header of that name (any case); false when there is none. */
MUST_USE bool http_header_find(const struct http_request *request, const char *name,
                               struct str *out_value);
/* Value of a cookie as sent. */
MUST_USE bool http_cookie_find(const struct http_request *request, const char *name,
                               struct str *out_value);
/* Value of a field in a query or an application/x-www-form-urlencoded body, decoded into arena.
 * False when it is absent or badly encoded. */
MUST_USE bool http_form_find(struct arena *arena, struct str form, const char *name,
                             struct str *out_value);
/* Can a reader be sent there: a path of ours that a header can hold, at most HTTP_WAY_BYTES long?
 */
bool http_is_way(struct str path);
/* Takes the next field off the front of *rest, decoded into arena; those that are badly encoded are
 * passed over. False at the end. */
MUST_USE bool http_form_next(struct arena *arena, struct str *rest, struct str *out_name,
                             struct str *out_value);
/* Percent-decodes; plus_is_blank as in forms. False on a bad escape or a control character other
 * than tab, CR and LF (which only forms may hold). */
MUST_USE bool http_decode(struct arena *arena, struct str s, bool plus_is_blank,
                          struct str *out_decoded);
/* The name or address in "host:port" or "[::1]:port", without port and brackets; "" when bad. */
struct str http_host_name(struct str host);
/* Was it another site's page that sent this request? By Sec-Fetch-Site, else by Origin. */
bool http_request_is_cross_site(const struct http_request *request);

#endif
