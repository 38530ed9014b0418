# intake.py - logs by HTTP and from the drains of Netlify and Supabase, and what a sender is told when
# the disk, the core or the process fails: it is told 503 and counts once when it sends again.
# The collector is driven as the core does it. Usage: intake.py BUILD_FOLDER
import ctypes
import gzip
import hashlib
import json
import os
import re
import resource
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
import pushed  # noqa: E402
from lib import within  # noqa: E402
from pushed import post  # noqa: E402

SIGNALS = [{"name": "error rate", "bindings": [
    {"failures": 'http_requests_total{status=~"5.."}', "of": 'http_requests_total{status!=""}'}]},
    {"name": "events", "bindings": [{"count": "log_events_total"}]},
    {"name": "logins", "bindings": [{"count": "logins_total"}]}]
NDJSON = {"Content-Type": "application/x-ndjson"}
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "drains")


class Collector(pushed.Collector):
    """Adds up each signal and each shape of errors, as the core does: what is not newer is dropped."""

    def __init__(self, folder, **sender):
        self.parts, self.ofs, self.errors, self.said, self.deaf = {}, {}, {}, {}, threading.Event()
        self.app = {}
        self.signals = SIGNALS
        self.clock = iter(range(10**9))
        os.makedirs(folder, exist_ok=True)
        port = lib.free_port()
        self.extra = sender
        super().__init__(folder, port, SIGNALS[2]["bindings"][0], every_ms=500)

    def start(self):
        self.spec["signals"] = self.signals
        self.spec["senders"][0].update({"accepts": ["logs", "otlp", "remote_write"], **self.extra})
        super().start()
        within(20, lambda: post(self.port, b"[]", "/api/v1/logs")[0] == 204, "the listener")

    def read(self, lines):
        for line in lines:
            while self.deaf.is_set():
                time.sleep(0.02)
            try:
                line = json.loads(line)
            except ValueError:
                continue  # cut off by a kill
            if "history" in line:
                continue  # it has said what it had kept
            if "up" in line:
                self.status = line
                self.app = line if line["target"] == "app" else self.app
                continue
            key = line.get("id") or line["signal"]
            if line["at"] <= self.said.get(key, 0):
                continue
            self.said[key] = line["at"]
            if "shape" in line:
                self.errors[line["shape"]] = self.errors.get(line["shape"], 0) + line["count"]
                continue
            self.gaps += line["since"] == 0
            self.parts[key] = self.parts.get(key, 0) + line["part"]
            self.ofs[key] = self.ofs.get(key, 0) + line.get("of", 0)

    def logs(self, *entries, path="/api/v1/logs", **options):
        """One NDJSON body, each line with a number of its own."""
        body = "".join(json.dumps({"n": next(self.clock), **entry}) + "\n" for entry in entries)
        return post(self.port, body.encode(), path, headers=NDJSON, **options)

    def settle(self):
        """Sends until readings come, so that the sender is known."""
        def known():
            assert self.logs({"level": "info", "status": 200})[0] == 204
            return "events" in self.parts and "error rate" in self.parts
        within(20, known, "the first reading")
        within(10, lambda: not self.status.get("problem"), "the status without a problem")
        time.sleep(1.5)
        self.parts, self.ofs, self.errors = {}, {}, {}

    def counted(self, key, number, seconds=10):
        within(seconds, lambda: self.parts.get(key, 0) >= number, f"{number} of {key}")
        time.sleep(0.8)
        assert self.parts[key] == number, (self.parts, number)


class Folder:
    def __init__(self, **sender):
        self.sender = sender

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="reeve-intake-")
        self.collector = Collector(f"{self.path}/history", **self.sender)
        return self.collector

    def __exit__(self, *_):
        if self.collector.process.poll() is None:
            self.collector.process.kill()
            self.collector.process.wait()
        shutil.rmtree(self.path, ignore_errors=True)


