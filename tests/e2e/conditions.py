# conditions.py - steps that ask before they begin, on the real daemon: by the command line, by the page and by the API;
# a failure that the next step deals with; a loop of three rounds; a core that is killed while a step asks.
# Usage: conditions.py BUILD_FOLDER
import os
import sys
import urllib.parse

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = sys.argv[1]
bad_rig.build = build
RUNBOOK = bad_rig.RUNBOOK + """
### Queue Care
1. If the queue is full, trim it: `sh -c "echo trimmed >>trimmed"`
2. If the disk is full:
   1. Clean it: `sh -c "echo cleaned >>cleaned"`
   2. Look again
3. Say so

### Deploy
1. Deploy: `sh -c "echo deployed >>deployed; exit 3"`
2. If it fails, roll back: `sh -c "echo back >>back"`
3. Say so

### Batches
1. Work one off: `sh -c "echo batch >>batches"`
2. Repeat step 1 until the queue is empty
3. Say so

### Watch The Disk
1. If disk usage > 75%, clean it: `sh -c "echo ruled >>ruled"`
2. Say so
"""
MORE = """commands: { directory: ., writes: [.] }
targets: [{ name: shop, url: "http://127.0.0.1:9/metrics", every: 1 s }]
signals: { disk usage: { gauge: disk_share } }
"""
rig = None


def lines(name):
    path = f"{rig.folder}/{name}"
    return len(open(path).readlines()) if os.path.exists(path) else 0


def step(number, at):
    return rig.shown(number)["steps"][at - 1]


def becomes(number, at, state):
    return within(20, lambda: step(number, at)["state"] == state and step(number, at), f"step {at} {state}")


def said(*words):
    done = rig.command(*words)
    assert done.returncode == 0, done
    return done.stdout


def run_page(number):
    status, text = rig.ask(f"/runs/{number}")
    assert status == 200, (status, text)
    return text


def press(number, at, answer):
    """What the browser sends for a button of the form."""
    fields = urllib.parse.urlencode({"number": number, "step": at, "note": "seen", "answer": answer})
    return rig.ask("/do/run/answer", body=fields.encode())


def a_step_asks_and_nothing_begins():
    plan = said("run", "Queue Care", "--dry-run")
    assert "asks: is it so that the queue is full?" in plan, plan
    number = rig.run("Queue Care")
    one = step(number, 1)
    assert (one["state"], one["asks"], one["question"]) == ("ready", True, "is it so that the queue is full?"), one
    page = run_page(number)
    assert 'action="/do/run/answer"' in page, page
    assert '<button name="answer" value="yes" class="main">Yes' in page and 'value="no"' in page, page
    assert "asks first" in rig.refused(3, "run", "tick", str(number), "1")
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    assert step(number, 1)["asks"] and lines("trimmed") == 0


def an_answer_lets_it_begin_and_another_leaves_out():
    number = 1
    told = said("run", "answer", str(number), "yes", "--note", "40,000 wait")
    assert "answered yes" in told, told
    becomes(number, 1, "done")
    assert lines("trimmed") == 1
    assert step(number, 2)["asks"], step(number, 2)
    status, told = rig.api("run/answer", number=str(number), step="2", answer="no")
    assert status == 200, told
    for at in (2, 3, 4):
        assert step(number, at)["state"] == "skipped" and step(number, at)["left_out"], step(number, at)
    assert "left out" in said("run", "show", str(number))
    assert "Does not apply" in run_page(number)
    said("run", "tick", str(number))
    assert lines("cleaned") == 0
    assert len(rig.events("run.step-decided")) == 2


def the_buttons_of_the_page_answer():
    number = rig.run("Queue Care")
    page = run_page(number)
    assert "How is it known?" in page
    status, told = press(number, 1, "no")
    assert status < 400, (status, told)
    assert step(number, 1)["left_out"] and step(number, 2)["asks"]
    said("run", "answer", str(number), "no")
    said("run", "tick", str(number))


def a_failure_is_dealt_with():
    number = rig.run("Deploy")
    becomes(number, 2, "done")
    assert (lines("deployed"), lines("back")) == (1, 1)
    first = step(number, 1)
    assert (first["state"], first["handled_by"]) == ("failed", 2), first
    assert rig.shown(number)["state"] == "going"
    page = run_page(number)
    assert "What is to be done when it fails" in page and 'action="/do/run/retry"' not in page, page
    said("run", "tick", str(number))
    assert rig.shown(number)["state"] == "done"


def a_loop_has_three_rounds():
    number = rig.run("Batches")
    for round in (1, 2, 3):
        within(20, lambda: step(number, 2)["asks"], "the question")
        assert (lines("batches"), step(number, 2)["rounds"]) == (round, round - 1)
        said("run", "answer", str(number), "no" if round < 3 else "yes")
    assert step(number, 2)["state"] == "done"
    said("run", "tick", str(number))
    assert lines("batches") == 3


def a_rule_that_cannot_be_read_is_asked_of_a_person():
    number = rig.run("Watch The Disk")
    one = step(number, 1)
    assert one["asks"] and "cannot be read now" in one["why"], one
    assert "Reeve cannot say: the rule on line" in run_page(number)
    said("run", "answer", str(number), "1", "no")
    assert lines("ruled") == 0


tests = [a_step_asks_and_nothing_begins, an_answer_lets_it_begin_and_another_leaves_out,
         the_buttons_of_the_page_answer, a_failure_is_dealt_with, a_loop_has_three_rounds,
         a_rule_that_cannot_be_read_is_asked_of_a_person]
bad_rig.RUNBOOK = RUNBOOK
with bad_rig.Rig(MORE) as rig:
    lib.run_tests(tests)
