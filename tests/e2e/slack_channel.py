# slack_channel.py - incident channels in Slack: a real `reeve-work chat` takes orders as the core writes them, against
# the stand-in of tests/vendors; what it asks is held against Slack's API description. Then the whole way, with a real
# `reeve serve` that makes channels and hears what people write there.
# Usage: slack_channel.py BUILD_FOLDER
import json
import os
import sys
import time

sys.dont_write_bytecode = True
import chat_process  # noqa: E402
import lib  # noqa: E402
from engine import Company  # noqa: E402
from lib import within  # noqa: E402

sys.path.insert(0, os.path.join(lib.SOURCE, "tests", "vendors"))
import paging  # noqa: E402
import slack as slack_vendor  # noqa: E402

BOT, ANA, BEN = "xoxb-bot-0123456789", "U024BE7LH", "U0BEN0000"
SIGNING, HOST = "8f742231b10e8888abcd99yyyzzz85a5", "reeve.example"
RUNBOOK = "# Ours\n\n### Severity Levels\n- **P1 (High)**: Bad\n  - Response time: 15 minutes\n"
SETTINGS = """public_url: https://reeve.example
providers: [{{ name: bot, kind: slack, url: "{url}", token: env:BOT, replies: yes, signing_secret: env:SIGNING }}]
people: {{ ana: {{ slack: U024BE7LH }}, ben: {{ slack: U0BEN0000 }} }}
on_call: {{ primary: ana }}
channels: {{ kind: slack, provider: bot, from: P1 }}
"""
MARK = "[incident 7 of 2026-11-30T22:00:00Z]"
build = sys.argv[1]


class Transport(chat_process.ChatProcess):
    def __init__(self, vendor, **setup):
        self.vendor = vendor
        super().__init__(build, {"kind": "slack", "url": vendor.url, "token": BOT, **setup}, secret=BOT)

    def ready(self):
        said = self.hears()
        assert said == {"heard": "ready", "name_bytes": 80}, said
        return self

    def creates(self, name="incident-7-till", mark=MARK):
        return self.does("create", name=name, mark=mark, topic="P1 open: the till & <more>")


def slack(**more):
    return slack_vendor.Slack(BOT, {ANA, BEN}, **more)


def a_channel_is_made_filled_and_left():
    vendor = slack()
    with Transport(vendor, invite=[ANA, BEN], archive=True).ready() as transport:
        said = transport.creates()
        assert said == {"heard": "created", "incident": 7, "name": "incident-7-till", "channel": "C00000001"}, said
        channel = vendor.channels["C00000001"]
        assert channel["members"] == {vendor.BOT, ANA, BEN} and channel["purpose"] == MARK, channel
        assert channel["topic"] == "P1 open: the till &amp; &lt;more&gt;", channel
        said = transport.does("facts", channel="C00000001", topic="P1 open", lines=["Commander: nobody.", "a < b"])
        assert said == {"heard": "set", "incident": 7, "topic": "P1 open"}, said
        pinned = channel["pins"][0]
        assert channel["messages"][pinned]["text"] == "Commander: nobody.\na &lt; b", channel
        said = transport.does("facts", channel="C00000001", topic="P1 acknowledged", lines=["Commander: ana."])
        assert said["heard"] == "set" and channel["pins"] == [pinned], (said, channel)
        assert channel["messages"][pinned]["text"] == "Commander: ana." and len(channel["messages"]) == 1, channel
        said = transport.does("post", channel="C00000001", through=120, lines=["22:01 UTC  opened", "22:02 UTC  a & b"])
        assert said == {"heard": "posted", "incident": 7, "through": 120}, said
        assert list(channel["messages"].values())[-1]["text"] == "22:01 UTC  opened\n22:02 UTC  a &amp; b", channel
        transport.write({"order": "say", "incident": 7, "channel": "C00000001", "text": "<@U024BE7LH>"})
        said = transport.does("post", channel="C00000001", through=121, lines=["22:03 UTC  noted"])
        assert said["through"] == 121 and list(channel["messages"].values())[-2]["text"] == "&lt;@U024BE7LH&gt;", said
        said = transport.does("post", channel="C00000001", through=122, lines=["it goes on in #x"], to="C00000002")
        assert said["through"] == 122 and list(channel["messages"].values())[-1]["text"] == \
            "it goes on in #x\n<#C00000002>", channel  # which Slack makes a link of
        transport.write({"order": "leave", "incident": 7, "channel": "C00000001"})
    assert channel["archived"], channel
    methods = [path.removeprefix("/api/").split("?")[0] for _, path, _ in vendor.asked]
    assert methods == ["auth.test", "conversations.create", "conversations.setPurpose", "conversations.setTopic",
                       "conversations.invite", "conversations.invite", "conversations.setTopic", "chat.postMessage",
                       "pins.add", "conversations.setTopic", "chat.update", "chat.postMessage", "chat.postMessage",
                       "chat.postMessage", "chat.postMessage", "conversations.archive"], methods


