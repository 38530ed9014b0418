# proof.py - what a soak must have left behind, read from its ledger and from what was measured. Each proof is a test;
# all read the facts that soak.py gathers, so that they can be looked at again later.
import collections
import datetime
import statistics

ANSWERS = ("incident.acknowledged", "incident.mitigated", "incident.resolved")
ROLES = ("core", "collector", "keeper")
# A process may end the second half this much larger than it began it, by the line through its samples: what glibc's
# heap and SQLite's cache move about. A leak of 1 KB for each body or page would be tens of MB in that time.
GROWTH_KB = 2048
GROWTH_SHARE = 0.05
WARM_S = 600  # until a process has everything once that it will have
# A process that was begun anew may have so much more than the first of its role: each may not begin higher.
AGAIN_KB, AGAIN_SHARE = 2048, 0.25
COST_SHARE, COST_S = 1.25, 0.5  # CPU seconds a minute, last quarter against the first
TURN_S = 0.25
WINDOW_S, NEAR_S = 600, 25  # of the counts; how much later a sample may be counted than it was answered
SLACK_S = 45  # from a value's return to a firing that it still explains: scrape, hold and wait
facts = {}


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def leaves(*kinds):
    return [one for one in facts["leaves"] if one["kind"] in kinds]


def is_long():
    return facts["shape"]["is_long"]


def slack():
    return SLACK_S if is_long() else 25


def part(begin, end):
    """The samples between two shares of the time."""
    length = facts["ended"] - facts["begun"]
    return [one for one in facts["samples"]
            if facts["begun"] + begin * length <= one["at"] <= facts["begun"] + end * length]


def line_through(points):
    """Slope a second, of (at, value): the middle one of the slopes of all pairs (Theil and Sen), which a sample taken
    while a body is being read does not bend."""
    slopes = [(y - v) / (x - u) for i, (u, v) in enumerate(points) for x, y in points[i + 1:] if x > u]
    return statistics.median(slopes) if len(points) >= 3 else 0.0


def of_role(samples, role, what):
    return [(one["at"], one["processes"][role][what]) for one in samples if role in one["processes"]]


def cost(samples, role):
    """CPU seconds a minute, over processes that were seen twice in a row."""
    spent = passed = 0.0
    for before, after in zip(samples, samples[1:]):
        one, other = before["processes"].get(role), after["processes"].get(role)
        if one and other and one["pid"] == other["pid"]:
            spent += other["cpu_s"] - one["cpu_s"]
            passed += after["at"] - before["at"]
    return 60 * spent / passed if passed else 0.0


def median(points):
    return statistics.median(value for _, value in points) if points else 0


def tell(text):
    for row in text.splitlines():
        print(f"# {row}", flush=True)


def the_load_was_sent():
    length = facts["ended"] - facts["begun"]
    tell(f"{length:.0f} s at {facts['shape']['scale']} times the base; {facts['answers']} pages scraped, "
         f"{facts['rotations']} rotations of the log, {len(facts['episodes'])} episodes")
    for name, one in facts["senders"].items():
        tell(f"{name}: {one['bodies']} bodies taken, {one['refused']} answered 503, {one['unanswered']} not answered, "
             f"others {one['strange']}")
        assert not one["strange"], one
        assert one["answered"] > 0, name
    assert facts["troubles"] == [], "\n".join(facts["troubles"])


def the_faults_struck():
    for title, number in facts["struck"].items():
        tell(f"{title:40}{number:>8}")
    tell(f"targets: {facts['targets']}; outside: {dict(collections.Counter(one[2] for one in facts['outside']))}; "
         f"kills: {dict(collections.Counter(who for _, who in facts['kills']))}")
    tell(f"processes with the faults in them: {facts['loaded']}; in the end: {facts['maps']}")
    assert all(facts["targets"].values()) and len(facts["kills"]) > 1, facts["targets"]
    if not facts["shape"]["inside"]:
        tell("libfiu or patchelf is not installed: nothing failed inside the programs")
        return
    struck = {title for title, number in facts["struck"].items() if number > 0}
    meant = {title for _, _, title, _ in facts["bursts"]}
    assert struck >= meant or facts["shape"]["seconds"] < 3600, meant - struck
    # A short form on a busy machine may miss some.
    assert len(struck) > 4 and {title.split(":")[0] for title in struck} >= {"core", "collector"}, struck
    assert all(facts["maps"].values()) and len(facts["maps"]) == 3, facts["maps"]


