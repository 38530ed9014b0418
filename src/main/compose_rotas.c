/* compose_rotas.c - the rotas of the configuration, with their zones and first hand-overs. */
#include "main/compose.h"

enum { DEFAULT_MINUTE = 9 * 60, WEEK_DAYS = 7, DAYS_TO_MONDAY = 6 };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t day_min(int64_t wall_min)
{
    return floor_div(wall_min, ROTA_DAY_MIN) * ROTA_DAY_MIN;
}

/* A day without a time is meant from its hand-over on; where there is none, from its beginning. */
static int64_t date_min(const struct config_layer *from, const struct rota_date *date)
{
    int minute = from->length_min == 0 && from->months == 0 ? 0
                 : from->has_handover                       ? from->handover.minute
                 : from->has_starts && from->starts.is_timed
                     ? (int)(from->starts.wall_min - day_min(from->starts.wall_min))
                     : DEFAULT_MINUTE;
    return date->is_timed ? date->wall_min : day_min(date->wall_min) + minute;
}

/* A hand-over to the first slot: the last one at or before the beginning, else one of the week from
 * which all is counted. */
static int64_t anchor_min(const struct config_layer *from)
{
    int64_t zero_min = (int64_t)ROTA_ZERO_DAY * ROTA_DAY_MIN;
    int64_t start_min = date_min(from, &from->starts);
    if (!from->has_handover)
        return from->has_starts ? start_min : zero_min + DEFAULT_MINUTE;
    bool on_weekday = from->handover.weekday >= 0;
    int64_t first_min = zero_min + from->handover.minute;
    int64_t step_min = from->length_min % ROTA_DAY_MIN == 0 ? ROTA_DAY_MIN : from->length_min;
    if (on_weekday) {
        int days = (from->handover.weekday + DAYS_TO_MONDAY) % WEEK_DAYS;
        first_min += (int64_t)days * ROTA_DAY_MIN;
        step_min = ROTA_WEEK_MIN;
    }
    if (!from->has_starts)
        return first_min;
    return first_min + floor_div(start_min - first_min, step_min) * step_min;
}

/* The day of the hand-over, else that of the beginning, else the first. */
static struct rota_month month_of(const struct config_layer *from)
{
    int64_t start_min = date_min(from, &from->starts);
    struct civil start = civil_of((struct instant){start_min * 60 * INT64_C(1000000)});
    struct rota_month month = {.every = from->months, .day = 1, .minute = DEFAULT_MINUTE};
    if (from->has_handover) {
        month.week = from->handover.week;
        month.weekday = from->handover.week > 0 ? from->handover.weekday : 0;
        month.day = from->handover.day;
        month.minute = from->handover.minute;
    } else if (from->has_starts) {
        month.day = start.day;
        month.minute = (int)(start_min - day_min(start_min));
    }
    return month;
}

/* The month of the last hand-over at or before the beginning; else the one from which all is
 * counted. */
static int64_t anchor_month(const struct config_layer *from, const struct rota_month *month)
{
    int64_t start_min = date_min(from, &from->starts);
    if (!from->has_starts)
        return ROTA_ZERO_MONTH;
    int64_t number = rota_month_of(start_min);
    return rota_month_min(month, number) > start_min ? number - 1 : number;
}

static bool make_layer(struct arena *arena, const struct config *config,
                       const struct config_layer *from, struct rota_layer *layer, struct err *err)
{
    *layer = (struct rota_layer){.name = from->name,
                                 .length_min = from->length_min,
                                 .slots = from->slots,
                                 .slot_count = from->slot_count,
                                 .windows = from->windows,
                                 .window_count = from->window_count};
    if (!compose_zone(arena, from->zone, &layer->zone, err)) {
        struct str place = str_printf(arena, "%.*s:%zu:%zu", STR_ARGS(config->file),
                                      from->zone_place.line, from->zone_place.column);
        str_keep(err->place, sizeof err->place, place);
        return false;
    }
    if (from->length_min > 0)
        layer->anchor_min = anchor_min(from);
    if (from->months > 0) {
        layer->month = month_of(from);
        layer->anchor_month = anchor_month(from, &layer->month);
    }
    if (from->ics.file.n > 0) { /* who reads it puts the turns there: agendas.h */
        layer->agenda = arena_make(arena, struct agenda);
        layer->agenda->file = from->ics.file;
    }
    if (from->has_starts)
        layer->from = rota_wall(layer->zone, date_min(from, &from->starts));
    if (from->has_until)
        layer->until = rota_wall(layer->zone, date_min(from, &from->until));
    return true;
}

bool compose_rotas(struct arena *arena, const struct config *config, struct oncall *out_oncall,
                   struct err *err)
{
    struct rota *rotas = arena_array(arena, config->rota_count, sizeof *rotas);
    for (size_t i = 0; i < config->rota_count; i++) {
        const struct config_rota *from = &config->rotas[i];
        struct rota_layer *layers = arena_array(arena, from->layer_count, sizeof *layers);
        for (size_t k = 0; k < from->layer_count; k++)
            if (!make_layer(arena, config, &from->layers[k], &layers[k], err))
                return false;
        rotas[i] = (struct rota){.name = from->name,
                                 .layers = layers,
                                 .layer_count = from->layer_count,
                                 .may_be_empty = from->may_be_empty};
    }
    out_oncall->rotas = rotas;
    out_oncall->rota_count = config->rota_count;
    return true;
}
