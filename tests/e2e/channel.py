# channel.py - the channel of an incident on a real IRC server (ngircd): made with its topic, the timeline in it, a
# person's commands and words, a stranger, a server that is killed and comes back, a core that is killed, the end; names
# that are taken; a server that lets nobody in. Usage: channel.py BUILD_FOLDER
import os
import re
import signal
import sys
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import irc_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = os.path.abspath(sys.argv[1])
bad_rig.build = build
bad_rig.RUNBOOK = bad_rig.RUNBOOK.replace("### ", "## ").replace(
    "2. [ ] Mend", "2. [ ] Create incident channel (#incident-YYYY-MM-DD-description)\n3. [ ] Mend")
CONFIGURATION = """people:
  ana: { email: ana@acme.example, roles: [responder], irc: ana }
  ben: { email: ben@acme.example, roles: [responder], irc: "ben!*@127.0.0.*" }
on_call: { primary: ana, secondary: ben }
smtp: { url: "smtp://127.0.0.1:SMTP", from: reeve@acme.example }
channels: { kind: irc, server: "irc://127.0.0.1:IRC_PORT", password: "file:irc.password" }
"""
rig = server = ana = None
DAY = time.strftime("%Y-%m-%d", time.gmtime())
CHANNEL = f"#incident-{DAY}-checkout-is-down"


def shown(number=1):
    return rig.command("incident", "show", str(number)).stdout


def facts(kind):
    return rig.events(kind)


def an_incident_gets_a_channel_with_a_topic_and_its_box_is_ticked():
    status, said = rig.declare("Checkout is down")
    assert status == 200, said
    within(20, lambda: facts("channel.posted"), "the channel")
    ticked = facts("incident.ticked-by-action")
    assert len(ticked) == 1 and ticked[0]["data"]["item"] == 2, ticked
    assert ticked[0]["data"]["because"] == "its channel is created", ticked
    assert facts("incident.ticked") == []
    status, text = rig.ask("/incidents/1")
    assert status == 200 and f"Channel: {CHANNEL} (irc)" in text, text
    assert f"{CHANNEL} (irc)" in shown(), shown()


def who_joins_sees_what_is_known():
    global ana
    ana = irc_rig.Person(server, "ana")
    text = ana.join(CHANNEL)
    topic = re.search(rf" 332 ana {CHANNEL} :(.*)\r", text)
    assert topic, text
    assert topic[1].startswith("P1 open: Checkout is down | commander: nobody yet | to be answered by "), topic[1]
    assert f"{rig.url}/incidents/1 [incident 1 of " in topic[1], topic[1]


def an_ack_in_the_channel_is_an_acknowledgement():
    ana.say("ack")
    within(15, lambda: "acknowledged" in shown(), "the acknowledgement")
    fact = facts("incident.acknowledged")
    assert fact[0]["actor"] == "person:ana" and fact[0]["data"]["via"] == "channel", fact
    ana.wait("Ana acknowledged incident 1 by channel.")
    ana.wait("TOPIC")
    ana.wait("P1 acknowledged: Checkout is down | commander: ana")


def words_are_notes_with_their_author_and_are_not_said_again():
    ana.say("reeve: rolled back to 5f3c \x02now\x02")
    ana.say("note the pool is \u010dist")
    within(15, lambda: len(facts("incident.noted")) == 2, "the notes")
    assert [one["actor"] for one in facts("incident.noted")] == ["person:ana"] * 2
    status, text = rig.ask("/incidents/1")
    assert "Ana noted on incident 1: rolled back to 5f3c now" in text and "the pool is \u010dist" in text, text
    rig.command("incident", "note", "1", "said at the terminal")
    ana.wait("said at the terminal")
    assert "rolled back" not in ana.posts() and "the pool is" not in ana.posts(), ana.posts()


def somebody_is_paged_and_what_is_wrong_is_answered_in_a_sentence():
    ana.say("page ben")
    within(15, lambda: [mail for mail in rig.mails() if "ben@acme.example" in str(mail)], "the mail")
    ana.wait("Ana calls ben to incident 1.")
    ana.say("page zoe")
    ana.wait('ana: There is no person "zoe" under people: in reeve.yaml.')
    ana.say("help")
    ana.wait("ana: Write ack, note WORDS, page NAME or resolve WORDS")


def a_stranger_is_refused_once_and_does_nothing():
    before = len(rig.events())
    mallory = irc_rig.Person(server, "mallory")
    mallory.join(CHANNEL)
    for words in ("resolve", "ack", "note I was here", "hello"):
        mallory.say(words)
    mallory.wait("mallory, I know nobody of that name under people: in reeve.yaml, and take nothing from you.")
    ana.say("after mallory")
    within(15, lambda: "after mallory" in str(rig.ask("/incidents/1")), "Ana's note")
    assert mallory.posts().count("I know nobody") == 1, mallory.posts()
    new = [one["kind"] for one in rig.events()[before:]]
    assert "request.refused" in new and "incident.resolved" not in new, new
    assert "I was here" not in str(rig.ask("/incidents/1")) and "acknowledged" in shown()
    mallory.socket.close()


