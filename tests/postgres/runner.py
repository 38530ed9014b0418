# runner.py - reeve-work as a runner of migrations that is killed, cut off and doubled, by a proxy that counts what is
# asked.
#
# Promises: the n-th question of a runner, counted from its log-in, is where it ends, so that every question of every
# migration is such a place. Refuses: to be quick; whoever uses it picks the places.
import json
import os
import select
import socket
import subprocess
import threading
import time

import rig as company


class Proxy:
    """Between a runner and the server. at: the number of the question at which on_question is called, before it is
    passed on or just after."""

    def __init__(self, port, at=0, after=False, linger=0.0):
        self.port_to, self.at, self.after, self.linger = port, at, after, linger
        self.asked = 0
        self.victim = None
        self.cut = False
        self.hook = None
        self.listener = socket.socket()
        self.listener.bind(('127.0.0.1', 0))
        self.listener.listen()
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept(); close() alone does not
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(('127.0.0.1', self.port_to))
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.pump, args=(client, server), daemon=True).start()

    def pump(self, client, server):
        """Whole messages from the client, whatever comes from the server."""
        kept, begun = b'', False
        try:
            while True:
                ready = select.select([client, server], [], [])[0]
                if server in ready:
                    data = server.recv(65536)
                    if not data:
                        break
                    client.sendall(data)
                if client not in ready:
                    continue
                data = client.recv(65536)
                if not data:
                    break
                kept += data
                while True:
                    front = 1 if begun else 0
                    if len(kept) < front + 4:
                        break
                    size = front + int.from_bytes(kept[front:front + 4], 'big')
                    if len(kept) < size:
                        break
                    message, kept = kept[:size], kept[size:]
                    question = begun and message[:1] in (b'Q', b'S')
                    begun = True
                    if not self.question(server, message, question):
                        return
        except OSError:
            pass
        finally:
            if self.linger:
                time.sleep(self.linger)
            client.close()
            server.close()

    def question(self, server, message, question):
        self.asked += question
        here = question and self.asked == self.at
        if here and not self.after:
            self.end()
            return False
        server.sendall(message)
        if here:
            time.sleep(0.004)
            self.end()
        return True

    def end(self):
        if self.hook:
            self.hook()
            return
        if self.cut:
            raise OSError('cut')
        company.within(5, lambda: self.victim, 'the runner')
        self.victim.kill()


def start(rig, port, folder, command='migrate', user='app', database='shop', **more):
    order = {'kind': 'postgres.migrate', 'id': 'test', 'deadline_ms': 120000,
             'secrets': {'url': rig.address(user=user, port=port, database=database, sslmode='disable')},
             'body': {'command': command, 'folder': folder, 'runner': 'test', 'lock_timeout_ms': 2000,
                      'patience_ms': 30000, 'lease_ms': 1500, **more}}
    process = subprocess.Popen(company.plain('./reeve-work'), cwd=rig.folder, env=rig.env, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(json.dumps(order).encode())
    process.stdin.close()
    process.stdin = None
    return process


def answer(process):
    said = process.communicate(timeout=100)[0]
    if not said:
        return {'outcome': 'killed', 'output': {}}
    result = json.loads(said)
    result['output'] = json.loads(result['output']) if result.get('output') else {}
    return result


def perform(rig, folder, port=None, **more):
    return answer(start(rig, port or rig.port, folder, **more))


def perform_cut(rig, folder, at, after=False, cut=False, linger=0.0, port=None, hook=None, **more):
    """One run that ends at its at-th question. Returns its answer and whether it came so far."""
    proxy = Proxy(port or rig.port, at, after, linger)
    proxy.cut, proxy.hook = cut, hook
    try:
        proxy.victim = start(rig, proxy.port, folder, **more)
        result = answer(proxy.victim)
    finally:
        proxy.close()
    return result, proxy.asked >= at


def count_questions(rig, folder, **more):
    proxy = Proxy(rig.port)
    try:
        result = answer(start(rig, proxy.port, folder, **more))
    finally:
        proxy.close()
    return result, proxy.asked


def write_folder(rig, name, files):
    folder = os.path.join(rig.folder, name)
    os.makedirs(folder, exist_ok=True)
    rig.own(folder)
    for file, text in files.items():
        rig.write(f'{name}/{file}', text)
    return folder
