#!/usr/bin/python3
"""databases.py BUILD NODE_MODULES - what known tools get wrong about a database (M1 to M9), each beside Reeve on the same server.

NODE_MODULES is FOLDER/node_modules after `npm install --prefix FOLDER dbmate@2 supabase@3`. Of each case one line says what the peer did, one what
Reeve did, and whether both are as they were when this was written: a peer that is mended is said, too. M8 and M9 have no program as peer: M8's
condition is restated, and M9 is the lock that several runners take, in two sessions. Exit 1 when Reeve is wrong, 3 when a peer is right by now.
The server is PostgreSQL of this machine on a free port, never as root.
"""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../tests/postgres'))
import rig as company  # noqa: E402
from rig import Rig  # noqa: E402
from sessions import Sessions  # noqa: E402

TRIALS = 10
TWO_SECTIONS = '''-- migrate:up
CREATE TABLE users (id int);
-- migrate:down
DROP TABLE users;
-- migrate:up
ALTER TABLE users ADD COLUMN email text;
-- migrate:down
ALTER TABLE users DROP COLUMN email;
'''
DATA = '''-- migrate:up transaction:false
UPDATE balances SET amount = amount + 100 WHERE pg_sleep(0.2) IS NOT NULL;
-- migrate:down
'''
INDEX = 'CREATE INDEX CONCURRENTLY goods_a ON goods (a);\n'
CONFIGURATION = '''services:
  database: { url: env:DB, owner: env:DB, migrations: FOLDER }
'''
TABLES = '''CREATE EXTENSION pgstattuple;
CREATE TABLE padded (a bool, b bigint, c bool, d bigint, e bool, f bigint);
INSERT INTO padded SELECT true, n, true, n, true, n FROM generate_series(1, 300000) n;
CREATE TABLE keys (id int PRIMARY KEY, tag text, more text);
ALTER TABLE keys SET (autovacuum_enabled = off);
INSERT INTO keys SELECT n, repeat('x', 60), repeat('y', 60) FROM generate_series(1, 300000) n;
DELETE FROM keys WHERE id % 2 > 0;
CREATE TABLE emptied (id bigint, filling text);
ALTER TABLE emptied SET (autovacuum_enabled = off);
INSERT INTO emptied SELECT n, repeat('x', 200) FROM generate_series(1, 240000) n;
DELETE FROM emptied WHERE id % 7 > 0;
'''


