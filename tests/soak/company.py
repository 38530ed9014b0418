# company.py - a company's folder with a whole `reeve serve` in it, whose calls can be made to fail, and what is
# measured of its processes.
import glob
import json
import os
import shutil
import signal
import subprocess
import time

import bad_rig
import lib
import load
import plan
from lib import within

TOKENS = {name: f"{name}-token-of-the-soak-0123456789" for name in
          ("remote", "otlp", "app", "am", "backup", "hourly", "stops")}
PRELOAD = "/usr/lib/fiu/fiu_posix_preload.so"
TICKS = os.sysconf("SC_CLK_TCK")


def runbook(shape):
    rules = []
    for kind, (words, _, _) in load.KINDS.items():
        rules += [f"- {service.title()} {words.replace('WINDOW', shape.window)}" for service in load.SERVICES]
    lines = [f"- {name} bad lines > 100 in {shape.window}" for name in ("App", "Web")]
    counts = [f"- {what} > 1000000000 in 10 minutes" for what in
              ("Remote work", "Otlp work", "App lines", "Web lines", "Cache misses")]
    return "\n".join(["# Ours", "", "### Severity Levels", "- **P1 (High)**: Bad", "  - Response time: 15 minutes",
                      "  - Escalation: After 1 hour", "- **P3 (Low)**: Not so bad", "  - Response time: 2 hours", "",
                      "### Response Checklist", "1. [ ] Look", "2. [ ] Mend", "", "### Critical Alerts", *rules[:16],
                      "",
                      "### Warning Alerts", *rules[16:], *lines, *counts, "- Cache memory > 90%", ""])


def signals():
    made = {}
    for service in load.SERVICES:
        label = f'{{service="{service}"}}'
        bad = f'{{service="{service}",code="500"}}'
        made |= {f"{service} queue depth": f"gauge: 'queue_depth{label}'",
                 f"{service} error rate": f"failures: 'http_requests_total{bad}', of: 'http_requests_total{label}'",
                 f"{service} refused logins": f"count: 'refused_total{label}'",
                 f"{service} backlog": f"gauge: 'backlog{label}'"}
    for name in ("app", "web"):
        bad = f'{{source="{name}",level="error"}}'
        made |= {f"{name} bad lines": f"count: 'log_events_total{bad}'",
                 f"{name} lines": f"""count: 'log_events_total{{source="{name}"}}'"""}
    for name in ("remote", "otlp"):
        made[f"{name} work"] = f"""count: 'work_total{{sender="{name}"}}'"""
    made |= {"cache misses": "count: cache_misses_total",
             "cache memory": "used: redis_memory_used_bytes, of: redis_memory_max_bytes"}
    return "signals:\n" + "".join(f"  {name}: {{ {words} }}\n" for name, words in made.items())


def configuration(shape, targets, push):
    rows = [f'  - {{ name: t{n}, url: "http://127.0.0.1:{targets.port}/t{n}/metrics", every: {shape.scrape_s} s }}'
            for n in range(targets.count)]
    beats = "".join(f"  {name}: {{ every: {shape.beat_s} s, grace: {shape.beat_s} s, token: \"file:{name}.token\", "
                    "opens: P3 }\n" for name in ("backup", "hourly", "stops"))
    probe = "probes: [{ name: cache, kind: redis, address: \"file:redis.address\", every: 5 s }]\n"
    probe = probe if shape.redis else ""
    return f"""people:
  ana: {{ email: ana@acme.example, roles: [responder] }}
  ben:
    email: ben@acme.example
    webhook: {{ url: "http://127.0.0.1:SINK/hook", key: "file:hook.key" }}
    roles: [responder]
on_call: {{ primary: [ana, ben], secondary: ben }}
incidents: {{ repeat: 5 min }}
smtp: {{ url: "smtp://127.0.0.1:SMTP", from: reeve@acme.example }}
heartbeat: {{ to: "http://127.0.0.1:SINK/heartbeat", every: 10 s }}
collect: {{ listen: 127.0.0.1:{push} }}
senders:
  - {{ name: remote, token: "file:remote.token", every: 5 s, accepts: remote_write }}
  - {{ name: otlp, token: "file:otlp.token", every: 5 s, accepts: otlp }}
  - {{ name: app, token: "file:app.token", every: 5 s, accepts: logs }}
  - {{ name: am, alerts: alertmanager, token: "file:am.token" }}
logs: [{{ file: logs/web.log, format: json, source: web, every: 5 s }}]
targets:
{chr(10).join(rows)}
heartbeats:
{beats}{probe}{signals()}"""