def a_name_that_is_taken_is_told_and_ours_is_taken_up_again():
    vendor = slack()
    with Transport(vendor).ready() as transport:
        for index in range(450):  # the list has pages
            vendor.create({"name": f"team-{index}"})
        others = vendor.create({"name": "incident-7-till"})["channel"]["id"]
        vendor.channels[others].update(purpose="Ours since 2019", creator="U0SOMEONE")
        said = transport.creates()
        assert (said["heard"], said["name"]) == ("taken", "incident-7-till") and "archived" in said["reason"], said
        vendor.channels[others]["purpose"] = ""  # somebody else's, without words
        assert transport.creates()["heard"] == "taken"
        vendor.channels[others].update(archived=True, purpose=MARK)
        assert transport.creates()["heard"] == "taken"
        vendor.channels[others].update(archived=False)
        said = transport.creates()
        assert (said["heard"], said["channel"]) == ("created", others), said
        # Reeve ended before it wrote the purpose.
        vendor.channels[others].update(purpose="", creator=vendor.BOT)
        said = transport.creates()
        assert (said["heard"], said["channel"]) == ("created", others), said
        assert vendor.channels[others]["purpose"] == MARK


def what_slack_refuses_is_one_sentence_and_asked_again_later():
    vendor = slack()
    with Transport(vendor).ready() as transport:
        vendor.behave((429, {"Retry-After": "7"}))
        assert transport.creates() == {"heard": "refused", "incident": 7, "wait_ms": 7000,
                                       "reason": "Slack answers conversations.create with 429."}
        vendor.behave(503)
        assert transport.creates()["wait_ms"] == 30000
        vendor.behave("cut")
        said = transport.creates()
        assert said["wait_ms"] == 10000 and said["reason"].startswith("Slack is not reached: "), said
        vendor.behave("ok")  # it was made, and nobody heard it
        assert transport.creates()["heard"] == "created" and len(vendor.channels) == 1
        vendor.behave((429, {"Retry-After": "60"}), only="chat.postMessage")
        said = transport.does("post", channel="C00000001", through=9, lines=["x"])
        assert (said["heard"], said["wait_ms"]) == ("refused", 60000), said
        vendor.behave((429, {"Retry-After": "1"}), "ok", only="chat.postMessage")
        assert transport.does("post", channel="C00000001", through=9, lines=["x"])["heard"] == "posted"
        vendor.behave("ok")
        vendor.channels["C00000001"]["members"].clear()
        said = transport.does("post", channel="C00000001", through=10, lines=["y"])
        assert said["reason"] == "The bot is no longer in the channel; invite it there with /invite.", said
        assert said["wait_ms"] == 300000, said
        said = transport.does("post", channel="C77777777", through=10, lines=["y"])
        assert said["reason"] == "The channel is not there, or the bot may not see it.", said


def what_the_bot_may_not_do_is_said_once_and_the_timeline_goes_on():
    vendor = slack()
    vendor.scopes = {"auth.test", "conversations.create", "conversations.setPurpose", "chat.postMessage"}
    with Transport(vendor, invite=[ANA, "U0GONE"]).ready() as transport:
        assert transport.creates()["heard"] == "created"
        assert transport.does("facts", channel="C00000001", topic="t", lines=["f"])["heard"] == "set"
        assert transport.does("post", channel="C00000001", through=1, lines=["one"])["heard"] == "posted"
    texts = [message["text"] for message in vendor.channels["C00000001"]["messages"].values()]
    assert len(texts) == 3 and texts[1:] == ["f", "one"], texts
    assert texts[0].startswith("Reeve cannot do everything here: The token may not call conversations.setTopic: add "
                               "the scope "), texts
    vendor = slack()
    with Transport(vendor, invite=["U0GONE", ANA]).ready() as transport:
        assert transport.creates()["heard"] == "created"
    (message,) = vendor.channels["C00000001"]["messages"].values()
    assert "U0GONE was not invited. The workspace has no such member" in message["text"], message
    assert ANA in vendor.channels["C00000001"]["members"]


def messages_are_a_second_apart_and_within_what_slack_takes():
    vendor = slack()
    with Transport(vendor).ready() as transport:
        transport.creates()
        began = time.monotonic()
        lines = [f"{number} " + "<&>" * 100 for number in range(6)]  # 9 kB when escaped
        assert transport.does("post", channel="C00000001", through=6, lines=lines)["heard"] == "posted"
        messages = [message["text"] for message in vendor.channels["C00000001"]["messages"].values()]
        assert all(len(text.encode()) <= 3800 for text in messages) and len(messages) == 3, list(map(len, messages))
        assert "\n".join(messages) == "\n".join(line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                                                for line in lines)
        assert time.monotonic() - began >= 2, "three messages in less than two seconds"


