# slack.py - stands in for Slack: the methods of its Web API that Reeve calls, over channels, members, messages and
# pins; clicks on buttons and events, signed as Slack signs them; the addresses by which a clicked message is changed.
#
# Promises: a method refuses what Slack's description of it refuses, with 200 and ok: false; names are taken for ever,
# also by archived channels; a button that was not sent cannot be pressed. Needs only Python's standard library.
import hashlib
import hmac
import json
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import paging

RESPONSES_MAX = 5  # times that one click's message can be changed


def signature(secret, timestamp, body):
    """As Slack's documentation has it."""
    text = b"v0:" + str(timestamp).encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def no(error):
    raise paging.Refusal(200, {"ok": False, "error": error}, {})


def check_text(block, kinds, most):
    if block.get("type") not in kinds or not 1 <= len(block.get("text", "")) <= most:
        no("invalid_blocks")
    if not set(block) <= {"type", "text", "emoji", "verbatim"}:
        no("invalid_blocks")


def check_blocks(blocks):
    """The sections and buttons of Block Kit, within its limits."""
    if not 1 <= len(blocks) <= 50:
        no("invalid_blocks")
    for block in blocks:
        if block["type"] == "section":
            check_text(block["text"], ("mrkdwn", "plain_text"), 3000)
        elif block["type"] == "actions":
            names = [element["action_id"] for element in block["elements"]]
            if not 1 <= len(names) <= 25 or len(set(names)) < len(names):
                no("invalid_blocks")
            for element in block["elements"]:
                check_text(element["text"], ("plain_text",), 75)
                if element["type"] != "button" or not set(element) <= {"type", "text", "action_id", "value", "style"} \
                        or element.get("style", "primary") not in ("primary", "danger") \
                        or len(element["action_id"]) > 255 or len(element["value"]) > 2000:
                    no("invalid_blocks")
        else:
            no("invalid_blocks")


