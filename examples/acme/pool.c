/* pool.c - a small pool of PostgreSQL connections on the event loop, by asynchronous libpq.
 *
 * A link is made by PQconnectPoll, then swings between idle and busy. An idle link stays watched
 * for reading, so that a server that goes away is noticed before the next question. */
#include "pool.h"

#include "web.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_IDLE, LINK_BUSY };
enum { TICK_MS = 100, RETRY_TICKS = 5 };

struct link {
    struct pool *pool;
    PGconn *connection;
    struct event *event;
    enum link_state state;
    bool leaked;  /* inside the fault's open transaction */
    bool private; /* busy with BEGIN or ROLLBACK of the fault */
    int rest_ticks;
    PGresult *result; /* the first answer, or the first refusal, of the running question */
    struct question question;
};

struct waiter {
    struct question question;
    int64_t until_us;
};

struct pool {
    struct arena memory;
    struct event_base *base;
    struct event *tick;
    char conninfo[512];
    int size;
    int leak_wanted;
    struct link links[POOL_MOST];
    struct waiter line[POOL_LINE]; /* a ring */
    int line_first;
    int line_count;
    bool closing;
};

static void serve_line(struct pool *pool);
static void on_link(evutil_socket_t fd, short what, void *arg);

static void watch(struct link *link, short what)
{
    if (link->event)
        event_free(link->event);
    link->event = event_new(link->pool->base, PQsocket(link->connection), what, on_link, link);
    if (!link->event || event_add(link->event, NULL) != 0)
        abort();
}

static void drop(struct link *link, const char *trouble)
{
    if (link->event)
        event_free(link->event);
    link->event = NULL;
    bool asked = link->state == LINK_BUSY && !link->private;
    char reason[256];
    (void)snprintf(reason, sizeof reason, "%s", trouble);
    PQclear(link->result);
    link->result = NULL;
    PQfinish(link->connection);
    link->connection = NULL;
    link->state = LINK_DOWN;
    link->leaked = link->private = false;
    link->rest_ticks = RETRY_TICKS;
    if (asked)
        link->question.answer(link->question.owner, NULL, reason);
}

static void connect_link(struct link *link)
{
    link->connection = PQconnectStart(link->pool->conninfo);
    if (!link->connection)
        abort();
    link->state = LINK_CONNECTING;
    if (PQstatus(link->connection) == CONNECTION_BAD)
        drop(link, PQerrorMessage(link->connection));
    else
        watch(link, EV_WRITE);
}

static void go_on_connecting(struct link *link)
{
    switch (PQconnectPoll(link->connection)) {
    case PGRES_POLLING_READING: watch(link, EV_READ); return;
    case PGRES_POLLING_WRITING: watch(link, EV_WRITE); return;
    case PGRES_POLLING_OK:
        if (PQsetnonblocking(link->connection, 1) != 0)
            break;
        link->state = LINK_IDLE;
        watch(link, EV_READ | EV_PERSIST);
        serve_line(link->pool);
        return;
    case PGRES_POLLING_FAILED:
    case PGRES_POLLING_ACTIVE:
    default: break;
    }
    drop(link, PQerrorMessage(link->connection));
}

/* The statement leaves at once or as soon as the socket takes it. */
static void send_out(struct link *link)
{
    int left = PQflush(link->connection);
    if (left < 0)
        drop(link, PQerrorMessage(link->connection));
    else
        watch(link, (short)(EV_READ | (left > 0 ? EV_WRITE : 0)));
}

static void start_question(struct link *link, const struct question *question)
{
    link->question = *question;
    link->state = LINK_BUSY;
    if (!PQsendQueryParams(link->connection, question->sql, question->value_count, NULL,
                           question->values, NULL, NULL, 0))
        drop(link, PQerrorMessage(link->connection));
    else
        send_out(link);
}

static void start_private(struct link *link, const char *sql, bool leaked)
{
    link->private = true;
    link->leaked = leaked;
    start_question(link, &(struct question){.sql = sql});
}

static void finish_question(struct link *link)
{
    PGresult *result = link->result;
    struct question question = link->question;
    bool private = link->private;
    link->result = NULL;
    link->private = false;
    link->state = LINK_IDLE;
    watch(link, EV_READ | EV_PERSIST);
    if (!private) {
        ExecStatusType status = PQresultStatus(result);
        bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
        question.answer(question.owner, result, good ? NULL : PQresultErrorMessage(result));
    }
    PQclear(result);
    serve_line(link->pool);
}

static void go_on_asking(struct link *link)
{
    if (!PQconsumeInput(link->connection)) {
        drop(link, PQerrorMessage(link->connection));
        return;
    }
    while (!PQisBusy(link->connection)) {
        PGresult *result = PQgetResult(link->connection);
        if (!result) {
            finish_question(link);
            return;
        }
        if (link->result)
            PQclear(result);
        else
            link->result = result;
    }
    send_out(link);
}

