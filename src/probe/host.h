/* host.h - what the kernel's texts about this machine say, as samples of the node exporter's names.
 * Lines that are not understood are passed over: another kernel has others. */
#ifndef PROBE_HOST_H
#define PROBE_HOST_H

#include "base/text.h"

/* /proc/meminfo: node_memory_MemAvailable_bytes, … False when it does not tell MemTotal. */
MUST_USE bool host_memory(struct text *samples, struct str meminfo);
/* /proc/loadavg: node_load1, node_load5, node_load15. */
MUST_USE bool host_load(struct text *samples, struct str loadavg);
/* The first line of /proc/stat: node_cpu_seconds_total{cpu="all",mode="…"}. ticks: in a second. */
MUST_USE bool host_processors(struct text *samples, struct str stat, double ticks);
/* /proc/pressure/RESOURCE: node_pressure_memory_waiting_seconds_total and …_stalled_…, and their
 * share of the last ten seconds and minute, reeve_pressure_ratio{resource,kind,window}. */
MUST_USE bool host_pressure(struct text *samples, const char *resource, struct str pressure);

#endif
