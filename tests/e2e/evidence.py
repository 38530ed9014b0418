# evidence.py - files as evidence with real processes: attached on the command line and on the page,
# kept under their digest, downloaded, altered, lost, erased, refused, and on a full disk; and a
# rehearsal whose command finds its own environment's variables and none of production's.
# The tests are the steps of a few runs and stand in their order. Usage: evidence.py BUILD_FOLDER
import hashlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import html_tree  # noqa: E402
import lib  # noqa: E402

bad_rig.RUNBOOK = """# Ours

### Severity Levels
- **P1 (High)**: Bad
  - Response time: 1 hour

### Recovery
1. Stop the shop
2. Record the counts
3. Take a screenshot of the shop
4. Say that it is done

### Calls
- [ ] Call them

### Filling
1. Fill it: `npm run cache:fill`
2. Tell support
"""
MORE = """commands: { environment: { KEY: env:REAL_KEY, LEVEL: real } }
actions: { "cache:fill": { run: 'echo "$LEVEL $KEY" | tr a-z A-Z >seen' } }
environments:
  staging: { environment: { KEY: env:TRIAL_KEY, LEVEL: trial } }
"""
ENVIRONMENT = {"REAL_KEY": "realkeyvalue", "TRIAL_KEY": "trialkeyvalue"}
MOST = 5 * 1024 * 1024
PICTURE = b"\x89PNG\r\n\x1a\n--boundary\r\n" + bytes(range(256))
SCRIPT = b"<!DOCTYPE html><script>alert(1)</script>"
rig = None


def digest(data):
    return hashlib.sha256(data).hexdigest()


def kept(run):
    """The files of a run, by their names."""
    folders = [name for name in os.listdir(f"{rig.folder}/state/runs")
               if name.startswith(f"{run}-")]
    path = f"{rig.folder}/state/runs/{folders[0]}/attached" if folders else ""
    return {name: f"{path}/{name}" for name in os.listdir(path)} if os.path.isdir(path) else {}


def said(*words):
    done = rig.command(*words)
    assert done.returncode == 0, done
    return done.stdout


def file_of(name, data):
    rig.write(name, data)
    return f"{rig.folder}/{name}"


