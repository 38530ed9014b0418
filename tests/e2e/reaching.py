# reaching.py - ways to reach people, through the real worker and the real daemon, against programs
# that stand in for Twilio, Slack, ntfy, Pushover, PagerDuty, a gateway and webhooks of chats: well,
# overrun, out of order, silent, half open, without a connection, behind a strange certificate.
# The tests of the daemon are the steps of one story. Usage: reaching.py BUILD_FOLDER
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import Skip, ask, within  # noqa: E402

sys.path.insert(0, os.path.join(lib.SOURCE, "tests", "vendors"))
import paging  # noqa: E402
import slack as slack_vendor  # noqa: E402

ACCOUNT, TOKEN = "AC0123456789abcdef0123456789abcdef", "twilio-token-0123456789"
BOT, NTFY, APP, GATE = "xoxb-bot-0123456789", "tk_ntfy-0123456789", "a" * 30, "gate-0123456789"
USER, MEMBER, PHONE = "u" * 30, "U024BE7LH", "+38640123456"
ROUTING = "R0123456789abcdef0123456789abcde"
METER, WATCH = "meter-0123456789abcdef", "watch-0123456789abcdef"
LINK = "https://reeve.example/ack/abc.def"
build = sys.argv[1]


def nobody():
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    return drop if os.geteuid() == 0 else []


# --- the worker ---

