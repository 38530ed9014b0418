# channel_accounts.py - the channel of an incident where the chat server has accounts: a real InspIRCd with Atheme as its
# services. Logged in by SASL; a password that is wrong; services that are away, hang and come back; and what such a
# server does against us: a ban, a key, a channel where nobody may speak, a kill, a line that keeps us out.
# Usage: channel_accounts.py BUILD_FOLDER
import os
import re
import signal
import sys
import time

sys.dont_write_bytecode = True
import accounts_rig  # noqa: E402
import bad_rig  # noqa: E402
import chat_process  # noqa: E402
import irc_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = os.path.abspath(sys.argv[1])
bad_rig.build = build
PASSWORD = "correct-horse-battery"
CONFIGURATION = """people:
  ana: { email: ana@acme.example, roles: [responder], irc: ana }
on_call: { primary: ana }
channels: { kind: irc, server: "irc://127.0.0.1:IRC_PORT", account: reeve, password: "file:irc.password" }
smtp: { url: "smtp://127.0.0.1:SMTP", from: reeve@acme.example }
"""
DAY = time.strftime("%Y-%m-%d", time.gmtime())
CHANNEL = f"#incident-{DAY}-shop-is-slow"
MARK = "[incident 7 of 2026-11-30T22:00:00Z]"
WITHOUT = "; Reeve is there without its account: "
server = rig = ana = root = None


class Company(bad_rig.Rig):
    def serve(self):
        if not os.path.exists(f"{self.folder}/irc.password"):
            self.write("irc.password", "wrong\n")
        super().serve()


def chat(where=None):
    """The transport alone, on the server of the suite or another one."""
    url = f"irc://127.0.0.1:{(where or server).port}"
    return chat_process.ChatProcess(build, {"kind": "irc", "server": url, "nick": "other", "account": "reeve",
                                            "password": PASSWORD}, PASSWORD)


def shown(number=1):
    return rig.command("incident", "show", str(number)).stdout


def account_of(nick):
    """As whom the server has them logged in, or None."""
    root.send(f"WHOIS {nick}")
    root.wait(f" 318 root {nick} ")
    found = re.findall(rf" 330 root {nick} (\S+) :is logged in as", root.text)
    root.text = ""
    return found[-1] if found else None


def a_password_that_is_wrong_is_one_sentence_and_people_are_told_by_their_ways():
    status, said = rig.declare("Shop is slow")
    assert status == 200, said
    within(20, lambda: "cannot be created: " in shown(), "why there is no channel")
    assert (f"cannot be created: irc://127.0.0.1:{server.port}: the server does not take the account: SASL authentication "
            "failed; look at account: and password: under channels:; it is tried again") in shown(), shown()
    within(15, lambda: [mail for mail in rig.mails() if "ana@acme.example" in str(mail)], "Ana's mail")
    rig.stop()
    rig.write("irc.password", PASSWORD + "\n")
    rig.serve()


def it_is_logged_in_by_sasl():
    global ana
    within(30, lambda: f"{CHANNEL} (irc)" in shown(), "the channel")
    assert WITHOUT not in shown(), shown()
    assert account_of("reeve") == "reeve"
    ana = irc_rig.Person(server, "ana")
    assert "@reeve" in ana.join(CHANNEL), ana.text
    ana.say("reeve: ack")
    within(15, lambda: "acknowledged by ana" in shown(), "the acknowledgement")


def a_channel_is_ours_by_its_topic_however_much_of_it_the_server_cuts():
    topic = f"P1 open: {'the pool is full ' * 18}{MARK}"
    assert 307 < len(topic) < 360
    with chat() as first:
        assert first.hears()["heard"] == "ready"
        assert first.does("create", name="incident-7", mark=MARK, topic=topic)["heard"] == "created"
        within(10, lambda: "#incident-7" in ana.join("#incident-7") and (ana.topic() or "").endswith(f"… {MARK}"), "it")
    with chat() as second:  # the first one ended before it was a fact
        assert second.hears()["heard"] == "ready"
        assert second.does("create", name="incident-7", mark=MARK, topic=topic)["heard"] == "created"
    ana.channel = CHANNEL


