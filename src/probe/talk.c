/* talk.c - a connection of a probe: a socket that never blocks, and poll. */
#include "probe/talk.h"

#include "os/clock.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct str talk_place(const struct talk *talk)
{
    return str_printf(talk->probe->work->arena, "%.*s port %.*s", STR_ARGS(talk->host),
                      STR_ARGS(talk->port));
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
               STR_ARGS(talk_place(talk)), what, STR_ARGS(within));
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

static bool open_clear(struct talk *talk)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int error = 0;
    int no_name = getaddrinfo(talk->host.p, talk->port.p, &hints, &found);
    if (no_name != 0) {
        probe_fail(talk->probe, "the name %.*s cannot be resolved: %s; check its address, and DNS",
                   STR_ARGS(talk->host), gai_strerror(no_name));
        return false;
    }
    for (const struct addrinfo *to = found; to && talk->fd < 0; to = to->ai_next)
        error = connect_to(talk, to);
    freeaddrinfo(found);
    if (talk->fd < 0)
        probe_fail(talk->probe, "%.*s cannot be reached: %s; check that it runs, and its address",
                   STR_ARGS(talk_place(talk)), strerrordesc_np(error));
    return talk->fd >= 0;
}

bool talk_open(struct talk *talk, const struct talk_tls *tls)
{
    talk->fd = -1;
    return open_clear(talk) && (!tls || talk_open_tls(talk, tls));
}

/* What one attempt came to. */
enum attempt { ATTEMPT_DONE, ATTEMPT_WAIT, ATTEMPT_AGAIN, ATTEMPT_BROKEN };

static enum attempt attempt_of(CURLcode code)
{
    return code == CURLE_OK ? ATTEMPT_DONE : code == CURLE_AGAIN ? ATTEMPT_WAIT : ATTEMPT_BROKEN;
}

static enum attempt attempt_of_errno(void)
{
    return errno == EAGAIN ? ATTEMPT_WAIT : errno == EINTR ? ATTEMPT_AGAIN : ATTEMPT_BROKEN;
}

static enum attempt put(struct talk *talk, struct str data, size_t *out_count)
{
    if (talk->tls)
        return attempt_of(curl_easy_send(talk->tls, data.p, data.n, out_count));
    ssize_t count = send(talk->fd, data.p, data.n, MSG_NOSIGNAL);
    *out_count = count > 0 ? (size_t)count : 0;
    return count > 0 ? ATTEMPT_DONE : attempt_of_errno();
}

static enum attempt take(struct talk *talk, char *bytes, size_t room, size_t *out_count)
{
    if (talk->tls)
        return attempt_of(curl_easy_recv(talk->tls, bytes, room, out_count));
    ssize_t count = recv(talk->fd, bytes, room, 0);
    *out_count = count > 0 ? (size_t)count : 0;
    return count >= 0 ? ATTEMPT_DONE : attempt_of_errno();
}

/* Why nothing was said may be guessed: a server that wants TLS takes the first question for no
 * handshake, and one that wants another certificate may hang up before its alert is read. */
static void fail_broken(struct talk *talk)
{
    struct str place = talk_place(talk);
    const char *guess = !talk->tls ? "if it wants TLS there, write rediss:// in its address"
                        : talk->offers_certificate
                            ? "perhaps it does not take our certificate: give certificate: of an "
                              "authority that it takes"
                            : "if it wants a certificate of its clients, give certificate: and "
                              "key: beside its address";
    if (talk->tls && talk->said[0] != '\0')
        talk_fail_tls(talk);
    else if (!talk->answered)
        probe_fail(talk->probe,
                   "%.*s broke the connection off without a word; %s, else look into its own log",
                   STR_ARGS(place), guess);
    else
        probe_fail(talk->probe, "%.*s broke the connection off; look into its own log",
                   STR_ARGS(place));
}

bool talk_send(struct talk *talk, struct str data)
{
    while (data.n > 0) {
        size_t count = 0;
        enum attempt attempt = put(talk, data, &count);
        if (attempt == ATTEMPT_BROKEN)
            fail_broken(talk);
        if (attempt == ATTEMPT_BROKEN ||
            (attempt == ATTEMPT_WAIT && !wait_for(talk, POLLOUT, "take a question")))
            return false;
        data = str_from(data, count);
    }
    return true;
}

bool talk_receive(struct talk *talk, char *bytes, size_t room, size_t *out_count)
{
    for (;;) {
        size_t count = 0;
        enum attempt attempt = take(talk, bytes, room, &count);
        if (attempt == ATTEMPT_DONE && count > 0) {
            talk->answered = true;
            *out_count = count;
            return true;
        }
        if (attempt == ATTEMPT_DONE || attempt == ATTEMPT_BROKEN) {
            fail_broken(talk);
            return false;
        }
        if (attempt == ATTEMPT_WAIT && !wait_for(talk, POLLIN, "answer"))
            return false;
    }
}

void talk_close(struct talk *talk)
{
    if (talk->tls)
        curl_easy_cleanup(talk->tls);
    if (talk->fd >= 0 && !talk->handed_over)
        (void)close(talk->fd);
    talk->tls = NULL;
    talk->fd = -1;
}
