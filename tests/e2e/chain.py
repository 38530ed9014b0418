# chain.py - the whole way once, on the demonstration's production: a fault becomes an alert, an
# incident, pages and clocks, is acknowledged by a link, ends, and the ledger proves all of it. With
# Prometheus' exporters where they are installed: a killed one leaves its rules unknown.
# The tests are the steps of one incident and stand in its order. Usage: chain.py BUILD_FOLDER
import base64
import datetime
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True
import html_tree  # noqa: E402
import lib  # noqa: E402
from lib import ask, within  # noqa: E402

build = sys.argv[1]
demo = None
token = None
HIGH = "Error rate > 5% for 10 seconds"
IDLE = "Idle transactions > 5 for 5 seconds"
MACHINE = ("Disk of the machine > 99%", "Memory usage > 80%")
EXPORTERS = ("prometheus-node-exporter", "prometheus-postgres-exporter")
REPEAT_S = 20
QUIET_S = 15  # so long a rule must be false before it resolves
UNREADABLE = r"(Its rule|(\d+) of its \2 rules) cannot be read: not resolved, unknown\."
MISSING = [program for program in EXPORTERS if not shutil.which(program)]
killed = {}  # exporter: (its words, its environment)


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


def incident(number=1):
    return json.loads(reeve("incident", "show", str(number), "--json"))


def events(kind=None):
    leaves = reeve("ledger", "show", "--last", "100000", "--json").splitlines()
    return [leaf for leaf in map(json.loads, leaves) if kind in (None, leaf["kind"])]


def page(path="/"):
    status, text = ask(demo.reeve + path, headers={"Authorization": f"Bearer {token}"})
    assert status == 200, (status, text)
    return html_tree.read(text)


def line_of(title):
    """What the page shows beside the rule: its mark's word and all of its cell's summary."""
    cell = page().get(id=f"live-{rule(title)['line']}").get("summary")
    mark = cell.get("span", "mark")
    assert mark.text().lower() in mark.attributes["class"].split(), mark.attributes
    return mark.text(), cell.text()


def card_of(number, path="/"):
    """The incident's card on the page, or on its own page."""
    return page(path).get("section", id=f"incident-{number}")


def state_on(card):
    """The state in the facts below the card's title."""
    return card.find_all("p", "facts")[0].get("strong").text()


def note_of(number):
    """The warning sentence on the incident's card; the same on the page and on its own page."""
    said = [card_of(number, path).get("p", "warn").text() for path in ("/", f"/incidents/{number}")]
    assert said[0] == said[1], said
    return said[0]


def target(name):
    """("Up" or "Down", all words) of a target in the page's list."""
    row = next(one for one in page().get("ul", id="targets").find_all("li")
               if one.get("strong").text() == name)
    return row.get("span", "mark").text(), row.text()


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
    row = page().get(id=f"L{rule()['line']}")
    assert row.find_all(name="said")[0].text() == HIGH and line_of(HIGH)[0] == "OK", row.text()
    assert page().get("p", "sum").text().startswith("No open incidents")
    assert page().find_all("section", "incident") == [] and target("shop")[0] == "Up"


def a_second_daemon_is_refused_with_the_first_ones_id():
    said = reeve("serve", "--config", demo.config, code=3)
    assert str(demo.pid("reeve")) in said, said
    # The refused one must not take the socket of the running one away.
    assert rule()["truth"] == "false", rule()


def the_fault_makes_the_rule_pending_with_its_progress():
    demo.fault("errors", True)
    found = within(25, lambda: rule() if rule()["state"] == "pending" else None, "pending")
    assert re.fullmatch(r"true for .* of 10 s", found["progress"]), found
    assert "%" in found["reading"], found
    mark, words = line_of(HIGH)
    assert mark in ("Pending", "Firing") and "%" in words, (mark, words)


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
    within(5, lambda: "banana" in page().get(id="notice").text(), "the refusal on the page")
    assert page().get("p", "refused").get("strong").text() == \
        "A newer version of the runbook is not in force."
    assert rule()["state"] in ("pending", "firing"), rule()
    loaded = len(events("runbook.loaded"))
    put(good.replace("that customers can live with", "that customers hardly see"))
    within(10, lambda: len(events("runbook.loaded")) > loaded, "the new version")
    shown = page()
    assert "hardly see" in shown.get(id="document").text() and shown.get(id="notice").text() == ""
    assert rule()["state"] in ("pending", "firing"), rule()
    assert [event["at"] for event in events("alert.pending")][:len(for_it)] == for_it
    assert not events("alert.retired") and not events("alert.calmed")


