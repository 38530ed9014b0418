/* test_worker.c - orders performed by the real reeve-work against real receivers. */
#include "base/limits.h"
#include "base/text.h"
#include "harness/test.h"
#include "os/spawn.h"
#include "worker/foreground.h"
#include "worker/order_limits.h"
#include "worker/pool.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A receiver of tests/harness/receivers.py. It ends when our end of its input is closed, so also
 * when a case fails. */
struct receiver {
    struct spawned process;
    int input_fd;
    FILE *output;
    int64_t port;
};

static struct json *next_line(struct arena *arena, struct receiver *receiver)
{
    char *line = arena_alloc(arena, 65536);
    struct json *root = NULL;
    if (!fgets(line, 65536, receiver->output) || !json_parse(arena, str_of(line), &root, NULL))
        test_fail(__FILE__, __LINE__, "the receiver said nothing: %s", line);
    return root;
}

static struct receiver start_receiver(struct arena *arena, const char *kind)
{
    struct receiver receiver = {.input_fd = -1};
    const char *script = test_source_path(arena, "tests/harness/receivers.py").p;
    const char *as_nobody[] = {"/usr/bin/setpriv",
                               "--reuid=nobody",
                               "--regid=nogroup",
                               "--clear-groups",
                               "/usr/bin/python3",
                               script,
                               kind,
                               NULL};
    int in[2];
    int out[2];
    struct err err = {0};
    if (access("/usr/lib/python3/dist-packages/aiosmtpd", F_OK) != 0 && kind[0] != 'w')
        SKIP("python3-aiosmtpd is not installed");
    CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    struct spawn spawn = {.argv = getuid() == 0 ? as_nobody : as_nobody + 4,
                          .stdin_fd = in[0],
                          .stdout_fd = out[1],
                          .extra_fd = -1,
                          .die_with_parent = false};
    CHECK_OK(spawn_start(&spawn, &receiver.process, &err), &err);
    (void)close(in[0]);
    (void)close(out[1]);
    receiver.input_fd = in[1];
    receiver.output = fdopen(out[0], "r");
    CHECK(json_get_int(next_line(arena, &receiver), "port", &receiver.port));
    return receiver;
}

static void stop_receiver(struct receiver *receiver)
{
    (void)close(receiver->input_fd);
    (void)fclose(receiver->output);
    (void)spawn_signal(&receiver->process, SIGKILL);
    (void)spawn_wait(&receiver->process);
}

struct heard {
    struct arena *arena;
    struct event_base *base;
    size_t wanted;
    size_t count;
    struct order_result last;
    struct str last_id;
};

static void hear(void *context, struct str order_id, const struct order_result *result)
{
    struct heard *heard = context;
    heard->count++;
    heard->last = (struct order_result){.outcome = result->outcome,
                                        .detail = str_copy(heard->arena, result->detail),
                                        .output = str_copy(heard->arena, result->output)};
    heard->last_id = str_copy(heard->arena, order_id);
    if (heard->count >= heard->wanted)
        (void)event_base_loopbreak(heard->base);
}

static const char *work_program(void)
{
    const char *program = getenv("REEVE_WORK");
    if (!program)
        SKIP("REEVE_WORK does not name reeve-work");
    return program;
}

static struct order_result perform(struct arena *arena, const struct order *order,
                                   const char *secret)
{
    struct heard heard = {.arena = arena, .base = event_base_new(), .wanted = 1};
    struct worker_pool *pool = worker_pool_open(arena, heard.base, work_program());
    struct err err = {0};
    SECRET_SCOPED value;
    CHECK(secret_value_set(&value, str_of(secret ? secret : "")));
    CHECK_OK(worker_pool_start(pool, order, &value, (struct worker_answer){hear, &heard}, &err),
             &err);
    CHECK_INT(worker_pool_room(pool), LIMIT_WORKERS - 1);
    (void)event_base_dispatch(heard.base);
    CHECK_INT(heard.count, 1);
    CHECK_SAME(heard.last_id, order->id);
    CHECK_INT(worker_pool_room(pool), LIMIT_WORKERS);
    worker_pool_close(pool);
    event_base_free(heard.base);
    return heard.last;
}

struct mail {
    int64_t port;
    const char *to, *subject, *text, *user, *tls;
};

