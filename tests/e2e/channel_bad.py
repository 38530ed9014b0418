# channel_bad.py - what goes wrong between Reeve and a chat server: names and nicks that are taken, a line that is dropped
# again and again, floods, half lines, TLS with certificates that nobody knows. On a real ngircd, and for what no real
# server says on a stand-in. Usage: channel_bad.py BUILD_FOLDER
import os
import re
import shutil
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import chat_process  # noqa: E402
import irc_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

sys.path.insert(0, os.path.join(lib.SOURCE, "tests", "vendors"))
import paging  # noqa: E402

build = os.path.abspath(sys.argv[1])
bad_rig.build = build
CONFIGURATION = """people:
  ana: { email: ana@acme.example, roles: [responder], irc: ana }
  ben: { email: ben@acme.example, roles: [responder], irc: ben }
on_call: { primary: ana, secondary: ben }
channels: { kind: irc, server: "irc://127.0.0.1:IRC_PORT", password: "file:irc.password" }
smtp: { url: "smtp://127.0.0.1:SMTP", from: reeve@acme.example }
"""
OPERATOR = "[Operator]\nName = root\nPassword = wheel\n"
DAY = time.strftime("%Y-%m-%d", time.gmtime())
NAME = f"incident-{DAY}-shop-is-slow"
MARK = "[incident 7 of 2026-11-30T22:00:00Z]"
rig = server = ana = ben = None
said = []  # to the stand-in, by reeve


class Company(bad_rig.Rig):
    def serve(self):
        self.write("irc.password", "letmein\n")
        super().serve()


class Badly:
    """An IRC server that talks as no real one does: each connection gets what `talk` sends it."""

    def __init__(self, talk):
        self.talk, self.count, self.open = talk, 0, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"irc://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                one, _ = self.socket.accept()
            except OSError:
                return
            self.count += 1
            self.open.append(one)
            threading.Thread(target=self.one, args=(one,), daemon=True).start()

    def one(self, one):
        try:
            self.talk(one)
        except OSError:
            pass  # it went away

    def close(self):
        for one in [self.socket, *self.open]:
            one.close()


def irc(url, **more):
    return chat_process.ChatProcess(build, {"kind": "irc", "server": url, "nick": "reeve", **more}, more.get("password"))


def shown(number=1):
    return rig.command("incident", "show", str(number)).stdout


def noted():
    """How many notes are on incidents; what they say stands on the page."""
    return len(rig.events("incident.noted"))


def another_has_the_nick_and_the_names_are_taken_each_in_its_way():
    global ana, ben
    taken = irc_rig.Person(server, "ana")
    for name, mode in ((NAME, "+k secret"), (f"{NAME}-2", "+i"), (f"{NAME}-3", "+l 1")):
        taken.join(f"#{name}")
        taken.send(f"MODE #{name} {mode}")
        taken.wait(f"MODE #{name}")
    status, said = rig.declare("Shop is slow")
    assert status == 200, said
    within(30, lambda: f"#{NAME}-4 (irc)" in shown(), "the fourth name")
    reasons = [one["data"]["reason"] for one in rig.events("channel.taken")]
    assert len(reasons) == 3 and all(one.startswith("the server says: Cannot join channel (+") for one in reasons), reasons
    ana, ben = taken, irc_rig.Person(server, "ben")
    for one in (ana, ben):
        assert "@reeve1" in one.join(f"#{NAME}-4"), one.text
        within(15, lambda: "| Reeve is called reeve1 here |" in (one.topic() or ""), "the topic")
    assert "Reeve is called reeve1 there until its own nick is free" in shown(), shown()
    _, page = rig.ask("/incidents/1")
    assert "Reeve is called reeve1 there until its own nick is free" in page, page
    ana.say("reeve: ack")
    within(15, lambda: "acknowledged by ana" in shown(), "the acknowledgement")
    ana.wait("Reeve is called reeve1 here, until its own nick is free.")  # as she came in


