"""looks.py REEVE REEVE-WORK - the looks into a real PostgreSQL: what they find, and what they say they do not know."""
import json
import os
import sys

sys.dont_write_bytecode = True
import rig as company  # noqa: E402
from rig import Rig, case  # noqa: E402
from sessions import Sessions, waiting  # noqa: E402


def look(rig, name, user='watch', **named):
    done, answer = rig.json(f'db:{name}', url=rig.address(user=user, **named))
    return done.returncode, answer


def rows(answer, title):
    for result in answer['results']:
        if result['title'].startswith(title):
            names = [column['name'] for column in result['columns']]
            return [dict(zip(names, row)) for row in result['rows']]
    return []


def found(answer, kind):
    return {one['place']: one['sentence'] for one in answer['findings'] if one['kind'] == kind}


def not_known(answer, kind):
    return [one['sentence'] for one in answer['unknown'] if one['kind'] == kind]


def connections(rig):
    code, answer = look(rig, 'connections')
    case(code == 0 and answer['findings'] == [] and answer['unknown'] == [] and
         'of 17 connections' in answer['notes'][0],
         'few connections: nothing found, and the limit without what superusers keep', answer)
    with Sessions(rig) as some:
        for _ in range(13):
            some.open('web')
        some[0].ask('BEGIN; SELECT 1')
        code, answer = look(rig, 'connections')
        groups = rows(answer, 'Sessions')
        case(groups[0] == {**groups[0], 'user': 'app', 'application': 'web', 'state': 'idle', 'sessions': '12'} and
             [one['pid'] for one in rows(answer, 'Transactions')] == [str(some[0].pid)] and
             rows(answer, 'Transactions')[0]['session'] == some[0].id, 'who they are, and whose transaction is open',
             answer)
        case(answer['findings'] == [], 'thirteen of seventeen are no finding', answer['findings'])
        some.open('web')
        code, answer = look(rig, 'connections')
        case(code == 1 and '14 of 17 connections' in found(answer, 'connections')['max_connections'] and
             'app (web, 13 idle)' in found(answer, 'connections')['max_connections'], 'fourteen are',
             answer['findings'])
        code, answer = look(rig, 'connections', user='bare')
        case(code == 1 and not_known(answer, 'sessions') and
             answer['unknown'][0]['grant'] == 'GRANT pg_monitor TO bare;' and
             sum(int(one['sessions']) for one in rows(answer, 'Sessions')) >= 14, 'counted without rights, too', answer)