static struct order_result send_mail(struct arena *arena, struct mail mail, const char *password)
{
    struct text text;
    text_init(&text, arena, 65536);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "from", STR("reeve@example.com"));
    json_str(&w, "message_id", STR("page-12-1"));
    json_str(&w, "subject", str_of(mail.subject ? mail.subject : "P1"));
    json_str(&w, "text", str_of(mail.text ? mail.text : "Text.\n"));
    json_str(&w, "tls", str_of(mail.tls ? mail.tls : "none"));
    json_str(&w, "to", str_of(mail.to ? mail.to : "ana@example.org"));
    json_str(&w, "url", str_printf(arena, "smtp://127.0.0.1:%lld", (long long)mail.port));
    if (mail.user)
        json_str(&w, "user", str_of(mail.user));
    json_close_object(&w);
    struct order order = {.kind = ORDER_PAGE_SMTP,
                          .id = STR("o-1"),
                          .body_json = text_str(&text),
                          .deadline_ms = 5000,
                          .secret_fields = {"password"},
                          .secret_count = password ? 1 : 0};
    return perform(arena, &order, password);
}

static struct order_result send_to(struct arena *arena, int64_t port, const char *to)
{
    return send_mail(arena, (struct mail){.port = port, .to = to}, NULL);
}

static struct order_result send_text(struct arena *arena, int64_t port, const char *text)
{
    return send_mail(arena, (struct mail){.port = port, .text = text}, NULL);
}

static struct order_result call_hook(struct arena *arena, int64_t port, const char *path,
                                     const char *key)
{
    struct str body = str_printf(arena,
                                 "{\"body\":\"{\\\"text\\\":\\\"h\u00e9\\\"}\","
                                 "\"event_id\":\"page-7\","
                                 "\"url\":\"http://127.0.0.1:%lld%s\"}",
                                 (long long)port, path);
    struct order order = {.kind = ORDER_PAGE_WEBHOOK,
                          .id = STR("o-2"),
                          .body_json = body,
                          .deadline_ms = 1000,
                          .secret_fields = {"key"},
                          .secret_count = 1};
    return perform(arena, &order, key);
}

