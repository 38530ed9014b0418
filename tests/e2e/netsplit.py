# netsplit.py - an incident's channel on two linked servers (ngircd) that lose each other: the link is cut and mended
# with both alive, the far server is killed, somebody takes Reeve's name on the far side, the core is killed in between.
# Reeve and ben are on the near server, ana on the far one. Usage: netsplit.py BUILD_FOLDER
import os
import re
import signal
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import irc_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = os.path.abspath(sys.argv[1])
bad_rig.build = build
bad_rig.RUNBOOK = bad_rig.RUNBOOK.replace("### ", "## ").replace(
    "2. [ ] Mend", "2. [ ] Create incident channel (#incident-YYYY-MM-DD-description)\n3. [ ] Mend").replace(
    f"{bad_rig.RESPONSE_S} seconds", "30 minutes").replace(f"{bad_rig.ESCALATION_S} seconds", "60 minutes")
CONFIGURATION = """people:
  ana: { email: ana@acme.example, roles: [responder], irc: ana }
  ben: { email: ben@acme.example, roles: [responder], irc: ben }
on_call: { primary: ana, secondary: ben }
smtp: { url: "smtp://127.0.0.1:SMTP", from: reeve@acme.example }
channels: { kind: irc, server: "irc://127.0.0.1:IRC_PORT", password: "file:irc.password" }
"""
DAY = time.strftime("%Y-%m-%d", time.gmtime())
CHANNEL = f"#incident-{DAY}-checkout-is-down"
NEAR = """[Server]
Name = far.acme.example
Host = 127.0.0.1
MyPassword = near-word
PeerPassword = far-word
Passive = yes
"""
FAR = """[Limits]
ConnectRetry = 1
[Server]
Name = near.acme.example
Host = 127.0.0.1
Port = PORT
MyPassword = far-word
PeerPassword = near-word
"""
rig = near = far = link = ana = ben = None


