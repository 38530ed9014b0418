# inbound.py - alerts of other systems: a real Alertmanager posts to the real daemon, over kills; bodies of Grafana,
# PagerDuty and CloudEvents; what is not signed, not known, too large, too many. Usage: inbound.py BUILD_FOLDER
import gzip
import hmac
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = sys.argv[1]
bad_rig.build = build
bad_rig.RUNBOOK = bad_rig.RUNBOOK.replace("- **P1 (High)**", "- **P0 (Critical)**: Down\n  - Response time: 5 seconds\n- **P1 (High)**")
rig = None
SECRET = {"am": "am-token-1", "graf": "graf-secret-2", "grafts": "grafts-secret-3", "pd": "0123456789abcdef0123456789abcdef",
          "pdmap": "fedcba9876543210fedcba9876543210", "ce": "ce-token-4", "hook": "slack-secret-5"}


def post(path, body, **headers):
    """(status, headers, text) of one POST, without the page's token."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(rig.url + path, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def bearer(name):
    return {"Authorization": "Bearer " + SECRET[name]}


def listed(sender=None):
    done = rig.command("alert", "inbound", "--json")
    assert done.returncode == 0, done
    return [one for one in json.loads(done.stdout) if sender in (None, one["sender"])]


def incidents():
    done = rig.command("incident", "list", "--json")
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def facts(kind, sender):
    return [one for one in rig.events(kind) if one["data"]["sender"] == sender]


def again():
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()


def webhook(*alerts, group="g1", version="4", **more):
    return {"version": version, "groupKey": group, "status": "firing", "receiver": "reeve", "groupLabels": {},
            "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://am.example/", "truncatedAlerts": 0,
            "alerts": list(alerts)} | more


def alert(name, fingerprint, status="firing", starts="2026-11-29T10:00:00Z", **labels):
    return {"status": status, "labels": {"alertname": name, "severity": "page"} | labels,
            "annotations": {"summary": f"{name} is bad"}, "startsAt": starts, "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prom.example/graph?g0=1", "fingerprint": fingerprint}


class Alertmanager:
    """Debian's, with one route to Reeve."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="reeve-am-")
        self.port = lib.free_port()
        with open(f"{self.folder}/am.yml", "w") as file:
            file.write(f"""
route: {{ receiver: reeve, group_by: [job], group_wait: 1s, group_interval: 2s, repeat_interval: 1h }}
receivers:
  - name: reeve
    webhook_configs:
      - url: {rig.url}/in/am
        send_resolved: true
        http_config: {{ authorization: {{ credentials: {SECRET["am"]} }} }}
""")
        self.log = open(f"{self.folder}/am.log", "w")
        self.process = subprocess.Popen(
            ["prometheus-alertmanager", f"--config.file={self.folder}/am.yml", f"--storage.path={self.folder}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="],
            stdout=self.log, stderr=self.log)
        within(30, lambda: lib.ask(f"http://127.0.0.1:{self.port}/-/ready")[0] == 200, "Alertmanager")
        return self

    def send(self, *names, over=False):
        now = time.time()
        at = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + shift)) for shift in (-60, -1 if over else 600)]
        body = [{"labels": {"alertname": name, "job": "shop", "severity": "page"}, "startsAt": at[0], "endsAt": at[1],
                 "annotations": {"summary": f"{name} <b>now</b>"}, "generatorURL": "http://prom.example/graph"}
                for name in names]
        status, text = lib.ask(f"http://127.0.0.1:{self.port}/api/v2/alerts", body=json.dumps(body).encode(),
                               headers={"Content-Type": "application/json"})
        assert status == 200, (status, text)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(20)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def alertmanager_fires_and_resolves_over_kills():
    if not shutil.which("prometheus-alertmanager"):
        raise lib.Skip("prometheus-alertmanager is not installed")
    with Alertmanager() as manager:
        manager.send("Errors", "Latency")
        within(40, lambda: len(listed("am")) == 2, "two alerts of Alertmanager")
        within(20, incidents, "the incident")
        assert len(incidents()) == 1 and incidents()[0]["title"].startswith("am: "), incidents()
        # Nobody is there to take what comes next: Alertmanager keeps it and tries again.
        rig.core.kill()
        rig.core.wait(20)
        manager.send("Disk")
        manager.send("Errors", over=True)
        time.sleep(4)  # a flush of the group falls into this time
        rig.serve()
        within(60, lambda: {one["name"] for one in listed("am")} == {"Latency", "Disk"}, "what came meanwhile")
        again()
        assert {one["name"] for one in listed("am")} == {"Latency", "Disk"}
        manager.send("Latency", "Disk", over=True)
        within(60, lambda: not listed("am"), "the end of all")
        within(20, lambda: incidents()[0]["state"] == "mitigated", "the incident to calm")
    assert sorted(one["data"]["name"] for one in facts("inbound.fired", "am")) == ["Disk", "Errors", "Latency"]
    assert sorted(one["data"]["name"] for one in facts("inbound.resolved", "am")) == ["Disk", "Errors", "Latency"]
    assert len(rig.events("incident.opened")) == 1
    rig.command("incident", "resolve", "1", "over")