def slow(rig):
    """What was done in between is a difference, or it is unknown: never zero for what is not known."""
    name = 'SELECT pg_sleep($1)'
    app = rig.address()

    def of(answer, title='By total time', query=name):
        return next((one for one in rows(answer, title) if one['query'] == query), {})

    def sleep(times):
        for _ in range(times):
            rig.run(f'{rig.bin}/psql', '-qX', app, '-c', 'SELECT pg_sleep(0.03)')

    kept = os.path.join(rig.folder, 'looks/slow.json')
    sleep(5)
    code, answer = look(rig, 'slow')
    case('from the second look on' in answer['notes'][0] and of(answer)['calls_since'] == 'unknown' and
         of(answer)['calls'] == '5' and 'keep' not in answer, 'the first look knows no difference', answer)
    sleep(7)
    code, answer = look(rig, 'slow')
    case(of(answer)['calls_since'] == '7' and 210 <= float(of(answer)['since_ms']) < 1000 and
         of(answer)['calls'] == '12' and
         of(answer, 'By time since')['calls_since'] == '7' and not not_known(answer, 'since_last'),
         'the second one does',
         of(answer))
    code, answer = look(rig, 'slow')
    case(of(answer)['calls_since'] == '0' and of(answer, 'By time since') == {}, 'nothing done is zero', of(answer))
    queryid = of(answer)['queryid']
    rig.sql(f'SELECT pg_stat_statements_reset(0, 0, {queryid})', database='shop')
    sleep(1)
    code, answer = look(rig, 'slow')
    case(of(answer)['calls_since'] == 'unknown' and 'What 1 statement did' in not_known(answer, 'since_last')[0],
         'an entry that somebody reset is unknown', answer['unknown'])
    rig.sql('SELECT pg_stat_statements_reset()', database='shop')
    sleep(2)
    code, answer = look(rig, 'slow')
    case('somebody reset the statistics' in not_known(answer, 'since_last')[0] and
         of(answer)['calls_since'] == 'unknown' and
         code == 4, 'a reset of all is unknown', answer['unknown'])
    rig.sql('; '.join('SELECT ' + ', '.join('1' for _ in range(i)) for i in range(1, 150)), database='shop')
    code, answer = look(rig, 'slow')
    case(any('Entries were evicted' in note for note in answer['notes']) and not_known(answer, 'since_last') and
         all(float(one['since_ms']) >= 0 for one in rows(answer, 'By total time') if one['since_ms'] != 'unknown'),
         'evictions: the least, or unknown', answer['notes'], answer['unknown'])
    for text in ('{', '[]', '{"statements":[["x",1,2,3]],"complete":true,"evictions":0,"at_us":1}',
        '{"statements":{}}', ''):
        rig.write('looks/slow.json', text, 0o600)
        code, answer = look(rig, 'slow')
        case(any('from the second look on' in note for note in answer['notes']),
             f'kept by nobody we know: {text[:20]}', answer)
    with open(kept, encoding='utf-8') as file:
        case(json.load(file)['system'] == rig.sql('SELECT system_identifier FROM pg_control_system()'),
             'and it is kept anew')
    os.chmod(os.path.dirname(kept), 0o500)
    with Sessions(rig) as some:
        for one in [some.open('web') for _ in range(6)]:
            one.tell('SELECT pg_sleep(2)')
        for one in some:
            one.wait()
    done = rig.reeve('db:slow', '--json', url=rig.address(user='watch'))
    os.chmod(os.path.dirname(kept), 0o700)
    answer = json.loads(done.stdout)
    case(done.returncode == 1 and len(found(answer, 'share')) == 1 and
         'SELECT pg_sleep($1)' in answer['findings'][0]['sentence']
         and answer['findings'][0]['value'] > 90, 'the statement that takes most of the time', answer['findings'])
    if os.geteuid() != 0 or 'could not be kept' in done.stderr:
        case('could not be kept' in done.stderr, 'what cannot be kept is said', done.stderr)
    code, answer = look(rig, 'slow', database='postgres')
    case(code == 4 and 'CREATE EXTENSION' in answer['unknown'][0]['grant'] and answer['results'] == [],
         'without the extension all is unknown', answer)
    code, answer = look(rig, 'slow', user='bare')
    case(code in (1, 4) and not_known(answer, 'statements'), 'without pg_monitor others are unknown', answer['unknown'])


def extension(rig):
    """Where others put it: a schema that one may not use, then may."""
    rig.sql('CREATE DATABASE elsewhere')
    rig.sql('CREATE SCHEMA "My extensions"; CREATE EXTENSION pg_stat_statements SCHEMA "My extensions"', database='elsewhere')
    code, answer = look(rig, 'slow', database='elsewhere')
    case(code == 4 and [one['grant'] for one in answer['unknown']] == ['GRANT USAGE ON SCHEMA "My extensions" TO watch;'],
         'a schema that may not be used', answer)
    code, granted = look(rig, 'grants', database='elsewhere')
    case(answer['unknown'][0]['grant'] in [one['grant'] for one in granted['unknown']], 'db:grants says it, too', granted)
    rig.sql(answer['unknown'][0]['grant'], database='elsewhere')
    code, answer = look(rig, 'slow', database='elsewhere')
    case(rows(answer, 'By total') and not_known(answer, 'statements') == [], 'and may', answer)


