# lint.py - the lint of migrations against a real PostgreSQL: what only somebody who asks the server can know, and
# whether what it says of a statement is what the server then does.
import os
import sys

import rig as company
from migrate import fresh, shop
from rig import Rig, case
from sessions import Sessions

TABLES = """
CREATE TABLE small (id int PRIMARY KEY, name varchar(50), note text, at timestamp(3), price numeric(8,2), code char(4),
                    state text NOT NULL DEFAULT '', list text[]);
INSERT INTO small SELECT i, 'n' || i FROM generate_series(1, 12) i;
CREATE TABLE big (LIKE small INCLUDING ALL);
INSERT INTO big SELECT i, 'n' || i FROM generate_series(1, 500) i;
CREATE TABLE none (LIKE small INCLUDING ALL);
CREATE TABLE parted (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
INSERT INTO parted VALUES (1, '2020-02-02');
CREATE SCHEMA "Odd.Name";
CREATE TABLE "Odd.Name"."Big.One" (a int);
INSERT INTO "Odd.Name"."Big.One" VALUES (1);
CREATE VIEW seen AS SELECT note FROM big;
CREATE TABLE child (id int, big int REFERENCES big (id));
CREATE FUNCTION tag() RETURNS text LANGUAGE sql STABLE AS $$SELECT 'x'$$;
CREATE FUNCTION luck() RETURNS text LANGUAGE sql AS 'SELECT random()::text';
"""


AGE = "SELECT now() - xact_start > interval '5.2 s' FROM pg_stat_activity WHERE pid = {}"


def make(rig):
    fresh(rig, {})
    for line in TABLES.split(';\n'):
        if line.strip():
            shop(rig, line, user='app')
    shop(rig, 'ANALYZE')
    # As the statistics of a table of 50 million rows would be.
    shop(rig, "UPDATE pg_class SET reltuples = 50000000 WHERE relname IN ('big', 'parted_1', 'Big.One')")


def look(rig, sql, *words, **named):
    """{rule: finding} of one file; what was said stands under ''."""
    rig.write('look.sql', sql)
    done, answer = rig.json('db:lint', 'look.sql', *words, url=named.pop('url', None) or rig.address(), **named)
    return {'': (done.returncode, done.stderr, answer), **{one['rule']: one for one in answer.get('lint', [])}}


def finds(rig, name, sql, rule, *said, level='error', **named):
    found = look(rig, sql, *named.pop('words', ()), **named)
    one = found.get(rule, {})
    case(one.get('level') == level and all(word in one['text'] for word in said) and found[''][0] == 1, name, sql,
         found)
    return found


def passes(rig, name, sql, *words):
    found = look(rig, sql, *words)
    case(list(found) == [''] and found[''][0] == 0, name, sql, found)


def sizes(rig):
    finds(rig, 'a table of 50 million rows', 'CREATE INDEX i ON big (name)', 'require-concurrent-index-creation',
          'big (50,000,000 rows, ')
    passes(rig, 'the same on one of 12', 'CREATE INDEX i ON small (name)')
    finds(rig, 'unless 12 are many', 'CREATE INDEX i ON small (name)', 'require-concurrent-index-creation',
          'small (12 rows',
          words=('--large-rows=12',))
    passes(rig, 'a table that the file makes', 'CREATE TABLE t (a text); INSERT INTO t SELECT note FROM big;'
           ' CREATE INDEX i ON t (a); ALTER TABLE t ALTER a SET NOT NULL')
    finds(rig, 'not when it was there before', 'CREATE TABLE IF NOT EXISTS big (a text); CREATE INDEX i ON big (name)',
          'require-concurrent-index-creation')
    finds(rig, 'renamed in the file, it is the same table',
          'ALTER TABLE big RENAME TO huge; CREATE INDEX i ON huge (name)',
          'require-concurrent-index-creation', 'huge (50,000,000 rows')
    finds(rig, 'a partitioned one is as large as its partitions', 'CREATE INDEX i ON parted (id)',
          'require-concurrent-index-creation', '50,000,000 rows')
    finds(rig, 'names with dots, quotes and capitals', 'CREATE INDEX i ON "Odd.Name"."Big.One" (a)',
          'require-concurrent-index-creation', '50,000,000 rows')
    finds(rig, 'a required column, with rows', 'ALTER TABLE small ADD COLUMN x int NOT NULL', 'adding-required-field')
    passes(rig, 'and without any', 'ALTER TABLE none ADD COLUMN x int NOT NULL')


