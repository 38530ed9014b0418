#!/usr/bin/python3
"""A table of fronts (src/runbook/front.h) lets a look pass over words that are in no list; a word that was added to
the list and not to the table would never be found, and nothing would say so.

Each table and the lists that it stands for are named here; a table that is not named is a finding."""
import os
import re
import sys

sys.dont_write_bytecode = True
import common  # noqa: E402

LISTS = {('src/runbook/vocabulary.c', 'heading_fronts'): ['headings'],
         ('src/runbook/fence_line.c', 'english_fronts'): ['english'],
         ('src/runbook/placeholder.c', 'type_fronts'): ['types'],
         ('src/runbook/check_reference.c', 'fronts'): ['runs', 'sees']}
TABLE = re.compile(r'uint32_t (\w+)\[FRONTS\] = \{(.*?)\};', re.S)
ROW = re.compile(r"\[FRONT\('(\w)'\)\] =((?:[\s|]*FRONT_BIT\('\w'\))+)")


def words_of(text, name):
    """The texts of the list, as they stand in C"""
    found = re.search(r'\b' + name + r'\[\] = \{(.*?)\};', text, re.S)
    return re.findall(r'"([^"\\]+)"', found[1]) if found else []


def find(root, build):
    del build
    for file in common.sources(root, ['src'], ('.c',)):
        text = '\n'.join(common.read_lines(os.path.join(root, file)))
        for table in TABLE.finditer(text):
            line = text.count('\n', 0, table.start()) + 1
            rows = {row[0]: set(re.findall(r"FRONT_BIT\('(\w)'\)", row[1])) for row in ROW.findall(table[2])}
            words = [word for name in LISTS.get((file, table[1]), []) for word in words_of(text, name)]
            if not words:
                yield common.Finding(file, line, f'{file}:{table[1]}', f'{table[1]} stands for no list that is known '
                                     'to tools/check_fronts.py.')
            for word in words:
                if len(word) > 1 and word[1] not in rows.get(word[0].lower(), ()):
                    yield common.Finding(file, line, f'{file}:{table[1]}', f'{table[1]} has no place for "{word}", '
                                         'which would never be found.')


if __name__ == '__main__':
    common.main('fronts', find)
