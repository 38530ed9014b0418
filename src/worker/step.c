/* step.c - the core's side of a step: what stands in the folder decides, never a process alone. */
#include "worker/step.h"

#include "base/json.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "run/redact.h"
#include "worker/step_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static bool exists(struct arena *arena, struct str folder, const char *name)
{
    return access(step_path(arena, folder, name).p, F_OK) == 0;
}

static bool check_text(struct str text, const char *what, struct err *err)
{
    if (text.n > 0 && (memchr(text.p, '\0', text.n) || !str_utf8_valid(text, NULL)))
        return err_set(err, ERR_REFUSED, "step", "%s of a step must be UTF-8 without NUL.", what);
    return true;
}

static bool check_walls(const struct step_walls *walls, struct err *err)
{
    if (walls->write_count > STEP_WRITES_MAX)
        return err_set(err, ERR_REFUSED, "step", "A step writes in at most %d paths, not %zu.",
                       STEP_WRITES_MAX, walls->write_count);
    if (walls->memory_bytes < 0 || walls->file_bytes < 0 || walls->processes < 0 ||
        walls->open_files < 0)
        return err_set(err, ERR_REFUSED, "step", "A limit of a step must be 0 or more.");
    if (!check_text(walls->hidden, "A path", err))
        return false;
    for (size_t i = 0; i < walls->write_count; i++)
        if (!check_text(walls->writes[i], "A path", err))
            return false;
    return true;
}

static bool check_order(const struct step_order *order, struct err *err)
{
    if (order->argv_count < 1 || order->argv_count > STEP_ARGUMENTS_MAX)
        return err_set(err, ERR_REFUSED, "step", "A step has 1 to %d arguments, not %zu.",
                       STEP_ARGUMENTS_MAX, order->argv_count);
    if (order->environment_count > STEP_VARIABLES_MAX)
        return err_set(err, ERR_REFUSED, "step", "A step has at most %d variables, not %zu.",
                       STEP_VARIABLES_MAX, order->environment_count);
    if (order->id.n > STEP_ID_BYTES_MAX || order->deadline_ms < 0 ||
        order->output_bytes < STEP_OUTPUT_BYTES_MIN || order->output_bytes > STEP_OUTPUT_BYTES_MAX)
        return err_set(err, ERR_REFUSED, "step",
                       "The step's id, deadline or output_bytes is out of its bounds.");
    if (!str_starts(order->directory, "/"))
        return err_set(err, ERR_REFUSED, "step",
                       "The folder that commands run in is not there: %.*s.",
                       STR_ARGS(str_cut(order->directory, 200)));
    if (order->word.n > STEP_WORD_BYTES_MAX)
        return err_set(err, ERR_REFUSED, "step", "The word of a step has at most %d bytes.",
                       STEP_WORD_BYTES_MAX);
    if (!check_text(order->word, "The word", err) || !check_walls(&order->walls, err))
        return false;
    if (!check_text(order->id, "The id", err) || !check_text(order->directory, "The folder", err))
        return false;
    for (size_t i = 0; i < order->argv_count; i++)
        if (!check_text(order->argv[i], "An argument", err))
            return false;
    for (size_t i = 0; i < order->environment_count; i++) {
        struct str name = order->environment[i].name;
        if (name.n == 0 || memchr(name.p, '=', name.n))
            return err_set(err, ERR_REFUSED, "step",
                           "The name of a variable has at least one byte and no '='.");
        if (!check_text(name, "A variable", err) ||
            !check_text(order->environment[i].value, "A variable", err))
            return false;
    }
    for (size_t i = 0; i < order->secret_count; i++) {
        struct str value = secret_value_reveal(&order->secrets[i]);
        if (!check_text(value, "A secret", err) || !redact_check(&value, 1, err))
            return false;
    }
    if (order->secret_count > REDACT_VALUES_MAX)
        return err_set(err, ERR_REFUSED, "step", "A step has at most %d secrets, not %zu.",
                       REDACT_VALUES_MAX, order->secret_count);
    return true;
}

enum { USER_BYTES = 200 + 12 * USER_GROUPS_MAX };

