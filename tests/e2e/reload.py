# reload.py - targets: and probes: of reeve.yaml are changed while Reeve runs: added, changed and removed ones, wrong files,
# secrets that are there and that are not, and what waits for a restart. Usage: reload.py BUILD_FOLDER
# The tests are the steps of one story and stand in its order.
import collections
import http.server
import json
import os
import re
import sys
import threading
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

bad_rig.build = sys.argv[1]
bad_rig.RUNBOOK += "- site status > 399\n"
CHANGED = "reeve.yaml was changed at "
SIGNALS = "signals: { site status: { gauge: probe_http_status_code } }\n"
asked = collections.Counter()
hangs = threading.Event()
rig = None


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked[self.path] += 1
        if self.path == "/never" or (self.path == "/hang" and hangs.is_set()):
            time.sleep(90)
        self.send_response(500 if self.path == "/bad" else 200)
        self.end_headers()
        self.wfile.write(b"shop_up 1\n")

    def log_message(self, *_):
        pass


site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
site.daemon_threads = True
threading.Thread(target=site.serve_forever, daemon=True).start()
PORT = site.server_address[1]


def web(name, path, every="1 s"):
    return f"  - {{ name: {name}, kind: http, url: \"http://127.0.0.1:{PORT}{path}\", every: {every} }}\n"


def save(probes, more=""):
    """As an editor does it; the rest of the file is as it was at the start, and more."""
    rig.write("reeve.yaml", head + "probes:\n" + probes + SIGNALS + more)


def comes(path):
    before = asked[path]
    within(30, lambda: asked[path] > before + 1, f"looks at {path}")


def stays_away(path):
    """None of it comes while two of another one do; one may be under way."""
    within(30, lambda: path not in names_asked_in_a_while(), f"no more looks at {path}")


def names_asked_in_a_while():
    before = collections.Counter(asked)
    comes("/first")
    return {path for path in asked if asked[path] > before[path]}


def targets():
    return rig.page().get(id="targets").text()


def status():
    return json.loads(rig.command("status", "--json").stdout)


def is_in_force():
    within(30, lambda: status()["configuration_changed"] == "", "the file to be in force")


def children(word):
    found = []
    for pid in os.listdir("/proc"):
        try:
            with open(f"/proc/{pid}/cmdline") as file:
                words = file.read().split("\0")
            if os.readlink(f"/proc/{pid}/exe").startswith(rig.folder) and word in words:
                found.append(int(pid))
        except OSError:
            pass
    return found


def truth():
    rules = rig.api("alert/list")[1]
    return next(rule["truth"] for rule in rules if "site status" in rule["title"])


FIRST = None  # the probes that are there all the time


def it_begins():
    comes("/first")
    within(30, lambda: "first" in targets() and truth() == "false", "the first")
    assert asked["/seldom"] == 1, asked


def one_is_added():
    pid = rig.core.pid
    save(FIRST + web("second", "/second"))
    comes("/second")
    is_in_force()
    within(20, lambda: "second" in targets(), "it on the page")
    assert rig.core.poll() is None and rig.core.pid == pid
    assert "0 targets and 3 probes now" in rig.log(), rig.log()
    assert CHANGED not in rig.page().text()


def one_is_changed_and_its_rule_sees_it():
    save(FIRST + web("second", "/bad"))
    comes("/bad")
    stays_away("/second")
    within(20, lambda: truth() == "true", "the rule to see another page")


def one_is_removed_and_forgotten():
    save(FIRST)
    stays_away("/bad")
    within(20, lambda: "second" not in targets() and truth() == "false", "it to be gone")
    is_in_force()


def what_is_the_same_goes_on():
    assert asked["/seldom"] == 1, "its next look is in an hour"


def a_target_is_added_and_removed():
    save(FIRST, f"targets: [{{ name: shop, url: \"http://127.0.0.1:{PORT}/metrics\", every: 1 s }}]\n")
    comes("/metrics")
    within(20, lambda: "shop" in targets(), "it on the page")
    save(FIRST)
    stays_away("/metrics")
    within(20, lambda: "shop" not in targets(), "it to be gone")


