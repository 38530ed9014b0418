# migrate_kill.py - runners of migrations that are killed at every question, cut off, and run at once: each statement is
# done exactly once, the history is true, and running again goes on.
import os
import sys
import time

import rig as company
import runner
from rig import Rig, case

LONG = bool(os.environ.get('REEVE_LONG'))

# Whatever inserts into tally does so once. Each file is another way in which statements are wrapped.
FILES = {
    '001_tally.sql': '-- migrate:up\nCREATE TABLE tally (what text, n int);\nINSERT INTO tally VALUES (\'1.1\');\n'
                     '-- migrate:down\nDROP TABLE tally;\n',
    '002_data.sql': "INSERT INTO tally SELECT '2.' || g, g FROM generate_series(1, 50) g;\n"
                    "UPDATE tally SET n = n + 1 WHERE what LIKE '2.%';\nINSERT INTO tally VALUES ('2');",
    '003_index.sql': "-- migrate:up transaction:false\nINSERT INTO tally VALUES ('3.1');\n"
                     'CREATE INDEX CONCURRENTLY tally_n ON tally (n);\nINSERT INTO tally VALUES (\'3.2\');\n',
    '004_sections.sql': "-- migrate:up\nINSERT INTO tally VALUES ('4.1');\n-- migrate:down\nDELETE FROM tally;\n"
                        "-- migrate:up\nINSERT INTO tally VALUES ('4.2');\nALTER TABLE tally ADD at int;\n",
    '005_enum.sql': "-- migrate:up\nCREATE TYPE mood AS ENUM ('good');\nCREATE TABLE moods (m mood);\n"
                    "-- migrate:up\nALTER TYPE mood ADD VALUE 'bad';\n"
                    "-- migrate:up\nINSERT INTO moods VALUES ('bad');\nINSERT INTO tally VALUES ('5');\n",
    '006_singles.sql': "-- transaction:false\nINSERT INTO tally VALUES ('6.1');\nALTER TYPE mood ADD VALUE 'so';\n"
                       "INSERT INTO moods VALUES ('so');\nUPDATE tally SET n = coalesce(n, 0) + 100 WHERE what = '6.1';",
    '007_functions.sql': "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN RETURN 7; END; $f$;\n"
                         'CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;\n'
                         "DO $$ BEGIN INSERT INTO tally VALUES ('7', f()); END $$;",
    '008_reindex.sql': '-- migrate:up transaction:false\nREINDEX INDEX CONCURRENTLY tally_n;\n'
                       'DROP INDEX CONCURRENTLY tally_n;\nVACUUM tally;\n',
    '009_own.sql': "BEGIN;\nINSERT INTO tally VALUES ('9.1');\nSAVEPOINT a;\nINSERT INTO tally VALUES ('x');\n"
                   "ROLLBACK TO a;\nCOMMIT;\nINSERT INTO tally VALUES ('9.2');\nSTART TRANSACTION ISOLATION LEVEL "
                   "SERIALIZABLE;\nINSERT INTO tally VALUES ('9.3');\nCOMMIT;",
    '010_parts.sql': '-- migrate:up\nCREATE TABLE p (a int) PARTITION BY LIST (a);\n'
                     'CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);\n'
                     '-- migrate:up transaction:false\nALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\n'
                     "INSERT INTO tally VALUES ('10');\n",
    '011_path.sql': '-- migrate:up\nCREATE SCHEMA depot;\nCREATE TABLE depot.t (a int);\n-- migrate:up transaction:false\n'
                    'SET search_path = depot, public;\nCREATE UNIQUE INDEX CONCURRENTLY "T_a" ON t (a);\n'
                    'INSERT INTO t VALUES (1);\n',
    '012_empty.sql': '-- migrate:up\n-- nothing\n-- migrate:down\n',
    '013_late.sql': 'CREATE TABLE q (a int PRIMARY KEY, b int REFERENCES q DEFERRABLE INITIALLY DEFERRED);\n'
                    "SET LOCAL work_mem = '8MB';\nINSERT INTO q VALUES (1, 2);\nINSERT INTO q VALUES (2, 1);\n"
                    "INSERT INTO tally VALUES ('13');",
    '014_one.sql': 'CREATE INDEX CONCURRENTLY IF NOT EXISTS tally_what ON tally (what);',
}
ONCE = ('1.1', '2', '3.1', '3.2', '4.1', '4.2', '5', '6.1', '7', '9.1', '9.2', '9.3', '10', '13')
STATE = """SELECT string_agg(what || ' ' || c, ',' ORDER BY what) FROM (SELECT what, count(*) AS c FROM tally
 WHERE what NOT LIKE '2.%' GROUP BY what) x
 UNION ALL SELECT count(*) || ' ' || sum(n) FROM tally WHERE what LIKE '2.%'
 UNION ALL SELECT string_agg(m::text, ',' ORDER BY m) FROM moods
 UNION ALL SELECT string_agg(c.relname || CASE WHEN indisvalid THEN '' ELSE ' invalid' END, ',' ORDER BY c.relname)
 FROM pg_index JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = relnamespace
 WHERE nspname IN ('public', 'depot')
 UNION ALL SELECT n::text FROM tally WHERE what = '6.1'
 UNION ALL SELECT count(*)::text FROM depot.t UNION ALL SELECT count(*)::text FROM pg_inherits
 UNION ALL SELECT count(*)::text FROM q
 UNION ALL SELECT count(*) FILTER (WHERE state = 'done') || '/' || count(*) FROM reeve.migration_statement"""