def fixture(name):
    """What a vendor sent, as if it were now."""
    now = {b'"': time.strftime('"%Y-%m-%dT%H:%M:%SZ"', time.gmtime()).encode()}
    with open(f"{FIXTURES}/{name}", "rb") as file:
        return re.sub(rb'(?<="timestamp":)("[^"]+"|\d+)',
                      lambda found: now.get(found[0][:1], b"%d" % (time.time_ns() // 1000)), file.read())


def lines_and_arrays_are_counted_and_errors_gathered():
    with Folder() as collector:
        collector.settle()
        error = {"level": "error", "msg": "cart 17 of user 4 is gone", "status": 500}
        assert collector.logs(*[error] * 3, {"level": "info", "status": 200})[0] == 204
        array = json.dumps([error, {"level": "warn", "msg": "slow"}, {"status": 200}]).encode()
        assert post(collector.port, array, "/api/v1/logs") == (204, "")
        packed = gzip.compress(b'{"level":"info","n":"packed"}\n')
        assert post(collector.port, packed, "/api/v1/logs",
                    headers={**NDJSON, "Content-Encoding": "gzip"})[0] == 204
        again = post(collector.port, array, "/api/v1/logs")
        assert again == (200, "This body came before, and counts once.\n"), again
        collector.counted("events", 8)
        assert collector.parts["error rate"] == 4 and collector.ofs["error rate"] == 6, collector.ofs
        assert collector.errors == {"cart <n> of user <n> is gone": 4}, collector.errors


def gzip_of_several_members_and_packed_anew():
    def packed(*texts, at=0):
        return b"".join(gzip.compress(text, mtime=at) for text in texts)
    with Folder() as collector:
        collector.settle()
        lines = (b'{"level":"info","n":"first"}\n{"level":"in', b'fo","n":"second"}\n')
        answers = [post(collector.port, packed(*lines, at=at), "/api/v1/logs",
                        headers={**NDJSON, "Content-Encoding": word})
                   for at, word in ((1, "gzip"), (2, "gzip"), (3, "x-gzip"))]
        again = (200, "This body came before, and counts once.\n")
        assert answers == [(204, ""), again, again], answers
        assert post(collector.port, b"".join(lines), "/api/v1/logs", headers=NDJSON) == again
        status, text = post(collector.port, packed(*lines) + b"rest", "/api/v1/logs",
                            headers={**NDJSON, "Content-Encoding": "gzip"})
        assert (status, text) == (400, "the body is not in the gzip format\n"), (status, text)
        collector.counted("events", 2)


def lines_of_another_time_are_no_rules_and_errors_of_their_own():
    with Folder() as collector:
        collector.settle()
        hour_ago = time.time_ns() - 3600 * 10**9
        assert collector.logs(*[{"level": "error", "msg": "late", "status": 500, "time": hour_ago}] * 7)[0] == 204
        assert collector.logs({"level": "error", "msg": "ahead", "status": 500, "time": hour_ago + 7200 * 10**9})[0] == 204
        assert collector.logs(*[{"level": "info", "status": 200, "time": time.time_ns()}] * 5)[0] == 204
        collector.counted("events", 5)
        assert collector.parts["error rate"] == 0 and collector.ofs["error rate"] == 5, collector.parts
        assert collector.errors == {"late": 7, "ahead": 1}, collector.errors
        within(10, lambda: "lines that are not of now (8, " in collector.status["problem"], "the problem")


def the_fields_of_a_sender_have_the_names_it_gives_them():
    with Folder(level="sev", message="what.text", status="code", format="json") as collector:
        collector.settle()
        assert collector.logs({"sev": "fatal", "what": {"text": "disk 3 is full"}, "code": 507})[0] == 204
        collector.counted("events", 1)
        assert collector.parts["error rate"] == 1, collector.parts
        assert collector.errors == {"disk <n> is full": 1}, collector.errors


def the_drains_of_netlify_and_supabase():
    with Folder() as collector:
        collector.settle()
        status, text = post(collector.port, fixture("netlify.ndjson"), "/drains/netlify",
                            headers={"Content-Type": "application/json"})
        assert status == 204, text
        collector.counted("events", 5)
        assert (collector.parts["error rate"], collector.ofs["error rate"]) == (1, 2), collector.parts
        assert collector.errors == {"failed: https://shop.example/cart": 1,
                                    "TypeError: order is undefined": 1}, collector.errors
        body = gzip.compress(fixture("supabase.json"))
        status, text = post(collector.port, body, "/drains/supabase",
                            headers={"Content-Encoding": "gzip"})
        assert status == 204, text
        collector.counted("events", 9)
        assert (collector.parts["error rate"], collector.ofs["error rate"]) == (2, 5), collector.ofs
        shapes = {shape for shape in collector.errors if not shape.startswith(("failed", "Type"))}
        assert shapes == {"POST | <n> | /rest/v1/orders", "deadlock detected"}, collector.errors


def otlp_log(number, **record):
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [
        {"timeUnixNano": str(time.time_ns() + number), **record}]}]}]}).encode()


