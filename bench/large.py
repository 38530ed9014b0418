#!/usr/bin/python3
"""A runbook of as many rules as there may be, and the programs that people use with it: how long the page, a line, the
lists and the checks take, how large they are, what a page that stays open costs, how soon Reeve is there again; once
while all is well and once after all rules have fired in the same moment.

Nothing here fails: it prints figures. What is measured is written down in docs/measured.md by hand.
Usage: bench/large.py BUILD [RULES] - 10,000.
"""
import http.client
import http.server
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.path.abspath(sys.argv[1])
RULES = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
REEVE = f'{BUILD}/src/main/reeve'
SIGNALS, ANSWERS, WATCHED_S = 180, 5, 10
TICKS = os.sysconf('SC_CLK_TCK')
CONFIG = '''runbook: RUNBOOK.md
ledger: state/reeve.db
listen: 127.0.0.1:0
access: {{ page_token: always }}
targets:
  - {{ name: app, url: "http://127.0.0.1:{port}/metrics", every: 1 s }}
people: {{ gate: {{ webhook: {{ url: "http://127.0.0.1:{port}/hook", key: "file:key" }}, roles: [responder] }} }}
on_call: {{ primary: gate }}
signals:
{signals}'''
HEAD = '# Ours\n\n## Severity Levels\n- **P1 (High)**: Bad\n  - Response time: 15 minutes\n\n## Critical Alerts\n'
trouble = False
pages = []


class Target(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, body):
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        depth = RULES * 2 if trouble else time.monotonic() % 10
        self.answer(''.join(f'large_{n}_depth {depth + n / 1000:.3f}\n' for n in range(SIGNALS)).encode())

    def do_POST(self):
        pages.append(self.rfile.read(int(self.headers.get('Content-Length', 0))))
        self.answer(b'')


class Company:
    def __init__(self, folder, port):
        self.folder, self.token, self.serve = folder, '', None
        with open(f'{folder}/RUNBOOK.md', 'w', encoding='ascii') as file:
            file.write(HEAD + ''.join(f'- Queue depth of w{n % SIGNALS} > {20 + n}\n' for n in range(RULES)))
        with open(f'{folder}/reeve.yaml', 'w', encoding='ascii') as file:
            file.write(CONFIG.format(port=port, signals=''.join(
                f'  Queue depth of w{n}: {{ gauge: large_{n}_depth }}\n' for n in range(SIGNALS))))
        with open(f'{folder}/key', 'w', encoding='ascii') as file:
            file.write('a-key-of-sixteen-bytes-or-more')
        os.chmod(f'{folder}/key', 0o600)

    def start(self):
        begun = time.monotonic()
        self.serve = subprocess.Popen([REEVE, 'serve'], cwd=self.folder, stdout=subprocess.PIPE,
                                      stderr=open(f'{self.folder}/log', 'a', encoding='utf-8'), text=True)
        self.address, _, token = self.serve.stdout.readline().split('http://', 1)[1].split()[0].partition('/?token=')
        self.address = self.address.rstrip('/')
        self.token = token or self.token  # told once
        return time.monotonic() - begun

    def stop(self):
        self.serve.send_signal(signal.SIGTERM)
        self.serve.wait(60)

    def open(self, path):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        connection.request('GET', path, headers={'Authorization': f'Bearer {self.token}'})
        return connection

    def get(self, path):
        """Seconds to the first byte and to the last, and how many bytes."""
        begun = time.monotonic()
        connection = self.open(path)
        answer = connection.getresponse()
        first = time.monotonic() - begun
        size = len(answer.read())
        connection.close()
        return first, time.monotonic() - begun, size, answer.status

    def cpu_s(self):
        with open(f'/proc/{self.serve.pid}/stat', encoding='ascii') as stat:
            words = stat.read().rpartition(')')[2].split()
        return (int(words[11]) + int(words[12])) / TICKS

    def memory_mb(self, field='Pss:', file='smaps_rollup'):
        with open(f'/proc/{self.serve.pid}/{file}', encoding='ascii') as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024

    def command(self, *words):
        begun = time.monotonic()
        said = subprocess.run([REEVE, *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        return time.monotonic() - begun, said.stdout

    def used(self, watched):
        """Core's processor seconds a second, with a page open that stays open or without; and bytes a second to it."""
        connection = self.open('/events') if watched else None
        answer = connection.getresponse() if connection else None
        received, lines = 0, 0
        if answer:
            answer.readline()
        before, begun = self.cpu_s(), time.monotonic()
        while time.monotonic() - begun < WATCHED_S:
            if not answer:
                time.sleep(0.2)
                continue
            line = answer.readline()
            if not line:
                print('  the stream was ended by Reeve')
                break
            received += len(line)
            lines += line.startswith(b'event: state')
        passed = time.monotonic() - begun
        if connection:
            connection.close()
        return (self.cpu_s() - before) / passed, received / passed, lines / passed


def spread(values):
    return f'median {statistics.median(values):.3f} s ({min(values):.3f} to {max(values):.3f})'


def look(company, when):
    print(f'\n{when}: core {company.memory_mb():.1f} MB PSS, '
          f'at most {company.memory_mb("VmHWM:", "status"):.1f} MB resident')
    rule = company.command('alert', 'list', '--json')[1]
    line = '/lines/' + rule.split(b'"rule":"', 1)[1].split(b'"', 1)[0].decode() if b'"rule":"' in rule else '/'
    for path in ('/', line, line + '?part=1', '/incidents/1', '/healthz'):
        taken = [company.get(path) for _ in range(ANSWERS)]
        print(f'{path.split("?")[0][:12]:12} {taken[0][3]} first byte {spread([one[0] for one in taken])}, all of it '
              f'{spread([one[1] for one in taken])}, {taken[0][2] / 1e6:.2f} MB')
    for words in (('status',), ('alert', 'list'), ('incident', 'list'), ('check',), ('export', 'prometheus')):
        taken = [company.command(*words) for _ in range(3)]
        print(f'{"reeve " + " ".join(words):24} {spread([one[0] for one in taken])}, {len(taken[0][1]) / 1e6:.2f} MB')
    alone, _, _ = company.used(False)
    watched, size, count = company.used(True)
    print(f'core uses {alone:.3f} CPU s a second, with one page that stays open {watched:.3f}, to which '
          f'{size / 1e6:.2f} MB a second go in {count:.1f} updates; {company.memory_mb():.1f} MB PSS')


def wait_for_incidents(company):
    begun = time.monotonic()
    while time.monotonic() - begun < 60 and b'"state":"open"' not in company.command('incident', 'list', '--json')[1]:
        time.sleep(0.1)
    return time.monotonic() - begun


def measure(company):
    global trouble
    print(f'{RULES} rules: the first start {company.start():.3f} s')
    time.sleep(5)
    look(company, 'all is well')
    trouble = True
    print(f'\nall rules fire: incidents after {wait_for_incidents(company):.2f} s')
    time.sleep(15)
    look(company, 'all of them fire')
    print(f'{len(pages)} messages to the one on call')
    trouble = False
    time.sleep(40)
    look(company, 'all is well again')
    company.stop()
    wall, processor = [], []
    for _ in range(ANSWERS):
        wall.append(company.start())
        processor.append(company.cpu_s())
        company.stop()
    print(f'\na start from that ledger: {spread(wall)}, of it {statistics.median(processor):.2f} CPU s')


def main():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Target)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix='reeve-large-') as folder:
        company = Company(folder, server.server_address[1])
        try:
            measure(company)
        finally:
            if company.serve and company.serve.poll() is None:
                company.stop()


main()
