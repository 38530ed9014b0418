#!/usr/bin/env python3
"""measure.py REEVE SHARED [--wrong KIND|rules|values] - the reader against labels made by hand, kind by kind.

Promises two tables of precision and recall with 95 % Wilson intervals for each kind and for any rule. *Strict* knows one
answer a line. *Either reading* knows that two careful readers may differ: the doubt of such a label begins with "or KIND:"
(or several kinds), and the statement may then be of that kind as well; a rule so read is neither a miss nor false. All
other doubts are settled, so their column is empty.

A label counts against the statements whose first to last line holds it. Of several rules on one line each wants a statement
of its own; "any rule" lets that be a rule of another kind. The values (slots.py) are right when every slot that the label
states is read as stated and no number is added: the last column says of how many rules found, and of how many labelled.
--wrong lists what differs, and what the other reading excuses. Refuses to score a document whose bytes are not the labelled
ones, or a line of which has no label."""
import argparse
import collections
import hashlib
import json
import math
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import slots  # noqa: E402
from slots import RULES  # noqa: E402

KINDS = RULES + ("step", "check", "contact", "command", "note", "literal", "practice", "guidance",
                 "structure", "unclear")
DOUBT = re.compile(r"or (\w+)((?: or \w+)*): \S")
TEXT_SHOWN = 120


def wilson(good, total):
    if not total:
        return (0.0, 1.0)
    z = 1.96
    share = good / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return ((middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total))


def other_kinds(doubt, where):
    if not doubt:
        return set()
    match = DOUBT.match(doubt)
    kinds = {match.group(1), *match.group(2).replace(" or ", " ").split()} if match else {""}
    if not kinds <= set(KINDS):
        sys.exit(f"{where}: the doubt \"{doubt}\" must begin with \"or KIND: \" and a known kind.")
    return kinds


def labels(path):
    """The document's name, its digest, and a row for each label."""
    lines = path.read_text(encoding="utf-8").split("\n")
    rows = []
    for number, line in enumerate(lines[2:], 3):
        if line:
            first, last, kind, meaning, doubt = line.split("\t")
            rows.append({"line": int(first), "end": int(last), "kind": kind, "meaning": meaning,
                         "other": other_kinds(doubt, f"{path.name}:{number}") - {kind}})
    return lines[0].split(": ", 1)[1], lines[1].split(": ", 1)[1], rows


def read_with(reeve):
    def read(path):
        run = subprocess.run([reeve, "check", "--json", str(path)], capture_output=True,
                             check=False)
        if run.returncode > 1:
            sys.exit(f"{path.name}: {run.stderr.decode().strip()}")
        return [o for o in map(json.loads, run.stdout.decode().splitlines()) if "line" in o]
    return read


class Tally:
    """Hits of labels and of statements, by kind; "any rule" counts what is a rule of any kind."""

    def __init__(self):
        self.recall = {k: [0, 0] for k in (*KINDS, "any rule")}
        self.precision = {k: [0, 0] for k in (*KINDS, "any rule")}

    @staticmethod
    def add(table, kind, good, good_any):
        for name, hit in ((kind, good), ("any rule", good_any)):
            if name == kind or kind in RULES:
                table[name][0] += bool(hit)
                table[name][1] += 1


class Figures:
    def __init__(self):
        self.strict = Tally()
        self.either = Tally()
        self.values = {k: [0, 0, 0] for k in (*RULES, "any rule")}  # right, found, labels
        self.slots = collections.defaultdict(lambda: [0, 0])        # right, stated in rules found
        self.wrong = []                                             # (kind, what differs)


def rows_at(rows, made):
    return [r for r in rows if r["line"] <= made["end_line"] and made["line"] <= r["end"]]


def plural(row):
    """Does the label stand for a statement for each of several levels?"""
    return len(slots.levels(slots.stated(row["meaning"]).get("level")) or ()) > 1


def pair(rows, objects):
    """Each rule label with its statement of the same kind and line, the best fitting first."""
    fits = []
    for r, row in enumerate(rows):
        for o, made in enumerate(objects):
            if (row["kind"] in RULES and made["kind"] == row["kind"]
                    and made["line"] <= row["line"] <= made["end_line"]):
                wrong = slots.differences(row["kind"], row["meaning"], made["meaning"] or {})
                fits.append((len(wrong), r, o, wrong))
    of_row, used = {}, set()
    for _, r, o, wrong in sorted(fits, key=lambda fit: fit[:3]):
        if o not in used and (r not in of_row or plural(rows[r])):
            used.add(o)
            of_row.setdefault(r, []).extend(wrong)
    return of_row, used


