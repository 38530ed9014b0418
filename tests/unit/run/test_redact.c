/* test_redact.c - secrets taken out of streams, however they are written, cut and encoded. */
#include "base/hash.h"
#include "base/text.h"
#include "harness/test.h"
#include "run/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MARK REDACT_MARK

struct kept {
    struct text text;
};

static void keep(void *context, struct str piece)
{
    struct kept *kept = context;
    text_add(&kept->text, piece);
}

/* What comes out when the text goes in by pieces of these sizes, the last one again and again. */
static struct str run_sizes(struct arena *arena, const struct str *values, size_t count,
                            struct str text, const size_t *sizes)
{
    struct redact *redact = NULL;
    struct err err = {0};
    struct kept kept;
    struct redact_sink sink = {keep, &kept};
    text_init(&kept.text, arena, text.n * 20 + 100);
    CHECK_OK(redact_make(arena, values, count, &redact, &err), &err);
    while (text.n > 0) {
        redact_write(redact, str_slice(text, 0, *sizes), &sink);
        text = str_from(text, *sizes);
        if (sizes[1])
            sizes++;
    }
    redact_end(redact, &sink);
    return text_str(&kept.text);
}

static struct str run_whole(struct arena *arena, struct str value, struct str text)
{
    return run_sizes(arena, &value, value.n ? 1 : 0, text, (const size_t[]){text.n + 1, 0});
}

static struct str run_without(struct arena *arena, const char *text)
{
    return run_whole(arena, STR(""), str_of(text));
}

/* In two hex digits each, in capitals or not, with something before each. */
static struct str hex_of(struct arena *arena, struct str s, const char *before, bool capitals)
{
    struct text text;
    text_init(&text, arena, s.n * 8 + 1);
    for (size_t i = 0; i < s.n; i++)
        text_printf(&text, capitals ? "%s%02X" : "%s%02x", before, (unsigned)(s.p[i] & 255));
    return text_str(&text);
}

/* As base64 -w: a line end behind each full line. */
static struct str in_lines(struct arena *arena, struct str s, size_t width, const char *end)
{
    struct text text;
    text_init(&text, arena, s.n * 4 + 100);
    for (size_t at = 0; at < s.n; at += width) {
        text_add(&text, str_slice(s, at, at + width));
        text_adds(&text, end);
    }
    return text_str(&text);
}

TEST(a_value_is_replaced_wherever_it_stands)
{
    struct str value = STR("hunter2!");
    CHECK_STR(run_whole(arena, value, STR("hunter2!")), MARK);
    CHECK_STR(run_whole(arena, value, STR("a hunter2! b hunter2! c")), "a " MARK " b " MARK " c");
    CHECK_STR(run_whole(arena, value, STR("hhunter2!!")), "h" MARK "!");
    CHECK_STR(run_whole(arena, value, STR("hunterhunter2!")), "hunter" MARK);
    CHECK_STR(run_whole(arena, value, STR("hunter2!hunter2!")), MARK);
    CHECK_STR(run_whole(arena, value, STR("hunter2 hunter!")), "hunter2 hunter!");
    CHECK_STR(run_whole(arena, value, STR("")), "");
    CHECK_STR(run_whole(arena, STR("aaaa"), STR("xaaaaaaaay aaa")), "x" MARK "y aaa");
    struct str two[] = {STR("abcdef"), STR("cdefgh"), STR("defg")};
    CHECK_STR(run_sizes(arena, two, 3, STR("-abcdefgh-abcdeffgh-xdefgx"), (const size_t[]){1, 0}),
              "-" MARK "-" MARK "fgh-x" MARK "x");
}

