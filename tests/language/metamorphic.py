#!/usr/bin/env python3
"""metamorphic.py REEVE FILE... - what a change to a line may change in its meaning, and what not.

Promises: in each understood rule of the files, another number, unit, comparator, zone, weekday or severity changes exactly the
slots that it stands for, and no other line; line ends, byte-order mark, hard blanks, wide letters, dashes and mis-encoded
pictures change nothing; sections in another order mean the same. A variant that is no longer understood (a span that ends before
it begins) is allowed to be unclear, never something else. Writes TAP."""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

RULES = ("severity", "response", "alert", "objective", "schedule")
number = bad = 0


def report(good, name, details=()):
    global number, bad
    number += 1
    bad += not good
    print(("ok" if good else "not ok") + f" {number} - {name}")
    for detail in details:
        print(f"#   {detail}")


def read(reeve, data):
    with tempfile.NamedTemporaryFile(suffix=".md") as file:
        file.write(data)
        file.flush()
        run = subprocess.run([reeve, "check", "--json", file.name], capture_output=True, check=False, cwd="/")
    if run.returncode > 1:
        return None
    return [o for o in map(json.loads, run.stdout.decode().splitlines()) if "line" in o]


def by_line(objects):
    lines = {}
    for o in objects:
        lines.setdefault(o["line"], []).append((o["kind"], o["meaning"]))
    return lines


def flat(value, path=""):
    if isinstance(value, dict):
        return {p: v for key, inner in value.items() for p, v in flat(inner, f"{path}.{key}").items()}
    return {path: value}


PROSE = {".definition", ".situation", ".what", ".metric", ".of", ".to", ".signal", ".action", ".excluding",
         ".before"}  # hold the words of the line


def variants(text):
    """(name, changed text, slots that may change) for each token of a line of a rule."""
    for found in re.finditer(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\d)", text):
        if re.match(r"[ap]m", text[found.end():].strip(), re.I) or re.search(r"[-–:]$", text[:found.start()]) or re.match(
                r"\s*[-–:]", text[found.end():]):
            continue  # a clock: a span of its own rules
        if re.search(r"(?i)(severity|priority|sev|level) $", text[:found.start()]) or re.match(r"\s*m\w* downtime", text[found.end():]):
            continue  # a severity's name; a length that follows from the target, within rounding
        old = found.group()
        new = str(float(old) + 1) if "." in old else str(int(old) + 1)
        yield f"{old} becomes {new}", text[:found.start()] + new + text[found.end():], {
            ".within", ".after", ".every", ".value", ".window", ".notice", ".retain", ".rrule", ".reminder", ".business_days",
            ".within.months", ".retain.months", ".notice.months", ".quantile", ".cron"}
    for a, b in (("minutes", "hours"), ("hours", "days"), ("hour", "day"), ("seconds", "minutes"), ("days", "weeks")):
        if re.search(rf"\b{a}\b", text):
            yield f"{a} become {b}", re.sub(rf"\b{a}\b", b, text, count=1), {
                ".within", ".after", ".every", ".value", ".window", ".notice", ".retain", ".rrule", ".reminder", ".business_days"}
    for a, b in (("> ", ">= "), ("> ", "< "), (">= ", "> ")):
        if a in text:
            yield f"{a.strip()} becomes {b.strip()}", text.replace(a, b, 1), {".comparator"}
    if re.search(r"\bUTC\b", text):
        yield "UTC becomes Europe/Dublin", re.sub(r"\bUTC\b", "Europe/Dublin", text, count=1), {".zone"}
    if "Sunday" in text:
        yield "Sunday becomes Tuesday", text.replace("Sunday", "Tuesday", 1), {".rrule"}
    for a, b in (("for", "over"), ("in", "over")):
        if re.search(rf"\b{a} \d", text):
            yield f"{a} becomes {b}", re.sub(rf"\b{a} (\d)", rf"{b} \1", text, count=1), {".mode"}


def check_variant(reeve, source, objects, line, variant):
    """None when right, else the sentence that says what is wrong."""
    name, changed, allowed = variant
    lines = source.split("\n")
    lines[line - 1] = changed
    after = read(reeve, "\n".join(lines).encode())
    if after is None:
        return f"{name}: not read at all"
    before, now = by_line(objects), by_line(after)
    for other in before:
        if other != line and before[other] != now.get(other):
            return f"{name}: line {other} means something else as well"
    differs = set()
    if [k for k, _ in now.get(line, [])] == ["unclear"]:
        return None
    if len(before[line]) != len(now.get(line, [])):
        return f"{name}: {len(now.get(line, []))} statements, {len(before[line])} before"
    for (kind, old), (kind_now, new) in zip(before[line], now[line]):
        if kind != kind_now:
            return f"{name}: {kind} became {kind_now}"
        old, new = flat(old), flat(new)
        differs |= {slot for slot in set(old) | set(new) if old.get(slot) != new.get(slot)}
    slots = differs - PROSE
    if not slots and not differs:
        return f"{name}: nothing changed"
    if slots - allowed:
        return f"{name}: {sorted(slots - allowed)} changed"
    if len(slots) > 1:
        return f"{name}: several slots changed: {sorted(slots)}"
    return None


