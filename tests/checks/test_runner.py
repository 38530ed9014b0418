#!/usr/bin/python3
"""A test of tests/run: suites that pass, fail, skip, die, lie about their plan or never end must each be counted
as what they are, and the last line must say so."""
import os
import subprocess
import sys
import tempfile

ROOT = os.environ['REEVE_SOURCE_ROOT']
SUITES = {
    'good': 'echo "ok 1 - one"; echo "ok 2 - two # SKIP no network here"; echo 1..2',
    'bad': 'echo 1..2; echo "not ok 1 - broken"; echo "# wanted 1, got 2"; echo "ok 2 - two"; exit 1',
    'no-plan': 'echo "ok 1 - one"',
    'short': 'echo 1..3; echo "ok 1 - one"',
    'dies': 'echo "ok 1 - one"; echo 1..1; echo "last words" >&2; kill -SEGV $$',
    'never-ends': 'echo 1..1; sleep 60 & sleep 60',
    'once': 'if [ -e tried ]; then echo "ok 1 - late"; else touch tried; echo "not ok 1 - late"; fi; echo 1..1',
    'never': 'echo "not ok 1 - always"; echo 1..1',
    'all-skipped': 'echo "1..0 # SKIP nothing to test with"',
}
WANTED = [
    ('a passed and a skipped case are counted', 'good                         1 passed, 1 skipped ('),
    ('a skip is named with its reason', '  good: two: no network here'),
    ('a skipped suite is named with its reason', '  all-skipped: all of it: nothing to test with'),
    ('a failed case is shown with what it said', '  FAILED bad: broken\n    # wanted 1, got 2'),
    ('a suite without a plan fails', '  FAILED no-plan: It said no plan.'),
    ('a suite that stops early fails', '  FAILED short: It planned 3 cases and ran 1.'),
    ('a suite that dies fails with its last words',
     '  FAILED dies: It passed every case and ended with -11.\n    ok 1 - one\n    1..1\n    last words'),
    ('what passes at the second try is named',
     'Once more, each alone:\nonce                         1 passed ('),
    ('and what failed at first, too', 'Passed only at the second try, alone:\n  once: late\n6 passed'),
    ('what fails twice has failed', '  FAILED never: always'),
    ('a suite that never ends is ended', '  FAILED never-ends: It was ended after 1 s.'),
]
LAST = '6 passed, 6 failed, 2 skipped'
WHOLE = ('once', 'never')  # suites of the whole program


def prepare(folder):
    """A project without a compiler, whose tests are the scripts above"""
    lines = ["project('suites')"]
    for name, script in SUITES.items():
        path = os.path.join(folder, name + '.sh')
        with open(path, 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\n' + script + '\n')
        os.chmod(path, 0o755)
        limit = 1 if name == 'never-ends' else 30
        kind = ", suite: 'e2e', is_parallel: false" if name in WHOLE else ''
        lines.append(f"test('{name}', find_program('{name}.sh'), protocol: 'tap', timeout: {limit}{kind})")
    with open(os.path.join(folder, 'meson.build'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n')
    subprocess.run(['meson', 'setup', os.path.join(folder, 'build'), folder], check=True, capture_output=True)


def main():
    failed, number = False, 0
    print(f'1..{len(WANTED) + 2}')
    with tempfile.TemporaryDirectory(prefix='reeve-runner-') as folder:
        prepare(folder)
        run = subprocess.run([os.path.join(ROOT, 'tests/run'), os.path.join(folder, 'build')],
                             capture_output=True, text=True)
    said = run.stdout
    results = [(name, wanted in said) for name, wanted in WANTED]
    results.append(('the last line counts the cases', said.endswith('\n' + LAST + '\n')))
    results.append(('a failure makes the exit 1', run.returncode == 1))
    for name, good in results:
        number += 1
        print(f'{"ok" if good else "not ok"} {number} - {name}')
        failed = failed or not good
    if failed:
        print('\n'.join('# ' + line for line in (said + run.stderr).splitlines()))
    sys.exit(1 if failed else 0)


main()