TEST(a_value_that_is_short_long_or_one_too_many_is_refused)
{
    struct redact *redact = NULL;
    struct err err = {0};
    struct str values[REDACT_VALUES_MAX + 1];
    char *large = arena_alloc(arena, REDACT_VALUE_MAX + 1);
    memset(large, 'x', REDACT_VALUE_MAX + 1);
    values[0] = STR("abc");
    CHECK(!redact_make(arena, values, 1, &redact, &err) && err.kind == ERR_REFUSED);
    CHECK_STR(str_of(err.text), "Secret 1 has 3 bytes; one of fewer than 4 would be found in any "
                                "output, so take a longer one.");
    values[0] = (struct str){large, REDACT_VALUE_MAX + 1};
    CHECK(!redact_make(arena, values, 1, &redact, &err));
    values[0].n--;
    CHECK_OK(redact_make(arena, values, 1, &redact, &err), &err);
    CHECK_STR(run_whole(arena, values[0], values[0]), MARK);
    for (size_t i = 0; i <= REDACT_VALUES_MAX; i++)
        values[i] = str_printf(arena, "value-%zu", i);
    CHECK_OK(redact_make(arena, values, REDACT_VALUES_MAX, &redact, &err), &err);
    CHECK(!redact_make(arena, values, REDACT_VALUES_MAX + 1, &redact, &err));
}

TEST(hex_and_percent_and_json_are_seen_through)
{
    struct str value = STR("p\xc3\xa4ss/w\"\xf0\x9f\x94\x91 1+\n");
    CHECK_STR(run_whole(arena, value, hex_of(arena, value, "", false)), MARK);
    CHECK_STR(run_whole(arena, value, hex_of(arena, value, "", true)), MARK);
    CHECK_STR(run_whole(arena, value, hex_of(arena, value, "%", true)), MARK);
    CHECK_STR(run_whole(arena, value, STR("f=p%C3%A4ss%2fw%22%F0%9f%94%91%201%2b%0A&")),
              "f=" MARK "&");
    CHECK_STR(run_whole(arena, value, STR("f=p%C3%A4ss/w%22%F0%9f%94%91+1%2B%0a&")), "f=" MARK "&");
    CHECK_STR(run_whole(arena, value, STR("{\"a\":\"p\xc3\xa4ss/w\\\"\xf0\x9f\x94\x91 1+\\n\"}")),
              "{\"a\":\"" MARK "\"}");
    CHECK_STR(run_whole(arena, value, STR("\"p\\u00e4ss\\/w\\u0022\\uD83D\\uDD11 1\\u002B\\n\"")),
              "\"" MARK "\"");
    CHECK_STR(run_whole(arena, STR("q\\ud\xc3\xa4z"), STR("q\\\\ud\\u00E4z q\\ud\\u00e4z")),
              MARK " " MARK);
    CHECK_STR(run_whole(arena, STR("n\nn\nn\n"), STR("\\ud83dn\\nn\\nn\\n")), "\\ud83d" MARK);
    CHECK_STR(run_whole(arena, STR("\nabc"), STR("\\ud83d\\nabc \\ud83d\\u000aabc")),
              "\\ud83d" MARK " \\ud83d" MARK);
    struct str broken =
        in_lines(arena, hex_of(arena, STR("0123456789abcdefghij"), "", false), 20, "\n    ");
    CHECK_STR(run_whole(arena, STR("123456789abcdefghi"), broken), "30" MARK "6a\n    ");
}

TEST(base64_is_seen_through_at_every_place_and_in_lines)
{
    struct str value = STR("correct horse battery staple, correct horse battery staple \xff\xfe");
    for (size_t front = 0; front < 80; front++) {
        struct text text;
        text_init(&text, arena, 1000);
        for (size_t i = 0; i < front; i++)
            text_byte(&text, '#');
        text_add(&text, value);
        text_adds(&text, "????");
        struct str code = base64_write(arena, text.p, text.n);
        static const char *const ends[] = {"", "\n", "\r\n", "\n      "};
        for (size_t i = 0; i < 4; i++) {
            struct str lines = in_lines(arena, code, i ? 76 : code.n, ends[i]);
            struct str out = run_whole(arena, value, lines);
            size_t at = str_find(out, MARK, 0);
            /* Everything before it and the rest of one group behind it stay. */
            CHECK(at < out.n && at >= front / 3 * 4 && at <= front / 3 * 4 + 3 + front / 54 * 8);
            CHECK(out.n - at - strlen(MARK) <= 10 + 14);
        }
        for (size_t i = 0; i < code.n; i++)
            if (code.p[i] == '+' || code.p[i] == '/')
                ((char *)(uintptr_t)code.p)[i] = code.p[i] == '+' ? '-' : '_';
        CHECK(str_find(run_whole(arena, value, code), MARK, 0) < code.n);
    }
    CHECK_STR(run_whole(arena, STR("secret"), STR("c2VjcmV0 c2VjcmV0Cg== xc2VjcmV0x")),
              MARK " " MARK "Cg== x" MARK "x");
    CHECK_STR(run_whole(arena, STR("secret"), STR("c2Vj\ncmV0")), "c2Vj\ncmV0");
}

