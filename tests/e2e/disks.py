# disks.py - calls to the disk that fail under the collector, by strace: a sender is told 503, sends again, and what was
# answered before stays counted. Usage: disks.py BUILD_FOLDER
import contextlib
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import intake  # noqa: E402
import lib  # noqa: E402


@contextlib.contextmanager
def failing(collector, call, when=""):
    """A system call of the collector fails meanwhile; when: only some of them, as strace counts."""
    if not shutil.which("strace"):
        raise lib.Skip("strace is not installed")
    trace = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                              f"inject={call}:error=EIO{when}", "-p", str(collector.process.pid)],
                             stderr=subprocess.PIPE)
    try:
        time.sleep(0.5)
        if trace.poll() is not None:
            raise lib.Skip(f"strace may not trace: {trace.stderr.read().decode()[:100].strip()}")
        yield
    finally:
        if trace.poll() is None:
            trace.send_signal(signal.SIGINT)
        trace.wait(10)
        trace.stderr.close()


def a_journal_that_cannot_be_read_for_a_while_loses_nothing():
    with intake.Folder() as collector:
        collector.settle()
        error = {"level": "error", "msg": "order 7 lost", "status": 500}
        assert collector.logs(*[error] * 3)[0] == 204
        collector.counted("events", 3)
        gaps = collector.gaps
        with failing(collector, "pread64", ":when=1"):
            intake.limit_files(collector, 0)
            body = b'{"level":"error","msg":"order 8 lost","status":500,"n":"unread"}\n'
            assert intake.answer_of(collector.port, body, "/api/v1/logs", intake.NDJSON)[0] == 503
            intake.limit_files(collector, None)
            lib.within(20, lambda: intake.answer_of(collector.port, body, "/api/v1/logs", intake.NDJSON)[0] in (200, 204),
                       "the journal")
        collector.counted("events", 4)
        assert collector.gaps == gaps, (gaps, collector.gaps)


def a_failing_fdatasync_is_503():
    with intake.Folder() as collector:
        collector.settle()
        body = b'{"level":"error","msg":"never on the disk","n":"sync"}\n'
        with failing(collector, "fdatasync"):
            status, headers = intake.answer_of(collector.port, body, "/api/v1/logs", intake.NDJSON)
            assert status == 503 and headers["Retry-After"] == "2", (status, headers)
            assert collector.errors == {}, collector.errors
        lib.within(10, lambda: intake.answer_of(collector.port, body, "/api/v1/logs", intake.NDJSON)[0] in (200, 204),
                   "the disk")
        collector.counted("events", 1)
        assert collector.errors == {"never on the disk": 1}, collector.errors


lib.run_tests([a_failing_fdatasync_is_503, a_journal_that_cannot_be_read_for_a_while_loses_nothing])
