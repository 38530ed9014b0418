# cuts_network.py - a network between Reeve and those who carry its pages, which is cut where a trial says so; and what
# stands behind it: a mail server and a web server that keep what they took.
#
# Promises: a connection that no trial speaks of is passed on byte by byte; what was taken is remembered with its
# moment, also when the answer is lost on the way back. Refuses: to look into what it carries, but for a mail's end.
import email
import email.policy
import json
import re
import select
import socket
import struct
import threading
import time

PAGE = re.compile(r"\(page (\S+)\)")
CHUNK = 65536


def now_ms():
    return time.time() * 1000


class Taken:
    """One message that a stand-in has taken."""

    def __init__(self, way, page):
        self.way, self.page, self.at_ms = way, page, now_ms()
        self.person = page.split("-")[1]
        self.incident = int(page.split("-")[0])


class StandIns:
    """A mail server and a web server on 127.0.0.1; taken: what they took, oldest first."""

    def __init__(self):
        self.taken = []
        self.ports = {"smtp": self.listen(self.serve_mail), "webhook": self.listen(self.serve_web)}

    def listen(self, serve):
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=accept_on, args=(listener, serve), daemon=True).start()
        return listener.getsockname()[1]

    def serve_mail(self, connection):
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 stand-in ESMTP\r\n")
            while line := lines.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    connection.sendall(b"354 go on\r\n")
                    data = b"".join(iter(lines.readline, b".\r\n"))
                    if not data.endswith(b"\r\n"):
                        return  # the end never came: no mail
                    self.take_mail(data)
                connection.sendall(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")

    def take_mail(self, data):
        mail = email.message_from_bytes(data, policy=email.policy.default)
        body = mail.get_body(("plain",)).get_content()
        self.taken.append(Taken("smtp", PAGE.search(body)[1]))

    def serve_web(self, connection):
        with connection, connection.makefile("rb") as lines:
            length = 0
            while (line := lines.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                if line.lower().startswith(b"expect:"):
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = lines.read(length)
            if length and len(body) == length:
                self.taken.append(Taken("webhook", json.loads(body)["data"]["page"]))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


def accept_on(listener, serve):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=guarded, args=(serve, connection), daemon=True).start()


def guarded(serve, connection):
    try:
        serve(connection)
    except (OSError, ValueError):
        pass  # cut


class Fate:
    """What happens to one connection. how: "refuse", "hang", "up" or "down" (cut after that many bytes of this
    direction), "lose" (the answer to the whole message is lost)."""

    def __init__(self, how, after=0):
        self.how, self.after = how, after

    def __repr__(self):
        return f"{self.how} {self.after}"


class Plan:
    """What one trial does to the network."""

    def __init__(self):
        self.fates = {}     # by the connection's number, from 1
        self.outage = None  # (from_s, to_s, "refuse" or "hang" or "stall") of everything
        self.kill = None    # (connection, "up" or "down", bytes, role)
        self.kill_at_s = None  # (seconds, role), counted from the declaration

    def __repr__(self):
        return f"fates {self.fates}, outage {self.outage}, kill {self.kill or self.kill_at_s}"


class Network:
    """Two ports, one of each way. begin(): from now on a trial's plan holds; end(): it is whole again."""

    def __init__(self, targets, kill):
        self.targets, self.kill = targets, kill
        self.lock = threading.Lock()
        self.open = set()
        self.end()
        self.ports = {}
        for way in targets:
            listener = socket.create_server(("127.0.0.1", 0), backlog=64)
            threading.Thread(target=accept_on, daemon=True,
                             args=(listener, lambda client, way=way: self.carry(client, way))).start()
            self.ports[way] = listener.getsockname()[1]

    def begin(self, plan):
        with self.lock:
            self.plan, self.count, self.killed = plan, 0, False
            self.hit = {}  # the ways whose connections were cut: by their number
            self.begun = time.monotonic()

    def end(self):
        with self.lock:
            self.plan, self.count, self.killed, self.hit = Plan(), 0, False, {}
            self.begun = time.monotonic()
            held, self.open = self.open, set()
        for connection in held:
            abort(connection)

    def outage(self):
        """How the network is cut now, or None."""
        if not self.plan.outage:
            return None
        begin, end, how = self.plan.outage
        return how if begin <= time.monotonic() - self.begun < end else None

    def carry(self, client, way):
        with self.lock:
            plan = self.plan
            self.count += 1
            number = self.count
            self.open.add(client)
        fate = plan.fates.get(number)
        out = self.outage()
        if fate or out:
            self.hit[number] = way
        if (fate and fate.how == "refuse") or out == "refuse":
            return abort(client)
        if (fate and fate.how == "hang") or out == "hang":
            return None  # it is held until the trial's end
        server = socket.create_connection(("127.0.0.1", self.targets[way]))
        Pipe(self, plan, number, way, client, server).run()
        return None

    def kill_once(self, plan, role):
        """Only in the trial that wants it, and only once."""
        with self.lock:
            if self.killed or self.plan is not plan:
                return
            self.killed = True
        self.kill(role)


class Pipe:
    """One connection that is passed on, until it is cut."""

    def __init__(self, network, plan, number, way, client, server):
        self.network, self.plan, self.number, self.way = network, plan, number, way
        self.fate = plan.fates.get(number)
        self.ends = {"up": (client, server), "down": (server, client)}
        self.passed = {"up": 0, "down": 0}
        self.whole = False  # the whole message was passed on: its answer comes next
        self.tail = b""

    def run(self):
        client, server = self.ends["up"]
        names = {client: "up", server: "down"}
        while names:
            ready, _, _ = select.select(list(names), [], [], 0.1)
            if self.network.plan is not self.plan:
                break  # the trial is over
            for end in ready:
                data = end.recv(CHUNK)
                if not self.pass_on(names[end], data):
                    return self.cut()
                if not data:
                    return self.close()
            if self.network.outage() == "refuse":
                self.network.hit[self.number] = self.way
                return self.cut()
        return self.close()

    def pass_on(self, direction, data):
        """False: the connection is cut here."""
        out = self.network.outage()
        if out:
            self.network.hit[self.number] = self.way
        while out == "stall":
            time.sleep(0.02)
            out = self.network.outage()
        if out == "hang":
            return self.hold()
        limit = len(data)
        if self.fate and self.fate.how == direction:
            limit = max(0, min(limit, self.fate.after - self.passed[direction]))
        if self.fate and self.fate.how == "lose" and direction == "down" and self.whole:
            return False
        self.send(direction, data[:limit])
        if direction == "up":
            self.tail = (self.tail + data)[-5:]
            self.whole = self.whole or self.way == "webhook" or self.tail == b"\r\n.\r\n"
        return limit == len(data)

    def send(self, direction, data):
        kill = self.plan.kill
        at = len(data)
        if kill and kill[:2] == (self.number, direction):
            at = max(0, min(at, kill[2] - self.passed[direction]))
        target = self.ends[direction][1]
        target.sendall(data[:at])
        self.passed[direction] += at
        if at < len(data):
            self.network.kill_once(self.plan, kill[3])
            target.sendall(data[at:])
            self.passed[direction] += len(data) - at

    def hold(self):
        """Nothing comes through any more, and nobody is told."""
        while self.network.plan is self.plan:
            time.sleep(0.05)
        return False

    def kill_at_end(self):
        """Of a connection that never carried as many bytes."""
        kill = self.plan.kill
        if kill and kill[0] == self.number:
            self.network.kill_once(self.plan, kill[3])

    def cut(self):
        abort(self.ends["up"][0])
        self.ends["up"][1].close()  # what was passed on is read there
        self.kill_at_end()

    def close(self):
        with self.network.lock:
            self.network.open.discard(self.ends["up"][0])
        for end in self.ends["up"]:
            end.close()
        self.kill_at_end()


def abort(connection):
    """Ends it as a broken connection does."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    except OSError:
        pass  # it is gone
