# watching.py - commands that do not end by themselves: watched, ended by a person or at their last time; conditions
# that are tested until they hold; a run followed in the terminal; what today's programs call otherwise.
# Usage: watching.py BUILD_FOLDER
import glob
import json
import os
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import html_tree  # noqa: E402
import lib  # noqa: E402
from lib import Skip, within  # noqa: E402

VENDORS = f"{lib.SOURCE}/tests/vendors"
bad_rig.RUNBOOK = bad_rig.RUNBOOK + """
### Function Debugging
```bash
# Check function logs
netlify functions:log FUNCTION_NAME --tail

# Local debugging
netlify dev --inspect
```

### Release
1. Begin: `echo begun; sleep 1; echo half; sleep 1; printf whole`
2. Look whether it is up: `npm run shop:ready`
3. Say that it is done

### Failing
1. Break: `sh break.sh`

### Log
1. Follow it: `npm run shop:log`

### Rollback
```bash
# Go back
npm run db:rollback --target=VERSION
```
"""
MORE = """commands: { environment: { PATH: "VENDORS:/usr/local/bin:/usr/bin:/bin" } }
actions:
  "shop:ready": { run: "echo looked; test -e ready", every: 1 s, deadline: 30 s }
  "shop:log": { run: "tail -f log", deadline: 2 s }
""".replace("VENDORS", VENDORS)
rig = None


def run(name, **values):
    """The number of a new run of this procedure."""
    status, said = rig.api("run", procedure=name, **({"set": "\n".join(f"{k}={v}" for k, v in values.items())}
                                                     if values else {}))
    assert status == 200, said
    return int(said["facts"][0]["subject"].split(":")[1])


def shown(number):
    status, said = rig.api("run/show", number=number)
    assert status == 200, said
    return said


def step(number, nth=1):
    return shown(number)["steps"][nth - 1]


def output(number, nth=1):
    status, said = rig.api("run/output", number=number, step=nth)
    assert status == 200, said
    return said["text"]


def reaches(number, nth, state, seconds=20):
    return within(seconds, lambda: step(number, nth)["state"] == state and step(number, nth),
                  f"step {nth} of run {number} to be {state}")


