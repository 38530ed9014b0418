# logs.py - `reeve collect` follows logs: rotated by the real logrotate, written by the real nginx,
# truncated, not there yet, replaced by a pipe, and through kill -9: every line is counted once.
# Usage: logs.py BUILD_FOLDER
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

ROTATE, NGINX = "/usr/sbin/logrotate", "/usr/sbin/nginx"
SIGNALS = [{"name": "error rate", "bindings": [
    {"failures": 'http_requests_total{status=~"5.."}', "of": 'http_requests_total{status!=""}'}]},
    {"name": "events", "bindings": [{"count": "log_events_total"}]}]
PROGRAM = None


class Collector:
    """`reeve collect` with a folder of its own; what it says up is added, as the core adds it: a
    reading that is not newer than the last of its signal is dropped."""

    def __init__(self, folder, file="log", form="json"):
        self.folder = folder
        self.file = f"{folder}/logs/{file}"
        self.form = form
        for name in ("logs", "history"):
            os.makedirs(f"{folder}/{name}", exist_ok=True)
        self.newest, self.parts, self.ofs, self.errors, self.status = {}, {}, {}, {}, None
        self.gaps = {}  # of a signal: the longest time that no reading covers, in s
        self.statuses = []
        self.process = None

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "collect"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, cwd=self.folder)
        spec = {"history_dir": f"{self.folder}/history", "signals": SIGNALS, "targets": [],
                "logs": [{"file": self.file, "format": self.form, "interval_ms": 200,
                          "source": "web"}]}
        self.status = None
        self.process.stdin.write(json.dumps(spec).encode() + b"\n")
        self.process.stdin.flush()
        threading.Thread(target=self.read, args=(self.process,), daemon=True).start()
        within(20, lambda: self.status, "the first status")
        return self

    def read(self, process):
        for line in process.stdout:
            if not line.endswith(b"\n"):
                continue
            said = json.loads(line)
            if "history" in said:
                continue  # it has said what it had kept
            if "up" in said:
                self.status = said
                self.statuses.append(said)
            elif "shape" in said:
                self.take((said["id"], "shape"), said, lambda: self.errors.__setitem__(
                    said["shape"], self.errors.get(said["shape"], 0) + said["count"]))
            else:
                self.take(said["signal"], said, lambda: self.add(said))

    def take(self, key, said, add):
        if said["at"] > self.newest.get(key, 0):
            if key in self.newest and "since" in said:
                gap = ((said["since"] or said["at"]) - self.newest[key]) / 1e6
                self.gaps[key] = max(gap, self.gaps.get(key, 0))
            self.newest[key] = said["at"]
            add()

    def add(self, said):
        name = said["signal"]
        self.parts[name] = self.parts.get(name, 0) + said["part"]
        self.ofs[name] = self.ofs.get(name, 0) + said["of"]

    def events(self):
        return self.parts.get("events", 0)

    def kill(self):
        self.process.kill()
        self.process.wait()
        time.sleep(0.1)

    def counted(self, lines):
        within(20, lambda: self.events() >= lines, f"{lines} lines, of which {self.events():.0f} are")
        time.sleep(0.7)
        assert self.events() == lines, f"{self.events():.0f} counted of {lines}"


class Folder:
    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="reeve-logs-")
        self.collectors = []
        return self

    def collector(self, **options):
        self.collectors.append(Collector(self.path, **options))
        return self.collectors[-1]

    def __exit__(self, *_):
        for collector in self.collectors:
            if collector.process and collector.process.poll() is None:
                collector.process.kill()
                collector.process.wait()
        shutil.rmtree(self.path, ignore_errors=True)


def line(number, level="info", status=200):
    return json.dumps({"time": time.time_ns(), "level": level, "msg": f"request {number} failed after {number} ms",
                       "status": status}) + "\n"


def write(path, numbers, **options):
    with open(path, "a") as file:
        for number in numbers:
            file.write(line(number, **options))


