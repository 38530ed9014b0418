/* serve_turn.c - one tick: readings, turn, release, checkpoint; and the watch over the runbook. */
#include "main/serve.h"

#include "main/serve_reload.h"

#include "alert/lost.h"
#include "collect/refill.h"
#include "main/baselines.h"
#include "main/compose.h"
#include "main/config_answer.h"
#include "main/logins.h"
#include "main/seen_mark.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"

#include <signal.h>

enum {
    EVALUATE_MS = 500,
    EVALUATE_LEAST_MS = 40, /* and at most this often when readings come */
    EVALUATE_SHARE = 20,    /* of the time, one part at most goes into that */
    CHECKPOINT_MS = 1000,
    UNSIGNED_RETRY_MS = 10 * 1000,
    RUNBOOK_MS = 1000,
    MARK_MS = 200,
    UNASKED_MS = 5000,
    HISTORY_STEP_MS = 2000,
    HISTORY_MOST_MS = 30 * 1000 /* of a collector that does not come up */
};

bool serve_record(struct serve *serve, const struct event_list *events)
{
    struct err err = {0};
    if (engine_append(&serve->app->engine, events, &err))
        return true;
    log_err(LOG_LEVEL_ERROR, "ledger", &err);
    return false;
}

/* How long after an evaluation the next one is due. */
static int64_t evaluate_every_ms(const struct serve *serve)
{
    int64_t fresh_ms = serve->turn_ms * EVALUATE_SHARE;
    if (fresh_ms < EVALUATE_LEAST_MS)
        fresh_ms = EVALUATE_LEAST_MS;
    return serve->is_fresh && fresh_ms < EVALUATE_MS ? fresh_ms : EVALUATE_MS;
}

static void on_early(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct serve *serve = context;
    int64_t begun_ms = clock_boot_ms();
    serve_turn(serve);
    serve->turn_ms = clock_boot_ms() - begun_ms;
}

void serve_hear_readings(struct serve *serve)
{
    serve->is_fresh = true;
    if (!serve->early)
        serve->early = evtimer_new(serve->base, on_early, serve);
    if (!serve->early || evtimer_pending(serve->early, NULL))
        return;
    int64_t wait_ms =
        evaluate_every_ms(serve) - instant_ms_between(serve->evaluated_at, clock_now());
    /* The readings of one moment come one after the other. */
    if (wait_ms < EVALUATE_LEAST_MS / 4 || wait_ms > EVALUATE_MS)
        wait_ms = EVALUATE_LEAST_MS / 4;
    (void)evtimer_add(serve->early, &(struct timeval){.tv_usec = wait_ms * 1000});
}

static bool wants_baseline(const struct rule *rule, struct instant now)
{
    const struct relative *relative = rule->relative ? rule->relative : rule->usual;
    return relative && rule->problem.n == 0 && rule->question_count == 0 &&
           relative->hour != now.us / 1000000 / 3600;
}

/* Once an hour and after each change of the rules. */
static void compute_baselines(struct serve *serve, struct instant now)
{
    const struct rules *rules = &serve->app->world.rules;
    struct archive *archive = NULL;
    struct err err = {0};
    bool due = false;
    for (size_t i = 0; i < rules->count; i++)
        due = due || wants_baseline(&rules->items[i], now);
    if (!due)
        return;
    if (!archive_open(serve->app->history_path, ARCHIVE_READ, ARCHIVE_BYTES_MAX, &archive, &err) ||
        !baselines_compute(archive, rules, now, &err)) {
        log_err(LOG_LEVEL_WARNING, "archive", &err);
        err = (struct err){0};
        if (!baselines_compute(NULL, rules, now, &err)) /* unknown for this hour */
            log_err(LOG_LEVEL_WARNING, "archive", &err);
    }
    archive_close(archive);
}

