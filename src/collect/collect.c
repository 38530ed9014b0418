/* collect.c - the collector's loop: specs and what probes saw in, scrapes between, lines out. */
#include "collect/collect.h"

#include "collect/archive.h"
#include "collect/history.h"
#include "collect/logs.h"
#include "collect/probed.h"
#include "collect/receive.h"
#include "collect/scrape.h"
#include "os/clock.h"
#include "os/sandbox.h"
#include "telemetry/window.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct collector {
    struct event_base *base;
    struct evdns_base *dns;
    struct bufferevent *in, *out;
    /* As long as the spec, whose selectors take memory from it while they live: it does not move.
     */
    struct arena *arena;
    struct arena arenas[2]; /* of this spec and of the one before or behind it */
    struct arena turn;
    struct collector_spec spec;
    struct scrape **scrapes;
    size_t scrape_count;
    struct probed **probed;
    size_t probed_count;
    struct scrape_use use;
    struct logs *logs; /* NULL: none */
    struct logs_use logs_use;
    struct history_files history;
    struct archive *archive;  /* NULL: nothing is kept for longer */
    int64_t archive_retry_ms; /* when it is opened again */
    char archive_said[512];   /* why it was given up, as it was said; "": it is kept */
    struct event *flush;
    struct receive *receive; /* NULL until somebody pushes */
    struct receive_use receive_use;
    /* Newest reading, and newest cluster of errors, of each sender in the history. */
    struct instant replayed[LIMIT_SENDERS][2];
    unsigned looks;
    bool begun;    /* the history was sent */
    bool told;     /* and when targets were read last */
    bool stands;   /* the core did not read while the history was sent */
    bool confined; /* no file but the history's can be reached any more */
    int exit_code;
};

enum {
    LOOK_S = 1, /* between looks whether the history is still there */
    TRIM_LOOKS = 60,
    /* Of the history so much waits for the core at a time, and so long while it reads nothing. */
    REPLAY_BYTES = 256 * 1024,
    REPLAY_WAIT_MS = 5000
};

static void stop(struct collector *collector, int exit_code)
{
    collector->exit_code = exit_code;
    (void)event_base_loopexit(collector->base, NULL);
}

/* The collector has no log of its own: its complaints are lines on standard error for the core. */
static void complain(const struct err *err)
{
    (void)fprintf(stderr, "collector: %s\n", err->text);
}

static void send_line(struct collector *collector, struct str line)
{
    struct evbuffer *output = bufferevent_get_output(collector->out);
    if (evbuffer_get_length(output) + line.n > OUTPUT_BYTES_MAX) {
        struct err err;
        (void)err_set(&err, ERR_SELF, NULL, "the core reads nothing; 32 MiB wait for it");
        complain(&err);
        stop(collector, 6);
        return;
    }
    (void)bufferevent_write(collector->out, line.p, line.n);
}

/* What is kept for months is a help, and no part of what is decided: without it all goes on, and it
 * is opened again later. */
static void give_up_archive(struct collector *collector, const struct err *err)
{
    if (!str_is(str_of(err->text), collector->archive_said))
        complain(err);
    str_keep(collector->archive_said, sizeof collector->archive_said, str_of(err->text));
    archive_close(collector->archive);
    collector->archive = NULL;
    collector->archive_retry_ms = clock_boot_ms() + ARCHIVE_RETRY_MS;
}

static void keep(struct collector *collector, const struct reading *reading)
{
    struct err err = {0};
    if (collector->archive && !archive_add(collector->archive, reading, &err))
        give_up_archive(collector, &err);
}

static void open_archive(struct collector *collector)
{
    struct err err = {0};
    struct str folder = collector->spec.history_dir;
    archive_close(collector->archive);
    collector->archive = NULL;
    if (folder.n > 0 &&
        !archive_open(folder, ARCHIVE_WRITE, ARCHIVE_BYTES_MAX, &collector->archive, &err))
        give_up_archive(collector, &err);
}

