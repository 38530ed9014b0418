"""steps.py REEVE REEVE-WORK - the SQL of a runbook as steps of runs, with a daemon and a real server: asked in a READ
ONLY transaction, kept with the run, shown as a table on the page and in the terminal; what would change something, a
server that is not there, a worker and a core that die, a run that is cancelled, secrets in the answer."""
import glob
import json
import os
import re
import signal
import sys

sys.dont_write_bytecode = True
import rig as company  # noqa: E402
from rig import Rig, case, free_port, skip, within  # noqa: E402
from blocks import shared  # noqa: E402
from daemon import Daemon  # noqa: E402
from sessions import Sessions, waiting  # noqa: E402

SECRET = 'a-secret-of-the-environment'
RUNBOOK = '''# Shop

### Severity Levels
- **P1 (High)**: Bad
  - Response time: 15 minutes

## Looking inside
```sql
-- Show the orders
SELECT id, who, note FROM orders ORDER BY id;

-- Sleep
SELECT nap(600);

-- Sleep a little
SELECT nap(6);

-- Sleep shortly
SELECT nap(2);

-- Empty the orders
DELETE FROM orders;

-- Empty them by a function
SELECT empty_orders();

-- End a session
SELECT pg_terminate_backend(1);
```

## Connection
1. Check database connectivity
2. Breathe

## Diagnosis
1. Check for blocking queries
2. Check database performance
3. Check slow queries
4. Review query execution plans

## Schema
1. Check migration status
2. Breathe

## Release
1. Tell the team
2. Look at the orders
   ```sql
   SELECT count(*) AS orders FROM orders;
   ```
3. Say that it is done
'''
CONFIGURATION = '''runbook: RUNBOOK.md
ledger: state/reeve.db
listen: 127.0.0.1:PORT
access: { page_token: always }
commands: { environment: { SHOP_SECRET: env:SHOP_SECRET } }
services: { database: { url: env:DB, statement_timeout: 5 min } }
'''


