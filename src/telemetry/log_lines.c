/* log_lines.c - the second stage: walks the brackets and colons of a line and looks at keys on the
 * way to a wanted field only. */
#include "telemetry/log_lines.h"

enum { WINDOW_BYTES = LIMIT_LOG_LINE_BYTES, MASK_COUNT = WINDOW_BYTES / LOG_BLOCK + 1 };

/* The state of one line. */
struct walk {
    struct log_lines *lines;
    const char *bytes; /* of the window; positions count from here */
    size_t from, to;   /* the line without blanks around it */
    uint64_t found;
    uint64_t objects; /* bit of each depth that is an object */
    unsigned depth;   /* open brackets */
    unsigned known;   /* of them on the way to a wanted field; nodes[known - 1] is the innermost */
    uint8_t nodes[LOG_NODES_MAX];
    size_t pending_at; /* an object at this place is on the way */
    uint8_t pending;
};

static unsigned slot_of(struct str name)
{
    unsigned first = (unsigned char)name.p[0];
    unsigned last = (unsigned char)name.p[name.n - 1];
    return ((unsigned)name.n * 7 + first * 3 + last * 29) % LOG_NODE_SLOTS;
}

static inline uint64_t load_8(const char *p)
{
    uint64_t bytes;
    memcpy(&bytes, p, sizeof bytes);
    return bytes;
}

static inline uint32_t load_4(const char *p)
{
    uint32_t bytes;
    memcpy(&bytes, p, sizeof bytes);
    return bytes;
}

/* As str_equal, for keys: most have 4 to 16 bytes, which two loads compare that may overlap. */
static inline bool is_key(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    if (a.n < 4 || a.n > 16)
        return str_equal(a, b);
    if (a.n < 8)
        return load_4(a.p) == load_4(b.p) && load_4(a.p + a.n - 4) == load_4(b.p + b.n - 4);
    return load_8(a.p) == load_8(b.p) && load_8(a.p + a.n - 8) == load_8(b.p + b.n - 8);
}

static inline const struct log_key *find_key(const struct log_paths *paths, uint8_t node,
                                             struct str name)
{
    if (name.n == 0)
        return NULL;
    const uint8_t *slots = paths->nodes[node].slots;
    for (unsigned slot = slot_of(name); slots[slot]; slot = (slot + 1) % LOG_NODE_SLOTS) {
        const struct log_key *key = &paths->keys[slots[slot] - 1];
        if (is_key(key->name, name))
            return key;
    }
    return NULL;
}

void log_paths_init(struct log_paths *paths, struct arena *arena)
{
    *paths = (struct log_paths){.arena = arena, .node_count = 1};
}

static struct log_key *get_key(struct log_paths *paths, uint8_t node, struct str name)
{
    const struct log_key *known = find_key(paths, node, name);
    if (known)
        return &paths->keys[known - paths->keys];
    struct log_node *to = &paths->nodes[node];
    if (paths->key_count == LOG_KEYS_MAX || to->count == LOG_NODE_SLOTS / 2)
        return NULL;
    unsigned slot = slot_of(name);
    while (to->slots[slot])
        slot = (slot + 1) % LOG_NODE_SLOTS;
    struct log_key *key = &paths->keys[paths->key_count++];
    *key = (struct log_key){.name = str_copy(paths->arena, name)};
    to->slots[slot] = (uint8_t)paths->key_count;
    to->count++;
    return key;
}

static struct log_key *get_nested(struct log_paths *paths, struct str path)
{
    struct str part;
    struct log_key *key = NULL;
    uint8_t node = 0;
    while (str_split(&path, '.', &part)) {
        key = get_key(paths, node, part);
        if (!key || !path.p)
            return key;
        if (key->node == 0) {
            if (paths->node_count == LOG_NODES_MAX)
                return NULL;
            key->node = (uint8_t)paths->node_count++;
        }
        node = key->node;
    }
    return key;
}

