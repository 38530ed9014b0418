# watched_rig.py - a company of which everything is watched, in every state that the page can show: rules that are fine,
# pending, firing, silenced, unknown, unbound, flapping, asked elsewhere, relative to a baseline; objectives; targets,
# probes, senders; heartbeats; alerts from elsewhere with names that try to break the page.
#
# Promises: its states come by themselves or by its methods, and stay until they are changed. Refuses: judging them.
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse

import bad_rig
import lib

sys.path.insert(0, os.path.join(lib.SOURCE, "tests", "vendors"))
import openai  # noqa: E402
import statuspage  # noqa: E402

SERIES = 210000  # over the limit of one target
KEY = "sk-admin-0123456789abcdef"
LONG = ("checkout-of-the-shop-in-the-second-region-" * 5)[:200]
RUNBOOK = """# Acme's operations

## Severity levels
- **P1 (High)**: Customers cannot buy
  - Response time: 15 minutes
- **P3 (Low)**: A blemish
  - Response time: 24 hours

## Response checklist
1. [ ] Look at the page
2. [ ] Call the vendor

## Alerts

### Critical Alerts
- Error rate > 5% for 5 minutes
- Disk usage > 90%
- Memory usage > 85%
- Database connection pool exhausted
- Token usage > 90% of limit
- payment trouble > 2.5

### Warning Alerts
- Queue depth > 100 for 1 hour
- Lag > 10
- Response time p95 > 2 seconds
- Response time p95 > 2x baseline
- Failed logins > 10 in 5 minutes
- Backup age > 26 hours
- Mails in the spool > 50
- Cache misses > 20%

## Service level objectives
- Availability: 99.9% over 30 days
- Response time p95 < 500 ms over 30 days
- Recovery time: 4 hours
"""
MORE = bad_rig.PEOPLE + """
targets:
  - { name: shop, url: "http://127.0.0.1:SERVED/metrics", every: 1 s }
  - { name: attack, url: "http://127.0.0.1:SERVED/attack", every: 1 h }
  - { name: warehouse, url: "http://127.0.0.1:1/metrics?of=LONG", every: 1 s }
probes:
  - { name: vendor, kind: status_page, deadline: 3 s, url: "VENDOR/api/v2/summary.json" }
  - { name: stripe, kind: status_page, deadline: 3 s, url: "VENDOR/current" }
  - { name: moved, kind: status_page, deadline: 3 s, url: "http://127.0.0.1:SERVED/moved" }
  - { name: ai, kind: openai, every: 1 min, deadline: 5 s, url: "OPENAI/", address: env:AI, limit: 120, token_limit: 10000 }
  - { name: site, kind: http, url: "http://127.0.0.1:SERVED/site", contains: welcome }
ask: { name: mimir, url: "http://127.0.0.1:SERVED", every: 1 s, signals: [mails in the spool, cache misses] }
collect: { listen: "127.0.0.1:PUSHED" }
senders:
  - { name: edge, token: env:EDGE, every: 1 min }
  - { name: am, alerts: alertmanager, token: env:AM, opens: critical }
  - { name: graf, alerts: grafana, token: env:AM }
  - { name: quiet, alerts: cloudevents, token: env:QUIET }
heartbeats:
  nightly-backup: { cron: "0 3 * * *", zone: Europe/Berlin, token: env:BEAT }
  mail-queue: { every: 1 h, token: env:BEAT2 }
  report: { every: 1 h, longest: 2 h, token: env:BEAT3 }
  billing: { every: 1 h, token: env:BEAT4, opens: P1 }
  import: { every: 1 s, grace: 1 s, token: env:BEAT5 }
  reindex: { every: 1 h, longest: 1 s, token: env:BEAT6 }
logs:
  - { file: app.log, format: json, source: app, every: 1 s }
  - { file: absent.log, format: json, source: absent, every: 1 s }
signals:
  error rate: { failures: 'http_requests_total{status=~"5.."}', of: http_requests_total }
  response time: { histogram: http_request_duration_seconds }
  disk usage: { gauge: disk_share }
  memory usage: { gauge: memory_share }
  database connection pool: { used: pool_used, limit: pool_size }
  queue depth: { gauge: queue_depth }
  lag: { gauge: lag }
  backup age: { gauge: backup_age }
  failed auth attempts: { count: auth_failures_total }
  mails in the spool: { gauge: spool }
  cache misses: { gauge: cache_misses }
  payment trouble: { gauge: reeve_status_page_level }
  token usage: { used: reeve_openai_tokens, limit: reeve_openai_tokens_limit }
baselines: { baseline: last 24 hours }
alerts: { lag: { keeps_firing: 1 s } }
"""
TOKENS = ["BEAT"] + [f"BEAT{i}" for i in range(2, 7)]
JOBS = ["nightly-backup", "mail-queue", "report", "billing", "import", "reindex"]
ODD = [
    ("Plain", "Three of nine replicas are late", "page"),
    (LONG, "Its name has 200 characters: " + "and-so-has-its-summary-" * 8, "critical"),
    ("<script>alert(1)</script> & \"quotes\" 'single'", "<b>bold</b> <img src=x onerror=alert(1)>", "<i>high</i>"),
    ("\u202eevitagen eulav si redro\u202c", "turned \u202e round", "\u202ehgih"),
    ("\u05d4\u05e9\u05e8\u05ea \u05dc\u05d0 \u05e2\u05d5\u05e0\u05d4", "\u0645\u0631\u062d\u0628\u0627 100% 12:30", "high"),
    ("\U0001f525 Disk \U0001f469\u200d\U0001f4bb full", "\U0001f4c8\U0001f4c9 1\u2009000\u2009000", "\U0001f525"),
    ("Line\nbreak\ttab \x1b[31mred\x1b[0m", "a\r\nb\x07", "warn\n"),
]


