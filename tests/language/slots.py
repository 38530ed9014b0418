"""slots.py - are the values of a rule those of its label?

A label states its slots as "key=value; key=value" (a slash in act and to separates spellings that are as good). Both sides
are brought to one form and compared exactly: a number, recurrence, clock or zone that the label does not state is as wrong
as one it states otherwise. Level, party, mode and "of" are compared where the label states them; the names of metrics and
tasks are not."""
import re

RULES = ("severity", "response", "alert", "objective", "schedule")
DAY = 86400
MONTH = (("months", 1), 28 * DAY, 30 * DAY, 31 * DAY, 2629746, 2629800)
ACTS = {"ack": "acknowledge"}
TIMES = ("within", "after", "every", "reminder", "business_days")
LENGTHS = ("within", "retain", "notice", "before", "after", "business_days")


def words(value):
    return " ".join(re.findall(r"[\w#@&+-]+", str(value).lower()))


def stated(meaning):
    """The slots of a label's meaning."""
    return dict(part.split("=", 1) for part in meaning.split("; ") if part)


def length(value):
    """Seconds as a number; calendar months as they are."""
    if isinstance(value, dict):
        return next(iter(value.items()), None)
    return value if value is None else float(value)


def recurrence(rule):
    """(unit, count, days) of an RRULE, so that 7 days are a week and 12 months a year."""
    if not rule:
        return None
    part = dict(p.split("=", 1) for p in rule.split(";"))
    count = int(part.get("INTERVAL", 1))
    unit, each = {"YEARLY": ("month", 12), "MONTHLY": ("month", 1), "WEEKLY": ("day", 7),
                  "DAILY": ("day", 1), "HOURLY": ("second", 3600), "MINUTELY": ("second", 60),
                  "SECONDLY": ("second", 1)}[part["FREQ"]]
    place = part.get("BYSETPOS", "")
    days = sorted(place + day for day in part.get("BYDAY", "").split(",") if day)
    return unit, each * count, tuple(days)


def levels(value):
    """The levels of a label: all of an object's must be among them, and the first one there."""
    if not value or value == "all":
        return None
    if value.endswith("+"):
        name = value[:-1]
        return [name] + [name[:-1] + str(n) for n in range(int(name[-1]) - 1, -1, -1)]
    return value.split(",")


def wanted_threshold(slot):
    form = {"op": slot.get("op"), "window": length(slot["window"]) if slot.get(
        "window", "month") != "month" else slot.get("window"), "state": slot.get("state") == "yes"}
    value, unit = slot.get("value"), slot.get("unit", "")
    form["value"] = None if value is None else float(value) / (100 if unit[:1] == "%" else 1)
    form["unit"] = {"%": "ratio", "s": "seconds"}.get(unit.split(" ")[0] if unit else "")
    stat = re.fullmatch(r"p([0-9.]+)", slot.get("stat", ""))
    form["quantile"] = float(stat.group(1)) / 100 if stat else None
    for key in ("mode", "of", "to"):
        if key in slot:
            form[key] = slot[key]
    return form


def wanted_schedule(slot):
    form = {key: length(slot.get(key)) for key in LENGTHS}
    form.update(recur=recurrence(slot.get("recur")), zone=slot.get("zone"), cron=slot.get("cron"))
    clock = ":" in slot.get("from", "")
    form.update(start=slot.get("from") if clock else None, end=slot.get("to") if clock else None,
                first=None if clock else slot.get("from"), last=None if clock else slot.get("to"))
    return form


def wanted_response(slot):
    form = {key: length(slot.get(key)) for key in TIMES}
    day = re.fullmatch(r"([0-9]+)-business-days?", slot.get("relday", ""))
    if day:
        form["business_days"] = float(day.group(1))
    elif "relday" in slot:
        form["calendar"] = slot["relday"]
    if slot.get("at") == "0" or not any(key in slot for key in (*TIMES, "relday")):
        form["within"] = 0.0  # at once; a duty for which no time is said is one that begins at once
    form["act"] = slot["act"]
    if "to" in slot:
        form["to"] = slot["to"]
    return form


def wanted(kind, meaning):
    """What a label demands; a slot that is missing here is not compared."""
    slot = stated(meaning)
    if kind == "severity":
        form = {"word": slot["word"]} if "word" in slot else {}
    else:
        form = {"response": wanted_response, "schedule": wanted_schedule}.get(
            kind, wanted_threshold)(slot)
    if levels(slot.get("level")) or kind == "response":
        form["level"] = levels(slot.get("level"))
    return form


def read_schedule(meaning, form):
    form.update({key: length(meaning.get(key)) for key in LENGTHS})
    form["recur"] = recurrence(meaning.get("rrule"))
    form["first"], form["last"] = (meaning.get(key, "").lstrip("-") or None
                                   for key in ("from", "to"))
    hour = re.search(r"BYHOUR=(\d+);BYMINUTE=(\d+)", meaning.get("rrule", ""))
    if hour and "%02d:%02d" % tuple(map(int, hour.groups())) != meaning.get("start"):
        form["start"] = "two starts"
    date = re.search(r"BYMONTH=(\d+);BYMONTHDAY=(\d+)", meaning.get("rrule", ""))
    if date and "%02d-%02d" % tuple(map(int, date.groups())) != form["first"]:
        form["first"] = "two firsts"


def read(kind, meaning):
    """What a statement says, in the form of wanted()."""
    form = {key: meaning.get(key) for key in (
        "level", "word", "act", "to", "of", "value", "unit", "quantile", "mode", "calendar",
        "zone", "cron", "start", "end")}
    form.update(op=meaning.get("comparator"), window=length(meaning.get("window")),
                state=bool(meaning.get("state")))
    form["to"] = meaning.get("to") or meaning.get("action")
    if kind == "schedule":
        read_schedule(meaning, form)
    elif kind == "response":
        form.update({key: length(meaning.get(key)) for key in TIMES})
        if form["calendar"] == "business-days":
            form["calendar"] = None
        elif form["calendar"] == "next-business-day":
            form.update(calendar=None, business_days=1.0)
        if form["after"] == 0:
            form.update(after=None, within=0.0)
    return form


def same(key, want, have):
    if key == "level":
        return have in want if want else have in (None, "all")
    if want is None or have is None:
        return want is have
    if key == "to" and want.startswith("Pager "):
        want = want[6:]  # the labels tell the way with the party
    if key in ("act", "to"):
        return any(words(have) == words(ACTS.get(one, one)) for one in want.split("/"))
    if key in ("of", "word"):
        return words(want) == words(have)
    if want == "month":
        return have in MONTH
    if isinstance(want, float) and isinstance(have, (int, float)):
        return abs(want - have) <= 1e-9 * max(1.0, abs(want))
    return want == have


def differences(kind, label, meaning):
    """The slots in which a statement is not what its label says; empty when it is right."""
    want, have = wanted(kind, label), read(kind, meaning)
    return [key for key in want if not same(key, want[key], have.get(key))]


def slots_of(kind, label):
    """The slots that a label states, for counting."""
    return [key for key, value in wanted(kind, label).items() if value not in (None, False)]
