# cuts.py - the network is cut at every point of an escalation, kill -9 of the core or of a worker included: each person
# who should have been told was told in time, nobody twice for the same cause without a crash or a doubted attempt
# between, and the ledger is whole.
# Usage: cuts.py BUILD_FOLDER [TRIALS [SEED [FIRST]]]; the environment's REEVE_CUTS, REEVE_SEED and REEVE_LANES say the
# same. A trial's seed chooses where the cut comes (cuts_lane.py draws it); cuts.py BUILD 1 SEED N plays trial N again.
import collections
import os
import statistics
import sys
import threading
import time

sys.dont_write_bytecode = True
import lib  # noqa: E402
from cuts_lane import AT_ONCE, ESCALATION_MS, PRIMARY, SECONDARY, Lane  # noqa: E402

trials = int(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("REEVE_CUTS", "12"))
seed = int(sys.argv[3] if len(sys.argv) > 3 else os.environ.get("REEVE_SEED", "6"))
first = int(sys.argv[4]) if len(sys.argv) > 4 else 1
lane_count = min(trials, int(os.environ.get("REEVE_LANES", "6")))
# What docs/manual/reaching-people.md says: an attempt has 20 seconds, another try comes 10 seconds after one that
# failed, and one in doubt goes again at once, the second in a row after 10. The rest is the turn and a busy machine.
ATTEMPT_MS, WAIT_MS, SLACK_MS = 21000, 10000, 4000
lanes = []


def every_trial_is_played():
    print(f"# seed {seed}, trials {first} to {first + trials - 1}, {lane_count} companies at the same time", flush=True)
    begun = time.monotonic()
    for lane in range(lane_count):
        lanes.append(Lane(f"company {lane}", seed, range(first + lane, first + trials, lane_count)))
    threads = [threading.Thread(target=lane.run) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failures = [lane.failure for lane in lanes if lane.failure]
    assert failures == [], "\n".join(failures)
    found = all_trials()
    assert len(found) == trials, (len(found), trials)
    print(f"# {len(found)} trials in {time.monotonic() - begun:.0f} s; each took "
          f"{statistics.median(one.seconds for one in found):.1f} s (median), "
          f"at most {max(one.seconds for one in found):.1f} s", flush=True)


def all_trials():
    return [trial for lane in lanes for trial in lane.trials]


def each(check):
    wrong = [f"seed {seed}, {trial}: {finding}" for trial in all_trials() for finding in check(trial)]
    assert wrong == [], "\n".join(wrong)


def away_ms(trial):
    return sum(until - begun for role, begun, until in trial.crashes if role == "core")


def bound_ms(trial, person):
    """How long after the time of the text somebody has to be told, by what the manual says."""
    cuts = {**trial.plan.fates}
    bound = SLACK_MS + away_ms(trial)
    if not trial.crashes and len(trial.hit) <= 1 and person in AT_ONCE:
        return bound  # the other way is whole
    how = {fate.how for fate in cuts.values()}
    if trial.plan.outage:
        begin, end, kind = trial.plan.outage
        bound += (end - begin) * 1000
        how.add(kind)
    bound += ATTEMPT_MS * len(how & {"hang", "stall"})
    return bound + WAIT_MS * (len(cuts) + bool(trial.plan.outage) + bool(trial.crashes))


def late_people(trial):
    opened = next(fact.at_ms for fact in trial.facts if fact.kind == "incident.opened")
    for person in (*PRIMARY, *SECONDARY):
        due = opened + (0 if person in PRIMARY else ESCALATION_MS)
        moments = [one.at_ms for one in trial.taken if one.person == person]
        if not moments:
            yield f"{person} was never told"
            continue
        if min(moments) < due - 50:
            yield f"{person} was told {due - min(moments):.0f} ms too early"
        late = min(moments) - due
        trial.late = {**getattr(trial, "late", {}), person: late}
        if late > bound_ms(trial, person):
            yield f"{person} was told {late:.0f} ms after the time of the text, over {bound_ms(trial, person):.0f}"


def everybody_is_told_in_time():
    each(late_people)
    late = sorted(ms for trial in all_trials() for ms in trial.late.values())
    untouched = sorted(ms for trial in all_trials() if not trial.hit and not trial.crashes
                       for ms in trial.late.values())
    for what, found in (("all", late), ("of trials that hit nobody", untouched)):
        if found:
            print(f"# told after the time of the text, {what}: median {statistics.median(found):.0f} ms, 95th of 100 "
                  f"{found[len(found) * 95 // 100]:.0f} ms, at most {found[-1]:.0f} ms", flush=True)


def again(trial):
    """(page, first, second) of each message that somebody got again."""
    moments = collections.defaultdict(list)
    for one in trial.taken:
        moments[one.page].append(one.at_ms)
    return [(page, before, after) for page, found in moments.items()
            for before, after in zip(sorted(found), sorted(found)[1:])]


def doubled(trial):
    for page, before, after in again(trial):
        doubted = [fact for fact in trial.facts if fact.kind == "page.doubted" and fact.data["page"] == page
                   and before - 1000 <= fact.at_ms <= after]
        crashed = [crash for crash in trial.crashes if before - 21000 <= crash[1] <= after]
        if not doubted and not crashed:
            yield f"page {page} was taken at {before:.0f} and again at {after:.0f}, and nothing was in doubt between"
    pages = collections.Counter((fact.data["person"], fact.data["method"], fact.data["reason"]) for fact in trial.facts
                                if fact.kind == "page.requested")
    yield from (f"{cause} was asked for {count} times" for cause, count in pages.items() if count > 1)


def nobody_is_told_twice_without_a_doubt_between():
    each(doubled)
    twice = sum(len(again(trial)) for trial in all_trials())
    print(f"# messages: {sum(len(trial.taken) for trial in all_trials())}, of them {twice} again, each after a doubt "
          "or a crash", flush=True)


def false_facts(trial):
    taken = {one.page for one in trial.taken}
    for fact in trial.facts:
        if fact.kind == "page.sent" and fact.data["page"] not in taken:
            yield f"page {fact.data['page']} counts as sent, and nobody took it"
    for kind in ("incident.opened", "incident.escalated"):
        count = sum(fact.kind == kind for fact in trial.facts)
        if count != 1:
            yield f"{kind} was recorded {count} times"
    opened = next(fact for fact in trial.facts if fact.kind == "incident.opened")
    for fact in trial.facts:
        late = fact.at_ms - opened.at_ms - ESCALATION_MS
        if fact.kind == "incident.escalated" and not 0 <= late <= SLACK_MS + away_ms(trial):
            yield f"the escalation came {late:.0f} ms after its time"


def every_fact_is_true():
    each(false_facts)


def every_ledger_is_whole():
    each(lambda trial: [] if trial.whole else ["the ledger is not whole"])


def the_cuts_came_everywhere():
    table = collections.Counter()
    for trial in all_trials():
        outage = trial.plan.outage
        hows = [f"one connection: {fate.how}" for number, fate in trial.plan.fates.items() if number in trial.hit]
        hows += [f"everything: {outage[2]}"] if outage and trial.hit else []
        for how in hows or ["none was cut"]:
            table[how, trial.crashes[0][0] if trial.crashes else "nobody"] += 1
    for (how, role), count in sorted(table.items()):
        print(f"# {how}, killed: {role}: {count}", flush=True)
    assert trials < 200 or len(table) >= 20, table


lib.run_tests([every_trial_is_played, everybody_is_told_in_time, nobody_is_told_twice_without_a_doubt_between,
               every_fact_is_true, every_ledger_is_whole, the_cuts_came_everywhere])