def document_of_forms(path):
    """Every line of forms.tsv below its heading."""
    rows = [line.split("\t") for line in open(path, encoding="utf-8") if not line.startswith("#")]
    return ("# Shop\n\n" + "".join(f"## {heading}\n\n- {line}\n\n" for heading, line, _ in rows)).encode()


def check_file(reeve, path):
    data = document_of_forms(path) if path.endswith(".tsv") else open(path, "rb").read()
    source = data.decode()
    objects = read(reeve, data)
    text = source.split("\n")
    jobs = [(o["line"], v) for o in objects if o["kind"] in RULES and o["line"] == o["end_line"] and not text[o["line"] - 1].startswith("#")
            for v in variants(text[o["line"] - 1])]
    jobs = {(line, variant[1]): (line, variant) for line, variant in jobs}.values()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda job: (job[0], check_variant(reeve, source, objects, *job)), jobs))
    wrong = [f"line {line}: {answer}" for line, answer in answers if answer]
    name = os.path.basename(path)
    report(answers and not wrong, f"{name}: {len(answers)} changed tokens change their slot alone", wrong)
    plain = [(o["line"], o["kind"], o["meaning"]) for o in objects]
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in "0123456789")
    same = {
        "CRLF line ends": source.replace("\n", "\r\n"),
        "a byte-order mark": "\ufeff" + source,
        "hard blanks between a number and its unit": re.sub(r"(\d) (min|hour|second|day|sec)", "\\1\u00a0\\2", source),
        "narrow hard blanks": re.sub(r"(\d) (min|hour|second|day|sec)", "\\1\u202f\\2", source),
        "en dashes in ranges": re.sub(r"(\d)-(\d+ (?:AM|PM|min|hour))", "\\1–\\2", source),
        "mis-encoded pictures in headings": re.sub(r"^(#+) (?=[A-Za-z])", "\\1 üö® ", source, flags=re.M),
    }
    values = re.sub(r"(?m)^(\s*[-*] [^`\n]*?)(\d+)( ?(?:minutes|hours|seconds|days|%))",
                    lambda m: m.group(1) + m.group(2).translate(str.maketrans("0123456789", wide)) + m.group(3), source)
    same["wide digits"] = values
    for label, changed in same.items():
        after = read(reeve, changed.encode())
        now = [(o["line"], o["kind"], o["meaning"]) for o in after] if after else []
        if label in ("wide digits", "mis-encoded pictures in headings"):  # words kept as written hold other bytes
            strip = lambda rows: [(a, b, {k: v for k, v in flat(c).items() if k not in PROSE | {".area", ".title", ".command"}}) for a, b, c in rows]
            differing = [(x, y) for x, y in zip(strip(plain), strip(now)) if x != y]
            good = len(plain) == len(now) and not differing
        else:
            clean = lambda rows: json.dumps(rows, ensure_ascii=False).replace("\u00a0", " ").replace("\u202f", " ").replace("–", "-")
            differing = [(x, y) for x, y in zip(plain, now) if clean([x]) != clean([y])]
            good = len(plain) == len(now) and not differing
        report(good, f"{name}: {label} change nothing", [f"line {x[0]}: {x[1]} {x[2]} became {y[1]} {y[2]}"[:300] for x, y in differing[:5]])
    parts = re.split(r"(?m)^(?=## )", source)
    turned = parts[0] + "".join(part if part.endswith("\n") else part + "\n" for part in reversed(parts[1:]))
    after = read(reeve, turned.encode()) or []
    count = lambda rows: sorted(json.dumps([o["kind"], o["heading"], o["text"], o["meaning"], o["id"]]) for o in rows)
    report(count(objects) == count(after), f"{name}: {len(parts) - 1} sections in reverse order mean the same, by the same identities")


def main():
    reeve = os.path.abspath(sys.argv[1])
    for path in sys.argv[2:]:
        if os.path.exists(path):
            check_file(reeve, path)
        else:
            report(True, f"{os.path.basename(path)} # SKIP the company's shared runbooks are not here")
    print(f"1..{number}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
