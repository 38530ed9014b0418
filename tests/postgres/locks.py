"""locks.py REEVE REEVE-WORK - "reeve db:locks": trees of ten waiters against pg_blocking_pids; one is ended."""
import re
import sys

sys.dont_write_bytecode = True
import rig as company  # noqa: E402
from rig import Rig, case  # noqa: E402
from sessions import Sessions, blocked, waiting  # noqa: E402


def look(rig, *words, user='watch'):
    done, answer = rig.json('db:locks', *words, url=rig.address(user=user))
    by_pid = {one['pid'] or one.get('prepared'): one for one in answer.get('sessions', [])}
    return done, answer, by_pid


def same(rig, by_pid):
    """Do our edges say what pg_blocking_pids says?"""
    ours = {pid: {edge['pid'] for edge in one['blocked_by']} for pid, one in by_pid.items() if one['blocked_by']}
    truth = blocked(rig)
    return ours == truth, f'ours {ours}\ntruth {truth}'


def sentences(answer, kind):
    return [one['sentence'] for one in answer['findings'] if one['kind'] == kind]


def queue(rig):
    """A reader that forgot to commit, an ALTER TABLE behind it, and everybody behind that: some views show none."""
    with Sessions(rig) as some:
        reader = some.open('reeve run 318 step 4')
        reader.ask('BEGIN; SELECT count(*) FROM goods')
        alter = some.open('reeve migration 0042').tell('ALTER TABLE goods ADD COLUMN tax int')
        company.within(10, lambda: len(blocked(rig)) == 1, 'the ALTER TABLE')
        late = [some.open('web').tell('SELECT count(*) FROM goods') for _ in range(9)]
        waiting(rig, 10)
        done, answer, by_pid = look(rig)
        good, why = same(rig, by_pid)
        case(good and len(by_pid) == 11 and done.returncode == 1,
             'the lock queue: ten wait, as pg_blocking_pids has it', why)
        root, middle = by_pid[reader.pid], by_pid[alter.pid]
        case(root['parent'] is None and root['behind'] == 10 and middle['parent'] == reader.pid and
             middle['behind'] == 9 and
             middle['blocked_by'] == [{'pid': reader.pid, 'how': 'holds'}] and
             all(by_pid[one.pid]['blocked_by'] == [{'pid': alter.pid, 'how': 'queue'}] and
                 by_pid[one.pid]['parent'] == alter.pid for one in late), 'who holds, and who only stands before',
                 answer)
        case(root['session'] == reader.id and root['reeve'] == 'run 318 step 4' and
             middle['reeve'] == 'migration 0042' and
             middle['mode'] == 'AccessExclusiveLock' and middle['on'] == 'public.goods' and middle['wait_s'] > 1.2 and
             root['state'] == 'idle in transaction' and middle['user'] == 'app', 'what, since when, whose', root,
             middle)
        first = sentences(answer, 'blocked')
        case(len(first) == 1 and
             f'pid {reader.pid} (app, run 318 step 4 of Reeve) holds AccessShareLock on public.goods, '
             'idle in transaction for ' in first[0] and 'keeps 10 sessions waiting' in first[0] and
             f'--terminate {reader.id}' in first[0], 'the root and its end', first)
        second = sentences(answer, 'queue')
        case(len(second) == 1 and '9 others wait only because they came after it' in second[0] and
             f'reeve db:locks --cancel {alter.id}' in second[0], 'and the cheaper end: the one in the queue', second)
        shown = rig.reeve('db:locks', url=rig.address(user='watch'))
        lines = shown.stdout.splitlines()
        case(shown.returncode == 1 and re.match(rf'{reader.pid} +\| {reader.id} ', lines[3]) and
             re.match(rf'  {alter.pid} +\| ', lines[4]) and re.match(r'    \d+ +\| ', lines[5]) and
             'Found:' in lines and 'wait' in lines[1] and 'wait_s' not in lines[1], 'the tree as people read it',
             shown.stdout)
        ends(rig, some, reader, alter, late)


