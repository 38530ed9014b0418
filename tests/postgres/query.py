"""query.py REEVE REEVE-WORK - "reeve db:query": what is read and how it is shown, what is refused, what goes wrong."""
import json
import re
import sys
import time

sys.dont_write_bytecode = True
import rig as company  # noqa: E402
from rig import Rig, case  # noqa: E402


class Asked:
    """One "reeve db:query", as JSON."""

    def __init__(self, rig, *words, user='app', database='shop'):
        self.done, self.answer = rig.json('db:query', *words, url=rig.address(user=user, database=database))
        self.code = self.done.returncode
        self.results = self.answer.get('results', [])
        self.first = self.results[0] if self.results else {}
        self.error = self.first.get('error', {})

    def __str__(self):
        return f'{self.code}\n{self.done.stdout[:1000]} … {self.done.stdout[-2000:]}\n{self.done.stderr[:1000]}'


def reads(rig):
    asked = Asked(rig, "SELECT 1 AS one, NULL AS none, 'a\"b' AS text, 2.50::numeric AS n")
    case(asked.code == 0 and asked.first['columns'] == [
        {'name': 'one', 'number': True}, {'name': 'none', 'number': False}, {'name': 'text', 'number': False},
        {'name': 'n', 'number': True}] and asked.first['rows'] == [['1', None, 'a"b', '2.50']] and
         asked.first['count'] == 1 and asked.first['more'] is False and asked.first['cut'] == '' and
         asked.answer['user'] == 'app' and asked.answer['database'] == 'shop' and asked.answer['notes'] == [],
         'values, NULL and what columns are', asked)
    shown = rig.reeve('db:query', "SELECT 1 AS one, NULL AS none, E'a\\nb\\x1b[31m' AS \"Text\"", url=rig.address())
    case(shown.returncode == 0 and re.fullmatch(
        r'one \| none \| Text\n----\+------\+---------\n  1 \| NULL \| a·b·\[31m\n\(1 row, [0-9.]+ ms\)\n', shown.stdout),
         'a table, control characters as ·', shown.stdout)
    asked = Asked(rig, "SHOW server_version; VALUES (1), (2); TABLE goods; WITH x AS (SELECT 7 AS y) SELECT y FROM x; "
                  'EXPLAIN SELECT 1; (SELECT 3)')
    case(asked.code == 0 and [len(one['rows']) for one in asked.results][:5] == [1, 2, 2, 1, 1] and
         len(asked.results) == 6, 'all that reads', asked)
    asked = Asked(rig, 'SELECT')
    case(asked.code == 0 and asked.first['count'] == 1 and asked.first['columns'] == [], 'no column at all', asked)
    rig.write('two.sql', "-- one\nSELECT 'it''s; not two' AS a;;\n/* ; */ SELECT $x$;$x$ AS b\n")
    asked = Asked(rig, '--file', 'two.sql')
    case(asked.code == 0 and [one['rows'] for one in asked.results] == [[["it's; not two"]], [[';']]] and
         [one['line'] for one in asked.results] == [2, 3], 'semicolons in strings and comments part nothing', asked)
    asked = Asked(rig, 'SELECT current_setting(\'transaction_read_only\'), current_setting(\'statement_timeout\'), '
                  "current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'), "
                  "current_setting('application_name'), current_setting('search_path')")
    case(asked.first['rows'] == [['on', '2s', '2s', '30s', 'reeve', '"$user", public']],
         'read only, with its limits, the search path as the server has it', asked)


