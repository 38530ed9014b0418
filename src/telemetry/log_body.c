/* log_body.c - arrays are cut into their elements, which are lines from there on, and so are
 * objects that were printed over several lines. */
#include "telemetry/log_body.h"

struct taking {
    const struct log_map *map;
    const struct log_entry_use *use;
    struct log_lines lines;
    char message[LOG_MESSAGE_BYTES];
};

static void take_line(void *context, const struct log_line *line)
{
    struct taking *taking = context;
    struct log_entry entry;
    log_map_read(taking->map, line, taking->message, &entry);
    taking->use->take(taking->use->context, &entry);
}

/* A piece of an element: line ends between its parts are blanks. */
static void feed_piece(struct taking *taking, struct str piece)
{
    while (piece.n > 0) {
        size_t end = str_find_byte(piece, '\n', 0);
        log_lines_feed(&taking->lines, str_slice(piece, 0, end));
        if (end < piece.n)
            log_lines_feed(&taking->lines, STR(" "));
        piece = str_from(piece, end + 1);
    }
}

/* The place behind the element that begins at from: its comma or the array's end; n when it has
 * none. */
static size_t element_end(struct str body, size_t from)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t at = from; at < body.n; at++) {
        char c = body.p[at];
        if (in_string) {
            at += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (depth == 0 && (c == ',' || c == ']')) {
            return at;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return body.n;
}

static bool take_array(struct taking *taking, struct str body)
{
    size_t at = 1;
    while (at < body.n) {
        size_t end = element_end(body, at);
        if (end == body.n)
            break;
        feed_piece(taking, str_slice(body, at, end));
        log_lines_feed(&taking->lines, STR("\n"));
        if (body.p[end] == ',') {
            at = end + 1;
            continue;
        }
        if (end + 1 == body.n)
            return true;
        break;
    }
    return false;
}

/* Does an object begin on a line of its own, as in what was printed for people? */
static bool has_spread(struct str body)
{
    return str_starts(body, "{\n") || str_starts(body, "{\r\n") ||
           str_find(body, "\n{\n", 0) < body.n || str_find(body, "\n{\r\n", 0) < body.n;
}

/* The place behind the object that begins at from; from when it has no end. */
static size_t object_end(struct str body, size_t from)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t at = from; at < body.n; at++) {
        char c = body.p[at];
        if (in_string) {
            at += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return at + 1;
        }
    }
    return from;
}

/* Objects one behind the other, whatever lines they go over; what is none is a line, and so is all
 * that stands behind an object without an end. */
static void take_spread(struct taking *taking, struct str body)
{
    bool whole = true;
    while (body.n > 0) {
        size_t end = whole && body.p[0] == '{' ? object_end(body, 0) : 0;
        whole = whole && (body.p[0] != '{' || end > 0);
        if (end == 0)
            end = str_find_byte(body, '\n', 0);
        feed_piece(taking, str_slice(body, 0, end));
        log_lines_feed(&taking->lines, STR("\n"));
        body = str_from(body, end);
        while (body.n > 0 && (body.p[0] == '\n' || body.p[0] == '\r' || body.p[0] == ','))
            body = str_from(body, 1);
    }
}

bool log_body_take(struct arena *arena, struct str body, const struct log_map *map,
                   const struct log_entry_use *use, struct log_body_count *out_count)
{
    struct taking *taking = arena_make(arena, struct taking);
    taking->map = map;
    taking->use = use;
    log_lines_init(&taking->lines, arena, &map->paths, (struct log_lines_use){taking, take_line});
    body = str_trim(body);
    bool good = true;
    if (body.n > 0 && body.p[0] == '[') {
        good = take_array(taking, body);
    } else if (map->form == LOG_FORM_JSON && has_spread(body)) {
        take_spread(taking, body);
    } else {
        log_lines_feed(&taking->lines, body);
        log_lines_end(&taking->lines);
    }
    *out_count = (struct log_body_count){.lines = taking->lines.line_count,
                                         .texts = taking->lines.text_count,
                                         .too_long = taking->lines.too_long_count,
                                         .problem = good ? ""
                                                         : "The body is no whole JSON array: send "
                                                           "an array of objects, or one object a "
                                                           "line."};
    return good;
}