def score_labels(figures, where, rows, objects, text):
    of_row, used = pair(rows, objects)
    spare = [o for i, o in enumerate(objects) if i not in used and o["kind"] in RULES]
    for index, row in enumerate(rows):
        kind = row["kind"]
        kinds = {o["kind"] for o in objects if o["line"] <= row["line"] <= o["end_line"]}
        hit = index in of_row if kind in RULES else kind in kinds
        excused = bool(row["other"] & kinds)
        any_rule = hit or any(o["line"] <= row["line"] <= o["end_line"] for o in spare)
        figures.strict.add(figures.strict.recall, kind, hit, any_rule)
        figures.either.add(figures.either.recall, kind, hit or excused, any_rule or excused)
        shown = f"{where}:{row['line']} {kind} ({row['meaning']})"
        source = text[row["line"] - 1].strip()[:TEXT_SHOWN]
        if not hit:
            figures.wrong.append((kind, f"MISS{' (excused)' if excused else ''} {shown} "
                                        f"read as {sorted(kinds)} | {source}"))
        if kind not in RULES:
            continue
        wrong = of_row.get(index)
        for name in (kind, "any rule"):
            figures.values[name][2] += 1
            figures.values[name][1] += hit
            figures.values[name][0] += hit and not wrong
        if hit:
            for slot in {*slots.slots_of(kind, row["meaning"]), *wrong}:
                figures.slots[slot][0] += slot not in wrong
                figures.slots[slot][1] += 1
        if hit and wrong:
            read = [o["meaning"] for o in objects
                    if o["kind"] == kind and o["line"] <= row["line"] <= o["end_line"]]
            figures.wrong.append(("values", f"VALUE {shown} wrong in {sorted(set(wrong))}, "
                                            f"read {read} | {source}"))


def score_statements(figures, where, rows, objects):
    of_row, used = pair(rows, objects)
    spare = [r for i, r in enumerate(rows) if i not in of_row and r["kind"] in RULES]
    for index, made in enumerate(objects):
        kind = made["kind"]
        over = rows_at(rows, made)
        kinds = {r["kind"] for r in over}
        other = set().union(*(r["other"] for r in over))
        good = index in used if kind in RULES else kind in kinds
        excused = kind in other
        any_rule = good or bool(rows_at(spare, made))
        figures.strict.add(figures.strict.precision, kind, good, any_rule)
        figures.either.add(figures.either.precision, kind, good or excused, any_rule or excused)
        if not good:
            figures.wrong.append((kind, f"FALSE{' (excused)' if excused else ''} "
                                        f"{where}:{made['line']} {kind} labelled {sorted(kinds)} "
                                        f"| {made['text'][:TEXT_SHOWN]}"))


def measure(read, shared, folder):
    figures = Figures()
    for path in sorted(folder.glob("*.tsv")):
        name, digest, rows = labels(path)
        document = shared / "corpus" / name
        source = document.read_bytes()
        if hashlib.sha256(source).hexdigest() != digest:
            sys.exit(f"{name} is not the document that was labelled.")
        text = source.decode("utf-8", "replace").split("\n")
        covered = {line for r in rows for line in range(r["line"], r["end"] + 1)}
        for number, line in enumerate(text, 1):
            if line.strip() and number not in covered:
                sys.exit(f"{path.name} has no label for line {number} of {name}.")
        objects = read(document)
        score_labels(figures, path.stem, rows, objects, text)
        score_statements(figures, path.stem, rows, objects)
    return figures


def print_table(title, tally, values):
    print(f"{title:16} {'labels':>6} {'precision':>22} {'recall':>22}  values right")
    for kind in (*KINDS, "any rule"):
        hits, total = tally.recall[kind]
        good, made = tally.precision[kind]
        p, r = wilson(good, made), wilson(hits, total)
        said = "{0} of {1} found, of {2}".format(*values[kind]) if kind in values else ""
        print(f"{kind:16} {total:6} {good / made if made else 0:6.3f} [{p[0]:.3f} to {p[1]:.3f}] "
              f"{hits / total if total else 0:6.3f} [{r[0]:.3f} to {r[1]:.3f}]  {said}".rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("reeve")
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--labels", type=pathlib.Path,
                        default=pathlib.Path(__file__).parent / "labels")
    parser.add_argument("--wrong", default="", choices=("", "rules", "values", *KINDS))
    args = parser.parse_args()
    figures = measure(read_with(args.reeve), args.shared, args.labels)
    for kind, said in figures.wrong:
        if kind == args.wrong or (args.wrong == "rules" and kind in (*RULES, "values")):
            print(said)
    print_table("strict", figures.strict, figures.values)
    print()
    print_table("either reading", figures.either, figures.values)
    print("\nslots of the rules found, right of stated: " + ", ".join(
        f"{slot} {good} of {all_of}" for slot, (good, all_of) in sorted(figures.slots.items())))


if __name__ == "__main__":
    main()