def big(rig):
    asked = Asked(rig, 'SELECT n FROM generate_series(1, 5000) n')
    case(asked.code == 0 and len(asked.first['rows']) == 1000 and asked.first['count'] == 5000 and
         asked.first['cut'] == 'rows' and 'first 1000 rows' in asked.first['notes'][0], 'a thousand rows are kept', asked)
    shown = rig.reeve('db:query', 'SELECT n FROM generate_series(1, 5000) n', url=rig.address())
    case('(1000 of 5000 rows, ' in shown.stdout and 'Note: Only the first 1000 rows' in shown.stdout, 'and it is said',
         shown.stdout[-300:])
    begun = time.monotonic()
    asked = Asked(rig, 'SELECT generate_series(1, 100000000); SELECT 7 AS after')
    case(asked.first.get('more') is True and asked.first['count'] == 10000 and asked.results[1]['rows'] == [['7']] and
         asked.code == 0 and time.monotonic() - begun < 20, 'a hundred million rows are not read to their end', asked)
    asked = Asked(rig, "SELECT n, repeat('x', 5000) FROM generate_series(1, 900) n; SELECT 1")
    kept = len(asked.first['rows'])
    case(asked.code == 0 and asked.first['cut'] == 'bytes' and 20 < kept < 60 and asked.first['count'] == 900 and
         '256 kB' in asked.first['notes'][0] and asked.results[1]['rows'] == [['1']] and
         len(asked.done.stdout) <= 256 * 1024, 'more than 256 kB', asked.first.get('notes'), kept)
    asked = Asked(rig, "SELECT repeat(E'\\x01\"', 100000)")
    case(asked.code == 0 and asked.first['rows'][0][0].endswith('…') and len(asked.first['rows'][0][0]) < 9000,
         'a long value is cut', len(asked.done.stdout))
    asked = Asked(rig, 'SELECT ' + ', '.join(f'{i} AS c{i}' for i in range(150)))
    case(len(asked.first['columns']) == len(asked.first['rows'][0]) == 100 and '50 more' in asked.first['notes'][0],
         'a hundred columns are kept', asked)
    asked = Asked(rig, '; '.join(["SELECT repeat('x', 7000) FROM generate_series(1, 99)"] * 50))
    case(len(asked.done.stdout) <= 256 * 1024 and asked.code in (0, 4) and len(asked.results) > 5,
         'fifty big answers have room together', asked.code, len(asked.done.stdout), len(asked.results))


def changes(rig):
    """READ ONLY by PostgreSQL itself; by the superuser, who could do anything."""
    before = rig.sql('SELECT count(*), max(name) FROM goods; SELECT last_value FROM goods_id_seq', database='shop')
    for sql, words in (("INSERT INTO goods (name) VALUES ('x')", 'INSERT'), ('DELETE FROM goods', 'DELETE'),
                       ("UPDATE goods SET name = 'x'", 'UPDATE'), ('DROP TABLE goods', 'DROP TABLE'),
                       ('TRUNCATE goods', 'TRUNCATE'), ('CREATE TABLE t (a int)', 'CREATE TABLE'),
                       ('CREATE TABLE t AS SELECT 1', 'CREATE TABLE AS'), ('SELECT 1 INTO t', 'SELECT INTO'),
                       ('GRANT ALL ON goods TO reader', 'GRANT'), ("SELECT nextval('goods_id_seq')", 'nextval'),
                       ("SELECT setval('goods_id_seq', 99)", 'setval'), ('SELECT * FROM goods FOR UPDATE', 'FOR UPDATE'),
                       ('WITH x AS (DELETE FROM goods RETURNING *) SELECT * FROM x', 'SELECT'),
                       ('EXPLAIN ANALYZE DELETE FROM goods', 'DELETE'), ('REFRESH MATERIALIZED VIEW m', 'REFRESH'),
                       ('SELECT spoil()', 'DELETE'), ('COMMENT ON TABLE goods IS NULL', 'COMMENT'),
                       ('IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c', 'IMPORT'), ('ALTER USER app SUPERUSER', 'ALTER'),
                       ("SECURITY LABEL ON TABLE goods IS 'x'", 'SECURITY LABEL')):
        asked = Asked(rig, sql, user='acme')
        case(asked.code == 3 and asked.error.get('sqlstate') == '25006' and words in asked.error['message'] and
             'Reeve reads only' in asked.error['remedy'], f'PostgreSQL refuses: {sql}', asked)
    for sql in ('ALTER SYSTEM SET work_mem = 1', 'CREATE DATABASE x', 'DROP DATABASE shop'):
        asked = Asked(rig, sql, user='acme')
        case(asked.code in (3, 4) and asked.error, f'PostgreSQL refuses in a transaction: {sql}', asked)
    case(before == rig.sql('SELECT count(*), max(name) FROM goods; SELECT last_value FROM goods_id_seq',
                           database='shop') and
         rig.sql("SELECT count(*) FROM pg_class WHERE relname IN ('t', 'm')", database='shop') == '0',
         'and nothing has changed')