def it_fires_and_opens_an_incident():
    within(25, lambda: rule()["state"] == "firing", "firing")
    found = within(5, incidents, "an incident")
    assert len(found) == 1 and found[0]["severity"] == "P1" and found[0]["state"] == "open", found
    assert "Error rate" in found[0]["title"], found
    for path in ("/", "/incidents/1"):
        card = card_of(1, path)
        assert card.get("span", "severity").text() == "P1 High", card.text()
        assert state_on(card) == "open", card.text()
        assert any(a.text() == found[0]["title"] for a in card.find_all("a")), card.text()
        clocks = [li.get("span", "name").text() for li in card.get("ul", "clocks").find_all("li")]
        assert clocks[:3] == ["Open for", "Response", "Escalation"], clocks
    assert line_of(HIGH)[0] == "Firing"


def the_primary_is_mailed_with_a_link_and_a_checkpoint():
    mail = within(15, lambda: mails_to("ana"), "a mail to ana")[0]
    assert "P1" in mail["subject"] and "/ack/" in mail["body"], mail
    assert not mails_to("ben"), "ben was told before the response time was over"
    assert len(note_in(mail).split("\n")) == 6, note_in(mail)


def note_in(mail):
    """The checkpoint that the mail carries, as a signed note."""
    body = mail["body"].replace("\r\n", "\n")
    return body.split("keep this message:\n", 1)[1].strip("\n") + "\n"


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
    missed = card_of(1).get("ul", "clocks").get("li", "missed")
    assert missed.get("span", "name").text() == "Response", missed.text()


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
    within(5, lambda: re.fullmatch(UNREADABLE, note_of(1)), "the note on the page")
    assert re.fullmatch(UNREADABLE, incident()["note"]), incident()
    mark, words = line_of(HIGH)
    assert mark == "Firing" and re.search(r"firing for .*; unknown for \d", words), (mark, words)
    assert target("shop")[0] == "Down" and "503" in target("shop")[1], target("shop")
    demo.fault("metrics", False)
    within(30, lambda: rule()["truth"] == "true", "a known rule")
    within(15, lambda: re.fullmatch(r"Its rule still fires\.|(\d+) of its \1 rules fire\.",
                                    note_of(1)), "the note taken back")


def nobody_is_paged_after_the_acknowledgement():
    """For more than two repetitions; the test before this one took a part of them."""
    acknowledged = events("incident.acknowledged")[0]
    mails = [mail for mail in demo.mails() if mail["at_ms"] / 1000 > moment(acknowledged) + 2]
    within(3 * REPEAT_S, lambda: time.time() > moment(acknowledged) + 2 * REPEAT_S + 5, "the time")
    assert [e for e in events("page.requested") if e["at"] > acknowledged["at"]] == []
    late = [mail for mail in demo.mails() if mail["at_ms"] / 1000 > moment(acknowledged) + 2]
    assert mails == late == [], late
    assert state_on(card_of(1)) == "acknowledged"


def moment(event):
    """Seconds since 1970."""
    return datetime.datetime.fromisoformat(event["at"].replace("Z", "+00:00")).timestamp()


def without_the_fault_it_is_mitigated_and_a_person_resolves_it():
    demo.fault("errors", False)
    within(100, lambda: rule()["state"] == "inactive", "the end of the alert")
    within(60, lambda: incident()["state"] == "mitigated", "mitigation")
    assert not events("incident.resolved")
    card = card_of(1)
    assert state_on(card) == "mitigated", card.text()
    assert note_of(1) == "Its rules are quiet; resolve it when you are sure."
    everybody_who_was_told_is_told_once_that_it_is_over()
    reeve("incident", "resolve", "1", "The bad release was taken back")
    assert incidents() == []
    resolved = events("incident.resolved")
    assert len(resolved) == 1 and resolved[0]["actor"] != "reeve", resolved
    assert page().find_all("section", "incident") == [] and line_of(HIGH)[0] == "OK"


def the_postmortem_is_drafted_with_the_worst_reading_and_closes_it():
    status, draft = ask(demo.reeve + "/incidents/1/postmortem.md",
                        headers={"Authorization": f"Bearer {token}"})
    assert status == 200 and draft.startswith("# Postmortem of incident 1: "), draft[:200]
    assert "<svg " in draft and "at its worst: unknown" not in draft, draft
    assert re.search(r"\n  at its worst: [0-9.]+ % of [0-9,]+ requests", draft), draft
    assert "| Time to acknowledge (MTTA) | " in draft and "- ana by mail: " in draft, draft
    assert re.search(r"- \S+: acknowledged it", draft), draft
    reeve("incident", "follow-up", "1", "Look at it again", "--owner", "ana", "--due", "7d")
    reeve("incident", "close", "1", "--waive", "it was a test")
    assert state_on(card_of(1, "/incidents/1")) == "closed"
    assert "Look at it again" in reeve("incident", "follow-up", "list")


