/* ping.c - does the database answer, directly and by the pooler, and how. */
#include "postgres/connect.h"
#include "postgres/postgres.h"

#include "os/clock.h"

#include <math.h>
#include <unistd.h>

enum { ASK_MS = 5 * 1000, CONSOLE_MS = 3 * 1000 };

struct ping {
    const struct work *work;
    struct json_writer *w;
    const char *name; /* "direct", "pooler" */
    struct address address;
    struct str sentence; /* of the first that does not answer */
};

static double rounded(double ms)
{
    return floor(ms * 100 + 0.5) / 100;
}

/* Chain and name, chain, or nothing: as libpq decides it. */
static const char *verified_of(const struct address *address)
{
    struct str mode = address_option(address, "sslmode");
    struct str root = address_option(address, "sslrootcert");
    if (str_is(mode, "verify-full"))
        return "full";
    bool chain = str_is(mode, "verify-ca") || (root.n > 0 && access(root.p, R_OK) == 0);
    return chain ? "chain" : "no";
}

static void write_tls(struct ping *ping, const struct link *link)
{
    int64_t bits = 0;
    if (!PQsslInUse(link->conn)) {
        json_null(ping->w, "tls");
        json_str(ping->w, "verified", STR("no"));
        return;
    }
    json_open_object(ping->w, "tls");
    json_str(ping->w, "version", str_of(PQsslAttribute(link->conn, "protocol")));
    json_str(ping->w, "cipher", str_of(PQsslAttribute(link->conn, "cipher")));
    if (str_int(str_of(PQsslAttribute(link->conn, "key_bits")), &bits))
        json_int(ping->w, "bits", bits);
    json_close_object(ping->w);
    json_str(ping->w, "verified", str_of(verified_of(&ping->address)));
}

/* pgBouncer's own console. Ordinary users are not let in: that says nothing. */
static struct str ask_console(struct ping *ping)
{
    struct arena *arena = ping->work->arena;
    LINK_SCOPED console = {.conn = NULL};
    int64_t until_us = clock_boot_us() + (int64_t)CONSOLE_MS * 1000;
    if (!link_open(&console, arena, &ping->address, "pgbouncer", until_us))
        return STR("");
    RESULT_SCOPED result = link_tell(&console, "SHOW VERSION");
    struct str version = link_value(result, 0);
    return str_starts_nocase(version, "pgbouncer") ? work_clean(arena, version) : STR("");
}

/* What stands between: the process that greeted is not the one that answers. */
static struct str pooler_of(struct ping *ping, const struct link *link, struct str server_pid)
{
    int64_t pid = 0;
    bool between = str_int(server_pid, &pid) && pid != PQbackendPID(link->conn);
    struct str version = STR("");
    if (strcmp(ping->name, "pooler") == 0)
        version = ask_console(ping);
    if (version.n > 0)
        return version;
    if (!between)
        return STR("no");
    return str_ends(ping->address.host, ".pooler.supabase.com") ? STR("Supabase pooler")
                                                                : STR("unknown");
}

static void write_notes(struct ping *ping, const struct link *link, struct str pooler)
{
    bool by_pooler = strcmp(ping->name, "pooler") == 0;
    json_open_array(ping->w, "notes");
    if (by_pooler && str_is(pooler, "unknown"))
        json_str(ping->w, NULL,
                 STR("A pooler stands between; which one it does not tell this user "
                     "(SHOW VERSION is refused)."));
    if (by_pooler && str_is(pooler, "no"))
        json_str(ping->w, NULL,
                 STR("No pooler answers here: this address leads to the server itself."));
    if (!by_pooler && !str_is(pooler, "no"))
        json_str(ping->w, NULL,
                 STR("A pooler stands between: services.database.url should lead to the server "
                     "itself, and services.database.pooler to the pooler."));
    if (link->ignored.n > 0)
        json_str(ping->w, NULL,
                 str_printf(ping->work->arena,
                            "Options of the address that PostgreSQL does not know are left out: "
                            "%.*s.",
                            STR_ARGS(link->ignored)));
    json_close_array(ping->w);
}

