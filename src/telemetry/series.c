/* series.c - pages of series, and slots that find them by text or identity.
 *
 * A series whose text changed leaves its old slot behind, which then finds nothing; slots are laid
 * out anew when three quarters of them are used. */
#include "telemetry/series.h"

enum { SLOTS_FIRST = 256, LINE_BYTES = 64 };

static uint64_t load(const char *p, size_t n)
{
    uint64_t word = 0;
    memcpy(&word, p, n);
    return word;
}

/* Multiply-and-fold over words of eight bytes. Records on disk hold what it gives (push_save.c):
 * whoever changes it changes SAVED_FORM. */
static uint64_t hash_bytes(uint64_t seed, struct str s)
{
    uint64_t h = seed ^ (s.n * 0x9E3779B97F4A7C15u);
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8)
        h = series_mix(h ^ load(s.p + i, 8), 0xD6E8FEB86659FD93u);
    if (i < s.n)
        h = series_mix(h ^ load(s.p + i, s.n - i), 0xA0761D6478BD642Fu);
    return series_mix(h, 0xE7037ED1A0B428DBu);
}

/* A word of up to eight bytes, from loads that overlap. */
static uint64_t load_short(const char *p, size_t n)
{
    uint32_t first = 0;
    uint32_t last = 0;
    if (n >= 4) {
        memcpy(&first, p, 4);
        memcpy(&last, p + n - 4, 4);
        return (uint64_t)first << 32 | last;
    }
    return n == 0 ? 0
                  : (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
                        (unsigned char)p[n - 1];
}

/* Multiply-and-fold as above, two words at once in two rows: these texts are long and many, and
 * each is hashed in each round. */
uint64_t series_hash(struct str text)
{
    const uint64_t keys[] = {0xD6E8FEB86659FD93u, 0xA0761D6478BD642Fu, 0xE7037ED1A0B428DBu};
    const char *p = text.p;
    size_t n = text.n;
    uint64_t a = n * 0x9E3779B97F4A7C15u;
    uint64_t b = keys[2];
    for (; n > 32; n -= 32, p += 32) {
        a = series_mix(load(p, 8) ^ a, load(p + 8, 8) ^ keys[0]);
        b = series_mix(load(p + 16, 8) ^ b, load(p + 24, 8) ^ keys[1]);
    }
    if (n > 16) {
        a = series_mix(load(p, 8) ^ a, load(p + 8, 8) ^ keys[0]);
        p += 16;
        n -= 16;
    }
    /* The last 16 bytes, or what there is. */
    uint64_t first = n > 8 ? load(p, 8) : load_short(p, n);
    uint64_t last = n > 8 ? load(p + n - 8, 8) : 0;
    uint64_t h = series_mix(series_mix(first ^ a, last ^ keys[1]), b ^ keys[0]);
    return h ? h : 1;
}

uint64_t series_form(struct str name, const struct label *labels, size_t count)
{
    uint64_t h = series_hash(name);
    for (size_t i = 0; i < count; i++)
        h = series_form_add(h, series_hash(labels[i].name), series_hash(labels[i].value));
    return h ? h : 1;
}

uint64_t series_identity(struct str name, struct label *labels, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct label label = labels[i];
        size_t at = i;
        for (; at > 0 && str_compare(labels[at - 1].name, label.name) > 0; at--)
            labels[at] = labels[at - 1];
        labels[at] = label;
    }
    uint64_t h = hash_bytes(2, name);
    for (size_t i = 0; i < count; i++)
        h = hash_bytes(hash_bytes(h, labels[i].name), labels[i].value);
    return h ? h : 1;
}

void series_init(struct series_table *table, struct arena *arena, size_t max, size_t item_bytes)
{
    *table = (struct series_table){
        .arena = arena, .max = max, .item_bytes = item_bytes, .slot_count = SLOTS_FIRST};
    table->slots = arena_array(arena, SLOTS_FIRST, sizeof *table->slots);
    table->recent_uses = arena_array(arena, USES_RECENT, sizeof *table->recent_uses);
}

