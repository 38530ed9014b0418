/* service.h - telling the service manager how this process is doing (sd_notify of systemd).
 *
 * Promises: nothing is said and nothing fails where no service manager asked to be told
 * (NOTIFY_SOCKET); never blocks. */
#ifndef OS_SERVICE_H
#define OS_SERVICE_H

#include <stdint.h>

/* Ready to be used: what waits for this service may go on. */
void service_ready(void);
/* Call it from the loop: says at half of the time that the manager's watchdog grants
 * (WATCHDOG_USEC) that the loop still turns. Without that the manager ends this process and starts
 * it again. */
void service_alive(int64_t boot_ms);
void service_stopping(void);

#endif