CLEAR = 'DROP SCHEMA IF EXISTS reeve, depot, public CASCADE; CREATE SCHEMA public AUTHORIZATION app'


def clear(rig):
    rig.sql(CLEAR, database='shop')


def state(rig):
    """What the migrations made; a table that is not there is said, too."""
    try:
        return rig.sql(STATE, database='shop')
    except AssertionError as why:
        return str(why)[-300:]


def until_done(rig, folder, **more):
    """Run again until it is done; the answers."""
    answers = []
    for _ in range(4):
        answers.append(runner.perform(rig, folder, **more))
        if answers[-1]['outcome'] == 'done':
            break
    return answers


def killed_everywhere(rig, folder, want, questions):
    """Killed once at one question, before or after it is passed on; with the server noticing at once or late."""
    bad = []
    ways = [(after, cut) for after in (False, True) for cut in (False, True)]
    places = 0
    for at in range(1, questions + 1):
        for number, (after, cut) in enumerate(ways):
            if not LONG and (at * 5 + number * 3) % 61:
                continue
            places += 1
            clear(rig)
            result, came = runner.perform_cut(rig, folder, at, after, cut, 0.3 if (at + number) % 2 else 0)
            answers = until_done(rig, folder)
            got = state(rig)
            if not came or answers[-1]['outcome'] != 'done' or len(answers) > 1 or got != want:
                bad.append((at, after, cut, came, result['outcome'], answers, got))
    case(not bad, f'killed or cut off at {places} places of {questions * 4}: run again, all is there once',
         *bad[:3])


def server_restarts(rig, folder, want, questions):
    """The server goes down at one question, by the book or at once, and comes back."""
    bad = []
    places = range(6, questions, 9 if LONG else 97)
    for at in places:
        clear(rig)
        result, came = runner.perform_cut(rig, folder, at, True, hook=lambda how=2 + at % 2: rig.end(rig.process, how))
        rig.start()
        answers = until_done(rig, folder)
        if not came or result['outcome'] != 'failed' or answers[-1]['outcome'] != 'done' or state(rig) != want:
            bad.append((at, result, answers, state(rig)))
    case(not bad, f'the server goes down at {len(places)} places: run again, all is there once', *bad[:2])


def killed_again_and_again(rig, folder, want):
    """The same run, killed at its tenth question each time, comes to its end all the same."""
    clear(rig)
    runs = 0
    outcome = ''
    while outcome != 'done' and runs < 60:
        result, _ = runner.perform_cut(rig, folder, 30 + runs % 4, runs % 2 == 0)
        outcome = result['outcome']
        runs += 1
    case(outcome == 'done' and state(rig) == want and runs > 5, f'killed {runs - 1} times on its way', outcome,
         state(rig))


def at_once(rig, folder, want, count, port, name):
    clear(rig)
    processes = [runner.start(rig, port, folder) for _ in range(count)]
    results = [runner.answer(process) for process in processes]
    done = sum(len(result['output'].get('done', ())) for result in results)
    case(all(result['outcome'] == 'done' for result in results) and done == len(FILES) and state(rig) == want,
         f'{count} runners at once {name}: all end well, each migration by one of them',
         [(r['outcome'], r.get('detail')) for r in results], done, state(rig))


