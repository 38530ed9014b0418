# migrate.py - db:migrate, db:rollback and db:status against a real PostgreSQL: what they say, and what is wrong.
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import rig as company
import runner
from rig import Rig, case

A = '-- migrate:up\nCREATE TABLE a (b int);\nINSERT INTO a VALUES (1);\n-- migrate:down\nDROP TABLE a;\n'
INDEX = ('-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY a_b ON a (b);\n-- migrate:down transaction:false\n'
         'DROP INDEX CONCURRENTLY a_b;\n')


def files(rig, texts):
    folder = os.path.join(rig.folder, 'db')
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, 'migrations'))
    rig.own(folder, os.path.join(folder, 'migrations'))
    for name, text in texts.items():
        rig.write(f'db/migrations/{name}', text)
    return os.path.join(folder, 'migrations')


def fresh(rig, texts):
    rig.sql('DROP DATABASE IF EXISTS shop WITH (FORCE)')
    rig.sql('CREATE DATABASE shop OWNER app')
    return files(rig, texts)


def shop(rig, sql, **named):
    return rig.sql(sql, database='shop', **named)


def ask(rig, *words, **named):
    return rig.reeve(*words, url=named.pop('url', None) or rig.address(), **named)


def refuses(rig, name, code, *said, words=('db:migrate',), **named):
    done = ask(rig, *words, **named)
    text = done.stdout + done.stderr
    case(done.returncode == code and all(word in text for word in said), name, done.returncode, text)
    return done


def there_and_back(rig):
    fresh(rig, {'1_a.sql': A, '2_b.sql': INDEX, '3_c.up.sql': 'INSERT INTO a VALUES (3)',
                '3_c.down.sql': 'DELETE FROM a WHERE b = 3'})
    done = ask(rig, 'db:status')
    case(done.returncode == 1 and '0 applied, 3 pending' in done.stdout, 'all is pending, exit 1', done)
    done = ask(rig, 'db:migrate', '--dry-run')
    case(done.returncode == 0 and 'one transaction:\n    1_a.sql:2:1  CREATE TABLE a (b int)\n    1_a.sql:3:1' in
         done.stdout and 'in no transaction:\n    2_b.sql:2:1  CREATE INDEX' in done.stdout and
         shop(rig, "SELECT to_regnamespace('reeve') IS NULL") == 't', 'a dry run says how, and writes nothing', done)
    done = ask(rig, 'db:migrate')
    case(done.returncode == 0 and '3 migrations are done.' in done.stdout and '1_a.sql applied (2 statements' in
         done.stderr, 'they are applied', done)
    rows = shop(rig, "SELECT string_agg(version || direction || part || state || (runner LIKE '%process%'), ',' ORDER BY "
                'version, part) FROM reeve.migration_statement')
    case(rows == '1up1donetrue,1up2donetrue,2up1donetrue,3up1donetrue', 'one row a statement', rows)
    done = ask(rig, 'db:status')
    case(done.returncode == 0 and '3 applied, 0 pending' in done.stdout, 'all is applied, exit 0', done)
    begun = time.monotonic()
    done = ask(rig, 'db:migrate', '--json')
    case(done.returncode == 0 and json.loads(done.stdout)['done'] == [] and time.monotonic() - begun < 2,
         'again: nothing to do', done)
    done = ask(rig, 'db:rollback')
    case(done.returncode == 0 and shop(rig, 'SELECT count(*) FROM a') == '1', 'the last one is undone', done)
    done = ask(rig, 'db:rollback', '--target=0', '--dry-run')
    case(done.returncode == 0 and done.stdout.index('2_b.sql') < done.stdout.index('1_a.sql'), 'the way back, newest '
         'first', done)
    done = ask(rig, 'db:rollback', '--target=001')
    case(done.returncode == 0 and shop(rig, "SELECT to_regclass('a_b') IS NULL AND to_regclass('a') IS NOT NULL") == 't',
         'to a version, which stays', done)
    done = ask(rig, 'db:migrate')
    log = shop(rig, "SELECT string_agg(version || ' ' || what, ',' ORDER BY number) FROM reeve.migration_log")
    case(done.returncode == 0 and log == '3 applied,3 rolled back,2 applied,2 rolled back',
         'and forward again; the log keeps what the rows forget', log)
    refuses(rig, 'a target that is none', 2, 'target', words=('db:rollback', '--target='))
    refuses(rig, 'a target that is not applied', 3, '"7" is no version that is applied', words=('db:rollback',
                                                                                                '--target=7'))
    done = rig.run('./reeve', 'db:rollback', env={'DB': rig.address(), 'npm_lifecycle_event': 'db:rollback',
                                                   'npm_config_target': '1'})
    case(done.returncode == 2 and 'npm run db:rollback -- --target=1' in done.stderr,
         'npm that kept --target for itself is refused', done)


