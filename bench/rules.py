#!/usr/bin/python3
"""Ten thousand rules of the runbook's forms: Reeve beside Prometheus, which evaluates the same rules as Reeve exports
them ("reeve export prometheus"), both reading the same page every 15 s.

Of each program a second one runs beside it, which reads the same page and has one rule: what that one uses is taken
off, so that what is left is the rules' own cost. Processor time is that of the processes (/proc), over rounds of 15
s: in one, Prometheus evaluates once, or less often when that takes longer (its own count is asked), and Reeve twice a
second. Memory is PSS, Reeve's of core, keeper and collector together. Rules that count over more minutes than have
passed are "unknown" to Reeve.
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
                lines += [f'bench_3_seconds_count{{{labels}}} {seen}',
                          f'bench_3_seconds_sum{{{labels}}} {seen * 0.01}']
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
    exported = subprocess.run([REEVE, 'export', 'prometheus'], cwd=from_reeve, stdout=subprocess.PIPE,
                              check=True).stdout
    write(f'{folder}/rules.yml', exported.decode())
    write(f'{folder}/prometheus.yml', PROMETHEUS.format(port=port))
    with open(f'{folder}/log', 'wb') as log:
        return listen, exported.count(b'- alert: '), subprocess.Popen(
            ['prometheus', '--config.file=prometheus.yml', f'--web.listen-address=127.0.0.1:{listen}',
             f'--storage.tsdb.path={folder}/tsdb'], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def told(listen):
    """Of Prometheus itself: how many rules it has evaluated, and the wall seconds that it took for all of them last."""
    if not listen:
        return 0, float('nan')
    evaluated, lasted = 0, float('nan')
    with urllib.request.urlopen(f'http://127.0.0.1:{listen}/metrics', timeout=30) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith('prometheus_rule_evaluations_total{'):
                evaluated += float(line.rpartition(' ')[2])
            elif line.startswith('prometheus_rule_group_last_duration_seconds{'):
                lasted = float(line.rpartition(' ')[2])
    return evaluated, lasted


def show_states(folder, listen):
    """Whether both really decide: how many rules are known to each."""
    listed = subprocess.run([REEVE, 'alert', 'list', '--json'], cwd=folder, stdout=subprocess.PIPE,
                            check=True).stdout
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
    """Of each program, round by round: what it and its idle neighbour used, its memory; how many rules Prometheus
    evaluated, and how long it took for all."""
    used = {name: [] for name in pairs}
    idle, memory = {name: [] for name in pairs}, {name: [] for name in pairs}
    evaluated, lasted = [], []
    for _ in range(ROUNDS):
        before = {name: [cpu_s(process) for process in pair] for name, pair in pairs.items()}
        evaluated_before, _ = told(listen)
        time.sleep(ROUND_S)
        for name, pair in pairs.items():
            after = [cpu_s(process) for process in pair]
            used[name].append(after[0] - before[name][0])
            idle[name].append(after[1] - before[name][1])
            memory[name].append(memory_mb(pair[0]))
        evaluated_now, took = told(listen)
        evaluated.append(evaluated_now - evaluated_before)
        lasted.append(took)
    return used, idle, memory, evaluated, lasted


def show(used, idle, memory, evaluated, lasted):
    own = {name: [max(a - b, 0) for a, b in zip(used[name], idle[name])] for name in used}
    for name in used:
        print(f'{name:11} CPU s in each {ROUND_S} s: with the rules {spread(used[name])}, '
              f'with one rule {spread(idle[name])}, the rules alone {spread(own[name])}')
        print(f'{"":11} memory, MB PSS: {spread(memory[name], 1)}')
    each = [value * EVALUATE_S / ROUND_S for value in own['Reeve']]
    print(f'{"Reeve":11} CPU s of one evaluation of all, at {1 / EVALUATE_S:.0f} a second (fewer on a busy machine): '
          f'{spread(each, 4)} (aim 0.04)')
    if 'Prometheus' not in own:
        return
    theirs = [value * RULES / count for value, count in zip(own['Prometheus'], evaluated) if count > 0]
    print(f'{"Prometheus":11} CPU s of one evaluation of all, by its own count of evaluations: {spread(theirs)}; '
          f'in {ROUND_S} s it evaluated all {spread([count / RULES for count in evaluated], 2)} times; '
          f'the newest took {spread(lasted)} s of the wall')
    print(f'Reeve beside Prometheus, round by round: one evaluation {spread([a / b for a, b in zip(each, theirs)], 4)}, '
          f'all of {ROUND_S} s {spread([a / b for a, b in zip(own["Reeve"], own["Prometheus"]) if b > 0], 3)}, memory '
          f'{spread([a / b for a, b in zip(memory["Reeve"], memory["Prometheus"])], 3)}')


def show_process():
    """A round of the core without the processes around it: readings folded, rules evaluated, decided, recorded."""
    program = f'{BUILD}/bench/bench-rules'
    if os.access(program, os.X_OK):
        said = subprocess.run([program, str(RULES), '1', '0'], stdout=subprocess.PIPE, text=True, check=True).stdout
        print('\n'.join(f'in process: {line}' for line in said.splitlines() if line.startswith('rules, a round')))


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
            print(f'{RULES} rules, {count} of them exported; {len(page()) / 1024:.0f} kB to read every 15 s; '
                  f'{ROUNDS} rounds')
        else:
            print('prometheus is not installed: Reeve alone')
        time.sleep(WARM_S)
        try:
            taken = rounds(pairs, listen)
            show_states(f'{folder}/reeve', listen)
            show(*taken)
            show_process()
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
