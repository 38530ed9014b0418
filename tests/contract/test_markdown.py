#!/usr/bin/python3
"""test_markdown.py OUTLINE-ANSWERS - the Markdown structure as Reeve reads it beside what cmark-gfm makes of it, block by
block: kind, lines, list and number, box, bold, parent, heading level, table cells, language, words.

Every difference is one that markdown_repairs.py lists with its reason, or the test fails; and so does it when one that is
listed shows nowhere any more. Documents that are refused are listed here with their sentence."""
import os
import shutil
import subprocess
import sys
from difflib import SequenceMatcher

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import markdown_cmark  # noqa: E402
import markdown_documents  # noqa: E402
from markdown_repairs import KNOWN, REPAIRS  # noqa: E402

ROOT = os.environ['REEVE_SOURCE_ROOT']
FENCE = 'The fence opened here is '
# Refused, because the rest of the file would be swallowed without a word. cmark-gfm swallows it.
REFUSED = {
    'blocks: unclosed comment': (1, 'The comment opened here is never closed'),
    'fences: close with words is none': (1, FENCE + 'not closed before another one opens'),
    'fences: close with four blanks is none': (5, FENCE + 'never closed'),
    'fences: fence ends with its quote': (1, FENCE + 'not closed before its quote ends'),
    'fences: fence ends with its item': (1, FENCE + 'never closed'),
    'fences: example of Markdown': (6, FENCE + 'never closed'),
    'repairs: fence in a quote closed outside of it': (1, FENCE + 'not closed before its quote ends'),
}


def read_ours(texts):
    """Reeve's blocks of each document, or its refusal as (line, sentence)"""
    asked = b''.join(b'%d\n' % len(text) + text for text in texts)
    said = subprocess.run([sys.argv[1]], input=asked, stdout=subprocess.PIPE, check=True).stdout.decode('utf-8')
    answers, blocks = [], []
    for line in said.split('\n'):
        fields = [field.replace('\\\\', '\0').replace('\\t', '\t').replace('\\n', '\n').replace('\0', '\\').replace('\u00a0', ' ').strip(' ')
                  for field in line.split('\t')]
        if fields[0] == 'end':
            answers.append(blocks)
            blocks = []
        elif fields[0] == 'refused':
            blocks = (int(fields[1].split(':')[1]), fields[2])
        elif len(fields) > 15:
            numbers = [int(field) for field in fields[1:14]]
            cells = tuple(fields[16:])
            blocks.append(markdown_cmark.Block(fields[0], *numbers[:2], *numbers[3:], fields[14],
                                               '' if cells else fields[15], cells))
    return answers


def read_theirs(text, repairs=()):
    """cmark-gfm's blocks of the document after the repairs, with the lines of the source"""
    if not repairs:
        return markdown_cmark.read(text)
    lines = [(line, number) for number, line in enumerate(markdown_cmark.lines_of(text), 1)]
    for repair in repairs:
        lines = repair(lines)
    origin = [0] + [number for _, number in lines]

    def place(line):
        return origin[line] if line < len(origin) else 0
    return [block._replace(line=place(block.line), last_line=place(block.last_line), parent=place(block.parent),
                           head=place(block.head))
            for block in markdown_cmark.read('\n'.join(line for line, _ in lines).encode())]


def differences(ours, theirs, lines, seen):
    """The runs of blocks that differ and that nothing known explains; what explained one is added to seen"""
    left = []
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == 'equal':
            continue
        known = [k for k in KNOWN if k(ours[a:b], theirs[c:d], lines)]
        seen.update(k.__name__ for k in known)
        if not known:
            left += [f'reeve: {short(block)}' for block in ours[a:b]] + [f'cmark: {short(block)}' for block in theirs[c:d]]
    return left


def short(block):
    return ' '.join(f'{name}={value!r}' for name, value in block._asdict().items() if value)


def compare(name, text, ours, seen):
    """What differs without a reason; seen gets the names of the reasons that were needed"""
    if isinstance(ours, tuple):
        line, words = REFUSED.get(name, (0, 'no refusal'))
        seen.add(name)
        return [] if ours[0] == line and ours[1].startswith(words) else [f'refused on line {ours[0]}: {ours[1]}']
    lines = markdown_cmark.lines_of(text)
    left = differences(ours, read_theirs(text), lines, seen)
    if not left:
        return []
    left = differences(ours, read_theirs(text, REPAIRS), lines, seen)
    for repair in REPAIRS:  # those without which it differs are the reasons
        if not left and differences(ours, read_theirs(text, [r for r in REPAIRS if r is not repair]), lines, set()):
            seen.add(repair.__name__)
    return left


def planted(text, ours):
    """Names of the fields in which a difference that is put into the first block of a kind is not reported"""
    missed = []
    lines = markdown_cmark.lines_of(text)
    for kind in ('heading', 'text', 'head', 'row', 'code', 'html'):
        at = next(at for at, block in enumerate(ours) if block.kind == kind)
        for field, value in ours[at]._asdict().items():
            other = value + 1 if isinstance(value, int) else value + ('x',) if isinstance(value, tuple) else value + 'x'
            wrong = ours[:at] + [ours[at]._replace(**{field: other})] + ours[at + 1:]
            if not differences(wrong, ours, lines, set()):
                missed.append(f'{kind}.{field}')
        if not differences(ours[:at] + ours[at + 1:], ours, lines, set()):
            missed.append(f'{kind} left out')
    return missed


def case(number, good, name, lines=()):
    print(f'{"ok" if good else "not ok"} {number} - {name}')
    for line in lines:
        print('# ' + line.replace('\n', '\\n'))
    sys.stdout.flush()
    return not good


PLANTED = b'# One\n\ntwo\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\nls\n```\n\n<div>\nx\n</div>\n'


def main():
    if not shutil.which('cmark-gfm'):
        print('TAP version 13\n1..0 # SKIP cmark-gfm is not installed')
        return 0
    groups = {}
    for name, text in markdown_documents.examples():
        groups.setdefault(name.split(':')[0], []).append((name, text))
    groups['documents of the project'] = list(markdown_documents.ours(ROOT))
    groups['documents of others'] = list(markdown_documents.theirs(ROOT))
    print(f'TAP version 13\n1..{len(groups) + 2}')
    number, failed, seen = 0, 0, set()
    for group, documents in groups.items():
        number += 1
        if not documents:
            print(f'ok {number} - {group} # SKIP no ../shared beside the project')
            continue
        wrong, blocks = [], 0
        for (name, text), ours in zip(documents, read_ours([text for _, text in documents])):
            left = compare(name, text, ours, seen)
            blocks += len(ours) if isinstance(ours, list) else 0
            wrong += [name] + ['  ' + line for line in left] if left else []
        failed += case(number, not wrong, f'{group}: {len(documents)} documents, {blocks} blocks', wrong)
    listed = [reason.__name__ for reason in REPAIRS + KNOWN] + list(REFUSED)
    idle = [name for name in listed if name not in seen]
    failed += case(number + 1, not idle, f'each of {len(listed)} differences listed shows', idle)
    ours = read_ours([PLANTED])[0]
    missed = planted(PLANTED, ours) + (['the document itself'] if compare('planted', PLANTED, ours, set()) else [])
    failed += case(number + 2, not missed, 'a difference that is planted is reported', missed)
    return 1 if failed else 0


sys.exit(main())
