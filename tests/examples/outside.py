#!/usr/bin/python3
"""outside.py REEVE REEVE-WORK - verifies a ledger without Reeve, from docs/ledger.md alone: leaves, texts, the RFC 6962
root, the signed note with OpenSSL. Reeve serves the company of README.md as nobody, an incident is declared, the newest
checkpoint is printed; then only the file, the note and the public key are looked at. A changed byte must be found."""
import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = os.environ['REEVE_SOURCE_ROOT']
number = 0
bad = 0


def case(good, name, words=''):
    global number, bad
    number += 1
    bad += not good
    print(('ok' if good else 'not ok') + f' {number} - {name}')
    if not good:
        print('\n'.join('# ' + line for line in str(words).splitlines()))


def root_of(hashes):
    """RFC 6962, section 2.1"""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b'').digest()
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b'\1' + root_of(hashes[:half]) + root_of(hashes[half:])).digest()


def signed(note, key, folder):
    """Whether OpenSSL takes the signature of a C2SP signed note"""
    body, signature = note.split('\n\n')
    name, wanted, key64 = key.split('+', 2)
    raw = base64.b64decode(key64)
    if hashlib.sha256(name.encode() + b'\n' + raw).digest()[:4].hex() != wanted or raw[0] != 1:
        return False
    given = base64.b64decode(signature.split()[2])
    if given[:4].hex() != wanted:
        return False
    files = {'key': bytes.fromhex('302a300506032b6570032100') + raw[1:], 'text': body.encode() + b'\n',
             'signature': given[4:]}
    for file, data in files.items():
        with open(os.path.join(folder, file), 'wb') as out:
            out.write(data)
    return subprocess.run(['openssl', 'pkeyutl', '-verify', '-pubin', '-keyform', 'DER', '-inkey', 'key', '-rawin',
                           '-in', 'text', '-sigfile', 'signature'], cwd=folder, capture_output=True).returncode == 0


def leaves_of(path):
    with contextlib.closing(sqlite3.connect(path)) as ledger:
        return ledger.execute('SELECT sequence, leaf, leaf_hash, subject FROM entry ORDER BY sequence').fetchall()


def texts_of(path):
    with contextlib.closing(sqlite3.connect(path)) as ledger:
        return ledger.execute('SELECT sequence, salt, text FROM text WHERE erased_at IS NULL').fetchall()


def data(value):
    return value.encode() if isinstance(value, str) else bytes(value)