def logs_of_opentelemetry():
    with Folder() as collector:
        collector.settle()
        status, text = post(collector.port, otlp_log(1, severityNumber=17, body={
            "stringValue": "payment 12 was refused"}), "/v1/logs")
        assert (status, text) == (200, "{}"), (status, text)
        assert post(collector.port, otlp_log(2, body={"stringValue": "answered"}, attributes=[
            {"key": "http.response.status_code", "value": {"intValue": "503"}}]), "/v1/logs")[0] == 200
        assert post(collector.port, otlp_log(3)[:-9], "/v1/logs")[0] == 400
        assert post(collector.port, b"\x0a\xff", "/v1/logs",
                    headers={"Content-Type": "application/x-protobuf"})[0] == 400
        collector.counted("events", 2)
        assert collector.parts["error rate"] == 1, collector.parts
        assert collector.errors == {"payment <n> was refused": 1, "answered": 1}, collector.errors


def a_page_of_metrics_is_pushed():
    with Folder(accepts=["exposition", "logs"]) as collector:
        def page(value, end="# EOF\n", stamp=None):
            text = (f'# TYPE logins_total counter\nlogins_total{{by="x"}} {value} {stamp or time.time():.3f}\n'
                    f'other 1\n{end}')
            return post(collector.port, text.encode(), "/api/v1/exposition",
                        headers={"Content-Type": "application/openmetrics-text; version=1.0.0"})
        within(20, lambda: page(10)[0] == 204 and "logins" in collector.parts, "the first reading")
        time.sleep(0.5)
        before = collector.parts["logins"]
        for value in (13, 13, 15):
            assert page(value)[0] == 204
        within(10, lambda: collector.parts["logins"] >= before + 5, "the increments")
        time.sleep(0.7)
        assert collector.parts["logins"] == before + 5, collector.parts
        status, text = page(16, end='logins_total{by="y" 3\n# EOF\n')
        assert status == 400 and "line 4" in text, (status, text)
        status, text = page(17, end="")
        assert status == 400 and "without \"# EOF\"" in text, (status, text)
        for cut in (b"other 1\nlogins_total{by=\"x\"} 9", b"logins_total{by=\"x\"} 9"):
            status, text = post(collector.port, cut, "/api/v1/exposition", headers={"Content-Type": "text/plain"})
            assert status == 400 and "in the middle of line" in text and "line feed" in text, (status, text)
        status, text = page(18, stamp=time.time() - 7300)
        assert status == 400 and "has a timestamp of 2 h 1 min ago" in text, (status, text)
        assert post(collector.port, b"<html>", "/api/v1/exposition",
                    headers={"Content-Type": "text/plain"})[0] == 400
        assert post(collector.port, b"a 1", "/api/v1/exposition")[0] == 415  # as JSON


def what_is_no_log_is_refused_with_its_reason():
    with Folder(accepts=["logs"]) as collector:
        collector.settle()
        port, good = collector.port, b'{"level":"error","msg":"x"}\n'
        assert post(port, good, "/api/v1/logs", token=None)[0] == 401
        assert post(port, good, "/api/v1/logs", token="wrong")[0] == 401
        assert post(port, good, "/v1/logs")[0] == 403
        assert post(port, good, "/drains/other")[0] == 404
        assert post(port, good, "/api/v1/logs", headers={"Content-Type": "image/png"})[0] == 415
        assert post(port, good, "/api/v1/logs", headers={"Content-Encoding": "br"})[0] == 415
        assert post(port, gzip.compress(b" " * (30 << 20)), "/api/v1/logs",
                    headers={"Content-Encoding": "gzip"})[0] == 413
        cut = post(port, b'[{"level":"error","msg":"taken"},{"level":"err', "/api/v1/logs")
        assert cut[0] == 400 and "no whole JSON array" in cut[1], cut
        long = b'{"msg":"' + b"x" * (3 << 20) + b'"}\n{"level":"info"}\n'
        said = post(port, long, "/api/v1/logs", headers=NDJSON)
        assert said[0] == 200 and "1 lines were longer than" in said[1], said
        within(5, lambda: "are not counted" in collector.status["problem"], "the problem")
        collector.counted("events", 2)
        assert collector.errors == {"taken": 1}, collector.errors