def everybody_who_was_told_is_told_once_that_it_is_over():
    at_ms = moment(events("incident.mitigated")[-1]) * 1000
    told = {(page["data"]["person"], page["data"]["method"]) for page in events("page.requested")
            if page["data"]["number"] == 1}
    assert {("ana", "smtp"), ("ben", "smtp"), ("ben", "webhook")} <= told, told

    def over():
        mails = [(mail["recipients"], mail["subject"]) for mail in demo.mails()
                 if mail["at_ms"] > at_ms - 1]
        hooks = [json.loads(hook["body"])["data"] for hook in demo.hooks()]
        return mails, [hook for hook in hooks if hook["state"] == "mitigated"]
    within(20, lambda: len(over()[0]) + len(over()[1]) >= len(told), f"an end told to {told}")
    mails, hooks = over()
    assert all("Incident 1 is mitigated:" in subject for _, subject in mails), mails
    for person in {person for person, method in told if method == "smtp"}:
        assert sum(person in str(to) for to, _ in mails) == 1, (person, mails)
    assert [hook["person"] for hook in hooks] == ["ben"], hooks


def need_exporters():
    if MISSING:
        raise lib.Skip(f"{' and '.join(MISSING)} not installed")


def the_exporters_answer_lines_of_the_runbook():
    need_exporters()
    for title in (*MACHINE, IDLE):
        within(20, lambda: rule(title)["truth"] == "false", f"a reading for {title}")
        assert line_of(title)[0] == "OK"
    assert re.search(r"\d %$|\d %", rule(MACHINE[0])["reading"]), rule(MACHINE[0])
    assert target("node")[0] == target("postgres")[0] == "Up"


def leaked_connections_fire_the_rule_that_the_postgresql_exporter_answers():
    need_exporters()
    demo.fault("pool", True)
    within(30, lambda: rule(IDLE)["state"] == "pending", "pending")
    within(30, lambda: rule(IDLE)["state"] == "firing", "firing")
    found = within(5, lambda: [one for one in incidents() if "dle transactions" in one["title"]],
                   "its incident")
    number = found[0]["number"]
    assert found[0]["severity"] == "P1" and len(found) == 1, found
    within(15, lambda: [mail for mail in mails_to("ana")
                        if f"Incident {number}:" in mail["subject"]], "a mail")
    reeve("incident", "ack", str(number))
    assert state_on(card_of(number)) == "acknowledged"


def exporter_incident():
    return next(one["number"] for one in incidents() if "dle transactions" in one["title"])


def killed_exporters_make_their_rules_unknown_and_never_resolved():
    need_exporters()
    number = exporter_incident()
    for name in ("node", "postgres-exporter"):
        pid = demo.pid(name)
        with open(f"/proc/{pid}/cmdline") as words, open(f"/proc/{pid}/environ") as variables:
            killed[name] = (words.read().split("\0")[:-1],
                            dict(one.split("=", 1) for one in variables.read().split("\0")[:-1]))
        os.kill(pid, signal.SIGKILL)
    # The cause goes while nobody can see it: to take silence for health would be a lie.
    demo.fault("pool", False)
    for title in (*MACHINE, IDLE):
        within(30, lambda: rule(title)["truth"] == "unknown", f"{title} unknown")
    until = time.monotonic() + QUIET_S + 3
    while time.monotonic() < until:
        found = rule(IDLE)
        assert (found["state"], found["truth"]) == ("firing", "unknown"), found
        assert incident(number)["state"] == "acknowledged"
        time.sleep(1)
    ended = [e for e in events() if e["kind"] in ("alert.resolved", "alert.calmed")
             and e["data"]["title"] == IDLE]
    assert ended == [], ended
    said = [e for e in events("alert.unknown") if e["data"]["title"] == IDLE]
    assert len(said) == 1, said
    for title in MACHINE:
        mark, words = line_of(title)
        assert mark == "Unknown" and "node" in words, (mark, words)
    mark, words = line_of(IDLE)
    assert mark == "Firing" and "unknown for" in words, (mark, words)
    assert target("node")[0] == target("postgres")[0] == "Down"
    assert "refused" in target("postgres")[1].lower(), target("postgres")
    said = "Its rule cannot be read: not resolved, unknown."
    assert note_of(number) == said == incident(number)["note"]
    assert said in reeve("incident", "show", str(number))


