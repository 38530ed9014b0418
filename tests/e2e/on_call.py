# on_call.py - who is on call, on the real daemon: the examples of docs/manual/on-call.md with its configuration,
# over a kill; the page of the rotas in a browser, wide and narrow, light and dark, with axe-core; the calendar by an
# API token. Usage: on_call.py BUILD_FOLDER
import json
import os
import re
import shlex
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
import axe  # noqa: E402
import bad_rig  # noqa: E402
import browser  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = os.path.abspath(sys.argv[1])
bad_rig.build = build
with open(os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "docs/manual/on-call.md"),
          encoding="utf-8") as file:
    MANUAL = file.read()
PEOPLE = """people:
""" + "".join(f"  {name}: {{ email: {name}@acme.example, roles: [responder] }}\n" for name in "ana ben cai dee eli fay".split()) + """
smtp: { url: "smtp://127.0.0.1:SMTP", from: reeve@acme.example }
"""
CONFIGURATION = re.search(r"```yaml\n(.*?)```", MANUAL, re.S)[1] + "  night: { people: fay, only: 22:00-06:00 }\n"
bad_rig.RUNBOOK = bad_rig.RUNBOOK.replace("### ", "## ")
rig = None
tab = None


def said(*words, code=0):
    done = rig.command(*words)
    assert done.returncode == code, (words, done)
    return done.stdout


def commands():
    """Each "reeve oncall" of the page's examples, but what stands behind a > or #."""
    blocks = re.findall(r"```sh\n(.*?)```", MANUAL, re.S)
    return [re.split(r"\s+[#>] ?", line)[0] for block in blocks for line in block.splitlines() if line.startswith("reeve oncall")]


def ahead(days):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86400))


def shifted(words):
    """Dates of the page lie in the past one day: the same, counted from now."""
    dates = sorted(set(re.findall(r"20\d\d-\d\d-\d\d", " ".join(words))))
    new = {date: ahead(2 + 21 * i) for i, date in enumerate(dates)}
    return [re.sub(r"20\d\d-\d\d-\d\d", lambda found: new[found[0]], word) for word in words]


def every_example_of_the_manual_is_taken():
    lines = commands()
    assert len(lines) == 8, lines
    for line in lines:
        words = shifted(shlex.split(line)[1:])
        out = said(*(["oncall", "undo", "3"] if words[:2] == ["oncall", "undo"] else words))
        assert out, line
    kinds = [one["kind"] for one in rig.events() if one["kind"].startswith("oncall.")]
    assert [kinds.count(f"oncall.{kind}") for kind in ("overridden", "swapped", "leave", "undone")] == [1, 1, 1, 1], kinds


def what_is_on_is_the_same_after_a_kill():
    before = json.loads(said("oncall", "--for", "14 days", "--json"))
    assert [one["rota"] for one in before["rotas"]] == ["primary", "secondary", "database", "night"], before
    assert len(before["changes"]) == 2 and before["rotas"][0]["shifts"], before
    gaps = len(rig.events("oncall.gap"))
    assert 0 < len(before["gaps"]) == gaps - len(rig.events("oncall.gap-closed")), before["gaps"]
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    after = json.loads(said("oncall", "--for", "14 days", "--json"))
    assert [before[key] for key in ("rotas", "changes", "gaps")] == [after[key] for key in ("rotas", "changes", "gaps")]
    assert len(rig.events("oncall.gap")) == gaps


def check_names_the_gap_and_refusals_are_one_sentence():
    assert "The rota night has nobody from " in said("check")
    assert "There is no rota" in rig.refused(2, "oncall", "override", "primery", "ana", "--for", "1h", "--reason", "x")
    assert "is no time" in rig.refused(2, "oncall", "--at", "soon")
    assert "does not know the time zone" in rig.refused(2, "oncall", "--zone", "Europe/Nowhere")
    assert "It needs one end" in rig.refused(2, "oncall", "leave", "ana", "--reason", "x")