def a_kill_at_any_time_loses_and_doubles_no_line():
    with Folder() as collector:
        collector.settle()
        sent, stop = [0], threading.Event()

        def sender():
            number = 0
            while not stop.is_set():
                number += 1
                body = json.dumps({"n": number, "level": "error", "msg": f"line {number} failed"})
                while True:
                    status, text = post(collector.port, body.encode(), "/api/v1/logs")
                    if status in (200, 204):
                        break
                    assert status in (0, 503), (status, text)
                    time.sleep(0.03)
                sent[0] += 1
        thread = threading.Thread(target=sender)
        thread.start()
        for number in range(6):
            time.sleep(0.5 + 0.13 * number)
            collector.kill()
            collector.start()
        stop.set()
        thread.join()
        within(10, lambda: sum(collector.errors.values()) >= sent[0], "the last error")
        time.sleep(1)
        assert sent[0] > 10 and sum(collector.errors.values()) == sent[0], (sent, collector.errors)
        if collector.gaps <= 1:
            collector.counted("events", sent[0])


def limit_files(collector, size):
    """No file of the collector may grow beyond; None: as it was."""
    resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY if size is None else size, resource.RLIM_INFINITY))


def answer_of(port, body, path, headers):
    """(status, headers) of a post."""
    connection = pushed.http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", path, body, {"Authorization": f"Bearer {pushed.TOKEN}", **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders())


def a_full_disk_is_503_and_what_is_sent_again_counts_once():
    with Folder() as collector:
        collector.settle()
        error = b'{"level":"error","msg":"order 7 lost","status":500,"n":"full"}\n'
        limit_files(collector, 0)
        for _ in range(3):
            status, headers = answer_of(collector.port, error, "/api/v1/logs", NDJSON)
            assert status == 503 and headers["Retry-After"] == "2", (status, headers)
        within(5, lambda: "cannot be written" in collector.status["problem"], "the problem")
        assert "File too large" in collector.status["problem"], collector.status
        limit_files(collector, None)

        def again():
            return answer_of(collector.port, error, "/api/v1/logs", NDJSON)[0] in (200, 204)
        within(10, again, "the disk")
        collector.counted("events", 1)
        assert collector.parts["error rate"] == 1 and collector.errors == {"order <n> lost": 1}, \
            (collector.parts, collector.errors)
        within(5, lambda: collector.status["problem"] == "", "the end of the problem")


def samples_of_a_full_disk_count_once_too():
    with Folder() as collector:
        begun = time.time_ns() - 10**10
        value = [100]

        def send(grown=0):
            value[0] += grown
            return post(collector.port, pushed.otlp([("a", value[0], time.time_ns(), begun)]))[0]
        within(20, lambda: send() == 200 and "logins" in collector.parts, "the first reading")
        time.sleep(0.5)
        before = collector.parts["logins"]
        limit_files(collector, 0)
        assert send(5) == 503
        assert send(2) == 503
        limit_files(collector, None)
        within(10, lambda: send() == 200, "the disk")
        within(10, lambda: collector.parts["logins"] >= before + 7, "the increments")
        time.sleep(0.8)
        assert collector.parts["logins"] == before + 7, collector.parts


def letters(number):
    return "".join(chr(97 + int(digit)) for digit in str(number))


def a_core_that_does_not_read_is_503_and_nothing_is_lost():
    with Folder() as collector:
        collector.settle()
        collector.deaf.set()
        taken, refused = 0, None
        for number in range(400):
            body = "".join(json.dumps({"level": "error", "n": number, "msg": " ".join(
                [letters(k)] * 30)}) + "\n" for k in range(400)).encode()
            status, headers = answer_of(collector.port, body, "/api/v1/logs", NDJSON)
            if status == 503:
                refused = headers
                break
            assert status == 204, status
            taken += 400
        assert refused and refused["Retry-After"] == "2", (taken, refused)
        collector.deaf.clear()
        within(20, lambda: collector.logs({"level": "error", "msg": "the last"})[0] == 204, "the core")
        within(20, lambda: collector.errors.get("the last", 0) == 1, "the last")
        assert sum(collector.errors.values()) == taken + 1, (taken, sum(collector.errors.values()))


