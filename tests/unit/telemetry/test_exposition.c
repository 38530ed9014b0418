/* test_exposition.c - the text format read whole, in pieces, and broken. */
#include "base/text.h"
#include "harness/test.h"
#include "telemetry/exposition_push.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct seen {
    struct arena *arena;
    struct sample samples[64];
    size_t count;
    const char *wanted; /* NULL: everything */
};

static bool wants(void *context, struct str name)
{
    const struct seen *seen = context;
    return !seen->wanted || str_is(name, seen->wanted);
}

static bool take(void *context, const struct sample *sample, struct err *err)
{
    struct seen *seen = context;
    if (seen->count == 64)
        return err_set(err, ERR_SELF, NULL, "more than 64 samples");
    struct sample *copy = &seen->samples[seen->count++];
    *copy = *sample;
    copy->name = str_copy(seen->arena, sample->name);
    copy->labels = str_copy(seen->arena, sample->labels);
    return true;
}

static bool read_pieces(struct arena *arena, struct str body, size_t piece, struct seen *seen,
                        struct err *err)
{
    *seen = (struct seen){.arena = arena, .wanted = seen->wanted};
    struct exposition_use use = {seen, wants, take, NULL, NULL};
    struct exposition reader;
    exposition_init(&reader, &use, arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES));
    for (size_t at = 0; at < body.n; at += piece)
        if (!exposition_feed(&reader, str_slice(body, at, at + piece), err))
            return false;
    return exposition_end(&reader, err);
}

static const char usual[] =
    "# HELP http_requests_total Requests.\n"
    "# TYPE http_requests_total counter\n"
    "http_requests_total{status=\"200\",path=\"/a,b} \\\"x\\\\\"} 1027 1395066363000\r\n"
    "\n"
    "  plain 3.5e-2\n"
    "spaced { a = \"b\" , } +Inf\n"
    "t_bucket{le=\"0.5\"} 3 # {trace_id=\"k\"} 0.4 1.5\n"
    "nothing NaN\n"
    "minus -Inf\n"
    "last{} 7\n";

TEST(samples_are_read_whatever_the_pieces)
{
    for (size_t piece = 1; piece <= sizeof usual; piece += piece < 12 ? 1 : 37) {
        struct seen seen = {0};
        struct err err = {0};
        CHECK_OK(read_pieces(arena, str_of(usual), piece, &seen, &err), &err);
        CHECK_INT(seen.count, 7);
        CHECK_STR(seen.samples[0].name, "http_requests_total");
        CHECK_STR(seen.samples[0].labels, "status=\"200\",path=\"/a,b} \\\"x\\\\\"");
        CHECK(seen.samples[0].value > 1026.5 && seen.samples[0].value < 1027.5);
        CHECK_INT(seen.samples[0].line, 3);
        CHECK(fabs(seen.samples[1].value - 0.035) < 1e-12);
        CHECK(isinf(seen.samples[2].value) && seen.samples[2].value > 0);
        CHECK(fabs(seen.samples[3].value - 3) < 1e-12);
        CHECK(isnan(seen.samples[4].value));
        CHECK(isinf(seen.samples[5].value) && seen.samples[5].value < 0);
        CHECK_INT(seen.samples[6].line, 10);
    }
}

TEST(openmetrics_end_is_the_end)
{
    struct seen seen = {0};
    struct err err = {0};
    CHECK_OK(read_pieces(arena, STR("a_total 1 1520879607.789\n# EOF\n"), 5, &seen, &err), &err);
    CHECK_INT(seen.count, 1);
    CHECK(!read_pieces(arena, STR("a 1\n# EOF\nb 2\n"), 5, &seen, &err));
    CHECK_STR(str_of(err.place), "line 3");
}

TEST(a_page_that_ends_in_the_middle_of_a_line_may_be_cut)
{
    static const char *const good[] = {"a 1\npd 500\n", "a 1\n\n  ", "pd 500\r\n", "a 1\n# EOF"};
    static const char *const bad[] = {"a 1\npd 5", "a 1\npd 500 ", "a 1\n# TYPE p"};
    for (size_t piece = 1; piece < 16; piece++) {
        struct seen seen = {0};
        struct err err = {0};
        for (size_t i = 0; i < sizeof good / sizeof *good; i++)
            CHECK_OK(read_pieces(arena, str_of(good[i]), piece, &seen, &err), &err);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            CHECK(!read_pieces(arena, str_of(bad[i]), piece, &seen, &err));
            CHECK_STR(str_of(err.text), "the page of metrics ends in the middle of line 2, so it "
                                        "may be cut; its last line must end with a line feed too");
        }
    }
}

