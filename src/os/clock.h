/* clock.h - the only reader of time: the wall clock, the clock that never jumps, the boot.
 * All abort when the kernel has no such clock. */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include "base/instant.h"

struct instant clock_now(void); /* CLOCK_REALTIME */
int64_t clock_boot_ms(void);    /* CLOCK_BOOTTIME: goes on while the machine sleeps */
int64_t clock_boot_us(void);    /* the same, finer */
struct str clock_boot_id(struct arena *arena); /* "" when /proc does not tell it */

#endif
