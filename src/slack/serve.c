/* serve.c - the process of the transport: one order a line until the core ends it. */
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"
#include "slack/slack.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { EXIT_SELF = 6 };

/* Lines of the core; what was read of the next one stays. */
struct lines {
    int in_fd, out_fd;
    char data[TRANSPORT_LINE_BYTES + 1];
    size_t n;
    bool ended;
};

static bool fill(struct lines *lines)
{
    ssize_t got;
    do
        got = read(lines->in_fd, lines->data + lines->n, sizeof lines->data - lines->n);
    while (got < 0 && errno == EINTR);
    lines->ended = got <= 0;
    lines->n += got > 0 ? (size_t)got : 0;
    return got > 0;
}

/* Waits at most wait_ms, or for ever below 0. False: there is no whole line by then, or no more. */
static bool next_line(struct lines *lines, struct arena *arena, int wait_ms, struct str *out_line)
{
    for (;;) {
        size_t end = str_find_byte((struct str){lines->data, lines->n}, '\n', 0);
        if (end < lines->n) {
            *out_line = str_copy(arena, (struct str){lines->data, end});
            memmove(lines->data, lines->data + end + 1, lines->n - end - 1);
            lines->n -= end + 1;
            return true;
        }
        struct pollfd in = {.fd = lines->in_fd, .events = POLLIN};
        if (lines->n == sizeof lines->data)
            lines->ended = true; /* no line of the core is so long */
        if (lines->ended || (poll(&in, 1, wait_ms) == 0) || !fill(lines))
            return false;
    }
}

static void refuse_unready(struct arena *arena, const struct channel_order *order, struct text *out)
{
    struct channel_heard heard = {.kind = CHANNEL_HEARD_REFUSED,
                                  .incident = order->incident,
                                  .reason = STR("Slack was not reached yet."),
                                  .wait_ms = SLACK_DOUBT_WAIT_MS};
    text_add(out, channel_heard_write(arena, &heard));
}

static void take(struct slack *slack, struct arena *arena, struct str line, bool ready,
                 struct text *out)
{
    struct channel_order order;
    struct err err = {0};
    if (!channel_order_parse(arena, line, &order, &err))
        log_err(LOG_LEVEL_WARNING, "slack", &err);
    else if (ready)
        slack_perform(slack, arena, &order, out);
    else
        refuse_unready(arena, &order, out);
}

static int serve(struct slack *slack, struct lines *lines)
{
    bool ready = false;
    int64_t next_ms = clock_boot_ms();
    while (!lines->ended) {
        struct arena arena;
        struct text out;
        struct str line;
        int64_t wait_ms = 0;
        arena_init(&arena);
        text_init(&out, &arena, 2 * TRANSPORT_LINE_BYTES);
        int64_t now_ms = clock_boot_ms();
        if (!ready && now_ms >= next_ms) {
            ready = slack_begin(slack, &arena, &out, &wait_ms);
            next_ms = now_ms + wait_ms;
        } else if (next_line(lines, &arena, ready ? -1 : (int)(next_ms - now_ms), &line)) {
            take(slack, &arena, line, ready, &out);
        }
        bool written = out.n == 0 || fd_write(lines->out_fd, text_str(&out));
        arena_done(&arena);
        if (!written)
            return EXIT_SELF;
    }
    return 0;
}

int slack_run(const struct json *setup, int in_fd, int out_fd)
{
    struct arena arena;
    struct err err = {0};
    struct slack slack;
    struct slack_setup read;
    int code = EXIT_SELF;
    arena_init(&arena);
    if (slack_setup_read(&arena, setup, &read, &err)) {
        struct lines *lines = arena_alloc(&arena, sizeof *lines);
        *lines = (struct lines){.in_fd = in_fd, .out_fd = out_fd};
        slack_init(&slack, &arena, &read, slack_web_real(&read));
        code = serve(&slack, lines);
    } else {
        log_err(LOG_LEVEL_ERROR, "slack", &err);
    }
    arena_done(&arena);
    return code;
}