def vacuum(rig):
    rig.sql('CREATE TABLE busy (id int, n int) WITH (autovacuum_enabled = off); INSERT INTO busy SELECT n, 0 FROM '
            'generate_series(1, 20000) n', database='shop', user='app')
    with Sessions(rig) as some:
        some.open().ask("BEGIN; INSERT INTO busy VALUES (0, 0); PREPARE TRANSACTION 'forgotten'")
        reader = some.open('report')
        reader.ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM busy')
        some.open().ask('UPDATE busy SET n = 1; SELECT pg_stat_force_next_flush()')
        rig.sql('VACUUM busy', database='shop')
        said = rig.sql("SELECT age(transaction) FROM pg_prepared_xacts; SELECT age(backend_xmin) FROM "
                       "pg_stat_activity WHERE "
                       f"pid = {reader.pid}; SELECT n_dead_tup FROM pg_stat_all_tables WHERE relname = 'busy'",
                       database='shop').splitlines()
        code, answer = look(rig, 'vacuum')
        holders = rows(answer, 'What keeps')
        case([one['what'] for one in holders] == ['prepared', 'session'] and
             [one['ids'] for one in holders] == said[:2] and
             holders[1]['session'] == reader.id and holders[0]['here'] == 't', 'what keeps dead rows, by its age',
             holders, said)
        place = found(answer, 'dead_rows').get('public.busy', '')
        case(code == 1 and said[2] == '20000' and '20,000 dead rows' in place and 'autovacuum is off for it' in place,
             'dead rows that nobody removes', answer['findings'])
        code, answer = look(rig, 'vacuum', user='bare')
        case(not_known(answer, 'sessions') and [one['what'] for one in rows(answer, 'What keeps')] == ['prepared'],
             'whether sessions keep them is unknown without pg_monitor', answer)
        some.open().ask("ROLLBACK PREPARED 'forgotten'")
    ages = {one['database']: one['age'] for one in rows(answer, 'Databases')}
    truth = dict(line.split('|') for line in rig.sql('SELECT datname, age(datfrozenxid) FROM pg_database').splitlines())
    case(set(ages) == set(truth) and all(0 <= int(truth[one]) - int(ages[one]) < 20 for one in ages), 'ages', ages,
         truth)


def indexes(rig):
    rig.sql('CREATE TABLE orders (id int PRIMARY KEY, "User" int, day date, total numeric, UNIQUE ("User", day)); '
            'INSERT INTO orders SELECT n, n, current_date, n FROM generate_series(1, 2000) n; '
            'CREATE INDEX day_a ON orders (day); CREATE INDEX day_b ON orders (day); CREATE INDEX day_desc ON '
            'orders (day DESC); '
            'CREATE INDEX "User begins" ON orders ("User"); CREATE INDEX day_some ON orders (day) WHERE total > 5; '
            'CREATE INDEX day_total ON orders (day, total); CREATE INDEX id_hash ON orders USING hash (id); '
            'CREATE TABLE parts (id int PRIMARY KEY, order_id int REFERENCES orders, "by" int, at date, other int '
            'REFERENCES '
            'orders, third int REFERENCES orders, FOREIGN KEY ("by", at) REFERENCES orders ("User", day)); '
            'INSERT INTO parts SELECT n, n % 2000 + 1 FROM generate_series(1, 5000) n; '
            'CREATE INDEX parts_at ON parts (at, "by", id); CREATE INDEX parts_other ON parts (other) WHERE id > 7; '
            'CREATE INDEX parts_third ON parts (third) WHERE third IS NOT NULL; CREATE INDEX parts_odd ON parts '
            '(other) WHERE third IS NOT NULL; '
            'CREATE TABLE few (id int REFERENCES orders); ANALYZE orders, parts', database='shop', user='app')
    failed = rig.run(f'{rig.bin}/psql', '-qX', '-h', rig.folder, '-p', str(rig.port), '-U', 'app', '-d', 'shop', '-c',
                     'CREATE UNIQUE INDEX CONCURRENTLY twice ON parts (order_id)')
    code, answer = look(rig, 'indexes')
    doubled = found(answer, 'duplicate')
    case(set(doubled) == {'public.day_a', 'public.day_b', 'public."User begins"'} and
         'is the same as public.day_a' in doubled['public.day_b'] and
         'is the beginning of public."orders_User_day_key"' in doubled['public."User begins"'],
         'those that others make '
         'unnecessary, and no others', doubled)
    foreign = found(answer, 'foreign_key')
    case(set(foreign) == {'parts_order_id_fkey', 'parts_other_fkey'} and
         'CREATE INDEX CONCURRENTLY ON public.parts (order_id)' in foreign['parts_order_id_fkey'] and
         {one['constraint'] for one in rows(answer, 'Foreign')} == set(foreign) | {'few_id_fkey'},
         'foreign keys: in any order, whole, of tables that are not small', foreign)
    invalid = found(answer, 'invalid')
    case(failed.returncode != 0 and set(invalid) == {'public.twice'} and
         'REINDEX INDEX CONCURRENTLY' in invalid['public.twice'],
         'what was broken off', invalid)
    case(found(answer, 'unused') == {} and code == 1, 'young statistics: nothing is called unused', answer['findings'])
    rig.sql('INSERT INTO orders SELECT n, n, current_date, n FROM generate_series(2001, 60000) n; ANALYZE orders',
            database='shop')
    code, answer = look(rig, 'indexes', user='bare')
    case('a fortnight is asked for' in not_known(answer, 'unused')[0] and set(found(answer,
         'duplicate')) == set(doubled),
         'but unknown, when they are large', answer['unknown'])


