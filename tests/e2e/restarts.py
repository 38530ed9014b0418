# restarts.py - the core is killed once in each state of a rule: pending, firing, silenced, following another, kept
# firing, quiet. Nobody is told twice, nothing is over, and no time that is being counted begins anew.
# Usage: restarts.py BUILD_FOLDER
import datetime
import http.server
import json
import sys
import threading
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = sys.argv[1]
bad_rig.build = build
HOLD_S, KEEP_S, NEAR_S = 20, 30, 3
# Nobody is escalated to while this runs.
bad_rig.RUNBOOK = bad_rig.RUNBOOK.replace(f"{bad_rig.RESPONSE_S} seconds", "15 minutes").replace(
    f"{bad_rig.ESCALATION_S} seconds", "30 minutes") + f"""- Queue depth > 100
- Replication lag > 10 for {HOLD_S} seconds
- Memory usage > 90%
- Thread pool > 50
- Open files > 5 for 5 seconds
"""
shown = {"disk_share": 0.2, "queue_depth": 5, "lag": 1, "memory_share": 0.2, "threads": 5, "open_files": 1}
NAMES = {"disk usage": "disk_share", "queue depth": "queue_depth", "replication lag": "lag",
         "memory usage": "memory_share", "thread pool": "threads", "open files": "open_files"}
rig = None


class Target(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in shown.items())
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def rules():
    status, listed = rig.api("alert/list")
    assert status == 200, listed
    return listed


def rule(title):
    return next(one for one in rules() if one["title"].startswith(title))


def reaches(title, state):
    within(60, lambda: rule(title)["state"] == state, f"{title} to be {state}")


def facts(title, *kinds):
    return [leaf for leaf in rig.events() if leaf["kind"] in kinds and leaf["data"].get("title", "").startswith(title)]


def told(until="9999"):
    """What people were told until then, or are to be: pages by their names, incidents by their numbers."""
    return sorted([leaf["data"]["page"] for leaf in rig.events("page.requested") if leaf["at"] < until] +
                  [str(leaf["data"]["number"]) for leaf in rig.events("incident.opened") if leaf["at"] < until])


def acknowledge_all():
    """Nobody is asked again, so that whatever is told from now on is one thing too many."""
    def quiet():
        for incident in json.loads(rig.command("incident", "list", "--json").stdout):
            if incident["state"] == "open":
                rig.command("incident", "ack", str(incident["number"]))
        return all(one["state"] != "open" for one in json.loads(rig.command("incident", "list", "--json").stdout))
    within(30, quiet, "every incident to be acknowledged")


def kill_and_start():
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    within(60, lambda: all(one["truth"] in ("true", "false") for one in rules()), "every rule to be read again")


def seconds(instant):
    return datetime.datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp()


def lost_s(begin, end):
    """What does not count of a time: Reeve away, and its rule not known yet."""
    lost = 0
    for leaf in rig.events():
        if not begin["at"] < leaf["at"] <= end["at"]:
            continue
        if leaf["kind"] == "node.started":
            lost += seconds(leaf["at"]) - seconds(leaf["data"]["last_seen"])
        if leaf["kind"] == "alert.known" and leaf["data"]["rule"] == begin["data"]["rule"]:
            lost += leaf["data"]["unknown_ms"] / 1000
    return lost


def counted_s(begin, end):
    return seconds(end["at"]) - seconds(begin["at"]) - lost_s(begin, end)


def a_kill_while_pending_does_not_begin_the_hold_anew():
    within(60, lambda: all(one["truth"] == "false" for one in rules()), "every rule to be read")
    shown["lag"] = 50
    reaches("Replication", "pending")
    time.sleep(HOLD_S / 2)
    kill_and_start()
    assert rule("Replication")["state"] in ("pending", "firing"), rule("Replication")
    reaches("Replication", "firing")
    pending, = facts("Replication", "alert.pending")
    fired, = facts("Replication", "alert.fired")
    assert fired["data"]["held_ms"] >= HOLD_S * 1000, fired
    held = counted_s(pending, fired)
    print(f"# held for {held:.1f} s of {HOLD_S}, {lost_s(pending, fired):.1f} s did not count", flush=True)
    assert HOLD_S - 1 <= held <= HOLD_S + NEAR_S, held


