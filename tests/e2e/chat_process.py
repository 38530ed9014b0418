# chat_process.py - the process that reaches a chat server, alone: orders in, answers out, a JSON object a line.
#
# Promises: at the end of its context it ends by itself with 0, and has said no secret. Refuses: knowing any server.
import json
import select
import subprocess


class ChatProcess:
    def __init__(self, build, setup, secret=None):
        self.secret = secret
        self.process = subprocess.Popen([f"{build}/src/worker/reeve-work", "chat"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.write(setup)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        code = self.process.wait(20)
        said = self.process.stderr.read().decode()
        assert code == 0 and not (self.secret and self.secret in said), (code, said)

    def write(self, line):
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()

    def hears(self, within_s=20):
        assert select.select([self.process.stdout], [], [], within_s)[0], "the transport says nothing"
        return json.loads(self.process.stdout.readline())

    def does(self, order, **more):
        """What is answered to an order."""
        self.write({"order": order, "incident": 7, **more})
        return self.hears()
