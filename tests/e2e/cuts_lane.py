# cuts_lane.py - one company whose network is cut while it escalates: a Reeve of its own, four people with two ways
# each, and a trial after the other, each with a plan from its seed.
#
# Promises: after each trial what Reeve recorded, what the stand-ins took and how long Reeve was away is kept beside the
# plan, so that a proof can be read from it. Refuses: to judge.
import datetime
import json
import os
import random
import shutil
import signal
import threading
import time
import traceback

import bad_rig
import lib
from cuts_network import Fate, Network, Plan, StandIns, now_ms

ESCALATION_MS = 3000
PATIENCE_S = 60  # after the escalation, until every page has an end
PRIMARY, SECONDARY = ("ana", "ben"), ("cai", "dee")
AT_ONCE = ("ben", "dee")  # by all ways; the others have an order
RUNBOOK = f"""# Ours

### Severity Levels
- **P1 (High)**: Bad
  - Response time: 1 hour
  - Escalation: After {ESCALATION_MS // 1000} seconds to the secondary on call
"""
HOOK_KEY = "whsec_c2VjcmV0LW9mLXRoZS1zaW5r"


def person(name, more=""):
    hook = '{ url: "http://127.0.0.1:WEBPORT/hook", key: env:HOOK_KEY }'
    return f"  {name}: {{ email: {name}@acme.example, webhook: {hook}{more} }}\n"


CONFIGURATION = bad_rig.CONFIGURATION + "people:\n" + "".join([
    person("ana", ", contact: [webhook, smtp after 1 s]"), person("ben"),
    person("cai", ", contact: [smtp, webhook after 1 s]"), person("dee")]) + """
on_call: { primary: [ana, ben], secondary: [cai, dee] }
incidents: { repeat: 1 hour, bundle: 0 s }
smtp: { url: "smtp://127.0.0.1:MAILPORT", from: reeve@acme.example }
"""
CONNECTIONS = 2 * (len(PRIMARY) + len(SECONDARY))
UP_BYTES, DOWN_BYTES = 1600, 320  # about as many as a message has


def draw(seed, number):
    """The plan of a trial: where the network is cut, and where somebody is killed."""
    chance = random.Random(f"{seed}/{number}")
    plan = Plan()
    kind = chance.choice(("one", "one", "one", "two", "outage", "outage", "none"))
    for _ in range({"one": 1, "two": 2}.get(kind, 0)):
        how = chance.choice(("refuse", "hang", "up", "down", "lose", "lose"))
        after = chance.randrange(UP_BYTES if how == "up" else DOWN_BYTES)
        plan.fates[chance.randint(1, CONNECTIONS)] = Fate(how, after)
    if kind == "outage":
        begin = chance.uniform(-0.1, ESCALATION_MS / 1000 + 1)
        plan.outage = (begin, begin + chance.uniform(0.2, 5), chance.choice(("refuse", "stall", "hang")))
    role = chance.choice(("core", "core", "worker", None)) if kind != "none" else chance.choice(("core", "worker"))
    if role and chance.random() < 0.7:
        way = chance.choice(("up", "down"))
        most = UP_BYTES if way == "up" else DOWN_BYTES
        plan.kill = (chance.randint(1, CONNECTIONS), way, chance.randrange(most), role)
    elif role:
        plan.kill_at_s = (chance.uniform(0, ESCALATION_MS / 1000 + 1), role)
    plan.restart_s = chance.choice((0, 0.2, 1))
    return plan


def ms_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


class Trial:
    """What became of one: facts are those of its incident."""

    def __init__(self, number, plan):
        self.number, self.plan = number, plan
        self.crashes = []  # (role, from_ms, to_ms)
        self.facts, self.taken, self.hit = [], [], {}
        self.whole = False
        self.seconds = 0

    def __repr__(self):
        return f"trial {self.number}: {self.plan}, cut {self.hit}, crashes {self.crashes}"


class Fact:
    def __init__(self, leaf):
        self.kind, self.data = leaf["kind"], leaf["data"]
        self.at_ms = ms_of(leaf["at"])


class Company(bad_rig.Rig):
    """A Reeve behind the network."""

    def prepare(self):
        for program in ("src/main/reeve", "src/worker/reeve-work"):
            shutil.copy(f"{bad_rig.build}/{program}", self.folder)
        os.mkdir(f"{self.folder}/state")
        self.own(self.folder, f"{self.folder}/state")
        self.port = lib.free_port()
        text = CONFIGURATION.replace("1:PORT", f"1:{self.port}")
        for word, port in self.more.items():
            text = text.replace(word, str(port))
        self.write("RUNBOOK.md", RUNBOOK)
        self.write("reeve.yaml", text)
        self.core = None
        self.serve()

    def workers(self):
        found = []
        try:
            with open(f"/proc/{self.core.pid}/task/{self.core.pid}/children") as file:
                children = file.read().split()
        except OSError:
            return []
        for child in children:
            try:
                with open(f"/proc/{child}/cmdline", "rb") as line:
                    if line.read().split(b"\0")[0].endswith(b"reeve-work"):
                        found.append(int(child))
            except OSError:
                pass  # it has ended
        return found


