# shop.py - a service whose metrics the tests of asking move, and the runbook that watches it.
import sys
import threading
import time

sys.dont_write_bytecode = True
from engine import Quiet  # noqa: E402

# Those alerts of the runbook that have a signal, and two to see states by.
RUNBOOK = """# Ours

### Severity Levels
- **P1 (High)**: Bad
  - Response time: 15 minutes

## Monitoring Alerts

### Critical Alerts
- Error rate > 5% for 5 minutes
- Response time p95 > 5 seconds
- Token usage > 90% of limit
- Failed auth attempts > 10 in 5 minutes
- Database connection pool exhausted
- queue depth > 10 for 2 seconds
- queue depth > 50

### Warning Alerts
- Error rate > 1% for 10 minutes
- Response time p95 > 2 seconds
- Token usage > 70% of limit
- Disk usage > 80%
- Memory usage > 85%
"""
SIGNALS = """signals:
  token usage: { used: tokens_used, of: tokens_limit }
  queue depth: { gauge: queue_depth }
"""


class Exporter(Quiet):
    """A service whose traffic is 50 requests a second, by the clock."""
    lock = threading.Lock()
    begun = time.monotonic()
    gauges = {"tokens_used": 10, "queue_depth": 1, "free": 60, "memory": 50, "pool": 3, "pool_max": 10}
    rates = {"errors": 0.0, "slow": 0.0}     # shares
    counts = {"good": 0.0, "bad": 0.0, "fast": 0.0, "slow": 0.0, "logins": 0.0}

    @classmethod
    def advance(cls):
        now = time.monotonic()
        requests = 50 * (now - cls.begun)
        cls.begun = now
        cls.counts["bad"] += requests * cls.rates["errors"]
        cls.counts["good"] += requests * (1 - cls.rates["errors"])
        cls.counts["slow"] += requests * cls.rates["slow"]
        cls.counts["fast"] += requests * (1 - cls.rates["slow"])

    def do_GET(self):
        with self.lock:
            self.advance()
            counts, gauges = dict(self.counts), dict(self.gauges)
        fast, both = counts["fast"], counts["fast"] + counts["slow"]
        name = "http_request_duration_seconds"
        self.say(200, "".join(line + "\n" for line in [
            f'http_requests_total{{status="200"}} {counts["good"]}',
            f'http_requests_total{{status="500"}} {counts["bad"]}',
            f'{name}_bucket{{le="0.5"}} {fast}', f'{name}_bucket{{le="2"}} {fast}',
            f'{name}_bucket{{le="5"}} {fast}', f'{name}_bucket{{le="10"}} {both}',
            f'{name}_bucket{{le="+Inf"}} {both}', f"{name}_count {both}", f"{name}_sum {both}",
            f'auth_failures_total {counts["logins"]}',
            f'tokens_used {gauges["tokens_used"]}', "tokens_limit 100",
            f'db_pool_connections_in_use {gauges["pool"]}', f'db_pool_connections_max {gauges["pool_max"]}',
            f'node_filesystem_avail_bytes{{mountpoint="/",fstype="ext4"}} {gauges["free"]}',
            'node_filesystem_size_bytes{mountpoint="/",fstype="ext4"} 100',
            f'node_memory_MemAvailable_bytes {gauges["memory"]}', "node_memory_MemTotal_bytes 100",
            *([] if gauges["queue_depth"] is None else [f'queue_depth{{queue="mail"}} {gauges["queue_depth"]}']),
            'queue_depth{queue="sms"} 0']),
            **{"Content-Type": "text/plain; version=0.0.4"})
