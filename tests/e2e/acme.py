# acme.py - the demonstration's production by itself: each part works, each fault shows in the
# metrics and goes away, and nothing is left when it stops. Usage: acme.py BUILD_FOLDER
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
import lib  # noqa: E402
from lib import ask, within  # noqa: E402

build = sys.argv[1]
demo = None


def failures():
    return demo.total("acme_http_requests_total", code="5..")


def share(name):
    parts = {"pool": ("acme_db_pool_in_use", "acme_db_pool_size"),
             "disk": ("acme_volume_used_bytes", "acme_volume_size_bytes"),
             "memory": ("acme_memory_used_bytes", "acme_memory_limit_bytes"),
             "tokens": ("acme_assistant_tokens_used", "acme_assistant_tokens_limit")}[name]
    return demo.total(parts[0]) / demo.total(parts[1])


def demo_proves_each_part_and_ends():
    done = subprocess.run([f"{lib.SOURCE}/examples/acme/demo", build, "--check"],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "not ok" not in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("ok ") == 5, done.stdout


def demo_without_a_build_folder_says_so():
    for options in ([], ["/nowhere"], ["--unknown", build]):
        done = subprocess.run([f"{lib.SOURCE}/examples/acme/demo", *options],
                              capture_output=True, text=True, timeout=20)
        assert done.returncode == 2 and "demo BUILD_FOLDER" in done.stderr, done


def no_process_of_the_demo_runs_as_root():
    owners = {os.stat(f"/proc/{pid}").st_uid for pid in lib.processes_in(demo.folder)}
    assert owners and 0 not in owners, owners


def a_quiet_shop_sells_without_failing():
    before = demo.total("acme_orders_total")
    within(20, lambda: demo.total("acme_orders_total") > before, "an order")
    within(5, lambda: demo.total("acme_logins_total") > 0, "a sign-in")
    assert failures() == 0
    assert demo.total("acme_http_request_duration_seconds_count") > 0
    now = demo.metrics()  # of one moment: the shop sells on meanwhile
    assert demo.total("acme_http_request_duration_seconds_bucket", now, le=r"\+Inf") == \
        demo.total("acme_http_requests_total", now)
    assert share("pool") < 1 and share("disk") < 0.5 and share("memory") < 0.8


def the_bad_release_makes_real_errors():
    demo.fault("errors", True)
    start = failures()
    within(20, lambda: failures() >= start + 5, "five errors")
    demo.fault("errors", False)
    assert demo.total("acme_db_failures_total") >= 5


def the_slow_database_shows_in_the_histogram():
    def slow():
        return demo.total("acme_http_request_duration_seconds_count") - \
            demo.total("acme_http_request_duration_seconds_bucket", le="1")
    start = slow()
    demo.fault("slowness", True)
    within(20, lambda: slow() >= start + 3, "three slow answers")
    demo.fault("slowness", False)


def stolen_passwords_are_counted():
    start = demo.total("acme_login_failures_total")
    demo.fault("failed-logins", True)
    within(25, lambda: demo.total("acme_login_failures_total") > start + 10, "ten failures")
    demo.fault("failed-logins", False)


def the_pool_is_really_exhausted_and_recovers():
    demo.fault("pool", True)
    within(10, lambda: share("pool") == 1, "the exhausted pool")
    assert "idle in transaction" in demo.sql("SELECT DISTINCT state FROM pg_stat_activity "
                                             "WHERE usename = 'acme'")
    assert ask(demo.shop + "/healthz")[0] == 503
    demo.fault("pool", False)
    within(10, lambda: share("pool") < 1, "a free connection")
    within(10, lambda: ask(demo.shop + "/healthz")[0] == 200, "health")


def the_volume_fills_with_real_files():
    demo.fault("disk", True)
    within(25, lambda: share("disk") > 0.95, "the full volume")
    assert sum(entry.stat().st_size for entry in os.scandir(demo.folder + "/company/receipts")) > \
        0.95 * 32 * 1024 * 1024
    demo.fault("disk", False)
    assert share("disk") < 0.5


def memory_is_really_taken():
    demo.fault("memory", True)
    within(30, lambda: share("memory") > 0.85, "the memory")
    demo.fault("memory", False)
    within(5, lambda: share("memory") < 0.8, "the memory given back")


def the_assistant_spends_its_tokens():
    demo.fault("tokens", True)
    for _ in range(15):
        ask(demo.shop + "/assistant", form={"question": "an anvil"})
    assert share("tokens") > 0.9
    assert ask(demo.shop + "/assistant", form={"question": "an anvil"})[0] == 503
    demo.fault("tokens", False)
    status, text = ask(demo.shop + "/assistant", form={"question": "an anvil"})
    assert status == 200 and "Anvil" in text


def the_metrics_page_can_be_stopped():
    demo.fault("metrics", True)
    assert ask(demo.shop + "/metrics")[0] == 503
    demo.fault("metrics", False)
    assert ask(demo.shop + "/metrics")[0] == 200


def lost_database_connections_come_back():
    demo.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
             "WHERE usename = 'acme' AND pid <> pg_backend_pid()")
    within(10, lambda: ask(demo.shop + "/healthz")[0] == 200, "health")


