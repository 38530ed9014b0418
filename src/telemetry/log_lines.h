/* log_lines.h - JSON lines, fed in pieces of any size; of each only the wanted fields are taken
 * out.
 *
 * No tree is built: a line's quotes and brackets are known from log_index.h, and only keys on the
 * way to a wanted field are looked at. A path's parts are parted by dots; "log.level" is also found
 * as one key of that name at the top. Of a key that stands twice the last one counts, as in
 * JSON.parse.
 * Promises: a key inside a string, an array or an object that is not on the way is never taken.
 * Memory is bounded: a line has at most LIMIT_LOG_LINE_BYTES; what is longer is counted.
 * Not a validator: quotes and brackets must fit, and a wanted value must be well-formed and stand
 * between key and comma; the rest of a line is not judged. A line that is no object is text. */
#ifndef TELEMETRY_LOG_LINES_H
#define TELEMETRY_LOG_LINES_H

#include "base/json.h"
#include "base/limits.h"
#include "telemetry/log_index.h"

enum {
    LOG_PATHS_MAX = 64,
    LOG_KEYS_MAX = 160,
    LOG_NODES_MAX = 48,
    LOG_NODE_SLOTS = 128,
    LOG_PATH_BYTES = 80
};

/* A key on the way to a wanted field. */
struct log_key {
    struct str name;
    uint8_t path; /* number of the path that ends here, from 1; 0: none */
    uint8_t node; /* number of the node for the object behind it; 0: none */
};

struct log_node {
    uint8_t slots[LOG_NODE_SLOTS]; /* number of a key from 1, by its hash; 0 is free */
    uint8_t count;
};

/* The wanted fields. */
struct log_paths {
    struct arena *arena;
    struct log_key keys[LOG_KEYS_MAX];
    size_t key_count;
    struct log_node nodes[LOG_NODES_MAX]; /* 0: the top */
    size_t node_count;
    struct str paths[LOG_PATHS_MAX];
    size_t count;
};

void log_paths_init(struct log_paths *paths, struct arena *arena);
/* The place of a path, added when it is new. err: it is empty, has an empty part, or there are too
 * many. */
MUST_USE bool log_paths_add(struct log_paths *paths, struct str path, size_t *out_at,
                            struct err *err);

struct log_value {
    enum json_type type;
    bool escaped;    /* a string with backslashes in it */
    struct str text; /* a string between its quotes, a number as written; else empty */
};

struct log_line {
    struct str text; /* without its end; valid during the call */
    bool is_object;
    uint64_t found; /* bit of each path that has a value */
    const struct log_value *values;
};

/* A string with its escapes resolved, cut to what fits, into buffer where there are any. An escape
 * that is none, and half a surrogate pair, become "?". */
struct str log_value_text(const struct log_value *value, char *buffer, size_t size_bytes);

struct log_lines_use {
    void *context;
    void (*take)(void *context, const struct log_line *line);
};

struct log_lines {
    const struct log_paths *paths;
    struct log_lines_use use;
    enum log_index_path index_path; /* log_lines_init takes the best; a test may set another */
    struct log_masks masks;
    struct log_value values[LOG_PATHS_MAX];
    char *carry; /* a line of which only the beginning was fed */
    size_t carry_bytes;
    size_t skipped_bytes; /* of a line that is too long, so far; 0: none */
    int64_t line_count;
    int64_t text_count; /* lines among them that are no JSON object */
    int64_t too_long_count;
};

/* Buffers come from arena; paths outlive it. */
void log_lines_init(struct log_lines *lines, struct arena *arena, const struct log_paths *paths,
                    struct log_lines_use use);
/* Empty lines are passed over. CR before the line's end belongs to it. */
void log_lines_feed(struct log_lines *lines, struct str bytes);
/* The input ends: what is left is a line too. */
void log_lines_end(struct log_lines *lines);
/* Bytes fed of a line that has not ended; they are in no record yet. */
size_t log_lines_pending(const struct log_lines *lines);

#endif