def a_kill_while_firing_tells_nobody_twice():
    shown["disk_share"] = 0.9
    reaches("Disk", "firing")
    acknowledge_all()
    before = told()
    kill_and_start()
    assert rule("Disk")["state"] == "firing", rule("Disk")
    time.sleep(2 * bad_rig.REPEAT_S)
    assert told() == before and facts("Disk", "alert.resolved") == [], (before, told())
    assert len(facts("Disk", "alert.fired")) == 1


def a_kill_while_silenced_lets_nothing_out():
    done = rig.command("silence", "add", "memory usage", "--for", "1h", "--reason", "a drill")
    assert done.returncode == 0, done
    shown["memory_share"] = 0.99
    reaches("Memory", "firing")
    before = told()
    kill_and_start()
    assert rule("Memory")["state"] == "firing" and rule("Memory")["silence"] == 1, rule("Memory")
    time.sleep(2 * bad_rig.REPEAT_S)
    assert told() == before, (before, told())


def a_kill_while_it_follows_another_opens_nothing():
    shown["queue_depth"] = 500
    within(60, lambda: "follows from: Disk usage" in rule("Queue")["progress"], "the queue to follow the disk")
    before = told()
    kill_and_start()
    assert "follows from: Disk usage" in rule("Queue")["progress"], rule("Queue")
    time.sleep(2 * bad_rig.REPEAT_S)
    assert told() == before and len(rig.events("incident.followed")) == 1, (before, told())


def a_kill_while_it_is_kept_firing_neither_ends_nor_lengthens_it():
    shown["threads"] = 80
    reaches("Thread", "firing")
    acknowledge_all()
    shown["threads"] = 5
    within(60, lambda: facts("Thread", "alert.calmed"), "the threads to calm")
    time.sleep(KEEP_S / 2)
    kill_and_start()
    assert rule("Thread")["state"] == "firing", rule("Thread")
    reaches("Thread", "inactive")
    calmed = facts("Thread", "alert.calmed")[0]
    resolved, = facts("Thread", "alert.resolved")
    kept = counted_s(calmed, resolved)
    print(f"# kept for {kept:.1f} s of {KEEP_S}, {lost_s(calmed, resolved):.1f} s did not count", flush=True)
    assert KEEP_S - 1 <= kept <= KEEP_S + NEAR_S, kept


def a_kill_in_the_quiet_time_ends_nothing_early():
    shown["open_files"] = 90
    reaches("Open files", "firing")
    acknowledge_all()
    shown["open_files"] = 1
    within(60, lambda: facts("Open files", "alert.calmed"), "the files to calm")
    time.sleep(5)
    before = told()
    kill_and_start()
    reaches("Open files", "inactive")
    calmed = facts("Open files", "alert.calmed")[0]
    resolved, = facts("Open files", "alert.resolved")
    quiet = counted_s(calmed, resolved)
    print(f"# quiet for {quiet:.1f} s of 15, {lost_s(calmed, resolved):.1f} s did not count", flush=True)
    # A start that takes more than 5 s begins it anew.
    assert 14 <= quiet <= 15 + 5 + NEAR_S, quiet
    assert told(resolved["at"]) == before, (before, told())


def the_ledger_is_whole():
    assert rig.is_whole()
    assert len(told()) == len(set(told())), told()
    assert len(rig.events("node.started")) == 7


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
threading.Thread(target=server.serve_forever, daemon=True).start()
SIGNALS = ", ".join(f"{name}: {{ gauge: {metric} }}" for name, metric in NAMES.items())
MORE = bad_rig.PEOPLE + f"""
targets: [{{ name: shop, url: "http://127.0.0.1:{server.server_address[1]}/metrics", every: 1 s }}]
signals: {{ {SIGNALS} }}
depends: {{ queue depth: disk usage }}
alerts: {{ thread pool: {{ keeps_firing: {KEEP_S} s }} }}
"""
tests = [a_kill_while_pending_does_not_begin_the_hold_anew, a_kill_while_firing_tells_nobody_twice,
         a_kill_while_silenced_lets_nothing_out, a_kill_while_it_follows_another_opens_nothing,
         a_kill_while_it_is_kept_firing_neither_ends_nor_lengthens_it, a_kill_in_the_quiet_time_ends_nothing_early,
         the_ledger_is_whole]
with bad_rig.Rig(MORE) as rig:
    lib.run_tests(tests)