bool log_paths_add(struct log_paths *paths, struct str path, size_t *out_at, struct err *err)
{
    for (size_t i = 0; i < paths->count; i++) {
        if (!str_equal(paths->paths[i], path))
            continue;
        *out_at = i;
        return true;
    }
    if (path.n == 0 || path.n > LOG_PATH_BYTES || path.p[0] == '.' || path.p[path.n - 1] == '.' ||
        str_find(path, "..", 0) < path.n)
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" is no field: write its name, or names parted by single dots, in "
                       "at most %d bytes",
                       STR_ARGS(path), LOG_PATH_BYTES);
    struct log_key *nested = NULL;
    if (paths->count < LOG_PATHS_MAX)
        nested = get_nested(paths, path);
    struct log_key *whole = nested ? get_key(paths, 0, path) : NULL;
    if (!whole)
        return err_set(err, ERR_USAGE, NULL, "there are too many fields in one map (at most %d)",
                       LOG_PATHS_MAX);
    paths->paths[paths->count] = str_copy(paths->arena, path);
    nested->path = (uint8_t)(paths->count + 1);
    whole->path = nested->path;
    *out_at = paths->count++;
    return true;
}

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Place of the first bit at or behind from; to when there is none before. */
static inline size_t next_bit(const uint64_t *masks, size_t from, size_t to)
{
    size_t block = from / LOG_BLOCK;
    uint64_t bits = from < to ? masks[block] & (~(uint64_t)0 << from % LOG_BLOCK) : 0;
    while (!bits) {
        if (++block * LOG_BLOCK >= to)
            return to;
        bits = masks[block];
    }
    size_t at = block * LOG_BLOCK + (size_t)__builtin_ctzll(bits);
    return at < to ? at : to;
}

/* Place of the last bit before, not before from; before when there is none. */
static inline size_t previous_bit(const uint64_t *masks, size_t from, size_t before)
{
    size_t block = before / LOG_BLOCK;
    uint64_t bits = masks[block] & (((uint64_t)1 << before % LOG_BLOCK) - 1);
    while (!bits) {
        if (block == 0 || block * LOG_BLOCK <= from)
            return before;
        bits = masks[--block];
    }
    size_t at = block * LOG_BLOCK + (LOG_BLOCK - 1) - (size_t)__builtin_clzll(bits);
    return at >= from ? at : before;
}

static inline bool has_bit(const uint64_t *masks, size_t at)
{
    return masks[at / LOG_BLOCK] >> at % LOG_BLOCK & 1;
}

static bool is_literal(const struct walk *walk, size_t at, const char *word, size_t *out_behind)
{
    size_t n = strlen(word);
    if (walk->to - at < n || memcmp(walk->bytes + at, word, n) != 0)
        return false;
    *out_behind = at + n;
    return true;
}

/* At a value: its kind and text, and the place behind it; of an object or array, its beginning. */
static bool read_value(const struct walk *walk, size_t at, struct log_value *value,
                       size_t *out_behind)
{
    const struct log_masks *masks = &walk->lines->masks;
    const char *bytes = walk->bytes;
    char c = bytes[at];
    *value = (struct log_value){0};
    if (c == '"') {
        size_t end = next_bit(masks->quotes, at + 1, walk->to);
        if (end == walk->to)
            return false;
        value->type = JSON_STRING;
        value->text = (struct str){bytes + at + 1, end - at - 1};
        value->escaped = next_bit(masks->backslashes, at + 1, end) < end;
        *out_behind = end + 1;
        return true;
    }
    if (byte_is_digit(c) || c == '-') {
        size_t end = at + 1;
        while (end < walk->to &&
               (byte_is_digit(bytes[end]) || bytes[end] == '.' || (bytes[end] | 0x20) == 'e' ||
                bytes[end] == '-' || bytes[end] == '+'))
            end++;
        value->type = JSON_NUMBER;
        value->text = (struct str){bytes + at, end - at};
        *out_behind = end;
        return byte_is_digit(bytes[end - 1]);
    }
    value->type = c == '{'   ? JSON_OBJECT
                  : c == '[' ? JSON_ARRAY
                  : c == 't' ? JSON_TRUE
                  : c == 'f' ? JSON_FALSE
                             : JSON_NULL;
    *out_behind = at;
    if (c == '{' || c == '[')
        return true;
    const char *word = c == 't' ? "true" : c == 'f' ? "false" : "null";
    return is_literal(walk, at, word, out_behind);
}

