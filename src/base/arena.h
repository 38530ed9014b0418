/* arena.h - memory that belongs to a lifetime and is freed whole.
 *
 * Promises: memory is zeroed and aligned for any type; failure aborts.
 * Refuses: freeing single pieces. With REEVE_EMULATE_ARENA each piece is a malloc of its own,
 * so that the address sanitizer sees overruns and use after reset. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *head;
    size_t used_bytes;  /* handed out since the last reset */
    size_t held_bytes;  /* taken from the system */
    size_t chunk_bytes; /* taken at once, and kept by a reset; 0: as arena.c has it */
};

void arena_init(struct arena *arena);
/* For an arena that is filled and reset again and again: it takes chunk_bytes at once and keeps
 * them over a reset, so that the system is not asked each time. */
void arena_init_chunks(struct arena *arena, size_t chunk_bytes);
void arena_done(struct arena *arena);

/* Makes everything handed out so far invalid; keeps one chunk for reuse. */
void arena_reset(struct arena *arena);

/* size_bytes zeroed bytes; never NULL. size_bytes 0 gives a valid unique pointer. */
void *arena_alloc(struct arena *arena, size_t size_bytes)
    __attribute__((malloc, returns_nonnull, warn_unused_result));

/* Room for count items of size_bytes each; aborts when the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size_bytes)
    __attribute__((malloc, returns_nonnull, warn_unused_result));

/* Returns items with room for at least want: the same block, or a copy twice as large.
 * *capacity is updated. Used by growing lists whose maximum the caller has checked. */
void *arena_grow(struct arena *arena, void *items, size_t *capacity, size_t count, size_t want,
                 size_t size_bytes) __attribute__((returns_nonnull, warn_unused_result));

#define arena_make(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

/* Makes room for one more item in a growing array: LIST_PUSH(arena, x->items, x->count,
 * x->capacity) = v */
#define LIST_PUSH(arena, items, count, capacity)                                                   \
    (*((items) =                                                                                   \
           (items) && (count) < (capacity)                                                         \
               ? (items)                                                                           \
               : arena_grow((arena), (items), &(capacity), (count), (count) + 1, sizeof *(items)), \
       (count)++, &(items)[(count)-1]))

#endif
