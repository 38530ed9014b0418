# dependencies.py - what vendors say of themselves, through the real programs: status pages that are
# fine, out of order, maintained, broken, moved, slow and gone; OpenAI's costs and tokens against
# limits. What cannot be read is unknown, and never fine.
# The tests are the steps of one story and stand in its order. Usage: dependencies.py BUILD_FOLDER
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import Skip, within  # noqa: E402

sys.path.insert(0, os.path.join(lib.SOURCE, "tests", "vendors"))
import openai  # noqa: E402
import statuspage  # noqa: E402

KEY = "sk-admin-0123456789abcdef"


class Company:
    def __init__(self, build):
        self.page = statuspage.Page()
        self.api = openai.Api(KEY)
        self.api.costs, self.api.input, self.api.output = [100.5, 20], [4000, 500], [400, 90]
        self.folder = tempfile.mkdtemp(prefix="reeve-dependencies-")
        self.write("RUNBOOK.md", "# Ours\n\n### Severity Levels\n- **P1 (High)**: Bad\n"
                   "  - Response time: 15 minutes\n\n## Alerts\n\n### Critical Alerts\n"
                   "- Token usage > 90% of limit\n- payment trouble > 2.5\n")
        self.write("reeve.yaml", f"""runbook: RUNBOOK.md
ledger: reeve.db
listen: 127.0.0.1:0
access: {{ page_token: always }}
probes:
  - {{ name: vendor, kind: status_page, deadline: 3 s, url: "{self.page.url}/api/v2/summary.json" }}
  - {{ name: hooks, kind: status_page, deadline: 3 s, components: [webhooks], \
url: "{self.page.url}/api/v2/summary.json" }}
  - {{ name: short, kind: status_page, deadline: 3 s, url: "{self.page.url}/current" }}
  - {{ name: ai, kind: openai, every: 1 min, deadline: 5 s, url: "{self.api.url}/", address: env:AI, \
limit: 120, token_limit: 10000 }}
signals:
  payment trouble: {{ gauge: reeve_status_page_level }}
  token usage: {{ used: reeve_openai_tokens, limit: reeve_openai_tokens_limit }}
""")
        for program in ("main/reeve", "worker/reeve-work"):
            shutil.copy(f"{build}/src/{program}", self.folder)
        if os.geteuid() == 0:
            os.chown(self.folder, 65534, 65534)
        self.environment = {**os.environ, "AI": KEY}
        self.process = None

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def drop(self):
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        return nobody if os.geteuid() == 0 else []

    def start(self):
        with open(f"{self.folder}/log", "ab") as log:
            self.process = subprocess.Popen([*self.drop(), "./reeve", "serve"], cwd=self.folder,
                                            stdout=subprocess.PIPE, stderr=log,
                                            env=self.environment)
        assert "Reeve is at" in self.process.stdout.readline().decode()

    def reeve(self, *arguments, codes=(0,)):
        done = subprocess.run([*self.drop(), "./reeve", *arguments, "--json"], cwd=self.folder,
                              env=self.environment, timeout=60, capture_output=True, text=True)
        assert done.returncode in codes, (arguments, done)
        assert KEY not in done.stdout + done.stderr, done
        return json.loads(done.stdout)

    def look(self):
        said = self.reeve("health:check", codes=(0, 4))
        return {one["name"]: one for one in said["checks"]}

    def rule(self, word):
        return next(rule for rule in self.reeve("alert", "list") if word in rule["title"])

    def stop(self):
        code = 0
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
        return code


def a_page_that_is_fine():
    seen = company.look()
    for name in ("vendor", "hooks", "short"):
        assert seen[name]["ok"] and seen[name]["note"] == "", seen[name]
    assert seen["vendor"]["says"] == "Example says: no outage", seen["vendor"]


def an_outage_is_what_they_say_and_since_when():
    company.page.outage()
    seen = company.look()
    want = "Example says: partial outage of Webhooks since 2026-11-23 04:00 UTC (Elevated errors)"
    assert seen["vendor"]["ok"] and seen["vendor"]["note"] == want, seen["vendor"]
    assert seen["hooks"]["note"] == want, seen["hooks"]
    assert seen["short"]["note"] == ("its status page says: degraded performance "
                                     "(Webhooks are slow.)"), seen["short"]


def maintenance_of_what_is_not_used_is_none():
    company.page.maintenance()
    seen = company.look()
    assert seen["vendor"]["note"] == "Example says: maintenance of API (Database upgrade)", seen
    assert seen["hooks"]["note"] == "" and seen["hooks"]["ok"], seen["hooks"]


def what_cannot_be_read_is_never_fine():
    for put, words in ((company.page.broken, "not JSON"), (company.page.html, "not JSON"),
                       (company.page.moved, "has moved"),
                       (company.page.unheard_of, 'says "on_fire" of API'),
                       (company.page.slow, "did not answer within 3 s")):
        put()
        seen = company.look()["vendor"]
        assert not seen["ok"] and words in seen["says"], (words, seen)
        assert seen["note"] == "", seen
    company.page.put(b"{}", 429)
    assert "asked too often" in company.look()["vendor"]["says"]
    company.page.fine()


