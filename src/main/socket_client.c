/* socket_client.c - one HTTP request over the daemon's Unix socket. */
#include "main/socket_client.h"

#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 32 * 1024 * 1024, DEADLINE_MS = 30000 };

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

static int connect_to(struct str path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path.n >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path.p, path.n);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

bool socket_client_is_there(struct str socket_path)
{
    __attribute__((cleanup(close_fd))) int fd = connect_to(socket_path);
    return fd >= 0;
}

static bool send_all(int fd, struct str data)
{
    while (data.n > 0) {
        ssize_t n = send(fd, data.p, data.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data = str_from(data, (size_t)n);
    }
    return true;
}

/* Reads until the daemon closes; false when it stays silent too long or says too much. */
static bool receive_all(int fd, struct text *answer)
{
    char part[65536];
    for (;;) {
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        int ready = poll(&waiting, 1, DEADLINE_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t n = recv(fd, part, sizeof part, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            return true;
        text_add(answer, (struct str){part, (size_t)n});
        if (text_full(answer))
            return false;
    }
}

bool socket_client_post(struct arena *arena, const struct socket_request *request,
                        struct str *out_body, struct err *err)
{
    struct str socket_path = request->socket_path, path = request->path, body = request->body;
    __attribute__((cleanup(close_fd))) int fd = connect_to(socket_path);
    if (fd < 0)
        return err_set(err, ERR_OUTSIDE, socket_path.p,
                       "No daemon answers on its socket; start one with \"reeve serve\".");
    struct text sent;
    text_init(&sent, arena, body.n + path.n + 512);
    text_printf(&sent,
                "POST %.*s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                STR_ARGS(path), body.n);
    text_add(&sent, body);
    if (!send_all(fd, text_str(&sent)))
        return err_set(err, ERR_OUTSIDE, socket_path.p, "The daemon closed the connection.");
    struct text answer;
    text_init(&answer, arena, ANSWER_BYTES_MAX);
    if (!receive_all(fd, &answer))
        return err_set(err, ERR_DOUBT, socket_path.p,
                       "The daemon did not answer in time; look at \"reeve ledger show\" before "
                       "trying again.");
    struct str whole = text_str(&answer);
    int64_t status = 0;
    size_t head_end = str_find(whole, "\r\n\r\n", 0);
    if (head_end == whole.n || !str_starts(whole, "HTTP/1.1 ") ||
        !str_int(str_slice(whole, 9, 12), &status))
        return err_set(err, ERR_SELF, socket_path.p, "The daemon's answer is not HTTP.");
    *out_body = str_from(whole, head_end + 4);
    return true;
}
