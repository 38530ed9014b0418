/* export.c - db:export: pg_dump in a snapshot that is held here, hashes in the same one, and all of
 * it packed into one file. */
#include "postgres/transfer.h"

#include "base/instant.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"
#include "os/tree.h"
#include "postgres/postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECONDS_BYTES = 19 }; /* "2026-12-01T14:00:00" */
enum { SERVER_MIN = 140000, MAJOR = 10000, NAMES_SHOWN = 3, LOCK_WAIT_MS = 60 * 1000 };

struct member {
    struct str path, name;
    int64_t bytes;
};

struct export
{
    struct transfer transfer;
    struct str file; /* that is made */
    struct manifest manifest;
    int64_t table_bytes;
    struct member *members;
    size_t member_count, member_capacity;
    struct dump_writer writer;
    struct str part; /* the archive before it is whole */
    int fd;
    bool encrypted;
};

static struct str folder_of(struct arena *arena, struct str file)
{
    size_t end = file.n;
    while (end > 0 && file.p[end - 1] != '/')
        end--;
    return end == 0 ? STR(".") : str_copy(arena, str_slice(file, 0, end > 1 ? end - 1 : end));
}

/* "shop-20261201T140000Z.reeve"; of the database's name what a file may be called. */
static struct str default_name(struct arena *arena, struct str database)
{
    char text[INSTANT_TEXT_BYTES];
    struct text name;
    text_init(&name, arena, 256);
    for (size_t i = 0; i < database.n && name.n < 63; i++)
        text_byte(&name,
                  byte_is_alnum(database.p[i]) || database.p[i] == '_' ? database.p[i] : '-');
    instant_write(clock_now(), text); /* "2026-12-01T14:00:00.000000Z" */
    text_byte(&name, '-');
    for (size_t i = 0; i < SECONDS_BYTES; i++)
        if (text[i] != '-' && text[i] != ':')
            text_byte(&name, text[i]);
    text_adds(&name, "Z.reeve");
    return text_str(&name);
}

/* One sentence for what the role may not read: else pg_dump says the first of it, in its words. */
static bool check_rights(struct export *export, const char *sql, const char *what,
                         const char *remedy)
{
    struct transfer *transfer = &export->transfer;
    RESULT_SCOPED result = transfer_ask(transfer, "the rights of the role", sql);
    if (!result)
        return false;
    int64_t count = 0;
    (void)!str_int(link_value(result, 0), &count);
    if (count == 0)
        return true;
    const char *user = PQuser(transfer->link.conn);
    struct str role = link_quoted(transfer->arena, str_of(user));
    return transfer_fail(
        transfer, ORDER_REFUSED,
        "User %s may not read %lld %s (%.*s), so the export would not be whole: "
        "%s %.*s;%s",
        user, (long long)count, what, STR_ARGS(link_value(result, 1)), remedy, STR_ARGS(role),
        str_starts(str_of(remedy), "ALTER") ? " or exclude it from the policies." : "");
}

#define FIRST_NAMES                                                                                \
    "SELECT count(*), array_to_string((array_agg(name ORDER BY name))[1:3], ', ') || CASE WHEN "   \
    "count(*) > 3 THEN ', …' ELSE '' END FROM ("
#define NOT_SYSTEM "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' "

static bool check_role(struct export *export)
{
    return check_rights(
               export,
               FIRST_NAMES
               "SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n "
               "ON n.oid = c.relnamespace WHERE " NOT_SYSTEM
               "AND c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND NOT "
               "(has_schema_privilege(n.oid, 'USAGE') AND CASE c.relkind WHEN 'S' THEN "
               "has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, "
               "'SELECT') END)) AS hidden",
               "tables and sequences", "GRANT pg_read_all_data TO") &&
           check_rights(export,
                        FIRST_NAMES
                        "SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN "
                        "pg_namespace n ON n.oid = c.relnamespace WHERE " NOT_SYSTEM
                        "AND c.relrowsecurity AND c.relkind IN ('r', 'p') AND (SELECT NOT "
                        "(rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user) "
                        "AND (c.relforcerowsecurity OR NOT pg_has_role(c.relowner, 'USAGE'))) AS "
                        "hidden",
                        "tables whole, which have row security", "ALTER ROLE … BYPASSRLS:") &&
           check_rights(
               export,
               FIRST_NAMES
               "SELECT oid::text AS name FROM pg_largeobject_metadata l WHERE (SELECT NOT rolsuper "
               "FROM pg_roles WHERE rolname = current_user) AND NOT pg_has_role(lomowner, "
               "'USAGE') AND NOT EXISTS (SELECT FROM aclexplode(lomacl) a WHERE a.privilege_type "
               "= 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))) AS hidden",
               "large objects", "GRANT SELECT ON LARGE OBJECT … TO");
}

