# lib.py - what the end-to-end tests share: TAP lines, waiting with a deadline, the demo's stack.
#
# Promises: a Demo that was started is stopped, also when the test fails; waiting ends as soon as
# the condition holds. Refuses: fixed sleeps. Needs only Python's standard library.
import base64
import glob
import hmac
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def postgres_folder():
    """The newest folder of PostgreSQL's programs, or None."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    return os.path.dirname(max(found, key=lambda p: int(p.split("/")[4]))) if found else None


def within(seconds, condition, what="the condition"):
    """condition()'s first true value; an AssertionError naming what when the time is over."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come within {seconds} s; last seen: {value!r}")
        time.sleep(0.05)


def ask(url, form=None, headers=None, body=None):
    """(status, text). A form or a body makes it a POST. Status 0: no answer."""
    data = body if form is None else urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)


def free_port():
    """A port of 127.0.0.1 that nobody uses now, and below those that the system gives to connections where there is
    room below them: another suite runs at the same time, and one of its connections must not take the port before it
    is listened on."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
        given = int(file.read().split()[0])
    least = max(1024, given - 20000)
    while True:
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", least + secrets.randbelow(given - least) if given > 4096 else 0))
            except OSError:
                continue
            return one.getsockname()[1]


def parse_metrics(text):
    """{(name, ((label, value), …)): number} of an exposition text."""
    series = {}
    for line in text.splitlines():
        match = re.fullmatch(r"([a-zA-Z_:]\w*)(?:\{(.*)\})? (\S+)", line)
        if match and not line.startswith("#"):
            labels = tuple(sorted(re.findall(r'(\w+)="([^"]*)"', match[2] or "")))
            series[(match[1], labels)] = float(match[3])
    return series


def processes_in(folder):
    """The ids of all processes whose program or working folder lies in folder."""
    found = []
    for process in glob.glob("/proc/[0-9]*"):
        for link in ("cwd", "exe"):
            try:
                if os.readlink(f"{process}/{link}").startswith(folder):
                    found.append(int(process.split("/")[2]))
            except OSError:
                pass
    return sorted(set(found))


def complaints(*folders):
    """What a sanitizer, or an assertion, has said in the logs of these folders.

    The keeper's sandbox denies what the search for leaks at its end needs; that it says so is well."""
    well = ("LeakSanitizer has encountered a fatal error", "LeakSanitizer does not work under",
            "sanitizer_stoptheworld_linux")
    found = []
    for path in [path for folder in folders for path in glob.glob(f"{folder}/*.log")]:
        with open(path, errors="replace") as log:
            found += [f"{path}: {line.strip()}" for line in log if re.search(
                r"(Address|Leak|UndefinedBehavior)Sanitizer|runtime error:|Assertion .* failed",
                line) and not any(one in line for one in well)]
    return found


def signature_holds(hook, key):
    """Is a webhook of Demo.hooks() signed with key, as the Standard Webhooks specification says?"""
    headers = {name.lower(): value for name, value in hook["headers"]}
    secret = base64.b64decode(key[6:]) if key.startswith("whsec_") else key.encode()
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{hook['body']}"
    mac = base64.b64encode(hmac.digest(secret, text.encode(), "sha256")).decode()
    return any(hmac.compare_digest(part, "v1," + mac)
               for part in headers["webhook-signature"].split())


