"""sessions.py - sessions of psql that stay open, each under its own name, and what PostgreSQL itself says of them."""
import os
import subprocess
import threading

import rig as company


class Session:
    """tell() sends and does not wait; ask() waits for the answer; wait() for the answers to all that was told."""

    def __init__(self, rig, name, user='app', database='shop'):
        self.rig, self.lines, self.marks = rig, [], 0
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            company.plain(f'{rig.bin}/psql', '-qXAt', '-h', rig.folder, '-p', str(rig.port), '-U', user, '-d',
            database),
            cwd=rig.folder, env={**rig.env, 'PGAPPNAME': name}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, bufsize=1)
        threading.Thread(target=self.read, daemon=True).start()
        self.pid = int(self.ask('SELECT pg_backend_pid()'))
        self.id = rig.sql("SELECT to_hex(trunc(extract(epoch FROM backend_start))::bigint) || '.' || to_hex(pid) FROM "
                          f'pg_stat_activity WHERE pid = {self.pid}')

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip('\n'))
                self.changed.notify_all()
        with self.changed:
            self.lines.append('--ended--')
            self.changed.notify_all()

    def tell(self, sql):
        self.marks += 1
        self.process.stdin.write(f'{sql};\n\\echo --{self.marks}--\n')
        return self

    def wait(self, seconds=20):
        """What was said to the last thing told."""
        mark = f'--{self.marks}--'
        with self.changed:
            if not self.changed.wait_for(lambda: mark in self.lines or '--ended--' in self.lines, seconds):
                raise AssertionError(f'no answer within {seconds} s: {self.lines[-5:]}')
            before = f'--{self.marks - 1}--'
            start = self.lines.index(before) + 1 if before in self.lines else 0
            return '\n'.join(line for line in self.lines[start:] if line != mark)

    def ask(self, sql):
        return self.tell(sql).wait()

    def close(self):
        if self.process.poll() is None:
            try:
                self.process.stdin.close()
                self.process.wait(5)
            except (OSError, subprocess.TimeoutExpired):
                os.kill(self.process.pid, 9)
                self.process.wait()


class Sessions(list):
    """with Sessions(rig) as some: some.open('psql')"""

    def __init__(self, rig):
        super().__init__()
        self.rig = rig

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pids = ','.join(str(one.pid) for one in self if one.process.poll() is None)
        if pids:
            self.rig.sql(f'SELECT count(pg_terminate_backend(pid)) FROM unnest(ARRAY[{pids}]) pid')
        for one in self:
            one.close()

    def open(self, name='psql', **named):
        self.append(Session(self.rig, name, **named))
        return self[-1]


def blocked(rig):
    """PostgreSQL's own answer: who waits, for whom."""
    said = rig.sql("SELECT DISTINCT coalesce(a.leader_pid, l.pid) || ':' || array_to_string(pg_blocking_pids("
                   "coalesce(a.leader_pid, l.pid)), ' ') FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
                   "WHERE "
                   'NOT l.granted')
    return {int(line.split(':')[0]): {int(one) for one in line.split(':')[1].split()} for line in said.splitlines()}


def waiting(rig, count, seconds=1.2):
    """Until so many wait, the one that came last for so long."""
    company.within(20, lambda: rig.sql(
        f"SELECT count(DISTINCT pid) = {count} AND min(clock_timestamp() - waitstart) > interval '{seconds} s' FROM "
        'pg_locks WHERE NOT granted') == 't', f'{count} waiters')