static const char key[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

TEST(a_mail_arrives_with_its_umlauts_and_dots)
{
    struct receiver receiver = start_receiver(arena, "mail");
    static const char subject[] = "P1: Fehlerrate \xc3\xbc"
                                  "ber 5 % \xe2\x80\x93 acme-Produktion, "
                                  "seit 3 min 20 s, best\xc3\xa4tigen";
    static const char text[] = ".\n..two dots\nW\xc3\xbcrde = 5 % \nend\n";
    struct mail mail = {.port = receiver.port, .subject = subject, .text = text};
    struct order_result result = send_mail(arena, mail, NULL);
    CHECK_STR(result.detail, "250 2.0.0 kept");
    CHECK_INT(result.outcome, ORDER_DONE);
    const struct json *got = next_line(arena, &receiver);
    CHECK_STR(json_get_str(got, "subject"), subject);
    CHECK_STR(json_get_str(got, "text"), text);
    CHECK_STR(json_get_str(got, "id"), "<page-12-1@example.com>");
    CHECK_STR(json_get_str(got, "sender"), "reeve@example.com");
    CHECK(str_ends(json_get_str(got, "date"), "+0000"));
    stop_receiver(&receiver);
}

TEST(a_mail_that_is_refused_says_whether_later_helps)
{
    struct receiver receiver = start_receiver(arena, "mail");
    struct order_result result = send_to(arena, receiver.port, "nobody@example.org");
    CHECK_STR(result.detail, "550 5.1.1 no such person");
    CHECK_INT(result.outcome, ORDER_REFUSED);
    result = send_to(arena, receiver.port, "later@example.org");
    CHECK_STR(result.detail, "451 4.3.0 come back later");
    CHECK_INT(result.outcome, ORDER_FAILED);
    result = send_text(arena, receiver.port, "REFUSE\n");
    CHECK_STR(result.detail, "554 5.6.0 not this text");
    CHECK_INT(result.outcome, ORDER_REFUSED);
    CHECK_INT(send_text(arena, receiver.port, "BUSY\n").outcome, ORDER_FAILED);
    result = send_to(arena, receiver.port, "a@b\r\nRCPT TO:<c@d>");
    CHECK_INT(result.outcome, ORDER_REFUSED);
    stop_receiver(&receiver);
}

TEST(a_mail_never_goes_in_clear_when_tls_is_wanted)
{
    static const char *const wanted[] = {"starttls", "tls"};
    struct receiver receiver = start_receiver(arena, "mail");
    for (size_t i = 0; i < 2; i++) {
        struct mail mail = {.port = receiver.port, .tls = wanted[i]};
        CHECK_INT(send_mail(arena, mail, NULL).outcome, ORDER_FAILED);
    }
    struct mail mail = {.port = receiver.port, .tls = "perhaps"};
    CHECK_INT(send_mail(arena, mail, NULL).outcome, ORDER_REFUSED);
    stop_receiver(&receiver);
}

TEST(a_server_that_goes_after_the_final_dot_leaves_doubt)
{
    struct receiver receiver = start_receiver(arena, "liar");
    struct order_result result = send_mail(arena, (struct mail){.port = receiver.port}, NULL);
    CHECK_INT(result.outcome, ORDER_DOUBTED);
    CHECK(str_starts(result.detail, "The mail was sent, but the server's reply did not come"));
    stop_receiver(&receiver);
}

TEST(nobody_listening_is_a_failure)
{
    struct order_result result = send_mail(arena, (struct mail){.port = 1}, NULL);
    CHECK_INT(result.outcome, ORDER_FAILED);
    result = call_hook(arena, 1, "/x", key);
    CHECK_INT(result.outcome, ORDER_FAILED);
}

TEST(a_login_is_used)
{
    struct receiver receiver = start_receiver(arena, "login");
    struct mail mail = {.port = receiver.port, .user = "reeve"};
    CHECK_INT(send_mail(arena, mail, "secret word").outcome, ORDER_DONE);
    struct order_result result = send_mail(arena, mail, "wrong word");
    CHECK_INT(result.outcome, ORDER_REFUSED);
    CHECK(str_starts(result.detail, "535"));
    stop_receiver(&receiver);
}

TEST(a_webhook_is_verified_by_its_receiver)
{
    struct receiver receiver = start_receiver(arena, "webhook");
    struct order_result result = call_hook(arena, receiver.port, "/signed", key);
    CHECK_STR(result.detail, "204");
    CHECK_INT(result.outcome, ORDER_DONE);
    const struct json *got = next_line(arena, &receiver);
    CHECK(json_get(got, "good")->type == JSON_TRUE);
    CHECK_STR(json_get_str(got, "id"), "page-7");
    CHECK_STR(json_get_str(got, "type"), "application/json");
    CHECK_STR(json_get_str(got, "body"), "{\"text\":\"h\xc3\xa9\"}");
    result = call_hook(arena, receiver.port, "/signed", "another key");
    CHECK_STR(result.detail, "401 wrong signature");
    CHECK_INT(result.outcome, ORDER_REFUSED);
    CHECK_INT(call_hook(arena, receiver.port, "/signed", "whsec_?").outcome, ORDER_REFUSED);
    stop_receiver(&receiver);
}

TEST(a_webhooks_answer_decides)
{
    static const struct {
        const char *path;
        enum order_outcome want;
    } rows[] = {{"/200", ORDER_DONE},    {"/404", ORDER_REFUSED},    {"/408", ORDER_FAILED},
                {"/429", ORDER_FAILED},  {"/500", ORDER_FAILED},     {"/moved", ORDER_REFUSED},
                {"/long", ORDER_FAILED}, {"/closed", ORDER_DOUBTED}, {"/silent", ORDER_DOUBTED}};
    struct receiver receiver = start_receiver(arena, "webhook");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct order_result result = call_hook(arena, receiver.port, rows[i].path, key);
        CHECK_INT(result.outcome, rows[i].want);
        CHECK(result.detail.n > 0 && result.detail.n <= 400);
        CHECK_STR(json_get_str(next_line(arena, &receiver), "path"), rows[i].path);
    }
    stop_receiver(&receiver);
}

