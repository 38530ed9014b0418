/* test_log_lines.c - fields out of JSON lines, whatever way the bytes come; limits. */
#include "base/text.h"
#include "harness/test.h"
#include "telemetry/log_lines.h"

struct rig {
    struct log_paths paths;
    struct log_lines lines;
    struct text seen;
};

static void take(void *context, const struct log_line *line)
{
    struct rig *rig = context;
    char buffer[256];
    text_adds(&rig->seen, line->is_object ? "object" : "text");
    for (size_t i = 0; i < rig->paths.count; i++) {
        if (!(line->found >> i & 1))
            continue;
        struct str value = log_value_text(&line->values[i], buffer, sizeof buffer);
        text_printf(&rig->seen, " %.*s=%.*s", STR_ARGS(rig->paths.paths[i]), STR_ARGS(value));
    }
    text_byte(&rig->seen, '\n');
}

static struct rig *rig_make(struct arena *arena)
{
    static const char *const names[] = {"level", "msg", "req.duration", "log.level"};
    struct rig *rig = arena_make(arena, struct rig);
    struct err err = {0};
    log_paths_init(&rig->paths, arena);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t at;
        CHECK_OK(log_paths_add(&rig->paths, str_of(names[i]), &at, &err), &err);
        CHECK_INT(at, i);
    }
    log_lines_init(&rig->lines, arena, &rig->paths, (struct log_lines_use){rig, take});
    text_init(&rig->seen, arena, 1 << 20);
    return rig;
}

static struct str read_lines(struct arena *arena, struct str bytes, size_t piece)
{
    struct rig *rig = rig_make(arena);
    for (size_t at = 0; at < bytes.n; at += piece)
        log_lines_feed(&rig->lines, str_slice(bytes, at, at + piece));
    log_lines_end(&rig->lines);
    return text_str(&rig->seen);
}

