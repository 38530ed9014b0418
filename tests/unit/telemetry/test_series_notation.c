/* test_series_notation.c - promtool's notation of series: what it means, and what it is not. */
#include "base/text.h"
#include "harness/test.h"
#include "telemetry/series_notation.h"

static struct str values_text(struct arena *arena, const char *text)
{
    struct notated_value *values = NULL;
    size_t count = 0;
    struct err err = {0};
    struct text out;
    text_init(&out, arena, 4096);
    if (!series_notation_read_values(arena, str_of(text), &values, &count, &err))
        return str_printf(arena, "%s", err.text);
    for (size_t i = 0; i < count; i++) {
        text_adds(&out, i > 0 ? " " : "");
        if (values[i].shown == SHOWN_VALUE)
            text_printf(&out, "%g", values[i].value);
        else
            text_adds(&out, values[i].shown == SHOWN_STALE ? "stale" : "_");
    }
    return text_str(&out);
}

static struct str series_text(struct arena *arena, const char *text)
{
    struct notated_series *series = arena_make(arena, struct notated_series);
    struct err err = {0};
    bool good = series_notation_read_name(arena, str_of(text), series, &err);
    return good ? series->text : str_printf(arena, "%s", err.text);
}

TEST(values_are_expanded_as_promtool_does)
{
    static const char *const cases[][2] = {
        {"0+10x3", "0 10 20 30"},
        {"9-3x2", "9 6 3"},
        {"-1-1x1", "-1 -2"},
        {"5x2", "5 5 5"},
        {"5x0 7", "5 7"},
        {"0x10", "0 0 0 0 0 0 0 0 0 0 0"},
        {"1 _ 2 _x3 stale", "1 _ 2 _ _ _ stale"},
        {"_x0", ""},
        {"1e3 -1.5 +2 .5 3.", "1000 -1.5 2 0.5 3"},
        {"NaN Inf -inf", "nan inf -inf"},
        {" 1\n  2\t3 ", "1 2 3"},
        {"1+0.5x2", "1 1.5 2"},
        {"1e1+1e1x1", "10 20"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_STR(values_text(arena, cases[i][0]), cases[i][1]);
}

TEST(values_that_are_none_are_refused_with_their_place)
{
    static const char *const cases[][2] = {
        {"1 x", "a value is a number, \"_\", or \"stale\", at byte 3 of \"1 x\""},
        {"1x", "behind \"x\" stands how many times more, at byte 3 of \"1x\""},
        {"1+x3", "a value is a number, \"_\", or \"stale\", at byte 3 of \"1+x3\""},
        {"1+2", "behind the step stands \"x\" and how many times, at byte 4 of \"1+2\""},
        {"stalex3", "a value is a number, \"_\", or \"stale\", at byte 1 of \"stalex3\""},
        {"1,2", "values are parted by blanks, at byte 2 of \"1,2\""},
        {"0x100001", "the series has more than 100,000 values, at byte 3 of \"0x100001\""},
        {"0x99999999999999999999", "behind \"x\" stands how many times more, at byte 3 of "
                                   "\"0x99999999999999999999\""},
        {"0x99999 1", "the series has more than 100,000 values, at byte 10 of \"0x99999 1\""},
        {"{{schema:1}}", "a value is a number, \"_\", or \"stale\", at byte 1 of \"{{schema:1}}\""},
    };
    /* 100,000 values fit. */
    struct notated_value *values = NULL;
    size_t count = 0;
    struct err err = {0};
    CHECK_OK(series_notation_read_values(arena, STR("0+1x99999"), &values, &count, &err), &err);
    CHECK_INT(count, SERIES_VALUES_MAX);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_STR(values_text(arena, cases[i][0]), cases[i][1]);
}

TEST(series_become_exposition_text)
{
    static const char *const cases[][2] = {
        {"up", "up"},
        {" up{} ", "up"},
        {"up{job=\"app\", instance='a:80',}", "up{job=\"app\",instance=\"a:80\"}"},
        {"{__name__=\"up\",job=`a\\b`}", "up{job=\"a\\\\b\"}"},
        {"up{say=\"\\\"\\n\\\\\\t\"}", "up{say=\"\\\"\\n\\\\\t\"}"},
        {"a:b{le=\"+Inf\"}", "a:b{le=\"+Inf\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_STR(series_text(arena, cases[i][0]), cases[i][1]);
}

TEST(series_that_are_none_are_refused)
{
    static const char *const cases[][2] = {
        {"", "a series begins with the name of its metric, at byte 1 of \"\""},
        {"{job=\"x\"}",
         "a series begins with the name of its metric, at byte 10 of \"{job=\"x\"}\""},
        {"up{job=x}", "the value of a label stands in quotes, at byte 8 of \"up{job=x}\""},
        {"up{job=\"x}", "the quote at byte 8 of \"up{job=\"x}\" is not closed"},
        {"up{job=\"x\" y=\"z\"}",
         "labels are parted by commas and end with \"}\", at byte 12 of \"up{job=\"x\" y=\"z\"}\""},
        {"up{a=\"1\",a=\"2\"}", "a label stands twice, at byte 15 of \"up{a=\"1\",a=\"2\"}\""},
        {"up{__name__=\"x\"}", "the series has two names, at byte 16 of \"up{__name__=\"x\"}\""},
        {"{__name__=\"a b\"}", "this is no name of a metric, at byte 16 of \"{__name__=\"a b\"}\""},
        {"up 1", "something stands behind the series, at byte 4 of \"up 1\""},
        {"up{a=\"\\d\"}",
         "the escape \\d is unknown to PromQL; write \\\\ for a backslash, or put the value in "
         "back quotes, at byte 7 of \"up{a=\"\\d\"}\""},
        {"up{", "a label is written name=\"value\", at byte 4 of \"up{\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_STR(series_text(arena, cases[i][0]), cases[i][1]);
}
