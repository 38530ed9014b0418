# load.py - what a company sends: pages to scrape, remote write, OTLP, posted log lines, a followed log, heartbeats,
# alerts of an Alertmanager; and the episodes, in which a value is beyond its limit from one known moment to another.
#
# Promises: a sender repeats a body until it is answered 2xx, and counts only then; what it counted stands in
# `answered`.
# The base is what a company of the mission's size sends; SCALE multiplies it.
import http.client
import http.server
import json
import os
import struct
import threading
import time
import traceback

SERVICES = ("shop", "billing", "search", "mailing", "login", "stock", "basket", "invoice")
# kind: the words behind the service's name, the limit, and what is shown when all is well and when it is not.
KINDS = {"queue": ("queue depth > 100", 5, 500), "errors": ("error rate > 5%", 0, 25),
         "refused": ("refused logins > 60 in WINDOW", 0, 40), "backlog": ("backlog > 50", 3, 90)}
BASE = {"targets": 4, "series": 5000, "samples": 2000, "lines": 500, "episode_s": 120}


class State:
    """What the company is like at this moment, and whether the threads go on."""

    def __init__(self):
        self.raised = set()  # (service, kind); ("app", "lines") and ("web", "lines") for logs
        self.ending = threading.Event()
        self.counting = False  # until the first readings came, what is counted stands still
        self.pausing = False   # nothing is logged
        self.troubles = []

    def shown(self, service, kind):
        _, well, ill = KINDS[kind]
        return ill if (service, kind) in self.raised else well

    def go(self, function, *arguments):
        def run():
            try:
                function(*arguments)
            except Exception:
                self.troubles.append(traceback.format_exc())
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def every(self, seconds):
        """Yields at fixed moments, without drift; what was missed is not made up for."""
        due = time.monotonic()
        while not self.ending.wait(max(0, due - time.monotonic())):
            yield
            due = max(due + seconds, time.monotonic() - seconds)


