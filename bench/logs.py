#!/usr/bin/python3
"""Counts levels and statuses of one file of JSON lines: ours beside node, jq and mtail, in turns, and a pass that
only looks for line ends. MB of file for each CPU second of the process, median and range of the rounds.
Usage: bench/logs.py BUILD [ROUNDS [LINES]]"""
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

NODE = r'''
const fs = require('fs'); const levels = {}, statuses = {}; let rest = '';
const fd = fs.openSync(process.argv[1]); const b = Buffer.alloc(262144);
for (let n; (n = fs.readSync(fd, b)) > 0;) {
  const lines = (rest + b.latin1Slice(0, n)).split('\n'); rest = lines.pop();
  for (const line of lines) { const o = JSON.parse(line);
    levels[o.level] = (levels[o.level] || 0) + 1; statuses[o.status] = (statuses[o.status] || 0) + 1; } }
'''
JQ = 'reduce inputs as $l ({}; .[$l.level] += 1 | .[$l.status | tostring] += 1)'
MTAIL = r'''
counter log_events_total by level
counter http_requests_total by status
/"level":"(?P<level>\w+)"/ {
  log_events_total[$level]++
}
/"status":(?P<status>\d+)/ {
  http_requests_total[$status]++
}
'''


def make_file(path, lines):
    chance = random.Random(7)
    messages = ['request completed', 'connection reset by peer', 'GET /api/orders/%d finished',
                'user %d not found in cache', 'timeout after %d ms waiting for "db-7"']
    with open(path, 'w', encoding='ascii') as file:
        for number in range(lines):
            message = chance.choice(messages).replace('%d', str(chance.randrange(100000)))
            file.write(json.dumps({
                'time': '2026-11-29T17:29:%02d.%03dZ' % (number // 1000 % 60, number % 1000),
                'level': chance.choice(['info'] * 4 + ['debug', 'warn', 'error']), 'msg': message,
                'service': 'shop-api', 'host': 'web-%d' % chance.randrange(20), 'pid': 1000,
                'req': {'id': '%08x' % chance.randrange(1 << 32), 'method': 'GET',
                        'path': '/api/orders/%d' % chance.randrange(100000),
                        'headers': {'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)', 'accept': '*/*'}},
                'status': chance.choice([200] * 4 + [304, 404, 500]),
                'duration_ms': chance.randrange(100000) / 100, 'bytes': chance.randrange(100000)},
                separators=(',', ':')) + '\n')


def cpu_s(command):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f'{command[0]} failed')
    return used.ru_utime + used.ru_stime


def main():
    build = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    lines = int(sys.argv[3]) if len(sys.argv) > 3 else 400000
    with tempfile.TemporaryDirectory() as folder:
        path, program = f'{folder}/log', f'{folder}/p.mtail'
        make_file(path, lines)
        with open(program, 'w', encoding='ascii') as file:
            file.write(MTAIL)
        ours = f'{build}/bench/bench-logs'
        runs = {'reeve, counted': [ours, path], 'reeve, fields': [ours, path, 'lines'],
                'reeve, index only': [ours, path, 'index'], 'line ends by memchr': [ours, path, 'memchr']}
        if shutil.which('node'):
            runs['node'] = ['node', '-e', NODE, path]
        if shutil.which('jq'):
            runs['jq'] = ['jq', '-n', JQ, path]
        if shutil.which('mtail'):
            runs['mtail'] = ['mtail', '-one_shot', '-logs', path, '-progs', program, '-log_dir', folder]
        size = os.path.getsize(path)
        rates = {name: [] for name in runs}
        for _ in range(rounds):
            for name, command in runs.items():
                rates[name].append(size / 1e6 / cpu_s(command))
        print(f'{lines} lines, {size / 1e6:.0f} MB, {rounds} rounds in turns; MB for each CPU second')
        for name, rate in rates.items():
            ratio = statistics.median(a / b for a, b in zip(rates['reeve, counted'], rate))
            print(f'{name:20} median {statistics.median(rate):6.0f}, {min(rate):.0f} to {max(rate):.0f}'
                  f'; ours is {ratio:.2f} times that')


main()
