/* manifest.h - what an export says of the database it was made of: JSON, the archive's first
 * member; and whether a database is the same.
 *
 * {"format":1,"reeve":"0.1.0","at":"2026-12-01T14:00:00.000000Z","database":"shop",
 *  "server_version":150014,"pg_dump":"15.14","snapshot":"…","encoding":"UTF8","collate":"C.UTF-8",
 *  "ctype":"C.UTF-8","roles":["app"],"large_objects":3,"large_objects_hash":"…","members":9,
 *  "bytes":12345,"uncovered":["…"],"tables":[{"schema":"public","name":"a","rows":3,"hash":"…"}]}
 * The hash of a table is sum(hashtextextended(row::text, 0)), exact: the order of rows is nothing
 * to it, a row that is there twice is.
 *
 * Promises: what is read has a name, a count and a hash for every table. Refuses: what has not. */
#ifndef DUMP_MANIFEST_H
#define DUMP_MANIFEST_H

#include "base/json.h"

enum { MANIFEST_BYTES_MAX = 64 * 1024 * 1024, MANIFEST_HASH_BYTES = 64 };

struct manifest_table {
    struct str schema, name;
    int64_t rows;
    struct str hash; /* decimal */
};

struct manifest {
    struct str at, database, pg_dump, snapshot, encoding, collate, ctype;
    int64_t server_version; /* 150014 */
    int64_t large_objects;
    struct str large_hash;
    int64_t members, bytes; /* of pg_dump's folder */
    struct str *roles;      /* that own something or were granted something */
    size_t role_count, role_capacity;
    struct str *uncovered; /* sentences: what the hashes say nothing of */
    size_t uncovered_count, uncovered_capacity;
    struct manifest_table *tables; /* by schema and name */
    size_t table_count, table_capacity;
};

struct str manifest_write(struct arena *arena, const struct manifest *manifest);
/* ERR_REFUSED: it is none, or one of a newer format. */
MUST_USE bool manifest_read(struct arena *arena, struct str text, struct manifest *out_manifest,
                            struct err *err);
/* The rows of all tables. */
int64_t manifest_rows(const struct manifest *manifest);
/* One sentence for each difference of now from then; both sorted. At most most of them are written
 * to w as texts, all are counted. */
size_t manifest_compare(const struct manifest *then, const struct manifest *now,
                        struct json_writer *w, size_t most);

#endif
