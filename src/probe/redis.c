/* redis.c - how a Redis server is: PING with its time, and INFO. Names as the Redis exporter's.
 *
 * Every wait has the probe's deadline. INFO and PING change nothing; nothing else is asked but AUTH
 * and SELECT, which concern this connection only. */
#include "os/clock.h"
#include "probe/probe.h"
#include "probe/resp.h"
#include "probe/samples.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct talk {
    struct probe *probe;
    struct resp_address address;
    int fd;
    char *received; /* RESP_BYTES_MAX + 1024 */
    size_t bytes;
};

enum { RECEIVED_BYTES = RESP_BYTES_MAX + 1024 };

static struct str place_of(const struct talk *talk)
{
    return str_printf(talk->probe->work->arena, "%.*s port %.*s", STR_ARGS(talk->address.host),
                      STR_ARGS(talk->address.port));
}

static bool wait_for(struct talk *talk, short events, const char *what)
{
    int64_t left_ms = probe_left_ms(talk->probe);
    struct pollfd waiting = {.fd = talk->fd, .events = events};
    if (left_ms > 0 && poll(&waiting, 1, (int)left_ms) > 0)
        return true;
    if (probe_left_ms(talk->probe) > 0)
        return wait_for(talk, events, what); /* a signal */
    struct str within = duration_text(talk->probe->work->arena, talk->probe->work->deadline_ms);
    probe_fail(talk->probe, "%.*s did not %s within %.*s; look at its load and its slow log",
               STR_ARGS(place_of(talk)), what, STR_ARGS(within));
    return false;
}

/* 0: connected; else what the system says. */
static int connect_to(struct talk *talk, const struct addrinfo *to)
{
    int error = 0;
    socklen_t size = sizeof error;
    talk->fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (talk->fd < 0)
        return errno;
    bool begun = connect(talk->fd, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS;
    if (begun && !wait_for(talk, POLLOUT, "take the connection"))
        error = ETIMEDOUT;
    else if (!begun || getsockopt(talk->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error == 0)
        return 0;
    (void)close(talk->fd);
    talk->fd = -1;
    return error;
}

static bool open_talk(struct talk *talk)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int error = 0;
    int no_name = getaddrinfo(talk->address.host.p, talk->address.port.p, &hints, &found);
    if (no_name != 0) {
        probe_fail(talk->probe, "the name %.*s cannot be resolved: %s; check its address, and DNS",
                   STR_ARGS(talk->address.host), gai_strerror(no_name));
        return false;
    }
    for (const struct addrinfo *to = found; to && talk->fd < 0; to = to->ai_next)
        error = connect_to(talk, to);
    freeaddrinfo(found);
    if (talk->fd < 0)
        probe_fail(talk->probe, "%.*s cannot be reached: %s; check that it runs, and its address",
                   STR_ARGS(place_of(talk)), strerrordesc_np(error));
    return talk->fd >= 0;
}

static bool send_all(struct talk *talk, struct str data)
{
    while (data.n > 0) {
        ssize_t put = send(talk->fd, data.p, data.n, MSG_NOSIGNAL);
        if (put > 0)
            data = str_from(data, (size_t)put);
        else if (errno == EAGAIN) {
            if (!wait_for(talk, POLLOUT, "take a question"))
                return false;
        } else if (errno != EINTR) {
            probe_fail(talk->probe, "%.*s broke the connection off: %s", STR_ARGS(place_of(talk)),
                       strerrordesc_np(errno));
            return false;
        }
    }
    return true;
}

static bool receive(struct talk *talk, struct resp_reply *out_reply)
{
    for (;;) {
        enum resp_state state = resp_read((struct str){talk->received, talk->bytes}, out_reply);
        if (state == RESP_WHOLE)
            return true;
        if (state == RESP_BAD || talk->bytes == RECEIVED_BYTES) {
            probe_fail(talk->probe, "it is no Redis that answers at %.*s; check its address",
                       STR_ARGS(place_of(talk)));
            return false;
        }
        if (!wait_for(talk, POLLIN, "answer"))
            return false;
        ssize_t got = recv(talk->fd, talk->received + talk->bytes, RECEIVED_BYTES - talk->bytes, 0);
        if (got > 0)
            talk->bytes += (size_t)got;
        else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
            probe_fail(talk->probe, "%.*s broke the connection off; look into its own log",
                       STR_ARGS(place_of(talk)));
            return false;
        }
    }
}