def a_server_that_is_killed_and_comes_back_gets_what_it_missed_once():
    server.kill()
    within(15, lambda: "cannot be written to: " in shown(), "the trouble on the page")
    for number in range(3):
        rig.command("incident", "note", "1", f"while it was away {number}")
    server.start()
    global ana
    ana = irc_rig.Person(server, "ana")
    within(40, lambda: "cannot be written to" not in shown(), "the channel again")
    ana.join(CHANNEL)
    rig.command("incident", "note", "1", "it is back")
    ana.wait("it is back")
    within(15, lambda: len(facts("channel.posting")) == len(facts("channel.posted")), "each post is confirmed")
    posted = facts("channel.posted")
    assert [one["data"]["through"] for one in posted] == sorted({one["data"]["through"] for one in posted}), posted
    assert len(facts("channel.created")) == 1


def a_core_that_is_killed_loses_nothing_and_says_nothing_twice():
    ana.wait("it is back")
    rig.core.send_signal(signal.SIGKILL)
    rig.core.wait(20)
    rig.serve()
    rig.command("incident", "note", "1", "after the kill")
    ana.wait("after the kill", 40)
    assert ana.posts().count("it is back") == 1 and ana.posts().count("after the kill") == 1, ana.posts()
    assert len(facts("channel.created")) == 1, "the same channel"


def it_is_resolved_from_the_channel():
    within(30, lambda: re.search(r"^:reeve\S* JOIN", ana.look(), re.M) or "after the kill" in ana.posts(), "reeve")
    ana.say("resolve the pool was too small")
    within(15, lambda: facts("incident.resolved"), "the end")
    fact = facts("incident.resolved")[0]
    assert fact["actor"] == "person:ana", fact
    ana.wait("TOPIC " + CHANNEL + " :Incident 1 is over.")
    ana.say("one word more")
    ana.wait("ana: Incident 1 is already resolved")


def a_name_that_is_taken_gets_a_number():
    ana.send(f"JOIN #incident-{DAY}-shop-is-slow")
    ana.wait(f"{DAY}-shop-is-slow :")
    status, said = rig.declare("Shop is slow")
    assert status == 200, said
    within(20, lambda: f"#incident-{DAY}-shop-is-slow-2 (irc)" in shown(2), "the other name")
    taken = facts("channel.taken")
    assert len(taken) == 1 and "others in it" in taken[0]["data"]["reason"], taken
    status, said = rig.declare("A title much longer than any server of IRC takes for the name of a channel")
    within(20, lambda: re.search(r"#\S+ \(irc\)", shown(3)), "the long name")
    name = re.search(r"(#\S+) \(irc\)", shown(3))[1]
    assert len(name) <= 50, name


def what_is_merged_says_where_the_talk_goes_on_and_passes_on_what_is_written():
    names = [re.search(r"(#\S+) \(irc\)", shown(number))[1] for number in (2, 3)]
    for name in names:
        ana.join(name)
    ben = irc_rig.Person(server, "ben")
    ben.join(names[0])
    assert rig.command("incident", "merge", "2", "3", "one", "database").returncode == 0
    pointer = f"Incident 2 was merged into incident 3; the talk goes on in {names[1]}."
    ben.wait(f"The talk of incident 2 goes on in {names[1]}, that of incident 3.", 30)
    within(30, lambda: re.search(rf"^:reeve\S* INVITE ben :?{names[1]}\r", ben.look(), re.M), "an invitation")
    ben.wait(f"TOPIC {names[0]} :{pointer}", 30)
    ben.say("the disk is full")
    ben.wait(f"ben: What you write here is noted there. {pointer}")
    ana.wait("Ben noted on incident 3: the disk is full")
    ben.say("ack")
    ben.wait(f"ben: That was done there. {pointer}")
    assert "acknowledged by ben" in shown(3), shown(3)
    ben.say("and the logs, too")
    ben.say("resolve it is gone")
    ben.wait(f"ben: {pointer} Nothing was resolved; resolve incident 3 itself, if it is over.")
    assert ben.posts().count("What you write here") == 1 and ben.posts().count("The talk of incident 2") == 1
    assert "open" in shown(3) or "acknowledged" in shown(3), shown(3)
    late = irc_rig.Person(server, "late")
    late.join(names[0])
    within(15, lambda: late.notices() == pointer, "what is known")


def a_server_that_lets_nobody_in_is_one_sentence():
    server.kill()
    server.password = "another"
    server.start()
    status, said = rig.declare("Nobody gets in")
    assert status == 200, said
    within(40, lambda: "cannot be created: irc://127.0.0.1" in shown(4), "why there is none")
    assert re.search(r"cannot be created: irc://\S+: the server [^\n]*", shown(4)), shown(4)
    assert rig.command("ledger", "verify").returncode == 0


tests = [an_incident_gets_a_channel_with_a_topic_and_its_box_is_ticked, who_joins_sees_what_is_known,
         an_ack_in_the_channel_is_an_acknowledgement, words_are_notes_with_their_author_and_are_not_said_again,
         somebody_is_paged_and_what_is_wrong_is_answered_in_a_sentence, a_stranger_is_refused_once_and_does_nothing,
         a_server_that_is_killed_and_comes_back_gets_what_it_missed_once,
         a_core_that_is_killed_loses_nothing_and_says_nothing_twice, it_is_resolved_from_the_channel,
         a_name_that_is_taken_gets_a_number,
         what_is_merged_says_where_the_talk_goes_on_and_passes_on_what_is_written, a_server_that_lets_nobody_in_is_one_sentence]
if irc_rig.NGIRCD is None:
    lib.run_tests([], skip="ngircd is not installed")


class Company(bad_rig.Rig):
    def serve(self):
        self.write("irc.password", "letmein\n")
        super().serve()


with irc_rig.Server() as server, Company(CONFIGURATION.replace("IRC_PORT", str(server.port))) as rig:
    lib.run_tests(tests)
