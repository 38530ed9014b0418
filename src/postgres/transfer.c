/* transfer.c - what db:export and db:import share. */
#include "postgres/transfer.h"

#include "os/capture.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/stop.h"
#include "postgres/pgbackrest.h"
#include "postgres/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SENTENCE_BYTES = 1600,
    TELL_MS = 1000,
    TELL_SLOW_MS = 30 * 1000,
    WAIT_MS = 200,
    END_MS = 10 * 1000,
    LOG_BYTES_MAX = 1024 * 1024,
    REASON_BYTES = 500,
    MAJORS_NEWER = 8,
    LINE_BYTES = 160
};
#define FOLDER_FRONT ".reeve-transfer-"

bool transfer_fail(struct transfer *transfer, enum order_outcome outcome, const char *format, ...)
{
    char line[SENTENCE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (!transfer->failed) {
        transfer->outcome = outcome;
        transfer->sentence = str_copy(transfer->arena, str_of(line));
    }
    transfer->failed = true;
    return false;
}

/* The first line that says "error:", with what follows it; else the last line. */
static struct str reason_in(struct transfer *transfer)
{
    struct str line;
    struct str found = STR("it does not say why");
    struct str log = {arena_alloc(transfer->arena, LOG_BYTES_MAX), 0};
    ssize_t n = pread(transfer->log_fd, (char *)(uintptr_t)log.p, LOG_BYTES_MAX, 0);
    log.n = n > 0 ? (size_t)n : 0;
    while (str_split(&log, '\n', &line)) {
        size_t at = str_find(line, "error: ", 0);
        if (str_trim(line).n > 0)
            found = at < line.n ? str_from(line, at + strlen("error: ")) : line;
        if (at < line.n)
            break;
    }
    found = address_scrub(transfer->arena, &transfer->address, str_cut(found, REASON_BYTES));
    return str_ends(found, ".") ? str_slice(found, 0, found.n - 1) : found;
}

/* What the child ended with, once it has. */
static bool child_failed(struct transfer *transfer)
{
    if (!transfer->child_ended || transfer->child_code == 0)
        return false;
    (void)transfer_fail(transfer, ORDER_FAILED, "%s ended with %d: %.*s.", transfer->child_name,
                        transfer->child_code, STR_ARGS(reason_in(transfer)));
    return true;
}

bool transfer_fail_by(struct transfer *transfer, const char *what, const PGresult *result)
{
    if (child_failed(transfer))
        return false;
    if (*transfer->stop)
        return transfer_fail(transfer, ORDER_FAILED, "It was stopped (%s).", what);
    if (!result)
        return transfer_fail(transfer, ORDER_FAILED, "The connection was lost (%s).", what);
    struct str said = str_of(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    return transfer_fail(transfer, ORDER_FAILED, "The server refuses (%s): %.*s.", what,
                         STR_ARGS(address_scrub(transfer->arena, &transfer->address, said)));
}

struct order_result transfer_result(const struct transfer *transfer)
{
    return (struct order_result){.outcome = transfer->outcome,
                                 .detail = str_visible_line(transfer->arena, transfer->sentence),
                                 .output = STR("")};
}

static int64_t watched_bytes(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    struct stat status;
    int64_t bytes = 0;
    while (folder && (entry = readdir(folder)))
        if (fstatat(dirfd(folder), entry->d_name, &status, 0) == 0 && S_ISREG(status.st_mode))
            bytes += status.st_size;
    if (folder)
        (void)closedir(folder);
    return bytes;
}

static void tell(struct transfer *transfer, bool screen)
{
    int64_t ms = clock_boot_ms() - transfer->step_ms;
    int64_t all = transfer->all;
    int64_t done = transfer->done < all || all == 0 ? transfer->done : all;
    int64_t left_s = done > 0 && all > done
                         ? (int64_t)((double)ms / (double)done * (double)(all - done) / 1000)
                         : -1;
    char left[LINE_BYTES / 2] = "";
    char line[LINE_BYTES];
    if (transfer->json) {
        (void)fprintf(stderr, "{\"step\":\"%s\",\"done_bytes\":%lld,\"all_bytes\":%lld,\"left_s\":",
                      transfer->step, (long long)done, (long long)all);
        if (left_s >= 0)
            (void)fprintf(stderr, "%lld}\n", (long long)left_s);
        else
            (void)fprintf(stderr, "null}\n");
        return;
    }
    if (left_s >= 0)
        (void)snprintf(left, sizeof left, " of about %lld MB, about %lld s left",
                       (long long)(all / 1000000), (long long)left_s);
    (void)snprintf(line, sizeof line, "%s: %lld MB%s", transfer->step, (long long)(done / 1000000),
                   left);
    (void)fprintf(stderr, screen ? "\r%-78s" : "%s\n", line);
    transfer->told = transfer->told || screen;
}

static void end_line(struct transfer *transfer)
{
    if (transfer->told)
        (void)fprintf(stderr, "\r%-78s\r", "");
    transfer->told = false;
}

void transfer_tick(void *context)
{
    struct transfer *transfer = context;
    int64_t now_ms = clock_boot_ms();
    bool screen = isatty(STDERR_FILENO) == 1;
    if (transfer->child_runs && spawn_ends_within(&transfer->child, 0)) {
        transfer->child_code = spawn_wait(&transfer->child);
        transfer->child_runs = false;
        transfer->child_ended = true;
    }
    /* Nobody has to wait for hashes of what is not written. */
    if (*transfer->stop || (transfer->child_ended && transfer->child_code != 0))
        transfer->link.until_us = 0;
    if (now_ms - transfer->told_ms < (screen || transfer->json ? TELL_MS : TELL_SLOW_MS))
        return;
    transfer->told_ms = now_ms;
    if (transfer->watched)
        transfer->done = watched_bytes(transfer->watched);
    tell(transfer, screen);
}

void transfer_step(struct transfer *transfer, const char *step, int64_t all)
{
    end_line(transfer);
    transfer->step = step;
    transfer->step_ms = transfer->told_ms = clock_boot_ms();
    transfer->done = 0;
    transfer->all = all;
    transfer->watched = NULL;
}

bool transfer_begin(struct transfer *transfer, const struct work *work, const char *what)
{
    struct err err = {0};
    const struct json *json = json_get(work->body, "json");
    *transfer = (struct transfer){.work = work,
                                  .arena = work->arena,
                                  .stop = stop_catch(),
                                  .what = what,
                                  .lock = {-1},
                                  .log_fd = -1,
                                  .folder = STR(""),
                                  .json = json && json->type == JSON_TRUE};
    transfer_step(transfer, "begin", 0);
    struct str url = json_get_str(work->secrets, "url");
    if (!json_get_int(work->body, "jobs", &transfer->jobs) || transfer->jobs < 1 ||
        transfer->jobs > TRANSFER_JOBS_MAX)
        return transfer_fail(transfer, ORDER_REFUSED, "The order's jobs are missing.");
    return url.n == 0 ||
           address_read(work->arena, "services.database.url", url, &transfer->address, &err) ||
           transfer_fail(transfer, ORDER_REFUSED, "%s: %s", err.place, err.text);
}

static void end_child(struct transfer *transfer)
{
    if (!transfer->child_runs)
        return;
    /* Its group is its own, and it was not waited for yet. */
    (void)kill(-transfer->child.pid, SIGTERM);
    if (!spawn_ends_within(&transfer->child, END_MS))
        (void)kill(-transfer->child.pid, SIGKILL);
    (void)spawn_wait(&transfer->child);
    transfer->child_runs = false;
}

/* A server does not notice that nobody waits for its answer any more. */
void transfer_end_question(struct link *link)
{
    char room[1];
    if (!link->conn || PQtransactionStatus(link->conn) != PQTRANS_ACTIVE)
        return;
    PGcancel *cancel = PQgetCancel(link->conn);
    (void)PQcancel(cancel, room, sizeof room);
    PQfreeCancel(cancel);
}

void transfer_end(struct transfer *transfer)
{
    end_child(transfer);
    transfer_end_question(&transfer->link);
    end_line(transfer);
    link_close(&transfer->link);
    if (transfer->folder.n > 0)
        scratch_remove(transfer->arena, transfer->folder.p);
    lock_release(&transfer->lock);
    if (transfer->log_fd >= 0)
        (void)close(transfer->log_fd);
    transfer->log_fd = -1;
}

bool transfer_make_folder(struct transfer *transfer, struct str beside)
{
    struct arena *arena = transfer->arena;
    struct err err = {0};
    beside = str_copy(arena, beside);
    scratch_remove_left(arena, beside, FOLDER_FRONT);
    struct str name = str_printf(arena, "%.*s/" FOLDER_FRONT "XXXXXX", STR_ARGS(beside));
    char *path = arena_alloc(arena, name.n + 1);
    memcpy(path, name.p, name.n);
    if (!mkdtemp(path))
        return transfer_fail(transfer, ORDER_REFUSED,
                             "Nothing can be written in the folder %.*s: %s.", STR_ARGS(beside),
                             strerrordesc_np(errno));
    transfer->folder = str_of(path);
    return lock_take(&transfer->lock, str_printf(arena, "%s/lock", path), &err) ||
           transfer_fail(transfer, ORDER_FAILED, "%s", err.text);
}

bool transfer_connect(struct transfer *transfer, const char *database, bool *out_absent)
{
    static const char fixed[] =
        "SET search_path = ''; SET row_security = off; SET statement_timeout = 0; "
        "SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '60s'; "
        "SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC'; "
        "SET extra_float_digits = 3; SET bytea_output = 'hex'; SET xmloption = 'content'; "
        "SET lc_monetary = 'C'; SET lc_numeric = 'C'; SET quote_all_identifiers = off";
    struct link *link = &transfer->link;
    int64_t now_us = clock_boot_us();
    link_close(link);
    if (out_absent)
        *out_absent = false;
    if (!link_open(link, transfer->arena, &transfer->address, database, now_us + 10 * 1000000)) {
        if (out_absent && link->failure.kind == FAILURE_DATABASE) {
            *out_absent = true;
            return true;
        }
        return transfer_fail(transfer, ORDER_FAILED, "%.*s", STR_ARGS(link->failure.sentence));
    }
    link->until_us = now_us + transfer->work->deadline_ms * 1000;
    link->tick = transfer_tick;
    link->tick_context = transfer;
    RESULT_SCOPED result = link_tell(link, fixed);
    RESULT_SCOPED named =
        link_is_ok(result)
            ? link_tell(
                  link,
                  str_printf(transfer->arena, "SET application_name = '%s'", transfer->what).p)
            : NULL;
    if (!link_is_ok(named))
        return transfer_fail_by(transfer, "its session", result);
    RESULT_SCOPED process = transfer_ask(transfer, "its session", "SELECT pg_backend_pid()");
    if (!process)
        return false;
    /* Behind one, a session's settings and snapshot are somebody else's. */
    return str_is(link_value(process, 0),
                  str_printf(transfer->arena, "%d", PQbackendPID(link->conn)).p) ||
           transfer_fail(transfer, ORDER_REFUSED,
                         "%.*s is a pooler; write the server's own address as owner or url under "
                         "services.database.",
                         STR_ARGS(address_place(transfer->arena, &transfer->address)));
}

PGresult *transfer_ask(struct transfer *transfer, const char *what, const char *sql)
{
    PGresult *result = link_ask(&transfer->link, sql, NULL, 0);
    if (link_is_ok(result))
        return result;
    (void)transfer_fail_by(transfer, what, result);
    PQclear(result);
    return NULL;
}

bool transfer_do(struct transfer *transfer, const char *what, const char *sql)
{
    RESULT_SCOPED result = transfer_ask(transfer, what, sql);
    return result != NULL;
}

struct str transfer_program(struct transfer *transfer, const char *name, int64_t major)
{
    for (int64_t i = major; i <= major + MAJORS_NEWER; i++) {
        struct str path =
            str_printf(transfer->arena, "/usr/lib/postgresql/%lld/bin/%s", (long long)i, name);
        if (access(path.p, X_OK) == 0)
            return path;
    }
    return str_of(name);
}

bool transfer_version(struct transfer *transfer, struct str program, struct str *out)
{
    const char *argv[] = {program.p, "--version", NULL};
    struct capture capture = {argv, plain_environment(transfer->arena), clock_boot_ms() + END_MS,
                              4096, true};
    struct captured captured;
    struct err err = {0};
    if (!capture_run(transfer->arena, &capture, &captured, &err) || captured.exit_code != 0)
        return transfer_fail(transfer, ORDER_FAILED,
                             "%s cannot be started; install postgresql-client of the server's "
                             "version or a newer one.",
                             program.p);
    struct str said = captured.output;
    size_t at = str_find(said, "(PostgreSQL) ", 0);
    said = at < said.n ? str_from(said, at + strlen("(PostgreSQL) ")) : said;
    size_t end = 0;
    while (end < said.n && (byte_is_digit(said.p[end]) || said.p[end] == '.'))
        end++;
    *out = str_slice(said, 0, end);
    return true;
}

/* All that the connection was made with but the password, which goes by the environment. */
static struct str conninfo(struct transfer *transfer)
{
    struct text text;
    text_init(&text, transfer->arena, 64 * 1024);
    PQconninfoOption *options = PQconninfo(transfer->link.conn);
    for (PQconninfoOption *o = options; o && o->keyword; o++) {
        struct str key = str_of(o->keyword);
        if (!o->val || !o->val[0] || str_is(key, "password") || str_is(key, "sslpassword") ||
            str_is(key, "client_encoding") || str_is(key, "application_name") ||
            str_is(key, "fallback_application_name"))
            continue;
        text_printf(&text, "%s='", o->keyword);
        for (const char *c = o->val; *c; c++) {
            if (*c == '\'' || *c == '\\')
                text_byte(&text, '\\');
            text_byte(&text, *c);
        }
        text_adds(&text, "' ");
    }
    PQconninfoFree(options);
    text_printf(&text, "application_name='%s'", transfer->what);
    return text_str(&text);
}

static const char *const *child_environment(struct transfer *transfer)
{
    const char *const *plain = plain_environment(transfer->arena);
    const char **all = arena_array(transfer->arena, 5, sizeof *all);
    size_t n = 0;
    for (; plain[n]; n++)
        all[n] = plain[n];
    if (transfer->address.password.n > 0)
        all[n++] =
            str_printf(transfer->arena, "PGPASSWORD=%.*s", STR_ARGS(transfer->address.password)).p;
    return all;
}

bool transfer_start(struct transfer *transfer, const char *name, const char *const *words)
{
    struct err err = {0};
    const char *argv[TRANSFER_WORDS_MAX + 3] = {NULL};
    size_t n = 0;
    for (; words[n] && n < TRANSFER_WORDS_MAX; n++)
        argv[n] = words[n];
    argv[n++] = "-d";
    argv[n++] = conninfo(transfer).p;
    /* Not on the disk, which may be what it complains of. */
    if (transfer->log_fd >= 0)
        (void)close(transfer->log_fd);
    transfer->log_fd = memfd_create("log", MFD_CLOEXEC);
    if (transfer->log_fd < 0)
        return transfer_fail(transfer, ORDER_FAILED, "There is no memory for what %s says.", name);
    struct spawn spawn = {.argv = argv,
                          .environment = child_environment(transfer),
                          .stdin_fd = -1,
                          .stdout_fd = transfer->log_fd,
                          .extra_fd = -1,
                          .die_with_parent = true,
                          .own_group = true,
                          .stderr_as_stdout = true,
                          .search_path = true};
    transfer->child_name = name;
    transfer->child_ended = false;
    transfer->child_runs = spawn_start(&spawn, &transfer->child, &err);
    return transfer->child_runs ||
           transfer_fail(transfer, ORDER_FAILED, "%s: %s", err.place, err.text);
}

bool transfer_wait(struct transfer *transfer)
{
    while (!*transfer->stop && transfer->child_runs) {
        (void)spawn_ends_within(&transfer->child, WAIT_MS);
        transfer_tick(transfer);
    }
    if (!transfer->child_ended) {
        end_child(transfer);
        return transfer_fail(transfer, ORDER_FAILED, "It was stopped while %s was at work.",
                             transfer->child_name);
    }
    return !child_failed(transfer);
}
