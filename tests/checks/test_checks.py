#!/usr/bin/python3
"""A test of the checks: plants each fault into a small copy of the tree and demands that the check that is to stop
it does, with file and line, and that the copy without the fault passes."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.environ['REEVE_SOURCE_ROOT']
sys.path.insert(0, os.path.join(ROOT, 'tools'))
sys.dont_write_bytecode = True
import check_sizes  # noqa: E402

CLEAN_H = ('/* noun.h - a noun. */\n#ifndef BASE_NOUN_H\n#define BASE_NOUN_H\n\n#include <stdbool.h>\n\n'
           'bool noun_check(const char *text);\n\n#endif\n')
CLEAN_C = ('/* noun.c - a noun. */\n#include "base/noun.h"\n\n#include <string.h>\n\n'
           'bool noun_check(const char *text)\n{\n    return strlen(text) > 1 && text[0] == \'{\';\n}\n')
UPPER_H = '/* turn.h - a turn. */\n#ifndef ENGINE_TURN_H\n#define ENGINE_TURN_H\nint turn_get(void);\n#endif\n'
UPPER_C = '/* turn.c - a turn. */\n#include "engine/turn.h"\n\nint turn_get(void)\n{\n    return 7;\n}\n'


class Tree:
    """A copy with tools/ and two small folders, whose objects lie where Meson would put them."""

    def __init__(self, folder):
        self.root = os.path.join(folder, 'tree')
        self.build = os.path.join(folder, 'build')
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.rmtree(self.build, ignore_errors=True)
        os.makedirs(self.root)
        shutil.copytree(os.path.join(ROOT, 'tools'), os.path.join(self.root, 'tools'),
                        ignore=shutil.ignore_patterns('__pycache__'))
        self.write('tools/exceptions.txt', '# none\n')
        self.write('src/base/noun.h', CLEAN_H)
        self.write('src/base/noun.c', CLEAN_C)
        self.write('src/engine/turn.h', UPPER_H)
        self.write('src/engine/turn.c', UPPER_C)

    def write(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)

    def compile(self):
        for folder, name in (('base', 'noun'), ('engine', 'turn')):
            where = os.path.join(self.build, 'src', folder, f'lib{folder}.a.p')
            os.makedirs(where, exist_ok=True)
            subprocess.run(['gcc', '-std=gnu17', '-D_GNU_SOURCE', '-g', '-O1', f'-I{self.root}/src', '-c',
                            f'{self.root}/src/{folder}/{name}.c', '-o', f'{where}/{name}.c.o'], check=True)

    def check(self, name):
        self.compile()
        run = subprocess.run([sys.executable, os.path.join(self.root, 'tools', f'check_{name}.py'), self.root,
                              self.build], capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr


class Skipped(Exception):
    """The case needs what is not installed here."""


def demand(condition, said):
    if not condition:
        raise AssertionError(said)


def demand_stop(tree, check, place, word):
    code, said = tree.check(check)
    demand(code == 1 and re.search(rf'^{re.escape(place)}: .*{re.escape(word)}', said, re.M),
           f'wanted exit 1 and "{place}: … {word}", got exit {code} and\n{said}')


def a_clean_tree_passes_every_check(tree):
    code, said = tree.check('exceptions')
    demand(code == 0 and said == '', said)


def an_upward_include_stops(tree):
    tree.write('src/base/noun.c', CLEAN_C.replace('#include <string.h>', '#include "engine/turn.h"\n#include <string.h>'))
    demand_stop(tree, 'layers', 'src/base/noun.c:4', 'base includes "engine/turn.h"')


def an_upward_call_without_an_include_stops(tree):
    tree.write('src/base/noun.c', CLEAN_C.replace('bool noun', 'int turn_get(void);\nbool noun')
               .replace('> 1', '> (unsigned)turn_get()'))
    demand_stop(tree, 'layers', 'src/base/noun.c:9', 'base needs turn_get of engine')


def the_name_of_a_library_function_stops(tree):
    tree.write('src/engine/turn.c', UPPER_C + '\nvoid qsort(void);\nvoid qsort(void)\n{\n}\n')
    tree.compile()
    where = os.path.join(tree.build, 'tests/unit/engine')
    os.makedirs(where)
    shutil.copy(shutil.which('make'), os.path.join(where, 'unit-engine'))
    demand_stop(tree, 'layers', 'src/engine/turn.c:1', 'qsort is also the name of a linked library')


def a_clock_in_a_pure_folder_stops(tree):
    tree.write('src/base/noun.c', CLEAN_C.replace('<string.h>', '<string.h>\n#include <time.h>')
               .replace('> 1', '> (unsigned)time(NULL)'))
    demand_stop(tree, 'pure', 'src/base/noun.c:9', 'base is pure and calls time')


def the_allocator_outside_the_arena_stops(tree):
    tree.write('src/engine/turn.c', UPPER_C.replace('#include "engine/turn.h"', '#include "engine/turn.h"\n#include <stdlib.h>')
               .replace('7', 'malloc(7) != (void *)0'))
    demand_stop(tree, 'pure', 'src/engine/turn.c:7', 'engine is pure and calls malloc')


def a_stale_object_stops(tree):
    tree.compile()
    late = os.path.getmtime(os.path.join(tree.build, 'src/base/libbase.a.p/noun.c.o')) + 100
    os.utime(os.path.join(tree.root, 'src/base/noun.c'), (late, late))
    run = subprocess.run([sys.executable, os.path.join(tree.root, 'tools/check_pure.py'), tree.root, tree.build],
                         capture_output=True, text=True)
    demand(run.returncode == 1 and 'is older than its source' in run.stdout, run.stdout)


def a_function_of_ninety_lines_stops(tree):
    body = '\n'.join(f'    (void)text[{i}];' for i in range(87))
    tree.write('src/base/noun.c', CLEAN_C.replace('    return', body + '\n    return'))
    demand_stop(tree, 'sizes', 'src/base/noun.c:6', 'noun_check has 91 lines')


def six_parameters_stop(tree):
    tree.write('src/base/noun.c', CLEAN_C + '\nint six(int a, int (*b)(int, int), int c,\n        int d, int e, int f);\n'
               'int six(int a, int (*b)(int, int), int c,\n        int d, int e, int f)\n{\n'
               '    return a + b(c, d) + e + f;\n}\n')
    demand_stop(tree, 'sizes', 'src/base/noun.c:13', 'six has 6 parameters')


def a_long_line_and_a_long_file_stop(tree):
    tree.write('src/base/noun.c', CLEAN_C + '/* ' + 'ä' * 100 + ' */\n' + '\n' * 600)
    demand_stop(tree, 'sizes', 'src/base/noun.c:10', '106 columns')
    demand_stop(tree, 'sizes', 'src/base/noun.c:610', '610 lines')


def a_word_without_a_place_in_its_table_stops(tree):
    tree.write('src/runbook/vocabulary.c', 'static const char *const headings[] = {"alert", "alarm", "draft"};\n'
               "static const uint32_t heading_fronts[FRONTS] = {[FRONT('a')] = FRONT_BIT('l')};\n")
    demand_stop(tree, 'fronts', 'src/runbook/vocabulary.c:2', '"draft"')


def a_banned_function_stops(tree):
    tree.write('src/base/noun.c', CLEAN_C.replace('<string.h>', '<string.h>\n#include <stdlib.h>')
               .replace('> 1', '> (unsigned)system(text)'))
    demand_stop(tree, 'banned', 'src/base/noun.c:9', 'system is banned')


def a_header_that_needs_another_stops(tree):
    tree.write('src/base/noun.h', CLEAN_H.replace('#include <stdbool.h>\n', ''))
    tree.write('src/base/noun.c', '#include <stdbool.h>\n' + CLEAN_C)
    demand_stop(tree, 'headers', 'src/base/noun.h:6', 'does not compile alone')


def an_exception_holds_and_an_unneeded_one_stops(tree):
    tree.write('src/base/noun.c', CLEAN_C + '/* ' + 'a' * 100 + ' */\n')
    tree.write('tools/exceptions.txt', 'sizes src/base/noun.c:columns A test of exceptions.\n')
    code, said = tree.check('exceptions')
    demand(code == 0 and said == '', said)
    tree.write('src/base/noun.c', CLEAN_C)
    demand_stop(tree, 'exceptions', 'tools/exceptions.txt:1', 'take the line out')
    tree.write('tools/exceptions.txt', 'sizes src/base/noun.c\n')
    demand_stop(tree, 'exceptions', 'tools/exceptions.txt:1', 'check, place and reason')


def state_outside_its_owner_stops(tree):
    tree.write('src/base/noun.c', CLEAN_C.replace('bool noun', 'static int seen;\nstatic const char *const names[] = '
                                                  '{"a"};\nbool noun').replace('> 1', '> (unsigned)++seen + names[0][0]'))
    demand_stop(tree, 'globals', 'src/base/noun.c:6', 'seen can be changed')
    code, said = tree.check('globals')
    demand('names' not in said, said)
    tree.write('src/base/noun.c', CLEAN_C)
    tree.write('src/os/clock.c', '/* clock.c - a clock. */\nint seen;\n')
    code, said = tree.check('globals')
    demand(code == 0, said)
    tree.write('src/engine/turn.c', UPPER_C + 'int noun_check(void);\nint noun_check(void)\n{\n    return 1;\n}\n')
    demand_stop(tree, 'globals', 'src/engine/turn.c:8', 'noun_check is the name of a function in src/base/noun.c, too')
    tree.write('src/engine/turn.c', UPPER_C)


# Each rule of tools/cocci: what it stops, the line below the clean source where it stands, a word of its sentence.
RULES = {
    'outputs': ('*out_n = 1;\n    if (n > 1)\n        return err_set(err, 1, "", "No.");', 0, 'out_n is written before'),
    'outputs ': ('*out_n = 1;\n    if (n > 1)\n        return false;', 0, 'out_n is written before'),
    'errors': ('if (!two(n, out_n, err))\n        return err_set(err, 1, "", "No.");', 1, 'The error of two is replaced'),
    'errors ': ('return two(n, out_n, err) || err_set(err, 1, "", "No.");', 0, 'The error of two is replaced'),
    'errno': ('(void)close(n);\n    if (errno)\n        return false;', 1, 'errno is read after close'),
    'labels': ('again:\n    if (n++ < 3)\n        goto again;', 2, 'goto again goes back'),
    'lengths': ('for (size_t i = 0; i < strlen(text); i++)\n        n++;', 0, 'strlen in the condition'),
    'lengths ': ('while (n > 0 && n < (int)strlen(text))\n        n++;', 0, 'strlen in the condition'),
    'scoped': ('FD_SCOPED fd = open(text, 0);\n    (void)close(fd);', 1, 'fd ends with its scope'),
    'asserts': ('assert(n++ < 3);', 0, 'An assertion only looks'),
    'asserts ': ('assert(two(n, out_n, err));', 0, 'An assertion only looks'),
    'types': ('typedef struct noun noun_t;', 0, 'noun_t hides a struct'),
}
FINE = ('int kept = errno;\n    (void)close(n);\n    errno = kept;\n    size_t length = strlen(text);\n'
        '    for (size_t i = 0; i < length; i++)\n        n++;\n    assert(n > 3 && str_equal(a, b));\n'
        '    if (!two(n, &n, err))\n        return false;\n    if (n > 3)\n        goto out;\n    n = 4;\n'
        '    if (n > 1)\n        return err_set(err, 1, "", "No.");\nout:\n    *out_n = n;')


def write_statements(tree, file, statements):
    """A function with the statements, the first of them on line 4 of the file"""
    tree.write(file, '/* plant.c - a plant. */\nbool one(const char *text, int n, int *out_n, struct err *err)\n{\n    '
                     + statements + '\n    return true;\n}\n')


def each_rule_of_coccinelle_stops(tree):
    if not shutil.which('spatch'):
        raise Skipped('coccinelle is not installed')
    tree.compile = lambda: None
    files = {rule: f'src/base/plant_{at}.c' for at, rule in enumerate(RULES)}
    for rule, (statements, _, _) in RULES.items():
        write_statements(tree, files[rule], statements)
    code, said = tree.check('cocci')
    for rule, (_, below, word) in RULES.items():
        demand(code == 1 and f'{files[rule]}:{4 + below}: {word}' in said, f'{rule} in {files[rule]}: {said}')
        os.remove(os.path.join(tree.root, files[rule]))
    demand({rule.strip() for rule in RULES} ==
           {name.removesuffix('.cocci') for name in os.listdir(os.path.join(tree.root, 'tools/cocci'))},
           'Each tools/cocci/NAME.cocci needs a planted fault here.')
    write_statements(tree, 'src/base/noun.c', FINE)
    code, said = tree.check('cocci')
    demand(code == 0 and said == '', said)


def what_coccinelle_cannot_read_stops(tree):
    if not shutil.which('spatch'):
        raise Skipped('coccinelle is not installed')
    tree.compile = lambda: None
    tree.write('src/base/noun.c', 'STRANGE(int) begin { of no C\n' * 20)
    demand_stop(tree, 'cocci', 'tools/check_cocci.py:1', 'Coccinelle cannot read')


def a_misspelt_and_an_american_word_stop(tree):
    if not shutil.which('codespell'):
        raise Skipped('codespell is not installed')
    tree.write('docs/page.md', '# Page\n\nIt ' + 'rec' + 'ieves a be' + 'havior.\n')
    demand_stop(tree, 'spelling', 'docs/page.md:3', 'is written receives')
    demand_stop(tree, 'spelling', 'docs/page.md:3', 'is written behaviour')


def the_scanner_reads_what_c_allows(_):
    text = ('#define A(x) { if (x) {\nstatic const struct row rows[] = {{"}", \'{\'}, {"(", \')\'}};\n'
            'enum { ONE, TWO };\n/* int no(void) { */\nint yes(int a, struct s (*b)[2]) __attribute__((cold))\n{\n'
            '    struct s c = (struct s){1, 2};\n    return a;\n}\n')
    blanked = check_sizes.BLANKED.sub(check_sizes.blank, text)
    got = list(check_sizes.functions(blanked))
    demand(got == [('yes', 2, 5, 9)], str(got))


CASES = [a_clean_tree_passes_every_check, an_upward_include_stops, an_upward_call_without_an_include_stops,
         the_name_of_a_library_function_stops,
         a_clock_in_a_pure_folder_stops, the_allocator_outside_the_arena_stops, a_stale_object_stops,
         a_function_of_ninety_lines_stops, six_parameters_stop, a_long_line_and_a_long_file_stop,
         a_word_without_a_place_in_its_table_stops,
         a_banned_function_stops, a_header_that_needs_another_stops,
         an_exception_holds_and_an_unneeded_one_stops, state_outside_its_owner_stops, each_rule_of_coccinelle_stops,
         what_coccinelle_cannot_read_stops, a_misspelt_and_an_american_word_stop, the_scanner_reads_what_c_allows]


def main():
    failed = False
    print(f'1..{len(CASES)}')
    with tempfile.TemporaryDirectory(prefix='reeve-checks-') as folder:
        for number, case in enumerate(CASES, 1):
            try:
                case(Tree(folder))
                print(f'ok {number} - {case.__name__}')
            except Skipped as reason:
                print(f'ok {number} - {case.__name__} # SKIP {reason}')
            except AssertionError as error:
                failed = True
                print(f'not ok {number} - {case.__name__}')
                print('\n'.join('# ' + line for line in str(error).split('\n')))
    sys.exit(1 if failed else 0)


main()
