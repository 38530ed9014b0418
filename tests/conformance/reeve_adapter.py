#!/usr/bin/python3
"""reeve_adapter.py REEVE REEVE-WORK - Reeve under the conformance suite's protocol (README.md): one JSON object a line
on standard input, one answer a line on standard output.

Drives the real programs in a temporary folder; everything it started is ended with it. As root the engine runs as
nobody, so that there are two people: nobody ("first") and root ("second"). reeve-work stands behind a small wrapper
that can kill the core between the record of a start and the start itself ("arm"); without being armed it only hands
over to the real one."""
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WRAPPER = '''#!/bin/sh
# Between the record that a step begins and its beginning: what "arm" asked for.
here=$(dirname "$0")
if [ "$1" = step ] && mv "$here/armed" "$here/fired" 2>/dev/null; then
    read -r how <"$here/fired"
    kill -9 "$(cat "$here/core.pid")"
    case $how in
    dies) exit 1 ;;
    late) while [ ! -e "$here/release" ]; do sleep 0.05; done ;;
    esac
fi
exec "$here/reeve-work.real" "$@"
'''
OFFERS = ['commands', 'persons', 'waits', 'menus', 'boxes', 'values', 'retry', 'skip', 'cancel', 'resume', 'facts',
          'kill core', 'kill worker', 'kill command', 'arm', 'change', 'cut', 'restore', 'clock']
STATES = {'planned', 'waiting', 'approval', 'ready', 'running', 'done', 'failed', 'doubted', 'skipped'}


class Refused(Exception):
    """The engine said no, with a sentence."""