def refused(rig):
    """What READ ONLY lets through, by name, before anybody is asked: the address is not even read."""
    for sql, word in (('COMMIT; DROP TABLE goods', 'commit'), ('ROLLBACK', 'rollback'), ('END', 'end'), ('ABORT', 'abort'),
                      ('BEGIN', 'begin'), ('SET transaction_read_only = off', 'set'), ('RESET ALL', 'reset'),
                      ("COPY goods TO PROGRAM 'touch /tmp/x'", 'copy'), ("copy goods to '/tmp/x'", 'copy'),
                      ('DO $$ BEGIN END $$', 'do'), ('CALL p()', 'call'), ('/* x */ VACUUM', 'vacuum'),
                      ('SELECT pg_terminate_backend(1)', 'pg_terminate_backend'),
                      ('SELECT pg_catalog."pg_terminate_backend" /* x */ (1)', 'pg_terminate_backend'),
                      ('SELECT PG_Cancel_Backend(1)', 'pg_cancel_backend'), ("SELECT lo_import('/etc/passwd')", 'lo_import'),
                      ("SELECT lo_export(1, '/tmp/x')", 'lo_export'), ("SELECT * FROM dblink('x', 'y') AS t(a int)", 'dblink'),
                      ("SELECT dblink_exec('DELETE FROM x')", 'dblink_exec'), ('SELECT pg_reload_conf()', 'pg_reload_conf'),
                      ("SELECT set_config('transaction_read_only', 'off', true)", 'set_config'),
                      ('SELECT pg_stat_statements_reset()', 'pg_stat_statements_reset'),
                      ("SELECT query_to_xml('SELECT 1', true, true, '')", 'query_to_xml'),
                      ('SELECT pg_advisory_lock(1)', 'pg_advisory_lock'), ('LOCK TABLE goods', 'lock'),
                      ('SELECT U&"pg\\005fterminate_backend"(1)', 'U&'), ('PREPARE x AS DELETE FROM goods', 'prepare'),
                      ('CHECKPOINT', 'checkpoint'),
                      ('EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1', 'create'),
                      ('EXPLAIN (ANALYZE, FORMAT JSON) REFRESH MATERIALIZED VIEW v', 'refresh'), ('SELECT 1; NOTIFY x', 'notify')):
        done = rig.reeve('db:query', sql, url='postgresql://h/d')
        case(done.returncode == 3 and f'"{word}' in done.stderr and 'is not run here' in done.stderr,
             f'refused by name: {sql}', done)
    asked = Asked(rig, "SELECT 'COMMIT; pg_terminate_backend(1)' AS dblink, 1 AS \"commit\"")
    case(asked.code == 0, 'the same words in strings and as names are taken', asked)
    asked = Asked(rig, "SELECT E'\\'; COMMIT; DROP TABLE goods; --'")
    case(asked.code == 0 and asked.first['rows'] == [["'; COMMIT; DROP TABLE goods; --"]], 'a string is one', asked)
    for words, word in (([], 'Give one of three'), (['SELECT 1', '--file', 'two.sql'], 'Give one of three'),
                        (["SELECT 'x"], 'line 1, column 8 does not end'), (['--', '--x'], 'db:query'),
                        ([' ; ; '], 'no statement'), (['; '.join(['SELECT 1'] * 51)], 'more than 50'),
                        (['--file', 'absent.sql'], 'absent.sql')):
        done = rig.reeve('db:query', *words, url=rig.address())
        case(done.returncode == 2 and word in done.stderr, f'wrong use: {word}', done)


