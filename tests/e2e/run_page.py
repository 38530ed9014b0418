# run_page.py - the page of a run in two browsers: Ana starts, Ben approves, both watch; a run is
# cancelled and resumed, one that failed is tried again by the keyboard alone; what is read,
# scrolled and typed stays; a core that dies; print; axe-core in light and dark, wide and narrow.
# The tests are the steps of a few runs and stand in their order. Pictures of what was seen lie in
# BUILD_FOLDER/pictures. Usage: run_page.py BUILD_FOLDER
import glob
import json
import os
import subprocess
import sys
import time
import urllib.request

sys.dont_write_bytecode = True
import axe  # noqa: E402
import bad_rig  # noqa: E402
import browser  # noqa: E402
import lib  # noqa: E402
from keyboard import focus  # noqa: E402
from lib import within  # noqa: E402

build = os.path.abspath(sys.argv[1])
pictures = f"{build}/pictures"
PASSWORD = "correct horse battery staple"
bad_rig.RUNBOOK = """# Releases

## Critical Alerts
- Disk usage > 75%

## Release
1. Announce the release
2. Run migrations
3. Wait 2 seconds
4. Write the notes within 1 hour
5. Show the version: `echo version <version>`

## Onboarding
- [ ] Keys handed over

## Commands
```bash
# Count slowly
sh count

# Switch over
sh switch

# Print much
sh much
```
"""
MORE = """commands: { directory: . }
actions: { "db:migrate": { run: "sh migrate --to <version>", approvals: 1 } }
targets: [{ name: shop, url: "http://127.0.0.1:9/metrics", every: 1 s }]
signals: { disk usage: { gauge: disk_share } }
"""
MIGRATE = """echo "migrating to $2"
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "table $i of 12 <moved>"; sleep 0.4; done
"""
COUNT = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo \"line $i\"; sleep 0.02; done\n"
SWITCH = "test -e ready && echo switched && exit; echo 'the region does not answer' >&2; exit 3\n"
MUCH = "printf 'caf\\303'; sleep 1; printf '\\251\\n'; sleep 1; seq 1 300000; sleep 1; echo the end; sleep 1\n"
rig = ana = ben = None


def text(tab, selector):
    """The words of the first element, or None."""
    return tab.value(f"document.querySelector({json.dumps(selector)})?.textContent.trim()")


def there(tab, selector):
    return tab.value(f"!!document.querySelector({json.dumps(selector)})")


def state(tab, step):
    return text(tab, f"#step-{step} > .step-head .mark")


def output(tab, step):
    return text(tab, f"#output-{step} pre") or ""


def live(tab):
    within(15, lambda: text(tab, "#link") == "Live", "the event stream")


def mark(tab):
    """A page that is loaded anew loses this."""
    tab.value("window.unloaded = false")


def is_same(tab):
    return tab.value("window.unloaded === false")


def fill(tab, selector, words):
    tab.value(f"document.querySelector({json.dumps(selector)}).focus()")
    tab.type(words)


def log_in(tab, name):
    tab.open(rig.url + "/")
    within(10, lambda: there(tab, "#name"), "the login page")
    fill(tab, "#name", name)
    fill(tab, "#password", PASSWORD)
    tab.click("form[action='/login'] button.main")
    live(tab)


def open_run(tab, number):
    tab.open(f"{rig.url}/runs/{number}")
    within(10, lambda: text(tab, "#run .facts") and f"Run {number}," in text(tab, "#run .facts"),
           "the run")


def post(tab, action, **fields):
    """A form of this page's session that no button sends: (status, sentence)."""
    return tab.value(f"""(() => {{
        const fields = new URLSearchParams({json.dumps(fields)});
        fields.set("csrf", document.querySelector("meta[name=csrf]").content);
        return fetch("/do/{action}", {{method: "POST", redirect: "manual", body: fields}})
            .then(async a => [a.status, new DOMParser().parseFromString(await a.text(), "text/html")
                                        .querySelector("main")?.textContent.trim()]);
    }})()""")


