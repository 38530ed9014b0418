# watched_page.py - the page of a company of which everything is watched, looked at in a browser: no sideways scrolling,
# axe-core in light and dark, wide and narrow, and print; what somebody types, has opened or chosen stays while alerts
# from elsewhere come and go; what is not over can be resolved by whoever means it.
# The tests are the steps of one story and stand in its order. Pictures of what was seen lie in BUILD_FOLDER/pictures.
# Usage: watched_page.py BUILD_FOLDER
import json
import os
import sys

sys.dont_write_bytecode = True
import axe  # noqa: E402
import bad_rig  # noqa: E402
import browser  # noqa: E402
import lib  # noqa: E402
import watched_rig  # noqa: E402
from lib import within  # noqa: E402

build = os.path.abspath(sys.argv[1])
bad_rig.build = build
pictures = f"{build}/pictures"
LINES = ["Error rate", "Memory", "Queue depth", "Response time p95 > 2x", "Failed logins", "Mails", "Cache misses"]
rig = tab = None


def there(path):
    """Opens a page, which is whole when it ends."""
    tab.open("about:blank")
    tab.open(rig.url + path)
    within(15, lambda: tab.value("document.readyState === 'complete' && location.pathname + location.search === "
                                 + json.dumps(path)), path)
    within(15, lambda: tab.value("document.getElementById('link').textContent") in ("Live", "Over"), "the stream")


def text(selector):
    return tab.value(f"document.querySelector({json.dumps(selector)})?.textContent.trim()")


def line_of(title):
    return f"/lines/{rig.rule(title)['rule']}"


def objectives():
    return [f"/lines/{one.attributes['id'][2:]}" for one in rig.page().find_all("details", name="state")
            if one.attributes["data-kind"] == "objective"]


def pages():
    numbers = {one["title"]: one["number"] for one in json.loads(rig.command("incident", "list", "--json").stdout)}
    return ["/", *map(line_of, LINES), line_of("Memory") + "?range=24h", *objectives(),
            *(f"/incidents/{numbers[title]}" for title in ("am: Plain", "The job of heartbeat billing failed"))]


def everything_is_there_in_its_state():
    rig.send_odd()
    for job, words in (("mail-queue", []), ("report", ["start"]), ("billing", ["3"]), ("import", []),
                       ("reindex", ["start"])):
        rig.beat(job, *words)
    rig.bad_share = 0.2
    said = rig.command("silence", "add", "memory usage", "--for", "2h", "--reason", "a <new> machine")
    assert said.returncode == 0, said
    states = {"nightly-backup": "never heard of", "mail-queue": "on time", "report": "running", "billing": "failing",
              "import": "late", "reindex": "running too long"}
    within(30, lambda: rig.beats() == states, "the jobs")
    for title, state, truth in (("Error rate", "pending", "true"), ("Memory", "firing", "true"),
                                ("Queue depth", "pending", "true"), ("Disk", "inactive", "false"),
                                ("payment trouble", "firing", "true"), ("Token usage", "firing", "true"),
                                ("Mails", "inactive", "false"), ("Cache misses", "inactive", "unknown"),
                                ("Backup age", "inactive", "unknown")):
        within(90, lambda: (rig.rule(title)["state"], rig.rule(title)["truth"]) == (state, truth), (title, state, truth))
    said = rig.page().text()
    for words in ("Example says: partial outage of Webhooks", "more than 200000 series", "OpenAI has cost 130.50 dollars",
                  "has sent nothing since the start at", "Alerts from elsewhere", "turned <U+202E> round", "budget left"):
        assert words in said, (words, said[-3000:])


def words_of_jobs_and_targets_are_true():
    page = rig.page()
    jobs = [one.text() for one in page.get(id="beats").find_all("li")]
    failing = next(one for one in jobs if "billing" in one)
    assert ", due " in failing and "was due" not in failing, failing
    assert any("import" in one and "was due" in one for one in jobs), jobs
    targets = [one.text() for one in page.get(id="targets").find_all("li")]
    names = [one.find_all("strong")[0].text() for one in page.get(id="targets").find_all("li")]
    assert names == sorted(names), names
    down = next(one for one in targets if "warehouse" in one)
    assert ", tried " in down and ", read " not in down, down


def axe_finds_nothing_and_nothing_scrolls_sideways():
    rules = axe.program(build)
    found = []
    for scheme, width, height, most in (("light", 1280, 900, 99), ("dark", 1280, 900, 3), ("light", 390, 844, 3),
                                        ("dark", 390, 844, 99)):
        tab.size(width, height)
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for number, path in enumerate(pages()[:most]):
            there(path)
            tab.value("document.querySelectorAll('main details').forEach(d => d.open = true)")
            wide = tab.value("document.documentElement.scrollWidth")
            assert wide <= width, (path, width, wide)
            tab.picture(f"{pictures}/watched-{scheme}-{width}-{number}.png")
            found += [f"{scheme} {width} {path}: {one}" for one in (axe.findings(tab, rules) if rules else [])]
    assert found == [], "\n".join(found)
    if rules is None:
        raise lib.Skip("axe-core is not there; npm install --prefix BUILD/axe axe-core")


