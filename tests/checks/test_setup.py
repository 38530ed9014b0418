#!/usr/bin/python3
"""A test of tools/setup: which packages each purpose asks for, read from debian/control by the build profiles, and
what a person without rights is told. Nothing is installed here: dpkg-query, id and sudo are stand-ins."""
import os
import subprocess
import sys
import tempfile

ROOT = os.environ['REEVE_SOURCE_ROOT']


def stand_ins(folder, **scripts):
    for name, script in scripts.items():
        path = os.path.join(folder, name.replace('_', '-'))
        with open(path, 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\n' + script + '\n')
        os.chmod(path, 0o755)


def setup(folder, *words):
    return subprocess.run([os.path.join(ROOT, 'tools/setup'), *words], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env={'PATH': folder + ':/usr/bin:/bin'})


def main():
    results = []

    def demand(name, good, said=''):
        results.append(good)
        print(f'{"ok" if good else "not ok"} {len(results)} - {name}')
        if not good:
            print('\n'.join('# ' + line for line in str(said).splitlines()))

    with tempfile.TemporaryDirectory(prefix='reeve-setup-') as folder:
        stand_ins(folder, dpkg_query='exit 1')
        lists = {purpose: setup(folder, purpose, '--list').stdout.split() for purpose in ('build', 'test', 'check', 'deb')}
        demand('the build set holds compiler, libraries and the server',
               {'gcc', 'libsodium-dev', 'meson', 'postgresql-15'} <= set(lists['build']), lists['build'])
        demand('the build set holds no test or check tool',
               not {'curl', 'prometheus-node-exporter', 'clang', 'debhelper'} & set(lists['build']), lists['build'])
        demand('the test set adds what tests run against, and no check tool',
               set(lists['build']) | {'curl', 'prometheus-node-exporter'} <= set(lists['test'])
               and not {'clang', 'cppcheck'} & set(lists['test']), lists['test'])
        demand('the check set adds compilers and analysers, and never debhelper',
               set(lists['test']) | {'clang', 'cppcheck'} <= set(lists['check'])
               and 'debhelper' not in lists['check'], lists['check'])
        demand('the package set holds what the package is made and tested with, and no check tool',
               {'build-essential', 'debhelper', 'gcc', 'curl'} <= set(lists['deb']) and 'clang' not in lists['deb'],
               lists['deb'])
        demand('no name is torn', all(name.replace('-', '').replace('+', '').replace('.', '').isalnum()
                                      for name in lists['check']), lists['check'])

        stand_ins(folder, dpkg_query='printf installed')
        done = setup(folder, 'check')
        demand('nothing missing: silent and good', done.returncode == 0 and done.stdout + done.stderr == '', done)

        stand_ins(folder, dpkg_query='exit 1', id='echo 1000', sudo='exit 1')
        done = setup(folder, 'build')
        demand('without rights and terminal it prints the one command and stops',
               done.returncode == 1 and f'Run this once: sudo {ROOT}/tools/setup build' in done.stderr, done)
        done = setup(folder, 'nonsense')
        demand('an unknown purpose is refused', done.returncode == 2 and 'usage' in done.stderr, done)
    print(f'1..{len(results)}')
    sys.exit(0 if all(results) else 1)


main()
