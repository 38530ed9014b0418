/* fuzz_json.c - any bytes are read as JSON; what is read can be written and read again. */
#include "fuzz.h"

#include "base/json.h"

#include <stdlib.h>

enum { OUTPUT_BYTES_MAX = 1 << 22 };

static void write_value(struct json_writer *writer, const struct json *value, bool in_object)
{
    const char *key = in_object ? str_copy(writer->text->arena, value->key).p : NULL;
    if (value->type == JSON_OBJECT || value->type == JSON_ARRAY) {
        bool object = value->type == JSON_OBJECT;
        if (object)
            json_open_object(writer, key);
        else
            json_open_array(writer, key);
        for (const struct json *child = value->first; child; child = child->next)
            write_value(writer, child, object);
        if (object)
            json_close_object(writer);
        else
            json_close_array(writer);
    } else if (value->type == JSON_STRING) {
        json_str(writer, key, value->text);
    } else if (value->type == JSON_NUMBER) {
        json_real(writer, key, value->number);
    } else if (value->type == JSON_NULL) {
        json_null(writer, key);
    } else {
        json_bool(writer, key, value->type == JSON_TRUE);
    }
}

/* A key with a NUL in it cannot be given to the writer, whose keys are C strings. */
static bool has_nul_key(const struct json *value)
{
    for (const struct json *child = value->first; child; child = child->next)
        if ((child->key.n && str_find_byte(child->key, '\0', 0) < child->key.n) ||
            has_nul_key(child))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct err err = {0};
    struct json *root = NULL;
    arena_init(&arena);
    if (!json_parse(&arena, (struct str){(const char *)data, size}, &root, &err)) {
        if (err.text[0] == '\0')
            abort();
    } else if (!has_nul_key(root)) {
        struct text text;
        struct json *again = NULL;
        text_init(&text, &arena, OUTPUT_BYTES_MAX);
        struct json_writer writer = {.text = &text};
        write_value(&writer, root, false);
        if (!text_full(&text) && !json_parse(&arena, text_str(&text), &again, &err))
            abort();
    }
    arena_done(&arena);
    return 0;
}
