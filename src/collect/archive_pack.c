/* archive_pack.c - stretches of time that are over are packed, read, and forgotten when old. */
#include "collect/archive_internal.h"

#include <stdlib.h>
#include <zstd.h>

enum {
    PACK_LEVEL = 5,
    LATE_MS = 60 * 1000,                /* readings may come so long after their instant */
    BUNDLE_BYTES_MAX = 64 * 1024 * 1024 /* lines of one bundle */
};

struct instant *archive_bundled(struct archive *archive, struct str signal, struct err *err)
{
    struct instant *bundled = map_find(&archive->bundled, signal);
    if (bundled)
        return bundled;
    bundled = arena_array(&archive->arena, TIERS, sizeof *bundled);
    for (int i = 0; i < TIERS; i++) {
        (void)archive_bind(archive, ARCHIVE_BUNDLED, (enum tier_number)i, signal);
        if (!archive_ask(archive, ARCHIVE_BUNDLED, &bundled[i].us, err))
            return NULL;
    }
    if (map_put(&archive->bundled, signal, bundled))
        return bundled;
    (void)err_set(err, ERR_SELF, archive->path, "More than %d signals are measured.",
                  LIMIT_SIGNALS);
    return NULL;
}

static sqlite3_stmt *bind_stretch(struct archive *archive, enum archive_statement which,
                                  const struct archive_range *range)
{
    sqlite3_stmt *statement = archive_bind(archive, which, range->tier, range->signal);
    (void)sqlite3_bind_int64(statement, 3, range->from.us);
    (void)sqlite3_bind_int64(statement, 4, range->until.us);
    return statement;
}

/* All lines of a stretch, one after the other, in arena. */
static bool read_fresh(struct archive *archive, const struct archive_range *range,
                       struct text *out_lines, struct err *err)
{
    sqlite3_stmt *fresh = bind_stretch(archive, ARCHIVE_FRESH, range);
    int code;
    while ((code = sqlite3_step(fresh)) == SQLITE_ROW)
        text_add(out_lines, (struct str){sqlite3_column_blob(fresh, 0),
                                         (size_t)sqlite3_column_bytes(fresh, 0)});
    (void)sqlite3_reset(fresh);
    return code == SQLITE_DONE || archive_fail(archive, code, "reading", err);
}

static bool add_bundle(struct archive *archive, const struct archive_range *range, struct str lines,
                       struct err *err)
{
    size_t room = ZSTD_compressBound(lines.n);
    char *packed = arena_alloc(&archive->turn, room);
    size_t n = ZSTD_compress(packed, room, lines.p, lines.n, PACK_LEVEL);
    if (ZSTD_isError(n))
        return err_set(err, ERR_SELF, archive->path, "What was measured cannot be packed: %s.",
                       ZSTD_getErrorName(n));
    sqlite3_stmt *add = bind_stretch(archive, ARCHIVE_ADD_BUNDLE, range);
    (void)sqlite3_bind_int64(add, 5, (int64_t)lines.n);
    (void)sqlite3_bind_blob64(add, 6, packed, n, SQLITE_STATIC);
    (void)bind_stretch(archive, ARCHIVE_DROP_FRESH, range);
    return archive_step(archive, ARCHIVE_ADD_BUNDLE, "packing", err) &&
           archive_step(archive, ARCHIVE_DROP_FRESH, "packing", err);
}

/* One stretch of one signal that is over; *out_more false: there was none. */
static bool pack_one(struct archive *archive, const struct archive_range *all, bool *out_more,
                     struct err *err)
{
    int64_t first;
    int64_t bundle_us = tier_of(all->tier)->bundle_ms * 1000;
    (void)archive_bind(archive, ARCHIVE_FIRST, all->tier, all->signal);
    if (!archive_ask(archive, ARCHIVE_FIRST, &first, err))
        return false;
    bool more = first > 0 && first <= all->until.us;
    if (!more) {
        *out_more = false;
        return true;
    }
    struct archive_range stretch = *all;
    stretch.from.us = (first - 1) / bundle_us * bundle_us;
    stretch.until.us = stretch.from.us + bundle_us;
    struct instant *bundled = archive_bundled(archive, all->signal, err);
    struct text lines;
    text_init(&lines, &archive->turn, BUNDLE_BYTES_MAX);
    if (!bundled || !read_fresh(archive, &stretch, &lines, err) ||
        !add_bundle(archive, &stretch, text_str(&lines), err))
        return false;
    bundled[all->tier] = stretch.until;
    arena_reset(&archive->turn);
    *out_more = true;
    return true;
}

struct names {
    struct str *items;
    size_t count, capacity;
};

/* The signals of a tier that have something to pack up to an instant. */
static bool list_packable(struct archive *archive, enum tier_number tier, struct instant until,
                          struct names *names, struct err *err)
{
    sqlite3_stmt *list = archive_bind(archive, ARCHIVE_PACKABLE, tier, STR(""));
    (void)sqlite3_bind_int64(list, 2, until.us);
    int code;
    while ((code = sqlite3_step(list)) == SQLITE_ROW) {
        struct str name = {(const char *)sqlite3_column_text(list, 0),
                           (size_t)sqlite3_column_bytes(list, 0)};
        LIST_PUSH(&archive->packing, names->items, names->count, names->capacity) =
            str_copy(&archive->packing, name);
    }
    (void)sqlite3_reset(list);
    return code == SQLITE_DONE || archive_fail(archive, code, "looking what is over", err);
}

