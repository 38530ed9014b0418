# incident_work.py - a breach on the real daemon: its timeline by the page's forms, a run that belongs to it and its
# undo, ticks by actions, over a kill; the page of the incident in a browser with everything open on it, wide and
# narrow, light and dark, with axe-core. Usage: incident_work.py BUILD_FOLDER
import json
import os
import re
import sys
import urllib.parse

sys.dont_write_bytecode = True
import axe  # noqa: E402
import bad_rig  # noqa: E402
import browser  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = os.path.abspath(sys.argv[1])
bad_rig.build = build
bad_rig.RUNBOOK = """# Ours

## Incident Response

### Severity Levels
- **P0 (Critical)**: Complete outage, data breach, security incident
  - Response time: 15 minutes
- **P1 (High)**: Partial outage
  - Response time: 30 minutes

### Response Checklist
1. [ ] Acknowledge alert
2. [ ] Create incident channel (#incident-YYYY-MM-DD-description)
3. [ ] Assess impact and severity
4. [ ] Implement immediate mitigation
5. [ ] Update status page
6. [ ] Begin root cause analysis
7. [ ] Deploy fix
8. [ ] Write postmortem

## Security Procedures

### Data Breach Response
1. **Immediate**: Isolate affected systems
2. **15 min**: Assess scope and impact
3. **30 min**: Notify security team and legal
4. **4 hours**: Prepare user notification (if required)
5. **48 hours**: Complete initial report

## Operations

### Block outside access
1. Put the wall up

### Unblock outside access
1. Take the wall down

## Escalation Matrix

| Service | Contact | Method | Escalation |
|---------|---------|--------|------------|
| Database | Supabase Support | support@supabase.example | Enterprise SLA |
"""
rig = None
tab = None


def said(*words, code=0):
    done = rig.command(*words)
    assert done.returncode == code, (words, done)
    return done.stdout


def shown():
    return json.loads(said("incident", "show", "1", "--json"))


def press(action, **fields):
    status, text = rig.ask(f"/do/{action}", body=urllib.parse.urlencode(fields).encode())
    assert status in (200, 303), (status, text)


def declared_as_a_breach_it_is_a_p0_with_a_timeline():
    rig.declare("Data breach: the orders in the database are for sale")
    is_now = shown()
    assert is_now["severity"] == "P0" and is_now["state"] == "open", is_now
    assert [line["item"] for line in is_now["breach"]["lines"]] == [1, 2, 3, 4, 5], is_now["breach"]
    assert is_now["breach"]["authority"]["source"] == "GDPR Art. 33(1)" and not is_now["breach"]["aware_is_stated"]


def its_lines_are_done_by_the_forms_of_the_page():
    status, page = rig.ask("/incidents/1")
    assert status == 200 and "Breach timeline" in page and "Notify the supervisory authority" in page, page
    press("incident/ack", number=1)
    press("incident/deed", number=1, item=1, note="the shop's <database> is cut off")
    press("incident/deed", number=1, item=4, note="nobody is concerned", **{"not-required": "true"})
    press("incident/breach", number=1, aware="25m", reason="a customer wrote to support")
    within(20, lambda: shown()["breach"]["lines"][1]["missed"], "the line that is late by now")
    lines = shown()["breach"]["lines"]
    assert lines[0]["how"] == "done" and lines[3]["how"] == "not required" and not lines[2]["missed"], lines


def a_run_for_it_is_begun_from_its_page_and_shows_its_undo():
    status, page = rig.ask("/incidents/1")
    link = re.search(r'href="(/procedures/[0-9a-f]+/\d+\?incident=1)">Run Block outside access', page)
    assert link and "taken back by: Unblock outside access" in page, page
    status, plan = rig.ask(link[1])
    assert status == 200 and '<input type="hidden" name="incident" value="1">' in plan, plan
    press("run", procedure="Block outside access", incident=1)
    press("run/tick", number=1, step=1)
    run = within(10, lambda: [one for one in shown()["runs"] if one["in_force"]], "the mitigation")[0]
    assert run["purpose"] == "mitigation" and run["undo"] == "Unblock outside access", run
    ticks = {one["item"]: one for one in shown()["checklist"]}
    assert ticks[1]["done"] and ticks[4]["because"] == "run 1, Block outside access, has ended", ticks
    assert not ticks[7]["done"] and not ticks[5]["bound"], ticks
    status, page = rig.ask("/incidents/1")
    assert "in force" in page and "Take it back: Unblock outside access" in page, page


def a_kill_changes_nothing_of_it():
    before = shown()
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    after = shown()
    assert [before[key] for key in ("breach", "runs", "checklist")] == [after[key] for key in ("breach", "runs", "checklist")]


def a_tick_by_an_action_is_taken_back_with_a_reason():
    assert "say with --reason why" in rig.refused(2, "incident", "tick", "1", "4", "--undo")
    press("incident/tick", number=1, item=4, undo="true", reason="the wall has a hole")
    assert not {one["item"]: one for one in shown()["checklist"]}[4]["done"]


def the_page_is_for_everybody_and_for_a_telephone():
    rules = axe.program(build)
    found = []
    said("incident", "role", "1", "scribe", "ben")
    said("incident", "follow-up", "1", "Encrypt the orders", "--owner", "ben", "--due", "14d")
    said("incident", "note", "1", "The dump has a watermark of May")
    for scheme, width, height in (("light", 1280, 900), ("dark", 1280, 900), ("light", 390, 844), ("dark", 390, 844)):
        tab.size(width, height)
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        tab.open(rig.url + "/incidents/1")
        within(20, lambda: tab.value("document.readyState") == "complete", "the page")
        tab.value("document.querySelectorAll('details').forEach(one => one.open = true)")
        wide = tab.value("document.documentElement.scrollWidth")
        tab.picture(f"{build}/pictures/incident-{scheme}-{width}.png")
        assert wide <= width, (width, wide)
        found += [f"{scheme} {width}: {one}" for one in (axe.findings(tab, rules) if rules else [])]
    assert found == [], "\n".join(found)
    if rules is None:
        raise lib.Skip("axe-core is not there; npm install --prefix BUILD/axe axe-core")


def what_is_left_at_its_end_is_owed():
    assert "is not done" in rig.refused(3, "incident", "resolve", "1", "over")
    said("incident", "resolve", "1", "--anyway", "the hole is closed")
    owed = said("incident", "follow-up", "list", code=1)
    for words in ("Take back run 1", "Breach: Notify security team", "notify the supervisory authority"):
        assert words in owed, owed
    draft = said("incident", "postmortem", "1")
    assert "## Breach timeline" in draft and "not done, **late**" in draft, draft


tests = [declared_as_a_breach_it_is_a_p0_with_a_timeline, its_lines_are_done_by_the_forms_of_the_page,
         a_run_for_it_is_begun_from_its_page_and_shows_its_undo, a_kill_changes_nothing_of_it,
         a_tick_by_an_action_is_taken_back_with_a_reason, the_page_is_for_everybody_and_for_a_telephone,
         what_is_left_at_its_end_is_owed]
os.makedirs(f"{build}/pictures", exist_ok=True)
with bad_rig.Rig(bad_rig.PEOPLE.replace("repeat: 2 s", "repeat: 1 h")) as rig:
    if browser.program() is None:
        lib.run_tests([test for test in tests if "telephone" not in test.__name__])
    else:
        with browser.Browser() as tab:
            tab.open(f"{rig.url}/?token={rig.token}")
            lib.run_tests(tests)
