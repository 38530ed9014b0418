# soak.py - four times the load of a company of the mission's size, with faults inside and outside of Reeve, for two
# hours: no leak, no drift, nothing that was answered is lost, no alert is missed and none is made up.
#
# The base load: 4 targets of 5,000 series each 15 s, 2,000 samples/s pushed (half by remote write, half by OTLP), 500
# log lines/s (half posted, half in a followed file that is rotated), an alert episode each two minutes; beside them
# three heartbeats, alerts of an Alertmanager, a Redis probe, people who acknowledge and resolve, and a silence now and
# then.
# With 600 s or more that is sent four times over; the short form sends it once.
# Faults inside: libfiu's points, in bursts, one kind after the other in core, collector and workers (plan.py). In the
# first half also memory that runs out, and kill -9 of core and collector; the second half has no such end, so that a
# leak has an hour to show. Outside: targets that hang, answer 500, cut bodies off and begin anew, a sink that refuses,
# a Redis that stands.
# Usage: soak.py BUILD_FOLDER [SECONDS]; REEVE_SOAK_KEEP names a folder for what was measured and the ledger.
import json
import os
import random
import shutil
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import bad_rig  # noqa: E402
import company  # noqa: E402
import lib  # noqa: E402
import load  # noqa: E402
import plan  # noqa: E402
import proof  # noqa: E402
import records  # noqa: E402
from lib import within  # noqa: E402

seconds = int(sys.argv[2] if len(sys.argv) > 2 else 100)
ROLES = ("core", "collector", "keeper")


class Shape:
    """How long, how much, how often."""
    is_long = seconds >= 600
    seconds = seconds
    scale = 4 if is_long else 1
    scrape_s = 15 if is_long else 3
    window = "1 minute" if is_long else "15 seconds"
    episode_s = load.BASE["episode_s"] / scale if is_long else 5
    raised_s = 100 if is_long else 30
    burst_s = 20 if is_long else 4
    outside_s = 60 if is_long else 6
    beat_s = 30 if is_long else 10
    settle_s = 120 if is_long else 45
    kills = 12 if is_long else 2
    rotate_s = 60 if is_long else 15
    redis = shutil.which("redis-server") is not None
    inside = (os.path.exists(f"{bad_rig.build}/tests/soak/libsoak_faults.so") and os.path.exists(company.PRELOAD) and
              shutil.which("patchelf") is not None)


