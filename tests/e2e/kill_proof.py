# kill_proof.py - what a chain under kills must have left behind, read from its ledger, its sink and
# the notes of what was answered. Each proof returns sentences of what is wrong; none is right.
import bisect
import collections
import datetime
import json
import re

from kill_lane import ESCALATION_MS, RESPONSE_MS
from lib import within

STAGES = ("quiet", "pending", "opened", "mail", "webhook", "missed", "escalated", "acknowledged",
          "calm", "mitigated")
TICK_MS = 3000  # a turn every 250 ms, and the time to write and to be scheduled
ANSWERS = ("incident.acknowledged", "incident.mitigated", "incident.resolved")
PAGE = re.compile(r"\(page (\S+)\)")


def ms_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


class Event:
    def __init__(self, leaf):
        self.kind, self.actor, self.subject = leaf["kind"], leaf["actor"], leaf["subject"]
        self.at_ms = ms_of(leaf["at"])
        self.data = leaf["data"]


def events(lane):
    done = lane.reeve("ledger", "show", "--last", "1000000", "--json")
    assert done.returncode == 0, done
    return [Event(json.loads(line)) for line in done.stdout.splitlines()]


def ledger_is_whole(lane):
    done = lane.reeve("ledger", "verify")
    return [] if done.returncode == 0 and "whole" in done.stdout else [str(done)]


def lost_facts(lane):
    shown = lane.reeve("ledger", "show", "--last", "1000000").stdout
    used = {event.data["page"] for event in events(lane) if event.kind == "link.used"}
    wrong = []
    for kind, what in list(lane.answered):
        if kind == "acknowledgement" and what not in used:
            wrong.append(f"the acknowledgement by the link of page {what} is lost")
        if kind != "acknowledgement" and f": {what}" not in shown:
            wrong.append(f'"{what}" is lost')
    return wrong


def answered_after(found, index):
    """When the incident of found[index] was answered after it; infinity while it was not."""
    for event in found[index + 1:]:
        if event.kind in ANSWERS:
            return event.at_ms
    return float("inf")


def unsettled(found):
    """Pages that were asked for and have no end: neither sent nor given up nor answered."""
    asked, settled = {}, set()
    for event in found:
        if event.kind == "page.requested":
            asked[event.data["page"]] = event
        elif event.kind in ("page.sent", "page.stopped") or (
                event.kind == "page.failed" and event.data["final"]):
            settled.add(event.data["page"])
        elif event.kind in ANSWERS:
            settled |= {page for page, request in asked.items()
                        if event.kind == "incident.resolved" or not request.data["after_ack"]}
    return set(asked) - settled


def demands(found):
    """(event, person, method) of every page that the runbook and the configuration demand."""
    for index, event in enumerate(found):
        wanted = {"incident.opened": [("ana", "smtp")],
                  "incident.reopened": [("ana", "smtp")],
                  "incident.response-missed": [("ben", "smtp"), ("ben", "webhook")],
                  "incident.escalated": [("ben", "smtp"), ("ben", "webhook")],
                  "incident.mitigated": [("ana", "smtp")]}.get(event.kind, [])
        for person, method in wanted:
            yield index, event, person, method


def missing_pages(lane):
    within(60, lambda: not unsettled(events(lane)), f"an end of {unsettled(events(lane))}")
    found = events(lane)
    mails = {PAGE.search(mail["body"])[1] for mail in lane.mails()}
    hooks = {json.loads(hook["body"])["data"]["page"] for hook in lane.hooks()}
    wrong = []
    for event in found:
        page = event.data.get("page", "")
        taken = mails if "-smtp-" in page else hooks
        if event.kind == "page.sent" and page not in taken:
            wrong.append(f"page {page} counts as sent and was never taken")
        if event.kind == "page.failed" and event.data["final"]:
            wrong.append(f"page {page} was given up: {event.data['error']}")
    count = 0
    for index, event, person, method in demands(found):
        count += 1
        until = answered_after(found, index)
        if not any(one.kind == "page.requested" and one.data["person"] == person and
                   one.data["method"] == method and event.at_ms <= one.at_ms <= until
                   for one in found) and until - event.at_ms > TICK_MS:
            wrong.append(f"{event.kind} at {event.at_ms:.0f} asked for no {method} to {person}")
    return wrong if count else ["no page was demanded at all"]


