#!/usr/bin/env python3
"""measure_test.py - does the yardstick notice a wrong answer?

Promises: an answer that is right scores full; each planted wrong one (kind, number, comparator, unit, mode, level, party,
recurrence, clock, zone, a number too many, a statement too few or too many) lowers exactly the figure it must; the other reading
excuses what the doubt names and nothing else; documents, labels and doubts that are not in order are refused. All committed
labels are in order. Writes TAP."""
import copy
import hashlib
import io
import contextlib
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import measure  # noqa: E402
import slots    # noqa: E402

DOCUMENT = """# Alerts
- errors above a limit
- two backups in one line
- window on some days
- who is told, and when
- every level has a name
- perhaps an alert
- perhaps only words
- latency objective
- working days
- two levels at once
"""
LABELS = (
    (1, "structure", "", ""),
    (2, "alert", "metric=errors; op=>; value=5; unit=%; window=300; mode=hold; to=the crew", ""),
    (3, "schedule", "recur=FREQ=DAILY; from=02:00; zone=UTC; what=backup", ""),
    (3, "schedule", "retain=86400; what=backup", ""),
    (4, "schedule", "recur=FREQ=MONTHLY;BYDAY=1SU; from=02:00; to=04:00; zone=UTC", ""),
    (5, "response", "level=P1; act=page/escalate; after=600; to=the lead/lead", ""),
    (6, "severity", "level=P1; word=critical", ""),
    (7, "alert", "metric=queue; state=yes", "or guidance or unclear: a list"),
    (8, "guidance", "", "or alert: a list"),
    (9, "objective", "what=latency; stat=p95; op=<; value=0.5; unit=s; window=month", ""),
    (10, "response", "level=P3; act=respond; relday=2-business-days", ""),
    (11, "response", "level=S2+; act=notify; at=0; to=Legal", ""),
)
ANSWER = (
    (1, "structure", None),
    (2, "alert", {"metric": "errors", "comparator": ">", "value": 0.05, "unit": "ratio",
                  "window": 300, "mode": "hold", "to": "The crew"}),
    (3, "schedule", {"form": "retention", "what": "backup", "retain": 86400}),
    (3, "schedule", {"form": "recurrence", "rrule": "FREQ=DAILY;INTERVAL=1;BYHOUR=2;BYMINUTE=0",
                     "start": "02:00", "zone": "UTC"}),
    (4, "schedule", {"form": "window", "rrule": "FREQ=MONTHLY;BYDAY=1SU;BYHOUR=2;BYMINUTE=0",
                     "start": "02:00", "end": "04:00", "duration": 7200, "zone": "UTC"}),
    (5, "response", {"act": "escalate", "level": "P1", "after": 600, "to": "lead"}),
    (6, "severity", {"level": "P1", "rank": 1, "word": "Critical"}),
    (7, "alert", {"metric": "queue", "state": True}),
    (8, "guidance", None),
    (9, "objective", {"metric": "latency", "quantile": 0.95, "comparator": "<", "value": 0.5,
                      "unit": "seconds", "window": {"months": 1}}),
    (10, "response", {"act": "respond", "level": "P3", "calendar": "business-days",
                      "business_days": 2}),
    (11, "response", {"act": "notify", "level": "S2", "after": 0, "to": "Legal"}),
    (11, "response", {"act": "notify", "level": "S1", "after": 0, "to": "Legal"}),
)
RULE_LABELS = sum(kind in slots.RULES for _, kind, _, _ in LABELS)
# The line, what is planted there, and the slot that must be named.
WRONG_VALUES = (
    (2, {"value": 0.5}, "value"), (2, {"comparator": ">="}, "op"), (2, {"unit": "seconds"}, "unit"),
    (2, {"window": 600}, "window"), (2, {"window": None}, "window"), (2, {"mode": "slide"}, "mode"),
    (2, {"to": "the cook"}, "to"), (2, {"to": None}, "to"), (2, {"quantile": 0.99}, "quantile"),
    (2, {"state": True}, "state"),
    (4, {"rrule": "FREQ=MONTHLY;BYDAY=2SU"}, "recur"), (4, {"rrule": "FREQ=MONTHLY"}, "recur"),
    (4, {"rrule": "FREQ=WEEKLY;BYDAY=1SU"}, "recur"), (4, {"zone": "CET"}, "zone"),
    (4, {"zone": None}, "zone"), (4, {"start": "03:00"}, "start"), (4, {"end": "05:00"}, "end"),
    (4, {"notice": 3600}, "notice"),
    (4, {"rrule": "FREQ=MONTHLY;BYDAY=1SU;BYHOUR=3;BYMINUTE=0"}, "start"),
    (5, {"after": 601}, "after"), (5, {"after": None, "within": 600}, "after"),
    (5, {"every": 600}, "every"), (5, {"level": "P2"}, "level"), (5, {"level": None}, "level"),
    (5, {"act": "notify"}, "act"), (5, {"to": "leader"}, "to"), (5, {"reminder": 60}, "reminder"),
    (6, {"level": "P2"}, "level"), (6, {"word": "High"}, "word"),
    (7, {"state": None, "comparator": ">", "value": 1}, "value"),
    (9, {"quantile": 0.5}, "quantile"), (9, {"window": {"months": 3}}, "window"),
    (10, {"business_days": 1}, "business_days"),
    (10, {"calendar": None, "business_days": None, "within": 172800}, "business_days"),
    (11, {"level": "S3"}, "level"), (11, {"after": 60}, "after"),
)
number = bad = 0


