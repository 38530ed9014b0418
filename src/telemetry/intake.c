/* intake.c - which lines are wanted, and what became of each. */
#include "telemetry/intake_internal.h"

#include <math.h>
#include <stdio.h>

enum { STALE_LEAST_MS = 5000 };

int64_t stale_after_ms(int64_t interval_ms)
{
    int64_t three = 3 * interval_ms;
    return three > STALE_LEAST_MS ? three : STALE_LEAST_MS;
}

int64_t reading_holds_ms(const struct reading *reading)
{
    int64_t stale_ms = stale_after_ms(reading->interval_ms);
    return reading->slot_ms > stale_ms ? reading->slot_ms : stale_ms;
}

int64_t sample_oldest_ms(int64_t interval_ms)
{
    int64_t stale_ms = stale_after_ms(interval_ms);
    return stale_ms > LIMIT_PUSH_PAST_MS ? stale_ms : LIMIT_PUSH_PAST_MS;
}

bool sample_is_of_now(struct instant at, struct instant now, int64_t oldest_ms)
{
    return at.us >= now.us - oldest_ms * 1000 && at.us <= now.us + LIMIT_PUSH_FUTURE_MS * 1000;
}

void sample_say_stamp(struct text *text, struct instant at, struct instant now)
{
    struct arena scratch;
    arena_init(&scratch);
    bool ahead = at.us > now.us;
    double us = (double)now.us - (double)at.us;
    double most_us = 1e18; /* 30,000 years */
    us = ahead ? -us : us;
    us = us > most_us ? most_us : us;
    text_printf(text, "has a timestamp of %s %s, so that it says nothing of now",
                duration_text(&scratch, (int64_t)us / 1000).p, ahead ? "ahead" : "ago");
    arena_done(&scratch);
}

static bool wants(void *context, struct str name);
static bool take(void *context, const struct sample *sample, struct err *err);
static size_t recognise(void *context, struct str line);

static void stands(void *context, struct str name)
{
    struct intake *intake = context;
    tallies_refuse_standing(&intake->tallies, name);
}

void intake_init(struct intake *intake, struct arena *arena, const struct signals *signals,
                 struct str target)
{
    *intake = (struct intake){.use = {intake, wants, take, recognise, stands}};
    tallies_init(&intake->tallies, arena, signals, target);
    series_init(&intake->table, arena, LIMIT_SERIES_PER_TARGET, sizeof(struct scraped_series));
}

void intake_begin(struct intake *intake, struct instant at, int64_t interval_ms)
{
    intake_settle_firsts(intake); /* of a scrape that was given up */
    intake->tallies.round++;
    intake_begin_doubts(intake);
    intake->next = 0;
    intake->seen = 0;
    intake->whole = false;
    intake->at = at;
    intake->oldest_ms = sample_oldest_ms(interval_ms);
    intake->tallies.problem[0] = intake->tallies.odd[0] = '\0';
    intake->once = false;
    int64_t gap_ms = instant_ms_between(intake->since, at);
    /* Before the last scrape: the wall clock was set back. */
    intake->baseline =
        instant_is_zero(intake->since) || gap_ms < 0 || gap_ms > stale_after_ms(interval_ms);
    if (!intake->baseline)
        return;
    intake->since = (struct instant){0};
    tallies_clear(&intake->tallies);
}

static bool wants(void *context, struct str name)
{
    struct intake *intake = context;
    intake->wanted = tallies_find(&intake->tallies, name);
    intake->gathers = intake->gathers || (!intake->wanted && str_is(name, "push_time_seconds"));
    return intake->wanted || intake_wants_created(intake, name);
}

/* Exporters keep their order: the line after a known series' is most often the next one's. */
static size_t recognise(void *context, struct str line)
{
    const struct intake *intake = context;
    if (intake->next >= intake->table.count)
        return 0;
    const struct series *series = series_at(&intake->table, intake->next);
    size_t n = series->text_bytes;
    if (n == 0 || line.n <= n || !byte_is_blank(line.p[n]))
        return 0;
    if (line.p[n - 1] != '}' && str_find_byte(line, '{', n) < line.n)
        return 0; /* labels may follow a blank */
    return series_hash(str_slice(line, 0, n)) == series->hash ? n : 0;
}

/* A text never seen: which signals want it, and is it a known series in another order? */
static bool learn(struct intake *intake, uint64_t hash, const struct sample *sample,
                  size_t *out_index, struct err *err)
{
    struct arena scratch;
    arena_init(&scratch);
    struct label labels[LABELS_MAX + 1];
    size_t count = 0;
    char place[32];
    struct err inner = {0};
    (void)snprintf(place, sizeof place, "line %lld", (long long)sample->line);
    bool parsed = exposition_parse_labels(&scratch, sample->labels, labels, &count, &inner);
    bool added = parsed && series_add(&intake->table, series_identity(sample->name, labels, count),
                                      hash, out_index);
    if (!parsed)
        (void)err_set(err, ERR_OUTSIDE, place,
                      "%s of the metrics is not readable: %s; correct the exporter", place,
                      inner.text);
    else if (!added)
        (void)err_set(
            err, ERR_OUTSIDE, place,
            "more than %d series of the metrics in use; narrow the selectors under signals: in "
            "reeve.yaml",
            LIMIT_SERIES_PER_TARGET);
    if (added) {
        struct series *series = series_at(&intake->table, *out_index);
        series->text_bytes = sample->text.n > UINT16_MAX ? 0 : (uint16_t)sample->text.n;
        if (!series->uses)
            series->uses =
                tallies_uses(&intake->tallies, &intake->table, intake->wanted, labels, count);
        intake_see_labels(intake, *out_index, sample->name, labels, count);
    }
    arena_done(&scratch);
    return added;
}