/* Of rules that are asked, what the answers came to: for their pictures. */
static void keep_heard(struct serve *serve, size_t rule, const struct evaluation *evaluation,
                       struct instant now)
{
    const struct world *world = &serve->app->world;
    const struct rule *of = &world->rules.items[rule];
    const struct alert *alert = alert_find(&world->alerts, of->id);
    if (of->question_count > 0)
        heards_push(&serve->heards, of, evaluation, alert && alert->state == ALERT_FIRING, now);
}

void serve_await_history(struct serve *serve)
{
    serve->history_until_ms = clock_boot_ms() + HISTORY_MOST_MS;
    serve->in_history = false;
}

void serve_evaluate(struct serve *serve, struct instant now)
{
    struct world *world = &serve->app->world;
    if (instant_ms_between(serve->evaluated_at, now) < evaluate_every_ms(serve) &&
        !instant_before(now, serve->evaluated_at))
        return;
    bool in_history = clock_boot_ms() < serve->history_until_ms;
    if (in_history && serve->in_history && world->evaluations)
        return;
    serve->in_history = in_history;
    serve->evaluated_at = now;
    serve->is_fresh = false;
    compute_baselines(serve, now);
    serve->evaluation_turn ^= 1;
    struct arena *arena = &serve->evaluation_arenas[serve->evaluation_turn];
    arena_reset(arena);
    struct evaluation *evaluations = arena_array(arena, world->rules.count, sizeof *evaluations);
    if (!hash_equal(&serve->heards_digest, &world->program->digest))
        heards_keep(&serve->heards, &world->rules);
    serve->heards_digest = world->program->digest;
    for (size_t i = 0; i < world->rules.count; i++) {
        evaluations[i] =
            lost_evaluate(arena, &world->rules.items[i], &world->telemetry, &world->alerts, now);
        keep_heard(serve, i, &evaluations[i], now);
        history_push(&world->histories[i], &evaluations[i], now, HISTORY_STEP_MS);
    }
    world->evaluations = evaluations;
}

void serve_refill(struct serve *serve, struct instant now)
{
    struct app *app = serve->app;
    struct archive *archive = NULL;
    struct err err = {0};
    if (app->world.telemetry.spending_count == 0)
        return;
    bool good = archive_open(app->history_path, ARCHIVE_READ, ARCHIVE_BYTES_MAX, &archive, &err) &&
                (!archive || archive_refill(archive, &app->world.telemetry, now, &err));
    if (!good)
        log_err(LOG_LEVEL_WARNING, "archive", &err);
    archive_close(archive);
}

/* Readings carry the wall clock of before the step; the collector begins again. */
static void forget_telemetry(struct serve *serve, struct instant now)
{
    telemetry_forget(&serve->app->world.telemetry);
    heards_forget(&serve->heards);
    serve_refill(serve, now);
    (void)spawn_signal(&serve->collector_child.process, SIGKILL);
    serve_await_history(serve);
}

/* What was planned by the wall clock of before the step; a child that waits to be started again
 * must not wait for an hour more. */
static void move_plans(struct serve *serve, int64_t by_ms)
{
    struct instant *plans[] = {&serve->keeper_child.next_try, &serve->collector_child.next_try,
                               &serve->heartbeat_next,        &serve->unwritable_paged,
                               &serve->unwritable_tried,      &serve->reserve_tried,
                               &serve->keeper_down_since,     &serve->app->engine.erasure_retry};
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        if (!instant_is_zero(*plans[i]))
            *plans[i] = instant_add_ms(*plans[i], by_ms);
}