def openai_s_month_against_its_limits():
    seen = company.look()["ai"]
    assert seen["ok"] and seen["says"] == "120.50 of 120 dollars this month", seen
    assert "the limit is 120" in seen["note"], seen
    company.api.asked.clear()
    company.api.page_days = 1  # so that there is a second page
    assert company.look()["ai"]["says"].startswith("120.50"), company.look()["ai"]
    paths = [path for path, _, _ in company.api.asked]
    assert paths.count("/v1/organization/costs") >= 2, paths
    assert all(good for _, _, good in company.api.asked)
    start = company.api.asked[0][1]["start_time"][0]
    assert int(start) == company.api.month_s(), start
    company.api.page_days = 31


def openai_that_refuses_is_said_without_the_key():
    company.api.failure = (429, {"message": "slow", "code": "rate_limit_exceeded"},
                           {"Retry-After": "17"})
    assert "wants 17 s of rest" in company.look()["ai"]["says"]
    company.api.failure = (429, {"message": "You exceeded your quota", "code": "insufficient_quota"}, {})
    assert "insufficient_quota" in company.look()["ai"]["says"]
    company.api.failure = None
    company.api.key = "sk-another"
    seen = company.look()["ai"]
    assert not seen["ok"] and "does not take the key (401)" in seen["says"], seen
    company.api.key = KEY
    company.api.currency = "eur"
    assert 'in "eur"' in company.look()["ai"]["says"]
    company.api.currency = "usd"


def the_stand_in_answers_as_the_description_demands():
    shared = os.environ.get("REEVE_SHARED") or os.path.join(lib.SOURCE, "..", "shared")
    path = os.path.join(shared, "specs", "openai.json")
    if not os.path.exists(path):
        raise Skip("REEVE_SHARED and ../shared are absent")
    try:
        import jsonschema
    except ImportError:
        raise Skip("Python's jsonschema is absent") from None
    with open(path) as file:
        description = json.load(file)
    query = {"start_time": [str(company.api.month_s())]}
    for name in ("costs", "usage/completions", "usage/embeddings"):
        answer = description["paths"][f"/v1/organization/{name}"]["get"]["responses"]["200"]
        schema = {**answer["content"]["application/json"]["schema"],
                  "components": description["components"]}
        # Each result against its own kind: "oneOf" with a discriminator is not JSON Schema.
        page = company.api.page(f"/v1/organization/{name}", query)
        for bucket in page["data"]:
            for result in bucket["results"]:
                kinds = [kind for kind in description["components"]["schemas"].values()
                         if result["object"] in kind.get("properties", {}).get("object", {}).get(
                             "enum", [])]
                assert len(kinds) == 1, result
                jsonschema.validate(result, {**kinds[0], "components": description["components"]})
            bucket["results"] = []
        jsonschema.validate(page, schema)


def rules_of_the_runbook_read_them_and_an_etag_is_enough():
    company.api.input, company.api.output = [8000, 900], [400, 90]  # and 10 of embeddings: 94 %
    company.page.outage()
    company.page.asked.clear()
    company.start()
    within(40, lambda: company.rule("Token usage")["truth"] == "true", "the rule of tokens")
    within(20, lambda: company.rule("payment trouble")["truth"] == "true", "the rule of the page")
    # "target … is read, but Example says: …"
    shown = subprocess.run([*company.drop(), "./reeve", "status"], cwd=company.folder, text=True,
                           env=company.environment, capture_output=True)
    assert re.search(r"^target vendor is read, but Example says: partial outage of Webhooks",
                     shown.stdout, re.M), shown
    within(90, lambda: [one for one in company.page.asked if one[2] == 304], "a second look")
    assert company.rule("payment trouble")["truth"] == "true"
    company.page.html()
    within(90, lambda: "vendor" in {one["name"] for one in
                                    company.reeve("status", codes=(0, 1))["targets_down"]}, "unread")
    # Unknown after three intervals, as with every probe (probes.py); never false meanwhile.
    assert company.rule("payment trouble")["truth"] != "false", company.rule("payment trouble")


def no_key_is_written_anywhere():
    for name in os.listdir(company.folder):
        path = f"{company.folder}/{name}"
        if os.path.isfile(path):
            assert KEY.encode() not in open(path, "rb").read(), name


def it_ends_as_it_is_told():
    assert company.stop() == 0


company = Company(sys.argv[1])
try:
    lib.run_tests([a_page_that_is_fine, an_outage_is_what_they_say_and_since_when,
                   maintenance_of_what_is_not_used_is_none, what_cannot_be_read_is_never_fine,
                   openai_s_month_against_its_limits, openai_that_refuses_is_said_without_the_key,
                   the_stand_in_answers_as_the_description_demands,
                   rules_of_the_runbook_read_them_and_an_etag_is_enough,
                   no_key_is_written_anywhere, it_ends_as_it_is_told])
finally:
    company.stop()
