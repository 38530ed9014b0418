# chain.py - the whole way once, on the demonstration's production: a fault becomes an alert, an
# incident, pages and clocks, is acknowledged by a link, ends, and the ledger proves all of it.
# The tests are the steps of one incident and stand in its order. Usage: chain.py BUILD_FOLDER
import html
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import ask, within  # noqa: E402

build = sys.argv[1]
demo = None
token = None
HIGH = "Error rate > 5% for 10 seconds"


def reeve(*arguments, code=0):
    """What the command printed; an AssertionError when it ended with another exit code."""
    done = subprocess.run(demo.reeve_command(*arguments), cwd=demo.company, timeout=30,
                          env=demo.environment(), capture_output=True, text=True)
    assert done.returncode == code, (arguments, done)
    return done.stdout + (done.stderr if code else "")


def rule(title=HIGH):
    found = json.loads(reeve("alert", "list", "--json"))
    return next(one for one in found if one["title"] == title)


def incidents():
    return json.loads(reeve("incident", "list", "--json"))


def incident():
    return json.loads(reeve("incident", "show", "1", "--json"))


def events(kind=None):
    leaves = reeve("ledger", "show", "--last", "100000", "--json").splitlines()
    return [leaf for leaf in map(json.loads, leaves) if kind in (None, leaf["kind"])]


def page(path="/"):
    status, text = ask(demo.reeve + path, headers={"Authorization": f"Bearer {token}"})
    assert status == 200, (status, text)
    return html.unescape(text)


def mails_to(person):
    return [mail for mail in demo.mails() if person in str(mail["recipients"])]


def first_link():
    return re.search(r"http://\S+/ack/\S+", mails_to("ana")[0]["body"])[0]


def the_page_opens_with_its_token_and_is_healthy():
    global token
    token = demo.reeve_page.split("token=")[1]
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(demo.reeve_page, timeout=15) as answer:
        assert "Acme Shop" in answer.read().decode()
    status, text = ask(demo.reeve)
    assert status == 401 and "Acme Shop" not in text, "the page is shown without a token"
    within(20, lambda: rule()["truth"] == "false", "a reading of the error rate")
    assert incidents() == [] and demo.mails() == []
    assert HIGH in page()


def a_second_daemon_is_refused_with_the_first_ones_id():
    said = reeve("serve", "--config", demo.config, code=3)
    assert str(demo.pid("reeve")) in said, said
    # The refused one must not take the socket of the running one away.
    assert rule()["truth"] == "false", rule()


def the_fault_makes_the_rule_pending_with_its_progress():
    demo.fault("errors", True)
    found = within(25, lambda: rule() if rule()["state"] == "pending" else None, "pending")
    assert re.search(r"\d", found["progress"]) and "%" in found["reading"], found


def a_runbook_with_an_error_is_refused_and_a_good_one_keeps_the_state():
    path = f"{demo.company}/RUNBOOK.md"
    with open(path) as file:
        good = file.read()
    for_it = [event["at"] for event in events("alert.pending")]

    def put(text):
        with open(path + ".new", "w") as file:
            file.write(text)
        os.chmod(path + ".new", 0o644)
        os.rename(path + ".new", path)

    put(good.replace("- " + HIGH, "- " + HIGH + "\n- Error rate > banana for 10 seconds"))
    within(10, lambda: events("runbook.refused"), "the refusal")
    within(5, lambda: "banana" in page(), "the refusal on the page")
    assert rule()["state"] in ("pending", "firing"), rule()
    loaded = len(events("runbook.loaded"))
    put(good.replace("that customers can live with", "that customers hardly see"))
    within(10, lambda: len(events("runbook.loaded")) > loaded, "the new version")
    assert "hardly see" in page()
    assert rule()["state"] in ("pending", "firing"), rule()
    assert [event["at"] for event in events("alert.pending")][:len(for_it)] == for_it
    assert not events("alert.retired") and not events("alert.calmed")


def it_fires_and_opens_an_incident():
    within(25, lambda: rule()["state"] == "firing", "firing")
    found = within(5, incidents, "an incident")
    assert len(found) == 1 and found[0]["severity"] == "P1" and found[0]["state"] == "open", found
    assert "Error rate" in found[0]["title"], found
    assert found[0]["title"] in page() and found[0]["title"] in page("/incidents/1")


