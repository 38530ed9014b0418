/* local_watch.c - "run watch": one run followed in the terminal, by asking the daemon again.
 *
 * It only asks what "run show" and "run output" answer, so that it shows what they show. A core
 * that is started again meanwhile is waited for; the run's commands outlive it. */
#include "main/local_actions.h"

#include "main/socket_client.h"
#include "os/clock.h"

#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK_MS = 400,
    PATIENCE_MS = 20 * 1000,
    LINE_BYTES_MAX = 4096,
    PARTS_MAX = 64,
    SHOWN_BYTES_MAX = 16 << 20
};
enum { EXIT_SKIPPED = 1, EXIT_CANCELLED = 3, EXIT_FAILED = 4, EXIT_DOUBTED = 5, EXIT_LEFT = 130 };

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* What was shown of a step last. */
struct watched_step {
    char state[16];
    int64_t tries, next; /* next: byte of its output */
    bool open_line;      /* its output stands in the middle of a line */
};

struct watch {
    struct app *app;
    int64_t number;
    struct arena turn; /* reset each look */
    struct watched_step steps[2 * LIMIT_RUN_STEPS];
    char run_state[16];
    struct hash seen; /* with --json: of what was printed last */
    size_t width;     /* of the terminal; 0: it is none */
    bool has_status;  /* the last line is to be replaced */
    bool started, waiting;
};

static void clear_status(struct watch *watch)
{
    if (watch->has_status)
        (void)fputs("\r\033[K", stdout);
    watch->has_status = false;
}

/* Of the run, or of what a step (from 1) has put out. */
static bool ask(struct watch *watch, int64_t step, struct json **out_answer, struct err *err)
{
    const char *path = step > 0 ? "/api/run/output" : "/api/run/show";
    struct text body;
    struct str answer;
    struct app *app = watch->app;
    text_init(&body, &watch->turn, 256);
    text_printf(&body, "{\"number\":%lld", (long long)watch->number);
    if (step > 0)
        text_printf(&body, ",\"step\":%lld,\"from\":%lld", (long long)step,
                    (long long)watch->steps[step - 1].next);
    text_byte(&body, '}');
    struct socket_request request = {app->socket_path, str_of(path), text_str(&body)};
    if (!socket_client_post(&watch->turn, &request, &answer, err) ||
        !json_parse(&watch->turn, answer, out_answer, err))
        return false;
    struct str error = json_get_str(*out_answer, "error");
    return error.n == 0 || err_set(err, ERR_USAGE, "", "%.*s", STR_ARGS(error));
}

/* The line of "run show" that begins with this step's number, and what stands below it. */
static struct str shown_line(struct str text, int64_t step, struct str *out_ask)
{
    char front[24];
    struct str line;
    struct str found = STR("");
    (void)snprintf(front, sizeof front, "%4lld ", (long long)step);
    *out_ask = STR("");
    while (str_split(&text, '\n', &line)) {
        if (found.n == 0 && str_starts(line, front))
            found = str_trim(line);
        else if (found.n > 0 && str_starts(line, "       ") && out_ask->n == 0 &&
                 str_starts(str_trim(line), "→"))
            *out_ask = str_trim(line);
        else if (found.n > 0 && !str_starts(line, "       "))
            break;
        if (text.n == 0)
            break;
    }
    return found;
}

static void say_time(void)
{
    char text[INSTANT_TEXT_BYTES];
    instant_write(clock_now(), text);
    (void)printf("%.8sZ ", text + 11);
}

/* Whole lines with a bar before them; what is begun is gone on with. */
static void say_output(struct watched_step *step, struct str text)
{
    while (text.n > 0) {
        size_t end = str_find_byte(text, '\n', 0);
        if (!step->open_line)
            (void)fputs("          | ", stdout);
        (void)fwrite(text.p, 1, end, stdout);
        step->open_line = end == text.n;
        if (!step->open_line)
            (void)putchar('\n');
        text = str_from(text, end < text.n ? end + 1 : end);
    }
}

static void end_line(struct watched_step *step)
{
    if (step->open_line)
        (void)putchar('\n');
    step->open_line = false;
}

/* What has come since the last look; false: the daemon did not answer. */
static bool follow(struct watch *watch, int64_t number, struct err *err)
{
    struct watched_step *step = &watch->steps[number - 1];
    for (int part = 0; part < PARTS_MAX; part++) {
        struct json *answer = NULL;
        struct json *output = NULL;
        int64_t next = 0;
        if (!ask(watch, number, &answer, err) ||
            !json_parse(&watch->turn, json_get_str(answer, "json"), &output, err))
            return false;
        if (!json_get_int(output, "next", &next) || next <= step->next)
            return true;
        clear_status(watch);
        say_output(step, json_get_str(output, "text"));
        step->next = next;
    }
    return true;
}

