#!/usr/bin/python3
"""people.py REEVE REEVE-WORK - who gets in and what they may, over real HTTP: the first administrator, passwords,
sessions, forms of other sites, roles against every action, API tokens, and what of it is recorded. Runs as nobody when
started by root."""
import concurrent.futures
import contextlib
import encodings.idna  # while it can be read: nobody may not open the libraries of root
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

RUNBOOK = ('# Ours\n\n### Severity Levels\n- **SEV1 (Critical)**: All is down\n- **SEV2 (High)**: Some is down\n'
           '- **SEV3 (Low)**: It is slow\n\n### Critical Alerts\n- Error rate > 5% for 5 minutes\n\n'
           '## Cleaning\n```bash\n# Remove old files\nrm -rf /nowhere/old\n\n# Remove other files\nrm -rf /nowhere/other\n```\n')
CONFIGURATION = ('runbook: RUNBOOK.md\nledger: state/reeve.db\nlisten: 127.0.0.1:0\n'
                 'public_url: http://reeve.example\nalerts: { critical: SEV1, warning: SEV2 }\n'
                 'commands: { approvals: 1 }\n')
ROLES = ['viewer', 'responder', 'operator', 'approver', 'administrator']
PASSWORD = 'correct horse battery'
number = 0
bad = 0
addresses = iter(f'192.0.2.{n}' for n in range(1, 250))


def case(good, name, words=''):
    global number, bad
    number += 1
    bad += not good
    print(('ok' if good else 'not ok') + f' {number} - {name}', flush=True)
    if not good:
        print('\n'.join('# ' + line for line in str(words).splitlines()))


def write(name, text):
    with open(name, 'w', encoding='utf-8') as file:
        file.write(text)


def reeve(*arguments, typed=''):
    return subprocess.run(['./reeve', *arguments], text=True, timeout=60, input=typed, capture_output=True)


def within(seconds, question):
    until = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < until:
        time.sleep(0.05)
    return answer


def is_there():
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as one:
        return one.connect_ex('state/reeve.sock') == 0


