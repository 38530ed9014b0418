#!/usr/bin/env python3
"""forms.py REEVE [--write] - every form of the language: what each line of forms.tsv was understood as, slot by slot.

forms.tsv has a heading, a line and, as JSON, the statements that are made of it, each a kind and its meaning as
"reeve check --json" writes them. Promises: each row is one case; every row of one heading stands in one list below it, as it
does in a runbook. --write puts what the reader says now into the file, to be read by eye before it is kept."""
import json
import pathlib
import subprocess
import sys
import tempfile

FORMS = pathlib.Path(__file__).parent / "forms.tsv"


def rows():
    return [line.split("\t") for line in FORMS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def read(reeve, forms):
    """What each row was understood as. A blank heading between two rows ends the first one's list."""
    text, places = ["# Shop", ""], []
    for heading, line, *_ in forms:
        text += [f"## {heading}", "", f"- {line}", ""]
        places.append(len(text) - 1)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "forms.md"
        path.write_text("\n".join(text), encoding="utf-8")
        done = subprocess.run([reeve, "check", "--json", str(path)], capture_output=True, check=False)
    objects = [o for o in map(json.loads, done.stdout.decode().splitlines()) if "line" in o]
    return [[[o["kind"], o["meaning"]] for o in objects if o["line"] == place] for place in places]


def main():
    forms = rows()
    found = read(sys.argv[1], forms)
    if "--write" in sys.argv:
        head = [line for line in FORMS.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
        FORMS.write_text("\n".join(head + ["\t".join((f[0], f[1], json.dumps(o, ensure_ascii=False)))
                                           for f, o in zip(forms, found)]) + "\n", encoding="utf-8")
        return
    print(f"1..{len(forms) + 1}")
    failed = 0
    for number, (form, have) in enumerate(zip(forms, found), 1):
        good = len(form) == 3 and json.loads(form[2]) == have
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {form[0]}: {form[1]}")
        if not good:
            print(f"# wanted {form[2] if len(form) == 3 else 'nothing'}\n# got    {json.dumps(have, ensure_ascii=False)}")
    # The cases can fail: a changed number is seen.
    number = len(forms) + 1
    planted = [[form[0], form[1].replace("15", "16")] for form in forms]
    differs = sum(a != b for a, b in zip(read(sys.argv[1], planted), found))
    print(f"{'ok' if differs >= 8 else 'not ok'} {number} - another number in a line is another meaning ({differs} lines)")
    sys.exit(bool(failed) or differs < 8)


if __name__ == "__main__":
    main()
