# page.py - the page in a browser, with the keyboard alone: what is live, an incident answered from
# its opening to its end, the contents on a telephone, and a Reeve that does not answer.
# The tests are the steps of one incident and stand in its order. Usage: page.py BUILD_FOLDER
import json
import os
import signal
import sys

sys.dont_write_bytecode = True
import browser  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

build = sys.argv[1]
demo = None
tab = None
LOUD = "!document.getElementById('lost').hidden && document.getElementById('lost').textContent"


def text(selector):
    """The words of the first element, or None."""
    return tab.value(f"document.querySelector({json.dumps(selector)})?.textContent.trim()")


def focus(selector):
    """Moves by the tabulator, as a person would, until the element has the focus."""
    is_there = f"document.activeElement.matches({json.dumps(selector)})"
    for _ in range(400):
        if tab.value(is_there):
            style = tab.value("getComputedStyle(document.activeElement).outlineStyle")
            assert style != "none", f"the focus on {selector} is not visible"
            return
        tab.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by the keyboard")


def the_page_is_live_and_keeps_its_token_to_itself():
    tab.open(demo.reeve_page)
    within(15, lambda: text("#link") == "Live", "the event stream")
    assert tab.value("location.search") == "" and tab.value("document.cookie") == ""
    assert tab.value("document.querySelector('time').textContent.includes('UTC')") is False


def a_new_incident_comes_by_itself_and_is_said():
    demo.fault("errors", True)
    within(90, lambda: text("#incidents .incident h2"), "the incident")
    within(5, lambda: (text("#news") or "").startswith("New incident 1: P1"), "the words for it")
    assert tab.value("document.title").startswith("(1) P1")
    assert text(".severity") == "P1 High"
    within(5, lambda: tab.value("[...document.querySelectorAll('.state.open .value')]"
                                ".some(v => v.textContent === 'incident 1')"), "the severity's line")


def a_line_opens_to_its_meaning_binding_and_history():
    line = ".state.firing > summary"
    focus(line)
    tab.press("Enter")
    words = within(5, lambda: text(".state.firing[open] .history .events"), "the history")
    assert "fired" in words and "entry " in words, words
    detail = text(".state.firing[open] .detail")
    for part in ("Bound to", "acme_http_requests_total", "Read from", "RUNBOOK.md:", "Incident 1"):
        assert part in detail, (part, detail)
    tab.press("Enter")
    within(5, lambda: text(".state.firing[open]") is None, "the line to close")


def what_is_typed_survives_what_arrives():
    focus("#note-1")
    tab.type("The new release fails")
    within(40, lambda: text(".clocks .late") or text(".clocks .missed"), "the missed response time")
    assert tab.value("document.activeElement.id") == "note-1"
    assert tab.value("document.activeElement.value") == "The new release fails"
    tab.press("Enter")
    within(5, lambda: tab.value("document.getElementById('note-1').value") == "", "the note to go")


def it_is_acknowledged_ticked_and_resolved_without_a_mouse():
    tab.value("document.activeElement.blur()")
    tab.press("i")
    focus(".incident button.main")
    tab.press("Enter")
    within(5, lambda: "acknowledged" in text(".incident .facts"), "the acknowledgement")
    focus(".checklist button.tick")
    tab.press("Enter")
    within(5, lambda: (text(".checklist .count") or "").startswith("2 of"), "the tick")
    focus("#resolve-1")
    tab.type("Rolled back")
    tab.press("Enter")
    refusal = within(5, lambda: text(".incident .problem"), "the refusal while a rule fires")
    assert "rule" in refusal, refusal
    focus("#anyway-1")
    tab.press(" ")
    tab.value("document.getElementById('resolve-1').focus()")
    tab.press("Enter")
    within(5, lambda: text("#incidents .incident") is None, "the end of the incident")
    demo.fault("errors", False)


def the_timeline_leads_to_the_entries():
    tab.open(demo.reeve + "/incidents/1")
    within(10, lambda: "The new release fails" in (text(".timeline") or ""), "the note")
    entry = tab.value("document.querySelector('.entry').getAttribute('href')")
    tab.open(demo.reeve + entry)
    within(10, lambda: (text("h1") or "").startswith("Ledger entry"), "the entry")
    assert '"kind"' in text("pre") or '"event"' in text("pre"), text("pre")


def a_telephone_has_the_contents_in_a_drawer():
    tab.size(390, 844)
    tab.open(demo.reeve + "/")
    within(15, lambda: text("#link") == "Live", "the event stream")
    visible = "document.getElementById('contents').getBoundingClientRect().height > 0"
    assert tab.value(visible) is False
    assert tab.value("document.documentElement.scrollWidth") <= 390
    focus(".menu")
    tab.press("Enter")
    within(5, lambda: tab.value(visible), "the drawer")
    within(5, lambda: tab.value("document.activeElement.matches('#contents a')"), "its focus")
    tab.press("Escape")
    within(5, lambda: not tab.value(visible), "the drawer to close")
    tab.value("location.hash = document.querySelector('#contents .h3 a').getAttribute('href')")
    clear = ("document.querySelector(location.hash).getBoundingClientRect().top >= "
             "document.querySelector('.top').getBoundingClientRect().bottom")
    within(5, lambda: tab.value(clear), "the heading below the header")


def a_reeve_that_does_not_answer_is_told_loudly():
    reeve = demo.pid("reeve")
    os.kill(reeve, signal.SIGSTOP)
    try:
        assert "Not live since" in within(30, lambda: tab.value(LOUD), "the warning")
        assert text("#link") == "Not live"
    finally:
        os.kill(reeve, signal.SIGCONT)
    within(30, lambda: text("#link") == "Live" and not tab.value(LOUD), "the page to go on")
    os.kill(reeve, signal.SIGKILL)
    within(30, lambda: tab.value(LOUD), "the warning")
    within(60, lambda: text("#link") == "Live" and not tab.value(LOUD), "the page to go on")


def nothing_failed_in_the_page():
    assert tab.problems == [], tab.problems


tests = [the_page_is_live_and_keeps_its_token_to_itself,
         a_new_incident_comes_by_itself_and_is_said,
         a_line_opens_to_its_meaning_binding_and_history, what_is_typed_survives_what_arrives,
         it_is_acknowledged_ticked_and_resolved_without_a_mouse, the_timeline_leads_to_the_entries,
         a_telephone_has_the_contents_in_a_drawer, a_reeve_that_does_not_answer_is_told_loudly,
         nothing_failed_in_the_page]
if lib.postgres_folder() is None:
    lib.run_tests(tests, skip="postgresql-15 is not installed")
if browser.program() is None:
    lib.run_tests(tests, skip="chromium is not installed")
with lib.Demo(build) as demo, browser.Browser() as tab:
    lib.run_tests(tests)