def ends(rig, some, reader, alter, late):
    """Exactly one is ended."""
    def cancel(word, *more, user='boss'):
        return rig.reeve('db:locks', '--cancel', str(word), *more, url=rig.address(user=user))

    other = some.open('other')
    for word, words in ((f'1.{alter.pid:x}', 'has ended; pid'), (other.pid, 'waits for nobody and nobody waits for it'),
                        (999999, 'There is no session with pid 999999'), (f'{alter.id}'.replace('.', '0.'), ''),
                        (reader.pid, 'there is no statement to cancel; --terminate')):
        done = cancel(word)
        case(done.returncode in (2, 3) and words in done.stdout + done.stderr and len(blocked(rig)) == 10,
             f'not ended: {words or "a session of no start"}', done)
    walwriter = rig.sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")
    done = cancel(walwriter)
    case(done.returncode == 3 and 'no session of a client but walwriter' in done.stdout, 'nor a process of the server',
         done)
    for word in ('abc', '0', '-1', '1.2.3', 'zz.12', '4711x', '.'):
        done = cancel(word)
        case(done.returncode == 2 and 'no session' in done.stderr, f'wrong use: {word}', done)
    done = rig.reeve('db:locks', '--cancel', '1', '--terminate', '1', url=rig.address(user='boss'))
    case(done.returncode == 2 and 'one of --cancel and --terminate' in done.stderr, 'one of both', done)
    done = cancel(alter.id, user='watch')
    case(done.returncode == 3 and 'GRANT pg_signal_backend TO "watch"' in done.stdout and len(blocked(rig)) == 10,
         'without the right to: one sentence, nothing done', done)
    done = cancel(alter.id)
    said = alter.wait()
    case(done.returncode == 0 and
         f'pid {alter.pid} (app, reeve migration 0042): its statement has ended after' in done.stdout
         and '9 waited for it' in done.stdout and 'canceling statement due to user request' in said,
         'the ALTER TABLE is cancelled', done, said)
    case(all(one.wait() == '0' for one in late) and not blocked(rig) and other.ask('SELECT 7') == '7',
         'the nine go on, nobody else was hit')
    alter.tell('ALTER TABLE goods ADD COLUMN tax int')
    waiting(rig, 1, 0)
    done = rig.reeve('db:locks', '--terminate', str(reader.pid), '--json', url=rig.address(user='boss'))
    case(done.returncode == 0 and '"outcome":"done"' in done.stdout and 'its session has ended' in done.stdout and
         reader.process.poll() is None and 'terminating connection' in reader.ask('SELECT 1'),
         'an idle one is terminated', done)
    case(alter.wait() == '' and
         rig.sql("SELECT count(*) FROM pg_attribute WHERE attrelid = 'goods'::regclass AND attname = "
                                        "'tax'", database='shop') == '1', 'and who waited for it goes on')
    done, answer, by_pid = look(rig)
    case(done.returncode == 0 and answer['findings'] == [] and answer['unknown'] == [] and by_pid == {} and
         'Nobody waits' in answer['notes'][0], 'nobody waits: nothing found', done)


def rows(rig):
    """Ten updates of one row: the first waits for the transaction, the others for the first."""
    with Sessions(rig) as some:
        holder = some.open('shop')
        holder.ask("BEGIN; UPDATE stock SET n = n + 1 WHERE id = 1")
        late = []
        for i in range(10):
            late.append(some.open(f'web{i}').tell('UPDATE stock SET n = n + 1 WHERE id = 1'))
            company.within(10, lambda: len(blocked(rig)) == len(late), 'the next one')
        waiting(rig, 10)
        done, answer, by_pid = look(rig)
        good, why = same(rig, by_pid)
        case(good and len(by_pid) == 11, 'one row: ten wait, as pg_blocking_pids has it', why)
        first = by_pid[late[0].pid]
        case(by_pid[holder.pid]['behind'] == 10 and first['parent'] == holder.pid and
             first['on'] == 'a row of public.stock' and
             all(by_pid[one.pid]['parent'] == late[0].pid for one in late[1:]), 'the first waits for the transaction',
             answer)
        case(len(sentences(answer, 'blocked')) == 1 and 'keeps 10 sessions waiting' in sentences(answer, 'blocked')[0],
             'one root', answer['findings'])
        holder.ask('COMMIT')
        case([one.wait() for one in late] == [''] * 10, 'and all go on')


