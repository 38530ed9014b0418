/* rule.c - reading an RRULE. */
#include "ical/rule.h"

enum { SHOWN_BYTES = 80, WEEK_DAYS = 7 };

static bool refuse(struct err *err, struct str part)
{
    return err_set(err, ERR_USAGE, "", "\"%.*s\" is no part of a rule that is understood.",
                   STR_ARGS(str_cut(part, SHOWN_BYTES)));
}

static void set_add(struct ical_set *set, int number)
{
    uint64_t *words = number < 0 ? set->from_end : set->at;
    int bit = number < 0 ? -number : number;
    words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static bool take_number(struct str text, int least, int most, int *out_number)
{
    int64_t number = 0;
    struct str digits = str_starts(text, "+") ? str_from(text, 1) : text;
    if (!str_int(digits, &number) || number < least || number > most)
        return false;
    *out_number = (int)number;
    return true;
}

/* Numbers from least to most, and from -most to -1 where they may count from the end. */
struct range {
    int least, most;
    bool from_end;
};

static bool take_set(struct str value, struct range range, struct ical_set *set)
{
    struct str one;
    if (set->is_given || value.n == 0)
        return false;
    set->is_given = true;
    while (str_split(&value, ',', &one)) {
        int number = 0;
        if (!take_number(one, range.from_end ? -range.most : range.least, range.most, &number) ||
            (range.from_end && number == 0))
            return false;
        set_add(set, number);
    }
    return true;
}

static bool find_weekday(struct str word, int *out_weekday)
{
    static const char *const names[WEEK_DAYS] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
    for (int i = 0; i < WEEK_DAYS; i++) {
        if (!str_is_nocase(word, names[i]))
            continue;
        *out_weekday = i;
        return true;
    }
    return false;
}

/* "MO", "-1FR", "+2SU" */
static bool take_by_day(struct str value, struct ical_rule *rule)
{
    struct str one;
    if (rule->has_by_day || value.n == 0)
        return false;
    rule->has_by_day = true;
    while (str_split(&value, ',', &one)) {
        int weekday = 0;
        int number = 0;
        size_t at = one.n > 2 ? one.n - 2 : 0;
        if (!find_weekday(str_from(one, at), &weekday))
            return false;
        if (at == 0) {
            rule->weekdays |= 1U << weekday;
            continue;
        }
        if (!take_number(str_slice(one, 0, at), -ICAL_NTH_MAX, ICAL_NTH_MAX, &number) ||
            number == 0)
            return false;
        set_add(&rule->nth[weekday], number);
        rule->has_nth = true;
    }
    return true;
}

static bool take_frequency(struct str value, struct ical_rule *rule)
{
    static const char *const names[] = {"SECONDLY", "MINUTELY", "HOURLY", "DAILY",
                                        "WEEKLY",   "MONTHLY",  "YEARLY"};
    for (int i = ICAL_SECONDLY; i <= ICAL_YEARLY; i++) {
        if (!str_is_nocase(value, names[i]))
            continue;
        rule->frequency = (enum ical_frequency)i;
        return true;
    }
    return false;
}

static bool take_part(struct str name, struct str value, struct ical_rule *rule)
{
    struct {
        const char *name;
        struct ical_set *set;
        struct range range;
    } sets[] = {{"BYSECOND", &rule->seconds, {0, 60, false}},
                {"BYMINUTE", &rule->minutes, {0, 59, false}},
                {"BYHOUR", &rule->hours, {0, 23, false}},
                {"BYMONTHDAY", &rule->month_days, {1, 31, true}},
                {"BYYEARDAY", &rule->year_days, {1, 366, true}},
                {"BYWEEKNO", &rule->weeks, {1, 53, true}},
                {"BYMONTH", &rule->months, {1, 12, false}},
                {"BYSETPOS", &rule->positions, {1, 366, true}}};
    int number = 0;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (str_is_nocase(name, sets[i].name))
            return take_set(value, sets[i].range, sets[i].set);
    if (str_is_nocase(name, "BYDAY"))
        return take_by_day(value, rule);
    if (str_is_nocase(name, "WKST"))
        return find_weekday(value, &rule->week_start);
    if (str_is_nocase(name, "INTERVAL")) {
        bool good = rule->interval == 0 && take_number(value, 1, ICAL_INTERVAL_MAX, &number);
        rule->interval = number;
        return good;
    }
    if (str_is_nocase(name, "COUNT")) {
        bool good = rule->count == 0 && take_number(value, 1, ICAL_COUNT_MAX, &number);
        rule->count = number;
        return good;
    }
    if (!str_is_nocase(name, "UNTIL") || rule->until.n > 0 || value.n == 0)
        return false;
    rule->until = value;
    return true;
}

bool ical_parse_rule(struct str text, struct ical_rule *out_rule, struct err *err)
{
    struct ical_rule rule = {.until = STR(""), .week_start = 1};
    struct str rest = str_trim(text);
    struct str part;
    bool has_frequency = false;
    while (str_split(&rest, ';', &part)) {
        size_t equals = str_find_byte(part, '=', 0);
        struct str name = str_trim(str_slice(part, 0, equals));
        struct str value = str_trim(str_from(part, equals + 1));
        if (str_trim(part).n == 0)
            continue;
        bool is_frequency = str_is_nocase(name, "FREQ");
        if (is_frequency ? has_frequency || !take_frequency(value, &rule)
                         : !take_part(name, value, &rule))
            return refuse(err, part);
        has_frequency = has_frequency || is_frequency;
    }
    if (!has_frequency || (rule.count > 0 && rule.until.n > 0))
        return refuse(err, text);
    if (rule.has_nth && (rule.frequency < ICAL_MONTHLY || rule.weeks.is_given))
        return refuse(err, text);
    rule.interval = rule.interval == 0 ? 1 : rule.interval;
    *out_rule = rule;
    return true;
}
