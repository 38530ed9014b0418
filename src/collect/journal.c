/* journal.c - two files of records, each with its length and a hash. */
#include "collect/journal.h"

#include "collect/history.h"
#include "telemetry/series.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[2] = {"pushed-0", "pushed-1"};

/* The first record of a file has no sender and its generation as state; the one behind the whole
 * states has neither. */
struct record_head {
    uint64_t hash; /* of all behind it */
    uint64_t sender_bytes, state_bytes, lines_bytes;
};

struct record {
    struct str sender, state, lines;
};

void journal_close(struct journal *journal)
{
    for (int i = 0; i < 2; i++)
        if (journal->files[i] >= 0)
            (void)close(journal->files[i]);
    *journal = (struct journal){.files = {-1, -1}, .active = -1};
}

void journal_pack(struct text *records, struct str sender, struct str state, struct str lines)
{
    struct record_head head = {0, sender.n, state.n, lines.n};
    size_t from = records->n;
    text_add(records, (struct str){(const char *)&head, sizeof head});
    text_add(records, sender);
    text_add(records, state);
    text_add(records, lines);
    if (text_full(records))
        return;
    struct str hashed = str_from(text_str(records), from + sizeof head.hash);
    head.hash = series_hash(hashed);
    memcpy(records->p + from, &head.hash, sizeof head.hash);
}

/* Takes the next whole record off the front. */
static bool next_record(struct str *rest, struct record *out_record)
{
    struct record_head head;
    if (rest->n < sizeof head)
        return false;
    memcpy(&head, rest->p, sizeof head);
    uint64_t left = rest->n - sizeof head;
    if (head.sender_bytes > left || head.state_bytes > left - head.sender_bytes ||
        head.lines_bytes > left - head.sender_bytes - head.state_bytes)
        return false;
    size_t end = sizeof head + head.sender_bytes + head.state_bytes + head.lines_bytes;
    if (series_hash(str_slice(*rest, sizeof head.hash, end)) != head.hash)
        return false;
    struct str body = str_slice(*rest, sizeof head, end);
    out_record->sender = str_slice(body, 0, head.sender_bytes);
    out_record->state = str_slice(body, head.sender_bytes, head.sender_bytes + head.state_bytes);
    out_record->lines = str_from(body, head.sender_bytes + head.state_bytes);
    *rest = str_from(*rest, end);
    return true;
}

/* A file's bytes, in pages of their own: some 30 MB would stay with the heap. */
struct content {
    char *pages;
    size_t mapped_bytes;
    struct str bytes;
};

/* False: it could not be read, and what it holds nobody knows. */
static bool read_file(int file, struct content *out_content)
{
    struct stat about;
    if (fstat(file, &about) < 0)
        return false;
    if (about.st_size <= 0 || about.st_size > JOURNAL_BYTES_MAX)
        return true;
    size_t size = (size_t)about.st_size;
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return false;
    size_t got = 0;
    ssize_t n = 1;
    *out_content = (struct content){.pages = pages, .mapped_bytes = size};
    while (got < size && n != 0) {
        n = pread(file, out_content->pages + got, size - got, (off_t)got);
        if (n < 0 && errno != EINTR)
            return false;
        got += n > 0 ? (size_t)n : 0;
    }
    out_content->bytes = (struct str){out_content->pages, got};
    return true;
}

/* The generation of a file whose beginning is whole; 0: it is not. */
static uint64_t generation_of(struct str bytes)
{
    struct record record;
    uint64_t generation = 0;
    if (!next_record(&bytes, &record) || record.sender.n > 0 || record.state.n != sizeof generation)
        return 0;
    memcpy(&generation, record.state.p, sizeof generation);
    while (next_record(&bytes, &record))
        if (record.sender.n == 0)
            return generation;
    return 0;
}