static bool pack_tier(struct archive *archive, enum tier_number tier, struct instant now,
                      struct err *err)
{
    int64_t bundle_us = tier_of(tier)->bundle_ms * 1000;
    struct instant until = {(now.us - LATE_MS * INT64_C(1000)) / bundle_us * bundle_us};
    struct names names = {0};
    if (!list_packable(archive, tier, until, &names, err))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        struct archive_range all = {tier, names.items[i], {0}, until};
        bool more = true;
        while (more)
            if (!pack_one(archive, &all, &more, err))
                return false;
    }
    arena_reset(&archive->packing);
    return true;
}

bool archive_pack(struct archive *archive, struct instant now, struct err *err)
{
    for (int i = 0; i < TIERS; i++) {
        struct instant old = instant_add_ms(now, -tier_of((enum tier_number)i)->keep_ms);
        if (!pack_tier(archive, (enum tier_number)i, now, err))
            return false;
        (void)sqlite3_bind_int64(
            archive_bind(archive, ARCHIVE_EXPIRE, (enum tier_number)i, STR("")), 2, old.us);
        (void)sqlite3_bind_int64(
            archive_bind(archive, ARCHIVE_EXPIRE_FRESH, (enum tier_number)i, STR("")), 2, old.us);
        if (!archive_step(archive, ARCHIVE_EXPIRE, "forgetting", err) ||
            !archive_step(archive, ARCHIVE_EXPIRE_FRESH, "forgetting", err))
            return false;
    }
    return true;
}

struct walk {
    const struct archive_range *range;
    const struct archive_use *use;
    struct arena arena; /* one line */
    bool stopped;
};

/* Lines of before give the slot as their interval: how often was read within is not known, so that
 * what does not begin where the one before ends is a gap. */
static void know_slot(struct reading *reading, enum tier_number tier)
{
    int64_t slot_ms = tier_of(tier)->slot_ms;
    if (reading->slot_ms > 0 || slot_ms == 0)
        return;
    reading->slot_ms = slot_ms;
    if (reading->interval_ms == slot_ms)
        reading->interval_ms = 1000;
}

static bool take_line(struct walk *walk, struct str line, struct err *err)
{
    struct collector_line parsed;
    arena_reset(&walk->arena);
    if (!collector_line_parse(&walk->arena, line, &parsed, err))
        return false;
    struct reading *reading = &parsed.reading;
    know_slot(reading, walk->range->tier);
    if (!parsed.is_reading || !instant_before(walk->range->from, reading->at) ||
        instant_before(walk->range->until, reading->at))
        return true;
    walk->stopped = !walk->use->take(walk->use->context, reading);
    return true;
}

static bool take_bundle(struct archive *archive, struct walk *walk, sqlite3_stmt *row,
                        struct err *err)
{
    int64_t size = sqlite3_column_int64(row, 0);
    size_t packed = (size_t)sqlite3_column_bytes(row, 1);
    const void *bytes = sqlite3_column_blob(row, 1);
    if (size < 0 || size > BUNDLE_BYTES_MAX)
        return archive_fail(archive, SQLITE_CORRUPT, "unpacking", err);
    char *lines = malloc((size_t)size + 1);
    if (!lines)
        return archive_fail(archive, SQLITE_NOMEM, "unpacking", err);
    size_t n = ZSTD_decompress(lines, (size_t)size, bytes, packed);
    bool good = (!ZSTD_isError(n) && n == (size_t)size) ||
                archive_fail(archive, SQLITE_CORRUPT, "unpacking", err);
    struct str rest = {lines, good ? n : 0};
    struct str line;
    while (good && !walk->stopped && rest.n > 0 && str_split(&rest, '\n', &line))
        good = line.n == 0 || take_line(walk, line, err);
    free(lines);
    return good;
}

bool archive_read(struct archive *archive, const struct archive_range *range,
                  const struct archive_use *use, struct err *err)
{
    struct walk walk = {.range = range, .use = use};
    arena_init(&walk.arena);
    sqlite3_stmt *rows = bind_stretch(archive, ARCHIVE_BUNDLES, range);
    bool good = true;
    int code = SQLITE_DONE;
    while (good && !walk.stopped && (code = sqlite3_step(rows)) == SQLITE_ROW)
        good = take_bundle(archive, &walk, rows, err);
    (void)sqlite3_reset(rows);
    if (good && !walk.stopped && code != SQLITE_DONE)
        good = archive_fail(archive, code, "reading", err);
    rows = bind_stretch(archive, ARCHIVE_FRESH, range);
    while (good && !walk.stopped && (code = sqlite3_step(rows)) == SQLITE_ROW)
        good = take_line(
            &walk,
            (struct str){sqlite3_column_blob(rows, 0), (size_t)sqlite3_column_bytes(rows, 0)}, err);
    (void)sqlite3_reset(rows);
    if (good && !walk.stopped && code != SQLITE_DONE)
        good = archive_fail(archive, code, "reading", err);
    arena_done(&walk.arena);
    return good;
}

static bool take_oldest(void *context, const struct reading *reading)
{
    struct instant *at = context;
    *at = instant_is_zero(reading->since) ? reading->at : reading->since;
    return false;
}

bool archive_oldest(struct archive *archive, enum tier_number tier, struct str signal,
                    struct instant *out_at, struct err *err)
{
    (void)archive_bind(archive, ARCHIVE_OLDEST, tier, signal);
    if (!archive_ask(archive, ARCHIVE_OLDEST, &out_at->us, err))
        return false;
    if (instant_is_zero(*out_at))
        return true;
    /* A bundle begins before what is in it. */
    struct archive_range range = {tier, signal, {out_at->us - 1}, {INT64_MAX}};
    return archive_read(archive, &range, &(struct archive_use){out_at, take_oldest}, err);
}
