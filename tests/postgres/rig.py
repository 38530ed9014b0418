# rig.py - a PostgreSQL server, a pgBouncer in front of it and a company that names both, all of this test's own.
#
# Promises: nothing runs as root or on a port that was not free; everything is stopped and removed, also when the test
# fails or is killed. Refuses: fixed sleeps, the machine's own servers.
import contextlib
import glob
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

PASSWORD = 'p@ss/w:rd?%#&'  # all that an address needs escapes for
number = 0
bad = 0


def case(good, name, *words):
    global number, bad
    number += 1
    bad += not good
    print(('ok' if good else 'not ok') + f' {number} - {name}')
    if not good:
        print('\n'.join('# ' + line for word in words for line in str(word).splitlines()))
    sys.stdout.flush()


def skip(name, reason):
    global number
    number += 1
    print(f'ok {number} - {name} # SKIP {reason}')


def end():
    print(f'1..{number}')
    sys.exit(1 if bad else 0)


def skip_all(reason):
    print(f'1..0 # SKIP {reason}')
    sys.exit(0)


def programs():
    """The newest folder of PostgreSQL's programs, or None."""
    found = glob.glob('/usr/lib/postgresql/*/bin/initdb')
    return os.path.dirname(max(found, key=lambda path: int(path.split('/')[4]))) if found else None


def pgbouncer():
    return shutil.which('pgbouncer', path=os.environ['PATH'] + ':/usr/sbin')


def free_port():
    with contextlib.closing(socket.socket()) as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def plain(*words, dies=True):
    """The words that run a program as nobody when we are root; it ends when we do."""
    drop = ['--reuid=nobody', '--regid=nogroup', '--clear-groups'] if os.geteuid() == 0 else []
    return ['setpriv', *drop, *(['--pdeathsig', 'INT'] if dies else []), *words]


def within(seconds, condition, what):
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f'{what} did not come within {seconds} s')
        time.sleep(0.05)


class Rig:
    """with Rig(reeve, reeve_work) as rig: …"""

    def __init__(self, *executables):
        self.executables = [os.path.abspath(one) for one in executables]
        self.bin = programs()
        self.process = self.pooler = None
        self.port = self.pooler_port = 0

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix='reeve-postgres-')
        self.env = {'PATH': os.environ['PATH'], 'HOME': self.folder, 'LC_ALL': 'C.UTF-8', 'PGCONNECT_TIMEOUT': '10'}
        try:
            os.chmod(self.folder, 0o755)
            for program in self.executables:
                shutil.copy(program, self.folder)
            self.write('password', PASSWORD)
            self.own(self.folder)
            made = self.run(f'{self.bin}/initdb', '-D', 'data', '-U', 'acme', '--auth-local=trust', '-E', 'UTF8',
                            '--no-sync', '--locale=C.UTF-8', '--auth-host=scram-sha-256', '--pwfile=password')
            assert made.returncode == 0, made.stderr
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in (self.pooler, self.process):
            self.end(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def end(self, process, how=2):
        if process and process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def own(self, *paths):
        if os.geteuid() == 0:
            for path in paths:
                shutil.chown(path, 'nobody', 'nogroup')

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        os.chmod(path, mode)
        self.own(path)
        return path

    def run(self, *words, timeout=60, env=None):
        return subprocess.run(plain(*words, dies=False), cwd=self.folder, env={**self.env, **(env or {})}, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout)

    def spawn(self, log, *words):
        with open(os.path.join(self.folder, log), 'a', encoding='utf-8') as out:
            return subprocess.Popen(plain(*words), cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=subprocess.STDOUT)

    def start(self, *settings):
        """On the port it had, else on a free one."""
        for _ in range(5):
            self.port = self.port or free_port()
            words = [word for setting in settings for word in ('-c', setting)]
            self.process = self.spawn('postgres.log', f'{self.bin}/postgres', '-D', 'data', '-k', self.folder, '-h',
                                      '127.0.0.1', '-p', str(self.port), '-c', 'fsync=off', '-c', 'max_connections=20',
                                      '-c', 'shared_buffers=16MB', '-c',
                                      'shared_preload_libraries=pg_stat_statements', *words)
            within(30, lambda: self.process.poll() is not None or self.ready(), 'PostgreSQL')
            if self.process.poll() is None:
                return
            self.port = 0
        raise AssertionError(open(os.path.join(self.folder, 'postgres.log'), encoding='utf-8').read())

    def ready(self):
        return self.run(f'{self.bin}/pg_isready', '-q', '-h', self.folder, '-p', str(self.port)).returncode == 0

    def stop(self):
        self.end(self.process)

    def sql(self, text, database='postgres', user='acme'):
        done = self.run(f'{self.bin}/psql', '-qXAt', '-v', 'ON_ERROR_STOP=1', '-h', self.folder, '-p', str(self.port),
                        '-U', user, '-d', database, '-c', text)
        assert done.returncode == 0, (text, done.stderr)
        return done.stdout.strip()

    def address(self, user='app', database='shop', host='127.0.0.1', port=None, password=PASSWORD, **options):
        query = urllib.parse.urlencode(options, quote_via=urllib.parse.quote)
        return (f'postgresql://{user}:{urllib.parse.quote(password, safe="")}@{host}:{port or self.port}/{database}'
                + ('?' + query if query else ''))

    def make_shop(self):
        """A database with an ordinary user, and one more who may read the statistics of all."""
        secret = PASSWORD.replace("'", "''")
        for user in ('app', 'reader'):
            self.sql(f"CREATE ROLE {user} LOGIN PASSWORD '{secret}'")
        self.sql('CREATE DATABASE shop OWNER app')

    def start_pooler(self, admin='boss', more=''):
        self.pooler_port = free_port()
        users = ''.join(f'"{user}" "{PASSWORD}"\n' for user in ('app', 'reader', 'acme'))
        self.write('users.txt', users, 0o600)
        self.write('pgbouncer.ini', f'[databases]\n* = host=127.0.0.1 port={self.port}\n[pgbouncer]\n'
                   f'listen_addr = 127.0.0.1\nlisten_port = {self.pooler_port}\nunix_socket_dir =\n'
                   f'auth_type = scram-sha-256\nauth_file = users.txt\nadmin_users = {admin}\n'
                   f'pool_mode = transaction\n{more}')
        self.pooler = self.spawn('pgbouncer.log', pgbouncer(), 'pgbouncer.ini')
        within(15, self.pooler_listens, 'pgBouncer')

    def pooler_listens(self):
        with contextlib.closing(socket.socket()) as one:
            return one.connect_ex(('127.0.0.1', self.pooler_port)) == 0

    def configure(self, text=None):
        self.write('reeve.yaml', text or 'services:\n  database: { url: env:DB, statement_timeout: 2 s }\n')

    def reeve(self, *words, url=None, **environment):
        if url:
            environment['DB'] = url
        done = self.run('./reeve', *words, env=environment)
        said = done.stdout + done.stderr
        escaped = urllib.parse.quote(PASSWORD, safe='')
        if PASSWORD in said or escaped in said:
            case(False, 'a password is never shown', words, said)
        return done

    def json(self, *words, **named):
        done = self.reeve(*words, '--json', **named)
        return done, json.loads(done.stdout) if done.stdout else {}