class Demo:
    """The demo's stack as a context: with Demo(build, "--without-reeve") as demo: …"""

    def __init__(self, build, *options):
        self.build = build
        self.options = options
        self.process = None
        self.info = {}

    def __enter__(self):
        self.work = tempfile.TemporaryDirectory()
        path = os.path.join(self.work.name, "info")
        self.log = open(os.path.join(self.work.name, "log"), "w+")
        environment = dict(os.environ)  # sanitized builds: freed memory shows as given back
        environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4"
        self.process = subprocess.Popen(
            [f"{SOURCE}/examples/acme/demo", self.build, "--info", path, *self.options],
            stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
            # Begun in the background, SIGINT is ignored, and a shell cannot trap what it found ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        try:
            within(90, lambda: os.path.exists(path) or self.process.poll() is not None, "the demo")
            if self.process.poll() is not None:
                raise AssertionError("the demo ended:\n" + self.words())
            with open(path) as lines:
                self.info = dict(line.rstrip("\n").split("=", 1) for line in lines)
        except BaseException:
            self.stop()
            raise
        self.folder = self.info["DEMO_FOLDER"]
        self.shop = self.info["DEMO_SHOP"]
        self.sink = self.info["DEMO_SINK"]
        self.reeve = self.info["DEMO_REEVE"]
        self.reeve_page = self.info["DEMO_REEVE_PAGE"]
        self.config = self.info["DEMO_CONFIG"]
        self.company = os.path.dirname(self.config)
        return self

    def __exit__(self, *_):
        self.stop()
        self.log.close()
        self.work.cleanup()

    def words(self):
        """What the demo has printed so far."""
        self.log.flush()
        with open(self.log.name) as log:
            return log.read()

    def stop(self, how=signal.SIGINT):
        """Stops the demo and returns its exit code (negative: the signal that ended it)."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(60)

    def pid(self, name):
        """The process last started as postgres, sink, shop, load, reeve (or an exporter)."""
        with open(f"{self.folder}/{name}.pid") as file:
            return int(file.read())

    def reeve_command(self, *arguments):
        """The words that run this build's reeve as the demo does: as nobody when we are root.

        Run them with cwd=demo.company and env=demo.environment()."""
        drop = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        return [*(drop if os.geteuid() == 0 else []), f"{self.folder}/bin/reeve", *arguments]

    def environment(self):
        return {**os.environ, "ACME_HOOK_KEY": self.info["DEMO_HOOK_KEY"]}

    def fault(self, name, on):
        """Switches a fault of the shop: errors, slowness, failed-logins, pool, disk, memory, …"""
        status, text = ask(f"{self.shop}/faults/{name}", form={"on": "1" if on else "0"})
        assert status == 200, f"fault {name}: {status} {text}"

    def metrics(self):
        status, text = ask(f"{self.shop}/metrics")
        assert status == 200, f"metrics: {status} {text}"
        return parse_metrics(text)

    def total(self, name, metrics=None, **labels):
        """The sum of a metric's series; a label is matched by a regular expression."""
        return sum(
            value for (found, pairs), value in (metrics or self.metrics()).items()
            if found == name
            and all(re.fullmatch(want, dict(pairs).get(key, "")) for key, want in labels.items()))

    def mails(self):
        """Every mail taken, oldest first: subject, body, to, recipients, raw, at_ms, number."""
        return json.loads(ask(f"{self.sink}/mails.json")[1])

    def hooks(self):
        """Every webhook, oldest first: path, body, headers [[name, value]], status, at_ms."""
        return json.loads(ask(f"{self.sink}/hooks.json")[1])

    def heartbeat(self):
        """count and, once one came, last_ms and silent_ms."""
        return json.loads(ask(f"{self.sink}/heartbeat.json")[1])

    def refuse(self, mails=False, hooks=False):
        """Lets the sink refuse mails (451) or webhooks (503) from now on, or take them again."""
        form = {"mails": "1" if mails else "0", "hooks": "1" if hooks else "0"}
        assert ask(f"{self.sink}/refuse", form=form)[0] == 200

    def sql(self, statement, database=None):
        """The output of psql, unaligned, tuples only."""
        return subprocess.run(
            [f"{postgres_folder()}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1",
             "-d", database or self.info["DEMO_DATABASE"], "-c", statement],
            check=True, capture_output=True, text=True).stdout.strip()


class Skip(Exception):
    """A test cannot be run here; its text is the reason, which is shown."""


def description_of(name):
    """A vendor's API description by its file's name, and jsonschema; skips where either is absent."""
    shared = os.environ.get("REEVE_SHARED") or os.path.join(SOURCE, "..", "shared")
    path = os.path.join(shared, "specs", name)
    if not os.path.exists(path):
        raise Skip("REEVE_SHARED and ../shared are absent")
    try:
        import jsonschema
    except ImportError:
        raise Skip("Python's jsonschema is absent") from None
    with open(path) as file:
        return json.load(file), jsonschema


def run_tests(tests, skip=None):
    """Runs functions as TAP test points, named by their names; skip names a reason to skip all."""
    print(f"1..{len(tests)}" if not skip else f"1..0 # SKIP {skip}", flush=True)
    failed = 0
    for number, test in enumerate([] if skip else tests, 1):
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok {number} - {name}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {number} - {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    sys.exit(1 if failed else 0)
