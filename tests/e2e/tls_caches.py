# tls_caches.py - Redis servers with TLS for probes.py: an authority, certificates of it, and what goes wrong with them.
#
# Promises: stop() ends what was started. Needs redis-server and openssl.
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time

import lib

DAY_S = 86400


def is_there():
    return shutil.which("redis-server") and shutil.which("openssl")


class Authority:
    """Signs certificates for localhost; its files lie in folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.file = f"{folder}/{name}.crt"
        self.write("cnf", "[ca]\ndefault_ca=a\n[a]\ndatabase=INDEX\nserial=SERIAL\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n"
                   "x509_extensions=e\nunique_subject=no\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:localhost\n"
                   "basicConstraints=CA:false\n[req]\ndistinguished_name=d\n[d]\n"
                   .replace("INDEX", f"{name}.index").replace("SERIAL", f"{name}.serial"))
        self.write("index", "")
        self.write("serial", "01\n")
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt", "-days",
                     "400", "-subj", f"/CN={name}")

    def write(self, end, text):
        with open(f"{self.folder}/{self.name}.{end}", "w") as file:
            file.write(text)

    def openssl(self, *words):
        done = subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def certificate(self, name, days, begun=30):
        """Certificate and key of localhost, and when it ends."""
        ends = time.time() + days * DAY_S
        from_, to = (time.strftime("%y%m%d%H%M%SZ", time.gmtime(at)) for at in (time.time() - begun * DAY_S, ends))
        self.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                     "/CN=localhost")
        self.openssl("ca", "-batch", "-config", f"{self.name}.cnf", "-in", f"{name}.csr", "-cert", f"{self.name}.crt", "-keyfile",
                     f"{self.name}.key", "-out", f"{name}.crt", "-notext", "-startdate", from_, "-enddate", to)
        os.chmod(f"{self.folder}/{name}.key", 0o644)
        return f"{self.folder}/{name}.crt", f"{self.folder}/{name}.key", ends


class Cut:
    """Speaks TLS, and breaks off in the middle of its answer."""

    def __init__(self, certificate, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(client, server_side=True) as talk:
                    talk.recv(100)
                    talk.sendall(b"$500\r\nabc")
            except OSError:
                pass


class Caches:
    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        ours, theirs = Authority(folder, "ours"), Authority(folder, "theirs")
        self.ca, self.other_ca = ours.file, theirs.file
        good, expired = ours.certificate("good", 90), ours.certificate("expired", -2)
        self.client, self.stranger = ours.certificate("client", 90), theirs.certificate("stranger", 90)
        self.ends, self.good, self.expired_files = good[2], good[:2], expired[:2]
        self.later_files = ours.certificate("later", 90, begun=-2)[:2]
        self.plain, self.port = self.start(good, "no")
        _, self.strict = self.start(good, "yes")
        _, self.expired = self.start(expired, "no")
        self.cut = Cut(*good[:2])

    def start(self, certificate, clients):
        plain, port = lib.free_port(), lib.free_port()
        self.processes.append(subprocess.Popen(
            ["redis-server", "--port", str(plain), "--tls-port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir",
             self.folder, "--tls-cert-file", certificate[0], "--tls-key-file", certificate[1], "--tls-ca-cert-file", self.ca,
             "--tls-auth-clients", clients], stdout=subprocess.DEVNULL))
        lib.within(15, lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, "Redis with TLS")
        return plain, port

    def stop(self):
        self.cut.listener.close()
        for process in self.processes:
            process.kill()
            process.wait(20)
