#!/usr/bin/python3
"""Receivers for the tests of notify/: each takes a free port, prints it, and serves until its input ends.

  mail        aiosmtpd; recipients nobody@ are refused with 550, later@ with 451; a text with REFUSE
              is refused after the dot with 554, with BUSY with 452. Mails are printed.
  login       the same, and AUTH is demanded: reeve / secret word
  liar        a mail server that takes the final dot and closes without a reply
  webhook     answers by path and checks the signature by its own arithmetic"""
import base64
import hashlib
import hmac
import http.server
import json
import logging
import socket
import sys
import threading
import time
import warnings

KEY = base64.b64decode('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')


def say(**line):
    print(json.dumps(line, sort_keys=True), flush=True)


def serve_mail(login):
    import email
    import email.policy
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    class Handler:
        async def handle_RCPT(self, server, session, envelope, address, options):
            if address.startswith('nobody@'):
                return '550 5.1.1 no such person'
            if address.startswith('later@'):
                return '451 4.3.0 come back later'
            envelope.rcpt_tos.append(address)
            return '250 OK'

        async def handle_DATA(self, server, session, envelope):
            if b'REFUSE' in envelope.content:
                return '554 5.6.0 not this text'
            if b'BUSY' in envelope.content:
                return '452 4.3.1 no room'
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            say(subject=mail['Subject'], to=envelope.rcpt_tos, sender=envelope.mail_from, id=mail['Message-ID'],
                date=mail['Date'], text=mail.get_content().replace('\r\n', '\n'))
            return '250 2.0.0 kept'

    def check(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (b'reeve', b'secret word')
        return AuthResult(success=good, handled=good)

    options = {'authenticator': check, 'auth_required': True, 'auth_require_tls': False} if login else {}
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    controller = Controller(Handler(), hostname='127.0.0.1', port=port, **options)
    controller.start()
    say(port=port)
    sys.stdin.read()
    controller.stop()


def serve_liar():
    listener = socket.create_server(('127.0.0.1', 0))
    say(port=listener.getsockname()[1])
    threading.Thread(target=lie, args=(listener,), daemon=True).start()
    sys.stdin.read()


def lie(listener):
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile('rb') as lines:
            connection.sendall(b'220 liar\r\n')
            for line in lines:
                if line.startswith(b'DATA'):
                    connection.sendall(b'354 go on\r\n')
                    for text in lines:
                        if text == b'.\r\n':
                            break
                        if b'HANG UP EARLY' in text:
                            break
                    break
                connection.sendall(b'250 yes\r\n')


class Webhook(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def answer(self, status, text=b'', **headers):
        self.send_response(status)
        self.send_header('content-length', str(len(text)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        say(path=self.path, method='GET')
        self.reply()

    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length']))
        signed = f'{self.headers["webhook-id"]}.{self.headers["webhook-timestamp"]}.'.encode() + body
        want = 'v1,' + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        fresh = abs(time.time() - int(self.headers['webhook-timestamp'])) < 60
        good = hmac.compare_digest(want, self.headers['webhook-signature']) and fresh
        say(path=self.path, id=self.headers['webhook-id'], good=good, type=self.headers['content-type'],
            body=body.decode())
        if self.path == '/signed' and not good:
            self.answer(401, b'wrong signature')
        else:
            self.reply()

    def reply(self):
        if self.path == '/closed':
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif self.path == '/silent':
            time.sleep(30)
        elif self.path == '/moved':
            self.answer(302, location='/signed')
        elif self.path == '/long':
            self.answer(500, b'x' * 1000000)
        elif self.path.strip('/').isdigit():
            self.answer(int(self.path.strip('/')), b'as asked\r\nsecond line')
        else:
            self.answer(204)


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass


def serve_webhook():
    server = Server(('127.0.0.1', 0), Webhook)
    server.daemon_threads = True
    say(port=server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == '__main__':
    kind = sys.argv[1]
    warnings.simplefilter('ignore')
    logging.disable(logging.CRITICAL)
    if kind in ('mail', 'login'):
        serve_mail(kind == 'login')
    elif kind == 'liar':
        serve_liar()
    else:
        serve_webhook()
