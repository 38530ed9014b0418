/* test_host.c - what the kernel's texts say. */
#include "harness/test.h"
#include "probe/host.h"

TEST(memory_in_bytes_and_counts_as_they_are)
{
    struct text text;
    text_init(&text, arena, 4000);
    CHECK(host_memory(&text, STR("MemTotal:       24683620 kB\nMemAvailable:    1024 kB\n"
                                 "Active(anon):  3 kB\nHugePages_Total:       7\nodd line\nNone:\n"
                                 "Words: many kB\n: 3 kB\n")));
    CHECK_STR(text_str(&text),
              "node_memory_MemTotal_bytes 25276026880\n"
              "node_memory_MemAvailable_bytes 1048576\n"
              "node_memory_Active_anon_bytes 3072\nnode_memory_HugePages_Total 7\n");
    CHECK(!host_memory(&text, STR("")));
    CHECK(!host_memory(&text, STR("MemFree: 3 kB\n")));
}

TEST(load_and_processors)
{
    struct text text;
    text_init(&text, arena, 4000);
    CHECK(host_load(&text, STR("0.52 1 13.44 2/345 6789\n")));
    CHECK_STR(text_str(&text), "node_load1 0.52\nnode_load5 1\nnode_load15 13.44\n");
    CHECK(!host_load(&text, STR("0.52 1")));
    CHECK(!host_load(&text, STR("a b c")));
    text_init(&text, arena, 4000);
    CHECK(host_processors(&text, STR("cpu  100 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3\n"), 100));
    CHECK(str_starts(text_str(&text), "node_cpu_seconds_total{cpu=\"all\",mode=\"user\"} 1\n"));
    CHECK(str_ends(text_str(&text), "node_cpu_seconds_total{cpu=\"all\",mode=\"steal\"} 0.08\n"));
    CHECK(!host_processors(&text, STR("cpu 1 2 3\n"), 100));
    CHECK(!host_processors(&text, STR("intr 1 2 3 4 5 6 7 8\n"), 100));
    CHECK(!host_processors(&text, STR("cpu  1 2 3 4 5 6 7 8\n"), 0));
}

TEST(pressure_as_counters_and_as_shares)
{
    struct text text;
    text_init(&text, arena, 4000);
    CHECK(host_pressure(&text, "io",
                        STR("some avg10=1.50 avg60=50.00 avg300=0.00 total=62868771\n"
                            "full avg10=0.00 avg60=0.25 avg300=0.00 total=9000000\n"
                            "more avg10=0.00\n")));
    CHECK_STR(text_str(&text),
              "node_pressure_io_waiting_seconds_total 62.868771\n"
              "reeve_pressure_ratio{resource=\"io\",kind=\"some\",window=\"10s\"} 0.015\n"
              "reeve_pressure_ratio{resource=\"io\",kind=\"some\",window=\"60s\"} 0.5\n"
              "node_pressure_io_stalled_seconds_total 9\n"
              "reeve_pressure_ratio{resource=\"io\",kind=\"full\",window=\"10s\"} 0\n"
              "reeve_pressure_ratio{resource=\"io\",kind=\"full\",window=\"60s\"} 0.0025\n");
    CHECK(!host_pressure(&text, "io", STR("")));
    CHECK(!host_pressure(&text, "io", STR("some avg10=x avg60=1 avg300=1 total=1\n")));
}
