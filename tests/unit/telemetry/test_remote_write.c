/* test_remote_write.c - remote write 1.0 and 2.0, by hand from the specifications and as Prometheus
 * 2.42 sent it. */
#include "base/limits.h"
#include "harness/pushed_lines.h"
#include "harness/test.h"
#include "telemetry/protobuf.h"
#include "telemetry/remote_write.h"

enum { BODY_BYTES_MAX = 8 * 1024 * 1024 };

static struct text body_begin(struct arena *arena)
{
    struct text text;
    text_init(&text, arena, BODY_BYTES_MAX);
    return text;
}

static void add_label(struct text *text, const char *name, const char *value)
{
    size_t label = protobuf_open(text, 1);
    protobuf_write_bytes(text, 1, str_of(name));
    protobuf_write_bytes(text, 2, str_of(value));
    protobuf_close(text, label);
}

static void add_sample(struct text *text, double value, int64_t at_ms)
{
    size_t sample = protobuf_open(text, 2);
    protobuf_write_double(text, 1, value);
    protobuf_write_varint(text, 2, (uint64_t)at_ms);
    protobuf_close(text, sample);
}

static void check_lines(struct arena *arena, enum pushed_body kind, const struct text *body,
                        const char *want)
{
    struct pushed_lines lines;
    struct err err = {0};
    pushed_lines_init(&lines, arena);
    CHECK_OK(pushed_lines_read(&lines, arena, kind, text_str(body), &err), &err);
    CHECK_STR(text_str(&lines.text), want);
    CHECK(pushed_lines_hold(arena, kind, text_str(body)));
}

/* One series of 1.0 with these labels (name and value in turn, NULL at the end) and one sample. */
static void add_series(struct text *text, const char *const *labels)
{
    size_t series = protobuf_open(text, 1);
    for (size_t i = 0; labels[i]; i += 2)
        add_label(text, labels[i], labels[i + 1]);
    add_sample(text, 1, 1000);
    protobuf_close(text, series);
}

TEST(version_1_series_are_samples)
{
    struct text body = body_begin(arena);
    size_t series = protobuf_open(&body, 1);
    add_label(&body, "__name__", "http_requests_total");
    add_label(&body, "job", "app");
    add_label(&body, "status", "5\"0\\0");
    add_label(&body, "empty", "");
    add_sample(&body, 7.5, 1700000000123);
    add_sample(&body, 8, 1700000001123);
    protobuf_write_bytes(&body, 3, STR("")); /* an exemplar */
    protobuf_write_bytes(&body, 99, STR("unknown"));
    protobuf_close(&body, series);
    protobuf_write_bytes(&body, 3, STR("\x08\x01\x12\x01x")); /* metadata */
    check_lines(arena, PUSHED_REMOTE_WRITE_1, &body,
                "http_requests_total{job=\"app\",status=\"5\\\"0\\\\0\"} 7.5 unknown "
                "1700000000123000 0\n"
                "http_requests_total{job=\"app\",status=\"5\\\"0\\\\0\"} 8 unknown "
                "1700000001123000 0\n"
                "samples 2 histograms 0 exemplars 1 rejected 0\n");
}

TEST(labels_may_stand_behind_the_samples)
{
    struct text body = body_begin(arena);
    size_t series = protobuf_open(&body, 1);
    add_sample(&body, 1, 5);
    add_label(&body, "b", "2");
    add_label(&body, "__name__", "late");
    add_label(&body, "a", "1");
    protobuf_close(&body, series);
    check_lines(arena, PUSHED_REMOTE_WRITE_1, &body,
                "late{a=\"1\",b=\"2\"} 1 unknown 5000 0\n"
                "samples 1 histograms 0 exemplars 0 rejected 0\n");
}

TEST(wrong_series_are_rejected_by_themselves)
{
    static const struct {
        const char *labels[8];
        const char *why;
    } wrong[] = {
        {{"job", "x", NULL}, "a series has no name (__name__)"},
        {{"__name__", "a", "b", "1", "b", "2", NULL}, "a series has a label twice"},
        {{"__name__", "a", "c", "1", "b", "2", "c", "3"}, "a series has a label twice"},
        {{"__name__", "a", "", "1", NULL}, "a label has no name"},
        {{"__name__", "a", "b", "\xff", NULL}, "a label is not UTF-8"},
        {{"__name__", "\xff", NULL}, "a label is not UTF-8"},
    };
    static const char *const good[] = {"__name__", "good", NULL};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct text body = body_begin(arena);
        const char *labels[9] = {0};
        memcpy(labels, wrong[i].labels, sizeof wrong[i].labels);
        add_series(&body, labels);
        add_series(&body, good);
        check_lines(arena, PUSHED_REMOTE_WRITE_1, &body,
                    str_printf(arena,
                               "good{} 1 unknown 1000000 0\n"
                               "samples 2 histograms 0 exemplars 0 rejected 1: %s\n",
                               wrong[i].why)
                        .p);
    }
}

