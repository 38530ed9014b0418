/* pushed_histogram.c - what every decoder says in the same way: histograms, stale values, refusals.
 */
#include "telemetry/pushed_histogram.h"

#include "base/text.h"

#include <math.h>

bool pushed_is_stale(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits == PUSHED_STALE_BITS;
}

double pushed_stale(void)
{
    const uint64_t bits = PUSHED_STALE_BITS;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void pushed_reject(struct pushed_count *count, int64_t how_many, const char *why)
{
    count->rejected += how_many;
    if (count->why_rejected[0] == '\0')
        str_keep(count->why_rejected, sizeof count->why_rejected, str_of(why));
}

static struct str with_suffix(struct arena *arena, struct str name, const char *suffix)
{
    return str_printf(arena, "%.*s%s", STR_ARGS(name), suffix);
}

struct pushed_family *pushed_family_make(struct arena *arena, struct str name,
                                         const struct pushed_use *use)
{
    struct pushed_family *family = arena_make(arena, struct pushed_family);
    family->bucket = with_suffix(arena, name, "_bucket");
    family->sum = with_suffix(arena, name, "_sum");
    family->count = with_suffix(arena, name, "_count");
    family->wants_bucket = use->wants(use->context, family->bucket);
    family->wants_sum = use->wants(use->context, family->sum);
    family->wants_count = use->wants(use->context, family->count);
    return family;
}

bool pushed_family_wanted(const struct pushed_family *family)
{
    return family->wants_bucket || family->wants_sum || family->wants_count;
}

/* To the bit: 0 and -0 are written differently. */
static bool is_same(double a, double b)
{
    uint64_t bits[2];
    memcpy(&bits[0], &a, sizeof a);
    memcpy(&bits[1], &b, sizeof b);
    return bits[0] == bits[1];
}

/* The texts of the bounds; those of the histogram before this one are mostly the same. */
static void write_le(struct pushed_family *family, const struct pushed_histogram *histogram)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < histogram->edge_count; i++) {
        double edge = histogram->edges[i];
        if (i < family->le_count && is_same(family->edges[i], edge))
            continue;
        struct text text;
        text_init(&text, &arena, LE_BYTES);
        text_real(&text, edge);
        str_keep(family->le[i], LE_BYTES, text_str(&text));
        family->edges[i] = edge;
    }
    if (family->le_count < histogram->edge_count)
        family->le_count = histogram->edge_count;
    arena_done(&arena);
}

static bool take(struct pushed_family *family, const struct pushed_use *use,
                 const struct pushed_histogram *histogram, struct pushed_sample sample,
                 struct err *err)
{
    /* Who takes may sort them: each sample has its own. */
    for (size_t i = 0; i < histogram->label_count; i++)
        family->labels[i] = histogram->labels[i];
    sample.labels = family->labels;
    sample.label_count += histogram->label_count;
    sample.kind = histogram->kind;
    sample.at = histogram->at;
    sample.start = histogram->start;
    return use->take(use->context, &sample, err);
}

bool pushed_family_take(struct pushed_family *family, const struct pushed_use *use,
                        const struct pushed_histogram *histogram, struct err *err)
{
    struct pushed_sample sample = {.name = family->bucket, .label_count = 1};
    bool good = true;
    if (family->wants_bucket)
        write_le(family, histogram);
    for (size_t i = 0; good && family->wants_bucket && i <= histogram->edge_count; i++) {
        bool last = i == histogram->edge_count;
        family->labels[histogram->label_count] =
            (struct label){STR("le"), last ? STR("+Inf") : str_of(family->le[i])};
        sample.value = last ? histogram->total : histogram->counts[i];
        good = take(family, use, histogram, sample, err);
    }
    if (good && family->wants_sum && histogram->has_sum)
        good = take(family, use, histogram,
                    (struct pushed_sample){.name = family->sum, .value = histogram->sum}, err);
    if (good && family->wants_count)
        good = take(family, use, histogram,
                    (struct pushed_sample){.name = family->count, .value = histogram->total}, err);
    return good;
}

size_t pushed_histogram_thin(double *edges, double *counts, size_t count)
{
    size_t step = (count + EDGES_MAX - 1) / EDGES_MAX;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (step > 1 && (count - 1 - i) % step != 0)
            continue;
        edges[n] = edges[i];
        counts[n++] = counts[i];
    }
    return n;
}
