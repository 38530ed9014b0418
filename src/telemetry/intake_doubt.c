/* intake_doubt.c - series of a page of which nobody knows whose they are: those that join it, and
 * counters that go down and up again. */
#include "telemetry/intake_internal.h"

#include "telemetry/identity.h"

#include <stdio.h>

enum {
    DOUBTS_MAX = 4096,
    PROCESSES_MAX = 4096,
    FIRSTS_MAX = 16384,
    LATELY = 4,        /* scrapes */
    GROWS_BACK = 200,  /* a counter that began anew does not come so far in some scrapes */
    SMALL = 20,        /* a counter that fell to no more has begun anew */
    CREATED_MS = 60000 /* clocks of a page differ from ours by less */
};

struct intake_first {
    size_t index;
    double value;
    uint64_t made_of; /* hash of its labels without le */
    double created_s; /* 0: not said */
};

struct intake_doubt {
    size_t index;
    uint32_t fell, returned; /* rounds; 0: not */
    int returns;
    double high, low; /* what it fell from, and to */
    double held;
    bool was_held;
};

static bool is_lately(const struct intake *intake, uint32_t round)
{
    return round != 0 && intake->tallies.round - round <= LATELY;
}

void intake_begin_doubts(struct intake *intake)
{
    intake->holding = false;
    for (size_t i = 0; i < intake->doubt_count;) {
        struct intake_doubt *doubt = &intake->doubts[i];
        if (is_lately(intake, doubt->fell) || is_lately(intake, doubt->returned)) {
            i++;
            continue;
        }
        series_at(&intake->table, doubt->index)->note = 0;
        *doubt = intake->doubts[--intake->doubt_count];
        if (i < intake->doubt_count)
            series_at(&intake->table, doubt->index)->note = (uint16_t)(i + 1);
    }
}

static uint32_t process_of(struct intake *intake, uint64_t hash)
{
    for (size_t i = 0; i < intake->process_count; i++)
        if (intake->processes[i].hash == hash)
            return (uint32_t)i + 1;
    if (intake->process_count == PROCESSES_MAX)
        return 0;
    LIST_PUSH(intake->tallies.arena, intake->processes, intake->process_count,
              intake->process_capacity) =
        (struct intake_process){.hash = hash, .first = intake->tallies.round};
    return (uint32_t)intake->process_count;
}

/* Of a group that a gateway keeps the job alone says which it is; of a program's own it may be one
 * of its jobs. */
void intake_see_labels(struct intake *intake, size_t index, struct str name,
                       const struct label *labels, size_t count)
{
    struct scraped_series *own = scraped_at(intake, index);
    bool is_one = false;
    uint64_t hash = identity_hash(labels, count, IDENTITY_OF_PAGE, &is_one);
    own->process = hash != 0 && (is_one || intake->gathers) ? process_of(intake, hash) : 0;
    if (own->process != 0 && own->series.scrape != 0)
        intake->processes[own->process - 1].first = 0; /* it was there before */
    intake->seen_of = identity_of_made(name, labels, count);
}

void intake_note_first(struct intake *intake, size_t index, double value)
{
    if (intake->first_count == FIRSTS_MAX)
        return;
    LIST_PUSH(intake->tallies.arena, intake->firsts, intake->first_count, intake->first_capacity) =
        (struct intake_first){.index = index, .value = value, .made_of = intake->seen_of};
}

bool intake_wants_created(const struct intake *intake, struct str name)
{
    return intake->first_count > 0 && str_ends(name, "_created");
}

void intake_take_created(struct intake *intake, struct str name, const struct label *labels,
                         size_t count, double value)
{
    uint64_t made_of = identity_of_made(name, labels, count);
    for (size_t i = 0; i < intake->first_count; i++)
        if (intake->firsts[i].made_of == made_of)
            intake->firsts[i].created_s = value;
}

/* Are there several processes on the page, so that one may have joined that runs for long? */
static bool is_of_several(const struct intake *intake, uint32_t process)
{
    uint32_t round = intake->tallies.round;
    if (process == 0)
        return false;
    for (size_t i = 0; i < intake->process_count; i++)
        if (i + 1 != process && intake->processes[i].first != round &&
            intake->processes[i].last == round)
            return true;
    return intake->gathers;
}

static bool is_new(const struct intake *intake, const struct intake_first *first)
{
    uint32_t process = scraped_at(intake, first->index)->process;
    bool several = is_of_several(intake, process);
    double since_s = (double)intake->since.us / 1e6;
    if (first->created_s > 0 && first->created_s >= since_s)
        return true;
    if (first->created_s > 0 && (several || first->created_s < since_s - CREATED_MS / 1000.0))
        return false;
    return !several || intake->processes[process - 1].first != intake->tallies.round;
}

