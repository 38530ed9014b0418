/* tally_lost.c - the groups of a gauge that are away, and that they outlive a restart.
 *
 * Saved are of each gauge the highest and the lowest group of those that are there and of those
 * that are away: an entry is struct saved_group, then its text, filled up to 16 bytes. */
#include "telemetry/intake.h"
#include "telemetry/tally_internal.h"

#include <math.h>

enum { ENTRY_ALIGN = 16, PICKS = 4 };

struct saved_group {
    uint64_t key;
    double last;
    int64_t seen_us, away_ms;
    uint32_t tally, text_bytes;
    uint64_t zero;
};

void tally_find_lost(struct tallied *tally, struct reading *reading)
{
    int64_t step_ms = (reading->at.us - tally->read_us) / 1000;
    int64_t most_ms = stale_after_ms(reading->interval_ms);
    tally->read_us = reading->at.us;
    step_ms = step_ms < 0 ? 0 : step_ms > most_ms ? most_ms : step_ms;
    for (size_t i = 0; i < tally->group_count; i++) {
        struct group *group = &tally->groups[i];
        if (group->seen_us == 0 || group->seen_us == reading->at.us)
            continue;
        group->away_ms += step_ms;
        if (group->away_ms > LOST_TOLD_MS) {
            group->seen_us = 0;
            continue;
        }
        struct lost_gauge gauge = {.value = group->last,
                                   .series = group->text,
                                   .seen = {group->seen_us},
                                   .away_ms = group->away_ms,
                                   .is_high = group->last > reading->high};
        if (gauge.is_high || group->last < reading->low)
            lost_put(reading->lost, &gauge);
    }
}

static bool is_away(const struct tallied *tally, const struct group *group)
{
    return group->seen_us != tally->read_us;
}

/* The farthest out of a tally: pick is 0 or 1 for the highest and lowest there, 2 and 3 away. */
static const struct group *pick_group(const struct tallied *tally, size_t pick)
{
    const struct group *found = NULL;
    for (size_t i = 0; i < tally->group_count; i++) {
        const struct group *group = &tally->groups[i];
        if (group->seen_us == 0 || is_away(tally, group) != (pick >= 2))
            continue;
        if (!found || (pick % 2 == 0 ? group->last > found->last : group->last < found->last))
            found = group;
    }
    return found;
}

static void save_group(struct text *bytes, size_t tally, const struct group *group)
{
    static const char zeros[ENTRY_ALIGN] = {0};
    struct saved_group saved = {.key = group->key,
                                .last = group->last,
                                .seen_us = group->seen_us,
                                .away_ms = group->away_ms,
                                .tally = (uint32_t)tally,
                                .text_bytes = (uint32_t)group->text.n};
    text_add(bytes, (struct str){(const char *)&saved, sizeof saved});
    text_add(bytes, group->text);
    text_add(bytes, (struct str){zeros, (ENTRY_ALIGN - group->text.n % ENTRY_ALIGN) % ENTRY_ALIGN});
}

void tallies_save_groups(const struct tallies *tallies, struct text *bytes)
{
    for (size_t i = 0; i < tallies->signals->count * ALTERNATIVES_MAX; i++) {
        const struct group *picked[PICKS];
        const struct tallied *tally = &tallies->items[i];
        for (size_t pick = 0; tally->group_count > 0 && pick < PICKS; pick++) {
            picked[pick] = pick_group(tally, pick);
            if (picked[pick] && (pick % 2 == 0 || picked[pick] != picked[pick - 1]))
                save_group(bytes, i, picked[pick]);
        }
    }
}

static struct group *group_of_key(struct tallies *tallies, struct tallied *tally, uint64_t key)
{
    for (size_t i = 0; i < tally->group_count; i++)
        if (tally->groups[i].key == key)
            return &tally->groups[i];
    if (tally->group_count == GROUPS_MAX)
        return NULL;
    struct group *group =
        &LIST_PUSH(tallies->arena, tally->groups, tally->group_count, tally->group_capacity);
    *group = (struct group){.key = key};
    return group;
}

static void restore_group(struct tallies *tallies, const struct saved_group *saved, struct str text)
{
    struct tallied *tally = &tallies->items[saved->tally];
    struct group *group = group_of_key(tallies, tally, saved->key);
    if (!group)
        return;
    group->text = str_utf8_valid(text, NULL) ? str_copy(tallies->arena, text) : STR("");
    group->last = saved->last;
    group->seen_us = saved->seen_us;
    group->away_ms = saved->away_ms;
    if (tally->read_us < saved->seen_us)
        tally->read_us = saved->seen_us;
}

static bool is_gauge_of(const struct tallies *tallies, size_t tally)
{
    size_t signal = tally / ALTERNATIVES_MAX;
    if (signal >= tallies->signals->count)
        return false;
    enum signal_kind kind = tallies->signals->items[signal].kind;
    return kind == SIGNAL_GAUGE || kind == SIGNAL_GAUGE_RATIO;
}

void tallies_restore_groups(struct tallies *tallies, struct str bytes)
{
    struct saved_group saved;
    for (size_t i = 0; i < tallies->signals->count * ALTERNATIVES_MAX; i++)
        for (size_t k = 0; k < tallies->items[i].group_count; k++)
            tallies->items[i].groups[k].seen_us = 0; /* an earlier record knew them otherwise */
    while (bytes.n >= sizeof saved) {
        memcpy(&saved, bytes.p, sizeof saved);
        bytes = str_from(bytes, sizeof saved);
        size_t filled = ((size_t)saved.text_bytes + ENTRY_ALIGN - 1) / ENTRY_ALIGN * ENTRY_ALIGN;
        if (saved.text_bytes > GROUP_TEXT_BYTES || filled > bytes.n || !isfinite(saved.last) ||
            saved.seen_us <= 0 || saved.away_ms < 0 || !is_gauge_of(tallies, saved.tally))
            return;
        restore_group(tallies, &saved, str_slice(bytes, 0, saved.text_bytes));
        bytes = str_from(bytes, filled);
    }
}
