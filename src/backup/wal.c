/* wal.c - names of WAL segments: which are there, and how far they go without a gap.
 *
 * A name is 8 digits each of timeline, log and segment; a log is 4 GiB, so that a segment's number
 * is log * (4 GiB / size) + segment (PostgreSQL, xlog_internal.h). */
#include "backup/backup.h"

#include <stdlib.h>

enum { PART_DIGITS = 8 };

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static uint64_t segments_in_log(int64_t segment_bytes)
{
    return (UINT64_C(1) << 32) / (uint64_t)segment_bytes;
}

bool wal_parse(struct str name, int64_t segment_bytes, struct wal_segment *out_segment)
{
    uint64_t parts[3] = {0};
    if (name.n != WAL_NAME_BYTES || segment_bytes < 1 || segment_bytes > INT64_C(1) << 30)
        return false;
    for (size_t i = 0; i < WAL_NAME_BYTES; i++) {
        int digit = digit_of(name.p[i]);
        if (digit < 0)
            return false;
        parts[i / PART_DIGITS] = parts[i / PART_DIGITS] * 16 + (uint64_t)digit;
    }
    uint64_t in_log = segments_in_log(segment_bytes);
    if (parts[0] == 0 || parts[2] >= in_log)
        return false;
    *out_segment = (struct wal_segment){(uint32_t)parts[0], parts[1] * in_log + parts[2]};
    return true;
}

struct str wal_name(struct arena *arena, struct wal_segment segment, int64_t segment_bytes)
{
    uint64_t in_log = segments_in_log(segment_bytes);
    return str_printf(arena, "%08X%08X%08X", segment.timeline, (unsigned)(segment.number / in_log),
                      (unsigned)(segment.number % in_log));
}

static int by_number(const void *a, const void *b)
{
    const struct wal_segment *one = a;
    const struct wal_segment *other = b;
    if (one->number != other->number)
        return one->number < other->number ? -1 : 1;
    return one->timeline < other->timeline ? -1 : one->timeline > other->timeline;
}

/* The name in a path; "" when it is not a whole segment: "….partial", "….00000028.backup". */
static struct str segment_in(struct str path)
{
    for (size_t slash; (slash = str_find_byte(path, '/', 0)) < path.n;)
        path = str_from(path, slash + 1);
    if (path.n > WAL_NAME_BYTES && path.p[WAL_NAME_BYTES] != '-')
        return STR("");
    return str_slice(path, 0, path.n < WAL_NAME_BYTES ? 0 : WAL_NAME_BYTES);
}

struct wal_list wal_read(struct arena *arena, struct str names, int64_t segment_bytes)
{
    struct wal_list list = {.segment_bytes = segment_bytes};
    size_t lines = 1;
    for (size_t i = 0; i < names.n; i++)
        lines += names.p[i] == '\n';
    list.items = arena_array(arena, lines, sizeof *list.items);
    struct str line;
    while (str_split(&names, '\n', &line))
        if (wal_parse(segment_in(line), segment_bytes, &list.items[list.count]))
            list.count++;
    qsort(list.items, list.count, sizeof *list.items, by_number);
    return list;
}

/* The place of the first that is not before this one. */
static size_t find(const struct wal_list *list, struct wal_segment segment)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_number(&list->items[middle], &segment) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Of this number on this timeline or the nearest later one. */
static const struct wal_segment *of_number(const struct wal_list *list, struct wal_segment least)
{
    size_t at = find(list, least);
    return at < list->count && list->items[at].number == least.number ? &list->items[at] : NULL;
}

bool wal_follow(const struct wal_list *list, struct wal_segment from, struct wal_segment *out_last,
                struct wal_segment *out_gap)
{
    size_t at = find(list, from);
    *out_gap = (struct wal_segment){0};
    if (at == list->count || by_number(&list->items[at], &from) != 0)
        return false;
    struct wal_segment now = from;
    for (;;) {
        /* The next on the same timeline; else a later timeline begins there, or with this segment,
         * whose first part it then repeats. */
        const struct wal_segment *next =
            of_number(list, (struct wal_segment){now.timeline, now.number + 1});
        if (!next && of_number(list, (struct wal_segment){now.timeline + 1, now.number}))
            next = of_number(list, (struct wal_segment){now.timeline + 1, now.number});
        if (!next)
            break;
        now = *next;
    }
    *out_last = now;
    if (list->items[list->count - 1].number > now.number)
        *out_gap = (struct wal_segment){now.timeline, now.number + 1};
    return true;
}
