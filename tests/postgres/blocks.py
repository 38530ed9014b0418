"""blocks.py REEVE REEVE-WORK - the SQL of a runbook, run as it is written there: slow queries and sizes of tables, with
names that fail, without the extension, without rights; and the same two blocks of the shared runbook, where it is."""
import os
import re
import sys

sys.dont_write_bytecode = True
import rig as company  # noqa: E402
from rig import Rig, case, skip  # noqa: E402

RUNBOOK = '''# Shop

## Looking inside

### Slow queries
```sql
-- Costly statements
SELECT query, calls, total_exec_time
FROM pg_stat_statements
ORDER BY total_exec_time DESC
LIMIT 20;

-- Sizes of tables
SELECT schemaname AS "in", tablename,
       pg_size_pretty(pg_total_relation_size(schemaname||'.'||tablename)) AS size
FROM pg_tables
ORDER BY pg_total_relation_size(schemaname || '.' || tablename) DESC;
```

### Restart
```bash
# Restart the shop
systemctl restart shop
```

### Steps
1. Look at the sizes
'''


def shared():
    """The path of the shared runbook, or None."""
    root = os.environ.get('REEVE_SHARED') or os.path.join(os.environ['REEVE_SOURCE_ROOT'], '..', 'shared')
    path = os.path.join(root, 'runbooks/production.md')
    return path if os.path.exists(path) else None


def statements(rig, name):
    done, answer = rig.json('db:query', '--from', name, url=rig.address())
    error = answer['results'][0].get('error', {})
    case(done.returncode == 4 and error['sqlstate'] == '42P01' and 'CREATE EXTENSION' in error['remedy'] and
         'not in database shop' in error['remedy'] and error['line'] == 2, f'{name}: the extension is missing', answer)
    rig.sql('CREATE SCHEMA tools; CREATE EXTENSION pg_stat_statements SCHEMA tools', database='shop')
    done, answer = rig.json('db:query', '--from', name, url=rig.address())
    case(done.returncode == 4 and 'write tools.pg_stat_statements' in answer['results'][0]['error']['remedy'],
         f'{name}: it is in another schema', answer)
    rig.sql('DROP EXTENSION pg_stat_statements; CREATE EXTENSION pg_stat_statements', database='shop')
    rig.sql('SELECT count(*) FROM pg_class /* of another user */', database='shop')
    rig.sql('SELECT 1 AS mine', database='shop', user='app')
    done, answer = rig.json('db:query', '--from', name, url=rig.address())
    first = answer['results'][0]
    queries = [row[0] for row in first['rows']]
    case(done.returncode == 0 and '<insufficient privilege>' in queries and 'GRANT pg_read_all_stats TO "app"' in
         first['notes'][0] and re.match(r'\d+ rows? of other users', first['notes'][0]),
         f'{name}: what others ran is hidden, and said', answer)
    rig.sql('GRANT pg_read_all_stats TO app')
    done, answer = rig.json('db:query', '--from', name, url=rig.address())
    rows = str(answer['results'][0]['rows'])
    told = 'Passwords in it are shown as (secret).' in answer['results'][0]['notes']
    case(done.returncode == 0 and '<insufficient privilege>' not in rows and told == ("PASSWORD '(secret)'" in rows),
         f'{name}: with the right, all is shown', answer)
    done, answer = rig.json('db:query', "SELECT query FROM pg_stat_statements WHERE query LIKE 'CREATE ROLE%'",
                            url=rig.address())
    case(done.returncode == 0 and "PASSWORD '(secret)'" in str(answer['results'][0]['rows']),
         f'{name}: but no password', answer)
    shown = rig.reeve('db:query', '--from', name, url=rig.address())
    case(shown.returncode == 0 and shown.stdout.startswith('query ') and ' | calls | ' in shown.stdout,
         f'{name}: as a table', shown)
    rig.sql('REVOKE pg_read_all_stats FROM app; DROP EXTENSION pg_stat_statements; DROP SCHEMA tools', database='shop')


