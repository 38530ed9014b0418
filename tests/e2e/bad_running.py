# bad_running.py - what goes wrong around a running Reeve: a full disk, a folder that is closed, a
# clock that is set, hostile clients, broken runbooks and targets. It goes on, says one clear
# sentence and forgets nothing. Usage: bad_running.py BUILD_FOLDER
import glob
import http.server
import os
import re
import resource
import signal
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
import lib  # noqa: E402
from bad_rig import (  # noqa: E402
    ESCALATION_S, PEOPLE, REPEAT_S, RESPONSE_S, RUNBOOK, FullDisk, Rig, can_mount, instrumented)
from lib import within  # noqa: E402


def a_second_daemon_is_told_who_runs():
    with Rig() as rig:
        said = rig.refused(3, "serve")
        assert str(rig.core.pid) in said and "ledger" in said, said
        assert rig.declare("Still here")[0] == 200


def what_serve_cannot_start_with_is_one_sentence():
    with Rig() as rig:
        rig.stop()
        for name, spoil, code, words in (
                ("RUNBOOK.md", None, 2, "RUNBOOK.md"),
                ("RUNBOOK.md", b"x\0y", 2, "NUL byte"),
                ("RUNBOOK.md", b"# Ours\ncaf\xe9\n", 2, "not valid UTF-8"),
                ("reeve.yaml", b"runbok: RUNBOOK.md\n", 2, 'did you mean "runbook"'),
                ("state/reeve.db", b"not a ledger at all" * 300, 2, "not a ledger")):
            with open(f"{rig.folder}/{name}", "rb") as file:
                good = file.read()
            os.remove(f"{rig.folder}/{name}")
            if spoil is not None:
                rig.write(name, spoil)
                rig.own(f"{rig.folder}/{name}")
            said = rig.refused(code, "serve")
            assert words in said, (name, said)
            rig.write(name, good)
            rig.own(f"{rig.folder}/{name}")
        taken = socket.socket()
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", rig.port))
        taken.listen()
        with taken:
            said = rig.command("serve").stderr
            assert f"127.0.0.1:{rig.port}" in said and "in use" in said, said


def a_closed_folder_loses_nothing_and_a_new_start_says_so():
    with Rig() as rig:
        state = f"{rig.folder}/state"
        os.chmod(state, 0o555)
        status, said = rig.declare("The folder is closed")
        assert status == 200, said  # the ledger's files are open
        assert rig.page().get("section", id="incident-1")
        rig.core.kill()
        rig.core.wait()
        for name in glob.glob(f"{state}/reeve.db*"):
            os.chmod(name, 0o444)
        said = rig.refused(6, "serve")
        assert "state/" in said and ("read-only" in said or "Permission denied" in said), said
        os.chmod(state, 0o700)
        for name in glob.glob(f"{state}/reeve.db*"):
            os.chmod(name, 0o600)
        rig.serve()
        assert [e["data"]["title"] for e in rig.events("incident.opened")] == \
            ["The folder is closed"] and rig.is_whole()


def a_full_disk_is_paged_unrecorded_and_writing_goes_on_when_there_is_room():
    if not can_mount():
        raise lib.Skip("this user may mount nothing, not even in a namespace of its own")
    with FullDisk(PEOPLE) as rig:
        assert rig.declare("Before")[0] == 200
        # What was kept in reserve is given up first; then that is full too.
        within(40, lambda: unwritable(rig), "a ledger that cannot be written")
        status, said = rig.declare("Not recorded")
        assert status in (500, 502) and "ledger" in said.lower() and said.endswith("."), said
        mail = within(20, lambda: [m for m in rig.mails() if "cannot be written" in m["subject"]],
                      "the unrecorded page")[0]
        assert "Make room on the disk" in mail["body"], mail
        assert "Not recorded" not in rig.page().text()
        assert "Its ledger cannot be written" in rig.notice(), rig.notice()
        rig.disk("free")
        within(30, lambda: rig.declare("After")[0] == 200, "writing again")
        assert "Not recorded" not in rig.page().text()
        within(30, lambda: rig.notice() == "", "the notice taken back")
        within(40, lambda: "held back again" in rig.log(), "the reserve")
        within(40, lambda: unwritable(rig), "a disk that is full again")
        rig.disk("free")
        within(30, lambda: rig.declare("After that")[0] == 200, "writing once more")
        within(30, lambda: rig.notice() == "", "the notice taken back again")
        sent = [m for m in rig.mails() if "cannot be written" in m["subject"]]
        # To ana and to ben, and not once more for each time that it fails within minutes.
        assert len(sent) == 2, [m["subject"] for m in sent]


