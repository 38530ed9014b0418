"""backup.py REEVE REEVE-WORK - "reeve backup:status" of a real pgBackRest and PostgreSQL, well and in each of the ways in which backups fail."""
import glob
import json
import os
import shutil
import sys
import time

sys.dont_write_bytecode = True
import rig as rigs  # noqa: E402
from rig import case  # noqa: E402
from daemon import Daemon  # noqa: E402

RUNBOOK = '''# Shop

### Severity Levels
- **P1 (High)**: Bad
  - Response time: 15 minutes

## Data Issues
1. Check backup status
2. Breathe
'''


def configure(rig, cipher=True, **backup):
    """pgBackRest's configuration, and ours; backup: keys of services.backup."""
    folder = rig.folder
    secret = 'repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=not a secret\n' if cipher else ''
    rig.write('pgbackrest.conf', f'[global]\nrepo1-path={folder}/repo\nrepo1-retention-full=9\n{secret}'
              f'log-path={folder}\nlock-path={folder}/lock\nspool-path={folder}/spool\nstart-fast=y\ncompress-type=zst\n'
              f'[main]\npg1-path={folder}/data\npg1-port={rig.port}\npg1-socket-path={folder}\npg1-user=acme\n'
              'pg1-database=postgres\n', 0o600)
    values = {'config': 'pgbackrest.conf', **backup}
    rows = ''.join(f'    {key}: {value}\n' for key, value in values.items())
    rig.configure(f'services:\n  database: {{ url: env:DB }}\n  backup:\n{rows}')


def pgbackrest(rig, *words):
    done = rig.run('pgbackrest', f'--config={rig.folder}/pgbackrest.conf', '--stanza=main', *words)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def archived(rig):
    """What was written until now, waited for."""
    name = rig.sql('SELECT pg_walfile_name(pg_current_wal_lsn())')
    rig.sql('CREATE TABLE IF NOT EXISTS t (i int); INSERT INTO t VALUES (1)')
    name = rig.sql('SELECT pg_walfile_name(pg_switch_wal())')
    rigs.within(20, lambda: rig.sql('SELECT last_archived_wal FROM pg_stat_archiver') >= name, name)
    return name


def status(rig, user='acme', **environment):
    done, answer = rig.json('backup:status', url=rig.address(user=user, database='postgres'), **environment)
    assert 'checks' in answer, done
    return done, answer


def found(answer, name, verdict):
    return [one['sentence'] for one in answer['checks'] if one['name'] == name and one['verdict'] == verdict]


def wrong(answer):
    return [one for one in answer.get('checks', []) if one['verdict'] != 'well']


def is_well(rig):
    done, answer = status(rig)
    names = {one['name'] for one in answer['checks']}
    case(done.returncode == 0 and not wrong(answer) and answer['ok'] is True and answer['backups'] == 1 and
         names == {'repository', 'encryption', 'newest', 'cluster', 'archiving', 'gap'} and
         answer['newest']['type'] == 'full' and answer['newest']['bytes'] > 1000000 and
         answer['restorable_from'] < answer['restorable_until'], 'all is well, and what can be restored', done, answer)
    shown = rig.reeve('backup:status', url=rig.address(user='acme', database='postgres'))
    case(shown.returncode == 0 and 'only a drill proves it' in shown.stdout and 'without a gap' in shown.stdout,
         'people read the same', shown.stdout, shown.stderr)


def as_a_step(rig):
    """What the runbook asks for is looked at by Reeve."""
    daemon = Daemon(rig)
    rig.write('RUNBOOK.md', RUNBOOK)
    os.mkdir(f'{rig.folder}/state')
    rig.own(f'{rig.folder}/state')
    with open(f'{rig.folder}/reeve.yaml', encoding='utf-8') as file:
        configured = file.read()
    rig.write('reeve.yaml', f'runbook: RUNBOOK.md\nledger: state/reeve.db\nlisten: 127.0.0.1:{daemon.port}\n'
              f'access: {{ page_token: always }}\n{configured}')
    rig.env['DB'] = rig.address(user='acme', database='postgres')
    daemon.start()
    try:
        number = daemon.run('Data Issues')
        step = daemon.reaches(number, 'done')
        case(step['command'] == 'reeve backup:status' and step['detail'].startswith('6 well, 0 bad, 0 unknown; can be restored to '),
             'a step asks for the backups', step)
        page = daemon.page(f'/runs/{number}')
        case('<td>archiving</td>' in page and 'only a drill proves it' in page, 'and keeps the answer', page)
        daemon.api('run/cancel', number=number, reason='seen')
        os.rename(f'{rig.folder}/repo', f'{rig.folder}/away')
        number = daemon.run('Data Issues')
        step = daemon.reaches(number, 'failed')
        case(' bad, ' in step['detail'] and 'was deleted or moved' in step['detail'] or 'no backup' in step['detail'].lower(),
             'a repository that is away fails it', step)
        os.rename(f'{rig.folder}/away', f'{rig.folder}/repo')
    finally:
        daemon.stop()
        rig.write('reeve.yaml', configured)