def report(good, name):
    global number, bad
    number += 1
    bad += not good
    print(("ok" if good else "not ok") + f" {number} - {name}")


class Bench:
    """A folder with the document and its labels, and a reader that gives the answer it is told."""

    def __init__(self, folder):
        self.shared = pathlib.Path(folder)
        self.labels = self.shared / "labels"
        self.labels.mkdir()
        (self.shared / "corpus").mkdir()
        self.write(DOCUMENT, LABELS)

    def write(self, document, labels, digest=None):
        (self.shared / "corpus" / "one.md").write_text(document)
        digest = digest or hashlib.sha256(document.encode()).hexdigest()
        rows = [f"{line}\t{line}\t{kind}\t{meaning}\t{doubt}" for line, kind, meaning, doubt in labels]
        (self.labels / "001.tsv").write_text("\n".join(
            ["# document: one.md", f"# sha256: {digest}", *rows]) + "\n")

    def figures(self, answer):
        made = [{"line": line, "end_line": line, "kind": kind, "meaning": meaning, "text": "x"}
                for line, kind, meaning in answer]
        return measure.measure(lambda _: made, self.shared, self.labels)

    def refuses(self):
        try:
            self.figures(ANSWER)
        except SystemExit as end:
            return isinstance(end.code, str)
        return False


def full(tally):
    return all(hit == total for table in (tally.recall, tally.precision)
               for hit, total in table.values())


def planted(line, change):
    answer = copy.deepcopy(list(ANSWER))
    meaning = next(meaning for at, _, meaning in answer if at == line)
    meaning.update(change)
    for key in [key for key, value in meaning.items() if value is None]:
        del meaning[key]
    return answer


def with_kind(line, kind):
    return [(at, kind if at == line else was, None if at == line else meaning)
            for at, was, meaning in ANSWER]


def test_values(bench):
    for line, change, slot in WRONG_VALUES:
        figures = bench.figures(planted(line, change))
        named = [said for kind, said in figures.wrong if kind == "values" and f"'{slot}'" in said]
        report(figures.values["any rule"] == [RULE_LABELS - 1, RULE_LABELS, RULE_LABELS]
               and named and full(figures.strict),
               f"line {line} read as {change}: one rule fewer is right, and {slot} is named")


