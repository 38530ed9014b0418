/* config_read.c - reads reeve.yaml: tree, values from outside, check, structure. */
#include "main/config_inside.h"

#include "os/file.h"

#include <sys/stat.h>

static const struct config_key *row_named(struct str name)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (str_is(name, config_keys[i].name))
            return &config_keys[i];
    return NULL;
}

/* The map that the dotted key stands in, made when it is not there. */
static struct config_node *map_for(struct config_reader *reader, struct config_node *root,
                                   struct str key, struct str *out_last)
{
    struct config_node *map = root;
    size_t from = 0;
    size_t dot;
    while ((dot = str_find_byte(key, '.', from)) < key.n) {
        struct str word = str_copy(reader->arena, str_slice(key, from, dot));
        struct config_node *inside = config_find(map, word.p);
        if (!inside) {
            inside = arena_make(reader->arena, struct config_node);
            *inside = (struct config_node){.type = NODE_MAP,
                                           .key = word,
                                           .next = map->first,
                                           .row = row_named(str_slice(key, 0, dot))};
            map->first = inside;
            map->count++;
        }
        map = inside;
        from = dot + 1;
    }
    *out_last = str_copy(reader->arena, str_from(key, from));
    return map;
}

/* Puts the value in the place of the file's; it is checked under its own name. */
static void apply_override(struct config_reader *reader, struct config_node *root,
                           const struct config_override *override)
{
    struct config_reader own = *reader;
    bool flag = override->origin == CONFIG_FLAG;
    own.file = str_printf(reader->arena, "%s%s", flag ? "--" : "environment: ", override->key);
    const struct config_key *row = row_named(str_of(override->key));
    if (!row || row->type <= TYPE_LIST || row->type == TYPE_NAMES || row->type == TYPE_LATER) {
        config_error(&own, (struct config_place){0, 0}, "\"%s\" cannot be given in this way.",
                     override->key);
        return;
    }
    struct str last;
    struct config_node *map = map_for(reader, root, str_of(override->key), &last);
    if (map->type != NODE_MAP)
        return; /* the check of the file reports it */
    struct config_node *node = config_find(map, last.p);
    if (!node) {
        node = arena_make(reader->arena, struct config_node);
        node->next = map->first;
        map->first = node;
        map->count++;
    }
    node->type = NODE_SCALAR;
    node->key = last;
    node->text = str_copy(reader->arena, override->value);
    node->place = node->key_place = (struct config_place){0, 0};
    node->origin = override->origin;
    node->row = row;
    config_check_scalar(&own, node);
}

static struct str folder_of(struct arena *arena, struct str file)
{
    for (size_t i = file.n; i > 0; i--)
        if (file.p[i - 1] == '/')
            return str_copy(arena, str_slice(file, 0, i > 1 ? i - 1 : 1));
    return STR(".");
}

bool config_read(struct arena *arena, const struct config_input *input, struct config *out_config,
                 struct config_errors *out_errors)
{
    struct config_reader reader = {.arena = arena, .file = input->file, .errors = out_errors};
    struct config config = {.file = str_copy(arena, input->file),
                            .folder = folder_of(arena, input->file),
                            .digest = hash_of(input->text)};
    out_errors->count = 0;
    struct config_node *root = config_tree(&reader, input->text);
    if (!root)
        return false;
    config_check(&reader, root);
    if (root->type == NODE_MAP)
        for (size_t i = 0; i < input->override_count; i++)
            apply_override(&reader, root, &input->overrides[i]);
    if (out_errors->count > 0)
        return false;
    config_bind(&reader, root, &config);
    if (out_errors->count > 0)
        return false;
    config_collect(&reader, root, &config);
    *out_config = config;
    return true;
}

bool config_load(struct arena *arena, struct config_input input, bool optional,
                 struct config *out_config, struct config_errors *out_errors)
{
    struct str path = str_copy(arena, input.file);
    struct stat info;
    struct err err = {0};
    if (optional && (path.n == 0 || stat(path.p, &info) != 0)) {
        input.file = STR("");
        input.text = STR("");
        return config_read(arena, &input, out_config, out_errors);
    }
    if (!file_read(arena, path, LIMIT_CONFIG_BYTES, &input.text, &err)) {
        out_errors->items[0] = err;
        out_errors->count = 1;
        return false;
    }
    return config_read(arena, &input, out_config, out_errors);
}

struct str config_errors_text(struct arena *arena, const struct config_errors *errors)
{
    struct text text;
    text_init(&text, arena, 32 * 1024);
    for (size_t i = 0; i < errors->count && i < CONFIG_ERRORS_MAX; i++)
        text_printf(&text, "%s%s%s\n", errors->items[i].place,
                    errors->items[i].place[0] ? ": " : "", errors->items[i].text);
    if (errors->count > CONFIG_ERRORS_MAX)
        text_printf(&text, "and %zu more\n", errors->count - CONFIG_ERRORS_MAX);
    return text_str(&text);
}
