# kill.py - kill -9 of core, collector, keeper or worker at random moments of the whole chain: from
# pending to resolved, and again. No fact that was answered is lost, no page is missing, at most one
# mail and one webhook is sent twice per crash, the clocks are right after every restart.
# Usage: kill.py BUILD_FOLDER [KILLS [SEED]]; the environment's REEVE_KILLS, REEVE_SEED and
# REEVE_LANES (chains that run at the same time) say the same. The chains are kill_lane.py's.
import collections
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
import kill_proof as proof  # noqa: E402
import lib  # noqa: E402
from kill_lane import ROLES, Lane, Tickets  # noqa: E402

build = sys.argv[1]
kills = int(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("REEVE_KILLS", "12"))
seed = int(sys.argv[3] if len(sys.argv) > 3 else
           os.environ.get("REEVE_SEED", time.time_ns() % 10**9))
lane_count = int(os.environ.get("REEVE_LANES", "2" if kills < 50 else "6"))
lanes = []


def every_kill_is_survived():
    print(f"# seed {seed}, {kills} kills, {lane_count} chains at the same time", flush=True)
    begun = time.monotonic()
    threads = [threading.Thread(target=lane.run) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for lane in lanes:
        if lane.failure:
            print("\n".join(f"# {line}" for line in lane.failure.splitlines()), flush=True)
    assert not any(lane.failure for lane in lanes), [lane.name for lane in lanes if lane.failure]
    done = sum(len(lane.crashes) for lane in lanes)
    assert done >= kills, (done, kills)
    print(f"# {done} kills in {time.monotonic() - begun:.0f} s", flush=True)


def each(check):
    """Runs a proof over every lane; all its findings at once."""
    wrong = [f"{lane.name}: {finding}" for lane in lanes for finding in check(lane)]
    assert wrong == [], "\n".join(wrong)


def every_ledger_is_whole():
    each(proof.ledger_is_whole)


def no_answered_fact_is_lost():
    each(proof.lost_facts)
    answered = collections.Counter(kind for lane in lanes for kind, _ in lane.answered)
    assert answered["note"] > 0, answered
    print(f"# answered facts, all found: {dict(answered)}", flush=True)


def no_page_is_missing():
    each(proof.missing_pages)


def no_page_is_doubled_more_than_once_per_crash():
    each(proof.doubled_pages)
    counts = [proof.page_counts(lane) for lane in lanes]
    for method in ("mails", "webhooks"):
        print(f"# {method}: {sum(c[method][0] for c in counts)} pages, "
              f"{sum(c[method][1] for c in counts)} of them taken twice", flush=True)


def the_clocks_are_right_after_every_restart():
    each(proof.wrong_clocks)


def the_kills_hit_every_role():
    table = collections.Counter()
    for lane in lanes:
        for crash, stage in proof.stages(lane):
            table[stage, crash.role] += 1
    print(f"# {'stage':14}" + "".join(f"{role:>11}" for role in ROLES), flush=True)
    for stage in proof.STAGES:
        print(f"# {stage:14}" + "".join(f"{table[stage, role]:11}" for role in ROLES), flush=True)
    hit = {role for _, role in table}
    assert kills < 50 or hit == set(ROLES), hit
    missed = [stage for stage in proof.STAGES if not any(table[stage, role] for role in ROLES)]
    assert kills < 200 or missed == [], missed


def reeve_ends_when_it_is_asked_and_nothing_complained():
    each(Lane.end)


def run():
    with lib.Demo(build, "--without-reeve") as demo:
        os.kill(demo.pid("load"), signal.SIGSTOP)  # each chain has a shop of its own
        tickets = Tickets(kills)
        try:
            for number in range(lane_count):
                lanes.append(Lane(demo, number, seed, tickets))
            lib.run_tests([every_kill_is_survived, every_ledger_is_whole, no_answered_fact_is_lost,
                           no_page_is_missing, no_page_is_doubled_more_than_once_per_crash,
                           the_clocks_are_right_after_every_restart, the_kills_hit_every_role,
                           reeve_ends_when_it_is_asked_and_nothing_complained])
        finally:
            for lane in lanes:
                lane.stop()
            os.kill(demo.pid("load"), signal.SIGCONT)


if lib.postgres_folder() is None:
    lib.run_tests([run], skip="postgresql-15 is not installed")
run()
