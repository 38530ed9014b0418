"""probe.py REEVE REEVE-WORK - what a probe sees of a real PostgreSQL, a standby, a pgBouncer, a Redis and web servers,
and what it says when they are not well."""
import contextlib
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request

sys.dont_write_bytecode = True
import rig as company  # noqa: E402
from rig import Rig, case, free_port, pgbouncer, skip, within  # noqa: E402


def probe(rig, kind, secret=None, seconds=5, **body):
    """(outcome, sentence, note, samples): samples are {name with labels: value}."""
    order = {'body': {'kind': kind, **body}, 'deadline_ms': seconds * 1000, 'id': 'probe-x', 'kind': 'probe'}
    if secret is not None:
        order['secrets'] = {'url': secret}
    done = subprocess.run(company.plain('./reeve-work', dies=False), cwd=rig.folder, env=rig.env, timeout=60,
                          input=json.dumps(order), text=True, capture_output=True)
    said = json.loads(done.stdout)
    output = json.loads(said.get('output') or '{"note":"","samples":""}')
    samples = {}
    for line in output['samples'].splitlines():
        name, value = line.rsplit(' ', 1)
        samples[name] = float(value)
    if company.PASSWORD in done.stdout or company.urllib.parse.quote(company.PASSWORD, safe='') in done.stdout:
        case(False, 'a password is never shown', done.stdout)
    return said['outcome'], said['detail'], output['note'], samples


def of(samples, start):
    return sum(value for name, value in samples.items() if name.startswith(start))


