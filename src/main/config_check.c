/* config_check.c - the tree of the file against the table: keys, types, bounds. */
#include "main/config_inside.h"

enum { WORD_BYTES_MAX = 63, NEAR_EDITS_MAX = WORD_BYTES_MAX };

/* The nearest right key inside parent, and all of them for the sentence. */
static void unknown_key(struct config_reader *reader, const struct config_node *node,
                        const char *parent)
{
    struct str nearest = STR("");
    size_t least = NEAR_EDITS_MAX + 1;
    struct text all;
    text_init(&all, reader->arena, 512);
    for (size_t i = 0; i < config_key_count; i++) {
        struct str last;
        if (!config_key_inside(&config_keys[i], parent, &last) ||
            config_keys[i].type == TYPE_LATER || str_is(last, "*"))
            continue;
        text_printf(&all, "%s%.*s", all.n > 0 ? ", " : "", STR_ARGS(last));
        size_t distance = str_distance(node->key, last, NEAR_EDITS_MAX);
        if (distance < least) {
            least = distance;
            nearest = last;
        }
    }
    struct str key = str_slice(node->key, 0, WORD_BYTES_MAX);
    if (least <= 2 || least <= node->key.n / 3)
        config_error(reader, node->key_place, "\"%.*s\" is no key here; did you mean \"%.*s\"?",
                     STR_ARGS(key), STR_ARGS(nearest));
    else
        config_error(reader, node->key_place, "\"%.*s\" is no key here; possible are: %.*s.",
                     STR_ARGS(key), STR_ARGS(text_str(&all)));
}

struct config_node *config_find(const struct config_node *map, const char *key)
{
    if (!map || map->type != NODE_MAP)
        return NULL;
    for (struct config_node *node = map->first; node; node = node->next)
        if (str_is(node->key, key))
            return node;
    return NULL;
}

static void check_value(struct config_reader *reader, struct config_node *node);

static void check_required(struct config_reader *reader, const struct config_node *map,
                           const char *parent)
{
    for (size_t i = 0; i < config_key_count; i++) {
        struct str last;
        if (!config_keys[i].required || !config_key_inside(&config_keys[i], parent, &last))
            continue;
        if (!config_find(map, str_copy(reader->arena, last).p))
            config_error(reader, map->place, "\"%.*s\" is missing here: %s", STR_ARGS(last),
                         config_keys[i].help);
    }
}

static void check_map(struct config_reader *reader, struct config_node *map, const char *parent)
{
    for (struct config_node *node = map->first; node; node = node->next) {
        const struct config_key *row = config_key_find(parent, node->key);
        if (!row) {
            unknown_key(reader, node, parent);
            continue;
        }
        bool named = str_ends(str_of(row->name), "*");
        if (named && (node->key.n == 0 || node->key.n > TYPE_NAME_BYTES)) {
            config_error(reader, node->key_place, "A name must have 1 to %d bytes.",
                         TYPE_NAME_BYTES);
            continue;
        }
        node->row = row;
        check_value(reader, node);
    }
    check_required(reader, map, parent);
}

static bool check_count(struct config_reader *reader, const struct config_node *node, size_t count)
{
    const struct config_key *row = node->row;
    if ((int64_t)count >= row->least && (int64_t)count <= row->most)
        return true;
    config_error(reader, node->place, "There must be %lld to %lld entries here, not %zu.",
                 (long long)row->least, (long long)row->most, count);
    return false;
}

static void check_list(struct config_reader *reader, struct config_node *list)
{
    const char *inside = str_printf(reader->arena, "%s.-", list->row->name).p;
    if (!check_count(reader, list, list->count))
        return;
    for (struct config_node *item = list->first; item; item = item->next) {
        if (item->type == NODE_MAP)
            check_map(reader, item, inside);
        else
            config_error(reader, item->place, "An entry of \"%s\" must be keys with values.",
                         list->row->name);
    }
}

