/* chat.c - reads the setup and gives it to the transport of its kind. */
#include "worker/chat.h"

#include "base/json.h"
#include "irc/irc.h"
#include "os/sandbox.h"
#include "slack/slack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SETUP_BYTES = 64 * 1024 };

static const struct {
    const char *kind;
    int (*run)(const struct json *setup, int in_fd, int out_fd);
} transports[] = {{"irc", irc_run}, {"slack", slack_run}};

/* Byte by byte: what follows is the transport's. */
static bool read_setup(struct arena *arena, int fd, struct str *out_line)
{
    char *line = arena_alloc(arena, SETUP_BYTES);
    size_t n = 0;
    for (;;) {
        ssize_t got = read(fd, line + n, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || n + 1 == SETUP_BYTES)
            return false;
        if (line[n] == '\n')
            break;
        n++;
    }
    *out_line = (struct str){line, n};
    return true;
}

/* What a chat server says is read by this process: it can reach the network, and read what names
 * and certificates are looked up in; it can write, make and execute nothing. */
static void confine(struct str ca)
{
    static const char *const folders[] = {"/etc", "/usr", "/run/systemd/resolve",
                                          "/run/resolvconf"};
    enum { COUNT = sizeof folders / sizeof *folders };
    char own[4200] = "";
    int fds[COUNT + 1];
    size_t count = 0;
    struct err err = {0};
    const char *slash = ca.n > 0 ? memrchr(ca.p, '/', ca.n) : NULL;
    str_keep(own, sizeof own,
             slash       ? str_slice(ca, 0, (size_t)(slash - ca.p) + 1)
             : ca.n == 0 ? STR("/etc")
                         : STR("."));
    for (size_t i = 0; i <= COUNT; i++) {
        int fd = open(i < COUNT ? folders[i] : own, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
            fds[count++] = fd;
    }
    if (!sandbox_files_and_read(-1, fds, count, &err))
        (void)fprintf(stderr, "chat: %s\n", err.text);
    for (size_t i = 0; i < count; i++)
        (void)close(fds[i]);
}

int chat_main(int in_fd, int out_fd)
{
    struct arena arena; /* as long as the process */
    struct str line;
    struct json *setup = NULL;
    struct err err = {0};
    arena_init(&arena);
    if (!read_setup(&arena, in_fd, &line))
        return 0;
    if (!json_parse(&arena, line, &setup, &err)) {
        (void)fprintf(stderr, "chat: the setup cannot be read: %s\n", err.text);
        return 2;
    }
    struct str kind = json_get_str(setup, "kind");
    confine(json_get_str(setup, "ca"));
    for (size_t i = 0; i < sizeof transports / sizeof *transports; i++)
        if (str_is(kind, transports[i].kind))
            return transports[i].run(setup, in_fd, out_fd);
    (void)fprintf(stderr, "chat: there is no transport \"%.*s\".\n", STR_ARGS(str_cut(kind, 40)));
    return 2;
}