def the_alert_says_what_it_opens():
    def send(*alerts):
        status, _, text = post("/in/map", webhook(*alerts, group="g"), **bearer("am"))
        assert status == 200, text

    def one(name, severity, **more):
        return alert(name, name, severity=severity, **more)

    def incident():
        return next((found for found in incidents() if found["title"].startswith("map: ")), None)
    send(one("Hint", "info"))
    assert [each["incident"] for each in listed("map")] == [None]
    send(one("Slow", "Ticket"))
    within(20, lambda: incident() and incident()["severity"] == "P1", "the incident")
    number = incident()["number"]
    send(one("Down", "page"))
    within(20, lambda: incident()["severity"] == "P0", "the worse one to raise it")
    assert incident()["title"] == "map: Down" and len(incidents()) == 1, incidents()
    again()
    assert incident()["severity"] == "P0" and len(incidents()) == 1, incidents()
    rig.command("incident", "severity", str(number), "P1")
    send(one("Down", "page"), one("Slow", "ticket"))
    time.sleep(1)  # some turns
    assert incident()["severity"] == "P1", "what was known raises nothing that a person lowered"
    assert {each["incident"] for each in listed("map")} == {None, number}, listed("map")
    over = [one(name, severity) | {"status": "resolved"} for name, severity in (("Down", "page"), ("Slow", "ticket"))]
    send(*over)
    within(20, lambda: incident()["state"] == "mitigated", "what opens nothing to keep nothing open")
    rig.command("incident", "resolve", str(number), "over")
    send(one("Hint", "info") | {"status": "resolved"})
    event = {"routing_key": SECRET["pdmap"], "event_action": "trigger", "dedup_key": "disk",
             "payload": {"summary": "Disk", "source": "db1", "severity": "warning"}}
    for severity, wanted in (("warning", "P1"), ("critical", "P0"), ("info", "P0")):
        assert post("/v2/enqueue", event | {"payload": event["payload"] | {"severity": severity}})[0] == 202
        within(20, lambda: [each["severity"] for each in incidents() if "Disk" in each["title"]] == [wanted], severity)
    assert [fact["data"]["severity"] for fact in rig.events("inbound.raised")] == ["critical"]
    assert post("/v2/enqueue", event | {"event_action": "resolve"})[0] == 202
    disk = next(each for each in incidents() if "Disk" in each["title"])
    within(20, lambda: next(each for each in incidents() if "Disk" in each["title"])["state"] == "mitigated", "its end")
    rig.command("incident", "resolve", str(disk["number"]), "over")
    kind = {"Content_Type": "application/cloudevents+json"} | bearer("ce")
    cloud = {"specversion": "1.0", "id": "1", "source": "/b", "type": "x.raised", "subject": "s", "data": {"level": "info"}}
    assert post("/in/cemap", cloud, **kind)[0] == 200 and listed("cemap")[0]["incident"] is None
    assert post("/in/cemap", cloud | {"data": {"level": "odd"}}, **kind)[0] == 200
    within(20, lambda: listed("cemap")[0]["incident"], "what is not listed")
    number = listed("cemap")[0]["incident"]
    assert post("/in/cemap", cloud | {"type": "x.cleared"}, **kind)[0] == 200
    rig.command("incident", "resolve", str(number), "over")


