/* receive_logs.c - bodies of logs into counts and clusters, and those into lines. */
#include "collect/receive_logs.h"

#include "telemetry/otlp_logs.h"

static void open_map(struct receive_logs *logs, struct arena *arena, enum receive_map which,
                     struct str name)
{
    struct err err = {0};
    /* The configuration was checked; a map that is none even so must not end the collector. */
    if (!log_map_init(&logs->maps[which], arena, name, &logs->sender->own, &err) &&
        !log_map_init(&logs->maps[which], arena, name, NULL, &err))
        (void)!log_map_init(&logs->maps[which], arena, STR("json"), NULL, &err);
}

struct receive_logs *receive_logs_make(struct arena *arena, const struct collector_sender *sender)
{
    struct receive_logs *logs = arena_make(arena, struct receive_logs);
    *logs = (struct receive_logs){.sender = sender};
    open_map(logs, arena, MAP_OF_SENDER, sender->format);
    open_map(logs, arena, MAP_OF_NETLIFY, STR("netlify"));
    open_map(logs, arena, MAP_OF_SUPABASE, STR("supabase"));
    log_clusters_init(&logs->clusters, arena, RECEIVE_CLUSTERS_MAX);
    return logs;
}

void receive_logs_begin(struct receive_logs *logs, struct instant now, bool again)
{
    logs->now = now;
    logs->again = again;
    logs->taken = 0;
    logs->late_before = logs->late.count;
}

static void take_entry(void *context, const struct log_entry *entry)
{
    struct receive_logs *logs = context;
    if (logs->again)
        return;
    log_fit_add(&logs->fit, entry, logs->now);
    log_gather(&logs->tally, &logs->clusters, &logs->late, entry, logs->now);
    logs->taken++;
}

static bool take_record(void *context, const struct log_record *record, struct err *err)
{
    struct receive_logs *logs = context;
    struct log_entry entry;
    (void)err;
    log_map_read_record(&logs->maps[MAP_OF_SENDER], record, logs->message, &entry);
    take_entry(logs, &entry);
    return true;
}

bool receive_logs_read(struct receive_logs *logs, struct arena *arena, struct str body,
                       enum receive_map map, struct log_body_count *out_count)
{
    struct log_entry_use use = {logs, take_entry};
    return log_body_take(arena, body, &logs->maps[map], &use, out_count);
}

bool receive_logs_read_otlp(struct receive_logs *logs, struct arena *arena, struct str body,
                            struct log_count *out_count, struct err *err)
{
    struct log_use use = {logs, take_record};
    return otlp_logs_read(arena, body, &use, out_count, err);
}

void receive_logs_end(struct receive_logs *logs, struct push *push)
{
    if (logs->taken == 0)
        return;
    push_mark(push);
    if (logs->taken == logs->late.count - logs->late_before)
        return; /* nothing of now: that there was none is not known */
    /* A sample that is not taken is the push's own problem, which it says. */
    (void)!log_tally_push(&logs->tally, logs->sender->name, instant_add_ms(logs->now, -1),
                          logs->now, &push->use);
}

void receive_logs_write(struct receive_logs *logs, struct arena *arena, struct instant now,
                        struct text *lines)
{
    for (size_t i = 0; i < logs->clusters.count; i++) {
        const struct log_cluster *cluster = &logs->clusters.items[i];
        if (cluster->count == cluster->reported)
            continue;
        struct log_error error = {.target = logs->sender->name,
                                  .shape = {cluster->shape, cluster->shape_bytes},
                                  .level = str_of(log_severity_word(cluster->severity)),
                                  .id = cluster->id,
                                  .count = cluster->count - cluster->reported,
                                  .late = cluster->late,
                                  .late_at = cluster->late_at,
                                  .interval_ms = logs->sender->interval_ms,
                                  .at = now,
                                  .first = cluster->first,
                                  .last = cluster->last};
        text_add(lines, log_error_write(arena, &error));
    }
}

void receive_logs_settle(struct receive_logs *logs, bool durable)
{
    for (size_t i = 0; i < logs->clusters.count; i++) {
        struct log_cluster *cluster = &logs->clusters.items[i];
        cluster->late = 0;
        if (durable)
            cluster->reported = cluster->count;
        else
            cluster->count = cluster->reported;
    }
}

size_t receive_logs_filter(const struct receive_logs *logs, const struct signals *signals,
                           struct reading *readings, size_t count)
{
    return logs ? log_fit_filter(&logs->fit, signals, readings, count) : count;
}

struct str receive_logs_problem(const struct receive_logs *logs, struct arena *arena,
                                struct instant now)
{
    char said[LOG_FIT_TEXT_BYTES];
    char late[LOG_LATE_TEXT_BYTES];
    if (!logs)
        return STR("");
    log_fit_say(&logs->fit, logs->sender->format, now, said);
    log_late_say(&logs->late, now, late);
    if (late[0] && !logs->fit.misfit)
        return str_copy(arena, str_of(late));
    return str_copy(arena, str_of(said));
}

void receive_logs_restore(struct receive_logs *logs, const struct log_error *error)
{
    log_clusters_restore(&logs->clusters, error->shape, error->id, error->last);
}
