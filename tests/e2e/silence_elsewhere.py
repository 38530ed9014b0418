# silence_elsewhere.py - silences of jobs and of alerts from elsewhere on the real daemon, over SIGKILL: muted and shown,
# ended by the page and by their time, and the message that one ends, once. Usage: silence_elsewhere.py BUILD_FOLDER
import json
import sys
import time
import urllib.parse
import urllib.request

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = sys.argv[1]
bad_rig.build = build
BEAT, SENDER = "0123456789abcdef-backup", "sender-token-0123456789"
rig = None


def said(*words, code=0):
    done = rig.command(*words)
    assert done.returncode == code, (words, done)
    return done.stdout


def listed(*words, codes=(0,)):
    done = rig.command(*words, "--json")
    assert done.returncode in codes, (words, done)
    return json.loads(done.stdout)


def send(key, name, status="firing"):
    body = {"version": "4", "groupKey": "g1", "status": status, "truncatedAlerts": 0, "alerts": [
        {"status": status, "labels": {"alertname": name}, "annotations": {"summary": f"{name} is <bad>"},
         "startsAt": "2026-11-29T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "fingerprint": key}]}
    request = urllib.request.Request(rig.url + "/in/am", data=json.dumps(body).encode(), headers={
        "Content-Type": "application/json", "Authorization": f"Bearer {SENDER}"})
    with urllib.request.urlopen(request, timeout=15) as answer:
        assert answer.status == 200, answer.status


def beat():
    status, text = lib.ask(f"{rig.url}/beat/backup/{BEAT}")
    assert status == 200, (status, text)


def heartbeat():
    return listed("heartbeat", "show", "backup", codes=(0, 1))


def again():
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()


def notices():
    return [mail for mail in rig.mails() if mail["subject"].startswith("[notice] Silence")]


def do(action, **fields):
    status, text = rig.ask(f"/do/{action}", body=urllib.parse.urlencode(fields).encode())
    assert status in (200, 303), (status, text)


def what_is_not_there_is_refused():
    said("heartbeat", "list")
    for words, sentence in (
            (("--heartbeat", "nightly"), "There is no heartbeat \"nightly\"; there are: backup, report."),
            (("--sender", "graf"), "No sender of alerts is called \"graf\"; there are: am."),
            (("--sender", "am", "--key", "k1"), "No alert of am is open, so none has the key \"k1\""),
            (("--key", "k1"), "give --sender NAME too"), (("all", "--heartbeat", "backup"), "A silence is of one thing"),
            ((), "A silence is of one thing")):
        assert sentence in rig.refused(2, "silence", "add", *words, "--for", "2h", "--reason", "x"), words
    assert "needs a reason" in rig.refused(2, "silence", "add", "--heartbeat", "backup", "--for", "2h", "--reason", " ")
    for end in (("--for", "31d"), ("--until", "2020-01-01T00:00:00Z"), ()):
        rig.refused(2, "silence", "add", "--heartbeat", "backup", *end, "--reason", "x")
    assert listed("silence", "list") == [] and rig.events("silence.opened") == []


def muted_things_open_nothing_over_kills():
    """The job is late and the alert fires, in silences that were made before."""
    beat()
    said("silence", "add", "--heartbeat", "backup", "--for", "1h", "--reason", "it moves")
    said("silence", "add", "--sender", "am", "--name", "disk full", "--for", "1h", "--reason", "a new <disk>")
    send("k1", "Disk full")
    within(30, lambda: heartbeat()["state"] == "late", "the job to be late")
    for _ in range(2):
        assert heartbeat()["silence"] == 1 and "it moves" in heartbeat()["muted"], heartbeat()
        [one] = listed("alert", "inbound")
        assert one["silence"] == 2 and one["incident"] is None and "a new <disk>" in one["muted"], one
        firing = [one["firing"] for one in listed("silence", "list")]
        assert firing == [["Heartbeat backup is late"], ["am: Disk full"]], firing
        assert listed("incident", "list") == [] and rig.events("incident.opened") == []
        again()
    [late], [fired] = rig.events("beat.late"), rig.events("inbound.fired")
    assert late["data"]["muted"] is True and fired["data"]["muted"] is True, (late, fired)
    assert "(muted by a silence)" in said("ledger", "show", "--last", "100")


def the_page_shows_and_ends_them():
    page = rig.page()
    assert "it moves" in page.get(id="beats").text() and "a new <disk>" in page.get(id="inbound").text()
    raw = rig.ask("/")[1]
    assert "a new &lt;disk&gt;" in raw and "a new <disk>" not in raw
    do("silence/end", number=1)
    within(20, lambda: len(listed("incident", "list")) == 1, "the job's incident")
    again()
    do("silence/end", number=2)
    within(20, lambda: len(listed("incident", "list")) == 2, "the alert's incident")
    titles = {one["title"] for one in listed("incident", "list")}
    assert titles == {"Heartbeat backup is late", "am: Disk full"}, titles
    assert len(rig.events("incident.opened")) == 2


def the_page_sets_them():
    raw = rig.ask("/")[1]
    assert 'name="heartbeat" value="backup"' in raw and 'name="key" value="k1"' in raw
    do("silence/add", **{"sender": "am", "key": "k1", "for": "30m", "reason": "by the page", "back": "/"})
    do("silence/add", **{"heartbeat": "report", "for": "30m", "reason": "by the page too", "back": "/"})
    last = listed("silence", "list")
    assert [(one["scope"], one["of"]) for one in last] == [
        ("key", "alert \"Disk full\" (key k1) of am"), ("heartbeat", "heartbeat report")], last
    for one in last:
        said("silence", "end", str(one["number"]))
    # What is open goes on until it is over, and is closed.
    send("k1", "Disk full", "resolved")
    beat()
    within(20, lambda: {one["state"] for one in listed("incident", "list")} == {"mitigated"}, "their end")
    resolve_all()


def resolve_all():
    for one in listed("incident", "list"):
        said("incident", "resolve", str(one["number"]), "--anyway", "over")


def its_end_is_told_once_over_kills():
    """A minute of silence: half of it before its end its maker hears of it, by one mail."""
    said("silence", "add", "--heartbeat", "backup", "--for", "1h", "--reason", "it is done with")
    assert notices() == []
    said("silence", "add", "--sender", "am", "--for", "60s", "--reason", "the maker is known")
    maker = rig.events("silence.opened")[-1]["actor"].split(":")[1]
    assert maker == USER, maker
    send("k2", "Queue long")
    again()
    within(60, lambda: rig.events("silence.expiring"), "that it ends")
    rig.core.kill()  # at whatever moment of asking, starting and sending it is
    rig.core.wait(20)
    rig.serve()
    within(30, notices, "the message")
    again()
    within(30, lambda: len(rig.events("page.sent")) and rig.events("silence.expired"), "its end")
    asked = [one for one in rig.events("page.requested") if one["data"]["silence"] > 0]
    assert [one["data"]["person"] for one in asked] == [USER], asked
    number = asked[0]["data"]["silence"]
    doubts = [one for one in rig.events("page.doubted") if one["data"]["page"] == asked[0]["data"]["page"]]
    told = notices()
    assert 1 <= len(told) <= 1 + len(doubts), (told, doubts)
    assert told[0]["subject"].startswith(f"[notice] Silence {number} ends at "), told
    assert "all alerts of am" in told[0]["subject"]
    body = told[0]["body"]
    for words in ("am: Queue long, for", "the maker is known", f"reeve silence end {number}", "nobody waits for an answer"):
        assert words in body, (words, body)
    assert not any(one["data"]["page"].startswith("s") for one in rig.events("link.used")), "nobody has to answer"
    within(20, lambda: [one for one in listed("incident", "list") if one["state"] == "open"], "the incident at its end")
    [again_open], [expired] = rig.events("incident.reopened"), rig.events("silence.expired")
    assert again_open["data"]["reason"].startswith("am: Queue long fires within"), again_open
    assert again_open["at"] >= expired["at"], (again_open, expired)


def what_if_names_silences():
    resolve_all()
    said("silence", "add", "disk usage", "--for", "2h", "--reason", "what if")
    number = listed("silence", "list")[-1]["number"]
    plan = listed("alert", "whatif", "--firing", "Disk usage")
    assert [(one["number"], one["mutes"]) for one in plan["silences"]] == [(number, True)], plan
    of_it = [one["kind"] for one in plan["facts"] if "disk usage" in one["sentence"].lower()]
    assert of_it == ["silence.ending", "silence.expired", "incident.opened"], (of_it, plan)
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3 * 3600))
    plan = listed("alert", "whatif", "--firing", "Disk usage", "--at", later)
    assert [(one["number"], one["mutes"]) for one in plan["silences"]] == [(number, False)], plan
    of_it = [one["kind"] for one in plan["facts"] if "disk usage" in one["sentence"].lower()]
    assert of_it == ["incident.opened"], plan
    assert "it is over by then and mutes nothing" in said("alert", "whatif", "--firing", "Disk usage", "--at", later)


USER = bad_rig.AS_NOBODY and "nobody" or __import__("getpass").getuser()
MORE = bad_rig.PEOPLE.replace("people:\n", f"people:\n  {USER}: {{ email: {USER}@acme.example }}\n") + """
heartbeats:
  backup: { every: 6 s, grace: 1 s, token: "env:BEAT", opens: P1 }
  report: { every: 1 h, token: "env:BEAT", opens: P1 }
senders: [{ name: am, alerts: alertmanager, token: "env:SENDER", opens: P1 }]
"""
tests = [what_is_not_there_is_refused, muted_things_open_nothing_over_kills, the_page_shows_and_ends_them,
         the_page_sets_them, its_end_is_told_once_over_kills, what_if_names_silences]
with bad_rig.Rig(MORE, environment={"BEAT": BEAT, "SENDER": SENDER}) as rig:
    lib.run_tests(tests)
