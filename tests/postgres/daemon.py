"""daemon.py - a `reeve serve` in the folder of a Rig, asked as its users ask it."""
import json
import os
import re
import signal
import urllib.request

from rig import free_port, within


class Daemon:
    def __init__(self, rig):
        self.rig, self.port, self.process, self.token = rig, free_port(), None, None

    def start(self):
        log = os.path.join(self.rig.folder, 'serve.log')
        size = os.path.getsize(log) if os.path.exists(log) else 0
        self.process = self.rig.spawn('serve.log', './reeve', 'serve')

        def address():
            with open(log, encoding='utf-8') as file:
                file.seek(size)
                return re.search(r'Reeve is at \S+?(?:token=(\S+))?\s', file.read())

        self.token = within(20, address, 'the daemon')[1] or self.token

    def stop(self, how=signal.SIGTERM):
        self.rig.end(self.process, how)

    def api(self, action, **arguments):
        request = urllib.request.Request(f'http://127.0.0.1:{self.port}/api/{action}', json.dumps(arguments).encode(),
                                         {'Authorization': f'Bearer {self.token}'})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.loads(json.loads(answer.read())['json'])
        except urllib.error.HTTPError as error:
            return json.loads(error.read())['error']

    def page(self, path):
        request = urllib.request.Request(f'http://127.0.0.1:{self.port}{path}',
                                         headers={'Authorization': f'Bearer {self.token}'})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read().decode()

    def run(self, name):
        said = self.api('run', procedure=name)
        return int(said['facts'][0]['subject'].split(':')[1])

    def step(self, number, nth=1):
        return self.api('run/show', number=number)['steps'][nth - 1]

    def reaches(self, number, state, nth=1, seconds=30):
        return within(seconds, lambda: self.step(number, nth)['state'] == state and self.step(number, nth),
                      f'step {nth} of run {number} to be {state}')