def files_that_are_wrong(rig):
    fresh(rig, {'1_a.sql': A, '2_b.sql': '-- migrate:up\nINSERT INTO a\nVALUES (2),\n  (x3);\n'})
    done = refuses(rig, 'an error with its place and a caret', 4, '2_b.sql:4:4: ', 'column "x3" does not exist',
                   '    (x3);\n     ^')
    case(shop(rig, 'SELECT count(*) FROM a') == '1' and '1_a.sql applied' in done.stderr, 'what was before it is done',
         done)
    rig.write('db/migrations/2_b.sql', '-- migrate:up\nINSERT INTO a VALUES (2);;\nSELEC 1;\n')
    refuses(rig, 'a syntax error', 3, '2_b.sql:3:1: ', 'syntax error at or near "SELEC"', '  SELEC 1;\n  ^')
    refuses(rig, 'and in a dry run', 3, '2_b.sql:3:1: ', 'syntax error at or near "SELEC"', words=('db:migrate', '--dry-run'))
    case(shop(rig, 'SELECT count(*) FROM a') == '1', 'before anything is run')
    rig.write('db/migrations/2_b.sql', '-- migrate:up\nINSERT INTO a VALUES (2);\n')
    rig.write('db/migrations/02_c.sql', 'SELECT 1')
    refuses(rig, 'two files of one version', 3, 'has 02_c.sql already')
    os.remove(f'{rig.folder}/db/migrations/02_c.sql')
    rig.write('db/migrations/3_c.sql', "SELECT 1;\nSELECT 'a")
    refuses(rig, 'a string that does not end', 3, '3_c.sql:2:8')
    rig.write('db/migrations/3_c.sql', '-- migrate:up\nCREATE TABLE c (d int);\nCREATE INDEX CONCURRENTLY c_d ON c (d);')
    refuses(rig, 'what may stand in no transaction', 3, '3_c.sql:3:1', 'transaction:false')
    rig.write('db/migrations/3_c.sql', '-- migrate:up\nCREATE TABLE c (d int);\n-- migrate:up transaction:false\n'
              'CREATE INDEX CONCURRENTLY c_d ON c (d);\n')
    done = ask(rig, 'db:migrate')
    case(done.returncode == 0 and shop(rig, "SELECT to_regclass('c_d') IS NOT NULL") == 't', 'as it says, it is taken',
         done)
    refuses(rig, 'no way back', 3, '3_c.sql', 'no way back', words=('db:rollback',))
    rig.write('db/migrations/1_a.sql', A.replace('int', 'bigint'))
    refuses(rig, 'an edited file', 3, '1_a.sql', 'changed after it was applied', '--accept-edited')
    done = ask(rig, 'db:status')
    case(done.returncode == 1 and 'edited since' in done.stdout, 'db:status says so', done)
    rig.write('db/migrations/1_a.sql', A.replace('int', '/* a number */ int').replace('(1)', '( 1 )'))
    done = ask(rig, 'db:status')
    case(done.returncode == 0, 'blanks and comments are no edit', done)
    rig.write('db/migrations/1_a.sql', A.replace('int', 'bigint'))
    done = ask(rig, 'db:migrate', '--accept-edited')
    case(done.returncode == 0 and ask(rig, 'db:status').returncode == 0, 'it is accepted', done)
    rig.write('db/migrations/01_late.sql', 'SELECT 1')
    refuses(rig, 'a file with the version of one that is applied', 3, 'has 01_late.sql already')
    os.remove(f'{rig.folder}/db/migrations/01_late.sql')
    os.rename(f'{rig.folder}/db/migrations/3_c.sql', f'{rig.folder}/db/migrations/30_c.sql')
    refuses(rig, 'a file that was renamed', 3, '30_c.sql', 'the very statements of 3_c.sql')
    os.rename(f'{rig.folder}/db/migrations/30_c.sql', f'{rig.folder}/db/migrations/3_c.sql')
    rig.write('db/migrations/0_late.sql', 'INSERT INTO a VALUES (0)')
    refuses(rig, 'a file that comes late', 3, '0_late.sql', '--out-of-order')
    done = ask(rig, 'db:migrate', '--out-of-order')
    case(done.returncode == 0 and ask(rig, 'db:status').returncode == 0, 'run all the same', done)
    os.remove(f'{rig.folder}/db/migrations/2_b.sql')
    done = ask(rig, 'db:status')
    case(done.returncode == 1 and 'its file is gone' in done.stdout, 'a file that is gone', done)
    refuses(rig, 'no folder', 3, 'there is none', '--folder', words=('db:migrate', '--folder=nowhere'))


