#!/usr/bin/env python3
"""measure.py REEVE SHARED [--wrong KIND] - the reader against labels made by hand, kind by kind.

Promises: precision and recall with 95 % Wilson intervals for each kind and for any rule, and how many typed values of the
labelled rules were read as they are; --wrong lists the rows that differ. Refuses to score a document whose bytes are not the
labelled ones. A label on a line counts against the objects whose first to last line holds it."""
import argparse
import hashlib
import json
import math
import pathlib
import re
import subprocess
import sys

RULES = ("severity", "response", "alert", "objective", "schedule")
KINDS = RULES + ("step", "check", "contact", "command", "note", "literal", "practice", "guidance", "structure", "unclear")


def wilson(good, total):
    if not total:
        return (0.0, 1.0)
    z = 1.96
    share = good / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return ((middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total))


def labels(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    rows = [line.split("\t") for line in lines[2:] if line]
    return lines[0].split(": ", 1)[1], lines[1].split(": ", 1)[1], [
        {"line": int(a), "end": int(b), "kind": kind, "meaning": meaning, "doubt": doubt} for a, b, kind, meaning, doubt in rows]


def read(reeve, path):
    run = subprocess.run([reeve, "check", "--json", str(path)], capture_output=True, check=False)
    if run.returncode > 1:
        sys.exit(f"{path.name}: {run.stderr.decode().strip()}")
    return [o for o in map(json.loads, run.stdout.decode().splitlines()) if "line" in o]


def numbers(value):
    """Every number of a meaning, however deep."""
    if isinstance(value, dict):
        return [n for k, v in value.items() if k not in ("number", "rank") for n in numbers(v)]
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, (int, float)):
        return [float(value)]
    return []


def slots_right(row, objects):
    """Do the numbers of the label stand in the meaning of one of the objects of its kind?"""
    wanted = []
    for part in filter(None, (p.strip() for p in row["meaning"].split(";"))):
        key, _, value = part.partition("=")
        if key in ("within", "every", "after", "at", "for", "window", "value", "notice", "retain", "from") and re.fullmatch(
                r"-?[0-9.]+", value):
            wanted.append((key, float(value)))
    unit = re.search(r"unit=(\S+?)(;|$)", row["meaning"])
    for made in objects:
        if made["kind"] != row["kind"] or not made["meaning"]:
            continue
        have = numbers(made["meaning"])
        def there(key, value):
            if key == "value" and unit and unit.group(1) == "%":
                value /= 100
            return any(abs(n - value) <= 1e-9 * max(1.0, abs(value)) for n in have)
        if all(there(k, v) for k, v in wanted):
            return True
    return not wanted and any(o["kind"] == row["kind"] for o in objects)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reeve")
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--wrong", default="")
    args = parser.parse_args()
    here = pathlib.Path(__file__).parent / "labels"
    found = {k: [0, 0, 0] for k in (*KINDS, "any rule")}  # hits by label, labels, objects; precision kept apart
    right = {k: [0, 0] for k in (*KINDS, "any rule")}
    slots = {k: [0, 0] for k in RULES}
    for path in sorted(here.glob("*.tsv")):
        name, digest, rows = labels(path)
        document = args.shared / "corpus" / name
        source = document.read_bytes()
        if hashlib.sha256(source).hexdigest() != digest:
            sys.exit(f"{name} is not the document that was labelled.")
        text = source.decode("utf-8", "replace").split("\n")
        objects = read(args.reeve, document)
        for row in rows:
            at = [o for o in objects if o["line"] <= row["line"] <= o["end_line"]]
            kinds = {o["kind"] for o in at}
            for name_of, hit in ((row["kind"], row["kind"] in kinds), ("any rule", bool(kinds & set(RULES)))):
                if name_of == "any rule" and row["kind"] not in RULES:
                    continue
                found[name_of][1] += 1
                found[name_of][0] += hit
            if row["kind"] in RULES and row["kind"] in kinds:
                slots[row["kind"]][1] += 1
                fine = slots_right(row, at)
                slots[row["kind"]][0] += fine
                if not fine and args.wrong in ("slots", row["kind"]):
                    print(f"SLOT {path.stem}:{row['line']} wanted {row['meaning']} read {[o['meaning'] for o in at]} | {text[row['line']-1].strip()[:150]}")
            if args.wrong in (row["kind"], "rules" if row["kind"] in RULES else "-") and row["kind"] not in kinds:
                print(f"MISS {path.stem}:{row['line']} {row['kind']} ({row['meaning']}) [{row['doubt']}] read as {sorted(kinds)} | {text[row['line']-1].strip()[:150]}")
        for made in objects:
            over = [r for r in rows if r["line"] <= made["end_line"] and made["line"] <= r["end"]]
            kinds = {r["kind"] for r in over}
            right[made["kind"]][1] += 1
            right[made["kind"]][0] += made["kind"] in kinds
            if made["kind"] in RULES:
                right["any rule"][1] += 1
                right["any rule"][0] += bool(kinds & set(RULES))
            if args.wrong in (made["kind"], "rules" if made["kind"] in RULES else "-") and made["kind"] not in kinds:
                print(f"FALSE {path.stem}:{made['line']} {made['kind']} labelled {sorted(kinds)} {[r['doubt'] for r in over]} | {made['text'][:150]}")
    print(f"{'kind':10} {'labels':>6} {'precision':>24} {'recall':>24}  values right")
    for kind in (*KINDS, "any rule"):
        hits, total, _ = found[kind]
        good, made = right[kind]
        p, r = wilson(good, made), wilson(hits, total)
        value = f"{slots[kind][0]} of {slots[kind][1]}" if kind in slots and slots[kind][1] else ""
        print(f"{kind:10} {total:6} {good / made if made else 0:9.3f} [{p[0]:.2f} to {p[1]:.2f}] {hits / total if total else 0:9.3f} [{r[0]:.2f} to {r[1]:.2f}]  {value}")


if __name__ == "__main__":
    main()
