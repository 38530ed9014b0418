/* test_probe_line.c - what a probe saw, as a line. */
#include "harness/test.h"
#include "telemetry/collector_spec.h"
#include "telemetry/probe_line.h"

TEST(a_line_reads_back_as_it_was)
{
    struct probe_line line = {.name = STR("d\"b"),
                              .at = {1234567},
                              .up = true,
                              .note = STR("ends soon"),
                              .problem = STR(""),
                              .samples = STR("a{b=\"c\"} 1\nd 2\n")};
    struct probe_line read;
    struct err err = {0};
    struct str text = probe_line_write(arena, &line);
    CHECK(probe_line_is(text) && str_ends(text, "}\n"));
    CHECK_OK(probe_line_parse(arena, text, &read, &err), &err);
    CHECK_SAME(read.name, line.name);
    CHECK_SAME(read.note, line.note);
    CHECK_SAME(read.problem, line.problem);
    CHECK_SAME(read.samples, line.samples);
    CHECK(read.up);
    CHECK_INT(read.at.us, 1234567);
}

TEST(what_is_too_long_is_left_out)
{
    char *much = arena_alloc(arena, 200000);
    memset(much, 1, 200000); /* six bytes each, when escaped */
    struct probe_line read;
    struct probe_line line = {.name = STR("a"),
                              .note = {much, 200000},
                              .problem = {much, 200000},
                              .samples = {much, 128 * 1024}};
    struct err err = {0};
    struct str text = probe_line_write(arena, &line);
    CHECK(text.n < SPEC_BYTES_MAX);
    CHECK_OK(probe_line_parse(arena, text, &read, &err), &err);
    CHECK_INT((int64_t)read.samples.n, 128 * 1024);
    CHECK_INT((int64_t)read.note.n, 4096);
    line.samples.n++;
    CHECK_OK(probe_line_parse(arena, probe_line_write(arena, &line), &read, &err), &err);
    CHECK_INT((int64_t)read.samples.n, 0);
}

TEST(what_is_none_is_refused)
{
    struct probe_line line;
    struct err err = {0};
    CHECK(!probe_line_is(STR("{\"history_dir\":\"\"}")));
    CHECK(!probe_line_is(STR("{\"prob")));
    static const char *const bad[] = {"",
                                      "{\"probe\":",
                                      "{\"probe\":\"a\"}",
                                      "{\"probe\":1,\"at\":2}",
                                      "{\"probe\":\"\",\"at\":2}",
                                      "{\"probe\":\"a\",\"at\":\"2\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!probe_line_parse(arena, str_of(bad[i]), &line, &err));
}