def session(rig, text, user='app'):
    """A psql that has run the text and stays."""
    psql = subprocess.Popen(company.plain(f'{rig.bin}/psql', '-qXAt', rig.address(user=user)), cwd=rig.folder,
                            env=rig.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    psql.stdin.write(text + '\n\\echo there\n')
    psql.stdin.flush()
    assert psql.stdout.readline() == 'there\n'
    return psql


def a_server_that_is_well(rig):
    rig.sql('GRANT pg_monitor TO reader')
    idle = session(rig, 'BEGIN; SELECT 1 WHERE false;')
    try:
        time.sleep(1.1)
        outcome, words, note, seen = probe(rig, 'postgres', rig.address(user='reader'))
        case(outcome == 'done' and words.startswith('PostgreSQL 15') and note == '' and seen['pg_up'] == 1 and
             seen['pg_settings_max_connections'] == 20 and seen['pg_replication_is_replica'] == 0,
             'a server that is well', outcome, words, note, seen)
        case(seen['pg_stat_activity_count{datname="shop",state="idle in transaction"}'] == 1 and
             of(seen, 'pg_stat_activity_count') == 2 and
             1 < seen['reeve_postgres_oldest_idle_in_transaction_seconds'] < 60 and
             1 < seen['reeve_postgres_oldest_transaction_seconds'] < 60,
             'connections by state, and who sits in a transaction', seen)
        case(seen['pg_database_size_bytes{datname="shop"}'] == float(rig.sql("SELECT pg_database_size('shop')")) and
             seen['pg_database_wraparound_age_datfrozenxid{datname="shop"}'] > 0 and
             'pg_stat_database_deadlocks{datname="shop"}' in seen, 'databases', seen)
        outcome, words, note, seen = probe(rig, 'postgres', rig.address(user='app'))
        case(outcome == 'done' and 'GRANT pg_monitor TO app' in note and of(seen, 'pg_stat_activity_count') == 2,
             'a user without pg_monitor is told so, and counts all connections', outcome, note, seen)
    finally:
        idle.kill()
        idle.wait()
    before = seen['pg_stat_database_deadlocks{datname="shop"}']
    rig.sql('CREATE TABLE one (id int); CREATE TABLE two (id int); GRANT ALL ON one, two TO app', 'shop')
    first, second = session(rig, 'BEGIN; LOCK one;'), session(rig, 'BEGIN; LOCK two;')
    for psql, table in ((first, 'two'), (second, 'one')):
        psql.stdin.write(f'LOCK {table};\n')
        psql.stdin.flush()
    for psql in (first, second):
        psql.stdin.write('ROLLBACK;\n')  # which tells the server's statistics
        psql.communicate(timeout=30)
    seen = within(20, lambda: (lambda seen: seen.get('pg_stat_database_deadlocks{datname="shop"}', 0) > before and seen)(
        probe(rig, 'postgres', rig.address(user='reader'))[3]), 'a deadlock')
    case(seen['pg_stat_database_deadlocks{datname="shop"}'] == before + 1, 'a deadlock is counted', seen)


def replication(rig):
    """A real standby that streams by a slot, and then is stopped."""
    rig.sql("SELECT pg_create_physical_replication_slot('second', true)")
    made = rig.run(f'{rig.bin}/pg_basebackup', '-D', 'second', '-R', '-X', 'stream', '-S', 'second', '-c', 'fast', '-h',
                   rig.folder, '-p', str(rig.port), '-U', 'acme', '--no-sync')
    assert made.returncode == 0, made.stderr
    port = free_port()
    standby = rig.spawn('second.log', f'{rig.bin}/postgres', '-D', 'second', '-k', rig.folder, '-h', '127.0.0.1', '-p',
                        str(port), '-c', 'fsync=off', '-c', 'max_connections=20', '-c', 'shared_buffers=16MB')
    try:
        within(30, lambda: rig.run(f'{rig.bin}/pg_isready', '-q', '-h', rig.folder, '-p', str(port)).returncode == 0,
               'the standby')
        seen = within(20, lambda: (lambda seen: of(seen, 'pg_replication_slots_active') == 1 and any(
            'state="streaming"' in name for name in seen) and seen)(
                probe(rig, 'postgres', rig.address(user='reader'))[3]), 'streaming')
        case(of(seen, 'pg_stat_replication_pg_wal_lsn_diff{') < 1e6 and
             seen['pg_replication_slots_active{slot_name="second",slot_type="physical"}'] == 1,
             'a standby, and its slot', seen)
        outcome, words, _, seen = probe(rig, 'postgres', rig.address(user='reader', port=port))
        case(outcome == 'done' and seen['pg_replication_is_replica'] == 1 and seen['pg_replication_lag_seconds'] < 20,
             'the standby itself', outcome, words, seen)
    finally:
        rig.end(standby)
    rig.sql('INSERT INTO one SELECT generate_series(1, 20000)', 'shop')
    seen = within(20, lambda: (lambda seen: of(seen, 'pg_replication_slots_active') == 0 and seen)(
        probe(rig, 'postgres', rig.address(user='reader'))[3]), 'the end of the standby')
    case(seen['pg_replication_slots_pg_wal_lsn_diff{slot_name="second",slot_type="physical"}'] > 1e6,
         'a slot that nobody reads holds its log back', seen)
    rig.sql("SELECT pg_drop_replication_slot('second')")


def a_server_that_is_not(rig):
    for url, word in ((rig.address(password='wrong'), 'password of user "app"'),
                      (rig.address(database='shopp'), 'no database "shopp"'),
                      (rig.address(host='db.invalid'), 'db.invalid'),
                      (rig.address(port=free_port()), 'Nobody listens')):
        outcome, words, _, seen = probe(rig, 'postgres', url)
        case(outcome == 'failed' and word in words and seen == {'pg_up': 0}, f'not well: {word}', outcome, words, seen)
    outcome, words, _, _ = probe(rig, 'postgres', 'mysql://app:hunter2@127.0.0.1/shop')
    case(outcome == 'refused' and 'hunter2' not in words, 'no address', outcome, words)
    with silent() as port:
        begun = time.monotonic()
        outcome, words, _, _ = probe(rig, 'postgres', rig.address(port=port), seconds=2)
        case(outcome == 'failed' and time.monotonic() - begun < 8 and 'in time' in words or 'within' in words,
             'one that is silent is given up', outcome, words)


@contextlib.contextmanager
def silent():
    """A port that takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        listener.listen()
        yield listener.getsockname()[1]


def pooler(rig):
    if not pgbouncer():
        skip('pgBouncer', 'it is not installed')
        return
    rig.start_pooler(admin='reader')
    waiting = []
    try:
        url = rig.address(user='reader', port=rig.pooler_port)
        outcome, words, _, seen = probe(rig, 'pgbouncer', url)
        case(outcome == 'done' and words.startswith('PgBouncer') and seen['pgbouncer_up'] == 1 and
             seen['pgbouncer_config_max_client_connections'] == 100, 'pgBouncer that is well', outcome, words, seen)
        for _ in range(3):
            waiting.append(subprocess.Popen(
                company.plain(f'{rig.bin}/psql', '-qXAt', '-c', 'SELECT pg_sleep(30)',
                              rig.address(port=rig.pooler_port)), cwd=rig.folder, env=rig.env))
        seen = within(15, lambda: (lambda seen: seen.get(
            'pgbouncer_pools_client_active_connections{database="shop",user="app"}') == 3 and seen)(
                probe(rig, 'pgbouncer', url)[3]), 'three clients')
        case(seen['pgbouncer_pools_server_active_connections{database="shop",user="app"}'] == 3 and
             seen['pgbouncer_pools_client_waiting_connections{database="shop",user="app"}'] == 0 and
             seen['pgbouncer_databases_current_connections{name="shop",database="shop"}'] == 3 and
             seen['pgbouncer_databases_pool_size{name="shop",database="shop"}'] == 20 and
             seen['pgbouncer_used_clients'] >= 3, 'its pools, databases and lists', seen)
        outcome, words, _, seen = probe(rig, 'pgbouncer', rig.address(port=rig.pooler_port))
        case(outcome == 'failed' and seen == {'pgbouncer_up': 0}, 'a user whom the console does not let in', words)
        outcome, words, _, _ = probe(rig, 'pgbouncer', rig.address(user='reader'))
        case(outcome == 'failed', 'a server instead of pgBouncer', words)
    finally:
        for psql in waiting:
            psql.kill()
            psql.wait()


def redis(rig):
    program = shutil.which('redis-server')
    if not program:
        skip('Redis', 'redis-server is not installed')
        return
    port = free_port()
    server = rig.spawn('redis.log', program, '--port', str(port), '--bind', '127.0.0.1', '--save', '', '--dir',
                       rig.folder, '--requirepass', 'hunter2%', '--maxmemory', '50mb')
    try:
        within(15, lambda: socket.socket().connect_ex(('127.0.0.1', port)) == 0, 'Redis')
        url = f'redis://:hunter2%25@127.0.0.1:{port}/1'
        with socket.create_connection(('127.0.0.1', port)) as client:
            client.sendall(b'AUTH hunter2%\r\nSELECT 1\r\nSET a 1\r\nSET b 2 EX 100\r\nGET a\r\nGET none\r\n')
            said = b''
            while b'$-1' not in said:
                said += client.recv(1000)
            outcome, words, note, seen = probe(rig, 'redis', url)
        case(outcome == 'done' and words.startswith('Redis ') and 'PING' in words and seen['redis_up'] == 1 and
             seen['redis_connected_clients'] == 2 and seen['redis_memory_max_bytes'] == 50 * 2**20 and
             0 < seen['redis_memory_used_bytes'] < 50 * 2**20 and seen['reeve_redis_ping_seconds'] > 0 and
             seen['redis_db_keys{db="db1"}'] == 2 and seen['redis_db_keys_expiring{db="db1"}'] == 1 and
             seen['redis_keyspace_hits_total'] == 1 and seen['redis_keyspace_misses_total'] == 1,
             'Redis that is well', outcome, words, seen)
        redis_exporter(rig, port, 'hunter2%', seen)
        for bad, word in ((f'redis://127.0.0.1:{port}', 'wants a password'),
                          (f'redis://:wrong@127.0.0.1:{port}', 'does not take user and password'),
                          (f'redis://:hunter2%25@127.0.0.1:{port}/99', 'refuses SELECT')):
            outcome, words, _, seen = probe(rig, 'redis', bad)
            case(outcome == 'failed' and word in words and 'hunter2' not in words and seen == {'redis_up': 0},
                 f'Redis: {word}', words, seen)
        server.send_signal(19)
        outcome, words, _, seen = probe(rig, 'redis', url, seconds=2)
        server.send_signal(18)
        case(outcome == 'failed' and 'did not answer within 2 s' in words and seen == {'redis_up': 0},
             'Redis that hangs', words)
    finally:
        rig.end(server)
    outcome, words, _, _ = probe(rig, 'redis', f'redis://127.0.0.1:{port}')
    case(outcome == 'failed' and 'cannot be reached: Connection refused' in words, 'Redis that is gone', words)


def redis_exporter(rig, port, password, seen):
    """Prometheus' exporter beside the probe: one signal reads either, so names and values have to agree."""
    program = shutil.which('prometheus-redis-exporter')
    if not program:
        skip('the exporter of Redis', 'prometheus-redis-exporter is not installed')
        return
    own = free_port()
    exporter = rig.spawn('redis-exporter.log', program, '-redis.addr', f'redis://127.0.0.1:{port}', '-redis.password',
                         password, '-web.listen-address', f'127.0.0.1:{own}')
    try:
        within(15, lambda: socket.socket().connect_ex(('127.0.0.1', own)) == 0, 'the exporter')
        with urllib.request.urlopen(f'http://127.0.0.1:{own}/metrics', timeout=20) as answer:
            rows = dict(line.rsplit(' ', 1) for line in answer.read().decode().splitlines() if line[:1] != '#')
        # The exporter is a client itself, and time goes by.
        moves = {'redis_connected_clients', 'redis_uptime_in_seconds', 'redis_connections_received_total',
                 'redis_commands_processed_total', 'redis_mem_fragmentation_ratio', 'redis_memory_used_bytes',
                 'redis_memory_used_rss_bytes'}
        theirs = {name for name in seen if not name.startswith('reeve_')}
        case(len(theirs) > 20 and theirs <= set(rows) and
             all(float(rows[name]) == seen[name] for name in theirs - moves),
             'the exporter of Redis gives the same names and values',
             {name: (seen[name], rows.get(name)) for name in seen})
    finally:
        rig.end(exporter)


def no_redis(rig):
    outcome, words, _, _ = probe(rig, 'redis', f'redis://127.0.0.1:{rig.port}', seconds=3)
    case(outcome == 'failed', 'another server on the port', words)
    for url, word in (('http://a', 'redis://host:6379'), ('redis://:h%zz@a', '%25'),
                      ('redis://a@b@c', 'an @ too many'), ('redis://a:0', 'port'), ('redis://', 'port'), ('', 'form')):
        outcome, words, _, _ = probe(rig, 'redis', url)
        case(outcome == 'refused' and word in words, f'no address of Redis: {url}', outcome, words)


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == '/slow':
            time.sleep(5)
        status = {'/broken': 500, '/moved': 301, '/gone': 410}.get(self.path, 200)
        body = b'x' * 3000000 if self.path == '/long' else b'All is well here.'
        with contextlib.suppress(OSError):
            self.send_response(status)
            if status == 301:
                self.send_header('Location', '/elsewhere')
            self.send_header('Content-Length', str(len(body) + (100 if self.path == '/half' else 0)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def web(files=None):
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Answers)
    server.daemon_threads = True
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def pages(rig):
    with web() as port:
        here = f'http://127.0.0.1:{port}'
        outcome, words, _, seen = probe_url(rig, here + '/', contains='is well')
        case(outcome == 'done' and words.startswith('answered 200 in ') and seen['probe_success'] == 1 and
             seen['probe_http_status_code'] == 200 and seen['probe_failed_due_to_regex'] == 0 and
             seen['probe_http_uncompressed_body_length'] == 17 and 0 < seen['probe_duration_seconds'] < 5,
             'a page that is well', outcome, words, seen)
        for path, body, word in (
                ('/', {'contains': 'no such words'}, 'does not contain "no such words"'),
                ('/broken', {}, 'answered 500'), ('/moved', {}, 'answered 301 and leads to'),
                ('/', {'status': 204}, 'answered 200 instead of 204'), ('/half', {}, 'gave no whole answer'),
                ('/long', {'contains': 'well'}, 'the first MiB')):
            outcome, words, _, seen = probe_url(rig, here + path, **body)
            case(outcome == 'failed' and word in words and seen['probe_success'] == 0, f'a page: {word}', words, seen)
        outcome, words, _, _ = probe_url(rig, here + '/moved', status=301)
        case(outcome == 'done', 'a redirect that is right', words)
        outcome, words, _, _ = probe_url(rig, here + '/slow', seconds=2)
        case(outcome == 'failed' and 'did not answer within 2 s' in words, 'a page that is slow', words)
        outcome, words, _, seen = probe_url(rig, f'https://127.0.0.1:{port}/')
        case(outcome == 'failed' and 'speaks no TLS' in words, 'no TLS where it should be', words)
    outcome, words, _, seen = probe_url(rig, f'http://127.0.0.1:{port}/')
    case(outcome == 'failed' and 'cannot be reached' in words and seen['probe_success'] == 0, 'nobody', words)
    outcome, words, _, _ = probe_url(rig, 'http://shop.invalid/')
    case(outcome == 'failed' and 'name shop.invalid cannot be resolved' in words, 'a name without address', words)
    for url in ('', 'ftp://a/', 'http://[::1/', 'file:///etc/passwd'):
        outcome, words, _, _ = probe_url(rig, url)
        case(outcome == 'refused', f'no url: {url}', words)


def probe_url(rig, url, seconds=5, **body):
    return probe(rig, 'http', None, seconds, url=url, **body)


def certificate(rig, name, days, begun=30):
    """A key and a certificate of its own, for localhost, that ends in so many days."""
    now = time.time()
    stamp = [time.strftime('%y%m%d%H%M%SZ', time.gmtime(now + 86400 * add)) for add in (-begun, days)]
    rig.write(f'{name}.cnf', f'[ca]\ndefault_ca=a\n[a]\ndatabase={name}.index\nserial={name}.serial\nnew_certs_dir=.\n'
              'default_md=sha256\npolicy=p\nx509_extensions=e\ncopy_extensions=copy\n[p]\ncommonName=supplied\n[e]\n'
              'subjectAltName=DNS:localhost\nbasicConstraints=CA:true\n[req]\ndistinguished_name=d\n[d]\n')
    rig.write(f'{name}.index', '')
    rig.write(f'{name}.serial', '01\n')
    for words in (('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', f'{name}.key', '-out', f'{name}.csr', '-subj',
                   '/CN=localhost', '-config', f'{name}.cnf'),
                  ('ca', '-batch', '-selfsign', '-config', f'{name}.cnf', '-in', f'{name}.csr', '-keyfile', f'{name}.key',
                   '-out', f'{name}.crt', '-notext', '-startdate', stamp[0], '-enddate', stamp[1])):
        made = rig.run('openssl', *words)
        assert made.returncode == 0, made.stderr
    return f'{rig.folder}/{name}.crt', f'{rig.folder}/{name}.key', now + 86400 * days


def certificates(rig):
    good, key, ends = certificate(rig, 'good', 90)
    with web((good, key)) as port:
        here = f'https://localhost:{port}/'
        outcome, words, note, seen = probe_url(rig, here, ca=good)
        case(outcome == 'done' and note == '' and abs(seen['probe_ssl_earliest_cert_expiry'] - ends) < 5 and
             abs(seen['reeve_probe_certificate_left_seconds'] - 90 * 86400) < 60, 'a certificate', outcome, words, seen)
        outcome, words, _, seen = probe_url(rig, here)
        case(outcome == 'failed' and 'not signed by anybody who is trusted here' in words and
             abs(seen['probe_ssl_earliest_cert_expiry'] - ends) < 5, 'one that is not trusted', words, seen)
        outcome, words, _, seen = probe_url(rig, f'https://127.0.0.1:{port}/', ca=good)
        case(outcome == 'failed' and 'is of another name than 127.0.0.1' in words, 'one of another name', words, seen)
        outcome, words, _, seen = probe_url(rig, here, ca='/none')
        case(outcome == 'failed' and 'ca: cannot be used' in words, 'a file that is not there', words, seen)
    soon, key, _ = certificate(rig, 'soon', 9.5)
    with web((soon, key)) as port:
        outcome, words, note, _ = probe_url(rig, f'https://localhost:{port}/', ca=soon)
        case(outcome == 'done' and 'ends in 9 days' in note, 'one that ends soon is said', words, note)
    past, key, ends = certificate(rig, 'past', -2)
    with web((past, key)) as port:
        outcome, words, _, seen = probe_url(rig, f'https://localhost:{port}/', ca=past)
        case(outcome == 'failed' and 'has expired on 20' in words and seen['probe_success'] == 0 and
             abs(seen['probe_ssl_earliest_cert_expiry'] - ends) < 5, 'one that is expired, and its end', words, seen)
    later, key, ends = certificate(rig, 'later', 90, begun=-2)
    with web((later, key)) as port:
        outcome, words, note, seen = probe_url(rig, f'https://localhost:{port}/', ca=later)
        case(outcome == 'failed' and 'is not valid before 20' in words and 'set the clock of this machine' in words and
             note == '' and seen['probe_success'] == 0 and abs(seen['probe_ssl_earliest_cert_expiry'] - ends) < 5,
             'one that is not valid yet, and its end', words, seen)


def machine(rig):
    outcome, words, _, seen = probe(rig, 'host', paths=['/'])
    is_at = os.statvfs('/')
    total = next(name for name in seen if name.startswith('node_filesystem_size_bytes{'))
    case(outcome == 'done' and words == 'memory, load and 1 file system' and 'mountpoint="/"' in total and
         seen[total] == is_at.f_blocks * is_at.f_frsize and
         of(seen, 'node_filesystem_files{') == is_at.f_files and
         0 < seen['node_memory_MemAvailable_bytes'] < seen['node_memory_MemTotal_bytes'] and
         seen['node_memory_MemTotal_bytes'] == 1024 * int(open('/proc/meminfo').readline().split()[1]) and
         seen['node_cpu_seconds_total{cpu="all",mode="idle"}'] > 0 and seen['node_load1'] >= 0, 'this machine', seen)
    if os.path.exists('/proc/pressure/memory'):
        case('node_pressure_memory_stalled_seconds_total' in seen and
             0 <= seen['reeve_pressure_ratio{resource="io",kind="some",window="60s"}'] <= 1, 'its pressure', seen)
    for path, word in (('/none', 'cannot be looked at'), (rig.folder, 'nothing is mounted at')):
        outcome, words, _, seen = probe(rig, 'host', paths=['/', path])
        case(outcome == 'failed' and word in words and not of(seen, 'node_filesystem') and
             seen['node_memory_MemTotal_bytes'] > 0, f'{word}: nothing is said of the other disks', words)
    outcome, words, _, _ = probe(rig, 'host', paths=['relative'])
    case(outcome == 'refused', 'no whole path', words)
    outcome, words, _, _ = probe(rig, 'disk')
    case(outcome == 'refused' and '"disk" is no kind' in words, 'no kind of probe', words)


def health(rig):
    """reeve health:check, for people and programs."""
    with web() as port:
        rig.configure('probes:\n'
                      f'  - {{ name: site, kind: http, url: "http://127.0.0.1:{port}/" }}\n'
                      '  - { name: db, kind: postgres, address: env:DB }\n'
                      'targets:\n'
                      f'  - {{ name: app, url: "http://127.0.0.1:{port}/metrics" }}\n')
        done, said = rig.json('health:check', url=rig.address(user='reader'))
        case(done.returncode == 0 and said['failed'] == 0 and
             [(one['name'], one['kind'], one['ok']) for one in said['checks']] ==
             [('site', 'http', True), ('db', 'postgres', True), ('app', 'target', True)] and
             all(one['ms'] >= 0 and one['says'] for one in said['checks']), 'all are well', done, said)
        done = rig.reeve('health:check', url=rig.address(user='reader'))
        case(done.returncode == 0 and 'well  site  http' in done.stdout and done.stdout.endswith('All 3 are well.\n'),
             'and people read it', done.stdout)
        done = rig.reeve('health:check', url=rig.address(password='wrong'))
        case(done.returncode == 4 and 'FAIL  db    postgres' in done.stdout and 'password of user "app"' in done.stdout
             and '1 of 3 is not well.' in done.stdout, 'one is not', done.stdout)
        done = rig.reeve('health:check')
        case(done.returncode == 4 and 'DB' in done.stdout and 'well  site' in done.stdout,
             'a secret that is not there is that of one probe', done.stdout)
    rig.configure('listen: 127.0.0.1:7333\n')
    done = rig.reeve('health:check')
    case(done.returncode == 2 and 'nothing to look at' in done.stderr, 'nothing to look at', done)
    rig.configure()


def main():
    if not company.programs():
        company.skip_all('PostgreSQL is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.make_shop()
        for part in (machine, pages, certificates, a_server_that_is_well, replication, a_server_that_is_not, pooler, redis,
                     no_redis, health):
            part(rig)
    company.end()


main()