size_t series_find(const struct series_table *table, uint64_t hash)
{
    size_t mask = table->slot_count - 1;
    for (size_t at = (size_t)hash & mask; table->slots[at]; at = (at + 1) & mask)
        if (series_at(table, table->slots[at] - 1)->hash == hash)
            return table->slots[at] - 1;
    return table->count;
}

size_t series_find_identity(const struct series_table *table, uint64_t identity)
{
    size_t mask = table->slot_count - 1;
    for (size_t at = (size_t)identity & mask; table->slots[at]; at = (at + 1) & mask)
        if (series_at(table, table->slots[at] - 1)->identity == identity)
            return table->slots[at] - 1;
    return table->count;
}

static void fill_slot(struct series_table *table, uint64_t hash, size_t index)
{
    size_t at = (size_t)hash & (table->slot_count - 1);
    while (table->slots[at])
        at = (at + 1) & (table->slot_count - 1);
    table->slots[at] = (uint32_t)index + 1;
    table->slots_used++;
}

/* Lays the slots out anew, in more room only when live ones need it. */
static void lay_out(struct series_table *table)
{
    size_t needed = SLOTS_FIRST;
    while (needed < table->count * 4)
        needed *= 2;
    if (needed > table->slot_count) {
        table->slots = arena_array(table->arena, needed, sizeof *table->slots);
        table->slot_count = needed;
    } else {
        memset(table->slots, 0, table->slot_count * sizeof *table->slots);
    }
    table->slots_used = 0;
    for (size_t i = 0; i < table->count; i++) {
        fill_slot(table, series_at(table, i)->identity, i);
        if (series_at(table, i)->hash)
            fill_slot(table, series_at(table, i)->hash, i);
    }
}

static void set_slot(struct series_table *table, uint64_t hash, size_t index)
{
    if (table->slots_used * 4 >= table->slot_count * 3)
        lay_out(table); /* the new one is in it already */
    else
        fill_slot(table, hash, index);
}

static void *make_page(struct series_table *table)
{
    char *page = arena_alloc(table->arena, SERIES_PAGE * table->item_bytes + LINE_BYTES);
    return page + (LINE_BYTES - (uintptr_t)page % LINE_BYTES) % LINE_BYTES;
}

bool series_add(struct series_table *table, uint64_t identity, uint64_t hash, size_t *out_index)
{
    size_t index = series_find_identity(table, identity);
    if (index == table->count) {
        if (table->count == table->max)
            return false;
        if (index / SERIES_PAGE == table->page_count)
            LIST_PUSH(table->arena, table->pages, table->page_count, table->page_capacity) =
                make_page(table);
        table->count++;
        series_at(table, index)->identity = identity;
        set_slot(table, identity, index);
    }
    struct series *series = series_at(table, index);
    if (hash && series->hash != hash) {
        series->hash = hash;
        set_slot(table, hash, index);
    }
    *out_index = index;
    return true;
}

static bool same_uses(const struct series_uses *uses, const struct series_use *items, size_t count)
{
    if (uses->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (uses->items[i].tally != items[i].tally || uses->items[i].index != items[i].index ||
            uses->items[i].part != items[i].part)
            return false;
    return true;
}

const struct series_uses *series_share_uses(struct series_table *table,
                                            const struct series_use *items, size_t count)
{
    for (size_t i = 0; i < USES_RECENT && table->recent_uses[i]; i++)
        if (same_uses(table->recent_uses[i], items, count))
            return table->recent_uses[i];
    struct series_uses *uses =
        arena_alloc(table->arena, sizeof *uses + count * sizeof uses->items[0]);
    uses->count = (uint32_t)count;
    uses->gauges = uses->edges = 0;
    for (size_t i = 0; i < count; i++) {
        uses->items[i] = items[i];
        uses->gauges += series_use_is_gauge(&items[i]);
        uses->edges += items[i].kind == SIGNAL_QUANTILE;
    }
    table->recent_uses[table->recent_count++ % USES_RECENT] = uses;
    return uses;
}
