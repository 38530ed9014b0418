/* redis.c - how a Redis server is: PING with its time, and INFO. Names as the Redis exporter's.
 *
 * Every wait has the probe's deadline. INFO and PING change nothing; nothing else is asked but AUTH
 * and SELECT, which concern this connection only. */
#include "os/clock.h"
#include "probe/chain.h"
#include "probe/probe.h"
#include "probe/resp.h"
#include "probe/samples.h"
#include "probe/talk.h"

enum { RECEIVED_BYTES = RESP_BYTES_MAX + 1024 };

struct received {
    char *bytes; /* RECEIVED_BYTES */
    size_t count;
};

struct look {
    struct talk talk;
    struct resp_address address;
    struct received received;
};

static bool receive(struct talk *talk, struct received *received, struct resp_reply *out_reply)
{
    for (;;) {
        size_t count = 0;
        struct str read = {received->bytes, received->count};
        enum resp_state state = resp_read(read, out_reply);
        if (state == RESP_WHOLE)
            return true;
        if (str_starts(read, "\x15\x03")) { /* an alert of TLS */
            probe_fail(talk->probe, "%.*s speaks TLS only; write rediss:// in its address",
                       STR_ARGS(talk_place(talk)));
            return false;
        }
        if (state == RESP_BAD || received->count == RECEIVED_BYTES) {
            probe_fail(talk->probe, "it is no Redis that answers at %.*s; check its address",
                       STR_ARGS(talk_place(talk)));
            return false;
        }
        if (!talk_receive(talk, received->bytes + received->count, RECEIVED_BYTES - received->count,
                          &count))
            return false;
        received->count += count;
    }
}

/* The reply's text is valid until the next question. */
static bool ask(struct look *look, const struct str *words, size_t count,
                struct resp_reply *out_reply)
{
    struct talk *talk = &look->talk;
    struct text text;
    text_init(&text, talk->probe->work->arena, 16 * 1024);
    resp_write(&text, words, count);
    look->received.count = 0;
    if (!talk_send(talk, text_str(&text)) || !receive(talk, &look->received, out_reply))
        return false;
    if (!out_reply->is_error)
        return true;
    struct str said = work_clean(talk->probe->work->arena, out_reply->text);
    if (str_starts(said, "NOAUTH"))
        probe_fail(talk->probe, "%.*s wants a password; give it in its address",
                   STR_ARGS(talk_place(talk)));
    else if (str_starts(said, "WRONGPASS") || str_starts(said, "ERR invalid password"))
        probe_fail(talk->probe, "%.*s does not take user and password of its address",
                   STR_ARGS(talk_place(talk)));
    else
        probe_fail(talk->probe, "%.*s refuses %.*s: %.*s", STR_ARGS(talk_place(talk)),
                   STR_ARGS(words[0]), STR_ARGS(said));
    return false;
}

static bool log_in(struct look *look)
{
    const struct resp_address *address = &look->address;
    struct resp_reply reply;
    if (address->password.n > 0) {
        const struct str words[] = {STR("AUTH"), address->user, address->password};
        const struct str old[] = {STR("AUTH"), address->password}; /* before Redis 6 */
        bool named = address->user.n > 0;
        if (!ask(look, named ? words : old, named ? 3 : 2, &reply))
            return false;
    }
    const struct str choose[] = {STR("SELECT"), address->number};
    return address->number.n == 0 || ask(look, choose, 2, &reply);
}

static void add_numbers(struct text *samples, struct str info)
{
    static const char *const rows[][2] = {
        {"uptime_in_seconds", "redis_uptime_in_seconds"},
        {"connected_clients", "redis_connected_clients"},
        {"blocked_clients", "redis_blocked_clients"},
        {"maxclients", "redis_config_maxclients"},
        {"used_memory", "redis_memory_used_bytes"},
        {"used_memory_rss", "redis_memory_used_rss_bytes"},
        {"maxmemory", "redis_memory_max_bytes"},
        {"mem_fragmentation_ratio", "redis_mem_fragmentation_ratio"},
        {"total_connections_received", "redis_connections_received_total"},
        {"rejected_connections", "redis_rejected_connections_total"},
        {"total_commands_processed", "redis_commands_processed_total"},
        {"expired_keys", "redis_expired_keys_total"},
        {"evicted_keys", "redis_evicted_keys_total"},
        {"keyspace_hits", "redis_keyspace_hits_total"},
        {"keyspace_misses", "redis_keyspace_misses_total"},
        {"connected_slaves", "redis_connected_slaves"},
        {"master_last_io_seconds_ago", "redis_master_last_io_seconds_ago"},
        {"rdb_changes_since_last_save", "redis_rdb_changes_since_last_save"},
        {"rdb_last_save_time", "redis_rdb_last_save_timestamp_seconds"},
        {"loading", "redis_loading_dump_file"}};
    static const char *const states[][3] = {
        {"rdb_last_bgsave_status", "redis_rdb_last_bgsave_status", "ok"},
        {"aof_last_write_status", "redis_aof_last_write_status", "ok"},
        {"master_link_status", "redis_master_link_up", "up"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double value = 0;
        if (str_real(resp_info(info, rows[i][0]), &value))
            sample_add(samples, rows[i][1], value);
    }
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        struct str value = resp_info(info, states[i][0]);
        if (value.n > 0)
            sample_add(samples, states[i][1], str_is(value, states[i][2]) ? 1 : 0);
    }
}