class Daemon:
    """Reeve while it serves: its port, and the token when it printed one."""

    def __enter__(self):
        self.child = subprocess.Popen(['./reeve', 'serve'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=open('log', 'ab'), text=True)
        said = self.child.stdout.readline()
        found = re.search(r'http://127\.0\.0\.1:(\d+)/(?:\?token=(\S+))?', said)
        self.port, self.token = int(found[1]), found[2]
        within(20, is_there)
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(20)
        self.child.stdout.close()

    def ask(self, method, path, form=None, cookie=None, **headers):
        """(status, headers, text). headers: with _ for -; a form is sent as a page sends it."""
        sent = {name.replace('_', '-'): value for name, value in headers.items() if value is not None}
        if cookie:
            sent['Cookie'] = f'reeve={cookie}'
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            sent.setdefault('Content-Type', 'application/x-www-form-urlencoded')
        with contextlib.closing(http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)) as connection:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

    def log_in(self, name, password, address=None, **headers):
        """The status, and the new cookie or None."""
        status, head, text = self.ask('POST', '/login', {'name': name, 'password': password},
                                      X_Forwarded_For=address or next(addresses), **headers)
        found = re.match(r'reeve=([0-9a-f]{64});', head.get('Set-Cookie', ''))
        return status, found and found[1], text

    def csrf(self, cookie, path='/'):
        return re.search(r'<meta name="csrf" content="(\w*)">', self.ask('GET', path, cookie=cookie)[2])[1]

    def ask_json(self, action, token, arguments, **headers):
        sent = {name.replace('_', '-'): value for name, value in headers.items()}
        if token:
            sent['Authorization'] = f'Bearer {token}'
        with contextlib.closing(http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)) as connection:
            connection.request('POST', '/api/' + action.replace(' ', '/'), json.dumps(arguments), sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()


def facts():
    return reeve('ledger', 'show', '--last', '2000').stdout


HASHES = {}


def add(name, role):
    """An account with PASSWORD, whose hash is made once."""
    if PASSWORD not in HASHES:
        order = {'body': {}, 'deadline_ms': 20000, 'id': 'one', 'kind': 'password.hash',
                 'secrets': {'password': PASSWORD}}
        HASHES[PASSWORD] = json.loads(subprocess.run(['./reeve-work'], input=json.dumps(order), text=True, timeout=60,
                                                     capture_output=True).stdout)['detail']
    reeve('account', 'add', name, '--role', role)
    return reeve('account', 'password', name, '--hash', HASHES[PASSWORD])


def first_administrator():
    with Daemon() as daemon:
        status, head, text = daemon.ask('GET', f'/?token={daemon.token}')
        case(status == 200 and 'The first administrator' in text, 'the printed address asks for an administrator', text)
        case("default-src 'none'" in head['Content-Security-Policy'] and
             "frame-ancestors 'none'" in head['Content-Security-Policy'] and
             head['X-Content-Type-Options'] == 'nosniff' and head['Cache-Control'] == 'no-store' and
             'unsafe' not in head['Content-Security-Policy'], 'under a strict policy', head)
        case(daemon.ask('GET', '/', Authorization=f'Bearer {daemon.token}')[0] == 401 and
             daemon.ask('GET', '/', cookie=daemon.token)[0] == 401, 'the token opens no page')
        form = {'token': daemon.token, 'name': 'ana', 'password': PASSWORD, 'again': PASSWORD}
        for words, change in (('twelve', {'password': 'short', 'again': 'short'}), ('not the same', {'again': 'x'}),
                              ('name is', {'name': 'Ana Müller'}), ('somebody else', {'name': 'page'})):
            status, head, text = daemon.ask('POST', '/first', {**form, **change})
            case(status == 400 and 'Set-Cookie' not in head and (words in text or '12' in text),
                 f'not with {list(change.values())[0]}', text)
        status, head, text = daemon.ask('POST', '/first', {**form, 'token': daemon.token[:-1] + 'x'})
        case(status == 403 and 'Set-Cookie' not in head, 'nor with another token', text)
        status, head, text = daemon.ask('POST', '/first', form, Origin='http://evil.example')
        case(status == 403, 'nor from another site', text)
        status, head, text = daemon.ask('POST', '/first', form)
        cookie = head.get('Set-Cookie', '')
        case(status == 303 and re.fullmatch(r'reeve=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800',
                                            cookie), 'the first administrator is made and logged in', [status, cookie, text])
        status, _, text = daemon.ask('GET', '/account', cookie=cookie[6:70])
        case(status == 200 and 'ana' in text and 'administrator' in text, 'the session is theirs', text)
        for path, form_again in ((f'/?token={daemon.token}', None), ('/first', {**form, 'name': 'eve'})):
            status, _, text = daemon.ask('POST' if form_again else 'GET', path, form_again)
            case(status == 403 and 'used up' in text, f'the token is used up for {path[:7]}', [status, text])
        case(not os.path.exists('state/token'), 'and its file is gone')
        case(os.stat('state/accounts').st_mode & 0o777 == 0o600, 'what is secret is for its owner')
        with open('state/reeve.db', 'rb') as ledger:
            kept = ledger.read()
        with open('state/reeve.db-wal', 'rb') as ledger:
            kept += ledger.read()
        case(b'argon2' not in kept and cookie[6:70].encode() not in kept and PASSWORD.encode() not in kept,
             'no secret stands in the ledger')
    with Daemon() as daemon:
        case(daemon.token is None, 'the next start prints no token')
        status, _, text = daemon.ask('GET', '/', cookie=cookie[6:70])
        case(status == 200, 'and a session outlives a restart', text[:400])


def passwords(daemon):
    status, cookie, text = daemon.log_in('ana', PASSWORD)
    case(status == 303 and cookie, 'a name and its password log in', text)
    status, none, text = daemon.log_in('ana', PASSWORD + 'x')
    case(status == 403 and not none and 'Name or password is wrong' in text, 'a wrong password does not', text)
    status, none, unknown = daemon.log_in('nobody-has-it', PASSWORD)
    case(status == 403 and not none and unknown == text, 'an unknown name is told the same', unknown)
    reeve('account', 'add', 'bare', '--role', 'viewer')
    case(daemon.log_in('bare', PASSWORD)[0] == 403, 'an account without a password lets nobody in')
    status, fixed, _ = daemon.log_in('ana', PASSWORD, Cookie='reeve=' + '0' * 64)
    case(status == 303 and fixed and fixed != '0' * 64 and daemon.ask('GET', '/', cookie='0' * 64)[0] == 401,
         'a session cannot be given from outside')
    spent = []
    for name in ('ana', 'nobody', 'ana', 'no-one', 'ana', 'none-such'):
        begin = time.monotonic()
        daemon.log_in(name, 'wrong password here')
        spent.append(time.monotonic() - begin)
    case(min(spent[1::2]) > min(spent[0::2]) / 4, 'an unknown name takes as long', spent)


def lockout(daemon):
    add('lou', 'viewer')
    tries = [daemon.log_in('lou', 'wrong password here')[0] for _ in range(5)]
    status, _, text = daemon.log_in('lou', PASSWORD)
    case(tries == [403] * 5 and status == 429, 'after five tries the right password has to wait too', [tries, status])
    case('try again in' in text, 'and it is said how long', text)
    head = daemon.ask('POST', '/login', {'name': 'lou', 'password': PASSWORD}, X_Forwarded_For=next(addresses))[1]
    case(1 <= int(head['Retry-After']) <= 5, 'also to programs', head)
    case(daemon.log_in('ana', PASSWORD)[0] == 303, 'others are not held up')
    status = within(8, lambda: (got := daemon.log_in('lou', PASSWORD)[0]) == 303 and got)
    case(status == 303, 'the wait ends', status)
    case(daemon.log_in('lou', PASSWORD)[0] == 303, 'and what went well is forgotten')
    tries = [daemon.log_in(f'x{n}', 'wrong password here', '198.51.100.7, 203.0.113.9')[0] for n in range(5)]
    status = daemon.log_in('ana', PASSWORD, 'spoofed, 203.0.113.9')[0]
    case(tries == [403] * 5 and status == 429, 'an address has to wait as well, whatever it says of itself', status)
    case(daemon.log_in('ana', PASSWORD, '203.0.113.10')[0] == 303, 'another address does not')
    many = [daemon.log_in(f'y{n}', 'wrong password here', f'2001:db8::{n}')[0] for n in range(6)]
    case(many[5] == 429, 'a network of IPv6 is one address', many)


def forms(daemon):
    ana, ben = daemon.log_in('ana', PASSWORD)[1], None
    add('ben', 'responder')
    ben = daemon.log_in('ben', PASSWORD)[1]
    own, other = daemon.csrf(ana), daemon.csrf(ben)
    case(own and other and own != other and daemon.csrf(ana) == own, 'each session has a word of its own for its forms')
    page = daemon.ask('GET', '/', cookie=ana)[2]
    case('name="csrf" value=""' not in page and f'content="{own}"' in page, 'its pages carry it')
    declare = {'title': 'It is down', 'severity': 'SEV2'}

    def post(csrf, cookie=ana, **headers):
        form = dict(declare) if csrf is None else {**declare, 'csrf': csrf}
        return daemon.ask('POST', '/do/incident/declare', form, cookie, **headers)[0]
    case(post(None) == 403 and post('') == 403, 'a form without the word is refused')
    case(post(other) == 403, 'one with the word of another session too')
    case(post(own, Origin='http://evil.example') == 403, 'and one from another origin, even with it')
    case(post(own, Origin='null') == 403, 'or from nowhere')
    case(post(own, Sec_Fetch_Site='cross-site') == 403 and post(own, Sec_Fetch_Site='same-site') == 403,
         'the browser says so as well')
    case(reeve('incident', 'list').stdout.strip().startswith('No') or 'It is down' not in reeve('incident', 'list').stdout,
         'nothing was recorded', reeve('incident', 'list').stdout)
    case(daemon.ask_json('incident declare', 'x', declare)[0] == 401, 'the API without a token is refused')
    status = daemon.ask('POST', '/api/incident/declare', None, ana)[0]
    case(status == 403, 'the API with a cookie needs the word too', status)
    case(post(own, Origin=f'http://127.0.0.1:{daemon.port}', Sec_Fetch_Site='same-origin') == 303,
         'our own form is taken')
    page = daemon.ask('GET', '/incidents/1', cookie=ana)[2]
    case(page.count(f'name="csrf" value="{own}"') >= 3 and 'csrf" value=""' not in page, 'every form of a page has it')
    case('Ana declared' in facts() or 'Incident 1 opened' in facts(), 'it is recorded', facts())
    case(daemon.ask('POST', '/logout', {}, ana)[0] == 403, 'nobody is logged out by another site')
    status, head, _ = daemon.ask('POST', '/logout', {'csrf': own}, ana)
    case(status == 303 and 'Max-Age=0' in head['Set-Cookie'], 'logging out works')
    status, head, text = daemon.ask('GET', '/', cookie=ana)
    case(status == 401 and 'session is over' in text and 'Max-Age=0' in head['Set-Cookie'],
         'and the session is over for good', text)


def own_password(daemon):
    cookie = daemon.log_in('ben', PASSWORD)[1]
    other = daemon.log_in('ben', PASSWORD)[1]
    form = {'csrf': daemon.csrf(cookie), 'old': PASSWORD, 'password': 'another horse battery',
            'again': 'another horse battery'}
    status = daemon.ask('POST', '/account/password', {**form, 'old': 'not the old one'}, cookie)[0]
    case(status == 403, 'a new password needs the old one', status)
    status, head, text = daemon.ask('POST', '/account/password', form, cookie)
    case(status == 303 and 'Max-Age=0' in head['Set-Cookie'], 'a person changes their own password', text)
    case([daemon.ask('GET', '/', cookie=one)[0] for one in (cookie, other)] == [401, 401], 'and all sessions end')
    case(daemon.log_in('ben', PASSWORD)[0] == 403 and daemon.log_in('ben', 'another horse battery')[0] == 303,
         'the new one is good, the old one not')
    cookie = daemon.log_in('ben', 'another horse battery')[1]
    stream = http.client.HTTPConnection('127.0.0.1', daemon.port, timeout=10)
    stream.request('GET', '/events', headers={'Cookie': f'reeve={cookie}'})
    answer = stream.getresponse()
    answer.read(10)
    reeve('account', 'role', 'ben', 'viewer')
    case(daemon.ask('GET', '/', cookie=cookie)[0] == 401, 'another role ends the sessions')
    try:
        answer.read()
        ended = True
    except (TimeoutError, socket.timeout):
        ended = False
    case(ended, 'and what streams to an open page')
    stream.close()
    cookie = daemon.log_in('ben', 'another horse battery')[1]
    reeve('account', 'remove', 'ben')
    case(daemon.ask('GET', '/', cookie=cookie)[0] == 401 and daemon.log_in('ben', 'another horse battery')[0] == 403,
         'so does removal')


def table():
    """[(action, is_remote, permission)] as src/action/table*.c have them."""
    rows = []
    for name in ('table.c', 'table_approve.def', 'table_access.def'):
        with open(os.path.join(ROOT, 'src/action', name), encoding='utf-8') as file:
            text = file.read()
        for row in re.finditer(r'\{\.name = "([^"]+)",\s*\.summary(.*?)\.permission = PERMISSION_(\w+),\s*'
                               r'\.effect = EFFECT_(\w+)', text, re.S):
            rows.append((row[1], row[4] != 'LOCAL', row[3]))
    return rows


def may(role, permission, program):
    least = {'READ': 0, 'ACKNOWLEDGE': 1, 'RESPOND': 1, 'RUN': 2, 'APPROVE': 3, 'OWN': 4}[permission]
    if program and permission == 'APPROVE':
        return role == 'approver'
    return ROLES.index(role) >= least


def matrix(daemon):
    rows = table()
    case(len(rows) > 30 and any(row[2] == 'APPROVE' for row in rows), 'the table of actions is read', rows)
    for role in ROLES:
        token = reeve('api-token', 'new', f'p-{role}', '--may', role).stdout.strip().split('\n')[-1]
        add(f'm-{role}', role)
        cookie = daemon.log_in(f'm-{role}', PASSWORD)[1]
        csrf = daemon.csrf(cookie)
        wrong = []
        for action, remote, permission in rows:
            path = '/api/' + action.replace(' ', '/')
            for program in (True, False):
                status, _, text = daemon.ask('POST', path, Authorization=f'Bearer {token}') if program else \
                    daemon.ask('POST', path, cookie=cookie, X_Reeve_Csrf=csrf)
                refused = status == 403 and 'This needs the permission to' in text
                allowed = not refused and status in (200, 400, 403)
                want = may(role, permission, program) if remote else None
                if (not remote and status != 400) or (remote and (allowed, refused) != (want, not want)):
                    wrong.append((action, 'program' if program else 'person', status, text))
        case(not wrong, f'{role}: every action is allowed or refused as the table says', wrong)
        pages = [daemon.ask('GET', path, Authorization=f'Bearer {token}')[0] for path in ('/', '/incidents/1')]
        case(pages == [200, 200], f'{role}: the pages can be read', pages)


def approvals(daemon):
    add('ned', 'operator')
    add('pia', 'approver')
    cookies = {name: daemon.log_in(name, PASSWORD)[1] for name in ('ned', 'pia')}

    def do(name, action, **arguments):
        status, _, text = daemon.ask_json(action, None, arguments, Cookie=f'reeve={cookies[name]}',
                                          X_Reeve_Csrf=daemon.csrf(cookies[name]))
        return status, text
    status, text = do('pia', 'run', procedure='Remove old files')
    case(status == 200 and 'Pia started run 1' in text, 'an approver starts a run of what destroys something', text)
    status, text = do('pia', 'approve', number=1, step=1)
    case(status == 403 and 'You started run 1 yourself' in text, 'and cannot approve it', text)
    status, text = do('ned', 'approve', number=1, step=1)
    case(status == 403 and 'permission to approve' in text, 'an operator cannot at all', text)
    user = reeve('account', 'add', 'nobody', '--role', 'approver')
    reeve('account', 'password', 'nobody', '--hash', HASHES[PASSWORD])
    done = reeve('run', 'Remove other files')
    cookies['nobody'] = daemon.log_in('nobody', PASSWORD)[1]
    status, text = do('nobody', 'approve', number=2, step=1)
    if os.getuid() == 65534:
        case(status == 403 and 'You started run 2 yourself' in text,
             'nor can who started it on the machine, by logging in under that name', [user, done, text])
    token = reeve('api-token', 'new', 'gate', '--may', 'approver').stdout.strip().split('\n')[-1]
    status, _, text = daemon.ask_json('approve', token, {'number': 1, 'step': 1})
    case(status == 200 and 'program gate approved' in text, 'a program with that scope can', text)


def api_tokens(daemon):
    done = reeve('api-token', 'new', 'deploy', '--may', 'viewer', '--expires', '3s')
    token = done.stdout.strip().split('\n')[-1]
    case(re.fullmatch(r'reeve_[0-9a-f]{64}', token) and 'shown this once' in done.stderr, 'a token is printed', done)
    case(daemon.ask_json('status', token, {})[0] == 200, 'and lets its program in')
    status, _, text = daemon.ask_json('incident declare', token, {'title': 'No way', 'severity': 'SEV1'})
    case(status == 403 and 'API token with the scope viewer' in text, 'as far as its scope goes', text)
    case('The program deploy was refused incident declare' in facts(), 'which is recorded under its name')
    case(reeve('api-token', 'new', 'deploy', '--may', 'viewer').returncode == 3, 'a name is taken while it is good')
    status = within(8, lambda: (got := daemon.ask_json('status', token, {})[0]) == 401 and got)
    status, _, text = daemon.ask_json('status', token, {})
    case(status == 401 and 'has expired' in text, 'it expires', text)
    case('expired' in reeve('api-token', 'list').stdout, 'and the list says so', reeve('api-token', 'list').stdout)
    token = reeve('api-token', 'new', 'deploy', '--may', 'viewer').stdout.strip().split('\n')[-1]
    case(daemon.ask_json('status', token, {})[0] == 200, 'its name is free again')
    reeve('api-token', 'revoke', 'deploy')
    status, _, text = daemon.ask_json('status', token, {})
    case(status == 401 and 'was revoked' in text, 'a revoked one opens nothing', text)
    case('the API token deploy was revoked' in facts(), 'and who still uses it is recorded', facts()[-2000:])
    status = daemon.ask('GET', '/', Authorization='Bearer reeve_' + '0' * 64)[0]
    case(status == 401, 'nor does one that never was', status)
    done = reeve('api-token', 'new', 'x', '--may', 'viewer', '--expires', '9y')
    case(done.returncode == 2 and '366 days' in done.stderr, 'a token has an end', done)


def a_thousand_logins(daemon):
    def one(n):
        return daemon.log_in(f'user{n}', 'wrong password here', f'10.{n // 250}.{n % 250}.1')[0]
    cookie = daemon.log_in('ana', PASSWORD)[1]
    slowest, statuses = 0.0, []
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        begin = time.monotonic()
        waiting = [pool.submit(one, n) for n in range(1000)]
        while not all(future.done() for future in waiting):
            asked = time.monotonic()
            ok = daemon.ask('GET', '/', cookie=cookie)[0]
            slowest = max(slowest, time.monotonic() - asked)
            statuses.append(ok)
            time.sleep(0.05)
        spent = time.monotonic() - begin
    got = [future.result() for future in waiting]
    counted = {status: got.count(status) for status in set(got)}
    case(set(got) <= {403, 503} and 503 in got and 403 in got, f'of 1000 logins in {spent:.1f} s some wait, most are told '
         'to come again', counted)
    case(set(statuses) == {200} and slowest < 2.0, f'meanwhile the page answers (slowest {slowest * 1000:.0f} ms)',
         [slowest, statuses])
    lines = [line for line in facts().split('\n') if 'A login as an unknown name' in line]
    case(len(lines) < 200, f'and the ledger is not flooded ({len(lines)} facts)', '\n'.join(lines[-5:]))


def refusals():
    said = facts()
    for words in ('A login as ana from 192.0.2.', 'A login as an unknown name from', 'too many tries',
                  "another site's page sent it", 'its form was not written for the session of person:ana',
                  'its session is over or was never one', 'it brought a page token that is not good',
                  'it brought a token that is not known', 'was refused account add'):
        case(words in said, f'recorded: {words}', said[-3000:])
    case('nobody-has-it' not in said and 'wrong password here' not in said, 'what was typed is not')


def ways_back():
    with Daemon() as daemon:
        cookie = daemon.log_in('ana', PASSWORD)[1]
    os.remove('state/accounts')
    with Daemon() as daemon:
        case(daemon.ask('GET', '/', cookie=cookie)[0] == 401 and daemon.log_in('ana', PASSWORD)[0] == 403,
             'without the file of secrets nobody gets in')
        case('The file with the passwords is gone' in daemon.ask('GET', '/')[2], 'and the page says why')
        done = reeve('account', 'password', 'ana', typed='a third horse battery\n')
        case(done.returncode == 0 and daemon.log_in('ana', 'a third horse battery')[0] == 303,
             'the machine itself is the way back', done)
        address = reeve('token', 'new').stdout.strip()
        token = address.split('token=')[1]
        status, _, text = daemon.ask('GET', f'/?token={token}')
        case(status == 200 and 'The way back in' in text, 'so is a new token', text)
        within(5, lambda: facts().count('replaced the token of the page') > 1)
        user = 'nobody' if os.getuid() == 65534 else ''
        case(re.search(rf'(?i){user}\S* replaced the token of the page', facts()), 'which is recorded', facts()[-1500:])
        form = {'token': token, 'name': 'ana', 'password': PASSWORD, 'again': PASSWORD}
        status, head, text = daemon.ask('POST', '/first', form)
        case(status == 303 and daemon.log_in('ana', PASSWORD)[0] == 303, 'it sets a password', text)
        case(daemon.ask('POST', '/first', {**form, 'name': 'eve'})[0] == 403, 'once')
    for mode, words in ((0o644, 'chmod 600'), (0o660, 'chmod 600')):
        os.chmod('state/accounts', mode)
        done = reeve('serve')
        case(done.returncode == 3 and words in done.stderr and 'accounts' in done.stderr,
             f'a file of secrets with mode {mode:o} is refused with a sentence', done)
    os.chmod('state/accounts', 0o600)
    with open('state/accounts', 'a', encoding='utf-8') as file:
        file.write('grant eve everything\n')
    done = reeve('serve')
    case(done.returncode == 3 and 'Line ' in done.stderr, 'so is one that Reeve did not write', done)
    with open('state/accounts', encoding='utf-8') as file:
        lines = [line for line in file if not line.startswith('grant')]
    write('state/accounts', ''.join(lines))
    write('reeve.yaml', CONFIGURATION.replace('http://reeve', 'https://reeve'))
    with Daemon() as daemon:
        head = daemon.ask('POST', '/login', {'name': 'ana', 'password': PASSWORD})[1]
        case(head['Set-Cookie'].endswith('; Secure'), 'behind https the cookie never goes without it', head)
    write('reeve.yaml', CONFIGURATION)


def without_a_daemon():
    done = add('off', 'viewer')
    token = reeve('api-token', 'new', 'off-line', '--may', 'viewer').stdout.strip().split('\n')[-1]
    case(done.returncode == 0, 'accounts are made without a daemon too', done)
    with Daemon() as daemon:
        case(daemon.log_in('off', PASSWORD)[0] == 303 and daemon.ask_json('status', token, {})[0] == 200,
             'and let their people and programs in')
    for words, code, arguments, typed in (
            ('account "none"', 2, ('account', 'password', 'none'), PASSWORD + '\n'),
            ('12 to 1024', 2, ('account', 'password', 'off'), 'short\n'),
            ('is no role', 2, ('account', 'add', 'x', '--role', 'root'), ''),
            ('A name is', 2, ('account', 'add', 'X', '--role', 'viewer'), ''),
            ('hash must be', 2, ('account', 'password', 'off', '--hash', 'x'), ''),
            ('digest must be', 2, ('api-token', 'new', 'y', '--may', 'viewer', '--digest', 'x'), ''),
            ('name is missing', 2, ('account', 'password'), '')):
        done = reeve(*arguments, typed=typed)
        case(done.returncode == code and words in done.stderr, f'{" ".join(arguments)}: {words}', done)
    done = reeve('ledger', 'verify')
    case(done.returncode == 0, 'the ledger verifies', done)


ROOT = os.environ['REEVE_SOURCE_ROOT']


def main():
    folder = tempfile.mkdtemp(prefix='reeve-people-')
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
        write('reeve.yaml', CONFIGURATION)
        first_administrator()
        with Daemon() as daemon:
            for part in (passwords, lockout, forms, own_password, api_tokens, matrix, approvals, a_thousand_logins):
                part(daemon)
            refusals()
        ways_back()
        without_a_daemon()
    finally:
        os.chdir('/')
        shutil.rmtree(folder, ignore_errors=True)
    print(f'1..{number}')
    sys.exit(1 if bad else 0)


main()
