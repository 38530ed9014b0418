/* serve_runs.c - the commands of runs: started when their start is a fact, watched, ended when a
 * run is cancelled, their ends recorded.
 *
 * Each start has a folder of its own under runs/ beside the ledger (worker/step.h), so that a core
 * that is started again finds what the one before began: it takes over what runs, records what has
 * ended, starts anew what certainly never began, and says of the rest that nobody knows. */
#include "main/serve.h"

#include "base/noun.h"
#include "main/compose.h"
#include "main/step_outputs.h"
#include "main/users.h"
#include "main/walls.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"
#include "os/process.h"
#include "run/approval.h"
#include "run/command_line.h"
#include "run/rehearsal.h"
#include "worker/step.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OUTPUT_BYTES = 2 * 1024 * 1024,
    VARIABLES_OWN = 8,
    DETAIL_BYTES = RUN_REASON_BYTES,
    LEFT_MOST_MS = 10 * 1000, /* then what is left of a lost command cannot be ended */
    ANCESTORS_MAX = 64
};

/* A command that was begun, by this core or one before it. */
struct serve_step {
    int64_t run; /* 0: the place is free */
    int64_t opened_us;
    int step, tries;
    struct spawned process;
    int64_t shim;  /* its process, when it is known */
    bool is_child; /* to be reaped by us */
    bool asked;    /* to end */
    char folder[STEP_PATH_BYTES];
    bool told;    /* the shim has ended by itself: what stands in the folder is its word */
    bool broken;  /* it was killed, or that is not its word: whoever else may have written it */
    bool stopped; /* the shim was found stopped, and woken */
    bool ended;   /* it was found so again: the command was ended */
    size_t left;  /* processes of the command that outlived the shim */
    int64_t lost_ms;
};

struct serve_steps {
    struct serve_step items[LIMIT_STEPS_RUNNING];
    struct str boot_id;
};

static struct serve_steps *steps_of(struct serve *serve)
{
    if (!serve->steps) {
        serve->steps = arena_make(&serve->app->arena, struct serve_steps);
        serve->steps->boot_id = clock_boot_id(&serve->app->arena);
    }
    return serve->steps;
}

static struct serve_step *find_place(struct serve_steps *steps, int64_t run, int step, int tries)
{
    for (size_t i = 0; i < LIMIT_STEPS_RUNNING; i++) {
        struct serve_step *place = &steps->items[i];
        if (place->run == run && (run == 0 || (place->step == step && place->tries == tries)))
            return place;
    }
    return NULL;
}

static struct step_place place_of(const struct serve_step *at)
{
    return (struct step_place){at->run, at->opened_us, at->step, at->tries};
}

static int newest_start(const struct serve *serve, struct serve_step *at)
{
    struct step_place place = place_of(at);
    return step_place_newest(serve->app, &place, at->folder);
}

/* Takes the code of a shim that is gone. One that did not end by itself has told nothing, whatever
 * the folder says: a step may write there what it likes. */
static void reap(struct serve_step *place)
{
    if (place->is_child) {
        place->told = spawn_wait(&place->process) == 0;
        place->broken = !place->told;
    }
    place->is_child = false;
}

/* What only the shim of this folder and we know: the keeper's word for it, the same after a
 * restart. False: the keeper is not there. */
static bool word_of(struct serve *serve, struct arena *arena, const struct serve_step *place,
                    struct str *out_word)
{
    unsigned char mac[KEEPER_MAC_BYTES];
    char hex[HASH_HEX_BYTES];
    struct hash hash;
    struct err err = {0};
    struct str name = str_from(str_of(place->folder), serve->app->state_folder.n);
    if (serve->keeper.fd < 0)
        return false;
    if (!keeper_mac(&serve->keeper, STR("end-of-step"), name, mac, &err)) {
        log_err(LOG_LEVEL_WARNING, "keeper", &err);
        return false;
    }
    memcpy(hash.b, mac, sizeof hash.b);
    hash_hex(&hash, hex);
    *out_word = str_copy(arena, str_of(hex));
    return true;
}

/* A shim that another core started leaves us no code; its word is asked for. False: not now. */
static bool is_known(struct serve *serve, struct arena *arena, struct serve_step *place,
                     const struct step_exit *exit)
{
    struct str word;
    reap(place);
    if (place->told || place->broken)
        return true;
    if (!word_of(serve, arena, place, &word))
        return false;
    place->told = str_equal(word, exit->word);
    place->broken = !place->told;
    return true;
}

