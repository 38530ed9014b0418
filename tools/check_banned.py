#!/usr/bin/python3
"""Functions that nobody calls, by the symbols of all objects below src/, each with what to use instead."""
import sys

sys.dont_write_bytecode = True
import common  # noqa: E402

BANNED = {
    'strcpy stpcpy strcat strncpy strncat sprintf vsprintf gets wcscpy': 'build texts with struct text',
    'strtok strtok_r': 'use str_split',
    'atoi atol atoll atof strtol strtoul strtoll strtoull strtod strtof sscanf scanf fscanf': 'use str_int or str_real',
    'system popen wordexp': 'no shell: os/ starts programs by an argument list',
    'setlocale newlocale uselocale localeconv': 'there is no locale',
    'localtime localtime_r mktime ctime asctime ctime_r asctime_r gmtime strftime tzset': 'use struct instant',
    'rand srand random srandom drand48 lrand48 rand_r': 'chance comes from os/',
    'alloca setjmp _setjmp longjmp __sigsetjmp': 'memory and control flow belong to a lifetime',
    'tmpnam tempnam mktemp': 'use mkstemp or mkdtemp',
    'siglongjmp sigsetjmp': 'a signal only wakes the loop',
    'sleep usleep': 'wait on a deadline',
    'putenv setenv': 'a child gets its environment as a list',
    'perror': 'whoever ends the error says it, in a sentence',
    'sqlite3_exec': 'prepared statements only',
}
REASONS = {symbol: reason for names, reason in BANNED.items() for symbol in names.split()}


def plain_name(symbol):
    """strcpy for __strcpy_chk; strtol for __isoc23_strtol"""
    name = symbol.split('@')[0]
    for front in ('__isoc99_', '__isoc23_'):
        name = name.removeprefix(front)
    if name.startswith('__') and name.endswith('_chk'):
        name = name[2:-4]
    return name


def find(root, build):
    for _, name, source, _, undefined in common.symbols(root, build):
        for symbol in sorted(undefined):
            plain = plain_name(symbol)
            if plain in REASONS:
                file, line = common.line_of(root, name, symbol, source)
                yield common.Finding(file, line, f'{source}:{plain}', f'{plain} is banned: {REASONS[plain]}.')


if __name__ == '__main__':
    common.main('banned', find)
