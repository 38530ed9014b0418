# words.py - what somebody meets who types: a fresh checkout with a runbook and nothing else, npm that keeps options, and
# a run that is cancelled while no core runs.
# Usage: words.py BUILD_FOLDER
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import Skip, within  # noqa: E402

build = os.path.abspath(sys.argv[1])
bad_rig.build = build
MORE = "commands: { directory: . }\n"
RUNBOOK = bad_rig.RUNBOOK + """
### Release
1. Tell the team
2. Follow the Recovry procedure

### Recovery
1. Look

### Commands
```bash
# Last long
echo begun >began; exec sleep 300

# Watch it
tail -f RUNBOOK.md

# Say two
echo A_VALUE B_VALUE
```

### Twice
1. One

### Twice
1. Two
"""
rig = None


def here(folder, *words, environment=None):
    return subprocess.run([f"{build}/src/main/reeve", *words], cwd=folder, capture_output=True, text=True, timeout=30,
                          env={**os.environ, **(environment or {})})


def fresh():
    folder = tempfile.mkdtemp(prefix="reeve-fresh-")
    with open(f"{folder}/RUNBOOK.md", "w") as file:
        file.write(RUNBOOK)
    return folder


def a_fresh_checkout_shows_its_procedures():
    folder = fresh()
    try:
        listed = here(folder, "procedure", "list")
        assert listed.returncode == 0 and listed.stderr == "", listed
        assert re.search(r'Release +2 by people\n +step 2: no procedure is called "Recovry", so people do it; the nearest '
                         r'is "Recovery"\n', listed.stdout), listed.stdout
        names = [one["name"] for one in json.loads(here(folder, "procedure", "list", "--json").stdout)]
        twice = [name for name in names if name.startswith("Twice")]
        assert len(twice) == 2 and all("(line " in name for name in twice), names
        for name in names:
            shown = here(folder, "procedure", "show", name)
            assert shown.returncode == 0 and shown.stdout, (name, shown)
        plan = here(folder, "run", twice[1], "--dry-run")
        assert plan.returncode == 0 and "Two" in plan.stdout and "Nothing was started" in plan.stdout, plan
        assert json.loads(here(folder, "run", "Release", "--dry-run", "--json").stdout)["in_the_way"] == ""
        assert sorted(os.listdir(folder)) == ["RUNBOOK.md"], os.listdir(folder)
        lacking = here(folder, "run", "list")
        assert lacking.returncode == 2 and "no ledger yet" in lacking.stderr, lacking
        several = here(folder, "procedure", "show", "twice")
        assert several.returncode == 2 and all(f'"{name}"' in several.stderr for name in twice), several
    finally:
        shutil.rmtree(folder)


def npm(folder, *words):
    path = f"{build}/src/main:{os.environ['PATH']}"
    return subprocess.run(["npm", "--silent", "run", *words], cwd=folder, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "PATH": path, "npm_config_update_notifier": "false"})


def what_npm_keeps_is_refused_with_the_right_line():
    if not shutil.which("npm"):
        raise Skip("npm is not installed")
    folder = fresh()
    try:
        shutil.copy(f"{lib.SOURCE}/package.json", f"{folder}/package.json")
        kept = npm(folder, "db:ping", "--json")
        assert kept.returncode == 2 and "npm run db:ping -- --json" in kept.stderr, kept
        with open(f"{folder}/package.json", "w") as file:
            json.dump({"scripts": {"release": "reeve run Release", "Release": "reeve run Release"}}, file)
        for option in ("--dry-run", "--rehearse=lab"):
            kept = npm(folder, "Release", option)
            assert kept.returncode == 2 and f"npm run Release -- {option}\n" in kept.stderr, kept
        assert not os.path.exists(f"{folder}/reeve.db")
        plan = npm(folder, "Release", "--", "--dry-run")
        assert plan.returncode == 0 and "Nothing was started" in plan.stdout, plan
        assert not os.path.exists(f"{folder}/reeve.db")
    finally:
        shutil.rmtree(folder)


