#!/usr/bin/python3
"""run.py [--trials N] [--seed S] [--jobs N] [--only WORD] [--known FILE] [--list] -- ADAPTER [ARGUMENT…]

Plays the conformance cases against an engine for runbooks, through its adapter (README.md), and says in TAP for each
case: pass, fail, or not offered by this engine (a skip).

Promises: a case that fails shows what was asked and answered; whatever was started is ended. Refuses: a case that is
not understood whole. Waits only for what has to come, and where a case says that something must not come."""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
import trials  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE_S = float(os.environ.get('CONFORMANCE_PATIENCE', '60'))
ASKS = {'start', 'tick', 'skip', 'retry', 'cancel', 'resume', 'approve'}
ACTS = ASKS | {'kill', 'boot', 'stop', 'arm', 'wait_core', 'release', 'change', 'clock', 'save', 'restore', 'sound'}
CHECKS = {'step', 'is', 'says', 'starts', 'run_is', 'run', 'lines', 'content', 'exists', 'absent', 'facts', 'dead',
          'runs'}
KEYS = {'title', 'why', 'precondition', 'action', 'observation', 'needs', 'procedures', 'play'}


class Failed(Exception):
    """What the engine did is not what the case demands."""


class NotOffered(Exception):
    """The engine does not claim this."""


class Engine:
    """An adapter and the effects of its commands. asked and answered are kept for a failure's story."""

    def __init__(self, argv):
        self.folder = tempfile.mkdtemp(prefix='conformance-')
        os.chmod(self.folder, 0o777)
        self.story = []
        self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.last_run = None
        try:
            self.offers = self.ask('hello')['offers']
        except Failed:
            self.close()
            raise

    def ask(self, do, **fields):
        line = json.dumps({'do': do, **fields})
        try:
            self.child.stdin.write(line + '\n')
            self.child.stdin.flush()
            answer = json.loads(self.child.stdout.readline())
        except (OSError, ValueError) as error:
            raise Failed(f'the adapter died: {error}') from error
        if do not in ('state', 'facts') or 'failed' in answer:
            self.story.append(f'{line} -> {json.dumps(answer)[:600]}')
        if 'failed' in answer:
            raise Failed(f'"{do}" failed: {answer["failed"]}')
        if do == 'start' and 'run' in answer:
            self.last_run = answer['run']
        return answer

    def path(self, name):
        return f'{self.folder}/{name}'

    def lines(self, name):
        try:
            with open(self.path(name), encoding='utf-8', errors='replace') as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def close(self):
        try:
            self.ask('close')
            self.child.stdin.close()
            self.child.wait(30)
        except (Failed, OSError, subprocess.TimeoutExpired):
            self.child.terminate()
            self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def fill(value, engine):
    """{dir} is the folder of the effects."""
    if isinstance(value, str):
        return value.replace('{dir}', engine.folder)
    if isinstance(value, list):
        return [fill(one, engine) for one in value]
    if isinstance(value, dict):
        return {key: fill(one, engine) for key, one in value.items()}
    return value


def check_state(engine, want):
    """What is wrong with how the run stands, or None."""
    state = engine.ask('state', run=want.get('run', engine.last_run))
    if 'refused' in state:
        return state['refused']
    if 'run_is' in want and state['state'] not in want['run_is'].split('|'):
        return f'the run is {state["state"]}: {state["steps"]}'
    if 'step' in want:
        step = state['steps'][want['step'] - 1]
        if 'is' in want and step['state'] not in want['is'].split('|'):
            return f'step {want["step"]} is {step}'
        if 'starts' in want and step['starts'] != want['starts']:
            return f'step {want["step"]} was started {step["starts"]} times'
        if 'says' in want and not re.search(want['says'], step['says']):
            return f'step {want["step"]} says "{step["says"]}"'
    return None


def check_lines(engine, want):
    count = len(engine.lines(want['file']))
    if 'are' in want and count != want['are'] or count > want.get('at_most', count):
        return f'{want["file"]} has {count} lines'
    return None


def check_facts(engine, want):
    facts = engine.ask('facts', run=want.get('run', engine.last_run))['facts']
    found = [fact for fact in facts if fact['is'] == want['is'] and want.get('step', fact['step']) == fact['step']]
    return None if len(found) == want['are'] else f'{len(found)} facts "{want["is"]}": {facts}'


def is_alive(pid):
    """A process that has ended and that nobody has waited for does nothing more."""
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as file:
            return file.read().rpartition(')')[2].split()[0] not in ('Z', 'X')
    except (FileNotFoundError, ProcessLookupError):
        return False


def check(engine, want):
    """What is wrong, or None."""
    if not set(want) <= CHECKS or not want:
        raise ValueError(f'a check that is not understood: {want}')
    wrong = None
    if {'step', 'run_is'} & set(want):
        wrong = check_state(engine, want)
    if not wrong and 'lines' in want:
        wrong = check_lines(engine, want['lines'])
    if not wrong and 'facts' in want:
        wrong = check_facts(engine, want['facts'])
    if not wrong and 'content' in want:
        got = '\n'.join(engine.lines(want['content']['file']))
        wrong = None if got == want['content']['is'] else f'{want["content"]["file"]} holds {got!r}'
    if not wrong and 'exists' in want and not os.path.exists(engine.path(want['exists'])):
        wrong = f'there is no {want["exists"]}'
    if not wrong and 'absent' in want and os.path.exists(engine.path(want['absent'])):
        wrong = f'there is {want["absent"]}'
    if not wrong and 'dead' in want:
        pids = engine.lines(want['dead'])
        wrong = None if pids and not any(is_alive(pid) for pid in pids) else f'processes {pids} still run'
    if not wrong and 'runs' in want:
        runs = engine.ask('runs')['runs']
        wrong = None if len(runs) in want['runs'] else f'there are the runs {runs}'
    return wrong


