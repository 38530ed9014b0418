/* import.c - db:import and db:verify: the whole archive is proved before the database is touched,
 * and the database afterwards. */
#include "postgres/transfer.h"

#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"
#include "postgres/postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAJOR = 10000, DIFFERENCES_SHOWN = 100, NAME_BYTES = 63 };

struct import {
    struct transfer transfer;
    struct str file;
    int fd;
    int64_t file_bytes;
    struct dump_reader reader;
    struct manifest manifest, now;
    int member_fd; /* -1: the present member goes nowhere */
    int64_t members;
    struct str target;  /* the database that was asked for */
    struct str into;    /* that is restored into: the same, or a new one beside it */
    struct str program; /* pg_restore */
    struct str kept;    /* what the replaced one is called now, or "" */
    bool verify, made;  /* only prove the archive; the database was made here */
    size_t differences;
    struct str difference_list;
};

static bool take(void *context, char *to, size_t room, size_t *out_bytes)
{
    struct import *import = context;
    bool good = fd_fill(import->fd, to, room, out_bytes);
    import->transfer.done += (int64_t)*out_bytes;
    transfer_tick(&import->transfer);
    return good;
}

static bool fail_by(struct import *import, const struct err *err)
{
    return transfer_fail(&import->transfer, err->kind == ERR_OUTSIDE ? ORDER_FAILED : ORDER_REFUSED,
                         "%s: %s", err->place, err->text);
}

static bool open_archive(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    struct stat status;
    struct err err = {0};
    struct str secret = json_get_str(transfer->work->secrets, "export_key");
    const struct json *plain = json_get(transfer->work->body, "plain");
    import->fd = open(import->file.p, O_RDONLY | O_CLOEXEC);
    if (import->fd < 0 || fstat(import->fd, &status) != 0 || !S_ISREG(status.st_mode))
        return transfer_fail(transfer, ORDER_REFUSED, "%.*s cannot be read: %s.",
                             STR_ARGS(import->file),
                             import->fd < 0 ? strerrordesc_np(errno) : "it is no file");
    import->file_bytes = status.st_size;
    transfer_step(transfer, "verify", status.st_size);
    import->reader = (struct dump_reader){.name = import->file.p, .take = take, .context = import};
    if (!dump_reader_begin(&import->reader, transfer->arena, &err))
        return fail_by(import, &err);
    if (!dump_reader_is_encrypted(&import->reader) && secret.n > 0 &&
        !(plain && plain->type == JSON_TRUE))
        return transfer_fail(transfer, ORDER_REFUSED,
                             "%.*s is not encrypted, though services.database.export_key is set: "
                             "anybody could have made it. Say --plain to take it all the same.",
                             STR_ARGS(import->file));
    return dump_reader_unlock(&import->reader, secret, &err) || fail_by(import, &err);
}

/* The first member, whole in memory. */
static bool read_manifest(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    struct text text;
    struct err err = {0};
    enum dump_event event = DUMP_END;
    if (!dump_next(&import->reader, &event, &err))
        return fail_by(import, &err);
    if (import->reader.size > MANIFEST_BYTES_MAX)
        return transfer_fail(transfer, ORDER_REFUSED, "%.*s: Its manifest is too long.",
                             STR_ARGS(import->file));
    text_init(&text, transfer->arena, MANIFEST_BYTES_MAX);
    while (import->reader.left > 0) {
        if (!dump_next(&import->reader, &event, &err))
            return fail_by(import, &err);
        text_add(&text, import->reader.data);
    }
    return manifest_read(transfer->arena, text_str(&text), &import->manifest, &err) ||
           fail_by(import, &err);
}

static bool close_member(struct import *import)
{
    bool good = import->member_fd < 0 || close(import->member_fd) == 0;
    import->member_fd = -1;
    return good || transfer_fail(&import->transfer, ORDER_FAILED,
                                 "What is unpacked cannot be written: %s.", strerrordesc_np(errno));
}

