/* keeper.c - start, then one answer for each request. */
#include "keeper/keeper.h"

#include "base/json.h"
#include "base/secret_value.h"
#include "keeper/keeper_client.h"
#include "keeper/keeper_frame.h"
#include "keeper/keeper_key.h"
#include "keeper/keeper_sandbox.h"
#include "keeper/keeper_secret.h"
#include "os/file.h"
#include "os/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct held_secret {
    struct str name;
    struct secret_value value;
};

struct keeper {
    int fd;
    bool started;
    struct keeper_key key;
    struct str origin;
    struct held_secret *secrets;
    size_t secret_count;
    struct arena arena;               /* the process's life */
    struct arena turn;                /* one request */
    unsigned char bytes[FRAME_BYTES]; /* request, then answer */
};

static bool answer(struct keeper *keeper, uint32_t number, struct str data)
{
    struct keeper_frame frame = {.call = '+', .number = number, .data = data};
    size_t n = keeper_answer_write(&frame, keeper->bytes);
    ssize_t sent = send(keeper->fd, keeper->bytes, n, MSG_NOSIGNAL);
    sodium_memzero(keeper->bytes, n);
    return sent == (ssize_t)n;
}

static bool refuse(struct keeper *keeper, uint32_t number, const struct err *err)
{
    char data[1 + sizeof err->place + sizeof err->text + 2];
    int n = snprintf(data, sizeof data, "%c%s%s%s", (int)err->kind, err->place,
                     err->place[0] ? ": " : "", err->text);
    struct keeper_frame frame = {
        .call = '-', .number = number, .data = {data, n > 0 ? (size_t)n : 0}};
    size_t size = keeper_answer_write(&frame, keeper->bytes);
    return send(keeper->fd, keeper->bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* The values stand in the process's own memory, where /proc would show them: overwritten first. */
static void wipe_environment(void)
{
    for (char **variable = environ; variable && *variable; variable++)
        sodium_memzero(*variable, strlen(*variable));
    (void)clearenv();
}

static bool collect_secrets(struct keeper *keeper, const struct json *list, struct err *err)
{
    if (!list || list->type != JSON_ARRAY || list->count > KEEPER_SECRETS_MAX)
        return err_set(err, ERR_USAGE, NULL, "The keeper holds at most %d secrets.",
                       KEEPER_SECRETS_MAX);
    keeper->secrets = arena_array(&keeper->arena, list->count, sizeof *keeper->secrets);
    (void)mlock(keeper->secrets, list->count * sizeof *keeper->secrets);
    for (const struct json *item = list->first; item; item = item->next) {
        struct held_secret *held = &keeper->secrets[keeper->secret_count++];
        held->name = str_copy(&keeper->arena, json_get_str(item, "name"));
        if (!keeper_secret_read(&keeper->arena, json_get_str(item, "reference"), &held->value, err))
            return false;
    }
    return true;
}

static bool start(struct keeper *keeper, struct str setup, struct err *err)
{
    struct json *root = NULL;
    struct str copy = str_copy(&keeper->arena, setup);
    if (keeper->started)
        return err_set(err, ERR_USAGE, NULL, "The keeper has already started.");
    if (!json_parse(&keeper->arena, copy, &root, err))
        return false;
    keeper->origin = json_get_str(root, "origin");
    if (keeper->origin.n == 0 || str_find_byte(keeper->origin, '\n', 0) < keeper->origin.n)
        return err_set(err, ERR_USAGE, NULL, "The keeper needs the origin of its checkpoints.");
    (void)mlock(&keeper->key, sizeof keeper->key);
    bool good = keeper_key_open(json_get_str(root, "key_file"), &keeper->key, err) &&
                collect_secrets(keeper, json_get(root, "secrets"), err);
    wipe_environment();
    if (!good || !keeper_sandbox_close(err))
        return false;
    keeper->started = true;
    return true;
}

/* Three lines, the first its own origin: the key cannot be used to sign anything else. */
static bool check_body(const struct keeper *keeper, struct str body, struct err *err)
{
    struct str rest = body;
    struct str line;
    size_t lines = 0;
    bool good = str_utf8_valid(body, NULL) && str_ends(body, "\n");
    while (good && rest.n > 0 && str_split(&rest, '\n', &line)) {
        lines++;
        good = line.n > 0 && (lines != 1 || str_equal(line, keeper->origin));
    }
    return (good && lines == 3) ||
           err_set(err, ERR_REFUSED, NULL,
                   "The keeper signs only checkpoints of %.*s: origin, size and root, each on its "
                   "line.",
                   STR_ARGS(keeper->origin));
}

static bool sign(struct keeper *keeper, const struct keeper_frame *request, struct str *out_data,
                 struct err *err)
{
    unsigned char *signature = arena_alloc(&keeper->turn, KEEPER_SIGNATURE_BYTES);
    if (!check_body(keeper, request->data, err))
        return false;
    (void)crypto_sign_detached(signature, NULL, (const unsigned char *)request->data.p,
                               request->data.n, keeper->key.signing);
    *out_data = (struct str){(const char *)signature, KEEPER_SIGNATURE_BYTES};
    return true;
}

static bool give(const struct keeper *keeper, struct str name, struct str *out_data,
                 struct err *err)
{
    for (size_t i = 0; i < keeper->secret_count; i++) {
        if (!str_equal(keeper->secrets[i].name, name))
            continue;
        *out_data = secret_value_reveal(&keeper->secrets[i].value);
        return true;
    }
    return err_set(err, ERR_USAGE, NULL,
                   "The keeper holds no secret \"%.*s\"; name it under secrets: in reeve.yaml.",
                   STR_ARGS(name));
}

static bool perform(struct keeper *keeper, const struct keeper_frame *request, struct str *out_data,
                    struct err *err)
{
    unsigned char *mac = arena_alloc(&keeper->turn, KEEPER_MAC_BYTES);
    if (!keeper->started)
        return err_set(err, ERR_USAGE, NULL, "The keeper has not been started.");
    switch (request->call) {
    case KEEPER_PUBLIC_KEY:
        *out_data = (struct str){(const char *)keeper->key.public_key, KEEPER_KEY_BYTES};
        return true;
    case KEEPER_SIGN: return sign(keeper, request, out_data, err);
    case KEEPER_MAC:
        if (request->name.n == 0)
            return err_set(err, ERR_USAGE, NULL, "A mac needs a purpose.");
        keeper_key_mac(&keeper->key, request->name, request->data, mac);
        *out_data = (struct str){(const char *)mac, KEEPER_MAC_BYTES};
        return true;
    case KEEPER_GIVE: return give(keeper, request->name, out_data, err);
    default: return err_set(err, ERR_USAGE, NULL, "The keeper knows no such call.");
    }
}

/* False when the core cannot be answered any more. */
static bool take_request(struct keeper *keeper, size_t n)
{
    struct keeper_frame request;
    struct err err = {0};
    struct str data = {0};
    if (!keeper_frame_parse(keeper->bytes, n, &request))
        return false;
    bool good = request.call == KEEPER_START ? start(keeper, request.data, &err)
                                             : perform(keeper, &request, &data, &err);
    if (good)
        return answer(keeper, request.number, data);
    return refuse(keeper, request.number, &err) && keeper->started;
}

static void wipe(struct keeper *keeper)
{
    for (size_t i = 0; i < keeper->secret_count; i++)
        secret_value_wipe(&keeper->secrets[i].value);
    arena_done(&keeper->arena);
    arena_done(&keeper->turn);
    sodium_memzero(keeper, sizeof *keeper);
}

int keeper_main(int fd)
{
    struct keeper keeper = {.fd = fd};
    ssize_t n;
    log_start("keep", LOG_LEVEL_INFO);
    keeper_sandbox_begin();
    if (sodium_init() < 0)
        return err_exit_code(ERR_SELF);
    arena_init(&keeper.arena);
    arena_init(&keeper.turn);
    for (;;) {
        n = recv(fd, keeper.bytes, sizeof keeper.bytes, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || !take_request(&keeper, (size_t)n))
            break;
        arena_reset(&keeper.turn);
    }
    wipe(&keeper);
    return n == 0 ? 0 : err_exit_code(ERR_SELF);
}