class Reeve:
    def __init__(self, program, worker):
        self.program, self.worker = os.path.abspath(program), os.path.abspath(worker)
        self.folder = None
        self.core = None
        self.approvals = 1
        self.clock_s = 0
        self.is_root = os.geteuid() == 0

    # The engine's life.

    def hello(self, _):
        offers = OFFERS + (['approvals'] if self.is_root else [])
        if not self.clock_library():
            offers.remove('clock')
        return {'engine': 'Reeve', 'offers': offers}

    def clock_library(self):
        path = os.environ.get('CONFORMANCE_CLOCK', '')
        return path if os.path.exists(path) else None

    def open(self, asked):
        self.folder = tempfile.mkdtemp(prefix='reeve-conformance-')
        os.chmod(self.folder, 0o755)
        shutil.copy(self.program, f'{self.folder}/reeve')
        shutil.copy(self.worker, f'{self.folder}/reeve-work.real')
        self.write('reeve-work', WRAPPER)
        os.chmod(f'{self.folder}/reeve-work', 0o755)
        os.mkdir(f'{self.folder}/state')
        self.approvals = max([step.get('approvals', 0) for procedure in asked['procedures']
                              for step in procedure['steps']] + [0])
        self.change(asked)
        self.write('reeve.yaml', 'runbook: RUNBOOK.md\nledger: state/reeve.db\nlisten: 127.0.0.1:0\n'
                   f'commands: {{ approvals: {self.approvals} }}\n')
        self.set_clock(0)
        if self.is_root:
            nobody = pwd.getpwnam('nobody')
            for path, folders, files in os.walk(self.folder):
                for name in [path] + [f'{path}/{one}' for one in folders + files]:
                    os.chown(name, nobody.pw_uid, nobody.pw_gid)
        self.boot({})
        return {'folder': self.folder}

    def write(self, name, text):
        with open(f'{self.folder}/{name}.new', 'w', encoding='utf-8') as file:
            file.write(text)
        os.rename(f'{self.folder}/{name}.new', f'{self.folder}/{name}')

    def change(self, asked):
        """The runbook as the engine's language says it."""
        text = '# Conformance\n'
        for procedure in asked['procedures']:
            text += f'\n## {procedure["name"]}\n'
            for number, step in enumerate(procedure['steps'], 1):
                text += write_step('- [ ]' if procedure.get('any_order') else f'{number}.', step)
        self.write('RUNBOOK.md', text)
        if self.core:
            self.core.send_signal(signal.SIGHUP)
        return {}

    def as_first(self, *words):
        drop = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] if self.is_root else []
        return drop + [f'{self.folder}/reeve', *words]

    def environment(self):
        own = {'PATH': '/usr/bin:/bin', 'HOME': self.folder, 'LANG': 'C.UTF-8'}
        if self.clock_library():
            own.update(LD_PRELOAD=self.clock_library(), CONFORMANCE_CLOCK_FILE=f'{self.folder}/clock')
        return own

    def set_clock(self, by_s):
        self.clock_s += by_s
        path = f'{self.folder}/clock'
        with open(path, 'r+b' if os.path.exists(path) else 'w+b') as file:
            file.write(f'{self.clock_s:>20}'.encode())

    def clock(self, asked):
        self.set_clock(asked['by_s'])
        return {}

    def boot(self, _):
        for _ in range(20):
            with open(f'{self.folder}/log', 'ab') as log:
                self.core = subprocess.Popen(self.as_first('serve'), cwd=self.folder, stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, env=self.environment(), start_new_session=True)
            self.write('core.pid', f'{self.core.pid}\n')
            until = time.monotonic() + 30
            while self.core.poll() is None and time.monotonic() < until:
                if os.path.exists(f'{self.folder}/state/reeve.sock') and self.answers():
                    return {}
                time.sleep(0.02)
            if self.core.poll() is None:
                break
            time.sleep(0.1)  # the keeper of the core before may still hold its lock
        raise RuntimeError('the engine does not start: ' + open(f'{self.folder}/log', encoding='utf-8').read()[-500:])

    def answers(self):
        return self.run('run', 'list', '--json', check=False).returncode == 0 and self.core.poll() is None

    def run(self, *words, by='first', check=True, timeout=30):
        argv = self.as_first(*words) if by == 'first' else [f'{self.folder}/reeve', *words]
        done = subprocess.run(argv, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=self.environment(), timeout=timeout, check=False, errors='replace')
        if check and done.returncode != 0:
            raise Refused(done.stderr.strip() or f'it ended with {done.returncode}')
        return done

    # What people ask.

    def start(self, asked):
        words = ['run', asked['procedure'], '--json']
        for name, value in asked.get('values', {}).items():
            words += ['--set', f'{name}={value}']
        if asked.get('cut'):
            return self.cut(words)
        done = self.run(*words, by=asked.get('by', 'first'))
        facts = json.loads(done.stdout)['facts']
        return {'run': int(next(fact['subject'] for fact in facts if fact['kind'] == 'run.opened').split(':')[1])}

    def cut(self, words):
        """Asked of a core that is killed before it can answer."""
        os.kill(self.core.pid, signal.SIGSTOP)
        child = subprocess.Popen(self.as_first(*words), cwd=self.folder, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment())
        time.sleep(0.2)
        child.kill()
        child.wait()
        self.kill({'what': 'core'})
        return {'unanswered': True}

    def ask(self, verb, asked, *more):
        words = [*verb.split(), str(asked['run'])] + ([str(asked['step'])] if 'step' in asked else [])
        self.run(*words, *more, by=asked.get('by', 'first'))
        return {}

    def tick(self, asked):
        return self.ask('run tick', asked, *(['--note', asked['note']] if 'note' in asked else []))

    def skip(self, asked):
        return self.ask('run skip', asked, '--reason', asked['reason'])

    def retry(self, asked):
        return self.ask('run retry', asked, *(['--reason', asked['reason']] if 'reason' in asked else []))

    def cancel(self, asked):
        return self.ask('run cancel', asked, asked['reason'])

    def resume(self, asked):
        return self.ask('run resume', asked)

    def approve(self, asked):
        return self.ask('approve', asked)

    def state(self, asked):
        run = json.loads(self.run('run', 'show', str(asked['run']), '--json').stdout)
        steps = [{'state': step['state'], 'starts': step['tries'], 'says': step['detail']} for step in run['steps']]
        assert all(step['state'] in STATES for step in steps), steps
        return {'state': run['state'], 'steps': steps}

    def runs(self, _):
        return {'runs': sorted(run['number'] for run in json.loads(self.run('run', 'list', '--all', '--json').stdout))}

    def facts(self, asked):
        """Whatever is on disk, also while the core is not there."""
        done = self.run('ledger', 'show', '--subject', f'run:{asked["run"]}', '--last', '10000', '--json')
        found = []
        for line in done.stdout.splitlines():
            fact = json.loads(line)
            name = fact['kind'].removeprefix('run.').removeprefix('step-')
            found.append({'is': name, 'step': fact['data'].get('step', 0), 'start': fact['data'].get('try', 0)})
        return {'facts': found}

    def sound(self, _):
        """Does the record itself still hold?"""
        self.run('ledger', 'verify')
        return {}

    # What goes wrong.

    def processes(self, role):
        """core: the engine's own; worker: who looks after a command; command: what it executes."""
        found = []
        for name in os.listdir('/proc'):
            try:
                if name.isdigit() and os.readlink(f'/proc/{name}/cwd').startswith(self.folder):
                    with open(f'/proc/{name}/cmdline', 'rb') as file:
                        argv = file.read().split(b'\0')
                    is_core = argv[0].endswith(b'/reeve')
                    is_worker = b'reeve-work' in argv[0] or (len(argv) > 1 and b'reeve-work' in argv[1])
                    if role == ('core' if is_core else 'worker' if is_worker else 'command'):
                        found.append(int(name))
            except OSError:
                pass
        return found

    def kill(self, asked):
        what = asked['what']
        pids = [self.core.pid] if what == 'core' else self.processes(what)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if what == 'core':
            self.core.wait()
        return {'killed': len(pids)}

    def stop(self, _):
        self.core.send_signal(signal.SIGTERM)
        self.core.wait(30)
        return {}

    def arm(self, asked):
        self.write('armed', asked['worker'] + '\n')
        return {}

    def wait_core(self, _):
        """Until the armed trap has killed the core."""
        self.core.wait(20)
        return {}

    def release(self, _):
        self.write('release', '')
        return {}

    def save(self, _):
        self.run('ledger', 'backup', f'{self.folder}/state/copy.db')
        return {}

    def restore(self, _):
        """While the engine is stopped: as docs/manual says a backup is restored."""
        for name in ('reeve.db-wal', 'reeve.db-shm'):
            if os.path.exists(f'{self.folder}/state/{name}'):
                os.remove(f'{self.folder}/state/{name}')
        os.replace(f'{self.folder}/state/copy.db', f'{self.folder}/state/reeve.db')
        return {}

    def close(self, _):
        if self.folder:
            for role in ('core', 'worker', 'command'):
                for pid in self.processes(role):
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            if self.core:
                self.core.wait()
            if not os.environ.get('CONFORMANCE_KEEP'):
                shutil.rmtree(self.folder, ignore_errors=True)
        return {}


