#!/usr/bin/python3
"""Spelling of everything that people read: codespell's list of mistakes, and tools/spelling.txt for British English.

Words that are meant to be wrong (a test of a misspelt key) stand in tools/spelling_meant.txt. Where codespell is not
installed nothing is looked at; "make check" installs it and demands it."""
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import common  # noqa: E402

# corpus: bytes, not words. LICENSE is not ours to write.
FOLDERS = ['src', 'tests', 'examples', 'bench', 'docs', 'tools', 'debian', '.ci']
ENDS = ('.c', '.h', '.py', '.md', '.js', '.yaml', '.txt', '.service', '.scenario', '.cocci', 'meson.build')
PASSED_OVER = ('tests/fuzz/corpus', 'tools/spelling')
LINE = re.compile(r'(.+?):(\d+): (\S+) ==> (.+)')


def find(root, build):
    del build
    if not shutil.which('codespell'):
        return
    files = [file for file in common.sources(root, FOLDERS, ENDS) if not file.startswith(PASSED_OVER)]
    files += [name for name in sorted(os.listdir(root)) if name.endswith('.md') or name == 'Makefile']
    files += [os.path.join('tools', name) for name in sorted(os.listdir(os.path.join(root, 'tools'))) if '.' not in name
              and os.path.isfile(os.path.join(root, 'tools', name))]
    done = subprocess.run(['codespell', '--dictionary=-', '--dictionary=tools/spelling.txt',
                           '--ignore-words=tools/spelling_meant.txt', *files], cwd=root, capture_output=True, text=True)
    if done.stderr:
        sys.exit(f'codespell: {done.stderr}')
    for file, line, wrong, right in LINE.findall(done.stdout):
        yield common.Finding(file, int(line), f'{file}:{wrong}', f'"{wrong}" is written {right}.')


if __name__ == '__main__':
    common.main('spelling', find)