def two_people_log_in():
    for name, role in (("ana", "operator"), ("ben", "approver")):
        for words, typed in ((["account", "add", name, "--role", role], ""),
                             (["account", "password", name], PASSWORD + "\n")):
            done = subprocess.run([*bad_rig.AS_NOBODY, f"{rig.folder}/reeve", *words], input=typed,
                                  cwd=rig.folder, capture_output=True, text=True, timeout=30)
            assert done.returncode == 0, done
    log_in(ana, "ana")
    log_in(ben, "ben")


def ana_starts_a_run_with_a_value():
    within(60, lambda: rig.events("alert.unknown"), "the rule to be unknown")
    ana.value("[...document.querySelectorAll('a.start')].find(a => a.textContent === 'Run Release')"
              ".click()")
    within(10, lambda: text(ana, "h1") == "Release", "the plan")
    assert "approval of 1 person" in text(ana, ".plan"), text(ana, ".plan")
    ana.picture(f"{pictures}/plan.png")
    fill(ana, "#place-1", "1.2")
    ana.click(".begin button.main")
    within(10, lambda: ana.value("location.pathname") == "/runs/1", "the run")
    live(ana)
    mark(ana)
    assert state(ana, 1) == "Ready" and "version=1.2" in text(ana, "#run")
    fill(ana, "#tick-1", "told everybody")
    ana.press("Enter")
    within(5, lambda: state(ana, 2) == "Needs approval", "the approval")
    assert text(ana, "[aria-current=step] .number").endswith("2")


def her_own_approval_is_refused_and_she_is_told():
    assert "another person" in text(ana, "#do-2") and not there(ana, "form[action='/do/approve']")
    status, said = post(ana, "approve", number="1", step="2")
    assert status == 403 and said, (status, said)
    assert rig.events("run.step-approved") == [] and state(ana, 2) == "Needs approval"


def the_document_lights_the_step():
    ben.open(rig.url + "/")
    live(ben)
    within(5, lambda: there(ben, ".state.turn"), "the step of the run to be lit")
    assert "Run migrations" in text(ben, ".row:has(.state.turn) .words")
    assert "run 1" in text(ben, ".state.turn") and "approval" in text(ben, ".state.turn")
    assert text(ben, "#run-1 .facts strong") == "Needs approval"
    ben.picture(f"{pictures}/document.png")


def ben_sees_what_will_be_run_and_approves():
    ben.click("#run-1 a")
    within(10, lambda: ben.value("location.pathname") == "/runs/1", "the run")
    live(ben)
    mark(ben)
    assert "sh migrate --to" in text(ben, "#step-2 .command") and "1.2" in text(ben, "#run")
    ben.value("document.getElementById('other-2').open = true")
    fill(ben, "#skip-2", "half a thought")
    ben.picture(f"{pictures}/approval.png")
    ben.click("form[action='/do/approve'] button")
    within(5, lambda: state(ben, 2) == "Running", "the command")
    within(5, lambda: state(ana, 2) == "Running", "the command on the other page")


def both_watch_it_live():
    for tab in (ana, ben):
        within(5, lambda: "table 2 of 12 <moved>" in output(tab, 2), "the first lines")
        assert state(tab, 2) == "Running" and is_same(tab)
    ana.picture(f"{pictures}/running.png")
    first = output(ana, 2)
    within(5, lambda: len(output(ana, 2)) > len(first), "more of it")
    assert output(ana, 2).startswith(first) and state(ana, 2) == "Running"
    assert "so far" in text(ana, "#output-2 .count")
    ben.value("document.querySelector('.timeline').scrollIntoView({block: 'center'})")
    place = "document.querySelector('.timeline li:last-child').getBoundingClientRect().top"
    before = ben.value(place)
    first = output(ben, 2)
    within(5, lambda: len(output(ben, 2)) > len(first), "more of it above")
    assert abs(ben.value(place) - before) < 3, (before, ben.value(place))
    assert ben.value("document.getElementById('skip-2').value") == "half a thought"
    assert "not sent" in text(ben, "#do-2 .problem"), text(ben, "#do-2")
    for tab in (ana, ben):
        within(15, lambda: state(tab, 2) == "Done" and "table 12 of 12" in output(tab, 2), "the end")
        assert is_same(tab) and output(tab, 2).count("table 7 of 12") == 1, output(tab, 2)
    ben.value("document.getElementById('skip-2').value = ''")