/* The wall clock against the clock that never jumps; a step is a fact that re-bases open clocks. */
static void watch_clock(struct serve *serve, struct instant now)
{
    int64_t offset_ms = now.us / 1000 - clock_boot_ms();
    int64_t by_ms = offset_ms - serve->clock_offset_ms;
    if (by_ms <= CLOCK_STEP_MS && by_ms >= -CLOCK_STEP_MS)
        return;
    /* It began behind what was known, and open clocks were moved back with it: forth they go as far
     * again. What passed while nobody looked is the rest of the step, and does count. */
    int64_t moved_ms = by_ms;
    if (by_ms > 0 && serve->behind_ms > 0 && serve->behind_ms < by_ms)
        moved_ms = serve->behind_ms;
    struct arena arena;
    struct event_list events;
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct event *event =
        event_list_add(&events, EVENT_CLOCK_STEPPED, now, STR("reeve"), STR("node:local"));
    event_set_int(event, "by_ms", moved_ms);
    if (serve_record(serve, &events)) {
        serve->behind_ms = by_ms > 0 && serve->behind_ms > by_ms ? serve->behind_ms - by_ms : 0;
        serve->clock_offset_ms = offset_ms;
        move_plans(serve, by_ms);
        serve->stepped_by_ms = by_ms;
        serve->stepped_boot_ms = clock_boot_ms();
        serve->evaluated_at = (struct instant){0};
        forget_telemetry(serve, now);
    }
    arena_done(&arena);
}

void serve_checkpoint(struct serve *serve, struct instant now, bool at_once)
{
    struct engine *engine = &serve->app->engine;
    struct store *store = &serve->app->ledger.store;
    int64_t since_ms = instant_ms_between(serve->signed_at, now);
    if (engine->tree.size == serve->signed_size || !serve->key_known ||
        (!at_once && since_ms >= 0 && since_ms < CHECKPOINT_MS))
        return;
    if (!instant_is_zero(serve->unsigned_since) && since_ms >= 0 && since_ms < UNSIGNED_RETRY_MS)
        return;
    if (serve->keeper.fd < 0) {
        if (instant_is_zero(serve->unsigned_since))
            serve->unsigned_since = now;
        return; /* it is being started again */
    }
    struct err err = {0};
    unsigned char signature[SIGNATURE_BYTES];
    arena_reset(&serve->line_arena);
    struct checkpoint checkpoint = {
        .origin = compose_origin(), .size = engine->tree.size, .root = merkle_root(&engine->tree)};
    struct str body = checkpoint_body(&serve->line_arena, &checkpoint);
    serve->signed_at = now;
    if (!keeper_sign(&serve->keeper, body, signature, &err)) {
        if (instant_is_zero(serve->unsigned_since))
            serve->unsigned_since = now;
        log_err(LOG_LEVEL_WARNING, "keeper", &err);
        return;
    }
    struct str note = checkpoint_note(&serve->line_arena, body, &serve->key, signature);
    if (!store->port->put_checkpoint(store, checkpoint.size, note, &err)) {
        log_err(LOG_LEVEL_WARNING, "ledger", &err);
        return;
    }
    arena_reset(&serve->note_arena);
    serve->note = str_copy(&serve->note_arena, note);
    serve->signed_size = checkpoint.size;
    serve->unsigned_since = (struct instant){0};
}

static int count_errors(const struct program *program, struct str *out_first)
{
    int errors = 0;
    for (int i = 0; i < program->finding_count; i++) {
        if (program->findings[i].level != FINDING_ERROR)
            continue;
        if (errors++ == 0)
            *out_first = program->findings[i].text;
    }
    return errors;
}

static void refuse_runbook(struct serve *serve, struct instant now, const struct hash *digest,
                           int errors, struct str first)
{
    struct arena arena;
    struct event_list events;
    char hex[HASH_HEX_BYTES];
    if (hash_equal(digest, &serve->refused_digest))
        return;
    arena_init(&arena);
    event_list_init(&events, &arena);
    hash_hex(digest, hex);
    struct event *event =
        event_list_add(&events, EVENT_RUNBOOK_REFUSED, now, STR("reeve"), STR("runbook"));
    event_set_str(event, "path", serve->app->runbook_path);
    event_set_str(event, "digest", str_of(hex));
    event_set_int(event, "errors", errors);
    event_set_str(event, "first", first);
    if (serve_record(serve, &events))
        serve->refused_digest = *digest;
    arena_done(&arena);
}