def before_it_is_made(rig):
    done = rig.reeve('backup:status')
    case(done.returncode == 2 and 'services: { backup:' in done.stderr, 'without services.backup: what to write', done)
    configure(rig)
    done, answer = status(rig)
    case(done.returncode == 4 and found(answer, 'repository', 'bad') and 'was deleted or moved' in
         found(answer, 'repository', 'bad')[0] and found(answer, 'newest', 'bad'), 'no stanza yet', done, answer)
    pgbackrest(rig, 'stanza-create')
    done, answer = status(rig)
    case(done.returncode == 4 and 'no backup that is whole' in found(answer, 'repository', 'bad')[0], 'no backup yet', answer)


def what_is_on_the_server_alone(rig):
    configure(rig, wal='1 s')
    rig.sql('INSERT INTO t SELECT generate_series(1, 1000)')
    time.sleep(1.2)
    done, answer = status(rig)
    case(done.returncode == 4 and 'is on the server alone' in found(answer, 'archiving', 'bad')[0],
         'what no archive has, for longer than it may be', answer)
    archived(rig)
    done, answer = status(rig)
    case(done.returncode == 0, 'and when it is archived it is well', answer)
    configure(rig)


def archiving_that_fails(rig):
    rig.sql("ALTER SYSTEM SET archive_command = 'false'")
    rig.sql('SELECT pg_reload_conf()')
    rig.sql('INSERT INTO t VALUES (2)')
    name = rig.sql('SELECT pg_walfile_name(pg_switch_wal())')
    rigs.within(20, lambda: rig.sql('SELECT last_failed_wal FROM pg_stat_archiver') == name, 'a failure')
    done, answer = status(rig)
    said = found(answer, 'archiving', 'bad')
    case(done.returncode == 4 and said and name in said[0] and 'segments wait' in said[0], 'archiving that fails', answer)
    rig.sql('ALTER SYSTEM RESET archive_command')
    rig.sql('SELECT pg_reload_conf()')
    rigs.within(90, lambda: rig.sql('SELECT last_archived_wal FROM pg_stat_archiver') >= name, 'the archive')
    rig.sql("ALTER SYSTEM SET archive_command = '/bin/true'")
    rig.sql('SELECT pg_reload_conf()')
    lost = archived(rig)
    done, answer = status(rig)
    said = found(answer, 'archiving', 'bad')
    case(said and lost in said[0] and 'no repository has it' in said[0], 'an archive_command that only says yes', answer)
    rig.sql('ALTER SYSTEM RESET archive_command')
    rig.sql('SELECT pg_reload_conf()')
    archived(rig)
    done, answer = status(rig)
    said = found(answer, 'gap', 'bad')
    case(done.returncode == 4 and len(said) == 1 and lost in said[0] and answer['restorable_from'] is None,
         'and leaves a gap, which is named', answer)
    pgbackrest(rig, '--type=full', 'backup')
    archived(rig)
    done, answer = status(rig)
    case(done.returncode == 4 and len(found(answer, 'gap', 'bad')) == 1 and answer['restorable_from'] is not None,
         'a new backup begins behind it', answer)


def files_that_are_deleted(rig):
    """What a backup needs itself."""
    _, before = status(rig)
    start = json.loads(pgbackrest(rig, '--output=json', 'info'))[0]['backup'][-1]['archive']['start']
    [path] = glob.glob(f'{rig.folder}/repo/archive/main/*/*/{start}-*')
    os.rename(path, f'{rig.folder}/{start}')
    done, answer = status(rig)
    said = [one for one in found(answer, 'gap', 'bad') if before['newest']['label'] in one]
    case(done.returncode == 4 and said and start in said[0] and 'cannot be restored' in said[0],
         'WAL that a backup needs to be one', answer)
    os.rename(f'{rig.folder}/{start}', path)