static bool take_value(struct walk *walk, const struct log_key *key, size_t at)
{
    const char *bytes = walk->bytes;
    while (at < walk->to && is_blank(bytes[at]))
        at++;
    struct log_value value;
    size_t behind;
    if (at == walk->to || !read_value(walk, at, &value, &behind))
        return false;
    bool is_open = value.type == JSON_OBJECT || value.type == JSON_ARRAY;
    if (value.type == JSON_OBJECT && key->node) {
        walk->pending_at = at;
        walk->pending = key->node;
    }
    while (!is_open && behind < walk->to && is_blank(bytes[behind]))
        behind++;
    if (!is_open && (behind == walk->to || (bytes[behind] != ',' && bytes[behind] != '}')))
        return false;
    if (key->path) {
        walk->lines->values[key->path - 1] = value;
        walk->found |= (uint64_t)1 << (key->path - 1);
    }
    return true;
}

/* A key with escapes in it may be a wanted one that is written otherwise. */
static const struct log_key *find_escaped_key(const struct walk *walk, struct str name)
{
    char buffer[6 * LOG_PATH_BYTES + 1]; /* each byte may be written as \u006c */
    struct log_value value = {.type = JSON_STRING, .escaped = true, .text = name};
    if (name.n >= sizeof buffer)
        return NULL;
    return find_key(walk->lines->paths, walk->nodes[walk->known - 1],
                    log_value_text(&value, buffer, sizeof buffer));
}

/* At a colon of an object that is on the way. */
static inline bool take_key(struct walk *walk, size_t colon)
{
    const struct log_masks *masks = &walk->lines->masks;
    size_t close = colon - 1; /* the line begins with a bracket */
    while (close > walk->from && is_blank(walk->bytes[close]))
        close--;
    if (!has_bit(masks->quotes, close))
        return false;
    size_t open = previous_bit(masks->quotes, walk->from, close);
    if (open == close)
        return false;
    struct str name = {walk->bytes + open + 1, close - open - 1};
    const struct log_key *key = find_key(walk->lines->paths, walk->nodes[walk->known - 1], name);
    if (!key && next_bit(masks->backslashes, open, close) < close)
        key = find_escaped_key(walk, name);
    if (!key)
        return true;
    size_t before = open - 1;
    while (before > walk->from && is_blank(walk->bytes[before]))
        before--;
    char c = walk->bytes[before];
    return (c == '{' || c == ',') && take_value(walk, key, colon + 1);
}

static inline bool take_mark(struct walk *walk, size_t at)
{
    char c = walk->bytes[at];
    if (c == ':')
        return walk->depth > 0 && (walk->depth != walk->known || take_key(walk, at));
    if (c == '{' || c == '[') {
        if (walk->depth == LIMIT_JSON_DEPTH || (walk->depth == 0 && at != walk->from))
            return false;
        uint64_t bit = (uint64_t)1 << walk->depth;
        walk->objects = c == '{' ? walk->objects | bit : walk->objects & ~bit;
        if (at == walk->pending_at && walk->depth == walk->known)
            walk->nodes[walk->known++] = walk->pending;
        walk->depth++;
        return true;
    }
    if (walk->depth == 0)
        return false;
    if (walk->known == walk->depth)
        walk->known--;
    walk->depth--;
    return (walk->objects >> walk->depth & 1) == (c == '}');
}

/* Nodes are written before they are read. */
static inline void walk_begin(struct walk *walk, struct log_lines *lines, const char *bytes)
{
    walk->lines = lines;
    walk->bytes = bytes;
    walk->found = 0;
    walk->objects = 0;
    walk->depth = 0;
    walk->known = 0;
    walk->pending = 0;
}