static void add(const struct series_uses *uses, double more)
{
    for (size_t i = 0; i < uses->count; i++) {
        const struct series_use *use = &uses->items[i];
        if (use->kind == SIGNAL_QUANTILE)
            use->tally->edges[use->index].sum += more;
        else if (!series_use_is_gauge(use))
            use->tally->sum[use->part] += more;
    }
}

void intake_settle_firsts(struct intake *intake)
{
    for (size_t i = 0; i < intake->first_count; i++) {
        const struct intake_first *first = &intake->firsts[i];
        if (is_new(intake, first))
            add(series_at(&intake->table, first->index)->uses, first->value);
    }
    intake->first_count = 0;
}

/* NULL: there is no room. */
static struct intake_doubt *doubt_of(struct intake *intake, size_t index, bool make)
{
    struct series *series = series_at(&intake->table, index);
    if (series->note == 0 && make && intake->doubt_count < DOUBTS_MAX) {
        LIST_PUSH(intake->tallies.arena, intake->doubts, intake->doubt_count,
                  intake->doubt_capacity) = (struct intake_doubt){.index = index};
        series->note = (uint16_t)intake->doubt_count;
    }
    return series->note == 0 ? NULL : &intake->doubts[series->note - 1];
}

static void mark(struct intake *intake, const struct series_uses *uses, bool holds)
{
    for (size_t i = 0; i < uses->count; i++) {
        struct tallied *tally = uses->items[i].tally;
        if (series_use_is_gauge(&uses->items[i]))
            continue;
        if (holds)
            tally->held = intake->tallies.round;
        else
            tally->conflict = intake->tallies.round;
    }
    intake->holding = intake->holding || holds;
}

static double fall(struct intake *intake, struct intake_doubt *doubt, double last, double value)
{
    double more = doubt->held; /* it fell again, below: a process that ends again and again */
    bool further = is_lately(intake, doubt->fell) && value < doubt->low;
    bool returned = is_lately(intake, doubt->returned);
    if (!further || returned)
        doubt->high = last;
    if (!returned)
        doubt->returns = 0;
    doubt->low = value;
    doubt->held = 0;
    doubt->fell = intake->tallies.round;
    doubt->was_held = returned || (value > SMALL && value * 10 >= last);
    if (!doubt->was_held)
        return more + (value > 0 ? value : 0);
    doubt->held = value;
    mark(intake, series_at(&intake->table, doubt->index)->uses, true);
    return more;
}

static double rise(struct intake *intake, struct intake_doubt *doubt, double last, double value)
{
    double more = value - last + doubt->held;
    doubt->held = 0;
    if (!is_lately(intake, doubt->fell) || value < doubt->high || last >= doubt->high ||
        (!doubt->was_held && doubt->high < GROWS_BACK))
        return more;
    doubt->returns++;
    doubt->returned = intake->tallies.round;
    more = value - doubt->high;
    doubt->high = value;
    return more;
}

double intake_doubt(struct intake *intake, size_t index, double value, struct str shown)
{
    const struct series *series = series_at(&intake->table, index);
    double last = series->last;
    double whole = value > 0 ? value : 0;
    struct intake_doubt *doubt = doubt_of(intake, index, value < last);
    if (!doubt)
        return value < last ? whole : value - last;
    double more =
        value < last ? fall(intake, doubt, last, value) : rise(intake, doubt, last, value);
    if (doubt->returns < 2 || !is_lately(intake, doubt->returned))
        return more;
    mark(intake, series->uses, false);
    char why[TALLY_WHY_BYTES];
    (void)snprintf(why, sizeof why,
                   "%.*s goes back and forth, as when two processes answer by turns behind one "
                   "address: it is not read; make each of them a target",
                   STR_ARGS(str_cut(shown, 100)));
    tallies_say(&intake->tallies, series->uses, why);
    if (intake->tallies.problem[0] == '\0')
        str_keep(intake->tallies.problem, sizeof intake->tallies.problem, str_of(why));
    return 0;
}

bool intake_holds(const struct intake *intake, size_t signal)
{
    const struct tallied *items = &intake->tallies.items[signal * ALTERNATIVES_MAX];
    size_t count = intake->tallies.signals->items[signal].alternative_count;
    for (size_t a = 0; intake->holding && a < count; a++)
        if (items[a].held == intake->tallies.round && items[a].conflict != intake->tallies.round)
            return true;
    return false;
}
