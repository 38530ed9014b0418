/* config_yaml.c - the YAML text as a tree with places, by libfyaml. */
#include "main/config_inside.h"

#include "base/map.h"

#include <libfyaml.h>

#include <stdarg.h>
#include <stdio.h>

enum { NODES_MAX = 20000 };

struct yaml {
    struct config_reader *reader;
    size_t nodes;
    size_t depth;
};

void config_error(struct config_reader *reader, struct config_place place, const char *format, ...)
{
    struct config_errors *errors = reader->errors;
    size_t at = errors->count++;
    if (at >= CONFIG_ERRORS_MAX)
        return;
    char where[256];
    struct str file = str_slice(reader->file, 0, 200);
    if (place.line > 0)
        (void)snprintf(where, sizeof where, "%.*s:%zu:%zu", STR_ARGS(file), place.line,
                       place.column);
    else
        (void)snprintf(where, sizeof where, "%.*s", STR_ARGS(file));
    char text[768];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)err_set(&errors->items[at], ERR_USAGE, where, "%s", text);
}

static struct config_place place_of(struct fy_token *token)
{
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (!mark)
        return (struct config_place){1, 1};
    return (struct config_place){(size_t)mark->line + 1, (size_t)mark->column + 1};
}

/* Maps and lists begin where their first key or item does. */
static struct config_place node_place(struct fy_node *fy)
{
    for (int i = 0; fy && i < CONFIG_DEPTH_MAX + 2; i++) {
        if (fy_node_is_scalar(fy)) {
            struct config_place place = place_of(fy_node_get_scalar_token(fy));
            enum fy_node_style style = fy_node_get_style(fy);
            /* libfyaml marks what is inside the quotes. */
            if ((style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED) && place.column > 1)
                place.column--;
            return place;
        }
        void *iterator = NULL;
        if (fy_node_is_mapping(fy)) {
            struct fy_node_pair *pair = fy_node_mapping_iterate(fy, &iterator);
            fy = pair ? fy_node_pair_key(pair) : NULL;
        } else {
            fy = fy_node_sequence_iterate(fy, &iterator);
        }
    }
    return (struct config_place){0, 0};
}

static bool copy_node(struct yaml *yaml, struct fy_node *fy, struct config_node *node);

static bool copy_scalar(struct yaml *yaml, struct fy_node *fy, struct config_node *node)
{
    size_t n = 0;
    const char *p = fy ? fy_node_get_scalar(fy, &n) : NULL;
    struct str text = {p, p ? n : 0};
    bool plain = !fy || fy_node_get_style(fy) == FYNS_PLAIN;
    node->type = NODE_SCALAR;
    if (plain && (text.n == 0 || str_is(text, "~") || str_is_nocase(text, "null")))
        node->type = NODE_NOTHING;
    node->text = str_copy(yaml->reader->arena, text);
    return true;
}

/* One key with its value. A key that stands twice would silently lose one of its values. */
static bool copy_pair(struct yaml *yaml, struct fy_node_pair *pair, struct map *seen,
                      struct config_node *child)
{
    struct fy_node *key = fy_node_pair_key(pair);
    struct config_place place = node_place(key);
    if (key && !fy_node_is_scalar(key)) {
        config_error(yaml->reader, place, "A key must be a word, not a list or a map.");
        return false;
    }
    child->place = place;
    if (!copy_node(yaml, fy_node_pair_value(pair), child))
        return false;
    size_t n = 0;
    const char *p = key ? fy_node_get_scalar(key, &n) : NULL;
    child->key = str_copy(yaml->reader->arena, (struct str){p, p ? n : 0});
    child->key_place = place;
    const struct config_node *first = map_find(seen, child->key);
    if (first)
        config_error(yaml->reader, place,
                     "The key \"%.*s\" stands on line %zu already and here on line %zu again; keep "
                     "one of the two and put what belongs together under it.",
                     STR_ARGS(str_cut(child->key, 80)), first->key_place.line, place.line);
    else if (!map_put(seen, child->key, child))
        return false; /* the number of nodes is limited below that */
    return true;
}

static bool copy_map(struct yaml *yaml, struct fy_node *fy, struct config_node *node)
{
    struct config_node **tail = &node->first;
    void *iterator = NULL;
    struct fy_node_pair *pair;
    struct map seen;
    bool good = true;
    map_init(&seen, NODES_MAX + 1);
    node->type = NODE_MAP;
    while (good && (pair = fy_node_mapping_iterate(fy, &iterator))) {
        struct config_node *child = arena_make(yaml->reader->arena, struct config_node);
        good = copy_pair(yaml, pair, &seen, child);
        *tail = child;
        tail = &child->next;
        node->count++;
    }
    map_done(&seen);
    return good;
}

