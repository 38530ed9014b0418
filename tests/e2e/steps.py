# steps.py - what a command of a run may not do although it is a process of Reeve's own user: be an administrator, read
# the core's memory, tell an end of its own, keep root, show its secret; and what is asked before it destroys.
# Usage: steps.py BUILD_FOLDER
import base64
import glob
import json
import os
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import Skip, ask, within  # noqa: E402

build = sys.argv[1]
bad_rig.build = build
SECRET = "correct-horse-battery-staple-9"
OTHER = "another-secret-of-the-mail-server"
MORE = """commands: { directory: ., environment: { STEP_SECRET: env:STEP_SECRET } }
actions: { "shop:tidy": { run: "rm -rf old" } }
smtp: { url: "smtp://127.0.0.1:9", from: reeve@acme.example, user: reeve, password: env:MAIL_SECRET }
"""
RUNBOOK = bad_rig.RUNBOOK + """
### Commands
```bash
# Make an administrator
./reeve account add evil --role administrator

# Approve it
./reeve approve 1 1

# Call and be gone
./gone

# Outlive the shim
./outlive

# Read the core
tr '\\0' '\\n' <environ

# Forge an end
for folder in state/runs/*/1-1-1; do cp forged $folder/exit; done; sleep 4; exit 3

# Show the secret
echo "$STEP_SECRET"; printf %s "$STEP_SECRET" | base64; printf correct-horse-; sleep 1; echo battery-staple-9

# Colour the terminal
printf '\\033]0;mine\\007 \\302\\23331mred \\342\\200\\256txt.exe \\342\\201\\246x \\303\\244 \\342\\200\\246 \\302\\n'

# Hide the end
rm -rf ./old \x1b[8m; \u202e./evil

# Tidy up
npm run shop:tidy
```
"""
ASK = b"POST /api/account/list HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
CALL = f"""#!/usr/bin/python3
import os, resource, signal, socket, sys, time
caller = socket.socket(socket.AF_UNIX)
def call():
    caller.sendall({ASK!r})
    with open(sys.argv[0] + ".answer.new", "wb") as file:
        file.write(caller.recv(65536))
    os.rename(sys.argv[0] + ".answer.new", sys.argv[0] + ".answer")
"""
# The kernel names who connected, and that is nobody any more.
GONE = CALL + """
if os.fork() == 0:
    caller.connect("state/reeve.sock")
    os._exit(0)
os.wait()
call()
"""
# Its parent is nobody of the run any more, and it has lowered its mark.
OUTLIVE = CALL + """
resource.setrlimit(resource.RLIMIT_RTTIME, (10 ** 12, 10 ** 12))
shim, parent = os.getppid(), os.getpid()
if os.fork() != 0:
    time.sleep(60)
os.kill(shim, signal.SIGKILL)
while os.getppid() in (shim, parent):
    time.sleep(0.001)
caller.connect("state/reeve.sock")
call()
"""
rig = None


def run(name):
    return rig.run(name)


def shown(number):
    return rig.shown(number)


def ended(number, seconds=20):
    return within(seconds, lambda: shown(number)["steps"][0]["state"] in ("done", "failed", "doubted") and
                  shown(number)["steps"][0], f"the end of run {number}")


def kept(number):
    """All that the folders of the run hold."""
    text = b""
    for path in glob.glob(f"{rig.folder}/state/runs/{number}-*/*/*"):
        with open(path, "rb") as file:
            text += file.read()
    return text.decode()


def a_step_is_no_administrator():
    number = run("Make an administrator")
    assert ended(number)["state"] == "failed", kept(number)
    assert "evil" not in rig.command("account", "list").stdout
    assert any("a step of a run sent it" in str(leaf) for leaf in rig.events()), rig.events()[-3:]


def a_step_approves_nothing():
    number = run("Approve it")
    assert ended(number)["state"] == "failed", kept(number)
    assert rig.events("run.step-approved") == []


def who_has_called_and_is_gone_is_no_administrator():
    rig.write("gone", GONE)
    os.chmod(f"{rig.folder}/gone", 0o755)
    number = run("Call and be gone")
    ended(number)
    with open(f"{rig.folder}/gone.answer") as file:
        assert " 401 " in file.readline(), file.read()


def what_outlives_its_shim_is_no_administrator():
    rig.write("outlive", OUTLIVE)
    os.chmod(f"{rig.folder}/outlive", 0o755)
    number = run("Outlive the shim")
    assert ended(number)["state"] == "doubted", shown(number)
    with open(within(10, lambda: glob.glob(f"{rig.folder}/outlive.answer"), "its answer")[0]) as file:
        assert " 401 " in file.readline(), file.read()