TEST(so_many_labels_are_the_limit)
{
    for (int count = LABELS_MAX; count <= LABELS_MAX + 1; count++) {
        struct text body = body_begin(arena);
        size_t series = protobuf_open(&body, 1);
        add_label(&body, "__name__", "a");
        for (int i = 0; i < count; i++)
            add_label(&body, str_printf(arena, "l%02d", i).p, "x");
        add_sample(&body, 1, 1);
        protobuf_close(&body, series);
        struct pushed_lines lines;
        struct err err = {0};
        pushed_lines_init(&lines, arena);
        CHECK_OK(pushed_lines_read(&lines, arena, PUSHED_REMOTE_WRITE_1, text_str(&body), &err),
                 &err);
        CHECK_INT(lines.taken, count == LABELS_MAX);
        CHECK(str_ends(text_str(&lines.text), count == LABELS_MAX
                                                  ? "rejected 0\n"
                                                  : "rejected 1: a series has more than 64 "
                                                    "labels\n"));
    }
}

TEST(times_beyond_the_calendar_are_rejected)
{
    struct text body = body_begin(arena);
    size_t series = protobuf_open(&body, 1);
    add_label(&body, "__name__", "a");
    add_sample(&body, 1, INT64_MAX);
    add_sample(&body, 2, -1);
    add_sample(&body, 3, 253402300799999);
    protobuf_close(&body, series);
    check_lines(arena, PUSHED_REMOTE_WRITE_1, &body,
                "a{} 3 unknown 253402300799999000 0\n"
                "samples 3 histograms 0 exemplars 0 rejected 2: a sample's time is not within the "
                "years 1970 to 9999\n");
}

TEST(only_what_is_wanted_is_handed_over)
{
    static const char *const first[] = {"__name__", "one", "a", "\xff", NULL};
    static const char *const second[] = {"__name__", "two", "a", "x", NULL};
    struct text body = body_begin(arena);
    struct pushed_lines lines;
    struct err err = {0};
    add_series(&body, first); /* wrong, but nobody wants it */
    add_series(&body, second);
    pushed_lines_init(&lines, arena);
    lines.wanted = "two";
    CHECK_OK(pushed_lines_read(&lines, arena, PUSHED_REMOTE_WRITE_1, text_str(&body), &err), &err);
    CHECK_STR(text_str(&lines.text), "two{a=\"x\"} 1 unknown 1000000 0\n"
                                     "samples 2 histograms 0 exemplars 0 rejected 0\n");
}

TEST(what_the_taker_refuses_is_counted)
{
    static const char *const first[] = {"__name__", "one", NULL};
    static const char *const second[] = {"__name__", "two", NULL};
    struct text body = body_begin(arena);
    struct pushed_lines lines;
    struct err err = {0};
    add_series(&body, first);
    add_series(&body, second);
    pushed_lines_init(&lines, arena);
    lines.refused = "one";
    CHECK_OK(pushed_lines_read(&lines, arena, PUSHED_REMOTE_WRITE_1, text_str(&body), &err), &err);
    CHECK_STR(text_str(&lines.text),
              "two{} 1 unknown 1000000 0\n"
              "samples 2 histograms 0 exemplars 0 rejected 1: one is not taken\n");
}

TEST(a_stale_series_says_so)
{
    struct text body = body_begin(arena);
    size_t series = protobuf_open(&body, 1);
    add_label(&body, "__name__", "a");
    add_sample(&body, pushed_stale(), 1);
    add_sample(&body, __builtin_nan(""), 2);
    protobuf_close(&body, series);
    check_lines(arena, PUSHED_REMOTE_WRITE_1, &body,
                "a{} stale unknown 1000 0\na{} NaN unknown 2000 0\n"
                "samples 2 histograms 0 exemplars 0 rejected 0\n");
}

/* The span of the offsets and lengths, one byte each as zigzag and plain. */
static void add_span(struct text *text, uint32_t number, int offset, unsigned length)
{
    size_t span = protobuf_open(text, number);
    protobuf_write_varint(text, 1, (uint64_t)(offset < 0 ? -2 * offset - 1 : 2 * offset));
    protobuf_write_varint(text, 2, length);
    protobuf_close(text, span);
}

