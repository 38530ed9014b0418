/* heard.c - rings of stretches, one ring for each length. */
#include "alert/heard.h"

#include <math.h>

static const int64_t slot_lengths_ms[HEARD_TIERS] = {INT64_C(15) * 1000, INT64_C(6) * 60 * 1000,
                                                     INT64_C(3) * 3600 * 1000};

void heards_init(struct heards *heards, struct arena *arena)
{
    *heards = (struct heards){.arena = arena};
    map_init(&heards->rules, HEARD_RULES_MAX);
}

void heards_done(struct heards *heards)
{
    map_done(&heards->rules);
}

static void drop(struct heards *heards, const struct map_entry *entry)
{
    struct heard *heard = entry->value;
    (void)map_remove(&heards->rules, entry->key);
    LIST_PUSH(heards->arena, heards->spare, heards->spare_count, heards->spare_capacity) = heard;
}

void heards_keep(struct heards *heards, const struct rules *rules)
{
    size_t at = 0;
    const struct map_entry *entry;
    while ((entry = map_next(&heards->rules, &at))) {
        const struct rule *rule = rules_find(rules, entry->key);
        if (!rule || rule->question_count == 0)
            drop(heards, entry);
    }
}

void heards_forget(struct heards *heards)
{
    size_t at = 0;
    const struct map_entry *entry;
    while ((entry = map_next(&heards->rules, &at)))
        drop(heards, entry);
}

static struct heard *heard_for(struct heards *heards, struct str rule, struct instant now)
{
    struct heard *heard = map_find(&heards->rules, rule);
    if (heard || heards->rules.count == HEARD_RULES_MAX)
        return heard;
    heard = heards->spare_count > 0 ? heards->spare[--heards->spare_count]
                                    : arena_make(heards->arena, struct heard);
    *heard = (struct heard){.since = now};
    return map_put(&heards->rules, rule, heard) ? heard : NULL;
}

static struct heard_slot *slot_at(struct heard_tier *tier, int64_t number)
{
    return &tier->slots[number % HEARD_SLOTS];
}

/* The stretch of now; those between it and the newest one are empty. */
static struct heard_slot *open_slot(struct heard_tier *tier, int64_t number)
{
    int64_t first =
        number - HEARD_SLOTS >= tier->newest ? number - HEARD_SLOTS + 1 : tier->newest + 1;
    for (int64_t i = first; i <= number; i++)
        *slot_at(tier, i) = (struct heard_slot){.is_known = false};
    if (number > tier->newest)
        tier->newest = number;
    return slot_at(tier, number);
}

static void add(struct heard_slot *slot, const struct evaluation *evaluation, bool is_firing)
{
    bool has_value = evaluation->truth == TRUTH_TRUE || evaluation->truth == TRUTH_FALSE;
    bool known = has_value && isfinite(evaluation->value);
    float value = (float)evaluation->value;
    slot->is_firing = slot->is_firing || is_firing;
    slot->is_unknown = slot->is_unknown || evaluation->truth == TRUTH_UNKNOWN;
    if (known && (!slot->is_known || value > slot->high))
        slot->high = value;
    if (known && (!slot->is_known || value < slot->low))
        slot->low = value;
    slot->is_known = slot->is_known || known;
}

void heards_push(struct heards *heards, const struct rule *rule,
                 const struct evaluation *evaluation, bool is_firing, struct instant now)
{
    struct heard *heard = heard_for(heards, rule->id, now);
    for (size_t i = 0; heard && i < HEARD_TIERS; i++) {
        int64_t number = now.us / 1000 / slot_lengths_ms[i];
        if (number > heard->tiers[i].newest - HEARD_SLOTS)
            add(open_slot(&heard->tiers[i], number), evaluation, is_firing);
    }
}

const struct heard *heards_find(const struct heards *heards, struct str rule)
{
    return map_find(&heards->rules, rule);
}

int64_t heard_slot_ms(size_t tier)
{
    return slot_lengths_ms[tier];
}

const struct heard_slot *heard_slot_of(const struct heard *heard, size_t tier, int64_t back,
                                       struct instant now)
{
    const struct heard_tier *of = &heard->tiers[tier];
    int64_t number = now.us / 1000 / slot_lengths_ms[tier] - back;
    if (number > of->newest || number <= of->newest - HEARD_SLOTS || number < 0)
        return NULL;
    return &of->slots[number % HEARD_SLOTS];
}