def by_pooler(rig, folder):
    if not company.pgbouncer():
        company.skip('by pgBouncer', 'pgbouncer is not installed')
        return
    rig.start_pooler(more='default_pool_size = 6\nmax_client_conn = 60\n')
    files = {name: text.replace('SET search_path = depot, public;\n', '').replace('ON t (a)', 'ON depot.t (a)')
             .replace('INTO t ', 'INTO depot.t ') for name, text in FILES.items()}
    pooled = runner.write_folder(rig, 'pooled', files)
    clear(rig)
    first = runner.perform(rig, pooled, rig.pooler_port)
    want = state(rig)
    case(first['outcome'] == 'done' and first['output']['pooled'] is True, 'by pgBouncer, which is noticed', first)
    for count in (2, 10):
        at_once(rig, pooled, want, count, rig.pooler_port, 'by pgBouncer in transaction mode')
    locks = rig.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    case(locks == '0', 'no lock stays behind in a pooled session', locks)
    bad = []
    places = range(8, 90, 2) if LONG else (9, 24, 31)
    for at in places:
        clear(rig)
        result, came = runner.perform_cut(rig, pooled, at, True, port=rig.pooler_port)
        if not came:
            break
        begun = time.monotonic()
        answers = until_done(rig, pooled, port=rig.pooler_port)
        if answers[-1]['outcome'] != 'done' or state(rig) != want or time.monotonic() - begun > 20:
            bad.append((at, result, answers, state(rig)))
    case(not bad, 'killed by the pooler: when its lease is over, the next one goes on', *bad[:2])
    clear(rig)
    mixed = [runner.start(rig, port, pooled) for port in (rig.port, rig.pooler_port) * 2]
    results = [runner.answer(process) for process in mixed]
    case(all(result['outcome'] == 'done' for result in results) and state(rig) == want,
         'two by the pooler and two straight to the server at once', results, state(rig))
    refused = runner.perform(rig, folder, rig.pooler_port)
    case(refused['outcome'] == 'refused', 'another folder than the one that was run is refused', refused)


def in_doubt(rig):
    """A procedure that commits by itself: nothing shows what it did, so a person is asked."""
    clear(rig)
    files = {'1_a.sql': "CREATE TABLE tally (what text);\nCREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN\n"
                        "INSERT INTO tally VALUES ('1'); COMMIT; PERFORM pg_sleep(0.3); "
                        "INSERT INTO tally VALUES ('2'); END $$;",
             '2_b.sql': '-- transaction:false\nCALL p();\nINSERT INTO tally VALUES (\'3\');'}
    folder = runner.write_folder(rig, 'doubt', files)
    assert runner.perform(rig, runner.write_folder(rig, 'first', {'1_a.sql': files['1_a.sql']}))['outcome'] == 'done'
    _, questions = runner.count_questions(rig, folder)
    rig.sql("DELETE FROM tally; DELETE FROM reeve.migration_statement WHERE version = '2'", database='shop')
    stopped = None
    for at in range(questions, 1, -1):
        rig.sql("DELETE FROM tally; DELETE FROM reeve.migration_statement WHERE version = '2'", database='shop')
        runner.perform_cut(rig, folder, at, True)
        stopped = runner.perform(rig, folder)
        if stopped['outcome'] == 'doubted':
            break
    failure = stopped['output'].get('failure', {})
    case(stopped['outcome'] == 'doubted' and failure['place'] == '2_b.sql:2:1' and '--settle 2:1=done' in
         failure['text'] and 'CALL' in failure['text'], 'what nothing shows is in doubt, with what to do', stopped)
    again = runner.perform(rig, folder)
    case(again['outcome'] == 'doubted', 'and stays so', again)
    wrong = runner.perform(rig, folder, settle='2:2=done')
    case(wrong['outcome'] == 'refused', 'only what is in doubt is settled', wrong)
    settled = runner.perform(rig, folder, settle='2:1=done')
    tally = rig.sql('SELECT string_agg(what, \',\' ORDER BY what) FROM tally', database='shop')
    case(settled['outcome'] == 'done' and tally.endswith('3') and tally.count('3') == 1,
         'a person says that it was done, and the rest is run', settled, tally)


def main():
    if not company.programs():
        company.skip_all('postgresql-15 is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.make_shop()
        folder = runner.write_folder(rig, 'all', FILES)
        clear(rig)
        result, questions = runner.count_questions(rig, folder)
        want = state(rig)
        once = want.splitlines()[0] == ','.join(f'{what} 1' for what in sorted(ONCE))
        case(result['outcome'] == 'done' and len(result['output']['done']) == len(FILES) and once and
             'invalid' not in want, f'{len(FILES)} files, {questions} questions', result, want)
        killed_everywhere(rig, folder, want, questions)
        server_restarts(rig, folder, want, questions)
        killed_again_and_again(rig, folder, want)
        for count in (2, 10):
            at_once(rig, folder, want, count, rig.port, 'straight to the server')
        in_doubt(rig)
        by_pooler(rig, folder)
    company.end()


main()
