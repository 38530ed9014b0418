# replayed.py - what the collector had kept is said again at a start: a part of it looks like a moment that is past,
# and nothing is decided by it. The history holds a bad minute that is over, then much of another signal, then good
# readings; read halfway its windows are bad.
# Usage: replayed.py BUILD_FOLDER
import http.server
import json
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

bad_rig.RUNBOOK = bad_rig.RUNBOOK.replace("- Disk usage > 75%", "- Error rate > 5%\n- Failed logins > 1000000 in 10 minutes")
MORE = """targets:
  - { name: app, url: "http://127.0.0.1:SERVED/metrics", every: 15 s }
"""
INTERVAL_S = 15
OTHERS = 55000  # lines, 7 MB
HALFWAY_BYTES = 1000000


class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'http_requests_total{status="200"} 100\nhttp_requests_total{status="500"} 0\nauth_failures_total 1\n'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def reading(at_us, since_us, **values):
    said = {"at": at_us, "interval_ms": INTERVAL_S * 1000, **values, "since": since_us, "target": "app"}
    return json.dumps(dict(sorted(said.items())), separators=(",", ":")) + "\n"


def history(now_us):
    """Bad until 65 s ago, good since then; the flood stands where 35 s ago are the newest."""
    lines, interval_us = [], INTERVAL_S * 1000000
    for ago_s in range(185, 0, -INTERVAL_S):
        at = now_us - ago_s * 1000000
        lines.append(reading(at, at - interval_us, kind="ratio", signal="error rate", of=100, part=50 if ago_s >= 65 else 0))
        if ago_s == 35:
            lines += [reading(at + i, at + i - 1, kind="count", signal="failed auth attempts", of=0, part=1) for i in range(OTHERS)]
    return "".join(lines)


class Rig(bad_rig.Rig):
    def serve(self):
        folder = f"{self.folder}/state/history"
        os.mkdir(folder)
        os.chmod(folder, 0o700)
        self.own(folder)
        with open(f"{folder}/readings-0", "w") as file:
            file.write(history(time.time_ns() // 1000))
        os.chmod(f"{folder}/readings-0", 0o600)
        self.own(f"{folder}/readings-0")
        starting = threading.Thread(target=self.stop_collector)
        starting.start()
        super().serve()
        starting.join()

    def stop_collector(self):
        within(20, lambda: self.core and self.child("collect"), "the collector")
        stop_halfway(self.child("collect"))


def stop_halfway(collector):
    """Where it has written a part of the history: there it stands for some evaluations."""
    written, until = 0, time.monotonic() + 20
    while written < HALFWAY_BYTES:
        assert time.monotonic() < until, f"the collector has written {written} bytes only"
        with open(f"/proc/{collector}/io") as file:
            written = int(file.read().split("wchar:")[1].split()[0])
    os.kill(collector, signal.SIGSTOP)
    time.sleep(3)
    os.kill(collector, signal.SIGCONT)


def known():
    rows = json.loads(rig.command("alert", "list", "--json").stdout or "[]")
    return [row for row in rows if row["title"].startswith("Error rate") and row["truth"] in ("true", "false")]


def a_part_of_what_was_kept_decides_nothing():
    assert within(30, known, "the rule to be known")[0]["truth"] == "false", known()
    # At T-35 s the newest minute was half bad; the whole history says that it has been good for long enough.
    for kind in ("alert.pending", "alert.fired", "alert.unknown"):
        assert rig.events(kind) == [], rig.events(kind)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
threading.Thread(target=server.serve_forever, daemon=True).start()
with Rig(MORE.replace("SERVED", str(server.server_address[1]))) as rig:
    lib.run_tests([a_part_of_what_was_kept_decides_nothing])