def a_plan_is_shown_beside_a_run_of_it():
    number = rig.run("Release")
    for served in (True, False):
        if not served:
            rig.stop()
        before = rig.events()
        plan = rig.command("run", "Release", "--dry-run")
        assert plan.returncode == 0 and f"It could not begin now: " not in plan.stdout, plan  # people alone: none is
        assert rig.events() == before
    rig.serve()
    assert rig.api("run/cancel", number=number, reason="enough")[0] == 200
    number = rig.run("Last long")
    within(10, lambda: os.path.exists(f"{rig.folder}/began"), "the command")
    plan = rig.command("run", "Last long", "--dry-run")
    assert plan.returncode == 0 and f"It could not begin now: Run {number} of " in plan.stdout, plan
    shown = json.loads(rig.command("run", "Last long", "--dry-run", "--json").stdout)
    assert shown["in_the_way"].startswith(f"Run {number} of "), shown
    assert "two would get in each other's way" in rig.refused(3, "run", "Last long")


def sleeps():
    return [pid for pid in lib.processes_in(rig.folder) if b"sleep\x00300" in command_line(pid)]


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


def die():
    rig.core.send_signal(signal.SIGKILL)
    rig.core.wait(20)


def newest():
    return rig.api("run/list")[1][0]["number"]


def a_run_that_is_cancelled_without_a_core_ends_at_once():
    number = newest()
    assert len(sleeps()) == 1, sleeps()
    die()
    time.sleep(0.3)
    assert len(sleeps()) == 1  # it outlives the core
    said = rig.command("run", "cancel", str(number), "wrong", "day")
    assert said.returncode == 0, said
    assert "The command of step 1 is being ended now" in said.stdout and "starts next" in said.stdout, said
    within(10, lambda: sleeps() == [], "the end of the command")
    assert rig.events("run.step-failed") == []  # nobody has recorded it yet
    rig.serve()
    step = within(10, lambda: rig.shown(number)["steps"][0]["state"] == "failed" and rig.shown(number)["steps"][0],
                  "its end in the ledger")
    assert "cancelled" in step["detail"] or "ended" in step["detail"], step


def a_watch_that_is_ended_without_a_core_ends_at_once():
    number = rig.run("Watch it")
    within(10, lambda: rig.shown(number)["steps"][0]["output_bytes"] is not None and
           any(b"tail\x00-f" in command_line(pid) for pid in lib.processes_in(rig.folder)), "the watch")
    die()
    said = rig.command("run", "stop", str(number))
    assert said.returncode == 0 and "is being ended now" in said.stdout, said
    within(10, lambda: not any(b"tail\x00-f" in command_line(pid) for pid in lib.processes_in(rig.folder)), "its end")
    rig.serve()
    within(10, lambda: rig.shown(number)["state"] == "done", "the end of the run")


def several_values_are_an_array_and_repeated_fields():
    status, said = rig.api("run", procedure="Say two", set=["A_VALUE=one", "B_VALUE=two"])
    assert status == 200, said
    number = int(said["facts"][0]["subject"].split(":")[1])
    within(10, lambda: rig.shown(number)["state"] == "done", "the end")
    assert "one two" in rig.command("run", "output", str(number), "1").stdout
    status, problem = rig.api("run", procedure="Say two", set=["A_VALUE=one\nB_VALUE=two"])
    assert status == 400 and "must be one line" in problem, problem
    status, problem = rig.api("run", procedure="Say two", set=[["A_VALUE=one"]])
    assert status == 400 and "array of texts" in problem, problem
    form = b"procedure=Say+two&set=A_VALUE%3Dthree&set=B_VALUE%3Dfour"
    status, text = rig.ask("/do/run", body=form)
    assert status == 200, text
    number = newest_ended()
    assert "three four" in within(10, lambda: rig.command("run", "output", str(number), "1").stdout, "its output")


def newest_ended():
    done = rig.command("run", "list", "--all", "--json")
    return max(one["number"] for one in json.loads(done.stdout))


TESTS = [a_fresh_checkout_shows_its_procedures, what_npm_keeps_is_refused_with_the_right_line,
         a_plan_is_shown_beside_a_run_of_it, a_run_that_is_cancelled_without_a_core_ends_at_once,
         a_watch_that_is_ended_without_a_core_ends_at_once, several_values_are_an_array_and_repeated_fields]

bad_rig.RUNBOOK = RUNBOOK
with bad_rig.Rig(MORE) as rig:
    lib.run_tests(TESTS)