def chain(rig):
    """Each waits for the next: ten deep. The last holds an advisory lock without a transaction."""
    with Sessions(rig) as some:
        chained = [some.open(f'link{i}') for i in range(11)]
        chained[10].ask('SELECT pg_advisory_lock(4242424242)')
        for i in range(9, -1, -1):
            chained[i].ask(f'BEGIN; SELECT pg_advisory_xact_lock({i}, -1)')
            wanted = '4242424242' if i == 9 else f'{i + 1}, -1'
            chained[i].tell(f'SELECT pg_advisory_xact_lock({wanted})')
        waiting(rig, 10)
        done, answer, by_pid = look(rig)
        good, why = same(rig, by_pid)
        case(good and len(by_pid) == 11, 'a chain of ten advisory locks', why)
        case(all(by_pid[chained[i].pid]['parent'] == chained[i + 1].pid and
                 by_pid[chained[i].pid]['behind'] == i for i in range(10)) and
                 by_pid[chained[10].pid]['behind'] == 10 and
             by_pid[chained[9].pid]['on'] == 'advisory lock 4242424242' and
             by_pid[chained[0].pid]['on'] == 'advisory lock (1, -1)' and by_pid[chained[10].pid]['state'] == 'idle',
             'each below the next, locks by their numbers', answer)


def prepared(rig):
    """A transaction without a process, which pg_blocking_pids calls 0, and which of two it is."""
    with Sessions(rig) as some:
        some.open().ask("BEGIN; UPDATE stock SET n = 0 WHERE id = 1; PREPARE TRANSACTION 'pay 1'")
        some.open().ask("BEGIN; UPDATE stock SET n = 0 WHERE id = 2; PREPARE TRANSACTION 'pay 2'")
        late = [some.open().tell('UPDATE stock SET n = 9 WHERE id = 2') for _ in range(2)]
        table = some.open().tell('BEGIN; LOCK TABLE stock IN SHARE MODE')
        waiting(rig, 3)
        done, answer, by_pid = look(rig)
        good, why = same(rig, {pid: one for pid, one in by_pid.items() if isinstance(pid, int)})
        case(good, 'prepared transactions: as pg_blocking_pids has it', why)
        first = by_pid[late[0].pid] if by_pid[late[0].pid]['parent'] == 0 else by_pid[late[1].pid]
        case([one['prepared'] for one in first['blocked_by']] == ['pay 2'] and
             {'pay 1', 'pay 2'} <= {one.get('prepared') for one in by_pid[table.pid]['blocked_by']} and
             by_pid['pay 2']['user'] == 'app', 'which of them it is', answer)
        said = ' '.join(sentences(answer, 'blocked'))
        case("the prepared transaction pay 2 of app holds" in said and "ROLLBACK PREPARED 'pay 2'" in said and
             'pay 1 of app holds RowExclusiveLock on public.stock' in said,
             'each that has to end, and how', said)
        for name in ('pay 1', 'pay 2'):
            some.open().ask(f"ROLLBACK PREPARED '{name}'")


def parallel(rig):
    """Workers of a parallel query hold locks, too: their leader is who is named, once."""
    with Sessions(rig) as some:
        leader = some.open('report')
        leader.ask('SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; '
                   'SET max_parallel_workers_per_gather = 2')
        leader.tell('SELECT count(*) FROM many WHERE pg_sleep(0.05) IS NULL')
        company.within(10, lambda: int(rig.sql(
            f'SELECT count(*) FROM pg_stat_activity WHERE leader_pid = {leader.pid}')) > 0, 'parallel workers')
        alter = some.open('psql').tell('BEGIN; LOCK TABLE many')
        waiting(rig, 1)
        done, answer, by_pid = look(rig)
        good, why = same(rig, by_pid)
        case(good and set(by_pid) == {leader.pid, alter.pid} and
             by_pid[alter.pid]['blocked_by'] == [{'pid': leader.pid, 'how': 'holds'}],
             'the leader of parallel workers', why)
        said = sentences(answer, 'blocked')
        case(len(said) == 1 and f'--cancel {leader.id}' in said[0] and 'active for' in said[0], 'is the one to cancel',
             said)
        done = rig.reeve('db:locks', '--cancel', leader.id, url=rig.address(user='boss'))
        case(done.returncode == 0 and 'canceling' in leader.wait() and alter.wait() == '', 'and all of it ends', done)