def repeats_are_no_facts():
    many = [alert("Full", f"f{i}", instance=f"host{i}") for i in range(50)]
    for _ in range(2):
        status, _, text = post("/in/am", webhook(*many), **bearer("am"))
        assert status == 200, text
    assert json.loads(text) == {"fired": 0, "resolved": 0, "repeated": 50, "unknown": 0}, text
    assert len(listed("am")) == 50
    within(20, lambda: len(incidents()) == 1, "one incident of 50 alerts")
    assert all(one["heard"] > one["recorded"] for one in listed("am")), listed("am")
    again()
    assert {one["heard"] for one in listed("am")} == {None}, "a restart does not know of repeats"
    assert "not heard since the start at " in rig.page().get(id="inbound").text()
    assert "not heard since the start at " in rig.command("alert", "inbound").stdout
    status, _, text = post("/in/am", webhook(*many), **bearer("am"))
    assert json.loads(text)["repeated"] == 50, text
    assert None not in {one["heard"] for one in listed("am")}
    assert len(incidents()) == 1
    over = [one | {"status": "resolved"} for one in many]
    status, _, text = post("/in/am", webhook(*over), **bearer("am"))
    assert json.loads(text)["resolved"] == 50, text
    status, _, text = post("/in/am", webhook(*many[:1]), **bearer("am"))
    assert json.loads(text)["repeated"] == 1, "a late repeat of what has just resolved"
    anew = alert("Full", "f0", starts="2026-11-29T11:00:00Z")
    status, _, text = post("/in/am", webhook(anew), **bearer("am"))
    assert json.loads(text)["fired"] == 1, text
    status, _, text = post("/in/am", webhook(anew | {"status": "resolved"}), **bearer("am"))
    assert listed("am") == []


def late_ends_of_older_firings_change_nothing():
    older = {"startsAt": "2026-11-29T09:00:00Z", "endsAt": "2026-11-29T09:50:00Z"}
    for sender, version in (("am", "4"), ("graf", "1")):
        one = alert("Twice", f"twice-{sender}")
        for body, taken in ((one, "fired"), (one | older | {"status": "resolved"}, "repeated"),
                            (one | {"status": "resolved", "endsAt": "2026-11-29T10:20:00Z"}, "resolved")):
            data = json.dumps(webhook(body, group=f"late-{sender}", version=version)).encode()
            sign = hmac.new(SECRET["graf"].encode(), data, "sha256").hexdigest()
            headers = {"X_Grafana_Alerting_Signature": sign} if sender == "graf" else bearer("am")
            status, _, text = post(f"/in/{sender}", data, **headers)
            assert status == 200 and json.loads(text)[taken] == 1, (sender, taken, status, text)
            assert len(listed(sender)) == (taken != "resolved"), (sender, taken, listed(sender))


def who_is_not_known_is_refused_and_counted():
    body = webhook(alert("Bad", "b"))
    for path, headers, status, words in (
            ("/in/am", {}, 401, "as token: of the sender am in reeve.yaml says it"),
            ("/in/am", {"Authorization": "Bearer no"}, 401, "compare it with token: of the sender am in reeve.yaml"),
            ("/in/graf", {}, 401, "not signed"), ("/in/hook", {}, 401, "not signed"), ("/in/nobody", {}, 404, "No sender")):
        got, said, text = post(path, body, **headers)
        assert got == status and words in text, (path, got, text)
        assert said["WWW-Authenticate"] == ("Bearer" if status == 401 else None), dict(said)
    assert listed() == []
    told = {one["data"]["reason"] for one in rig.events("request.refused")}
    assert any("alerts of hook: The body is not signed: the header X-Slack-Signature is missing" in one for one in told), told
    basic = {"Authorization": "Basic " + __import__("base64").b64encode(b"am:" + SECRET["am"].encode()).decode()}
    assert post("/in/am", webhook(), **basic)[0] == 200
    assert lib.ask(rig.url + "/in/am")[0] == 405


