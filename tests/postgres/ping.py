"""ping.py REEVE REEVE-WORK - "reeve db:ping" of a server that answers, by a pooler, with TLS, and of all that does not."""
import os
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import rig as company  # noqa: E402
from rig import PASSWORD, Rig, case, free_port, pgbouncer, skip  # noqa: E402


def first(answer):
    return answer['links'][0]


def fails(rig, kind, name, url, *words):
    """The kind of failure and words of the sentence; exit 4."""
    done, answer = rig.json('db:ping', url=url)
    link = first(answer) if answer else {}
    said = link.get('failure', {})
    shown = rig.reeve('db:ping', url=url)
    case(done.returncode == shown.returncode == 4 and said.get('kind') == kind and
         all(word in said['sentence'] and word in shown.stdout for word in words), name, done, shown.stdout)


def answers(rig):
    done, answer = rig.json('db:ping', url=rig.address())
    link = first(answer)
    case(done.returncode == 0 and len(answer['links']) == 1 and link['ok'] and link['name'] == 'direct' and
         link['place'] == f'127.0.0.1:{rig.port}' and link['database'] == 'shop' and link['user'] == 'app' and
         link['server_version'].split('.')[0] == rig.sql('SHOW server_version').split('.')[0] and
         link['standby'] is False and link['tls'] is None and link['verified'] == 'no' and link['pooler'] == 'no' and
         link['connect_ms'] > 0 and link['query_ms'] > 0 and link['notes'] == [], 'it answers, with its times', answer)
    shown = rig.reeve('db:ping', url=rig.address())
    case(shown.returncode == 0 and f'direct   127.0.0.1:{rig.port} answers: connected in ' in shown.stdout and
         ', takes writes; database shop, user app\n         no TLS\n' in shown.stdout, 'and people read it', shown)
    done, answer = rig.json('db:ping', url=rig.address(pgbouncer='true', schema='public', connect_timeout='3'))
    case(done.returncode == 0 and 'pgbouncer, schema' in first(answer)['notes'][0],
         'options of other programs are left out and named', answer)
    done, answer = rig.json('db:ping', url=f'postgres://app:{"%70" + company.urllib.parse.quote(PASSWORD[1:], safe="")}'
                            f'@127.0.0.1:{rig.port}/shop')
    case(done.returncode == 0, 'postgres:// is taken, and a letter written as its number', done)


def does_not(rig):
    fails(rig, 'password', 'a wrong password', rig.address(password='wrong-one'), f'127.0.0.1:{rig.port}',
          'password of user "app"')
    fails(rig, 'database', 'an absent database', rig.address(database='shopp'), 'no database "shopp"')
    fails(rig, 'dns', 'a host without an address', rig.address(host='db.invalid'), 'host of db.invalid', 'DNS')
    fails(rig, 'no_tls', 'TLS is demanded and absent', rig.address(sslmode='require'), 'has no TLS')
    rig.sql('ALTER ROLE app CONNECTION LIMIT 0')
    fails(rig, 'too_many', 'no connection is left', rig.address(), 'no connection left')
    rig.sql('ALTER ROLE app CONNECTION LIMIT -1')
    rig.sql("ALTER ROLE app NOLOGIN; ALTER ROLE app SET lc_messages = 'C'")
    fails(rig, 'user', 'a user who may not log in', rig.address(), 'no user "app" who may log in')
    rig.sql('ALTER ROLE app LOGIN')
    rig.stop()
    fails(rig, 'refused', 'a stopped server', rig.address(), f'Nobody listens at 127.0.0.1:{rig.port}')
    rig.start()


