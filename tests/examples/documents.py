#!/usr/bin/python3
"""documents.py REEVE [--write] - runs what the documents say and compares it with what they show.

In README.md and docs/**/*.md every fenced block with lines that begin with "$ " is executed, all of a document in one
new folder that holds the files the document itself gives ("<!-- file NAME -->" before a fenced block), else README's. The lines
below a command are its output, both streams; "…" stands for anything within a line, a line "…" for any lines.
docs/manual/commands.md must be what "reeve manual" prints, and each example in it must be a command that is
understood. With --write the outputs that differ and the manual are written anew, to be read before they are committed."""
import os
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = os.environ['REEVE_SOURCE_ROOT']
REEVE = os.path.abspath(sys.argv[1])
WRITE = '--write' in sys.argv[2:]
FILE = re.compile(r'<!-- file (\S+) -->\n```\w*\n(.*?)^```$', re.S | re.M)
BLOCK = re.compile(r'^```(?:console|sh|)\n((?:\$ ).*?)^```$', re.S | re.M)
MANUAL = os.path.join(ROOT, 'docs/manual/commands.md')
# What these examples ask is answered without a daemon and without an incident.
REALLY_RUN = {'reeve check RUNBOOK.md', 'reeve export prometheus RUNBOOK.md', 'reeve config show', 'reeve manual',
              'reeve explain "Error rate > 5% for 5 minutes"'}
number = 0
bad = 0


def case(good, name, words=''):
    global number, bad
    number += 1
    bad += not good
    print(('ok' if good else 'not ok') + f' {number} - {name}')
    if not good:
        print('\n'.join('# ' + line for line in words.splitlines()))


def run(command, folder):
    environment = dict(os.environ, PATH=os.path.dirname(REEVE) + ':' + os.environ['PATH'], NO_COLOR='1', TZ='UTC')
    done = subprocess.run(['/bin/bash', '-c', command], cwd=folder, env=environment, timeout=30, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def alike(wanted, got):
    pattern = ''
    for line in wanted.splitlines():
        if line == '…':
            pattern += '(?:.*\n)*'
        else:
            pattern += '.*'.join(re.escape(part) for part in line.split('…')) + '\n'
    return re.fullmatch(pattern, got) is not None


def commands_of(block):
    """Pairs of a command and the output below it"""
    for part in re.split(r'^\$ ', block, flags=re.M)[1:]:
        command, _, output = part.partition('\n')
        yield command, output


def company(folder, files):
    for name, text in files:
        with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
            file.write(text)


def document(path, files):
    with open(path, encoding='utf-8') as file:
        text = file.read()
    place = os.path.relpath(path, ROOT)
    new = text
    with tempfile.TemporaryDirectory(prefix='reeve-documents-') as folder:
        company(folder, FILE.findall(text) or files)
        for block in BLOCK.finditer(text):
            written = ''
            for command, wanted in commands_of(block.group(1)):
                _, got = run(command, folder)
                written += f'$ {command}\n{wanted if alike(wanted, got) else got}'
                if not WRITE:
                    case(alike(wanted, got), f'{place}: {command}',
                         f'the document shows:\n{wanted}it printed:\n{got}')
            new = new.replace(block.group(1), written)
    if WRITE and new != text:
        with open(path, 'w', encoding='utf-8') as file:
            file.write(new)


def manual(files):
    _, printed = run('reeve manual', '/')
    if WRITE:
        with open(MANUAL, 'w', encoding='utf-8') as file:
            file.write(printed)
    with open(MANUAL, encoding='utf-8') as file:
        case(file.read() == printed, 'docs/manual/commands.md is what "reeve manual" prints',
             'It is stale; write it with: reeve manual >docs/manual/commands.md')
    headings = re.findall(r'^## (reeve .*)$', printed, re.M)
    examples = re.findall(r'^Example: `(.*)`$', printed, re.M)
    case(len(headings) == len(examples) > 10, 'each action has an example')
    with tempfile.TemporaryDirectory(prefix='reeve-manual-') as folder:
        company(folder, files)
        for heading, example in zip(headings, examples):
            words = shlex.split(example)
            begins = words[:len(heading.split())] == heading.split()
            code, said = run(example + ' --help', folder)
            case(begins and code == 0 and said.startswith('usage: ' + heading), f'{example}: is understood', said)
            if example in REALLY_RUN:
                code, said = run(example, folder)
                case(code == 0 and said, f'{example}: works', f'exit {code}\n{said}')
        code, said = run(': >none.md; reeve check none.md', folder)
        case(code == 0 and said.startswith('none.md: 0 lines with words.\n'), 'reeve check: an empty runbook', said)
        _, overview = run('reeve --help', folder)
        case(all(len(line) < 80 for line in overview.splitlines()), 'the overview fits 80 columns', overview)
        case(all(heading[6:] in overview for heading in headings), 'the overview names each action', overview)


def main():
    readme = os.path.join(ROOT, 'README.md')
    with open(readme, encoding='utf-8') as file:
        files = FILE.findall(file.read())
    case({name for name, _ in files} == {'RUNBOOK.md', 'reeve.yaml'}, 'README.md gives the company its files')
    paths = [readme]
    for folder, _, names in sorted(os.walk(os.path.join(ROOT, 'docs'))):
        paths += [os.path.join(folder, name) for name in sorted(names) if name.endswith('.md')]
    for path in paths:
        document(path, files)
    manual(files)
    print(f'1..{number}')
    sys.exit(1 if bad else 0)


main()
