# accounts_rig.py - a real IRC server with accounts of a test's own: InspIRCd, and Atheme as its services.
#
# Promises: both run as nobody on free ports of 127.0.0.1 and are gone when the context ends; an account is there that
# its password logs in, by SASL. Services can be ended, begun and stopped for a while. Refuses: other servers.
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import bad_rig
import irc_rig
import lib
from lib import within

INSPIRCD = shutil.which("inspircd", path=os.environ.get("PATH", "") + ":/usr/sbin")
ATHEME = shutil.which("atheme-services")
MODULES = next((path for path in ("/usr/lib/x86_64-linux-gnu/atheme/modules", "/usr/lib/aarch64-linux-gnu/atheme/modules")
                if os.path.isdir(path)), "modules")
SERVER = """<config format="xml">
<server name="irc.acme.example" description="A test" network="Acme" id="1AC">
<admin name="Acme" nick="acme" email="irc@acme.example">
<bind address="127.0.0.1" port="{port}" type="clients">
<bind address="127.0.0.1" port="{link}" type="servers">
<module name="spanningtree"> <module name="cap"> <module name="services_account"> <module name="sasl">
<module name="svshold"> <module name="globops"> <module name="sslinfo"> {modules}
<sasl target="services.acme.example" requiressl="no">
<link name="services.acme.example" ipaddr="127.0.0.1" port="{link}" allowmask="127.0.0.0/8" sendpass="one" recvpass="two">
<uline server="services.acme.example" silent="yes">
<connect name="all" allow="*" timeout="20" pingfreq="120" maxchans="100" localmax="50" globalmax="50" resolvehostnames="no" {connect}>
<class name="all" commands="*" privs="*" chanmodes="*" usermodes="*" snomasks="*">
<type name="root" classes="all"> <oper name="root" password="wheel" host="*@*" type="root">
<performance nouserdns="yes"> <options exposeservicesmodes="yes"> <files motd="{folder}/motd">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/server.log">
<pid file="{folder}/server.pid">
"""
SERVICES = """{modules}
serverinfo {{ name = "services.acme.example"; desc = "Services"; numeric = "00S"; recontime = 1; netname = "Acme";
  adminname = "Acme"; adminemail = "irc@acme.example"; registeremail = "irc@acme.example"; hidden;
  mta = "/bin/true"; loglevel = {{ error; info; network; }}; maxlogins = 50; maxusers = 0; maxnicks = 5; maxchans = 5;
  mdlimit = 30; emaillimit = 10; emailtime = 300; auth = none; casemapping = rfc1459; }};
uplink "irc.acme.example" {{ host = "127.0.0.1"; port = {link}; send_password = "two"; receive_password = "one"; }};
nickserv {{ nick = "NickServ"; user = "NickServ"; host = "services.acme.example"; real = "Nicks"; aliases {{ }}; access {{ }}; }};
saslserv {{ nick = "SaslServ"; user = "SaslServ"; host = "services.acme.example"; real = "SASL"; hide_server_names; }};
general {{ helpchan = "#help"; commit_interval = 60; default_clone_allowed = 50; }};
"""
SERVICES_MODULES = ("protocol/inspircd", "backend/opensex", "crypto/rawsha1", "nickserv/main", "nickserv/register",
                    "nickserv/identify", "nickserv/ghost", "nickserv/set_core", "saslserv/main", "saslserv/plain")


def missing():
    """The packages that are not here, or ""."""
    return " and ".join(name for name, path in (("inspircd", INSPIRCD), ("atheme-services", ATHEME)) if not path)


class Server:
    """For irc_rig.Person as ngircd is. modules, connect: more of the server's file."""

    def __init__(self, modules="", connect=""):
        self.password, self.tls = "", None
        self.port, self.link = lib.free_port(), lib.free_port()
        self.modules, self.connect = modules, connect
        self.process = self.services = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="reeve-irc-")
        os.makedirs(f"{self.folder}/data")
        if os.geteuid() == 0:
            for path in (self.folder, f"{self.folder}/data"):
                shutil.chown(path, "nobody", "nogroup")
        try:
            self.start()
            self.start_services()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.end_services()
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(f"{self.folder}/{name}", 0o644)
        return f"{self.folder}/{name}"

    def run(self, *command):
        with open(f"{self.folder}/{os.path.basename(command[0])}.out", "a", encoding="utf-8") as log:
            return subprocess.Popen([*bad_rig.AS_NOBODY, *command], stdout=log, stderr=subprocess.STDOUT,
                                    stdin=subprocess.DEVNULL, cwd=self.folder, start_new_session=True)

    def start(self):
        self.write("motd", "Welcome\n")
        path = self.write("server.conf", SERVER.format(port=self.port, link=self.link, folder=self.folder,
                                                       modules=self.modules, connect=self.connect))
        self.process = self.run(INSPIRCD, "--nofork", "--config", path)

        def is_there():
            assert self.process.poll() is None, self.log()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        within(10, is_there, "inspircd")

    def start_services(self):
        path = self.write("services.conf", SERVICES.format(link=self.link, modules="\n".join(
            f'loadmodule "{MODULES}/{name}";' for name in SERVICES_MODULES)))
        self.services = self.run(ATHEME, "-n", "-c", path, "-l", f"{self.folder}/services.log", "-p",
                                 f"{self.folder}/services.pid", "-D", f"{self.folder}/data")

        def are_there():
            assert self.services.poll() is None, self.log()
            return self.offers()
        within(15, are_there, "services")

    def offers(self):
        """Does the server offer SASL now?"""
        with socket.create_connection(("127.0.0.1", self.port), 5) as probe:
            probe.settimeout(5)
            probe.sendall(b"CAP LS 302\r\n")
            text = b""
            while b" LS :" not in text and (part := probe.recv(4096)):
                text += part
            return b"sasl" in text

    def register(self, account, password):
        owner = irc_rig.Person(self, account)
        owner.send(f"PRIVMSG NickServ :REGISTER {password} {account}@acme.example")
        owner.wait("is now registered")
        owner.send("QUIT :registered")
        owner.socket.close()

    def end_services(self):
        if self.services and self.services.poll() is None:
            self.services.send_signal(signal.SIGCONT)
            self.services.terminate()
            self.services.wait(10)
            try:
                os.killpg(self.services.pid, signal.SIGKILL)  # a child of theirs holds the connection as well
            except ProcessLookupError:
                pass

    def log(self):
        text = ""
        for name in sorted(os.listdir(self.folder)):
            if re.search(r"\.(out|log)$", name):
                with open(f"{self.folder}/{name}", encoding="utf-8", errors="replace") as file:
                    text += f"--- {name}\n{file.read()[-2000:]}"
        return text

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