def rights(rig):
    """Without pg_monitor the tree is the same, and what is hidden is unknown."""
    with Sessions(rig) as some:
        holder = some.open('shop')
        holder.ask('BEGIN; UPDATE stock SET n = n + 1 WHERE id = 1')
        late = some.open('web').tell('UPDATE stock SET n = 5 WHERE id = 1')
        waiting(rig, 1)
        done, answer, by_pid = look(rig, user='bare')
        good, why = same(rig, by_pid)
        case(good and set(by_pid) == {holder.pid, late.pid} and done.returncode == 1,
             'without pg_monitor: the same tree', why)
        case(len(answer['unknown']) == 1 and answer['unknown'][0]['grant'] == 'GRANT pg_monitor TO bare;' and
             by_pid[holder.pid]['state'] == '' and by_pid[holder.pid]['session'] == '',
             'and what is hidden is unknown', answer)
        done = rig.reeve('db:locks', '--cancel', str(late.pid), url=rig.address(user='bare'))
        case(done.returncode == 3 and 'hidden from this user' in done.stdout, 'nobody is cancelled by a pid alone',
             done)
    done, answer, _ = look(rig, user='bare')
    case(done.returncode == 4 and answer['findings'] == [] and answer['unknown'], 'unknown is never a pass', done)
    shown = rig.reeve('db:locks', url=rig.address(user='bare'))
    case(shown.returncode == 4 and 'Unknown:' in shown.stdout and 'GRANT pg_monitor TO bare;' in shown.stdout and
         'Nothing found in what is known.' in shown.stdout, 'as people read it', shown.stdout)
    done = rig.reeve('db:locks', url=rig.address(password='wrong-one'))
    case(done.returncode == 4 and 'password of user "app"' in done.stderr, 'no connection is one sentence', done)
    leftover = rig.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'reeve%'")
    case(leftover == '0', 'nothing of Reeve is left on the server', leftover)


def overhead(rig):
    """Ours by name, in pg_stat_statements."""
    said = rig.sql("SELECT round(sum(mean_exec_time)::numeric, 2) FROM pg_stat_statements WHERE query LIKE 'WITH l AS "
                   "MATERIALIZED%' OR query LIKE 'SELECT a.pid, to_hex%'", database='postgres')
    case(0 < float(said) < 500, f'what it costs the server: {said} ms in the mean', said)


def main():
    if not company.programs():
        company.skip_all('PostgreSQL is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.stop()
        rig.start('max_prepared_transactions=4', 'max_connections=40')
        rig.make_shop()
        rig.sql('CREATE EXTENSION pg_stat_statements')
        rig.sql("CREATE ROLE watch LOGIN PASSWORD '" + company.PASSWORD.replace("'", "''") + "' IN ROLE pg_monitor; "
                "CREATE ROLE bare LOGIN PASSWORD '" + company.PASSWORD + "'; CREATE ROLE boss LOGIN PASSWORD '" +
                company.PASSWORD + "' IN ROLE pg_monitor, pg_signal_backend")
        rig.sql('CREATE TABLE goods (id int); CREATE TABLE stock (id int PRIMARY KEY, n int); INSERT INTO stock '
                'VALUES (1, 0), '
                '(2, 0); CREATE TABLE many AS SELECT n FROM generate_series(1, 20000) n; ANALYZE many',
                database='shop', user='app')
        rig.configure()
        for part in (queue, rows, chain, prepared, parallel, rights, overhead):
            part(rig)
    company.end()


main()
