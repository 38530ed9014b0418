/* stop.c - SIGINT and SIGTERM as a wish that is looked at. */
#include "os/stop.h"

#include <stddef.h>

static volatile sig_atomic_t wanted;

static void on_signal(int number)
{
    (void)number;
    wanted = 1;
}

const volatile sig_atomic_t *stop_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    return &wanted;
}