static bool read_about(struct export *export)
{
    struct transfer *transfer = &export->transfer;
    struct manifest *manifest = &export->manifest;
    char text[INSTANT_TEXT_BYTES];
    RESULT_SCOPED about = transfer_ask(
        transfer, "the database",
        "SELECT datname, pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database "
        "WHERE datname = current_database()");
    if (!about)
        return false;
    manifest->database = str_copy(transfer->arena, link_value(about, 0));
    manifest->encoding = str_copy(transfer->arena, link_value(about, 1));
    manifest->collate = str_copy(transfer->arena, link_value(about, 2));
    manifest->ctype = str_copy(transfer->arena, link_value(about, 3));
    manifest->server_version = PQserverVersion(transfer->link.conn);
    instant_write(clock_now(), text);
    manifest->at = str_copy(transfer->arena, str_of(text));
    RESULT_SCOPED roles = transfer_ask(
        transfer, "the roles",
        "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND oid IN (SELECT refobjid FROM "
        "pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND dbid = (SELECT oid FROM "
        "pg_database WHERE datname = current_database())) ORDER BY 1");
    for (int i = 0; roles && i < PQntuples(roles); i++)
        LIST_PUSH(transfer->arena, manifest->roles, manifest->role_count, manifest->role_capacity) =
            str_copy(transfer->arena, str_of(PQgetvalue(roles, i, 0)));
    return roles != NULL;
}

