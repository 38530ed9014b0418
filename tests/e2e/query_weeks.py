# query_weeks.py - objectives and limits relative to a baseline, asked of a real Prometheus that has five weeks
# behind it (written by promtool) and goes on scraping the same series.
# The tests are the steps of one story and stand in its order. Usage: query_weeks.py BUILD_FOLDER
import json
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse

sys.dont_write_bytecode = True
import lib  # noqa: E402
from engine import Company, Prometheus, Quiet, serve  # noqa: E402
from lib import ask, within  # noqa: E402

RUNBOOK = """# Ours

### Severity Levels
- **P1 (High)**: Bad
  - Response time: 15 minutes

## Monitoring Alerts

### Critical Alerts
- Search error rate > 2x baseline
- Response time p95 > 2x usual
- Orders > 2x baseline in 10 minutes
- Queue depth > 3x usual
- New error rate > 2x baseline

## Service level objectives
- Availability: 99.9% over 30 days
- 95% of requests under 500 ms over 30 days
- Checkout error rate < 1% over 30 days
- Delivery error rate < 1% over 30 days
"""
SETTINGS = """baselines: { baseline: same hour of the week, usual: last 24 hours }
signals:
  error rate: { failures: http_failures_total, of: http_total }
  response time: { histogram: http_seconds }
  search error rate: { failures: search_failures_total, of: search_total }
  new error rate: { failures: new_failures_total, of: new_total }
  checkout error rate: { failures: checkout_failures_total, of: checkout_total }
  delivery error rate: { failures: delivery_failures_total, of: delivery_total }
  orders: { count: orders_total }
  queue depth: { gauge: queue_depth }
"""
STEP_S, HOUR_S, DAY_S = 120, 3600, 86400
# name: requests a second, days that the engine has, share of failures so long ago
SERVICES = {
    "http": (10, 35, lambda ago: 0.0005),
    # The same time of the last weeks: 1 %, 2 %, 3 % and 10 %.
    "search": (5, 35, lambda ago: (0.04, 0.01, 0.02, 0.03, 0.1, 0)[round(ago / DAY_S / 7)]),
    "new": (5, 9, lambda ago: 0.01),
    "checkout": (5, 2, lambda ago: 0.02),
    "delivery": (5, 4, lambda ago: 0.07),
}
BUCKETS = {"0.5": 0.98, "1": 0.99, "2": 1.0, "+Inf": 1.0}


class Exporter(Quiet):
    """Goes on where the history ends."""
    lock = threading.Lock()
    counts, shares, gauge, orders_a_second = {}, {}, 4, 3
    buckets = dict(BUCKETS)
    at = 0.0

    @classmethod
    def add(cls, name, amount):
        cls.counts[name] = cls.counts.get(name, 0.0) + amount

    @classmethod
    def advance(cls, seconds, shares, silent=()):
        for name, (rate, _, _) in SERVICES.items():
            if name in silent or name not in shares:
                continue
            cls.add(f"{name}_total", rate * seconds)
            cls.add(f"{name}_failures_total", rate * seconds * shares[name])
        for edge, share in cls.buckets.items():
            cls.add(f'http_seconds_bucket{{le="{edge}"}}', 10 * seconds * share)
        cls.add("http_seconds_count", 10 * seconds)
        cls.add("orders_total", cls.orders_a_second * seconds)

    def do_GET(self):
        with self.lock:
            now = time.time()
            self.advance(now - Exporter.at, self.shares)
            Exporter.at = now
            lines = [f"{name} {value}\n" for name, value in self.counts.items()]
            lines.append(f"queue_depth {self.gauge}\n")
        self.say(200, "".join(lines), **{"Content-Type": "text/plain; version=0.0.4"})


