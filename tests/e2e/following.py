# following.py - what PagerDuty keeps open follows the incident: acknowledged, resolved, merged, over
# kill -9 and outages, several people by one routing key, tests. Against the stand-in of
# tests/vendors/paging.py, which keeps the state of each alert. The tests are the steps of one story.
# Usage: following.py BUILD_FOLDER
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import within  # noqa: E402

sys.path.insert(0, os.path.join(lib.SOURCE, "tests", "vendors"))
import paging  # noqa: E402

ROUTING = "R0123456789abcdef0123456789abcde"
build = sys.argv[1]


class Company:
    def __init__(self):
        self.duty = paging.PagerDuty(ROUTING)
        self.folder = tempfile.mkdtemp(prefix="reeve-following-")
        self.port = lib.free_port()
        self.write("RUNBOOK.md", "# Ours\n\n### Severity Levels\n- **P1 (High)**: Bad\n"
                   "  - Response time: 60 minutes\n")
        self.write("reeve.yaml", f"""runbook: RUNBOOK.md
ledger: reeve.db
listen: 127.0.0.1:{self.port}
access: {{ page_token: always }}
providers:
  - {{ name: duty, kind: pagerduty, url: "{self.duty.url}" }}
people:
  ana: {{ pagerduty: env:ROUTING }}
  ben: {{ pagerduty: env:ROUTING }}
on_call: {{ primary: ana, secondary: ben }}
incidents: {{ repeat: 30 min }}
""")
        for program in ("main/reeve", "worker/reeve-work"):
            shutil.copy(f"{build}/src/{program}", self.folder)
        if os.geteuid() == 0:
            os.chown(self.folder, 65534, 65534)
        self.environment = {**os.environ, "ROUTING": ROUTING}
        self.process = None

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def nobody(self):
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        return drop if os.geteuid() == 0 else []

    def start(self):
        with open(f"{self.folder}/log", "ab") as log:
            self.process = subprocess.Popen([*self.nobody(), "./reeve", "serve"], cwd=self.folder,
                                            stdout=subprocess.PIPE, stderr=log, env=self.environment)
        assert "Reeve is at" in self.process.stdout.readline().decode(), open(f"{self.folder}/log").read()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    def stop(self):
        code = 0
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(20)
        return code

    def reeve(self, *arguments):
        done = subprocess.run([*self.nobody(), "./reeve", *arguments], cwd=self.folder, timeout=60,
                              env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, (arguments, done)
        return done.stdout

    def facts(self, kind, **fields):
        leaves = map(json.loads, self.reeve("ledger", "show", "--last", "100000", "--json").splitlines())
        return [leaf for leaf in leaves if leaf["kind"] == kind and
                all(leaf["data"].get(name) == value for name, value in fields.items())]

    def state(self, number, person="ana"):
        return self.duty.alerts.get(f"reeve-{number}-{person}-pagerduty")

    def becomes(self, number, state, person="ana", seconds=20):
        within(seconds, lambda: self.state(number, person) == state,
               f"{person}'s alert of incident {number} to be {state}, not {self.state(number, person)}")


def declare(title):
    """Its number; PagerDuty has it."""
    company.reeve("incident", "declare", title, "--severity", "P1")
    number = company.facts("incident.opened")[-1]["data"]["number"]
    company.becomes(number, "triggered")
    return number


def it_is_acknowledged_and_resolved_with_its_incident():
    company.start()
    number = declare("Checkout is down")
    time.sleep(2)
    assert company.state(number) == "triggered" and not company.facts("page.following")
    company.reeve("incident", "ack", str(number))
    company.becomes(number, "acknowledged")
    company.reeve("incident", "resolve", str(number), "a cable")
    company.becomes(number, "resolved")
    within(10, lambda: company.facts("page.followed", action="resolved"), "the fact")
    said = company.reeve("ledger", "show", "--subject", f"incident:{number}")
    assert "The alert of ana at pagerduty is acknowledged (duty: 202)." in said, said
    assert "The alert of ana at pagerduty is resolved (duty: 202)." in said, said


def a_merged_one_is_resolved_and_the_other_one_goes_on():
    door, gate = declare("The door is stuck"), declare("The gate is stuck")
    company.reeve("incident", "merge", str(door), str(gate), "the door is the gate")
    company.becomes(door, "resolved")
    assert company.state(gate) == "triggered", company.duty.story
    company.reeve("incident", "resolve", str(gate), "oiled")
    company.becomes(gate, "resolved")


def one_routing_key_of_two_people_is_two_alerts():
    number = declare("The lift is stuck")
    company.reeve("incident", "page", str(number), "ben")
    company.becomes(number, "triggered", "ben")
    company.reeve("oncall", "override", "primary", "ben", "--for", "1h", "--reason", "ana sleeps")
    company.becomes(number, "resolved")  # ana is not on call for it any more
    assert company.state(number, "ben") == "triggered", company.duty.story
    company.reeve("incident", "ack", str(number))
    company.becomes(number, "acknowledged", "ben")
    company.reeve("incident", "resolve", str(number), "it moves")
    company.becomes(number, "resolved", "ben")
    company.reeve("oncall", "undo", "1")


def a_kill_between_the_acknowledgement_and_its_telling_loses_nothing():
    number = declare("The till is slow")
    company.duty.behave("silent")  # it hears and does not answer
    company.duty.follow = lambda *_: None
    company.reeve("incident", "ack", str(number))
    within(10, lambda: company.facts("page.following", action="acknowledged",
                                     page=f"{number}-ana-pagerduty-1"), "its beginning")
    company.kill()
    del company.duty.follow
    company.duty.behave("ok")
    assert company.state(number) == "triggered"
    company.start()
    company.becomes(number, "acknowledged")
    tries = [fact["data"]["try"] for fact in
             company.facts("page.following", page=f"{number}-ana-pagerduty-1")]
    assert tries == [1, 2], tries
    company.reeve("incident", "resolve", str(number), "faster")
    company.kill()  # at once
    company.start()
    company.becomes(number, "resolved")


def an_outage_is_waited_for():
    number = declare("The shelf is empty")
    company.duty.behave(503, (429, {"Retry-After": "12"}), "ok")
    company.reeve("incident", "ack", str(number))
    company.becomes(number, "acknowledged", seconds=90)
    failed = company.facts("page.follow-failed", page=f"{number}-ana-pagerduty-1")
    assert [fact["data"]["final"] for fact in failed] == [False, False], failed
    assert failed[0]["data"]["error"].startswith("duty: 503"), failed
    assert failed[1]["data"]["wait_ms"] == 12000, failed
    # A page that did not get through is not sent after the end, and nothing is resolved.
    company.reeve("incident", "resolve", str(number), "filled")
    company.becomes(number, "resolved")
    company.duty.behave(503)
    company.reeve("incident", "declare", "The bell rings", "--severity", "P1")
    number = company.facts("incident.opened")[-1]["data"]["number"]
    within(20, lambda: company.facts("page.failed", page=f"{number}-ana-pagerduty-1"), "the failure")
    company.reeve("incident", "resolve", str(number), "it does not")
    company.duty.behave("ok")
    time.sleep(13)
    assert company.state(number) is None, company.duty.story
    assert not company.facts("page.following", page=f"{number}-ana-pagerduty-1")


def a_test_leaves_no_alert_open():
    company.reeve("page", "test", "ana")
    company.becomes(0, "resolved")
    actions = [action for action, key in company.duty.story if key == "reeve-0-ana-pagerduty"]
    assert actions == ["trigger", "resolve"], actions


def nothing_was_ended_that_was_not_begun():
    assert not company.duty.unknown, company.duty.unknown
    ended = set()
    for action, key in company.duty.story:  # no trigger after its end but by a new attempt
        assert action != "trigger" or key not in ended, company.duty.story
        ended |= {key} if action == "resolve" else set()
    # What was told of a hand-over rings for ten minutes.
    open_ones = {key for key, state in company.duty.alerts.items() if state != "resolved"}
    assert all(key.startswith("reeve-h") for key in open_ones), company.duty.alerts
    assert company.stop() == 0
    assert not lib.complaints(company.folder)
    shutil.rmtree(company.folder, ignore_errors=True)


company = Company()
try:
    lib.run_tests([it_is_acknowledged_and_resolved_with_its_incident,
                   a_merged_one_is_resolved_and_the_other_one_goes_on,
                   one_routing_key_of_two_people_is_two_alerts,
                   a_kill_between_the_acknowledgement_and_its_telling_loses_nothing,
                   an_outage_is_waited_for, a_test_leaves_no_alert_open,
                   nothing_was_ended_that_was_not_begun])
finally:
    company.stop()