static size_t open_native(struct text *body, int schema_zigzag)
{
    add_label(body, "__name__", "h");
    size_t histogram = protobuf_open(body, 4);
    protobuf_write_varint(body, 1, 12);
    protobuf_write_double(body, 3, 18.5);
    protobuf_write_varint(body, 4, (uint64_t)schema_zigzag);
    protobuf_write_varint(body, 15, 1000);
    return histogram;
}

TEST(native_histograms_become_buckets)
{
    /* Schema 0, zero bucket 2; (0.5,1] 1, (1,2] 3, (8,16] 6: spans -> upper bounds 2^0, 2^1, 2^4.
     */
    struct text body = body_begin(arena);
    size_t series = protobuf_open(&body, 1);
    size_t histogram = open_native(&body, 0);
    protobuf_write_varint(&body, 6, 2);
    add_span(&body, 11, 0, 2);
    add_span(&body, 11, 2, 1);
    protobuf_write_bytes(&body, 12, STR("\x02\x04\x06")); /* +1, +2, +3, packed */
    protobuf_close(&body, histogram);
    protobuf_close(&body, series);
    check_lines(arena, PUSHED_REMOTE_WRITE_1, &body,
                "h_bucket{le=\"0.5\"} 2 cumulative 1000000 0\n"
                "h_bucket{le=\"1\"} 3 cumulative 1000000 0\n"
                "h_bucket{le=\"2\"} 6 cumulative 1000000 0\n"
                "h_bucket{le=\"4\"} 6 cumulative 1000000 0\n"
                "h_bucket{le=\"8\"} 6 cumulative 1000000 0\n"
                "h_bucket{le=\"16\"} 12 cumulative 1000000 0\n"
                "h_bucket{le=\"+Inf\"} 12 cumulative 1000000 0\n"
                "h_sum{} 18.5 cumulative 1000000 0\n"
                "h_count{} 12 cumulative 1000000 0\n"
                "samples 1 histograms 1 exemplars 0 rejected 0\n");
}

TEST(native_histograms_with_bounds_of_their_own)
{
    struct text body = body_begin(arena);
    size_t series = protobuf_open(&body, 1);
    size_t histogram = open_native(&body, 105); /* -53 */
    for (int i = 0; i < 3; i++)
        protobuf_write_double(&body, 16, i + 1); /* 1, 2, 3, unpacked */
    add_span(&body, 11, 1, 3);                   /* (1,2], (2,3], above */
    protobuf_write_varint(&body, 12, 6);         /* 3, 3 + 2, 5 - 1: unpacked */
    protobuf_write_varint(&body, 12, 4);
    protobuf_write_varint(&body, 12, 1);
    protobuf_close(&body, histogram);
    protobuf_close(&body, series);
    check_lines(arena, PUSHED_REMOTE_WRITE_1, &body,
                "h_bucket{le=\"1\"} 0 cumulative 1000000 0\n"
                "h_bucket{le=\"2\"} 3 cumulative 1000000 0\n"
                "h_bucket{le=\"3\"} 8 cumulative 1000000 0\n"
                "h_bucket{le=\"+Inf\"} 12 cumulative 1000000 0\n"
                "h_sum{} 18.5 cumulative 1000000 0\n"
                "h_count{} 12 cumulative 1000000 0\n"
                "samples 1 histograms 1 exemplars 0 rejected 0\n");
}

/* One native histogram with the bytes behind its first fields. */
static void check_native_refused(struct arena *arena, int schema_zigzag, struct str more,
                                 const char *why)
{
    struct text body = body_begin(arena);
    size_t series = protobuf_open(&body, 1);
    size_t histogram = open_native(&body, schema_zigzag);
    text_add(&body, more);
    protobuf_close(&body, histogram);
    protobuf_close(&body, series);
    check_lines(arena, PUSHED_REMOTE_WRITE_1, &body,
                str_printf(arena, "samples 1 histograms 1 exemplars 0 rejected 1: %s\n", why).p);
}

TEST(native_histograms_that_cannot_be_understood_are_rejected)
{
    check_native_refused(arena, 0, STR("\x70\x03"),
                         "a native histogram is a gauge, which has no rate; send its parts as "
                         "gauges");
    check_native_refused(arena, 18, STR(""),
                         "a native histogram has a schema other than -53 and -4 to 8");
    check_native_refused(arena, 0, STR("\x62\x01\x02"),
                         "the buckets of a native histogram are not as its spans say");
    check_native_refused(arena, 0, STR("\x5a\x02\x10\x02\x62\x01\x02"),
                         "the buckets of a native histogram are not as its spans say");
    check_native_refused(arena, 0, STR("\x5a\x02\x10\x01\x62\x01\x01"),
                         "the buckets of a native histogram are not as its spans say");
    check_native_refused(arena, 105, STR("\x5a\x02\x10\x02\x62\x02\x02\x00"),
                         "a native histogram has a bucket without bound");
}

