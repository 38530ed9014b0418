/* test_drill.c - what pg_controldata and a server's log say, and a report of a drill. */
#include "backup/drill.h"
#include "harness/test.h"

TEST(control_data)
{
    static const char said[] = "pg_control version number:            1300\n"
                               "max_connections setting:              120\n"
                               "max_worker_processes setting:         8\n"
                               "max_wal_senders setting:              10\n"
                               "max_prepared_xacts setting:           3\n"
                               "max_locks_per_xact setting:           64\n"
                               "Data page checksum version:           1\n";
    struct drill_control control;
    CHECK(drill_read_control(str_of(said), &control));
    CHECK_INT(control.connections, 120);
    CHECK_INT(control.prepared, 3);
    CHECK(control.checksums);
    CHECK(!drill_read_control(STR("max_connections setting:              120\n"), &control));
    CHECK(!drill_read_control(STR(""), &control));
}

TEST(why_a_server_ended)
{
    CHECK_STR(drill_find_reason(STR("LOG:  starting\nFATAL:  could not open\nLOG:  shut down\n\n")),
              "could not open");
    CHECK_STR(drill_find_reason(STR("LOG:  starting\npostgres: no such option\n")),
              "postgres: no such option");
    CHECK_STR(drill_find_reason(STR("")), "");
}

TEST(a_report)
{
    struct json *output = NULL;
    struct err err = {0};
    struct text text;
    text_init(&text, arena, 10000);
    CHECK(json_parse(
        arena,
        STR("{\"backup\":\"B\",\"bytes\":9,\"last_commit\":\"2026-12-01T03:00:00.120000Z\","
            "\"rpo_ms\":1500,\"rto_ms\":62000,\"sentence\":\"Damage was found.\","
            "\"steps\":[{\"ms\":9999,\"name\":\"restore\",\"ok\":true,\"sentence\":\"There.\"},"
            "{\"ms\":1,\"name\":\"pages\",\"ok\":false,\"sentence\":\"Bad.\"}],\"target\":\"\"}"),
        &output, &err));
    drill_report(&text, output);
    CHECK_STR(text_str(&text), "  well     restore    There. 10.0 s\n"
                               "  BAD      pages      Bad. 0.0 s\n"
                               "Restored from backup B; the last transaction is of 2026-12-01 "
                               "03:00:00.120 UTC.\n"
                               "Measured RTO (until the server answered): 1 min 2 s; measured RPO "
                               "(what would have been lost): 1.5 s\n"
                               "Damage was found.\n");
}
