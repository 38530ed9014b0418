# mail_link.py - the page that a link in a mail opens: it asks, then acknowledges; and what it says when that is no
# longer true: somebody else was first, it is resolved or merged, the person has left, the link is used, old, cut or
# forged. Usage: mail_link.py BUILD_FOLDER
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import html_tree  # noqa: E402
import lib  # noqa: E402
from lib import ask, within  # noqa: E402

build = os.path.abspath(sys.argv[1])
bad_rig.build = build
bad_rig.RUNBOOK = """# Ours

### Severity Levels
- **P1 (High)**: Bad
  - Response time: 1 hour
- **P3 (Low)**: It can wait
  - Response time: 1 day
"""
PEOPLE = bad_rig.PEOPLE.replace("repeat: 2 s", "repeat: 1 h, bundle: 0 s")
FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
DAY_S = 24 * 60 * 60
rig = None


def link_to(number, person="ana"):
    """The link in the mail about this incident."""
    def find():
        for mail in rig.mails():
            found = re.search(rf"http://\S+/ack/\S+", mail["body"])
            if found and f"Incident {number}:" in mail["subject"] and person in str(mail["to"]):
                return found[0]
        return None
    return within(15, find, f"the mail about incident {number}")


def declare(title):
    status, said = rig.declare(title)
    assert status == 200, said
    return int(said["facts"][0]["subject"].split(":")[1])


def acknowledged(number):
    return [event for event in rig.events("incident.acknowledged") if event["data"]["number"] == number]


def page_of(status, text, code):
    """The page's words, and whether it has a button that acknowledges."""
    assert status == code, (status, text)
    tree = html_tree.read(text)
    return tree.text(), "Acknowledge</button>" in text


def says(link, words):
    """Looked at and pressed, it says so, offers nothing, and nothing happens."""
    number = int(re.search(r"cident (\d+)", words)[1])
    before = acknowledged(number)
    for form, code in ((None, 200), ({}, 409)):
        said, has_button = page_of(*ask(link, form=form), code)
        assert words in said and not has_button, said
        assert f"Open incident {number}" in said, said
    assert acknowledged(number) == before


def it_asks_and_then_acknowledges_in_the_persons_name():
    number = declare("Checkout is down <b>now</b>")
    link = link_to(number)
    for _ in range(2):  # a mail program that looks at links acknowledges nothing
        said, has_button = page_of(*ask(link), 200)
        assert has_button and "Checkout is down <b>now</b>" in said and "You take it on as ana" in said, said
    assert acknowledged(number) == []
    said, has_button = page_of(*ask(link, form={}), 200)
    assert f"Incident {number} is acknowledged. The pages stop." in said and not has_button, said
    fact, = acknowledged(number)
    assert (fact["actor"], fact["data"]["via"]) == ("person:ana", "link"), fact
    # It is good once: whoever opens it again reads so.
    for form in (None, {}):
        said, has_button = page_of(*ask(link, form=form), 403)
        assert "This link was used already" in said and not has_button, said
    assert len(acknowledged(number)) == 1


def somebody_else_was_first():
    number = declare("The till is slow")
    link = link_to(number)
    assert rig.api("incident/ack", number=number)[0] == 200
    who = rig.api("incident/show", number=number)[1]["acknowledged_by"]
    says(link, f"Incident {number} was already acknowledged by {who} at ")


def it_is_resolved_by_now():
    number = declare("The lift is stuck")
    link = link_to(number)
    assert rig.api("incident/resolve", number=number, note="it goes again")[0] == 200
    says(link, f"Incident {number} is resolved; there is nothing to acknowledge.")
    assert "The lift is stuck" in html_tree.read(ask(link)[1]).text()


def it_was_merged_into_another_one():
    first, second = declare("The door is open"), declare("The gate is open")
    link = link_to(second)
    assert rig.api("incident/merge", number=second, into=first, reason="one burglar")[0] == 200
    said, has_button = page_of(*ask(link), 200)
    assert f"Incident {first} Incident {second}, which you were told of, was merged into it." in said and has_button, said
    assert "The door is open" in said and acknowledged(first) == [], said
    page_of(*ask(link, form={}), 200)
    assert (len(acknowledged(first)), len(acknowledged(second))) == (1, 0)