def in_time(rig):
    """A server that takes the connection and never answers; meanwhile nothing shows the password."""
    with socket.socket() as silent:
        silent.bind(('127.0.0.1', 0))
        silent.listen()
        url = rig.address(port=silent.getsockname()[1])
        begun = time.monotonic()
        asked = subprocess.Popen(company.plain('./reeve', 'db:ping', '--json'), cwd=rig.folder,
                                 env={**rig.env, 'DB': url}, stdout=subprocess.PIPE, text=True)
        connection, _ = silent.accept()
        shown = ''
        for process in os.listdir('/proc'):
            try:
                if process.isdigit() and os.readlink(f'/proc/{process}/cwd') == rig.folder:
                    shown += open(f'/proc/{process}/cmdline', encoding='utf-8').read() + '\n'
                    if 'reeve-work' in shown.splitlines()[-1]:
                        shown += 'ENV' + open(f'/proc/{process}/environ', encoding='utf-8').read()
            except OSError:
                pass
        said = asked.communicate(timeout=40)[0]
        connection.close()
    case(asked.returncode == 4 and '"kind":"timeout"' in said and 8 < time.monotonic() - begun < 25,
         'a server that is silent is given up after 10 s', said)
    case('reeve-work' in shown and 'w%3Ard' not in shown.replace(url, '') and url not in shown,
         'and the address is in no argument and not in the environment of reeve-work', shown)
    with socket.socket() as rude:
        rude.bind(('127.0.0.1', 0))
        rude.listen()
        asked = subprocess.Popen(company.plain('./reeve', 'db:ping', '--json'), cwd=rig.folder,
                                 env={**rig.env, 'DB': rig.address(port=rude.getsockname()[1], sslmode='disable')},
                                 stdout=subprocess.PIPE, text=True)
        connection, _ = rude.accept()
        connection.recv(100)
        connection.sendall(b'HTTP/1.1 400 Bad Request\r\n\r\n')
        connection.close()
        said = asked.communicate(timeout=40)[0]
    case(asked.returncode == 4 and '"kind":"closed"' in said, 'another program on the port', said)


def bad_addresses(rig):
    for url, word in ((f'postgresql://app:p@ss{PASSWORD}@127.0.0.1/shop', 'an @ too many'),
                      ('postgresql://app:hunter2/x@127.0.0.1/shop', 'an @ too many'),
                      ('postgresql://app:hunter2', 'The port must be a number'),
                      ('postgresql://app:hun%zz@127.0.0.1/shop', 'two hexadecimal digits'),
                      ('mysql://app:hunter2@127.0.0.1/shop', 'not the address of a database'),
                      ('host=127.0.0.1 password=hunter2', 'not the address of a database'), ('hunter2', 'address')):
        done = rig.reeve('db:ping', url=url)
        said = done.stdout + done.stderr
        case(done.returncode == 2 and word in said and 'services.database.url' in said and
             not any(part in said for part in ('hun', 'p@ss')), f'refused without the password: {word}', url, done)
    done = rig.reeve('db:ping')
    case(done.returncode == 2 and 'DB' in done.stderr and 'not set' in done.stderr, 'a secret that is not there', done)
    rig.configure('listen: 127.0.0.1:7333\n')
    done = rig.reeve('db:ping', url=rig.address())
    case(done.returncode == 2 and 'services: { database:' in done.stderr, 'no database is configured', done)
    rig.configure('services: { database: { url: file:secret } }\n')
    rig.write('secret', rig.address() + '\n', 0o600)
    done = rig.reeve('db:ping')
    case(done.returncode == 0, 'the address from a file, with its line end', done)
    rig.configure()


def by_tls(rig):
    made = rig.run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'data/server.key', '-out',
                   'data/server.crt', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost')
    assert made.returncode == 0, made.stderr
    rig.run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'other.key', '-out', 'other.crt',
            '-days', '2', '-subj', '/CN=localhost')
    os.chmod(f'{rig.folder}/data/server.key', 0o600)
    rig.stop()
    rig.start('ssl=on')
    root = f'{rig.folder}/data/server.crt'
    done, answer = rig.json('db:ping', url=rig.address())
    link = first(answer)
    case(done.returncode == 0 and link['tls']['version'].startswith('TLSv1.') and link['tls']['cipher'] and
         link['tls']['bits'] >= 128 and link['verified'] == 'no', 'TLS by itself, unchecked', answer)
    shown = rig.reeve('db:ping', url=rig.address())
    case('certificate not checked (sslmode=verify-full does)' in shown.stdout, 'and that is said', shown.stdout)
    for mode, host, want in (('verify-full', 'localhost', 'full'), ('verify-ca', '127.0.0.1', 'chain'),
                             ('require', '127.0.0.1', 'chain')):
        done, answer = rig.json('db:ping', url=rig.address(host=host, sslmode=mode, sslrootcert=root))
        case(done.returncode == 0 and first(answer)['verified'] == want, f'{mode}: {want} is checked', done)
    fails(rig, 'certificate', 'a certificate of somebody else',
          rig.address(host='localhost', sslmode='verify-full', sslrootcert=f'{rig.folder}/other.crt'), 'not trusted')
    fails(rig, 'certificate', 'a certificate for another name',
          rig.address(sslmode='verify-full', sslrootcert=root), 'not trusted for this name')
    with open(f'{rig.folder}/data/pg_hba.conf', encoding='utf-8') as file:
        hba = file.read()
    rig.write('data/pg_hba.conf', 'local all all trust\nhostssl shop all 127.0.0.1/32 scram-sha-256\n', 0o600)
    rig.sql('SELECT pg_reload_conf()')
    company.within(10, lambda: rig.sql("SELECT count(*) FROM pg_hba_file_rules") == '2', 'the new pg_hba.conf')
    fails(rig, 'tls_needed', 'TLS is needed and refused', rig.address(sslmode='disable'), 'without TLS',
          '?sslmode=require')
    fails(rig, 'not_allowed', 'no line in pg_hba.conf', rig.address(database='postgres'), 'user "app"',
          'database "postgres"', 'pg_hba.conf')
    rig.write('data/pg_hba.conf', hba, 0o600)
    rig.sql('SELECT pg_reload_conf()')


