#!/usr/bin/python3
"""House rules that need to see how C hangs together: each tools/cocci/NAME.cocci says which, and why.

Coccinelle passes over what it cannot parse, so a source of which it reads too little is a finding too. Where it is
not installed nothing is looked at; "make check" installs it and demands it."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
import common  # noqa: E402

FOLDERS = ['src', 'examples', 'bench']
READ_PERCENT = 97
AT_ONCE = 40  # files; the stack of "spatch" overflows on some hundreds
LINE = re.compile(r'(\S+):(\d+): (\w+): (.*)')
READ = re.compile(r'nb good = (\d+),  nb passed = (\d+) .*?\n?nb good = \d+,  nb bad = (\d+)', re.S)


def obey(root, folder, rules):
    """What Coccinelle says of the folder; rules that it cannot read end everything"""
    done = subprocess.run(['spatch', '--very-quiet', '--sp-file', rules, '--dir', folder], cwd=root,
                          capture_output=True, text=True)
    if done.returncode != 0 or 'not supported' in done.stderr:
        sys.exit(f'Coccinelle does not take the rules of tools/cocci: {done.stdout}{done.stderr}')
    return done.stdout


def unread(root, files):
    """A finding when too little of the sources could be read"""
    good, passed, bad = 0, 0, 0
    for first in range(0, len(files), AT_ONCE):
        done = subprocess.run(['spatch', '--parse-c', *files[first:first + AT_ONCE]], cwd=root, capture_output=True,
                              text=True)
        said = READ.search(done.stdout + done.stderr)
        if not said:
            sys.exit(f'Coccinelle stops while it reads the sources: {(done.stdout + done.stderr)[-300:]}')
        good, passed, bad = (total + int(word) for total, word in zip((good, passed, bad), said.groups()))
    if (good + passed) * 100 < (good + passed + bad) * READ_PERCENT:
        yield common.Finding('tools/check_cocci.py', 1, 'tools/check_cocci.py',
                             f'Coccinelle cannot read {bad} of {good + passed + bad} lines; write them plainer.')


def find(root, build):
    del build
    if not shutil.which('spatch'):
        return
    # One file of all rules: the sources are parsed once.
    with tempfile.NamedTemporaryFile('w', suffix='.cocci') as rules, ThreadPoolExecutor(os.cpu_count()) as pool:
        for name in sorted(os.listdir(os.path.join(root, 'tools/cocci'))):
            rules.write('\n'.join(common.read_lines(os.path.join(root, 'tools/cocci', name))))
        rules.flush()
        said = ''.join(pool.map(lambda folder: obey(root, folder, rules.name),
                                [folder for folder in FOLDERS if os.path.isdir(os.path.join(root, folder))]))
    for file, line, rule, text in sorted(set(LINE.findall(said))):
        yield common.Finding(file, int(line), f'{file}:{rule}', text)
    yield from unread(root, common.sources(root, FOLDERS, ('.c',)))


if __name__ == '__main__':
    common.main('cocci', find)
