/* main.c - reeve-work: performs one order and exits. Killing it is cancelling it.
 *
 * `reeve-work step FOLDER` is one shell step of a run and another life: worker/shim.h; so is
 * `reeve-work chat`, the transport of the incident channel: worker/chat.h. Without them:
 * The order (run/order.h) comes on standard input, the result line goes to standard output.
 * Exit 0 when a result was written, else 6. -v says on stderr what is sent, secrets blacked out.
 * Refuses: running longer than the order's deadline and one second more. */
#include "os/clock.h"
#include "os/file.h"
#include "os/user.h"
#include "worker/chat.h"
#include "worker/perform.h"
#include "worker/shim.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* In one piece, so that it can be wiped. An order over the limit is read one byte over it. */
static bool read_order(struct arena *arena, struct str *out_order)
{
    char *data = arena_alloc(arena, WORK_ORDER_BYTES + 2);
    size_t n = 0;
    if (!fd_fill(STDIN_FILENO, data, WORK_ORDER_BYTES + 1, &n))
        return false;
    *out_order = (struct str){data, n};
    return true;
}

/* They must not reach a core file. */
static void hide_secrets(void)
{
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)prctl(PR_SET_DUMPABLE, 0);
}

int main(int argc, char **argv)
{
    if (!user_leave_root())
        return 6;
    bool verbose = argc == 2 && strcmp(argv[1], "-v") == 0;
    if (argc == 3 && strcmp(argv[1], "step") == 0)
        return shim_perform(str_of(argv[2]));
    if (argc == 2 && strcmp(argv[1], "chat") == 0) {
        hide_secrets();
        return chat_main(STDIN_FILENO, STDOUT_FILENO);
    }
    if (argc > 1 && !verbose) {
        (void)fprintf(stderr, "reeve-work: performs one order from standard input; it takes no "
                              "arguments but -v, \"chat\", or \"step\" and a folder.\n");
        return 2;
    }
    hide_secrets();
    /* An order that never comes must not keep a process. */
    (void)alarm(WORK_DEADLINE_MS_MAX / 1000 + 5);
    struct arena arena;
    arena_init(&arena);
    struct str order;
    struct order_result result = {.outcome = ORDER_REFUSED,
                                  .detail = STR("The order cannot be read.")};
    if (read_order(&arena, &order)) {
        if (order.n > WORK_ORDER_BYTES)
            result.detail = STR("The order is too long.");
        else
            result = perform_order(&arena, order, clock_now(), verbose);
        explicit_bzero((void *)(uintptr_t)order.p, order.n);
    }
    bool written = fd_write(STDOUT_FILENO, order_result_write(&arena, &result));
    arena_done(&arena);
    return written ? 0 : 6;
}
