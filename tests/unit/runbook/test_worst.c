/* test_worst.c - what a reader of text can be made to suffer from: each input twice, the second
 * four times as large, which may take at most about four times the work. Work is the processor's
 * time of this process, the least of several turns; what grows with the square takes sixteen times
 * as long. What is refused is refused with a sentence, at once. */
#include "harness/test.h"

#include "base/limits.h"
#include "base/text.h"
#include "runbook/program.h"

#include <time.h>

/* The memory of a sanitizer is paged in and out by what else runs: its times are not the reader's.
 * There the texts are read all the same. */
#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

enum { TURNS = 3, TRIES = 4, TIMES = 4, MOST_TIMES = 12, LEAST_US = 2000, TEXT_BYTES = 5000000 };

static int64_t now_us(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

/* Reads the text; the time it took, whether it was read or refused. */
static int64_t time_us(struct str text, bool *out_read)
{
    struct arena arena;
    struct program *program = NULL;
    struct err err = {0};
    arena_init(&arena);
    int64_t begun = now_us();
    *out_read = program_read(&arena, STR("book.md"), text, &program, &err);
    int64_t took = now_us() - begun;
    arena_done(&arena);
    return took;
}

static int64_t least_us(struct str text, bool *out_read)
{
    int64_t least = INT64_MAX;
    for (int turn = 0; turn < TURNS; turn++) {
        int64_t took = time_us(text, out_read);
        least = took < least ? took : least;
    }
    return least;
}

static void add_times(struct text *text, const char *piece, size_t times)
{
    for (size_t i = 0; i < times; i++)
        text_adds(text, piece);
}

/* Is the work for the large text in proportion? Both are read, or both refused. Another process can
 * disturb a turn, not all. */
static void check_work(const char *name, struct str small, struct str large, bool read)
{
    int64_t once = 0;
    int64_t more = 0;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        bool small_read = !read;
        bool large_read = !read;
        once = least_us(small, &small_read);
        more = least_us(large, &large_read);
        CHECK(small_read == read && large_read == read);
        if (SANITIZED || more <= MOST_TIMES * once + LEAST_US)
            return;
    }
    test_fail(__FILE__, __LINE__, "%s: %zu bytes took %lld us, %zu bytes %lld us", name, small.n,
              (long long)once, large.n, (long long)more);
}

static void check_linear(const char *name, struct str small, struct str large)
{
    check_work(name, small, large, true);
}

/* head once, then the line; times small, and TIMES as often. */
static const struct {
    const char *name, *head, *line;
    size_t times;
} lines[] = {
    {"headings", "", "## Heading\n\n", 2500},
    {"headings of all levels", "", "# A\n## Alerts\n### B\n#### C\n##### D\n###### E\n", 400},
    {"items of one list", "", "- Check the thing\n", 12500},
    {"numbered items", "", "7. Restart it\n", 10000},
    {"boxes", "", "- [ ] Notify the staging team\n", 8000},
    {"loose items", "", "- a\n\n", 6000},
    {"cells", "|a|b|c|d|\n|-|-|-|-|\n", "|a|b|c|d|\n", 12000},
    {"cells that are rules", "|Severity|Response|Metric|Threshold|\n|-|-|-|-|\n",
     "|P1|15 min|error rate|> 5%|\n", 4000},
    {"only bars", "", "||||||||||||||||\n", 10000},
    {"alerts", "## Alerts\n\n", "- Error rate > 5% for 5 minutes\n", 6000},
    {"unclear rules", "", "- whenever > 5% unless monday 7\n", 4000},
    {"one paragraph", "", "word word word\n", 12000},
    {"hard breaks", "", "word word word  \n", 8000},
    {"emphasis in many lines", "", "*a **b `c *a **b `c *a **b `c\n", 4000},
    {"brackets never closed", "", "[[[[((((![![[[[[((((![![\n", 4000},
    {"brackets closed", "", "see [x] and [y](z\n\n", 6000},
    {"backticks never closed", "", "a ` b `` c ``` d ```` e ````` f\n", 4000},
    {"HTML never closed", "", "x <a <!-- <? <![CDATA[ &amp;\n", 8000},
    {"HTML blocks", "", "<div>\nP1 > 5% for 5 minutes\n", 5000},
    {"link definitions", "", "[a]: b\n\n", 6000},
    {"definitions with open titles", "", "[a]: b \"\n", 2000},
    {"rules of marks", "", "* * * * *\n", 10000},
    {"quotes", "", "> > > > > > > > word\n", 8000},
    {"quotes and lazy lines", "> a\n", "b\n", 12000},
    {"fences", "", "```bash\necho a\n```\n", 4000},
    {"fences far in", "", "        - a\n", 8000},
    {"indented code", "", "    code\n\n", 6000},
    {"lines with CRLF", "", "a b c\r\n", 12000},
};

TEST(many_lines)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct text text[2];
        for (size_t k = 0; k < 2; k++) {
            text_init(&text[k], arena, TEXT_BYTES);
            text_adds(&text[k], lines[i].head);
            add_times(&text[k], lines[i].line, lines[i].times * (k ? TIMES : 1));
            CHECK(!text_full(&text[k]));
        }
        check_linear(lines[i].name, text_str(&text[0]), text_str(&text[1]));
    }
}

