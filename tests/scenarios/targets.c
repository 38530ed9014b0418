/* targets.c - targets that show what the scenario says, and the collector that reads them: the
 * text goes through the product's own reader, selectors and lines. */
#include "scenario.h"

#include <math.h>

enum { BODY_BYTES_MAX = 4 << 20 };

void targets_make(struct scenario *scenario)
{
    const struct config *config = &scenario->config;
    struct targets *targets = &scenario->targets;
    struct watched *items =
        arena_array(&scenario->arena, config->target_count + 1, sizeof *targets->items);
    for (size_t i = 0; i < config->target_count; i++) {
        const struct watched *known = targets_find(scenario, config->targets[i].name);
        if (known) /* what it shows is not Reeve's to change */
            items[i] = *known;
        items[i].name = config->targets[i].name;
        items[i].interval_ms = config->targets[i].every_ms;
    }
    targets->items = items;
    targets->count = config->target_count;
    targets->carry = arena_alloc(&scenario->arena, LIMIT_SCRAPE_LINE_BYTES);
}

struct watched *targets_find(struct scenario *scenario, struct str name)
{
    for (size_t i = 0; i < scenario->targets.count; i++)
        if (str_equal(scenario->targets.items[i].name, name))
            return &scenario->targets.items[i];
    return NULL;
}

static double value_now(const struct shown_series *series, int64_t now_ms)
{
    return series->value + series->rate * (double)(now_ms - series->since_ms) / 1000;
}

/* Brings the value up to now, so that it can be changed. */
static struct shown_series *touch_series(struct scenario *scenario, struct watched *target,
                                         struct str name)
{
    for (size_t i = 0; i < target->series_count; i++) {
        struct shown_series *series = &target->series[i];
        if (!str_equal(series->name, name))
            continue;
        series->value = value_now(series, scenario->boot_ms);
        series->since_ms = scenario->boot_ms;
        return series;
    }
    struct shown_series *series =
        &LIST_PUSH(&scenario->arena, target->series, target->series_count, target->series_capacity);
    *series = (struct shown_series){.name = str_copy(&scenario->arena, name),
                                    .since_ms = scenario->boot_ms};
    return series;
}

/* "+5/s", "-2/min", "300/h": a second. */
static bool read_rate(struct str text, double *out_rate)
{
    static const struct {
        const char *end;
        double seconds;
    } units[] = {{"/s", 1}, {"/min", 60}, {"/h", 3600}};
    struct str number = str_starts(text, "+") ? str_from(text, 1) : text;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        double value;
        size_t n = strlen(units[i].end);
        if (!str_ends(text, units[i].end) || number.n <= n ||
            !str_real(str_slice(number, 0, number.n - n), &value))
            continue;
        *out_rate = value / units[i].seconds;
        return true;
    }
    return false;
}

static bool change_series(struct shown_series *series, struct str text)
{
    bool by = text.n > 0 && (text.p[0] == '+' || text.p[0] == '-');
    double value;
    double rate;
    series->gone = str_is(text, "gone");
    if (series->gone)
        return true;
    if (read_rate(text, &rate)) {
        series->rate = rate;
        return true;
    }
    if (by && str_real(str_from(text, 1), &value)) {
        series->value += text.p[0] == '+' ? value : -value;
        return true;
    }
    if (!exposition_parse_value(text, &value))
        return false;
    series->value = value;
    series->rate = 0;
    return true;
}

bool targets_sample(struct scenario *scenario, struct watched *target, const struct line *line,
                    size_t at, struct err *err)
{
    if (at + 1 >= line->word_count)
        return scenario_bad(scenario, &line->words[line->word_count - 1], err,
                            "Behind the series stands its value: 12, +5 or +5/s, or \"gone\".");
    struct shown_series *series = touch_series(scenario, target, line->words[at].text);
    for (size_t i = at + 1; i < line->word_count; i++)
        if (!change_series(series, line->words[i].text))
            return scenario_bad(scenario, &line->words[i], err,
                                "\"%.*s\" is no value: write 12, +5, +5/s, +300/min or gone.",
                                STR_ARGS(line->words[i].text));
    target->problem = STR("");
    target->body = (struct str){0};
    return true;
}

/* Whole numbers, as exporters count: what grows by 5 an hour is 0 for 12 minutes, then 1. */
static bool is_counter(struct str series)
{
    struct str name = str_slice(series, 0, str_find_byte(series, '{', 0));
    return str_ends(name, "_total") || str_ends(name, "_count") || str_ends(name, "_bucket");
}

static double shown_value(const struct shown_series *series, int64_t now_ms)
{
    double value = value_now(series, now_ms);
    return is_counter(series->name) ? floor(value + 1e-6) : value;
}