/* Walks the line's brackets and colons; false when it is no object. */
static bool read_object(struct walk *walk)
{
    const char *bytes = walk->bytes;
    while (walk->to > walk->from && is_blank(bytes[walk->to - 1]))
        walk->to--;
    while (walk->from < walk->to && is_blank(bytes[walk->from]))
        walk->from++;
    if (walk->to - walk->from < 2 || bytes[walk->from] != '{' || bytes[walk->to - 1] != '}')
        return false;
    const uint64_t *marks = walk->lines->masks.marks;
    walk->pending_at = walk->from; /* the top is on the way */
    size_t block = walk->from / LOG_BLOCK;
    size_t last = (walk->to - 1) / LOG_BLOCK;
    uint64_t bits = marks[block] & (~(uint64_t)0 << walk->from % LOG_BLOCK);
    for (; block <= last; bits = marks[++block]) {
        if (block == last)
            bits &= ~(uint64_t)0 >> (LOG_BLOCK - 1 - (walk->to - 1) % LOG_BLOCK);
        for (; bits; bits &= bits - 1)
            if (!take_mark(walk, block * LOG_BLOCK + (size_t)__builtin_ctzll(bits)))
                return false;
        if (block == last)
            break;
    }
    return walk->depth == 0 && has_bit(marks, walk->to - 1);
}

static void take_line(struct log_lines *lines, const char *bytes, size_t from, size_t to)
{
    struct walk walk;
    walk_begin(&walk, lines, bytes);
    walk.from = from;
    walk.to = to;
    bool is_object = read_object(&walk);
    if (walk.from == walk.to)
        return;
    lines->line_count++;
    lines->text_count += !is_object;
    struct log_line line = {.text = {bytes + from, to - from},
                            .is_object = is_object,
                            .found = is_object ? walk.found : 0,
                            .values = lines->values};
    lines->use.take(lines->use.context, &line);
}

/* Takes the whole lines of a window; the bytes used. */
static size_t take_window(struct log_lines *lines, const char *bytes, size_t n)
{
    log_index(lines->index_path, bytes, n, &lines->masks);
    size_t from = 0;
    for (size_t end; (end = next_bit(lines->masks.ends, from, n)) < n; from = end + 1)
        take_line(lines, bytes, from, end);
    return from;
}

void log_lines_init(struct log_lines *lines, struct arena *arena, const struct log_paths *paths,
                    struct log_lines_use use)
{
    *lines = (struct log_lines){.paths = paths, .use = use, .index_path = log_index_best()};
    uint64_t *masks = arena_array(arena, (size_t)4 * MASK_COUNT, sizeof *masks);
    lines->masks = (struct log_masks){masks, masks + MASK_COUNT, masks + (size_t)2 * MASK_COUNT,
                                      masks + (size_t)3 * MASK_COUNT};
    lines->carry = arena_alloc(arena, WINDOW_BYTES);
}

/* The rest of a line whose beginning is held, or that is passed over; the bytes used. */
static size_t feed_rest(struct log_lines *lines, struct str bytes)
{
    size_t end = str_find_byte(bytes, '\n', 0);
    size_t n = end < bytes.n ? end + 1 : end;
    if (lines->skipped_bytes > 0 || lines->carry_bytes + n > WINDOW_BYTES) {
        lines->skipped_bytes += lines->carry_bytes + n;
        lines->carry_bytes = 0;
    } else {
        memcpy(lines->carry + lines->carry_bytes, bytes.p, n);
        lines->carry_bytes += n;
    }
    if (end == bytes.n)
        return n;
    if (lines->skipped_bytes > 0)
        lines->too_long_count++;
    else
        (void)take_window(lines, lines->carry, lines->carry_bytes);
    lines->skipped_bytes = 0;
    lines->carry_bytes = 0;
    return n;
}

void log_lines_feed(struct log_lines *lines, struct str bytes)
{
    while (bytes.n > 0) {
        size_t used = 0;
        if (lines->carry_bytes == 0 && lines->skipped_bytes == 0)
            used = take_window(lines, bytes.p, bytes.n < WINDOW_BYTES ? bytes.n : WINDOW_BYTES);
        if (used == 0)
            used = feed_rest(lines, bytes);
        bytes = str_from(bytes, used);
    }
}

void log_lines_end(struct log_lines *lines)
{
    if (log_lines_pending(lines) > 0)
        (void)feed_rest(lines, STR("\n"));
}

size_t log_lines_pending(const struct log_lines *lines)
{
    return lines->carry_bytes + lines->skipped_bytes;
}
