/* lost.c - those that are farthest out, of each time of going, and their place in a line. */
#include "telemetry/lost.h"

#include <math.h>

/* Whatever is asked of b, a answers it. */
static bool covers(const struct lost_gauge *a, const struct lost_gauge *b)
{
    bool as_far = a->is_high ? a->value >= b->value : a->value <= b->value;
    return !instant_is_zero(a->seen) && as_far && a->away_ms <= b->away_ms;
}

void lost_put(struct lost_gauge found[LOST_MOST], const struct lost_gauge *gauge)
{
    struct lost_gauge *side = &found[gauge->is_high ? 0 : LOST_SIDE_MOST];
    struct lost_gauge *place = NULL;
    for (size_t i = 0; i < LOST_SIDE_MOST; i++) {
        if (covers(&side[i], gauge))
            return;
        if (covers(gauge, &side[i]))
            side[i].seen = (struct instant){0};
    }
    for (size_t i = 0; i < LOST_SIDE_MOST; i++) {
        if (instant_is_zero(side[i].seen)) {
            place = &side[i];
            break;
        }
        if (side[i].away_ms > gauge->away_ms && (!place || side[i].away_ms > place->away_ms))
            place = &side[i];
    }
    if (place)
        *place = *gauge;
}

void lost_write(struct json_writer *w, const struct lost_gauge found[LOST_MOST])
{
    bool any = false;
    for (size_t i = 0; i < LOST_MOST; i++) {
        const struct lost_gauge *gauge = &found[i];
        if (instant_is_zero(gauge->seen))
            continue;
        if (!any)
            json_open_array(w, "lost");
        any = true;
        json_open_object(w, NULL);
        json_int(w, "away_ms", gauge->away_ms);
        json_bool(w, "high", gauge->is_high);
        json_int(w, "seen", gauge->seen.us);
        json_str(w, "series", gauge->series);
        json_real(w, "value", gauge->value);
        json_close_object(w);
    }
    if (any)
        json_close_array(w);
}

void lost_read(struct arena *arena, const struct json *object,
               struct lost_gauge out_found[LOST_MOST])
{
    const struct json *array = json_get(object, "lost");
    const struct json *item = array && array->type == JSON_ARRAY ? array->first : NULL;
    for (; item; item = item->next) {
        const struct json *value = json_get(item, "value");
        const struct json *high = json_get(item, "high");
        struct lost_gauge gauge = {.is_high = high && high->type == JSON_TRUE};
        if (!value || value->type != JSON_NUMBER || !isfinite(value->number) ||
            !json_get_int(item, "seen", &gauge.seen.us) || gauge.seen.us <= 0 ||
            !json_get_int(item, "away_ms", &gauge.away_ms) || gauge.away_ms < 0)
            continue;
        gauge.value = value->number;
        gauge.series = str_visible_line(arena, json_get_str(item, "series"));
        lost_put(out_found, &gauge);
    }
}
