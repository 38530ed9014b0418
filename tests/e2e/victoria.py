# victoria.py - rules asked of a real VictoriaMetrics beside the same rules collected by Reeve itself, and the same
# metrics written to Reeve by a real vmagent, which keeps what it could not send.
# The tests are the steps of one story and stand in its order. Usage: victoria.py BUILD_FOLDER
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import lib  # noqa: E402
from engine import NOBODY, TOKEN, Company, seconds_pass, serve  # noqa: E402
from lib import ask, within  # noqa: E402
from shop import RUNBOOK, SIGNALS, Exporter  # noqa: E402

FILL_S = 75  # a window of a minute, and a scrape of each
LOGINS = "Failed auth attempts > 10 in 5 minutes"


class Victoria:
    """One of Debian's programs of VictoriaMetrics, in a folder of its own, scraping the shop each second."""

    def __init__(self, program, exporter_port, *flags):
        self.folder = tempfile.mkdtemp(prefix="reeve-victoria-")
        self.port, self.program, self.flags = lib.free_port(), program, flags
        with open(f"{self.folder}/scrape.yml", "w") as file:
            file.write("scrape_configs:\n  - job_name: shop\n    scrape_interval: 1s\n    static_configs: "
                       f"[ {{ targets: [ \"127.0.0.1:{exporter_port}\" ] }} ]\n")
        if NOBODY:
            subprocess.run(["chown", "-R", "65534:65534", self.folder], check=True)
        self.start()

    def start(self):
        self.log = open(f"{self.folder}/log", "ab")
        self.process = subprocess.Popen(
            [*NOBODY, shutil.which(self.program), "-promscrape.config=scrape.yml",
             f"-httpListenAddr=127.0.0.1:{self.port}", *self.flags],
            cwd=self.folder, stdout=self.log, stderr=self.log)
        within(60, lambda: ask(f"http://127.0.0.1:{self.port}/metrics")[0] == 200, self.program)

    def kill(self):
        self.process.kill()
        self.process.wait(20)
        self.log.close()

    def close(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def truths(company):
    return {title: rule["truth"] for title, rule in company.rules().items()}


def asked_collected_and_pushed_agree_while_all_is_well():
    seconds_pass(FILL_S)
    known = {title: truth for title, truth in truths(collecting).items() if title != LOGINS}
    assert set(known.values()) == {"false"}, known
    for other in (asking, pushed):
        found = truths(other)
        del found[LOGINS]
        assert found == known, (found, known)


def and_when_all_is_wrong():
    with Exporter.lock:
        Exporter.advance()
        Exporter.rates.update(errors=0.1, slow=0.2)
        Exporter.counts["logins"] += 40
        Exporter.gauges.update(tokens_used=95, free=10, memory=5, pool=10, queue_depth=60)
    seconds_pass(FILL_S)
    mine = collecting.rules()
    assert {rule["truth"] for rule in mine.values()} == {"true"}, mine
    for other in (asking, pushed):
        theirs = other.rules()
        assert {title: rule["truth"] for title, rule in theirs.items()} == truths(collecting), theirs
        for title, rule in theirs.items():
            if title != LOGINS:
                assert abs(rule["value"] - mine[title]["value"]) <= 0.05 * abs(mine[title]["value"]), (rule, mine[title])


def what_the_engine_answers_is_of_now():
    """VictoriaMetrics answers of half a minute ago unless it is told that the newest matters."""
    with Exporter.lock:
        Exporter.advance()
        Exporter.gauges["queue_depth"] = 77
    within(10, lambda: asking.rule("queue depth > 50")["value"] == 77, "the newest value")


def a_series_that_is_no_number_beside_a_healthy_one_is_unknown():
    with Exporter.lock:
        Exporter.gauges["queue_depth"] = "-Inf"
    rule = within(30, lambda: (one := asking.rule("queue depth > 10"))["truth"] == "unknown" and one, "unknown")
    assert rule["state"] == "firing" and "is infinite, beside others that are numbers" in rule["reading"], rule
    with Exporter.lock:
        Exporter.gauges["queue_depth"] = 77
    within(30, lambda: asking.rule("queue depth > 10")["truth"] == "true", "known again")


def health_check_names_its_version():
    one = json.loads(asking.run("health:check", "--json"))["checks"][0]
    assert one["ok"] and one["kind"] == "ask", one


def an_engine_that_is_killed_is_unknown_and_back_again():
    engine.kill()
    within(30, lambda: asking.rule("queue depth > 10")["truth"] == "unknown", "unknown")
    assert asking.rule("queue depth > 10")["state"] == "firing"
    with Exporter.lock:
        Exporter.advance()
        Exporter.gauges["queue_depth"] = 1
    engine.start()
    within(90, lambda: asking.rule("queue depth > 10")["state"] == "inactive", "resolved")


def packets_dropped():
    found = re.search(r"^vmagent_remotewrite_packets_dropped_total\S* (\d+)", ask(f"http://127.0.0.1:{agent.port}/metrics")[1], re.M)
    return int(found[1]) if found else 0


def what_vmagent_kept_is_counted_when_reeve_is_back():
    before = pushed.rule("Failed auth")
    dropped = packets_dropped()  # those with the infinite samples, which are refused
    assert pushed.process.poll() is None and before["truth"] == "true", before
    pushed.process.kill()
    pushed.process.wait(20)
    pushed.log.close()
    with Exporter.lock:
        Exporter.advance()
        Exporter.counts["logins"] += 25
    seconds_pass(10)  # that vmagent keeps
    pushed.start()
    within(60, lambda: pushed.rule("Failed auth")["truth"] == "true", "known again")
    counted = within(60, lambda: pushed.rule("Failed auth")["value"] >= 25 and pushed.rule("Failed auth"), "all counted")
    assert counted["value"] <= 65, counted
    assert packets_dropped() == dropped, dropped


def all_end_as_they_are_told():
    assert [company.stop() for company in (asking, collecting, pushed)] == [0, 0, 0]


build = sys.argv[1]
if not shutil.which("victoria-metrics") or not shutil.which("vmagent"):
    lib.run_tests([], skip="VictoriaMetrics is not installed here")
exporter, exporter_port = serve(Exporter)
engine = Victoria("victoria-metrics", exporter_port, "-storageDataPath=data", "-retentionPeriod=1d",
                  "-search.maxUniqueTimeseries=1000")
push_port = lib.free_port()
asking = collecting = pushed = agent = None
try:
    asking = Company(build, RUNBOOK, SIGNALS + f"ask: {{ url: \"http://127.0.0.1:{engine.port}\", every: 1 s }}\n")
    collecting = Company(build, RUNBOOK, SIGNALS + "targets:\n  - { name: shop, every: 1 s, url: "
                         f"\"http://127.0.0.1:{exporter_port}/metrics\" }}\n")
    pushed = Company(build, RUNBOOK, SIGNALS + f"collect: {{ listen: \"127.0.0.1:{push_port}\" }}\nsenders:\n  - "
                     "{ name: vmagent, token: env:ENGINE_TOKEN, accepts: [remote_write], every: 1 s }\n")
    agent = Victoria("vmagent", exporter_port, f"-remoteWrite.url=http://127.0.0.1:{push_port}/api/v1/write",
                     f"-remoteWrite.bearerToken={TOKEN}", "-remoteWrite.tmpDataPath=kept", "-remoteWrite.flushInterval=500ms")
    lib.run_tests([
        asked_collected_and_pushed_agree_while_all_is_well, and_when_all_is_wrong, what_the_engine_answers_is_of_now,
        a_series_that_is_no_number_beside_a_healthy_one_is_unknown, health_check_names_its_version,
        an_engine_that_is_killed_is_unknown_and_back_again,
        what_vmagent_kept_is_counted_when_reeve_is_back, all_end_as_they_are_told])
finally:
    for company in (asking, collecting, pushed):
        if company and company.process.poll() is None:
            company.stop()
    engine.close()
    if agent:
        agent.close()