def raw(path, data=None, headers=None, known=True):
    """(status, headers, bytes)"""
    headers = dict(headers or {})
    if known:
        headers["Authorization"] = f"Bearer {rig.token}"
    request = urllib.request.Request(rig.url + path, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()
    except OSError:
        return 0, {}, b""


def form(fields, name=None, data=b""):
    """A form with a file, as a browser sends it."""
    parts = [f'--frontier\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
             for key, value in fields.items()]
    if name is not None:
        parts.append(f'--frontier\r\nContent-Disposition: form-data; name="attach"; '
                     f'filename="{name}"\r\nContent-Type: text/html\r\n\r\n'.encode()
                     + data + b"\r\n")
    return raw("/do/run/tick", b"".join(parts) + b"--frontier--\r\n",
               {"Content-Type": "multipart/form-data; boundary=frontier"})


def page(run=1):
    status, text = rig.ask(f"/runs/{run}")
    assert status == 200, (status, text)
    return html_tree.read(text)


def a_step_that_asks_for_evidence_is_not_ticked_without():
    said("run", "Recovery")
    said("run", "tick", "1")
    assert "asks for evidence (\"Record\")" in rig.refused(2, "run", "tick", "1")
    status, problem = rig.api("run/tick", number="1", note=" ")
    assert status == 400 and "attach a file" in problem, problem
    assert len(rig.events("run.step-done")) == 1


def a_file_is_kept_and_a_fact_before_the_tick_is():
    path = file_of("counts.png", PICTURE)
    told = said("run", "tick", "1", "--attach", path)
    assert f'attached "counts.png" to step 2 of run 1 ({len(PICTURE)} bytes' in told, told
    kinds = [leaf["kind"] for leaf in rig.events() if leaf["kind"].startswith("run.step-")][-2:]
    assert kinds == ["run.step-attached", "run.step-done"], kinds
    (name, where), = kept(1).items()
    with open(where, "rb") as file:
        assert name == digest(PICTURE) and file.read() == PICTURE
    assert os.stat(where).st_mode & 0o777 == 0o600
    shown = said("run", "show", "1")
    assert f"counts.png, {len(PICTURE)} bytes, SHA-256 {name}" in shown, shown
    steps = json.loads(said("run", "show", "1", "--json"))["steps"]
    assert steps[1]["attachments"][0]["digest"] == name and steps[1]["evidence"] == "Record"


def a_form_brings_a_file_that_is_only_ever_downloaded():
    step = page().get("form", action="/do/run/tick")
    assert step.attributes["enctype"] == "multipart/form-data"
    assert step.get("input", id="attach-3").attributes["type"] == "file"
    status, _, body = form({"number": "1", "step": "3", "note": ""})
    assert status == 400 and b"asks for evidence" in body, body
    status, _, body = form({"number": "1", "step": "3", "note": "as it was", "back": "/runs/1"},
                           name="..\\shop \"<b>.html", data=SCRIPT)
    assert status == 200, body
    links = page().get("li", id="step-3").find_all("a")
    links = [one for one in links if one.attributes["href"].startswith("/attachments/")]
    assert links[0].attributes["href"] == f"/attachments/1/{digest(SCRIPT)}"
    status, headers, body = raw(links[0].attributes["href"])
    assert status == 200 and body == SCRIPT
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"].startswith("attachment; filename="), headers
    assert "<" not in headers["Content-Disposition"] and "/" not in headers["Content-Disposition"]
    assert raw(links[0].attributes["href"], known=False)[0] == 401
    assert raw("/attachments/1/../../key")[0] == 404 and raw("/attachments/1/" + "0" * 64)[0] == 404
    assert digest(SCRIPT) in page().text()  # a print names it


def what_is_too_long_or_empty_is_refused_and_nothing_is_ticked():
    before = len(rig.events()), kept(1)
    longer = file_of("long", b"x" * (MOST + 1))
    assert "has 5242881 bytes, at most 5242880" in rig.refused(2, "run", "tick", "1", "--attach",
                                                              longer)
    assert "The file is empty" in rig.refused(3, "run", "tick", "1", "--attach",
                                              file_of("empty", b""))
    assert "cannot be read" in rig.refused(2, "run", "tick", "1", "--attach", "no-such-file")
    status, _, body = form({"number": "1"}, name="long", data=b"x" * (MOST + 1))
    assert status == 400 and b"more than 5 MB" in body, (status, body)
    assert form({"number": "1"}, name="long", data=b"x" * (MOST + 100000))[0] in (0, 413)
    assert raw("/do/run/skip", b"x" * (MOST // 2))[0] in (0, 413)
    assert raw("/do/run/tick", b"--frontier\r\nhalf", {
        "Content-Type": "multipart/form-data; boundary=frontier"})[0] == 400
    assert (len(rig.events()), kept(1)) == before


def nobody_sends_a_file_who_may_not_tick():
    before = kept(1)
    assert raw("/attachments?run=1", b"x" * (MOST // 2), known=False)[0] in (0, 401)
    assert raw("/attachments?run=1", b"small", known=False)[0] == 401
    token = said("api-token", "new", "watcher", "--may", "viewer").split()[-1]
    for path, body in (("/attachments?run=1", b"small"),
                       ("/api/run/tick", json.dumps({"number": "1", "attach": "a 1 b"}).encode())):
        status, _, answer = raw(path, body, {"Authorization": f"Bearer {token}"}, known=False)
        assert status == 403 and b"operator" in answer, (status, answer)
    assert kept(1) == before
    told = f"{'0' * 64} 5 other.png"
    status, problem = rig.api("run/tick", number="1", attach=told)
    assert status == 400 and "was not handed over whole" in problem, problem
    status, problem = rig.api("run/tick", number="1", attach="counts.png")
    assert status == 400 and "is told as its SHA-256" in problem, problem
    assert rig.refused(3, "run", "tick", "99", "--attach", f"{rig.folder}/counts.png")


def files_of_which_no_tick_speaks_do_not_fill_the_disk():
    before = kept(1)
    for i in range(60):
        assert raw("/attachments?run=1", b"%d" % i)[0] == 200
    after = kept(1)
    assert set(before) <= set(after) and len(after) - len(before) <= 20, after
    assert digest(b"59") in after


def the_longest_is_kept_and_comes_back():
    data = os.urandom(MOST)
    said("run", "tick", "1", "--attach", file_of("most", data), "--attach",
         f"{rig.folder}/counts.png")
    assert raw(f"/attachments/1/{digest(data)}")[2] == data
    assert [leaf["data"]["bytes"] for leaf in rig.events("run.step-attached")][-2:] == [
        MOST, len(PICTURE)]
    assert "done" in said("run", "show", "1").splitlines()[0]


def what_was_altered_or_lost_is_said():
    where = kept(1)[digest(SCRIPT)]
    os.chmod(where, 0o600)
    with open(where, "r+b") as file:
        file.write(b"<!doctype")
    assert "it was altered" in page().get("li", id="step-3").text()
    assert "it was altered" in said("run", "show", "1")
    status, _, body = raw(f"/attachments/1/{digest(SCRIPT)}")
    assert status == 410 and b"it was altered" in body and b"alert(1)" not in body
    os.unlink(where)
    assert "missing beside the ledger" in page().get("li", id="step-3").text()
    assert "missing beside the ledger" in said("run", "show", "1")
    assert raw(f"/attachments/1/{digest(SCRIPT)}")[0] == 410


def without_a_daemon_files_are_kept_the_same_way():
    rig.stop()
    said("run", "Recovery")
    said("run", "tick", "2", "--attach", f"{rig.folder}/counts.png")
    assert "has 5242881 bytes" in rig.refused(2, "run", "tick", "2", "--attach",
                                              f"{rig.folder}/long")
    assert list(kept(2)) == [digest(PICTURE)]
    rig.serve()
    assert raw(f"/attachments/2/{digest(PICTURE)}")[2] == PICTURE


def attached(run):
    """The entries that attached files to a run: numbers count from 1 without gaps."""
    return [at for at, leaf in enumerate(rig.events(), 1)
            if leaf["kind"] == "run.step-attached" and leaf["data"]["number"] == run
            and leaf["data"]["digest"] == digest(PICTURE)]


def what_is_erased_in_the_ledger_goes_with_its_file():
    (entry,), (first, last) = attached(2), attached(1)
    said("ledger", "erase", str(entry), "--reason", "a customer is seen in it")
    assert kept(2) == {} and digest(PICTURE) in kept(1)
    assert "A file that was erased" in page(2).text()
    assert "(erased)" in said("run", "show", "2")
    assert raw(f"/attachments/2/{digest(PICTURE)}")[0] == 404
    # Attached to two steps of one run, it goes with the second.
    said("ledger", "erase", str(first), "--reason", "the same")
    assert digest(PICTURE) in kept(1)
    for _ in range(51):  # so many that the state lets go of the first
        status, facts = rig.api("run", procedure="Calls")
        number = facts["facts"][0]["subject"].split(":")[1]
        assert status == 200 and rig.api("run/tick", number=number)[0] == 200
    assert "ended some time ago" in rig.refused(2, "run", "show", "1")
    assert digest(PICTURE) in page(1).text()
    said("ledger", "erase", str(last), "--reason", "the same")
    assert digest(PICTURE) not in kept(1)
    done = rig.command("ledger", "verify")
    assert done.returncode == 0 and "6 texts, 3 erased" in done.stdout, done


def a_rehearsal_finds_its_own_variables_and_no_others():
    before = len(rig.events("run.opened"))
    assert "rehearse must have 1 to" in rig.refused(2, "run", "Filling", "--rehearse", "")  # "$ENV" of a script
    assert len(rig.events("run.opened")) == before
    seen = f"{rig.folder}/seen"
    rig.own(rig.folder)
    said("run", "Filling", "--rehearse", "staging")
    number = rig.events("run.rehearsal-opened")[-1]["data"]["number"]
    lib.within(20, lambda: os.path.exists(seen) and os.path.getsize(seen), "the command")
    with open(seen) as file:
        assert file.read() == "TRIAL TRIALKEYVALUE\n"
    lib.within(20, lambda: "[ready]" in said("run", "show", str(number)), "the next step")
    assert "Rehearsal in staging" in page(number).get("section", "run-card").text()
    assert "staging" in page(number).get("section", "record").text()
    said("run", "tick", str(number))
    status, text = rig.ask("/")
    assert status == 200 and "in staging by nobody: done, took" in text, text[-2000:]
    assert 'to be rehearsed: "Recovery"' in said("status")
    told = json.loads(said("procedure", "show", "Filling", "--json"))
    assert told["rehearsal"]["environment"] == "staging" and told["rehearsal"]["whole"], told
    told = json.loads(said("procedure", "show", "Recovery", "--json"))
    assert told["recovers"] and told["warning"] == "never rehearsed" and not told["rehearsal"], told
    status, text = rig.ask("/do/run", form={"procedure": "Filling", "rehearse": "nowhere"})
    assert status == 400 and "it has staging" in text, text
    status, text = rig.ask("/do/run", form={"procedure": "Recovery", "rehearse": "staging"})
    assert status == 200 and "A rehearsal in staging, not in production." in text, text


def a_full_disk_keeps_no_file_and_ticks_nothing():
    if not bad_rig.can_mount():
        raise lib.Skip("no mount namespaces here")
    with bad_rig.FullDisk() as full:
        def keep(data):
            request = urllib.request.Request(
                full.url + "/attachments?run=1", data=data,
                headers={"Authorization": f"Bearer {full.token}"})
            try:
                with urllib.request.urlopen(request, timeout=15) as answer:
                    return answer.status, json.loads(answer.read())
            except urllib.error.HTTPError as error:
                return error.code, json.loads(error.read())
        assert full.api("run", procedure="Recovery")[0] == 200
        full.disk("fill")
        status, answer = keep(b"x" * 300000)
        assert status == 500 and "could not be kept, so the step is not ticked" in answer["error"]
        assert "No space left" in answer["error"], answer
        status, problem = full.api("run/tick", number="1",
                                   attach=f"{digest(b'x' * 300000)} 300000 x")
        assert status == 400 and "was not handed over whole" in problem, problem
        full.disk("free")
        status, answer = keep(b"x" * 300000)
        assert status == 200, answer
        status, facts = full.api("run/tick", number="1",
                                 attach=f"{answer['digest']} {answer['bytes']} x")
        assert status == 200 and [one["kind"] for one in facts["facts"]] == [
            "run.step-attached", "run.step-done"], facts


tests = [a_step_that_asks_for_evidence_is_not_ticked_without,
         a_file_is_kept_and_a_fact_before_the_tick_is,
         a_form_brings_a_file_that_is_only_ever_downloaded,
         what_is_too_long_or_empty_is_refused_and_nothing_is_ticked,
         nobody_sends_a_file_who_may_not_tick, files_of_which_no_tick_speaks_do_not_fill_the_disk,
         the_longest_is_kept_and_comes_back,
         what_was_altered_or_lost_is_said, without_a_daemon_files_are_kept_the_same_way,
         what_is_erased_in_the_ledger_goes_with_its_file,
         a_rehearsal_finds_its_own_variables_and_no_others,
         a_full_disk_keeps_no_file_and_ticks_nothing]
with bad_rig.Rig(MORE, environment=ENVIRONMENT) as rig:
    lib.run_tests(tests)