def who_has_its_nick_in_the_channel_is_not_taken_for_it_and_it_takes_its_nick_back():
    first.join(f"#{NAME}-4")
    ana.say("reeve: page ben")
    ana.wait('ana: reeve is somebody else in this channel, and I am called reeve1. Nothing was done; write "reeve1: page '
             'ben", or the command alone.')
    assert rig.events("incident.called") == []
    ana.say("reeve1: page ben")
    within(15, lambda: len(rig.events("incident.called")) == 1, "the page")
    first.send("QUIT :gone")
    within(20, lambda: ":reeve1!" in ana.look() and re.search(r"^:reeve1!\S+ NICK :?reeve\r", ana.text, re.M), "its own nick")
    within(15, lambda: "Reeve is called" not in ana.topic() and "Reeve is called" not in shown(), "the topic")
    ana.say("reeve1: note by its name until now")
    ana.say("reeve: note by its own")
    within(15, lambda: "by its own" in rig.ask("/incidents/1")[1], "the notes")
    assert "reeve1: note" not in rig.ask("/incidents/1")[1]


def a_line_that_is_dropped_again_and_again_loses_nothing():
    root = irc_rig.Person(server, "oper")
    root.send("OPER root wheel")
    root.wait(" 381 ")
    there = "reeve"
    for number in range(3):
        seen = len(ben.look())
        root.send(f"KILL {there} :again")
        within(10, lambda: f":{there}!" in ben.look()[seen:] and "QUIT" in ben.text[seen:], "its end")
        rig.command("incident", "note", "1", f"while it was away {number}")
        back = within(40, lambda: re.search(r"^:(reeve\d?)\S* JOIN", ben.look()[seen:], re.M), "it")
        there = back[1]
        ben.wait(f"while it was away {number}", 30)
    assert [ben.text.count(f"while it was away {number}") for number in range(3)] == [1] * 3, ben.posts()
    assert len(rig.events("channel.created")) == 1 and len(rig.events("channel.refused")) <= 6, shown()
    assert "cannot be written to" not in shown() and rig.core.poll() is None


def what_channels_says_anew_waits_for_a_restart_and_the_page_says_so():
    with open(f"{rig.folder}/reeve.yaml") as file:
        text = file.read()
    rig.write("reeve.yaml", text.replace("kind: irc,", "kind: irc, nick: other,"))
    said = within(15, lambda: "reeve.yaml was changed at" in rig.notice() and rig.notice(), "the notice")
    assert "is in force after a restart" in said, said
    rig.stop()
    rig.serve()
    within(30, lambda: re.search(r"^:other\S* JOIN", ben.look(), re.M), "the other nick")


def all_nicks_are_taken_is_one_sentence_until_one_is_free():
    with irc_rig.Server(password="") as small:
        people = [irc_rig.Person(small, f"reeve{number or ''}") for number in range(10)]
        with irc(f"irc://127.0.0.1:{small.port}") as chat:
            said = chat.hears()
            assert said["heard"] == "lost" and said["reason"].endswith(
                "the nick reeve is in use, and so are those with a number behind it"), said
            people[3].socket.close()
            assert within(30, lambda: chat.hears()["heard"] == "ready", "a free nick")


