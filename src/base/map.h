/* map.h - a hash table from strings to pointers, with a declared maximum.
 *
 * Promises: keeps its own copy of each key; iteration is in order of insertion, so that
 * everything computed from a map is the same on every machine.
 * Refuses: more than max entries (map_put returns false). */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map_entry {
    struct str key;
    void *value; /* NULL: removed */
};

struct map {
    struct map_entry *entries; /* in order of insertion, holes where removed */
    uint32_t *slots;           /* index + 1 into entries */
    size_t count;              /* live entries */
    size_t used;               /* entries including holes */
    size_t capacity;
    size_t slot_count;
    size_t max;
};

void map_init(struct map *map, size_t max);
void map_done(struct map *map);                        /* the values stay the caller's */
void *map_find(const struct map *map, struct str key); /* NULL when absent */
/* Adds or replaces; value must not be NULL. False when the map is at its maximum. */
MUST_USE bool map_put(struct map *map, struct str key, void *value);
void *map_remove(struct map *map, struct str key); /* the value, or NULL */
/* Walks: size_t at = 0; struct map_entry *e; while ((e = map_next(map, &at))) … Removal is allowed
 * while walking, insertion is not. */
struct map_entry *map_next(const struct map *map, size_t *at);

#endif
