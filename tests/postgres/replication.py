"""replication.py REEVE REEVE-WORK - "reeve db:replication": a primary, its standby, slots and archiving."""
import os
import sys

sys.dont_write_bytecode = True
import rig as company  # noqa: E402
from rig import Rig, case  # noqa: E402

STANDBY_PASSWORD = 'standbysecret'


def look(rig, name='replication', port=None, user='watch'):
    done, answer = rig.json(f'db:{name}', url=rig.address(user=user, port=port))
    return done.returncode, answer


def found(answer, kind):
    return {one['place']: one['sentence'] for one in answer['findings'] if one['kind'] == kind}


def rows(answer, title):
    for result in answer['results']:
        if result['title'].startswith(title):
            names = [column['name'] for column in result['columns']]
            return [dict(zip(names, row)) for row in result['rows']]
    return []


class Standby:
    """A streaming standby of the rig's server, with a slot of its own."""

    def __init__(self, rig):
        self.rig, self.port = rig, company.free_port()

    def __enter__(self):
        rig = self.rig
        made = rig.run(f'{rig.bin}/pg_basebackup', '-d', f'host=127.0.0.1 port={rig.port} user=copier '
                       f'password={STANDBY_PASSWORD} application_name=copy1', '-D', 'standby', '-R', '-X', 'stream',
                       '-C',
                       '-S', 'copy1', '--no-sync', '-c', 'fast')
        assert made.returncode == 0, made.stderr
        os.chmod(os.path.join(rig.folder, 'standby'), 0o700)
        self.process = rig.spawn('standby.log', f'{rig.bin}/postgres', '-D', 'standby', '-k', rig.folder, '-h',
            '127.0.0.1',
                                 '-p', str(self.port), '-c', 'fsync=off', '-c', 'max_connections=20', '-c',
                                 'shared_buffers=16MB', '-c', 'hot_standby_feedback=on')
        company.within(30, lambda: rig.run(f'{rig.bin}/pg_isready', '-q', '-h', rig.folder, '-p',
                                           str(self.port)).returncode == 0, 'the standby')
        return self

    def __exit__(self, *_):
        self.rig.end(self.process)

    def sql(self, text):
        done = self.rig.run(f'{self.rig.bin}/psql', '-qXAt', '-h', self.rig.folder, '-p', str(self.port), '-U', 'acme',
            '-d',
                            'shop', '-c', text)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def write(rig, times):
    """16 MB of WAL each."""
    for _ in range(times):
        rig.sql('CREATE TABLE IF NOT EXISTS t (a int); INSERT INTO t VALUES (1); SELECT pg_switch_wal()',
                database='shop')


def streams(rig, standby):
    company.within(15,
        lambda: rig.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn = "
                                       'pg_current_wal_lsn()') == '1', 'the standby has all')
    code, answer = look(rig)
    one = rows(answer, 'Standbys')
    case(code == 0 and answer['findings'] == [] and len(one) == 1 and one[0]['standby'] == 'copy1' and
         float(one[0]['behind_bytes']) < 1 << 20 and answer['standby'] is False and
         [slot['slot'] for slot in rows(answer, 'Replication slots')] == ['copy1'], 'a standby that has all', answer)
    code, answer = look(rig, port=standby.port)
    case(code == 0 and answer['standby'] is True and rows(answer, 'This standby')[0]['status'] == 'streaming' and
         answer['findings'] == [] and answer['unknown'] == [], 'and what it knows itself', answer)
    code, answer = look(rig, user='bare')
    case(code == 4 and answer['unknown'][0]['grant'] == 'GRANT pg_monitor TO bare;', 'without pg_monitor: unknown',
         answer)
    code, answer = look(rig, 'settings', port=standby.port)
    values = {one['name']: one['value'] for one in rows(answer, 'Settings')}
    case(values['primary_conninfo'] == '(set)' and STANDBY_PASSWORD not in str(answer),
         'the password of replication is not '
         'shown', values)
    for name in ('locks', 'connections', 'vacuum', 'indexes', 'sequences', 'bloat', 'grants'):
        code, answer = look(rig, name, port=standby.port)
        refused = [one['sentence'] for one in answer.get('unknown', []) if one['kind'] == 'refused']
        case(code in (0, 1, 4) and 'failure' not in answer and not refused, f'db:{name} of a standby', answer)