class Soak:
    def __init__(self):
        self.state = load.State()
        base, scale = load.BASE, Shape.scale
        self.targets = load.Targets(self.state, base["targets"] * scale, base["series"])
        self.rig = company.Company(Shape, self.targets)
        self.records = records.Records()
        self.down = threading.Lock()  # the core is being killed or started
        self.samples, self.bursts, self.outside, self.kills = [], [], [], []
        self.leaves, self.whole, self.maps = [], False, {}

    def begin(self):
        rig, state = self.rig, self.state
        rig.up()
        half = load.BASE["samples"] * Shape.scale // 2
        lines = load.BASE["lines"] * Shape.scale // 2
        self.senders = {
            "remote": load.Metrics(state, rig.push, "remote", company.TOKENS["remote"], half, "remote"),
            "otlp": load.Metrics(state, rig.push, "otlp", company.TOKENS["otlp"], half, "otlp"),
            "app": load.Posted(state, rig.push, company.TOKENS["app"], lines),
            "web": load.Followed(state, f"{rig.folder}/logs/web.log", lines, Shape.rotate_s)}
        for sender in self.senders.values():
            state.go(sender.run)
        state.go(self.records.follow, f"{rig.folder}/state/history", state)
        try:
            within(240, self.is_read, "every rule to be read")
        except AssertionError as late:
            raise AssertionError(f"{late}: {self.unread}, {self.rig.log()}, {state.troubles}") from late
        state.pausing = True
        time.sleep(11)  # what was sent until now has been read, and nobody counts as silent
        state.counting, state.pausing = True, False
        self.counting_at = time.time()

    def is_read(self):
        """Is every rule read? A window of 10 minutes is not waited for."""
        status, rules = self.rig.api("alert/list")
        if status != 200:
            return False
        self.unread = [(one["title"], one["reading"]) for one in rules if not one["title"].endswith("10 minutes") and
                       one["truth"] not in ("true", "false", "too little traffic")]
        return not self.unread

    # What happens meanwhile.

    def measure(self):
        for _ in self.state.every(30 if Shape.is_long else 2):
            with self.down:
                sample = self.rig.measure()
            sample["senders"] = {name: sender.answered for name, sender in self.senders.items()}
            sample["seen"] = dict(self.records.seen)
            self.samples.append(sample)
            self.say_how_it_goes(sample)

    def say_how_it_goes(self, sample):
        """For whoever watches; the facts themselves are written at the end."""
        folder = os.environ.get("REEVE_SOAK_KEEP")
        if not folder:
            return
        os.makedirs(folder, exist_ok=True)
        struck = {kind.title: self.rig.plan.struck(kind) for kind in plan.ALL}
        with open(f"{folder}/progress", "a") as file:
            json.dump(sample | {"struck": struck, "ends": [one[:2] for one in self.rig.ends], "kills": len(self.kills),
                                "gaps": self.records.gaps, "episodes": len(self.episodes.all),
                                "troubles": self.state.troubles, "refusals": self.records.refusals}, file)
            file.write("\n")

    def look_after(self):
        """What systemd does."""
        for _ in self.state.every(0.5):
            with self.down:
                if self.rig.core.poll() is not None:
                    self.rig.start_again()
                    self.records.heard = time.time()
                elif time.time() - self.records.heard > 90:
                    self.rig.end_still()

    def burst(self, kind, length_s):
        begun = time.time()
        before = self.rig.plan.struck(kind)
        self.rig.plan.begin(kind)
        self.state.ending.wait(length_s)
        self.rig.plan.end()
        self.bursts.append((begun, time.time(), kind.title, self.rig.plan.struck(kind) - before))

    def fail_inside(self):
        quarters = 4 if Shape.is_long else 1
        for quarter in range(quarters):
            kinds = plan.KINDS + (plan.DEADLY if quarter < 2 else []) if Shape.is_long else plan.BRIEF
            every_s = Shape.seconds / quarters / len(kinds)
            for number, kind in enumerate(kinds):
                due = self.begun + (quarter + number / len(kinds)) * Shape.seconds / quarters + every_s / 3
                if self.state.ending.wait(max(0, due - time.monotonic())):
                    return
                self.burst(kind, min(Shape.burst_s, every_s / 2))

    def kill(self):
        chance = random.Random(1)
        every_s = Shape.seconds / 2 / Shape.kills
        for number in range(Shape.kills):
            due = self.begun + (number + chance.uniform(0.3, 0.9)) * every_s
            if self.state.ending.wait(max(0, due - time.monotonic())):
                return
            who = ("collector", "core")[number % 2]
            with self.down:
                pid = self.rig.core.pid if who == "core" else self.rig.child("collect")
                if pid is None or self.rig.core.poll() is not None:
                    continue
                self.kills.append((time.time(), who))
                if who == "core":
                    self.rig.end_core("kill -9")
                else:
                    os.kill(pid, signal.SIGKILL)

    def fail_outside(self):
        ways = ["hang", "500", "cut", "reset", "sink", "redis"]
        for number, _ in enumerate(self.state.every(Shape.outside_s * 1.25)):
            if time.monotonic() > self.begun + Shape.seconds - 2 * Shape.outside_s:
                return
            way, target = ways[number % len(ways)], number % self.targets.count
            begun = time.time()
            self.switch(way, target, True)
            self.state.ending.wait(Shape.outside_s)
            self.switch(way, target, False)
            self.outside.append((begun, time.time(), way))

    def switch(self, way, target, on):
        if way == "reset":
            if on:
                self.targets.begin_anew(target)
        elif way == "sink":
            lib.ask(f"{self.rig.sink}/refuse", form={"mails": "1" if on else "0", "hooks": "1" if on else "0"})
        elif way == "redis":
            if self.rig.redis:
                self.rig.redis.send_signal(signal.SIGSTOP if on else signal.SIGCONT)
        elif on:
            self.targets.faults[target] = way
        else:
            self.targets.faults.pop(target, None)

    # The story, and what it leaves behind.

    def run(self):
        state = self.state
        self.begin()
        self.begun, self.begun_at = time.monotonic(), time.time()
        people = records.People(self.rig, self.records, state, Shape)
        self.episodes = load.Episodes(state, Shape.episode_s, Shape.raised_s)
        for function in (self.measure, self.look_after, people.answer, people.beat, people.post, people.silence,
                         people.look, people.collect):
            state.go(function)
        self.threads = [state.go(self.kill), state.go(self.fail_outside),
                        state.go(self.episodes.run, self.begun + Shape.seconds - Shape.raised_s)]
        if Shape.inside:
            self.threads.append(state.go(self.fail_inside))
        while time.monotonic() < self.begun + Shape.seconds:
            time.sleep(1)
        self.rig.plan.end()
        self.targets.faults.clear()
        self.ended_at = time.time()
        self.maps = {role: self.rig.holds_library(pid) for pid, role in self.rig.children().items() if role in ROLES}
        time.sleep(Shape.settle_s)
        state.counting, state.pausing = False, True
        time.sleep(20)  # the last readings
        people.gather()
        self.samples.append(self.rig.measure())
        state.ending.set()
        time.sleep(1)
        self.keep()  # whatever happens now
        with self.down:
            self.leaves = self.rig.leaves()
            self.whole = self.rig.is_whole()
            self.rig.stop()
        self.keep()

    def facts(self):
        """All that the proofs need."""
        return {
            "shape": {name: getattr(Shape, name) for name in vars(Shape) if not name.startswith("_")},
            "begun": self.begun_at, "ended": self.ended_at, "counting": self.counting_at,
            "samples": self.samples, "bursts": self.bursts, "outside": self.outside, "kills": self.kills,
            "ends": self.rig.ends, "maps": self.maps, "loaded": self.rig.plan.begun(), "whole": self.whole,
            "struck": {kind.title: self.rig.plan.struck(kind) for kind in plan.ALL}, "targets": self.targets.struck,
            "answers": self.targets.answers, "rotations": self.senders["web"].rotations,
            "senders": {name: {key: getattr(one, key, 0) for key in
                               ("answered", "bodies", "refused", "unanswered", "strange")}
                        for name, one in self.senders.items()},
            "episodes": [vars(one) for one in self.episodes.all], "troubles": self.state.troubles,
            "records": self.records.all(), "leaves": self.leaves}

    def keep(self):
        folder = os.environ.get("REEVE_SOAK_KEEP")
        if not folder:
            return
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/facts.json", "w") as file:
            json.dump(self.facts(), file)
        for path in ("state/reeve.db", "state/reeve.pub", "reeve.log", "reeve.yaml", "RUNBOOK.md"):
            if os.path.exists(f"{self.rig.folder}/{path}"):
                shutil.copy(f"{self.rig.folder}/{path}", folder)


def main():
    soak = Soak()
    with soak.rig:
        soak.run()
        facts = soak.facts()
    lib.run_tests(proof.tests(facts))


if len(sys.argv) > 3:  # what was kept is looked at again
    with open(f"{sys.argv[3]}/facts.json") as kept:
        lib.run_tests(proof.tests(json.load(kept)))
main()