def whoever_is_on_is_paged():
    first = json.loads(said("oncall", "whatif", "--json"))["pages"][0]["people"]
    rig.declare("Checkout is down")
    names = [f"{name}@acme.example" for name in first]
    within(20, lambda: {to for mail in rig.mails() if "Checkout" in json.dumps(mail) for to in names if to in json.dumps(mail)}
           == set(names), "the page")
    others = [name for name in "ana ben cai dee eli fay".split() if name not in first]
    assert not [mail for mail in rig.mails() if "Checkout" in json.dumps(mail) and
                any(f"{name}@acme.example" in json.dumps(mail) for name in others)], rig.mails()


def the_calendar_is_read_by_its_address():
    status, text = rig.ask("/oncall.ics?person=ana")
    assert status == 200 and text.startswith("BEGIN:VCALENDAR") and "SUMMARY:On call (primary): ana" in text, (status, text)
    assert said("oncall", "ics", "ana").count("BEGIN:VEVENT") == text.count("BEGIN:VEVENT") > 5
    status, text = rig.ask("/oncall.ics?person=nobody")
    assert status == 404, (status, text)
    status, text = lib.ask(rig.url + "/oncall.ics")
    assert status in (401, 403), (status, text)


def the_page_is_for_everybody_and_for_a_telephone():
    rules = axe.program(build)
    found = []
    for scheme, width, height in (("light", 1280, 900), ("dark", 390, 844)):
        tab.size(width, height)
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for path in ("/oncall", "/"):
            tab.open(rig.url + path)
            within(20, lambda: tab.value("document.readyState") == "complete", "the page")
            text = tab.value("document.body.innerText")
            assert "primary" in text and ("until" in text or path == "/"), text
            wide = tab.value("document.documentElement.scrollWidth")
            assert wide <= width, (path, width, wide)
            tab.picture(f"{build}/pictures/oncall-{scheme}-{width}-{'rotas' if path != '/' else 'main'}.png")
            found += [f"{scheme} {width} {path}: {one}" for one in (axe.findings(tab, rules) if rules else [])]
    assert found == [], "\n".join(found)
    if rules is None:
        raise lib.Skip("axe-core is not there; npm install --prefix BUILD/axe axe-core")


def the_forms_of_the_page_put_somebody_on_and_take_it_back():
    form = urllib.parse.urlencode({"rota": "night", "person": "dee", "for": "1h", "reason": "fay is <ill>", "back": "/oncall"})
    status, text = rig.ask("/do/oncall/override", body=form.encode())
    assert status in (200, 303), (status, text)
    found = [one for one in json.loads(said("oncall", "--json"))["changes"] if one["reason"] == "fay is <ill>"]
    assert len(found) == 1 and found[0]["what"] == "override of night by dee", found
    status, text = rig.ask("/oncall")
    assert "<strong>Now:</strong> dee" in text and "fay is &lt;ill&gt;" in text, text
    status, text = rig.ask("/do/oncall/undo", body=urllib.parse.urlencode({"number": found[0]["number"]}).encode())
    assert status in (200, 303), (status, text)
    assert not [one for one in json.loads(said("oncall", "--json"))["changes"] if one["reason"] == "fay is <ill>"]


def the_page_is_right_without_a_browser():
    status, text = rig.ask("/oncall")
    assert status == 200 and "<h1>On call</h1>" in text and "Times by the clock of Europe/Ljubljana" in text, (status, text)


tests = [every_example_of_the_manual_is_taken, what_is_on_is_the_same_after_a_kill,
         check_names_the_gap_and_refusals_are_one_sentence, whoever_is_on_is_paged, the_calendar_is_read_by_its_address,
         the_forms_of_the_page_put_somebody_on_and_take_it_back, the_page_is_right_without_a_browser,
         the_page_is_for_everybody_and_for_a_telephone]
os.makedirs(f"{build}/pictures", exist_ok=True)
with bad_rig.Rig(PEOPLE + CONFIGURATION) as rig:
    if browser.program() is None:
        lib.run_tests(tests[:-1])
    else:
        with browser.Browser() as tab:
            tab.open(f"{rig.url}/?token={rig.token}")
            lib.run_tests(tests)