/* The reply's text is valid until the next question. */
static bool ask(struct talk *talk, const struct str *words, size_t count,
                struct resp_reply *out_reply)
{
    struct text text;
    text_init(&text, talk->probe->work->arena, 16 * 1024);
    resp_write(&text, words, count);
    talk->bytes = 0;
    if (!send_all(talk, text_str(&text)) || !receive(talk, out_reply))
        return false;
    if (!out_reply->is_error)
        return true;
    struct str said = work_clean(talk->probe->work->arena, out_reply->text);
    if (str_starts(said, "NOAUTH"))
        probe_fail(talk->probe, "%.*s wants a password; give it in its address",
                   STR_ARGS(place_of(talk)));
    else if (str_starts(said, "WRONGPASS") || str_starts(said, "ERR invalid password"))
        probe_fail(talk->probe, "%.*s does not take user and password of its address",
                   STR_ARGS(place_of(talk)));
    else
        probe_fail(talk->probe, "%.*s refuses %.*s: %.*s", STR_ARGS(place_of(talk)),
                   STR_ARGS(words[0]), STR_ARGS(said));
    return false;
}

static bool log_in(struct talk *talk)
{
    const struct resp_address *address = &talk->address;
    struct resp_reply reply;
    if (address->password.n > 0) {
        const struct str words[] = {STR("AUTH"), address->user, address->password};
        const struct str old[] = {STR("AUTH"), address->password}; /* before Redis 6 */
        bool named = address->user.n > 0;
        if (!ask(talk, named ? words : old, named ? 3 : 2, &reply))
            return false;
    }
    const struct str choose[] = {STR("SELECT"), address->number};
    return address->number.n == 0 || ask(talk, choose, 2, &reply);
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

static void look(struct talk *talk)
{
    struct probe *probe = talk->probe;
    const struct str ping[] = {STR("PING")};
    const struct str info[] = {STR("INFO")};
    struct resp_reply reply;
    if (!log_in(talk))
        return;
    int64_t from_us = clock_boot_us();
    if (!ask(talk, ping, 1, &reply))
        return;
    double took_s = (double)(clock_boot_us() - from_us) / 1e6;
    sample_add(&probe->samples, "reeve_redis_ping_seconds", took_s);
    if (!ask(talk, info, 1, &reply))
        return;
    struct str version = resp_info(reply.text, "redis_version");
    if (version.n == 0) {
        probe_fail(probe, "it is no Redis that answers at %.*s; check its address",
                   STR_ARGS(place_of(talk)));
        return;
    }
    add_numbers(&probe->samples, reply.text);
    add_keys(&probe->samples, reply.text);
    if (str_is(resp_info(reply.text, "rdb_last_bgsave_status"), "err"))
        probe->note = STR("its last snapshot to disk failed; look into its own log");
    probe->seen = str_printf(probe->work->arena, "Redis %.*s answers PING in %.1f ms",
                             STR_ARGS(work_clean(probe->work->arena, version)), took_s * 1000);
}

void probe_redis(struct probe *probe)
{
    struct talk talk = {.probe = probe, .fd = -1};
    struct err err = {0};
    if (!resp_read_address(probe->work->arena, json_get_str(probe->work->secrets, "url"),
                           &talk.address, &err)) {
        probe_refuse(probe, "its address cannot be used: %s", err.text);
        return;
    }
    talk.received = arena_alloc(probe->work->arena, RECEIVED_BYTES);
    if (open_talk(&talk))
        look(&talk);
    if (talk.fd >= 0)
        (void)close(talk.fd);
    sample_add(&probe->samples, "redis_up", probe->failure.n == 0 ? 1 : 0);
}