static void on_link(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct link *link = arg;
    if (link->state == LINK_CONNECTING)
        go_on_connecting(link);
    else if (link->state == LINK_BUSY)
        go_on_asking(link);
    else if (!PQconsumeInput(link->connection) || PQstatus(link->connection) == CONNECTION_BAD)
        drop(link, PQerrorMessage(link->connection));
}

static struct link *find_free(struct pool *pool)
{
    for (int i = 0; i < pool->size; i++)
        if (pool->links[i].state == LINK_IDLE && !pool->links[i].leaked)
            return &pool->links[i];
    return NULL;
}

static int count_leaked(const struct pool *pool)
{
    int count = 0;
    for (int i = 0; i < pool->size; i++)
        count += pool->links[i].leaked ? 1 : 0;
    return count;
}

/* The fault comes first: a leak takes what becomes free, like a real one under load. */
static void serve_line(struct pool *pool)
{
    struct link *link = find_free(pool);
    while (link && !pool->closing) {
        if (count_leaked(pool) < pool->leak_wanted) {
            start_private(link, "BEGIN", true);
        } else if (pool->line_count > 0) {
            struct question question = pool->line[pool->line_first].question;
            pool->line_first = (pool->line_first + 1) % POOL_LINE;
            pool->line_count--;
            start_question(link, &question);
        } else {
            return;
        }
        link = find_free(pool);
    }
}

static void give_up_waiting(struct pool *pool, int64_t now_us)
{
    while (pool->line_count > 0 && pool->line[pool->line_first].until_us <= now_us) {
        struct question question = pool->line[pool->line_first].question;
        pool->line_first = (pool->line_first + 1) % POOL_LINE;
        pool->line_count--;
        question.answer(question.owner, NULL, "no database connection became free in 2 s");
    }
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct pool *pool = arg;
    give_up_waiting(pool, web_monotonic_us());
    for (int i = 0; i < pool->size; i++) {
        struct link *link = &pool->links[i];
        if (link->state == LINK_DOWN && --link->rest_ticks <= 0)
            connect_link(link);
        if (link->leaked && link->state == LINK_IDLE && pool->leak_wanted == 0)
            start_private(link, "ROLLBACK", false);
    }
    serve_line(pool);
}

bool pool_open(struct event_base *base, const char *conninfo, int size, struct pool **out_pool,
               struct err *err)
{
    if (size < 1 || size > POOL_MOST)
        return err_set(err, ERR_USAGE, NULL, "A pool has 1 to %d connections, not %d.", POOL_MOST,
                       size);
    if (strlen(conninfo) >= sizeof((struct pool *)NULL)->conninfo)
        return err_set(err, ERR_USAGE, NULL, "The database address is longer than 511 bytes.");
    struct arena first;
    arena_init(&first);
    struct pool *pool = arena_make(&first, struct pool);
    pool->memory = first;
    (void)snprintf(pool->conninfo, sizeof pool->conninfo, "%s", conninfo);
    pool->base = base;
    pool->size = size;
    for (int i = 0; i < size; i++)
        pool->links[i].pool = pool;
    pool->tick = event_new(base, -1, EV_PERSIST, on_tick, pool);
    if (!pool->tick || event_add(pool->tick, &(struct timeval){.tv_usec = TICK_MS * 1000}) != 0)
        abort();
    *out_pool = pool;
    return true;
}

void pool_close(struct pool *pool)
{
    if (!pool)
        return;
    pool->closing = true;
    for (int i = 0; i < pool->size; i++)
        if (pool->links[i].state != LINK_DOWN)
            drop(&pool->links[i], "the shop is closing");
    give_up_waiting(pool, INT64_MAX);
    event_free(pool->tick);
    struct arena memory = pool->memory; /* the pool itself lives in it */
    arena_done(&memory);
}

void pool_ask(struct pool *pool, const struct question *question)
{
    if (pool->line_count == POOL_LINE || pool->closing) {
        question->answer(question->owner, NULL, "too many questions wait for the database");
        return;
    }
    int at = (pool->line_first + pool->line_count) % POOL_LINE;
    pool->line[at] = (struct waiter){.question = *question,
                                     .until_us = web_monotonic_us() + POOL_WAIT_MS * 1000};
    pool->line_count++;
    serve_line(pool);
}

void pool_leak(struct pool *pool, int count)
{
    pool->leak_wanted = count < pool->size ? count : pool->size;
}

int pool_size(const struct pool *pool)
{
    return pool->size;
}

int pool_in_use(const struct pool *pool)
{
    int count = 0;
    for (int i = 0; i < pool->size; i++)
        count += pool->links[i].leaked || pool->links[i].state == LINK_BUSY ? 1 : 0;
    return count;
}

int pool_waiting(const struct pool *pool)
{
    return pool->line_count;
}

int pool_connected(const struct pool *pool)
{
    int count = 0;
    for (int i = 0; i < pool->size; i++)
        count += pool->links[i].state >= LINK_IDLE ? 1 : 0;
    return count;
}