def a_certificate_is_verified_and_what_is_wrong_is_one_sentence():
    if not shutil.which("openssl"):
        raise lib.Skip("openssl is not installed")
    folder = os.path.join(server.folder, "certificates")
    files = paging.make_certificates(folder)
    pem = {name: tuple(open(path, encoding="utf-8").read() for path in pair) for name, pair in files.items()}
    with irc_rig.Server(password="over tls", tls=pem["known"]) as secure, \
            irc(f"ircs://127.0.0.1:{server.port}") as plain:  # which it has to wait for
        url = f"ircs://127.0.0.1:{secure.port}"
        with irc(url, ca=files["known"][0], password="over tls") as chat:
            assert chat.hears() == {"heard": "ready", "name_bytes": 49}
            made = chat.does("create", name="incident-7", mark=MARK, topic=f"P1 open {MARK}")
            assert made["heard"] == "created", made
            zoe = irc_rig.Person(secure, "zoe")
            assert MARK in zoe.join("#incident-7")
            assert chat.does("facts", channel="#incident-7", topic=f"P1 acknowledged {MARK}", lines=["It is slow"])["heard"] == "set"
            zoe.say("ack")
            assert chat.hears()["text"] == "ack"
            assert chat.does("post", channel="#incident-7", through=3, lines=["by TLS"])["heard"] == "posted"
            zoe.wait("by TLS")
        for setup, part in (({"password": "wrong", "ca": files["known"][0]}, "the server"), ({}, "certificate"),
                            ({"ca": files["strange"][0]}, "certificate"), ({"ca": "/nowhere.crt"}, "certificate")):
            with irc(url, **setup) as chat:
                said = chat.hears()
                assert said["heard"] == "lost" and said["reason"].startswith(url) and part in said["reason"], said
        with irc(url.replace("127.0.0.1", "localhost"), ca=files["known"][0]) as chat:
            said = chat.hears()
            assert said["heard"] == "lost" and "host" in said["reason"], said  # it is not of that name
        said = plain.hears()
        assert said["heard"] == "lost" and said["reason"].endswith("; does it speak TLS at this port?"), said


def a_server_that_knows_no_accounts_is_used_without_and_that_is_said():
    with irc_rig.Server(password="") as small, \
            irc(f"irc://127.0.0.1:{small.port}", account="reeve", password="letmein") as chat:
        said = chat.hears()
        assert said["heard"] == "ready" and said["reason"].startswith("the server offers none (SASL) just now"), said


WELCOME = b":s 001 reeve :Welcome\r\n:s 005 reeve CHANNELLEN=50 :x\r\n:s 376 reeve :End\r\n"
JOINED = b":reeve!r@h JOIN :#incident-7\r\n:s 353 reeve = #incident-7 :@reeve\r\n:s 366 reeve #incident-7 :End\r\n"


def half_lines_long_lines_and_bytes_of_no_language_are_borne():
    def talk(one):
        for byte in WELCOME:
            one.sendall(bytes([byte]))
        heard = b""
        while b"JOIN" not in heard:
            heard += one.recv(4096)
        one.sendall(JOINED)
        one.sendall(b":ana!a@h PRIVMSG #incident-7 :half ")
        time.sleep(0.3)
        one.sendall(b"and half\r\n")
        one.sendall(b"x" * 100_000 + b" PRIVMSG #incident-7 :too long\r\n\r\n\n   \r\n:\r\n: \r\n@\r\n@a\r\n")
        one.sendall(b":ana!a@h PRIVMSG #incident-7 :caf\xe9\x00 \xff\n:ana!a@h PRIVMSG\r\n:ana!a@h PRIVMSG #incident-7\r\n")
        one.sendall(b":ana!a@h PRIVMSG #incident-7 :last\r\n:ana!a@h PRIVMSG #incident-7 :never whole")
        time.sleep(0.3)
        one.close()

    badly = Badly(talk)
    with irc(badly.url) as chat:
        assert chat.hears()["heard"] == "ready"
        assert chat.does("create", name="incident-7", mark=MARK, topic=MARK)["heard"] == "created"
        said = []
        while not said or said[-1]["heard"] != "lost":
            said.append(chat.hears())
        assert said[-1]["reason"] == f"{badly.url}: the server dropped the connection", said
        texts = [one["text"] for one in said[:-1] if one.get("text")]
        assert texts[0] == "half and half" and texts[-1] == "last" and len(texts) == 3, texts
        assert texts[1].startswith("caf\u00e9"), texts
    badly.close()


