/* keeper_client.c - one request, one answer, with a deadline. */
#include "keeper/keeper_client.h"

#include "base/json.h"
#include "base/noun.h"
#include "keeper/keeper_frame.h"
#include "os/clock.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

static const char place[] = "keeper";

struct exchange { /* the answer may hold a secret: wiped by whoever made it */
    unsigned char bytes[FRAME_BYTES];
    struct str answer;
};

static void wipe_exchange(struct exchange *exchange)
{
    sodium_memzero(exchange->bytes, sizeof exchange->bytes);
}

#define EXCHANGE_SCOPED __attribute__((cleanup(wipe_exchange))) struct exchange

bool keeper_socket_pair(int out_fds[2], struct err *err)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
        return err_set(err, ERR_SELF, place, "No socket pair can be made: %s.", strerror(errno));
    out_fds[0] = fds[0];
    out_fds[1] = fds[1];
    return true;
}

static bool is_ready(const struct keeper_client *client)
{
    struct pollfd waiting = {.fd = client->fd, .events = POLLIN};
    return poll(&waiting, 1, 0) > 0;
}

static bool receive(struct keeper_client *client, struct exchange *exchange, int64_t due_ms,
                    struct keeper_frame *out_answer, struct err *err)
{
    for (;;) {
        int64_t left_ms = due_ms - clock_boot_ms();
        struct pollfd waiting = {.fd = client->fd, .events = POLLIN};
        int ready = poll(&waiting, 1, left_ms < 0 ? 0 : (int)left_ms);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0)
            return err_set(err, ERR_SELF, place,
                           "The keeper does not answer in time; it is ended and started again.");
        ssize_t n = recv(client->fd, exchange->bytes, sizeof exchange->bytes, MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return err_set(err, ERR_SELF, place,
                           "The keeper has ended; its last words are in the log.");
        if (keeper_answer_parse(exchange->bytes, (size_t)n, out_answer) &&
            out_answer->number == client->number)
            return true;
    }
}