static bool wants_all(void *context, struct str name)
{
    (void)context;
    (void)name;
    return true;
}

static bool count_pushed(void *context, const struct pushed_sample *sample, struct err *err)
{
    (void)sample;
    (void)err;
    ++*(int *)context;
    return true;
}

TEST(nothing_is_taken_of_a_posted_page_that_may_be_cut)
{
    int taken = 0;
    struct pushed_use use = {.context = &taken, .wants = wants_all, .take = count_pushed};
    struct pushed_count count;
    struct err err = {0};
    CHECK(!exposition_push(arena, &(struct exposition_page){STR("other 1\npd 5"), false}, &use,
                           &count, &err));
    CHECK_INT(taken, 0);
    CHECK(str_starts(str_of(err.text), "the page of metrics ends in the middle of line 2"));
    CHECK_OK(exposition_push(arena, &(struct exposition_page){STR("other 1\npd 500\n"), false},
                             &use, &count, &err),
             &err);
    CHECK_INT(taken, 2);
}

TEST(names_of_prometheus_3_are_read)
{
    static const char page[] = "{\"my.metric\", label=\"x\"} 1\n"
                               "# TYPE \"my.metric\" counter\n"
                               "{ \"gr\xc3\xb6\xc3\x9f\x65\" } 2 1520879607789\n"
                               "{\"a \\\"b\\\" \\\\ }\",\"l.m\"=\"}\",n=\"\\n\"} 3\n"
                               "plain{\"l.m\"=\"y\"} 4\n"
                               "{\"last\"} 5\n";
    for (size_t piece = 1; piece <= sizeof page; piece++) {
        struct seen seen = {0};
        struct err err = {0};
        struct label labels[LABELS_MAX];
        size_t count = 0;
        CHECK_OK(read_pieces(arena, str_of(page), piece, &seen, &err), &err);
        CHECK_INT(seen.count, 5);
        CHECK_STR(seen.samples[0].name, "my.metric");
        CHECK_STR(seen.samples[1].name, "gr\xc3\xb6\xc3\x9f\x65");
        CHECK(seen.samples[1].is_stamped);
        CHECK_STR(seen.samples[2].name, "a \"b\" \\ }");
        CHECK_OK(exposition_parse_labels(arena, seen.samples[2].labels, labels, &count, &err),
                 &err);
        CHECK_INT(count, 2);
        CHECK_STR(labels[0].name, "l.m");
        CHECK_STR(labels[0].value, "}");
        CHECK_STR(labels[1].value, "\n");
        CHECK_OK(exposition_parse_labels(arena, seen.samples[3].labels, labels, &count, &err),
                 &err);
        CHECK_STR(labels[0].name, "l.m");
        CHECK_STR(seen.samples[4].labels, "");
        CHECK_INT(seen.samples[4].line, 6);
    }
}

static void check_refused(struct arena *arena, const char *body, const char *place,
                          const char *part)
{
    struct seen seen = {0};
    struct err err = {0};
    CHECK(!read_pieces(arena, str_of(body), 4096, &seen, &err));
    CHECK_STR(str_of(err.place), place);
    if (str_find(str_of(err.text), part, 0) == strlen(err.text))
        test_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", err.text, part);
}