static void write_failure(struct ping *ping, const struct failure *failure)
{
    json_bool(ping->w, "ok", false);
    failure_write(ping->w, failure);
    if (ping->sentence.n == 0)
        ping->sentence = failure->sentence;
}

static void write_answer(struct ping *ping, const struct link *link, double query_ms,
                         const PGresult *facts)
{
    struct json_writer *w = ping->w;
    struct str pooler = pooler_of(ping, link, link_value(facts, 4));
    json_bool(w, "ok", true);
    json_real(w, "connect_ms", rounded(link->connect_ms));
    json_real(w, "query_ms", rounded(query_ms));
    json_str(w, "address", str_of(PQhostaddr(link->conn)));
    write_tls(ping, link);
    json_str(w, "server_version", link_value(facts, 0));
    json_bool(w, "standby", str_is(link_value(facts, 1), "t"));
    json_str(w, "user", link_value(facts, 2));
    json_str(w, "database", link_value(facts, 3));
    json_str(w, "pooler", pooler);
    write_notes(ping, link, pooler);
}

static void ping_one(struct ping *ping)
{
    struct arena *arena = ping->work->arena;
    LINK_SCOPED link = {.conn = NULL};
    int64_t from_us = clock_boot_us();
    json_open_object(ping->w, NULL);
    json_str(ping->w, "name", str_of(ping->name));
    json_str(ping->w, "place", address_place(arena, &ping->address));
    if (link_open(&link, arena, &ping->address, NULL,
                  from_us + (int64_t)POSTGRES_CONNECT_MS * 1000)) {
        link.until_us = clock_boot_us() + (int64_t)ASK_MS * 1000;
        int64_t asked_us = clock_boot_us();
        RESULT_SCOPED one = link_ask(&link, "SELECT 1", NULL, 0);
        double query_ms = (double)(clock_boot_us() - asked_us) / 1000;
        RESULT_SCOPED facts = link_ask(&link,
                                       "SELECT current_setting('server_version'), "
                                       "pg_is_in_recovery(), current_user, current_database(), "
                                       "pg_backend_pid()",
                                       NULL, 0);
        if (str_is(link_value(one, 0), "1") && link_value(facts, 0).n > 0) {
            write_answer(ping, &link, query_ms, facts);
            json_close_object(ping->w);
            return;
        }
        link.failure =
            failure_read(arena, &ping->address, str_of(PQerrorMessage(link.conn)), link.timed_out);
    }
    json_str(ping->w, "database", ping->address.database);
    json_str(ping->w, "user", ping->address.user);
    write_failure(ping, &link.failure);
    json_close_object(ping->w);
}

void postgres_ping_perform(const struct work *work, struct order_result *out_result)
{
    static const struct {
        const char *name, *field, *key;
    } links[] = {{"direct", "url", "services.database.url"},
                 {"pooler", "pooler", "services.database.pooler"}};
    struct text text;
    text_init(&text, work->arena, ORDER_OUTPUT_BYTES);
    struct json_writer w = {.text = &text};
    struct ping ping = {.work = work, .w = &w};
    struct err err = {0};
    json_open_object(&w, NULL);
    json_open_array(&w, "links");
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct str url = json_get_str(work->secrets, links[i].field);
        if (url.n == 0 && i > 0)
            continue;
        ping.name = links[i].name;
        if (!address_read(work->arena, links[i].key, url, &ping.address, &err)) {
            *out_result = work_result(work->arena, ORDER_REFUSED, "%s: %s", err.place, err.text);
            return;
        }
        ping_one(&ping);
    }
    json_close_array(&w);
    json_close_object(&w);
    bool good = ping.sentence.n == 0;
    *out_result = (struct order_result){.outcome = good ? ORDER_DONE : ORDER_FAILED,
                                        .detail = good ? STR("It answers.") : ping.sentence,
                                        .output = text_str(&text)};
}