static bool begin_member(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    import->members++;
    if (!close_member(import))
        return false;
    if (import->verify)
        return true;
    struct str path = str_printf(transfer->arena, "%.*s/data/%s", STR_ARGS(transfer->folder),
                                 import->reader.member);
    import->member_fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return import->member_fd >= 0 ||
           transfer_fail(transfer, ORDER_FAILED, "%s cannot be unpacked: %s.",
                         import->reader.member, strerrordesc_np(errno));
}

/* To its end; what was unpacked is believed only behind it. */
static bool unpack(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    struct err err = {0};
    enum dump_event event = DUMP_MEMBER;
    while (event != DUMP_END) {
        if (*transfer->stop)
            return transfer_fail(transfer, ORDER_FAILED, "It was stopped; nothing was imported.");
        if (!dump_next(&import->reader, &event, &err))
            return fail_by(import, &err);
        if (event == DUMP_MEMBER && !begin_member(import))
            return false;
        if (event == DUMP_DATA && import->member_fd >= 0 &&
            !fd_write(import->member_fd, import->reader.data))
            return transfer_fail(transfer, ORDER_FAILED, "%s cannot be unpacked: %s.",
                                 import->reader.member, strerrordesc_np(errno));
    }
    if (!close_member(import))
        return false;
    return import->members == import->manifest.members ||
           transfer_fail(transfer, ORDER_REFUSED,
                         "%.*s: The archive has %lld members, and its manifest says %lld.",
                         STR_ARGS(import->file), (long long)import->members,
                         (long long)import->manifest.members);
}

/* *out_held: what is in it, "" when nothing is. */
static bool look_inside(struct import *import, struct str *out_held)
{
    RESULT_SCOPED result = transfer_ask(
        &import->transfer, "whether the database is empty",
        "WITH own AS (SELECT 'tables, views and sequences' AS what, count(*) AS n FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname !~ '^pg_' AND nspname <> "
        "'information_schema' AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = "
        "'pg_class'::regclass AND objid = c.oid AND deptype IN ('e', 'i')) UNION ALL "
        "SELECT 'functions', count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace "
        "WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND NOT EXISTS (SELECT FROM "
        "pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype IN ('e', "
        "'i')) UNION ALL SELECT 'types', count(*) FROM pg_type t JOIN pg_namespace n ON n.oid = "
        "typnamespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND NOT EXISTS "
        "(SELECT FROM pg_depend WHERE classid = 'pg_type'::regclass AND objid = t.oid AND deptype "
        "IN ('e', 'i')) UNION ALL SELECT 'schemas', count(*) FROM pg_namespace n WHERE nspname !~ "
        "'^pg_' AND nspname NOT IN ('public', 'information_schema') AND NOT EXISTS (SELECT FROM "
        "pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = n.oid AND deptype = 'e') "
        "UNION ALL SELECT 'large objects', count(*) FROM pg_largeobject_metadata) "
        "SELECT coalesce(string_agg(n || ' ' || what, ', '), '') FROM own WHERE n > 0");
    if (!result)
        return false;
    *out_held = str_copy(import->transfer.arena, link_value(result, 0));
    return true;
}

/* Roles belong to the server, not to a database, and are not in the archive. */
static bool check_roles(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    const struct json *no_owner = json_get(transfer->work->body, "no_owner");
    struct text absent;
    size_t count = 0;
    if (no_owner && no_owner->type == JSON_TRUE)
        return true;
    text_init(&absent, transfer->arena, 512);
    for (size_t i = 0; i < import->manifest.role_count; i++) {
        const char *values[] = {str_copy(transfer->arena, import->manifest.roles[i]).p};
        RESULT_SCOPED result = link_ask(
            &transfer->link, "SELECT count(*) FROM pg_roles WHERE rolname = $1", values, 1);
        if (!link_is_ok(result))
            return transfer_fail_by(transfer, "the roles", result);
        if (!str_is(link_value(result, 0), "0"))
            continue;
        text_printf(&absent, "%s%.*s", count > 0 ? ", " : "", STR_ARGS(import->manifest.roles[i]));
        count++;
    }
    return count == 0 ||
           transfer_fail(transfer, ORDER_REFUSED,
                         "The server does not have %s that the archive names: %.*s. CREATE ROLE "
                         "makes %s; with --no-owner all belongs to the user of the import.",
                         count == 1 ? "a role" : "roles", STR_ARGS(text_str(&absent)),
                         count == 1 ? "it" : "them");
}

