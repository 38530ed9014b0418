# performing.py - how a command of a run is performed: as which user, and what is said of one that failed.
# Usage: performing.py BUILD_FOLDER
import json
import os
import pwd
import subprocess
import sys

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import Skip, within  # noqa: E402

build = sys.argv[1]
bad_rig.build = build
SECRET = "correct-horse-battery-staple-9"
NOBODY = pwd.getpwnam("nobody")
RUNBOOK = bad_rig.RUNBOOK + """
### Commands
```bash
# Say who runs it
id -un; id -G; echo "$HOME $USER $LOGNAME"; grep ^Cap /proc/self/status; echo named >/dev/stdout

# Come back
./return

# Read what is root's
cat secret; ls state

# Be somebody else
npm run ops:other

# Fail with words
printf 'first\\n\\nwith \\033[31mred\\033[0m <b>\\nsecret %s\\n\\n' "$STEP_SECRET"; echo last >&2; exit 3

# Be killed
echo before the signal; kill -KILL $$

# Be late
npm run ops:late

# Say much
head -c 1000 /dev/zero | tr '\\0' x; echo; false

# Stay
sh -c 'sleep 716 & wait'
```
"""
RETURN = """#!/usr/bin/python3
import os
for function, arguments in ((os.setuid, (0,)), (os.seteuid, (0,)), (os.setgid, (0,)), (os.setgroups, ([0],)),
                            (os.setresuid, (0, 0, 0)), (os.chroot, ("/",)), (os.kill, (os.getppid(), 9))):
    try:
        function(*arguments)
        print("could", function.__name__)
    except PermissionError:
        pass
print(os.getresuid(), os.getresgid(), os.getgroups())
"""
rig = None


class RootRig(bad_rig.Rig):
    """The core runs as root, in a folder of root's."""

    def __enter__(self):
        self.dropped, bad_rig.AS_NOBODY = bad_rig.AS_NOBODY, []
        return super().__enter__()

    def __exit__(self, *words):
        super().__exit__(*words)
        bad_rig.AS_NOBODY = self.dropped

    def own(self, *paths):
        os.chmod(self.folder, 0o755)  # commands begin there, as whoever they are
        os.chmod(f"{self.folder}/state", 0o700)


def ended(number, seconds=20):
    return within(seconds, lambda: rig.shown(number)["steps"][0]["state"] in ("done", "failed", "doubted") and
                  rig.shown(number)["steps"][0], f"the end of run {number}")


def output(number):
    status, said = rig.api("run/output", number=number)
    assert status == 200, said
    return said["text"]


def with_root(test):
    """The case, with a core of root's of its own."""
    def case():
        global rig
        if os.geteuid() != 0:
            raise Skip("only root can become another user")
        other = rig
        try:
            with RootRig('commands: { directory: ., user: nobody }\n'
                         'actions: { "ops:other": { run: "id -un; echo $HOME", user: root } }\n') as rig:
                test()
        finally:
            rig = other
    case.__name__ = test.__name__
    return case


@with_root
def a_command_of_roots_reeve_runs_as_its_user():
    number = rig.run("Say who runs it")
    assert ended(number)["state"] == "done", output(number)
    said = output(number).splitlines()
    assert said[:3] == ["nobody", str(NOBODY.pw_gid), f"{NOBODY.pw_dir} nobody nobody"], said
    capabilities = {line.split()[0]: int(line.split()[1], 16) for line in said[3:-1]}
    assert capabilities["CapEff:"] == capabilities["CapPrm:"] == capabilities["CapAmb:"] == 0, said
    assert said[-1] == "named", said
    for name, user in (("Say who runs it", "nobody"), ("Be somebody else", "root")):
        said = rig.command("run", name, "--dry-run").stdout
        assert f"runs as the user {user}\n" in said, said
    number = rig.run("Be somebody else")
    assert ended(number)["state"] == "done" and output(number) == "root\n/root\n", output(number)


@with_root
def it_cannot_come_back_nor_read_what_is_roots():
    rig.write("return", RETURN)
    os.chmod(f"{rig.folder}/return", 0o755)
    number = rig.run("Come back")
    assert ended(number)["state"] == "done", rig.shown(number)
    who, group = 3 * (NOBODY.pw_uid,), 3 * (NOBODY.pw_gid,)
    assert output(number) == f"{who} {group} [{NOBODY.pw_gid}]\n", output(number)
    rig.write("secret", "root's own\n")
    os.chmod(f"{rig.folder}/secret", 0o600)
    number = rig.run("Read what is root's")
    assert ended(number)["state"] == "failed" and "own" not in output(number) and "key" not in output(number), output(number)


@with_root
def it_is_ended_when_its_run_is_cancelled():
    number = rig.run("Stay")
    within(10, lambda: rig.shown(number)["steps"][0]["state"] == "running", "its start")
    status, said = rig.api("run/cancel", number=number, reason="enough")
    assert status == 200, said
    assert "cancelled" in ended(number)["detail"], rig.shown(number)
    left = subprocess.run(["pgrep", "-u", "nobody", "-f", "^sleep 716"], capture_output=True, text=True)
    assert left.stdout == "", left