def said_by_server(rig, sql):
    """What the server does for the statement, in its own words."""
    done = rig.run(f'{rig.bin}/psql', '-qXAt', '-h', rig.folder, '-p', str(rig.port), '-U', 'app', '-d', 'shop', '-c',
                   f"BEGIN; SET LOCAL client_min_messages = debug1; {sql}; ROLLBACK")
    return done.stderr


# What is to be done to big, and whether that reads or writes all of it.
TRUTHS = [
    ('ALTER TABLE big ALTER name TYPE varchar(100)', False), ('ALTER TABLE big ALTER name TYPE varchar', False),
    ('ALTER TABLE big ALTER name TYPE text', False), ('ALTER TABLE big ALTER name TYPE varchar(20)', True),
    ('ALTER TABLE big ALTER state TYPE varchar', False), ('ALTER TABLE big ALTER state TYPE varchar(9)', True),
    ('ALTER TABLE big ALTER code TYPE char(9)', True), ('ALTER TABLE big ALTER code TYPE text', True),
    ('ALTER TABLE big ALTER price TYPE numeric(12,2)', False), ('ALTER TABLE big ALTER price TYPE numeric(12,4)', True),
    ('ALTER TABLE big ALTER price TYPE numeric', False), ('ALTER TABLE big ALTER price TYPE numeric(6,2)', True),
    ('ALTER TABLE big ALTER at TYPE timestamp(6)', False), ('ALTER TABLE big ALTER at TYPE timestamp', False),
    ('ALTER TABLE big ALTER at TYPE timestamp(0)', True), ('ALTER TABLE big ALTER at TYPE timestamptz', False),
    ('ALTER TABLE big ALTER at TYPE timestamptz(0)', True), ('ALTER TABLE big ALTER at TYPE date', True),
    ('ALTER TABLE big ALTER list TYPE varchar[]', True), ('ALTER TABLE big ALTER list TYPE text[]', False),
    ('ALTER TABLE big ALTER list TYPE varchar(3)[]', True),
    ('ALTER TABLE big ALTER price TYPE bigint', True), ('ALTER TABLE big ALTER name TYPE text USING name::text', False),
    ('ALTER TABLE big ALTER name TYPE text USING upper(name)', True),
    ('ALTER TABLE big ADD x int', False), ('ALTER TABLE big ADD x int DEFAULT 7', False),
    ('ALTER TABLE big ADD x timestamptz DEFAULT now()', False), ('ALTER TABLE big ADD x float DEFAULT random()', True),
    ('ALTER TABLE big ADD x text DEFAULT tag()', False), ('ALTER TABLE big ADD x text DEFAULT luck()', True),
    ('ALTER TABLE big ADD x text GENERATED ALWAYS AS (note) STORED', True), ('ALTER TABLE big ADD x bigserial', True),
    ('ALTER TABLE big ADD x int GENERATED ALWAYS AS IDENTITY', True),
    ('ALTER TABLE big ADD CHECK (id > 0)', True), ('ALTER TABLE big ADD CHECK (id > 0) NOT VALID', False),
    ('ALTER TABLE big ALTER note SET NOT NULL', True), ('ALTER TABLE big ALTER state SET NOT NULL', False),
    ('ALTER TABLE big ADD x int REFERENCES small (id)', False),
    ('ALTER TABLE big ADD x int DEFAULT 7 REFERENCES small (id)',
                                                                 True),
    ('ALTER TABLE big ADD FOREIGN KEY (id) REFERENCES small (id)', True),
    ('ALTER TABLE big ADD FOREIGN KEY (id) REFERENCES small (id) NOT VALID', False),
    ('ALTER TABLE big SET UNLOGGED', True), ('ALTER TABLE big SET (fillfactor = 70)', False),
]