static void on_flush(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct collector *collector = context;
    struct err err = {0};
    if (!collector->archive && clock_boot_ms() >= collector->archive_retry_ms)
        open_archive(collector);
    if (!collector->archive)
        return;
    if (archive_flush(collector->archive, clock_now(), &err))
        collector->archive_said[0] = '\0';
    else
        give_up_archive(collector, &err);
}

static void counters_name(const struct collector *collector, struct str target, char out_name[96])
{
    char hex[HASH_HEX_BYTES];
    struct str digest = {(const char *)collector->spec.signals_digest.b, HASH_BYTES};
    struct hash hash = hash_of_parts('c', digest, target);
    hash_hex(&hash, hex);
    (void)snprintf(out_name, 96, "counters-%.32s", hex);
}

static void on_done(void *context, const struct target_status *status,
                    const struct reading *readings, size_t count, const struct intake *intake)
{
    struct collector *collector = context;
    for (size_t i = 0; i < count; i++) {
        struct str line = reading_write(&collector->turn, &readings[i]);
        history_append(&collector->history, line);
        send_line(collector, line);
        keep(collector, &readings[i]);
    }
    if (status->up && collector->history.folder >= 0) {
        char name[96];
        counters_name(collector, status->name, name);
        history_write_counters(&collector->history, name, intake_save(intake, &collector->turn));
    }
    send_line(collector, target_status_write(&collector->turn, status));
    arena_reset(&collector->turn);
}

/* Is it newer than what the history had of its sender? */
static bool take_newer(void *context, const struct collector_line *line)
{
    struct collector *collector = context;
    struct str target = line->is_error ? line->error.target : line->reading.target;
    struct instant at = line->is_error ? line->error.at : line->reading.at;
    for (size_t i = 0; i < collector->spec.sender_count; i++) {
        struct instant *newest = &collector->replayed[i][line->is_error];
        if (!str_equal(collector->spec.senders[i].name, target) || instant_before(at, *newest))
            continue;
        *newest = at;
        return true;
    }
    return false;
}

static void on_pushed(void *context, struct str line)
{
    struct collector *collector = context;
    struct collector_line parsed;
    struct err err = {0};
    history_append(&collector->history, line);
    send_line(collector, line);
    if (collector_line_parse(&collector->turn, line, &parsed, &err) && parsed.is_reading)
        keep(collector, &parsed.reading);
    arena_reset(&collector->turn);
}

static void on_sender(void *context, const struct target_status *status)
{
    struct collector *collector = context;
    send_line(collector, target_status_write(&collector->turn, status));
    arena_reset(&collector->turn);
}

static bool core_reads(void *context)
{
    const struct collector *collector = context;
    return evbuffer_get_length(bufferevent_get_output(collector->out)) < OUTPUT_BYTES_MAX / 8;
}

static bool sync_history(void *context)
{
    const struct collector *collector = context;
    return history_sync(&collector->history);
}

static bool history_stays(void *context, struct err *err)
{
    const struct collector *collector = context;
    return history_is_there(&collector->history, collector->spec.history_dir, err);
}

/* What is in memory ends with it, as after a crash: the core starts another one, for which the
 * files are made anew. Senders are told until then that nothing is taken. */
static void on_look(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct collector *collector = context;
    struct err err = {0};
    /* Bodies, bundles of the archive and states of the journal are large and short-lived; what lies
     * behind one that is still needed would stay with the process. */
    if (++collector->looks % TRIM_LOOKS == 0)
        (void)malloc_trim(0);
    if (history_stays(collector, &err))
        return;
    complain(&err);
    stop(collector, COLLECT_LOST);
}

/* Before the process is confined. */
static void listen_for_senders(struct collector *collector)
{
    if (collector->receive)
        receive_set_spec(collector->receive, &collector->spec);
    else if (collector->spec.listen.n > 0)
        collector->receive =
            receive_open(collector->base, &collector->receive_use, &collector->spec);
}

