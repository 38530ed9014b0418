/* config_force.c - what is in force, written by the core and read by a command beside it. */
#include "main/config_force.h"

#include "base/map.h"
#include "main/socket_client.h"
#include "os/file.h"

#include <stdlib.h>

enum { FILE_BYTES_MAX = 16 * 1024 * 1024 };

bool config_force_write(struct arena *arena, struct str path, const struct config *config,
                        struct err *err)
{
    struct text text;
    text_init(&text, arena, FILE_BYTES_MAX);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    for (size_t i = 0; i < config->value_count; i++)
        json_str(&w, config->values[i].path.p, config->values[i].text);
    json_close_object(&w);
    text_byte(&text, '\n');
    if (text_full(&text))
        return err_set(err, ERR_SELF, path.p, "The configuration is too long to be told.");
    return file_write(path, text_str(&text), 0600, err);
}

bool config_force_read(struct arena *arena, struct str path, struct str socket_path,
                       struct config_force *out_force)
{
    struct str text;
    struct json *root = NULL;
    struct err err = {0};
    if (!socket_client_is_there(socket_path) ||
        !file_read(arena, path, FILE_BYTES_MAX, &text, NULL) ||
        !json_parse(arena, text, &root, &err) || root->type != JSON_OBJECT)
        return false;
    out_force->count = 0;
    out_force->values = arena_array(arena, root->count + 1, sizeof *out_force->values);
    for (const struct json *one = root->first; one; one = one->next)
        if (one->type == JSON_STRING)
            out_force->values[out_force->count++] =
                (struct config_value){.path = one->key, .text = one->text};
    return true;
}

size_t config_force_compare(struct arena *arena, const struct config_force *force,
                            struct config *config)
{
    size_t differ = 0;
    struct map of_file;
    size_t said = config->value_count;
    struct config_value *values = arena_array(arena, said + force->count + 1, sizeof *values);
    map_init(&of_file, said + 1);
    for (size_t i = 0; i < said; i++) {
        values[i] = config->values[i];
        values[i].in_force = CONFIG_NOT_IN_FORCE;
        if (!map_put(&of_file, values[i].path, &values[i]))
            abort(); /* it has room for all */
    }
    config->values = values;
    for (size_t i = 0; i < force->count; i++) {
        struct config_value *value = map_find(&of_file, force->values[i].path);
        if (!value)
            value = &values[config->value_count++];
        if (value >= values + said)
            *value = (struct config_value){.path = force->values[i].path, .is_gone = true};
        value->in_force = !value->is_gone && str_equal(value->text, force->values[i].text)
                              ? CONFIG_IN_FORCE
                              : CONFIG_OTHER_IN_FORCE;
        value->forced = force->values[i].text;
    }
    map_done(&of_file);
    for (size_t i = 0; i < config->value_count; i++)
        differ += values[i].in_force != CONFIG_IN_FORCE;
    return differ;
}

void config_force_show(struct text *text, const struct config_force *force)
{
    for (size_t i = 0; i < force->count; i++)
        text_printf(text, "%.*s: %.*s\n", STR_ARGS(force->values[i].path),
                    STR_ARGS(force->values[i].text));
}
