# stopped.py - Reeve is asked to end while messages to people are on their way: it waits for their answers, so that
# nobody is told twice without a crash; not for ever, and not when it is asked twice.
# Usage: stopped.py BUILD_FOLDER
import re
import signal
import socketserver
import sys
import threading
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

bad_rig.build = sys.argv[1]
PAGES_S, UNIT_S = 10, 20  # how long it waits at most; how long systemd does
bad_rig.RUNBOOK = bad_rig.RUNBOOK.replace(f"{bad_rig.RESPONSE_S} seconds", "15 minutes").replace(
    f"{bad_rig.ESCALATION_S} seconds", "30 minutes")
took, waits = [], {"seconds": 0}


class Mail(socketserver.StreamRequestHandler):
    """A mail server that says that it has taken a mail only after a while."""

    def handle(self):
        self.say("220 slow")
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "QUIT":
                return self.say("221 bye")
            self.say("354 go on" if word == "DATA" else "250 slow")
            if word == "DATA":
                self.take()

    def take(self):
        text = ""
        while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
            text += line
        took.append(re.search(r"(?m)^Subject: (.*?)\r?$", text)[1])
        time.sleep(waits["seconds"])
        self.say("250 taken")

    def say(self, line):
        try:
            self.wfile.write(f"{line}\r\n".encode())
        except OSError:
            pass  # whoever sent it has gone


def declare(title, seconds):
    """Until the mail of it is with the server, which now waits so long."""
    waits["seconds"] = seconds
    status, said = rig.declare(title)
    assert status == 200, said
    within(20, lambda: any(title in subject for subject in took), f"the mail of {title}")


def told(title):
    return len([subject for subject in took if title in subject])


def facts(kind):
    return [leaf["data"]["page"] for leaf in rig.events(kind)]


def stop(*signals):
    begun = time.monotonic()
    for number in signals or (signal.SIGTERM,):
        rig.core.send_signal(number)
        time.sleep(0.3 if signals else 0)
    assert rig.core.wait(UNIT_S) == 0, rig.log()
    return time.monotonic() - begun


def what_is_on_its_way_is_waited_for():
    for number in range(1, 4):
        declare(f"Slow {number}", 2)
        seconds = stop()
        print(f"# it ended after {seconds:.1f} s", flush=True)
        assert 0.5 < seconds < PAGES_S, seconds
        rig.serve()
        time.sleep(3)  # in which it was told again
        assert told(f"Slow {number}") == 1, took
        assert f"{number}-ana-smtp-1" in facts("page.sent"), rig.events()
    assert not facts("page.doubted")


def nothing_runs_and_it_ends_at_once():
    assert stop() < 2
    rig.serve()


def nothing_new_is_begun_meanwhile():
    declare("Slow 4", 3)
    rig.core.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    status, said = rig.declare("Late 5")
    assert status in (0, 200), said  # nobody is there, or it is written down
    assert rig.core.wait(UNIT_S) == 0, rig.log()
    assert told("Late 5") == 0, took
    rig.serve()
    if status == 200:
        within(20, lambda: told("Late 5") == 1, "the mail of what was declared last")
    assert told("Slow 4") == 1, took


def not_for_ever():
    declare("Stuck 6", 60)
    seconds = stop()
    print(f"# it ended after {seconds:.1f} s", flush=True)
    assert PAGES_S - 1 < seconds < PAGES_S + 4 < UNIT_S, seconds
    waits["seconds"] = 0
    rig.serve()
    # Nobody knows whether it arrived.
    within(20, lambda: told("Stuck 6") == 2, "the mail again")


def whoever_asks_twice_is_in_a_hurry():
    declare("Hurry 7", 60)
    seconds = stop(signal.SIGTERM, signal.SIGTERM)
    waits["seconds"] = 0
    rig.serve()
    assert seconds < PAGES_S / 2, seconds
    within(20, lambda: rig.is_whole(), "the ledger to be whole")


mails = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
mails.daemon_threads = True
threading.Thread(target=mails.serve_forever, daemon=True).start()
PEOPLE = bad_rig.PEOPLE.replace("127.0.0.1:SMTP", f"127.0.0.1:{mails.server_address[1]}").replace(
    f"repeat: {bad_rig.REPEAT_S} s", "repeat: 4 h, bundle: 0 s")
with bad_rig.Rig(PEOPLE) as rig:
    lib.run_tests([what_is_on_its_way_is_waited_for, nothing_runs_and_it_ends_at_once,
                   nothing_new_is_begun_meanwhile, not_for_ever, whoever_asks_twice_is_in_a_hurry])