/* The history is read in one go: what the core could not read yet would be held, and the heap would
 * stay as large as the history is. Not waited for any more when the core does not read: send_line
 * bounds the rest.
 */
static void let_core_read(struct collector *collector)
{
    struct evbuffer *output = bufferevent_get_output(collector->out);
    struct pollfd pipe = {.fd = bufferevent_getfd(collector->out), .events = POLLOUT};
    while (!collector->stands && evbuffer_get_length(output) > REPLAY_BYTES) {
        /* Its front is frozen against all but the bufferevent, which waits for the loop. */
        (void)evbuffer_unfreeze(output, 1);
        int n = evbuffer_write(output, pipe.fd);
        (void)evbuffer_freeze(output, 1);
        if (n > 0)
            continue;
        collector->stands = n == 0 || (errno != EAGAIN && errno != EINTR) ||
                            (errno == EAGAIN && poll(&pipe, 1, REPLAY_WAIT_MS) <= 0);
    }
}

/* A line of the history goes up when it is whole. */
static void replay_line(void *context, struct str line)
{
    struct collector *collector = context;
    struct collector_line parsed;
    struct err err;
    if (!collector_line_parse(&collector->turn, line, &parsed, &err) ||
        !(parsed.is_reading || parsed.is_error) ||
        instant_before(clock_now(), parsed.is_error ? parsed.error.at : parsed.reading.at))
        return;
    send_line(collector, line);
    let_core_read(collector);
    if (parsed.is_reading)
        keep(collector, &parsed.reading);
    (void)take_newer(collector, &parsed);
}

static void replay(void *context, struct str line)
{
    struct collector *collector = context;
    if (logs_is_report(line))
        logs_each_line(&collector->turn, line, replay_line, collector);
    else
        replay_line(collector, line);
    arena_reset(&collector->turn);
}

/* Shapes of errors that senders sent go on with their numbers. */
static void replay_error(void *context, struct str line)
{
    struct collector *collector = context;
    struct collector_line parsed;
    struct err err;
    if (!logs_is_report(line) && collector_line_parse(&collector->turn, line, &parsed, &err) &&
        parsed.is_error)
        receive_known_error(collector->receive, &parsed.error);
    arena_reset(&collector->turn);
}

/* Where the followed files stood at each report. */
static void replay_position(void *context, struct str line)
{
    struct collector *collector = context;
    if (logs_is_report(line))
        logs_restore(collector->logs, line);
}

static void keep_report(void *context, struct str report)
{
    struct collector *collector = context;
    history_append(&collector->history, report);
}

static void send_log_line(void *context, struct str line)
{
    struct collector *collector = context;
    struct collector_line parsed;
    struct err err = {0};
    struct arena scratch;
    send_line(collector, line);
    arena_init(&scratch);
    if (collector_line_parse(&scratch, line, &parsed, &err) && parsed.is_reading)
        keep(collector, &parsed.reading);
    arena_done(&scratch);
}

static void open_logs(struct collector *collector)
{
    struct err err = {0};
    collector->logs_use = (struct logs_use){collector, keep_report, send_log_line};
    collector->logs = logs_open(collector->base, &collector->spec, &collector->logs_use, &err);
    if (err.kind != ERR_NONE)
        complain(&err);
    if (!collector->logs)
        return;
    history_replay(&collector->history, replay_position, collector);
    logs_begin(collector->logs);
}

static void close_scrapes(struct collector *collector)
{
    for (size_t i = 0; i < collector->scrape_count; i++)
        scrape_close(collector->scrapes[i]);
    for (size_t i = 0; i < collector->probed_count; i++)
        probed_close(collector->probed[i]);
    collector->scrape_count = collector->probed_count = 0;
}

/* Of a target that this process has not read yet. */
static void tell_remembered(struct collector *collector, const struct collector_target *target,
                            struct instant at)
{
    if (collector->told || instant_is_zero(at) || instant_before(clock_now(), at))
        return;
    struct target_status status = {.name = target->name,
                                   .url = target->url,
                                   .at = at,
                                   .interval_ms = target->interval_ms,
                                   .problem = STR(""),
                                   .remembered = true};
    send_line(collector, target_status_write(&collector->turn, &status));
}