def truths(rig):
    """big has no view here: that would be another finding."""
    shop(rig, 'DROP VIEW seen; ALTER TABLE child DROP CONSTRAINT child_big_fkey; UPDATE big SET note = \'x\'')
    for sql, reads in TRUTHS:
        server = said_by_server(rig, sql)
        does = any(word in server for word in ('rewriting table', 'verifying table', 'validating foreign key'))
        errors = [one for one in look(rig, sql)[''][2]['lint'] if one['level'] != 'warning']
        case(does == reads == bool(errors), f'as the server does: {sql}', server, errors)


def checked(rig):
    sql = 'ALTER TABLE big ALTER note SET NOT NULL'
    shop(rig, 'ALTER TABLE big ADD CONSTRAINT has CHECK (note IS NOT NULL) NOT VALID')
    finds(rig, 'a constraint that is not validated proves nothing', sql, 'adding-not-nullable-field', 'NULLs in note')
    passes(rig, 'validated by the file in a section before', f'ALTER TABLE big VALIDATE CONSTRAINT has; {sql}')
    shop(rig, 'ALTER TABLE big VALIDATE CONSTRAINT has')
    passes(rig, 'a validated one on the server does', sql)
    case('verifying' not in said_by_server(rig, sql), 'and the server trusts it', said_by_server(rig, sql))
    finds(rig, 'not when the file drops it before', f'ALTER TABLE big DROP CONSTRAINT has; {sql}',
          'adding-not-nullable-field')
    shop(rig,
         'ALTER TABLE big DROP CONSTRAINT has; ALTER TABLE big ADD CONSTRAINT has CHECK (note IS NOT NULL OR id = 0)')
    finds(rig, 'nor one that says OR', sql, 'adding-not-nullable-field')
    shop(rig, 'ALTER TABLE big DROP CONSTRAINT has')


def what_is_there(rig):
    finds(rig, 'what is dropped is not there', 'DROP TABLE gone', 'missing-object', 'gone is not there')
    passes(rig, 'IF EXISTS', 'DROP INDEX IF EXISTS gone')
    finds(rig, 'a column that is not there', 'ALTER TABLE small DROP COLUMN gone', 'missing-object', 'no column gone')
    finds(rig, 'a column that is there', 'ALTER TABLE small ADD COLUMN note text', 'object-exists', 'note already')
    finds(rig, 'IF NOT EXISTS keeps another type', 'ALTER TABLE small ADD COLUMN IF NOT EXISTS note bigint',
          'object-exists',
          'does not become int8', level='warning')
    finds(rig, 'a table that is there', 'CREATE TABLE small (a int)', 'object-exists')
    finds(rig, 'a schema by SET is another place', 'SET search_path = other; ALTER TABLE gone ADD a int',
          'missing-object',
          level='unknown')
    shop(rig, 'CREATE VIEW seen AS SELECT note FROM big; ALTER TABLE child ADD FOREIGN KEY (big) REFERENCES big (id)')
    finds(rig, 'views and keys hang on it', 'DROP TABLE big', 'depended-on', 'view seen', 'foreign key of child')
    finds(rig, 'CASCADE takes them with it', 'DROP TABLE big CASCADE', 'depended-on', 'view seen', level='warning')
    finds(rig, 'a column a view reads', 'ALTER TABLE big DROP COLUMN note', 'depended-on', 'view seen')
    found = look(rig, 'DROP VIEW seen; DROP TABLE child, big')
    case('depended-on' not in found, 'not when they are dropped, too', found)
    found = look(rig, 'ALTER TABLE big DROP COLUMN code')
    case('depended-on' not in found and found['ban-drop-column']['level'] == 'warning', 'nor a column nobody reads',
         found)
    for sql in ('DROP TABLE big', 'ALTER TABLE big DROP COLUMN note', 'DROP TABLE gone',
                'ALTER TABLE small ADD note text'):
        case('ERROR' in said_by_server(rig, sql), f'the server refuses: {sql}')


