/* step_output.c - reading what was kept of a step's output, while it is written.
 *
 * Each tail begins with the place of its first byte in the whole output, in digits; a tail is
 * replaced, never emptied, so that what was opened stays what it was. */
#include "base/text.h"
#include "os/file.h"
#include "worker/step_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOKS = 5 };

/* A file of the output: bytes [start, end) of the whole stand behind its first skip bytes. */
struct part {
    int fd;
    int64_t start, end;
    int64_t skip;
};
struct parts {
    struct part head, tails[2]; /* the older tail first; an absent one is empty */
};

static bool open_part(struct arena *arena, struct str folder, const char *name, struct part *part)
{
    struct stat info;
    *part = (struct part){.fd = -1};
    part->fd = open(step_path(arena, folder, name).p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (part->fd < 0)
        return errno == ENOENT;
    if (fstat(part->fd, &info) != 0)
        return false;
    part->end = info.st_size;
    return true;
}

static bool open_tail(struct arena *arena, struct str folder, const char *name, struct part *part)
{
    char digits[STEP_TAIL_HEAD_BYTES];
    if (!open_part(arena, folder, name, part))
        return false;
    int64_t size = part->end;
    part->skip = STEP_TAIL_HEAD_BYTES;
    part->end = 0;
    if (size <= STEP_TAIL_HEAD_BYTES)
        return true;
    /* Twenty digits with zeros in front; more than 18 that count cannot be. */
    if (pread(part->fd, digits, sizeof digits, 0) != STEP_TAIL_HEAD_BYTES ||
        !str_int((struct str){digits + 2, STEP_TAIL_HEAD_BYTES - 3}, &part->start))
        return false;
    part->end = part->start + size - STEP_TAIL_HEAD_BYTES;
    return true;
}

static void close_parts(const struct parts *parts)
{
    const struct part *all[] = {&parts->head, &parts->tails[0], &parts->tails[1]};
    for (size_t i = 0; i < 3; i++)
        if (all[i]->fd >= 0)
            (void)close(all[i]->fd);
}

static bool is_empty(const struct part *part)
{
    return part->start == part->end;
}

/* In order; an older tail that does not reach to the newer was opened too early and is left out. */
static bool order_tails(struct parts *parts)
{
    struct part *tails = parts->tails;
    if (is_empty(&tails[1]) || (!is_empty(&tails[0]) && tails[0].start > tails[1].start)) {
        struct part swapped = tails[0];
        tails[0] = tails[1];
        tails[1] = swapped;
    }
    if (is_empty(&tails[0]) || tails[0].end == tails[1].start)
        return true;
    tails[0].start = tails[0].end;
    return false;
}

static bool open_parts(struct arena *arena, struct str folder, struct parts *parts)
{
    for (int look = 0;; look++) {
        bool opened = open_part(arena, folder, "output", &parts->head);
        opened = open_tail(arena, folder, "tail.0", &parts->tails[0]) && opened;
        opened = open_tail(arena, folder, "tail.1", &parts->tails[1]) && opened;
        if (!opened || order_tails(parts) || look == LOOKS)
            return opened;
        close_parts(parts);
    }
}

/* Appends what there is of [from, to); false when a file cannot be read. */
static bool read_range(const struct parts *parts, int64_t from, int64_t to, struct text *text)
{
    const struct part *all[] = {&parts->head, &parts->tails[0], &parts->tails[1]};
    for (size_t i = 0; i < 3; i++) {
        int64_t first = from > all[i]->start ? from : all[i]->start;
        int64_t last = to < all[i]->end ? to : all[i]->end;
        if (first >= last)
            continue;
        size_t n = (size_t)(last - first);
        char *into = text_extend(text, n);
        if (!into)
            return false;
        while (n > 0) {
            ssize_t got = pread(all[i]->fd, into, n, first - all[i]->start + all[i]->skip);
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                return false;
            into += got;
            first += got;
            n -= (size_t)got;
        }
    }
    return true;
}

static bool take_range(struct arena *arena, const struct parts *parts, int64_t from, int64_t to,
                       struct str *out)
{
    struct text text;
    text_init(&text, arena, to > from ? (size_t)(to - from) : 0);
    bool taken = read_range(parts, from, to, &text);
    *out = text_str(&text);
    return taken;
}

/* Where the tails begin, and where the output ends. */
static int64_t tail_start(const struct parts *parts)
{
    for (size_t i = 0; i < 2; i++)
        if (!is_empty(&parts->tails[i]))
            return parts->tails[i].start;
    return parts->head.end;
}

static int64_t whole_end(const struct parts *parts)
{
    return is_empty(&parts->tails[1]) ? parts->head.end : parts->tails[1].end;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool read_ends(struct arena *arena, const struct parts *parts, int64_t max_bytes,
                      struct step_output *out)
{
    int64_t head_end = parts->head.end;
    int64_t tail = tail_start(parts);
    int64_t end = whole_end(parts);
    if (head_end + (end - tail) > max_bytes) {
        if (tail == head_end) /* nothing is missing: one piece to cut in the middle */
            tail = head_end = least(end, max_bytes / 2);
        int64_t tail_bytes = least(end - tail, max_bytes / 2);
        head_end = least(head_end, max_bytes - tail_bytes);
        tail = end - tail_bytes;
    }
    out->bytes = end;
    out->gap_bytes = tail - head_end;
    return take_range(arena, parts, 0, head_end, &out->head) &&
           take_range(arena, parts, tail, end, &out->tail);
}

bool step_read_output(struct arena *arena, struct str folder, size_t max_bytes,
                      struct step_output *out_output, struct err *err)
{
    struct parts parts;
    struct step_output output = {0};
    int64_t most = max_bytes < STEP_OUTPUT_BYTES_MAX ? (int64_t)max_bytes : STEP_OUTPUT_BYTES_MAX;
    bool done = open_parts(arena, folder, &parts) && read_ends(arena, &parts, most, &output);
    int reason = errno;
    close_parts(&parts);
    if (!done)
        return err_set(err, ERR_SELF, folder.p, "The output of this step cannot be read: %s.",
                       strerror(reason));
    *out_output = output;
    return true;
}

bool step_follow_output(struct arena *arena, struct str folder, int64_t from, size_t max_bytes,
                        struct step_output *out_output)
{
    struct parts parts;
    struct step_output output = {0};
    int64_t most = max_bytes < STEP_OUTPUT_BYTES_MAX ? (int64_t)max_bytes : STEP_OUTPUT_BYTES_MAX;
    bool done = open_parts(arena, folder, &parts);
    if (done) {
        int64_t tail = tail_start(&parts);
        int64_t first = from >= parts.head.end && from < tail ? tail : from;
        int64_t end =
            least(first < parts.head.end ? parts.head.end : whole_end(&parts), first + most);
        if (end < first)
            end = first = from;
        output.gap_bytes = first - from;
        output.bytes = end;
        done = take_range(arena, &parts, first, end, &output.head);
    }
    close_parts(&parts);
    if (done)
        *out_output = output;
    return done;
}