static void open_target(struct collector *collector, const struct collector_target *target)
{
    const struct signals *signals = &collector->spec.signals;
    char name[96];
    counters_name(collector, target->name, name);
    struct str saved = history_read_counters(&collector->turn, &collector->history, name);
    if (target->probed) {
        struct probed *probed = probed_open(target, signals, &collector->use);
        probed_restore(probed, saved);
        collector->probed[collector->probed_count++] = probed;
    } else {
        struct scrape *scrape =
            scrape_open(collector->base, collector->dns, target, signals, &collector->use);
        scrape_restore(scrape, saved);
        collector->scrapes[collector->scrape_count++] = scrape;
    }
    tell_remembered(collector, target, intake_saved_at(saved));
    arena_reset(&collector->turn);
}

static void open_scrapes(struct collector *collector)
{
    size_t count = collector->spec.target_count;
    collector->scrapes = arena_array(collector->arena, count + 1, sizeof(struct scrape *));
    collector->probed = arena_array(collector->arena, count + 1, sizeof(struct probed *));
    for (size_t i = 0; i < count; i++)
        open_target(collector, &collector->spec.targets[i]);
    collector->told = true;
}

/* One that is no target any more, or not yet, is nobody's. */
static void take_probe(struct collector *collector, struct str text)
{
    struct arena arena;
    struct probe_line line;
    struct err err = {0};
    arena_init(&arena);
    if (!probe_line_parse(&arena, text, &line, &err))
        complain(&err);
    else
        for (size_t i = 0; i < collector->probed_count; i++)
            if (str_equal(probed_target(collector->probed[i]), line.name))
                probed_take(collector->probed[i], &line);
    arena_done(&arena);
}

/* What targets say is read by this process: it can reach the network and its history, and read the
 * folders of the logs it follows, no more. */