static struct str write_body(struct arena *arena, const struct watched *target, int64_t now_ms)
{
    struct text text;
    text_init(&text, arena, BODY_BYTES_MAX);
    for (size_t i = 0; i < target->series_count; i++) {
        const struct shown_series *series = &target->series[i];
        if (series->gone)
            continue;
        text_add(&text, series->name);
        text_byte(&text, ' ');
        text_real(&text, shown_value(series, now_ms));
        text_byte(&text, '\n');
    }
    return text_str(&text);
}

/* A target that nobody has said anything of is not there. */
static bool read_target(struct scenario *scenario, struct watched *target, struct arena *arena,
                        struct err *err)
{
    struct exposition reader;
    struct str body = target->body;
    if (target->problem.n > 0)
        return err_set(err, ERR_OUTSIDE, NULL, "%.*s", STR_ARGS(target->problem));
    if (!body.p && target->series_count == 0)
        return err_set(err, ERR_OUTSIDE, NULL, "it cannot be reached: Connection refused");
    if (!body.p)
        body = write_body(arena, target, scenario->boot_ms);
    intake_begin(target->intake, scenario_now(scenario), target->interval_ms);
    exposition_init(&reader, &target->intake->use, scenario->targets.carry);
    return exposition_feed(&reader, body, err) && exposition_end(&reader, err);
}

static bool send_up(struct scenario *scenario, struct str line, struct err *err)
{
    struct arena scratch;
    arena_init(&scratch);
    bool good = telemetry_fold_line(&scenario->core.world.telemetry, &scratch, line, err);
    arena_done(&scratch);
    return good;
}

/* One try, as the collector does it: readings, then how the target is. */
static bool scrape(struct scenario *scenario, struct watched *target, struct err *err)
{
    struct targets *targets = &scenario->targets;
    struct arena turn;
    struct err problem = {0};
    arena_init(&turn);
    bool up = read_target(scenario, target, &turn, &problem);
    struct reading *readings =
        arena_array(&turn, targets->spec.signals.count + 1, sizeof *readings);
    size_t count = up ? intake_finish(target->intake, &turn, target->interval_ms, readings) : 0;
    if (up)
        count += intake_ended(target->intake, &turn, target->interval_ms, readings + count);
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        struct str line = str_copy(&scenario->arena, reading_write(&turn, &readings[i]));
        LIST_PUSH(&scenario->arena, targets->history, targets->history_count,
                  targets->history_capacity) = (struct kept_line){readings[i].at, line};
        good = send_up(scenario, line, err);
    }
    struct target_status status = {.name = target->name,
                                   .at = scenario_now(scenario),
                                   .interval_ms = target->interval_ms,
                                   .up = up,
                                   .problem =
                                       str_of(up ? target->intake->tallies.problem : problem.text)};
    good = good && send_up(scenario, target_status_write(&turn, &status), err);
    arena_done(&turn);
    return good;
}

bool targets_scrape(struct scenario *scenario, struct err *err)
{
    for (size_t i = 0; i < scenario->targets.count; i++) {
        struct watched *target = &scenario->targets.items[i];
        if (!target->intake || scenario->boot_ms < target->next_ms)
            continue;
        if (!scrape(scenario, target, err))
            return false;
        target->next_ms = scenario->boot_ms + target->interval_ms;
    }
    return true;
}

/* Counters go on only where the same signals are looked at as before; of what was kept, nothing
 * goes up that the wall clock has not reached. */
bool targets_open(struct scenario *scenario, struct err *err)
{
    struct targets *targets = &scenario->targets;
    struct arena *arena = &scenario->arena;
    struct str line =
        compose_collector_spec(arena, &scenario->core.world, &scenario->config, STR(""));
    if (!collector_spec_parse(arena, str_trim(line), &targets->spec, err))
        return false;
    bool same = hash_equal(&targets->signals_digest, &targets->spec.signals_digest);
    targets->signals_digest = targets->spec.signals_digest;
    for (size_t i = 0; i < targets->count; i++) {
        struct watched *target = &targets->items[i];
        target->intake = arena_make(arena, struct intake);
        intake_init(target->intake, arena, &targets->spec.signals, target->name);
        if (same)
            intake_restore(target->intake, target->saved);
        target->next_ms = scenario->boot_ms;
    }
    for (size_t i = 0; i < targets->history_count; i++)
        if (!instant_before(scenario_now(scenario), targets->history[i].at) &&
            !send_up(scenario, targets->history[i].text, err))
            return false;
    return true;
}

void targets_close(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->targets.count; i++) {
        struct watched *target = &scenario->targets.items[i];
        if (target->intake)
            target->saved = intake_save(target->intake, &scenario->arena);
        target->intake = NULL;
    }
}