def asking(rig):
    """How many sessions sleep."""
    return int(rig.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT nap%' AND state = 'active'"))


def a_table(rig, daemon):
    number = daemon.run('Show the orders')
    step = daemon.reaches(number, 'done')
    case(step['does'] == 'query' and step['detail'].startswith('1 result, 5 rows, from database shop as app') and
         step['output_bytes'] > 0, 'SQL that reads is asked by Reeve', step)
    said = rig.reeve('run', 'show', str(number)).stdout
    case('id | who' in said and re.search(r'^ +2 \| <b>ben</b> ', said, re.M), 'run show has its table', said)
    page = daemon.page(f'/runs/{number}')
    case('<th scope="col">who</th>' in page and '<td>&lt;b&gt;ben&lt;/b&gt;</td>' in page and '5 rows' in page and
         '<td class="figure">2</td>' in page, 'the page has it as a table', page)
    output = daemon.api('run/output', number=number, step=1)
    case(output['result']['results'][0]['rows'][0][:2] == ['1', 'ana'], 'run output gives it to programs', output)
    kept = glob.glob(f'{rig.folder}/state/runs/{number}-*/1-1-1/result')
    case(len(kept) == 1 and os.stat(kept[0]).st_mode & 0o777 == 0o600, 'it is kept with the run', kept)
    secrets = [SECRET, 'sk_live_0123456789abcdef', company.PASSWORD]
    everything = page + said + json.dumps(output) + ''.join(
        open(path, encoding='utf-8', errors='replace').read()
        for path in glob.glob(f'{rig.folder}/state/**/*', recursive=True) if os.path.isfile(path))
    case(not [one for one in secrets if one in everything] and page.count('█████') >= 2, 'secrets in it are black', page)
    rows = output['result']['results'][0]['rows']
    case([row[1] for row in rows][:4] == ['ana', '<b>ben</b>', 'cleo', 'dan'] and rows[4][2] == 'all the same' and
         'MIIBVg' not in everything, 'a secret that begins in one value ends in it', rows)
    daemon.stop()
    said = rig.reeve('run', 'show', str(number), url=rig.address(), SHOP_SECRET=SECRET).stdout
    case('id | who' in said, 'also without the daemon', said)
    daemon.start()


def in_a_procedure(rig, daemon):
    said = rig.reeve('procedure', 'show', 'Release').stdout
    case('by Reeve, which only reads' in said and 'SELECT count(*)' in said, 'the plan says who asks', said)
    number = daemon.run('Release')
    case(daemon.step(number, 2)['state'] == 'planned', 'its turn has not come', daemon.step(number, 2))
    daemon.api('run/tick', number=number)
    daemon.reaches(number, 'done', 2)
    case(daemon.step(number, 3)['state'] == 'ready', 'and then the run goes on', daemon.step(number, 3))
    daemon.api('run/tick', number=number)


def many(rig, daemon):
    numbers = [daemon.run('Sleep shortly') for _ in range(6)]
    most = 0
    while [n for n in numbers if daemon.step(n)['state'] == 'running']:
        most = max(most, asking(rig))
    case(most == 4 and all(daemon.step(n)['state'] == 'done' for n in numbers),
         'four are asked at once, the others wait their turn', most)


def what_changes(rig, daemon):
    for name, words in (('Empty the orders', 'Reeve reads only; run it yourself with psql'),
                        ('End a session', 'pg_terminate_backend')):
        number = daemon.run(name)
        step = daemon.step(number)
        case(step['does'] == 'manual' and step['state'] == 'ready' and words in step['note'],
             f'{name}: stays with people, and why', step)
        daemon.api('run/cancel', number=number, reason='not today')
    done = rig.reeve('db:query', 'SELECT pg_terminate_backend(1)', url=rig.address(), SHOP_SECRET=SECRET)
    case(done.returncode == 3 and daemon.step(number)['note'] in done.stderr, 'with the sentence of db:query', done)
    number = daemon.run('Empty them by a function')
    step = daemon.reaches(number, 'failed')
    case('read-only transaction' in step['detail'] and rig.sql('SELECT count(*) FROM orders', 'shop') == '5',
         'PostgreSQL refuses what is hidden in a function', step)
    case('run it yourself with psql' in daemon.page(f'/runs/{number}'), 'and the page says what to do')
    daemon.api('run/cancel', number=number, reason='as it should be')


def who_dies(rig, daemon):
    number = daemon.run('Sleep a little')
    within(15, lambda: asking(rig) == 1, 'the question')
    name = rig.sql("SELECT application_name FROM pg_stat_activity WHERE query LIKE 'SELECT nap%' AND state = 'active'")
    case(name == f'reeve run {number} step 1', 'PostgreSQL knows which run asks', name)
    daemon.stop(signal.SIGKILL)
    daemon.start()
    within(15, lambda: asking(rig) >= 1, 'the question again')
    step = daemon.reaches(number, 'done')
    case(step['tries'] == 1, 'a core that dies: it is asked again within the same try', step)
    number = daemon.run('Sleep')
    for _ in range(3):
        worker = within(15, lambda: workers(daemon), 'the worker')[0]
        within(15, lambda: asking(rig) == 1, 'the question')
        os.kill(worker, signal.SIGKILL)
        within(15, lambda: worker not in workers(daemon), 'its end')
        within(30, lambda: asking(rig) == 0, 'the end of the question')
    step = daemon.reaches(number, 'failed')
    case('asked 3 times' in step['detail'], 'a worker that dies three times: it failed, and is not in doubt', step)
    daemon.api('run/retry', number=number)
    within(15, lambda: asking(rig) == 1, 'the question')
    daemon.api('run/cancel', number=number, reason='enough')
    step = daemon.reaches(number, 'failed')
    within(15, lambda: asking(rig) == 0, 'the end of the question')
    case(step['detail'] == 'the run was cancelled', 'a run that is cancelled ends the question', step)


def workers(daemon):
    found = []
    for path in glob.glob('/proc/[0-9]*/stat'):
        try:
            with open(path, encoding='utf-8') as file:
                words = file.read().rsplit(')', 1)
            if words[0].endswith('(reeve-work') and int(words[1].split()[1]) == daemon.process.pid:
                found.append(int(path.split('/')[2]))
        except OSError:
            pass
    return found


def without(rig, daemon):
    rig.stop()
    number = daemon.run('Show the orders')
    step = daemon.reaches(number, 'failed')
    case('refused' in step['detail'] or 'not reach' in step['detail'] or 'No' in step['detail'],
         'a server that is not there: the step fails and says so', step)
    rig.start()
    daemon.api('run/retry', number=number)
    daemon.reaches(number, 'done')
    daemon.stop()
    rig.write('reeve.yaml', CONFIGURATION.replace('PORT', str(daemon.port)).replace('services:', '# services:'))
    daemon.start()
    number = daemon.run('Show the orders')
    step = daemon.step(number)
    case(step['does'] == 'manual' and 'no database is named' in step['note'], 'without a database people ask', step)
    daemon.api('run/cancel', number=number, reason='no')


def configured(rig, daemon, old, new, **environment):
    """The daemon with another reeve.yaml and more in its environment."""
    daemon.stop()
    rig.write('reeve.yaml', CONFIGURATION.replace('PORT', str(daemon.port)).replace(old, new))
    rig.env.update(environment)
    daemon.start()


def a_ping(rig, daemon):
    said = rig.reeve('run', 'Connection', '--dry-run').stdout
    case(re.search(r'1 Check database connectivity.*by Reeve, which only reads', said) and 'reeve db:ping' in said,
         'the plan says that Reeve pings', said)
    number = daemon.run('Connection')
    step = daemon.reaches(number, 'done')
    case(step['does'] == 'query' and re.match(r'direct answers, connected in [0-9.]+ ms, asked in [0-9.]+ ms; '
                                              r'PostgreSQL 15', step['detail']), 'a ping is done by Reeve', step)
    case(daemon.step(number, 2)['state'] == 'ready', 'and then the run goes on')
    page = daemon.page(f'/runs/{number}')
    case('<th scope="col">connect ms</th>' in page and '<td>takes writes</td>' in page, 'the page has its table', page)
    said = rig.reeve('run', 'show', str(number)).stdout
    case(re.search(r'direct \| 127\.0\.0\.1:[0-9]+\S* +\| yes ', said), 'and so has run show', said)
    output = daemon.api('run/output', number=number, step=1)
    case(output['result']['results'][0]['rows'][0][0] == 'direct', 'and run output for programs', output)
    daemon.api('run/cancel', number=number, reason='seen')
    configured(rig, daemon, 'url: env:DB,', 'url: env:DB, pooler: env:POOL,',
               POOL=rig.address(port=free_port(), password='hidden-in-the-address'))
    number = daemon.run('Connection')
    step = daemon.reaches(number, 'failed')
    case(step['detail'].startswith('direct answers, ') and '; pooler does not answer: ' in step['detail'],
         'a failure says which part failed', step)
    everything = daemon.page(f'/runs/{number}') + rig.reeve('run', 'show', str(number)).stdout
    case('no: ' in everything and 'hidden-in' not in everything and company.PASSWORD not in everything,
         'its table too, without a secret', everything)
    daemon.api('run/cancel', number=number, reason='seen')


def a_ping_in_a_rehearsal(rig, daemon):
    configured(rig, daemon, 'services:', 'environments: { trial: { environment: { SHOP_SECRET: env:TRIAL } } }\nservices:',
               TRIAL='a-secret-of-the-trial')
    said = daemon.api('run', procedure='Connection', rehearse='trial')
    number = int(said['facts'][0]['subject'].split(':')[1])
    step = daemon.step(number)
    case(step['does'] == 'manual' and step['state'] == 'ready' and 'has none of its own' in step['note'] and
         step['command'] == '', "a rehearsal does not ask production's database", step)
    daemon.api('run/cancel', number=number, reason='seen')
    configured(rig, daemon, 'services:', 'environments: { trial: { environment: { SHOP_SECRET: env:TRIAL }, database: { '
               'url: env:TRIAL_DB } } }\nservices:', TRIAL_DB=rig.address(user='reader', database='postgres'))
    said = daemon.api('run', procedure='Connection', rehearse='trial')
    number = int(said['facts'][0]['subject'].split(':')[1])
    daemon.reaches(number, 'done')
    daemon.api('run/cancel', number=number, reason='seen')
    said = daemon.api('run', procedure='Show the orders', rehearse='trial')
    number = int(said['facts'][0]['subject'].split(':')[1])
    step = daemon.reaches(number, 'failed')  # there are no orders in that one
    case('orders' in step['detail'] and 'does not exist' in step['detail'], 'but that of its environment', step)
    daemon.api('run/cancel', number=number, reason='seen')
    configured(rig, daemon, 'services:', 'services:')


def looks(rig, daemon):
    said = rig.reeve('run', 'Diagnosis', '--dry-run').stdout
    case(said.count('by Reeve, which only reads') == 3 and 'reeve db:locks; reeve db:connections' in said and
         re.search(r'Review query execution plans +\[by hand\]', said), 'the plan says what Reeve looks at', said)
    with Sessions(rig) as some:
        some.open('holds').ask('BEGIN; LOCK TABLE orders')
        some.open('wants').tell('SELECT count(*) FROM orders')
        waiting(rig, 1)
        number = daemon.run('Diagnosis')
        locks = daemon.reaches(number, 'done')
        both = daemon.reaches(number, 'done', 2)
    case(re.match(r'[1-9][0-9]* found, .*in database shop as app: .*\bwants\b|[1-9][0-9]* found, .*in database shop as app: .*'
                  rf'{some[0].pid}', locks['detail']), 'a look says how much it found and the first of it', locks)
    page = daemon.page(f'/runs/{number}')
    case('Found: ' in page and re.search(r'<caption>[A-Z][^<:]+: [0-9]+ rows?', page) and
         '<th scope="col">waits for</th>' in page, 'the page has its tables with titles, and what was found', page)
    case(both['does'] == 'query' and both['command'] == 'reeve db:locks; reeve db:connections', 'two looks at once', both)
    titles = [one['title'] for one in daemon.api('run/output', number=number, step=2)['result']['results']]
    case([one for one in titles if one.startswith('Sessions')] and len(titles) >= 3, 'with the tables of both', titles)
    slow = daemon.reaches(number, 'done', 3)
    case('not known' in slow['detail'], 'what is not there is not known, and the run goes on', slow)
    case(daemon.step(number, 4)['state'] == 'ready', 'plans are looked at by people', daemon.step(number, 4))
    shown = rig.reeve('run', 'show', str(number)).stdout
    case('Found: ' in shown and 'Not known: ' in shown, 'run show has the same', shown)
    daemon.api('run/cancel', number=number, reason='seen')
    rig.sql('CREATE EXTENSION pg_stat_statements', 'shop')
    for _ in range(2):
        number = daemon.run('Diagnosis')
        slow = daemon.reaches(number, 'done', 3)
        daemon.api('run/cancel', number=number, reason='seen')
    kept = os.path.join(rig.folder, 'state', 'looks', 'slow.json')
    text = json.dumps(daemon.api('run/output', number=number, step=3))
    case(os.path.exists(kept) and os.stat(kept).st_mode & 0o777 == 0o600 and '"keep"' not in text and
         'since the last look' in text, 'a look at statements is kept for the next', text)
    rig.sql('DROP EXTENSION pg_stat_statements', 'shop')


def missions(rig, daemon):
    if not shared():
        skip('the two blocks of the shared runbook', 'REEVE_SHARED and ../shared are absent')
        return
    daemon.stop()
    rig.write('RUNBOOK.md', open(shared(), encoding='utf-8').read())
    rig.write('reeve.yaml', CONFIGURATION.replace('PORT', str(daemon.port)))
    rig.sql('CREATE EXTENSION pg_stat_statements', 'shop')
    daemon.start()
    for name, column in (('Find slow queries', 'mean_exec_time'), ('Check table bloat', 'tablename')):
        number = daemon.run(name)
        step = daemon.reaches(number, 'done')
        case(f'<th scope="col">{column}</th>' in daemon.page(f'/runs/{number}'), f'{name}: a step with its table', step)


def migrations(rig, daemon):
    """Files and history: people look where there are no files, Reeve where there are."""
    os.makedirs(os.path.join(rig.folder, 'db/migrations'))
    rig.own(os.path.join(rig.folder, 'db'), os.path.join(rig.folder, 'db/migrations'))
    rig.write('db/migrations/001_goods.sql', 'CREATE TABLE goods_of_files (a int);')
    rig.write('db/migrations/002_more.sql', 'ALTER TABLE goods_of_files ADD b int;')
    configured(rig, daemon, 'services:', 'services:')
    number = daemon.run('Schema')
    step = daemon.reaches(number, 'done')
    case(step['command'] == 'reeve db:status' and step['detail'] == '0 applied, 2 pending, 0 half done; next 001_goods.sql',
         'the state of migrations is looked at by Reeve', step)
    page = daemon.page(f'/runs/{number}')
    case('Migrations, the newest first' in page and '002_more.sql' in page and 'pending' in page, 'with its table on the page', page)
    daemon.api('run/cancel', number=number, reason='seen')
    done = rig.reeve('db:migrate')
    number = daemon.run('Schema')
    step = daemon.reaches(number, 'done')
    case(step['detail'] == '2 applied, 0 pending, 0 half done', 'and so it is when they are applied', done.stdout, done.stderr, step)
    daemon.api('run/cancel', number=number, reason='seen')


def main():
    if not company.programs():
        company.skip_all('postgresql-15 is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.make_shop()
        rig.sql("CREATE TABLE orders (id int, who text, note text); INSERT INTO orders VALUES (1, 'ana', 'paid'), "
                f"(2, '<b>ben</b>', 'key sk_live_0123456789abcdef'), (3, 'cleo', '{SECRET}'), "
                f"(4, 'dan', '-----BEGIN {'PRIVATE'} KEY-----' || chr(10) || 'MIIBVgIBADANBgkqhkiG'), "
                "(5, chr(30) || 'eve', 'all the same'); "
                "CREATE FUNCTION empty_orders() RETURNS int LANGUAGE sql AS 'DELETE FROM orders RETURNING id'; "
                "CREATE FUNCTION nap(int) RETURNS text LANGUAGE sql AS 'SELECT pg_sleep($1)::text'",
                'shop', 'app')
        daemon = Daemon(rig)
        os.mkdir(os.path.join(rig.folder, 'state'))
        rig.own(os.path.join(rig.folder, 'state'))
        rig.write('RUNBOOK.md', RUNBOOK)
        rig.write('reeve.yaml', CONFIGURATION.replace('PORT', str(daemon.port)))
        rig.env.update(DB=rig.address(), SHOP_SECRET=SECRET)
        try:
            daemon.start()
            for part in (a_table, in_a_procedure, looks, migrations, a_ping, a_ping_in_a_rehearsal, many, what_changes, who_dies, without, missions):
                part(rig, daemon)
        except Exception:
            with open(os.path.join(rig.folder, 'serve.log'), encoding='utf-8') as log:
                print('# ' + log.read()[-2000:].replace('\n', '\n# '))
            raise
        finally:
            daemon.stop()
    company.end()


if __name__ == "__main__":
    main()