def nothing_ended_that_was_not_to():
    """But by kill -9, for want of memory, or at a start while something fails, which is tried again."""
    deadly = [(begun, ended + 15) for begun, ended, title, _ in facts["bursts"] if "no memory" in title]
    bursts = [(begun, ended + 2) for begun, ended, title, _ in facts["bursts"] if title.startswith("core")]
    wrong, before = [], 0.0
    for at, code, why in facts["ends"]:
        is_start = at - before < 10 and any(begun <= at <= ended for begun, ended in bursts)
        if code != "killed" and not is_start and not any(begun <= at <= ended for begun, ended in deadly):
            wrong.append(f"the core ended with {code} at {at:.0f}: {why}")
        before = at
    codes = dict(collections.Counter(str(one[1]) for one in facts["ends"]))
    tell(f"the core ended {len(facts['ends'])} times: {codes}")
    assert wrong == [], "\n".join(wrong)


def no_process_grows():
    first, last, half = part(0, 0.25), part(0.75, 1), part(0.5, 1)
    tell(f"{'':12}{'PSS first quarter':>19}{'last':>9}{'slope/h':>10}{'fds':>6}{'last':>6}{'threads':>9}"
         f"{'CPU s/min':>11}{'last':>8}")
    wrong = []
    for role in ROLES:
        lives = collections.Counter(one["processes"][role]["pid"] for one in half if role in one["processes"])
        life = lives.most_common(1)[0][0]
        begun = min(one["at"] for one in facts["samples"] if one["processes"].get(role, {}).get("pid") == life)
        warm = begun + (WARM_S if is_long() else 0)
        mine = [one for one in half if one["processes"].get(role, {}).get("pid") == life and one["at"] >= warm]
        slope = line_through(of_role(mine, role, "pss_kb"))
        lived = mine[-1]["at"] - mine[0]["at"] if mine else 0
        grown = slope * lived  # what it did, and not what it would have done had it lived on
        fds, fds_last = median(of_role(first, role, "fds")), median(of_role(last, role, "fds"))
        tell(f"{role:12}{median(of_role(first, role, 'pss_kb')):>16.0f} kB{median(of_role(last, role, 'pss_kb')):>9.0f}"
             f"{slope * 3600:>10.0f}{fds:>6.0f}{fds_last:>6.0f}{median(of_role(last, role, 'threads')):>9.0f}"
             f"{cost(first, role):>11.2f}{cost(last, role):>8.2f}")
        bound = GROWTH_KB + GROWTH_SHARE * median(of_role(half, role, "pss_kb"))
        if is_long() and grown > bound:
            wrong.append(f"the {role} has grown by {grown:.0f} kB, more than {bound:.0f}")
        early, late = (median(of_role(some, role, "pss_kb")) for some in (first, last))
        if is_long() and late > early * (1 + AGAIN_SHARE) + AGAIN_KB:
            wrong.append(f"the {role} has {late:.0f} kB in the last quarter, and had {early:.0f} in the first")
        if fds_last > fds + 4:
            wrong.append(f"the {role} has {fds_last} descriptors open, and had {fds}")
    final = facts["samples"][-1]
    tell(f"in the end: {final['workers']} workers, {final['zombies']} zombies")
    assert final["zombies"] == 0, final
    assert wrong == [], "\n".join(wrong)