static void check_names(struct config_reader *reader, struct config_node *node)
{
    if (node->type == NODE_MAP) {
        config_error(reader, node->place,
                     "Keys with values do not go here; write a name or a list of names.");
        return;
    }
    if (node->type == NODE_LIST && !check_count(reader, node, node->count))
        return;
    struct config_node *item = node->type == NODE_LIST ? node->first : node;
    for (; item; item = node->type == NODE_LIST ? item->next : NULL)
        if (item->type != NODE_SCALAR || item->text.n == 0 || item->text.n > TYPE_NAME_BYTES)
            config_error(reader, item->place, "A name of 1 to %d bytes is wanted here.",
                         TYPE_NAME_BYTES);
}

static bool is_name(const struct config_node *node)
{
    return node->type == NODE_SCALAR && node->text.n > 0 && node->text.n <= TYPE_NAME_BYTES;
}

/* Names, and lists of names that are one. */
static void check_slots(struct config_reader *reader, struct config_node *node)
{
    if (node->type == NODE_LIST && !check_count(reader, node, node->count))
        return;
    bool list = node->type == NODE_LIST;
    for (struct config_node *item = list ? node->first : node; item;
         item = list ? item->next : NULL) {
        bool good = is_name(item);
        if (list && item->type == NODE_LIST) {
            good = item->count > 0;
            for (const struct config_node *one = item->first; one; one = one->next)
                good = good && is_name(one);
        }
        if (!good)
            config_error(reader, item->place,
                         "A name of 1 to %d bytes is wanted here, or a list of names for several "
                         "at once.",
                         TYPE_NAME_BYTES);
    }
}

/* One runbook may be written as a list of one. */
static bool take_single(struct config_reader *reader, struct config_node *node)
{
    if (node->row->type != TYPE_PATH || node->type != NODE_LIST)
        return true;
    if (node->count != 1 || node->first->type != NODE_SCALAR) {
        config_error(reader, node->place,
                     "Several runbooks are not possible yet; give the path of one file.");
        return false;
    }
    node->type = NODE_SCALAR;
    node->text = node->first->text;
    node->place = node->first->place;
    return true;
}

static void check_value(struct config_reader *reader, struct config_node *node)
{
    const struct config_key *row = node->row;
    if (row->type == TYPE_LATER) {
        config_error(reader, node->key_place, "%s: not yet; take \"%.*s\" out.", row->help,
                     STR_ARGS(node->key));
        return;
    }
    if (node->type == NODE_NOTHING) {
        config_error(reader, node->place, "\"%.*s\" has no value; it wants %s.",
                     STR_ARGS(str_slice(node->key, 0, WORD_BYTES_MAX)),
                     config_type_text(row->type));
        return;
    }
    if (row->type == TYPE_NAMES || (row->type == TYPE_ROTA && node->type != NODE_MAP)) {
        check_names(reader, node);
        return;
    }
    if (row->type == TYPE_SLOTS) {
        check_slots(reader, node);
        return;
    }
    if (!take_single(reader, node))
        return;
    enum config_node_type wanted = row->type == TYPE_MAP    ? NODE_MAP
                                   : row->type == TYPE_LIST ? NODE_LIST
                                   : row->type == TYPE_ROTA ? NODE_MAP
                                   : row->type == TYPE_ALERT && node->type == NODE_MAP
                                       ? NODE_MAP
                                       : NODE_SCALAR;
    if (node->type != wanted) {
        config_error(reader, node->place, "\"%.*s\" wants %s, not %s.",
                     STR_ARGS(str_slice(node->key, 0, WORD_BYTES_MAX)), config_type_text(row->type),
                     node->type == NODE_MAP    ? "keys with values"
                     : node->type == NODE_LIST ? "a list"
                                               : "a single text");
        return;
    }
    if (wanted == NODE_MAP && check_count(reader, node, node->count))
        check_map(reader, node, row->name);
    else if (row->type == TYPE_LIST)
        check_list(reader, node);
    else if (wanted != NODE_MAP)
        config_check_scalar(reader, node);
}

void config_check(struct config_reader *reader, struct config_node *root)
{
    if (root->type != NODE_MAP) {
        config_error(reader, root->place,
                     "A configuration is keys with values, like \"runbook: RUNBOOK.md\".");
        return;
    }
    check_map(reader, root, "");
}