static void replay(struct journal *journal, struct str bytes, const struct journal_use *use)
{
    struct str rest = bytes;
    struct record record;
    while (next_record(&rest, &record)) {
        if (record.sender.n > 0)
            use->take(use->context, record.sender, record.state, record.lines);
        else if (record.state.n == 0)
            journal->begun_bytes = (int64_t)(bytes.n - rest.n);
    }
    journal->bytes = (int64_t)(bytes.n - rest.n);
    /* What is torn is cut off; when that fails the other file is begun. */
    if (rest.n > 0 && ftruncate(journal->files[journal->active], (off_t)journal->bytes) < 0)
        journal->bytes = JOURNAL_BYTES_MAX;
}

bool journal_open(struct journal *journal, int folder, const struct journal_use *use,
                  struct err *err)
{
    struct content contents[2] = {{.bytes = STR("")}, {.bytes = STR("")}};
    uint64_t generations[2] = {0, 0};
    bool is_read = true;
    *journal = (struct journal){.files = {-1, -1}, .active = -1};
    for (int i = 0; i < 2 && is_read; i++) {
        journal->files[i] = openat(folder, names[i], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        is_read = journal->files[i] >= 0 && read_file(journal->files[i], &contents[i]);
        if (!is_read)
            (void)err_set(err, ERR_SELF, names[i],
                          "the journal of what is pushed cannot be used: %s",
                          strerrordesc_np(errno));
        generations[i] = is_read ? generation_of(contents[i].bytes) : 0;
    }
    int newer = generations[1] > generations[0];
    if (is_read && generations[newer] > 0) {
        journal->generation = generations[newer];
        journal->active = newer;
        replay(journal, contents[newer].bytes, use);
    }
    for (int i = 0; i < 2; i++)
        if (contents[i].pages)
            (void)munmap(contents[i].pages, contents[i].mapped_bytes);
    if (!is_read)
        journal_close(journal);
    return is_read;
}

bool journal_is_there(const struct journal *journal, int folder, struct err *err)
{
    for (int i = 0; i < 2; i++)
        if (!history_file_is_there(journal->files[i], folder, names[i]))
            return err_set(err, ERR_SELF, names[i],
                           "%s of the history folder was deleted or replaced while it was in use",
                           names[i]);
    return true;
}

bool journal_is_long(const struct journal *journal)
{
    return journal->active < 0 || journal->bytes > journal->begun_bytes * 2 + JOURNAL_BYTES;
}

static bool write_all(int file, struct str bytes, int64_t at)
{
    while (bytes.n > 0) {
        ssize_t n = pwrite(file, bytes.p, bytes.n, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = str_from(bytes, (size_t)n);
        at += n;
    }
    return fdatasync(file) == 0;
}

bool journal_begin(struct journal *journal, struct str wholes, struct err *err)
{
    struct arena arena;
    struct text text;
    uint64_t generation = journal->generation + 1;
    int other = journal->active == 0 ? 1 : 0;
    int file = journal->files[other];
    arena_init(&arena);
    text_init(&text, &arena, JOURNAL_BYTES_MAX);
    journal_pack(&text, STR(""), (struct str){(const char *)&generation, sizeof generation},
                 STR(""));
    text_add(&text, wholes);
    journal_pack(&text, STR(""), STR(""), STR(""));
    bool good = !text_full(&text) && ftruncate(file, 0) == 0 && write_all(file, text_str(&text), 0);
    if (good) {
        journal->generation = generation;
        journal->active = other;
        journal->bytes = journal->begun_bytes = (int64_t)text.n;
    } else {
        (void)err_set(err, ERR_SELF, NULL, "the journal of what is pushed cannot be written: %s",
                      strerrordesc_np(errno));
        (void)!ftruncate(file, 0);
    }
    arena_done(&arena);
    return good;
}

bool journal_write(struct journal *journal, struct str records, struct err *err)
{
    int file = journal->files[journal->active];
    if (write_all(file, records, journal->bytes)) {
        journal->bytes += (int64_t)records.n;
        return true;
    }
    (void)err_set(err, ERR_SELF, NULL, "the journal of what is pushed cannot be written: %s",
                  strerrordesc_np(errno));
    (void)!ftruncate(file, (off_t)journal->bytes);
    journal->bytes = JOURNAL_BYTES_MAX; /* whether the disk has it nobody knows: not this file */
    return false;
}
