# pushed.py - senders push into the collector: every increment that was acknowledged is counted once
# though the process is killed again and again under load, and bad input is refused with its reason.
# The collector is driven as the core does it: a line in, lines out. Usage: pushed.py BUILD_FOLDER
import gzip
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import within  # noqa: E402

TOKEN = "correct horse battery staple"
BUILD = sys.argv[1]


class Collector:
    """`reeve collect` as a child; folds its lines as the core does: what is not newer is dropped."""

    def __init__(self, folder, port, signal, every_ms=1000):
        self.folder, self.port = folder, port
        self.spec = {
            "history_dir": folder, "listen": f"127.0.0.1:{port}", "hosts": [], "targets": [],
            "senders": [{"accepts": ["otlp", "remote_write"], "interval_ms": every_ms, "name": "app",
                         "token": hashlib.sha256(TOKEN.encode()).hexdigest()}],
            "signals": [{"name": "logins", "bindings": [signal]}]}
        self.newest, self.sum, self.gaps, self.status = 0, 0, 0, {}
        self.start()

    def start(self):
        self.process = subprocess.Popen([f"{BUILD}/src/main/reeve", "collect"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdin.write(json.dumps(self.spec, separators=(",", ":")) + "\n")
        self.process.stdin.flush()
        self.reader = threading.Thread(target=self.read, args=[self.process.stdout], daemon=True)
        self.reader.start()

    def read(self, lines):
        for line in lines:
            try:
                line = json.loads(line)
            except ValueError:
                continue  # cut off by the kill
            if "history" in line:
                continue  # it has said what it had kept
            if "up" in line:
                self.status = line
            elif line["at"] > self.newest:
                self.newest = line["at"]
                self.sum += line["part"]
                self.gaps += line["since"] == 0

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        self.reader.join()


def otlp(points, temporality=2):
    """Points: (label, value, at in ns, start in ns)."""
    return json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{
        "name": "logins", "sum": {
            "isMonotonic": True, "aggregationTemporality": temporality, "dataPoints": [
                {"attributes": [{"key": "n", "value": {"stringValue": label}}], "asInt": value,
                 "timeUnixNano": str(at), "startTimeUnixNano": str(start)}
                for label, value, at, start in points]}}]}]}]}).encode()