/* One line of all that can stand in it. */
TEST(one_long_line)
{
    static const char *const pieces[] = {"*a **b ", "a** b* ", "*a _b ", "[",       "[a](b ",
                                         "[a][",    "![[]()",  "` ",     "`` ` ",   "<",
                                         "<!- ",    "&a",      "&amp;",  "<a://b>", "~~a ",
                                         "|",       "1,234",   "a-",     "a.",      "\\*"};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct text text[2];
        for (size_t k = 0; k < 2; k++) {
            size_t bytes = (size_t)(LIMIT_RUNBOOK_LINE_BYTES / (k ? 1 : TIMES));
            text_init(&text[k], arena, TEXT_BYTES);
            add_times(&text[k], pieces[i], bytes / strlen(pieces[i]));
        }
        check_linear(pieces[i], text_str(&text[0]), text_str(&text[1]));
    }
}

/* Marks of lists without end are refused after the first few of them. */
TEST(marks_without_end)
{
    static const char *const marks[] = {"* ", "- ", "> ", "1. ", "> - 1. "};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        struct text text[2];
        for (size_t k = 0; k < 2; k++) {
            size_t bytes = (size_t)(LIMIT_RUNBOOK_LINE_BYTES / (k ? 1 : TIMES)) - 8;
            text_init(&text[k], arena, TEXT_BYTES);
            add_times(&text[k], marks[i], bytes / strlen(marks[i]));
            text_adds(&text[k], "word\n");
        }
        check_work(marks[i], text_str(&text[0]), text_str(&text[1]), false);
    }
}

static struct str lists_in_lists(struct arena *arena, int depth, size_t times)
{
    struct text text;
    text_init(&text, arena, TEXT_BYTES);
    for (size_t i = 0; i < times; i++)
        for (int at = 0; at < depth; at++) {
            for (int k = 0; k < at; k++)
                text_adds(&text, "  ");
            text_adds(&text, "- item\n");
        }
    return text_str(&text);
}

TEST(deep_lists)
{
    check_linear("lists 32 deep", lists_in_lists(arena, LIMIT_RUNBOOK_NESTING, 250),
                 lists_in_lists(arena, LIMIT_RUNBOOK_NESTING, 250 * TIMES));
}

/* As many as fit: a million cells, read whole. */
TEST(a_million_cells)
{
    enum { COLUMNS = 32, ROWS = 1000000 / COLUMNS };
    struct text text;
    struct program *program = NULL;
    struct err err = {0};
    text_init(&text, arena, TEXT_BYTES);
    add_times(&text, "|a", COLUMNS);
    text_adds(&text, "|\n");
    add_times(&text, "|-", COLUMNS);
    text_adds(&text, "|\n");
    for (size_t row = 0; row < ROWS; row++) {
        add_times(&text, "|a", COLUMNS);
        text_adds(&text, "|\n");
    }
    CHECK_OK(program_read(arena, STR("book.md"), text_str(&text), &program, &err), &err);
    CHECK_INT(program->line_count, ROWS + 2);
    CHECK_INT(program->kind_lines[STATEMENT_GUIDANCE], ROWS);
    CHECK_INT(program->kind_lines[STATEMENT_STRUCTURE], 2);
}

static void refused(struct str text, const char *place, const char *sentence)
{
    struct arena arena;
    struct program *program = NULL;
    struct err err = {0};
    arena_init(&arena);
    CHECK(!program_read(&arena, STR("book.md"), text, &program, &err));
    arena_done(&arena);
    CHECK_STR(str_of(err.place), place);
    CHECK_STR(str_of(err.text), sentence);
}

/* A line of 10 MB is more than a file may have; the longest that gets in is refused as a line. */
TEST(a_line_of_ten_megabytes)
{
    enum { LINE_BYTES = 10 * 1024 * 1024 };
    char *line = arena_alloc(arena, LINE_BYTES);
    memset(line, 'a', LINE_BYTES);
    refused((struct str){line, LINE_BYTES}, "book.md:1:1",
            "The runbook is larger than 4 MB. Split it into several files.");
    refused((struct str){line, LIMIT_RUNBOOK_BYTES}, "book.md:1:65536",
            "The line is longer than 64 kB. Break it.");
}

/* The Markdown reader's own square: the lines of a paragraph times its brackets. */
TEST(brackets_in_one_paragraph)
{
    static const char sentence[] =
        "The paragraph that begins here has too many lines with too many brackets. Put blank lines "
        "between its parts, or fence marks around it.";
    static const char *const fine[] = {"see [x] and [y]\n\n", "- see [x] and [y]\n",
                                       "# see [x] and [y]\n", "> - see [x] and [y]\n"};
    struct text text;
    text_init(&text, arena, TEXT_BYTES);
    text_adds(&text, "# Heading\n\n");
    add_times(&text, "see [x] and [y]\n", 8000);
    refused(text_str(&text), "book.md:3:1", sentence);
    text_init(&text, arena, TEXT_BYTES);
    add_times(&text, "> see [x] and [y]\n", 8000);
    refused(text_str(&text), "book.md:1:1", sentence);
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        bool read = false;
        text_init(&text, arena, TEXT_BYTES);
        add_times(&text, fine[i], 8000);
        (void)time_us(text_str(&text), &read);
        CHECK(read);
    }
    bool read = false;
    text_init(&text, arena, TEXT_BYTES);
    text_adds(&text, "|a|\n|-|\n");
    add_times(&text, "|see [x] and [y]|\n", 8000);
    text_adds(&text, "\n```\n");
    add_times(&text, "see [x] and [y]\n", 8000);
    text_adds(&text, "```\n");
    (void)time_us(text_str(&text), &read);
    CHECK(read);
}
