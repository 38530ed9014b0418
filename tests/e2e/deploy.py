# deploy.py - the runbook's "Deployment Steps" on the demonstration's production: a real migration, a
# real maintenance switch, a hold that an injected fault breaks, the way back that is offered, and the
# same once more without a fault and through a kill of the core. Usage: deploy.py BUILD_FOLDER
import json
import os
import re
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import ask, within  # noqa: E402

build = sys.argv[1]
demo = None


def reeve(*arguments, code=0):
    done = subprocess.run(demo.reeve_command(*arguments), cwd=demo.company, timeout=30,
                          env=demo.environment(), capture_output=True, text=True)
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def run(number):
    return json.loads(reeve("run", "show", str(number), "--json"))


def step(number, text):
    """The first step of run number whose words begin with text."""
    return next(one for one in run(number)["steps"] if one["text"].startswith(text))


def comes(number, text, state, seconds=20):
    def there():
        found = step(number, text)
        assert found["state"] in (state, "planned", "ready", "waiting", "running"), found
        return found if found["state"] == state else None
    return within(seconds, there, f"step \"{text}\" {state}")


def tables():
    return demo.sql("SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_stat_user_tables")


def starts(number):
    """How many times each step of the run was begun, by the ledger."""
    said = reeve("ledger", "show", "--subject", f"run:{number}", "--last", "1000", "--json")
    begun = {}
    for line in said.splitlines():
        entry = json.loads(line)
        entry = entry.get("leaf", entry)
        entry = json.loads(entry) if isinstance(entry, str) else entry
        if entry.get("kind") == "run.step-started":
            begun[entry["data"]["step"]] = begun.get(entry["data"]["step"], 0) + 1
    return begun


def the_plan_shows_every_command_and_begins_nothing():
    said = reeve("run", "Deployment Steps", "--dry-run")
    assert "runs release/maintenance on" in said and "runs release/migrate up" in said, said
    assert "Nothing was started" in said and reeve("run", "list") == "No run is open.\n"
    assert not os.path.exists(f"{demo.company}/maintenance")


def people_do_the_staging_steps():
    reeve("run", "Deployment Steps")
    for name in ("Deploy to staging", "Run one purchase", "Verify the payment webhook"):
        assert step(1, name)["state"] == "ready", run(1)
        reeve("run", "tick", "1", "--note", "done in staging")


def the_shop_closes_and_the_migration_is_real():
    comes(1, "Turn maintenance mode on", "done")
    comes(1, "Deploy the same build", "done")
    comes(1, "Run the health check", "done")
    assert "reviews" in tables().split(), tables()
    assert ask(f"{demo.shop}/products")[0] == 503
    assert demo.total("acme_maintenance") == 1
    assert demo.sql("SELECT name FROM migrations") == "0005_reviews"


def a_fault_breaks_the_hold():
    assert comes(1, "Monitor for 1 minute", "running")
    os.unlink(f"{demo.company}/maintenance")  # somebody lets the customers in too early
    demo.fault("errors", True)
    failed = comes(1, "Monitor for 1 minute", "failed", 60)
    assert "began to fire" in failed["detail"], failed
    assert run(1)["state"] == "stopped"
    assert step(1, "Turn maintenance mode off")["state"] == "planned"
    assert "run 1 of \"Deployment Steps\" stopped" in reeve("status", code=1)


def the_way_back_is_offered_and_goes_back():
    said = reeve("run", "show", "1")
    assert "taken back by 2 steps: reeve run undo 1" in said, said
    reeve("run", "undo", "1", "the", "release", "breaks", "the", "catalogue")
    within(30, lambda: run(1)["state"] == "done", "the end of run 1")
    assert "Run 1 is done" in reeve("run", "tick", "1", code=3)
    assert step(1, "Take back: Turn maintenance mode on")["by"] == "reeve", run(1)
    assert "reviews" not in tables().split(), tables()
    assert demo.sql("SELECT count(*) FROM migrations") == "0"
    assert ask(f"{demo.shop}/products")[0] in (200, 500), "the shop is closed still"
    demo.fault("errors", False)
    # Closed, the shop counts no more requests: what failed a minute ago would weigh more and more.
    within(240, lambda: all(re.search(r"(?<![\d.])0(\.0)? %", line) for line in
                            reeve("alert", "list").splitlines() if "Error rate" in line),
           "a minute without a failed request")


def without_a_fault_it_ends_also_through_kills():
    reeve("run", "Deployment Steps")
    for _ in range(3):
        reeve("run", "tick", "2")
    comes(2, "Turn maintenance mode on", "done")
    before = demo.pid("reeve")
    os.kill(before, signal.SIGKILL)  # the demo starts it again, as systemd would
    within(30, lambda: demo.pid("reeve") != before and ask(f"{demo.reeve}/healthz")[0] == 200,
           "Reeve's return")
    comes(2, "Run the health check", "done", 30)
    comes(2, "Monitor for 1 minute", "done", 120)
    comes(2, "Turn maintenance mode off", "done")
    comes(2, "Monitor response times", "done")
    reeve("run", "tick", "2", "--note", "written")
    assert run(2)["state"] == "done", run(2)
    assert ask(f"{demo.shop}/products")[0] == 200 and "reviews" in tables().split()
    assert set(starts(2).values()) == {1}, starts(2)


def the_ledger_verifies():
    assert reeve("ledger", "verify").startswith("The ledger is whole: ")


TESTS = [the_plan_shows_every_command_and_begins_nothing, people_do_the_staging_steps,
         the_shop_closes_and_the_migration_is_real, a_fault_breaks_the_hold,
         the_way_back_is_offered_and_goes_back, without_a_fault_it_ends_also_through_kills,
         the_ledger_verifies]

if not lib.postgres_folder():
    lib.run_tests(TESTS, "PostgreSQL is absent")
with lib.Demo(build) as demo:
    lib.run_tests(TESTS)