def who_is_not_root_refuses_another_user():
    rig.stop()
    with open(f"{rig.folder}/reeve.yaml") as file:
        before = file.read()
    for name, words in (("root", "reeve.yaml:6:33: Commands cannot run as root, because Reeve runs as "),
                        ("no-such-user", 'reeve.yaml:6:33: This machine has no user "no-such-user".')):
        rig.write("reeve.yaml", before.replace("directory: .", f"directory: ., user: {name}"))
        assert words in rig.refused(2, "serve"), name
    own = pwd.getpwuid(os.stat(f"{rig.folder}/state").st_uid)
    rig.write("reeve.yaml", before.replace("directory: .", f"directory: ., user: {own.pw_name}"))
    rig.serve()
    number = rig.run("Say who runs it")
    assert ended(number)["state"] == "done", output(number)
    said = output(number).splitlines()
    assert said[0] == own.pw_name and said[2] == f"{own.pw_dir} {own.pw_name} {own.pw_name}", said


def last(number):
    return rig.shown(number)["steps"][0]["last_lines"]


def a_failed_command_shows_what_it_said_last():
    number = rig.run("Fail with words")
    assert ended(number)["state"] == "failed", output(number)
    lines = last(number)
    assert lines[0] == "with .[31mred.[0m <b>" and lines[2] == "last" and len(lines) == 3, lines
    assert lines[1].startswith("secret ") and SECRET not in lines[1], lines
    shown = rig.command("run", "show", str(number)).stdout
    assert "The command ended with code 3\n       | with .[31mred.[0m <b>\n" in shown and "       | last\n" in shown, shown
    watched = rig.command("run", "watch", str(number))
    assert watched.returncode != 0 and "          | last\n" in watched.stdout, watched
    status, page = rig.ask(f"/runs/{number}")
    assert status == 200 and '<pre class="last">with .[31mred.[0m &lt;b&gt;\nsecret ' in page, page
    assert SECRET not in page
    status, said = rig.api("run/skip", number=number, step=1, reason="seen")
    assert status == 200 and last(number) == [], said


def so_does_one_that_was_killed_or_met_its_deadline():
    number = rig.run("Be killed")
    assert "signal 9" in ended(number)["detail"] and last(number) == ["before the signal"], rig.shown(number)
    number = rig.run("Be late")
    assert "deadline" in ended(number)["detail"] and last(number) == ["before the deadline"], rig.shown(number)
    number = rig.run("Say much")
    assert ended(number)["state"] == "failed" and last(number) == [300 * "x"], rig.shown(number)


def a_changed_configuration_waits_for_a_restart():
    said = "reeve.yaml was changed at "
    wants = "; but for targets: and probes:, what it says now is in force after a restart."
    with open(f"{rig.folder}/reeve.yaml") as file:
        before = file.read()
    assert said not in rig.command("status").stdout and said not in rig.command("check").stdout
    rig.write("reeve.yaml", before)  # touched, and the same
    rig.write("reeve.yaml", before.replace("deadline: 1 s", "deadline: 2 s"))
    checked = rig.command("check")  # at once
    assert checked.returncode == 0 and "reeve.yaml:1:1: hint: " + said in checked.stdout, checked
    status = within(10, lambda: said in (done := rig.command("status")).stdout and done, "status says so")
    assert status.returncode == 1 and wants in status.stdout, status
    told = json.loads(rig.command("status", "--json").stdout)
    assert told["configuration_changed"].startswith(said) and len(told["configuration"]) == 64, told
    page = rig.page().text()
    assert "The configuration was changed." in page and said in page, page
    os.rename(f"{rig.folder}/reeve.yaml", f"{rig.folder}/away.yaml")
    within(10, lambda: "reeve.yaml cannot be read since " in rig.ask("/")[1], "that it is gone")
    rig.write("reeve.yaml", before)
    within(10, lambda: said not in rig.page().text(), "that it is as it was")
    rig.write("reeve.yaml", before.replace("deadline: 1 s", "deadline: 2 s"))
    within(10, lambda: said in rig.page().text(), "that it has changed again")
    rig.stop()
    rig.serve()
    assert said not in rig.command("check").stdout and said not in rig.page().text()
    rig.write("reeve.yaml", before)
    rig.stop()
    rig.serve()


TESTS = [a_failed_command_shows_what_it_said_last, so_does_one_that_was_killed_or_met_its_deadline,
         a_changed_configuration_waits_for_a_restart,
         a_command_of_roots_reeve_runs_as_its_user, it_cannot_come_back_nor_read_what_is_roots,
         it_is_ended_when_its_run_is_cancelled, who_is_not_root_refuses_another_user]

bad_rig.RUNBOOK = RUNBOOK
with bad_rig.Rig('commands: { directory: ., environment: { STEP_SECRET: env:STEP_SECRET } }\n'
                 'actions: { "ops:late": { run: "echo before the deadline; sleep 60", deadline: 1 s } }\n',
                 environment={"STEP_SECRET": SECRET}) as rig:
    lib.run_tests(TESTS)
