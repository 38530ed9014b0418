/* drill_server.c - the copy: started so that it does nothing but recover and answer us. */
#include "postgres/drill.h"

#include "os/clock.h"
#include "os/file.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

enum {
    LOG_BYTES_MAX = 16 * 1024 * 1024,
    LOOK_MS = 100,
    STOP_MS = 60 * 1000,
    QUIT_MS = 10 * 1000,
    SETTINGS_MAX = 40,
    HELD_LEAST = 20
};

static const char *path_in(const struct drill *drill, const char *name)
{
    return str_printf(drill->arena, "%.*s/%s", STR_ARGS(drill->folder), name).p;
}

/* What its origin could hold, it must be able to hold; ours are not held by anybody. */
static const char *at_least(const struct drill *drill, const char *name, int64_t value)
{
    return str_printf(drill->arena, "%s=%lld", name, (long long)value).p;
}

static size_t add_settings(const struct drill *drill, const char **argv, size_t n)
{
    const struct drill_control *control = &drill->control;
    int64_t connections = control->connections > HELD_LEAST ? control->connections : HELD_LEAST;
    const char *settings[] = {
        str_printf(drill->arena, "config_file=%s", path_in(drill, "postgresql.conf")).p,
        str_printf(drill->arena, "hba_file=%s", path_in(drill, "pg_hba.conf")).p,
        str_printf(drill->arena, "ident_file=%s", path_in(drill, "pg_ident.conf")).p,
        str_printf(drill->arena, "unix_socket_directories=%.*s", STR_ARGS(drill->folder)).p,
        at_least(drill, "max_connections", connections),
        at_least(drill, "max_worker_processes", control->workers),
        at_least(drill, "max_wal_senders", control->senders),
        at_least(drill, "max_prepared_transactions", control->prepared),
        at_least(drill, "max_locks_per_transaction", control->locks),
        "listen_addresses=",
        "port=5432",
        "hot_standby=off",
        "archive_mode=off",
        "archive_command=",
        "primary_conninfo=",
        "primary_slot_name=",
        "recovery_end_command=",
        "archive_cleanup_command=",
        "shared_preload_libraries=",
        "session_preload_libraries=",
        "local_preload_libraries=",
        "max_logical_replication_workers=0",
        "autovacuum=off",
        "synchronous_standby_names=",
        "ssl=off",
        "fsync=off",
        "logging_collector=off",
        "log_destination=stderr",
        "log_line_prefix=",
        "lc_messages=C",
        "huge_pages=off",
        "shared_buffers=128MB",
        "unix_socket_permissions=0700"};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        argv[n++] = "-c";
        argv[n++] = settings[i];
    }
    return n;
}

static bool write_files(const struct drill *drill, struct err *err)
{
    static const struct {
        const char *name, *text;
    } files[] = {{"postgresql.conf", "# everything is on the command line\n"},
                 {"pg_hba.conf", "local all all trust\n"},
                 {"pg_ident.conf", ""}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!file_write(str_of(path_in(drill, files[i].name)), str_of(files[i].text), 0600, err))
            return false;
    return true;
}

static struct str why_ended(const struct drill *drill)
{
    struct str log;
    if (!file_read(drill->arena, str_of(path_in(drill, "log")), LOG_BYTES_MAX, &log, NULL))
        return STR("its log cannot be read");
    return str_cut(work_clean(drill->arena, drill_find_reason(log)), 400);
}

/* Has it recovered? False when it does not answer yet. */
static bool ask_recovered(struct drill *drill, struct str *out_wrong)
{
    LINK_SCOPED link = {.conn = NULL};
    int64_t us = 0;
    if (!link_open(&link, drill->arena, &drill->address, NULL, clock_boot_us() + 5 * 1000000)) {
        if (link.failure.kind == FAILURE_USER)
            *out_wrong = str_printf(
                drill->arena,
                "the cluster has no user \"%.*s\"; services.backup.user names its superuser",
                STR_ARGS(drill->user));
        return false;
    }
    link.until_us = clock_boot_us() + 30 * 1000000;
    RESULT_SCOPED answer = link_ask(
        &link,
        "SELECT pg_catalog.pg_is_in_recovery(), "
        "(extract(epoch FROM pg_catalog.pg_last_xact_replay_timestamp()) * 1000000)::bigint",
        NULL, 0);
    if (!str_is(link_value(answer, 0), "f"))
        return false;
    if (str_int(link_value(answer, 1), &us))
        drill->last_commit.us = us;
    return true;
}

static bool wait_for_it(struct drill *drill)
{
    struct str wrong = STR("");
    while (clock_boot_ms() < drill->pgbackrest.until_ms) {
        if (spawn_ends_within(&drill->server, LOOK_MS))
            return drill_step(drill, "recover", false,
                              str_printf(drill->arena, "The server that was restored ended: %.*s.",
                                         STR_ARGS(why_ended(drill))));
        if (ask_recovered(drill, &wrong))
            return drill_step(drill, "recover", true,
                              STR("WAL was replayed, and the server answers."));
        if (wrong.n > 0)
            return drill_step(
                drill, "recover", false,
                str_printf(drill->arena, "It was restored, but %.*s.", STR_ARGS(wrong)));
    }
    return drill_step(drill, "recover", false, STR("The server did not recover in time."));
}

bool drill_start(struct drill *drill)
{
    struct err err = {0};
    const char *argv[2 * SETTINGS_MAX + 4] = {NULL};
    size_t n = 0;
    argv[n++] = str_printf(drill->arena, "%.*spostgres", STR_ARGS(drill->binaries)).p;
    argv[n++] = "-D";
    argv[n++] = path_in(drill, "data");
    n = add_settings(drill, argv, n);
    argv[n] = NULL;
    drill->address = (struct address){.user = drill->user,
                                      .host = drill->folder,
                                      .port = STR("5432"),
                                      .database = STR("postgres")};
    int log = open(path_in(drill, "log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct spawn spawn = {.argv = argv,
                          .environment = plain_environment(drill->arena),
                          .stdin_fd = -1,
                          .stdout_fd = log,
                          .extra_fd = -1,
                          .die_with_parent = true,
                          .own_session = true,
                          .stderr_as_stdout = true,
                          .search_path = true};
    bool started =
        log >= 0 && write_files(drill, &err) && spawn_start(&spawn, &drill->server, &err);
    if (log >= 0)
        (void)close(log);
    if (!started)
        return drill_step(drill, "recover", false,
                          str_printf(drill->arena, "The restored server cannot be started: %s",
                                     err.kind == ERR_NONE ? "the disk takes no file." : err.text));
    drill->is_running = true;
    return wait_for_it(drill);
}

bool drill_stop(struct drill *drill)
{
    if (!drill->is_running)
        return true;
    drill->is_running = false;
    (void)spawn_signal(&drill->server, SIGINT);
    bool clean = spawn_ends_within(&drill->server, STOP_MS);
    if (!clean) {
        (void)spawn_signal(&drill->server, SIGQUIT);
        if (!spawn_ends_within(&drill->server, QUIT_MS))
            (void)spawn_signal(&drill->server, SIGKILL);
    }
    return spawn_wait(&drill->server) == 0 && clean;
}