class Company(bad_rig.Rig):
    """Started once by prepare; start_again is what systemd would do."""

    def __init__(self, shape, targets):
        self.shape, self.push = shape, lib.free_port()
        super().__init__(configuration(shape, targets, self.push))
        self.plan = None
        self.ends = []  # (when, code, what the soak had done to it)
        self.redis = None

    def prepare(self):
        bad_rig.RUNBOOK = runbook(self.shape)
        super().prepare()

    def serve(self):
        if self.plan is None:
            self.make_files()
        super().serve()

    def make_files(self):
        for name, token in TOKENS.items():
            self.secret(f"{name}.token", token)
        self.secret("hook.key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        os.mkdir(f"{self.folder}/logs")
        if self.shape.redis:
            port = lib.free_port()
            self.secret("redis.address", f"redis://127.0.0.1:{port}")
            self.redis = self.start("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                                    "--maxmemory", "64mb", "--dir", self.folder)
        self.plan = plan.Plan(f"{self.folder}/faults.plan")
        library = f"{bad_rig.build}/tests/soak/libsoak_faults.so"
        if self.shape.inside:
            shutil.copy(library, self.folder)
            for program in ("reeve", "reeve-work"):
                subprocess.run(["patchelf", "--add-needed", PRELOAD, "--add-needed",
                                f"{self.folder}/libsoak_faults.so", f"{self.folder}/{program}"], check=True)

    def secret(self, name, text):
        self.write(name, text + "\n")
        os.chmod(f"{self.folder}/{name}", 0o600)
        self.own(f"{self.folder}/{name}")

    def end_core(self, why):
        """kill -9, as a machine does it."""
        self.ends.append((time.time(), "killed", why))
        self.core.kill()
        self.core.wait(30)

    def end_still(self):
        """What systemd does with a loop that stands still for a minute."""
        self.ends.append((time.time(), "stood still", self.log()[-1500:]))
        self.core.send_signal(signal.SIGABRT)
        self.core.wait(30)

    def start_again(self):
        """As systemd does: until it stays. True: it had ended by itself."""
        code = self.core.poll()
        if code is None:
            return
        if not self.ends or self.ends[-1][1] not in ("killed", "stood still") or code not in (-9, -6):
            self.ends.append((time.time(), code, self.log()[-1500:]))
        self.processes.remove(self.core)
        try:
            self.serve()
        except AssertionError:
            self.core.wait(30)

    def children(self):
        """{pid: role} of the core and all below it."""
        found = {self.core.pid: "core"}
        parents = {}
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path) as stat:
                    text = stat.read()
                parents.setdefault(int(text.rsplit(")", 1)[1].split()[1]), []).append(
                    (int(text.split(" ", 1)[0]), text.rsplit(")", 1)[1].split()[0]))
            except OSError:
                pass  # it has ended
        for pid, state in parents.get(self.core.pid, []):
            try:
                with open(f"/proc/{pid}/cmdline") as line:
                    words = line.read().split("\0")
            except OSError:
                continue
            roles = {"collect": "collector", "keep": "keeper"}
            found[pid] = "zombie" if state == "Z" else roles.get((words + [""])[1], "worker")
        return found

    def holds_library(self, pid):
        with open(f"/proc/{pid}/maps") as maps:
            text = maps.read()
        return "libsoak_faults" in text and "fiu_posix_preload" in text

    def measure(self):
        """One sample: of each process its memory and so on, and the sizes of what lies on the disk."""
        sample = {"at": time.time(), "processes": {}, "workers": 0, "zombies": 0}
        for pid, role in self.children().items():
            if role in ("worker", "zombie"):
                sample[role + "s"] += 1
                continue
            try:
                with open(f"/proc/{pid}/smaps_rollup") as file:
                    lines = dict(line.split(":", 1) for line in file.read().splitlines()[1:])
                with open(f"/proc/{pid}/stat") as file:
                    stat = file.read().rsplit(")", 1)[1].split()
                sample["processes"][role] = {
                    "pid": pid, "pss_kb": int(lines["Pss"].split()[0]), "fds": len(os.listdir(f"/proc/{pid}/fd")),
                    "threads": int(stat[17]), "cpu_s": (int(stat[11]) + int(stat[12])) / TICKS}
            except (OSError, KeyError):
                pass  # it has ended
        sizes = sample["bytes"] = {"ledger": 0, "history": 0, "journal": 0, "archive": 0, "other": 0}
        for path, _, names in os.walk(f"{self.folder}/state"):
            for name in names:
                what = ("ledger" if name.startswith("reeve.db") else "journal" if name.startswith("pushed-") else
                        "history" if name.startswith("readings-") else
                        "archive" if name.startswith("archive") else "other")
                try:
                    sizes[what] += os.path.getsize(f"{path}/{name}")
                except OSError:
                    pass  # it was replaced
        return sample

    def leaves(self):
        words = ["ledger", "show", "--last", "1000000", "--json"]
        done = subprocess.run([*bad_rig.AS_NOBODY, f"{self.folder}/reeve", *words], cwd=self.folder,
                              capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def up(self):
        within(60, lambda: self.api("status")[0] == 200, "the page")