def unused(rig):
    """An index nobody scans here may be what the standby lives by."""
    rig.sql('CREATE TABLE IF NOT EXISTS big AS SELECT n FROM generate_series(1, 100000) n; CREATE INDEX big_n ON '
            'big (n); '
            'ANALYZE big', database='shop')
    code, answer = look(rig, 'indexes')
    said = [one['sentence'] for one in answer['unknown'] if one['kind'] == 'unused']
    case(len(said) == 1 and found(answer, 'unused') == {}, 'with a standby no index is called unused', answer)


def falls_behind(rig, standby):
    standby.sql('SELECT pg_wal_replay_pause()')
    company.within(10, lambda: standby.sql('SELECT pg_get_wal_replay_pause_state()') == 'paused', 'the pause')
    write(rig, 18)
    company.within(20, lambda: int(rig.sql('SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) > 256 << 20 AND '
                                           "state = 'streaming' FROM pg_stat_replication").replace('t', '1').replace(
                                               'f', '0')), 'the lag')
    code, answer = look(rig)
    truth = int(rig.sql('SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) FROM pg_stat_replication'))
    ours = float(rows(answer, 'Standbys')[0]['behind_bytes'])
    case(code == 1 and 'Standby copy1 is 2' in found(answer, 'standby_lag')['copy1'] and abs(truth - ours) < 1 << 20,
         'a standby that falls behind, by how much', answer, truth)
    code, answer = look(rig, port=standby.port)
    case(code == 1 and 'pg_wal_replay_resume()' in found(answer, 'replay_paused')['this standby'],
         'and why, as it knows', answer)
    standby.sql('SELECT pg_wal_replay_resume()')


def slots(rig):
    """Nobody reads it any more, and it keeps all."""
    company.within(15, lambda: rig.sql('SELECT count(*) FROM pg_stat_replication') == '0', 'the standby gone')
    write(rig, 5)
    code, answer = look(rig)
    truth = int(rig.sql("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) FROM pg_replication_slots"))
    slot = {one['slot']: one for one in rows(answer, 'Replication slots')}['copy1']
    said = found(answer, 'slot_inactive')
    case(code == 1 and set(said) == {'copy1'} and 'max_slot_wal_keep_size is -1' in said['copy1'] and
         abs(truth - float(slot['kept_bytes'])) < 1 << 20 and slot['active'] == 'f', 'a slot that nobody reads',
         answer, truth)
    code, answer = look(rig, 'vacuum')
    holders = {one['what'] for one in rows(answer, 'What keeps')}
    case('slot' in holders, 'which keeps dead rows, too, after hot_standby_feedback', answer)


def archives(rig):
    rig.stop()
    rig.start('archive_mode=on', 'archive_command=false')
    write(rig, 1)
    company.within(20, lambda: rig.sql('SELECT failed_count > 0 FROM pg_stat_archiver') == 't', 'a failure')
    code, answer = look(rig)
    case(code == 1 and any('Archiving fails' in one for one in found(answer, 'archive_fails').values()),
         'archiving that fails',
         answer)
    rig.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    rig.sql('SELECT pg_reload_conf()')
    company.within(10, lambda: rig.sql('SHOW synchronous_standby_names') == 'nobody', 'the reload')
    code, answer = look(rig)
    case('none of them is there' in found(answer, 'synchronous').get('nobody', ''), 'commits that wait for nobody',
         answer)


def main():
    if not company.programs():
        company.skip_all('PostgreSQL is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.make_shop()
        rig.sql(f"CREATE ROLE watch LOGIN PASSWORD '{company.PASSWORD}' IN ROLE pg_monitor; CREATE ROLE bare LOGIN "
                f"PASSWORD "
                f"'{company.PASSWORD}'; CREATE ROLE copier REPLICATION LOGIN PASSWORD '{STANDBY_PASSWORD}'")
        with open(os.path.join(rig.folder, 'data/pg_hba.conf'), 'a', encoding='utf-8') as file:
            file.write('host replication copier 127.0.0.1/32 scram-sha-256\n')
        rig.sql('SELECT pg_reload_conf()')
        rig.configure()
        with Standby(rig) as standby:
            streams(rig, standby)
            unused(rig)
            falls_behind(rig, standby)
        slots(rig)
        archives(rig)
    company.end()


main()
