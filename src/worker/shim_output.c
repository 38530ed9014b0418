/* shim_output.c - any amount of output in a given amount of disk.
 *
 * A file that fails is not tried again until the next begins: the step goes on, and what is there
 * stays in its place, since every tail says where it stands. */
#include "os/file.h"
#include "worker/shim_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { BUFFER_BYTES = 64 * 1024 };

static void note_loss(struct shim_output *output)
{
    if (output->lost_reason == 0)
        output->lost_reason = errno ? errno : EIO;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static int create(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool shim_output_open(struct shim_output *output, struct arena *arena, struct str folder,
                      const struct shim_order *order, struct err *err)
{
    int64_t quarter = order->output_bytes / 4;
    *output = (struct shim_output){.arena = arena,
                                   .folder = folder,
                                   .head_fd = -1,
                                   .head_room = order->output_bytes - 2 * quarter,
                                   .tail_most = quarter};
    output->tail = (struct shim_tail){.fd = -1, .which = 1, .used = quarter};
    output->buffer = arena_alloc(arena, BUFFER_BYTES);
    sha256_init(&output->digest);
    if (!redact_make(arena, order->secrets, order->secret_count, &output->redact, err))
        return false;
    output->head_fd = create(step_path(arena, folder, "output").p);
    if (output->head_fd < 0)
        note_loss(output);
    return true;
}

static void write_tail(struct shim_output *output, struct str data)
{
    if (output->tail.fd < 0 || fd_write(output->tail.fd, data))
        return;
    note_loss(output);
    close_fd(&output->tail.fd);
}

/* The other tail begins: made beside and renamed, so that whoever reads the old one keeps it. */
static void turn_tail(struct shim_output *output, int64_t at)
{
    struct arena arena;
    char head[STEP_TAIL_HEAD_BYTES + 1];
    struct shim_tail *tail = &output->tail;
    close_fd(&tail->fd);
    arena_init(&arena);
    tail->which = 1 - tail->which;
    tail->used = STEP_TAIL_HEAD_BYTES;
    const char *path = step_path(&arena, output->folder, tail->which ? "tail.1" : "tail.0").p;
    const char *part = step_path(&arena, output->folder, "tail.part").p;
    /* First, so that a full disk has room for the new one. */
    (void)unlink(path);
    tail->fd = create(part);
    if (tail->fd < 0)
        note_loss(output);
    (void)snprintf(head, sizeof head, "%020lld\n", (long long)at);
    write_tail(output, (struct str){head, STEP_TAIL_HEAD_BYTES});
    if (tail->fd >= 0 && rename(part, path) != 0) {
        note_loss(output);
        close_fd(&tail->fd);
    }
    if (tail->fd < 0)
        (void)unlink(part);
    arena_done(&arena);
}

/* The head takes a beginning of the data; what it cannot take whole it gives back to the tails. */
static size_t keep_head(struct shim_output *output, struct str data)
{
    size_t n = (size_t)output->head_room < data.n ? (size_t)output->head_room : data.n;
    int64_t length = output->bytes;
    if (!fd_write(output->head_fd, str_slice(data, 0, n))) {
        note_loss(output);
        if (ftruncate(output->head_fd, (off_t)length) != 0)
            n = data.n; /* better a hole than bytes twice */
        else
            n = 0;
        close_fd(&output->head_fd);
        return n;
    }
    output->head_room -= (int64_t)n;
    if (output->head_room == 0)
        close_fd(&output->head_fd);
    return n;
}

static void keep(struct shim_output *output, struct str data)
{
    int64_t at = output->bytes;
    sha256_update(&output->digest, data.n, (const uint8_t *)data.p);
    size_t head = output->head_fd >= 0 ? keep_head(output, data) : 0;
    output->bytes += (int64_t)data.n;
    at += (int64_t)head;
    data = str_from(data, head);
    while (data.n > 0) {
        if (output->tail.used >= output->tail_most)
            turn_tail(output, at);
        int64_t room = output->tail_most - output->tail.used;
        struct str part = str_slice(data, 0, (size_t)room);
        write_tail(output, part);
        output->tail.used += (int64_t)part.n;
        data = str_from(data, part.n);
        at += (int64_t)part.n;
    }
}

static void flush(struct shim_output *output)
{
    if (output->buffered > 0)
        keep(output, (struct str){output->buffer, output->buffered});
    output->buffered = 0;
}

static void take(void *context, struct str piece)
{
    struct shim_output *output = context;
    while (piece.n > 0) {
        struct str part = str_slice(piece, 0, BUFFER_BYTES - output->buffered);
        memcpy(output->buffer + output->buffered, part.p, part.n);
        output->buffered += part.n;
        if (output->buffered == BUFFER_BYTES)
            flush(output);
        piece = str_from(piece, part.n);
    }
}

/* What may be shown is in the files at once, for whoever follows. */
void shim_output_write(struct shim_output *output, struct str data)
{
    struct redact_sink sink = {take, output};
    redact_write(output->redact, data, &sink);
    flush(output);
}

static void sync_file(struct shim_output *output, const char *name)
{
    struct arena arena;
    arena_init(&arena);
    int fd = open(step_path(&arena, output->folder, name).p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && fsync(fd) != 0)
        note_loss(output);
    close_fd(&fd);
    arena_done(&arena);
}

void shim_output_close(struct shim_output *output, struct hash *out_digest)
{
    struct redact_sink sink = {take, output};
    redact_end(output->redact, &sink);
    flush(output);
    close_fd(&output->head_fd);
    close_fd(&output->tail.fd);
    sync_file(output, "output");
    sync_file(output, "tail.0");
    sync_file(output, "tail.1");
    sha256_digest(&output->digest, HASH_BYTES, out_digest->b);
}

void shim_output_drop_tails(struct shim_output *output)
{
    struct arena arena;
    arena_init(&arena);
    errno = ENOSPC;
    note_loss(output);
    (void)unlink(step_path(&arena, output->folder, "tail.0").p);
    (void)unlink(step_path(&arena, output->folder, "tail.1").p);
    arena_done(&arena);
}