def indexes(rig):
    shop(rig, 'CREATE INDEX broken ON small (name)')
    shop(rig, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass")
    index = '-- transaction:false\nCREATE INDEX CONCURRENTLY IF NOT EXISTS broken ON small (name);'
    finds(rig, 'IF NOT EXISTS over an invalid index', index, 'invalid-index', 'left invalid')
    passes(rig, 'dropped before', index.replace('CREATE', 'DROP INDEX CONCURRENTLY IF EXISTS broken;\nCREATE', 1))
    finds(rig, 'without it, it fails', '-- transaction:false\nCREATE INDEX CONCURRENTLY broken ON small (name);',
          'object-exists')
    finds(rig, 'CONCURRENTLY on a partitioned table',
          '-- transaction:false\nCREATE INDEX CONCURRENTLY i ON parted (id);',
          'index-on-partitioned')
    passes(rig, 'on a partition', '-- transaction:false\nCREATE INDEX CONCURRENTLY i ON parted_1 (id);')
    finds(rig, 'a key NOT VALID on a partitioned table',
          'ALTER TABLE parted ADD FOREIGN KEY (id) REFERENCES small (id) NOT '
          'VALID', 'key-on-partitioned')
    shop(rig, 'DROP INDEX broken')


def now(rig):
    add = 'ALTER TABLE small ADD COLUMN x int'
    index = '-- transaction:false\nCREATE INDEX CONCURRENTLY i ON small (name);'
    passes(rig, 'nobody is there', add)
    with Sessions(rig) as some:
        some.open('report')
        some[0].ask('BEGIN')
        some[0].ask('SELECT count(*) FROM small')
        passes(rig, 'a transaction that has just begun', add)
        company.within(20, lambda: shop(rig, AGE.format(some[0].pid)) == 't', 'time')
        finds(rig, 'one that is open for long', add, 'waits-for-transaction',
              f'process {some[0].pid} of app (open for ',
              'idle in transaction', 'everybody else behind this', level='warning')
        passes(rig, 'another table', 'ALTER TABLE none ADD COLUMN x int')
        passes(rig, 'reading is in no index build\'s way', index)
        some[0].ask('SET TRANSACTION ISOLATION LEVEL READ COMMITTED')
        some[0].ask('DECLARE c CURSOR FOR SELECT 1')
        finds(rig, 'but a snapshot is', index, 'waits-for-snapshot', f'process {some[0].pid} ', level='warning')
    with Sessions(rig) as some:
        some.open('holds', user='acme')
        some.open('queue')
        some[0].ask('BEGIN')
        some[0].ask('SELECT count(*) FROM small')
        some[1].ask('BEGIN')
        some[1].tell('LOCK TABLE small')
        company.within(10, lambda: shop(rig, 'SELECT count(*) FROM pg_locks WHERE NOT granted') == '1', 'the queue')
        finds(rig, 'somebody waits there already; who holds it is hidden', add, 'waits-for-transaction',
              'of acme (since when '
              'is hidden', '; 1 wait there already', level='warning')
        finds(rig, 'and what is hidden is no pass', '-- transaction:false\nCREATE INDEX CONCURRENTLY i ON none (name);',
              'waits-for-snapshot', 'does not see', level='unknown')
        rig.sql('GRANT pg_monitor TO app')
        passes(rig, 'who may see it, sees that it is young', add)
        rig.sql('REVOKE pg_monitor FROM app')
    shop(rig, "BEGIN; UPDATE small SET note = 'x'; PREPARE TRANSACTION 'left'")
    company.within(20, lambda: shop(rig, "SELECT now() - prepared > interval '5.2 s' FROM pg_prepared_xacts") == 't',
                   'time')
    finds(rig, 'a prepared transaction does not end by itself', add, 'waits-for-transaction',
          'prepared transaction left')
    finds(rig, 'nor lets an index build end', index, 'waits-for-snapshot', 'prepared transaction left')
    shop(rig, "ROLLBACK PREPARED 'left'")


def replicated(rig):
    shop(rig, 'CREATE PUBLICATION p FOR TABLE small')
    finds(rig, 'a published table gets a column', 'ALTER TABLE small ADD COLUMN x int', 'published-table',
          'subscription stops',
          level='warning')
    finds(rig, 'and loses its key', 'ALTER TABLE small DROP CONSTRAINT small_pkey', 'published-table',
          'UPDATE and DELETE')
    shop(rig, 'BEGIN; ALTER TABLE small DROP CONSTRAINT small_pkey; COMMIT')
    done = rig.run(f'{rig.bin}/psql', '-qXAt', '-h', rig.folder, '-p', str(rig.port), '-U', 'acme', '-d', 'shop', '-c',
                   'UPDATE small SET id = 1')
    case('replica identity' in done.stderr, 'which then fails', done)
    shop(rig, 'DROP PUBLICATION p; ALTER TABLE small ADD PRIMARY KEY (id)')


def data(rig):
    sql = 'ALTER TABLE small ADD COLUMN x int; UPDATE big SET note = 1'
    finds(rig, 'rows of a large table are changed behind a lock', sql, 'changing-data-behind-lock', 'small is locked')
    passes(rig, 'not when each is its own', '-- transaction:false\n' + sql)
    passes(rig, 'nor in a section of its own', '-- migrate:up\n' + sql.replace('; ', ';\n-- migrate:up\n'))
    passes(rig, 'nor few rows', 'ALTER TABLE small ADD COLUMN x int; UPDATE small SET note = 1')
    passes(rig, 'attached, with the bounds checked',
           'CREATE TABLE p2 (LIKE parted); ALTER TABLE parted ATTACH PARTITION p2 '
           "FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')")


def before_migrating(rig):
    fresh(rig, {'1_a.sql': 'CREATE TABLE a (b int);',
                '2_b.sql': 'CREATE INDEX a_b ON a (b);\nALTER TABLE a DROP COLUMN b;'})
    done = rig.reeve('db:migrate', url=rig.address())
    case(done.returncode == 0 and done.stderr.count('[') == 0, 'what the run itself made is nobody\'s yet', done)
    shop(rig, 'INSERT INTO a SELECT FROM generate_series(1, 10); ANALYZE a')
    shop(rig, "UPDATE pg_class SET reltuples = 5e7 WHERE relname = 'a'")
    index = 'CREATE INDEX a_c ON a (c);\n'
    rig.write('db/migrations/3_c.sql', 'CREATE TABLE z ();')
    rig.write('db/migrations/4_d.sql', 'ALTER TABLE a ADD c int;\n' + index)
    for words in ((), ('--dry-run',)):
        done = rig.reeve('db:migrate', *words, url=rig.address())
        said = ('4_d.sql:2:1: error [require-concurrent-index-creation] a (50,000,000 rows', 'The lint stops it',
                'reeve:lint-ignore require-concurrent-index-creation')
        case(done.returncode == 3 and all(word in done.stderr for word in said) and
             shop(rig, "SELECT to_regclass('z') IS NULL") == 't', f'an error stops it, nothing is run {words}', done)
    done = rig.reeve('db:lint', url=rig.address())
    case(done.returncode == 1 and '4_d.sql:2:1' in done.stdout and '1 error, 0 warnings, 0 unknown' in done.stdout,
         'db:lint says it of what is pending', done)
    rig.write('db/migrations/4_d.sql',
              'ALTER TABLE a ADD c int;\n-- reeve:lint-ignore require-concurrent-index-creation\n' + index)
    done = rig.reeve('db:migrate', url=rig.address())
    case(done.returncode == 3 and 'gives no reason' in done.stderr, 'an ignore without a reason is none', done)
    rig.write('db/migrations/4_d.sql',
              'ALTER TABLE a ADD c int;\n-- reeve:lint-ignore require-concurrent-index-creation at '
              'night, nobody writes\n' + index)
    done = rig.reeve('db:lint', url=rig.address())
    case(done.returncode == 0 and 'because: at night, nobody writes' in done.stdout,
         'with one it is told, and no finding', done)
    done = rig.reeve('db:migrate', url=rig.address())
    case(done.returncode == 0 and 'ignored [require-concurrent-index-creation] because: at night' in done.stderr,
         'and it is run', done)
    rig.write('db/migrations/5_e.sql', 'ALTER TABLE a DROP COLUMN c;')
    done = rig.reeve('db:migrate', url=rig.address())
    case(done.returncode == 0 and '5_e.sql:1:1: warning [ban-drop-column] a (10 rows' in done.stderr,
         'a warning is said, and it goes on', done)
    rig.write('db/migrations/6_f.sql', 'CREATE INDEX a_id ON a ((1));')
    done = rig.reeve('db:migrate', '--lint=off', url=rig.address())
    case(done.returncode == 0 and '[' not in done.stderr, '--lint=off looks at nothing', done)
    done = rig.reeve('db:migrate', '--lint=no', url=rig.address())
    case(done.returncode == 2 and 'on or off' in done.stderr, 'there is on and off', done)
    done = rig.reeve('db:lint', '--offline', 'db/migrations/6_f.sql')
    case(done.returncode == 1 and 'unknown [require-concurrent-index-creation]' in done.stdout and
         'Not judged, since no server was asked: missing-object' in done.stdout, 'without a server it is unknown', done)
    done = rig.reeve('db:lint', 'db/migrations/6_f.sql', url=rig.address(port=1))
    case(done.returncode == 4, 'a server that does not answer is no pass', done)
    done = rig.reeve('db:lint', 'db/migrations/7_g.sql', url=rig.address())
    case(done.returncode == 3 and '7_g.sql' in done.stderr, 'a file that is not there', done)
    rig.write('db/migrations/8_h.sql', 'ALTER a ADD x int;')
    done = rig.reeve('db:lint', url=rig.address())
    case(done.returncode == 1 and '8_h.sql:1:7: error [syntax-error]' in done.stdout, 'a syntax error has its place',
         done)
    os.remove(f'{rig.folder}/db/migrations/8_h.sql')


def never_waits(rig):
    """The lint itself does not queue behind the lock it warns of."""
    with Sessions(rig) as some:
        some.open('shut')
        some[0].ask('BEGIN')
        some[0].ask('LOCK TABLE a')
        rig.write('look.sql', 'ALTER TABLE a ADD y int')
        done = rig.run('./reeve', 'db:lint', 'look.sql', env={'DB': rig.address()}, timeout=10)
        case(done.returncode in (0, 1), 'a table that is shut is looked at all the same', done)


def main():
    if not company.programs():
        company.skip_all('postgresql-15 is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.stop()
        rig.start('max_prepared_transactions=4', 'wal_level=logical')
        rig.configure()
        rig.make_shop()
        make(rig)
        for part in (sizes, data, indexes, replicated, now, truths, checked, what_is_there, before_migrating,
                     never_waits):
            part(rig)
    company.end()


if __name__ == '__main__':
    main()
