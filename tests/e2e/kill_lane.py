# kill_lane.py - one chain under kills: a shop, a sink and a Reeve of its own, a person who answers
# by the links in the mails, and one who kills.
#
# Promises: what was answered is remembered with its moment, and so is every kill with the time that
# Reeve was away; all stands in `answered`, `crashes` and, from the outside, in sink and ledger.
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time
import traceback

import lib
from lib import ask, within

ROLES = ("core", "collector", "keeper", "worker")
RULE = "Database connection pool > 90% for 2 seconds"
RESPONSE_MS = 4000
ESCALATION_MS = 8000
CALM_KILLS = 2  # each one lets the quiet time of 15 s begin anew


class Tickets:
    """Counts the kills of all lanes."""

    def __init__(self, count):
        self.left = count
        self.lock = threading.Lock()

    def take(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0


class Crash:
    def __init__(self, role, at_ms):
        self.role = role
        self.at_ms = at_ms
        self.back_ms = at_ms  # when Reeve answered again


def now_ms():
    return time.time() * 1000


class Lane:
    def __init__(self, demo, number, seed, tickets):
        self.demo, self.tickets = demo, tickets
        self.name = f"chain {number}"
        self.chance = random.Random(f"{seed}/{number}")
        self.folder = f"{demo.folder}/chain{number}"
        self.processes = {}
        self.answered = []  # (kind, what) of every fact whose answer was 2xx or exit code 0
        self.crashes = []
        self.failure = None
        self.calm = False
        self.calm_kills = 0
        self.over = False
        self.write_files()

    def write_files(self):
        os.makedirs(f"{self.folder}/state")
        os.makedirs(f"{self.folder}/receipts")
        with open(f"{lib.SOURCE}/examples/acme/RUNBOOK.md") as file:
            text = file.read()
        for old, new in (("Response time: 30 seconds",
                          f"Response time: {RESPONSE_MS // 1000} seconds"),
                         ("Escalation: After 1 minute",
                          f"Escalation: After {ESCALATION_MS // 1000} seconds"),
                         ("Database connection pool exhausted", RULE)):
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        with open(f"{self.folder}/RUNBOOK.md", "w") as file:
            file.write(text)
        if os.geteuid() == 0:
            for path, folders, files in os.walk(self.folder):
                for name in [path, *(f"{path}/{one}" for one in folders + files)]:
                    shutil.chown(name, "nobody", "nogroup")

    def start(self, name, *arguments, **options):
        """Ends with the demo at the latest: its working folder lies in the demo's."""
        drop = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        with open(f"{self.folder}/{name}.log", "a") as log:
            self.processes[name] = subprocess.Popen(
                [*(drop if os.geteuid() == 0 else []), *arguments], cwd=self.folder, stderr=log,
                stdin=subprocess.DEVNULL, env=self.demo.environment(), start_new_session=True,
                **{"stdout": log, **options})
        return self.processes[name]

    def port_of(self, name):
        path = f"{self.folder}/{name}.port"
        within(15, lambda: os.path.exists(path) and os.path.getsize(path), f"the port of {name}")
        with open(path) as file:
            return int(file.read())

    def open(self):
        bin_ = f"{self.demo.folder}/bin"
        self.start("sink", f"{bin_}/acme-sink", "--port-file", "sink.port", "--smtp-port-file",
                   "smtp.port")
        self.start("shop", f"{bin_}/acme-shop", "--volume", f"{self.folder}/receipts",
                   "--database", self.demo.info["DEMO_DATABASE"], "--port-file", "shop.port",
                   "--connections", "3")
        self.sink = f"http://127.0.0.1:{self.port_of('sink')}"
        self.shop = f"http://127.0.0.1:{self.port_of('shop')}"
        self.port = lib.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        with open(f"{lib.SOURCE}/examples/acme/reeve.yaml") as file:
            text = file.read()
        for name, value in (("REEVE", self.port), ("SHOP", self.port_of("shop")),
                            ("SINK", self.port_of("sink")), ("SMTP", self.port_of("smtp"))):
            text = text.replace(f"${{{name}_PORT}}", str(value))
        text = text.replace("repeat: 20 s", "repeat: 3 s")
        with open(f"{self.folder}/reeve.yaml", "w") as file:
            file.write(text)
        os.chmod(f"{self.folder}/reeve.yaml", 0o644)
        self.token = None
        self.serve()

    def serve(self):
        """Starts Reeve as systemd would, again when it cannot start yet; until it answers."""
        for _ in range(50):
            core = self.start("reeve", f"{self.demo.folder}/bin/reeve", "serve", "--config",
                              "reeve.yaml")
            until = time.monotonic() + 60
            while core.poll() is None and time.monotonic() < until:
                self.token = self.token or self.read_token()
                if self.token and self.api("status")[0] == 200:
                    return
                time.sleep(0.005)
            if core.poll() is None:
                raise AssertionError("Reeve was started again and does not answer:\n" + self.log())
            time.sleep(0.05)  # a command beside it may hold the ledger's lock
        raise AssertionError("Reeve does not start again:\n" + self.log())

    def log(self):
        with open(f"{self.folder}/reeve.log") as file:
            return "".join(file.readlines()[-20:])

    def read_token(self):
        try:
            with open(f"{self.folder}/state/token") as file:
                return file.read().strip() or None
        except OSError:
            return None

    def api(self, action, **arguments):
        return ask(f"{self.url}/api/{action}", body=json.dumps(arguments).encode(),
                   headers={"Authorization": f"Bearer {self.token}"})

    def reeve(self, *arguments):
        drop = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        return subprocess.run([*(drop if os.geteuid() == 0 else []),
                               f"{self.demo.folder}/bin/reeve", *arguments], cwd=self.folder,
                              timeout=60, env=self.demo.environment(), capture_output=True,
                              text=True)

    def incident(self):
        """Incident 1, or None while there is none, or nobody answers."""
        status, text = self.api("incident/show", number="1")
        return json.loads(json.loads(text)["json"]) if status == 200 else None

    def has_state(self, *states):
        found = self.incident()
        return found if found and found["state"] in states else None

    def mails(self):
        return json.loads(ask(f"{self.sink}/mails.json")[1])

    def hooks(self):
        return json.loads(ask(f"{self.sink}/hooks.json")[1])

    def fault(self, on):
        assert ask(f"{self.shop}/faults/pool", form={"on": "1" if on else "0"})[0] == 200

    # The person on call.

    def run(self):
        """The chain again and again until all kills are done; then once more without any."""
        killer = threading.Thread(target=self.guarded, args=(self.kill_on,))
        talker = threading.Thread(target=self.guarded, args=(self.talk_on,))
        self.guarded(self.open)
        self.killing = True
        killer.start()
        talker.start()
        while not self.failure and self.killing:
            self.guarded(self.go_round)
        killer.join()
        if not self.failure:
            self.guarded(self.go_round)
        self.over = True
        talker.join()

    def guarded(self, act):
        try:
            act()
        except Exception:
            self.failure = self.failure or f"{self.name}: {traceback.format_exc()}{self.log()}"

    def go_round(self):
        self.fault(True)
        within(90, lambda: self.has_state("open"), "an open incident")
        seen = len(self.mails())
        within(60, lambda: len(self.mails()) > seen, "a mail")
        if self.chance.random() < 0.8:
            clock = self.chance.choice([0, 1, 1])
            within(60, lambda: self.clock_is_over(clock), "a clock that is over")
            time.sleep(self.chance.uniform(0, 4))
        within(60, self.acknowledge, "an acknowledgement")
        time.sleep(self.chance.uniform(0, 2))
        self.calm_kills = 0
        self.calm = True
        self.fault(False)
        within(150, lambda: self.has_state("mitigated"), "mitigation\n" + self.log())
        self.calm = False
        time.sleep(self.chance.uniform(0, 4))
        within(60, self.resolve, "the resolution")
        time.sleep(self.chance.uniform(0, 2))

    def clock_is_over(self, number):
        found = self.incident()
        clock = found["clocks"][number] if found else None
        return clock and (clock["missed"] or clock["met"])

    def acknowledge(self):
        """Presses the button of the newest mail's link; it may have been pressed unanswered."""
        mail = [one for one in self.mails() if "/ack/" in one["body"]][-1]
        link = re.search(r"http://\S+/ack/\S+", mail["body"])[0]
        status, _ = ask(link, form={})
        if status == 200:
            page = re.search(r"\(page (\S+)\)", mail["body"])[1]
            self.answered.append(("acknowledgement", page))
        return self.has_state("acknowledged")

    def resolve(self):
        text = f"resolved {len(self.answered)}"
        if self.api("incident/resolve", number="1", note=text)[0] == 200:
            self.answered.append(("resolution", text))
        return self.has_state("resolved")

    def talk_on(self):
        """Notes all the time, so that each kill has facts just before it."""
        for number in range(10**6):
            if self.over:
                return
            text = f"note {number} end"
            if number % 8 == 0:
                good = self.reeve("incident", "note", "1", text).returncode == 0
            else:
                good = self.api("incident/note", number="1", note=text)[0] == 200
            if good:
                self.answered.append(("note", text))
            time.sleep(0.1)

    # The one who kills.

    def kill_on(self):
        try:
            while not self.failure and self.tickets.take():
                self.kill_one()
        finally:
            self.killing = False

    def kill_one(self):
        time.sleep(self.chance.uniform(0.2, 4))  # the moment is what is being drawn
        while self.calm and self.calm_kills >= CALM_KILLS and not self.failure:
            time.sleep(0.05)
        self.calm_kills += self.calm
        role = self.chance.choices(ROLES, (6, 2, 2, 1))[0]
        if role == "worker" or (role == "core" and self.chance.random() < 0.5):
            worker = self.wait_for_worker(6)
            time.sleep(self.chance.uniform(0, 0.03))
            if role == "worker" and not worker:
                role = "core"
        pid = worker if role == "worker" else within(40, lambda: self.find(role), f"a {role}")
        crash = Crash(role, now_ms())
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # a worker that has just finished
        self.crashes.append(crash)
        if role == "core":
            self.processes["reeve"].wait(20)
            self.serve()
        elif role != "worker":
            within(40, lambda: (self.find(role) or pid) != pid, f"another {role}")
        crash.back_ms = now_ms()

    def children(self):
        core = self.processes["reeve"].pid
        for path in glob.glob(f"/proc/{core}/task/*/children"):
            try:
                with open(path) as file:
                    yield from map(int, file.read().split())
            except OSError:
                pass

    def find(self, role):
        core = self.processes["reeve"]
        if role == "core":
            return core.pid if core.poll() is None else None
        for child in self.children():
            try:
                with open(f"/proc/{child}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"reeve-work"):
                if role == "worker":
                    return child
            elif words[1:2] == [{"collector": b"collect", "keeper": b"keep"}.get(role)]:
                return child
        return None

    def wait_for_worker(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.find("worker")
            if found:
                return found
            time.sleep(0.003)
        return None

    def end(self):
        """Asks Reeve to stop; what was wrong with it, in its logs or with its end."""
        core = self.processes["reeve"]
        core.terminate()
        wrong = lib.complaints(self.folder)
        return wrong if core.wait(30) == 0 else [*wrong, f"Reeve ended with {core.returncode}"]

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
            process.wait(20)