TEST(lines_of_a_long_value_are_values)
{
    struct str value = STR("first line of it all\nshort\nthird line of it all\r\n");
    CHECK_STR(
        run_whole(arena, value, STR("> first line of it all\n> short\n> third line of it all\n")),
        "> " MARK "\n> short\n> " MARK "\n");
}

TEST(secrets_are_known_by_their_look)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"Authorization: Bearer abc.def-1\r\nX: y", "Authorization: Bearer " MARK "\r\nX: y"},
        {"authorization: basic dXNlcg==", "authorization: basic " MARK},
        {"{\"Authorization\": \"Bearer abc\"}", "{\"Authorization\": \"Bearer " MARK "\"}"},
        {"the bearer of news", "the bearer of news"},
        {"bearer abcdefghijklmnopq", "bearer " MARK},
        {"id AKIAIOSFODNN7EXAMPLE.", "id AKIA" MARK "."},
        {"AKIAIOSFODNN7", "AKIAIOSFODNN7"},
        {"sk_live_4eC39HqLyjWD", "sk_live_" MARK},
        {"key sk-proj-abcdefghijkl123 x", "key sk-" MARK " x"},
        {"a task-force-of-many-people-1234", "a task-force-of-many-people-1234"},
        {"sk-learn-is-a-long-word-of-prose", "sk-learn-is-a-long-word-of-prose"},
        {"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp_" MARK},
        {"xoxb-123456789012-abc", "xoxb-" MARK},
        {"postgres://ana:pw@db:5432/x", "postgres://ana:" MARK "@db:5432/x"},
        {"amqp://u:p@ss@host/", "amqp://u:" MARK "@host/"},
        {"redis://:pass@h", "redis://:" MARK "@h"},
        {"http://host:8080/a@b", "http://host:8080/a@b"},
        {"http://host/x:y@z http://u@h:1/", "http://host/x:y@z http://u@h:1/"},
        {"password=hunter2&x=1", "password=" MARK "&x=1"},
        {"PGPASSWORD='a b' psql", "PGPASSWORD='" MARK "' psql"},
        {"{\"api_key\": \"a\\\"b\", \"x\":1}", "{\"api_key\": \"" MARK "\", \"x\":1}"},
        {"\"{\\\"token\\\":\\\"ab\\\",\\\"x\\\":1}\"",
         "\"{\\\"token\\\":\\\"" MARK "\\\",\\\"x\\\":1}\""},
        {"aws_secret_access_key = abc/d+e\nx", "aws_secret_access_key = " MARK "\nx"},
        {"max_tokens=5 token == x", "max_tokens=5 token == x"},
        {"unexpected token: x", "unexpected token: x"},
        {"password=\nnext", "password=\nnext"},
        {"-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----\nx",
         "-----BEGIN RSA PRIVATE KEY-----" MARK "\nx"},
        {"-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n",
         "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str text = str_of(rows[i].in);
        CHECK_STR(run_without(arena, rows[i].in), rows[i].out);
        for (size_t at = 1; at < text.n; at++)
            CHECK_STR(run_sizes(arena, NULL, 0, text, (const size_t[]){at, text.n, 0}),
                      rows[i].out);
    }
}

TEST(a_key_without_an_end_does_not_swallow_everything)
{
    struct text text;
    text_init(&text, arena, 100000);
    text_adds(&text, "-----BEGIN PRIVATE KEY-----");
    while (text.n < 40000)
        text_adds(&text, "0123456789\n");
    struct str out = run_whole(arena, STR(""), text_str(&text));
    CHECK_INT(out.n, text.n - REDACT_PEM_MAX + strlen(MARK));
}

