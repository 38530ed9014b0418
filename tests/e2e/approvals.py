# approvals.py - approving a step, and every way of approving what one may not: each is refused, is a fact in the
# ledger, and runs nothing; and the mails by which a step tells people. The real daemon, with mails taken by a server
# that is not ours.
# The tests stand in their order: each begins where the one before ended. Usage: approvals.py BUILD_FOLDER
import contextlib
import glob
import hashlib
import http.client
import json
import os
import pwd
import re
import subprocess
import sys
import urllib.parse

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import html_tree  # noqa: E402
import lib  # noqa: E402
from lib import Skip, within  # noqa: E402

build = os.path.abspath(sys.argv[1])
bad_rig.build = build
PASSWORD = "correct horse battery"
SECRET = "postgres://shop:hidden-9@db.example/shop"
RUNBOOK = bad_rig.RUNBOOK + """
### Commands
```bash
# Wipe
npm run shop:wipe

# Wipe twice
npm run shop:both

# Name it
rm -rf ./named/<name>

# One letter
rm -rf ./named <x> kept

# Read closely
echo one‮ twо
```

### Telling
1. Tell the team
2. Breathe
"""
MORE = """commands: { directory: ., environment: { TARGET: production, DATABASE_URL: env:DATABASE_URL } }
actions:
  "shop:wipe": { run: "./wipe", approvals: 1 }
  "shop:both": { run: "./wipe", approvals: 2 }
  "people:notify": { notify: [ben, cleo] }
people:
  ana: { email: ana@acme.example }
  ben: { email: ben@acme.example }
  cleo: { email: cleo@acme.example }
  kim: { email: kim@acme.example }
on_call: { primary: ana }
smtp: { url: "smtp://127.0.0.1:MAILS", from: reeve@acme.example }
"""
WIPE = "#!/bin/sh\nenv >environment\necho wiped >>wiped\n"
FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
rig = None
password_hash = ""
mails = []
cookies = {}
tokens = {}