static void confine(struct collector *collector)
{
    struct err err = {0};
    int folders[LIMIT_LOGS];
    size_t count = 0;
    if (collector->confined)
        return;
    for (size_t i = 0; i < collector->spec.log_count; i++) {
        struct str file = collector->spec.logs[i].file;
        const char *slash = memrchr(file.p, '/', file.n);
        size_t n = slash ? (size_t)(slash - file.p) + 1 : 0;
        struct str folder = n > 0 ? str_copy(collector->arena, str_slice(file, 0, n)) : STR(".");
        int fd = open(folder.p, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
            folders[count++] = fd;
    }
    if (!sandbox_files_and_read(collector->history.folder, folders, count, &err))
        complain(&err);
    for (size_t i = 0; i < count; i++)
        (void)close(folders[i]);
    collector->confined = true;
}

static void take_spec(struct collector *collector, struct str line)
{
    struct arena *former = collector->arena; /* the listener's, too, until it has the next spec */
    struct arena *arena = &collector->arenas[former == &collector->arenas[0]];
    struct collector_spec spec;
    struct err err = {0};
    if (!collector_spec_parse(arena, line, &spec, &err)) {
        complain(&err);
        arena_reset(arena);
        stop(collector, 2);
        return;
    }
    if (collector->receive)
        receive_flush(collector->receive);
    close_scrapes(collector);
    logs_close(collector->logs);
    collector->logs = NULL;
    history_close(&collector->history);
    collector->arena = arena;
    collector->spec = spec;
    listen_for_senders(collector);
    arena_reset(former);
    if (history_open(&collector->history, spec.history_dir, &err))
        confine(collector);
    else
        complain(&err);
    open_archive(collector);
    if (!collector->begun)
        history_replay(&collector->history, replay, collector);
    if (collector->receive) {
        history_replay(&collector->history, replay_error, collector);
        receive_begin(collector->receive, collector->history.folder,
                      collector->begun ? NULL : take_newer);
    }
    if (!collector->begun)
        send_line(collector, STR(COLLECTOR_HISTORY_READ "\n"));
    collector->begun = true;
    open_scrapes(collector);
    open_logs(collector);
    (void)malloc_trim(0); /* what only reading the history and the journal took */
}

static void on_input(struct bufferevent *in, void *context)
{
    struct collector *collector = context;
    struct evbuffer *input = bufferevent_get_input(in);
    size_t n;
    char *line;
    while ((line = evbuffer_readln(input, &n, EVBUFFER_EOL_LF))) {
        if (probe_line_is((struct str){line, n}))
            take_probe(collector, (struct str){line, n});
        else
            take_spec(collector, (struct str){line, n});
        free(line);
    }
    if (evbuffer_get_length(input) > SPEC_BYTES_MAX) {
        struct err err;
        (void)err_set(&err, ERR_USAGE, NULL, "the line of the collector is longer than 1 MiB");
        complain(&err);
        stop(collector, 2);
    }
}

/* The core is gone, or cannot be written to. */
static void on_end(struct bufferevent *side, short what, void *context)
{
    (void)side;
    (void)what;
    stop(context, 0);
}

static struct bufferevent *open_pipe(struct collector *collector, int fd)
{
    (void)evutil_make_socket_nonblocking(fd);
    return bufferevent_socket_new(collector->base, fd, BEV_OPT_CLOSE_ON_FREE);
}

int collect_main(int in_fd, int out_fd)
{
    struct collector collector = {.history = {.folder = -1, .files = {-1, -1}}};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore, NULL); /* a file that may not grow is a full disk */
    arena_init(&collector.arenas[0]);
    arena_init(&collector.arenas[1]);
    collector.arena = &collector.arenas[0];
    arena_init(&collector.turn);
    struct event_config *config = event_config_new();
    (void)event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    collector.base = event_base_new_with_config(config);
    event_config_free(config);
    collector.dns = evdns_base_new(collector.base, EVDNS_BASE_INITIALIZE_NAMESERVERS |
                                                       EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    struct arena own; /* as long as the process */
    arena_init(&own);
    collector.use = (struct scrape_use){&collector, arena_alloc(&own, RECEIVE_BYTES), on_done};
    collector.receive_use = (struct receive_use){&collector, on_pushed,    on_sender,
                                                 core_reads, sync_history, history_stays};
    collector.in = open_pipe(&collector, in_fd);
    collector.out = open_pipe(&collector, out_fd);
    bufferevent_setcb(collector.in, on_input, NULL, on_end, &collector);
    bufferevent_setcb(collector.out, NULL, NULL, on_end, &collector);
    (void)bufferevent_enable(collector.in, EV_READ);
    (void)bufferevent_disable(collector.out, EV_READ);
    collector.flush = event_new(collector.base, -1, EV_PERSIST, on_flush, &collector);
    (void)event_add(collector.flush, &(struct timeval){ARCHIVE_FLUSH_MS / 1000, 0});
    struct event *look = event_new(collector.base, -1, EV_PERSIST, on_look, &collector);
    (void)event_add(look, &(struct timeval){LOOK_S, 0});
    (void)event_base_dispatch(collector.base);
    /* The core kills whoever closes its pipe, and would not hear of the code any more. */
    if (collector.exit_code == COLLECT_LOST)
        _exit(COLLECT_LOST);
    event_free(look);
    event_free(collector.flush);
    receive_close(collector.receive);
    close_scrapes(&collector);
    logs_close(collector.logs);
    archive_close(collector.archive);
    history_close(&collector.history);
    bufferevent_free(collector.in);
    bufferevent_free(collector.out);
    evdns_base_free(collector.dns, 1);
    /* Who asked for a name is told so, and gives back what it waited with. */
    (void)event_base_loop(collector.base, EVLOOP_NONBLOCK);
    event_base_free(collector.base);
    arena_done(&collector.turn);
    arena_done(&collector.arenas[0]);
    arena_done(&collector.arenas[1]);
    arena_done(&own);
    return collector.exit_code;
}
