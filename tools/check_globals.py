#!/usr/bin/python3
"""No state outside its owner: what can be changed and outlives a call stands in main/ and os/ only, by the sections of
all objects below src/. A table of constants is no state (.rodata, .data.rel.ro). And no two functions of one name: of two
in different archives the linker takes whichever it meets first, and says nothing."""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import common  # noqa: E402

OWNERS = {'main', 'os'}
STATE = re.compile(r'^\S+ .{6}[O ] (\.t?(?:data|bss)(?!\.rel\.ro)\S*)\s+\S+\s+(?:\.hidden )?(\S+)$')
FUNCTION = re.compile(r'^\S+ g.{5}F (?:\.text\S*)\s+\S+\s+(?:\.hidden )?(\S+)$')
# Sanitizers' and coverage's own.
NOT_OURS = ('__gcov', '__asan', '__ubsan', '.L', '__sancov', '__llvm')


def line_of(root, file, name):
    """The line that declares name, 1 when it is not found"""
    pattern = re.compile(rf'\b{re.escape(name)}\b.*[;={{]')
    for number, line in enumerate(common.read_lines(os.path.join(root, file)), 1):
        if pattern.search(line):
            return number
    return 1


def find(root, build):
    functions = {}
    for folder, names in common.objects(root, build).items():
        for name in names:
            said = subprocess.run(['objdump', '-t', '-w', name], capture_output=True, text=True, check=True).stdout
            file = common.source_of(root, build, name)
            for line in said.splitlines():
                function = FUNCTION.match(line)
                first = functions.setdefault(function.group(1), file) if function else file
                if first != file and function.group(1) != 'main':
                    yield common.Finding(file, line_of(root, file, function.group(1)), f'{file}:{function.group(1)}',
                                         f'{function.group(1)} is the name of a function in {first}, too.')
                match = None if folder in OWNERS else STATE.match(line)
                symbol = match.group(2).split('.')[0] if match else ''
                if symbol and not match.group(2).startswith(NOT_OURS):
                    yield common.Finding(file, line_of(root, file, symbol), f'{file}:{symbol}',
                                         f'{symbol} can be changed and outlives a call; only main/ and os/ keep state.')


if __name__ == '__main__':
    common.main('globals', find)
