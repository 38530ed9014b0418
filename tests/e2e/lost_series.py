# lost_series.py - a machine that is full and then gives nothing: its line leaves the page that is scraped, or its
# samples are pushed no longer, while another machine goes on and is well. The rule fires on and names it, also over
# SIGKILL of the core and its collector, and resolves when it is back and well. Usage: lost_series.py BUILD_FOLDER
import http.client
import http.server
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

bad_rig.build = sys.argv[1]
bad_rig.RUNBOOK = bad_rig.RUNBOOK + "- Memory usage > 75%\n"
TOKEN = "t" * 30
shares = {"db1": 0.1, "db2": 0.96}
over = threading.Event()
rig = None


def page_of(metric):
    return "".join(f'{metric}{{instance="{name}"}} {share}\n' for name, share in list(shares.items()))


class Target(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(page_of("disk_share").encode())

    def log_message(self, *_):
        pass


def push():
    while not over.wait(1):
        connection = http.client.HTTPConnection("127.0.0.1", COLLECTOR, timeout=5)
        try:
            connection.request("POST", "/api/v1/exposition", page_of("memory_share"),
                               {"Content-Type": "text/plain; version=0.0.4", "Authorization": f"Bearer {TOKEN}"})
            connection.getresponse().read()
        except OSError:
            pass  # between two lives of it
        finally:
            connection.close()


def rule(title):
    status, rules = rig.api("alert/list")
    return next(one for one in rules if one["title"].startswith(title)) if status == 200 else None


def both(wanted):
    return all(wanted(rule(title)) for title in ("Disk usage", "Memory usage"))


def fires(one):
    return one and one["state"] == "firing"


def is_lost(one):
    return fires(one) and one["truth"] == "unknown" and "db2" in str(one) and "has given no value for" in str(one)


def both_fire():
    within(60, lambda: both(lambda one: fires(one) and one["truth"] == "true"), "both rules to fire")


def gone_is_unknown_by_name():
    del shares["db2"]
    within(60, lambda: both(is_lost), "both rules to be unknown")


def a_crash_forgets_nothing():
    collector = rig.child("collect")
    os.kill(collector, signal.SIGKILL)
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    within(90, lambda: both(is_lost), "both rules to be unknown again")
    time.sleep(16)  # longer than the quiet time: nothing resolves
    assert both(is_lost), (rule("Disk usage"), rule("Memory usage"))
    assert rig.events("alert.resolved") == rig.events("alert.calmed") == rig.events("incident.mitigated") == []


def back_and_well_resolves():
    shares["db2"] = 0.2
    within(60, lambda: len(rig.events("alert.resolved")) == 2, "both rules to resolve")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
threading.Thread(target=server.serve_forever, daemon=True).start()
COLLECTOR = lib.free_port()
MORE = bad_rig.PEOPLE + f"""
targets: [{{ name: nodes, url: "http://127.0.0.1:{server.server_address[1]}/metrics", every: 1 s }}]
collect: {{ listen: 127.0.0.1:{COLLECTOR} }}
senders: [{{ name: pusher, token: env:REEVE_TEST_TOKEN, every: 1 s }}]
signals: {{ disk usage: {{ gauge: disk_share }}, memory usage: {{ gauge: memory_share }} }}
"""
threading.Thread(target=push, daemon=True).start()
with bad_rig.Rig(MORE, environment={"REEVE_TEST_TOKEN": TOKEN}) as rig:
    lib.run_tests([both_fire, gone_is_unknown_by_name, a_crash_forgets_nothing, back_and_well_resolves])
    over.set()
