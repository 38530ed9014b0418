/* exponential.c - the exact bounds, and merging until they are few. */
#include "telemetry/exponential.h"

#include <math.h>

enum { EXPONENT_MAX = 5000, SHIFT_MAX = 62 }; /* doubles end at 2^1024 and 2^-1074 */

double exponential_bound(int64_t scale, int64_t index)
{
    /* 2^(k/4), rounded to the nearest double. */
    static const double quarter[4] = {1, 0x1.306fe0a31b715p+0, 0x1.6a09e667f3bcdp+0,
                                      0x1.ae89f995ad3adp+0};
    int64_t limit = EXPONENT_MAX;
    for (int64_t up = scale; up < 0 && index > -limit && index < limit; up++)
        index *= 2;
    int64_t parts = scale > 0 ? (int64_t)1 << scale : 1;
    int64_t whole = index >= 0 ? index / parts : -((-index + parts - 1) / parts);
    double fraction = quarter[(index - whole * parts) * (4 / parts)];
    return ldexp(fraction, (int)(whole > limit ? limit : whole < -limit ? -limit : whole));
}

/* Lowest and highest index with a count; false: none has. */
static bool find_range(const struct exponential_bucket *buckets, size_t count, int64_t *out_low,
                       int64_t *out_high)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!(buckets[i].count > 0))
            continue;
        if (!any || buckets[i].index < *out_low)
            *out_low = buckets[i].index;
        if (!any || buckets[i].index > *out_high)
            *out_high = buckets[i].index;
        any = true;
    }
    return any;
}

struct side {
    int64_t low, high;
    bool any;
};

/* How many edges a side needs after merging: both ends of its row of buckets. */
static int64_t edges_of(struct side side, int shift)
{
    return side.any ? (side.high >> shift) - (side.low >> shift) + 2 : 0;
}

static void add_counts(const struct exponential_bucket *buckets, size_t count, int shift,
                       int64_t low, double *out_counts)
{
    for (size_t i = 0; i < count; i++)
        if (buckets[i].count > 0)
            out_counts[(buckets[i].index >> shift) - low] += buckets[i].count;
}

static size_t put(double edge, double count, size_t n, double out_edges[EDGES_MAX],
                  double out_counts[EDGES_MAX])
{
    if (!isfinite(edge))
        return n;
    edge += 0.0; /* no -0 */
    if (n > 0 && edge <= out_edges[n - 1])
        n--; /* beyond what a double tells apart */
    out_edges[n] = edge;
    out_counts[n] = count;
    return n + 1;
}

size_t exponential_edges(const struct exponential *histogram, double out_edges[EDGES_MAX],
                         double out_counts[EDGES_MAX])
{
    struct side above = {0};
    struct side below = {0};
    above.any = find_range(histogram->positive, histogram->positive_count, &above.low, &above.high);
    below.any = find_range(histogram->negative, histogram->negative_count, &below.low, &below.high);
    int shift = 0;
    while (shift < SHIFT_MAX && (histogram->scale - shift > EXPONENTIAL_SCALE_MAX ||
                                 edges_of(above, shift) + edges_of(below, shift) > EDGES_MAX - 1))
        shift++;
    int64_t scale = histogram->scale - shift;
    double counts[EDGES_MAX] = {0};
    double total = 0;
    size_t n = 0;
    int64_t low = below.low >> shift;
    if (below.any)
        add_counts(histogram->negative, histogram->negative_count, shift, low, counts);
    for (int64_t i = (below.high >> shift) + 1; below.any && i >= low; i--) {
        n = put(-exponential_bound(scale, i), total, n, out_edges, out_counts);
        if (i > low)
            total += counts[i - 1 - low];
    }
    total += histogram->zero_count;
    if (!above.any && (histogram->zero_count > 0 || !below.any))
        return put(histogram->zero_threshold, total, n, out_edges, out_counts);
    low = above.low >> shift;
    memset(counts, 0, sizeof counts);
    if (above.any)
        add_counts(histogram->positive, histogram->positive_count, shift, low, counts);
    for (int64_t i = low; above.any && i <= (above.high >> shift) + 1; i++) {
        if (i > low)
            total += counts[i - 1 - low];
        n = put(exponential_bound(scale, i), total, n, out_edges, out_counts);
    }
    return n;
}