TEST(wanted_fields_are_found)
{
    static const char *const rows[][2] = {
        {"{\"level\":\"info\",\"msg\":\"all is well\",\"req\":{\"id\":7,\"duration\":12.5}}",
         "object level=info msg=all is well req.duration=12.5\n"},
        {" { \"level\" : \"a\" , \"level\" : \"b\" } ", "object level=b\n"},
        {"{\"log.level\":\"flat\"}", "object log.level=flat\n"},
        {"{\"log\":{\"level\":\"nested\"}}", "object log.level=nested\n"},
        {"{\"l\\u0065vel\":\"x\\n\\\"\\u00e9\\ud83d\\ude00\\ud83d\"}",
         "object level=x\n\"\u00e9\U0001f600?\n"},
        {"{\"msg\":true,\"level\":null}", "object level= msg=\n"},
        {"{\"level\":\"\"}\r", "object level=\n"},
        {"{}", "object\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_STR(read_lines(arena, str_of(rows[i][0]), 1000), rows[i][1]);
}

TEST(keys_elsewhere_are_not_taken)
{
    static const char *const rows[] = {
        "{\"x\":\"{\\\"level\\\":\\\"no\\\"}\"}",
        "{\"x\":{\"level\":\"no\"}}",
        "{\"x\":[{\"level\":\"no\"}]}",
        "{\"req\":[{\"duration\":1}]}",
        "{\"req\":{\"x\":{\"duration\":1}}}",
        "{\"x\":\"level\",\"levels\":\"no\"}",
        "{\"x\":\"\\\\\",\"y\":\",\\\"level\\\":1\"}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_STR(read_lines(arena, str_of(rows[i]), 1000), "object\n");
}

TEST(lines_that_are_no_object_are_text)
{
    static const char *const rows[] = {
        "GET / 200",
        "[{\"level\":\"x\"}]",
        "{\"level\":\"x\"",
        "{\"level\":\"x\"}}",
        "{\"level\":\"x\"} {}",
        "{\"level\":\"x}",
        "{\"level\":x}",
        "{\"level\":1x}",
        "{\"level\" x: 1}",
        "{\"a\":[}]",
        "{\"x\" \"level\":\"y\"}",
        "\"level\":\"x\"",
        "{level:\"x\"}",
        "{\"level\":\"x\"\"msg\":1}",
        "{\"level\":-}",
        "{\"level\":}",
        "{:}",
        "}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_STR(read_lines(arena, str_of(rows[i]), 1000), "text\n");
        struct str next = str_printf(arena, "%s\n{\"level\":\"next\"}\n", rows[i]);
        CHECK_STR(read_lines(arena, next, 1000), "text\nobject level=next\n");
    }
    CHECK_STR(read_lines(arena, STR("\n\r\n  \n"), 1000), "");
}

TEST(a_line_may_be_cut_anywhere)
{
    struct str bytes = STR("{\"level\":\"a\\\\\\\"b\",\"msg\":\"one\"}\nplain\n\n"
                           "{\"req\":{\"duration\":1e3},\"msg\":\"no end of line\"}");
    struct str whole = read_lines(arena, bytes, bytes.n);
    CHECK_STR(whole, "object level=a\\\"b msg=one\ntext\n"
                     "object msg=no end of line req.duration=1e3\n");
    for (size_t piece = 1; piece < bytes.n; piece++)
        CHECK_SAME(read_lines(arena, bytes, piece), whole);
}

/* Every index path gives the same masks, over blocks of bytes that matter. */
TEST(index_paths_agree)
{
    static const char bytes_that_matter[] = "\"\"\\\\\\{}[]:\n ab\x5b\x7b\xfb\x80";
    enum { BYTES = 4096 + 37, MASKS = BYTES / LOG_BLOCK + 1 };
    char *bytes = arena_alloc(arena, BYTES);
    uint64_t *masks = arena_array(arena, (size_t)MASKS * 8, sizeof *masks);
    struct log_masks scalar = {masks, masks + MASKS, masks + 2 * MASKS, masks + 3 * MASKS};
    struct log_masks other = {masks + 4 * MASKS, masks + 5 * MASKS, masks + 6 * MASKS,
                              masks + 7 * MASKS};
    uint64_t seed = 3;
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < BYTES; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            bytes[i] = bytes_that_matter[(seed >> 33) % (sizeof bytes_that_matter - 1)];
        }
        log_index(LOG_INDEX_SCALAR, bytes, BYTES, &scalar);
        for (int path = LOG_INDEX_SSE2; path <= (int)log_index_best(); path++) {
            log_index((enum log_index_path)path, bytes, BYTES, &other);
            CHECK(memcmp(masks, masks + 4 * MASKS, sizeof *masks * 4 * MASKS) == 0);
        }
    }
    CHECK(scalar.quotes[0] != 0);
}

TEST(a_line_that_is_too_long_is_counted)
{
    struct rig *rig = rig_make(arena);
    char *much = arena_alloc(arena, LIMIT_LOG_LINE_BYTES);
    memset(much, 'x', LIMIT_LOG_LINE_BYTES);
    struct str longest =
        str_printf(arena, "{\"level\":\"%.*s\"}\n", LIMIT_LOG_LINE_BYTES - 13, much);
    CHECK_INT(longest.n, LIMIT_LOG_LINE_BYTES);
    log_lines_feed(&rig->lines, longest);
    CHECK_INT(rig->lines.line_count, 1);
    log_lines_feed(&rig->lines, STR("{\"msg\":\""));
    CHECK_INT(log_lines_pending(&rig->lines), 8);
    log_lines_feed(&rig->lines, (struct str){much, LIMIT_LOG_LINE_BYTES});
    CHECK_INT(log_lines_pending(&rig->lines), LIMIT_LOG_LINE_BYTES + 8);
    CHECK_INT(rig->lines.too_long_count, 0);
    log_lines_feed(&rig->lines, STR("\"}\n{\"level\":\"next\"}\n"));
    CHECK_INT(log_lines_pending(&rig->lines), 0);
    CHECK_INT(rig->lines.too_long_count, 1);
    CHECK_INT(rig->lines.line_count, 2);
    CHECK(str_ends(text_str(&rig->seen), "object level=next\n"));
}

TEST(paths_that_are_none_are_refused)
{
    static const char *const rows[] = {"", ".", "a.", ".a", "a..b"};
    struct log_paths *paths = arena_make(arena, struct log_paths);
    struct err err = {0};
    size_t at;
    log_paths_init(paths, arena);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK(!log_paths_add(paths, str_of(rows[i]), &at, &err));
    CHECK_STR(str_of(err.text), "\"a..b\" is no field: write its name, or names parted by single "
                                "dots, in at most 80 bytes");
    for (size_t i = 0; i < LOG_PATHS_MAX; i++)
        CHECK_OK(log_paths_add(paths, str_printf(arena, "a%zu", i), &at, &err), &err);
    CHECK(!log_paths_add(paths, STR("more"), &at, &err));
    CHECK_STR(str_of(err.text), "there are too many fields in one map (at most 64)");
    CHECK_OK(log_paths_add(paths, STR("a7"), &at, &err), &err);
    CHECK_INT(at, 7);
}