static bool create(struct import *import, const char *owner)
{
    struct transfer *transfer = &import->transfer;
    struct arena *arena = transfer->arena;
    struct manifest *manifest = &import->manifest;
    struct str name = link_quoted(arena, import->into);
    struct str sql = str_printf(
        arena, "CREATE DATABASE %s TEMPLATE template0 ENCODING %s LC_COLLATE %s LC_CTYPE %s%s%s",
        name.p, link_quoted(arena, manifest->encoding).p, link_quoted(arena, manifest->collate).p,
        link_quoted(arena, manifest->ctype).p, owner ? " OWNER " : "",
        owner ? link_quoted(arena, str_of(owner)).p : "");
    /* Its end is waited for also when this is stopped: else nobody knows whether it is there. */
    transfer->link.tick = NULL;
    import->made = transfer_do(transfer, "making the database", sql.p);
    return import->made;
}

/* The server's own database, from which others are made and renamed. */
static bool connect_beside(struct import *import)
{
    return transfer_connect(&import->transfer, "postgres", NULL);
}

static bool refuse_held(struct import *import, struct str held)
{
    return transfer_fail(
        &import->transfer, ORDER_REFUSED,
        "Database %.*s is not empty (%.*s), and nothing was changed: name an empty or a new one "
        "with --into NAME; or say --overwrite %.*s, which imports into a new one, proves it, lets "
        "it take its place, and keeps the old one under another name.",
        STR_ARGS(import->target), STR_ARGS(held), STR_ARGS(import->target));
}

/* What the database is, before anything is unpacked. *out_make: it is to be made. */
static bool look_at_target(struct import *import, bool *out_make)
{
    struct transfer *transfer = &import->transfer;
    struct str overwrite = json_get_str(transfer->work->body, "overwrite");
    struct str held = STR("");
    bool absent = false;
    struct str into = json_get_str(transfer->work->body, "into");
    const char *database = into.n > 0 ? str_copy(transfer->arena, into).p : NULL;
    if (!transfer_connect(transfer, database, &absent))
        return false;
    struct str known =
        transfer->address.database.n > 0 ? transfer->address.database : transfer->address.user;
    import->target =
        str_copy(transfer->arena, database              ? into
                                  : transfer->link.conn ? str_of(PQdb(transfer->link.conn))
                                                        : known);
    import->into = import->target;
    *out_make = absent;
    if (overwrite.n > 0 && !str_equal(overwrite, import->target))
        return transfer_fail(transfer, ORDER_REFUSED,
                             "--overwrite names %.*s, and the import would go into %.*s.",
                             STR_ARGS(overwrite), STR_ARGS(import->target));
    if (absent)
        return connect_beside(import) && check_roles(import);
    if (!look_inside(import, &held) || !check_roles(import))
        return false;
    if (held.n == 0)
        return true;
    if (overwrite.n == 0)
        return refuse_held(import, held);
    *out_make = true;
    import->into = str_printf(transfer->arena, "%.*s_import_%.*s",
                              STR_ARGS(str_cut(import->target, NAME_BYTES - 16)),
                              STR_ARGS(random_id(transfer->arena, 4)));
    return true;
}

static bool prepare_target(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    struct str owner = STR("");
    if (!str_equal(import->into, import->target)) {
        RESULT_SCOPED result =
            transfer_ask(transfer, "the owner of the database",
                         "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = "
                         "current_database()");
        if (!result)
            return false;
        owner = str_copy(transfer->arena, link_value(result, 0));
    }
    return connect_beside(import) && create(import, owner.n > 0 ? owner.p : NULL) &&
           transfer_connect(transfer, import->into.p, NULL);
}