TEST(a_heartbeat_is_a_get)
{
    struct receiver receiver = start_receiver(arena, "webhook");
    struct order order = {.kind = ORDER_HEARTBEAT, .id = STR("h"), .deadline_ms = 1000};
    order.body_json =
        str_printf(arena, "{\"url\":\"http://127.0.0.1:%lld/beat\"}", (long long)receiver.port);
    CHECK_INT(perform(arena, &order, NULL).outcome, ORDER_DONE);
    CHECK_STR(json_get_str(next_line(arena, &receiver), "method"), "GET");
    order.body_json = STR("{\"url\":\"file:///etc/passwd\"}");
    CHECK_INT(perform(arena, &order, NULL).outcome, ORDER_REFUSED);
    order.body_json = STR("{}");
    CHECK_INT(perform(arena, &order, NULL).outcome, ORDER_REFUSED);
    stop_receiver(&receiver);
}

static struct order_result perform_until(struct arena *arena, const char *script,
                                         int64_t deadline_ms, const char *ended)
{
    struct str path = str_printf(arena, "%.*s/work", STR_ARGS(test_folder(arena)));
    FILE *file = fopen(path.p, "w");
    CHECK(file && fprintf(file, "#!/bin/sh\n%s\n", script) > 0 && fchmod(fileno(file), 0755) == 0 &&
          fclose(file) == 0);
    struct heard heard = {.arena = arena, .base = event_base_new(), .wanted = 1};
    struct worker_pool *pool = worker_pool_open(arena, heard.base, path.p);
    struct order order = {.id = STR("x"), .body_json = STR("{}"), .deadline_ms = deadline_ms};
    struct err err = {0};
    CHECK_OK(worker_pool_start(pool, &order, NULL, (struct worker_answer){hear, &heard}, &err),
             &err);
    worker_pool_end(pool, STR("another"), "Nobody meant this one.");
    if (ended)
        worker_pool_end(pool, STR("x"), ended);
    (void)event_base_dispatch(heard.base);
    CHECK_INT(heard.count, 1);
    worker_pool_close(pool);
    event_base_free(heard.base);
    return heard.last;
}

/* Scripts stand in for a worker that misbehaves. */
static struct order_result perform_by(struct arena *arena, const char *script, int64_t deadline_ms)
{
    return perform_until(arena, script, deadline_ms, NULL);
}

/* An order about a password, with its one or two secrets. */
static struct order_result ask_password(struct arena *arena, enum order_kind kind,
                                        const char *password, struct str hash)
{
    struct heard heard = {.arena = arena, .base = event_base_new(), .wanted = 1};
    struct worker_pool *pool = worker_pool_open(arena, heard.base, work_program());
    struct err err = {0};
    struct secret_value secrets[2] = {0};
    struct order order = {.kind = kind,
                          .id = STR("login-1"),
                          .body_json = STR("{}"),
                          .deadline_ms = 20000,
                          .secret_fields = {"password", "hash"},
                          .secret_count = hash.n > 0    ? 2
                                          : password[0] ? 1
                                                        : 0};
    CHECK(secret_value_set(&secrets[0], str_of(password)));
    CHECK(secret_value_set(&secrets[1], hash));
    CHECK_OK(worker_pool_start(pool, &order, secrets, (struct worker_answer){hear, &heard}, &err),
             &err);
    (void)event_base_dispatch(heard.base);
    worker_pool_close(pool);
    event_base_free(heard.base);
    return heard.last;
}

TEST(a_password_is_hashed_and_known_again)
{
    struct order_result hashed =
        ask_password(arena, ORDER_PASSWORD_HASH, "correct \"horse\" b\xc3\xa4ttery", STR(""));
    CHECK_INT(hashed.outcome, ORDER_DONE);
    CHECK(str_starts(hashed.detail, "$argon2id$v=19$m=65536,t=2,p=1$"));
    struct order_result right = ask_password(arena, ORDER_PASSWORD_CHECK,
                                             "correct \"horse\" b\xc3\xa4ttery", hashed.detail);
    CHECK_INT(right.outcome, ORDER_DONE);
    CHECK_STR(right.detail, "It is the password.");
    struct order_result wrong =
        ask_password(arena, ORDER_PASSWORD_CHECK, "correct horse battery", hashed.detail);
    CHECK_INT(wrong.outcome, ORDER_REFUSED);
    CHECK_STR(wrong.detail, "It is not the password.");
}