def followed(number):
    """A terminal that follows the run, without being one."""
    words = [*bad_rig.AS_NOBODY, f"{rig.folder}/reeve", "run", "watch", str(number)]
    return subprocess.Popen(words, cwd=rig.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def netlify(*words, **variables):
    return subprocess.run([f"{VENDORS}/netlify", *words], capture_output=True, text=True, timeout=5,
                          env={**os.environ, **variables})


def the_runbooks_spelling_is_refused_by_the_program():
    for words in (["functions:log", "hello", "--tail"], ["dev", "--inspect"]):
        done = netlify(*words)
        assert done.returncode == 1 and "unknown option" in done.stderr, done
    assert netlify("functions:log", "hello").returncode == 1
    assert netlify("logs", "--source", "functions", "--function", "hello").returncode == 0


def what_is_said_otherwise_today_is_shown_before_it_runs():
    said = rig.command("run", "Check function logs", "--set", "FUNCTION_NAME=hello", "--dry-run").stdout
    assert "runs netlify logs --source functions --function hello --follow\n" in said, said
    assert "which today's Netlify CLI (26.2) refuses" in said, said
    assert "is watched until somebody ends it, at most 30 min\n" in said, said
    said = rig.command("procedure", "show", "Local debugging").stdout
    assert "NODE_OPTIONS=--inspect netlify dev" in said and "developer's machine" in said, said
    page = rig.page()
    link = [one for one in page.find_all("a", "start") if one.text() == "Run Check function logs"]
    plan = rig.ask(link[0].attributes["href"])[1]
    assert "which today's Netlify CLI (26.2) refuses" in html_tree.read(plan).text(), plan


def it_is_streamed_and_ended_by_a_person():
    number = run("Check function logs", FUNCTION_NAME="hello")
    within(15, lambda: "INFO hello was asked 3 times" in output(number), "three lines of the log")
    assert step(number)["state"] == "running"
    page = html_tree.read(rig.ask(f"/runs/{number}")[1])
    assert "INFO hello was asked" in page.text() and "refuses" in page.text()
    assert "is watched until somebody ends it, at most 30 min" in page.text(), page.text()
    form = page.find_all("form", action="/do/run/stop")
    assert len(form) == 1 and "End watching" in form[0].text(), page.text()
    assert page.find_all("form", action="/do/run/skip") == []
    done = rig.command("run", "stop", str(number), "1", "--note", "seen enough")
    assert done.returncode == 0 and "ends the watching of step 1" in done.stdout, done
    ended = reaches(number, 1, "done")
    who = rig.events("run.step-stopped")[0]["actor"]
    assert who.startswith("person:") and ended["by"] == who and ended["detail"].startswith("the watching was ended"), ended
    within(10, lambda: shown(number)["state"] == "done", "the end of the run")
    facts = rig.events("run.step-stopped")
    assert len(facts) == 1, facts
    said = rig.refused(3, "run", "stop", str(number))
    assert "is done" in said, said


def the_page_ends_a_watch_too():
    number = run("Local debugging")
    within(15, lambda: "Debugger listening" in output(number), "the debugger")
    page = html_tree.read(rig.ask(f"/runs/{number}")[1])
    form = page.find_all("form", action="/do/run/stop")[0]
    fields = {one.attributes["name"]: one.attributes.get("value", "") for one in form.find_all("input")}
    assert rig.ask("/do/run/stop", form={**fields, "note": "found it"})[0] == 200
    assert reaches(number, 1, "done")["by"] == "person:page"


def what_was_asked_before_a_core_died_is_done_by_the_next():
    number = run("Check function logs", FUNCTION_NAME="once")
    within(15, lambda: "once was asked 1 times" in output(number), "its output")
    with open(glob.glob(f"{rig.folder}/state/runs/{number}-*/1-1-1/begun")[0]) as file:
        shim = json.load(file)["pid"]
    os.kill(shim, signal.SIGSTOP)  # it hears nothing until a core wakes it
    assert rig.api("run/stop", number=number, note="enough")[0] == 200
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    try:
        os.kill(shim, signal.SIGCONT)
    except ProcessLookupError:
        pass  # the core has woken it before
    ended = reaches(number, 1, "done")
    assert ended["by"] == "person:page" and ended["tries"] == 1, ended


def a_watch_that_nobody_ends_has_a_last_time():
    rig.write("log", "one line\n")
    said = rig.command("procedure", "show", "Log").stdout
    assert "is watched until somebody ends it, at most 2 s\n" in said, said
    number = run("Log")
    ended = reaches(number, 1, "done")
    assert ended["by"] == "reeve" and "it was watched until its last time" in ended["detail"], ended
    assert "one line" in output(number)


def a_run_is_followed_to_its_end():
    number = run("Release")
    watcher = followed(number)
    reaches(number, 2, "running")
    within(15, lambda: output(number, 2).count("looked") >= 2, "two tests of the condition")
    assert [e["data"]["step"] for e in rig.events("run.step-started") if e["subject"] == f"run:{number}"] == [1, 2]
    rig.write("ready", "")
    assert "the condition holds" in reaches(number, 2, "done")["detail"]
    said = ""
    while "do it, then tick it" not in said:
        line = watcher.stdout.readline()
        assert line, said
        said += line
    assert rig.api("run/tick", number=number, step=3)[0] == 200
    said += watcher.communicate(timeout=20)[0]
    assert watcher.returncode == 0, said
    lines = said.splitlines()
    assert lines[0].startswith(f"Run {number}: Release (line "), said
    for words in ("| begun", "| half", "| whole", "| looked", "] The command ended with code 0", "do it, then tick it",
                  f"Run {number} is done."):
        assert words in said, (words, said)
    assert said.index("| begun") < said.index("| half") < said.index("| whole") < said.index("| looked"), said
    os.unlink(f"{rig.folder}/ready")


def a_condition_that_does_not_come_to_hold_fails():
    rig.stop()
    with open(f"{rig.folder}/reeve.yaml") as file:
        text = file.read()
    rig.write("reeve.yaml", text.replace("deadline: 30 s", "deadline: 3 s"))
    rig.serve()
    said = rig.command("run", "Release", "--dry-run").stdout
    assert "is tested every 1 s until it ends with 0, at most 3 s\n" in said, said
    number = run("Release")
    failed = reaches(number, 2, "failed")
    assert "did not come to hold" in failed["detail"] and output(number, 2).count("looked") >= 2, failed
    assert rig.api("run/cancel", number=number, reason="enough")[0] == 200


def how_it_ended_is_the_exit_code():
    rig.write("break.sh", "until test -e break; do sleep 0.1; done; echo broken; exit 7\n")
    rig.write("break", "")
    number = run("Failing")
    reaches(number, 1, "failed")
    done = rig.command("run", "watch", str(number))
    assert done.returncode == 4 and "waits for a decision: a step failed" in done.stdout, done
    assert rig.api("run/skip", number=number, step=1, reason="it is known")[0] == 200
    done = rig.command("run", "watch", str(number))
    assert done.returncode == 1 and "steps of it were skipped" in done.stdout, done
    done = rig.command("run", "watch", str(number), "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["state"] == "done", done
    os.unlink(f"{rig.folder}/break")
    number = run("Failing")
    watcher = followed(number)
    within(20, lambda: watcher.stdout.readline().startswith("Run "), "its first word")
    rig.write("break", "")
    said, _ = watcher.communicate(timeout=20)
    assert watcher.returncode == 4 and "| broken" in said and "→ retry it" in said, said
    assert rig.api("run/cancel", number=number, reason="enough")[0] == 200
    assert rig.command("run", "watch", str(number)).returncode == 3
    assert "There is no run 99" in rig.refused(2, "run", "watch", "99")


def ctrl_c_leaves_the_run_alone_and_a_new_core_is_waited_for():
    number = run("Check function logs", FUNCTION_NAME="again")
    watcher = followed(number)
    within(15, lambda: "again was asked 2 times" in output(number), "its output")
    rig.stop()
    rig.serve()
    within(15, lambda: "again was asked 9 times" in output(number), "its output after the restart")
    within(15, lambda: step(number)["state"] == "running", "the run to go on")
    assert watcher.poll() is None, watcher.communicate()[0]
    watcher.send_signal(signal.SIGINT)
    said, _ = watcher.communicate(timeout=20)
    assert watcher.returncode == 130, said
    assert f'Run {number} goes on without being looked at; "reeve run watch {number}" follows it again.' in said, said
    assert "| INFO again was asked 2 times" in said, said
    assert step(number)["state"] == "running"
    assert rig.api("run/stop", number=number)[0] == 200
    reaches(number, 1, "done")


def without_a_daemon_it_says_so():
    rig.stop()
    said = rig.refused(4, "run", "watch", "1")
    assert "No daemon answers" in said, said
    rig.serve()


def what_npm_would_swallow_is_no_command_of_a_step():
    said = rig.command("procedure", "show", "Go back").stdout
    assert "npm keeps --target=VERSION for itself" in said and "[by hand" in said, said
    assert "npm run db:rollback -- --target=VERSION" in said, said
    number = run("Go back")
    assert step(number)["state"] == "ready" and "npm keeps" in step(number)["note"], step(number)
    assert rig.api("run/tick", number=number)[0] == 200


def npm_run_reaches_the_program():
    if not shutil.which("npm"):
        raise Skip("npm is not installed")
    rig.write("package.json", open(f"{lib.SOURCE}/package.json").read())
    done = subprocess.run([*bad_rig.AS_NOBODY, "npm", "run", "--silent", "db:ping", "--", "--json"], cwd=rig.folder,
                          capture_output=True, text=True, timeout=60,
                          env={**os.environ, "HOME": rig.folder, "PATH": f"{rig.folder}:{os.environ['PATH']}",
                               "npm_config_update_notifier": "false"})
    assert done.returncode == 2 and "There is no database to ask" in done.stderr, done


TESTS = [the_runbooks_spelling_is_refused_by_the_program, what_is_said_otherwise_today_is_shown_before_it_runs,
         it_is_streamed_and_ended_by_a_person, the_page_ends_a_watch_too,
         what_was_asked_before_a_core_died_is_done_by_the_next, a_watch_that_nobody_ends_has_a_last_time,
         a_run_is_followed_to_its_end, how_it_ended_is_the_exit_code,
         ctrl_c_leaves_the_run_alone_and_a_new_core_is_waited_for, without_a_daemon_it_says_so,
         what_npm_would_swallow_is_no_command_of_a_step, npm_run_reaches_the_program,
         a_condition_that_does_not_come_to_hold_fails]

with bad_rig.Rig(MORE) as rig:
    lib.run_tests(TESTS)
