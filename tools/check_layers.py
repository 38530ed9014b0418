#!/usr/bin/python3
"""Includes go down: every #include "…" in src/ against tools/layers.txt; and, where a build is there, every
symbol that an object takes from another folder, so that each layer links with nothing above it."""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import common  # noqa: E402

INCLUDE = re.compile(r'\s*#\s*include\s*"([^"]+)"')


def find_includes(root, table):
    for file in common.sources(root, ['src'], ('.c', '.h')):
        folder = file.split('/')[1]
        if folder not in table:
            yield common.Finding(file, 1, file, f'The folder {folder} is not in tools/layers.txt.')
            continue
        for number, line in enumerate(common.read_lines(os.path.join(root, file)), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = match.group(1).split('/')[0] if '/' in match.group(1) else None
            if target is None or target == '..':
                yield common.Finding(file, number, file, f'"{match.group(1)}" does not begin with its folder.')
            elif target not in table[folder][1]:
                word = 'which is no folder of src/' if target not in table else 'which it may not'
                yield common.Finding(file, number, file,
                                     f'{folder} includes "{match.group(1)}" from {target}, {word}.')


def find_links(root, build, table):
    rows = common.symbols(root, build)
    owner = {}
    for folder, _, _, defined, _ in rows:
        for symbol in defined:
            owner.setdefault(symbol, set()).add(folder)
    for folder, name, source, _, undefined in rows:
        for symbol in sorted(undefined):
            others = owner.get(symbol, set())
            if others and not others & table[folder][1]:
                file, line = common.line_of(root, name, symbol, source)
                yield common.Finding(file, line, source,
                                     f'{folder} needs {symbol} of {min(others)} to link, which it may not.')


def find_collisions(root, build):
    """A name of ours that a linked library exports too would quietly replace the library's own."""
    programs = [os.path.join(path, name) for path, _, names in os.walk(os.path.join(build, 'tests', 'unit'))
                for name in names if name.startswith('unit-') and not name.endswith('.p')]
    libraries = set()
    if programs:
        out = subprocess.run(['ldd', *programs], capture_output=True, text=True).stdout
        libraries = set(re.findall(r'=> (/\S+)', out))
    if not libraries:
        return
    out = subprocess.run(['nm', '-D', '-P', '--defined-only', *sorted(libraries)], capture_output=True, text=True).stdout
    theirs = {line.split()[0].split('@')[0] for line in out.splitlines() if ' ' in line}
    for _, _, source, defined, _ in common.symbols(root, build):
        for symbol in sorted(defined & theirs):
            yield common.Finding(source, 1, f'{source}:{symbol}',
                                 f'{symbol} is also the name of a linked library; take another.')


def find(root, build):
    table = common.layers(root)
    yield from find_includes(root, table)
    if os.path.isdir(os.path.join(build, 'src')):
        yield from find_links(root, build, table)
        yield from find_collisions(root, build)


if __name__ == '__main__':
    common.main('layers', find)
