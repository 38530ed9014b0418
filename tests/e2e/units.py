# units.py - what is compared has the same unit: a limit per second and a counter, through the real programs.
# Usage: units.py BUILD_FOLDER
import html
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import Skip, within  # noqa: E402

ALERTS = ("Request rate drops below 10 rps", "Request rate drops below 10 requests per second", "Request rate > 100 rps",
          "Request rate < 600 per minute", "Bandwidth < 10 rps")
COUNTED = "signals:\n  request rate: { count: shop_requests_total }\n  bandwidth: { gauge: shop_rate }\n"


class Shop:
    """Five requests a second, and a gauge that says the same."""

    def __init__(self):
        began = time.monotonic()

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                count = int((time.monotonic() - began) * 5)
                body = (f"shop_requests_total {count}\nshop_rate 5\n"
                        f'http_requests_total{{code="200"}} {count}\nlogin_failures_total 0\n').encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://127.0.0.1:{self.server.server_port}/metrics"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Company:
    def __init__(self, build, alerts, config):
        self.folder = tempfile.mkdtemp(prefix="reeve-units-")
        self.process = None
        self.write("RUNBOOK.md", "# Ours\n\n## Alerts\n\n### Critical Alerts\n" + "".join(f"- {one}\n" for one in alerts))
        self.write("reeve.yaml", "runbook: RUNBOOK.md\nledger: reeve.db\nlisten: 127.0.0.1:0\n"
                   "access: { page_token: always }\n" + config)
        for program in ("main/reeve", "worker/reeve-work"):
            shutil.copy(f"{build}/src/{program}", self.folder)
        if os.geteuid() == 0:
            os.chown(self.folder, 65534, 65534)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def drop(self):
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        return nobody if os.geteuid() == 0 else []

    def start(self):
        with open(f"{self.folder}/log", "ab") as log:
            self.process = subprocess.Popen([*self.drop(), "./reeve", "serve"], cwd=self.folder,
                                            stdout=subprocess.PIPE, stderr=log)
        said = self.process.stdout.readline().decode()
        assert "Reeve is at" in said, said
        self.address = re.search(r"http://\S+", said)[0].rstrip(".")

    def reeve(self, *arguments, code=0):
        done = subprocess.run([*self.drop(), "./reeve", *arguments], cwd=self.folder, timeout=60,
                              capture_output=True, text=True)
        assert done.returncode == code, (arguments, done)
        return done.stdout

    def rules(self):
        return {one["title"]: one for one in json.loads(self.reeve("alert", "list", "--json"))}

    def page(self):
        visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with visitor.open(self.address, timeout=15) as answer:
            return html.unescape(answer.read().decode())

    def promtool(self, rules):
        if not shutil.which("promtool"):
            raise Skip("promtool is not installed")
        self.write("rules.yml", rules)
        done = subprocess.run(["promtool", "check", "rules", "rules.yml"], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done


def a_rate_is_a_count_by_its_time():
    target = f"targets:\n  - {{ name: shop, url: \"{shop.url}\", every: 1 s }}\n"
    with Company(BUILD, ALERTS, target + COUNTED) as company:
        company.start()
        rules = within(150, lambda: all(one["truth"] in ("true", "false") for one in company.rules().values()) and company.rules(),
                       "everything known")
        truths = {title: one["truth"] for title, one in rules.items()}
        assert truths == {ALERTS[0]: "true", ALERTS[1]: "true", ALERTS[2]: "false", ALERTS[3]: "true",
                          ALERTS[4]: "true"}, rules
        assert rules[ALERTS[0]]["reading"] == "5.0 a second over 1 min", rules[ALERTS[0]]
        assert rules[ALERTS[4]]["reading"].startswith("5 a second"), rules[ALERTS[4]]
        why = company.reeve("alert", "why", str(rules[ALERTS[0]]["line"]))
        assert " a second" in why, why


def it_is_told_and_exported_as_one():
    with Company(BUILD, ALERTS, COUNTED) as company:
        said = " ".join(company.reeve("explain", ALERTS[0]).split())
        assert "limit 10 a second" in said and "is less than 10 a second" in said, said
        rules = company.reeve("export", "prometheus")
        assert "sum(rate(shop_requests_total[1m])) < 10" in rules, rules
        assert "sum(increase(shop_requests_total[1m])) < 600" in rules, rules
        company.promtool(rules)


def what_is_exported_and_explained_is_by_the_metric_that_is_read():
    """Of the usual names the shop shows the third of one signal and the fourth of another."""
    alerts = ("Error rate > 5%", "Failed logins > 10", "Memory usage > 85%")
    first = 'http_server_request_duration_seconds_count{http_response_status_code=~'
    target = f"targets:\n  - {{ name: shop, url: \"{shop.url}\", every: 1 s }}\n"
    with Company(BUILD, alerts, target) as company:
        unknown = "By the first of 9 usual names: which of them is read only a running Reeve knows."
        for said in (company.reeve("explain", alerts[0]), company.reeve("export", "prometheus")):
            assert first in said.replace('\\"', '"') and unknown in " ".join(said.split()), said
        company.start()
        within(30, lambda: company.rules()[alerts[0]]["reads"], "what is read")
        rules = company.rules()
        assert rules[alerts[0]]["reads"] == [
            'failures http_requests_total{code=~"5.."}, of http_requests_total{code!=""}'], rules
        explained = " ".join(company.reeve("explain", "Error rate > 7%").split())  # another sentence of the signal
        assert 'sum(increase(http_requests_total{code=~"5.."}[1m]))' in explained, explained
        assert "By the one that is read now of 9 usual names." in explained and first not in explained, explained
        exported = company.reeve("export", "prometheus")
        for part in ('sum(increase(http_requests_total{code=~\\"5..\\"}[1m])) / ', "sum(increase(login_failures_total[1m])) > 10",
                     'sum(increase(http_requests_total{code!=\\"\\"}[1m])) >= 20', "# By the one that is read now of 7 usual names.",
                     "# By the first of 2 usual names: none of them is read now."):
            assert part in exported, (part, exported)
        company.promtool(exported)
        page = company.page()
        assert "By the one that is read now of 9 usual names." in page, page
        assert 'sum(increase(http_requests_total{code=~"5.."}[1m]))' in page, page


def a_count_is_exported_with_its_scale():
    bound = "signals:\n  sent bytes: { count: shop_requests_total, scale: 1000 }\n"
    with Company(BUILD, ["Sent bytes > 5000"], bound) as company:
        rules = company.reeve("export", "prometheus")
        assert "sum(increase(shop_requests_total[1m])) * 1000 > 5000" in rules, rules
        company.promtool(rules)


def a_rate_of_a_share_is_a_finding():
    bound = "signals:\n  request rate: { used: busy, of: all }\n  bandwidth: { histogram: seconds }\n"
    with Company(BUILD, ["Request rate > 10 rps", "Bandwidth > 10 per second"], bound) as company:
        said = company.reeve("check", code=1)
        for line, what in ((6, "the signal is a share; write the limit in %"),
                           (7, "the signal is a length of time; write the limit in seconds")):
            assert any(f"RUNBOOK.md:{line}:" in one and "error" in one and what in one
                       for one in said.splitlines()), said


def a_window_shorter_than_the_interval_is_told():
    said = ("Of target shop, read every 15 s, what happened in 15 s is taken for that of 10 s. Give it every: 10 s or "
            "less in reeve.yaml, or the rule 15 s or more.")
    target = "targets:\n  - { name: shop, url: \"URL\" }\n".replace("URL", shop.url)
    counted = "signals:\n  failed auth attempts: { count: shop_requests_total }\n"
    with Company(BUILD, ["Failed logins > 10 in 10 seconds", "Failed logins > 10 in 15 seconds"], target + counted) as company:
        found = company.reeve("check")
        assert f"RUNBOOK.md:6:1: hint: {said} [short-window]" in found and found.count("short-window") == 1, found
        company.start()
        within(60, lambda: "fired" in company.reeve("ledger", "show"), "it fires")
        assert said in within(60, lambda: company.reeve("alert", "why", "6"), "why")
        assert said not in company.reeve("alert", "why", "7")
        page = company.page()
        assert said in page, page


BUILD = os.path.abspath(sys.argv[1])
shop = Shop()
lib.run_tests([a_rate_is_a_count_by_its_time, it_is_told_and_exported_as_one,
               what_is_exported_and_explained_is_by_the_metric_that_is_read, a_count_is_exported_with_its_scale,
               a_rate_of_a_share_is_a_finding,
               a_window_shorter_than_the_interval_is_told])