def the_primary_is_mailed_with_a_link_and_a_checkpoint():
    mail = within(15, lambda: mails_to("ana"), "a mail to ana")[0]
    assert "P1" in mail["subject"] and "/ack/" in mail["body"], mail
    assert not mails_to("ben"), "ben was told before the response time was over"
    note = mail["body"][mail["body"].index("keep this message:\n") + len("keep this message:\n"):]
    with open(f"{demo.folder}/first.note", "w") as file:
        file.write(note.replace("\r\n", "\n").strip("\n") + "\n")
    os.chmod(f"{demo.folder}/first.note", 0o644)


def the_page_is_repeated():
    within(35, lambda: len(mails_to("ana")) >= 2, "a second mail to ana")
    assert incident()["state"] == "open"


def the_missed_response_time_tells_the_secondary():
    within(40, lambda: events("incident.response-missed"), "the missed response time")
    within(15, lambda: mails_to("ben"), "a mail to ben")
    hook = within(15, demo.hooks, "a webhook")[0]
    assert lib.signature_holds(hook, demo.info["DEMO_HOOK_KEY"]), hook
    assert not lib.signature_holds(hook, "another key")
    assert json.loads(hook["body"])["data"]["incident"] == 1, hook
    clocks = incident()["clocks"]
    assert any(clock["missed"] for clock in clocks), clocks


def it_escalates_after_a_minute():
    within(50, lambda: events("incident.escalated"), "the escalation")
    reasons = [str(event) for event in events("page.requested")]
    within(10, lambda: any("escalated" in str(event) for event in events("page.requested")),
           f"a page for the escalation among {reasons}")


def looking_at_the_link_changes_nothing():
    link = first_link()
    before = (incident(), [e for e in events() if e["kind"].startswith(("incident.ack", "link."))])
    status, text = ask(link)
    assert status == 200 and "<button" in text, (status, text)
    after = (incident(), [e for e in events() if e["kind"].startswith(("incident.ack", "link."))])
    assert before == after and after[0]["state"] == "open", (before, after)


def a_forged_link_is_refused():
    link = first_link()
    start = link.index("/ack/") + 5
    for at in (start, start + 7, len(link) - 5, len(link) - 1):
        forged = link[:at] + ("A" if link[at] != "A" else "B") + link[at + 1:]
        for form in (None, {}):
            status, text = ask(forged, form=form)
            assert status == 403, (at, status, text)
    assert incident()["state"] == "open"


def the_button_acknowledges_once_and_the_pages_stop():
    link = first_link()
    status, text = ask(link, form={})
    assert status == 200 and "acknowledged" in text, (status, text)
    found = incident()
    assert found["state"] == "acknowledged" and "ana" in found["acknowledged_by"], found
    status, text = ask(link, form={})
    assert status == 403 and "used already" in text, (status, text)
    acknowledged = events("incident.acknowledged")
    assert len(acknowledged) == 1, acknowledged
    # What is being sent at that moment may still arrive; after it nothing is asked for.
    later = [e for e in events("page.requested") if e["at"] > acknowledged[0]["at"]]
    assert later == [], later


def a_stopped_target_makes_the_rule_unknown_and_not_resolved():
    demo.fault("metrics", True)
    within(30, lambda: rule()["truth"] == "unknown", "an unknown rule")
    within(5, lambda: events("alert.unknown"), "the fact that it is unknown")
    assert rule()["state"] == "firing" and not events("alert.resolved"), rule()
    within(5, lambda: "unknown" in reeve("incident", "show", "1").lower(),
           "the incident that says so")
    assert "unknown" in page().lower()
    demo.fault("metrics", False)
    within(30, lambda: rule()["truth"] == "true", "a known rule")
    asked = [e for e in events("page.requested")
             if e["at"] > events("incident.acknowledged")[0]["at"]]
    assert asked == [], asked  # more than one repetition later