class Targets:
    """The pages that are scraped; each can hang, answer 500, be cut off, or have begun anew."""

    def __init__(self, state, count, series):
        self.state, self.count = state, count
        self.faults = {}  # number of a target: hang, 500, cut
        self.struck = {"hang": 0, "500": 0, "cut": 0, "reset": 0}
        self.answers = 0
        self.requests = [0] * count
        self.failed = dict.fromkeys(((n, s) for n in range(count) for s in SERVICES), 0)
        self.asked = [time.monotonic()] * count
        self.static = "".join(f'app_route_seconds_sum{{route="/r{i // 10}",pod="p{i % 10}"}} {i}.5\n'
                              for i in range(series - 400)).encode()
        self.heads = [f'cache_misses_total{{shard="{i}"}} ' for i in range(390)]
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.port = self.server.server_address[1]
        state.go(self.server.serve_forever)

    def begin_anew(self, number):
        self.requests[number] = 0
        self.failed |= {(number, service): 0 for service in SERVICES}
        self.struck["reset"] += 1

    def page(self, number):
        now = time.monotonic()
        seconds, self.asked[number] = now - self.asked[number], now
        mine = [s for i, s in enumerate(SERVICES) if i % self.count == number % len(SERVICES)]
        self.requests[number] += int(100 * seconds) + 1
        lines = ["# TYPE cache_misses_total counter\n# TYPE queue_depth gauge\n# TYPE http_requests_total counter\n"]
        lines += [f"{head}{self.requests[number]}\n" for head in self.heads]
        for service in mine:
            lines += [f'queue_depth{{service="{service}"}} {self.state.shown(service, "queue")}\n',
                      f'http_requests_total{{service="{service}",code="200"}} {self.requests[number]}\n']
            self.failed[number, service] += int(self.state.shown(service, "errors") * seconds + 0.9)
            lines.append(f'http_requests_total{{service="{service}",code="500"}} {self.failed[number, service]}\n')
        return "".join(lines).encode() + self.static

    def handler(targets):  # noqa: N805
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                number = int(self.path.split("/")[1][1:])
                fault = targets.faults.get(number)
                body = b"" if fault == "500" else targets.page(number)
                if fault:
                    targets.struck[fault] += 1
                if fault == "hang":
                    targets.state.ending.wait(20)
                    return
                targets.answers += not fault
                self.send_response(500 if fault == "500" else 200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body[:len(body) // 2] if fault == "cut" else body)
                except OSError:
                    pass  # it has read enough

            def log_message(self, *_):
                pass
        return Handler


def varint(number):
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


def field(number, payload):
    """A field of a protobuf message that holds bytes."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


VALUE, STAMP, START = b"\xfe\xfdVALUE\xfc", b"\xfe\xfdTIME-\xfc", b"\xfe\xfdSTART\xfc"
MILLIS = b"\x81\x82\x83\x84\x85\x06"


def remote_series(name, labels, value=VALUE):
    pairs = sorted({"__name__": name, **labels}.items())
    words = b"".join(field(1, field(1, k.encode()) + field(2, v.encode())) for k, v in pairs)
    return field(1, words + field(2, b"\x09" + value + b"\x10" + MILLIS))


def snappy(plain):
    """One literal: nothing is compressed, which a reader has to take."""
    return varint(len(plain)) + b"\xfc" + struct.pack("<I", len(plain) - 1) + plain


def otlp_metric(name, points, counter):
    data = b"".join(field(1, b"".join(field(7, field(1, k.encode()) + field(2, field(1, v.encode())))
                                      for k, v in labels.items()) +
                          b"\x11" + START + b"\x19" + STAMP + b"\x21" + value) for labels, value in points)
    kind = field(7, data + b"\x10\x02\x18\x01") if counter else field(5, data)
    return field(2, field(1, name.encode()) + kind)


class Sender:
    """Repeats each body until it is taken."""

    def __init__(self, state, port, name, token, path, headers):
        self.state, self.port, self.name, self.path = state, port, name, path
        self.headers = {"Authorization": f"Bearer {token}", **headers}
        self.connection = None
        self.answered = 0  # of what is counted
        self.bodies, self.refused, self.unanswered = 0, 0, 0
        self.strange = {}

    def post(self, body):
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
            self.connection.request("POST", self.path, body, self.headers)
            answer = self.connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return 0

    def send(self, body):
        """Was it taken before the end?"""
        while True:
            status = self.post(body)
            if 200 <= status < 300:
                self.bodies += 1
                return True
            if status == 0:
                self.unanswered += 1
            elif status in (429, 503):
                self.refused += 1
            else:
                self.strange[status] = self.strange.get(status, 0) + 1
                return True  # it is not to be sent again
            if self.state.ending.wait(0.5):
                return False


class Metrics(Sender):
    """Series in five bodies, one a second: so each comes every 5 s. The first tenth of each is work_total."""
    PARTS = 5

    def __init__(self, state, port, name, token, samples, form):
        self.form = form
        path = "/api/v1/write" if form == "remote" else "/v1/metrics"
        kind = {"Content-Type": "application/x-protobuf"}
        if form == "remote":
            kind |= {"Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
        super().__init__(state, port, name, token, path, kind)
        self.used = samples // 10
        self.templates = [self.template(part, samples) for part in range(self.PARTS)]
        self.begun_ns = time.time_ns() - 10**10
        self.work = [1000] * self.PARTS
        self.totals = dict.fromkeys(SERVICES, 1000)

    def template(self, part, samples):
        labels = [{"part": str(part), "n": str(i), "sender": self.name} for i in range(samples)]
        if self.form == "remote":
            return b"".join(remote_series("work_total" if i < self.used else "misc_total", one)
                            for i, one in enumerate(labels))
        points = [(one, VALUE) for one in labels]
        return otlp_metric("work_total", points[:self.used], True) + otlp_metric("misc_total", points[self.used:], True)

    def body(self, part, now_ns):
        value = struct.pack("<d", self.work[part])
        services = [s for i, s in enumerate(SERVICES) if i % self.PARTS == part]
        if self.form == "remote":
            parts = [self.templates[part].replace(VALUE, value)]
            for service in services:
                self.totals[service] += self.state.shown(service, "refused")
                parts.append(remote_series("refused_total", {"service": service},
                                           struct.pack("<d", self.totals[service])))
            return snappy(b"".join(parts).replace(MILLIS, varint(now_ns // 1000000)))
        points = [({"service": s}, struct.pack("<d", self.state.shown(s, "backlog"))) for s in services]
        parts = self.templates[part].replace(VALUE, value) + otlp_metric("backlog", points, False)
        parts = parts.replace(STAMP, struct.pack("<Q", now_ns)).replace(START, struct.pack("<Q", self.begun_ns))
        return field(1, field(2, parts))

    def run(self):
        part = 0
        for _ in self.state.every(1):
            if self.state.counting:
                self.work[part] += 1
            if self.send(self.body(part, time.time_ns())) and self.state.counting:
                self.answered += self.used
            part = (part + 1) % self.PARTS


def log_lines(name, first, count, bad):
    now = time.time_ns()
    return "".join(f'{{"time":{now},"n":{first + i},"level":"{"error" if i < bad else "info"}","status":200,'
                   f'"msg":"{name} order {first + i} {"was lost" if i < bad else "taken"}"}}\n' for i in range(count))


class Posted(Sender):
    """Log lines by HTTP, one body a second."""

    def __init__(self, state, port, token, lines):
        super().__init__(state, port, "app", token, "/api/v1/logs", {"Content-Type": "application/x-ndjson"})
        self.lines = lines

    def run(self):
        number = 0
        for _ in self.state.every(1):
            if self.state.pausing:
                continue
            bad = 40 if ("app", "lines") in self.state.raised else 1
            body = log_lines("app", number, self.lines, bad).encode()
            number += self.lines
            if self.send(body) and self.state.counting:
                self.answered += self.lines


class Followed:
    """A log file that is written ten times a second and rotated, as logrotate does it."""

    def __init__(self, state, path, lines, rotate_s):
        self.state, self.path, self.lines, self.rotate_s = state, path, lines, rotate_s
        self.answered, self.rotations = 0, 0
        open(path, "w").close()

    def run(self):
        number, rotated = 0, time.monotonic()
        file = open(self.path, "a")
        for _ in self.state.every(0.1):
            if self.state.pausing:
                continue
            if time.monotonic() - rotated > self.rotate_s:
                rotated = time.monotonic()
                if os.path.exists(self.path + ".1"):
                    os.rename(self.path + ".1", self.path + ".2")
                os.rename(self.path, self.path + ".1")
                file.close()
                file = open(self.path, "a")
                self.rotations += 1
            bad = 4 if ("web", "lines") in self.state.raised else number % self.lines == 0
            file.write(log_lines("web", number, self.lines // 10, bad))
            file.flush()
            number += self.lines // 10
            if self.state.counting:
                self.answered += self.lines // 10
        file.close()


class Episode:
    def __init__(self, title, key, begun):
        self.title, self.key, self.begun, self.ended = title, key, begun, None


class Episodes:
    """One rule after the other; each comes again only after all the others."""

    def __init__(self, state, every_s, raised_s):
        self.state, self.every_s, self.raised_s = state, every_s, raised_s
        self.all = []
        keys = [(service, kind) for kind in KINDS for service in SERVICES]
        keys[8:8] = [("app", "lines")]
        keys[24:24] = [("web", "lines")]
        self.order = keys[::7] + keys[1::7] + keys[2::7] + keys[3::7] + keys[4::7] + keys[5::7] + keys[6::7]

    @staticmethod
    def title(key):
        service, kind = key
        return f"{service.title()} " + ("bad lines" if kind == "lines" else KINDS[kind][0].split(" >")[0])

    def one(self, key):
        episode = Episode(self.title(key), key, time.time())
        self.all.append(episode)
        self.state.raised.add(key)
        self.state.ending.wait(self.raised_s)
        self.state.raised.discard(key)
        episode.ended = time.time()

    def run(self, until):
        number = 0
        for _ in self.state.every(self.every_s):
            if time.monotonic() > until:
                return
            self.state.go(self.one, self.order[number % len(self.order)])
            number += 1


def alertmanager_body(number, firing):
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.dumps({
        "version": "4", "groupKey": f"g{number}", "status": "firing" if firing else "resolved", "receiver": "reeve",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://am.example/",
        "truncatedAlerts": 0, "alerts": [{
            "status": "firing" if firing else "resolved", "labels": {"alertname": f"Elsewhere{number}"},
            "annotations": {"summary": f"alert {number}"}, "startsAt": moment, "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prom.example/graph", "fingerprint": f"{number:016x}"}]}).encode()