def half_way(rig):
    """A file of single statements: the third fails, is corrected, and is gone on with."""
    text = '-- migrate:up transaction:false\nCREATE TABLE a (b int);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (x);\n'
    back = '-- migrate:down\nDROP TABLE a;\n'
    fresh(rig, {'1_a.sql': text + 'INSERT INTO a VALUES (3);\n' + back})
    refuses(rig, 'it stops at the third statement', 4, '1_a.sql:4:23')
    done = ask(rig, 'db:status')
    case(done.returncode == 1 and 'half applied' in done.stdout and '2 of 4 statements' in done.stdout, 'half applied',
         done)
    refuses(rig, 'not to be undone', 3, 'half applied (2 of 4', words=('db:rollback',))
    rig.write('db/migrations/1_a.sql', text.replace('(1)', '(7)') + back)
    refuses(rig, 'what is done was changed', 3, 'half done')
    rig.write('db/migrations/1_a.sql', text.replace('(x)', '(2)') + 'INSERT INTO a VALUES (3);\n' + back)
    done = ask(rig, 'db:migrate')
    case(done.returncode == 0 and shop(rig, 'SELECT string_agg(b::text, \',\') FROM a') == '1,2,3',
         'corrected, it goes on', done)


def procedures(rig):
    """Among others of one transaction a CALL is in it; one that commits by itself is told where it may."""
    make = 'CREATE TABLE a (b int);\nCREATE PROCEDURE one() LANGUAGE sql AS $$ INSERT INTO a VALUES (1) $$;\n'
    fresh(rig, {'1_a.sql': make + 'CALL one();\nCALL one();'})
    done = ask(rig, 'db:migrate')
    case(done.returncode == 0 and shop(rig, 'SELECT count(*) FROM a') == '2', 'two CALLs in one transaction', done)
    fresh(rig, {'1_a.sql': make + 'CREATE PROCEDURE two() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO a VALUES (2); COMMIT; '
                                  'END $$;\nCALL two();'})
    refuses(rig, 'one that commits', 4, '1_a.sql:4:1', 'section of its own that begins with -- migrate:up transaction:false')
    case(shop(rig, "SELECT to_regclass('a') IS NULL") == 't', 'takes all back')


def locks(rig):
    fresh(rig, {'1_a.sql': A, '2_b.sql': 'ALTER TABLE a ADD c int'})
    ask(rig, 'db:rollback')
    assert runner.perform(rig, files(rig, {'1_a.sql': A}))['outcome'] == 'done'
    files(rig, {'1_a.sql': A, '2_b.sql': 'ALTER TABLE a ADD c int'})
    holder = rig.spawn('holder.log', f'{rig.bin}/psql', '-qX', '-h', rig.folder, '-p', str(rig.port), '-U', 'acme', '-d',
                       'shop', '-c', 'BEGIN; SELECT * FROM a; SELECT pg_sleep(2.5)')
    company.within(10, lambda: shop(rig, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2.5)%' AND "
                                    "pid <> pg_backend_pid()") == '1', 'the holder')
    done = ask(rig, 'db:migrate', '--lock-timeout=200')
    rig.end(holder)
    case(done.returncode == 0 and done.stderr.count('others hold a lock that it needs; tries again in') >= 2 and
         shop(rig, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'c'") == '1',
         'it lets others pass and tries again', done)
    files(rig, {'1_a.sql': A, '2_b.sql': 'ALTER TABLE a ADD c int', '3_c.sql': 'ALTER TABLE a ADD d int'})
    holder = rig.spawn('holder.log', f'{rig.bin}/psql', '-qX', '-h', rig.folder, '-p', str(rig.port), '-U', 'acme', '-d',
                       'shop', '-c', 'BEGIN; SELECT * FROM a; SELECT pg_sleep(30.5)')
    company.within(10, lambda: shop(rig, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30.5)%' AND "
                                    "pid <> pg_backend_pid()") == '1', 'the holder')
    refuses(rig, 'and gives up with its place', 4, '3_c.sql:1:1', 'needs a lock that others did not let go',
            words=('db:migrate', '--lock-timeout=100', '--wait=1'))
    rig.end(holder)