def a_step_that_cannot_begin_for_want_of_room_is_said():
    if not can_mount():
        raise lib.Skip("this user may mount nothing, not even in a namespace of its own")
    with FullDisk("commands: {}\n") as rig:
        rig.write("RUNBOOK.md", RUNBOOK + "\n### Commands\n```bash\n# Look\necho seen\n```\n")
        within(10, lambda: "Look" in str(rig.api("procedure/list")[1]), "the procedure")
        rig.disk("fill")
        status, said = rig.api("run", procedure="Look")
        assert status == 200, said
        told = within(10, lambda: rig.api("status")[1]["reeve"], "the word of it")[0]
        assert told == ("Step 1 of run 1 cannot begin, because its folder cannot be written (This file cannot be made: No "
                        "space left on device). Make room on the disk; it goes on by itself."), told
        assert told in rig.notice(), rig.notice()
        rig.disk("free")
        step = within(20, lambda: [one for one in rig.api("run/show", number="1")[1]["steps"]
                                   if one["state"] == "done"], "its end")[0]
        assert step["tries"] == 1 and rig.api("status")[1]["reeve"] == [], step


def unwritable(rig):
    """Nothing more goes in, also after the first refusal, by which the reserve is given up."""
    return all((rig.disk("fill") or rig.declare("Full")[0]) != 200 for _ in range(3))


FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")


def jump(by_s):
    """A hand-declared incident while the wall clock is set: clocks count what really passes."""
    if not FAKETIME:
        raise lib.Skip("libfaketime is not installed")
    if instrumented():
        raise lib.Skip("libfaketime and AddressSanitizer cannot both come first")
    with Rig(PEOPLE, environment={
            "LD_PRELOAD": FAKETIME[0], "FAKETIME_TIMESTAMP_FILE": "clock.rc",
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}) as rig:
        status, said = rig.declare("The clock is set")
        assert status == 200, (status, said, rig.log())
        begun = time.monotonic()
        within(3, lambda: len(rig.mails()) == 1, "the first page")
        while time.monotonic() < begun + 2:
            time.sleep(0.05)
        os.kill(keeper_of(rig), signal.SIGKILL)  # when it starts again is planned by the old time
        within(5, lambda: keeper_of(rig) is None, "the end of the keeper")
        time.sleep(0.4)  # its end is seen by then, and the next start is not yet due
        rig.write("clock.rc", f"{by_s:+d}")
        within(5, lambda: keeper_of(rig), "another keeper")
        passed = {}

        def look():
            clocks = rig.api("incident/show", number="1")[1]["clocks"]
            for clock in clocks:
                if clock["missed"] or clock["met"]:
                    passed.setdefault(clock["name"], time.monotonic() - begun)
            return len(passed) == 2
        within(ESCALATION_S + 5, look, "both clocks")
        assert RESPONSE_S - 0.5 < passed["Response"] < RESPONSE_S + 1.5, passed
        assert ESCALATION_S - 0.5 < passed["Escalation"] < ESCALATION_S + 1.5, passed
        steps = [event["data"]["by_ms"] for event in rig.events("clock.stepped")]
        assert len(steps) == 1 and abs(steps[0] - by_s * 1000) < 2000, steps
        said = rig.notice()
        way = "forward" if by_s > 0 else "back"
        assert re.search(f"was set {way} by (1 h|59 min|60 min)", said), said
        mails = mails_each(rig.mails())
        most = int((time.monotonic() - begun) / REPEAT_S) + 2
        assert 3 <= mails["ana"] <= most and 2 <= mails["ben"] <= most, (mails, most)
        assert rig.is_whole()


