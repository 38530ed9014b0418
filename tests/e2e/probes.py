# probes.py - probes through the whole of `reeve serve`: what they see is what rules read, each that
# is not well has its one sentence, one that hangs holds up no other, secrets come from the keeper,
# and killed workers and a killed collector are recovered from.
# The tests are the steps of one story and stand in its order. Usage: probes.py BUILD_FOLDER
import http.server
import json
import os
import re
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import lib  # noqa: E402
import tls_caches  # noqa: E402
from lib import ask, within  # noqa: E402

PASSWORD = "correct-horse"
INFO = (b"# Server\r\nredis_version:7.0.15\r\nused_memory:80\r\nmaxmemory:100\r\n"
        b"rdb_last_bgsave_status:ok\r\n")


class Site(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self):
        self.send_response(Site.status)
        self.end_headers()

    def log_message(self, *_):
        pass


class Metrics(http.server.BaseHTTPRequestHandler):
    """By its path: a page, of which rules want one line, or what is none."""
    orders = 5
    pages = {"/html": "<html>", "/json": "{}", "/cut": "shop_orders_open 1\n", "/bad": "a 1\nshop_orders_open x\n"}

    def do_GET(self):
        page = "# HELP a b\n" + "".join(f'other{{n="{n}"}} {n}\n' for n in range(3000))
        page += f'shop_orders_open{{by="x"}} {Metrics.orders}\n{{"shop.quoted"}} 1\n'
        page = self.pages.get(self.path, page).encode()
        self.send_response({"/gone": 404, "/moved": 301, "/secret": 401}.get(self.path, 200))
        self.send_header("Content-Type", "application/openmetrics-text" if self.path == "/cut" else "text/plain")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


def secure_site(files):
    """A port where Metrics are shown by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    site = Web(("127.0.0.1", 0), Metrics)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    return site.server_address[1]


class Web(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


class Cache(socketserver.StreamRequestHandler):
    """As much of Redis as is asked for; only who knows the password is answered."""

    def handle(self):
        known = False
        while line := self.rfile.readline():
            words = []
            for _ in range(int(line[1:])):
                self.rfile.readline()
                words.append(self.rfile.readline().strip().decode())
            known = known or words == ["AUTH", PASSWORD]
            if not known:
                self.wfile.write(b"-NOAUTH Authentication required.\r\n")
            elif words == ["INFO"]:
                self.wfile.write(b"$%d\r\n%s\r\n" % (len(INFO), INFO))
            else:
                self.wfile.write(b"+PONG\r\n" if words == ["PING"] else b"+OK\r\n")


class Company:
    """`reeve serve` as nobody in a folder of its own."""

    def __init__(self, build):
        self.site = None
        self.site_port = 0
        self.open_site()
        self.silent = socket.create_server(("127.0.0.1", 0), backlog=64)
        socketserver.ThreadingTCPServer.daemon_threads = True
        self.cache = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Cache)
        threading.Thread(target=self.cache.serve_forever, daemon=True).start()
        self.folder = tempfile.mkdtemp(prefix="reeve-probes-")
        self.caches = tls_caches.Caches(self.folder) if tls_caches.is_there() else None
        self.write("RUNBOOK.md", "# Ours\n\n### Severity Levels\n- **P1 (High)**: Bad\n"
                   "  - Response time: 15 minutes\n\n## Alerts\n\n### Critical Alerts\n"
                   "- Memory usage > 0.001%\n- cache memory > 50%\n- site status > 399\n"
                   + ("- cache certificate < 100\n- shop orders > 10\n" if self.caches else ""))
        self.write("reeve.yaml", f"""runbook: RUNBOOK.md
ledger: reeve.db
listen: 127.0.0.1:0
access: {{ page_token: always }}
probes:
{self.secure_probe()}
  - {{ name: machine, kind: host, every: 1 s }}
  - {{ name: site, kind: http, every: 1 s, url: "http://127.0.0.1:{self.site_port}/" }}
  - {{ name: cache, kind: redis, every: 1 s, address: env:CACHE }}
  - {{ name: stuck, kind: http, every: 1 s, deadline: 2 s, \
url: "http://127.0.0.1:{self.silent.getsockname()[1]}/" }}
{self.secure_target()}signals:
  cache memory: {{ used: redis_memory_used_bytes, of: redis_memory_max_bytes }}
  site status: {{ gauge: probe_http_status_code }}