TEST(a_hash_that_wants_all_memory_is_not_looked_at)
{
    static const char *const hashes[] = {
        "$argon2id$v=19$m=4294967295,t=2,p=1$15Ze5Bdh89fm+KDjm+/ErA$4etPssgxLOo+pegcG1fYwQ",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "x"};
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        struct order_result result =
            ask_password(arena, ORDER_PASSWORD_CHECK, "a password", str_of(hashes[i]));
        CHECK_INT(result.outcome, ORDER_REFUSED);
        CHECK_STR(result.detail, "The hash is not one of ours.");
    }
    struct order_result broken =
        ask_password(arena, ORDER_PASSWORD_CHECK, "a password",
                     STR("$argon2id$v=19$m=65536,t=2,p=1$!!!!$4etPssgxLOo"));
    CHECK_INT(broken.outcome, ORDER_REFUSED);
    struct order_result none = ask_password(arena, ORDER_PASSWORD_HASH, "", STR(""));
    CHECK_INT(none.outcome, ORDER_REFUSED);
    CHECK_STR(none.detail, "The order has no password.");
}

TEST(a_worker_that_gives_no_result_leaves_doubt)
{
    struct order_result result = perform_by(arena, "exit 3", 5000);
    CHECK_INT(result.outcome, ORDER_DOUBTED);
    CHECK_STR(result.detail, "The worker ended with 3 and without a result.");
    CHECK_INT(perform_by(arena, "kill -9 $$", 5000).outcome, ORDER_DOUBTED);
    CHECK_INT(perform_by(arena, "echo nonsense", 5000).outcome, ORDER_DOUBTED);
    result = perform_by(arena, "while :; do echo a long line of nonsense; done", 5000);
    CHECK_INT(result.outcome, ORDER_DOUBTED);
    result = perform_by(arena, "echo '{\"detail\":\"ok\",\"outcome\":\"done\"}'; exit 1", 5000);
    CHECK_INT(result.outcome, ORDER_DONE);
}

TEST(a_worker_is_killed_at_its_deadline)
{
    struct timespec from;
    struct timespec to;
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    struct order_result result = perform_by(arena, "exec sleep 60", 1);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    CHECK_INT(result.outcome, ORDER_DOUBTED);
    CHECK_STR(result.detail, "The worker met its deadline and was stopped.");
    CHECK(to.tv_sec - from.tv_sec < 10);
}

TEST(a_worker_can_be_ended)
{
    struct order_result result =
        perform_until(arena, "exec sleep 60", 60000, "The run was cancelled.");
    CHECK_INT(result.outcome, ORDER_DOUBTED);
    CHECK_STR(result.detail, "The run was cancelled.");
}

TEST(a_worker_sees_no_environment_and_three_descriptors)
{
    struct order_result result =
        perform_by(arena,
                   "n=$(ls /proc/self/fd | wc -l); e=$(tr '\\0' '\\n' </proc/$$/environ | wc -c); "
                   "echo \"{\\\"detail\\\":\\\"$n $e\\\",\\\"outcome\\\":\\\"done\\\"}\"",
                   5000);
    /* ls itself opens one more. */
    CHECK_STR(result.detail, "4 0");
}

TEST(the_pool_is_full_at_its_limit)
{
    struct heard heard = {.arena = arena, .base = event_base_new(), .wanted = LIMIT_WORKERS};
    struct worker_pool *pool = worker_pool_open(arena, heard.base, work_program());
    struct order order = {.kind = ORDER_HEARTBEAT,
                          .id = STR("h"),
                          .deadline_ms = 1000,
                          .body_json = STR("{\"url\":\"http://127.0.0.1:1/\"}")};
    struct worker_answer answer = {hear, &heard};
    struct err err = {0};
    for (size_t i = 0; i < LIMIT_WORKERS; i++)
        CHECK_OK(worker_pool_start(pool, &order, NULL, answer, &err), &err);
    CHECK(!worker_pool_start(pool, &order, NULL, answer, &err));
    CHECK_STR(str_of(err.text), "All 8 workers are busy.");
    (void)event_base_dispatch(heard.base);
    CHECK_INT(heard.count, LIMIT_WORKERS);
    char *large = arena_alloc(arena, WORK_ORDER_BYTES + 10);
    memset(large, ' ', WORK_ORDER_BYTES + 1);
    order.body_json = (struct str){large, WORK_ORDER_BYTES + 1};
    CHECK(!worker_pool_start(pool, &order, NULL, answer, &err));
    worker_pool_close(pool);
    event_base_free(heard.base);
}