def bad_bodies_are_refused_whole():
    good = alert("Good", "good")
    bodies = [b"", b"{", b"[]", b"null", b'"text"', json.dumps(webhook(good)).encode()[:-7], b'{"version":"4"}',
              json.dumps(webhook(good, {"status": "odd", "labels": {}})).encode(), b'{"version":"4","alerts":[1]}',
              json.dumps(webhook(good, version="3")).encode(), b"\xff\xfe", b"[" * 10000]
    for body in bodies:
        status, _, text = post("/in/am", body, **bearer("am"))
        assert status == 400 and text.strip(), (body[:80], status, text)
    assert post("/in/am", webhook(good), Content_Type="text/plain", **bearer("am"))[0] == 415
    status, _, text = post("/in/am", gzip.compress(json.dumps(webhook(good)).encode()), Content_Encoding="gzip", **bearer("am"))
    assert status == 415 and 'Content-Encoding is "gzip"' in text and "switch compression off" in text, (status, text)
    status, _, text = post("/in/am", webhook(*[alert("Many", f"m{i}") for i in range(1001)]), **bearer("am"))
    assert status == 413 and "max_alerts" in text, (status, text)
    assert post("/in/am", b" " * (2 << 20), **bearer("am"))[0] == 413
    assert listed() == []


def grafana_signs():
    body = json.dumps(webhook(alert("Panel", "p1"), version="1", orgId=1, title="t", state="alerting")).encode()
    sign = hmac.new(SECRET["graf"].encode(), body, "sha256").hexdigest()
    assert post("/in/graf", body, X_Grafana_Alerting_Signature="0" * 64)[0] == 401
    assert post("/in/graf", body + b" ", X_Grafana_Alerting_Signature=sign)[0] == 401
    assert post("/in/graf", body, X_Grafana_Alerting_Signature=sign)[0] == 200
    assert [one["name"] for one in listed("graf")] == ["Panel"]
    for age, status in ((0, 200), (301, 401), (-301, 401)):
        now = str(int(time.time()) - age)
        sign = hmac.new(SECRET["grafts"].encode(), now.encode() + b":" + body, "sha256").hexdigest()
        got, _, text = post("/in/grafts", body, X_Grafana_Alerting_Signature=sign, X_Signed_At=now)
        assert got == status, (age, got, text)
    sign = hmac.new(SECRET["grafts"].encode(), body, "sha256").hexdigest()
    assert post("/in/grafts", body, X_Grafana_Alerting_Signature=sign)[0] == 401, "no time"


def slack_signs():
    body = json.dumps({"specversion": "1.0", "id": "1", "source": "/deploys", "type": "com.acme.deploy.opened",
                       "subject": "shop", "data": {"title": "Deploy failed"}}).encode()
    kind = {"Content_Type": "application/cloudevents+json"}

    def signed(age=0, key=SECRET["hook"], of=body):
        now = str(int(time.time()) - age)
        mac = hmac.new(key.encode(), f"v0:{now}:".encode() + of, "sha256").hexdigest()
        return {"X_Slack_Signature": "v0=" + mac, "X_Slack_Request_Timestamp": now} | kind
    for headers in (kind, signed(age=400), signed(key="other"), signed(of=b"x"),
                    signed() | {"X_Slack_Request_Timestamp": "soon"}):
        assert post("/in/hook", body, **headers)[0] == 401, headers
    assert listed("hook") == []
    status, _, text = post("/in/hook", body, **signed())
    assert status == 200 and [one["name"] for one in listed("hook")] == ["Deploy failed"], (status, text)


