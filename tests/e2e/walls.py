# walls.py - the walls around a command of a run: what it may not reach, write, use up or outlive; what happens where the
# kernel has no such wall; and that a process of Reeve that crashes leaves no memory behind.
# Usage: walls.py BUILD_FOLDER
import glob
import os
import resource
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
MARK = "716"  # seconds that nobody else sleeps
TRY = """try() { if "$@" 2>/dev/null; then echo "could: $*"; fi; }
"""
FILES = {
    "network.py": """import ctypes, socket
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_PACKET, socket.AF_NETLINK):
    try:
        socket.socket(family, socket.SOCK_RAW if family == socket.AF_PACKET else socket.SOCK_DGRAM)
        print("reached", family)
    except PermissionError:
        pass
if ctypes.CDLL(None, use_errno=True).syscall(425, 8, ctypes.create_string_buffer(120)) >= 0:  # io_uring_setup
    print("reached a ring")
left, right = socket.socketpair()
left.send(b"x")
socket.socket(socket.AF_UNIX).close()
print("shut" if right.recv(1) == b"x" else "?")
""",
    "writes.sh": TRY + """try touch new; try touch old; try sh -c 'echo more >>old'; try rm old; try mkdir folder; try mv old older
try ln old link; try ln -s old symbolic; try chmod 600 old; try truncate -s 0 old; try mkfifo pipe; try touch /tmp/reeve-walls-$$
try python3 -c 'import os; os.truncate("old", 0)'
try python3 -c 'import os; os.open("old", os.O_RDONLY | os.O_TRUNC)'
try python3 -c 'import os; os.setxattr("old", "user.x", b"1")'
cat old; echo quiet >/dev/null; echo error >&2
""",
    "left.sh": f"""trap '' TERM HUP
(sleep {MARK} &)
sleep {MARK}
""",
    "dist.sh": """set -e
echo 1 >dist/new; mkdir dist/sub; mv dist/new dist/sub/; chmod 600 dist/sub/new; rm -r dist/sub
if touch other 2>/dev/null || touch dist/../other 2>/dev/null; then echo could; fi
ln -s "$PWD" dist/way; if touch dist/way/other 2>/dev/null; then echo could; fi
echo made >dist/made; cat old
""",
}
MORE = f"""commands:
  directory: .
  deadline: 30 s
  environment: {{ STEP_SECRET: env:STEP_SECRET }}
  limits: {{ memory: 300 MB, files: 64, file_size: 1 MB, processes: 4000 }}
actions:
  "walls:net": {{ run: "python3 network.py", network: no }}
  "walls:none": {{ run: "sh writes.sh", writes: none }}
  "walls:dist": {{ run: "sh dist.sh", writes: [dist] }}
  "walls:gone": {{ run: "touch begun", writes: [absent] }}
"""
RUNBOOK = bad_rig.RUNBOOK + f"""
### Commands
```bash
# Reach the network
npm run walls:net

# Write nothing
npm run walls:none

# Write in dist
npm run walls:dist

# Write in nothing
npm run walls:gone

# Use up memory
python3 -c 'bytearray(400 << 20)'

# Use up files
python3 -c 'import os; [os.open("/", 0) for _ in range(80)]'

# Fill the disk
head -c 3000000 /dev/zero >filled

# Leave a core file
ulimit -c; ulimit -c unlimited; kill -SEGV $$

# Stop the watcher
while :; do kill -STOP $PPID; sleep 0.02; done

# Tell the watcher to end
kill $PPID; sleep {MARK}

# Kill the watcher
trap '' TERM HUP; (setsid env -i /bin/sh left.sh >/dev/null 2>&1 &); sleep 0.5; kill -9 $PPID; sleep {MARK}

# Kill the watcher and say that all is well
sleep 1; for folder in state/runs/*/1-1-1; do cp forged $folder/exit; done; kill -9 $PPID; sleep {MARK}

# Wait for another core
until test -e go; do sleep 0.1; done; for folder in state/runs/*/1-1-1; do cp forged $folder/exit; done; sleep 1; kill -9 $PPID

# Wait for long
echo begun; sleep {MARK}
```
"""
rig = None


def run(name):
    return rig.run(name)


def step(number):
    return rig.shown(number)["steps"][0]


def ended(number, seconds=25):
    return within(seconds, lambda: step(number)["state"] in ("done", "failed", "doubted") and step(number),
                  f"the end of run {number}")


