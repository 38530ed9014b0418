# collector.py - targets of every bad kind through the whole of `reeve serve`: each gets its one
# sentence, rules that read only it become unknown and stay as they were, the collector's memory is
# bounded, what is well is watched on, and all recovers by itself when the targets are well again.
# The tests are the steps of one story and stand in its order. Usage: collector.py BUILD_FOLDER
import gzip
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import ask, within  # noqa: E402

LINES = 10_000_000  # of the endless page; about 700 MB
SERIES_MAX = 200_000  # src/base/limits.h
GRACE_S = 30  # after a start nothing is called unknown before
MANY_SERIES = b"".join(b'load{n="%d"} 1\n' % n for n in range(SERIES_MAX + 1))
ROWS = b'requests_total{method="GET",path="/api/v1/things",status="200"} 12345\n' * 15000
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
FAULTY = "it or a proxy before it is at fault"
LOG = "look into its own log"

# What is wrong with each target while it is bad; None: it answers, and what is wrong is in a value.
SENTENCES = {
    "html": "answered HTML, not metrics: is this the right path?",
    "empty": "answered an empty page, not metrics: is this the right path?",
    "binary": "answered something that is not the Prometheus text format: is this the right path?",
    "ssh": "answered something that is not HTTP: is this the right port?",
    "gzip": "answered compressed, which was not asked for; switch that off for this path",
    "broken": f"answered 500 Internal ?? Error; {LOG}",
    "moved": "answered 302 Found: redirects are not followed, configure the final address",
    "missing": "answered 404 Not Found: is this the right path?",
    "short": f"answered more than its Content-Length says; {FAULTY}",
    "long": f"closed the connection in the middle of its answer; {LOG}",
    "cut": f"closed the connection in the middle of a line; {LOG}",
    "torn": "the page of metrics ends in the middle of line 2, so it may be cut; its last line must end with a line feed too",
    "word": f"answered with a Content-Length that is no number; {FAULTY}",
    "chunks": f"answered with a chunk whose size is not readable; {FAULTY}",
    "reset": f"broke the connection off: Connection reset by peer; {LOG}",
    "closed": "cannot be reached: Connection refused; check that it runs, and its url in reeve.yaml",
    "full": "did not take the connection within 2 s; check its url in reeve.yaml, and the firewalls "
            "between",
    "never": "did not answer within 2 s; look at its load, or give it more time by a longer every:",
    "slow": "did not finish its answer within 2 s; look at its load, or give it more time by a "
            "longer every:",
    "value": "line 2 of the metrics is not readable: its value is not a number; correct the "
             "exporter",
    "line": "line 2 of the metrics is not readable: it is longer than 64 KiB; correct the exporter",
    "large": "the answer is larger than 64 MiB after ",
    "endless": "the answer is larger than 64 MiB after ",
    "series": "more than 200000 series of the metrics in use; narrow the selectors under signals: in reeve.yaml",
    "openmetrics": f"the page of metrics ends after 2 lines without \"# EOF\", so it was cut; {LOG}",
    "nan": None,
    "infinite": None,
    "old": None,
}
SLOW_TARGETS = {"large": "5 s", "endless": "5 s", "series": "5 s", "line": "5 s"}  # much to send