static bool copy_list(struct yaml *yaml, struct fy_node *fy, struct config_node *node)
{
    struct config_node **tail = &node->first;
    void *iterator = NULL;
    struct fy_node *item;
    node->type = NODE_LIST;
    while ((item = fy_node_sequence_iterate(fy, &iterator))) {
        struct config_node *child = arena_make(yaml->reader->arena, struct config_node);
        child->place = node->place;
        if (!copy_node(yaml, item, child))
            return false;
        child->key_place = child->place;
        *tail = child;
        tail = &child->next;
        node->count++;
    }
    return true;
}

static bool copy_node(struct yaml *yaml, struct fy_node *fy, struct config_node *node)
{
    struct config_place place = node_place(fy);
    if (place.line > 0)
        node->place = place;
    if (++yaml->nodes > NODES_MAX || yaml->depth >= CONFIG_DEPTH_MAX) {
        config_error(yaml->reader, node->place,
                     "The file has more than %d values or is nested deeper than %d.", NODES_MAX,
                     CONFIG_DEPTH_MAX);
        return false;
    }
    if (fy && (fy_node_is_alias(fy) || fy_node_get_tag_token(fy))) {
        config_error(yaml->reader, node->place,
                     "Aliases (*name) and tags (!name) are not used here; write the value itself.");
        return false;
    }
    yaml->depth++;
    bool good = !fy || fy_node_is_scalar(fy) ? copy_scalar(yaml, fy, node)
                : fy_node_is_mapping(fy)     ? copy_map(yaml, fy, node)
                                             : copy_list(yaml, fy, node);
    yaml->depth--;
    return good;
}

static void take_errors(struct config_reader *reader, struct fy_diag *diag)
{
    void *iterator = NULL;
    struct fy_diag_error *error;
    size_t before = reader->errors->count;
    while ((error = fy_diag_errors_iterate(diag, &iterator))) {
        struct config_place place = {error->line > 0 ? (size_t)error->line : 1,
                                     error->column > 0 ? (size_t)error->column : 1};
        config_error(reader, place, "The YAML is not valid here: %s.",
                     error->msg ? error->msg : "unreadable");
    }
    if (reader->errors->count == before)
        config_error(reader, (struct config_place){1, 1}, "The text is not valid YAML.");
}

static struct config_place place_at(struct str text, size_t at)
{
    struct config_place place = {1, 1};
    for (size_t i = 0; i < at; i++) {
        place.column++;
        if (text.p[i] == '\n')
            place = (struct config_place){place.line + 1, 1};
    }
    return place;
}

/* What libfyaml is not to see: other encodings, NUL, deep nesting in brackets, a second document.
 */
static bool check_text(struct config_reader *reader, struct str text, bool *out_empty)
{
    size_t bad = 0;
    if (text.n > LIMIT_CONFIG_BYTES) {
        config_error(reader, (struct config_place){0, 0},
                     "The file has more than %d bytes; this cannot be a configuration.",
                     LIMIT_CONFIG_BYTES);
        return false;
    }
    if (!str_utf8_valid(text, &bad)) {
        config_error(reader, place_at(text, bad), "The file is not UTF-8 here; save it as UTF-8.");
        return false;
    }
    bad = str_find_byte(text, '\0', 0);
    if (bad < text.n) {
        config_error(reader, place_at(text, bad),
                     "The file holds a NUL byte here; this cannot be a configuration.");
        return false;
    }
    bool begun = false;
    struct str rest = text;
    struct str line;
    while (rest.n > 0 && str_split(&rest, '\n', &line)) {
        if (begun && (str_starts(line, "---") || str_starts(line, "..."))) {
            config_error(reader, place_at(text, (size_t)(line.p - text.p)),
                         "A second document begins here; a configuration is one document.");
            return false;
        }
        line = str_trim(line);
        begun = begun || (line.n > 0 && line.p[0] != '#' && line.p[0] != '%');
    }
    *out_empty = !begun;
    return true;
}

struct config_node *config_tree(struct config_reader *reader, struct str text)
{
    struct config_node *root = arena_make(reader->arena, struct config_node);
    root->place = (struct config_place){1, 1};
    root->type = NODE_MAP;
    if (str_starts(text, "\xef\xbb\xbf"))
        text = str_from(text, 3);
    bool empty = false;
    if (!check_text(reader, text, &empty))
        return NULL;
    if (empty)
        return root;
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    diag_config.colorize = false;
    struct fy_diag *diag = fy_diag_create(&diag_config);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 |
                                           FYPCF_JSON_NONE | FYPCF_ALLOW_DUPLICATE_KEYS,
                                  .diag = diag};
    struct fy_document *document = fy_document_build_from_string(&config, text.p, text.n);
    struct yaml yaml = {.reader = reader};
    bool good = false;
    if (!document)
        take_errors(reader, diag);
    else if (!fy_document_root(document))
        good = true;
    else
        good = copy_node(&yaml, fy_document_root(document), root);
    fy_document_destroy(document);
    fy_diag_destroy(diag);
    if (good && root->type == NODE_NOTHING)
        root->type = NODE_MAP;
    return good ? root : NULL;
}
