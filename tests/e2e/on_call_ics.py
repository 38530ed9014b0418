# on_call_ics.py - who is on call by calendar files, on the real daemon: the example of docs/manual/on-call.md; a file that
# changes while it runs, turns bad, vanishes and is back; files that would never end; leave from a file; 100,000 events.
# Usage: on_call_ics.py BUILD_FOLDER
import json
import os
import re
import shutil
import sys
import time

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = os.path.abspath(sys.argv[1])
bad_rig.build = build
with open(os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "docs/manual/on-call.md"),
          encoding="utf-8") as file:
    MANUAL = file.read().split("## Calendar files")[1].split("\n## ")[0]
CONFIGURATION = re.search(r"```yaml\n(.*?)```", MANUAL, re.S)[1] + """  night: { ics: night.ics }
incidents: { repeat: 300 s }
smtp: { url: "smtp://127.0.0.1:SMTP", from: reeve@acme.example }
"""
CALENDAR = re.search(r"```ics\n(.*?)```", MANUAL, re.S)[1]
DAY = 86400


def stamp(seconds):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + seconds))


def event(uid, title, begin, end, more=""):
    return f"BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{title}\nDTSTART:{stamp(begin)}\nDTEND:{stamp(end)}\n{more}END:VEVENT\n"


def calendar(*events):
    return "BEGIN:VCALENDAR\nVERSION:2.0\n" + "".join(events) + "END:VCALENDAR\n"


class Rig(bad_rig.Rig):
    def prepare(self):
        shutil.copy(f"{build}/src/ical/reeve-ics", self.folder)
        self.write("oncall.ics", CALENDAR)
        self.write("holidays.ics", calendar())
        self.write("ben-away.ics", calendar())
        self.write("night.ics", calendar(event("1", "ana", -DAY, 60 * DAY)))
        super().prepare()

    def on(self, rota="primary"):
        found = json.loads(said("oncall", "--json"))["rotas"]
        return {one["rota"]: one for one in found}[rota]["people"]


rig = None


def said(*words, code=0):
    done = rig.command(*words)
    assert done.returncode == code, (words, done)
    return done.stdout


def status():
    return rig.command("status").stdout


def becomes(who, seconds=15):
    within(seconds, lambda: rig.on() == who, f"{who} on call, not {rig.on()}")


def pages():
    return sorted({one["data"]["person"] for one in rig.events("page.requested")})


def the_example_of_the_manual_names_who_is_on():
    who = rig.on()
    assert who in (["ana"], ["ben"]), who
    shifts = json.loads(said("oncall", "--for", "60 days", "--json"))["rotas"][0]["shifts"]
    names = [one["people"][0] for one in shifts]
    assert len(shifts) >= 8 and all(a != b for a, b in zip(names, names[1:])), shifts
    assert {one["from"][11:16] for one in shifts[1:]} <= {"07:00", "08:00"}, shifts  # 09:00 in Ljubljana
    assert "calendar" not in said("check").lower(), said("check")
    assert "oncall.ics" in said("oncall")


def a_changed_file_is_taken_and_open_incidents_page_the_new_one():
    rig.write("oncall.ics", calendar(event("1", "On call: Ana", -DAY, DAY)))
    becomes(["ana"])
    rig.declare("Checkout is down")
    within(20, lambda: pages() == ["ana"], "the page of ana")
    rig.write("oncall.ics", calendar(event("1", "On call", -DAY, DAY, "ATTENDEE:MAILTO:Ben@Acme.example\n")))
    within(20, lambda: pages() == ["ana", "ben"], "the page of ben")
    within(20, lambda: any("ben@acme.example" in json.dumps(mail) and "Checkout" in json.dumps(mail) for mail in rig.mails()), "his mail")
    assert rig.on() == ["ben"]


def bad_files_change_nothing_and_are_one_sentence():
    whole = calendar(event("1", "Cai", -DAY, DAY))
    bad = {whole[:60]: "The file is cut", whole.replace("Cai", "C\0i"): "A zero byte stands here",
           whole.replace("DTSTART:", "DTSTART;TZID=Nowhere/Else:").replace("Z\n", "\n"): "The time zone \"Nowhere/Else\" is neither known",
           whole.replace("END:VEVENT", "RRULE:FREQ=SECONDLY\nEND:VEVENT"): "names over 100000 turns",
           whole.replace("END:VEVENT", "RRULE:FREQ=SOMETIMES\nEND:VEVENT"): "no part of a rule that is understood",
           "<html>Please log in</html>": "This is no calendar"}
    for text, sentence in bad.items():
        rig.write("oncall.ics", text)
        within(30, lambda: sentence in status(), f"{sentence}, not {status()}")
        assert "so what it said before goes on to count" in status() and rig.on() == ["ben"], status()
        found = [line for line in status().splitlines() if "The calendar " in line]
        assert len(found) == 1, found
        checked = said("check", code=1)
        assert sentence in " ".join(checked.split()), checked
    text = rig.ask("/")[1]
    assert "This is no calendar" in text, text


def what_counted_goes_on_to_count_after_a_kill():
    rig.core.kill()
    rig.core.wait(20)
    rig.serve()
    assert rig.on() == ["ben"]
    assert "This is no calendar" in status(), status()