def write_step(mark, step):
    text = step['text']
    if step['kind'] == 'wait':
        return f'{mark} Wait for {step["seconds"]} seconds\n'
    if step['kind'] == 'person':
        return f'{mark} {text}' + (f' after {step["after_s"]} seconds' if 'after_s' in step else '') + '\n'
    indent = ' ' * (6 if mark.startswith('-') else len(mark) + 1)
    if step['kind'] == 'menu':
        body = '\n\n'.join(f'# {one["text"]}\n{one["run"]}' for one in step['of'])
    else:
        # What destroys something asks for an approval here.
        body = step['run'] + ('; rm -rf ./nothing/at/all' if step.get('approvals') else '')
    fence = '\n'.join((indent + line) if line else '' for line in f'```bash\n{body}\n```'.split('\n'))
    return f'{mark} {text}\n{fence}\n'


def main():
    engine = Reeve(sys.argv[1], sys.argv[2])
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            try:
                answer = getattr(engine, asked['do'])(asked)
            except Refused as refused:
                answer = {'refused': str(refused)}
            except (RuntimeError, subprocess.TimeoutExpired, OSError, ValueError, KeyError) as error:
                answer = {'failed': f'{type(error).__name__}: {error}'}
            print(json.dumps(answer), flush=True)
            if asked['do'] == 'close':
                break
    finally:
        engine.close({})


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