class Lane:
    def __init__(self, name, seed, numbers):
        self.name, self.seed, self.numbers = name, seed, numbers
        self.trials, self.failure = [], None
        self.stand_ins = StandIns()
        self.network = Network(self.stand_ins.ports, self.kill)
        self.company = Company({"WEBPORT": self.network.ports["webhook"], "MAILPORT": self.network.ports["smtp"]},
                               environment={"HOOK_KEY": HOOK_KEY})
        self.dead = threading.Event()  # somebody has killed the core
        self.trial = None

    def run(self):
        try:
            with self.company:
                for number in self.numbers:
                    self.go(number)
                    if self.failure:
                        return
                self.company.stop()
        except Exception:
            self.failure = f"{self.name}, {self.trial}: {traceback.format_exc()}"

    def kill(self, role):
        """From the network's threads or a timer: kill -9, in the middle of whatever it is."""
        workers = self.company.workers()
        if role == "worker" and workers:
            self.trial.crashes.append(("worker", now_ms(), now_ms()))
            victim = random.Random(f"{self.seed}/{self.trial.number}/victim").choice(workers)
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has just finished
        elif role == "core":
            self.trial.crashes.append(("core", now_ms(), float("inf")))
            self.company.core.kill()
            self.dead.set()

    def revive(self):
        """Starts the core again when it was killed, as systemd would."""
        if not self.dead.is_set():
            return
        self.dead.clear()
        self.company.core.wait(20)
        time.sleep(self.trial.plan.restart_s)
        self.company.serve()
        role, begun, _ = self.trial.crashes[-1]
        self.trial.crashes[-1] = (role, begun, now_ms())

    def go(self, number):
        trial = self.trial = Trial(number, draw(self.seed, number))
        begun = time.monotonic()
        seen = len(self.stand_ins.taken)
        self.network.begin(trial.plan)
        if trial.plan.kill_at_s:
            seconds, role = trial.plan.kill_at_s
            threading.Timer(seconds, self.network.kill_once, (trial.plan, role)).start()
        title = f"Trial {number} of {self.name}"
        while not (incident := self.find(title)):
            self.company.declare(title)
            self.revive()
        self.wait(ESCALATION_MS / 1000 + PATIENCE_S, lambda: self.is_settled(incident, seen))
        trial.hit = dict(self.network.hit)
        self.network.killed = True  # a timer that has not come kills nobody any more
        self.network.end()
        self.revive()
        self.resolve(incident)
        trial.facts = self.facts(incident)
        trial.taken = [one for one in self.stand_ins.taken[seen:] if one.incident == incident]
        trial.whole = self.company.is_whole()
        trial.seconds = time.monotonic() - begun
        self.trials.append(trial)

    def find(self, title):
        done = self.company.command("ledger", "show", "--last", "60", "--json")
        for line in done.stdout.splitlines():
            leaf = json.loads(line)
            if leaf["kind"] == "incident.opened" and leaf["data"]["title"] == title:
                return leaf["data"]["number"]
        return None

    def facts(self, incident):
        done = self.company.command("ledger", "show", "--last", "400", "--json")
        assert done.returncode == 0, done
        return [Fact(leaf) for leaf in map(json.loads, done.stdout.splitlines()) if leaf["kind"] == "clock.stepped"
                or leaf["subject"] == f"incident:{incident}"]

    def is_settled(self, incident, seen):
        """Is everybody told, and has every page an end?"""
        told = {one.person for one in self.stand_ins.taken[seen:] if one.incident == incident}
        if told != {*PRIMARY, *SECONDARY}:
            return False
        return not open_pages(self.facts(incident))

    def wait(self, seconds, condition):
        """Whether it came true; reading the ledger costs, so not too often."""
        until = time.monotonic() + seconds
        found = condition()
        while not found and time.monotonic() < until:
            self.revive()
            time.sleep(0.3)
            found = condition()
        self.revive()
        return found

    def resolve(self, incident):
        def done():
            status, said = self.company.api("incident/resolve", number=str(incident), note="over")
            return status == 200 or "resolved" in str(said)
        assert self.wait(60, done), f"{self.trial} cannot be resolved"
        assert self.wait(60, lambda: not open_pages(self.facts(incident))), f"{self.trial} has pages without an end"


def open_pages(facts):
    """The pages that were asked for and have no end yet."""
    pages = set()
    for fact in facts:
        page = fact.data.get("page")
        if fact.kind == "page.requested":
            pages.add(page)
        elif fact.kind in ("page.sent", "page.stopped") or (fact.kind in ("page.failed", "page.doubted")
                                                            and fact.data["final"]):
            pages.discard(page)
    return pages