class Bench:
    def __init__(self, rig, modules):
        self.rig, self.modules, self.wrong, self.mended = rig, modules, [], []
        self.number, self.configured = 0, None

    def said(self, case, peer, is_peer_wrong, ours, is_right):
        print(f'{case}\n  peer   {"wrong" if is_peer_wrong else "RIGHT BY NOW"}: {peer}\n'
              f'  reeve  {"right" if is_right else "WRONG"}: {ours}', flush=True)
        self.wrong += [] if is_right else [case]
        self.mended += [] if is_peer_wrong else [case]

    def database(self, text='SELECT 1'):
        """A fresh one of app's: its name."""
        self.number += 1
        name = f'm{self.number}'
        self.rig.sql(f'CREATE DATABASE {name} OWNER app')
        self.rig.sql(text, database=name, user='app')
        return name

    def folder(self, **files):
        self.number += 1
        path = os.path.join(self.rig.folder, f'files{self.number}')
        os.mkdir(path)
        os.chmod(path, 0o755)
        for name, text in files.items():
            self.rig.write(os.path.join(path, name.replace('__', '.')), text)
        return path

    def address(self, database, user='app'):
        return self.rig.address(user=user, database=database, sslmode='disable')

    def start(self, *words, **environment):
        return subprocess.Popen(company.plain(*words), cwd=self.rig.folder, env={**self.rig.env, **environment}, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def program(self, name):
        return os.path.join(self.modules, '.bin', name)

    def dbmate(self, database, folder):
        return self.start(self.program('dbmate'), '--url', self.address(database), '-d', folder, '--no-dump-schema', 'migrate')

    def reeve_migrates(self, database, folder):
        if self.configured != folder:  # not under the hands of one that reads it
            self.rig.configure(CONFIGURATION.replace('FOLDER', folder))
        self.configured = folder
        return self.start('./reeve', 'db:migrate', DB=self.address(database))

    def supabase(self, what, database):
        done = subprocess.run([self.program('supabase'), 'inspect', 'db', what, '--remote=' + self.address(database, 'acme'),
                               '--output-format', 'json'], env=self.rig.env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done
        return json.loads(done.stdout)['rows']

    def look(self, command, database):
        self.rig.configure()
        self.configured = None
        _, answer = self.rig.json(command, url=self.rig.address(user='acme', database=database))
        return answer


def ends(*processes):
    """[(exit, what was said)]"""
    said = [one.communicate(timeout=120)[0] for one in processes]
    return [(one.returncode, text) for one, text in zip(processes, said)]


def table_of(answer, title):
    result = next(one for one in answer['results'] if one['title'] == title)
    names = [column['name'] for column in result['columns']]
    return [dict(zip(names, row)) for row in result['rows']]


def m1(bench):
    folder = bench.folder(**{'20240101000000_two__sql': TWO_SECTIONS})
    seen = []
    for start in (bench.dbmate, bench.reeve_migrates):
        name = bench.database()
        first, second = ends(start(name, folder))[0][0], ends(start(name, folder))[0][0]
        columns = bench.rig.sql("SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = "
                                "to_regclass('users') AND attnum > 0", database=name)
        seen.append((first, second, columns))
    words = 'exits {} and {} when run again, columns of users: {}'
    bench.said('M1 two sections in one file, beside dbmate', words.format(*seen[0]), seen[0][1:] == (0, 'id'), words.format(*seen[1]),
               seen[1] == (0, 0, 'id email'))


def m2(bench):
    folder = bench.folder(**{'20240101000000_data__sql': DATA})
    counts = []
    for start in (bench.dbmate, bench.reeve_migrates):
        failed, amounts = 0, []
        for _ in range(TRIALS):
            name = bench.database('CREATE TABLE balances AS SELECT 0 AS amount; CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)')
            codes = [code for code, _ in ends(start(name, folder), start(name, folder))]
            failed += any(codes)
            amounts.append(int(bench.rig.sql('SELECT amount FROM balances', database=name)) // 100)
        counts.append((amounts.count(2), amounts.count(0), failed))
    words = 'applied twice in {} of %d trials, never in {}, a process failed in {}' % TRIALS
    bench.said('M2 two runners, one data migration outside of transactions, beside dbmate', words.format(*counts[0]), counts[0][0] > 0,
               words.format(*counts[1]), counts[1] == (0, 0, 0))


def m3_m4(bench):
    name = bench.database('CREATE TABLE goods AS SELECT 1 AS a')
    with Sessions(bench.rig) as some:
        some.open('reader', database=name).ask('BEGIN; SELECT count(*) FROM goods')
        waits = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
        some.open('alter', database=name).tell('ALTER TABLE goods ADD COLUMN tax int')
        company.within(10, lambda: bench.rig.sql(waits) == '1', 'the ALTER TABLE')
        some.open('web', database=name).tell('SELECT count(*) FROM goods')
        company.within(10, lambda: bench.rig.sql(waits) == '2', 'who stands behind it')
        theirs, locks = bench.supabase('blocking', name), bench.supabase('locks', name)
        answer = bench.look('db:locks', name)
    waiting = [one for one in answer['sessions'] if one['blocked_by']]
    bench.said('M3 the lock queue, beside supabase inspect db blocking', f'{len(theirs)} of 2 waiting sessions', len(theirs) < 2,
               f'{len(waiting)} of 2, as pg_blocking_pids() says', len(waiting) == 2)
    named = [one for one in locks if one['relname'] == 'goods']
    itself = [one for one in locks if 'pg_locks.mode' in one['stmt']]
    held = [one for one in answer['sessions'] if one.get('mode') == 'AccessExclusiveLock' and one.get('on') == 'public.goods']
    bench.said('M4 who has or wants goods for himself, beside supabase inspect db locks',
               f'{len(locks)} rows, {len(named)} of them name goods, {len(itself)} is the question itself', not named,
               f'{len(held)} session wants AccessExclusiveLock on public.goods, and no other row says so', len(held) == 1)


def m5(bench):
    name = bench.database('CREATE TABLE goods AS SELECT n AS a FROM generate_series(1, 20000) n')
    bench.rig.sql('CREATE SCHEMA extensions; CREATE EXTENSION pg_stat_statements SCHEMA extensions', database=name)
    for _ in range(5):
        bench.rig.sql('SELECT count(*) FROM goods one JOIN goods two USING (a)', database=name, user='app')
    wanted = 'FROM goods one JOIN goods two'
    theirs = [one for one in bench.supabase('outliers', name) if wanted in one['query']]
    answer = bench.look('db:slow', name)
    ours = [row for result in answer['results'] for row in result['rows'] if any(wanted in str(value) for value in row)]
    bench.said('M5 the slow statement of the application\'s role, beside supabase inspect db outliers', f'asked as another role: in {len(theirs)} of its rows',
               not theirs, f'asked as the same role: in {len(ours)} rows', len(ours) > 0)


def m6_m7_m8(bench):
    name = bench.database()
    bench.rig.sql(TABLES, database=name)
    for table in ('padded', 'keys', 'emptied'):
        bench.rig.sql(f'VACUUM ANALYZE {table}', database=name)
    theirs = {one['name'].split('.')[-1]: one for one in bench.supabase('bloat', name)}
    answer = bench.look('db:bloat', name)
    tables = {one['table'].removeprefix('public.'): float(one['wasted_percent']) for one in table_of(answer, 'Tables')}
    trees = {one['index'].removeprefix('public.'): one['wasted_percent'] for one in table_of(answer, 'Btree indexes')}
    size = int(bench.rig.sql("SELECT pg_relation_size('keys_pkey')", database=name))
    bench.rig.sql('REINDEX INDEX keys_pkey', database=name)
    truth = 100 * (1 - int(bench.rig.sql("SELECT pg_relation_size('keys_pkey')", database=name)) / size)
    peer = next((one for key, one in theirs.items() if key.endswith('keys_pkey')), None)
    ratio = float(peer['bloat']) if peer else 1.0
    percent = 100 * (1 - 1 / ratio) if ratio > 1 else 0.0
    bench.said(f'M6 an index of which REINDEX gives back {truth:.0f} %, beside supabase inspect db bloat', f'{percent:.0f} % ({peer})',
               abs(percent - truth) > 10, f'{float(trees["keys_pkey"]):.1f} %', abs(float(trees['keys_pkey']) - truth) < 3)
    true = float(bench.rig.sql("SELECT free_percent + dead_tuple_percent FROM pgstattuple('padded')", database=name))
    peer = theirs.get('padded')
    ratio = float(peer['bloat']) if peer else 1.0
    bench.said(f'M7 a table with padding of which {true:.1f} % is free, beside the same', f'{100 * (1 - 1 / ratio):.0f} % ({peer})', ratio > 1.1,
               f'{tables["padded"]:.1f} %', tables['padded'] < 1)
    pages = int(bench.rig.sql("SELECT relpages FROM pg_class WHERE relname = 'emptied'", database=name))
    bench.rig.sql('CREATE TABLE made AS SELECT * FROM emptied', database=name)
    anew = int(bench.rig.sql("SELECT pg_relation_size('made') / 8192", database=name))
    wasted = (pages - anew) * 8192
    flagged = pages / anew > 70 and wasted > 20 << 20
    found = [one['sentence'] for one in answer['findings'] if one['place'] == 'public.emptied']
    bench.said(f'M8 a table of {pages * 8192 >> 20} MB, {100 * wasted / pages / 8192:.0f} % of it empty, beside "pages / pages needed > 70" of lint 0020',
               f'flagged: {flagged}, its figure is {pages / anew:.1f}', not flagged, f'found: {len(found)}, {tables["emptied"]:.0f} %', len(found) == 1)


def m9(bench):
    """Who waits in pg_advisory_lock() has a snapshot, for whose end CREATE INDEX CONCURRENTLY waits."""
    make = 'CREATE TABLE goods AS SELECT n AS a FROM generate_series(1, 200000) n'
    name = bench.database(make)
    with Sessions(bench.rig) as some:
        first, second = some.open('first', database=name), some.open('second', database=name)
        first.ask('SELECT pg_advisory_lock(42)')
        second.tell('SELECT pg_advisory_lock(42)')
        company.within(10, lambda: bench.rig.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == '1', 'the second')
        first.tell(INDEX.rstrip(';\n'))
        said = [one.wait() for one in (first, second)]
    deadlocks = sum('deadlock detected' in one for one in said)
    folder = bench.folder(**{'20240101000001_goods__sql': f'-- migrate:up\n{make};\n',
                             '20240101000002_index__sql': '-- migrate:up transaction:false\n' + INDEX})
    bad = 0
    for _ in range(3):
        name = bench.database()
        done = ends(bench.reeve_migrates(name, folder), bench.reeve_migrates(name, folder))
        valid = bench.rig.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('goods_a')", database=name)
        bad += valid != 't' or any(code for code, _ in done)
    bench.said('M9 CREATE INDEX CONCURRENTLY while another runner waits in pg_advisory_lock()', f'deadlock detected in {deadlocks} of 2 sessions',
               deadlocks > 0, f'{bad} of 3 pairs of runners failed or left an invalid index', bad == 0)


def main():
    build, modules = sys.argv[1], os.path.abspath(sys.argv[2])
    with Rig(f'{build}/src/main/reeve', f'{build}/src/worker/reeve-work') as rig:
        rig.make_shop()
        bench = Bench(rig, modules)
        for case in (m1, m2, m3_m4, m5, m6_m7_m8, m9):
            case(bench)
    print(f'Reeve is wrong in {len(bench.wrong)}, peers are right by now in {len(bench.mended)}: {bench.wrong + bench.mended}')
    return 1 if bench.wrong else 3 if bench.mended else 0


if __name__ == '__main__':
    sys.exit(main())