def look(path, note, key, folder):
    rows = leaves_of(path)
    _, size, root = note.split('\n')[:3]
    leaves = [data(row[1]) for row in rows[:int(size)]]
    hashes = [hashlib.sha256(b'\0' + leaf).digest() for leaf in leaves]
    case([row[0] for row in rows] == list(range(1, len(rows) + 1)), 'entries are numbered from 1 without gaps')
    case(all(bytes(row[2]) == one for row, one in zip(rows, hashes)), 'each leaf has the hash of RFC 6962')
    case(all(json.dumps(json.loads(leaf), sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode() == leaf
             for leaf in leaves), 'each leaf is canonical JSON')
    digests = {sequence: hashlib.sha256(data(salt) + data(text)).hexdigest()
               for sequence, salt, text in texts_of(path)}
    case(digests and all(one in leaves[sequence - 1].decode() for sequence, one in digests.items()
                         if sequence <= len(leaves)), 'a text beside the ledger has the digest in its leaf', digests)
    case(base64.b64encode(root_of(hashes)).decode() == root, 'the root of the checkpoint is that of the leaves')
    case(signed(note, key, folder), 'OpenSSL takes the signature of the checkpoint', note)
    case(not signed(note.replace(f'\n{size}\n', f'\n{int(size) + 1}\n'), key, folder),
         'a note with another size is not taken')
    hashes[1] = hashlib.sha256(b'\0' + leaves[1].replace(b'"', b"'", 1)).digest()
    case(base64.b64encode(root_of(hashes)).decode() != root, 'one changed byte changes the root')


def as_nobody():
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def free_port():
    with contextlib.closing(socket.socket()) as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def status_of(address):
    """Of the answer to a GET, redirections not followed"""
    place = urllib.parse.urlsplit(address)
    with contextlib.closing(http.client.HTTPConnection(place.netloc, timeout=10)) as connection:
        connection.request('GET', f'{place.path}?{place.query}')
        return connection.getresponse().status


def prepare(folder):
    with open(os.path.join(ROOT, 'README.md'), encoding='utf-8') as file:
        files = re.findall(r'<!-- file (\S+) -->\n```\w*\n(.*?)^```$', file.read(), re.S | re.M)
    for name, text in files:
        with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
            file.write(text.replace('127.0.0.1:7333', f'127.0.0.1:{free_port()}') +
                       ('access: { page_token: always }\n' if name == 'reeve.yaml' else ''))
    for program in sys.argv[1:3]:
        shutil.copy(program, folder)
    if os.getuid() == 0:
        os.chown(folder, 65534, 65534)
    os.chmod(folder, 0o755)


def erase(folder, reeve):
    note = next(row[0] for row in leaves_of(os.path.join(folder, 'mine.db')) if b'incident.noted' in data(row[1]))
    done = reeve('ledger', 'erase', str(note), '--reason', 'a name stood in it')
    copied = reeve('ledger', 'backup', 'erased.db')
    said = reeve('ledger', 'verify', '--file', 'erased.db')
    case(done.returncode == copied.returncode == said.returncode == 0 and re.search(
        rf'20\S+: \w+ erased the texts of entry {note}: a name stood in it', said.stdout),
         'a text that was erased is named: when, by whom and why', [done, said])
    with contextlib.closing(sqlite3.connect(os.path.join(folder, 'copy.db'))) as ledger:
        ledger.execute("UPDATE text SET salt = zeroblob(16), text = x'', erased_at = 1 WHERE sequence = ?", [note])
        ledger.commit()
    said = reeve('ledger', 'verify', '--file', 'copy.db')
    case(said.returncode == 1 and f'A text of entry {note} is gone, and no fact says who erased it' in said.stdout,
         'a text that went without a fact is a finding', said)


def restore(own, reeve):
    """As docs/ledger.md says: the copy in its place while Reeve is stopped, the -wal and -shm gone."""
    shown = json.loads(reeve('config', 'show', '--json').stdout)
    ledger = os.path.join(own, next(row['value'] for row in shown if row['key'] == 'ledger'))
    for name in (ledger, ledger + '-wal', ledger + '-shm'):
        if os.path.exists(name):
            os.unlink(name)
    shutil.copy(os.path.join(own, 'kept.db'), ledger)
    if os.geteuid() == 0:
        shutil.chown(ledger, 'nobody', 'nogroup')
    again = subprocess.Popen(['./reeve', 'serve'], cwd=own, preexec_fn=as_nobody, stdout=subprocess.PIPE, text=True)
    try:
        again.stdout.readline()
        listed = reeve('incident', 'list').stdout
        case('Checkout is down' in listed, 'restored, the incident is open again', listed)
        noted = reeve('incident', 'note', '1', 'after the restore')
        case(noted.returncode == 0, 'and takes a note', noted.stderr)
    finally:
        again.send_signal(signal.SIGTERM)
        again.wait(20)
    verified = reeve('ledger', 'verify')
    case(verified.returncode == 0, 'and the restored ledger goes on whole', verified.stdout)


def main():
    own = tempfile.mkdtemp(prefix='reeve-outside-')
    prepare(own)

    def reeve(*words):
        return subprocess.run(['./reeve', *words], cwd=own, preexec_fn=as_nobody, capture_output=True, text=True,
                              timeout=30)
    serve = subprocess.Popen(['./reeve', 'serve'], cwd=own, preexec_fn=as_nobody, stdout=subprocess.PIPE, text=True)
    try:
        said = serve.stdout.readline()
        case('http://127.0.0.1:' in said and 'token=' in said, 'serve prints the address with its token', said)
        old = re.search(r'http://\S+', said).group()
        opened = status_of(old)
        new = reeve('token', 'new').stdout.strip()
        case((opened, status_of(old), status_of(new)) == (303, 403, 303),
             'a new token opens the page at once, and the old one no longer', f'{opened} {old} {new}')
        reeve('incident', 'declare', 'Checkout is down', '--severity', 'P1')
        done = reeve('incident', 'note', '1', 'The café is closed', 'too')
        case(done.returncode == 0, 'the daemon takes a note', done.stderr)
        until = time.monotonic() + 20
        checkpoint = {}
        while int(checkpoint.get('note', '\n0').split('\n')[1]) < 4 and time.monotonic() < until:
            time.sleep(0.1)
            printed = reeve('ledger', 'checkpoint', '--json').stdout
            checkpoint = json.loads(printed) if printed else {}
        copied = reeve('ledger', 'backup', 'copy.db')
        case(copied.returncode == 0, 'the ledger is copied while it is in use', copied.stderr)
        shutil.copy(os.path.join(own, 'copy.db'), os.path.join(own, 'mine.db'))
        look(os.path.join(own, 'mine.db'), checkpoint['note'], checkpoint['key'], own)
        reeve('ledger', 'backup', 'kept.db')
        erase(own, reeve)
    finally:
        serve.send_signal(signal.SIGTERM)
        case(serve.wait(20) == 0, 'serve stops at SIGTERM')
        try:
            restore(own, reeve)
        finally:
            shutil.rmtree(own, ignore_errors=True)
    print(f'1..{number}')
    sys.exit(1 if bad else 0)


main()