def what_is_cut_forged_or_not_asked_so_changes_nothing():
    number = declare("The shelf is empty")
    link = link_to(number)
    end = "A" if link[-1] != "A" else "B"
    for wrong, words in ((link[:-5], "not"), (link[:-3] + end * 3, "not"), (link + "x", "not")):
        for form in (None, {}):
            status, text = ask(wrong, form=form)
            assert status == 403 and words in html_tree.read(text).text(), (wrong, status, text)
    assert ask(f"{rig.url}/ack/")[0] in (403, 404) and acknowledged(number) == []


def whoever_has_left_acknowledges_nothing():
    number = declare("The lamp is out")
    link = link_to(number)
    rig.stop()
    with open(f"{rig.folder}/reeve.yaml") as file:
        text = file.read()
    rig.write("reeve.yaml", text.replace("  ana: { email: ana@acme.example, roles: [responder] }\n", "")
              .replace("primary: ana, secondary: ben", "primary: ben"))
    rig.serve()
    for form in (None, {}):
        said, has_button = page_of(*ask(link, form=form), 403)
        assert "This link is ana's, who is not under people: in reeve.yaml any more" in said and not has_button, said
    assert acknowledged(number) == []
    # Whoever is on call now is paged, and their own link is good.
    said, has_button = page_of(*ask(link_to(number, "ben"), form={}), 200)
    assert f"Incident {number} is acknowledged" in said, said
    rig.stop()
    rig.write("reeve.yaml", text)
    rig.serve()


def a_severity_that_leaves_the_runbook_is_said_on_the_page_and_in_the_log():
    number = declare("The logo is crooked")
    assert rig.api("incident/severity", number=number, severity="P3")[0] == 200
    rig.write("RUNBOOK.md", bad_rig.RUNBOOK.split("- **P3")[0])
    words = "The runbook has no severity P3 any more, so what its own clocks were is not known, " \
            "and it goes by those of P1"
    within(20, lambda: words in rig.log(), "the line in the log")
    status, text = rig.ask(f"/incidents/{number}")
    assert status == 200 and words in html_tree.read(text).text(), text
    rig.stop()
    before = rig.log().count(words)
    rig.serve()
    within(10, lambda: rig.log().count(words) > before, "the line at the start")
    rig.write("RUNBOOK.md", bad_rig.RUNBOOK)
    within(20, lambda: words not in html_tree.read(rig.ask(f"/incidents/{number}")[1]).text(),
           "the severity's return")


def an_old_link_says_that_it_has_expired():
    if not FAKETIME:
        raise lib.Skip("libfaketime is not installed")
    if bad_rig.instrumented():
        raise lib.Skip("libfaketime and AddressSanitizer cannot both come first")
    global rig
    before = rig
    with bad_rig.Rig(PEOPLE, environment={
            "LD_PRELOAD": FAKETIME[0], "FAKETIME_TIMESTAMP_FILE": "clock.rc",
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}) as rig:
        number = declare("The clock is slow")
        link = link_to(number)
        assert page_of(*ask(link), 200)[1]
        rig.write("clock.rc", f"+{8 * DAY_S}")
        for form in (None, {}):
            said, has_button = within(10, lambda: ask(link, form=form)[0] == 403, "its end") and \
                page_of(*ask(link, form=form), 403)
            assert f'This link has expired; use "reeve incident ack {number}"' in said and not has_button, said
        assert acknowledged(number) == []
    rig = before


tests = [it_asks_and_then_acknowledges_in_the_persons_name, somebody_else_was_first, it_is_resolved_by_now,
         it_was_merged_into_another_one, what_is_cut_forged_or_not_asked_so_changes_nothing,
         whoever_has_left_acknowledges_nothing,
         a_severity_that_leaves_the_runbook_is_said_on_the_page_and_in_the_log,
         an_old_link_says_that_it_has_expired]
with bad_rig.Rig(PEOPLE) as rig:
    lib.run_tests(tests)
