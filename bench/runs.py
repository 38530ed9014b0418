#!/usr/bin/python3
"""A thousand runs that wait and two hundred commands that run, on one machine: how soon the page answers, what it costs;
and how soon Reeve is there again with ten thousand runs in its ledger.

Nothing here fails: it prints figures beside the aims (99 % of answers under 100 ms; start under a second).
Usage: bench/runs.py BUILD
"""
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

WAITING, RUNNING, PAST, ANSWERS = 1000, 200, 10000, 400
BUILD = os.path.abspath(sys.argv[1])
REEVE = f'{BUILD}/src/main/reeve'


def runbook():
    commands = ''.join(f'# Sleep {n:03}\nsleep 3600\n\n' for n in range(RUNNING))
    return ('# Runs\n\n## Severity Levels\n- **P1 (High)**: Down\n  - Response time: 15 minutes\n\n'
            '## Waiting\n1. Tell the team\n2. Wait for 30 days\n\n## Ticks\n- [ ] Once\n\n'
            f'## Commands\n```bash\n{commands}```\n')


class Company:
    def __init__(self, folder):
        self.folder, self.serve = folder, None
        with open(f'{folder}/RUNBOOK.md', 'w', encoding='ascii') as file:
            file.write(runbook())
        with open(f'{folder}/reeve.yaml', 'w', encoding='ascii') as file:
            file.write('runbook: RUNBOOK.md\nledger: state/reeve.db\nlisten: 127.0.0.1:0\ncommands: {}\n'
                       'access: { page_token: always }\n')

    def start(self):
        begun = time.monotonic()
        self.serve = subprocess.Popen([REEVE, 'serve'], cwd=self.folder, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True)
        line = self.serve.stdout.readline()
        self.address, _, self.token = line.split('http://', 1)[1].strip().partition('/?token=')
        return time.monotonic() - begun

    def stop(self):
        self.serve.send_signal(signal.SIGTERM)
        self.serve.wait(60)

    def ask(self, path, body=None):
        request = urllib.request.Request(f'http://{self.address}{path}', data=body,
                                         headers={'Authorization': f'Bearer {self.token}'})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def call(self, name, arguments):
        return self.ask(f'/api/{name}', arguments.encode())

    def shims(self):
        found = subprocess.run(['pgrep', '-P', str(self.serve.pid), '-f', 'reeve-work step'], stdout=subprocess.PIPE, text=True)
        return found.stdout.split()

    def memory_mb(self, pid=None):
        with open(f'/proc/{pid or self.serve.pid}/smaps_rollup', encoding='ascii') as rollup:
            return next(int(line.split()[1]) for line in rollup if line.startswith('Pss:')) / 1024


def answers(company, path):
    taken = []
    for _ in range(ANSWERS):
        begun = time.monotonic()
        company.ask(path)
        taken.append((time.monotonic() - begun) * 1000)
    taken.sort()
    return (f'{path:8} median {statistics.median(taken):.1f} ms, 99th of 100 '
            f'{taken[ANSWERS * 99 // 100]:.1f} ms, slowest {taken[-1]:.1f} ms')


def main():
    with tempfile.TemporaryDirectory(prefix='reeve-runs-') as folder:
        company = Company(folder)
        company.start()
        print(f'core alone: {company.memory_mb():.1f} MB')
        for number in range(1, WAITING + 1):
            company.call('run', '{"procedure":"Waiting"}')
            company.call('run/tick', f'{{"number":{number}}}')
        print(f'{WAITING} runs wait: {company.memory_mb():.1f} MB')
        for n in range(RUNNING):
            company.call('run', f'{{"procedure":"Sleep {n:03}"}}')
        time.sleep(15)
        shims = company.shims()
        print(f'and {len(shims)} commands run: {company.memory_mb():.1f} MB, and their shims together '
              f'{sum(company.memory_mb(shim) for shim in shims):.1f} MB')
        for path in ('/', '/runs/1', '/healthz'):
            print(answers(company, path))
        for n in range(RUNNING):
            company.call('run/cancel', f'{{"number":{WAITING + 1 + n},"reason":"enough"}}')
        time.sleep(10)
        company.stop()
    with tempfile.TemporaryDirectory(prefix='reeve-runs-') as folder:
        company = Company(folder)
        company.start()
        for number in range(1, PAST + 1):
            company.call('run', '{"procedure":"Ticks"}')
            company.call('run/tick', f'{{"number":{number}}}')
        company.stop()
        took = [company.start()]
        for _ in range(4):
            company.stop()
            took.append(company.start())
        print(f'start with {PAST} past runs: {statistics.median(took) * 1000:.0f} ms '
              f'({min(took) * 1000:.0f} to {max(took) * 1000:.0f})')
        company.stop()


main()
