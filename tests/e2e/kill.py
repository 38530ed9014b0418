# kill.py - kill -9 of the core, the collector or the keeper at random moments of an incident: no
# acknowledged fact is lost, no page is missing, none is sent twice more often than the core died,
# the clocks stay. Usage: kill.py BUILD_FOLDER [KILLS [SEED]]; the environment's REEVE_KILLS and
# REEVE_SEED say the same.
import collections
import glob
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import within  # noqa: E402

build = sys.argv[1]
kills = int(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("REEVE_KILLS", "8"))
seed = int(sys.argv[3] if len(sys.argv) > 3 else
           os.environ.get("REEVE_SEED", time.time_ns() % 10**9))
chance = random.Random(seed)
demo = None
notes = []  # those whose command ended with 0
clocks_seen = {}  # clock's name: due
opened_seen = None
died = collections.Counter()


def reeve(*arguments):
    """The finished command; it may have failed when Reeve was killed under it."""
    return subprocess.run(demo.reeve_command(*arguments), cwd=demo.company, timeout=60,
                          env=demo.environment(), capture_output=True, text=True)


def events():
    done = reeve("ledger", "show", "--last", "1000000", "--json")
    return [json.loads(leaf) for leaf in done.stdout.splitlines()]


def field(event, name):
    """A field of a leaf, wherever the leaf keeps its fields."""
    if name in event:
        return event[name]
    for value in event.values():
        if isinstance(value, dict) and name in value:
            return value[name]
    raise AssertionError(f"no {name} in {event}")


def incident():
    done = reeve("incident", "show", "1", "--json")
    return json.loads(done.stdout) if done.returncode == 0 and done.stdout else None


def find(victim):
    """The process id of core, collector or keeper, or None while it does not run."""
    core = demo.pid("reeve")
    if victim == "core":
        return core if os.path.exists(f"/proc/{core}") else None
    word = {"collector": b"collect", "keeper": b"keep"}[victim]
    for path in glob.glob(f"/proc/{core}/task/*/children"):
        try:
            with open(path) as file:
                children = file.read().split()
            for child in children:
                with open(f"/proc/{child}/cmdline", "rb") as file:
                    if file.read().split(b"\0")[1:2] == [word]:
                        return int(child)
        except OSError:
            pass
    return None


def note(text):
    if reeve("incident", "note", "1", text).returncode == 0:
        notes.append(text)
        return True
    return False


def compare_clocks():
    global opened_seen
    found = within(30, incident, "the incident after a restart")
    opened_seen = opened_seen or found["opened"]
    assert found["opened"] == opened_seen, (found, opened_seen)
    for clock in found["clocks"]:
        due = clocks_seen.setdefault(clock["name"], clock["due"])
        assert clock["due"] == due, (clock, due)


def the_incident_survives_every_kill():
    print(f"# seed {seed}, {kills} kills", flush=True)
    demo.fault("errors", True)
    within(60, incident, "an incident")
    compare_clocks()
    for number in range(kills):
        victim = chance.choice(["core", "core", "collector", "keeper"])
        pid = within(30, lambda: find(victim), f"a {victim} to kill")
        busy = subprocess.Popen(demo.reeve_command("incident", "note", "1", f"under {number}"),
                                cwd=demo.company, env=demo.environment(),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, 6))  # the moment is what is being drawn
        try:
            os.kill(pid, signal.SIGKILL)
            died[victim] += 1
        except ProcessLookupError:
            pass  # a child whose core ended meanwhile
        if busy.wait(60) == 0:
            notes.append(f"under {number}")
        within(40, lambda: (find(victim) or pid) != pid, f"another {victim}")
        within(40, lambda: note(f"after {number}"), "a note that is taken")
        compare_clocks()
    assert len(notes) >= kills and sum(died.values()) > 0, (notes, died)


def the_ledger_is_whole_after_all_of_it():
    done = reeve("ledger", "verify")
    assert done.returncode == 0, done


def every_acknowledged_fact_is_still_there():
    shown = reeve("ledger", "show", "--last", "1000000").stdout
    lost = [one for one in notes if not re.search(re.escape(one) + r"$", shown, re.M)]
    assert lost == [], lost


def asked_and_settled():
    asked, settled = set(), set()
    for event in events():
        if event["kind"] == "page.requested":
            asked.add(field(event, "page"))
        elif event["kind"] == "page.sent" or (
                event["kind"] == "page.failed" and field(event, "final")):
            settled.add(field(event, "page"))
    return asked, settled


def no_page_is_missing():
    asked, _ = asked_and_settled()
    assert asked
    within(90, lambda: asked <= asked_and_settled()[1], f"an end of each of {sorted(asked)}")
    taken = {match[1] for mail in demo.mails()
             for match in [re.search(r"\(page (\S+)\)", mail["body"])] if match}
    sent = {field(event, "page") for event in events() if event["kind"] == "page.sent"}
    missing = [page for page in sent if "-smtp-" in page and page not in taken]
    assert missing == [], missing


def no_page_was_doubled_more_often_than_reeve_died():
    count = collections.Counter()
    for mail in demo.mails():
        match = re.search(r"\(page (\S+)\)", mail["body"])
        count[match[1]] += 1
    doubled = sum(number - 1 for number in count.values())
    assert doubled <= died["core"], (count, died)
    print(f"# {died}: {len(count)} pages, {doubled} doubled, {len(notes)} notes kept", flush=True)


tests = [the_incident_survives_every_kill, the_ledger_is_whole_after_all_of_it,
         every_acknowledged_fact_is_still_there, no_page_is_missing,
         no_page_was_doubled_more_often_than_reeve_died]
if lib.postgres_folder() is None:
    lib.run_tests(tests, skip="postgresql-15 is not installed")
with lib.Demo(build) as demo:
    lib.run_tests(tests)