def a_wrong_file_changes_nothing_and_is_named():
    for wrong, words in ((FIRST + "  - { name: bad, kind: ftp }\n", "is no kind of probe"),
                         (FIRST + "  - { name: first, kind: host }\n", "stands twice"),
                         (FIRST + "  - { name: [}\n", "reeve.yaml:"), ("\tx\n", "reeve.yaml:"),
                         (FIRST + "  - { name: gone, kind: redis, address: env:NOT_THERE }\n", "This variable is not set"),
                         (FIRST + "  - { name: gone, kind: redis, address: 'file:/not/there' }\n", "/not/there")):
        keepers = children("keep")
        save(wrong)
        said = within(30, lambda: "is wrong" in (text := status()["configuration_changed"]) and text, "it to be said")
        assert said.startswith(CHANGED) and "all goes on by what it said before: " in said and words in said, said
        done = rig.command("status")
        assert done.returncode == 1 and words in done.stdout, done
        assert words in rig.page().text() and words in rig.log(), rig.log()
        done = rig.command("config", "show")
        assert done.stdout.startswith("# ") and words in done.stdout, done
        if done.returncode:  # it cannot be read; else a secret of it is not there
            assert done.returncode == 2 and "Reeve goes on by what it read before" in done.stdout, done
            assert "probes.1.name: first\n" in done.stdout, done
        else:
            assert re.search(r"^probes\.3\.name: gone .*; not in force before a restart$", done.stdout, re.M), done
        comes("/first")
        assert "first" in targets() and truth() == "false"
        within(20, lambda: children("keep") == keepers, "the keeper to be the same")
        save(FIRST)
        is_in_force()
        assert CHANGED not in rig.page().text()


def a_new_secret_is_read_by_another_keeper():
    before = children("keep")
    rig.write("address", f"redis://127.0.0.1:{bad_port}")
    save(FIRST + "  - { name: cache, kind: redis, every: 1 s, address: 'file:address' }\n")
    within(30, lambda: f"127.0.0.1 port {bad_port} cannot be reached" in targets(), "what was done with the secret")
    within(20, lambda: len(now := children("keep")) == 1 and now != before, "the new keeper alone")
    assert "keeper does not answer" not in rig.page().text()
    rig.declare("Is it signed?")
    within(20, lambda: rig.is_whole(), "the ledger")
    os.kill(children("keep")[0], 9)
    within(30, lambda: len(now := children("keep")) == 1 and now != before, "the next keeper")
    comes("/first")
    save(FIRST)
    is_in_force()


def the_rest_waits_for_a_restart():
    save(FIRST + web("third", "/third"), "incidents: { repeat: 77 s }\n")
    comes("/third")
    said = within(20, lambda: status()["configuration_changed"], "it to be said")
    assert said.endswith("; but for targets: and probes:, what it says now is in force after a restart."), said
    shown = rig.command("config", "show").stdout
    assert shown.startswith("# " + CHANGED), shown
    assert re.search(r"^incidents\.repeat: 77 s +# reeve\.yaml:\d+; in force until a restart: \d+ min$", shown, re.M), shown
    assert re.search(r"^probes\.3\.name: third +# reeve\.yaml:\d+$", shown, re.M) and shown.count("in force until") == 1, shown
    rows = {row["key"]: row for row in json.loads(rig.command("config", "show", "--json").stdout)}
    assert rows["incidents.repeat"]["value"] == "77 s" and rows["incidents.repeat"]["in_force"].endswith("min"), rows
    assert [key for key, row in rows.items() if "in_force" in row] == ["incidents.repeat"], rows
    save(FIRST + web("third", "/third"), "alerts: { site status: { recovers_below: 300 } }\n")
    within(20, lambda: "not in force before a restart" in rig.command("config", "show").stdout, "what is new")
    rig.write("reeve.yaml", head.replace("ask: ", "# ask: ") + "probes:\n" + FIRST + web("third", "/third") + SIGNALS)
    gone = within(20, lambda: "no longer in the file" in (text := rig.command("config", "show").stdout) and text, "what is gone")
    assert re.search(r"^# ask\.name +# no longer in the file; in force until a restart: ours$", gone, re.M), gone
    save(FIRST + web("third", "/third"))
    is_in_force()


