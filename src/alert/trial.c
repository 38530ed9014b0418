/* trial.c - a clock, targets that are made of text, and the machine of the live core behind them.
 */
#include "alert/trial.h"

#include "alert/lost.h"

#include <math.h>

enum { ROUNDS_MAX = 8 };

struct target {
    struct str name;
    struct intake intake;
    bool shown; /* has a value at this scrape */
};

struct play {
    const struct trial *trial;
    struct arena kept, turn;
    struct target *targets;
    size_t target_count, target_capacity;
    size_t *target_of; /* of each series */
    char *carry;
    struct reading *readings;
    struct telemetry telemetry;
    struct alerts alerts;
    struct evaluation *evaluations;
};

static struct instant instant_of(int64_t at_ms)
{
    return (struct instant){TRIAL_BEGIN_US + at_ms * 1000};
}

static size_t target_named(struct play *play, struct str name)
{
    for (size_t i = 0; i < play->target_count; i++)
        if (str_equal(play->targets[i].name, name))
            return i;
    LIST_PUSH(&play->kept, play->targets, play->target_count, play->target_capacity) =
        (struct target){.name = name};
    return play->target_count - 1;
}

/* Intakes are known by their address: only when there are all targets. */
static void make_targets(struct play *play)
{
    const struct trial *trial = play->trial;
    play->target_of = arena_array(&play->kept, trial->series_count + 1, sizeof *play->target_of);
    for (size_t i = 0; i < trial->series_count; i++)
        play->target_of[i] = target_named(play, trial->series[i].target);
    for (size_t i = 0; i < play->target_count; i++) {
        intake_init(&play->targets[i].intake, &play->kept, trial->signals, play->targets[i].name);
        play->targets[i].intake.as_written = true;
    }
}

static void init(struct play *play, const struct trial *trial)
{
    *play = (struct play){.trial = trial};
    arena_init(&play->kept);
    arena_init(&play->turn);
    telemetry_init(&play->telemetry, &play->kept);
    alerts_init(&play->alerts, &play->kept);
    rules_retain(trial->rules, &play->telemetry);
    play->carry = arena_alloc(&play->kept, LIMIT_SCRAPE_LINE_BYTES);
    play->readings = arena_array(&play->kept, trial->signals->count + 1, sizeof *play->readings);
    play->evaluations =
        arena_array(&play->kept, trial->rules->count + 1, sizeof *play->evaluations);
    make_targets(play);
}

static void done(struct play *play)
{
    alerts_done(&play->alerts);
    telemetry_done(&play->telemetry);
    arena_done(&play->turn);
    arena_done(&play->kept);
}

/* Is it what a gauge of a signal is read from? */
static bool is_gauge(const struct signals *signals, struct str series)
{
    struct str name = str_slice(series, 0, exposition_name_length(series));
    for (size_t i = 0; i < signals->count; i++) {
        const struct signal *signal = &signals->items[i];
        bool gauge = signal->kind == SIGNAL_GAUGE || signal->kind == SIGNAL_GAUGE_RATIO;
        for (size_t a = 0; gauge && a < signal->alternative_count; a++)
            for (size_t part = 0; part < signal->alternatives[a].part_count; part++)
                if (str_equal(signal->alternatives[a].parts[part].metric, name))
                    return true;
    }
    return false;
}

/* What the series shows at a step; a gauge that ends there is no number, as in Prometheus. */
static bool find_value(const struct play *play, const struct trial_series *series, size_t step,
                       double *out_value)
{
    if (step >= series->count || series->values[step].shown == SHOWN_NOTHING)
        return false;
    bool ends = series->values[step].shown == SHOWN_STALE;
    *out_value = ends ? NAN : series->values[step].value;
    return !ends || is_gauge(play->trial->signals, series->text);
}

/* The page of metrics that the target shows at a step; "" when it shows nothing. */
static struct str page_of(struct play *play, size_t target, size_t step)
{
    const struct trial *trial = play->trial;
    struct text page;
    text_init(&page, &play->turn, LIMIT_SCRAPE_BYTES);
    for (size_t i = 0; i < trial->series_count; i++) {
        const struct trial_series *series = &trial->series[i];
        double value;
        if (play->target_of[i] != target || !find_value(play, series, step, &value))
            continue;
        text_add(&page, series->text);
        text_byte(&page, ' ');
        if (isnan(value))
            text_adds(&page, "NaN");
        else if (isinf(value))
            text_adds(&page, value > 0 ? "+Inf" : "-Inf");
        else
            text_real(&page, value);
        text_byte(&page, '\n');
    }
    return text_str(&page);
}