def services_that_are_away_or_hang_are_gone_without_and_are_found_again():
    with accounts_rig.Server() as other:
        other.register("reeve", PASSWORD)
        other.services.send_signal(signal.SIGSTOP)
        with chat(other) as hanging:
            said = hanging.hears()
            assert said == {"heard": "ready", "name_bytes": 63, "reason": "the server's services do not answer; it is "
                            "tried again"}, said
        other.services.send_signal(signal.SIGCONT)
        other.end_services()
        within(40, lambda: not other.offers(), "their end")
        with chat(other) as away:
            said = away.hears()
            assert said["heard"] == "ready" and said["reason"].startswith("the server offers none (SASL) just now"), said
            made = away.does("create", name="incident-7", mark=MARK, topic=MARK)
            assert made["heard"] == "created", made
            other.start_services()
            assert away.hears(40) == {"heard": "called"}  # logged in, and it never left
            assert away.does("post", channel="#incident-7", through=3, lines=["on"])["heard"] == "posted"


def oper(line, words):
    seen = len(root.look())
    root.send(line)
    within(10, lambda: words in root.look()[seen:].replace(" :", " "), line)


def a_channel_where_it_may_not_speak_or_come_in_is_written_to_once_it_may():
    root.join(CHANNEL)
    oper(f"SAMODE {CHANNEL} +om-o root reeve", "+om-o root reeve")
    rig.command("incident", "note", "1", "said into silence")
    within(15, lambda: "cannot be written to: the server says: " in shown(), "what is wrong")
    oper(f"SAMODE {CHANNEL} -m", "-m")
    ana.wait("said into silence", 45)
    for mode, back in (("+b reeve!*@*", "-b reeve!*@*"), ("+i", "-i"), ("+k secret", "-k secret")):
        oper(f"SAMODE {CHANNEL} {mode}", mode)
        oper(f"KICK {CHANNEL} reeve :out", "KICK")
        rig.command("incident", "note", "1", f"out by {mode}")
        within(30, lambda: "cannot be written to: the server says: " in shown(), f"what is wrong by {mode}")
        oper(f"SAMODE {CHANNEL} {back}", back)
        ana.wait(f"out by {mode}", 60)
    assert len(rig.events("channel.created")) == 1
    assert [ana.posts().count(text) for text in ("said into silence", "out by +b", "out by +i", "out by +k")] == [1] * 4


def a_line_that_keeps_it_out_is_said_until_it_ends():
    seen = len(ana.look())
    root.send("KLINE reeve@* 6s :too much")
    within(10, lambda: re.search(r"^:reeve!\S+ QUIT", ana.look()[seen:], re.M), "its end")
    rig.command("incident", "note", "1", "kept out")
    within(15, lambda: re.search(r"cannot be written to: irc://\S+: the server [^\n]*too much", shown()), "the sentence")
    ana.wait("kept out", 60)
    within(15, lambda: "cannot be written to" not in shown(), "the channel")
    assert ana.posts().count("kept out") == 1 and rig.core.poll() is None


tests = [a_password_that_is_wrong_is_one_sentence_and_people_are_told_by_their_ways, it_is_logged_in_by_sasl,
         a_channel_is_ours_by_its_topic_however_much_of_it_the_server_cuts,
         services_that_are_away_or_hang_are_gone_without_and_are_found_again,
         a_channel_where_it_may_not_speak_or_come_in_is_written_to_once_it_may,
         a_line_that_keeps_it_out_is_said_until_it_ends]
if accounts_rig.missing():
    lib.run_tests([], skip=f"{accounts_rig.missing()} is not installed")
with accounts_rig.Server(modules='<module name="sajoin"> <module name="samode">') as server:
    server.register("reeve", PASSWORD)
    root = irc_rig.Person(server, "root")
    root.send("OPER root wheel")
    root.wait(" 381 ")
    with Company(CONFIGURATION.replace("IRC_PORT", str(server.port))) as rig:
        lib.run_tests(tests)