def the_work_costs_what_it_cost():
    wrong = []
    for role in ROLES:
        first, last = cost(part(0, 0.25), role), cost(part(0.75, 1), role)
        if is_long() and last > first * COST_SHARE + COST_S:
            wrong.append(f"the {role} used {first:.2f} s a minute, and {last:.2f} in the end")
    took = facts["records"]["took"]
    quarter = (facts["ended"] - facts["begun"]) / 4
    early = sorted(ms for at, ms in took if at < facts["begun"] + quarter)
    late = sorted(ms for at, ms in took if facts["ended"] - quarter < at < facts["ended"])
    if early and late:
        tell(f"the API's answer: median {early[len(early) // 2] * 1000:.1f} ms, in the last quarter "
             f"{late[len(late) // 2] * 1000:.1f} ms; 99 of 100 within {early[len(early) * 99 // 100] * 1000:.0f} and "
             f"{late[len(late) * 99 // 100] * 1000:.0f} ms")
    assert wrong == [], "\n".join(wrong)


def the_disk_is_used_as_it_should_be():
    first, last = part(0, 0.25), part(0.75, 1)
    wrong = []
    for what in ("ledger", "archive", "history", "journal"):
        grew = [80 * (one[-1]["bytes"][what] - one[0]["bytes"][what]) // 80 for one in (first, last)]
        most = max(one["bytes"][what] for one in facts["samples"])
        tell(f"{what:10} grew by {grew[0] / 1e3:.0f} kB in the first quarter, by {grew[1] / 1e3:.0f} in the last; "
             f"at most {most / 1e6:.1f} MB")
        # What waits to be packed, and a log of SQLite's, come and go.
        if is_long() and what in ("ledger", "archive") and grew[1] > 1.5 * max(grew[0], 0) + 5e6:
            wrong.append(f"the {what} grows ever faster")
    assert max(one["bytes"]["history"] for one in facts["samples"]) <= 17e6
    assert wrong == [], wrong


def story():
    """Of each rule: when it fired, resolved, was unknown."""
    found = collections.defaultdict(list)
    for leaf in leaves("alert.fired", "alert.resolved", "alert.unknown", "alert.known"):
        found[leaf["data"]["title"].split(" >")[0]].append((seconds(leaf["at"]), leaf["kind"]))
    return found


def every_episode_fired_and_resolved():
    told, missing, late, early = story(), [], [], []
    unknown = 0
    for episode in facts["episodes"]:
        marks = told[episode["title"]]
        window = (episode["begun"], episode["ended"] + slack())
        fired = [at for at, kind in marks if kind == "alert.fired" and window[0] <= at <= window[1]]
        hurt = any(kind == "alert.unknown" and window[0] - 60 <= at <= window[1] for at, kind in marks)
        if not fired:
            unknown += hurt
            missing.append((episode["title"], round(episode["begun"]), "unknown" if hurt else "NOT unknown"))
            continue
        resolved = [at for at, kind in marks if kind == "alert.resolved" and at > fired[0]]
        if not resolved:
            late.append((episode["title"], round(episode["begun"])))
        elif resolved[0] < episode["ended"]:
            early.append((episode["title"], round(resolved[0]), round(episode["ended"])))
    took = [min(at for at, kind in told[e["title"]] if kind == "alert.fired" and at >= e["begun"]) - e["begun"]
            for e in facts["episodes"] if any(kind == "alert.fired" and e["begun"] <= at <= e["ended"] + slack()
                                              for at, kind in told[e["title"]])]
    tell(f"{len(facts['episodes'])} episodes: {len(took)} fired, after {statistics.median(took):.1f} s in the middle "
         f"and {max(took):.1f} s at most; {len(missing)} did not, of which {unknown} were unknown: {missing}")
    assert not late and not early, (late, early)
    assert len(missing) - unknown == 0, missing
    assert len(missing) <= len(facts["episodes"]) / (10 if is_long() else 2), missing


def nothing_fired_that_was_not_so():
    wrong = []
    for title, marks in story().items():
        mine = [(e["begun"], e["ended"] + slack()) for e in facts["episodes"] if e["title"] == title]
        wrong += [(title, at) for at, kind in marks
                  if kind == "alert.fired" and not any(begun <= at <= end for begun, end in mine)]
    counts = collections.Counter(leaf["kind"] for leaf in leaves("alert.fired", "alert.resolved", "alert.unknown",
                                                                 "alert.known", "alert.flapping"))
    tell(f"in the ledger: {dict(counts)}")
    assert wrong == [], wrong


def nothing_answered_is_lost():
    records = facts["records"]
    histories = sum(number for title, number in facts["struck"].items()
                    if title.startswith("collector") and ("write" in title or "memory" in title))
    wrong = []
    for name, one in facts["senders"].items():
        seen, answered, gaps = records["seen"][name], one["answered"], records["gaps"][name]
        tell(f"{name}: {answered} answered, {seen:.0f} seen ({seen - answered:+.0f}), {gaps} gaps")
        if seen > answered:
            wrong.append(f"{name}: {seen - answered:.0f} were counted twice")
        if seen < answered and gaps <= 1 and histories == 0:
            wrong.append(f"{name}: {answered - seen:.0f} are lost and no gap is known")
    tell(f"{records['torn']} torn lines in the history; readings that say there was a gap: "
         f"{[(name, round(at - facts['begun'])) for name, at in records['gap_times']]}")
    assert wrong == [], wrong


def answered_until(name, at):
    """How much the sender had been answered at that moment; between two samples, by a line."""
    marks = [(one["at"], one["senders"][name]) for one in facts["samples"] if "senders" in one]
    if at <= marks[0][0]:
        return marks[0][1] * max(0, at - facts["counting"]) / (marks[0][0] - facts["counting"])
    for (begun, before), (ended, after) in zip(marks, marks[1:]):
        if at <= ended:
            return before + (after - before) * (at - begun) / (ended - begun)
    return marks[-1][1]


def what_rules_say_is_so_or_unknown():
    """The core's own count over ten minutes against what senders were answered in that time."""
    right, unknown, wrong = 0, 0, []
    titles = {"Remote work": "remote", "Otlp work": "otlp", "App lines": "app", "Web lines": "web"}
    for at, known, _ in facts["records"]["looks"]:
        if not facts["counting"] + WINDOW_S + NEAR_S < at < facts["ended"]:
            continue
        for title, name in titles.items():
            value = known.get(title)
            least = answered_until(name, at - NEAR_S) - answered_until(name, at - WINDOW_S + NEAR_S)
            most = answered_until(name, at + NEAR_S) - answered_until(name, at - WINDOW_S - NEAR_S)
            if value is None:
                unknown += 1
            elif least <= value <= most:
                right += 1
            else:
                wrong.append((title, round(at - facts["begun"]), value, round(least), round(most)))
    tell(f"counts over ten minutes: {right} right, {unknown} unknown, {len(wrong)} wrong {wrong[:5]}")
    assert wrong == [], wrong[:50]


def stepped_near(at):
    """By how much the machine's clock was set within some seconds of it."""
    return sum(abs(one["data"]["by_ms"]) / 1000 for one in leaves("clock.stepped") if abs(seconds(one["at"]) - at) < 5)


def what_was_answered_is_in_the_ledger_at_its_moment():
    by_kind = collections.defaultdict(list)
    for leaf in facts["leaves"]:
        name = leaf["data"].get("title") if leaf["kind"] == "silence.opened" else leaf["subject"]
        by_kind[leaf["kind"], (name or "").split(" >")[0].lower()].append(seconds(leaf["at"]))
    wrong, offs = [], []
    for kind, subject, begun, until in facts["records"]["answered"]:
        near = 0.002 + stepped_near(begun)
        at = [one for one in by_kind[kind, subject.lower()] if begun - near <= one <= until + near]
        again = kind in ("incident.acknowledged", "incident.ticked") and by_kind[kind, subject.lower()]
        if not at and not again:  # who says it again is answered, and it stands there once
            wrong.append((kind, subject, begun, by_kind[kind, subject.lower()]))
        offs += [one - begun for one in at]
    tell(f"{len(facts['records']['answered'])} answered facts, {len(offs)} of them at a moment between question and "
         f"answer, {statistics.median(offs) * 1000:.1f} ms after the question in the middle")
    tell(f"the machine's clock was set {[one['data']['by_ms'] for one in leaves('clock.stepped')]} ms")
    assert wrong == [], wrong
    moments = [seconds(one["at"]) for one in facts["leaves"]]
    back = max(before - after - stepped_near(after) for before, after in zip(moments, moments[1:]))
    tell(f"the ledger's moments go back by at most {max(back, 0) * 1000:.1f} ms")
    assert back < TURN_S, back  # a turn has one moment, and a page's start its own


def alerts_from_elsewhere_and_heartbeats_are_there():
    records = facts["records"]
    fired = {int(leaf["data"]["key"], 16) for leaf in leaves("inbound.fired")}
    resolved = {int(leaf["data"]["key"], 16) for leaf in leaves("inbound.resolved")}
    assert set(records["inbound"]["firing"]) <= fired and set(records["inbound"]["resolved"]) <= resolved
    beats = {name: sum(1 for leaf in leaves("beat.late") if leaf["data"]["name"] == name) for name in records["beats"]}
    tell(f"{len(fired)} alerts from elsewhere, {len(resolved)} resolved; late heartbeats: {beats}, "
         f"stopped {len(records['stops'])} times")
    every = 2 * facts["shape"]["beat_s"]
    for leaf in leaves("beat.late"):
        at = seconds(leaf["at"])
        near = [moment for _, moment in records["beats"][leaf["data"]["name"]] if at - every + 0.5 < moment < at - 0.5]
        assert near == [], (leaf, near)
    gone = [at for at in records["stops"] if at + 1.5 * every < facts["ended"]]
    assert beats["stops"] >= len(gone), (beats, records["stops"])


def everybody_was_told():
    asked, settled = {}, set()
    for leaf in facts["leaves"]:
        data = leaf["data"]
        if leaf["kind"] == "page.requested":
            asked[data["page"]] = data
        elif leaf["kind"] in ("page.sent", "page.stopped") or (leaf["kind"] == "page.failed" and data["final"]):
            settled.add(data["page"])
        elif leaf["kind"] in ANSWERS:
            settled |= {page for page, one in asked.items() if one["number"] == data["number"] and (
                leaf["kind"] == "incident.resolved" or not one["after_ack"])}
    open_pages = sorted(set(asked) - settled)
    sent = {leaf["data"]["page"] for leaf in leaves("page.sent")}
    taken = collections.Counter(facts["records"]["mails"].values()) + collections.Counter(
        facts["records"]["hooks"].values())
    opened = {leaf["data"]["number"] for leaf in leaves("incident.opened")}
    told = {asked[page]["number"] for page in sent if page in asked}
    answered = {leaf["data"]["number"] for leaf in leaves("incident.acknowledged")}
    fails = leaves("page.failed")
    tell(f"{len(opened)} incidents, {len(asked)} pages, {len(sent)} sent, {len(fails)} tries failed, "
         f"{len(leaves('page.doubted'))} in doubt, {sum(number > 1 for number in taken.values())} taken twice, "
         f"{len(leaves('incident.unreached'))} times nobody was reached")
    assert open_pages == [], open_pages
    assert opened - told - answered == set(), opened - told - answered
    # A mail of several pages is written down by the gravest of them, whichever it was sent for.
    together = {leaf["data"]["page"]: leaf["data"]["bundle"] for leaf in leaves("page.bundled")}
    bundles = collections.defaultdict(set)
    for page, bundle in together.items():
        bundles[bundle] |= {page, bundle}
    lost = [page for page in sent if not bundles.get(together.get(page, page), {page}) & set(taken)]
    assert not lost, lost


def the_ledger_is_whole():
    tell(f"{len(facts['leaves'])} entries; {len(leaves('ledger.unwritable'))} times it could not be written")
    assert facts["whole"]


def tests(found):
    facts.update(found)
    return [the_load_was_sent, the_faults_struck, nothing_ended_that_was_not_to, no_process_grows,
            the_work_costs_what_it_cost, the_disk_is_used_as_it_should_be, every_episode_fired_and_resolved,
            nothing_fired_that_was_not_so, nothing_answered_is_lost, what_rules_say_is_so_or_unknown,
            what_was_answered_is_in_the_ledger_at_its_moment, alerts_from_elsewhere_and_heartbeats_are_there,
            everybody_was_told, the_ledger_is_whole]