TEST(version_2_says_what_kind_a_series_is)
{
    static const char *const symbols[] = {"", "__name__", "a_total", "job", "x", "s_sum", "s"};
    struct text body = body_begin(arena);
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        protobuf_write_bytes(&body, 4, str_of(symbols[i]));
    size_t series = protobuf_open(&body, 5);
    protobuf_write_bytes(&body, 1, STR("\x01\x02\x03\x04")); /* packed references */
    size_t sample = protobuf_open(&body, 2);
    protobuf_write_double(&body, 1, 3);
    protobuf_write_varint(&body, 2, 2000);
    protobuf_write_varint(&body, 3, 1000); /* its start */
    protobuf_close(&body, sample);
    protobuf_write_bytes(&body, 5, STR("\x08\x01")); /* a counter */
    protobuf_close(&body, series);
    for (int name = 5; name <= 6; name++) { /* of a summary: its sum, and a quantile */
        series = protobuf_open(&body, 5);
        protobuf_write_varint(&body, 1, 1); /* not packed */
        protobuf_write_varint(&body, 1, (uint64_t)name);
        add_sample(&body, 4, 2000);
        protobuf_write_bytes(&body, 5, STR("\x08\x05"));
        protobuf_write_varint(&body, 6, 500); /* created, as drafts had it */
        protobuf_close(&body, series);
    }
    check_lines(arena, PUSHED_REMOTE_WRITE_2, &body,
                "a_total{job=\"x\"} 3 cumulative 2000000 1000000\n"
                "s_sum{} 4 cumulative 2000000 500000\n"
                "s{} 4 gauge 2000000 500000\n"
                "samples 3 histograms 0 exemplars 0 rejected 0\n");
}

TEST(version_2_references_are_checked)
{
    static const struct {
        struct str refs;
        const char *why;
    } wrong[] = {
        {{"\x01\x02\x03\x09", 4}, "a label is a symbol that is not in the request"},
        {{"\x01\x02\x03", 3}, "a label has a name and no value"},
        {{"\x01\x02\x03\x05", 4}, "a label is not UTF-8"},
        {{"\x03\x04", 2}, "a series has no name (__name__)"},
        {{"\x01\x02\x03\x04\x03\x04", 6}, "a series has a label twice"},
    };
    static const char *const symbols[] = {"", "__name__", "a", "job", "x", "\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct text body = body_begin(arena);
        for (size_t s = 0; s < sizeof symbols / sizeof *symbols; s++)
            protobuf_write_bytes(&body, 4, str_of(symbols[s]));
        size_t series = protobuf_open(&body, 5);
        protobuf_write_bytes(&body, 1, wrong[i].refs);
        add_sample(&body, 1, 1);
        protobuf_close(&body, series);
        check_lines(
            arena, PUSHED_REMOTE_WRITE_2, &body,
            str_printf(arena, "samples 1 histograms 0 exemplars 0 rejected 1: %s\n", wrong[i].why)
                .p);
    }
}

TEST(too_many_symbols_are_refused)
{
    struct pushed_lines lines;
    for (int over = 0; over <= 1; over++) {
        struct text body = body_begin(arena);
        struct err err = {0};
        for (int i = 0; i < LIMIT_REMOTE_WRITE_SYMBOLS + over; i++)
            text_add(&body, (struct str){"\x22\x00", 2});
        pushed_lines_init(&lines, arena);
        CHECK(pushed_lines_read(&lines, arena, PUSHED_REMOTE_WRITE_2, text_str(&body), &err) ==
              !over);
        CHECK_INT(err.kind, over ? ERR_REFUSED : ERR_NONE);
    }
}

TEST(bodies_that_are_cut_are_refused_and_what_stood_before_is_kept)
{
    static const char *const labels[] = {"__name__", "a", NULL};
    struct text body = body_begin(arena);
    struct pushed_lines lines;
    struct err err = {0};
    add_series(&body, labels);
    size_t whole = body.n;
    add_series(&body, labels);
    for (size_t n = whole + 1; n < body.n; n++) {
        pushed_lines_init(&lines, arena);
        CHECK(!pushed_lines_read(&lines, arena, PUSHED_REMOTE_WRITE_1,
                                 str_slice(text_str(&body), 0, n), &err));
        CHECK_INT(err.kind, ERR_USAGE);
        CHECK_INT(lines.taken, 1);
    }
}

