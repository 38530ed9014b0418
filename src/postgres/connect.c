/* connect.c - one connection to a server, with a deadline for each wait.
 *
 * libpq's own waits know whole seconds and no end of a query: so it is asked in its non-blocking
 * form, and waited for here. */
#include "postgres/connect.h"

#include "os/clock.h"

#include <poll.h>

enum { PARAMETERS_MAX = ADDRESS_OPTIONS_MAX + 16, MS_MAX = 3600 * 1000 };

static void drop_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

struct parameters {
    const char *names[PARAMETERS_MAX + 1];
    const char *values[PARAMETERS_MAX + 1];
    size_t count;
};

static void add(struct parameters *parameters, const char *name, struct str value)
{
    if (value.n == 0 || parameters->count == PARAMETERS_MAX)
        return;
    parameters->names[parameters->count] = name;
    parameters->values[parameters->count++] = value.p;
}

static const char *known_option(const PQconninfoOption *known, struct str name)
{
    for (; known && known->keyword; known++)
        if (str_is(name, known->keyword))
            return known->keyword;
    return NULL;
}

/* Reeve's own come last: of two with one name, libpq takes the later one. */
static void make_parameters(struct link *link, const PQconninfoOption *known, const char *database,
                            struct parameters *parameters)
{
    const struct address *address = link->address;
    struct text ignored;
    text_init(&ignored, link->arena, 1024);
    add(parameters, "application_name", STR("reeve"));
    for (size_t i = 0; i < address->option_count; i++) {
        const char *name = known_option(known, address->options[i].name);
        if (name)
            add(parameters, name, address->options[i].value);
        else
            text_printf(&ignored, "%s%.*s", ignored.n > 0 ? ", " : "",
                        STR_ARGS(str_cut(address->options[i].name, 40)));
    }
    add(parameters, "host", address->host);
    add(parameters, "port", address->port);
    add(parameters, "user", address->user);
    add(parameters, "password", address->password);
    add(parameters, "dbname", database ? str_of(database) : address->database);
    add(parameters, "client_encoding", STR("UTF8"));
    link->ignored = text_str(&ignored);
}

/* False when the time is over. */
static bool wait_for(struct link *link, short events)
{
    int64_t left_ms = (link->until_us - clock_boot_us()) / 1000;
    struct pollfd waiting = {.fd = PQsocket(link->conn), .events = events};
    if (left_ms > MS_MAX)
        left_ms = MS_MAX;
    if (link->tick && left_ms > LINK_TICK_MS)
        left_ms = LINK_TICK_MS;
    if (left_ms <= 0) {
        link->timed_out = true;
        return false;
    }
    (void)poll(&waiting, 1, (int)left_ms); /* interrupted or not: whoever asks looks again */
    if (link->tick)
        link->tick(link->tick_context);
    return true;
}

static bool connect_by(struct link *link)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    if (PQstatus(link->conn) == CONNECTION_BAD)
        return false;
    while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
        if (!wait_for(link, state == PGRES_POLLING_READING ? POLLIN : POLLOUT))
            return false;
        struct pollfd ready = {.fd = PQsocket(link->conn),
                               .events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        if (poll(&ready, 1, 0) == 0)
            continue; /* only the time went by */
        state = PQconnectPoll(link->conn);
    }
    return state == PGRES_POLLING_OK;
}

bool link_open(struct link *link, struct arena *arena, const struct address *address,
               const char *database, int64_t until_us)
{
    struct parameters parameters = {.count = 0};
    int64_t from_us = clock_boot_us();
    *link = (struct link){.arena = arena, .address = address, .until_us = until_us};
    PQconninfoOption *known = PQconndefaults();
    make_parameters(link, known, database, &parameters);
    PGconn *conn = PQconnectStartParams(parameters.names, parameters.values, 0);
    PQconninfoFree(known);
    link->conn = conn;
    if (conn) {
        (void)PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
        (void)PQsetNoticeReceiver(conn, drop_notice, NULL);
    }
    if (conn && connect_by(link)) {
        link->connect_ms = (double)(clock_boot_us() - from_us) / 1000;
        return true;
    }
    struct str said = conn ? str_of(PQerrorMessage(conn)) : STR("There is no memory for it.");
    link->failure = failure_read(arena, address, said, link->timed_out);
    link_close(link);
    return false;
}

void link_close(struct link *link)
{
    PQfinish(link->conn);
    link->conn = NULL;
}

PGresult *link_next(struct link *link)
{
    while (PQisBusy(link->conn)) {
        if (!wait_for(link, POLLIN) || !PQconsumeInput(link->conn))
            return NULL;
    }
    return PQgetResult(link->conn);
}

PGresult *link_last(struct link *link)
{
    PGresult *last = NULL;
    PGresult *next;
    while ((next = link_next(link))) {
        PQclear(last);
        last = next;
        if (PQresultStatus(next) == PGRES_COPY_OUT || PQresultStatus(next) == PGRES_COPY_IN)
            break; /* nothing here asks for it, and it would never end */
    }
    if (!link->timed_out && PQstatus(link->conn) == CONNECTION_OK)
        return last;
    PQclear(last);
    return NULL;
}

PGresult *link_ask(struct link *link, const char *sql, const char *const *values, int count)
{
    if (!PQsendQueryParams(link->conn, sql, count, NULL, values, NULL, NULL, 0))
        return NULL;
    return link_last(link);
}

PGresult *link_tell(struct link *link, const char *sql)
{
    return PQsendQuery(link->conn, sql) ? link_last(link) : NULL;
}

bool link_is_ok(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

bool link_do(struct link *link, const char *sql)
{
    RESULT_SCOPED result = link_ask(link, sql, NULL, 0);
    return link_is_ok(result);
}

struct str link_value(const PGresult *result, int at)
{
    if (!result || PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) < 1 ||
        at >= PQnfields(result) || PQgetisnull(result, 0, at))
        return STR("");
    return (struct str){PQgetvalue(result, 0, at), (size_t)PQgetlength(result, 0, at)};
}

struct str link_quoted(struct arena *arena, struct str name)
{
    struct text text;
    text_init(&text, arena, 2 * name.n + 3);
    text_byte(&text, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"')
            text_byte(&text, '"');
        text_byte(&text, name.p[i]);
    }
    text_byte(&text, '"');
    return text_str(&text);
}