def bad_requests_are_refused_in_words():
    shop = demo.shop
    assert ask(shop + "/nothing")[0] == 404
    assert ask(shop + "/products/0")[0] == 404
    assert ask(shop + "/products/x1")[0] == 404
    assert ask(shop + "/products/9999999999999")[0] == 404
    assert ask(shop + "/login")[0] == 405
    assert ask(shop + "/login", form={"email": "x"})[0] == 400
    assert ask(shop + "/orders", form={"session": "x", "product": 1, "quantity": 1})[0] == 400
    assert ask(shop + "/orders", form={"session": "0" * 8 + "-0000-0000-0000-" + "0" * 12,
                                       "product": 1, "quantity": 1})[0] == 401
    assert ask(shop + "/faults/none", form={"on": 1})[0] == 404
    assert ask(shop + "/faults/disk", form={"on": "maybe"})[0] == 400
    assert ask(shop + "/login", form={"email": "a" * 70000})[0] == 413
    assert ask(shop + "/", headers={"Host": "evil.example"})[0] == 403
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert ask(shop + "/faults/disk", form={"on": 1}, headers=cross)[0] == 403
    status, text = ask(shop + "/login", form={"email": "x' OR 1=1 --", "password": "x"})
    assert status == 401, text


def the_control_page_has_a_button_for_each_fault():
    status, text = ask(demo.shop + "/control")
    faults = ask(demo.shop + "/faults")[1]
    assert status == 200 and len(re.findall("<button>", text)) == faults.count(":") == 8


def send_mail(text, to=("ana@acme.example",)):
    host, port = "127.0.0.1", 0
    for line in open(demo.config):
        match = re.search(r"smtp://127\.0\.0\.1:(\d+)", line)
        port = int(match[1]) if match else port
    with smtplib.SMTP(host, port, timeout=10) as server:
        server.sendmail("reeve@acme.example", to, text)


def the_sink_shows_mails_as_people_read_them():
    send_mail("From: reeve@acme.example\nTo: ana@acme.example\n"
              "Subject: =?utf-8?q?P1=3A_L=C3=A4den?= =?utf-8?B?IHp1?=\n"
              "Content-Type: text/plain; charset=utf-8\n"
              "Content-Transfer-Encoding: quoted-printable\n\n"
              "Open http://127.0.0.1:1/ack?x=3D1.\n.\nend =C3=A4=\n!\n",
              ["ana@acme.example", "ben@acme.example"])
    mail = demo.mails()[-1]
    assert mail["subject"] == "P1: Läden zu", mail
    assert mail["body"] == "Open http://127.0.0.1:1/ack?x=1.\n.\nend ä!\n", mail
    assert mail["recipients"] == "ana@acme.example ben@acme.example"
    assert '<a href="http://127.0.0.1:1/ack?x=1">' in ask(demo.sink + "/")[1]
    send_mail("Subject: two parts\nContent-Type: multipart/alternative; boundary=\"b\"\n\n--b\n"
              "Content-Type: text/html\n\n<p>no\n--b\nContent-Type: text/plain\n"
              "Content-Transfer-Encoding: base64\n\neWVzIDxiPg==\n--b--\n")
    assert demo.mails()[-1]["body"] == "yes <b>"
    assert "yes &lt;b&gt;" in ask(demo.sink + "/")[1]


def the_sink_refuses_when_told():
    count = len(demo.mails())
    demo.refuse(mails=True, hooks=True)
    try:
        send_mail("Subject: x\n\nx\n")
        raise AssertionError("the mail was taken")
    except smtplib.SMTPDataError as error:
        assert error.smtp_code == 451
    assert ask(demo.sink + "/hook", body=b"{}")[0] == 503
    demo.refuse()
    try:
        send_mail("Subject: x\n\n" + "x" * 70 * 1024 + "\n" * 1100000)
        raise AssertionError("the large mail was taken")
    except smtplib.SMTPException:
        pass
    assert len(demo.mails()) == count
    send_mail("Subject: strange\r\n\r\n\xff\r\n".encode("latin-1"))
    assert demo.mails()[-1]["body"] == "?\n"