TEST(bad_bodies_are_refused_in_a_sentence)
{
    check_refused(arena, "<!DOCTYPE html>\n<html>", "line 1",
                  "answered HTML, not metrics: is this the right path?");
    check_refused(arena, "\n\n  <html>", "line 1", "answered HTML");
    check_refused(arena, "{\"status\":\"ok\"}", "line 1", "answered JSON");
    check_refused(arena, "\x1f\x8b\x08", "line 1", "not the Prometheus text format");
    check_refused(arena, "", "", "empty page");
    check_refused(arena, "\n\r\n  \n", "", "empty page");
    check_refused(arena, "a 1\nb\n", "line 2", "no value");
    check_refused(arena, "a 1\nb \n", "line 2", "no value");
    check_refused(arena, "a one\n", "line 1", "not a number");
    check_refused(arena, "a 1 2 3\n", "line 1", "behind the timestamp");
    check_refused(arena, "a 1 x\n", "line 1", "not a timestamp");
    check_refused(arena, "a{b=\"c\" 1\n", "line 1", "closing brace");
    check_refused(arena, "a{b=\"c} 1\n", "line 1", "closing brace");
    check_refused(arena, "a 1\n0b 2\n", "line 2", "no metric name");
    check_refused(arena, "a 0x10\n", "line 1", "not a number");
    check_refused(arena, "{\"a\":1}\n", "line 1", "answered JSON");
    check_refused(arena, "{\"a\"\n", "line 1", "answered JSON");
    check_refused(arena, "a 1\n{\"b\":1}\n", "line 2", "do not begin with a name in quotes");
    check_refused(arena, "a 1\n{b=\"c\"} 1\n", "line 2", "do not begin with a name in quotes");
    check_refused(arena, "a 1\n{\"\"} 1\n", "line 2", "do not begin with a name in quotes");
    check_refused(arena, "a 1\n{\"b\",c=\"d\" 1\n", "line 2", "closing brace");
    check_refused(arena, "a 1\n{\"b\"}\n", "line 2", "no value");
    check_refused(arena, "a 1\n{\"\xff\"} 1\n", "line 2", "no UTF-8");
}

TEST(a_line_as_long_as_allowed_and_one_longer)
{
    size_t n = LIMIT_SCRAPE_LINE_BYTES;
    char *body = arena_alloc(arena, n + 3);
    memset(body, ' ', n);
    body[0] = 'a';
    body[n - 1] = '1';
    body[n] = '\n';
    struct seen seen = {0};
    struct err err = {0};
    CHECK_OK(read_pieces(arena, (struct str){body, n + 1}, 1000, &seen, &err), &err);
    CHECK_OK(read_pieces(arena, (struct str){body, n + 1}, n + 1, &seen, &err), &err);
    body[n] = '2';
    body[n + 1] = '\n';
    CHECK(!read_pieces(arena, (struct str){body, n + 2}, 1000, &seen, &err));
    CHECK_STR(
        str_of(err.text),
        "line 1 of the metrics is not readable: it is longer than 64 KiB; correct the exporter");
    CHECK(!read_pieces(arena, (struct str){body, n + 2}, n + 2, &seen, &err));
}

TEST(a_body_over_the_limit_is_refused)
{
    struct seen seen = {.arena = arena, .wanted = "wanted"};
    struct exposition_use use = {&seen, wants, take, NULL, NULL};
    struct exposition reader;
    exposition_init(&reader, &use, arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES));
    char *chunk = arena_alloc(arena, 1 << 20);
    for (size_t i = 0; i < 1 << 20; i += 16)
        memcpy(chunk + i, "ome_metric 1234\n", 16);
    struct err err = {0};
    for (int i = 0; i < 64; i++)
        CHECK_OK(exposition_feed(&reader, (struct str){chunk, 1 << 20}, &err), &err);
    CHECK(!exposition_feed(&reader, STR("x"), &err));
    CHECK(str_starts(str_of(err.text), "the answer is larger than 64 MiB after 4194304 lines"));
}

TEST(ten_million_lines_cost_no_memory)
{
    struct seen seen = {.arena = arena, .wanted = "wanted"};
    struct exposition_use use = {&seen, wants, take, NULL, NULL};
    struct exposition reader;
    exposition_init(&reader, &use, arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES));
    reader.max_bytes = SIZE_MAX;
    struct str lines = STR("a 1\nb{c=\"d\"} 2\ne 3\nf 4\ng 5\nh 6\ni 7\nj 8\nk 9\nwanted_not 1\n");
    struct err err = {0};
    size_t before = arena->held_bytes;
    for (int i = 0; i < 1000000; i++)
        if (!exposition_feed(&reader, lines, &err))
            test_fail(__FILE__, __LINE__, "%s", err.text);
    CHECK_OK(exposition_end(&reader, &err), &err);
    CHECK_INT(reader.line, 10000000);
    CHECK_INT(reader.samples, 10000000);
    CHECK_INT(seen.count, 0);
    CHECK_INT(arena->held_bytes, before);
}

