"""drill.py REEVE REEVE-WORK - "reeve backup:drill": a real pgBackRest and PostgreSQL with writes going on, restored and proved; and each of the
ways in which a restore fails is named."""
import datetime
import glob
import json
import os
import shutil
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
import rig as rigs  # noqa: E402
from backup import archived, configure, pgbackrest, prepare  # noqa: E402
from rig import case  # noqa: E402


LONG = bool(os.environ.get('REEVE_LONG'))


class Writer:
    """A row each tenth of a second, until it is stopped: (number, when it was committed)."""

    def __init__(self, rig):
        self.rig, self.ending, self.rows = rig, threading.Event(), []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        words = [f'{self.rig.bin}/psql', '-qXAt', '-h', self.rig.folder, '-p', str(self.rig.port), '-U', 'acme', '-d', 'shop']
        with subprocess.Popen(rigs.plain(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.rig.folder) as psql:
            while not self.ending.wait(0.1):
                psql.stdin.write('INSERT INTO orders (at) VALUES (clock_timestamp()) RETURNING id, extract(epoch FROM clock_timestamp());\n')
                psql.stdin.flush()
                number, at = psql.stdout.readline().strip().split('|')
                self.rows.append((int(number), float(at)))
            psql.stdin.close()

    def stop(self):
        self.ending.set()
        self.thread.join()


def drill(rig, *words, **environment):
    done = rig.reeve('backup:drill', *words, '--json', url=rig.address(user='acme', database='shop'), **environment)
    assert done.stdout, done
    answer = json.loads(done.stdout)
    left = glob.glob(f'{rig.folder}/scratch/*')
    assert left == [], left
    return done, answer


def steps(answer):
    return {one['name']: (one['ok'], one['sentence']) for one in answer['steps']}


def moment(text):
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


def proves_the_newest(rig):
    killed = f'{rig.folder}/scratch/reeve-drill-dead01'  # what a killed drill left goes, too
    os.makedirs(f'{killed}/data')
    rig.own(killed, f'{killed}/data')
    begun = time.monotonic()
    done, answer = drill(rig)
    took = time.monotonic() - begun
    said = steps(answer)
    case(done.returncode == 0 and list(said) == ['choose', 'restore', 'recover', 'amcheck', 'rows', 'check', 'pages'] and
         all(good for good, _ in said.values()), 'restored and proved', done, answer)
    case(0 < answer['rto_ms'] < took * 1000 and answer['rto_ms'] < sum(one['ms'] for one in answer['steps']) + 500,
         'the RTO is what passed until it answered', answer, took)
    rows = int(rig.sql('SELECT count(*) FROM orders', 'shop')) + int(rig.sql('SELECT count(*) FROM t'))
    case(f'{rows} rows in 2 tables of 2 databases' in said['rows'][1] and 'every page is right' in said['pages'][1], 'every row was read', said)
    if not LONG:
        return
    shown = rig.reeve('backup:drill', url=rig.address(user='acme', database='shop'))
    case(shown.returncode == 0 and 'Measured RTO' in shown.stdout and 'The backup can be restored.' in shown.stdout, 'people read the same',
         shown.stdout, shown.stderr)


def measures_what_is_lost(rig):
    """Writes go on: lost is what was committed when the drill began and is in no archive."""
    writer = Writer(rig)
    time.sleep(1)
    archived(rig)
    time.sleep(2)
    begun = time.time()
    done, answer = drill(rig)
    writer.stop()
    last = moment(answer['last_commit'])
    before = [at for _, at in writer.rows if at <= last + 0.001]
    after = [at for _, at in writer.rows if at > last + 0.001]
    lost = begun - before[-1]
    case(done.returncode == 0 and answer['backup'] and abs(answer['rpo_ms'] / 1000 - lost) < 0.5 and 1.5 < lost < 5 and after,
         'the RPO is what an independent clock says', answer, lost, writer.rows[-3:])


def restores_to_the_second(rig):
    writer = Writer(rig)
    time.sleep(1.2)
    target = time.time()
    time.sleep(1.2)
    writer.stop()
    archived(rig)
    text = datetime.datetime.fromtimestamp(target, datetime.timezone.utc).isoformat(timespec='microseconds').replace('+00:00', 'Z')
    wanted = [number for number, at in writer.rows if at <= target]
    configure_drill(rig, check='SELECT max(id) FROM orders')
    done, answer = drill(rig, '--time', text)
    case(done.returncode == 0 and steps(answer)['check'][1] == f'services.backup.check answers {wanted[-1]}.' and 'rpo_ms' not in answer,
         'exactly what was committed until then', answer, wanted[-1], writer.rows)
    configure_drill(rig)
    done = rig.reeve('backup:drill', '--time', '2999-01-01')
    case(done.returncode == 2 and 'has not been yet' in done.stderr, 'the future', done)


def asks_the_company(rig):
    configure_drill(rig, check='SELECT count(*) = 3 FROM orders')
    done, answer = drill(rig)
    case(done.returncode == 4 and 'answers no' in answer['sentence'], 'a question that is answered with no', answer)
    if not LONG:
        configure_drill(rig)
        return
    configure_drill(rig, check='SELECT nothing FROM orders')
    done, answer = drill(rig)
    case(done.returncode == 4 and 'column "nothing" does not exist' in answer['sentence'], 'a question that fails', answer)
    configure_drill(rig, check='DELETE FROM orders RETURNING 1')
    done, answer = drill(rig)
    case(done.returncode == 4 and 'read-only' in answer['sentence'], 'a question that writes', answer)
    configure_drill(rig, rto='1 s', rpo='1 h')
    done, answer = drill(rig)
    said = steps(answer)
    case(said['rpo'][0] and (answer['rto_ms'] <= 1000) == said['rto'][0], 'objectives', answer)
    configure_drill(rig, user='nobody_at_all')
    done, answer = drill(rig)
    case(done.returncode == 4 and 'services.backup.user' in answer['sentence'], 'a superuser of another name', answer)
    configure_drill(rig)


def configure_drill(rig, **more):
    values = {'scratch': 'scratch', 'user': 'acme', 'database': 'shop', 'check': 'SELECT count(*) > 0 FROM orders', **more}
    configure(rig, **{key: json.dumps(value) if key == 'check' else value for key, value in values.items()})


def copies(rig, pattern):
    return sorted(glob.glob(f'{rig.folder}/repo/{pattern}', recursive=True))


def finds_what_is_wrong(rig):
    os.rename(f'{rig.folder}/repo', f'{rig.folder}/away')
    done, answer = drill(rig)
    case(done.returncode == 4 and 'no backup that is whole' in answer['sentence'], 'a repository that is away', answer)
    os.rename(f'{rig.folder}/away', f'{rig.folder}/repo')
    rig.write('pgbackrest.conf', open(f'{rig.folder}/pgbackrest.conf', encoding='utf-8').read().replace('not a secret', 'another'), 0o600)
    done, answer = drill(rig)
    case(done.returncode == 4 and answer['sentence'], 'a wrong key', answer)
    configure_drill(rig)
    label = json.loads(pgbackrest(rig, '--output=json', 'info'))[0]['backup'][-1]
    [path] = copies(rig, f'archive/main/*/*/{label["archive"]["stop"]}-*')
    os.rename(path, f'{rig.folder}/segment')
    done, answer = drill(rig)
    case(done.returncode == 4 and not steps(answer)['recover'][0], 'WAL that the backup needs', answer)
    os.rename(f'{rig.folder}/segment', path)
    bundle = max(copies(rig, f'backup/main/{label["label"]}/bundle/*'), key=os.path.getsize)
    with open(bundle, 'r+b') as file:
        file.seek(os.path.getsize(bundle) // 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))
    done, answer = drill(rig)
    case(done.returncode == 4 and not steps(answer)['restore'][0], 'a block of the repository that changed', answer)
    with open(bundle, 'r+b') as file:
        file.seek(os.path.getsize(bundle) // 2)
        file.write(byte)


def backed_up(rig):
    """A full backup, whatever it finds."""
    done = rig.run('pgbackrest', f'--config={rig.folder}/pgbackrest.conf', '--stanza=main', '--type=full', 'backup')
    return json.loads(pgbackrest(rig, '--output=json', 'info'))[0]['backup'][-1]['label'], done


def damage_before_the_backup(rig):
    """A page that was damaged on the server is in the backup as it was; with checksums pgBackRest says so, and an older backup is taken; without
    them amcheck does."""
    path = rig.sql("SELECT pg_relation_filepath('orders')", 'shop')
    rig.sql('CHECKPOINT')
    rig.stop()
    with open(f'{rig.folder}/data/{path}', 'r+b') as file:
        file.seek(5000)
        file.write(b'\xff' * 64)
    rig.start('archive_mode=on')
    configure_drill(rig, check='SELECT 1')
    label, _ = backed_up(rig)
    done, answer = drill(rig)
    said = rig.json('backup:status', url=rig.address(user='acme', database='shop'))[1]
    case(done.returncode == 0 and answer['backup'] < label and any(one['name'] == 'checksums' and label in one['sentence'] for one in said['checks']),
         'a backup with a damaged page is told, and an older one is taken', answer, said)
    rig.stop()
    made = rig.run(f'{rig.bin}/pg_checksums', '--disable', '-D', 'data')
    assert made.returncode == 0, made
    rig.start('archive_mode=on')
    label, _ = backed_up(rig)
    done, answer = drill(rig)
    case(done.returncode == 4 and answer['backup'] == label and not steps(answer)['amcheck'][0], 'without checksums amcheck finds it', answer)


if __name__ == '__main__':
    if not rigs.programs():
        rigs.skip_all('PostgreSQL is not installed')
    if not shutil.which('pgbackrest'):
        rigs.skip_all('pgBackRest is not installed')
    with rigs.Rig(*sys.argv[1:3]) as rig:
        rig.stop()
        assert rig.run(f'{rig.bin}/pg_checksums', '--enable', '-D', 'data').returncode == 0
        prepare(rig)
        os.mkdir(f'{rig.folder}/scratch')
        rig.own(f'{rig.folder}/scratch')
        rig.sql('CREATE DATABASE shop')
        rig.sql('CREATE TABLE orders (id bigserial PRIMARY KEY, at timestamptz)', 'shop')
        rig.sql('INSERT INTO orders (at) SELECT now() FROM generate_series(1, 5000)', 'shop')
        configure_drill(rig)
        pgbackrest(rig, 'stanza-create')
        pgbackrest(rig, '--type=full', '--repo1-bundle', 'backup')
        archived(rig)
        for story in (proves_the_newest, measures_what_is_lost, restores_to_the_second, asks_the_company,
                      finds_what_is_wrong, damage_before_the_backup):
            story(rig)
    rigs.end()