def a_token_that_is_not_taken_is_told():
    vendor = slack()
    vendor.token = "another"
    with Transport(vendor) as transport:
        assert transport.hears() == {
            "heard": "lost", "reason": "Slack does not know the token; give the bot's token, xoxb-…."}
        said = transport.creates()
        assert (said["heard"], said["wait_ms"]) == ("refused", 10000), said
    with Transport(slack(), url=paging.closed_port()) as transport:
        said = transport.hears()
        assert said["heard"] == "lost" and said["reason"].startswith("Slack is not reached: "), said


def lines_that_are_no_orders_do_not_end_it():
    with Transport(slack()).ready() as transport:
        for line in ("{", "[]", "{}", '{"order":"dance"}', '"x"'):
            transport.process.stdin.write(line.encode() + b"\n")
        assert transport.creates()["heard"] == "created"


def what_is_asked_is_as_slacks_description_has_it():
    description, jsonschema = lib.description_of("slack.json")
    vendor, asked, take = slack(), [], slack_vendor.Slack.take
    vendor.take = lambda handler, body: (asked.append((handler.path.split("?")[0], body)), take(vendor, handler, body))[1]
    with Transport(vendor, invite=[ANA], archive=True).ready() as transport:
        transport.creates()
        for lines in (["f"], ["g"]):
            transport.does("facts", channel="C00000001", topic="t", lines=lines)
        transport.does("post", channel="C00000001", through=1, lines=["one"])
        transport.write({"order": "leave", "incident": 7, "channel": "C00000001"})
    checked = set()
    for path, body in asked:
        call = description["paths"][path].get("post")
        if not call:
            continue
        schema = call["requestBody"]["content"]["application/json"]["schema"]
        jsonschema.validate(json.loads(body), {**schema, "components": description["components"]})
        assert set(json.loads(body)) <= set(schema["properties"]), (path, body)
        checked.add(path.removeprefix("/api/"))
    assert checked == {"conversations.create", "conversations.setPurpose", "conversations.setTopic", "pins.add",
                       "conversations.invite", "chat.postMessage", "chat.update", "conversations.archive"}, checked


# --- the daemon ---

class Story:
    """One incident, its channel, and what people write in it."""

    def __init__(self):
        os.environ.update(BOT=BOT, SIGNING=SIGNING)
        self.vendor = slack(signing_secret=SIGNING)
        self.company = Company(build, RUNBOOK, SETTINGS.format(url=self.vendor.url))
        self.events = 0

    def channel(self, number):
        return within(30, lambda: next((one for one in self.vendor.channels.values()
                                        if f"[incident {number} of " in one["purpose"]), None), "the channel")

    def texts(self, number):
        return "\n".join(message["text"] for message in self.channel(number)["messages"].values())

    def shows(self, number, words):
        within(30, lambda: words in self.texts(number), f"{words} in the channel")

    def writes(self, user, text, number=1, id=None, **more):
        self.events += 1
        event = {"type": "event_callback", "event_id": id or f"Ev{self.events:08d}", "team_id": "T0000001",
                 "event": {"type": "message", "channel": self.channel(number)["id"], "user": user, "text": text,
                           "ts": f"1700000000.{self.events:06d}", **more}}
        return self.vendor.event(self.company.page + "/reply/bot", event, host=HOST)[:2]

    def facts(self, kind):
        lines = self.company.run("ledger", "show", "--last", "100000", "--json").splitlines()
        return [leaf for leaf in map(json.loads, lines) if leaf["kind"] == kind]

    def state(self, number=1):
        return json.loads(self.company.run("incident", "show", str(number), "--json"))["state"]


def an_incident_gets_its_channel_and_its_timeline_goes_both_ways():
    story.company.run("incident", "declare", "Checkout <is> down", "--severity", "P1")
    channel = story.channel(1)
    within(30, lambda: channel["pins"], "the pinned facts")
    assert channel["members"] == {story.vendor.BOT, ANA, BEN} and "P1 open: Checkout &lt;is&gt; down" in \
        channel["topic"], channel
    assert f"https://{HOST}/incidents/1" in channel["messages"][channel["pins"][0]]["text"], channel
    assert story.writes(ANA, "ack") == (200, "")
    assert story.state() == "acknowledged"
    fact = story.facts("incident.acknowledged")[0]
    assert fact["actor"] == "person:ana", fact
    within(30, lambda: "acknowledged" in channel["topic"], "the topic")
    assert len(channel["pins"]) == 1
    assert story.writes(BEN, "It is the &lt;cache&gt; &amp; nothing else") == (200, "")
    shown = story.company.run("ledger", "show", "--last", "1000")
    assert "Ben noted on incident 1: It is the <cache> & nothing else" in shown, shown
    assert [fact["actor"] for fact in story.facts("incident.noted")] == ["person:ben"]
    story.company.run("incident", "note", "1", "restarted the cache")
    story.shows(1, "restarted the cache")
    assert "nothing else" not in story.texts(1), "a note from the channel is not posted back"