def its_picture_and_table_say_who_and_how_long():
    within(10, lambda: state(ana, 4) == "Ready", "the end of the wait")
    for kind in ("run", "approval", "hand", "hold"):
        assert there(ana, f".chart .bar.{kind}"), kind
    assert there(ana, ".chart .sign.approved") and there(ana, ".chart .tick")
    assert "waited for an approval for" in ana.value("document.getElementById('times').textContent")
    assert "approved" in text(ana, "#step-2") and "ben" in text(ana, "#step-2 .approvals")
    ana.click("#times > summary")
    ana.picture(f"{pictures}/chart.png")
    ana.click("#times > summary")


def who_has_scrolled_stays_there():
    ana.open(rig.url + "/")
    live(ana)
    ana.value("[...document.querySelectorAll('a.start')].find(a => a.textContent.includes("
              "'Count slowly')).click()")
    within(10, lambda: text(ana, "h1") == "Count slowly", "the plan")
    ana.click(".begin button.main")
    within(10, lambda: ana.value("location.pathname") == "/runs/2", "the run")
    live(ana)
    mark(ana)
    pre = "document.querySelector('#output-1 pre')"
    at_end = f"{pre}.scrollHeight - {pre}.scrollTop - {pre}.clientHeight < 8"
    within(10, lambda: ana.value(f"{pre}.scrollHeight > {pre}.clientHeight + 50"), "a long output")
    within(5, lambda: ana.value(at_end), "its end to be shown")
    ana.value(f"{pre}.scrollTop = 20")
    length = len(output(ana, 1))
    within(5, lambda: len(output(ana, 1)) > length + 200, "more output")
    assert ana.value(f"{pre}.scrollTop") == 20 and is_same(ana)
    ana.value(f"{pre}.scrollTop = {pre}.scrollHeight")
    length = len(output(ana, 1))
    within(5, lambda: len(output(ana, 1)) > length + 200, "more output")
    assert ana.value(at_end)


def a_page_that_nobody_looks_at_is_sent_nothing():
    kept = within(5, lambda: glob.glob(f"{rig.folder}/state/runs/2-*/1-1-1/output"), "the output")[0]
    hide = """Object.defineProperty(document, 'hidden', {value: %s, configurable: true});
              document.dispatchEvent(new Event('visibilitychange'))"""
    ana.value(hide % "true")
    time.sleep(1)  # what was on its way arrives
    length, size = len(output(ana, 1)), os.path.getsize(kept)
    within(20, lambda: os.path.getsize(kept) > size + 1000, "more output")
    assert len(output(ana, 1)) == length
    ana.value(hide % "false")
    within(10, lambda: len(output(ana, 1)) > length + 900, "the page to go on")
    assert is_same(ana)


def it_goes_on_after_the_core_has_died():
    ana.value("document.getElementById('stop').open = true")
    fill(ana, "#reason", "wrong")
    rig.core.kill()
    rig.core.wait(20)
    within(30, lambda: ana.value("!document.getElementById('lost').hidden"), "the warning")
    ana.picture(f"{pictures}/lost.png")
    length = len(output(ana, 1))
    rig.serve()
    within(30, lambda: text(ana, "#link") == "Live", "the page to be live again")
    within(10, lambda: len(output(ana, 1)) > length + 200, "the output to go on")
    lines = [line for line in output(ana, 1).splitlines() if line.startswith("line ")]
    numbers = [int(line.split()[1]) for line in lines]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "a line is missing"
    assert is_same(ana) and state(ana, 1) == "Running"
    assert ana.value("document.getElementById('reason').value") == "wrong"


