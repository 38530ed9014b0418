/* follow.c - tails of a file: found by their beginning, read by offset. */
#include "collect/follow.h"

#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CURRENT = FOLLOW_TAILS - 1 };

void follow_init(struct follow *follow, struct arena *arena, struct str path,
                 const struct log_paths *paths, struct log_lines_use use)
{
    *follow = (struct follow){.path = str_copy(arena, path)};
    size_t slash = path.n;
    while (slash > 0 && path.p[slash - 1] != '/')
        slash--;
    follow->folder = slash > 0 ? str_copy(arena, str_slice(path, 0, slash)) : STR("./");
    follow->name = str_from(follow->path, slash);
    follow->buffer = arena_alloc(arena, FOLLOW_READ_BYTES);
    for (size_t i = 0; i < FOLLOW_TAILS; i++) {
        follow->tails[i].fd = -1;
        log_lines_init(&follow->tails[i].lines, arena, paths, use);
    }
}

static int64_t inode_of(int fd)
{
    struct stat about;
    return fstat(fd, &about) == 0 ? (int64_t)about.st_ino : 0;
}

/* When it was written last, in ns since 1970. */
static int64_t written_ns(int fd)
{
    struct stat about;
    return fstat(fd, &about) == 0
               ? (int64_t)about.st_mtim.tv_sec * 1000000000 + about.st_mtim.tv_nsec
               : 0;
}

static void close_tail(struct follow_tail *tail)
{
    if (tail->fd < 0)
        return;
    log_lines_end(&tail->lines);
    (void)close(tail->fd);
    tail->fd = -1;
    tail->offset = 0;
    tail->head_bytes = 0;
}

void follow_close(struct follow *follow)
{
    for (size_t i = 0; i < FOLLOW_TAILS; i++) {
        if (follow->tails[i].fd >= 0)
            (void)close(follow->tails[i].fd);
        follow->tails[i].fd = -1;
    }
    while (follow->between_next < follow->between.count)
        (void)close(follow->between.files[follow->between_next++].fd);
}

/* A regular file, open; -1 with errno (0: it is no regular file). */
static int open_regular(const char *path, int64_t *out_bytes)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -1;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
        *out_bytes = about.st_size;
        return fd;
    }
    (void)close(fd);
    errno = 0;
    return -1;
}

static void learn_head(struct follow_tail *tail)
{
    size_t most = tail->offset < FOLLOW_HEAD_BYTES ? (size_t)tail->offset : FOLLOW_HEAD_BYTES;
    if (tail->head_bytes >= most)
        return;
    ssize_t n = pread(tail->fd, tail->head, most, 0);
    tail->head_bytes = n > 0 ? (size_t)n : 0;
}

static bool begins_with(int fd, const char *head, size_t n)
{
    char bytes[FOLLOW_HEAD_BYTES];
    return pread(fd, bytes, n, 0) == (ssize_t)n && memcmp(bytes, head, n) == 0;
}

static struct hash head_hash(const char *head, size_t n)
{
    return hash_of((struct str){head, n});
}

/* What a file must be to be the one that was left: longer than what was read, of the same beginning
 * and, where it is known, inode (a copy has another). */
struct wanted {
    int64_t inode; /* 0: any */
    int64_t offset;
    size_t head_bytes;
    struct hash head;
};

static int open_wanted(const char *path, const struct wanted *wanted)
{
    char head[FOLLOW_HEAD_BYTES];
    int64_t size_bytes;
    int fd = open_regular(path, &size_bytes);
    if (fd < 0)
        return -1;
    struct stat about;
    bool is_inode =
        wanted->inode == 0 || (fstat(fd, &about) == 0 && (int64_t)about.st_ino == wanted->inode);
    if (is_inode && size_bytes >= wanted->offset &&
        pread(fd, head, wanted->head_bytes, 0) == (ssize_t)wanted->head_bytes) {
        struct hash hash = head_hash(head, wanted->head_bytes);
        if (hash_equal(&hash, &wanted->head))
            return fd;
    }
    (void)close(fd);
    return -1;
}

/* The file that was left, under another name that begins with its own; -1 when there is none. */
static int find_moved(const struct follow *follow, const struct wanted *wanted)
{
    DIR *folder = opendir(follow->folder.p);
    int fd = -1;
    if (!folder)
        return -1;
    for (const struct dirent *entry; fd < 0 && (entry = readdir(folder));) {
        char path[4096];
        struct str name = str_of(entry->d_name);
        if (!str_starts(name, follow->name.p) || name.n == follow->name.n ||
            snprintf(path, sizeof path, "%s%s", follow->folder.p, entry->d_name) >=
                (int)sizeof path)
            continue;
        fd = open_wanted(path, wanted);
    }
    (void)closedir(folder);
    return fd;
}

