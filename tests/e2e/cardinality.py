# cardinality.py - a target whose label takes a new value in every series of every answer: named on the page, memory
# bounded, and the rules over other targets go on. Usage: cardinality.py BUILD_FOLDER
import http.server
import sys
import threading
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = sys.argv[1]
bad_rig.build = build
SERIES, PEAK_MB = 210000, 400
bad_rig.RUNBOOK = bad_rig.RUNBOOK + "- Failed auth attempts > 5 in 1 minute\n"
answers = {"attack": 0, "well": 0}
disk_share = 0.2
rig = None


class Target(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.split("/")[1]
        answers[name] += 1
        if name == "attack":
            text = "".join(f'auth_failures_total{{request="{answers[name]}-{i}"}} 1\n' for i in range(SERIES))
        else:
            text = f"# TYPE disk_share gauge\ndisk_share {disk_share}\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        try:
            self.wfile.write(text.encode())
        except ConnectionError:
            pass  # it has read enough

    def log_message(self, *_):
        pass


def peak_mb():
    with open(f"/proc/{rig.child('collect')}/status") as lines:
        return [int(line.split()[1]) for line in lines if line.startswith("VmHWM")][0] / 1024


def the_page_names_the_target_and_why():
    why = "more than 200000 series of the metrics in use; narrow the selectors under signals: in reeve.yaml"
    within(120, lambda: why in rig.page().text(), "the page to name it")
    assert "attack" in rig.page().text()


def what_it_would_say_is_unknown_and_not_zero():
    status, rules = rig.api("alert/list")
    assert status == 200
    failed = next(one for one in rules if one["title"].startswith("Failed"))
    assert failed["truth"] in ("unknown", "not read yet") and failed["state"] == "inactive", failed


def other_rules_go_on():
    global disk_share
    disk_share = 0.9
    begun = time.monotonic()
    within(60, lambda: len(rig.events("incident.opened")) == 1, "the incident of the other target")
    print(f"# fired after {time.monotonic() - begun:.1f} s", flush=True)


def memory_stays_bounded():
    before = answers["attack"]
    within(120, lambda: answers["attack"] >= before + 3, "three more answers")
    print(f"# {answers['attack']} answers of {SERIES} new series each: peak {peak_mb():.0f} MB", flush=True)
    assert peak_mb() < PEAK_MB, peak_mb()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
threading.Thread(target=server.serve_forever, daemon=True).start()
PORT = server.server_address[1]
MORE = bad_rig.PEOPLE + f"""
targets:
  - {{ name: attack, url: "http://127.0.0.1:{PORT}/attack", every: 5 s }}
  - {{ name: well, url: "http://127.0.0.1:{PORT}/well", every: 1 s }}
signals: {{ disk usage: {{ gauge: disk_share }}, failed auth attempts: {{ count: auth_failures_total }} }}
"""
with bad_rig.Rig(MORE) as rig:
    lib.run_tests([the_page_names_the_target_and_why, what_it_would_say_is_unknown_and_not_zero, other_rules_go_on,
                   memory_stays_bounded])
