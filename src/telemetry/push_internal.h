/* push_internal.h - what the files of push.h share. */
#ifndef TELEMETRY_PUSH_INTERNAL_H
#define TELEMETRY_PUSH_INTERNAL_H

#include "telemetry/push.h"

enum { PUSH_SHOWN_NAME_BYTES = 100 };

static inline struct pushed_series *pushed_series_at(const struct push *push, size_t index)
{
    return (struct pushed_series *)series_at(&push->table, index);
}
/* Had a new series of this tally no room lately, so that its sum is not known? */
bool push_is_refused(const struct push *push, size_t tally, struct instant now);
/* What came for it before this flush waits no more. */
void push_clear_sum(struct push *push, size_t tally);
/* Counts a sample that is not taken, and keeps why: "NAME why". False. */
bool push_refuse(struct push *push, struct err *err, const char *why, struct str name);
/* Something is to be done at that instant, if no sample comes before. */
static inline void push_look_again(struct push *push, int64_t at_us)
{
    if (push->hold_until_us == 0 || at_us < push->hold_until_us)
        push->hold_until_us = at_us;
}

/* A series comes with its labels, sorted: is its process known (process_known)? was_known: it is a
 * series of before. */
void push_see_process(struct push *push, const struct label *labels, size_t count, int64_t at_us,
                      bool was_known);
/* The first sample of a series, whose process was seen: has it grown by all that it shows? */
bool push_first_is_new(const struct push *push, const struct pushed_sample *sample, int64_t at_us);
void push_note_first(struct push *push, const struct series_uses *uses,
                     const struct pushed_sample *sample, int64_t at_us, bool is_new);
/* Has what is new taken the place of what was there? True while that is not known, and when it has:
 * then the tally is learnt. */
bool push_waits_for_former(struct push *push, size_t tally);

enum push_late {
    PUSH_LATE_DOUBLE, /* counts for nothing, which is no fault */
    PUSH_LATE_REFUSED,
    PUSH_LATE_ANEW /* a clock was put right: it is the newest from now on */
};
/* Before the newest sample of its series, in a body that did not come before. */
enum push_late push_take_late(struct push *push, size_t index, const struct pushed_sample *sample,
                              struct err *err);
/* Something newer has come. */
void push_forget_late(struct push *push, size_t index);
/* A sample of a counter that is not late: is it of the history that the series has? */
void push_see_histories(struct push *push, size_t index, const struct pushed_sample *sample);
/* Does a counter that fell say, by its start, that it is another one, and no new one? */
bool push_is_of_other(const struct pushed_series *own, const struct pushed_sample *sample);
/* The labels of a series in doubt came. */
void push_name_doubt(struct push *push, size_t index, const struct pushed_sample *sample);
/* In a round: what is in doubt is not known; what no longer is, is forgotten. */
void push_gather_doubts(struct push *push);
void push_note_fall(struct push *push, const struct pushed_series *own,
                    const struct pushed_sample *sample);

/* Why the signal of this tally is not known in this round. */
void push_set_why(struct push *push, size_t tally, const char *why);
/* The reason that was given stands for there being nothing to read from here on. */
void push_set_ended(struct push *push, size_t signal);
/* A sample of this metric was not taken. */
void push_set_refused(struct push *push, struct str name, const char *why);
/* As tallies_explain; what it says is of this signal. */
void push_explain(struct push *push, size_t signal, bool found);
/* What the live series show of their signals, as a scrape of them would now. */
void push_gather(struct push *push, struct instant now);

#endif