class Heavy(Quiet):
    """An engine that never comes to an end of what looks back over days."""
    protocol_version = "HTTP/1.1"
    lock, heavy_now, heavy_most, quick = threading.Lock(), 0, 0, []

    def do_GET(self):
        self.say(200, '{"status":"success","data":{"version":"1.2.3"}}')

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        at, query = form["time"][0], form["query"][0]
        if re.search(r"\[\d{3,}m\]", query):
            with self.lock:
                Heavy.heavy_now += 1
                Heavy.heavy_most = max(Heavy.heavy_most, Heavy.heavy_now)
            time.sleep(2.5)
            with self.lock:
                Heavy.heavy_now -= 1
        elif "queue_depth" in query:
            self.quick.append(at)
        result = [{"metric": {"reeve_part": "gauge 0"}, "value": [float(at), "4"]},
                  {"metric": {"reeve_part": "newest 0"}, "value": [float(at), at]}]
        self.say(200, json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}))


def write_history(folder):
    """Each series from its first day until now; deliveries were not seen from five hours to one hour ago."""
    end = int(time.time()) - 5
    target = f'job="shop",instance="127.0.0.1:{exporter_port}"'
    series = {}
    for at in range(end - 35 * DAY_S, end + 1, STEP_S):
        ago = end - at
        blind = HOUR_S < ago < 5 * HOUR_S
        shares = {name: share(ago) for name, (_, days, share) in SERVICES.items() if ago <= days * DAY_S}
        silent = ("delivery",) if blind else ()
        Exporter.advance(STEP_S, shares, silent)
        for name, value in Exporter.counts.items():
            if not (name.startswith("delivery") and blind):
                series.setdefault(name, []).append((value, at))
        series.setdefault("queue_depth", []).append((3 if at // STEP_S % 2 else 5, at))
        Exporter.shares, Exporter.at = shares, at
    with open(f"{folder}/samples", "w") as file:
        for name, samples in series.items():
            both = name.replace("{", "{" + target + ",") if "{" in name else f"{name}{{{target}}}"
            file.writelines(f"{both} {value:.3f} {at}\n" for value, at in samples)
        file.write("# EOF\n")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=744h", "-q",
                    "samples", "data"], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def burns(title):
    """The rules of an objective by the length of their long window."""
    rules = [rule for name, rule in company.rules().items() if name.startswith(title + ": ")]
    return {rule["title"].rsplit(" in ", 1)[1]: rule for rule in rules}


def page():
    status, text = ask(company.page, headers={"Authorization": f"Bearer {company.token}"})
    assert status == 200, status
    return text


def five_weeks_are_read():
    within(120, lambda: all("has not answered yet" not in rule["reading"] for rule in company.rules().values()),
           "answers to all questions")
    search = company.rule("Search error rate")
    assert search["truth"] == "false", search
    assert re.search(r"^4\.\d % of [\d.]+ events in 1 min; 2 times the baseline is 5\.0 %$", search["reading"]), search
    times = company.rule("Response time")
    assert times["truth"] == "false" and times["reading"].endswith("2 times the usual is 969.4 ms"), times
    orders = company.rule("Orders")
    assert orders["truth"] == "false" and re.search(r"2 times the baseline is 3,[56]\d\d", orders["reading"]), orders
    queue = company.rule("Queue depth")
    assert queue["truth"] == "false" and queue["reading"].endswith("3 times the usual is 15"), queue


def what_the_engine_does_not_have_that_far_back_is_unknown():
    new = company.rule("New error rate")
    assert new["truth"] in ("unknown", "not read yet"), new
    assert "only 1 of 4 hours are known, and it needs 2; http" in new["reading"], new
    assert "has no samples of an hour of it" in new["reading"], new
    checkout = burns("Checkout error rate < 1% over 30 days")
    # Twice the budget, which no shorter window minds; of three days there are two.
    assert {length: rule["truth"] for length, rule in checkout.items() if length != "3 d"} == {
        "1 h": "false", "6 h": "false", "1 d": "false"}, checkout
    assert re.fullmatch(r"only (2 d|1 d 2\d h).* of the 3 d that it looks at were measured so far",
                        checkout["3 d"]["reading"]), checkout


def a_gap_is_as_bad_as_it_could_have_been():
    delivery = burns("Delivery error rate < 1% over 30 days")
    assert delivery["1 h"]["truth"] == "false", delivery["1 h"]
    assert re.fullmatch(r"(4 h|3 h 5\d min) of the last 6 h were not seen, and what happened then could decide it",
                        delivery["6 h"]["reading"]), delivery["6 h"]
    assert delivery["1 d"]["truth"] == "true", delivery["1 d"]  # 7 % is over 3 %, whatever was in the gap


def budgets_are_told_of_the_whole_period():
    text = page()
    assert re.search(r"budget left (49|50|51)(\.\d)? % of 30 d; burning 0\.\d+× in the last hour", text)
    assert re.search(r"budget left (59|60|61)(\.\d)? % of 30 d; burning 0\.4× in the last hour", text)
    # Two days at twice the budget of thirty.
    assert re.search(r"budget left 8\d(\.\d)? % of 30 d; burning 2× in the last hour; "
                     r"(2 d|1 d \d+ h[^;<]*) of it seen so far", text)
    assert "asked of http" in text and "the last 3 d every 1 h" in text


def the_rule_says_what_was_asked():
    rule = burns("Availability: 99.9% over 30 days")["1 h"]
    assert rule["asked"].startswith(f"asked of http://127.0.0.1:{engine.port} at "), rule
    assert rule["asked"].endswith("; the last 5 min every 5 s, the last 1 h every 1 min, the last 30 d every 1 h"), rule
    why = company.run("alert", "why", rule["title"])
    assert "sum(increase(http_failures_total[60m]))" in why and "[43200m:720m]" in why, why
    assert re.search(r"^at \S+ \S+Z: false: burning 0\.5× over 1 h and 0\.5× over 5 min", why, re.M), why
    past = company.run("alert", "why", "Orders", "--at", "7 d")
    assert "increase(orders_total[60m] offset 671h)" in past, past
    assert re.search(r"^at \S+ \S+Z: false: 1,[78]\d\d.* events in 10 min; 2 times the baseline is 3,[56]\d\d",
                     past, re.M), past
    company.run("alert", "backtest", "Search error rate", codes=(2,))


def explain_check_and_the_page_say_where_it_is_read():
    url = f"http://127.0.0.1:{engine.port}"
    said = re.sub(r"\s+", " ", company.run("explain", "Search error rate > 2x baseline"))
    assert f"read asked of {url} every 1 s; its baseline (same hour of the week) once an hour" in said, said
    assert "limit" not in said, said
    said = re.sub(r"\s+", " ", company.run("explain", "Availability: 99.9% over 30 days"))
    assert (f"read asked of {url}; the last 5 min every 5 s, the last 1 h every 1 min, the last 30 d every 1 h"
            in said), said
    said = company.run("check")
    assert f"     9  of all, asked of {url}: alert 5, objective 4\n" in said, said
    assert "enforced by Reeve: severity 1, response 1, alert 5, objective 4\n" in said, said
    rule = company.rule("Search error rate")
    status, text = ask(f"{company.page}/lines/{rule['rule']}", headers={"Authorization": f"Bearer {company.token}"})
    assert status == 200 and f"From what {url} answered, in steps of 15 s." in text and "This Reeve has asked since" in text, text


def days_are_asked_less_often_than_minutes():
    def count(words):
        return sum(words in query for _, query in engine.queries())
    asked = {words: count(words)
             for words in ("http_total[4320m]", "http_total[43200m]", "orders_total[60m] offset 671h")}
    within(60, lambda: count("http_total[5m])), \"reeve_part\", \"of 0\"") >= 3, "the five minutes again")
    # Each once by the daemon; alert why asked for the whole period and the hours once more.
    assert asked["http_total[4320m]"] == 1 and asked["http_total[43200m]"] == 2, asked
    assert asked["orders_total[60m] offset 671h"] in (2, 3), asked  # an hour may have begun meanwhile


def what_goes_wrong_fires():
    with Exporter.lock:
        Exporter.add("http_total", 600)
        Exporter.add("http_failures_total", 600)  # of 36,600 in an hour, and of 3,600 in five minutes
        Exporter.add("search_total", 100)
        Exporter.shares["search"] = 0.5
        Exporter.buckets.update({"0.5": 0.5, "1": 0.5})
        Exporter.add("orders_total", 5000)
        Exporter.gauge = 20
    for title in ("Search error rate", "Response time", "Orders", "Queue depth"):
        within(90, lambda: company.rule(title)["state"] == "firing", title)
    page_rule = within(150, lambda: [rule for rule in [burns("Availability: 99.9% over 30 days")["1 h"]]
                                     if rule["state"] == "firing"], "the burn")[0]
    assert re.match(r"burning 1\d(\.\d)?× over 1 h and \d+× over 5 min \(1\.\d+ % of 3[56]\d\d\d requests failed in 1 h\)",
                    page_rule["reading"]), page_rule
    assert "20 (queue_depth" in company.rule("Queue depth")["reading"]


def an_engine_that_is_away_is_unknown_and_resolves_nothing():
    engine.kill()
    for title in ("Search error rate", "Availability: 99.9% over 30 days: 2 %"):
        within(60, lambda: company.rule(title)["truth"] == "unknown", title)
        rule = company.rule(title)
        assert rule["state"] == "firing" and "cannot be reached" in rule["reading"], rule
    assert "cannot be reached" in company.down()["prometheus"], company.down()
    engine.start()
    for title in ("Search error rate", "Availability: 99.9% over 30 days: 2 %"):
        within(90, lambda: company.rule(title)["truth"] == "true", title)
    within(60, lambda: "prometheus" not in company.down(), "the engine among the targets")


def it_ends_as_it_is_told():
    assert company.stop() == 0


def what_looks_back_over_days_keeps_nothing_waiting():
    stand_in, port = serve(Heavy)
    other = Company(build, RUNBOOK.replace("Queue depth > 3x usual", "Queue depth > 3"), SETTINGS
                    + f"ask: {{ url: \"http://127.0.0.1:{port}\", every: 1 s, deadline: 2 s }}\n")
    try:
        within(60, lambda: "did not answer within 2 s" in other.run("status", codes=(0, 1)), "that days have no answer")
        before = len(Heavy.quick)
        within(30, lambda: len(Heavy.quick) >= before + 5, "quick questions meanwhile")
        assert other.rule("Queue depth")["truth"] == "true", other.rule("Queue depth")
        assert Heavy.heavy_most <= 4, Heavy.heavy_most  # two, and two that were given up and go on here
        rule = next(rule for title, rule in other.rules().items() if title.endswith(" in 1 d"))
        assert rule["truth"] in ("unknown", "not read yet"), rule
        assert "did not answer within 2 s" in rule["asked"] or "has not answered yet" in rule["reading"], rule
    finally:
        other.stop()
        stand_in.shutdown()


build = sys.argv[1]
if not shutil.which("prometheus") or not shutil.which("promtool"):
    lib.run_tests([], skip="Prometheus is not installed here")
exporter, exporter_port = serve(Exporter)
engine = Prometheus(exporter_port, write_history)
company = None
try:
    company = Company(build, RUNBOOK, SETTINGS + f"ask: {{ url: \"http://127.0.0.1:{engine.port}\", every: 1 s }}\n")
    lib.run_tests([
        five_weeks_are_read, what_the_engine_does_not_have_that_far_back_is_unknown,
        a_gap_is_as_bad_as_it_could_have_been, budgets_are_told_of_the_whole_period, the_rule_says_what_was_asked,
        explain_check_and_the_page_say_where_it_is_read, days_are_asked_less_often_than_minutes, what_goes_wrong_fires,
        an_engine_that_is_away_is_unknown_and_resolves_nothing, it_ends_as_it_is_told,
        what_looks_back_over_days_keeps_nothing_waiting])
finally:
    if company and company.process.poll() is None:
        company.stop()
    engine.close()