def what_comes_twice_or_from_nobody_is_not_taken():
    before = len(story.facts("incident.noted"))
    for _ in range(3):
        assert story.writes(ANA, "once", id="EvTHESAME") == (200, "")
    assert len(story.facts("incident.noted")) == before + 1
    for more in ({"bot_id": "B01"}, {"subtype": "message_changed"}, {"channel": "C99999999"}):
        assert story.writes(ANA, "not this", **more) == (200, "")
    assert story.writes("U0STRANGE", "resolve") == (200, "")
    assert len(story.facts("incident.noted")) == before + 1 and story.state() == "acknowledged"
    story.shows(1, "U0STRANGE, I know nobody of that name")
    assert story.vendor.event(story.company.page + "/reply/bot", {"type": "event_callback"}, secret="x" * 32,
                              host=HOST)[0] == 403


def a_channel_that_was_made_before_a_crash_is_taken_up_again():
    story.vendor.behave("cut", only="conversations.setPurpose")
    story.company.run("incident", "declare", "The till is slow", "--severity", "P1")
    within(30, lambda: len(story.vendor.channels) == 2, "the second channel")
    story.company.process.kill()
    story.company.process.wait(20)
    story.company.log.close()
    story.vendor.behave("ok")
    story.company.start()
    within(40, lambda: story.channel(2)["pins"], "its facts")
    assert len(story.vendor.channels) == 2, story.vendor.channels
    story.company.run("incident", "note", "1", "after the crash")
    story.shows(1, "after the crash")
    assert story.texts(1).count("restarted the cache") == 1, story.texts(1)


def what_is_merged_says_where_the_talk_goes_on():
    story.company.run("incident", "declare", "Nobody can pay", "--severity", "P1")
    other = story.channel(3)
    within(30, lambda: other["pins"], "its facts")
    story.company.run("incident", "merge", "2", "3", "one cause")
    story.shows(2, f"The talk of incident 2 goes on in #{other['name']}, that of incident 3.\n<#{other['id']}>")
    pointer = f"Incident 2 was merged into incident 3; the talk goes on in #{other['name']}."
    within(30, lambda: story.channel(2)["topic"] == pointer, "the topic")
    within(30, lambda: pointer in [story.channel(2)["messages"][pin]["text"] for pin in story.channel(2)["pins"]], "pinned")
    assert story.writes(ANA, "ack", 2) == (200, "")
    assert story.state(3) == "acknowledged"
    story.shows(2, f"ana: That was done there. {pointer}")
    count = story.texts(2).count("That was done there")
    for _ in range(2):  # as Slack repeats what it takes for lost
        assert story.writes(BEN, "the cache is cold", 2, id="EvAGAIN") == (200, "")
    story.shows(3, "Ben noted on incident 3: the cache is cold")
    story.shows(2, f"ben: What you write here is noted there. {pointer}")
    assert (story.texts(2).count("That was done there"), story.texts(2).count("is noted there")) == (count, 1)
    assert len([one for one in story.facts("incident.noted") if one["actor"] == "person:ben"]) == 2


def the_story_ends_well():
    for name in os.listdir(story.company.folder):
        path = f"{story.company.folder}/{name}"
        if os.path.isfile(path):
            with open(path, "rb") as file:
                data = file.read()
            assert BOT.encode() not in data and SIGNING.encode() not in data, name
    assert not lib.complaints(story.company.folder)
    assert story.company.stop() == 0


story = Story()
try:
    lib.run_tests([a_channel_is_made_filled_and_left, a_name_that_is_taken_is_told_and_ours_is_taken_up_again,
                   what_slack_refuses_is_one_sentence_and_asked_again_later,
                   what_the_bot_may_not_do_is_said_once_and_the_timeline_goes_on,
                   messages_are_a_second_apart_and_within_what_slack_takes, a_token_that_is_not_taken_is_told,
                   lines_that_are_no_orders_do_not_end_it, what_is_asked_is_as_slacks_description_has_it,
                   an_incident_gets_its_channel_and_its_timeline_goes_both_ways,
                   what_comes_twice_or_from_nobody_is_not_taken,
                   a_channel_that_was_made_before_a_crash_is_taken_up_again,
                   what_is_merged_says_where_the_talk_goes_on, the_story_ends_well])
finally:
    if story.company.process.poll() is None:
        story.company.stop()
