/* multipart.c - the parts of a form with files. */
#include "http/multipart.h"

enum { BOUNDARY_BYTES_MAX = 70 };

bool http_multipart_is(struct str content_type, struct str *out_boundary)
{
    struct str rest = content_type;
    struct str part;
    if (!str_split(&rest, ';', &part) || !str_is_nocase(str_trim(part), "multipart/form-data"))
        return false;
    while (rest.n > 0 && str_split(&rest, ';', &part)) {
        part = str_trim(part);
        if (!str_starts_nocase(part, "boundary="))
            continue;
        part = str_from(part, strlen("boundary="));
        if (part.n >= 2 && part.p[0] == '"' && part.p[part.n - 1] == '"')
            part = str_slice(part, 1, part.n - 1);
        *out_boundary = part;
        return part.n > 0 && part.n <= BOUNDARY_BYTES_MAX;
    }
    return false;
}

/* Where CRLF "--" boundary stands from `from` on; body.n: nowhere. At the very beginning the CRLF
 * may be missing. */
static size_t find_mark(struct str body, struct str boundary, size_t from, size_t *out_end)
{
    size_t length = boundary.n + 2;
    for (size_t at = from; at < body.n; at++) {
        const char *dash = memchr(body.p + at, '-', body.n - at);
        if (!dash)
            return body.n;
        at = (size_t)(dash - body.p);
        if (body.n - at < length || body.p[at + 1] != '-' ||
            !str_equal(str_slice(body, at + 2, at + length), boundary))
            continue;
        struct str behind = str_from(body, at + length);
        if (!str_starts(behind, "\r\n") && !str_starts(behind, "--"))
            continue; /* a longer word that begins like the boundary */
        bool after_line = at >= from + 2 && body.p[at - 2] == '\r' && body.p[at - 1] == '\n';
        if (!after_line && at != 0)
            continue;
        *out_end = at + length;
        return after_line ? at - 2 : at;
    }
    return body.n;
}

/* The value of name="…" in a disposition; a quotation mark within is %22 or \" there. */
static bool find_parameter(struct str line, const char *name, struct str *out_value)
{
    size_t at = str_find_nocase(line, name, 0);
    size_t begin = at + strlen(name);
    if (at == line.n)
        return false;
    size_t end = begin;
    while (end < line.n && line.p[end] != '"')
        end += line.p[end] == '\\' && end + 1 < line.n ? 2 : 1;
    *out_value = str_slice(line, begin, end);
    return end < line.n;
}

static bool read_head(struct str head, struct http_part *part)
{
    struct str line;
    while (head.n > 0 && str_split(&head, '\n', &line)) {
        line = str_trim(line);
        if (!str_starts_nocase(line, "content-disposition:"))
            continue;
        struct str value = str_trim(str_from(line, strlen("content-disposition:")));
        part->is_file = find_parameter(value, "; filename=\"", &part->file_name);
        return str_starts_nocase(value, "form-data;") &&
               find_parameter(value, "; name=\"", &part->name);
    }
    return false;
}

bool http_multipart_read(struct str body, struct str boundary, struct http_part *out_parts,
                         size_t *out_count)
{
    size_t count = 0;
    size_t end = 0;
    if (find_mark(body, boundary, 0, &end) != 0)
        return false;
    for (;;) {
        struct str rest = str_from(body, end);
        if (str_starts(rest, "--")) {
            *out_count = count;
            return true;
        }
        size_t next_end = 0;
        size_t next = find_mark(body, boundary, end, &next_end);
        size_t head_end = str_find(rest, "\r\n\r\n", 0);
        if (!str_starts(rest, "\r\n") || next == body.n || head_end == rest.n ||
            end + head_end + 4 > next + 2 || count == HTTP_PARTS_MAX)
            return false;
        struct http_part part = {.name = STR("")};
        if (!read_head(str_slice(rest, 2, head_end), &part) || part.name.n == 0)
            return false;
        size_t from = end + head_end + 4;
        part.data = from < next ? str_slice(body, from, next) : STR("");
        out_parts[count++] = part;
        end = next_end;
    }
}