def index_in_time(rig):
    """CREATE INDEX CONCURRENTLY that has to wait: other runners wait beside it, it is killed, and another goes on."""
    folder = fresh(rig, {'1_a.sql': A, '2_b.sql': INDEX})
    assert runner.perform(rig, files(rig, {'1_a.sql': A}))['outcome'] == 'done'
    files(rig, {'1_a.sql': A, '2_b.sql': INDEX})
    building = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '/* reeve 2:1 up */%' AND state = 'active'"
    holder = rig.spawn('holder.log', f'{rig.bin}/psql', '-qX', '-h', rig.folder, '-p', str(rig.port), '-U', 'acme', '-d',
                       'shop', '-c', 'BEGIN; INSERT INTO a VALUES (5); SELECT pg_sleep(40)')
    company.within(10, lambda: shop(rig, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(40)%' AND "
                                    "pid <> pg_backend_pid()") == '1', 'the holder')
    first = runner.start(rig, rig.port, folder)
    company.within(10, lambda: shop(rig, building) == '1', 'the build')
    others = [runner.start(rig, rig.port, folder) for _ in range(4)]
    time.sleep(1.2)
    case(first.poll() is None and all(other.poll() is None for other in others) and
         shop(rig, "SELECT count(*) FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND application_name = 'reeve' "
              "AND query NOT LIKE '/* reeve%'") == '0', 'runners wait beside a build, and none is in its way')
    first.kill()
    first.wait()
    company.within(30, lambda: shop(rig, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DROP INDEX CONC%' AND "
                                    "state = 'active'") == '1', 'the next one')
    rig.end(holder)
    results = [runner.answer(other) for other in others]
    case(all(result['outcome'] == 'done' for result in results) and
         sum(len(result['output']['done']) for result in results) == 1 and
         shop(rig, "SELECT string_agg(indexrelid::regclass || ' ' || indisvalid, ',') FROM pg_index WHERE indrelid = "
              "'a'::regclass") == 'a_b true', 'one of them clears away what the killed one left, and builds it',
         results)


def stopped(rig):
    fresh(rig, {'1_a.sql': A, '2_b.sql': "-- migrate:up transaction:false\nINSERT INTO a VALUES (2);\n"
                "INSERT INTO a SELECT 3 FROM pg_sleep(20);\n"})
    process = subprocess.Popen(company.plain('./reeve', 'db:migrate'), cwd=rig.folder, env={**rig.env, 'DB': rig.address()},
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    company.within(10, lambda: rig.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO a SELECT 3%' "
                                       "AND state = 'active'") == '1', 'the statement')
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=20)[1]
    case(process.returncode == 4 and '2_b.sql:3:1' in said and 'It was stopped' in said and time.monotonic() - begun < 5 and
         shop(rig, 'SELECT count(*) FROM a') == '2', 'stopped half-way: it says where, and the server is at rest', said)
    rig.write('db/migrations/2_b.sql', "-- migrate:up transaction:false\nINSERT INTO a VALUES (2);\n"
              "INSERT INTO a SELECT 3;\n")
    done = ask(rig, 'db:migrate')
    case(done.returncode == 0 and shop(rig, 'SELECT sum(b) FROM a') == '6', 'and goes on', done)


def servers_that_are_wrong(rig):
    fresh(rig, {'1_a.sql': A})
    refuses(rig, 'a wrong password', 4, 'password of user "app"', url=rig.address(password='wrong-one'))
    refuses(rig, 'an absent database', 4, 'no database "shopp"', url=rig.address(database='shopp'))
    refuses(rig, 'no TLS', 4, 'has no TLS', url=rig.address(sslmode='require'))
    refuses(rig, 'no right to make the history', 4, 'permission denied', 'GRANT', url=rig.address(user='reader'))
    rig.sql('ALTER DATABASE shop SET default_transaction_read_only = on')
    refuses(rig, 'a database that takes no writes', 3, 'takes no writes')
    rig.sql('ALTER DATABASE shop RESET default_transaction_read_only')
    rig.configure('services: { database: { url: env:READ, owner: env:DB, migrations: other } }\n')
    rig.run('mkdir', 'other')
    rig.write('other/1_x.sql', 'CREATE TABLE x ()')
    done = rig.reeve('db:migrate', url=rig.address(), READ=rig.address(user='reader'))
    case(done.returncode == 0 and shop(rig, "SELECT tableowner FROM pg_tables WHERE tablename = 'x'") == 'app',
         'owner: and migrations: of reeve.yaml', done)
    rig.configure()


