/* logs.c - one timer and one inotify for all logs; a report of them all at once. */
#include "collect/logs.h"

#include "collect/follow.h"
#include "os/clock.h"
#include "telemetry/log_fit.h"
#include "telemetry/log_gather.h"

#include <errno.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#define END_MARK                                                                                   \
    "\t"                                                                                           \
    "E" /* of a report that is whole */

enum {
    PAGE_BYTES_MAX = 256 * 1024,
    POSITIONS_BYTES_MAX = 64 * 1024,
    SETTLE_US = 100 * 1000,
    FIRST_TURNS = 16
};

struct log_source {
    struct logs *logs;
    const struct log_spec *spec;
    struct log_map map;
    struct log_tally tally; /* pushed: the totals of the newest report */
    struct log_clusters clusters;
    struct log_fit fit;
    struct log_late late;
    int64_t late_reported; /* of its count */
    struct follow follow;
    struct instant
        left; /* of the position, when nothing was missed since; until the first report */
    struct instant gone; /* since when the file is, as it is said; zero: it is there */
    struct arena intake_arena;
    struct intake intake;
    struct exposition exposition;
    char *carry;
    char message[LOG_MESSAGE_BYTES];
};

struct logs {
    struct event_base *base;
    const struct logs_use *use;
    const struct collector_spec *spec;
    struct arena arena, turn;
    struct log_source *sources;
    size_t count;
    struct event *tick, *settle, *changed;
    int inotify;
    struct reading *readings;
    char *positions;     /* of the newest report in the history */
    struct instant left; /* when that was; zero: not long ago, or not known */
};

static void take_line(void *context, const struct log_line *line)
{
    struct log_source *source = context;
    struct log_entry entry;
    log_map_read(&source->map, line, source->message, &entry);
    struct instant now = clock_now();
    /* Of a line without a time nobody knows when in a long stop it was written. */
    if (instant_is_zero(entry.at) && source->follow.is_before)
        entry.at = source->logs->left;
    log_fit_add(&source->fit, &entry, now);
    log_gather(&source->tally, &source->clusters, &source->late, &entry, now);
}

static bool read_all(struct logs *logs)
{
    bool more = false;
    for (size_t i = 0; i < logs->count; i++)
        more = follow_read(&logs->sources[i].follow, clock_boot_ms()) || more;
    return more;
}

/* The totals as one scrape; the readings of it. */
static size_t scrape_totals(struct log_source *source, const struct log_totals *totals,
                            struct instant at)
{
    struct logs *logs = source->logs;
    struct text page;
    struct err err;
    text_init(&page, &logs->turn, PAGE_BYTES_MAX);
    text_adds(&page, "# counted\n");
    log_totals_write(totals, source->spec->source, &page);
    intake_begin(&source->intake, at, source->spec->interval_ms);
    exposition_init(&source->exposition, &source->intake.use, source->carry);
    if (!exposition_feed(&source->exposition, text_str(&page), &err) ||
        !exposition_end(&source->exposition, &err))
        return 0;
    return intake_finish(&source->intake, &logs->turn, source->spec->interval_ms, logs->readings);
}

/* The first report after a restart: what was read is all that came since the position. */
static void reach_back(struct log_source *source, size_t count)
{
    bool is_whole = !instant_is_zero(source->left) && source->late.count == 0;
    for (size_t i = 0; is_whole && i < count; i++)
        source->logs->readings[i].since = source->left;
    source->left = (struct instant){0};
}

/* What nobody can see is not none: without its file, or when all that came is of another time, a
 * log has no reading, but of what was counted.
 * A report after so long that nobody would know when things happened begins where the last one
 * ended: here it is known how much was counted since. */
static size_t read_source(struct log_source *source, struct instant now)
{
    const struct follow *follow = &source->follow;
    bool is_blind = follow->problem[0] || follow_is_gone(follow, clock_boot_ms()) ||
                    source->late.count > source->late_reported;
    source->late_reported = source->late.count;
    if (is_blind)
        source->left = (struct instant){0};
    if (is_blind && log_tally_is_pushed(&source->tally))
        return 0; /* that nothing was written is not known */
    int64_t gap_ms = instant_ms_between(source->intake.since, now);
    if (gap_ms < 0 || gap_ms > stale_after_ms(source->spec->interval_ms))
        (void)scrape_totals(source, &source->tally.pushed, instant_add_ms(now, -1));
    size_t count = scrape_totals(source, &source->tally.totals, now);
    source->tally.pushed = source->tally.totals;
    reach_back(source, count);
    return log_fit_filter(&source->fit, &source->logs->spec->signals, source->logs->readings,
                          count);
}