static void free_place(struct serve_step *place)
{
    if (place->is_child)
        (void)spawn_wait(&place->process);
    *place = (struct serve_step){0};
}

/* False when the ledger refuses it: it is said again. */
static bool record_end(struct serve *serve, const struct serve_step *place,
                       const struct run_step_end *end)
{
    struct arena arena;
    struct event_list events;
    const struct run *run = run_find(&serve->app->world.runs, place->run);
    if (!run)
        return true;
    arena_init(&arena);
    event_list_init(&events, &arena);
    run_finish(run, place->step, end, clock_now(), &events);
    bool good = serve_record(serve, &events);
    arena_done(&arena);
    return good;
}

static void end_unbegun(struct serve *serve, struct serve_step *place,
                        enum run_step_outcome outcome, const char *why)
{
    struct run_step_end end = {.outcome = outcome, .detail = str_of(why), .unbegun = true};
    if (record_end(serve, place, &end))
        free_place(place);
}

/* A watch that a person ended, or that met its time, is done. */
static enum run_step_outcome outcome_of(const struct run_step *step, enum step_outcome outcome)
{
    bool stopped = outcome == STEP_LATE || outcome == STEP_CANCELLED;
    return outcome == STEP_DONE || (step->endless && stopped) ? RUN_STEP_WAS_DONE
                                                              : RUN_STEP_DID_FAIL;
}

/* Of a watch and of a check its end means something else than of another command. */
static struct str detail_of(const struct run_step *step, const struct step_exit *exit,
                            char words[DETAIL_BYTES])
{
    struct arena arena;
    bool late = exit->outcome == STEP_LATE;
    int64_t every_ms = run_step_every_ms(step);
    const char *front = "";
    if (step->endless && exit->outcome == STEP_CANCELLED && step->stopping)
        front = "the watching was ended: ";
    else if (step->endless && late)
        front = "it was watched until its last time: ";
    else if (every_ms > 0 && exit->outcome == STEP_DONE)
        front = "the condition holds: ";
    else if (every_ms > 0 && late)
        front = "the condition did not come to hold: ";
    if (front[0] == '\0')
        return exit->detail;
    arena_init(&arena);
    struct str said = str_printf(&arena, "%s%.*s", front, STR_ARGS(exit->detail));
    str_keep(words, DETAIL_BYTES, said);
    arena_done(&arena);
    return str_of(words);
}

static void fail(struct serve *serve, struct serve_step *place, const char *why)
{
    end_unbegun(serve, place, RUN_STEP_DID_FAIL, why);
}

static void take_end(struct serve *serve, struct serve_step *place, const struct step_exit *exit)
{
    const struct run *run = run_find(&serve->app->world.runs, place->run);
    char digest[HASH_HEX_BYTES] = "";
    if (exit->bytes > 0)
        hash_hex(&exit->digest, digest);
    char words[DETAIL_BYTES];
    struct run_step_end end = {
        .outcome = run ? outcome_of(&run->steps[place->step], exit->outcome) : RUN_STEP_DID_FAIL,
        .detail = run ? detail_of(&run->steps[place->step], exit, words) : exit->detail,
        .output = str_of(digest),
        .output_bytes = exit->bytes};
    if (str_ends(end.detail, "."))
        end.detail.n--;
    if (exit->outcome == STEP_CANCELLED && run && !run->cancelled &&
        !run->steps[place->step].stopping && !run->steps[place->step].ending)
        end.detail = STR("the process that sees to it was told to end it, and not by Reeve");
    if (place->ended)
        end.detail = STR("it stopped the process that sees to it, again and again, and was ended");
    if (record_end(serve, place, &end))
        free_place(place);
}

/* What outlives the shim is nobody's: it is ended, a round at each look. How much there was. */
static size_t end_left(struct serve_step *place)
{
    size_t left = step_end_left(str_of(place->folder));
    if (place->lost_ms == 0)
        place->lost_ms = clock_boot_ms();
    if (left > place->left)
        place->left = left;
    return left;
}

static void take_loss(struct serve *serve, struct serve_step *place, const struct step_sight *sight)
{
    char detail[240];
    char rest[80] = "";
    char begun[INSTANT_TEXT_BYTES];
    size_t remaining = end_left(place);
    if (remaining > 0 && clock_boot_ms() - place->lost_ms < LEFT_MOST_MS)
        return; /* until the next look */
    if (place->left > 0)
        (void)snprintf(rest, sizeof rest, "; %zu %s of it %s", place->left,
                       noun((int64_t)place->left, "process", "processes"),
                       remaining > 0      ? "cannot be ended"
                       : place->left == 1 ? "was ended"
                                          : "were ended");
    instant_write(sight->begun_at, begun);
    (void)snprintf(detail, sizeof detail,
                   "it began at %.19sZ, and its process is gone without a word: it may have been "
                   "done in whole, in part or not at all%s",
                   begun, rest);
    struct run_step_end end = {.outcome = RUN_STEP_IN_DOUBT, .detail = str_of(detail)};
    if (record_end(serve, place, &end))
        free_place(place);
}

