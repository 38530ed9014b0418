# paging.py - stands in for those who carry pages: Twilio, ntfy, Pushover, PagerDuty, a gateway for short
# messages, and incoming webhooks of chats (Slack: slack.py); each well, overrun, out of order, silent, half
# open, or behind a certificate that nobody knows.
#
# Promises: a stand-in refuses what its vendor's own description refuses (missing or unknown fields,
# texts that are too long, wrong credentials), keeps what it took, and answers in its vendor's form.
# Needs only Python's standard library; certificates are made by openssl.
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

HANG_S = 30


def certificate(folder, name, host="127.0.0.1"):
    """Paths of a certificate that signs itself, for an address, and of its key."""
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key",
         "-out", f"{name}.crt", "-days", "2", "-subj", f"/CN={name}", "-addext",
         f"subjectAltName=IP:{host}"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return f"{folder}/{name}.crt", f"{folder}/{name}.key"


class Refusal(Exception):
    """(status, body, headers) instead of what was asked for."""


class Vendor:
    """A server on 127.0.0.1. behave(): how it is from now on; taken: what it took, oldest first."""

    def __init__(self, certificate_of=None):
        self.lock = threading.Lock()
        self.taken = []    # what was asked for and taken
        self.asked = []    # (method, path, status) of every request
        self.behaviour, self.only = ["ok"], ""
        vendor = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                vendor.serve(self)

            do_GET = do_PUT = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        scheme = "http"
        if certificate_of:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate_of)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.server.handle_error = lambda *_: None
            scheme = "https"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}"

    def behave(self, *how, only=""):
        """"ok", a status, (status, headers), "silent" (takes it, never answers), "half" (half an
        answer), "cut" (closes without one); one for each request (whose path ends with only), the last
        one stays."""
        with self.lock:
            self.behaviour, self.only = list(how), only

    def next(self, path):
        with self.lock:
            if not path.endswith(self.only):
                return "ok"
            return self.behaviour.pop(0) if len(self.behaviour) > 1 else self.behaviour[0]

    def reply(self, handler, status, body, headers=()):
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        for name, value in dict(headers).items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        how = self.next(handler.path)
        status, answer, headers = 0, b"", {}
        try:
            if how in ("ok", "silent", "half", "cut"):
                status, answer = self.take(handler, body)
            else:
                status, headers = how if isinstance(how, tuple) else (how, {})
                answer = self.trouble(status)
        except Refusal as refusal:
            status, answer, headers = refusal.args
        with self.lock:
            self.asked.append((handler.command, handler.path, status))
        try:
            if how == "silent":
                time.sleep(HANG_S)
            elif how == "half":
                handler.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 5000\r\n\r\n{\"si")
                handler.wfile.flush()
                time.sleep(HANG_S)
            elif how == "cut":
                handler.connection.shutdown(socket.SHUT_RDWR)
            else:
                self.reply(handler, status, answer, headers)
        except OSError:
            pass
        handler.close_connection = True

    def trouble(self, status):
        return {"error": f"status {status}"}

    def keep(self, what):
        with self.lock:
            self.taken.append(what)
            return len(self.taken)


def form_of(body, needed, known):
    """The fields of a form; each once, none that the vendor does not know."""
    fields = urllib.parse.parse_qs(body.decode(), keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in fields.values()), fields
    fields = {name: values[0] for name, values in fields.items()}
    missing = set(needed) - set(fields)
    strange = set(fields) - set(known) - set(needed)
    return fields, missing, strange


