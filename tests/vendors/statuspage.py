# statuspage.py - stands in for a company's status page: Atlassian's summary.json and Stripe's
# /current, with ETags, in whatever state a test puts it.
#
# Promises: answers have the fields that such pages are known to have; each answer's ETag changes
# with its body only. Needs only Python's standard library.
import copy
import hashlib
import http.server
import json
import threading
import time

FINE = {
    "page": {"id": "kctbh9vrtdwd", "name": "Example", "url": "https://status.example.com",
             "time_zone": "Etc/UTC", "updated_at": "2026-11-23T05:00:00.000Z"},
    "status": {"indicator": "none", "description": "All Systems Operational"},
    "components": [
        {"id": f"c{number}", "name": name, "status": "operational", "position": number,
         "group": False, "group_id": None, "description": None, "showcase": True,
         "only_show_if_degraded": False, "page_id": "kctbh9vrtdwd",
         "created_at": "2024-01-01T00:00:00Z", "updated_at": "2026-11-23T05:00:00Z"}
        for number, name in enumerate(["API", "Webhooks", "Dashboard"], 1)],
    "incidents": [],
    "scheduled_maintenances": [],
}


class Page:
    """A server on 127.0.0.1; fine(), outage(), maintenance(), broken(), moved(), slow(), gone()."""

    def __init__(self):
        self.lock = threading.Lock()
        self.asked = []  # (path, If-None-Match or None, status)
        self.fine()
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def put(self, body, status=200, wait=0, headers=()):
        with self.lock:
            self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.status, self.wait, self.headers = status, wait, dict(headers)
            self.current = {"largestatus": "up", "message": "All services are online."}

    def fine(self):
        self.put(FINE)

    def outage(self):
        summary = copy.deepcopy(FINE)
        summary["status"] = {"indicator": "major", "description": "Partial System Outage"}
        summary["components"][1]["status"] = "partial_outage"
        summary["incidents"] = [
            {"id": "01K", "name": "Elevated errors", "status": "identified", "impact": "major",
             "created_at": "2026-11-23T04:00:00.000Z", "updated_at": "2026-11-23T04:30:00.000Z",
             "components": [], "incident_updates": []},
            {"id": "01J", "name": "Over", "status": "resolved", "impact": "minor",
             "created_at": "2026-11-20T04:00:00.000Z", "components": [], "incident_updates": []}]
        self.put(summary)
        self.current = {"largestatus": "degraded", "message": "Webhooks are slow."}

    def maintenance(self):
        summary = copy.deepcopy(FINE)
        summary["status"] = {"indicator": "maintenance", "description": "Service Under Maintenance"}
        summary["components"][0]["status"] = "under_maintenance"
        summary["scheduled_maintenances"] = [
            {"id": "m1", "name": "Database upgrade", "status": "in_progress", "impact": "maintenance",
             "scheduled_for": "2026-11-23T05:00:00.000Z", "scheduled_until": "2026-11-23T06:00:00.000Z"}]
        self.put(summary)

    def unheard_of(self):
        summary = copy.deepcopy(FINE)
        summary["components"][0]["status"] = "on_fire"
        self.put(summary)

    def broken(self):
        self.put(json.dumps(FINE).encode()[:200])

    def html(self):
        self.put(b"<!doctype html><p>Our new status page</p>")

    def moved(self):
        self.put(b"", 301, headers={"Location": "https://elsewhere.example.com/"})

    def slow(self):
        self.put(FINE, wait=8)

    def gone(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        with self.lock:
            body, status, wait, headers = self.body, self.status, self.wait, self.headers
            if request.path == "/current":
                body = json.dumps(self.current).encode()
        time.sleep(wait)
        etag = 'W/"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        asked = request.headers.get("If-None-Match")
        if status == 200 and asked == etag:
            status, body = 304, b""
        with self.lock:
            self.asked.append((request.path, asked, status))
        try:
            request.send_response(status)
            for name, value in {"Content-Length": str(len(body)), "ETag": etag, **headers}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            pass  # who asked has given up