def output(number):
    text = b""
    for path in glob.glob(f"{rig.folder}/state/runs/{number}-*/*/output"):
        with open(path, "rb") as file:
            text += file.read()
    return text.decode()


def landlock():
    """What this kernel has of it, as a version; 0 is nothing."""
    code = "import ctypes; print(max(ctypes.CDLL(None).syscall(444, None, 0, 1), 0))"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)


def need_landlock():
    if landlock() < 2:
        raise Skip("this kernel has no Landlock of the second version")


def sleepers():
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path) as file:
                if file.read() == f"sleep\0{MARK}\0":
                    found.append(int(path.split("/")[2]))
        except OSError:
            pass
    return found


def what_cannot_be_hidden_is_said():
    """Reeve's own folder lies in the folder of the commands here, where they make files."""
    said = f"Commands can read and write Reeve's own folder {rig.folder}/state"
    assert said in rig.log(), rig.log()
    assert said in rig.command("check").stdout


def a_step_without_the_network_makes_no_socket():
    number = run("Reach the network")
    assert ended(number)["state"] == "done", output(number)
    assert output(number) == "shut\n", output(number)


def a_step_that_writes_nothing_changes_nothing():
    need_landlock()
    rig.write("old", "as it was\n")
    before = os.stat(f"{rig.folder}/old"), sorted(os.listdir(rig.folder))
    number = run("Write nothing")
    assert ended(number)["state"] == "done", output(number)
    assert output(number) == "as it was\nerror\n", output(number)
    after = os.stat(f"{rig.folder}/old"), sorted(os.listdir(rig.folder))
    assert after[1] == before[1] and after[0].st_mtime_ns == before[0].st_mtime_ns, (before, after)


def a_step_writes_where_it_says_and_nowhere_else():
    need_landlock()
    os.mkdir(f"{rig.folder}/dist")
    rig.own(f"{rig.folder}/dist")
    number = run("Write in dist")
    assert ended(number)["state"] == "done", output(number)
    assert output(number) == "as it was\n", output(number)
    assert sorted(os.listdir(f"{rig.folder}/dist")) == ["made", "way"]


def a_path_that_is_not_there_refuses_the_step():
    number = run("Write in nothing")
    found = ended(number)
    assert found["state"] == "failed" and "absent" in found["detail"], found
    assert not os.path.exists(f"{rig.folder}/begun")


def limits_hold():
    number = run("Use up memory")
    assert ended(number)["state"] == "failed" and "MemoryError" in output(number), output(number)
    number = run("Use up files")
    assert ended(number)["state"] == "failed" and "Too many open files" in output(number), output(number)
    number = run("Fill the disk")
    assert ended(number)["state"] == "failed", output(number)
    assert os.path.getsize(f"{rig.folder}/filled") == 1 << 20


def a_command_leaves_no_core_file():
    number = run("Leave a core file")
    found = ended(number)
    assert found["state"] == "failed" and output(number).startswith("0\n"), (found, output(number))
    assert glob.glob(f"{rig.folder}/core*") == []


def a_step_that_stops_its_watcher_is_ended():
    number = run("Stop the watcher")
    found = ended(number, 15)
    assert found["state"] == "failed" and "stopped the process that sees to it" in found["detail"], found


def a_step_that_tells_its_watcher_to_end_was_not_cancelled():
    number = run("Tell the watcher to end")
    found = ended(number)
    assert found["state"] == "failed" and "told to end it, and not by Reeve" in found["detail"], found


def what_outlives_a_killed_watcher_is_ended():
    number = run("Kill the watcher")
    within(10, lambda: len(sleepers()) >= 2, "what it leaves behind")
    found = ended(number)
    assert found["state"] == "doubted", found
    assert "processes of it were ended" in found["detail"], found
    assert sleepers() == [], sleepers()
    status, said = rig.api("run/skip", number=number, reason="looked at")
    assert status == 200, said


def an_end_told_by_a_killed_watcher_is_not_believed():
    rig.write("forged", '{"bytes":0,"code":0,"detail":"Done.","digest":"' + 64 * "0" + '","duration_ms":1,'
              '"left_behind":0,"lost":false,"outcome":"done","remaining":0,"signal":0}\n')
    number = run("Kill the watcher and say that all is well")
    found = ended(number)
    assert found["state"] == "doubted", found
    within(10, lambda: sleepers() == [], "the end of the rest")


