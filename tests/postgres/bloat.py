"""bloat.py REEVE REEVE-WORK - "reeve db:bloat" of generated tables and indexes, against the same made anew."""
import sys
import time

sys.dont_write_bytecode = True
import rig as company  # noqa: E402
from rig import Rig, case  # noqa: E402
from sessions import Sessions, waiting  # noqa: E402

ROWS = 16000
# Name, columns, their values for row n, storage options.
SHAPES = [
    ('padded', 'a bool, b bigint, c bool, d bigint, e bool, f bigint', 'n % 2 = 0, n, true, n, false, n', ''),
    ('packed', 'b bigint, d bigint, f bigint, a bool, c bool, e bool', 'n, n, n, n % 2 = 0, true, false', ''),
    ('plain', 'a int NOT NULL, b int NOT NULL', 'n, n', ''),
    ('narrow', 'a smallint', 'n % 1000', ''),
    ('words', 'a int, b text', "n, repeat('x', n * 7919 % 100 + 1)", ''),
    ('prose', 'a bool, b text, c bigint', "true, repeat('x', n * 7919 % 200 + 200), n", ''),
    ('same', 'a text, b bigint, c text', "'abc', n, 'status'", ''),
    ('money', 'a int, b numeric(12, 2), c numeric', 'n, n * 1.37, n * 3', ''),
    ('holes', 'a bool, b bigint, c bool, d bigint',
    'true, CASE WHEN n % 2 = 0 THEN n END, true, CASE WHEN n % 3 = 0 THEN n END', ''),
    ('wide', ', '.join(f'c{i} int' for i in range(20)), ', '.join('n' if i else 'nullif(n % 2, 0)' for i in range(20)),
    ''),
    ('letters', 'a char(10), b bool, c int', "'x', true, n", ''),
    ('ids', 'a uuid, b timestamptz, c bool', "md5(n::text)::uuid, now(), true", ''),
    ('documents', 'a bool, b jsonb', "true, jsonb_build_object('n', n, 'name', repeat('y', n * 31 % 40))", ''),
    ('loose', 'a bool, b bigint, c text', "true, n, repeat('x', n * 7919 % 60)", 'WITH (fillfactor = 70)'),
    ('mixed', 'a smallint, b text, c double precision, d inet, e date, f bytea', "n % 7, repeat('z', n * 13 % 30), n, "
     "'10.0.0.1', current_date, decode(md5(n::text), 'hex')", ''),
]
INDEXES = [
    ('ordered', 'a int', 'n', '(a)', ''),
    ('shuffled', 'a int', 'n * 7919 % 16001', '(a)', ''),
    ('unique_words', 'a text', "md5(n::text)", '(a)', 'UNIQUE'),
    ('short_words', 'a text', "repeat('x', n * 7919 % 30) || n", '(a)', ''),
    ('few', 'a int', 'n % 20', '(a)', ''),
    ('some', 'a bigint', 'n % 2000', '(a)', ''),
    ('pairs', 'a smallint, b bigint', 'n % 30000, n', '(a, b)', ''),
    ('keys', 'a uuid', 'md5(n::text)::uuid', '(a)', ''),
    ('lowered', 'a text', "'NAME' || n", '(lower(a))', ''),
    ('sparse', 'a bigint', 'CASE WHEN n % 4 = 0 THEN n END', '(a)', ''),
    ('including', 'a int, b bigint', 'n, n', '(a) INCLUDE (b)', ''),
    ('numbers', 'a numeric', 'n % 100', '(a)', ''),
    ('when_made', 'a timestamptz', "now() + n * interval '1 s'", '(a)', ''),
    ('filled', 'a int', 'n', '(a) WITH (fillfactor = 60)', ''),
    ('unread', 'a int, b bool', 'n, n % 10 = 0', '(a) WHERE b', ''),
]