def ana_cancels_and_resumes_it():
    fill(ana, "#reason", " release")
    ana.press("Enter")
    within(10, lambda: text(ana, "#run .mark") == "Cancelled", "the end of the run")
    within(10, lambda: state(ana, 1) == "Failed", "the end of its command")
    assert "was cancelled" in text(ana, ".timeline") or "cancelled run 2" in text(ana, ".timeline")
    assert there(ana, ".chart .whole.cancelled") and there(ana, ".chart .sign.failed")
    ana.picture(f"{pictures}/cancelled.png")
    ana.click("#do-run button.main")
    within(5, lambda: text(ana, "#run .mark") == "Stopped", "the run to go on")
    ana.value("document.getElementById('skip-1').focus()")
    ana.type("enough was counted")
    ana.press("Enter")
    within(5, lambda: text(ana, "#run .mark") == "Done", "the end")
    within(5, lambda: text(ana, "#link") == "Over", "the stream to be given back")


def much_output_is_cut_and_characters_are_whole():
    assert rig.api("run", procedure="Print much")[0] == 200
    open_run(ana, 3)
    live(ana)
    mark(ana)
    within(5, lambda: output(ana, 1) == "caf", "half a character to be kept back")
    within(5, lambda: output(ana, 1) == "café", "the other half")
    within(15, lambda: "the end" in output(ana, 1), "the end of it")
    assert "bytes are not shown" in output(ana, 1) and is_same(ana)
    assert len(output(ana, 1)) < 80 * 1024, len(output(ana, 1))
    within(15, lambda: text(ana, "#run .mark") == "Done", "the end of the run")


def a_failed_run_is_tried_again_by_the_keyboard_alone():
    ben.call("Network.clearBrowserCookies")
    ben.open(rig.url + "/")
    within(10, lambda: there(ben, "#name"), "the login page")
    focus(ben, "#name")
    ben.type("ben")
    focus(ben, "#password")
    ben.type(PASSWORD)
    ben.press("Enter")
    live(ben)
    focus(ben, "a.start[href$='/2'], a.start[href*='procedures']:last-of-type")
    for _ in range(100):
        if "Switch over" in ben.value("document.activeElement.textContent"):
            break
        ben.press("Tab")
    ben.press("Enter")
    within(10, lambda: text(ben, "h1") == "Switch over", "the plan")
    focus(ben, ".begin button.main")
    ben.press("Enter")
    within(10, lambda: ben.value("location.pathname") == "/runs/4", "the run")
    live(ben)
    within(10, lambda: state(ben, 1) == "Failed", "the failure")
    assert "the region does not answer" in output(ben, 1) and text(ben, "#run .mark") == "Stopped"
    ben.picture(f"{pictures}/failed.png")
    rig.write("ready", "")
    focus(ben, "#retry-1")
    ben.type("the region is back")
    ben.press("Tab")
    ben.press(" ")
    within(10, lambda: text(ben, "#run .mark") == "Done", "the end")
    assert output(ben, 1) == "switched" and there(ben, ".chart .sign.retried"), output(ben, 1)
    assert "try 2" in text(ben, "#step-1 .facts")


def without_scripts_it_is_read_by_reloading():
    ben.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        open_run(ben, 1)
        assert "table 12 of 12" in output(ben, 2) and state(ben, 4) == "Ready"
        ben.click("#do-4 button.main")
        within(10, lambda: state(ben, 4) == "Done", "the tick")
    finally:
        ben.call("Emulation.setScriptExecutionDisabled", value=False)


def runs_are_listed():
    ana.open(rig.url + "/runs")
    within(10, lambda: text(ana, "h1") == "Runs", "the list")
    rows = ana.value("[...document.querySelectorAll('tbody tr')].map(r => r.textContent)")
    assert len(rows) == 4 and "Switch over" in rows[0] and "ben" in rows[0], rows
    ana.picture(f"{pictures}/list.png")


def it_prints_as_evidence():
    within(30, lambda: [fact for fact in rig.events("run.ended") if fact["subject"] == "run:1"], "the end of the run")
    open_run(ana, 1)
    assert text(ana, "#run .mark") == "Done", text(ana, "#run")
    ana.print(f"{pictures}/run.pdf")
    ana.call("Emulation.setEmulatedMedia", media="print")
    shown = ana.value("document.body.innerText")
    for words in ("SHA-256", "run:1", "sh migrate --to <version>", "version=1.2", "table 12 of 12",
                  "approved by ben", "checkpoint", "waited for an approval", "UTC"):
        assert words in shown, (words, shown)
    assert ana.value("[...document.querySelectorAll('button,input')].every(b => b.offsetParent === null)")
    ana.picture(f"{pictures}/print.png")
    ana.call("Emulation.setEmulatedMedia", media="")