def test_kinds(bench):
    for kind in slots.RULES:
        line = next(at for at, was, _ in ANSWER if was == kind)
        figures = bench.figures(with_kind(line, "guidance"))
        hits, total = figures.either.recall[kind]
        good, made = figures.either.precision["guidance"]
        report(hits < total and good < made and figures.either.recall["any rule"][0] < RULE_LABELS,
               f"{kind} read as guidance: a miss and a false guidance in both tables")
    figures = bench.figures(with_kind(5, "alert"))
    report(figures.strict.recall["response"][0] == 2 and figures.strict.precision["alert"] == [2, 3]
           and figures.strict.recall["any rule"][0] == RULE_LABELS,
           "response read as alert: the kinds are wrong, any rule is right")
    figures = bench.figures([made for made in ANSWER if made[1] != "schedule" or made[0] != 3
                             or "retain" in made[2]])
    report(figures.strict.recall["schedule"] == [2, 3]
           and figures.strict.recall["any rule"] == [RULE_LABELS - 1, RULE_LABELS],
           "one of two schedules of a line unread: a miss")
    figures = bench.figures([*ANSWER, (2, "alert", {"comparator": ">", "value": 1})])
    report(figures.strict.precision["alert"] == [2, 3] and figures.values["alert"] == [2, 2, 2],
           "a second alert on a line of one: false, and the better one keeps its values")


def test_doubts(bench):
    figures = bench.figures(with_kind(7, "guidance"))
    report(figures.strict.recall["alert"] == [1, 2] and figures.either.recall["alert"] == [2, 2]
           and figures.either.precision["guidance"] == [2, 2]
           and figures.strict.precision["guidance"] == [1, 2],
           "an alert that may be guidance, read as guidance: a strict miss, none by either reading")
    figures = bench.figures(with_kind(7, "step"))
    report(figures.either.recall["alert"] == [1, 2] and figures.either.precision["step"] == [0, 1],
           "read as something else: a miss by either reading")
    figures = bench.figures([(at, "alert" if at == 8 else kind, {"state": True} if at == 8 else m)
                             for at, kind, m in ANSWER])
    report(figures.strict.precision["any rule"][0] == figures.strict.precision["any rule"][1] - 1
           and figures.either.precision["any rule"][0] == figures.either.precision["any rule"][1],
           "guidance that may be an alert, read as one: strictly false, not by either reading")


def test_refusals(bench):
    for name, arguments in {
            "other bytes": (DOCUMENT + "- one line more\n", LABELS, "0" * 64),
            "a line without a label": (DOCUMENT, LABELS[:-1]),
            "a doubt that names no kind": (DOCUMENT, (*LABELS[:-1], (11, "response", "act=page", "?"))),
            "a doubt of a kind unknown": (DOCUMENT, (*LABELS[:-1],
                                                     (11, "response", "act=page", "or poem: x")))}.items():
        bench.write(*arguments)
        report(bench.refuses(), f"refused: {name}")
    bench.write(DOCUMENT, LABELS)


def test_output(bench):
    said = io.StringIO()
    figures = bench.figures(planted(2, {"value": 0.5}))
    with contextlib.redirect_stdout(said):
        measure.print_table("strict", figures.strict, figures.values)
    last = said.getvalue().splitlines()[-1]
    report(last.startswith("any rule") and f"{RULE_LABELS - 1} of {RULE_LABELS} found" in last,
           "the printed table says it")


def test_committed():
    rows = [(path.name, row) for path in sorted((HERE / "labels").glob("*.tsv"))
            for row in measure.labels(path)[2]]
    unknown = [(name, row["line"]) for name, row in rows if row["kind"] not in measure.KINDS]
    report(len(rows) > 2000 and not unknown, f"the {len(rows)} committed labels have known kinds and doubts")
    empty = [(name, row["line"]) for name, row in rows
             if row["kind"] in slots.RULES and not slots.slots_of(row["kind"], row["meaning"])]
    report(not empty, f"each of their rules states a slot that is compared {empty}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        figures = bench.figures(ANSWER)
        report(full(figures.strict) and full(figures.either) and figures.values["any rule"]
               == [RULE_LABELS] * 3 and not figures.wrong, "the right answer scores full")
        test_values(bench)
        test_kinds(bench)
        test_doubts(bench)
        test_refusals(bench)
        test_output(bench)
    test_committed()
    print(f"1..{number}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