/* From here on all is of one instant, as long as the connection lives. */
static bool take_snapshot(struct export *export)
{
    struct transfer *transfer = &export->transfer;
    if (!transfer_connect(transfer, NULL, NULL))
        return false;
    if (PQserverVersion(transfer->link.conn) < SERVER_MIN)
        return transfer_fail(transfer, ORDER_REFUSED,
                             "The server has PostgreSQL %d; db:export needs 14 or newer.",
                             PQserverVersion(transfer->link.conn) / MAJOR);
    if (!transfer_do(transfer, "the snapshot", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        return false;
    RESULT_SCOPED snapshot = transfer_ask(transfer, "the snapshot", "SELECT pg_export_snapshot()");
    if (!snapshot)
        return false;
    export->manifest.snapshot = str_copy(transfer->arena, link_value(snapshot, 0));
    return true;
}

static bool start_dump(struct export *export)
{
    struct transfer *transfer = &export->transfer;
    struct arena *arena = transfer->arena;
    struct str program =
        transfer_program(transfer, "pg_dump", PQserverVersion(transfer->link.conn) / MAJOR);
    if (!transfer_version(transfer, program, &export->manifest.pg_dump))
        return false;
    struct str jobs = str_printf(arena, "-j%lld", (long long)transfer->jobs);
    struct str snapshot = str_printf(arena, "--snapshot=%s", export->manifest.snapshot.p);
    struct str wait = str_printf(arena, "--lock-wait-timeout=%d", LOCK_WAIT_MS);
    struct str data = str_printf(arena, "%.*s/data", STR_ARGS(transfer->folder));
    const char *words[] = {program.p,       "-Fd",      "-Z0",  "--no-sync",
                           "--no-password", jobs.p,     wait.p, "-f",
                           data.p,          snapshot.p, NULL};
    transfer_step(transfer, "dump", export->table_bytes);
    transfer->watched = data.p;
    return transfer_start(transfer, "pg_dump", words);
}

static bool any(struct str name, bool is_folder)
{
    (void)name;
    (void)is_folder;
    return true;
}

static bool add_member(void *context, struct str path)
{
    struct export *export = context;
    struct stat status;
    size_t at = path.n;
    while (at > 0 && path.p[at - 1] != '/')
        at--;
    struct str name = str_from(path, at);
    if (!dump_name_good(name) || stat(path.p, &status) != 0)
        return transfer_fail(&export->transfer, ORDER_FAILED,
                             "pg_dump made a file that cannot be packed: %.*s.", STR_ARGS(name));
    struct arena *arena = export->transfer.arena;
    LIST_PUSH(arena, export->members, export->member_count, export->member_capacity) =
        (struct member){str_copy(arena, path), str_copy(arena, name), status.st_size};
    export->manifest.bytes += status.st_size;
    return true;
}

static void passed_over(void *context, struct str path, const char *sentence)
{
    struct export *export = context;
    (void)transfer_fail(&export->transfer, ORDER_FAILED, "%.*s: %s", STR_ARGS(path), sentence);
}

static bool put(void *context, struct str bytes)
{
    struct export *export = context;
    if (fd_write(export->fd, bytes))
        return true;
    return transfer_fail(&export->transfer, ORDER_FAILED,
                         "The archive cannot be written at byte %llu: %s.",
                         (unsigned long long)export->writer.file_bytes, strerrordesc_np(errno));
}

static bool pack_member(struct export *export, const struct member *member, char *room)
{
    struct transfer *transfer = &export->transfer;
    int64_t left = member->bytes;
    int fd = open(member->path.p, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && dump_write_member(&export->writer, member->name, (uint64_t)left);
    while (good && left > 0) {
        size_t n = 0;
        size_t want = left < DUMP_RAW_BYTES ? (size_t)left : DUMP_RAW_BYTES;
        good = fd_fill(fd, room, want, &n) && n == want &&
               dump_write_data(&export->writer, (struct str){room, n});
        left -= (int64_t)n;
        transfer->done += (int64_t)n;
        transfer_tick(transfer);
        good = good && !*transfer->stop;
    }
    if (fd >= 0)
        (void)close(fd);
    (void)unlink(member->path.p); /* its bytes are needed once */
    if (*transfer->stop)
        return transfer_fail(transfer, ORDER_FAILED, "It was stopped while it packed.");
    return good || transfer_fail(transfer, ORDER_FAILED, "What pg_dump wrote cannot be read: %.*s.",
                                 STR_ARGS(member->name));
}

static bool begin_archive(struct export *export)
{
    struct transfer *transfer = &export->transfer;
    struct dump_key key = {.on = false};
    unsigned char salt[DUMP_SALT_BYTES];
    unsigned char stream[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    struct str secret = json_get_str(transfer->work->secrets, "export_key");
    struct err err = {0};
    random_bytes(salt, sizeof salt);
    random_bytes(stream, sizeof stream);
    export->encrypted = secret.n > 0;
    if (export->encrypted && !dump_key_make(secret, salt, &key, &err))
        return transfer_fail(transfer, ORDER_REFUSED, "%s: %s", err.place, err.text);
    export->part = str_printf(transfer->arena, "%.*s/archive", STR_ARGS(transfer->folder));
    export->fd = open(export->part.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good =
        export->fd >= 0 || transfer_fail(transfer, ORDER_FAILED, "%s cannot be written: %s.",
                                         export->part.p, strerrordesc_np(errno));
    export->writer = (struct dump_writer){.put = put, .context = export};
    good = good && dump_writer_begin(&export->writer, transfer->arena, &key, salt, stream);
    dump_key_wipe(&key);
    return good;
}

static bool pack_manifest(struct export *export)
{
    struct str text = manifest_write(export->transfer.arena, &export->manifest);
    if (!dump_write_member(&export->writer, STR(DUMP_MANIFEST), text.n))
        return false;
    for (size_t at = 0; at < text.n; at += DUMP_RAW_BYTES)
        if (!dump_write_data(&export->writer, str_slice(text, at, at + DUMP_RAW_BYTES)))
            return false;
    return true;
}

/* Whole and on disk under its name, or not there. */
static bool publish(struct export *export)
{
    struct transfer *transfer = &export->transfer;
    struct str beside = folder_of(transfer->arena, export->file);
    bool good = fsync(export->fd) == 0;
    int reason = errno;
    if (close(export->fd) != 0 && good) {
        good = false;
        reason = errno;
    }
    export->fd = -1;
    /* Unlike a rename it never takes the place of another file. */
    if (good && link(export->part.p, export->file.p) != 0) {
        good = false;
        reason = errno;
    }
    int folder = open(beside.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        (void)fsync(folder);
        (void)close(folder);
    }
    return good || transfer_fail(transfer, ORDER_FAILED, "The archive cannot be kept as %.*s: %s.",
                                 STR_ARGS(export->file), strerrordesc_np(reason));
}

static bool pack(struct export *export)
{
    struct transfer *transfer = &export->transfer;
    struct tree_visitor visitor = {export, any, add_member, passed_over};
    struct str data = str_printf(transfer->arena, "%.*s/data", STR_ARGS(transfer->folder));
    char *room = arena_alloc(transfer->arena, DUMP_RAW_BYTES);
    if (!tree_walk(data, &visitor) || transfer->failed)
        return false;
    export->manifest.members = (int64_t) export->member_count;
    transfer_step(transfer, "pack", export->manifest.bytes);
    if (!begin_archive(export) || !pack_manifest(export))
        return false;
    for (size_t i = 0; i < export->member_count; i++)
        if (!pack_member(export, &export->members[i], room))
            return false;
    return dump_write_end(&export->writer) && publish(export);
}

static bool perform(struct export *export)
{
    struct transfer *transfer = &export->transfer;
    struct arena *arena = transfer->arena;
    if (!take_snapshot(export) || !read_about(export) || !check_role(export) ||
        !measure_list(transfer, &export->manifest, &export->table_bytes))
        return false;
    export->file = str_copy(arena, json_get_str(transfer->work->body, "file"));
    if (export->file.n == 0)
        export->file = default_name(arena, export->manifest.database);
    struct stat status;
    if (lstat(export->file.p, &status) == 0)
        return transfer_fail(transfer, ORDER_REFUSED,
                             "%.*s is there already; name another file with --to.",
                             STR_ARGS(export->file));
    return transfer_make_folder(transfer, folder_of(arena, export->file)) && start_dump(export) &&
           measure_tables(transfer, &export->manifest) && transfer_wait(transfer) && pack(export);
}

static struct str write_output(const struct export *export, int64_t ms)
{
    const struct manifest *manifest = &export->manifest;
    struct arena *arena = export->transfer.arena;
    struct text text;
    text_init(&text, arena, ORDER_OUTPUT_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "file", export->file);
    json_int(&w, "bytes", (int64_t) export->writer.file_bytes);
    json_int(&w, "dump_bytes", manifest->bytes);
    json_str(&w, "place", address_place(arena, &export->transfer.address));
    json_str(&w, "database", manifest->database);
    json_str(&w, "at", manifest->at);
    json_str(&w, "snapshot", manifest->snapshot);
    json_str(&w, "pg_dump", manifest->pg_dump);
    json_int(&w, "tables", (int64_t)manifest->table_count);
    json_int(&w, "rows", manifest_rows(manifest));
    json_int(&w, "large_objects", manifest->large_objects);
    json_bool(&w, "encrypted", export->encrypted);
    json_int(&w, "ms", ms);
    json_open_array(&w, "uncovered");
    for (size_t i = 0; i < manifest->uncovered_count; i++)
        json_str(&w, NULL, manifest->uncovered[i]);
    json_close_array(&w);
    json_close_object(&w);
    return text_str(&text);
}

void postgres_export_perform(const struct work *work, struct order_result *out_result)
{
    struct export export = {.fd = -1};
    int64_t begun_ms = clock_boot_ms();
    bool good = transfer_begin(&export.transfer, work, "reeve db:export") && perform(&export);
    if (export.fd >= 0)
        (void)close(export.fd);
    transfer_end(&export.transfer);
    *out_result =
        good ? (struct order_result){.outcome = ORDER_DONE,
                                     .detail = STR("Done."),
                                     .output = write_output(&export, clock_boot_ms() - begun_ms)}
             : transfer_result(&export.transfer);
}