def by_pooler(rig):
    if not pgbouncer():
        skip('by pgBouncer', 'pgbouncer is not installed')
        return
    rig.configure('services: { database: { url: env:DB, pooler: env:POOL } }\n')
    rig.start_pooler(admin='acme')
    pool = rig.address(port=rig.pooler_port)
    done, answer = rig.json('db:ping', url=rig.address(), POOL=pool)
    names = [link['name'] for link in answer['links']]
    second = answer['links'][1]
    case(done.returncode == 0 and names == ['direct', 'pooler'] and second['ok'] and second['pooler'] == 'unknown' and
         'does not tell this user' in second['notes'][0] and answer['links'][0]['pooler'] == 'no',
         'an ordinary user: a pooler, its kind unknown', answer)
    done, answer = rig.json('db:ping', url=rig.address(), POOL=rig.address(user='acme', port=rig.pooler_port))
    case(done.returncode == 0 and answer['links'][1]['pooler'].startswith('PgBouncer 1.'), 'its administrator: '
         'pgBouncer and its version', answer)
    shown = rig.reeve('db:ping', url=rig.address(), POOL=rig.address(user='acme', port=rig.pooler_port))
    case('; by PgBouncer 1.' in shown.stdout, 'and people read it', shown.stdout)
    done, answer = rig.json('db:ping', url=pool, POOL=rig.address())
    case(done.returncode == 0 and 'A pooler stands between' in answer['links'][0]['notes'][0] and
         'No pooler answers here' in answer['links'][1]['notes'][0], 'both the wrong way round', answer)
    done, answer = rig.json('db:ping', url=rig.address(),
                            POOL=rig.address(port=rig.pooler_port, password='wrong-one'))
    case(done.returncode == 4 and answer['links'][0]['ok'] and
         answer['links'][1]['failure']['kind'] == 'password', 'the pooler does not take the password', answer)
    done, answer = rig.json('db:ping', url=rig.address(), POOL=rig.address(database='shopp', port=rig.pooler_port))
    case(done.returncode == 4 and answer['links'][1]['failure']['kind'] == 'database', 'a database that the pooler '
         'does not have', answer)
    rig.end(rig.pooler)
    done, answer = rig.json('db:ping', url=rig.address(), POOL=pool)
    case(done.returncode == 4 and answer['links'][0]['ok'] and answer['links'][1]['failure']['kind'] == 'refused',
         'a stopped pooler: the server still answers, exit 4', answer)
    rig.configure()


def a_standby(rig):
    copied = rig.run(f'{rig.bin}/pg_basebackup', '-D', 'copy', '-R', '-X', 'stream', '-c', 'fast', '--no-sync', '-h',
                     rig.folder, '-p', str(rig.port), '-U', 'acme')
    assert copied.returncode == 0, copied.stderr
    port = free_port()
    standby = rig.spawn('standby.log', f'{rig.bin}/postgres', '-D', 'copy', '-k', rig.folder, '-h', '127.0.0.1', '-p',
                        str(port), '-c', 'fsync=off', '-c', 'max_connections=20', '-c', 'shared_buffers=16MB')
    try:
        company.within(30, lambda: rig.run(f'{rig.bin}/pg_isready', '-q', '-h', rig.folder, '-p',
                                           str(port)).returncode == 0, 'the standby')
        done, answer = rig.json('db:ping', url=rig.address(port=port))
        case(done.returncode == 0 and first(answer)['standby'] is True, 'a standby is one', answer)
    finally:
        rig.end(standby)


def linked(rig):
    core = rig.run('ldd', './reeve').stdout
    worker = rig.run('ldd', './reeve-work').stdout
    case('libpq' not in core and 'libpq' in worker, 'only reeve-work is linked with libpq', core)


def main():
    if not company.programs():
        company.skip_all('postgresql-15 is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.configure()
        rig.make_shop()
        for part in (answers, does_not, in_time, bad_addresses, a_standby, by_pooler, by_tls, linked):
            part(rig)
    company.end()


main()