TEST(labels_are_parsed)
{
    struct label labels[LABELS_MAX];
    size_t count = 0;
    struct err err = {0};
    CHECK_OK(exposition_parse_labels(arena, STR("a=\"1\", b = \"x\\n\\\"y\\\\z\\q\",c=\"\","),
                                     labels, &count, &err),
             &err);
    CHECK_INT(count, 3);
    CHECK_STR(labels[1].name, "b");
    CHECK_STR(labels[1].value, "x\n\"y\\z\\q");
    CHECK_STR(labels[2].value, "");
    static const char *const bad[] = {
        "a",      "a=",    "a=1",       "a=\"1\" b=\"2\"", "a=\"1\",a=\"2\"",
        "=\"1\"", "a=\"1", "a=\"1\",,", "0a=\"1\"",        "a=\"\\"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!exposition_parse_labels(arena, str_of(bad[i]), labels, &count, &err));
    struct text text;
    text_init(&text, arena, 10000);
    for (int i = 0; i < LABELS_MAX; i++)
        text_printf(&text, "l%d=\"v\",", i);
    CHECK_OK(exposition_parse_labels(arena, text_str(&text), labels, &count, &err), &err);
    CHECK_INT(count, LABELS_MAX);
    text_adds(&text, "more=\"v\"");
    CHECK(!exposition_parse_labels(arena, text_str(&text), labels, &count, &err));
}

static bool reads_as_strtod(const char *digits)
{
    double value = -1;
    double wanted = strtod(digits, NULL);
    return exposition_parse_value(str_of(digits), &value) &&
           memcmp(&value, &wanted, sizeof value) == 0;
}

TEST(values_are_rounded_to_the_nearest_double)
{
    static const char *const hard[] = {
        "0",
        "-0",
        "999999999999999",
        "9007199254740993",
        "18446744073709551615",
        "1.395066363e+09",
        "0.1",
        "123456.789e-2",
        "1e22",
        "1e23",
        "8.5e-23",
        "1.7976931348623157e308",
        "4.9e-324",
        "2.4703282292062328e-324",
        "2.2250738585072011e-308",
        "9007199254740993.00000000000000000000000000000000000000000000001",
        "9007199254740992.99999999999999999999999999999999999999999999999",
        "100000000000000000000000000000000000000000e-41",
        "00000000000000000000000000000000000000000000000000000000001.5"};
    for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++)
        CHECK(reads_as_strtod(hard[i]));
    uint64_t seed = 42;
    for (int i = 0; i < 200000; i++) {
        char digits[64];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        double value = 0;
        uint64_t bits = seed ^ (seed >> 29);
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        int precision = (int)(seed >> 40) % 20;
        (void)snprintf(digits, sizeof digits, "%.*e", precision, value);
        if (strtod(digits, NULL) > -HUGE_VAL && strtod(digits, NULL) < HUGE_VAL)
            CHECK(reads_as_strtod(digits));
        (void)snprintf(digits, sizeof digits, "%.*f", precision, (double)(seed >> 34) / 1e4);
        CHECK(reads_as_strtod(digits));
    }
}

TEST(a_value_of_more_digits_than_any_double_is_refused)
{
    char *digits = arena_alloc(arena, 2050);
    double value = -1;
    memset(digits, '7', 2049);
    digits[1] = '.';
    CHECK(exposition_parse_value((struct str){digits, 2048}, &value));
    CHECK(fabs(value - 70.0 / 9) < 1);
    CHECK(!exposition_parse_value((struct str){digits, 2049}, &value));
}

/* Eight digits are read at once: each byte at each of their places must be seen for what it is. */
TEST(whole_numbers_are_those_digits_and_no_others)
{
    static const char plain[] = "90817263544536271";
    for (size_t n = 1; n < sizeof plain; n++) {
        char digits[sizeof plain] = {0};
        memcpy(digits, plain, n);
        CHECK(reads_as_strtod(digits));
        for (size_t place = 0; place < n; place++)
            for (int byte = 1; byte < 256; byte++) {
                double value = -1;
                memcpy(digits, plain, n);
                digits[place] = (char)byte;
                bool is_number = byte_is_digit((char)byte) || byte == '.' ||
                                 (n > 1 && place == 0 && (byte == '-' || byte == '+')) ||
                                 (place > 0 && place + 1 < n && (byte | 0x20) == 'e');
                bool read = exposition_parse_value(str_of(digits), &value);
                if (n == 1 && byte == '.')
                    is_number = false;
                if (is_number && read != isfinite(strtod(digits, NULL)))
                    test_fail(__FILE__, __LINE__, "%s", digits);
                CHECK(is_number ? !read || reads_as_strtod(digits) : !read);
            }
    }
}
