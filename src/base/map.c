/* map.c - open addressing over an insertion-ordered array. */
#include "base/map.h"

#include <stdlib.h>

enum { REMOVED_SLOT = UINT32_MAX, SMALLEST = 16 };

void map_init(struct map *map, size_t max)
{
    *map = (struct map){.max = max};
}

void map_done(struct map *map)
{
    for (size_t i = 0; i < map->used; i++)
        free((void *)(uintptr_t)map->entries[i].key.p);
    free(map->entries);
    free(map->slots);
    *map = (struct map){.max = map->max};
}

/* Slot of key, or of the first free slot when it is absent. */
static size_t find_slot(const struct map *map, struct str key)
{
    size_t mask = map->slot_count - 1;
    size_t at = (size_t)(str_hash(key) * 0x9E3779B97F4A7C15u >> 20) & mask;
    size_t free_at = SIZE_MAX;
    for (;; at = (at + 1) & mask) {
        uint32_t slot = map->slots[at];
        if (slot == 0)
            return free_at != SIZE_MAX ? free_at : at;
        if (slot == REMOVED_SLOT) {
            if (free_at == SIZE_MAX)
                free_at = at;
        } else if (str_equal(map->entries[slot - 1].key, key)) {
            return at;
        }
    }
}

static bool slot_is_live(const struct map *map, size_t slot)
{
    return map->slots[slot] != 0 && map->slots[slot] != REMOVED_SLOT;
}

void *map_find(const struct map *map, struct str key)
{
    if (map->slot_count == 0)
        return NULL;
    size_t slot = find_slot(map, key);
    return slot_is_live(map, slot) ? map->entries[map->slots[slot] - 1].value : NULL;
}

static void rebuild(struct map *map)
{
    size_t capacity = map->count * 2 < SMALLEST ? SMALLEST : map->count * 2;
    size_t slots = SMALLEST * 2;
    while (slots < capacity * 2)
        slots *= 2;
    struct map_entry *entries = calloc(capacity, sizeof *entries);
    free(map->slots);
    map->slots = calloc(slots, sizeof *map->slots);
    if (!entries || !map->slots)
        abort();
    map->slot_count = slots;
    size_t used = 0;
    for (size_t i = 0; i < map->used; i++) {
        if (!map->entries[i].value)
            continue;
        entries[used] = map->entries[i];
        used++;
    }
    free(map->entries);
    map->entries = entries;
    map->used = used;
    map->capacity = capacity;
    for (size_t i = 0; i < used; i++)
        map->slots[find_slot(map, entries[i].key)] = (uint32_t)(i + 1);
}

bool map_put(struct map *map, struct str key, void *value)
{
    if (!value)
        abort();
    if (map->slot_count) {
        size_t slot = find_slot(map, key);
        if (slot_is_live(map, slot)) {
            map->entries[map->slots[slot] - 1].value = value;
            return true;
        }
    }
    if (map->count >= map->max)
        return false;
    if (map->used == map->capacity)
        rebuild(map);
    char *copy = malloc(key.n + 1);
    if (!copy)
        abort();
    if (key.n)
        memcpy(copy, key.p, key.n);
    copy[key.n] = '\0';
    size_t slot = find_slot(map, key);
    map->entries[map->used] = (struct map_entry){{copy, key.n}, value};
    map->used++;
    map->count++;
    map->slots[slot] = (uint32_t)map->used;
    return true;
}

void *map_remove(struct map *map, struct str key)
{
    if (map->slot_count == 0)
        return NULL;
    size_t slot = find_slot(map, key);
    if (!slot_is_live(map, slot))
        return NULL;
    struct map_entry *entry = &map->entries[map->slots[slot] - 1];
    void *value = entry->value;
    free((void *)(uintptr_t)entry->key.p);
    *entry = (struct map_entry){0};
    map->slots[slot] = REMOVED_SLOT;
    map->count--;
    return value;
}

struct map_entry *map_next(const struct map *map, size_t *at)
{
    while (*at < map->used) {
        struct map_entry *entry = &map->entries[(*at)++];
        if (entry->value)
            return entry;
    }
    return NULL;
}
