/* backup_server.c - what a server says of its archiving, each part for itself: a part that is not
 * allowed leaves the others. */
#include "postgres/backup.h"

#include "os/clock.h"
#include "postgres/postgres.h"

enum { ASK_MS = 10 * 1000, SEGMENT_BYTES_USUAL = 16 * 1024 * 1024 };

static struct instant instant_at(const PGresult *result, int at)
{
    int64_t us = 0;
    return (struct instant){str_int(link_value(result, at), &us) ? us : 0};
}

static struct str copied(struct arena *arena, const PGresult *result, int at)
{
    return str_copy(arena, link_value(result, at));
}

static bool is_answer(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
}

static void ask_archiver(struct link *link, struct backup_server *server)
{
    RESULT_SCOPED result = link_ask(
        link,
        "SELECT last_archived_wal, (extract(epoch FROM last_archived_time) * 1000000)::bigint, "
        "last_failed_wal, (extract(epoch FROM last_failed_time) * 1000000)::bigint "
        "FROM pg_catalog.pg_stat_archiver",
        NULL, 0);
    server->last_archived = copied(link->arena, result, 0);
    server->archived_at = instant_at(result, 1);
    server->last_failed = copied(link->arena, result, 2);
    server->failed_at = instant_at(result, 3);
}

/* From the end of the segment that was archived last; a history or a label is archived, too, and
 * is no segment. */
static void ask_unarchived(struct link *link, struct backup_server *server)
{
    struct wal_segment last;
    int64_t at = 0;
    RESULT_SCOPED result = link_ask(
        link, "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::bigint",
        NULL, 0);
    if (!is_answer(result) || !str_int(link_value(result, 0), &at) ||
        !wal_parse(str_slice(server->last_archived, 0, 24), server->segment_bytes, &last))
        return;
    int64_t end = (int64_t)(last.number + 1) * server->segment_bytes;
    server->unarchived_bytes = at > end ? at - end : 0;
}

static void ask_rest(struct link *link, struct backup_server *server)
{
    int64_t waiting = 0;
    RESULT_SCOPED identity = link_ask(
        link, "SELECT system_identifier::text FROM pg_catalog.pg_control_system()", NULL, 0);
    if (is_answer(identity))
        server->system_id = copied(link->arena, identity, 0);
    RESULT_SCOPED ready = link_ask(
        link, "SELECT count(*) FROM pg_catalog.pg_ls_archive_statusdir() WHERE name LIKE '%.ready'",
        NULL, 0);
    if (is_answer(ready) && str_int(link_value(ready, 0), &waiting))
        server->waiting = waiting;
}

void backup_ask_server(struct arena *arena, struct str url, struct backup_server *out_server)
{
    struct backup_server *server = out_server;
    struct address address;
    struct err err = {0};
    *server = (struct backup_server){
        .unarchived_bytes = -1, .waiting = -1, .segment_bytes = SEGMENT_BYTES_USUAL};
    if (url.n == 0) {
        server->problem = STR("services.database.url is not given.");
        return;
    }
    if (!address_read(arena, "services.database.url", url, &address, &err)) {
        server->problem = str_printf(arena, "%s: %s", err.place, err.text);
        return;
    }
    LINK_SCOPED link = {.conn = NULL};
    if (!link_open(&link, arena, &address, NULL,
                   clock_boot_us() + (int64_t)POSTGRES_CONNECT_MS * 1000)) {
        server->problem = link.failure.sentence;
        return;
    }
    link.until_us = clock_boot_us() + (int64_t)ASK_MS * 1000;
    RESULT_SCOPED settings = link_ask(
        &link,
        "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('archive_mode'), "
        "(SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'wal_segment_size')",
        NULL, 0);
    if (!is_answer(settings)) {
        server->problem =
            failure_read(arena, &address, str_of(PQerrorMessage(link.conn)), link.timed_out)
                .sentence;
        return;
    }
    server->standby = str_is(link_value(settings, 0), "t");
    server->archiving = !str_is(link_value(settings, 1), "off");
    int64_t segment_bytes = 0;
    if (str_int(link_value(settings, 2), &segment_bytes) && segment_bytes > 0)
        server->segment_bytes = segment_bytes;
    ask_archiver(&link, server);
    if (!server->standby)
        ask_unarchived(&link, server);
    ask_rest(&link, server);
}