def a_step_reads_no_memory_of_the_core():
    if bad_rig.instrumented():
        raise Skip("a core with a sanitizer may be looked at")
    os.symlink(f"/proc/{rig.core.pid}/environ", f"{rig.folder}/environ")
    number = run("Read the core")
    ended(number)
    os.unlink(f"{rig.folder}/environ")
    assert shown(number)["steps"][0]["state"] == "failed" and OTHER not in kept(number), kept(number)
    assert "Permission denied" in kept(number) or "cannot open" in kept(number), kept(number)
    with open(f"/proc/{rig.core.pid}/limits") as file:
        assert any(line.split()[4:6] == ["0", "0"] for line in file if line.startswith("Max core")), "core files"


def an_end_that_a_step_tells_itself_is_not_believed():
    rig.write("forged", json.dumps({"bytes": 0, "code": 0, "detail": "Done.", "digest": 64 * "0", "duration_ms": 1,
                                    "left_behind": 0, "lost": False, "outcome": "done", "remaining": 0, "signal": 0}))
    number = run("Forge an end")
    within(10, lambda: glob.glob(f"{rig.folder}/state/runs/{number}-*/*/exit"), "the forged end")
    time.sleep(0.6)  # a tick and more: it has been looked at
    assert ask(rig.url + "/healthz")[0] == 200
    assert shown(number)["steps"][0]["state"] == "running"
    assert ended(number)["state"] == "failed", shown(number)


def a_secret_is_shown_nowhere():
    number = run("Show the secret")
    assert ended(number)["state"] == "done"
    words = [SECRET, base64.b64encode(SECRET.encode()).decode()[:24], "correct-horse-", OTHER]
    files = [path for path in glob.glob(f"{rig.folder}/**/*", recursive=True) if os.path.isfile(path)]
    assert any(path.endswith("/output") for path in files) and any(path.endswith("reeve.db") for path in files)
    for path in files:
        with open(path, "rb") as file:
            data = file.read()
        for word in words[:2] + words[3:] + ([words[2]] if path.endswith("/output") else []):
            assert word.encode() not in data or path.endswith("RUNBOOK.md"), (path, word)
    assert SECRET not in rig.page().text() and SECRET not in rig.ask(f"/runs/{number}")[1]
    assert kept(number).count("█████") >= 3, kept(number)


def what_a_terminal_obeys_is_shown_as_a_dot():
    number = run("Colour the terminal")
    assert ended(number)["state"] == "done", shown(number)
    assert rig.command("run", "output", str(number), "1").stdout == ".]0;mine. .31mred .txt.exe .x \u00e4 \u2026 .\n"


def what_is_to_be_approved_is_shown_whole():
    number = run("Hide the end")
    for words in (rig.command("run", "show", str(number)).stdout, rig.ask(f"/runs/{number}")[1]):
        assert "\x1b" not in words and "\u202e" not in words, repr(words)
    assert "<U+001B>[8m; <U+202E>./evil" in rig.command("run", "show", str(number)).stdout


def what_a_bound_command_destroys_is_asked_for():
    os.mkdir(f"{rig.folder}/old")
    number = run("Tidy up")
    assert number == 1  # the step that approves names it
    assert shown(number)["steps"][0]["state"] == "approval", shown(number)
    status, said = rig.api("approve", number=number, step=1)
    assert status == 403, said  # the page's token names nobody
    assert os.path.isdir(f"{rig.folder}/old")


def a_step_keeps_no_root():
    if os.geteuid() != 0:
        raise Skip("only root can keep it")
    rig.stop()
    rig.write("RUNBOOK.md", RUNBOOK.replace("tr '\\0' '\\n' <environ", "id -u; id -G; cat /etc/shadow"))
    with open(f"{rig.folder}/root.log", "w") as log:
        core = subprocess.Popen([f"{rig.folder}/reeve", "serve"], cwd=rig.folder, stdout=subprocess.DEVNULL, stderr=log,
                                env={**os.environ, **rig.environment})
    rig.processes.append(core)
    within(10, lambda: ask(rig.url + "/healthz")[0] == 200, "the core of root")
    number = run("Read the core")
    assert ended(number)["state"] == "failed", kept(number)
    assert "root:" not in kept(number) and "65534\n65534\n" in kept(number), kept(number)
    core.send_signal(signal.SIGTERM)
    assert core.wait(20) == 0


TESTS = [what_a_bound_command_destroys_is_asked_for, a_step_approves_nothing, a_step_is_no_administrator,
         who_has_called_and_is_gone_is_no_administrator, what_outlives_its_shim_is_no_administrator,
         a_step_reads_no_memory_of_the_core, an_end_that_a_step_tells_itself_is_not_believed, a_secret_is_shown_nowhere,
         what_a_terminal_obeys_is_shown_as_a_dot,
         what_is_to_be_approved_is_shown_whole, a_step_keeps_no_root]

bad_rig.RUNBOOK = RUNBOOK
with bad_rig.Rig(MORE, environment={"STEP_SECRET": SECRET, "MAIL_SECRET": OTHER}) as rig:
    lib.run_tests(TESTS)