def start_with_another_clock(forget_mark):
    """Stopped, started with a clock two hours back, put right while it runs: nothing is late or early."""
    if not FAKETIME:
        raise lib.Skip("libfaketime is not installed")
    if instrumented():
        raise lib.Skip("libfaketime and AddressSanitizer cannot both come first")
    with Rig(PEOPLE, environment={
            "LD_PRELOAD": FAKETIME[0], "FAKETIME_TIMESTAMP_FILE": "clock.rc",
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}) as rig:
        status, said = rig.declare("The clock is wrong at the start")
        assert status == 200, (status, said, rig.log())
        begun = time.monotonic()
        rig.stop()
        stopped = time.monotonic()
        if forget_mark:  # as after another boot of the machine
            os.remove(f"{rig.folder}/state/seen")
        rig.write("clock.rc", "-7200")
        rig.serve()
        down = time.monotonic() - stopped
        rig.write("clock.rc", "+0")
        passed = {}

        def look():
            for clock in rig.api("incident/show", number="1")[1]["clocks"]:
                if clock["missed"] or clock["met"]:
                    passed.setdefault(clock["name"], time.monotonic() - begun)
            return "Escalation" in passed
        within(ESCALATION_S + 10, look, "the escalation")
        # Without the mark, how long it was down is known to a part only.
        late = down if forget_mark else 0
        assert RESPONSE_S - 0.6 < passed["Response"] < RESPONSE_S + 1.5 + late, (passed, down)
        assert ESCALATION_S - 0.6 < passed["Escalation"] < ESCALATION_S + 1.5 + late, (passed, down)
        assert [event["data"]["by_ms"] < 0 for event in rig.events("clock.stepped")] == [True, False]
        assert rig.is_whole()


def a_start_with_a_clock_that_is_behind_moves_no_deadline():
    start_with_another_clock(False)


def the_same_after_another_boot():
    start_with_another_clock(True)


def keeper_of(rig):
    """The process id of its keeper, or None."""
    for path in glob.glob(f"/proc/{rig.core.pid}/task/*/children"):
        with open(path) as file:
            for child in file.read().split():
                with open(f"/proc/{child}/cmdline", "rb") as words:
                    if words.read().split(b"\0")[1:2] == [b"keep"]:
                        return int(child)
    return None


def mails_each(mails):
    return {who: sum(who in str(mail["recipients"]) for mail in mails) for who in ("ana", "ben")}


def a_clock_set_an_hour_ahead_misses_nothing_and_storms_nobody():
    jump(3600)


def a_clock_set_an_hour_back_loses_no_time():
    jump(-3600)


def open_stream(rig, receive_bytes=None):
    one = socket.socket()
    if receive_bytes:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    one.connect(("127.0.0.1", rig.port))
    one.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{rig.port}\r\n"
                f"Authorization: Bearer {rig.token}\r\n\r\n".encode())
    return one


def idle_readers_of_the_event_stream_have_a_number():
    with Rig() as rig:
        streams = [open_stream(rig) for _ in range(16)]  # of one caller
        for one in streams:
            assert one.recv(12) == b"HTTP/1.1 200", "a stream"
        late = open_stream(rig)
        said = late.recv(4096)
        assert said.startswith(b"HTTP/1.1 429 ") and said.rstrip().endswith(b"."), said
        assert rig.declare("Seen by all")[0] == 200
        for one in streams[:3]:
            one.settimeout(5)
            got = b""
            while b"Seen by all" not in got:
                got += one.recv(65536)
        assert rig.page().get("section", id="incident-1")
        for one in [*streams, late]:
            one.close()
        within(5, lambda: open_stream(rig).recv(12) == b"HTTP/1.1 200", "a free place")


def memory_of(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) * 1024