/* "db0:keys=12,expires=3,avg_ttl=0" */
static void add_keys(struct text *samples, struct str info)
{
    struct str line;
    while (str_split(&info, '\n', &line)) {
        size_t colon = str_find_byte(line, ':', 0);
        struct str name = str_slice(line, 0, colon);
        struct str rest = str_from(line, colon + 1);
        struct str part;
        double value = 0;
        if (!str_starts(name, "db") || !str_starts(rest, "keys="))
            continue;
        const struct sample_label labels[SAMPLE_LABELS_MAX] = {{"db", name}};
        if (str_split(&rest, ',', &part) && str_real(str_from(part, 5), &value))
            sample_add_of(samples, "redis_db_keys", labels, value);
        if (str_split(&rest, ',', &part) && str_starts(part, "expires=") &&
            str_real(str_from(part, 8), &value))
            sample_add_of(samples, "redis_db_keys_expiring", labels, value);
    }
}

static void look_at(struct look *look)
{
    struct probe *probe = look->talk.probe;
    const struct str ping[] = {STR("PING")};
    const struct str info[] = {STR("INFO")};
    struct resp_reply reply;
    if (!log_in(look))
        return;
    int64_t from_us = clock_boot_us();
    if (!ask(look, ping, 1, &reply))
        return;
    double took_s = (double)(clock_boot_us() - from_us) / 1e6;
    sample_add(&probe->samples, "reeve_redis_ping_seconds", took_s);
    if (!ask(look, info, 1, &reply))
        return;
    struct str version = resp_info(reply.text, "redis_version");
    if (version.n == 0) {
        probe_fail(probe, "it is no Redis that answers at %.*s; check its address",
                   STR_ARGS(talk_place(&look->talk)));
        return;
    }
    add_numbers(&probe->samples, reply.text);
    add_keys(&probe->samples, reply.text);
    if (str_is(resp_info(reply.text, "rdb_last_bgsave_status"), "err"))
        probe->note = STR("its last snapshot to disk failed; look into its own log");
    probe->seen = str_printf(probe->work->arena, "Redis %.*s answers PING in %.1f ms",
                             STR_ARGS(work_clean(probe->work->arena, version)), took_s * 1000);
}

/* Where to, and how. False: refused. */
static bool read_order(struct look *look, struct talk_tls *tls)
{
    struct probe *probe = look->talk.probe;
    struct arena *arena = probe->work->arena;
    struct err err = {0};
    if (!resp_read_address(arena, json_get_str(probe->work->secrets, "url"), &look->address,
                           &err)) {
        probe_refuse(probe, "its address cannot be used: %s", err.text);
        return false;
    }
    look->talk.host = look->address.host;
    look->talk.port = look->address.port;
    tls->ca = str_copy(arena, json_get_str(probe->work->body, "ca"));
    tls->certificate = str_copy(arena, json_get_str(probe->work->body, "certificate"));
    tls->key = str_copy(arena, json_get_str(probe->work->secrets, "key"));
    if (look->address.tls || tls->ca.n + tls->certificate.n == 0)
        return true;
    probe_refuse(probe, "ca: and certificate: are of TLS, and its address begins with redis://; "
                        "write rediss:// there");
    return false;
}

void probe_redis(struct probe *probe)
{
    struct look look = {.talk = {.probe = probe, .fd = -1}};
    struct talk_tls tls;
    if (!read_order(&look, &tls))
        return;
    look.received.bytes = arena_alloc(probe->work->arena, RECEIVED_BYTES);
    if (talk_open(&look.talk, look.address.tls ? &tls : NULL))
        look_at(&look);
    talk_close(&look.talk);
    chain_add(probe, look.talk.dates.ends_s);
    sample_add(&probe->samples, "redis_up", probe->failure.n == 0 ? 1 : 0);
}
