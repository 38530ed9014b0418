/* stop.h - SIGINT and SIGTERM as a wish that is looked at, for what has to end in order.
 *
 * Promises: waits that a signal interrupts come back, so that the wish is seen.
 * Refuses: to end anything; whoever catches them has to look. */
#ifndef OS_STOP_H
#define OS_STOP_H

#include <signal.h>

/* From here on both only set what is returned; it is 0 until then. */
const volatile sig_atomic_t *stop_catch(void);

#endif