""" + ("  cache certificate: { gauge: reeve_probe_certificate_left_seconds }\n"
                 "  shop orders: { gauge: shop_orders_open }\n" if self.caches else ""))
        for program in ("main/reeve", "worker/reeve-work"):
            shutil.copy(f"{build}/src/{program}", self.folder)
        if os.geteuid() == 0:
            os.chown(self.folder, 65534, 65534)
        self.log = open(f"{self.folder}/log", "wb")
        self.environment = {
            **os.environ, "CACHE": f"redis://:{PASSWORD}@127.0.0.1:{self.cache.server_address[1]}"}
        if self.caches:
            self.environment["SECURE"] = f"rediss://localhost:{self.caches.strict}"
        self.process = subprocess.Popen([*self.drop(), "./reeve", "serve"], cwd=self.folder,
                                        stdout=subprocess.PIPE, stderr=self.log, env=self.environment)
        said = self.process.stdout.readline().decode()
        where = re.search(r"(http://\S+?)/?\?token=(\S+)", said)
        assert where, (said, open(f"{self.folder}/log").read())
        self.page, self.token = where.groups()

    def secure_probe(self):
        if not self.caches:
            return ""
        return (f"  - {{ name: secure, kind: redis, every: 1 s, address: env:SECURE, ca: {self.caches.ca}, "
                f"certificate: {self.caches.client[0]}, key: 'file:{self.caches.client[1]}' }}")

    def secure_target(self):
        if not self.caches:
            return ""
        self.shop_port = secure_site(self.caches.good)
        return f'targets:\n  - {{ name: shop, every: 1 s, url: "https://localhost:{self.shop_port}", ca: {self.caches.ca} }}\n'

    def open_site(self):
        self.site = Web(("127.0.0.1", self.site_port), Site)
        self.site_port = self.site.server_address[1]
        threading.Thread(target=self.site.serve_forever, daemon=True).start()

    def close_site(self):
        self.site.shutdown()
        self.site.server_close()

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def drop(self):
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        return nobody if os.geteuid() == 0 else []

    def reeve(self, *arguments, codes=(0,)):
        done = subprocess.run([*self.drop(), "./reeve", *arguments, "--json"], cwd=self.folder,
                              env=self.environment, timeout=60, capture_output=True, text=True)
        assert done.returncode in codes, (arguments, done)
        assert PASSWORD not in done.stdout + done.stderr, done
        return json.loads(done.stdout) if done.stdout else {}

    def down(self):
        status = self.reeve("status", codes=(0, 1))
        return {target["name"]: target["problem"] for target in status["targets_down"]}

    def rule(self, word):
        return next(rule for rule in self.reeve("alert", "list") if word in rule["title"])

    def children(self, word):
        found = []
        for pid in open(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read().split():
            try:
                line = open(f"/proc/{pid}/cmdline").read().split("\0")
            except OSError:
                continue
            if word in line[0] or word in line[1:]:
                found.append(int(pid))
        return found

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.log.close()
        if self.caches:
            self.caches.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        return code


def rules_read_what_probes_saw():
    within(40, lambda: all(company.rule(word)["truth"] == "true" for word in ("Memory", "cache")),
           "the rules of memory and cache")
    within(20, lambda: company.rule("site")["truth"] == "false", "the rule of the site")
    assert company.rule("site")["state"] != "firing"


def one_that_hangs_has_its_sentence_and_holds_up_no_other():
    within(20, lambda: "did not answer within 2 s" in company.down().get("stuck", ""), "the sentence")
    assert list(company.down()) == ["stuck"], company.down()


def a_site_that_fails_fires_and_is_named():
    Site.status = 503
    within(30, lambda: company.rule("site")["state"] == "firing", "the alert of the site")
    assert company.down()["site"].startswith("answered 503"), company.down()
    Site.status = 200
    within(30, lambda: company.rule("site")["truth"] == "false" and "site" not in company.down(),
           "its end")


def a_site_that_is_gone_makes_its_rule_unknown():
    company.close_site()
    within(60, lambda: company.rule("site")["truth"] == "unknown", "unknown")
    assert "cannot be reached" in company.down()["site"], company.down()
    assert company.rule("Memory")["truth"] == "true"
    company.open_site()
    within(30, lambda: company.rule("site")["truth"] == "false", "the site")


def a_killed_worker_is_named_and_the_next_one_is_well():
    before = time.monotonic()
    while time.monotonic() - before < 30 and "not even a reason" not in company.down().get("stuck", ""):
        for pid in company.children("reeve-work"):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
    assert "not even a reason" in company.down()["stuck"], company.down()
    within(30, lambda: list(company.down()) == ["stuck"] and
           "did not answer" in company.down()["stuck"], "the others")


def a_killed_collector_is_started_again_and_reads_on():
    former = company.children("collect")
    os.kill(former[0], signal.SIGKILL)
    within(30, lambda: company.children("collect") not in ([], former), "the collector")
    within(40, lambda: company.rule("cache")["truth"] == "true" and
           list(company.down()) == ["stuck"], "the readings")


def the_page_shows_them_and_no_password():
    status, text = ask(company.page, headers={"Authorization": f"Bearer {company.token}"})
    assert status == 200 and all(name in text for name in ("machine", "cache", "stuck")), text
    assert PASSWORD not in text
    for name in os.listdir(company.folder):
        path = f"{company.folder}/{name}"
        if os.path.isfile(path):
            assert PASSWORD.encode() not in open(path, "rb").read(), name


def health_check_does_all_at_once():
    said = company.reeve("health:check", codes=(4,))
    assert said["failed"] == 1 and [one["name"] for one in said["checks"] if one["ok"]] == [
        *(["shop", "secure"] if company.caches else []), "machine", "site", "cache"], said
    if company.caches:
        assert said["checks"][0]["kind"] == "target" and said["checks"][0]["says"] == "answered 3002 samples", said


def redis_by_tls_is_measured():
    caches = tls_there()
    within(40, lambda: company.rule("certificate")["truth"] == "false", "the rule of the certificate")
    rows = within(20, lambda: {row["signal"]: row for row in company.reeve(
        "metrics:performance", codes=(0, 2)).get("signals", [])}.get("cache certificate"), "the archive")
    left = caches.ends - time.time()
    assert left - 10 < rows["low"] <= rows["high"] < left + 600, (rows, left)


def tls_there():
    if not company.caches:
        raise lib.Skip("redis-server or openssl is not installed")
    return company.caches


def each_fault_of_tls_has_its_sentence():
    """(name, address, what stands beside it, the words; none: it is well)"""
    caches = tls_there()
    taken, own = f"ca: {caches.ca}", f"ca: {caches.ca}, certificate: {caches.client[0]}, key: 'file:{caches.client[1]}'"
    foreign = f"ca: {caches.ca}, certificate: {caches.stranger[0]}, key: 'file:{caches.stranger[1]}'"
    mixed = f"ca: {caches.ca}, certificate: {caches.client[0]}, key: 'file:{caches.stranger[1]}'"
    rows = [("right", "rediss", "localhost", caches.port, taken, []),
            ("right-client", "rediss", "localhost", caches.strict, own, []),
            ("system", "rediss", "localhost", caches.port, "", ["not signed by anybody who is trusted here", "name the authority"]),
            ("wrong-ca", "rediss", "localhost", caches.port, f"ca: {caches.other_ca}", ["not signed by anybody who is trusted"]),
            ("no-ca", "rediss", "localhost", caches.port, "ca: /none", ["the file of ca: cannot be used"]),
            ("wrong-name", "rediss", "127.0.0.1", caches.port, taken, ["of another name than 127.0.0.1", "give the address"]),
            ("expired", "rediss", "localhost", caches.expired, taken, ["has expired on 20", "renew it"]),
            ("no-tls", "rediss", "localhost", caches.plain, taken, ["TLS", "write redis:// in its address"]),
            ("plain", "redis", "localhost", caches.port, "", ["write rediss:// in its address"]),
            ("ca-of-plain", "redis", "localhost", caches.plain, taken, ["write rediss:// there"]),
            ("cut", "rediss", "localhost", caches.cut.port, taken, ["broke the connection off", "look into its own log"]),
            ("silent", "rediss", "localhost", company.silent.getsockname()[1], taken,
             ["did not answer the TLS handshake within 2 s"]),
            ("no-client", "rediss", "localhost", caches.strict, taken, ["wants a certificate of its clients", "give certificate: and key:"]),
            ("stranger", "rediss", "localhost", caches.strict, foreign, ["does not take our certificate"]),
            ("mixed", "rediss", "localhost", caches.strict, mixed, ["the key is that of the certificate"]),
            ("gone", "rediss", "localhost", lib.free_port(), taken, ["cannot be reached", "check that it runs"])]
    company.write("tls.yaml", "probes:\n" + "".join(
        f"  - {{ name: {name}, kind: redis, deadline: 2 s, address: env:TLS{i}{beside and ', ' + beside} }}\n"
        for i, (name, _, _, _, beside, _) in enumerate(rows)))
    for i, (_, scheme, host, port, _, _) in enumerate(rows):
        company.environment[f"TLS{i}"] = f"{scheme}://{host}:{port}"
    said = {one["name"]: one for one in company.reeve("health:check", "--config", "tls.yaml", codes=(4,))["checks"]}
    wrong = [(name, said[name]) for name, *_, words in rows
             if said[name]["ok"] == bool(words) or any(word not in said[name]["says"] for word in words)]
    assert not wrong, wrong


def a_target_by_https_is_read():
    tls_there()
    within(40, lambda: company.rule("shop orders")["truth"] == "false", "the rule of the shop")
    Metrics.orders = 50
    within(20, lambda: company.rule("shop orders")["truth"] == "true", "the new value")
    assert "shop" not in company.down(), company.down()
    _, page = ask(company.page, headers={"Authorization": f"Bearer {company.token}"})
    assert f"https://localhost:{company.shop_port}/metrics" in page, "its address stands on the page"


def each_fault_of_a_target_by_https_has_its_sentence():
    """(name, url, what stands beside it, the words)"""
    caches = tls_there()
    taken = f", ca: {caches.ca}"
    port = company.shop_port
    rows = [("no-ca", f"localhost:{port}/", "", ["not signed by anybody who is trusted here", "name the authority with ca:"]),
            ("other-ca", f"localhost:{port}/", f", ca: {caches.other_ca}", ["not signed by anybody who is trusted here"]),
            ("wrong-name", f"127.0.0.1:{port}/", taken, ["of another name than 127.0.0.1"]),
            ("expired", f"localhost:{secure_site(caches.expired_files)}/", taken, ["has expired on 20", "renew it"]),
            ("later", f"localhost:{secure_site(caches.later_files)}/", taken, ["is not valid before 20", "set the clock"]),
            ("plain", f"localhost:{company.site_port}/", taken, ["speaks no TLS as it should"]),
            ("gone", f"localhost:{port}/gone", taken, ["answered 404: is this the right path?"]),
            ("moved", f"localhost:{port}/moved", taken, ["answered 301: redirects are not followed"]),
            ("secret", f"localhost:{port}/secret", taken, ["answered 401: it wants a permission"]),
            ("html", f"localhost:{port}/html", taken, ["answered HTML, not metrics"]),
            ("json", f"localhost:{port}/json", taken, ["answered JSON, not metrics"]),
            ("cut", f"localhost:{port}/cut", taken, ['without "# EOF"']),
            ("stopped", f"localhost:{lib.free_port()}/", taken, ["cannot be reached", "check that it runs"])]
    company.write("pages.yaml", "targets:\n" + "".join(
        f"  - {{ name: {name}, url: 'https://{url}'{beside} }}\n" for name, url, beside, _ in rows))
    said = {one["name"]: one for one in company.reeve("health:check", "--config", "pages.yaml", codes=(4,))["checks"]}
    wrong = [(name, said[name]) for name, *_, words in rows
             if said[name]["ok"] or any(word not in said[name]["says"] for word in words)]
    assert not wrong, wrong
    for text, words in (("url: 'http://a', ca: /x", "ca: is of targets whose url begins with https://."),
                        ("url: 'https://a', every: 500 ms", "its every: is at least 1 s.")):
        company.write("bad.yaml", f"targets:\n  - {{ name: a, {text} }}\n")
        done = subprocess.run([*company.drop(), "./reeve", "health:check", "--config", "bad.yaml"], text=True,
                              cwd=company.folder, env=company.environment, capture_output=True)
        assert done.returncode == 2 and words in done.stderr, done


def metrics_performance_says_what_was_measured():
    rows = within(20, lambda: {row["signal"]: row for row in company.reeve(
        "metrics:performance", codes=(0, 2)).get("signals", [])}, "the archive")
    assert rows["cache memory"]["high"] == rows["cache memory"]["low"] == 0.8, rows
    assert rows["site status"]["high"] == 503 and rows["site status"]["low"] == 200, rows
    assert 0 < rows["memory usage"]["high"] <= 1, rows
    shown = subprocess.run([*company.drop(), "./reeve", "metrics:performance"], text=True,
                           cwd=company.folder, env=company.environment, capture_output=True)
    assert re.search(r"^cache memory +cache +at most 80%, at least 80%$", shown.stdout, re.M), shown
    company.reeve("metrics:performance", "--since", "tomorrow", codes=(2,))


def it_ends_as_it_is_told():
    assert company.stop() == 0


company = Company(sys.argv[1])
try:
    lib.run_tests([rules_read_what_probes_saw, one_that_hangs_has_its_sentence_and_holds_up_no_other,
                   a_site_that_fails_fires_and_is_named, a_site_that_is_gone_makes_its_rule_unknown,
                   a_killed_worker_is_named_and_the_next_one_is_well,
                   a_killed_collector_is_started_again_and_reads_on,
                   the_page_shows_them_and_no_password, health_check_does_all_at_once,
                   redis_by_tls_is_measured, each_fault_of_tls_has_its_sentence,
                   a_target_by_https_is_read, each_fault_of_a_target_by_https_has_its_sentence,
                   metrics_performance_says_what_was_measured,
                   it_ends_as_it_is_told])
finally:
    company.stop()