static void add_variable(struct step_variable *variables, size_t *count, struct str name,
                         struct str value)
{
    for (size_t i = 0; i < *count; i++) {
        if (!str_equal(variables[i].name, name))
            continue;
        variables[i].value = value;
        return;
    }
    variables[(*count)++] = (struct step_variable){name, value};
}

/* What a run's commands find around them: production's, or those of the rehearsal's environment. */
struct surroundings {
    struct str directory;
    const struct config_variable *variables;
    size_t variable_count;
    const struct user *user;      /* that was named, or NULL */
    struct str application;       /* as PostgreSQL knows the step: db:locks */
    struct secret_value *secrets; /* CONFIG_VARIABLES_MAX, filled as they come */
};

/* False: the rehearsal's environment is not there; nothing of production's takes its place. */
static bool find_surroundings(const struct serve *serve, const struct run *run,
                              struct surroundings *out_around)
{
    const struct config_commands *commands = &serve->app->config.commands;
    if (run->environment.n == 0) {
        *out_around = (struct surroundings){
            commands->directory, commands->variables, commands->variable_count, NULL, STR(""),
            out_around->secrets};
        return true;
    }
    for (size_t i = 0; i < commands->environment_count; i++) {
        const struct config_environment *from = &commands->environments[i];
        if (!str_equal(from->name, run->environment))
            continue;
        *out_around =
            (struct surroundings){from->directory, from->variables,    from->variable_count, NULL,
                                  STR(""),         out_around->secrets};
        return true;
    }
    return false;
}

/* A folder that is reached by a link may be another one by now: then what was approved is, too, and
 * what is compared is what is used. */
static struct str folder_now(struct serve *serve, const struct run *run,
                             const struct surroundings *around)
{
    struct arena arena;
    struct run_world view = world_runs(&serve->app->world);
    const struct run_settings *settings = run_settings_of(&view, run);
    if (!settings)
        return around->directory; /* it is not launched */
    arena_init(&arena);
    if (!str_equal(settings->directory, compose_absolute(&arena, around->directory)))
        compose_fingerprints(&serve->app->world, &serve->app->arena, &serve->app->config);
    arena_done(&arena);
    return run_settings_of(&view, run)->directory;
}

/* The environment: our few, the configured ones, the values of the run. Secrets come from the
 * keeper. False: try again later. */
static bool fill_environment(struct serve *serve, struct arena *arena,
                             const struct surroundings *around, const struct command_line *line,
                             struct step_order *order)
{
    struct secret_value *secrets = around->secrets;
    size_t room = around->variable_count + line->variable_count + VARIABLES_OWN;
    struct step_variable *variables = arena_array(arena, room, sizeof *variables);
    size_t count = 0;
    struct err err = {0};
    add_variable(variables, &count, STR("PATH"), STR("/usr/local/bin:/usr/bin:/bin"));
    add_variable(variables, &count, STR("HOME"),
                 around->user ? around->user->home : order->directory);
    if (around->user) {
        add_variable(variables, &count, STR("USER"), around->user->name);
        add_variable(variables, &count, STR("LOGNAME"), around->user->name);
    }
    add_variable(variables, &count, STR("LANG"), STR("C.UTF-8"));
    add_variable(variables, &count, STR("PGAPPNAME"), around->application);
    for (size_t i = 0; i < around->variable_count; i++) {
        const struct config_variable *variable = &around->variables[i];
        struct str value = variable->value;
        if (variable->secret.name.n > 0) {
            struct secret_value *secret = &secrets[order->secret_count];
            if (serve->keeper.fd < 0 ||
                !keeper_give(&serve->keeper, variable->secret.name, secret, &err)) {
                log_err(LOG_LEVEL_WARNING, variable->secret.name.p, &err);
                return false;
            }
            order->secret_count++;
            value = secret_value_reveal(secret);
        }
        add_variable(variables, &count, variable->name, value);
    }
    for (size_t i = 0; i < line->variable_count; i++)
        add_variable(variables, &count, line->variables[i].name, line->variables[i].value);
    order->environment = variables;
    order->environment_count = count;
    order->secrets = secrets;
    return true;
}