void serve_say_gone(struct serve *serve)
{
    const struct world *world = &serve->app->world;
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < world->incidents.count; i++) {
        const struct incident *incident = world->incidents.items[i];
        struct str words = view_gone_severity(world, &arena, incident);
        if (words.n > 0)
            log_line(LOG_LEVEL_WARNING,
                     str_printf(&arena, "incident %lld", (long long)incident->number).p, "%.*s",
                     STR_ARGS(words));
    }
    arena_done(&arena);
}

/* A new version without errors takes the place of the running one; alerts keep their state by the
 * identity of their statements. */
static void take_runbook(struct serve *serve, struct program *program, struct instant now)
{
    struct err err = {0};
    struct world *world = &serve->app->world;
    struct arena *arena = &serve->program_arenas[serve->program_turn];
    size_t spendings = world->telemetry.spending_count;
    if (!compose_program(world, arena, &serve->app->config, program, &err)) {
        refuse_runbook(serve, now, &program->digest, 1, str_of(err.text));
        return;
    }
    serve->app->program = program;
    serve->refused_digest = (struct hash){{0}};
    if (world->telemetry.spending_count > spendings)
        serve_refill(serve, now);
    world->evaluations = NULL;
    serve->evaluated_at = (struct instant){0};
    serve_evaluate(serve, now);
    serve_say_gone(serve);
    struct err spec_err = {0};
    if (serve->collector && !serve_tell_collector(serve, &spec_err))
        log_err(LOG_LEVEL_ERROR, "collector", &spec_err);
}

/* The file is again what is in force: the page need not show a refusal any more. */
static void take_back_refusal(struct serve *serve, struct instant now)
{
    struct world *world = &serve->app->world;
    struct arena arena;
    struct event_list events;
    if (world->refused_first[0] == '\0')
        return;
    arena_init(&arena);
    event_list_init(&events, &arena);
    world_load_runbook(world, now, &events);
    if (serve_record(serve, &events))
        serve->refused_digest = (struct hash){{0}};
    arena_done(&arena);
}

/* Seen at two looks in a row and not touched between them: an editor that empties the file before
 * it writes, or replaces it, must not put half a runbook in force. */
static bool is_settled(struct serve *serve, const struct hash *digest, uint64_t stamp)
{
    bool settled = hash_equal(digest, &serve->seen_digest) && stamp == serve->seen_stamp;
    serve->seen_digest = *digest;
    serve->seen_stamp = stamp;
    return settled;
}

void serve_watch_runbook(struct serve *serve, struct instant now)
{
    int64_t since_ms = instant_ms_between(serve->runbook_read, now);
    if (since_ms >= 0 && since_ms < RUNBOOK_MS)
        return;
    serve->runbook_read = now;
    struct err err = {0};
    struct str source;
    struct program *program = NULL;
    struct str first = STR("");
    int next = serve->program_turn ^ 1;
    struct arena *arena = &serve->program_arenas[next];
    arena_reset(arena);
    /* Before it is read: what is written meanwhile has another stamp at the next look. */
    uint64_t stamp = file_stamp(serve->app->runbook_path);
    if (!file_read(arena, serve->app->runbook_path, LIMIT_RUNBOOK_BYTES, &source, &err)) {
        struct hash none = hash_of(str_of(err.text));
        if (is_settled(serve, &none, stamp))
            refuse_runbook(serve, now, &none, 1, str_of(err.text));
        return;
    }
    struct hash digest = hash_of(source);
    if (hash_equal(&digest, &serve->app->program->digest)) {
        serve->seen_digest = (struct hash){{0}};
        take_back_refusal(serve, now);
        return;
    }
    if (hash_equal(&digest, &serve->refused_digest))
        return;
    if (!is_settled(serve, &digest, stamp))
        return;
    struct program_source from = {
        .file = serve->app->runbook_path, .text = source, .vocabulary = app_vocabulary(serve->app)};
    if (!program_read_with(arena, &from, &program, &err)) {
        refuse_runbook(serve, now, &digest, 1, str_of(err.text));
        return;
    }
    config_answer(arena, &serve->app->config, program);
    int errors = count_errors(program, &first);
    if (errors > 0) {
        refuse_runbook(serve, now, &digest, errors, first);
        return;
    }
    if (!compose_check_next(&serve->app->world, program, &err)) {
        refuse_runbook(serve, now, &digest, 1, str_of(err.text));
        return;
    }
    serve->program_turn = next;
    take_runbook(serve, program, now);
}

