# irc_rig.py - a real IRC server (ngircd) of a test's own, and people with clients of it.
#
# Promises: the server runs as nobody on a free port of 127.0.0.1 and is gone when its context ends;
# every line that a person gets is kept, over all their connections. Refuses: other servers.
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile

import bad_rig
import lib
from lib import within

NGIRCD = shutil.which("ngircd", path=os.environ.get("PATH", "") + ":/usr/sbin")
GLOBAL = """[Global]
Name = {name}
Info = A test
Listen = 127.0.0.1
{ports}
{password}
MotdPhrase = "Welcome"
[Limits]
MaxConnectionsIP = 0
MaxJoins = 50
PingTimeout = 600
PongTimeout = 60
[Options]
PAM = no
DNS = no
Ident = no
{more}
"""


class Server:
    """An ngircd of our own, as nobody. tls: (certificate, key), for TLS alone; more: further sections of its file."""

    def __init__(self, password="letmein", tls=None, more="", name="irc.acme.example"):
        self.password, self.tls, self.more, self.name = password, tls, more, name
        self.port = lib.free_port()
        self.process = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="reeve-irc-")
        os.chmod(self.folder, 0o755)
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text, mode=0o644):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(f"{self.folder}/{name}", mode)
        for path in [f"{self.folder}/{name}"] if os.geteuid() == 0 else []:
            shutil.chown(path, "nobody", "nogroup")
        return f"{self.folder}/{name}"

    def start(self):
        more = self.more
        if self.tls:
            certificate = self.write("server.crt", self.tls[0])
            key = self.write("server.key", self.tls[1], 0o600)
            more += f"\n[SSL]\nCertFile = {certificate}\nKeyFile = {key}\nPorts = {self.port}\n"
        path = self.write("ngircd.conf", GLOBAL.format(
            ports="Ports = 0" if self.tls else f"Ports = {self.port}", more=more, name=self.name,
            password=f"Password = {self.password}" if self.password else ""))
        with open(f"{self.folder}/log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([*bad_rig.AS_NOBODY, NGIRCD, "-n", "-f", path], stdout=log,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=self.folder)

        def is_there():
            assert self.process.poll() is None, self.log()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        within(10, is_there, "ngircd")

    def log(self):
        with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as file:
            return file.read()[-3000:]

    def kill(self):
        self.process.kill()
        self.process.wait(10)


class Person:
    """Somebody with a client of IRC: all lines they got, and what they say."""

    def __init__(self, server, nick, channel=""):
        self.server, self.nick, self.channel, self.text = server, nick, channel, ""
        self.socket = None
        self.connect()

    def connect(self):
        """Once more, where the server was away; in the channel again when they were in one."""
        if self.socket:
            self.look()
            self.socket.close()
        seen = len(self.text)
        self.socket = socket.create_connection(("127.0.0.1", self.server.port), 10)
        if self.server.tls:
            context = ssl.create_default_context(cadata=self.server.tls[0])
            self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self.socket.settimeout(0.05)
        self.send(f"PASS :{self.server.password}\r\nNICK {self.nick}\r\nUSER {self.nick} 0 * :{self.nick}")
        within(15, lambda: " 001 " in self.look()[seen:], f"a welcome for {self.nick}")
        if self.channel:
            self.join(self.channel)

    def send(self, line):
        self.socket.sendall((line + "\r\n").encode())

    def look(self):
        """All that has come by now."""
        data = b""
        try:
            while part := self.socket.recv(65536):
                data += part
        except OSError:  # nothing more (TLS says so as an error of its own), or the server is gone
            pass
        text = data.decode(errors="replace")
        for line in re.findall(r"^PING (.*)\r", text, re.M):
            self.send(f"PONG {line}")
        self.text += text
        return self.text

    def wait(self, words, seconds=15):
        return within(seconds, lambda: words in self.look() and self.text, f"{words!r} for {self.nick}")

    def join(self, channel):
        seen = len(self.text)
        self.channel = channel
        self.send(f"JOIN {channel}")
        within(15, lambda: " 366 " in self.look()[seen:], f"{channel} for {self.nick}")
        return self.text[seen:]

    def say(self, text, channel=None):
        self.send(f"PRIVMSG {channel or self.channel} :{text}")

    def posts(self):
        """All that reeve wrote into channels, one text."""
        self.look()
        return "\n".join(re.findall(r"^:reeve\S* PRIVMSG #\S+ :(.*)\r$", self.text, re.M))

    def notices(self):
        """What reeve told them alone."""
        self.look()
        return "\n".join(re.findall(rf"^:reeve\S* NOTICE {self.nick} :(.*)\r$", self.text, re.M))

    def topic(self):
        """The newest topic that they were shown, or None."""
        self.look()
        found = re.findall(rf"^:\S+ (?:332 {self.nick}|TOPIC) #\S+ :(.*)\r$", self.text, re.M)
        return found[-1] if found else None