/* The secrets are wiped whatever happens; false: the keeper is not there, try again later. */
static bool launch(struct serve *serve, struct arena *arena, struct serve_step *place,
                   struct err *err)
{
    const struct run *run = run_find(&serve->app->world.runs, place->run);
    const struct run_step *step = &run->steps[place->step];
    struct secret_value secrets[CONFIG_VARIABLES_MAX] = {0};
    struct surroundings around = {.secrets = secrets};
    struct command_line line = {0};
    struct str text = STR("");
    serve->app->world.now = clock_now();
    struct step_walls walls;
    struct command_user user;
    bool is_known = find_surroundings(serve, run, &around);
    struct str directory = is_known ? folder_now(serve, run, &around) : STR("");
    struct run_world view = world_runs(&serve->app->world);
    if (!run_step_may_launch(&view, run, place->step, err) ||
        !command_line_make(arena, step->command, &run->values, &line, err) ||
        !walls_make(arena, &serve->app->config, step->action, &walls, err) ||
        !users_find(arena, &serve->app->config, step->action, &user, err))
        return true;
    around.user = user.is_named ? &user.user : NULL;
    around.application =
        str_printf(arena, "reeve run %lld step %d", (long long)run->number, place->step + 1);
    if (!is_known) {
        (void)err_set(err, ERR_REFUSED, NULL, "reeve.yaml has no environment %.*s any more",
                      STR_ARGS(run->environment));
        return true;
    }
    if (run_step_every_ms(step) > 0)
        command_line_repeat(arena, &line, run_step_every_ms(step));
    struct step_order order = {.id = str_printf(arena, "run-%lld-%d-%d", (long long)run->number,
                                                place->step + 1, place->tries),
                               .directory = directory,
                               .argv = line.argv,
                               .argv_count = line.argc,
                               .deadline_ms = step->deadline_ms,
                               .output_bytes = OUTPUT_BYTES,
                               .user = user.changes ? &user.user : NULL,
                               .walls = walls};
    bool ready = word_of(serve, arena, place, &order.word) &&
                 fill_environment(serve, arena, &around, &line, &order);
    if (ready && folder_make(str_of(place->folder), err) &&
        step_write_order(arena, &order, &text, err) &&
        step_start(serve->pool_program, str_of(place->folder), text, &place->process, err))
        place->is_child = true;
    for (size_t i = 0; i < CONFIG_VARIABLES_MAX; i++)
        secret_value_wipe(&secrets[i]);
    return ready;
}

/* One more start of the same try, in a folder of its own. */
static void start_anew(struct serve *serve, struct serve_step *place, int start)
{
    struct arena arena;
    struct err err = {0};
    arena_init(&arena);
    struct step_place at = place_of(place);
    step_place_folder(serve->app, &at, start, place->folder);
    bool settled = launch(serve, &arena, place, &err);
    if (err.kind != ERR_NONE)
        fail(serve, place, err.text);
    else if (!settled)
        *place = (struct serve_step){0};
    arena_done(&arena);
}

/* A command can stop its shim and be without a deadline. It is woken; when that does not help, the
 * command is ended. */
static void wake(struct serve *serve, struct serve_step *place)
{
    if (place->stopped) {
        place->ended = true;
        (void)step_end_left(str_of(place->folder));
    }
    place->stopped = true;
    step_wake(str_of(place->folder), steps_of(serve)->boot_id);
}

static void look(struct serve *serve, struct serve_step *place)
{
    struct arena arena;
    struct err err = {0};
    struct str boot_id = steps_of(serve)->boot_id;
    struct str folder = str_of(place->folder);
    arena_init(&arena);
    struct step_sight sight = step_look(&arena, folder, boot_id);
    bool gone = place->is_child && spawn_ends_within(&place->process, 0);
    if (sight.state != STEP_NOT_BEGUN)
        place->shim = sight.pid;
    if (sight.stopped)
        wake(serve, place);
    bool over = sight.state == STEP_ENDED && (place->is_child ? gone : !sight.runs);
    bool known = over && is_known(serve, &arena, place, &sight.exit);
    if (place->broken && over)
        sight.state = STEP_LOST;
    if (sight.state == STEP_ENDED && !known) {
        /* It tells its end last; what a step writes there itself is not believed. */
    } else if (sight.state == STEP_ENDED) {
        take_end(serve, place, &sight.exit);
    } else if (sight.state == STEP_LOST) {
        take_loss(serve, place, &sight);
    } else if (sight.state == STEP_NOT_BEGUN && (gone || !place->is_child)) {
        /* Its starter died before it began, or it did: only who has the claim may go on. */
        if (step_claim(folder, boot_id, &err)) {
            int start = newest_start(serve, place);
            reap(place);
            place->told = place->broken = false;
            if (start < STEP_STARTS_MAX)
                start_anew(serve, place, start + 1);
            else
                fail(serve, place, "it could not be started");
        } else if (err.kind != ERR_NONE) {
            log_err(LOG_LEVEL_WARNING, place->folder, &err);
            struct str why = str_of(err.text);
            why.n -= str_ends(why, ".");
            (void)snprintf(serve->step_trouble, sizeof serve->step_trouble,
                           "Step %d of run %lld cannot begin, because its folder cannot be written "
                           "(%.*s). Make room on the disk; it goes on by itself.",
                           place->step + 1, (long long)place->run, STR_ARGS(str_cut(why, 200)));
        }
    }
    arena_done(&arena);
}

