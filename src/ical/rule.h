/* rule.h - an RRULE (RFC 5545, 3.3.10) as sets of what it names.
 *
 * Promises: reads the whole text or says in one sentence what of it is not understood; every number
 * is in the range of its part. UNTIL is kept as it is written: it is an instant, and whoever has
 * the clock reads it. Refuses: RSCALE and SKIP, parts that are not known or come twice, COUNT
 * beside UNTIL, BYDAY with numbers in rules that are neither of months nor of years. */
#ifndef ICAL_RULE_H
#define ICAL_RULE_H

#include "base/str.h"

enum ical_frequency {
    ICAL_SECONDLY,
    ICAL_MINUTELY,
    ICAL_HOURLY,
    ICAL_DAILY,
    ICAL_WEEKLY,
    ICAL_MONTHLY,
    ICAL_YEARLY
};

enum { ICAL_INTERVAL_MAX = 100000, ICAL_COUNT_MAX = 1000000, ICAL_NTH_MAX = 53 };

/* What a part names: bit n of at is n, of from_end -n. */
enum { ICAL_SET_WORDS = 6, ICAL_SET_MAX = 366 };

struct ical_set {
    uint64_t at[ICAL_SET_WORDS], from_end[ICAL_SET_WORDS];
    bool is_given;
};

struct ical_rule {
    enum ical_frequency frequency;
    int64_t interval;
    int64_t count;    /* 0: no such end */
    struct str until; /* "": no such end */
    int week_start;   /* 0 = Sunday */
    struct ical_set seconds, minutes, hours, month_days, year_days, weeks, months, positions;
    unsigned weekdays;        /* bit n: weekday n without a number, 0 = Sunday */
    struct ical_set nth[7];   /* of each weekday: which ones of the month or year */
    bool has_nth, has_by_day; /* BYDAY is given; with numbers */
};

MUST_USE bool ical_parse_rule(struct str text, struct ical_rule *out_rule, struct err *err);

static inline bool ical_set_has(const struct ical_set *set, int number)
{
    const uint64_t *words = number < 0 ? set->from_end : set->at;
    int bit = number < 0 ? -number : number;
    return bit <= ICAL_SET_MAX && (words[bit / 64] >> (bit % 64) & 1U);
}

#endif