/* Of the order when every byte of it is escaped. */
static size_t most_bytes(const struct step_order *order)
{
    size_t most =
        USER_BYTES + 1024 + 6 * (order->id.n + order->directory.n + order->walls.hidden.n);
    most += order->user ? 6 * order->user->name.n : 0;
    for (size_t i = 0; i < order->walls.write_count; i++)
        most += 3 + 6 * order->walls.writes[i].n;
    for (size_t i = 0; i < order->argv_count; i++)
        most += 3 + 6 * order->argv[i].n;
    for (size_t i = 0; i < order->environment_count; i++)
        most += 6 + 6 * (order->environment[i].name.n + order->environment[i].value.n);
    for (size_t i = 0; i < order->secret_count; i++)
        most += 3 + 6 * order->secrets[i].n;
    return most < WORK_ORDER_BYTES ? most : WORK_ORDER_BYTES;
}

static void write_variables(struct json_writer *w, const struct step_order *order)
{
    json_open_object(w, "environment");
    for (size_t i = 0; i < order->environment_count; i++) {
        if (w->comma)
            text_byte(w->text, ',');
        json_quote(w->text, order->environment[i].name);
        text_byte(w->text, ':');
        json_quote(w->text, order->environment[i].value);
        w->comma = true;
    }
    json_close_object(w);
}

static void write_paths(struct json_writer *w, const struct step_walls *walls)
{
    if (!walls->few_writes) {
        json_null(w, "writes");
        return;
    }
    json_open_array(w, "writes");
    for (size_t i = 0; i < walls->write_count; i++)
        json_str(w, NULL, walls->writes[i]);
    json_close_array(w);
}

static void write_user(struct json_writer *w, const struct user *user)
{
    if (!user) {
        json_null(w, "user");
        return;
    }
    json_open_object(w, "user");
    json_int(w, "gid", user->gid);
    json_open_array(w, "groups");
    for (size_t i = 0; i < user->group_count; i++)
        json_int(w, NULL, user->groups[i]);
    json_close_array(w);
    json_str(w, "name", user->name);
    json_int(w, "uid", user->uid);
    json_close_object(w);
}

bool step_write_order(struct arena *arena, const struct step_order *order, struct str *out_order,
                      struct err *err)
{
    if (!check_order(order, err))
        return false;
    /* Room for all of it at once: a text that grows would leave copies behind. */
    size_t most = most_bytes(order);
    struct text text = {.arena = arena, .max_bytes = most, .capacity = most + 1};
    text.p = arena_alloc(arena, most + 1);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_open_array(&w, "argv");
    for (size_t i = 0; i < order->argv_count; i++)
        json_str(&w, NULL, order->argv[i]);
    json_close_array(&w);
    json_int(&w, "deadline_ms", order->deadline_ms);
    json_str(&w, "directory", order->directory);
    write_variables(&w, order);
    json_int(&w, "file_bytes", order->walls.file_bytes);
    json_str(&w, "hidden", order->walls.hidden);
    json_str(&w, "id", order->id);
    json_int(&w, "memory_bytes", order->walls.memory_bytes);
    json_bool(&w, "network", !order->walls.no_network);
    json_int(&w, "open_files", order->walls.open_files);
    json_int(&w, "output_bytes", order->output_bytes);
    json_int(&w, "processes", order->walls.processes);
    json_open_array(&w, "secrets");
    for (size_t i = 0; i < order->secret_count; i++)
        json_str(&w, NULL, secret_value_reveal(&order->secrets[i]));
    json_close_array(&w);
    json_str(&w, "word", order->word);
    write_user(&w, order->user);
    write_paths(&w, &order->walls);
    json_close_object(&w);
    if (text_full(&text)) {
        step_wipe_order(text_str(&text));
        return err_set(err, ERR_REFUSED, "step", "The step's order is longer than %d bytes.",
                       WORK_ORDER_BYTES);
    }
    *out_order = text_str(&text);
    return true;
}

void step_wipe_order(struct str order)
{
    if (order.n > 0)
        explicit_bzero((void *)(uintptr_t)order.p, order.n);
}