static void begin_tail(struct follow_tail *tail, int fd, int64_t offset)
{
    tail->fd = fd;
    tail->offset = offset;
    tail->head_bytes = 0;
    tail->before = 0;
    learn_head(tail);
}

static int64_t size_of(int fd)
{
    struct stat about;
    return fstat(fd, &about) == 0 ? about.st_size : 0;
}

/* A place for one more former file: a free one, or that of the oldest, which is then done. */
static struct follow_tail *former_place(struct follow *follow)
{
    for (size_t i = 0; i < CURRENT; i++)
        if (follow->tails[i].fd < 0)
            return &follow->tails[i];
    close_tail(&follow->tails[0]);
    return &follow->tails[0];
}

static void note_lost(struct follow *follow, int64_t offset)
{
    (void)snprintf(follow->note, sizeof follow->note,
                   "was rotated away and is not to be found: what stood behind byte %lld of it is "
                   "not counted; let it be compressed one rotation later (delaycompress)",
                   (long long)offset);
}

/* Files that were rotated away since one that was written last at after_ns, and were never under
 * the path when it was looked at. is_gone: that one is nowhere; a packed file may be it. */
static void look_between(struct follow *follow, int64_t after_ns, bool is_gone)
{
    int64_t known[FOLLOW_TAILS + 1];
    size_t count = 0;
    struct stat about;
    if (follow->between_next < follow->between.count)
        return; /* these are found again behind those that wait */
    for (size_t i = 0; i < FOLLOW_TAILS; i++)
        if (follow->tails[i].fd >= 0)
            known[count++] = inode_of(follow->tails[i].fd);
    if (stat(follow->path.p, &about) == 0)
        known[count++] = (int64_t)about.st_ino;
    rotated_find(&(struct rotated_search){follow->folder, follow->name, after_ns, known, count},
                 &follow->between);
    follow->between_next = 0;
    follow->between_before = follow->resumes;
    const struct rotated *found = &follow->between;
    if (found->lost_count > (is_gone ? 1 : 0))
        (void)snprintf(follow->note, sizeof follow->note,
                       "was rotated more than once between two looks, and %zu files cannot be read "
                       "any more (the last %.60s, %lld bytes packed): their lines are not counted; "
                       "let it be compressed one rotation later (delaycompress)",
                       found->lost_count, found->lost_name, (long long)found->lost_bytes);
}

/* The next of them, when there is a place: free, or of one that was read to its end. */
static void begin_between(struct follow *follow)
{
    for (size_t i = 0; i < CURRENT && follow->between_next < follow->between.count; i++) {
        struct follow_tail *tail = &follow->tails[i];
        if (tail->fd >= 0 && tail->offset < size_of(tail->fd))
            continue;
        close_tail(tail);
        begin_tail(tail, follow->between.files[follow->between_next++].fd, 0);
        tail->grew_ms = 0;
        tail->before = follow->between_before ? size_of(tail->fd) : 0;
    }
}

/* Is what stands before the place the end of a line, as it was? */
static bool ends_line(int fd, int64_t offset)
{
    char last = '\0';
    return pread(fd, &last, 1, offset - 1) == 1 && last == '\n';
}

/* The file under the path was empty, and was not written since. */
static bool is_untouched(const struct follow *follow, const struct json *saved)
{
    struct stat about;
    int64_t offset, inode, written_us;
    return json_get_int(saved, "offset", &offset) && offset == 0 &&
           json_get_int(saved, "inode", &inode) && json_get_int(saved, "written", &written_us) &&
           stat(follow->path.p, &about) == 0 && about.st_size == 0 &&
           (int64_t)about.st_ino == inode &&
           ((int64_t)about.st_mtim.tv_sec * 1000000000 + about.st_mtim.tv_nsec) / 1000 ==
               written_us;
}

/* Where a file was found that was followed: under the path, elsewhere, or nowhere. */
enum place { PLACE_PATH, PLACE_MOVED, PLACE_NOWHERE, PLACE_UNKNOWN };

