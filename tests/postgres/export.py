"""export.py REEVE REEVE-WORK - db:export, db:import and db:verify against a real PostgreSQL: a database with all that
is nasty comes back equal, and what was changed in the archive, cut off or taken for one is refused in one sentence."""
import glob
import hashlib
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import rig as company  # noqa: E402
from rig import PASSWORD, Rig, case, within  # noqa: E402

KEY = 'correct horse battery staple, and more'
CONFIG = 'services:\n  database: { url: env:DB, export_key: env:KEY }\n'
NASTY = r'''
CREATE EXTENSION hstore; CREATE EXTENSION pgcrypto; CREATE EXTENSION btree_gist;
CREATE SCHEMA "Odd ""Schema""";
CREATE TYPE mood AS ENUM ('sad', 'o''k'); CREATE DOMAIN posint AS int CHECK (VALUE > 0);
CREATE TYPE pair AS (a int, b text);
CREATE TABLE types (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b bool, i2 smallint, n numeric, n2 numeric(30,
10),
 r real, d double precision, m money, t text, c char(5), v varchar(9), by bytea, ts timestamp, tz timestamptz, da date,
 ti time, tt timetz, iv interval, u uuid, ip inet, ci cidr, ma macaddr, bi bit(5), bv varbit, j json, jb jsonb, x xml,
 p point, bo box, po polygon, ci2 circle, tv tsvector, tq tsquery, ia int[], ta text[][], r4 int4range, rz tstzrange,
 mr int4multirange, mo mood, pi posint, pa pair, h hstore, rc regclass, o oid, l pg_lsn, jp jsonpath);
INSERT INTO types (b,i2,n,n2,r,d,m,t,c,v,by,ts,tz,da,ti,tt,iv,u,ip,ci,ma,bi,bv,j,jb,x,p,bo,po,ci2,tv,tq,ia,ta,r4,rz,mr,
mo,
 pi,pa,h,rc,o,l,jp) SELECT i%2=0, i, 'NaN', i/7.0, 'Infinity', i/3.0::float8, i, E'tab\t nl\n back\\ "q" ünï', 'ab',
 'c',
 '\x00ff5c'::bytea, 'infinity', '2026-12-01 14:00+02', '4713-01-01 BC', '24:00', '12:00+05:30', '1 mon -3 days', 
 '00000000-0000-0000-0000-000000000001', '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', B'10101', B'1', '{"a": 1 ,"a":2}',
 '{"b":[null,1e3]}', '<a>b</a>', '(1,2)', '((0,0),(1,1))', '((0,0),(1,1),(2,0))', '<(0,0),1>', 'a:1 b', 'a & b', 
 '{1,NULL,3}', '{{a,"b c"},{NULL,""}}', '[1,5)', '[2026-01-01,)', '{[1,2),[5,7)}', 'o''k', 5, '(1,"x,y")',
 'k=>v,n=>NULL',
 'pg_class', 7, '0/16B3748', '$.a[*]' FROM generate_series(1,5) i;
INSERT INTO types DEFAULT VALUES;
CREATE TABLE "Odd ""Schema"""."Quoted ""Table"" x" ("Col ""A""" int, "select" text, x int, "ROW" text);
INSERT INTO "Odd ""Schema"""."Quoted ""Table"" x" SELECT i, 'v' || i, i, NULL FROM generate_series(1,100) i;
INSERT INTO "Odd ""Schema"""."Quoted ""Table"" x" SELECT 1, 'twice', 1, 'r' FROM generate_series(1,2) i;
CREATE TABLE parts (k int, at date, g int GENERATED ALWAYS AS (k * 2) STORED) PARTITION BY RANGE (at);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-07-01') PARTITION BY LIST (k);
CREATE TABLE parts_a1 PARTITION OF parts_a FOR VALUES IN (1);
CREATE TABLE parts_a2 PARTITION OF parts_a DEFAULT;
CREATE TABLE parts_b (at date, g int GENERATED ALWAYS AS (k * 2) STORED, k int);
ALTER TABLE parts ATTACH PARTITION parts_b FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
INSERT INTO parts SELECT i % 3, '2026-01-01'::date + i FROM generate_series(0,360) i;
CREATE TABLE mother (a int); CREATE TABLE daughter (b int) INHERITS (mother); ALTER TABLE mother ADD z text DEFAULT 'z';
INSERT INTO mother VALUES (1); INSERT INTO daughter (a, b) VALUES (2, 3);
CREATE TABLE one (id int PRIMARY KEY, other int); CREATE TABLE other (id int PRIMARY KEY, one int REFERENCES one);
INSERT INTO one VALUES (1, NULL); INSERT INTO other VALUES (1, 1); UPDATE one SET other = 1;
ALTER TABLE one ADD FOREIGN KEY (other) REFERENCES other DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE secrets (id int, who text); ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON secrets USING (who = current_user); INSERT INTO secrets VALUES (1, 'a'), (2, 'b');
CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE gone (a int, b int, c text); INSERT INTO gone VALUES (1, 2, 'c'); ALTER TABLE gone DROP b;
CREATE UNLOGGED TABLE loose (a int); INSERT INTO loose VALUES (1);
CREATE TABLE empty (a int); CREATE SEQUENCE own_seq START 7; SELECT nextval('own_seq');
CREATE MATERIALIZED VIEW seen AS SELECT count(*) FROM types; CREATE VIEW looking AS SELECT * FROM one;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
CREATE TABLE wordy (a text); INSERT INTO wordy SELECT repeat(md5(i::text), 3000) FROM generate_series(1,40) i;
SELECT lo_from_bytea(0, '\x0001ff'), lo_from_bytea(4242, 'abc'), lo_create(0);
DO $$ BEGIN EXECUTE 'CREATE TABLE wide (' || (SELECT string_agg('c' || i || ' bool', ',') FROM generate_series(1,
1600) i)
 || ')'; END $$; INSERT INTO wide (c1, c1600) VALUES (true, false);
GRANT SELECT ON types TO reader; ALTER TABLE one OWNER TO app;
'''