TEST(every_split_gives_the_same)
{
    struct str values[] = {STR("s3cr\xc3\xa9t/+ \"x\""), STR("t/+ \"x\"yz"), STR("aaaa")};
    struct text text;
    text_init(&text, arena, 4000);
    text_adds(&text, "a s3cr\xc3\xa9t/+ \"x\"yz aaaaaaa%aa%61%61a s3cr%C3%A9t%2F%2b+%22x\" "
                     "s3cr\\u00E9t\\/+ \\\"x\\\"\\ud83d\\ud83d\\udd11 ");
    text_add(&text, hex_of(arena, values[0], "", false));
    text_adds(&text, "/");
    text_add(&text, base64_write(arena, values[0].p, values[0].n));
    text_adds(&text, "\npassword=x postgres://u:p@h ghp_0123456789abcdef0123 \xff\x00");
    struct str whole = run_sizes(arena, values, 3, text_str(&text), (const size_t[]){9999, 0});
    CHECK(str_find(whole, "s3cr", 0) == whole.n);
    for (size_t at = 0; at <= text.n; at++)
        for (size_t more = 1; more < 40; more += 13)
            CHECK_SAME(run_sizes(arena, values, 3, text_str(&text),
                                 (const size_t[]){at ? at : 1, more, text.n, 0}),
                       whole);
    CHECK_SAME(run_sizes(arena, values, 3, text_str(&text), (const size_t[]){1, 0}), whole);
}

/* --- the oracle: decodes every beginning of the text anew, looks for values at its end ---------
 */

struct piece {
    unsigned char byte;
    size_t start;
};
struct decoded {
    struct piece pieces[2048];
    size_t count;
};

static void add(struct decoded *to, unsigned char byte, size_t start)
{
    to->pieces[to->count++] = (struct piece){byte, start};
}

static bool read_hex(struct str s, size_t at, size_t digits, unsigned *out)
{
    char word[8] = {0};
    if (at + digits > s.n)
        return false;
    memcpy(word, s.p + at, digits);
    for (size_t i = 0; i < digits; i++)
        if (!strchr("0123456789abcdefABCDEF", word[i]) || !word[i])
            return false;
    *out = (unsigned)strtoul(word, NULL, 16);
    return true;
}

/* way 0: as it is; 1: percent; 2: and plus; 3: JSON */
static void decode_escapes(struct str s, int way, struct decoded *out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    for (size_t at = 0; at < s.n;) {
        unsigned c = 0;
        unsigned low = 0;
        char byte = s.p[at];
        const char *simple = way == 3 && byte == '\\' && at + 1 < s.n && s.p[at + 1]
                                 ? strchr(from, s.p[at + 1])
                                 : NULL;
        if ((way == 1 || way == 2) && byte == '%' && read_hex(s, at + 1, 2, &c)) {
            add(out, (unsigned char)c, at);
            at += 3;
        } else if (simple) {
            add(out, (unsigned char)to[simple - from], at);
            at += 2;
        } else if (way == 3 && byte == '\\' && at + 1 < s.n && s.p[at + 1] == 'u' &&
                   read_hex(s, at + 2, 4, &c) && (c < 0xD800 || c > 0xDFFF)) {
            if (c >= 0x800)
                add(out, (unsigned char)(0xE0 | c >> 12), at);
            if (c >= 0x80)
                add(out, (unsigned char)(c >= 0x800 ? 0x80 | (c >> 6 & 63) : 0xC0 | c >> 6), at);
            add(out, (unsigned char)(c >= 0x80 ? 0x80 | (c & 63) : c), at);
            at += 6;
        } else if (way == 3 && byte == '\\' && c >= 0xD800 && c < 0xDC00 && at + 7 < s.n &&
                   s.p[at + 6] == '\\' && s.p[at + 7] == 'u' && read_hex(s, at + 8, 4, &low) &&
                   low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + low - 0xDC00;
            add(out, (unsigned char)(0xF0 | c >> 18), at);
            add(out, (unsigned char)(0x80 | (c >> 12 & 63)), at);
            add(out, (unsigned char)(0x80 | (c >> 6 & 63)), at);
            add(out, (unsigned char)(0x80 | (c & 63)), at);
            at += 12;
        } else {
            add(out, (unsigned char)(way == 2 && byte == '+' ? ' ' : byte), at);
            at++;
        }
    }
}

