# bad_rig.py - a Reeve of its own for each test of bad input: alone, on a volume that can be
# full, or under a clock that can be set; with a sink for its mails.
#
# Promises: it runs as nobody when the test runs as root; everything is gone at the end; a word of a
# sanitizer in its log is a failure.
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import html_tree
import lib
from lib import ask, within

build = os.path.abspath(sys.argv[1])
DROP = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
AS_NOBODY = DROP if os.geteuid() == 0 else []
RESPONSE_S, ESCALATION_S, REPEAT_S = 5, 9, 2
RUNBOOK = f"""# Ours

### Severity Levels
- **P1 (High)**: Bad
  - Response time: {RESPONSE_S} seconds
  - Escalation: After {ESCALATION_S} seconds

### Response Checklist
1. [ ] Look
2. [ ] Mend

### Critical Alerts
- Disk usage > 75%
"""
CONFIGURATION = """runbook: RUNBOOK.md
ledger: state/reeve.db
listen: 127.0.0.1:PORT
public_url: http://127.0.0.1:PORT
access: { page_token: always }
"""
PEOPLE = """people:
  ana: { email: ana@acme.example, roles: [responder] }
  ben: { email: ben@acme.example, roles: [responder] }
on_call: { primary: ana, secondary: ben }
incidents: { repeat: REPEAT s }
smtp: { url: "smtp://127.0.0.1:SMTP", from: reeve@acme.example }
""".replace("REPEAT", str(REPEAT_S))


def instrumented():
    """Is this build one with AddressSanitizer?"""
    with open(f"{build}/src/main/reeve", "rb") as file:
        return b"__asan_init" in file.read()


class Rig:
    """A folder of its own with a Reeve that runs as nobody, and a sink for its mails."""

    def __init__(self, more="", wrap=(), environment=None):
        self.more, self.wrap = more, list(wrap)
        self.environment = environment or {}
        self.processes = []

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="reeve-running-")
        try:
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def prepare(self):
        for program in ("src/main/reeve", "src/worker/reeve-work", "examples/acme/acme-sink"):
            shutil.copy(f"{build}/{program}", self.folder)
        os.mkdir(f"{self.folder}/state")
        self.port = lib.free_port()
        text = (CONFIGURATION + self.more).replace("PORT", str(self.port))
        self.own(self.folder, f"{self.folder}/state")
        if "SMTP" in text:
            self.start(f"{self.folder}/acme-sink", "--port-file", "sink.port", "--smtp-port-file",
                       "smtp.port")
            text = text.replace("SMTP", str(self.number_in("smtp.port")))
            self.sink = f"http://127.0.0.1:{self.number_in('sink.port')}"
            text = text.replace("SINK", str(self.number_in("sink.port")))
        self.write("clock.rc", "+0")
        self.write("RUNBOOK.md", RUNBOOK)
        self.write("reeve.yaml", text)
        self.core = None
        self.serve()

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait(20)
        os.chmod(f"{self.folder}/state", 0o700)
        said = lib.complaints(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert said == [], said

    def own(self, *paths):
        for path in paths if os.geteuid() == 0 else ():
            shutil.chown(path, "nobody", "nogroup")

    def write(self, name, text):
        """As an editor does it: whole or not at all."""
        data = text if isinstance(text, bytes) else text.encode()
        with open(f"{self.folder}/{name}.new", "wb") as file:
            file.write(data)
        os.chmod(f"{self.folder}/{name}.new", 0o644)
        os.rename(f"{self.folder}/{name}.new", f"{self.folder}/{name}")

    def start(self, *words, wrap=(), **options):
        options.setdefault("stdout", subprocess.DEVNULL)
        with open(f"{self.folder}/reeve.log", "a") as log:
            self.processes.append(subprocess.Popen(
                [*wrap, *AS_NOBODY, *words], cwd=self.folder, stderr=log,
                stdin=subprocess.DEVNULL, **options))
        return self.processes[-1]

    def number_in(self, name):
        path = f"{self.folder}/{name}"
        within(10, lambda: os.path.exists(path) and os.path.getsize(path), name)
        with open(path) as file:
            return int(file.read())

    def serve(self):
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        self.core = self.start("env", *variables, f"{self.folder}/reeve", "serve",
                               wrap=self.wrap, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.port}"
        said = self.core.stdout.readline()
        assert said, self.log()
        found = re.search(r"token=(\S+)", said)
        self.token = found[1] if found else self.token

    def stop(self):
        self.core.send_signal(signal.SIGTERM)
        assert self.core.wait(20) == 0, self.log()

    def log(self):
        with open(f"{self.folder}/reeve.log") as file:
            return file.read()[-3000:]

    def command(self, *words):
        return subprocess.run([*AS_NOBODY, f"{self.folder}/reeve", *words], cwd=self.folder,
                              capture_output=True, text=True, timeout=30)

    def refused(self, code, *words):
        """The one sentence with which a command is refused."""
        done = self.command(*words)
        assert done.returncode == code and done.stdout == "", done
        assert re.fullmatch(r"reeve: .*[.?]\n", done.stderr), done.stderr
        return done.stderr

    def ask(self, path="/", **options):
        return ask(self.url + path, headers={"Authorization": f"Bearer {self.token}"}, **options)

    def api(self, action, **arguments):
        """(status, what it gave, or the sentence of its error)"""
        status, text = self.ask(f"/api/{action}", body=json.dumps(arguments).encode())
        if status == 0:
            return status, text
        answer = json.loads(text)
        return status, answer.get("error") or json.loads(answer["json"] or "null")

    def run(self, name):
        """The number of a new run of this procedure."""
        status, said = self.api("run", procedure=name)
        assert status == 200, said
        return int(said["facts"][0]["subject"].split(":")[1])

    def shown(self, number):
        status, said = self.api("run/show", number=number)
        assert status == 200, said
        return said

    def declare(self, title):
        return self.api("incident/declare", title=title, severity="P1")

    def events(self, kind=None):
        done = self.command("ledger", "show", "--last", "100000", "--json")
        assert done.returncode == 0, done
        leaves = [json.loads(line) for line in done.stdout.splitlines()]
        return [leaf for leaf in leaves if kind in (None, leaf["kind"])]

    def page(self):
        begun = time.monotonic()
        status, text = self.ask()
        assert status == 200 and time.monotonic() - begun < 1, (status, time.monotonic() - begun)
        return html_tree.read(text)

    def notice(self):
        return self.page().get(id="notice").text()

    def mails(self):
        return json.loads(ask(self.sink + "/mails.json")[1])

    def hooks(self):
        return json.loads(ask(self.sink + "/hooks.json")[1])

    def child(self, role):
        """The process id of the core's newest child of this role, or None."""
        found = []
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path) as stat, open(path[:-4] + "cmdline") as line:
                    parent = int(stat.read().rsplit(")", 1)[1].split()[1])
                    if parent == self.core.pid and line.read().split("\0")[1:2] == [role]:
                        found.append(int(path.split("/")[2]))
            except OSError:
                pass  # it has ended
        return max(found, default=None)

    def is_whole(self):
        done = self.command("ledger", "verify")
        return done.returncode == 0 and done.stdout.startswith("The ledger is whole")