/* A command whose start is a fact and that nobody here looks after: from before a restart, or new.
 */
static void take_on(struct serve *serve, const struct run *run, int step)
{
    struct serve_steps *steps = steps_of(serve);
    struct serve_step *place = find_place(steps, 0, 0, 0);
    if (!place)
        return; /* as many as may run do: it waits its turn */
    *place = (struct serve_step){.run = run->number,
                                 .opened_us = run->opened.us,
                                 .step = step,
                                 .tries = run->steps[step].tries};
    int start = newest_start(serve, place);
    if (start > 0)
        look(serve, place);
    else if (run->cancelled)
        fail(serve, place, "the run was cancelled before it began");
    else if (run->steps[step].stopping)
        end_unbegun(serve, place, RUN_STEP_WAS_DONE, "the watching was ended before it began");
    else
        start_anew(serve, place, 1);
}

static void end_asked(struct serve *serve, struct serve_step *place)
{
    struct err err = {0};
    if (!place->asked)
        place->asked = step_cancel(str_of(place->folder), steps_of(serve)->boot_id, &err);
    if (err.kind != ERR_NONE)
        log_err(LOG_LEVEL_WARNING, place->folder, &err);
}

static bool runs_now(const struct run_step *step)
{
    return step->does == DOES_COMMAND && step->begun && !step->finished && !step->failed &&
           !step->doubted && !step->skipped;
}

void serve_runs(struct serve *serve)
{
    struct runs *runs = &serve->app->world.runs;
    struct serve_steps *steps = steps_of(serve);
    serve->step_trouble[0] = '\0';
    if (serve->app->engine.unwritable)
        return; /* what ends now is recorded later: its folder keeps it */
    for (size_t i = 0; i < runs->count; i++) {
        const struct run *run = runs->items[i];
        for (int k = 0; run_is_open(run) && k < run->step_count; k++) {
            if (!runs_now(&run->steps[k]))
                continue;
            struct serve_step *place = find_place(steps, run->number, k, run->steps[k].tries);
            if (!place)
                take_on(serve, run, k);
            else if (run->cancelled || run->steps[k].stopping)
                end_asked(serve, place);
        }
    }
    for (size_t i = 0; i < LIMIT_STEPS_RUNNING; i++)
        if (steps->items[i].run != 0)
            look(serve, &steps->items[i]);
}

/* By its parents, and by the mark that passes to what outlives them. Who connects and ends leaves a
 * pid that is nobody's, or, later, somebody else's: both are taken for a step. */
bool serve_is_step(struct serve *serve, const struct http_request *request)
{
    struct process process = {0};
    const struct serve_steps *steps = steps_of(serve);
    int64_t pid = request->peer_pid;
    bool is_ours = request->peer_uid == (int64_t)getuid(); /* root's may be hidden from us */
    if (is_ours && pid > 0 &&
        (process_is_marked((pid_t)pid) || !process_find((pid_t)pid, &process) ||
         process.start_ticks * 1000 / sysconf(_SC_CLK_TCK) > request->peer_since_ms))
        return true;
    for (int depth = 0; pid > 1 && depth < ANCESTORS_MAX; depth++) {
        for (size_t i = 0; i < LIMIT_STEPS_RUNNING; i++)
            if (steps->items[i].run != 0 &&
                (steps->items[i].shim == pid ||
                 (steps->items[i].is_child && steps->items[i].process.pid == pid)))
                return true;
        if (!process_find((pid_t)pid, &process))
            return is_ours; /* it has ended just now */
        pid = process.parent;
    }
    return false;
}