def goes_wrong(rig):
    rig.write('bad.sql', 'SELECT 1;\n\nSELECT ä.name,\n  namee FROM goods ä;\nSELECT 2 AS two')
    asked = Asked(rig, '--file', 'bad.sql')
    error = asked.results[1]['error']
    case(asked.code == 4 and error['sqlstate'] == '42703' and (error['line'], error['column']) == (4, 3) and
         'name' in error['hint'] and asked.results[2]['rows'] == [['2']],
         'an error has its line and column, its hint, and stops nothing', asked)
    shown = rig.reeve('db:query', '--file', 'bad.sql', url=rig.address())
    case(shown.returncode == 4 and 'bad.sql:4:3: column "namee" does not exist (42703)\n  Hint: Perhaps' in shown.stderr
         and 'two' in shown.stdout and '42703' not in shown.stdout, 'it goes to stderr, the tables to stdout', shown)
    asked = Asked(rig, 'SELECT FROM WHERE')
    case(asked.code == 4 and asked.error['sqlstate'] == '42601' and asked.error['column'] == 13, 'wrong syntax', asked)
    begun = time.monotonic()
    asked = Asked(rig, 'SELECT count(*) FROM generate_series(1, 10000000000) n; SELECT 1')
    case(asked.code == 4 and asked.error['sqlstate'] == '57014' and 'statement_timeout' in asked.error['remedy'] and
         asked.results[1]['rows'] == [['1']] and 1.5 < time.monotonic() - begun < 15, 'too slow: given up', asked)
    holder = rig.spawn('psql.log', f'{rig.bin}/psql', '-qX', '-h', rig.folder, '-p', str(rig.port), '-U', 'acme', '-d',
                       'shop', '-c', 'BEGIN', '-c', 'LOCK TABLE goods', '-c', 'SELECT pg_sleep(30)')
    company.within(10, lambda: rig.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted "
                                       "AND relation = 'goods'::regclass", database='shop') == '1', 'the lock')
    asked = Asked(rig, 'SELECT * FROM goods')
    rig.end(holder)
    case(asked.code == 4 and asked.error['sqlstate'] in ('55P03', '57014'), 'a lock is not waited for', asked)
    asked = Asked(rig, 'SELECT 1', database='shopp')
    case(asked.code == 4 and asked.answer['failure']['kind'] == 'database' and
         'no database "shopp"' in asked.answer['failure']['sentence'], 'no such database', asked)
    shown = rig.reeve('db:query', 'SELECT 1', url=rig.address(password='wrong-one'))
    case(shown.returncode == 4 and 'password of user "app"' in shown.stderr, 'no connection is one sentence', shown)
    asked = Asked(rig, "SELECT 1/0")
    case(asked.code == 4 and asked.error['message'] == 'division by zero' and asked.error['column'] == 0,
         'an error without a place', asked)
    asked = Asked(rig, 'SELECT name FROM hidden.things')
    case(asked.code == 4 and asked.error['sqlstate'] == '42501' and 'GRANT USAGE' in asked.error['remedy'],
         'rights that are missing', asked)
    asked = Asked(rig, 'SELECT 1', user='acme')
    case(asked.code == 0 and 'superuser' in asked.answer['notes'][0], 'a superuser is told that less is enough', asked)


def server_goes(rig):
    ending = rig.spawn('psql.log', f'{rig.bin}/psql', '-qX', '-h', rig.folder, '-p', str(rig.port), '-U', 'acme', '-d',
                       'shop', '-c', "DO $$ BEGIN FOR i IN 1..200 LOOP PERFORM pg_sleep(0.05); IF (SELECT count("
                       "pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'reeve' AND query LIKE "
                       "'%count%' AND state = 'active') > 0 THEN RETURN; END IF; PERFORM pg_stat_clear_snapshot(); "
                       "END LOOP; END $$")
    asked = Asked(rig, 'SELECT count(*) FROM generate_series(1, 10000000000) n; SELECT 1')
    rig.end(ending)
    case(asked.code == 4 and len(asked.results) == 1 and asked.error['sqlstate'] == '57P01',
         'a connection that is ended ends it', asked)
    case(rig.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reeve'") == '0',
         'nothing of Reeve is left on the server')


def by_pooler(rig):
    if not company.pgbouncer():
        company.skip('by pgBouncer', 'pgbouncer is not installed')
        return
    rig.start_pooler()
    url = rig.address(port=rig.pooler_port)
    for _ in range(3):
        done, answer = rig.json('db:query', 'SELECT 1; SELEC 2; SELECT current_setting(\'transaction_read_only\')', url=url)
    case(done.returncode == 4 and answer['results'][0]['rows'] == [['1']] and answer['results'][2]['rows'] == [['on']],
         'by pgBouncer with pooling of transactions', done)
    done, answer = rig.json('db:query', 'SELECT generate_series(1, 100000000); SELECT 7', url=url)
    case(done.returncode == 0 and answer['results'][0]['more'] is True and answer['results'][1]['rows'] == [['7']],
         'also what has to be cancelled', done)


def main():
    if not company.programs():
        company.skip_all('postgresql-15 is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.configure()
        rig.make_shop()
        rig.sql("CREATE TABLE goods (id serial, name text); INSERT INTO goods (name) VALUES ('a'), ('b'); "
                'ALTER TABLE goods OWNER TO app; CREATE SCHEMA hidden; CREATE TABLE hidden.things (name text); '
                'CREATE MATERIALIZED VIEW v AS SELECT 1; CREATE FUNCTION spoil() RETURNS void LANGUAGE sql SECURITY '
                "DEFINER AS 'DELETE FROM goods'", database='shop')
        for part in (reads, big, changes, refused, goes_wrong, server_goes, by_pooler):
            part(rig)
    company.end()


main()
