# otel_node.py - OpenTelemetry's SDK for Node with its HTTP instrumentation sends metrics, traces and logs, in protobuf
# and in JSON, to a real `reeve serve`.
#
# The SDK is not part of Debian 12: npm install --prefix BUILD/otel with the packages that otel/app.js names, or name the
# folder of modules in REEVE_OTEL. Refuses: fetching it by itself. Usage: otel_node.py BUILD_FOLDER
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import lib  # noqa: E402
from engine import TOKEN, Company, seconds_pass  # noqa: E402
from lib import within  # noqa: E402

RUNBOOK = """# Ours

### Severity Levels
- **P1 (High)**: Bad
  - Response time: 15 minutes

### Critical Alerts
- Error rate > 5% for 2 seconds
- Response time p95 > 1 second
- Logged errors > 20 in 1 minute
"""
SIGNALS = """signals:
  logged errors: { count: 'log_events_total{level="error"}' }
"""
ERRORS, SLOW, LOGGED = "Error rate", "Response time", "Logged errors"


class App:
    def __init__(self, port, encoding, kinds):
        self.process = subprocess.Popen(
            ["node", os.path.join(os.path.dirname(os.path.abspath(__file__)), "otel", "app.js"), modules,
             f"http://127.0.0.1:{port}", TOKEN, encoding, kinds],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]})

    def told(self, **wish):
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.kill()
        self.process.wait(20)


class Shop:
    """A company whose only sender is the application."""

    def __init__(self, encoding, kinds):
        port = lib.free_port()
        self.company = Company(build, RUNBOOK, SIGNALS + f"collect: {{ listen: \"127.0.0.1:{port}\" }}\nsenders:\n"
                               "  - { name: shop, token: env:ENGINE_TOKEN, accepts: otlp, every: 2 s }\n")
        self.app = App(port, encoding, kinds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.app.stop()
        self.company.stop()

    def becomes(self, word, truth, for_s=40):
        try:
            within(for_s, lambda: self.company.rule(word)["truth"] == truth, f"{word}: {truth}")
        except AssertionError as late:
            status = self.company.run("status", "--json", codes=(0, 1))
            raise AssertionError(f"{late}: {self.company.rule(word)}, {status}") from late
        return self.company.rule(word)


def told_by_metrics(encoding):
    with Shop(encoding, "metrics,logs") as shop:
        seconds_pass(65)  # a window of a minute
        assert shop.becomes(ERRORS, "false")["value"] == 0
        assert shop.becomes(SLOW, "false")["value"] < 1
        shop.becomes(LOGGED, "false")
        before = shop.app.told(errors=0.2, slow=0.2)
        errors = shop.becomes(ERRORS, "true", 60)
        assert shop.becomes(SLOW, "true", 60)["value"] > 1
        shop.becomes(LOGGED, "true", 60)
        within(30, lambda: shop.company.rule(ERRORS)["state"] == "firing", "the alert")
        after = shop.app.told(errors=0, slow=0)
        assert before["failed"] == 0 < after["failed"], (before, after)
        assert 0.05 < errors["value"] <= 0.21, errors
        seconds_pass(5)  # what is counted and logged arrives
        last = shop.app.told()
        counted = shop.company.rule(LOGGED)
        assert counted["value"] == last["logged"], (counted, last)
        shop.becomes(ERRORS, "false", 90)
        shop.app.stop()
        assert shop.becomes(ERRORS, "unknown")["state"] in ("firing", "inactive")


def metrics_and_logs_in_protobuf():
    told_by_metrics("proto")


def metrics_and_logs_in_json():
    told_by_metrics("http")


def told_by_traces(encoding):
    with Shop(encoding, "traces") as shop:
        seconds_pass(65)
        assert shop.becomes(ERRORS, "false")["value"] == 0
        shop.app.told(errors=0.2, slow=0.2)
        assert 0.05 < shop.becomes(ERRORS, "true", 60)["value"] <= 0.21
        shop.becomes(SLOW, "true", 60)


def traces_in_protobuf():
    told_by_traces("proto")


def traces_in_json():
    told_by_traces("http")


def metrics_beside_traces_are_not_counted_twice():
    with Shop("proto", "metrics,traces") as shop:
        seconds_pass(75)
        rule = shop.becomes(ERRORS, "false")
        most = 75 * 20  # requests in a minute, and how late timers are
        said = float(rule["reading"].split(" of ")[1].split(" ")[0].replace(",", ""))
        assert 600 < said <= most, rule


build = sys.argv[1]
modules = os.environ.get("REEVE_OTEL") or f"{build}/otel/node_modules"
if not shutil.which("node") or not os.path.isdir(f"{modules}/@opentelemetry/sdk-node"):
    lib.run_tests([], skip="OpenTelemetry's SDK for Node is not there (npm install, see the head of otel_node.py)")
lib.run_tests([metrics_and_logs_in_protobuf, metrics_and_logs_in_json, traces_in_protobuf, traces_in_json,
               metrics_beside_traces_are_not_counted_twice])
