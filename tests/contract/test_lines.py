#!/usr/bin/python3
"""test_lines.py REEVE - every line of a runbook has its place: over all documents of the Markdown tests, each line with words
is held by a statement, statements ascend by line, the lines of a statement exist and have words at both ends, and the column
is where the text of the statement begins."""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import markdown_documents  # noqa: E402

ROOT = os.environ['REEVE_SOURCE_ROOT']
REEVE = os.path.abspath(sys.argv[1])
# Marks that stand between the column and the words: of the lines of a fence, of a footnote.
BEFORE = re.compile(rb'(\$ |#+ *|-- *|//+ *|\d{1,3}[.)] |[-*] |\[[ xX]\] |\[\^[^\]]*\]: *)')


def check(path, stem):
    """The objects of "check --json", or None when the document is refused"""
    done = subprocess.run([REEVE, 'check', '--json', path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode == 2:
        said = done.stderr.decode('utf-8')
        return None if re.match(rf'reeve: {re.escape(stem)}[^:]*:\d+:\d+: .*\.\n$', said) else said
    return [json.loads(line) for line in done.stdout.decode('utf-8').split('\n') if line]


def begins(line, column, text):
    """Does the text begin at the column of the line?"""
    at = line[column - 1:].replace(b'\xc2\xa0', b' ')
    said = text.encode('utf-8').replace(b'\xc2\xa0', b' ')
    row = said.lstrip(b'| ') if said.startswith(b'| ') else said  # its first cells may be empty
    firsts = [re.match(rb'[A-Za-z0-9]+|.?[\x80-\xbf]*', words, re.S)[0] for words in (said, row)]
    while not at.startswith((*firsts, b'&')):  # an entity is the first character
        mark = BEFORE.match(at)
        if not mark:
            return False
        at = at[mark.end():]
    return True


def faults(text, objects):
    lines = re.split(rb'\r?\n', text.removeprefix(b'\xef\xbb\xbf'))
    covered, last, wrong = set(), 0, []
    for said in objects:
        if 'line' not in said:
            continue
        first, end, column = said['line'], said['end_line'], said['column']
        if first < last:
            wrong.append(f'line {first} comes after line {last}')
        last = first
        if not 1 <= first <= end <= len(lines):
            wrong.append(f'lines {first} to {end} of {len(lines)}')
            continue
        if not lines[first - 1].strip() or not lines[end - 1].strip():
            wrong.append(f'line {first} to {end}: no words at one end')
        if not begins(lines[first - 1], column, said['text']):
            wrong.append(f'{first}:{column}: {said["kind"]} "{said["text"][:60]}" does not begin there')
        covered.update(range(first, end + 1))
    wrong += [f'line {number} is in no statement: {line[:60]!r}' for number, line in enumerate(lines, 1)
              if line.strip(b' \t\r\n') and number not in covered]
    return wrong


def planted(path):
    """What is put wrong into a reading and not found"""
    text = b'# One\n\n- two\n  three\n\n| a | b |\n|---|---|\n| 1 | 2 |\n'
    with open(path, 'wb') as file:
        file.write(text)
    said = check(path, path)
    said = [one for one in said if 'line' in one]
    missed = ['nothing is wrong'] if faults(text, said) else []
    for at, one in enumerate(said):
        wrong = {'left out': said[:at] + said[at + 1:], 'said last': said[:at] + said[at + 1:] + [one],
                 'column': said[:at] + [dict(one, column=one['column'] + 1)] + said[at + 1:],
                 'line': said[:at] + [dict(one, line=one['line'] + 1, end_line=one['end_line'] + 1)] + said[at + 1:]}
        missed += [f'{how}: statement {at}' for how, objects in wrong.items()
                   if not faults(text, objects) and (how, at) != ('said last', len(said) - 1)]
    return missed


def main():
    groups = {}
    for name, text in markdown_documents.examples():
        groups.setdefault(name.split(':')[0], []).append((name, text))
    groups['documents of the project'] = list(markdown_documents.ours(ROOT))
    groups['documents of others'] = list(markdown_documents.theirs(ROOT))
    print(f'TAP version 13\n1..{len(groups) + 1}')
    failed = 0
    with tempfile.TemporaryDirectory(prefix='reeve-lines-') as folder:
        path = os.path.join(folder, 'book.md')
        for number, (group, documents) in enumerate(groups.items(), 1):
            if not documents:
                print(f'ok {number} - {group} # SKIP no ../shared beside the project')
                continue
            wrong, statements, refused = [], 0, 0
            for name, text in documents:
                with open(path, 'wb') as file:
                    file.write(text)
                objects = check(path, path)
                if isinstance(objects, list):
                    statements += sum('line' in said for said in objects)
                    wrong += [f'{name}: {fault}' for fault in faults(text, objects)]
                elif objects is None:
                    refused += 1
                else:
                    wrong.append(f'{name}: {objects}')
            print(f'{"not ok" if wrong or not statements else "ok"} {number} - {group}: {len(documents)} documents, {refused} '
                  f'refused, {statements} statements')
            for line in wrong[:60]:
                print('# ' + line)
            failed += bool(wrong)
        missed = planted(path)
        print(f'{"not ok" if missed else "ok"} {len(groups) + 1} - what is put wrong is found')
        for line in missed:
            print('# ' + line)
        failed += bool(missed)
    return 1 if failed else 0


sys.exit(main())