def post(port, body, path="/v1/metrics", token=TOKEN, headers=None, timeout=10):
    """(status, text); status 0: no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    said = {"Content-Type": "application/json", **(headers or {})}
    if token:
        said["Authorization"] = f"Bearer {token}"
    try:
        connection.request("POST", path, body, said)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()


class Sender(threading.Thread):
    """Counts up some series, and sends each state until it is acknowledged, in order."""

    def __init__(self, port, name, temporality):
        super().__init__(daemon=True)
        self.port, self.name_, self.temporality = port, name, temporality
        self.begun = time.time_ns()
        self.last = self.begun
        self.values = [1000 + i for i in range(20)]
        self.counting = False
        self.grown = 0
        self.ending = threading.Event()
        self.tries = self.sent = 0

    def run(self):
        step = 0
        while not self.ending.is_set():
            step += 1
            now = time.time_ns()
            more = [(step + i) % 4 for i in range(20)] if self.counting else [0] * 20
            self.values = [value + grown for value, grown in zip(self.values, more)]
            shown = more if self.temporality == 1 else self.values
            body = otlp([(f"{self.name_}{i}", value, now, self.last if self.temporality == 1 else
                          self.begun - 10**10) for i, value in enumerate(shown)], self.temporality)
            self.last = now
            while True:
                self.tries += 1
                status, text = post(self.port, body)
                if status == 200:
                    break
                assert status in (0, 503), (status, text)
                time.sleep(0.05)
            self.sent += 1
            self.grown += sum(more)
            self.ending.wait(0.05)


def killed_under_load():
    with tempfile.TemporaryDirectory() as folder:
        port = lib.free_port()
        collector = Collector(folder, port, {"count": "logins_total"})
        senders = [Sender(port, name, kind) for name, kind in (("a", 2), ("b", 2), ("c", 1))]
        for sender in senders:
            sender.start()
        within(15, lambda: collector.newest > 0, "the first reading")
        for sender in senders:
            sender.counting = True
        for wait in [0.7, 1.1, 2.9, 0.3, 3.1, 2.7, 0.9, 3.3]:
            time.sleep(wait)
            collector.kill()
            collector.start()
        time.sleep(3)
        for sender in senders:
            sender.ending.set()
        for sender in senders:
            sender.join(20)
        grown = sum(sender.grown for sender in senders)
        tries = sum(sender.tries - sender.sent for sender in senders)
        assert grown > 1000 and tries > 0, (grown, tries)
        if collector.gaps > 1:
            print(f"# a gap, which is known: {collector.gaps}")
        else:
            within(10, lambda: collector.sum >= grown, "the last reading")
        time.sleep(1.5)
        assert collector.sum == grown or collector.gaps > 1, (collector.sum, grown)
        collector.stop()


def bad_input():
    with tempfile.TemporaryDirectory() as folder:
        port = lib.free_port()
        collector = Collector(folder, port, {"count": "logins_total"})
        within(10, lambda: post(port, otlp([]))[0] == 200, "the listener")
        now = time.time_ns()
        good = otlp([("a", 5, now, now - 10**9)])
        bomb = gzip.compress(b" " * (30 << 20))
        bearer = {"Content-Encoding": "gzip"}
        assert post(port, good, token=None)[0] == 401
        assert post(port, good, token="wrong")[0] == 401
        assert post(port, good, "/v1/other")[0] == 404
        assert post(port, good, "/v1/other", token=None)[0] == 401
        assert post(port, good[:-9])[0] == 400
        assert post(port, bomb, headers=bearer)[0] == 413
        assert post(port, gzip.compress(good)[:-9], headers=bearer)[0] == 400
        assert post(port, good, headers={"Content-Encoding": "br"})[0] == 415
        assert post(port, good, headers={"Content-Type": "text/csv"})[0] == 415
        assert post(port, good, "/api/v1/write")[0] == 415
        assert post(port, b"\xff" * 99, "/api/v1/write",
                    headers={"Content-Type": "application/x-protobuf",
                             "Content-Encoding": "snappy"})[0] in (400, 413)
        basic = {"Authorization": "Basic " + __import__("base64").b64encode(
            f"any:{TOKEN}".encode()).decode()}
        assert post(port, good, token=None, headers=basic)[0] == 200
        assert post(port, gzip.compress(good), headers=bearer)[0] == 200
        chunks = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        chunks.request("POST", "/v1/metrics", iter([good[:10], good[10:]]), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked", "Content-Type": "application/json",
                                "Authorization": f"Bearer {TOKEN}"})
        assert chunks.getresponse().status == 200
        # A client that sends nothing more keeps nobody out.
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
        for one in slow:
            one.sendall(b"POST /v1/metrics HTTP/1.1\r\n")
        assert post(port, good)[0] == 200
        within(10, lambda: "without a token" in collector.status.get("problem", "")
               or "cannot be taken" in collector.status.get("problem", ""), "the problem")
        assert collector.status["up"]
        collector.stop()


def too_many_series():
    with tempfile.TemporaryDirectory() as folder:
        port = lib.free_port()
        collector = Collector(folder, port, {"count": "logins_total"})
        within(10, lambda: post(port, otlp([]))[0] == 200, "the listener")
        now = time.time_ns()
        rejected = 0
        for part in range(21):
            status, text = post(port, otlp([(f"{part}-{i}", 1, now, now - 10**9)
                                            for i in range(10000)]), timeout=60)
            assert status == 200, (part, status, text)
            rejected += int(json.loads(text).get("partialSuccess", {}).get("rejectedDataPoints", 0))
        assert rejected == 10000, rejected
        # Those that are known go on.
        later = time.time_ns()
        status, text = post(port, otlp([("0-1", 2, later, now - 10**9)]))
        assert status == 200 and "partial" not in text, text
        within(10, lambda: "logins_total has new series beyond" in collector.status["problem"],
               "the problem")
        with open(f"/proc/{collector.process.pid}/status") as lines:
            peak = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")][0]
        assert peak < 400 * 1024, f"{peak} kB"
        collector.stop()


def the_first_match_is_of_a_pushed_series():
    """What a regular expression needs for its first match is taken long after the spec was read, also of a second one."""
    with tempfile.TemporaryDirectory() as folder:
        port = lib.free_port()
        collector = Collector(folder, port, {"count": 'logins_total{n=~"(a|b)+.*x?"}'})
        begun = time.time_ns()
        for spec in range(3):
            within(10, lambda: post(port, otlp([]))[0] == 200, "the listener")
            for step in range(4):
                now = time.time_ns()
                points = [(f"ab{'b' * (20 * spec)}{i}", step, now, begun - 10**9) for i in range(50)]
                assert post(port, otlp(points))[0] == 200, (spec, step)
                time.sleep(0.05)
            collector.process.stdin.write(json.dumps(collector.spec, separators=(",", ":")) + "\n")
            collector.process.stdin.flush()
        def goes_on():
            now = time.time_ns()
            assert post(port, otlp([("ab0", 9, now, begun - 10**9)]))[0] == 200
            return collector.newest > 0
        within(20, goes_on, "a reading")
        collector.stop()


class Company:
    """`reeve serve` as nobody, with one sender."""

    def __init__(self, port, name="prometheus", accepts="remote_write", rule="prom load > 5",
                 signals="signals:\n  prom load: { gauge: prometheus_tsdb_head_series }\n"):
        self.folder = tempfile.mkdtemp(prefix="reeve-pushed-")
        self.write("RUNBOOK.md", "# Ours\n\n### Severity Levels\n- **P1 (High)**: Bad\n"
                   "  - Response time: 15 minutes\n\n## Alerts\n\n### Critical Alerts\n"
                   f"- {rule}\n")
        self.write("token", TOKEN + "\n")
        self.write("reeve.yaml", "runbook: RUNBOOK.md\nledger: reeve.db\nlisten: 127.0.0.1:0\n"
                   f"collect: {{ listen: 127.0.0.1:{port} }}\n"
                   f"senders:\n  - {{ name: {name}, token: file:token, every: 2 s,"
                   f" accepts: {accepts} }}\n{signals}")
        for program in ("main/reeve", "worker/reeve-work"):
            shutil.copy(f"{BUILD}/src/{program}", self.folder)
        if os.geteuid() == 0:
            for name in (".", "token"):
                os.chown(f"{self.folder}/{name}", 65534, 65534)
        self.log = open(f"{self.folder}/log", "wb")
        self.process = subprocess.Popen([*self.drop(), "./reeve", "serve"], cwd=self.folder,
                                        stdout=subprocess.PIPE, stderr=self.log)
        assert self.process.stdout.readline(), open(f"{self.folder}/log").read()

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def drop(self):
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        return nobody if os.geteuid() == 0 else []

    def reeve(self, *arguments):
        done = subprocess.run([*self.drop(), "./reeve", *arguments, "--json"], cwd=self.folder,
                              timeout=30, capture_output=True, text=True)
        return json.loads(done.stdout)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Prometheus:
    """Scrapes itself once a second, and writes it to the port."""

    def __init__(self, port):
        self.folder = tempfile.TemporaryDirectory()
        own = lib.free_port()
        with open(f"{self.folder.name}/prometheus.yml", "w") as file:
            file.write(f"""global: {{ scrape_interval: 1s }}
