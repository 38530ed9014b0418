/* manifest.c - what an export says of itself. */
#include "dump/manifest.h"

#include "dump/dump.h"

static void write_list(struct json_writer *w, const char *key, const struct str *items,
                       size_t count)
{
    json_open_array(w, key);
    for (size_t i = 0; i < count; i++)
        json_str(w, NULL, items[i]);
    json_close_array(w);
}

struct str manifest_write(struct arena *arena, const struct manifest *manifest)
{
    struct text text;
    text_init(&text, arena, MANIFEST_BYTES_MAX);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_int(&w, "format", DUMP_FORMAT);
    json_str(&w, "reeve", STR(REEVE_VERSION));
    json_str(&w, "at", manifest->at);
    json_str(&w, "database", manifest->database);
    json_int(&w, "server_version", manifest->server_version);
    json_str(&w, "pg_dump", manifest->pg_dump);
    json_str(&w, "snapshot", manifest->snapshot);
    json_str(&w, "encoding", manifest->encoding);
    json_str(&w, "collate", manifest->collate);
    json_str(&w, "ctype", manifest->ctype);
    write_list(&w, "roles", manifest->roles, manifest->role_count);
    json_int(&w, "large_objects", manifest->large_objects);
    json_str(&w, "large_objects_hash", manifest->large_hash);
    json_int(&w, "members", manifest->members);
    json_int(&w, "bytes", manifest->bytes);
    write_list(&w, "uncovered", manifest->uncovered, manifest->uncovered_count);
    json_open_array(&w, "tables");
    for (size_t i = 0; i < manifest->table_count; i++) {
        const struct manifest_table *table = &manifest->tables[i];
        json_open_object(&w, NULL);
        json_str(&w, "schema", table->schema);
        json_str(&w, "name", table->name);
        json_int(&w, "rows", table->rows);
        json_str(&w, "hash", table->hash);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    return text_str(&text);
}

static bool is_hash(struct str hash)
{
    size_t at = hash.n > 0 && hash.p[0] == '-';
    if (hash.n == at || hash.n > MANIFEST_HASH_BYTES)
        return false;
    for (; at < hash.n; at++)
        if (!byte_is_digit(hash.p[at]))
            return false;
    return true;
}

static bool fail(struct err *err, const char *what)
{
    return err_set(err, ERR_REFUSED, DUMP_MANIFEST, "The manifest of the archive %s.", what);
}

static bool read_tables(struct arena *arena, const struct json *root, struct manifest *manifest)
{
    const struct json *list = json_get(root, "tables");
    if (!list || list->type != JSON_ARRAY)
        return false;
    for (const struct json *item = list->first; item; item = item->next) {
        struct manifest_table table = {.schema = json_get_str(item, "schema"),
                                       .name = json_get_str(item, "name"),
                                       .hash = json_get_str(item, "hash")};
        if (table.schema.n == 0 || table.name.n == 0 || !is_hash(table.hash) ||
            !json_get_int(item, "rows", &table.rows) || table.rows < 0)
            return false;
        LIST_PUSH(arena, manifest->tables, manifest->table_count, manifest->table_capacity) = table;
    }
    return true;
}

static bool read_texts(struct arena *arena, const struct json *root, struct manifest *manifest)
{
    const struct json *roles = json_get(root, "roles");
    const struct json *uncovered = json_get(root, "uncovered");
    if (!roles || roles->type != JSON_ARRAY || !uncovered || uncovered->type != JSON_ARRAY)
        return false;
    for (const struct json *item = roles->first; item; item = item->next) {
        if (item->type != JSON_STRING)
            return false;
        LIST_PUSH(arena, manifest->roles, manifest->role_count, manifest->role_capacity) =
            item->text;
    }
    for (const struct json *item = uncovered->first; item; item = item->next) {
        if (item->type != JSON_STRING)
            return false;
        LIST_PUSH(arena, manifest->uncovered, manifest->uncovered_count,
                  manifest->uncovered_capacity) = item->text;
    }
    return true;
}

bool manifest_read(struct arena *arena, struct str text, struct manifest *out_manifest,
                   struct err *err)
{
    struct json *root = NULL;
    struct err why = {0};
    int64_t format = 0;
    if (!json_parse(arena, text, &root, &why) || root->type != JSON_OBJECT)
        return fail(err, "is no JSON object");
    if (!json_get_int(root, "format", &format) || format != DUMP_FORMAT)
        return fail(err, "is of a format that this Reeve does not read");
    struct manifest manifest = {.at = json_get_str(root, "at"),
                                .database = json_get_str(root, "database"),
                                .pg_dump = json_get_str(root, "pg_dump"),
                                .snapshot = json_get_str(root, "snapshot"),
                                .encoding = json_get_str(root, "encoding"),
                                .collate = json_get_str(root, "collate"),
                                .ctype = json_get_str(root, "ctype"),
                                .large_hash = json_get_str(root, "large_objects_hash")};
    if (!json_get_int(root, "server_version", &manifest.server_version) ||
        !json_get_int(root, "large_objects", &manifest.large_objects) ||
        !json_get_int(root, "members", &manifest.members) ||
        !json_get_int(root, "bytes", &manifest.bytes) || manifest.database.n == 0 ||
        !is_hash(manifest.large_hash) || manifest.members < 1)
        return fail(err, "does not say of what it is");
    if (!read_tables(arena, root, &manifest) || !read_texts(arena, root, &manifest))
        return fail(err, "does not say what is in it");
    *out_manifest = manifest;
    return true;
}

int64_t manifest_rows(const struct manifest *manifest)
{
    int64_t rows = 0;
    for (size_t i = 0; i < manifest->table_count; i++)
        rows += manifest->tables[i].rows;
    return rows;
}

static int compare_tables(const struct manifest_table *a, const struct manifest_table *b)
{
    int by_schema = str_compare(a->schema, b->schema);
    return by_schema != 0 ? by_schema : str_compare(a->name, b->name);
}

/* a: in the archive, or NULL; b: in the database, or NULL. "" when they are equal. */
static struct str difference(struct arena *arena, const struct manifest_table *a,
                             const struct manifest_table *b)
{
    if (!a)
        return !b ? STR("")
                  : str_printf(arena, "%.*s.%.*s is there, and not in the archive.",
                               STR_ARGS(b->schema), STR_ARGS(b->name));
    struct str name = str_printf(arena, "%.*s.%.*s", STR_ARGS(a->schema), STR_ARGS(a->name));
    if (!b)
        return str_printf(arena, "%.*s is not there.", STR_ARGS(name));
    if (a->rows != b->rows)
        return str_printf(arena, "%.*s has %lld rows, and %lld in the archive.", STR_ARGS(name),
                          (long long)b->rows, (long long)a->rows);
    if (!str_equal(a->hash, b->hash))
        return str_printf(arena, "%.*s has the same number of rows, %lld, and other content.",
                          STR_ARGS(name), (long long)a->rows);
    return STR("");
}

size_t manifest_compare(const struct manifest *then, const struct manifest *now,
                        struct json_writer *w, size_t most)
{
    struct arena *arena = w->text->arena;
    size_t count = 0;
    size_t i = 0;
    size_t j = 0;
    while (i < then->table_count || j < now->table_count) {
        int order = i == then->table_count  ? 1
                    : j == now->table_count ? -1
                                            : compare_tables(&then->tables[i], &now->tables[j]);
        struct str said = difference(arena, order <= 0 ? &then->tables[i] : NULL,
                                     order >= 0 ? &now->tables[j] : NULL);
        i += order <= 0;
        j += order >= 0;
        if (said.n > 0 && count++ < most)
            json_str(w, NULL, said);
    }
    if ((then->large_objects != now->large_objects ||
         !str_equal(then->large_hash, now->large_hash)) &&
        count++ < most)
        json_str(w, NULL,
                 str_printf(arena, "The large objects differ: %lld, and %lld in the archive.",
                            (long long)now->large_objects, (long long)then->large_objects));
    return count;
}