def a_name_that_is_taken_until_then_is_refused():
    save(web("taken", "/taken") + FIRST, "x-none: 1\n")
    within(20, lambda: "is wrong" in status()["configuration_changed"], "the wrong key")
    rig.write("reeve.yaml", head.replace("name: ours", "name: theirs") + "probes:\n" + web("ours", "/taken") + FIRST + SIGNALS)
    within(20, lambda: "until Reeve is restarted" in status()["configuration_changed"], "the name")
    save(FIRST)
    is_in_force()


def after_a_kill_it_is_what_the_file_says():
    save(FIRST + web("fourth", "/fourth"))
    comes("/fourth")
    rig.core.kill()
    rig.core.wait(20)
    save(FIRST + web("fifth", "/fifth"))
    rig.serve()
    comes("/fifth")
    stays_away("/fourth")
    within(20, lambda: "fifth" in targets() and "fourth" not in targets(), "the page")
    assert CHANGED not in rig.page().text()


def after_a_restart_it_says_what_it_knows_of_before():
    def one(name):
        """(mark, when it was read last, what is said) of a target on the page."""
        code, page = rig.ask()
        found = re.search(rf'<li><span class="mark \w+">(\w+)</span> <strong>{name}</strong>(.*?)</li>', page)
        assert code == 200, page
        if not found:
            return "", None, ""
        last = re.search(r'last read <span class="clock" data-since="(\d+)"', found[2])
        return found[1], last and int(last[1]) / 1000, found[2]
    hanging = web("hung", "/hang").replace(" }", ", deadline: 60 s }") + web("never", "/never").replace(" }", ", deadline: 60 s }")
    save(FIRST + hanging)
    within(30, lambda: one("hung")[0] == "Up", "it to answer")
    hangs.set()
    comes("/first")
    killed = time.time()
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    begun = time.time()
    mark, last, said = within(20, lambda: (found := one("hung"))[0] == "Down" and found, "that it is not heard")
    assert "not heard since the start at " in said and killed - 30 < last < killed, (said, last, killed)
    assert one("never")[:2] == ("Down", None) and "not heard since the start at " in one("never")[2], one("never")
    down = {target["name"]: target["problem"] for target in status()["targets_down"]}
    assert set(down) == {"hung", "never"}, down
    at = re.fullmatch(r"not heard since the start at (\d\d:\d\d) UTC", down["never"])[1]
    assert at in {time.strftime("%H:%M", time.gmtime(moment)) for moment in (killed, begun)}, (at, down)
    within(20, lambda: one("first")[0] == "Up" and "not heard" not in one("first")[2], "the other")


bad_port = lib.free_port()
FIRST = web("first", "/first") + web("seldom", "/seldom", "1 h")
ASK = f"ask: {{ url: 'http://127.0.0.1:{bad_port}', name: ours, signals: [error rate] }}\n"
with bad_rig.Rig(ASK + "probes:\n" + FIRST + SIGNALS) as rig:
    with open(f"{rig.folder}/reeve.yaml") as file:
        head = file.read().split("probes:\n")[0]
    lib.run_tests([it_begins, one_is_added, one_is_changed_and_its_rule_sees_it, one_is_removed_and_forgotten,
                   a_target_is_added_and_removed, a_wrong_file_changes_nothing_and_is_named,
                   a_new_secret_is_read_by_another_keeper, the_rest_waits_for_a_restart,
                   a_name_that_is_taken_until_then_is_refused, what_is_the_same_goes_on,
                   after_a_kill_it_is_what_the_file_says, after_a_restart_it_says_what_it_knows_of_before])