static int digit_of(char c, bool base64)
{
    static const char code[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned hex = 0;
    if (!base64)
        return read_hex((struct str){&c, 1}, 0, 1, &hex) ? (int)hex : -1;
    c = c == '-' ? '+' : c == '_' ? '/' : c;
    const char *at = c ? strchr(code, c) : NULL;
    return at ? (int)(at - code) : -1;
}

/* The last run of the text, by bits: way 0 and 1: hex, 4 to 7: base64, begun that many digits late
 */
static void decode_run(struct str s, int way, struct decoded *out)
{
    bool base64 = way >= 4;
    size_t each = base64 ? 6 : 4;
    size_t places[2048];
    int digits[2048];
    size_t count = 0;
    size_t line = 0;
    size_t breaks = 0;
    for (size_t i = 0; i < s.n; i++) {
        int digit = digit_of(s.p[i], base64);
        bool end = s.p[i] == '\n' || s.p[i] == '\r';
        if (digit >= 0) {
            places[count] = i;
            digits[count++] = digit;
            line = breaks ? 1 : line + 1;
            breaks = 0;
        } else if (breaks ? breaks < REDACT_BREAK_MAX && (end || strchr(" \t", s.p[i]))
                          : end && line >= REDACT_LINE_MIN) {
            breaks++;
        } else {
            count = line = breaks = 0;
        }
    }
    size_t first = (size_t)(way & 3);
    for (size_t bit = 0; count > first && bit + 8 <= (count - first) * each; bit += 8) {
        unsigned byte = 0;
        for (size_t b = bit; b < bit + 8; b++)
            byte = byte << 1 | ((unsigned)digits[first + b / each] >> (each - 1 - b % each) & 1);
        add(out, (unsigned char)byte, places[first + bit / each]);
    }
    /* A match ends with the text: the last digit must be part of the last byte. */
    size_t ends = out->count ? first + (out->count * 8 - 1) / each : 0;
    if (out->count == 0 || ends != count - 1 || places[ends] != s.n - 1)
        out->count = 0;
}

static void mark_ends(struct str text, const struct str *values, size_t count, bool *covered)
{
    static struct decoded decoded;
    for (int way = 0; way < 12; way++) {
        decoded.count = 0;
        if (way < 4)
            decode_escapes(text, way, &decoded);
        else
            decode_run(text, way < 8 ? way : way < 10 ? way - 8 : 0, &decoded);
        for (size_t v = 0; v < count; v++) {
            size_t i = 0;
            while (i < values[v].n && i < decoded.count &&
                   decoded.pieces[decoded.count - 1 - i].byte ==
                       (unsigned char)values[v].p[values[v].n - 1 - i])
                i++;
            if (i == values[v].n)
                memset(covered + decoded.pieces[decoded.count - i].start, 1,
                       text.n - decoded.pieces[decoded.count - i].start);
        }
    }
}

static struct str oracle(struct arena *arena, const struct str *values, size_t count,
                         struct str text)
{
    bool *covered = arena_array(arena, text.n + 1, sizeof *covered);
    struct text out;
    text_init(&out, arena, text.n * 20 + 100);
    for (size_t n = 1; n <= text.n; n++)
        mark_ends(str_slice(text, 0, n), values, count, covered);
    for (size_t i = 0; i < text.n; i++)
        if (!covered[i])
            text_byte(&out, text.p[i]);
        else if (i == 0 || !covered[i - 1])
            text_adds(&out, MARK);
    return text_str(&out);
}

static uint32_t chance(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

static struct str make_value(struct arena *arena, uint64_t *seed)
{
    static const char *const letters[] = {"ab",
                                          "aA0%",
                                          "u\\d8n\"/",
                                          "QUJD",
                                          "\n+ %41",
                                          "\xc3\xa9\xf0\x9f\x94\x91",
                                          "0123456789abcdefXYZ+/ "};
    const char *from = letters[chance(seed, 7)];
    size_t n = 4 + chance(seed, 12);
    char *value = arena_alloc(arena, n + 1);
    for (size_t i = 0; i < n; i++)
        value[i] = from[chance(seed, (uint32_t)strlen(from))];
    return (struct str){value, n};
}

static void add_encoded(struct arena *arena, struct text *text, struct str value, uint64_t *seed)
{
    struct str s = value;
    size_t width = 1 + chance(seed, 40);
    switch (chance(seed, 9)) {
    case 0: break;
    case 1: s = hex_of(arena, value, "", chance(seed, 2) == 0); break;
    case 2: s = base64_write(arena, value.p, value.n); break;
    case 3: s = in_lines(arena, base64_write(arena, value.p, value.n), width, "\r\n "); break;
    case 4: s = in_lines(arena, hex_of(arena, value, "", false), width, "\n"); break;
    case 5: s = hex_of(arena, value, "%", false); break;
    case 6: s = hex_of(arena, value, "\\u00", false); break;
    case 7: s = str_slice(value, chance(seed, 3), value.n - chance(seed, 3)); break;
    default:
        text_adds(text, ((const char *[]){"%", "\\", "\\u", "a", "%4", "\\ud83d", "\n", "QUJD",
                                          "+"})[chance(seed, 9)]);
        return;
    }
    /* Sometimes only a part of it is as it should be. */
    text_add(text, chance(seed, 5) ? s : str_slice(s, 0, s.n - s.n / 3));
}

TEST(random_texts_are_as_the_oracle_has_them)
{
    uint64_t seed = 20260731;
    const char *given = getenv("REEVE_SEED");
    int64_t number = 0;
    if (given && str_int(str_of(given), &number))
        seed = (uint64_t)number;
    struct arena turn;
    arena_init(&turn);
    for (int round = 0; round < 1500; round++) {
        struct str values[3];
        struct text text;
        text_init(&text, &turn, 1000);
        for (size_t i = 0; i < 3; i++)
            values[i] = make_value(&turn, &seed);
        for (size_t parts = chance(&seed, 8); parts > 0 && text.n < 300; parts--)
            add_encoded(&turn, &text, values[chance(&seed, 3)], &seed);
        size_t sizes[] = {1 + chance(&seed, 9), 1 + chance(&seed, 20), 1 + chance(&seed, 3), 0};
        struct str want = oracle(&turn, values, 3, text_str(&text));
        struct str got = run_sizes(&turn, values, 3, text_str(&text), sizes);
        if (!str_equal(got, want))
            test_fail(__FILE__, __LINE__, "round %d: %.*s\n got %.*s\n want %.*s", round,
                      STR_ARGS(text_str(&text)), STR_ARGS(got), STR_ARGS(want));
        arena_reset(&turn);
    }
    arena_done(&turn);
}

static void count_bytes(void *context, struct str piece)
{
    *(size_t *)context += piece.n;
}

static int64_t now_ms(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

/* Milliseconds for n bytes of what is worst for the value: nearly it, again and again. */
static int64_t time_of(struct arena *arena, struct str value, struct str unit, size_t n)
{
    struct redact *redact = NULL;
    struct err err = {0};
    size_t out = 0;
    struct redact_sink sink = {count_bytes, &out};
    CHECK_OK(redact_make(arena, &value, 1, &redact, &err), &err);
    int64_t from = now_ms();
    for (size_t i = 0; i < n; i += unit.n)
        redact_write(redact, unit, &sink);
    redact_end(redact, &sink);
    CHECK(out > 0);
    return now_ms() - from;
}

TEST(long_inputs_take_linear_time)
{
    char *same = arena_alloc(arena, REDACT_VALUE_MAX + 1);
    memset(same, 'a', REDACT_VALUE_MAX);
    same[REDACT_VALUE_MAX - 1] = 'b';
    struct str value = {same, REDACT_VALUE_MAX};
    struct str nearly = {same, REDACT_VALUE_MAX - 1};
    struct str units[] = {nearly,    STR("a"),    STR("%61"),       STR("\\u0061"),
                          STR("61"), STR("YWFh"), STR("aaaaaaaaab")};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t small = time_of(arena, value, units[i], 30000);
        int64_t large = time_of(arena, value, units[i], 120000);
        if (large > small * 8 + 100)
            test_fail(__FILE__, __LINE__, "unit %zu: %lld ms, four times as much %lld ms", i,
                      (long long)small, (long long)large);
    }
    struct str alike = {same, REDACT_VALUE_MAX - 2};
    int64_t found = time_of(arena, alike, STR("aaaaaaaaaaaaaaaaaaaaaaaaa"), 500000);
    CHECK(found < 5000);
}
