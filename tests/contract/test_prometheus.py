#!/usr/bin/python3
"""test_prometheus.py REEVE [TESTS] - the same as test_promtool.py, asked of a running Prometheus: the series are put into
its storage (promtool tsdb create-blocks-from openmetrics), and it is asked the expressions that `reeve export prometheus`
writes, at each look (query_range). `for` is then counted by the model that test_promtool.py holds against promtool."""
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
import urllib.request

import test_promtool
from prometheus_models import STALE, Exact, Prometheus, prometheus_fires, reeve_states

TESTS = int(sys.argv[2]) if len(sys.argv) > 2 else 12
APART = 3600  # tests stand behind each other in time: no range and no lookback reaches from one to the other


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def write_samples(folder, tests, begin):
    lines = []
    names = sorted({s.name for series, _, _ in tests for s in series})
    for name in names:
        for number, (series, _, _) in enumerate(tests):
            lines += [f'{s.text()} {value!r} {begin + number * APART + at}' for s in series if s.name == name
                      for at, value in s.samples if value != STALE]
    with open(os.path.join(folder, 'samples'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n# EOF\n')
    subprocess.run(['promtool', 'tsdb', 'create-blocks-from', 'openmetrics', 'samples', 'data'], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)


class Server:
    def __init__(self, folder):
        self.address = f'127.0.0.1:{free_port()}'
        with open(os.path.join(folder, 'prometheus.yml'), 'w', encoding='utf-8') as file:
            file.write('global: { scrape_interval: 1h }\n')
        self.process = subprocess.Popen(
            ['prometheus', '--config.file=prometheus.yml', '--storage.tsdb.path=data', f'--web.listen-address={self.address}'],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            try:
                urllib.request.urlopen(f'http://{self.address}/-/ready', timeout=5).read()
                return
            except OSError:
                assert self.process.poll() is None, 'Prometheus has ended'
                time.sleep(0.1)
        raise AssertionError('Prometheus is not ready after 30 s')

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def times(self, expression, begin, step):
        """When the expression has a result, in seconds from begin."""
        asked = urllib.parse.urlencode({'query': expression, 'start': begin, 'step': step,
                                        'end': begin + step * test_promtool.LOOKS})
        with urllib.request.urlopen(f'http://{self.address}/api/v1/query_range?{asked}', timeout=30) as answer:
            said = json.load(answer)
        assert said['status'] == 'success' and len(said['data']['result']) <= 1, said
        return {int(at) - begin for result in said['data']['result'] for at, _ in result['values']}


def compare(rule, test, evaluation, times, fires):
    """(equal looks, what is wrong)"""
    series, interval, shape = test
    rule.bind(series)
    whole = [Prometheus().truth(rule, now) for now in times]
    if whole != [now in fires for now in times]:
        return 0, 'the running Prometheus is not as its model'
    exact = Exact(rule, len(series[0].values), interval)
    truths = [exact.truth(now) for now in times]
    mine = [state == 'firing' and not calm for state, calm in reeve_states(truths, times, rule.hold)]
    theirs = prometheus_fires(whole, times, rule.hold)
    seek = test_promtool.Reasons(rule, interval, times, truths, theirs)
    unknown = [now for at, now in enumerate(times) if mine[at] != theirs[at] and seek.reason(at) is None]
    return sum(a == b for a, b in zip(mine, theirs)), f'nobody knows why they differ at {unknown[0]} s' if unknown else ''


def play():
    maker = test_promtool.Maker(test_promtool.SEED + 1000)
    rules, evaluation = maker.rules(), 15
    tests = []
    while len(tests) < TESTS:
        test = maker.test(evaluation)
        if test[2] != 'ends':  # the text format of samples has no stale markers
            tests.append(test)
    begin = (int(time.time()) // APART - TESTS - 3) * APART
    times = [k * evaluation for k in range(test_promtool.LOOKS + 1)]
    equal, looks, wrong = 0, 0, []
    with tempfile.TemporaryDirectory(prefix='reeve-prometheus-') as folder:
        test_promtool.write_company(folder, rules)
        names = test_promtool.alert_names(folder)
        with open(os.path.join(folder, 'rules.yml'), encoding='utf-8') as file:
            expressions = {name: json.loads(expression) for name, expression in
                           re.findall(r'- alert: "(\w+)"\n +expr: (".*")\n', file.read())}
        write_samples(folder, tests, begin)
        server = Server(folder)
        try:
            for number, test in enumerate(tests):
                for line, rule in enumerate(rules, 2):
                    expression = expressions[names[str(line)]]
                    fires = server.times(expression, begin + number * APART, evaluation)
                    same, problem = compare(rule, test, evaluation, times, fires)
                    equal, looks = equal + same, looks + len(times)
                    if problem:
                        wrong.append(f'"{rule.sentence}" of test {number} ({test[2]}): {problem}')
        finally:
            server.close()
    return equal, looks, wrong


def main():
    case = f'{TESTS} tests of nine rules each: a running Prometheus says what promtool says, no difference without a reason'
    print('TAP version 13\n1..1')
    if not shutil.which('prometheus') or not shutil.which('promtool'):
        print(f'ok 1 - {case} # SKIP prometheus is not installed')
        return 0
    equal, looks, wrong = play()
    print(f'# {equal} of {looks} looks equal')
    print(('not ok' if wrong else 'ok') + f' 1 - {case}')
    print(''.join(f'# {line}\n' for line in wrong[:20]), end='')
    return bool(wrong)


if __name__ == '__main__':
    sys.exit(main())