static struct str shown_name(struct str text)
{
    size_t n = exposition_name_length(text);
    if (n == 0) /* the name stands in the braces */
        n = text.n;
    return str_cut(str_slice(text, 0, n), 120);
}

static double increment(struct intake *intake, size_t index, const struct sample *sample)
{
    const struct series *series = series_at(&intake->table, index);
    double value = sample->value;
    if (intake->baseline || !isfinite(series->last) || !counts(series->uses))
        return 0;
    if (series->scrape == 0 && !intake->as_written) {
        intake_note_first(intake, index, value > 0 ? value : 0);
        return 0;
    }
    if (series->scrape == 0 || (intake->as_written && value < series->last))
        return value > 0 ? value : 0;
    if (series->note != 0 || value < series->last)
        return intake_doubt(intake, index, value, shown_name(sample->text));
    return value - series->last;
}

/* What is wrong with a series, said of its signals; the first of all stands beside the target. */
static void say(struct intake *intake, const struct series_uses *uses, const char *why,
                char *out_first, size_t room)
{
    tallies_say(&intake->tallies, uses, why);
    if (out_first[0] == '\0')
        str_keep(out_first, room, str_of(why));
}

/* Is it said of all of them in this round? Then nothing has to be written for it. */
static bool is_said(const struct intake *intake, const struct series_uses *uses)
{
    for (size_t i = 0; i < uses->count; i++)
        if (uses->items[i].tally->said != intake->tallies.round)
            return false;
    return true;
}

/* Two values of one series. */
static void refuse_second(struct intake *intake, const struct series *series,
                          const struct sample *sample)
{
    char why[TALLY_WHY_BYTES];
    for (size_t i = 0; i < series->uses->count; i++) {
        struct tallied *tally = series->uses->items[i].tally;
        tally->conflict = tally->odd = intake->tallies.round;
    }
    if (intake->once)
        intake->tallies.problem[0] = '\0';
    intake->once = false;
    if (is_said(intake, series->uses))
        return;
    (void)snprintf(why, sizeof why,
                   "%.*s stands twice with the same labels and two values, %.6g and %.6g "
                   "(line %lld): neither counts; correct the exporter",
                   STR_ARGS(shown_name(sample->text)), series->last, sample->value,
                   (long long)sample->line);
    say(intake, series->uses, why, intake->tallies.problem, sizeof intake->tallies.problem);
}

/* A value that is no measurement of now. What a counter grows by from here on is known when it is
 * seen with a number. */
static void take_odd(struct intake *intake, struct series *series, const struct sample *sample,
                     bool of_now)
{
    double value = of_now ? sample->value : INFINITY; /* of a gauge, too, nothing is known then */
    for (size_t i = 0; i < series->uses->count; i++)
        tallies_apply_odd(&intake->tallies, &series->uses->items[i], value);
    series->last = value;
    series->scrape = intake->tallies.round;
    if (is_said(intake, series->uses))
        return;
    struct text why;
    struct arena scratch;
    arena_init(&scratch);
    text_init(&why, &scratch, TALLY_WHY_BYTES - 1);
    text_printf(&why, "%.*s ", STR_ARGS(shown_name(sample->text)));
    if (!of_now)
        sample_say_stamp(&why, sample->at, intake->at);
    else
        text_printf(&why, "is %s", isnan(value) ? "NaN" : "infinite");
    text_printf(&why, " (line %lld)%s", (long long)sample->line,
                of_now ? ", which is no measurement" : "; look why its exporter is behind");
    say(intake, series->uses, text_str(&why).p, intake->tallies.odd, sizeof intake->tallies.odd);
    arena_done(&scratch);
}

/* When a series was made. */
static bool take_created(struct intake *intake, const struct sample *sample, struct err *err)
{
    struct arena scratch;
    arena_init(&scratch);
    struct label labels[LABELS_MAX];
    size_t count = 0;
    bool good = exposition_parse_labels(&scratch, sample->labels, labels, &count, err);
    if (good)
        intake_take_created(intake, sample->name, labels, count, sample->value);
    arena_done(&scratch);
    return good;
}