def a_span_is_known_again_by_its_body():
    with Folder() as collector:
        collector.signals = [{"name": "events", "bindings": [
            {"count": "traces_http_server_request_duration_seconds_count"}]}]
        collector.kill()
        collector.start()

        def span(number):
            end = time.time_ns()
            return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{
                "traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": "GET /", "kind": 2,
                "startTimeUnixNano": str(end - 10**7), "endTimeUnixNano": str(end),
                "attributes": [{"key": "http.response.status_code", "value": {"intValue": "200"}},
                               {"key": "http.request.method", "value": {"stringValue": "GET"}}]}]}]}]
            }).encode()
        number = iter(range(1, 10**6))

        def known():
            assert post(collector.port, span(next(number)), "/v1/traces")[0] == 200
            return "events" in collector.parts
        within(20, known, "the first reading")
        time.sleep(1)
        before = collector.parts["events"]
        body = span(next(number))
        for again in range(3):
            assert post(collector.port, body, "/v1/traces")[0] == 200
            time.sleep(0.3 if again else 0)
        collector.kill()
        collector.start()
        assert post(collector.port, body, "/v1/traces")[0] == 200
        sent = 1  # the body above
        while sent < 9:  # a sender that is back is read when it has been there for a while
            assert post(collector.port, span(next(number)), "/v1/traces")[0] == 200
            sent += 1
            time.sleep(0.2)
        within(10, lambda: collector.parts["events"] >= before + sent or collector.gaps > 1, "spans")
        time.sleep(1)
        assert collector.parts["events"] == before + sent or collector.gaps > 1, \
            (before, sent, collector.parts)


def spoilt(name, spoil):
    """A journal that is spoilt between two lives of the collector: never a double, never a false zero."""
    def test():
        with Folder() as collector:
            begun = time.time_ns() - 10**10
            value = [100]

            def send(grown=0):
                value[0] += grown
                return post(collector.port, pushed.otlp([("a", value[0], time.time_ns(), begun)]))[0]
            within(20, lambda: send() == 200 and "logins" in collector.parts, "the first reading")
            start, before = value[0], collector.parts["logins"]
            for _ in range(8):
                assert send(3) == 200
                time.sleep(0.25)
            within(10, lambda: collector.parts["logins"] == before + 24, "the increments")
            gaps = collector.gaps
            collector.kill()
            for file in ("pushed-0", "pushed-1"):
                path = f"{collector.folder}/{file}"
                if os.path.getsize(path) > 0:
                    spoil(path)
            collector.start()
            until = time.monotonic() + 6
            while time.monotonic() < until:
                assert send(1) == 200
                time.sleep(0.25)
            time.sleep(1)
            grown, counted = value[0] - start, collector.parts["logins"] - before
            assert counted <= grown, f"{counted} counted of {grown}"
            assert counted == grown or collector.gaps > gaps, f"{counted} of {grown}, and no gap"
            assert counted > 24, f"nothing is read any more: {counted}, {collector.status}"
    test.__name__ = name
    return test


def cut_end(path):
    os.truncate(path, os.path.getsize(path) - 7)


def flip_middle(path):
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) * 2 // 3)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 255]))


def fill_with_noise(path):
    size = os.path.getsize(path)
    with open(path, "wb") as file:
        file.write(os.urandom(size))


def what_the_listener_reads_reaches_no_other_folder():
    # landlock_create_ruleset, asked for its version
    if ctypes.CDLL(None).syscall(444, None, 0, 1) < 1:
        raise lib.Skip("this kernel has no Landlock")
    with Folder() as collector, tempfile.TemporaryDirectory() as other:
        collector.settle()
        collector.process.stdin.write(json.dumps({**collector.spec, "history_dir": other}) + "\n")
        collector.process.stdin.flush()
        within(10, lambda: "nothing can be kept" in collector.status["problem"], "the refusal")
        assert collector.logs({"level": "error"})[0] == 503
        assert os.listdir(other) == []


