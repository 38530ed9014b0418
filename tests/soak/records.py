# records.py - what is noted while the soak runs: what was seen in the history, what people and programs were answered,
# what rules said, what the sink has taken.
import json
import os
import re
import time

import company
import load

COUNTED = {("remote", "remote work"): "remote", ("otlp", "otlp work"): "otlp", ("app", "app lines"): "app",
           ("web", "web lines"): "web"}
PAGE = re.compile(r"\(page (\S+)\)")


class Records:
    def __init__(self):
        self.seen = dict.fromkeys(COUNTED.values(), 0)
        self.gaps = dict.fromkeys(COUNTED.values(), 0)
        self.gap_times, self.newest = [], {}
        self.torn = 0
        self.answered = []  # (kind, subject, from, until)
        self.beats = {name: [] for name in ("backup", "hourly", "stops")}
        self.stops = []
        self.inbound = {"firing": [], "resolved": []}
        self.looks, self.took, self.heard = [], [], time.time()
        self.mails, self.hooks = {}, {}
        self.refusals = {}

    def all(self):
        return {name: value for name, value in vars(self).items() if name != "newest"}

    # The history: two files that take turns.

    def follow(self, folder, state):
        held = {}
        begun = {}
        for _ in state.every(0.5):
            for name in ("readings-0", "readings-1"):
                path = f"{folder}/{name}"
                if not os.path.exists(path):
                    continue
                with open(path, "rb") as file:
                    if os.path.getsize(path) < begun.get(name, 0):
                        begun[name], held[name] = 0, b""
                    file.seek(begun.get(name, 0))
                    data = file.read()
                begun[name] = begun.get(name, 0) + len(data)
                lines = (held.get(name, b"") + data).split(b"\n")
                held[name] = lines.pop()
                for line in lines:
                    self.take(line, state.counting)

    def take(self, line, counting):
        """A line, or a report of followed logs: lines between tabs."""
        for part in line.split(b"\t")[1:] if line.startswith(b"B\t") else [line]:
            if not part.startswith(b"{"):
                continue
            try:
                said = json.loads(part)
            except ValueError:
                self.torn += 1
                continue
            if "signal" in said:
                self.reading(said, counting)

    def reading(self, said, counting):
        key = (said["target"], said["signal"])
        what = COUNTED.get(key)
        if what is None or said["at"] <= self.newest.get(key, 0):
            return
        self.newest[key] = said["at"]
        if not counting and self.seen[what] == 0:
            return
        self.seen[what] += said["part"]
        if said["since"] == 0:
            self.gaps[what] += 1
            self.gap_times.append((what, said["at"] / 1e6))


class People:
    """Those who acknowledge and resolve, and programs that call."""

    def __init__(self, rig, records, state, shape):
        self.rig, self.records, self.state, self.shape = rig, records, state, shape
        self.posting = load.Sender(state, rig.port, "am", company.TOKENS["am"], "/in/am",
                                   {"Content-Type": "application/json"})

    def ask(self, kind, subject, action, **arguments):
        """Notes between which moments it was done, when it was answered."""
        begun = time.time()
        status, said = self.rig.api(action, **arguments)
        if status == 200:
            self.records.answered.append((kind, subject, begun, time.time()))
        else:
            words = f"{action}: {status} {str(said)[:80]}"
            self.records.refusals[words] = self.records.refusals.get(words, 0) + 1
        return status == 200

    def answer(self):
        for _ in self.state.every(5 if self.shape.is_long else 2):
            status, incidents = self.rig.api("incident/list")
            if status != 200:
                continue
            for one in incidents:
                number = one["number"]
                if one["state"] == "open":
                    self.ask("incident.acknowledged", f"incident:{number}", "incident/ack", number=str(number))
                elif one["state"] == "mitigated":
                    self.ask("incident.ticked", f"incident:{number}", "incident/tick", number=str(number), item="5")
                    self.ask("incident.resolved", f"incident:{number}", "incident/resolve", number=str(number),
                             note="It was mended")

    def beat(self):
        """`stops` is not heard of for a while again and again."""
        begun = time.monotonic()
        is_stopped = False
        for _ in self.state.every(self.shape.beat_s / 3):
            past = (time.monotonic() - begun) % (self.shape.beat_s * 12)
            stops = past > self.shape.beat_s * 7
            if stops and not is_stopped:
                self.records.stops.append(time.time())
            is_stopped = stops
            for name, heard in self.records.beats.items():
                sender = load.Sender(self.state, self.rig.port, name, company.TOKENS[name], f"/beat/{name}", {})
                before = time.time()
                if not (name == "stops" and stops) and sender.post(b"") == 200:
                    heard.append((before, time.time()))

    def post(self):
        number = 0
        for _ in self.state.every(20 / self.shape.scale if self.shape.is_long else 4):
            number += 1
            for which, firing in ((number, True), (number - 3, False)):
                if which > 0 and self.posting.send(load.alertmanager_body(which, firing)):
                    self.records.inbound["firing" if firing else "resolved"].append(which)

    def silence(self):
        for number, _ in enumerate(self.state.every(600 if self.shape.is_long else 30)):
            title = load.Episodes.title((load.SERVICES[number % len(load.SERVICES)], "backlog"))
            if number > 0:
                self.ask("silence.opened", title, "silence/add", what=title, **{"for": "1m"}, reason="a drill")

    def look(self):
        """What rules say, and how long the answer takes."""
        for _ in self.state.every(10 if self.shape.is_long else 2):
            begun = time.monotonic()
            status, rules = self.rig.api("alert/list")
            if status != 0:
                self.records.heard = time.time()
            if status != 200:
                continue
            self.records.took.append((time.time(), time.monotonic() - begun))
            known = {one["title"].split(" >")[0]: one["value"] for one in rules if one["title"].endswith("10 minutes")}
            unknown = sum(one["truth"] == "unknown" for one in rules)
            self.records.looks.append((time.time(), known, unknown))

    def gather(self):
        for mail in self.rig.mails():
            found = PAGE.search(mail["body"])
            self.records.mails[str(mail["number"])] = found[1] if found else ""
        for hook in self.rig.hooks():
            if hook["status"] == 200 and hook["path"].startswith("/hook"):
                page = json.loads(hook["body"])["data"].get("page", "")  # none: the ledger cannot be written
                self.records.hooks[str(hook["number"])] = page

    def collect(self):
        for _ in self.state.every(30 if self.shape.is_long else 5):
            try:
                self.gather()
            except (ValueError, KeyError):
                pass  # the sink is asked again