def the_sink_stands_rude_senders():
    port = int(re.search(r"smtp://127\.0\.0\.1:(\d+)", open(demo.config).read())[1])
    for words in (b"DATA\r\n", b"RCPT TO:<a@b>\r\n", b"MAIL FROM:nobody\r\n", b"\0\xff\r\n",
                  b"x" * 5000 + b"\r\n", b"x" * 70000):
        with socket.create_connection(("127.0.0.1", port), 10) as peer:
            lines = peer.makefile("rb")
            assert lines.readline().startswith(b"220")
            peer.sendall(words)
            assert lines.readline()[:1] == b"5", words[:20]
    crowd = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(40)]
    for peer in crowd:
        peer.close()

    def mail_goes():
        try:
            return send_mail("Subject: after\n\nx\n") is None
        except smtplib.SMTPException:
            return False
    within(5, mail_goes, "a mail after the crowd")


def webhooks_and_heartbeats_are_kept():
    assert ask(demo.sink + "/hook", body=b'{"a":1}', headers={"webhook-id": "m1"})[0] == 200
    hook = demo.hooks()[-1]
    assert hook["body"] == '{"a":1}' and ["webhook-id", "m1"] in \
        [[name.lower(), value] for name, value in hook["headers"]]
    assert ask(demo.sink + "/heartbeat", body=b"")[0] == 200
    beat = demo.heartbeat()
    assert beat["count"] == 1 and beat["silent_ms"] < 5000


def the_schema_is_what_the_migrations_make():
    demo.sql("CREATE DATABASE fresh")
    fresh = demo.info["DEMO_DATABASE"].replace("dbname=shop", "dbname=fresh")
    psql = [lib.postgres_folder() + "/psql", "-Xq1", "-v", "ON_ERROR_STOP=1", "-d", fresh, "-f",
            lib.SOURCE + "/examples/acme/db/schema.sql"]
    subprocess.run(psql, check=True, capture_output=True)

    def dump(database):
        text = subprocess.run([lib.postgres_folder() + "/pg_dump", "--schema-only", "-d", database],
                              check=True, capture_output=True, text=True).stdout
        return [line for line in text.splitlines() if "pg_stat_statements" not in line
                and "estrict" not in line and line.strip(" -")]
    assert dump(fresh) == dump(demo.info["DEMO_DATABASE"])
    demo.sql("DROP DATABASE fresh")


def the_stopped_demo_leaves_nothing():
    folder = demo.folder
    assert lib.processes_in(folder)
    code = demo.stop(signal.SIGINT)
    assert code == 0, (code, demo.words())
    assert "every process and the folder are gone" in demo.words(), demo.words()
    assert "ended badly" not in demo.words(), demo.words()
    assert not os.path.exists(folder) and lib.processes_in(folder) == []


def the_killed_demo_leaves_no_process():
    with lib.Demo(build, "--without-reeve") as killed:
        folder = killed.folder
        killed.stop(signal.SIGKILL)
        within(20, lambda: lib.processes_in(folder) == [], "the end of all processes")
        subprocess.run(["rm", "-rf", "--", folder], check=True)


tests = [demo_proves_each_part_and_ends, demo_without_a_build_folder_says_so,
         no_process_of_the_demo_runs_as_root, a_quiet_shop_sells_without_failing,
         the_bad_release_makes_real_errors, the_slow_database_shows_in_the_histogram,
         stolen_passwords_are_counted, the_pool_is_really_exhausted_and_recovers,
         the_volume_fills_with_real_files, memory_is_really_taken,
         the_assistant_spends_its_tokens, the_metrics_page_can_be_stopped,
         lost_database_connections_come_back, bad_requests_are_refused_in_words,
         the_control_page_has_a_button_for_each_fault, the_sink_shows_mails_as_people_read_them,
         the_sink_refuses_when_told, the_sink_stands_rude_senders,
         webhooks_and_heartbeats_are_kept, the_schema_is_what_the_migrations_make,
         the_stopped_demo_leaves_nothing, the_killed_demo_leaves_no_process]
if lib.postgres_folder() is None:
    lib.run_tests(tests, skip="postgresql-15 is not installed")
with lib.Demo(build, "--without-reeve") as demo:
    lib.run_tests(tests)