def eleven_thousand_connections_are_bounded_and_a_sender_is_answered():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 11500:
        raise lib.Skip(f"only {hard} files may be open")
    with Folder() as collector:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        waiting = []
        try:
            for number in range(11000):
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", collector.port))
                waiting.append(one)
                if number % 500 == 499:
                    for late in waiting[-500:-250]:
                        try:
                            late.send(b"POST /api/v1/logs HTTP/1.1\r\nX-Slow: ")
                        except OSError:
                            pass
                    within(20, lambda: collector.logs({"level": "info"})[0] == 204, "an answer")
            fds = len(os.listdir(f"/proc/{collector.process.pid}/fd"))
            assert 5000 < fds <= 10000 + 100, fds
            with open(f"/proc/{collector.process.pid}/status") as lines:
                peak = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")][0]
            assert peak < 256 * 1024, f"{peak} kB"
        finally:
            for one in waiting:
                one.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert collector.logs({"level": "info"})[0] == 204


class Slow:
    """Bodies that come by a byte now and then; one that is given up is begun anew."""

    def __init__(self, port, token, count):
        self.port, self.given_up, self.answers = port, 0, set()
        self.head = (f"POST /api/v1/logs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
                     "Content-Length: 1000000\r\n\r\n{").encode()
        self.bodies = [self.begin() for _ in range(count)]

    def begin(self):
        one = socket.create_connection(("127.0.0.1", self.port))
        one.sendall(self.head)
        one.setblocking(False)
        return one

    def dribble(self):
        for at, one in enumerate(self.bodies):
            try:
                answer = one.recv(4096)
            except BlockingIOError:
                answer = None
            except OSError:
                answer = b""
            if answer is None:
                one.send(b" ")
                continue
            self.given_up += 1
            if answer:
                self.answers.add((answer.split(b"\r\n")[0], b"Retry-After: 2" in answer))
            one.close()
            self.bodies[at] = self.begin()

    def close(self):
        for one in self.bodies:
            one.close()


def slow_bodies_of_one_sender_keep_nobody_out():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 11500:
        raise lib.Skip(f"only {hard} files may be open")
    with Folder() as collector:
        collector.spec["senders"].append({"accepts": ["logs"], "interval_ms": 500, "name": "good",
                                          "token": hashlib.sha256(b"a good token").hexdigest()})
        collector.kill()
        collector.start()
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        waiting, slow = [], [Slow(collector.port, pushed.TOKEN, 40), Slow(collector.port, "nobody's", 40)]
        try:
            for number in range(10000):
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", collector.port))
                waiting.append(one)
                if number % 500 != 499:
                    continue
                for hog in slow:
                    hog.dribble()
                # Its head comes before its body, so that it needs a place.
                body = json.dumps({"n": number, "level": "info"}).encode()
                status, text = post(collector.port, body, "/api/v1/logs", token="a good token")
                assert status == 204, (number, status, text)
            within(10, lambda: collector.app.get("problem") == "sent what cannot be taken: It comes more slowly than those of "
                   "others; send it again.", "the problem beside the sender")
            # The owner of the slow ones is served, too, once they are known to be slow.
            within(10, lambda: collector.logs({"level": "info"})[0] == 204, "the sender's own")
            slow[0].dribble()
            slow[1].dribble()
            assert slow[0].given_up > 40, slow[0].given_up
            assert slow[0].answers == {(b"HTTP/1.1 503 Service Unavailable", True)}, slow[0].answers
            assert slow[1].answers == {(b"HTTP/1.1 401 Unauthorized", False)}, slow[1].answers
        finally:
            for one in waiting + slow:
                one.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def any_name_is_taken_with_a_token_and_only_ours_without():
    line = b'{"level":"info"}\n'
    proxied = {**NDJSON, "Host": "metrics.example.com"}
    with Folder() as collector:
        assert post(collector.port, line, "/api/v1/logs", headers=proxied)[0] == 204
        status, text = post(collector.port, line, "/api/v1/logs", headers=proxied, token=None)
        assert status == 401 and "The request has no token" in text, (status, text)
    with Folder() as collector:
        del collector.spec["senders"][0]["token"]
        collector.kill()
        super(Collector, collector).start()
        within(20, lambda: post(collector.port, line, "/api/v1/logs", headers=NDJSON, token=None)[0] in (200, 204), "one without a token")
        status, text = post(collector.port, line, "/api/v1/logs", headers=proxied, token=None)
        assert status == 401 and "to 127.0.0.1 or localhost" in text, (status, text)


