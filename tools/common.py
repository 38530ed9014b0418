"""What the checks share: findings, the exception list, the layer table, symbols of object files.

A check is a module check_NAME.py with find(root, build) that yields findings; run by itself it prints
those that tools/exceptions.txt does not name, each as file:line: sentence, and exits 1 when there are any."""
import os
import subprocess
import sys
from collections import namedtuple

# file is relative to the root; place is what an exception names: the file, or file:symbol.
Finding = namedtuple('Finding', 'file line place text')
Exception_ = namedtuple('Exception_', 'check place reason line')
EXCEPTIONS = 'tools/exceptions.txt'


def read_lines(path):
    with open(path, encoding='utf-8') as file:
        return file.read().split('\n')


def sources(root, folders, ends):
    """The files below the folders, relative to root, sorted."""
    found = []
    for folder in folders:
        for path, _, names in os.walk(os.path.join(root, folder)):
            found += [os.path.relpath(os.path.join(path, name), root) for name in names
                      if name.endswith(ends)]
    return sorted(found)


def exceptions(root):
    """(the exceptions, findings about lines that are not one)"""
    listed, wrong = [], []
    for number, line in enumerate(read_lines(os.path.join(root, EXCEPTIONS)), 1):
        if not line.strip() or line.startswith('#'):
            continue
        parts = line.split(None, 2)
        if len(parts) < 3:
            wrong.append(Finding(EXCEPTIONS, number, '', 'An exception names check, place and reason.'))
        else:
            listed.append(Exception_(*parts, number))
    return listed, wrong


def layers(root):
    """folder -> (kind, folders it may include, itself among them)"""
    table = {}
    for number, line in enumerate(read_lines(os.path.join(root, 'tools/layers.txt')), 1):
        if not line.strip() or line.startswith('#'):
            continue
        folder, kind, *may = line.split()
        allowed = {folder} | set(table if '*' in may else ())
        unknown = [name for name in may if name != '*' and name not in table]
        if unknown:
            sys.exit(f'tools/layers.txt:{number}: {folder} names {unknown[0]}, which stands no lower.')
        table[folder] = (kind, allowed | (set(may) - {'*'}))
    return table


def objects(root, build):
    """folder -> its object files in the build folder"""
    table = {}
    for folder in layers(root):
        for path, _, names in os.walk(os.path.join(build, 'src', folder)):
            table.setdefault(folder, []).extend(
                os.path.join(path, name) for name in sorted(names) if name.endswith('.c.o'))
    return {folder: files for folder, files in table.items() if files}


def source_of(root, build, name):
    """src/base/text.c for …/src/base/libbase.a.p/text.c.o"""
    parts = os.path.relpath(name, build).split(os.sep)
    below = parts[-1][:-len('.o')]
    return os.path.join(*parts[:2], below)


def symbols(root, build):
    """[(folder, object, its source, defined names, undefined names)] of everything below src/"""
    table = objects(root, build)
    owner = {name: folder for folder, names in table.items() for name in names}
    if not owner:
        return []
    out = subprocess.run(['nm', '-A', '-P', *owner], capture_output=True, text=True, check=True).stdout
    defined, undefined = {}, {}
    for line in out.splitlines():
        name, symbol, kind = line.split()[:3]
        if kind in 'Uwv' or kind.isupper():  # a small letter is a name of that file alone
            target = undefined if kind in 'Uwv' else defined
            target.setdefault(name.rstrip(':'), set()).add(symbol)
    return [(folder, name, source_of(root, build, name), defined.get(name, set()),
             undefined.get(name, set())) for name, folder in owner.items()]


def line_of(root, name, symbol, fallback):
    """(file, line) of the first use of symbol in the object, by its debug lines; else by the text"""
    out = subprocess.run(['objdump', '-r', '-w', name], capture_output=True, text=True).stdout
    section = ''
    for line in out.splitlines():
        if line.startswith('RELOCATION RECORDS FOR'):
            section = line.split('[')[1].split(']')[0]
        parts = line.split()
        if len(parts) == 3 and section.startswith('.text') and \
                parts[2].split('-0x')[0].split('+0x')[0] == symbol:
            place = subprocess.run(['addr2line', '-e', name, '-j', section, parts[0]],
                                   capture_output=True, text=True).stdout.strip()
            file, _, number = place.rpartition(':')
            number = number.split(' ')[0]
            if number.isdigit() and int(number) > 0:
                path = file if os.path.isabs(file) else os.path.join(os.path.dirname(name), file)
                if '/src/' in path:
                    return 'src/' + path.split('/src/')[-1], int(number)
    plain = symbol.strip('_').removesuffix('_chk')
    try:
        for number, line in enumerate(read_lines(os.path.join(root, fallback)), 1):
            if plain + '(' in line:
                return fallback, number
    except OSError:
        pass
    return fallback, 1


def report(check, findings, root):
    """Prints what no exception names; returns (number printed, the exceptions that were used)."""
    listed, wrong = exceptions(root)
    allowed = {item.place: item for item in listed if item.check == check}
    used, count = set(), 0
    for finding in sorted(findings, key=lambda item: (item.file, item.line)):
        if finding.place in allowed:
            used.add(allowed[finding.place])
            continue
        print(f'{finding.file}:{finding.line}: {finding.text} [{check}]')
        count += 1
    return count, used


def main(check, find):
    """check_NAME.py [ROOT [BUILD]]"""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    root = sys.argv[1] if len(sys.argv) > 1 else here
    build = sys.argv[2] if len(sys.argv) > 2 else os.path.join(root, 'build')
    count, _ = report(check, find(root, build), root)
    sys.exit(1 if count else 0)