/* One more line of the report, between tabs: no JSON has one as it stands. */
static void add_line(struct text *report, struct str line)
{
    text_byte(report, '\t');
    text_add(report, str_trim(line));
}

/* Clusters that were seen since the last report, at most LOG_REPORTED_MAX; the others wait. */
static void add_errors(struct log_source *source, struct text *report, struct instant now)
{
    size_t reported = 0;
    for (size_t i = 0; i < source->clusters.count && reported < LOG_REPORTED_MAX; i++) {
        struct log_cluster *cluster = &source->clusters.items[i];
        if (cluster->count == cluster->reported)
            continue;
        struct log_error error = {.target = source->spec->source,
                                  .shape = {cluster->shape, cluster->shape_bytes},
                                  .level = str_of(log_severity_word(cluster->severity)),
                                  .id = cluster->id,
                                  .count = cluster->count - cluster->reported,
                                  .late = cluster->late,
                                  .late_at = cluster->late_at,
                                  .interval_ms = source->spec->interval_ms,
                                  .at = now,
                                  .first = cluster->first,
                                  .last = cluster->last};
        cluster->reported = cluster->count;
        cluster->late = 0;
        add_line(report, log_error_write(&source->logs->turn, &error));
        reported++;
    }
}

static void add_positions(struct logs *logs, struct text *report, struct instant now)
{
    struct text text;
    text_init(&text, &logs->turn, POSITIONS_BYTES_MAX - 1);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_open_array(&w, "follow");
    for (size_t i = 0; i < logs->count; i++)
        follow_write_position(&logs->sources[i].follow, &w);
    json_close_array(&w);
    json_open_array(&w, "seen");
    for (size_t i = 0; i < logs->count; i++) {
        json_open_object(&w, NULL);
        json_str(&w, "file", logs->sources[i].follow.path);
        log_tally_write_seen(&logs->sources[i].tally, &w);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_int(&w, "at", now.us);
    json_close_object(&w);
    add_line(report, text_str(&text));
    text_adds(report, END_MARK "\n");
}

/* Since when its file is gone; "" when it is there. */
static void write_gone(struct log_source *source, struct instant now, char *out, size_t size_bytes)
{
    const struct follow *follow = &source->follow;
    char since[INSTANT_TEXT_BYTES];
    out[0] = '\0';
    if (!follow_is_gone(follow, clock_boot_ms())) {
        source->gone = (struct instant){0};
        return;
    }
    if (instant_is_zero(source->gone))
        source->gone = instant_add_ms(now, follow->gone_ms - clock_boot_ms());
    instant_write(source->gone, since);
    (void)snprintf(out, size_bytes, "%.*s is gone since %.19sZ; it is read as soon as it is back",
                   STR_ARGS(str_cut(follow->path, 400)), since);
}

static void send_status(struct log_source *source, struct instant now)
{
    const struct follow *follow = &source->follow;
    char problem[600];
    char gone[600];
    char misfit[LOG_FIT_TEXT_BYTES];
    char late[LOG_LATE_TEXT_BYTES];
    int64_t too_long = 0;
    log_fit_say(&source->fit, source->spec->format, now, misfit);
    log_late_say(&source->late, now, late);
    write_gone(source, now, gone, sizeof gone);
    for (size_t i = 0; i < FOLLOW_TAILS; i++)
        too_long += follow->tails[i].lines.too_long_count;
    bool is_up = follow->problem[0] == '\0' && gone[0] == '\0';
    str_keep(problem, sizeof problem,
             str_of(gone[0]              ? gone
                    : follow->problem[0] ? follow->problem
                    : source->fit.misfit ? misfit
                                         : follow->note));
    if (problem[0] == '\0' && too_long > 0)
        (void)snprintf(problem, sizeof problem,
                       "%lld lines were longer than %d bytes and are not counted",
                       (long long)too_long, LIMIT_LOG_LINE_BYTES);
    if (problem[0] == '\0' && source->intake.tallies.problem[0])
        str_keep(problem, sizeof problem, str_of(source->intake.tallies.problem));
    if (problem[0] == '\0')
        str_keep(problem, sizeof problem, str_of(late[0] ? late : misfit));
    struct target_status status = {.name = source->spec->source,
                                   .url = source->spec->file,
                                   .at = now,
                                   .interval_ms = source->spec->interval_ms,
                                   .up = is_up,
                                   .problem = str_of(problem)};
    source->logs->use->send(source->logs->use->context,
                            target_status_write(&source->logs->turn, &status));
}

static void report_all(struct logs *logs)
{
    struct instant now = clock_now();
    struct text report;
    text_init(&report, &logs->turn, LOG_REPORT_BYTES);
    text_byte(&report, 'B');
    for (size_t i = 0; i < logs->count; i++) {
        struct log_source *source = &logs->sources[i];
        size_t count = read_source(source, now);
        for (size_t k = 0; k < count; k++)
            add_line(&report, reading_write(&logs->turn, &logs->readings[k]));
        add_errors(source, &report, now);
    }
    add_positions(logs, &report, now);
    logs->use->keep(logs->use->context, text_str(&report));
    logs_each_line(&logs->turn, text_str(&report), logs->use->send, logs->use->context);
    for (size_t i = 0; i < logs->count; i++)
        send_status(&logs->sources[i], now);
    arena_reset(&logs->turn);
}

static void settle_soon(struct logs *logs, int64_t us)
{
    struct timeval wait = {.tv_sec = us / 1000000, .tv_usec = us % 1000000};
    if (!evtimer_pending(logs->settle, NULL))
        (void)evtimer_add(logs->settle, &wait);
}

static void on_settle(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    if (read_all(context))
        settle_soon(context, 0);
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    if (read_all(context))
        settle_soon(context, 0);
    report_all(context);
}

/* Something in a folder changed: what it was is seen by looking. */
static void on_change(evutil_socket_t fd, short what, void *context)
{
    char events[16 * 1024];
    (void)what;
    while (read(fd, events, sizeof events) > 0)
        continue;
    settle_soon(context, SETTLE_US);
}

static bool open_source(struct logs *logs, struct log_source *source, struct err *err)
{
    const struct log_spec *spec = source->spec;
    if (!log_map_init(&source->map, &logs->arena, spec->format, &spec->own, err))
        return false;
    arena_init(&source->intake_arena);
    log_clusters_init(&source->clusters, &logs->arena, LOG_CLUSTERS_MAX);
    follow_init(&source->follow, &logs->arena, spec->file, &source->map.paths,
                (struct log_lines_use){source, take_line});
    intake_init(&source->intake, &source->intake_arena, &logs->spec->signals, spec->source);
    source->carry = arena_alloc(&logs->arena, LIMIT_SCRAPE_LINE_BYTES);
    if (logs->inotify >= 0)
        (void)inotify_add_watch(logs->inotify, source->follow.folder.p,
                                IN_MODIFY | IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
                                    IN_ATTRIB);
    return true;
}

struct logs *logs_open(struct event_base *base, const struct collector_spec *spec,
                       const struct logs_use *use, struct err *err)
{
    if (spec->log_count == 0)
        return NULL;
    struct arena arena;
    arena_init(&arena);
    struct logs *logs = arena_make(&arena, struct logs);
    *logs = (struct logs){.base = base, .use = use, .spec = spec, .arena = arena};
    arena_init(&logs->turn);
    logs->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    logs->sources = arena_array(&logs->arena, spec->log_count, sizeof *logs->sources);
    logs->readings = arena_array(&logs->arena, spec->signals.count + 1, sizeof *logs->readings);
    logs->positions = arena_alloc(&logs->arena, POSITIONS_BYTES_MAX);
    int64_t interval_ms = INT64_MAX;
    for (size_t i = 0; i < spec->log_count; i++) {
        struct log_source *source = &logs->sources[logs->count];
        *source = (struct log_source){.logs = logs, .spec = &spec->logs[i]};
        logs->count++;
        if (!open_source(logs, source, err)) {
            logs_close(logs);
            return NULL;
        }
        if (spec->logs[i].interval_ms < interval_ms)
            interval_ms = spec->logs[i].interval_ms;
    }
    logs->tick = event_new(base, -1, EV_PERSIST, on_tick, logs);
    logs->settle = evtimer_new(base, on_settle, logs);
    struct timeval every = {interval_ms / 1000, interval_ms % 1000 * 1000};
    (void)event_add(logs->tick, &every);
    if (logs->inotify >= 0) {
        logs->changed = event_new(base, logs->inotify, EV_READ | EV_PERSIST, on_change, logs);
        (void)event_add(logs->changed, NULL);
    }
    return logs;
}

static void free_event(struct event *event)
{
    if (event)
        event_free(event);
}

void logs_close(struct logs *logs)
{
    if (!logs)
        return;
    free_event(logs->tick);
    free_event(logs->settle);
    free_event(logs->changed);
    if (logs->inotify >= 0)
        (void)close(logs->inotify);
    for (size_t i = 0; i < logs->count; i++) {
        if (logs->sources[i].intake_arena.chunk_bytes == 0)
            continue; /* not opened */
        follow_close(&logs->sources[i].follow);
        arena_done(&logs->sources[i].intake_arena);
    }
    arena_done(&logs->turn);
    struct arena arena = logs->arena;
    arena_done(&arena);
}

bool logs_is_report(struct str line)
{
    line = str_trim(line);
    return str_starts(line, "B\t") && str_ends(line, END_MARK);
}

void logs_each_line(struct arena *arena, struct str report,
                    void (*take)(void *context, struct str line), void *context)
{
    struct str rest = str_from(str_trim(report), 2);
    struct str part;
    while (rest.p && str_split(&rest, '\t', &part))
        if (part.n > 1 && !str_starts(part, "{\"follow\""))
            take(context, str_printf(arena, "%.*s\n", STR_ARGS(part)));
}

static struct log_source *find_source(struct logs *logs, struct str name)
{
    for (size_t i = 0; i < logs->count; i++)
        if (str_equal(logs->sources[i].spec->source, name))
            return &logs->sources[i];
    return NULL;
}

/* Clusters go on with their ids. */
static void restore_line(void *context, struct str line)
{
    struct logs *logs = context;
    struct collector_line parsed;
    struct err err;
    if (!collector_line_parse(&logs->turn, line, &parsed, &err) || !parsed.is_error)
        return;
    struct log_source *source = find_source(logs, parsed.error.target);
    if (source)
        log_clusters_restore(&source->clusters, parsed.error.shape, parsed.error.id,
                             parsed.error.last);
}

void logs_restore(struct logs *logs, struct str report)
{
    size_t at = str_find(report, "{\"follow\"", 0);
    struct str positions = str_slice(report, at, str_find_byte(report, '\t', at));
    logs_each_line(&logs->turn, report, restore_line, logs);
    str_keep(logs->positions, POSITIONS_BYTES_MAX, positions);
    arena_reset(&logs->turn);
}

static struct log_source *find_file(struct logs *logs, struct str file)
{
    for (size_t i = 0; i < logs->count; i++)
        if (str_equal(logs->sources[i].follow.path, file))
            return &logs->sources[i];
    return NULL;
}

/* Where the newest report stood, and which series there were. */
static void go_on(struct logs *logs, const struct json *root)
{
    const struct json *list = json_get(root, "follow");
    const struct json *seen = json_get(root, "seen");
    struct instant now = clock_now();
    struct instant left = {0};
    if (!json_get_int(root, "at", &left.us) || instant_before(now, left))
        left = (struct instant){0};
    logs->left = instant_ms_between(left, now) > LOG_LATE_MS ? left : (struct instant){0};
    for (const struct json *item = list ? list->first : NULL; item; item = item->next) {
        struct log_source *source = find_file(logs, json_get_str(item, "file"));
        if (!source)
            continue;
        follow_restore(&source->follow, item);
        source->left = source->follow.proven ? left : (struct instant){0};
    }
    for (const struct json *item = seen ? seen->first : NULL; item; item = item->next) {
        struct log_source *source = find_file(logs, json_get_str(item, "file"));
        if (source)
            log_tally_restore_seen(&source->tally, item);
    }
}

void logs_begin(struct logs *logs)
{
    struct json *root;
    struct err err;
    bool more = true;
    if (json_parse(&logs->turn, str_of(logs->positions), &root, &err))
        go_on(logs, root);
    for (size_t i = 0; i < logs->count; i++) { /* where counting begins */
        struct log_source *source = &logs->sources[i];
        (void)scrape_totals(source, &source->tally.totals, clock_now());
    }
    for (int turn = 0; turn < FIRST_TURNS && more; turn++)
        more = read_all(logs);
    for (size_t i = 0; i < logs->count && more; i++) /* all that came is not read yet */
        logs->sources[i].left = (struct instant){0};
    if (more)
        settle_soon(logs, 0);
    report_all(logs); /* so that the positions are on disk from the beginning */
}