@contextlib.contextmanager
def mail_server():
    """aiosmtpd of Debian; its mails are lines in a file. Gives its port."""
    with open("/dev/null") as nothing:
        probe = subprocess.run(["/usr/bin/python3", "-c", "import aiosmtpd"], stderr=nothing)
    if probe.returncode:
        lib.run_tests([], skip="python3-aiosmtpd is not installed")
    server = subprocess.Popen(["/usr/bin/python3", f"{lib.SOURCE}/tests/harness/receivers.py", "mail"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    os.set_blocking(server.stdout.fileno(), True)
    try:
        yield server, json.loads(server.stdout.readline())["port"]
    finally:
        server.stdin.close()
        server.wait(20)
        server.stdout.close()


def take_mails():
    """All mails so far, oldest first."""
    os.set_blocking(server.stdout.fileno(), False)
    while line := server.stdout.readline():
        mails.append(json.loads(line))
    return mails


def mail_to(name, number, since=0):
    """The newest mail to this person that asks about step 1 of this run, once it has come."""
    def found():
        asked = [mail for mail in take_mails()[since:] if mail["to"] == [f"{name}@acme.example"]
                 and mail["subject"].startswith(f"[approval] Run {number}, step 1:")]
        return asked and asked[-1]
    return within(15, found, f"a mail to {name} about run {number}")


def link_in(mail):
    return re.search(r"http://\S+(/approve/\S+)", mail["text"])[1]


def send(method, path, form=None, cookie=None, body=None, **headers):
    """(status, headers, text); nothing is followed."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if cookie:
        sent["Cookie"] = f"reeve={cookie}"
    if form is not None:
        body = urllib.parse.urlencode(form)
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", rig.port, timeout=20)) as connection:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()


def press(link, decision="approve", **form):
    return send("POST", link, {"decision": decision, **form})


def answer_of(status, text):
    """What an action gave, or the sentence of its refusal."""
    answer = json.loads(text)
    return status, answer.get("error") or json.loads(answer["json"] or "null")


def do(who, action, /, **arguments):
    """As somebody who has logged in."""
    cookie = cookies[who]
    csrf = re.search(r'<meta name="csrf" content="(\w+)">', send("GET", "/", cookie=cookie)[2])[1]
    status, _, text = send("POST", f"/api/{action}", cookie=cookie, body=json.dumps(arguments), X_Reeve_Csrf=csrf)
    return answer_of(status, text)


def do_by_token(name, action, /, **arguments):
    status, _, text = send("POST", f"/api/{action}", body=json.dumps(arguments),
                           Authorization=f"Bearer {tokens[name]}")
    return answer_of(status, text)


def good(*words):
    done = rig.command(*words)
    assert done.returncode == 0, done
    return done.stdout


def make_people():
    global password_hash
    order = {"body": {}, "deadline_ms": 20000, "id": "one", "kind": "password.hash", "secrets": {"password": PASSWORD}}
    done = subprocess.run([f"{rig.folder}/reeve-work"], input=json.dumps(order), text=True, capture_output=True)
    digest = password_hash = json.loads(done.stdout)["detail"]
    for name, role in {"ana": "administrator", "ben": "approver", "cleo": "approver", "kim": "operator"}.items():
        good("account", "add", name, "--role", role)
        good("account", "password", name, "--hash", digest)
        status, head, text = send("POST", "/login", {"name": name, "password": PASSWORD})
        assert status == 303, (name, text)
        cookies[name] = re.match(r"reeve=(\w+)", head["Set-Cookie"])[1]
    for scope in ("operator", "administrator"):
        tokens[scope] = good("api-token", "new", f"by-{scope}", "--may", scope).split()[-1]


def start(procedure, who="ana"):
    status, said = do(who, "run", procedure=procedure)
    assert status == 200, said
    return int(said["facts"][0]["subject"].split(":")[1])


def start_with(procedure, values):
    status, said = do("ana", "run", procedure=procedure, set=values)
    assert status == 200, said
    return int(said["facts"][0]["subject"].split(":")[1])


def step(number):
    status, said = rig.api("run/show", number=number)
    assert status == 200, said
    return said["steps"][0]


def is_done(number):
    within(10, lambda: rig.api("run/show", number=number)[1]["state"] == "done", f"the end of run {number}")


def wiped():
    """How often the command ran."""
    try:
        with open(f"{rig.folder}/wiped") as file:
            return len(file.readlines())
    except FileNotFoundError:
        return 0


def declined(action, words, number=None):
    """The newest fact that somebody asked for something in vain."""
    shown = good("ledger", "show", "--last", "3", *(["--subject", f"run:{number}"] if number else []))
    assert f"asked for {action} and did not get it" in shown and words in shown, shown


def requests_refused(words):
    """The facts about links that were refused for this."""
    return [one for one in rig.events("request.refused") if words in one["data"]["reason"]]


def stays(number, ran):
    found = step(number)
    assert found["state"] == "approval" and wiped() == ran, (found, wiped())
    assert [one for one in rig.events("run.step-started") if one["data"]["number"] == number] == []


def finish(number):
    """One that was cancelled could be resumed, and is in the way of the next."""
    status, said = do("ana", "run/skip", number=number, step=1, reason="enough")
    assert status == 200, said


def whoever_may_approve_is_asked_by_mail_once_and_the_requester_is_not():
    number = start("Wipe")
    assert number == 1
    mail = mail_to("ben", 1)
    assert mail_to("cleo", 1)["text"] != mail["text"]
    text = mail["text"]
    for words in ("ana asks for your approval: step 1 of run 1.", "What would run:\n  ./wipe\n", f"{rig.folder}",
                  "Environment: PATH, HOME, LANG, PGAPPNAME, TARGET, DATABASE_URL", "Runbook line ", "good until: ",
                  "reeve approve 1 1", "keep this message"):
        assert words in text, (words, text)
    assert "hidden-9" not in text and "production" not in text, text
    within(10, lambda: len(rig.events("page.sent")) == 2, "both mails to be on record")
    asked = rig.events()
    kinds = [one["kind"] for one in asked if one["kind"].startswith("page.")]
    assert kinds.index("page.requested") < kinds.index("page.started") < kinds.index("page.sent"), kinds
    people = [one["data"]["person"] for one in asked if one["kind"] == "page.requested"]
    assert sorted(people) == ["ben", "cleo"], people
    assert len(take_mails()) == 2, mails


def opening_the_link_shows_what_would_run_and_changes_nothing():
    link = link_in(mail_to("ben", 1))
    before = len(rig.events())
    for method in ("GET", "HEAD", "GET"):
        status, _, text = send(method, link)
        assert status == 200, text
    page = html_tree.read(text)
    for words in ("./wipe", rig.folder, "DATABASE_URL", "You answer as ben", "0 of 1"):
        assert words in page.text(), (words, page.text())
    assert len(page.find_all("form", action=link)) == 2
    assert "hidden-9" not in text
    assert send("PUT", link)[0] == 405 and press(link, "perhaps")[0] == 400
    assert len([one for one in rig.events() if one["kind"] != "request.refused"]) == before
    stays(1, 0)


def run_show_says_the_same():
    shown = good("run", "show", "1")
    for words in ("runs ./wipe", f"in {rig.folder}", "environment: PATH, HOME, LANG, PGAPPNAME, TARGET, DATABASE_URL",
                  "approvals: 0 of 1", step(1)["digest"]):
        assert words in shown, (words, shown)
    page = html_tree.read(send("GET", "/runs/1", cookie=cookies["ben"])[2])
    form = page.get("form", action="/do/approve")
    shown = page.get("li", id="step-1").text()
    assert "./wipe" in shown and rig.folder in shown and "DATABASE_URL" in shown, shown
    shown = [one.attributes["value"] for one in form.find_all("input") if one.attributes["name"] == "digest"]
    assert shown == [step(1)["digest"]], shown


def an_own_request_is_not_approved_by_any_name():
    status, said = do("ana", "approve", number=1, step=1)
    assert status == 403 and said.startswith("You started run 1 yourself"), said
    declined("approve", "You started run 1 yourself", 1)
    token = "reeve_" + 64 * "7"
    digest = hashlib.sha256(token.encode()).hexdigest()
    status, said = do("ana", "api-token/new", name="gate", may="approver", digest=digest)
    assert status == 200, said
    tokens["gate"] = token
    status, said = do_by_token("gate", "approve", number=1, step=1)
    assert status == 403 and "was started by ana, who made this API token" in said, said
    declined("approve", "who made this API token", 1)
    stays(1, 0)


def a_step_that_is_not_named_is_shown_and_not_approved():
    status, said = do("ben", "approve", number=1)
    assert status == 400 and 'it would run "./wipe"' in said and "reeve approve 1 1" in said, said
    status, said = do("ben", "approve", number=1, step=1, digest=64 * "0")
    assert status == 403 and "has changed since it was shown" in said, said
    stays(1, 0)


def a_wrong_scope_does_not_approve():
    before = len(rig.events("call.refused"))
    for scope in ("operator", "administrator"):
        status, said = do_by_token(scope, "approve", number=1, step=1)
        assert status == 403 and f"an API token with the scope {scope} does not have" in said, said
    status, said = do("kim", "approve", number=1, step=1)
    assert status == 403 and "which the role operator does not have" in said, said
    facts = rig.events("call.refused")[before:]
    assert [one["actor"] for one in facts] == ["program:by-operator", "program:by-administrator", "person:kim"], facts
    for _ in range(20):  # no entry each, or who may only read could fill the disk
        status, said = do("kim", "approve", number=1, step=1)
        assert status == 403 and "which the role operator does not have" in said, said
    assert rig.events("call.refused")[before:] == facts
    stays(1, 0)


def a_forged_link_does_not_approve():
    link = link_in(mail_to("ben", 1))
    at = link.index(".") + 1
    payload = link[:at]
    forged = payload + ("B" if link[at] == "A" else "A") + link[at + 1:]
    for one in (forged, link[:-1], "/approve/x.y", "/approve/", link.replace("/approve/", "/approve//")):
        status, _, text = press(one)
        assert status == 403, (one, status, text)
        assert "not written by this Reeve" in text or "not a whole link" in text, text
    assert requests_refused("an approval link that this Reeve has not written")
    status, _, text = send("POST", link.replace("/approve/", "/ack/"), {})
    assert status == 403, text
    stays(1, 0)


def the_link_approves_as_its_person_once():
    link = link_in(mail_to("ben", 1))
    status, _, text = press(link)
    assert status == 200 and "You have approved step 1 of run 1." in text, text
    is_done(1)
    assert wiped() == 1
    facts = rig.events("run.step-approved")
    assert [one["actor"] for one in facts] == ["person:ben"], facts
    assert [one["data"]["page"] for one in rig.events("approval-link.used")] == ["r1.1-ben-smtp-1"]


def a_replayed_link_and_one_of_what_is_over_are_refused_and_recorded():
    for name, words in (("ben", "This link was used already"), ("cleo", "does not wait for an approval any more")):
        for method in ("GET", "POST"):
            status, _, text = send(method, link_in(mail_to(name, 1)), {"decision": "approve"})
            assert status == 410 and words in text, (name, status, text)
        assert len(requests_refused(words)) == 1, rig.events("request.refused")
    assert wiped() == 1 and len(rig.events("run.step-approved")) == 1


def the_link_of_another_run_is_refused():
    number = start("Wipe")
    first, second = link_in(mail_to("ben", 1)), link_in(mail_to("ben", number))
    assert press(first)[0] == 410
    mixed = second[:second.index(".")] + first[first.index("."):]
    status, _, text = press(mixed)
    assert status == 403 and "not written by this Reeve" in text, text
    stays(number, 1)


def a_refusal_by_link_stops_the_run_with_its_reason():
    number = 2
    link = link_in(mail_to("cleo", number))
    status, _, text = press(link, "refuse")
    assert status == 400 and "Say why" in text, text
    status, _, text = press(link, "refuse", reason="not before the backup")
    assert status == 200 and "You have refused step 1 of run 2." in text, text
    found = step(number)
    assert found["state"] == "failed" and found["detail"] == "not before the backup", found
    status, _, text = press(link_in(mail_to("ben", number)))
    assert status == 410 and wiped() == 1, text
    before = len(take_mails())
    status, said = do("ana", "run/retry", number=number)
    assert status == 400 and "cleo refused step 1 of run 2: say in a reason" in said, said
    page = html_tree.read(send("GET", f"/runs/{number}", cookie=cookies["ana"])[2])
    field = page.get("form", action="/do/run/retry").get("input", id="retry-1")
    assert "required" in field.attributes, field.attributes
    assert do("ana", "run/retry", number=number, reason="the backup is there")[0] == 200
    status, _, text = press(link_in(mail_to("ben", number, 0)))
    assert status == 410, text  # the newest that had come before the second one
    again = mail_to("ben", number, before)
    link = link_in(again)
    words = ("cleo refused it at ", ": not before the backup", "ana asked for it again at ", ": the backup is there")
    shown = (again["text"], html_tree.read(send("GET", link)[2]).text(), good("run", "show", "2"), step(2)["refused"],
             html_tree.read(send("GET", "/runs/2", cookie=cookies["ben"])[2]).get("li", id="step-1").text())
    for place in shown:
        assert all(word in place for word in words), place
    status, said = do("ben", "approve", number=number, step=1)
    assert status == 400 and all(word in said for word in ("not before the backup", "--digest")), said
    stays(number, 1)
    assert do("ana", "run/cancel", number=number, reason="wrong day")[0] == 200
    status, _, text = press(link)
    assert status == 410 and "does not wait for an approval any more" in text, text
    assert wiped() == 1
    finish(number)


def a_refusal_does_not_go_away_with_the_run():
    """Nor does who asks: kim starts it anew, ana resumes it."""
    before = len(take_mails())
    number = start("Wipe", "kim")
    mail = mail_to("ben", number, before)
    assert "kim asks for your approval" in mail["text"], mail
    assert "In run 2 cleo refused the same command at " in mail["text"], mail
    assert do("kim", "run/cancel", number=number, reason="wait")[0] == 200
    before = len(take_mails())
    assert do("ana", "run/resume", number=number)[0] == 200
    mail = mail_to("ben", number, before)
    for words in ("ana asks for your approval", "Started by kim\n", "Resumed by ana\n"):
        assert words in mail["text"], mail
    page = html_tree.read(send("GET", link_in(mail))[2])
    assert "kim started" in page.text() and "ana resumed it" in page.text(), page.text()
    asked = [one["data"]["reason"] for one in rig.events("page.requested") if one["data"]["run"] == number]
    assert asked[0] == "kim asks for an approval" and asked[-1] == "ana asks for an approval", asked
    status, said = do("ana", "approve", number=number, step=1)
    assert status == 403 and "was resumed in your name" in said, said
    stays(number, 1)
    finish(number)


def what_is_hidden_in_a_command_is_shown_and_named():
    done = rig.command("run", "Read closely", "--dry-run")
    words = ("has characters that nobody sees", "U+202E", "tw<U+043E>", "<U+202E>")
    assert done.returncode == 0 and all(word in done.stdout for word in words), done
    number = start("Read closely")
    is_done(number)
    assert "\u202e" not in good("run", "show", str(number))
    for part in (send("GET", f"/runs/{number}", cookie=cookies["ana"])[2],
                 good("procedure", "show", "Read closely")):
        assert "\u202e" not in part and "<U+202E>" in html_tree.read(part).text() + part, part
    for value in ("a\u00a0b", "a\u200bb", "a\u202eb", "a\tb", "a\u0000b"):
        status, said = do("ana", "run", procedure="Name it", set=f"name={value}")
        assert status in (400, 403), (value, said)
    assert "U+00A0 at byte 2" in do("ana", "run", procedure="Name it", set="name=a\u00a0b")[1]


def a_value_that_leads_out_is_named_where_it_is_approved():
    before = len(take_mails())
    number = start_with("Name it", "name=../../elsewhere")
    mail = mail_to("ben", number, before)
    words = 'The value of name leads out of a folder with "..": ../../elsewhere'
    page = html_tree.read(send("GET", link_in(mail))[2])
    for place in (mail["text"], page.text(), good("run", "show", str(number)), step(number)["warnings"]):
        assert words in place, place
    finish(number)


def a_place_of_one_letter_is_no_redirection():
    rig.write("x", "kept\n")
    rig.write("kept", "kept\n")
    status, said = do("ana", "run", procedure="One letter")
    assert status == 400 and "<x> is no open place" in said, said
    with open(f"{rig.folder}/kept") as file:
        assert file.read() == "kept\n"


def mark_of(who):
    """What a form of this person's pages carries."""
    return re.search(r'<meta name="csrf" content="(\w+)">', send("GET", "/", cookie=cookies[who])[2])[1]


def add_person(name, role):
    good("account", "add", name, "--role", role)
    good("account", "password", name, "--hash", password_hash)
    _, head, _ = send("POST", "/login", {"name": name, "password": PASSWORD})
    cookies[name] = re.match(r"reeve=(\w+)", head["Set-Cookie"])[1]


def facts_of_runs():
    return [one for one in rig.events() if one["kind"].startswith("run.")]


def every_way_to_make_something_run_asks_who_and_for_the_mark_of_its_page():
    """Each action that lets a command begin, sooner or later, as a form, as a call and as neither."""
    add_person("vic", "responder")
    tokens["looks-on"] = good("api-token", "new", "looks-on", "--may", "viewer").split()[-1]
    number = start("Wipe")
    before = facts_of_runs()
    of = {"number": number, "step": 1}
    ways = {"run": {"procedure": "Wipe"}, "approve": of, "refuse": {**of, "reason": "no"},
            "run/tick": of, "run/skip": {**of, "reason": "no"}, "run/retry": {**of, "reason": "no"},
            "run/undo": {"number": number, "reason": "no"}, "run/resume": {"number": number}, "run/stop": of}
    marks = {name: mark_of(name) for name in ("ana", "ben", "vic")}
    for way, fields in ways.items():
        body = json.dumps(fields)
        tries = {
            "form without a mark": (403, send("POST", f"/do/{way}", fields, cookie=cookies["ben"])),
            "form with another's": (403, send("POST", f"/do/{way}", {**fields, "csrf": marks["ana"]}, cookies["ben"])),
            "files without a mark": (403, send("POST", f"/do/{way}", cookie=cookies["ben"], body=(
                '--X\r\nContent-Disposition: form-data; name="number"\r\n\r\n1\r\n--X--\r\n'),
                Content_Type="multipart/form-data; boundary=X")),
            "another site's form": (403, send("POST", f"/do/{way}", {**fields, "csrf": marks["ben"]}, cookies["ben"],
                                              Origin="http://evil.example")),
            "call without a mark": (403, send("POST", f"/api/{way}", cookie=cookies["ben"], body=body)),
            "call of nobody": (401, send("POST", f"/api/{way}", body=body)),
            "call by a wrong token": (401, send("POST", f"/api/{way}", body=body, Authorization="Bearer reeve_1")),
            "call by a viewer's token": (403, send("POST", f"/api/{way}", body=body,
                                                   Authorization=f"Bearer {tokens['looks-on']}")),
            "form of who may not": (403, send("POST", f"/do/{way}", {**fields, "csrf": marks["vic"]}, cookies["vic"])),
            "address that is only opened": (404, send("GET", f"/do/{way}", cookie=cookies["ben"])),
            "call that is only opened": (404, send("GET", f"/api/{way}", cookie=cookies["ben"])),
            "other method": (405, send("PUT", f"/do/{way}", cookie=cookies["ben"], body="x")),
        }
        for name, (want, (status, _, text)) in tries.items():
            assert status == want, (way, name, status, text)
        refused = [one for one in rig.events("call.refused") if one["data"]["action"].replace(" ", "/") == way]
        assert {one["actor"] for one in refused} >= {"person:vic", "program:looks-on"}, (way, refused)
    status, _, _ = send("POST", f"/attachments?run={number}", cookie=cookies["vic"], body="x", X_Reeve_Csrf=marks["vic"])
    assert status == 403 and requests_refused("person:vic may not keep files for a run")
    link = link_in(mail_to("ben", number))
    status, _, text = send("POST", link, {"decision": "approve"}, Origin="http://evil.example")
    assert status == 403, text
    assert facts_of_runs() == before, facts_of_runs()[len(before):]
    for words in ("its form was not written for the session of person:ben", "another site's page sent it",
                  "it brought a token that is not known"):
        assert requests_refused(words), words
    stays(number, 1)
    finish(number)


def asking_in_vain_does_not_fill_the_ledger():
    number = start("Wipe")
    before, counted = len(rig.events("call.declined")), len(rig.events("request.refused"))
    for nth in range(60):
        status, said = do("kim", "run/retry", number=number)  # may run, and has nothing to try again
        assert status == 403 and "has not failed" in said, said
    for nth in range(60):
        status, said = do_by_token("gate", "approve", number=number, step=1)
        assert status == 403 and "who made this API token" in said, said
    for nth in range(60):
        assert do("cleo", "refuse", number=9000 + nth, step=1, reason="no")[0] == 400
    facts = rig.events("call.declined")[before:]
    assert len([one for one in facts if one["actor"] == "program:gate"]) == 1, facts
    assert 10 <= len([one for one in facts if one["actor"] == "person:cleo"]) <= 16, facts
    refused = rig.events("request.refused")[counted:]
    reasons = {one["data"]["reason"] for one in refused}
    assert {"program:gate asked for approve again", "person:cleo asked for refuse again"} <= reasons, refused
    assert len(refused) <= 4, refused
    finish(number)


def one_caller_does_not_hold_all_streams():
    def follow(who, path="/events"):
        connection = http.client.HTTPConnection("127.0.0.1", rig.port, timeout=20)
        connection.request("GET", path, headers={"Cookie": f"reeve={cookies[who]}"})
        return connection, connection.getresponse()
    held = [follow("kim", "/events?run=1" if nth % 2 else "/events") for nth in range(16)]
    assert {answer.status for _, answer in held} == {200}
    for _ in range(3):
        connection, answer = follow("kim")
        text = answer.read().decode()
        assert answer.status == 429 and "16 pages of yours follow Reeve already" in text, text
        connection.close()
    other, answer = follow("cleo")
    assert answer.status == 200
    held.pop()[0].close()
    def again():
        connection, answer = follow("kim")
        connection.close()
        return answer.status == 200
    within(10, again, "the place of the one that was closed")
    for connection, _ in [*held, (other, None)]:
        connection.close()


def placeholders_carry_nothing_for_a_shell():
    for value in ("x; touch wiped", "$(touch wiped)", "`touch wiped`", "x|sh", "../x && ./wipe", "x\u202ey"):
        status, said = do("ana", "run", procedure="Name it", set=f"name={value}")
        assert status in (400, 403), (value, said)
        declined("run", said[:60])
    assert rig.events("run.opened")[-1]["data"]["number"] == 2 and wiped() == 1


def variables_of_the_shell_are_nobodys_to_set():
    for name in ("PATH", "LD_PRELOAD", "GIT_SSH_COMMAND", "REEVE_VALUE_1"):
        status, said = do("ana", "run", procedure="Wipe", set=f"{name}=/tmp/evil")
        assert status == 400 and f"has a place for {name}" in said, said
        declined("run", f"has a place for {name}")
    with open(f"{rig.folder}/environment") as file:  # of the step that ran: nothing of the daemon's own
        text = file.read()
    names = {line.split("=")[0] for line in text.splitlines()}
    assert re.search("^PGAPPNAME=reeve run [0-9]+ step 1$", text, re.M), text  # by which db:locks knows it
    assert names <= {"PATH", "HOME", "LANG", "PGAPPNAME", "TARGET", "DATABASE_URL", "PWD", "_", "SHLVL", "OLDPWD"}, names
    config = rig.command("config", "show").stdout
    with open(f"{rig.folder}/reeve.yaml") as file:
        text = file.read()
    rig.write("reeve.yaml", text.replace("TARGET: production", "LD_PRELOAD: /tmp/evil.so"))
    done = rig.command("check", "RUNBOOK.md", "--config", "reeve.yaml")
    both = done.stdout + done.stderr + rig.command("config", "show").stderr
    rig.write("reeve.yaml", text)
    assert "LD_PRELOAD changes what commands mean" in both, (both, config)


def forget_one():
    """What comes after begins with one again."""
    rig.write("wiped", "once\n")
    rig.own(f"{rig.folder}/wiped")


def begin_two():
    """A run that needs two approvals and has ben's: its number, and cleo's link."""
    number = start("Wipe twice")
    before = wiped()
    link = link_in(mail_to("cleo", number))
    status, _, text = press(link_in(mail_to("ben", number)))
    assert status == 200, text
    assert step(number)["approved"] == 1
    stays(number, before)
    return number, link


def one_person_counts_once():
    number, _ = begin_two()
    status, said = do("ben", "approve", number=number, step=1)
    assert status == 403 and "You have approved step 1" in said, said
    declined("approve", "You have approved step 1", number)
    stays(number, 1)
    finish(number)


def is_void(number, link, words):
    """What ben agreed to counts no more; cleo's old link and cleo alone begin nothing."""
    facts = [one for one in rig.events("run.approval-void") if one["data"]["number"] == number]
    assert [one["data"]["who"] for one in facts] == ["person:ben"] and words in facts[0]["data"]["reason"], facts
    assert step(number)["approved"] == 0, step(number)
    status, _, text = press(link)
    assert status == 410, text
    assert requests_refused(f"r{number}.1-cleo-smtp-1"), rig.events("request.refused")[-3:]
    stays(number, 1)
    status, said = do("cleo", "approve", number=number, step=1)
    assert status == 200, said
    assert step(number)["approved"] == 1
    stays(number, 1)
    finish(number)


def changed(edit):
    """Restarted with another reeve.yaml or environment."""
    number, link = begin_two()
    before = len(take_mails())
    rig.stop()
    edit()
    rig.serve()
    mail_to("ben", number, before)  # asked anew
    is_void(number, link, "what would run is not what was approved any more")


def edit_config(old, new):
    with open(f"{rig.folder}/reeve.yaml") as file:
        text = file.read()
    assert old in text
    rig.write("reeve.yaml", text.replace(old, new, 1))


def an_edited_command_voids_an_approval():
    changed(lambda: edit_config('"shop:both": { run: "./wipe"', '"shop:both": { run: "./wipe --all"'))
    assert "not used by this run" in take_mails()[-1]["text"] or "another command" in take_mails()[-1]["text"]


def a_changed_variable_voids_an_approval():
    changed(lambda: edit_config("TARGET: production", "TARGET: staging"))


def a_variable_that_changes_the_meaning_voids_an_approval():
    changed(lambda: edit_config("TARGET: staging", "TARGET: staging, PATH: /tmp/evil, GIT_SSH_COMMAND: /tmp/evil"))
    edit_config(", PATH: /tmp/evil, GIT_SSH_COMMAND: /tmp/evil", "")
    rig.stop()
    rig.serve()


def other_limits_void_an_approval():
    changed(lambda: edit_config("commands: { directory", "commands: { limits: { files: 200 }, directory"))
    changed(lambda: edit_config("files: 200", "files: 201"))
    edit_config("limits: { files: 201 }, ", "")
    rig.stop()
    rig.serve()


def another_user_voids_an_approval():
    name = pwd.getpwuid(os.stat(f"{rig.folder}/state").st_uid).pw_name
    changed(lambda: edit_config("commands: { directory", f"commands: {{ user: {name}, directory"))
    edit_config(f"user: {name}, ", "")
    rig.stop()
    rig.serve()


def another_secret_behind_the_same_name_voids_an_approval():
    changed(lambda: rig.environment.update(DATABASE_URL=SECRET.replace("db.", "other-db.")))
    with open(f"{rig.folder}/state/reeve.db", "rb") as file:
        assert b"hidden-9" not in file.read()


def a_restart_with_nothing_changed_keeps_an_approval():
    number, link = begin_two()
    rig.stop()
    rig.serve()
    assert step(number)["approved"] == 1
    status, _, text = press(link)
    assert status == 200, text
    is_done(number)
    assert wiped() == 2
    forget_one()


def a_changed_runbook_voids_an_approval():
    number, link = begin_two()
    before = len(take_mails())
    rig.write("RUNBOOK.md", RUNBOOK.replace("1. [ ] Look", "1. [ ] Look twice"))
    mail_to("ben", number, before)
    is_void(number, link, "what would run is not what was approved any more")


def a_removed_account_has_not_approved():
    number, _ = begin_two()
    good("account", "role", "ben", "operator")
    facts = [one for one in rig.events("run.approval-void") if one["data"]["number"] == number]
    assert "may not approve any more" in facts[0]["data"]["reason"], facts
    status, said = do("cleo", "approve", number=number, step=1)
    assert status == 200, said
    stays(number, 1)
    finish(number)
    good("account", "role", "ben", "approver")


def a_token_of_who_may_no_more_opens_nothing():
    good("account", "add", "dora", "--role", "administrator")
    good("account", "password", "dora", "--hash", password_hash)
    status, head, text = send("POST", "/login", {"name": "dora", "password": PASSWORD})
    cookies["dora"] = re.match(r"reeve=(\w+)", head["Set-Cookie"])[1]
    for name, may in (("keys", "administrator"), ("agrees", "approver"), ("looks", "viewer")):
        tokens[name] = "reeve_" + hashlib.sha256(name.encode()).hexdigest()
        digest = hashlib.sha256(tokens[name].encode()).hexdigest()
        assert do("dora", "api-token/new", name=name, may=may, digest=digest)[0] == 200
    number = start("Wipe twice")
    good("account", "role", "dora", "operator")
    for name, action, arguments in (("keys", "account/list", {}), ("agrees", "approve", {"number": number, "step": 1})):
        status, _, text = send("POST", f"/api/{action}", body=json.dumps(arguments),
                               Authorization=f"Bearer {tokens[name]}")
        assert status == 401 and "was revoked" in text, (name, status, text)
    assert do_by_token("looks", "run/list")[0] == 200
    good("account", "remove", "dora")
    assert send("POST", "/api/run/list", body="{}", Authorization=f"Bearer {tokens['looks']}")[0] == 401
    finish(number)


def the_command_line_and_the_page_approve_what_they_show():
    number = start("Wipe twice")
    good("approve", str(number), "1", "--digest", step(number)["digest"])
    page = html_tree.read(send("GET", f"/runs/{number}", cookie=cookies["cleo"])[2])
    form = page.get("form", action="/do/approve")
    fields = {one.attributes["name"]: one.attributes.get("value", "") for one in form.find_all("input")}
    status, _, text = send("POST", "/do/approve", {**fields, "digest": 64 * "0"}, cookie=cookies["cleo"])
    assert status == 403 and "has changed since it was shown" in text, text
    stays(number, 1)
    status, _, text = send("POST", "/do/approve", fields, cookie=cookies["cleo"])
    assert status == 303, text
    is_done(number)
    by = [one["actor"] for one in rig.events("run.step-approved") if one["data"]["number"] == number]
    assert len(by) == 2 and by[1] == "person:cleo" and wiped() == 2, by
    forget_one()


def what_changes_between_start_and_launch_is_not_begun():
    """A start that was recorded while no daemon ran, and another environment when it is launched."""
    number = start("Wipe")
    rig.stop()
    said = rig.refused(3, "approve", str(number), "1")
    assert "are known only while Reeve runs" in said, said
    rig.serve()
    finish(number)
    edit_config(", DATABASE_URL: env:DATABASE_URL", "")
    rig.stop()
    rig.serve()
    number = start("Wipe")
    rig.stop()
    good("approve", str(number), "1")  # by the user of the machine, who is somebody else
    assert [one for one in rig.events("run.step-started") if one["data"]["number"] == number]
    edit_config("TARGET: staging", "TARGET: elsewhere")
    rig.serve()
    found = within(10, lambda: step(number)["state"] == "failed" and step(number), "its end")
    assert "what would run is not what was approved any more" in found["detail"], found
    assert wiped() == 1
    finish(number)


def another_folder_behind_a_link_is_not_begun_in():
    rig.stop()
    os.symlink(".", f"{rig.folder}/here")
    edit_config("directory: .", "directory: here")
    rig.serve()
    number = start("Wipe")
    os.mkdir(f"{rig.folder}/there")
    rig.write("there/wipe", WIPE.replace(">>wiped", f">>{rig.folder}/wiped"))
    os.chmod(f"{rig.folder}/there/wipe", 0o755)
    os.unlink(f"{rig.folder}/here")
    os.symlink("there", f"{rig.folder}/here")
    status, said = do("cleo", "approve", number=number, step=1, digest=step(number)["digest"])
    assert status == 200, said
    found = within(10, lambda: step(number)["state"] in ("failed", "done") and step(number), "its end")
    assert found["state"] == "failed" and "is not what was approved any more" in found["detail"], found
    assert wiped() == 1
    assert do("ana", "run/retry", number=number)[0] == 200
    page = send("GET", f"/runs/{number}", cookie=cookies["cleo"])[2]
    assert f"{rig.folder}/there" in page, page
    finish(number)
    rig.stop()
    edit_config("directory: here", "directory: .")
    rig.serve()


def set_clock(by):
    if not FAKETIME:
        raise Skip("libfaketime is not installed")
    if bad_rig.instrumented():
        raise Skip("libfaketime and AddressSanitizer cannot both come first")
    rig.write("clock.rc", by)


def time_passes(to):
    """While nobody looks. The boot's clock would tell that the wall clock was set instead, so its mark goes."""
    rig.stop()
    os.remove(f"{rig.folder}/state/seen")
    set_clock(to)
    rig.serve()


def an_expired_approval_and_an_expired_link_are_refused():
    set_clock("+0")
    number, link = begin_two()
    time_passes("+90m")
    facts = within(10, lambda: [one for one in rig.events("run.approval-void") if one["data"]["number"] == number],
                   "the end of the approval")
    assert len(facts) == 1 and "it held until" in facts[0]["data"]["reason"], facts
    assert send("GET", link)[0] == 200  # a link is good for a day
    time_passes("+26h")
    status, _, text = press(link)
    assert status == 410 and "This link has expired" in text, text
    assert requests_refused("This link has expired")
    stays(number, 1)
    good("run", "skip", str(number), "1", "--reason", "enough")


def a_step_tells_people_by_mails_that_change_nothing():
    since = len(take_mails())
    number = start("Telling")
    within(15, lambda: step(number)["state"] == "done", "the end of the step")
    assert step(number)["detail"] == "told ben, cleo" and step(number)["people"] == "ben, cleo", step(number)
    told = within(15, lambda: len(take_mails()) == since + 2 and take_mails()[since:], "both mails")
    assert sorted(mail["to"][0] for mail in told) == ["ben@acme.example", "cleo@acme.example"], told
    for mail in told:
        assert mail["subject"] == f"[notice] Run {number}, step 1: Tell the team", mail
        for words in ("Tell the team\n", f"step 1 of run {number}: Telling", "Started by ana, ", "Told: ben, cleo",
                      f"http://127.0.0.1:{rig.port}/runs/{number}\n", "keep this message"):
            assert words in mail["text"], (words, mail["text"])
        assert re.findall(r"http://\S+", mail["text"]) == [f"http://127.0.0.1:{rig.port}/runs/{number}"], mail["text"]
    kinds = [one["kind"] for one in rig.events() if one["subject"] == f"run:{number}"]
    started = kinds.index("run.step-started")
    assert kinds[started + 1:started + 3] == 2 * ["page.requested"] and kinds[-1] == "run.step-done", kinds
    shown = html_tree.read(send("GET", f"/runs/{number}", cookie=cookies["ana"])[2]).get("li", id="step-1").text()
    assert "told ben, cleo" in shown, shown
    assert do("ana", "run/tick", number=number, step=2)[0] == 200


def an_approval_of_before_the_clock_was_set_counts_no_more():
    set_clock("+26h")
    cookies["ana"] = cookies["ben"] = None
    for name in ("ana", "ben"):
        _, head, _ = send("POST", "/login", {"name": name, "password": PASSWORD})
        cookies[name] = re.match(r"reeve=(\w+)", head["Set-Cookie"])[1]
    number, _ = begin_two()
    set_clock("+25h")
    fact = within(10, lambda: [one for one in rig.events("run.approval-void") if one["data"]["number"] == number],
                  "the clock to be seen")
    assert "the clock was set" in fact[0]["data"]["reason"], fact
    stays(number, 1)


def the_ledger_is_whole():
    assert rig.is_whole()


TESTS = [whoever_may_approve_is_asked_by_mail_once_and_the_requester_is_not,
         opening_the_link_shows_what_would_run_and_changes_nothing, run_show_says_the_same,
         an_own_request_is_not_approved_by_any_name, a_step_that_is_not_named_is_shown_and_not_approved,
         a_wrong_scope_does_not_approve, a_forged_link_does_not_approve, the_link_approves_as_its_person_once,
         a_replayed_link_and_one_of_what_is_over_are_refused_and_recorded, the_link_of_another_run_is_refused,
         a_refusal_by_link_stops_the_run_with_its_reason, placeholders_carry_nothing_for_a_shell,
         a_refusal_does_not_go_away_with_the_run, what_is_hidden_in_a_command_is_shown_and_named,
         a_value_that_leads_out_is_named_where_it_is_approved, a_place_of_one_letter_is_no_redirection,
         every_way_to_make_something_run_asks_who_and_for_the_mark_of_its_page,
         asking_in_vain_does_not_fill_the_ledger, one_caller_does_not_hold_all_streams,
         variables_of_the_shell_are_nobodys_to_set, one_person_counts_once, an_edited_command_voids_an_approval,
         a_changed_variable_voids_an_approval, other_limits_void_an_approval, another_user_voids_an_approval,
         a_variable_that_changes_the_meaning_voids_an_approval,
         another_secret_behind_the_same_name_voids_an_approval, a_restart_with_nothing_changed_keeps_an_approval,
         a_changed_runbook_voids_an_approval, a_removed_account_has_not_approved,
         a_step_tells_people_by_mails_that_change_nothing,
         a_token_of_who_may_no_more_opens_nothing,
         the_command_line_and_the_page_approve_what_they_show, what_changes_between_start_and_launch_is_not_begun,
         another_folder_behind_a_link_is_not_begun_in,
         an_expired_approval_and_an_expired_link_are_refused,
         an_approval_of_before_the_clock_was_set_counts_no_more, the_ledger_is_whole]

bad_rig.RUNBOOK = RUNBOOK
environment = {"DATABASE_URL": SECRET, "GIT_SSH_COMMAND": "/tmp/evil", "BASH_ENV": "/tmp/evil"}
if FAKETIME and not bad_rig.instrumented():
    environment.update(LD_PRELOAD=FAKETIME[0], FAKETIME_TIMESTAMP_FILE="clock.rc", FAKETIME_NO_CACHE="1",
                       FAKETIME_DONT_FAKE_MONOTONIC="1")
with mail_server() as (server, port), bad_rig.Rig(MORE.replace("MAILS", str(port)), environment=environment) as rig:
    rig.write("wipe", WIPE)
    os.chmod(f"{rig.folder}/wipe", 0o755)
    make_people()
    lib.run_tests(TESTS)