class Link:
    """What the far server takes for the near one; cut() parts them, with both alive."""

    def __init__(self, port):
        self.port, self.whole, self.pairs = port, True, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.own_port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            one, _ = self.listener.accept()
            if not self.whole:
                one.close()
                continue
            other = socket.create_connection(("127.0.0.1", self.port), 10)
            other.settimeout(None)
            self.pairs.append((one, other))
            for ends in ((one, other), (other, one)):
                threading.Thread(target=self.carry, args=ends, daemon=True).start()

    def carry(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        self.whole = False
        for pair in self.pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs.clear()

    def mend(self):
        self.whole = True


def shown():
    return rig.command("incident", "show", "1").stdout


def facts(kind):
    return rig.events(kind)


def names_of(person):
    """Who is in the channel, as their server has it."""
    seen = len(person.text)
    person.send(f"NAMES {CHANNEL}")
    within(10, lambda: " 366 " in person.look()[seen:], "the names")
    return {name.lstrip("@+") for line in re.findall(rf" 353 \S+ . {CHANNEL} :(.*)\r", person.text[seen:])
            for name in line.split()}


def are_together():
    within(25, lambda: {"ana", "ben", "reeve"} <= names_of(ben) and {"ana", "ben", "reeve"} <= names_of(ana), "the link")


def note(words):
    assert rig.command("incident", "note", "1", words).returncode == 0


def topic_of(person):
    seen = len(person.text)
    person.send(f"TOPIC {CHANNEL}")
    within(10, lambda: re.search(r" 33[12] ", person.look()[seen:]), "the topic")
    found = re.search(rf" 332 {person.nick} {CHANNEL} :(.*)\r", person.text[seen:])
    return found[1] if found else None


def both_servers_have_the_channel():
    global ana, ben
    status, said = rig.declare("Checkout is down")
    assert status == 200, said
    within(20, lambda: facts("channel.posted"), "the channel")
    ben = irc_rig.Person(near, "ben", CHANNEL)
    ana = irc_rig.Person(far, "ana")
    ana.join(CHANNEL)
    are_together()
    ana.say("note seen from afar")
    ben.wait("seen from afar")
    within(15, lambda: len(facts("incident.noted")) == 1, "the note of the far side")


def during_a_split_our_side_goes_on():
    link.cut()
    within(15, lambda: "ana" not in names_of(ben) and "reeve" not in names_of(ana), "the split")
    note("said during the split")
    ben.wait("said during the split")
    ben.say("ack")
    within(15, lambda: "acknowledged" in shown(), "the acknowledgement")
    fact = facts("incident.acknowledged")[0]
    assert (fact["actor"], fact["data"]["via"]) == ("person:ben", "channel"), fact
    within(15, lambda: "P1 acknowledged" in (topic_of(ben) or ""), "the topic")
    ana.say("note said where nobody hears")
    assert "cannot be written to" not in shown(), shown()


def after_it_nothing_is_lost_and_nothing_said_twice():
    link.mend()
    are_together()
    note("after the split")
    for person in (ana, ben):
        person.wait("after the split", 30)
    ana.say("note together again")
    within(15, lambda: "together again" in str(rig.ask("/incidents/1")), "the note")
    within(30, lambda: "P1 acknowledged" in (topic_of(ana) or ""), "the topic on the far side")
    assert "P1 acknowledged" in topic_of(ben), topic_of(ben)
    for words in ("said during the split", "after the split", "Ben acknowledged incident 1 by channel."):
        assert ben.posts().count(words) == 1, (words, ben.posts())
    assert ana.posts().count("after the split") == 1, ana.posts()
    assert len(facts("channel.created")) == 1 and not facts("channel.taken")


def the_far_server_that_is_killed_takes_nobody_with_it():
    far.kill()
    within(15, lambda: "ana" not in names_of(ben), "the split")
    rig.core.send_signal(signal.SIGKILL)
    rig.core.wait(20)
    rig.serve()
    note("after the kill in the split")
    ben.wait("after the kill in the split", 40)
    far.start()
    ana.connect()
    are_together()
    ana.say("note back again")
    within(15, lambda: "back again" in str(rig.ask("/incidents/1")), "the note")
    assert ben.posts().count("after the kill in the split") == 1, ben.posts()


def who_takes_the_name_of_reeve_meanwhile_is_not_reeve():
    link.cut()
    within(15, lambda: "reeve" not in names_of(ana), "the split")
    thief = irc_rig.Person(far, "reeve")
    thief.join(CHANNEL)
    thief.say("note a forged word")
    note("while the name was taken")
    ben.wait("while the name was taken")
    link.mend()
    within(25, lambda: "ana" in names_of(ben), "the link")
    note("after the name was free")
    ben.wait("after the name was free", 40)
    ana.wait("after the name was free", 40)
    ben.say("note heard by the true one")
    within(15, lambda: "heard by the true one" in str(rig.ask("/incidents/1")), "the note")
    for words in ("while the name was taken", "after the name was free"):
        said = re.findall(rf"PRIVMSG {CHANNEL} :.*{words}", ben.look())
        assert len(said) == 1, said
    assert "a forged word" not in str(facts("incident.noted")), facts("incident.noted")
    within(15, lambda: len(facts("channel.posting")) == len(facts("channel.posted")), "each post is confirmed")
    assert len(facts("channel.created")) == 1 and not facts("channel.taken")
    ben.say("resolve it is mended")
    within(15, lambda: facts("incident.resolved"), "the end")
    ana.wait("Incident 1 is over.", 30)
    assert rig.command("ledger", "verify").returncode == 0


tests = [both_servers_have_the_channel, during_a_split_our_side_goes_on,
         after_it_nothing_is_lost_and_nothing_said_twice, the_far_server_that_is_killed_takes_nobody_with_it,
         who_takes_the_name_of_reeve_meanwhile_is_not_reeve]
if irc_rig.NGIRCD is None:
    lib.run_tests([], skip="ngircd is not installed")


class Company(bad_rig.Rig):
    def serve(self):
        self.write("irc.password", "letmein\n")
        super().serve()


with irc_rig.Server(more=NEAR, name="near.acme.example") as near:
    link = Link(near.port)
    with irc_rig.Server(more=FAR.replace("PORT", str(link.own_port)), name="far.acme.example") as far, \
            Company(CONFIGURATION.replace("IRC_PORT", str(near.port))) as rig:
        lib.run_tests(tests)
