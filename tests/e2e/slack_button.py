# slack_button.py - pages in Slack are acknowledged by their button: a real `reeve serve` and the stand-in of
# tests/vendors; the signatures of Slack's clicks and of Twilio's replies are held against the vendors' own libraries.
#
# The libraries are not part of Debian 12: npm install --prefix BUILD/npm @slack/bolt twilio, or name the folder of
# modules in REEVE_NPM. Refuses: fetching them by itself. Usage: slack_button.py BUILD_FOLDER
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
import lib  # noqa: E402
from engine import Company  # noqa: E402
from lib import Skip, ask, within  # noqa: E402

sys.path.insert(0, os.path.join(lib.SOURCE, "tests", "vendors"))
import paging  # noqa: E402
import slack as slack_vendor  # noqa: E402

BOT, SIGNING, TWILIO = "xoxb-bot-0123456789", "8f742231b10e8888abcd99yyyzzz85a5", "twilio-token-0123456789"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
ANA, BEN, PHONE = "U024BE7LH", "U0BEN0000", "+38640123456"
HOST = "reeve.example"
RUNBOOK = "# Ours\n\n### Severity Levels\n- **P1 (High)**: Bad\n  - Response time: 15 minutes\n"
build = sys.argv[1]


def settings():
    return f"""public_url: https://{HOST}
providers:
  - {{ name: bot, kind: slack, url: "{chat.url}", token: env:BOT, replies: yes, signing_secret: "file:signing" }}
  - {{ name: twilio, kind: twilio, url: "{phone.url}", account: {ACCOUNT}, token: env:TWILIO, from: "+12025550100", \
replies: yes }}
people:
  ana: {{ slack: {ANA}, phone: "{PHONE}" }}
  ben: {{ slack: {BEN} }}
on_call: {{ primary: ana }}
incidents: {{ bundle: 0 s }}
"""


class Acme(Company):
    def write(self, name, text):
        super().write(name, text)
        super().write("signing", SIGNING + "\n")
        os.chmod(f"{self.folder}/signing", 0o600)
        os.chown(f"{self.folder}/signing", 65534 if os.geteuid() == 0 else -1, -1)


def state(number):
    return json.loads(company.run("incident", "show", str(number), "--json"))["state"]


def facts(kind):
    lines = company.run("ledger", "show", "--last", "100000", "--json").splitlines()
    return [leaf for leaf in map(json.loads, lines) if leaf["kind"] == kind]


def declared(title):
    """An incident of which ana was told in Slack: (number, name of the message)."""
    before = set(chat.direct)
    company.run("incident", "declare", title, "--severity", "P1")
    new = within(20, lambda: [ts for ts in chat.direct if ts not in before], f"the page of {title}")
    number = max(fact["data"]["number"] for fact in facts("incident.opened"))
    within(20, lambda: any(fact["data"]["page"] == f"{number}-ana-slack-1" for fact in facts("page.sent")), "its fact")
    return number, new[0]


def press(payload, **more):
    status, text, seconds = chat.press(company.page + "/reply/bot", payload, host=HOST, **more)
    assert seconds < 3, (payload, seconds)  # Slack's own limit
    return status, text


def a_page_has_a_button_and_says_the_same_without_it():
    number, ts = declared("Checkout <is> down & out")
    message = chat.direct[ts]
    section, actions = message["blocks"]
    assert "Checkout &lt;is&gt; down &amp; out" in section["text"]["text"], section
    assert section["text"]["text"] == message["text"], message
    assert f"https://{HOST}/ack/" in message["text"], message
    assert [element["value"] for element in actions["elements"]] == [str(number)], actions
    company.run("page", "test", "ana")
    tests = within(20, lambda: [one for one in chat.direct.values() if "[test]" in one["text"]], "the test")
    assert "blocks" not in tests[0], tests  # there is nothing to acknowledge


