# openai.py - stands in for OpenAI's API for organisations: costs and usage of days, by an admin key.
#
# Promises: answers have the fields that OpenAI's own description of its API demands (the end-to-end
# test compares them with it where it is at hand); days come in pages. Needs only Python's standard
# library.
import datetime
import http.server
import json
import threading
import time
import urllib.parse

DAY_S = 86400


class Api:
    """A server on 127.0.0.1. costs, input, output: of each day since the month began."""

    def __init__(self, key):
        self.key = key
        self.costs, self.input, self.output = [], [], []
        self.currency = "usd"
        self.failure = None  # (status, error, headers)
        self.page_days = 31
        self.asked = []  # (path, query, authorized)
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                api.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    @staticmethod
    def month_s():
        now = datetime.datetime.fromtimestamp(time.time(), datetime.timezone.utc)
        return int(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp())

    def results(self, path, day):
        if path == "/v1/organization/costs":
            values = self.costs[day:day + 1]
            return [{"object": "organization.costs.result",
                     "amount": {"value": value, "currency": self.currency},
                     "line_item": None, "project_id": None} for value in values]
        if path == "/v1/organization/usage/completions":
            return [{"object": "organization.usage.completions.result", "input_tokens": given,
                     "output_tokens": taken, "num_model_requests": 1}
                    for given, taken in list(zip(self.input, self.output))[day:day + 1]]
        return [{"object": "organization.usage.embeddings.result", "input_tokens": 10,
                 "num_model_requests": 1}] if day == 0 else []

    def page(self, path, query):
        start = int(query["start_time"][0])
        limit = min(int(query.get("limit", ["7"])[0]), self.page_days)
        first = int(query["page"][0].removeprefix("page/+")) if "page" in query else 0
        days = max(len(self.costs), 1)
        last = min(first + limit, days)
        return {"object": "page",
                "data": [{"object": "bucket", "start_time": start + day * DAY_S,
                          "end_time": start + (day + 1) * DAY_S, "results": self.results(path, day)}
                         for day in range(first, last)],
                "has_more": last < days, "next_page": f"page/+{last}" if last < days else None}

    def answer(self, request):
        parts = urllib.parse.urlsplit(request.path)
        query = urllib.parse.parse_qs(parts.query)
        good = request.headers.get("Authorization") == f"Bearer {self.key}"
        self.asked.append((parts.path, query, good))
        headers = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59"}
        if not good:
            status, body = 401, {"error": {"message": "Incorrect API key provided.", "param": None,
                                           "type": "invalid_request_error", "code": "invalid_api_key"}}
        elif self.failure:
            status, error, more = self.failure
            body = {"error": {"type": "t", "param": None, **error}}
            headers.update(more)
        else:
            status, body = 200, self.page(parts.path, query)
        data = json.dumps(body).encode()
        request.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)