static bool is_over(struct str state)
{
    return str_is(state, "done") || str_is(state, "failed") || str_is(state, "doubted") ||
           str_is(state, "skipped");
}

static void say_state(struct watch *watch, int64_t number, struct str state, struct str shown)
{
    struct str ask_line;
    struct str line = shown_line(shown, number, &ask_line);
    if (str_is(state, "ready") && ask_line.n == 0)
        return; /* it begins by itself in a moment */
    clear_status(watch);
    end_line(&watch->steps[number - 1]);
    say_time();
    (void)printf("%.*s\n", STR_ARGS(line));
    if (ask_line.n > 0)
        (void)printf("          %.*s\n", STR_ARGS(ask_line));
}

/* What it said last, where its output was not followed. */
static void say_last_lines(const struct json *step)
{
    const struct json *lines = json_get(step, "last_lines");
    for (const struct json *line = lines ? lines->first : NULL; line; line = line->next)
        (void)printf("          | %.*s\n", STR_ARGS(line->text));
}

/* One step: its output, then its new state. */
static bool look_at(struct watch *watch, const struct json *step, struct str shown, struct err *err)
{
    int64_t number = 0;
    int64_t tries = 0;
    struct str state = json_get_str(step, "state");
    struct str does = json_get_str(step, "does");
    bool puts_out = str_is(does, "command") || str_is(does, "query");
    if (!json_get_int(step, "step", &number) || number < 1 || number > 2 * LIMIT_RUN_STEPS ||
        !json_get_int(step, "tries", &tries) || str_is(does, "group"))
        return true;
    struct watched_step *last = &watch->steps[number - 1];
    bool changed = !str_is(state, last->state) || tries != last->tries;
    bool anew = tries != last->tries;
    bool old = !watch->started && is_over(state); /* what it put out before is not repeated */
    if (anew)
        last->next = 0;
    last->tries = tries;
    if (changed && !is_over(state) && (watch->started || !str_is(state, "planned")))
        say_state(watch, number, state, shown);
    if (puts_out && !old && tries > 0 && (changed || !is_over(state)) &&
        !follow(watch, number, err))
        return false;
    if (changed && is_over(state))
        say_state(watch, number, state, shown);
    if (changed && old)
        say_last_lines(step);
    str_keep(last->state, sizeof last->state, state);
    return true;
}

/* On a terminal, the step whose turn it is with its clocks, on a line that is written over. */
static void say_status(struct watch *watch, struct str shown, int64_t current)
{
    struct str ask_line;
    struct str line = current > 0 ? shown_line(shown, current, &ask_line) : STR("");
    if (watch->width < 20 || line.n == 0 || watch->steps[current - 1].open_line)
        return;
    clear_status(watch);
    (void)printf("\033[7m %.*s \033[0m", STR_ARGS(str_cut(line, watch->width - 3)));
    watch->has_status = true;
}

/* How it ended; false: it goes on. */
static bool find_end(const struct json *run, int *out_code, const char **out_words)
{
    struct str state = json_get_str(run, "state");
    const struct json *steps = json_get(run, "steps");
    bool skipped = false;
    bool doubted = false;
    for (const struct json *step = steps ? steps->first : NULL; step; step = step->next) {
        skipped = skipped || str_is(json_get_str(step, "state"), "skipped");
        doubted = doubted || str_is(json_get_str(step, "state"), "doubted");
    }
    if (str_is(state, "done")) {
        *out_code = skipped ? EXIT_SKIPPED : 0;
        *out_words = skipped ? "is done; steps of it were skipped" : "is done";
    } else if (str_is(state, "cancelled")) {
        *out_code = EXIT_CANCELLED;
        *out_words = "was cancelled";
    } else if (str_is(state, "stopped")) {
        *out_code = doubted ? EXIT_DOUBTED : EXIT_FAILED;
        *out_words = doubted ? "waits for a decision: a step is in doubt"
                             : "waits for a decision: a step failed";
    } else {
        return false;
    }
    return true;
}

static bool is_running(const struct json *run)
{
    const struct json *steps = json_get(run, "steps");
    for (const struct json *step = steps ? steps->first : NULL; step; step = step->next)
        if (str_is(json_get_str(step, "state"), "running"))
            return true;
    return false;
}

