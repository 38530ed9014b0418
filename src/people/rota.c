/* rota.c - from instants to shifts of a layer, by its wall clock. */
#include "people/rota.h"

enum {
    WEEK_DAYS = 7,
    THURSDAY = 4,
    DAYS_BACK = 9,
    DAYS_AHEAD = 9,
    SKEW_DAYS = 2,
    YEAR_MONTHS = 12,
    YEAR_ZERO = 1970
};

static const int64_t minute_us = 60 * INT64_C(1000000);

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static const struct zone *zone_of(const struct rota_layer *layer)
{
    return layer->zone ? layer->zone : zone_utc();
}

struct instant rota_wall(const struct zone *zone, int64_t wall_min)
{
    struct civil wall = civil_of((struct instant){wall_min * minute_us});
    return zone_instant(zone, wall, NULL);
}

int64_t rota_wall_min(const struct zone *zone, struct instant at)
{
    struct civil wall = zone_civil(zone, at, NULL);
    return floor_div(instant_of_civil(wall).us, minute_us);
}

int64_t rota_month_of(int64_t wall_min)
{
    struct civil civil = civil_of((struct instant){wall_min * minute_us});
    return (int64_t)(civil.year - YEAR_ZERO) * YEAR_MONTHS + civil.month - 1;
}

/* In days since 1970. */
static int64_t first_day(int64_t month)
{
    int64_t year = floor_div(month, YEAR_MONTHS);
    struct civil civil = {
        .year = (int)(YEAR_ZERO + year), .month = (int)(month - year * YEAR_MONTHS) + 1, .day = 1};
    return floor_div(instant_of_civil(civil).us / minute_us, ROTA_DAY_MIN);
}

int64_t rota_month_min(const struct rota_month *month, int64_t number)
{
    int64_t first = first_day(number);
    int64_t days = first_day(number + 1) - first;
    int64_t day = month->day < days ? month->day - 1 : days - 1;
    if (month->week > 0) {
        int64_t weekday = first + THURSDAY - floor_div(first + THURSDAY, WEEK_DAYS) * WEEK_DAYS;
        day = (month->weekday - weekday + WEEK_DAYS) % WEEK_DAYS;
        day += month->week == ROTA_WEEK_LAST ? (days - 1 - day) / WEEK_DAYS * WEEK_DAYS
                                             : (int64_t)(month->week - 1) * WEEK_DAYS;
    }
    return (first + day) * ROTA_DAY_MIN + month->minute;
}

static int64_t border_min(const struct rota_layer *layer, int64_t number)
{
    return layer->month.every > 0
               ? rota_month_min(&layer->month, layer->anchor_month + number * layer->month.every)
               : layer->anchor_min + number * layer->length_min;
}

static struct instant border(const struct rota_layer *layer, int64_t number)
{
    return rota_wall(zone_of(layer), border_min(layer, number));
}

/* The last border that is not beyond what the wall shows. */
static int64_t number_of(const struct rota_layer *layer, int64_t shown_min)
{
    if (layer->month.every == 0)
        return floor_div(shown_min - layer->anchor_min, layer->length_min);
    int64_t number = floor_div(rota_month_of(shown_min) - layer->anchor_month, layer->month.every);
    return border_min(layer, number) > shown_min ? number - 1 : number;
}

/* What the wall shows was reached by now, so its border is behind; where the clock was set back it
 * has shown more, so some borders further on may be behind, too. */
struct rota_turn rota_turn_at(const struct rota_layer *layer, struct instant at)
{
    struct rota_turn turn = {.from = ROTA_ALREADY, .to = ROTA_NEVER};
    if (!rota_has_turns(layer))
        return turn;
    int64_t shown_min = rota_wall_min(zone_of(layer), at);
    turn.number = number_of(layer, shown_min);
    turn.from = border(layer, turn.number);
    turn.to = border(layer, turn.number + 1);
    while (!instant_before(at, turn.to)) {
        turn.number++;
        turn.from = turn.to;
        turn.to = border(layer, turn.number + 1);
    }
    int64_t count = (int64_t)layer->slot_count;
    turn.slot = (size_t)(turn.number - floor_div(turn.number, count) * count);
    return turn;
}

