#!/usr/bin/python3
"""How long things may be: a file 600 lines (1000 never), a function 70, 5 parameters, 100 columns.

Reads C by its own small scanner: comments, texts and preprocessor lines are blanked, then a function is what has
parameters in parentheses directly before a brace that stands outside all others."""
import os
import re
import sys

sys.dont_write_bytecode = True
import common  # noqa: E402

FILE_LINES, FILE_LINES_HARD, FUNCTION_LINES, PARAMETERS, COLUMNS = 600, 1000, 70, 5, 100
FOLDERS = ['src', 'tests', 'examples', 'bench']
BLANKED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|'
                     r'^[ \t]*#(?:\\\n|/\*.*?\*/|[^\n])*', re.S | re.M)
BRACE = re.compile(r'[{}]')
NAME = re.compile(r'([A-Za-z_]\w*)\s*$')
NO_FUNCTION = {'if', 'for', 'while', 'switch', 'return', 'sizeof', '__attribute__'}


def blank(match):
    """Same length and lines, nothing in it; a text stays a word, so that "a" "b" keeps its shape."""
    return re.sub(r'[^\n]', ' ', match.group(0))


def matching_parenthesis(text, end):
    """Index of the ( that belongs to the ) at end, or -1."""
    depth = 0
    for at in range(end, -1, -1):
        if text[at] == ')':
            depth += 1
        elif text[at] == '(':
            depth -= 1
            if depth == 0:
                return at
    return -1


def count_parameters(inside):
    depth, count = 0, 1
    for byte in inside:
        if byte in '([':
            depth += 1
        elif byte in ')]':
            depth -= 1
        elif byte == ',' and depth == 0:
            count += 1
    return 0 if inside.strip() in ('', 'void') else count


def head_of(text, start, brace):
    """(name, parameters, index of the name) when a function's head stands between start and brace, else None."""
    head = text[start:brace].rstrip()
    while True:
        if not head.endswith(')'):
            return None
        opening = matching_parenthesis(head, len(head) - 1)
        match = NAME.search(head[:opening]) if opening >= 0 else None
        if not match:
            return None
        if match.group(1) != '__attribute__':
            break
        head = head[:match.start()].rstrip()
    if match.group(1) in NO_FUNCTION or '=' in head[:match.start()]:
        return None
    return match.group(1), count_parameters(head[opening + 1:-1]), start + match.start()


def functions(text):
    """(name, parameters, first line, last line) of each function in blanked C text"""
    depth, start, open_function = 0, 0, None
    for match in BRACE.finditer(text):
        at = match.start()
        if match.group() == '{':
            if depth == 0:
                semicolon = text.rfind(';', start, at)
                open_function = head_of(text, max(start, semicolon + 1), at)
            depth += 1
        else:
            depth = max(0, depth - 1)
            if depth == 0:
                if open_function:
                    name, parameters, place = open_function
                    yield name, parameters, text.count('\n', 0, place) + 1, text.count('\n', 0, at) + 1
                open_function, start = None, at + 1


def prototypes(text):
    """(name, parameters, line) of each declared function of a header"""
    for match in re.finditer(r'([A-Za-z_]\w*)\s*\(', text):
        if match.group(1).isupper() or match.group(1) in NO_FUNCTION:
            continue
        if text.count('{', 0, match.start()) != text.count('}', 0, match.start()):
            continue
        depth, at = 0, match.end() - 1
        for at in range(match.end() - 1, len(text)):
            depth += (text[at] == '(') - (text[at] == ')')
            if depth == 0:
                break
        yield match.group(1), count_parameters(text[match.end():at]), text.count('\n', 0, match.start()) + 1


def find_in_file(file, whole):
    lines = whole.split('\n')
    count = len(lines) - (lines[-1] == '')
    if count > FILE_LINES:
        place = file if count <= FILE_LINES_HARD else file + ':never'
        yield common.Finding(file, count, place, f'{count} lines; a file has at most {FILE_LINES}.')
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield common.Finding(file, number, f'{file}:columns', f'{len(line)} columns; a line has {COLUMNS}.')
    text = BLANKED.sub(blank, whole)
    for name, parameters, first, last in functions(text):
        place = f'{file}:{name}'
        if last - first + 1 > FUNCTION_LINES:
            yield common.Finding(file, first, place,
                                 f'{name} has {last - first + 1} lines; a function has at most {FUNCTION_LINES}.')
        if parameters > PARAMETERS:
            yield common.Finding(file, first, place,
                                 f'{name} has {parameters} parameters; a function has at most {PARAMETERS}.')
    if file.endswith('.h'):
        for name, parameters, line in prototypes(text):
            if parameters > PARAMETERS:
                yield common.Finding(file, line, f'{file}:{name}',
                                     f'{name} has {parameters} parameters; a function has at most {PARAMETERS}.')


def find(root, build):
    del build
    for file in common.sources(root, FOLDERS, ('.c', '.h')):
        with open(os.path.join(root, file), encoding='utf-8') as opened:
            yield from find_in_file(file, opened.read())


if __name__ == '__main__':
    common.main('sizes', find)