def exporters_that_are_back_make_them_known_and_the_incident_ends():
    need_exporters()
    number = exporter_incident()
    drop = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    back = [subprocess.Popen([*(drop if os.geteuid() == 0 else []), *words], env=variables,
                             cwd=demo.company, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL) for words, variables in killed.values()]
    try:
        for title in MACHINE:
            within(30, lambda: line_of(title)[0] == "OK", f"{title} known")
        within(60, lambda: rule(IDLE)["state"] == "inactive", "the end of the alert")
        within(10, lambda: incident(number)["state"] == "mitigated", "mitigation")
        for one in incidents():
            within(60, lambda: incident(one["number"])["state"] == "mitigated", f"no end of {one}")
            reeve("incident", "resolve", str(one["number"]), "The leak is mended")
    finally:
        for process in back:
            process.kill()
            process.wait()


def note_file(note):
    path = f"{demo.folder}/one.note"
    with open(path, "w") as file:
        file.write(note)
    os.chmod(path, 0o644)
    return path


def damaged_copy(damage):
    """The path of a copy of the ledger with damage done to it by SQL, as an intruder would."""
    copy = f"{demo.folder}/company/state/damaged.db"
    if os.path.exists(copy):
        os.remove(copy)
    reeve("ledger", "backup", copy)
    with sqlite3.connect(copy) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            database.execute(f"DROP TRIGGER {name}")
        damage(database)
    database.close()
    return copy


def the_ledger_is_whole():
    assert reeve("ledger", "verify").startswith("The ledger is whole: ")
    for mail in demo.mails():
        reeve("ledger", "verify", "--checkpoint", note_file(note_in(mail)))


def one_changed_byte_in_any_entry_is_found_and_its_number_named():
    count = len(events())
    chance = random.Random(count)
    for number in {1, count, *chance.sample(range(2, count), 6)}:
        def change(database):
            query = "SELECT leaf FROM entry WHERE sequence = ?"
            leaf = bytearray(database.execute(query, (number,)).fetchone()[0])
            at = chance.randrange(len(leaf))
            leaf[at] ^= 1 << chance.randrange(7)
            done = database.execute("UPDATE entry SET leaf = ? WHERE sequence = ?",
                                    (bytes(leaf), number))
            assert done.rowcount == 1
        said = reeve("ledger", "verify", "--file", damaged_copy(change), code=1)
        assert f"Entry {number} does not fit its stored hash" in said, (number, said)
        assert set(re.findall(r"Entry (\d+) does not fit", said)) == {str(number)}, said


def a_changed_entry_whose_hash_was_changed_too_is_between_two_checkpoints():
    """The intruder makes the entry's own hash fit; the signed checkpoints still do not."""
    def change(database):
        leaf = bytes(database.execute("SELECT leaf FROM entry WHERE sequence = 3").fetchone()[0])
        assert b'"reeve' in leaf
        leaf = leaf.replace(b'"reeve', b'"peeve', 1)
        database.execute("UPDATE entry SET leaf = ?, leaf_hash = ? WHERE sequence = 3",
                         (leaf, hashlib.sha256(b"\0" + leaf).digest()))
    said = reeve("ledger", "verify", "--file", damaged_copy(change), code=1)
    named = re.search(r"an entry from (\d+) to (\d+) was changed", said)
    assert named and int(named[1]) <= 3 <= int(named[2]), said


