# runs.py - runs on the page: started, ticked, skipped, retried, stopped and resumed, by forms alone
# and by the keyboard alone; what the page shows meanwhile, also beside the runbook's lines.
# The tests are the steps of two runs and stand in their order. Usage: runs.py BUILD_FOLDER
import json
import sys
import urllib.parse

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import browser  # noqa: E402
import html_tree  # noqa: E402
import keyboard  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

# The target does not answer: whether all was well in a hold is not known, and a person says.
bad_rig.RUNBOOK = """# Releases

### Critical Alerts
- Disk usage > 75%

### Deployment Steps
1. Announce the <b>release</b>
2. Prepare
   - [ ] Check the backup
   - [ ] Tell support
3. Wait 2 seconds
4. Monitor for 2 seconds
5. Within 1 second, write the notes

### Rollback
1. Announce it
2. Switch back
   ```bash
   echo --to <version>
   ```

### Onboarding
- [ ] Account made
- [ ] Keys handed over
"""
MORE = """commands: {}
targets: [{ name: shop, url: "http://127.0.0.1:9/metrics", every: 1 s }]
signals: { disk usage: { gauge: disk_share } }
"""
rig = None
tab = None


def show(path):
    status, text = rig.ask(path)
    assert status == 200, (path, status, text)
    return html_tree.read(text)


def fields(form):
    return {one.attributes["name"]: one.attributes.get("value", "")
            for one in form.find_all("input")}


def post(page, action, button=0, **more):
    """Sends a form of the page as a browser without scripts does; the page that it leads to."""
    form = page.find_all("form", action=f"/do/{action}")[button]
    status, text = rig.ask(f"/do/{action}", form={**fields(form), **more})
    return status, html_tree.read(text)


def plan_of(name):
    page = show("/")
    link = [one for one in page.find_all("a", "start") if one.text() == f"Run {name}"]
    assert len(link) == 1, name
    return link[0].attributes["href"]


def states(page):
    return [one.find_all("span", "mark")[0].text() for one in page.find_all("li", "step")
            if one.find_all("span", "mark")]


def the_plan_is_shown_and_nothing_begins():
    before = len(rig.events())
    page = show(plan_of("Deployment Steps"))
    assert page.get("h1").text() == "Deployment Steps"
    assert [one.text() for one in page.find_all("span", "said")][0] == "Announce the release"
    assert len(page.find_all("li", "step")) == 7
    assert "lasts 2 s" in page.text() and "due within 1 s" in page.text()
    assert rig.ask("/procedures/0123456789abcdef")[0] == 404
    assert rig.ask(plan_of("Onboarding") + "/2")[0] == 404
    assert len(rig.events()) == before


def a_run_is_started_and_done_by_forms_alone():
    status, page = post(show(plan_of("Onboarding")), "run")
    assert status == 200 and page.get("h1").text() == "Onboarding", page.text()
    assert states(page) == ["Ready", "Ready"]
    line = show("/").get("a", "going")
    assert line.text() == "Going run 1, 0 of 2, step 1 ready", line.text()
    status, page = post(page, "run/tick", button=1, note="<i>Keys</i> & badge")
    assert states(page) == ["Ready", "Done"], page.text()
    assert len(page.find_all("form", action="/do/run/tick")) == 1
    status, problem = post(page, "run/skip")
    assert status == 400 and "Say why" in problem.text(), problem.text()
    status, page = post(page, "run/skip", reason="it was there")
    assert states(page) == ["Done", "Skipped"] or states(page) == ["Skipped", "Done"]
    assert page.find_all("form") == [] and "took" in page.get("section", "run-card").text()
    assert "by page" in page.get("li", id="step-2").text()
    assert show("/").find_all("section", "runs") == []


def open_places_are_filled_in_by_the_form():
    page = show(plan_of("Rollback"))
    assert page.get("input", id="place-1").attributes["name"] == "set.version"
    status, problem = post(page, "run")
    assert status == 400 and "needs a value for version" in problem.text(), problem.text()
    status, problem = post(page, "run", **{"set.version": "1\nregion=2"})
    assert status == 400 and "one line" in problem.text(), problem.text()
    status, run = post(page, "run", **{"set.version": "1.2 & <3>"})
    assert status == 400, run.text()  # no version reads like that
    status, run = post(page, "run", **{"set.version": "1.2"})
    assert status == 200 and "version=1.2" in run.get("section", "run-card").text(), run.text()
    assert "cannot be started now" in show(plan_of("Rollback")).text()
    status, run = post(run, "run/cancel", reason="only a trial")
    assert [one.attributes["action"] for one in run.find_all("form")] == ["/do/run/resume"]
    status, problem = rig.ask("/do/run/tick", form={"number": "2"})
    assert status == 403 and "was cancelled" in problem, problem


def text(selector):
    """The words of the first element, or None."""
    return tab.value(f"document.querySelector({json.dumps(selector)})?.textContent.trim()")


def focus(selector):
    keyboard.focus(tab, selector)


def state(step):
    return text(f"#step-{step} > .step-head .mark")


