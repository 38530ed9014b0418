/* zone_parse.c - compiled zone data (RFC 8536) to a table of changes and a rule. */
#include "base/limits.h"
#include "calendar/zone_internal.h"

enum { HEADER_BYTES = 44, COUNTS_AT = 20, TYPE_BYTES = 6, TYPES_MAX = 256 };

struct header {
    char version;
    size_t utc, standard, leap, changes, types, characters;
};

/* Where the parts of the second block begin. */
struct block {
    const unsigned char *times, *indexes, *types, *names;
};

static uint32_t read_32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t read_64(const unsigned char *p)
{
    return (int64_t)((uint64_t)read_32(p) << 32 | read_32(p + 4));
}

static bool refuse(struct str name, const char *what, struct err *err)
{
    return err_set(err, ERR_USAGE, "",
                   "The data of the time zone \"%.*s\" cannot be used: %s. Install the system's "
                   "time zone data (tzdata) again.",
                   STR_ARGS(name), what);
}

static bool read_header(struct str bytes, struct header *header)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    if (bytes.n < HEADER_BYTES || memcmp(bytes.p, "TZif", 4) != 0)
        return false;
    p += COUNTS_AT;
    *header = (struct header){.version = bytes.p[4],
                              .utc = read_32(p),
                              .standard = read_32(p + 4),
                              .leap = read_32(p + 8),
                              .changes = read_32(p + 12),
                              .types = read_32(p + 16),
                              .characters = read_32(p + 20)};
    return true;
}

/* 32-bit counts times small numbers: no overflow in 64 bits. */
static size_t body_bytes(const struct header *header, size_t time_bytes)
{
    return header->changes * (time_bytes + 1) + header->types * TYPE_BYTES + header->characters +
           header->leap * (time_bytes + 4) + header->standard + header->utc;
}

static const char *check_header(const struct header *header)
{
    if (header->leap > 0)
        return "it counts leap seconds, which clocks here do not";
    if (header->changes > LIMIT_ZONE_CHANGES)
        return "it has too many clock changes";
    if (header->types == 0 || header->types > TYPES_MAX || header->characters == 0 ||
        (header->utc != 0 && header->utc != header->types) ||
        (header->standard != 0 && header->standard != header->types))
        return "its counts contradict each other";
    return NULL;
}

static const char *read_clocks(struct zone_clock *clocks, const struct header *header,
                               const struct block *block)
{
    for (size_t i = 0; i < header->types; i++) {
        const unsigned char *type = block->types + i * TYPE_BYTES;
        int32_t offset_s = (int32_t)read_32(type);
        size_t at = type[5];
        if (offset_s < -OFFSET_MAX_S || offset_s > OFFSET_MAX_S || type[4] > 1 ||
            at >= header->characters)
            return "a clock in it is out of range";
        const char *name = (const char *)block->names + at;
        size_t length = strnlen(name, header->characters - at);
        if (at + length == header->characters || length >= ZONE_CLOCK_BYTES)
            return "the name of a clock in it has no end";
        clocks[i] = (struct zone_clock){.offset_s = offset_s, .daylight = type[4]};
        memcpy(clocks[i].name, name, length);
    }
    return NULL;
}

static const char *read_changes(int64_t *changes_s, const struct header *header,
                                const struct block *block)
{
    for (size_t i = 0; i < header->changes; i++) {
        changes_s[i] = read_64(block->times + i * 8);
        if (i > 0 && changes_s[i] <= changes_s[i - 1])
            return "its clock changes are not in order";
        if (block->indexes[i] >= header->types)
            return "a clock change in it leads to no clock";
    }
    return NULL;
}

/* The footer stands between two line ends; an empty one says that the last clock stays. */
static const char *read_footer(struct str rest, struct zone_rule *rule)
{
    if (rest.n < 2 || rest.p[0] != '\n' || rest.p[rest.n - 1] != '\n')
        return "its last line is missing";
    struct str text = str_slice(rest, 1, rest.n - 1);
    if (text.n && !zone_rule_parse(text, rule))
        return "the rule in its last line cannot be read";
    return NULL;
}

/* rest begins with the second header; what is wrong, or NULL. */
static const char *read_block(struct arena *arena, struct str rest, struct zone *zone)
{
    struct header header = {0};
    if (!read_header(rest, &header))
        return "its second part is missing";
    const char *wrong = check_header(&header);
    if (wrong)
        return wrong;
    size_t whole = HEADER_BYTES + body_bytes(&header, 8);
    if (whole > rest.n)
        return "it is cut off";
    struct block block = {.times = (const unsigned char *)rest.p + HEADER_BYTES};
    block.indexes = block.times + header.changes * 8;
    block.types = block.indexes + header.changes;
    block.names = block.types + header.types * TYPE_BYTES;
    int64_t *changes_s = arena_array(arena, header.changes, sizeof *changes_s);
    unsigned char *clock_at = arena_array(arena, header.changes, 1);
    struct zone_clock *clocks = arena_array(arena, header.types, sizeof *clocks);
    wrong = read_clocks(clocks, &header, &block);
    if (!wrong)
        wrong = read_changes(changes_s, &header, &block);
    if (!wrong)
        wrong = read_footer(str_from(rest, whole), &zone->rule);
    if (header.changes)
        memcpy(clock_at, block.indexes, header.changes);
    zone->changes_s = changes_s;
    zone->clock_at = clock_at;
    zone->change_count = header.changes;
    zone->clocks = clocks;
    return wrong;
}

bool zone_parse(struct arena *arena, struct str name, struct str bytes,
                const struct zone **out_zone, struct err *err)
{
    struct header first = {0};
    if (bytes.n > LIMIT_ZONE_BYTES)
        return refuse(name, "it is too large", err);
    if (!read_header(bytes, &first))
        return refuse(name, "it does not begin as time zone data does", err);
    if (first.version < '2' || first.version > '9')
        return refuse(name, "it is of the old version 1, which ends in 2037", err);
    size_t skipped = HEADER_BYTES + body_bytes(&first, 4);
    if (skipped > bytes.n)
        return refuse(name, "it is cut off", err);
    struct zone *zone = arena_make(arena, struct zone);
    zone->name = str_copy(arena, name);
    const char *wrong = read_block(arena, str_from(bytes, skipped), zone);
    if (wrong)
        return refuse(name, wrong, err);
    *out_zone = zone;
    return true;
}