def make():
    """30 tables and 15 indexes, made full; half of the tables lose two thirds, all indexes are made row by row."""
    said = ['CREATE EXTENSION pgstattuple;']
    for name, columns, values, options in SHAPES:
        for kind in ('full', 'holed'):
            table = f'{name}_{kind}'
            said.append(f'CREATE TABLE {table} ({columns}) {options};\nALTER TABLE {table} SET (autovacuum_enabled '
                        f'= off);\n'
                        f'INSERT INTO {table} SELECT {values} FROM generate_series(1, {ROWS}) n;')
            if kind == 'holed':
                said.append(f'DELETE FROM {table} WHERE hashtext(ctid::text) % 3 <> 0;')
            said.append(f'SELECT pg_stat_force_next_flush();\nVACUUM ANALYZE {table};')
            said.append(f'CREATE TABLE made.{table} (LIKE {table} INCLUDING ALL) {options};\n'
                        f'INSERT INTO made.{table} SELECT * FROM {table};')
    for name, columns, values, keys, unique in INDEXES:
        table = f'of_{name}'
        said.append(f'CREATE TABLE {table} ({columns}, gone int DEFAULT 0);\nALTER TABLE {table} SET '
                    f'(autovacuum_enabled = '
                    f'off);\nCREATE {unique} INDEX {name}_index ON {table} {keys};\n'
                    f'INSERT INTO {table} SELECT {values} FROM generate_series(1, {2 * ROWS}) n;\n'
                    f'UPDATE {table} SET gone = hashtext(ctid::text) % 3;\nDELETE FROM {table} WHERE gone <> 0;\n'
                    f'SELECT pg_stat_force_next_flush();\nVACUUM ANALYZE {table};')
    return 'CREATE SCHEMA made;\nDROP EXTENSION IF EXISTS pgstattuple;\n' + '\n'.join(said)


def rows_of(answer, title, name):
    result = next(one for one in answer['results'] if one['title'] == title)
    columns = [column['name'] for column in result['columns']]
    return {row[columns.index(name)].removeprefix('public.'): dict(zip(columns, row)) for row in result['rows']}


def tables(rig, answer):
    """What VACUUM FULL would give back is the truth; pgstattuple does not count the pointers of rows that are gone."""
    said = rig.sql('SELECT c.relname, pg_relation_size(c.oid), pg_relation_size(m.oid), t.dead_tuple_len, '
                   't.free_space FROM '
                   "pg_class c JOIN pg_class m ON m.relname = c.relname AND m.relnamespace = 'made'::regnamespace, "
                   "pgstattuple(c.oid) t WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1",
                   database='shop')
    ours = rows_of(answer, 'Tables', 'table')
    errors, tuples = {}, {}
    for line in said.splitlines():
        name, size, made, dead, free = line.split('|')
        percent = float(ours[name]['wasted_percent'])
        errors[name] = percent - 100 * max(0, 1 - int(made) / int(size))
        tuples[name] = percent - 100 * (int(dead) + int(free)) / int(size)
    worst = max(errors, key=lambda name: abs(errors[name]))
    mean = sum(abs(one) for one in errors.values()) / len(errors)
    case(len(errors) == 30 and abs(errors[worst]) < 3, '30 tables against the same made anew: in the mean '
         f'{mean:.2f} points off, at most {abs(errors[worst]):.1f} ({worst})', errors)
    tight = {name: error for name, error in tuples.items() if not name.startswith('loose')}
    worst = max(tight, key=lambda name: abs(tight[name]))
    mean = sum(abs(one) for one in tight.values()) / len(tight)
    case(abs(tight[worst]) < 8,
         f'and against pgstattuple in the mean {mean:.1f} points, at most {abs(tight[worst]):.1f} '
         f'({worst})', tight)
    case(float(ours['padded_full']['wasted_percent']) < 1 and float(ours['loose_full']['wasted_percent']) < 2,
         'padding between columns and a fillfactor are no bloat', ours['padded_full'], ours['loose_full'])


def indexes(rig, answer):
    ours = rows_of(answer, 'Btree indexes', 'index')
    errors = {}
    for name, *_ in INDEXES:
        size = int(rig.sql(f"SELECT index_size FROM pgstatindex('{name}_index')", database='shop'))
        rig.sql(f'REINDEX INDEX {name}_index', database='shop')
        made = int(rig.sql(f"SELECT pg_relation_size('{name}_index')", database='shop'))
        if ours[f'{name}_index']['wasted_percent'] != 'unknown':
            errors[name] = float(ours[f'{name}_index']['wasted_percent']) - 100 * (1 - made / size)
    worst = max(errors, key=lambda name: abs(errors[name]))
    mean = sum(abs(one) for one in errors.values()) / len(errors)
    case(len(errors) == 14 and abs(errors[worst]) < 3, 'btree indexes against REINDEX: in the mean '
         f'{mean:.2f} points off, at most {abs(errors[worst]):.1f} ({worst})', errors)
    case(any('lowered_index has an expression' in one['sentence'] for one in answer['unknown']),
         'an expression of others is unknown', answer['unknown'])
    done, answer = rig.json('db:bloat', url=rig.address(user='watch'))
    ours = rows_of(answer, 'Btree indexes', 'index')
    high = {name: one['wasted_percent'] for name, one in ours.items() if
            one['wasted_percent'] != 'unknown' and float(one['wasted_percent']) > 5}
    case(high == {}, 'what was made anew is not called bloated', high)
    done, answer = rig.json('db:bloat', url=rig.address(user='acme'))
    percent = rows_of(answer, 'Btree indexes', 'index')['lowered_index']['wasted_percent']
    case(percent != 'unknown' and float(percent) < 5, 'who may see everything knows expressions, too', percent)