def pagerduty_events():
    event = {"routing_key": SECRET["pd"], "event_action": "trigger", "dedup_key": "db/1",
             "payload": {"summary": "Replica is <late>", "source": "db1", "severity": "critical"},
             "client_url": "javascript:alert(1)"}
    status, _, text = post("/v2/enqueue", event)
    assert status == 202 and json.loads(text) == {"status": "success", "message": "Event processed",
                                                  "dedup_key": "db/1"}, (status, text)
    [one] = listed("pd")
    assert one["key"] == "db/1" and one["severity"] == "critical" and one["url"] == "" and one["incident"] is None, one
    assert post("/v2/enqueue", event | {"event_action": "acknowledge"})[0] == 202 and len(listed("pd")) == 1
    for change in ({"routing_key": "x"}, {"routing_key": ""}, {"event_action": "shout"}, {"payload": {}},
                   {"dedup_key": "k" * 256}, {"event_action": "resolve", "dedup_key": ""}):
        status, _, text = post("/v2/enqueue", event | change)
        assert status == 400, (change, status, text)
        said = json.loads(text)
        assert said["status"] == "invalid event" and len(said["errors"]) == 1, said
        assert SECRET["pd"] not in text
    reasons = [leaf["data"]["reason"] for leaf in rig.events("request.refused")]
    assert any(reason.startswith("alerts of pd: 'event_action' is invalid") for reason in reasons), reasons
    assert post("/v2/enqueue", b"x" * (600 << 10))[0] in (400, 413)
    assert post("/v2/enqueue", event | {"event_action": "resolve"})[0] == 202 and listed("pd") == []
    del event["dedup_key"]
    event["payload"]["timestamp"] = "9999-01-01T00:00:00Z"
    keys = {json.loads(post("/v2/enqueue", event)[2])["dedup_key"] for _ in range(2)}
    assert len(keys) == 1 and len(listed("pd")) == 1, "the same event sent again is the same alert"
    said = rig.command("alert", "inbound").stdout
    assert "fires since 9999-01-01 00:00 UTC (in the future by its sender's clock), last heard" in said, said


def cloud_events_in_three_modes():
    event = {"specversion": "1.0", "id": "7", "source": "/backup", "type": "com.acme.backup.raised",
             "subject": "nightly", "data": {"summary": "No backup", "severity": "high"}}
    batch = [event, event | {"id": "8", "subject": "weekly"}]
    status, _, text = post("/in/ce", batch, Content_Type="application/cloudevents-batch+json", **bearer("ce"))
    assert status == 200 and json.loads(text)["fired"] == 2, (status, text)
    binary = {"ce_id": "9", "ce_source": "/backup", "ce_type": "com.acme.backup.changed", "ce_specversion": "1.0",
              "ce_subject": "nigh%74ly"} | bearer("ce")
    status, _, text = post("/in/ce", {"status": "resolved"}, **binary)
    assert status == 200 and json.loads(text)["resolved"] == 1, (status, text)
    status, _, text = post("/in/ce", {"status": "perhaps"}, **binary)
    assert status == 400 and "data.status" in text, (status, text)
    kind = {"Content_Type": "application/cloudevents+json"} | bearer("ce")
    bare = binary | {"ce_type": "com.acme.backup.raised", "Content_Type": "text/plain"}
    assert post("/in/ce", b"", **bare)[0] == 200 and len(listed("ce")) == 2, listed("ce")
    status, _, text = post("/in/ce", b"<a/>", **bare | {"Content_Type": "application/xml"})
    assert status == 415 and "read here are JSON" in text, (status, text)
    packed = {key: value for key, value in event.items() if key != "data"} | {
        "type": "com.acme.backup.changed", "data_base64": "eyJzdGF0dXMiOiJyZXNvbHZlZCJ9"}
    status, _, text = post("/in/ce", packed, **kind)
    assert status == 200 and json.loads(text)["resolved"] == 1, (status, text)
    assert post("/in/ce", event | {"specversion": "0.3"}, **kind)[0] == 400
    assert post("/in/ce", batch, **kind)[0] == 400
    status, _, text = post("/in/ce", [event, {}], Content_Type="application/cloudevents-batch+json", **bearer("ce"))
    assert status == 400 and text.startswith("Event 2 of the batch, of which nothing is taken: "), (status, text)
    assert post("/in/ce", event, **bearer("ce"))[0] == 415
    status, _, text = post("/in/ce", event | {"id": "10", "type": "com.acme.backup.cleared", "subject": "weekly"}, **kind)
    assert status == 200 and listed("ce") == [], (status, text)


def the_page_keeps_them_apart_and_closes():
    page = rig.page()
    said = page.get(id="inbound").text()
    assert "Alerts from elsewhere" in said and "Replica is <late>" in said and "last heard" in said, said
    status, raw = rig.ask("/")
    assert "Replica is &lt;late&gt;" in raw and "javascript:" not in raw
    key = listed("pd")[0]["key"]
    assert "needs a reason" in rig.refused(2, "alert", "close", "pd", key, "--reason", " ")
    assert "no open alert" in rig.refused(2, "alert", "close", "pd", "none", "--reason", "x")
    status, text = rig.ask("/do/alert/close", body=f"sender=pd&key={key}&reason=seen&back=/".encode())
    assert status in (200, 303), (status, text)
    done = rig.command("alert", "close", "hook", listed("hook")[0]["key"][:8], "--reason", "the deploy was taken back")
    assert done.returncode == 0, done
    assert listed("pd") == [] and listed("hook") == [] and len(rig.events("inbound.closed")) == 2