def ask(rig, *words, key=KEY, user='acme', database='shop', **more):
    return rig.reeve(*words, url=more.pop('url', None) or rig.address(user=user, database=database), KEY=key, **more)


def refuses(rig, name, code, *said, words, **named):
    done = ask(rig, *words, **named)
    text = done.stdout + done.stderr
    case(done.returncode == code and all(word in text for word in said) and len(done.stderr.strip().splitlines()) == 1,
         name, done.returncode, text)
    return done


SESSIONS = ("SELECT pid, state, wait_event, left(query, 200) FROM pg_stat_activity WHERE application_name LIKE "
            "'reeve db:%' AND state <> 'idle'")


def left(rig):
    return [name for name in os.listdir(rig.folder) if name.startswith('.reeve-transfer-')]


def fresh(rig, name):
    rig.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    return name


def there_and_back(rig):
    done = ask(rig, 'db:export', '--to', 'shop.reeve', '--jobs', '2')
    case(done.returncode == 0 and 'shop.reeve: ' in done.stdout and ' of database shop as of 20' in done.stdout and
         'encrypted.' in done.stdout and 'not encrypted' not in done.stdout and '3 large objects' in done.stdout,
         'it is exported, encrypted', done)
    case(left(rig) == [] and os.stat(f'{rig.folder}/shop.reeve').st_mode & 0o777 == 0o600,
         'nothing else is left, and it is for its owner alone', left(rig))
    data = open(f'{rig.folder}/shop.reeve', 'rb').read()
    case(b'Odd' not in data and b'PGDMP' not in data and b'manifest' not in data,
         'nothing of it can be read in the file')
    done = ask(rig, 'db:verify', 'shop.reeve')
    case(done.returncode == 0 and 'shop.reeve is whole: ' in done.stdout and '1 materialized views' in done.stdout,
         'it is whole, and what is not in the proof is said', done)
    refuses(rig, 'a file that is there is not written over', 3, 'is there already', words=('db:export', '--to',
                                                                                           'shop.reeve'))
    fresh(rig, 'copy')
    done = ask(rig, 'db:import', 'shop.reeve', '--into', 'copy', '--jobs', '2')
    case(done.returncode == 0 and 'Database copy is equal: ' in done.stdout,
         'it is imported into a database that is made',
         done)
    for table in ('types', 'parts', 'wide', 'daughter', '"Odd ""Schema"""."Quoted ""Table"" x"', 'wordy'):
        what = f"SELECT md5(coalesce(string_agg(x::text, '|' ORDER BY x::text), '')) FROM {table} x"
        if table in ('parts', 'daughter'):
            what = what.replace('x::text', 'to_jsonb(x)::text')
        case(rig.sql(what, database='shop') == rig.sql(what, database='copy'), f'equal by another hash: {table}')
    case(rig.sql("SELECT encode(lo_get(4242), 'escape') || twice(2) || (SELECT rolname FROM pg_roles JOIN pg_class ON "
                 "relowner = pg_roles.oid WHERE relname = 'one')", database='copy') == 'abc4app',
         'large objects, functions, owners')
    done, answer = rig.json('db:import', 'shop.reeve', '--into', fresh(rig, 'copy2'), url=rig.address(user='acme'),
                            KEY=KEY)
    case(done.returncode == 0 and answer['equal'] and answer['difference_count'] == 0 and answer['tables'] == 16,
         'the same as JSON', done, answer)


