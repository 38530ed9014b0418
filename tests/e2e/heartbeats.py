# heartbeats.py - jobs that have to be heard of, through the whole of `reeve serve`: what they say by
# HTTP is durable when it is answered, lateness, failure and overrun open an incident and page, and
# SIGKILL at any moment neither forgets a beat nor begins a period anew.
# The tests are the steps of one story and stand in its order. Usage: heartbeats.py BUILD_FOLDER
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import ask, free_port, within  # noqa: E402

TOKEN = "0123456789abcdef-nightly"
OTHER = "fedcba9876543210-report"


class Hook(http.server.BaseHTTPRequestHandler):
    bodies = []

    def do_POST(self):
        Hook.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


class Company:
    def __init__(self, build):
        self.hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        threading.Thread(target=self.hook.serve_forever, daemon=True).start()
        self.port = free_port()
        self.page = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.mkdtemp(prefix="reeve-heartbeats-")
        self.write("RUNBOOK.md", "# Ours\n\n### Severity Levels\n- **P1 (High)**: Bad\n"
                   "  - Response time: 15 minutes\n- **P3 (Low)**: Slow\n"
                   "  - Response time: 24 hours\n")
        self.write("backup.token", TOKEN + "\n")
        os.chmod(f"{self.folder}/backup.token", 0o600)
        self.configure("6 s")
        for program in ("main/reeve", "worker/reeve-work"):
            shutil.copy(f"{build}/src/{program}", self.folder)
        if os.geteuid() == 0:
            for name in ("", "backup.token"):
                os.chown(f"{self.folder}/{name}", 65534, 65534)
        self.log = open(f"{self.folder}/log", "ab")
        self.environment = {**os.environ, "REPORT": OTHER, "HOOK": "a-key-of-sixteen-bytes"}
        self.process = None
        self.start()

    def configure(self, every):
        self.write("reeve.yaml", f"""runbook: RUNBOOK.md
ledger: reeve.db
listen: 127.0.0.1:{self.port}
access: {{ page_token: always }}
heartbeats:
  nightly-backup: {{ every: {every}, grace: 1 s, longest: 3 s, token: "file:backup.token", opens: P1 }}
  report: {{ cron: "0 3 * * *", zone: Europe/Berlin, token: "env:REPORT" }}
people:
  ana: {{ webhook: {{ url: "http://127.0.0.1:{self.hook.server_address[1]}/", key: "env:HOOK" }} }}
on_call: {{ primary: ana }}
""")

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def drop(self):
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        return nobody if os.geteuid() == 0 else []

    def start(self):
        self.process = subprocess.Popen([*self.drop(), "./reeve", "serve"], cwd=self.folder,
                                        stdout=subprocess.PIPE, stderr=self.log, env=self.environment)
        said = self.process.stdout.readline().decode()
        where = re.search(r"\?token=(\S+)", said)
        assert "Reeve is at" in said, (said, open(f"{self.folder}/log").read())
        if where:
            self.token = where[1]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def reeve(self, *arguments, codes=(0,)):
        done = subprocess.run([*self.drop(), "./reeve", *arguments, "--json"], cwd=self.folder,
                              env=self.environment, timeout=60, capture_output=True, text=True)
        assert done.returncode in codes, (arguments, done)
        assert TOKEN not in done.stdout + done.stderr, done
        if arguments[0] == "ledger":
            return [json.loads(line) for line in done.stdout.splitlines()]
        return json.loads(done.stdout) if done.stdout else {}

    def beat(self, *words, name="nightly-backup", token=TOKEN):
        return ask("/".join([self.page, "beat", name, token, *words]))

    def heartbeat(self, name="nightly-backup"):
        return self.reeve("heartbeat", "show", name)

    def kinds(self):
        facts = self.reeve("ledger", "show", "--subject", "heartbeat:nightly-backup")
        return [fact["kind"] for fact in facts]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return code


def one_that_was_never_heard_of_is_not_late_at_once():
    first = company.heartbeat()
    assert first["state"] == "never heard of" and first["well"], first
    assert company.heartbeat("report")["due"], company.heartbeat("report")
    assert company.reeve("incident", "list") == []


