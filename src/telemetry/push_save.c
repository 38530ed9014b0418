/* push_save.c - where the series of a sender stand, in bytes and back again.
 *
 * A record: head, series, sums that wait, gauges (tallies_save_groups); words of the machine that
 * wrote it. That it is whole is seen to by who keeps it (collect/journal.h). */
#include "telemetry/push_internal.h"

enum {
    SAVED_FORM_1 = 1, /* the former one, without struct saved_sent */
    SAVED_FORM = 2,
    SAVED_EDGE = 2,
    SAVED_BYTES_MAX = 64 * 1024 * 1024
};

struct saved_head {
    int64_t form;
    struct hash digest;
    int64_t heard_us, read_us, since_us, newest_us, began_us, floor_us;
    int64_t settled;
    uint64_t body_count;
    uint64_t bodies[PUSH_BODIES];
    int64_t series_count, sum_count;
};

/* Behind the head. */
struct saved_sent {
    uint64_t count;
    uint64_t bodies[PUSH_BODIES];
};

struct saved_series {
    uint64_t identity;
    double last;
    int64_t at_us, start_us;
};

struct saved_sum {
    uint32_t tally;
    uint32_t part; /* of the tally, or SAVED_EDGE */
    double edge;
    double sum;
};

static int64_t save_sum(struct text *bytes, struct saved_sum sum)
{
    if (sum.sum == 0)
        return 0;
    text_add(bytes, (struct str){(const char *)&sum, sizeof sum});
    return 1;
}

static int64_t save_sums(const struct push *push, struct text *bytes)
{
    int64_t count = 0;
    for (size_t i = 0; i < push->tallies.signals->count * ALTERNATIVES_MAX; i++) {
        const struct tallied *tally = &push->tallies.items[i];
        for (uint32_t part = 0; part < 2; part++)
            count += save_sum(bytes, (struct saved_sum){(uint32_t)i, part, 0, tally->sum[part]});
        for (size_t e = 0; e < tally->edge_count; e++)
            count += save_sum(bytes, (struct saved_sum){(uint32_t)i, SAVED_EDGE,
                                                        tally->edges[e].edge, tally->edges[e].sum});
    }
    return count;
}

/* The series with a sample behind that flush and that instant. */
static int64_t save_series(const struct push *push, struct text *bytes, uint32_t behind_flush,
                           int64_t behind_us)
{
    struct saved_series some[64];
    const size_t room = sizeof some / sizeof *some;
    size_t used = 0;
    int64_t count = 0;
    for (size_t i = 0; i < push->table.count; i++) {
        const struct pushed_series *own = pushed_series_at(push, i);
        const struct series *series = &own->series;
        bool changed = behind_flush == 0 || series->scrape > behind_flush;
        if (!changed || own->at_us <= behind_us)
            continue;
        some[used++] =
            (struct saved_series){series->identity, series->last, own->at_us, own->start_us};
        count++;
        if (used == room) {
            text_add(bytes, (struct str){(const char *)some, used * sizeof *some});
            used = 0;
        }
    }
    text_add(bytes, (struct str){(const char *)some, used * sizeof *some});
    return count;
}

static struct str save(const struct push *push, struct arena *arena, uint32_t behind_flush,
                       int64_t behind_us)
{
    struct saved_head head = {.form = SAVED_FORM,
                              .digest = push->digest,
                              .heard_us = push->heard.us,
                              .read_us = push->read.us,
                              .since_us = push->since.us,
                              .newest_us = push->newest.us,
                              .began_us = push->began.us,
                              .floor_us = push->floor.us,
                              .settled = push->settled,
                              .body_count = push->body_count};
    memcpy(head.bodies, push->bodies, sizeof head.bodies);
    struct text bytes;
    text_init(&bytes, arena, SAVED_BYTES_MAX);
    size_t expected = behind_flush == 0 ? push->table.count : push->changed;
    text_reserve(&bytes, sizeof head + expected * sizeof(struct saved_series));
    char *place = text_extend(&bytes, sizeof head);
    if (!place)
        return STR("");
    struct saved_sent sent = {.count = push->sent_count};
    memcpy(sent.bodies, push->sent, sizeof sent.bodies);
    text_add(&bytes, (struct str){(const char *)&sent, sizeof sent});
    head.series_count = save_series(push, &bytes, behind_flush, behind_us);
    head.sum_count = save_sums(push, &bytes);
    tallies_save_groups(&push->tallies, &bytes);
    memcpy(bytes.p, &head, sizeof head);
    return text_str(&bytes);
}

struct str push_record(struct push *push, struct arena *arena, bool whole)
{
    struct str record = save(push, arena, whole ? 0 : push->recorded, 0);
    push->recorded = push->flush - 1;
    push->changed = 0;
    return record;
}

static bool restore_series(struct push *push, struct str *rest, int64_t count)
{
    struct saved_series saved;
    for (int64_t i = 0; i < count; i++) {
        size_t index;
        memcpy(&saved, rest->p, sizeof saved);
        *rest = str_from(*rest, sizeof saved);
        if (!series_add(&push->table, saved.identity, 0, &index))
            return false;
        struct pushed_series *own = pushed_series_at(push, index);
        own->series.last = saved.last;
        own->series.scrape = 0;
        own->at_us = saved.at_us;
        own->start_us = saved.start_us;
        own->seen_us = 0;
    }
    return true;
}

