/* shim_order.c - the order of a step, read once and wiped. */
#include "base/json.h"
#include "os/file.h"
#include "worker/shim_internal.h"

#include <fcntl.h>
#include <unistd.h>

static bool is_text(const struct json *value)
{
    return value->type == JSON_STRING &&
           (value->text.n == 0 || !memchr(value->text.p, '\0', value->text.n));
}

static const struct json *get(const struct json *root, const char *key, enum json_type type)
{
    const struct json *value = json_get(root, key);
    return value && value->type == type ? value : NULL;
}

static bool wrong(struct err *err, const char *what)
{
    return err_set(err, ERR_REFUSED, "order", "The step's order is not valid: %s.", what);
}

static bool read_arguments(struct arena *arena, struct shim_order *order, struct err *err)
{
    const struct json *argv = get(order->root, "argv", JSON_ARRAY);
    if (!argv || argv->count < 1 || argv->count > STEP_ARGUMENTS_MAX)
        return wrong(err, "argv must be a list of texts");
    order->argv = arena_array(arena, argv->count + 1, sizeof *order->argv);
    size_t count = 0;
    for (const struct json *value = argv->first; value; value = value->next) {
        if (!is_text(value))
            return wrong(err, "argv must be a list of texts without NUL");
        order->argv[count++] = str_copy(arena, value->text).p;
    }
    return true;
}

static bool read_environment(struct arena *arena, struct shim_order *order, struct err *err)
{
    const struct json *environment = get(order->root, "environment", JSON_OBJECT);
    if (!environment)
        return wrong(err, "environment must be an object");
    order->environment = arena_array(arena, environment->count + 1, sizeof *order->environment);
    size_t count = 0;
    for (const struct json *value = environment->first; value; value = value->next) {
        struct str name = value->key;
        if (!is_text(value) || name.n == 0 || memchr(name.p, '=', name.n) ||
            memchr(name.p, '\0', name.n))
            return wrong(err, "environment must have names and texts without NUL");
        char *variable = arena_alloc(arena, name.n + value->text.n + 2);
        memcpy(variable, name.p, name.n);
        variable[name.n] = '=';
        if (value->text.n > 0)
            memcpy(variable + name.n + 1, value->text.p, value->text.n);
        order->environment[count++] = variable;
    }
    return true;
}

static bool read_secrets(struct arena *arena, struct shim_order *order, struct err *err)
{
    const struct json *secrets = get(order->root, "secrets", JSON_ARRAY);
    if (!secrets)
        return wrong(err, "secrets must be a list");
    order->secrets = arena_array(arena, secrets->count, sizeof *order->secrets);
    for (const struct json *value = secrets->first; value; value = value->next) {
        if (value->type != JSON_STRING)
            return wrong(err, "secrets must be a list of texts");
        order->secrets[order->secret_count++] = value->text;
    }
    return redact_check(order->secrets, order->secret_count, err);
}

static bool read_writes(struct arena *arena, struct shim_order *order, struct err *err)
{
    const struct json *writes = json_get(order->root, "writes");
    struct wall_order *walls = &order->walls;
    if (writes && writes->type == JSON_NULL)
        return true;
    if (!writes || writes->type != JSON_ARRAY || writes->count > STEP_WRITES_MAX)
        return wrong(err, "writes must be null or a list of paths");
    struct str *paths = arena_array(arena, writes->count + 1, sizeof *paths);
    for (const struct json *value = writes->first; value; value = value->next) {
        if (!is_text(value) || !str_starts(value->text, "/"))
            return wrong(err, "writes must be null or a list of paths");
        paths[walls->write_count++] = str_copy(arena, value->text);
    }
    walls->writes = paths;
    return true;
}

/* A wall that is not spoken of is no open door: every key must be there. */
static bool read_walls(struct arena *arena, struct shim_order *order, struct err *err)
{
    const struct json *hidden = get(order->root, "hidden", JSON_STRING);
    const struct json *network = json_get(order->root, "network");
    struct wall_order *walls = &order->walls;
    if (!hidden || !is_text(hidden) || (hidden->text.n > 0 && !str_starts(hidden->text, "/")))
        return wrong(err, "hidden must be an absolute path, or empty");
    if (!network || (network->type != JSON_TRUE && network->type != JSON_FALSE))
        return wrong(err, "network must be true or false");
    if (!json_get_int(order->root, "memory_bytes", &walls->memory_bytes) ||
        !json_get_int(order->root, "file_bytes", &walls->file_bytes) ||
        !json_get_int(order->root, "processes", &walls->processes) ||
        !json_get_int(order->root, "open_files", &walls->open_files))
        return wrong(err, "its limits must be whole numbers");
    walls->no_network = network->type == JSON_FALSE;
    walls->hidden = str_copy(arena, hidden->text);
    walls->directory = str_of(order->directory);
    return read_writes(arena, order, err);
}

static bool read_id(const struct json *from, const char *key, int64_t *out_id)
{
    return json_get_int(from, key, out_id) && *out_id >= 0 && *out_id < UINT32_MAX;
}