def not_empty(rig):
    refuses(rig, 'a database that holds something is refused', 3, 'Database copy is not empty (', 'large objects)',
            '--overwrite copy', words=('db:import', 'shop.reeve', '--into', 'copy'))
    refuses(rig, 'so is the one of reeve.yaml', 3, 'Database shop is not empty', words=('db:import', 'shop.reeve'))
    refuses(rig, 'another name is no approval', 3, '--overwrite names shop', 'would go into copy',
            words=('db:import', 'shop.reeve', '--into', 'copy', '--overwrite', 'shop'))
    rig.sql('CREATE TABLE mine (a int)', database='copy')
    done = ask(rig, 'db:import', 'shop.reeve', '--into', 'copy', '--overwrite', 'copy')
    kept = rig.sql("SELECT datname FROM pg_database WHERE datname LIKE 'copy_before_%'")
    case(done.returncode == 0 and 'copy is equal' in done.stdout and kept in done.stdout and
         rig.sql("SELECT to_regclass('mine') IS NOT NULL", database=kept) == 't' and
         rig.sql("SELECT to_regclass('mine') IS NULL", database='copy') == 't',
         'overwritten when its name is said again; the old one is kept', done)
    holder = subprocess.Popen(company.plain(f'{rig.bin}/psql', '-qXAt', '-h', rig.folder, '-p', str(rig.port), '-U',
                                            'acme',
                                            '-d', 'copy', '-c', 'SELECT pg_sleep(60)'), cwd=rig.folder, env=rig.env,
                              stdout=subprocess.DEVNULL)
    within(10, lambda: rig.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'copy'") == '1', 'a session')
    done = ask(rig, 'db:import', 'shop.reeve', '--into', 'copy', '--overwrite', 'copy')
    case(done.returncode == 4 and 'is proved and stands in database copy_import_' in done.stderr and 'ALTER DATABASE' in
         done.stderr, 'one in use is not taken away from its users', done)
    rig.end(holder)


def differs(rig):
    """A column that is generated by a function that lies is made anew by the import, and comes out otherwise."""
    rig.sql('CREATE DATABASE liar')
    rig.sql("CREATE FUNCTION lies(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT pg_backend_pid() + $1'; CREATE "
            'TABLE l (a int, b int GENERATED ALWAYS AS (lies(a)) STORED); INSERT INTO l VALUES (1), (2); CREATE TABLE '
            'well AS SELECT 1', database='liar')
    done = ask(rig, 'db:export', '--to', 'liar.reeve', database='liar')
    back = ask(rig, 'db:import', 'liar.reeve', '--into', 'liar2')
    case(done.returncode == 0 and back.returncode == 1 and 'differs in 1 place of: 2 tables, 3 rows' in back.stdout and
         'differs: public.l has the same number of rows, 2, and other content.' in back.stdout and
         'well' not in back.stdout, 'what differs is named, exit 1', done, back)
    rig.sql('CREATE TABLE mine (a int)', database='liar')
    back = ask(rig, 'db:import', 'liar.reeve', '--into', 'liar', '--overwrite', 'liar')
    case(back.returncode == 1 and 'Database liar_import_' in back.stdout and
         rig.sql("SELECT to_regclass('mine') IS NOT NULL", database='liar') == 't',
         'and it does not take the place of what it was to replace', back)


def damaged(rig):
    path = f'{rig.folder}/shop.reeve'
    data = bytearray(open(path, 'rb').read())
    seen = 0
    dice = random.Random(7)
    places = list(range(0, 200, 3)) + [dice.randrange(len(data)) for _ in range(40)] + [len(data) - 1]
    for name, key, bytes_ in (('shop', KEY, data), ('plain', '', None)):
        if bytes_ is None:
            done = rig.reeve('--config=plain.yaml', 'db:export', '--to', 'plain.reeve', url=rig.address(user='acme'))
            case(done.returncode == 0 and 'not encrypted' in done.stdout, 'exported without a key', done)
            bytes_ = bytearray(open(f'{rig.folder}/plain.reeve', 'rb').read())
        bad = []
        for at in places:
            at %= len(bytes_)
            spoilt = bytearray(bytes_)
            spoilt[at] ^= 1 << dice.randrange(8)
            with open(f'{rig.folder}/spoilt.reeve', 'wb') as file:
                file.write(spoilt)
            rig.own(f'{rig.folder}/spoilt.reeve')
            words = ('db:verify', 'spoilt.reeve') if key else ('--config=plain.yaml', 'db:verify', 'spoilt.reeve')
            done = rig.reeve(*words, KEY=key, DB='x')
            said = done.stderr
            if done.returncode != 3 or not ('damaged at byte' in said or at < 8 or 96 <= at < 128):
                bad.append((at, done.returncode, said))
            seen += 1
        case(not bad, f'one changed bit is found wherever it is ({len(places)} places, {name})', bad[:3])
    at = len(data) // 2
    with open(f'{rig.folder}/spoilt.reeve', 'wb') as file:
        file.write(data[:at] + bytes([data[at] ^ 4]) + data[at + 1:])
    before = rig.sql('SELECT count(*) FROM pg_database')
    done = refuses(rig, 'a damaged one is not imported', 3, 'The archive is damaged at byte ', ', in its member ',
                   words=('db:import', 'spoilt.reeve', '--into', 'never'))
    place = int(done.stderr.split('at byte ')[1].split(',')[0])
    case(place <= at < place + 1100000 and rig.sql('SELECT count(*) FROM pg_database') == before and left(rig) == [],
         'its place is that of the chunk; nothing was made', place, at, left(rig))
    for size, said in ((0, 'The file is empty'), (5, 'This is no archive'),
                       (100, 'cut off at byte 100, or damaged at byte 0, before'),
                       (5000, 'cut off at byte 5000, or damaged at byte '), (len(data) - 1, 'cut off at byte')):
        with open(f'{rig.folder}/spoilt.reeve', 'wb') as file:
            file.write(data[:size])
        refuses(rig, f'cut off at {size}', 3, said, words=('db:verify', 'spoilt.reeve'))
    with open(f'{rig.folder}/spoilt.reeve', 'wb') as file:
        file.write(data + b'\n')
    refuses(rig, 'something behind its end', 3, 'something follows its end', words=('db:verify', 'spoilt.reeve'))
    refuses(rig, 'another key', 3, 'is not the key of this archive', words=('db:verify', 'shop.reeve'), key=KEY + '!')
    refuses(rig, 'a short key', 3, 'at least 16 characters', words=('db:verify', 'shop.reeve'), key='short')
    done = rig.reeve('--config=plain.yaml', 'db:verify', 'shop.reeve', DB='x')
    case(done.returncode == 3 and 'The archive is encrypted; write its key' in done.stderr, 'no key', done)
    refuses(rig, 'one that anybody could have made', 3, 'is not encrypted, though', '--plain', words=('db:verify',
                                                                                                  'plain.reeve'))
    done = ask(rig, 'db:verify', 'plain.reeve', '--plain')
    case(done.returncode == 0, 'and taken all the same', done)
    refuses(rig, 'reeve.yaml is no archive', 3, 'This is no archive of reeve db:export',
            words=('db:import', 'reeve.yaml'))
    refuses(rig, 'no such file', 3, 'No such file', words=('db:import', 'nowhere.reeve'))


def seal(*pieces, format_=1):
    """A second writer of the format, as docs/manual/exports.md has it: an archive without a key."""
    head = b'REEVEDB\n' + struct.pack('<II', format_, 0) + bytes(48)
    last = hashlib.blake2b(head, digest_size=32).digest()
    data = head + last + bytes(32)
    for piece in pieces:
        length = struct.pack('<I', len(piece) + 32)
        last = hashlib.blake2b(length + piece, digest_size=32, key=last).digest()
        data += length + last + piece
    return data


def frame(data):
    """A zstd frame of one raw block, with the size of its content: no other program is needed for it."""
    return (b'\x28\xb5\x2f\xfd\xa0' + struct.pack('<I', len(data)) + (len(data) << 3 | 1).to_bytes(3, 'little') + data)


def archive(manifest, *members, format_=1):
    members = [('manifest.json', json.dumps(manifest).encode()), *members]
    pieces = []
    for name, data in members:
        pieces += [b'M' + struct.pack('<Q', len(data)) + name.encode(), b'D' + frame(data)]
    sizes = sum(len(data) for _, data in members)
    return seal(*pieces, b'Z' + struct.pack('<QQ', len(members), sizes), format_=format_)


def of_others(rig):
    manifest = {'format': 1, 'reeve': '9', 'at': '2026-12-01T14:00:00.000000Z', 'database': 'shop',
                'server_version': 990001,
                'pg_dump': '99.1', 'snapshot': '1', 'encoding': 'UTF8', 'collate': 'C', 'ctype': 'C', 'roles': [],
                'large_objects': 0, 'large_objects_hash': '0', 'members': 1, 'bytes': 7, 'uncovered': [], 'tables': []}

    def plain(name, code, data, *said, words=('db:verify', 'theirs.reeve')):
        with open(f'{rig.folder}/theirs.reeve', 'wb') as file:
            file.write(data)
        rig.own(f'{rig.folder}/theirs.reeve')
        done = rig.reeve('--config=plain.yaml', *words, url=rig.address(user='acme'))
        text = done.stdout + done.stderr
        case(done.returncode == code and all(word in text for word in said) and len(text.strip().splitlines()) == 1,
             name, done.returncode, text)

    good = archive(manifest, ('toc.dat', b'no dump'))
    plain('what another program sealed is read', 0, good, 'theirs.reeve is whole: 0 tables, 0 rows')
    plain('one of a newer format', 3, archive(manifest, ('toc.dat', b'no dump'), format_=2),
          'has format 2, and this Reeve reads 1')
    plain('a newer manifest', 3, archive({**manifest, 'format': 2}, ('toc.dat', b'no dump')), 'manifest', 'of a format')
    plain('a manifest that counts otherwise', 3, archive({**manifest, 'members': 2}, ('toc.dat', b'no dump')),
          'has 1 members, and its manifest says 2')
    plain('a name that leaves the folder', 3, archive(manifest, ('../toc.dat', b'no dump')), 'damaged at byte')
    into = ('db:import', 'theirs.reeve', '--into', 'theirs')
    plain('one of a newer pg_dump', 3, good, 'was written by pg_dump 99.1, which pg_restore 1',
          'install postgresql-client-99', words=into)
    plain('one that pg_restore does not read', 4, archive({**manifest, 'pg_dump': '15.1', 'server_version': 150001},
                                                          ('toc.dat', b'no dump')),
          'pg_restore ended with 1: ', words=into)
    case(rig.sql("SELECT count(*) FROM pg_database WHERE datname = 'theirs'") == '0' and left(rig) == [],
         'nothing of them is left', left(rig))


def by_the_book(rig):
    """The manual's own lines, one after the other, under its own configuration."""
    with open(os.path.join(os.environ['REEVE_SOURCE_ROOT'], 'docs/manual/exports.md'), encoding='utf-8') as file:
        page = file.read()
    blocks = re.findall(r'```(yaml|sh)\n(.*?)```', page, re.S)
    rig.write('book.yaml', blocks[0][1])
    lines = [line for kind, text in blocks if kind == 'sh' for line in text.splitlines()]
    fresh(rig, 'shop_copy')
    if os.path.exists(f'{rig.folder}/shop.reeve'):
        os.remove(f'{rig.folder}/shop.reeve')
    for line in lines:
        done = rig.reeve('--config=book.yaml', *line.split()[1:], DATABASE_URL=rig.address(user='acme'), EXPORT_KEY=KEY)
        case(done.returncode == 0, f'of the manual: {line}', done)
    case(len(lines) == 3, 'all of them were run')
    rig.write('runbook.yaml', ''.join(text for kind, text in blocks if kind == 'yaml'))
    done = rig.reeve('config', 'show', '--config=runbook.yaml', DATABASE_URL='x', EXPORT_KEY=KEY)
    case(done.returncode == 0 and KEY not in done.stdout + done.stderr and 'export_key' in done.stdout,
         'and what it says of approvals is read', done)


def pooled(rig):
    if not company.pgbouncer():
        company.skip('a pooler', 'there is no pgbouncer')
        return
    rig.start_pooler()
    refuses(rig, 'a pooler is refused', 3, f'127.0.0.1:{rig.pooler_port} is a pooler', 'owner', words=('db:export',),
            url=rig.address(port=rig.pooler_port))


def rights(rig):
    rig.sql("CREATE DATABASE small OWNER app")
    rig.sql('CREATE TABLE a (b int); CREATE TABLE c (d int); CREATE SEQUENCE e; INSERT INTO a VALUES (1)',
            database='small', user='app')
    refuses(rig, 'what may not be read is one sentence with the GRANT', 3, 'User reader may not read 3 tables and '
            'sequences (public.a, public.c, public.e)', 'GRANT pg_read_all_data TO "reader";', user='reader',
            database='small', words=('db:export', '--to', 'small.reeve'))
    rig.sql('GRANT pg_read_all_data TO reader')
    done = ask(rig, 'db:export', '--to', 'small.reeve', user='reader', database='small')
    case(done.returncode == 0, 'which is enough', done)
    rig.sql('ALTER TABLE c ENABLE ROW LEVEL SECURITY', database='small')
    refuses(rig, 'row security', 3, 'may not read 1 tables whole, which have row security (public.c)', 'BYPASSRLS',
            user='reader', database='small', words=('db:export', '--to', 'small2.reeve'))
    rig.sql("SELECT lo_create(77); ALTER TABLE c DISABLE ROW LEVEL SECURITY", database='small', user='app')
    refuses(rig, 'large objects', 3, 'may not read 1 large objects (77)', 'GRANT SELECT ON LARGE OBJECT', user='reader',
            database='small', words=('db:export', '--to', 'small2.reeve'))
    rig.sql('CREATE ROLE gone; ALTER TABLE c OWNER TO gone', database='small')
    done = ask(rig, 'db:export', '--to', 'small3.reeve', database='small')
    case(done.returncode == 0, 'exported with a role that will not be there', done)
    rig.sql('DROP DATABASE small')
    rig.sql('DROP ROLE gone')
    refuses(rig, 'a role that is not there', 3, 'does not have a role that the archive names: gone', '--no-owner',
            words=('db:import', 'small3.reeve', '--into', 'small'))
    case(rig.sql("SELECT count(*) FROM pg_database WHERE datname = 'small'") == '0', 'before the database is made')
    done = ask(rig, 'db:import', 'small3.reeve', '--into', 'small', '--no-owner')
    case(done.returncode == 0 and 'small is equal: 2 tables, 1 row, 1 large object.' in done.stdout,
         'and --no-owner', done)
    rig.sql('DROP DATABASE small')
    refuses(rig, 'who may not make a database', 4, 'making the database', 'permission denied to create database',
            user='reader', database='postgres', words=('db:import', 'small.reeve', '--into', 'small'))
    refuses(rig, 'an address on the command line', 2, '--into env:NAME', words=('db:import', 'small.reeve', '--into',
                                                                                'postgresql://a:b@c/d'))
    rig.sql('CREATE DATABASE small OWNER app')
    done = ask(rig, 'db:import', 'small.reeve', '--into', 'env:ELSEWHERE', ELSEWHERE=rig.address(database='small'))
    case(done.returncode == 0 and 'small is equal: 2 tables, 1 row.' in done.stdout,
         'an empty database of an ordinary user, by an address in a variable', done)


def start(rig, *words, **environment):
    env = {**rig.env, 'DB': rig.address(user='acme'), 'KEY': KEY, **environment}
    return subprocess.Popen(company.plain('./reeve', *words, dies=False), cwd=rig.folder, env=env,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def stopped(rig):
    rig.sql("INSERT INTO wordy SELECT repeat(md5(i::text), 30000) FROM generate_series(1,150) i", database='shop')
    for number, what in ((signal.SIGTERM, 'asked to end'), (signal.SIGKILL, 'killed')):
        process = start(rig, 'db:export', '--to', 'late.reeve', '--jobs', '1')
        within(20, lambda: glob.glob(f'{rig.folder}/.reeve-transfer-*/data/*') or process.poll() is not None, 'pg_dump')
        lines = [open(path, 'rb').read() for path in glob.glob('/proc/[0-9]*/cmdline') if os.path.exists(path)]
        case(any(b'pg_dump' in line for line in lines) and not any(PASSWORD.encode() in line for line in lines),
             'the password is on no command line')
        process.send_signal(number)
        said = process.communicate(timeout=30)[1]
        try:
            within(20, lambda: rig.sql(SESSIONS) == '', 'the end of its sessions')
        except AssertionError:
            case(False, 'its sessions end', rig.sql(SESSIONS))
        within(20, lambda: not left(rig), 'the end of its folder')
        case(process.returncode in (4, -9) and not os.path.exists(f'{rig.folder}/late.reeve'),
             f'{what} while it dumps: nothing is there', process.returncode, said)
    os.makedirs(f'{rig.folder}/.reeve-transfer-abcdef/data')
    rig.own(f'{rig.folder}/.reeve-transfer-abcdef', f'{rig.folder}/.reeve-transfer-abcdef/data')
    done = ask(rig, 'db:export', '--to', 'late.reeve', '--json')
    case(done.returncode == 0 and json.loads(done.stdout)['tables'] == 16 and left(rig) == [],
         'the next one takes away what a killed one left', done, left(rig))
    for pause in (0, 0.05, 0.1, 0.2, 0.5, 1):
        process = start(rig, 'db:import', 'late.reeve', '--into', 'half', '--jobs', '1')
        within(20, lambda: rig.sql("SELECT count(*) FROM pg_database WHERE datname = 'half'") == '1' or
               process.poll() is not None, 'the database')
        time.sleep(pause)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[1]
        there = rig.sql("SELECT count(*) FROM pg_database WHERE datname = 'half'")
        case(left(rig) == [] and (process.returncode, there) in ((4, '0'), (0, '1')),
                 f'an import that is stopped {pause} s after its database was made takes it away', process.returncode,
             there, said)
        fresh(rig, 'half')


def disk_full(rig):
    """A small disk of its own, in a space of mounts that ends with the command."""
    if os.geteuid() != 0 or subprocess.run(['unshare', '-m', 'true'], capture_output=True, check=False).returncode:
        company.skip('a full disk', 'only root can mount one')
        return
    rig.sql('CREATE DATABASE noise')
    rig.sql('CREATE TABLE n AS SELECT md5(random()::text) FROM generate_series(1, 200000)', database='noise')
    os.makedirs(f'{rig.folder}/disk')
    for megabytes, what, said in ((3, 'what pg_dump writes', 'No space left on device'),
                                  (9, 'the archive', 'The archive cannot be written at byte '),
                                  (40, 'less than both', '')):
        script = (f'mount -t tmpfs -o size={megabytes}m,mode=0777 none disk && ' +
                  ' '.join(company.plain('./reeve', 'db:export', '--to', 'disk/full.reeve', dies=False)) +
                  '; code=$?; ls -A disk; exit $code')
        done = subprocess.run(['unshare', '-m', 'sh', '-c', script], cwd=rig.folder, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False,
                              env={**rig.env, 'DB': rig.address(user='acme', database='noise'), 'KEY': KEY})
        if said:
            case(done.returncode == 4 and said in done.stderr and done.stdout == '' and
                 len(done.stderr.strip().splitlines()) == 1, f'no room for {what}: nothing is there', done)
        else:
            case(done.returncode == 0 and done.stdout.endswith('\nfull.reeve\n'), 'with room it is there', done)


def server_side(rig):
    refuses(rig, 'a wrong password', 4, 'password', words=('db:export',), url=rig.address(password='wrong'))
    refuses(rig, 'no such database', 4, 'nothere', words=('db:export',), user='acme', database='nothere')
    refuses(rig, 'no such folder', 3, 'nowhere', words=('db:export', '--to', 'nowhere/a.reeve'))
    done = ask(rig, 'db:export')
    made = glob.glob(f'{rig.folder}/shop-20*Z.reeve')
    case(done.returncode == 0 and len(made) == 1, 'a name of its own, with database and time', done, made)


def concurrent(rig):
    """Writers go on; rows and hashes are those of the dump all the same."""
    rig.sql('CREATE TABLE busy (a int, b text)', database='shop')
    stop = time.monotonic() + 4
    script = rig.write('busy.sql', "INSERT INTO busy SELECT i, md5(random()::text) FROM generate_series(1,50) i;\n"
                       "DELETE FROM busy WHERE random() < 0.3;\n")
    writer = subprocess.Popen(company.plain(f'{rig.bin}/pgbench', '-n', '-f', script, '-T', '6', '-c', '2',
                                            '-h', rig.folder, '-p', str(rig.port), '-U', 'acme', 'shop'),
                              cwd=rig.folder, env=rig.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    equal = 0
    while time.monotonic() < stop and equal < 2:
        name = f'busy{equal}.reeve'
        done = ask(rig, 'db:export', '--to', name)
        back = ask(rig, 'db:import', name, '--into', fresh(rig, 'busycopy'))
        if done.returncode or back.returncode:
            case(False, 'with writers', done, back)
            return rig.end(writer)
        equal += 1
    writer.wait()
    case(equal > 0, f'equal while others write ({equal} times)')
    return None


def main():
    with Rig(*sys.argv[1:3]) as rig:
        rig.make_shop()
        rig.configure(CONFIG)
        rig.write('plain.yaml', 'services:\n  database: { url: env:DB }\n')
        rig.write('nasty.sql', NASTY)
        done = rig.run(f'{rig.bin}/psql', '-qXAt', '-v', 'ON_ERROR_STOP=1', '-h', rig.folder, '-p', str(rig.port), '-U',
                       'acme', '-d', 'shop', '-f', 'nasty.sql')
        assert done.returncode == 0, done.stderr
        for part in (there_and_back, not_empty, differs, damaged, of_others, by_the_book, pooled, rights, stopped,
                     disk_full, server_side, concurrent):
            part(rig)
    company.end()


if not company.programs():
    company.skip_all('there is no PostgreSQL server')
main()