static void restore_sum(struct push *push, const struct saved_sum *saved)
{
    struct tallied *tally = &push->tallies.items[saved->tally];
    push->waits[saved->tally].since = push->flush;
    if (saved->part < SAVED_EDGE) {
        tally->sum[saved->part] = saved->sum;
        return;
    }
    struct edge_tally *edge = tallied_edge(&push->tallies, tally, saved->edge);
    if (edge)
        edge->sum = saved->sum;
}

static void restore_head(struct push *push, const struct saved_head *head)
{
    push->heard.us = head->heard_us;
    push->read.us = head->read_us;
    push->since.us = head->since_us;
    push->newest.us = head->newest_us;
    push->began.us = head->began_us;
    push->floor.us = head->floor_us;
    push->settled = head->settled != 0;
    push->body_count = head->body_count;
    memcpy(push->bodies, head->bodies, sizeof push->bodies);
    /* Which series live, and what of, is told by their next samples. */
    push->learnt = instant_add_ms(push->newest, push->interval_ms + push->interval_ms / 2);
    tallies_clear(&push->tallies);
    memset(push->waits, 0, push->tallies.signals->count * ALTERNATIVES_MAX * sizeof *push->waits);
}

bool push_restore(struct push *push, struct str record)
{
    struct saved_head head;
    struct saved_sum sum;
    if (record.n < sizeof head)
        return false;
    memcpy(&head, record.p, sizeof head);
    struct str rest = str_from(record, sizeof head);
    struct saved_sent sent = {0};
    if (head.form == SAVED_FORM && rest.n >= sizeof sent) {
        memcpy(&sent, rest.p, sizeof sent);
        rest = str_from(rest, sizeof sent);
    } else if (head.form != SAVED_FORM_1) {
        return false;
    }
    if (head.series_count < 0 || head.sum_count < 0 ||
        head.series_count > LIMIT_SERIES_PER_TARGET || head.sum_count > SAVED_BYTES_MAX ||
        rest.n < (size_t)head.series_count * sizeof(struct saved_series) +
                     (size_t)head.sum_count * sizeof sum)
        return false;
    restore_head(push, &head);
    push->sent_count = sent.count;
    memcpy(push->sent, sent.bodies, sizeof push->sent);
    if (!restore_series(push, &rest, head.series_count))
        return false;
    if (!hash_equal(&head.digest, &push->digest)) {
        push_begin_anew(push);
        return true;
    }
    for (int64_t i = 0; i < head.sum_count; i++, rest = str_from(rest, sizeof sum)) {
        memcpy(&sum, rest.p, sizeof sum);
        if (sum.tally < push->tallies.signals->count * ALTERNATIVES_MAX && sum.part <= SAVED_EDGE)
            restore_sum(push, &sum);
    }
    tallies_restore_groups(&push->tallies, rest);
    return true;
}

/* Older than that, a sample cannot be a double any more. */
static int64_t forget_before(const struct push *push, struct instant now)
{
    int64_t stale_ms = stale_after_ms(push->interval_ms);
    int64_t kept_ms = stale_ms > LIMIT_PUSH_PAST_MS ? stale_ms : LIMIT_PUSH_PAST_MS;
    return instant_add_ms(now, -kept_ms).us;
}

bool push_is_crowded(const struct push *push, struct instant now)
{
    size_t live = 0;
    int64_t before_us = forget_before(push, now);
    if (push->table.count * 4 < push->table.max * 3)
        return tallies_are_crowded(&push->tallies);
    for (size_t i = 0; i < push->table.count; i++)
        live += pushed_series_at(push, i)->at_us > before_us;
    return live * 4 <= push->table.count * 3;
}

void push_renew(struct push *push, struct arena *fresh, struct instant now)
{
    struct arena scratch;
    arena_init(&scratch);
    struct str saved = save(push, &scratch, 0, forget_before(push, now));
    struct push former = *push;
    push_init(push, fresh, former.tallies.signals, &former.digest, former.tallies.target);
    push->interval_ms = former.interval_ms;
    push->taken = former.taken;
    push->doubles = former.doubles;
    push->refused = former.refused;
    memcpy(push->problem, former.problem, sizeof push->problem);
    push->problem_at = former.problem_at;
    push->refused_since = former.refused_since;
    push->refused_in_row = former.refused_in_row;
    push->falls = former.falls;
    memcpy(push->fallen, former.fallen, sizeof push->fallen);
    push->fallen_at = former.fallen_at;
    (void)!push_restore(push, saved);
    /* A series that had no room stands where it does by now: that is not what it has just grown by.
     */
    for (size_t i = 0; i < push->tallies.signals->count * ALTERNATIVES_MAX; i++)
        if (push_is_refused(&former, i, now)) {
            push_begin_anew(push);
            break;
        }
    arena_done(&scratch);
}