def every_form_of_a_beat_is_taken():
    status, text = company.beat()
    assert (status, text) == (200, "ok\n"), (status, text)
    for method in ("GET", "HEAD", "POST"):
        request = urllib.request.Request(f"{company.page}/beat/nightly-backup", method=method,
                                         headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200, method
    assert company.beat("start")[0] == 200
    within(5, lambda: company.heartbeat()["state"] == "running", "running")
    assert company.beat("0")[0] == 200
    within(5, lambda: company.heartbeat()["state"] == "on time", "on time")


def whoever_has_no_token_is_refused_and_counted():
    wrong = [company.beat(token="0123456789abcdef-nightlx"), company.beat(token=OTHER),
             company.beat(name="nobody"), ask(f"{company.page}/beat/nightly-backup"),
             ask(f"{company.page}/beat/nightly-backup", headers={"Authorization": "Bearer x"}),
             company.beat("256"), company.beat("start", "now")]
    assert {status for status, _ in wrong} == {404}, wrong
    assert len({text for _, text in wrong}) == 1, wrong
    request = urllib.request.Request(f"{company.page}/beat/nightly-backup/{TOKEN}", method="DELETE")
    try:
        urllib.request.urlopen(request, timeout=10)
        raise AssertionError("DELETE was taken")
    except urllib.error.HTTPError as error:
        assert error.code == 405, error


def a_late_one_opens_an_incident_and_pages():
    company.beat()
    heard = company.heartbeat()["last"]
    within(20, lambda: company.heartbeat()["state"] == "late", "late")
    found = within(10, lambda: company.reeve("incident", "list"), "the incident")
    assert found[0]["title"] == "Heartbeat nightly-backup is late", found
    assert found[0]["severity"] == "P1", found
    within(20, lambda: any("nightly-backup is late" in body for body in Hook.bodies), "the page")
    assert company.heartbeat()["last"] == heard
    assert company.reeve("heartbeat", "list", codes=(1,))[0]["incident"] == 1


def a_kill_forgets_no_lateness():
    before = company.kinds()
    company.kill()
    away = company.reeve("heartbeat", "show", "nightly-backup")
    assert away["state"] == "late" and away["last"], away
    company.start()
    within(10, lambda: company.heartbeat()["state"] == "late", "late")
    time.sleep(1)
    assert company.kinds() == before, company.kinds()
    assert len(company.reeve("incident", "list")) == 1


def it_is_over_when_the_beat_comes_back():
    assert company.beat()[0] == 200
    within(5, lambda: company.heartbeat()["state"] == "on time", "on time")
    within(10, lambda: company.reeve("incident", "list")[0]["state"] == "mitigated", "mitigated")
    assert company.kinds()[-1] == "beat.back", company.kinds()


def an_exit_code_is_a_failure_at_once_and_reopens_it():
    assert company.beat("3")[0] == 200
    within(5, lambda: company.heartbeat()["state"] == "failing", "failing")
    assert company.heartbeat()["problem"] == "The job ended with exit code 3.", company.heartbeat()
    within(10, lambda: company.reeve("incident", "list")[0]["state"] != "mitigated", "reopened")
    assert len(company.reeve("incident", "list")) == 1
    story = json.dumps(company.reeve("ledger", "show", "--subject", "incident:1"))
    assert "on line 0" not in story, story
    company.beat()
    within(10, lambda: company.reeve("incident", "list")[0]["state"] == "mitigated", "mitigated")


def a_job_that_begins_and_does_not_end_runs_too_long():
    company.beat("start")
    within(10, lambda: company.heartbeat()["state"] == "running too long", "too long")
    company.beat()
    within(5, lambda: company.heartbeat()["state"] == "on time", "on time")


def a_beat_that_was_answered_survives_a_kill():
    for _ in range(5):
        assert company.beat()[0] == 200
        heard = company.heartbeat()["last"]
        company.kill()
        company.start()
        assert company.heartbeat()["last"] == heard
    within(15, lambda: company.heartbeat()["state"] == "late", "a period that ran on")
    company.beat()


def a_thousand_beats_are_few_writes_and_no_facts():
    before = len(company.kinds())
    inode = set()
    begun = time.monotonic()

    answers = []

    def send():
        answers.extend(company.beat() for _ in range(125))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        inode.add(os.stat(f"{company.folder}/heartbeats").st_mtime_ns)
        time.sleep(0.005)
    took = time.monotonic() - begun
    assert answers == [(200, "ok\n")] * 1000, [one for one in answers if one[0] != 200][:3]
    assert len(inode) <= took / 0.05 + 2, (len(inode), took)
    print(f"# 1,000 beats in {took:.1f} s, {len(inode)} writes", flush=True)
    assert company.heartbeat()["state"] == "on time"
    assert len(company.kinds()) - before <= 2, company.kinds()


def a_damaged_file_is_said_and_gives_one_period():
    company.kill()
    path = f"{company.folder}/heartbeats"
    text = open(path).read()
    with open(path, "w") as file:
        file.write(text.replace("beat nightly", "beat nightlx", 1))
    company.start()
    assert company.heartbeat()["state"] == "never heard of"
    assert "heard of heartbeats before is lost" in open(f"{company.folder}/log").read()
    assert company.kinds()[-1] == "beat.expected", company.kinds()
    assert company.beat()[0] == 200


def another_period_in_the_configuration_begins_now():
    company.configure("1 h")
    company.kill()
    company.start()
    within(5, lambda: company.kinds()[-1] == "beat.expected", "expected")
    assert company.heartbeat()["plan"] == "every 1 h"


def page_api_and_text_show_them_and_no_token():
    headers = {"Authorization": f"Bearer {company.token}"}
    status, text = ask(company.page, headers=headers)
    assert status == 200 and "nightly-backup" in text and "Jobs that have to be heard of" in text
    status, api = ask(f"{company.page}/api/heartbeat/list", headers=headers, body=b"{}")
    assert status == 200 and "nightly-backup" in api, api
    shown = subprocess.run([*company.drop(), "./reeve", "heartbeat", "show", "report"], text=True,
                           cwd=company.folder, env=company.environment, capture_output=True)
    assert "cron 0 3 * * * in Europe/Berlin" in shown.stdout and "/beat/report/TOKEN" in shown.stdout
    company.reeve("heartbeat", "show", "nobody", codes=(2,))
    for name in os.listdir(company.folder):
        path = f"{company.folder}/{name}"
        if os.path.isfile(path) and name != "backup.token":
            content = open(path, "rb").read()
            assert TOKEN.encode() not in content and OTHER.encode() not in content, name
    assert TOKEN not in text + api


def restarts_begin_no_period_of_one_that_was_never_heard_of():
    other = Company(sys.argv[1])
    try:
        for _ in range(3):
            within(10, lambda: other.heartbeat("report")["due"], "the heartbeats")
            other.kill()
            other.start()
        within(10, lambda: other.heartbeat("report")["due"], "the heartbeats")
        time.sleep(1)
        facts = [fact["kind"] for fact in other.reeve("ledger", "show", "--subject", "heartbeat:report")]
        assert facts == ["beat.expected"], facts
        assert "is lost" not in open(f"{other.folder}/log").read(), open(f"{other.folder}/log").read()
    finally:
        other.stop()


def it_ends_as_it_is_told():
    assert company.stop() == 0


company = Company(sys.argv[1])
try:
    lib.run_tests([one_that_was_never_heard_of_is_not_late_at_once, every_form_of_a_beat_is_taken,
                   whoever_has_no_token_is_refused_and_counted,
                   a_late_one_opens_an_incident_and_pages, a_kill_forgets_no_lateness,
                   it_is_over_when_the_beat_comes_back,
                   an_exit_code_is_a_failure_at_once_and_reopens_it,
                   a_job_that_begins_and_does_not_end_runs_too_long,
                   a_beat_that_was_answered_survives_a_kill,
                   a_thousand_beats_are_few_writes_and_no_facts,
                   a_damaged_file_is_said_and_gives_one_period,
                   another_period_in_the_configuration_begins_now,
                   page_api_and_text_show_them_and_no_token,
                   restarts_begin_no_period_of_one_that_was_never_heard_of, it_ends_as_it_is_told])
finally:
    company.stop()
