# silence.py - silences on the real daemon: by the command line and by the page's form, over a kill; a fault that
# outlives its silence; a rule that depends on another. Usage: silence.py BUILD_FOLDER
import http.server
import json
import sys
import threading
import urllib.parse

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = sys.argv[1]
bad_rig.build = build
RUNBOOK = bad_rig.RUNBOOK + "- Queue depth > 100\n"
shown = {"disk_share": 0.2, "queue_depth": 5}
rig = None


class Target(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in shown.items())
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def said(*words, code=0):
    done = rig.command(*words)
    assert done.returncode == code, (words, done)
    return done.stdout


def rule(title):
    return next(one for one in json.loads(said("alert", "list", "--json")) if one["title"].startswith(title))


def incidents():
    return json.loads(said("incident", "list", "--json"))


def line_page(title):
    status, text = rig.ask(f"/lines/{rule(title)['rule']}")
    assert status == 200, (status, text)
    return text


def a_silenced_rule_fires_and_pages_nobody():
    within(30, lambda: rule("Disk")["truth"] == "false", "a reading")
    assert "needs a reason" in rig.refused(2, "silence", "add", "disk usage", "--for", "2h", "--reason", " ")
    said("silence", "add", "disk usage", "--for", "1h", "--reason", "a new disk comes")
    shown["disk_share"] = 0.9
    within(30, lambda: rule("Disk")["state"] == "firing", "the rule to fire")
    assert rule("Disk")["silence"] == 1 and "a new disk comes" in rule("Disk")["progress"], rule("Disk")
    assert incidents() == []
    assert "a new disk comes" in said("silence", "list")
    page = line_page("Disk")
    assert 'action="/do/silence/end"' in page and "a new disk comes" in page, page


def a_kill_forgets_no_silence():
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    within(30, lambda: rule("Disk")["truth"] == "true", "a reading")
    assert rule("Disk")["silence"] == 1 and rule("Disk")["state"] == "firing", rule("Disk")
    assert incidents() == []


def the_end_of_a_silence_opens_the_incident_on_the_page():
    status, text = rig.ask("/do/silence/end", body=urllib.parse.urlencode({"number": 1}).encode())
    assert status in (200, 303), (status, text)
    within(20, lambda: len(incidents()) == 1, "the incident")
    assert len(rig.events("silence.ended")) == 1


def what_depends_on_it_joins_its_incident():
    shown["queue_depth"] = 500
    within(30, lambda: "follows from: Disk usage > 75%" in rule("Queue")["progress"], "the queue to follow")
    assert len(incidents()) == 1
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    within(30, lambda: rule("Queue")["truth"] == "true", "a reading")
    assert len(incidents()) == 1 and len(rig.events("incident.opened")) == 1
    assert len(rig.events("incident.followed")) == 1


def the_form_of_a_line_silences_it():
    fields = {"what": rule("Queue")["rule"], "for": "30m", "reason": "by the <page>"}
    assert 'action="/do/silence/add"' in line_page("Queue")
    status, text = rig.ask("/do/silence/add", body=urllib.parse.urlencode(fields).encode())
    assert status in (200, 303), (status, text)
    assert rule("Queue")["silence"] == 2, rule("Queue")
    page = line_page("Queue")
    assert "by the &lt;page&gt;" in page and "by the <page>" not in page, page


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
threading.Thread(target=server.serve_forever, daemon=True).start()
MORE = bad_rig.PEOPLE + f"""
targets: [{{ name: shop, url: "http://127.0.0.1:{server.server_address[1]}/metrics", every: 1 s }}]
signals: {{ disk usage: {{ gauge: disk_share }}, queue depth: {{ gauge: queue_depth }} }}
depends: {{ queue depth: disk usage }}
"""
tests = [a_silenced_rule_fires_and_pages_nobody, a_kill_forgets_no_silence,
         the_end_of_a_silence_opens_the_incident_on_the_page, what_depends_on_it_joins_its_incident,
         the_form_of_a_line_silences_it]
bad_rig.RUNBOOK = RUNBOOK
with bad_rig.Rig(MORE) as rig:
    lib.run_tests(tests)