static void say_head(struct watch *watch, struct str shown, const struct json *run)
{
    struct str state = json_get_str(run, "state");
    if (str_is(state, watch->run_state))
        return;
    clear_status(watch);
    if (!watch->started)
        (void)printf("%.*s\n", STR_ARGS(str_slice(shown, 0, str_find_byte(shown, '\n', 0))));
    str_keep(watch->run_state, sizeof watch->run_state, state);
}

/* With --json: the run, a line each time that something of it has changed. */
static void say_json(struct watch *watch, struct str json)
{
    struct hash now = hash_of(json);
    if (!hash_equal(&now, &watch->seen))
        (void)printf("%.*s\n", STR_ARGS(json));
    watch->seen = now;
}

/* One look. *out_over: the watching has ended, and said how. */
static bool look(struct watch *watch, bool *out_over, struct err *err)
{
    struct json *answer = NULL;
    struct json *run = NULL;
    int64_t current = 0;
    int code = 0;
    const char *words = "";
    arena_reset(&watch->turn);
    if (!ask(watch, 0, &answer, err) ||
        !json_parse(&watch->turn, json_get_str(answer, "json"), &run, err))
        return false;
    struct text visible;
    text_init(&visible, &watch->turn, SHOWN_BYTES_MAX);
    text_visible(&visible, json_get_str(answer, "text"), false);
    struct str shown = text_str(&visible);
    const struct json *steps = json_get(run, "steps");
    if (watch->app->json)
        say_json(watch, json_get_str(answer, "json"));
    else
        say_head(watch, shown, run);
    for (const struct json *step = steps && !watch->app->json ? steps->first : NULL; step;
         step = step->next)
        if (!look_at(watch, step, shown, err))
            return false;
    watch->started = true;
    *out_over = find_end(run, &code, &words) && !is_running(run);
    if (!json_get_int(run, "current", &current) || current < 0 || current > 2 * LIMIT_RUN_STEPS)
        current = 0;
    if (*out_over)
        watch->app->exit_code = code;
    if (!*out_over && !watch->app->json) {
        say_status(watch, shown, current);
    } else if (!watch->app->json) {
        clear_status(watch);
        say_time();
        (void)printf("Run %lld %s.\n", (long long)watch->number, words);
    }
    return fflush(stdout) == 0 ||
           err_set(err, ERR_OUTSIDE, "standard output", "The answer could not be written.");
}

/* A core that is started again is waited for; another refusal ends the watching. */
static bool may_wait(struct watch *watch, int64_t since_ms, const struct err *err)
{
    if (!watch->started || (err->kind != ERR_OUTSIDE && err->kind != ERR_DOUBT) ||
        clock_boot_ms() - since_ms > PATIENCE_MS)
        return false;
    if (!watch->waiting && !watch->app->json) {
        clear_status(watch);
        (void)printf("          The daemon does not answer; waiting for it.\n");
        (void)fflush(stdout);
    }
    watch->waiting = true;
    return true;
}

static void find_width(struct watch *watch)
{
    struct winsize size = {0};
    bool terminal = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    watch->width = terminal ? size.ws_col : 0;
}

bool local_run_watch(struct app *app, const struct call *call, struct err *err)
{
    struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    struct sigaction action = {.sa_handler = on_interrupt};
    bool over = false;
    if (!app_read_config(app, err))
        return false;
    struct watch *watch = arena_make(&app->arena, struct watch);
    watch->app = app;
    watch->number = call_int(call, "number");
    arena_init(&watch->turn);
    (void)sigaction(SIGINT, &action, NULL);
    int64_t since_ms = clock_boot_ms();
    bool good = true;
    while (!over && good && !interrupted) {
        find_width(watch);
        *err = (struct err){0};
        if (look(watch, &over, err)) {
            since_ms = clock_boot_ms();
            watch->waiting = false;
        } else {
            good = may_wait(watch, since_ms, err);
        }
        if (!over && good && !interrupted)
            (void)nanosleep(&pause, NULL);
    }
    clear_status(watch);
    arena_done(&watch->turn);
    if (interrupted && !over) {
        (void)printf("\nRun %lld goes on without being looked at; \"reeve run watch %lld\" follows "
                     "it again.\n",
                     (long long)watch->number, (long long)watch->number);
        app->exit_code = EXIT_LEFT;
        return true;
    }
    return good;
}