def too_many_are_told_to_come_again():
    for part in range(2):
        many = [alert("Flood", f"flood{part}-{i}") for i in range(600)]
        status, headers, text = post("/in/am", webhook(*many, group="flood"), **bearer("am"))
    assert status == 503 and headers["Retry-After"] and "too many are open" in text, (status, text)
    assert len(listed("am")) == 1000 and len(facts("inbound.fired", "am")) >= 1000
    assert "more are open" in rig.page().get(id="inbound").text()
    again()
    assert len(listed("am")) == 1000
    over = [one | {"status": "resolved"} for one in many]
    assert post("/in/am", webhook(*over, group="flood"), **bearer("am"))[0] == 200
    status, _, text = post("/in/am", webhook(*many[:5], alert("Flood", "anew"), group="flood"), **bearer("am"))
    assert status == 200 and json.loads(text)["fired"] == 1, text
    assert rig.is_whole()


def a_full_disk_is_503_and_nothing_is_lost():
    global rig
    if not bad_rig.can_mount():
        raise lib.Skip("no volume of its own can be mounted here")
    before = rig
    try:
        with bad_rig.FullDisk(MORE, environment=VARIABLES) as rig:
            rig.disk("fill")

            def is_told_to_come_again():
                """Small facts fit into what is left of the last page of the file; many do not."""
                many = [alert("Full", f"{time.monotonic()}-{i}") for i in range(50)]
                status, headers, text = post("/in/graf2", webhook(*many, version="1"), **bearer("am"))
                assert status in (200, 503), (status, text)
                return status == 503 and headers["Retry-After"] and "send it again" in text and many
            many = within(30, is_told_to_come_again, "503")
            rig.disk("free")
            within(30, lambda: post("/in/graf2", webhook(*many, version="1"), **bearer("am"))[0] == 200, "200")
            keys = {one["key"] for one in rig.api("alert/inbound")[1]}
            assert {one["fingerprint"] for one in many} <= keys
    finally:
        rig = before


VARIABLES = {name.upper(): value for name, value in SECRET.items()}
MORE = bad_rig.PEOPLE + "senders:\n" + "".join(f"  - {{ name: {name}, {rest} }}\n" for name, rest in (
    ("am", 'alerts: alertmanager, token: "env:AM", opens: critical'), ("graf", 'alerts: grafana, secret: "env:GRAF"'),
    ("grafts", 'alerts: grafana, secret: "env:GRAFTS", timestamp_header: X-Signed-At'),
    ("graf2", 'alerts: grafana, token: "env:AM"'), ("pd", 'alerts: pagerduty, token: "env:PD"'), ("ce", 'alerts: cloudevents, token: "env:CE"'),
    ("map", 'alerts: alertmanager, token: "env:AM", opens: {page: P0, ticket: P1, info: nothing, default: critical}'),
    ("pdmap", 'alerts: pagerduty, token: "env:PDMAP", opens: {critical: P0, error: P0, info: nothing, default: P1}'),
    ("cemap", 'alerts: cloudevents, token: "env:CE", opens: {info: nothing, default: P1}'),
    ("hook", 'alerts: cloudevents, secret: "env:HOOK", opens: P1')))
tests = [alertmanager_fires_and_resolves_over_kills, the_alert_says_what_it_opens, repeats_are_no_facts, late_ends_of_older_firings_change_nothing,
         who_is_not_known_is_refused_and_counted, bad_bodies_are_refused_whole, grafana_signs, slack_signs, pagerduty_events, cloud_events_in_three_modes,
         the_page_keeps_them_apart_and_closes, too_many_are_told_to_come_again, a_full_disk_is_503_and_nothing_is_lost]
with bad_rig.Rig(MORE, environment=VARIABLES) as rig:
    lib.run_tests(tests)
