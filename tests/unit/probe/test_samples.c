/* test_samples.c - lines of the exposition format, and the dates of certificates. */
#include "harness/test.h"
#include "probe/certificate.h"
#include "probe/samples.h"

#include <math.h>

TEST(a_label_is_escaped_and_numbers_are_exact)
{
    struct text text;
    text_init(&text, arena, 1000);
    sample_add(&text, "up", 1);
    sample_add_of(
        &text, "size",
        (const struct sample_label[SAMPLE_LABELS_MAX]){{"a", STR("x\"y\\z\nw")}, {"b", STR("")}},
        270553174016.0);
    sample_add(&text, "part", 0.1);
    sample_add(&text, "none", NAN);
    sample_add(&text, "much", INFINITY);
    CHECK_STR(text_str(&text), "up 1\nsize{a=\"x\\\"y\\\\z\\nw\",b=\"\"} 270553174016\npart 0.1\n"
                               "none NaN\nmuch +Inf\n");
}

TEST(what_has_no_room_is_left_out_whole)
{
    struct text text;
    text_init(&text, arena, 20);
    sample_add(&text, "first", 1);
    sample_add(&text, "second_and_longer", 2);
    CHECK_STR(text_str(&text), "first 1\n");
    CHECK(text_full(&text));
    char *name = arena_alloc(arena, 5001);
    memset(name, 'a', 5000);
    name[5000] = '\0';
    text_init(&text, arena, 20000);
    sample_add(&text, name, 1);
    CHECK_INT((int64_t)text.n, 0);
}

TEST(the_date_of_a_certificate)
{
    int64_t s = 0;
    CHECK(certificate_date(STR("Nov  9 08:07:06 2027 GMT"), &s));
    CHECK_INT(s, 1825747626);
    CHECK(certificate_date(STR(" Feb 29 00:00:00 2028 GMT "), &s));
    CHECK_INT(s, 1835395200);
    static const char *const bad[] = {"",
                                      "GMT",
                                      "Nov 9 08:07:06 2027",
                                      "Nov 9 08:07:06 2027 CET",
                                      "Nov 0 08:07:06 2027 GMT",
                                      "Feb 30 08:07:06 2027 GMT",
                                      "Nop 9 08:07:06 2027 GMT",
                                      "Nov 9 8 2027 GMT",
                                      "Nov 9 08:07:06 2027 GMT more",
                                      "Novx 9 08:07:06 2027 GMT"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!certificate_date(str_of(bad[i]), &s));
    CHECK_INT(s, 1835395200);
}