def a_server_that_hangs_up_at_once_is_asked_less_and_less():
    badly = Badly(lambda one: one.close())
    with irc(badly.url) as chat:
        for _ in range(3):
            said = chat.hears()
            assert said["heard"] == "lost" and said["reason"].startswith(badly.url), said
        count = badly.count
        time.sleep(2.5)
        assert badly.count - count <= 1, "the pauses grow"
    badly.close()


def answer(one):
    """A server that lets everybody do everything, as fast as they can."""
    one.sendall(WELCOME)
    text = b""
    while data := one.recv(65536):
        *lines, text = (text + data).split(b"\r\n")
        for line in lines:
            word, _, rest = line.partition(b" ")
            if word == b"JOIN":
                one.sendall(JOINED.replace(b"#incident-7", rest))
            elif word == b"PING":
                one.sendall(b":s PONG s " + rest + b"\r\n")
            else:
                said.append(line.decode())


def floods_of_strangers_and_of_people_are_stopped_and_said():
    """Faster than a real server lets them."""
    global rig
    badly = Badly(answer)
    with Company(CONFIGURATION.replace("irc://127.0.0.1:IRC_PORT", badly.url)) as rig:
        rig.declare("Flood")
        made = within(20, lambda: rig.events("channel.created"), "the channel")[0]["data"]["channel"]

        def says(who, *texts):
            badly.open[-1].sendall(b"".join(f":{who}!x@h PRIVMSG {made} :{text}\r\n".encode() for text in texts))

        says("mallory", *[f"resolve it {number}" for number in range(5000)])
        says("ana", "note still here")
        within(30, lambda: noted() == 1, "Ana's words behind them")
        rig.page()  # within a second
        assert len(rig.events("request.refused")) <= 3 and rig.events("incident.resolved") == []
        within(15, lambda: [one for one in said if "I know nobody of that name" in one], "an answer")
        says("ben", *[f"trace line {number}" for number in range(150)])
        within(30, lambda: noted() == 151, "the pasted text")
        says("ben", *[f"more {number}" for number in range(3000)])
        within(15, lambda: [one for one in said if "ben: That was more than 200 messages at once." in one], "the limit")
        says("ana", "note after the flood", "ack")
        within(15, lambda: "acknowledged by ana" in shown(), "her acknowledgement")
        rig.page()
        assert 200 <= noted() < 400, noted()
        assert "messages at once" in rig.events("request.refused")[-1]["data"]["reason"], rig.events("request.refused")
        _, page = rig.ask("/incidents/1")
        assert "after the flood" in page and "more 2999" not in page
        assert len([one for one in said if "I know nobody" in one or "messages at once" in one]) == 2, said
        assert rig.is_whole()
    badly.close()


tests = [half_lines_long_lines_and_bytes_of_no_language_are_borne, a_server_that_hangs_up_at_once_is_asked_less_and_less,
         floods_of_strangers_and_of_people_are_stopped_and_said]
if irc_rig.NGIRCD is None:
    lib.run_tests([], skip="ngircd is not installed")
with irc_rig.Server(more=OPERATOR) as server:
    first = irc_rig.Person(server, "reeve")
    with Company(CONFIGURATION.replace("IRC_PORT", str(server.port))) as rig:
        lib.run_tests([another_has_the_nick_and_the_names_are_taken_each_in_its_way,
                       who_has_its_nick_in_the_channel_is_not_taken_for_it_and_it_takes_its_nick_back,
                       a_line_that_is_dropped_again_and_again_loses_nothing,
                       what_channels_says_anew_waits_for_a_restart_and_the_page_says_so,
                       all_nicks_are_taken_is_one_sentence_until_one_is_free,
                       a_certificate_is_verified_and_what_is_wrong_is_one_sentence,
                       a_server_that_knows_no_accounts_is_used_without_and_that_is_said, *tests])