class Slack(paging.Vendor):
    """One workspace with one bot. members: ids that can be told directly and invited."""

    BOT = "U0REEVEBOT"

    def __init__(self, token, members, signing_secret="", **others):
        super().__init__(**others)
        self.token, self.members, self.signing_secret = token, set(members), signing_secret
        self.channels = {}   # id: name, topic, members, archived, pins, messages {ts: message}
        self.direct = {}     # ts: message, of direct ones
        self.changed = []    # (ts, body) that came to an address of a click
        self.responses = {}  # path: [ts, how often it was used]
        self.scopes = None   # names of methods that the token may call; None: all
        self.clock = 1503435956

    def trouble(self, status):
        return {"ok": False, "error": "ratelimited" if status == 429 else "internal_error"}

    # --- the Web API ---

    def take(self, handler, body):
        if handler.path in self.responses:
            return self.respond(handler.path, body)
        method = handler.path.removeprefix("/api/")
        path, _, query = method.partition("?")
        call = {"auth.test": lambda _: {"user_id": self.BOT, "team_id": "T0000001"},
                "chat.postMessage": self.post, "chat.update": self.update, "conversations.create": self.create,
                "conversations.setTopic": self.set_topic, "conversations.setPurpose": self.set_purpose,
                "conversations.invite": self.invite, "conversations.archive": self.archive,
                "conversations.list": self.list, "pins.add": self.pin}.get(path)
        if not call or not handler.path.startswith("/api/"):
            no("unknown_method")
        if handler.headers.get("Authorization") != f"Bearer {self.token}":
            no("invalid_auth")
        if self.scopes is not None and path not in self.scopes:
            raise paging.Refusal(200, {"ok": False, "error": "missing_scope", "needed": f"scope:{path}"}, {})
        if handler.command == "GET" or not body:
            return 200, {"ok": True, **call(dict(urllib.parse.parse_qsl(query)))}
        if not handler.headers.get("Content-Type", "").startswith("application/json"):
            no("invalid_form_data")
        return 200, {"ok": True, **call(json.loads(body))}

    def stamp(self):
        with self.lock:
            self.clock += 1
            return f"{self.clock}.{len(self.taken):06d}"

    def post(self, message):
        to = message.get("channel")
        if not message.get("text") or len(message["text"]) > 4000:
            no("no_text" if not message.get("text") else "msg_too_long")
        check_blocks(message.get("blocks", [{"type": "section", "text": {"type": "mrkdwn", "text": "-"}}]))
        if to not in self.members:
            self.open_channel(to)
        number = self.keep(message)
        ts = f"1503435956.{number:06d}"
        (self.direct if to in self.members else self.channels[to]["messages"])[ts] = message
        return {"channel": "D0123456" if to in self.members else to, "ts": ts,
                "message": {"type": "message", "subtype": "bot_message", "text": message["text"], "ts": ts}}

    def update(self, asked):
        channel = self.open_channel(asked.get("channel"))
        if asked.get("ts") not in channel["messages"]:
            no("message_not_found")
        channel["messages"][asked["ts"]] = asked
        return {"channel": asked["channel"], "ts": asked["ts"], "text": asked["text"]}

    def open_channel(self, id):
        channel = self.channels.get(id) or no("channel_not_found")
        if channel["archived"]:
            no("is_archived")
        if self.BOT not in channel["members"]:
            no("not_in_channel")
        return channel

    def create(self, asked):
        name = asked.get("name", "")
        if len(name) > 80:
            no("invalid_name_maxlength")
        if not re.fullmatch(r"[a-z0-9_-]+", name):
            no("invalid_name_specials" if name else "invalid_name_required")
        if any(channel["name"] == name for channel in self.channels.values()):
            no("name_taken")
        id = f"C{len(self.channels) + 1:08d}"
        self.channels[id] = {"id": id, "name": name, "topic": "", "purpose": "", "members": {self.BOT},
                             "archived": False, "pins": [], "messages": {}, "creator": self.BOT}
        return {"channel": self.shown(self.channels[id])}

    @staticmethod
    def shown(channel):
        return {"id": channel["id"], "name": channel["name"], "is_archived": channel["archived"],
                "creator": channel["creator"],
                "topic": {"value": channel["topic"]}, "purpose": {"value": channel["purpose"]}}

    def list(self, asked):
        at, most = int(asked.get("cursor") or 0), int(asked["limit"])
        shown = [self.shown(channel) for channel in self.channels.values()
                 if not (channel["archived"] and asked.get("exclude_archived") == "true")]
        return {"channels": shown[at:at + most],
                "response_metadata": {"next_cursor": str(at + most) if at + most < len(shown) else ""}}

    def set_line(self, asked, line):
        if len(asked.get(line, "")) > 250:
            no("too_long")
        channel = self.open_channel(asked.get("channel"))
        channel[line] = asked[line]
        return {"channel": self.shown(channel)}

    def set_topic(self, asked):
        return self.set_line(asked, "topic")

    def set_purpose(self, asked):
        return self.set_line(asked, "purpose")

    def invite(self, asked):
        channel, users = self.open_channel(asked.get("channel")), asked.get("users", "").split(",")
        if self.BOT in users:
            no("cant_invite_self")
        if not set(users) <= self.members:
            no("user_not_found")
        if set(users) <= channel["members"]:
            no("already_in_channel")
        channel["members"] |= set(users)
        return {"channel": self.shown(channel)}

    def pin(self, asked):
        channel = self.open_channel(asked.get("channel"))
        if asked.get("timestamp") not in channel["messages"]:
            no("message_not_found")
        if asked["timestamp"] in channel["pins"]:
            no("already_pinned")
        channel["pins"].append(asked["timestamp"])
        return {}

    def archive(self, asked):
        channel = self.channels.get(asked.get("channel")) or no("channel_not_found")
        if channel["archived"]:
            no("already_archived")
        channel["archived"] = True
        return {}

    # --- what it posts itself ---

    def send(self, url, body, kind, secret=None, timestamp=None, sign=None, host=None):
        """Posts a signed body; (status, text, seconds)."""
        timestamp = int(time.time()) if timestamp is None else timestamp
        signed = signature(secret or self.signing_secret, timestamp, body) if sign is None else sign
        headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": signed,
                   **({"Host": host} if host else {})}
        headers = {name: value for name, value in headers.items() if value}
        began = time.monotonic()
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=15) as answer:
                return answer.status, answer.read().decode(), time.monotonic() - began
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), time.monotonic() - began

    def click(self, user, ts, response_url=None):
        """The payload of a click on the first button of the message of that name."""
        message = self.direct.get(ts) or next(channel["messages"][ts] for channel in self.channels.values()
                                              if ts in channel["messages"])
        button = next(block for block in message["blocks"] if block["type"] == "actions")["elements"][0]
        path = f"/actions/T0000001/{len(self.responses) + 1}/secret-of-the-click"
        self.responses[path] = [ts, 0]
        return {"type": "block_actions", "user": {"id": user, "username": "ana", "team_id": "T0000001"},
                "api_app_id": "A0000001", "token": "deprecated", "team": {"id": "T0000001", "domain": "acme"},
                "container": {"type": "message", "message_ts": ts, "channel_id": "D0123456", "is_ephemeral": False},
                "trigger_id": "1.2.3", "channel": {"id": "D0123456", "name": "directmessage"},
                "message": {"type": "message", "ts": ts, "text": message["text"], "blocks": message["blocks"]},
                "response_url": self.url + path if response_url is None else response_url,
                "actions": [{"action_id": button["action_id"], "block_id": "b1", "type": "button",
                             "text": button["text"], "value": button["value"], "action_ts": "1.2"}]}

    def press(self, url, payload, **more):
        body = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()
        return self.send(url, body, "application/x-www-form-urlencoded", **more)

    def event(self, url, event, **more):
        return self.send(url, json.dumps(event).encode(), "application/json", **more)

    def respond(self, path, body):
        asked = json.loads(body)
        ts, used = self.responses[path]
        if used >= RESPONSES_MAX:
            raise paging.Refusal(404, {"ok": False, "error": "used_url"}, {})
        if "blocks" in asked:
            check_blocks(asked["blocks"])
        self.responses[path][1] += 1
        with self.lock:
            self.changed.append((ts, asked))
        if asked.get("replace_original"):
            for messages in (self.direct, *(channel["messages"] for channel in self.channels.values())):
                if ts in messages:
                    messages[ts] = {**asked, "channel": messages[ts]["channel"]}
        return 200, b"ok"
