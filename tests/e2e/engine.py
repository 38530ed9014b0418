# engine.py - what the tests of asking share: Debian's Prometheus, a daemon that asks it, small servers.
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

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import ask, within  # noqa: E402

TOKEN = "token-of-the-engine"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


class Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def say(self, status, body, **headers):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass


def serve(handler, port=0):
    server = Server(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, server.server_address[1]


class Prometheus:
    """Debian's, with a folder of its own; started again on the same port with the same data. fill, when given, puts
    a history into the folder before."""

    def __init__(self, exporter_port, fill=None):
        self.folder = tempfile.mkdtemp(prefix="reeve-engine-")
        self.port = lib.free_port()
        with open(f"{self.folder}/prometheus.yml", "w") as file:
            file.write(f"""global: {{ scrape_interval: 1s, scrape_timeout: 1s, query_log_file: queries.log }}
scrape_configs:
  - job_name: shop
    static_configs: [ {{ targets: [ "127.0.0.1:{exporter_port}" ] }} ]
""")
        if fill:
            fill(self.folder)
        if NOBODY:
            subprocess.run(["chown", "-R", "65534:65534", self.folder], check=True)
        self.start()

    def start(self):
        self.log = open(f"{self.folder}/log", "ab")
        self.process = subprocess.Popen(
            [*NOBODY, shutil.which("prometheus"), "--config.file=prometheus.yml",
             "--storage.tsdb.path=data", "--storage.tsdb.retention.time=400d",
             f"--web.listen-address=127.0.0.1:{self.port}"],
            cwd=self.folder, stdout=self.log, stderr=self.log)
        within(60, lambda: ask(f"http://127.0.0.1:{self.port}/-/ready")[0] == 200, "Prometheus")

    def queries(self):
        """(when, PromQL) of each instant query it was asked, by its own log."""
        with open(f"{self.folder}/queries.log") as file:
            lines = [json.loads(line) for line in file]
        return [(line["ts"], line["params"]["query"]) for line in lines]

    def kill(self):
        self.process.kill()
        self.process.wait(20)
        self.log.close()

    def close(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Company:
    """`reeve serve` as nobody in a folder of its own."""

    def __init__(self, build, runbook, settings):
        self.folder = tempfile.mkdtemp(prefix="reeve-query-")
        self.write("RUNBOOK.md", runbook)
        self.write("reeve.yaml", "runbook: RUNBOOK.md\nledger: reeve.db\nlisten: 127.0.0.1:0\n"
                   "access: { page_token: always }\n" + settings)
        for program in ("main/reeve", "worker/reeve-work"):
            shutil.copy(f"{build}/src/{program}", self.folder)
        if NOBODY:
            os.chown(self.folder, 65534, 65534)
        self.environment = {**os.environ, "ENGINE_TOKEN": TOKEN}
        self.token = ""
        self.start()

    def start(self):
        self.log = open(f"{self.folder}/log", "ab")
        self.process = subprocess.Popen([*NOBODY, "./reeve", "serve"], cwd=self.folder,
                                        stdout=subprocess.PIPE, stderr=self.log, env=self.environment)
        said = self.process.stdout.readline().decode()
        where = re.search(r"(http://[^\s?]+?)/?(?:\?token=(\S+)|\s)", said)
        assert where, (said, open(f"{self.folder}/log").read())
        self.page, self.token = where[1], where[2] or self.token

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def run(self, *arguments, codes=(0,)):
        done = subprocess.run([*NOBODY, "./reeve", *arguments], cwd=self.folder, text=True,
                              env=self.environment, timeout=60, capture_output=True)
        assert done.returncode in codes, (arguments, done)
        assert TOKEN not in done.stdout + done.stderr, done
        return done.stdout

    def rules(self):
        return {rule["title"]: rule for rule in json.loads(self.run("alert", "list", "--json"))}

    def rule(self, word):
        return next(rule for title, rule in self.rules().items() if title.startswith(word))

    def down(self):
        status = json.loads(self.run("status", "--json", codes=(0, 1)))
        return {target["name"]: target["problem"] for target in status["targets_down"]}

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return code


def seconds_pass(seconds):
    """Time is what fills a window: there is no condition to wait for."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.2)
