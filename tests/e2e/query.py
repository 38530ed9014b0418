# query.py - rules asked of a real Prometheus, beside the same rules collected by Reeve itself; and of
# stand-ins that are slow, wrong, or lead elsewhere.
# The tests are the steps of one story and stand in its order. Usage: query.py BUILD_FOLDER
import html
import json
import re
import shutil
import signal
import sys
import threading
import time
import urllib.parse

sys.dont_write_bytecode = True
import lib  # noqa: E402
from engine import TOKEN, Company, Prometheus, Quiet, seconds_pass, serve  # noqa: E402
from lib import ask, within  # noqa: E402
from shop import RUNBOOK, SIGNALS, Exporter  # noqa: E402

FILL_S = 75  # a window of a minute, and a scrape of each


def vector(*series):
    """(labels, value, seconds behind the instant asked for) each."""
    return lambda at: json.dumps({"status": "success", "data": {"resultType": "vector", "result": [
        {"metric": labels, "value": [at - behind, value]} for labels, value, behind in series]}})


def depth(value, newest=1.0, behind=0.0):
    """An answer to the question of queue depth, whose newest sample is so old."""
    return lambda at: vector(
        ({"__name__": "queue_depth", "queue": "mail", "reeve_part": "gauge 0"}, value, behind),
        ({"reeve_part": "newest 0"}, str(at - newest), behind))(at)