def without_the_fault_it_is_mitigated_and_a_person_resolves_it():
    demo.fault("errors", False)
    within(100, lambda: rule()["state"] == "inactive", "the end of the alert")
    within(60, lambda: incident()["state"] == "mitigated", "mitigation")
    assert not events("incident.resolved")
    reeve("incident", "resolve", "1", "The bad release was taken back")
    assert incidents() == []
    resolved = events("incident.resolved")
    assert len(resolved) == 1 and resolved[0]["actor"] != "reeve", resolved


def the_ledger_is_whole_and_shows_every_change():
    assert "whole" in reeve("ledger", "verify")
    reeve("ledger", "verify", "--checkpoint", f"{demo.folder}/first.note")
    state = f"{demo.folder}/company/state"
    for name, damage in (("changed", change_one_byte), ("cut", cut_tail)):
        copy = f"{state}/{name}.db"
        reeve("ledger", "backup", copy)
        with sqlite3.connect(copy) as database:
            damage(database)
        database.close()
        said = reeve("ledger", "verify", "--file", copy,
                     "--checkpoint", f"{demo.folder}/first.note", code=1)
        assert "changed" in said and re.search(r"entr(y|ies) \d|\d+ entries", said), (name, said)
        os.remove(copy)


def entry_table(database):
    """(table, column of the number, column of the leaf) of the ledger's entries."""
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        if "leaf" in columns:
            return table, columns[0], "leaf"
    raise AssertionError("the ledger has no table with leaves")


def drop_triggers(database):
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        database.execute(f"DROP TRIGGER {name}")


def change_one_byte(database):
    drop_triggers(database)
    table, number, leaf = entry_table(database)
    row, old = database.execute(f"SELECT {number}, {leaf} FROM {table} LIMIT 1 OFFSET 4").fetchone()
    new = old[:-3] + (b"x" if isinstance(old, bytes) else "x") + old[-2:]
    assert new != old
    database.execute(f"UPDATE {table} SET {leaf} = ? WHERE {number} = ?", (new, row))


def cut_tail(database):
    """Leaves fewer entries than the first mail's checkpoint counts, and no newer checkpoint."""
    drop_triggers(database)
    database.execute("PRAGMA foreign_keys = OFF")
    table, number, _ = entry_table(database)
    with open(f"{demo.folder}/first.note") as file:
        kept = int(file.read().splitlines()[1]) - 1
    for (other,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if "checkpoint" in other:
            database.execute(f"DELETE FROM {other}")
    database.execute(f"DELETE FROM {table} WHERE {number} > ?", (kept,))


def a_stopped_reeve_is_noticed_by_the_receiver_of_its_heartbeat():
    within(15, lambda: demo.heartbeat()["count"] > 2, "heartbeats")
    os.kill(demo.pid("reeve"), signal.SIGSTOP)
    try:
        # One beat that was already handed to a worker may still arrive.
        within(30, lambda: demo.heartbeat()["silent_ms"] > 12000, "silence")
        assert "silent" in ask(demo.sink + "/")[1].lower()
    finally:
        os.kill(demo.pid("reeve"), signal.SIGCONT)
    within(15, lambda: demo.heartbeat()["silent_ms"] < 5000, "the heartbeat again")


tests = [the_page_opens_with_its_token_and_is_healthy,
         a_second_daemon_is_refused_with_the_first_ones_id,
         the_fault_makes_the_rule_pending_with_its_progress,
         a_runbook_with_an_error_is_refused_and_a_good_one_keeps_the_state,
         it_fires_and_opens_an_incident, the_primary_is_mailed_with_a_link_and_a_checkpoint,
         the_page_is_repeated, the_missed_response_time_tells_the_secondary,
         it_escalates_after_a_minute, looking_at_the_link_changes_nothing,
         a_forged_link_is_refused, the_button_acknowledges_once_and_the_pages_stop,
         a_stopped_target_makes_the_rule_unknown_and_not_resolved,
         without_the_fault_it_is_mitigated_and_a_person_resolves_it,
         the_ledger_is_whole_and_shows_every_change,
         a_stopped_reeve_is_noticed_by_the_receiver_of_its_heartbeat]
if lib.postgres_folder() is None:
    lib.run_tests(tests, skip="postgresql-15 is not installed")
with lib.Demo(build) as demo:
    lib.run_tests(tests)