TEST(a_closed_pool_answers_no_more)
{
    struct heard heard = {.arena = arena, .base = event_base_new(), .wanted = 1};
    struct worker_pool *pool = worker_pool_open(arena, heard.base, "/bin/cat");
    struct order order = {.id = STR("c"), .body_json = STR("{}"), .deadline_ms = 60000};
    struct err err = {0};
    CHECK_OK(worker_pool_start(pool, &order, NULL, (struct worker_answer){hear, &heard}, &err),
             &err);
    worker_pool_close(pool);
    (void)event_base_loop(heard.base, EVLOOP_NONBLOCK);
    CHECK_INT(heard.count, 0);
    struct worker_pool *none = worker_pool_open(arena, heard.base, "/nonexistent/reeve-work");
    CHECK(!worker_pool_start(none, &order, NULL, (struct worker_answer){hear, &heard}, &err));
    CHECK_INT(worker_pool_room(none), LIMIT_WORKERS);
    event_base_free(heard.base);
}

/* Port 1 of this machine: nobody listens. */
static const struct order ping = {.kind = ORDER_POSTGRES_PING,
                                  .id = {"ping-1", 6},
                                  .body_json = {"{}", 2},
                                  .deadline_ms = 20000,
                                  .secret_fields = {"url"},
                                  .secret_names = {{"services.database.url", 21}},
                                  .secret_count = 1};

TEST(an_order_that_asks_has_an_output)
{
    struct order_result result = perform(arena, &ping, "postgresql://app:geheim@127.0.0.1:1/shop");
    CHECK_INT(result.outcome, ORDER_FAILED);
    CHECK(str_starts(result.detail, "Nobody listens at 127.0.0.1:1"));
    CHECK(str_starts(result.output, "{\"links\":[{\"name\":\"direct\""));
    CHECK_INT(str_find(result.output, "geheim", 0), result.output.n);
    result = perform(arena, &ping, "geheim");
    CHECK_INT(result.outcome, ORDER_REFUSED);
    CHECK_INT(result.output.n, 0);
}

static struct order_result perform_waiting(struct arena *arena, const char *program,
                                           int64_t deadline_ms)
{
    struct order order = ping;
    struct order_result result;
    struct err err = {0};
    SECRET_SCOPED value;
    order.deadline_ms = deadline_ms;
    CHECK(secret_value_set(&value, STR("postgresql://app:geheim@127.0.0.1:1/shop")));
    struct foreground foreground = {.program = program, .order = &order, .secrets = &value};
    CHECK_OK(worker_perform(arena, &foreground, &result, &err), &err);
    return result;
}

static const char *script(struct arena *arena, const char *text)
{
    struct str path = str_printf(arena, "%s/worker", test_folder(arena).p);
    FILE *file = fopen(path.p, "w");
    CHECK(file && fprintf(file, "#!/bin/sh\n%s\n", text) > 0 && fclose(file) == 0);
    CHECK_INT(chmod(path.p, 0755), 0);
    return path.p;
}

TEST(whoever_waits_gets_the_same)
{
    struct order_result result = perform_waiting(arena, work_program(), 20000);
    CHECK_INT(result.outcome, ORDER_FAILED);
    CHECK(str_starts(result.output, "{\"links\":["));
    result = perform_waiting(arena, script(arena, "cat >/dev/null; exit 3"), 5000);
    CHECK_INT(result.outcome, ORDER_DOUBTED);
    CHECK_STR(result.detail, "The worker ended with 3 and without a result.");
    result = perform_waiting(arena, script(arena, "exec sleep 60"), 1);
    CHECK_INT(result.outcome, ORDER_DOUBTED);
    CHECK_STR(result.detail, "The worker met its deadline and was stopped.");
    result = perform_waiting(arena, script(arena, "cat >/dev/null; yes"), 20000);
    CHECK_INT(result.outcome, ORDER_DOUBTED);
    CHECK_STR(result.detail, "The worker said more than a result and was stopped.");
}

TEST(a_program_that_is_not_there_is_an_error)
{
    struct order_result result = {.outcome = ORDER_REFUSED};
    struct err err = {0};
    SECRET_SCOPED value = {.n = 0};
    struct foreground foreground = {
        .program = "/nowhere/reeve-work", .order = &ping, .secrets = &value};
    CHECK(!worker_perform(arena, &foreground, &result, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK_INT(result.outcome, ORDER_REFUSED);
}
