/* log_body.c - arrays are cut into their elements, which are lines from there on, and so are
 * objects that were printed over several lines. */
#include "telemetry/log_body.h"

enum { DAMAGED_MAX = 16 };

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

/* Does an object go over several lines, or do several stand in one? */
static bool has_spread(struct str body)
{
    struct str line;
    if (str_find(body, "}{", 0) < body.n || str_find(body, "} {", 0) < body.n ||
        str_find(body, "}\t{", 0) < body.n)
        return true;
    while (str_split(&body, '\n', &line)) {
        line = str_trim(line);
        if (line.n > 0 && line.p[0] == '{' && line.p[line.n - 1] != '}')
            return true;
    }
    return false;
}

/* The place behind the object that begins at the front, or 0. out_damaged: a string in it has no
 * end on its line, so that what is behind the line is of other objects. */
static size_t object_end(struct str body, bool *out_damaged)
{
    size_t depth = 0;
    bool in_string = false;
    *out_damaged = false;
    for (size_t at = 0; at < body.n; at++) {
        char c = body.p[at];
        if (in_string && c == '\n') {
            *out_damaged = true;
            return 0;
        }
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
    return 0;
}

/* Objects one behind the other, whatever lines they go over; what is none is a line, and so is all
 * that stands behind an object without an end, or behind many that are damaged. */
static void take_spread(struct taking *taking, struct str body)
{
    int damaged = 0;
    while (body.n > 0) {
        bool is_damaged = false;
        bool looks = body.p[0] == '{' && damaged < DAMAGED_MAX;
        size_t end = looks ? object_end(body, &is_damaged) : 0;
        bool is_object = end > 0;
        if (looks && !is_object)
            damaged += is_damaged ? 1 : DAMAGED_MAX;
        if (!is_object)
            end = str_find_byte(body, '\n', 0);
        feed_piece(taking, str_slice(body, 0, end));
        log_lines_feed(&taking->lines, STR("\n"));
        body = str_from(body, end);
        while (body.n > 0 && (memchr("\n\r,", body.p[0], 3) ||
                              (is_object && (body.p[0] == ' ' || body.p[0] == '\t'))))
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