def on_paper_nothing_is_white_on_white():
    tab.size(1280, 900)
    there("/")
    tab.call("Emulation.setEmulatedMedia", media="print", features=[])
    pale = tab.value("""[...document.querySelectorAll('.severity,.trouble,.mark,.tick')].filter(one => {
        const colors = getComputedStyle(one).color.match(/[0-9.]+/g);
        return one.offsetParent && colors.slice(0, 3).every(part => Number(part) > 200); }).map(one => one.outerHTML)""")
    assert pale == [], pale
    assert tab.value("[...document.querySelectorAll('main button:not(.tick),main input')].every(b => !b.offsetParent)")
    tab.print(f"{pictures}/watched.pdf")
    tab.call("Emulation.setEmulatedMedia", media="")


def what_is_typed_stays_with_its_alert_while_others_go():
    tab.size(390, 844)
    there("/")
    item = """[...document.querySelectorAll('#inbound li')].find(one => one.textContent.includes('<script>'))"""
    close = f"[...{item}.querySelectorAll('details')].find(one => one.className === 'close-alert')"
    tab.value(f"{close}.querySelector('summary').click()")
    tab.value(f"{close}.querySelector('input[name=reason]').focus()")
    tab.type("the quotes are gone")
    count = tab.value("document.querySelectorAll('#inbound li').length")
    rig.send("am", rig.alert(*watched_rig.ODD[0], key="odd0", status="resolved"))
    within(15, lambda: tab.value("document.querySelectorAll('#inbound li').length") == count - 1, "the end of the first")
    assert tab.value("document.activeElement.value") == "the quotes are gone"
    assert tab.value("document.activeElement.form.elements.key.value") == "odd2"
    tab.press("Enter")
    within(15, lambda: not tab.value(f"!!{item}"), "the alert to go")
    closed = rig.events("inbound.closed")
    assert [one["data"]["key"] for one in closed] == ["odd2"], closed


def many_are_folded_and_the_fold_stays_open():
    rig.send("graf", *rig.many(300), group="many")
    within(15, lambda: tab.value("!!document.querySelector('#inbound-rest')"), "the fold")
    assert tab.value("document.querySelectorAll('#inbound > section > ul > li').length") == 10
    assert "more are open" in text("#inbound")
    tab.value("document.querySelector('#inbound-rest > summary').focus()")
    tab.press("Enter")
    within(5, lambda: tab.value("document.querySelector('#inbound-rest').open"), "the fold to open")
    where = tab.value("scrollY")
    rig.send("graf", *rig.many(1, "resolved"), group="many")
    within(15, lambda: "Replica 0 is" not in text("#inbound"), "the end of one")
    assert tab.value("document.querySelector('#inbound-rest').open") and abs(tab.value("scrollY") - where) < 400
    assert tab.value("document.documentElement.scrollWidth") <= 390
    rig.send("graf", *rig.many(300, "resolved"), group="many")
    within(15, lambda: not tab.value("!!document.querySelector('#inbound-rest')"), "all but the odd ones to go")


def the_chosen_length_of_a_picture_stays():
    there(line_of("Memory") + "?range=24h")
    within(10, lambda: tab.value("!!document.querySelector('.over-time details')"), "the numbers of the picture")
    tab.value("document.querySelector('.over-time details').open = true")
    rig.command("silence", "end", "1")
    within(20, lambda: tab.value("!!document.querySelector('form[action=\"/do/silence/add\"]')"), "the end of the silence")
    assert text(".ranges [aria-current]") == "1 day"
    assert tab.value("document.querySelector('.over-time details').open")


def who_means_it_resolves_what_is_not_over():
    numbers = {one["title"]: one["number"] for one in json.loads(rig.command("incident", "list", "--json").stdout)}
    number = numbers["The job of heartbeat billing failed"]
    there("/")
    form = f"document.getElementById('resolve-{number}').form"
    tab.value(f"document.getElementById('resolve-{number}').focus()")
    tab.type("mended by hand")
    tab.press("Enter")
    within(10, lambda: "not over" in (tab.value(f"{form}.querySelector('.problem')?.textContent") or ""), "the refusal")
    tab.value(f"document.getElementById('anyway-{number}').click()")
    tab.value(f"document.getElementById('resolve-{number}').focus()")
    tab.press("Enter")
    within(10, lambda: not tab.value(f"!!document.getElementById('incident-{number}')"), "its end")


def nothing_failed_in_the_page():
    assert tab.problems == [], tab.problems


tests = [everything_is_there_in_its_state, words_of_jobs_and_targets_are_true,
         axe_finds_nothing_and_nothing_scrolls_sideways, on_paper_nothing_is_white_on_white,
         what_is_typed_stays_with_its_alert_while_others_go, many_are_folded_and_the_fold_stays_open,
         the_chosen_length_of_a_picture_stays, who_means_it_resolves_what_is_not_over, nothing_failed_in_the_page]
if browser.program() is None:
    lib.run_tests(tests, skip="chromium is not installed")
os.makedirs(pictures, exist_ok=True)
with watched_rig.Watched() as rig, browser.Browser() as tab:
    tab.open(f"{rig.url}/?token={rig.token}")
    lib.run_tests(tests)
