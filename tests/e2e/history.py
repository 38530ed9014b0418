# history.py - what the collector keeps for months, asked on the real program: a rule that fires in a running Reeve is
# played again over what was kept, and says the same to the second; also after a kill -9 of everything.
# The tests are the steps of one story and stand in its order. Usage: history.py BUILD_FOLDER
import datetime
import http.server
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import html_tree  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

bad_rig.RUNBOOK = bad_rig.RUNBOOK.replace("- Disk usage > 75%", "- Error rate > 5% for 5 seconds\n- Failed logins > 1000 in 10 minutes")
MORE = """targets:
  - { name: app, url: "http://127.0.0.1:SERVED/metrics", every: 500 ms }
"""
counters = {"ok": 0, "bad": 0}
failing = False
first_scrape = 0
rig = None


class Shop(http.server.BaseHTTPRequestHandler):
    """Thirty requests a scrape, one in ten of them bad while it fails."""

    def do_GET(self):
        global first_scrape
        first_scrape = first_scrape or time.time()
        counters["ok"] += 27 if failing else 30
        counters["bad"] += 3 if failing else 0
        body = (f'http_requests_total{{status="200"}} {counters["ok"]}\n'
                f'http_requests_total{{status="500"}} {counters["bad"]}\n'
                'auth_failures_total 1\n').encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def backtest(*words):
    done = rig.command("alert", "backtest", *words, "--since", "1h", "--json")
    assert done.returncode in (0, 1), done
    return json.loads(done.stdout)


def changes(of):
    return [(change["change"], moment(change["at"])) for change in of["changes"]]


def live():
    """What the running Reeve recorded of the rule on error rates."""
    found = []
    for name in ("pending", "calmed", "fired", "resolved"):
        found += [(name, moment(event["at"])) for event in rig.events(f"alert.{name}")]
    return sorted(found, key=lambda one: one[1])


def it_fires_and_resolves():
    global failing
    within(20, lambda: "of" in rig.command("alert", "list").stdout, "a first reading")
    time.sleep(3)
    failing = True
    within(40, lambda: rig.events("alert.fired"), "the alert")
    failing = False
    within(120, lambda: rig.events("alert.resolved"), "its end")
    time.sleep(66)  # the collector commits what it keeps every five seconds; a minute is to be over


def played_again_it_did_the_same_to_the_second():
    was, again = live(), changes(backtest("Error rate"))
    again = [one for one in again if one[0] not in ("unknown", "known")]
    assert [name for name, _ in was] == [name for name, _ in again], (was, again)
    for (name, then), (_, now) in zip(was, again):
        assert abs(then - now) <= 2, (name, then, now)
    assert backtest("Error rate")["firings"] == 1


def the_newest_is_in_every_length():
    def measured(length):
        done = rig.command("metrics:performance", "--since", length, "--json")
        assert done.returncode == 0, (length, done)
        return json.loads(done.stdout)["signals"][0]["of"]
    before = measured("24h")
    assert before > 0
    for length in ("25h", "30d", "400d"):
        assert measured(length) >= before, (length, measured(length), before)


def a_head_says_what_was_measured():
    again = backtest("Error rate")
    begin, end = moment(again["stretches"][0]["from"]), moment(again["stretches"][-1]["until"])
    assert first_scrape - 1 <= begin < end, (again["stretches"], first_scrape)
    assert again["unknown_ms"] >= (begin - end + 3590) * 1000, again
    done = rig.command("alert", "backtest", "Error rate", "--since", "1h")
    assert "nothing of it was kept before" in done.stdout and "nothing was read after" not in done.stdout, done.stdout
    assert "the newest reading is " in done.stdout and " old: " in done.stdout, done.stdout
    assert moment(again["newest"]) >= end - 3 and 0 <= again["newest_age_ms"] < 4000, again
    for words in (["alert", "backtest", "Error rate"], ["metrics:performance"]):
        done = rig.command(*words, "--since", "0d")
        assert done.returncode == 2 and "is no stretch of time" in done.stderr, done


def a_sentence_that_stands_nowhere_can_be_tried():
    assert backtest("Error rate > 50% for 5 seconds")["firings"] == 0
    assert backtest("Error rate > 1% for 2 seconds")["firings"] == 1
    done = rig.command("alert", "backtest", "Error rate > 50% for 5 seconds")
    assert done.returncode == 0 and "(stands in no runbook)" in done.stdout and "would have fired 0 times" in done.stdout, done
    assert "exact, each reading as it was made" in done.stdout, done.stdout


def why_it_says_what_it_says():
    fired = rig.events("alert.fired")[0]["at"]
    done = rig.command("alert", "why", "Error rate", "--at", fired)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and any("3 of 30" in line for line in lines), done.stdout
    assert any(line.startswith("at ") and ": true: " in line for line in lines), done.stdout
    done = rig.command("alert", "why", "Error rate")
    assert ": false: " in done.stdout, done.stdout
    assert "the newest reading is " in done.stdout and " of 30\n" in done.stdout, done.stdout


def why_reaches_what_was_read_last():
    """Also between two flushes of the archive, which are 5 s apart; in JSON as in text."""
    oldest = 0
    for _ in range(8):
        time.sleep(0.9)
        done = rig.command("alert", "why", "Error rate", "--json")
        why = json.loads(done.stdout)
        assert why["truth"] == "false" and why["newest"] == why["readings"][-1]["at"], why
        assert [reading["at"] for reading in why["readings"]] == sorted({reading["at"] for reading in why["readings"]}), why
        oldest = max(oldest, why["newest_age_ms"])
    assert oldest < 3500, oldest