def other_histories(rig):
    texts = {'1_a.sql': A, '2_b.sql': 'SELECT 1', '3_c.sql': 'CREATE TABLE c ()'}
    for tool, sql in (
            ('dbmate', "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations "
             "VALUES ('1'), ('2')"),
            ('golang-migrate', 'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean); INSERT INTO '
             'schema_migrations VALUES (2, false)'),
            ('Supabase', 'CREATE SCHEMA supabase_migrations; CREATE TABLE supabase_migrations.schema_migrations (version '
             "text PRIMARY KEY, statements text[], name text); INSERT INTO supabase_migrations.schema_migrations VALUES "
             "('1', NULL, 'a'), ('2', NULL, 'b')"),
            ('Prisma', 'CREATE TABLE _prisma_migrations (migration_name text, finished_at timestamptz, rolled_back_at '
             "timestamptz); INSERT INTO _prisma_migrations VALUES ('1_a', now(), NULL), ('2_b', now(), NULL), ('3_c', "
             'NULL, now())'),
            ('node-pg-migrate', "CREATE TABLE pgmigrations (id int, name text, run_on timestamp); INSERT INTO "
             "pgmigrations VALUES (1, '1_a', now()), (2, '2_b', now())")):
        fresh(rig, texts)
        shop(rig, sql + '; CREATE TABLE a (b int)', user='app')
        done = ask(rig, 'db:status')
        first = ask(rig, 'db:migrate')
        taken = ask(rig, 'db:migrate', '--take-over')
        then = ask(rig, 'db:migrate')
        case(done.returncode == 1 and f'kept by {tool}' in done.stdout and first.returncode == 3 and '--take-over' in
             first.stderr and taken.returncode == 0 and 'Nothing was run' in taken.stdout and then.returncode == 0 and
             '3_c.sql applied' in then.stderr and '1_a.sql' not in then.stderr and ask(rig, 'db:status').returncode == 0,
             f'the history of {tool}: seen, not run over, taken over', done, first, taken, then)
    fresh(rig, texts)
    shop(rig, 'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean); INSERT INTO schema_migrations '
         'VALUES (2, true)', user='app')
    refuses(rig, 'a version that was left dirty', 3, 'left version 2 half done', words=('db:migrate', '--take-over'))
    fresh(rig, texts)
    refuses(rig, 'nothing to take over', 3, 'nothing to take over', words=('db:migrate', '--take-over'))


RUNBOOK = '''# Shop

### Severity Levels
- **P1 (High)**: Bad
  - Response time: 15 minutes

## Release
1. Run migrations: `npm run db:migrate`
2. Breathe
'''


def as_a_step(rig):
    """The runbook's own line, as a step of a run under a daemon: its facts are in the ledger."""
    fresh(rig, {'1_a.sql': A})
    rig.write('RUNBOOK.md', RUNBOOK)
    rig.run('mkdir', 'state')
    rig.configure(f'runbook: RUNBOOK.md\nledger: state/reeve.db\nlisten: 127.0.0.1:{company.free_port()}\n'
                  'commands: { environment: { DB: env:DB } }\nactions: { "db:migrate": { run: ./reeve db:migrate } }\n'
                  'services: { database: { url: env:DB } }\n')
    rig.env['DB'] = rig.address()
    daemon = rig.spawn('serve.log', './reeve', 'serve')
    try:
        company.within(20, lambda: 'Reeve is at' in open(f'{rig.folder}/serve.log', encoding='utf-8').read(), 'the daemon')
        begun = rig.reeve('run', 'Release')
        shown = company.within(40, lambda: (lambda said: said if 'ready' in said or 'failed' in said else '')(
            rig.reeve('run', 'show', '1').stdout), 'the step')
        facts = rig.reeve('ledger', 'show', '--subject', 'run:1').stdout
        case(begun.returncode == 0 and shop(rig, 'SELECT count(*) FROM a') == '1' and 'failed' not in shown and
             'Step 1' in facts, 'npm run db:migrate as a step of a run, with its facts in the ledger', begun, shown, facts)
    finally:
        rig.end(daemon)
        del rig.env['DB']
    rig.configure()


def main():
    if not company.programs():
        company.skip_all('postgresql-15 is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.configure()
        rig.make_shop()
        for part in (there_and_back, files_that_are_wrong, half_way, procedures, locks, index_in_time, stopped,
                     servers_that_are_wrong, other_histories, as_a_step):
            part(rig)
    company.end()


if __name__ == '__main__':
    main()