def a_file_that_vanishes_is_said_until_it_is_back():
    os.unlink(f"{rig.folder}/oncall.ics")
    within(20, lambda: "It cannot be opened: No such file or directory" in status(), status())
    assert rig.on() == ["ben"]
    os.mkfifo(f"{rig.folder}/oncall.ics")
    within(20, lambda: "It is no file." in status(), status())
    os.unlink(f"{rig.folder}/oncall.ics")
    rig.write("oncall.ics", calendar(event("1", "Cai", -DAY, DAY)))
    becomes(["cai"])
    assert "The calendar" not in status(), status()


def overrides_whatif_and_the_calendar_go_on_working():
    said("oncall", "override", "primary", "ana", "--for", "2h", "--reason", "cai is out")
    assert rig.on() == ["ana"]
    assert json.loads(said("oncall", "whatif", "--json"))["pages"][0]["people"] == ["ana"]
    number = json.loads(said("oncall", "--json"))["changes"][0]["number"]
    said("oncall", "undo", str(number))
    assert rig.on() == ["cai"]
    assert "SUMMARY:On call (primary): cai" in said("oncall", "ics", "cai")
    assert "cai" in rig.ask("/oncall")[1] and "oncall.ics" in rig.ask("/oncall")[1]


def an_event_that_names_nobody_is_never_silent():
    """The layer below has its time; without one it is a gap."""
    rig.write("oncall.ics", calendar(event("1", "Zed", -DAY, DAY), event("2", "ana", DAY, 2 * DAY)))
    within(20, lambda: "The event \"Zed\" names nobody of people:" in status(), status())
    found = json.loads(said("oncall", "--json"))["rotas"][0]
    assert found["people"] == ["cai"] and "the rest" in json.dumps(found), found
    assert "The event \"Zed\" names nobody" in " ".join(said("check").split())


def a_gap_that_a_changed_file_makes_is_told_before_it_begins():
    assert rig.events("oncall.gap") == []
    rig.write("night.ics", calendar(event("1", "ana", -DAY, 2 * DAY), event("2", "ben", 3 * DAY, 60 * DAY)))
    within(20, lambda: [one["data"]["rota"] for one in rig.events("oncall.gap")] == ["night"], "the gap")
    gap = json.loads(said("oncall", "--json"))["gaps"][0]
    assert gap["rota"] == "night", gap
    within(20, lambda: [one["data"]["gap"] for one in rig.events("page.requested") if one["data"]["gap"]] == [1], "its notice")
    rig.write("night.ics", calendar(event("1", "ana", -DAY, 60 * DAY)))
    within(20, lambda: len(rig.events("oncall.gap-closed")) == 1, "the end of the gap")


def leave_by_files_is_covered_by_the_next_of_the_calendar():
    rig.write("oncall.ics", calendar(event("1", "ana", -DAY, 2 * DAY), event("2", "ben", 2 * DAY, 4 * DAY)))
    becomes(["ana"])
    rig.write("holidays.ics", calendar(event("1", "Ana: holidays", -3600, 6 * 3600)))
    becomes(["ben"])
    rig.write("ben-away.ics", calendar(event("1", "away", -3600, 3 * 3600)))
    becomes(["cai"])  # nobody of the calendar is there: the layer below
    rig.write("holidays.ics", "BEGIN:VCALENDAR")
    within(20, lambda: "holidays.ics for leave cannot be taken" in status(), status())
    assert rig.on() == ["cai"]
    checked = " ".join(said("check", code=1).split())
    assert "so it names nobody here; a Reeve that read it before goes on with what it said then" in checked, checked
    rig.write("holidays.ics", calendar())
    rig.write("ben-away.ics", calendar())
    becomes(["ana"])


def used_kb(field):
    with open(f"/proc/{core_pid()}/status", encoding="utf-8") as file:
        return int(re.search(field + r":\s+(\d+) kB", file.read())[1])


def core_pid():
    return rig.core.pid


def a_hundred_thousand_events_are_read_in_bounded_time():
    before = used_kb("VmRSS")
    many = [event(str(i), ["ana", "ben"][i % 2], 600 * i - 300, 600 * i + 300) for i in range(100000)]
    begun = time.monotonic()
    rig.write("oncall.ics", calendar(*many))
    within(60, lambda: "100000 events, 100000 times" in rig.log(), "the reading")
    took = time.monotonic() - begun
    print(f"# 100,000 events were in force after {took:.1f} s; the core had {before} kB and has {used_kb('VmRSS')} kB, "
          f"{used_kb('VmHWM')} kB at most", flush=True)
    assert took < 30 and used_kb("VmHWM") < 600000 * (10 if bad_rig.instrumented() else 1), took
    said("oncall", "--for", "2 days")
    rig.write("oncall.ics", calendar(*many, *many[:5]).replace("UID:", "UID:x").replace("UID:x", "UID:y", 5))
    within(60, lambda: "names over 100000 turns" in status(), status())
    rig.write("oncall.ics", calendar(event("1", "cai", -DAY, DAY)))
    becomes(["cai"], 30)


tests = [the_example_of_the_manual_names_who_is_on, a_changed_file_is_taken_and_open_incidents_page_the_new_one,
         bad_files_change_nothing_and_are_one_sentence, what_counted_goes_on_to_count_after_a_kill,
         a_file_that_vanishes_is_said_until_it_is_back, overrides_whatif_and_the_calendar_go_on_working,
         an_event_that_names_nobody_is_never_silent, a_gap_that_a_changed_file_makes_is_told_before_it_begins,
         leave_by_files_is_covered_by_the_next_of_the_calendar,
         a_hundred_thousand_events_are_read_in_bounded_time]
with Rig(CONFIGURATION) as rig:
    lib.run_tests(tests)