def rotate(folder, path, options):
    """The real logrotate, with a state of its own."""
    if not os.path.exists(ROTATE):
        raise lib.Skip("logrotate is not installed")
    with open(f"{folder}/rotate.conf", "w") as file:
        file.write(f"{path} {{\n  rotate 5\n  nomail\n  {options}\n}}\n")
    os.chmod(f"{folder}/rotate.conf", 0o644)
    subprocess.run([ROTATE, "-f", "-s", f"{folder}/state", f"{folder}/rotate.conf"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def lines_that_come_are_counted_and_errors_gathered():
    with Folder() as folder:
        collector = folder.collector()
        write(collector.file, range(5))
        collector.start()
        write(collector.file, range(40))
        write(collector.file, range(10), level="error", status=503)
        last = line(1)
        with open(collector.file, "a") as file:
            file.write("no JSON\n" + last[:30])
            file.flush()
            collector.counted(51)  # nothing of what was there before, nothing of half a line
            file.write(last[30:])
        collector.counted(52)
        assert collector.parts["error rate"] == 10 and collector.ofs["error rate"] == 51, collector.ofs
        assert collector.errors == {"request <n> failed after <n> ms": 10}, collector.errors
        assert collector.status["up"], collector.status
        assert collector.status["problem"].startswith(
            "has had lines that are not in the format json (1, the newest at 20"), collector.status


def a_file_that_is_not_there_yet_is_read_from_its_beginning():
    with Folder() as folder:
        collector = folder.collector().start()
        assert collector.status["problem"] == (f"{collector.file} is not there; it is read as soon "
                                               "as it is"), collector.status
        write(collector.file, range(7))
        collector.counted(7)
        assert within(5, lambda: collector.status["up"]), collector.status


def lines_in_another_format_are_no_health_until_they_fit():
    with Folder() as folder:
        collector = folder.collector()
        write(collector.file, range(1))
        collector.start()
        write(collector.file, range(5))
        collector.counted(5)
        with open(collector.file, "a") as file:
            file.write("2026-11-30 08:00:00 ERROR boom\n" * 60)
        collector.counted(65)  # lines alone are counted
        within(10, lambda: "not in the format json (60, " in collector.status["problem"], "the problem")
        assert collector.status["up"] and "name theirs with format:" in collector.status["problem"]
        ratio, seen = collector.newest["error rate"], len(collector.statuses)
        within(20, lambda: len(collector.statuses) > seen + 5, "more reports")
        assert collector.newest["error rate"] == ratio, "nobody knows of errors"
        with open(collector.file, "a") as file:
            file.write("".join(line(n, level="error", status=500) for n in range(80)))
        within(10, lambda: collector.parts["error rate"] == 80, "the error rate")
        assert "has had lines that are not in the format json (60, " in collector.status["problem"], collector.status


def lines_of_another_time_count_for_no_rule():
    with Folder() as folder:
        collector = folder.collector()
        write(collector.file, range(1))
        collector.start()
        write(collector.file, range(5))
        collector.counted(5)
        collector.kill()
        write(collector.file, range(3))  # of now
        with open(collector.file, "a") as file:
            for _ in range(100):
                file.write(json.dumps({"time": time.time() - 3 * 3600, "level": "error", "msg": "long ago",
                                       "status": 500}) + "\n")
        collector.start()
        collector.counted(8)
        within(10, lambda: "lines that are not of now (100, " in collector.status["problem"], "the problem")
        assert collector.parts["error rate"] == 0 and collector.errors == {"long ago": 100}, collector.errors


def lines_without_a_time_are_of_now_unless_the_stop_was_long():
    untimed = json.dumps({"level": "error", "msg": "boom", "status": 500}) + "\n"
    with Folder() as folder:
        collector = folder.collector()
        write(collector.file, range(1))
        collector.start()
        write(collector.file, range(1))
        collector.counted(1)

        def stop(minutes):
            """As if it had ended so long ago; three lines come meanwhile."""
            collector.kill()
            for name in ("readings-0", "readings-1"):
                with open(f"{folder.path}/history/{name}", "r+b") as file:
                    kept = re.sub(rb'(?<=\],"at":)\d+(?=\})', lambda found: b"%d" % (
                        int(found[0]) - minutes * 60 * 10**6), file.read())
                    file.seek(0)
                    file.write(kept)
            with open(collector.file, "a") as file:
                file.write(untimed * 3)
            collector.start()
        stop(0)
        collector.counted(4)
        stop(11)
        within(10, lambda: "not of now (3, " in collector.status["problem"], "the problem")
        with open(collector.file, "a") as file:
            file.write(untimed + line(1))
        collector.counted(6)
        assert collector.errors == {"boom": 7}, collector.errors


def a_log_that_was_only_appended_to_has_no_gap_over_a_restart():
    with Folder() as folder:
        collector = folder.collector()
        write(collector.file, range(1))
        collector.start()
        write(collector.file, range(5))
        collector.counted(5)

        def restarted(meanwhile, lines):
            """The longest time without a reading, of each signal, over a stop of some seconds."""
            collector.kill()
            newest = dict(collector.newest)
            meanwhile()
            time.sleep(2.5)
            collector.gaps.clear()
            collector.start()
            collector.counted(lines)
            for signal_name in ("events", "error rate"):
                within(10, lambda: collector.newest[signal_name] > newest[signal_name], f"a reading of {signal_name}")
            return collector.gaps["events"], collector.gaps["error rate"]
        assert max(restarted(lambda: None, 5)) < 0.5, collector.gaps  # quiet: none came, and that is known
        assert max(restarted(lambda: None, 5)) < 0.5, collector.gaps  # also of what this process never saw
        assert max(restarted(lambda: write(collector.file, range(4)), 9)) < 0.5, collector.gaps

        def rotate_away():
            os.rename(collector.file, f"{collector.file}.1")
            write(collector.file, range(3))
        assert min(restarted(rotate_away, 12)) > 2, collector.gaps  # counted; what else came nobody knows

        def truncate():
            os.truncate(collector.file, 0)
            write(collector.file, range(2))
        assert min(restarted(truncate, 14)) > 2, collector.gaps

def a_file_that_is_removed_is_said_and_has_no_reading_until_it_is_back():
    with Folder() as folder:
        collector = folder.collector()
        write(collector.file, range(1))
        collector.start()
        write(collector.file, range(7))
        collector.counted(7)
        os.rename(collector.file, f"{collector.file}.1")  # for a moment, as a rotation does
        seen = len(collector.statuses)
        within(20, lambda: len(collector.statuses) > seen + 3, "four reports without the file")
        write(collector.file, range(3))
        collector.counted(10)
        assert all(status["up"] for status in collector.statuses), collector.statuses
        os.remove(collector.file)
        within(40, lambda: not collector.status["up"], "down")
        problem = collector.status["problem"]
        assert re.fullmatch(re.escape(collector.file) + r" is gone since 20[-0-9]+T[0-9:]+Z; it is read as soon as "
                            "it is back", problem), problem
        newest, seen = collector.newest["events"], len(collector.statuses)
        within(20, lambda: len(collector.statuses) > seen + 5, "more reports")
        assert collector.newest["events"] == newest, "nothing is known, and it says none"
        assert collector.status["problem"] == problem, collector.status
        write(collector.file, range(5))
        collector.counted(15)
        assert within(5, lambda: collector.status["up"]), collector.status


def a_file_replaced_by_a_pipe_is_said_and_comes_back():
    with Folder() as folder:
        collector = folder.collector()
        os.mkfifo(collector.file)
        collector.start()
        assert "is no regular file" in collector.status["problem"], collector.status
        os.remove(collector.file)
        write(collector.file, range(3))
        collector.counted(3)


def a_file_that_may_not_be_read_is_said():
    if os.geteuid() == 0:
        raise lib.Skip("root may read every file")
    with Folder() as folder:
        collector = folder.collector()
        write(collector.file, range(3))
        os.chmod(collector.file, 0)
        collector.start()
        assert "Permission denied; let the group" in collector.status["problem"], collector.status
        os.chmod(collector.file, 0o644)
        collector.counted(3)


def kill_9_at_any_time_loses_and_doubles_nothing():
    with Folder() as folder:
        collector = folder.collector()
        write(collector.file, range(1))
        collector.start()
        written, stop = [0], threading.Event()

        def writer():
            with open(collector.file, "a", buffering=1) as file:
                while not stop.is_set():
                    file.write(line(written[0], level="error"))
                    written[0] += 1
                    time.sleep(0.0005)
        thread = threading.Thread(target=writer)
        thread.start()
        for number in range(8):
            time.sleep(0.25 + 0.07 * number)
            collector.kill()
            collector.start()
        stop.set()
        thread.join()
        collector.counted(written[0])
        assert sum(collector.errors.values()) == written[0], collector.errors


def rotated_by_logrotate_and_killed_between():
    with Folder() as folder:
        collector = folder.collector()
        write(collector.file, range(1))
        collector.start()
        total = 0
        for number, options in enumerate(("create", "create", "nocreate", "copytruncate",
                                          "copytruncate", "create\n  compress\n  delaycompress")):
            write(collector.file, range(100))
            total += 100
            if number % 2:
                collector.counted(total)
            else:
                collector.kill()
            rotate(folder.path, collector.file, options)
            write(collector.file, range(50))
            total += 50
            if not number % 2:
                collector.start()
            collector.counted(total)


def rotated_more_than_once_between_two_looks():
    def rotated(path, numbers):
        for number in (4, 3, 2, 1):
            if os.path.exists(f"{path}.{number}"):
                os.rename(f"{path}.{number}", f"{path}.{number + 1}")
        os.rename(path, f"{path}.1")
        write(path, numbers)
    with Folder() as folder:
        collector = folder.collector()
        for name in ("log.2025-01-01", "log.9"):  # read long ago
            write(f"{folder.path}/logs/{name}", range(3))
        write(collector.file, range(1))
        collector.start()
        write(collector.file, range(10))
        collector.counted(10)
        collector.kill()
        write(collector.file, range(2))
        for number in range(4):  # more than there are places
            rotated(collector.file, range(10 + number))
        write(f"{collector.file}.json", range(3))  # another log
        collector.start()
        collector.counted(10 + 2 + 10 + 11 + 12 + 13)
        assert collector.status["problem"] == "", collector.status
        collector.process.send_signal(signal.SIGSTOP)  # it looks later
        for number in range(3):
            rotated(collector.file, range(20 + number))
        collector.process.send_signal(signal.SIGCONT)
        collector.counted(58 + 20 + 21 + 22)
        assert collector.status["problem"] == "", collector.status
        collector.kill()
        for number in range(2):
            rotated(collector.file, range(5))
        subprocess.run(["gzip", f"{collector.file}.1"], check=True)
        collector.start()
        collector.counted(121 + 5)
        assert re.search(r"1 files cannot be read any more \(the last log\.1\.gz, [0-9]+ bytes packed\)",
                         collector.status["problem"]), collector.status


def a_writer_that_keeps_the_renamed_file_for_a_while_is_read():
    with Folder() as folder:
        collector = folder.collector()
        with open(collector.file, "a") as file:
            collector.start()
            rotate(folder.path, collector.file, "create")
            write(collector.file, range(4))
            collector.counted(4)
            for number in range(3):
                file.write(line(number))
            file.flush()
            collector.counted(7)


def nginx_in_its_own_format():
    if not os.path.exists(NGINX):
        raise lib.Skip("nginx is not installed")
    with Folder() as folder:
        collector = folder.collector(file="access.log", form="combined")
        port = lib.free_port()
        with open(f"{folder.path}/nginx.conf", "w") as file:
            file.write(
                f"pid {folder.path}/pid; error_log {folder.path}/error.log; daemon off;\n"
                "worker_processes 1; events { worker_connections 64; }\n"
                f"http {{ access_log {collector.file};\n" + "".join(
                    f"{kind}_temp_path {folder.path}/{kind};\n"
                    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) +
                f"server {{ listen 127.0.0.1:{port};\n"
                "location /good { return 200 ok; } location /bad { return 503; } } }\n")
        nginx = subprocess.Popen([NGINX, "-p", folder.path, "-c", f"{folder.path}/nginx.conf"],
                                 stderr=subprocess.DEVNULL)
        try:
            within(20, lambda: ask(f"http://127.0.0.1:{port}/good")[0] == 200, "nginx")
            collector.start()
            for number in range(20):
                ask(f"http://127.0.0.1:{port}/good?{number}")
            rotate(folder.path, collector.file,
                   f"create\n  postrotate\n    kill -USR1 $(cat {folder.path}/pid)\n  endscript")
            for number in range(5):
                ask(f"http://127.0.0.1:{port}/bad/{number}")
            collector.counted(25)
            assert collector.parts["error rate"] == 5, collector.parts
            assert collector.errors == {"GET /bad/<id> HTTP/<id>": 5}, collector.errors
        finally:
            nginx.terminate()
            nginx.wait()


def the_daemon_opens_an_incident_from_a_log_alone():
    with Folder() as folder:
        with open(f"{folder.path}/RUNBOOK.md", "w") as file:
            file.write("# Ours\n\n### Severity Levels\n- **P1 (High)**: Bad\n"
                       "  - Response time: 15 minutes\n\n## Alerts\n\n### Critical Alerts\n"
                       "- Error rate > 5%\n")
        with open(f"{folder.path}/reeve.yaml", "w") as file:
            file.write("runbook: RUNBOOK.md\nledger: reeve.db\nlisten: 127.0.0.1:0\n"
                       "access: { page_token: always }\n"
                       "logs:\n  - { file: app.log, source: shop, every: 200 ms }\n")
        write(f"{folder.path}/app.log", range(1))
        if os.geteuid() == 0:
            for root, _, names in os.walk(folder.path):
                for path in [root] + [f"{root}/{name}" for name in names]:
                    os.chown(path, 65534, 65534)
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] \
            if os.geteuid() == 0 else []
        for name in ("main/reeve", "worker/reeve-work"):
            shutil.copy(f"{sys.argv[1]}/src/{name}", folder.path)
        os.chmod(folder.path, 0o755)
        daemon = subprocess.Popen([*drop, "./reeve", "serve"], cwd=folder.path,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

        def reeve(*words):
            return subprocess.run([*drop, "./reeve", *words], cwd=folder.path, timeout=30,
                                  capture_output=True, text=True).stdout
        try:
            assert re.search(rb"http://", daemon.stdout.readline())
            until = time.monotonic() + 60
            firing = ""
            while time.monotonic() < until and "firing" not in firing:
                write(f"{folder.path}/app.log", range(90))
                write(f"{folder.path}/app.log", range(10), level="error", status=500)
                time.sleep(0.3)
                firing = reeve("alert", "list")
            assert "firing" in firing, firing
            said = json.loads(reeve("logs:errors", "--json"))
            assert [row["shape"] for row in said["errors"]] == ["request <n> failed after <n> ms"]
            assert said["errors"][0]["count"] % 10 == 0 and said["errors"][0]["new"], said
            assert "request <n> failed after <n> ms" in reeve("logs:errors")
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait()


if __name__ == "__main__":
    PROGRAM = f"{os.path.abspath(sys.argv[1])}/src/main/reeve"
    sys.argv[1] = os.path.abspath(sys.argv[1])
    lib.run_tests([lines_that_come_are_counted_and_errors_gathered,
                   a_file_that_is_not_there_yet_is_read_from_its_beginning,
                   lines_of_another_time_count_for_no_rule,
                   lines_without_a_time_are_of_now_unless_the_stop_was_long,
                   lines_in_another_format_are_no_health_until_they_fit,
                   a_log_that_was_only_appended_to_has_no_gap_over_a_restart,
                   a_file_that_is_removed_is_said_and_has_no_reading_until_it_is_back,
                   a_file_replaced_by_a_pipe_is_said_and_comes_back,
                   a_file_that_may_not_be_read_is_said,
                   kill_9_at_any_time_loses_and_doubles_nothing,
                   rotated_by_logrotate_and_killed_between,
                   rotated_more_than_once_between_two_looks,
                   a_writer_that_keeps_the_renamed_file_for_a_while_is_read,
                   nginx_in_its_own_format,
                   the_daemon_opens_an_incident_from_a_log_alone])