def what_is_away(rig):
    os.rename(f'{rig.folder}/repo', f'{rig.folder}/away')
    done, answer = status(rig)
    case(done.returncode == 4 and found(answer, 'repository', 'bad') and answer['newest'] is None, 'a repository that is away', answer)
    os.rename(f'{rig.folder}/away', f'{rig.folder}/repo')
    configure(rig, program='./no-such-program')
    done = rig.reeve('backup:status', url=rig.address(user='acme', database='postgres'))
    case(done.returncode == 4 and 'cannot be started' in done.stderr and 'services.backup.program' in done.stderr, 'no pgBackRest', done)
    configure(rig, stanza='other')
    done, answer = status(rig)
    case(done.returncode == 4 and 'stanza other' in str(found(answer, 'repository', 'bad')), 'a stanza of another name', done, answer)
    configure(rig, config='nowhere.conf')
    done = rig.reeve('backup:status', url=rig.address(user='acme', database='postgres'))
    case(done.returncode == 4 and 'nowhere.conf' in done.stderr, 'a configuration that is not there', done)
    configure(rig)
    done, answer = rig.json('backup:status', url=rig.address(user='acme', database='postgres', port=1))
    case(done.returncode == 4 and found(answer, 'archiving', 'unknown') and not found(answer, 'cluster', 'well') and
         found(answer, 'newest', 'well'), 'a server that does not answer leaves its part unknown', answer)


def rights(rig):
    rig.sql(f"CREATE ROLE watcher LOGIN PASSWORD '{rigs.PASSWORD}' IN ROLE pg_monitor")
    rig.sql(f"CREATE ROLE nobody LOGIN PASSWORD '{rigs.PASSWORD}'")
    _, all_of_it = status(rig)
    for user in ('watcher', 'nobody'):
        done, answer = status(rig, user=user)
        bad = {one['name'] for one in wrong(answer)} - {one['name'] for one in wrong(all_of_it)}
        case(done.returncode == 4 and found(answer, 'archiving', 'well') and bad <= {'cluster'}, f'asked as {user}', answer)


def a_repository_that_anybody_can_read(rig):
    shutil.rmtree(f'{rig.folder}/repo')
    configure(rig, cipher=False)
    pgbackrest(rig, 'stanza-create')
    pgbackrest(rig, '--type=full', 'backup')
    archived(rig)
    done, answer = status(rig)
    case(done.returncode == 4 and 'is not encrypted' in str(found(answer, 'encryption', 'bad')) and len(wrong(answer)) == 1,
         'a repository without encryption', answer)
    configure(rig, cipher=False, encrypted='no')
    done, answer = status(rig)
    case(done.returncode == 0, 'which may be meant', answer)
    rig.stop()
    rig.start('archive_mode=off')
    done, answer = status(rig)
    case(done.returncode == 4 and 'archive_mode is off' in str(found(answer, 'archiving', 'bad')), 'archiving is off', answer)


def prepare(rig):
    """Archiving by pgBackRest; its configuration is to come."""
    rig.write('pgbackrest.sh', f'#!/bin/sh\nexec pgbackrest --config={rig.folder}/pgbackrest.conf --stanza=main archive-push "$1"\n', 0o755)
    rig.stop()
    rig.start('archive_mode=on')
    with open(f'{rig.folder}/data/postgresql.conf', 'a', encoding='utf-8') as file:
        file.write(f"archive_command = '{rig.folder}/pgbackrest.sh %p'\n")
    rig.sql('SELECT pg_reload_conf()')


if __name__ == '__main__':
    if not rigs.programs():
        rigs.skip_all('PostgreSQL is not installed')
    if not shutil.which('pgbackrest'):
        rigs.skip_all('pgBackRest is not installed')
    with rigs.Rig(*sys.argv[1:3]) as rig:
        prepare(rig)
        before_it_is_made(rig)
        pgbackrest(rig, '--type=full', 'backup')
        archived(rig)
        is_well(rig)
        as_a_step(rig)
        what_is_on_the_server_alone(rig)
        archiving_that_fails(rig)
        files_that_are_deleted(rig)
        what_is_away(rig)
        rights(rig)
        a_repository_that_anybody_can_read(rig)
    rigs.end()