def axe_finds_nothing():
    rules = axe.program(build)
    if rules is None:
        raise lib.Skip("axe-core is not there; npm install --prefix BUILD/axe axe-core")
    plan = ana.value("fetch('/').then(a => a.text()).then(t => t.match(/procedures\\/[0-9a-f]+/)[0])")
    assert rig.api("run", procedure="Release", set="version=1.3")[0] == 200
    assert rig.api("run/tick", number="5")[0] == 200
    out = ben.other()
    found = []
    for scheme in ("light", "dark"):
        for width, height in ((1280, 900), (390, 844)):
            for tab, path in ((ana, "/"), (ana, "/runs"), (ana, "/runs/1"), (ana, "/runs/4"), (ben, "/runs/5"),
                              (ana, "/" + plan), (out, "/runs")):
                tab.size(width, height)
                tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                tab.open(rig.url + path)
                within(10, lambda: tab.value("document.readyState === 'complete' && "
                                             f"location.pathname === {json.dumps(path)}"), path)
                assert tab.value("document.documentElement.scrollWidth") <= width, (path, width)
                name = (path.strip("/").split("/")[0] or "main") + path.strip("/")[-1:] if tab is not out else "login"
                tab.picture(f"{pictures}/{scheme}-{width}-{name}.png")
                found += [f"{scheme} {width} {path}: {one}" for one in axe.findings(tab, rules)]
    assert found == [], "\n".join(found)


def told(stream, has):
    """Waits for a state of the stream of the runbook's page that is meant."""
    until = time.monotonic() + 15
    for line in stream:  # its beats come every four seconds
        if line.startswith(b"data: {") and has(json.loads(line[6:])):
            return True
        assert time.monotonic() < until, "the stream does not tell it"
    raise AssertionError("the stream ended")


def what_a_new_page_was_told_may_go_again_at_once():
    def stream():
        request = urllib.request.Request(rig.url + "/events", headers={"Authorization": f"Bearer {rig.token}"})
        return urllib.request.urlopen(request, timeout=15)

    for tab in (ana, ben):
        tab.open("about:blank")
    with stream() as first:
        assert told(first, lambda data: "runs" in data)
        assert told(first, lambda data: "seq" not in data)  # a beat: it has been looked at since
    status, said = rig.api("run", procedure="Onboarding")
    assert status == 200, said
    number = said["facts"][0]["subject"].split(":")[1]
    with stream() as second:
        assert told(second, lambda data: "Onboarding" in data.get("runs", ""))
        assert rig.api("run/tick", number=number)[0] == 200
        assert told(second, lambda data: "runs" in data and "Onboarding" not in data["runs"])


def nothing_failed_in_the_page():
    assert ana.problems == [], ana.problems


tests = [two_people_log_in, ana_starts_a_run_with_a_value,
         her_own_approval_is_refused_and_she_is_told, the_document_lights_the_step,
         ben_sees_what_will_be_run_and_approves, both_watch_it_live,
         its_picture_and_table_say_who_and_how_long, who_has_scrolled_stays_there,
         a_page_that_nobody_looks_at_is_sent_nothing,
         it_goes_on_after_the_core_has_died, ana_cancels_and_resumes_it,
         much_output_is_cut_and_characters_are_whole,
         a_failed_run_is_tried_again_by_the_keyboard_alone, without_scripts_it_is_read_by_reloading,
         runs_are_listed, it_prints_as_evidence, axe_finds_nothing,
         what_a_new_page_was_told_may_go_again_at_once, nothing_failed_in_the_page]
if browser.program() is None:
    lib.run_tests(tests, skip="chromium is not installed")
os.makedirs(pictures, exist_ok=True)
with bad_rig.Rig(MORE) as rig, browser.Browser() as ana:
    ben = ana.other()
    for name, words in (("migrate", MIGRATE), ("count", COUNT), ("switch", SWITCH), ("much", MUCH)):
        rig.write(name, words)
    lib.run_tests(tests)
