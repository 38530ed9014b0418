/* test_base.c - strings, texts, maps, arenas, instants, hashes. */
#include "harness/test.h"

#include "base/hash.h"
#include "base/instant.h"
#include "base/map.h"
#include "base/noun.h"
#include "base/secret_value.h"
#include "base/text.h"

#include <float.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

TEST(arena_zeroes_and_grows)
{
    int *items = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++)
        LIST_PUSH(arena, items, count, capacity) = i;
    CHECK_INT(count, 1000);
    CHECK_INT(items[999], 999);
    char *big = arena_alloc(arena, 100000);
    CHECK(big[0] == 0 && big[99999] == 0);
    arena_reset(arena);
    char *again = arena_alloc(arena, 64);
    CHECK(again[0] == 0 && again[63] == 0);
}

TEST(str_numbers)
{
    int64_t i = 7;
    double d = 7;
    CHECK(str_int(STR("-9223372036854775808"), &i) && i == INT64_MIN);
    CHECK(!str_int(STR("9223372036854775808"), &i) && i == INT64_MIN);
    CHECK(!str_int(STR(""), &i) && !str_int(STR("-"), &i) && !str_int(STR("1 "), &i));
    CHECK(str_real(STR("5.25"), &d) && d == 5.25);
    CHECK(str_real(STR("1e-3"), &d) && d == 0.001);
    CHECK(str_real(STR("179769313486231570000e288"), &d) && d > 1e308);
    CHECK(!str_real(STR("1e999"), &d) && !str_real(STR("nan"), &d) && !str_real(STR("."), &d));
}