def the_keyboard_starts_a_run():
    tab.open(f"{rig.url}/?token={urllib.parse.quote(rig.token)}")
    within(15, lambda: text("#link") == "Live", "the event stream")
    within(60, lambda: rig.events("alert.unknown"), "the rule to be unknown")
    plan = plan_of("Deployment Steps")
    focus(f"a.start[href='{plan}']")
    tab.press("Enter")
    within(10, lambda: text("h1") == "Deployment Steps", "the plan")
    focus("button.main")
    tab.press("Enter")
    within(10, lambda: tab.value("location.pathname") == "/runs/3", "the run")
    within(15, lambda: text("#link") == "Live", "the event stream")
    assert state(1) == "Ready" and text("[aria-current=step] .number").endswith("1")


def it_is_ticked_with_a_note_and_goes_on_at_the_next_step():
    focus("#tick-1")
    tab.type("Told <everybody>")
    tab.press("Enter")
    within(5, lambda: state(1) == "Done", "the tick")
    within(5, lambda: tab.value("document.activeElement.id") == "step-3", "the focus to go on")
    within(5, lambda: "Told" in tab.value("document.querySelector('.timeline').textContent") or
           "was done by page" in text(".timeline"), "its entry")
    focus("#do-3 button.main")
    tab.press("Enter")
    within(5, lambda: state(3) == "Done", "the box")


def a_step_is_skipped_with_a_reason():
    focus("#other-4 > summary")
    tab.press("Enter")
    focus("#skip-4")
    tab.type("nobody is there")
    tab.press("Enter")
    within(5, lambda: state(4) == "Skipped", "the skip")
    within(5, lambda: "nobody is there" in tab.value("document.body.textContent"), "the reason")


def the_clock_goes_on_by_itself_and_what_is_unknown_is_said():
    within(5, lambda: state(5) == "Running", "the wait")
    assert "left" in text("#step-5 .due .clock")
    within(10, lambda: state(5) == "Done", "the end of the wait")
    within(15, lambda: state(6) == "In doubt", "the doubt")
    assert "cannot be read" in text("#step-6 .reason")
    assert text(".run-card .mark") == "Stopped"
    within(5, lambda: "Overdue" in text("#step-7"), "the last date")


def what_is_in_doubt_is_tried_again_and_called_done():
    focus("#do-6 button.main")
    tab.press("Enter")
    within(5, lambda: state(6) == "Running", "the second try")
    within(15, lambda: state(6) == "In doubt", "the second doubt")
    focus("#tick-6")
    tab.press("Enter")
    assert state(6) == "In doubt"  # without a note the browser holds it back
    tab.type("The graphs are flat")
    tab.press("Enter")
    within(5, lambda: state(6) == "Done", "the decision")


def a_run_is_stopped_and_resumed():
    tab.value("document.activeElement.blur()")
    focus("#stop > summary")
    tab.press("Enter")
    focus("#reason")
    tab.type("wrong release")
    tab.press("Enter")
    within(5, lambda: text(".run-card .mark") == "Cancelled", "the end")
    assert tab.value("document.querySelectorAll('.step form').length") == 0
    focus("#do-run button.main")
    tab.press("Enter")
    within(5, lambda: state(7) == "Ready", "the run to go on")


def the_main_page_lives_with_it():
    tab.open(rig.url + "/")
    within(15, lambda: text("#link") == "Live", "the event stream")
    words = text("#run-3")
    assert "4 of 6" in words or "5 of 6" in words, words
    assert "write the notes" in words and "overdue" in words, words
    assert rig.api("run/tick", number="3")[0] == 200
    within(5, lambda: text("#run-3") is None, "the end of the run")
    assert text(f"a.going[href='/runs/3']") is None
    assert text("#run-2") is not None


def it_prints_as_evidence():
    tab.open(rig.url + "/runs/3")
    within(10, lambda: text(".run-card .mark") == "Done", "the run")
    tab.call("Emulation.setEmulatedMedia", media="print")
    within(5, lambda: tab.value("getComputedStyle(document.querySelector('.top')).display")
           == "none", "the print view")
    assert tab.value("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert "run:3" in text(".record") and len(text(".record code")) >= 64
    tab.call("Emulation.setEmulatedMedia", media="")


def it_fits_a_telephone():
    tab.size(390, 844)
    for path in ("/", "/runs/3", plan_of("Rollback")):
        tab.open(rig.url + path)
        within(10, lambda: tab.value("document.readyState") == "complete", path)
        assert tab.value("document.documentElement.scrollWidth") <= 390, path


def what_ended_is_folded_again_from_the_ledger():
    page = show("/runs/1")
    assert page.get("h1").text() == "Onboarding" and "Done" in states(page)
    assert rig.ask("/runs/99")[0] == 404 and rig.ask("/runs/x")[0] == 404


def nothing_failed_in_the_page():
    assert tab.problems == [], tab.problems


tests = [the_plan_is_shown_and_nothing_begins, a_run_is_started_and_done_by_forms_alone,
         open_places_are_filled_in_by_the_form, the_keyboard_starts_a_run,
         it_is_ticked_with_a_note_and_goes_on_at_the_next_step, a_step_is_skipped_with_a_reason,
         the_clock_goes_on_by_itself_and_what_is_unknown_is_said,
         what_is_in_doubt_is_tried_again_and_called_done, a_run_is_stopped_and_resumed,
         the_main_page_lives_with_it, it_prints_as_evidence, it_fits_a_telephone,
         what_ended_is_folded_again_from_the_ledger, nothing_failed_in_the_page]
if browser.program() is None:
    lib.run_tests(tests, skip="chromium is not installed")
with bad_rig.Rig(MORE) as rig, browser.Browser() as tab:
    lib.run_tests(tests)
