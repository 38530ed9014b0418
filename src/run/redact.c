/* redact.c - the stream, what is held back of it, and what is covered.
 *
 * Whatever is found ends where the stream stands, so the spans are a stack whose last ones are
 * joined: each byte costs a constant on average, however often values repeat and overlap. */
#include "run/redact_internal.h"

#include "base/noun.h"

enum { CHUNK_BYTES = 8192, ESCAPE_MAX = 6, RULE_HOLD_MAX = 1024, SPECULATED_MAX = 16 };

/* The lines of a value that are long enough to be sought alone. */
static size_t add_lines(struct str value, struct str *to, size_t count)
{
    struct str part;
    struct str rest = value;
    if (str_find_byte(value, '\n', 0) == value.n)
        return count;
    while (str_split(&rest, '\n', &part)) {
        part = str_trim(part);
        if (part.n < REDACT_LINE_MIN)
            continue;
        if (to)
            to[count] = part;
        count++;
    }
    return count;
}

bool redact_check(const struct str *values, size_t count, struct err *err)
{
    if (count > REDACT_VALUES_MAX)
        return err_set(err, ERR_REFUSED, "secrets",
                       "There are %zu secrets; at most %d can be kept out of one output.", count,
                       REDACT_VALUES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (values[i].n < REDACT_VALUE_MIN)
            return err_set(err, ERR_REFUSED, "secrets",
                           "Secret %zu has %zu %s; one of fewer than %d would be found in any "
                           "output, so take a longer one.",
                           i + 1, values[i].n, noun((int64_t)values[i].n, "byte", "bytes"),
                           REDACT_VALUE_MIN);
        if (values[i].n > REDACT_VALUE_MAX)
            return err_set(err, ERR_REFUSED, "secrets",
                           "Secret %zu has %zu bytes; at most %d can be kept out of an output.",
                           i + 1, values[i].n, REDACT_VALUE_MAX);
    }
    return true;
}

static void make_streams(struct arena *arena, struct redact_stream *streams, size_t count,
                         uint64_t ring_mask)
{
    for (size_t i = 0; i < count; i++)
        streams[i].starts = arena_array(arena, ring_mask + 1, sizeof(uint64_t));
}

static uint64_t power_of_two(uint64_t least)
{
    uint64_t power = 16;
    while (power < least)
        power *= 2;
    return power;
}

bool redact_make(struct arena *arena, const struct str *values, size_t count,
                 struct redact **out_redact, struct err *err)
{
    if (!redact_check(values, count, err))
        return false;
    size_t all = count;
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        all = add_lines(values[i], NULL, all);
        longest = values[i].n > longest ? values[i].n : longest;
    }
    struct str *sought = arena_array(arena, all, sizeof *sought);
    if (count > 0)
        memcpy(sought, values, count * sizeof *sought);
    all = count;
    for (size_t i = 0; i < count; i++)
        all = add_lines(values[i], sought, all);

    struct redact *redact = arena_make(arena, struct redact);
    redact_trie_make(&redact->trie, arena, sought, all);
    redact->hold_max = longest * ESCAPE_MAX + RULE_HOLD_MAX;
    redact->capacity = REDACT_LOOK_BACK + 2 * redact->hold_max + CHUNK_BYTES;
    redact->data = arena_alloc(arena, redact->capacity);
    redact->span_mask = power_of_two(redact->capacity / 2) - 1;
    redact->spans = arena_array(arena, redact->span_mask + 1, sizeof *redact->spans);
    redact->ring_mask = power_of_two(longest + SPECULATED_MAX) - 1;
    redact->mark_end = UINT64_MAX;
    make_streams(arena, &redact->percent.stream, 1, redact->ring_mask);
    make_streams(arena, &redact->form.stream, 1, redact->ring_mask);
    make_streams(arena, &redact->json.stream, 1, redact->ring_mask);
    make_streams(arena, redact->hex.streams, 2, redact->ring_mask);
    make_streams(arena, redact->base64.streams, 4, redact->ring_mask);
    redact_decode_start(redact);
    *out_redact = redact;
    return true;
}

static void cover(struct redact *redact, uint64_t start, uint64_t end)
{
    if (start < redact->base)
        start = redact->base;
    while (redact->span_count > 0) {
        const struct redact_span *last =
            &redact->spans[(redact->span_first + redact->span_count - 1) & redact->span_mask];
        if (last->end < start)
            break;
        if (last->start < start)
            start = last->start;
        redact->span_count--;
    }
    redact->spans[(redact->span_first + redact->span_count++) & redact->span_mask] =
        (struct redact_span){start, end};
}

void redact_cover(struct redact *redact, uint64_t start)
{
    cover(redact, start, redact->pos + 1);
}

void redact_cover_before(struct redact *redact, uint64_t start)
{
    cover(redact, start, redact->pos);
}

static void put(const struct redact *redact, uint64_t from, uint64_t to,
                const struct redact_sink *sink)
{
    struct str piece = {redact->data + (from - redact->origin), to - from};
    if (piece.n > 0)
        sink->function(sink->context, piece);
}

static void release(struct redact *redact, uint64_t safe, const struct redact_sink *sink)
{
    while (redact->base < safe) {
        struct redact_span *span = &redact->spans[redact->span_first & redact->span_mask];
        if (redact->span_count == 0 || span->start >= safe) {
            put(redact, redact->base, safe, sink);
            redact->base = safe;
            break;
        }
        if (span->start > redact->base)
            put(redact, redact->base, span->start, sink);
        if (redact->mark_end != span->start)
            sink->function(sink->context, STR(REDACT_MARK));
        redact->base = span->end < safe ? span->end : safe;
        redact->mark_end = redact->base;
        span->start = redact->base;
        if (span->start == span->end) {
            redact->span_first++;
            redact->span_count--;
        }
    }
}

/* Room for more: what came out is forgotten but for what rules look back to. */
static size_t make_room(struct redact *redact)
{
    size_t used = redact->pos - redact->origin;
    if (used == redact->capacity) {
        uint64_t keep = redact->base - redact->origin;
        keep = keep > REDACT_LOOK_BACK ? keep - REDACT_LOOK_BACK : 0;
        memmove(redact->data, redact->data + keep, used - keep);
        redact->origin += keep;
        used -= keep;
    }
    return redact->capacity - used;
}

void redact_write(struct redact *redact, struct str data, const struct redact_sink *sink)
{
    while (data.n > 0) {
        size_t room = make_room(redact);
        struct str chunk = str_slice(data, 0, room < CHUNK_BYTES ? room : CHUNK_BYTES);
        memcpy(redact->data + (redact->pos - redact->origin), chunk.p, chunk.n);
        redact_scan(redact, chunk);
        data = str_from(data, chunk.n);
        uint64_t safe = redact_decode_hold(redact);
        uint64_t rule = redact_rule_hold(redact);
        safe = rule < safe ? rule : safe;
        /* Holding no more than there is room for needs no proof of every decoder's bound. */
        if (redact->pos - safe > redact->hold_max)
            safe = redact->pos - redact->hold_max;
        release(redact, safe, sink);
    }
}

void redact_end(struct redact *redact, const struct redact_sink *sink)
{
    release(redact, redact->pos, sink);
}