class Server:
    """Targets by path; bad() and well() say how all but /well answer."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.closed_port = None
        self.is_bad = False
        self.load = {name: 9 for name in [*SENTENCES, "well", "twice", "whole"]}
        self.sent = 0  # bytes of a large page that one connection took at most
        self.done = threading.Event()
        self.open_closed_port(0)
        self.full_listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.full_listener.settimeout(0.05)
        self.fillers = []
        threading.Thread(target=self.accept_unless_full, daemon=True).start()
        threading.Thread(target=self.accept, args=[self.listener], daemon=True).start()

    def open_closed_port(self, port):
        self.closed_listener = socket.create_server(("127.0.0.1", port), backlog=8)
        self.closed_port = self.closed_listener.getsockname()[1]
        threading.Thread(target=self.accept, args=[self.closed_listener], daemon=True).start()

    def bad(self):
        self.is_bad = True
        self.closed_listener.shutdown(socket.SHUT_RDWR)
        self.closed_listener.close()

    def well(self):
        for filler in self.fillers:
            filler.close()
        self.is_bad = False
        self.open_closed_port(self.closed_port)

    def accept(self, listener):
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def accept_unless_full(self):
        """While all is bad nobody accepts, and what may wait has been filled up."""
        while not self.done.is_set():
            try:
                if not self.is_bad:
                    self.serve(self.full_listener.accept()[0])
                    continue
            except TimeoutError:
                continue
            if not self.fillers:
                self.fillers = [socket.socket() for _ in range(3)]
                for filler in self.fillers:
                    filler.setblocking(False)
                    filler.connect_ex(self.full_listener.getsockname())
            self.done.wait(0.05)

    def serve(self, connection):
        with connection:
            try:
                name = connection.recv(4096).decode().split(" ")[1][1:]
                if name == "whole":
                    self.send_chunks(connection)
                elif self.is_bad and name not in ("well", "twice"):
                    getattr(self, name, self.never)(connection)
                else:
                    twice = self.is_bad and name == "twice"
                    again = b"load %d\n" % self.load[name]
                    self.send(connection, self.page(name) + (again if twice else b""))
            except (OSError, IndexError):
                pass

    def page(self, name):
        return b"# TYPE load gauge\nload %d\n" % self.load[name]

    def send(self, connection, body, head=OK):
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def send_chunks(self, connection):
        connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        for byte in self.page("whole"):
            connection.sendall(b"1;x=y\r\n%c\r\n" % byte)
        connection.sendall(b"0\r\nX: y\r\n\r\n")

    def send_head(self, connection, head):
        connection.sendall(head + b"\r\n")

    def html(self, connection):
        self.send(connection, b"<!DOCTYPE html><html><body>Hello</body></html>")

    def empty(self, connection):
        self.send(connection, b"")

    def binary(self, connection):
        self.send(connection, bytes(range(256)) * 8)

    def ssh(self, connection):
        connection.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n")

    def gzip(self, connection):
        self.send(connection, gzip.compress(self.page("gzip")), OK + b"Content-Encoding: gzip\r\n")

    def broken(self, connection):
        self.send_head(connection, b"HTTP/1.1 500 Internal \xff\x1b Error\r\n")

    def moved(self, connection):
        self.send_head(connection, b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/well\r\n")

    def missing(self, connection):
        self.send_head(connection, b"HTTP/1.1 404 Not Found\r\n")

    def short(self, connection):
        page = self.page("short")
        connection.sendall(OK + b"Content-Length: %d\r\n\r\n" % (len(page) - 2) + page)

    def long(self, connection):
        connection.sendall(OK + b"Content-Length: 99\r\n\r\n" + self.page("long"))

    def cut(self, connection):
        self.send_head(connection, b"HTTP/1.0 200 OK\r\n")
        connection.sendall(b"# TYPE load gauge\nload 1")

    def torn(self, connection):
        self.send(connection, b"# TYPE load gauge\nload 1")

    def word(self, connection):
        self.send_head(connection, OK + b"Content-Length: many\r\n")

    def chunks(self, connection):
        connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nload 1\r\n")

    def reset(self, connection):
        connection.sendall(OK + b"Content-Length: 99\r\n\r\nload ")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.done.wait(0.2)

    def never(self, connection):
        connection.recv(1)

    def slow(self, connection):
        self.send_head(connection, OK)
        for byte in self.page("slow"):
            connection.sendall(b"%c" % byte)
            self.done.wait(1)

    def value(self, connection):
        self.send(connection, b"# TYPE load gauge\nload nine\n")

    def line(self, connection):
        self.send(connection, b"load 1\n" + b"x" * 70000 + b" 1\n")

    def openmetrics(self, connection):
        self.send(connection, b"# TYPE load gauge\nload 1\n",
                  b"HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text; version=1.0.0\r\n")

    def nan(self, connection):
        self.send(connection, b"load NaN\n")

    def infinite(self, connection):
        self.send(connection, b"load +Inf\n")

    def old(self, connection):
        self.send(connection, b"load 1 %d\n" % ((time.time() - 7200) * 1000))

    def series(self, connection):
        self.send(connection, MANY_SERIES)

    def large(self, connection):
        self.stream(connection, OK + b"Content-Length: %d\r\n\r\n" % (100 * 1024 * 1024),
                    100 * 1024 * 1024)

    def endless(self, connection):
        self.stream(connection, OK + b"\r\n", LINES * 70)

    def stream(self, connection, head, size):
        connection.sendall(head + self.page("endless"))
        sent = 0
        while sent < size:
            sent += connection.send(ROWS[:size - sent])
            self.sent = max(self.sent, sent)


class Company:
    """`reeve serve` as nobody in a folder of its own."""

    def __init__(self, build, server):
        self.folder = tempfile.mkdtemp(prefix="reeve-collector-")
        self.server = server
        names = list(server.load)
        self.write("RUNBOOK.md", "# Ours\n\n### Severity Levels\n- **P1 (High)**: Bad\n"
                   "  - Response time: 15 minutes\n\n## Alerts\n\n### Critical Alerts\n"
                   + "".join(f"- {name} load > 5\n" for name in names))
        targets = "".join(
            f"  - {{ name: {name}, url: \"http://127.0.0.1:{self.port(name)}/{name}\","
            f" every: {SLOW_TARGETS.get(name, '2 s')} }}\n" for name in names)
        self.write("reeve.yaml", "runbook: RUNBOOK.md\nledger: reeve.db\nlisten: 127.0.0.1:0\n"
                   "access: { page_token: always }\n"
                   f"targets:\n{targets}signals:\n" + "".join(
                       f"  {name} load: {{ gauge: 'load{{target=\"{name}\"}}' }}\n"
                       for name in names))
        for program in ("main/reeve", "worker/reeve-work"):
            shutil.copy(f"{build}/src/{program}", self.folder)
        if os.geteuid() == 0:
            os.chown(self.folder, 65534, 65534)
        self.log = open(f"{self.folder}/log", "wb")
        self.started = time.monotonic()
        self.process = subprocess.Popen([*self.drop(), "./reeve", "serve"], cwd=self.folder,
                                        stdout=subprocess.PIPE, stderr=self.log)
        said = self.process.stdout.readline().decode()
        where = re.search(r"(http://\S+?)/?\?token=(\S+)", said)
        assert where, (said, open(f"{self.folder}/log").read())
        self.page, self.token = where.groups()

    def port(self, name):
        ports = {"closed": self.server.closed_port,
                 "full": self.server.full_listener.getsockname()[1]}
        return ports.get(name, self.server.port)

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def drop(self):
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        return nobody if os.geteuid() == 0 else []

    def reeve(self, *arguments, codes=(0,)):
        done = subprocess.run([*self.drop(), "./reeve", *arguments, "--json"], cwd=self.folder,
                              timeout=30, capture_output=True, text=True)
        assert done.returncode in codes, (arguments, done)
        return json.loads(done.stdout)

    def down(self):
        status = self.reeve("status", codes=(0, 1))
        return {target["name"]: target["problem"] for target in status["targets_down"]}

    def rules(self):
        found = self.reeve("alert", "list")
        return {rule["title"].split(" ")[0]: rule for rule in found}

    def collector(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            for pid in file.read().split():
                with open(f"/proc/{pid}/cmdline") as line:
                    if line.read().split("\0")[1] == "collect":
                        return int(pid)
        raise AssertionError("there is no collector")

    def memory_mib(self):
        """The most that the collector has had resident, and all it has mapped."""
        with open(f"/proc/{self.collector()}/status") as file:
            words = file.read()
        return [int(re.search(rf"^{name}:\s+(\d+)", words, re.M)[1]) / 1024
                for name in ("VmHWM", "VmSize")]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return code


def differences(found, wanted):
    return {name: (found.get(name), wanted.get(name)) for name in {*found, *wanted}
            if found.get(name) != wanted.get(name)}


def every_rule_fires_while_all_targets_are_well():
    within(40, lambda: all(rule["state"] == "firing" and rule["truth"] == "true"
                           for rule in company.rules().values()), "the last firing rule")
    assert company.down() == {}, company.down()
    company.before = company.collector()


def each_bad_target_has_its_one_sentence():
    server.bad()
    wanted = {name: words for name, words in SENTENCES.items() if words}

    def matches():
        found = company.down()
        for name in ("large", "endless"):
            found[name] = re.sub(r"after \d+ lines; .*", "after ", found.get(name, ""))
        for name in ("closed", "full"):
            found[name] = re.sub(r"^127\.0\.0\.1 port \d+ ", "", found.get(name, ""))
        company.wrong = differences(found, wanted)
        return not company.wrong
    try:
        within(40, matches, "the last sentence")
    except AssertionError as error:
        raise AssertionError(f"not as wanted: {company.wrong}") from error
    for words in company.down().values():
        assert "\n" not in words and len(words) < 300, words


def the_page_shows_what_is_wrong():
    status, text = ask(company.page, headers={"Authorization": f"Bearer {company.token}"})
    assert status == 200 and "answered HTML, not metrics" in text, (status, text[:500])
    assert "load stands twice with the same labels (line 3); it counts once" in text


def a_page_of_ten_million_lines_is_left_at_the_limit():
    assert company.down()["endless"].endswith(
        "lines; fewer metrics or several targets are needed")
    lines = int(re.search(r"after (\d+) lines", company.down()["endless"])[1])
    assert 64 * 1024 * 1024 / 70 - 5000 < lines <= 64 * 1024 * 1024 / 70, lines
    # What was on the way in the system's buffers was sent too.
    assert 0 < server.sent < 128 * 1024 * 1024, server.sent


def what_is_well_is_watched_on():
    for load, truth in ((2, "false"), (9, "true")):
        server.load["well"] = server.load["whole"] = server.load["twice"] = load
        for name in ("well", "whole", "twice"):
            within(20, lambda: company.rules()[name]["truth"] == truth, f"{name} at {load}")


def rules_of_bad_targets_become_unknown_and_never_resolve():
    bad = set(SENTENCES)

    def unknown():
        company.last = {name: rule for name, rule in company.rules().items() if name in bad}
        return all(rule["truth"] == "unknown" for rule in company.last.values())
    within(GRACE_S + 30, unknown, "the last unknown rule")
    for name, rule in company.last.items():
        assert rule["state"] == "firing" and rule["value"] is None, rule
        assert rule["reading"], rule

    def kinds():
        """Of each rule, what the ledger has; it says unknown once the grace of the start is over."""
        said = subprocess.run(
            [*company.drop(), "./reeve", "ledger", "show", "--last", "100000", "--json"],
            cwd=company.folder, capture_output=True, text=True, check=True).stdout.splitlines()
        return {name: [json.loads(line)["kind"] for line in said if rule["rule"] in line]
                for name, rule in company.last.items()}
    within(GRACE_S + 30, lambda: all("alert.unknown" in had for had in kinds().values()), "the facts")
    assert not [name for name, had in kinds().items() if "alert.resolved" in had], kinds()


def the_memory_of_the_collector_is_bounded():
    resident, mapped = company.memory_mib()
    print(f"# the collector has had at most {resident:.1f} MiB resident", flush=True)
    # Sanitizers map terabytes and keep what was freed.
    assert resident < (64 if mapped < 1024 * 1024 else 640), resident
    assert company.collector() == company.before, "the collector was started again"


def all_recovers_by_itself():
    server.well()
    within(40, lambda: company.down() == {}, "the last target")
    within(40, lambda: all(rule["truth"] == "true" for rule in company.rules().values()),
           "the last known rule")
    server.load = {name: 1 for name in server.load}
    within(40, lambda: all(rule["truth"] == "false" for rule in company.rules().values()),
           "the last calm rule")


def it_stops_well():
    assert company.stop() == 0


server = Server()
company = Company(os.path.abspath(sys.argv[1]), server)
try:
    lib.run_tests([every_rule_fires_while_all_targets_are_well,
                   each_bad_target_has_its_one_sentence, the_page_shows_what_is_wrong,
                   a_page_of_ten_million_lines_is_left_at_the_limit, what_is_well_is_watched_on,
                   rules_of_bad_targets_become_unknown_and_never_resolve,
                   the_memory_of_the_collector_is_bounded, all_recovers_by_itself, it_stops_well])
finally:
    server.done.set()
    company.stop()