/* out_ns: when it was written last, as far as that is known. */
static enum place restore_tail(struct follow *follow, const struct json *saved, int64_t *out_ns)
{
    int64_t written_us;
    struct wanted wanted;
    int64_t head_bytes;
    int64_t inode;
    if (!json_get_int(saved, "inode", &inode) || !json_get_int(saved, "offset", &wanted.offset) ||
        wanted.offset <= 0 || !json_get_int(saved, "head_bytes", &head_bytes) || head_bytes <= 0 ||
        head_bytes > FOLLOW_HEAD_BYTES || head_bytes > wanted.offset ||
        !hash_parse_hex(json_get_str(saved, "head"), &wanted.head))
        return PLACE_UNKNOWN;
    wanted.head_bytes = (size_t)head_bytes;
    for (int any = 0; any < 2; any++) {
        wanted.inode = any ? 0 : inode;
        struct follow_tail *current = &follow->tails[CURRENT];
        int fd = current->fd < 0 ? open_wanted(follow->path.p, &wanted) : -1;
        bool is_current = fd >= 0;
        if (fd < 0)
            fd = find_moved(follow, &wanted);
        if (fd < 0)
            continue;
        struct follow_tail *tail = is_current ? current : former_place(follow);
        follow->proven = follow->proven && !any && ends_line(fd, wanted.offset);
        begin_tail(tail, fd, wanted.offset);
        tail->before = size_of(fd);
        *out_ns = written_ns(fd);
        return is_current ? PLACE_PATH : PLACE_MOVED;
    }
    note_lost(follow, wanted.offset);
    if (!json_get_int(saved, "written", &written_us) || written_us <= 0)
        return PLACE_UNKNOWN;
    *out_ns = written_us * 1000 + 999;
    return PLACE_NOWHERE;
}

void follow_restore(struct follow *follow, const struct json *position)
{
    const struct json *tails = json_get(position, "tails");
    if (!tails || tails->type != JSON_ARRAY)
        return;
    follow_close(follow);
    follow->known = true;
    follow->resumes = true;
    follow->proven = true;
    follow->note[0] = '\0';
    enum place place = PLACE_UNKNOWN; /* of the last */
    bool is_gone = false;
    int64_t newest_ns = 0;
    for (const struct json *saved = tails->first; saved; saved = saved->next) {
        int64_t ns = 0;
        place = is_untouched(follow, saved) ? PLACE_PATH : restore_tail(follow, saved, &ns);
        follow->proven = follow->proven && (place == PLACE_PATH || place == PLACE_MOVED);
        is_gone = is_gone || place == PLACE_NOWHERE;
        newest_ns = ns > newest_ns ? ns : newest_ns;
    }
    follow->proven = follow->proven && place == PLACE_PATH;
    if (newest_ns > 0 && (place == PLACE_MOVED || place == PLACE_NOWHERE))
        look_between(follow, newest_ns, is_gone);
}