def until(engine, want):
    deadline = time.monotonic() + PATIENCE_S
    while wrong := check(engine, want):
        if time.monotonic() > deadline:
            raise Failed(f'it did not come that {want}: {wrong}')
        time.sleep(0.03)


def stays(engine, want, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if wrong := check(engine, want):
            raise Failed(f'it did not stay that {want}: {wrong}')
        time.sleep(0.1)


def act(engine, line):
    refused = line.pop('refused', None)
    do = line.pop('do')
    if do not in ACTS:
        raise ValueError(f'there is no "{do}"')
    if do in ASKS - {'start'}:
        line.setdefault('run', engine.last_run)
    answer = engine.ask(do, **line)
    if refused == 'maybe':
        return
    if refused is None and 'refused' in answer:
        raise Failed(f'"{do}" was refused: {answer["refused"]}')
    if refused is not None and 'refused' not in answer:
        raise Failed(f'"{do}" was not refused: {answer}')
    if refused is not None and not answer['refused'].strip():
        raise Failed(f'"{do}" was refused without a word')


def play_line(engine, line):
    line = dict(line)
    if 'do' in line:
        act(engine, line)
    elif 'until' in line:
        until(engine, line['until'])
    elif 'expect' in line:
        if wrong := check(engine, line['expect']):
            raise Failed(f'expected {line["expect"]}, but {wrong}')
    elif 'stays' in line:
        stays(engine, line['stays'], line['seconds'])
    elif 'file' in line:
        with open(engine.path(line['file']), 'w', encoding='utf-8'):
            pass
    else:
        raise ValueError(f'not understood: {line}')


def safely(function, *arguments):
    """A case that breaks is a case that fails; the others go on."""
    try:
        return function(*arguments)
    except Exception as error:
        return 'fail', f'{type(error).__name__}: {error}'


def play(case, argv):
    """None, or (verdict, words)."""
    engine = Engine(argv)
    try:
        missing = [need for need in case['needs'] if need not in engine.offers]
        if missing:
            raise NotOffered(', '.join(missing))
        engine.ask('open', procedures=fill(case['procedures'], engine))
        for line in fill(case['play'], engine):
            play_line(engine, line)
        if (answer := engine.ask('sound')).get('refused'):
            raise Failed(f'the record does not hold: {answer["refused"]}')
    except NotOffered as words:
        return 'skip', f'not offered: {words}'
    except Failed as words:
        return 'fail', '\n'.join([str(words), *engine.story])
    finally:
        engine.close()
    return None


def read_cases(only):
    folder = os.path.join(HERE, 'cases')
    cases = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding='utf-8') as file:
            case = json.load(file)
        assert name.endswith('.json') and set(case) == KEYS, f'{name}: {set(case) ^ KEYS}'
        if only in name:
            cases.append((name[:-5], case))
    return cases


def row_of(name, case):
    """As README.md has it."""
    words = ['precondition', 'action', 'observation', 'why']
    return f'| `{name}` | {" | ".join([case["title"], *(case[word] for word in words)])} |'


def undescribed(cases):
    with open(os.path.join(HERE, 'README.md'), encoding='utf-8') as file:
        lines = set(file.read().splitlines())
    return [name for name, case in cases if row_of(name, case) not in lines]


class Report:
    def __init__(self, known):
        self.number = self.bad = 0
        self.known = known
        self.lock = threading.Lock()

    def judge(self, name, verdict):
        """A bug that is known is a skip until it is gone."""
        if name not in self.known or verdict and verdict[0] == 'skip':
            return verdict
        if verdict is None:
            return 'fail', 'this passes: take it from the known bugs'
        return 'skip', f'known bug: {self.known[name]}'

    def say(self, name, verdict):
        verdict = self.judge(name, verdict)
        with self.lock:
            self.number += 1
            failed = verdict is not None and verdict[0] == 'fail'
            self.bad += failed
            print(f'{"not ok" if failed else "ok"} {self.number} - {name}' +
                  (f' # SKIP {verdict[1]}' if verdict and not failed else ''))
            if failed:
                print('\n'.join(f'# {line}' for line in verdict[1].splitlines()))
            sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--trials', type=int, default=10, help='random kills')
    parser.add_argument('--seed', type=int, default=random.randrange(10**6))
    parser.add_argument('--jobs', type=int, default=3)
    parser.add_argument('--only', default='')
    parser.add_argument('--known', help='a JSON file: cases that this engine is known to fail, and why')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('adapter', nargs='*')
    options = parser.parse_args()
    cases = read_cases(options.only)
    if options.list:
        for name, case in cases:
            print(row_of(name, case))
        return 0
    known = {}
    if options.known:
        with open(options.known, encoding='utf-8') as file:
            known = json.load(file)
    report = Report(known)
    missing = undescribed(cases)
    lacking = ('fail', f'README.md lacks the lines of --list about {missing}')
    report.say('every case is described', lacking if missing else None)
    print(f'# seed {options.seed}')
    with ThreadPoolExecutor(options.jobs) as pool:
        played = [(name, pool.submit(safely, play, case, options.adapter)) for name, case in cases]
        for name, verdict in played:
            report.say(name, verdict.result())
        seeds = range(options.seed, options.seed + (options.trials if options.only in 'trial' else 0))
        thrown = [(f'trial of seed {seed}', pool.submit(safely, trials.play, Engine, options.adapter, seed, Failed))
                  for seed in seeds]
        for name, verdict in thrown:
            report.say(name, verdict.result())
    print(f'1..{report.number}')
    return 1 if report.bad else 0


if __name__ == '__main__':
    sys.exit(main())