struct seen_mark serve_seen_mark(struct serve *serve, struct instant now)
{
    if (serve->boot == 0) {
        struct arena arena;
        arena_init(&arena);
        serve->boot = seen_mark_boot(clock_boot_id(&arena));
        arena_done(&arena);
    }
    return (struct seen_mark){now, serve->app->world.sequence, clock_boot_ms(), serve->boot};
}

/* What was decided until now is in the ledger: until now Reeve surely looked. */
static void mark_seen(struct serve *serve, struct instant now)
{
    int64_t since_ms = instant_ms_between(serve->marked_at, now);
    if (serve->seen_fd < 0 || (since_ms >= 0 && since_ms < MARK_MS))
        return;
    serve->marked_at = now;
    struct seen_mark mark = serve_seen_mark(serve, now);
    (void)!seen_mark_write(serve->seen_fd, mark); /* tried again with the next turns */
}

/* A sender that was switched off or on: the collector lets it in or not. */
static void tell_switched(struct serve *serve)
{
    struct err err = {0};
    if (serve->collector && serve->switch_version != serve->app->world.switches.version &&
        !serve_tell_collector(serve, &err))
        log_err(LOG_LEVEL_ERROR, "collector", &err);
}

/* Nobody is forgotten silently: said when it begins and when it is over. */
static void watch_unasked(struct serve *serve)
{
    struct arena arena;
    if (clock_boot_ms() - serve->unasked_ms < UNASKED_MS)
        return;
    serve->unasked_ms = clock_boot_ms();
    arena_init(&arena);
    struct page_world pages = world_pages(&serve->app->world);
    struct str words = page_unasked(&pages, &arena);
    if (words.n > 0 && !serve->has_unasked)
        log_line(LOG_LEVEL_ERROR, "pages", "%.*s", STR_ARGS(words));
    if (words.n == 0 && serve->has_unasked)
        log_line(LOG_LEVEL_INFO, "pages", "There is room for every page that is due again.");
    serve->has_unasked = words.n > 0;
    arena_done(&arena);
}

void serve_turn(struct serve *serve)
{
    struct err err = {0};
    struct instant now = clock_now();
    watch_clock(serve, now);
    serve_watch_children(serve, now);
    serve_watch_runbook(serve, now);
    config_watch_look(&serve->config_watch, &serve->app->config, now);
    serve_reload(serve);
    agendas_watch(&serve->app->agendas, now);
    serve_evaluate(serve, now);
    if (!engine_look(&serve->app->engine, now, &err))
        log_err(LOG_LEVEL_ERROR, "ledger", &err);
    bool was_unwritable = serve->app->engine.unwritable;
    bool good = engine_turn(&serve->app->engine, now, &err);
    if (!good && !was_unwritable)
        log_err(LOG_LEVEL_ERROR, "ledger", &err);
    if (good)
        mark_seen(serve, now);
    logins_turn(serve, now);
    tell_switched(serve);
    watch_unasked(serve);
    serve_release(serve, now);
    serve_checkpoint(serve, now, false);
    routes_send_changes(serve, now);
}