class Served(http.server.BaseHTTPRequestHandler):
    """Its gauges are those of the company's rig; requests come by the clock, 50 a second."""
    rig = None

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/metrics":
            self.say(200, self.rig.exposition())
        elif path == "/attack":
            self.say(200, "".join(f'auth_failures_total{{request="{i}"}} 1\n' for i in range(SERIES)))
        elif path == "/moved":
            self.say(301, "", Location="https://elsewhere.example.com/")
        elif path == "/site":
            self.say(503, "maintenance")
        else:
            self.say(200, '{"status":"success","data":{"version":"1.2.3"}}')

    def do_POST(self):
        """An engine that is asked: it has spool, and no cache misses."""
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        at, query = float(form["time"][0]), form["query"][0]
        found = [({"__name__": "spool", "queue": "<mail> \u202eturned", "reeve_part": "gauge 0"}, "12"),
                 ({"reeve_part": "newest 0"}, str(at - 1))] if "spool" in query else []
        self.say(200, json.dumps({"status": "success", "data": {"resultType": "vector", "result": [
            {"metric": labels, "value": [at, value]} for labels, value in found]}}))

    def say(self, status, body, **headers):
        self.send_response(status)
        for name, value in {"Content-Type": "text/plain; version=0.0.4", "Content-Length": str(len(body.encode())),
                            **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body.encode())
        except OSError:
            pass  # who asked has read enough

    def log_message(self, *_):
        pass


class Watched(bad_rig.Rig):
    def __init__(self):
        self.gauges = {"disk_share": 0.5, "memory_share": 0.95, "pool_used": 3, "pool_size": 10, "lag": 1,
                       'queue_depth{queue="mail",note="<b>&\\"quoted\\" \u202eturned \U0001f525"}': 150}
        self.begun, self.bad_share = time.monotonic(), 0.0
        self.totals = {"good": 0.0, "bad": 0.0}
        self.vendor, self.api = statuspage.Page(), openai.Api(KEY)
        self.vendor.outage()
        self.api.costs, self.api.input, self.api.output = [100.5, 30], [8000, 900], [400, 90]
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Served)
        self.server.daemon_threads = True
        Served.rig = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        more = MORE
        for word, value in (("SERVED", self.server.server_address[1]), ("VENDOR", self.vendor.url),
                            ("OPENAI", self.api.url), ("PUSHED", lib.free_port()), ("LONG", LONG)):
            more = more.replace(word, str(value))
        variables = {"AM": "am-token-1-of-the-rig", "EDGE": "edge-token-of-the-rig", "QUIET": "quiet-token-of-the-rig",
                     "AI": KEY} | {name: f"{name}-token-of-16-bytes" for name in TOKENS}
        bad_rig.RUNBOOK = RUNBOOK
        super().__init__(more, environment=variables)

    def exposition(self):
        now = time.monotonic()
        requests, self.begun = 50 * (now - self.begun), now
        self.totals["bad"] += requests * self.bad_share
        self.totals["good"] += requests * (1 - self.bad_share)
        good, bad = self.totals["good"], self.totals["bad"]
        name = "http_request_duration_seconds"
        return "".join(f"{line}\n" for line in [
            *(f"{gauge} {value}" for gauge, value in self.gauges.items()),
            f'http_requests_total{{status="200"}} {good}', f'http_requests_total{{status="500"}} {bad}',
            f'{name}_bucket{{le="0.5"}} {good}', f'{name}_bucket{{le="2"}} {good}',
            f'{name}_bucket{{le="+Inf"}} {good + bad}', f"{name}_count {good + bad}", f"{name}_sum {good + bad}"])

    def alert(self, name, summary, severity, key, status="firing", link="http://prom.example/graph?g0=1"):
        return {"status": status, "labels": {"alertname": name, "severity": severity},
                "annotations": {"summary": summary}, "startsAt": "2026-11-29T10:00:00Z",
                "endsAt": "0001-01-01T00:00:00Z", "generatorURL": link, "fingerprint": key}

    def send(self, sender, *alerts, group="g1"):
        body = {"version": "4" if sender == "am" else "1", "groupKey": group, "status": "firing", "receiver": "reeve",
                "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://am.example/",
                "truncatedAlerts": 0, "alerts": list(alerts)}
        status, text = lib.ask(f"{self.url}/in/{sender}", body=json.dumps(body).encode(), headers={
            "Content-Type": "application/json", "Authorization": f"Bearer {self.environment['AM']}"})
        assert status == 200, (status, text)

    def send_odd(self):
        self.send("am", *[self.alert(*odd, key=f"odd{i}") for i, odd in enumerate(ODD[:3])])
        self.send("graf", *[self.alert(*odd, key=f"odd{i}") for i, odd in enumerate(ODD[3:], 3)])

    def many(self, count, status="firing"):
        return [self.alert(f"Replica {i} is late", f"{i} s behind", "warning", f"many{i}", status) for i in range(count)]

    def beat(self, job, *words):
        token = self.environment[TOKENS[JOBS.index(job)]]
        assert lib.ask("/".join([self.url, "beat", job, token, *words]))[0] == 200, job

    def rules(self):
        return json.loads(self.command("alert", "list", "--json").stdout)

    def rule(self, title):
        return next(one for one in self.rules() if one["title"].startswith(title))

    def beats(self):
        return {one["name"]: one["state"] for one in json.loads(self.command("heartbeat", "list", "--json").stdout)}