def sequences(rig):
    rig.sql('CREATE TABLE small (id smallserial, n serial, b bigserial); CREATE TABLE made (id int GENERATED ALWAYS '
            'AS IDENTITY); '
            'CREATE SEQUENCE wide; CREATE TABLE late (id int DEFAULT nextval(\'wide\')); CREATE SEQUENCE down '
            'INCREMENT -1 MINVALUE '
            '-100 MAXVALUE -1; CREATE SEQUENCE round MAXVALUE 100 CYCLE; CREATE SEQUENCE unasked MAXVALUE 10; '
            'CREATE SCHEMA "My own"; CREATE SEQUENCE "My own"."S 1" MAXVALUE 1000; '
            "SELECT setval('small_id_seq', 30000), setval('small_n_seq', 7), setval('small_b_seq', 3000000000), "
            "setval('made_id_seq', 1900000000), setval('wide', 2100000000), setval('down', -80), setval('round', 99), "
            'setval(\'"My own"."S 1"\', 701)', database='shop', user='app')
    code, answer = look(rig, 'sequences')
    grants = {one['grant'] for one in answer['unknown']}
    case(code == 4 and grants == {'GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO watch;',
                                  'GRANT SELECT ON ALL SEQUENCES IN SCHEMA "My own" TO watch;'} and
         all(one['used_percent'] == 'unknown' for one in rows(answer, 'Sequences')),
         'as pg_monitor alone all are unknown',
         answer)
    rig.sql(' '.join(sorted(grants)), database='shop')
    code, answer = look(rig, 'sequences')
    said = found(answer, 'sequence')
    case(code == 1 and answer['unknown'] == [] and set(said) == {'public.small.id', 'public.made.id', 'public.late.id',
                                                                'public.down', '"My own"."S 1"'},
         'with the printed GRANT statements all are known', said, answer['unknown'])
    case('(integer) has used 97.8 %' in said['public.late.id'] and 'goes on beyond what the column can hold' in
         said['public.late.id'] and '47,483,647 are left' in said['public.late.id'] and
         '(smallint) has used 91.6 %' in said['public.small.id'] and 'used 80.0 %' in said['public.down'],
         'by the type of the column, too', said)
    case({one['sequence']: one['last'] for one in rows(answer, 'Sequences')}['public.unasked'] == 'none yet',
         'one never asked')
    with Sessions(rig) as some:
        some.open().ask('BEGIN; ALTER SEQUENCE wide CACHE 7')
        code, answer = look(rig, 'sequences')
        case(not_known(answer, 'busy') == ['public.wide is locked just now, so that it was not asked: look again.'],
             'one that is locked is not waited for', answer['unknown'])