/* Never waits: one request is under way at a time, so there is room for it. */
static bool ask(struct keeper_client *client, struct keeper_frame frame, struct exchange *exchange,
                struct err *err)
{
    if (client->fd < 0)
        return err_set(err, ERR_SELF, place, "The keeper is not there; it is started again.");
    frame.number = ++client->number;
    size_t n = keeper_frame_write(&frame, exchange->bytes);
    if (n == 0)
        return err_set(err, ERR_USAGE, place, "This is too long for the keeper (%d bytes).",
                       FRAME_BYTES);
    if (send(client->fd, exchange->bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n)
        return true;
    (void)err_set(err, ERR_SELF, place, "The keeper cannot be reached: %s.", strerror(errno));
    keeper_close(client);
    return false;
}

static bool take_answer(struct keeper_client *client, int deadline_ms, struct exchange *exchange,
                        struct err *err)
{
    struct keeper_frame answer;
    if (!receive(client, exchange, clock_boot_ms() + deadline_ms, &answer, err)) {
        keeper_close(client);
        return false;
    }
    if (answer.call == '-') {
        int kind = (unsigned char)answer.data.p[0];
        struct str sentence = str_from(answer.data, 1);
        return err_set(err, kind >= ERR_USAGE && kind <= ERR_SELF ? (enum err_kind)kind : ERR_SELF,
                       place, "%.*s", STR_ARGS(sentence));
    }
    exchange->answer = answer.data;
    return true;
}

static bool call_within(struct keeper_client *client, struct keeper_frame frame, int deadline_ms,
                        struct exchange *exchange, struct err *err)
{
    return ask(client, frame, exchange, err) && take_answer(client, deadline_ms, exchange, err);
}

static bool call_for_bytes(struct keeper_client *client, struct keeper_frame frame,
                           unsigned char *out_bytes, size_t size_bytes, struct err *err)
{
    EXCHANGE_SCOPED exchange;
    if (!call_within(client, frame, KEEPER_DEADLINE_MS, &exchange, err))
        return false;
    if (exchange.answer.n != size_bytes)
        return err_set(err, ERR_SELF, place, "The keeper's answer has %zu %s instead of %zu.",
                       exchange.answer.n, noun((int64_t)exchange.answer.n, "byte", "bytes"),
                       size_bytes);
    memcpy(out_bytes, exchange.answer.p, size_bytes);
    return true;
}

static struct str write_setup(struct arena *arena, const struct keeper_setup *setup)
{
    struct text text;
    text_init(&text, arena, FRAME_BYTES);
    struct json_writer writer = {.text = &text};
    json_open_object(&writer, NULL);
    json_str(&writer, "key_file", setup->key_file);
    json_str(&writer, "origin", setup->origin);
    json_open_array(&writer, "secrets");
    for (size_t i = 0; i < setup->secret_count; i++) {
        json_open_object(&writer, NULL);
        json_str(&writer, "name", setup->secrets[i].name);
        json_str(&writer, "reference", setup->secrets[i].reference);
        json_close_object(&writer);
    }
    json_close_array(&writer);
    json_close_object(&writer);
    return text_str(&text);
}

bool keeper_begin(struct keeper_client *client, int fd, const struct keeper_setup *setup,
                  struct err *err)
{
    struct arena arena;
    EXCHANGE_SCOPED exchange;
    *client = (struct keeper_client){.fd = fd};
    arena_init(&arena);
    struct keeper_frame frame = {.call = KEEPER_START, .data = write_setup(&arena, setup)};
    bool good = ask(client, frame, &exchange, err);
    arena_done(&arena);
    if (!good)
        keeper_close(client);
    return good;
}

static bool finish_start(struct keeper_client *client, int deadline_ms, struct err *err)
{
    EXCHANGE_SCOPED exchange;
    bool good = take_answer(client, deadline_ms, &exchange, err);
    if (!good)
        keeper_close(client);
    return good;
}

bool keeper_started(struct keeper_client *client, struct err *err)
{
    return is_ready(client) && finish_start(client, 0, err);
}

bool keeper_start(struct keeper_client *client, int fd, const struct keeper_setup *setup,
                  struct err *err)
{
    return keeper_begin(client, fd, setup, err) && finish_start(client, KEEPER_START_MS, err);
}

void keeper_close(struct keeper_client *client)
{
    if (client->fd >= 0)
        (void)close(client->fd);
    client->fd = -1;
}

bool keeper_public_key(struct keeper_client *client, unsigned char out_key[KEEPER_KEY_BYTES],
                       struct err *err)
{
    return call_for_bytes(client, (struct keeper_frame){.call = KEEPER_PUBLIC_KEY}, out_key,
                          KEEPER_KEY_BYTES, err);
}

bool keeper_sign(struct keeper_client *client, struct str body,
                 unsigned char out_signature[KEEPER_SIGNATURE_BYTES], struct err *err)
{
    return call_for_bytes(client, (struct keeper_frame){.call = KEEPER_SIGN, .data = body},
                          out_signature, KEEPER_SIGNATURE_BYTES, err);
}

bool keeper_mac(struct keeper_client *client, struct str purpose, struct str data,
                unsigned char out_mac[KEEPER_MAC_BYTES], struct err *err)
{
    struct keeper_frame frame = {.call = KEEPER_MAC, .name = purpose, .data = data};
    return call_for_bytes(client, frame, out_mac, KEEPER_MAC_BYTES, err);
}

bool keeper_give(struct keeper_client *client, struct str name, struct secret_value *out_secret,
                 struct err *err)
{
    EXCHANGE_SCOPED exchange;
    struct keeper_frame frame = {.call = KEEPER_GIVE, .name = name};
    if (!call_within(client, frame, KEEPER_DEADLINE_MS, &exchange, err))
        return false;
    return secret_value_set(out_secret, exchange.answer) ||
           err_set(err, ERR_SELF, place, "The secret %.*s is longer than %d bytes.", STR_ARGS(name),
                   SECRET_BYTES_MAX);
}