TEST(what_prometheus_sends_is_read)
{
    struct str packed = test_read_file(
        arena, test_source_path(arena, "tests/fixtures/pushed/prometheus-2.42.snappy"));
    struct str body;
    struct err err = {0};
    struct pushed_lines lines;
    CHECK_OK(remote_write_unpack(arena, packed, BODY_BYTES_MAX, &body, &err), &err);
    pushed_lines_init(&lines, arena);
    CHECK_OK(pushed_lines_read(&lines, arena, PUSHED_REMOTE_WRITE_1, body, &err), &err);
    CHECK_INT(lines.taken, 38);
    CHECK(str_ends(text_str(&lines.text), "samples 38 histograms 0 exemplars 0 rejected 0\n"));
    CHECK(str_find(text_str(&lines.text),
                   "up{instance=\"127.0.0.1:21990\",job=\"prometheus\",replica=\"a\"} 1 unknown "
                   "1795974970464000 0\n",
                   0) < lines.text.n);
    packed = test_read_file(
        arena, test_source_path(arena, "tests/fixtures/pushed/prometheus-2.42-metadata.snappy"));
    CHECK_OK(remote_write_unpack(arena, packed, BODY_BYTES_MAX, &body, &err), &err);
    pushed_lines_init(&lines, arena);
    CHECK_OK(pushed_lines_read(&lines, arena, PUSHED_REMOTE_WRITE_1, body, &err), &err);
    CHECK(lines.taken > 0);
}

TEST(packed_bodies_are_checked_before_there_is_room_for_them)
{
    struct str out = {0};
    struct err err = {0};
    /* The specification's form: length, then a literal of 3 bytes. */
    CHECK_OK(remote_write_unpack(arena,
                                 STR("\x03\x08"
                                     "abc"),
                                 3, &out, &err),
             &err);
    CHECK_STR(out, "abc");
    CHECK(!remote_write_unpack(arena,
                               STR("\x03\x08"
                                   "abc"),
                               2, &out, &err));
    CHECK_INT(err.kind, ERR_REFUSED);
    size_t before = arena->used_bytes;
    CHECK(!remote_write_unpack(arena,
                               STR("\xff\xff\xff\xff\x0f"
                                   "x"),
                               SIZE_MAX, &out, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK_INT(arena->used_bytes, before);
    CHECK(!remote_write_unpack(arena,
                               STR("\x03\x08"
                                   "ab"),
                               100, &out, &err));
    CHECK(!remote_write_unpack(arena, STR(""), 100, &out, &err));
    /* Frames begin with this. */
    CHECK(!remote_write_unpack(arena, STR("\xff\x06\x00\x00sNaPpY"), 100, &out, &err));
    CHECK_INT(err.kind, ERR_USAGE);
}

/* A time of up to eight bytes is read at once: the least and the most of each length, alone and
 * with what may stand beside it. */
TEST(times_of_each_length_are_read)
{
    for (unsigned bits = 0; bits < 64; bits++) {
        for (int64_t beside = -1; beside <= 1; beside++) {
            uint64_t at_ms = (UINT64_C(1) << bits) + (uint64_t)beside;
            bool within = at_ms <= 253402300799999;
            for (int odd = 0; odd < 3; odd++) {
                struct text body = body_begin(arena);
                size_t series = protobuf_open(&body, 1);
                add_label(&body, "__name__", "a");
                size_t n = body.n;
                protobuf_write_varint(&body, 2, at_ms);
                n = body.n - n;
                body.n -= n;
                /* As senders write it, its length in one byte. */
                text_byte(&body, 0x12);
                text_byte(&body, (char)(9 + n + (odd == 1 ? 2 : 0)));
                protobuf_write_double(&body, 1, odd == 2 ? -2.5 : 7);
                protobuf_write_varint(&body, 2, at_ms);
                if (odd == 1)
                    protobuf_write_varint(&body, 9, 3);
                protobuf_close(&body, series);
                struct str want =
                    within
                        ? str_printf(arena,
                                     "a{} %s unknown %llu 0\nsamples 1 histograms 0 exemplars 0 "
                                     "rejected 0\n",
                                     odd == 2 ? "-2.5" : "7", (unsigned long long)at_ms * 1000)
                        : STR("samples 1 histograms 0 exemplars 0 rejected 1: a sample's time is "
                              "not within the years 1970 to 9999\n");
                check_lines(arena, PUSHED_REMOTE_WRITE_1, &body, want.p);
            }
        }
    }
}