/* A pg_restore older than the pg_dump does not read what that wrote. */
static bool find_program(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    struct str wrote = import->manifest.pg_dump;
    struct str version;
    int64_t wrote_major = 0;
    int64_t major = 0;
    int64_t here = PQserverVersion(transfer->link.conn) / MAJOR;
    (void)!str_int(str_slice(wrote, 0, str_find_byte(wrote, '.', 0)), &wrote_major);
    import->program =
        transfer_program(transfer, "pg_restore", here > wrote_major ? here : wrote_major);
    if (!transfer_version(transfer, import->program, &version))
        return false;
    (void)!str_int(str_slice(version, 0, str_find_byte(version, '.', 0)), &major);
    return major >= wrote_major ||
           transfer_fail(transfer, ORDER_REFUSED,
                         "The archive was written by pg_dump %.*s, which pg_restore %.*s does not "
                         "read; install postgresql-client-%lld.",
                         STR_ARGS(wrote), STR_ARGS(version), (long long)wrote_major);
}

static bool restore(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    struct arena *arena = transfer->arena;
    const struct json *no_owner = json_get(transfer->work->body, "no_owner");
    struct str jobs = str_printf(arena, "-j%lld", (long long)transfer->jobs);
    struct str data = str_printf(arena, "%.*s/data", STR_ARGS(transfer->folder));
    const char *words[TRANSFER_WORDS_MAX] = {import->program.p, "-Fd", "--exit-on-error",
                                             "--no-password", jobs.p};
    size_t n = 5;
    if (no_owner && no_owner->type == JSON_TRUE) {
        words[n++] = "--no-owner";
        words[n++] = "--no-privileges";
    }
    words[n] = data.p;
    transfer_step(transfer, "restore", 0);
    return transfer_start(transfer, "pg_restore", words) && transfer_wait(transfer);
}

/* In one snapshot, as the archive was. */
static bool compare(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    int64_t bytes = 0;
    struct text text;
    text_init(&text, transfer->arena, ORDER_OUTPUT_BYTES / 2);
    struct json_writer w = {.text = &text};
    transfer_step(transfer, "compare", 0);
    if (!transfer_do(transfer, "the comparison",
                     "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY") ||
        !measure_list(transfer, &import->now, &bytes) || !measure_tables(transfer, &import->now) ||
        !transfer_do(transfer, "the comparison", "COMMIT"))
        return false;
    json_open_array(&w, NULL);
    import->differences = manifest_compare(&import->manifest, &import->now, &w, DIFFERENCES_SHOWN);
    json_close_array(&w);
    import->difference_list = text_str(&text);
    return transfer_do(transfer, "ANALYZE", "ANALYZE");
}

/* The one that was proved takes the place of the old one, which is kept. */
static bool take_place(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    struct arena *arena = transfer->arena;
    struct str kept =
        str_printf(arena, "%.*s_before_%.*s", STR_ARGS(str_cut(import->target, NAME_BYTES - 16)),
                   STR_ARGS(random_id(arena, 4)));
    struct str target = link_quoted(arena, import->target);
    struct str away =
        str_printf(arena, "ALTER DATABASE %s RENAME TO %s", target.p, link_quoted(arena, kept).p);
    struct str here = str_printf(arena, "ALTER DATABASE %s RENAME TO %s",
                                 link_quoted(arena, import->into).p, target.p);
    if (!connect_beside(import))
        return false;
    import->made = false; /* it is whole and stays, whatever comes */
    RESULT_SCOPED first = link_ask(&transfer->link, away.p, NULL, 0);
    RESULT_SCOPED second = link_is_ok(first) ? link_ask(&transfer->link, here.p, NULL, 0) : NULL;
    const PGresult *bad = link_is_ok(first) ? second : first;
    if (!link_is_ok(bad))
        return transfer_fail(
            transfer, ORDER_FAILED,
            "The import is proved and stands in database %.*s, but cannot take the place of %.*s "
            "(%s): end the sessions there, then run %s%s%s.",
            STR_ARGS(import->into), STR_ARGS(import->target),
            bad ? PQresultErrorField(bad, PG_DIAG_MESSAGE_PRIMARY) : "the connection was lost",
            link_is_ok(first) ? "" : away.p, link_is_ok(first) ? "" : "; ", here.p);
    import->kept = kept;
    return true;
}

