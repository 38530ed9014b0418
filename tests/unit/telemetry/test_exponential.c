/* test_exponential.c - bounds that are exact, and buckets merged until they are few. */
#include "harness/test.h"
#include "telemetry/exponential.h"

#include <math.h>

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

TEST(bounds_are_the_exact_powers)
{
    CHECK(same(exponential_bound(0, 0), 1));
    CHECK(same(exponential_bound(0, 10), 1024));
    CHECK(same(exponential_bound(0, -1074), 0x1p-1074));
    CHECK(same(exponential_bound(-3, 2), 65536));
    CHECK(same(exponential_bound(-10, 0), 1));
    CHECK(same(exponential_bound(1, 1), sqrt(2)));
    CHECK(same(exponential_bound(1, -1), sqrt(0.5)));
    CHECK(same(exponential_bound(2, 4), 2));
    CHECK(same(exponential_bound(2, -4), 0.5));
    for (int i = -400; i < 400; i++)
        CHECK(fabs(exponential_bound(2, i) / pow(2, i / 4.0) - 1) < 1e-15);
    CHECK(isinf(exponential_bound(0, 1024)));
    CHECK(same(exponential_bound(0, -1080), 0));
    CHECK(isinf(exponential_bound(-32, 1)));
    CHECK(same(exponential_bound(-32, -1), 0));
    CHECK(isinf(exponential_bound(2, INT64_MAX / 8)));
    CHECK(same(exponential_bound(2, INT64_MIN / 8), 0));
}

TEST(buckets_count_up_to_their_upper_bound)
{
    /* Scale 0: (1,2] has 3, (4,8] has 5; two observations are 0. */
    struct exponential_bucket buckets[] = {{0, 3}, {2, 5}};
    struct exponential histogram = {.zero_count = 2, .positive = buckets, .positive_count = 2};
    double edges[EDGES_MAX];
    double counts[EDGES_MAX];
    CHECK_INT(exponential_edges(&histogram, edges, counts), 4);
    static const double want_edges[] = {1, 2, 4, 8};
    static const double want_counts[] = {2, 5, 5, 10};
    for (size_t i = 0; i < 4; i++) {
        CHECK(same(edges[i], want_edges[i]));
        CHECK(same(counts[i], want_counts[i]));
    }
}

TEST(negative_values_stand_below_zero)
{
    struct exponential_bucket negative[] = {{1, 2}, {2, 4}};
    struct exponential histogram = {
        .zero_count = 1, .zero_threshold = 0.25, .negative = negative, .negative_count = 2};
    double edges[EDGES_MAX];
    double counts[EDGES_MAX];
    CHECK_INT(exponential_edges(&histogram, edges, counts), 4);
    static const double want_edges[] = {-8, -4, -2, 0.25};
    static const double want_counts[] = {0, 4, 6, 7};
    for (size_t i = 0; i < 4; i++) {
        CHECK(same(edges[i], want_edges[i]));
        CHECK(same(counts[i], want_counts[i]));
    }
}

TEST(nothing_has_one_edge)
{
    struct exponential histogram = {.scale = 20};
    double edges[EDGES_MAX];
    double counts[EDGES_MAX];
    CHECK_INT(exponential_edges(&histogram, edges, counts), 1);
    CHECK(same(edges[0], 0) && same(counts[0], 0));
}

/* Every observation is below the edges that it must be below, whatever the scale. */
TEST(merging_keeps_counts_exact)
{
    for (int64_t scale = -4; scale <= 20; scale++) {
        struct exponential_bucket buckets[200];
        double edges[EDGES_MAX];
        double counts[EDGES_MAX];
        for (int i = 0; i < 200; i++)
            buckets[i] = (struct exponential_bucket){i - 70, i % 7};
        struct exponential histogram = {.scale = scale, .positive = buckets, .positive_count = 200};
        size_t n = exponential_edges(&histogram, edges, counts);
        CHECK(n >= 1 && n <= EDGES_MAX);
        for (size_t e = 0; e < n; e++) {
            double below = 0;
            for (int i = 0; i < 200; i++)
                if (exp2(ldexp((double)(buckets[i].index + 1), (int)-scale)) <=
                    edges[e] * (1 + 1e-12))
                    below += buckets[i].count;
            CHECK(same(below, counts[e]));
            CHECK(e == 0 || edges[e] > edges[e - 1]);
        }
    }
}

TEST(edges_of_a_histogram_that_grows_stay)
{
    double few[EDGES_MAX];
    double many[EDGES_MAX];
    double counts[EDGES_MAX];
    struct exponential_bucket buckets[] = {{0, 1}, {50, 1}, {200, 1}};
    struct exponential histogram = {.scale = 2, .positive = buckets, .positive_count = 2};
    size_t few_n = exponential_edges(&histogram, few, counts);
    CHECK_INT(few_n, 52);
    histogram.positive_count = 3;
    size_t many_n = exponential_edges(&histogram, many, counts);
    CHECK_INT(many_n, 52);
    for (size_t i = 0; i < many_n && many[i] <= few[few_n - 1]; i++) {
        size_t at = 0;
        while (at < few_n && !same(few[at], many[i]))
            at++;
        CHECK(at < few_n);
    }
}

TEST(absurd_scales_and_indexes_end)
{
    double edges[EDGES_MAX];
    double counts[EDGES_MAX];
    struct exponential_bucket buckets[] = {{INT32_MIN, 1}, {INT32_MAX + INT64_C(100000), 2}};
    for (int64_t scale = -EXPONENTIAL_SCALE_LIMIT; scale <= EXPONENTIAL_SCALE_LIMIT; scale++) {
        struct exponential histogram = {.scale = scale,
                                        .positive = buckets,
                                        .positive_count = 2,
                                        .negative = buckets,
                                        .negative_count = 2,
                                        .zero_count = 1};
        size_t n = exponential_edges(&histogram, edges, counts);
        CHECK(n >= 1 && n <= EDGES_MAX);
        for (size_t i = 0; i < n; i++)
            CHECK(isfinite(edges[i]) && counts[i] <= 7 && (i == 0 || edges[i] > edges[i - 1]));
    }
}