/* A file that is in memory only: written at once whoever reads, and nobody can change it after. */
static int open_order(struct str order)
{
    int fd = memfd_create("order", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    if (fd < 0 ||
        (fd_write(fd, order) && lseek(fd, 0, SEEK_SET) == 0 && fcntl(fd, F_ADD_SEALS, seals) == 0))
        return fd;
    int reason = errno;
    (void)close(fd);
    errno = reason;
    return -1;
}

bool step_start(const char *program, struct str folder, struct str order,
                struct spawned *out_spawned, struct err *err)
{
    int fd = open_order(order);
    int reason = errno;
    step_wipe_order(order);
    if (fd < 0)
        return err_set(err, ERR_SELF, "step", "There is no memory for a step's order: %s.",
                       strerror(reason));
    struct arena arena;
    arena_init(&arena);
    const char *argv[] = {program, "step", str_copy(&arena, folder).p, NULL};
    struct spawn spawn = {
        .argv = argv, .stdin_fd = fd, .stdout_fd = -1, .extra_fd = -1, .own_session = true};
    bool started = spawn_start(&spawn, out_spawned, err);
    (void)close(fd);
    arena_done(&arena);
    return started;
}

struct step_sight step_look(struct arena *arena, struct str folder, struct str boot_id)
{
    struct step_sight sight = {.state = STEP_NOT_BEGUN};
    struct step_holder begun = {0};
    bool ended = step_exit_read(arena, folder, &sight.exit);
    if (step_holder_read(arena, folder, "begun", &begun)) {
        sight.state = STEP_RUNNING;
        sight.pid = begun.pid;
        sight.begun_at = (struct instant){begun.at_ms * 1000};
        struct process shim = {0};
        bool found = str_equal(begun.boot, boot_id) && process_find(begun.pid, &shim) &&
                     shim.start_ticks == begun.start_ticks && !shim.ended;
        sight.runs = found;
        sight.stopped = found && shim.stopped;
        /* It may have ended between the two looks: what is gone has written all that it will. */
        if (!ended && !found) {
            ended = step_exit_read(arena, folder, &sight.exit);
            sight.state = STEP_LOST;
        }
    }
    if (ended)
        sight.state = STEP_ENDED;
    return sight;
}

static bool has_begun(struct arena *arena, struct str folder)
{
    return exists(arena, folder, "begun") || exists(arena, folder, "exit");
}

/* A claim of the core keeps every shim away; one of a shim does so from its end on. */
static bool nobody_begins(struct arena *arena, struct str folder, struct str boot_id,
                          struct err *err)
{
    struct step_holder holder;
    if (!step_holder_read(arena, folder, "claim", &holder))
        return err_set(err, ERR_SELF, folder.p, "The claim of this step cannot be read.");
    return !holder.shim || (!step_holder_runs(&holder, boot_id) && !has_begun(arena, folder));
}

bool step_claim(struct str folder, struct str boot_id, struct err *err)
{
    struct arena arena;
    bool made = false;
    bool alone = false;
    arena_init(&arena);
    if (err)
        *err = (struct err){0};
    struct step_holder core = {.boot = boot_id, .pid = getpid()};
    if (!has_begun(&arena, folder) && file_make(step_path(&arena, folder, "claim"),
                                                step_holder_write(&arena, &core), 0600, &made, err))
        alone = made || nobody_begins(&arena, folder, boot_id, err);
    arena_done(&arena);
    return alone;
}

bool step_cancel(struct str folder, struct str boot_id, struct err *err)
{
    struct arena arena;
    struct step_holder holder = {0};
    arena_init(&arena);
    bool known = step_holder_read(&arena, folder, "begun", &holder) ||
                 (step_holder_read(&arena, folder, "claim", &holder) && holder.shim);
    bool asked = known && str_equal(holder.boot, boot_id) &&
                 process_signal(holder.pid, holder.start_ticks, SIGTERM);
    int reason = errno;
    arena_done(&arena);
    if (asked)
        return true;
    if (known && reason == EPERM)
        return err_set(err, ERR_SELF, "step", "This user may not end the step.");
    return err_set(err, ERR_OUTSIDE, "step", "No process performs this step now.");
}

void step_wake(struct str folder, struct str boot_id)
{
    struct arena arena;
    struct step_holder begun = {0};
    arena_init(&arena);
    if (step_holder_read(&arena, folder, "begun", &begun) && str_equal(begun.boot, boot_id))
        (void)process_signal(begun.pid, begun.start_ticks, SIGCONT);
    arena_done(&arena);
}

size_t step_end_left(struct str folder)
{
    struct arena arena;
    struct process *all = NULL;
    arena_init(&arena);
    uint64_t mark = step_mark(folder);
    size_t count = mark ? process_list_marked(&arena, mark, &all) : 0;
    for (size_t i = 0; i < count; i++)
        (void)process_signal(all[i].pid, all[i].start_ticks, SIGKILL);
    arena_done(&arena);
    return count;
}