def a_stalled_reader_of_the_event_stream_is_dropped():
    with Rig() as rig:
        for number in range(150):
            assert rig.declare(f"Incident to fill the page {number}")[0] == 200
        stalled, reader = open_stream(rig, 4096), open_stream(rig)
        reader.settimeout(20)
        assert stalled.recv(12) == reader.recv(12) == b"HTTP/1.1 200"
        before = memory_of(rig.core.pid)
        read = threading.Thread(target=drain, args=(reader,), daemon=True)
        read.start()
        until = time.monotonic() + 40
        turns = 0
        while not is_reset(stalled):
            turns += 1
            assert rig.api("incident/tick", number="1", item="1", undo=turns % 2 == 0)[0] == 200
            assert time.monotonic() < until, "the stalled reader is kept"
            time.sleep(0.3)
        assert read.is_alive(), "the reader that reads was dropped too"
        assert memory_of(rig.core.pid) < before + (600 if instrumented() else 64) * 1024 * 1024
        assert rig.page()
        reader.close()
        stalled.close()


def drain(reader):
    try:
        while reader.recv(1 << 20):
            pass
    except OSError:
        pass


def is_reset(reader):
    """Has the server let go of this connection? Without reading what waits in it."""
    with open("/proc/net/tcp") as file:
        wanted = f"0100007F:{reader.getsockname()[1]:04X}"
        states = [row.split()[3] for row in file.readlines()[1:] if row.split()[2] == wanted]
    return not states or states[0] not in ("01",)  # of the server's end: 01 is established


def a_request_of_one_byte_a_second_holds_nobody_up():
    with Rig() as rig:
        slow = socket.create_connection(("127.0.0.1", rig.port), 30)
        begun = time.monotonic()
        text = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{rig.port}\r\nX: ".encode() + b"x" * 1000
        slow.setblocking(False)
        got = b""
        for at in range(30):
            try:
                slow.send(text[at:at + 1])
                got += slow.recv(4096)
                break
            except BlockingIOError:
                pass
            rig.page()
            time.sleep(1)
        assert 9 < time.monotonic() - begun < 14, time.monotonic() - begun
        assert got.startswith(b"HTTP/1.1 408 "), got
        assert got.rstrip().endswith(b"The request did not arrive whole in time."), got
        slow.close()


def ten_thousand_connections_keep_nobody_out():
    wanted = 10000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < wanted + 100:
        raise lib.Skip(f"this user may open only {hard} files")
    with Rig() as rig:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 100, hard))
        crowd = []
        try:
            for number in range(wanted):
                one = socket.create_connection(("127.0.0.1", rig.port), 10)
                if number % 3 == 0:
                    one.send(b"GET / HTTP/1.1\r\n")
                crowd.append(one)
                if number % 1000 == 999:
                    rig.page()
            rig.page()
            assert rig.declare("In the crowd")[0] == 200
            opened = len(glob.glob(f"/proc/{rig.core.pid}/fd/*"))
            assert os.geteuid() != 0 or 500 < opened < 600, opened
            assert memory_of(rig.core.pid) < (400 if instrumented() else 60) * 1024 * 1024
        finally:
            for one in crowd:
                one.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        rig.page()