/* A database that was made here and is not whole is of no use to anybody. */
static void drop_made(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    struct transfer beside = *transfer;
    const volatile sig_atomic_t never = 0;
    beside.link.conn = NULL;
    beside.stop = &never; /* it is done also when it was stopped, or pg_restore failed */
    beside.child_ended = false;
    transfer_end_question(&transfer->link);
    link_close(&transfer->link);
    if (transfer_connect(&beside, "postgres", NULL))
        (void)!transfer_do(&beside, "clearing away",
                           str_printf(transfer->arena, "DROP DATABASE %s WITH (FORCE)",
                                      link_quoted(transfer->arena, import->into).p)
                               .p);
    link_close(&beside.link);
}

static bool into_database(struct import *import)
{
    struct transfer *transfer = &import->transfer;
    bool make = false;
    struct str beside = json_get_str(transfer->work->body, "scratch");
    if (!look_at_target(import, &make) || !find_program(import) ||
        !transfer_make_folder(transfer, beside.n > 0 ? beside : STR(".")))
        return false;
    if (mkdir(str_printf(transfer->arena, "%.*s/data", STR_ARGS(transfer->folder)).p, 0700) != 0)
        return transfer_fail(transfer, ORDER_FAILED, "No folder can be made: %s.",
                             strerrordesc_np(errno));
    if (!unpack(import))
        return false;
    if ((make && !prepare_target(import)) || !restore(import) || !compare(import)) {
        if (import->made)
            drop_made(import);
        if (make)
            return false;
        struct str why = transfer->sentence;
        transfer->failed = false;
        return transfer_fail(transfer, ORDER_FAILED,
                             "%.*s Database %.*s, which was empty, now has a part of it; drop it.",
                             STR_ARGS(why), STR_ARGS(import->into));
    }
    return import->differences > 0 || str_equal(import->into, import->target) || take_place(import);
}

static struct str write_output(const struct import *import, int64_t ms)
{
    const struct manifest *manifest = &import->manifest;
    struct text text;
    text_init(&text, import->transfer.arena, ORDER_OUTPUT_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "file", import->file);
    json_int(&w, "bytes", import->file_bytes);
    json_bool(&w, "encrypted", dump_reader_is_encrypted(&import->reader));
    json_str(&w, "of", manifest->database);
    json_str(&w, "at", manifest->at);
    json_int(&w, "server_version", manifest->server_version);
    json_int(&w, "tables", (int64_t)manifest->table_count);
    json_int(&w, "rows", manifest_rows(manifest));
    json_int(&w, "large_objects", manifest->large_objects);
    json_int(&w, "ms", ms);
    if (!import->verify) {
        bool placed = import->differences == 0;
        json_str(&w, "database", placed ? import->target : import->into);
        json_bool(&w, "equal", placed);
        json_int(&w, "difference_count", (int64_t)import->differences);
        if (import->kept.n > 0)
            json_str(&w, "kept", import->kept);
        text_adds(&text, ",\"differences\":");
        text_add(&text, import->difference_list);
    }
    json_open_array(&w, "uncovered");
    for (size_t i = 0; i < manifest->uncovered_count; i++)
        json_str(&w, NULL, manifest->uncovered[i]);
    json_close_array(&w);
    json_close_object(&w);
    return text_str(&text);
}

void postgres_import_perform(const struct work *work, struct order_result *out_result)
{
    struct import import = {.fd = -1, .member_fd = -1, .kept = STR("")};
    const struct json *verify = json_get(work->body, "verify");
    int64_t begun_ms = clock_boot_ms();
    import.verify = verify && verify->type == JSON_TRUE;
    import.file = str_copy(work->arena, json_get_str(work->body, "file"));
    bool good = transfer_begin(&import.transfer, work,
                               import.verify ? "reeve db:verify" : "reeve db:import") &&
                open_archive(&import) && read_manifest(&import) &&
                (import.verify ? unpack(&import) : into_database(&import));
    if (import.fd >= 0)
        (void)close(import.fd);
    if (import.member_fd >= 0)
        (void)close(import.member_fd);
    transfer_end(&import.transfer);
    *out_result =
        good ? (struct order_result){.outcome = ORDER_DONE,
                                     .detail = STR("Done."),
                                     .output = write_output(&import, clock_boot_ms() - begun_ms)}
             : transfer_result(&import.transfer);
}
