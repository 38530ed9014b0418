#!/usr/bin/python3
"""The pure folders touch no clock, file, socket, environment or locale: what their objects leave undefined must
come from the project or stand in tools/pure.txt. Needs a build; refuses one older than the sources."""
import fnmatch
import os
import sys

sys.dont_write_bytecode = True
import common  # noqa: E402


def allowed_symbols(root):
    """[(pattern, the sources it is for, or none for all)]"""
    table = []
    for line in common.read_lines(os.path.join(root, 'tools/pure.txt')):
        words = line.split('#')[0].split()
        if words:
            table.append((words[0], words[1:]))
    return table


def find(root, build):
    table = common.layers(root)
    allowed = allowed_symbols(root)
    plain = {pattern for pattern, files in allowed if not files and '*' not in pattern}
    rows = common.symbols(root, build)
    if not rows:
        yield common.Finding('src', 1, 'src', f'No objects lie in {build}; build first.')
    ours = set().union(*(defined for _, _, _, defined, _ in rows)) if rows else set()
    for folder, name, source, _, undefined in rows:
        if table[folder][0] != 'pure':
            continue
        path = os.path.join(root, source)
        if not os.path.exists(path):
            continue
        if os.path.getmtime(path) > os.path.getmtime(name) + 1:
            yield common.Finding(source, 1, source, f'{name} is older than its source; build again.')
        for symbol in sorted(undefined - ours - plain):
            if any(fnmatch.fnmatchcase(symbol, pattern) and (not files or any(fnmatch.fnmatchcase(source, one) for one in files))
                   for pattern, files in allowed):
                continue
            file, line = common.line_of(root, name, symbol, source)
            yield common.Finding(file, line, f'{source}:{symbol}',
                                 f'{folder} is pure and calls {symbol} ({os.path.relpath(name, build)}).')


if __name__ == '__main__':
    common.main('pure', find)