def found(rig):
    """From 40 % and 8 MB on; what somebody locks is unknown and not waited for."""
    rig.sql("CREATE TABLE \"Big one\" AS SELECT n, repeat('x', 200) AS t FROM generate_series(1, 60000) n; DELETE FROM "
            '"Big one" WHERE n % 10 > 0; SELECT pg_stat_force_next_flush()', database='shop')
    rig.sql('VACUUM ANALYZE "Big one"', database='shop')
    rig.sql('GRANT SELECT ON "Big one" TO watch', database='shop')
    done, answer = rig.json('db:bloat', url=rig.address(user='watch'))
    case(done.returncode == 1 and [one['place'] for one in answer['findings']] == ['public."Big one"'] and
         'VACUUM FULL' in answer['findings'][0]['sentence'] and answer['findings'][0]['unit'] == 'bytes' and
         answer['findings'][0]['value'] > 8 << 20, 'a table that is nine tenths empty', answer['findings'])
    with Sessions(rig) as some:
        some.open(user='acme').ask('BEGIN; SELECT count(*) FROM plain_full')
        some.open(user='acme').tell('BEGIN; LOCK TABLE plain_full')
        waiting(rig, 1, 0)
        begun = time.monotonic()
        done, answer = rig.json('db:bloat', url=rig.address(user='watch'))
        case(time.monotonic() - begun < 5 and
             [one['sentence'] for one in answer['unknown'] if one['kind'] == 'busy'] == [
            'public.plain_full is locked just now or about to be, so that its size was not asked: look again.'],
             'a table behind a lock is not waited for', answer['unknown'])


def uncounted(rig):
    """A table of which nothing is known yet, and a small one that nobody misses."""
    rig.sql("CREATE TABLE fresh WITH (autovacuum_enabled = off) AS SELECT n, repeat('x', 200) AS t FROM generate_series(1, "
            '20000) n; CREATE TABLE tiny AS SELECT 1 AS n', database='shop')
    rig.sql('GRANT SELECT ON fresh, tiny TO watch', database='shop')
    done, answer = rig.json('db:bloat', url=rig.address(user='watch'))
    ours = rows_of(answer, 'Tables', 'table')
    case(ours['fresh']['wasted_percent'] == 'unknown' and 'tiny' not in ours and
         'public.fresh was never analysed' in ' '.join(one['sentence'] for one in answer['unknown']),
         'a large table that was never analysed is unknown', answer['unknown'])


def hidden(rig):
    rig.sql('REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM watch', database='shop')
    done, answer = rig.json('db:bloat', url=rig.address(user='watch'))
    ours = rows_of(answer, 'Tables', 'table')
    case(done.returncode == 4 and answer['findings'] == [] and answer['unknown'][0]['grant'] ==
         'GRANT SELECT ON ALL TABLES IN SCHEMA public TO watch;' and
             ours['words_full']['wasted_percent'] == 'unknown' and
         float(ours['plain_full']['wasted_percent']) < 1,
         'as pg_monitor alone only what is NOT NULL and of one width is known',
         answer['unknown'], ours['plain_full'])


def main():
    if not company.programs():
        company.skip_all('PostgreSQL is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.make_shop()
        rig.sql("CREATE ROLE watch LOGIN PASSWORD '" + company.PASSWORD + "' IN ROLE pg_monitor")
        rig.write('make.sql', make())
        made = rig.run(f'{rig.bin}/psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-h', rig.folder, '-p', str(rig.port), '-U',
            'acme',
                       '-d', 'shop', '-f', 'make.sql', timeout=200)
        assert made.returncode == 0, made.stderr
        rig.configure()
        rig.sql('GRANT SELECT ON ALL TABLES IN SCHEMA public TO watch', database='shop')
        _, answer = rig.json('db:bloat', url=rig.address(user='watch'))
        tables(rig, answer)
        indexes(rig, answer)
        found(rig)
        uncounted(rig)
        hidden(rig)
    company.end()


main()
