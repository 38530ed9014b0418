# lost_files.py - the ledger, or the history, is deleted or put aside under a running Reeve: it says so, records and
# takes nothing that would be gone, and goes on when the file is back. Usage: lost_files.py BUILD_FOLDER
import glob
import os
import re
import shutil
import sys
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
import bad_rig  # noqa: E402
import lib  # noqa: E402
from lib import within  # noqa: E402

bad_rig.build = os.path.abspath(sys.argv[1])


def unwritable_mails(rig):
    return [mail for mail in rig.mails() if "The ledger cannot be written" in str(mail)]


def says_deleted(rig):
    return "The ledger's file was" in rig.command("status").stdout


def a_ledger_that_is_put_aside_is_paged_and_goes_on_when_it_is_back():
    with bad_rig.Rig(bad_rig.PEOPLE) as rig:
        assert rig.declare("the first")[0] == 200
        ledger = f"{rig.folder}/state/reeve.db"
        os.rename(ledger, ledger + ".aside")
        within(10, lambda: says_deleted(rig), "status to say it")
        within(20, lambda: len(unwritable_mails(rig)) >= 2, "everybody to be told")
        status, said = rig.declare("never recorded")
        assert status != 200 and "was deleted while Reeve had it open" in str(said), (status, said)
        os.rename(ledger + ".aside", ledger)
        within(60, lambda: rig.declare("the second")[0] == 200, "writing to go on")
        assert not says_deleted(rig)
        within(30, lambda: len(rig.events("ledger.unwritable")) == 1, "the pages to be recorded")
        opened = [leaf["data"]["title"] for leaf in rig.events("incident.opened")]
        assert opened == ["the first", "the second"], opened
        assert rig.is_whole()


def a_deleted_ledger_is_saved_by_the_command_that_reeve_names():
    with bad_rig.Rig() as rig:
        assert rig.declare("the first")[0] == 200
        ledger = f"{rig.folder}/state/reeve.db"
        os.remove(ledger)
        within(10, lambda: says_deleted(rig), "status to say it")
        said = str(rig.declare("never recorded")[1])
        found = re.search(r"cp (/proc/\d+/fd/\d+) (\S+reeve\.db)", said)
        assert found, said
        shutil.copyfile(found[1], ledger)
        rig.own(ledger)
        os.chmod(ledger, 0o600)
        assert rig.declare("never recorded")[0] != 200, "it is another file"
        rig.core.kill()
        rig.core.wait(20)
        rig.serve()
        within(20, lambda: rig.declare("the second")[0] == 200, "the copy to be used")
        opened = [leaf["data"]["title"] for leaf in rig.events("incident.opened")]
        assert opened == ["the first", "the second"], opened
        assert rig.is_whole()


def push(port, count):
    body = f"# TYPE logins_total counter\nlogins_total {count}\n".encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/exposition", body,
                                     {"Content-Type": "text/plain"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0  # nobody listens: not taken either


def a_deleted_history_is_noticed_and_begun_anew():
    port = lib.free_port()
    with bad_rig.Rig(f"collect: {{ listen: 127.0.0.1:{port} }}\n"
                     "senders: [{ name: app, without_token: yes, every: 1 s }]\n"
                     "signals: { logins: { count: logins_total } }\n") as rig:
        history = f"{rig.folder}/state/history"
        within(30, lambda: push(port, 1) == 204, "the listener")
        shutil.rmtree(history)
        answers = []

        def is_refused():
            answers.append(push(port, 2))
            return answers[-1] in (0, 503)
        within(10, is_refused, "the sender to be refused")
        within(30, lambda: push(port, 3) == 204 and glob.glob(f"{history}/pushed-*"), "the history to be there again")
        status = rig.command("status").stdout
        assert "Its history (" in status and "was deleted or replaced while it ran" in status, status
        assert "was deleted or replaced while it was in use" in rig.log(), rig.log()
        # What is taken from now on stays: no descriptor of a deleted file is held.
        time.sleep(1)
        collector = rig.child("collect")
        held = [os.readlink(path) for path in glob.glob(f"/proc/{collector}/fd/*")]
        assert not [path for path in held if "history" in path and path.endswith("(deleted)")], held


lib.run_tests([a_ledger_that_is_put_aside_is_paged_and_goes_on_when_it_is_back,
               a_deleted_ledger_is_saved_by_the_command_that_reeve_names,
               a_deleted_history_is_noticed_and_begun_anew])