def who_may_not_is_told_in_the_protocols_form():
    with Folder(accepts=["logs"]) as collector:
        status, text = post(collector.port, b"{}", "/v1/metrics")
        said = json.loads(text)
        assert status == 403 and said["code"] == 7 and "add otlp to its accepts:" in said["message"], (status, text)
        status, text = post(collector.port, b"{}", "/v1/metrics", token=None)
        said = json.loads(text)
        assert status == 401 and said["code"] == 16 and "has no token" in said["message"], (status, text)
        for token, headers in ((None, NDJSON), ("wrong", NDJSON)):
            connection = pushed.http.client.HTTPConnection("127.0.0.1", collector.port, timeout=10)
            connection.request("POST", "/api/v1/logs", b"{}", {
                **headers, **({"Authorization": f"Bearer {token}"} if token else {})})
            answer = connection.getresponse()
            assert answer.status == 401 and answer.getheader("WWW-Authenticate") == "Bearer", answer.status
            assert b"token: under senders:" in answer.read()
            connection.close()


def a_clock_that_is_set_back_is_told():
    with Folder() as collector:
        begun = time.time_ns() - 10**11

        def send(value, shift_s=0.0):
            return post(collector.port, pushed.otlp([("a", value, time.time_ns() + int(shift_s * 10**9), begun)]))
        within(20, lambda: send(100)[0] == 200 and "logins" in collector.parts, "the first reading")
        assert send(105, -60) == (200, "{}"), "it may be out of order"
        within(10, lambda: "partialSuccess" in send(106, -60)[1], "the refusal")
        status, text = send(107, -60)
        said = json.loads(text)["partialSuccess"]
        assert status == 200 and int(said["rejectedDataPoints"]) == 1, text
        assert "the sender's clock was set back" in said["errorMessage"], text
        within(10, lambda: re.match(r"\d+ samples were not taken since \d\d:\d\d UTC, the last because logins_total comes with an "
                                    r"earlier time than the one before it \(", collector.status["problem"]),
               "the problem")
        assert collector.status["up"]


def names_of_prometheus_3_are_read():
    with Folder(accepts=["exposition", "logs"]) as collector:
        collector.signals = [{"name": "logins", "bindings": [{"count": '{"shop.logins", "by.whom"="x"}'}]}]
        collector.kill()
        collector.start()

        def page(value):
            text = (f'# TYPE "shop.logins" counter\n{{"shop.logins","by.whom"="x"}} {value}\n'
                    f'{{"shop.logins","by.whom"="y"}} 7\n{{"gr\u00f6\u00dfe"}} 1\nplain{{"a.b"="c"}} 1\n')
            return post(collector.port, text.encode(), "/api/v1/exposition",
                        headers={"Content-Type": "text/plain; version=1.0.0; escaping=allow-utf-8"})
        within(20, lambda: page(10)[0] == 204 and "logins" in collector.parts, "the first reading")
        time.sleep(0.5)
        before = collector.parts["logins"]
        assert page(15) == (204, "")
        within(10, lambda: collector.parts["logins"] >= before + 5, "the increments")
        assert collector.parts["logins"] == before + 5, collector.parts


def objects_over_several_lines_are_one_record():
    with Folder() as collector:
        collector.settle()
        error = {"level": "error", "msg": "cart 9 lost", "status": 500, "at": {"n": next(collector.clock)}}
        body = "".join(json.dumps({**error, "n": n}, indent=2) + "\n" for n in range(3)).encode()
        assert post(collector.port, body, "/api/v1/logs", headers=NDJSON) == (204, "")
        collector.counted("events", 3)
        assert collector.parts["error rate"] == 3 and collector.errors == {"cart <n> lost": 3}, collector.errors


MTAIL = """counter http_requests_total by status
/^\\S+ (?P<status>\\d\\d\\d)$/ {
  http_requests_total[$status]++
}
"""


