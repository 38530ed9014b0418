#!/usr/bin/python3
"""migrations.py BUILD [NODE_MODULES] [FILES [ROUNDS]] - so many files of migrations (1,000), beside psql in one connection and other runners, in turns.

NODE_MODULES is FOLDER/node_modules after `npm install --prefix FOLDER dbmate@2 node-pg-migrate pg`; without it psql alone is the peer. Each round has
a fresh database for each runner and begins with another one. Then the runners are run again with nothing to do. Wall seconds, the median of the rounds and
least to most; the share beside psql is that of each round. The server is PostgreSQL of this machine on a free port, with fsync, never as root.
"""
import os
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../tests/postgres'))
import rig as company  # noqa: E402
from rig import Rig  # noqa: E402

UP = ('CREATE TABLE t{n} (id bigint PRIMARY KEY, name text NOT NULL, made timestamptz NOT NULL DEFAULT now());\n',
      'ALTER TABLE t{before} ADD COLUMN more_{n} int;\n', 'INSERT INTO t{before} (id, name) VALUES ({n}, \'one\');\n',
      'CREATE INDEX t{before}_{n} ON t{before} (name);\n')


class Files:
    """The same statements, as each runner wants them."""

    def __init__(self, rig, count):
        self.rig = rig
        self.plain, self.sections, self.scripts = (self.folder(name) for name in ('plain', 'sections', 'scripts'))
        made = 0
        for n in range(count):
            made = n if n % 4 == 0 else made
            text = UP[n % 4].format(n=n, before=made)
            self.write(self.plain, f'{n:05}.sql', f'BEGIN;\n{text}COMMIT;\n')
            self.write(self.sections, f'{20240101000000 + n}_step.sql', f'-- migrate:up\n{text}\n-- migrate:down\nSELECT 1;\n')
            self.write(self.scripts, f'{1704067200000 + n}_step.sql', f'-- Up Migration\n{text}\n-- Down Migration\nSELECT 1;\n')
        self.all = os.path.join(rig.folder, 'all.sql')
        self.write(rig.folder, 'all.sql', ''.join(f'\\i {self.plain}/{n:05}.sql\n' for n in range(count)))

    def folder(self, name):
        path = os.path.join(self.rig.folder, name)
        os.mkdir(path)
        os.chmod(path, 0o755)
        return path

    def write(self, folder, name, text):
        self.rig.write(os.path.join(folder, name), text)


def runners(rig, files, modules):
    """{name: (command, environment) of an address}"""
    rig.write('reeve.yaml', f'services:\n  database: {{ url: env:DB, owner: env:DB, migrations: {files.sections} }}\n')
    found = {'psql': lambda url: ([f'{rig.bin}/psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', files.all, url], {}),
             'reeve': lambda url: (['./reeve', 'db:migrate'], {'DB': url}),
             'reeve without lint': lambda url: (['./reeve', 'db:migrate', '--lint', 'off'], {'DB': url})}
    if modules:
        found['dbmate'] = lambda url: ([f'{modules}/.bin/dbmate', '--url', url, '-d', files.sections, '--no-dump-schema', 'migrate'], {})
        found['node-pg-migrate'] = lambda url: ([f'{modules}/.bin/node-pg-migrate', 'up', '-m', files.scripts, '--no-check-order'],
                                                {'DATABASE_URL': url})
    return found


def run(rig, command, environment):
    """(wall seconds, CPU seconds of the runner)"""
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(company.plain(*command), cwd=rig.folder, env={**rig.env, **environment}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=600)
    taken, after = time.perf_counter() - begun, os.times()
    assert done.returncode == 0, (command, done.stdout[-500:], done.stderr[-500:])
    return taken, after.children_user + after.children_system - before.children_user - before.children_system


def spread(values, digits=2):
    return f'{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})'


def main():
    words = sys.argv[2:]
    modules = os.path.abspath(words.pop(0)) if words and not words[0].isdigit() else None
    count = int(words[0]) if words else 1000
    rounds = int(words[1]) if len(words) > 1 else 5
    with Rig(f'{sys.argv[1]}/src/main/reeve', f'{sys.argv[1]}/src/worker/reeve-work') as rig:
        rig.stop()
        rig.start('fsync=on', 'shared_buffers=128MB')
        rig.make_shop()
        all_of = runners(rig, Files(rig, count), modules)
        names = list(all_of)
        wall, cpu, idle = ({name: [] for name in names} for _ in range(3))
        tables = (count + 3) // 4
        for turn in range(rounds):
            for name in names[turn % len(names):] + names[:turn % len(names)]:
                database = f'd{turn}_{names.index(name)}'
                rig.sql(f'CREATE DATABASE {database} OWNER app')
                order = all_of[name](rig.address(database=database, sslmode='disable'))
                taken, used = run(rig, *order)
                there = rig.sql("SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'", database=database)
                assert int(there) == tables, (name, there)
                wall[name].append(taken)
                cpu[name].append(used)
                if name != 'psql':
                    idle[name].append(min(run(rig, *order)[0] for _ in range(3)) * 1000)
                rig.sql(f'DROP DATABASE {database}')
        print(f'{count} files, {rounds} rounds in turns, wall seconds; processor seconds of the runner; beside psql; ms with nothing to do')
        for name in names:
            share = [one / two for one, two in zip(wall[name], wall['psql'])]
            print(f'{name:20} {spread(wall[name])}   {spread(cpu[name])}   {spread(share)}'
                  + (f'   {spread(idle[name], 0)}' if idle[name] else ''), flush=True)


main()