def a_cut_tail_is_found_against_the_checkpoint_of_an_older_mail():
    mails = [mail for mail in demo.mails() if "keep this message" in mail["body"]]
    older, newer = note_in(mails[len(mails) // 2]), note_in(mails[-1])
    size = int(older.split("\n")[1])
    assert 2 < size < int(newer.split("\n")[1])

    def cut_to(kept):
        def cut(database):
            """As if nothing had ever been there: no entry, no text, no checkpoint of it."""
            database.execute("PRAGMA foreign_keys = OFF")
            for table in ("entry", "text"):
                database.execute(f"DELETE FROM {table} WHERE sequence > ?", (kept,))
            database.execute("DELETE FROM checkpoint")
        return damaged_copy(cut)
    copy = cut_to(size - 1)
    assert "whole" in reeve("ledger", "verify", "--file", copy)  # by itself it cannot know
    said = reeve("ledger", "verify", "--file", copy, "--checkpoint", note_file(older), code=1)
    assert f"entries {size} to {size} were cut off" in said, said
    copy = cut_to(size)
    assert "whole" in reeve("ledger", "verify", "--file", copy, "--checkpoint", note_file(older))
    said = reeve("ledger", "verify", "--file", copy, "--checkpoint", note_file(newer), code=1)
    assert f"entries {size + 1} to " in said and "were cut off" in said, said


def root_of(hashes):
    """RFC 6962, section 2.1"""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b"\1" + root_of(hashes[:half]) + root_of(hashes[half:])).digest()


def openssl_takes(note):
    """Does OpenSSL take the note's signature with the key that lies beside the ledger?"""
    with open(f"{demo.company}/state/key.pub") as file:
        name, _, key = file.read().strip().split("+", 2)
    body, signature = note.split("\n\n")
    assert signature.startswith(f"\u2014 {name} "), signature
    with tempfile.TemporaryDirectory() as folder:
        parts = {"key": bytes.fromhex("302a300506032b6570032100") + base64.b64decode(key)[1:],
                 "text": body.encode() + b"\n",
                 "signature": base64.b64decode(signature.split()[2])[4:]}
        for part, data in parts.items():
            with open(f"{folder}/{part}", "wb") as file:
                file.write(data)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key",
             "-rawin", "-in", "text", "-sigfile", "signature"],
            cwd=folder, capture_output=True).returncode == 0


def the_checkpoints_in_the_mails_hold_for_programs_that_are_not_ours():
    if not shutil.which("openssl"):
        raise lib.Skip("openssl is not installed")
    copy = damaged_copy(lambda database: None)
    with sqlite3.connect(copy) as database:
        rows = database.execute("SELECT leaf FROM entry ORDER BY sequence").fetchall()
    database.close()
    hashes = [hashlib.sha256(b"\0" + bytes(leaf)).digest() for (leaf,) in rows]
    notes = {note_in(mail) for mail in demo.mails() if "keep this message" in mail["body"]}
    assert len(notes) > 2
    for note in notes:
        size, root = note.split("\n")[1:3]
        assert base64.b64encode(root_of(hashes[:int(size)])).decode() == root, note
        assert openssl_takes(note), note
        assert not openssl_takes(note.replace(f"\n{size}\n", f"\n{int(size) + 1}\n")), note


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


def reeve_was_never_started_again_and_no_sanitizer_complained():
    assert len(events("node.started")) == 1
    assert lib.complaints(demo.folder) == []


tests = [the_page_opens_with_its_token_and_is_healthy, the_exporters_answer_lines_of_the_runbook,
         a_second_daemon_is_refused_with_the_first_ones_id,
         the_fault_makes_the_rule_pending_with_its_progress,
         a_runbook_with_an_error_is_refused_and_a_good_one_keeps_the_state,
         it_fires_and_opens_an_incident, the_primary_is_mailed_with_a_link_and_a_checkpoint,
         the_page_is_repeated, the_missed_response_time_tells_the_secondary,
         it_escalates_after_a_minute, looking_at_the_link_changes_nothing,
         a_forged_link_is_refused, the_button_acknowledges_once_and_the_pages_stop,
         a_stopped_target_makes_the_rule_unknown_and_not_resolved,
         nobody_is_paged_after_the_acknowledgement,
         without_the_fault_it_is_mitigated_and_a_person_resolves_it,
         the_postmortem_is_drafted_with_the_worst_reading_and_closes_it,
         leaked_connections_fire_the_rule_that_the_postgresql_exporter_answers,
         killed_exporters_make_their_rules_unknown_and_never_resolved,
         exporters_that_are_back_make_them_known_and_the_incident_ends, the_ledger_is_whole,
         one_changed_byte_in_any_entry_is_found_and_its_number_named,
         a_changed_entry_whose_hash_was_changed_too_is_between_two_checkpoints,
         a_cut_tail_is_found_against_the_checkpoint_of_an_older_mail,
         the_checkpoints_in_the_mails_hold_for_programs_that_are_not_ours,
         a_stopped_reeve_is_noticed_by_the_receiver_of_its_heartbeat,
         reeve_was_never_started_again_and_no_sanitizer_complained]
if lib.postgres_folder() is None:
    lib.run_tests(tests, skip="postgresql-15 is not installed")
with lib.Demo(build, *([] if MISSING else ["--exporters"])) as demo:
    lib.run_tests(tests)
