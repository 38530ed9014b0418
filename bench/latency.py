#!/usr/bin/python3
"""How long from a fault to the webhook: Reeve beside Prometheus with Alertmanager, in one run, fault by fault in turns.

A gauge on one page, another for each fault, goes over its limit at a random moment. Both read the page each second, decide
without a holding time, and call the same sink; Prometheus evaluates each second, Alertmanager waits for no group. What is measured is written
down in docs/measured.md by hand.

Between its scrape and its evaluation Prometheus has a fixed distance in a process's life: hashes of the target with the external labels, and of the
rule group, place both within the second. One such distance made 0.52 s, another one 1.45 s of the same machine. So each eighth fault it is started anew with
another external label, and the spread is over distances, too. Alertmanager and Reeve run through. Usage: bench/latency.py BUILD [FAULTS]
"""
import http.server
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.path.abspath(sys.argv[1])
FAULTS = int(sys.argv[2]) if len(sys.argv) > 2 else 40
FAULTS_A_PHASE = 8
SEEN_S, QUIET_S = 5, 3  # how long a fault lasts, and at least from one to the next
START_S = 15
RUNBOOK = '# Ours\n\n### Severity Levels\n- **P1 (High)**: Bad\n  - Response time: 1 hour\n\n### Critical Alerts\n' + ''.join(
    f'- Queue depth of w{n} > 75\n' for n in range(FAULTS))
REEVE = '''runbook: RUNBOOK.md
ledger: state/reeve.db
listen: 127.0.0.1:0
targets:
  - { name: app, url: "http://127.0.0.1:SINK/metrics", every: 1 s }
people:
  gate: { webhook: { url: "http://127.0.0.1:SINK/reeve", key: "file:key" }, roles: [responder] }
on_call: { primary: gate }
incidents: { repeat: 1 h }
signals:
''' + ''.join(f'  queue depth of w{n}: {{ gauge: queue_depth_w{n} }}\n' for n in range(FAULTS))
PROMETHEUS = '''global: { scrape_interval: 1s, evaluation_interval: 1s, external_labels: { phase: "PHASE" } }
rule_files: [rules.yml]
scrape_configs: [{ job_name: app, static_configs: [{ targets: ["127.0.0.1:SINK"] }] }]
alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:AM"] }] }] }
'''
ALERTMANAGER = '''route: { receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: hook, webhook_configs: [{ url: "http://127.0.0.1:SINK/prometheus", send_resolved: false }] }]
'''
faulty = -1
heard = {}
lock = threading.Lock()


class Sink(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, body=b''):
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(''.join(f'queue_depth_w{n} {90 if n == faulty else 10}\n' for n in range(FAULTS)).encode())

    def do_POST(self):
        now = time.monotonic()
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        with lock:
            heard.setdefault(self.path, now)
        self.answer()


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def write(folder, name, text):
    with open(f'{folder}/{name}', 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(f'{folder}/{name}', 0o600)


def start(folder, name, *words):
    return subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=open(f'{folder}/{name}.log', 'w'),
                            stderr=subprocess.STDOUT)


def start_prometheus(folder, number, sink, ports):
    """A phase of its own; a store of its own, so that it remembers no alert."""
    prom, am = ports
    text = PROMETHEUS.replace('SINK', str(sink)).replace('AM', str(am)).replace('PHASE', f'{number}-{random.randrange(10**9)}')
    write(folder, 'prometheus.yml', text)
    return start(folder, f'prom-{number}', 'prometheus', '--config.file=prometheus.yml', f'--web.listen-address=127.0.0.1:{prom}',
                 f'--storage.tsdb.path={folder}/tsdb-{number}')


def end(program):
    program.send_signal(signal.SIGTERM)
    program.wait(30)


def said(name, taken):
    taken.sort()
    if not taken:
        print(f'{name:28} nothing arrived')
        return
    print(f'{name:28} median {statistics.median(taken):.2f} s, least {taken[0]:.2f}, '
          f'99th of a hundred {taken[min(len(taken) - 1, int(len(taken) * 0.99))]:.2f}, most {taken[-1]:.2f} ({len(taken)} of {FAULTS})')


def resolve_all(folder):
    listed = subprocess.run([f'{BUILD}/src/main/reeve', 'incident', 'list', '--json'], cwd=folder, capture_output=True,
                            text=True, check=False).stdout
    for line in listed.splitlines():
        for incident in json.loads(line):
            subprocess.run([f'{BUILD}/src/main/reeve', 'incident', 'resolve', str(incident['number'])], cwd=folder,
                           capture_output=True, check=False)


def main():
    global faulty
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sink, am, prom = server.server_address[1], free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix='reeve-latency-') as folder:
        write(folder, 'RUNBOOK.md', RUNBOOK)
        write(folder, 'key', 'a-key-of-sixteen-bytes-or-more')
        write(folder, 'reeve.yaml', REEVE.replace('SINK', str(sink)))
        write(folder, 'alertmanager.yml', ALERTMANAGER.replace('SINK', str(sink)))
        write(folder, 'rules.yml', subprocess.run([f'{BUILD}/src/main/reeve', 'export', 'prometheus'], cwd=folder,
                                                  capture_output=True, text=True, check=True).stdout)
        programs = [start(folder, 'reeve', f'{BUILD}/src/main/reeve', 'serve')]
        peers = shutil.which('prometheus') and shutil.which('prometheus-alertmanager')
        if peers:
            programs += [start(folder, 'am', 'prometheus-alertmanager', '--config.file=alertmanager.yml',
                               f'--web.listen-address=127.0.0.1:{am}', '--cluster.listen-address=', f'--storage.path={folder}/am'),
                         start_prometheus(folder, 0, sink, (prom, am))]
        else:
            print('prometheus or prometheus-alertmanager is not installed: Reeve alone')
        taken = {'/reeve': [], '/prometheus': []}
        time.sleep(START_S)
        for fault in range(FAULTS):
            time.sleep(QUIET_S + random.random() * 2)
            if peers and fault > 0 and fault % FAULTS_A_PHASE == 0:
                end(programs.pop())
                programs.append(start_prometheus(folder, fault // FAULTS_A_PHASE, sink, (prom, am)))
                time.sleep(START_S + random.random())
            with lock:
                heard.clear()
            begun, faulty = time.monotonic(), fault
            time.sleep(SEEN_S)
            with lock:
                for path, at in heard.items():
                    taken[path].append(at - begun)
            faulty = -1
            resolve_all(folder)
        for program in programs:
            end(program)
    said('Reeve', taken['/reeve'])
    if peers:
        said('Prometheus and Alertmanager', taken['/prometheus'])


main()