def twilio_signature(token, url, fields):
    """As Twilio's documentation has it: HMAC-SHA1 of the address and all sorted names and values."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class Twilio(Vendor):
    """Messages.json and Calls.json of one account, with callbacks that are signed."""

    def __init__(self, account, token, **others):
        super().__init__(**others)
        self.account, self.token = account, token
        self.called_back = []  # (url, fields, signature)

    def trouble(self, status):
        return {"code": 20429 if status == 429 else 20500, "message": "no", "status": status,
                "more_info": "https://www.twilio.com/docs/errors"}

    def refuse(self, status, code, message):
        raise Refusal(status, {"code": code, "message": message, "status": status,
                               "more_info": f"https://www.twilio.com/docs/errors/{code}"}, {})

    def take(self, handler, body):
        want = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        if handler.headers.get("Authorization") != f"Basic {want}":
            self.refuse(401, 20003, "Authenticate")
        base = f"/2010-04-01/Accounts/{self.account}/"
        if handler.path not in (base + "Messages.json", base + "Calls.json"):
            self.refuse(404, 20404, f"The requested resource {handler.path} was not found")
        if handler.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            self.refuse(400, 20001, "not a form")
        call = handler.path.endswith("Calls.json")
        needed = {"To", "From", "Twiml"} if call else {"To", "Body"}
        fields, missing, strange = form_of(body, needed, {"From", "MessagingServiceSid",
                                                          "StatusCallback"})
        if missing or strange:
            self.refuse(400, 21600, f"missing {missing}, unknown {strange}")
        if not re.fullmatch(r"\+[1-9]\d{7,14}", fields["To"]):
            self.refuse(400, 21211, f"The 'To' number {fields['To']} is not valid")
        if not call and not 1 <= len(fields["Body"]) <= 1600:
            self.refuse(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if not call and ("From" in fields) == ("MessagingServiceSid" in fields):
            self.refuse(400, 21603, "A 'From' or 'MessagingServiceSid' is required")
        if call and len(fields["Twiml"]) > 4000:
            self.refuse(400, 21205, "Twiml is too long")
        if call:
            import xml.etree.ElementTree as tree
            fields["spoken"] = [say.text for say in tree.fromstring(fields["Twiml"]).iter("Say")]
        number = self.keep({"call": call, **fields})
        sid = ("CA" if call else "SM") + f"{number:032d}"
        if "StatusCallback" in fields:
            threading.Thread(target=self.call_back, args=(fields, sid), daemon=True).start()
        return 201, {"sid": sid, "account_sid": self.account, "to": fields["To"],
                     "status": "queued", "error_code": None, "error_message": None}

    def call_back(self, fields, sid):
        said = {"AccountSid": self.account, "MessageSid": sid, "MessageStatus": "delivered",
                "To": fields["To"]}
        self.post(fields["StatusCallback"], said)

    def post(self, url, fields, token=None):
        """What Twilio posts, signed; returns (status, text)."""
        signature = twilio_signature(token or self.token, url, fields)
        with self.lock:
            self.called_back.append((url, fields, signature))
        request = urllib.request.Request(url, urllib.parse.urlencode(fields).encode(),
                                         {"X-Twilio-Signature": signature})
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)


class Ntfy(Vendor):
    """Publishing by JSON to the root; token None: everybody may."""

    FIELDS = {"topic", "message", "title", "tags", "priority", "attach", "markdown", "click",
              "actions", "icon", "filename", "delay", "email", "call"}

    def __init__(self, token=None, **others):
        super().__init__(**others)
        self.token = token

    def trouble(self, status):
        return {"code": status * 100 + 1, "http": status, "error": "limit reached"}

    def take(self, handler, body):
        if self.token and handler.headers.get("Authorization") != f"Bearer {self.token}":
            raise Refusal(403, {"code": 40301, "http": 403, "error": "forbidden"}, {})
        if handler.path != "/":
            raise Refusal(404, {"code": 40401, "http": 404, "error": "page not found"}, {})
        message = json.loads(body)
        good = (set(message) <= self.FIELDS and re.fullmatch(r"[-_A-Za-z0-9]{1,64}",
                                                            message.get("topic", ""))
                and message.get("priority", 3) in range(1, 6)
                and len(message.get("message", "").encode()) <= 4096)
        if not good:
            raise Refusal(400, {"code": 40024, "http": 400, "error": "invalid request"}, {})
        number = self.keep(message)
        return 200, {"id": f"id{number}", "time": 1, "event": "message", "topic": message["topic"]}


class Pushover(Vendor):
    def __init__(self, token, users, **others):
        super().__init__(**others)
        self.token, self.users = token, users

    def take(self, handler, body):
        fields, missing, strange = form_of(body, {"token", "user", "message"},
                                           {"title", "url", "url_title", "priority"})
        wrong = []
        if handler.path != "/1/messages.json" or missing or strange:
            wrong.append(f"missing {missing}, unknown {strange}")
        elif fields["token"] != self.token:
            wrong.append("application token is invalid")
        elif fields["user"] not in self.users:
            wrong.append("user identifier is not a valid user, group, or subscribed user key")
        elif len(fields["message"]) > 1024 or len(fields.get("title", "")) > 250 or \
                len(fields.get("url", "")) > 512 or fields.get("priority") == "2":
            wrong.append("too long")
        if wrong:
            raise Refusal(400, {"status": 0, "request": "r", "errors": wrong}, {})
        number = self.keep(fields)
        return 200, {"status": 1, "request": f"r{number}"}


class PagerDuty(Vendor):
    """Events API v2 of one service. alerts: what it keeps, by dedup_key: "triggered", "acknowledged" or
    "resolved"; story: (action, dedup_key) as they came; unknown: what ended an alert that was none."""

    def __init__(self, key, **others):
        super().__init__(**others)
        self.key, self.alerts, self.story, self.unknown = key, {}, [], []

    def trouble(self, status):
        return {"status": "throttle exceeded" if status == 429 else "error", "message": "not now"}

    def take(self, handler, body):
        event = json.loads(body)
        payload = event.get("payload", {})
        action, key = event.get("event_action"), event.get("dedup_key", "")
        good = (handler.path == "/v2/enqueue" and event.get("routing_key") == self.key
                and action in ("trigger", "acknowledge", "resolve") and len(key) <= 255
                and (key or action == "trigger"))
        if action == "trigger":
            good = good and (1 <= len(payload.get("summary", "")) <= 1024 and payload.get("source")
                             and payload.get("severity") in ("critical", "error", "warning", "info"))
        if not good:
            raise Refusal(400, {"status": "invalid event", "message": "Event object is invalid",
                                "errors": ["it does not fit"]}, {})
        self.keep(event)
        with self.lock:
            self.follow(action, key)
        return 202, {"status": "success", "message": "Event processed", "dedup_key": key}

    def follow(self, action, key):
        """As PagerDuty has it: what is open takes further triggers and stays as it is; what is resolved
        begins anew with a trigger and heeds nothing else."""
        state = self.alerts.get(key, "resolved")
        self.story.append((action, key))
        if action == "trigger" and state == "resolved":
            self.alerts[key] = "triggered"
        elif action != "trigger" and state == "resolved":
            self.unknown.append((action, key))
        elif action != "trigger":
            self.alerts[key] = "acknowledged" if action == "acknowledge" else "resolved"


class Gateway(Vendor):
    """Takes anything; status: what it answers then."""

    def __init__(self, status=202, **others):
        super().__init__(**others)
        self.status = status

    def take(self, handler, body):
        self.keep({"path": handler.path, "body": body.decode(), "headers": dict(handler.headers)})
        return self.status, {"taken": True}


class Hook(Vendor):
    """An incoming webhook of Mattermost, Discord or Teams."""

    def __init__(self, kind, **others):
        super().__init__(**others)
        self.kind = kind

    def take(self, handler, body):
        message = json.loads(body)
        if self.kind == "discord":
            good = 1 <= len(message["content"]) <= 2000 and \
                message["allowed_mentions"] == {"parse": []} and handler.path.endswith("?wait=true")
        elif self.kind == "mattermost":
            good = 1 <= len(message["text"]) <= 16383
        else:
            card = message["attachments"][0]
            good = card["contentType"] == "application/vnd.microsoft.card.adaptive" and \
                card["content"]["type"] == "AdaptiveCard" and len(body) <= 28 * 1024
        if not good:
            raise Refusal(400, {"message": "it does not fit"}, {})
        self.keep(message)
        return {"discord": 200, "mattermost": 200, "teams": 202}[self.kind], b"ok"


def closed_port():
    """An address where nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


def make_certificates(folder):
    """{name: (certificate, key)}: of a server that is trusted, and of one that nobody knows."""
    os.makedirs(folder, exist_ok=True)
    return {name: certificate(folder, name) for name in ("known", "strange")}