class Engine(Quiet):
    """Stands in for an engine: answers as its mode says."""
    protocol_version = "HTTP/1.1"
    mode, delay, now_open, most_open = None, 0.0, 0, 0
    asked, elsewhere, lock = [], [], threading.Lock()
    elsewhere_port = 0

    def do_GET(self):
        if not self.authorized():
            return
        self.say(200, '{"status":"success","data":{"version":"1.2.3"}}')

    def authorized(self):
        good = (self.headers["Authorization"] == f"Bearer {TOKEN}"
                and self.headers["X-Scope-OrgID"] == "team-a")
        if not good:
            self.say(401, "who are you?")
        return good

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if not self.authorized():
            return
        with self.lock:
            Engine.now_open += 1
            Engine.most_open = max(Engine.most_open, Engine.now_open)
            self.asked.append((float(form["time"][0]), form["query"][0]))
        time.sleep(Engine.delay)
        with self.lock:
            Engine.now_open -= 1
        mode, at = Engine.mode, float(form["time"][0])
        if callable(mode):
            self.say(200, mode(at))
        elif isinstance(mode, tuple):
            self.say(*mode)
        elif mode == "cut":
            body = depth("99")(at)
            self.say(200, body[:len(body) // 2])
        elif mode == "short":
            self.say(200, "{", **{"Content-Length": "1000"})
            self.close_connection = True
        elif mode == "long":
            self.say(200, b'{"status":"success","x":"' + b"x" * 10_000_000 + b'"}')
        elif mode == "redirect":
            self.say(307, "", Location=f"http://127.0.0.1:{self.elsewhere_port}/api/v1/query")


class Elsewhere(Quiet):
    seen = []

    def do_GET(self):
        self.seen.append(dict(self.headers))
        self.say(200, depth("1")(time.time()))

    do_POST = do_GET


def truths(company):
    return {title: rule["truth"] for title, rule in company.rules().items()}


LOGINS = "Failed auth attempts > 10 in 5 minutes"


def what_is_asked_and_what_is_collected_agree_while_all_is_well():
    seconds_pass(FILL_S)
    mine, theirs = truths(collecting), truths(asking)
    # The collector knows that it has not seen the five minutes; the engine does not say since when it sees.
    assert mine.pop(LOGINS) in ("unknown", "not read yet"), mine
    assert theirs.pop(LOGINS) == "false", theirs
    assert set(mine.values()) == {"false"}, mine
    assert mine == theirs, (mine, theirs)


def and_when_all_is_wrong():
    with Exporter.lock:
        Exporter.advance()
        Exporter.rates.update(errors=0.1, slow=0.2)
        Exporter.counts["logins"] += 40
        Exporter.gauges.update(tokens_used=95, free=10, memory=5, pool=10, queue_depth=60)
    seconds_pass(FILL_S)
    mine, theirs = truths(collecting), truths(asking)
    assert set(mine.values()) == {"true"}, mine
    assert mine == theirs, (mine, theirs)
    for title, rule in asking.rules().items():
        other = collecting.rules()[title]
        if title != LOGINS:  # increase() stretches what it saw
            assert abs(rule["value"] - other["value"]) <= 0.05 * abs(other["value"]), (rule, other)
    assert asking.rule("queue depth > 10")["state"] == "firing"
    assert 'queue_depth{' in asking.rule("queue depth > 10")["reading"]
    assert 'queue="mail"' in asking.rule("queue depth > 10")["reading"]


def the_rule_says_whom_was_asked_and_what():
    url = f"http://127.0.0.1:{engine.port}"
    rule = asking.rule("queue depth > 10")
    assert re.fullmatch(re.escape(f"asked of {url} at ") + r"\d\d:\d\d:\d\d UTC, answered in \d+ ms",
                        rule["asked"]), rule
    assert "topk(1, queue_depth)" in rule["question"], rule
    why = asking.run("alert", "why", "queue depth > 10")
    assert f"asked of {url} at " in why and "topk(1, queue_depth)" in why, why
    assert re.search(r"^at \S+ \S+Z: true: 60", why, re.M), why
    said = json.loads(asking.run("alert", "why", "queue depth > 10", "--json"))
    assert said["truth"] == "true" and said["words"].startswith("60") and said["asked"].startswith(f"asked of {url} at "), said
    assert said["questions"][0] == rule["question"] and "gauge 0" in {series[0] for series in said["answers"][0]["series"]}, said
    past = asking.run("alert", "why", "queue depth > 10", "--at", "2 min")
    assert re.search(r"^at \S+ \S+Z: false: 1 ", past, re.M), past
    status, text = ask(asking.page, headers={"Authorization": f"Bearer {asking.token}"})
    assert status == 200 and "asked of " in text and "topk(1, queue_depth)" in text
    refused = asking.run("alert", "backtest", "queue depth > 10", codes=(2,))
    assert refused == ""


def page_of(title, more=""):
    status, text = ask(f"{asking.page}/lines/{asking.rule(title)['rule']}{more}",
                       headers={"Authorization": f"Bearer {asking.token}"})
    assert status == 200, (status, text)
    return html.unescape(text)


def the_page_draws_what_was_heard_and_leads_to_the_engine():
    text = page_of("queue depth > 10")
    for part in ('<path class="values" d="M', "was firing</li>", "It was firing in about", "in steps of 15 s.",
                 "This Reeve has asked since", 'class="limit"'):
        assert part in text, (part, text)
    link = re.search(r'<a href="([^"]+)" rel="noreferrer">The same in the engine', text)[1]
    assert link.startswith(f"http://127.0.0.1:{engine.port}/graph?g0.expr="), link
    expression = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["g0.expr"][0]
    status, said = ask(f"http://127.0.0.1:{engine.port}/api/v1/query?query=" + urllib.parse.quote(expression))
    assert status == 200 and json.loads(said)["data"]["result"][0]["value"][1] == "60", (expression, said)
    assert "in steps of 6 min." in page_of("queue depth > 10", "?range=24h")
    assert "kept here for 30 days at most" in page_of("queue depth > 10", "?range=365d")


def promql_names_what_the_engine_has():
    """The exporter shows the second of the usual names of errors, and the second of response times."""
    rule = asking.rule("Error rate > 5%")
    assert rule["reads"] == ['failures http_requests_total{status=~"5.."}, of http_requests_total{status!=""}'], rule
    assert rule["promql"].startswith('sum(increase(http_requests_total{status=~"5.."}[1m]))'), rule
    exported = asking.run("export", "prometheus")
    assert "rate(http_request_duration_seconds_bucket[1m])" in exported, exported
    assert "# By the one that is read now of 5 usual names." in exported, exported
    assert "By the one that is read now of 9" in " ".join(asking.run("explain", "Error rate > 5%").split())


def a_series_that_becomes_nan_beside_a_healthy_one_resolves_nothing():
    """It fires by one queue, whose value becomes NaN, while the other one goes on to be well."""
    with Exporter.lock:
        Exporter.gauges["queue_depth"] = "NaN"
    within(30, lambda: asking.rule("queue depth > 10")["truth"] == "unknown", "unknown")
    rule = asking.rule("queue depth > 10")
    assert rule["state"] == "firing" and 'queue="mail"' in rule["reading"] and " is NaN" in rule["reading"], rule
    seconds_pass(20)  # longer than its quiet time
    rule = asking.rule("queue depth > 10")
    assert (rule["state"], rule["truth"]) == ("firing", "unknown"), rule
    why = asking.run("alert", "why", "queue depth > 10")
    assert re.search(r"^at \S+ \S+Z: unknown: queue_depth\{.*queue=\"mail\".* is NaN", why, re.M), why
    text = page_of("queue depth > 10")
    assert 'class="dark"' in text and "Unknown in about" in text, text
    with Exporter.lock:
        Exporter.gauges["queue_depth"] = 60
    within(30, lambda: asking.rule("queue depth > 10")["truth"] == "true", "known again")


def a_series_that_is_gone_beside_a_healthy_one_resolves_nothing():
    """The queue that it fires by is given no more: Prometheus marks it as stale at once."""
    with Exporter.lock:
        Exporter.gauges["queue_depth"] = None
    within(30, lambda: asking.rule("queue depth > 10")["truth"] == "unknown", "unknown")
    seconds_pass(20)  # longer than its quiet time
    rule = asking.rule("queue depth > 10")
    assert (rule["state"], rule["truth"]) == ("firing", "unknown"), rule
    assert 'queue="mail"' in rule["reading"] and "was 60" in rule["reading"] and "has given no value for" in rule["reading"], rule
    with Exporter.lock:
        Exporter.gauges["queue_depth"] = 60
    within(30, lambda: asking.rule("queue depth > 10")["truth"] == "true", "known again")


def a_share_of_nothing_is_none():
    """A pool without a bound is 3 of 0, which is no share at all, and no pool that is full."""
    with Exporter.lock:
        Exporter.gauges["pool_max"] = 0
    title = "Database connection pool exhausted"
    within(30, lambda: asking.rule(title)["truth"] == "unknown", "no share")
    assert "too few" in asking.rule(title)["reading"], asking.rule(title)
    with Exporter.lock:
        Exporter.gauges["pool_max"] = 10
    within(30, lambda: asking.rule(title)["truth"] == "true", "known again")


def health_check_knows_the_engine():
    said = json.loads(asking.run("health:check", "--json"))
    one = said["checks"][0]
    assert one["name"] == "prometheus" and one["kind"] == "ask" and one["ok"], said
    assert "version 2." in one["says"], said
    log = open(f"{asking.folder}/log").read()
    assert re.search(r"answers, version 2\.\d+", log), log


def an_engine_that_is_killed_is_unknown_and_resolves_nothing():
    engine.kill()
    within(30, lambda: asking.rule("queue depth > 10")["truth"] == "unknown", "unknown")
    rule = asking.rule("queue depth > 10")
    assert rule["state"] == "firing" and "cannot be reached" in rule["reading"], rule
    assert "cannot be reached" in asking.down()["prometheus"], asking.down()
    with Exporter.lock:
        Exporter.advance()
        Exporter.gauges["queue_depth"] = 1
    seconds_pass(20)  # longer than its quiet time
    assert asking.rule("queue depth > 10")["state"] == "firing"
    within(60, lambda: collecting.rule("queue depth > 10")["state"] == "inactive", "the collected one")
    said = json.loads(asking.run("health:check", "--json", codes=(4,)))
    assert not said["checks"][0]["ok"], said


def a_start_without_the_engine_is_a_start():
    asking.process.send_signal(signal.SIGTERM)
    assert asking.process.wait(20) == 0
    asking.log.close()
    asking.start()
    within(30, lambda: "prometheus" in asking.down(), "the engine among the targets")
    assert asking.rule("queue depth > 10")["state"] == "firing"


def an_engine_that_is_back_is_believed_again():
    engine.start()
    within(60, lambda: asking.rule("queue depth > 10")["truth"] == "false", "known again")
    within(60, lambda: asking.rule("queue depth > 10")["state"] == "inactive", "resolved")
    assert "prometheus" not in asking.down()


def each_question_is_asked_once_a_round_with_token_and_tenant():
    Engine.mode = depth("20")
    within(20, lambda: strange.rule("queue depth > 10")["truth"] == "true", "the stand-in")
    assert strange.rule("queue depth > 50")["truth"] == "false"
    with Engine.lock:
        rounds = {}
        for at, question in Engine.asked:
            rounds.setdefault(at, []).append(question)
    assert rounds and all(len(one) == len(set(one)) == 1 for one in rounds.values()), rounds
    assert Engine.most_open <= 4


def strange_answers():
    def quoted(result_type, result):
        return (200, json.dumps({"status": "success",
                                 "data": {"resultType": result_type, "result": result}}))
    refused = json.dumps({"status": "error", "errorType": "bad_data", "error": "1:3: parse error: oh"})
    return [
        ("matrix", quoted("matrix", []), "answers with a matrix"),
        ("string", quoted("string", [1, "x"]), "answers with a string"),
        ("cut JSON", "cut", "no whole JSON"),
        ("a body that ends early", "short", "no whole answer"),
        ("10 MB", "long", "longer than 1 MiB"),
        ("elsewhere", "redirect", "leads to"),
        ("503", (503, "busy"), "answers 503"),
        ("422", (422, refused), "refuses the question: 1:3: parse error: oh"),
        ("nothing", vector(), "has no series of queue_depth"),
        ("NaN", depth("NaN"), "is no number"),
        ("Inf", depth("+Inf"), "is no number"),
        ("old samples", depth("99", newest=3600), "is 1 h old"),
        ("another time", depth("99", behind=600), "answers of another time"),
        ("HTML", (200, "<html>log in</html>"), "no whole JSON"),
    ]


def strange_answers_are_unknown_with_their_reason():
    for what, mode, reason in strange_answers():
        Engine.mode = mode
        within(20, lambda: reason in strange.rule("queue depth > 10")["reading"], what)
        rule = strange.rule("queue depth > 10")
        assert rule["truth"] in ("unknown", "not read yet"), (what, rule)
        assert rule["state"] == "firing", (what, rule)
        Engine.mode = depth("20")
        within(20, lambda: strange.rule("queue depth > 10")["truth"] == "true", f"after {what}")
    assert Elsewhere.seen == []


def a_slow_engine_times_out():
    Engine.delay = 4.0
    within(30, lambda: "did not answer within 2 s" in strange.rule("queue depth > 10")["reading"],
           "the timeout")
    with Engine.lock:
        assert Engine.now_open <= 4
    Engine.delay = 0.0
    within(30, lambda: strange.rule("queue depth > 10")["truth"] == "true", "its answers")
    assert strange.stop() == 0


def a_round_that_takes_too_long_is_said_and_does_not_pile_up():
    within(20, lambda: Engine.now_open == 0, "the end of what was asked before")
    Engine.delay, Engine.most_open = 6.0, 0
    patient = Company(build, FEW, SIGNALS + strange_source("5 s", "12 s"))
    try:
        within(60, lambda: "longer than the 5 s between them" in patient.run("status", codes=(0, 1)),
               "that a round is late")
        assert patient.rule("queue depth > 10")["truth"] == "true"
        assert Engine.most_open == 1, Engine.most_open
        Engine.delay = 0.0
        within(60, lambda: "longer than" not in patient.run("status", codes=(0, 1)), "in time again")
    finally:
        Engine.delay = 0.0
        patient.stop()


def all_end_as_they_are_told():
    assert [company.stop() for company in (asking, collecting)] == [0, 0]


FEW = RUNBOOK[:RUNBOOK.index("- Error rate")] + "- queue depth > 10\n- queue depth > 50\n"


def strange_source(every, deadline):
    return (f"ask: {{ url: \"http://127.0.0.1:{stand_in_port}\", every: {every}, "
            f"deadline: {deadline}, token: env:ENGINE_TOKEN, tenant: team-a }}\n")


build = sys.argv[1]
if not shutil.which("prometheus"):
    lib.run_tests([], skip="Prometheus is not installed here")
exporter, exporter_port = serve(Exporter)
stand_in, stand_in_port = serve(Engine)
Engine.mode = vector()
elsewhere, Engine.elsewhere_port = serve(Elsewhere)
engine = Prometheus(exporter_port)
asking = collecting = strange = None
try:
    asking = Company(build, RUNBOOK, SIGNALS + f"ask: {{ url: \"http://127.0.0.1:{engine.port}/\", every: 1 s }}\n")
    collecting = Company(build, RUNBOOK, SIGNALS + "targets:\n  - { name: shop, every: 1 s, url: "
                         f"\"http://127.0.0.1:{exporter_port}/metrics\" }}\n")
    strange = Company(build, FEW, SIGNALS + strange_source("1 s", "2 s"))
    lib.run_tests([
        what_is_asked_and_what_is_collected_agree_while_all_is_well, and_when_all_is_wrong,
        the_rule_says_whom_was_asked_and_what, the_page_draws_what_was_heard_and_leads_to_the_engine,
        promql_names_what_the_engine_has,
        a_series_that_becomes_nan_beside_a_healthy_one_resolves_nothing,
        a_series_that_is_gone_beside_a_healthy_one_resolves_nothing, a_share_of_nothing_is_none,
        health_check_knows_the_engine,
        an_engine_that_is_killed_is_unknown_and_resolves_nothing,
        a_start_without_the_engine_is_a_start, an_engine_that_is_back_is_believed_again,
        each_question_is_asked_once_a_round_with_token_and_tenant,
        strange_answers_are_unknown_with_their_reason,
        a_slow_engine_times_out, a_round_that_takes_too_long_is_said_and_does_not_pile_up,
        all_end_as_they_are_told])
finally:
    for company in (asking, collecting, strange):
        if company and company.process.poll() is None:
            company.stop()
    engine.close()