FILLER = """mount -t tmpfs -o size=24m,mode=0777 reeve state || exit 9
(while read -r word <orders; do
    case $word in
    fill) head -c 100m /dev/zero >>state/filling 2>/dev/null; echo full >answers ;;
    free) rm -f state/filling; echo free >answers ;;
    end) exit ;;
    esac
done) &
exec "$@"
"""


def can_mount():
    probe = ["unshare", *MOUNTS, "sh", "-c", "mount -t tmpfs none /mnt"]
    return shutil.which("unshare") and subprocess.run(probe, capture_output=True).returncode == 0


MOUNTS = ["-m"] if os.geteuid() == 0 else ["-Urm"]


class FullDisk(Rig):
    """A Reeve whose state lies on a volume of 24 MB that only it sees."""

    def serve(self):
        for name in ("orders", "answers"):
            os.mkfifo(f"{self.folder}/{name}")
        self.wrap = ["unshare", *MOUNTS, "sh", "-c", FILLER, "sh"]
        super().serve()

    def __exit__(self, *_):
        try:  # the reader holds the volume, and would wait for ever
            orders = os.open(f"{self.folder}/orders", os.O_WRONLY | os.O_NONBLOCK)
            os.write(orders, b"end\n")
            os.close(orders)
        except OSError:
            pass  # it has ended
        super().__exit__()

    def disk(self, word):
        with open(f"{self.folder}/orders", "w") as orders:
            orders.write(word + "\n")
        with open(f"{self.folder}/answers") as answers:
            assert answers.read().strip() in ("full", "free")

    def events(self, kind=None):
        """Over the API: the ledger's file is not seen from here."""
        status, found = self.api("incident/show", number="1")
        assert status == 200, found
        return found
