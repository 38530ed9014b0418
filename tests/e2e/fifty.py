# fifty.py - a key that is revoked after 24 hours and a request with 30 days, in a real daemon that is killed fifty times
# in a month: what is due is due at its second, once, and stands in the ledger once.
#
# The clocks of the daemon, that of the wall and those that never jump, go on by hours while it is dead, as if it had been
# a machine that was off. Usage: fifty.py BUILD_FOLDER
import datetime
import os
import shutil
import sys
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

HOUR = 3600
RESTARTS = 50
STEP_S = 30 * 24 * HOUR // (RESTARTS - 6)  # the month is over six restarts before the end
bad_rig.build = os.path.abspath(sys.argv[1])
bad_rig.RUNBOOK = """# Ours

## Severity Levels
- **P1 (High)**: Bad
  - Response time: 15 minutes

## Keys
1. Create a new key
2. Revoke old key after 24 hours

## Request
1. Log the request
2. Provide within 30 days
"""
rig = None


class Month(bad_rig.Rig):
    """A Reeve whose clocks go on by passed_s while it is dead."""
    passed_s = 0

    def serve(self):
        library = f"{self.folder}/clock_shift.so"
        if not os.path.exists(library):
            shutil.copy(f"{bad_rig.build}/tests/conformance/libclock_shift.so", library)
        self.let_pass(0)
        self.environment = {"LD_PRELOAD": library, "CONFORMANCE_CLOCK_FILE": f"{self.folder}/clock",
                            "CONFORMANCE_CLOCK_PASSES": "1"}
        super().serve()

    def let_pass(self, by_s):
        self.passed_s += by_s
        self.write("clock", f"{self.passed_s:>20}")

    def now(self):
        return time.time() + self.passed_s

    def die_for(self, by_s):
        """Killed as by kill -9, its keeper too, and started again by_s later."""
        children = [self.child(role) for role in ("serve", "keep")]
        self.core.kill()
        self.core.wait(20)
        within(10, lambda: not any(child and os.path.exists(f"/proc/{child}") for child in children), "its children's end")
        self.let_pass(by_s)
        self.serve()

    def shows(self, number):
        status, said = self.api("run/show", number=str(number))
        assert status == 200, said
        return said

    def step(self, number, step):
        return self.shows(number)["steps"][step - 1]

    def done(self, action, *words):
        done = self.command(*action.split(), *words)
        assert done.returncode == 0, done


def instant_s(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def the_key_is_due_after_24_hours_and_not_before():
    rig.done("run", "Request")
    rig.done("run tick", "1", "1")
    rig.done("run", "Keys")
    rig.done("run tick", "2", "1")
    rig.die_for(24 * HOUR - 60)
    assert rig.step(2, 2)["state"] == "waiting", rig.shows(2)
    said = rig.refused(3, "run", "tick", "2", "2")
    assert "is not to be done before" in said, said
    rig.die_for(40)  # a busy machine needs some seconds for a start
    assert rig.step(2, 2)["state"] == "waiting", rig.shows(2)
    within(30, lambda: rig.step(2, 2)["state"] == "ready", "the end of the 24 hours")
    rig.die_for(0)
    assert rig.step(2, 2)["state"] == "ready", rig.shows(2)
    rig.done("run tick", "2", "2")


def the_last_date_is_said_once_in_fifty_restarts():
    opened = [fact for fact in rig.events("run.opened") if fact["subject"] == "run:1"]
    due = instant_s(opened[0]["at"]) + 30 * 24 * HOUR
    for _ in range(RESTARTS - 3):
        left_s = due - rig.now()
        if left_s > STEP_S:
            assert rig.events("run.step-overdue") == []
            rig.die_for(STEP_S)
        elif left_s > 6:
            rig.die_for(left_s - 5)  # its last seconds pass while it runs
            assert rig.events("run.step-overdue") == []
            within(15, lambda: rig.events("run.step-overdue"), "the last date")
        else:
            rig.die_for(HOUR)
    late = rig.events("run.step-overdue")
    assert len(late) == 1, late
    said_s = instant_s(late[0]["at"]) - due
    print(f"# said {said_s:.3f} s after its last date; {rig.passed_s / 86400:.1f} days passed", flush=True)
    assert 0 <= said_s < 2, late
    assert rig.step(1, 2)["state"] == "ready", rig.shows(1)
    assert rig.is_whole()


tests = [the_key_is_due_after_24_hours_and_not_before, the_last_date_is_said_once_in_fifty_restarts]
if bad_rig.instrumented():
    lib.run_tests(tests, skip="clocks cannot be moved in a build with sanitizers")
with Month() as rig:
    lib.run_tests(tests)
