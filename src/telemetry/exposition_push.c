/* exposition_push.c - lines of a page, handed over one by one. */
#include "telemetry/exposition_push.h"

#include "telemetry/series.h"

struct pushing {
    struct arena scratch; /* labels of one line */
    const struct pushed_use *use;
    struct pushed_count *count;
    struct label labels[LABELS_MAX]; /* large, as why is, and so not made for each line */
    struct err why;
    char standing[256]; /* the gauge histogram that was named last; "": none */
};

static void stands(void *context, struct str name)
{
    struct pushing *pushing = context;
    str_keep(pushing->standing, sizeof pushing->standing, name);
}

static bool is_standing(const struct pushing *pushing, struct str name)
{
    size_t n = strlen(pushing->standing);
    return n > 0 && str_starts(name, pushing->standing) && str_is(str_from(name, n), "_bucket");
}

static bool wants(void *context, struct str name)
{
    struct pushing *pushing = context;
    return pushing->use->wants(pushing->use->context, name);
}

static bool take(void *context, const struct sample *sample, struct err *err)
{
    struct pushing *pushing = context;
    const struct pushed_use *use = pushing->use;
    struct pushed_sample pushed = {.name = sample->name,
                                   .labels = pushing->labels,
                                   .kind = is_standing(pushing, sample->name) ? PUSHED_GAUGE
                                                                              : PUSHED_UNKNOWN,
                                   .value = sample->value,
                                   .is_stamped = sample->is_stamped,
                                   .stamp = sample->at,
                                   .form = series_hash(sample->text)};
    pushed.known = use->recognise ? use->recognise(use->context, pushed.form) : 0;
    arena_reset(&pushing->scratch);
    if (pushed.known == 0 && !exposition_parse_labels(&pushing->scratch, sample->labels,
                                                      pushing->labels, &pushed.label_count, err))
        return false;
    if (!use->take(use->context, &pushed, &pushing->why))
        pushed_reject(pushing->count, 1, pushing->why.text);
    return true;
}

static bool wants_none(void *context, struct str name)
{
    (void)context;
    (void)name;
    return false;
}

/* Can it be cut? Then it is looked at before, so that nothing is taken of what was. */
static bool may_be_cut(const struct exposition_page *page)
{
    return page->open_metrics || !str_ends(page->bytes, "\n");
}

static bool is_whole(const struct exposition_page *page, char *carry, struct err *err)
{
    struct exposition_use reads = {.wants = wants_none};
    struct exposition reader;
    exposition_init(&reader, &reads, carry);
    reader.open_metrics = page->open_metrics;
    return exposition_feed(&reader, page->bytes, err) && exposition_end(&reader, err);
}

bool exposition_push(struct arena *arena, const struct exposition_page *page,
                     const struct pushed_use *use, struct pushed_count *out_count, struct err *err)
{
    struct pushing pushing = {.use = use, .count = out_count};
    struct exposition_use reads = {
        .context = &pushing, .wants = wants, .take = take, .stands = stands};
    struct exposition reader;
    *out_count = (struct pushed_count){0};
    arena_init(&pushing.scratch);
    char *carry = arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES);
    exposition_init(&reader, &reads, carry);
    reader.open_metrics = page->open_metrics;
    bool good = (!may_be_cut(page) || is_whole(page, carry, err)) &&
                exposition_feed(&reader, page->bytes, err) && exposition_end(&reader, err);
    out_count->samples = reader.samples;
    arena_done(&pushing.scratch);
    return good;
}