size_t agenda_find(const struct agenda *agenda, struct instant at, struct instant *out_from,
                   struct instant *out_to)
{
    size_t low = 0;
    size_t high = agenda->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (instant_before(at, agenda->entries[middle].from))
            high = middle;
        else
            low = middle + 1;
    }
    *out_from = low > 0 ? agenda->entries[low - 1].from : ROTA_ALREADY;
    *out_to = low < agenda->count ? agenda->entries[low].from : ROTA_NEVER;
    return low > 0 ? low - 1 : SIZE_MAX;
}

bool agenda_names(const struct agenda *const *agendas, size_t count, struct str person,
                  struct instant at)
{
    for (size_t i = 0; i < count; i++) {
        struct instant from;
        struct instant to;
        size_t now = agenda_find(agendas[i], at, &from, &to);
        const struct rota_slot *slot = now == SIZE_MAX ? NULL : &agendas[i]->entries[now].slot;
        for (size_t k = 0; slot && k < slot->count; k++)
            if (str_equal_nocase(slot->people[k], person))
                return true;
    }
    return false;
}

static void narrow(struct rota_span *span, struct instant at, struct instant border_at)
{
    if (instant_before(at, border_at)) {
        if (instant_before(border_at, span->to))
            span->to = border_at;
    } else if (instant_before(span->from, border_at)) {
        span->from = border_at;
    }
}

static bool has_day(const struct rota_window *window, int64_t day)
{
    int64_t weekday = day + THURSDAY - floor_div(day + THURSDAY, WEEK_DAYS) * WEEK_DAYS;
    return (window->weekdays >> weekday) & 1U;
}

/* Its begin and end on one day, and whether at is between them. */
static void visit_window(const struct rota_layer *layer, const struct rota_window *window,
                         int64_t day, struct instant at, struct rota_span *span)
{
    if (!has_day(window, day))
        return;
    int64_t length = window->to_minute - window->from_minute;
    int64_t begin_min = day * ROTA_DAY_MIN + window->from_minute;
    struct instant begin = rota_wall(zone_of(layer), begin_min);
    struct instant end =
        rota_wall(zone_of(layer), begin_min + length + (length > 0 ? 0 : ROTA_DAY_MIN));
    if (!instant_before(begin, end))
        return; /* the clock went past it */
    narrow(span, at, begin);
    narrow(span, at, end);
    span->on = span->on || (!instant_before(at, begin) && instant_before(at, end));
}

static void visit_day(const struct rota_layer *layer, int64_t day, struct instant at,
                      struct rota_span *span)
{
    for (size_t i = 0; i < layer->window_count; i++)
        visit_window(layer, &layer->windows[i], day, at, span);
}

/* Days around first: what is on now began at most a day ago. Then on to the next border, as far as
 * a week reaches; with none found the span is cut there, which a caller that goes on by spans does
 * not notice. */
static void visit_windows(const struct rota_layer *layer, struct instant at, struct rota_span *span)
{
    int64_t today = floor_div(rota_wall_min(zone_of(layer), at), ROTA_DAY_MIN);
    span->on = false;
    for (int64_t day = today - SKEW_DAYS; day <= today + SKEW_DAYS; day++)
        visit_day(layer, day, at, span);
    for (int64_t day = today - SKEW_DAYS - 1;
         span->from.us == ROTA_ALREADY.us && day >= today - DAYS_BACK; day--)
        visit_day(layer, day, at, span);
    for (int64_t day = today + SKEW_DAYS + 1;
         span->to.us == ROTA_NEVER.us && day <= today + DAYS_AHEAD; day++)
        visit_day(layer, day, at, span);
}

struct rota_span rota_span_at(const struct rota_layer *layer, struct instant at)
{
    struct rota_span span = {.from = ROTA_ALREADY, .to = ROTA_NEVER, .on = true};
    bool early = !instant_is_zero(layer->from) && instant_before(at, layer->from);
    bool late = !instant_is_zero(layer->until) && !instant_before(at, layer->until);
    if (layer->window_count > 0 && !early && !late)
        visit_windows(layer, at, &span);
    if (!instant_is_zero(layer->from))
        narrow(&span, at, layer->from);
    if (!instant_is_zero(layer->until))
        narrow(&span, at, layer->until);
    span.on = span.on && !early && !late;
    return span;
}

const struct rota *rota_find(const struct rota *rotas, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(rotas[i].name, name))
            return &rotas[i];
    return NULL;
}

const struct zone *rota_zone(const struct rota *rota)
{
    return rota->layer_count > 0 ? zone_of(&rota->layers[0]) : zone_utc();
}