def the_page_of_mtail_is_scraped():
    if not shutil.which("mtail"):
        raise lib.Skip("mtail is not installed")
    with Folder() as collector, tempfile.TemporaryDirectory() as folder:
        port = lib.free_port()
        for name, text in (("app.mtail", MTAIL), ("app.log", "")):
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)
        with open(f"{folder}/out", "wb") as out:
            mtail = subprocess.Popen(["mtail", "-progs", f"{folder}/app.mtail", "-logs",
                                      f"{folder}/app.log", "-address", "127.0.0.1", "-port",
                                      str(port), "-poll_interval", "100ms", "-poll_log_interval",
                                      "100ms"], stdout=out, stderr=out)
        try:
            within(20, lambda: lib.ask(f"http://127.0.0.1:{port}/metrics")[0] == 200, "mtail")
            collector.spec["targets"] = [{"name": "mtail", "interval_ms": 200,
                                          "url": f"http://127.0.0.1:{port}/metrics"}]
            collector.kill()
            collector.start()

            def write(*statuses):
                with open(f"{folder}/app.log", "a") as file:
                    file.write("".join(f"GET {status}\n" for status in statuses))
            write(200, 500)
            within(20, lambda: "error rate" in collector.parts, "the first reading")
            time.sleep(1)
            part, of = collector.parts["error rate"], collector.ofs["error rate"]
            write(*[200] * 30, *[503] * 10)
            within(20, lambda: collector.ofs["error rate"] >= of + 40, "the lines")
            time.sleep(0.5)
            assert collector.parts["error rate"] == part + 10, (part, collector.parts)
            assert collector.ofs["error rate"] == of + 40, (of, collector.ofs)
        finally:
            mtail.terminate()
            mtail.wait(10)


def an_error_rate_fires_from_a_drain_alone():
    port = lib.free_port()
    company = pushed.Company(port, name="drain", accepts="logs", rule="Error rate > 5%", signals="")
    try:
        def firing():
            lines = [{"log_type": "traffic", "status_code": 500 if n % 4 == 0 else 200, "url": "/pay/9",
                      "duration": 12, "request_id": f"{time.time_ns()}-{n}"} for n in range(40)]
            body = "".join(json.dumps(line) + "\n" for line in lines).encode()
            assert post(port, body, "/drains/netlify")[0] in (0, 204)
            return company.reeve("alert", "list")[0]["state"] == "firing"
        within(90, firing, "the alert")
        said = company.reeve("logs:errors")
        assert [row["shape"] for row in said["errors"]] == ["failed: /pay/<id>"], said
        assert said["errors"][0]["count"] % 10 == 0 and said["errors"][0]["source"] == "drain", said
    finally:
        company.stop()


if __name__ == "__main__":
    lib.run_tests([lines_and_arrays_are_counted_and_errors_gathered,
                   gzip_of_several_members_and_packed_anew,
                   lines_of_another_time_are_no_rules_and_errors_of_their_own,
                   the_fields_of_a_sender_have_the_names_it_gives_them,
                   the_drains_of_netlify_and_supabase,
                   logs_of_opentelemetry,
                   a_page_of_metrics_is_pushed,
                   what_is_no_log_is_refused_with_its_reason,
                   a_kill_at_any_time_loses_and_doubles_no_line,
                   a_full_disk_is_503_and_what_is_sent_again_counts_once,
                   samples_of_a_full_disk_count_once_too,
                   a_core_that_does_not_read_is_503_and_nothing_is_lost,
                   a_span_is_known_again_by_its_body,
                   spoilt("a torn journal doubles nothing", cut_end),
                   spoilt("a flipped byte in the journal doubles nothing", flip_middle),
                   spoilt("a journal of noise doubles nothing", fill_with_noise),
                   what_the_listener_reads_reaches_no_other_folder,
                   eleven_thousand_connections_are_bounded_and_a_sender_is_answered,
                   slow_bodies_of_one_sender_keep_nobody_out,
                   any_name_is_taken_with_a_token_and_only_ours_without,
                   who_may_not_is_told_in_the_protocols_form,
                   a_clock_that_is_set_back_is_told,
                   names_of_prometheus_3_are_read,
                   objects_over_several_lines_are_one_record,
                   the_page_of_mtail_is_scraped,
                   an_error_rate_fires_from_a_drain_alone])
