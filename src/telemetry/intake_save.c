/* intake_save.c - where the counters of a target stand, in bytes and back again.
 *
 * Promises: what is restored goes on exactly there. Refuses: bytes that are not whole. */
#include "telemetry/intake.h"

/* Saved form: 8 bytes instant and how many series, then identity and last value of each, 16 bytes a
 * piece, then gauges (tallies_save_groups), then the hash of it all: read on the machine that wrote
 * it. */
enum { GAUGES_BYTES_MAX = 1024 * 1024 };

struct saved_counter {
    uint64_t identity;
    double last;
};

static bool is_saved(const struct series *series, uint32_t since_scrape)
{
    return series->uses && series->uses->count > 0 && series->scrape >= since_scrape;
}

/* The series that were there since a scrape; "" when there are more than max. */
static struct str save(const struct intake *intake, struct arena *arena, uint32_t since_scrape,
                       size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < intake->table.count && count <= max; i++)
        count += is_saved(series_at(&intake->table, i), since_scrape);
    if (count > max)
        return STR("");
    struct text gauges;
    text_init(&gauges, arena, GAUGES_BYTES_MAX);
    tallies_save_groups(&intake->tallies, &gauges);
    struct str rows = text_full(&gauges) ? STR("") : text_str(&gauges);
    size_t more = rows.n / sizeof(struct saved_counter);
    struct saved_counter *counters = arena_array(arena, count + more + 2, sizeof *counters);
    counters[0] = (struct saved_counter){(uint64_t)intake->since.us, (double)count};
    struct saved_counter *next = counters + 1;
    for (size_t i = 0; i < intake->table.count; i++) {
        const struct series *series = series_at(&intake->table, i);
        if (is_saved(series, since_scrape))
            *next++ = (struct saved_counter){series->identity, series->last};
    }
    if (more > 0)
        memcpy(next, rows.p, more * sizeof *counters);
    next += more;
    struct str bytes = {(const char *)counters, (count + more + 1) * sizeof *counters};
    *next = (struct saved_counter){series_hash(bytes), 0};
    bytes.n += sizeof *counters;
    return bytes;
}

struct str intake_save(const struct intake *intake, struct arena *arena)
{
    return save(intake, arena, 1, COUNTERS_SAVED_MAX);
}

struct instant intake_saved_at(struct str saved)
{
    struct saved_counter counter;
    size_t size = sizeof counter;
    if (saved.n < 2 * size || saved.n % size != 0)
        return (struct instant){0};
    memcpy(&counter, saved.p + saved.n - size, size);
    if (counter.identity != series_hash(str_slice(saved, 0, saved.n - size)))
        return (struct instant){0};
    memcpy(&counter, saved.p, size);
    return (struct instant){(int64_t)counter.identity};
}

void intake_restore(struct intake *intake, struct str saved)
{
    struct saved_counter counter;
    size_t size = sizeof counter;
    struct instant read_at = intake_saved_at(saved);
    if (instant_is_zero(read_at))
        return;
    intake->since = read_at;
    intake->tallies.round = 1;
    memcpy(&counter, saved.p, size);
    size_t rows = saved.n / size - 2;
    size_t count = counter.last >= 0 && counter.last < (double)rows ? (size_t)counter.last : rows;
    tallies_restore_groups(&intake->tallies,
                           str_slice(saved, (count + 1) * size, (rows + 1) * size));
    for (size_t at = size; at < (count + 1) * size; at += size) {
        memcpy(&counter, saved.p + at, size);
        size_t index;
        if (!series_add(&intake->table, counter.identity, 0, &index))
            return;
        struct series *series = series_at(&intake->table, index);
        series->last = counter.last;
        series->scrape = 1;
    }
}

void intake_renew(struct intake *intake, struct arena *fresh)
{
    struct arena scratch;
    arena_init(&scratch);
    struct str saved = save(intake, &scratch, intake->tallies.round, intake->table.max);
    struct intake former = *intake;
    intake_init(intake, fresh, former.tallies.signals, former.tallies.target);
    intake_restore(intake, saved);
    arena_done(&scratch);
}
