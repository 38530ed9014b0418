/* config_show.c - the configuration in force, and the manual's list of keys. */
#include "main/config_inside.h"

struct collector {
    struct config_reader *reader;
    struct config *config;
    size_t capacity;
};

static void push(struct collector *c, struct str path, const struct config_key *row,
                 const struct config_node *node)
{
    struct config *config = c->config;
    struct config_value value = {
        .path = path, .text = str_of(row->fallback), .reloadable = row->reloadable};
    if (strcmp(row->name, "smtp.tls") == 0)
        value.text = config->smtp_tls;
    if (node) {
        value.text = node->text;
        value.origin = node->origin == CONFIG_DEFAULT ? CONFIG_FILE : node->origin;
        value.place = node->place;
    }
    LIST_PUSH(c->reader->arena, config->values, config->value_count, c->capacity) = value;
}

static struct str joined(struct collector *c, const char *path, struct str word)
{
    return str_printf(c->reader->arena, "%s%s%.*s", path, path[0] ? "." : "", STR_ARGS(word));
}

static void push_names(struct collector *c, struct str path, const struct config_node *node)
{
    struct config_node all = *node;
    struct text text;
    text_init(&text, c->reader->arena, 64 * 1024);
    for (const struct config_node *item = node->first; item; item = item->next)
        text_printf(&text, "%s%.*s", item == node->first ? "" : ", ", STR_ARGS(item->text));
    if (node->type == NODE_LIST)
        all.text = text_str(&text);
    push(c, path, node->row, &all);
}

static void collect_map(struct collector *c, const struct config_node *map, const char *path,
                        const char *parent);

static void collect_node(struct collector *c, const struct config_node *node, struct str path)
{
    const struct config_key *row = node->row;
    size_t number = 0;
    if (row->type == TYPE_NAMES) {
        push_names(c, path, node);
        return;
    }
    if (row->type == TYPE_MAP || node->type == NODE_MAP) {
        collect_map(c, node, path.p, row->name);
        return;
    }
    if (row->type != TYPE_LIST) {
        push(c, path, row, node);
        return;
    }
    for (const struct config_node *item = node->first; item; item = item->next)
        collect_map(c, item, str_printf(c->reader->arena, "%s.%zu", path.p, ++number).p,
                    str_printf(c->reader->arena, "%s.-", row->name).p);
}

/* Keys in the order of the table; names of the file in the order of the file. map may be NULL:
 * then only what has a default. */
static void collect_map(struct collector *c, const struct config_node *map, const char *path,
                        const char *parent)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *row = &config_keys[i];
        struct str last;
        if (!config_key_inside(row, parent, &last))
            continue;
        if (str_is(last, "*")) {
            for (const struct config_node *node = map ? map->first : NULL; node; node = node->next)
                if (node->row == row)
                    collect_node(c, node, joined(c, path, node->key));
            continue;
        }
        const struct config_node *node = config_find(map, str_copy(c->reader->arena, last).p);
        bool given = row->fallback || strcmp(row->name, "smtp.tls") == 0;
        if (node)
            collect_node(c, node, joined(c, path, last));
        else if (row->type == TYPE_MAP && !row->required &&
                 (strcmp(row->name, "alerts") == 0 || strcmp(row->name, "incidents") == 0))
            collect_map(c, NULL, joined(c, path, last).p, row->name);
        else if (given && row->type != TYPE_MAP)
            push(c, joined(c, path, last), row, NULL);
    }
}

void config_collect(struct config_reader *reader, const struct config_node *root,
                    struct config *config)
{
    struct collector collector = {.reader = reader, .config = config};
    collect_map(&collector, root, "", "");
}

static struct str origin_text(struct arena *arena, const struct config *config,
                              const struct config_value *value)
{
    switch (value->origin) {
    case CONFIG_DEFAULT: return STR("default");
    case CONFIG_ENVIRONMENT: return STR("environment");
    case CONFIG_FLAG: return STR("flag");
    case CONFIG_FILE: break;
    }
    return str_printf(arena, "%.*s:%zu", STR_ARGS(config->file), value->place.line);
}

/* What a core that runs has instead. */
static void add_standing(struct text *text, const struct config_value *value)
{
    if (value->in_force == CONFIG_OTHER_IN_FORCE)
        text_printf(text, "; in force until a restart: %.*s", STR_ARGS(value->forced));
    else if (value->in_force == CONFIG_NOT_IN_FORCE)
        text_adds(text, "; not in force before a restart");
}

void config_show(struct text *text, const struct config *config)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < config->value_count; i++) {
        const struct config_value *value = &config->values[i];
        struct str line =
            str_printf(&arena, "%.*s: %.*s", STR_ARGS(value->path), STR_ARGS(value->text));
        if (value->is_gone)
            line = str_printf(&arena, "# %.*s", STR_ARGS(value->path));
        text_printf(text, "%-60.*s  # %.*s", STR_ARGS(line),
                    STR_ARGS(value->is_gone ? STR("no longer in the file")
                                            : origin_text(&arena, config, value)));
        add_standing(text, value);
        text_byte(text, '\n');
    }
    arena_done(&arena);
}

void config_show_json(struct json_writer *w, const struct config *config)
{
    struct arena arena;
    arena_init(&arena);
    json_open_array(w, NULL);
    for (size_t i = 0; i < config->value_count; i++) {
        const struct config_value *value = &config->values[i];
        json_open_object(w, NULL);
        if (value->in_force == CONFIG_OTHER_IN_FORCE)
            json_str(w, "in_force", value->forced);
        else if (value->in_force == CONFIG_NOT_IN_FORCE)
            json_null(w, "in_force");
        json_str(w, "key", value->path);
        json_str(w, "origin",
                 value->is_gone ? STR("only in force") : origin_text(&arena, config, value));
        json_bool(w, "reloadable", value->reloadable);
        if (value->is_gone)
            json_null(w, "value");
        else
            json_str(w, "value", value->text);
        json_close_object(w);
    }
    json_close_array(w);
    arena_done(&arena);
}

void config_write_manual(struct text *text)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *row = &config_keys[i];
        if (row->type == TYPE_LATER) {
            text_printf(text, "- `%s` - not yet. %s.\n", row->name, row->help);
            continue;
        }
        text_printf(text, "- `%s` - %s. %s", row->name, config_type_text(row->type), row->help);
        if (row->fallback)
            text_printf(text, " Default: `%s`.", row->fallback);
        else if (row->required)
            text_adds(text, " Needed.");
        if (!row->reloadable)
            text_adds(text, " A change needs a restart.");
        text_byte(text, '\n');
    }
}