def broken_runbooks_leave_the_old_one_in_force():
    with Rig() as rig:
        loaded = len(within(5, lambda: rig.events("runbook.loaded"), "the first turn"))
        for name, text, words in (
                ("binary", b"\x7fELF\0\1\2" * 100, "NUL byte"),
                ("100 MB", b"x" * (100 << 20), "104857600 bytes"),
                ("wrong UTF-8", RUNBOOK.encode() + b"caf\xe9\n", "not valid UTF-8"),
                ("missing", None, "No such file"),
                ("empty", b"", "The runbook is empty; the last good one stays in force."),
                ("blank", b" \n\n", "The runbook is empty"),
                ("an error", RUNBOOK + "- Error rate > banana for 5 minutes\n", "banana")):
            if text is None:
                os.remove(f"{rig.folder}/RUNBOOK.md")
            else:
                rig.write("RUNBOOK.md", text)
            said = within(10, lambda: words in rig.notice() and rig.notice(), f"{name}: {words}")
            assert said.startswith("A newer version of the runbook is not in force. "), said
            assert said.endswith("."), said
            assert "Disk usage > 75%" in rig.page().get(id="document").text()
            assert any(one.startswith("A newer version") and words in one for one in rig.api("status")[1]["reeve"])
            rig.write("RUNBOOK.md", RUNBOOK)
            within(10, lambda: rig.notice() == "", f"{name}: the notice taken back")
        assert len(rig.events("runbook.refused")) == 7
        # Half of it is written anew again and again, as an editor does that empties a file before it
        # writes: every look sees the same words, and none sees a file that nobody touched since the last.
        begun = written = time.monotonic()
        longest = 0
        while time.monotonic() - begun < 5 and longest < 0.9:
            rig.write("RUNBOOK.md", RUNBOOK[:len(RUNBOOK) // 2])
            longest = max(longest, time.monotonic() - written)
            written = time.monotonic()
            time.sleep(0.1)
        rig.write("RUNBOOK.md", RUNBOOK)
        if max(longest, time.monotonic() - written) >= 0.9:
            raise lib.Skip("this machine was too slow to write a file ten times a second")
        time.sleep(2.5)
        assert len(rig.events("runbook.refused")) == 7
        assert not rig.events("alert.retired")
        assert len(rig.events("runbook.loaded")) == loaded + 7, "taken back once each"
        assert rig.declare("Clocks as before")[0] == 200
        assert rig.api("incident/show", number="1")[1]["clocks"][0]["name"] == "Response"


def a_keeper_that_hangs_holds_no_page_up():
    with Rig(PEOPLE) as rig:
        os.chmod(f"{rig.folder}/state/key", 0)  # so that it cannot be started again
        begun = time.monotonic()
        os.kill(rig.child("keep"), signal.SIGSTOP)
        assert rig.declare("While it hangs")[0] == 200
        mail = within(5, rig.mails, "a page without a link")[0]
        took = time.monotonic() - begun
        print(f"# the page came {took:.1f} s after the keeper had hung", flush=True)
        assert took < 5 and "Acknowledge: reeve incident ack 1" in mail["body"], mail
        within(10, lambda: "Its keeper does not answer" in rig.notice(), "the notice")
        assert any("Its keeper" in one for one in rig.api("status")[1]["reeve"])
        for _ in range(20):  # it is down: nobody waits for it again
            rig.page()
        os.chmod(f"{rig.folder}/state/key", 0o600)
        within(40, lambda: rig.notice() == "" and any("/ack/" in m["body"] for m in rig.mails()),
               "a page with a link again")
        assert rig.api("status")[1]["reeve"] == []


HOOK_KEY = "whsec_c2VjcmV0LW9mLXRoZS1zaW5r"
HOOK = PEOPLE.replace("ana: { email: ana@acme.example, ", 'ana: { webhook: '
                      '{ url: "http://127.0.0.1:SINK/hook", key: env:HOOK_KEY }, ')


def a_page_that_needs_a_secret_waits_for_the_next_keeper():
    with Rig(HOOK, environment={"HOOK_KEY": HOOK_KEY}) as rig:
        begun = time.monotonic()
        os.kill(rig.child("keep"), signal.SIGSTOP)
        assert rig.declare("While it hangs")[0] == 200
        hook = within(8, rig.hooks, "the webhook")[0]
        took = time.monotonic() - begun
        print(f"# the webhook came {took:.1f} s after the keeper had hung", flush=True)
        assert took < 8 and lib.signature_holds(hook, HOOK_KEY), hook
        assert not rig.events("page.failed")


class Hearer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(204)
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


def a_heartbeat_that_fails_is_shown_and_its_return_is_a_fact_after_a_restart_too():
    port = lib.free_port()
    with Rig(f'heartbeat: {{ to: "http://127.0.0.1:{port}/", every: 1 s }}\n') as rig:
        within(20, lambda: "Its outward heartbeat has not arrived" in rig.notice(), "the notice")
        assert any("heartbeat" in one for one in rig.api("status")[1]["reeve"])
        rig.core.kill()
        rig.core.wait()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Hearer)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        rig.serve()
        restored = within(20, lambda: rig.events("heartbeat.restored"), "the return")
        assert len(restored) == 1 and restored[0]["data"]["gap_ms"] > 0, restored
        assert len(rig.events("heartbeat.failed")) == 1
        assert rig.notice() == "" and rig.api("status")[1]["reeve"] == []
        server.shutdown()


GAUGES = b"node_filesystem_avail_bytes 10\nnode_filesystem_size_bytes 100\n"


class BadTarget(http.server.BaseHTTPRequestHandler):
    """Exposition texts that no exporter should give."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if self.path == "/html" else "text/plain")
        self.end_headers()
        try:
            if self.path == "/lines":
                for _ in range(1000):
                    self.wfile.write(b"some_series_total 123456\n" * 10000)
            elif self.path == "/stall":
                self.wfile.write(GAUGES)
                self.wfile.flush()
                time.sleep(20)
            else:
                self.wfile.write({"/html": b"<!doctype html><h1>Welcome</h1>",
                                  "/nan": b"node_filesystem_avail_bytes NaN\n" + GAUGES[31:],
                                  "/twice": GAUGES + GAUGES,
                                  "/good": GAUGES}[self.path])
        except OSError:
            pass  # Reeve has heard enough

    def log_message(self, *_):
        pass


def targets_that_answer_nonsense_are_named_with_what_is_wrong():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), BadTarget)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    at = f"http://127.0.0.1:{server.server_address[1]}"
    urls = {name: f"{at}/{name}" for name in ("html", "nan", "twice", "lines", "stall", "good")}
    urls["nobody"] = f"http://127.0.0.1:{lib.free_port()}/metrics"
    rows = "".join(f'  - {{ name: {name}, url: "{url}", every: 2 s }}\n'
                   for name, url in urls.items())
    wanted = {"html": ("Down", "HTML"), "lines": ("Down", "64 MiB|67108864|MB|larger|longer"),
              "stall": ("Down", "time|late|answer"), "nobody": ("Down", "[Rr]efused"),
              "good": ("Up", "read"), "nan": ("Up", "read"), "twice": ("Up", "stands twice")}
    with Rig("targets:\n" + rows) as rig:
        def shown():
            found = {}
            for row in rig.page().get("ul", id="targets").find_all("li"):
                found[row.get("strong").text()] = (row.get("span", "mark").text(), row.text())
            return found

        def is_right():
            found = shown()
            return found.keys() == wanted.keys() and all(
                re.fullmatch(mark, found[name][0]) and re.search(words, found[name][1])
                for name, (mark, words) in wanted.items()) and found
        try:
            found = within(30, is_right, "a sentence for each target")
        except AssertionError as error:
            raise AssertionError(f"{error}: {shown()}") from None
        for name, (mark, words) in found.items():
            print(f"# {name}: {mark}: {words.split('ago')[-1].strip()}", flush=True)
        assert rig.declare("Reeve itself is well")[0] == 200
    server.shutdown()


def run():
    only = sys.argv[2:]  # words of the names of the tests to run; none: all
    tests = [
        a_second_daemon_is_told_who_runs, what_serve_cannot_start_with_is_one_sentence,
        a_closed_folder_loses_nothing_and_a_new_start_says_so,
        a_full_disk_is_paged_unrecorded_and_writing_goes_on_when_there_is_room,
        a_step_that_cannot_begin_for_want_of_room_is_said,
        a_clock_set_an_hour_ahead_misses_nothing_and_storms_nobody,
        a_clock_set_an_hour_back_loses_no_time, a_start_with_a_clock_that_is_behind_moves_no_deadline,
        the_same_after_another_boot, idle_readers_of_the_event_stream_have_a_number,
        a_stalled_reader_of_the_event_stream_is_dropped,
        a_request_of_one_byte_a_second_holds_nobody_up, ten_thousand_connections_keep_nobody_out,
        broken_runbooks_leave_the_old_one_in_force, a_keeper_that_hangs_holds_no_page_up,
        a_page_that_needs_a_secret_waits_for_the_next_keeper,
        a_heartbeat_that_fails_is_shown_and_its_return_is_a_fact_after_a_restart_too,
        targets_that_answer_nonsense_are_named_with_what_is_wrong]
    lib.run_tests([test for test in tests
                   if not only or any(word in test.__name__ for word in only)])


run()
