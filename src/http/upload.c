/* upload.c - bodies that come slowly: who may send a long one, and who is given up for another.
 *
 * A long body holds memory while it comes, so few come at once. Each owner has a share of those
 * places: at the limit the slowest body of the owner with most of them makes room for an owner with
 * fewer. Where nobody has more than the newcomer, one that is slow makes room, else the newcomer is
 * told to come again. What is given up is answered 503 with Retry-After: a sender that is told 4xx
 * throws away what it has. */
#include "http/server_internal.h"

#include "os/clock.h"

enum { UPLOADS_MAX = 64, SLOW_BYTES_S = 64 * 1024, SLOW_AFTER_MS = 1000 };

struct uploads {
    struct http_exchange *items[UPLOADS_MAX];
    size_t count;
};

static int64_t age_ms(const struct http_exchange *one, int64_t now_ms)
{
    int64_t age = now_ms - one->body_since_ms;
    return age > 0 ? age : 1;
}

static int64_t bytes_a_second(const struct http_exchange *one, int64_t now_ms)
{
    return (int64_t)one->parser.body.n * 1000 / age_ms(one, now_ms);
}

static bool is_slow(const struct http_exchange *one, int64_t now_ms)
{
    return age_ms(one, now_ms) >= SLOW_AFTER_MS && bytes_a_second(one, now_ms) < SLOW_BYTES_S;
}

static void gather(struct http_exchange *connection, struct uploads *uploads)
{
    uploads->count = 0;
    for (struct http_exchange *one = connection->server->first; one; one = one->next)
        if (one != connection && one->phase == CONNECTION_BODY && one->parser.is_upload &&
            uploads->count < UPLOADS_MAX)
            uploads->items[uploads->count++] = one;
}

static size_t share(const struct uploads *uploads, uint64_t owner)
{
    size_t count = 0;
    for (size_t i = 0; i < uploads->count; i++)
        count += uploads->items[i]->upload_owner == owner;
    return count;
}

/* Is a slower than b? What has only just begun is not judged before the others. */
static bool is_slower(const struct http_exchange *a, const struct http_exchange *b, int64_t now_ms)
{
    bool a_old = age_ms(a, now_ms) >= SLOW_AFTER_MS;
    bool b_old = age_ms(b, now_ms) >= SLOW_AFTER_MS;
    return a_old != b_old ? a_old : bytes_a_second(a, now_ms) < bytes_a_second(b, now_ms);
}

/* Who makes room for one more of this owner; NULL: nobody. */
static struct http_exchange *find_slowest(const struct uploads *uploads, uint64_t owner,
                                          int64_t now_ms)
{
    struct http_exchange *slowest = NULL;
    size_t own = share(uploads, owner);
    size_t most = 0;
    for (size_t i = 0; i < uploads->count; i++) {
        size_t theirs = share(uploads, uploads->items[i]->upload_owner);
        most = theirs > most ? theirs : most;
    }
    bool unfair = most > own + 1;
    for (size_t i = 0; i < uploads->count; i++) {
        struct http_exchange *one = uploads->items[i];
        size_t theirs = share(uploads, one->upload_owner);
        bool may_go = unfair ? theirs == most : theirs >= own && is_slow(one, now_ms);
        if (may_go && (!slowest || is_slower(one, slowest, now_ms)))
            slowest = one;
    }
    return slowest;
}

void http_upload_refuse(struct http_exchange *connection, int status, const char *sentence)
{
    struct http_server *server = connection->server;
    server->counters.refused_requests++;
    connection->close_after = true;
    if (server->handler.refuse_upload)
        server->handler.refuse_upload(server->handler.context, connection, status,
                                      str_of(sentence));
    else
        http_reply_text(connection, status, str_of(sentence));
}

bool http_upload_admit(struct http_exchange *connection)
{
    struct http_server *server = connection->server;
    const struct http_handler *handler = &server->handler;
    const struct http_request *request = &connection->parser.request;
    struct uploads uploads;
    if (!handler->may_upload || !handler->may_upload(handler->context, request)) {
        http_upload_refuse(connection, 401, "Say who you are before you send a file.");
        return false;
    }
    if (connection->parser.phase == HTTP_COMPLETE)
        return true; /* it is here already, and holds up nobody */
    connection->upload_owner =
        handler->upload_owner ? handler->upload_owner(handler->context, request) : 0;
    gather(connection, &uploads);
    if (uploads.count < (size_t)server->settings.uploads_at_once)
        return true;
    struct http_exchange *slowest =
        find_slowest(&uploads, connection->upload_owner, clock_boot_ms());
    if (!slowest) {
        http_upload_refuse(connection, 503, "Others are sending files; send yours again in a bit.");
        return false;
    }
    server->counters.slow_given_up++;
    http_upload_refuse(slowest, 503, "It comes more slowly than those of others; send it again.");
    return true;
}

struct http_exchange *http_slow_body(struct http_server *server)
{
    struct http_exchange *slowest = NULL;
    int64_t now_ms = clock_boot_ms();
    for (struct http_exchange *one = server->first; one; one = one->next)
        if (one->phase == CONNECTION_BODY && is_slow(one, now_ms) &&
            (!slowest || is_slower(one, slowest, now_ms)))
            slowest = one;
    return slowest;
}