def what_slack_did_not_sign_does_nothing():
    number, ts = declared("The till is slow")
    url, payload, now = company.page + "/reply/bot", chat.click(ANA, ts), int(time.time())
    body = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()
    form, good = "application/x-www-form-urlencoded", slack_vendor.signature(SIGNING, now, body)
    for what, asked, words in (
            ("no signature", {"sign": ""}, "not signed"),
            ("another secret", {"secret": "x" * 32}, "not that of this body"),
            ("another version", {"sign": "v1" + good[2:]}, "v0="),
            ("half a signature", {"sign": good[:40], "timestamp": now}, "not that of this body"),
            ("an old one", {"timestamp": now - 301}, "5 minutes"),
            ("one of the future", {"timestamp": now + 310}, "5 minutes"),
            ("no time", {"timestamp": ""}, "time of the signature"),
            ("a time of letters", {"timestamp": "yesterday"}, "time of the signature"),
            ("another time", {"timestamp": now - 7, "sign": good}, "not that of this body")):
        status, text, _ = chat.send(url, body, form, host=HOST, **asked)
        assert status == 403 and words in text, (what, status, text)
    for at in (0, len(body) // 2, len(body) - 1):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
        status, text, _ = chat.send(url, changed, form, timestamp=now, sign=good, host=HOST)
        assert status == 403, (at, status, text)
    status, text = press(chat.click("U0STRANGE", ts))
    assert status == 403 and "U0STRANGE is nobody" in text, (status, text)
    said = within(90, lambda: [one for one in facts("request.refused") if "a reply by bot" in one["data"]["reason"]],
                  "the refusals as a fact")
    assert said and state(number) == "open", said
    assert ask(url, headers={"Host": HOST})[0] == 405


def what_slack_does_not_send_is_told():
    number, ts = declared("The shelf is empty")
    url, good = company.page + "/reply/bot", chat.click(ANA, ts)
    for change, words in (({"type": "view_submission"}, "no click"), ({"user": {}}, "no member"),
                          ({"user": {"id": "../x"}}, "no member"), ({"actions": []}, "none of Reeve's"),
                          ({"actions": [{**good["actions"][0], "action_id": "deploy"}]}, "none of Reeve's"),
                          ({"actions": [{**good["actions"][0], "value": "-1"}]}, "none of Reeve's"),
                          ({"actions": [{**good["actions"][0], "value": "9" * 30}]}, "none of Reeve's")):
        status, text = press({**good, **change})
        assert status == 400 and words in text, (change, status, text)
    form = "application/x-www-form-urlencoded"
    for body, kind, status in ((b"payload=%7B", form, 400), (b"other=1", form, 400), (b"", form, 400),
                               (b"payload=%FF%FE", form, 400), (b"[]", "application/json", 400),
                               (b"{}", "application/json", 400), (b"hello", "text/plain", 415),
                               (b'{"type":"event_callback"}', "application/json", 400)):
        got = chat.send(url, body, kind, host=HOST)
        assert got[0] == status and "not what Slack sends" in got[1], (body, got)
    assert state(number) == "open"


def only_who_was_told_acknowledges():
    number, ts = declared("The lift is stuck")
    before = len(chat.changed)
    assert press(chat.click(BEN, ts))[0] == 200
    said = within(20, lambda: chat.changed[before:], "what ben is told")[0][1]
    assert said == {"response_type": "ephemeral", "replace_original": False,
                    "text": f"You were told of no incident {number} in Slack; nothing was acknowledged."}, said
    assert state(number) == "open" and "blocks" in chat.direct[ts]
    assert press({**chat.click(ANA, ts), "actions": [{"action_id": "reeve_acknowledge", "value": "777"}]})[0] == 200
    said = within(20, lambda: chat.changed[before + 1:], "what ana is told")[0][1]
    assert "no incident 777" in said["text"], said


def a_click_acknowledges_and_the_message_says_who_did():
    number, ts = declared("The door is <open>")
    before, click = len(chat.changed), chat.click(ANA, ts)
    assert press(click) == (200, "")
    assert state(number) == "acknowledged"
    fact = next(one for one in facts("incident.acknowledged") if one["data"]["number"] == number)
    assert (fact["actor"], fact["data"]["via"], fact["data"]["person"]) == ("person:ana", "slack", "ana"), fact
    within(20, lambda: len(chat.changed) > before, "the change of the message")
    message = chat.direct[ts]
    assert [block["type"] for block in message["blocks"]] == ["section"], message
    assert "The door is &lt;open&gt;" in message["text"], message
    assert f"*Incident {number} was acknowledged by ana at " in message["text"], message
    assert message["text"].endswith("The pages stop.*") and message["replace_original"], message
    # Again: nothing is acknowledged twice, and whoever clicked learns who was first.
    assert press(click) == (200, "")
    said = within(20, lambda: chat.changed[before + 1:], "the second change")[0][1]
    assert f"Incident {number} was already acknowledged by ana at " in said["text"], said
    assert len([one for one in facts("incident.acknowledged") if one["data"]["number"] == number]) == 1


def an_acknowledgement_outlives_what_slack_does_not_take():
    number, ts = declared("The roof leaks")
    chat.behave("silent", only="secret-of-the-click")
    assert press(chat.click(ANA, ts)) == (200, "")
    assert state(number) == "acknowledged"
    chat.behave("ok")
    # Nobody is asked at an address that is none of Slack's.
    number, ts = declared("The cellar is wet")
    elsewhere = paging.Gateway()
    for address in (elsewhere.url + "/x", "", "file:///etc/passwd", chat.url + ".evil.example/x",
                    "https://hooks.slack.com.evil.example/x", chat.url.replace("//", "//user@") + "/x"):
        assert press(chat.click(ANA, ts, response_url=address)) == (200, "")
    assert state(number) == "acknowledged"
    log = open(f"{company.folder}/log").read()
    assert log.count("its address is none of Slack's") == 6 and not elsewhere.asked, log


def an_address_is_verified_only_when_slack_asks():
    url = company.page + "/reply/bot"
    challenge = {"type": "url_verification", "challenge": "3eZbrw1aB", "token": "deprecated"}
    assert chat.event(url, challenge, host=HOST)[:2] == (200, "3eZbrw1aB")
    status, text, _ = chat.event(url, challenge, secret="x" * 32, host=HOST)
    assert status == 403 and "3eZbrw1aB" not in text, text
    event = {"type": "event_callback", "event_id": "Ev01", "event": {"type": "message", "channel": "C01", "user": ANA,
                                                                     "text": "hello", "ts": "1.2"}}
    assert chat.event(url, event, host=HOST)[:2] == (200, "")


class Library:
    """The vendors' own code, as a program that answers line by line."""

    def __init__(self):
        modules = os.environ.get("REEVE_NPM") or f"{build}/npm/node_modules"
        if not shutil.which("node") or not all(os.path.isdir(f"{modules}/{name}") for name in ("@slack/bolt", "twilio")):
            raise Skip("@slack/bolt and twilio are not there (npm install, see the head of slack_button.py)")
        self.process = subprocess.Popen(
            ["node", os.path.join(os.path.dirname(os.path.abspath(__file__)), "signatures", "check.js"), modules],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(20)

    def says(self, **asked):
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def slacks_own_library_takes_and_refuses_the_same():
    with Library() as library:
        url, now = company.page + "/reply/bot", int(time.time())
        bodies = [json.dumps({"type": "url_verification", "challenge": word}).encode()
                  for word in ("plain", "čšž and 🚨", "a&b=c%20+d", 'quote " and \\', "x" * 2000)]
        for body in bodies:
            signed = slack_vendor.signature(SIGNING, now, body)
            for at in (None, 3, len(body) - 2):
                sent = body if at is None else body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
                if at is not None and sent.decode(errors="ignore").encode() != sent:
                    continue  # the library takes text, and this is none any more
                theirs = library.says(vendor="slack", secret=SIGNING, body=sent.decode(), timestamp=now,
                                      signature=signed)["holds"]
                ours = chat.send(url, sent, "application/json", timestamp=now, sign=signed, host=HOST)[0] != 403
                assert ours == theirs == (at is None), (body, at, ours, theirs)
        for age, holds in ((290, True), (310, False)):
            signed = slack_vendor.signature(SIGNING, now - age, bodies[0])
            theirs = library.says(vendor="slack", secret=SIGNING, body=bodies[0].decode(), timestamp=now - age,
                                  signature=signed)["holds"]
            ours = chat.send(url, bodies[0], "application/json", timestamp=now - age, sign=signed, host=HOST)[0] == 200
            assert ours == theirs == holds, (age, ours, theirs)


def twilios_own_library_takes_and_refuses_the_same():
    with Library() as library:
        signed_url, where = f"https://{HOST}/reply/twilio", company.page + "/reply/twilio"
        for words in ("what?", "čšž 🚨", "a&b=c +d%20", "", " x ", "x" * 1500):
            fields = {"From": PHONE, "To": "+12025550100", "Body": words, "MessageSid": "SM1", "AccountSid": ACCOUNT}
            asked = {"vendor": "twilio", "secret": TWILIO, "url": signed_url, "fields": fields, "signature": ""}
            signature = library.says(**asked)["signature"]
            assert signature == paging.twilio_signature(TWILIO, signed_url, fields), words
            for change in ({}, {"Body": words + "."}, {"MessageSid": "SM2"}, {"Extra": "1"}):
                sent = {**fields, **change}
                theirs = library.says(**{**asked, "fields": sent, "signature": signature})["holds"]
                ours = ask(where, form=sent, headers={"X-Twilio-Signature": signature, "Host": HOST})[0] == 200
                assert ours == theirs == (not change), (words, change, ours, theirs)
            for bad in (signature[:-2] + ("A=" if signature[-2] != "A" else "B="), signature[1:], "x"):
                theirs = library.says(**{**asked, "signature": bad})["holds"]
                ours = ask(where, form=fields, headers={"X-Twilio-Signature": bad, "Host": HOST})[0] == 200
                assert not ours and not theirs, (words, bad)


def no_secret_is_written_and_it_ends_well():
    for name in os.listdir(company.folder):
        if name == "signing" or not os.path.isfile(f"{company.folder}/{name}"):
            continue
        with open(f"{company.folder}/{name}", "rb") as file:
            data = file.read()
        for secret in (BOT, SIGNING, TWILIO, "secret-of-the-click"):
            assert secret.encode() not in data, (name, secret)
    assert not lib.complaints(company.folder)
    assert company.stop() == 0


os.environ.update(BOT=BOT, TWILIO=TWILIO)
chat = slack_vendor.Slack(BOT, {ANA, BEN}, SIGNING)
phone = paging.Twilio(ACCOUNT, TWILIO)
company = Acme(build, RUNBOOK, settings())
try:
    lib.run_tests([a_page_has_a_button_and_says_the_same_without_it, what_slack_did_not_sign_does_nothing,
                   what_slack_does_not_send_is_told, only_who_was_told_acknowledges,
                   a_click_acknowledges_and_the_message_says_who_did,
                   an_acknowledgement_outlives_what_slack_does_not_take,
                   an_address_is_verified_only_when_slack_asks, slacks_own_library_takes_and_refuses_the_same,
                   twilios_own_library_takes_and_refuses_the_same, no_secret_is_written_and_it_ends_well])
finally:
    if company.process.poll() is None:
        company.stop()