def deliveries(lane):
    """{"mails" or "webhooks": {page: [at_ms, …]}}, as the sink has taken them."""
    taken = {"mails": collections.defaultdict(list), "webhooks": collections.defaultdict(list)}
    for mail in lane.mails():
        taken["mails"][PAGE.search(mail["body"])[1]].append(mail["at_ms"])
    for hook in lane.hooks():
        taken["webhooks"][json.loads(hook["body"])["data"]["page"]].append(hook["at_ms"])
    return taken


def page_counts(lane):
    return {method: (len(pages), sum(len(at) > 1 for at in pages.values()))
            for method, pages in deliveries(lane).items()}


def doubled_pages(lane):
    """Each doubling is laid to the newest crash before it; a crash has at most one of a method."""
    crashes = sorted(crash.at_ms for crash in lane.crashes if crash.role in ("core", "worker"))
    wrong = []
    for method, pages in deliveries(lane).items():
        blamed = collections.defaultdict(list)
        for page, moments in pages.items():
            for first, again in zip(sorted(moments), sorted(moments)[1:]):
                at = bisect.bisect(crashes, again) - 1
                if at < 0 or again - crashes[at] > 60000:
                    wrong.append(f"page {page} was sent twice without a crash")
                blamed[at].append((page, first, again))
        wrong += [f"one crash doubled {len(which)} {method}: {which}, crash at {crashes[at]:.0f}"
                  for at, which in blamed.items() if len(which) > 1]
    return wrong


def late_ms(lane, due_ms):
    """The latest moment at which something due then may be recorded: Reeve may be away."""
    latest = due_ms
    for crash in sorted(lane.crashes, key=lambda one: one.at_ms):
        if crash.role == "core" and crash.at_ms <= latest + TICK_MS and crash.back_ms > latest:
            latest = crash.back_ms
    return latest + TICK_MS


def wrong_clocks(lane):
    wrong, begun, ended = [], None, {}
    found = events(lane)
    for event in found:
        if event.kind in ("incident.opened", "incident.reopened"):
            begun = event.at_ms
        wanted = {"incident.response-missed": RESPONSE_MS,
                  "incident.escalated": ESCALATION_MS}.get(event.kind)
        if wanted is None:
            continue
        ended[event.kind] = ended.get(event.kind, 0) + 1
        if not begun + wanted <= event.at_ms <= late_ms(lane, begun + wanted):
            wrong.append(f"{event.kind} came {event.at_ms - begun:.0f} ms after the beginning, "
                         f"{wanted} ms were due")
        if "due" in event.data and abs(ms_of(event.data["due"]) - begun - wanted) > 1:
            wrong.append(f"the response was due at {event.data['due']}")
    overdue = begun and lane.has_state("open")
    if overdue:
        wrong.append("the incident is open at the end")
    return wrong if ended else [*wrong, "no clock ended"]


def stages(lane):
    """(crash, stage): how far the chain was at each kill, by the newest fact before it."""
    marks = []
    stage = "quiet"
    for event in events(lane):
        stage = {"alert.pending": "pending", "alert.fired": "opened",
                 "incident.opened": "opened", "incident.reopened": "opened",
                 "incident.response-missed": "missed", "incident.escalated": "escalated",
                 "incident.acknowledged": "acknowledged", "alert.calmed": "calm",
                 "incident.mitigated": "mitigated",
                 "incident.resolved": "quiet"}.get(event.kind, stage)
        flying = event.kind == "page.started"
        way = "webhook" if flying and "-webhook-" in event.data["page"] else "mail"
        marks.append((event.at_ms, way if flying else stage))
    moments = [at for at, _ in marks]
    for crash in lane.crashes:
        at = bisect.bisect(moments, crash.at_ms) - 1
        yield crash, marks[at][1] if at >= 0 else "quiet"