def settings(rig):
    code, answer = look(rig, 'settings')
    bad = {one['place'] for one in answer['findings']}
    case(code == 1 and {'fsync', 'data_checksums', 'log_lock_waits', 'idle_in_transaction_session_timeout'} <= bad and
         not {'autovacuum', 'full_page_writes', 'track_counts'} & bad, 'mistakes, and not our own limits', bad)
    rig.sql("ALTER SYSTEM SET max_connections = 30")
    rig.sql("ALTER SYSTEM SET log_lock_waits = on")
    rig.sql("ALTER SYSTEM SET archive_command = 'scp -i secret %p there'")
    rig.sql('SELECT pg_reload_conf()')
    company.within(10, lambda: rig.sql('SHOW log_lock_waits') == 'on', 'the reload')
    code, answer = look(rig, 'settings')
    values = {one['name']: one['value'] for one in rows(answer, 'Settings')}
    case('log_lock_waits' not in found(answer, 'setting') and 'secret' not in json.dumps(answer) and
         values['archive_command'] == '(set)' and values['log_lock_waits'] == 'on', 'one less; commands are not shown',
         values)
    code, answer = look(rig, 'settings', user='bare')
    case(not_known(answer, 'settings') and answer['unknown'][0]['grant'] == 'GRANT pg_monitor TO bare;',
         'what is hidden is unknown', answer['unknown'])


def grants(rig):
    """All that is printed is granted, and everything is known."""
    rig.sql(f"CREATE ROLE scout LOGIN PASSWORD '{company.PASSWORD}'")
    code, answer = look(rig, 'grants', user='scout')
    printed = [one['grant'] for one in rows(answer, 'What the looks need') if one['there'] == 'no']
    case(code == 4 and 'GRANT pg_monitor TO scout;' in printed and any('"My own"' in one for one in printed) and
         'GRANT pg_signal_backend TO scout;' in printed and len(answer['unknown']) == len(printed) - 1,
         'each right that lacks, and why; cancelling is nobody\'s need who only looks', answer)
    for one in printed:
        rig.sql(one, database='shop')
    rig.sql('ANALYZE', database='shop')
    code, answer = look(rig, 'grants', user='scout')
    case(code == 0 and answer['unknown'] == [] and all(one['there'] == 'yes' for one in rows(answer, 'What')),
         'as printed', answer)
    for name in ('locks', 'connections', 'vacuum', 'sequences', 'replication', 'settings', 'bloat'):
        code, answer = look(rig, name, user='scout')
        unknown = [one for one in answer['unknown'] if 'ANALYZE' not in one['sentence']]
        case(unknown == [] and code in (0, 1), f'db:{name} knows everything as the documented role', answer['unknown'])
    look(rig, 'slow', user='scout')
    code, answer = look(rig, 'slow', user='scout')
    case([one['kind'] for one in answer['unknown'] if one['kind'] != 'since_last'] == [], 'and db:slow',
         answer['unknown'])


def bounded(rig):
    """Ours never wait in the company's queue, and end when they take too long."""
    with Sessions(rig) as some:
        some.open().ask('BEGIN; SELECT count(*) FROM orders')
        some.open().tell('BEGIN; LOCK TABLE orders, parts, busy')
        waiting(rig, 1, 0)
        for name in ('locks', 'connections', 'slow', 'vacuum', 'indexes', 'sequences', 'replication', 'settings',
            'bloat',
                     'grants'):
            code, answer = look(rig, name, user='scout')
            case('failure' not in answer and not not_known(answer, 'refused'), f'db:{name} while a table is locked',
                 answer.get('unknown'))
    said = rig.sql("SELECT count(*) || ' kinds of statements of ours, the slowest ' || round(max(max_exec_time)) || "
                   "' ms, "
                   "all looks of this test ' || round(sum(total_exec_time)) || ' ms' FROM pg_stat_statements s JOIN "
                   "pg_roles r ON "
                   "r.oid = s.userid WHERE rolname IN ('watch', 'scout', 'bare')", database='shop')
    case(said, 'what they cost: ' + said)
    left = rig.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'reeve%'")
    case(left == '0', 'nothing of Reeve is left on the server', left)


def main():
    if not company.programs():
        company.skip_all('PostgreSQL is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.stop()
        rig.start('max_prepared_transactions=4', 'pg_stat_statements.max=100', 'autovacuum=on')
        rig.make_shop()
        rig.sql('CREATE EXTENSION pg_stat_statements', database='shop')
        rig.sql(f"CREATE ROLE watch LOGIN PASSWORD '{company.PASSWORD}' IN ROLE pg_monitor; "
                f"CREATE ROLE bare LOGIN PASSWORD '{company.PASSWORD}'")
        rig.configure()
        for part in (connections, slow, extension, vacuum, indexes, sequences, settings, grants, bounded):
            part(rig)
    company.end()


main()