TEST(str_utf8)
{
    size_t at = 0;
    CHECK(str_utf8_valid(STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x9A\xA8"), NULL));
    CHECK(!str_utf8_valid(STR("ab\xC0\xAF"), &at) && at == 2);
    CHECK(!str_utf8_valid(STR("\xED\xA0\x80"), NULL) &&
          !str_utf8_valid(STR("\xF4\x90\x80\x80"), NULL));
    CHECK(!str_utf8_valid(STR("x\xE2\x82"), NULL));
    struct str more = STR("0123456789abcdef0123456789abcdef\xC3\xA4 0123456789abcdef");
    for (size_t n = 0; n <= 32; n++) /* what follows a slice is none of it */
        CHECK(str_utf8_valid(str_slice(more, 0, n), NULL) &&
              str_utf8_valid(str_slice(more, 32 - n, 32), NULL));
}

TEST(str_split_keeps_empty_parts)
{
    struct str rest = STR("a,,b,");
    struct str part;
    size_t parts = 0;
    while (str_split(&rest, ',', &part))
        parts++;
    CHECK_INT(parts, 4);
}

TEST(text_has_a_maximum)
{
    struct text text;
    text_init(&text, arena, 10);
    text_adds(&text, "12345");
    text_printf(&text, "%d", 678901);
    CHECK(text_full(&text));
    CHECK_STR(text_str(&text), "12345");
    struct text html;
    text_init(&html, arena, 1000);
    text_html(&html, STR("<a href=\"x\">&'"));
    CHECK_STR(text_str(&html), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
}

TEST(text_writes_short_reals)
{
    struct text text;
    text_init(&text, arena, 1000);
    double values[] = {5, 0.1, -0.0, 1e30, 1.0 / 3, 99.95};
    for (size_t i = 0; i < 6; i++) {
        text_real(&text, values[i]);
        text_byte(&text, ' ');
    }
    CHECK_STR(text_str(&text), "5 0.1 0 1e+30 0.3333333333333333 99.95 ");
}

/* The shortest of all precisions that reads back, found by trying each. */
static void shortest(double value, char out_digits[40])
{
    for (int precision = 1; precision <= 17; precision++) {
        (void)snprintf(out_digits, 40, "%.*g", precision, value);
        if (strtod(out_digits, NULL) == value)
            return;
    }
}

static void check_real(struct arena *arena, double value)
{
    char want[40];
    struct text text;
    text_init(&text, arena, 400);
    text_real(&text, value);
    if (value == floor(value) && fabs(value) < 1e15)
        (void)snprintf(want, sizeof want, "%.0f", value == 0 ? 0.0 : value);
    else
        shortest(value, want);
    CHECK_STR(text_str(&text), want);
}

TEST(reals_are_as_short_as_any_that_read_back)
{
    static const double edges[] = {DBL_MIN,
                                   DBL_TRUE_MIN,
                                   DBL_MAX,
                                   DBL_MIN * 0.75,
                                   3e-320,
                                   1e15,
                                   1e15 - 1,
                                   1e16,
                                   123456789012345678.0,
                                   8.41e21,
                                   9.5e-5,
                                   1e-4,
                                   0.0001234,
                                   99999999.5,
                                   99999999.999999,
                                   1e8 + 0.5,
                                   0.1 + 0.2,
                                   5e-7,
                                   1.000001,
                                   4503599627370495.5,
                                   9007199254740993.0};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        check_real(arena, edges[i]);
        check_real(arena, -edges[i]);
        check_real(arena, nextafter(edges[i], 0));
        check_real(arena, nextafter(edges[i], 1));
    }
    uint64_t state = 7;
    for (int i = 0; i < 20000; i++) {
        double value;
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint64_t bits = state ^ state >> 29;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            check_real(arena, value);
        check_real(arena, (double)(int64_t)(bits >> 34) /
                              (double[]){1, 10, 100, 1e3, 1e4, 1e6, 1e7, 3}[i % 8]);
    }
}

TEST(integers_are_written_to_both_ends)
{
    struct text text;
    text_init(&text, arena, 1000);
    int64_t values[] = {0, -1, 7, 10, -10, 99, 100, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < 9; i++) {
        text_int(&text, values[i]);
        text_byte(&text, ' ');
    }
    CHECK_STR(text_str(&text), "0 -1 7 10 -10 99 100 9223372036854775807 -9223372036854775808 ");
}

TEST(a_text_is_lengthened_up_to_its_maximum)
{
    struct text text;
    text_init(&text, arena, 100);
    text_reserve(&text, 101); /* never a limit */
    text_reserve(&text, 90);
    const char *before = text.p;
    char *added = text_extend(&text, 90);
    CHECK(added == before);
    memset(added, 'x', 90);
    CHECK(text_extend(&text, 11) == NULL);
    CHECK(text_full(&text));
    CHECK_INT(text_str(&text).n, 90);
    CHECK_INT(text.p[90], 0);
}

TEST(map_keeps_order_and_maximum)
{
    struct map map;
    map_init(&map, 100);
    int values[101];
    for (int i = 0; i < 100; i++)
        CHECK(map_put(&map, str_printf(arena, "key %d", i), &values[i]));
    CHECK(!map_put(&map, STR("one more"), &values[100]));
    CHECK(map_put(&map, STR("key 5"), &values[100]) &&
          map_find(&map, STR("key 5")) == &values[100]);
    for (int i = 0; i < 100; i += 2)
        CHECK(map_remove(&map, str_printf(arena, "key %d", i)) != NULL);
    CHECK(map_find(&map, STR("key 4")) == NULL);
    size_t at = 0;
    CHECK_STR(map_next(&map, &at)->key, "key 1");
    for (int round = 0; round < 1000; round++) {
        CHECK(map_put(&map, STR("again"), &values[0]));
        CHECK(map_remove(&map, STR("again")) == &values[0]);
    }
    CHECK_INT(map.count, 50);
    map_done(&map);
}

TEST(instants_read_and_write)
{
    struct instant at;
    char text[INSTANT_TEXT_BYTES];
    CHECK(instant_parse(STR("2026-11-23T10:46:47.5+01:00"), &at));
    instant_write(at, text);
    CHECK_STR(str_of(text), "2026-11-23T09:46:47.500000Z");
    CHECK(!instant_parse(STR("2026-02-29T00:00:00Z"), &at));
    CHECK(!instant_parse(STR("2026-11-23T10:46:47"), &at));
    CHECK(!instant_parse(STR("2026-11-23T24:00:00Z"), &at));
    CHECK_INT(civil_of((struct instant){0}).weekday, 4);
    CHECK(instant_parse(STR("0987-01-02T03:04:05.060708Z"), &at));
    instant_write(at, text);
    CHECK_STR(str_of(text), "0987-01-02T03:04:05.060708Z");
    instant_write((struct instant){INT64_MAX}, text);
    CHECK(str_starts(str_of(text), "9999-"));
    instant_write((struct instant){INT64_MIN}, text);
    CHECK(str_starts(str_of(text), "0000-"));
    for (int64_t day = -800000; day < 800000; day += 97) {
        struct instant noon = {day * 86400000000LL + 43200000000LL};
        CHECK(instant_of_civil(civil_of(noon)).us == noon.us);
        if (day < -719000) /* before the year 1 */
            continue;
        struct instant odd = {noon.us + day * 1234567};
        struct civil c = civil_of(odd);
        instant_write(odd, text);
        CHECK_SAME(str_of(text),
                   str_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", c.year, c.month, c.day,
                              c.hour, c.minute, c.second, c.microsecond));
    }
}

TEST(durations_are_for_people)
{
    CHECK_STR(duration_text(arena, 200000), "3 min 20 s");
    CHECK_STR(duration_text(arena, 45000), "45 s");
    CHECK_STR(duration_text(arena, 250), "250 ms");
    CHECK_STR(duration_text(arena, 0), "0 s");
    CHECK_STR(duration_text(arena, 86400000 * 3 + 3600000 * 4), "3 d 4 h");
    CHECK_STR(duration_text(arena, -7200000), "-2 h");
}

TEST(hashes_are_sha256)
{
    struct hash hash = hash_of(STR("abc"));
    struct hash back;
    char hex[HASH_HEX_BYTES];
    hash_hex(&hash, hex);
    CHECK_STR(str_of(hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hash_parse_hex(str_of(hex), &back) && hash_equal(&hash, &back));
    CHECK(!hash_parse_hex(STR("ba78"), &back));
    struct str data;
    CHECK(base64_parse(arena, base64_write(arena, "abcd", 4), &data));
    CHECK_STR(data, "abcd");
    CHECK(!base64_parse(arena, STR("a*"), &data));
}

TEST(hashes_are_those_of_a_second_library)
{
    unsigned char bytes[301];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + i / 7);
    for (size_t n = 0; n < sizeof bytes; n++) { /* over every place of the padding in a block */
        struct hash want;
        struct str text = {(const char *)bytes, n};
        struct hash got = hash_of(text);
        CHECK_INT(crypto_hash_sha256(want.b, bytes, n), 0);
        CHECK(hash_equal(&got, &want));
        if (n == 0)
            continue;
        got = hash_of_parts(bytes[0], str_slice(text, 1, n / 2 + 1), str_from(text, n / 2 + 1));
        CHECK(hash_equal(&got, &want));
    }
}

TEST(secrets_compare_and_wipe)
{
    struct secret_value a;
    struct secret_value b;
    CHECK(secret_value_set(&a, STR("hunter2")) && secret_value_set(&b, STR("hunter2")));
    CHECK(secret_value_equal(&a, &b));
    secret_value_wipe(&b);
    CHECK(!secret_value_equal(&a, &b) && b.b[0] == 0);
    CHECK(!secret_value_set(&a, (struct str){"", SECRET_BYTES_MAX + 1}));
    CHECK(secret_equal(STR("abc"), STR("abc")) && secret_equal(STR(""), STR("")));
    CHECK(!secret_equal(STR("abc"), STR("abd")) && !secret_equal(STR("abc"), STR("ab")));
}

TEST(hidden_characters_are_shown)
{
    static const struct {
        const char *text, *prose, *all;
    } rows[] = {{"plain\ttext\n", "plain\ttext\n", "plain\ttext\n"},
                {"a\u202eb", "a<U+202E>b", "a<U+202E>b"},
                {"a\u200bb\u00adc", "a<U+200B>b<U+00AD>c", "a<U+200B>b<U+00AD>c"},
                {"\x1b[8m\xc2\x9b", "<U+001B>[8m<U+009B>", "<U+001B>[8m<U+009B>"},
                {"10\u00a0GB", "10\u00a0GB", "10<U+00A0>GB"},
                {"a\u200db", "a<U+200D>b", "a<U+200D>b"},
                {"\u0646\u200c\u0646", "\u0646\u200c\u0646", "\u0646<U+200C>\u0646"},
                {"\u26a0\ufe0f", "\u26a0\ufe0f", "\u26a0<U+FE0F>"},
                {"1\ufe0f\u20e3", "1\ufe0f\u20e3", "1<U+FE0F>\u20e3"},
                {"a\ufe0fb", "a<U+FE0F>b", "a<U+FE0F>b"},
                {"\U000e0041", "<U+E0041>", "<U+E0041>"},
                {"\u2066x\u2069", "<U+2066>x<U+2069>", "<U+2066>x<U+2069>"},
                {"", "", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_STR(str_visible(arena, str_of(rows[i].text), false), rows[i].prose);
        CHECK_STR(str_visible(arena, str_of(rows[i].text), true), rows[i].all);
    }
    CHECK_STR(str_visible_line(arena, STR("plain text")), "plain text");
    CHECK_STR(str_visible_line(arena, STR("a\u202eb")), "a<U+202E>b");
    CHECK_STR(str_visible_line(arena, STR("a\n9 forged\r\tb\n")),
              "a<U+000A>9 forged<U+000D><U+0009>b<U+000A>");
    struct text html;
    text_init(&html, arena, 100);
    text_html_visible(&html, STR("a<b"));
    text_html_visible(&html, STR("a\u202eb"));
    CHECK_STR(text_str(&html), "a&lt;ba&lt;U+202E&gt;b");
}

TEST(errors_cut_whole_characters)
{
    struct err err = {0};
    char long_text[2000];
    memset(long_text, 'x', sizeof long_text);
    for (size_t i = 1; i + 2 < sizeof long_text; i += 2)
        memcpy(long_text + i, "\xC3\xA4", 2);
    long_text[sizeof long_text - 1] = '\0';
    CHECK(!err_set(&err, ERR_USAGE, "f:1", "%s", long_text));
    CHECK(str_utf8_valid(str_of(err.text), NULL));
    CHECK_INT(err_exit_code(ERR_DOUBT), 5);
}

TEST(distances_count_slips_of_the_pen)
{
    CHECK_INT(str_distance(STR("error"), STR("ERROR"), 2), 0);
    CHECK_INT(str_distance(STR("eror"), STR("error"), 2), 1);
    CHECK_INT(str_distance(STR("lsit"), STR("list"), 2), 1);
    CHECK_INT(str_distance(STR(""), STR("ab"), 2), 2);
    CHECK_INT(str_distance(STR(""), STR("abc"), 2), 3);
    CHECK_INT(str_distance(STR("kitten"), STR("sitting"), 9), 3);
    CHECK_INT(str_distance(STR("kitten"), STR("sitting"), 2), 3);
    char words[64];
    memset(words, 'x', sizeof words);
    CHECK_INT(str_distance((struct str){words, 63}, (struct str){words, 63}, 5), 0);
    CHECK_INT(str_distance((struct str){words, 64}, (struct str){words, 64}, 5), 6);
    /* Giving up early never changes what is near enough: all words of eight letters of two kinds.
     */
    for (unsigned i = 0; i < 256; i++)
        for (unsigned j = 0; j < 256; j++) {
            char a[8];
            char b[8];
            for (unsigned k = 0; k < 8; k++) {
                a[k] = (char)('a' + (i >> k & 1));
                b[k] = (char)('a' + (j >> k & 1));
            }
            size_t whole = str_distance((struct str){a, 8}, (struct str){b, 8}, 20);
            size_t most = (i + j) % 4;
            size_t near = str_distance((struct str){a, 8}, (struct str){b, 8}, most);
            CHECK_INT(near, whole > most ? most + 1 : whole);
        }
}

TEST(a_counted_noun_is_one_or_many)
{
    CHECK_STR(str_of(noun(1, "step", "steps")), "step");
    CHECK_STR(str_of(noun(0, "step", "steps")), "steps");
    CHECK_STR(str_of(noun(2, "step", "steps")), "steps");
    CHECK_STR(str_of(noun(-1, "step", "steps")), "steps");
}

static struct str wrapped(struct arena *arena, const char *words, size_t columns)
{
    struct text text;
    text_init(&text, arena, 4096);
    text_wrap(&text, str_of(words), columns);
    return text_str(&text);
}

TEST(long_lines_are_broken_at_blanks)
{
    CHECK_STR(wrapped(arena, "short\n\nshort\n", 30), "short\n\nshort\n");
    CHECK_STR(wrapped(arena, "one two three four five six seven", 24),
              "one two three four five\n    six seven");
    CHECK_STR(wrapped(arena, "  one  two three four five six seven\nend\n", 26),
              "  one  two three four five\n      six seven\nend\n");
    CHECK_STR(wrapped(arena, "a http://a.very.long.address.example/that/is/whole b", 24),
              "a http://a.very.long.address.example/that/is/whole\n    b");
    CHECK_STR(wrapped(arena, "\xC3\xA4\xC3\xA4\xC3\xA4 two three four five six", 24),
              "\xC3\xA4\xC3\xA4\xC3\xA4 two three four five\n    six");
    CHECK_STR(wrapped(arena, "no room for anything at all", 8), "no room for anything at all");
    CHECK_STR(wrapped(arena, "", 80), "");
}