/* Like a wall, it must be spoken of: nobody stays root because a word is missing. */
static bool read_user(struct arena *arena, struct shim_order *order, struct err *err)
{
    static const char said[] = "user must be null or have name, uid, gid and groups";
    const struct json *from = json_get(order->root, "user");
    int64_t uid = 0;
    int64_t gid = 0;
    if (from && from->type == JSON_NULL)
        return true;
    if (!from || from->type != JSON_OBJECT || !read_id(from, "uid", &uid) ||
        !read_id(from, "gid", &gid))
        return wrong(err, said);
    const struct json *name = get(from, "name", JSON_STRING);
    const struct json *groups = get(from, "groups", JSON_ARRAY);
    if (!name || !is_text(name) || !groups || groups->count > USER_GROUPS_MAX)
        return wrong(err, said);
    struct user *user = arena_make(arena, struct user);
    *user =
        (struct user){.name = str_copy(arena, name->text), .uid = (uid_t)uid, .gid = (gid_t)gid};
    for (const struct json *one = groups->first; one; one = one->next) {
        int64_t group = 0;
        if (one->type != JSON_NUMBER || !str_int(one->text, &group) || group < 0 ||
            group >= UINT32_MAX)
            return wrong(err, said);
        user->groups[user->group_count++] = (gid_t)group;
    }
    order->user = user;
    return true;
}

static bool read_rest(struct arena *arena, struct shim_order *order, struct err *err)
{
    const struct json *directory = get(order->root, "directory", JSON_STRING);
    const struct json *id = get(order->root, "id", JSON_STRING);
    const struct json *word = get(order->root, "word", JSON_STRING);
    if (!directory || !is_text(directory) || !str_starts(directory->text, "/"))
        return wrong(err, "directory must be an absolute path");
    if (!id || !is_text(id) || id->text.n > STEP_ID_BYTES_MAX)
        return wrong(err, "id must be a short text");
    if (!word || !is_text(word) || word->text.n > STEP_WORD_BYTES_MAX)
        return wrong(err, "word must be a short text");
    if (!json_get_int(order->root, "deadline_ms", &order->deadline_ms) || order->deadline_ms < 0)
        return wrong(err, "deadline_ms must be 0 or more");
    if (!json_get_int(order->root, "output_bytes", &order->output_bytes) ||
        order->output_bytes < STEP_OUTPUT_BYTES_MIN || order->output_bytes > STEP_OUTPUT_BYTES_MAX)
        return wrong(err, "output_bytes is out of its bounds");
    order->directory = str_copy(arena, directory->text).p;
    order->id = str_copy(arena, id->text);
    memcpy(order->word, word->text.n > 0 ? word->text.p : "", word->text.n);
    return true;
}

static void wipe_tree(struct json *value)
{
    for (struct json *child = value->first; child; child = child->next)
        wipe_tree(child);
    if (value->text.n > 0)
        explicit_bzero((void *)(uintptr_t)value->text.p, value->text.n);
}

bool shim_order_read(struct arena *arena, struct shim_order *out_order, struct err *err)
{
    char *data = arena_alloc(arena, WORK_ORDER_BYTES + 2);
    size_t n = 0;
    struct shim_order order = {0};
    bool read = fd_fill(STDIN_FILENO, data, WORK_ORDER_BYTES + 1, &n);
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd > STDIN_FILENO && dup2(null_fd, STDIN_FILENO) == STDIN_FILENO)
        (void)close(null_fd);
    if (!read || n > WORK_ORDER_BYTES)
        wrong(err, read ? "it is too long" : "it cannot be read");
    else if (!json_parse(arena, (struct str){data, n}, &order.root, NULL) ||
             order.root->type != JSON_OBJECT)
        read = wrong(err, "it is not a JSON object");
    else
        read = read_arguments(arena, &order, err) && read_environment(arena, &order, err) &&
               read_secrets(arena, &order, err) && read_rest(arena, &order, err) &&
               read_walls(arena, &order, err) && read_user(arena, &order, err);
    *out_order = order;
    out_order->input = (struct str){data, n};
    bool valid = read && n <= WORK_ORDER_BYTES;
    if (!valid)
        shim_order_wipe(out_order);
    return valid;
}

void shim_order_wipe(struct shim_order *order)
{
    for (const char **variable = order->environment; variable && *variable; variable++)
        explicit_bzero((void *)(uintptr_t)*variable, strlen(*variable));
    for (const char **argument = order->argv; argument && *argument; argument++)
        explicit_bzero((void *)(uintptr_t)*argument, strlen(*argument));
    if (order->root)
        wipe_tree(order->root);
    if (order->input.n > 0)
        explicit_bzero((void *)(uintptr_t)order->input.p, order->input.n);
    struct shim_order kept = {.deadline_ms = order->deadline_ms,
                              .output_bytes = order->output_bytes};
    memcpy(kept.word, order->word, sizeof kept.word);
    *order = kept;
}