def killed_altogether_nothing_is_lost_or_twice():
    before = changes(backtest("Error rate"))
    for process in lib.processes_in(rig.folder):
        os.kill(process, signal.SIGKILL)
    rig.core.wait(20)
    with sqlite3.connect(f"file:{rig.folder}/state/history/archive.sqlite?mode=ro", uri=True) as kept:
        assert kept.execute("pragma integrity_check").fetchone()[0] == "ok"
        assert kept.execute("select count(*) from fresh where tier = 0").fetchone()[0] > 50
    rig.serve()
    time.sleep(7)
    after = changes(backtest("Error rate"))
    assert after[:len(before)] == before, (before, after)


def newest_line():
    """Of the readings that the collector has said."""
    newest = 0
    for name in ("readings-0", "readings-1"):
        with open(f"{rig.folder}/state/history/{name}") as file:
            newest = max([newest] + [json.loads(line)["at"] for line in file if line.startswith('{"at":')])
    return newest


def what_was_measured_last_is_kept_when_it_stops():
    rig.core.send_signal(signal.SIGTERM)
    rig.core.wait(30)
    assert kept() == newest_line() > (time.time() - 30) * 1e6, (kept(), newest_line())
    rig.serve()


def a_target_that_was_renamed_blinds_nothing():
    before = changes(backtest("Error rate"))
    rig.core.send_signal(signal.SIGTERM)
    rig.core.wait(30)
    with open(f"{rig.folder}/reeve.yaml") as file:
        text = file.read()
    with open(f"{rig.folder}/reeve.yaml", "w") as file:
        file.write(text.replace("name: app,", "name: app-1,"))
    rig.serve()
    within(60, lambda: " app-1 " in rig.command("alert", "why", "Error rate").stdout, "readings of the new name")
    time.sleep(12)  # more than the old one may be late
    within(30, lambda: ": false: " in rig.command("alert", "why", "Error rate").stdout, "what the new name says")
    after = changes(backtest("Error rate"))
    assert after[:len(before)] == before, (before, after)
    assert not after or after[-1][0] != "unknown", after
    assert "has given nothing" not in rig.command("alert", "why", "Error rate").stdout


def its_line_has_a_picture_and_a_table():
    rule = rig.events("alert.fired")[0]["subject"].split(":")[1]
    for length, basis in (("1h", "each reading as it was made"), ("24h", "merged to 1 min"), ("30d", "kept yet")):
        status, text = rig.ask(f"/lines/{rule}?range={length}")
        page = html_tree.read(text)
        assert status == 200 and f'range={length}" aria-current' in text and basis in page.text(), (length, page.text())
        if length == "30d":
            assert "<svg class=\"chart" not in text, "an hour is not over"
            continue
        assert "limit 5 %" in page.text() and 'class="values"' in text, text
        rows = page.find_all("tbody")[0].find_all("tr")
        assert len(rows) == 24 and any(" %" in row.text() for row in rows), page.text()
        if length == "24h":
            continue  # half a minute of trouble need not show in whole minutes
        assert 'class="fired"' in text and any("firing" in row.text() for row in rows), text
        assert "the rule would have fired for about" in page.text(), page.text()
    assert rig.ask("/lines/" + rule + "?range=nonsense")[0] == 200


def what_cannot_be_answered_is_said():
    for words, part in ((["Disk usage"], "no rule of the runbook and no alert sentence"),
                        (["Memory usage > 90%"], "Nothing of memory usage was kept"),
                        (["e"], "2 rules could be meant"),
                        (["Error rate", "--since", "soon"], "is no time"),
                        (["Error rate", "--since", "2999-01-01"], "has not been yet")):
        done = rig.command("alert", "backtest", *words)
        assert done.returncode == 2 and part in done.stderr, (words, done)


def kept():
    with sqlite3.connect(f"file:{rig.folder}/state/history/archive.sqlite?mode=ro", uri=True) as archive:
        return archive.execute("SELECT max(at) FROM fresh WHERE tier = 0").fetchone()[0]


def limit_files(process, size):
    """None of its files may grow beyond."""
    subprocess.run([*bad_rig.AS_NOBODY, "prlimit", "--pid", str(process), f"--fsize={size}:"], check=True)


def a_full_disk_interrupts_what_is_kept_and_ends_nothing():
    collector = rig.child("collect")
    limit_files(collector, "0")
    within(60, lambda: kept() < (time.time() - 15) * 1e6, "nothing to be kept any more")
    limit_files(collector, "unlimited")
    lifted = time.time()
    within(60, lambda: kept() > lifted * 1e6, "what is measured to be kept again")
    # Its complaint could not be written either: the log is a file, too.
    assert rig.child("collect") == collector


TESTS = [it_fires_and_resolves, played_again_it_did_the_same_to_the_second, the_newest_is_in_every_length,
         a_head_says_what_was_measured, a_sentence_that_stands_nowhere_can_be_tried,
         why_it_says_what_it_says, why_reaches_what_was_read_last, its_line_has_a_picture_and_a_table, killed_altogether_nothing_is_lost_or_twice,
         what_was_measured_last_is_kept_when_it_stops, a_target_that_was_renamed_blinds_nothing, what_cannot_be_answered_is_said,
         a_full_disk_interrupts_what_is_kept_and_ends_nothing]

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
threading.Thread(target=server.serve_forever, daemon=True).start()
with bad_rig.Rig(MORE.replace("SERVED", str(server.server_address[1]))) as rig:
    lib.run_tests(TESTS)