def a_core_that_comes_later_ends_the_rest_too():
    number = run("Wait for long")
    within(10, sleepers, "the command")
    shim = within(10, lambda: [pid for pid in shims() if f"/runs/{number}-" in command_line(pid)], "the shim")[0]
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    within(10, lambda: ask(rig.url + "/healthz")[0] == 200, "the core")
    os.kill(shim, signal.SIGSTOP)  # by somebody else, once: it is woken
    within(10, lambda: state_of(shim) != "T", "the shim to be woken")
    assert step(number)["state"] == "running"
    os.kill(shim, signal.SIGKILL)
    assert ended(number)["state"] == "doubted"
    assert sleepers() == [], sleepers()
    status, said = rig.api("run/skip", number=number, reason="looked at")
    assert status == 200, said


def a_core_that_comes_later_believes_no_forged_end():
    number = run("Wait for another core")
    within(10, lambda: step(number)["state"] == "running" and glob.glob(f"{rig.folder}/state/runs/{number}-*/*/begun"),
           "the command")
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    within(10, lambda: ask(rig.url + "/healthz")[0] == 200, "the core")
    rig.write("go", "")
    assert ended(number)["state"] == "doubted", step(number)


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return file.read()
    except OSError:
        return ""


def state_of(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def shims():
    return [int(path.split("/")[2]) for path in glob.glob("/proc/[0-9]*/cmdline")
            if "\0step\0" in command_line(int(path.split("/")[2]))]


def core_files(folder):
    return [path for path in glob.glob(f"{folder}/core*") + glob.glob(f"{folder}/state/core*")]


def crash(pid, how):
    """A process of Reeve: neither a tracer of the same user nor a file may have its memory."""
    assert os.stat(f"/proc/{pid}/environ").st_uid == 0, f"{command_line(pid)} can be looked at"
    with open(f"/proc/{pid}/limits") as file:
        assert any(line.split()[4:6] == ["0", "0"] for line in file if line.startswith("Max core")), command_line(pid)
    end(pid, how)


def end(pid, how):
    os.kill(pid, how)
    within(10, lambda: not os.path.exists(f"/proc/{pid}") or state_of(pid) == "Z", f"the end of {pid}")


def a_crash_leaves_no_memory_behind():
    if bad_rig.instrumented():
        raise Skip("a core with a sanitizer may be looked at")
    with open("/proc/sys/kernel/core_pattern") as file:
        pattern = file.read().strip()
    rig.core.kill()
    rig.core.wait(20)
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    other = rig.start("sleep", "600")  # the machine does write core files
    within(10, lambda: command_line(other.pid).startswith("sleep"), "the other program")
    end(other.pid, signal.SIGSEGV)
    other.wait(20)
    proves = bool(core_files(rig.folder))
    for path in core_files(rig.folder):
        os.unlink(path)
    rig.serve()
    number = run("Wait for long")
    shim = within(10, lambda: [pid for pid in shims() if f"/runs/{number}-" in command_line(pid)], "the shim")[0]
    within(10, lambda: "begun" in output(number), "the command")
    for role in ("collect", "keep"):
        crash(within(10, lambda: rig.child(role), role), signal.SIGSEGV)
    crash(shim, signal.SIGABRT)
    crash(rig.core.pid, signal.SIGSEGV)
    rig.core.wait(20)
    assert core_files(rig.folder) == [], core_files(rig.folder)
    rig.serve()
    assert ended(number)["state"] == "doubted"
    if not proves:
        raise Skip(f"no program leaves a core file in its folder here: {pattern}")


class Apart(bad_rig.Rig):
    """Reeve's own folder lies where no command makes files: on a volume that only this Reeve sees."""

    def serve(self):
        self.wrap = ["unshare", *bad_rig.MOUNTS, "sh", "-c",
                     'mount -t tmpfs -o mode=0755 reeve /mnt && mkdir -m 777 /mnt/reeve && '
                     'mkdir -m 777 /mnt/beside && exec "$@"', "sh"]
        super().serve()


OWN = TRY + """cd /mnt/reeve && ls >/dev/null || exit 9
for file in key token reeve.db runs/*/*/output; do test -s $file && try cat $file; done
try sh -c 'echo x >>reeve.db'; try sh -c 'echo x >accounts'; try rm key; try mv key ../beside/key; try mv ../beside lock
try ln key ../beside/key; try touch new; try mkdir folder; try cat /proc/self/root/mnt/reeve/key; try cp lock new
try python3 -c 'import os; os.truncate("key", 0)'; try python3 -c 'import os; os.open("key", os.O_RDONLY | os.O_TRUNC)'
ln -s /mnt/reeve ../beside/way; try cat ../beside/way/key
"""
ORDINARY = """set -e
echo 1 >made; cat made; mkdir sub; mv made sub/; rm -r sub; t=$(mktemp); echo 2 >$t; cat $t; rm $t
echo 3 >/mnt/beside/file; cat /mnt/beside/file; echo 4 >/dev/null; head -c 1 /dev/urandom >/dev/null; cat /proc/self/comm
test -r /etc/passwd; ls / /mnt >/dev/null; python3 -c 'import socket; socket.socket()'; echo fine
"""


def reeves_own_folder_is_hidden():
    need_landlock()
    if not bad_rig.can_mount():
        raise Skip("this user can mount nothing")
    global rig
    before, configuration, bad_rig.RUNBOOK = rig, bad_rig.CONFIGURATION, bad_rig.RUNBOOK + """
### Commands
```bash
# Read what is Reeve's
sh own.sh >said 2>&1

# Work as usual
sh ordinary.sh
```
"""
    bad_rig.CONFIGURATION = configuration.replace("state/reeve.db", "/mnt/reeve/reeve.db")
    try:
        with Apart("commands: {}\n") as rig:
            rig.write("own.sh", OWN)
            rig.write("ordinary.sh", ORDINARY)
            assert "own folder" not in rig.log(), rig.log()
            number = run("Read what is Reeve's")
            assert ended(number)["state"] == "done", step(number)
            with open(f"{rig.folder}/said") as file:
                said = file.read()
            assert said == "", said
            number = run("Work as usual")
            assert ended(number)["state"] == "done", rig.ask(f"/runs/{number}")
            status, text = rig.ask(f"/runs/{number}")
            assert status == 200 and "fine" in text, text
    finally:
        bad_rig.CONFIGURATION, bad_rig.RUNBOOK, rig = configuration, RUNBOOK, before


WITHOUT_LANDLOCK = """import ctypes, os, sys
seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
filter = ctypes.c_void_p(seccomp.seccomp_init(0x7fff0000))
assert seccomp.seccomp_rule_add(filter, 0x00050000 | 38, 444, 0) == 0 and seccomp.seccomp_load(filter) == 0
os.execvp(sys.argv[1], sys.argv[1:])
"""


def a_wall_that_the_kernel_has_not_refuses_the_step():
    rig.stop()
    rig.wrap = [sys.executable, "-c", WITHOUT_LANDLOCK]
    rig.serve()
    assert "This kernel has no Landlock" in rig.log(), rig.log()
    rig.write("old", "as it was\n")
    number = run("Write nothing")
    found = ended(number)
    assert found["state"] == "failed" and "this kernel has no Landlock" in found["detail"], found
    assert output(number) == ""
    number = run("Reach the network")  # by seccomp, which is there
    assert ended(number)["state"] == "done" and output(number) == "shut\n", output(number)


TESTS = [what_cannot_be_hidden_is_said, a_step_without_the_network_makes_no_socket,
         a_step_that_writes_nothing_changes_nothing,
         a_step_writes_where_it_says_and_nowhere_else, a_path_that_is_not_there_refuses_the_step, limits_hold,
         a_command_leaves_no_core_file, a_step_that_stops_its_watcher_is_ended,
         a_step_that_tells_its_watcher_to_end_was_not_cancelled, what_outlives_a_killed_watcher_is_ended,
         an_end_told_by_a_killed_watcher_is_not_believed,
         a_core_that_comes_later_ends_the_rest_too,
         a_core_that_comes_later_believes_no_forged_end, reeves_own_folder_is_hidden,
         a_crash_leaves_no_memory_behind, a_wall_that_the_kernel_has_not_refuses_the_step]

bad_rig.RUNBOOK = RUNBOOK
with bad_rig.Rig(MORE, environment={"STEP_SECRET": SECRET}) as rig:
    for name, text in FILES.items():
        rig.write(name, text)
    lib.run_tests(TESTS)