def sizes(rig, name):
    rig.sql('CREATE TABLE orders (a int); INSERT INTO orders SELECT generate_series(1, 10000)', database='shop', user='app')
    done, answer = rig.json('db:query', '--from', name, url=rig.address())
    rows = answer['results'][0].get('rows', [])
    case(done.returncode == 0 and rows[0][1] == 'pg_proc' or ['public', 'orders'] in [row[:2] for row in rows],
         f'{name}: as written, where all names are plain', answer)
    rig.sql('CREATE TABLE "Orders" (a int)', database='shop', user='app')
    done, answer = rig.json('db:query', '--from', name, url=rig.address())
    first = answer['results'][0]
    same = [row[2] for row in first['rows'] if row[1].lower() == 'orders']
    case(done.returncode == 0 and len(set(same)) == 1 and '1 table with a name in upper case is measured as' in
         first['notes'][0] and 'format(' in first['repair'], f'{name}: a size that is another table\'s is said', answer)
    again, answer = rig.json('db:query', first['repair'].replace('\n', ' '), url=rig.address())
    same = [row[2] for row in answer['results'][0]['rows'] if row[1].lower() == 'orders']
    case(again.returncode == 0 and len(set(same)) == 2, f'{name}: and the repaired statement is right', answer)
    rig.sql('DROP TABLE "Orders", orders', database='shop', user='app')
    for table, state in (('"Orders"', '42P01'), ('"my table"', '42602'), ('"a.b"', '0A000')):
        rig.sql(f'CREATE TABLE {table} (a int)', database='shop', user='app')
        done, answer = rig.json('db:query', '--from', name, url=rig.address())
        error = answer['results'][0].get('error', {})
        repair = error.get('repair', '')
        case(done.returncode == 4 and error['sqlstate'] == state and
             repair.count("format('%I.%I', schemaname, tablename)::regclass") == 2 and "||" not in repair,
             f'{name}: {table} fails ({state}), and the repaired statement is offered', answer)
        again, answer = rig.json('db:query', repair.replace('\n', ' '), url=rig.address())
        case(again.returncode == 0 and table.strip('"') in [row[1] for row in answer['results'][0]['rows']],
             f'{name}: which works for {table}', answer)
        shown = rig.reeve('db:query', '--from', name, url=rig.address())
        case("must be quoted; this is what is meant:\n    SELECT schemaname" in shown.stderr, f'{name}: people read it',
             shown.stderr)
        rig.sql(f'DROP TABLE {table}', database='shop', user='app')
    rig.sql('CREATE SCHEMA hidden; CREATE TABLE hidden.things (a int)', database='shop')
    done, answer = rig.json('db:query', '--from', name, url=rig.address())
    error = answer['results'][0].get('error', {})
    case(done.returncode == 4 and error['sqlstate'] == '42501' and 'GRANT USAGE' in error['remedy'] and
         "has_schema_privilege(schemaname, 'USAGE')" in error['remedy'], f'{name}: a schema that is closed to the user',
         answer)
    rig.sql('DROP SCHEMA hidden CASCADE', database='shop')


def by_name(rig):
    done, answer = rig.json('db:query', '--from', 'Slow queries', url=rig.address())
    case(done.returncode == 4 and len(answer['results']) == 2 and 'error' in answer['results'][0] and
         answer['results'][1]['rows'] and answer['results'][1]['line'] > answer['results'][0]['line'],
         'by their heading both are run, and the first does not stop the second', answer)
    for name, words in (('Restart the shop', 'holds no SQL'), ('Steps', 'holds no SQL'),
                        ('Costly statement', 'do you mean "Costly statements"'), ('Nothing', 'no procedure "Nothing"')):
        done = rig.reeve('db:query', '--from', name, url=rig.address())
        case(done.returncode == 2 and words in done.stderr, f'by a name that has none: {name}', done)


def main():
    if not company.programs():
        company.skip_all('postgresql-15 is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.configure('runbook: ours.md\nservices: { database: { url: env:DB } }\n')
        rig.make_shop()
        rig.write('ours.md', RUNBOOK)
        statements(rig, 'Costly statements')
        sizes(rig, 'Sizes of tables')
        by_name(rig)
        if not shared():
            skip('the two blocks of the shared runbook', 'REEVE_SHARED and ../shared are absent')
        else:
            rig.write('ours.md', open(shared(), encoding='utf-8').read())
            statements(rig, 'Find slow queries')
            sizes(rig, 'Check table bloat')
    company.end()


if __name__ == '__main__':
    main()
