#!/usr/bin/python3
"""serving.py REEVE REEVE-WORK - the daemon beside what people do to it: a shell that hangs up, an address for the whole
network, a lost key, commands that meet its lock, a slip in reeve.yaml while it runs. Runs as nobody when started by
root."""
import contextlib
import encodings.idna  # while it can be read: nobody may not open the libraries of root
import fcntl
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

RUNBOOK = ('# Ours\n\n### Severity Levels\n- **SEV1 (Critical)**: All is down\n- **SEV2 (High)**: Some is down\n'
           '- **SEV3 (Low)**: It is slow\n\n### Critical Alerts\n- Error rate > 5% for 5 minutes\n')
CONFIGURATION = ('runbook: RUNBOOK.md\nledger: state/reeve.db\nlisten: 127.0.0.1:0\n'
                 'alerts: { critical: SEV1, warning: SEV2 }\n')
number = 0
bad = 0


def case(good, name, words=''):
    global number, bad
    number += 1
    bad += not good
    print(('ok' if good else 'not ok') + f' {number} - {name}')
    if not good:
        print('\n'.join('# ' + line for line in str(words).splitlines()))


def write(name, text):
    with open(name, 'w', encoding='utf-8') as file:
        file.write(text)


def reeve(*arguments):
    return subprocess.run(['./reeve', *arguments], text=True, timeout=60, stdin=subprocess.DEVNULL,
                          capture_output=True)


def within(seconds, question):
    until = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < until:
        time.sleep(0.05)
    return answer


def is_there():
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as one:
        return one.connect_ex('state/reeve.sock') == 0


@contextlib.contextmanager
def daemon():
    with open('log', 'ab') as log:
        child = subprocess.Popen(['./reeve', 'serve'], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        case(within(20, is_there), 'the daemon begins', open('log', encoding='utf-8').read())
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(20)


def refused(name, arguments, code, words):
    done = reeve(*arguments)
    case(done.returncode == code and all(word in done.stderr for word in words), name, done)


def port_said():
    with open('log', encoding='utf-8') as log:
        return re.findall(r'http://127\.0\.0\.1:(\d+)/', log.read())


def ask(method, path):
    port = within(20, port_said)[-1]
    with contextlib.closing(http.client.HTTPConnection('127.0.0.1', int(port), timeout=10)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def hang_up():
    with daemon() as child:
        status, text = ask('GET', '/ack/nothing')
        case(status == 403 and 'Not allowed' in text and 'Incident 0' not in text, 'a link that does not hold', text)
        case(ask('PUT', '/ack/nothing')[0] == 405, 'a link takes no other method')
        child.send_signal(signal.SIGHUP)
        write('RUNBOOK.md', RUNBOOK.replace('5%', '7%'))
        case(within(20, lambda: '> 7%' in reeve('alert', 'list').stdout), 'a hang-up ends nothing', child.poll())
        refused('nothing is known of a rule without a target', ['status'], 1, [])
        case('no target to read from' in reeve('status').stdout, 'and status says so')
        done = reeve('incident', 'declare', 'It is down')
        case('opened as SEV2' in done.stdout, 'the second worst severity is the usual one', done)
        refused('a second daemon is refused', ['serve'], 3, [str(child.pid)])
        write('reeve.yaml', CONFIGURATION + 'targtes: []\n')
        done = reeve('incident', 'note', '1', 'seen')
        case(done.returncode == 0 and 'did you mean "targets"' in done.stderr and 'seen' in done.stdout,
             'a slip in reeve.yaml does not cut off the daemon', done)
        write('reeve.yaml', CONFIGURATION)
    case(child.returncode == 0, 'and the daemon ended when it was asked to', child.returncode)


def lost_key():
    for name in ('key', 'key.pub'):
        os.rename(f'state/{name}', name)
    refused('a lost key is not replaced', ['serve'], 3, ['state/key', 'Restore it from a backup'])
    case(not os.path.exists('state/key'), 'and none was made')
    for name in ('key', 'key.pub'):
        os.rename(name, f'state/{name}')
    done = reeve('ledger', 'verify')
    case(done.returncode == 0, 'with the key the ledger verifies', done)


def held_lock():
    with open('state/lock', 'r+', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        threading.Timer(0.5, fcntl.flock, [lock, fcntl.LOCK_UN]).start()
        done = reeve('incident', 'note', '1', 'waited')
        case(done.returncode == 0, 'a lock held for a moment is waited for', done)
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused('one that stays is not', ['incident', 'note', '1', 'no'], 3, ['already holds this ledger'])


def slips():
    for line, words in (('listen: 0.0.0.0:7333\n', ['on this machine only', 'reverse proxy', 'SSH tunnel']),
                        ('signals: { error rate: { failures: "a{b=", of: b } }\n', ['reeve.yaml:5:']),
                        ('signals: { error rate: { gauge: a, scale: 0 } }\n', ['reeve.yaml:5:'])):
        write('reeve.yaml', CONFIGURATION.replace('listen: 127.0.0.1:0\n', '') + line if 'listen' in line
              else CONFIGURATION + line)
        for command in (['check'], ['config', 'show'], ['alert', 'list'], ['serve']):
            refused(f'{" ".join(command)} refuses: {line.strip()}', command, 2, words)
    write('reeve.yaml', CONFIGURATION.replace('SEV2', 'SEV9'))
    for command in (['check'], ['serve']):
        refused(f'{" ".join(command)} refuses a severity that the runbook has not', command, 2,
                ['reeve.yaml:4:', 'no severity "SEV9"; it has SEV1, SEV2, SEV3'])
    write('reeve.yaml', CONFIGURATION)


def main():
    folder = tempfile.mkdtemp(prefix='reeve-serving-')
    for program in sys.argv[1:3]:
        shutil.copy(program, folder)
    if os.getuid() == 0:
        os.chown(folder, 65534, 65534)
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    os.chdir(folder)
    try:
        write('RUNBOOK.md', RUNBOOK)
        refused('without a configuration nothing begins', ['serve'], 2, ['no configuration in this folder', '--config'])
        case('usage' in reeve('help').stdout.lower() and reeve('help').returncode == 0, 'help is a command')
        case(reeve('help', 'check').stdout == reeve('check', '--help').stdout != '', 'help check is check --help')
        write('reeve.yaml', CONFIGURATION)
        hang_up()
        lost_key()
        held_lock()
        slips()
    finally:
        os.chdir('/')
        shutil.rmtree(folder, ignore_errors=True)
    print(f'1..{number}')
    sys.exit(1 if bad else 0)


main()