void follow_write_position(const struct follow *follow, struct json_writer *w)
{
    json_open_object(w, NULL);
    json_str(w, "file", follow->path);
    json_open_array(w, "tails");
    for (size_t i = 0; i < FOLLOW_TAILS; i++) {
        const struct follow_tail *tail = &follow->tails[i];
        int64_t offset = tail->offset - (int64_t)log_lines_pending(&tail->lines);
        bool is_empty = i == CURRENT && tail->offset == 0;
        if (tail->fd < 0 || (offset <= 0 && !is_empty))
            continue;
        size_t head_bytes = tail->head_bytes;
        if ((int64_t)head_bytes > offset)
            head_bytes = (size_t)offset;
        struct stat about;
        char hex[HASH_HEX_BYTES];
        struct hash hash = head_hash(tail->head, head_bytes);
        hash_hex(&hash, hex);
        json_open_object(w, NULL);
        json_str(w, "head", str_of(hex));
        json_int(w, "head_bytes", (int64_t)head_bytes);
        json_int(w, "inode", fstat(tail->fd, &about) == 0 ? (int64_t)about.st_ino : 0);
        json_int(w, "offset", offset);
        json_int(w, "written", written_ns(tail->fd) / 1000);
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
}

static void name_failure(struct follow *follow, int error)
{
    const char *user = "let the group of this service read it";
    if (error == ENOENT)
        (void)snprintf(follow->problem, sizeof follow->problem,
                       "%.*s is not there; it is read as soon as it is", STR_ARGS(follow->path));
    else if (error == 0)
        (void)snprintf(follow->problem, sizeof follow->problem,
                       "%.*s is no regular file: a pipe or folder cannot be followed",
                       STR_ARGS(follow->path));
    else
        (void)snprintf(follow->problem, sizeof follow->problem, "%.*s cannot be read: %s%s%s",
                       STR_ARGS(follow->path), strerrordesc_np(error), error == EACCES ? "; " : "",
                       error == EACCES ? user : "");
}

/* The file under the path, when none is open. */
static void open_current(struct follow *follow)
{
    int64_t size_bytes;
    int fd = open_regular(follow->path.p, &size_bytes);
    int error = errno;
    bool is_first = !follow->known;
    follow->known = true;
    if (fd < 0) {
        name_failure(follow, error);
        return;
    }
    follow->problem[0] = '\0';
    begin_tail(&follow->tails[CURRENT], fd, is_first ? size_bytes : 0);
    follow->tails[CURRENT].before = follow->resumes ? size_bytes : 0;
}

/* The file was emptied, perhaps after it was copied away: what the copy has more is read. */
static void take_truncation(struct follow *follow)
{
    struct follow_tail *tail = &follow->tails[CURRENT];
    int64_t whole = tail->offset - (int64_t)log_lines_pending(&tail->lines);
    struct wanted wanted = {0, tail->offset, tail->head_bytes,
                            head_hash(tail->head, tail->head_bytes)};
    int copy = wanted.head_bytes > 0 ? find_moved(follow, &wanted) : -1;
    int fd = tail->fd;
    if (copy >= 0) {
        struct follow_tail *former = former_place(follow);
        begin_tail(former, copy, whole);
        look_between(follow, written_ns(copy), false);
        /* The piece of a line that was read goes on in the copy. */
        tail->lines.carry_bytes = 0;
        tail->lines.skipped_bytes = 0;
    }
    tail->fd = fd;
    log_lines_end(&tail->lines);
    tail->offset = 0;
    tail->head_bytes = 0;
}

static bool is_truncated(const struct follow_tail *tail)
{
    struct stat about;
    return fstat(tail->fd, &about) == 0 &&
           (about.st_size < tail->offset || !begins_with(tail->fd, tail->head, tail->head_bytes));
}

bool follow_is_gone(const struct follow *follow, int64_t now_ms)
{
    const struct follow_tail *tail = &follow->tails[CURRENT];
    return follow->gone_ms > 0 && now_ms - follow->gone_ms > FOLLOW_GONE_MS &&
           now_ms - tail->grew_ms > FOLLOW_GONE_MS;
}

/* Another file stands under the path: the one that is open becomes a former one. */
static void look_for_rotation(struct follow *follow, int64_t now_ms)
{
    struct follow_tail *tail = &follow->tails[CURRENT];
    struct stat open_one;
    struct stat named;
    if (tail->fd < 0 || fstat(tail->fd, &open_one) != 0)
        return;
    if (stat(follow->path.p, &named) != 0) { /* moved away; it may still grow */
        if (follow->gone_ms == 0)
            follow->gone_ms = now_ms;
        return;
    }
    follow->gone_ms = 0;
    int64_t after_ns = written_ns(tail->fd);
    if (named.st_dev == open_one.st_dev && named.st_ino == open_one.st_ino)
        return;
    struct follow_tail *former = former_place(follow);
    struct follow_tail moved = *former;
    *former = *tail;
    *tail = moved; /* its buffers are used again */
    tail->fd = -1;
    tail->offset = 0;
    tail->head_bytes = 0;
    open_current(follow);
    look_between(follow, after_ns, open_one.st_nlink == 0);
}

/* True when it was not read to its end. */
static bool read_tail(struct follow *follow, struct follow_tail *tail, int64_t now_ms,
                      size_t *left_bytes)
{
    while (*left_bytes > 0) {
        follow->is_before = tail->offset < tail->before;
        int64_t most = follow->is_before ? tail->before - tail->offset : FOLLOW_READ_BYTES;
        ssize_t n =
            pread(tail->fd, follow->buffer,
                  most < FOLLOW_READ_BYTES ? (size_t)most : FOLLOW_READ_BYTES, tail->offset);
        if (n <= 0)
            return false;
        tail->offset += n;
        tail->grew_ms = now_ms;
        learn_head(tail);
        log_lines_feed(&tail->lines, (struct str){follow->buffer, (size_t)n});
        *left_bytes -= (size_t)n < *left_bytes ? (size_t)n : *left_bytes;
    }
    return true;
}

bool follow_read(struct follow *follow, int64_t now_ms)
{
    struct follow_tail *current = &follow->tails[CURRENT];
    size_t left_bytes = FOLLOW_TURN_BYTES;
    if (current->fd < 0)
        open_current(follow);
    if (current->fd >= 0 && is_truncated(current))
        take_truncation(follow);
    begin_between(follow);
    bool more = false;
    for (size_t i = 0; i < FOLLOW_TAILS && !more; i++) {
        struct follow_tail *tail = &follow->tails[i];
        if (i == CURRENT && follow->between_next < follow->between.count)
            return true; /* in order: those before it first */
        if (tail->fd < 0)
            continue;
        if (tail->grew_ms == 0)
            tail->grew_ms = now_ms;
        more = read_tail(follow, tail, now_ms, &left_bytes);
        if (!more && i != CURRENT && now_ms - tail->grew_ms > FOLLOW_FORMER_MS)
            close_tail(tail);
    }
    follow->resumes = false;
    if (!more)
        look_for_rotation(follow, now_ms);
    return more;
}
