#!/usr/bin/python3
"""Ten thousand rules of the runbook's forms: Reeve beside Prometheus, which evaluates the same rules as Reeve exports them
("reeve export prometheus"), both reading the same page every 15 s.

Of each program a second one runs beside it, which reads the same page and has one rule: what that one uses is taken off, so that
what is left is the rules' own cost. Processor time is that of the processes (/proc), over rounds of 15 s: in one, Prometheus
evaluates once and Reeve about every half second. Memory is PSS, Reeve's of core, keeper and collector together.
Nothing here fails: it prints figures. What is measured is written down in docs/measured.md by hand.
Usage: bench/rules.py BUILD [ROUNDS [RULES]] - 7 and 10,000.
"""
import collections
import http.server
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

BUILD = os.path.abspath(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 7
RULES = int(sys.argv[3]) if len(sys.argv) > 3 else 10000
REEVE = f'{BUILD}/src/main/reeve'
SIGNALS, WORKERS, ROUND_S, WARM_S, EVALUATE_S = 180, 5, 15, 75, 0.5
EDGES = ('0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '30', '60', '+Inf')
TICKS = os.sysconf('SC_CLK_TCK')
BEGUN = time.monotonic()
HEAD = '# Ours\n\n## Severity Levels\n- **P1 (High)**: Bad\n  - Response time: 15 minutes\n\n## Critical Alerts\n'
REEVE_YAML = '''runbook: RUNBOOK.md
ledger: state/reeve.db
listen: 127.0.0.1:0
access: {{ page_token: always }}
targets:
  - {{ name: app, url: "http://127.0.0.1:{port}/metrics", every: 15 s }}
signals:
{signals}'''
PROMETHEUS = '''global: {{ scrape_interval: 15s, evaluation_interval: 15s }}
rule_files: [rules.yml]
scrape_configs: [{{ job_name: app, static_configs: [{{ targets: ["127.0.0.1:{port}"] }}] }}]
'''


def name_of(number):
    return 'response time' if number % 4 == 3 else f'Queue depth of w{number}'


def binding(number):
    total = f'bench_{number}_total'
    if number % 4 == 3:
        return '{ histogram: bench_3_seconds }'
    return (f'{{ failures: \'{total}{{status="500"}}\', of: {total} }}', f'{{ count: {total} }}',
            f'{{ gauge: bench_{number}_depth }}')[number % 4]


def signals():
    numbers = [number for number in range(SIGNALS) if number % 4 != 3 or number == 3]
    return ''.join(f'  {name_of(number)}: {binding(number)}\n' for number in numbers)


def rule(number):
    """As bench_rules.c writes them: ratios, counts, gauges and quantiles in turn, limits and lengths that differ."""
    which, level = number % SIGNALS, number // SIGNALS
    minutes, limit = (1, 2, 5, 10, 15, 30)[level % 6], 2 + level * 0.7
    return (f'- {name_of(which)} ' + (f'> {limit:.1f}% for {minutes} minutes', f'> {limit * 40:.0f} in {minutes} minutes',
                                      f'> {limit:.1f} for {minutes} minutes',
                                      f'p95 > {limit * 40:.0f} ms for {minutes} minutes')[which % 4] + '\n')


def page():
    """Counters that move with time, all of it well."""
    passed, lines = time.monotonic() - BEGUN, []
    for number in range(SIGNALS):
        for worker in range(WORKERS):
            labels, seen = f'worker="{worker}"', int((20 + worker) * passed)
            if number % 4 == 2:
                lines.append(f'bench_{number}_depth{{{labels}}} {worker / 5}')
            elif number % 4 == 1:
                lines.append(f'bench_{number}_total{{{labels}}} {passed / 100:.0f}')
            elif number % 4 == 0:
                lines.append(f'bench_{number}_total{{{labels},status="500"}} {seen // 1000}')
                lines.append(f'bench_{number}_total{{{labels},status="200"}} {seen}')
            elif number == 3:
                lines += [f'bench_3_seconds_bucket{{{labels},le="{edge}"}} {seen}' for edge in EDGES]
                lines += [f'bench_3_seconds_count{{{labels}}} {seen}', f'bench_3_seconds_sum{{{labels}}} {seen * 0.01}']
    return ('\n'.join(lines) + '\n').encode()


class Page(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        body = page()
        self.send_response(200)
        self.send_header('Content-Type', 'text/plain; version=0.0.4')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def pids_of(process):
    """The process and its children."""
    with open(f'/proc/{process.pid}/task/{process.pid}/children', encoding='ascii') as listed:
        return [process.pid] + [int(word) for word in listed.read().split()]


def cpu_s(process):
    total = 0
    for pid in pids_of(process):
        with open(f'/proc/{pid}/stat', encoding='ascii') as stat:
            words = stat.read().rpartition(')')[2].split()
        total += (int(words[11]) + int(words[12])) / TICKS
    return total


def memory_mb(process):
    total = 0
    for pid in pids_of(process):
        with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as rollup:
            total += next(int(line.split()[1]) for line in rollup if line.startswith('Pss:')) / 1024
    return total


def start_reeve(folder, port, rules):
    os.mkdir(folder)
    write(f'{folder}/RUNBOOK.md', HEAD + ''.join(rule(number) for number in range(rules)))
    write(f'{folder}/reeve.yaml', REEVE_YAML.format(port=port, signals=signals()))
    with open(f'{folder}/log', 'wb') as log:
        return subprocess.Popen([REEVE, 'serve'], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def start_prometheus(folder, port, from_reeve):
    os.mkdir(folder)
    listen = free_port()
    exported = subprocess.run([REEVE, 'export', 'prometheus'], cwd=from_reeve, stdout=subprocess.PIPE, check=True).stdout
    write(f'{folder}/rules.yml', exported.decode())
    write(f'{folder}/prometheus.yml', PROMETHEUS.format(port=port))
    with open(f'{folder}/log', 'wb') as log:
        return listen, exported.count(b'- alert: '), subprocess.Popen(
            ['prometheus', '--config.file=prometheus.yml', f'--web.listen-address=127.0.0.1:{listen}',
             f'--storage.tsdb.path={folder}/tsdb'], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def told(listen):
    """Of Prometheus itself: how long its newest evaluation of the rules took, in wall seconds."""
    with urllib.request.urlopen(f'http://127.0.0.1:{listen}/metrics', timeout=30) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith('prometheus_rule_group_last_duration_seconds{'):
                return float(line.rpartition(' ')[2])
    return float('nan')


def show_states(folder, listen):
    """Whether both really decide: how many rules are known to each."""
    listed = subprocess.run([REEVE, 'alert', 'list', '--json'], cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    truths = collections.Counter(one['truth'] for line in listed.splitlines() for one in json.loads(line))
    print('Reeve       says of its rules: ' + ', '.join(f'{count} {truth}' for truth, count in truths.most_common()))
    if listen:
        with urllib.request.urlopen(f'http://127.0.0.1:{listen}/api/v1/rules', timeout=60) as answer:
            groups = json.load(answer)['data']['groups']
        healths = collections.Counter((one['health'], one['state']) for group in groups for one in group['rules'])
        print('Prometheus  says of its rules: ' + ', '.join(f'{count} {health} and {state}'
                                                           for (health, state), count in healths.most_common()))


def spread(values, digits=3):
    return f'median {statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})'


def rounds(pairs, listen):
    """Of each program, round by round: what it and its idle neighbour used, and its memory."""
    used = {name: [] for name in pairs}
    idle, memory, wall = {name: [] for name in pairs}, {name: [] for name in pairs}, []
    for _ in range(ROUNDS):
        before = {name: [cpu_s(process) for process in pair] for name, pair in pairs.items()}
        time.sleep(ROUND_S)
        for name, pair in pairs.items():
            after = [cpu_s(process) for process in pair]
            used[name].append(after[0] - before[name][0])
            idle[name].append(after[1] - before[name][1])
            memory[name].append(memory_mb(pair[0]))
        if listen:
            wall.append(told(listen))
    return used, idle, memory, wall


def show(used, idle, memory, wall):
    own = {name: [max(a - b, 0) for a, b in zip(used[name], idle[name])] for name in used}
    for name in used:
        print(f'{name:11} CPU s in each {ROUND_S} s: with the rules {spread(used[name])}, with one rule {spread(idle[name])}, '
              f'the rules alone {spread(own[name])}')
        print(f'{"":11} memory, MB PSS: {spread(memory[name], 1)}')
    evaluations = ROUND_S / EVALUATE_S
    print(f'{"Reeve":11} CPU s of one evaluation round, {evaluations:.0f} of them in {ROUND_S} s: '
          f'{spread([value / evaluations for value in own["Reeve"]], 4)} (aim 0.04)')
    if 'Prometheus' not in own:
        return
    print(f'{"Prometheus":11} CPU s of one evaluation round, 1 in {ROUND_S} s: {spread(own["Prometheus"])}; '
          f'by its own clock it took {spread(wall)} s of the wall')
    print(f'Reeve beside Prometheus, round by round: one evaluation '
          f'{spread([a / evaluations / b for a, b in zip(own["Reeve"], own["Prometheus"]) if b > 0], 4)}, all of {ROUND_S} s '
          f'{spread([a / b for a, b in zip(own["Reeve"], own["Prometheus"]) if b > 0], 3)}, '
          f'memory {spread([a / b for a, b in zip(memory["Reeve"], memory["Prometheus"])], 3)}')


def main():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    with tempfile.TemporaryDirectory(prefix='reeve-rules-') as folder:
        pairs = {'Reeve': (start_reeve(f'{folder}/reeve', port, RULES), start_reeve(f'{folder}/reeve-one', port, 1))}
        listen = None
        if shutil.which('prometheus'):
            listen, count, many = start_prometheus(f'{folder}/prometheus', port, f'{folder}/reeve')
            _, _, one = start_prometheus(f'{folder}/prometheus-one', port, f'{folder}/reeve-one')
            pairs['Prometheus'] = (many, one)
            print(f'{RULES} rules, {count} of them exported; {len(page()) / 1024:.0f} kB to read every 15 s; {ROUNDS} rounds')
        else:
            print('prometheus is not installed: Reeve alone')
        time.sleep(WARM_S)
        try:
            taken = rounds(pairs, listen)
            show_states(f'{folder}/reeve', listen)
            show(*taken)
        finally:
            for pair in pairs.values():
                for process in pair:
                    process.send_signal(signal.SIGTERM)
            for pair in pairs.values():
                for process in pair:
                    process.wait(60)
    with open('/proc/loadavg', encoding='ascii') as load:
        print(f'load of the machine at the end: {load.read().split()[0]}')


main()
