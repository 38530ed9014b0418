/* series.c - open addressing; texts and identities live in the same table. */
#include "telemetry/series.h"

enum { SLOTS_FIRST = 256 };

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const char *p, size_t n)
{
    uint64_t word = 0;
    memcpy(&word, p, n);
    return word;
}

/* Multiply-and-fold over words of eight bytes: these texts are long and many. */
static uint64_t hash_bytes(uint64_t seed, struct str s)
{
    uint64_t h = seed ^ (s.n * 0x9E3779B97F4A7C15u);
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8)
        h = mix(h ^ load(s.p + i, 8), 0xD6E8FEB86659FD93u);
    if (i < s.n)
        h = mix(h ^ load(s.p + i, s.n - i), 0xA0761D6478BD642Fu);
    return mix(h, 0xE7037ED1A0B428DBu);
}

uint64_t series_hash(struct str name, struct str labels)
{
    uint64_t h = hash_bytes(hash_bytes(1, name), labels);
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

void series_init(struct series_table *table, struct arena *arena, size_t max)
{
    *table = (struct series_table){.arena = arena, .max = max, .slot_count = SLOTS_FIRST};
    table->slots = arena_array(arena, SLOTS_FIRST, sizeof *table->slots);
}

static struct series_slot *find_slot(struct series_slot *slots, size_t count, uint64_t hash)
{
    size_t at = (size_t)hash & (count - 1);
    while (slots[at].hash != 0 && slots[at].hash != hash)
        at = (at + 1) & (count - 1);
    return &slots[at];
}

struct series *series_find(struct series_table *table, uint64_t hash)
{
    struct series_slot *slot = find_slot(table->slots, table->slot_count, hash);
    return slot->hash ? &table->items[slot->index] : NULL;
}

static void grow(struct series_table *table)
{
    if (table->slots_used * 2 < table->slot_count)
        return;
    size_t count = table->slot_count * 4;
    struct series_slot *slots = arena_array(table->arena, count, sizeof *slots);
    for (size_t i = 0; i < table->slot_count; i++)
        if (table->slots[i].hash)
            *find_slot(slots, count, table->slots[i].hash) = table->slots[i];
    table->slots = slots;
    table->slot_count = count;
}

static void set_slot(struct series_table *table, uint64_t hash, uint32_t index)
{
    grow(table);
    struct series_slot *slot = find_slot(table->slots, table->slot_count, hash);
    *slot = (struct series_slot){hash, index};
    table->slots_used++;
}

struct series *series_add(struct series_table *table, uint64_t hash, uint64_t identity)
{
    /* Texts in another order of labels fill the table too; they are limited with it. */
    if (table->slots_used >= table->max * 4)
        return NULL;
    struct series *known = series_find(table, identity);
    if (!known) {
        if (table->count == table->max)
            return NULL;
        uint32_t index = (uint32_t)table->count;
        struct series *series =
            &LIST_PUSH(table->arena, table->items, table->count, table->capacity);
        *series = (struct series){.identity = identity};
        set_slot(table, identity, index);
        known = series;
    }
    if (hash != identity && !series_find(table, hash))
        set_slot(table, hash, (uint32_t)(known - table->items));
    return known;
}