scrape_configs:
  - job_name: self
    static_configs: [ {{ targets: [ "127.0.0.1:{own}" ] }} ]
remote_write:
  - url: http://127.0.0.1:{port}/api/v1/write
    authorization: {{ credentials: "{TOKEN}" }}
""")
        self.log = open(f"{self.folder.name}/log", "wb")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={self.folder.name}/prometheus.yml",
             f"--storage.tsdb.path={self.folder.name}/data", f"--web.listen-address=127.0.0.1:{own}"],
            stdout=self.log, stderr=self.log)

    def stop(self):
        self.process.kill()
        self.process.wait(20)
        self.log.close()
        self.folder.cleanup()


def prometheus_writes_and_stops():
    if not shutil.which("prometheus"):
        raise lib.Skip("prometheus is not installed")
    port = lib.free_port()
    company = Company(port)
    prometheus = Prometheus(port)
    try:
        within(60, lambda: company.reeve("alert", "list")[0]["state"] == "firing", "the alert")
        assert company.reeve("status")["targets_down"] == [], company.reeve("status")
        prometheus.stop()
        within(60, lambda: company.reeve("alert", "list")[0]["truth"] == "unknown", "unknown")
        rule = company.reeve("alert", "list")[0]
        assert rule["state"] == "firing", rule
        down = within(40, lambda: [one for one in company.reeve("status")["targets_down"]
                                   if "has sent nothing for" in one["problem"]], "the silence, as a fact")
        assert [one["name"] for one in down] == ["prometheus"], down
    finally:
        if prometheus.process.poll() is None:
            prometheus.stop()
        company.stop()


if __name__ == "__main__":
    lib.run_tests([prometheus_writes_and_stops, bad_input, the_first_match_is_of_a_pushed_series, too_many_series, killed_under_load])