def perform(method, providers, to=PHONE, deadline_ms=3000, tokens=(), secret_to="", **body):
    """The worker's answer to one order."""
    order = {"body": {"method": method, "to": to, "title": "[P1] Incident 12: a < b",
                      "text": f"P1 incident 12 is open: a < b\nAcknowledge: {LINK}", "link": LINK,
                      "key": "incident-12", "rank": 1, "over": False, "providers": providers,
                      **body},
             "deadline_ms": deadline_ms, "id": "12-ana-x-1", "kind": "page.way",
             "secrets": {**{f"token{i}": token for i, token in enumerate(tokens)},
                         **({"to": secret_to} if secret_to else {})}}
    started = time.monotonic()
    done = subprocess.run([f"{build}/src/worker/reeve-work", "-v"], input=json.dumps(order),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    for token in (*tokens, "secret-hook"):  # not with -v either
        assert token not in done.stdout + done.stderr, done
    return {**json.loads(done.stdout), "seconds": time.monotonic() - started}


def twilio(vendor, **more):
    return {"kind": "twilio", "name": "twilio", "url": vendor.url, "account": ACCOUNT,
            "from": "+12025550100", **more}


def gateway(vendor, **more):
    return {"kind": "gateway", "name": "spare", "url": f"{vendor.url}/send",
            "form": {"to": "{to}", "text": "{text}"}, **more}


def every_provider_takes_what_it_is_sent():
    sms, slack = paging.Twilio(ACCOUNT, TOKEN), slack_vendor.Slack(BOT, {MEMBER})
    push, over, duty = paging.Ntfy(NTFY), paging.Pushover(APP, {USER}), paging.PagerDuty(ROUTING)
    answer = perform("sms", [twilio(sms)], tokens=[TOKEN])
    assert answer["outcome"] == "done", answer
    assert answer["detail"] == f"twilio: 201 SM{1:032d} queued", answer
    assert sms.taken[0]["Body"].endswith(LINK) and sms.taken[0]["To"] == PHONE, sms.taken
    answer = perform("voice", [twilio(sms)], tokens=[TOKEN], text='Incident 12: a < b & "c"')
    assert answer["outcome"] == "done" and sms.taken[1]["spoken"] == ['Incident 12: a < b & "c"'], \
        (answer, sms.taken)
    answer = perform("slack", [{"kind": "slack", "name": "bot", "url": slack.url}], MEMBER,
                     tokens=[BOT])
    assert answer["outcome"] == "done" and "a &lt; b" in slack.taken[0]["text"], (answer, slack.taken)
    answer = perform("ntfy", [{"kind": "ntfy", "name": "push", "url": push.url}], "ana",
                     tokens=[NTFY])
    assert answer["outcome"] == "done" and push.taken[0]["click"] == LINK, (answer, push.taken)
    assert push.taken[0]["priority"] == 4, push.taken
    answer = perform("ntfy", [{"kind": "ntfy", "name": "push", "url": "http://127.0.0.1:9"}],
                     f"{push.url}/ana", tokens=[NTFY])  # its own server wins
    assert answer["outcome"] == "done" and len(push.taken) == 2, answer
    answer = perform("pushover", [{"kind": "pushover", "name": "over", "url": over.url}], USER,
                     tokens=[APP])
    assert answer["outcome"] == "done" and over.taken[0]["priority"] == "1", (answer, over.taken)
    answer = perform("pagerduty", [{"kind": "pagerduty", "name": "duty", "url": duty.url}], ROUTING)
    assert answer["outcome"] == "done", answer
    answer = perform("pagerduty", [{"kind": "pagerduty", "name": "duty", "url": duty.url}], ROUTING,
                     act="resolve")
    assert [event["event_action"] for event in duty.taken] == ["trigger", "resolve"], duty.taken
    assert duty.alerts == {"reeve-incident-12": "resolved"} and not duty.unknown, duty.taken
    for kind in ("mattermost", "discord", "teams"):
        hook = paging.Hook(kind)
        answer = perform(kind, [{"kind": kind, "name": kind, "url": ""}], "",
                         secret_to=f"{hook.url}/hooks/secret-hook")
        assert answer["outcome"] == "done" and len(hook.taken) == 1, answer


def a_gateway_is_any_http():
    vendor = paging.Gateway(200)
    answer = perform("sms", [gateway(vendor, method="PUT", headers={"X-Key": "k {token}"})],
                     tokens=[GATE])
    assert answer["outcome"] == "done", answer
    took = vendor.taken[0]
    assert took["headers"]["X-Key"] == f"k {GATE}", took
    assert took["body"].startswith("to=%2B38640123456&text=P1%20incident"), took
    answer = perform("sms", [gateway(vendor, taken=[202])])
    assert answer["outcome"] == "refused" and answer["detail"].startswith("spare: 200"), answer
    provider = gateway(vendor, json='{"to": "{to}", "message": "{text}"}', user="me")
    del provider["form"]
    answer = perform("sms", [provider], tokens=[GATE])
    assert json.loads(vendor.taken[-1]["body"])["message"].endswith(LINK), vendor.taken[-1]
    assert vendor.taken[-1]["headers"]["Authorization"].startswith("Basic "), vendor.taken[-1]
    answer = perform("sms", [gateway(vendor, headers={"X-Key": "k {token}"})],
                     tokens=["gate\r\nX-Evil: 1"])
    assert answer["outcome"] == "refused", answer  # a header breaks out of nothing


def answers_that_say_no_are_told_apart():
    sms, slack = paging.Twilio(ACCOUNT, TOKEN), slack_vendor.Slack(BOT, {MEMBER})
    rows = [((429, {"Retry-After": "7"}), "failed", 7000), (429, "failed", None),
            (500, "failed", None), (503, "failed", None), (400, "refused", None),
            (401, "refused", None)]
    for how, outcome, wait_ms in rows:
        sms.behave(how)
        answer = perform("sms", [twilio(sms)], tokens=[TOKEN])
        assert (answer["outcome"], answer.get("wait_ms")) == (outcome, wait_ms), (how, answer)
    sms.behave("ok")
    answer = perform("sms", [twilio(sms)], tokens=["another-token-0123"])
    assert answer["outcome"] == "refused" and "20003" in answer["detail"], answer
    slack.behave((429, {"Retry-After": "30"}), "ok")
    bot = [{"kind": "slack", "name": "bot", "url": slack.url}]
    assert perform("slack", bot, MEMBER, tokens=[BOT])["wait_ms"] == 30000
    answer = perform("slack", bot, "U0000000", tokens=[BOT])
    assert answer["outcome"] == "refused", answer
    assert answer["detail"] == "bot: 200 channel_not_found", answer


def what_may_have_arrived_is_in_doubt_and_what_did_not_is_not():
    vendor = paging.Twilio(ACCOUNT, TOKEN)
    for how in ("silent", "half", "cut"):
        vendor.behave(how)
        answer = perform("sms", [twilio(vendor)], tokens=[TOKEN], deadline_ms=1200)
        assert answer["outcome"] == "doubted", (how, answer)
        assert answer["seconds"] < 4, answer
    answer = perform("sms", [twilio(vendor, url=paging.closed_port())], tokens=[TOKEN])
    assert answer["outcome"] == "failed" and "not asked" in answer["detail"], answer
    slack = slack_vendor.Slack(BOT, {MEMBER})
    slack.take = lambda *_: (200, b"<html>log in</html>")
    answer = perform("slack", [{"kind": "slack", "name": "bot", "url": slack.url}], MEMBER,
                     tokens=[BOT])
    assert answer["outcome"] == "doubted" and "no answer of Slack" in answer["detail"], answer


def a_strange_certificate_gets_nothing():
    if not shutil.which("openssl"):
        raise Skip("openssl is not installed")
    with tempfile.TemporaryDirectory() as folder:
        certificates = paging.make_certificates(folder)
        good = paging.Twilio(ACCOUNT, TOKEN, certificate_of=certificates["known"])
        bad = paging.Twilio(ACCOUNT, TOKEN, certificate_of=certificates["strange"])
        ca = certificates["known"][0]
        answer = perform("sms", [twilio(good, ca=ca)], tokens=[TOKEN])
        assert answer["outcome"] == "done", answer
        answer = perform("sms", [twilio(good)], tokens=[TOKEN])
        assert answer["outcome"] == "failed" and "certificate" in answer["detail"], answer
        answer = perform("sms", [twilio(bad, ca=ca)], tokens=[TOKEN])
        assert answer["outcome"] == "failed" and not bad.asked, (answer, bad.asked)
        # And the next provider carries it within the same attempt.
        spare = paging.Gateway()
        answer = perform("sms", [twilio(bad, ca=ca), gateway(spare)], tokens=[TOKEN])
        assert answer["outcome"] == "done" and len(spare.taken) == 1, answer


def providers_stand_in_for_each_other_within_one_attempt():
    first, spare = paging.Twilio(ACCOUNT, TOKEN), paging.Gateway()
    both = [twilio(first), gateway(spare)]
    for how in (503, (429, {"Retry-After": "600"}), 400, "silent", "cut"):
        first.behave(how)
        spare.taken.clear()
        answer = perform("sms", both, tokens=[TOKEN], deadline_ms=2400)
        assert answer["outcome"] == "done" and len(spare.taken) == 1, (how, answer)
        assert re.match(r"twilio: .*; spare: 202", answer["detail"]), answer
        assert answer["seconds"] < 3, (how, answer)  # a silent one does not use up all the time
    first.behave("ok")
    spare.taken.clear()
    assert perform("sms", both, tokens=[TOKEN])["outcome"] == "done" and not spare.taken
    rows = [(503, 400, "failed"), (400, 400, "refused"), ("cut", 400, "doubted")]
    for one, other, outcome in rows:
        first.behave(one)
        spare.behave(other)
        answer = perform("sms", both, tokens=[TOKEN])
        assert answer["outcome"] == outcome, (one, other, answer)
    first.behave((429, {"Retry-After": "20"}))
    spare.behave((429, {"Retry-After": "8"}))
    assert perform("sms", both, tokens=[TOKEN])["wait_ms"] == 8000


def the_stand_in_of_slack_answers_as_its_description_demands():
    description, jsonschema = lib.description_of("slack.json")
    call = description["paths"]["/api/chat.postMessage"]["post"]
    slack = slack_vendor.Slack(BOT, {MEMBER})
    assert perform("slack", [{"kind": "slack", "name": "bot", "url": slack.url}], MEMBER,
                   tokens=[BOT])["outcome"] == "done"
    asked = call["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.validate(slack.taken[0], {**asked, "components": description["components"]})
    assert set(slack.taken[0]) <= set(asked["properties"]), slack.taken
    for name in ("channel", "text"):
        assert name in slack.taken[0]


# --- the daemon ---

class Company:
    def __init__(self):
        self.sms, self.spare = paging.Twilio(ACCOUNT, TOKEN), paging.Gateway()
        self.slack, self.push = slack_vendor.Slack(BOT, {MEMBER}), paging.Ntfy(NTFY)
        self.over, self.duty = paging.Pushover(APP, {USER}), paging.PagerDuty(ROUTING)
        self.hooks = {kind: paging.Hook(kind) for kind in ("mattermost", "discord", "teams")}
        self.folder = tempfile.mkdtemp(prefix="reeve-reaching-")
        self.port, self.push_port = lib.free_port(), lib.free_port()
        self.page = f"http://127.0.0.1:{self.port}"
        self.write("RUNBOOK.md", "# Ours\n\n### Severity Levels\n- **P0 (Critical)**: Down\n"
                   "  - Response time: 15 minutes\n- **P1 (High)**: Bad\n"
                   "  - Response time: 15 minutes\n")
        self.write("reeve.yaml", f"""runbook: RUNBOOK.md
ledger: reeve.db
listen: 127.0.0.1:{self.port}
public_url: {self.page}
access: {{ page_token: always }}
collect: {{ listen: "127.0.0.1:{self.push_port}" }}
senders:
  - {{ name: meter, token: env:METER, every: 1 s, accepts: exposition }}
  - {{ name: watch, token: env:WATCH, alerts: alertmanager, opens: P1 }}
providers:
  - {{ name: twilio, kind: twilio, url: "{self.sms.url}", account: {ACCOUNT}, token: env:TWILIO, \
from: "+12025550100", replies: yes }}
  - {{ name: spare, kind: gateway, url: "{self.spare.url}/send", token: env:GATE, \
headers: {{ X-Key: "{{token}}" }}, form: {{ to: "{{to}}", text: "{{text}}" }} }}
  - {{ name: bot, kind: slack, url: "{self.slack.url}", token: env:BOT }}
  - {{ name: push, kind: ntfy, url: "{self.push.url}", token: env:NTFY }}
  - {{ name: over, kind: pushover, url: "{self.over.url}", token: env:APP }}
  - {{ name: duty, kind: pagerduty, url: "{self.duty.url}" }}
people:
  ana:
    phone: {PHONE}
    slack: {MEMBER}
    ntfy: ana-pages
    pushover: {USER}
    pagerduty: env:ROUTING
    mattermost: env:MATTERMOST
    discord: env:DISCORD
    teams: env:TEAMS
  ben: {{ phone: "+12025550123", slack: U0000000, contact: [slack, sms, voice after 1 s] }}
  eva: {{ ntfy: eva }}
on_call: {{ primary: ben, secondary: eva }}
incidents: {{ repeat: 10 min, bundle: 3 s }}
""")
        for program in ("main/reeve", "worker/reeve-work"):
            shutil.copy(f"{build}/src/{program}", self.folder)
        if os.geteuid() == 0:
            os.chown(self.folder, 65534, 65534)
        self.environment = {**os.environ, "TWILIO": TOKEN, "BOT": BOT, "NTFY": NTFY, "APP": APP,
                            "METER": METER, "WATCH": WATCH, "GATE": GATE, "ROUTING": ROUTING,
                            **{kind.upper(): f"{hook.url}/hooks/{kind}-secret"
                               for kind, hook in self.hooks.items()}}
        self.process = None

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def start(self):
        with open(f"{self.folder}/log", "ab") as log:
            self.process = subprocess.Popen([*nobody(), "./reeve", "serve"], cwd=self.folder,
                                            stdout=subprocess.PIPE, stderr=log,
                                            env=self.environment)
        assert "Reeve is at" in self.process.stdout.readline().decode(), \
            open(f"{self.folder}/log").read()

    def reeve(self, *arguments, codes=(0,)):
        done = subprocess.run([*nobody(), "./reeve", *arguments], cwd=self.folder,
                              env=self.environment, timeout=60, capture_output=True, text=True)
        assert done.returncode in codes, (arguments, done)
        return done.stdout

    def facts(self, kind, **fields):
        leaves = map(json.loads, self.reeve("ledger", "show", "--last", "100000",
                                            "--json").splitlines())
        return [leaf for leaf in leaves if leaf["kind"] == kind and
                all(leaf["data"].get(name) == value for name, value in fields.items())]

    def ended(self, page):
        """How the page ended: (kind, detail or error); None: it has not."""
        for kind, field in (("page.sent", "detail"), ("page.failed", "error"),
                            ("page.doubted", "reason")):
            for fact in self.facts(kind, page=page):
                if kind == "page.sent" or fact["data"]["final"]:
                    return kind, fact["data"][field]
        return None

    def stop(self):
        code = 0
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(20)
        return code


def a_test_goes_by_every_way_and_the_facts_name_the_provider():
    company.start()
    company.reeve("page", "test", "ana")
    ways = {"ntfy": "push: 200", "sms": f"twilio: 201 SM{1:032d} queued",
            "voice": f"twilio: 201 CA{2:032d} queued", "slack": "bot: 200 1503435956.000001",
            "mattermost": "mattermost: 200", "discord": "discord: 200", "teams": "teams: 202",
            "pagerduty": "duty: 202", "pushover": "over: 200 r1"}
    for way, detail in ways.items():
        said = within(30, lambda: company.ended(f"0-ana-{way}-1"), f"the test by {way}")
        said = (said[0], re.sub(r"\b(SM|CA)0+[12]\b", lambda m: m[1] + "#", said[1]))
        assert said == ("page.sent", re.sub(r"\b(SM|CA)0+[12]\b", lambda m: m[1] + "#", detail)), \
            (way, said)
    assert "[test]" in company.push.taken[0]["title"], company.push.taken
    assert "This is a test call" in str([one.get("spoken") for one in company.sms.taken])


def check_says_whose_ways_nobody_has_proved():
    said = company.reeve("check", "RUNBOOK.md", "--config", "reeve.yaml")
    assert re.search(r'^reeve\.yaml:\d+:\d+: hint: ben is on call now \(the primary on call\), and by none of their '
                     r'ways was a page taken in the last 90 days; "reeve page test ben" tries them\. '
                     r'\[configuration\]$', said, re.M), said
    assert "ana is on call" not in said, said  # she is on no rota
    company.reeve("page", "test", "eva")
    within(20, lambda: company.ended("0-eva-ntfy-1"), "the test")
    said = company.reeve("check", "RUNBOOK.md", "--config", "reeve.yaml")
    assert "eva is on call" not in said and "ben is on call now" in said, said


def a_way_that_says_no_is_passed_over_at_once():
    company.sms.taken.clear()
    company.reeve("incident", "declare", "Checkout is down", "--severity", "P1")
    said = within(20, lambda: company.ended("1-ben-slack-1"), "Slack's answer")
    assert said == ("page.failed", "bot: 200 channel_not_found"), said
    said = within(20, lambda: company.ended("1-ben-sms-1"), "the short message")
    assert said[0] == "page.sent", said
    message = next(one for one in company.sms.taken if not one["call"])
    assert message["Body"].startswith("[P1] Incident 1 open: Checkout is down."), message
    # The call begins after its second, and the link in the message acknowledges.
    within(20, lambda: company.ended("1-ben-voice-1"), "the call")
    link = re.search(r"Ack: (\S+)", message["Body"])[1]
    assert link.startswith(company.page), link
    said = company.reeve("check", "RUNBOOK.md", "--config", "reeve.yaml")
    assert "not every way to them is proved: slack (the newest page by it was given up)" in said, said
    said = json.loads(company.reeve("status", "--json", codes=(0, 1)))
    assert [(way["person"], way["way"], way["given_up"], way["problem"]) for way in said["failing"]] == \
        [("ben", "slack", 1, "bot: 200 channel_not_found")], said
    assert said["failing"][0]["failed"] and said["failing"][0]["otherwise"] == "sms", said
    assert all(way["problem"] == "" for way in said["to_prove"]), said
    status, text = ask(link, form={})
    assert status == 200 and "Incident 1 is acknowledged" in text, (status, text)
    assert json.loads(company.reeve("incident", "show", "1", "--json"))["state"] == "acknowledged"


def another_provider_carries_what_the_first_does_not():
    company.sms.behave(503, only="/Messages.json")
    company.spare.taken.clear()
    company.reeve("incident", "declare", "The till is slow", "--severity", "P1")
    said = within(30, lambda: company.ended("2-ben-sms-1"), "the short message")
    assert said[0] == "page.sent" and re.match(r"twilio: 503 .*; spare: 202", said[1]), said
    assert company.spare.taken[0]["headers"]["X-Key"] == GATE, company.spare.taken
    company.reeve("incident", "ack", "2")


def a_receiver_that_asks_to_wait_is_waited_for():
    company.sms.behave((429, {"Retry-After": "14"}), "ok", only="/Messages.json")
    company.spare.behave((429, {"Retry-After": "14"}), "ok")
    company.reeve("incident", "declare", "The shelf is empty", "--severity", "P1")
    within(60, lambda: company.facts("page.sent", page="3-ben-sms-1"), "the second try")
    failed = company.facts("page.failed", page="3-ben-sms-1")[0]
    sent = company.facts("page.sent", page="3-ben-sms-1")[0]
    assert failed["data"]["wait_ms"] == 14000 and not failed["data"]["final"], failed
    seconds = [float(fact["at"][17:-1]) + 60 * float(fact["at"][14:16]) for fact in (failed, sent)]
    assert 14 <= (seconds[1] - seconds[0]) % 3600 < 25, (failed, sent)
    company.reeve("incident", "ack", "3")


BEN = "+12025550123"


def send(text, sender=BEN, url=None, **more):
    """A short message to Reeve, as Twilio hands it on."""
    return company.sms.post(url or f"{company.page}/reply/twilio",
                            {"From": sender, "To": "+12025550100", "Body": text, "MessageSid": "SM1",
                             "AccountSid": ACCOUNT}, **more)


def a_reply_acknowledges_what_its_sender_was_told_of():
    company.sms.behave("ok")
    company.spare.behave("ok")
    company.reeve("incident", "declare", "The lift is stuck", "--severity", "P1")
    within(20, lambda: company.ended("4-ben-sms-1"), "the short message")
    message = [one for one in company.sms.taken if not one["call"]][-1]
    assert message["Body"].endswith("Or reply: ack 4"), message
    reply = f"{company.page}/reply/twilio"
    stranger = "+12025550999"
    refused = len(company.facts("request.refused"))
    status, text = send("ack 4", token="another-token-0123")
    assert status == 403 and "signature" in text, (status, text)
    status, text = send("ack 4", sender=stranger)
    assert status == 403 and "nobody" in text, (status, text)
    status, text = ask(reply, form={"From": BEN, "Body": "ack 4"})
    assert status == 403 and "not signed" in text, (status, text)
    assert json.loads(company.reeve("incident", "show", "4", "--json"))["state"] == "open"
    said = within(10, lambda: company.facts("request.refused")[refused:], "the refusals")
    assert any("a reply by twilio" in fact["data"]["reason"] for fact in said), said
    for words, answer in (("what?", "Reeve understands"), ("ack 77", "told of no incident 77"),
                          ("ack 1", "already")):
        status, text = send(words)
        assert status == 200 and "<Message>" in text, (words, status, text)
        assert answer in text or words == "ack 1", (words, text)
    # A proxy's address is not what was signed.
    status, text = send("ack 4", url=f"http://localhost:{company.port}/reply/twilio")
    assert status == 403, (status, text)
    status, text = send(" ACK #4. ")
    assert status == 200 and "Incident 4 is acknowledged" in text, (status, text)
    fact = company.facts("incident.acknowledged", number=4)[0]
    assert (fact["actor"], fact["data"]["via"]) == ("person:ben", "sms"), fact
    status, text = send("ack")
    assert status == 200 and "No incident that you were told of is open." in text, (status, text)


def what_is_switched_off_carries_nothing_and_takes_no_answer():
    company.sms.taken.clear()
    company.spare.taken.clear()
    reply = f"{company.page}/reply/twilio"

    def send(text):
        return company.sms.post(reply, {"From": "+12025550123", "To": "+12025550100", "Body": text,
                                        "MessageSid": "SM2", "AccountSid": ACCOUNT})

    said = company.reeve("switch", "off", "twilio", "--reason", "its token leaked")
    assert "switched provider/twilio off: its token leaked" in said, said
    company.reeve("incident", "declare", "The door is open", "--severity", "P1")
    said = within(20, lambda: company.ended("5-ben-sms-1"), "the short message")
    assert said == ("page.sent", 'spare: 202 {"taken": true}'), said
    assert not company.sms.taken and "reply" not in str(company.spare.taken), company.spare.taken
    status, text = send("ack 5")
    assert status == 403 and "Replies are switched off" in text, (status, text)
    assert "provider/twilio is switched off since" in company.reeve("status", codes=(0, 1))
    # It is so after a restart, too.
    assert company.stop() == 0
    company.start()
    status, text = send("ack 5")
    assert status == 403 and "Replies are switched off" in text, (status, text)
    company.reeve("switch", "on", "twilio")
    company.reeve("switch", "off", "replies/twilio", "--reason", "replies from strangers")
    status, text = send("ack 5")
    assert status == 403 and "Replies are switched off" in text, (status, text)
    company.reeve("switch", "on", "replies/twilio")
    status, text = send("ack 5")
    assert status == 200 and "Incident 5 is acknowledged" in text, (status, text)
    facts = [(fact["kind"], fact["data"]["name"]) for fact in
             company.facts("switch.off") + company.facts("switch.on")]
    assert facts == [("switch.off", "provider/twilio"), ("switch.off", "replies/twilio"),
                     ("switch.on", "provider/twilio"), ("switch.on", "replies/twilio")], facts


def a_sender_that_is_switched_off_is_not_let_in():
    def push():
        return ask(f"http://127.0.0.1:{company.push_port}/api/v1/exposition", body=b"jobs_total 7\n",
                   headers={"Authorization": f"Bearer {METER}", "Content-Type": "text/plain"})[0]

    def alert():
        alert = {"status": "firing", "labels": {"alertname": "DiskFull"}, "annotations": {},
                 "startsAt": "2026-01-05T09:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
                 "generatorURL": "", "fingerprint": "c0ffee"}
        body = {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "reeve",
                "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "",
                "truncatedAlerts": 0, "alerts": [alert]}
        return ask(f"{company.page}/in/watch", body=json.dumps(body).encode(),
                   headers={"Authorization": f"Bearer {WATCH}", "Content-Type": "application/json"})

    within(20, lambda: push() in (200, 204), "the sender's first body")
    for name in ("meter", "watch"):
        company.reeve("switch", "off", name, "--reason", "its token leaked")
    within(10, lambda: push() == 401, "the sender's refusal")
    status, text = alert()
    assert status == 403 and "switched off" in text, (status, text)
    assert not company.facts("inbound.fired")
    for name in ("meter", "watch"):
        company.reeve("switch", "on", name)
    within(10, lambda: push() in (200, 204), "the sender's next body")
    before = newest_incident()
    assert alert()[0] == 200 and company.facts("inbound.fired")
    within(10, lambda: newest_incident() > before, "the incident of the alert")
    company.reeve("incident", "ack", str(newest_incident()))


def a_storm_is_two_messages():
    company.sms.behave("ok")
    company.sms.taken.clear()
    time.sleep(3)  # the window of the message before
    for number in range(12):
        company.reeve("incident", "declare", f"Storm {number}", "--severity", "P1")
    within(60, lambda: company.ended("18-ben-sms-1"), "the last of the storm")
    messages = [one for one in company.sms.taken if not one["call"]]
    assert len(messages) <= 6, [one["Body"][:60] for one in messages]
    told = [fact["data"]["page"] for fact in company.facts("page.sent")]
    for number in range(7, 19):
        assert f"{number}-ben-sms-1" in told, (number, told)
    bundled = company.facts("page.bundled")
    assert bundled and all(fact["data"]["bundle"] for fact in bundled), bundled
    for number in range(7, 19):
        company.reeve("incident", "ack", str(number))


def newest_incident():
    return company.facts("incident.opened")[-1]["data"]["number"]


def declare(title):
    """Its number."""
    company.reeve("incident", "declare", title, "--severity", "P1")
    return newest_incident()


def whoever_was_told_of_a_merged_one_answers_the_one_that_goes_on():
    time.sleep(3)  # the window of the message before
    company.sms.taken.clear()
    door = declare("The door is stuck")
    within(20, lambda: company.ended(f"{door}-ben-sms-1"), "the short message")
    message = [one for one in company.sms.taken if not one["call"]][-1]
    link = re.search(r"Ack: (\S+)", message["Body"])[1]
    gate = declare("The gate is stuck")
    company.reeve("incident", "merge", str(door), str(gate), "the door is the gate")
    status, text = ask(link)
    assert status == 200 and f"Incident {door}, which you were told of, was merged into it." in text, text
    assert f"</span> Incident {gate}<" in text and "<button" in text, text
    assert json.loads(company.reeve("incident", "show", str(gate), "--json"))["state"] == "open"
    status, text = send(f"ack {door}")
    assert status == 200 and f"Incident {gate}, into which {door} was merged, is acknowledged." in text, text
    fact = company.facts("incident.acknowledged", number=gate)[0]
    assert (fact["actor"], fact["data"]["via"]) == ("person:ben", "sms"), fact
    status, text = ask(link)
    assert status == 200 and f'href="/incidents/{gate}"' in text and "<button" not in text, (status, text)
    company.reeve("incident", "resolve", str(gate), "oiled")
    for words in (f"ack {door}", f"ack {gate}"):
        status, text = send(words)
        assert status == 200 and "declare" not in text and "acknowledged." not in text, (words, text)
    status, text = ask(link)
    assert status == 200 and f"<h1>Incident {door}</h1>" in text and "is resolved" in text, text
    # What was resolved has its title still, long after it left the state.
    company.sms.taken.clear()
    bell = declare("The bell is stuck")
    message = within(20, lambda: [one for one in company.sms.taken if str(bell) in one.get("Body", "")], "the message")[0]
    company.reeve("incident", "resolve", str(bell), "oiled as well")
    status, text = ask(re.search(r"Ack: (\S+)", message["Body"])[1])
    assert status == 200 and "<h1>The bell is stuck</h1>" in text and "is resolved" in text, text


def no_secret_is_written_anywhere():
    secrets = (TOKEN, BOT, NTFY, APP, GATE, ROUTING, "mattermost-secret", "discord-secret")
    for name in os.listdir(company.folder):
        path = f"{company.folder}/{name}"
        if os.path.isfile(path):
            with open(path, "rb") as file:
                data = file.read()
            found = [secret for secret in secrets if secret.encode() in data]
            assert not found, (name, found)


def it_ends_well():
    assert company.stop() == 0
    assert not lib.complaints(company.folder)
    shutil.rmtree(company.folder, ignore_errors=True)


company = Company()
try:
    lib.run_tests([every_provider_takes_what_it_is_sent, a_gateway_is_any_http,
                   answers_that_say_no_are_told_apart,
                   what_may_have_arrived_is_in_doubt_and_what_did_not_is_not,
                   a_strange_certificate_gets_nothing,
                   providers_stand_in_for_each_other_within_one_attempt,
                   the_stand_in_of_slack_answers_as_its_description_demands,
                   a_test_goes_by_every_way_and_the_facts_name_the_provider,
                   check_says_whose_ways_nobody_has_proved,
                   a_way_that_says_no_is_passed_over_at_once,
                   another_provider_carries_what_the_first_does_not,
                   a_receiver_that_asks_to_wait_is_waited_for,
                   a_reply_acknowledges_what_its_sender_was_told_of,
                   what_is_switched_off_carries_nothing_and_takes_no_answer,
                   a_sender_that_is_switched_off_is_not_let_in,
                   a_storm_is_two_messages,
                   whoever_was_told_of_a_merged_one_answers_the_one_that_goes_on,
                   no_secret_is_written_anywhere, it_ends_well])
finally:
    company.stop()