static bool tell_status(struct play *play, const struct target *target, struct instant at,
                        struct err *err)
{
    struct str problem = str_of(target->intake.tallies.problem);
    struct target_status status = {.name = target->name,
                                   .at = at,
                                   .interval_ms = play->trial->interval_ms,
                                   .up = target->shown,
                                   .problem = target->shown ? problem : STR("shows no series now")};
    return telemetry_fold_line(&play->telemetry, &play->turn,
                               target_status_write(&play->turn, &status), err);
}

static bool scrape(struct play *play, size_t number, int64_t at_ms, struct err *err)
{
    const struct trial *trial = play->trial;
    struct target *target = &play->targets[number];
    struct instant at = instant_of(at_ms);
    struct exposition reader;
    struct str page = page_of(play, number, (size_t)(at_ms / trial->interval_ms));
    target->shown = page.n > 0;
    if (!target->shown)
        return tell_status(play, target, at, err);
    intake_begin(&target->intake, at, trial->interval_ms);
    exposition_init(&reader, &target->intake.use, play->carry);
    if (!exposition_feed(&reader, page, err) || !exposition_end(&reader, err))
        return false;
    size_t count = intake_finish(&target->intake, &play->turn, trial->interval_ms, play->readings);
    count += intake_ended(&target->intake, &play->turn, trial->interval_ms, play->readings + count);
    for (size_t i = 0; i < count; i++)
        if (!telemetry_fold(&play->telemetry, &play->readings[i], err))
            return false;
    return tell_status(play, target, at, err);
}

static void look(struct play *play, int64_t at_ms)
{
    const struct trial *trial = play->trial;
    struct instant now = instant_of(at_ms);
    for (size_t i = 0; i < trial->rules->count; i++)
        play->evaluations[i] = lost_evaluate(&play->turn, &trial->rules->items[i], &play->telemetry,
                                             &play->alerts, now);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        struct event_list events = {.arena = &play->turn};
        alert_decide(&play->alerts, trial->rules, play->evaluations, now, &events);
        for (size_t i = 0; i < events.count; i++)
            alert_fold(&play->alerts, &events.items[i]);
        if (events.count == 0)
            break;
    }
    struct trial_look said = {at_ms, play->evaluations, &play->alerts};
    trial->looked(trial->context, &said);
}

/* At one instant targets are read before rules are looked at. */
static bool run(struct play *play, struct err *err)
{
    const struct trial *trial = play->trial;
    int64_t scrape_ms = 0;
    int64_t look_ms = 0;
    while (look_ms <= trial->until_ms) {
        for (size_t i = 0; scrape_ms <= look_ms && i < play->target_count; i++)
            if (!scrape(play, i, scrape_ms, err))
                return false;
        if (scrape_ms <= look_ms) {
            scrape_ms += trial->interval_ms;
        } else {
            look(play, look_ms);
            look_ms += trial->step_ms;
        }
        arena_reset(&play->turn);
    }
    return true;
}

bool trial_run(const struct trial *trial, struct err *err)
{
    if (trial->interval_ms <= 0 || trial->step_ms <= 0)
        return err_set(err, ERR_USAGE, NULL, "an interval must be longer than nothing");
    int64_t ticks = trial->until_ms / trial->step_ms + trial->until_ms / trial->interval_ms;
    if (ticks > TRIAL_TICKS_MAX)
        return err_set(err, ERR_USAGE, NULL,
                       "the test looks and scrapes %lld times, more than %d; make its intervals "
                       "longer",
                       (long long)ticks, TRIAL_TICKS_MAX);
    struct play *play = NULL;
    struct arena arena;
    arena_init(&arena);
    play = arena_make(&arena, struct play);
    init(play, trial);
    bool good = run(play, err);
    done(play);
    arena_done(&arena);
    return good;
}
