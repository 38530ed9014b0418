#!/usr/bin/python3
"""Each header of src/ compiles alone, and its guard is its path in capitals."""
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
import common  # noqa: E402


def flags():
    names = ['libpq', 'libevent_core', 'libcurl', 'libsodium', 'sqlite3', 'libfyaml']
    out = subprocess.run(['pkg-config', '--cflags', *names], capture_output=True, text=True)
    return out.stdout.split()


def compile_alone(root, file, more):
    text = f'#include "{file.removeprefix("src/")}"\n#include "{file.removeprefix("src/")}"\n'
    run = subprocess.run(['gcc', '-std=gnu17', '-D_GNU_SOURCE', '-DREEVE_VERSION="0"', '-Wall', '-Wextra',
                          '-Wstrict-prototypes', '-Werror', '-Isrc', *more, '-fsyntax-only', '-x', 'c', '-'],
                         cwd=root, input=text, capture_output=True, text=True)
    if run.returncode == 0:
        return None
    first = next((line for line in run.stderr.splitlines() if 'error' in line), run.stderr[:200])
    match = re.match(r'(src/[^:]+):(\d+):', first)
    place, line = (match.group(1), int(match.group(2))) if match else (file, 1)
    return common.Finding(place, line, file, f'{file} does not compile alone: {first.split("error: ")[-1]}')


def find(root, build):
    del build
    headers = common.sources(root, ['src'], ('.h',))
    more = flags()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from filter(None, pool.map(lambda file: compile_alone(root, file, more), headers))
    for file in headers:
        guard = re.sub(r'\W', '_', file.removeprefix('src/')).upper()
        lines = common.read_lines(os.path.join(root, file))
        if not any(line.startswith('#pragma once') or line == f'#ifndef {guard}' for line in lines):
            yield common.Finding(file, 1, file, f'Its include guard is not {guard}.')


if __name__ == '__main__':
    common.main('headers', find)