static bool take(void *context, const struct sample *sample, struct err *err)
{
    struct intake *intake = context;
    size_t index = intake->next;
    if (sample->name.n > 0 && !intake->wanted)
        return take_created(intake, sample, err);
    if (sample->name.n > 0) { /* not recognised */
        uint64_t hash = series_hash(sample->text);
        index = series_find(&intake->table, hash);
        if (index == intake->table.count && !learn(intake, hash, sample, &index, err))
            return false;
    }
    intake->next = index + 1;
    intake->seen++;
    struct series *series = series_at(&intake->table, index);
    uint32_t process = scraped_at(intake, index)->process;
    if (series->uses->count == 0)
        return true;
    if (process != 0)
        intake->processes[process - 1].last = intake->tallies.round;
    bool again = series->scrape == intake->tallies.round;
    bool of_now =
        !sample->is_stamped || sample_is_of_now(sample->at, intake->at, intake->oldest_ms);
    if (!isfinite(sample->value) || !of_now) {
        take_odd(intake, series, sample, of_now);
        return true;
    }
    if (again && sample->value != series->last) {
        refuse_second(intake, series, sample);
        return true;
    }
    if (again) {
        intake->once = intake->once || intake->tallies.problem[0] == '\0';
        if (intake->tallies.problem[0] == '\0')
            (void)snprintf(intake->tallies.problem, sizeof intake->tallies.problem,
                           "%.*s stands twice with the same labels (line %lld); it counts once",
                           STR_ARGS(shown_name(sample->text)), (long long)sample->line);
        return true;
    }
    double more = increment(intake, index, sample);
    tallies_apply(&intake->tallies, series->uses, sample->value, more);
    series->last = sample->value;
    series->scrape = intake->tallies.round;
    return true;
}

/* As tallies_read_signal; why there is none is of this signal, beside what is of the target. */
static bool read_signal(struct intake *intake, size_t signal, struct reading *reading)
{
    char former[sizeof intake->tallies.problem];
    memcpy(former, intake->tallies.problem, sizeof former);
    intake->tallies.problem[0] = '\0';
    bool found = tallies_read_signal(&intake->tallies, signal, reading);
    if (!found && intake->tallies.problem[0] != '\0') {
        if (!intake->reasons)
            intake->reasons = arena_array(intake->tallies.arena, intake->tallies.signals->count,
                                          sizeof *intake->reasons);
        intake->reasons[signal].round = intake->tallies.round;
        str_keep(intake->reasons[signal].text, TALLY_WHY_BYTES, str_of(intake->tallies.problem));
    }
    if (former[0] != '\0')
        memcpy(intake->tallies.problem, former, sizeof former);
    return found;
}

void intake_say_reasons(const struct intake *intake, struct arena *arena,
                        struct target_status *out_status)
{
    const struct signals *signals = intake->tallies.signals;
    struct target_reason *reasons = arena_array(arena, signals->count + 1, sizeof *reasons);
    out_status->problem = str_of(intake->tallies.problem);
    out_status->of_metric = out_status->problem.n > 0;
    out_status->reasons = reasons;
    out_status->reason_count = 0;
    for (size_t i = 0; i < signals->count && intake->reasons; i++)
        if (intake->reasons[i].round == intake->tallies.round)
            reasons[out_status->reason_count++] =
                (struct target_reason){signals->items[i].name, str_of(intake->reasons[i].text)};
}

size_t intake_finish(struct intake *intake, struct arena *out_arena, int64_t interval_ms,
                     struct reading *out_readings)
{
    size_t count = 0;
    intake_settle_firsts(intake);
    for (size_t i = 0; i < intake->tallies.signals->count; i++) {
        struct reading *reading = &out_readings[count];
        const struct signal *signal = &intake->tallies.signals->items[i];
        *reading = (struct reading){.at = intake->at,
                                    .since = intake->since,
                                    .interval_ms = interval_ms,
                                    .kind = signal->kind};
        if (intake_holds(intake, i) || !read_signal(intake, i, reading))
            continue;
        reading->signal = str_copy(out_arena, signal->name);
        reading->target = str_copy(out_arena, intake->tallies.target);
        reading_copy_series(out_arena, reading);
        count++;
    }
    tallies_note_left_out(&intake->tallies);
    intake->since = intake->at;
    intake->whole = true;
    return count;
}

size_t intake_ended(const struct intake *intake, struct arena *out_arena, int64_t interval_ms,
                    struct reading *out_readings)
{
    const struct signals *signals = intake->tallies.signals;
    size_t count = 0;
    for (size_t i = 0; i < signals->count && intake->reasons; i++)
        if (intake->reasons[i].round == intake->tallies.round &&
            tallies_are_odd(&intake->tallies, i))
            out_readings[count++] =
                (struct reading){.signal = str_copy(out_arena, signals->items[i].name),
                                 .target = str_copy(out_arena, intake->tallies.target),
                                 .at = intake->at,
                                 .interval_ms = interval_ms,
                                 .kind = signals->items[i].kind,
                                 .ended = str_copy(out_arena, str_of(intake->reasons[i].text))};
    return count;
}

bool intake_is_crowded(const struct intake *intake)
{
    const struct series_table *table = &intake->table;
    bool crowded = table->count * 4 >= table->max * 3 && intake->seen * 4 <= table->count * 3;
    crowded = crowded || tallies_are_crowded(&intake->tallies);
    return crowded && intake->whole;
}
